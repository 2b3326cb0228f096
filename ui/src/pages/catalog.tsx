// The catalogue: every service that anything says something of, whose it is and how sure that is; teams; repositories. view, only, team and q are in the address.
import type { JSX } from 'preact';
import { api, useApi } from '../api';
import { Age, Chip, CopyButton, Empty, Failed, Owner, PageHead, Service, Skeleton, type State } from '../parts/bits';
import { Icon } from '../parts/icons';
import { plural } from '../format';
import { useRowKeys } from '../keys';
import { go, param, patch } from '../router';
import { pageLink, ticks, useTitle } from '../state';
import type { Catalog, CatalogEntry, CatalogScore } from '../types';
import { RegistriesView } from './catalog-registries';
import { Take, useWork, WorkLine, type Work } from './catalog-acts';
import { Twice } from './catalog-twice';
import { baseName, isLow, codePlace, STANDINGS, standingOf, type Standing } from './catalog-text';

const TONE: Record<Standing, State> = { agreed: 'ok', contradicted: 'warning', orphan: 'failure', library: 'unknown' };
const VIEWS: [string, string][] = [['', 'Services'], ['teams', 'Teams'], ['repositories', 'Repositories'], ['registries', 'Registries'], ['twice', 'Built twice']];
const teamLink = (name: string): string => pageLink(`/teams/${encodeURIComponent(name)}`);
const open = (name: string): string => pageLink(`/services/${encodeURIComponent(name)}`);

// How sure, as a short bar with its figure.
export function Sure({ share }: { share: number }): JSX.Element {
	return <span class="sure" title="How sure that is: by who says it, and how long ago"><span class="meter" aria-hidden="true"><i style={{ width: `${share * 100}%` }} /></span><span class="num">{Math.round(share * 100)} %</span></span>;
}

// Points of a hundred: how well it can be run. The tone says whether its tier asks for more.
export function Points({ score }: { score: CatalogScore }): JSX.Element {
	return <span class={`sure ${isLow(score) ? 'is-low' : ''}`} title={score.raise ? `+${Math.round(score.gain)}: ${score.raise}` : 'nothing to raise'}><span class="meter" aria-hidden="true"><i style={{ width: `${score.points}%` }} /></span><span class="num">{Math.round(score.points)}</span>{score.level ? <span class="dim">{score.level}</span> : null}</span>;
}

function Standings({ list, only, search }: { list: CatalogEntry[]; only: string; search: boolean }): JSX.Element {
	const counts = STANDINGS.map(([s, word]) => ({ s, word, n: list.filter((x) => standingOf(x) === s).length })).filter((x) => x.n);
	return (
		<div class="section standings">
			<div class="standing-bar" aria-hidden="true">{counts.map((c) => <i key={c.s} class={`is-${TONE[c.s]}`} style={{ flexGrow: c.n }} />)}</div>
			<div class="standing-tools"><div class="fits" role="group" aria-label="Only these">{counts.map((c) => <button type="button" class={`button fit is-${TONE[c.s]}`} key={c.s} aria-pressed={only === c.s} onClick={() => patch({ only: only === c.s ? null : c.s })}><i class={`key is-${TONE[c.s]}`} />{c.n} {c.word}</button>)}</div>
				{search ? <label class="narrow"><span class="sr">Only with this word</span><input class="field" data-search="page" type="search" placeholder="A service, a team, a language, a folder" value={param('q')} onInput={(e) => patch({ q: e.currentTarget.value }, { replace: true })} spellcheck={false} autocomplete="off" /></label> : null}
			</div>
		</div>
	);
}

function Trouble({ s }: { s: CatalogEntry }): JSX.Element {
	return <span class="troubles">{s.orphan.map((o) => <Chip key={o.reason} state="failure"><span title={o.title}>{o.reason.replace('-', ' ')}</span></Chip>)}{s.conflict ? <Chip state="warning"><span title={s.conflict}>contradicted</span></Chip> : null}</span>;
}

