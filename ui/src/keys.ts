// The keyboard. Pages register rows to walk through (j, k, Enter) and their own keys; the rest is the same everywhere.
import { signal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { go } from './router';
import { pageLink } from './state';

export const helpOpen = signal(false);
export const GOTO: Record<string, [string, string]> = {
	a: ['/advice', 'Advice'], m: ['/map', 'Map'], l: ['/logs', 'Logs'], t: ['/traces', 'Traces'], f: ['/findings', 'Findings'], s: ['/services', 'Services'], c: ['/contracts', 'Contracts'],
	o: ['/catalog', 'Catalogue'], x: ['/matrix', 'Matrix'], v: ['/migrations', 'Migrations'],
};

type Handler = (event: KeyboardEvent) => boolean | void; // true: taken
const handlers: Handler[] = [];

// The newest component is asked first: an open panel's Esc comes before the page's. What is seen already listens: it is registered before its first
// picture, and what it does is always that of the newest rendering; an effect would lag behind somebody who types fast.
export function useKeys(handler: Handler): void {
	const newest = useRef(handler);
	newest.current = handler;
	useLayoutEffect(() => {
		const ask: Handler = (event) => newest.current(event);
		handlers.unshift(ask);
		return () => { handlers.splice(handlers.indexOf(ask), 1); };
	}, []);
}

const G_LASTS = 5000; // ms: long enough for a slow machine, short enough to be forgotten
let pendingG = 0;

function typing(target: EventTarget | null): boolean {
	return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

export function startKeys(): void {
	document.addEventListener('keydown', (event) => {
		if (event.metaKey || event.ctrlKey || event.altKey || event.defaultPrevented) return;
		if (typing(event.target)) {
			if (event.key === 'Escape') (event.target as HTMLElement).blur();
			return;
		}
		if (helpOpen.value && event.key === 'Escape') { helpOpen.value = false; event.preventDefault(); return; }
		if (pendingG && Date.now() - pendingG < G_LASTS && GOTO[event.key]) {
			pendingG = 0;
			event.preventDefault();
			go(pageLink(GOTO[event.key]![0]));
			return;
		}
		pendingG = event.key === 'g' ? Date.now() : 0;
		for (const handler of [...handlers]) if (handler(event)) { event.preventDefault(); return; }
		if (event.key === '/') { event.preventDefault(); (document.querySelector<HTMLInputElement>('[data-search="page"]') ?? document.querySelector<HTMLInputElement>('[data-search="top"]'))?.focus(); }
		if (event.key === '?') { event.preventDefault(); helpOpen.value = true; }
	});
}

// Rows of a plain table or list: j and k move the focus between elements marked data-row, Enter is the element's own (a link or a button).
export function useRowKeys(selector = '[data-row]'): void {
	useKeys((event) => {
		if (event.key !== 'j' && event.key !== 'k') return false;
		const rows = [...document.querySelectorAll<HTMLElement>(selector)];
		if (!rows.length) return false;
		const at = rows.findIndex((r) => r === document.activeElement || r.contains(document.activeElement));
		const next = rows[Math.min(rows.length - 1, Math.max(0, at < 0 ? 0 : at + (event.key === 'j' ? 1 : -1)))]!;
		next.focus();
		next.scrollIntoView({ block: 'nearest' });
		return true;
	});
}
