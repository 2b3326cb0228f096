// What a lead does from the catalogue's pages: gives an orphan to a team, raises work items, looks at a team and at registries. Against a running fleet (PLEACH_CONSOLE_URL) the clicks are real.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible, open, REAL, start } from './lib.mjs';

let world;
before(async () => { world = await start(); });
after(() => world?.stop());
const mockOnly = { skip: Boolean(REAL) }, realOnly = { skip: !REAL };
const ITEMS = (list) => ({ configured: true, where: 'github.com/shop/operations', asked_ms: Date.now(), problem: '', items: list });

// Answers requests that change something, and remembers them.
async function taking(page, answers) {
	const sent = [];
	await page.route((url) => url.pathname.startsWith('/api/'), async (route) => {
		const r = route.request(), path = new URL(r.url()).pathname;
		if (r.method() === 'GET') return route.fallback();
		sent.push([r.method(), path, r.postDataJSON()]);
		const [status, json] = answers(r.method(), path);
		return route.fulfill({ status, json });
	});
	return sent;
}

test('an orphan is given to the likely team by a click, and the page says what to do next', mockOnly, async () => {
	const page = await open(world, '/catalog?only=orphan');
	const file = '/srv/shop/clones/label-printer/service.yaml';
	const sent = await taking(page, () => [200, { service: 'label-printer', owner: 'logistics', before: '', file, line: 2, created: true }]);
	await page.getByRole('button', { name: 'Give it to logistics: label-printer' }).click();
	await page.getByText('Commit it, and the catalogue has it').waitFor();
	assert.deepEqual(sent, [['PUT', '/api/catalog/label-printer/owner', { team: 'logistics' }]]);
	assert.match(await page.locator('.took').innerText(), /A new file says logistics now: clones\/label-printer\/service\.yaml:2/);
	assert.equal(new URL(page.url()).pathname, '/catalog', 'the row was not opened');
	await page.getByText('catalog: { work_items: https://github.com/OWNER/REPO').waitFor(); // no place is named
	assert.equal(await page.getByRole('button', { name: /Raise/ }).count(), 0);
	await accessible(page, 'orphans with what can be done');
	await page.done();
});

test('another team is chosen on the service’s page; a refusal says why, where', mockOnly, async () => {
	const page = await open(world, '/services/label-printer');
	const sent = await taking(page, () => [409, { error: 'conflict', message: 'it is changed and not committed', file: 'service.yaml', line: 3 }]);
	await page.getByLabel('Whose label-printer is to be').selectOption('platform');
	await page.getByRole('button', { name: 'Give it to platform: label-printer' }).click();
	assert.match(await page.getByRole('alert').innerText(), /service\.yaml:3: it is changed and not committed/);
	assert.deepEqual(sent[0][2], { team: 'platform' });
	page.faults.length = 0; // the browser itself complains of a 409
	await accessible(page, 'a service in nobody’s hands');
	await page.done();
});

test('who tried to reach the owner says how it went, by one click', mockOnly, async () => {
	const page = await open(world, '/services/orders');
	let status = 204;
	const sent = await taking(page, () => status === 204 ? [204, undefined] : [403, { error: 'forbidden', message: 'only from this machine' }]);
	await page.getByRole('button', { name: 'Nobody answered' }).click();
	await page.getByText(/Kept: .* did not answer\. What they own is in nobody’s hands/).waitFor();
	assert.deepEqual(sent, [['POST', '/api/catalog/orders/evidence', { kind: 'contact', ok: false }]]);
	await accessible(page, 'an owner who did not answer');
	await page.reload();
	status = 403;
	await page.getByRole('button', { name: 'They answered' }).click();
	assert.match(await page.getByRole('alert').innerText(), /only from this machine/);
	assert.deepEqual(sent[1][2], { kind: 'contact', ok: true });
	page.faults.length = 0; // the browser itself complains of a 403
	await page.done();
});

