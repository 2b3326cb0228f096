/* Private to contract/schema: comparison.
 *
 * A *view* is what applies to one value together: the schema with all that its $ref and allOf bring, as a list of parts without these. A *pair* is a view of
 * the old side and one of the new side at the same place. For a direction, let A be the view whose values must all be valid in B (request: A old, B new; response:
 * A new, B old). A pair holds *obligations*: each constraint of B must follow from A. An obligation without alternatives is broken; one with alternatives
 * (edges to other pairs) holds when all (or any) of them do. What holds is the greatest fixed point, so cycles need no special care.
 *
 * An obligation either carries a difference, reported when it does not hold, or stands for what lies below: then the cause is reported there.
 *
 * Files: schema_view.c (views), schema_pairs.c (graph, fixed point), schema_rules*.c (obligations of one pair), schema_compare.c (roots, reach, changes),
 * schema_words.c (their texts), schema_make*.c (instances of views), schema_witness.c (proof). */
#ifndef PLEACH_CONTRACT_SCHEMA_COMPARE_IMPL_H
#define PLEACH_CONTRACT_SCHEMA_COMPARE_IMPL_H
#include "contract/schema/schema_impl.h"

enum { OLD, NEW };
enum { REQ = REACH_REQUEST, RESP = REACH_RESPONSE, BOTH = REACH_BOTH };
enum {
	VIEW_PARTS_MAX = 48, VIEW_CHOSEN_MAX = 4, VIEWS_MAX = 4 << 20, PAIRS_MAX = 1 << 19, EDGES_MAX = 16 << 20,
	BRANCHES_MAX = 64,     /* of alternatives compared one by one */
	WITNESSES_MAX = 2000,  /* changes that a witness is looked for */
	REACH_MAX = 1 << 20,
	CHECK_STEPS = 20000    /* applications of schemas to try one value */
};

struct view {
	const struct schema *const *parts;
	const struct schema_entry *const *chosen; /* anyOf and oneOf that are decided: a branch of them is among the parts */
	uint16_t count, chosen_count;
	uint8_t types;         /* that the parts name together */
	uint8_t refined;       /* and that enum, const, anyOf and oneOf leave of them */
	bool never;            /* nothing is valid */
	bool open_ended;       /* more parts than fit: it says less than the schema does */
};
enum edge_map { MAP_SAME, MAP_FLIP, MAP_BOTH };
enum edge_step { STEP_PROPERTY, STEP_OTHER_PROPERTY, STEP_PATTERN, STEP_NAME, STEP_ITEM, STEP_OTHER_ITEM, STEP_CONTAINS, STEP_HERE, STEP_NOT };
struct edge {
	uint32_t child;
	uint32_t index;        /* STEP_ITEM; STEP_OTHER_ITEM: the first such */
	struct str name;       /* STEP_PROPERTY, STEP_PATTERN */
	uint8_t map, step;
};
enum { NO_DIFFERENCE = UINT32_MAX, NO_OBLIGATION = UINT32_MAX, NO_PAIR = UINT32_MAX };
struct obligation {
	uint32_t edges, difference; /* first edge; NO_DIFFERENCE: reported below, along the first edge */
	uint16_t edge_count;
	uint8_t dirs;               /* in which it must hold */
	bool any;
};
struct difference {
	enum change_kind kind;
	const struct schema *before, *after; /* that hold the keyword; NULL on a side without it */
	const struct doc *old_value, *new_value;
	const struct doc *tight;    /* the bound or value that a witness must pass, if that is one */
	struct str property;
	uint8_t soft;               /* directions in which it is a warning only: an open content model */
	uint8_t old_types, new_types; /* of kinds about types */
	uint8_t notice;             /* directions in which it is at least a warning */
	bool minor;                 /* an annotation that says more than before: nobody need act */
	bool annotation;            /* the level is that of the row: nothing is refused */
	uint32_t pair;
};
struct pair {
	uint32_t old_view, new_view;
	uint32_t obligations, split[2]; /* split: of direction REQ and RESP: stands for all others when it is there */
	uint32_t count;
	uint8_t unsafe, proved;     /* directions */
	uint8_t reached;            /* bit per state, see schema_compare.c */
};
struct root {
	const struct schema *before, *after;
	struct schema_root root;
	uint32_t pair;
};
struct array { void *items; size_t count, capacity; };
bool array_room(struct array *a, size_t size, size_t limit);
#define ARRAY_PUSH(a, type, limit) (array_room((a), sizeof(type), (limit)) ? &((type *)(a)->items)[(a)->count++] : NULL)
#define ARRAY_AT(a, type, i) (&((type *)(a)->items)[i])

