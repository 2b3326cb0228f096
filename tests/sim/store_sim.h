/* The world in which simulations of the store live: senders that number their rows and repeat each batch until it is acknowledged, a process that crashes (at any
 * write, with or without loss of what was not synced), torn writes, failing syncs, a full disk; and what must hold whenever the rows are read, and
 * after each restart:
 *   - every acknowledged row is there, once, under the id it got; one that was not acknowledged is there at most once
 *   - while the store runs, a row is visible exactly when it was acknowledged (or found by recovery)
 *   - calls counted per edge are those of the spans that are there; a trace's rows are found by its id
 *   - nothing is ever reported as damaged, and the limits of memory hold
 * At the end the faults stop, every batch is acknowledged, and an orderly stop and start shows all of it from segments.
 * A test is a `struct story`: what its rows are, what may go, and what it does besides. Included by one file a program. */
#ifndef PLEACH_TESTS_STORE_SIM_H
#define PLEACH_TESTS_STORE_SIM_H
#include "base/check.h"
#include "model/call.h"
#include "sim_main.h"
#include "store/scan.h"
#include "sys/sim.h"

enum { SENDERS = 3, BATCHES = 25, ROWS = 12, ALL_ROWS = SENDERS * BATCHES * ROWS, STEPS = 3000000, MEMORY = 160 << 10, FILLER = 3000 };

/* One row that was ever sent; row numbers run through. */
struct truth {
	bool acknowledged;
	uint64_t segment;
	uint32_t position, found;
};
struct story {
	void (*start)(uint64_t seed);                             /* before the store's process runs for the first time */
	void (*options)(struct store_options *o);
	void (*fill)(struct batch_builder *b, uint32_t sender, uint32_t batch);
	bool (*repeated)(uint32_t sender, uint32_t batch, uint32_t rows); /* the batch that is acknowledged was found by recovery before */
	bool (*is_placed)(const struct truth *t, uint32_t number); /* its id is known and must not change */
	void (*place)(struct truth *t, uint32_t number, uint32_t position); /* of a row that was acknowledged and is at this position of the memtable */
	bool (*may_miss)(uint32_t number);                        /* an acknowledged row that is not there may be so */
	void (*began)(void);                                      /* the process runs; before all is checked */
	void (*look)(void);                                       /* now and then, with check_all at the right moment */
	void (*disturb)(void);                                    /* draws a fault: one of its own or world_fault(0 to 5) */
	bool (*settled)(void);                                    /* after the faults and the last acknowledgement: all that is to come has come */
	void (*leave)(void);                                      /* before an orderly stop */
	void (*ended)(void);                                      /* after the last start */
};
static const struct story *story;
static struct {
	struct truth rows[ALL_ROWS];
	uint32_t acknowledged[SENDERS]; /* batches */
	struct store *store;
	struct loop *loop;
	int64_t pid;
	struct timer senders[SENDERS], spy;
	uint64_t visible_calls, calls_found;
	struct sim_options options;
	bool closing, closed, calm;
} world;

/* What the seeds brought about: a simulation in which nothing goes wrong proves nothing. */
static struct { unsigned crashes, segments, recovered, full, failed, overload, repeats, unacknowledged_found, flush_full; } seen;

static uint64_t draw(uint64_t n) { return n ? sim_random() % n : 0; }

static const struct resource service = { STR_INIT("writer"), STR_INIT(""), STR_INIT("writer-1"), NULL, 0 };
static const struct resource gateway = { STR_INIT("gateway"), STR_INIT(""), STR_INIT(""), NULL, 0 };

static uint32_t row_number(uint32_t sender, uint32_t batch, uint32_t i) { return (sender * BATCHES + batch) * ROWS + i; }
static uint32_t rows_in(uint32_t sender, uint32_t batch) { return 1 + (sender * 7 + batch * 5) % ROWS; }
static struct trace_id trace_of(uint32_t number) { return (struct trace_id){ { 1, (uint8_t)(number / 4), (uint8_t)(number / 4 >> 8), 7 } }; }
static bool is_span(uint32_t number) { return number % 3 == 0; }

/* --- writing -------------------------------------------------------------------------------------------------------------------------------- */

