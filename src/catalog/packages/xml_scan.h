/* XML of build files (pom.xml, *.csproj) as a run of tags and texts, by a small strict scanner: elements must close in their order, names lose their prefix, the five entities and numeric ones are decoded.
 * Document types are refused (nothing is fetched, nothing grows), comments and instructions passed over. The reader of pacts (src/contract/pact/xml.h) makes trees by expat; it belongs to another domain. */
#ifndef PLEACH_CATALOG_PACKAGES_XML_SCAN_H
#define PLEACH_CATALOG_PACKAGES_XML_SCAN_H
#include "catalog/packages/reading.h"

enum xml_event { XML_OPEN, XML_TEXT, XML_CLOSE, XML_END, XML_WRONG };
enum { XML_SCAN_DEPTH = 64, XML_SCAN_ATTRIBUTES = 32 };
struct xml_scan {
	struct package_reading *r;
	const char *p, *end;
	uint32_t line;         /* of the event */
	uint32_t now;          /* of p */
	struct str names[XML_SCAN_DEPTH]; /* of the open elements */
	unsigned depth;        /* how many; at XML_CLOSE still with the one that closes */
	struct str text;       /* XML_TEXT: without white space around it, never empty */
	struct { struct str name, value; } attributes[XML_SCAN_ATTRIBUTES];
	unsigned attributes_count;
	bool closing;          /* the last event was XML_CLOSE */
	bool empty;            /* <a/>: its XML_CLOSE is next */
	bool rooted;           /* an element was there */
};
void xml_scan_init(struct xml_scan *x, struct package_reading *r);
/* XML_WRONG with the reading's err. */
enum xml_event xml_scan_next(struct xml_scan *x);
struct str xml_scan_attribute(const struct xml_scan *x, const char *name); /* empty: none */
/* Whether the open elements are these, "project/dependencies" from the root; a name of "*" is any. */
bool xml_scan_at(const struct xml_scan *x, const char *path);
#endif
