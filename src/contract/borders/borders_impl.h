/* Between the files of borders/ only (borders.h). */
#ifndef PLEACH_CONTRACT_BORDERS_IMPL_H
#define PLEACH_CONTRACT_BORDERS_IMPL_H
#include "base/map.h"
#include "contract/borders/borders.h"

/* kinds.c: what a file is, by its path below the folder that is walked. */
bool border_is_test(struct str path);
bool border_is_compose(struct str name);
bool border_skips(struct str folder);
enum border_kind border_kind_of(struct str path);

/* marks.c */
enum border_mark { BORDER_MARK_NONE, BORDER_MARK_PACT, BORDER_MARK_MOCK };
enum border_mark border_mark_of(struct str path, struct str text);

/* names.c: the ways in which texts name the services of a fleet, made once for all files. */
struct border_names {
	struct arena arena;
	const struct fleet *fleet;
	struct map names;      /* "order-lines" to struct service */
	struct map variables;  /* "ORDER_LINES" */
	struct map plain;      /* "orderlines": as identifiers write it */
	struct map ports;      /* "9090": of services whose port is written down */
};
bool border_names_init(struct border_names *n, const struct fleet *f);
void border_names_release(struct border_names *n);

/* mentions.c: each first mention of a service in a text, in the order of the text; at most `room`. Texts of touches lie in the text. */
size_t border_mentions(const struct border_names *n, struct str path, struct str text, struct border_touch *out, size_t room);
#endif
