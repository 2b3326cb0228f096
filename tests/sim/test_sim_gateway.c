/* The gateway between callers and three instances that answer, dawdle, hang, break off, close, crash and come back, on a network that
 * delays, cuts, resets and half-closes, while the snapshot changes. What must hold for every seed:
 *
 *   - every request is answered once or its connection visibly breaks; never two answers, never somebody else's
 *   - what may not be repeated reaches an application at most once; a body arrives whole and unmixed
 *   - one record for each call, with the trace id that its caller was told
 *   - no call lives longer than its time-out and a second; queues stay within their limits; in the end nothing is held */
#include "base/check.h"
#include "base/pb.h"
#include "gateway/gateway.h"
#include "model/call.h"
#include "model/ids.h"
#include "net/http1.h"
#include "sim_main.h"
#include "sys/sim.h"

enum { CLIENTS = 5, REQUESTS = 8, NUMBERS = CLIENTS * REQUESTS, INSTANCES = 3, BODY_MAX = 400000, QUEUE_LIMIT = 96 * 1024 };
#define TIMEOUT (2 * SECOND)

static struct { unsigned answered, own, broken, retried, repeated, crashes, snapshots, timeouts; } seen;

/* What is known about each request. */
struct request {
	bool sent, answered, broken, may_repeat;
	int heads;            /* instances that saw its head */
	int records, attempts;
	int64_t at;           /* when it was sent */
	struct trace_id told, recorded;
	size_t body;
};
static struct request requests[NUMBERS];

static uint64_t draw(uint64_t n) { return n ? sim_random() % n : 0; }
static bool chance(unsigned percent) { return draw(100) < percent; }
static char pattern(unsigned number, size_t i) { return (char)('a' + (i * 7 + (i >> 9) + number * 11) % 26); }

/* --- instances ------------------------------------------------------------------------------------------------------------------------ */

struct instance;
struct service_conn {
	struct watcher w;
	struct timer later;
	struct instance *instance;
	struct service_conn *next, *prev;
	struct buf in, out;
	bool close_after, counted, gone;
	unsigned number;
};
struct instance {
	struct loop *loop;
	struct watcher listener;
	struct service_conn *conns;
	int index;
	int64_t pid;
};
static struct instance instances[INSTANCES];

static void conn_end(struct service_conn *c, void (*how)(int fd))
{
	int fd = c->w.fd;
	watcher_stop(&c->w);
	timer_cancel(&c->later);
	how(fd);
	if (c->prev)
		c->prev->next = c->next;
	else
		c->instance->conns = c->next;
	if (c->next)
		c->next->prev = c->prev;
	buf_release(&c->in);
	buf_release(&c->out);
	free(c);
}

/* False when the connection has ended. */
static bool conn_write(struct service_conn *c)
{
	while (c->out.len) {
		int64_t n = sys_write(c->w.fd, buf_str(&c->out).p, c->out.len);
		if (n == SYS_AGAIN)
			return true;
		if (n < 0) {
			conn_end(c, sys_close);
			return false;
		}
		buf_consume(&c->out, (size_t)n);
	}
	if (c->close_after) {
		conn_end(c, chance(50) ? sys_close : sys_reset);
		return false;
	}
	return true;
}

static bool conn_serve(struct service_conn *c);

static void put_body(struct buf *b, unsigned number, size_t n, bool chunked)
{
	for (size_t i = 0; i < n;) {
		size_t part = chunked ? 1 + draw(n - i < 9000 ? n - i : 9000) : n;
		if (chunked)
			buf_printf(b, "%zx\r\n", part);
		for (size_t k = 0; k < part; k++)
			buf_char(b, pattern(number, i + k));
		if (chunked)
			buf_add(b, STR("\r\n"));
		i += part;
	}
	if (chunked)
		buf_add(b, STR("0\r\n\r\n"));
}

