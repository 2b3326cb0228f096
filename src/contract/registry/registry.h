/* A schema registry: the subset of Confluent's Schema Registry REST API that Kafka clients use (docs/schema-registry.md), over one SQLite file. Every change is on
 * disk before it is answered (WAL, synchronous=FULL), so a crash at any moment loses nothing that was acknowledged. Whether a version may follow
 * another is judged by the formats' own comparison (contract/format.h). One thread; a request is answered before registry_handle returns. */
#ifndef PLEACH_CONTRACT_REGISTRY_H
#define PLEACH_CONTRACT_REGISTRY_H
#include "net/http_server.h"

enum {
	REGISTRY_SCHEMA_MAX = 1 << 20,     /* bytes of one schema */
	REGISTRY_SUBJECT_MAX = 255,        /* bytes of a subject's name */
	REGISTRY_SCHEMAS_MAX = 200000,     /* different schemas in all */
	REGISTRY_VERSIONS_MAX = 2000,      /* of one subject */
	REGISTRY_REFERENCES_MAX = 64,      /* of one schema, directly */
	REGISTRY_REFERENCED_MAX = 256,     /* of one schema, in all */
	REGISTRY_MESSAGES_MAX = 50         /* incompatibilities told in one answer */
};
struct registry;
/* Opens the file, or creates it. Never NULL for a fault of the file: then every request is answered with it (error_code 50001), and `e` is set for the caller's
 * log. NULL only where there is no memory. */
struct registry *registry_new(struct str file, struct err *e);
/* Answers. `path` is the request's path below the base URL, beginning with '/'. */
void registry_handle(struct registry *r, struct http_exchange *x, struct str path);
void registry_free(struct registry *r);
#endif
