/* The store's listeners in a world of peers that are slow, reset, half-closed, of a store that crashes, of failing syncs and a full disk.
 * Forward clients number their messages, have a few outstanding, and send again on a new connection what was not acknowledged. Syslog clients send
 * each line once, in pieces; one sends datagrams, which the network loses and repeats. What must hold for every seed:
 *   - every acknowledged record is there
 *   - nothing is there twice, but for messages that were outstanding at a crash of the store (which then forgets whom it did not answer), and
 *     datagrams that the network repeated
 *   - where no connection broke and the store did not crash, every line is there
 *   - in the end every message is acknowledged, whatever happened before */
#include "base/check.h"
#include "base/msgpack.h"
#include "net/loop.h"
#include "sim_main.h"
#include "base/metric.h"
#include "store/internal.h"
#include "store/listen_impl.h"
#include "store/scan.h"
#include "sys/sim.h"
#include <stdarg.h>

enum { FORWARDERS = 3, MESSAGES = 30, RECORDS = 5, WINDOW = 4, TALKERS = 2, LINES = 120, DATAGRAMS = 60, STEPS = 6000000, MEMORY = 1 << 20 };
enum { FILLER = 12000 /* bytes of long messages */ };
enum { SYSLOG_PORT = 5514, FORWARD_PORT = 24224 };

struct client {
	struct loop *loop;
	struct watcher watcher;
	struct timer timer, patience;
	struct buf out, in;
	int64_t pid;
	uint32_t number;
	uint32_t sent;             /* forward: first message not sent on this connection; syslog: lines written into the stream */
	bool connected, broken, done;
};
static struct {
	struct client forwarders[FORWARDERS], talkers[TALKERS], shouter;
	bool acknowledged[FORWARDERS][MESSAGES];
	bool ever_sent[FORWARDERS][MESSAGES], outstanding_at_crash[FORWARDERS][MESSAGES];
	unsigned found_records[FORWARDERS][MESSAGES][RECORDS], found_lines[TALKERS][LINES], found_datagrams[DATAGRAMS];
	struct store *store;
	struct loop *loop;
	int64_t pid;
	unsigned crashes;
	bool peaceful, closed, held;
	size_t filler;             /* bytes behind each message: enough to fill the intake while the disk is full */
} world;
static struct { unsigned crashes, reconnects, lost_lines, twice, datagrams, impatient, held; } seen;
static char filler[FILLER];

static uint64_t draw(uint64_t n) { return n ? sim_random() % n : 0; }
static struct sys_addr port(uint16_t p) { return (struct sys_addr){ .family = SYS_IPV4, .port = p, .ip = { 127, 0, 0, 1 } }; }

/* --- the store ------------------------------------------------------------------------------------------------------------------------------------ */

static void report(void *ctx, uint8_t severity, struct str message)
{
	(void)ctx, (void)severity, (void)message;
}

static void process(void *user, const struct str *argv, size_t argc)
{
	struct err e = { 0 };
	struct store_options o = { .directory = STR("/store"), .report = report, .keep_ns = INT64_C(1000) * 86400 * SECOND, .memory = MEMORY };
	struct store_listen_options listen = { .syslog = port(SYSLOG_PORT), .forward = port(FORWARD_PORT) };
	(void)user, (void)argv, (void)argc;
	world.pid = sys_pid();
	world.loop = loop_new();
	world.store = store_new(world.loop, &o, &e);
	if (!world.store)
		sys_exit(1);
	CHECK(store_listen(world.store, &listen, &e));
}

static void start_store(void)
{
	for (int i = 0; i < 100; i++) {
		int64_t pid = sim_process(STR("store"), process, NULL);
		if (sim_is_alive(pid))
			return;
	}
	CHECK(!"the store does not start");
}

/* --- connections of clients ---------------------------------------------------------------------------------------------------------------------- */

static void drop(struct client *c)
{
	if (c->watcher.fd >= 0) {
		int fd = c->watcher.fd;
		watcher_stop(&c->watcher);
		sys_close(fd);
	}
	c->watcher.fd = -1;
	c->connected = false;
	buf_clear(&c->out);
	buf_clear(&c->in);
}

