// The address is the state: every page reads its whole state from `route` and changes it with `go` or `patch`.
import { signal } from '@preact/signals';

export interface Route { path: string; parts: string[]; query: URLSearchParams }

function read(): Route {
	const path = location.pathname === '/' ? '/advice' : location.pathname;
	return { path, parts: path.split('/').filter(Boolean).map(safeDecode), query: new URLSearchParams(location.search) };
}

export function safeDecode(text: string): string {
	try { return decodeURIComponent(text); } catch { return text; }
}

export const route = signal<Route>(read());

// Where focus goes and what scrolls is the page's matter; a change of page (not of its query) starts at its top.
export function go(url: string, how: { replace?: boolean } = {}): void {
	const samePage = new URL(url, location.href).pathname === location.pathname;
	if (how.replace) history.replaceState(null, '', url);
	else if (url !== location.pathname + location.search) history.pushState(null, '', url);
	route.value = read();
	if (!samePage) document.getElementById('page')?.scrollTo(0, 0);
}

// Builds the address of the current page with some parameters changed; null or '' removes one.
export function withQuery(change: Record<string, string | null | undefined>, path = location.pathname): string {
	const query = new URLSearchParams(location.search);
	for (const [key, value] of Object.entries(change)) {
		if (value === null || value === undefined || value === '') query.delete(key);
		else query.set(key, value);
	}
	return link(path, Object.fromEntries(query));
}

export function patch(change: Record<string, string | null | undefined>, how: { replace?: boolean } = {}): void {
	go(withQuery(change), how);
}

// An address with parameters; empty ones are left out. Colons, commas and angle brackets stay readable.
export function link(path: string, query: Record<string, string | undefined> = {}): string {
	const text = Object.entries(query).filter(([, v]) => v).map(([k, v]) => `${k}=${encodeURIComponent(v!).replace(/%(3A|2C|3C|3E|2F|3D|7C|28|29)/g, decodeURIComponent).replace(/%20/g, '+')}`).join('&');
	return text ? `${path}?${text}` : path;
}

export function param(name: string): string {
	return route.value.query.get(name) ?? '';
}

export function startRouter(): void {
	addEventListener('popstate', () => { route.value = read(); });
	document.addEventListener('click', (event) => {
		if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
		const anchor = (event.target as Element).closest?.('a[href]') as Element | null;
		const href = anchor?.getAttribute('href');
		if (!anchor || !href?.startsWith('/') || anchor.hasAttribute('download') || anchor.getAttribute('target')) return;
		event.preventDefault();
		go(href);
	});
}
