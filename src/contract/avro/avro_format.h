/* The model behind the format avro, for those who want more of it than a comparison (the schema registry, tests). */
#ifndef PLEACH_CONTRACT_AVRO_FORMAT_H
#define PLEACH_CONTRACT_AVRO_FORMAT_H
#include "contract/avro/avro.h"

struct avro_model {
	struct contract_model model;
	struct avro_set *set;
};
/* See struct contract_format. */
void avro_describe(const struct avro_set *set, struct json_out *o);
#endif