static void again(struct client *c, timer_f *fn, int64_t most)
{
	timer_set(&c->timer, c->loop, sys_now() + (int64_t)draw((uint64_t)most), fn);
}

/* Writes what it can; false when the connection broke. */
static bool push(struct client *c)
{
	while (c->out.len) {
		int64_t n = sys_write(c->watcher.fd, buf_str(&c->out).p, c->out.len);
		if (n == SYS_AGAIN || n == 0)
			return true;
		if (n < 0)
			return false;
		buf_consume(&c->out, (size_t)n);
	}
	return true;
}

/* --- Fluent Forward -------------------------------------------------------------------------------------------------------------------------------- */

static uint32_t records_of(uint32_t message) { return 1 + message % RECORDS; }

static void put_entry(struct buf *b, const struct client *c, uint32_t message, uint32_t record)
{
	char text[64 + FILLER];
	int n = snprintf(text, sizeof(text), "f-%u-%u-%u %.*s", c->number, message, record, (int)world.filler, filler);
	msgpack_put_array(b, 2);
	buf_add_bytes(b, "\xce\x69\x56\x00\x00", 5);
	msgpack_put_map(b, 1);
	msgpack_put_text(b, STR("message"));
	msgpack_put_text(b, str_from(text, (size_t)n));
}

static void put_message(struct client *c, uint32_t message)
{
	struct buf entries;
	char chunk[64];
	int n = snprintf(chunk, sizeof(chunk), "chunk-%u-%u", c->number, message);
	buf_init(&entries, 1 << 20);
	for (uint32_t i = 0; i < records_of(message); i++)
		put_entry(&entries, c, message, i);
	msgpack_put_array(&c->out, 3);
	msgpack_put_text(&c->out, STR("sim"));
	if (message % 2) {
		msgpack_put_binary(&c->out, buf_str(&entries));
	} else {
		msgpack_put_array(&c->out, records_of(message));
		buf_add(&c->out, buf_str(&entries));
	}
	msgpack_put_map(&c->out, 1);
	msgpack_put_text(&c->out, STR("chunk"));
	msgpack_put_text(&c->out, str_from(chunk, (size_t)n));
	buf_release(&entries);
}

static uint32_t outstanding(const struct client *c)
{
	uint32_t n = 0;
	for (uint32_t m = 0; m < c->sent; m++)
		n += !world.acknowledged[c->number][m];
	return n;
}

static void forwarder_connect(struct timer *t);
static void forwarder_lost(struct client *c)
{
	drop(c);
	seen.reconnects++;
	again(c, forwarder_connect, 20 * MSEC);
}

static void forwarder_impatient(struct timer *t)
{
	seen.impatient++;
	forwarder_lost(CONTAINER_OF(t, struct client, patience));
}

static void take_acks(struct client *c)
{
	struct str in = buf_str(&c->in), value;
	struct arena a;
	struct err e = { 0 };
	arena_init(&a, 65536);
	while (msgpack_take(&in, &value)) {
		unsigned client, message;
		char text[64];
		struct str chunk = json_get_str(msgpack_parse(&a, value, &e), STR("ack"), STR(""));
		snprintf(text, sizeof(text), "%.*s", STR_FMT(chunk));
		CHECK(sscanf(text, "chunk-%u-%u", &client, &message) == 2 && client == c->number && message < c->sent);
		CHECK(!world.acknowledged[client][message]);
		world.acknowledged[client][message] = true;
	}
	buf_consume(&c->in, c->in.len - in.len);
	arena_release(&a);
}

static bool pull(struct client *c)
{
	for (;;) {
		char *room = buf_room(&c->in, 512);
		int64_t n = sys_read(c->watcher.fd, room, 512);
		if (n == SYS_AGAIN)
			return true;
		if (n <= 0)
			return false;
		buf_added(&c->in, (size_t)n);
	}
}

static void forwarder_go(struct client *c)
{
	while (c->sent < MESSAGES && outstanding(c) < WINDOW) {
		if (!world.acknowledged[c->number][c->sent])
			put_message(c, c->sent);
		world.ever_sent[c->number][c->sent++] = true;
	}
	bool alive = push(c) && pull(c);
	uint32_t before = outstanding(c);
	take_acks(c);
	if (before != outstanding(c))
		timer_set(&c->patience, c->loop, sys_now() + 20 * SECOND, forwarder_impatient);
	c->done = c->sent == MESSAGES && outstanding(c) == 0;
	if (c->done) {
		timer_cancel(&c->patience);
		drop(c);
	} else if (!alive) {
		forwarder_lost(c);
	} else if (before != outstanding(c)) {
		forwarder_go(c);
	}
}

