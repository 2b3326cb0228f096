/* HTTP server, client and outbox in a world of resets, half-closes, short reads and writes, hangs and crashes. What must hold for
 * every seed: each call ends in exactly one `done` (none when it was cancelled); an answer taken for whole is whole and carries its
 * request's number; the server forgets no exchange and keeps no connection; the outbox loses no record and, with repeats dropped by
 * batch id, each arrives once and in order. */
#include "base/check.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "net/outbox.h"
#include "sim_main.h"
#include "sys/sim.h"

enum { CLIENTS = 2, CALLS = 40, RECORDS = 60, STEPS = 4000000 };
static const struct sys_addr tcp = {.family = SYS_IPV4, .port = 80, .ip = {127, 0, 0, 1}};
static const struct sys_addr local = {.family = SYS_UNIX, .path = "/run/http"};

/* What the seeds brought about: a simulation in which nothing goes wrong proves nothing. */
static struct {
	unsigned whole, unavailable, upstream, timeout, cancelled, gone, refused_writes, repeats, crashes, refused;
} seen;

static uint64_t draw(uint64_t n)
{
	return n ? sim_random() % n : 0;
}
static bool once_in(uint64_t n)
{
	return draw(n) == 0;
}

/* The bodies of request and answer `number`: their lengths and bytes are known to both sides. Some answers are larger than a
 * stream's queue. */
static size_t request_len(uint64_t number)
{
	return number % 7 == 0 ? 200000 + number : number % 1000;
}
enum { ANSWER_MAX = 2500000 };
static size_t body_len(uint64_t number)
{
	return number % 39 == 0 ? ANSWER_MAX : request_len(number);
}
static char body_byte(uint64_t number, size_t i)
{
	return (char)('a' + (number * 31 + i * 7 + i / 251) % 26);
}
static struct str make_body(char *out, uint64_t number, size_t from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = body_byte(number, from + i);
	return str_from(out, n);
}

/* --- the server
 * -------------------------------------------------------------------------------------------------------------------- */

struct server {
	struct loop *loop;
	struct http_server *http;
	int live; /* exchanges neither answered nor gone */
	bool drained;
};
static uint64_t taken_records, last_batch; /* of the store, which outlives its process */

struct pending {
	struct server *server;
	struct http_exchange *x; /* NULL once gone */
	struct timer timer;
	uint64_t number;
	size_t sent;
	bool stream, deaf;
};

static void pending_free(struct pending *p)
{
	timer_cancel(&p->timer);
	p->server->live--;
	free(p);
}

static void on_gone(void *ctx)
{
	seen.gone++;
	pending_free(ctx);
}

static void number_header(struct buf *b, uint64_t number)
{
	buf_init(b, 64);
	buf_printf(b, "X-Number: %" PRIu64 "\r\n", number);
}

static void answer(struct http_exchange *x, uint64_t number)
{
	static char body[ANSWER_MAX];
	struct buf headers;
	number_header(&headers, number);
	http_answer(x, 200, STR("text/plain"), buf_str(&headers), make_body(body, number, 0, body_len(number)));
	buf_release(&headers);
}

static void pump(void *ctx)
{
	struct pending *p = ctx;
	char piece[30000];
	size_t total = body_len(p->number);
	while (p->sent < total) {
		size_t n = 1 + draw(sizeof(piece) - 1);
		n = n < total - p->sent ? n : total - p->sent;
		if (!http_stream_write(p->x, make_body(piece, p->number, p->sent, n))) {
			seen.refused_writes++;
			return;
		}
		p->sent += n;
		if (once_in(total > HTTP_STREAM_QUEUE ? 100 : 4) && p->sent < total) { /* more later */
			int64_t after = (int64_t)draw(20 * MSEC);
			timer_set(&p->timer, p->server->loop, loop_now(p->server->loop) + after, p->timer.fn);
			return;
		}
	}
	struct http_exchange *x = p->x;
	http_on_gone(x, NULL, NULL);
	if (once_in(20) && total)
		http_stream_abort(x);
	else
		http_stream_end(x);
	pending_free(p);
}

