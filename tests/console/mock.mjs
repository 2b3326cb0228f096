// A server for the console's tests: serves ui/dist with the headers that control sends, and answers the HTTP API (docs/api.md) from shop.mjs.
// `node tests/console/mock.mjs [port]` runs it by hand. Not shipped.
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { dirname, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chosen, durationMs, parse, Problem, run } from './mock-query.mjs';
import { catalog } from './catalog.mjs';
import { consumers } from './consumers.mjs';
import { contracts } from './contracts.mjs';
import { begun, ns, secondOf, spanJson, time, written } from './shop.mjs';

const dist = join(dirname(fileURLToPath(import.meta.url)), '../../ui/dist');
const BEGAN = Math.floor(Date.now() / 1000) - 2 * 3600; // the shop's past begins here
const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml' };
const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'none'];

function when(text, standard) {
	if (!text) return standard;
	if (durationMs(text)) return Date.now() - durationMs(text);
	if (/^\d+$/.test(text)) return text.length <= 11 ? +text * 1e3 : text.length <= 14 ? +text : text.length <= 17 ? +text / 1e3 : +text / 1e6;
	const parsed = Date.parse(text);
	if (Number.isNaN(parsed)) throw new Problem(400, 'invalid', `"${text}" is not a time`);
	return parsed;
}
const range = (p, standard = 36e5) => ({ from: when(p.get('from'), Date.now() - standard), to: Math.min(Date.now(), when(p.get('to'), Date.now())) });

// Every trace that began in [from, to) and has ended, newest first or oldest first.
function* traces(from, to, newestFirst = true) {
	const a = Math.max(BEGAN, Math.floor(from / 1000)), b = Math.floor(to / 1000);
	for (let i = 0; i <= b - a; i++) for (const t of newestFirst ? [...begun(b - i)].reverse() : begun(a + i)) if (t.start >= from && t.start < to && t.end <= Date.now()) yield t;
}

function* logs(q, from, to, desc = true) {
	const matches = chosen(q);
	const a = Math.max(BEGAN, Math.floor(from / 1000) - 2), b = Math.floor(to / 1000);
	for (let i = 0; i <= b - a; i++) {
		const n = desc ? b - i : a + i;
		const rows = written(n);
		for (let k = 0; k < rows.length; k++) {
			const row = rows[desc ? rows.length - 1 - k : k];
			if (row.ms >= from && row.ms < to && matches(row)) yield row;
		}
	}
}
const bare = ({ ms: _, ...row }) => row;
function rowOf(id) {
	const m = /^s(\d+)-/.exec(id), row = m && [...written(+m[1]), ...written(+m[1] + 1)].find((l) => l.id === id);
	if (!row) throw new Problem(404, 'not_found', 'no such row');
	return row;
}
function around(row, before, after = before) {
	const all = [...logs(`instance=${row.instance}`, row.ms - 20000, Math.min(Date.now(), row.ms + 20000), false)], at = all.findIndex((l) => l.id === row.id);
	return all.slice(Math.max(0, at - before), at + 1 + after);
}

const FLEET = {
	fleet: 'shop', root: '/srv/shop', version: 3, console: 'http://127.0.0.1:7070', gateway: 'http://127.0.0.1:8080', otlp: 'http://127.0.0.1:4318',
	teams: [{ team: 'billing', contact: '#billing' }, { team: 'logistics', contact: '#logistics' }, { team: 'sales', contact: '#sales' }],
	services: [
		{ service: 'invoicing', owner: 'billing', contact: '#billing', ownership: 'strong', tier: 'gold', file: 'services/invoicing/service.yaml', wanted: 2, exposed: true, serves: [{ version: 'v1', path: '/v1' }], calls: [{ service: 'notification', timeout_ns: 300e6, on_failure: 'the invoice stands, the message is sent later', line: 12 }] },
		{ service: 'notification', owner: 'logistics', contact: '#logistics', ownership: 'weak', tier: 'silver', file: 'services/notification/service.yaml', wanted: 1, exposed: false, serves: [{ version: 'v1', path: '/v1' }], calls: [] },
		{ service: 'orders', owner: 'sales', contact: '#sales', ownership: 'strong', tier: 'gold', file: 'services/orders/service.yaml', wanted: 1, exposed: true, serves: [{ version: 'v1', path: '/v1' }], calls: [{ service: 'invoicing', timeout_ns: 800e6, on_failure: '', line: 12 }] },
	],
	warnings: [], error: null, guests: ['/api/contracts', '/api/consumers', '/api/migrations', '/api/integrations'],
};
const owner = (s) => { const f = FLEET.services.find((x) => x.service === s); return { owner: f?.owner ?? '', contact: f?.contact ?? '' }; };

