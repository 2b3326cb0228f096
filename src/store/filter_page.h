/* One page of a filter: a system of linear equations over GF(2), solved (filter.h). Shared by filter.c and filter_page.c. */
#ifndef PLEACH_STORE_FILTER_PAGE_H
#define PLEACH_STORE_FILTER_PAGE_H
#include "store/filter.h"

enum {
	PAGE_BITS = (FILTER_PAGE - 16) * 8, /* behind them: bits of a code, seed, zeros, checksum */
	PAGE_LEAST_BITS = 8, PAGE_MOST_ROWS = PAGE_BITS / PAGE_LEAST_BITS,
	PAGE_APART = FILTER_PAGE - 14,      /* u8: 1 where what is not for all blocks is in no entry of the dictionary (filter.c) */
	PAGE_WIDTH = 64,                    /* coefficients of an equation */
	PAGE_SEEDS = 32                     /* are tried before a page counts as too full */
};
struct page_key { uint64_t hash; uint32_t code; };
struct page_scratch { uint64_t coefficients[PAGE_MOST_ROWS]; uint16_t codes[PAGE_MOST_ROWS + PAGE_WIDTH]; }; /* by row */
/* Codes that one page has room for, about. */
static inline uint32_t page_rows(unsigned bits) { return (uint32_t)PAGE_BITS / bits; }
/* Writes all of the page but the checksum. False: with no seed is there a solution. The hashes differ. */
bool page_solve(uint8_t *page, unsigned bits, const struct page_key *keys, size_t n, struct page_scratch *s);
/* The code of a hash. False: the page is malformed. */
bool page_code(const uint8_t *page, uint64_t hash, uint32_t *code, unsigned *bits);
#endif
