// Search over logs: query, histogram, fields, and rows, patterns, a table or a chart, as the query says. State in the address: q, from, to, live=1
// (follow), cols (own columns). Every click on the page rewrites q, so what is seen can be read, sent and typed into `pleach logs`.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { api, useApi } from '../api';
import { CopyButton, Empty, Failed, Skeleton } from '../parts/bits';
import { LevelHistogram } from '../parts/histogram';
import { Icon } from '../parts/icons';
import { bytes, count, duration, plural } from '../format';
import { useKeys } from '../keys';
import { param, patch, safeDecode } from '../router';
import { cliTime, range, setRange, toMs, useTitle } from '../state';
import type { Fields, Found, Histogram, Scanned } from '../types';
import { useLogs, type Logs } from './logs-data';
import { Facets } from './logs-facets';
import { QueryBox } from './logs-query';
import type { RowActions } from './logs-row';
import { LogRows } from './logs-rows';
import { Patterns, ResultChart, ResultTable } from './logs-table';
import { addTerm, bucketMs, hasTerm, join, makesTable, name, rowsOf, shape, shellQuote, split, term, toggleTerm, withPipe } from './logs-text';
import { Language, SavedSearches } from './logs-tools';

const BARS = 90;

function ScannedLine({ found, rows }: { found: Found; rows: string }): JSX.Element {
	const s: Scanned = found.scanned, why = found.why || (found.cut ? 'a limit ended the search early; a shorter time or a narrower query sees all' : '');
	return (
		<p class={`scanned num ${why ? 'is-cut' : ''}`} role="status">
			{why ? <span class="why"><Icon name="warning" size={12} /> Not all: {why}.</span> : null}
			<span>{rows} · {plural(s.rows, 'row')} ({bytes(s.bytes)}) scanned in {plural(s.segments, 'segment')}, {count(s.skipped_segments)} skipped · {duration(found.took_ns)}{s.damaged ? ` · ${plural(s.damaged, 'part')} damaged and left out` : ''}</span>
		</p>
	);
}

function NoResult({ q, from, to, table }: { q: string; from: string; to: string; table: boolean }): JSX.Element {
	const span = (to ? toMs(to) : Date.now()) - toMs(from);
	return (
		<Empty title={q ? (table ? 'Nothing to count' : 'No row matches') : 'No row in this time'} command={q ? `pleach logs ${shellQuote(q)} --from 24h` : 'pleach status'}>
			{q ? `Nothing in the last ${duration(span * 1e6)} matches. A longer time, or fewer words, may find it.` : 'Rows appear as soon as a service writes a line. What runs is said by:'}
		</Empty>
	);
}

// The answer in the shape that the query asks for.
function Result({ logs, q, from, to, total, actions, make }: { logs: Logs; q: string; from: string; to: string; total: number | undefined; actions: RowActions; make: (q: string, more?: Record<string, string>) => void }): JSX.Element {
	const { found, error, busy } = logs;
	if (!found) return error ? <>{error.status === 400 ? <Empty title="The query cannot be read">The place is marked above. “Language” shows what a query can say.</Empty> : <Failed error={error} what="The search failed" retry={logs.reload} />}</> : <Skeleton rows={14} shown={logs.slow} />;
	if (!found.rows.length && !busy) return <NoResult q={q} from={from} to={to} table={found.kind !== 'rows'} />;
	const failed = error && error.status !== 400 ? <Failed error={error} what="The search failed; what you see is the answer before" retry={logs.reload} /> : null;
	if (found.kind === 'rows') {
		return (
			<>
				{failed}
				<LogRows rows={found.rows} busy={busy} actions={actions} nearEnd={logs.more} onHold={logs.reading} {...(total === undefined ? {} : { total })}
					foot={<>{logs.lost ? <p class="is-warning-text">{plural(logs.lost, 'row')} came too fast to be shown; the search has them.</p> : null}
						<p class="dim">{logs.loadingMore ? 'More rows are coming …' : found.next ? '' : `${plural(found.rows.length, 'row')}, that is all.`}</p></>} />
			</>
		);
	}
	if (found.kind === 'patterns') return <>{failed}<Patterns found={found} q={q} make={make} busy={busy} /></>;
	return <>{failed}{found.kind === 'buckets' ? <ResultChart found={found} q={q} make={make} /> : null}<ResultTable found={found} q={q} make={make} busy={busy} /></>;
}

function Legend({ data, q, toggle, table, setTable, wider }: { data: Histogram | null; q: string; toggle: (t: string) => void; table: boolean; setTable: ((on: boolean) => void) | null; wider: () => void }): JSX.Element {
	return (
		<div class="legend">
			<span class="num"><strong>{data ? count(data.total) : '…'}</strong> rows</span>
			{data?.levels.map((l) => {
				const t = term('level', l.level || 'none'), on = hasTerm(q, t);
				return <button type="button" class="legend-item" key={l.level} aria-pressed={on} title={`${on ? 'Remove' : 'Only'} ${t}`} onClick={() => toggle(t)}><i class={`level-dot lv-${l.level}`} aria-hidden="true" />{l.level} <span class="num dim">{count(l.counts.reduce((a, b) => a + b, 0))}</span></button>;
			})}
			<span class="push" />
			<button type="button" class="link-button" title="Twice the time, the same middle" onClick={wider}>wider</button>
			{setTable ? <button type="button" class="link-button" aria-pressed={table} onClick={() => setTable(!table)}>{table ? 'show as chart' : 'show as table'}</button> : null}
		</div>
	);
}

