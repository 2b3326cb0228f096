// The picture: SVG of nodes and links, pan and zoom, hover that dims what is not connected. Everything is reachable by Tab and opens by Enter.
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { hueVar } from '../colour';
import { duration, percent, plural, rate } from '../format';
import { useKeys } from '../keys';
import type { MapNode } from '../types';
import { Icon } from '../parts/icons';
import { useSize } from '../parts/size';
import { layoutOf, type Spot, type Wire } from './map-layout';
import type { Link, Picture } from './map-model';

const NARROW = 1180; // px: below this the layers stand closer together

// What is seen and what is pressed are siblings: the button has a name of its own that says everything in words.
function press(open: () => void): { onClick: () => void; onKeyDown: (e: KeyboardEvent) => void } {
	return { onClick: open, onKeyDown: (e) => { if (e.key === 'Enter' || e.key === ' ') { e.preventDefault(); e.stopPropagation(); open(); } } };
}

// The ring: its red part is the share of calls that failed (at least a visible notch), inside stands healthy of wanted.
function Ring({ x, y, node }: { x: number; y: number; node: MapNode }): JSX.Element {
	const r = 17, round = 2 * Math.PI * r;
	const bad = node.error_rate ? Math.max(0.05, Math.min(1, node.error_rate)) : 0;
	const short = (node.healthy ?? 0) < (node.wanted ?? 0);
	return (
		<g>
			<circle class={`ring ${node.calls ? 'is-live' : ''}`} cx={x} cy={y} r={r} />
			{bad ? <circle class="ring-bad" cx={x} cy={y} r={r} stroke-dasharray={`${bad * round} ${round}`} transform={`rotate(-90 ${x} ${y})`} /> : null}
			<text class={`ring-text ${short ? 'is-short' : ''}`} x={x} y={y + 4}>{node.kind === 'unknown' || node.wanted === undefined ? '?' : `${node.healthy ?? 0}/${node.wanted}`}</text>
		</g>
	);
}

function NodeBox({ node, spot, outRate, selected, dim, open, hover }: { node: MapNode; spot: Spot; outRate: number; selected: boolean; dim: boolean; open: () => void; hover: (on: boolean) => void }): JSX.Element {
	const left = -spot.w / 2, top = -spot.h / 2;
	const name = node.kind === 'team' ? node.owner! : node.service;
	const short = name.length > 16 ? name.slice(0, 15) + '…' : name;
	const state = node.kind === 'edge' ? 'ok' : node.state ?? 'unknown';
	const says = node.kind === 'edge' ? `outside: calls from outside the fleet, ${rate(outRate)}`
		: `${name}${node.kind === 'team' ? `, team of ${plural(node.members ?? 0, 'service')}` : ''}: ${rate(node.rate)}, ${percent(node.error_rate)} errors, p95 ${duration(node.p95_ns)}, ${node.healthy ?? 0} of ${node.wanted ?? 0} healthy${node.findings ? `, ${plural(node.findings, 'finding')}` : ''}`;
	const place = `translate(${spot.x} ${spot.y})`;
	const hit = { class: 'hit', tabIndex: 0, role: 'button' as const, 'aria-label': says, 'aria-pressed': selected, 'data-node': node.service, onPointerEnter: () => hover(true), onPointerLeave: () => hover(false), onFocus: () => hover(true), onBlur: () => hover(false), ...press(open) };
	const classes = `node is-${state} kind-${node.kind} ${selected ? 'is-selected' : ''} ${dim ? 'is-dim' : ''}`;
	if (node.kind === 'edge') {
		return (
			<g transform={place} class={classes}>
				<g {...hit}><rect class="box" x={left} y={top} width={spot.w} height={spot.h} rx={spot.h / 2} /></g>
				<g class="shown" aria-hidden="true">
					<g transform={`translate(${left + 14} -9)`} class="soft"><Icon name="globe" size={18} /></g>
					<text class="name" x={left + 40} y={-3}>outside</text>
					<text class="figures-line" x={left + 40} y={13}>{rate(outRate)}</text>
				</g>
			</g>
		);
	}
	return (
		<g transform={place} class={classes}>
			<g {...hit}>
				{node.kind === 'team' ? <rect class="box" x={left + 5} y={top - 5} width={spot.w} height={spot.h} rx="8" /> : null}
				<rect class="box" x={left} y={top} width={spot.w} height={spot.h} rx="8" />
			</g>
			<g class="shown" aria-hidden="true">
				<Ring x={left + 28} y={0} node={node} />
				<rect x={left + 54} y={-22} width="8" height="8" rx="2.5" style={{ fill: hueVar(node.service) }} />
				<text class="name" x={left + 68} y={-14}>{short}</text>
				<text class="figures-line" x={left + 54} y={4}>{node.calls ? `${rate(node.rate)} · p95 ${duration(node.p95_ns)}` : 'no calls'}</text>
				<text class={`owner-line ${node.owner ? '' : 'is-none'}`} x={left + 54} y={21}>{node.kind === 'unknown' ? 'not in the catalogue' : node.kind === 'team' ? plural(node.members ?? 0, 'service') : node.owner || 'no owner'}</text>
				{node.findings ? <g class="flag" transform={`translate(${-left - 14} ${top + 14})`}><circle r="8.500" /><text y="3.7">{node.findings}</text></g> : null}
			</g>
		</g>
	);
}

