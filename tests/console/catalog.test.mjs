// A lead looks through the catalogue: what is nobody's and whom to ask, what is contradicted and by whom, teams, repositories and their wrong files; the address says where one is.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { catalog } from './catalog.mjs';
import { accessible, open, REAL, start } from './lib.mjs';

let world;
before(async () => { world = await start(); });
after(() => world?.stop());
const mockOnly = { skip: Boolean(REAL) };
const query = (page) => new URL(page.url()).searchParams;
const copied = async (page, button) => { await page.context().grantPermissions(['clipboard-read', 'clipboard-write']); await button.click(); await page.getByText(/opied/).first().waitFor(); return page.evaluate(() => navigator.clipboard.readText()); };

test('orphans: what is nobody’s comes first, why, whom to ask, and the message to send', mockOnly, async () => {
	const page = await open(world, '/map');
	await page.locator('.rail').getByRole('link', { name: 'Catalogue' }).click();
	await page.getByRole('button', { name: '2 orphans' }).waitFor();
	assert.deepEqual((await page.locator('.catalog tbody th a').allInnerTexts()).slice(0, 3), ['fax-gateway', 'label-printer', 'invoicing']);
	await page.getByRole('button', { name: '2 orphans' }).click();
	assert.equal(query(page).get('only'), 'orphan');
	assert.equal(await page.locator('.catalog tbody tr').count(), 2);
	assert.match(await page.locator('.catalog tbody tr').nth(1).innerText(), /no owner[\s\S]*ask logistics: 1 of those who wrote it is of logistics, with 14 of 14 files/);
	assert.match(await copied(page, page.getByRole('button', { name: 'Copy a message about label-printer' })), /^logistics: would you take over label-printer\? nobody is said to own it\. We ask you as 1 of those [^\n]*\nhttp:[^\n]*\/services\/label-printer$/);
	assert.equal(await copied(page, page.getByRole('button', { name: 'Copy as command' })), 'pleach catalog --orphans');
	await page.reload();
	await page.locator('.catalog tbody tr').nth(1).waitFor();
	assert.equal(await page.locator('.catalog tbody tr').count(), 2);
	await page.done();
});

test('a service outside of the fleet has its page, with who wrote it and every value with its source', mockOnly, async () => {
	const page = await open(world, '/catalog');
	await page.locator('.catalog').getByText('label-printer').first().click();
	await page.getByRole('heading', { name: 'label-printer' }).waitFor();
	await page.getByText('It is in nobody’s hands.').waitFor();
	const text = await page.locator('#page').innerText();
	for (const seen of ['not run by this fleet', 'Ask logistics', 'pleach catalog label-printer --assign logistics', 'Lou Lane', '14 of 14 files by people who are gone', 'requirements.txt:1', 'Dockerfile:2']) assert.ok(text.includes(seen), seen);
	await accessible(page, 'a service outside of the fleet');
	await page.done();
});

test('a contradiction says who says what, on the service’s page', mockOnly, async () => {
	const page = await open(world, '/services/invoicing');
	await page.getByText('Files and commits say different owners.').waitFor();
	const rows = await page.locator('.known .claims tbody tr').allInnerTexts();
	assert.equal(rows.length, 4);
	assert.match(rows[1], /payments[\s\S]*backstage[\s\S]*catalog-info\.yaml:4/);
	assert.match(rows[3], /logistics[\s\S]*13 of 13 commits of the last year/);
	assert.equal(await page.locator('.known .claims .differs').count(), 2);
	// How well it can be run: the greatest gain first, with how.
	const score = page.getByRole('region', { name: 'How well it can be run' });
	assert.match(await score.locator('.points-line').innerText(), /72 of 100, silver; its tier is gold/);
	assert.match(await score.locator('tbody tr').first().innerText(), /runbook[\s\S]*there is none[\s\S]*\+13[\s\S]*failoverDetails/);
	await accessible(page, 'a service with its score');
	await page.done();
});

