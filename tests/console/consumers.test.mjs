// A person finds out who fits whom, who uses an operation, whom a change hits, and who must move from an old version: by mouse and keyboard, and the
// address says where they are.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { manyIntegrations } from './consumers.mjs';
import { accessible, here, open, REAL, start } from './lib.mjs';

let world, model, texts;
async function bundled(file) {
	const require = createRequire(join(here, '../../ui/package.json'));
	const out = await require('esbuild').build({ entryPoints: [join(here, '../../ui/src/pages', file)], bundle: true, format: 'esm', write: false });
	return import(`data:text/javascript;base64,${Buffer.from(out.outputFiles[0].contents).toString('base64')}`);
}
before(async () => { world = await start(); model = await bundled('integrations-model.ts'); texts = await bundled('migration-text.ts'); });
after(() => world?.stop());
const mockOnly = { skip: Boolean(REAL) };
const query = (page) => new URL(page.url()).searchParams;
const copied = async (page, button) => { await page.context().grantPermissions(['clipboard-read', 'clipboard-write']); await button.click(); await page.getByText(/opied/).first().waitFor(); return page.evaluate(() => navigator.clipboard.readText()); };

test('the matrix: environment, a pair that does not fit, why, and the command', mockOnly, async () => {
	const page = await open(world, '/map');
	await page.locator('.rail').getByRole('link', { name: 'Matrix' }).click();
	await page.getByRole('button', { name: '1 failed' }).waitFor(); // production first, where something runs
	await page.getByRole('button', { name: 'staging' }).click();
	assert.equal(query(page).get('env'), 'staging');
	await page.locator('.matrix').getByRole('link', { name: 'orders 3.12.6 with invoicing 2.9.2: failed' }).click();
	const panel = page.locator('.panel');
	await panel.getByText('$.body.total: expected a number, the answer has none').first().waitFor();
	assert.match(await panel.innerText(), /orders 3\.12\.6 and invoicing 2\.9\.2 do not fit in staging/);
	await panel.getByText('1.13.6', { exact: true }).or(panel.getByText('3.13.6', { exact: true })).first().waitFor();
	assert.equal(await copied(page, panel.getByRole('button', { name: 'Copy the command for orders' })), 'pleach contract can-i-deploy orders 3.14.6 --to staging');
	const older = panel.locator('.pact-version').filter({ has: page.locator('summary', { hasText: '3.11.6' }) });
	await older.locator('summary').click();
	await older.getByText('a new order').waitFor();
	await panel.getByText('given an order with the id o-1').waitFor(); // provider states, of whatever version the pact is
	await page.keyboard.press('Escape');
	await panel.waitFor({ state: 'detached' });
	assert.equal(query(page).get('consumer'), null);
	await page.done();
});

test('the matrix by keyboard: arrows go from pair to pair, Enter opens, a reload shows the same', mockOnly, async () => {
	const page = await open(world, '/matrix?env=staging');
	await page.locator('.matrix .cell').first().focus();
	await page.keyboard.press('ArrowRight');
	assert.match(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), /^back-office .* with invoicing .*: fits$/);
	await page.keyboard.press('ArrowDown');
	await page.keyboard.press('Enter');
	await page.locator('.panel').waitFor();
	assert.deepEqual([query(page).get('consumer'), query(page).get('provider')], ['orders', 'invoicing']);
	await page.reload();
	await page.locator('.panel').getByText('What does not fit').waitFor();
	await page.done();
});

test('a result and a word narrow the matrix; newest shows what is pending', mockOnly, async () => {
	const page = await open(world, '/matrix?env=*&view=list');
	await page.getByRole('button', { name: '1 pending' }).click();
	await page.locator('tbody tr').nth(1).waitFor({ state: 'detached' });
	assert.match(await page.locator('tbody').innerText(), /courier[^]*notification[^]*pending/);
	await page.locator('tbody tr').first().click();
	await page.locator('.panel').getByText('does not fail that build').waitFor();
	await page.keyboard.press('Escape');
	await page.getByRole('button', { name: '1 pending' }).click();
	await page.keyboard.press('/');
	await page.keyboard.type('nobody-at-all');
	await page.getByText('No pair is like that').waitFor();
	await page.getByRole('button', { name: /^Show all/ }).click();
	await page.locator('tbody tr').nth(7).waitFor();
	await page.done();
});

