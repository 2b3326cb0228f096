/* How results look on a terminal: emphasis only where it is one, columns that line up, text wrapped at words. Everything goes to c->out. */
#ifndef PLEACH_CLI_OUTPUT_H
#define PLEACH_CLI_OUTPUT_H
#include "base/text.h"
#include "cli/command.h"
enum style { STYLE_NONE, STYLE_BOLD, STYLE_DIM, STYLE_RED, STYLE_GREEN, STYLE_AMBER, STYLE_BLUE };
void out_styled(struct cli *c, enum style style, struct str s);
static inline void out_bold(struct cli *c, struct str s) { out_styled(c, STYLE_BOLD, s); }
/* A table: cells row by row, columns as wide as their widest cell; the last column is not padded. */
struct table {
	struct cli *c;
	size_t columns, count, capacity;
	struct table_cell { struct str text; enum style style; bool right; } *cells;
};
void table_init(struct table *t, struct cli *c, size_t columns);
void table_cell(struct table *t, struct str text, enum style style);
void table_right(struct table *t, struct str text, enum style style);
void table_print(struct table *t);
/* Into the invocation's arena: "812 ms", "3 min ago", "12.3 MiB", "4.2 %". */
struct str text_duration(struct cli *c, int64_t ns);
struct str text_ago(struct cli *c, int64_t wall);
struct str text_size(struct cli *c, int64_t bytes);
struct str text_percent(struct cli *c, double share);
struct str text_rate(struct cli *c, double per_second);
/* One line of progress on standard error, rewritten in place; nothing where it is no terminal. progress_end removes it. */
void progress(struct str line);
void progress_end(void);
#endif
