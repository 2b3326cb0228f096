// Who works with whom in the mock: pacts and their results, consumers of each operation, versions side by side; in the form that control answers.
import { traceId } from './shop.mjs';

const HOUR = 36e5, DAY = 864e5;
const ago = (ms) => Date.now() - ms;
const trace = (minutes) => traceId(Math.floor(Date.now() / 1000) - minutes * 60, 0);
const OWNERS = { orders: ['sales', '#sales'], storefront: ['sales', '#sales'], invoicing: ['billing', '#billing'], 'back-office': ['billing', '#billing'], notification: ['logistics', '#logistics'], courier: ['logistics', '#logistics'] };
const who = (consumer) => ({ consumer, owner: OWNERS[consumer]?.[0] ?? '', contact: OWNERS[consumer]?.[1] ?? '' });

// Integrations: consumer, provider, the newest result, then one result for each environment where both are (production, staging).
const ENVIRONMENTS = [{ name: 'production', production: true }, { name: 'staging', production: false }];
const PAIRS = [
	['storefront', 'orders', 'success', ['success', 'success']], ['orders', 'invoicing', 'failed', ['success', 'failed']], ['invoicing', 'notification', 'success', ['success', 'success']],
	['back-office', 'orders', 'failed', ['failed', 'failed']], ['back-office', 'invoicing', 'success', ['success', 'success']], ['courier', 'notification', 'failed', [null, 'success'], true],
	['courier', 'orders', 'unverified', [null, 'unverified']], ['storefront', 'loyalty', 'success', [null, 'success']],
];
const version = (name, n) => `${name.length % 4 + 1}.${n}.${name.length % 7}`;
function integration([consumer, provider, result, there, pending = false], i) {
	const told = (result, hours) => ({ result, verified_ms: result === 'unverified' ? 0 : ago(hours * HOUR + i * 7e5) });
	return {
		consumer, provider, pending,
		latest: { consumer_version: version(consumer, 14), branch: i === 5 ? 'feat/parcels' : 'main', provider_version: result === 'unverified' ? '' : version(provider, 9), ...told(result, 3 + i * 5), published_ms: ago((4 + i * 5) * HOUR), pact: `/pact-broker/pacts/provider/${provider}/consumer/${consumer}/version/${version(consumer, 14)}` },
		environments: ENVIRONMENTS.flatMap((e, k) => there[k] ? [{ environment: e.name, consumer_version: version(consumer, 13 - k), provider_version: version(provider, 8 + k), ...told(there[k], 20 + i * 9 + k) }] : []),
	};
}
const INTERACTIONS = [
	{ description: 'an order that exists', providerStates: [{ name: 'an order with the id o-1', params: { id: 'o-1' } }], request: { method: 'GET', path: '/v1/orders/o-1' }, response: { status: 200, body: { id: 'o-1', total: 4200 } } },
	{ description: 'an order that does not exist', providerState: 'no orders', request: { method: 'GET', path: '/v1/orders/none' }, response: { status: 404 } },
	{ type: 'Synchronous/HTTP', description: 'a new order', request: { method: 'POST', path: '/v1/orders', query: { dry: ['true'] } }, response: { status: 201 } },
];
const FAILURES = [{ interaction: 'an order that exists', mismatches: ['$.body.total: expected a number, the answer has none', '$.body.state: expected "placed", was "open"'] }, { interaction: 'a new order', mismatches: ['the status was 422, expected 201'] }];
function detail(consumer, provider) {
	const found = PAIRS.find((p) => p[0] === consumer && p[1] === provider);
	if (!found) return null;
	const [, , latest, there] = found;
	const result = (n, success, hours) => ({ provider_version: version(provider, n), branch: 'main', success, verified_ms: ago(hours * HOUR), failures: success ? [] : FAILURES });
	return {
		consumer, provider,
		versions: Array.from({ length: 6 }, (_, i) => ({
			consumer_version: version(consumer, 14 - i), branch: i === 1 ? 'feat/parcels' : 'main', tags: i === 1 ? [] : i === 2 ? ['prod'] : ['main'], published_ms: ago((4 + i * 30) * HOUR), pact_id: (0x3fa9c1 + (i >> 1) * 0x1111).toString(16).padEnd(40, '0'),
			results: i === 0 && latest === 'unverified' ? [] : i === 0 ? [result(9, latest === 'success', 3), result(8, true, 5)] : there[i - 1] && there[i - 1] !== 'unverified' ? [result(7 + i, there[i - 1] === 'success', 20 + i * 30)] : i > 2 ? [result(8, i !== 3, 20 + i * 30)] : [],
		})),
		pact: { consumer: { name: consumer }, provider: { name: provider }, interactions: INTERACTIONS, metadata: { pactSpecification: { version: '3.0.0' } } },
	};
}

