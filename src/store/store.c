/* The store's life: opening, dispatch of its routes, closing (store.h). */
#include "store/store.h"
#include "base/check.h"
#include "base/metric.h"
#include "net/http_path.h"
#include "store/listen.h"
#include "store/post.h"
#include "store/task.h"
#include "store/upkeep.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void store_report(const struct store *s, uint8_t severity, const char *format, ...)
{
	char text[512];
	va_list args;
	if (!s->options.report)
		return;
	va_start(args, format);
	int n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	size_t len = n < 0 ? 0 : (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1;
	s->options.report(s->options.ctx, severity, str_from(text, len));
}

static void on_age(struct timer *t)
{
	struct store *s = CONTAINER_OF(t, struct store, age);
	int64_t end = s->active->started + FLUSH_AGE;
	if (s->active->size < FLUSH_EARLY_BYTES && loop_now(s->loop) < end) {
		int64_t next = loop_now(s->loop) + FLUSH_EARLY;
		timer_set(t, s->loop, next < end ? next : end, on_age);
		return;
	}
	s->freeze_due = true;
	store_commit_next(s);
}

static void on_retry(struct timer *t)
{
	struct store *s = CONTAINER_OF(t, struct store, retry);
	store_flush_next(s);
}

static void on_retention(struct timer *t)
{
	struct store *s = CONTAINER_OF(t, struct store, retention);
	store_retain(s);
	store_upkeep_next(s);
	timer_set(t, s->loop, loop_now(s->loop) + RETENTION_EVERY, on_retention);
}

static void defaults(struct store_options *o)
{
	if (o->keep_ns <= 0)
		o->keep_ns = INT64_C(14) * 86400 * SECOND;
	if (o->keep_bytes <= 0)
		o->keep_bytes = INT64_C(20) << 30;
	if (o->memory <= 0)
		o->memory = 32 << 20;
	if (o->memory < 1 << 20)
		o->memory = 1 << 20;
}

/* What all ends of a store free. */
static void release(struct store *s)
{
	listening_free(s->listening);
	timer_cancel(&s->age);
	timer_cancel(&s->retry);
	timer_cancel(&s->retention);
	if (s->active)
		memtable_unref(s->active);
	for (struct memtable *m = s->frozen, *next; m; m = next) {
		next = m->next;
		memtable_unref(m);
	}
	store_free_segments(s);
	segment_cache_release(&s->cache);
	for (struct batch *b = s->queue, *next; b; b = next) {
		next = b->next;
		batch_free(b);
	}
	senders_release(&s->senders);
	lines_free(s->lines);
	upkeep_free(s->upkeep);
	free(s->keep);
	if (s->wal.fd >= 0)
		sys_close(s->wal.fd);
	if (s->lock >= 0)
		sys_close(s->lock);
	free(s);
}

/* The directory's own name, and those of its parents, must survive a power loss as well, or all in it is gone. */
static int sync_names(struct str directory)
{
	size_t end = directory.len;
	while (end > 0) {
		while (end > 0 && directory.p[end - 1] != '/')
			end--;
		while (end > 1 && directory.p[end - 1] == '/')
			end--;
		struct str parent = end ? str_sub(directory, 0, end) : STR(".");
		int code = sys_fsync_dir(parent);
		/* A directory that is not ours to open was not made by us either. */
		if (code < 0 && code != SYS_ACCESS)
			return code;
		if (str_eq(parent, STR("/")))
			break;
	}
	return 0;
}

static bool open_directory(struct store *s, struct err *e)
{
	char space[SYS_PATH_MAX + 1];
	int code = sys_mkdir(s->directory);
	if (code >= 0)
		code = sync_names(s->directory);
	if (code < 0)
		return sys_err(e, code, "cannot make the store's directory %.*s", STR_FMT(s->directory));
	int n = snprintf(space, sizeof(space), "%.*s/lock", STR_FMT(s->directory));
	CHECK(n > 0 && n <= SYS_PATH_MAX);
	s->lock = sys_lock_file(str_from(space, (size_t)n));
	if (s->lock == SYS_IN_USE)
		return err_set(e, ERR_CONFLICT, "another process uses the store in %.*s", STR_FMT(s->directory));
	return s->lock >= 0 ? true : sys_err(e, s->lock, "%s", space);
}

/* The rules' texts are copied behind the rules. */
static bool keep_rules(struct store *s, const struct store_options *o)
{
	size_t text = 0;
	for (size_t i = 0; i < o->keep_count; i++)
		text += o->keep[i].service.len;
	s->keep = calloc(1, o->keep_count * sizeof(*s->keep) + text + 1);
	if (!s->keep)
		return false;
	char *to = (char *)(s->keep + o->keep_count);
	for (size_t i = 0; i < o->keep_count; i++) {
		struct str name = o->keep[i].service;
		memcpy(to, name.p, name.len);
		s->keep[i] = (struct store_keep){ str_from(to, name.len), o->keep[i].ns };
		to += name.len;
	}
	s->options.keep = s->keep;
	return true;
}

struct store *store_new(struct loop *l, const struct store_options *o, struct err *e)
{
	if (o->directory.len == 0 || o->directory.len > SYS_PATH_MAX - 32) {
		err_set(e, ERR_INPUT, "the store's directory has an empty or too long name");
		return NULL;
	}
	struct store *s = calloc(1, sizeof(*s));
	if (!s) {
		err_set(e, ERR_NO_MEMORY, "no memory for the store");
		return NULL;
	}
	s->loop = l;
	s->options = *o;
	defaults(&s->options);
	memcpy(s->directory_space, o->directory.p, o->directory.len);
	s->directory = s->options.directory = str_from(s->directory_space, o->directory.len);
	s->lock = s->wal.fd = -1;
	segment_cache_init(&s->cache, (size_t)s->options.memory / STORE_CACHE_SHARE);
	s->queue_end = &s->queue;
	s->frozen_end = &s->frozen;
	s->tasks_end = &s->tasks;
	s->age.fn = on_age;
	s->retry.fn = on_retry;
	if (!upkeep_new(s) || !keep_rules(s, o)) {
		err_set(e, ERR_NO_MEMORY, "no memory for the store");
		release(s);
		return NULL;
	}
	if (!open_directory(s, e) || !store_recover(s, e) || !deletions_load(s, e)) {
		release(s);
		return NULL;
	}
	snapshots_load(s);
	store_retain(s);
	store_flush_next(s);
	store_upkeep_next(s);
	timer_set(&s->retention, l, loop_now(l) + RETENTION_EVERY, on_retention);
	return s;
}

bool store_listen(struct store *s, const struct store_listen_options *o, struct err *e)
{
	CHECK(!s->listening && !s->closing);
	s->listening = listening_new(s, s->loop, o, e);
	return s->listening != NULL;
}

/* --- dispatch --------------------------------------------------------------------------------------------------------------------------- */

enum route {
#define ROUTE_ROW(part, method, path, id, summary, parameters, schema) ROUTE_##id,
#include "tbl/routes.h"
#undef ROUTE_ROW
	ROUTE_COUNT
};
static const struct { struct str part, method, path; } routes[] = {
#define ROUTE_ROW(part, method, path, id, summary, parameters, schema) { STR_INIT(part), STR_INIT(method), STR_INIT(path) },
#include "tbl/routes.h"
#undef ROUTE_ROW
};

/* The route of method and path, or of the path with another method (*other). */
static enum route find_route(struct str method, struct str path, struct str *parameter, bool *other)
{
	enum route found = ROUTE_COUNT;
	struct str here;
	for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
		if (!str_eq(routes[i].part, STR("store")) || !http_path_fits(routes[i].path, path, &here))
			continue;
		bool fits = str_eq(method, routes[i].method) || (str_eq(method, STR("HEAD")) && str_eq(routes[i].method, STR("GET")));
		if (!fits && found != ROUTE_COUNT)
			continue;
		found = (enum route)i;
		*parameter = here;
		*other = !fits;
		if (fits)
			break;
	}
	return found;
}

