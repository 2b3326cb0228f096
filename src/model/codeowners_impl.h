/* What reading and matching of CODEOWNERS share: the graph that rules are compiled into.
 *
 * A node stands for what has been matched so far; an edge is one segment of a path: a literal, or "*.c" and the like (both found by hash), or another pattern of a name. A node reached by `**` stays active whatever
 * folder comes. Rules hang at the node behind their last segment. Node 0 is the top. */
#ifndef PLEACH_MODEL_CODEOWNERS_IMPL_H
#define PLEACH_MODEL_CODEOWNERS_IMPL_H
#include "model/codeowners.h"

struct codeowners_node {
	uint32_t glob;     /* first edge by pattern; 0: none */
	uint32_t stars;    /* the node behind `**`; 0: none */
	uint32_t accepts;  /* first rule that ends here + 1 */
	bool loops;        /* stays active in every folder */
	bool literals, endings; /* has edges of these kinds */
};
/* from: of an ending with CODEOWNERS_ENDING. next: of the same node's patterns; 0: none. last: the byte that a name must end with; 0: any. */
#define CODEOWNERS_ENDING UINT32_C(0x80000000)
struct codeowners_edge { struct str segment; uint32_t from, to, next; char last; };
struct codeowners_accept {
	uint32_t rule, next; /* next + 1; 0: none */
	bool file_only;      /* nothing below a folder */
};
struct codeowners_graph {
	struct codeowners_node *nodes;
	size_t nodes_count, nodes_capacity;
	struct codeowners_edge *edges;  /* [0] stands for none */
	size_t edges_count, edges_capacity;
	struct codeowners_accept *accepts;
	size_t accepts_count, accepts_capacity;
	uint32_t *index;                /* edges by literal or ending, open addressing: edge or 0 */
	size_t index_size, indexed;
};
struct codeowners_level { size_t active, count, path; /* path: bytes of the folders up to here */ };
/* Adds a rule's pattern; false when the arena is full. The pattern has passed codeowners_read's judgement. */
bool codeowners_graph_add(struct arena *a, struct codeowners_graph *g, enum codeowners_dialect dialect, struct str pattern, uint32_t rule);
#endif
