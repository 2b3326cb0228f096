/* Following control's snapshot by long poll.
 *
 *   state     meaning                        leaves by
 *   ASKING    a request is outstanding       200 new: taken, ASKING; 304 after its wait: ASKING; anything else: PAUSING
 *   PAUSING   back-off until the next try    the timer: ASKING
 *
 * Invariants: at most one request is outstanding, and none while the timer is set; `current` is the last snapshot that decoded; the file
 * holds it or an older one, never a part of one (sys_write_file). What control sends is never trusted to be valid. */
#include "model/follow.h"
#include "base/check.h"
#include <stdio.h>
#include <stdlib.h>

enum { WAIT_SECONDS = 30, FILE_MAX_MEMORY = SNAPSHOT_MAX_BYTES + 65536 };
#define BACKOFF_MIN (50 * (int64_t)MSEC)
#define BACKOFF_MAX (2 * SECOND)

struct follow {
	struct loop *loop;
	struct http_client *client;
	struct follow_options options;
	struct arena arena;        /* of options.file */
	struct snapshot *current;  /* NULL: none yet */
	struct http_call *call;    /* ASKING */
	struct timer timer;        /* PAUSING */
	int64_t asked;             /* when the outstanding request was sent */
	int64_t backoff;           /* of the next pause */
	bool told, connected;      /* what on_state was last told */
};

static void ask(struct follow *f);

static void tell(struct follow *f, bool connected, const struct err *why)
{
	if (f->told && f->connected == connected)
		return;
	f->told = true;
	f->connected = connected;
	if (f->options.on_state)
		f->options.on_state(f->options.ctx, connected, why);
}

static void pause_over(struct timer *t)
{
	ask(CONTAINER_OF(t, struct follow, timer));
}

/* Jitter: many parts lose control in the same moment and must not come back in the same moment. */
static void pause_then_ask(struct follow *f)
{
	int64_t delay = f->backoff + (int64_t)(sys_random() % (uint64_t)(f->backoff / 2));
	if (delay > BACKOFF_MAX)
		delay = BACKOFF_MAX;
	f->backoff = f->backoff * 2 < BACKOFF_MAX ? f->backoff * 2 : BACKOFF_MAX;
	timer_set(&f->timer, f->loop, loop_now(f->loop) + delay, pause_over);
}

/* The file is a help for the next start, not part of the promise: when it cannot be written (a full disk) following goes on. */
static void keep(struct follow *f, struct str json)
{
	struct err e = { 0 };
	if (str_empty(f->options.file) || sys_write_file(f->options.file, json, &e))
		return;
	if (f->options.on_state)
		f->options.on_state(f->options.ctx, true, &e);
}

static void take(struct follow *f, struct snapshot *s)
{
	struct snapshot *before = f->current;
	f->current = s;
	f->options.on_snapshot(f->options.ctx, s);
	snapshot_unref(before);
}

/* True when the answer was a new snapshot; e is set when it was none at all. */
static bool take_answer(struct follow *f, const struct http_result *r, struct err *e)
{
	if (r->status != 200) {
		if (r->status == 0)
			*e = r->err;
		else if (r->status != 304)
			err_set(e, ERR_UPSTREAM, "control answered %d to a request for its snapshot", r->status);
		return false;
	}
	struct snapshot *s = snapshot_decode(r->body, e);
	if (!s)
		return false;
	if (f->current && s->version == f->current->version) {
		snapshot_unref(s);
		return false;
	}
	keep(f, r->body);
	take(f, s);
	return true;
}

static void answered(void *ctx, const struct http_result *r)
{
	struct follow *f = ctx;
	struct err e = { 0 };
	f->call = NULL;
	bool fresh = take_answer(f, r, &e);
	tell(f, !err_is_set(&e), err_is_set(&e) ? &e : NULL);
	/* An answer without news that did not wait as asked would otherwise make us ask in a tight circle. */
	bool waited = loop_now(f->loop) - f->asked >= SECOND;
	if (!err_is_set(&e) && (fresh || waited)) {
		f->backoff = BACKOFF_MIN;
		ask(f);
	} else {
		pause_then_ask(f);
	}
}

static void ask(struct follow *f)
{
	char target[160];
	CHECK(!f->call && !timer_is_set(&f->timer));
	int n = snprintf(target, sizeof(target), "/api/snapshot?after=%llu&wait=%d%s%.*s",
			 (unsigned long long)(f->current ? f->current->version : 0), WAIT_SECONDS, f->options.part.len ? "&part=" : "",
			 f->options.part.len < 32 ? (int)f->options.part.len : 32, f->options.part.len ? f->options.part.p : "");
	struct http_call_options o = {
		.address = f->options.control,
		.method = STR("GET"),
		.target = str_from(target, (size_t)n),
		.timeout = (WAIT_SECONDS + 10) * SECOND,
		.max_body = SNAPSHOT_MAX_BYTES,
		.ctx = f,
	};
	f->asked = loop_now(f->loop);
	f->call = http_call(f->client, &o, answered);
	if (!f->call)
		pause_then_ask(f);
}

static void start_from_file(struct follow *f)
{
	struct arena scratch;
	struct str text;
	struct err e = { 0 };
	if (str_empty(f->options.file))
		return;
	arena_init(&scratch, FILE_MAX_MEMORY);
	if (sys_read_file(f->options.file, SNAPSHOT_MAX_BYTES, &scratch, &text, &e)) {
		struct snapshot *s = snapshot_decode(text, &e);
		if (s)
			take(f, s);
	}
	arena_release(&scratch);
}

struct follow *follow_new(struct loop *l, struct http_client *c, const struct follow_options *o)
{
	struct follow *f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	f->loop = l;
	f->client = c;
	f->options = *o;
	f->backoff = BACKOFF_MIN;
	arena_init(&f->arena, 64 * 1024);
	f->options.file = arena_str(&f->arena, o->file);
	start_from_file(f);
	ask(f);
	return f;
}

void follow_free(struct follow *f)
{
	if (!f)
		return;
	if (f->call)
		http_cancel(f->call);
	timer_cancel(&f->timer);
	snapshot_unref(f->current);
	arena_release(&f->arena);
	free(f);
}
