/* The catalogue of repositories read here and now, by confined workers (part/catalog_crawl.h): for commands without a running fleet, or with --in. */
#ifndef PLEACH_CLI_CATALOG_LOCAL_H
#define PLEACH_CLI_CATALOG_LOCAL_H
#include "catalog/picture/picture.h"
#include "cli/command.h"
#include "part/catalog_crawl.h"
/* What is looked at, all with one end of life. */
struct catalog_local { struct fleet *fleet; struct crawl_kept *kept; struct picture *picture; };
/* A path as the person meant it: from where the command was started, whatever the working directory is now. catalog_local_begin before anything changes that. */
void catalog_local_begin(struct cli *c);
struct str catalog_local_path(struct cli *c, struct str path);
/* There is a fleet here, or one was named. */
bool catalog_local_fleet(struct cli *c);
/* Something is named that is to be read, whatever runs: --in or --import. */
static inline bool catalog_local_named(const struct cli *c) { return cli_option(c, "in").p || cli_option(c, "import").p; }
/* Of --in, else of the fleet here (then with what is kept of it), else of the folder here. *l is zeroed before; catalog_local_free in any case. */
bool catalog_local_read(struct cli *c, struct catalog_local *l, struct err *e);
struct str catalog_local_missing(struct cli *c, const struct catalog_local *l);
/* Where what is remembered of others lies: in the fleet here (unless --in), else below $XDG_STATE_HOME or $HOME; empty: nowhere. */
struct str catalog_local_state(struct cli *c);
/* The place of work items that the fleet here names, with its token. False with e: it names none, or the token cannot be read. */
bool catalog_local_todo(struct cli *c, struct str *where, struct str *token, struct err *e);
void catalog_local_free(struct catalog_local *l);
#endif
