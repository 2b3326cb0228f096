// A small chart over time on uPlot, with its table one click away. Colours are CSS expressions, resolved when drawn, so themes follow.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { JSX } from 'preact';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { resolve } from '../colour';
import { clock, clockTicks } from '../format';
import { dark, setRange } from '../state';

export interface Series { label: string; values: (number | null)[]; colour: string; fill?: boolean; show: (v: number) => string }

// Without a title there is no caption: its table stands elsewhere on the page.
export function Chart({ title, times, series, height = 112 }: { title: string; times: number[]; series: Series[]; height?: number }): JSX.Element {
	const box = useRef<HTMLDivElement>(null);
	const [table, setTable] = useState(false);
	const isDark = dark.value;
	useEffect(() => {
		if (!box.current || table || !times.length) return;
		const grid = resolve('var(--line)');
		const ink = resolve('var(--ink-3)');
		const font = '11px ' + getComputedStyle(document.body).fontFamily;
		const top = Math.max(...series.flatMap((s) => s.values.map((v) => v ?? 0)), 0);
		const plot = new uPlot({
			width: box.current.clientWidth, height, legend: { show: true, live: true }, padding: [6, 8, 0, 0],
			cursor: { y: false, drag: { x: true, y: false, setScale: false }, points: { size: 6 } },
			scales: { x: { time: true }, y: { range: [0, top > 0 ? top * 1.12 : 1] } },
			axes: [
				{ stroke: ink, font, size: 22, gap: 4, grid: { show: false }, ticks: { show: false }, splits: (_u, _i, min, max) => clockTicks(min * 1000, max * 1000, 4).map((t) => t.at / 1000), values: (u, at) => { const s = u.scales['x']!; const marks = clockTicks(s.min! * 1000, s.max! * 1000, 4); return at.map((v) => marks.find((m) => Math.abs(m.at / 1000 - v) < 0.5)?.label ?? ''); } },
				{ stroke: ink, font, size: 52, gap: 6, space: 26, grid: { stroke: grid, width: 1 }, ticks: { show: false }, values: (_u, at) => at.map((v) => series[0]!.show(v)) },
			],
			series: [
				{ label: 'Time', value: (_u, v) => v === null || v === undefined ? '–' : clock(v * 1000, 0) },
				...series.map((s) => {
					const stroke = resolve(s.colour);
					return { label: s.label, stroke, width: 1.5, points: { show: false }, value: (_u: uPlot, v: number | null) => v === null || v === undefined ? '–' : s.show(v), ...(s.fill ? { fill: resolve(`color-mix(in oklab, ${s.colour} 14%, transparent)`) } : {}) };
				}),
			],
			hooks: {
				// Without a pointer the legend says the newest values.
				ready: [(u) => u.setLegend({ idx: times.length - 1 })],
				setCursor: [(u) => { if (u.cursor.idx === null || u.cursor.idx === undefined) u.setLegend({ idx: times.length - 1 }, false); }],
				setSelect: [(u) => {
					if (u.select.width < 4) return;
					setRange(u.posToVal(u.select.left, 'x') * 1000, u.posToVal(u.select.left + u.select.width, 'x') * 1000);
					u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
				}],
			},
		}, [times.map((t) => t / 1000), ...series.map((s) => s.values)] as uPlot.AlignedData, box.current);
		const seen = new ResizeObserver(() => { if (box.current) plot.setSize({ width: box.current.clientWidth, height }); });
		seen.observe(box.current);
		return () => { seen.disconnect(); plot.destroy(); };
	}, [times, series, table, isDark, height]);
	return (
		<figure class="chart">
			{title ? <figcaption>{title}<button type="button" class="link-button" aria-pressed={table} onClick={() => setTable(!table)}>{table ? 'show as chart' : 'show as table'}</button></figcaption> : null}
			{!times.length ? <p class="dim small">No calls in this time.</p> : table
				? <div class="chart-table" tabIndex={0} role="region" aria-label={`${title} as a table`}><table class="table"><thead><tr><th scope="col">Time</th>{series.map((s) => <th scope="col" class="right" key={s.label}>{s.label}</th>)}</tr></thead>
					<tbody>{times.map((t, i) => <tr key={t}><td class="num">{clock(t, 0)}</td>{series.map((s) => <td class="num right" key={s.label}>{s.values[i] === null || s.values[i] === undefined ? '–' : s.show(s.values[i]!)}</td>)}</tr>)}</tbody></table></div>
				: <div class="chart-box" ref={box} />}
		</figure>
	);
}