// work: why they are orphans and what to do stands with each.
export function ServicesTable({ list, work }: { list: CatalogEntry[]; work?: Work }): JSX.Element {
	const orphans = work !== undefined;
	return (
		<div class="section table-wrap" tabIndex={0} role="region" aria-label="Services">
			<table class="table catalog">
				<thead><tr><th scope="col">Service</th><th scope="col">Owner</th><th scope="col">Sure</th><th scope="col">{orphans ? 'Why, and who is likely to be next' : 'In trouble'}</th><th scope="col">Score</th><th scope="col">Tier</th><th scope="col">Language</th><th scope="col" class="right">Callers</th><th scope="col" class="right" title="How many people would have to leave until half of its files have nobody who knows them">Truck factor</th><th scope="col">Last commit</th><th scope="col">Code</th></tr></thead>
				<tbody>{list.map((s) => (
					<tr key={s.id} class="opens" onClick={() => go(open(s.service))}>
						<th scope="row"><a data-row class="service" href={open(s.service)} onClick={(e) => e.stopPropagation()}><Service name={s.service} plain /></a>{s.was ? <span class="dim small"> was {s.was}</span> : null}</th>
						<td>{s.owner ? <Owner owner={s.owner} /> : <Owner />}</td>
						<td>{s.owner ? <Sure share={s.owner_confidence} /> : <span class="dim">–</span>}</td>
						<td class="reasons">{orphans ? <><Trouble s={s} />{s.next_owner ? <span class="ask">ask <b>{s.next_owner}</b>: {s.next_why}</span> : null}<Take s={s} work={work} /></> : <Trouble s={s} />}</td>
						<td>{s.runs ? <Points score={s.score} /> : <span class="dim">–</span>}</td>
						<td class="dim">{s.tier}</td><td class="dim">{s.language}</td>
						<td class="num right">{s.callers || <span class="dim">–</span>}</td>
						<td class="num right">{s.truck_factor || <span class="dim">–</span>}</td>
						<td>{s.last_commit_ms ? <Age ms={s.last_commit_ms} /> : <span class="dim">–</span>}</td>
						<td class="cut" title={s.repository ? `${s.repository}${s.root ? `, ${s.root}` : ''}` : ''}>{codePlace(s) ? <code class="dim">{codePlace(s)}</code> : <span class="dim">{s.declared ? '–' : 'unknown'}</span>}</td>
					</tr>
				))}</tbody>
			</table>
		</div>
	);
}

function mean(data: Catalog, team: string): number | null {
	const mine = data.services.filter((s) => s.owner === team && s.runs);
	return mine.length ? mine.reduce((n, s) => n + s.score.points, 0) / mine.length : null;
}

function Teams({ data }: { data: Catalog }): JSX.Element {
	if (!data.teams.length) return <Empty title="No team is known" command={'teams:\n  billing: { contact: "#billing", members: ["@ada", bob@example.org] }'}>Teams of pleach.yaml and groups of Backstage stand here, with who of them is active.</Empty>;
	return (
		<div class="section table-wrap" tabIndex={0} role="region" aria-label="Teams">
			<table class="table">
				<thead><tr><th scope="col">Team</th><th scope="col" class="right">Services</th><th scope="col">Score</th><th scope="col" class="right">Orphans</th><th scope="col" class="right">Contradicted</th><th scope="col" class="right">Members</th><th scope="col" class="right">Active</th><th scope="col">Last commit</th><th scope="col">Contact</th><th scope="col">Said in</th></tr></thead>
				<tbody>{data.teams.map((t) => (
					<tr key={t.team} class="opens" onClick={() => go(teamLink(t.team))}>
						<th scope="row"><a data-row class="link" href={teamLink(t.team)} onClick={(e) => e.stopPropagation()}>{t.team}</a>{t.parent ? <span class="dim small"> of {t.parent}</span> : null}</th>
						<td class="num right">{t.services}</td>
						<td>{mean(data, t.team) === null ? <span class="dim">–</span> : <span class="sure" title="The mean of its services"><span class="meter" aria-hidden="true"><i style={{ width: `${mean(data, t.team)}%` }} /></span><span class="num">{Math.round(mean(data, t.team)!)}</span></span>}</td>
						<td class={`num right ${t.orphans ? 'is-failure-text' : 'dim'}`}>{t.orphans}</td>
						<td class={`num right ${t.conflicts ? 'is-warning-text' : 'dim'}`}>{t.conflicts}</td>
						<td class="num right" title={t.members.join(', ')}>{t.members.length}</td>
						<td class={`num right ${t.members.length && t.last_commit_ms && !t.active ? 'is-failure-text' : ''}`}>{t.active}</td>
						<td>{t.last_commit_ms ? <Age ms={t.last_commit_ms} /> : <span class="dim">–</span>}</td>
						<td>{t.contact}</td>
						<td>{t.known ? <code class="dim">{t.file}{t.line ? `:${t.line}` : ''}</code> : <span class="is-warning-text">only named as an owner</span>}</td>
					</tr>
				))}</tbody>
			</table>
		</div>
	);
}

