// The text of a search, edited by clicks: terms added, removed, turned round; pipes put behind it or taken away. The language is docs/query.md;
// here only what is needed to cut a text at the right places, never its meaning. What a click writes reads as if typed.

// The end of the unit that begins at `i`: a quoted text, a regex, something in brackets, or one character.
function unitEnd(q: string, i: number, wordStart: boolean): number {
	const c = q[i]!;
	if (c === '"' || c === '`') {
		for (let k = i + 1; k < q.length; k++) {
			if (q[k] === '\\' && c === '"') k++;
			else if (q[k] === c) return k + 1;
		}
		return q.length;
	}
	if (c === '/' && wordStart) {
		const regex = /^\/(?:[^\\/]|\\.)+\/i?(?=$|[\s)|,])/.exec(q.slice(i));
		if (regex) return i + regex[0].length;
	}
	const close = { '(': ')', '[': ']', '{': '}' }[c];
	if (close) {
		for (let k = i + 1, start = true; k < q.length;) {
			if (q[k] === close || (c === '[' && q[k] === '}')) return k + 1;
			const end = unitEnd(q, k, start);
			start = startsWord(q[end - 1]!);
			k = end;
		}
		return q.length;
	}
	return i + 1;
}

function startsWord(before: string): boolean {
	return /[\s(,:=~!|-]/.test(before);
}

// Cuts at the places where `at` says so; the pieces are without them.
function cut(q: string, at: (i: number) => number): string[] {
	const out: string[] = [];
	let from = 0;
	for (let i = 0; i < q.length;) {
		const n = at(i);
		if (n) { out.push(q.slice(from, i)); i += n; from = i; } else i = unitEnd(q, i, i === 0 || startsWord(q[i - 1]!));
	}
	out.push(q.slice(from));
	return out;
}

// What is searched for, and the pipes behind it; `|=`, `|~`, `||` belong to the search.
export function split(q: string): { search: string; pipes: string[] } {
	let skip = -1;
	const [search = '', ...pipes] = cut(q, (i) => {
		if (q[i] !== '|' || i === skip) return 0;
		if (q[i + 1] === '|') { skip = i + 1; return 0; }
		return /[=~>]/.test(q[i + 1] ?? '') ? 0 : 1;
	}).map((p) => p.trim());
	return { search, pipes };
}

export function join(search: string, pipes: string[]): string {
	return [search, ...pipes.map((p) => `| ${p}`)].filter(Boolean).join(' ');
}

export function terms(search: string): string[] {
	return cut(search, (i) => /\s/.test(search[i]!) ? 1 : 0).filter(Boolean);
}

function isChain(search: string): boolean {
	return terms(search).some((t) => /^(or|\|\|)$/i.test(t));
}

export function quote(text: string): string {
	return `"${text.replace(/(["\\])/g, '\\$1')}"`;
}

export function name(field: string): string {
	return /^[A-Za-z_][\w.]*$/.test(field) ? field : quote(field);
}

const isPlain = (value: string): boolean => /^[A-Za-z0-9_][\w.@+-]*$/.test(value) && !/^(and|or|not)$/i.test(value);

export function valueText(value: string): string {
	return isPlain(value) ? value : quote(value);
}

// A field that equals a value: a colon would also find values that contain it. Of a level both mean the same, and the colon reads better.
export function term(field: string, value: string): string {
	return `${name(field)}${field === 'level' && isPlain(value) ? ':' : '='}${valueText(value)}`;
}

// The same asked in other words: field:value for field=value.
function spellings(t: string): string[] {
	const m = /^(-?(?:[A-Za-z_][\w.]*|"(?:[^"\\]|\\.)*"))([:=])(.+)$/s.exec(t);
	return m ? [`${m[1]}:${m[3]}`, `${m[1]}=${m[3]}`] : [t];
}

export function hasTerm(q: string, wanted: string): boolean {
	const { search } = split(q);
	return !isChain(search) && terms(search).some((t) => spellings(wanted).includes(t));
}

const opposite = (t: string): string => t.startsWith('-') ? t.slice(1) : `-${t}`;

export function addTerm(q: string, wanted: string): string {
	const { search, pipes } = split(q);
	if (hasTerm(q, wanted)) return q.trim();
	const kept = isChain(search) ? [`(${search})`] : terms(search).filter((t) => !spellings(opposite(wanted)).includes(t));
	return join([...kept, wanted].join(' '), pipes);
}

export function toggleTerm(q: string, wanted: string): string {
	if (!hasTerm(q, wanted)) return addTerm(q, wanted);
	const { search, pipes } = split(q);
	return join(terms(search).filter((t) => !spellings(wanted).includes(t)).join(' '), pipes);
}

// --- pipes ---

export function word(pipe: string): string {
	return /^[A-Za-z_]+/.exec(pipe)?.[0].toLowerCase() ?? '';
}
const FILTERS = ['where', 'filter', 'search', 'parse', 'extract', 'pattern', 'regexp', 'json', 'logfmt', 'unpack'];
const TABLES = ['stats', 'top', 'patterns', 'fields', 'keep', 'compare'];

// The pipes at the front that only choose rows or take fields out of them.
function filters(pipes: string[]): string[] {
	const end = pipes.findIndex((p) => !FILTERS.includes(word(p)) && /^[A-Za-z_]+(\s+["/\w(-]|\s*$|\s*\()/.test(p));
	return end < 0 ? pipes : pipes.slice(0, end);
}

export function makesTable(q: string): boolean {
	return split(q).pipes.some((p) => TABLES.includes(word(p)));
}

// The pipe that decides what the answer looks like.
export function shape(q: string): string {
	return split(q).pipes.map(word).filter((w) => TABLES.includes(w) && w !== 'compare').at(-1) ?? '';
}

export function rowsOf(q: string): string {
	const { search, pipes } = split(q);
	return join(search, filters(pipes));
}

export function withPipe(q: string, pipe: string): string {
	const { search, pipes } = split(q);
	return join(search, [...filters(pipes), pipe]);
}

export function sortBy(q: string, field: string, descending: boolean): string {
	const { search, pipes } = split(q);
	const sort = `sort ${name(field)}${descending ? ' desc' : ''}`;
	const at = pipes.findIndex((p, i) => ['sort', 'order'].includes(word(p)) && i === pipes.length - 1);
	return join(search, at >= 0 ? [...pipes.slice(0, at), sort] : [...pipes, sort]);
}

// How the answer is sorted, if its last pipe says it.
export function sorted(q: string): { field: string; descending: boolean } | null {
	const last = split(q).pipes.at(-1) ?? '';
	const m = /^(?:sort|order)\s+(?:by\s+)?(-?)("(?:[^"\\]|\\.)*"|[\w.]+)(\s+desc)?\s*$/i.exec(last);
	return m ? { field: m[2]!.startsWith('"') ? m[2]!.slice(1, -1).replace(/\\(.)/g, '$1') : m[2]!, descending: Boolean(m[1] || m[3]) } : null;
}

const UNITS: Record<string, number> = { ms: 1, s: 1e3, m: 60e3, min: 60e3, h: 3600e3, d: 86400e3 };
const STEPS = ['1s', '2s', '5s', '10s', '30s', '1m', '2m', '5m', '10m', '30m', '1h', '3h', '6h', '12h', '1d'];
const msOf = (d: string): number => { const m = /^([\d.]+)([a-z]+)$/.exec(d); return m ? Number(m[1]) * (UNITS[m[2]!] ?? 0) : 0; };

// A step that gives some 60 bars.
export function step(spanMs: number): string {
	return STEPS.find((s) => spanMs / msOf(s) <= 75) ?? '1d';
}

export function bucketMs(q: string): number {
	const m = /\bbucket\(\s*([\d.]+[a-z]+)\s*\)/i.exec(split(q).pipes.join(' '));
	return m ? msOf(m[1]!) : 0;
}

export const REST = '(other)'; // what an answer calls the groups that did not fit

// The fixed parts of a message's template, as exact terms: what its rows have in common. The longest few say enough.
export function patternTerms(template: string): string[] {
	if (template === REST) return [];
	const parts = template.split('<*>').map((p) => p.trim()).filter((p) => /\w{2}/.test(p));
	const long = [...parts].sort((a, b) => b.length - a.length).slice(0, 4);
	return parts.filter((p, i) => long.includes(p) && parts.indexOf(p) === i).map((p) => `=${quote(p)}`);
}

export function patternRows(q: string, template: string, not: boolean): string {
	const all = patternTerms(template);
	if (!all.length) return q;
	if (not) return addTerm(q, all.length > 1 ? `-(${all.join(' ')})` : `-${all[0]}`);
	return all.reduce(addTerm, rowsOf(q));
}

// --- places ---

// A column that the API gives counts bytes from 1; a text in the browser counts UTF-16 units from 0.
export function placeOf(q: string, column: number): number {
	let bytes = 0, i = 0;
	for (const c of q) {
		if (bytes >= column - 1) break;
		bytes += new TextEncoder().encode(c).length;
		i += c.length;
	}
	return i;
}

// What stands at a place: up to the next blank, at least one character.
export function wordAt(q: string, at: number): string {
	return /^(\s+|[^\s|()]+|.)/.exec(q.slice(at))?.[0] ?? '';
}

export function shellQuote(text: string): string {
	return `'${text.replaceAll("'", `'\\''`)}'`;
}
