// What could come next in a search: fields, values of a field, pipes, functions. Pure: the query's text up to the cursor and what is known go in.
import { fleet, status } from '../state';
import type { Fields } from '../types';
import { LEVELS } from '../words';
import { name, split, valueText, word } from './logs-text';

export interface Suggestion { text: string; note: string; open?: boolean } // open: more follows at once, no blank
const MOST = 10;

const PIPES: [string, string, boolean][] = [
	['stats count() by ', 'count, by a field or by time', true], ['top 10 ', 'the most frequent values of a field', true], ['patterns', 'messages grouped by what is the same in them', false],
	['where ', 'keep rows, also by fields that a pipe made', true], ['parse "', 'fields out of the message: parse "user <user> in <ms:num>ms"', true], ['stats ', 'avg, p95, distinct …', true],
	['sort ', 'by a field; desc turns it round', true], ['limit ', 'at most this many', true], ['fields ', 'only these, as a table', true], ['context ', 'lines before and after each hit', true], ['compare ', 'beside the same search, earlier', true],
];
const FUNCTIONS: [string, string, boolean][] = [
	['count()', 'rows', false], ['rate()', 'rows a second', false], ['avg(', 'mean of a field', true], ['p95(', '95 of 100 are below it; p50, p99 …', true], ['max(', 'largest', true], ['min(', 'smallest', true], ['sum(', 'all together', true], ['distinct(', 'how many different values', true],
];
const FIXED: [string, string][] = [['service', 'who wrote it'], ['level', 'fatal … trace'], ['trace', 'a trace’s lines'], ['instance', 'one instance']];

function fieldNames(fields: Fields | null): { text: string; note: string }[] {
	const seen = (fields?.fields ?? []).filter((f) => !['service', 'level', 'trace', 'instance', 'trace_id', 'span_id'].includes(f.name));
	return [...FIXED.map(([text, note]) => ({ text, note })), ...seen.map((f) => ({ text: name(f.name), note: `${f.distinct}${f.more ? '+' : ''} values` }))];
}

function begins(list: Suggestion[], typed: string): Suggestion[] {
	const low = typed.toLowerCase();
	return list.filter((s) => s.text.toLowerCase().startsWith(low) && s.text.trim().toLowerCase() !== low).slice(0, MOST);
}

function valuesOf(field: string, fields: Fields | null): { value: string; note: string }[] {
	const values = (fields?.fields.find((f) => f.name === field)?.values ?? []).map((v) => ({ value: v.value, note: `${v.count.toLocaleString('en-US')} rows` }));
	const add = (value: string, note: string): void => { if (!values.some((v) => v.value === value)) values.push({ value, note }); };
	if (field === 'service') for (const s of fleet.value?.services ?? []) add(s.service, s.owner || 'no owner');
	if (field === 'instance') for (const s of status.value?.services ?? []) for (const i of s.instances) add(i.instance, i.state);
	if (field === 'level') return LEVELS.filter((l) => l !== 'none').map((l) => ({ value: l, note: values.find((v) => v.value === l)?.note ?? '' }));
	return values;
}

// A term of the search: a field's name, or a value of the field that stands there.
function ofTerm(typed: string, fields: Fields | null): Suggestion[] {
	const minus = typed.startsWith('-') ? '-' : '', bare = typed.slice(minus.length);
	const compared = /^([\w.]+)(:|>=|<=|!=|>|<|=)(.*)$/s.exec(bare);
	if (!bare) return [];
	if (!compared) return begins([...fieldNames(fields).map((f) => ({ text: `${minus}${f.text}:`, note: f.note, open: true })), { text: `${minus}has:`, note: 'rows that have a field', open: true }, { text: 'last:', note: 'how far back: last:30m', open: true }], typed);
	const [, field = '', op = '', part = ''] = compared;
	const given = part.replace(/^"/, '').toLowerCase();
	if (field === 'has') return begins(fieldNames(fields), part).map((s) => ({ ...s, text: `${minus}has:${s.text}` }));
	return valuesOf(field, fields).filter((v) => v.value.toLowerCase().startsWith(given) && v.value.toLowerCase() !== given)
		.map((v) => ({ text: `${minus}${field}${op}${valueText(v.value)}`, note: v.note })).slice(0, MOST);
}

function ofPipe(pipe: string, typed: string, fields: Fields | null): Suggestion[] {
	const kind = word(pipe.trimStart());
	if (pipe.trimStart() === typed) return begins(PIPES.map(([text, note, open]) => ({ text, note, open })), typed);
	if (kind === 'where' || kind === 'filter') return ofTerm(typed, fields);
	const names = fieldNames(fields).map((f) => ({ ...f, open: false }));
	if (kind === 'stats') {
		if (/\sby\s/i.test(pipe)) return begins([...['1m', '5m', '1h'].map((d) => ({ text: `bucket(${d})`, note: 'by time, drawn as a chart' })), ...names], typed);
		if (/\([^)]*$/.test(pipe)) return begins(names.map((n) => ({ ...n, text: `${n.text})` })), typed);
		return begins([...FUNCTIONS.map(([text, note, open]) => ({ text, note, open })), { text: 'by ', note: 'a field or bucket(1m)', open: true }], typed);
	}
	if (kind === 'compare') return begins(['1h', '1d', '7d'].map((d) => ({ text: d, note: 'earlier' })), typed);
	return ['top', 'sort', 'fields', 'keep', 'order'].includes(kind) && !/^\d/.test(typed) ? begins(names, typed) : [];
}

// Where the word before the cursor begins, and what it could become.
export function complete(text: string, caret: number, fields: Fields | null): { start: number; list: Suggestion[] } {
	const before = text.slice(0, caret);
	const pipes = split(before).pipes;
	const inPipe = pipes.length > 0;
	// A quoted part belongs to its word.
	let start = caret, quoted = (before.match(/(?<!\\)"/g)?.length ?? 0) % 2 === 1;
	while (start > 0 && (quoted || !(inPipe ? /[\s,(|]/ : /[\s(]/).test(before[start - 1]!))) { if (before[start - 1] === '"') quoted = false; start--; }
	const typed = before.slice(start);
	if (!inPipe) return { start, list: ofTerm(typed, fields) };
	return { start, list: ofPipe(before.slice(before.lastIndexOf('|') + 1), typed, fields) };
}
