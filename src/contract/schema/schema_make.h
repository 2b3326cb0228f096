/* Private to contract/schema: making instances, between schema_make.c (values) and schema_make_inside.c (objects and arrays). */
#ifndef PLEACH_CONTRACT_SCHEMA_MAKE_H
#define PLEACH_CONTRACT_SCHEMA_MAKE_H
#include "contract/schema/schema_compare_impl.h"

const struct doc *make_object(struct maker *m, const struct view *v, const struct goal *g);
const struct doc *make_array(struct maker *m, const struct view *v, const struct goal *g);
#endif
