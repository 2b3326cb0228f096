// The console in use: from "something is wrong" to the cause, the keyboard, addresses that hold every state, long lists, live rows, trouble.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { failedTrace, get, open, PATIENCE, REAL, start } from './lib.mjs';

let world;
before(async () => { world = await start(); });
after(() => world?.stop());
const mockOnly = { skip: Boolean(REAL) };
const where = (page) => new URL(page.url()).pathname + new URL(page.url()).search;

test('from "something is wrong" to the cause in three clicks', async () => {
	await failedTrace(world);
	const page = await open(world, '/map?from=30m');
	const edge = page.locator('[data-edge].is-failure, [data-edge].is-warning').first();
	await edge.waitFor();
	await edge.click(); // one: the dependency that fails
	await page.locator('[data-go="failed"]').click(); // two: one of its failed calls
	const why = page.locator('[data-why]'); // and the cause stands there; the third click would open the call itself
	await why.waitFor();
	assert.match(where(page), /^\/trace\/[0-9a-f]{32}/);
	assert.match(await why.innerText(), /failed/);
	await page.locator('.why-cause .link-button').click();
	await page.locator('.panel').waitFor();
	assert.match(where(page), /span=[0-9a-f]{16}/);
	await page.done();
});

test('the keyboard goes everywhere', async () => {
	const page = await open(world, '/map');
	await page.locator('[data-node]').first().waitFor();
	for (const [key, path] of [['l', '/logs'], ['t', '/traces'], ['f', '/findings'], ['s', '/services'], ['m', '/map']]) {
		await page.keyboard.press('g'); await page.keyboard.press(key);
		await page.waitForURL((u) => u.pathname === path);
	}
	await page.keyboard.press('?');
	await page.getByRole('dialog', { name: 'Keys' }).waitFor();
	await page.keyboard.press('Escape');
	await page.getByRole('dialog', { name: 'Keys' }).waitFor({ state: 'detached' });
	await page.keyboard.press('/');
	assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('data-search')), 'top');
	await page.keyboard.press('Escape');
	// A node of the map by Tab and Enter; Esc closes the panel and the focus returns.
	await page.locator('[data-node="orders"]').focus();
	await page.keyboard.press('Enter');
	await page.locator('.panel').waitFor();
	assert.match(where(page), /sel=orders/);
	await page.keyboard.press('Escape');
	await page.locator('.panel').waitFor({ state: 'detached' });
	assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('data-node')), 'orders');
	// Rows by j and k, Enter opens.
	await page.keyboard.press('g'); await page.keyboard.press('t');
	await page.locator('[data-trace]').first().waitFor();
	await page.keyboard.press('j'); await page.keyboard.press('j'); await page.keyboard.press('k');
	const target = await page.evaluate(() => document.activeElement?.getAttribute('href'));
	await page.keyboard.press('Enter');
	await page.waitForURL((u) => u.pathname === new URL(target, world.base).pathname);
	await page.done();
});

test('log rows open by keyboard, with fields, context and the way to the trace', async () => {
	const page = await open(world, '/logs?from=10m&q=level%3Ewarn');
	await page.locator('.log-row').first().waitFor();
	await page.keyboard.press('j');
	await page.keyboard.press('Enter');
	await page.locator('.row-details').waitFor();
	await page.getByRole('button', { name: 'Lines around it' }).click();
	await page.locator('.context tr.is-here').waitFor();
	await page.keyboard.press('Escape');
	await page.locator('.row-details').waitFor({ state: 'detached' });
	await page.done();
});

test('every state is its address', async () => {
	const page = await open(world, '/logs?from=2m');
	await page.locator('.facets .value').first().waitFor();
	await page.locator('.facets .value', { hasText: 'invoicing' }).first().click();
	await page.waitForURL(/q=service=invoicing/);
	const box = await page.locator('[data-histogram]').boundingBox();
	await page.mouse.move(box.x + box.width * 0.5, box.y + 30);
	await page.mouse.down(); await page.mouse.move(box.x + box.width * 0.8, box.y + 30, { steps: 4 }); await page.mouse.up();
	await page.waitForURL(/from=\d{13}&to=\d{13}|to=\d{13}/);
	await page.locator('.log-scroll[aria-busy="false"]').waitFor();
	const address = where(page);
	const first = await page.locator('.log-row').first().innerText();
	await page.reload();
	await page.locator('.log-row').first().waitFor();
	assert.equal(where(page), address);
	assert.equal(await page.locator('.log-row').first().innerText(), first, 'the same address shows the same rows');
	assert.equal(await page.locator('.query input').inputValue(), 'service=invoicing');
	await page.goBack();
	await page.waitForURL((u) => !u.searchParams.has('to'));
	await page.goBack();
	await page.waitForURL((u) => !u.searchParams.has('q'));
	await page.done();
});

test('one box for everything', async () => {
	const trace = await failedTrace(world);
	const page = await open(world, '/map');
	const box = page.locator('[data-search="top"]');
	await page.locator('[data-node="orders"]').waitFor();
	for (const [text, address] of [[trace.trace_id, `/trace/${trace.trace_id}`], ['orders', '/services/orders'], ['relay refused', '/logs?q=relay+refused']]) {
		await box.fill(text); await box.press('Enter');
		await page.waitForURL((u) => (u.pathname + u.search) === address);
	}
	await page.done();
});