function status() {
	const began = new Date(BEGAN * 1000).toISOString();
	const one = (service, i, port, rss, extra = {}) => ({ instance: `${service}-${i}`, node: 'harbour', state: 'healthy', address: `127.0.0.1:${port}`, pid: 4000 + port % 1000, since: began, started: began, restarts: 0, next_start: null, last_exit: '', last_lines: '', why: '', rss, cpu_ns: Math.round((Date.now() / 1000 - BEGAN) * 2.1e6), ...extra });
	const of = (service, part, instances) => ({ service, owner: part ? '' : owner(service).owner, part, wanted: instances.length, running: instances.length, healthy: instances.filter((i) => i.state === 'healthy').length, instances });
	return {
		time: new Date().toISOString(), healthy: true, nodes: [{ node: 'harbour', seen: new Date().toISOString(), age_ns: 4e8, unconfined: [] }],
		services: [
			of('invoicing', false, [one('invoicing', 1, 20001, 9.1e6), one('invoicing', 2, 20002, 9.3e6, { restarts: 1, since: new Date(Date.now() - 26 * 6e4).toISOString(), last_exit: 'signal 11 (segmentation fault)', last_lines: 'invoicing: database is locked (attempt 3)\ninvoicing: giving up on the write-ahead log' })]),
			of('notification', false, [one('notification', 1, 20003, 7.7e6)]), of('orders', false, [one('orders', 1, 20004, 8.8e6)]),
			of('pleach-control', true, [one('pleach-control', 1, 7070, 14.2e6)]), of('pleach-gateway', true, [one('pleach-gateway', 1, 8080, 9.9e6)]), of('pleach-store', true, [one('pleach-store', 1, 4318, 31.5e6)]),
		],
	};
}

const pct = (sorted, p) => sorted.length ? Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] * 1e6) : 0;
function edges(from, to, step) {
	const by = new Map();
	for (const t of traces(from, to, false)) for (const s of t.spans) {
		const key = `${s.caller}>${s.service}`;
		if (!by.has(key)) by.set(key, { caller: s.caller, callee: s.service, took: [], errors: 0, statuses: {}, reasons: {}, ops: new Map(), slow: null, failed: '', last: 0, buckets: new Map() });
		const e = by.get(key), d = s.end - s.start, bad = s.status >= 500 ? 1 : 0;
		e.took.push(d); e.errors += bad; e.statuses[s.status] = (e.statuses[s.status] ?? 0) + 1;
		if (s.reason) e.reasons[s.reason] = (e.reasons[s.reason] ?? 0) + 1;
		if (bad) e.failed = t.id;
		if (!e.slow || d > e.slow.d) e.slow = { d, id: t.id };
		e.last = Math.max(e.last, s.end);
		const op = `${s.method} ${s.route}`; const o = e.ops.get(op) ?? { took: [], errors: 0 }; o.took.push(d); o.errors += bad; e.ops.set(op, o);
		if (step) { const k = Math.floor(s.start / step) * step; const b = e.buckets.get(k) ?? { took: [], errors: 0 }; b.took.push(d); b.errors += bad; e.buckets.set(k, b); }
	}
	return [...by.values()].map((e) => {
		const sort = (l) => l.sort((a, b) => a - b);
		sort(e.took);
		const series = [];
		if (step) for (let k = Math.floor(from / step) * step; k < to; k += step) { const b = e.buckets.get(k); series.push({ time_ns: ns(k), calls: b?.took.length ?? 0, errors: b?.errors ?? 0, p95_ns: b ? pct(sort(b.took), 0.95) : 0 }); }
		return { caller: e.caller, callee: e.callee, api: 'v1', calls: e.took.length, errors: e.errors, started: e.caller === 'edge' ? e.took.length : 0, restarted: 0, p50_ns: pct(e.took, 0.5), p90_ns: pct(e.took, 0.9), p95_ns: pct(e.took, 0.95), p99_ns: pct(e.took, 0.99), max_ns: pct(e.took, 1), sum_ns: Math.round(e.took.reduce((a, b) => a + b, 0) * 1e6), statuses: e.statuses, reasons: e.reasons, slow_trace: e.slow?.id ?? '', failed_trace: e.failed, last_ns: ns(e.last), operations: [...e.ops].map(([name, o]) => ({ name, calls: o.took.length, errors: o.errors, p95_ns: pct(sort(o.took), 0.95) })), ...(step ? { series } : {}) };
	});
}

