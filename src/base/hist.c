/* Latency histograms of scale 5. The index of a value is found without a logarithm: the position of the top bit gives the octave, and
 * the 32 boundaries 2^(i/32) within an octave stand in a table in 1.63 fixed point, where a first guess from the mantissa's top bits
 * is at most a few steps off. Boundaries are upper-inclusive (a value equal to a boundary belongs to the bucket below), as OTLP's
 * ExponentialHistogram and Prometheus' native histograms say; only 2^0 of the 32 is representable, so equality occurs at powers of two.
 * Invariants: buckets are sorted by index, every count > 0 (saturating at UINT32_MAX), count = zero + sum of what was added. */
#include "base/hist.h"
#include "base/check.h"
#include <math.h>
#include <stdlib.h>

enum { HIST_PER_OCTAVE = 1 << HIST_SCALE, HIST_FIRST = 16, HIST_INDEX_MIN = -1, HIST_INDEX_MAX = 64 * HIST_PER_OCTAVE - 1 };

/* floor(2^63 * 2^(i/32)) */
static const uint64_t boundaries[HIST_PER_OCTAVE] = {
	UINT64_C(0x8000000000000000), UINT64_C(0x82cd8698ac2ba1d7), UINT64_C(0x85aac367cc487b14), UINT64_C(0x88980e8092da8527),
	UINT64_C(0x8b95c1e3ea8bd6e6), UINT64_C(0x8ea4398b45cd53c0), UINT64_C(0x91c3d373ab11c336), UINT64_C(0x94f4efa8fef70961),
	UINT64_C(0x9837f0518db8a96f), UINT64_C(0x9b8d39b9d54e5538), UINT64_C(0x9ef5326091a111ad), UINT64_C(0xa27043030c496818),
	UINT64_C(0xa5fed6a9b15138ea), UINT64_C(0xa9a15ab4ea7c0ef8), UINT64_C(0xad583eea42a14ac6), UINT64_C(0xb123f581d2ac258f),
	UINT64_C(0xb504f333f9de6484), UINT64_C(0xb8fbaf4762fb9ee9), UINT64_C(0xbd08a39f580c36be), UINT64_C(0xc12c4cca66709456),
	UINT64_C(0xc5672a115506dadd), UINT64_C(0xc9b9bd866e2f27a2), UINT64_C(0xce248c151f8480e3), UINT64_C(0xd2a81d91f12ae45a),
	UINT64_C(0xd744fccad69d6af4), UINT64_C(0xdbfbb797daf23755), UINT64_C(0xe0ccdeec2a94e111), UINT64_C(0xe5b906e77c8348a8),
	UINT64_C(0xeac0c6e7dd24392e), UINT64_C(0xefe4b99bdcdaf5cb), UINT64_C(0xf5257d152486cc2c), UINT64_C(0xfa83b2db722a033a),
};

int16_t hist_index(uint64_t value)
{
	CHECK(value > 0);
	int top = 63 - __builtin_clzll(value);
	uint64_t mantissa = value << (63 - top); /* in [2^63, 2^64) */
	/* log2(1 + f) >= f on [0, 1], so the linear guess is never above the true bucket, and at most three below it. */
	int i = (int)(mantissa >> (63 - HIST_SCALE)) - HIST_PER_OCTAVE;
	while (i + 1 < HIST_PER_OCTAVE && boundaries[i + 1] < mantissa)
		i++;
	/* The table is rounded down and the true boundaries (but the first) are irrational, so mantissa > floor(boundary) is the same as
	 * mantissa > boundary. A power of two is the upper boundary of the bucket below it. */
	if (mantissa == boundaries[0])
		return (int16_t)(top * HIST_PER_OCTAVE - 1);
	return (int16_t)(top * HIST_PER_OCTAVE + i);
}

double hist_lower(int16_t index)
{
	int octave = index >> HIST_SCALE;
	return ldexp((double)boundaries[index & (HIST_PER_OCTAVE - 1)], octave - 63);
}

void hist_init(struct hist *h)
{
	*h = (struct hist){ 0 };
}

