/* XML bodies as a small tree, by expat. No entities but the five of XML itself: a document that declares one is refused (so nothing is fetched and nothing
 * explodes). Bounded by XML_NODES_MAX and XML_DEPTH_MAX. */
#ifndef PLEACH_CONTRACT_PACT_XML_H
#define PLEACH_CONTRACT_PACT_XML_H
#include "base/arena.h"
#include "base/err.h"

enum { XML_NODES_MAX = 500000, XML_DEPTH_MAX = 200 };
struct xml_name { struct str space, local, prefix; }; /* namespace's URI, name, prefix as written (empty: none) */
struct xml_attribute { struct xml_name name; struct str value; };
struct xml_node {
	struct xml_name name;
	const struct xml_attribute *attributes;
	uint32_t attributes_count, children_count;
	struct xml_node *first, *last, *next; /* children; next sibling */
	struct str text;                   /* all direct text together, without white space around it */
	uint32_t line;
};
/* The root, in `a`; NULL with e (ERR_INPUT with line and column, ERR_TOO_LARGE). */
const struct xml_node *xml_parse(struct arena *a, struct str text, struct err *e);
static inline bool xml_same_name(const struct xml_name *a, const struct xml_name *b) { return str_eq(a->local, b->local) && str_eq(a->space, b->space); }
#endif
