/* `pleach catalog --todo URL`: orphans as issues of a forge, or as what a webhook is told (part/forge.h). */
#ifndef PLEACH_CLI_CATALOG_FORGE_H
#define PLEACH_CLI_CATALOG_FORGE_H
#include "base/json.h"
#include "cli/command.h"
/* What is to be done of all that a plan has. only: id of the one service that it is about; empty: all. no_new: nothing is raised. dry: nothing is changed. */
struct todo_limits { struct str only; bool no_new, dry; };
/* Where, and as whom. token: p == NULL, that of the environment. state: folder for what a webhook was told; empty: none. */
struct todo_place { struct str where, token, state; };
/* answer: schema "Catalog", of all services. Prints what was done, or would be, and returns the exit status. */
int catalog_forge(struct cli *c, const struct todo_place *place, const struct json *answer, const struct todo_limits *l);
#endif
