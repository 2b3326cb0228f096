/* A bounded queue of telemetry on its way to another part (see outbox.h).
 *
 * Records gather in the open batch. It is sealed when it is large enough, old enough, or flushed, and stands in a queue; the first
 * of the queue is sent until it is acknowledged or refused for good, then the next. Invariants: `queued` is the sum of all batches'
 * bytes and at most max_bytes; at most one call is out; batch numbers rise by one, so the receiver can drop repeats. */
#include "net/outbox.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/metric.h"
#include <stdlib.h>

#define BACKOFF_FIRST    (100 * (int64_t)MSEC)
#define BACKOFF_LAST     (10 * SECOND)
#define RETRY_AFTER_MOST (60 * SECOND)
enum { OUTBOX_BATCHES = 4096 /* sealed batches; small ones are many only when flushed by hand */ };

struct batch {
	struct batch *next;
	struct buf data;
	uint64_t records, number;
};

struct outbox {
	struct loop *loop;
	struct http_client *client;
	struct outbox_options o;
	char *texts; /* owns path, content type, prefix, suffix */
	uint64_t id, number;
	struct batch *first, **last; /* sealed */
	size_t sealed;
	struct batch *open; /* NULL while empty */
	size_t queued, room;
	struct http_call *call;
	struct timer linger, retry, told, limit;
	int64_t backoff;
	uint64_t untold; /* refused records not yet told of */
	struct outbox_stats stats;
	uint64_t flush_to; /* the flush waits for the batches before this number */
	void (*flushed)(void *ctx);
	void *flushed_ctx;
	struct deferred flush_done;
};

static void send_next(struct outbox *o);

static void batch_free(struct outbox *o, struct batch *b)
{
	o->queued -= b->data.len;
	metric_add(METRIC_OUTBOX_BYTES, (uint64_t)-b->data.len);
	buf_release(&b->data);
	free(b);
}

/* --- losses
 * --------------------------------------------------------------------------------------------------------------------------- */

static void lost(struct outbox *o, uint64_t records, struct str why)
{
	if (o->o.on_lost && records)
		o->o.on_lost(o->o.ctx, records, why);
}

static void on_told(struct timer *t)
{
	struct outbox *o = CONTAINER_OF(t, struct outbox, told);
	if (!o->untold)
		return;
	uint64_t n = o->untold;
	o->untold = 0;
	timer_set(&o->told, o->loop, loop_now(o->loop) + SECOND, on_told);
	lost(o, n, STR("the queue is full"));
}

static void refused(struct outbox *o)
{
	o->stats.lost++;
	metric_inc(METRIC_OUTBOX_LOST);
	o->untold++;
	if (!timer_is_set(&o->told))
		on_told(&o->told);
}

/* --- flushing
 * --------------------------------------------------------------------------------------------------------------------------- */

static void on_flush_done(struct deferred *d)
{
	struct outbox *o = CONTAINER_OF(d, struct outbox, flush_done);
	void (*done)(void *) = o->flushed;
	o->flushed = NULL;
	timer_cancel(&o->limit);
	if (done)
		done(o->flushed_ctx);
}

static void on_limit(struct timer *t)
{
	on_flush_done(&CONTAINER_OF(t, struct outbox, limit)->flush_done);
}

static void check_flush(struct outbox *o)
{
	if (o->flushed && (!o->first || o->first->number >= o->flush_to))
		loop_defer(o->loop, &o->flush_done, on_flush_done);
}

/* --- sending
 * ----------------------------------------------------------------------------------------------------------------------------- */

static void drop_first(struct outbox *o)
{
	struct batch *b = o->first;
	o->first = b->next;
	if (!o->first)
		o->last = &o->first;
	o->sealed--;
	batch_free(o, b);
	o->backoff = 0;
	check_flush(o);
}

static void on_retry(struct timer *t)
{
	send_next(CONTAINER_OF(t, struct outbox, retry));
}

/* Half of the delay is chance, so that many senders don't come back together. */
static void retry_later(struct outbox *o, const struct http_result *r)
{
	o->stats.retries++;
	o->backoff = o->backoff ? o->backoff * 2 : BACKOFF_FIRST;
	if (o->backoff > BACKOFF_LAST)
		o->backoff = BACKOFF_LAST;
	int64_t delay = o->backoff / 2 + (int64_t)(sys_random() % (uint64_t)(o->backoff / 2 + 1));
	uint64_t asked;
	if (r->head && str_to_u64(http1_get(r->head, HTTP_RETRY_AFTER), &asked)) {
		int64_t most = asked < 60 ? (int64_t)asked * SECOND : RETRY_AFTER_MOST;
		delay = delay > most ? delay : most;
	}
	timer_set(&o->retry, o->loop, loop_now(o->loop) + delay, on_retry);
}

static bool try_again(const struct http_result *r)
{
	switch (r->status) {
	case 0:
		return r->err.code != ERR_INPUT && r->err.code != ERR_TOO_LARGE; /* no answer, or half of one */
	case 408:
	case 429:
	case 502:
	case 503:
	case 504:
	case 507:
		return true;
	default:
		return false;
	}
}

static void on_sent(void *ctx, const struct http_result *r)
{
	struct outbox *o = ctx;
	uint64_t records = o->first->records;
	o->call = NULL;
	if (r->status >= 200 && r->status < 300) {
		o->stats.records += records;
		o->stats.batches++;
		metric_add(METRIC_OUTBOX_RECORDS, records);
		drop_first(o);
	} else if (try_again(r)) {
		retry_later(o, r);
		return;
	} else {
		o->stats.lost += records;
		metric_add(METRIC_OUTBOX_LOST, records);
		drop_first(o);
		lost(o, records, r->status ? str_z(http_phrase(r->status)) : str_z(r->err.message));
	}
	send_next(o);
}