static void forwarder_ready(struct watcher *w, uint32_t what)
{
	struct client *c = CONTAINER_OF(w, struct client, watcher);
	(void)what;
	int code = c->connected ? 0 : sys_connected(w->fd);
	if (code == SYS_AGAIN)
		return;
	if (code < 0) {
		forwarder_lost(c);
		return;
	}
	c->connected = true;
	forwarder_go(c);
}

static void forwarder_connect(struct timer *t)
{
	struct client *c = CONTAINER_OF(t, struct client, timer);
	struct sys_addr a = port(FORWARD_PORT);
	c->sent = 0;
	timer_set(&c->patience, c->loop, sys_now() + 20 * SECOND, forwarder_impatient);
	int fd = sys_connect(&a);
	CHECK(fd >= 0 && watcher_start(&c->watcher, c->loop, fd, forwarder_ready));
}

/* --- syslog ------------------------------------------------------------------------------------------------------------------------------------------ */

static void put_line(struct client *c, uint32_t line)
{
	char text[160 + FILLER];
	int n = snprintf(text, sizeof(text), line % 3 ? "<14>1 - sim talker - - - s-%u-%u; %.*s" : "<14>Jan  1 00:00:00 sim talker: s-%u-%u; %.*s", c->number, line,
			 (int)world.filler, filler);
	if (line % 2)
		buf_printf(&c->out, "%d %s", n, text);
	else
		buf_printf(&c->out, "%s\n", text);
}

static void talker_speak(struct timer *t);
static void talker_ready(struct watcher *w, uint32_t what)
{
	struct client *c = CONTAINER_OF(w, struct client, watcher);
	char nothing[16];
	(void)what;
	int code = c->connected ? 0 : sys_connected(w->fd);
	if (code == SYS_AGAIN)
		return;
	c->connected = code >= 0;
	int64_t n = c->connected ? sys_read(w->fd, nothing, sizeof(nothing)) : SYS_RESET;
	CHECK(n <= 0); /* nobody answers to syslog */
	if (n != SYS_AGAIN || !push(c)) {
		/* What was on its way is lost or not: nobody knows, and it is not sent again. */
		c->broken = true;
		drop(c);
		again(c, talker_speak, 20 * MSEC);
	}
}

/* A few lines, cut anywhere, then a pause. */
static void talker_speak(struct timer *t)
{
	struct client *c = CONTAINER_OF(t, struct client, timer);
	struct sys_addr a = port(SYSLOG_PORT);
	if (c->watcher.fd < 0) {
		int fd = sys_connect(&a);
		CHECK(fd >= 0 && watcher_start(&c->watcher, c->loop, fd, talker_ready));
	} else if (c->connected && c->out.len == 0 && c->sent == LINES) {
		c->done = true;
		if (draw(2))
			sys_shutdown_write(c->watcher.fd);
		else
			drop(c);
		return;
	} else if (c->connected && c->out.len == 0) {
		for (uint64_t n = 1 + draw(10); n > 0 && c->sent < LINES; n--)
			put_line(c, c->sent++);
		if (!push(c))
			talker_ready(&c->watcher, SYS_HANGUP);
	}
	if (!c->done)
		again(c, talker_speak, 10 * MSEC);
}

static void shouter_shout(struct timer *t)
{
	struct client *c = CONTAINER_OF(t, struct client, timer);
	struct sys_addr a = port(SYSLOG_PORT);
	char text[64];
	int n = snprintf(text, sizeof(text), "<14>1 - sim shouter - - - u-%u\n", c->sent++);
	sys_udp_send(c->watcher.fd, &a, text, (size_t)n);
	c->done = c->sent == DATAGRAMS;
	if (!c->done)
		again(c, shouter_shout, 10 * MSEC);
}

