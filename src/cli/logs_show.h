/* How `pleach logs` shows answers of /api/query and /api/logs/histogram on a terminal. */
#ifndef PLEACH_CLI_LOGS_SHOW_H
#define PLEACH_CLI_LOGS_SHOW_H
#include "base/json.h"
#include "cli/command.h"
/* Lines (oldest first, unless a pipe sorted them), or a table. */
void logs_rows(struct cli *c, const struct json *answer, bool fields);
void logs_table(struct cli *c, const struct json *answer, bool fields);
/* A line a level of bars, as wide as the terminal, and the times below. */
void logs_histogram(struct cli *c, const struct json *histogram, int width);
/* How many buckets such a line has room for. */
int logs_histogram_buckets(int width);
#endif
