/* Counters, gauges and histograms of a part, one row each in tbl/metrics.h, and their OpenMetrics 1.0 text with exemplars.
 * Relaxed atomics: any thread may add. No labels but those in the row's name set, so the number of series is fixed. */
#ifndef PLEACH_BASE_METRIC_H
#define PLEACH_BASE_METRIC_H
#include "base/buf.h"
enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM /* of seconds */ };
enum metric {
#define METRIC_ROW(symbol, kind, name, unit, part, help) METRIC_##symbol,
#include "tbl/metrics.h"
#undef METRIC_ROW
	METRIC_COUNT
};
void metric_add(enum metric m, uint64_t n);
static inline void metric_inc(enum metric m) { metric_add(m, 1); }
/* A gauge whose unit is seconds takes nanoseconds and is exposed in seconds. */
void metric_set(enum metric m, int64_t v);
/* The value of a counter or gauge, the number of observations of a histogram. */
uint64_t metric_get(enum metric m);
/* A duration in ns into a histogram, with the trace as exemplar (16 bytes, or NULL). */
void metric_observe(enum metric m, int64_t ns, const uint8_t *trace_id, int64_t wall);
/* All metrics of the part ("gateway", "store", …; rows of part "all" too), ended by "# EOF". */
void metric_expose(struct buf *b, struct str part);
/* content type of the text */
#define METRIC_CONTENT_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"
#endif
