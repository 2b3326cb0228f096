// The query language (docs/query.md) for the mock: enough of it to answer every click of the console and every search of its tests, written plainly
// and apart from the store's own. Not shipped.
export class Problem extends Error { constructor(status, error, message, extra = {}) { super(message); Object.assign(this, { status, error, extra }); } }

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'none'];
const UNITS = { ms: 1, s: 1e3, m: 6e4, min: 6e4, h: 36e5, d: 864e5 };
export const LONGEST = 1000; // rows of a page, patterns

export function durationMs(text) {
	const m = /^(\d+(?:\.\d+)?)(ms|s|min|m|h|d)$/.exec(text ?? '');
	return m ? Number(m[1]) * UNITS[m[2]] : 0;
}

// A place is told in bytes from 1, as the store tells it.
function wrong(q, at, message) { throw new Problem(400, 'invalid', message, { column: Buffer.byteLength(q.slice(0, at)) + 1 }); }

// --- the first stage: tokens, then a function that tells whether a row matches ---

function tokens(q, from, to) {
	const out = [];
	const re = /\s+|(-?)\(|\)|(-?)(?:((?:[A-Za-z_][\w.]*|"(?:[^"\\]|\\.)*"(?=[:=<>!])))(:|>=|<=|!=|=~|=|>|<))?(?:(=?)("(?:[^"\\]|\\.)*"?)|(\/(?:[^\\/]|\\.)+\/i?(?=$|[\s)|,]))|(\[[^\]}]*[\]}])|([^\s()|]+))/gy;
	re.lastIndex = from;
	while (re.lastIndex < to) {
		const at = re.lastIndex, m = re.exec(q);
		if (!m) wrong(q, at, 'this cannot stand here');
		if (/^\s+$/.test(m[0])) continue;
		if (m[0] === ')' || m[0].endsWith('(')) { out.push({ at, bracket: m[0].at(-1), not: m[1] === '-' }); continue; }
		if (m[6] && !/^"(?:[^"\\]|\\.)*"$/.test(m[6])) wrong(q, at + m[0].indexOf('"'), 'the quoted text has no end; close it with "');
		const quoted = m[6] ? m[6].slice(1, -1).replace(/\\(.)/g, '$1') : null;
		out.push({ at, not: m[2] === '-', field: m[3]?.startsWith('"') ? m[3].slice(1, -1) : m[3], op: m[4], exact: m[5] === '=', quoted: quoted !== null, regex: m[7], range: m[8], value: quoted ?? m[7] ?? m[8] ?? m[9], bare: m[0] });
	}
	return out;
}

const isToken = (c) => c !== undefined && /[\w\x80-\uffff]/.test(c);
function contains(text, needle) {
	const low = text.toLowerCase();
	const left = needle.startsWith('*'), right = needle.endsWith('*') && needle.length > 1;
	const n = needle.slice(left ? 1 : 0, right ? -1 : undefined).toLowerCase();
	for (let i = low.indexOf(n); i >= 0 && n; i = low.indexOf(n, i + 1)) if ((left || !isToken(n[0]) || !isToken(low[i - 1])) && (right || !isToken(n.at(-1)) || !isToken(low[i + n.length]))) return true;
	return n === '';
}
export function valueOf(row, field) {
	if (row.made && field in row.made) return row.made[field];
	if (field === 'trace') return row.trace_id;
	if (field === 'message' || field === 'msg') return row.attributes[field] ?? row.body;
	if (field === 'time') return row.time;
	const own = row[field];
	return own !== undefined && typeof own !== 'object' ? own : row.attributes[field];
}
const everything = (row) => [row.body, row.service, row.instance, row.trace_id, row.span_id, ...Object.values(row.attributes), ...Object.values(row.made ?? {})].map(String);
const regexOf = (text) => new RegExp(text.slice(1, text.lastIndexOf('/')), text.endsWith('/i') ? 'i' : '');

function compare(have, op, value) {
	const [a, b] = [Number(have), Number(value)], numbers = String(have).trim() !== '' && !Number.isNaN(a) && !Number.isNaN(b);
	const [x, y] = numbers ? [a, b] : [String(have).toLowerCase(), String(value).toLowerCase()];
	return { '=': x === y, '!=': x !== y, '>': x > y, '>=': x >= y, '<': x < y, '<=': x <= y }[op];
}

