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