static void client_process(void *user, const struct str *argv, size_t argc)
{
	struct client *c = user;
	struct sys_addr any = port(0);
	(void)argv, (void)argc;
	c->loop = loop_new();
	c->watcher.fd = -1;
	buf_init(&c->out, 1 << 20);
	buf_init(&c->in, 65536);
	if (c == &world.shouter)
		c->watcher.fd = sys_udp_bind(&any, 65536);
	bool forwarder = c >= world.forwarders && c < world.forwarders + FORWARDERS;
	again(c, forwarder ? forwarder_connect : c == &world.shouter ? shouter_shout : talker_speak, 5 * MSEC);
}

/* --- what is there ------------------------------------------------------------------------------------------------------------------------------------ */

static void found_row(void *ctx, const struct scan_row *r)
{
	struct row_parts p;
	unsigned a, b, c;
	char text[128], end;
	(void)ctx;
	CHECK(row_parts(r->row, &p));
	snprintf(text, sizeof(text), "%.*s", STR_FMT(p.body));
	if (sscanf(text, "f-%u-%u-%u", &a, &b, &c) == 3) {
		CHECK(a < FORWARDERS && b < MESSAGES && c < RECORDS);
		world.found_records[a][b][c]++;
	} else if (sscanf(text, "s-%u-%u%c", &a, &b, &end) == 3 && end == ';') {
		CHECK(a < TALKERS && b < LINES);
		world.found_lines[a][b]++;
	} else if (sscanf(text, "u-%u", &a) == 1) {
		CHECK(a < DATAGRAMS);
		world.found_datagrams[a]++;
	} else { /* a line that was cut when its connection broke */
		CHECK(!world.peaceful);
	}
}

static void count_all(void)
{
	struct arena a;
	struct query q;
	struct err e = { 0 };
	arena_init(&a, 1 << 16);
	CHECK(query_parse(&q, &a, STR(""), &e));
	struct scan s = { .store = world.store, .q = &q, .from = INT64_MIN, .to = INT64_MAX, .kinds = 6, .row = found_row };
	CHECK(scan_begin(&s));
	while (scan_step(&s))
		;
	scan_end(&s);
	arena_release(&a);
}

static void check_forwarded(void)
{
	for (uint32_t c = 0; c < FORWARDERS; c++)
		for (uint32_t m = 0; m < MESSAGES; m++)
			for (uint32_t i = 0; i < records_of(m); i++) {
				unsigned n = world.found_records[c][m][i];
				CHECK(world.acknowledged[c][m] && n >= 1);
				CHECK(n == 1 || world.outstanding_at_crash[c][m]);
				seen.twice += n > 1;
			}
}

static void check_lines(void)
{
	for (uint32_t c = 0; c < TALKERS; c++)
		for (uint32_t i = 0; i < LINES; i++) {
			unsigned n = world.found_lines[c][i];
			CHECK(n == 1 || (n == 0 && !world.peaceful));
			seen.lost_lines += n == 0;
		}
	for (uint32_t i = 0; i < DATAGRAMS; i++) {
		CHECK(world.found_datagrams[i] <= 2);
		seen.datagrams += world.found_datagrams[i];
	}
}

/* The spy looks whether the listeners hold their peers: what a full disk must lead to. */
static void look(void *ctx)
{
	(void)ctx;
	struct listening *l = world.store->listening;
	world.held |= l && intake_full(&l->intake);
}

/* --- the run --------------------------------------------------------------------------------------------------------------------------------------------- */

static void note_crash(void)
{
	seen.crashes++;
	world.crashes++;
	for (uint32_t c = 0; c < FORWARDERS; c++)
		for (uint32_t m = 0; m < MESSAGES; m++)
			world.outstanding_at_crash[c][m] |= world.ever_sent[c][m] && !world.acknowledged[c][m];
}

static void disturb(void)
{
	switch (draw(6)) {
	case 0: sim_crash(world.pid); break;
	case 1: sim_crash_at_write(world.pid, 1 + draw(40), draw(2)); break;
	case 2: sys_kill(world.pid, SYS_SIGKILL); break;
	case 3:
	case 4: sim_disk_capacity(sim_disk_used() + (int64_t)draw(20000)); break;
	default: sim_disk_capacity(0);
	}
}

static bool all_done(void)
{
	bool done = world.shouter.done;
	for (int i = 0; i < FORWARDERS; i++)
		done &= world.forwarders[i].done;
	for (int i = 0; i < TALKERS; i++)
		done &= world.talkers[i].done;
	return done;
}