/* The path as the tables have it: without what other receivers' paths begin with. */
static struct str plain_path(struct str path)
{
	static const struct str prefixes[] = {
#define ROUTE_PREFIX_ROW(prefix) STR_INIT(prefix),
#include "tbl/route_prefixes.h"
#undef ROUTE_PREFIX_ROW
	};
	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
		struct str rest = str_skip(path, prefixes[i].len);
		if (str_starts(path, prefixes[i]) && (str_empty(rest) || rest.p[0] == '/'))
			return str_empty(rest) ? STR("/") : rest;
	}
	return path;
}

/* As the path stands, or without its prefix: "/elasticsearch/_bulk" is not the index "elasticsearch". */
static enum route route_of(struct http_exchange *x, struct str *parameter, bool *other)
{
	const struct http_request *q = http_request(x);
	struct str plain = plain_path(q->path);
	enum route r = find_route(q->head.method, q->path, parameter, other);
	if (plain.p != q->path.p && (r == ROUTE_COUNT || str_find_char(routes[r].path, '{') != SIZE_MAX))
		r = find_route(q->head.method, plain, parameter, other);
	return r;
}

/* The protocol of a route that takes records by store_post, NULL for others. */
static const struct post_protocol *protocol_of(enum route r)
{
	switch (r) {
	case ROUTE_logs_in:
	case ROUTE_jsonline: return &post_lines;
	case ROUTE_es_bulk:
	case ROUTE_es_bulk_put:
	case ROUTE_es_index_bulk:
	case ROUTE_es_index_bulk_put: return &post_es_bulk;
	case ROUTE_es_document: return &post_es_document;
	case ROUTE_loki_push:
	case ROUTE_loki_push_old: return &post_loki;
	default: return NULL;
	}
}

static bool is_otlp(enum route r) { return r == ROUTE_otlp_logs || r == ROUTE_otlp_traces || r == ROUTE_otlp_metrics; }

