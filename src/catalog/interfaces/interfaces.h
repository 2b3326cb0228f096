/* The same interface in different services: which of a fleet's interfaces are alike, how much, and why.
 *
 * Nothing is learnt and nothing labelled. Interfaces are sets of features (features.h: calls, path segments, types, fields, words, trigrams of names, forms
 * without names). A feature weighs by its kind (tbl/interface_features.h) and its rarity, ln((N + 3/2) / (df + 1/2)): what every service has tells next to
 * nothing. What only one of all has (the query counted) keeps three tenths of that, since it tells nothing of the others. The score is half the share of the
 * query that the other has, half the weighted Jaccard index of both: 1 for the same, near 0 for strangers. It is after what API-Miner asks (arXiv 2212.07253:
 * trees, texts and fuzzy names of OpenAPI documents), without its embeddings; figures are in bench/RESULTS.md.
 *
 * Life: new, add (as often as wanted), weigh, then alike and pairs; an add after that needs another weigh. Same input in the same order, same answer.
 * One thread at a time, questions included: they use scratch memory of the index. */
#ifndef PLEACH_CATALOG_INTERFACES_INTERFACES_H
#define PLEACH_CATALOG_INTERFACES_INTERFACES_H
#include "catalog/interfaces/features.h"

enum {
	INTERFACES_MAX = 20000,
	INTERFACES_CANDIDATES = 64,  /* that are scored in full, after a first look at features that are not common */
	INTERFACES_REASONS_MAX = 6,
	INTERFACES_SHOWN = 3,        /* names in a reason */
	INTERFACES_PAIR_NAMES = 4,   /* operations, types and fields that two must share, or have under like names, to be a pair: below that everything is alike */
	INTERFACES_PAIRS_EACH = 16,  /* nearest that are looked at for pairs, of each */
};
/* A good `least` of pairs: 98 of 100 random fleets of 50 services have no strangers above it, while early drafts and half masked copies are (bench/RESULTS.md). */
#define INTERFACES_LIKELY 0.4
struct interfaces;

struct interfaces_match {
	size_t which;                /* place in the order of adds */
	const struct interface *of;
	double score;                /* 0 to 1 */
	/* Sentences without an end: "3 of 4 operations are the same: GET /orders, …". Of what is shared exactly first, then of what is only alike. */
	struct str reasons[INTERFACES_REASONS_MAX];
	size_t reason_count;
};
struct interfaces_pair {
	size_t a, b;                 /* a < b */
	double score;                /* the higher one of both directions */
	struct str reasons[INTERFACES_REASONS_MAX];
	size_t reason_count;
};

/* memory: the most that it may take, in bytes, besides some 100 bytes a feature once weighed. NULL where there is none. */
struct interfaces *interfaces_new(size_t memory);
void interfaces_free(struct interfaces *x);
/* `documents` as interface_read takes them. False with e on a limit; the index is as before then. */
bool interfaces_add(struct interfaces *x, struct str owner, struct str name, const struct json *documents, struct err *e);
bool interfaces_weigh(struct interfaces *x, struct err *e);
size_t interfaces_count(const struct interfaces *x);
const struct interface *interfaces_at(const struct interfaces *x, size_t which);

/* The nearest to `query` (one of the index, or read by interface_read), best first, at most n; equal ones in the order of adds. Those of the query's own
 * owner are left out, where it has one. How many there are; texts are the arena's. Reasons may be missing where that is full. */
size_t interfaces_alike(struct interfaces *x, const struct interface *query, struct interfaces_match *results, size_t n, struct arena *a);
/* Pairs of different owners of a score of at least `least`, best first, at most n. For those with many: the nearest INTERFACES_PAIRS_EACH of each. */
size_t interfaces_pairs(struct interfaces *x, double least, struct interfaces_pair *pairs, size_t n, struct arena *a);

/* What two share, as sentences (reasons.c); how many. *same: operations, types and fields that are the same or alike. */
size_t interfaces_reasons(const struct interface *query, const struct interface *other, struct str out[INTERFACES_REASONS_MAX], size_t *same, struct arena *a);
#endif
