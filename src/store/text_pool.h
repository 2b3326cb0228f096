/* Texts that the dictionaries of many segments have in common, each kept once: services log the same templates all day long. What is found out
 * about a text for one segment (scan_match.h) holds for all.
 *
 * A text's number is given again when nobody needs the text any more; `born` tells two texts of one number apart. On one thread at a time. */
#ifndef PLEACH_STORE_TEXT_POOL_H
#define PLEACH_STORE_TEXT_POOL_H
#include "store/dictionary.h"
#include <stddef.h>

struct pool_text { uint64_t hash; uint32_t refs, number, born, len; char p[]; };
struct text_pool {
	struct pool_text **table;     /* by hash, open addressing */
	uint32_t size, count;
	uint32_t *free_numbers;       /* those below next_number that no text has */
	uint32_t free_count, free_capacity, next_number, births;
	size_t bytes;                 /* of everything here */
};
void text_pool_release(struct text_pool *p);
/* As dictionary_decode, but the view's texts are the pool's, and the section need not outlive the view. */
bool text_pool_dictionary(struct text_pool *p, struct dictionary_view *v, struct arena *a, struct str section);
/* Lets go of the texts of such a view. */
void text_pool_unref(struct text_pool *p, const struct dictionary_view *v);
/* Of a text in such a view. */
static inline const struct pool_text *text_pool_of(struct str text)
{
	return (const struct pool_text *)(const void *)(text.p - offsetof(struct pool_text, p));
}
#endif