test('calls without a pact can be seen, and lead to what is used', mockOnly, async () => {
	const page = await open(world, '/matrix');
	await page.getByRole('button', { name: '1 no pact' }).click();
	await page.getByRole('link', { name: 'orders with stock: no pact' }).click(); // seen by the gateway; the other pairs of the map have their pacts
	await page.locator('.panel').getByText(/calls? in the last day/).waitFor();
	await accessible(page, 'a pair without a pact');
	await page.done();
});

test('500 services with 2,000 pairs stay usable: a list, trouble first, and a word makes it a grid', mockOnly, async () => {
	const page = await open(world, '/matrix', { answers: { '/api/integrations': manyIntegrations() } });
	await page.locator('tbody tr').nth(199).waitFor();
	assert.equal(await page.locator('.table tbody tr').count(), 200, 'only as many rows as somebody can look at');
	assert.match(await page.locator('.table tbody tr').first().innerText(), /failed/);
	await page.getByRole('button', { name: '1800 more' }).waitFor();
	await page.keyboard.press('/');
	await page.keyboard.type('service-017');
	await page.locator('.matrix').waitFor();
	assert.ok(await page.locator('.matrix tbody tr').count() <= 20);
	await accessible(page, 'the matrix of many');
	await page.done();
});

test('without a pact the matrix says how to publish the first', mockOnly, async () => {
	const page = await open(world, '/matrix', { answers: { '/api/integrations': { environments: [], integrations: [] } } });
	await page.getByText('pleach contract publish').waitFor();
	await page.getByText('/pact-broker').waitFor();
	await accessible(page, 'an empty matrix');
	await page.done();
});

test('pages that have nothing to show are not in the rail', mockOnly, async () => {
	const page = await open(world, '/contracts', { answers: { '/api/integrations': { environments: [], integrations: [] }, '/api/migrations': { migrations: [] } } });
	await page.locator('[data-row]').first().waitFor();
	assert.equal(await page.locator('.rail').getByRole('link', { name: 'Matrix' }).count(), 0);
	assert.equal(await page.locator('.rail').getByRole('link', { name: 'Migrations' }).count(), 0);
	await page.getByRole('main').getByRole('link', { name: 'Migrations' }).click(); // but they can be found
	await page.getByText('sunset: 20').waitFor();
	await page.locator('.rail').getByRole('link', { name: 'Migrations' }).waitFor();
	await page.done();
});

