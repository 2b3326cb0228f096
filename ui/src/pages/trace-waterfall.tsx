// The waterfall: minimap, time axis, a row for each call with its attempts, critical path and gaps, and log lines at their moment in between.
// Only rows in view are in the document, so a trace of thousands of spans scrolls as a small one does.
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { hueVar } from '../colour';
import { Swatch } from '../parts/bits';
import { Icon } from '../parts/icons';
import { duration, ticks } from '../format';
import { reasonWords } from '../words';
import { levelOf } from '../words';
import { Level } from './logs-row';
import { CALL_H, LOG_H, matches, type Attempt, type Call, type Model, type Row } from './trace-model';

export type Window = [number, number]; // the part of the trace in view, ns

function at(ns: number, [a, b]: Window): number {
	return (ns - a) / (b - a) * 100;
}

// Left and width in percent, cut to the view; null when nothing of it is in view.
function span(from: number, to: number, w: Window): { left: string; width: string } | null {
	const a = Math.max(0, at(from, w)), b = Math.min(100, at(to, w));
	return b < 0 || a > 100 ? null : { left: `${a.toFixed(3)}%`, width: `${Math.max(0, b - a).toFixed(3)}%` };
}

function AttemptBar({ a, w }: { a: Attempt; w: Window }): JSX.Element {
	const connectEnd = a.start + Math.max(0, a.connect), first = a.firstByte >= 0 ? a.start + a.firstByte : a.start + a.total, end = a.start + a.total;
	const whole = span(a.start, end, w), connect = a.connect > 0 ? span(a.start, connectEnd, w) : null, rest = a.firstByte >= 0 ? span(first, end, w) : null;
	const failed = a.result !== 'answered';
	return (
		<>
			{whole ? <i class={`attempt ${failed ? 'is-failed' : ''}`} style={whole} /> : null}
			{connect ? <i class="connect" style={connect} /> : null}
			{rest && !failed ? <i class="rest" style={rest} /> : null}
		</>
	);
}

function Bar({ call, w }: { call: Call; w: Window }): JSX.Element {
	const place = span(call.start, call.end, w);
	const end = at(call.end, w), begin = at(call.start, w);
	const label = call.unended ? 'under way' : duration(call.end - call.start);
	const side = end < 88 ? { left: `${Math.max(0, end)}%` } : begin > 12 ? { right: `${100 - begin}%` } : { right: '0' };
	const inside = end >= 88 && begin <= 12;
	return (
		<div class={`bar-line ${call.failed ? 'is-failed' : ''}`} style={{ '--hue': hueVar(call.service) }}>
			{place ? <i class="span-bar" style={place} /> : null}
			{call.attempts.map((a, i) => <AttemptBar key={i} a={a} w={w} />)}
			{call.gaps.map(([a, b], i) => { const s = span(a, b, w); return s ? <i key={`g${i}`} class="gap" style={s} title={`${duration(b - a)} in ${call.service} that no call and no log line explains`} /> : null; })}
			{call.critical.map(([a, b], i) => { const s = span(a, b, w); return s ? <i key={`c${i}`} class="critical" style={s} /> : null; })}
			{end < 0 || begin > 100 ? null : <span class={`took num ${inside ? 'is-inside' : ''}`} style={side}>{label}</span>}
		</div>
	);
}

function CallRow({ row, w, selected, dim, open, fold, closed }: { row: Extract<Row, { kind: 'call' }>; w: Window; selected: boolean; dim: boolean; open: () => void; fold: () => void; closed: boolean }): JSX.Element {
	const c = row.call;
	const inner = c.children.length + c.logs.length;
	const words = c.reason ? reasonWords(c.reason, c.service) : c.failed && c.status > 0 ? `answered ${c.status}` : '';
	return (
		<tr class={`call-row ${selected ? 'is-on' : ''} ${dim ? 'is-dim' : ''} ${c.failed ? 'is-failed' : ''}`} aria-current={selected ? 'true' : undefined} onClick={open}>
			<th scope="row"><div class="call-name" style={{ paddingLeft: `${8 + row.depth * 16}px` }}>
				{inner ? <button type="button" class="twist" aria-expanded={!closed} aria-label={`${closed ? 'Show' : 'Hide'} what is inside ${c.service}`} onClick={(e) => { e.stopPropagation(); fold(); }}><Icon name={closed ? 'next' : 'down'} size={13} /></button> : <span class="twist" />}
				<button type="button" data-row data-span={c.span.id} class="row-button" onClick={(e) => { e.stopPropagation(); open(); }}>
					<Swatch service={c.service} /><strong>{c.service}</strong><span class="op mono">{c.operation}</span>
					<span class="sr">{duration(c.end - c.start)}{c.failed ? `, failed: ${words}` : ''}</span>
				</button>
				{c.attempts.length > 1 ? <span class="times num" title={`${c.attempts.length} attempts`}>×{c.attempts.length}</span> : null}
				{c.failed ? <span class="why-bad" title={words}><Icon name="failure" size={13} />{c.status > 0 ? <span class="num">{c.status}</span> : null}</span> : null}
			</div></th>
			<td><Bar call={c} w={w} />{c.failed && words && at(c.end, w) < 50 && !c.unended ? <span class="reason" style={{ left: `calc(${Math.max(0, at(c.end, w))}% + 60px)` }}>{words}</span> : null}</td>
		</tr>
	);
}

