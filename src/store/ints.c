/* Packing of numbers (ints.h). All arithmetic wraps, so any two numbers have a difference. Numbers are taken in pieces of PIECE, so that scratch
 * memory is small and fixed and a piece may look unlike the next. */
#include "store/ints.h"
#include "store/scratch.h"
#include <math.h>

enum mode { FROM_SMALLEST, FROM_BEFORE, LISTED, SPLIT };
enum { PIECE = 4096, LIST_MIN = 16 /* numbers, from which on a list is tried */, LIST_MAX = 255, LIST_TABLE = 1024, ENTROPY_MIN = 64, UNITS = 4, PLANES = 0x80 };
static const uint64_t units[UNITS] = { 1, 1000, 1000000, 1000000000 };

static unsigned bits_of(uint64_t v) { return v ? 64 - (unsigned)__builtin_clzll(v) : 0; }

/* --- offsets ------------------------------------------------------------------------------------------------------------------------------ */

/* Bits that byte planes would take if each were coded by how often its bytes occur. */
static double planes_cost(const uint64_t *u, size_t n, unsigned bytes)
{
	double bits = 0;
	for (unsigned p = 0; p < bytes; p++) {
		uint32_t counts[256] = { 0 };
		for (size_t i = 0; i < n; i++)
			counts[u[i] >> (8 * p) & 0xff]++;
		double plane = 0;
		for (int i = 0; i < 256; i++)
			if (counts[i])
				plane += (double)counts[i] * (double)log2f((float)n / (float)counts[i]);
		/* A coder of bytes takes a bit for each at least. */
		bits += plane > 0 && plane < (double)n ? (double)n : plane;
	}
	return bits;
}

static void put_wide_bits(uint8_t *to, const uint64_t *u, size_t n, unsigned width)
{
	unsigned __int128 hold = 0;
	unsigned held = 0;
	for (size_t i = 0; i < n; i++) {
		hold |= (unsigned __int128)u[i] << held;
		held += width;
		for (; held >= 8; held -= 8, hold >>= 8)
			*to++ = (uint8_t)hold;
	}
	if (held)
		*to = (uint8_t)hold;
}

static void put_bits(struct buf *out, const uint64_t *u, size_t n, unsigned width)
{
	size_t bytes = (n * width + 7) / 8;
	uint8_t *to = (uint8_t *)buf_room(out, bytes + 16);
	if (!to)
		return;
	uint64_t hold = 0;
	unsigned held = 0;
	for (size_t i = 0; i < n && width <= 56; i++) {
		hold |= u[i] << held;
		store_le(to, hold, 8); /* whole words; what is not yet full is written again */
		held += width;
		to += held / 8;
		hold = held >= 64 ? 0 : hold >> (held & ~7U);
		held &= 7;
	}
	if (width > 56)
		put_wide_bits(to, u, n, width);
	buf_added(out, bytes);
}

static void put_planes(struct buf *out, const uint64_t *u, size_t n, unsigned bytes)
{
	uint8_t *to = (uint8_t *)buf_room(out, n * bytes);
	if (!to || !bytes)
		return;
	for (unsigned p = 0; p < bytes; p++)
		for (size_t i = 0; i < n; i++)
			to[p * n + i] = (uint8_t)(u[i] >> (8 * p));
	buf_added(out, n * bytes);
}

/* u8: width in bits, or with PLANES in bytes. The estimate for planes is of a coder of their own, which they share: hence the margin. */
static void put_offsets(struct buf *out, struct buf *packed, const uint64_t *u, size_t n, uint64_t largest)
{
	unsigned bits = bits_of(largest), bytes = (bits + 7) / 8;
	bool planes = bits && n >= ENTROPY_MIN && planes_cost(u, n, bytes) < 0.9 * (double)n * bits;
	put_u8(out, (uint8_t)(planes ? PLANES | bytes : bits));
	if (planes)
		put_planes(out, u, n, bytes);
	else
		put_bits(packed, u, n, bits);
}

