/* What the store's HTTP answers share: parameters, a query in progress, rows as JSON (docs/api.md). */
#ifndef PLEACH_STORE_API_H
#define PLEACH_STORE_API_H
#include "base/json.h"
#include "store/pipe_run.h"
#include "store/scan.h"

enum { API_ARENA = 64 << 20, API_MAX_ANSWER = 64 << 20 };

/* A query that was asked over HTTP, embedded first in the struct of its kind. Its memory is its own: the client may go away while a
 * worker is busy with it. */
struct query_task {
	struct task task;
	struct http_exchange *x;     /* NULL: the client is gone */
	struct store *store;
	struct arena arena;          /* parameters, tree */
	struct query q;
	struct scan scan;
	struct buf out;              /* the answer, written by the worker */
	struct err err;
	void (*render)(struct query_task *t);  /* on the worker, after the last step */
	void (*release)(struct query_task *t); /* frees what the kind owns; the struct itself is freed afterwards */
	bool rendered;
	/* Streams (api_stream.c): `out` goes to the client between slices, and a client that reads slowly makes the task wait. */
	bool stream, begun;
	int64_t parked;              /* since when */
};
enum { STREAM_AHEAD = 1 << 20 /* bytes of out at which a step writes no more */, STREAM_PIECE = 64 << 10 };
bool query_stream_between(struct task *task);
/* Takes over the ended task. */
void query_stream_finish(struct query_task *t);
void query_task_free(struct query_task *t);
/* `size` bytes, zeroed; NULL when there is no memory (answered). */
void *query_task_new(struct store *s, struct http_exchange *x, size_t size);
/* Reads q, from and to of the request into the task's query and scan. False: answered with the error and freed. */
bool query_task_parameters(struct query_task *t);
/* The same for what counts rows: q may have pipes, of which the where and parse that it begins with choose rows; the rest is for others. row gets
 * the chosen ones. The filter is the caller's, released with it. */
struct row_filter { struct pipe plan; struct pipe_run run; void (*row)(void *ctx, const struct scan_row *r); void *ctx; };
bool query_task_filter(struct query_task *t, struct row_filter *f, void (*row)(void *ctx, const struct scan_row *r));
void row_filter_offer(struct row_filter *f, const struct scan_row *r);
/* Begins the scan and queues the task; on failure answers and frees. */
void query_task_start(struct query_task *t);
/* The same with another step than "scan, then render". */
void query_task_start_with(struct query_task *t, bool (*stepper)(struct task *));
/* Answers with t->err and frees; for errors before the start. Always returns false. */
bool query_task_fail(struct query_task *t);

/* A parameter, decoded into the arena; {NULL,0} where absent. A bad escape sets e. */
struct str store_api_param(struct http_exchange *x, struct arena *a, const char *name, struct err *e);
/* A moment: RFC 3339, Unix time, "now", or a duration back from now. */
bool store_api_time(struct str text, int64_t now, int64_t *out);
uint64_t store_api_number(struct http_exchange *x, struct arena *a, const char *name, uint64_t otherwise, uint64_t min, uint64_t max, struct err *e);
bool store_api_range(struct http_exchange *x, struct arena *a, int64_t *from, int64_t *to, struct err *e);
void store_api_json(struct http_exchange *x, struct buf *b);

/* One row object of /api/logs. here: adds "here":true. */
void row_json(struct json_out *o, struct arena *scratch, uint64_t segment, uint32_t position, struct str row, struct str resource, bool here);
/* The same without its closing brace, for more members. False: the row is damaged, nothing was written. */
bool row_json_open(struct json_out *o, struct arena *scratch, uint64_t segment, uint32_t position, struct str row, struct str resource);
/* "last:30m" in the query wins over from and to. */
void query_last(const struct query *q, int64_t *from, int64_t *to);
/* "scanned":{…},"cut":…,"took_ns":… */
void scanned_json(struct json_out *o, const struct query_task *t);
void time_json(struct json_out *o, const char *key, int64_t time);      /* RFC 3339 */
void ns_json(struct json_out *o, const char *key, int64_t ns);          /* integer as text */
void attrs_json(struct json_out *o, const struct attr *attrs, size_t n); /* an object */
void id_json(struct json_out *o, const char *key, const uint8_t *id, size_t n, bool present);
#endif
