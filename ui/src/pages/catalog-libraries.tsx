// The same capability by different libraries: choices that teams have made differently first, who uses what in which version, and whom to ask. A part of "built twice".
import type { JSX } from 'preact';
import { api, useApi } from '../api';
import { Chip, CopyButton, Empty, Failed, Owner, Skeleton } from '../parts/bits';
import { Icon } from '../parts/icons';
import { plural } from '../format';
import { ticks } from '../state';
import type { Libraries, Library, LibraryChoice, LibraryUse } from '../types';

const distinct = (list: string[]): string[] => [...new Set(list.filter(Boolean))];
const SHOWN = 6;

function few(list: string[]): string {
	return list.length > SHOWN ? `${list.slice(0, SHOWN).join(', ')} and ${list.length - SHOWN} more` : list.join(', ');
}

function place(u: LibraryUse): string {
	return `${u.whole ? `the repository ${u.service}` : u.service}${u.owner ? ` of ${u.owner}` : ''}: ${u.version || 'no version'}, ${u.file}${u.line ? `:${u.line}` : ''}${u.told ? '' : ' (the file does not tell who asks for it)'}`;
}

function talk(c: LibraryChoice): string {
	const who = c.ask.team || c.ask.person || c.ask.service;
	return `${who}: for ${c.meaning} (${c.ecosystem}) ${plural(c.teams, 'team')} use ${plural(c.families, 'library', 'libraries')}: ${c.libraries.map((x) => `${x.library} in ${plural(x.services, 'service')}`).join(', ')}. You have it in ${plural(c.ask.services, 'service')}: what would you advise?\n${location.origin}/catalog?view=twice&what=libraries`;
}

function Ask({ c }: { c: LibraryChoice }): JSX.Element | null {
	if (!c.ask.team && !c.ask.person) return null;
	return <p>Ask {c.ask.team ? <Owner owner={c.ask.team} contact={c.ask.contact} /> : <b>{c.ask.person}</b>}{c.ask.team ? <>, who have it in {plural(c.ask.services, 'service')}</> : null}{c.ask.team && c.ask.person ? <>; {c.ask.person} <span class="dim">&lt;{c.ask.mail}&gt;</span> is most active in {c.ask.service}</> : null}.</p>;
}

function Row({ x, total }: { x: Library; total: number }): JSX.Element {
	const teams = distinct(x.uses.map((u) => u.owner)), awake = x.uses.some((u) => !u.asleep);
	return (
		<tr>
			<th scope="row">{x.library}{x.family !== x.library ? <span class="dim small"> with {x.family}</span> : null} {awake ? null : <Chip state="unknown"><span title="Nobody has committed to any of its services for a year">asleep</span></Chip>}</th>
			<td><span class="sure"><span class="meter" aria-hidden="true"><i style={{ width: `${(100 * x.services) / total}%` }} /></span><span class="num">{x.services}</span></span></td>
			<td>{teams.length ? few(teams) : <span class="dim">nobody’s</span>}</td>
			<td class="num">{few(distinct(x.uses.map((u) => u.version))) || <span class="dim">–</span>}</td>
			<td class="dim" title={x.uses.map(place).join('\n')}>{few(distinct(x.uses.map((u) => u.service)))}</td>
		</tr>
	);
}

function Choice({ c }: { c: LibraryChoice }): JSX.Element {
	return (
		<article class="standing-note twice" aria-label={`${c.capability}, ${c.ecosystem}`}>
			<div>
				<h2>{c.capability}, {c.ecosystem} <CopyButton text={talk(c)} label={`Copy a message about ${c.capability}, ${c.ecosystem}`} what="Copied for a message" small /></h2>
				<p class="dim">{c.meaning}: {plural(c.families, 'library', 'libraries')} of {plural(c.teams, 'team')} in {plural(c.services, 'service')}{c.apart ? <>; <span class="is-warning-text">{c.apart} of these teams use nothing of {c.common}</span></> : null}</p>
				<table class="table"><thead><tr><th scope="col">Library</th><th scope="col">Services</th><th scope="col">Teams</th><th scope="col">Versions</th><th scope="col">In</th></tr></thead><tbody>{c.libraries.map((x) => <Row key={x.library} x={x} total={c.services} />)}</tbody></table>
				<Ask c={c} />
			</div>
		</article>
	);
}

function Agreed({ list }: { list: LibraryChoice[] }): JSX.Element {
	return (
		<section class="section" aria-labelledby="agreed">
			<h2 id="agreed" class="part-title">Where teams agree, or only one has it</h2>
			<div class="table-wrap" tabIndex={0} role="region" aria-label="Other choices">
				<table class="table">
					<thead><tr><th scope="col">For</th><th scope="col">Ecosystem</th><th scope="col">Libraries</th><th scope="col" class="right">Services</th><th scope="col">Ask</th></tr></thead>
					<tbody>{list.map((c) => <tr key={`${c.capability} ${c.ecosystem}`}><th scope="row" title={c.meaning}>{c.capability}</th><td class="dim">{c.ecosystem}</td><td title={c.libraries.flatMap((x) => x.uses.map((u) => `${x.library}: ${place(u)}`)).join('\n')}>{few(c.libraries.map((x) => x.library))}</td><td class="num right">{c.services}</td><td>{c.ask.team || c.ask.person || <span class="dim">nobody</span>}</td></tr>)}</tbody>
				</table>
			</div>
		</section>
	);
}

function Wrong({ data }: { data: Libraries }): JSX.Element | null {
	if (!data.problems.length && !data.cut) return null;
	return <div class="section"><p><Icon name="warning" size={13} /> {data.problems.length ? `${plural(data.problems.length, 'lock file')} cannot be read.` : ''}{data.cut ? ' There are more lock files than are looked at.' : ''}</p><ul class="problems">{data.problems.slice(0, 20).map((p) => <li key={`${p.file}:${p.line}`}><code>{p.file}{p.line ? `:${p.line}` : ''}</code> {p.message}</li>)}</ul></div>;
}

export function LibrariesView(): JSX.Element {
	const found = useApi<Libraries>(api('duplicates/libraries'), { every: 60000, tick: ticks.snapshot.value });
	const data = found.data;
	if (found.error && !data) return <Failed error={found.error} what="What lock files say could not be loaded" retry={found.reload} />;
	if (!data) return <Skeleton shown={found.slow} />;
	if (!data.choices.length) return <><Empty title="No library is known" command={'catalog: { repositories: [., ../clones] }'}>{plural(data.files, 'lock file')} of the clones that lie here were read. Each ecosystem’s is, from package-lock.json to go.mod, in the service’s folder or below.</Empty><Wrong data={data} /></>;
	const divided = data.choices.filter((c) => c.divided), others = data.choices.filter((c) => !c.divided);
	return (
		<>
			<Wrong data={data} />
			{divided.length ? <div class="section pain-grid wide" role="region" aria-label="The same by different libraries">{divided.map((c) => <Choice key={`${c.capability} ${c.ecosystem}`} c={c} />)}</div> : <p class="section">No two teams use different libraries for the same.</p>}
			{others.length ? <Agreed list={others} /> : null}
			<p class="section dim">{plural(data.files, 'lock file')}, {plural(data.packages, 'package')}. Libraries that complete each other count as one; what others bring in does not count where a lock file tells.</p>
		</>
	);
}
