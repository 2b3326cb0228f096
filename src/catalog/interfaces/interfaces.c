/* See interfaces.h. Weighing makes an inverted index: features are found by open addressing, each has the ascending list of interfaces that have it. A
 * question first adds weights along the lists of its less common features, keeps the best INTERFACES_CANDIDATES, and scores these in full: query's weights
 * are laid out by feature, so that is one pass over a candidate's features. */
#include "catalog/interfaces/interfaces.h"
#include "base/check.h"
#include <math.h>
#include <stdlib.h>

enum { COMMON_SHARE = 8 /* features of more than a share of 1/8 are passed over in the first look … */, COMMON_LEAST = 64 /* … where that is more than so many */ };
static const double contained_share = 0.5; /* of the score; the rest is Jaccard's */
/* Of the weight of what only one interface has. It cannot say which other one is alike, only that none is quite; and rarity would make it the heaviest, so that a
 * few names that somebody changed outweighed all that is shared. */
static const float lone_share = 0.3f;

struct entry { uint64_t feature; uint32_t first, df; float weight; };
struct interfaces {
	struct arena arena;
	struct interface *items;
	size_t count, capacity;
	bool weighed;
	/* All that follows is made by weigh. */
	struct entry *entries;
	uint32_t *table, *postings; /* table: entry + 1; 0: empty */
	size_t entry_count, table_size;
	uint32_t **ids;             /* of each interface: its features' entries */
	double *total;              /* of each interface: the weight of all its features */
	double *looked;             /* scratch, by interface: weight that the query shares; */
	double *regained;           /* what its total misses, because a feature that only it has is the query's too */
	float *laid;                /* scratch: weight by entry */
};

struct interfaces *interfaces_new(size_t memory)
{
	struct interfaces *x = calloc(1, sizeof(*x));
	if (x)
		arena_init(&x->arena, memory);
	return x;
}

static void forget_weights(struct interfaces *x)
{
	for (size_t i = 0; x->ids && i < x->count; i++)
		free(x->ids[i]);
	free(x->ids);
	free(x->entries);
	free(x->table);
	free(x->postings);
	free(x->total);
	free(x->looked);
	free(x->regained);
	free(x->laid);
	x->ids = NULL;
	x->entries = NULL;
	x->table = x->postings = NULL;
	x->total = x->looked = x->regained = NULL;
	x->laid = NULL;
	x->entry_count = x->table_size = 0;
	x->weighed = false;
}

void interfaces_free(struct interfaces *x)
{
	if (!x)
		return;
	forget_weights(x);
	arena_release(&x->arena);
	free(x);
}

size_t interfaces_count(const struct interfaces *x) { return x->count; }

const struct interface *interfaces_at(const struct interfaces *x, size_t which)
{
	CHECK(which < x->count);
	return &x->items[which];
}

bool interfaces_add(struct interfaces *x, struct str owner, struct str name, const struct json *documents, struct err *e)
{
	struct interface read;
	if (x->count == INTERFACES_MAX)
		return err_set(e, ERR_TOO_LARGE, "more than %d interfaces are not compared", (int)INTERFACES_MAX);
	forget_weights(x);
	if (!ARENA_PUSH_ROOM(&x->arena, x->items, x->count, x->capacity))
		return err_set(e, ERR_NO_MEMORY, "interfaces do not fit into the memory for them");
	if (!interface_read(&read, &x->arena, owner, name, documents, e))
		return false;
	x->items[x->count++] = read;
	return true;
}

/* Weighing. */

static uint32_t *slot_of(const struct interfaces *x, uint64_t feature)
{
	size_t at = (size_t)(feature >> 5) & (x->table_size - 1);
	while (x->table[at] && x->entries[x->table[at] - 1].feature != feature)
		at = (at + 1) & (x->table_size - 1);
	return &x->table[at];
}

/* Rarity, and kind; what all have is next to nothing. df 0: of a feature that no interface has. */
static float weight_of(const struct interfaces *x, uint64_t feature, size_t df)
{
	return feature_weights[feature_kind(feature)] * (float)log(((double)x->count + 1.5) / ((double)df + 0.5));
}

static size_t all_features(const struct interfaces *x)
{
	size_t all = 0;
	for (size_t i = 0; i < x->count; i++)
		all += x->items[i].count;
	return all;
}

