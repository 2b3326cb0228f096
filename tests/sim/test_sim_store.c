/* The store in a world of crashes (at any write, with or without loss of what was not synced), torn writes, failing syncs and a full
 * disk. Senders number their rows and repeat each batch until it is acknowledged. What must hold for every seed, whenever the rows are
 * read, and after each restart:
 *   - every acknowledged row is there, once, under the id it got; one that was not acknowledged is there at most once
 *   - while the store runs, a row is visible exactly when it was acknowledged (or found by recovery)
 *   - calls counted per edge are those of the spans that are there; a trace's rows are found by its id
 *   - nothing is ever reported as damaged, and the limits of memory hold
 *   - meanwhile rows are deleted by query, and those of one service go by age: no other row goes, ids stay; a deletion that was taken comes to its end
 *     through all crashes; once it is done, its rows never come back
 * At the end the faults stop, every batch is acknowledged, and an orderly stop and start shows all of it from segments. */
#include "base/check.h"
#include "model/call.h"
#include "sim_main.h"
#include "store/scan.h"
#include "store/upkeep.h"
#include "sys/sim.h"

enum { SENDERS = 3, BATCHES = 25, ROWS = 12, STEPS = 3000000, MEMORY = 160 << 10, FILLER = 3000, DELETIONS = 6 };

/* One row that was ever sent; `row` numbers run through. */
struct truth {
	bool acknowledged;
	bool may_go;     /* a deletion that may be about it was asked for, or its service's time is short */
	bool gone;       /* a deletion that is about it is done */
	uint8_t about;   /* bit per deletion that is certainly about it */
	uint64_t segment;
	uint32_t position, found;
};
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
	uint32_t deletions;
	bool syncs_fail;
	bool snapshot;               /* there is one, and nothing is being done to it */
	bool asked[DELETIONS + 1];   /* by id: it was taken */
	bool closing, closed, calm;
} world;

/* What the seeds brought about: a simulation in which nothing goes wrong proves nothing. */
static struct { unsigned crashes, segments, recovered, full, failed, overload, repeats, unacknowledged_found, flush_full, deleted, rewritten, resumed, snapshots, snapshot_rows; } seen;

static uint64_t draw(uint64_t n) { return n ? sim_random() % n : 0; }

static const struct resource service = { STR_INIT("writer"), STR_INIT(""), STR_INIT("writer-1"), NULL, 0 };
static const struct resource brief = { STR_INIT("brief"), STR_INIT(""), STR_INIT(""), NULL, 0 };
static const struct store_keep keep[] = { { STR_INIT("bri*"), 100 * (int64_t)MSEC } };
static const struct resource gateway = { STR_INIT("gateway"), STR_INIT(""), STR_INIT(""), NULL, 0 };

static uint32_t row_number(uint32_t sender, uint32_t batch, uint32_t i) { return (sender * BATCHES + batch) * ROWS + i; }
static uint32_t rows_in(uint32_t sender, uint32_t batch) { return 1 + (sender * 7 + batch * 5) % ROWS; }
static struct trace_id trace_of(uint32_t number) { return (struct trace_id){ { 1, (uint8_t)(number / 4), (uint8_t)(number / 4 >> 8), 7 } }; }
static bool is_span(uint32_t number) { return number % 3 == 0; }
static bool is_brief(uint32_t number) { return number % 3 == 1 && number % 5 == 2; }

/* --- writing -------------------------------------------------------------------------------------------------------------------------------- */

static void add_row(struct batch_builder *b, uint32_t log_resource, uint32_t brief_resource, uint32_t span_resource, uint32_t number)
{
	static char filler[FILLER];
	const struct attr attrs[] = { attr_int(STR("number"), number), attr_str(STR(CALL_CALLER), STR("edge")), attr_str(STR(CALL_SERVICE), STR("writer")),
				      attr_str(STR("filler"), str_from(filler, number * 37 % FILLER)) };
	int64_t time = INT64_C(1795000000) * SECOND + (int64_t)(number * 7919 % 100000) * MSEC;
	if (is_span(number)) {
		struct span s = { .resource = &gateway, .trace = trace_of(number), .id = { { 1, (uint8_t)number, (uint8_t)(number >> 8) } }, .name = STR("GET /"),
				  .start = time, .end = time + number, .status = number % 5 == 0 ? SPAN_ERROR : SPAN_UNSET, .attrs = attrs, .attr_count = 4 };
		batch_add_span(b, span_resource, &s);
		return;
	}
	struct log_record r = { .resource = &service, .time = time, .severity = SEVERITY_INFO, .trace = trace_of(number), .body = STR("a line"),
				.attrs = attrs, .attr_count = 4 };
	batch_add_log(b, is_brief(number) ? brief_resource : log_resource, &r);
}

