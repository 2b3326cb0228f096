/* Things in documents: a node, the file it is in, and the byte that people are shown. Used by the formats whose contracts are JSON or YAML documents with
 * references (openapi, asyncapi). */
#ifndef PLEACH_CONTRACT_SPOT_H
#define PLEACH_CONTRACT_SPOT_H
#include "contract/change.h"
#include "contract/schema/schema.h"

/* The node is the thing's identity (shared parts have one node), `offset` where it is shown (its key where it has one). node NULL: it is not there. */
struct doc_spot { struct doc_file *file; const struct doc *node; uint32_t offset; };
struct change_place spot_place(struct doc_spot s);
/* The member of an object; node NULL where there is none. Follows nothing. */
struct doc_spot spot_member(struct doc_spot at, struct str key);
struct doc_spot spot_of(struct doc_spot at, const struct doc_member *m);
struct doc_spot spot_item(struct doc_spot at, const struct doc *item);
/* The `$ref` that stands there, as "#/components/…" of the file `home` or "file#/…" of another, in `a`; empty where none does. */
struct str spot_reference(struct arena *a, struct doc_spot at, const struct doc_file *home);
/* Goes to where a `$ref` leads, if one stands there; false with e where it leads nowhere. */
bool spot_go(struct doc_spot *at, struct schema_set *set, struct err *e);
/* ERR_FILE_INVALID with the spot's place, unless e is set already; always false. */
bool spot_fault(struct doc_spot at, struct err *e, const char *format, ...) __attribute__((format(printf, 3, 4)));
bool spot_vfault(struct doc_spot at, struct err *e, const char *format, va_list args) __attribute__((format(printf, 3, 0)));
#endif
