// Contracts of the shop for the mock: documentation and a change with its proofs, in the form that control answers.
import { judged } from './consumers.mjs';

const AGO = (hours) => new Date(Date.now() - hours * 36e5).toISOString();
const OPENAPI = `openapi: 3.0.3
info:
  title: Orders
  version: 1.4.0
paths:
  /v1/orders:
    post:
      operationId: placeOrder
`;
const documents = [{
	format: 'openapi', title: 'OpenAPI', contracts: [{
		file: 'services/orders/openapi-v1.yaml', title: 'Orders', version: '1.4.0', description: 'Takes orders and tells what became of them.\n\nEvery answer carries `pleach-trace`.',
		operations: [
			{ id: 'POST /v1/orders', title: 'Places an order', description: 'The order is taken when this answers; the invoice follows.', line: 7, parameters: [{ name: 'Idempotency-Key', in: 'header', type: 'string', required: false, description: 'The same key places one order.' }], request: { type: 'OrderRequest', description: 'What is ordered' }, answers: [{ status: '201', type: 'Order', description: 'The order' }, { status: '422', type: 'Problem', description: 'The order is wrong' }] },
			{ id: 'GET /v1/orders/{id}', title: 'One order', line: 31, parameters: [{ name: 'id', in: 'path', type: 'string', required: true, description: 'Its number' }], answers: [{ status: '200', type: 'Order' }, { status: '404', type: 'Problem' }] },
			{ id: 'GET /v1/orders', title: 'Orders of a customer', deprecated: true, line: 47, parameters: [{ name: 'customer', in: 'query', type: 'string', required: true }], answers: [{ status: '200', type: '[Order]' }] },
		],
		types: [
			{ name: 'Order', kind: 'object', description: 'An order as it stands.', line: 70, fields: [{ name: 'id', type: 'string', required: true }, { name: 'items', type: '[Item]', required: true }, { name: 'total', type: 'integer', required: true, description: 'in cents' }, { name: 'state', type: 'State', required: true }] },
			{ name: 'OrderRequest', kind: 'object', line: 90, fields: [{ name: 'customer', type: 'string', required: true }, { name: 'items', type: '[Item]', required: true }] },
			{ name: 'Item', kind: 'object', line: 102, fields: [{ name: 'sku', type: 'string', required: true }, { name: 'quantity', type: 'integer', required: true, description: 'at least 1' }] },
			{ name: 'Problem', kind: 'object', line: 112, fields: [{ name: 'error', type: 'string', required: true }, { name: 'message', type: 'string' }] },
			{ name: 'State', kind: 'enum', line: 120, values: [{ name: 'placed' }, { name: 'paid' }, { name: 'sent' }] },
		],
	}],
}];
const place = (file, line, column = 9) => ({ file, line, column });
const FILE = 'services/orders/openapi-v1.yaml';
const change = (fingerprint, kind, level, title, sentence, extra = {}) => ({ fingerprint, format: 'openapi', kind, level, categories: ['json'], title, subject: kind, detail: '', sentence, why: '', remedy: '', old: place(FILE, 74), new: null, witness: { state: 'none' }, rules: [], reach: [], approval: null, ...extra });
const CHANGES = [
	change('3f2a9c01d2e4', 'property-removed', 'breaking', 'A property is gone from answers', '`total` of Order was removed', {
		why: 'Whoever reads `total` finds nothing there.', remedy: 'Keep `total` and add the new field beside it; remove it when no consumer reads it any more.',
		witness: { state: 'proved', what: 'response', of: 'GET /v1/orders/{id} answer 200', text: '{"id":"o-1","items":[],"state":"placed"}', before: '`total` is missing', after: 'valid' },
		rules: [{ checker: 'oasdiff', rule: 'response-required-property-removed' }, { checker: 'redocly', rule: 'property-removed' }],
		reach: ['GET /v1/orders', 'GET /v1/orders/{id}', 'POST /v1/orders', ...'abcdef'.split('').map((x) => `GET /v1/reports/${x}`)].map((operation) => ({ operation, direction: 'response' })),
	}),
	change('77b0aa12cc09', 'required-property-added', 'breaking', 'A request must have one property more', '`currency` of OrderRequest is new and required', {
		categories: ['json', 'source'], old: null, new: place(FILE, 93), why: 'A caller built against the old contract does not send `currency`, and is refused.', remedy: 'Add it as optional with a default; demand it when every caller sends it.',
		witness: { state: 'proved', what: 'request', of: 'POST /v1/orders request body application/json', text: '{"customer":"ada","items":[{"sku":"tea","quantity":1}]}', before: 'valid', after: '`currency` is missing' },
		rules: [{ checker: 'oasdiff', rule: 'new-required-request-property' }], reach: [{ operation: 'POST /v1/orders', direction: 'request' }],
	}),
	change('0a1b2c3d4e5f', 'pattern-changed', 'warning', 'A pattern is another', 'the pattern of `sku` changed from `^[a-z]+$` to `^[a-z0-9-]+$`', {
		new: place(FILE, 104, 11), why: 'Whether values that callers send still fit depends on the two patterns.', witness: { state: 'unproved' }, remedy: 'Widen a pattern before it is used, narrow it only when no value is left that the new one refuses.',
		reach: [{ operation: 'POST /v1/orders', direction: 'both' }],
		approval: { owner: 'sales', reason: 'two suppliers have digits', expires: '2027-01-31' },
	}),
	change('5e4d3c2b1a09', 'operation-added', 'info', 'An operation is new', '`GET /v1/orders/{id}/history` is new', { old: null, new: place(FILE, 60) }),
];
const count = (level) => CHANGES.filter((c) => c.level === level).length;
const digest = (n) => String(n).repeat(64);
const keptStates = (n) => Array.from({ length: n }, (_, i) => ({ digest: digest(i), since: AGO(2 + i * 20) }));
const row = (service, formats, schema, states, extra = {}) => ({ service, version: 'v1', path: '/v1', schema, formats, files: 1, operations: 3, types: 5, problem: '', kept: keptStates(states), ...extra });
const ROWS = [
	row('invoicing', ['openapi'], 'openapi-v1.yaml', 1),
	row('notification', [], 'notification.proto', 0, { operations: 0, types: 0, problem: 'services/notification/notification.proto:12:3: expected the field’s number behind `=`' }),
	row('orders', ['openapi'], 'openapi-v1.yaml', 3),
];

export function contracts(path) {
	if (path === 'contracts') return { contracts: ROWS, complete: true };
	const m = /^contracts\/([^/]+)\/([^/]+)(\/changes)?$/.exec(path), found = m && ROWS.find((r) => r.service === m[1] && r.version === m[2] && r.kept.length);
	if (!found) return null;
	if (m[3]) return { old: 'a state before', new: 'now', failed: true, complete: true, counts: { breaking: count('breaking'), warning: count('warning'), info: count('info'), approved: 1, hidden: 0 }, notes: [], ...judged(CHANGES) };
	return { service: found.service, version: found.version, digest: found.kept[0].digest, since: found.kept[0].since, documents, files: [{ path: FILE, text: OPENAPI }] };
}
