// What the catalogue knows of one service: whose it is by whom, what contradicts it, who wrote it, every value with its source. Part of the service's page.
import type { JSX } from 'preact';
import { api, useApi } from '../api';
import { Age, Chip, Owner, Prose, Service, Snippet } from '../parts/bits';
import { Icon } from '../parts/icons';
import { DaySpark } from '../parts/spark';
import { plural } from '../format';
import type { Catalog, CatalogClaim, CatalogService, CatalogValue } from '../types';
import { Sure } from './catalog';
import { Reached, Take, useWork } from './catalog-acts';
import { assignCommand, isLow, placeOf } from './catalog-text';

function place(c: CatalogClaim): string {
	return c.file ? `${c.file}${c.line ? `:${c.line}` : ''}` : '';
}

function Owners({ s, value }: { s: CatalogService; value: CatalogValue | undefined }): JSX.Element {
	return (
		<section>
			<h2>Whose it is</h2>
			{value ? (
				<table class="table claims">
					<thead><tr><th scope="col">Who</th><th scope="col">Sure</th><th scope="col">Says</th><th scope="col">Written</th></tr></thead>
					<tbody>{value.claims.map((c) => <tr key={`${c.source} ${place(c)} ${c.value}`} class={c.says === s.owner ? '' : 'differs'}><th scope="row"><Owner owner={c.says} page />{c.says !== c.value ? <span class="dim small"> written {c.value}</span> : null}</th><td><Sure share={c.confidence} /></td><td>{c.source}{c.detail ? <span class="dim">, {c.detail}</span> : null} {place(c) ? <code class="dim">{place(c)}</code> : null}</td><td>{c.time_ms ? <Age ms={c.time_ms} /> : <span class="dim">–</span>}</td></tr>)}</tbody>
				</table>
			) : <p class="dim">Nobody says whose it is.</p>}
			<Reached s={s} />
		</section>
	);
}

function People({ s }: { s: CatalogService }): JSX.Element {
	const most = Math.max(1, ...s.people.map((p) => p.commits || p.files));
	return (
		<section>
			<h2>Who wrote it</h2>
			{s.people.length ? (
				<>
					<p class="dim">{plural(s.commits, 'commit')} in the last year; truck factor <span class={s.truck_factor === 1 ? 'is-warning-text' : ''}>{s.truck_factor}</span>{s.files_left ? <>; <span class="is-warning-text">{s.files_left} of {s.files} files by people who are gone</span></> : null}.</p>
					<table class="table">
						<thead><tr><th scope="col">Person</th><th scope="col">Team</th><th scope="col">Commits of the year</th><th scope="col" class="right">Files</th><th scope="col">Last commit</th></tr></thead>
						<tbody>{s.people.map((p) => <tr key={p.mail + p.name}><th scope="row" title={p.mail}>{p.name}</th><td>{p.team || <span class="dim">–</span>}</td><td><span class="sure"><span class="meter" aria-hidden="true"><i style={{ width: `${p.commits / most * 100}%` }} /></span><span class="num">{p.commits}</span></span></td><td class="num right">{p.files}</td><td><Age ms={p.last_ms} /></td></tr>)}</tbody>
					</table>
				</>
			) : <p class="dim">Its code is in no repository that is read.</p>}
		</section>
	);
}

