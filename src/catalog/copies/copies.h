/* Copied code: runs of tokens that occur twice, in any language. By winnowing (Schleimer, Wilkerson, Aiken, SIGMOD 2003): of each COPIES_WINDOW consecutive runs of COPIES_RUN tokens the one
 * with the smallest hash is a fingerprint, so that two copies of COPIES_RUN + COPIES_WINDOW - 1 tokens or more have one in common; from there a match is grown both ways until tokens differ.
 *
 * Files are looked through in their order, and each copied stretch of the later file is told once, against the earlier place with which it has most in common among the first
 * COPIES_PLACES of each fingerprint. So each run of COPIES_TOKENS tokens that stood somewhere before is told, in whole or but for the part (shorter than that) which lies beside another one that is
 * told. Time grows with the tokens: a stretch that is covered is not grown again, and a run that occurs everywhere has a bounded number of places. */
#ifndef PLEACH_CATALOG_COPIES_COPIES_H
#define PLEACH_CATALOG_COPIES_COPIES_H
#include "base/arena.h"
#include "base/err.h"

enum { COPIES_TOKENS = 50, COPIES_LINES = 5 /* fewest, as jscpd's */, COPIES_RUN = 25, COPIES_WINDOW = COPIES_TOKENS - COPIES_RUN + 1, COPIES_PLACES = 8,
       COPIES_MAX = 200000 /* that are told */, COPIES_TOKENS_MAX = 1 << 28 };
struct copies_file { struct str path, text; };
struct copy { uint32_t a, b /* files, a before b or the same */; uint32_t a_from, a_to, b_from, b_to /* lines, from 1, inclusive */, tokens; };
struct copies { struct copy *items; size_t count, capacity; size_t files /* that are code */, tokens; bool cut; };
/* False with e where memory ends. Texts must live as long as the call alone; paths are not kept. blind: as tokens_read. */
bool copies_find(struct copies *c, struct arena *a, const struct copies_file *files, size_t count, bool blind, struct err *e);
#endif
