/* The store's own state: what its files share. See store.h for the promises, docs/store-format.md for the files.
 *
 * A row's way: HTTP body -> ingest_* -> batch -> queue -> (worker: log, fsync) -> active memtable, counts, tails, acknowledgement -> frozen
 * memtable -> (worker: segment) -> list of segments -> retention. commit.c has the first half, flush.c the second, recover.c the start.
 *
 * Everything is touched on the loop's thread only, except what a running job owns: the commit job the log file and its batches, the
 * flush job the oldest frozen memtable, a task its scan. */
#ifndef PLEACH_STORE_INTERNAL_H
#define PLEACH_STORE_INTERNAL_H
#include "net/http_server.h"
#include "store/segment_cache.h"
#include "store/store.h"
#include "store/wal.h"

enum {
	COMMIT_MAX_BYTES = 4 << 20,       /* batches joined in one commit (one larger batch goes alone) */
	COMMIT_MAX_BATCHES = 1024,
	TASKS_MAX = 64,                   /* queries waiting or running; more are answered 429 */
	TAILS_MAX = 1024,
	SEGMENTS_MAX = 1 << 20,
	FLUSH_EARLY_BYTES = 4 << 20,
	STORE_CACHE_SHARE = 4             /* of the memory for rows, beside it, is for what queries read of segments */
};
#define FLUSH_AGE (INT64_C(300) * 1000000000)
/* Rows in memory are searched one by one: many of them do not stay there so long. */
#define FLUSH_EARLY (INT64_C(10) * 1000000000)
#define FLUSH_RETRY (INT64_C(1) * 1000000000)
#define RETENTION_EVERY (INT64_C(60) * 1000000000)

struct task;
struct lines;
struct tail;
struct listening;
struct upkeep;

struct commit {
	struct loop_job job;
	struct store *store;
	struct batch *list;
	struct wal wal;                       /* the store's while the worker has it */
	uint32_t first_row;
	enum wal_result result;
	int64_t code;
};
struct flush {
	struct loop_job job;
	struct store *store;
	struct memtable *memtable;
	struct segment segment;
	bool ok;
	int64_t code;
};

struct store {
	struct loop *loop;
	struct store_options options;
	char directory_space[SYS_PATH_MAX + 1];
	struct str directory;
	int lock;

	struct memtable *active;
	struct memtable *frozen, **frozen_end; /* oldest first */
	uint32_t frozen_count;
	struct segment **segments;             /* by number */
	struct segment_cache cache;            /* the running task's, or the loop's while there is none */
	struct segment *gone;                  /* without references; their cached tables go when no task runs */
	uint32_t segment_count, segment_capacity;
	struct segment *spare;                 /* summaries that are free, by next_gone */
	struct segment_slab *slabs;
	struct wal wal;
	struct sender_table senders;

	struct batch *queue, **queue_end;      /* waiting for the next commit */
	size_t waiting;                        /* bytes in queue and commit */
	struct commit commit;
	bool committing;
	struct flush flush;
	bool flushing, flush_failed, flush_full, freeze_due;
	bool disk_full;
	struct timer age, retry, retention;

	struct lines *lines;                   /* reader of records that are not OTLP; made when first needed */

	struct task *tasks, **tasks_end;       /* waiting for their next slice, in turn */
	struct task *running, *parked;         /* parked: streams whose client does not read */
	uint32_t task_count;
	struct tail *tails;
	uint32_t tail_count;
	struct tail_work *tail_work, **tail_work_end; /* rows that tails are still to be shown */
	uint64_t tail_backlog, tail_seen;      /* rows in it; commits so far */
	struct timer tail_timer;

	struct listening *listening;           /* NULL: none */
	struct upkeep *upkeep;
	struct store_keep *keep;               /* of the options, with its texts */
	uint32_t dying;                        /* segments out of the list that a query still reads */
	uint32_t unreadable;                   /* files found damaged at the start, left where they are */
	uint64_t damaged;                      /* places found damaged since the start */
	bool closing;
	struct deferred closed;
	void (*close_done)(void *ctx);
	void *close_ctx;
};
void store_report(const struct store *s, uint8_t severity, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* commit.c: takes the batch; its done is called (maybe at once) with the outcome, and it is freed or kept by then. */
void store_submit(struct store *s, struct batch *b);
/* Whether a batch of about this size would be taken now: to refuse before decoding. */
bool store_has_room(const struct store *s, size_t bytes, struct err *e);
void store_commit_next(struct store *s);

/* flush.c */
size_t store_memory(const struct store *s);
size_t store_freeze_size(const struct store *s);
/* Makes the active memtable frozen and begins the next number. Not while committing. */
void store_freeze(struct store *s);
void store_push_frozen(struct store *s, struct memtable *m);
void store_flush_next(struct store *s);

/* segment_list.c */
bool store_add_segment(struct store *s, const struct segment *seg);
/* The same file written anew: takes the old one's place in the list, if that is still there. */
void store_replace_segment(struct store *s, const struct segment *old, const struct segment *written);
void store_segment_unref(struct store *s, struct segment *seg);
/* No task runs: lets go of what the cache still holds of segments that are gone. */
void store_forget_segments(struct store *s);
/* All of them, and the list: the store ends. */
void store_free_segments(struct store *s);
void store_close_step(struct store *s);

/* recover.c, retention.c */
bool store_recover(struct store *s, struct err *e);
void store_retain(struct store *s);
int64_t store_bytes(const struct store *s);

/* tail.c: rows of a batch that has just been committed (first: position of its first row). */
void tails_offer(struct store *s, const struct batch *b, uint32_t first);
void tails_close(struct store *s);

/* Answers of the routes. */
void store_otlp_refuse(struct http_exchange *x, const struct err *e);
/* False, and nothing answered, where it is none of Elasticsearch's paths. */
bool store_api_es(struct http_exchange *x, struct str path);
void store_api_ready(struct http_exchange *x);
void store_api_otlp(struct store *s, struct http_exchange *x, int signal);
void store_api_logs(struct store *s, struct http_exchange *x);
void store_api_histogram(struct store *s, struct http_exchange *x);
void store_api_query(struct store *s, struct http_exchange *x);
void store_api_tail(struct store *s, struct http_exchange *x);
void store_api_context(struct store *s, struct http_exchange *x);
void store_api_fields(struct store *s, struct http_exchange *x);
void store_api_traces(struct store *s, struct http_exchange *x);
void store_api_trace(struct store *s, struct http_exchange *x, struct str id);
void store_api_edges(struct store *s, struct http_exchange *x);
void store_api_seen(struct store *s, struct http_exchange *x);
void store_api_state(struct store *s, struct http_exchange *x);
void store_api_delete(struct store *s, struct http_exchange *x);
void store_api_deletions(struct store *s, struct http_exchange *x);
#endif
