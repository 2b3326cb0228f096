// Search over logs: query, histogram, facets, rows. State in the address: q, from, to, live=1 (follow).
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { api, ask, useApi, type ApiError } from '../api';
import { CopyButton, Empty, Failed, Skeleton } from '../parts/bits';
import { LevelHistogram } from '../parts/histogram';
import { Icon } from '../parts/icons';
import { bytes, count, duration, plural } from '../format';
import { useKeys } from '../keys';
import { param, patch } from '../router';
import { cliTime, range, toMs, useTitle } from '../state';
import type { Fields, Histogram, LogRow, Logs } from '../types';
import { Facets } from './logs-facets';
import { QueryBox, toggleTerm } from './logs-query';
import { LogRows } from './logs-rows';

const PAGE = 200, MORE = 500; // rows asked for at first, and with each step down
const KEPT_LIVE = 5000; // rows kept while following; older ones leave at the end

interface Found { of: string; rows: LogRow[]; next: string; scanned: Logs['scanned'] | null; cut: boolean; took: number }
const NOTHING: Found = { of: '', rows: [], next: '', scanned: null, cut: false, took: 0 };

function shellQuote(text: string): string {
	return `'${text.replaceAll("'", `'\\''`)}'`;
}

export function LogsPage(): JSX.Element {
	useTitle('Logs');
	const q = param('q'), following = param('live') === '1';
	const { from, to } = range('30m');
	const base = { q, from, to };
	const asked = api('logs', base); // what the rows must answer; rows of another question are shown dimmed until then
	// While rows stream in, the counts follow every few seconds; otherwise they stand still with the rows.
	const histogram = useApi<Histogram>(api('logs/histogram', { ...base, buckets: 90 }), following ? { every: 3000 } : {});
	const fields = useApi<Fields>(api('logs/fields', base), following ? { every: 10000 } : {});
	const [found, setFound] = useState<Found>(NOTHING);
	const [error, setError] = useState<ApiError | null>(null);
	const [state, setState] = useState<'first' | 'more' | 'done'>('first');
	const [slow, setSlow] = useState(false);
	const [waiting, setWaiting] = useState<LogRow[]>([]);
	const stored = useRef(waiting);
	stored.current = waiting;
	const [lost, setLost] = useState(0);
	const [table, setTable] = useState(false);
	const [again, setAgain] = useState(0);
	const over = useRef(false), reading = useRef(false); // the pointer is over the rows (or the pill that releases them); rows are scrolled or open
	const query = useRef(0);

	useEffect(() => {
		const abort = new AbortController();
		const mine = ++query.current;
		setState('first'); setWaiting([]); setLost(0);
		const late = setTimeout(() => setSlow(true), 100);
		void ask<Logs>(api('logs', { ...base, limit: PAGE }), abort.signal).then((a) => {
			if (mine !== query.current || abort.signal.aborted) return;
			clearTimeout(late); setSlow(false); setState('done');
			if (!a.ok) { setError(a.error); return; }
			setError(null);
			setFound({ of: asked, rows: a.data.rows, next: a.data.next, scanned: a.data.scanned, cut: a.data.cut, took: a.data.took_ns });
		});
		return () => { abort.abort(); clearTimeout(late); };
	}, [q, from, to, again]);

	const more = (): void => {
		if (state !== 'done' || !found.next) return;
		setState('more');
		const mine = query.current;
		void ask<Logs>(api('logs', { ...base, limit: MORE, after: found.next })).then((a) => {
			if (mine !== query.current) return;
			setState('done');
			if (!a.ok) { setError(a.error); return; }
			setFound((old) => {
				const known = new Set(old.rows.map((r) => r.id));
				return { ...old, rows: [...old.rows, ...a.data.rows.filter((r) => !known.has(r.id))], next: a.data.next, cut: a.data.cut, took: a.data.took_ns };
			});
		});
	};

	const admit = (fresh: LogRow[]): void => setFound((old) => {
		const known = new Set(old.rows.slice(0, 500).map((r) => r.id));
		return { ...old, rows: [...fresh.filter((r) => !known.has(r.id)).reverse(), ...old.rows].slice(0, KEPT_LIVE) };
	});
	useEffect(() => {
		if (!following || to) return;
		// Rows come in bursts: they are gathered for 250 ms, then shown, or counted on the pill while somebody reads.
		let gathered: LogRow[] = [];
		const source = new EventSource(api('logs/tail', { q }));
		source.addEventListener('row', (e) => { gathered.push(JSON.parse((e as MessageEvent<string>).data) as LogRow); });
		source.addEventListener('lost', (e) => { setLost((n) => n + ((JSON.parse((e as MessageEvent<string>).data) as { rows: number }).rows || 0)); });
		const timer = setInterval(() => {
			const fresh = gathered;
			gathered = [];
			const held = over.current || reading.current;
			if (held && fresh.length) setWaiting((old) => [...old, ...fresh].slice(-KEPT_LIVE));
			else if (!held && stored.current.length + fresh.length) { admit([...stored.current, ...fresh]); setWaiting([]); }
		}, 250);
		return () => { clearInterval(timer); source.close(); };
	}, [following, q, to, again]);
	const release = (): void => { admit(waiting); setWaiting([]); document.querySelector('.log-scroll')?.scrollTo(0, 0); };

	const follow = (): void => patch(following ? { live: null } : { live: '1', to: null });
	useKeys((e) => { if (e.key === 'f') { follow(); return true; } return false; });
	const setQuery = (next: string): void => { if (next === q) setAgain((n) => n + 1); else patch({ q: next }); };
	const toggle = (t: string): void => patch({ q: toggleTerm(q, t) });
	const wrong = error?.status === 400 ? error : null;
	const command = `pleach logs ${shellQuote(q)} --from ${cliTime(from)}${to ? ` --to ${cliTime(to)}` : ''}${following ? ' --follow' : ''}`;
	const total = histogram.data?.total;
	const span = (to ? toMs(to) : Date.now()) - toMs(from);

	return (
		<main id="page" class="logs" tabIndex={-1}>
			<h1 class="sr">Logs</h1>
			<div class="logs-head">
				<QueryBox q={q} fields={fields.data} onQuery={setQuery} error={wrong} />
				<button type="button" class={`button ${following ? 'is-on' : ''}`} aria-pressed={following} title="Show rows as they are written (f)" onClick={follow}><Icon name="live" size={14} />Follow</button>
				<CopyButton text={command} label="Copy as command" what="Command copied" />
			</div>
			<div class="logs-chart">
				<div class="legend"><span class="num"><strong>{total === undefined ? '…' : count(total)}</strong> rows</span>{histogram.data?.levels.map((l) => <span key={l.level}><i class={`level-dot lv-${l.level}`} aria-hidden="true" />{l.level} <span class="num dim">{count(l.counts.reduce((a, b) => a + b, 0))}</span></span>)}
					<button type="button" class="link-button" aria-pressed={table} onClick={() => setTable(!table)}>{table ? 'show as chart' : 'show as table'}</button></div>
				{histogram.data ? <LevelHistogram data={histogram.data} table={table} /> : <div class="histogram-space" />}
			</div>
			<div class="logs-body">
				{fields.data?.fields.length ? <Facets fields={fields.data} q={q} toggle={toggle} /> : <div class="facets" />}
				<div class="logs-list" onPointerEnter={() => { over.current = true; }} onPointerLeave={() => { over.current = false; }}>
					{waiting.length ? <button type="button" class="pill new-rows" onClick={release}><Icon name="live" size={13} />{count(waiting.length)} new</button> : null}
					{error && !wrong ? <Failed error={error} what="The search failed" retry={() => setAgain((n) => n + 1)} /> : null}
					{state === 'first' && !found.rows.length && !error ? <Skeleton rows={14} shown={slow} /> : null}
					{state === 'done' && !found.rows.length && !error ? (
						<Empty title={q ? 'No row matches' : 'No row in this time'} command={q ? `pleach logs ${shellQuote(q)} --from 24h` : 'pleach status'}>
							{q ? `Nothing in the last ${duration(span * 1e6)} matches. A longer time, or fewer words, may find it.` : 'Rows appear as soon as a service writes a line. What runs is said by:'}
						</Empty>
					) : null}
					{found.rows.length ? (
						<LogRows rows={found.rows} busy={found.of !== asked || state === 'first'} toggle={toggle} nearEnd={more} onHold={(h) => { reading.current = h; }} {...(total === undefined ? {} : { total })}
							foot={<>{lost ? <p class="is-warning-text">{plural(lost, 'row')} came too fast to be shown; the search has them.</p> : null}
								{found.cut ? <p class="is-warning-text"><Icon name="warning" size={13} /> A limit ended the search early: older rows may be missing. A shorter time or a narrower query sees all.</p> : null}
								<p class="dim">{state === 'more' ? 'More rows are coming …' : found.next ? '' : `${plural(found.rows.length, 'row')}, that is all.`}</p></>} />
					) : null}
					{found.scanned ? <p class="scanned num" role="status">{found.cut ? <Icon name="warning" size={12} label="cut" /> : null}{plural(found.scanned.rows, 'row')} ({bytes(found.scanned.bytes)}) scanned in {plural(found.scanned.segments, 'segment')}, {count(found.scanned.skipped_segments)} skipped · {duration(found.took)}{found.cut ? ' · cut by a limit' : ''}</p> : null}
				</div>
			</div>
		</main>
	);
}
