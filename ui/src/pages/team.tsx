// A team's page: its services and what would help them most, what else waits for it, whom it works with, and which conversations it belongs in.
import type { JSX } from 'preact';
import { api, useApi } from '../api';
import { Age, CopyButton, Empty, Failed, Figure, PageHead, Prose, Service, Skeleton } from '../parts/bits';
import { Icon } from '../parts/icons';
import { percent, plural, rate } from '../format';
import { useRowKeys } from '../keys';
import { pageLink, range, ticks, useTitle } from '../state';
import type { Catalog, CatalogEntry, Decisions, Finding, Findings, FleetMap } from '../types';
import { ServicesTable } from './catalog';
import { Take, useWork } from './catalog-acts';
import { concerned } from './catalog-decisions';
import { isLow, standingOf, STANDINGS } from './catalog-text';
import { FindingLines } from './map-panel';

interface Partner { team: string; to: number; from: number; failed: number }

// Calls between this team's services and others', by team.
export function partnersOf(team: string, map: FleetMap | null, owner: (service: string) => string): Partner[] {
	const found = new Map<string, Partner>();
	for (const e of map?.edges ?? []) {
		const caller = owner(e.caller), callee = owner(e.callee), other = caller === team ? callee : caller;
		if ((caller !== team && callee !== team) || caller === callee || !other) continue;
		const p = found.get(other) ?? { team: other, to: 0, from: 0, failed: 0 };
		if (caller === team) p.to += e.rate; else p.from += e.rate;
		p.failed += e.rate * e.error_rate;
		found.set(other, p);
	}
	return [...found.values()].sort((a, b) => b.to + b.from - a.to - a.from);
}

function Next({ mine }: { mine: CatalogEntry[] }): JSX.Element {
	const list = mine.filter((s) => s.runs && s.score.gain > 0.5).sort((a, b) => b.score.gain - a.score.gain).slice(0, 6);
	return (
		<section>
			<h2>What would help most</h2>
			{list.length ? <ul class="lines next-steps">{list.map((s) => <li key={s.id}><span class="gain num">+{Math.round(s.score.gain)}</span><span><Service name={s.service} /> <Prose text={s.score.raise} /></span></li>)}</ul> : <p class="dim">Nothing that was measured.</p>}
		</section>
	);
}

function Partners({ list }: { list: Partner[] }): JSX.Element {
	return (
		<section>
			<h2>Works with</h2>
			{list.length ? (
				<table class="table"><thead><tr><th scope="col">Team</th><th scope="col" class="right">Calls us</th><th scope="col" class="right">We call it</th><th scope="col" class="right">Errors</th></tr></thead>
					<tbody>{list.map((p) => { const failed = p.failed / (p.to + p.from || 1); return <tr key={p.team}><th scope="row"><a data-row class="link" href={pageLink(`/teams/${encodeURIComponent(p.team)}`)}>{p.team}</a></th><td class="num right">{p.from ? rate(p.from) : <span class="dim">–</span>}</td><td class="num right">{p.to ? rate(p.to) : <span class="dim">–</span>}</td><td class={`num right ${failed >= 0.05 ? 'is-failure-text' : failed >= 0.01 ? 'is-warning-text' : ''}`}>{percent(failed)}</td></tr>; })}</tbody></table>
			) : <p class="dim">No call between its services and another team’s was seen.</p>}
		</section>
	);
}

function Conversations({ team, data }: { team: string; data: Decisions | null }): JSX.Element | null {
	const list = (data?.groups ?? []).filter((g) => (g.differs || g.open) && concerned(g.decisions.map((i) => data!.decisions[i]!).filter(Boolean)).some((c) => c.owner === team));
	return list.length ? (
		<section>
			<h2>Conversations it belongs in</h2>
			<ul class="lines">{list.map((g) => <li key={g.subject}><Icon name={g.differs ? 'warning' : 'info'} size={14} class={g.differs ? 'is-warning-text' : 'dim'} /><a href={pageLink('/catalog', { view: 'twice', what: 'decisions' })}>{g.subject}: {g.differs ? 'decided differently' : 'open here or there, decided elsewhere'}</a></li>)}</ul>
		</section>
	) : null;
}

