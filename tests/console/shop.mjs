// A made-up past of the shop for tests of the console: every second has its calls, derived from the second's number alone, so that any question
// about any time gets the same answer. Customers call orders, orders calls invoicing (and stock, which is not in the catalogue), invoicing
// calls notification, which is slow now and then and refuses some messages. Not shipped; the console's tests serve it (mock.mjs).

const cache = new Map(), lines = new Map();
const KEEP_SECONDS = 20000;

export function rng(seed) {
	let a = seed >>> 0;
	return () => { a = (a + 0x6d2b79f5) | 0; let t = Math.imul(a ^ (a >>> 15), 1 | a); t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t; return ((t ^ (t >>> 14)) >>> 0) / 4294967296; };
}
const hex = (r, n) => Array.from({ length: n }, () => Math.floor(r() * 16).toString(16)).join('');
const ns = (ms) => String(BigInt(Math.round(ms * 1000)) * 1000n);
const time = (ms) => new Date(ms).toISOString().replace('Z', String(Math.round((ms % 1) * 1e6) % 1e6).padStart(6, '0') + 'Z');

// Four minutes of trouble in every twenty-three.
export function troubled(second) { return second % 1380 < 240; }

export function traceId(second, index) {
	const r = rng(second * 31 + index + 7);
	return hex(r, 16) + (second ^ 0x5a5a5a5a).toString(16).padStart(8, '0').slice(-8) + index.toString(16).padStart(2, '0') + hex(r, 6);
}
export function secondOf(id) { return (parseInt(id.slice(16, 24), 16) ^ 0x5a5a5a5a) >>> 0; }

const CUSTOMERS = ['Studio Okapi', 'Brandt & Töchter', 'Lumen GmbH', 'Hafenkontor', 'Atelier Nord', 'Kaffeerad', 'Werk Elf'];

