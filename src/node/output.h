/* One output stream of an instance: reads its pipe as fast as it is written, whatever becomes of the lines, and cuts it into lines. A service
 * is never blocked by us: there is no state in which a readable pipe is not read. At most OUTPUT_TURN bytes a turn of the loop, then
 * the others have theirs.
 *
 * Invariant: `partial` holds the beginning of a line not yet ended, at most LINE_MAX_BYTES; when it is full the line is handed on as cut
 * and the rest of it is dropped up to its end. */
#ifndef PLEACH_NODE_OUTPUT_H
#define PLEACH_NODE_OUTPUT_H
#include "base/buf.h"
#include "net/loop.h"

enum { OUTPUT_TURN = 64 << 10, OUTPUT_LAST = 256 << 10 /* read at most, once the process has ended: more than a pipe holds */ };
struct output {
	struct loop *loop;
	/* A line without its end, not empty; valid during the call. Must not close the output. */
	void (*on_line)(struct output *o, struct str line, bool cut);
	/* Nothing more can be read at the moment, or ever. May be NULL. */
	void (*on_idle)(struct output *o);
	struct watcher watcher;
	struct deferred more;
	struct buf partial;
	bool skipping;        /* dropping the rest of a line that was cut */
	uint32_t in_key;      /* for redact_key_block */
};
/* loop and on_line are set before. Takes the handle over. False when it cannot be watched (it is closed then). */
bool output_open(struct output *o, int fd);
/* Reads what is left, hands on the last line even without its end, closes. Harmless when closed. */
void output_finish(struct output *o);
/* For tests and the fuzzer: what reading does with the bytes. */
void output_feed(struct output *o, struct str bytes);
void output_flush(struct output *o);
#endif
