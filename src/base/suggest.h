/* "Did you mean": the nearest of some words by edit distance (optimal string alignment), for errors about names that people type. */
#ifndef PLEACH_BASE_SUGGEST_H
#define PLEACH_BASE_SUGGEST_H
#include "base/str.h"
/* The nearest candidate within a distance of max(1, len/3), or {NULL,0}. */
struct str suggest(struct str typed, const struct str *candidates, size_t n);
#endif
