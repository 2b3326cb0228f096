/* What test_sim_store.c does not have: a clock that jumps, readers that take their time, a limit of size, rows of many shapes and times. The store
 * is in a world of crashes (at any write, with or without loss of what was not synced), torn writes, failing syncs, a full disk. Senders
 * number their rows and repeat each batch until it is acknowledged; the rows' own times lie in any order
 * between 1970 and 2262, and their shapes differ. What must hold for every seed, whenever the rows are read, and after each restart:
 *   - every acknowledged row is there, once, under the id it got; one that was not acknowledged is there at most once
 *   - with a limit of size (every fourth seed), what is missing are segments as a whole
 *   - a reader that takes its time sees exactly what was there when it began, whatever is written and removed meanwhile
 *   - while the store runs, a row is visible exactly when it was acknowledged (or found by recovery)
 *   - calls counted per edge are those of the spans that are there; a trace's rows are found by its id
 *   - nothing is ever reported as damaged, and the limits of memory hold
 * At the end the faults stop, every batch is acknowledged, and an orderly stop and start shows all of it from segments. */
#include "base/check.h"
#include "model/call.h"
#include "sim_main.h"
#include "store/scan.h"
#include "sys/sim.h"

enum { SENDERS = 3, BATCHES = 25, ROWS = 12, STEPS = 3000000, MEMORY = 160 << 10, FILLER = 3000, KEEP = 40 << 10, SHAPES = 23, DAY_JUMPS = 100 };

/* One row that was ever sent; `row` numbers run through. */
struct truth { bool acknowledged; uint64_t segment; uint32_t position; uint32_t found; bool span; };
static struct {
	struct truth rows[SENDERS * BATCHES * ROWS];
	uint32_t acknowledged[SENDERS]; /* batches */
	struct store *store;
	struct loop *loop;
	int64_t pid;
	struct timer senders[SENDERS], spy;
	bool outstanding[SENDERS];
	uint64_t visible_calls, calls_found;
	uint32_t generation;
	bool closing, closed, calm;
	bool retaining;                 /* by size */
	struct sim_options options;
	struct {
		struct timer timer;
		struct scan scan;
		struct arena arena;
		struct query query;
		uint64_t oldest;        /* number of the first segment when it began, 0: none */
		uint8_t expected[SENDERS * BATCHES * ROWS];
		bool running;
	} slow;
} world;

/* What the seeds brought about: a simulation in which nothing goes wrong proves nothing. */
static struct { unsigned crashes, segments, recovered, full, failed, overload, repeats, unacknowledged_found, flush_full, jumps, slow, slow_changes, removed; } seen;

static uint64_t draw(uint64_t n) { return n ? sim_random() % n : 0; }

static const struct resource service = { STR_INIT("writer"), STR_INIT(""), STR_INIT("writer-1"), NULL, 0 };
static const struct resource gateway = { STR_INIT("gateway"), STR_INIT(""), STR_INIT(""), NULL, 0 };

static uint32_t row_number(uint32_t sender, uint32_t batch, uint32_t i) { return (sender * BATCHES + batch) * ROWS + i; }
static uint32_t rows_in(uint32_t sender, uint32_t batch) { return 1 + (sender * 7 + batch * 5) % ROWS; }
static struct trace_id trace_of(uint32_t number) { return (struct trace_id){ { 1, (uint8_t)(number / 4), (uint8_t)(number / 4 >> 8), 7 } }; }
static bool is_span(uint32_t number) { return number % 3 == 0; }

/* --- writing -------------------------------------------------------------------------------------------------------------------------------- */

/* Mostly near each other, in no order; some as of a clock that was never set, or is set far ahead. */
static int64_t time_of(uint32_t number)
{
	switch (number % 19) {
	case 5: return 1 + number;
	case 11: return INT64_MAX - number * 1000;
	case 17: return INT64_C(1795000000) * SECOND - (int64_t)number * 3600 * SECOND;
	default: return INT64_C(1795000000) * SECOND + (int64_t)(number * 7919 % 100000) * MSEC;
	}
}

