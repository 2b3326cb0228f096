/* Counters, gauges and histograms, and their OpenMetrics 1.0 text. One set a process, of fixed size, all relaxed atomics: any thread
 * may add at any time, and a scrape sees each number whole but not all of them at one instant. The buckets of a histogram are summed
 * while they are read, so that _count equals the +Inf bucket in every scrape, as OpenMetrics demands.
 * A gauge of seconds is kept in nanoseconds. An exemplar (trace id, value, time) is three words that must belong together: a lock a
 * bucket guards it, and whoever finds it taken goes without (the next observation brings another exemplar). */
#include "base/metric.h"
#include "base/check.h"
#include <stdatomic.h>

enum { BUCKETS = 20, TRACE_ID_BYTES = 16 };

struct bound {
	int64_t ns;
	const char *text; /* in OpenMetrics' canonical form: with a point, without trailing zeros */
};

static const struct bound bounds[BUCKETS] = {
	{ 500000, "0.0005" },	{ 1000000, "0.001" },	 { 2000000, "0.002" },	 { 3000000, "0.003" },	   { 5000000, "0.005" },
	{ 7500000, "0.0075" },	{ 10000000, "0.01" },	 { 15000000, "0.015" },	 { 20000000, "0.02" },	   { 30000000, "0.03" },
	{ 50000000, "0.05" },	{ 75000000, "0.075" },	 { 100000000, "0.1" },	 { 200000000, "0.2" },	   { 300000000, "0.3" },
	{ 500000000, "0.5" },	{ 1000000000, "1.0" },	 { 2000000000, "2.0" },	 { 5000000000, "5.0" },	   { 10000000000, "10.0" },
};

struct metric_row {
	enum metric_kind kind;
	struct str name, unit, part, help;
};