/* A span or a log record of this number; `attrs` begin with the number. */
static void add_row(struct batch_builder *b, uint32_t resource, uint32_t number, int64_t time, struct str body, const struct attr *attrs, size_t count)
{
	if (is_span(number)) {
		struct span s = { .resource = &gateway, .trace = trace_of(number), .id = { { 1, (uint8_t)number, (uint8_t)(number >> 8) } }, .name = STR("GET /"),
				  .start = time, .end = time + number, .status = number % 5 == 0 ? SPAN_ERROR : SPAN_UNSET, .attrs = attrs, .attr_count = count };
		batch_add_span(b, resource, &s);
		return;
	}
	struct log_record r = { .resource = &service, .time = time, .severity = SEVERITY_INFO, .trace = trace_of(number), .body = body, .attrs = attrs, .attr_count = count };
	batch_add_log(b, resource, &r);
}

static struct batch *make_batch(uint32_t sender, uint32_t batch)
{
	struct batch_builder b;
	struct err e = { 0 };
	batch_builder_init(&b);
	story->fill(&b, sender, batch);
	struct batch *out = batch_finish(&b, &e);
	CHECK(out);
	batch_builder_release(&b);
	out->id = (struct batch_id){ sender + 1, batch + 1 };
	return out;
}

static void send_next(struct timer *t);

static void later(uint32_t sender, int64_t most)
{
	timer_set(&world.senders[sender], world.loop, sys_now() + (int64_t)draw((uint64_t)most), send_next);
}

static void acknowledged(uint32_t sender, struct batch *b)
{
	uint32_t batch = world.acknowledged[sender]++, rows = batch_rows(b);
	bool repeat = story->repeated(sender, batch, rows);
	seen.repeats += repeat;
	for (uint32_t i = 0; i < rows; i++) {
		uint32_t number = row_number(sender, batch, i);
		CHECK(!world.rows[number].acknowledged);
		world.rows[number].acknowledged = true;
		if (!repeat)
			story->place(&world.rows[number], number, world.store->active->rows - rows + i);
	}
}

static void done(struct batch *b, const struct err *result)
{
	uint32_t sender = (uint32_t)b->id.sender - 1;
	if (!result) {
		acknowledged(sender, b);
		later(sender, 3 * MSEC);
		return;
	}
	CHECK(result->code == ERR_DISK_FULL || result->code == ERR_UNAVAILABLE || result->code == ERR_OVERLOAD);
	seen.full += result->code == ERR_DISK_FULL;
	seen.failed += result->code == ERR_UNAVAILABLE;
	seen.overload += result->code == ERR_OVERLOAD;
	later(sender, 50 * MSEC);
}

static void send_next(struct timer *t)
{
	uint32_t sender = (uint32_t)(t - world.senders);
	if (world.acknowledged[sender] >= BATCHES || world.closing)
		return;
	struct batch *b = make_batch(sender, world.acknowledged[sender]);
	b->done = done;
	store_submit(world.store, b);
}

/* --- reading -------------------------------------------------------------------------------------------------------------------------------- */

static uint32_t number_of(struct str row)
{
	struct row_parts p;
	struct attr a;
	CHECK(row_parts(row, &p));
	CHECK(attrs_next(&p.attrs, &a) && str_eq(a.key, STR("number")) && a.value.type == VALUE_INT);
	return (uint32_t)a.value.i;
}

static void found_row(void *ctx, const struct scan_row *r)
{
	(void)ctx;
	uint32_t number = number_of(r->row);
	CHECK(number < ALL_ROWS);
	struct truth *t = &world.rows[number];
	CHECK(++t->found == 1); /* never twice */
	CHECK((r->head.kind == ROW_SPAN) == is_span(number));
	if (story->is_placed(t, number))
		CHECK(t->segment == r->segment && t->position == r->position); /* ids never change */
	t->segment = r->segment;
	t->position = r->position;
	world.visible_calls += r->head.kind == ROW_SPAN;
}

static void run_scan(struct scan *s)
{
	CHECK(scan_begin(s));
	while (scan_step(s))
		;
	CHECK(s->damaged == 0 && !s->cut);
	scan_end(s);
}