export function LogsPage(): JSX.Element {
	useTitle('Logs');
	const q = param('q'), following = param('live') === '1', cols = param('cols');
	const { from, to } = range('30m');
	const { search, pipes } = split(q);
	const table = makesTable(q), patterns = shape(q) === 'patterns';
	const base = { q: rowsOf(q), from, to }; // all that chooses rows, none of what groups them
	// While rows stream in, the counts follow every few seconds; otherwise they stand still with the rows.
	const histogram = useApi<Histogram>(api('logs/histogram', { ...base, buckets: BARS }), following ? { every: 3000 } : {});
	const fields = useApi<Fields>(api('logs/fields', base), following ? { every: 10000 } : {});
	const logs = useLogs({ q, from, to }, following, table);
	const [asTable, setAsTable] = useState(false);

	const make = (next: string, more: Record<string, string> = {}): void => { if (next === q && !Object.keys(more).length) logs.reload(); else patch({ q: next, ...(more['to'] ? { live: null } : {}), ...more }); };
	const toggle = (t: string): void => make(toggleTerm(q, t));
	const follow = (): void => patch(following ? { live: null } : { live: '1', to: null });
	const togglePatterns = (): void => make(patterns ? rowsOf(q) : withPipe(q, 'patterns'));
	useKeys((e) => {
		if (e.key === 'f') { follow(); return true; }
		if (e.key === 'p') { togglePatterns(); return true; }
		if (e.key === 'h') { document.querySelector<HTMLElement>('[data-histogram]')?.focus(); return true; }
		return false;
	});
	const columns = cols.split(',').filter(Boolean).map(safeDecode);
	const setColumns = (next: string[]): void => patch({ cols: next.map(encodeURIComponent).join(',') });
	const end = to ? toMs(to) : Date.now(), span = end - toMs(from);
	const insert = (text: string): void => make(text.startsWith('|') ? join(search, [...split(rowsOf(q)).pipes, ...split(text).pipes]) : text.startsWith('last:') ? addTerm(q.replace(/(^|\s)last:\S+/g, ''), text) : addTerm(q, text));
	const shown = columns.length && !table ? join(search, [...pipes, `fields time, level, service, ${columns.map(name).join(', ')}, message`]) : q;
	const command = `pleach logs ${shellQuote(following && !table ? q : shown)} --from ${cliTime(from)}${to ? ` --to ${cliTime(to)}` : ''}${following ? ' --follow' : ''}`;
	const wrong = logs.error?.status === 400 ? logs.error : null;
	const found = logs.found;
	const charted = table && bucketMs(q) > 0; // the result has a chart of its own over the same time
	return (
		<main id="page" class="logs" tabIndex={-1}>
			<h1 class="sr">Logs</h1>
			<div class="logs-head">
				<QueryBox q={q} fields={fields.data} onQuery={(next) => make(next)} error={wrong} />
				<div class="logs-tools">
					<span class="switch" role="group" aria-label="Show as">
						<button type="button" aria-pressed={!table} title="The rows themselves" onClick={() => make(rowsOf(q))}><Icon name="logs" size={14} />Rows</button>
						<button type="button" aria-pressed={patterns} title="Messages grouped by what is the same in them (p)" onClick={togglePatterns}><Icon name="team" size={14} />Patterns</button>
						{table && !patterns ? <button type="button" aria-pressed="true"><Icon name={found?.kind === 'buckets' ? 'chart' : 'table'} size={14} />{found?.kind === 'buckets' ? 'Chart' : 'Table'}</button> : null}
					</span>
					<button type="button" class={`button ${following ? 'is-on' : ''}`} aria-pressed={following} title="Show rows as they are written (f)" onClick={follow}><Icon name="live" size={14} />Follow</button>
					<SavedSearches state={{ q, from: param('from'), to, cols }} times={{ from: toMs(from), to: end }} />
					<Language insert={insert} />
					<CopyButton text={command} label="Copy as command" what="Command copied" small />
				</div>
			</div>
			<div class="logs-chart">
				<Legend data={histogram.data} q={q} toggle={toggle} table={asTable} setTable={charted ? null : setAsTable} wider={() => setRange(toMs(from) - span / 2, Math.min(Date.now(), end + span / 2))} />
				{charted ? null : histogram.data ? <LevelHistogram data={histogram.data} table={asTable} /> : <div class="histogram-space" />}
			</div>
			<div class="logs-body">
				{fields.data?.fields.length ? <Facets fields={fields.data} q={q} span={span} toggle={toggle} make={make} columns={columns} setColumns={setColumns} /> : <div class="facets" />}
				<div class="logs-list" onPointerEnter={() => logs.over(true)} onPointerLeave={() => logs.over(false)}>
					{logs.waiting ? <button type="button" class="pill new-rows" onClick={() => { logs.release(); document.querySelector('.log-scroll')?.scrollTo(0, 0); }}><Icon name="live" size={13} />{count(logs.waiting)} new</button> : null}
					<Result logs={logs} q={q} from={from} to={to} total={histogram.data?.total} actions={{ toggle, columns, setColumns }} make={make} />
					{found ? <ScannedLine found={found} rows={found.kind === 'rows' ? plural(found.rows.length, 'row') + ' here' : plural(found.rows.length, found.kind === 'patterns' ? 'pattern' : 'line')} /> : null}
				</div>
			</div>
		</main>
	);
}