void hist_release(struct hist *h)
{
	free(h->buckets);
	*h = (struct hist){ 0 };
}

void hist_clear(struct hist *h)
{
	*h = (struct hist){ .buckets = h->buckets, .capacity = h->capacity };
}

static bool reserve(struct hist *h, uint32_t need)
{
	if (need <= h->capacity)
		return true;
	uint32_t capacity = h->capacity ? h->capacity : HIST_FIRST;
	while (capacity < need)
		capacity *= 2;
	struct hist_bucket *buckets = realloc(h->buckets, capacity * sizeof(*buckets));
	if (!buckets)
		return false;
	h->buckets = buckets;
	h->capacity = capacity;
	return true;
}

static inline uint32_t add_count(uint32_t a, uint32_t b)
{
	uint32_t sum;
	return __builtin_add_overflow(a, b, &sum) ? UINT32_MAX : sum;
}

static inline uint64_t add_sum(uint64_t a, uint64_t b)
{
	uint64_t sum;
	return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

/* Position of the first bucket with an index not below the given one. */
static uint32_t position(const struct hist *h, int16_t index)
{
	uint32_t from = 0, to = h->used;
	while (from < to) {
		uint32_t middle = (from + to) / 2;
		if (h->buckets[middle].index < index)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/* When all HIST_MAX_BUCKETS are taken (values over more than 32 octaves), or no memory is left, the value goes to the nearest bucket. */
static void count_value(struct hist *h, int16_t index)
{
	uint32_t at = position(h, index);
	if (at < h->used && h->buckets[at].index == index) {
		h->buckets[at].count = add_count(h->buckets[at].count, 1);
		return;
	}
	if (h->used >= HIST_MAX_BUCKETS || !reserve(h, h->used + 1)) {
		if (h->used)
			h->buckets[at < h->used ? at : at - 1].count = add_count(h->buckets[at < h->used ? at : at - 1].count, 1);
		return;
	}
	memmove(&h->buckets[at + 1], &h->buckets[at], (h->used - at) * sizeof(*h->buckets));
	h->buckets[at] = (struct hist_bucket){ index, 1 };
	h->used++;
}

void hist_add(struct hist *h, uint64_t value)
{
	if (value == 0)
		h->zero++;
	else
		count_value(h, hist_index(value));
	if (h->count == 0 || value < h->min)
		h->min = value;
	if (value > h->max)
		h->max = value;
	h->sum = add_sum(h->sum, value);
	h->count++;
}

static uint32_t merged_size(const struct hist *a, const struct hist *b)
{
	uint32_t i = 0, k = 0, n = 0;
	while (i < a->used || k < b->used) {
		if (k == b->used || (i < a->used && a->buckets[i].index < b->buckets[k].index))
			i++;
		else if (i == a->used || a->buckets[i].index > b->buckets[k].index)
			k++;
		else
			i++, k++;
		n++;
	}
	return n;
}

/* Merges from the back, so that it needs no second array: `n` places are reserved and known to be enough. */
static void merge_buckets(struct hist *into, const struct hist *from, uint32_t n)
{
	uint32_t i = into->used, k = from->used;
	into->used = n;
	while (k > 0) {
		if (i > 0 && into->buckets[i - 1].index > from->buckets[k - 1].index) {
			into->buckets[--n] = into->buckets[--i];
		} else if (i > 0 && into->buckets[i - 1].index == from->buckets[k - 1].index) {
			struct hist_bucket both = into->buckets[--i];
			both.count = add_count(both.count, from->buckets[--k].count);
			into->buckets[--n] = both;
		} else {
			into->buckets[--n] = from->buckets[--k];
		}
	}
}

bool hist_merge(struct hist *into, const struct hist *from)
{
	CHECK(into != from);
	if (from->count == 0)
		return true;
	uint32_t n = merged_size(into, from);
	if (n > HIST_MAX_BUCKETS || !reserve(into, n))
		return false;
	merge_buckets(into, from, n);
	if (into->count == 0 || from->min < into->min)
		into->min = from->min;
	if (from->max > into->max)
		into->max = from->max;
	into->sum = add_sum(into->sum, from->sum);
	into->zero += from->zero;
	into->count += from->count;
	return true;
}

static uint64_t clamp(const struct hist *h, double value)
{
	if (value <= (double)h->min)
		return h->min;
	if (value >= (double)h->max)
		return h->max;
	return (uint64_t)(value + 0.5);
}

uint64_t hist_quantile(const struct hist *h, double q)
{
	if (h->count == 0)
		return 0;
	if (!(q > 0))
		return h->min;
	if (q >= 1)
		return h->max;
	/* The smallest value that at least q of all values do not exceed (nearest rank). */
	double wanted = ceil(q * (double)h->count);
	uint64_t rank = wanted < 1 ? 1 : (uint64_t)wanted;
	uint64_t seen = h->zero;
	if (seen >= rank)
		return 0;
	for (uint32_t i = 0; i < h->used; i++) {
		seen += h->buckets[i].count;
		if (seen >= rank) {
			double lower = hist_lower(h->buckets[i].index), upper = hist_lower((int16_t)(h->buckets[i].index + 1));
			return clamp(h, 2 * lower * upper / (lower + upper));
		}
	}
	return h->max;
}

static void put_varint(struct buf *b, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		buf_char(b, (char)(v | 0x80));
	buf_char(b, (char)v);
}

static bool take_varint(struct str *in, uint64_t *out)
{
	uint64_t v = 0;
	for (size_t i = 0; i < in->len && i < 10; i++) {
		uint8_t byte = (uint8_t)in->p[i];
		if (i == 9 && byte > 1)
			return false;
		v |= (uint64_t)(byte & 0x7f) << (7 * i);
		if (!(byte & 0x80)) {
			*in = str_skip(*in, i + 1);
			*out = v;
			return true;
		}
	}
	return false;
}

/* count, zero, sum, min, max, used; then for each bucket the distance of its index to the one before (the first to HIST_INDEX_MIN - 1;
 * never 0) and its count. */
void hist_encode(const struct hist *h, struct buf *b)
{
	const uint64_t head[] = { h->count, h->zero, h->sum, h->min, h->max, h->used };
	for (size_t i = 0; i < ARRAY_LEN(head); i++)
		put_varint(b, head[i]);
	int previous = HIST_INDEX_MIN - 1;
	for (uint32_t i = 0; i < h->used; i++) {
		put_varint(b, (uint64_t)(h->buckets[i].index - previous));
		put_varint(b, h->buckets[i].count);
		previous = h->buckets[i].index;
	}
}

static bool decode_buckets(struct hist *h, struct str *in, uint32_t used)
{
	int index = HIST_INDEX_MIN - 1;
	for (uint32_t i = 0; i < used; i++) {
		uint64_t step, count;
		if (!take_varint(in, &step) || !take_varint(in, &count))
			return false;
		if (step == 0 || step > (uint64_t)(HIST_INDEX_MAX - index) || count == 0 || count > UINT32_MAX)
			return false;
		index += (int)step;
		h->buckets[i] = (struct hist_bucket){ (int16_t)index, (uint32_t)count };
	}
	h->used = used;
	return true;
}

bool hist_decode(struct hist *h, struct str *in)
{
	struct str rest = *in;
	uint64_t head[6];
	for (size_t i = 0; i < ARRAY_LEN(head); i++)
		if (!take_varint(&rest, &head[i]))
			return false;
	struct hist read = { .count = head[0], .zero = head[1], .sum = head[2], .min = head[3], .max = head[4] };
	/* A bucket takes at least two bytes, so a wrong number cannot make us take much memory. */
	bool ok = head[5] <= HIST_MAX_BUCKETS && head[5] <= rest.len / 2 && read.zero <= read.count && read.min <= read.max &&
		  reserve(&read, (uint32_t)head[5]) && decode_buckets(&read, &rest, (uint32_t)head[5]);
	uint64_t counted = read.zero;
	for (uint32_t i = 0; ok && i < read.used; i++)
		counted += read.buckets[i].count;
	if (!ok || counted > read.count) {
		hist_release(&read);
		return false;
	}
	hist_release(h);
	*h = read;
	*in = rest;
	return true;
}
