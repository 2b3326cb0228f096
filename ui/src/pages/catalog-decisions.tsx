// Decisions of all teams: the same decided differently first, then what is open while others have decided, and who belongs in the conversation. A part of "built twice".
import type { JSX } from 'preact';
import { api, useApi } from '../api';
import { Chip, CopyButton, Empty, Failed, Owner, Skeleton, type State } from '../parts/bits';
import { plural } from '../format';
import { ticks } from '../state';
import type { Decision, DecisionConcern, DecisionGroup, Decisions } from '../types';
import { baseName } from './catalog-text';

const TONE: Record<Decision['state'], State> = { open: 'warning', taken: 'ok', unsaid: 'unknown', ended: 'unknown' };
const MEANING: Record<Decision['state'], string> = { open: 'proposed, and not yet decided', taken: 'accepted', unsaid: 'its status says nothing that is known', ended: 'superseded, rejected or given up' };

// Of each team the one who commits most to what is concerned; services stand with the most active first.
export function concerned(list: Decision[]): DecisionConcern[] {
	const seen = new Set<string>(), found: DecisionConcern[] = [];
	for (const s of list.flatMap((d) => d.services)) {
		const key = s.owner || s.mail;
		if (!key || seen.has(key)) continue;
		seen.add(key);
		found.push(s);
	}
	return found;
}

function Who({ s }: { s: DecisionConcern }): JSX.Element {
	return <span class="concerned">{s.owner ? <Owner owner={s.owner} contact={s.contact} /> : null}{s.person ? <span>{s.person} <span class="dim">&lt;{s.mail}&gt;</span></span> : <span class="dim">nobody active</span>}</span>;
}

function Row({ d, people }: { d: Decision; people?: boolean }): JSX.Element {
	return (
		<tr>
			<td><Chip state={TONE[d.state]}><span title={`${MEANING[d.state]}${d.status ? `: ${d.status}` : ''}`}>{d.state}</span></Chip></td>
			<th scope="row">{d.title}{d.date ? <span class="dim small"> {d.date}</span> : null}{d.outcome ? <div class="dim small">{d.outcome}</div> : null}</th>
			<td class="dim" title={d.repository}><code>{baseName(d.repository)}/{d.file}</code></td>
			{people ? <td>{concerned([d]).slice(0, 3).map((s) => <Who key={s.owner || s.mail} s={s} />)}</td> : null}
		</tr>
	);
}

function talk(g: DecisionGroup, list: Decision[]): string {
	const who = concerned(list).map((s) => `${s.owner ? `${s.owner}: ` : ''}${s.person || s.service}`).join(', ');
	return `${who}: about ${g.subject} we ${g.differs ? 'have decided differently' : 'have one decision open and another taken'}: ${list.filter((d) => d.state === 'taken' || d.state === 'open').map((d) => `${d.title} (${d.state}, ${baseName(d.repository)})`).join('; ')}. Do we know why?\n${location.origin}/catalog?view=twice&what=decisions`;
}

function Group({ g, all }: { g: DecisionGroup; all: Decision[] }): JSX.Element {
	const list = g.decisions.map((i) => all[i]!).filter(Boolean), people = concerned(list);
	return (
		<article class={`standing-note twice ${g.differs ? 'is-warning' : ''}`} aria-label={g.subject}>
			<div>
				<h2>{g.subject} {g.differs || g.open ? <CopyButton text={talk(g, list)} label={`Copy a message about ${g.subject}`} what="Copied for a message" small /> : null}</h2>
				<p class="dim">{g.differs ? <span class="is-warning-text">Decided differently</span> : g.open ? 'Open here, decided elsewhere' : 'About the same'}{g.differs && g.open ? ', and open elsewhere' : ''}</p>
				<table class="table"><thead class="sr"><tr><th scope="col">State</th><th scope="col">Decision</th><th scope="col">File</th></tr></thead><tbody>{list.map((d) => <Row key={`${d.repository} ${d.file}`} d={d} />)}</tbody></table>
				{people.length ? <div class="conversation"><span class="dim">In the conversation:</span> {people.slice(0, 8).map((s) => <Who key={s.owner || s.mail} s={s} />)}</div> : null}
			</div>
		</article>
	);
}

export function DecisionsView(): JSX.Element {
	const found = useApi<Decisions>(api('duplicates/decisions'), { every: 60000, tick: ticks.snapshot.value });
	const data = found.data;
	if (found.error && !data) return <Failed error={found.error} what="Decisions could not be loaded" retry={found.reload} />;
	if (!data) return <Skeleton shown={found.slow} />;
	if (!data.decisions.length) return <Empty title="No decision is known" command={'docs/adr/0001-use-postgresql.md:\n  # Use PostgreSQL for orders\n\n  Status: Proposed'}>Decisions are files with a number in a folder adr or decisions of a repository; their title and status are read.</Empty>;
	const grouped = new Set(data.groups.flatMap((g) => g.decisions)), others = data.decisions.filter((_, i) => !grouped.has(i));
	const n = (state: Decision['state']): number => data.decisions.filter((d) => d.state === state).length;
	return (
		<>
			<p class="section dim">{plural(data.decisions.length, 'decision')}: {n('open')} open, {n('taken')} taken. {data.differ ? `${plural(data.differ, 'subject')} decided differently by different teams.` : 'No two teams have decided the same differently.'}{data.cut ? ' There are more than are looked at.' : ''}</p>
			{data.groups.length ? <div class="section pain-grid wide" role="region" aria-label="About the same">{data.groups.map((g) => <Group key={`${g.subject} ${g.decisions.join()}`} g={g} all={data.decisions} />)}</div> : null}
			{others.length ? (
				<section class="section" aria-labelledby="other-decisions">
					<h2 id="other-decisions">Others</h2>
					<div class="table-wrap" tabIndex={0} role="region" aria-label="Other decisions"><table class="table"><thead><tr><th scope="col">State</th><th scope="col">Decision</th><th scope="col">File</th><th scope="col">Whom it concerns</th></tr></thead><tbody>{others.map((d) => <Row key={`${d.repository} ${d.file}`} d={d} people />)}</tbody></table></div>
				</section>
			) : null}
		</>
	);
}
