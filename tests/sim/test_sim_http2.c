/* The gRPC server and HTTP/2 below it in a world of resets, half-closes, short reads and writes, hangs; with clients that cancel, pause in the
 * middle of a message, or do not read. What must hold for every seed: a method sees each request at most once, whole and as it was sent; an
 * answer that came whole is the request's own; each call that a method keeps is answered or gone, never both; in the end no call, no connection and
 * no memory set aside is left, and a drained server lets go of its clients. */
#include "../unit/http2_client.h"
#include "base/metric.h"
#include "net/grpc.h"
#include "sim_main.h"
#include "sys/sim.h"

enum { CLIENTS = 3, CALLS = 30, STEPS = 4000000, BODY_MAX = 150000, HELD = 400000 };
static const struct sys_addr address = { .family = SYS_IPV4, .port = 4317, .ip = { 127, 0, 0, 1 } };

/* What the seeds brought about: a simulation in which nothing goes wrong proves nothing. */
static struct {
	unsigned whole, failed, lost, spared, cancelled, gone, busy, late, connections;
} seen;
static bool quiet; /* nothing goes wrong in this world, and everybody reads */

static uint64_t draw(uint64_t n) { return n ? sim_random() % n : 0; }
static bool once_in(uint64_t n) { return draw(n) == 0; }

/* The message of request `number` begins with the number; its length and bytes are known to both sides. */
static size_t message_len(uint64_t number) { return number % 5 == 0 ? BODY_MAX - number : 8 + number * 13 % 900; }
static char message_byte(uint64_t number, size_t i) { return (char)('a' + (number * 31 + i * 7 + i / 251) % 26); }

static void check_message(struct str m)
{
	uint64_t number;
	CHECK(m.len >= 8);
	memcpy(&number, m.p, 8);
	CHECK(m.len == message_len(number));
	for (size_t i = 8; i < m.len; i++)
		CHECK(m.p[i] == message_byte(number, i));
}

/* --- the server --------------------------------------------------------------------------------------------------------------------- */

static struct {
	struct loop *loop;
	struct grpc_server *grpc;
	int live; /* calls kept by the method, neither answered nor gone */
	bool draining, drained;
	uint8_t taken[(CLIENTS + 1) * 1000];
} server;

struct pending {
	struct timer timer;
	struct http2_call *call;
	uint64_t number;
};

static void pending_free(struct pending *p)
{
	timer_cancel(&p->timer);
	server.live--;
	free(p);
}

static void on_gone(void *ctx)
{
	seen.gone++;
	pending_free(ctx);
}

static void answer(struct http2_call *c, uint64_t number)
{
	if (number % 11 == 0)
		grpc_fail(c, GRPC_ABORTED, STR("as \xe2\x82\xac you wish"), number % 2 ? SECOND : 0);
	else
		grpc_answer(c, str_from((const char *)&number, 8));
}

static void on_time(struct timer *t)
{
	struct pending *p = CONTAINER_OF(t, struct pending, timer);
	answer(p->call, p->number);
	pending_free(p);
}

static void take(void *ctx, struct http2_call *c, struct str message)
{
	uint64_t number;
	(void)ctx;
	check_message(message);
	memcpy(&number, message.p, 8);
	CHECK(number < sizeof(server.taken) && !server.taken[number]);
	server.taken[number] = 1;
	CHECK(metric_get(METRIC_HTTP2_HELD) <= HELD);
	if (once_in(3)) {
		answer(c, number);
		return;
	}
	struct pending *p = calloc(1, sizeof(*p));
	CHECK(p);
	p->call = c;
	p->number = number;
	server.live++;
	if (once_in(2))
		http2_on_gone(c, on_gone, p);
	timer_set(&p->timer, server.loop, loop_now(server.loop) + (int64_t)draw(500 * MSEC), on_time);
}

static const struct grpc_method methods[] = { { STR_INIT("/sim.Test/Take"), take } };

static void server_main(void *user, const struct str *argv, size_t argc)
{
	struct err e = { 0 };
	struct grpc_options o = { .methods = methods, .method_count = 1, .max_received = BODY_MAX, .max_message = BODY_MAX, .max_held = HELD,
				  .idle = 5 * SECOND, .read_timeout = 4 * SECOND, .write_timeout = 4 * SECOND };
	(void)user, (void)argv, (void)argc;
	server.loop = loop_new();
	server.grpc = grpc_server_new(server.loop, &o);
	CHECK(server.grpc && grpc_server_listen(server.grpc, &address, NULL, &e));
}

