// What stats, top, patterns, fields and compare answer: a table (virtualised as the rows are) whose cells lead back to the rows behind them, patterns
// with their counts, and with bucket() a chart.
import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { hueVar } from '../colour';
import { Swatch } from '../parts/bits';
import { Bars, type Layer } from '../parts/bars';
import { Chart } from '../parts/chart';
import { levelFill } from '../parts/histogram';
import { Icon } from '../parts/icons';
import { absolute, bytes, clock, count, day, digits3, duration, nsToMs } from '../format';
import { useRowKeys } from '../keys';
import type { Cell, Column, TableFound } from '../types';
import { addTerm, bucketMs, name, patternRows, patternTerms, REST, rowsOf, shape, sortBy, sorted, term } from './logs-text';
import { textOf } from './logs-row';

const ROW = 28, SPARE = 20;
const CHUNK = 10 * ROW; // px: a scroll within it draws nothing new
const MOST_CHARS = 72; // of a cell; the whole text is in its title
const MOST_SERIES = 8; // drawn; the table has all
const MOST_BARS = 2000;

type Make = (q: string, more?: Record<string, string>) => void;

// A figure with its unit, which the field's name says by habit: took_ms, size_bytes, duration (ns).
export function cellText(cell: Cell, column: Column): string {
	if (cell === null || cell === undefined || cell === '') return '–';
	if (column.type === 'time') { const ms = Date.parse(String(cell)); return Number.isNaN(ms) ? String(cell) : `${day(ms) === day(Date.now()) ? '' : `${day(ms).slice(5)} `}${clock(ms, ms % 1000 ? 3 : 0)}`; }
	if (typeof cell !== 'number') return textOf(cell);
	const unit = /^(count|distinct|rate)\b/.test(column.name) ? '' : /(?:\b|_)(duration|ns|ms|s|bytes|seconds)\)?( before)?$/.exec(column.name)?.[1] ?? '';
	const ns = { duration: 1, ns: 1, ms: 1e6, s: 1e9, seconds: 1e9 }[unit];
	if (ns && cell >= 0) return duration(Math.round(cell * ns));
	if (unit === 'bytes') return bytes(Math.round(cell));
	const text = Number.isInteger(cell) ? cell.toLocaleString('en-US') : digits3(cell);
	return `${column.approximate ? '≈ ' : ''}${text}${/^rate\b/.test(column.name) ? '/s' : ''}`;
}

// The rows that a line counts: its keys as terms, its bucket as the time.
function behind(q: string, found: TableFound, line: Cell[]): { q: string; more: Record<string, string> } {
	let next = rowsOf(q);
	const more: Record<string, string> = {};
	found.columns.forEach((c, i) => {
		const cell = line[i];
		if (c.type === 'text') next = addTerm(next, cell === null || cell === undefined || cell === '' ? `-has:${name(c.name)}` : term(c.name, textOf(cell)));
		else if (c.type === 'time' && found.kind === 'buckets' && bucketMs(q)) {
			// The first and the last bucket may reach beyond the time that was asked for.
			const ms = Date.parse(String(cell));
			more['from'] = String(Math.max(ms, Math.floor(nsToMs(found.from_ns))));
			more['to'] = String(Math.min(ms + bucketMs(q), Math.ceil(nsToMs(found.to_ns))));
		}
	});
	return { q: next, more };
}

function Change({ now, before }: { now: Cell; before: Cell }): JSX.Element | null {
	if (typeof now !== 'number') return null;
	if (typeof before !== 'number' || before === 0) return now ? <span class="change is-up">new</span> : null;
	const p = (now - before) / before * 100;
	if (Math.abs(p) < 0.5) return <span class="change dim">=</span>;
	return <span class={`change ${p > 0 ? 'is-up' : 'is-down'}`}>{p > 0 ? '▲' : '▼'} {digits3(Math.abs(p))} %</span>;
}

