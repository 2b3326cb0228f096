// The frame of every page: rail, top bar with fleet, search and time range, bars for what a reader must know first, help.
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { reached, useApi } from '../api';
import { absolute, ago, clock, day, duration, plural } from '../format';
import { GOTO, helpOpen } from '../keys';
import { go, param, patch, route } from '../router';
import { fleet, fleetKnown, live, notice, now, pageLink, range, setTime, status, theme, there, ticks, toMs, type Theme } from '../state';
import type { Findings } from '../types';
import { Icon, type IconName } from './icons';

const PAGES: [string, string, IconName][] = [['/advice', 'Advice', 'advice'], ['/map', 'Map', 'map'], ['/findings', 'Findings', 'findings'], ['/logs', 'Logs', 'logs'], ['/traces', 'Traces', 'traces'], ['/services', 'Services', 'services'], ['/catalog', 'Catalogue', 'catalog'], ['/contracts', 'Contracts', 'contracts'], ['/matrix', 'Matrix', 'matrix'], ['/migrations', 'Migrations', 'migrations']];

// A page that is only sometimes there stays while one is on it.
function listed(path: string, here: string): boolean {
	return path === here || (path !== '/matrix' && path !== '/migrations') || there.value[path === '/matrix' ? 'integrations' : 'migrations'];
}

function Rail(): JSX.Element {
	const findings = useApi<Findings>('/api/findings', { tick: ticks.findings.value });
	const open = findings.data?.findings.filter((f) => f.severity !== 'info') ?? [];
	const here = '/' + (({ trace: 'traces', integrations: 'matrix' } as Record<string, string>)[route.value.parts[0] ?? 'map'] ?? route.value.parts[0] ?? 'map');
	return (
		<nav class="rail" aria-label="Pages">
			<a class="mark" href="/map" aria-label="Pleach: to the map" title="Pleach"><svg width="28" height="28" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round" aria-hidden="true"><path d="M3 6c6.5 0 5.5 12 12 12h6" /><path d="M3 18c2.6 0 4-1.9 5.2-4.2M11 9.4C12 7.4 13.200 6 15 6h6" /></svg></a>
			{PAGES.filter(([path]) => listed(path, here)).map(([path, name, icon]) => (
				<a key={path} class="page" href={pageLink(path)} aria-current={here === path ? 'page' : undefined}>
					<Icon name={icon} size={18} />{name}
					{path === '/findings' && open.length ? <span class={`badge ${open.some((f) => f.severity === 'failure') ? 'is-failure' : ''}`}><span class="sr">, open: </span>{open.length}</span> : null}
				</a>
			))}
			<span class="push" />
			<div class="foot">
				<ThemeButton />
				<button type="button" class="icon-button" aria-label="Keys and help" title="Keys and help (?)" onClick={() => { helpOpen.value = true; }}><Icon name="keyboard" /></button>
			</div>
		</nav>
	);
}

function ThemeButton(): JSX.Element {
	const next: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' };
	const icon: Record<Theme, IconName> = { system: 'system', light: 'sun', dark: 'moon' };
	const label = `Colours: ${theme.value === 'system' ? 'as the system' : theme.value}; change to ${next[theme.value] === 'system' ? 'as the system' : next[theme.value]}`;
	return <button type="button" class="icon-button" aria-label={label} title={label} data-theme-toggle onClick={() => { theme.value = next[theme.value]; }}><Icon name={icon[theme.value]} /></button>;
}

// One box for everything: an id opens its trace, a service's name its page, anything else is searched in the logs.
async function searchTarget(text: string): Promise<string> {
	const id = /^(?:00-)?([0-9a-f]{32})(?:-[0-9a-f]{16}-[0-9a-f]{2})?$/i.exec(text);
	if (id) return `/trace/${id[1]!.toLowerCase()}`;
	await fleetKnown();
	if (fleet.value?.services.some((s) => s.service === text) || status.value?.services.some((s) => s.service === text)) return pageLink(`/services/${encodeURIComponent(text)}`);
	const team = fleet.value?.teams.find((t) => t.team === text);
	if (team) return pageLink('/services', { team: team.team });
	return pageLink('/logs', { q: text });
}

