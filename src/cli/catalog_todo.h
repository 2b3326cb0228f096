/* Orphans as work items in a file of Markdown that people keep: one line each, written once, kept up to date, ticked off when the service is nobody's no more. What stands in the file besides stays. */
#ifndef PLEACH_CLI_CATALOG_TODO_H
#define PLEACH_CLI_CATALOG_TODO_H
#include "base/json.h"
#include "cli/command.h"
struct todo { size_t added, open, closed; /* lines: new, of those there still open, ticked off now */ };
/* answer: schema "Catalog", of all services. dry: nothing is written. Other files are not touched. False with e where the file cannot be read or written. */
bool catalog_todo_write(struct cli *c, struct str file, const struct json *answer, bool dry, struct todo *done, struct err *e);
#endif