static void drained(void *ctx)
{
	struct pending *p = ctx;
	if (!timer_is_set(&p->timer))
		pump(p);
}

static void on_time(struct timer *t)
{
	struct pending *p = CONTAINER_OF(t, struct pending, timer);
	if (p->stream) {
		pump(p);
		return;
	}
	answer(p->x, p->number);
	pending_free(p);
}

static void later(struct server *s, struct http_exchange *x, uint64_t number, bool stream)
{
	struct pending *p = calloc(1, sizeof(*p));
	CHECK(p);
	*p = (struct pending){.server = s, .x = x, .number = number, .stream = stream};
	s->live++;
	p->timer.fn = on_time;
	if (stream || once_in(2))
		http_on_gone(x, on_gone, p);
	if (stream) {
		struct buf headers;
		number_header(&headers, number);
		http_stream_begin(x, 200, STR("text/plain"), buf_str(&headers));
		buf_release(&headers);
		http_stream_on_drained(x, drained, p);
	}
	timer_set(&p->timer, s->loop, loop_now(s->loop) + (int64_t)draw(300 * MSEC), on_time);
}

/* A store: takes each batch once. */
static void take_batch(struct http_exchange *x)
{
	const struct http_request *r = http_request(x);
	struct str id = http1_find(&r->head, STR("pleach-batch"));
	uint64_t number;
	uint8_t outbox_id[8];
	CHECK(id.len > 17 && str_to_hex_bytes(str_sub(id, 0, 16), outbox_id, 8) && str_to_u64(str_skip(id, 17), &number));
	if (once_in(8)) {
		seen.refused++;
		http_answer(x, 503, STR(""), STR(""), STR(""));
		return;
	}
	if (number + 1 <= last_batch) {
		seen.repeats++;
	} else {
		CHECK(number == last_batch);
		last_batch = number + 1;
		for (struct str rest = r->body, line; rest.len;) {
			line = str_split(&rest, '\n');
			uint64_t record;
			CHECK(str_to_u64(line, &record) && record == taken_records);
			taken_records++;
		}
	}
	http_answer(x, 200, STR(""), STR(""), STR(""));
}

static void handle(void *ctx, struct http_exchange *x)
{
	struct server *s = ctx;
	const struct http_request *r = http_request(x);
	uint64_t number;
	if (str_eq(r->path, STR("/v1/logs"))) {
		take_batch(x);
		return;
	}
	CHECK(str_to_u64(http1_find(&r->head, STR("x-number")), &number));
	if (str_eq(r->head.method, STR("POST"))) { /* the request is whole too */
		CHECK(r->body.len == request_len(number));
		for (size_t i = 0; i < r->body.len; i++)
			CHECK(r->body.p[i] == body_byte(number, i));
	}
	if (once_in(3))
		answer(x, number);
	else
		later(s, x, number, once_in(2));
}

static void server_main(void *user, const struct str *argv, size_t argc)
{
	struct server *s = user;
	struct err e = {0};
	(void)argv, (void)argc;
	s->loop = loop_new();
	s->http =
	    http_server_new(s->loop, &(struct http_server_options){.idle = 3 * SECOND, .read_timeout = 2 * SECOND}, handle, s);
	CHECK(http_server_listen(s->http, &tcp, NULL, &e) && http_server_listen(s->http, &local, NULL, &e));
}

static void server_free(void *arg)
{
	struct server *s = arg;
	http_server_free(s->http);
	CHECK(s->live >= 0);
	loop_free(s->loop);
}

/* --- the clients
 * ------------------------------------------------------------------------------------------------------------------- */

struct client;
struct one {
	struct client *client;
	struct http_call *call;
	struct timer start, cancel;
	uint64_t number, streamed;
	int done;
	bool started, cancelled, head, by_pieces;
};
struct client {
	struct loop *loop;
	struct http_client *http;
	struct outbox *outbox;
	struct timer record;
	uint64_t records;
	struct one calls[CALLS];
};

static void check_piece(uint64_t number, size_t from, struct str piece)
{
	for (size_t i = 0; i < piece.len; i++)
		CHECK(piece.p[i] == body_byte(number, from + i));
}

