// The query of the log search: editing its text by clicking (add, exclude, replace a term) and the box with completion.
import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Icon } from '../parts/icons';
import { fleet, status } from '../state';
import type { Fields } from '../types';
import { LEVELS } from '../words';

export function term(field: string, value: string): string {
	return `${field}:${/^[\w.@/#+-]+$/.test(value) ? value : `"${value.replace(/(["\\])/g, '\\$1')}"`}`;
}

// The terms of a query; a quoted part, also after a colon, is one.
export function terms(q: string): string[] {
	return q.match(/-?(?:[^\s":]+(?::|>=|<=|>|<|=)?)?"(?:[^"\\]|\\.)*"?|\S+/g) ?? [];
}

export function toggleTerm(q: string, wanted: string): string {
	const all = terms(q);
	const opposite = wanted.startsWith('-') ? wanted.slice(1) : `-${wanted}`;
	if (all.includes(wanted)) return all.filter((t) => t !== wanted).join(' ');
	return [...all.filter((t) => t !== opposite), wanted].join(' ');
}

export function hasTerm(q: string, wanted: string): boolean {
	return terms(q).includes(wanted);
}

interface Suggestion { text: string; note: string; open?: boolean }

// What could come next at the end of the word before the cursor: field names, or values of the field that stands there.
function suggest(word: string, fields: Fields | null): Suggestion[] {
	const minus = word.startsWith('-') ? '-' : '';
	const bare = word.slice(minus.length);
	const colon = /^([\w.]+)(:|>=|<=|>|<|=)(.*)$/.exec(bare);
	if (!colon) {
		if (!bare) return [];
		const fixed: Suggestion[] = [['service', 'who wrote it'], ['level', 'fatal … trace'], ['trace', 'a trace’s lines'], ['instance', 'one instance']].map(([f, note]) => ({ text: `${minus}${f}:`, note: note!, open: true }));
		const seen = (fields?.fields ?? []).filter((f) => !['service', 'level', 'trace', 'instance', 'trace_id'].includes(f.name)).map((f) => ({ text: `${minus}${f.name}:`, note: `${f.distinct}${f.more ? '+' : ''} values`, open: true }));
		return [...fixed, ...seen].filter((s) => s.text.slice(minus.length).startsWith(bare.toLowerCase())).slice(0, 10);
	}
	const [, field, op, part] = colon;
	const given = part!.replace(/^"/, '').toLowerCase();
	let values: { value: string; note: string }[] = (fields?.fields.find((f) => f.name === field)?.values ?? []).map((v) => ({ value: v.value, note: `${v.count.toLocaleString('en-US')} rows` }));
	if (field === 'service') {
		const known = new Set(values.map((v) => v.value));
		for (const s of fleet.value?.services ?? []) if (!known.has(s.service)) values.push({ value: s.service, note: s.owner || 'no owner' });
	}
	if (field === 'level') values = LEVELS.filter((l) => l !== 'none').map((l) => ({ value: l, note: values.find((v) => v.value === l)?.note ?? '' }));
	if (field === 'instance') {
		const known = new Set(values.map((v) => v.value));
		for (const s of status.value?.services ?? []) for (const i of s.instances) if (!known.has(i.instance)) values.push({ value: i.instance, note: i.state });
	}
	return values.filter((v) => v.value.toLowerCase().startsWith(given) && v.value.toLowerCase() !== given)
		.map((v) => ({ text: op === ':' ? minus + term(field!, v.value) : `${minus}${field}${op}${v.value}`, note: v.note })).slice(0, 10);
}

export function QueryBox({ q, fields, onQuery, error }: { q: string; fields: Fields | null; onQuery: (q: string) => void; error?: { message: string; column?: number } | null }): JSX.Element {
	const [text, setText] = useState(q);
	const [at, setAt] = useState(-1);
	const [open, setOpen] = useState(false);
	const [caret, setCaret] = useState(q.length);
	const input = useRef<HTMLInputElement>(null);
	useLayoutEffect(() => { setText(q); }, [q]);
	const start = useMemo(() => { let i = caret, quoted = false; const before = text.slice(0, caret); for (i = 0; i < before.length; i++) if (before[i] === '"') quoted = !quoted; i = caret; while (i > 0 && (quoted || !/\s/.test(text[i - 1]!))) { if (text[i - 1] === '"') quoted = false; i--; } return i; }, [text, caret]);
	const list = open ? suggest(text.slice(start, caret), fields) : [];
	const take = (s: Suggestion): void => {
		const next = text.slice(0, start) + s.text + (s.open ? '' : ' ') + text.slice(caret).trimStart();
		const pos = start + s.text.length + (s.open ? 0 : 1);
		setText(next); setCaret(pos); setAt(-1); setOpen(Boolean(s.open));
		// At once, not with the next frame: the next letter may come before it.
		if (input.current) { input.current.value = next; input.current.setSelectionRange(pos, pos); }
		if (!s.open) onQuery(next.trim());
	};
	return (
		<div class="query">
			<form onSubmit={(e) => { e.preventDefault(); setOpen(false); onQuery(text.trim()); }}>
				<Icon name="search" size={15} />
				<input ref={input} data-search="page" class={`field mono ${error ? 'is-wrong' : ''}`} value={text} spellcheck={false} autocomplete="off" autocapitalize="off"
					role="combobox" aria-label="Search the logs" aria-expanded={list.length > 0} aria-controls="query-list" aria-autocomplete="list" aria-activedescendant={at >= 0 && list[at] ? `query-${at}` : undefined} aria-invalid={Boolean(error)} aria-describedby={error ? 'query-error' : undefined}
					placeholder='service:orders level>=warn "could not send" -retry'
					onInput={(e) => { setText(e.currentTarget.value); setCaret(e.currentTarget.selectionStart ?? 0); setOpen(true); setAt(-1); }}
					onKeyUp={(e) => { if (e.key.startsWith('Arrow') || e.key === 'Home' || e.key === 'End') setCaret(e.currentTarget.selectionStart ?? 0); }}
					onBlur={() => setTimeout(() => setOpen(false), 120)}
					onKeyDown={(e) => {
						if (!list.length) return;
						if (e.key === 'ArrowDown') { setAt((at + 1) % list.length); e.preventDefault(); }
						else if (e.key === 'ArrowUp') { setAt((at + list.length) % (list.length + 1) - 1); e.preventDefault(); }
						else if (e.key === 'Tab' || (e.key === 'Enter' && at >= 0)) { take(list[Math.max(0, at)]!); e.preventDefault(); }
						else if (e.key === 'Escape') { setOpen(false); e.stopPropagation(); e.preventDefault(); }
					}} />
				{text ? <button type="button" class="icon-button clear" aria-label="Clear the query" onClick={() => { setText(''); onQuery(''); input.current?.focus(); }}><Icon name="close" size={14} /></button> : null}
			</form>
			{list.length ? <ul class="suggestions" role="listbox" id="query-list" aria-label="Completions">{list.map((s, i) => <li key={s.text} id={`query-${i}`} role="option" aria-selected={i === at} onPointerDown={(e) => { e.preventDefault(); take(s); }}><code>{s.text}</code><span class="dim">{s.note}</span></li>)}</ul> : null}
			{error ? <p class="query-error" id="query-error" role="alert">{error.column ? <pre aria-hidden="true">{' '.repeat(error.column - 1)}^</pre> : null}{error.message}{error.column ? <span class="sr"> at character {error.column}</span> : null}</p> : null}
		</div>
	);
}