function leaf(q, t) {
	const { field, op, value } = t;
	if (!field) {
		if (t.regex) { const re = regexOf(t.regex); return (row) => everything(row).some((x) => re.test(x)); }
		if (t.exact) return (row) => everything(row).some((x) => x.includes(value));
		return (row) => everything(row).some((x) => contains(x, value));
	}
	if (field === 'has' || field === '_exists_') return (row) => (valueOf(row, value) ?? '') !== '';
	if (field === 'level' && !/[*,]/.test(value)) {
		if (!LEVELS.includes(value)) wrong(q, t.at + t.bare.length - value.length, `"${value}" is not a level: fatal, error, warn, info, debug, trace, none`);
		return (row) => { const d = LEVELS.indexOf(value) - LEVELS.indexOf(row.level); return { ':': d === 0, '=': d === 0, '!=': d !== 0, '>=': d >= 0, '>': d > 0, '<=': d <= 0, '<': d < 0 }[op]; };
	}
	if (t.range) { const m = /^[[{](.+) TO (.+)[\]}]$/.exec(t.range); if (!m) wrong(q, t.at, 'a range is written [5 TO 10]'); return (row) => compare(valueOf(row, field) ?? '', '>=', m[1]) && compare(valueOf(row, field) ?? '', '<=', m[2]); }
	if (t.regex || op === '=~') { const re = t.regex ? regexOf(t.regex) : new RegExp(`^(?:${value})$`); return (row) => re.test(String(valueOf(row, field) ?? '')); }
	if (op === ':' && value === '*') return (row) => (valueOf(row, field) ?? '') !== '';
	if (op === ':') { const any = t.quoted ? [value] : value.split(','); return (row) => any.some((v) => compare(valueOf(row, field) ?? '', '=', v) || contains(String(valueOf(row, field) ?? ''), v)); }
	return (row) => { const have = valueOf(row, field); return have === undefined || have === '' ? op === '!=' || (op === '=' && value === '') : compare(have, op, value); };
}

function expression(q, list) {
	let i = 0;
	const word = (w) => list[i] && !list[i].field && !list[i].quoted && list[i].value?.toLowerCase() === w;
	const one = () => {
		if (word('not')) { i++; const f = one(); return (row) => !f(row); }
		const t = list[i++];
		if (!t) wrong(q, q.length, 'something to search for is expected here');
		let f;
		if (t.bracket === '(') {
			f = either();
			if (list[i++]?.bracket !== ')') wrong(q, t.at, 'this bracket has no end; close it with )');
		} else if (t.bracket) wrong(q, t.at, 'this bracket closes nothing');
		else f = leaf(q, t);
		return t.not ? (row) => !f(row) : f;
	};
	const both = () => {
		let f = one();
		while (i < list.length && list[i].bracket !== ')' && !word('or') && !word('||')) { if (word('and')) i++; const l = f, r = one(); f = (row) => l(row) && r(row); }
		return f;
	};
	const either = () => {
		let f = both();
		while (word('or') || word('||')) { i++; const l = f, r = both(); f = (row) => l(row) || r(row); }
		return f;
	};
	if (!list.length) return () => true;
	const all = either();
	if (i < list.length) wrong(q, list[i].at, 'this bracket closes nothing');
	return all;
}

// Where the pipes are: a | outside quotes and regexes, and not of |= or |~.
function cuts(q) {
	const out = [];
	for (let i = 0; i < q.length; i++) {
		if (q[i] === '"') { for (i++; i < q.length && q[i] !== '"'; i++) if (q[i] === '\\') i++; }
		else if (q[i] === '/' && (i === 0 || /[\s:(]/.test(q[i - 1]))) { const m = /^\/(?:[^\\/]|\\.)+\/i?(?=$|[\s)|,])/.exec(q.slice(i)); if (m) i += m[0].length - 1; }
		else if (q[i] === '|' && !/[=~]/.test(q[i + 1] ?? '')) out.push(i);
	}
	return out;
}

