/* The store beside readers that take their time, with a clock that jumps, a limit of size (every fourth seed) and rows of many shapes whose times lie in any order between 1970
 * and 2262, in the world of store_sim.h. Besides what holds there:
 *   - with a limit of size, what is missing are segments as a whole
 *   - a reader that takes its time sees exactly what was there when it began, whatever is written and removed meanwhile */
#include "store_sim.h"

enum { KEEP = 40 << 10, SHAPES = 23, DAY_JUMPS = 100 };

static bool retaining;                  /* by size */
static struct {
	struct timer timer;
	struct scan scan;
	struct arena arena;
	struct query query;
	uint64_t oldest;                /* number of the first segment when it began, 0: none */
	uint8_t expected[ALL_ROWS];
	bool running;
} slow;
static struct { unsigned jumps, slow, slow_changes, removed; } readers_seen;

/* --- rows -------------------------------------------------------------------------------------------------------------------------------------- */

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

static void fill(struct batch_builder *b, uint32_t sender, uint32_t batch)
{
	uint32_t logs = batch_resource(b, &service), spans = batch_resource(b, &gateway);
	for (uint32_t i = 0; i < rows_in(sender, batch); i++) {
		struct attr attrs[8];
		char body[64];
		uint32_t number = row_number(sender, batch, i);
		size_t count = attributes_of(number, attrs);
		int n = snprintf(body, sizeof(body), "line %u of %u", number, number % 4);
		add_row(b, is_span(number) ? spans : logs, number, time_of(number), str_from(body, (size_t)n), attrs, count);
	}
}

/* Recovery found it, and the spy has seen where. */
static bool repeated(uint32_t sender, uint32_t batch, uint32_t rows)
{
	(void)rows;
	return world.rows[row_number(sender, batch, 0)].segment > 0;
}

/* A repeat of what is removed by now has no place. */
static void place(struct truth *t, uint32_t number, uint32_t position)
{
	const struct memtable *m = world.store->active;
	const struct mem_row *row = position < m->rows ? memtable_row(m, position, m->rows) : NULL;
	bool there = row && number_of(mem_row_str(row)) == number;
	CHECK(there || retaining);
	t->segment = there ? m->number : 0;
	t->position = there ? position : 0;
}

static bool is_placed(const struct truth *t, uint32_t number) { return (void)number, t->segment || (t->acknowledged && !retaining); }

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

static bool may_miss(uint32_t number)
{
	bool removed = retaining && !is_kept(world.rows[number].segment);
	readers_seen.removed += removed;
	return removed;
}

/* --- a slow reader ---------------------------------------------------------------------------------------------------------------------------- */

static void slow_row(void *ctx, const struct scan_row *r)
{
	(void)ctx;
	uint32_t number = number_of(r->row);
	CHECK(slow.expected[number] == 1); /* was there when it began, and comes once */
	slow.expected[number] = 0;
}

static void slow_end(bool finished)
{
	if (!slow.running)
		return;
	slow.running = false;
	timer_cancel(&slow.timer);
	CHECK(slow.scan.damaged == 0 && !slow.scan.cut);
	scan_end(&slow.scan);
	query_release(&slow.query);
	arena_release(&slow.arena);
	for (size_t i = 0; finished && i < ALL_ROWS; i++)
		CHECK(slow.expected[i] == 0); /* all of it came */
	readers_seen.slow += finished;
}

static void slow_step(struct timer *t)
{
	if (!scan_step(&slow.scan)) {
		const struct store *s = world.store;
		readers_seen.slow_changes += slow.oldest && s->segment_count && s->segments[0]->number > slow.oldest;
		slow_end(true);
		return;
	}
	timer_set(t, world.loop, sys_now() + 2 * MSEC + (int64_t)draw(8 * MSEC), slow_step);
}

/* Right after check_all: what was found is what it must see. */
static void slow_begin(void)
{
	struct err e = { 0 };
	for (size_t i = 0; i < ALL_ROWS; i++)
		slow.expected[i] = (uint8_t)world.rows[i].found;
	arena_init(&slow.arena, 1 << 16);
	slow.query = (struct query){ 0 };
	CHECK(query_parse(&slow.query, &slow.arena, draw(2) ? STR("") : STR("number:*"), &e));
	slow.scan = (struct scan){ .store = world.store, .q = &slow.query, .from = INT64_MIN, .to = INT64_MAX, .kinds = 6, .row = slow_row, .oldest_first = draw(2) };
	CHECK(scan_begin(&slow.scan));
	slow.running = true;
	slow.oldest = world.store->segment_count ? world.store->segments[0]->number : 0;
	timer_set(&slow.timer, world.loop, sys_now() + (int64_t)draw(5 * MSEC), slow_step);
}

/* --- the story ---------------------------------------------------------------------------------------------------------------------------------- */

static void start(uint64_t seed) { retaining = seed % 4 == 0; }
static void options(struct store_options *o) { o->keep_bytes = retaining ? KEEP : 0; }
static void began(void) { memset(&slow, 0, sizeof(slow)); }

static void look(void)
{
	check_all(false);
	if (!slow.running)
		slow_begin();
}

static void disturb(void)
{
	uint64_t which = draw(8);
	if (which < 6) {
		world_fault(which);
		return;
	}
	world.options.wall_offset = ((int64_t)draw(2 * DAY_JUMPS) - DAY_JUMPS) * 86400 * SECOND;
	sim_set_options(&world.options);
	readers_seen.jumps++;
}

static bool settled(void) { return true; }
static void leave(void) { slow_end(false); }
static void ended(void) {}

int main(int argc, char **argv)
{
	static const struct story reading = { .start = start, .options = options, .fill = fill, .repeated = repeated, .is_placed = is_placed, .place = place, .may_miss = may_miss, .began = began,
					      .look = look, .disturb = disturb, .settled = settled, .leave = leave, .ended = ended };
	story = &reading;
	int result = sim_main(argc, argv, run);
	print_seen();
	printf(", clock jumps %u, slow readers %u (segments removed meanwhile: %u), rows seen removed %u\n", readers_seen.jumps, readers_seen.slow, readers_seen.slow_changes, readers_seen.removed);
	return result;
}
