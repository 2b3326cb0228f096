/* Filters of segments (filter.h): what is entered is joined by hash, then cut into pages. Of b blocks, (b + 1) of 2^bits codes stand for some: of the hashes
 * that were not entered, so many are let through, mostly for one block. */
#include "store/filter.h"
#include "store/bytes.h"
#include "store/filter_page.h"
#include <stdlib.h>
#include <xxhash.h>

enum {
	FIRST_ENTRIES = 256,
	CODES_MOST = 1024,            /* of more blocks, neighbours share a code */
	SPARE_BITS = 4,               /* a filter of many blocks has codes of more bits */
	FULL_PERCENT = 96,            /* of a page's rows, on average: some pages get more */
	BUCKETS = 256, BUCKET_TABLE = 2048,
	OLD_BITS = (FILTER_PAGE - 8) * 8
};
const struct filter_kind filter_tokens = { 10, 4 }, filter_ids = { 10, 7 };

bool filter_init(struct filter *f)
{
	*f = (struct filter){ .recent = calloc(FILTER_RECENT, sizeof(*f->recent)) };
	return f->recent != NULL;
}

void filter_release(struct filter *f)
{
	free(f->entries);
	free(f->recent);
}

void filter_begin_block(struct filter *f) { memset(f->recent, 0, FILTER_RECENT * sizeof(*f->recent)); }

static bool grow_entries(struct filter *f)
{
	size_t capacity = f->capacity ? f->capacity + f->capacity / 2 : FIRST_ENTRIES;
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
	if (f->recent[key % FILTER_RECENT] == key)
		return;
	f->recent[key % FILTER_RECENT] = key;
	if (f->count == f->capacity && !grow_entries(f))
		f->failed = true;
	else
		f->entries[f->count++] = (struct filter_entry){ hash, block };
}

/* --- joining ------------------------------------------------------------------------------------------------------------------------------- */

/* By the upper bits of their hashes, into `to`. begins: BUCKETS + 1. */
static void by_bucket(const struct filter *f, struct filter_entry *to, size_t *begins)
{
	size_t next[BUCKETS] = { 0 };
	for (size_t i = 0; i < f->count; i++)
		next[f->entries[i].hash >> 56]++;
	begins[0] = 0;
	for (int i = 0; i < BUCKETS; i++) {
		begins[i + 1] = begins[i] + next[i];
		next[i] = begins[i];
	}
	for (size_t i = 0; i < f->count; i++)
		to[next[f->entries[i].hash >> 56]++] = f->entries[i];
}

/* Joins those of one hash among n; the joined ones go to `to`. table: of n * 2 or more places, a power of two, zeroed; left so. */
static size_t join(const struct filter_entry *from, size_t n, struct filter_entry *to, uint32_t *table, size_t size)
{
	size_t count = 0;
	for (size_t i = 0; i < n; i++) {
		size_t at = from[i].hash >> 8 & (size - 1);
		while (table[at] && to[table[at] - 1].hash != from[i].hash)
			at = (at + 1) & (size - 1);
		if (!table[at]) {
			to[count++] = from[i];
			table[at] = (uint32_t)count;
		} else if (to[table[at] - 1].block != from[i].block) {
			to[table[at] - 1].block = FILTER_ANY;
		}
	}
	memset(table, 0, size * sizeof(*table));
	return count;
}

/* Afterwards each hash is there once. */
static bool join_all(struct filter *f)
{
	size_t begins[BUCKETS + 1], size = BUCKET_TABLE, count = 0;
	struct filter_entry *sorted = malloc((f->count + 1) * sizeof(*sorted));
	if (!sorted)
		return false;
	by_bucket(f, sorted, begins);
	for (int i = 0; i < BUCKETS; i++)
		while (size < 2 * (begins[i + 1] - begins[i]))
			size *= 2;
	uint32_t *table = calloc(size, sizeof(*table));
	for (int i = 0; i < BUCKETS && table; i++)
		count += join(sorted + begins[i], begins[i + 1] - begins[i], f->entries + count, table, size);
	f->count = table ? count : f->count;
	free(sorted);
	free(table);
	return table != NULL;
}

/* --- codes ---------------------------------------------------------------------------------------------------------------------------------- */

/* Blocks of one code: 2^shift neighbours. */
static unsigned code_shift(uint32_t blocks)
{
	unsigned shift = 0;
	while (blocks && (blocks - 1) >> shift >= CODES_MOST)
		shift++;
	return shift;
}

/* Codes that stand for blocks; the next one stands for all of them. */
static uint32_t code_count(uint32_t blocks) { return blocks ? ((blocks - 1) >> code_shift(blocks)) + 1 : 0; }

static uint32_t code_of(uint32_t block, uint32_t blocks)
{
	return block == FILTER_ANY || blocks == 0 ? code_count(blocks) : block >> code_shift(blocks);
}

static uint32_t pages_of(size_t n, unsigned bits)
{
	size_t full = (size_t)page_rows(bits) * FULL_PERCENT / 100;
	return (uint32_t)((n + full - 1) / full);
}