export function ResultTable({ found, q, make, busy }: { found: TableFound; q: string; make: Make; busy: boolean }): JSX.Element {
	useRowKeys('.result-table [data-row]');
	const box = useRef<HTMLDivElement>(null);
	const [view, setView] = useState({ top: 0, height: 600 });
	useLayoutEffect(() => {
		const el = box.current!;
		const measure = (): void => setView((v) => ({ top: el.scrollTop, height: el.clientHeight || v.height }));
		measure();
		const seen = new ResizeObserver(measure);
		seen.observe(el);
		return () => seen.disconnect();
	}, []);
	const { columns, rows } = found;
	const first = Math.max(0, Math.min(rows.length, Math.floor(view.top / ROW) - SPARE)), last = Math.min(rows.length, Math.ceil((view.top + CHUNK + view.height) / ROW) + SPARE);
	const by = sorted(q), counts = ['stats', 'top'].includes(shape(q));
	const main = columns.findIndex((c) => c.type === 'number');
	const most = useMemo(() => main < 0 ? 0 : rows.reduce((m, r) => Math.max(m, typeof r[main] === 'number' ? r[main] as number : 0), 0), [rows, main]);
	// Columns are as wide as their widest cell anywhere, so that nothing moves while scrolling.
	const widths = useMemo(() => columns.map((c, i) => Math.min(MOST_CHARS, rows.reduce((m, r) => Math.max(m, cellText(r[i] ?? null, c).length), c.name.length + 2))), [found]);
	const before = columns.map((c) => columns.findIndex((x) => x.name === `${c.name} before`));
	return (
		<div class="result-scroll" ref={box} tabIndex={0} role="region" aria-label="Result as a table" aria-busy={busy} data-rows={rows.length} onScroll={(e) => { const top = Math.floor(e.currentTarget.scrollTop / CHUNK) * CHUNK; setView((v) => v.top === top ? v : { ...v, top }); }}>
			<table class="table result-table" aria-rowcount={rows.length + 1}>
				<thead><tr>{columns.map((c, i) => {
					const on = by?.field === c.name;
					return <th scope="col" key={c.name} class={c.type === 'number' ? 'right' : ''} style={{ minWidth: `calc(${widths[i]}ch + ${i === main ? 136 : 40}px)` }} aria-sort={on ? (by.descending ? 'descending' : 'ascending') : undefined}><button type="button" class="sort" title={`Sort by ${c.name}`} onClick={() => make(sortBy(q, c.name, on ? !by.descending : c.type === 'number'))}><span class={`sorted ${on ? 'is-on' : ''}`} aria-hidden="true">{on && !by.descending ? '↑' : '↓'}</span>{c.name}{c.approximate ? <span title="Counted approximately"> ≈</span> : null}</button></th>;
				})}{counts ? <th class="fit"><span class="sr">Rows</span></th> : null}</tr></thead>
				<tbody>
					{first ? <tr class="space" aria-hidden="true"><td colSpan={columns.length + 1} style={{ height: `${first * ROW}px` }} /></tr> : null}
					{rows.slice(first, last).map((line, k) => (
						<tr key={first + k} aria-rowindex={first + k + 2}>
							{columns.map((c, i) => {
								const cell = line[i] ?? null, text = cellText(cell, c);
								if (c.type === 'number') return <td key={c.name} class="num right" title={textOf(cell)}>{i === main && most > 0 && typeof cell === 'number' ? <span class="meter" aria-hidden="true"><i style={{ width: `${Math.max(0, cell) / most * 100}%` }} /></span> : null}{before[i]! >= 0 ? <Change now={cell} before={line[before[i]!] ?? null} /> : null}{text}</td>;
								const mark = c.name === 'service' ? <Swatch service={text} /> : c.name === 'level' ? <i class="level-dot" style={{ background: levelFill(text) }} aria-hidden="true" /> : null;
								return <td key={c.name} class={c.type === 'time' ? 'num' : 'mono cell'} title={c.type === 'time' && cell !== null ? absolute(Date.parse(String(cell))) : text}>{mark}{text}</td>;
							})}
							{counts ? <td class="fit">{line.includes(REST) ? null : <button type="button" data-row class="link-button" aria-label={`The rows behind ${columns.filter((c) => c.type !== 'number').map((c) => cellText(line[columns.indexOf(c)] ?? null, c)).join(', ') || 'this figure'}`} onClick={() => { const b = behind(q, found, line); make(b.q, b.more); }}>rows</button>}</td> : null}
						</tr>
					))}
					{last < rows.length ? <tr class="space" aria-hidden="true"><td colSpan={columns.length + 1} style={{ height: `${(rows.length - last) * ROW}px` }} /></tr> : null}
				</tbody>
			</table>
		</div>
	);
}

