// Log rows over time, stacked by level (bars.tsx). Failures stand at the bottom, so that they are seen on the axis.
import type { JSX } from 'preact';
import { nsToMs } from '../format';
import type { Histogram } from '../types';
import { LEVELS, levelOf } from '../words';
import { Bars } from './bars';

export function levelFill(level: string): string {
	return `var(--level-${levelOf(level)})`;
}

export function LevelHistogram({ data, table }: { data: Histogram; table: boolean }): JSX.Element {
	const layers = [...data.levels].sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level))
		.map((l) => ({ name: l.level || 'none', counts: l.counts, fill: levelFill(l.level), loud: ['fatal', 'error', 'warn'].includes(l.level) }));
	return <Bars from={nsToMs(data.from_ns)} to={nsToMs(data.to_ns)} step={data.step_ns / 1e6} layers={layers} what="row" table={table} />;
}
