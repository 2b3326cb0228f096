// What is done to the catalogue by a click: an orphan gets an owner (a line in a file of the clone, which a person commits), or a work item, once. What was done stays in view where it was done.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { send, useApi, type ApiError } from '../api';
import { CopyButton } from '../parts/bits';
import { Icon } from '../parts/icons';
import { fleet } from '../state';
import type { Assigned, CatalogEntry, WorkItem, WorkItems, WorkItemsDone } from '../types';
import { askText, baseName, placeOf, teamOf } from './catalog-text';

export interface Work { state: WorkItems | null; reload: () => void }

export function useWork(wanted: boolean): Work {
	const found = useApi<WorkItems>(wanted ? '/api/work-items' : null, { every: 15000 });
	return { state: found.data, reload: found.reload };
}

function itemOf(work: Work, s: CatalogEntry): WorkItem | undefined {
	const mine = work.state?.items.filter((i) => i.id === s.id) ?? [];
	return mine.find((i) => i.open) ?? mine[mine.length - 1];
}

function Item({ item, where }: { item: WorkItem; where: string }): JSX.Element {
	const name = item.number ? `#${item.number}` : baseName(where) || 'work item';
	return <span class="work-item"><Icon name={item.open ? 'info' : 'ok'} size={13} /> {item.url ? <a class="link" href={item.url} target="_blank" rel="noreferrer">{name}</a> : name} <span class="dim">{item.open ? 'open' : 'closed'}</span></span>;
}

// A file is named as seen from the fleet.
function shortPlace(where: string): string {
	const root = fleet.value ? `${fleet.value.root}/` : '';
	return root && where.startsWith(root) ? where.slice(root.length) : where;
}

const words = (e: ApiError): string => `${e.file ? `${e.file}${e.line ? `:${e.line}` : ''}: ` : ''}${e.message}`;

// teams: those that may be chosen; none: the likely one alone.
export function Take({ s, work, teams }: { s: CatalogEntry; work: Work; teams?: string[] }): JSX.Element {
	const [busy, setBusy] = useState(''), [done, setDone] = useState<Assigned | null>(null), [error, setError] = useState('');
	const [team, setTeam] = useState(teamOf(s)), item = itemOf(work, s);
	const act = async (what: string, run: () => Promise<string>): Promise<void> => {
		setBusy(what);
		setError(await run());
		setBusy('');
	};
	const give = (): Promise<void> => act('give', async () => {
		const a = await send<Assigned>('PUT', `/api/catalog/${encodeURIComponent(s.service)}/owner`, { team });
		if (a.ok) setDone(a.data);
		return a.ok ? '' : words(a.error);
	});
	const raise = (): Promise<void> => act('raise', async () => {
		const a = await send<WorkItemsDone>('POST', '/api/work-items', { service: s.service });
		if (a.ok) work.reload();
		return a.ok ? '' : words(a.error);
	});
	return (
		<div class="take" onClick={(e) => e.stopPropagation()}>
			{teams?.length ? <label class="take-team"><span class="sr">Whose {s.service} is to be</span><select class="field" value={team} onChange={(e) => setTeam(e.currentTarget.value)}>{team ? null : <option value="">a team…</option>}{[...new Set([team, ...teams])].filter(Boolean).map((t) => <option key={t} value={t}>{t}</option>)}</select></label> : null}
			{team || teams?.length ? <button type="button" class="button" disabled={!team || busy !== ''} onClick={() => void give()} aria-label={`Give it to ${team || 'a team'}: ${s.service}`} title="Writes the owner into the file that says it, in the clone here; committing it is yours"><Icon name="owner" size={13} />{busy === 'give' ? 'Writing…' : `Give it to ${team || 'a team'}`}</button> : null}
			{item?.open ? <Item item={item} where={work.state?.where ?? ''} /> : work.state?.configured ? <><button type="button" class="button" disabled={busy !== ''} onClick={() => void raise()} aria-label={`Raise a work item for ${s.service}`} title="Once; from then on it is kept up to date, and closed when somebody has the service"><Icon name="findings" size={13} />{busy === 'raise' ? 'Raising…' : 'Raise a work item'}</button>{item ? <Item item={item} where={work.state.where} /> : null}</> : null}
			{s.next_owner ? <CopyButton text={askText(s, location.origin)} label={`Copy a message about ${s.service}`} what="Copied for a message" small /> : null}
			{done ? <p class="took" role="status"><Icon name="ok" size={13} class="is-ok-text" /> {done.created ? 'A new file says' : 'The file says'} <b>{done.owner}</b> now: <code>{placeOf(done.file, done.line)}</code>. Commit it, and the catalogue has it.</p> : null}
			{error ? <p class="took is-failure-text" role="alert"><Icon name="failure" size={13} /> {error}</p> : null}
		</div>
	);
}

