/* JSON Schema: drafts 4, 6, 7, 2019-09 and 2020-12, and the dialects of Swagger 2.0, OpenAPI 3.0 and 3.1. Reading, validating an instance, and comparing two schemas by
 * meaning. Used by the formats json_schema, openapi and asyncapi, by Avro's JSON only for its documents.
 *
 * Reading is lazy and memoised by node: a schema that a thousand operations refer to is read once. References go to files of the source and never to the network.
 *
 * Comparison: a caller names pairs of schemas at which values cross (roots) with their direction, then runs. In a request, whatever the old schema took
 * the new one must take; in a response, whatever the new one gives the old one must have allowed. Pairs below are compared once a direction whatever
 * the number of roots (memoised, to a fixed point over cycles), each difference becomes one change, and the roots that reach it are found by the pairs' reverse edges.
 * A difference that cannot be judged by a sound rule is reported, unproved, unless a witness is found; so no break is missed. */
#ifndef PLEACH_CONTRACT_SCHEMA_H
#define PLEACH_CONTRACT_SCHEMA_H
#include "contract/change.h"
#include "contract/doc/doc.h"
#include "contract/format.h"

enum schema_dialect { SCHEMA_DRAFT4, SCHEMA_DRAFT6, SCHEMA_DRAFT7, SCHEMA_2019_09, SCHEMA_2020_12, SCHEMA_SWAGGER_2, SCHEMA_OPENAPI_30, SCHEMA_OPENAPI_31 };
struct schema_set; /* the documents of one side and the schemas in them */
struct schema;     /* one schema; lives as long as its set */

struct schema_set *schema_set_new(const struct source *s);
void schema_set_free(struct schema_set *set);
/* A file of the source, parsed once; NULL with e (ERR_FILE_INVALID with its place; ERR_NOT_FOUND where the source has no such file). */
struct doc_file *schema_set_document(struct schema_set *set, struct str path, struct err *e);
/* The schema at a node of a document, with all that it refers to. NULL with e: file, line, column and remedy. */
const struct schema *schema_set_read(struct schema_set *set, struct doc_file *f, const struct doc *node, enum schema_dialect dialect, struct err *e);
/* Follows `$ref` from an object that may be one (of parameters, responses, path items…): the node and the file where it ends; for what is no reference the node itself.
 * False with e on a reference to nowhere, to another host, or in a circle. */
bool schema_set_follow(struct schema_set *set, struct doc_file **f, const struct doc **node, struct err *e);
const struct doc *schema_node(const struct schema *s);
struct doc_file *schema_file(const struct schema *s);
/* The place of a node as changes name it in their subject: "orders.yaml#/components/schemas/Order". */
struct str schema_pointer_text(struct arena *a, struct doc_file *f, uint32_t offset);
/* "string", "[Order]", "Order" … for documentation; in the set's arena. */
struct str schema_type_text(struct schema_set *set, const struct schema *s);

enum schema_use { SCHEMA_USE_ANY, SCHEMA_USE_REQUEST /* readOnly properties need not be there */, SCHEMA_USE_RESPONSE /* writeOnly need not */ };
struct schema_fault { char instance[256], keyword[64], message[256]; }; /* JSON pointer into the instance; what is wrong there, in words */
bool schema_valid(const struct schema *s, const struct doc *value, enum schema_use use, struct schema_fault *fault);

/* Where values cross. */
enum schema_position { SCHEMA_BODY, SCHEMA_PARAMETER, SCHEMA_HEADER, SCHEMA_RECORD };
struct schema_root {
	struct str operation;             /* for `reach`: "POST /orders", "order.placed" */
	enum reach_direction direction;   /* REACH_REQUEST or REACH_RESPONSE */
	enum schema_position position;
	struct str of;                    /* for the witness: "POST /orders request body application/json" */
};
/* A keyword's difference at a pair, as a caller's rules see it. */
struct schema_difference {
	enum change_kind kind;            /* a row of tbl/changes_schema.h */
	enum reach_direction breaks;      /* directions in which it breaks (of those that reach it) */
	uint8_t positions;                /* bit per schema_position of the roots that reach it */
	bool at_root;                     /* the schema of a body, parameter or header itself, not of something in it */
	const struct schema *before, *after;
	const struct doc *old_value, *new_value; /* of the keyword; NULL where it is not there */
	struct str property;              /* of kinds about one property: its name */
};
/* Gives the checkers' names of a difference: writes up to `limit` ids, returns how many. */
typedef size_t schema_label(void *ctx, const struct schema_difference *d, enum rule_id *out, size_t limit);

struct schema_compare;
struct schema_compare *schema_compare_new(struct schema_set *old_set, struct schema_set *new_set, const struct contract_options *options, struct changes *out,
	schema_label *label, void *ctx);
/* The root's texts are copied. */
bool schema_compare_root(struct schema_compare *c, const struct schema *before, const struct schema *after, const struct schema_root *root);
/* After all roots. False with e only on a limit. */
bool schema_compare_run(struct schema_compare *c, struct err *e);
void schema_compare_free(struct schema_compare *c);
#endif