static bool count_edges(void *ctx, const struct scan_source *src, struct segment_reader *reader, struct err *e)
{
	static struct edge_space space;
	struct edge one = { 0 };
	struct str section;
	(void)ctx;
	if (!reader) {
		for (uint32_t i = 0; i < src->memtable->edges.map.count; i++)
			world.calls_found += ((struct edge *)src->memtable->edges.map.entries[i].value)->durations.count;
		return false;
	}
	CHECK(segment_section(reader, SECTION_EDGES, &section, e));
	struct bytes b = bytes_of(section);
	for (uint64_t n = take_varint(&b); n > 0; n--) {
		CHECK(edge_decode(&b, &one, &space));
		CHECK(one.calls == one.durations.count);
		world.calls_found += one.calls;
	}
	hist_release(&one.durations);
	return false;
}

static void count_trace(void *ctx, const struct scan_row *r)
{
	(void)r;
	*(uint32_t *)ctx += 1;
}

static void check_trace(uint32_t number)
{
	struct arena a;
	struct query q;
	struct err e = { 0 };
	uint32_t rows = 0, expected = 0;
	arena_init(&a, 1 << 16);
	struct trace_id trace = trace_of(number);
	char hex[32];
	hex_encode(hex, trace.b, sizeof(trace.b));
	CHECK(query_parse(&q, &a, arena_printf(&a, "trace:%.*s", 32, hex), &e));
	for (uint32_t i = 0; i < 4; i++)
		expected += world.rows[number / 4 * 4 + i].found;
	struct scan s = { .store = world.store, .q = &q, .from = INT64_MIN, .to = INT64_MAX, .kinds = 6, .row = count_trace, .ctx = &rows };
	run_scan(&s);
	CHECK(rows == expected);
	arena_release(&a);
}

/* All that is visible now, held against what was acknowledged. */
static void check_all(bool after_recovery)
{
	struct arena a;
	struct query q;
	struct err e = { 0 };
	arena_init(&a, 1 << 16);
	CHECK(query_parse(&q, &a, STR(""), &e));
	for (uint32_t i = 0; i < ALL_ROWS; i++) {
		if (after_recovery && !world.rows[i].acknowledged)
			world.rows[i].segment = world.rows[i].position = 0;
		world.rows[i].found = 0;
	}
	world.visible_calls = world.calls_found = 0;
	struct scan s = { .store = world.store, .q = &q, .from = INT64_MIN, .to = INT64_MAX, .kinds = 6, .row = found_row, .oldest_first = draw(2) };
	run_scan(&s);
	for (uint32_t i = 0; i < ALL_ROWS; i++) {
		const struct truth *t = &world.rows[i];
		CHECK(t->found == 1 || !t->acknowledged || story->may_miss(i)); /* nothing acknowledged is lost */
		seen.unacknowledged_found += t->found && !t->acknowledged;
	}
	struct scan edges = { .store = world.store, .q = &q, .from = INT64_MIN, .to = INT64_MAX, .row = found_row, .source = count_edges };
	run_scan(&edges);
	CHECK(world.calls_found == world.visible_calls);
	CHECK(world.store->damaged == 0);
	check_trace((uint32_t)draw(ALL_ROWS - 4));
	arena_release(&a);
}

/* --- the store's process ---------------------------------------------------------------------------------------------------------------------- */

static void spy(struct timer *t)
{
	story->look();
	CHECK(store_memory(world.store) < 4 * MEMORY + (256 << 10)); /* plus tables and one batch */
	seen.flush_full += world.store->flush_full;
	timer_set(t, world.loop, sys_now() + 10 * MSEC + (int64_t)draw(50 * MSEC), spy);
}

static void report(void *ctx, uint8_t severity, struct str message)
{
	(void)ctx, (void)severity, (void)message;
}

static void process(void *user, const struct str *argv, size_t argc)
{
	struct err e = { 0 };
	struct store_options o = { .directory = STR("/store"), .report = report, .keep_ns = INT64_C(1000) * 86400 * SECOND };
	(void)user, (void)argv, (void)argc;
	story->options(&o);
	world.pid = sys_pid();
	world.loop = loop_new();
	memset(world.senders, 0, sizeof(world.senders));
	memset(&world.spy, 0, sizeof(world.spy));
	world.store = NULL;
	struct store *s = store_new(world.loop, &o, &e);
	CHECK(s || e.code != ERR_CORRUPT);
	if (!s) /* a sync of the new directory failed: the node would start it again */
		sys_exit(1);
	s->options.memory = MEMORY;
	world.store = s;
	seen.recovered += s->frozen_count > 0 || s->segment_count > 0;
	seen.segments += s->segment_count;
	story->began();
	check_all(true);
	for (uint32_t i = 0; i < SENDERS; i++)
		later(i, 3 * MSEC);
	timer_set(&world.spy, world.loop, sys_now() + (int64_t)draw(20 * MSEC), spy);
}

