/* One log line as people read it: local clock time, level, instance, message, and on demand its fields. */
#ifndef PLEACH_CLI_ROW_H
#define PLEACH_CLI_ROW_H
#include "base/json.h"
#include "cli/command.h"
void row_print(struct cli *c, const struct json *row, bool fields);
#endif