function Template({ text }: { text: string }): JSX.Element {
	return <>{text.split('<*>').flatMap((part, i) => i ? [<i class="var" key={i}>{'<*>'}</i>, part] : [part])}</>;
}

export function Patterns({ found, q, make, busy }: { found: TableFound; q: string; make: Make; busy: boolean }): JSX.Element {
	useRowKeys('.patterns [data-row]');
	const at = (column: string): number => found.columns.findIndex((c) => c.name === column);
	const [pattern, n, example, before] = [at('pattern'), at('count'), at('example'), at('count before')];
	const all = found.rows.reduce((s, r) => s + Number(r[n] ?? 0), 0), most = Math.max(1, ...found.rows.map((r) => Number(r[n] ?? 0)));
	return (
		<div class="result-scroll" tabIndex={0} role="region" aria-label="Patterns" aria-busy={busy} data-rows={found.rows.length}>
			<table class="table patterns">
				<thead><tr><th scope="col" class="right">Rows</th><th scope="col">Share</th>{before >= 0 ? <th scope="col" class="right">Before</th> : null}<th scope="col">Pattern</th><th class="fit"><span class="sr">Add or exclude</span></th></tr></thead>
				<tbody>{found.rows.map((r, i) => {
					const template = String(r[pattern] ?? ''), c = Number(r[n] ?? 0), usable = patternTerms(template).length > 0;
					return (
						<tr key={i}>
							<td class="num right">{before >= 0 ? <Change now={c} before={r[before] ?? null} /> : null}{count(c)}</td>
							<td class="num fit"><span class="meter" aria-hidden="true"><i style={{ width: `${c / most * 100}%` }} /></span> {digits3(c / Math.max(1, all) * 100)} %</td>
							{before >= 0 ? <td class="num right dim">{count(Number(r[before] ?? 0))}</td> : null}
							<td class="mono pattern" title={example >= 0 ? String(r[example] ?? '') : template}><button type="button" data-row class="row-button" disabled={!usable} aria-label={`Rows like: ${template}`} onClick={() => make(patternRows(q, template, false))}><Template text={template} /></button></td>
							<td class="fit"><button type="button" class="icon-button" disabled={!usable} aria-label={`Exclude rows like: ${template}`} title="Exclude these rows" onClick={() => make(patternRows(q, template, true))}><Icon name="minus" size={13} /></button></td>
						</tr>
					);
				})}</tbody>
			</table>
		</div>
	);
}

function colourOf(key: string, value: string, rank: number): string {
	return key === 'service' ? hueVar(value) : key === 'level' ? levelFill(value) : value === '' ? 'var(--accent)' : `var(--hue-${rank % 10})`;
}

interface Drawing { from: number; to: number; step: number; times: number[]; layers: Layer[]; left: number; adds: boolean; key: string }