static void send_next(struct outbox *o)
{
	if (!o->first || o->call || timer_is_set(&o->retry))
		return;
	struct batch *b = o->first;
	struct buf body, headers;
	buf_init(&body, b->data.len + o->o.prefix.len + o->o.suffix.len);
	buf_init(&headers, 128);
	buf_add(&body, o->o.prefix);
	buf_add(&body, buf_str(&b->data));
	buf_add(&body, o->o.suffix);
	buf_printf(&headers, "Pleach-Batch: %016llx-%llu\r\n", (unsigned long long)o->id, (unsigned long long)b->number);
	if (buf_ok(&body) && buf_ok(&headers)) {
		struct http_call_options call = {.address = o->o.address,
		                                 .method = STR("POST"),
		                                 .target = o->o.path,
		                                 .headers = buf_str(&headers),
		                                 .content_type = o->o.content_type,
		                                 .body = buf_str(&body),
		                                 .timeout = 30 * SECOND,
		                                 .max_body = 65536,
		                                 .ctx = o};
		o->call = http_call(o->client, &call, on_sent);
	} else { /* no memory: the batch stands, try later */
		timer_set(&o->retry, o->loop, loop_now(o->loop) + SECOND, on_retry);
	}
	buf_release(&body);
	buf_release(&headers);
}

/* --- taking
 * ------------------------------------------------------------------------------------------------------------------------------ */

static void seal(struct outbox *o)
{
	struct batch *b = o->open;
	if (!b)
		return;
	o->open = NULL;
	timer_cancel(&o->linger);
	if (b->records == 0) { /* there was room, but nothing was put there */
		batch_free(o, b);
		return;
	}
	*o->last = b;
	o->last = &b->next;
	o->sealed++;
	send_next(o);
}

static void on_linger(struct timer *t)
{
	seal(CONTAINER_OF(t, struct outbox, linger));
}

static bool open_batch(struct outbox *o)
{
	if (o->open)
		return true;
	struct batch *b = o->sealed < OUTBOX_BATCHES ? calloc(1, sizeof(*b)) : NULL;
	if (!b)
		return false;
	buf_init(&b->data, o->o.max_bytes);
	b->number = o->number++;
	o->open = b;
	timer_set(&o->linger, o->loop, loop_now(o->loop) + o->o.linger, on_linger);
	return true;
}

char *outbox_room(struct outbox *o, size_t n)
{
	o->room = 0;
	if (o->open && o->open->data.len && o->open->data.len + n > o->o.batch_bytes)
		seal(o);
	char *room = n <= o->o.max_bytes - o->queued && open_batch(o) ? buf_room(&o->open->data, n) : NULL;
	if (room)
		o->room = n;
	else
		refused(o);
	return room;
}

void outbox_commit(struct outbox *o, size_t used)
{
	CHECK(used <= o->room);
	o->room = 0;
	buf_added(&o->open->data, used);
	o->open->records++;
	o->queued += used;
	metric_add(METRIC_OUTBOX_BYTES, used);
	if (o->open->data.len >= o->o.batch_bytes)
		seal(o);
}

bool outbox_add(struct outbox *o, struct str record)
{
	char *room = outbox_room(o, record.len);
	if (!room)
		return false;
	memcpy(room, record.p, record.len);
	outbox_commit(o, record.len);
	return true;
}

void outbox_flush(struct outbox *o, int64_t limit, void (*done)(void *ctx), void *ctx)
{
	CHECK(!o->flushed);
	seal(o);
	o->flush_to = o->number;
	o->flushed = done;
	o->flushed_ctx = ctx;
	timer_set(&o->limit, o->loop, loop_now(o->loop) + limit, on_limit);
	timer_cancel(&o->retry);
	send_next(o);
	check_flush(o);
}

/* --- life
 * ---------------------------------------------------------------------------------------------------------------------------------
 */

static struct str keep(char **at, struct str s)
{
	char *p = *at;
	if (s.len)
		memcpy(p, s.p, s.len);
	*at += s.len;
	return str_from(p, s.len);
}

struct outbox *outbox_new(struct loop *l, struct http_client *c, const struct outbox_options *options)
{
	struct outbox *o = calloc(1, sizeof(*o));
	char *at = malloc(options->path.len + options->content_type.len + options->prefix.len + options->suffix.len + 1);
	if (!o || !at) {
		free(o);
		free(at);
		return NULL;
	}
	o->loop = l;
	o->client = c;
	o->o = *options;
	o->texts = at;
	o->o.path = keep(&at, options->path);
	o->o.content_type = keep(&at, options->content_type);
	o->o.prefix = keep(&at, options->prefix);
	o->o.suffix = keep(&at, options->suffix);
	if (!o->o.max_bytes)
		o->o.max_bytes = OUTBOX_MAX_BYTES;
	if (!o->o.batch_bytes)
		o->o.batch_bytes = 256 << 10;
	if (!o->o.linger)
		o->o.linger = 100 * (int64_t)MSEC;
	o->id = sys_random();
	o->last = &o->first;
	return o;
}

void outbox_free(struct outbox *o)
{
	if (!o)
		return;
	if (o->call)
		http_cancel(o->call);
	timer_cancel(&o->linger);
	timer_cancel(&o->retry);
	timer_cancel(&o->told);
	timer_cancel(&o->limit);
	deferred_cancel(&o->flush_done);
	if (o->open)
		batch_free(o, o->open);
	while (o->first) {
		struct batch *b = o->first;
		o->first = b->next;
		batch_free(o, b);
	}
	free(o->texts);
	free(o);
}

struct outbox_stats outbox_stats(const struct outbox *o)
{
	struct outbox_stats s = o->stats;
	s.queued_bytes = o->queued;
	return s;
}
