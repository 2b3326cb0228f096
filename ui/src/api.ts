// Asking control: one fetch wrapper with errors as values, and a hook that keeps the last answer while the next one is on its way.
import { signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';

export interface ApiError { status: number; error: string; message: string; file?: string; line?: number; column?: number }
export type Answer<T> = { ok: true; data: T } | { ok: false; error: ApiError };

// When control last answered anything, and whether it does at all: the bar "data is 42 s old" reads this.
export const reached = signal<{ at: number; down: boolean; message: string }>({ at: Date.now(), down: false, message: '' });

export function ask<T>(url: string, abort?: AbortSignal): Promise<Answer<T>> {
	return exchange<T>(url, { headers: { accept: 'application/json' } }, abort);
}

// Changes something; control takes it from its own page alone.
export function send<T>(method: 'PUT' | 'POST', url: string, body: unknown): Promise<Answer<T>> {
	return exchange<T>(url, { method, headers: { accept: 'application/json', 'content-type': 'application/json' }, body: JSON.stringify(body) });
}

async function exchange<T>(url: string, how: RequestInit, abort?: AbortSignal): Promise<Answer<T>> {
	let response: Response;
	try {
		response = await fetch(url, { ...how, signal: abort ?? null });
	} catch (e) {
		if (abort?.aborted) return { ok: false, error: { status: 0, error: 'aborted', message: '' } };
		reached.value = { ...reached.value, down: true, message: String((e as Error).message) };
		return { ok: false, error: { status: 0, error: 'unavailable', message: 'control does not answer; `pleach status` says what runs' } };
	}
	reached.value = { at: Date.now(), down: false, message: '' };
	let body: unknown = null;
	try { body = await response.json(); } catch { /* an error without a JSON body is described below */ }
	if (abort?.aborted) return { ok: false, error: { status: 0, error: 'aborted', message: '' } };
	if (response.ok && (body !== null || response.status === 204)) return { ok: true, data: body as T };
	const said = (body ?? {}) as Partial<ApiError>;
	return { ok: false, error: { status: response.status, error: said.error ?? 'unknown', message: said.message ?? `answered ${response.status}`, ...(said.file ? { file: said.file } : {}), ...(said.line ? { line: said.line } : {}), ...(said.column ? { column: said.column } : {}) } };
}

// An API address; empty parameters are left out.
export function api(path: string, query: Record<string, string | number | undefined | null> = {}): string {
	const search = new URLSearchParams();
	for (const [key, value] of Object.entries(query)) if (value !== undefined && value !== null && value !== '') search.set(key, String(value));
	const text = search.toString();
	return `/api/${path}${text ? `?${text}` : ''}`;
}

export interface Loaded<T> { data: T | null; error: ApiError | null; at: number; loading: boolean; slow: boolean; reload: () => void }

// Asks for `url` (null: nothing to ask), again every `every` ms while the page is visible, and whenever `tick` changes.
// While it asks for a different address the old answer stays (`loading`), so that nothing jumps; `slow` after 100 ms without any answer.
export function useApi<T>(url: string | null, how: { every?: number; tick?: unknown; keep?: boolean } = {}): Loaded<T> {
	const [state, setState] = useState<{ url: string | null; data: T | null; error: ApiError | null; at: number }>({ url: null, data: null, error: null, at: 0 });
	const [slow, setSlow] = useState(false);
	const [again, setAgain] = useState(0);
	const last = useRef<string | null>(null);

	useEffect(() => {
		if (!url) return;
		const abort = new AbortController();
		const changed = last.current !== url;
		last.current = url;
		const late = setTimeout(() => setSlow(true), 100);
		const run = async (): Promise<void> => {
			const answer = await ask<T>(url, abort.signal);
			if (abort.signal.aborted) return;
			clearTimeout(late);
			setSlow(false);
			setState((old) => answer.ok ? { url, data: answer.data, error: null, at: Date.now() }
				: { url, data: changed && how.keep === false ? null : old.data, error: answer.error, at: old.at });
		};
		void run();
		const timer = how.every ? setInterval(() => { if (!document.hidden) void run(); }, how.every) : 0;
		return () => { abort.abort(); clearTimeout(late); if (timer) clearInterval(timer); };
	}, [url, how.every, how.tick, again]);

	const stale = how.keep === false && state.url !== url;
	return { data: stale ? null : state.data, error: stale ? null : state.error, at: state.at, loading: url !== null && state.url !== url, slow, reload: () => setAgain((n) => n + 1) };
}
