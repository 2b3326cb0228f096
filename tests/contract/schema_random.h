/* Random schemas, mutations of them and random values, from a seed; of few names, numbers and texts, so that schemas and values meet. For the tests of
 * validation (beside ajv) and of comparison (beside brute force). */
#ifndef PLEACH_TESTS_SCHEMA_RANDOM_H
#define PLEACH_TESTS_SCHEMA_RANDOM_H
#include "contract/doc/doc.h"
#include "contract/schema/schema.h"

struct random { uint64_t state; };
void random_seed(struct random *r, uint64_t seed);
uint32_t random_below(struct random *r, uint32_t n);
/* A document: a root schema with a few definitions that its parts refer to. */
void random_schema_document(struct random *r, enum schema_dialect dialect, struct buf *out);
/* The document with one to three small changes. */
void random_mutation(struct random *r, enum schema_dialect dialect, const struct doc *document, struct buf *out);
void random_value(struct random *r, unsigned depth, struct buf *out);
#endif
