/* From a line of a service's output to a log record: members of a JSON object become fields and attributes (tbl/line_keys.h), of plain text
 * the level and the trace id are found. Secrets are replaced (node/redact.h). Every line gives a record: what cannot be understood is
 * the body as it is. Called by node/output.c's owner for each line or joined text. */
#ifndef PLEACH_NODE_LINE_H
#define PLEACH_NODE_LINE_H
#include "model/record.h"

enum { LINE_MAX_BYTES = 16 << 10, LINE_MAX_ATTRS = 64, LINE_MAX_MEMORY = 1 << 20 };
/* Working memory, used again for each line; one a node. */
struct line_parser {
	struct arena arena;
	struct buf scratch;
	struct attr attrs[LINE_MAX_ATTRS + 5]; /* and our own */
	size_t attr_count;
	size_t left_out;  /* members beyond LINE_MAX_ATTRS */
	size_t redacted;  /* secrets replaced in this line */
};
struct line_source {
	const struct resource *resource;
	bool is_stderr;
	bool cut;          /* the line was longer than the limit; this is its beginning */
	int64_t observed;  /* wall ns */
	struct str file;   /* the file it was read from; empty: an instance's output */
};
void line_parser_init(struct line_parser *p);
void line_parser_release(struct line_parser *p);
/* The record is valid until the next call with the same parser, and as long as line and source are. */
void line_record(struct line_parser *p, struct str line, const struct line_source *source, struct log_record *r);

/* Parts of it, for tests: the level that a text line names (a leading word, one in brackets, one in capitals among the first words, or
 * level=…), SEVERITY_NONE when it names none; and text as people should see it: without terminal colours, with U+FFFD for what is not
 * UTF-8 or a NUL (s itself where nothing had to change). */
uint8_t line_level(struct str s);
struct str line_clean(struct arena *a, struct str s);
#endif