static void answer_now(struct timer *t)
{
	struct service_conn *c = CONTAINER_OF(t, struct service_conn, later);
	size_t n = chance(4) ? draw(BODY_MAX) : draw(2000);
	bool chunked = chance(30), close = chance(5);
	buf_printf(&c->out, "HTTP/1.1 200 OK\r\nX-Number: %u\r\n", c->number);
	if (close && chance(50))
		buf_add(&c->out, STR("Connection: close\r\n"));
	if (chunked)
		buf_add(&c->out, STR("Transfer-Encoding: chunked\r\n\r\n"));
	else
		buf_printf(&c->out, "Content-Length: %zu\r\n\r\n", n);
	put_body(&c->out, c->number, n, chunked);
	if (chance(4)) { /* breaks off somewhere */
		c->out.len = draw(c->out.len);
		close = true;
	}
	c->counted = false;
	c->close_after = close;
	if (conn_write(c))
		conn_serve(c);
}

/* The whole request has come: what this instance does with it. */
static bool conn_react(struct service_conn *c, unsigned number)
{
	c->number = number;
	unsigned what = (unsigned)draw(100);
	if (what < 70) {
		timer_set(&c->later, c->instance->loop, sys_now(), answer_now);
	} else if (what < 90) {
		timer_set(&c->later, c->instance->loop, sys_now() + (int64_t)draw(800 * MSEC), answer_now);
	} else if (what < 94) {
		; /* never */
	} else if (what < 97) {
		conn_end(c, sys_reset);
		return false;
	} else {
		conn_end(c, sys_close);
		return false;
	}
	return true;
}

static unsigned number_of(const struct http1_head *h)
{
	uint64_t n = NUMBERS;
	CHECK(str_to_u64(http1_get(h, HTTP_X_REQUEST_ID), &n) && n < NUMBERS);
	return (unsigned)n;
}

static void check_body(unsigned number, size_t from, struct str data)
{
	for (size_t i = 0; i < data.len; i++)
		CHECK(data.p[i] == pattern(number, from + i));
}

/* Takes the next request when it is whole and no answer is under way. */
static bool conn_serve(struct service_conn *c)
{
	static struct http1_head h;
	if (timer_is_set(&c->later) || c->out.len || c->in.len == 0)
		return true;
	h.scanned = 0;
	enum http1_result r = http1_request(&h, buf_str(&c->in));
	if (r == HTTP1_MORE)
		return true;
	CHECK(r == HTTP1_DONE);
	unsigned number = number_of(&h);
	struct request *q = &requests[number];
	if (!c->counted) {
		q->heads++;
		c->counted = true;
		CHECK(q->heads == 1 || q->may_repeat);
	}
	struct str rest = str_skip(buf_str(&c->in), h.size);
	size_t used = 0, got = 0;
	if (h.body == HTTP1_LENGTH) {
		if (rest.len < h.length)
			return true;
		used = got = (size_t)h.length;
		check_body(number, 0, str_sub(rest, 0, used));
	} else if (h.body == HTTP1_CHUNKED) {
		struct http1_chunks chunks = { 0 };
		for (r = HTTP1_MORE; r == HTTP1_MORE;) {
			size_t n = 0;
			struct str data = { NULL, 0 };
			r = http1_chunk(&chunks, str_skip(rest, used), &n, &data);
			check_body(number, got, data);
			got += data.len;
			used += n;
			if (r == HTTP1_MORE && n == 0)
				return true;
		}
		CHECK(r == HTTP1_DONE);
	}
	CHECK(got == q->body);
	buf_consume(&c->in, h.size + used);
	return conn_react(c, number);
}

static void conn_ready(struct watcher *w, uint32_t what)
{
	struct service_conn *c = CONTAINER_OF(w, struct service_conn, w);
	(void)what;
	if (!conn_write(c))
		return;
	for (;;) {
		char *room = buf_room(&c->in, 8192);
		CHECK(room);
		int64_t n = sys_read(w->fd, room, 8192);
		if (n == SYS_AGAIN)
			break;
		if (n <= 0) {
			conn_end(c, sys_close);
			return;
		}
		buf_added(&c->in, (size_t)n);
	}
	conn_serve(c);
}

static void instance_accept(struct watcher *w, uint32_t what)
{
	struct instance *in = CONTAINER_OF(w, struct instance, listener);
	(void)what;
	for (int fd; (fd = sys_accept(w->fd, NULL)) >= 0;) {
		struct service_conn *c = calloc(1, sizeof(*c));
		CHECK(c && watcher_start(&c->w, in->loop, fd, conn_ready));
		buf_init(&c->in, 1 << 20);
		buf_init(&c->out, 1 << 20);
		c->instance = in;
		c->next = in->conns;
		if (c->next)
			c->next->prev = c;
		in->conns = c;
	}
}

