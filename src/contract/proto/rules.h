/* Validation rules (buf.validate) of a field, flattened: one row a rule, bounds made inclusive where the values are integers. */
#ifndef PLEACH_CONTRACT_PROTO_RULES_H
#define PLEACH_CONTRACT_PROTO_RULES_H
#include "contract/proto/dynamic.h"

enum { RULES_MAX = 96 };
enum rule_way { RULE_UPPER, RULE_LOWER, RULE_ONE_OF, RULE_NONE_OF, RULE_FLAG, RULE_OTHER };
struct rule {
	char name[64];                 /* "string.max_len", "repeated.items.int32.lte", "required" */
	enum rule_way way;
	const struct dyn_field *values;
	int64_t bound;                 /* of RULE_UPPER and RULE_LOWER with integers: inclusive */
	double real;                   /* … with others */
	bool integer;
};
struct rules { struct rule items[RULES_MAX]; size_t count; bool partial; };

/* The rules in a field's options; definitions are looked for in `m`. No rules where there are none or where they cannot be read. */
void rules_of(struct arena *a, const struct proto_model *m, const struct proto_field *f, struct rules *to);
const struct rule *rules_find(const struct rules *r, const char *name);
/* 1: the value (NULL: the field is not set) keeps the rules; 0: it breaks one (its name in *broken); -1: a rule is not understood here. */
int rules_accept(const struct rules *r, const struct proto_field *f, const struct dyn_value *v, const char **broken);
bool dyn_values_hold(const struct dyn_field *set, struct dyn_value v);
bool dyn_value_equal(struct dyn_value a, struct dyn_value b);
#endif
