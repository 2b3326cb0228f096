/* Lines that belong together, such as those of a stack trace, become one text, joined by line ends: indented lines and causes go to the line
 * before them, tracebacks of Python and panics of Go are taken whole (tbl/join_lines.h). A line of JSON is never joined with another.
 *
 * An ordinary line waits for the next one only as long as more input is there: join_idle hands it on. What has begun as a block waits for its
 * next line until join_flush, which the owner calls JOIN_WAIT later. A block over JOIN_MAX_BYTES or JOIN_MAX_LINES is handed on in several
 * pieces; nothing is dropped.
 *
 * Invariant: `lines` is 0 exactly in JOIN_NOTHING; `held` has no line end at its end. */
#ifndef PLEACH_NODE_JOIN_H
#define PLEACH_NODE_JOIN_H
#include "base/buf.h"

enum { JOIN_MAX_BYTES = 64 << 10, JOIN_MAX_LINES = 1000 };
#define JOIN_WAIT ((int64_t)500 * 1000000) /* ns */
enum join_state { JOIN_NOTHING, JOIN_LINE, JOIN_TRACE, JOIN_PYTHON, JOIN_PYTHON_END, JOIN_GO, JOIN_STATES };
enum join_class { CLASS_JSON, CLASS_BLANK, CLASS_INDENTED, CLASS_PLAIN, CLASS_ERROR /* the first line of a stack trace */, CLASS_CAUSE, CLASS_PYTHON, CLASS_CHAIN,
		  CLASS_GO, CLASS_FRAME, JOIN_CLASSES };
struct join {
	/* A text without a line end behind it, not empty; cut: a line of it was. Valid during the call. */
	void (*on_text)(struct join *j, struct str text, bool cut);
	enum join_state state;
	uint32_t lines;
	bool cut;
	struct buf held;
};
/* on_text is set before. */
void join_init(struct join *j);
void join_release(struct join *j);
/* A line without its end; an empty one is dropped, but ends what is ordinary. */
void join_line(struct join *j, struct str line, bool cut);
/* There is no more input at the moment. True when a block is held. */
bool join_idle(struct join *j);
/* Hands on what is held. */
void join_flush(struct join *j);
/* For tests. */
enum join_class join_class(struct str line);
#endif