static bool on_data(void *ctx, struct str piece)
{
	struct one *o = ctx;
	CHECK(!o->cancelled && o->done == 0);
	check_piece(o->number, o->streamed, piece);
	o->streamed += piece.len;
	if (!once_in(50))
		return true;
	o->cancelled = true;
	timer_cancel(&o->cancel);
	seen.cancelled++;
	return false;
}

static void on_done(void *ctx, const struct http_result *r)
{
	struct one *o = ctx;
	CHECK(o->started && !o->cancelled);
	CHECK(++o->done == 1);
	timer_cancel(&o->cancel);
	if (r->status == 0) {
		CHECK(err_is_set(&r->err));
		seen.unavailable += r->err.code == ERR_UNAVAILABLE;
		seen.upstream += r->err.code == ERR_UPSTREAM;
		seen.timeout += r->err.code == ERR_TIMEOUT;
		CHECK(r->err.code == ERR_UNAVAILABLE || r->err.code == ERR_UPSTREAM || r->err.code == ERR_TIMEOUT);
		return;
	}
	uint64_t number;
	if (r->status == 408) /* our own slowness */
		return;
	CHECK(r->status == 200);
	CHECK(str_to_u64(http1_find(r->head, STR("x-number")), &number) && number == o->number);
	size_t want = o->head ? 0 : body_len(number);
	CHECK((o->by_pieces ? o->streamed : r->body.len) == want);
	if (!o->by_pieces)
		check_piece(number, 0, r->body);
	seen.whole++;
}

static void on_cancel(struct timer *t)
{
	struct one *o = CONTAINER_OF(t, struct one, cancel);
	CHECK(o->done == 0 && !o->cancelled);
	o->cancelled = true;
	seen.cancelled++;
	http_cancel(o->call);
}

static void on_start(struct timer *t)
{
	static char body[300000];
	struct one *o = CONTAINER_OF(t, struct one, start);
	struct buf headers;
	bool post = once_in(3);
	o->head = !post && once_in(6);
	o->by_pieces = once_in(3);
	o->started = true;
	number_header(&headers, o->number);
	struct http_call_options call = {.address = once_in(2) ? tcp : local,
	                                 .method = post      ? STR("POST")
	                                           : o->head ? STR("HEAD")
	                                                     : STR("GET"),
	                                 .target = STR("/job?x=1"),
	                                 .headers = buf_str(&headers),
	                                 .body = post ? make_body(body, o->number, 0, request_len(o->number)) : STR(""),
	                                 .timeout = once_in(5) ? (int64_t)(1 + draw(400)) * MSEC : 20 * SECOND,
	                                 .on_data = o->by_pieces ? on_data : NULL,
	                                 .ctx = o};
	o->call = http_call(o->client->http, &call, on_done);
	CHECK(o->done == 0);
	buf_release(&headers);
	if (once_in(8))
		timer_set(&o->cancel, o->client->loop, loop_now(o->client->loop) + (int64_t)draw(500 * MSEC), on_cancel);
}

static void on_record(struct timer *t)
{
	struct client *c = CONTAINER_OF(t, struct client, record);
	char text[24];
	size_t n = (size_t)snprintf(text, sizeof(text), "%" PRIu64 "\n", c->records++);
	CHECK(outbox_add(c->outbox, str_from(text, n)));
	if (c->records < RECORDS)
		timer_set(&c->record, c->loop, loop_now(c->loop) + (int64_t)draw(200 * MSEC), on_record);
}

static void client_main(void *user, const struct str *argv, size_t argc)
{
	struct client *c = user;
	(void)argv, (void)argc;
	c->loop = loop_new();
	c->http = http_client_new(c->loop,
	                          &(struct http_client_options){.max_idle = 1 + draw(4), .idle = (int64_t)(1 + draw(4)) * SECOND});
	for (size_t i = 0; i < CALLS; i++) {
		c->calls[i].client = c;
		timer_set(&c->calls[i].start, c->loop, loop_now(c->loop) + (int64_t)draw(6 * SECOND), on_start);
	}
	if (!c->outbox && c->calls[0].number == 1000) { /* one of them also sends records */
		c->outbox = outbox_new(
		    c->loop, c->http,
		    &(struct outbox_options){
		        .address = local, .path = STR("/v1/logs"), .content_type = STR("text/plain"), .batch_bytes = 64});
		timer_set(&c->record, c->loop, loop_now(c->loop) + MSEC, on_record);
	}
}