/* The number first, then what its shape has. */
static size_t attributes_of(uint32_t number, struct attr attrs[8])
{
	static char filler[FILLER];
	static const char *const names[] = { "a", "b", "c", "a.b", "long.name.of.a.field" };
	size_t n = 0;
	attrs[n++] = attr_int(STR("number"), number);
	attrs[n++] = attr_str(STR(CALL_CALLER), STR("edge"));
	attrs[n++] = attr_str(STR(CALL_SERVICE), STR("writer"));
	attrs[n++] = attr_str(STR("filler"), str_from(filler, number * 37 % FILLER));
	for (uint32_t shape = number % SHAPES; shape; shape /= 5) {
		struct str name = str_z(names[shape % ARRAY_LEN(names)]);
		attrs[n++] = number % 3 == 1 ? attr_int(name, number * 31) : number % 7 == 1 ? attr_bool(name, number & 1) : attr_str(name, str_from("0123456789 and on", number % 17));
	}
	return n;
}

static void add_row(struct batch_builder *b, uint32_t log_resource, uint32_t span_resource, uint32_t number)
{
	struct attr attrs[8];
	size_t count = attributes_of(number, attrs);
	int64_t time = time_of(number);
	char body[64];
	if (is_span(number)) {
		struct span s = { .resource = &gateway, .trace = trace_of(number), .id = { { 1, (uint8_t)number, (uint8_t)(number >> 8) } }, .name = STR("GET /"),
				  .start = time, .end = time + number, .status = number % 5 == 0 ? SPAN_ERROR : SPAN_UNSET, .attrs = attrs, .attr_count = count };
		batch_add_span(b, span_resource, &s);
		return;
	}
	int n = snprintf(body, sizeof(body), "line %u of %u", number, number % 4);
	struct log_record r = { .resource = &service, .time = time, .severity = SEVERITY_INFO, .trace = trace_of(number), .body = str_from(body, (size_t)n),
				.attrs = attrs, .attr_count = count };
	batch_add_log(b, log_resource, &r);
}

