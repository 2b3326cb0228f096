// What the map draws, made from the answer of /api/map: one edge per pair of services (versions merged), teams folded in large fleets,
// and the tone of everything. Pure functions.
import type { FleetMap, MapEdge, MapNode } from '../types';

export const FOLD_ABOVE = 60; // services; more of them fold by team
export type Tone = 'ok' | 'warning' | 'failure' | 'idle';

export interface Link {
	key: string; caller: string; callee: string; tone: Tone; versions: MapEdge[]; calls: number; errors: number; rate: number; error_rate: number;
	p95_ns: number; p99_ns: number; declared: boolean; timeout_ns: number; on_failure: string; slow_trace: string; failed_trace: string;
}
export interface Picture { nodes: MapNode[]; links: Link[]; folded: boolean }

export function linkKey(caller: string, callee: string): string {
	return `${caller}>${callee}`;
}

// One in a hundred wrong is worth a look, one in twenty is a failure.
export function toneOf(calls: number, errorRate: number): Tone {
	return !calls ? 'idle' : errorRate >= 0.05 ? 'failure' : errorRate >= 0.01 ? 'warning' : 'ok';
}

function mergeEdges(edges: MapEdge[]): Link[] {
	const byPair = new Map<string, MapEdge[]>();
	for (const e of edges) {
		const key = linkKey(e.caller, e.callee);
		byPair.set(key, [...(byPair.get(key) ?? []), e]);
	}
	return [...byPair].map(([key, versions]) => {
		const sum = (f: (e: MapEdge) => number): number => versions.reduce((n, e) => n + (f(e) || 0), 0);
		const worst = (f: (e: MapEdge) => number): number => Math.max(...versions.map((e) => f(e) || 0));
		const calls = sum((e) => e.calls), errors = sum((e) => e.errors);
		const first = versions[0]!;
		return {
			key, caller: first.caller, callee: first.callee, versions, calls, errors, rate: sum((e) => e.rate), error_rate: calls ? errors / calls : 0,
			tone: toneOf(calls, calls ? errors / calls : 0), p95_ns: worst((e) => e.p95_ns), p99_ns: worst((e) => e.p99_ns),
			declared: versions.some((e) => e.declared), timeout_ns: worst((e) => e.timeout_ns), on_failure: versions.find((e) => e.on_failure)?.on_failure ?? '',
			slow_trace: versions.find((e) => e.slow_trace)?.slow_trace ?? '', failed_trace: versions.find((e) => e.failed_trace)?.failed_trace ?? '',
		};
	}).sort((a, b) => a.key < b.key ? -1 : 1);
}

const RANK = { failure: 3, warning: 2, unknown: 1, ok: 0 } as const;

// Replaces the services of every team that is not in `open` by one node. Calls inside a folded team disappear, those across it add up.
function fold(map: FleetMap, open: Set<string>): FleetMap {
	const home = new Map(map.nodes.map((n) => [n.service, n.kind === 'service' && n.owner && !open.has(n.owner) ? `team ${n.owner}` : n.service]));
	const nodes = new Map<string, MapNode>();
	for (const n of map.nodes) {
		const id = home.get(n.service)!;
		if (id === n.service) { nodes.set(id, n); continue; }
		const team = nodes.get(id) ?? { service: id, kind: 'team' as const, owner: n.owner!, calls: 0, rate: 0, errors: 0, p95_ns: 0, wanted: 0, healthy: 0, state: 'ok' as const, findings: 0, members: 0 };
		const calls = (team.calls ?? 0) + (n.calls ?? 0), errors = (team.errors ?? 0) + (n.errors ?? 0);
		nodes.set(id, {
			...team, calls, errors, rate: (team.rate ?? 0) + (n.rate ?? 0), error_rate: calls ? errors / calls : 0, p95_ns: Math.max(team.p95_ns ?? 0, n.p95_ns ?? 0),
			wanted: (team.wanted ?? 0) + (n.wanted ?? 0), healthy: (team.healthy ?? 0) + (n.healthy ?? 0), findings: (team.findings ?? 0) + (n.findings ?? 0),
			members: (team.members ?? 0) + 1, state: RANK[n.state ?? 'ok'] > RANK[team.state ?? 'ok'] ? n.state! : team.state!,
		});
	}
	const edges = map.edges.map((e) => ({ ...e, caller: home.get(e.caller) ?? e.caller, callee: home.get(e.callee) ?? e.callee })).filter((e) => e.caller !== e.callee || !e.caller.startsWith('team '));
	return { ...map, nodes: [...nodes.values()], edges };
}

export function picture(map: FleetMap, open: string[]): Picture {
	const folded = map.nodes.filter((n) => n.kind !== 'edge').length > FOLD_ABOVE;
	const shown = folded ? fold(map, new Set(open)) : map;
	const known = new Set(shown.nodes.map((n) => n.service));
	const extra: MapNode[] = [];
	for (const e of shown.edges) {
		for (const name of [e.caller, e.callee]) {
			if (known.has(name)) continue;
			known.add(name);
			extra.push({ service: name, kind: name === 'edge' ? 'edge' : 'unknown' });
		}
	}
	const nodes = [...shown.nodes, ...extra].sort((a, b) => a.service < b.service ? -1 : 1);
	return { nodes, links: mergeEdges(shown.edges), folded };
}

// The worst first: what a person on call must look at.
export function byTrouble(links: Link[]): Link[] {
	const rank: Record<Tone, number> = { failure: 0, warning: 1, ok: 2, idle: 3 };
	return [...links].sort((a, b) => rank[a.tone] - rank[b.tone] || b.error_rate - a.error_rate || b.rate - a.rate || (a.key < b.key ? -1 : 1));
}