struct schema_compare {
	struct schema_set *sets[2];
	const struct contract_options *options;
	struct changes *out;
	schema_label *label;
	void *ctx;
	struct arena arena;         /* views, names */
	struct array views, pairs, obligations, edges, differences, roots;
	struct array view_slots, pair_slots;   /* uint32_t, open addressing: number + 1 */
	uint32_t *view_of[2];       /* by schema number: view + 1 */
	size_t view_of_count[2];
	struct array visits;        /* see schema_compare.c */
	uint32_t *visit_of;         /* by pair and state; number + 1 */
	uint32_t *parents, *parent_starts; /* reverse edges: pairs, by child */
	struct pointer_map closed;  /* schemas with unevaluatedProperties to the part that says the same, see schema_closed.c */
	struct pointer_map identical; /* pairs of schemas found the same */
	struct difference nowhere;  /* written to and forgotten where there is no room */
	struct schema *of_types[TYPE_ALL + 1]; /* schemas that say nothing but the types; made when needed */
	bool any_use;               /* values of records: readOnly and writeOnly mean nothing */
	bool limited;               /* a limit was reached: what was not compared counts as unsafe */
	uint32_t witnesses;
	uint64_t checks;            /* applications of schemas that are left for trying values */
	uint64_t makes;             /* values that may still be made for witnesses */
};
static inline struct view *view_at(struct schema_compare *c, uint32_t i) { return ARRAY_AT(&c->views, struct view, i); }
static inline struct pair *pair_at(struct schema_compare *c, uint32_t i) { return ARRAY_AT(&c->pairs, struct pair, i); }
static inline const struct view *side_view(struct schema_compare *c, const struct pair *p, int side) { return view_at(c, side == OLD ? p->old_view : p->new_view); }

/* Views: numbers, because they move; UINT32_MAX on a limit. */
uint32_t view_of_schema(struct schema_compare *c, const struct schema *s);
uint32_t view_of_schemas(struct schema_compare *c, const struct schema *const *list, size_t count, const struct schema_entry *const *chosen, size_t chosen_count);
uint32_t view_with(struct schema_compare *c, const struct view *v, const struct schema *branch, const struct schema_entry *chosen);
/* What applies to a member of this name; to names that match this pattern; to names that nothing describes. *declared: `properties` (a pattern) names it. */
uint32_t view_property(struct schema_compare *c, const struct view *v, struct str name, bool *declared);
uint32_t view_pattern(struct schema_compare *c, const struct view *v, struct str pattern, bool *declared);
uint32_t view_other_properties(struct schema_compare *c, const struct view *v);
uint32_t view_item(struct schema_compare *c, const struct view *v, uint32_t index, bool *declared);
uint32_t view_other_items(struct schema_compare *c, const struct view *v);
uint32_t view_names(struct schema_compare *c, const struct view *v); /* of propertyNames */
uint32_t view_prefix_length(const struct view *v);
const struct schema *schema_of_types(struct schema_compare *c, unsigned types); /* NULL where there is no memory */
bool view_requires(const struct schema_compare *c, const struct view *v, struct str name, int direction);
bool view_disjoint(struct schema_compare *c, uint32_t a, uint32_t b, unsigned depth);
/* Whether every part takes the value. */
enum validity view_check(struct schema_compare *c, const struct view *v, const struct doc *value, enum schema_use use);
static inline enum schema_use use_of(const struct schema_compare *c, int direction)
{
	return c->any_use ? SCHEMA_USE_ANY : direction == REQ ? SCHEMA_USE_REQUEST : SCHEMA_USE_RESPONSE;
}
static inline struct schema_set *set_of(const struct schema *s) { return s->resource->document->set; }
/* The tightest bound of a keyword; for numbers with its exclusive form. */
struct bound { const struct doc *value; const struct schema *part; bool exclusive; };
struct bound view_bound(const struct view *v, enum schema_keyword k, enum schema_keyword exclusive, bool lower);
struct disjunction { const struct schema_entry *entry; const struct schema *part; bool one; };
enum { DISJUNCTIONS_MAX = 16 };
size_t view_disjunctions(const struct view *v, struct disjunction *out);
/* What unevaluatedProperties of a schema says, as a part with additionalProperties; NULL where it depends on the value. */
const struct schema *schema_closed(struct schema_compare *c, const struct schema *s);
/* Whether two schemas say the same in all that counts, with all that they refer to. */
bool schema_identical(struct schema_compare *c, const struct schema *a, const struct schema *b);
/* The same, seen quickly, for schemas that hold no others: most of what did not change. */
bool schema_same_leaf(const struct schema *a, const struct schema *b);

