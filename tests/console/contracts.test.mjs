// A person reads a contract and what a change of it breaks, by mouse and by keyboard, and the address says where they are.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open, REAL, start } from './lib.mjs';

let world;
before(async () => { world = await start(); });
after(() => world?.stop());
const query = (page) => new URL(page.url()).searchParams;

test('from the list into a contract, and through its types', { skip: Boolean(REAL) }, async () => {
	const page = await open(world, '/contracts');
	await page.getByRole('link', { name: 'orders' }).click();
	await page.getByRole('link', { name: 'POST /v1/orders', exact: true }).click();
	assert.equal(query(page).get('sel'), 'op:POST /v1/orders');
	await page.locator('.panel').getByText('Idempotency-Key').waitFor();
	await page.locator('.panel').getByRole('link', { name: 'OrderRequest' }).click();
	await page.locator('.panel').getByRole('link', { name: 'Item' }).click();
	assert.equal(query(page).get('sel'), 'type:Item');
	assert.deepEqual(await page.locator('.panel .used li').allInnerTexts(), ['Order', 'OrderRequest']);
	await page.keyboard.press('Escape');
	await page.locator('.panel').waitFor({ state: 'detached' });
	await page.done();
});

test('a word narrows operations and types', { skip: Boolean(REAL) }, async () => {
	const page = await open(world, '/contracts/orders/v1');
	await page.locator('.contract-doc tbody tr').first().waitFor();
	await page.keyboard.press('/');
	await page.keyboard.type('quantity');
	await page.locator('.contract-doc tbody tr').nth(1).waitFor({ state: 'detached' });
	assert.match(await page.locator('.contract-doc tbody tr').first().innerText(), /^Item/);
	assert.equal(query(page).get('q'), 'quantity');
	await page.keyboard.type('xyz');
	await page.getByText('Nothing here says').waitFor();
	await page.done();
});

test('a change shows its proof, whom it reaches, and the way without a break', { skip: Boolean(REAL) }, async () => {
	const page = await open(world, '/contracts/orders/v1');
	await page.getByRole('button', { name: 'Changes' }).click();
	const removed = page.getByRole('article', { name: '`total` of Order was removed' });
	await removed.waitFor();
	assert.match(await removed.locator('.witness').innerText(), /old contract\s+total is missing\s+new contract\s+valid/);
	assert.equal(await removed.locator('.reach li').count(), 6);
	await removed.getByRole('button', { name: '3 more' }).click();
	assert.equal(await removed.locator('.reach li').count(), 9);
	assert.match(await removed.innerText(), /Instead: Keep total/);
	await page.getByRole('button', { name: '1 warning' }).click();
	await removed.waitFor({ state: 'detached' });
	assert.equal(query(page).get('level'), 'warning');
	assert.match(await page.locator('.contract-change').innerText(), /unproved[^]*Agreed on by sales until 2027-01-31/);
	await page.done();
});

test('the place of a change leads to its line', { skip: Boolean(REAL) }, async () => {
	const page = await open(world, '/contracts/orders/v1?view=files&sel=services/orders/openapi-v1.yaml:4');
	assert.equal((await page.locator('.source li.is-on').innerText()).trim(), 'version: 1.4.0');
	await page.done();
});

test('g c goes to the contracts, and an unreadable one says where', { skip: Boolean(REAL) }, async () => {
	const page = await open(world, '/map');
	await page.locator('[data-node]').first().waitFor();
	await page.keyboard.press('g');
	await page.keyboard.press('c');
	await page.getByText('notification.proto:12').waitFor();
	assert.equal(new URL(page.url()).pathname, '/contracts');
	await page.done();
});

test('a contract that never changed says so, and how to ask before a merge', { skip: Boolean(REAL) }, async () => {
	const page = await open(world, '/contracts/invoicing/v1?view=changes');
	await page.getByText('pleach contract diff deployed:invoicing@v1').waitFor();
	await page.done();
});
