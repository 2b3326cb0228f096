/* A segment written anew without some of its rows: how rows are deleted (deletion.c) and how a service's rows go before those of others
 * (retention.c). The rows that stay keep their positions, so their ids; what is counted from rows (calls, traces, senders of rows) is counted anew.
 * The new file takes the old one's name (segment_write: temporary name, sync, rename, sync of the directory): after a crash there is one
 * or the other. Runs on a worker. Memory: the rows that stay, as they were before the segment was first written, and what segment_write takes. */
#ifndef PLEACH_STORE_REWRITE_H
#define PLEACH_STORE_REWRITE_H
#include "store/bits.h"
#include "store/segment.h"

enum rewrite_result {
	REWRITE_SAME,      /* no row goes: nothing was written */
	REWRITE_DONE,      /* `written` is the summary of the file there is now */
	REWRITE_DAMAGED,   /* the segment cannot be read (err); it is as it was */
	REWRITE_FAILED     /* it could not be written (err): try again later. It is as it was, or it is the new one: trying again tells */
};
struct rewrite {
	struct str directory;
	const struct segment *segment;
	/* Sets a bit for the position of each row that goes. The index is read. False: damage (e). */
	bool (*mark)(void *ctx, struct segment_reader *r, uint64_t *gone, struct err *e);
	void *ctx;
	/* results */
	uint32_t gone;               /* rows */
	struct segment written;
	struct err err;
	size_t memory;               /* held now; read by other threads (atomic) */
};
/* Bits for `rows` positions. */
static inline size_t rewrite_words(uint32_t rows) { return (size_t)rows / 64 + 1; }
enum rewrite_result segment_rewrite(struct rewrite *w);
#endif