static void step(int64_t ns) { CHECK(sim_run_until(sys_now() + ns, STEPS)); }

static void closed(void *ctx)
{
	(void)ctx;
	world.closed = true;
	sys_exit(0);
}
static void close_now(void *ctx)
{
	(void)ctx;
	store_close(world.store, closed, NULL);
}
static void count_now(void *ctx)
{
	(void)ctx;
	count_all();
}

static void start_clients(void)
{
	for (uint32_t i = 0; i < FORWARDERS; i++) {
		world.forwarders[i].number = i;
		world.forwarders[i].pid = sim_process(STR("forwarder"), client_process, &world.forwarders[i]);
	}
	for (uint32_t i = 0; i < TALKERS; i++) {
		world.talkers[i].number = i;
		world.talkers[i].pid = sim_process(STR("talker"), client_process, &world.talkers[i]);
	}
	world.shouter.pid = sim_process(STR("shouter"), client_process, &world.shouter);
}

static void release_client(struct client *c)
{
	buf_release(&c->out);
	buf_release(&c->in);
}

static void run(uint64_t seed)
{
	struct sim_options o = { .seed = seed, .delay_min = 20 * USEC, .delay_max = 2 * MSEC, .short_io_chance = 0.3, .torn_write_chance = 0.4,
				 .datagram_loss_chance = 0.1, .datagram_repeat_chance = 0.1 };
	memset(&world, 0, sizeof(world));
	world.peaceful = seed % 3 == 0; /* the network is sound and the store stands; the disk may fail */
	o.reset_chance = world.peaceful ? 0 : 0.01;
	o.half_close_chance = world.peaceful ? 0 : 0.1;
	o.fsync_fail_chance = seed % 2 ? 0.05 : 0;
	world.filler = seed % 4 == 1 ? FILLER : 0;
	memset(filler, 'x', sizeof(filler));
	sim_start(&o);
	start_store();
	start_clients();
	for (int i = 0; i < 10 && !all_done(); i++) {
		step((int64_t)draw(60 * MSEC));
		if (world.peaceful)
			sim_disk_capacity(draw(2) ? sim_disk_used() + (int64_t)draw(20000) : 0);
		else
			disturb();
		step((int64_t)draw(60 * MSEC));
		sim_call(world.pid, look, NULL);
		if (!sim_is_alive(world.pid)) {
			note_crash();
			start_store();
		}
	}
	o.fsync_fail_chance = o.reset_chance = o.half_close_chance = 0;
	sim_set_options(&o);
	sim_disk_capacity(0);
	sim_crash_at_write(world.pid, 0, false);
	if (!sim_is_alive(world.pid)) {
		note_crash();
		start_store();
	}
	for (int i = 0; i < 600 && !all_done(); i++)
		step(500 * MSEC);
	CHECK(all_done());
	step(5 * SECOND);
	if (draw(2)) { /* what was read is kept by an orderly end too */
		sim_call(world.pid, close_now, NULL);
		for (int i = 0; i < 100 && !world.closed; i++)
			step(100 * MSEC);
		CHECK(world.closed);
		start_store();
	}
	sim_call(world.pid, count_now, NULL);
	check_forwarded();
	check_lines();
	seen.held += world.held;
	sim_stop(false);
	for (int i = 0; i < FORWARDERS; i++)
		release_client(&world.forwarders[i]);
	for (int i = 0; i < TALKERS; i++)
		release_client(&world.talkers[i]);
	release_client(&world.shouter);
}

int main(int argc, char **argv)
{
	int result = sim_main(argc, argv, run);
	printf("crashes %u, reconnects %u (out of patience: %u), records found twice after a crash %u, lines lost with their connections %u, datagrams found %u, "
	       "batches refused by the store %llu, repeats recognised %llu, worlds with peers held %u\n",
	       seen.crashes, seen.reconnects, seen.impatient, seen.twice, seen.lost_lines, seen.datagrams, (unsigned long long)metric_get(METRIC_STORE_REFUSED),
	       (unsigned long long)metric_get(METRIC_STORE_FORWARD_REPEATED), seen.held);
	return result;
}
