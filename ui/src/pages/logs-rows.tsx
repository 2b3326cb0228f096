// Log rows, virtualised: a real table in which only what is in view (and a little more) has rows; two spacer rows stand for the rest. A row is
// 20 px; an opened one is followed by its details, whose height is measured. Rows never move while a pointer is over them (logs-data.ts).
import { Fragment, type ComponentChildren, type JSX } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Swatch } from '../parts/bits';
import { Icon } from '../parts/icons';
import { absolute, clock, day, nsToMs } from '../format';
import { useKeys } from '../keys';
import type { LogRow } from '../types';
import { levelOf } from '../words';
import { fieldOf, Level, RowDetails, textOf, type RowActions } from './logs-row';

const ROW = 20;
const SPARE = 20; // rows beyond the view on each side
const CHUNK = 10 * ROW; // px: a scroll within it draws nothing new
const OPENED = 160; // px of details before they are measured
const INLINE = 6; // fields shown behind a message

// Fields that a row's own columns say, or that say nothing in a line.
const SAID = new Set(['service', 'service.name', 'version', 'instance', 'level', 'trace_id', 'span_id', 'log.iostream']);

// A few fields after the message say more than the message alone.
function inlineFields(row: LogRow, columns: string[]): string {
	return Object.entries({ ...row.made, ...row.attributes }).filter(([k]) => !SAID.has(k) && !columns.includes(k)).slice(0, INLINE).map(([k, v]) => `${k}=${textOf(v)}`).join(' ');
}

export interface RowsProps {
	rows: LogRow[]; actions: RowActions; nearEnd: () => void; foot: ComponentChildren; total?: number; busy: boolean;
	onHold: (held: boolean) => void; // a reader is here: the rows are scrolled, walked through, or one is open
}

interface LineProps { row: LogRow; index: number; columns: string[]; active: boolean; open: boolean; press: () => void }

function Line({ row, index, columns, active, open, press }: LineProps): JSX.Element {
	const ms = nsToMs(row.time_ns), date = day(ms) === day(Date.now()) ? '' : `${day(ms).slice(5)} `;
	return (
		<tr class={`log-row is-${levelOf(row.level)} ${active ? 'is-active' : ''} ${open ? 'is-open' : ''} ${row.here ? 'is-here' : ''} ${row.gap ? 'is-gap' : ''}`} aria-rowindex={index + 2} aria-current={active ? 'true' : undefined} onClick={() => { if (!String(getSelection())) press(); }}>
			<td class="num" title={absolute(ms)}><button type="button" class="row-button" aria-expanded={open} aria-label={`${clock(ms)} ${row.service}: ${open ? 'close' : 'open'} this row`} onClick={(e) => { e.stopPropagation(); press(); }}>{date}{clock(ms)}</button></td>
			<td><Level level={row.level} /></td>
			<td class="svc"><Swatch service={row.service} />{row.service}</td>
			{columns.map((c) => <td class="own" key={c} title={fieldOf(row, c)}>{fieldOf(row, c)}</td>)}
			<td class="msg">{row.body}<span class="extra"> {inlineFields(row, columns)}</span></td>
		</tr>
	);
}

function Head({ columns, setColumns }: RowActions): JSX.Element {
	const left = (c: string): string[] => { const i = columns.indexOf(c), next = [...columns]; next.splice(i, 1); next.splice(Math.max(0, i - 1), 0, c); return next; };
	return (
		<thead><tr><th scope="col" class="w-time">Time</th><th scope="col" class="w-level">Level</th><th scope="col" class="w-service">Service</th>
			{columns.map((c, i) => (
				<th scope="col" class="w-own" key={c}><span class="own-head"><span class="own-name">{c}</span>
					{i ? <button type="button" class="icon-button" aria-label={`Move ${c} to the left`} title="To the left" onClick={() => setColumns(left(c))}><Icon name="back" size={12} /></button> : null}
					<button type="button" class="icon-button" aria-label={`Remove the column ${c}`} title="Remove" onClick={() => setColumns(columns.filter((x) => x !== c))}><Icon name="close" size={12} /></button></span></th>
			))}
			<th scope="col">Message</th></tr></thead>
	);
}

