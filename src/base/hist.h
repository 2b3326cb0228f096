/* Latency histograms: base-2 exponential buckets of scale 5 (growth 2^(1/32), relative error at most 1.08 %), as OTLP's
 * ExponentialHistogram and Prometheus' native histograms have them: bucket i holds (2^(i/32), 2^((i+1)/32)]. Values are nanoseconds > 0.
 * Sparse: a sorted array of (index, count) in memory of its own; merging adds counts. */
#ifndef PLEACH_BASE_HIST_H
#define PLEACH_BASE_HIST_H
#include "base/buf.h"
#include <stdint.h>

enum { HIST_SCALE = 5, HIST_MAX_BUCKETS = 1024 };
struct hist_bucket { int16_t index; uint32_t count; };
struct hist {
	uint64_t count;
	uint64_t zero;       /* values of 0 */
	uint64_t sum, min, max; /* ns */
	uint32_t used, capacity;
	struct hist_bucket *buckets;
};
void hist_init(struct hist *h);
void hist_release(struct hist *h);
void hist_clear(struct hist *h);
void hist_add(struct hist *h, uint64_t value);
bool hist_merge(struct hist *into, const struct hist *from);
/* Value at quantile q (0..1): the bucket's centre 2*lo*hi/(lo+hi), clamped to min and max; 0 for an empty one. */
uint64_t hist_quantile(const struct hist *h, double q);
/* Index of a value > 0, upper-inclusive. */
int16_t hist_index(uint64_t value);
double hist_lower(int16_t index); /* exclusive lower bound */
/* Compact form (varints), for disk and wire; decode refuses malformed input. */
void hist_encode(const struct hist *h, struct buf *b);
bool hist_decode(struct hist *h, struct str *in);
#endif
