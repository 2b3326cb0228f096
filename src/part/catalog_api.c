/* What the catalogue answers (catalog.h): the picture in force, one service of it, exports, what was built twice, advice. Whoever asks before there is a picture waits for the first. */
#include "base/check.h"
#include "part/acts.h"
#include "part/catalog_impl.h"
#include "part/discovery.h"
#include "part/from_here.h"
#include <stdlib.h>

enum { ANSWER_MAX = 64 << 20 };

/* --- answers -------------------------------------------------------------------------------------------------------------------------------------- */

static struct str missing(const struct catalog_part *c, struct arena *a)
{
	struct str text = STR("");
	if (!c->view.picture)
		return err_is_set(&c->problem) ? str_z(c->problem.message) : STR("the repositories are being read for the first time");
	if (!c->view.picture->observed)
		text = STR("what was seen: the store was not reachable");
	struct str registries = discovery_missing(c->options.discovery, a);
	if (registries.len)
		text = arena_printf(a, "%.*s%s%.*s", STR_FMT(text), text.len ? "; " : "", STR_FMT(registries));
	for (size_t i = 0; i < c->view.kept->failures_count && i < 5; i++)
		text = arena_printf(a, "%.*s%s%.*s", STR_FMT(text), text.len ? "; " : "", STR_FMT(c->view.kept->failures[i].message));
	if (err_is_set(&c->problem))
		text = arena_printf(a, "%.*s%sthe last reading failed: %s", STR_FMT(text), text.len ? "; " : "", c->problem.message);
	return c->view.kept->cut ? arena_printf(a, "%.*s%sthere are more repositories than are looked at", STR_FMT(text), text.len ? "; " : "") : text;
}

static void send(struct http_exchange *x, const struct buf *out, const char *type)
{
	struct err e = { 0 };
	if (buf_ok(out)) {
		http_answer(x, 200, str_z(type), STR("Cache-Control: no-store\r\n"), buf_str(out));
		return;
	}
	err_set(&e, ERR_TOO_LARGE, "the answer is too large");
	http_answer_err(x, &e);
}

/* A parameter of the query, decoded; empty: none. */
static struct str parameter(const struct http_exchange *x, struct arena *a, const char *name)
{
	struct str raw;
	if (!http_query_get(http_request(x)->head.query, str_z(name), &raw))
		return STR("");
	char *text = arena_bytes(a, raw.len + 1);
	size_t n = text ? http_unescape(text, raw, true) : SIZE_MAX;
	return n == SIZE_MAX ? STR("") : str_from(text, n);
}

static void answer_all(struct catalog_part *c, struct http_exchange *x, struct arena *a)
{
	struct picture_more more = { catalog_scores_json, &c->view.scores };
	struct buf out;
	struct json_out o;
	buf_init(&out, ANSWER_MAX);
	json_out_init(&o, &out);
	picture_json(&o, c->view.picture, parameter(x, a, "owner"), str_eq(parameter(x, a, "orphans"), STR("true")), missing(c, a), &more);
	send(x, &out, "application/json");
	buf_release(&out);
}

static void answer_export(struct catalog_part *c, struct http_exchange *x, struct arena *a, struct str format)
{
	struct err e = { 0 };
	struct buf out;
	struct json_out o;
	bool backstage = str_eq(format, STR("backstage"));
	if (!backstage && !str_eq(format, STR("cyclonedx")))
		err_set(&e, ERR_NOT_FOUND, "`%.*s` is no form of export; backstage or cyclonedx", STR_FMT(str_sub(format, 0, 40)));
	else if (!c->view.picture)
		err_set(&e, ERR_UNAVAILABLE, "%.*s", STR_FMT(missing(c, a)));
	if (err_is_set(&e)) {
		http_answer_err(x, &e);
		return;
	}
	buf_init(&out, ANSWER_MAX);
	json_out_init(&o, &out);
	if (backstage)
		picture_backstage(&out, c->view.picture);
	else
		picture_cyclonedx(&o, c->view.picture, c->view.locks ? &c->view.locks->index : NULL);
	send(x, &out, backstage ? "application/yaml" : "application/vnd.cyclonedx+json; version=1.5");
	buf_release(&out);
}

static void answer_one(struct catalog_part *c, struct http_exchange *x, struct str name)
{
	name = path_step(x, name);
	const struct picture_service *s = c->view.picture ? picture_service(c->view.picture, name) : NULL;
	struct err e = { 0 };
	struct buf out;
	struct json_out o;
	if (!s) {
		err_set(&e, ERR_NOT_FOUND, "no service is called `%.*s`; " CATALOG_PATH_API " lists them", STR_FMT(str_sub(name, 0, 100)));
		http_answer_err(x, &e);
		return;
	}
	buf_init(&out, ANSWER_MAX);
	json_out_init(&o, &out);
	struct picture_more more = { catalog_scores_json, &c->view.scores };
	picture_service_json(&o, c->view.picture, s, &more);
	send(x, &out, "application/json");
	buf_release(&out);
}