// Consumers of orders v1: what each called, when last, with which fields, and whether a contract of its names it.
const field = (name, calls, minutes) => ({ field: name, calls, last_ms: ago(minutes * 6e4), last_trace: trace(minutes) });
const calls = (consumer, n, minutes, verdict, contract, fields = [], extra = {}) => ({ ...who(consumer), versions: ['2.14.1', '2.13.0'].slice(0, 1 + n % 2), calls: n, failed: Math.floor(n / 211), first_ms: ago(29 * DAY), last_ms: minutes ? ago(minutes * 6e4) : 0, last_trace: minutes ? trace(Math.min(minutes, 110)) : '', contract, verdict, fields, ...extra });
const CONSUMERS = {
	service: 'orders', version: 'v1', window_days: 30, since_ms: ago(22 * DAY), dropped: 0, consumers: [{ ...who('courier'), versions: [], declared: true, calls: 0, last_ms: 0 }, { ...who('notification'), versions: [], declared: true, calls: 0, last_ms: 0 }],
	operations: [
		{ operation: 'POST /v1/orders', calls: 48210, consumers: [calls('outside', 31004, 1, 'proved', false, [field('body.customer', 8000, 1), field('body', 8000, 1), field('body.items', 8000, 1), field('body.items[].sku', 8000, 1), field('body.items[].quantity', 7968, 1), field('body.coupon', 212, 95), field('header.idempotency-key', 4012, 2)]), calls('storefront', 17201, 2, 'proved', true, [field('body.customer', 17201, 2), field('body.items[].sku', 17201, 2), field('body.items[].quantity', 17201, 2)]), calls('back-office', 5, 41 * 1440, 'not_seen', false, [], { failed: 0 })] },
		{ operation: 'GET /v1/orders/{id}', calls: 9310, consumers: [calls('storefront', 9120, 3, 'proved', true, [field('path.id', 9120, 3)]), calls('back-office', 190, 64, 'possible', false, [field('path.id', 190, 64)]), calls('courier', 0, 0, 'proved', true, [], { versions: [], first_ms: 0 })] },
		{ operation: 'GET /v1/orders', calls: 0, consumers: [calls('invoicing', 0, 0, 'no_data', false, [], { versions: [], first_ms: 0 })] },
		{ operation: 'DELETE /v1/orders/{id}', calls: 0, consumers: [] },
	],
	unknown: [{ method: 'GET', path: '/v1/order/77', consumer: 'back-office', calls: 41, last_ms: ago(2 * HOUR), last_trace: trace(90) }, { method: 'POST', path: '/v1/orders/bulk', consumer: 'outside', calls: 3, last_ms: ago(9 * HOUR), last_trace: trace(100) }],
};

// What each change of the contract means for each consumer; keyed by the change's mark (contracts.mjs).
const hit = (consumer, verdict, reason, minutes, pact = '') => ({ ...who(consumer), verdict, reason, last_ms: minutes ? ago(minutes * 6e4) : 0, last_trace: minutes ? trace(Math.min(minutes, 110)) : '', pact });
const HIT = {
	'3f2a9c01d2e4': ['proved', [hit('storefront', 'proved', 'its pact of version 2.14.1 names `total` in “an order that exists”', 3, 'an order that exists'), hit('back-office', 'possible', 'it called GET /v1/orders/{id} 190 times and receives `total`', 64), hit('courier', 'no_data', 'no call and no contract of it is known', 0)]],
	'77b0aa12cc09': ['proved', [hit('outside', 'proved', '31,004 requests came without `currency`', 1), hit('storefront', 'proved', '17,201 requests came without `currency`', 2), hit('back-office', 'not_seen', 'its last call of POST /v1/orders was 41 days ago', 41 * 1440)]],
	'0a1b2c3d4e5f': ['not_seen', [hit('back-office', 'not_seen', 'its last call of POST /v1/orders was 41 days ago', 41 * 1440)]],
};
export function judged(changes) {
	return { policy: { window_days: 30, threshold: 1, environments: ['production'] }, changes: changes.map((c) => ({ ...c, ...(HIT[c.fingerprint] ? { verdict: HIT[c.fingerprint][0], consumers: HIT[c.fingerprint][1] } : {}) })) };
}

