/* Batches of records from log files: gathered, written down with the positions of all files, sent until the store has taken them. The order is
 * what makes it exact: see logfiles.h. */
#include "base/check.h"
#include "base/metric.h"
#include "model/otlp.h"
#include "node/logfiles_impl.h"
#include <stdio.h>

static void written(struct loop_job *job);

/* --- gathering ---------------------------------------------------------------------------------------------------------------------- */

bool logfiles_room(struct logfile *f)
{
	const struct logfiles *all = f->ctx;
	return all->open.len < all->o.batch && !all->stopping;
}

void logfiles_text(struct logfile *f, struct str text, bool cut, int64_t read_at)
{
	struct logfiles *all = f->ctx;
	struct line_source source = { .resource = &f->resource, .cut = cut, .observed = read_at, .file = f->name.path };
	struct log_record r;
	line_record(&all->parser, text, &source, &r);
	otlp_encode_log(&all->open, &r);
	CHECK(buf_ok(&all->open)); /* its limit is far beyond a full batch and one more record */
	if (all->open_records++ == 0)
		all->opened = loop_now(all->loop);
	/* The batch must not be closed here: how far the file is read is only known when this line is done with. */
	logfiles_wake(all);
}

/* --- writing down ------------------------------------------------------------------------------------------------------------------- */

static void write_job(struct loop_job *job)
{
	struct logfiles *all = CONTAINER_OF(job, struct logfiles, job);
	all->job_ok = sys_write_file(all->o.state, buf_str(&all->job_bytes), &all->job_error);
}

/* Only while nothing is gathered: then the positions are those behind the batch that is out. */
static void encode(struct logfiles *all)
{
	CHECK(all->open_records == 0);
	buf_clear(&all->job_bytes);
	logfiles_encode(all, &all->job_bytes);
	CHECK(buf_ok(&all->job_bytes)); /* the limits on files, their names and a batch keep it below its limit */
}

/* A second try writes the same bytes: by then the positions are ahead of the batch. */
static void start_writing(struct logfiles *all)
{
	CHECK(!all->job_busy);
	all->sending = SEND_WRITING;
	all->job_error = (struct err){ 0 };
	all->job_busy = true;
	all->job.run = write_job;
	all->job.done = written;
	loop_work(all->loop, &all->job);
}

static void set_trouble(struct logfiles *all, const char *what, struct str why)
{
	bool news = all->trouble[0] == 0;
	snprintf(all->trouble, sizeof(all->trouble), "%s: %.*s", what, STR_FMT(why));
	if (!news)
		return;
	logfiles_say(all, SEVERITY_WARN, "log files are not read on: %s; their lines wait", all->trouble);
	all->o.on_change(all->o.ctx);
}

static void no_trouble(struct logfiles *all)
{
	if (all->trouble[0] == 0)
		return;
	all->trouble[0] = 0;
	logfiles_say(all, SEVERITY_INFO, "log files are read on");
	all->o.on_change(all->o.ctx);
}

static void on_retry(struct timer *t)
{
	struct logfiles *all = CONTAINER_OF(t, struct logfiles, retry);
	logfiles_pump(all);
}

/* Half of the delay is chance, so that many senders don't come back together. */
static void try_later(struct logfiles *all)
{
	all->backoff = all->backoff ? 2 * all->backoff : LOGFILES_BACKOFF_FIRST;
	if (all->backoff > LOGFILES_BACKOFF_LAST)
		all->backoff = LOGFILES_BACKOFF_LAST;
	all->sending = SEND_WAITING;
	timer_set(&all->retry, all->loop, loop_now(all->loop) + all->backoff / 2 + (int64_t)(sys_random() % (uint64_t)(all->backoff / 2 + 1)), on_retry);
}

/* --- sending ------------------------------------------------------------------------------------------------------------------------ */

/* Refusals that another try may change; what else the store refuses, it would refuse for ever. */
static bool may_change(const struct http_result *r)
{
	return r->status == 0 || r->status == 408 || r->status == 429 || (r->status >= 500 && r->status != 501 && r->status != 505);
}

static void over(struct logfiles *all)
{
	buf_clear(&all->out);
	all->out_records = 0;
	all->sending = SEND_NOTHING;
	all->written = false;
	all->backoff = 0;
	all->quiet = loop_now(all->loop);
	logfiles_wake(all); /* there is room again */
	logfiles_pump(all);
}