const NAMES = String.raw`(?:[A-Za-z_][\w.]*|"(?:[^"\\]|\\.)*")`;
const unquote = (n) => n.startsWith('"') ? n.slice(1, -1).replace(/\\(.)/g, '$1') : n;
function list(q, at, text, re) {
	const out = [];
	let i = 0;
	for (;;) {
		const m = new RegExp(`\\s*(?:${re})\\s*`, 'y'); m.lastIndex = i;
		const found = m.exec(text);
		if (!found) wrong(q, at + i + /^\s*/.exec(text.slice(i))[0].length, 'the name of a field is expected here');
		out.push({ found, at: at + i }); i = m.lastIndex;
		if (text[i] !== ',') return { out, end: i };
		i++;
	}
}
const keysOf = (q, at, text) => {
	const { out, end } = list(q, at, text, `bucket\\((\\w+)\\)|(-?)(${NAMES})(\\s+desc|\\s+asc)?`);
	if (text.slice(end).trim()) wrong(q, at + end, 'this pipe ends before here; another begins with |');
	return out.map(({ found: [, step, minus, n, dir] }) => step ? { name: 'time', step: durationMs(step) } : { name: unquote(n), descending: minus === '-' || /desc/.test(dir ?? '') });
};
const FUNCTIONS = ['count', 'rate', 'sum', 'avg', 'min', 'max', 'distinct', 'median'];

function stage(q, from, to) {
	const lead = /^\s*/.exec(q.slice(from, to))[0].length, at = from + lead, text = q.slice(at, to);
	const [, kind = ''] = /^([A-Za-z_]+)/.exec(text) ?? [];
	const rest = text.slice(kind.length), restAt = at + kind.length;
	switch (kind) {
	case 'where': return { kind, match: expression(q, tokens(q, restAt, to)) };
	case 'parse': {
		const m = /^\s*(?:([A-Za-z_][\w.]*)\s+)?"((?:[^"\\]|\\.)*)"\s*$/.exec(rest);
		if (!m) wrong(q, restAt, 'parse needs a pattern in quotes: parse "user <u> in <ms:num>ms"');
		const names = [], re = new RegExp(m[2].replace(/\\(.)/g, '$1').split(/(<[^>]+>)/).map((p) => /^<.+>$/.test(p) ? (names.push(p.slice(1, -1).split(':')[0]), '(.+?)') : p.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('') + (/>$/.test(m[2]) ? '$' : ''));
		return { kind, from: m[1] ?? 'body', names, re };
	}
	case 'stats': {
		const split = /^(.*?)(?:\sby\s(.*))?$/s.exec(rest), aggregates = [];
		let i = 0;
		for (;;) {
			const m = new RegExp(`\\s*([a-z_]\\w*)\\s*(?:\\(\\s*(${NAMES})?\\s*(?:,\\s*([\\d.]+))?\\s*\\))?(?:\\s+as\\s+(${NAMES}))?\\s*`, 'iy'); m.lastIndex = i;
			const f = m.exec(split[1]);
			if (!f) wrong(q, restAt + i + 1, 'a function is expected here, such as count() or avg(ms)');
			if (!FUNCTIONS.includes(f[1]) && !/^p\d+$/.test(f[1])) wrong(q, restAt + i + f[0].indexOf(f[1]), `"${f[1]}" is not a function of stats; there are count, rate, sum, avg, min, max, p95, percentile, distinct`);
			const field = f[2] && unquote(f[2]);
			aggregates.push({ fn: f[1], field, name: f[4] ? unquote(f[4]) : field ? `${f[1]}(${field})` : f[1] });
			i = m.lastIndex;
			if (split[1][i] !== ',') { if (i < split[1].length) wrong(q, restAt + i, 'this pipe ends before here; another begins with |'); break; }
			i++;
		}
		return { kind, aggregates, keys: split[2] ? keysOf(q, restAt + rest.length - split[2].length, split[2]) : [] };
	}
	case 'top': { const m = /^\s*(\d*)\s*(?:by\s+)?/.exec(rest); return { kind, n: Number(m[1] || 10), keys: keysOf(q, restAt + m[0].length, rest.slice(m[0].length)) }; }
	case 'sort': { const m = /^\s*(?:by\s+)?/.exec(rest); return { kind, keys: keysOf(q, restAt + m[0].length, rest.slice(m[0].length)) }; }
	case 'fields': return { kind, keys: keysOf(q, restAt, rest) };
	case 'limit': case 'context': return { kind, n: Number(rest.trim()) || (kind === 'context' ? 5 : wrong(q, restAt, 'a number is expected here')) };
	case 'compare': return { kind, back: durationMs(rest.trim()) || wrong(q, restAt, 'a duration such as 30s, 5m or 1d is expected here') };
	case 'patterns': return { kind };
	}
	if (/^[A-Za-z_][\w.]*\s*(>|<|=|!|:)/.test(text)) return { kind: 'where', match: expression(q, tokens(q, at, to)) };
	return wrong(q, at, `${kind ? `"${kind}" is no pipe: ` : ''}a pipe begins with where, parse, stats, top, patterns, sort, limit, fields, context or compare; a | within text stands in quotes`);
}