test('who uses an operation, with what proof; the last call is a trace', mockOnly, async () => {
	const page = await open(world, '/contracts/orders/v1');
	await page.getByRole('button', { name: 'Consumers' }).click();
	await page.getByText('3 consumers called 2 of 4 operations in the last 30 days').waitFor();
	await page.getByRole('row', { name: /^storefront proved used named 17,201/ }).getByRole('link', { name: 'storefront' }).click();
	assert.deepEqual([query(page).get('op'), query(page).get('consumer')], ['POST /v1/orders', 'storefront']);
	const panel = page.locator('.panel');
	assert.match(await panel.innerText(), /it calls this operation, and its contract names it[^]*sales[^]*#sales[^]*In the body[^]*items\[\]\.sku\s+100 %/);
	await page.keyboard.press('Escape');
	await page.getByRole('button', { name: '1 not seen' }).click();
	assert.match(await page.locator('.consumers tbody').innerText(), /back-office\s+not seen for 30 d/);
	await page.getByRole('button', { name: '1 not seen' }).click();
	await page.getByRole('button', { name: 'By consumer' }).click();
	await page.getByRole('rowgroup').filter({ hasText: 'storefront' }).getByRole('row', { name: /GET \/v1\/orders\/\{id\}/ }).waitFor();
	assert.match(await page.getByRole('region', { name: 'Calls that fit no operation' }).innerText(), /GET\s+\/v1\/order\/77\s+back-office\s+41/);
	await page.getByRole('region', { name: 'Calls that fit no operation' }).getByRole('link', { name: /ago/ }).first().click();
	await page.locator('[data-why]').waitFor();
	await page.done();
});

test('a service of which nobody is known to call says what would fill the page', mockOnly, async () => {
	const page = await open(world, '/contracts/invoicing/v1?view=consumers');
	await page.getByText('Nobody is known to use invoicing v1').waitFor();
	await page.done();
});

test('a change names whom it hits, for certain first', mockOnly, async () => {
	const page = await open(world, '/contracts/orders/v1?view=changes');
	const removed = page.getByRole('article', { name: '`total` of Order was removed' });
	await removed.waitFor();
	const rows = await removed.locator('.hit tbody tr').allInnerTexts();
	assert.match(rows[0], /storefront\s+proved used\s+its pact of version 2\.14\.1 names total[^]*\d min ago\s+sales\s+#sales/);
	assert.match(rows[1], /back-office\s+possibly used/);
	assert.match(rows[2], /courier\s+no data/);
	assert.match(await page.getByRole('article', { name: /^the pattern of/ }).locator('.hit').innerText(), /Nobody for certain[^]*not seen for 30 d/);
	await page.getByText('Judged by calls of the last 30 days in production').waitFor();
	await page.done();
});

test('migrations: the most urgent first, then who must change what, and a message for the owner', mockOnly, async () => {
	const page = await open(world, '/migrations');
	await page.locator('.migrations tbody tr').nth(3).waitFor();
	assert.deepEqual((await page.locator('.migrations tbody tr').allInnerTexts()).map((t) => /overdue|can be removed|deprecated|planned/.exec(t)?.[0]), ['overdue', 'can be removed', 'deprecated', 'planned']);
	assert.match(await page.locator('.course').nth(2).getAttribute('aria-label'), /^deprecated 61 d ago, last day in 12 d, brown-out 6 d ago for 1 h, brown-out in 3 d for 2 h/);
	await page.getByRole('link', { name: 'notification v1 → v2' }).click();
	assert.equal(new URL(page.url()).pathname, '/migrations/notification/v1');
	const invoicing = page.getByRole('article', { name: 'invoicing' });
	await invoicing.getByText('2 things to change in 2 operations').waitFor();
	await invoicing.getByText('Send "urgent" for 1 and 2').waitFor();
	await invoicing.locator('summary').click();
	await invoicing.getByText('Send "urgent" for 1 and 2').waitFor({ state: 'hidden' });
	const text = await copied(page, invoicing.getByRole('button', { name: 'Copy a message to billing' }));
	assert.match(text, /^notification v1 ends on \d{4}-\d\d-\d\d, in 12 days; v2 takes its place\.\nUntil then it fails on purpose[^]*invoicing \(billing, #billing\) still calls it[^]*POST \/v1\/messages:\n {4}- recipient of Message was split into name and address\. Send name and address[^]*\/migrations\/notification\/v1\n$/);
	assert.ok(!text.includes('legacy-mailer'), 'an owner is told of their own service');
	assert.match(await page.getByRole('region', { name: 'Moved' }).innerText(), /courier[^]*11 d ago\s+9 d ago/);
	await page.done();
});

test('a finding about a version that ends leads to its migration', mockOnly, async () => {
	const page = await open(world, '/findings');
	await page.getByRole('article', { name: /ends in 12 days/ }).getByRole('link', { name: 'Migration' }).click();
	await page.getByText('2 of 5 consumers still call it').waitFor();
	await page.done();
});

test('when nobody is left the page says so, and what is next', mockOnly, async () => {
	const page = await open(world, '/migrations/invoicing/v1');
	await page.getByText('Everybody has moved').waitFor();
	assert.match(await page.locator('.removable').innerText(), /the last call was 33 d ago\. Thanks to sales, billing\.[^]*services\/invoicing\/service\.yaml/);
	await page.done();
});

test('faulty transforms and an unknown migration say so', mockOnly, async () => {
	const page = await open(world, '/migrations/orders/v0');
	await page.getByText('the whole requires').waitFor();
	await accessible(page, 'faulty transforms');
	await page.goto(`${world.base}/migrations/orders/v7`);
	await page.getByText('orders v7 is not on its way out').waitFor();
	await page.done();
});

for (const [path, ready] of [['/matrix?env=staging&consumer=orders&provider=invoicing', '.panel .pact-version'], ['/contracts/orders/v1?view=consumers&op=POST+/v1/orders&consumer=outside', '.panel .sent'], ['/contracts/orders/v1?view=changes', '.hit tr'], ['/migrations', '.course'], ['/migrations/notification/v1', '.caller'], ['/migrations/invoicing/v1', '.removable']]) {
	test(`${path} is accessible in light and dark, and fits a narrow window`, mockOnly, async () => {
		const page = await open(world, path, { width: 1024, height: 700 });
		await page.locator(ready).first().waitFor();
		assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
		await accessible(page, `${path} in light`);
		await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
		await accessible(page, `${path} in dark`);
		await page.done();
	});
}

test('how a pair stands depends on where: pending only for the newest, absent where not both are', () => {
	const at = (environment, result) => ({ environment, consumer_version: '1', provider_version: '2', result, verified_ms: 1 });
	const latest = (result) => ({ consumer_version: '3', branch: '', provider_version: '4', result, verified_ms: 1, published_ms: 1, pact: '/' });
	const data = { environments: [{ name: 'test', production: false }, { name: 'prod', production: true }], integrations: [{ consumer: 'a', provider: 'b', pending: true, latest: latest('failed'), environments: [at('test', 'failed')] }, { consumer: 'c', provider: 'b', pending: false, latest: latest('success'), environments: [at('prod', 'unverified')] }] };
	assert.deepEqual(model.pairsOf(data, '*').map((p) => p.fit), ['pending', 'ok']);
	assert.deepEqual(model.pairsOf(data, 'test').map((p) => p.fit), ['failed', 'absent']);
	assert.deepEqual(model.pairsOf(data, 'prod').map((p) => p.fit), ['absent', 'unverified']);
	assert.equal(model.standardEnvironment(data), 'prod');
	assert.equal(model.standardEnvironment({ ...data, integrations: [] }), '*');
	assert.deepEqual(model.choose(model.pairsOf(data, 'test'), { word: '', team: 'x', fit: '', order: 'trouble' }, (s) => s === 'c' ? 'x' : '').map((p) => p.consumer), ['c']);
});

test('a pact of any version and of any quality can be read', () => {
	assert.deepEqual(model.interactionsOf({ interactions: [{ description: 'one', provider_state: 's', request: { method: 'get', path: '/a', query: 'b=1' }, response: { status: 200 } }] }).rows, [{ description: 'one', kind: 'Synchronous/HTTP', asks: 'GET /a?b=1', answers: '200', states: ['s'] }]);
	assert.deepEqual(model.interactionsOf({ interactions: [{ type: 'Asynchronous/Messages', description: 'an event', providerStates: [{ name: 'x' }, null, 7] }], metadata: { pactSpecification: { version: '4.0' } } }), { rows: [{ description: 'an event', kind: 'Asynchronous/Messages', asks: '', answers: '', states: ['x'] }], more: 0, specification: '4.0' });
	for (const bad of [null, 7, 'x', [], { interactions: 7, messages: { a: 1 } }, { interactions: [null, 'x', [], { request: 3, response: [], description: {} }] }, { metadata: [] }]) assert.ok(Array.isArray(model.interactionsOf(bad).rows));
	assert.equal(model.interactionsOf({ messages: Array.from({ length: 250 }, () => ({ description: 'm' })) }).more, 50);
	assert.equal(model.deployCommand("it's", '1 0', '*'), "pleach contract can-i-deploy 'it'\\''s' '1 0'");
});

test('the time axis holds every date, but no more than half a year to each side', () => {
	const now = Date.UTC(2026, 10, 26), day = 864e5, m = (deprecated_ms, sunset_ms) => ({ deprecated_ms, sunset_ms, brownouts: [] });
	const near = texts.axisOf([m(now - 20 * day, now + 30 * day)], now);
	assert.ok(near.from < now - 20 * day && near.from > now - 25 * day && near.to > now + 30 * day && near.to < now + 35 * day);
	const far = texts.axisOf([m(now - 3000 * day, now + 3000 * day)], now);
	assert.ok(far.to - far.from < 400 * day);
	const none = texts.axisOf([m(0, 0)], now);
	assert.ok(none.from < now && none.to > now);
	const x = { sentence: 'a', remedy: '', kind: '', fingerprint: '' }, y = { ...x, sentence: 'b' }, op = (operation, must) => ({ operation, calls: 1, last_ms: 1, must });
	const musts = texts.mustsOf({ operations: [op('1', [x, y]), op('2', [x]), op('3', [x, y])] });
	assert.deepEqual([musts.all, musts.each.map((o) => o.must.length), musts.count], [[x], [1, 0, 1], 2], 'what is the same everywhere is said once');
	assert.deepEqual(texts.mustsOf({ operations: [] }), { all: [], each: [], count: 0 });
	assert.equal(texts.daysWords({ sunset_ms: 1, days_left: 0, state: 'due' }), 'ends today');
	assert.equal(texts.daysWords({ sunset_ms: 0, days_left: 0, state: 'planned' }), 'no last day yet');
});