static void answered(void *ctx, const struct http_result *r)
{
	struct logfiles *all = ctx;
	all->call = NULL;
	if (r->status >= 200 && r->status < 300) {
		metric_add(METRIC_NODE_FILE_RECORDS, all->out_records);
		no_trouble(all);
		over(all);
		return;
	}
	struct str why = r->status ? str_z(http_phrase(r->status)) : str_z(r->err.message);
	if (may_change(r)) {
		metric_inc(METRIC_NODE_FILE_RETRIES);
		set_trouble(all, "the store does not take them", why);
		try_later(all);
		return;
	}
	metric_add(METRIC_OUTBOX_LOST, all->out_records);
	logfiles_say(all, SEVERITY_ERROR, "the store refused %llu records from log files for good: %.*s", (unsigned long long)all->out_records, STR_FMT(why));
	over(all);
}

static void call_store(struct logfiles *all)
{
	char headers[64];
	int n = snprintf(headers, sizeof(headers), "Pleach-Batch: %016llx-%llu\r\n", (unsigned long long)all->sender, (unsigned long long)all->number);
	struct http_call_options call = { .address = all->o.store,
					  .method = STR("POST"),
					  .target = STR("/v1/logs"),
					  .headers = str_from(headers, (size_t)n),
					  .content_type = STR(OTLP_PROTOBUF),
					  .body = buf_str(&all->out),
					  .timeout = 30 * SECOND,
					  .max_body = 65536,
					  .ctx = all };
	all->sending = SEND_CALLING;
	all->call = http_call(all->o.client, &call, answered);
	if (!all->call)
		try_later(all);
}

static void say_stopped(struct logfiles *all)
{
	if (all->stopping && !all->job_busy && all->stopped) {
		void (*done)(void *ctx) = all->stopped;
		all->stopped = NULL;
		done(all->stopped_ctx);
	}
}

static void written(struct loop_job *job)
{
	struct logfiles *all = CONTAINER_OF(job, struct logfiles, job);
	all->job_busy = false;
	if (all->stopping) {
		say_stopped(all);
		return;
	}
	if (!all->job_ok) {
		set_trouble(all, "how far they are read cannot be kept", str_z(all->job_error.message));
		try_later(all);
	} else if (all->out.len) {
		all->written = true;
		all->clean = false;
		call_store(all);
	} else {
		all->clean = true;
		all->sending = SEND_NOTHING;
		logfiles_pump(all);
	}
}

/* --- what to do next ---------------------------------------------------------------------------------------------------------------- */

static void on_linger(struct timer *t)
{
	struct logfiles *all = CONTAINER_OF(t, struct logfiles, linger);
	logfiles_pump(all);
}

/* The gathered records become the batch that is out. */
static void close_batch(struct logfiles *all)
{
	struct buf empty = all->out;
	all->out = all->open;
	all->out_records = all->open_records;
	all->open = empty;
	all->open_records = 0;
	all->number++;
	all->written = false;
	timer_cancel(&all->linger);
	encode(all);
	start_writing(all);
	logfiles_wake(all);
}

void logfiles_pump(struct logfiles *all)
{
	int64_t now = loop_now(all->loop);
	if (all->stopping || all->job_busy || all->call || timer_is_set(&all->retry))
		return;
	if (all->sending == SEND_WAITING) {
		if (all->written) {
			call_store(all);
		} else {
			start_writing(all);
		}
	} else if (all->open.len >= all->o.batch || (all->open_records && now - all->opened >= LOGFILES_LINGER)) {
		close_batch(all);
	} else if (all->open_records) {
		timer_set(&all->linger, all->loop, all->opened + LOGFILES_LINGER, on_linger);
	} else if (!all->clean && now - all->quiet >= LOGFILES_QUIET) {
		/* That nothing is out is written down too: a start long after need not send it again. */
		encode(all);
		start_writing(all);
	} else if (!all->clean) {
		timer_set(&all->linger, all->loop, all->quiet + LOGFILES_QUIET, on_linger);
	}
}

void logfiles_end_sending(struct logfiles *all)
{
	timer_cancel(&all->linger);
	timer_cancel(&all->retry);
	if (all->call)
		http_cancel(all->call);
	all->call = NULL;
	say_stopped(all);
}
