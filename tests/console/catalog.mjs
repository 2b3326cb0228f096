// The catalogue's answers for the console's tests: what a real control said of the shop with sixteen repositories around it (catalog.json), its times moved to now; and of libraries in those that the demo makes (libraries.json).
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const read = (name) => JSON.parse(readFileSync(join(dirname(fileURLToPath(import.meta.url)), name), 'utf8'));
const kept = read('catalog.json'), twice = read('libraries.json');
const shift = Date.now() - kept.catalog.now_ms;

function moved(x) {
	if (Array.isArray(x)) return x.map(moved);
	if (x === null || typeof x !== 'object') return x;
	return Object.fromEntries(Object.entries(x).map(([k, v]) => [k, k.endsWith('_ms') && v ? v + shift : moved(v)]));
}

export function catalog(path, p) {
	if (path === 'work-items') return { configured: false, where: '', asked_ms: 0, problem: '', items: [] };
	if (path === 'discovery') return { registries: [{ registry: 'pleach', url: '', state: 'following', problem: '', heard_ms: Date.now(), changes: 0, cut: false, instances: [] }] };
	if (path === 'advice' || path === 'duplicates') return kept[path];
	if (path.startsWith('duplicates/')) return twice[path.slice(11)] ?? null;
	const [, name] = path.split('/').map(decodeURIComponent);
	const all = moved(kept.catalog);
	if (!name) return { ...all, services: all.services.filter((s) => (!p.get('owner') || s.owner === p.get('owner')) && (p.get('orphans') !== 'true' || s.orphan.length)) };
	if (kept.services[name]) return moved(kept.services[name]);
	const entry = all.services.find((s) => s.service === name);
	return entry ? { now_ms: Date.now(), ...entry, score_days: [], releases_year: 0, releases: [], released_with: [], abandoned: [], values: [], people: [], called_by: [], calls: [] } : null;
}
