/* Packing of numbers (ints.h). All arithmetic wraps, so any two numbers have a difference. */
#include "store/ints.h"

enum { FROM_SMALLEST = 0, FROM_BEFORE = 1 };
static const uint64_t units[] = { 1, 1000, 1000000, 1000000000 };
enum { UNITS = 4 };

struct range { int64_t min, max; };

static unsigned width_of(uint64_t v)
{
	return v ? (71 - (unsigned)__builtin_clzll(v)) / 8 : 0;
}

static struct range range_of(const int64_t *v, size_t n)
{
	struct range r = { v[0], v[0] };
	for (size_t i = 1; i < n; i++) {
		r.min = v[i] < r.min ? v[i] : r.min;
		r.max = v[i] > r.max ? v[i] : r.max;
	}
	return r;
}

static struct range range_of_steps(const int64_t *v, size_t n)
{
	struct range r = { INT64_MAX, INT64_MIN };
	for (size_t i = 1; i < n; i++) {
		int64_t d = (int64_t)((uint64_t)v[i] - (uint64_t)v[i - 1]);
		r.min = d < r.min ? d : r.min;
		r.max = d > r.max ? d : r.max;
	}
	return r;
}

/* The largest unit that all offsets from v[0] are whole multiples of (as unsigned wrapped differences from the smallest). */
static unsigned unit_of(const int64_t *v, size_t n, int64_t min)
{
	unsigned unit = UNITS - 1;
	for (size_t i = 0; i < n && unit; i++)
		while (unit && ((uint64_t)v[i] - (uint64_t)min) % units[unit])
			unit--;
	return unit;
}

static void put_planes(struct buf *out, const int64_t *v, size_t n, bool steps, uint64_t base, uint64_t unit, unsigned width)
{
	uint8_t *to = (uint8_t *)buf_room(out, n * width);
	if (!to || !width)
		return;
	for (size_t i = 0; i < n; i++) {
		uint64_t u = steps ? ((uint64_t)v[i + 1] - (uint64_t)v[i]) - base : (uint64_t)v[i] - base;
		if (unit > 1)
			u /= unit;
		for (unsigned p = 0; p < width; p++, u >>= 8)
			to[p * n + i] = (uint8_t)u;
	}
	buf_added(out, n * width);
}

/* u8 mode (bit 0: steps, bits 1 and 2: unit, bits 4 to 7: width), svarint first or smallest number, with steps svarint smallest step; planes. */
void ints_encode(struct buf *out, const int64_t *v, size_t n)
{
	if (n == 0)
		return;
	struct range plain = range_of(v, n);
	unsigned unit = plain.max == plain.min ? 0 : unit_of(v, n, plain.min);
	unsigned width = width_of(((uint64_t)plain.max - (uint64_t)plain.min) / units[unit]);
	if (width && n > 2) {
		struct range s = range_of_steps(v, n);
		uint64_t spread = (uint64_t)s.max - (uint64_t)s.min;
		/* Steps are multiples of the unit as the numbers are; only without wrap is the spread, too. */
		unsigned step_unit = spread % units[unit] == 0 && (uint64_t)s.min % units[unit] == 0 && s.min >= 0 ? unit : 0;
		unsigned step_width = width_of(spread / units[step_unit]);
		if (step_width < width) {
			put_u8(out, (uint8_t)(FROM_BEFORE | step_unit << 1 | step_width << 4));
			put_signed(out, v[0]);
			put_signed(out, s.min);
			put_planes(out, v, n - 1, true, (uint64_t)s.min, units[step_unit], step_width);
			return;
		}
	}
	put_u8(out, (uint8_t)(FROM_SMALLEST | unit << 1 | width << 4));
	put_signed(out, plain.min);
	put_planes(out, v, n, false, (uint64_t)plain.min, units[unit], width);
}

struct head { bool steps; uint64_t unit; unsigned width; int64_t first, least; };

static struct head take_head(struct bytes *r)
{
	uint8_t mode = take_u8(r);
	struct head h = { .steps = mode & 1, .unit = units[mode >> 1 & 3], .width = mode >> 4 };
	h.first = take_signed(r);
	h.least = h.steps ? take_signed(r) : h.first;
	if (h.width > 8 || mode & 8)
		r->bad = true;
	return h;
}

void ints_skip(struct bytes *r, size_t n)
{
	if (n == 0)
		return;
	struct head h = take_head(r);
	if (!r->bad)
		take_bytes(r, (uint64_t)(n - h.steps) * h.width);
}

void ints_decode(struct bytes *r, int64_t *v, size_t n)
{
	if (n == 0)
		return;
	struct head h = take_head(r);
	size_t count = n - h.steps;
	struct str planes = r->bad ? (struct str){ "", 0 } : take_bytes(r, (uint64_t)count * h.width);
	if (r->bad) {
		memset(v, 0, n * sizeof(*v));
		return;
	}
	const uint8_t *p = (const uint8_t *)planes.p;
	int64_t *to = v + h.steps;
	memset(to, 0, count * sizeof(*to));
	for (unsigned k = 0; k < h.width; k++, p += count)
		for (size_t i = 0; i < count; i++)
			to[i] = (int64_t)((uint64_t)to[i] | (uint64_t)p[i] << (8 * k));
	if (h.unit > 1)
		for (size_t i = 0; i < count; i++)
			to[i] = (int64_t)((uint64_t)to[i] * h.unit);
	if (!h.steps) {
		for (size_t i = 0; i < count; i++)
			to[i] = (int64_t)((uint64_t)to[i] + (uint64_t)h.first);
		return;
	}
	v[0] = h.first;
	for (size_t i = 1; i < n; i++)
		v[i] = (int64_t)((uint64_t)v[i - 1] + (uint64_t)v[i] + (uint64_t)h.least);
}