test('work items: raised once, with a link; all at once; what went wrong is said', mockOnly, async () => {
	let items = [], problem = '';
	const page = await open(world, '/catalog?only=orphan');
	await page.route((url) => url.pathname === '/api/work-items', (route) => route.request().method() === 'GET' ? route.fulfill({ json: { ...ITEMS(items), problem } }) : route.fallback());
	const sent = await taking(page, () => { items = [{ id: 'label-printer', number: '12', url: 'https://github.com/shop/operations/issues/12', open: true }]; return [200, { where: 'x', dry_run: false, items, raised: 1, closed: 0, unchanged: 0 }]; });
	await page.reload();
	await page.getByRole('button', { name: 'Raise a work item for label-printer' }).click();
	const link = page.getByRole('link', { name: '#12' });
	assert.equal(await link.getAttribute('href'), 'https://github.com/shop/operations/issues/12');
	assert.equal(await page.getByRole('button', { name: 'Raise a work item for label-printer' }).count(), 0);
	problem = 'GitHub answers 500';
	await page.getByRole('button', { name: 'Raise all 2' }).click();
	await page.getByText('1 raised, 0 closed.').waitFor();
	await page.getByText('GitHub answers 500').waitFor();
	assert.deepEqual(sent.map((s) => s[2]), [{ service: 'label-printer' }, {}]);
	await accessible(page, 'work items');
	await page.done();
});

test('a team’s page: its services, what helps most, what waits for it, whom it works with', mockOnly, async () => {
	let page = await open(world, '/services/notification');
	await page.locator('.service-head').getByRole('link', { name: 'logistics' }).click();
	await page.getByRole('heading', { name: 'logistics' }).waitFor();
	assert.deepEqual(await page.locator('.catalog tbody th a').allInnerTexts(), ['coupons', 'notification', 'stock', 'warehouse']);
	const text = await page.locator('#page').innerText();
	for (const seen of [/1 service in nobody’s hands, and likely to be its own/, /label-printer\s+1 of those who wrote it is of logistics/, /What would help most\s+\+\d+/, /Works with[\s\S]*billing\s+[\d.]+\/s/, /broker: decided differently/, /Said in\s+pleach\.yaml:\d+/]) assert.match(text, seen);
	await accessible(page, 'a team');
	await page.emulateMedia({ colorScheme: 'dark' });
	await accessible(page, 'a team, dark');
	await page.getByRole('link', { name: 'billing' }).first().click();
	await page.getByRole('heading', { name: 'billing' }).waitFor();
	await page.goto(world.base + '/teams/telephony');
	await page.getByText('only named as an owner: no file says that there is such a team').waitFor();
	await page.goto(world.base + '/teams/nobody');
	await page.getByText('No team is called nobody').waitFor();
	await page.done();
});

test('registries: how each is followed, its instances by service, what it says of owners; none says what to write', mockOnly, async () => {
	const at = (service, address, health, owner = '') => ({ service, id: `${service}-1`, address, health, owner });
	const registries = [
		{ registry: 'consul', url: '127.0.0.1:8500', secure: false, state: 'failing', problem: 'Consul answers 500', heard_ms: Date.now() - 60000, changes: 7, cut: false, instances: [at('orders', '10.0.0.1:80', 'passing', 'sales'), at('orders', '10.0.0.2:80', 'critical'), at('fax-server', '10.0.0.9:1', 'unknown')] },
		{ registry: 'etcd', url: '127.0.0.1:2379', secure: true, state: 'following', problem: '', heard_ms: Date.now(), changes: 0, cut: true, instances: [] },
	];
	const page = await open(world, '/catalog?view=registries', { answers: { '/api/discovery': { registries } } });
	const consul = page.getByRole('region', { name: 'Consul', exact: true });
	assert.match(await consul.innerText(), /failing[\s\S]*3 instances of 2 services[\s\S]*1 critical[\s\S]*7 changes[\s\S]*Consul answers 500\. What it said last stays\.[\s\S]*fax-server\s+in no repository[\s\S]*orders\s+10\.0\.0\.1:80\s+passing\s+sales/);
	assert.match(await page.getByRole('region', { name: 'etcd' }).innerText(), /following[\s\S]*and more that are not kept[\s\S]*It names no instance/);
	await accessible(page, 'registries');
	await page.done();
	const none = await open(world, '/catalog?view=registries');
	await none.getByText('No registry is followed').waitFor();
	await none.done();
});

test('a real click raises a real work item and writes a real owner', realOnly, async () => {
	const page = await open(world, '/catalog?only=orphan');
	await page.getByRole('button', { name: 'Raise a work item for parcels' }).click();
	await page.locator('tr', { hasText: 'parcels' }).locator('.work-item').getByText('open').waitFor();
	await page.goto(world.base + '/services/parcels');
	await page.getByLabel('Whose parcels is to be').selectOption('billing');
	await page.getByRole('button', { name: 'Give it to billing: parcels' }).click();
	await page.getByText('Commit it, and the catalogue has it').waitFor();
	await page.done();
});