// What was measured, what would raise it most first, and how it went by day.
function Score({ s }: { s: CatalogService }): JSX.Element {
	const facets = [...(s.score.facets ?? [])].sort((a, b) => b.gain - a.gain || Number(b.measurable) - Number(a.measurable));
	const course = s.score_days.map((d) => d.points);
	return (
		<section class="table-wrap" tabIndex={0} role="region" aria-label="How well it can be run">
			<h2>How well it can be run</h2>
			<p class="points-line"><span class={`points ${isLow(s.score) ? 'is-low' : ''}`}>{Math.round(s.score.points)}</span> of 100{s.score.level ? `, ${s.score.level}` : ''}{s.score.wanted ? <span class="dim">; its tier is {s.score.wanted}</span> : null}{course.length > 1 ? <> <DaySpark days={course} width={120} /></> : null}</p>
			<table class="table claims">
				<thead><tr><th scope="col">What</th><th scope="col">Now</th><th scope="col">Measured</th><th scope="col" class="right">Would give</th><th scope="col">How</th></tr></thead>
				<tbody>{facets.map((f) => <tr key={f.facet}><th scope="row" class="value">{f.title}</th><td>{f.measurable ? <Sure share={f.value} /> : <span class="dim nowrap">not measured</span>}</td><td class="value dim">{f.measured}</td><td class="num right">{f.gain > 0.05 ? `+${Math.round(f.gain)}` : ''}</td><td class="value">{f.gain > 0.05 ? <Prose text={f.raise} /> : null}</td></tr>)}</tbody>
			</table>
		</section>
	);
}

// The version that is in use, what is tried beside it, and what was taken back.
function Running({ s }: { s: CatalogService }): JSX.Element | null {
	const back = s.running?.events.filter((e) => e.back).slice(0, 3) ?? [];
	return s.running?.version ? (
		<>
			<p>Runs <b>{s.running.version}</b>{s.running.tried ? <>, and beside it <b>{s.running.tried}</b>, which is being tried</> : null}.</p>
			{back.map((e) => <p key={e.at_ms} class="is-warning-text">From {e.from} back to {e.version} <Age ms={e.at_ms} /></p>)}
		</>
	) : null;
}

// By tags or as they were seen to run, newest first, along the year; and with whom it is released in lock-step.
function Releases({ s }: { s: CatalogService }): JSX.Element | null {
	const list = s.releases ?? [];
	if (!list.length) return s.running?.version ? <section aria-label="Releases"><h2>Releases</h2><Running s={s} /></section> : null;
	const year = 365 * 86_400_000, newest = list.slice(0, 8);
	return (
		<section aria-label="Releases">
			<h2>Releases</h2>
			<Running s={s} />
			<p class="dim">{s.releases_year} in the last year{s.releases_year > 1 ? `, one in ${plural(Math.max(1, Math.round(365 / s.releases_year)), 'day')} on average` : ''}{list[0]!.whole ? '; by tags of the whole repository' : list[0]!.tag ? '' : '; as they were seen to run'}.</p>
			<div class="release-line" aria-hidden="true">{list.filter((r) => Date.now() - r.time_ms < year).map((r) => <i key={`${r.tag} ${r.time_ms}`} title={r.version} style={{ left: `${100 - (Date.now() - r.time_ms) / year * 100}%` }} />)}</div>
			<ul class="lines releases">{newest.map((r) => <li key={`${r.tag} ${r.time_ms}`}><b>{r.version}</b>{r.tag && r.tag !== r.version ? <code class="dim">{r.tag}</code> : null}<Age ms={r.time_ms} /></li>)}</ul>
			{s.released_with?.map((w) => <p key={w.service} class="lockstep"><Icon name="link" size={13} /> In lock-step with <Service name={w.service} />{w.owner ? <> of <Owner owner={w.owner} page /></> : null}: {w.together} of {w.of} times within an hour; habit alone would make it {w.by_habit.toFixed(1)}.</p>)}
		</section>
	);
}

