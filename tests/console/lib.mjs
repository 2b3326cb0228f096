// What the console's tests share: a browser, pages that fail the test on any console error or CSP violation, axe, and where to point them.
// BASE is the mock unless PLEACH_CONSOLE_URL names a running control. PLEACH_CONSOLE_SLOW=6 makes the pages' processor six times slower: no test may
// depend on speed, so each must pass like that too.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'node:test';
import { startMock } from './mock.mjs';

export const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(join(here, '../../ui/package.json'));
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
export const REAL = process.env.PLEACH_CONSOLE_URL ?? '';
const SLOW = Number(process.env.PLEACH_CONSOLE_SLOW ?? 1);
export const PATIENCE = 60_000; // ms that a test waits for anything: far more than a busy machine needs, little enough to end

export async function start() {
	const mock = REAL ? null : await startMock();
	const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
	const base = (REAL || mock.url).replace(/\/$/, '');
	return { base, browser, stop: async () => { await browser.close(); mock?.stop(); } };
}

// As on a machine with no time for drawing: frames, and the sizes that are told with them, come `ms` late.
function holdFrames(ms) {
	const frame = globalThis.requestAnimationFrame.bind(globalThis), Observer = globalThis.ResizeObserver;
	globalThis.requestAnimationFrame = (then) => frame(() => setTimeout(() => frame(then), ms));
	globalThis.ResizeObserver = class extends Observer { constructor(then) { super((...all) => setTimeout(() => then(...all), ms)); } };
}

// A test that fails leaves its page open, and its live page would slow down all that follow.
const left = new Set();
afterEach(async () => { for (const context of left) await context.close().catch(() => {}); left.clear(); });

// A page whose faults are collected; `faults` must be empty at the end of every test. `answers` (path to body) stand in for what the server would say.
export async function open(world, path, { scheme = 'light', width = 1440, height = 900, motion = 'reduce', lateFrames = 0, answers = {} } = {}) {
	const context = await world.browser.newContext({ viewport: { width, height }, colorScheme: scheme, reducedMotion: motion });
	left.add(context);
	const page = await context.newPage();
	const faults = [];
	page.on('console', (m) => { if (m.type() === 'error' || m.type() === 'warning' || /Content.Security.Policy/i.test(m.text())) faults.push(m.text()); });
	page.on('pageerror', (e) => faults.push(String(e.stack ?? e)));
	page.on('request', (r) => { if (!r.url().startsWith(world.base) && !r.url().startsWith('data:')) faults.push(`asked another origin: ${r.url()}`); });
	page.setDefaultTimeout(PATIENCE);
	for (const [path, body] of Object.entries(answers)) await page.route((url) => url.pathname === path, (r) => r.fulfill({ json: body }));
	if (lateFrames) await page.addInitScript(holdFrames, lateFrames);
	if (SLOW > 1) await (await context.newCDPSession(page)).send('Emulation.setCPUThrottlingRate', { rate: SLOW });
	await page.goto(world.base + path);
	page.faults = faults;
	page.done = async () => { const seen = [...faults]; left.delete(context); await context.close(); assert.deepEqual(seen, [], 'the page must not complain'); };
	return page;
}

// Runs axe in the page (by the debugger, which a page's CSP does not concern) and demands that it finds nothing.
export async function accessible(page, what) {
	await page.evaluate(axe);
	const found = await page.evaluate(async () => (await globalThis.axe.run(document, { resultTypes: ['violations'] })).violations.map((v) => `${v.id}: ${v.nodes.slice(0, 4).map((n) => `${n.target.join(' ')} (${(n.any[0] ?? n.all[0] ?? n.none[0])?.message ?? ''})`).join(' | ')}`));
	assert.deepEqual(found, [], `axe on ${what}`);
}

export async function get(world, path) {
	const response = await fetch(world.base + path);
	assert.equal(response.status, 200, `${path} answered ${response.status}`);
	return response.json();
}

// What shows that a page has its content, for each page.
export const READY = { '/map': '[data-node]', '/logs': '.log-row', '/traces': '[data-trace]', '/findings': '.todo, .empty', '/services': '[data-row]', '/catalog': '[data-row], .empty', '/advice': '.pain, .empty', '/contracts': '[data-row], .empty' };

export async function failedTrace(world) {
	const { traces } = await get(world, '/api/traces?error=true&limit=200&from=1h');
	assert.ok(traces.length, 'a failed trace within the last hour');
	return traces.find((t) => t.spans >= 4 && t.duration_ns > 360e6) ?? traces[0];
}