const days = (top, end) => Array.from({ length: 30 }, (_, i) => Math.max(0, Math.round(top * (1 - i / end) * (0.8 + 0.4 * Math.abs(Math.sin(i * 2.3))) * (i % 7 > 4 ? 0.3 : 1))));
const must = (sentence, remedy, kind, fingerprint) => ({ sentence, remedy, kind, fingerprint });
const caller = (consumer, course, minutes, operations) => ({ ...who(consumer), calls: course.reduce((a, b) => a + b, 0), calls_day: course.at(-1), last_ms: ago(minutes * 6e4), last_trace: trace(Math.min(minutes, 110)), days: course, operations });
const FIELD_GONE = must('`recipient` of Message was split into `name` and `address`', 'Send `name` and `address`; `recipient` is ignored by v2.', 'property-removed', 'aa01bb02cc03');
const MIGRATIONS = {
	migrations: [
		{
			service: 'notification', owner: 'logistics', version: 'v1', successor: 'v2', deprecated_ms: ago(61 * DAY), sunset_ms: Date.now() + 12.4 * DAY, days_left: 12, state: 'deprecated',
			brownouts: [{ from_ms: ago(6 * DAY), to_ms: ago(6 * DAY) + HOUR, state: 'past' }, { from_ms: Date.now() + 3 * DAY, to_ms: Date.now() + 3 * DAY + 2 * HOUR, state: 'coming' }, { from_ms: Date.now() + 9 * DAY, to_ms: Date.now() + 9 * DAY + 4 * HOUR, state: 'coming' }],
			callers: [
				caller('invoicing', days(2100, 48), 1, [{ operation: 'POST /v1/messages', calls: 30121, last_ms: ago(6e4), must: [FIELD_GONE, must('`priority` is now `urgent` or `normal`, no longer a number', 'Send "urgent" for 1 and 2, else "normal".', 'type-changed', 'dd04ee05ff06')] }, { operation: 'GET /v1/messages/{id}', calls: 841, last_ms: ago(50 * 6e4), must: [] }]),
				caller('legacy-mailer', days(40, 60), 190, [{ operation: 'POST /v1/messages', calls: 711, last_ms: ago(190 * 6e4), must: [FIELD_GONE] }]),
			],
			moved: [{ consumer: 'courier', owner: 'logistics', last_old_ms: ago(9 * DAY), first_new_ms: ago(11 * DAY) }, { consumer: 'back-office', owner: 'billing', last_old_ms: ago(21 * DAY), first_new_ms: ago(22 * DAY) }, { consumer: 'storefront', owner: 'sales', last_old_ms: ago(35 * DAY), first_new_ms: ago(36 * DAY) }],
			transforms: { file: 'services/notification/v1-to-v2.yaml', state: 'checked', why: '', operations: 3, tried: 1412, unjudged: 1, faults: [] },
		},
		{
			service: 'orders', owner: 'sales', version: 'v0', successor: 'v1', deprecated_ms: ago(140 * DAY), sunset_ms: ago(4.2 * DAY), days_left: -4, state: 'overdue', brownouts: [],
			callers: [caller('back-office', days(300, 31), 260, [{ operation: 'GET /v0/order', calls: 4211, last_ms: ago(260 * 6e4), must: [must('`GET /v0/order` is now `GET /v1/orders/{id}`', 'Put the id into the path.', 'operation-removed', '111122223333')] }])],
			moved: [{ consumer: 'storefront', owner: 'sales', last_old_ms: ago(80 * DAY), first_new_ms: ago(81 * DAY) }], transforms: { file: 'services/orders/v0.yaml', state: 'faulty', why: '', operations: 2, tried: 600, unjudged: 0, faults: [{ operation: 'GET /v0/orders/{id}', what: 'answer 200', sentence: 'the whole requires `items`', before: '{"id":1,"lines":[]}', after: '{"id":1}', line: 7 }] },
		},
		{ service: 'invoicing', owner: 'billing', version: 'v1', successor: 'v2', deprecated_ms: ago(90 * DAY), sunset_ms: ago(2 * DAY), days_left: -2, state: 'removable', brownouts: [{ from_ms: ago(12 * DAY), to_ms: ago(12 * DAY) + HOUR, state: 'past' }], callers: [], moved: [{ consumer: 'orders', owner: 'sales', last_old_ms: ago(33 * DAY), first_new_ms: ago(34 * DAY) }, { consumer: 'back-office', owner: 'billing', last_old_ms: ago(40 * DAY), first_new_ms: ago(44 * DAY) }], transforms: null },
		{ service: 'loyalty', owner: '', version: 'v1', successor: 'v2', deprecated_ms: Date.now() + 20 * DAY, sunset_ms: Date.now() + 110 * DAY, days_left: 110, state: 'planned', brownouts: [], callers: [caller('storefront', days(500, 300), 4, [{ operation: 'GET /v1/points/{customer}', calls: 12003, last_ms: ago(4 * 6e4), must: [] }])], moved: [], transforms: null },
	],
};

// A fleet of many: services of 40 teams' worth of names, each with some providers; every ninth pair is in trouble.
export function manyIntegrations(services = 500, pairs = 2000) {
	const results = ['success', 'success', 'success', 'success', 'unverified', 'success', 'success', 'success', 'failed'];
	const name = (n) => `service-${String(n).padStart(3, '0')}`;
	return { environments: ENVIRONMENTS, integrations: Array.from({ length: pairs }, (_, i) => ({ ...integration([name(i % services), name((i * 7 + 1 + Math.floor(i / services) * 13) % services), results[i % 9], [results[i % 9], results[(i + 3) % 9]]], i % 200) })) };
}

export function consumers(path, p) {
	if (path === 'integrations') return { environments: ENVIRONMENTS, integrations: PAIRS.map(integration) };
	if (path === 'migrations') return MIGRATIONS;
	if (path === 'consumers') return p.get('service') === 'orders' ? CONSUMERS : { service: p.get('service'), version: p.get('version') ?? '', window_days: 30, operations: [], unknown: [] };
	const m = /^integrations\/([^/]+)\/([^/]+)$/.exec(path);
	return m ? detail(decodeURIComponent(m[1]), decodeURIComponent(m[2])) : null;
}