function LogLine({ row, w, selected, dim, open }: { row: Extract<Row, { kind: 'log' }>; w: Window; selected: boolean; dim: boolean; open: () => void }): JSX.Element {
	const x = at(row.at, w);
	const right = x > 55;
	return (
		<tr class={`line-row is-${levelOf(row.log.level)} ${selected ? 'is-on' : ''} ${dim ? 'is-dim' : ''}`} aria-current={selected ? 'true' : undefined} onClick={open}>
			<th scope="row"><div class="call-name" style={{ paddingLeft: `${8 + row.depth * 16}px` }}><span class="twist" /><button type="button" data-row class="row-button" onClick={(e) => { e.stopPropagation(); open(); }}><Swatch service={row.service} /><Level level={row.log.level} /><span class="dim num">{row.at >= 0 ? '+' : '−'}{duration(Math.abs(row.at))}</span><span class="sr">{row.log.service}: {row.log.body}</span></button></div></th>
			<td><div class="line-box">{x < 0 || x > 100 ? null : <i class="moment" style={{ left: `${x}%` }} />}<span class={`said ${right ? 'is-right' : ''}`} aria-hidden="true" title={row.log.body} style={right ? { right: `calc(${Math.max(0, 100 - x)}% + 9px)` } : { left: `calc(${Math.max(0, x)}% + 9px)` }}>{x > 100 ? `${row.log.body} →` : x < 0 ? `← ${row.log.body}` : row.log.body}</span></div></td>
		</tr>
	);
}

function GroupRow({ row, w, dim, toggle }: { row: Extract<Row, { kind: 'group' }>; w: Window; dim: boolean; toggle: () => void }): JSX.Element {
	return (
		<tr class={`call-row group-row ${dim ? 'is-dim' : ''}`} onClick={toggle}>
			<th scope="row"><div class="call-name" style={{ paddingLeft: `${8 + row.depth * 16}px` }}>
				<span class="twist"><Icon name={row.open ? 'down' : 'next'} size={13} /></span>
				<button type="button" data-row class="row-button" aria-expanded={row.open} onClick={(e) => { e.stopPropagation(); toggle(); }}><Swatch service={row.service} /><strong>{row.service}</strong><span class="op">{row.calls.length} calls</span></button>
				{row.failed ? <span class="why-bad"><Icon name="failure" size={13} /><span class="num">{row.failed}</span></span> : null}
			</div></th>
			<td><div class="bar-line" style={{ '--hue': hueVar(row.service) }}>{row.calls.map((c) => { const s = span(c.start, c.end, w); return s ? <i key={c.span.id} class={`span-bar ${c.failed ? 'is-bad' : ''}`} style={s} /> : null; })}</div></td>
		</tr>
	);
}

// The whole trace in small; dragging chooses the part below, a double click shows all again.
function Minimap({ model, w, zoom }: { model: Model; w: Window; zoom: (w: Window | null) => void }): JSX.Element {
	const box = useRef<HTMLDivElement>(null);
	const [drag, setDrag] = useState<[number, number] | null>(null);
	const all = model.duration;
	const H = 40;
	const flat = useMemo(() => { const out: Call[] = []; const walk = (c: Call): void => { out.push(c); c.children.forEach(walk); }; model.roots.forEach(walk); return out; }, [model]);
	const step = Math.min(6, (H - 6) / Math.max(1, flat.length));
	const ns = (e: PointerEvent): number => { const r = box.current!.getBoundingClientRect(); return Math.max(0, Math.min(1, (e.clientX - r.left) / r.width)) * all; };
	const zoomed = w[0] > 0 || w[1] < all;
	return (
		<div class="minimap" ref={box} onDblClick={() => zoom(null)}
			onPointerDown={(e) => { if (e.button === 0) { e.currentTarget.setPointerCapture(e.pointerId); setDrag([ns(e), ns(e)]); } }}
			onPointerMove={(e) => { if (drag) setDrag([drag[0], ns(e)]); }}
			onPointerUp={() => { if (drag) { const a = Math.min(...drag), b = Math.max(...drag); if (b - a > all * 0.004) zoom([a, b]); } setDrag(null); }}
			onPointerCancel={() => setDrag(null)}>
			<svg width="100%" height={H} viewBox={`0 0 1000 ${H}`} preserveAspectRatio="none" role="img" aria-label={`The whole trace, ${duration(all)}`}>
				{flat.slice(0, 2000).map((c, i) => <rect key={c.span.id} x={c.start / all * 1000} width={Math.max(1.5, (c.end - c.start) / all * 1000)} y={3 + i * step} height={Math.max(1, step - 1.5)} style={{ fill: c.failed ? 'var(--failure-line)' : hueVar(c.service) }} />)}
				{zoomed ? <><rect class="veil" x="0" y="0" width={w[0] / all * 1000} height={H} /><rect class="veil" x={w[1] / all * 1000} y="0" width={1000 - w[1] / all * 1000} height={H} /></> : null}
				{drag ? <rect class="brush" x={Math.min(...drag) / all * 1000} y="0" width={Math.abs(drag[1] - drag[0]) / all * 1000} height={H} /> : null}
			</svg>
		</div>
	);
}

