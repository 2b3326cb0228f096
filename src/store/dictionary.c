/* Templates and repeated values of a segment (dictionary.h). */
#include "store/dictionary.h"
#include "store/ints.h"
#include "store/text_split.h"
#include <stdlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum { FIRST_TABLE = 256 };

bool dictionary_init(struct dictionary *d)
{
	bool is_new;
	static const char var[] = { TEMPLATE_VAR };
	*d = (struct dictionary){ .table_size = FIRST_TABLE, .table = calloc(FIRST_TABLE, sizeof(*d->table)) };
	buf_init(&d->bytes, DICTIONARY_MAX_BYTES);
	return d->table && dictionary_add(d, str_from(var, 1), &is_new) == 0;
}

void dictionary_release(struct dictionary *d)
{
	buf_release(&d->bytes);
	free(d->entries);
	free(d->table);
}

static bool grow(struct dictionary *d)
{
	if (d->count == d->capacity) {
		uint32_t capacity = d->capacity ? d->capacity * 2 : FIRST_TABLE / 2;
		void *entries = realloc(d->entries, capacity * sizeof(*d->entries));
		if (!entries)
			return false;
		d->entries = entries;
		d->capacity = capacity;
	}
	if (d->count * 2 < d->table_size)
		return true;
	uint32_t size = d->table_size * 2, *table = calloc(size, sizeof(*table));
	if (!table)
		return false;
	for (uint32_t i = 0; i < d->count; i++) {
		uint32_t at = (uint32_t)d->entries[i].hash & (size - 1);
		while (table[at])
			at = (at + 1) & (size - 1);
		table[at] = i + 1;
	}
	free(d->table);
	d->table = table;
	d->table_size = size;
	return true;
}

int32_t dictionary_add(struct dictionary *d, struct str text, bool *is_new)
{
	uint64_t hash = XXH3_64bits(text.p, text.len);
	uint32_t at = (uint32_t)hash & (d->table_size - 1);
	*is_new = false;
	for (; d->table[at]; at = (at + 1) & (d->table_size - 1)) {
		const struct dictionary_entry *e = &d->entries[d->table[at] - 1];
		if (e->hash == hash && e->len == text.len && memcmp(d->bytes.data + e->offset, text.p, text.len) == 0)
			return (int32_t)(d->table[at] - 1);
	}
	if (d->count == DICTIONARY_MAX_ENTRIES || d->bytes.len + text.len > DICTIONARY_MAX_BYTES || !grow(d))
		return DICTIONARY_FULL;
	uint32_t offset = (uint32_t)d->bytes.len;
	buf_add(&d->bytes, text);
	if (!buf_ok(&d->bytes))
		return DICTIONARY_FULL;
	for (at = (uint32_t)hash & (d->table_size - 1); d->table[at];)
		at = (at + 1) & (d->table_size - 1);
	d->entries[d->count] = (struct dictionary_entry){ hash, offset, (uint32_t)text.len, 0 };
	d->table[at] = ++d->count;
	*is_new = true;
	return (int32_t)(d->count - 1);
}

/* varint count; numbers: lengths; numbers: records; the texts without gaps. */
void dictionary_encode(const struct dictionary *d, struct buf *out)
{
	int64_t *v = malloc(d->count * sizeof(*v));
	put_varint(out, d->count);
	if (!v) {
		out->failed = true;
		return;
	}
	for (uint32_t i = 0; i < d->count; i++)
		v[i] = d->entries[i].len;
	ints_encode(out, out, v, d->count);
	for (uint32_t i = 0; i < d->count; i++)
		v[i] = d->entries[i].records;
	ints_encode(out, out, v, d->count);
	buf_add(out, buf_str(&d->bytes));
	free(v);
}

bool dictionary_decode(struct dictionary_view *v, struct arena *a, struct str section)
{
	struct bytes r = bytes_of(section);
	uint64_t n = take_varint(&r);
	if (r.bad || n == 0 || n > DICTIONARY_MAX_ENTRIES)
		return false;
	struct str *texts = ARENA_ARRAY(a, n, struct str);
	uint32_t *records = ARENA_ARRAY(a, n, uint32_t);
	int64_t *numbers = ARENA_ARRAY(a, n, int64_t);
	if (!texts || !records || !numbers)
		return false;
	ints_decode(&r, &r, numbers, n);
	for (uint64_t i = 0; i < n; i++)
		texts[i].len = numbers[i] >= 0 && numbers[i] <= DICTIONARY_MAX_BYTES ? (size_t)numbers[i] : SIZE_MAX;
	ints_decode(&r, &r, numbers, n);
	for (uint64_t i = 0; i < n; i++)
		records[i] = (uint32_t)numbers[i];
	for (uint64_t i = 0; i < n; i++)
		texts[i] = take_bytes(&r, texts[i].len);
	if (r.bad || bytes_left(&r) || texts[0].len != 1 || texts[0].p[0] != TEMPLATE_VAR)
		return false;
	uint8_t *vars = arena_alloc(a, n);
	*v = (struct dictionary_view){ (uint32_t)n, texts, records, vars, false };
	return vars != NULL;
}

uint32_t dictionary_vars(const struct dictionary_view *v, uint32_t entry)
{
	uint32_t n = 0;
	if (v->vars[entry])
		return v->vars[entry] - 1u;
	struct str text = v->texts[entry];
	for (const char *p = text.p, *end = p + text.len; (p = memchr(p, TEMPLATE_VAR, (size_t)(end - p))) && n < TEMPLATE_MAX_VARS; p++)
		n++;
	v->vars[entry] = (uint8_t)(n + 1);
	return n;
}
