// Figures for people: units always, three significant digits, a duration chooses its unit.

export function digits3(value: number): string {
	if (!Number.isFinite(value)) return '–';
	const size = Math.abs(value);
	if (size >= 1000) return Math.round(value).toLocaleString('en-US');
	return size >= 100 ? value.toFixed(0) : size >= 10 ? trim(value.toFixed(1)) : trim(value.toFixed(2));
}

function trim(text: string): string {
	return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

export function duration(ns: number | undefined): string {
	if (ns === undefined || ns === null || ns < 0 || !Number.isFinite(ns)) return '–';
	if (ns === 0) return '0 ms';
	if (ns < 1e3) return `${ns} ns`;
	if (ns < 999.5e3) return `${digits3(ns / 1e3)} µs`;
	if (ns < 999.5e6) return `${digits3(ns / 1e6)} ms`;
	if (ns < 60e9) return `${digits3(ns / 1e9)} s`;
	const s = Math.round(ns / 1e9);
	if (s < 3600) return `${Math.floor(s / 60)} min${s % 60 ? ` ${s % 60} s` : ''}`;
	if (s < 86400) return `${Math.floor(s / 3600)} h${Math.floor((s % 3600) / 60) ? ` ${Math.floor((s % 3600) / 60)} min` : ''}`;
	return `${Math.floor(s / 86400)} d${Math.floor((s % 86400) / 3600) ? ` ${Math.floor((s % 86400) / 3600)} h` : ''}`;
}

export function rate(perSecond: number | undefined): string {
	if (!perSecond) return '0/s';
	if (perSecond >= 1e6) return `${digits3(perSecond / 1e6)}M/s`;
	if (perSecond >= 1e4) return `${digits3(perSecond / 1e3)}k/s`;
	if (perSecond < 0.05) return `${digits3(perSecond * 60)}/min`;
	return `${digits3(perSecond)}/s`;
}

export function percent(part: number | undefined): string {
	if (!part) return '0 %';
	const p = part * 100;
	return p < 0.01 ? '<0.01 %' : `${digits3(p)} %`;
}

export function count(n: number): string {
	return n >= 1e6 ? `${digits3(n / 1e6)} M` : Math.round(n).toLocaleString('en-US');
}

export function plural(n: number, one: string, many = one + 's'): string {
	return `${count(n)} ${n === 1 ? one : many}`;
}

export function bytes(n: number): string {
	if (n < 1000) return `${n} B`;
	const units = ['kB', 'MB', 'GB', 'TB'];
	let i = -1;
	do { n /= 1000; i++; } while (n >= 999.5 && i < units.length - 1);
	return `${digits3(n)} ${units[i]}`;
}

// ms since 1970, with fraction; enough for showing, never for sending back.
export function nsToMs(ns: string | number): number {
	return typeof ns === 'number' ? ns / 1e6 : Number(ns) / 1e6;
}

export function msToNs(ms: number): string {
	return `${BigInt(Math.round(ms * 1000)) * 1000n}`;
}

// The difference of two ns values as a number: exact for anything shorter than 104 days.
export function nsBetween(from: string, to: string): number {
	return Number(BigInt(to) - BigInt(from));
}

const pad = (n: number, width = 2): string => String(n).padStart(width, '0');

export function clock(ms: number, fraction = 3): string {
	const d = new Date(ms);
	const base = `${pad(d.getHours())}:${pad(d.getMinutes())}:${pad(d.getSeconds())}`;
	return fraction ? `${base}.${pad(d.getMilliseconds(), 3)}` : base;
}

export function day(ms: number): string {
	const d = new Date(ms);
	return `${d.getFullYear()}-${pad(d.getMonth() + 1)}-${pad(d.getDate())}`;
}

export function absolute(ms: number): string {
	return `${day(ms)} ${clock(ms)}`;
}

export function ago(ms: number, now = Date.now()): string {
	const s = (now - ms) / 1000;
	if (s < 1.5) return 'now';
	if (s < 59.5) return `${Math.round(s)} s ago`;
	if (s < 3570) return `${Math.round(s / 60)} min ago`;
	if (s < 86000) return `${digits3(Math.round(s / 360) / 10)} h ago`;
	return `${Math.round(s / 86400)} d ago`;
}

export function since(ms: number): string {
	return duration(Math.max(0, Math.round((Date.now() - ms) / 1000)) * 1e9);
}

// Round steps for a time axis: about `want` ticks in [from, to], all in ns or all in ms.
export function ticks(from: number, to: number, want: number): number[] {
	const span = to - from;
	if (!(span > 0)) return [from];
	const raw = span / want;
	const power = 10 ** Math.floor(Math.log10(raw));
	const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw) ?? 10 * power;
	const out: number[] = [];
	for (let t = Math.ceil(from / step) * step; t <= to; t += step) out.push(t);
	return out;
}

const CLOCK_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800];

// Ticks of the wall clock (ms), with labels that are as short as the step allows.
export function clockTicks(from: number, to: number, want: number): { at: number; label: string }[] {
	const raw = (to - from) / want / 1000;
	const step = (CLOCK_STEPS.find((s) => s >= raw) ?? 604800) * 1000;
	const zone = new Date(from).getTimezoneOffset() * 60000;
	const out: { at: number; label: string }[] = [];
	for (let t = Math.ceil((from - zone) / step) * step + zone; t <= to; t += step) {
		const d = new Date(t);
		const label = step >= 86400_000 ? `${pad(d.getMonth() + 1)}-${pad(d.getDate())}` : clock(t, 0).slice(0, step < 60_000 ? 8 : 5);
		out.push({ at: t, label });
	}
	return out;
}
