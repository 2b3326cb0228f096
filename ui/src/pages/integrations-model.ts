// Who works with whom, as the page shows it: how each pair stands in one environment, narrowed, sorted, counted. No picture in here.
import type { Fit, FleetMap, Integration, Integrations } from '../types';

// 'pending': it fails, but it is new to the provider, whose build does not fail by it. 'absent': not both are in this environment.
// 'bare': calls were seen between them, and no pact says what the caller needs.
export type Fits = 'failed' | 'unverified' | 'pending' | 'ok' | 'absent' | 'bare';
export const FITS: Fits[] = ['failed', 'unverified', 'pending', 'ok', 'absent', 'bare'];
export const NEWEST = '*'; // as an environment: the newest pact and its newest result, wherever they run

export interface Pair { key: string; consumer: string; provider: string; fit: Fits; consumerVersion: string; providerVersion: string; verified: number; of: Integration | null; calls: number }
export type Order = 'trouble' | 'name' | 'newest';
export interface Choice { word: string; team: string; fit: string; order: Order }

function fitOf(result: Fit, pending: boolean): Fits {
	return result === 'success' ? 'ok' : pending ? 'pending' : result === 'failed' ? 'failed' : 'unverified';
}

// What a person sees first: production where something runs there, else the newest of everything.
export function standardEnvironment(data: Integrations): string {
	const found = data.environments.find((e) => e.production && data.integrations.some((i) => i.environments.some((x) => x.environment === e.name)));
	return found?.name ?? NEWEST;
}

export function pairsOf(data: Integrations, environment: string): Pair[] {
	return data.integrations.map((of) => {
		const at = environment === NEWEST ? of.latest : of.environments.find((e) => e.environment === environment);
		// What is deployed is not pending any more: in an environment a failure is one.
		const fit = at ? fitOf(at.result, environment === NEWEST && of.pending) : 'absent';
		return { key: `${of.consumer}\n${of.provider}`, consumer: of.consumer, provider: of.provider, fit, consumerVersion: at?.consumer_version ?? '', providerVersion: at?.provider_version ?? '', verified: at?.verified_ms ?? 0, of, calls: 0 };
	});
}

// Who calls whom without a pact, as the gateway saw it: what nobody would notice before it breaks.
export function barePairs(map: FleetMap | null, data: Integrations): Pair[] {
	const known = new Set(data.integrations.map((i) => `${i.consumer}\n${i.provider}`)), out = new Map<string, Pair>();
	for (const e of map?.edges ?? []) {
		const key = `${e.caller}\n${e.callee}`;
		if (!e.calls || e.caller === 'edge' || known.has(key)) continue;
		const calls = (out.get(key)?.calls ?? 0) + e.calls;
		out.set(key, { key, consumer: e.caller, provider: e.callee, fit: 'bare', consumerVersion: '', providerVersion: '', verified: 0, of: null, calls });
	}
	return [...out.values()];
}

const byName = (a: Pair, b: Pair): number => a.consumer < b.consumer ? -1 : a.consumer > b.consumer ? 1 : a.provider < b.provider ? -1 : a.provider > b.provider ? 1 : 0;

export function choose(pairs: Pair[], how: Choice, ownerOf: (service: string) => string): Pair[] {
	const word = how.word.trim().toLowerCase();
	const kept = pairs.filter((p) => (!how.fit || p.fit === how.fit)
		&& (!word || `${p.consumer} ${p.provider} ${ownerOf(p.consumer)} ${ownerOf(p.provider)}`.toLowerCase().includes(word))
		&& (!how.team || ownerOf(p.consumer) === how.team || ownerOf(p.provider) === how.team));
	const rank = (p: Pair): number => FITS.indexOf(p.fit);
	return kept.sort((a, b) => (how.order === 'trouble' ? rank(a) - rank(b) : how.order === 'newest' ? b.verified - a.verified : 0) || byName(a, b));
}

export function countFits(pairs: Pair[]): Record<Fits, number> {
	const out: Record<Fits, number> = { failed: 0, unverified: 0, pending: 0, ok: 0, absent: 0, bare: 0 };
	for (const p of pairs) out[p.fit]++;
	return out;
}

// Rows and columns of the grid in the order in which the sorted pairs name them, so trouble comes top left.
export function gridOf(pairs: Pair[], order: Order): { consumers: string[]; providers: string[]; at: Map<string, Pair> } {
	const consumers = [...new Set(pairs.map((p) => p.consumer))], providers = [...new Set(pairs.map((p) => p.provider))];
	if (order === 'name') { consumers.sort(); providers.sort(); }
	return { consumers, providers, at: new Map(pairs.map((p) => [p.key, p])) };
}

export interface Interaction { description: string; kind: string; asks: string; answers: string; states: string[] }
const SHOWN = 200; // interactions of one pact; what comes after is counted

const object = (x: unknown): Record<string, unknown> => typeof x === 'object' && x !== null && !Array.isArray(x) ? x as Record<string, unknown> : {};
const list = (x: unknown): unknown[] => Array.isArray(x) ? x : [];
const text = (x: unknown): string => typeof x === 'string' ? x : typeof x === 'number' ? String(x) : '';

function asked(request: Record<string, unknown>): string {
	const query = request['query'];
	const words = typeof query === 'string' ? query : Object.entries(object(query)).map(([k, v]) => `${k}=${list(v).map(text).join(',') || text(v)}`).join('&');
	return `${text(request['method']).toUpperCase()} ${text(request['path']) || '/'}${words ? `?${words}` : ''}`.trim();
}

// A pact of any version, written by anybody: nothing of its form is taken for granted.
export function interactionsOf(pact: unknown): { rows: Interaction[]; more: number; specification: string } {
	const whole = object(pact), all = [...list(whole['interactions']), ...list(whole['messages'])];
	const rows = all.slice(0, SHOWN).map((x) => {
		const one = object(x), request = object(one['request']), response = object(one['response']);
		const states = [...list(one['providerStates']).map((s) => text(object(s)['name'])), text(one['providerState'] ?? one['provider_state'])].filter(Boolean);
		return { description: text(one['description']) || 'without a description', kind: text(one['type']) || (one['request'] ? 'Synchronous/HTTP' : 'Asynchronous/Messages'), asks: one['request'] && request['method'] ? asked(request) : '', answers: text(response['status']), states };
	});
	const metadata = object(whole['metadata']);
	return { rows, more: all.length - rows.length, specification: text(object(metadata['pactSpecification'] ?? metadata['pact-specification'])['version']) };
}

const quote = (s: string): string => /^[\w@%+=:,./-]+$/.test(s) ? s : `'${s.replaceAll("'", `'\\''`)}'`;

// The command that gives the same answer for one version.
export function deployCommand(service: string, version: string, environment: string): string {
	return `pleach contract can-i-deploy ${quote(service)} ${quote(version)}${environment === NEWEST ? '' : ` --to ${quote(environment)}`}`;
}