function Search(): JSX.Element {
	const [text, setText] = useState('');
	const known = fleet.value;
	return (
		<form class="search" role="search" onSubmit={(e) => { e.preventDefault(); const t = text.trim(); if (!t) return; setText(''); (e.currentTarget.querySelector('input') as HTMLInputElement).blur(); void searchTarget(t).then((url) => go(url)); }}>
			<Icon name="search" size={15} />
			<input data-search="top" type="search" list="known" value={text} onInput={(e) => setText(e.currentTarget.value)} aria-label="Search everything: an id, a service, a team, an error phrase" placeholder="An id, a service, a team, an error phrase" autocomplete="off" spellcheck={false} />
			<kbd aria-hidden="true">/</kbd>
			<datalist id="known">{known?.services.map((s) => <option key={s.service} value={s.service} />)}{known?.teams.map((t) => <option key={t.team} value={t.team} />)}</datalist>
		</form>
	);
}

const PRESETS: [string, string][] = [['5m', '5 min'], ['15m', '15 min'], ['30m', '30 min'], ['1h', '1 h'], ['3h', '3 h'], ['12h', '12 h'], ['1d', '1 day'], ['7d', '7 days']];

export function standardRange(): string {
	const page = route.value.parts[0] ?? 'map';
	return page === 'map' ? '5m' : '30m';
}

function local(ms: number): string {
	return `${day(ms)}T${clock(ms, 0)}`;
}

function TimeRange(): JSX.Element {
	const [open, setOpen] = useState(false);
	const box = useRef<HTMLDivElement>(null);
	const { from, to, live: isLive } = range(standardRange());
	const fromMs = toMs(from), toNow = to ? toMs(to) : Date.now();
	const preset = PRESETS.find(([v]) => v === from && isLive);
	const [a, setA] = useState(''); const [b, setB] = useState('');
	useEffect(() => {
		if (!open) return;
		setA(local(fromMs)); setB(local(toNow));
		const away = (e: Event): void => { if (!box.current?.contains(e.target as Node)) setOpen(false); };
		document.addEventListener('pointerdown', away);
		return () => document.removeEventListener('pointerdown', away);
	}, [open]);
	const short = (ms: number): string => day(ms) === day(Date.now()) ? clock(ms, 0) : `${day(ms).slice(5)} ${clock(ms, 0)}`;
	const label = preset ? `Last ${preset[1]}` : isLive ? `Last ${duration((toNow - fromMs) * 1e6)}` : `${short(fromMs)} – ${short(toNow)}`;
	return (
		<div class="popover" ref={box} onKeyDown={(e) => { if (e.key === 'Escape' && open) { e.preventDefault(); setOpen(false); box.current?.querySelector('button')?.focus(); } }}>
			<button type="button" class="button num" aria-expanded={open} aria-haspopup="dialog" title={`${absolute(fromMs)} to ${to ? absolute(toNow) : 'now'}`} onClick={() => setOpen(!open)}><Icon name="clock" size={14} />{label}<Icon name="down" size={13} /></button>
			{open ? (
				<div class="sheet" role="dialog" aria-label="Time range">
					<div class="presets">{PRESETS.map(([v, t]) => <button type="button" key={v} class={`button ${preset?.[0] === v ? 'is-on' : ''}`} onClick={() => { setTime(v, null); setOpen(false); }}>{t}</button>)}</div>
					<form onSubmit={(e) => { e.preventDefault(); const x = Date.parse(a), y = Date.parse(b); if (x < y) { setTime(String(x), String(y)); setOpen(false); } }}>
						<label>From<input class="field num" type="datetime-local" step="1" value={a} onInput={(e) => setA(e.currentTarget.value)} /></label>
						<label>To<input class="field num" type="datetime-local" step="1" value={b} onInput={(e) => setB(e.currentTarget.value)} /></label>
						<div class="row"><button type="submit" class="button primary" disabled={!(Date.parse(a) < Date.parse(b))}>Use this time</button></div>
					</form>
				</div>
			) : null}
		</div>
	);
}

function Live(): JSX.Element {
	const isLive = !param('to');
	if (!isLive) return <button type="button" class="button" title="Back to now" onClick={() => patch({ from: null, to: null })}><Icon name="live" size={14} />Back to now</button>;
	const age = now.value - reached.value.at;
	return <span class="chip" title={live.value === 'open' ? 'Live: events arrive as they happen' : 'Live events are interrupted; the page asks again'}>
		<Icon name="live" size={13} />{live.value === 'open' && !reached.value.down ? 'live' : `${ago(now.value - age, now.value)}`}</span>;
}

