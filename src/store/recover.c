/* The start: which files are there, what they say, and how the number goes on.
 *
 *   n.segment good             in the list; n.log, if a crash left it, is covered and goes
 *   n.segment damaged, n.log   the log is read, the segment is written again
 *   n.segment damaged          reported, left where it is
 *   n.log                      read into a memtable, frozen, becomes n.segment; empty ones go
 *   n.tmp                      an unfinished segment: goes
 * How much of a log file counts is said by the header of the next one (wal.h). The first new number is above all that were seen. */
#include "base/check.h"
#include "store/internal.h"
#include <stdio.h>
#include <stdlib.h>

struct numbers { uint64_t *items; size_t count, capacity; };
struct recovery {
	struct store *s;
	struct numbers segments, logs, unfinished;
	uint64_t highest;
	struct memtable *memtable; /* being filled */
	bool failed;
};

static bool add_number(struct numbers *n, uint64_t number)
{
	if (n->count == n->capacity) {
		size_t capacity = n->capacity ? n->capacity * 2 : 64;
		uint64_t *items = realloc(n->items, capacity * sizeof(*items));
		if (!items)
			return false;
		n->items = items;
		n->capacity = capacity;
	}
	n->items[n->count++] = number;
	return true;
}

/* "0000000012.log": names come sorted, so numbers do. */
static bool on_name(void *ctx, struct str name, bool directory)
{
	struct recovery *r = ctx;
	uint64_t number;
	size_t dot = str_find_char(name, '.');
	if (directory || dot == SIZE_MAX || !str_to_u64(str_sub(name, 0, dot), &number) || number == 0)
		return true;
	struct str kind = str_skip(name, dot);
	struct numbers *list = str_eq(kind, STR(".segment")) ? &r->segments : str_eq(kind, STR(".log")) ? &r->logs :
			       str_eq(kind, STR(".tmp")) ? &r->unfinished : NULL;
	if (list && number > r->highest)
		r->highest = number;
	if (list && !add_number(list, number))
		r->failed = true;
	return true;
}

static bool load_segments(struct recovery *r)
{
	struct store *s = r->s;
	for (size_t i = 0; i < r->segments.count; i++) {
		struct segment seg;
		struct err e = { 0 };
		if (!segment_load(s->directory, r->segments.items[i], &seg, &e)) {
			store_report(s, SEVERITY_ERROR, "%s", e.message);
			s->damaged++;
			s->unreadable++;
		} else if (!store_add_segment(s, &seg)) {
			return false;
		}
	}
	/* The newest readable one knows all senders up to it. */
	for (uint32_t i = s->segment_count; i-- > 0;) {
		struct err e = { 0 };
		if (segment_senders(s->directory, s->segments[i], &s->senders, &e))
			break;
		store_report(s, SEVERITY_ERROR, "%s", e.message);
		s->damaged++;
	}
	return true;
}

static bool has_segment(const struct store *s, uint64_t number)
{
	for (uint32_t i = 0; i < s->segment_count; i++)
		if (s->segments[i]->number == number)
			return true;
	return false;
}

/* --- logs ---------------------------------------------------------------------------------------------------------------------------- */

static bool take(void *ctx, struct batch *b, uint32_t first_row)
{
	struct recovery *r = ctx;
	struct memtable *m = r->memtable;
	if (first_row < m->rows || !memtable_room(m, b))
		return false;
	memtable_gap(m, first_row - m->rows);
	if (senders_repeated(&r->s->senders, b->id)) {
		/* Refused once for a failed sync, yet on disk, and taken when it came again: it counts once, and its place stays empty. */
		memtable_gap(m, batch_rows(b));
		batch_free(b);
		return true;
	}
	senders_note(&r->s->senders, b->id);
	memtable_add(m, b);
	return true;
}

/* Bytes of logs[i] that count: told by the next file that has a header; -1 when there is none. */
static int64_t length_limit(const struct recovery *r, size_t i)
{
	char space[SYS_PATH_MAX + 1];
	for (size_t k = i + 1; k < r->logs.count; k++) {
		struct wal_found next;
		uint64_t number = r->logs.items[k];
		if (!wal_read_header(store_path(space, r->s->directory, number, ".log"), number, &next))
			continue;
		return next.previous == r->logs.items[i] ? next.previous_length : next.previous < r->logs.items[i] ? 0 : -1;
	}
	return -1;
}

