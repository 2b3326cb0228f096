/* Private to contract/schema: what the rules about members and items share. */
#ifndef PLEACH_CONTRACT_SCHEMA_RULES_H
#define PLEACH_CONTRACT_SCHEMA_RULES_H
#include "contract/schema/schema_compare_impl.h"

/* Directions in which both sides know values of these types. */
int rules_concerned(const struct rules *r, unsigned types);
/* The part that has a keyword, else the first. */
const struct schema *rules_part_with(const struct view *v, enum schema_keyword k);
void rules_fill_property(struct rules *r, struct difference *d, enum schema_keyword k, struct str name);
/* Members that nothing names, and further items: closed, open, or by a schema. */
struct rest_kinds { enum change_kind closed, opened, narrowed, widened; };
void rules_rest(struct rules *r, uint32_t in_old, uint32_t in_new, int dirs, enum schema_keyword k, const struct rest_kinds *kinds, enum edge_step step, uint32_t index);
#endif
