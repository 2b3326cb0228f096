// Bars over time, stacked in layers. A drag sets the page's time range, and so do the keys: arrows move, Shift and arrows mark, Enter takes it, Esc
// lets go. The same as a table one click away.
import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { clock, clockTicks, count, duration, plural } from '../format';
import { setRange } from '../state';
import { useSize } from './size';

export interface Layer { name: string; fill: string; counts: number[]; loud?: boolean } // loud: drawn even where it is too small to be seen
export interface BarsProps { from: number; to: number; step: number; layers: Layer[]; what: string; table: boolean; height?: number } // ms

function BarsTable({ from, step, layers, totals, what }: BarsProps & { totals: number[] }): JSX.Element {
	return (
		<div class="chart-table" tabIndex={0} role="region" aria-label={`${what} by time`}><table class="table plain"><thead><tr><th scope="col">From</th>{layers.map((l) => <th scope="col" class="right" key={l.name}>{l.name}</th>)}<th scope="col" class="right">All</th></tr></thead>
			<tbody>{totals.map((t, i) => <tr key={i}><td class="num">{clock(from + i * step, 0)}</td>{layers.map((l) => <td class="num right" key={l.name}>{count(l.counts[i] ?? 0)}</td>)}<td class="num right">{count(t)}</td></tr>)}</tbody></table></div>
	);
}

// Layers from the bottom; each at least half a pixel, loud ones two.
function Stack({ layers, i, x, width, scale, height }: { layers: Layer[]; i: number; x: number; width: number; scale: number; height: number }): JSX.Element {
	let y = height;
	return <g>{layers.map((l) => {
		const c = l.counts[i] ?? 0;
		if (!c) return null;
		const h = Math.max(c * scale, l.loud ? 2 : 0.5);
		y -= h;
		return <rect key={l.name} style={{ fill: l.fill }} x={x} y={y} width={width} height={h} />;
	})}</g>;
}

export function Bars(props: BarsProps): JSX.Element {
	const { from, to, step, layers, what, table, height = 72 } = props;
	const box = useRef<HTMLDivElement>(null);
	const width = useSize(box, table).w;
	const [brush, setBrush] = useState<[number, number] | null>(null); // px, as dragged
	const [hover, setHover] = useState(-1); // a bar, under the pointer or chosen by key
	const [mark, setMark] = useState(-1); // where Shift began
	const n = Math.max(0, ...layers.map((l) => l.counts.length));
	const totals = Array.from({ length: n }, (_, i) => layers.reduce((s, l) => s + (l.counts[i] ?? 0), 0));
	if (table) return <BarsTable {...props} totals={totals} />;
	const top = Math.max(1, ...totals);
	const at = (e: PointerEvent): number => Math.max(0, Math.min(width, e.clientX - box.current!.getBoundingClientRect().left));
	const bar = width / Math.max(1, (to - from) / step);
	const take = (a: number, b: number): void => setRange(from + a / width * (to - from), from + b / width * (to - from));
	const marked: [number, number] | null = brush ? [Math.min(...brush), Math.max(...brush)] : mark >= 0 && hover >= 0 ? [Math.min(mark, hover) * bar, Math.min(width, (Math.max(mark, hover) + 1) * bar)] : null;
	const onKey = (e: KeyboardEvent): void => {
		const move = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 }[e.key];
		if (move) {
			const next = Math.max(0, Math.min(n - 1, (hover < 0 ? n - 1 - (move < 0 ? move : 0) : hover) + move));
			setMark(e.shiftKey ? (mark >= 0 ? mark : hover < 0 ? next : hover) : -1);
			setHover(next);
		} else if (e.key === 'Enter' && hover >= 0) { const [a, b] = marked ?? [hover * bar, (hover + 1) * bar]; take(a, b); setMark(-1); setHover(-1); }
		else if (e.key === 'Escape' && hover >= 0) { setMark(-1); setHover(-1); }
		else return;
		e.preventDefault(); e.stopPropagation();
	};
	const span = marked && mark >= 0 ? [Math.min(mark, hover), Math.max(mark, hover)] : [hover, hover];
	const sum = (counts: number[]): number => counts.slice(span[0], span[1]! + 1).reduce((a, b) => a + b, 0);
	const tip = hover >= 0 && totals[hover] !== undefined ? `${clock(from + span[0]! * step, 0)}${span[0] === span[1] ? '' : ` – ${clock(from + (span[1]! + 1) * step, 0)}`} · ${plural(sum(totals), what)}${layers.filter((l) => sum(l.counts)).slice(0, 8).map((l) => ` · ${count(sum(l.counts))} ${l.name}`).join('')}` : '';
	return (
		<div class="histogram" ref={box} data-histogram tabIndex={0} role="group" aria-label={`${what}, over time: arrows move, Shift marks, Enter sets the time`} onKeyDown={onKey} onBlur={() => { setMark(-1); setHover(-1); }}
			onPointerDown={(e) => { if (e.button === 0) { e.currentTarget.setPointerCapture(e.pointerId); setMark(-1); setBrush([at(e), at(e)]); } }}
			onPointerMove={(e) => { setHover(Math.floor(at(e) / bar)); if (brush) setBrush([brush[0], at(e)]); }}
			onPointerLeave={() => setHover(-1)}
			onPointerUp={(e) => { if (brush) { const a = Math.min(brush[0], at(e)), b = Math.max(brush[0], at(e)); if (b - a > 4) take(a, b); } setBrush(null); }}
			onPointerCancel={() => setBrush(null)}>
			<svg width={width} height={height + 18} role="img" aria-label={`${plural(totals.reduce((a, b) => a + b, 0), what)} over time; one bar is ${duration(step * 1e6)}`}>
				<text class="axis" x="0" y="9">{count(top)}</text>
				{width ? totals.map((t, i) => t ? <Stack key={i} layers={layers} i={i} x={i * bar} width={Math.max(1, bar - 1.5)} scale={(height - 12) / top} height={height} /> : null) : null}
				<line class="base" x1="0" x2={width} y1={height + 0.5} y2={height + 0.5} />
				{clockTicks(from, to, Math.max(2, Math.floor(width / 110))).map((t) => <text class="axis" key={t.at} x={Math.min(width - 30, Math.max(0, (t.at - from) / (to - from) * width))} y={height + 14}>{t.label}</text>)}
				{hover >= 0 && !marked ? <rect class="hovered" x={hover * bar - 0.75} y="0" width={bar} height={height} /> : null}
				{marked ? <rect class="brush" x={marked[0]} y="0" width={marked[1] - marked[0]} height={height} /> : null}
			</svg>
			{tip && !brush ? <span class="tip" style={{ left: `${Math.min(Math.max(0, width - 280), hover * bar + 12)}px` }}>{tip}</span> : null}
			<span class="sr" aria-live="polite">{mark >= 0 || brush ? tip : ''}</span>
		</div>
	);
}