static const struct metric_row rows[METRIC_COUNT] = {
#define METRIC_ROW(symbol, kind, name, unit, part, help)                                                                               \
	[METRIC_##symbol] = { kind, STR_INIT(name), STR_INIT(unit), STR_INIT(part), STR_INIT(help) },
#include "tbl/metrics.h"
#undef METRIC_ROW
};

struct exemplar {
	uint8_t trace_id[TRACE_ID_BYTES];
	int64_t ns, wall;
	bool present;
};

struct bucket {
	_Atomic uint64_t count;
	atomic_flag taken;
	struct exemplar exemplar; /* guarded by taken */
};

struct series {
	_Atomic uint64_t value; /* counter, gauge; histogram: sum in ns */
	struct bucket *buckets; /* of a histogram: BUCKETS and one for +Inf */
};

#define BUCKETS_OF_METRIC_COUNTER(symbol)
#define BUCKETS_OF_METRIC_GAUGE(symbol)
#define BUCKETS_OF_METRIC_HISTOGRAM(symbol) static struct bucket buckets_##symbol[BUCKETS + 1];
#define METRIC_ROW(symbol, kind, name, unit, part, help) BUCKETS_OF_##kind(symbol)
#include "tbl/metrics.h"
#undef METRIC_ROW

#define SERIES_METRIC_COUNTER(symbol) { .buckets = NULL }
#define SERIES_METRIC_GAUGE(symbol) { .buckets = NULL }
#define SERIES_METRIC_HISTOGRAM(symbol) { .buckets = buckets_##symbol }
static struct series series[METRIC_COUNT] = {
#define METRIC_ROW(symbol, kind, name, unit, part, help) [METRIC_##symbol] = SERIES_##kind(symbol),
#include "tbl/metrics.h"
#undef METRIC_ROW
};

void metric_add(enum metric m, uint64_t n)
{
	CHECK(m < METRIC_COUNT && rows[m].kind != METRIC_HISTOGRAM);
	atomic_fetch_add_explicit(&series[m].value, n, memory_order_relaxed);
}

void metric_set(enum metric m, int64_t v)
{
	CHECK(m < METRIC_COUNT && rows[m].kind == METRIC_GAUGE);
	atomic_store_explicit(&series[m].value, (uint64_t)v, memory_order_relaxed);
}

static uint64_t bucket_count(const struct bucket *bucket)
{
	return atomic_load_explicit(&bucket->count, memory_order_relaxed);
}

uint64_t metric_get(enum metric m)
{
	CHECK(m < METRIC_COUNT);
	if (rows[m].kind != METRIC_HISTOGRAM)
		return atomic_load_explicit(&series[m].value, memory_order_relaxed);
	uint64_t count = 0;
	for (size_t i = 0; i <= BUCKETS; i++)
		count += bucket_count(&series[m].buckets[i]);
	return count;
}

static void keep_exemplar(struct bucket *bucket, int64_t ns, const uint8_t *trace_id, int64_t wall)
{
	static const uint8_t none[TRACE_ID_BYTES];
	if (!trace_id || memcmp(trace_id, none, TRACE_ID_BYTES) == 0)
		return;
	if (atomic_flag_test_and_set_explicit(&bucket->taken, memory_order_acquire))
		return;
	memcpy(bucket->exemplar.trace_id, trace_id, TRACE_ID_BYTES);
	bucket->exemplar.ns = ns;
	bucket->exemplar.wall = wall;
	bucket->exemplar.present = true;
	atomic_flag_clear_explicit(&bucket->taken, memory_order_release);
}

void metric_observe(enum metric m, int64_t ns, const uint8_t *trace_id, int64_t wall)
{
	CHECK(m < METRIC_COUNT && rows[m].kind == METRIC_HISTOGRAM);
	if (ns < 0) /* a clock that was set back between two readings */
		ns = 0;
	size_t at = 0;
	while (at < BUCKETS && ns > bounds[at].ns)
		at++;
	struct bucket *bucket = &series[m].buckets[at];
	atomic_fetch_add_explicit(&bucket->count, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&series[m].value, (uint64_t)ns, memory_order_relaxed);
	keep_exemplar(bucket, ns, trace_id, wall);
}

static void put_seconds(struct buf *b, int64_t ns)
{
	uint64_t v = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
	buf_printf(b, "%s%llu.%09llu", ns < 0 ? "-" : "", (unsigned long long)(v / 1000000000), (unsigned long long)(v % 1000000000));
}

static void put_exemplar(struct buf *b, struct bucket *bucket)
{
	struct exemplar exemplar = { .present = false };
	if (!atomic_flag_test_and_set_explicit(&bucket->taken, memory_order_acquire)) {
		exemplar = bucket->exemplar;
		atomic_flag_clear_explicit(&bucket->taken, memory_order_release);
	}
	if (!exemplar.present)
		return;
	buf_add(b, STR(" # {trace_id=\""));
	buf_hex(b, exemplar.trace_id, TRACE_ID_BYTES);
	buf_add(b, STR("\"} "));
	put_seconds(b, exemplar.ns);
	buf_char(b, ' ');
	put_seconds(b, exemplar.wall);
}

static void expose_histogram(struct buf *b, enum metric m)
{
	struct str name = rows[m].name;
	uint64_t count = 0;
	for (size_t i = 0; i <= BUCKETS; i++) {
		struct bucket *bucket = &series[m].buckets[i];
		count += bucket_count(bucket);
		buf_printf(b, "%.*s_bucket{le=\"%s\"} %llu", STR_FMT(name), i < BUCKETS ? bounds[i].text : "+Inf",
			   (unsigned long long)count);
		put_exemplar(b, bucket);
		buf_char(b, '\n');
	}
	buf_printf(b, "%.*s_count %llu\n%.*s_sum ", STR_FMT(name), (unsigned long long)count, STR_FMT(name));
	put_seconds(b, (int64_t)atomic_load_explicit(&series[m].value, memory_order_relaxed));
	buf_char(b, '\n');
}

static void expose_value(struct buf *b, enum metric m)
{
	const struct metric_row *row = &rows[m];
	uint64_t value = metric_get(m);
	buf_add(b, row->name);
	buf_add(b, row->kind == METRIC_COUNTER ? STR("_total ") : STR(" "));
	if (row->kind == METRIC_COUNTER)
		buf_u64(b, value);
	else if (str_eq(row->unit, STR("seconds")))
		put_seconds(b, (int64_t)value);
	else
		buf_i64(b, (int64_t)value);
	buf_char(b, '\n');
}

static void expose_head(struct buf *b, const struct metric_row *row)
{
	static const char *const kinds[] = { [METRIC_COUNTER] = "counter", [METRIC_GAUGE] = "gauge", [METRIC_HISTOGRAM] = "histogram" };
	buf_printf(b, "# TYPE %.*s %s\n", STR_FMT(row->name), kinds[row->kind]);
	/* A family with a unit must end in it, behind an underscore. */
	size_t stem = row->name.len - row->unit.len;
	if (row->unit.len && str_ends(row->name, row->unit) && stem > 1 && row->name.p[stem - 1] == '_')
		buf_printf(b, "# UNIT %.*s %.*s\n", STR_FMT(row->name), STR_FMT(row->unit));
	buf_printf(b, "# HELP %.*s ", STR_FMT(row->name));
	for (size_t i = 0; i < row->help.len; i++) {
		char c = row->help.p[i];
		if (c == '\\' || c == '"' || c == '\n')
			buf_char(b, '\\');
		buf_char(b, c == '\n' ? 'n' : c);
	}
	buf_char(b, '\n');
}

void metric_expose(struct buf *b, struct str part)
{
	for (size_t i = 0; i < METRIC_COUNT; i++) {
		enum metric m = (enum metric)i;
		if (!str_eq(rows[m].part, part) && !str_eq(rows[m].part, STR("all")))
			continue;
		expose_head(b, &rows[m]);
		if (rows[m].kind == METRIC_HISTOGRAM)
			expose_histogram(b, m);
		else
			expose_value(b, m);
	}
	buf_add(b, STR("# EOF\n"));
}
