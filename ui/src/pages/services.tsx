// All services with how they are, and one service: instances, course, neighbours, findings, what its files say.
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { api, useApi } from '../api';
import { Age, Chip, CopyButton, Empty, Failed, Owner, PageHead, Service, Skeleton, type State } from '../parts/bits';
import { Icon } from '../parts/icons';
import { Spark } from '../parts/spark';
import { bytes, duration, percent, plural, rate, since } from '../format';
import { useRowKeys } from '../keys';
import { go, link, param, patch } from '../router';
import { contactOf, fleet, pageLink, range, status, ticks, useTitle } from '../state';
import type { CatalogService, Edges, Finding, Findings, FleetMap, Instance, MapNode, ServiceStatus } from '../types';
import { toneOf } from './map-model';
import { addSeries, FindingLines, FlowCharts } from './map-panel';
import { Known, KnownTrouble } from './catalog-known';
import { contractLink } from './contracts';
import { shellQuote, term } from './logs-text';

function instanceState(i: Instance): State {
	return i.state === 'healthy' ? 'ok' : ['crashed', 'failed', 'unhealthy', 'backing-off', 'waiting'].includes(i.state) ? 'failure' : 'warning';
}

function healthOf(s: ServiceStatus | undefined): State {
	return !s ? 'unknown' : s.healthy >= s.wanted ? 'ok' : s.healthy > 0 ? 'warning' : 'failure';
}

function useWorld(): { map: FleetMap | null; findings: Finding[]; edges: Edges | null; error: ReturnType<typeof useApi>['error']; slow: boolean; reload: () => void } {
	const { from, to } = range('30m');
	const map = useApi<FleetMap>(api('map', { from, to }), { every: to ? 0 : 5000, tick: ticks.status.value });
	const edges = useApi<Edges>(api('edges', { from, to, step: '60s' }), { every: to ? 0 : 15000 });
	const findings = useApi<Findings>('/api/findings', { tick: ticks.findings.value });
	return { map: map.data, findings: findings.data?.findings ?? [], edges: edges.data, error: map.error, slow: map.slow, reload: map.reload };
}

export function ServicesPage(): JSX.Element {
	useTitle('Services');
	useRowKeys();
	const world = useWorld();
	const team = param('team');
	const parts = status.value?.services.filter((s) => s.part) ?? [];
	const nodes = new Map(world.map?.nodes.map((n) => [n.service, n]) ?? []);
	const names = [...new Set([...(fleet.value?.services.map((s) => s.service) ?? []), ...[...nodes.values()].filter((n) => n.kind === 'unknown').map((n) => n.service)])].sort();
	const shown = names.filter((n) => !team || contactOf(n).owner === team);
	const row = (name: string, node: MapNode | undefined, s: ServiceStatus | undefined, part: boolean): JSX.Element => {
		const points = addSeries(world.edges, (e) => e.callee === name, 60_000);
		const declared = fleet.value?.services.find((x) => x.service === name);
		const count = world.findings.filter((f) => f.service === name).length;
		const restarts = s?.instances.reduce((n, i) => n + i.restarts, 0) ?? 0;
		const tone = toneOf(node?.calls ?? 0, node?.error_rate ?? 0);
		return (
			<tr key={name} class="opens" onClick={() => go(pageLink(`/services/${encodeURIComponent(name)}`))}>
				<th scope="row"><a data-row class="service" href={pageLink(`/services/${encodeURIComponent(name)}`)} onClick={(e) => e.stopPropagation()}><Service name={name} plain /></a></th>
				<td>{s ? <Chip state={healthOf(s)}>{s.healthy} of {s.wanted} healthy</Chip> : <Chip state="warning">not in the catalogue</Chip>}</td>
				<td>{part ? <span class="dim">Pleach</span> : <Owner {...contactOf(name)} />}</td>
				<td class="dim">{declared?.tier}</td>
				<td><Spark points={points} /></td>
				<td class="num right">{node?.calls ? rate(node.rate) : <span class="dim">–</span>}</td>
				<td class={`num right ${tone === 'failure' ? 'is-failure-text' : tone === 'warning' ? 'is-warning-text' : ''}`}>{node?.calls ? percent(node.error_rate) : <span class="dim">–</span>}</td>
				<td class="num right">{node?.calls ? duration(node.p95_ns) : <span class="dim">–</span>}</td>
				<td class={`num right ${restarts ? 'is-warning-text' : 'dim'}`}>{restarts}</td>
				<td class="num right">{s ? bytes(s.instances.reduce((n, i) => n + i.rss, 0)) : ''}</td>
				<td class="num right">{count ? <a class="is-warning-text" href={pageLink('/findings', { service: name })} onClick={(e) => e.stopPropagation()}>{plural(count, 'finding')}</a> : <span class="dim">–</span>}</td>
			</tr>
		);
	};
	const head = <thead><tr><th scope="col">Service</th><th scope="col">Instances</th><th scope="col">Owner</th><th scope="col">Tier</th><th scope="col">Calls over time</th><th scope="col" class="right">Rate</th><th scope="col" class="right">Errors</th><th scope="col" class="right">p95</th><th scope="col" class="right">Restarts</th><th scope="col" class="right">Memory</th><th scope="col" class="right">Findings</th></tr></thead>;
	const of = (name: string): ServiceStatus | undefined => status.value?.services.find((s) => s.service === name);
	return (
		<main id="page" tabIndex={-1}>
			<PageHead title="Services" note={fleet.value ? <span>{plural(shown.length, 'service')}{team ? ` of ${team}` : ''}</span> : null}>
				{team ? <button type="button" class="button" onClick={() => patch({ team: null })}>{team}<Icon name="close" size={13} label="Remove the filter" /></button> : null}
				<CopyButton text="pleach status" label="Copy as command" what="Command copied" small />
			</PageHead>
			{world.error && !world.map ? <Failed error={world.error} what="The services could not be loaded" retry={world.reload} /> : null}
			{!fleet.value ? <Skeleton shown={world.slow} /> : null}
			{fleet.value && !names.length ? <Empty title="No service yet" command={'service: orders\nowner: sales\nrun:\n  command: [./orders, --port, "${PORT}"]'}>A service.yaml beside a service’s code puts it here.</Empty> : null}
			{names.length ? <div class="section table-wrap" tabIndex={0} role="region" aria-label="Services"><table class="table">{head}<tbody>{shown.map((n) => row(n, nodes.get(n), of(n), false))}</tbody>{parts.length && !team ? <tbody><tr class="group-head"><th scope="colgroup" colSpan={11}>Parts of Pleach</th></tr>{parts.map((s) => row(s.service, undefined, s, true))}</tbody> : null}</table></div> : null}
		</main>
	);
}