function map(from, to) {
	const seconds = (to - from) / 1000;
	const all = edges(from, to, 0).map((e) => {
		const declared = FLEET.services.find((s) => s.service === e.caller)?.calls.find((c) => c.service === e.callee);
		return { ...e, rate: e.calls / seconds, error_rate: e.calls ? e.errors / e.calls : 0, declared: e.caller === 'edge' || Boolean(declared), timeout_ns: declared?.timeout_ns ?? 0, on_failure: declared?.on_failure ?? '' };
	});
	const open = findings().findings;
	const node = (service, kind) => {
		const into = all.filter((e) => e.callee === service), calls = into.reduce((n, e) => n + e.calls, 0), errors = into.reduce((n, e) => n + e.errors, 0);
		const s = status().services.find((x) => x.service === service);
		return { service, kind, owner: owner(service).owner, calls, rate: calls / seconds, errors, error_rate: calls ? errors / calls : 0, p95_ns: Math.max(0, ...into.map((e) => e.p95_ns)), wanted: s?.wanted ?? 0, healthy: s?.healthy ?? 0, state: kind === 'unknown' ? 'unknown' : errors / (calls || 1) >= 0.05 ? 'failure' : errors / (calls || 1) >= 0.01 ? 'warning' : 'ok', findings: open.filter((f) => f.service === service).length };
	};
	return { from_ns: ns(from), to_ns: ns(to), nodes: [{ service: 'edge', kind: 'edge' }, ...FLEET.services.map((s) => node(s.service, 'service')), node('stock', 'unknown')], edges: all };
}

function findings() {
	const at = (min) => new Date(BEGAN * 1000 + min * 6e4).toISOString();
	const f = (id, kind, pain, severity, title, service, dependency, sentence, remedy, extra = {}) => ({ id, kind, pain, severity, title, service, owner: owner(service).owner, dependency, sentence, remedy, query: '', trace: '', file: '', line: 0, since: at(3), ...extra });
	return {
		complete: true, missing: [],
		findings: [
			f('not-in-catalogue:stock', 'not-in-catalogue', 'orphaned services', 'warning', 'Seen, but not in the catalogue', 'stock', '', 'stock answers calls from orders, but no service.yaml describes it', 'Put a service.yaml beside its code and add its directory to `services` in pleach.yaml; or stop it.', { since: at(1) }),
			f('no-on-failure:orders:invoicing', 'no-on-failure', 'robustness', 'warning', 'Nobody has said what happens when the dependency fails', 'orders', 'invoicing', 'nobody has said what orders does when invoicing fails', 'Add `on_failure:` to the dependency: what the caller does then.', { file: 'services/orders/service.yaml', line: 12 }),
			f('no-timeout:orders:stock', 'no-timeout', 'robustness', 'warning', 'A dependency without a time-out', 'orders', 'stock', 'orders waits for stock without a time-out', 'Add `timeout:` to the dependency; twice its p99 is a good start.', { file: 'services/orders/service.yaml', line: 11, since: at(1) }),
			f('breaks-trace:stock', 'breaks-trace', 'monitoring and troubleshooting', 'warning', 'Calls come in with an id and leave without', 'stock', '', 'stock breaks the trace: calls arrive with an id and leave without one', 'Hand the headers traceparent, tracestate and baggage on to every call that the service makes.', { query: 'service:stock' }),
			f('sunset-near:notification:v1:invoicing:2', 'sunset-near', 'breaking changes', 'warning', 'A version that ends soon is still called', 'invoicing', 'notification', 'invoicing still calls notification v1, which ends in 12 days; last just now', 'Move to v2; `pleach contract migrations` shows what each of its calls must change.', { trace: '' }),
			f('unused-key:invoicing', 'unused-key', 'ownership at scale', 'info', 'A key that this version of Pleach reads but does not act on', 'invoicing', '', '`reports` is read, but this version does not act on it', 'Nothing to do now; the capability is not there yet.', { file: 'services/invoicing/service.yaml', line: 18 }),
		],
	};
}

