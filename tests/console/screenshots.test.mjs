// The pictures of the README: made only with UPDATE_SCREENSHOTS=1.
import { after, before, test } from 'node:test';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { failedTrace, here, open, start } from './lib.mjs';

const skip = process.env.UPDATE_SCREENSHOTS !== '1';
let world;
before(async () => { if (!skip) world = await start(); });
after(() => world?.stop());

for (const scheme of ['light', 'dark']) {
	test(`pictures in ${scheme}`, { skip }, async () => {
		const folder = join(here, '../../docs/images');
		mkdirSync(folder, { recursive: true });
		const trace = await failedTrace(world);
		for (const [name, path, ready] of [['map', '/map', '.spark'], ['logs', '/logs', '.log-row'], ['trace', `/trace/${trace.trace_id}`, '[data-why]']]) {
			const page = await open(world, path, { scheme });
			await page.locator(ready).first().waitFor();
			if (name === 'map') await page.locator('.ring-bad, .ring').first().waitFor();
			if (name === 'logs') await page.locator('.facets .value').first().waitFor();
			if (name === 'trace') await page.locator('.call-row').first().waitFor();
			await page.evaluate(() => document.fonts.ready);
			await page.screenshot({ path: join(folder, `${name}-${scheme}.png`) });
			await page.done();
		}
	});
}