static struct batch *make_batch(uint32_t sender, uint32_t batch)
{
	struct batch_builder b;
	struct err e = { 0 };
	batch_builder_init(&b);
	uint32_t logs = batch_resource(&b, &service), spans = batch_resource(&b, &gateway);
	for (uint32_t i = 0; i < rows_in(sender, batch); i++)
		add_row(&b, logs, spans, row_number(sender, batch, i));
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

static uint32_t number_of(struct str row);

/* Where the row is now. A repeat of what is removed by now has no place. */
static void place(struct truth *r, uint32_t number, uint32_t position)
{
	const struct memtable *m = world.store->active;
	const struct mem_row *row = position < m->rows ? memtable_row(m, position, m->rows) : NULL;
	bool there = row && number_of(mem_row_str(row)) == number;
	CHECK(there || world.retaining);
	r->segment = there ? m->number : 0;
	r->position = there ? position : 0;
}

static void acknowledged(uint32_t sender, struct batch *b)
{
	uint32_t batch = world.acknowledged[sender]++, rows = batch_rows(b);
	/* A repeat: recovery found it, and the spy has seen where. */
	bool repeat = world.rows[row_number(sender, batch, 0)].segment > 0;
	seen.repeats += repeat;
	for (uint32_t i = 0; i < rows; i++) {
		struct truth *r = &world.rows[row_number(sender, batch, i)];
		CHECK(!r->acknowledged);
		r->acknowledged = true;
		if (!repeat)
			place(r, row_number(sender, batch, i), world.store->active->rows - rows + i);
	}
}

static void done(struct batch *b, const struct err *result)
{
	uint32_t sender = (uint32_t)b->id.sender - 1;
	world.outstanding[sender] = false;
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
	world.outstanding[sender] = true;
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
	struct truth *t = &world.rows[number];
	CHECK(number < ARRAY_LEN(world.rows));
	CHECK(++t->found == 1); /* never twice */
	CHECK((r->head.kind == ROW_SPAN) == is_span(number));
	bool placed = t->segment || (t->acknowledged && !world.retaining);
	if (placed)
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

/* Whether a segment is there, or will be. What was removed shortly before a crash may be there again, so there are no gaps to look for. */
static bool is_kept(uint64_t number)
{
	const struct store *s = world.store;
	for (uint32_t i = 0; i < s->segment_count; i++)
		if (s->segments[i]->number == number)
			return true;
	for (const struct memtable *m = s->frozen; m; m = m->next)
		if (m->number == number)
			return true;
	return number >= s->active->number;
}

/* All that is visible now, held against what was acknowledged. */
static void check_all(bool after_recovery)
{
	struct arena a;
	struct query q;
	struct err e = { 0 };
	arena_init(&a, 1 << 16);
	CHECK(query_parse(&q, &a, STR(""), &e));
	for (size_t i = 0; i < ARRAY_LEN(world.rows); i++) {
		if (after_recovery && !world.rows[i].acknowledged)
			world.rows[i].segment = world.rows[i].position = 0;
		world.rows[i].found = 0;
	}
	world.visible_calls = world.calls_found = 0;
	struct scan s = { .store = world.store, .q = &q, .from = INT64_MIN, .to = INT64_MAX, .kinds = 6, .row = found_row, .oldest_first = draw(2) };
	run_scan(&s);
	for (size_t i = 0; i < ARRAY_LEN(world.rows); i++) {
		bool removed = world.retaining && !is_kept(world.rows[i].segment);
		CHECK(world.rows[i].found == 1 || !world.rows[i].acknowledged || removed); /* nothing acknowledged is lost */
		seen.removed += removed && world.rows[i].acknowledged && !world.rows[i].found;
		seen.unacknowledged_found += world.rows[i].found && !world.rows[i].acknowledged;
	}
	struct scan edges = { .store = world.store, .q = &q, .from = INT64_MIN, .to = INT64_MAX, .row = found_row, .source = count_edges };
	run_scan(&edges);
	CHECK(world.calls_found == world.visible_calls);
	CHECK(world.store->damaged == 0);
	check_trace((uint32_t)draw(ARRAY_LEN(world.rows) - 4));
	arena_release(&a);
}

/* --- a slow reader ---------------------------------------------------------------------------------------------------------------------------- */

static void slow_row(void *ctx, const struct scan_row *r)
{
	(void)ctx;
	uint32_t number = number_of(r->row);
	CHECK(world.slow.expected[number] == 1); /* was there when it began, and comes once */
	world.slow.expected[number] = 0;
}

static void slow_end(bool finished)
{
	if (!world.slow.running)
		return;
	world.slow.running = false;
	timer_cancel(&world.slow.timer);
	CHECK(world.slow.scan.damaged == 0 && !world.slow.scan.cut);
	scan_end(&world.slow.scan);
	query_release(&world.slow.query);
	arena_release(&world.slow.arena);
	for (size_t i = 0; finished && i < ARRAY_LEN(world.rows); i++)
		CHECK(world.slow.expected[i] == 0); /* all of it came */
	seen.slow += finished;
}

static void slow_step(struct timer *t)
{
	if (!scan_step(&world.slow.scan)) {
		const struct store *s = world.store;
		seen.slow_changes += world.slow.oldest && s->segment_count && s->segments[0]->number > world.slow.oldest;
		slow_end(true);
		return;
	}
	timer_set(t, world.loop, sys_now() + 2 * MSEC + (int64_t)draw(8 * MSEC), slow_step);
}

/* Right after check_all: what was found is what it must see. */
static void slow_begin(void)
{
	struct err e = { 0 };
	for (size_t i = 0; i < ARRAY_LEN(world.rows); i++)
		world.slow.expected[i] = (uint8_t)world.rows[i].found;
	arena_init(&world.slow.arena, 1 << 16);
	world.slow.query = (struct query){ 0 };
	CHECK(query_parse(&world.slow.query, &world.slow.arena, draw(2) ? STR("") : STR("number:*"), &e));
	world.slow.scan = (struct scan){ .store = world.store, .q = &world.slow.query, .from = INT64_MIN, .to = INT64_MAX, .kinds = 6, .row = slow_row, .oldest_first = draw(2) };
	CHECK(scan_begin(&world.slow.scan));
	world.slow.running = true;
	world.slow.oldest = world.store->segment_count ? world.store->segments[0]->number : 0;
	timer_set(&world.slow.timer, world.loop, sys_now() + (int64_t)draw(5 * MSEC), slow_step);
}

/* --- the store's process ---------------------------------------------------------------------------------------------------------------------- */

static void spy(struct timer *t)
{
	check_all(false);
	if (!world.slow.running)
		slow_begin();
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
	struct store_options o = { .directory = STR("/store"), .report = report, .keep_ns = INT64_C(1000) * 86400 * SECOND,
				   .keep_bytes = world.retaining ? KEEP : 0 };
	(void)user, (void)argv, (void)argc;
	world.pid = sys_pid();
	world.loop = loop_new();
	memset(world.senders, 0, sizeof(world.senders));
	memset(&world.spy, 0, sizeof(world.spy));
	memset(&world.slow, 0, sizeof(world.slow));
	memset(world.outstanding, 0, sizeof(world.outstanding));
	world.store = NULL;
	struct store *s = store_new(world.loop, &o, &e);
	CHECK(s || e.code != ERR_CORRUPT);
	if (!s) /* a sync of the new directory failed: the node would start it again */
		sys_exit(1);
	s->options.memory = MEMORY;
	world.store = s;
	world.generation++;
	seen.recovered += s->frozen_count > 0 || s->segment_count > 0;
	seen.segments += s->segment_count;
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

static void disturb(void)
{
	switch (draw(8)) {
	case 6:
	case 7:
		world.options.wall_offset = ((int64_t)draw(2 * DAY_JUMPS) - DAY_JUMPS) * 86400 * SECOND;
		sim_set_options(&world.options);
		seen.jumps++;
		break;
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
	slow_end(false);
	for (uint32_t i = 0; i < SENDERS; i++)
		timer_cancel(&world.senders[i]);
	store_close(world.store, closed, NULL);
}

static void step(int64_t ns) { CHECK(sim_run_until(sys_now() + ns, STEPS)); }

static void run(uint64_t seed)
{
	struct sim_options o = { .seed = seed, .torn_write_chance = 0.4, .fsync_fail_chance = seed % 3 ? 0.03 : 0 };
	memset(&world, 0, sizeof(world));
	world.options = o;
	world.retaining = seed % 4 == 0;
	sim_start(&o);
	start_process();
	for (int i = 0; i < 12 && !all_acknowledged(); i++) {
		step((int64_t)draw(60 * MSEC));
		disturb();
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
	sim_call(world.pid, close_now, NULL);
	for (int i = 0; i < 100 && !world.closed; i++)
		step(100 * MSEC);
	CHECK(world.closed);
	world.closing = false;
	start_process();
	CHECK(world.store->frozen_count == 0 && world.store->active->rows == 0); /* all in segments */
	sim_call(world.pid, close_now, NULL);
	step(SECOND);
	sim_stop(false);
}

int main(int argc, char **argv)
{
	int result = sim_main(argc, argv, run);
	printf("crashes %u, segments seen at starts %u, recoveries %u, disk full %u (while writing segments: %u), refused for a failed sync %u, "
	       "refused for load %u, repeats %u, unacknowledged rows found %u, clock jumps %u, slow readers %u (segments removed meanwhile: %u), rows seen removed %u\n",
	       seen.crashes, seen.segments, seen.recovered, seen.full, seen.flush_full, seen.failed, seen.overload, seen.repeats, seen.unacknowledged_found,
	       seen.jumps, seen.slow, seen.slow_changes, seen.removed);
	return result;
}