// The lines of a bucketed table as series of one figure: one for each combination of the other keys, the largest first.
function drawing(found: TableFound, q: string, figure: number): Drawing | null {
	const time = found.columns.findIndex((c) => c.type === 'time'), step = bucketMs(q), keys = found.columns.flatMap((c, i) => c.type === 'text' ? [i] : []);
	if (time < 0 || figure < 0 || !step || !found.rows.length) return null;
	const at = found.rows.map((r) => Date.parse(String(r[time])));
	const begin = at.reduce((a, b) => Math.min(a, b)), n = Math.round((at.reduce((a, b) => Math.max(a, b)) - begin) / step) + 1;
	if (n > MOST_BARS) return null;
	const adds = /^(count|rate|sum)\b/.test(found.columns[figure]!.name);
	const series = new Map<string, { counts: number[]; total: number }>();
	found.rows.forEach((r, k) => {
		const of = keys.map((i) => textOf(r[i] ?? '–')).join(' · '), value = r[figure];
		if (!series.has(of)) series.set(of, { counts: Array.from({ length: n }, () => adds ? 0 : NaN), total: 0 });
		if (typeof value === 'number') { const s = series.get(of)!; s.counts[Math.round((at[k]! - begin) / step)] = value; s.total += value; }
	});
	const key = keys.length === 1 ? found.columns[keys[0]!]!.name : '';
	const order = [...series].sort((a, b) => b[1].total - a[1].total);
	const shown = order.slice(0, MOST_SERIES), rest = order.slice(MOST_SERIES);
	const layers: Layer[] = shown.map(([of, s], i) => ({ name: of || found.columns[figure]!.name, counts: s.counts, fill: colourOf(key, of, i) }));
	if (rest.length && adds) layers.push({ name: `${rest.length} more`, fill: 'var(--hue-none)', counts: Array.from({ length: n }, (_, i) => rest.reduce((sum, [, s]) => sum + s.counts[i]!, 0)) });
	return { from: begin, to: begin + n * step, step, times: Array.from({ length: n }, (_, i) => begin + i * step), layers, left: adds ? 0 : rest.length, adds, key };
}

export function ResultChart({ found, q, make }: { found: TableFound; q: string; make: Make }): JSX.Element | null {
	const figures = found.columns.flatMap((c, i) => c.type === 'number' ? [i] : []);
	const [chosen, setChosen] = useState('');
	const figure = figures.find((i) => found.columns[i]!.name === chosen) ?? figures[0] ?? -1;
	const d = useMemo(() => drawing(found, q, figure), [found, q, figure]);
	const series = useMemo(() => d && !d.adds ? d.layers.map((l) => ({ label: l.name, values: l.counts.map((v) => Number.isNaN(v) ? null : v), colour: l.fill, show: (v: number) => cellText(v, found.columns[figure]!) })) : [], [d]);
	if (!d) return null;
	return (
		<div class="result-chart">
			<div class="legend">
				{figures.length > 1 ? <span class="switch" role="group" aria-label="Figure drawn">{figures.map((i) => <button type="button" key={i} aria-pressed={i === figure} onClick={() => setChosen(found.columns[i]!.name)}>{found.columns[i]!.name}</button>)}</span> : <strong>{found.columns[figure]!.name}</strong>}
				{d.layers.length > 1 || d.key ? d.layers.map((l) => d.key && !/^\d+ more$/.test(l.name)
					? <button type="button" class="legend-item" key={l.name} title={`Only ${term(d.key, l.name)}`} onClick={() => make(addTerm(q, term(d.key, l.name)))}><i class="level-dot" style={{ background: l.fill }} aria-hidden="true" />{l.name}</button>
					: <span key={l.name}><i class="level-dot" style={{ background: l.fill }} aria-hidden="true" />{l.name}</span>) : null}
				{d.left ? <span class="dim">{d.left} more in the table</span> : null}
			</div>
			{d.adds ? <Bars from={d.from} to={d.to} step={d.step} layers={d.layers} what={found.columns[figure]!.name === 'count' ? 'row' : found.columns[figure]!.name} table={false} height={150} />
				: <Chart title="" times={d.times} series={series} height={168} />}
		</div>
	);
}

