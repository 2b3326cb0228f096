// Where things stand on the map: layers from left (the edge) to right by dagre. The layout depends only on which nodes and links there are,
// so nothing moves between refreshes; the last few layouts are kept, so that going back finds the same picture.
import * as dagre from '@dagrejs/dagre';
import type { Picture } from './map-model';

export const NODE_W = 188, NODE_H = 68, EDGE_W = 112, EDGE_H = 48, LABEL_W = 106, LABEL_H = 34;
export interface Spot { x: number; y: number; w: number; h: number }
export interface Wire { path: string; x: number; y: number }
export interface Layout { nodes: Map<string, Spot>; wires: Map<string, Wire>; width: number; height: number }

const KEEP = 4;
const kept = new Map<string, Layout>();

// Between two points a curve that leaves and arrives horizontally.
function curve(points: { x: number; y: number }[]): string {
	let d = `M${points[0]!.x.toFixed(1)},${points[0]!.y.toFixed(1)}`;
	for (let i = 1; i < points.length; i++) {
		const a = points[i - 1]!, b = points[i]!;
		const mid = (a.x + b.x) / 2;
		d += `C${mid.toFixed(1)},${a.y.toFixed(1)} ${mid.toFixed(1)},${b.y.toFixed(1)} ${b.x.toFixed(1)},${b.y.toFixed(1)}`;
	}
	return d;
}

const GAP = 76, TIGHT_GAP = 38; // between layers, beside the label; tight where the page is narrow

export function layoutOf(picture: Picture, tight: boolean): Layout {
	const key = `${tight}|${picture.nodes.map((n) => n.service).join(' ')}|${picture.links.map((l) => l.key).join(' ')}`;
	const known = kept.get(key);
	if (known) return known;
	const g = new dagre.graphlib.Graph();
	g.setGraph({ rankdir: 'LR', nodesep: 36, edgesep: 24, ranksep: tight ? TIGHT_GAP : GAP, marginx: 8, marginy: 8 });
	g.setDefaultEdgeLabel(() => ({}));
	for (const n of picture.nodes) g.setNode(n.service, { width: n.kind === 'edge' ? EDGE_W : NODE_W, height: n.kind === 'edge' ? EDGE_H : NODE_H });
	for (const l of picture.links) if (l.caller !== l.callee) g.setEdge(l.caller, l.callee, { width: LABEL_W, height: LABEL_H, labelpos: 'c', weight: l.caller === 'edge' ? 1 : 2 });
	dagre.layout(g);
	const nodes = new Map<string, Spot>();
	for (const id of g.nodes()) { const n = g.node(id) as { x: number; y: number; width: number; height: number }; nodes.set(id, { x: n.x, y: n.y, w: n.width, h: n.height }); }
	const wires = new Map<string, Wire>();
	for (const l of picture.links) {
		const from = nodes.get(l.caller), to = nodes.get(l.callee);
		if (!from || !to) continue;
		if (l.caller === l.callee) {
			const x = from.x, y = from.y - from.h / 2;
			wires.set(l.key, { path: `M${x - 40},${y}C${x - 40},${y - 44} ${x + 40},${y - 44} ${x + 40},${y}`, x, y: y - 34 });
			continue;
		}
		const e = g.edge(l.caller, l.callee) as { points: { x: number; y: number }[]; x?: number; y?: number };
		const forward = from.x < to.x;
		const start = { x: from.x + (forward ? from.w / 2 : -from.w / 2), y: from.y };
		const end = { x: to.x + (forward ? -to.w / 2 - 10 : to.w / 2 + 10), y: to.y };
		const label = { x: e.x ?? (start.x + end.x) / 2, y: e.y ?? (start.y + end.y) / 2 };
		// The line is level where its label stands, so that it visibly runs into and out of the label; where space is short it runs through.
		const half = tight ? 0 : (forward ? 1 : -1) * LABEL_W / 2, clear = 30;
		const on = (p: { x: number }, from: number, to: number): boolean => forward ? p.x > from + clear && p.x < to - clear : p.x < from - clear && p.x > to + clear;
		const before = e.points.filter((p) => on(p, start.x, label.x - half)), after = e.points.filter((p) => on(p, label.x + half, end.x));
		const level = tight ? [label] : [{ x: label.x - half, y: label.y }, { x: label.x + half, y: label.y }];
		wires.set(l.key, { path: curve([start, ...before, ...level, ...after, end]), x: label.x, y: label.y });
	}
	const size = g.graph() as { width?: number; height?: number };
	const layout = { nodes, wires, width: size.width ?? 0, height: size.height ?? 0 };
	kept.set(key, layout);
	if (kept.size > KEEP) kept.delete(kept.keys().next().value!);
	return layout;
}