static struct batch *make_batch(uint32_t sender, uint32_t batch)
{
	struct batch_builder b;
	struct err e = { 0 };
	batch_builder_init(&b);
	uint32_t logs = batch_resource(&b, &service), spans = batch_resource(&b, &gateway), short_lived = batch_resource(&b, &brief);
	for (uint32_t i = 0; i < rows_in(sender, batch); i++)
		add_row(&b, logs, short_lived, spans, row_number(sender, batch, i));
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
	/* A repeat: recovery found it, and the spy has seen where (unless a deletion has taken all of it). */
	bool repeat = false;
	for (uint32_t i = 0; i < rows; i++)
		repeat |= world.rows[row_number(sender, batch, i)].found > 0;
	seen.repeats += repeat;
	for (uint32_t i = 0; i < rows; i++) {
		struct truth *r = &world.rows[row_number(sender, batch, i)];
		CHECK(!r->acknowledged);
		r->acknowledged = true;
		if (!repeat) {
			r->segment = world.store->active->number;
			r->position = world.store->active->rows - rows + i;
		}
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
	if (t->acknowledged || t->segment)
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
	for (size_t i = 0; i < ARRAY_LEN(world.rows); i++) {
		if (after_recovery && !world.rows[i].acknowledged)
			world.rows[i].segment = world.rows[i].position = 0;
		world.rows[i].found = 0;
	}
	world.visible_calls = world.calls_found = 0;
	struct scan s = { .store = world.store, .q = &q, .from = INT64_MIN, .to = INT64_MAX, .kinds = 6, .row = found_row, .oldest_first = draw(2) };
	run_scan(&s);
	for (size_t i = 0; i < ARRAY_LEN(world.rows); i++) {
		const struct truth *t = &world.rows[i];
		CHECK(t->found == 1 || !t->acknowledged || t->may_go || is_brief((uint32_t)i)); /* nothing acknowledged is lost */
		CHECK(!t->gone || !t->found);                              /* nothing deleted comes back */
		seen.unacknowledged_found += world.rows[i].found && !world.rows[i].acknowledged;
	}
	struct scan edges = { .store = world.store, .q = &q, .from = INT64_MIN, .to = INT64_MAX, .row = found_row, .source = count_edges };
	run_scan(&edges);
	CHECK(world.calls_found == world.visible_calls);
	CHECK(world.store->damaged == 0);
	check_trace((uint32_t)draw(ARRAY_LEN(world.rows) - 4));
	arena_release(&a);
}

/* --- deleting ------------------------------------------------------------------------------------------------------------------------------- */

/* Rows of some numbers: those that are visible now must go; those on their way in may. */
static void ask_deletion(void)
{
	struct err e = { 0 };
	uint32_t from = (uint32_t)draw(ARRAY_LEN(world.rows)), to = from + 1 + (uint32_t)draw(80);
	struct deletion *d = calloc(1, sizeof(*d));
	CHECK(d);
	d->q_len = (size_t)snprintf(d->q, sizeof(d->q), "number>=%u number<%u", from, to);
	d->kinds = 6;
	d->from = INT64_MIN;
	d->to = INT64_MAX;
	for (uint32_t i = from; i < to && i < ARRAY_LEN(world.rows); i++) {
		uint32_t sender = i / (BATCHES * ROWS), batch = i / ROWS % BATCHES;
		bool on_its_way = batch == world.acknowledged[sender];
		world.rows[i].may_go |= world.rows[i].acknowledged || world.rows[i].found || on_its_way;
	}
	if (!deletion_ask(world.store, d, &e))
		return;
	CHECK(d->id <= DELETIONS);
	world.asked[d->id] = true;
	for (uint32_t i = from; i < to && i < ARRAY_LEN(world.rows); i++)
		if (world.rows[i].found)
			world.rows[i].about |= (uint8_t)(1 << d->id);
	world.deletions++;
}

static uint32_t check_deletions(void);

/* Rows of a snapshot: none that is gone, all that it says; and it is there from the moment it was made. */
static void check_snapshot(const struct snapshot *s)
{
	char space[SYS_PATH_MAX + 1];
	struct str folder = snapshot_path(space, STR("/store"), str_z(s->name));
	uint64_t rows = 0;
	for (uint64_t number = 1; number < world.store->active->number; number++) {
		struct segment seg;
		struct segment_reader r;
		struct err e = { 0 };
		if (!segment_load(folder, number, &seg, &e)) {
			CHECK(e.code == ERR_NOT_FOUND);
			continue;
		}
		CHECK(segment_open(&r, folder, &seg, &e) && segment_index(&r, &e));
		for (uint32_t i = 0; i < r.block_count; i++) {
			struct block_rows it;
			struct block_row row;
			CHECK(segment_block(&r, &r.blocks[i], &it, &e));
			for (; block_next(&it, &r, &row, &e); rows++)
				CHECK(!world.rows[number_of(row.row)].gone);
			CHECK(!err_is_set(&e));
		}
		segment_close(&r);
	}
	/* While a deletion goes through it, the manifest may be behind. */
	CHECK(rows == s->records + s->spans || check_deletions());
	seen.snapshot_rows += (unsigned)rows;
}

static void check_snapshots(void)
{
	struct snapshots *l = &world.store->upkeep->snapshots;
	bool busy = world.store->upkeep->busy || l->work != SNAPSHOT_NOTHING;
	/* Where syncs fail, one may not be listed until the next start. */
	CHECK(busy || !world.snapshot || world.syncs_fail || snapshot_find(l, STR("one")));
	for (uint32_t i = 0; i < l->count && !(busy && l->work == SNAPSHOT_REMOVE); i++)
		check_snapshot(&l->list[i]);
	if (busy)
		return;
	world.snapshot = snapshot_find(l, STR("one")) != NULL;
	seen.snapshots += world.snapshot;
	if (!world.calm && draw(4) == 0) {
		/* From here on either may be what a crash leaves. */
		snapshot_ask(world.store, world.snapshot ? SNAPSHOT_REMOVE : SNAPSHOT_MAKE, STR("one"), NULL);
		world.snapshot = false;
	}
}

/* What is done stays done; what was asked for is never forgotten. */
static uint32_t check_deletions(void)
{
	uint32_t pending = 0, known = 0;
	for (const struct deletion *d = world.store->upkeep->deletions.oldest; d; d = d->next) {
		CHECK(d->state != DELETION_INCOMPLETE);
		known += world.asked[d->id];
		pending += !deletion_ended(d);
		for (size_t i = 0; i < ARRAY_LEN(world.rows) && d->state == DELETION_DONE; i++) {
			seen.deleted += world.rows[i].about >> d->id & 1 && !world.rows[i].gone;
			world.rows[i].gone |= world.rows[i].about >> d->id & 1;
		}
	}
	CHECK(known == world.deletions);
	return pending;
}

/* --- the store's process ---------------------------------------------------------------------------------------------------------------------- */

static void spy(struct timer *t)
{
	check_deletions();
	check_all(false);
	check_snapshots();
	if (!world.calm && world.deletions < DELETIONS - 1 && world.store->upkeep->deletions.next_id <= DELETIONS && draw(3) == 0)
		ask_deletion();
	store_retain(world.store);
	store_upkeep_next(world.store);
	seen.rewritten += world.store->upkeep->rewritten > 0;
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
	struct store_options o = { .directory = STR("/store"), .report = report, .keep_ns = INT64_C(1000) * 86400 * SECOND, .keep = keep, .keep_count = 1 };
	(void)user, (void)argv, (void)argc;
	world.pid = sys_pid();
	world.loop = loop_new();
	memset(world.senders, 0, sizeof(world.senders));
	memset(&world.spy, 0, sizeof(world.spy));
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
	seen.resumed += check_deletions() > 0;
	check_snapshots();
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
	switch (draw(6)) {
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
	for (uint32_t i = 0; i < SENDERS; i++)
		timer_cancel(&world.senders[i]);
	store_close(world.store, closed, NULL);
}

static void step(int64_t ns) { CHECK(sim_run_until(sys_now() + ns, STEPS)); }

static void run(uint64_t seed)
{
	struct sim_options o = { .seed = seed, .torn_write_chance = 0.4, .fsync_fail_chance = seed % 3 ? 0.03 : 0 };
	memset(&world, 0, sizeof(world));
	world.syncs_fail = o.fsync_fail_chance > 0;
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
	o.fsync_fail_chance = 0;
	sim_set_options(&o);
	sim_disk_capacity(0);
	sim_crash_at_write(world.pid, 0, false);
	if (!sim_is_alive(world.pid))
		start_process();
	for (int i = 0; i < 100 && !all_acknowledged(); i++)
		step(100 * MSEC);
	CHECK(all_acknowledged());
	world.calm = true;
	for (int i = 0; i < 300 && check_deletions(); i++)
		step(100 * MSEC);
	CHECK(check_deletions() == 0);
	sim_call(world.pid, close_now, NULL);
	for (int i = 0; i < 100 && !world.closed; i++)
		step(100 * MSEC);
	CHECK(world.closed);
	world.closing = false;
	start_process();
	CHECK(world.store->frozen_count == 0 && world.store->active->rows == 0); /* all in segments */
	step(SECOND);
	for (uint32_t i = 0; i < ARRAY_LEN(world.rows); i++)
		CHECK(!is_brief(i) || !world.rows[i].found); /* their time is over */
	sim_call(world.pid, close_now, NULL);
	step(SECOND);
	sim_stop(false);
}

int main(int argc, char **argv)
{
	int result = sim_main(argc, argv, run);
	printf("crashes %u, segments seen at starts %u, recoveries %u, disk full %u (while writing segments: %u), refused for a failed sync %u, "
	       "refused for load %u, repeats %u, unacknowledged rows found %u, rows deleted %u, deletions resumed %u, looks at rewritten segments %u, at snapshots %u (rows %u)\n",
	       seen.crashes, seen.segments, seen.recovered, seen.full, seen.flush_full, seen.failed, seen.overload, seen.repeats, seen.unacknowledged_found, seen.deleted, seen.resumed, seen.rewritten, seen.snapshots, seen.snapshot_rows);
	return result;
}
