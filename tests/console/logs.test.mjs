// The log search in use: every click rewrites the query's text, and what the text asks for is what is shown.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { get, open, PATIENCE, REAL, start } from './lib.mjs';

let world;
before(async () => { world = await start(); });
after(() => world?.stop());
const mockOnly = { skip: Boolean(REAL) };
const QUERY = '[data-search="page"]';
const text = (page) => page.locator(QUERY).inputValue();
const search = (q, more = '') => `/logs?q=${encodeURIComponent(q)}${more}`;
const queried = (page, q) => page.waitForFunction(([s, wanted]) => document.querySelector(s)?.value === wanted, [QUERY, q]);
const settled = async (page) => { await page.locator('.log-scroll[aria-busy="false"], .result-scroll[aria-busy="false"], .empty').first().waitFor(); };

test('values are added and excluded by a click, wherever they stand', async () => {
	const page = await open(world, '/logs?from=5m');
	await page.locator('.facets .value').first().waitFor();
	const value = page.locator('.facets section', { has: page.locator('h2', { hasText: /^service$/ }) }).locator('li').first();
	const service = await value.locator('.text').innerText();
	await value.locator('.value').click();
	await queried(page, `service=${service}`);
	await settled(page);
	assert.deepEqual([...new Set(await page.locator('.log-row .svc').allInnerTexts())], [service]);
	await page.locator('.facets li.is-on .out').first().click();
	await queried(page, `-service=${service}`);
	await settled(page);
	assert.ok(!(await page.locator('.log-row .svc').allInnerTexts()).includes(service));
	await page.locator('.legend-item', { hasText: 'info' }).click();
	await queried(page, `-service=${service} level:info`);
	await settled(page);
	await page.locator('.log-row').first().click();
	await page.getByRole('button', { name: /^Exclude instance / }).first().click();
	await page.waitForFunction((s) => / -instance=\S+$/.test(document.querySelector(s).value), QUERY);
	assert.equal(new URL(page.url()).searchParams.get('q'), await text(page), 'the address says the same');
	await page.done();
});

