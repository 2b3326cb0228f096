/* Sides of a comparison by the names that people type: a file or folder, `REV:PATH`, `lock:FILE`, `deployed:SERVICE[@VERSION]`. */
#ifndef PLEACH_CLI_SIDE_NAMED_H
#define PLEACH_CLI_SIDE_NAMED_H
#include "cli/command.h"
#include "part/side.h"

/* Reads what the name means. A name that leads nowhere sets `missing` where it may still be one that the other side has (a path of a revision or of here), else it is an
 * error. */
bool side_read_named(struct cli *c, struct side *s, struct err *e);
bool side_read_git(struct side *s, struct str revision, struct str path, struct err *e);
bool side_read_deployed(struct cli *c, struct side *s, struct str service, struct err *e);
/* Shows on a terminal how far reading is, when it takes long. */
void side_progress(size_t done, size_t all);
#endif
