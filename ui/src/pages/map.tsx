// The live map of who calls whom, with its table. State in the address: sel (a service or caller>callee), view=table, open (unfolded teams).
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { api, useApi } from '../api';
import { Chip, CopyButton, Empty, Failed, Owner, PageHead, Service, Skeleton } from '../parts/bits';
import { Icon } from '../parts/icons';
import { Spark } from '../parts/spark';
import { duration, percent, plural, rate } from '../format';
import { useKeys, useRowKeys } from '../keys';
import { param, patch } from '../router';
import { cliTime, contactOf, fleet, range, ticks, useTitle } from '../state';
import type { Edges, FleetMap } from '../types';
import { MapGraph } from './map-graph';
import { byTrouble, picture, type Link, type Picture } from './map-model';
import { addSeries, DependencyPanel, NodePanel } from './map-panel';

const TABLE_BELOW = 12; // dependencies: with no more than these the table stands under the map

function Headline({ pic }: { pic: Picture }): JSX.Element {
	const bad = byTrouble(pic.links).filter((l) => l.tone === 'failure' || l.tone === 'warning');
	const down = pic.nodes.filter((n) => n.kind === 'service' && (n.healthy ?? 0) < (n.wanted ?? 0));
	const worst = bad[0];
	if (!pic.links.some((l) => l.calls)) return <Chip state="unknown">no calls in this time</Chip>;
	if (!worst && !down.length) return <Chip state="ok">every dependency answers</Chip>;
	return (
		<>
			{worst ? <button type="button" class={`chip is-${worst.tone} as-button`} onClick={() => patch({ sel: worst.key })}><Icon name={worst.tone === 'failure' ? 'failure' : 'warning'} size={13} />{worst.caller === 'edge' ? 'outside' : worst.caller} → {worst.callee}: {percent(worst.error_rate)} of calls fail</button> : null}
			{bad.length > 1 ? <span class="dim small">and {plural(bad.length - 1, 'more dependency', 'more dependencies')}</span> : null}
			{down.map((n) => <Chip key={n.service} state="failure">{n.service}: {n.healthy ?? 0} of {n.wanted} healthy</Chip>)}
		</>
	);
}

function DependencyTable({ pic, series, selected }: { pic: Picture; series: Edges | null; selected: string }): JSX.Element {
	const rows = byTrouble(pic.links);
	const points = useMemo(() => {
		const by = new Map<string, ReturnType<typeof addSeries>>();
		for (const l of pic.links) by.set(l.key, addSeries(series, (e) => e.caller === l.caller && e.callee === l.callee, 60_000));
		return by;
	}, [series, pic]);
	const tone = (l: Link): string => l.tone === 'failure' ? 'is-failure-text' : l.tone === 'warning' ? 'is-warning-text' : '';
	return (
		<table class="table" data-table="dependencies">
			<caption class="sr">Dependencies, those in trouble first</caption>
			<thead><tr><th scope="col">Caller</th><th scope="col">Calls</th><th scope="col">Last 30 min</th><th scope="col" class="right">Rate</th><th scope="col" class="right">Errors</th><th scope="col" class="right">p95</th><th scope="col" class="right">p99</th><th scope="col" class="right">Time-out</th><th scope="col">On failure</th><th scope="col">Owner</th></tr></thead>
			<tbody>{rows.map((l) => (
				<tr key={l.key} class={`opens ${selected === l.key ? 'is-on' : ''}`} onClick={() => patch({ sel: l.key })}>
					<td><Service name={l.caller} plain /></td>
					<th scope="row"><button type="button" data-row class="row-button" aria-label={`${l.caller === 'edge' ? 'outside' : l.caller} calls ${l.callee}: open`} onClick={(e) => { e.stopPropagation(); patch({ sel: l.key }); }}><Service name={l.callee} plain /></button></th>
					<td><Spark points={points.get(l.key) ?? []} /></td>
					<td class="num right">{rate(l.rate)}</td>
					<td class={`num right ${tone(l)}`}>{l.tone === 'failure' ? '✕ ' : ''}{percent(l.error_rate)}</td>
					<td class="num right">{l.calls ? duration(l.p95_ns) : '–'}</td>
					<td class="num right">{l.calls ? duration(l.p99_ns) : '–'}</td>
					<td class={`num right ${l.timeout_ns || l.caller === 'edge' ? '' : 'is-warning-text'}`}>{l.timeout_ns ? duration(l.timeout_ns) : l.caller === 'edge' ? '' : 'none'}</td>
					<td class="cut" title={l.on_failure}>{l.on_failure || (l.caller === 'edge' ? '' : <span class="is-warning-text">nobody has said</span>)}</td>
					<td><Owner {...contactOf(l.callee)} contact="" /></td>
				</tr>
			))}</tbody>
		</table>
	);
}