function thickness(link: Link, top: number): number {
	return link.calls ? 1.5 + 3 * Math.sqrt(link.rate / (top || 1)) : 1.25;
}

function LinkLine({ link, wire, top, selected, dim, open, hover }: { link: Link; wire: Wire; top: number; selected: boolean; dim: boolean; open: () => void; hover: (on: boolean) => void }): JSX.Element {
	const says = `${link.caller === 'edge' ? 'outside' : link.caller} calls ${link.callee}: ${link.calls ? `${rate(link.rate)}, ${percent(link.error_rate)} errors, p95 ${duration(link.p95_ns)}` : 'declared, no calls in this time'}`;
	return (
		<g class={`wire is-${link.tone} ${selected ? 'is-selected' : ''} ${dim ? 'is-dim' : ''}`}>
			<g class={`hit is-${link.tone}`} tabIndex={0} role="button" aria-label={says} aria-pressed={selected} data-edge={link.key} onPointerEnter={() => hover(true)} onPointerLeave={() => hover(false)} onFocus={() => hover(true)} onBlur={() => hover(false)} {...press(open)}>
				<path class="reach" d={wire.path} />
				<path class="line" d={wire.path} style={{ strokeWidth: `${thickness(link, top).toFixed(2)}px` }} marker-end={`url(#arrow-${link.tone})`} />
				<rect class="label-box" x={wire.x - 53} y={wire.y - 17} width="106" height="34" rx="6" />
			</g>
			<g class="shown" aria-hidden="true">
				{link.calls ? (
					<>
						<text class="label-a" x={wire.x} y={wire.y - 3}>{rate(link.rate)}<tspan class="sep"> · </tspan><tspan class="errors">{link.errors ? `${link.tone === 'failure' ? '✕ ' : ''}${percent(link.error_rate)}` : '0 %'}</tspan></text>
						<text class="label-b" x={wire.x} y={wire.y + 12}>p95 {duration(link.p95_ns)}</text>
					</>
				) : <text class="label-b" x={wire.x} y={wire.y + 4}>no calls</text>}
			</g>
		</g>
	);
}