static void on_drained(void *ctx)
{
	(void)ctx;
	server.drained = true;
}
static void server_drain(void *arg)
{
	(void)arg;
	server.draining = true;
	grpc_server_drain(server.grpc, 3600 * SECOND, on_drained, NULL);
}
static void server_free(void *arg)
{
	(void)arg;
	grpc_server_free(server.grpc);
	loop_free(server.loop);
}

/* --- the clients ---------------------------------------------------------------------------------------------------------------------- */

struct one {
	struct timer timer;
	struct client *client;
	struct h2_request r;
	struct buf body;
	uint64_t number;
	unsigned epoch;   /* of the connection that it was sent on */
	bool started, cancelled, done;
};
struct client {
	struct loop *loop;
	struct h2_client h2;
	struct timer watch;
	unsigned epoch;
	bool open;
	struct one calls[CALLS];
};

static void judge(struct one *o)
{
	uint64_t number;
	o->done = true;
	if (!o->r.closed || !o->r.ended || !h2_has(&o->r, "grpc-status: ")) {
		bool spared = o->epoch == o->client->epoch && o->client->h2.goaway && o->r.id > o->client->h2.goaway_last;
		seen.lost += !o->cancelled;
		seen.spared += spared;
		CHECK(!spared || !server.taken[o->number]); /* GOAWAY says that it may be sent elsewhere */
		CHECK(!quiet || o->cancelled || spared || (server.draining && !o->client->h2.connected));
		return;
	}
	if (h2_has(&o->r, "grpc-status: 0\n")) {
		CHECK(o->number % 11 && o->r.heads == 2 && o->r.data.len == 13);
		memcpy(&number, buf_str(&o->r.data).p + 5, 8);
		CHECK(number == o->number && server.taken[number]);
		seen.whole++;
	} else if (h2_has(&o->r, "grpc-status: 10\n")) {
		CHECK(o->number % 11 == 0 && h2_has(&o->r, "grpc-message: as %E2%82%AC you wish\n") && server.taken[o->number]);
		seen.failed++;
	} else { /* the server's own word: then the method has not seen it */
		seen.busy += h2_has(&o->r, "grpc-status: 14\n");
		seen.late += h2_has(&o->r, "grpc-status: 4\n");
		CHECK(h2_has(&o->r, "grpc-status: 14\n") || h2_has(&o->r, "grpc-status: 4\n"));
		CHECK(!server.taken[o->number]);
	}
}

static void close_connection(struct client *c)
{
	if (!c->open)
		return;
	for (size_t i = 0; i < CALLS; i++)
		if (c->calls[i].started && !c->calls[i].done && c->calls[i].epoch == c->epoch)
			judge(&c->calls[i]);
	h2_close(&c->h2);
	c->open = false;
}

static void open_connection(struct client *c)
{
	c->epoch++;
	c->open = true;
	seen.connections++;
	h2_open(&c->h2, c->loop, &address, !quiet && once_in(6) ? 5 : 0 /* a window that no answer fits into */, false);
}

static void on_one(struct timer *t)
{
	struct one *o = CONTAINER_OF(t, struct one, timer);
	struct client *c = o->client;
	if (!o->started) {
		if (c->open && c->h2.goaway && !c->h2.ended && !c->h2.hold) { /* the last answers come first */
			timer_set(t, c->loop, loop_now(c->loop) + 100 * MSEC, on_one);
			return;
		}
		if (!c->open || c->h2.ended || c->h2.goaway) {
			close_connection(c);
			open_connection(c);
		}
		o->started = true;
		o->epoch = c->epoch;
		if (once_in(6))
			o->r.pause = 1 + draw(o->body.len - 1);
		h2_ask(&c->h2, &o->r, "POST", "/sim.Test/Take", "application/grpc", NULL, STR(""), buf_str(&o->body));
		timer_set(t, c->loop, loop_now(c->loop) + (int64_t)draw(2 * SECOND), on_one);
	} else if (!o->done && !o->r.closed && o->epoch == c->epoch && c->open && !c->h2.ended) {
		if (o->r.pause != SIZE_MAX && once_in(2)) {
			h2_go_on(&o->r, SIZE_MAX);
		} else if (once_in(3)) {
			o->cancelled = true;
			seen.cancelled++;
			h2_cancel(&o->r);
		} else if (!quiet && once_in(30)) {
			c->h2.hold = true; /* reads nothing from now on */
		}
	}
}

/* Sees what has ended. */
static void on_watch(struct timer *t)
{
	struct client *c = CONTAINER_OF(t, struct client, watch);
	for (size_t i = 0; i < CALLS; i++) {
		struct one *o = &c->calls[i];
		if (o->started && !o->done && (o->r.closed || o->epoch != c->epoch || !c->open))
			judge(o);
	}
	if (c->open && (c->h2.ended || (c->h2.hold && once_in(20))))
		close_connection(c);
	timer_set(t, c->loop, loop_now(c->loop) + 200 * MSEC, on_watch);
}

