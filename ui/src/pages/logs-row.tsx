// One log row opened: message, fields to add, exclude or show as a column, the lines around it, the way to its trace.
import type { JSX } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { api, ask } from '../api';
import { Age, CopyButton, Service } from '../parts/bits';
import { Icon } from '../parts/icons';
import { absolute, clock, nsToMs } from '../format';
import { pageLink, say } from '../state';
import type { LogRow } from '../types';
import { levelOf } from '../words';
import { term } from './logs-text';

const AROUND = 10, WIDER = 50; // lines on each side of a row

export interface RowActions { toggle: (t: string) => void; columns: string[]; setColumns: (c: string[]) => void }

export function textOf(value: unknown): string {
	return typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value) ?? '';
}

export function Level({ level }: { level: string }): JSX.Element {
	return <span class={`level lv-text-${levelOf(level)}`}>{level || 'none'}</span>;
}

// What a row has under a name: what pipes made first, then its own columns, then its attributes.
export function fieldOf(row: LogRow, field: string): string {
	if (row.made && field in row.made) return textOf(row.made[field]);
	switch (field) {
	case 'service': case 'version': case 'instance': case 'level': case 'trace_id': case 'span_id': case 'body': return row[field];
	case 'trace': return row.trace_id;
	default: return textOf(row.attributes[field]);
	}
}

function Around({ row, onDone }: { row: LogRow; onDone: () => void }): JSX.Element | null {
	const [rows, setRows] = useState<LogRow[] | null>(null);
	const [many, setMany] = useState(AROUND);
	useLayoutEffect(() => {
		void ask<{ rows: LogRow[] }>(api('logs/context', { id: row.id, before: many, after: many })).then((a) => { if (a.ok) setRows(a.data.rows); else { say(a.error.message); onDone(); } });
	}, [row.id, many]);
	if (!rows) return null;
	return (
		<div class="context-box">
			<table class="context"><caption>Lines around it, <Service name={row.service} plain /> {row.instance}</caption><tbody>{rows.map((c) => (
				<tr key={c.id} class={c.here ? 'is-here' : ''} aria-current={c.here ? 'true' : undefined}><td class="num">{clock(nsToMs(c.time_ns))}</td><td><Level level={c.level} /></td><td>{c.body}</td></tr>
			))}</tbody></table>
			{many < WIDER ? <button type="button" class="link-button" onClick={() => setMany(WIDER)}>{WIDER} on each side</button> : null}
		</div>
	);
}

function FieldTools({ field, value, toggle, columns, setColumns }: { field: string; value: string } & RowActions): JSX.Element {
	const shown = columns.includes(field);
	return (
		<>
			<button type="button" class="icon-button" aria-label={`Only ${field} ${value}`} title="Only this value" onClick={() => toggle(term(field, value))}><Icon name="plus" size={13} /></button>
			<button type="button" class="icon-button" aria-label={`Exclude ${field} ${value}`} title="Exclude this value" onClick={() => toggle(`-${term(field, value)}`)}><Icon name="minus" size={13} /></button>
			{field === 'service' || field === 'level' ? null : <button type="button" class="icon-button" aria-pressed={shown} aria-label={`${field} as a column`} title={shown ? 'No longer a column' : 'Show as a column'} onClick={() => setColumns(shown ? columns.filter((c) => c !== field) : [...columns, field])}><Icon name="columns" size={13} /></button>}
		</>
	);
}

export function RowDetails({ row, actions, measured, context }: { row: LogRow; actions?: RowActions | undefined; measured: (h: number) => void; context: boolean }): JSX.Element {
	const box = useRef<HTMLDivElement>(null);
	const [around, setAround] = useState(context);
	useLayoutEffect(() => {
		const seen = new ResizeObserver(() => { if (box.current) measured(box.current.offsetHeight); });
		seen.observe(box.current!);
		return () => seen.disconnect();
	}, []);
	useLayoutEffect(() => { if (context) setAround(true); }, [context]);
	const own = (['service', 'instance', 'version', 'level'] as const).filter((k) => row[k]).map((k) => [k, row[k]] as [string, string]);
	const fields: [string, string][] = [...own, ...Object.entries({ ...row.attributes, ...row.made }).map(([k, v]) => [k, textOf(v)] as [string, string])];
	return (
		<div class="row-details" ref={box}>
			<pre class="body">{row.body}</pre>
			<div class="actions">
				{row.trace_id ? <a class="button" href={pageLink(`/trace/${row.trace_id}`, row.span_id ? { span: row.span_id } : {})}><Icon name="trace" size={14} />Trace</a> : null}
				<button type="button" class="button" aria-pressed={around} title="Lines around it (c)" onClick={() => setAround(!around)}><Icon name="logs" size={14} />Lines around it</button>
				{row.trace_id && actions ? <button type="button" class="button" onClick={() => actions.toggle(`trace:${row.trace_id}`)}><Icon name="filter" size={14} />Only this trace</button> : null}
				<CopyButton text={JSON.stringify(row, null, 2)} label="Copy as JSON" what="Row copied" />
				<span class="dim small">{absolute(nsToMs(row.time_ns))} · <Age ms={nsToMs(row.time_ns)} /></span>
			</div>
			<table class="fields-table"><caption class="sr">Fields</caption><tbody>{fields.map(([k, v]) => (
				<tr key={k}><th scope="row">{k}</th><td><span class="mono">{v}</span></td><td class="tools">{actions ? <FieldTools field={k} value={v} {...actions} /> : null}</td></tr>
			))}{row.trace_id ? <tr><th scope="row">trace_id</th><td><a class="mono link" href={pageLink(`/trace/${row.trace_id}`)}>{row.trace_id}</a></td><td class="tools" /></tr> : null}</tbody></table>
			{around ? <Around row={row} onDone={() => setAround(false)} /> : null}
		</div>
	);
}