static void take_offsets(struct bytes *r, struct bytes *packed, uint64_t *u, size_t n)
{
	uint8_t width = take_u8(r);
	memset(u, 0, n * sizeof(*u));
	if (width & PLANES) {
		unsigned bytes = width & ~PLANES;
		const uint8_t *p = (const uint8_t *)(bytes <= 8 ? take_bytes(r, (uint64_t)n * bytes) : (r->bad = true, STR(""))).p;
		for (unsigned k = 0; k < bytes && !r->bad; k++, p += n)
			for (size_t i = 0; i < n; i++)
				u[i] |= (uint64_t)p[i] << (8 * k);
		return;
	}
	if (width > 64)
		r->bad = true;
	struct str s = r->bad ? STR("") : take_bytes(packed, ((uint64_t)n * width + 7) / 8);
	r->bad |= packed->bad;
	if (r->bad || !width)
		return;
	const uint8_t *p = (const uint8_t *)s.p;
	uint64_t mask = width == 64 ? UINT64_MAX : (UINT64_C(1) << width) - 1;
	unsigned __int128 hold = 0;
	unsigned held = 0;
	for (size_t i = 0; i < n; i++) {
		for (; held < width; held += 8)
			hold |= (unsigned __int128)*p++ << held;
		u[i] = (uint64_t)hold & mask;
		hold >>= width;
		held -= width;
	}
}

/* --- what numbers look like ---------------------------------------------------------------------------------------------------------------- */

struct look {
	int64_t min, max;
	int64_t least_step;
	uint64_t step_spread;
	unsigned unit, step_unit, bits, step_bits;
};

/* The largest unit that all differences from min are whole multiples of. */
static unsigned unit_of(const int64_t *v, size_t n, int64_t min)
{
	unsigned unit = UNITS - 1;
	for (size_t i = 0; i < n && unit; i++)
		while (unit && ((uint64_t)v[i] - (uint64_t)min) % units[unit])
			unit--;
	return unit;
}

static struct look look_at(const int64_t *v, size_t n)
{
	struct look l = { v[0], v[0], INT64_MAX, 0, 0, 0, 0, 0 };
	int64_t largest_step = INT64_MIN;
	for (size_t i = 1; i < n; i++) {
		int64_t step = (int64_t)((uint64_t)v[i] - (uint64_t)v[i - 1]);
		l.min = v[i] < l.min ? v[i] : l.min;
		l.max = v[i] > l.max ? v[i] : l.max;
		l.least_step = step < l.least_step ? step : l.least_step;
		largest_step = step > largest_step ? step : largest_step;
	}
	l.unit = l.max == l.min ? 0 : unit_of(v, n, l.min);
	l.bits = bits_of(((uint64_t)l.max - (uint64_t)l.min) / units[l.unit]);
	if (n > 1) {
		/* Steps are multiples of the unit as the numbers are; offsets from the least step only where nothing wraps. */
		l.step_spread = (uint64_t)largest_step - (uint64_t)l.least_step;
		bool wraps = largest_step > INT64_MAX / 2 || l.least_step < INT64_MIN / 2;
		l.step_unit = wraps ? 0 : l.unit;
		l.step_bits = bits_of(l.step_spread / units[l.step_unit]);
	}
	return l;
}

/* Few different numbers, many times each: their places in a list. *count: of the list. */
static bool list_of(const int64_t *v, size_t n, int64_t *list, uint64_t *codes, size_t *count)
{
	uint8_t table[LIST_TABLE] = { 0 };
	size_t most = n / 4 < LIST_MAX ? n / 4 : LIST_MAX;
	*count = 0;
	for (size_t i = 0; i < n; i++) {
		uint32_t at = (uint32_t)(((uint64_t)v[i] * UINT64_C(0x9e3779b97f4a7c15)) >> 54);
		while (table[at] && list[table[at] - 1] != v[i])
			at = (at + 1) % LIST_TABLE;
		if (!table[at]) {
			if (*count == most)
				return false;
			list[(*count)++] = v[i];
			table[at] = (uint8_t)*count;
		}
		codes[i] = table[at] - 1u;
	}
	return true;
}

/* How fine a time is: whole seconds, milliseconds, microseconds, or finer. */
enum fineness { SECONDS, MILLISECONDS, MICROSECONDS, NANOSECONDS, FINENESSES };

