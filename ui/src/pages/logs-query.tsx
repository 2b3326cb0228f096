// The box of the log search: text, completion, and an error that shows its place in the query.
import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Icon } from '../parts/icons';
import type { Fields } from '../types';
import { complete, type Suggestion } from './logs-complete';
import { placeOf, wordAt } from './logs-text';

const AROUND = 32; // characters of the query shown on each side of a wrong place

export interface QueryProblem { message: string; column?: number }

// The place cut out of the query, since the box itself may be scrolled.
function WrongPlace({ q, problem, show }: { q: string; problem: QueryProblem; show: (from: number, to: number) => void }): JSX.Element {
	if (!problem.column) return <>{problem.message}</>;
	const at = placeOf(q, problem.column), wrong = wordAt(q, at), from = Math.max(0, at - AROUND), to = at + wrong.length + AROUND;
	return (
		<span class="problem">
			<span>{problem.message}</span>
			<button type="button" class="wrong-place mono" title="Put the cursor there" onClick={() => show(at, at + wrong.length)}><span class="sr">At character {at + 1}: </span>{from ? '…' : ''}{q.slice(from, at)}<mark class={wrong.trim() ? '' : 'is-end'}>{wrong.trim() ? wrong : ' '}</mark>{wrong.trim() ? q.slice(at + wrong.length, to) : q.slice(at, to).trimStart()}{to < q.length ? '…' : ''}</button>
		</span>
	);
}

export function QueryBox({ q, fields, onQuery, error }: { q: string; fields: Fields | null; onQuery: (q: string) => void; error?: QueryProblem | null }): JSX.Element {
	const [text, setText] = useState(q);
	const [at, setAt] = useState(-1);
	const [open, setOpen] = useState(false);
	const [caret, setCaret] = useState(q.length);
	const input = useRef<HTMLInputElement>(null);
	useLayoutEffect(() => { setText(q); setOpen(false); }, [q]);
	const { start, list } = useMemo(() => open ? complete(text, caret, fields) : { start: caret, list: [] }, [open, text, caret, fields]);
	// At once, not with the next frame: the next letter may come before it.
	const write = (next: string, from: number, to = from): void => {
		if (input.current) { input.current.value = next; input.current.focus(); input.current.setSelectionRange(from, to); }
	};
	const take = (s: Suggestion): void => {
		const next = text.slice(0, start) + s.text + (s.open ? '' : ' ') + text.slice(caret).trimStart();
		const pos = start + s.text.length + (s.open ? 0 : 1);
		setText(next); setCaret(pos); setAt(-1); setOpen(Boolean(s.open));
		write(next, pos);
		if (!s.open) onQuery(next.trim());
	};
	const submit = (): void => { setOpen(false); onQuery(text.trim()); };
	const onKey = (e: KeyboardEvent): void => {
		if (!list.length) return;
		if (e.key === 'ArrowDown') setAt((at + 1) % list.length);
		else if (e.key === 'ArrowUp') setAt((at + list.length) % (list.length + 1) - 1);
		else if (e.key === 'Tab' || (e.key === 'Enter' && at >= 0)) take(list[Math.max(0, at)]!);
		else if (e.key === 'Escape') { setOpen(false); e.stopPropagation(); }
		else return;
		e.preventDefault();
	};
	return (
		<div class="query">
			<form onSubmit={(e) => { e.preventDefault(); submit(); }}>
				<Icon name="search" size={15} />
				<input ref={input} data-search="page" class={`field mono ${error ? 'is-wrong' : ''}`} value={text} spellcheck={false} autocomplete="off" autocapitalize="off"
					role="combobox" aria-label="Search the logs" aria-expanded={list.length > 0} aria-controls="query-list" aria-autocomplete="list" aria-activedescendant={at >= 0 && list[at] ? `query-${at}` : undefined} aria-invalid={Boolean(error)} aria-describedby={error ? 'query-error' : undefined}
					placeholder='service:orders level>=warn "could not send" -retry | stats count() by bucket(1m), level'
					onInput={(e) => { setText(e.currentTarget.value); setCaret(e.currentTarget.selectionStart ?? 0); setOpen(true); setAt(-1); }}
					onKeyUp={(e) => { if (e.key.startsWith('Arrow') || e.key === 'Home' || e.key === 'End') setCaret(e.currentTarget.selectionStart ?? 0); }}
					onBlur={() => setOpen(false)} onKeyDown={onKey} />
				{text ? <button type="button" class="icon-button clear" aria-label="Clear the query" onClick={() => { setText(''); onQuery(''); input.current?.focus(); }}><Icon name="close" size={14} /></button> : null}
			</form>
			{list.length ? <ul class="suggestions" role="listbox" id="query-list" aria-label="Completions">{list.map((s, i) => <li key={s.text} id={`query-${i}`} role="option" aria-selected={i === at} onPointerDown={(e) => { e.preventDefault(); take(s); }}><code>{s.text}</code><span class="dim">{s.note}</span></li>)}</ul> : null}
			{error ? <p class="query-error" id="query-error" role="alert"><Icon name="failure" size={13} /><WrongPlace q={q} problem={error} show={(from, to) => { setText(q); write(q, from, to); }} /></p> : null}
		</div>
	);
}