function find(id) {
	const t = /^[0-9a-f]{32}$/.test(id) ? begun(secondOf(id)).find((x) => x.id === id) : null;
	if (!t || secondOf(id) < BEGAN) throw new Problem(404, 'not_found', `no trace ${id} is known`);
	return t;
}

function why(id) {
	const t = find(id);
	const bad = [...t.spans].reverse().find((s) => s.status >= 500);
	const took = t.end - t.start, verdict = bad ? 'failed' : took > 250 ? 'slow' : 'fine';
	const depth = (s) => s.parent ? 1 + depth(t.spans.find((x) => x.id === s.parent)) : 0;
	const words = (s) => s.reason ? `${s.service} did not begin to answer in time (300 ms)` : `${s.service} answered ${s.status}`;
	const root = t.spans[0];
	const sentences = bad ? [`${bad.caller} called ${bad.service}, and ${bad.reason ? 'it did not begin to answer within 300 ms' : `it answered ${bad.status}`}.`, `${root.service} answered ${root.status} after ${Math.round(took)} ms all the same: ${bad.caller} says “the invoice stands, the message is sent later”.`, `${bad.service} belongs to ${owner(bad.service).owner}.`]
		: verdict === 'slow' ? [`It took ${Math.round(took)} ms, and most of it passed in ${t.spans.at(-1).service}.`] : [`${root.service} answered ${root.status} in ${took.toFixed(1)} ms. Nothing stands out.`];
	return {
		trace_id: id, time: time(t.start), duration_ns: Math.round(took * 1e6), verdict, sentences,
		steps: t.spans.map((s) => ({ depth: depth(s), caller: s.caller, service: s.service, ...owner(s.service), operation: `${s.method} ${s.route}`, span: s.id, start_ns: ns(s.start), duration_ns: Math.round((s.end - s.start) * 1e6), self_ns: 1, status: s.status, reason: s.reason, words: words(s), attempts: s.attempts.map((a) => ({ instance: a.instance, result: a.result, total_ns: Math.round(a.total * 1e6) })), critical: true })),
		cause: bad ? { service: bad.service, ...owner(bad.service), words: words(bad), span: bad.id } : null,
		lines: t.logs.filter((l) => ['error', 'warn'].includes(l.level)).map(bare),
	};
}

function top(field, rows) {
	const counts = new Map();
	for (const v of rows) counts.set(v, (counts.get(v) ?? 0) + 1);
	const values = [...counts].map(([v, n]) => ({ value: v, count: n })).sort((a, b) => b.count - a.count);
	return { name: field, values: values.slice(0, 10), distinct: values.length, more: values.length > 1000 };
}

