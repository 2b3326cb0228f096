/* Files embedded in the binary: the console (ui/dist) and the schemas of the API. The table is made at build time by ui/embed.c. */
#ifndef PLEACH_CONTROL_CONSOLE_H
#define PLEACH_CONTROL_CONSOLE_H
#include "base/str.h"
struct asset {
	const char *name;         /* "/index.html", "/assets/app-….js.br"; "schemas" */
	const char *begin, *end;
};
extern const struct asset assets[]; /* ended by a NULL name */
/* The bytes of an asset; {NULL,0} when there is none of that name. */
struct str asset_get(struct str name);
#endif
