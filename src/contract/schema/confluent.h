/* Which of Confluent's difference types a difference of schemas is; a schema_label. Used by the format json_schema and by the registry. */
#ifndef PLEACH_CONTRACT_CONFLUENT_H
#define PLEACH_CONTRACT_CONFLUENT_H
#include "contract/schema/schema.h"

size_t confluent_json_label(void *ctx, const struct schema_difference *d, enum rule_id *out, size_t limit);
#endif
