/* Two fields of one number while they are compared; shared by compare_field.c and compare_language.c. */
#ifndef PLEACH_CONTRACT_PROTO_COMPARE_FIELD_H
#define PLEACH_CONTRACT_PROTO_COMPARE_FIELD_H
#include "contract/proto/compare.h"

struct field_pair {
	struct comparer *c;
	uint32_t pair;
	const struct proto_message *a, *b;
	const struct proto_field *f, *g;
	bool same_name, same_syntax;   /* of the messages; of the files */
	struct str name, where;        /* for people: of a map's value, the map's */
};

/* A change at the two fields, with its reach; NULL where it was dropped. */
struct change *field_change(const struct field_pair *p, enum change_kind kind, struct str detail);
/* A peer's rule, where the messages have the same name: peers do not compare others. */
void field_rule(const struct field_pair *p, struct change *x, enum rule_id id);
void field_prove(const struct field_pair *p, struct change *x);
void field_prove_code(const struct field_pair *p, struct change *x, const char *before, const char *after);
/* compare_language.c: what only generated code of one language shows, and UTF-8 checks. */
void compare_language_options(const struct field_pair *p);
#endif