static enum fineness fineness_of(int64_t v)
{
	return v % 1000 ? NANOSECONDS : v % 1000000 ? MICROSECONDS : v % 1000000000 ? MILLISECONDS : SECONDS;
}

/* Times of senders that do not all look at their clocks as closely: each kind by itself is nearly a straight line. */
static bool mixed_fineness(const int64_t *v, size_t n, const struct look *l)
{
	size_t counts[FINENESSES] = { 0 };
	if (n < ENTROPY_MIN || l->min < (int64_t)units[3] || l->max - l->min < (int64_t)units[2])
		return false;
	for (size_t i = 0; i < n; i++)
		counts[fineness_of(v[i])]++;
	for (int f = 0; f < FINENESSES; f++)
		if (counts[f] > n - n / 16)
			return false;
	return true;
}

/* --- writing ------------------------------------------------------------------------------------------------------------------------------ */

static void encode(struct buf *out, struct buf *packed, const int64_t *v, size_t n, bool may_split);

static void put_head(struct buf *out, enum mode mode, unsigned unit) { put_u8(out, (uint8_t)(mode | unit << 2)); }

/* The part of a time that a fineness has for itself. Milliseconds hold also those of finer times, so that they run on without gaps. */
static size_t part_of(const int64_t *v, size_t n, enum fineness f, int64_t *part)
{
	size_t count = 0;
	for (size_t i = 0; i < n; i++) {
		enum fineness own = fineness_of(v[i]);
		if (f == SECONDS && own == f)
			part[count++] = v[i] / 1000000000;
		else if (f == MILLISECONDS && own >= f)
			part[count++] = v[i] / 1000000;
		else if (f == MICROSECONDS && own == f)
			part[count++] = v[i] % 1000000 / 1000;
		else if (f == NANOSECONDS && own == f)
			part[count++] = v[i] % 1000000;
	}
	return count;
}

static void put_split(struct buf *out, struct buf *packed, const int64_t *v, size_t n)
{
	SCRATCH int64_t part[PIECE];
	put_head(out, SPLIT, 0);
	for (size_t i = 0; i < n; i++)
		part[i] = fineness_of(v[i]);
	encode(out, packed, part, n, false);
	for (int f = SECONDS; f < FINENESSES; f++) {
		size_t count = part_of(v, n, (enum fineness)f, part);
		if (count)
			encode(out, packed, part, count, false);
	}
}

/* Divisions are dear, and those by constants less so; mostly there is none to do. */
static void to_units(uint64_t *u, size_t n, unsigned unit)
{
	for (size_t i = 0; i < n && unit == 1; i++)
		u[i] /= 1000;
	for (size_t i = 0; i < n && unit == 2; i++)
		u[i] /= 1000000;
	for (size_t i = 0; i < n && unit == 3; i++)
		u[i] /= 1000000000;
}

static void encode(struct buf *out, struct buf *packed, const int64_t *v, size_t n, bool may_split)
{
	struct look l = look_at(v, n);
	SCRATCH uint64_t u[PIECE];
	SCRATCH int64_t list[LIST_MAX];
	size_t count;
	if (may_split && mixed_fineness(v, n, &l)) {
		put_split(out, packed, v, n);
	} else if (n > 1 && l.step_bits < l.bits && l.step_bits + 4 < l.bits) {
		put_head(out, FROM_BEFORE, l.step_unit);
		put_signed(out, v[0]);
		put_signed(out, l.least_step);
		for (size_t i = 1; i < n; i++)
			u[i - 1] = (uint64_t)v[i] - (uint64_t)v[i - 1] - (uint64_t)l.least_step;
		to_units(u, n - 1, l.step_unit);
		put_offsets(out, packed, u, n - 1, l.step_spread / units[l.step_unit]);
	} else if (l.bits > 8 && n >= LIST_MIN && list_of(v, n, list, u, &count)) {
		put_head(out, LISTED, 0);
		put_varint(out, count);
		encode(out, packed, list, count, false);
		put_offsets(out, packed, u, n, count - 1);
	} else {
		put_head(out, FROM_SMALLEST, l.unit);
		put_signed(out, l.min);
		for (size_t i = 0; i < n; i++)
			u[i] = (uint64_t)v[i] - (uint64_t)l.min;
		to_units(u, n, l.unit);
		put_offsets(out, packed, u, n, ((uint64_t)l.max - (uint64_t)l.min) / units[l.unit]);
	}
}

