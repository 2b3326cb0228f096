/* Sets of a block's rows, a bit each. */
#ifndef PLEACH_STORE_BITS_H
#define PLEACH_STORE_BITS_H
#include "store/column.h"

enum { BITS_WORDS = BLOCK_ROWS / 64 };
static inline uint32_t bits_words(uint32_t rows) { return (rows + 63) / 64; }
static inline bool bits_get(const uint64_t *b, uint32_t i) { return b[i / 64] >> (i % 64) & 1; }
static inline void bits_set(uint64_t *b, uint32_t i) { b[i / 64] |= UINT64_C(1) << (i % 64); }
static inline void bits_clear(uint64_t *b, uint32_t i) { b[i / 64] &= ~(UINT64_C(1) << (i % 64)); }
static inline void bits_none(uint64_t *b, uint32_t rows) { memset(b, 0, bits_words(rows) * sizeof(*b)); }
static inline void bits_fill(uint64_t *b, uint32_t rows)
{
	memset(b, 0xff, bits_words(rows) * sizeof(*b));
	if (rows % 64)
		b[rows / 64] = (UINT64_C(1) << (rows % 64)) - 1;
}
static inline uint32_t bits_count(const uint64_t *b, uint32_t rows)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < bits_words(rows); i++)
		n += (uint32_t)__builtin_popcountll(b[i]);
	return n;
}
static inline bool bits_any(const uint64_t *b, uint32_t rows)
{
	for (uint32_t i = 0; i < bits_words(rows); i++)
		if (b[i])
			return true;
	return false;
}
#endif