static bool number_features(struct interfaces *x)
{
	for (size_t i = 0; i < x->count; i++) {
		x->ids[i] = calloc(x->items[i].count + 1, sizeof(**x->ids));
		if (!x->ids[i])
			return false;
		for (size_t k = 0; k < x->items[i].count; k++) {
			uint32_t *slot = slot_of(x, x->items[i].features[k]);
			if (!*slot) {
				x->entries[x->entry_count++].feature = x->items[i].features[k];
				*slot = (uint32_t)x->entry_count;
			}
			x->ids[i][k] = *slot - 1;
			x->entries[*slot - 1].df++;
		}
	}
	return true;
}

static void fill_postings(struct interfaces *x)
{
	uint32_t next = 0;
	for (size_t k = 0; k < x->entry_count; k++) {
		struct entry *n = &x->entries[k];
		n->first = next;
		next += n->df;
		n->weight = weight_of(x, n->feature, n->df);
		n->df = 0; /* counted again while the list is filled */
	}
	for (size_t i = 0; i < x->count; i++)
		for (size_t k = 0; k < x->items[i].count; k++) {
			struct entry *n = &x->entries[x->ids[i][k]];
			x->postings[n->first + n->df++] = (uint32_t)i;
		}
	for (size_t i = 0; i < x->count; i++)
		for (size_t k = 0; k < x->items[i].count; k++) {
			const struct entry *n = &x->entries[x->ids[i][k]];
			x->total[i] += (double)(n->df == 1 ? n->weight * lone_share : n->weight);
		}
}

bool interfaces_weigh(struct interfaces *x, struct err *e)
{
	forget_weights(x);
	size_t all = all_features(x);
	if (all >= UINT32_MAX / 2)
		return err_set(e, ERR_TOO_LARGE, "the interfaces have %zu features together, which is too many to compare", all);
	for (x->table_size = 16; x->table_size < 2 * all; x->table_size *= 2)
		;
	x->entries = calloc(all + 1, sizeof(*x->entries));
	x->table = calloc(x->table_size, sizeof(*x->table));
	x->postings = calloc(all + 1, sizeof(*x->postings));
	x->ids = calloc(x->count + 1, sizeof(*x->ids));
	x->total = calloc(x->count + 1, sizeof(*x->total));
	x->looked = calloc(x->count + 1, sizeof(*x->looked));
	x->regained = calloc(x->count + 1, sizeof(*x->regained));
	bool there = x->entries && x->table && x->postings && x->ids && x->total && x->looked && x->regained && number_features(x);
	x->laid = there ? calloc(x->entry_count + 1, sizeof(*x->laid)) : NULL;
	if (!x->laid) {
		forget_weights(x);
		return err_set(e, ERR_NO_MEMORY, "interfaces do not fit into the memory for them");
	}
	fill_postings(x);
	x->weighed = true;
	return true;
}

/* Questions. */

struct candidate { size_t which; double score; };

static double mixed(double shared, double query, double other)
{
	double either = query + other - shared;
	if (shared <= 0 || query <= 0 || either <= 0)
		return 0;
	double score = contained_share * shared / query + (1 - contained_share) * shared / either;
	return score < 1 - 1e-6 ? score : 1; /* sums are of floats, in different orders */
}

static bool goes_before(struct candidate a, struct candidate b) { return a.score != b.score ? a.score > b.score : a.which < b.which; }

/* Into the best `count` of at most `most`, best first. */
static void keep_best(struct candidate *best, size_t *count, size_t most, struct candidate c)
{
	if (c.score <= 0 || most == 0 || (*count == most && !goes_before(c, best[most - 1])))
		return;
	size_t at = *count < most ? (*count)++ : most - 1;
	for (; at > 0 && goes_before(c, best[at - 1]); at--)
		best[at] = best[at - 1];
	best[at] = c;
}

static bool is_ours(const struct interfaces *x, const struct interface *i) { return i >= x->items && i < x->items + x->count; }

/* Lays out the query's weights, adds the less common ones along their lists; the query's whole weight. */
static double first_look(struct interfaces *x, const struct interface *query)
{
	size_t common = x->count / COMMON_SHARE > COMMON_LEAST ? x->count / COMMON_SHARE : COMMON_LEAST;
	double total = 0;
	bool ours = is_ours(x, query);
	for (size_t k = 0; k < query->count; k++) {
		uint32_t slot = *slot_of(x, query->features[k]);
		if (!slot) {
			total += (double)(weight_of(x, query->features[k], 0) * lone_share);
			continue;
		}
		const struct entry *n = &x->entries[slot - 1];
		total += (double)(ours && n->df == 1 ? n->weight * lone_share : n->weight);
		x->laid[slot - 1] = n->weight;
		if (n->df == 1 && !ours)
			x->regained[x->postings[n->first]] += (double)(n->weight * (1 - lone_share));
		for (size_t i = 0; n->df <= common && i < n->df; i++)
			x->looked[x->postings[n->first + i]] += (double)n->weight;
	}
	return total;
}

