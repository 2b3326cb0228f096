// What the waterfall draws, made from a trace: the tree of calls, log lines at their moment, attempts, the critical path and unexplained gaps.
// All times are numbers: ns since the trace's start. Pure functions.
import { nsBetween } from '../format';
import type { LogRow, Span, Trace } from '../types';

export interface Attempt { start: number; connect: number; firstByte: number; total: number; instance: string; address: string; result: string; reused: boolean; status: number }
export interface Call {
	span: Span; service: string; caller: string; operation: string; start: number; end: number; failed: boolean; reason: string; status: number;
	attempts: Attempt[]; children: Call[]; logs: LogRow[]; critical: [number, number][]; gaps: [number, number][]; orphan: boolean; unended: boolean;
}
export type Row =
	| { kind: 'call'; key: string; call: Call; depth: number; last: boolean }
	| { kind: 'group'; key: string; calls: Call[]; service: string; depth: number; start: number; end: number; failed: number; open: boolean }
	| { kind: 'log'; key: string; log: LogRow; depth: number; at: number; service: string };

export const CALL_H = 28, LOG_H = 20;

function number(value: unknown): number {
	return typeof value === 'number' ? value : typeof value === 'string' && value !== '' ? Number(value) : -1;
}

function text(value: unknown): string {
	return typeof value === 'string' ? value : value === undefined || value === null ? '' : String(value);
}

function attemptsOf(span: Span, origin: string): Attempt[] {
	return span.events.filter((e) => e.name === 'attempt').map((e) => ({
		start: nsBetween(origin, e.time_ns), connect: number(e.attributes['pleach.connect_ns']), firstByte: number(e.attributes['pleach.first_byte_ns']),
		total: Math.max(0, number(e.attributes['pleach.total_ns'])), instance: text(e.attributes['pleach.instance']), address: text(e.attributes['server.address']),
		result: text(e.attributes['pleach.result']), reused: e.attributes['pleach.reused'] === true, status: number(e.attributes['http.response.status_code']),
	}));
}

function toCall(span: Span, trace: Trace): Call {
	const a = span.attributes;
	const start = nsBetween(trace.start_ns, span.start_ns);
	const gateway = text(a['pleach.service']) !== '';
	const path = text(a['url.path']);
	return {
		span, service: gateway ? text(a['pleach.service']) : span.service, caller: gateway ? text(a['pleach.caller']) : '',
		operation: path && text(a['http.request.method']) ? `${text(a['http.request.method'])} ${path}` : span.name,
		start, end: start + Math.max(0, span.duration_ns), failed: span.status === 'error', reason: text(a['error.type']), status: number(a['http.response.status_code']),
		attempts: attemptsOf(span, trace.start_ns), children: [], logs: [], critical: [], gaps: [], orphan: false, unended: span.duration_ns < 0,
	};
}

// Walks back from the end: what finished last is what the caller waited for; between such children the span itself was the reason.
function criticalPath(call: Call, until: number): void {
	let at = Math.min(call.end, until);
	const left = [...call.children];
	while (at > call.start) {
		let best: Call | null = null;
		for (const c of left) if (c.start < at && c.end > call.start && (!best || Math.min(c.end, at) > Math.min(best.end, at) || (Math.min(c.end, at) === Math.min(best.end, at) && c.start < best.start))) best = c;
		if (!best) break;
		left.splice(left.indexOf(best), 1);
		if (best.end < at) call.critical.push([best.end, at]);
		criticalPath(best, at);
		at = Math.max(best.start, call.start);
	}
	if (at > call.start) call.critical.push([call.start, at]);
}

// Time of a service that has children in which neither a call nor a log line says what it did.
function findGaps(call: Call, atLeast: number, origin: string): void {
	if (call.children.length) {
		let at = call.start;
		const free: [number, number][] = [];
		for (const c of [...call.children].sort((a, b) => a.start - b.start)) {
			if (c.start > at) free.push([at, c.start]);
			at = Math.max(at, c.end);
		}
		if (call.end > at) free.push([at, call.end]);
		const said = call.logs.map((l) => nsBetween(origin, l.time_ns));
		call.gaps = free.filter(([a, b]) => b - a >= atLeast && !said.some((t) => t > a + (b - a) * 0.05 && t < b - (b - a) * 0.05));
	}
	for (const c of call.children) findGaps(c, atLeast, origin);
}

// Where a log line belongs: to the deepest call of its service that was under way then; failing that, to the call it names; else to the first.
function placeLog(roots: Call[], log: LogRow, at: number): Call | null {
	let best: Call | null = null, named: Call | null = null;
	const walk = (c: Call): void => {
		if (c.span.id === log.span_id) named = c;
		if (c.service === log.service && at >= c.start && at <= c.end) best = c;
		for (const child of c.children) walk(child);
	};
	for (const r of roots) walk(r);
	const own = named as Call | null;
	if (own && own.service === log.service) return own;
	if (best) return best;
	const any = (cs: Call[]): Call | null => { for (const c of cs) { if (c.service === log.service) return c; const deep = any(c.children); if (deep) return deep; } return null; };
	return any(roots) ?? own ?? roots[0] ?? null;
}