static struct sys_addr address(int port) { return (struct sys_addr){ .family = SYS_IPV4, .port = (uint16_t)port, .ip = { 127, 0, 0, 1 } }; }

static void instance_main(void *user, const struct str *argv, size_t argc)
{
	struct instance *in = user;
	(void)argv, (void)argc;
	struct sys_addr a = address(9001 + in->index);
	in->loop = loop_new();
	in->conns = NULL;
	int fd = sys_listen(&a, 64);
	CHECK(fd >= 0 && watcher_start(&in->listener, in->loop, fd, instance_accept));
}

static void instance_free(void *user)
{
	struct instance *in = user;
	while (in->conns)
		conn_end(in->conns, sys_close);
	int fd = in->listener.fd;
	watcher_stop(&in->listener);
	sys_close(fd);
	loop_free(in->loop);
}

/* --- the gateway ---------------------------------------------------------------------------------------------------------------------- */

static struct {
	struct loop *loop;
	struct gateway *gateway;
	uint64_t version;
	char room[65536];
} self;

static char *room(void *ctx, size_t n)
{
	(void)ctx;
	return n <= sizeof(self.room) ? self.room : NULL;
}

static struct str sub(struct str message, uint32_t number)
{
	struct pb_reader r = pb_reader(message);
	struct pb_field f;
	while (pb_next(&r, &f))
		if (f.number == number && f.wire == PB_BYTES)
			return f.bytes;
	CHECK(!r.bad);
	return (struct str){ NULL, 0 };
}

static void commit(void *ctx, size_t used)
{
	(void)ctx;
	struct str span = sub(sub(sub(str_from(self.room, used), 1), 2), 2);
	struct pb_reader r = pb_reader(span);
	struct pb_field f;
	struct trace_id trace = { { 0 } };
	uint64_t number = NUMBERS, start = 0, end = 0;
	int attempts = 0;
	while (pb_next(&r, &f)) {
		if (f.number == 1)
			memcpy(&trace, f.bytes.p, sizeof(trace));
		else if (f.number == 7)
			start = f.value;
		else if (f.number == 8)
			end = f.value;
		else if (f.number == 11)
			attempts++;
		else if (f.number == 9 && str_eq(sub(f.bytes, 1), STR(CALL_REQUEST_ID)))
			CHECK(str_to_u64(sub(sub(f.bytes, 2), 1), &number));
	}
	CHECK(!r.bad && end >= start && end - start <= (uint64_t)(TIMEOUT + SECOND));
	if (number == NUMBERS)
		return; /* a head that never came whole */
	struct request *q = &requests[number];
	CHECK(number < NUMBERS && q->records++ == 0);
	q->recorded = trace;
	q->attempts = attempts;
	if (attempts > 1)
		seen.retried++;
}

static void apply(void *healthy_bits)
{
	unsigned healthy = *(unsigned *)healthy_bits;
	char text[2048];
	int n = snprintf(text, sizeof(text), "{\"version\":%llu,\"fleet_version\":1,\"fleet\":\"sim\",\"gateway\":{\"listen\":\"127.0.0.1:8080\",\"trust\":[],"
			 "\"connect_timeout_ns\":300000000,\"first_byte_timeout_ns\":1000000000,\"timeout_ns\":%lld,\"max_body\":1000000},\"services\":["
			 "{\"name\":\"s\",\"exposed\":true,\"serves\":[],\"calls\":[],\"endpoints\":[", (unsigned long long)++self.version, (long long)TIMEOUT);
	for (int i = 0; i < INSTANCES; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "%s{\"instance\":\"s-%d\",\"address\":\"127.0.0.1:%d\",\"state\":\"%s\"}", i ? "," : "", i, 9001 + i,
			      healthy >> i & 1 ? "healthy" : "unhealthy");
	n += snprintf(text + n, sizeof(text) - (size_t)n, "]}]}");
	struct err e = { 0 };
	struct snapshot *s = snapshot_decode(str_from(text, (size_t)n), &e);
	CHECK(s && gateway_apply(self.gateway, s, &e));
	snapshot_unref(s);
}