static void start_process(void)
{
	for (int i = 0; i < 100; i++) {
		int64_t pid = sim_process(STR("store"), process, NULL);
		if (sim_is_alive(pid))
			return;
	}
	CHECK(!"the store does not start");
}

/* --- faults ----------------------------------------------------------------------------------------------------------------------------------- */

static void world_fault(uint64_t which)
{
	switch (which) {
	case 0:
		sim_crash(world.pid);
		break;
	case 1:
		sim_crash_at_write(world.pid, 1 + draw(40), true);
		break;
	case 2:
		sim_crash_at_write(world.pid, 1 + draw(40), false);
		break;
	case 3:
		sys_kill(world.pid, SYS_SIGKILL);
		break;
	case 4:
		sim_disk_capacity(sim_disk_used() + (int64_t)draw(60000));
		break;
	default:
		sim_disk_capacity(0);
	}
}

static bool all_acknowledged(void)
{
	for (uint32_t i = 0; i < SENDERS; i++)
		if (world.acknowledged[i] < BATCHES)
			return false;
	return true;
}

static void closed(void *ctx)
{
	(void)ctx;
	world.closed = true;
	sys_exit(0);
}

static void close_now(void *ctx)
{
	(void)ctx;
	world.closing = true;
	timer_cancel(&world.spy);
	story->leave();
	for (uint32_t i = 0; i < SENDERS; i++)
		timer_cancel(&world.senders[i]);
	store_close(world.store, closed, NULL);
}

static void step(int64_t ns) { CHECK(sim_run_until(sys_now() + ns, STEPS)); }

static void close_and_start_again(void)
{
	sim_call(world.pid, close_now, NULL);
	for (int i = 0; i < 100 && !world.closed; i++)
		step(100 * MSEC);
	CHECK(world.closed);
	world.closing = false;
	start_process();
	CHECK(world.store->frozen_count == 0 && world.store->active->rows == 0); /* all in segments */
}

static void run(uint64_t seed)
{
	memset(&world, 0, sizeof(world));
	world.options = (struct sim_options){ .seed = seed, .torn_write_chance = 0.4, .fsync_fail_chance = seed % 3 ? 0.03 : 0 };
	story->start(seed);
	sim_start(&world.options);
	start_process();
	for (int i = 0; i < 12 && !all_acknowledged(); i++) {
		step((int64_t)draw(60 * MSEC));
		story->disturb();
		step((int64_t)draw(30 * MSEC));
		if (!sim_is_alive(world.pid)) {
			seen.crashes++;
			start_process();
		}
	}
	world.options.fsync_fail_chance = 0;
	sim_set_options(&world.options);
	sim_disk_capacity(0);
	sim_crash_at_write(world.pid, 0, false);
	if (!sim_is_alive(world.pid))
		start_process();
	for (int i = 0; i < 100 && !all_acknowledged(); i++)
		step(100 * MSEC);
	CHECK(all_acknowledged());
	world.calm = true;
	for (int i = 0; i < 300 && !story->settled(); i++)
		step(100 * MSEC);
	CHECK(story->settled());
	close_and_start_again();
	story->ended();
	sim_call(world.pid, close_now, NULL);
	step(SECOND);
	sim_stop(false);
}

/* The first half of what is printed at the end; the story adds its own. */
static void print_seen(void)
{
	printf("crashes %u, segments seen at starts %u, recoveries %u, disk full %u (while writing segments: %u), refused for a failed sync %u, refused for load %u, repeats %u, "
	       "unacknowledged rows found %u",
	       seen.crashes, seen.segments, seen.recovered, seen.full, seen.flush_full, seen.failed, seen.overload, seen.repeats, seen.unacknowledged_found);
}
#endif
