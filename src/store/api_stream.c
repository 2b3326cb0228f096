/* Answers of queries that stream: what a slice wrote goes to the client between slices, on the loop. A client that does not read parks the task
 * (its slices stop, nothing piles up) until its connection's queue has drained; the time it was parked does not count as the query's. */
#include "base/check.h"
#include "store/api.h"

/* True when all of `out` is on its way. */
static bool flush(struct query_task *t)
{
	while (t->out.len) {
		struct str piece = str_sub(buf_str(&t->out), 0, STREAM_PIECE);
		if (!http_stream_write(t->x, piece))
			return false;
		buf_consume(&t->out, piece.len);
	}
	return true;
}

static void drained(void *ctx)
{
	struct query_task *t = ctx;
	if (!t->task.parked || !flush(t))
		return;
	t->scan.deadline += sys_now() - t->parked;
	task_resume(&t->task);
}

static void begin(struct query_task *t)
{
	if (!t->begun)
		http_stream_begin(t->x, 200, STR("application/x-ndjson"), STR("Cache-Control: no-store\r\nX-Accel-Buffering: no\r\n"));
	t->begun = true;
}

bool query_stream_between(struct task *task)
{
	struct query_task *t = CONTAINER_OF(task, struct query_task, task);
	if (!t->x)
		return true; /* gone: the cancelled task ends at its next turn */
	begin(t);
	http_stream_on_drained(t->x, drained, t);
	if (flush(t))
		return true;
	t->parked = sys_now();
	return false;
}

/* --- the end ---------------------------------------------------------------------------------------------------------------------------- */

static void end_gone(void *ctx) { query_task_free(ctx); }

static void end_drained(void *ctx)
{
	struct query_task *t = ctx;
	if (!flush(t))
		return;
	http_on_gone(t->x, NULL, NULL);
	http_stream_on_drained(t->x, NULL, NULL);
	http_stream_end(t->x);
	query_task_free(t);
}

void query_stream_finish(struct query_task *t)
{
	scan_end(&t->scan);
	if (t->x)
		begin(t);
	if (t->x && (err_is_set(&t->err) || !buf_ok(&t->out))) {
		/* Cut off, so that nobody takes a part for the whole. */
		http_on_gone(t->x, NULL, NULL);
		http_stream_on_drained(t->x, NULL, NULL);
		http_stream_abort(t->x);
		t->x = NULL;
	}
	if (!t->x) {
		query_task_free(t);
		return;
	}
	http_on_gone(t->x, end_gone, t);
	http_stream_on_drained(t->x, end_drained, t);
	end_drained(t);
}