static void gateway_main(void *user, const struct str *argv, size_t argc)
{
	(void)user, (void)argv, (void)argc;
	unsigned all = 7;
	struct gateway_options o = { .instance = STR("g"), .sink = { room, commit, NULL }, .limits = { .keep_alive = 5 * SECOND } };
	self.loop = loop_new();
	self.version = 0;
	self.gateway = gateway_new(self.loop, &o);
	CHECK(self.gateway);
	apply(&all);
}

static void gateway_end(void *ctx)
{
	(void)ctx;
	struct gateway_held h = gateway_held(self.gateway);
	CHECK(h.calls == 0 && h.clients == 0 && h.blocks == 0 && h.upstreams == h.idle_upstreams && h.largest_queue <= QUEUE_LIMIT);
	gateway_free(self.gateway);
	loop_free(self.loop);
}

/* --- callers ------------------------------------------------------------------------------------------------------------------------------ */

struct caller {
	struct watcher w;
	struct timer later, pause;
	struct buf in, out;
	unsigned next, last;      /* numbers still to be sent */
	unsigned waiting[2];      /* sent, in order */
	int outstanding;
	bool open;
};
static struct { struct loop *loop; struct caller c[CLIENTS]; } callers;

static void caller_go(struct timer *t);

static void caller_end(struct caller *c, void (*how)(int fd))
{
	int fd = c->w.fd;
	watcher_stop(&c->w);
	timer_cancel(&c->pause);
	how(fd);
	c->open = false;
	for (int i = 0; i < c->outstanding; i++) {
		requests[c->waiting[i]].broken = true;
		seen.broken++;
	}
	c->outstanding = 0;
	buf_clear(&c->in);
	buf_clear(&c->out);
	if (c->next < c->last)
		timer_set(&c->later, callers.loop, sys_now() + (int64_t)draw(50 * MSEC), caller_go);
}

/* False when the connection has ended. */
static bool caller_write(struct caller *c)
{
	while (c->out.len) {
		int64_t n = sys_write(c->w.fd, buf_str(&c->out).p, c->out.len);
		if (n == SYS_AGAIN)
			return true;
		if (n < 0) {
			caller_end(c, sys_close);
			return false;
		}
		buf_consume(&c->out, (size_t)n);
	}
	return true;
}

static void caller_add(struct caller *c)
{
	static const char *const methods[] = { "GET", "POST", "PUT", "DELETE", "POST" };
	unsigned number = c->next++;
	struct request *q = &requests[number];
	const char *method = methods[draw(5)];
	q->may_repeat = method[1] != 'O';
	q->body = method[0] == 'P' ? (chance(4) ? draw(BODY_MAX) : draw(3000)) : 0;
	q->sent = true;
	q->at = sys_now();
	bool chunked = q->body && chance(40);
	buf_printf(&c->out, "%s /s/%u HTTP/1.1\r\nHost: s\r\nX-Request-Id: %u\r\n", method, number, number);
	if (chunked)
		buf_add(&c->out, STR("Transfer-Encoding: chunked\r\n\r\n"));
	else
		buf_printf(&c->out, "Content-Length: %zu\r\n\r\n", q->body);
	if (q->body || chunked)
		put_body(&c->out, number, q->body, chunked);
	c->waiting[c->outstanding++] = number;
}

