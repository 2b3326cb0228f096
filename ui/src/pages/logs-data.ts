// The answers of the log search: one page of rows after another, or a table; rows that stream in while following, held back while somebody reads.
import { useEffect, useRef, useState } from 'preact/hooks';
import { api, ask, type ApiError } from '../api';
import type { Found, LogRow, RowsFound } from '../types';

const PAGE = 200, MORE = 500; // rows asked for at first, and with each step down
const KEPT_LIVE = 5000; // rows kept while following; older ones leave at the end
const GATHER = 250; // ms: rows come in bursts
const TABLE_EVERY = 5000; // ms between counts while following

export interface Question { q: string; from: string; to: string }
export interface Logs {
	of: string; found: Found | null; error: ApiError | null; busy: boolean; first: boolean; slow: boolean; loadingMore: boolean; waiting: number; lost: number;
	more: () => void; release: () => void; reload: () => void; over: (on: boolean) => void; reading: (on: boolean) => void;
}

function merged(old: LogRow[], fresh: LogRow[], where: 'before' | 'after'): LogRow[] {
	const known = new Set((where === 'before' ? old.slice(0, 500) : old).map((r) => r.id));
	const news = fresh.filter((r) => !known.has(r.id));
	return where === 'before' ? [...news.reverse(), ...old].slice(0, KEPT_LIVE) : [...old, ...news];
}

// table: the search makes a table, which is asked for again while following; rows come by the tail instead.
export function useLogs(base: Question, following: boolean, table: boolean): Logs {
	const asked = api('query', { ...base });
	const [answer, setAnswer] = useState<{ of: string; found: Found | null }>({ of: '', found: null });
	const [error, setError] = useState<{ of: string; error: ApiError } | null>(null);
	// Of the tail: an answer of the search, which may come later, says nothing about it.
	const [refused, setRefused] = useState<{ of: string; error: ApiError } | null>(null);
	const [state, setState] = useState<'first' | 'more' | 'done'>('first');
	const [slow, setSlow] = useState(false);
	const [waiting, setWaiting] = useState<LogRow[]>([]);
	const [lost, setLost] = useState(0);
	const [again, setAgain] = useState(0);
	const query = useRef(0), over = useRef(false), reading = useRef(false), stored = useRef(waiting);
	stored.current = waiting;

	useEffect(() => {
		const abort = new AbortController();
		const mine = ++query.current;
		setState('first'); setWaiting([]); setLost(0);
		const late = setTimeout(() => setSlow(true), 100);
		const run = async (): Promise<void> => {
			const a = await ask<Found>(api('query', { ...base, limit: PAGE }), abort.signal);
			if (mine !== query.current || abort.signal.aborted) return;
			clearTimeout(late); setSlow(false); setState('done');
			if (!a.ok) { setError({ of: asked, error: a.error }); return; }
			setError(null);
			setAnswer({ of: asked, found: a.data });
		};
		void run();
		const timer = following && table ? setInterval(() => { if (!document.hidden && !reading.current) void run(); }, TABLE_EVERY) : 0;
		return () => { abort.abort(); clearTimeout(late); clearInterval(timer); };
	}, [asked, again, following && table]);

	const change = (edit: (f: RowsFound) => RowsFound): void => setAnswer((old) => old.found?.kind === 'rows' ? { ...old, found: edit(old.found) } : old);
	const more = (): void => {
		const found = answer.found;
		if (state !== 'done' || answer.of !== asked || !found?.next || found.kind !== 'rows') return;
		setState('more');
		const mine = query.current;
		void ask<Found>(api('query', { ...base, limit: MORE, after: found.next })).then((a) => {
			if (mine !== query.current) return;
			setState('done');
			if (!a.ok) { setError({ of: asked, error: a.error }); return; }
			const next = a.data;
			if (next.kind === 'rows') change((f) => ({ ...next, rows: merged(f.rows, next.rows, 'after') }));
		});
	};

	const admit = (fresh: LogRow[]): void => change((f) => ({ ...f, rows: merged(f.rows, fresh, 'before') }));
	useEffect(() => {
		setRefused(null);
		if (!following || base.to || table) return;
		let gathered: LogRow[] = [];
		const source = new EventSource(api('logs/tail', { q: base.q }));
		source.addEventListener('row', (e) => { gathered.push(JSON.parse((e as MessageEvent<string>).data) as LogRow); });
		source.addEventListener('lost', (e) => { setLost((n) => n + ((JSON.parse((e as MessageEvent<string>).data) as { rows: number }).rows || 0)); });
		source.addEventListener('end', () => source.close()); // a `limit` is reached; left open it would begin again
		// A refusal (a sort cannot be followed) is told in words only to who asks again.
		const abort = new AbortController();
		source.onerror = () => { if (source.readyState === EventSource.CLOSED) void ask(api('logs/tail', { q: base.q }), abort.signal).then((a) => { if (!a.ok && a.error.status && !abort.signal.aborted) setRefused({ of: base.q, error: a.error }); }); };
		const timer = setInterval(() => {
			const fresh = gathered, held = over.current || reading.current;
			gathered = [];
			if (held && fresh.length) setWaiting((old) => [...old, ...fresh].slice(-KEPT_LIVE));
			else if (!held && stored.current.length + fresh.length) { admit([...stored.current, ...fresh]); setWaiting([]); }
		}, GATHER);
		return () => { clearInterval(timer); source.close(); abort.abort(); };
	}, [following, base.q, base.to, table, again]);

	return {
		of: answer.of, found: answer.found, error: error?.of === asked ? error.error : following && refused?.of === base.q ? refused.error : null, busy: answer.of !== asked || state === 'first', first: state === 'first', slow, loadingMore: state === 'more',
		waiting: waiting.length, lost, more, reload: () => setAgain((n) => n + 1),
		release: () => { admit(stored.current); setWaiting([]); },
		over: (on) => { over.current = on; }, reading: (on) => { reading.current = on; },
	};
}
