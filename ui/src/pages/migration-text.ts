// A migration in plain words, to send to those whom it concerns; and what its dates come to. No picture in here.
import { absolute, count, day, plural } from '../format';
import type { Migration, MigrationCaller, Must } from '../types';

const HOUR = 36e5, DAY = 864e5;
export const NAMED = 5; // brown-outs that are named one by one: a series may have hundreds

export function migrationPath(m: { service: string; version: string }): string {
	return `/migrations/${encodeURIComponent(m.service)}/${encodeURIComponent(m.version)}`;
}

export function daysWords(m: Migration): string {
	if (!m.sunset_ms) return 'no last day yet';
	if (m.days_left < 0) return m.state === 'removable' ? `${plural(-m.days_left, 'day')} ago` : `${plural(-m.days_left, 'day')} overdue`;
	return m.days_left === 0 ? 'ends today' : `${plural(m.days_left, 'day')} left`;
}

// "2026-12-01 09:00 to 11:00", the day said once where both are on it.
export function spanWords(from: number, to: number): string {
	const end = absolute(to).slice(0, 16);
	return `${absolute(from).slice(0, 16)} to ${day(from) === day(to) ? end.slice(11) : end}`;
}

// The last that was, and those that come next.
export function nextBrownouts(m: Migration): Migration['brownouts'] {
	const past = m.brownouts.filter((b) => b.state === 'past').slice(-1);
	return [...past, ...m.brownouts.filter((b) => b.state !== 'past').slice(0, NAMED - past.length)];
}

const plain = (text: string): string => text.replaceAll('`', '');
const whose = (owner: string, contact: string): string => owner ? ` (${owner}${contact ? `, ${contact}` : ''})` : '';

function dates(m: Migration): string {
	const left = !m.sunset_ms ? 'has no last day yet' : m.days_left < 0 ? `should have ended on ${day(m.sunset_ms)}, ${plural(-m.days_left, 'day')} ago` : `ends on ${day(m.sunset_ms)}, ${m.days_left ? `in ${plural(m.days_left, 'day')}` : 'today'}`;
	const ahead = m.brownouts.filter((b) => b.state !== 'past'), coming = ahead.slice(0, NAMED).map((b) => spanWords(b.from_ms, b.to_ms));
	if (ahead.length > NAMED) coming.push(`and ${ahead.length - NAMED} times more`);
	return `${m.service} ${m.version} ${left}${m.successor ? `; ${m.successor} takes its place` : ''}.${coming.length ? `\nUntil then it fails on purpose, so that nobody is surprised: ${coming.join('; ')}.` : ''}`;
}

const sameMust = (a: Must, b: Must): boolean => a.fingerprint === b.fingerprint && a.sentence === b.sentence;

// What a caller must change: what all its operations have in common once, then what is particular to each.
export function mustsOf(c: MigrationCaller): { all: Must[]; each: { operation: string; calls: number; last_ms: number; must: Must[] }[]; count: number } {
	const first = c.operations[0];
	const all = c.operations.length > 1 ? first!.must.filter((x) => c.operations.every((o) => o.must.some((y) => sameMust(x, y)))) : [];
	const each = c.operations.map((o) => ({ ...o, must: o.must.filter((x) => !all.some((y) => sameMust(x, y))) }));
	const distinct: Must[] = [];
	for (const x of [...all, ...each.flatMap((o) => o.must)]) if (!distinct.some((y) => sameMust(x, y))) distinct.push(x);
	return { all, each, count: distinct.length };
}

function ofCaller(c: MigrationCaller, days: number): string {
	const lines = [`${c.consumer}${whose(c.owner, c.contact)} still calls it: ${plural(c.calls, 'call')} in ${plural(days, 'day')}, ${count(c.calls_day)} a day of late, the last ${absolute(c.last_ms).slice(0, 16)}${c.last_trace ? ` (trace ${c.last_trace})` : ''}.`];
	const { all, each } = mustsOf(c), said = (x: Must): string => `    - ${plain(x.sentence)}.${x.remedy ? ` ${plain(x.remedy)}` : ''}`;
	if (all.length) lines.push('  every call:', ...all.map(said));
	for (const o of each) {
		if (!o.must.length && all.length) continue;
		lines.push(`  ${o.operation}: ${o.must.length ? '' : 'nothing but the version changes.'}`.trimEnd(), ...o.must.map(said));
	}
	return lines.join('\n');
}

// To one consumer's owner, or (without `only`) to all.
export function messageText(m: Migration, origin: string, only?: MigrationCaller): string {
	const callers = only ? [only] : m.callers;
	return [dates(m), ...callers.map((c) => ofCaller(c, c.days.length || 30)), callers.length ? '' : 'Nobody calls it any more.', `All of it: ${origin}${migrationPath(m)}`].filter(Boolean).join('\n\n') + '\n';
}

// The stretch of time on which all migrations are drawn: their dates, but never more than half a year to either side of now.
export function axisOf(all: Migration[], now: number): { from: number; to: number } {
	const dates = all.flatMap((m) => [m.deprecated_ms, m.sunset_ms, ...m.brownouts.flatMap((b) => [b.from_ms, b.to_ms])]).filter((t) => t > 0);
	const from = Math.max(now - 182 * DAY, Math.min(now - 7 * DAY, ...dates)), to = Math.min(now + 182 * DAY, Math.max(now + 7 * DAY, ...dates));
	const air = (to - from) * 0.03;
	return { from: from - air, to: to + air };
}

// What its dates say, for those who do not see the picture.
export function courseWords(m: Migration, now: number): string {
	const rel = (t: number): string => { const d = Math.round((t - now) / DAY); return d === 0 ? 'today' : d < 0 ? `${-d} d ago` : `in ${d} d`; };
	return [m.deprecated_ms ? `deprecated ${rel(m.deprecated_ms)}` : '', m.sunset_ms ? `last day ${rel(m.sunset_ms)}` : 'no last day', ...nextBrownouts(m).map((b) => `brown-out ${rel(b.from_ms)} for ${Math.max(1, Math.round((b.to_ms - b.from_ms) / HOUR))} h`)].filter(Boolean).join(', ');
}
