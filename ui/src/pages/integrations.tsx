// Who works with whom, and whether they fit, in one environment or with the newest of everything. env, view, q, team, fit, sort, consumer and provider are
// in the address. Few pairs are a grid; many are a list, trouble first.
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { api, useApi } from '../api';
import { CopyButton, Empty, Failed, PageHead, Skeleton } from '../parts/bits';
import { Icon } from '../parts/icons';
import { plural } from '../format';
import { useRowKeys } from '../keys';
import { param, patch } from '../router';
import { contactOf, fleet, ticks, useTitle } from '../state';
import type { FleetMap, Integrations } from '../types';
import { FIT, Grid, GRID, List } from './integrations-grid';
import { barePairs, choose, countFits, deployCommand, FITS, gridOf, NEWEST, pairsOf, standardEnvironment, type Order, type Pair } from './integrations-model';
import { BarePanel, PairGone, PairPanel } from './integrations-panel';

const PUBLISH = 'pleach contract publish pacts/ --consumer-app-version "$(git rev-parse --short HEAD)" --branch main';

function Tools({ data, environment, pairs, order }: { data: Integrations; environment: string; pairs: Pair[]; order: Order }): JSX.Element {
	const counts = countFits(pairs), fit = param('fit');
	return (
		<div class="section matrix-tools">
			<div class="switch" role="group" aria-label="Environment">
				{data.environments.map((e) => <button type="button" key={e.name} aria-pressed={environment === e.name} onClick={() => patch({ env: e.name })}>{e.name}</button>)}
				<button type="button" aria-pressed={environment === NEWEST} title="The newest pact of each consumer and its newest result, wherever they run" onClick={() => patch({ env: NEWEST })}>newest</button>
			</div>
			<div class="fits" role="group" aria-label="Only with this result">
				{FITS.filter((f) => counts[f] || f === fit).map((f) => <button type="button" class={`button fit ${FIT[f].tone}`} key={f} aria-pressed={fit === f} onClick={() => patch({ fit: fit === f ? null : f })}><Icon name={FIT[f].icon} size={14} />{counts[f]} {FIT[f].word}</button>)}
			</div>
			<label class="narrow"><span class="sr">Only with this word</span><input class="field" data-search="page" type="search" placeholder="A service or a team" value={param('q')} onInput={(e) => patch({ q: e.currentTarget.value }, { replace: true })} spellcheck={false} autocomplete="off" /></label>
			{fleet.value?.teams.length ? <label><span class="sr">Team</span><select class="field" value={param('team')} onChange={(e) => patch({ team: e.currentTarget.value })}><option value="">all teams</option>{fleet.value.teams.map((t) => <option key={t.team} value={t.team}>{t.team}</option>)}</select></label> : null}
			<label><span class="sr">Order</span><select class="field" value={order} onChange={(e) => patch({ sort: e.currentTarget.value === 'trouble' ? null : e.currentTarget.value })}><option value="trouble">trouble first</option><option value="newest">newest result first</option><option value="name">by name</option></select></label>
		</div>
	);
}

export function IntegrationsPage(): JSX.Element {
	useTitle('Matrix');
	useRowKeys();
	const found = useApi<Integrations>(api('integrations'), { tick: ticks.findings.value, every: 30000 });
	const data = found.data, environment = param('env') || (data ? standardEnvironment(data) : '');
	const order = (param('sort') || 'trouble') as Order, word = param('q'), team = param('team'), fit = param('fit');
	const catalogue = fleet.value;
	const map = useApi<FleetMap>(data?.integrations.length ? api('map', { from: '24h' }) : null, { every: 60000 });
	const pairs = useMemo(() => data ? [...pairsOf(data, environment), ...barePairs(map.data, data)] : [], [data, environment, map.data]);
	const owner = (s: string): string => contactOf(s).owner;
	const near = useMemo(() => choose([...pairs], { word, team, fit: '', order }, owner), [pairs, word, team, order, catalogue]);
	const shown = useMemo(() => near.filter((p) => fit ? p.fit === fit : p.fit !== 'bare'), [near, fit]);
	const size = useMemo(() => gridOf(shown, order), [shown, order]);
	const fitsGrid = size.consumers.length <= GRID.rows && size.providers.length <= GRID.columns;
	const view = param('view') || (fitsGrid ? 'grid' : 'list');
	const key = param('consumer') ? `${param('consumer')}\n${param('provider')}` : '';
	const selected = key ? pairs.find((p) => p.key === key) : undefined;
	const first = selected?.of ?? shown.find((p) => p.of)?.of, trouble = shown.filter((p) => p.fit === 'failed' || p.fit === 'unverified' || p.fit === 'pending');
	return (
		<>
			<main id="page" tabIndex={-1}>
				<PageHead title="Matrix" note={data?.integrations.length ? <span>{plural(size.consumers.length, 'consumer')} with {plural(size.providers.length, 'provider')}{fit === 'bare' ? ', without a pact' : `, as their pacts say${environment === NEWEST ? '' : `, in ${environment}`}`}</span> : null}>
					{data?.integrations.length ? <div class="switch" role="group" aria-label="View"><button type="button" aria-pressed={view === 'grid'} onClick={() => patch({ view: 'grid' })}><Icon name="matrix" size={14} />Grid</button><button type="button" aria-pressed={view === 'list'} onClick={() => patch({ view: 'list' })}><Icon name="table" size={14} />List</button></div> : null}
					{first ? <CopyButton text={deployCommand(first.consumer, first.latest.consumer_version, environment)} label="Copy as command" what="Command copied" small /> : null}
				</PageHead>
				{found.error && !data ? <Failed error={found.error} what="The matrix could not be loaded" retry={found.reload} /> : null}
				{!data && !found.error ? <Skeleton shown={found.slow} /> : null}
				{data && !data.integrations.length ? <Empty title="No pact yet" command={PUBLISH}>A consumer’s test writes a pact: what it asks of a provider and needs in the answer. Publish it here, or point any Pact client at <code>{location.origin}/pact-broker</code>; then each pair stands here with its result, in each environment.</Empty> : null}
				{data?.integrations.length ? <Tools data={data} environment={environment} pairs={near} order={order} /> : null}
				{data?.integrations.length && !shown.length ? <Empty title="No pair is like that"><button type="button" class="link-button" onClick={() => patch({ q: null, team: null, fit: null })}>Show all {pairs.length}</button></Empty> : null}
				{fit === 'bare' ? <p class="section dim">Calls of the last day between services without a pact: what breaks here is noticed only when it is live.</p> : null}
				{shown.length && view === 'grid' ? <Grid pairs={shown} order={order} selected={key} /> : null}
				{view === 'grid' && trouble.length ? <List title="What needs somebody" pairs={trouble} selected={key} whole={param('whole') === '1'} /> : null}
				{shown.length && view !== 'grid' ? <List title="" pairs={shown} selected={key} whole={param('whole') === '1'} /> : null}
			</main>
			{selected && !selected.of ? <BarePanel key={key} p={selected} /> : selected?.of && data ? <PairPanel key={key} p={selected} of={selected.of} environment={environment} environments={data.environments.map((e) => e.name)} /> : key && data ? <PairGone /> : null}
		</>
	);
}
