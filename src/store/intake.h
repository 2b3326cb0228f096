/* The way into the store for protocols whose records come one by one and whose senders cannot be told to try again (syslog, Fluent Forward): records
 * join a batch until it is large or old enough, one batch is being committed while the next one fills. A batch that the store could not write (a
 * full disk, a backlog) is kept and tried again, in order; nothing is dropped, and when the next batch is full too, intake_full says so and
 * whoever feeds it stops reading.
 *
 * Memory: the batch being filled (INTAKE_MOST and one message), the one being committed, and a copy of that one while it failed. */
#ifndef PLEACH_STORE_INTAKE_H
#define PLEACH_STORE_INTAKE_H
#include "net/loop.h"
#include "store/batch.h"

enum {
	INTAKE_BATCH = 64 << 10, /* bytes at which a batch goes at once */
	INTAKE_MOST = 1 << 20,   /* bytes at which no more is taken while the one before is being committed */
	INTAKE_RESOURCES = 4096, /* senders at which the same holds */
};
#define INTAKE_DELAY (20 * (int64_t)MSEC)  /* the most that a record waits for others */
#define INTAKE_ROOM (10 * (int64_t)MSEC)   /* how often room is asked for while the store has none */
#define INTAKE_RETRY (100 * (int64_t)MSEC) /* until a batch that failed is tried again; twice as long each time, up to INTAKE_RETRY_MOST */
#define INTAKE_RETRY_MOST (5 * SECOND)

struct store;
/* Embedded in whatever waits for the records before it to be on disk. fn is called exactly once, never from intake_owe itself: kept says that they
 * are; otherwise they are lost (no memory, the end of the store) or the intake is released. */
struct intake_owed {
	void (*fn)(struct intake_owed *o, bool kept);
	struct intake_owed *next;
};
struct intake {
	struct store *store;
	struct loop *loop;
	void (*on_room)(void *ctx); /* there is room again after intake_full was true */
	void *ctx;
	struct batch_builder builder;
	bool full, closing, lost;
	unsigned flying;            /* batches with the store: one, at the end two */
	struct batch *again;        /* what the store did not take */
	struct timer timer;
	int64_t backoff;            /* of the next retry; 0: the last batch was taken */
	struct intake_owed *owed, **owed_end;               /* for what is in the builder */
	struct intake_owed *flying_owed, **flying_owed_end; /* for what is being committed */
	uint64_t refused;           /* attempts that the store did not take */
};
void intake_init(struct intake *in, struct store *s, struct loop *l, void (*on_room)(void *ctx), void *ctx);
/* The builder to add records to; call intake_added afterwards. */
struct batch_builder *intake_builder(struct intake *in);
void intake_added(struct intake *in);
/* Calls o->fn when all that was added so far is acknowledged by the store. */
void intake_owe(struct intake *in, struct intake_owed *o);
bool intake_full(const struct intake *in);
/* Hands over all there is, whatever its size; no more is tried again. For the end of the store, which then waits for its queue. */
void intake_close(struct intake *in);
/* Frees it, after the store has answered for what it was given, or together with the store. */
void intake_release(struct intake *in);
#endif