static void forget_query(struct interfaces *x, const struct interface *query)
{
	for (size_t k = 0; k < query->count; k++) {
		uint32_t slot = *slot_of(x, query->features[k]);
		if (slot)
			x->laid[slot - 1] = 0;
	}
	memset(x->looked, 0, x->count * sizeof(*x->looked));
	memset(x->regained, 0, x->count * sizeof(*x->regained));
}

static double shared_weight(const struct interfaces *x, size_t which)
{
	double sum = 0;
	for (size_t k = 0; k < x->items[which].count; k++)
		sum += (double)x->laid[x->ids[which][k]];
	return sum;
}

/* The nearest, scored in full. */
static size_t nearest(struct interfaces *x, const struct interface *query, struct candidate *best, size_t most)
{
	struct candidate candidates[INTERFACES_CANDIDATES];
	size_t count = 0, found = 0;
	double total = first_look(x, query);
	for (size_t i = 0; i < x->count; i++) {
		const struct interface *other = &x->items[i];
		if (other != query && !(query->owner.len && str_eq(query->owner, other->owner)))
			keep_best(candidates, &count, INTERFACES_CANDIDATES, (struct candidate){ i, mixed(x->looked[i], total, x->total[i] + x->regained[i]) });
	}
	for (size_t i = 0; i < count; i++) {
		size_t which = candidates[i].which;
		candidates[i].score = mixed(shared_weight(x, which), total, x->total[which] + x->regained[which]);
	}
	for (size_t i = 0; i < count; i++)
		keep_best(best, &found, most, candidates[i]);
	forget_query(x, query);
	return found;
}

size_t interfaces_alike(struct interfaces *x, const struct interface *query, struct interfaces_match *results, size_t n, struct arena *a)
{
	struct candidate best[INTERFACES_CANDIDATES];
	size_t same;
	CHECK(x->weighed);
	size_t found = nearest(x, query, best, n < INTERFACES_CANDIDATES ? n : INTERFACES_CANDIDATES);
	for (size_t i = 0; i < found; i++) {
		struct interfaces_match *m = &results[i];
		*m = (struct interfaces_match){ .which = best[i].which, .of = &x->items[best[i].which], .score = best[i].score };
		m->reason_count = interfaces_reasons(query, m->of, m->reasons, &same, a);
	}
	return found;
}

static int by_place(const void *p, const void *q)
{
	const struct interfaces_pair *x = p, *y = q;
	if (x->a != y->a)
		return x->a < y->a ? -1 : 1;
	if (x->b != y->b)
		return x->b < y->b ? -1 : 1;
	return x->score > y->score ? -1 : x->score < y->score;
}

static int by_score(const void *p, const void *q)
{
	const struct interfaces_pair *x = p, *y = q;
	return x->score > y->score ? -1 : x->score < y->score ? 1 : by_place(p, q);
}

/* Of all that were found from either side, each once, with the higher score. */
static size_t each_once(struct interfaces_pair *all, size_t count)
{
	size_t n = 0;
	qsort(all, count, sizeof(*all), by_place);
	for (size_t i = 0; i < count; i++)
		if (n == 0 || all[n - 1].a != all[i].a || all[n - 1].b != all[i].b)
			all[n++] = all[i];
	qsort(all, n, sizeof(*all), by_score);
	return n;
}

size_t interfaces_pairs(struct interfaces *x, double least, struct interfaces_pair *pairs, size_t n, struct arena *a)
{
	struct interfaces_pair *all = calloc(x->count * INTERFACES_PAIRS_EACH + 1, sizeof(*all));
	struct candidate best[INTERFACES_PAIRS_EACH];
	size_t count = 0, kept = 0, same;
	CHECK(x->weighed);
	for (size_t i = 0; all && i < x->count; i++) {
		size_t found = nearest(x, &x->items[i], best, INTERFACES_PAIRS_EACH);
		for (size_t k = 0; k < found && best[k].score >= least; k++) {
			bool before = i < best[k].which;
			all[count++] = (struct interfaces_pair){ .a = before ? i : best[k].which, .b = before ? best[k].which : i, .score = best[k].score };
		}
	}
	count = count ? each_once(all, count) : 0;
	for (size_t i = 0; i < count && kept < n; i++) {
		struct interfaces_pair p = all[i];
		p.reason_count = interfaces_reasons(&x->items[p.a], &x->items[p.b], p.reasons, &same, a);
		if (same >= INTERFACES_PAIR_NAMES)
			pairs[kept++] = p;
	}
	free(all);
	return kept;
}
