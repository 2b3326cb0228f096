/* From a line of a service's output to a log record: members of a JSON object become fields and attributes (model/log_fields.h), of plain text
 * the level and the trace id are found (model/log_text.h). Secrets are replaced (node/redact.h). Every line gives a record: what cannot be understood is
 * the body as it is. Called by node/output.c's owner for each line or joined text. */
#ifndef PLEACH_NODE_LINE_H
#define PLEACH_NODE_LINE_H
#include "model/log_fields.h"

enum { LINE_MAX_BYTES = 16 << 10, LINE_MAX_ATTRS = 64, LINE_MAX_MEMORY = 1 << 20 };
/* Working memory, used again for each line; one a node. */
struct line_parser {
	struct log_fields fields;
	struct buf scratch;
	size_t redacted;  /* secrets replaced in this line */
};
struct line_source {
	const struct resource *resource;
	bool is_stderr;
	bool cut;          /* the line was longer than the limit; this is its beginning */
	int64_t observed;  /* wall ns */
	struct str file;   /* the file it was read from; empty: an instance's output */
};
bool line_parser_init(struct line_parser *p); /* false: no memory */
void line_parser_release(struct line_parser *p);
/* The record is valid until the next call with the same parser, and as long as line and source are. */
void line_record(struct line_parser *p, struct str line, const struct line_source *source, struct log_record *r);
#endif
