/* What the walk (avro_compare.c) and the finders of causes (avro_causes.c, avro_cause_fields.c) share. */
#ifndef PLEACH_CONTRACT_AVRO_CAUSES_H
#define PLEACH_CONTRACT_AVRO_CAUSES_H
#include "contract/avro/avro_compare.h"

/* A pair on the walk of one root, and where its two types stand. */
struct avro_item {
	uint32_t pair, parent, step;
	const struct avro_use *reader, *writer;
};
struct avro_walk {
	struct avro_compare *c;
	enum reach_direction direction;
	struct avro_resolution r;
	uint32_t *pairs;             /* by root */
	uint32_t *seen;              /* by pair: root + 1 */
	struct avro_item *items;
	size_t count, capacity;
	uint32_t root, stamp;
};
static inline bool avro_backward(const struct avro_walk *w) { return w->direction == REACH_REQUEST; }
/* What a pair's parent is, NULL for a root. */
static inline const struct avro_pair *avro_parent(const struct avro_walk *w, const struct avro_item *i)
{
	uint32_t pair = w->items[i->parent].pair;
	return pair == UINT32_MAX ? NULL : &w->r.pairs[pair];
}
/* The fields of a new cause that its finder knows. */
struct avro_found {
	enum change_kind kind;
	struct str subject, detail, sentence; /* in c->out's arena */
	struct avro_place before, after;
	struct avro_failure failure;
	uint32_t choice;             /* in the writer's schema of the item, or UINT32_MAX */
	bool lesser;
};
/* Notes the cause for this root and direction. */
void avro_cause(struct avro_walk *w, const struct avro_item *at, const struct avro_found *f);
struct str avro_type_words(struct avro_walk *w, const struct avro_schema *s);
/* A pair that does not fit by itself; a pair that does, whose logical types differ; fields of two records; symbols that fall back to a default. */
void avro_cause_leaf(struct avro_walk *w, const struct avro_item *at);
void avro_cause_logical(struct avro_walk *w, const struct avro_item *at);
void avro_cause_fields(struct avro_walk *w, uint32_t item);
void avro_cause_defaulted(struct avro_walk *w, uint32_t item);
#endif
