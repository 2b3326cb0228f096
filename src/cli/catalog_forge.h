/* `pleach catalog --todo URL`: orphans as issues of a forge, or as what a webhook is told (part/forge.h). */
#ifndef PLEACH_CLI_CATALOG_FORGE_H
#define PLEACH_CLI_CATALOG_FORGE_H
#include "base/json.h"
#include "cli/command.h"
/* answer: schema "Catalog", of all services. state: folder for what a webhook was told; empty: none. Prints what was done, or would be (dry), and returns the exit status. */
int catalog_forge(struct cli *c, struct str where, const struct json *answer, struct str state, bool dry);
#endif