test('releases with who goes in lock-step, and libraries that were given up, on the service’s page', mockOnly, async () => {
	const day = 86_400_000, releases = [1, 9, 30, 400].map((d) => ({ version: `v1.${d}`, tag: d === 9 ? 'invoicing/v1.9' : `v1.${d}`, time_ms: Date.now() - d * day, whole: false }));
	const given = { ecosystem: 'npm', library: 'request', version: '2.88.2', own: true, why: 'request has been deprecated', since: '2020-02', instead: 'fetch, undici or got', source: 'https://github.com/request/request/issues/3142', file: '/srv/shop/clones/invoicing/package-lock.json', line: 12 };
	const page = await open(world, '/services/invoicing', { answers: { '/api/catalog/invoicing': { ...catalog('catalog/invoicing', new URLSearchParams()), releases, releases_year: 3, released_with: [{ service: 'orders', owner: 'sales', together: 7, of: 9, by_habit: 0.4 }], abandoned: [given, { ...given, library: 'har-validator', own: false, since: '', instead: '', source: '' }] } } });
	const box = page.getByRole('region', { name: 'Releases' });
	await box.waitFor();
	assert.match(await box.innerText(), /3 in the last year, one in 122 days on average[\s\S]*v1\.1[\s\S]*invoicing\/v1\.9[\s\S]*v1\.400[\s\S]*In lock-step with\s*orders\s*of\s*sales\s*: 7 of 9 times within an hour; habit alone would make it 0\.4/);
	assert.equal(await box.locator('.release-line i').count(), 3);
	const rows = await page.getByRole('region', { name: 'Libraries that were given up' }).locator('tbody tr').allInnerTexts();
	assert.match(rows[0], /request 2\.88\.2, npm\s+2020-02\s+request has been deprecated\s+fetch, undici or got\s+clones\/invoicing\/package-lock\.json:12/);
	assert.match(rows[1], /har-validator[\s\S]*brought in by another/);
	await accessible(page, 'releases and libraries');
	await page.done();
});

test('words, teams and repositories; by keyboard', mockOnly, async () => {
	const page = await open(world, '/catalog');
	await page.locator('.catalog tbody tr').first().waitFor();
	await page.keyboard.press('/');
	await page.keyboard.type('rust');
	await page.locator('.catalog tbody tr').nth(1).waitFor({ state: 'detached' });
	assert.deepEqual(await page.locator('.catalog tbody th a').allInnerTexts(), ['search']);
	assert.equal(query(page).get('q'), 'rust');
	await page.keyboard.press('Escape');
	await page.goto(world.base + '/catalog');
	await page.getByRole('button', { name: 'Teams' }).click();
	await page.getByText('only named as an owner').waitFor();
	await accessible(page, 'teams');
	await page.getByRole('link', { name: 'billing', exact: true }).click();
	await page.getByRole('heading', { name: 'billing' }).waitFor();
	assert.equal(await page.locator('.catalog tbody tr').count(), 4);
	await page.goto(world.base + '/catalog?team=billing');
	await page.locator('.catalog tbody tr').nth(3).waitFor();
	assert.equal(await page.locator('.catalog tbody tr').count(), 4);
	await page.getByRole('button', { name: 'Repositories' }).click();
	await page.getByText('RUNBOOK.md:4:1').waitFor();
	await accessible(page, 'repositories');
	await page.keyboard.press('g');
	await page.keyboard.press('o');
	await page.locator('.catalog tbody tr').first().waitFor();
	await page.keyboard.press('j');
	await page.keyboard.press('Enter');
	await page.getByRole('heading', { name: 'fax-gateway' }).waitFor();
	await page.done();
});

test('the first page is the advice: what hurts now, what comes, what would be wasted; figures and reasons lead on', mockOnly, async () => {
	const page = await open(world, '/');
	await page.getByRole('heading', { name: 'Advice' }).waitFor();
	const now = page.getByRole('region', { name: 'Hurts now' });
	assert.deepEqual(await now.locator('h3').allInnerTexts(), ["One team's change breaks another's service", 'Tests across teams that nobody trusts', 'Services that nobody looks after', 'Nobody knows who owns what']);
	assert.match(await page.locator('.not-yet').innerText(), /Would be wasted: Kubernetes\./);
	assert.equal(await copied(page, page.getByRole('button', { name: 'Copy as command' })), 'pleach advise --all');
	await now.getByRole('link', { name: 'Orphans' }).click();
	await page.locator('.catalog tbody tr').nth(1).waitFor();
	assert.equal(query(page).get('only'), 'orphan');
	await page.keyboard.press('g');
	await page.keyboard.press('a');
	await page.locator('.fleet-figures').getByRole('link', { name: '5 Teams' }).click();
	await page.getByText('only named as an owner').waitFor();
	await page.done();
});

