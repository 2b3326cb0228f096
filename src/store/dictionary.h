/* The dictionary of a segment: templates of texts (text_split.h) and whole values that repeat, each once, by number. Entry 0 is always the
 * template that is nothing but a variable. Searches look here first: what no entry can hold, no row of the segment holds.
 * Written by one thread; limits keep a segment full of unlike texts from growing it: beyond them texts are entry 0's variable. */
#ifndef PLEACH_STORE_DICTIONARY_H
#define PLEACH_STORE_DICTIONARY_H
#include "base/arena.h"
#include "store/bytes.h"

enum { DICTIONARY_MAX_ENTRIES = 1 << 16, DICTIONARY_MAX_BYTES = 8 << 20, DICTIONARY_FULL = -1 };
struct dictionary_entry { uint64_t hash; uint32_t offset, len, records; };
struct dictionary {
	struct buf bytes;
	struct dictionary_entry *entries;
	uint32_t count, capacity;
	uint32_t *table;              /* entry + 1 */
	uint32_t table_size;
};
bool dictionary_init(struct dictionary *d);
void dictionary_release(struct dictionary *d);
/* The entry's number; *is_new tells whether it was made by this call. DICTIONARY_FULL: a limit or no memory. */
int32_t dictionary_add(struct dictionary *d, struct str text, bool *is_new);
static inline struct str dictionary_text(const struct dictionary *d, uint32_t id)
{
	return str_sub(buf_str(&d->bytes), d->entries[id].offset, d->entries[id].offset + d->entries[id].len);
}
void dictionary_encode(const struct dictionary *d, struct buf *out);

/* Read: texts as they were written, and how many log records have each as their body's. */
struct dictionary_view {
	uint32_t count;
	const struct str *texts;
	const uint32_t *records;
	uint8_t *vars;                /* + 1; 0: not yet counted */
	bool pooled;                  /* the texts are a pool's (text_pool.h) */
};
/* False: malformed, or the arena is full. The section's bytes must outlive the view. */
bool dictionary_decode(struct dictionary_view *v, struct arena *a, struct str section);
/* Variables of an entry's template: at most TEMPLATE_MAX_VARS. */
uint32_t dictionary_vars(const struct dictionary_view *v, uint32_t entry);
#endif