function Instances({ s }: { s: ServiceStatus }): JSX.Element {
	return (
		<div class="section table-wrap" tabIndex={0} role="region" aria-label="Instances">
			<h2>Instances</h2>
			<table class="table">
				<thead><tr><th scope="col">Instance</th><th scope="col">State</th><th scope="col">For</th><th scope="col">Address</th><th scope="col">Node</th><th scope="col" class="right">Process</th><th scope="col" class="right">Restarts</th><th scope="col" class="right">Memory</th><th scope="col" class="right">CPU time</th><th scope="col">Last exit</th></tr></thead>
				<tbody>{s.instances.map((i) => (
					<>
						<tr key={i.instance}>
							<th scope="row"><a data-row class="link" href={pageLink('/logs', { q: term('instance', i.instance) })}>{i.instance}</a></th>
							<td><Chip state={instanceState(i)}>{i.state}</Chip>{i.why ? <span class="dim"> {i.why}</span> : null}</td>
							<td class="num">{i.since ? since(Date.parse(i.since)) : ''}{i.next_start ? <span class="dim"> · starts again <Age ms={Date.parse(i.next_start)} /></span> : null}</td>
							<td class="mono">{i.address}</td><td>{i.node}</td><td class="num right">{i.pid || ''}</td>
							<td class={`num right ${i.restarts ? 'is-warning-text' : 'dim'}`}>{i.restarts}</td><td class="num right">{i.rss ? bytes(i.rss) : ''}</td><td class="num right">{i.cpu_ns ? duration(i.cpu_ns) : ''}</td><td>{i.last_exit || <span class="dim">–</span>}</td>
						</tr>
						{i.last_lines ? <tr key={`${i.instance}-l`}><td colSpan={10}><pre class="last-lines">{i.last_lines}</pre></td></tr> : null}
					</>
				))}</tbody>
			</table>
		</div>
	);
}

