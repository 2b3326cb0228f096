// A course over time in the height of a table's row: bars of calls, the failed part in red at the bottom.
import type { JSX } from 'preact';
import { count, plural } from '../format';
import type { Point } from '../types';

export function Spark({ points, width = 120, height = 20 }: { points: Point[]; width?: number; height?: number }): JSX.Element | null {
	if (!points.length) return null;
	const top = Math.max(...points.map((p) => p.calls), 1);
	const step = width / points.length;
	const calls = points.reduce((n, p) => n + p.calls, 0), errors = points.reduce((n, p) => n + p.errors, 0);
	return (
		<svg class="spark" width={width} height={height} role="img" aria-label={`${count(calls)} calls, ${plural(errors, 'error')} over this time`}>
			{points.map((p, i) => {
				const h = p.calls / top * (height - 1), bad = p.errors ? Math.max(1.5, p.errors / top * (height - 1)) : 0;
				return <g key={i}>{h ? <rect class="spark-calls" x={i * step} y={height - h} width={Math.max(1, step - 1)} height={h} /> : null}{bad ? <rect class="spark-errors" x={i * step} y={height - bad} width={Math.max(1, step - 1)} height={bad} /> : null}</g>;
			})}
		</svg>
	);
}

// Calls a day, oldest first: whether it gets less. The newest day stands out, for it is what is left.
export function DaySpark({ days, width = 150, height = 22 }: { days: number[]; width?: number; height?: number }): JSX.Element | null {
	if (!days.length) return null;
	const top = Math.max(...days, 1), step = width / days.length, total = days.reduce((a, b) => a + b, 0);
	return (
		<svg class="spark" width={width} height={height} role="img" aria-label={`${plural(total, 'call')} in ${plural(days.length, 'day')}: ${count(days[0]!)} on the first, ${count(days.at(-1)!)} on the last`}>
			<line class="spark-ground" x1="0" x2={width} y1={height - 0.5} y2={height - 0.5} />
			{days.map((n, i) => { const h = n ? Math.max(1.5, n / top * (height - 2)) : 0; return h ? <rect key={i} class={i === days.length - 1 ? 'spark-last' : 'spark-calls'} x={i * step} y={height - 1 - h} width={Math.max(1, step - 1)} height={h} /> : null; })}
		</svg>
	);
}
