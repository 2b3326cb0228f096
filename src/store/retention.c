/* Retention: whole segments go, the oldest first, when they are older than keep_ns or when all files together are larger than
 * keep_bytes. A segment that a query still reads goes when the query ends. The age that counts is that of the file: a row's own time may
 * lie in the future, or long ago though it has only just been sent. (A file is at most FLUSH_AGE younger than its first row.) */
#include "base/check.h"
#include "base/metric.h"
#include "store/internal.h"
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
	store_segment_unref(s, seg);
}

void store_retain(struct store *s)
{
	int64_t oldest = sys_wall() - s->options.keep_ns;
	for (uint32_t i = 0; i < s->segment_count;) {
		if (s->segments[i]->created < oldest)
			remove_segment(s, i);
		else
			i++;
	}
	while (s->segment_count > 1 && store_bytes(s) > s->options.keep_bytes)
		remove_segment(s, 0);
	metric_set(METRIC_STORE_SEGMENTS, s->segment_count);
	metric_set(METRIC_STORE_BYTES, store_bytes(s));
}
