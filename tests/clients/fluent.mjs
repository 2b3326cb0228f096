/* Lines by one of npm's two Fluent loggers, with acknowledgement: node fluent.mjs CLIENT MODE PORT COUNT TAG [SECRET]
 * CLIENT: fluent-logger or @fluent-org/logger. Prints how many were acknowledged. */
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const [client, eventMode, port, count, tag, secret] = process.argv.slice(2);
const security = secret ? { clientHostname: "client.test", sharedKey: secret } : undefined;
const record = (n) => ({
	message: `fluent line ${n}`,
	level: n % 10 ? "info" : "error",
	number: n,
	hostname: "fluent-host",
	traceId: (n + 1).toString(16).padStart(32, "f"),
	request: { path: "/x", status: 200 + n },
});

async function old() {
	const logger = require("fluent-logger").createFluentSender(tag, {
		host: "127.0.0.1", port: Number(port), timeout: 20, reconnectInterval: 200, requireAckResponse: true, ackResponseTimeout: 60000,
		eventMode, flushInterval: 20, security, internalLogger: { info() {}, error: console.error },
	});
	logger.on("error", (e) => { console.error(String(e)); if (String(e).includes("Handshake")) process.exit(3); });
	const sent = [];
	for (let n = 0; n < count; n++)
		sent.push(new Promise((ok, bad) => logger.emit("line", record(n), (e) => (e ? bad(e) : ok()))));
	await Promise.all(sent);
	logger.end();
}

async function young() {
	const { FluentClient } = require("@fluent-org/logger");
	const logger = new FluentClient(tag, {
		eventMode, ack: { ackTimeout: 60000 }, socket: { host: "127.0.0.1", port: Number(port), timeout: 60000 }, security,
		onSocketError: (e) => { console.error(String(e)); if (secret === "wrong") process.exit(3); },
	});
	const sent = [];
	for (let n = 0; n < count; n++)
		sent.push(logger.emit("line", record(n)));
	await Promise.all(sent);
	await logger.shutdown();
}

await (client === "fluent-logger" ? old() : young());
console.log(`${count} acknowledged`);
process.exit(0);
