/* The pool of dictionary texts (text_pool.h): a table by hash. A text goes with its last reference; its place is closed by moving up what follows. */
#include "store/text_pool.h"
#include "base/check.h"
#include "store/text_split.h"
#include <stdlib.h>
#include <xxhash.h>

enum { FIRST_TABLE = 256, FIRST_FREE = 64 };

void text_pool_release(struct text_pool *p)
{
	CHECK(p->count == 0);
	free(p->table);
	free(p->free_numbers);
	*p = (struct text_pool){ 0 };
}

static void put(struct pool_text **table, uint32_t size, struct pool_text *t)
{
	uint32_t at = (uint32_t)t->hash & (size - 1);
	while (table[at])
		at = (at + 1) & (size - 1);
	table[at] = t;
}

static bool room_for_one(struct text_pool *p)
{
	if (p->size && (p->count + 1) * 2 <= p->size)
		return true;
	uint32_t size = p->size ? p->size * 2 : FIRST_TABLE;
	struct pool_text **table = calloc(size, sizeof(struct pool_text *));
	if (!table)
		return false;
	for (uint32_t i = 0; i < p->size; i++)
		if (p->table[i])
			put(table, size, p->table[i]);
	free(p->table);
	p->table = table;
	p->bytes += (size - p->size) * sizeof(struct pool_text *);
	p->size = size;
	return true;
}

static uint32_t new_number(struct text_pool *p) { return p->free_count ? p->free_numbers[--p->free_count] : p->next_number++; }

static struct pool_text *find(const struct text_pool *p, struct str text, uint64_t hash)
{
	for (uint32_t at = (uint32_t)hash & (p->size - 1); p->size && p->table[at]; at = (at + 1) & (p->size - 1)) {
		struct pool_text *t = p->table[at];
		if (t->hash == hash && t->len == text.len && memcmp(t->p, text.p, text.len) == 0)
			return t;
	}
	return NULL;
}

static struct pool_text *take(struct text_pool *p, struct str text)
{
	uint64_t hash = XXH3_64bits(text.p, text.len);
	struct pool_text *t = find(p, text, hash);
	if (t) {
		t->refs++;
		return t;
	}
	if (!room_for_one(p) || !(t = malloc(sizeof(*t) + text.len)))
		return NULL;
	*t = (struct pool_text){ .hash = hash, .refs = 1, .number = new_number(p), .born = ++p->births, .len = (uint32_t)text.len };
	memcpy(t->p, text.p, text.len);
	put(p->table, p->size, t);
	p->count++;
	p->bytes += sizeof(*t) + text.len;
	return t;
}

/* A number that there is no room to remember is not given again: at most 2^32 are lost. */
static void free_number(struct text_pool *p, uint32_t number)
{
	if (p->free_count == p->free_capacity) {
		uint32_t capacity = p->free_capacity ? p->free_capacity * 2 : FIRST_FREE;
		uint32_t *list = realloc(p->free_numbers, capacity * sizeof(*list));
		if (!list)
			return;
		p->bytes += (capacity - p->free_capacity) * sizeof(*list);
		p->free_numbers = list;
		p->free_capacity = capacity;
	}
	p->free_numbers[p->free_count++] = number;
}

static void forget(struct text_pool *p, struct pool_text *t)
{
	uint32_t mask = p->size - 1, hole = (uint32_t)t->hash & mask;
	while (p->table[hole] != t)
		hole = (hole + 1) & mask;
	for (uint32_t at = (hole + 1) & mask; p->table[at]; at = (at + 1) & mask) {
		/* One whose own place lies between hole and here stays. */
		uint32_t own = (uint32_t)p->table[at]->hash & mask;
		if (((at - own) & mask) < ((at - hole) & mask))
			continue;
		p->table[hole] = p->table[at];
		hole = at;
	}
	p->table[hole] = NULL;
	p->count--;
	p->bytes -= sizeof(*t) + t->len;
	free_number(p, t->number);
	free(t);
}

static void unref(struct text_pool *p, struct str text)
{
	struct pool_text *t = (struct pool_text *)(uintptr_t)text_pool_of(text);
	CHECK(t->refs > 0);
	if (--t->refs == 0)
		forget(p, t);
}

void text_pool_unref(struct text_pool *p, const struct dictionary_view *v)
{
	for (uint32_t i = 0; i < v->count; i++)
		unref(p, v->texts[i]);
}

/* Puts the pool's texts in place of those of the section. */
static bool replace(struct text_pool *p, struct str *texts, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct pool_text *t = take(p, texts[i]);
		if (!t) {
			text_pool_unref(p, &(struct dictionary_view){ .count = i, .texts = texts });
			return false;
		}
		texts[i] = str_from(t->p, t->len);
	}
	return true;
}

bool text_pool_dictionary(struct text_pool *p, struct dictionary_view *v, struct arena *a, struct str section)
{
	struct arena scratch;
	struct dictionary_view of;
	arena_init(&scratch, DICTIONARY_MAX_BYTES + DICTIONARY_MAX_ENTRIES * (size_t)64);
	bool ok = dictionary_decode(&of, &scratch, section);
	a->full |= scratch.full;
	uint32_t n = ok ? of.count : 0, *records = ARENA_ARRAY(a, n + 1, uint32_t);
	struct str *texts = ARENA_ARRAY(a, n + 1, struct str);
	uint8_t *vars = arena_alloc(a, n + 1);
	ok = ok && records && texts && vars;
	if (ok) {
		memcpy(records, of.records, n * sizeof(*records));
		memcpy(texts, of.texts, n * sizeof(*texts));
		ok = replace(p, texts, n);
		a->full |= !ok;
	}
	if (ok)
		*v = (struct dictionary_view){ .count = n, .texts = texts, .records = records, .vars = vars, .pooled = true };
	arena_release(&scratch);
	return ok;
}