export function TeamPage({ name }: { name: string }): JSX.Element {
	useTitle(name);
	useRowKeys();
	const found = useApi<Catalog>(api('catalog'), { every: 15000, tick: ticks.snapshot.value }), data = found.data;
	const { from, to } = range('30m');
	const map = useApi<FleetMap>(api('map', { from, to }), { every: 15000 });
	const findings = useApi<Findings>('/api/findings', { tick: ticks.findings.value });
	const decisions = useApi<Decisions>(api('duplicates/decisions'), { every: 60000, tick: ticks.snapshot.value });
	const rank = STANDINGS.map(([s]) => s), work = useWork(data !== null);
	const team = data?.teams.find((t) => t.team === name);
	const mine = (data?.services ?? []).filter((s) => s.owner === name).sort((a, b) => rank.indexOf(standingOf(a)) - rank.indexOf(standingOf(b)) || (a.service < b.service ? -1 : 1));
	const runs = mine.filter((s) => s.runs), waiting = (data?.services ?? []).filter((s) => s.owner !== name && s.next_owner === name && s.orphan.length);
	const owners = new Map((data?.services ?? []).map((s) => [s.service, s.owner]));
	const about: Finding[] = (findings.data?.findings ?? []).filter((f) => f.owner === name);
	if (data && !team && !mine.length) return <main id="page" tabIndex={-1}><Empty page title={`No team is called ${name}`} command="pleach catalog --teams">Neither pleach.yaml nor a Backstage says so, and no service names it as its owner.</Empty></main>;
	const mean = runs.length ? runs.reduce((n, s) => n + s.score.points, 0) / runs.length : 0;
	return (
		<main id="page" tabIndex={-1}>
			<PageHead title={<span class="team-name"><Icon name="owner" size={20} />{name}</span>} note={team?.known ? <span>{team.parent ? `of ${team.parent}` : ''}{team.parent && team.contact ? ', ' : ''}{team.contact}</span> : data ? <span class="is-warning-text">only named as an owner: no file says that there is such a team</span> : null}>
				<CopyButton text={`pleach catalog --owner ${name}`} label="Copy as command" what="Command copied" small />
			</PageHead>
			{found.error && !data ? <Failed error={found.error} what="The team could not be loaded" retry={found.reload} /> : null}
			{!data && !found.error ? <Skeleton shown={found.slow} /> : null}
			{data ? (
				<>
					<dl class="section figures">
						<Figure label="Services" value={runs.length} />
						{runs.length ? <Figure label="Mean score" value={Math.round(mean)} tone={runs.some((s) => isLow(s.score)) ? 'warning' : 'ok'} title={`${runs.filter((s) => isLow(s.score)).length} below what their tier asks for`} /> : null}
						<Figure label="Findings" value={about.length} {...(about.some((f) => f.severity === 'failure') ? { tone: 'failure' as const } : {})} />
						{team ? <Figure label="Active" value={`${team.active} of ${team.members.length}`} title={`Members who have committed within a year; all: ${team.members.join(', ')}`} {...(team.members.length && !team.active ? { tone: 'failure' as const } : {})} /> : null}
						{team?.last_commit_ms ? <Figure label="Last commit" value={<Age ms={team.last_commit_ms} />} /> : null}
					</dl>
					{mine.length ? <ServicesTable list={mine} /> : <p class="section dim">It owns nothing that is known.</p>}
					{waiting.length ? (
						<section class="section" aria-labelledby="team-waiting">
							<h2 id="team-waiting">{plural(waiting.length, 'service')} in nobody’s hands, and likely to be its own</h2>
							{waiting.map((s) => <div class="standing-note is-failure" key={s.id}><Icon name="failure" size={15} /><div><strong><Service name={s.service} /></strong> <span class="dim">{s.next_why}</span><Take s={s} work={work} /></div></div>)}
						</section>
					) : null}
					<div class="columns">
						<div class="stack"><Next mine={mine} /><Partners list={partnersOf(name, map.data, (s) => owners.get(s) ?? '')} /></div>
						<div class="stack">{about.length ? <FindingLines findings={about} /> : <section><h2>Findings</h2><p class="dim">None.</p></section>}<Conversations team={name} data={decisions.data} />{team?.known && team.members.length ? <section><h2>Members</h2><p>{team.members.join(', ')}</p><p class="dim small">Said in <code>{team.file}{team.line ? `:${team.line}` : ''}</code></p></section> : null}</div>
					</div>
				</>
			) : null}
		</main>
	);
}