function Repositories({ data }: { data: Catalog }): JSX.Element {
	return (
		<div class="section table-wrap" tabIndex={0} role="region" aria-label="Repositories">
			<table class="table">
				<thead><tr><th scope="col">Repository</th><th scope="col" class="right">Entries</th><th scope="col" class="right">Files</th><th scope="col" class="right">Decisions</th><th scope="col">Newest commit</th><th scope="col">Notes</th></tr></thead>
				<tbody>{data.repositories.map((r) => (
					<>
						<tr key={r.path}>
							<th scope="row" title={r.path}>{baseName(r.path)} <span class="dim small">{r.origin || r.path}</span></th>
							<td class="num right">{r.services}</td><td class="num right">{r.files}</td>
							<td class="num right">{r.decisions.length ? <span title={r.decisions.map((d) => `${d.title}${d.status ? ` (${d.status})` : ''}`).join('\n')}>{r.decisions.length}</span> : <span class="dim">–</span>}</td>
							<td>{r.time_ms ? <><Age ms={r.time_ms} /> <code class="dim">{r.head.slice(0, 7)}</code></> : <span class="dim">no git</span>}</td>
							<td>{r.problems.length ? <Chip state="warning">{plural(r.problems.length, 'file')} cannot be read</Chip> : null} <span class="dim">{r.note}</span></td>
						</tr>
						{r.problems.length ? <tr key={`${r.path} problems`}><td colSpan={6}><ul class="problems">{r.problems.slice(0, 20).map((p) => <li key={`${p.file}:${p.line}`}><code>{p.file}:{p.line}:{p.column}</code> {p.message}</li>)}{r.problems.length > 20 ? <li class="dim">and {r.problems.length - 20} more</li> : null}</ul></td></tr> : null}
					</>
				))}</tbody>
			</table>
		</div>
	);
}

function chosen(data: Catalog, only: string, team: string, word: string): CatalogEntry[] {
	const rank = STANDINGS.map(([s]) => s);
	return data.services.filter((s) => (!only || standingOf(s) === only) && (!team || s.owner === team) && (!word || `${s.service} ${s.was} ${s.owner} ${s.language} ${s.system} ${s.repository} ${s.root} ${s.next_owner}`.toLowerCase().includes(word)))
		.sort((a, b) => rank.indexOf(standingOf(a)) - rank.indexOf(standingOf(b)) || (a.service < b.service ? -1 : 1));
}

export function CatalogPage(): JSX.Element {
	useTitle('Catalogue');
	useRowKeys();
	const found = useApi<Catalog>(api('catalog'), { every: 15000, tick: ticks.snapshot.value });
	const data = found.data, view = VIEWS.some(([v]) => v === param('view')) ? param('view') : '', only = param('only'), team = param('team'), word = param('q').trim().toLowerCase();
	const work = useWork(only === 'orphan');
	const list = data ? chosen(data, only, team, word) : [];
	const command = `pleach catalog${view === 'teams' ? ' --teams' : view === 'twice' ? ` --${param('what') || 'alike'}` : ''}${only === 'orphan' ? ' --orphans' : ''}${team ? ` --owner ${team}` : ''}`;
	return (
		<main id="page" tabIndex={-1}>
			<PageHead title="Catalogue" note={data?.counts ? <span>{plural(data.counts.services, 'service')} in {plural(data.repositories.length, 'repository', 'repositories')}{team ? `, of ${team}` : ''}</span> : null}>
				{team ? <button type="button" class="button" onClick={() => patch({ team: null })}>{team}<Icon name="close" size={13} label="Remove the filter" /></button> : null}
				<div class="switch" role="group" aria-label="View">{VIEWS.map(([v, label]) => <button type="button" key={v} aria-pressed={view === v} onClick={() => patch({ view: v || null, only: null, what: null, eco: null })}>{label}</button>)}</div>
				<CopyButton text={command} label="Copy as command" what="Command copied" small />
			</PageHead>
			{found.error && !data ? <Failed error={found.error} what="The catalogue could not be loaded" retry={found.reload} /> : null}
			{!data && !found.error ? <Skeleton shown={found.slow} /> : null}
			{data?.missing ? <p class="section dim"><Icon name="info" size={13} /> Not known: {data.missing}.</p> : null}
			{data && !view && data.services.length ? (
				<>
					<Standings list={chosen(data, '', team, word)} only={only} search={data.services.length > 12} />
					{only === 'orphan' ? <WorkLine work={work} orphans={list.length} /> : null}
					{list.length ? <ServicesTable list={list} {...(only === 'orphan' ? { work } : {})} /> : <Empty title="No service is like that"><button type="button" class="link-button" onClick={() => patch({ q: null, team: null, only: null })}>Show all</button></Empty>}
				</>
			) : null}
			{data && !view && !data.services.length ? <Empty title="No service is known" command={'catalog: { repositories: [., ../clones] }'}>Folders of repositories in pleach.yaml are read by themselves; nothing needs to be registered.</Empty> : null}
			{data && view === 'teams' ? <Teams data={data} /> : null}
			{data && view === 'twice' ? <Twice /> : null}
			{data && view === 'registries' ? <RegistriesView data={data} /> : null}
			{data && view === 'repositories' ? <Repositories data={data} /> : null}
		</main>
	);
}