/* Below DUPLICATES_PATH. */
static const struct { struct str below, path; void (*json)(struct json_out *o, const struct catalog_libraries *c, struct str missing); } of_libraries[] = {
	{ STR_INIT("/libraries"), STR_INIT(DUPLICATES_PATH "/libraries"), catalog_libraries_json },
	{ STR_INIT("/radar"), STR_INIT(DUPLICATES_PATH "/radar"), catalog_radar_json },
	{ STR_INIT("/decisions"), STR_INIT(DUPLICATES_PATH "/decisions"), catalog_decisions_json },
};

static void answer_libraries(struct catalog_part *c, struct json_out *o, struct arena *a, struct str path)
{
	for (size_t i = 0; i < ARRAY_LEN(of_libraries); i++)
		if (str_eq(path, of_libraries[i].path))
			of_libraries[i].json(o, &c->view.libraries, missing(c, a));
}

static void answer_other(struct catalog_part *c, struct http_exchange *x, struct arena *a, struct str path)
{
	struct buf out;
	struct json_out o;
	buf_init(&out, ANSWER_MAX);
	json_out_init(&o, &out);
	if (str_eq(path, STR(ADVICE_PATH)))
		advice_json(&o, c->view.picture ? &c->view.advice : NULL, missing(c, a));
	else if (!str_eq(path, STR(DUPLICATES_PATH)))
		answer_libraries(c, &o, a, path);
	else
		catalog_alike_json(&o, c->view.alike, c->view.picture, missing(c, a));
	send(x, &out, "application/json");
	buf_release(&out);
}

static void answer(struct catalog_part *c, struct http_exchange *x, struct str path)
{
	struct arena a;
	arena_init(&a, 1 << 20);
	if (str_eq(path, STR(ADVICE_PATH)) || str_starts(path, STR(DUPLICATES_PATH)))
		answer_other(c, x, &a, path);
	else if (str_starts(path, STR("/export/")))
		answer_export(c, x, &a, str_skip(path, 8));
	else if (path.len > 1)
		answer_one(c, x, str_skip(path, 1));
	else
		answer_all(c, x, &a);
	arena_release(&a);
}

static void stop_waiting(struct waiting *w)
{
	struct catalog_part *c = w->owner;
	for (size_t i = 0; i < c->waiting_count; i++)
		if (c->waiting[i] == w)
			c->waiting[i] = c->waiting[--c->waiting_count];
	free(w);
}

static void waiting_gone(void *ctx) { stop_waiting(ctx); }

void catalog_answer_waiting(struct catalog_part *c)
{
	while (c->waiting_count) {
		struct waiting *w = c->waiting[0];
		struct http_exchange *x = w->x;
		struct str path = w->path;
		http_on_gone(x, NULL, NULL);
		stop_waiting(w);
		answer(c, x, path);
	}
}

/* Until there is a picture whoever asks waits for it. */
static void wait(struct catalog_part *c, struct http_exchange *x, struct str path)
{
	struct waiting *w = c->waiting_count < CATALOG_WAITING_MAX ? calloc(1, sizeof(*w)) : NULL;
	if (!w) {
		answer(c, x, path);
		return;
	}
	*w = (struct waiting){ c, x, path }; /* the path is the request's, which lives as long as the exchange */
	c->waiting[c->waiting_count++] = w;
	http_on_gone(x, waiting_gone, w);
}

void catalog_part_handle(void *catalog, struct http_exchange *x, struct str path)
{
	struct catalog_part *c = catalog;
	const struct http_request *r = http_request(x);
	struct err e = { 0 };
	if (str_eq(r->head.method, STR("PUT")) && str_starts(path, STR("/")) && str_ends(path, STR("/owner")) && path.len > 7) {
		acts_owner(c->options.acts, x, str_sub(path, 1, path.len - 6));
	} else if (str_eq(r->head.method, STR("POST")) && str_starts(path, STR("/")) && str_ends(path, STR("/evidence")) && path.len > 10) {
		if (catalog_evidence_post(x, c->view.picture, str_sub(path, 1, path.len - 9), STR(CATALOG_STATE)))
			catalog_part_fleet(c, NULL);
	} else if (!str_eq(r->head.method, STR("GET")) && !str_eq(r->head.method, STR("HEAD"))) {
		err_set(&e, ERR_METHOD, "%.*s answers GET", STR_FMT(r->path));
		http_answer_err(x, &e);
	} else if (!c->view.picture && !err_is_set(&c->problem)) {
		wait(c, x, path);
	} else {
		answer(c, x, path);
	}
}

/* The same picture, asked other questions. */
static void other(void *catalog, struct http_exchange *x, struct str path, struct str which)
{
	struct err e = { 0 };
	if (!path.len) {
		catalog_part_handle(catalog, x, which);
		return;
	}
	err_set(&e, ERR_NOT_FOUND, "%.*s: no such path; %.*s is all there is", STR_FMT(http_request(x)->path), STR_FMT(which));
	http_answer_err(x, &e);
}

void catalog_part_advice(void *catalog, struct http_exchange *x, struct str path) { other(catalog, x, path, STR(ADVICE_PATH)); }

void catalog_part_duplicates(void *catalog, struct http_exchange *x, struct str path)
{
	for (size_t i = 0; i < ARRAY_LEN(of_libraries); i++)
		if (str_eq(path, of_libraries[i].below)) {
			other(catalog, x, STR(""), of_libraries[i].path);
			return;
		}
	other(catalog, x, path, STR(DUPLICATES_PATH));
}