export function parse(q) {
	const at = cuts(q), end = at[0] ?? q.length, first = tokens(q, 0, end);
	const last = first.find((t) => t.field === 'last');
	return { matches: expression(q, first.filter((t) => t !== last)), last: last ? durationMs(last.value) : 0, stages: at.map((a, i) => stage(q, a + 1, at[i + 1] ?? q.length)) };
}

// --- pipes over rows, and over lines of a table ---

const cell = (v) => v === undefined || v === '' ? null : v;
const template = (body) => body.replace(/[\w\x80-\uffff]*\d[\w\x80-\uffff]*/g, '<*>');
const quantile = (sorted, p) => sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] : null;
function figure(a, rows, seconds) {
	if (a.fn === 'count') return a.field ? rows.filter((r) => cell(valueOf(r, a.field)) !== null).length : rows.length;
	if (a.fn === 'rate') return rows.length / seconds;
	const values = rows.map((r) => valueOf(r, a.field)).filter((v) => v !== undefined && v !== '');
	if (a.fn === 'distinct') return new Set(values.map(String)).size;
	const n = values.map(Number).filter((v) => !Number.isNaN(v)).sort((x, y) => x - y);
	if (!n.length) return null;
	return { sum: () => n.reduce((x, y) => x + y, 0), avg: () => n.reduce((x, y) => x + y, 0) / n.length, min: () => n[0], max: () => n.at(-1), median: () => quantile(n, 0.5) }[a.fn]?.() ?? quantile(n, Number(a.fn.slice(1)) / 100);
}
const keyOf = (k, row) => k.step ? new Date(Math.floor(row.ms / k.step) * k.step).toISOString() : cell(valueOf(row, k.name));

function grouped(rows, keys, aggregates, seconds) {
	const groups = new Map();
	for (const r of rows) { const k = keys.map((x) => keyOf(x, r)), id = JSON.stringify(k); if (!groups.has(id)) groups.set(id, { k, rows: [] }); groups.get(id).rows.push(r); }
	if (!groups.size && !keys.length) groups.set('', { k: [], rows: [] });
	const step = keys.find((k) => k.step)?.step;
	const lines = [...groups.values()].map((g) => [...g.k, ...aggregates.map((a) => figure(a, g.rows, step ? step / 1000 : seconds))]);
	lines.sort((a, b) => { for (let i = 0; i < keys.length; i++) { const d = order(a[i], b[i]); if (d) return d; } return 0; });
	return lines;
}
function order(a, b) {
	if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
	return typeof a === 'number' && typeof b === 'number' ? a - b : String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}

const extracted = (s, r) => { const m = s.re.exec(String(valueOf(r, s.from) ?? '')); return m ? { ...r, made: { ...r.made, ...Object.fromEntries(s.names.map((n, i) => [n, m[i + 1]])) } } : r; };
const filtered = (stages, input) => stages.reduce((all, s) => s.kind === 'where' ? all.filter(s.match) : s.kind === 'parse' ? all.map((r) => extracted(s, r)) : all, input);

// By the search and the filters that stand right behind it, as the counts beside a search are made.
export function chosen(q) {
	const plan = parse(q), end = plan.stages.findIndex((s) => s.kind !== 'where' && s.kind !== 'parse'), first = end < 0 ? plan.stages : plan.stages.slice(0, end);
	return (row) => plan.matches(row) && filtered(first, [row]).length > 0;
}

