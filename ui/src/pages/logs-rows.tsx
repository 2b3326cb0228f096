// Log rows, virtualised: a real table in which only what is in view (and a little more) has rows; two spacer rows stand for the rest. A row is
// 20 px; an opened one is followed by its details, whose height is measured. Rows never move while a pointer is over them.
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { api, ask } from '../api';
import { Age, CopyButton, Service, Swatch } from '../parts/bits';
import { Icon } from '../parts/icons';
import { absolute, clock, day, nsToMs } from '../format';
import { useKeys } from '../keys';
import { pageLink, say } from '../state';
import type { LogRow } from '../types';
import { levelOf } from '../words';
import { term } from './logs-query';

export const ROW = 20;
const SPARE = 20; // rows beyond the view on each side

export function textOf(value: unknown): string {
	return typeof value === 'string' ? value : JSON.stringify(value) ?? '';
}

export function Level({ level }: { level: string }): JSX.Element {
	return <span class={`level lv-text-${levelOf(level)}`}>{level || 'none'}</span>;
}

// Fields that a row's own columns say, or that say nothing in a line.
const SAID = new Set(['service', 'service.name', 'version', 'instance', 'level', 'trace_id', 'span_id', 'log.iostream']);

// A few fields after the message say more than the message alone.
function inlineFields(row: LogRow): string {
	return Object.entries(row.attributes).filter(([k]) => !SAID.has(k)).slice(0, 6).map(([k, v]) => `${k}=${textOf(v)}`).join(' ');
}

function RowDetails({ row, toggle, measured }: { row: LogRow; toggle?: ((t: string) => void) | undefined; measured: (h: number) => void }): JSX.Element {
	const box = useRef<HTMLDivElement>(null);
	const [context, setContext] = useState<LogRow[] | null>(null);
	useLayoutEffect(() => {
		const seen = new ResizeObserver(() => { if (box.current) measured(box.current.offsetHeight); });
		seen.observe(box.current!);
		return () => seen.disconnect();
	}, []);
	const fixed: [string, string, string][] = [['service', row.service, row.service], ['instance', row.instance, row.instance], ['version', row.version, row.version], ['level', row.level, row.level]];
	const fields = [...fixed.filter(([, v]) => v), ...Object.entries(row.attributes).map(([k, v]) => [k, textOf(v), textOf(v)] as [string, string, string])];
	return (
		<div class="row-details" ref={box}>
			<pre class="body">{row.body}</pre>
			<div class="actions">
				{row.trace_id ? <a class="button" href={pageLink(`/trace/${row.trace_id}`, row.span_id ? { span: row.span_id } : {})}><Icon name="trace" size={14} />Trace</a> : null}
				<button type="button" class="button" aria-pressed={context !== null} onClick={() => { if (context) setContext(null); else void ask<{ rows: LogRow[] }>(api('logs/context', { id: row.id, before: 10, after: 10 })).then((a) => a.ok ? setContext(a.data.rows) : say(a.error.message)); }}><Icon name="logs" size={14} />Lines around it</button>
				{row.trace_id && toggle ? <button type="button" class="button" onClick={() => toggle(`trace:${row.trace_id}`)}><Icon name="filter" size={14} />Only this trace</button> : null}
				<CopyButton text={JSON.stringify(row, null, 2)} label="Copy as JSON" what="Row copied" />
				<span class="dim small">{absolute(nsToMs(row.time_ns))} · <Age ms={nsToMs(row.time_ns)} /></span>
			</div>
			<table class="fields-table"><caption class="sr">Fields</caption><tbody>{fields.map(([k, v, raw]) => (
				<tr key={k}><th scope="row">{k}</th><td><span class="mono">{v}</span></td><td class="tools">{toggle ? <><button type="button" class="icon-button" aria-label={`Only ${k} ${v}`} title="Only this value" onClick={() => toggle(term(k, raw))}><Icon name="plus" size={13} /></button><button type="button" class="icon-button" aria-label={`Exclude ${k} ${v}`} title="Exclude this value" onClick={() => toggle(`-${term(k, raw)}`)}><Icon name="minus" size={13} /></button></> : null}</td></tr>
			))}{row.trace_id ? <tr><th scope="row">trace_id</th><td><a class="mono link" href={pageLink(`/trace/${row.trace_id}`)}>{row.trace_id}</a></td><td class="tools" /></tr> : null}</tbody></table>
			{context ? <table class="context"><caption>Lines around it, <Service name={row.service} plain /> {row.instance}</caption><tbody>{context.map((c) => <tr key={c.id} class={c.here ? 'is-here' : ''} aria-current={c.here ? 'true' : undefined}><td class="num">{clock(nsToMs(c.time_ns))}</td><td><Level level={c.level} /></td><td>{c.body}</td></tr>)}</tbody></table> : null}
		</div>
	);
}

