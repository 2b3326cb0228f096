// The first page: which growing pains the fleet has now, which come next, what to do, what would be wasted; each reason is a figure, and leads to what is behind it.
import type { JSX } from 'preact';
import { api, useApi } from '../api';
import { CopyButton, Empty, Failed, PageHead, Prose, Skeleton } from '../parts/bits';
import { Icon, type IconName } from '../parts/icons';
import { plural } from '../format';
import { pageLink, ticks, useTitle } from '../state';
import type { Advice, Pain } from '../types';

const BEHIND: Record<string, [string, Record<string, string>, string]> = {
	'breaking changes': ['/contracts', {}, 'Contracts'], 'monitoring and troubleshooting': ['/traces', { error: 'true' }, 'Failed traces'], 'running too many things': ['/services', {}, 'Services'],
	'end-to-end testing': ['/findings', {}, 'Findings'], 'global versus local optimisation': ['/catalog', { view: 'twice' }, 'Built twice'], robustness: ['/map', {}, 'Map'],
	'orphaned services': ['/catalog', { only: 'orphan' }, 'Orphans'], 'ownership at scale': ['/catalog', {}, 'Catalogue'],
};
const STATES: Record<Pain['state'], { title: string; icon: IconName; tone: string }> = {
	now: { title: 'Hurts now', icon: 'failure', tone: 'failure' }, coming: { title: 'Comes next, as the fleet grows', icon: 'warning', tone: 'warning' }, 'not yet': { title: 'Not yet', icon: 'ok', tone: 'ok' },
};

function Card({ p }: { p: Pain }): JSX.Element {
	const behind = BEHIND[p.pain];
	return (
		<article class={`standing-note pain is-${STATES[p.state].tone}`}>
			<Icon name={STATES[p.state].icon} size={15} />
			<div>
				<h3>{p.title}</h3>
				<ul>{p.reasons.map((r) => <li key={r}><Prose text={r} /></li>)}</ul>
				<p class="do"><b>Do</b> <Prose text={p.remedy} />{behind ? <> <a class="link" href={pageLink(behind[0], behind[1])}>{behind[2]}</a></> : null}</p>
				{p.state === 'coming' ? <p class="dim">Would be wasted now: <Prose text={p.wasted} /></p> : null}
			</div>
		</article>
	);
}

function Figures({ f }: { f: NonNullable<Advice['figures']> }): JSX.Element {
	const rows: [string, string | number, string, boolean][] = [
		['Services', f.services, pageLink('/catalog'), false], ['Teams', f.teams, pageLink('/catalog', { view: 'teams' }), false], ['People', f.people, pageLink('/catalog', { view: 'teams' }), false],
		['Dependencies', f.edges, pageLink('/map'), false], ['Across teams', f.cross_team_edges, pageLink('/map'), false], ['Without an owner', f.services - f.owned, pageLink('/catalog', { only: 'orphan' }), f.services > f.owned],
		['Orphans', f.orphans, pageLink('/catalog', { only: 'orphan' }), f.orphans > 0], ['Contradicted', f.contradicted, pageLink('/catalog', { only: 'contradicted' }), f.contradicted > 0],
		['In a circle', f.in_cycles, pageLink('/map'), f.in_cycles > 0], ['Mean score', Math.round(f.score), pageLink('/catalog'), false],
	];
	return <ul class="section fleet-figures">{rows.map(([label, n, href, loud]) => <li key={label}><a href={href}><span class={`num ${loud ? 'is-warning-text' : ''}`}>{n}</span><span class="dim">{label}</span></a></li>)}</ul>;
}

export function AdvicePage(): JSX.Element {
	useTitle('Advice');
	const found = useApi<Advice>(api('advice'), { every: 15000, tick: ticks.snapshot.value });
	const data = found.data, of = (state: Pain['state']): Pain[] => data?.pains.filter((p) => p.state === state) ?? [];
	return (
		<main id="page" tabIndex={-1}>
			<PageHead title="Advice" note={data?.figures ? <span>{plural(of('now').length, 'growing pain')} now, {of('coming').length} coming</span> : null}><CopyButton text="pleach advise --all" label="Copy as command" what="Command copied" small /></PageHead>
			{found.error && !data ? <Failed error={found.error} what="The advice could not be loaded" retry={found.reload} /> : null}
			{!data && !found.error ? <Skeleton shown={found.slow} /> : null}
			{data?.missing ? <p class="section dim"><Icon name="info" size={13} /> Not known: {data.missing}.</p> : null}
			{data?.figures ? <Figures f={data.figures} /> : null}
			{data?.figures && !of('now').length && !of('coming').length ? <Empty title="None of the ten growing pains is here or near">What would be wasted on this fleet stands below.</Empty> : null}
			{(['now', 'coming'] as const).map((state) => of(state).length ? <section class="section pains" key={state} aria-label={STATES[state].title}><h2>{STATES[state].title}</h2><div class="pain-grid">{of(state).map((p) => <Card key={p.pain} p={p} />)}</div></section> : null)}
			{of('not yet').length ? <section class="section pains"><h2>{STATES['not yet'].title}</h2><ul class="not-yet">{of('not yet').map((p) => <li key={p.pain}><Icon name="ok" size={13} /> {p.title}. <span class="dim">Would be wasted: <Prose text={p.wasted} /></span></li>)}</ul></section> : null}
		</main>
	);
}