static void client_free(void *arg)
{
	struct client *c = arg;
	if (c->outbox)
		CHECK(outbox_stats(c->outbox).queued_bytes == 0 && outbox_stats(c->outbox).records == RECORDS &&
		      outbox_stats(c->outbox).lost == 0);
	outbox_free(c->outbox);
	http_client_free(c->http);
	loop_free(c->loop);
}

/* --- the world
 * --------------------------------------------------------------------------------------------------------------------- */

static struct server servers[2];
static struct client clients[CLIENTS];

static bool all_ended(void)
{
	for (size_t c = 0; c < CLIENTS; c++)
		for (size_t i = 0; i < CALLS; i++)
			if (!clients[c].calls[i].done && !clients[c].calls[i].cancelled)
				return false;
	return clients[0].records == RECORDS && outbox_stats(clients[0].outbox).records == RECORDS;
}

static void run(uint64_t seed)
{
	struct sim_options o = {.seed = seed, .delay_min = 10 * USEC, .delay_max = 5 * MSEC};
	memset(servers, 0, sizeof(servers));
	memset(clients, 0, sizeof(clients));
	taken_records = last_batch = 0;
	sim_start(&o);
	if (seed % 4) { /* every fourth world is quiet */
		o.reset_chance = (double)draw(20) / 1000;
		o.half_close_chance = (double)draw(20) / 100;
		o.short_io_chance = (double)draw(60) / 100;
		o.half_open_chance = (double)draw(100) / 100;
		sim_set_options(&o);
	}
	struct server *s = &servers[0];
	int64_t pid = sim_process(STR("server"), server_main, s), client_pid[CLIENTS];
	for (uint64_t c = 0; c < CLIENTS; c++) {
		for (size_t i = 0; i < CALLS; i++)
			clients[c].calls[i].number = (c + 1) * 1000 + i;
		client_pid[c] = sim_process(STR("client"), client_main, &clients[c]);
	}
	if (seed % 4 == 2) {
		CHECK(sim_run_until(SECOND + (int64_t)draw(6 * SECOND), STEPS));
		sim_hang(pid);
		CHECK(sim_run_until(sys_now() + (int64_t)draw(3 * SECOND), STEPS));
		sim_resume(pid);
	} else if (seed % 4 == 3) {
		CHECK(sim_run_until(SECOND + (int64_t)draw(6 * SECOND), STEPS));
		sim_crash(pid);
		seen.crashes++;
		CHECK(sim_run_until(sys_now() + (int64_t)draw(2 * SECOND), STEPS));
		s = &servers[1];
		pid = sim_process(STR("server"), server_main, s);
	}
	CHECK(sim_run_until(40 * SECOND, STEPS));
	o.reset_chance = o.half_close_chance = o.short_io_chance = 0;
	sim_set_options(&o);
	CHECK(sim_run_until(240 * SECOND, STEPS));
	CHECK(all_ended());
	CHECK(taken_records == RECORDS);
	CHECK(s->live == 0);
	CHECK(http_server_connections(s->http) == 0);
	for (size_t c = 0; c < CLIENTS; c++)
		sim_call(client_pid[c], client_free, &clients[c]);
	sim_call(pid, server_free, s);
	sim_stop(true);
}

int main(int argc, char **argv)
{
	int code = sim_main(argc, argv, run);
	printf("calls whole %u, unavailable %u, broken off %u, timed out %u, cancelled %u; exchanges gone %u, writes refused %u; "
	       "batches refused %u, repeated %u; crashes %u\n",
	       seen.whole, seen.unavailable, seen.upstream, seen.timeout, seen.cancelled, seen.gone, seen.refused_writes,
	       seen.refused, seen.repeats, seen.crashes);
	return code;
}