const routes = {
	fleet: () => FLEET, status, findings,
	map: (p) => { const { from, to } = range(p, 3e5); return map(from, to); },
	edges: (p) => { const { from, to } = range(p); const s = p.get('step'); return { from_ns: ns(from), to_ns: ns(to), edges: edges(from, to, s ? Date.now() - when(s, 0) : 0) }; },
	seen: () => ({ services: FLEET.services.map((s) => ({ service: s.service, records: 1, spans: 0, last_ns: ns(Date.now()) })) }),
	query: (p) => {
		const began = performance.now(), q = p.get('q') ?? '', plan = parse(q), limit = Math.min(1000, Number(p.get('limit') ?? 100)), after = p.get('after');
		let { from, to } = range(p);
		if (plan.last) { to = Date.now(); from = to - plan.last; }
		const end = after && !plan.stages.length ? Math.min(to, rowOf(after).ms + 0.0005) : to, all = [];
		for (const row of logs(q, from, end)) { all.push(row); if (!plan.stages.length && all.length > limit * 2) break; }
		const out = run(plan, all, { seconds: (to - from) / 1000, limit, after, earlier: (back) => [...logs(q, from - back, to - back)], around });
		const scanned = all.length + 412;
		return { kind: out.kind, columns: out.columns, rows: out.kind === 'rows' ? out.rows.map(bare) : out.rows, next: out.next, from_ns: ns(from), to_ns: ns(to), scanned: { rows: scanned, bytes: scanned * 231, segments: 2, skipped_segments: 7 }, cut: Boolean(out.cut), ...(out.cut ? { why: out.cut } : {}), took_ns: Math.round((performance.now() - began) * 1e6) };
	},
	'logs/histogram': (p) => {
		const { from, to } = range(p), n = Number(p.get('buckets') ?? 60), step = (to - from) / n, by = new Map();
		let total = 0;
		for (const r of logs(p.get('q') ?? '', from, to)) { if (!by.has(r.level)) by.set(r.level, Array(n).fill(0)); by.get(r.level)[Math.min(n - 1, Math.floor((r.ms - from) / step))]++; total++; }
		return { from_ns: ns(from), to_ns: ns(to), step_ns: Math.round(step * 1e6), total, levels: LEVELS.filter((l) => by.has(l)).map((level) => ({ level, counts: by.get(level) })) };
	},
	'logs/fields': (p) => {
		const { from, to } = range(p), all = {};
		let n = 0;
		for (const r of logs(p.get('q') ?? '', from, to)) { if (n++ > 400000) break; for (const f of ['service', 'level', 'instance']) (all[f] ??= []).push(r[f]); for (const [k, v] of Object.entries(r.attributes)) (all[k] ??= []).push(String(v)); }
		return { fields: Object.entries(all).map(([k, v]) => top(k, v)) };
	},
	'logs/tail': (p) => { parse(p.get('q') ?? ''); throw new Problem(400, 'invalid', 'sort needs all rows, and a live tail has no end: leave it out here, or search without following', { column: 3 }); },
	'logs/context': (p) => ({ rows: around(rowOf(p.get('id') ?? ''), Number(p.get('before') ?? 20), Number(p.get('after') ?? p.get('before') ?? 20)).map((l) => ({ ...bare(l), ...(l.id === p.get('id') ? { here: true } : {}) })) }),
	traces: (p) => {
		let { from, to } = range(p);
		const limit = Number(p.get('limit') ?? 50), service = p.get('service'), q = (p.get('q') ?? '').toLowerCase(), min = p.get('min_duration') ? Date.now() - when(p.get('min_duration'), 0) : 0;
		if (p.get('after')) to = Math.min(to, Number(p.get('after')));
		const out = [];
		let last = 0;
		for (const t of traces(from, to)) {
			const errors = t.spans.filter((s) => s.status >= 500).length;
			if ((service && !t.spans.some((s) => s.service === service)) || (p.get('error') === 'true' && !errors) || t.end - t.start < min || (q && !JSON.stringify(t.spans).toLowerCase().includes(q))) continue;
			out.push({ trace_id: t.id, time: time(t.start), time_ns: ns(t.start), duration_ns: Math.round((t.end - t.start) * 1e6), root_service: t.spans[0].service, root_name: `${t.spans[0].method} ${t.spans[0].route}`, services: [...new Set(t.spans.map((s) => s.service))].sort(), spans: t.spans.length, errors, status: t.spans[0].status });
			last = t.start;
			if (out.length >= limit) break;
		}
		return { traces: out, next: out.length >= limit ? String(last) : '', scanned: { rows: out.length, bytes: 1, segments: 1, skipped_segments: 0 }, cut: false, took_ns: 1e6 };
	},
};

