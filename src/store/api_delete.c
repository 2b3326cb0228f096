/* POST /api/logs/delete: a deletion by query (deletion.h), or how many rows it would take (dry_run). GET /api/deletions: those that were asked for. */
#include "base/check.h"
#include "base/map.h"
#include "base/time.h"
#include "store/api.h"
#include "store/upkeep.h"
#include <stdio.h>
#include <stdlib.h>

enum { SERVICES_SHOWN = 1000 };

static void deletion_json(struct json_out *o, const struct deletion *d)
{
	char fingerprint[24];
	int n = snprintf(fingerprint, sizeof(fingerprint), "%016llx", (unsigned long long)d->fingerprint);
	json_out_object(o);
	json_kv_u64(o, "id", d->id);
	json_kv_str(o, "state", str_z(deletion_state_name(d->state)));
	json_kv_str(o, "by", str_z(d->who));
	json_kv_str(o, "kind", d->kinds == 1 << ROW_LOG ? STR("logs") : d->kinds == 1 << ROW_SPAN ? STR("spans") : STR("all"));
	json_kv_str(o, "fingerprint", str_from(fingerprint, (size_t)n));
	ns_json(o, "from_ns", d->from);
	ns_json(o, "to_ns", d->to);
	time_json(o, "asked", d->asked);
	json_out_key(o, STR("ended"));
	if (d->ended) {
		struct buf text;
		buf_init(&text, 64);
		time_rfc3339(&text, d->ended, 9);
		json_out_str(o, buf_str(&text));
		buf_release(&text);
	} else {
		json_out_null(o);
	}
	json_kv_u64(o, "rows", d->rows);
	json_kv_u64(o, "segments", d->segments);
	json_kv_u64(o, "damaged", d->damaged);
	json_kv_u64(o, "limited", d->limited);
	json_out_end(o);
}

void store_api_deletions(struct store *s, struct http_exchange *x)
{
	struct buf b;
	struct json_out o;
	buf_init(&b, 1 << 20);
	json_out_init(&o, &b);
	json_out_object(&o);
	json_out_key(&o, STR("deletions"));
	json_out_array(&o);
	for (const struct deletion *d = s->upkeep->deletions.oldest; d; d = d->next)
		deletion_json(&o, d);
	json_out_end(&o);
	json_out_end(&o);
	store_api_json(x, &b);
	buf_release(&b);
}

/* --- what would go ----------------------------------------------------------------------------------------------------------------------------- */

struct plan_task {
	struct query_task base;
	struct map services;         /* to uint64_t */
	uint64_t rows;
	bool more;
};

static void plan_row(void *ctx, const struct scan_row *r)
{
	struct plan_task *t = ctx;
	struct str service = r->resource->names.service;
	uint64_t *n = map_get(&t->services, service);
	t->rows++;
	if (!n) {
		struct str copy = arena_str(&t->base.arena, service);
		n = ARENA_NEW(&t->base.arena, uint64_t);
		if (!copy.p || !n || !map_put(&t->services, copy, n)) {
			t->more = true;
			return;
		}
	}
	++*n;
}

static void plan_render(struct query_task *base)
{
	struct plan_task *t = (struct plan_task *)(void *)base;
	struct json_out o;
	json_out_init(&o, &base->out);
	json_out_object(&o);
	json_kv_bool(&o, "dry_run", true);
	json_kv_u64(&o, "rows", t->rows);
	json_out_key(&o, STR("services"));
	json_out_array(&o);
	for (uint32_t i = 0; i < t->services.count; i++) {
		json_out_object(&o);
		json_kv_str(&o, "service", t->services.entries[i].key);
		json_kv_u64(&o, "rows", *(const uint64_t *)t->services.entries[i].value);
		json_out_end(&o);
	}
	json_out_end(&o);
	json_kv_bool(&o, "more_services", t->more);
	scanned_json(&o, base);
	json_out_end(&o);
}

static void plan_release(struct query_task *base) { map_release(&((struct plan_task *)(void *)base)->services); }

/* --- the request ------------------------------------------------------------------------------------------------------------------------------- */

struct wanted { struct str q, who; int64_t from, to; uint8_t kinds; bool dry; };

static bool one_time(const struct json *j, const char *key, int64_t *out, struct err *e)
{
	struct str text = json_get_str(j, str_z(key), STR(""));
	return str_empty(text) || store_api_time(text, sys_wall(), out) ||
	       err_set(e, ERR_INPUT, "%s: \"%.*s\" is not a time; give RFC 3339, Unix time, or a duration back from now such as 30m", key, STR_FMT(text));
}