static void dispatch(struct store *s, struct http_exchange *x, enum route r, struct str parameter)
{
	const struct post_protocol *protocol = protocol_of(r);
	if (protocol) {
		store_post(s, x, protocol, parameter);
		return;
	}
	switch (r) {
	case ROUTE_ready: store_api_ready(x); break;
	case ROUTE_otlp_logs: store_api_otlp(s, x, 0); break;
	case ROUTE_otlp_traces: store_api_otlp(s, x, 1); break;
	case ROUTE_otlp_metrics: store_api_otlp(s, x, 2); break;
	case ROUTE_logs: store_api_logs(s, x); break;
	case ROUTE_logs_histogram: store_api_histogram(s, x); break;
	case ROUTE_logs_tail: store_api_tail(s, x); break;
	case ROUTE_logs_context: store_api_context(s, x); break;
	case ROUTE_logs_fields: store_api_fields(s, x); break;
	case ROUTE_query: store_api_query(s, x); break;
	case ROUTE_traces: store_api_traces(s, x); break;
	case ROUTE_trace: store_api_trace(s, x, parameter); break;
	case ROUTE_edges: store_api_edges(s, x); break;
	case ROUTE_seen: store_api_seen(s, x); break;
	case ROUTE_store_state: store_api_state(s, x); break;
	case ROUTE_logs_delete: store_api_delete(s, x); break;
	case ROUTE_deletions: store_api_deletions(s, x); break;
	case ROUTE_store_snapshot: store_api_snapshot(s, x); break;
	case ROUTE_store_snapshots: store_api_snapshots(s, x); break;
	case ROUTE_store_snapshot_remove: store_api_snapshot_remove(s, x, parameter); break;
	default: UNREACHABLE();
	}
}

bool store_handle(struct store *s, struct http_exchange *x)
{
	struct str parameter = STR("");
	const struct http_request *q = http_request(x);
	bool other = false;
	enum route r = route_of(x, &parameter, &other);
	if (r == ROUTE_COUNT)
		return store_api_es(x, plain_path(q->path));
	struct err e = { 0 };
	if (other) {
		err_set(&e, ERR_METHOD, "%.*s takes %.*s", STR_FMT(q->path), STR_FMT(routes[r].method));
		http_answer_err(x, &e);
	} else if (s->closing) {
		err_set(&e, ERR_UNAVAILABLE, "the store is stopping");
		http_answer_err(x, &e);
	} else {
		dispatch(s, x, r, parameter);
	}
	return true;
}

/* Answers as the protocol does that the path is of; false where nobody sends records there. */
static bool refuse(struct http_exchange *x, const struct err *e)
{
	struct str parameter;
	bool other = false;
	enum route r = route_of(x, &parameter, &other);
	const struct post_protocol *protocol = protocol_of(r);
	if (other || (!protocol && !is_otlp(r)))
		return false;
	if (!protocol) {
		store_otlp_refuse(x, e);
		return true;
	}
	metric_inc(METRIC_STORE_REFUSED);
	protocol->failure(x, e);
	return true;
}

void store_refuse_large(struct http_exchange *x)
{
	struct err e = { 0 };
	err_set(&e, ERR_TOO_LARGE, "the body is larger than %d MiB as it is sent; send smaller batches, or compress them", STORE_MAX_RECEIVED >> 20);
	if (!refuse(x, &e))
		http_answer_err(x, &e);
}

void store_before_body(struct store *s, struct http_exchange *x)
{
	struct err e = { 0 };
	if (!store_has_room(s, (size_t)http_request(x)->head.length, &e))
		refuse(x, &e);
}

/* --- closing ----------------------------------------------------------------------------------------------------------------------------- */

static void on_closed(struct deferred *d)
{
	struct store *s = CONTAINER_OF(d, struct store, closed);
	void (*done)(void *ctx) = s->close_done;
	void *ctx = s->close_ctx;
	release(s);
	if (done)
		done(ctx);
}

/* Called whenever something ended that closing waits for. A flush that fails now is left to the next start: the log has the rows. */
void store_close_step(struct store *s)
{
	if (!s->closing || s->committing || s->queue || s->flushing || s->running || s->upkeep->busy)
		return;
	if (s->active->rows)
		store_freeze(s);
	else if (s->frozen && !s->flush_failed)
		store_flush_next(s);
	if (!s->flushing)
		loop_defer(s->loop, &s->closed, on_closed);
}

void store_close(struct store *s, void (*done)(void *ctx), void *ctx)
{
	CHECK(!s->closing);
	if (s->listening)
		listening_close(s->listening);
	s->closing = true;
	s->close_done = done;
	s->close_ctx = ctx;
	s->flush_failed = false;
	tails_close(s);
	tasks_close(s);
	snapshots_close(s);
	store_commit_next(s);
	store_close_step(s);
}

void store_abandon(struct store *s)
{
	CHECK(!s->committing && !s->flushing && !s->running && !s->upkeep->busy);
	tails_close(s);
	tasks_close(s);
	release(s);
}
