// Every page renders without a complaint of the browser, and axe finds nothing, in light and dark; and the console stays small.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { accessible, failedTrace, here, open, READY, REAL, start } from './lib.mjs';

let world, trace;
before(async () => { world = await start(); trace = await failedTrace(world); });
after(() => world?.stop());

const PAGES = [
	...Object.entries(READY).map(([path, ready]) => [path, () => path, ready]),
	['/map as a table', () => '/map?view=table', 'table[data-table]'],
	['/map with a dependency open', () => '/map?sel=invoicing>notification', '.panel .figures'],
	['/map with a service open', () => '/map?sel=orders', '.panel'],
	['/logs with a wrong query', () => '/logs?q=%22open', '.query-error'],
	['/logs with a wrong pipe', () => '/logs?q=error+|+stats+cuont()', '.wrong-place mark'],
	['/logs as patterns', () => '/logs?q=|+patterns', '.patterns td'],
	['/logs as a chart', () => '/logs?q=|+stats+count()+by+bucket(1m),+service', '.result-chart rect'],
	['/logs as lines', () => '/logs?q=|+stats+distinct(trace),+count()+by+bucket(1m),+service', '.result-chart canvas'],
	['/logs as a table', () => '/logs?q=|+stats+count()+by+service,+level+|+compare+10m', '.result-table td'],
	['/logs with a row open and a column', () => '/logs?cols=instance', '.log-row', async (page) => { await page.keyboard.press('j'); await page.keyboard.press('c'); await page.locator('.context tr').first().waitFor(); }],
	['/logs with its language', () => '/logs', '.facets .value', async (page) => { await page.getByRole('button', { name: 'Language' }).click(); await page.locator('.language').waitFor(); }],
	['/logs with saved searches', () => '/logs?q=error', '.log-row, .empty', async (page) => { await page.getByRole('button', { name: 'Saved' }).click(); await page.getByRole('button', { name: 'Save', exact: true }).click(); await page.locator('.saved a').waitFor(); }],
	['/logs without a match', () => '/logs?q=nothingeverwritesthisword', '.empty'],
	['/trace', () => `/trace/${trace.trace_id}`, '[data-why]'],
	['/trace with a call open', () => `/trace/${trace.trace_id}?fold=1`, '[data-span]', async (page) => { await page.locator('[data-span]').first().click(); await page.locator('.panel').waitFor(); }],
	['/trace that is unknown', () => `/trace/${'0'.repeat(31)}1`, '.empty', null, [/404/]],
	['/services/invoicing', () => '/services/invoicing', '.chart canvas'],
	['/contracts/orders/v1', () => '/contracts/orders/v1', '.contract-doc tbody tr'],
	['/contracts/orders/v1 with an operation open', () => '/contracts/orders/v1?sel=op:POST+/v1/orders', '.panel .fields'],
	['/contracts/orders/v1 with a type open', () => '/contracts/orders/v1?sel=type:Order', '.panel .fields'],
	['/contracts/orders/v1, its changes', () => '/contracts/orders/v1?view=changes', '.contract-change'],
	['/contracts/orders/v1, its files', () => '/contracts/orders/v1?view=files', '.source li'],
	['/contracts of nobody', () => '/contracts/nobody/v9', '.empty', null, [/404/]],
	['a page that is not there', () => '/nowhere', '.empty'],
];
for (const [name, path, ready, then, allowed = name.includes('wrong') ? [/400/] : []] of PAGES) {
	test(`${name}, in light and dark`, async () => {
		const page = await open(world, path());
		await page.locator(ready).first().waitFor();
		if (then) await then(page);
		await accessible(page, `${name} in light`);
		await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
		await accessible(page, `${name} in dark`);
		// The browser itself notes answers of 400 and 404; where one is the point, it is no fault.
		for (let i = page.faults.length - 1; i >= 0; i--) if (allowed.some((a) => a.test(page.faults[i]))) page.faults.splice(i, 1);
		await page.done();
	});
}

test('nothing is cut off in a narrow window', async () => {
	for (const path of ['/map?sel=invoicing>notification', '/logs', '/traces', `/trace/${trace.trace_id}`, '/findings', '/services/orders', '/contracts', '/contracts/orders/v1?sel=type:Order', '/contracts/orders/v1?view=changes']) {
		const page = await open(world, path, { width: 1024, height: 700 });
		await page.locator('#page h1').first().waitFor({ state: 'attached' });
		assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, `${path} is wider than the window`);
		await page.done();
	}
});

test('the answer forbids everything that the console does not need', async () => {
	const response = await fetch(`${world.base}/map`, { headers: { accept: 'text/html' } });
	const csp = response.headers.get('content-security-policy') ?? '';
	for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "base-uri 'none'", "frame-ancestors 'none'"]) assert.ok(csp.includes(part), `${part} in "${csp}"`);
	assert.ok(!/unsafe/.test(csp));
});

test('the console is below 300 kB as sent', { skip: Boolean(REAL) }, () => {
	const dist = join(here, '../../ui/dist');
	const names = readdirSync(dist, { recursive: true }).map(String);
	for (const ending of ['.gz', '.br']) {
		const sent = names.filter((n) => n.endsWith(ending)).reduce((sum, n) => sum + statSync(join(dist, n)).size, 0);
		assert.ok(sent > 10_000 && sent < 300_000, `${sent} bytes of ${ending}`);
	}
	assert.ok(!/\sstyle=|<script>|<style>/.test(readFileSync(join(dist, 'index.html'), 'utf8')), 'no inline style or script');
});