// Libraries that are known to be given up: those that it asks for, then what others bring in.
function Abandoned({ s }: { s: CatalogService }): JSX.Element | null {
	return s.abandoned?.length ? (
		<section class="table-wrap" tabIndex={0} role="region" aria-label="Libraries that were given up">
			<h2>Libraries that were given up</h2>
			<table class="table claims">
				<thead><tr><th scope="col">Library</th><th scope="col">Since</th><th scope="col">Says</th><th scope="col">Instead</th><th scope="col">In</th></tr></thead>
				<tbody>{s.abandoned.map((x) => <tr key={`${x.ecosystem} ${x.library} ${x.version}`}><th scope="row">{x.library} <span class="dim">{x.version}, {x.ecosystem}</span>{x.own ? null : <span class="dim small"> brought in by another</span>}</th><td class="dim">{x.since || '–'}</td><td class="value">{x.source ? <a class="link" href={x.source} target="_blank" rel="noreferrer">{x.why}</a> : x.why}</td><td class="value">{x.instead || <span class="dim">–</span>}</td><td><code class="dim">{placeOf(x.file, x.line)}</code></td></tr>)}</tbody>
			</table>
		</section>
	) : null;
}

function Values({ values }: { values: CatalogValue[] }): JSX.Element | null {
	return values.length ? (
		<section class="table-wrap" tabIndex={0} role="region" aria-label="What is said of it">
			<h2>What is said of it</h2>
			<table class="table claims">
				<thead><tr><th scope="col">What</th><th scope="col">Value</th><th scope="col">Sure</th><th scope="col">Says</th><th scope="col">Written</th></tr></thead>
				<tbody>{values.flatMap((v) => v.claims.map((c, i) => <tr key={`${v.key} ${c.source} ${place(c)} ${c.value}`}>{i === 0 ? <th scope="rowgroup" rowSpan={v.claims.length} title={v.meaning}>{v.key}</th> : null}<td class="value">{/^https?:\/\//.test(c.value) ? <a class="link" href={c.value} target="_blank" rel="noreferrer">{c.detail || c.value}</a> : <>{c.value}{c.detail ? <span class="dim"> {c.detail}</span> : null}</>}</td><td><Sure share={c.confidence} /></td><td>{c.source} {place(c) ? <code class="dim">{place(c)}</code> : null}</td><td>{c.time_ms ? <Age ms={c.time_ms} /> : <span class="dim">–</span>}</td></tr>))}</tbody>
			</table>
		</section>
	) : null;
}

// What is wrong with it comes first on the page.
export function KnownTrouble({ s }: { s: CatalogService }): JSX.Element {
	// Of an owner that nobody is, so teams without services.
	const orphan = s.orphan.length > 0, work = useWork(orphan), teams = useApi<Catalog>(orphan ? api('catalog', { owner: '-' }) : null).data?.teams.map((t) => t.team);
	return (
		<>
			{s.conflict ? <div class="section"><div class="standing-note is-warning"><Icon name="warning" size={15} /><div><strong>Files and commits say different owners.</strong><p>{s.conflict}</p></div></div></div> : null}
			{s.orphan.length ? (
				<div class="section"><div class="standing-note is-failure"><Icon name="failure" size={15} />
					<div><strong>It is in nobody’s hands.</strong><p>{s.orphan.map((o) => <Chip key={o.reason} state="failure">{o.title}</Chip>)}</p>{s.next_owner ? <p>Ask <b>{s.next_owner}</b>: {s.next_why}.</p> : null}<Take s={s} work={work} teams={teams ?? []} />{s.orphan.some((o) => o.reason === 'no-owner' || o.reason === 'unknown-owner') ? <Snippet text={assignCommand(s)} label="Copy the command" /> : null}</div>
				</div></div>
			) : null}
		</>
	);
}

export function Known({ s }: { s: CatalogService }): JSX.Element {
	return (
		<>
			<div class="columns known">
				<Owners s={s} value={s.values.find((v) => v.key === 'owner')} />
				<People s={s} />
			</div>
			{s.runs ? <div class="section"><Score s={s} /></div> : null}
			{s.releases?.length || s.running?.version ? <div class="section"><Releases s={s} /></div> : null}
			{s.abandoned?.length ? <div class="section"><Abandoned s={s} /></div> : null}
			<div class="section"><Values values={s.values.filter((v) => v.key !== 'owner')} /></div>
		</>
	);
}
