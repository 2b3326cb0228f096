/* A connection as the gateway uses it, on either side: a block of bytes received and not yet used, and a bounded queue of bytes that the
 * socket did not take at once. Reading and writing follow edge-triggered readiness: `readable` stays set until a read found nothing,
 * `blocked` is set when a write found no room, until SYS_WRITABLE.
 *
 * Blocks of 16 KiB are recycled, the last one used first, so that a busy gateway works on the same few pages and an idle connection
 * holds none. */
#ifndef PLEACH_GATEWAY_CONN_H
#define PLEACH_GATEWAY_CONN_H
#include "net/loop.h"

enum {
	BLOCK_SIZE = 16384,
	BLOCKS_KEPT = 256,              /* free blocks kept for reuse */
	CONN_OUT_MAX = 64 * 1024,       /* bytes queued per direction, beside at most one head */
	CONN_OUT_HIGH = CONN_OUT_MAX - BLOCK_SIZE - 64, /* from here on the source is not read */
	CONN_OUT_HARD = CONN_OUT_MAX + 2 * BLOCK_SIZE,  /* never exceeded: checked */
};

struct block {
	struct block *next;
	uint32_t from, to; /* bytes in use */
	char data[BLOCK_SIZE];
};
struct blocks {
	struct block *free;
	uint32_t kept, taken;
	uint32_t largest_queue; /* the most bytes any connection had queued */
};
struct block *block_take(struct blocks *b); /* empty; NULL when out of memory */
void block_give(struct blocks *b, struct block *k);
void blocks_release(struct blocks *b);
static inline struct str block_str(const struct block *k) { return k ? str_from(k->data + k->from, k->to - k->from) : (struct str){ NULL, 0 }; }
static inline size_t block_len(const struct block *k) { return k ? k->to - k->from : 0; }

struct conn {
	struct watcher watcher;
	struct blocks *blocks;
	struct block *in;              /* NULL when nothing is held */
	struct block *out, *out_last;  /* oldest first */
	uint32_t out_bytes;
	bool readable, blocked, hangup;
	uint64_t sent;                 /* bytes that the socket took, ever */
};
bool conn_open(struct conn *c, struct loop *l, struct blocks *b, int fd, watcher_f *fn);
void conn_close(struct conn *c); /* in order; harmless twice */
void conn_reset(struct conn *c); /* so that the peer sees that something broke */
static inline bool conn_is_open(const struct conn *c) { return c->watcher.fd >= 0; }
/* Notes what an event says. */
void conn_note(struct conn *c, uint32_t what);
/* Appends to `in`: bytes read, 0 at the end of the stream, SYS_AGAIN, SYS_LIMIT when the block is full, or why it failed. */
int64_t conn_read(struct conn *c);
/* Drops n bytes of `in`; an empty block is given back. */
void conn_consume(struct conn *c, size_t n);
/* Sends the pieces, queueing what the socket does not take. 0, or why the connection failed. */
int conn_send(struct conn *c, struct sys_iovec *v, int count);
/* Goes on with the queue: 0 (out_bytes tells what is left) or why it failed. */
int conn_flush(struct conn *c);
#endif