export interface Model { roots: Call[]; calls: Call[]; duration: number; loose: LogRow[]; services: { service: string; self: number; calls: number; failed: number }[] }

export function buildModel(trace: Trace): Model {
	const calls = trace.spans.map((s) => toCall(s, trace));
	const byId = new Map(calls.map((c) => [c.span.id, c]));
	const roots: Call[] = [];
	for (const c of calls) {
		const parent = c.span.parent ? byId.get(c.span.parent) : undefined;
		if (parent && parent !== c) parent.children.push(c);
		else { c.orphan = c.span.parent !== ''; roots.push(c); }
	}
	const order = (a: Call, b: Call): number => a.start - b.start || b.end - a.end;
	for (const c of calls) c.children.sort(order);
	roots.sort(order);
	const duration = Math.max(1, trace.duration_ns, ...calls.map((c) => c.end));
	const loose: LogRow[] = [];
	for (const log of trace.logs) {
		const home = placeLog(roots, log, nsBetween(trace.start_ns, log.time_ns));
		if (home) home.logs.push(log); else loose.push(log);
	}
	for (const r of roots) { if (r === roots[0]) criticalPath(r, r.end); findGaps(r, Math.max(duration * 0.04, 1e6), trace.start_ns); }
	const services = new Map<string, { service: string; self: number; calls: number; failed: number }>();
	for (const c of calls) {
		const s = services.get(c.service) ?? { service: c.service, self: 0, calls: 0, failed: 0 };
		s.calls++; s.failed += c.failed ? 1 : 0;
		s.self += c.critical.reduce((n, [a, b]) => n + b - a, 0);
		services.set(c.service, s);
	}
	return { roots, calls, duration, loose, services: [...services.values()].sort((a, b) => b.self - a.self) };
}

export interface RowOptions { logs: boolean; fold: boolean; closed: Set<string>; opened: Set<string> }

// The rows in order: depth first, within a call its log lines and its own calls by time.
export function rowsOf(model: Model, origin: string, o: RowOptions): Row[] {
	const out: Row[] = [];
	const logRow = (log: LogRow, depth: number): Row => ({ kind: 'log', key: `l${log.id}`, log, depth, at: nsBetween(origin, log.time_ns), service: log.service });
	const call = (c: Call, depth: number, last: boolean): void => {
		out.push({ kind: 'call', key: c.span.id, call: c, depth, last });
		if (o.closed.has(c.span.id)) return;
		inside(c.children, o.logs ? c.logs : [], depth + 1, c.span.id);
	};
	const inside = (calls: Call[], logs: LogRow[], depth: number, key: string): void => {
		const groups = new Map<string, Call[]>();
		if (o.fold) for (const c of calls) groups.set(c.service, [...(groups.get(c.service) ?? []), c]);
		const items: { at: number; emit: () => void }[] = logs.map((l) => ({ at: nsBetween(origin, l.time_ns), emit: () => { out.push(logRow(l, depth)); } }));
		calls.forEach((c, i) => {
			const group = groups.get(c.service);
			if (group && group.length > 1) {
				if (group[0] !== c) return;
				const groupKey = `g${key}-${c.service}`, open = o.opened.has(groupKey);
				items.push({ at: c.start, emit: () => {
					out.push({ kind: 'group', key: groupKey, calls: group, service: c.service, depth, start: Math.min(...group.map((x) => x.start)), end: Math.max(...group.map((x) => x.end)), failed: group.filter((x) => x.failed).length, open });
					if (open) group.forEach((x, k) => call(x, depth + 1, k === group.length - 1));
				} });
			} else items.push({ at: c.start, emit: () => call(c, depth, i === calls.length - 1) });
		});
		items.sort((a, b) => a.at - b.at).forEach((i) => i.emit());
	};
	inside(model.roots, o.logs ? model.loose : [], 0, 'root');
	return out;
}

export function matches(row: Row, find: string): boolean {
	const f = find.toLowerCase();
	const has = (...texts: unknown[]): boolean => texts.some((t) => text(t).toLowerCase().includes(f));
	switch (row.kind) {
	case 'log': return has(row.log.body, row.log.service, row.log.level, JSON.stringify(row.log.attributes));
	case 'group': return has(row.service);
	case 'call': return has(row.call.service, row.call.operation, row.call.reason, row.call.span.id, row.call.span.name, JSON.stringify(row.call.span.attributes));
	}
}