function answer(path, p) {
	let m;
	if ((m = /^traces\/(.+)$/.exec(path))) { const t = find(m[1]); return { trace_id: t.id, start_ns: ns(t.start), duration_ns: Math.round((t.end - t.start) * 1e6), complete: true, spans: t.spans.map(spanJson), logs: t.logs.map(bare), logs_cut: false }; }
	if ((m = /^why\/(.+)$/.exec(path))) return why(m[1]);
	if (path.startsWith('contracts')) { const found = contracts(path); if (found) return found; throw new Problem(404, 'not_found', 'no such contract is known'); }
	if (/^(catalog|advice|duplicates|work-items|discovery)/.test(path)) { const found = catalog(path, p); if (found) return found; throw new Problem(404, 'not_found', `no service is called ${path}`); }
	if (/^(integrations|consumers|migrations)/.test(path)) { const found = consumers(path, p); if (found) return found; throw new Problem(404, 'not_found', 'no such pair is known'); }
	if (!routes[path]) throw new Problem(404, 'not_found', `there is no /api/${path}`);
	return routes[path](p);
}

function followable(q) {
	try { return parse(q).stages.every((s) => ['where', 'parse', 'fields', 'limit'].includes(s.kind)); } catch { return false; }
}

function stream(req, res, begin) {
	res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'content-security-policy': CSP });
	res.write(': hello\n\n');
	const timers = begin((event, data, id) => res.write(`${id ? `id: ${id}\n` : ''}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
	req.on('close', () => timers.forEach(clearInterval));
}

function file(req, res, path) {
	const clean = normalize(path).replace(/^(\.\.[/\\])+/, '');
	let body, name = clean;
	const pick = (n) => { const enc = /\bbr\b/.test(req.headers['accept-encoding'] ?? '') ? '.br' : ''; return { body: readFileSync(join(dist, n + enc)), enc }; };
	let enc = '';
	try { if (!extname(clean)) throw new Error('page'); ({ body, enc } = pick(clean)); } catch { if (extname(clean)) { res.writeHead(404).end(); return; } name = 'index.html'; ({ body, enc } = pick(name)); }
	res.writeHead(200, { 'content-type': TYPES[extname(name)] ?? 'application/octet-stream', 'content-security-policy': CSP, 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'cache-control': name === 'index.html' ? 'no-cache' : 'public, max-age=31536000, immutable', ...(enc ? { 'content-encoding': 'br' } : {}) });
	res.end(body);
}

export function startMock(port = 0) {
	const server = createServer((req, res) => {
		const url = new URL(req.url, 'http://127.0.0.1');
		const p = url.searchParams;
		if (url.pathname === '/api/events') return stream(req, res, (send) => [setInterval(() => send('status', {}), 5000)]);
		if (url.pathname === '/api/logs/tail' && followable(p.get('q') ?? '')) { const q = p.get('q') ?? ''; return stream(req, res, (send) => { let last = Date.now(); return [setInterval(() => { const to = Date.now(); for (const row of logs(q, last, to, false)) send('row', bare(row), row.id); last = to; }, 200)]; }); }
		if (!url.pathname.startsWith('/api/')) return file(req, res, url.pathname);
		const reply = (status, body) => { res.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' }); res.end(JSON.stringify(body)); };
		try { reply(200, answer(url.pathname.slice(5), p)); } catch (e) {
			if (!(e instanceof Problem)) console.error(e);
			reply(e.status ?? 500, { error: e.error ?? 'internal', message: e.message, ...e.extra });
		}
	});
	return new Promise((done) => server.listen(port, '127.0.0.1', () => done({ url: `http://127.0.0.1:${server.address().port}`, stop: () => { server.closeAllConnections(); server.close(); } })));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log((await startMock(Number(process.argv[2] ?? 7071))).url);
