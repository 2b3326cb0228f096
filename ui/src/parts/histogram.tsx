// Bars over time, stacked by level. A brush (drag) sets the page's time range; the same as a table one click away.
import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { clock, clockTicks, count, duration, nsToMs, plural } from '../format';
import { setRange } from '../state';
import type { Histogram } from '../types';
import { LEVELS, levelOf } from '../words';
import { useSize } from './size';

const H = 72;

export function LevelHistogram({ data, table }: { data: Histogram; table: boolean }): JSX.Element {
	const box = useRef<HTMLDivElement>(null);
	const width = useSize(box, table).w;
	const [brush, setBrush] = useState<[number, number] | null>(null);
	const [hover, setHover] = useState(-1);
	const from = nsToMs(data.from_ns), to = nsToMs(data.to_ns), step = data.step_ns / 1e6;
	const n = Math.max(0, ...data.levels.map((l) => l.counts.length));
	// Failures at the bottom, so that they are seen on the axis.
	const levels = [...data.levels].sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));
	const totals = Array.from({ length: n }, (_, i) => levels.reduce((s, l) => s + (l.counts[i] ?? 0), 0));
	const top = Math.max(1, ...totals);
	const x = (ms: number): number => (ms - from) / (to - from) * width;
	const at = (e: PointerEvent): number => Math.max(0, Math.min(width, e.clientX - box.current!.getBoundingClientRect().left));
	const bar = width / Math.max(1, (to - from) / step);
	if (table) {
		return (
			<div class="chart-table" tabIndex={0} role="region" aria-label="Rows by time and level"><table class="table plain"><thead><tr><th scope="col">From</th>{levels.map((l) => <th scope="col" class="right" key={l.level}>{l.level}</th>)}<th scope="col" class="right">All</th></tr></thead>
				<tbody>{totals.map((t, i) => <tr key={i}><td class="num">{clock(from + i * step, 0)}</td>{levels.map((l) => <td class="num right" key={l.level}>{count(l.counts[i] ?? 0)}</td>)}<td class="num right">{count(t)}</td></tr>)}</tbody></table></div>
		);
	}
	const tip = hover >= 0 && totals[hover] !== undefined ? `${clock(from + hover * step, 0)} · ${plural(totals[hover]!, 'row')}${levels.filter((l) => l.counts[hover]).map((l) => ` · ${l.counts[hover]} ${l.level}`).join('')}` : '';
	return (
		<div class="histogram" ref={box} data-histogram
			onPointerDown={(e) => { if (e.button === 0) { e.currentTarget.setPointerCapture(e.pointerId); setBrush([at(e), at(e)]); } }}
			onPointerMove={(e) => { setHover(Math.floor(at(e) / bar)); if (brush) setBrush([brush[0], at(e)]); }}
			onPointerLeave={() => setHover(-1)}
			onPointerUp={() => {
				if (brush) {
					const [a, b] = [Math.min(...brush), Math.max(...brush)];
					if (b - a > 4) setRange(from + a / width * (to - from), from + b / width * (to - from));
				}
				setBrush(null);
			}}
			onPointerCancel={() => setBrush(null)}>
			<svg width={width} height={H + 18} role="img" aria-label={`${plural(data.total, 'row')} over time; one bar is ${duration(data.step_ns)}`}>
				<text class="axis" x="0" y="9">{count(top)}</text>
				{width ? totals.map((t, i) => {
					let y = H;
					return t ? <g key={i}>{levels.map((l) => {
						const c = l.counts[i] ?? 0;
						if (!c) return null;
						const h = Math.max(c / top * (H - 12), l.level === 'error' || l.level === 'fatal' || l.level === 'warn' ? 2 : 0.5);
						y -= h;
						return <rect key={l.level} class={`lv-${levelOf(l.level)}`} x={i * bar} y={y} width={Math.max(1, bar - 1.5)} height={h} />;
					})}</g> : null;
				}) : null}
				<line class="base" x1="0" x2={width} y1={H + 0.5} y2={H + 0.5} />
				{clockTicks(from, to, Math.max(2, Math.floor(width / 110))).map((t) => <text class="axis" key={t.at} x={Math.min(width - 30, Math.max(0, x(t.at)))} y={H + 14}>{t.label}</text>)}
				{hover >= 0 && !brush ? <rect class="hovered" x={hover * bar - 0.75} y="0" width={bar} height={H} /> : null}
				{brush ? <rect class="brush" x={Math.min(...brush)} y="0" width={Math.abs(brush[1] - brush[0])} height={H} /> : null}
			</svg>
			{tip && !brush ? <span class="tip" style={{ left: `${Math.min(Math.max(0, width - 260), hover * bar + 12)}px` }}>{tip}</span> : null}
		</div>
	);
}