export interface RowsProps {
	rows: LogRow[]; toggle?: (t: string) => void; nearEnd: () => void; foot: ComponentChildren; total?: number; busy: boolean;
	onHold: (held: boolean) => void; // a reader is here: the rows are scrolled, walked through, or one is open
}

export function LogRows({ rows, toggle, nearEnd, foot, total, busy, onHold }: RowsProps): JSX.Element {
	const box = useRef<HTMLDivElement>(null);
	const [view, setView] = useState({ top: 0, height: 600 });
	const [opened, setOpened] = useState<Map<string, number>>(new Map());
	const [active, setActive] = useState('');
	useEffect(() => {
		const el = box.current!;
		const seen = new ResizeObserver(() => setView((v) => ({ ...v, height: el.clientHeight })));
		seen.observe(el);
		return () => seen.disconnect();
	}, []);
	const hold = (): void => onHold((box.current?.scrollTop ?? 0) > 4 || opened.size > 0);
	useEffect(hold, [opened]);

	// Index of each opened row and its extra height, in order: with few of them open the position of any row is cheap.
	const extra = useMemo(() => rows.flatMap((r, i) => opened.has(r.id) ? [{ i, h: opened.get(r.id)! }] : []), [rows, opened]);
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
	const last = Math.min(rows.length, indexAt(view.top + view.height) + SPARE);
	const whole = offset(rows.length);
	useEffect(() => { if (rows.length && last >= rows.length - SPARE) nearEnd(); }, [last, rows.length]);

	const toggleOpen = (id: string): void => setOpened((old) => { const next = new Map(old); next.has(id) ? next.delete(id) : next.set(id, 160); return next; });
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
		if (e.key === 'Enter' && at >= 0 && !(document.activeElement instanceof HTMLButtonElement || document.activeElement instanceof HTMLAnchorElement)) { toggleOpen(active); return true; }
		if (e.key === 'Escape' && (opened.size || active)) { opened.size ? setOpened(new Map()) : setActive(''); return true; }
		return false;
	});

	const today = day(Date.now());
	return (
		<div class="log-scroll" ref={box} tabIndex={0} role="region" aria-label="Log rows" aria-busy={busy} data-rows={rows.length}
			onScroll={(e) => { const top = e.currentTarget.scrollTop; setView((v) => ({ ...v, top })); hold(); }}>
			<table class="log-table" aria-rowcount={total ?? -1}>
				<thead><tr><th scope="col">Time</th><th scope="col">Level</th><th scope="col">Service</th><th scope="col">Message</th></tr></thead>
				<tbody>
					{first ? <tr class="space" aria-hidden="true"><td colSpan={4} style={{ height: `${offset(first)}px` }} /></tr> : null}
					{rows.slice(first, last).map((r, k) => {
						const i = first + k, isOpen = opened.has(r.id), ms = nsToMs(r.time_ns);
						return (
							<>
								<tr key={r.id} class={`log-row is-${levelOf(r.level)} ${active === r.id ? 'is-active' : ''} ${isOpen ? 'is-open' : ''}`} aria-rowindex={i + 2} aria-current={active === r.id ? 'true' : undefined} onClick={() => { if (!String(getSelection())) { setActive(r.id); toggleOpen(r.id); } }}>
									<td class="num" title={absolute(ms)}><button type="button" class="row-button" aria-expanded={isOpen} aria-label={`${clock(ms)} ${r.service}: ${isOpen ? 'close' : 'open'} this row`} onClick={(e) => { e.stopPropagation(); setActive(r.id); toggleOpen(r.id); }}>{day(ms) === today ? '' : `${day(ms).slice(5)} `}{clock(ms)}</button></td>
									<td><Level level={r.level} /></td>
									<td class="svc"><Swatch service={r.service} />{r.service}</td>
									<td class="msg">{r.body}<span class="extra"> {inlineFields(r)}</span></td>
								</tr>
								{isOpen ? <tr key={`${r.id}-d`} class="details"><td colSpan={4}><RowDetails row={r} toggle={toggle} measured={(h) => setOpened((old) => old.has(r.id) && old.get(r.id) !== h ? new Map(old).set(r.id, h) : old)} /></td></tr> : null}
							</>
						);
					})}
					{last < rows.length ? <tr class="space" aria-hidden="true"><td colSpan={4} style={{ height: `${whole - offset(last)}px` }} /></tr> : null}
				</tbody>
			</table>
			<div class="log-foot">{foot}</div>
		</div>
	);
}