export function MapPage(): JSX.Element {
	useTitle('Map');
	useRowKeys();
	const { from, to } = range('5m');
	const map = useApi<FleetMap>(api('map', { from, to }), { every: to ? 0 : 5000, tick: ticks.status.value });
	const series = useApi<Edges>(api('edges', { from: to ? from : '30m', to, step: '60s' }), { every: to ? 0 : 15000 });
	const sel = param('sel'), view = param('view');
	const pic = useMemo(() => map.data ? picture(map.data, param('open').split(',')) : null, [map.data, param('open')]);
	useKeys((e) => { if (e.key !== 't') return false; patch({ view: view === 'table' ? null : 'table' }, { replace: true }); return true; });
	const open = (key: string): void => {
		const node = pic?.nodes.find((n) => n.service === key);
		if (node?.kind === 'team') patch({ open: [...param('open').split(',').filter(Boolean), node.owner!].join(',') });
		else patch({ sel: sel === key ? null : key });
	};
	const close = (): void => patch({ sel: null });
	const dep = pic?.links.find((l) => l.key === sel);
	const node = pic?.nodes.find((n) => n.service === sel);
	const table = view === 'table';
	const nothing = pic && !pic.nodes.some((n) => n.kind !== 'edge');
	return (
		<>
			<main id="page" tabIndex={-1}>
				<PageHead title="Map" note={pic && !nothing ? <Headline pic={pic} /> : null}>
					{pic?.folded && param('open') ? <button type="button" class="button" onClick={() => patch({ open: null })}>Fold all teams</button> : null}
					<CopyButton text={`pleach map --from ${cliTime(from)}`} label="Copy as command" what="Command copied" small />
					<button type="button" class="button" aria-pressed={table} onClick={() => patch({ view: table ? null : 'table' })}><Icon name="table" size={14} />{table ? 'Show as map' : 'Show as table'}</button>
				</PageHead>
				{map.error && !pic ? <Failed error={map.error} what="The map could not be loaded" retry={map.reload} /> : null}
				{!pic && !map.error ? <Skeleton shown={map.slow} /> : null}
				{nothing ? <Empty title="No service yet" command={'services:\n  - ./services/*'}>A service appears here when pleach.yaml names its directory and a service.yaml stands in it, or when it is seen calling.</Empty> : null}
				{pic && !nothing ? (
					<>
						{table ? null : <MapGraph picture={pic} selected={sel} open={open} />}
						{table || pic.links.length <= TABLE_BELOW ? <div class="section table-wrap" tabIndex={0} role="region" aria-label="Dependencies as a table">{table ? null : <h2>Dependencies</h2>}<DependencyTable pic={pic} series={series.data} selected={sel} /></div> : null}
						{!pic.links.some((l) => l.calls) && fleet.value ? <Empty title="No call in this time" command={`curl ${fleet.value.gateway}/v1/…`}>Calls through the gateway draw the lines of this map.</Empty> : null}
					</>
				) : null}
			</main>
			{dep ? <DependencyPanel key={dep.key} dep={dep} from={from} to={to} onClose={close} /> : node ? <NodePanel key={node.service} node={node} links={pic!.links} onClose={close} onLink={(key) => patch({ sel: key })} /> : null}
		</>
	);
}
