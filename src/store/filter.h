/* Filters: whether a block can hold a token or an id, "no" being certain (Bloom). All bits of one token, for all blocks of its segment, lie
 * in one page that the token alone chooses: so a lookup reads one page of a segment and answers for each of its blocks.
 *
 * A text's static tokens (those of the dictionary) are entered once for the segment, as of FILTER_ANY. */
#ifndef PLEACH_STORE_FILTER_H
#define PLEACH_STORE_FILTER_H
#include "base/buf.h"

enum { FILTER_PAGE = 4096, FILTER_BITS = (FILTER_PAGE - 8) * 8 };
#define FILTER_ANY UINT32_MAX
struct filter_kind { unsigned bits, probes; }; /* bits an entry */
extern const struct filter_kind filter_tokens, filter_ids;

struct filter_entry { uint64_t hash; uint32_t block; };
struct filter {
	struct filter_entry *entries;
	size_t count, capacity;
	uint64_t *set;                /* hashes of the current block, so that each is entered once; 0: empty */
	size_t set_size, set_count;
	bool failed;                  /* no memory */
};
bool filter_init(struct filter *f);
void filter_release(struct filter *f);
void filter_begin_block(struct filter *f);
/* Enters the hash for a block, once between two calls of filter_begin_block. */
void filter_add(struct filter *f, uint64_t hash, uint32_t block);
/* Pages, each ending with a checksum (XXH64, seed) of the rest. */
void filter_encode(const struct filter *f, const struct filter_kind *kind, uint64_t seed, struct buf *out);

static inline uint32_t filter_page(uint64_t hash, uint32_t pages) { return (uint32_t)((hash >> 32) * pages >> 32); }
bool filter_test(const uint8_t *page, const struct filter_kind *kind, uint64_t hash, uint32_t block);
#endif
