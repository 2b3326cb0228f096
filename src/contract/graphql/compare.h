/* Comparing two schemas, between the files that do it. Types are matched by name and, where a type is gone and its uses have all become another new type, as renamed (match.c).
 * A type is *clean* where some operation that is valid for both schemas reaches it (paths.c): only there can a difference break anyone who is not broken by another
 * difference already. So a difference elsewhere is information, and each cause is told once. Witnesses are operations along such a path (witness*.c). */
#ifndef PLEACH_CONTRACT_GRAPHQL_COMPARE_H
#define PLEACH_CONTRACT_GRAPHQL_COMPARE_H
#include "contract/graphql/model.h"
#include "contract/graphql/query.h"

/* The last step of a way to a composite type (or, for leaves, to a value of it) of the old schema. */
enum gql_step_kind { GQL_UNREACHED, GQL_STEP_ROOT, GQL_STEP_FIELD, GQL_STEP_SPREAD, GQL_STEP_ENTITY /* by `_entities` of a federated graph */ };
struct gql_step {
	enum gql_step_kind kind;
	const struct gql_type *from;   /* a clean type */
	const struct gql_member *field;
	bool clean;                    /* the type itself is there on both sides, in this place */
	bool flows;                    /* answers of the server go this way, not only fragments */
};
/* The last step of a way that a value of an input type is given. */
enum gql_given_kind { GQL_NOT_GIVEN, GQL_GIVEN_ARGUMENT, GQL_GIVEN_FIELD, GQL_GIVEN_DIRECTIVE };
struct gql_given {
	enum gql_given_kind kind;
	const struct gql_type *from;   /* the field's type, or the input that holds it */
	const struct gql_member *field, *argument; /* argument: also of a directive */
	const struct gql_directive *directive;
	bool clean;
};
/* Which root fields reach a type: a bit for each. */
struct gql_reach { uint64_t *out, *in; size_t words; struct str *names; size_t count; bool built; };

struct gql_merge_search;
struct gql_compare {
	const struct gql_schema *before, *after;
	const struct contract_options *options;
	struct changes *out;
	struct arena scratch;          /* of everything below, and of witnesses while they are tried */
	struct gql_type **match;       /* by id of the old type; NULL: gone, or of another kind */
	struct gql_type **back;        /* by id of the new type */
	struct gql_step *steps;        /* by id of the old type */
	struct gql_given *given;
	bool rooted;                   /* the old schema has operations or entities; else everything counts as reached */
	struct gql_merge_search *merge; /* of witness_merge.c */
	struct gql_reach old_reach, new_reach;
	struct str out_prefix;         /* before subjects, where the source has several schemas; else empty */
};

bool gql_match_types(struct gql_compare *c);
static inline struct gql_type *gql_match(const struct gql_compare *c, const struct gql_type *t) { return t ? c->match[t->id] : NULL; }
/* Same type on both sides, by name or as renamed. */
static inline bool gql_same_named(const struct gql_compare *c, const struct gql_ref *before, const struct gql_ref *after) { return c->match[before->type->id] == after->type; }
/* Also a type that is of another kind now: that is told of the type, not of all that has it. */
static inline bool gql_same_name(const struct gql_compare *c, const struct gql_ref *before, const struct gql_ref *after)
{
	return gql_same_named(c, before, after) || (!c->match[before->type->id] && str_eq(before->name, after->name));
}
static inline bool gql_same_ref(const struct gql_compare *c, const struct gql_ref *before, const struct gql_ref *after)
{
	return before->lists == after->lists && before->nonnull == after->nonnull && gql_same_name(c, before, after);
}
static inline bool gql_renamed(const struct gql_compare *c, const struct gql_type *t) { return c->match[t->id] && !str_eq(c->match[t->id]->name, t->name); }

bool gql_find_paths(struct gql_compare *c);
static inline bool gql_clean(const struct gql_compare *c, const struct gql_type *t) { return !c->rooted || c->steps[t->id].clean; }
static inline bool gql_clean_given(const struct gql_compare *c, const struct gql_type *t) { return !c->rooted || c->given[t->id].clean; }
/* Sets x's reach: to the type in answers, as input, or both; of a root type's field only itself. */
void gql_reach_type(struct gql_compare *c, struct change *x, bool old_side, const struct gql_type *t, enum reach_direction direction);
void gql_reach_field(struct gql_compare *c, struct change *x, bool old_side, const struct gql_type *t, const struct gql_member *field, enum reach_direction direction);