static void client_main(void *user, const struct str *argv, size_t argc)
{
	struct client *c = user;
	(void)argv, (void)argc;
	c->loop = loop_new();
	c->h2.fd = -1;
	for (size_t i = 0; i < CALLS; i++) {
		struct one *o = &c->calls[i];
		size_t n = message_len(o->number);
		const uint8_t prefix[5] = { 0, (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n };
		o->client = c;
		buf_init(&o->body, BODY_MAX + 8);
		buf_add_bytes(&o->body, prefix, 5);
		buf_add_bytes(&o->body, &o->number, 8);
		for (size_t k = 8; k < n; k++)
			buf_char(&o->body, message_byte(o->number, k));
		timer_set(&o->timer, c->loop, loop_now(c->loop) + (int64_t)draw(8 * SECOND), on_one);
	}
	timer_set(&c->watch, c->loop, loop_now(c->loop) + 200 * MSEC, on_watch);
}

static void client_end(void *arg)
{
	struct client *c = arg;
	timer_cancel(&c->watch);
	close_connection(c);
}

static void client_free(void *arg)
{
	struct client *c = arg;
	for (size_t i = 0; i < CALLS; i++) {
		CHECK(c->calls[i].started && c->calls[i].done);
		h2_release(&c->calls[i].r);
		buf_release(&c->calls[i].body);
	}
	loop_free(c->loop);
}

/* --- the world ------------------------------------------------------------------------------------------------------------------------- */

static struct client clients[CLIENTS];

static void run(uint64_t seed)
{
	struct sim_options o = { .seed = seed, .delay_min = 10 * USEC, .delay_max = 5 * MSEC };
	int64_t pids[CLIENTS];
	memset(&server, 0, sizeof(server));
	memset(clients, 0, sizeof(clients));
	sim_start(&o);
	quiet = seed % 4 == 0;
	if (!quiet) {
		o.reset_chance = (double)draw(10) / 1000;
		o.half_close_chance = (double)draw(20) / 100;
		o.short_io_chance = (double)draw(60) / 100;
		sim_set_options(&o);
	}
	int64_t pid = sim_process(STR("server"), server_main, NULL);
	for (uint64_t c = 0; c < CLIENTS; c++) {
		for (size_t i = 0; i < CALLS; i++)
			clients[c].calls[i].number = (c + 1) * 1000 - CALLS + i;
		pids[c] = sim_process(STR("client"), client_main, &clients[c]);
	}
	if (seed % 4 == 2) {
		CHECK(sim_run_until(SECOND + (int64_t)draw(6 * SECOND), STEPS));
		sim_hang(pid);
		CHECK(sim_run_until(sys_now() + (int64_t)draw(3 * SECOND), STEPS));
		sim_resume(pid);
	}
	if (seed % 8 == 4) { /* in the middle of it all */
		CHECK(sim_run_until(SECOND + (int64_t)draw(8 * SECOND), STEPS));
		sim_call(pid, server_drain, NULL);
	}
	CHECK(sim_run_until(20 * SECOND, STEPS));
	o.reset_chance = o.half_close_chance = o.short_io_chance = 0;
	sim_set_options(&o);
	CHECK(sim_run_until(30 * SECOND, STEPS));
	if (seed % 2) /* the clients' idle connections are ended by the server */
		sim_call(pid, server_drain, NULL);
	CHECK(sim_run_until(60 * SECOND, STEPS));
	CHECK(server.drained == server.draining);
	for (size_t c = 0; c < CLIENTS; c++)
		sim_call(pids[c], client_end, &clients[c]);
	CHECK(sim_run_until(120 * SECOND, STEPS));
	CHECK(server.live == 0);
	CHECK(metric_get(METRIC_HTTP2_CONNECTIONS) == 0 && metric_get(METRIC_HTTP2_HELD) == 0);
	for (size_t c = 0; c < CLIENTS; c++)
		sim_call(pids[c], client_free, &clients[c]);
	sim_call(pid, server_free, NULL);
	sim_stop(true);
}

int main(int argc, char **argv)
{
	int code = sim_main(argc, argv, run);
	printf("calls whole %u, failed as asked %u, lost %u (spared %u), cancelled %u, refused busy %u, late %u; gone %u; connections %u\n", seen.whole, seen.failed,
	       seen.lost, seen.spared, seen.cancelled, seen.busy, seen.late, seen.gone, seen.connections);
	return code;
}
