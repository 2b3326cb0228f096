/* Aggregates by group, for stats, top and patterns. Rows are added one by one, or many alike at once (by an engine that knows counts from a
 * block's head); tables of several workers are merged; finishing hands out one line a group.
 *
 * Groups are told apart by their keys' texts. At PIPE_MAX_GROUPS, or PIPE_MEMORY bytes, new keys are counted in one group whose keys say
 * "(other)", and `cut` is set. Percentiles are those of base/hist.h (at most 1.1 % off); distinct is exact up to DISTINCT_EXACT values a
 * group, then a HyperLogLog (standard error 0.8 %), which `approximate` tells. */
#ifndef PLEACH_STORE_PIPE_GROUP_H
#define PLEACH_STORE_PIPE_GROUP_H
#include "store/pipe.h"
#include "store/collect.h"

struct groups;
/* range: ns that a rate without a bucket refers to. NULL: no memory. */
struct groups *groups_new(const struct pipe_stage *stage, int64_t range);
void groups_free(struct groups *g);
/* keys: one value for each of the stage's keys (of a bucket: the time). args: one for each aggregate, VALUE_EMPTY where it has no field or the
 * row none. weight: so many rows alike. */
void groups_add(struct groups *g, const struct value *keys, const struct value *args, uint64_t weight);
/* Takes over the counts; `from` stays to be freed. Both of one stage. */
void groups_merge(struct groups *into, const struct groups *from);
/* cells: keys, then aggregates. Order of first sight. */
void groups_each(struct groups *g, void (*fn)(void *ctx, const struct value *cells), void *ctx);
bool groups_cut(const struct groups *g);
bool groups_approximate(const struct groups *g, size_t aggregate); /* any group's */

/* --- distinct ---------------------------------------------------------------------------------------------------------------------------- */
enum { DISTINCT_EXACT = 1 << 16, DISTINCT_BITS = 14, DISTINCT_REGISTERS = 1 << DISTINCT_BITS };
struct distinct {
	uint64_t *set;               /* open addressing, 0 free; at most half full */
	uint32_t used, size;
	uint8_t *registers;          /* instead, from DISTINCT_EXACT on */
	bool lost;                   /* no memory: the count is too small */
};
/* By the hash (str_hash) of the value's text. */
void distinct_add(struct distinct *d, uint64_t hash);
void distinct_merge(struct distinct *into, const struct distinct *from);
uint64_t distinct_count(const struct distinct *d);
static inline bool distinct_exact(const struct distinct *d) { return !d->registers && !d->lost; }
size_t distinct_bytes(const struct distinct *d);
void distinct_release(struct distinct *d);

/* --- patterns ----------------------------------------------------------------------------------------------------------------------------- */
/* A message's template: every token that holds a digit is written "<*>". Of the first PATTERN_BYTES bytes. */
enum { PATTERN_BYTES = 2048 };
void pattern_of(struct buf *out, struct str message);
/* The same from a template of text_split.h, with some of its variables written out or none. */
void pattern_of_template(struct buf *out, struct str template);
struct patterns;
struct patterns *patterns_new(void);
void patterns_free(struct patterns *p);
/* The example of a template is the message with the highest key. */
void patterns_add(struct patterns *p, struct str template, struct str message, const struct row_key *key, uint64_t weight);
/* For an engine that knows rows of a template at once: the template's place (NULL: there is no more room), counting, and whether the row with this
 * key would be its example, which is then given. */
struct pattern;
struct pattern *patterns_find(struct patterns *p, struct str template);
/* That of a template of text_split.h, as of pattern_of_template; templates are remembered. scratch: cleared. */
struct pattern *patterns_of_template(struct patterns *p, struct str template, struct buf *scratch);
/* Whether the place has an example that is newer than this time. */
bool pattern_newer(const struct pattern *t, int64_t time);
void pattern_weigh(struct patterns *p, struct pattern *t, uint64_t weight);
bool pattern_count(struct patterns *p, struct pattern *t, const struct row_key *key, uint64_t weight);
void pattern_example(struct patterns *p, struct pattern *t, struct str message, const struct row_key *key);
void patterns_merge(struct patterns *into, const struct patterns *from);
void patterns_each(const struct patterns *p, void (*fn)(void *ctx, struct str template, uint64_t count, struct str example), void *ctx);
bool patterns_cut(const struct patterns *p);
#endif