/* ---- changes ---- */
struct gql_names { enum rule_id items[12]; size_t count; };
static inline void gql_names_add(struct gql_names *n, enum rule_id r)
{
	for (size_t i = 0; i < n->count; i++)
		if (n->items[i] == r)
			return;
	if (n->count < sizeof(n->items) / sizeof(n->items[0]))
		n->items[n->count++] = r;
}
/* Texts in the changes' arena. */
struct str gql_text(struct gql_compare *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "Order.total" */
struct str gql_member_name(struct gql_compare *c, const struct gql_type *t, const struct gql_member *m);
#define GQL_RULE(name) RULE_GRAPHQL_INSPECTOR_##name
/* One with a place on either side (spot NULL: not there) and up to two rules (RULE_COUNT: none). NULL where it is dropped, or is information that nobody asked for. */
struct change *gql_change(struct gql_compare *c, enum change_kind kind, struct str subject, struct str detail, const struct gql_spot *old_spot, const struct gql_spot *new_spot,
	enum rule_id rule, enum rule_id second);
/* As information only, because nothing clean reaches it. */
void gql_not_reached(struct gql_compare *c, struct change *x);
void gql_set_level(struct change *x, enum change_level level);

void gql_compare_fields(struct gql_compare *c, const struct gql_type *before, const struct gql_type *after);
void gql_compare_arguments(struct gql_compare *c, const struct gql_type *type, const struct gql_type *new_type, const struct gql_member *before, const struct gql_member *after);
void gql_compare_inputs(struct gql_compare *c, const struct gql_type *before, const struct gql_type *after);
void gql_compare_values(struct gql_compare *c, const struct gql_type *before, const struct gql_type *after);
void gql_compare_links(struct gql_compare *c, const struct gql_type *before, const struct gql_type *after);
void gql_compare_directives(struct gql_compare *c);
void gql_compare_directive_arguments(struct gql_compare *c, const struct gql_directive *d, const struct gql_directive *now);

/* Uses of directives, deprecation and description of one part of the schema. */
enum gql_part { GQL_PART_SCHEMA, GQL_PART_TYPE, GQL_PART_FIELD, GQL_PART_ARGUMENT, GQL_PART_INPUT_FIELD, GQL_PART_ENUM_VALUE, GQL_PART_DIRECTIVE, GQL_PART_DIRECTIVE_ARGUMENT };
struct gql_side { const struct gql_uses *uses; struct str description; bool described; struct gql_spot spot; };
void gql_compare_notes(struct gql_compare *c, enum gql_part part, enum gql_kind kind, struct str subject, const struct gql_side *before, const struct gql_side *after);
static inline struct gql_side gql_side_of(const struct gql_member *m) { return (struct gql_side){ &m->uses, m->description, m->described, m->spot }; }

/* ---- witnesses ---- */
/* Writers append to b; false where nothing can be written: the witness is given up. */
/* An operation along the clean way to t, with `selection` inside of it. `variables`: "$x: Int", or empty. */
bool gql_write_way(struct gql_compare *c, struct buf *b, const struct gql_type *t, struct str variables, struct str selection);
/* "name(required arguments, extra)" of a field, and what must be chosen in it. after: the same field in the new schema, NULL where only the old one counts.
 * leave: an argument not to give. */
bool gql_write_field(struct gql_compare *c, struct buf *b, const struct gql_member *before, const struct gql_member *after, const struct gql_member *leave, struct str extra);
/* The field without what is chosen in it; "(…)" of a field or directive; "@name(…)"; an operation with that at one place, or at any where it is allowed. */
bool gql_write_call(struct gql_compare *c, struct buf *b, const struct gql_member *before, const struct gql_member *after, const struct gql_member *leave, struct str extra);
bool gql_write_arguments(struct gql_compare *c, struct buf *b, const struct gql_members *before, const struct gql_members *after, const struct gql_member *leave, struct str extra);
bool gql_write_directive_use(struct gql_compare *c, struct buf *b, const struct gql_directive *d, const struct gql_member *leave, struct str extra);
bool gql_write_directive_place(struct gql_compare *c, struct buf *b, enum gql_location at, struct str variables, struct str use);
bool gql_write_directive(struct gql_compare *c, struct buf *b, const struct gql_directive *d, struct str variables, struct str use);
/* A value that both sides take; only the old one where after is NULL. */
bool gql_write_value(struct gql_compare *c, struct buf *b, const struct gql_ref *before, const struct gql_ref *after);
/* "{ required fields, extra }" of an input. */
bool gql_write_input(struct gql_compare *c, struct buf *b, const struct gql_type *t, const struct gql_member *leave, struct str extra);
/* An operation that gives `value` where a value of the input type t is given. */
bool gql_write_given(struct gql_compare *c, struct buf *b, const struct gql_type *t, struct str variables, struct str value);
/* Tries a query: valid before and not after makes it x's witness. */
bool gql_prove(struct gql_compare *c, struct change *x, struct str query);
/* Valid on both sides, but understood as the two texts say. */
bool gql_prove_other(struct gql_compare *c, struct change *x, struct str query, struct str before, struct str after);
/* An answer to `query` that is one of the new schema and none of the old. */
bool gql_prove_answer(struct gql_compare *c, struct change *x, struct str query, struct str answer);
/* The answer that has `value` (JSON) at the end of the way to t, in field `field` of it where that is not NULL. */
bool gql_write_answer(struct gql_compare *c, struct buf *b, const struct gql_type *t, const struct gql_member *field, struct str value);

void gql_witness_field_type(struct gql_compare *c, struct change *x, const struct gql_type *t, const struct gql_member *before, const struct gql_member *after);
/* A query that merges the field with another one of its old type. */
bool gql_witness_merge(struct gql_compare *c, struct change *x, const struct gql_type *t, const struct gql_member *before, const struct gql_member *after);
/* Something on either side of a member that takes values (an argument or an input field): see enum. */
enum gql_given_break { GQL_BREAK_REMOVED, GQL_BREAK_REQUIRED, GQL_BREAK_TYPE, GQL_BREAK_DEFAULT };
struct gql_input_place { const struct gql_type *type; const struct gql_member *field, *new_field; const struct gql_directive *directive; };
void gql_witness_input(struct gql_compare *c, struct change *x, const struct gql_input_place *at, enum gql_given_break how, const struct gql_member *before, const struct gql_member *after);
void gql_witness_one_of(struct gql_compare *c, struct change *x, const struct gql_type *t);
void gql_witness_type(struct gql_compare *c, struct change *x, const struct gql_type *t);
void gql_witness_spread(struct gql_compare *c, struct change *x, const struct gql_type *a, const struct gql_type *b);
void gql_witness_enum(struct gql_compare *c, struct change *x, const struct gql_type *t, struct str value, bool added);
void gql_witness_new_type(struct gql_compare *c, struct change *x, const struct gql_type *abstract, struct str name);
void gql_witness_directive(struct gql_compare *c, struct change *x, const struct gql_directive *d, uint32_t locations, bool twice);
#endif