/* Pairs. */
uint32_t pair_of(struct schema_compare *c, uint32_t old_view, uint32_t new_view);
bool pairs_expand(struct schema_compare *c);
void pairs_solve(struct schema_compare *c);
bool obligation_holds(const struct schema_compare *c, const struct obligation *o, int direction);
/* The directions (of those in `asked`) in which a difference is broken at its pair. */
uint8_t obligation_broken(const struct schema_compare *c, const struct pair *p, const struct obligation *o);

/* Rules: building the obligations of one pair. */
struct rules {
	struct schema_compare *c;
	uint32_t pair, old_view, new_view;
	const struct view *views[2];
};
void rules_expand(struct schema_compare *c, uint32_t pair);
struct difference *rule_difference(struct rules *r, enum change_kind kind, int dirs);
/* Adds an alternative to the obligation made last. */
void rule_edge(struct rules *r, uint32_t old_view, uint32_t new_view, enum edge_map map, enum edge_step step, struct str name, uint32_t index);
/* Edges and obligations of what is reported below. */
void rule_below(struct rules *r, uint32_t old_view, uint32_t new_view, int dirs, enum edge_map map, enum edge_step step, struct str name, uint32_t index);
struct obligation *rule_obligation(struct rules *r, uint32_t difference, int dirs, bool any);
void rules_values(struct rules *r);
void rules_objects(struct rules *r);
void rules_arrays(struct rules *r);
void rules_combined(struct rules *r);
void rules_annotations(struct rules *r);
/* The view for values of the types that either side of the pair takes: what applies to the same value need not be judged for others. */
uint32_t rule_within(struct rules *r, uint32_t view);
/* Of the two views, A and B of a direction. */
static inline const struct view *rule_a(const struct rules *r, int direction) { return r->views[direction == REQ ? OLD : NEW]; }
static inline const struct view *rule_b(const struct rules *r, int direction) { return r->views[direction == REQ ? NEW : OLD]; }

/* Words. */
void words_of(struct schema_compare *c, const struct difference *d, struct str *subject, struct str *detail, struct str *sentence);
struct str words_place(struct arena *a, const struct schema *s); /* "Order.total" */

/* Instances. A goal narrows what is made. */
struct goal {
	uint8_t types;                     /* 0: any */
	const struct doc *value;           /* exactly this */
	const struct doc *low, *high;      /* numbers in this range */
	bool low_open, high_open;
	int64_t least, most;               /* length, items or properties; -1: none */
	struct str with, without;          /* a member that is there (with `inner` as its value), that is not */
	const struct doc *inner;
	int64_t index;                     /* of the item that is `inner`; -1: none */
	struct str other_name;             /* a member that nothing describes, value `inner` or any */
	bool twice;                        /* an item twice */
	struct str match;                  /* a text that matches this pattern */
};
#define GOAL_ANY ((struct goal){ .least = -1, .most = -1, .index = -1 })
struct maker {
	struct schema_compare *c;
	struct arena *arena;
	uint64_t random;                   /* 0: the plainest choice everywhere */
	uint32_t salt;                     /* makes items differ */
	bool declared;                     /* no members that nothing describes, but where there must be more */
	unsigned depth, work;
};
/* NULL where none was found; what is made need not be valid: the caller checks. */
const struct doc *make_instance(struct maker *m, const struct view *v, const struct goal *g);
struct str make_text(struct maker *m, struct str pattern, int64_t least, int64_t most);
uint32_t make_random(struct maker *m, uint32_t n);

/* schema_make_text.c: a text that matches the pattern, of at least so many characters; it may fail to, so the caller checks. */
const struct doc *make_doc_text(struct maker *m, struct str text);
/* Looks for a value that proves that an obligation is broken, along the way from a root to its pair; fills x->witness. */
void witness_find(struct schema_compare *c, const struct obligation *o, const struct difference *d, uint8_t broken, struct change *x);
/* The visit by which a pair was reached: states of schema_compare.c. */
enum { VISIT_STATES = 4 };
static inline unsigned visit_state(int local, int root) { return (unsigned)(local - 1) * 2 + (unsigned)(root - 1); }
struct visit { uint32_t pair, from, edge; uint8_t local, root_direction; uint32_t root; };
#endif
