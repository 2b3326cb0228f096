// What all pages share: theme, time range, the fleet, live events, and what the keyboard's focus of attention is.
import { computed, effect, signal, untracked } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ask } from './api';
import { link, param, patch, route } from './router';
import type { Fleet, Status } from './types';

export type Theme = 'system' | 'light' | 'dark';
const stored = ((): Theme => {
	try { const t = localStorage.getItem('pleach.theme'); return t === 'light' || t === 'dark' ? t : 'system'; } catch { return 'system'; }
})();
export const theme = signal<Theme>(stored);
const prefersDark = matchMedia('(prefers-color-scheme: dark)');
const systemDark = signal(prefersDark.matches);
prefersDark.addEventListener('change', (e) => { systemDark.value = e.matches; });
export const dark = computed(() => theme.value === 'dark' || (theme.value === 'system' && systemDark.value));

effect(() => {
	if (theme.value === 'system') delete document.documentElement.dataset['theme'];
	else document.documentElement.dataset['theme'] = theme.value;
	try { theme.value === 'system' ? localStorage.removeItem('pleach.theme') : localStorage.setItem('pleach.theme', theme.value); } catch { /* private mode: the choice lasts as long as the page */ }
});

// Ticks once a second for "12 s ago"; pages that show ages read it.
export const now = signal(Date.now());
setInterval(() => { if (!document.hidden) now.value = Date.now(); }, 1000);

// Live events of control. Each kind has a counter; a page passes the counter to useApi and is asked again when it moves.
export const ticks = { status: signal(0), findings: signal(0), snapshot: signal(0) };
export const live = signal<'connecting' | 'open' | 'lost'>('connecting');

export function startEvents(): void {
	const source = new EventSource('/api/events');
	source.onopen = () => { live.value = 'open'; };
	source.onerror = () => { live.value = 'lost'; };
	const last: Record<string, number> = {};
	for (const [name, counter] of Object.entries(ticks)) {
		source.addEventListener(name, () => {
			// At most one reload a second per kind, however many events come; the last one always counts.
			const wait = Math.max(0, 1000 - (Date.now() - (last[name] ?? 0)));
			last[name] = Date.now() + wait;
			setTimeout(() => { counter.value++; }, wait);
		});
	}
}

export const fleet = signal<Fleet | null>(null);
export const status = signal<Status | null>(null);

async function askFleet(): Promise<void> {
	const answer = await ask<Fleet>('/api/fleet');
	if (answer.ok) fleet.value = answer.data;
}

// Resolves once the fleet is known, or cannot be: what somebody types right after the start must mean the same as a second later.
export async function fleetKnown(): Promise<void> {
	if (!fleet.value) await askFleet();
}

// Pages that are listed only when there is something on them. What was there last time is believed at once, so that the rail does not jump.
export type Sometimes = 'integrations' | 'migrations';
const SOMETIMES: Sometimes[] = ['integrations', 'migrations'];
const believed = ((): string[] => { try { return (localStorage.getItem('pleach.pages') ?? '').split(','); } catch { return []; } })();
export const there = signal<Record<Sometimes, boolean>>({ integrations: believed.includes('integrations'), migrations: believed.includes('migrations') });

// Whether this control answers it at all.
export function offers(name: Sometimes): boolean {
	return fleet.value?.guests?.includes(`/api/${name}`) ?? false;
}

async function askPages(): Promise<void> {
	for (const name of SOMETIMES) {
		if (!offers(name)) { there.value = { ...there.value, [name]: false }; continue; }
		const answer = await ask<Partial<Record<Sometimes, unknown[]>>>(`/api/${name}?limit=1`);
		if (answer.ok) there.value = { ...there.value, [name]: Boolean(answer.data[name]?.length) };
	}
	try { localStorage.setItem('pleach.pages', SOMETIMES.filter((n) => there.value[n]).join(',')); } catch { /* private mode: asked again */ }
}

export function startFleet(): void {
	effect(() => { if (fleet.value) void untracked(askPages); });
	setInterval(() => { if (!document.hidden && fleet.value) void askPages(); }, 60_000);
	effect(() => { void ticks.snapshot.value; void askFleet(); });
	effect(() => { void ticks.status.value; void ask<Status>('/api/status').then((a) => { if (a.ok) status.value = a.data; }); });
	setInterval(() => { if (!document.hidden) ticks.status.value++; }, 10_000);
}

export function contactOf(service: string): { owner: string; contact: string } {
	const found = fleet.value?.services.find((s) => s.service === service);
	return { owner: found?.owner ?? '', contact: found?.contact ?? '' };
}

// The time range of the page: `from` and `to` as the API takes them. No `to` means now, and the page stays live.
export function range(standard: string): { from: string; to: string; live: boolean } {
	const from = param('from') || standard;
	const to = param('to');
	return { from, to, live: !to };
}

// Sets the page's time. A `last:30m` in a query would win over it, so choosing a time takes it out of the text.
export function setTime(from: string | null, to: string | null): void {
	const q = param('q').replace(/(^|\s)last:\S+/gi, '').trim();
	patch({ from, to, q, ...(to ? { live: null } : {}) });
}

// A range given by a brush: exact ms as Unix time in ms.
export function setRange(from: number, to: number): void {
	setTime(String(Math.round(from)), String(Math.round(to)));
}

const UNITS: Record<string, number> = { ms: 1, s: 1e3, m: 60e3, min: 60e3, h: 3600e3, d: 86400e3, w: 7 * 86400e3 };

// ms since 1970 of a range's end as a person or a brush gave it.
export function toMs(text: string, at = Date.now()): number {
	const relative = /^(\d+(?:\.\d+)?)(ms|s|min|m|h|d|w)$/.exec(text);
	if (relative) return at - Number(relative[1]) * UNITS[relative[2]!]!;
	if (/^\d+$/.test(text)) {
		const n = Number(text);
		return text.length <= 11 ? n * 1e3 : text.length <= 14 ? n : text.length <= 17 ? n / 1e3 : n / 1e6;
	}
	const parsed = Date.parse(text);
	return Number.isNaN(parsed) ? at : parsed;
}

// A time as the commands take it: a duration back from now as it is, a moment as RFC 3339.
export function cliTime(text: string): string {
	return /^\d+$/.test(text) ? new Date(toMs(text)).toISOString() : text;
}

// A link to another page that keeps the time range a person has chosen.
export function pageLink(path: string, query: Record<string, string | undefined> = {}): string {
	void route.value;
	return link(path, { ...query, from: query['from'] ?? param('from'), to: query['to'] ?? param('to') });
}

export function useTitle(text: string): void {
	useEffect(() => { document.title = `${text} · Pleach`; }, [text]);
}

// Short news for everyone, read out by screen readers: "copied".
export const notice = signal('');
let noticeTimer = 0;
export function say(text: string): void {
	notice.value = text;
	clearTimeout(noticeTimer);
	noticeTimer = window.setTimeout(() => { notice.value = ''; }, 2500);
}

export async function copy(text: string, what = 'Copied'): Promise<void> {
	try { await navigator.clipboard.writeText(text); say(what); }
	catch { say('The browser does not allow copying'); }
}