/* One whole answer off the stream: true when there was one. */
static bool caller_take(struct caller *c)
{
	static struct http1_head h;
	if (c->in.len == 0)
		return false;
	CHECK(c->outstanding > 0); /* an answer that nobody asked for */
	h.scanned = 0;
	enum http1_result r = http1_response(&h, buf_str(&c->in), false);
	if (r == HTTP1_MORE)
		return false;
	CHECK(r == HTTP1_DONE && h.body != HTTP1_UNTIL_CLOSE);
	struct str rest = str_skip(buf_str(&c->in), h.size);
	unsigned number = c->waiting[0];
	struct request *q = &requests[number];
	bool own = http1_get(&h, HTTP_PROXY_STATUS).len > 0;
	struct http1_chunks chunks = { 0 };
	size_t used = 0, got = 0;
	if (h.body == HTTP1_LENGTH) {
		if (rest.len < h.length)
			return false;
		used = (size_t)h.length;
		if (!own)
			check_body(number, 0, str_sub(rest, 0, used));
	} else if (h.body == HTTP1_CHUNKED) {
		for (r = HTTP1_MORE; r == HTTP1_MORE;) {
			size_t n = 0;
			struct str data = { NULL, 0 };
			r = http1_chunk(&chunks, str_skip(rest, used), &n, &data);
			check_body(number, got, data);
			got += data.len;
			used += n;
			if (r == HTTP1_MORE && n == 0)
				return false;
		}
		CHECK(r == HTTP1_DONE);
	}
	CHECK(!q->answered && !q->broken);
	q->answered = true;
	CHECK(trace_id_parse(&q->told, http1_get(&h, HTTP_PLEACH_TRACE)));
	if (own) {
		seen.own++;
		seen.timeouts += h.status == 504;
	} else {
		uint64_t theirs = NUMBERS;
		CHECK(str_to_u64(http1_find(&h, STR("x-number")), &theirs) && theirs == number && q->heads > 0);
		seen.answered++;
	}
	c->waiting[0] = c->waiting[1];
	c->outstanding--;
	buf_consume(&c->in, h.size + used);
	return true;
}

static void caller_send_more(struct caller *c)
{
	if (c->outstanding || c->next >= c->last)
		return;
	caller_add(c);
	if (chance(20) && c->next < c->last)
		caller_add(c);
	(void)caller_write(c);
}

static void caller_ready(struct watcher *w, uint32_t what);
static void caller_reads_again(struct timer *t) { caller_ready(&CONTAINER_OF(t, struct caller, pause)->w, 0); }

static void caller_ready(struct watcher *w, uint32_t what)
{
	struct caller *c = CONTAINER_OF(w, struct caller, w);
	(void)what;
	if (timer_is_set(&c->pause))
		return;
	if (chance(2)) { /* reads nothing for a while */
		timer_set(&c->pause, callers.loop, sys_now() + (int64_t)draw(1500 * MSEC), caller_reads_again);
		return;
	}
	int r = sys_connected(w->fd);
	if (r == SYS_AGAIN)
		return;
	if (r < 0) {
		caller_end(c, sys_close);
		return;
	}
	if (chance(1)) { /* goes away */
		caller_end(c, chance(50) ? sys_close : sys_reset);
		return;
	}
	if (!caller_write(c))
		return;
	for (;;) {
		char *to = buf_room(&c->in, 8192);
		CHECK(to);
		int64_t n = sys_read(w->fd, to, 8192);
		if (n == SYS_AGAIN)
			break;
		if (n > 0)
			buf_added(&c->in, (size_t)n);
		while (caller_take(c))
			;
		if (n <= 0) {
			caller_end(c, sys_close);
			return;
		}
	}
	if (c->outstanding == 0 && c->next >= c->last) {
		caller_end(c, sys_close);
		return;
	}
	if (c->outstanding == 0 && chance(80))
		caller_send_more(c);
	else if (c->outstanding == 0)
		timer_set(&c->later, callers.loop, sys_now() + (int64_t)draw(300 * MSEC), caller_go);
}

static void caller_go(struct timer *t)
{
	struct caller *c = CONTAINER_OF(t, struct caller, later);
	if (!c->open && c->next >= c->last)
		return;
	if (!c->open) {
		struct sys_addr a = address(8080);
		int fd = sys_connect(&a);
		if (fd < 0 || !watcher_start(&c->w, callers.loop, fd, caller_ready)) {
			CHECK(fd < 0);
			timer_set(t, callers.loop, sys_now() + 20 * MSEC, caller_go);
			return;
		}
		c->open = true;
		if (c->outstanding == 0)
			caller_add(c); /* goes out when it is connected */
		return;
	}
	caller_send_more(c);
}

static void callers_main(void *user, const struct str *argv, size_t argc)
{
	(void)user, (void)argv, (void)argc;
	callers.loop = loop_new();
	for (unsigned i = 0; i < CLIENTS; i++) {
		struct caller *c = &callers.c[i];
		*c = (struct caller){ .next = i * REQUESTS, .last = (i + 1) * REQUESTS, .w = { .fd = -1 } };
		buf_init(&c->in, 1 << 20);
		buf_init(&c->out, 1 << 20);
		timer_set(&c->later, callers.loop, sys_now() + (int64_t)draw(20 * MSEC), caller_go);
	}
}