/* As many as are wanted, and more where they cost no page. */
static unsigned bits_of(const struct filter_kind *kind, uint32_t blocks, size_t n)
{
	unsigned bits = kind->bits;
	while (bits < FILTER_MAX_BITS && code_count(blocks) >> (bits - SPARE_BITS))
		bits++;
	while (bits < FILTER_MAX_BITS && pages_of(n, bits + 1) == pages_of(n, kind->bits))
		bits++;
	return bits;
}

/* --- pages ---------------------------------------------------------------------------------------------------------------------------------- */

struct encoding { struct page_key *keys; uint32_t *begins; struct page_scratch scratch; };

static void by_page(const struct filter *f, struct encoding *c, uint32_t pages, uint32_t blocks)
{
	memset(c->begins, 0, ((size_t)pages + 2) * sizeof(*c->begins));
	for (size_t i = 0; i < f->count; i++)
		c->begins[filter_page(f->entries[i].hash, pages) + 2]++;
	for (uint32_t i = 0; i < pages; i++)
		c->begins[i + 2] += c->begins[i + 1];
	for (size_t i = 0; i < f->count; i++) {
		const struct filter_entry *e = &f->entries[i];
		c->keys[c->begins[filter_page(e->hash, pages) + 1]++] = (struct page_key){ e->hash, code_of(e->block, blocks) };
	}
}

static bool solve_all(struct encoding *c, uint8_t *to, uint32_t pages, unsigned bits)
{
	for (uint32_t i = 0; i < pages; i++)
		if (!page_solve(to + (size_t)i * FILTER_PAGE, bits, c->keys + c->begins[i], c->begins[i + 1] - c->begins[i], &c->scratch))
			return false;
	return true;
}

/* A few pages more where one is too full. NULL: no memory. */
static uint8_t *encode(const struct filter *f, struct encoding *c, unsigned bits, uint32_t blocks, uint32_t *pages, struct buf *out)
{
	for (;; *pages += 1 + *pages / 32) {
		uint32_t *begins = realloc(c->begins, ((size_t)*pages + 2) * sizeof(*begins));
		uint8_t *to = (uint8_t *)buf_room(out, (size_t)*pages * FILTER_PAGE);
		c->begins = begins ? begins : c->begins;
		if (!begins || !to)
			return NULL;
		by_page(f, c, *pages, blocks);
		if (solve_all(c, to, *pages, bits))
			return to;
	}
}

void filter_encode(struct filter *f, const struct filter_kind *kind, uint32_t blocks, uint64_t seed, struct buf *out)
{
	struct encoding *c = malloc(sizeof(*c));
	if (f->count == 0 || !c || !join_all(f)) {
		out->failed |= f->count != 0;
		free(c);
		return;
	}
	unsigned bits = bits_of(kind, blocks, f->count);
	uint32_t pages = pages_of(f->count, bits);
	c->begins = NULL;
	c->keys = malloc(f->count * sizeof(*c->keys));
	uint8_t *to = c->keys ? encode(f, c, bits, blocks, &pages, out) : NULL;
	out->failed |= !to;
	for (uint32_t i = 0; i < pages && to; i++) {
		uint8_t *page = to + (size_t)i * FILTER_PAGE;
		page[PAGE_APART] = 1;
		store_le(page + FILTER_PAGE - 8, XXH64(page, FILTER_PAGE - 8, seed), 8);
	}
	if (to)
		buf_added(out, (size_t)pages * FILTER_PAGE);
	free(c->keys);
	free(c->begins);
	free(c);
}

bool filter_ask(const uint8_t *page, uint64_t hash, uint32_t blocks, struct filter_answer *out)
{
	uint32_t code, most = code_count(blocks);
	unsigned bits, shift = code_shift(blocks);
	if (!page_code(page, hash | (hash == 0), &code, &bits))
		return false;
	*out = (struct filter_answer){ .verdict = code < most ? FILTER_SOME : code == most ? FILTER_ALL : FILTER_NONE };
	out->apart = page[PAGE_APART] & 1;
	out->first = code << shift;
	out->last = out->first + (1u << shift) - 1;
	return true;
}

/* --- version 2 ------------------------------------------------------------------------------------------------------------------------------ */

struct probes { uint32_t at, step; };

/* Double hashing, the step odd. */
static struct probes probes_of(uint64_t hash, uint32_t block)
{
	uint64_t h = (hash ^ (uint64_t)(block + 1) * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xff51afd7ed558ccd);
	h ^= h >> 29;
	return (struct probes){ (uint32_t)h, (uint32_t)(h >> 32) | 1 };
}

bool filter_old_test(const uint8_t *page, const struct filter_kind *kind, uint64_t hash, uint32_t block)
{
	hash |= hash == 0;
	struct probes p = probes_of(hash, block);
	for (unsigned k = 0; k < kind->old_probes; k++, p.at += p.step)
		if (!(page[p.at % OLD_BITS / 8] >> p.at % OLD_BITS % 8 & 1))
			return false;
	return true;
}