static void report_found(struct store *s, uint64_t number, const struct wal_found *found)
{
	if (found->damaged) {
		s->damaged += found->damaged;
		store_report(s, SEVERITY_ERROR, "log %llu is damaged in %llu place(s): what stood there is lost, the rest was read",
			     (unsigned long long)number, (unsigned long long)found->damaged);
	}
	if (found->torn)
		store_report(s, SEVERITY_INFO, "log %llu ended in %llu bytes of an unfinished write, which were never acknowledged",
			     (unsigned long long)number, (unsigned long long)found->torn);
}

/* All but the newest are written at once, so that memory holds one at a time; where that fails it is tried again later. */
static void settle(struct recovery *r, bool newest, int64_t length)
{
	struct store *s = r->s;
	struct memtable *m = r->memtable;
	char space[SYS_PATH_MAX + 1];
	struct segment seg;
	int64_t code;
	m->wal_length = length;
	CHECK(senders_copy(&m->senders, &s->senders));
	if (!newest && !s->frozen && segment_write(m, s->directory, &seg, &code) && store_add_segment(s, &seg)) {
		sys_unlink(store_path(space, s->directory, m->number, ".log"));
		memtable_unref(m);
		return;
	}
	store_push_frozen(s, m);
}

static bool read_log(struct recovery *r, size_t i, struct err *e)
{
	char space[SYS_PATH_MAX + 1];
	struct store *s = r->s;
	uint64_t number = r->logs.items[i];
	struct str path = store_path(space, s->directory, number, ".log");
	struct wal_found found;
	if (has_segment(s, number)) {
		sys_unlink(path);
		return true;
	}
	r->memtable = memtable_new(number);
	if (!wal_read(path, number, length_limit(r, i), take, r, &found, e)) {
		memtable_unref(r->memtable);
		return false;
	}
	report_found(s, number, &found);
	if (r->memtable->records + r->memtable->spans == 0) {
		memtable_unref(r->memtable);
		/* Damage stays on disk for whoever wants to look at it. */
		if (found.damaged == 0)
			sys_unlink(path);
		else
			s->unreadable++;
		return true;
	}
	s->wal.previous = number;
	s->wal.previous_length = found.length;
	settle(r, i + 1 == r->logs.count, found.length);
	return true;
}

/* --- the number ------------------------------------------------------------------------------------------------------------------------ */

static uint64_t remembered_number(const struct store *s)
{
	char space[SYS_PATH_MAX + 1];
	struct arena a;
	struct str text;
	struct err e = { 0 };
	uint64_t number = 0;
	int n = snprintf(space, sizeof(space), "%.*s/next", STR_FMT(s->directory));
	arena_init(&a, 4096);
	if (n > 0 && n <= SYS_PATH_MAX && sys_read_file(str_from(space, (size_t)n), 64, &a, &text, &e))
		str_to_u64(str_strip(text), &number);
	arena_release(&a);
	return number;
}

bool store_recover(struct store *s, struct err *e)
{
	char space[SYS_PATH_MAX + 1];
	struct recovery r = { .s = s };
	int code = sys_list(s->directory, on_name, &r);
	bool ok = code >= 0 ? true : sys_err(e, code, "%.*s", STR_FMT(s->directory));
	for (size_t i = 0; i < r.unfinished.count && ok; i++)
		sys_unlink(store_path(space, s->directory, r.unfinished.items[i], ".tmp"));
	if (ok && (r.failed || !load_segments(&r)))
		ok = err_set(e, ERR_NO_MEMORY, "no memory for the list of segments");
	s->wal = (struct wal){ .fd = -1 };
	for (size_t i = 0; i < r.logs.count && ok; i++)
		ok = read_log(&r, i, e);
	uint64_t remembered = remembered_number(s);
	s->wal.number = (remembered > r.highest ? remembered : r.highest) + 1;
	s->active = memtable_new(s->wal.number);
	free(r.segments.items);
	free(r.logs.items);
	free(r.unfinished.items);
	return ok;
}
