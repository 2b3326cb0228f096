/* The flow of a POST with records (post.h). */
#include "store/post.h"
#include "base/check.h"
#include "base/metric.h"
#include "store/coding.h"
#include "store/internal.h"
#include <stdlib.h>

static void post_free(struct post *p)
{
	buf_release(&p->reply);
	free(p);
}

static void fail(const struct post_protocol *protocol, struct http_exchange *x, const struct err *e)
{
	metric_inc(METRIC_STORE_REFUSED);
	if (x)
		protocol->failure(x, e);
}

static void gone(void *ctx) { ((struct post *)ctx)->x = NULL; }

static void succeed(struct post *p)
{
	metric_add(METRIC_STORE_CUT, p->counts.cut);
	metric_add(METRIC_STORE_RETIMED, p->counts.retimed);
	metric_add(METRIC_STORE_UNPARSED, p->counts.unparsed);
	if (p->x)
		p->protocol->success(p);
	post_free(p);
}

static void committed(struct batch *b, const struct err *result)
{
	struct post *p = b->ctx;
	if (p->x)
		http_on_gone(p->x, NULL, NULL);
	if (!result) {
		succeed(p);
		return;
	}
	fail(p->protocol, p->x, result);
	post_free(p);
}

static struct str coding_of(const struct post *p)
{
	struct str coding = http1_find(&http_request(p->x)->head, STR("content-encoding"));
	return str_empty(coding) && p->protocol->coding ? p->protocol->coding(p->x) : coding;
}

static struct batch *decode(struct post *p, struct err *e)
{
	struct store *s = p->store;
	struct str received = http_request(p->x)->body, body;
	struct buf inflated;
	struct batch_builder builder;
	struct batch *b = NULL;
	if (!s->lines)
		s->lines = lines_new();
	if (!s->lines) {
		err_set(e, ERR_NO_MEMORY, "no memory to read records");
		return NULL;
	}
	p->lines = s->lines;
	buf_init(&inflated, STORE_MAX_BODY);
	batch_builder_init(&builder);
	lines_begin(p->lines, &builder, sys_wall(), s->options.keep_ns);
	if (coding_decode(coding_of(p), received, &inflated, &body, e) && p->protocol->decode(p, body, e))
		b = batch_finish(&builder, e);
	p->counts = p->lines->counts;
	p->lines = NULL;
	batch_builder_release(&builder);
	buf_release(&inflated);
	return b;
}

void store_post(struct store *s, struct http_exchange *x, const struct post_protocol *protocol, struct str parameter)
{
	struct err e = { 0 };
	/* Any page that somebody has open may post text to a loopback port; programs don't say where they come from. */
	if (http1_find(&http_request(x)->head, STR("origin")).p) {
		err_set(&e, ERR_FORBIDDEN, "records are not taken from web pages (the request has an Origin)");
		fail(protocol, x, &e);
		return;
	}
	if (!store_has_room(s, http_request(x)->body.len, &e)) {
		fail(protocol, x, &e);
		return;
	}
	struct post *p = calloc(1, sizeof(*p));
	CHECK(p);
	*p = (struct post){ .protocol = protocol, .store = s, .x = x, .parameter = parameter };
	buf_init(&p->reply, POST_MAX_REPLY);
	struct batch *b = decode(p, &e);
	if (!b) {
		fail(protocol, x, &e);
		post_free(p);
		return;
	}
	if (batch_rows(b) == 0) {
		batch_free(b);
		succeed(p);
		return;
	}
	b->done = committed;
	b->ctx = p;
	http_on_gone(x, gone, p);
	store_submit(s, b);
}