export function ServicePage({ name }: { name: string }): JSX.Element {
	useTitle(name);
	useRowKeys();
	const world = useWorld();
	const declared = fleet.value?.services.find((s) => s.service === name);
	const s = status.value?.services.find((x) => x.service === name);
	const raw = world.map?.nodes.find((n) => n.service === name);
	const points = useMemo(() => addSeries(world.edges, (e) => e.callee === name, 60_000), [world.edges, name]);
	const mine = world.findings.filter((f) => f.service === name);
	const catalog = useApi<CatalogService>(s?.part ? null : `/api/catalog/${encodeURIComponent(name)}`, { every: 15000, tick: ticks.snapshot.value });
	const known = catalog.data;
	if (fleet.value && status.value && world.map && !declared && !s && !raw && !known && catalog.error) {
		return <main id="page" tabIndex={-1}><Empty page title={`No service is called ${name}`} command={`pleach logs ${shellQuote(term('service', name))} --from 24h`}>Neither the catalogue nor the calls of this time know it.</Empty></main>;
	}
	const edges = (world.map?.edges ?? []);
	const neighbours = (title: string, rows: typeof edges, other: (e: (typeof edges)[number]) => string, extra: boolean): JSX.Element => (
		<section><h2>{title}</h2>{rows.length ? (
			<table class="table"><thead><tr><th scope="col">Service</th><th scope="col" class="right">Rate</th><th scope="col" class="right">Errors</th><th scope="col" class="right">p95</th>{extra ? <th scope="col" class="right">Time-out</th> : null}{extra ? <th scope="col">On failure</th> : null}</tr></thead>
				<tbody>{rows.map((e) => <tr key={e.caller + e.callee + e.api} class="opens" onClick={() => go(link('/map', { sel: `${e.caller}>${e.callee}` }))}><th scope="row"><a data-row href={link('/map', { sel: `${e.caller}>${e.callee}` })} onClick={(x) => x.stopPropagation()}><Service name={other(e)} plain /></a></th><td class="num right">{rate(e.rate)}</td><td class={`num right ${e.error_rate >= 0.05 ? 'is-failure-text' : e.error_rate >= 0.01 ? 'is-warning-text' : ''}`}>{percent(e.error_rate)}</td><td class="num right">{e.calls ? duration(e.p95_ns) : '–'}</td>{extra ? <td class={`num right ${e.timeout_ns ? '' : 'is-warning-text'}`}>{e.timeout_ns ? duration(e.timeout_ns) : 'none'}</td> : null}{extra ? <td class="cut" title={e.on_failure}>{e.on_failure || <span class="is-warning-text">nobody has said</span>}</td> : null}</tr>)}</tbody></table>
		) : <p class="dim">{extra ? 'It calls nobody.' : 'Nobody calls it.'}</p>}</section>
	);
	return (
		<main id="page" tabIndex={-1}>
			<PageHead title={<Service name={name} plain />} note={s ? <Chip state={healthOf(s)}>{s.healthy} of {s.wanted} healthy</Chip> : raw ? <Chip state="warning">seen, not in the catalogue</Chip> : known ? <span>not run by this fleet</span> : null}>
				<a class="button" href={pageLink('/traces', { service: name })}><Icon name="traces" size={14} />Traces</a>
				<a class="button" href={pageLink('/logs', { q: term('service', name) })}><Icon name="logs" size={14} />Logs</a>
				<a class="button" href={link('/map', { sel: name })}><Icon name="map" size={14} />On the map</a>
			</PageHead>
			<div class="service-head">
				{s?.part ? <span>a part of Pleach</span> : <Owner owner={declared?.owner || known?.owner} contact={declared?.contact} page />}
				{declared ? <><span>{declared.ownership} ownership</span>{declared.tier ? <span>tier {declared.tier}</span> : null}{declared.serves.map((v) => <span key={v.version}>serves <code>{v.path}</code> {v.version}</span>)}{declared.serves.map((v) => <a class="link" key={`${v.version} used`} href={contractLink(name, v.version, { view: 'consumers' })}>who uses {v.version}</a>)}{declared.exposed ? <span>exposed to the outside</span> : null}<code class="dim">{declared.file}</code></> : null}
			</div>
			{known ? <KnownTrouble s={known} /> : null}
			{!world.map && !world.error ? <Skeleton shown={world.slow} /> : null}
			{world.error && !world.map ? <Failed error={world.error} what="The service could not be loaded" retry={world.reload} /> : null}
			{s?.part || (known && !declared && !s && !raw) ? null : <div class="columns">
				<section><FlowCharts points={points} /></section>
				<div class="stack">
					{neighbours('Called by', edges.filter((e) => e.callee === name), (e) => e.caller, false)}
					{neighbours('Calls', edges.filter((e) => e.caller === name), (e) => e.callee, true)}
					{mine.length ? <FindingLines findings={mine} /> : <section><h2>Findings</h2><p class="dim">None.</p></section>}
				</div>
			</div>}
			{s ? <Instances s={s} /> : null}
			{known ? <Known s={known} /> : null}
		</main>
	);
}