// Whoever tried to reach the owner says how it went: what they own is an orphan until somebody says that they answered. Said once a visit.
export function Reached({ s }: { s: CatalogEntry }): JSX.Element | null {
	const [busy, setBusy] = useState(false), [said, setSaid] = useState(''), [error, setError] = useState('');
	if (!s.owner) return null;
	const tell = async (ok: boolean): Promise<void> => {
		setBusy(true);
		const a = await send<undefined>('POST', `/api/catalog/${encodeURIComponent(s.service)}/evidence`, { kind: 'contact', ok });
		setBusy(false);
		setSaid(a.ok ? (ok ? `${s.owner} answered: kept.` : `Kept: ${s.owner} did not answer. What they own is in nobody’s hands until somebody says that they did.`) : '');
		setError(a.ok ? '' : words(a.error));
	};
	return (
		<div class="take">
			{said ? <p class="took" role="status"><Icon name="ok" size={13} class="is-ok-text" /> {said}</p> : <>
				<span class="dim">Tried to reach {s.owner}?</span>
				<button type="button" class="button" disabled={busy} onClick={() => void tell(true)} title="It counts in the score, for as long as evidence does">They answered</button>
				<button type="button" class="button" disabled={busy} onClick={() => void tell(false)} title="All that they own is told as an orphan until somebody says that they answered">Nobody answered</button>
			</>}
			{error ? <p class="took is-failure-text" role="alert"><Icon name="failure" size={13} /> {error}</p> : null}
		</div>
	);
}

// How work items are, above the orphans.
export function WorkLine({ work, orphans }: { work: Work; orphans: number }): JSX.Element | null {
	const [busy, setBusy] = useState(false), [said, setSaid] = useState('');
	const w = work.state;
	if (!w) return null;
	if (!w.configured) return <p class="section dim work-line"><Icon name="info" size={13} /> Orphans become work items by a click when pleach.yaml names a place: <code>catalog: {'{'} work_items: https://github.com/OWNER/REPO, work_items_token: FILE {'}'}</code></p>;
	const open = w.items.filter((i) => i.open).length;
	const all = async (): Promise<void> => {
		setBusy(true);
		const a = await send<WorkItemsDone>('POST', '/api/work-items', {});
		setSaid(a.ok ? `${a.data.raised} raised, ${a.data.closed} closed.` : words(a.error));
		setBusy(false);
		work.reload();
	};
	return (
		<p class="section work-line" role="status">
			<span class="dim">{w.where ? <>Work items in <b>{shortPlace(w.where)}</b>: {open} open, {w.items.length - open} closed.</> : 'Work items have not been asked for yet.'}</span>
			{open < orphans ? <button type="button" class="button" disabled={busy} onClick={() => void all()}>{busy ? 'Raising…' : `Raise all ${orphans}`}</button> : null}
			{said ? <span>{said}</span> : null}
			{w.problem ? <span class="is-warning-text"><Icon name="warning" size={13} /> {w.problem}</span> : null}
		</p>
	);
}