function Top(): JSX.Element {
	const f = fleet.value, s = status.value;
	const services = s?.services.filter((x) => !x.part) ?? [];
	const well = services.filter((x) => x.healthy >= x.wanted).length;
	return (
		<header class="top">
			<a class="fleet" href={pageLink('/services')} title={s ? `${well} of ${services.length} services have all the instances that are wanted` : undefined}>
				<span class={`dot ${s ? (s.healthy ? 'is-ok' : 'is-failure') : ''}`} aria-hidden="true" />{f?.fleet ?? '…'}
				<span class="dim small num">{s ? `${well}/${services.length}` : ''}<span class="sr"> services healthy</span></span>
			</a>
			<Search />
			<div class="tools"><Live /><TimeRange /></div>
		</header>
	);
}

function Bars(): JSX.Element {
	const f = fleet.value;
	const old = Math.round((now.value - reached.value.at) / 1000);
	return (
		<div class="bars">
			{reached.value.down && old >= 3 ? <div class="bar is-failure" role="alert"><Icon name="failure" size={14} /><span>Control does not answer. What you see is {old} s old; <code>pleach status</code> says what runs.</span></div> : null}
			{f?.error ? <div class="bar is-failure" role="alert"><Icon name="failure" size={14} /><span><code>{f.error.file}{f.error.line ? `:${f.error.line}:${f.error.column ?? 1}` : ''}</code> {f.error.message}. The last good state goes on.</span></div> : null}
			{f?.warnings.length ? <div class="bar is-warning"><Icon name="warning" size={14} /><span>{plural(f.warnings.length, 'warning')} in the fleet’s files, first: <code>{f.warnings[0]!.file}:{f.warnings[0]!.line}</code> {f.warnings[0]!.message}</span></div> : null}
		</div>
	);
}

const KEYS: [string, [string, string][]][] = [
	['Everywhere', [['/', 'Search'], ['?', 'This help'], ['Esc', 'Close, go back'], ...Object.entries(GOTO).map(([k, [, name]]) => [`g ${k}`, `Go to ${name}`] as [string, string])]],
	['Lists', [['j', 'Next row'], ['k', 'Row before'], ['Enter', 'Open']]],
	['Matrix', [['← → ↑ ↓', 'Next pair'], ['Enter', 'Its versions and results']]],
	['Map', [['Tab', 'Next service or dependency'], ['Enter', 'Open it'], ['t', 'As table, as map'], ['0', 'Fit into the page']]],
	['Trace', [['l', 'Log lines on, off'], ['c', 'Fold by service'], ['z', 'Whole trace again']]],
	['Logs', [['j k Enter', 'Walk and open rows'], ['c', 'Lines around a row'], ['f', 'Follow'], ['p', 'Patterns, rows'], ['h', 'To the histogram: ← → Shift Enter']]],
];

function Help(): JSX.Element | null {
	const box = useRef<HTMLDivElement>(null);
	useLayoutEffect(() => { if (helpOpen.value) box.current?.focus(); }, [helpOpen.value]);
	if (!helpOpen.value) return null;
	return (
		<div class="overlay" onClick={(e) => { if (e.target === e.currentTarget) helpOpen.value = false; }}>
			<div class="dialog" role="dialog" aria-modal="true" aria-label="Keys" tabIndex={-1} ref={box}>
				<header><h2>Keys</h2><button type="button" class="icon-button" aria-label="Close help" onClick={() => { helpOpen.value = false; }}><Icon name="close" /></button></header>
				<div class="keys">{KEYS.map(([name, keys]) => <div key={name}><h3>{name}</h3><ul>{keys.map(([k, what]) => <li key={k}><span>{what}</span><span>{k.split(' ').map((p) => <><kbd key={p}>{p}</kbd> </>)}</span></li>)}</ul></div>)}</div>
			</div>
		</div>
	);
}

export function Shell({ children }: { children: ComponentChildren }): JSX.Element {
	return (
		<>
			<a class="skip" href="#page">To the content</a>
			<Rail />
			<Top />
			<div class="main">
				<Bars />
				{children}
			</div>
			<Help />
			<div class="toast" role="status" aria-live="polite">{notice.value}</div>
		</>
	);
}
