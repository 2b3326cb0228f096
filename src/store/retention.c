/* Retention by age and by size. A row's age is that of its segment's file: a row's own time may lie in the future, or long ago though it
 * has only just been sent. (A file is at most FLUSH_AGE younger than its first row.) So all rows of one service in a segment are over age
 * at once.
 *
 * A segment goes whole when the longest time of any service in it is over. Until then it is rewritten without the services whose time is over
 * (rewrite.h, as a unit of upkeep); it is looked at again when the next service's time is over, at most once in RETENTION_PAUSE, so that it
 * is rewritten a few times in its life at most. By size, whole segments go, the oldest first, whosoever they are; snapshots do not count.
 * A segment that a query still reads goes when the query ends. The newest one stays even when it is empty: it knows the senders. */
#include "base/check.h"
#include "base/glob.h"
#include "base/metric.h"
#include "store/upkeep.h"
#include <stdio.h>

int64_t store_bytes(const struct store *s)
{
	int64_t bytes = s->wal.durable;
	for (uint32_t i = 0; i < s->segment_count; i++)
		bytes += s->segments[i]->bytes;
	for (const struct memtable *m = s->frozen; m; m = m->next)
		bytes += m->wal_length;
	return bytes;
}

/* Numbers never come back, or an id would name two rows: the highest is kept in segment and log names, and here when the last one goes. */
static void remember_number(struct store *s)
{
	char space[SYS_PATH_MAX + 1], number[32];
	struct err e = { 0 };
	int n = snprintf(space, sizeof(space), "%.*s/next", STR_FMT(s->directory));
	int digits = snprintf(number, sizeof(number), "%llu\n", (unsigned long long)s->wal.number);
	CHECK(n > 0 && n <= SYS_PATH_MAX && digits > 0);
	if (!sys_write_file(str_from(space, (size_t)n), str_from(number, (size_t)digits), &e))
		store_report(s, SEVERITY_WARN, "%s", e.message);
}

static void remove_segment(struct store *s, uint32_t at)
{
	struct segment *seg = s->segments[at];
	if (s->segment_count == 1)
		remember_number(s);
	for (uint32_t i = at; i + 1 < s->segment_count; i++)
		s->segments[i] = s->segments[i + 1];
	s->segment_count--;
	seg->dead = true;
	s->dying++;
	store_segment_unref(s, seg);
}

/* --- how long ------------------------------------------------------------------------------------------------------------------------------ */

#define RETENTION_PAUSE (INT64_C(3600) * 1000000000)

int64_t store_keep_of(const struct store *s, struct str service)
{
	const struct store_keep *best = NULL;
	for (size_t i = 0; i < s->options.keep_count; i++) {
		const struct store_keep *k = &s->options.keep[i];
		if (str_eq(k->service, service))
			return k->ns;
		if (glob_matches(k->service, service) && (!best || k->service.len > best->service.len))
			best = k;
	}
	return best ? best->ns : s->options.keep_ns;
}

static void bounds(const struct store *s, int64_t *shortest, int64_t *longest)
{
	*shortest = *longest = s->options.keep_ns;
	for (size_t i = 0; i < s->options.keep_count; i++) {
		int64_t ns = s->options.keep[i].ns;
		*shortest = ns < *shortest ? ns : *shortest;
		*longest = ns > *longest ? ns : *longest;
	}
}

static int64_t after(int64_t time, int64_t ns) { return time > INT64_MAX - ns ? INT64_MAX : time + ns; }

/* --- part of a segment -------------------------------------------------------------------------------------------------------------------- */

static bool mark_block(struct segment_reader *r, const struct segment_block *b, const uint8_t *over, uint64_t *gone, struct err *e)
{
	if (!block_open(r, b, e))
		return false;
	struct column *resources = block_column(&r->block, COLUMN_RESOURCE), *positions = block_column(&r->block, COLUMN_POSITION);
	if (!column_numbers(&r->block, resources, e) || !column_numbers(&r->block, positions, e))
		return false;
	for (uint32_t i = 0; i < b->rows; i++) {
		int64_t resource = resources->numbers[i], position = positions->numbers[i];
		if (resource < 0 || resource >= r->resource_count || position < 0 || position >= r->found.rows)
			return segment_corrupt(r, "the resources of rows", e);
		if (over[resource])
			bits_set(gone, (uint32_t)position);
	}
	return true;
}

static bool mark(void *ctx, struct segment_reader *r, uint64_t *gone, struct err *e)
{
	struct upkeep *u = ctx;
	int64_t now = sys_wall();
	bool any = false;
	uint8_t *over = ARENA_ARRAY(&r->arena, r->resource_count + 1, uint8_t);
	if (!over)
		return err_set(e, ERR_NO_MEMORY, "no memory for a segment's resources");
	u->next_due = INT64_MAX;
	for (uint32_t i = 0; i < r->resource_count; i++) {
		int64_t end = after(r->found.created, store_keep_of(u->store, r->resources[i].names.service));
		over[i] = end < now;
		any |= over[i];
		if (!over[i] && end < u->next_due)
			u->next_due = end;
	}
	for (uint32_t i = 0; i < r->block_count && any; i++)
		if (!mark_block(r, &r->blocks[i], over, gone, e))
			return false;
	return true;
}

static void run(struct upkeep *u)
{
	u->rewrite.mark = mark;
	u->result = segment_rewrite(&u->rewrite);
}

static bool finish(struct upkeep *u)
{
	struct store *s = u->store;
	int64_t pause = after(sys_wall(), RETENTION_PAUSE);
	uint64_t number = u->rewrite.segment->number;
	bool ok = upkeep_rewritten(u);
	/* What is damaged is not tried every time; what failed has its own pause. */
	int64_t due = u->result == REWRITE_DAMAGED || u->next_due < pause ? pause : u->next_due;
	for (uint32_t i = 0; i < s->segment_count && ok; i++)
		if (s->segments[i]->number == number)
			s->segments[i]->due = due;
	return ok;
}

bool retention_next(struct upkeep *u)
{
	struct store *s = u->store;
	int64_t now = sys_wall(), shortest, longest;
	bounds(s, &shortest, &longest);
	for (uint32_t i = 0; i < s->segment_count && shortest < longest; i++) {
		struct segment *seg = s->segments[i];
		if (seg->records + seg->spans == 0 || after(seg->created, shortest) >= now || seg->due > now)
			continue;
		upkeep_begin(u, seg, run, finish);
		return true;
	}
	return false;
}

/* --- whole segments ------------------------------------------------------------------------------------------------------------------------ */

void store_retain(struct store *s)
{
	int64_t now = sys_wall(), shortest, longest;
	bounds(s, &shortest, &longest);
	for (uint32_t i = 0; i < s->segment_count;) {
		const struct segment *seg = s->segments[i];
		bool empty = seg->records + seg->spans == 0 && i + 1 < s->segment_count;
		if (empty || after(seg->created, longest) < now)
			remove_segment(s, i);
		else
			i++;
	}
	while (s->segment_count > 1 && store_bytes(s) > s->options.keep_bytes)
		remove_segment(s, 0);
	metric_set(METRIC_STORE_SEGMENTS, s->segment_count);
	metric_set(METRIC_STORE_BYTES, store_bytes(s));
}