test('built twice: which, why, and whom to talk to', mockOnly, async () => {
	const page = await open(world, '/catalog');
	await page.getByRole('button', { name: 'Built twice' }).click();
	const card = page.getByRole('region', { name: 'Built twice' }).locator('article').first();
	assert.match(await card.innerText(), /84 %[\s\S]*orders and order-hub[\s\S]*sales\s+#sales[\s\S]*platform\s+#platform[\s\S]*3 of 3 operations are the same/);
	assert.match(await copied(page, card.getByRole('button')), /^sales and platform: orders and order-hub have the same interface\. 3 of 3 operations/);
	assert.equal(query(page).get('view'), 'twice');
	await accessible(page, 'built twice');
	await page.done();
});

test('the same by different libraries: which, in which versions, by whom, and whom to ask; the address says where one is', mockOnly, async () => {
	const page = await open(world, '/catalog?view=twice');
	await page.getByRole('button', { name: 'Libraries' }).click();
	assert.equal(query(page).get('what'), 'libraries');
	const cards = page.getByRole('region', { name: 'The same by different libraries' }).locator('article');
	await cards.first().waitFor();
	assert.match(await cards.first().innerText(), /http-client, pypi[\s\S]*3 libraries of 4 teams in 5 services; 2 of these teams use nothing of requests[\s\S]*requests[\s\S]*billing, logistics[\s\S]*2\.31\.0, 2\.32\.3[\s\S]*urllib3[\s\S]*asleep[\s\S]*Ask\s+platform[\s\S]*Per Park/);
	assert.match(await copied(page, cards.first().getByRole('button')), /^platform: for HTTP clients \(pypi\) 4 teams use 3 libraries: requests in 2 services, [\s\S]*what would you advise\?\nhttp/);
	assert.match(await page.getByRole('region', { name: 'Other choices' }).innerText(), /kafka\s+pypi\s+confluent-kafka\s+1\s+platform/);
	await page.getByText('/srv/shop/clones/returns/pom.xml:12').waitFor();
	assert.equal(await copied(page, page.getByRole('button', { name: 'Copy as command' })), 'pleach catalog --libraries');
	await accessible(page, 'libraries');
	await page.reload();
	await cards.first().waitFor();
	await page.getByRole('button', { name: 'Teams' }).click();
	assert.equal(query(page).get('what'), null);
	await page.done();
});

test('the radar: a picture with the same numbers as the tables, in words for who does not see it; one ecosystem at a time', mockOnly, async () => {
	const page = await open(world, '/catalog?view=twice&what=radar');
	const picture = page.getByRole('img', { name: /Technology radar/ });
	await picture.waitFor();
	const rows = page.locator('.radar-list tbody tr'), n = await rows.count();
	assert.equal(await picture.locator('.blip').count(), n);
	assert.match(await picture.locator('desc').textContent(), /adopt: [^.]*requests, pypi[\s\S]*trial: [^.]*httpx, pypi[\s\S]*hold: [^.]*urllib3, pypi/);
	assert.match(await page.getByRole('region', { name: 'interfaces' }).locator('tbody tr').first().innerText(), /flask\s+adopt\s+web-framework, pypi\s+6 services, 2 of them asleep; 3 of 3 teams/);
	// Each blip lies in its ring and its quarter, and on no other one.
	const dots = await picture.locator('.blip').evaluateAll((list) => list.map((g) => { const c = g.querySelector('circle'); return { ring: /is-(\w+)/.exec(g.getAttribute('class'))[1], x: Number(c.getAttribute('cx')) - 340, y: Number(c.getAttribute('cy')) - 340 }; }));
	const ends = { adopt: [20, 140], trial: [140, 220], assess: [220, 285], hold: [285, 335] };
	for (const [i, d] of dots.entries()) {
		const r = Math.hypot(d.x, d.y);
		assert.ok(r > ends[d.ring][0] && r < ends[d.ring][1], `${d.ring} at ${r}`);
		for (const other of dots.slice(i + 1)) assert.ok(Math.hypot(d.x - other.x, d.y - other.y) > 18, 'two blips in one place');
	}
	assert.match(await page.locator('.radar-rules').innerText(), /adopt\s+at least two teams have it, and at least half/);
	await rows.nth(2).hover();
	assert.equal(await picture.locator('.blip.is-lit').count(), 1);
	await accessible(page, 'radar');
	await page.emulateMedia({ colorScheme: 'dark' });
	await accessible(page, 'radar, dark');
	assert.equal(await copied(page, page.getByRole('button', { name: 'Copy as command' })), 'pleach catalog --radar');
	await page.done();
});

test('a radar of many: the picture keeps its dots apart or says what it leaves out, ecosystems part it', mockOnly, async () => {
	const rings = ['adopt', 'trial', 'assess', 'hold'], quadrants = ['languages and platforms', 'data and messages', 'interfaces', 'operation and code'];
	const blips = Array.from({ length: 400 }, (_, i) => ({ quadrant: quadrants[i % 4], kind: 'json', meaning: 'JSON', ecosystem: i % 3 ? 'npm' : 'pypi', name: `lib-${i}`, others: [], ring: rings[(i >> 2) % 4], rule: 'single', why: '1 service; 1 of 1 team', services: 1, asleep: 0, teams: 400 - i, of_teams: 400, owners: [], in: ['a'] }));
	const page = await open(world, '/catalog?view=twice&what=radar', { answers: { '/api/duplicates/radar': { missing: '', cut: true, quadrants, rings: rings.map((ring) => ({ ring, meaning: ring })), rules: [{ rule: 'single', ring: 'assess', meaning: 'x' }], blips } } });
	await page.getByText('The picture has the 160 that most teams have; the tables have all 400.').waitFor();
	assert.equal(await page.locator('.radar .blip').count(), 160);
	await page.getByRole('button', { name: 'pypi' }).click();
	assert.equal(query(page).get('eco'), 'pypi');
	await page.getByText('The picture has').waitFor({ state: 'detached' });
	assert.equal(await page.locator('.radar-list tbody tr').count(), 134);
	await page.done();
});

test('decisions: the same decided differently first, with who belongs in the conversation; then the others', mockOnly, async () => {
	let page = await open(world, '/catalog?view=twice&what=decisions');
	const card = page.getByRole('region', { name: 'About the same' }).locator('article').first();
	await card.waitFor();
	assert.match(await card.innerText(), /broker[\s\S]*Decided differently[\s\S]*taken[\s\S]*Use Kafka for order events[\s\S]*order-hub\/docs\/adr\/0001-kafka\.md[\s\S]*Use RabbitMQ for stock events[\s\S]*In the conversation:[\s\S]*platform[\s\S]*Pia Pole[\s\S]*logistics[\s\S]*Lou Lane/);
	assert.match(await copied(page, card.getByRole('button')), /^platform: Pia Pole, logistics: Lou Lane: about broker we have decided differently: Use Kafka for order events \(taken, order-hub\); Use RabbitMQ for stock events \(taken, warehouse\)\. Do we know why\?\nhttp/);
	assert.match(await page.getByRole('region', { name: 'Other decisions' }).locator('tbody tr').first().innerText(), /open\s+Use gRPC for partners\s+order-hub\/docs\/adr\/0002-grpc\.md\s+platform\s+Pia Pole/);
	await accessible(page, 'decisions');
	assert.equal(await copied(page, page.getByRole('button', { name: 'Copy as command' })), 'pleach catalog --decisions');
	await page.done();
	page = await open(world, '/catalog?view=twice&what=decisions', { answers: { '/api/duplicates/decisions': { missing: '', cut: false, differ: 0, groups: [], decisions: [] } } });
	await page.getByText('No decision is known').waitFor();
	await page.done();
});

test('libraries: none, and none that differ', mockOnly, async () => {
	const none = { missing: '', files: 0, packages: 0, cut: false, problems: [], divided: 0, choices: [] };
	let page = await open(world, '/catalog?view=twice&what=libraries', { answers: { '/api/duplicates/libraries': none } });
	await page.getByText('No library is known').waitFor();
	await page.done();
	const choice = { capability: 'json', meaning: 'JSON', ecosystem: 'npm', divided: false, families: 1, services: 1, teams: 0, apart: 0, common: 'x', ask: { team: '', contact: '', service: 'a', person: '', mail: '', services: 1 }, libraries: [{ library: 'x', family: 'x', services: 1, teams: 0, uses: [{ service: 'a', whole: false, owner: '', asleep: false, version: '', told: false, file: '/a/yarn.lock', line: 1 }] }] };
	page = await open(world, '/catalog?view=twice&what=libraries', { answers: { '/api/duplicates/libraries': { ...none, files: 1, choices: [choice] } } });
	await page.getByText('No two teams use different libraries').waitFor();
	await page.getByRole('region', { name: 'Other choices' }).getByText('nobody').waitFor();
	await page.done();
});

test('nothing known yet, and what could not be looked at', mockOnly, async () => {
	const nothing = { now_ms: 0, missing: 'the repositories are being read for the first time', services: [], teams: [], repositories: [] };
	const page = await open(world, '/catalog', { answers: { '/api/catalog': nothing } });
	await page.getByText('No service is known').waitFor();
	assert.match(await page.locator('#page').innerText(), /Not known: the repositories are being read for the first time\.[\s\S]*catalog: \{ repositories: \[\., \.\.\/clones\] \}/);
	await page.done();
});

test('advice before anything is known, and a fleet without pains', mockOnly, async () => {
	const none = { missing: 'the repositories are being read for the first time', pains: [] };
	let page = await open(world, '/advice', { answers: { '/api/advice': none } });
	await page.getByText('Not known: the repositories are being read for the first time.').waitFor();
	await page.done();
	const figures = { services: 2, teams: 1, people: 1, languages: 1, instances: 2, owned: 2, orphans: 0, contradicted: 0, edges: 1, cross_team_edges: 0, in_cycles: 0, fan_out: 1, fan_in: 1, low: 0, widest: 'a', hub: 'b', score: 92 };
	const pain = { pain: 'robustness', title: 'One slow service takes others down', state: 'not yet', reasons: [], remedy: 'x', wasted: 'A service mesh.' };
	page = await open(world, '/advice', { answers: { '/api/advice': { missing: '', figures, pains: [pain] } } });
	await page.getByText('None of the ten growing pains is here or near').waitFor();
	await page.getByText('A service mesh.').waitFor();
	await page.done();
});
