/* Filters: which blocks of a segment can hold a token or an id, "no" being certain. A filter maps each hash that was entered to a code of the blocks it
 * is in: one of them, or any. To a hash that was not entered it gives a code at random, most of which stand for no block. All of one hash lies in one
 * page that the hash alone chooses, so a lookup reads one page of a segment and answers for each of its blocks.
 *
 * A page is a ribbon filter: Dillinger, Walzer, "Ribbon filter: practically smaller than Bloom and Xor" (2021), with 64 coefficients. A text's static
 * tokens and those of whole values (all of the dictionary's entries) are entered once for the segment, as of FILTER_ANY. docs/store-format.md, "Filters". */
#ifndef PLEACH_STORE_FILTER_H
#define PLEACH_STORE_FILTER_H
#include "base/buf.h"

enum { FILTER_PAGE = 4096, FILTER_MAX_BITS = 16, FILTER_RECENT = 4096 };
#define FILTER_ANY UINT32_MAX
struct filter_kind { uint8_t bits; /* of a code, at least */ uint8_t old_probes; };
extern const struct filter_kind filter_tokens, filter_ids;

struct filter_entry { uint64_t hash; uint32_t block; };
struct filter {
	struct filter_entry *entries;
	size_t count, capacity;
	uint64_t *recent;             /* hashes of the current block, each at its place, so that what comes again and again is entered once */
	bool failed;                  /* no memory */
};
bool filter_init(struct filter *f);
void filter_release(struct filter *f);
void filter_begin_block(struct filter *f);
/* Enters the hash for a block; filter_begin_block was called since those of another. */
void filter_add(struct filter *f, uint64_t hash, uint32_t block);
/* Pages, each ending with a checksum (XXH64, seed) of the rest, for a segment of so many blocks. The entries are joined: those of one hash become one.
 * Without memory out fails. */
void filter_encode(struct filter *f, const struct filter_kind *kind, uint32_t blocks, uint64_t seed, struct buf *out);

static inline uint32_t filter_page(uint64_t hash, uint32_t pages) { return (uint32_t)((hash >> 32) * pages >> 32); }

/* What a page says of a hash. */
enum filter_verdict { FILTER_NONE, FILTER_SOME /* blocks from first to last */, FILTER_ALL };
struct filter_answer { enum filter_verdict verdict; uint32_t first, last; bool apart; /* what is not in all blocks is in no entry of the dictionary */ };
/* False: the page is malformed. */
bool filter_ask(const uint8_t *page, uint64_t hash, uint32_t blocks, struct filter_answer *out);
/* Pages of segments of version 2: Bloom filters of hash and block, each block to be asked for. */
bool filter_old_test(const uint8_t *page, const struct filter_kind *kind, uint64_t hash, uint32_t block);
#endif
