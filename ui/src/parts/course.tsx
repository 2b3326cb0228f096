// A version's way to its end on a time axis: deprecated, brown-outs, last day, and where now is. Positions are per cent, so it fits any width.
import type { JSX } from 'preact';
import { day } from '../format';
import type { Migration } from '../types';

const MONTH = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const MARKS = 256; // brown-outs of one version that are drawn
export interface Axis { from: number; to: number }
const at = (axis: Axis, t: number): number => Math.min(100, Math.max(0, (t - axis.from) / (axis.to - axis.from) * 100));
const pc = (n: number): string => `${n.toFixed(2)}%`;

// First days of months, every second or third where they would touch; weeks where the whole is short.
export function axisTicks(axis: Axis): { at: number; label: string }[] {
	const out: { t: number; label: string }[] = [];
	if (axis.to - axis.from < 75 * 864e5) {
		const d = new Date(axis.from);
		d.setHours(0, 0, 0, 0);
		while (d.getDay() !== 1) d.setDate(d.getDate() + 1);
		for (; d.getTime() < axis.to; d.setDate(d.getDate() + 7)) out.push({ t: d.getTime(), label: `${d.getDate()} ${MONTH[d.getMonth()]}` });
	} else {
		const d = new Date(axis.from);
		d.setHours(0, 0, 0, 0);
		d.setDate(1);
		for (d.setMonth(d.getMonth() + 1); d.getTime() < axis.to; d.setMonth(d.getMonth() + 1)) out.push({ t: d.getTime(), label: d.getMonth() ? MONTH[d.getMonth()]! : String(d.getFullYear()) });
	}
	const every = Math.ceil(out.length / 7);
	return out.filter((_, i) => i % every === 0).map(({ t, label }) => ({ at: at(axis, t), label }));
}

export function AxisHead({ axis, now }: { axis: Axis; now: number }): JSX.Element {
	const here = at(axis, now);
	return (
		<svg class="course-axis" width="100%" height="16" aria-hidden="true">
			{axisTicks(axis).filter((t) => Math.abs(t.at - here) > 6 && t.at > 1 && t.at < 95).map((t) => <text key={t.label + t.at} x={pc(t.at)} y="12">{t.label}</text>)}
			<text class="now" x={pc(here)} y="12">now</text>
		</svg>
	);
}

export function Course({ m, axis, now, words, height = 28 }: { m: Migration; axis: Axis; now: number; words: string; height?: number }): JSX.Element {
	const begin = at(axis, m.deprecated_ms || now), end = m.sunset_ms ? at(axis, m.sunset_ms) : 100, here = at(axis, now), mid = height / 2;
	const passed = Math.max(begin, Math.min(end, here));
	return (
		<svg class={`course is-${m.state}`} width="100%" height={height} role="img" aria-label={words}>
			{axisTicks(axis).map((t) => <line class="grid" key={t.at} x1={pc(t.at)} x2={pc(t.at)} y1="0" y2={height} />)}
			<rect class="ahead" x={pc(Math.max(begin, passed))} width={pc(Math.max(0, end - Math.max(begin, passed)))} y={mid - 4} height="8" rx="2" />
			<rect class="passed" x={pc(begin)} width={pc(Math.max(0, passed - begin))} y={mid - 4} height="8" rx="2" />
			{m.sunset_ms && here > end ? <rect class="over" x={pc(end)} width={pc(here - end)} y={mid - 4} height="8" /> : null}
			{m.brownouts.slice(0, MARKS).map((b) => <g key={b.from_ms}><title>{`brown-out, ${day(b.from_ms)}`}</title><line class={`brownout is-${b.state}`} x1={pc(at(axis, b.from_ms))} x2={pc(at(axis, b.from_ms))} y1={mid - 9} y2={mid + 9} /></g>)}
			{m.sunset_ms ? <g><title>{`last day, ${day(m.sunset_ms)}`}</title><line class="end" x1={pc(end)} x2={pc(end)} y1={mid - 10} y2={mid + 10} /></g> : null}
			<line class="now" x1={pc(here)} x2={pc(here)} y1="0" y2={height} />
		</svg>
	);
}
