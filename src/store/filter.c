/* Bloom filters in pages (filter.h). 6 bits an entry and 4 probes let about 5.6 % through, 10 bits and 7 probes about 0.8 %. */
#include "store/filter.h"
#include "store/bytes.h"
#include <stdlib.h>
#include <xxhash.h>

enum { FIRST_SET = 256 };
const struct filter_kind filter_tokens = { 6, 4 }, filter_ids = { 10, 7 };

bool filter_init(struct filter *f)
{
	*f = (struct filter){ .set_size = FIRST_SET, .set = calloc(FIRST_SET, sizeof(*f->set)) };
	return f->set != NULL;
}

void filter_release(struct filter *f)
{
	free(f->entries);
	free(f->set);
}

void filter_begin_block(struct filter *f)
{
	if (f->set_count)
		memset(f->set, 0, f->set_size * sizeof(*f->set));
	f->set_count = 0;
}

static bool grow_set(struct filter *f)
{
	size_t size = f->set_size * 2;
	uint64_t *set = calloc(size, sizeof(*set));
	if (!set)
		return false;
	for (size_t i = 0; i < f->set_size; i++) {
		if (!f->set[i])
			continue;
		size_t at = f->set[i] & (size - 1);
		while (set[at])
			at = (at + 1) & (size - 1);
		set[at] = f->set[i];
	}
	free(f->set);
	f->set = set;
	f->set_size = size;
	return true;
}

static bool grow_entries(struct filter *f)
{
	size_t capacity = f->capacity ? f->capacity + f->capacity / 2 : FIRST_SET;
	void *entries = realloc(f->entries, capacity * sizeof(*f->entries));
	if (!entries)
		return false;
	f->entries = entries;
	f->capacity = capacity;
	return true;
}

void filter_add(struct filter *f, uint64_t hash, uint32_t block)
{
	hash |= hash == 0;
	/* What was entered for this block is yet to be entered for any. */
	uint64_t key = block == FILTER_ANY ? ~hash | (~hash == 0) : hash;
	size_t at = key & (f->set_size - 1);
	for (; f->set[at]; at = (at + 1) & (f->set_size - 1))
		if (f->set[at] == key)
			return;
	f->set[at] = key;
	if (++f->set_count * 2 > f->set_size && !grow_set(f)) {
		f->failed = true;
		filter_begin_block(f); /* it must never be full: the loop above ends at an empty place */
	}
	if (f->count == f->capacity && !grow_entries(f))
		f->failed = true;
	else
		f->entries[f->count++] = (struct filter_entry){ hash, block };
}

struct probes { uint32_t at, step; };

/* Double hashing, the step odd. */
static struct probes probes_of(uint64_t hash, uint32_t block)
{
	uint64_t h = (hash ^ (uint64_t)(block + 1) * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xff51afd7ed558ccd);
	h ^= h >> 29;
	return (struct probes){ (uint32_t)h, (uint32_t)(h >> 32) | 1 };
}

void filter_encode(const struct filter *f, const struct filter_kind *kind, uint64_t seed, struct buf *out)
{
	uint32_t pages = (uint32_t)((f->count * kind->bits + FILTER_BITS - 1) / FILTER_BITS);
	uint8_t *to = (uint8_t *)buf_room(out, (size_t)pages * FILTER_PAGE);
	if (!pages || !to)
		return;
	memset(to, 0, (size_t)pages * FILTER_PAGE);
	for (size_t i = 0; i < f->count; i++) {
		uint8_t *page = to + (size_t)filter_page(f->entries[i].hash, pages) * FILTER_PAGE;
		struct probes p = probes_of(f->entries[i].hash, f->entries[i].block);
		for (unsigned k = 0; k < kind->probes; k++, p.at += p.step)
			page[p.at % FILTER_BITS / 8] |= (uint8_t)(1 << p.at % FILTER_BITS % 8);
	}
	for (uint32_t i = 0; i < pages; i++) {
		uint8_t *page = to + (size_t)i * FILTER_PAGE;
		store_le(page + FILTER_PAGE - 8, XXH64(page, FILTER_PAGE - 8, seed), 8);
	}
	buf_added(out, (size_t)pages * FILTER_PAGE);
}

bool filter_test(const uint8_t *page, const struct filter_kind *kind, uint64_t hash, uint32_t block)
{
	hash |= hash == 0;
	struct probes p = probes_of(hash, block);
	for (unsigned k = 0; k < kind->probes; k++, p.at += p.step)
		if (!(page[p.at % FILTER_BITS / 8] >> p.at % FILTER_BITS % 8 & 1))
			return false;
	return true;
}