void ints_encode(struct buf *out, struct buf *packed, const int64_t *v, size_t n)
{
	for (size_t i = 0; i < n; i += PIECE)
		encode(out, packed, v + i, n - i < PIECE ? n - i : PIECE, true);
}

/* --- reading ------------------------------------------------------------------------------------------------------------------------------ */

enum { MAX_DEPTH = 2 };
static void decode(struct bytes *r, struct bytes *packed, int64_t *v, size_t n, unsigned depth);

static void take_split(struct bytes *r, struct bytes *packed, int64_t *v, size_t n, unsigned depth)
{
	SCRATCH int64_t fineness[PIECE];
	SCRATCH int64_t parts[FINENESSES][PIECE];
	size_t counts[FINENESSES] = { 0 }, used[FINENESSES] = { 0 };
	decode(r, packed, fineness, n, depth + 1);
	for (size_t i = 0; i < n; i++) {
		if (fineness[i] < 0 || fineness[i] >= FINENESSES) {
			r->bad = true;
			return;
		}
		counts[fineness[i]]++;
	}
	/* Finer times have their milliseconds, too. */
	counts[MILLISECONDS] += counts[MICROSECONDS] + counts[NANOSECONDS];
	for (int f = SECONDS; f < FINENESSES && !r->bad; f++)
		if (counts[f])
			decode(r, packed, parts[f], counts[f], depth + 1);
	for (size_t i = 0; i < n && !r->bad; i++) {
		if (fineness[i] == SECONDS) {
			v[i] = (int64_t)((uint64_t)parts[SECONDS][used[SECONDS]++] * 1000000000);
			continue;
		}
		uint64_t t = (uint64_t)parts[MILLISECONDS][used[MILLISECONDS]++] * 1000000;
		if (fineness[i] == MICROSECONDS)
			t += (uint64_t)parts[MICROSECONDS][used[MICROSECONDS]++] * 1000;
		else if (fineness[i] == NANOSECONDS)
			t += (uint64_t)parts[NANOSECONDS][used[NANOSECONDS]++];
		v[i] = (int64_t)t;
	}
}

static void take_listed(struct bytes *r, struct bytes *packed, int64_t *v, size_t n, unsigned depth)
{
	SCRATCH int64_t list[LIST_MAX];
	SCRATCH uint64_t u[PIECE];
	uint64_t count = take_varint(r);
	if (r->bad || count == 0 || count > LIST_MAX) {
		r->bad = true;
		return;
	}
	decode(r, packed, list, count, depth + 1);
	take_offsets(r, packed, u, n);
	for (size_t i = 0; i < n; i++) {
		r->bad |= u[i] >= count;
		v[i] = u[i] < count ? list[u[i]] : 0;
	}
}

static void take_plain(struct bytes *r, struct bytes *packed, int64_t *v, size_t n, bool steps, uint64_t unit)
{
	SCRATCH uint64_t u[PIECE];
	uint64_t first = (uint64_t)take_signed(r), least = steps ? (uint64_t)take_signed(r) : first;
	take_offsets(r, packed, u, n - steps);
	if (!steps) {
		for (size_t i = 0; i < n; i++)
			v[i] = (int64_t)(first + u[i] * unit);
		return;
	}
	v[0] = (int64_t)first;
	for (size_t i = 1; i < n; i++)
		v[i] = (int64_t)((uint64_t)v[i - 1] + least + u[i - 1] * unit);
}

static void decode(struct bytes *r, struct bytes *packed, int64_t *v, size_t n, unsigned depth)
{
	uint8_t head = take_u8(r);
	uint64_t unit = units[head >> 2 & 3];
	if (r->bad || depth > MAX_DEPTH || head >> 4) {
		r->bad = true;
		return;
	}
	switch ((enum mode)(head & 3)) {
	case SPLIT: take_split(r, packed, v, n, depth); break;
	case LISTED: take_listed(r, packed, v, n, depth); break;
	case FROM_BEFORE: take_plain(r, packed, v, n, true, unit); break;
	case FROM_SMALLEST: take_plain(r, packed, v, n, false, unit); break;
	}
}

