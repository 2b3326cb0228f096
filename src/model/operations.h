/* Operations of a contract, and which of them a call is: method and path against templates such as "/v1/orders/{id}". Compiled once, matched for
 * every call that the gateway carries, in some tens of nanoseconds and without an allocation.
 *
 * OpenAPI's rule: what is concrete goes before what is templated, segment by segment from the left; within one segment "{id}.json" before "{id}", the
 * one with more fixed text first (of as much, by its bytes). A path that fits a concrete template without the method goes on to the next that has it. HEAD is GET's where
 * nobody declared it. A slash at the end counts for nothing; a parameter is never empty; percent-encoded letters are those letters, an
 * encoded slash stays in its segment. Cost: each node of the tree is entered at most once a match, whatever the path. */
#ifndef PLEACH_MODEL_OPERATIONS_H
#define PLEACH_MODEL_OPERATIONS_H
#include "base/arena.h"

enum {
	OPERATIONS_MAX = 8192,        /* of one served version; what is beyond is not matched (operations_compile says how many were taken) */
	OPERATIONS_SEGMENTS_MAX = 64, /* of one template or path: what is deeper fits nothing */
	OPERATIONS_SEGMENT_MAX = 512, /* bytes of a percent-encoded segment that are decoded */
	OPERATION_NAME_MAX = 512, OPERATION_METHOD_MAX = 32, OPERATION_PATH_MAX = 1024, OPERATION_HEADERS_MAX = 2048, /* bytes, where operations travel */
};
#define OPERATIONS_NONE UINT32_MAX

struct operation {
	struct str name;         /* as the contract and its findings call it: "GET /v1/orders/{id}", "shop.v1.Orders/Get" */
	struct str method, path; /* of the call as the service sees it, without a query */
	struct str headers;      /* blank-separated lower-case names of the request headers that the contract names */
};

struct operations_node;
struct operations_slot;
struct operations_end;
struct operations {
	struct operations_node *nodes; /* the first is the root */
	size_t nodes_count, nodes_capacity;
	struct operations_slot *slots; /* fixed segments by parent and text; open addressing */
	size_t slots_count;            /* a power of two; 0: none */
	struct operations_end *ends;
	size_t ends_count, ends_capacity;
	size_t taken;                  /* operations that can be matched */
};

/* Everything lives in the arena, the texts of `list` too. An operation that cannot be matched (no leading slash, unbalanced braces, too deep) is left
 * out, and of two that are the same the first counts. False when the arena is full. */
bool operations_compile(struct operations *o, struct arena *a, const struct operation *list, size_t count);
/* Index into the list; OPERATIONS_NONE where none fits. path: without its query; empty means "/". Zeroed operations match nothing. */
uint32_t operations_match(const struct operations *o, struct str method, struct str path);
#endif