test('completion of the query', async () => {
	const page = await open(world, '/logs?from=10m');
	await page.locator('.facets .value').first().waitFor();
	const box = page.locator('[data-search="page"]');
	await box.pressSequentially('serv');
	await page.getByRole('option', { name: /service:/ }).waitFor();
	await box.press('Tab');
	await box.pressSequentially('not');
	await page.getByRole('option', { name: /service:notification/ }).waitFor();
	await box.press('ArrowDown'); await box.press('Enter');
	await page.waitForURL(/q=service:notification/);
	await page.done();
});

test('what is seen can be used at once, however late the frames come', async () => {
	// Looks without waiting for a frame, as the locators would.
	const seen = (page, selector) => page.evaluate(([s, until]) => new Promise((done, fail) => { const look = () => document.querySelector(s) ? done() : Date.now() > until ? fail(new Error(`no ${s}`)) : setTimeout(look, 2); look(); }), [selector, Date.now() + PATIENCE]);
	const late = { lateFrames: 3000 };
	const logs = await open(world, '/logs?from=10m', late);
	await seen(logs, '.log-row');
	await logs.keyboard.press('j'); await logs.keyboard.press('Enter');
	await seen(logs, '.row-details');
	await seen(logs, '[data-histogram]');
	const box = await logs.evaluate(() => document.querySelector('[data-histogram]').getBoundingClientRect().toJSON());
	await logs.mouse.move(box.x + box.width * 0.5, box.y + 30);
	await logs.mouse.down(); await logs.mouse.move(box.x + box.width * 0.8, box.y + 30); await logs.mouse.up();
	assert.match(where(logs), /to=\d{13}/);
	await logs.done();

	const typed = await open(world, '/logs?from=10m', late);
	await seen(typed, '.facets .value');
	await typed.evaluate(() => document.querySelector('[data-search="page"]').focus());
	await typed.keyboard.type('serv');
	await seen(typed, '[role="option"]');
	await typed.keyboard.press('Tab');
	await typed.keyboard.type('notif');
	assert.equal(await typed.evaluate(() => document.querySelector('[data-search="page"]').value), 'service:notif');
	await typed.done();

	const map = await open(world, '/map', late);
	await seen(map, '[data-node="orders"]');
	const place = () => map.evaluate(() => document.querySelector('[data-node="orders"]').parentElement.getAttribute('transform'));
	const first = await place();
	await map.evaluate(() => document.querySelector('[data-node="orders"]').focus());
	await map.keyboard.press('Enter');
	await seen(map, '.panel');
	await map.keyboard.press('Escape');
	await map.locator('.panel').waitFor({ state: 'detached' });
	assert.equal(await place(), first, 'the first picture has its right size');
	assert.equal(await map.evaluate(() => document.activeElement?.getAttribute('data-node')), 'orders');
	await map.done();
});

test('ten thousand log rows stay a few in the document, and no view is empty', mockOnly, async () => {
	const page = await open(world, '/logs?from=1h');
	await page.locator('.log-row').first().waitFor();
	for (let loaded = 0; loaded < 10_000;) {
		loaded = Number(await page.locator('.log-scroll').getAttribute('data-rows'));
		await page.locator('.log-scroll').evaluate((el) => { el.scrollTop = el.scrollHeight; });
		await page.waitForFunction((n) => Number(document.querySelector('.log-scroll').dataset.rows) > n, loaded);
	}
	const worst = await page.locator('.log-scroll').evaluate(async (el) => {
		let most = 0;
		const height = el.scrollHeight;
		for (let i = 0; i < 60; i++) {
			el.scrollTop = height * ((i * 37) % 60) / 60;
			await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
			most = Math.max(most, document.querySelectorAll('.log-row').length);
			if (!document.querySelector('.log-row')) throw new Error('an empty view');
		}
		return { most };
	});
	assert.ok(worst.most <= 160, `${worst.most} rows in the document`);
	await page.done();
});

test('following does not move what is read', mockOnly, async () => {
	const page = await open(world, '/logs?from=5m&live=1');
	await page.locator('.log-row').first().waitFor();
	const newest = async () => page.locator('.log-row').first().innerText();
	const before = await newest();
	await page.waitForFunction((t) => document.querySelector('.log-row').innerText !== t, before);
	await page.locator('.log-scroll').hover();
	const held = await newest();
	await page.locator('.new-rows').waitFor();
	assert.equal(await newest(), held, 'rows stand still under the pointer');
	await page.locator('.new-rows').click();
	await page.waitForFunction((t) => document.querySelector('.log-row').innerText !== t, held);
	await page.done();
});