function makeTrace(second, index) {
	const r = rng(second * 977 + index * 131 + 3);
	const around = (ms, spread = 0.5) => ms * (1 - spread + 2 * spread * r() * r() + spread * r() * 0.5);
	const id = traceId(second, index);
	const t = { id, spans: [], logs: [] };
	let begin = second * 1000 + r() * 1000;
	const order = 40000 + (second % 50000) * 3 + index;
	const call = (parent, caller, service, method, route, path, start, make) => {
		const span = { id: hex(r, 16), parent, caller, service, method, route, path, start, end: 0, status: 200, reason: '', attempts: [] };
		t.spans.push(span);
		make(span);
		return span;
	};
	const log = (span, service, at, level, body, attributes = {}) => t.logs.push({ service, instance: `${service}-${service === 'invoicing' ? 1 + (second + index) % 2 : 1}`, at, level, body, span: span.id, attributes });
	const attempt = (span, start, connect, firstByte, total, result = 'answered', status = 200, instance = 1) => span.attempts.push({ instance: `${span.service}-${instance}`, address: `127.0.0.1:2000${instance}`, start, connect, firstByte, total, result, status, reused: connect === 0 });
	const kind = r();
	if (kind < 0.2) {
		call('', 'edge', 'orders', 'GET', '/v1', `/v1/orders/${order - 50}`, begin, (s) => {
			const took = around(2.4);
			if (r() < 0.06) { s.status = 404; log(s, 'orders', begin + took * 0.8, 'info', 'no such order', { order_id: order + 900000, status: 404 }); }
			else log(s, 'orders', begin + took * 0.8, 'debug', 'order read', { order_id: order - 50, status: 200 });
			attempt(s, begin + 0.05, 0, took * 0.9, took - 0.1, 'answered', s.status);
			s.end = begin + took;
		});
	} else if (kind < 0.28) {
		call('', 'edge', 'invoicing', 'GET', '/v1', `/v1/invoices/${order - 70}`, begin, (s) => { const took = around(3.1); attempt(s, begin + 0.05, r() < 0.1 ? 0.4 : 0, took * 0.9, took - 0.1, 'answered', 200, 1 + index % 2); log(s, 'invoicing', begin + took * 0.8, 'debug', 'invoice read', { invoice_id: order - 70, status: 200 }); s.end = begin + took; });
	} else {
		call('', 'edge', 'orders', 'POST', '/v1', '/v1/orders', begin, (o) => {
			let now = begin + around(1.2);
			const customer = CUSTOMERS[Math.floor(r() * CUSTOMERS.length)];
			const cents = Math.round(1250 + r() * r() * 240000);
			log(o, 'orders', now, 'info', 'order received', { order_id: order, customer, amount_cents: cents });
			if (r() < 0.03) { o.status = 422; log(o, 'orders', now + 0.6, 'warn', 'order refused: more than 10,000.00 on one order', { order_id: order, customer, status: 422 }); attempt(o, begin + 0.05, 0, now + 0.8 - begin, now + 0.9 - begin, 'answered', 422); o.end = now + 1; return; }
			now += around(1.6);
			call(o.id, 'orders', 'stock', 'POST', '/v1', '/v1/reservations', now, (s) => { const took = around(6); attempt(s, now + 0.05, 0, took * 0.92, took - 0.1, 'answered', 201); s.status = 201; s.end = now + took; now = s.end; });
			now += r() < 0.12 ? around(90) : around(2.5); // now and then orders does something that nobody can see
			const inv = call(o.id, 'orders', 'invoicing', 'POST', '/v1', '/v1/invoices', now, (v) => {
				const vStart = now, refused = r() < 0.012;
				const which = 1 + index % 2;
				if (refused) { attempt(v, vStart + 0.05, -1, -1, 0.6, 'connect_refused', -1, which); }
				const first = refused ? vStart + 0.9 : vStart + 0.05;
				let at = first + around(2);
				log(v, 'invoicing', at, 'info', 'invoice raised', { order_id: order, invoice_id: order - 31000, amount_cents: cents });
				at += around(1.4);
				const n = call(v.id, 'invoicing', 'notification', 'POST', '/v1', '/v1/notifications', at, (x) => {
					const bad = r(), hurt = troubled(second) ? 0.24 : 0.065;
					if (bad < hurt * 0.75) {
						x.status = 504; x.reason = 'first_byte_timeout'; attempt(x, at + 0.05, r() < 0.3 ? 0.5 : 0, -1, 300, 'first_byte_timeout', -1); x.end = at + 300.4;
						log(x, 'notification', at + 4, 'info', 'handing the message to the mail relay', { invoice_id: order - 31000, relay: 'mx1' });
						log(x, 'notification', at + 210 + r() * 60, 'warn', 'the mail relay is slow: no answer after 200 ms', { invoice_id: order - 31000, relay: 'mx1', waited_ms: 200 });
					} else if (bad < hurt) {
						x.status = 503; const took = around(24); attempt(x, at + 0.05, 0, took * 0.9, took, 'answered', 503); x.end = at + took + 0.2;
						log(x, 'notification', at + took * 0.8, 'error', 'the mail relay refused the message: 451 4.7.1 greylisted, try again later', { invoice_id: order - 31000, relay: 'mx1', smtp_status: 451 });
					} else {
						x.status = 202; const took = r() < 0.05 ? around(190, 0.3) : around(12); attempt(x, at + 0.05, 0, took * 0.9, took, 'answered', 202); x.end = at + took + 0.2;
						log(x, 'notification', at + took * 0.85, 'info', 'message sent', { invoice_id: order - 31000, relay: 'mx1' });
					}
				});
				at = n.end + around(1.1);
				if (n.status >= 500) log(v, 'invoicing', at - 0.4, 'warn', `notification did not take the message (${n.reason || n.status}); the invoice stands, it is sent later`, { order_id: order, invoice_id: order - 31000, status: n.status, retry_in_s: 5 });
				v.status = 201;
				attempt(v, first, refused ? 0.4 : 0, at - first, at - first + 0.2, 'answered', 201, refused ? 3 - which : which);
				v.end = at + 0.4;
			});
			now = inv.end + around(1.2);
			log(o, 'orders', now - 0.3, 'info', 'order accepted', { order_id: order, customer, invoice: 'raised', took_ms: Math.round(now - begin) });
			o.status = 201;
			attempt(o, begin + 0.05, r() < 0.08 ? 0.3 : 0, now - begin, now - begin + 0.2, 'answered', 201);
			o.end = now + 0.4;
		});
	}
	t.start = begin; t.end = Math.max(...t.spans.map((s) => s.end));
	t.logs.sort((a, b) => a.at - b.at);
	t.logs = t.logs.map((l, i) => ({ id: `s${second}-${index}x${i}`, ms: l.at, time: time(l.at), time_ns: ns(l.at), service: l.service, version: '', instance: l.instance, level: l.level, trace_id: id, span_id: l.span, body: l.body, attributes: l.attributes }));
	return t;
}