static void callers_free(void *user)
{
	(void)user;
	for (int i = 0; i < CLIENTS; i++) {
		CHECK(!callers.c[i].open && callers.c[i].next == callers.c[i].last);
		timer_cancel(&callers.c[i].later);
		buf_release(&callers.c[i].in);
		buf_release(&callers.c[i].out);
	}
	loop_free(callers.loop);
}

/* --- the scenario ---------------------------------------------------------------------------------------------------------------------------- */

static bool all_done(void)
{
	for (int i = 0; i < CLIENTS; i++)
		if (callers.c[i].open || callers.c[i].next < callers.c[i].last)
			return false;
	return true;
}

/* Nobody waits longer than the time-out, a second, and what the network may add. */
static void check_waits(void)
{
	for (int i = 0; i < CLIENTS; i++)
		if (callers.c[i].open && callers.c[i].outstanding == 1)
			CHECK(sys_now() - requests[callers.c[i].waiting[0]].at < 2 * TIMEOUT + 3 * SECOND);
}

static void disturb(int64_t gateway)
{
	struct instance *in = &instances[draw(INSTANCES)];
	unsigned what = (unsigned)draw(100);
	if (what < 10 && sim_is_alive(in->pid)) {
		sim_crash(in->pid);
		seen.crashes++;
	} else if (what < 40 && !sim_is_alive(in->pid)) {
		in->pid = sim_process(STR("instance"), instance_main, in);
	} else if (what < 45 && sim_is_alive(in->pid)) {
		sim_hang(in->pid);
	} else if (what < 70 && sim_is_alive(in->pid)) {
		sim_resume(in->pid);
	} else if (what < 85) {
		unsigned healthy = chance(90) ? 1 + (unsigned)draw(7) : 0;
		sim_call(gateway, apply, &healthy);
		seen.snapshots++;
	}
}

static void run(uint64_t seed)
{
	struct sim_options o = { .seed = seed, .delay_min = 10 * USEC, .delay_max = seed % 3 ? 500 * USEC : 20 * MSEC,
				 .reset_chance = seed % 4 ? 0 : 0.0005, .half_close_chance = seed % 5 ? 0 : 0.02, .short_io_chance = seed % 2 ? 0.1 : 0 };
	memset(requests, 0, sizeof(requests));
	sim_start(&o);
	for (int i = 0; i < INSTANCES; i++) {
		instances[i].index = i;
		instances[i].pid = sim_process(STR("instance"), instance_main, &instances[i]);
	}
	int64_t gateway = sim_process(STR("gateway"), gateway_main, NULL);
	int64_t clients = sim_process(STR("callers"), callers_main, NULL);
	bool calm = seed % 7 == 0;
	for (int i = 0; i < 20000 && !all_done(); i++) {
		CHECK(sim_run_until(sys_now() + 20 * MSEC, 1000000));
		check_waits();
		if (!calm && chance(20))
			disturb(gateway);
	}
	CHECK(all_done());
	for (int i = 0; i < INSTANCES; i++)
		if (sim_is_alive(instances[i].pid))
			sim_resume(instances[i].pid);
	CHECK(sim_run_until(sys_now() + 20 * SECOND, 1000000));
	for (int i = 0; i < NUMBERS; i++) {
		const struct request *q = &requests[i];
		CHECK(q->sent && (q->answered || q->broken));
		if (q->answered)
			CHECK(q->records == 1 && trace_id_eq(&q->told, &q->recorded));
		CHECK(q->heads <= q->attempts || q->records == 0);
		seen.repeated += q->heads > 1;
	}
	sim_call(clients, callers_free, NULL);
	sim_call(gateway, gateway_end, NULL);
	for (int i = 0; i < INSTANCES; i++)
		if (sim_is_alive(instances[i].pid))
			sim_call(instances[i].pid, instance_free, &instances[i]);
	sim_stop(true);
}

int main(int argc, char **argv)
{
	int status = sim_main(argc, argv, run);
	printf("%u answered, %u own answers (%u time-outs), %u broken, %u with further attempts, %u repeated, %u crashes, %u snapshots\n", seen.answered,
	       seen.own, seen.timeouts, seen.broken, seen.retried, seen.repeated, seen.crashes, seen.snapshots);
	return status;
}
