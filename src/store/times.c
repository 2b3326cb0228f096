/* Times by how fine they are (times.h). */
#include "store/times.h"
#include "store/ints.h"
#include <stdlib.h>

enum fineness { SECONDS, MILLISECONDS, MICROSECONDS, NANOSECONDS, FINENESSES };
enum { FEW = 64 /* rows that are not worth it */, SHARE = 16 /* of which one part may be exceptions */, UNKNOWN = 255 };

static enum fineness fineness_of(int64_t v)
{
	return v % 1000 ? NANOSECONDS : v % 1000000 ? MICROSECONDS : v % 1000000000 ? MILLISECONDS : SECONDS;
}

/* What a fineness has for itself of a time. Milliseconds hold also those of finer times, so that they run on without gaps. */
static int64_t part_of(int64_t v, enum fineness part)
{
	switch (part) {
	case SECONDS: return v / 1000000000;
	case MILLISECONDS: return v / 1000000;
	case MICROSECONDS: return v % 1000000 / 1000;
	default: return v % 1000000;
	}
}

static bool has_part(uint8_t fineness, enum fineness part) { return part == MILLISECONDS ? fineness >= MILLISECONDS : fineness == part; }

struct work {
	uint8_t *fine;               /* by row */
	uint8_t *usual;              /* by entry */
	int64_t *numbers, *rows;     /* of n or, if there are more, entries; exceptions */
	uint32_t exceptions;
};

static bool work_init(struct work *w, uint32_t n, uint32_t entries)
{
	size_t numbers = n > entries ? n : entries;
	*w = (struct work){ .fine = malloc((size_t)n + entries + 1), .numbers = malloc((numbers + n + 1) * sizeof(*w->numbers)) };
	if (!w->fine || !w->numbers)
		return false;
	w->usual = w->fine + n;
	w->rows = w->numbers + numbers;
	memset(w->usual, UNKNOWN, entries);
	return true;
}

static void work_release(struct work *w)
{
	free(w->fine);
	free(w->numbers);
}

/* --- writing ------------------------------------------------------------------------------------------------------------------------------ */

/* False: nearly all are equally fine, or templates say too little of it. */
static bool look(struct work *w, const int64_t *v, uint32_t n, const uint16_t *codes)
{
	uint32_t counts[FINENESSES] = { 0 };
	for (uint32_t i = 0; i < n; i++) {
		if (v[i] < 0)
			return false;
		w->fine[i] = (uint8_t)fineness_of(v[i]);
		counts[w->fine[i]]++;
		uint8_t *usual = &w->usual[codes[i]];
		if (*usual == UNKNOWN)
			*usual = w->fine[i];
		else if (*usual != w->fine[i])
			w->rows[w->exceptions++] = i;
		if (w->exceptions > n / SHARE)
			return false;
	}
	for (int f = 0; f < FINENESSES; f++)
		if (counts[f] > n - n / SHARE)
			return false;
	return true;
}

static void put(struct work *w, struct buf *out, struct buf *packed, const int64_t *v, uint32_t n, uint32_t entries)
{
	put_u8(out, TIMES_BY_ENTRY);
	for (uint32_t i = 0; i < entries; i++)
		w->numbers[i] = w->usual[i] == UNKNOWN ? SECONDS : w->usual[i];
	ints_encode(out, packed, w->numbers, entries);
	put_varint(out, w->exceptions);
	ints_encode(out, packed, w->rows, w->exceptions);
	for (uint32_t i = 0; i < w->exceptions; i++)
		w->rows[i] = w->fine[w->rows[i]];
	ints_encode(out, packed, w->rows, w->exceptions);
	for (enum fineness part = SECONDS; part < FINENESSES; part++) {
		uint32_t count = 0;
		for (uint32_t i = 0; i < n; i++)
			if (has_part(w->fine[i], part))
				w->numbers[count++] = part_of(v[i], part);
		ints_encode(out, packed, w->numbers, count);
	}
}

bool times_encode(struct buf *out, struct buf *packed, const int64_t *v, uint32_t n, const uint16_t *codes, uint32_t entries)
{
	struct work w = { 0 };
	bool pays = n >= FEW && entries && work_init(&w, n, entries) && look(&w, v, n, codes);
	if (pays)
		put(&w, out, packed, v, n, entries);
	work_release(&w);
	return pays;
}

/* --- reading ------------------------------------------------------------------------------------------------------------------------------ */

static uint32_t code(struct times_codes c, uint32_t i) { return c.width == 1 ? ((const uint8_t *)c.p)[i] : c.width ? ((const uint16_t *)c.p)[i] : 0; }

static bool take_fineness(struct work *w, struct bytes *r, struct bytes *packed, uint32_t n, struct times_codes codes, uint32_t entries)
{
	ints_decode(r, packed, w->numbers, entries);
	for (uint32_t i = 0; i < entries; i++) {
		if (w->numbers[i] < 0 || w->numbers[i] >= FINENESSES)
			return false;
		w->usual[i] = (uint8_t)w->numbers[i];
	}
	for (uint32_t i = 0; i < n; i++)
		w->fine[i] = w->usual[code(codes, i)];
	uint64_t exceptions = take_varint(r);
	if (r->bad || exceptions > n)
		return false;
	ints_decode(r, packed, w->rows, exceptions);
	ints_decode(r, packed, w->numbers, exceptions);
	for (uint64_t i = 0; i < exceptions; i++) {
		if (w->rows[i] < 0 || w->rows[i] >= n || w->numbers[i] < 0 || w->numbers[i] >= FINENESSES)
			return false;
		w->fine[w->rows[i]] = (uint8_t)w->numbers[i];
	}
	return true;
}

/* Adds a part to the rows that have it, in `scale` of a ns each. */
static void add_part(struct work *w, struct bytes *r, struct bytes *packed, int64_t *v, uint32_t n, enum fineness part)
{
	static const uint64_t scales[FINENESSES] = { 1000000000, 1000000, 1000, 1 };
	uint32_t count = 0, at = 0;
	for (uint32_t i = 0; i < n; i++)
		count += has_part(w->fine[i], part);
	ints_decode(r, packed, w->numbers, count);
	for (uint32_t i = 0; i < n; i++)
		if (has_part(w->fine[i], part))
			v[i] = (int64_t)((uint64_t)v[i] + (uint64_t)w->numbers[at++] * scales[part]);
}

bool times_decode(struct bytes *r, struct bytes *packed, int64_t *v, uint32_t n, struct times_codes codes, uint32_t entries)
{
	struct work w;
	if (!work_init(&w, n, entries)) {
		work_release(&w);
		return false;
	}
	bool ok = take_fineness(&w, r, packed, n, codes, entries);
	memset(v, 0, n * sizeof(*v));
	for (enum fineness part = SECONDS; part < FINENESSES && ok; part++)
		add_part(&w, r, packed, v, n, part);
	work_release(&w);
	return ok && !r->bad && !packed->bad;
}
