// A provider that npm's Verifier verifies three times with pacts from a broker: well; with a new pact that does not fit but is pending; and once what did fit does
// not any more. Prints {"good": "passed" …}.
import http from 'node:http';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { Verifier } = require('@pact-foundation/pact');
const broker = process.argv[2];

const pact = (...names) => ({ consumer: { name: 'vweb' }, provider: { name: 'vapi' }, metadata: { pactSpecification: { version: '3.0.0' } },
	interactions: names.map((n) => ({ description: n, request: { method: 'GET', path: '/' + n }, response: { status: 200 } })) });

async function publish(version, branch, ...names) {
	const r = await fetch(broker + '/contracts/publish', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({
		pacticipantName: 'vweb', pacticipantVersionNumber: version, branch, tags: [], contracts: [{ consumerName: 'vweb', providerName: 'vapi', specification: 'pact',
			contentType: 'application/json', content: Buffer.from(JSON.stringify(pact(...names))).toString('base64') }] }) });
	if (!r.ok) throw new Error(await r.text());
}

const known = new Set(['one']);
const provider = http.createServer((req, res) => { res.statusCode = known.has(req.url.slice(1)) ? 200 : 404; res.end(); });
await new Promise((ready) => provider.listen(0, '127.0.0.1', ready));

async function verify(version, options) {
	try {
		await new Verifier({ providerBaseUrl: 'http://127.0.0.1:' + provider.address().port, provider: 'vapi', pactBrokerUrl: broker, publishVerificationResult: true,
			providerVersion: version, providerVersionBranch: 'main', enablePending: true, logLevel: 'error', ...options }).verifyProvider();
		return 'passed';
	} catch (e) {
		process.stderr.write(String(e) + '\n');
		return 'failed';
	}
}

const told = {};
await publish('1', 'main', 'one');
told.good = await verify('good', { consumerVersionSelectors: [{ latest: true }] });
await publish('2', 'feat/two', 'two');
told.pending = await verify('pending', { consumerVersionSelectors: [{ branch: 'main' }], includeWipPactsSince: '2020-01-01' });
known.clear();
told.known = await verify('known', { consumerVersionSelectors: [{ branch: 'main' }] });
provider.close();
console.log(JSON.stringify(told));