// All traces that began in this second, each with spans and log rows.
export function begun(n) {
	let found = cache.get(n);
	if (!found) {
		const calls = Math.round(5 + 3 * Math.sin(n / 190) + 1.4 * Math.sin(n / 17) + rng(n)() * 2);
		found = Array.from({ length: Math.max(1, calls) }, (_, i) => makeTrace(n, i)).sort((a, b) => a.start - b.start);
		cache.set(n, found);
		if (cache.size > KEEP_SECONDS) cache.delete(cache.keys().next().value);
	}
	return found;
}

// The log rows written in this second, in order; a call that began in the second before may still write.
export function written(n) {
	let found = lines.get(n);
	if (!found) {
		found = [...begun(n - 1), ...begun(n)].flatMap((t) => t.logs).filter((l) => Math.floor(l.ms / 1000) === n);
		if (n % 30 === 0) found.push({ id: `s${n}-b`, ms: n * 1000 + 500, time: time(n * 1000 + 500), time_ns: ns(n * 1000 + 500), service: 'notification', version: '', instance: 'notification-1', level: 'info', trace_id: '', span_id: '', body: 'queue of unsent messages looked through', attributes: { waiting: n % 7 } });
		found.sort((a, b) => a.ms - b.ms);
		lines.set(n, found);
		if (lines.size > KEEP_SECONDS) lines.delete(lines.keys().next().value);
	}
	return found;
}

// A span as /api/traces/{id} gives it.
export function spanJson(s) {
	const failed = s.status >= 500;
	return {
		id: s.id, parent: s.parent, name: `${s.method} ${s.route}`, kind: s.caller === 'edge' ? 'server' : 'client', service: 'gateway', instance: 'pleach-gateway-1', scope: '',
		start_ns: ns(s.start), duration_ns: Math.round((s.end - s.start) * 1e6), status: failed ? 'error' : 'unset', status_message: '',
		attributes: { 'pleach.caller': s.caller, 'pleach.service': s.service, 'pleach.api': 'v1', 'http.route': s.route, 'http.request.method': s.method, 'url.path': s.path, 'http.response.status_code': s.status, 'pleach.origin': s.parent ? 'continued' : 'started', ...(s.reason ? { 'error.type': s.reason, 'pleach.phase': 'answer' } : {}) },
		events: s.attempts.map((a) => ({ name: 'attempt', time_ns: ns(a.start), attributes: { 'pleach.instance': a.instance, 'server.address': a.address, 'pleach.connect_ns': a.connect < 0 ? -1 : Math.round(a.connect * 1e6), 'pleach.first_byte_ns': a.firstByte < 0 ? -1 : Math.round(a.firstByte * 1e6), 'pleach.total_ns': Math.round(a.total * 1e6), 'pleach.result': a.result, 'pleach.reused': a.reused, ...(a.status > 0 ? { 'http.response.status_code': a.status } : {}) } })),
		links: [],
	};
}
export { ns, time };