test('patterns, the rows of one, and all but one', async () => {
	const page = await open(world, '/logs?from=5m&q=level:info');
	await page.locator('.log-row').first().waitFor();
	await page.keyboard.press('p');
	await queried(page, 'level:info | patterns');
	const first = page.locator('.patterns tbody tr').first();
	await first.waitFor();
	const template = await first.locator('.pattern').innerText(), all = Number(await page.locator('.result-scroll').getAttribute('data-rows'));
	assert.ok(all >= 2, 'more than one kind of message');
	await first.getByRole('button', { name: /^Exclude/ }).click();
	await page.waitForFunction(([s, t]) => document.querySelector(s).value.startsWith('level:info -') && [...document.querySelectorAll('.pattern')].every((p) => p.innerText !== t), [QUERY, template]);
	assert.match(await text(page), / \| patterns$/);
	await page.goBack();
	await queried(page, 'level:info | patterns');
	await page.locator('.pattern', { hasText: template }).first().locator('button').click();
	await page.locator('.log-row').first().waitFor();
	assert.match(await text(page), /^level:info ="/);
	const fixed = template.split('<*>').map((p) => p.trim()).filter((p) => /\w{2}/.test(p));
	for (const row of await page.locator('.log-row .msg').allInnerTexts()) for (const part of fixed) assert.ok(row.includes(part), `"${part}" in "${row}"`);
	await page.done();
});

test('a field over time: a chart to select in, its figures as a table, and the rows behind one', async () => {
	// A time that is over, and whose rows have all arrived: later ones are there already.
	const to = Date.now() - 2000, newest = async () => (await get(world, `/api/query?limit=1&q=level>=info&from=${to}`)).rows[0];
	for (const end = Date.now() + PATIENCE; !(Number((await newest())?.time_ns ?? 0) / 1e6 > to + 2000);) { assert.ok(Date.now() < end, 'rows keep coming'); await new Promise((done) => setTimeout(done, 200)); }
	const page = await open(world, `/logs?from=${to - 20 * 60_000}&to=${to}&q=level>=info`);
	const field = page.locator('.facets section', { has: page.locator('h2', { hasText: /^service$/ }) });
	await field.waitFor();
	await field.hover();
	await field.getByRole('button', { name: 'service over time' }).click();
	await queried(page, 'level>=info | stats count() by bucket(30s), service');
	await page.locator('.result-chart rect').first().waitFor();
	await page.locator('.result-table th', { hasText: 'count' }).getByRole('button').click();
	await queried(page, 'level>=info | stats count() by bucket(30s), service | sort count desc');
	await page.locator('.result-table th[aria-sort="descending"]').waitFor();
	await settled(page);
	const line = page.locator('.result-table tbody tr').first();
	const [, service, n] = await line.locator('td').allInnerTexts();
	await line.hover();
	await line.getByRole('button', { name: /^The rows behind/ }).click();
	await page.locator('.log-row').first().waitFor();
	assert.equal(await text(page), `level>=info service=${service.trim()}`);
	const url = new URL(page.url());
	const span = Number(url.searchParams.get('to')) - Number(url.searchParams.get('from'));
	assert.ok(span > 0 && span <= 30_000, 'the time of its bucket');
	const counted = await get(world, `/api/logs/histogram?buckets=1&q=${encodeURIComponent(await text(page))}&from=${url.searchParams.get('from')}&to=${url.searchParams.get('to')}`);
	assert.equal(String(counted.total), n.replace(/[^\d]/g, ''), 'as many rows as the figure said');
	await page.goBack();
	const chart = page.locator('.result-chart [data-histogram]');
	await chart.waitFor();
	const box = await chart.boundingBox();
	await page.mouse.move(box.x + box.width * 0.3, box.y + 30);
	await page.mouse.down(); await page.mouse.move(box.x + box.width * 0.6, box.y + 30, { steps: 3 }); await page.mouse.up();
	await page.waitForURL((u) => Number(u.searchParams.get('to')) - Number(u.searchParams.get('from')) < 15 * 60_000);
	assert.match(await text(page), /stats count\(\)/, 'the query stays');
	await page.done();
});

test('fields that a pipe makes are filtered, shown and counted', async () => {
	const to = Date.now() - 10_000; // a time that is over: rows that keep coming are counted by one before the other
	const page = await open(world, search('"order received" | parse order_id "<front:num>"', `&from=${to - 10 * 60_000}&to=${to}`));
	await page.locator('.log-row').first().click();
	await page.getByRole('button', { name: 'front as a column' }).last().click();
	await page.locator('.own-head', { hasText: 'front' }).waitFor();
	const one = await page.locator('.log-row .own').first().innerText();
	assert.match(one, /^\d+$/);
	await page.locator(QUERY).fill(`"order received" | parse order_id "<front:num>" | where front=${one}`);
	await page.keyboard.press('Enter');
	await page.waitForFunction((wanted) => { const all = [...document.querySelectorAll('.log-row .own')]; return all.length && all.every((c) => c.textContent === wanted); }, one);
	await page.waitForFunction(() => Number(document.querySelector('.legend strong').textContent) === Number(document.querySelector('.log-scroll').dataset.rows));
	await page.done();
});

test('columns of one’s choice are in the address, and in the command', async () => {
	const page = await open(world, '/logs?from=5m&q=level:info');
	await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
	await page.locator('.log-row').first().click();
	await page.getByRole('button', { name: 'instance as a column' }).last().click();
	await page.locator('.own-head', { hasText: 'instance' }).waitFor();
	const other = page.locator('.fields-table').getByRole('button', { name: /as a column$/ }).nth(1);
	const second = (await other.getAttribute('aria-label')).replace(' as a column', '');
	await other.click();
	await page.locator('.w-own').nth(1).hover();
	await page.getByRole('button', { name: `Move ${second} to the left` }).click();
	await page.waitForURL((u) => u.searchParams.get('cols') === `${second},instance`);
	assert.match(await page.locator('.log-row .own').nth(1).innerText(), /-\d+$/);
	await page.getByRole('button', { name: 'Copy as command' }).click();
	assert.equal(await page.evaluate(() => navigator.clipboard.readText()), `pleach logs 'level:info | fields time, level, service, ${second}, instance, message' --from 5m`);
	await page.reload();
	await page.locator('.w-own').nth(1).hover();
	await page.getByRole('button', { name: 'Remove the column instance' }).click();
	await page.waitForURL((u) => u.searchParams.get('cols') === second);
	await page.done();
});

test('an error shows its place, and leads there', async () => {
	const page = await open(world, search('"Töchter" | stats cuont() by level', '&from=5m'));
	await page.locator('.wrong-place mark').waitFor();
	assert.equal(await page.locator('.wrong-place mark').innerText(), 'cuont');
	assert.match(await page.locator('.query-error').innerText(), /count/);
	await page.locator('.wrong-place').click();
	assert.deepEqual(await page.locator(QUERY).evaluate((i) => i.value.slice(i.selectionStart, i.selectionEnd)), 'cuont');
	await page.keyboard.type('count');
	await page.keyboard.press('Enter');
	await queried(page, '"Töchter" | stats count() by level');
	await page.locator('.query-error').waitFor({ state: 'detached' });
	await settled(page);
	page.faults.length = 0; // the browser notes the answer of 400, which is the point
	await page.done();
});

test('time is chosen in the histogram by keyboard, and a `last:` gives way', async () => {
	const page = await open(world, search('last:10m level:info', '&from=30m'));
	await page.locator('.log-row').first().waitFor();
	await page.locator('[data-histogram]').waitFor();
	await page.keyboard.press('h');
	for (const key of ['ArrowLeft', 'ArrowLeft', 'Shift+ArrowLeft', 'Shift+ArrowLeft']) await page.keyboard.press(key);
	await page.keyboard.press('Enter');
	await page.waitForURL(/to=\d{13}/);
	await queried(page, 'level:info');
	const narrow = new URL(page.url()).searchParams;
	await page.locator('.legend').getByRole('button', { name: 'wider' }).click();
	await page.waitForURL((u) => u.searchParams.get('from') !== narrow.get('from'));
	assert.ok(Number(new URL(page.url()).searchParams.get('from')) < Number(narrow.get('from')));
	await page.done();
});

test('searches are kept under a name and are addresses', async () => {
	const page = await open(world, '/logs?from=15m&q=level>=warn&cols=instance');
	await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
	const sheet = page.getByRole('dialog', { name: 'Saved searches' });
	const openSheet = async () => { await page.getByRole('button', { name: 'Saved', exact: true }).click(); await sheet.waitFor(); };
	await openSheet();
	await sheet.getByLabel('Name of this search').fill('What hurts');
	await sheet.getByRole('button', { name: 'Save', exact: true }).click();
	await sheet.getByRole('link', { name: 'What hurts' }).waitFor();
	await sheet.getByRole('button', { name: 'With fixed times' }).click();
	assert.match(await page.evaluate(() => navigator.clipboard.readText()), /\/logs\?q=level.*from=\d{13}&to=\d{13}&cols=instance$/);
	await page.keyboard.press('Escape');
	await sheet.waitFor({ state: 'detached' });
	await page.goto(`${world.base}/logs`);
	await openSheet();
	await sheet.getByRole('link', { name: 'What hurts' }).click();
	await page.waitForURL((u) => u.searchParams.get('q') === 'level>=warn' && u.searchParams.get('cols') === 'instance' && u.searchParams.get('from') === '15m');
	await openSheet();
	await sheet.getByRole('button', { name: 'Forget What hurts' }).click();
	await sheet.getByRole('link', { name: 'What hurts' }).waitFor({ state: 'detached' });
	await page.done();
});

test('the language is one sheet, and its examples can be read', async () => {
	const page = await open(world, '/logs?from=5m&q=level:info');
	await page.locator('.log-row').first().waitFor();
	await page.getByRole('button', { name: 'Language' }).click();
	const examples = await page.locator('.language li button').allInnerTexts();
	assert.ok(examples.length >= 20);
	for (const q of examples) {
		const answer = await fetch(`${world.base}/api/query?from=1m&limit=1&q=${encodeURIComponent(q)}`);
		assert.equal(answer.status, 200, `${q}: ${await answer.text()}`);
	}
	await page.locator('.language').getByRole('button', { name: '| top 10 customer' }).click();
	await queried(page, 'level:info | top 10 customer');
	await page.done();
});

test('completion knows pipes, functions and fields', async () => {
	const page = await open(world, '/logs?from=5m');
	await page.locator('.facets .value').first().waitFor();
	const box = page.locator(QUERY);
	await box.pressSequentially('level>=warn | sta');
	await page.getByRole('option', { name: /stats count\(\) by/ }).waitFor();
	await box.press('Tab');
	await box.pressSequentially('inst');
	await page.getByRole('option', { name: /instance/ }).waitFor();
	await box.press('ArrowDown'); await box.press('Enter');
	await queried(page, 'level>=warn | stats count() by instance');
	await settled(page);
	await page.done();
});

test('lines around each hit, by a pipe', async () => {
	const page = await open(world, search('level:warn | limit 3 | context 2', '&from=20m'));
	await page.locator('.log-row.is-here').first().waitFor();
	const [all, hits] = [await page.locator('.log-row').count(), await page.locator('.log-row.is-here').count()];
	assert.ok(hits >= 1 && hits <= 3 && all > hits, `${hits} hits among ${all} rows`);
	await page.done();
});

test('what a limit left out is said', mockOnly, async () => {
	const page = await open(world, '/findings');
	await page.route('**/api/query?**', async (route) => { const answer = await (await route.fetch()).json(); await route.fulfill({ json: { ...answer, cut: true, why: 'more than 1000 groups; the rest is (other)' } }); });
	await page.goto(`${world.base}${search('| top 3 service')}`);
	await page.locator('.scanned .why').waitFor();
	assert.match(await page.locator('.scanned').innerText(), /Not all: more than 1000 groups; the rest is \(other\)\..*\d+ rows .*scanned/s);
	await page.done();
});

test('ten thousand lines of a table stay a few in the document', mockOnly, async () => {
	const page = await open(world, '/findings');
	const rows = Array.from({ length: 10_000 }, (_, i) => [`value ${i}`, 10_000 - i]);
	await page.route('**/api/query?**', async (route) => route.fulfill({ json: { kind: 'table', columns: [{ name: 'customer', type: 'text' }, { name: 'count', type: 'number' }], rows, next: '', from_ns: '0', to_ns: '1', scanned: { rows: 1, bytes: 1, segments: 1, skipped_segments: 0 }, cut: false, took_ns: 1 } }));
	await page.goto(`${world.base}${search('| top 10000 customer')}`);
	await page.locator('.result-table td').first().waitFor();
	for (const part of [0.5, 1]) {
		await page.locator('.result-scroll').evaluate((el, p) => { el.scrollTop = el.scrollHeight * p; }, part);
		await page.waitForFunction((wanted) => [...document.querySelectorAll('.result-table td:first-child')].some((td) => td.textContent.trim() === wanted), part === 1 ? 'value 9999' : 'value 5000');
		assert.ok(await page.locator('.result-table tbody tr').count() < 120);
	}
	await page.done();
});

test('following a table asks again; what cannot be followed says so', async () => {
	const page = await open(world, search('| stats count() by level', '&from=5m&live=1'));
	await page.locator('.result-table td').first().waitFor();
	await page.waitForResponse(/\/api\/query\?/);
	await page.goto(`${world.base}${search('| sort level', '&from=5m&live=1')}`);
	await page.locator('.query-error').waitFor();
	assert.match(await page.locator('.query-error').innerText(), /sort needs all rows/);
	page.faults.length = 0; // the refused request is the point
	await page.done();
});
