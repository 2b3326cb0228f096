/* Orphans as work items in a file of Markdown that people keep: one line each, written once, kept up to date, ticked off when the service is nobody's no more. What stands in the file besides stays. */
#ifndef PLEACH_CLI_CATALOG_TODO_H
#define PLEACH_CLI_CATALOG_TODO_H
#include "base/json.h"
#include "cli/catalog_forge.h"
struct todo { size_t added, open, closed; /* lines: new, of those there still open, ticked off now */ struct str text; /* of the file as it is now, or would be; in the arena */ };
/* answer: schema "Catalog", of all services. Other files are not touched. False with e where the file cannot be read or written. */
bool catalog_todo_write(struct cli *c, struct str file, const struct json *answer, const struct todo_limits *l, struct todo *done, struct err *e);
/* The lines of ours in it, as objects: id, number and url (none), open. */
void catalog_todo_items(struct json_out *o, struct str text);
#endif
