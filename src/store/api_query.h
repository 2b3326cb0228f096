/* A query with pipes in progress (api_query.c), and the lines around its hits (api_context.c). */
#ifndef PLEACH_STORE_API_QUERY_H
#define PLEACH_STORE_API_QUERY_H
#include "base/time.h"
#include "store/api.h"
#include "store/pipe_run.h"

struct context_hit {
	struct row_key key;
	struct str row, resource;
	struct resource who;
	struct collector before, after;
};
struct query_all {
	struct query_task base;
	struct pipe plan;
	struct pipe_run run;
	struct scan earlier;         /* compare */
	struct json_out o;
	struct arena scratch;
	int64_t from, to;
	uint64_t count;              /* rows out */
	bool spans, run_finished;
	const char *why;             /* of a cut that the run does not know of */
	/* context */
	size_t context;              /* lines on each side; 0: none */
	struct query everything;
	struct scan back, forth;
	struct context_hit *hits;
	size_t hit_count, held;      /* held: bytes */
};
/* On the loop, before the start: the two scans around the hits are begun with the query's own, so that all see the same rows. */
bool query_context_prepare(struct query_all *t);
void query_context_hit(struct query_all *t, const struct pipe_row *r);
/* After the last hit; then steps until false. */
void query_context_begin(struct query_all *t);
bool query_context_step(struct query_all *t);
/* The rows, into t->o. */
void query_context_render(struct query_all *t);
void query_context_release(struct query_all *t);
#endif