// rows: all that match the first stage between two times, newest first; earlier(back): the same for compare; around(row, n): lines around a row.
export function run(plan, rows, { seconds, limit, after, earlier, around }) {
	let kind = 'rows', columns = [], lines = rows, keys = 0, cut = '';
	const perform = (s, input) => {
		const source = { rows: input };
		if (s.kind === 'stats' || s.kind === 'top') {
			const aggregates = s.kind === 'top' ? [{ fn: 'count', name: 'count' }] : s.aggregates;
			keys = s.keys.length;
			columns = [...s.keys.map((k) => ({ name: k.name, type: k.step || k.name === 'time' ? 'time' : 'text' })), ...aggregates.map((a) => ({ name: a.name, type: 'number' }))];
			const out = grouped(source.rows, s.keys, aggregates, seconds);
			return s.kind === 'top' ? out.sort((a, b) => b.at(-1) - a.at(-1)).slice(0, s.n) : out;
		}
		const by = new Map();
		for (const r of source.rows) { const t = template(r.body), have = by.get(t) ?? [t, 0, r.body]; have[1]++; by.set(t, have); }
		keys = 1;
		columns = [{ name: 'pattern', type: 'text' }, { name: 'count', type: 'number' }, { name: 'example', type: 'text' }];
		return [...by.values()].sort((a, b) => b[1] - a[1]).slice(0, LONGEST);
	};
	plan.stages.forEach((s, i) => {
		const index = (n) => columns.findIndex((c) => c.name === n);
		if (s.kind === 'where' || s.kind === 'parse') { lines = kind === 'rows' ? filtered([s], lines) : lines.filter((l) => s.match({ attributes: Object.fromEntries(columns.map((c, k) => [c.name, l[k]])), body: '' })); }
		else if (['stats', 'top', 'patterns'].includes(s.kind)) { lines = perform(s, lines); kind = s.kind === 'patterns' ? 'patterns' : s.keys.some((k) => k.step) ? 'buckets' : 'table'; }
		else if (s.kind === 'compare') {
			const now = { lines, columns, keys }, before = perform(plan.stages[i - 1], filtered(plan.stages.slice(0, i - 1), earlier(s.back)));
			const shift = (k) => JSON.stringify(k.map((v, n) => now.columns[n].type === 'time' && v ? new Date(Date.parse(v) + s.back).toISOString() : v));
			const then = new Map(before.map((l) => [shift(l.slice(0, now.keys)), l]));
			columns = [...now.columns, ...now.columns.slice(now.keys).map((c) => ({ ...c, name: `${c.name} before` }))];
			lines = now.lines.map((l) => { const b = then.get(JSON.stringify(l.slice(0, now.keys))); return [...l, ...(b ? b.slice(now.keys) : now.columns.slice(now.keys).map(() => null))]; });
		} else if (s.kind === 'sort') {
			const get = (l, k) => kind === 'rows' ? cell(k.name === 'time' ? l.ms : valueOf(l, k.name)) : l[index(k.name)] ?? null;
			lines = [...lines].sort((a, b) => { for (const k of s.keys) { const d = order(get(a, k), get(b, k)); if (d) return k.descending ? -d : d; } return 0; });
		} else if (s.kind === 'limit') lines = lines.slice(0, s.n);
		else if (s.kind === 'fields') {
			const get = (l, k) => kind === 'rows' ? cell(valueOf(l, k.name)) : l[index(k.name)] ?? null;
			const next = s.keys.map((k) => ({ name: k.name, type: kind === 'rows' ? (k.name === 'time' ? 'time' : 'text') : columns[index(k.name)]?.type ?? 'text' }));
			lines = lines.slice(0, kind === 'rows' ? 10000 : undefined).map((l) => s.keys.map((k) => get(l, k)));
			columns = next; kind = 'table';
		} else if (s.kind === 'context') {
			const hits = lines.slice(0, 50), seen = new Map();
			for (const h of hits) for (const r of around(h, s.n)) if (!seen.has(r.id) || r.id === h.id) seen.set(r.id, { ...r, ...(r.id === h.id ? { here: true } : {}) });
			lines = [...seen.values()].sort((a, b) => a.ms - b.ms);
		}
	});
	let next = '';
	if (kind === 'rows') {
		const start = after ? Math.max(0, lines.findIndex((r) => r.id === after) + 1) : 0;
		const page = lines.slice(start, start + limit);
		if (start + limit < lines.length && !plan.stages.some((s) => s.kind === 'context' || s.kind === 'sort')) next = page.at(-1).id;
		lines = page;
	}
	return { kind, columns, rows: lines, next, cut };
}