static bool kinds_of(struct str kind, uint8_t *kinds, struct err *e)
{
	*kinds = str_eq(kind, STR("logs")) ? 1 << ROW_LOG : str_eq(kind, STR("spans")) ? 1 << ROW_SPAN : str_eq(kind, STR("all")) ? 1 << ROW_LOG | 1 << ROW_SPAN : 0;
	return *kinds ? true : err_set(e, ERR_INPUT, "kind: \"%.*s\" is none of logs, spans, all", STR_FMT(kind));
}

static bool read_wanted(struct http_exchange *x, struct wanted *w, struct err *e)
{
	const struct json *j = json_parse(http_arena(x), http_request(x)->body, e);
	if (!j)
		return false;
	if (j->type != JSON_OBJECT)
		return err_set(e, ERR_INPUT, "the body is a JSON object such as {\"q\":\"user:4711\",\"from\":\"30d\",\"dry_run\":true}");
	*w = (struct wanted){ .q = str_strip(json_get_str(j, STR("q"), STR(""))), .who = json_get_str(j, STR("by"), STR("")), .from = INT64_MIN, .to = INT64_MAX,
			      .dry = json_get_bool(j, STR("dry_run"), false) };
	if (str_empty(w->q))
		return err_set(e, ERR_INPUT, "q: the query that says which rows go is missing; `service:name` names all of a service");
	if (w->q.len > QUERY_MAX_TEXT || w->who.len > DELETION_WHO || !str_is_utf8(w->who))
		return err_set(e, ERR_INPUT, "q has at most %d bytes, by at most %d", QUERY_MAX_TEXT, DELETION_WHO);
	if (!one_time(j, "from", &w->from, e) || !one_time(j, "to", &w->to, e) || !kinds_of(json_get_str(j, STR("kind"), STR("logs")), &w->kinds, e))
		return false;
	return w->from <= w->to ? true : err_set(e, ERR_INPUT, "from is after to");
}

/* last:30m in the query says the range, from now. */
static bool parse(struct query *q, struct arena *a, struct wanted *w, struct err *e)
{
	if (!query_parse(q, a, w->q, e))
		return false;
	if (q->has_last) {
		w->to = sys_wall();
		w->from = w->to - q->last;
	}
	return true;
}

static void plan(struct store *s, struct http_exchange *x, struct wanted *w)
{
	struct plan_task *t = query_task_new(s, x, sizeof(*t));
	if (!t)
		return;
	struct query_task *b = &t->base;
	map_init(&t->services, SERVICES_SHOWN);
	b->release = plan_release;
	/* The tree points into the text. */
	w->q = arena_str(&b->arena, w->q);
	if (!parse(&b->q, &b->arena, w, &b->err)) {
		query_task_fail(b);
		return;
	}
	b->scan.from = w->from;
	b->scan.to = w->to;
	b->scan.kinds = w->kinds;
	b->scan.row = plan_row;
	b->render = plan_render;
	query_task_start(b);
}

static void begin(struct store *s, struct http_exchange *x, struct wanted *w)
{
	struct query q = { 0 };
	struct err e = { 0 };
	struct deletion *d = calloc(1, sizeof(*d));
	bool ok = d ? parse(&q, http_arena(x), w, &e) : err_set(&e, ERR_NO_MEMORY, "no memory for a deletion");
	query_release(&q);
	if (ok) {
		memcpy(d->q, w->q.p, w->q.len);
		d->q_len = w->q.len;
		memcpy(d->who, w->who.p, w->who.len);
		d->from = w->from;
		d->to = w->to;
		d->kinds = w->kinds;
		ok = deletion_ask(s, d, &e);
	} else {
		free(d);
	}
	if (!ok) {
		http_answer_err(x, &e);
		return;
	}
	struct buf b;
	struct json_out o;
	buf_init(&b, 4096);
	json_out_init(&o, &b);
	deletion_json(&o, d);
	http_answer(x, 202, STR("application/json"), STR("Cache-Control: no-store\r\n"), buf_str(&b));
	buf_release(&b);
}

void store_api_delete(struct store *s, struct http_exchange *x)
{
	struct wanted w;
	struct err e = { 0 };
	/* A page that a browser shows must not be able to ask for it, nor another user of the machine: the socket is its owner's alone. */
	if (!http_request(x)->local)
		err_set(&e, ERR_FORBIDDEN, "deletions are asked for over the store's Unix socket (`pleach delete`)");
	if (err_is_set(&e) || !read_wanted(x, &w, &e)) {
		http_answer_err(x, &e);
		return;
	}
	if (w.dry)
		plan(s, x, &w);
	else
		begin(s, x, &w);
}