test('the waterfall: log lines between calls, attempts, zoom, find, fold', mockOnly, async () => {
	const trace = await failedTrace(world);
	const page = await open(world, `/trace/${trace.trace_id}`);
	await page.locator('.call-row').first().waitFor();
	const kinds = await page.locator('.wf-table tbody tr').evaluateAll((rows) => rows.map((r) => r.className.includes('line-row') ? 'line' : 'call'));
	assert.ok(kinds.indexOf('line') > kinds.indexOf('call') && kinds.lastIndexOf('call') > kinds.indexOf('line'), 'lines stand between calls');
	assert.ok(await page.locator('.attempt').count() >= 3 && await page.locator('.critical').count() >= 2 && await page.locator('.gap').count() >= 1, 'attempts, critical path and gap are drawn');
	const box = await page.locator('.minimap').boundingBox();
	await page.mouse.move(box.x + box.width * 0.5, box.y + 10);
	await page.mouse.down(); await page.mouse.move(box.x + box.width * 0.9, box.y + 10, { steps: 3 }); await page.mouse.up();
	await page.waitForURL(/z=\d+-\d+/);
	await page.keyboard.press('z');
	await page.waitForURL((u) => !u.searchParams.has('z'));
	await page.keyboard.press('l');
	await page.waitForURL(/nologs=1/);
	await page.locator('.line-row').first().waitFor({ state: 'detached' });
	await page.keyboard.press('/');
	await page.keyboard.type('notification');
	await page.waitForURL(/find=notification/);
	assert.ok(await page.locator('.call-row.is-dim').count() >= 1);
	await page.done();
});

test('large fleets fold by team, and unfold', mockOnly, async () => {
	const page = await open(world, '/services');
	await page.route('**/api/map?**', async (route) => {
		const nodes = [{ service: 'edge', kind: 'edge' }], edges = [];
		for (let i = 0; i < 96; i++) {
			nodes.push({ service: `svc-${i}`, kind: 'service', owner: `team-${i % 8}`, calls: 60, rate: 1, errors: 0, error_rate: 0, p95_ns: 2e6, wanted: 1, healthy: 1, state: 'ok', findings: 0 });
			edges.push({ caller: i < 4 ? 'edge' : `svc-${Math.floor(i / 3)}`, callee: `svc-${i}`, api: 'v1', calls: 60, errors: 0, started: 0, restarted: 0, p50_ns: 1e6, p90_ns: 1e6, p95_ns: 2e6, p99_ns: 3e6, max_ns: 3e6, sum_ns: 6e7, statuses: { 200: 60 }, reasons: {}, slow_trace: '', failed_trace: '', last_ns: '0', operations: [], rate: 1, error_rate: 0, declared: true, timeout_ns: 0, on_failure: '' });
		}
		await route.fulfill({ json: { from_ns: '0', to_ns: '1', nodes, edges } });
	});
	await page.locator('.rail a[href^="/map"]').last().click();
	await page.locator('[data-node="team team-3"]').waitFor();
	assert.equal(await page.locator('[data-node]').count(), 9);
	await page.locator('[data-node="team team-3"]').press('Enter');
	await page.locator('[data-node="svc-3"]').waitFor();
	assert.match(where(page), /open=team-3/);
	await page.done();
});

test('positions stay between refreshes', async () => {
	const page = await open(world, '/map');
	await page.locator('[data-node]').first().waitFor();
	const spots = () => page.locator('[data-node]').evaluateAll((all) => all.map((n) => [n.dataset.node, n.parentElement.getAttribute('transform')].join(' ')));
	const before = await spots();
	await (await page.waitForResponse(/\/api\/map/)).finished();
	// Twice more: the answer before the last has been drawn by then, however slow the machine is.
	for (let i = 0; i < 2; i++) await (await page.waitForResponse(/\/api\/map/)).finished();
	assert.deepEqual(await spots(), before);
	await page.done();
});

test('the theme is kept', async () => {
	const page = await open(world, '/findings');
	const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
	const light = await paper();
	await page.locator('[data-theme-toggle]').click(); await page.locator('[data-theme-toggle]').click();
	const dark = await paper();
	assert.notEqual(dark, light);
	await page.reload();
	await page.locator('.todo, .empty').first().waitFor();
	assert.equal(await paper(), dark);
	await page.done();
});

test('when control is away the page says how old it is, and heals', mockOnly, async () => {
	const page = await open(world, '/map');
	await page.locator('[data-node]').first().waitFor();
	await page.route('**/api/**', (route) => route.abort());
	await page.locator('.bar.is-failure').waitFor();
	assert.match(await page.locator('.bar.is-failure').innerText(), /is \d+ s old.*pleach status/s);
	assert.ok(await page.locator('[data-node]').count() > 2, 'the last picture stays');
	await page.unroute('**/api/**');
	await page.locator('.bar.is-failure').waitFor({ state: 'detached' });
	page.faults.length = 0; // the aborted requests are the point of this test
	await page.done();
});

test('the API and the console agree on what a trace holds', async () => {
	const row = await failedTrace(world);
	const trace = await get(world, `/api/traces/${row.trace_id}`);
	const page = await open(world, `/trace/${row.trace_id}`);
	await page.locator('.call-row').first().waitFor();
	assert.equal(await page.locator('.call-row').count(), trace.spans.length);
	assert.equal(await page.locator('.line-row').count(), trace.logs.length);
	await page.done();
});