/* --- skipping ------------------------------------------------------------------------------------------------------------------------------ */

static void skip_offsets(struct bytes *r, struct bytes *packed, size_t n)
{
	uint8_t width = take_u8(r);
	if (width & PLANES)
		take_bytes(r, (uint64_t)n * (width & ~PLANES));
	else
		take_bytes(packed, ((uint64_t)n * width + 7) / 8);
	r->bad |= packed->bad;
}

/* Rare: its parts are as long as their contents say. Apart from skip, which is called for each slot and can do without so large a frame. */
static __attribute__((noinline)) void skip_split(struct bytes *r, struct bytes *packed, size_t n, unsigned depth)
{
	SCRATCH int64_t some[PIECE];
	decode(r, packed, some, n, depth);
}

static void skip(struct bytes *r, struct bytes *packed, size_t n, unsigned depth)
{
	struct bytes start = *r;
	uint8_t head = take_u8(r);
	uint64_t count;
	switch ((enum mode)(head & 3)) {
	case SPLIT:
		*r = start;
		skip_split(r, packed, n, depth);
		break;
	case LISTED:
		count = take_varint(r);
		if (r->bad || count == 0 || count > LIST_MAX || depth > MAX_DEPTH) {
			r->bad = true;
			return;
		}
		skip(r, packed, count, depth + 1);
		skip_offsets(r, packed, n);
		break;
	case FROM_BEFORE:
		take_signed(r);
		take_signed(r);
		skip_offsets(r, packed, n - 1);
		break;
	case FROM_SMALLEST:
		take_signed(r);
		skip_offsets(r, packed, n);
		break;
	}
}

void ints_skip(struct bytes *r, struct bytes *packed, size_t n)
{
	for (size_t i = 0; i < n && !r->bad; i += PIECE)
		skip(r, packed, n - i < PIECE ? n - i : PIECE, 0);
}

void ints_decode(struct bytes *r, struct bytes *packed, int64_t *v, size_t n)
{
	for (size_t i = 0; i < n && !r->bad; i += PIECE)
		decode(r, packed, v + i, n - i < PIECE ? n - i : PIECE, 0);
	r->bad |= packed->bad;
	if (r->bad)
		memset(v, 0, n * sizeof(*v));
}

/* --- bounds ------------------------------------------------------------------------------------------------------------------------------- */

/* The most that an offset can be, and the head behind it. */
static uint64_t largest_offset(struct bytes *r)
{
	uint8_t width = take_u8(r);
	unsigned bits = width & PLANES ? 8u * (width & ~PLANES) : width;
	return bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
}

static bool bounds(struct bytes r, size_t n, int64_t *least, int64_t *most, unsigned depth)
{
	uint8_t head = take_u8(&r);
	int64_t unit = (int64_t)units[head >> 2 & 3], span, first, step = 0;
	uint64_t offset;
	if (n > PIECE || (head & 3) == SPLIT || head >> 4 || depth > MAX_DEPTH)
		return false;
	if ((head & 3) == LISTED) {
		uint64_t count = take_varint(&r);
		return !r.bad && count > 0 && count <= LIST_MAX && bounds(r, count, least, most, depth + 1);
	}
	first = take_signed(&r);
	if ((head & 3) == FROM_BEFORE)
		step = take_signed(&r);
	offset = largest_offset(&r);
	/* Of numbers one from the other, each step is at least `step`, at most that and the largest offset. */
	int64_t times = (head & 3) == FROM_BEFORE ? (int64_t)n - 1 : 1, down = step < 0 ? step : 0, up;
	if (r.bad || offset > INT64_MAX || __builtin_mul_overflow((int64_t)offset, unit, &span) || __builtin_add_overflow(step, span, &up))
		return false;
	up = up > 0 ? up : 0;
	if (__builtin_mul_overflow(down, times, &down) || __builtin_mul_overflow(up, times, &up))
		return false;
	return !__builtin_add_overflow(first, down, least) && !__builtin_add_overflow(first, up, most);
}

bool ints_bounds(struct bytes r, size_t n, int64_t *least, int64_t *most) { return bounds(r, n, least, most, 0); }
