// Beside the query: searches kept under a name (each is an address; the names stay in this browser), the link of this one, and the language on one sheet.
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon, type IconName } from '../parts/icons';
import { link } from '../router';
import { copy } from '../state';

const KEY = 'pleach.searches';
const MOST = 100; // kept; the oldest leaves
interface Saved { name: string; url: string }

function load(): Saved[] {
	try {
		const list: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
		return Array.isArray(list) ? list.filter((s): s is Saved => typeof s?.name === 'string' && typeof s?.url === 'string' && s.url.startsWith('/logs')) : [];
	} catch { return []; }
}

function store(list: Saved[]): void {
	try { localStorage.setItem(KEY, JSON.stringify(list.slice(-MOST))); } catch { /* private mode: kept as long as the page */ }
}

// A sheet under a button: opens by click, closes by Esc, by a click elsewhere, or by what is chosen in it.
function Sheet({ label, icon, title, wide, children }: { label: string; icon: IconName; title: string; wide?: boolean; children: (close: () => void) => ComponentChildren }): JSX.Element {
	const [open, setOpen] = useState(false);
	const box = useRef<HTMLDivElement>(null);
	useEffect(() => {
		if (!open) return;
		const away = (e: Event): void => { if (!box.current?.contains(e.target as Node)) setOpen(false); };
		document.addEventListener('pointerdown', away);
		return () => document.removeEventListener('pointerdown', away);
	}, [open]);
	return (
		<div class={`popover ${wide ? 'is-wide' : ''}`} ref={box} onKeyDown={(e) => { if (e.key === 'Escape' && open) { e.preventDefault(); e.stopPropagation(); setOpen(false); box.current?.querySelector('button')?.focus(); } }}>
			<button type="button" class="button" aria-expanded={open} aria-haspopup="dialog" title={title} onClick={() => setOpen(!open)}><Icon name={icon} size={14} />{label}</button>
			{open ? <div class="sheet" role="dialog" aria-label={title}>{children(() => setOpen(false))}</div> : null}
		</div>
	);
}

export interface SearchState { q: string; from: string; to: string; cols: string }
interface Times { from: number; to: number } // ms: what the search covers right now

function SavedList({ state, times, close }: { state: SearchState; times: Times; close: () => void }): JSX.Element {
	const [list, setList] = useState(load);
	const [label, setLabel] = useState(state.q.slice(0, 60));
	const change = (next: Saved[]): void => { setList(next); store(next); };
	const url = link('/logs', { ...state });
	const pinned = link('/logs', { ...state, from: String(Math.round(times.from)), to: String(Math.round(times.to)) });
	return (
		<>
			<form class="save" onSubmit={(e) => { e.preventDefault(); const n = label.trim(); if (n) change([...list.filter((s) => s.name !== n), { name: n, url }]); }}>
				<input class="field" aria-label="Name of this search" placeholder="A name for this search" value={label} maxLength={120} onInput={(e) => setLabel(e.currentTarget.value)} />
				<button type="submit" class="button primary" disabled={!label.trim()}>Save</button>
			</form>
			{list.length ? <ul class="saved" aria-label="Saved searches">{[...list].reverse().map((s) => (
				<li key={s.name}><a href={s.url} onClick={close} title={new URLSearchParams(s.url.split('?')[1]).get('q') ?? ''}>{s.name}</a>
					<button type="button" class="icon-button" aria-label={`Copy the link of ${s.name}`} title="Copy its link" onClick={() => void copy(location.origin + s.url, 'Link copied')}><Icon name="link" size={13} /></button>
					<button type="button" class="icon-button" aria-label={`Forget ${s.name}`} title="Forget it" onClick={() => change(list.filter((x) => x !== s))}><Icon name="remove" size={13} /></button></li>
			))}</ul> : <p class="dim small">Saved searches stay in this browser. Each is an address, so a link does for everyone else.</p>}
			<div class="actions"><button type="button" class="button" onClick={() => void copy(location.origin + url, 'Link copied')}><Icon name="link" size={13} />Copy link</button>
				<button type="button" class="button" title="The same rows tomorrow, too" onClick={() => void copy(location.origin + pinned, 'Link with fixed times copied')}><Icon name="clock" size={13} />With fixed times</button></div>
		</>
	);
}

export function SavedSearches({ state, times }: { state: SearchState; times: Times }): JSX.Element {
	return <Sheet label="Saved" icon="saved" title="Saved searches">{(close) => <SavedList key={state.q} state={state} times={times} close={close} />}</Sheet>;
}

const LANGUAGE: [string, [string, string][]][] = [
	['Find', [['timeout', 'a word, in any field'], ['"could not send"', 'a phrase'], ['time* *out *eou*', 'beginning, end, anywhere'], ['refused -greylisted', 'one and not the other'], ['(smtp or relay) warn', 'either, with brackets'], ['="451 4.7.1"', 'exactly this text'], ['/relay-\\d+/', 'a regular expression']]],
	['In a field', [['service:orders', 'contains the word, or is equal'], ['status:502,503', 'either'], ['level>=warn', 'this level and worse'], ['status>=500', 'compared as numbers'], ['status:[500 TO 599]', 'a range'], ['has:retry_in_s', 'rows with that field'], ['last:30m', 'how far back']]],
	['Then', [['| stats count() by level', 'count by a field'], ['| stats p95(took_ms) by bucket(1m)', 'over time, as a chart'], ['| top 10 customer', 'most frequent values'], ['| patterns', 'messages of the same kind'], ['| parse "order <id> of"', 'fields out of the message'], ['| where waited_ms > 100', 'filter by such a field'], ['| context 5', 'lines before and after'], ['| stats count() by level | compare 1d', 'beside yesterday']]],
];

// Each example can be put behind the query.
export function Language({ insert }: { insert: (text: string) => void }): JSX.Element {
	return (
		<Sheet label="Language" icon="book" title="How to search" wide>{(close) => (
			<div class="language">{LANGUAGE.map(([title, rows]) => (
				<section key={title}><h2>{title}</h2><ul>{rows.map(([text, what]) => <li key={text}><button type="button" class="mono" title="Try it" onClick={() => { insert(text); close(); }}>{text}</button><span class="dim">{what}</span></li>)}</ul></section>
			))}</div>
		)}</Sheet>
	);
}