export function LogRows({ rows, actions, nearEnd, foot, total, busy, onHold }: RowsProps): JSX.Element {
	const box = useRef<HTMLDivElement>(null);
	const [view, setView] = useState({ top: 0, height: 600 });
	const [opened, setOpened] = useState<Map<string, number>>(new Map());
	const [active, setActive] = useState('');
	const [around, setAround] = useState('');
	useLayoutEffect(() => {
		const el = box.current!;
		const measure = (): void => setView((v) => v.height === el.clientHeight ? v : { ...v, height: el.clientHeight });
		measure();
		const seen = new ResizeObserver(measure);
		seen.observe(el);
		return () => seen.disconnect();
	}, []);
	const hold = (): void => onHold((box.current?.scrollTop ?? 0) > 4 || opened.size > 0);
	useEffect(() => { hold(); return () => onHold(false); }, [opened]);

	// Index of each opened row and its extra height, in order: with few of them open the position of any row is cheap.
	const extra = useMemo(() => opened.size ? rows.flatMap((r, i) => opened.has(r.id) ? [{ i, h: opened.get(r.id)! }] : []) : [], [rows, opened]);
	const offset = (i: number): number => i * ROW + extra.reduce((s, e) => e.i < i ? s + e.h : s, 0);
	const indexAt = (y: number): number => {
		let gone = 0;
		for (const e of extra) {
			if (y < offset(e.i) + ROW) break;
			if (y < offset(e.i) + ROW + e.h) return e.i;
			gone += e.h;
		}
		return Math.floor((y - gone) / ROW);
	};
	const first = Math.max(0, Math.min(rows.length, indexAt(view.top) - SPARE));
	const last = Math.min(rows.length, indexAt(view.top + CHUNK + view.height) + SPARE);
	const whole = offset(rows.length), width = 4 + actions.columns.length;
	useEffect(() => { if (rows.length && last >= rows.length - SPARE) nearEnd(); }, [last, rows.length]);

	const press = (id: string): void => { setActive(id); setOpened((old) => { const next = new Map(old); next.has(id) ? next.delete(id) : next.set(id, OPENED); return next; }); };
	const reveal = (i: number): void => {
		const el = box.current!, y = offset(i);
		if (y < el.scrollTop + 24) el.scrollTop = y - 24;
		else if (y + ROW > el.scrollTop + el.clientHeight) el.scrollTop = y + ROW - el.clientHeight + 8;
	};
	useKeys((e) => {
		const at = rows.findIndex((r) => r.id === active);
		if (e.key === 'j' || e.key === 'k') {
			const next = Math.max(0, Math.min(rows.length - 1, at < 0 ? first + (first ? SPARE : 0) : at + (e.key === 'j' ? 1 : -1)));
			if (rows[next]) { setActive(rows[next].id); reveal(next); onHold(true); }
			return true;
		}
		if (e.key === 'Enter' && at >= 0 && !(document.activeElement instanceof HTMLButtonElement || document.activeElement instanceof HTMLAnchorElement)) { press(active); return true; }
		if (e.key === 'c' && at >= 0) { setAround(active); if (!opened.has(active)) press(active); return true; }
		if (e.key === 'Escape' && (opened.size || active)) { setAround(''); opened.size ? setOpened(new Map()) : setActive(''); return true; }
		return false;
	});

	return (
		<div class="log-scroll" ref={box} tabIndex={0} role="region" aria-label="Log rows" aria-busy={busy} data-rows={rows.length}
			onScroll={(e) => { const top = Math.floor(e.currentTarget.scrollTop / CHUNK) * CHUNK; setView((v) => v.top === top ? v : { ...v, top }); hold(); }}>
			<table class="log-table" aria-rowcount={total ?? -1}>
				<Head {...actions} />
				<tbody>
					{first ? <tr class="space" aria-hidden="true"><td colSpan={width} style={{ height: `${offset(first)}px` }} /></tr> : null}
					{rows.slice(first, last).map((r, k) => (
						<Fragment key={r.id}>
							<Line row={r} index={first + k} columns={actions.columns} active={active === r.id} open={opened.has(r.id)} press={() => press(r.id)} />
							{opened.has(r.id) ? <tr class="details"><td colSpan={width}><RowDetails row={r} actions={actions} context={around === r.id} measured={(h) => setOpened((old) => old.has(r.id) && old.get(r.id) !== h ? new Map(old).set(r.id, h) : old)} /></td></tr> : null}
						</Fragment>
					))}
					{last < rows.length ? <tr class="space" aria-hidden="true"><td colSpan={width} style={{ height: `${whole - offset(last)}px` }} /></tr> : null}
				</tbody>
			</table>
			<div class="log-foot">{foot}</div>
		</div>
	);
}