export interface WaterfallProps {
	model: Model; rows: Row[]; w: Window; zoom: (w: Window | null) => void; selected: string; find: string; closed: Set<string>;
	open: (row: Row) => void; fold: (key: string) => void; toggleGroup: (key: string) => void;
}

export function Waterfall({ model, rows, w, zoom, selected, find, closed, open, fold, toggleGroup }: WaterfallProps): JSX.Element {
	const box = useRef<HTMLDivElement>(null);
	const [view, setView] = useState({ top: 0, height: 800 });
	const tops = useMemo(() => { let y = 0; const out = rows.map((r) => { const t = y; y += r.kind === 'log' ? LOG_H : CALL_H; return t; }); out.push(y); return out; }, [rows]);
	useEffect(() => {
		const page = document.getElementById('page')!;
		const measure = (): void => setView({ top: Math.max(0, page.scrollTop - (box.current?.offsetTop ?? 0)), height: page.clientHeight });
		measure();
		page.addEventListener('scroll', measure, { passive: true });
		const seen = new ResizeObserver(measure);
		seen.observe(page);
		return () => { page.removeEventListener('scroll', measure); seen.disconnect(); };
	}, []);
	const index = (y: number): number => { let lo = 0, hi = rows.length; while (lo < hi) { const mid = (lo + hi) >> 1; if (tops[mid + 1]! <= y) lo = mid + 1; else hi = mid; } return lo; };
	const first = Math.max(0, index(view.top) - 20), last = Math.min(rows.length, index(view.top + view.height) + 40);
	const marks = ticks(w[0], w[1], 6);
	return (
		<div class="waterfall" ref={box}>
			<div class="wf-head">
				<div class="wf-left">{w[0] > 0 || w[1] < model.duration ? <button type="button" class="link-button" onClick={() => zoom(null)}>show the whole trace</button> : <span class="dim small">drag to look closer</span>}</div>
				<Minimap model={model} w={w} zoom={zoom} />
			</div>
			<div class="wf-rows">
				<div class="wf-grid" aria-hidden="true">{marks.map((t) => <i key={t} style={{ left: `${at(t, w)}%` }} />)}</div>
				<table class="wf-table">
					<caption class="sr">Calls of this trace, with their log lines, in order</caption>
					<thead><tr><th scope="col">Call</th><th scope="col"><span class="sr">Time</span><span class="axis" aria-hidden="true">{marks.map((t) => <span key={t} class="num" style={{ left: `${at(t, w)}%` }}>{t === 0 ? '0' : at(t, w) > 93 ? '' : duration(t)}</span>)}</span></th></tr></thead>
					<tbody>
						{first ? <tr aria-hidden="true"><td colSpan={2} style={{ height: `${tops[first]!}px`, padding: '0' }} /></tr> : null}
						{rows.slice(first, last).map((row) => {
							const dim = find !== '' && !matches(row, find);
							if (row.kind === 'log') return <LogLine key={row.key} row={row} w={w} selected={selected === row.key} dim={dim} open={() => open(row)} />;
							if (row.kind === 'group') return <GroupRow key={row.key} row={row} w={w} dim={dim} toggle={() => toggleGroup(row.key)} />;
							return <CallRow key={row.key} row={row} w={w} selected={selected === row.key} dim={dim} open={() => open(row)} fold={() => fold(row.key)} closed={closed.has(row.key)} />;
						})}
						{last < rows.length ? <tr aria-hidden="true"><td colSpan={2} style={{ height: `${tops[rows.length]! - tops[last]!}px`, padding: '0' }} /></tr> : null}
					</tbody>
				</table>
			</div>
		</div>
	);
}