export function MapGraph({ picture, selected, open }: { picture: Picture; selected: string; open: (key: string) => void }): JSX.Element {
	const box = useRef<HTMLDivElement>(null);
	const size = useSize(box);
	const [view, setView] = useState({ k: 1, x: 0, y: 0 });
	const [hovered, setHovered] = useState('');
	const drag = useRef<{ x: number; y: number; moved: boolean } | null>(null);
	const tight = size.w < NARROW;
	const layout = useMemo(() => layoutOf(picture, tight), [picture, tight]);
	const top = Math.max(...picture.links.map((l) => l.rate), 0);

	useEffect(() => {
		const el = box.current!;
		const wheel = (e: WheelEvent): void => {
			if (!e.ctrlKey && !e.metaKey) return; // plain scrolling belongs to the page
			e.preventDefault();
			const rect = el.getBoundingClientRect();
			const px = e.clientX - rect.left - rect.width / 2, py = e.clientY - rect.top - rect.height / 2;
			setView((v) => { const k = Math.min(4, Math.max(0.4, v.k * Math.exp(-e.deltaY / 300))); const f = k / v.k; return { k, x: px - (px - v.x) * f, y: py - (py - v.y) * f }; });
		};
		el.addEventListener('wheel', wheel, { passive: false });
		return () => el.removeEventListener('wheel', wheel);
	}, []);
	const fit = (): void => setView({ k: 1, x: 0, y: 0 });
	useKeys((e) => { if (e.key === '0') { fit(); return true; } return false; });

	const near = useMemo(() => {
		if (!hovered) return null;
		const set = new Set([hovered]);
		for (const l of picture.links) {
			if (l.key === hovered) { set.add(l.caller); set.add(l.callee); }
			else if (l.caller === hovered || l.callee === hovered) { set.add(l.key); set.add(l.caller); set.add(l.callee); }
		}
		return set;
	}, [hovered, picture]);
	const base = size.w ? Math.min((size.w - 40) / layout.width, Math.max(0.2, (size.h - 40) / layout.height), 1.2) : 1;
	const k = base * view.k;
	const move = `translate(${size.w / 2 + view.x - layout.width * k / 2} ${size.h / 2 + view.y - layout.height * k / 2}) scale(${k})`;
	const changed = view.k !== 1 || view.x !== 0 || view.y !== 0;

	return (
		<div class="graph" ref={box}
			onPointerDown={(e) => { if (e.button === 0) drag.current = { x: e.clientX - view.x, y: e.clientY - view.y, moved: false }; }}
			onPointerMove={(e) => {
				const d = drag.current;
				if (!d || !(e.buttons & 1)) { drag.current = null; return; }
				const x = e.clientX - d.x, y = e.clientY - d.y;
				if (!d.moved && Math.hypot(x - view.x, y - view.y) < 4) return;
				d.moved = true;
				setView((v) => ({ ...v, x, y }));
			}}
			onClickCapture={(e) => { if (drag.current?.moved) e.stopPropagation(); drag.current = null; }}>
			<svg width={size.w} height={size.h} role="group" aria-label="Map of who calls whom">
				<defs>{['ok', 'warning', 'failure', 'idle'].map((t) => <marker key={t} id={`arrow-${t}`} class={`arrow is-${t}`} viewBox="0 0 8 8" refX="0.5" refY="4" markerWidth="11" markerHeight="11" markerUnits="userSpaceOnUse" orient="auto"><path d="M0,0.5L7.5,4L0,7.5Z" /></marker>)}</defs>
				{size.w ? <g transform={move}>
					{picture.links.map((l) => { const w = layout.wires.get(l.key); return w ? <LinkLine key={l.key} link={l} wire={w} top={top} selected={selected === l.key} dim={near !== null && !near.has(l.key)} open={() => open(l.key)} hover={(on) => setHovered(on ? l.key : '')} /> : null; })}
					{picture.nodes.map((n) => { const s = layout.nodes.get(n.service); return s ? <NodeBox key={n.service} node={n} spot={s} outRate={picture.links.filter((l) => l.caller === n.service).reduce((a, l) => a + l.rate, 0)} selected={selected === n.service} dim={near !== null && !near.has(n.service)} open={() => open(n.service)} hover={(on) => setHovered(on ? n.service : '')} /> : null; })}
				</g> : null}
			</svg>
			{changed ? <button type="button" class="button fit" onClick={fit}><Icon name="fit" size={14} />Fit <kbd>0</kbd></button> : null}
		</div>
	);
}
