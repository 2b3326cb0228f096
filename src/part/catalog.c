/* Life of the catalogue in control (catalog.h): a round asks the store for what was seen, starts crawlers, and hands both to a worker, which makes the next picture.
 *
 * Rounds follow each other after `catalog.every`, or SHARE times what the last one took. What a picture points at (crawled repositories, the fleet, the store's answers) has
 * the picture's end of life. */
#include "part/catalog.h"
#include "base/check.h"
#include "catalog/advice/advice.h"
#include "model/record.h"
#include "part/acts.h"
#include "part/catalog_alike.h"
#include "part/catalog_crawl.h"
#include "part/catalog_judge.h"
#include "part/catalog_libraries.h"
#include "part/catalog_others.h"
#include "part/catalog_score.h"
#include "part/discovery.h"
#include "part/from_here.h"
#include <stdlib.h>

#define ROUND_EVERY (15 * SECOND) /* while the fleet cannot be read */
#define ROUND_FIRST (SECOND / 2)
#define ROUND_SOON (SECOND)
#define ASK_TIMEOUT (20 * SECOND)
/* What a round asks, one after the other. */
enum question { SEEN, EDGES, RECENT, RUNNING, LINES, LINES_WITH_ID, STATUS, FINDINGS, QUESTIONS };
enum { SHARE = 20, ANSWER_MAX = 64 << 20, ANSWERS_ARENA = 128 << 20, WAITING_MAX = 32 };

/* A picture with all that it points at. */
struct view {
	struct picture *picture;
	struct crawl_kept *kept;
	struct fleet *fleet;
	struct catalog_scores scores;
	struct evidence_list said;         /* in answers */
	struct advice_all advice;
	struct catalog_alike *alike;
	struct catalog_locks *locks;
	struct catalog_libraries libraries;
	struct arena answers;
};
struct round {
	struct loop_job job;
	struct catalog_part *owner;
	struct arena arena;
	struct crawlers crawlers;
	struct others_round others;
	const struct crawl_kept *before;   /* of the view that is in force; NULL: on disk */
	struct view view;
	const struct score_history *history; /* the same of scores */
	const struct catalog_scores *scores; /* and what they knew of health and of what runs */
	const struct catalog_alike *alike;  /* and of what is alike */
	bool alike_same;                    /* it is still so */
	const struct catalog_locks *locks;  /* and of what lock files say */
	bool locks_same;
	struct fleet *fleet;               /* as it is when the round begins: what is crawled, and which rules are asked; NULL: its files are wrong */
	const struct json *answers[QUESTIONS + FLEET_MAX_RULES]; /* in view.answers; NULL: not answered. Rules of the fleet's own stand behind the others */
	size_t asked;
	const struct picture_found *found; /* in view.answers */
	size_t found_count;
	struct err err;
	int64_t began, every;               /* when, and the wait until the next */
};
struct waiting { struct catalog_part *owner; struct http_exchange *x; struct str path; };
struct catalog_part {
	struct loop *loop;
	struct catalog_options options;
	struct arena arena;
	struct view view;
	struct round *round;               /* under way */
	struct http_call *call;
	struct timer timer;
	bool again;                        /* the fleet changed meanwhile */
	struct others others;
	struct err problem;                /* of the last round */
	struct waiting *waiting[WAITING_MAX]; /* for the first picture */
	size_t waiting_count;
	void (*closed)(void *ctx);
	void *closed_ctx;
};

static void on_due(struct timer *t);

static void view_release(struct view *v)
{
	picture_free(v->picture);
	crawl_kept_free(v->kept);
	fleet_free(v->fleet);
	catalog_alike_free(v->alike);
	catalog_locks_free(v->locks);
	arena_release(&v->answers);
	*v = (struct view){ 0 };
}

/* --- the answer -------------------------------------------------------------------------------------------------------------------------------------- */

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

static void answer_waiting(struct catalog_part *c)
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
	struct waiting *w = c->waiting_count < WAITING_MAX ? calloc(1, sizeof(*w)) : NULL;
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

/* --- a round ------------------------------------------------------------------------------------------------------------------------------------------- */

static void free_all(struct catalog_part *c)
{
	view_release(&c->view);
	others_release(&c->others);
	arena_release(&c->arena);
	free(c);
}

static size_t instances(const struct json *status)
{
	const struct json *list = json_get(status, STR("services"));
	size_t n = 0;
	for (uint32_t i = 0; list && list->type == JSON_ARRAY && i < list->count; i++)
		n += json_get_bool(&list->items[i], STR("part"), false) ? 0 : (size_t)json_get_i64(&list->items[i], STR("running"), 0);
	return n;
}

static void run_round(struct loop_job *job)
{
	struct round *r = CONTAINER_OF(job, struct round, job);
	struct view *v = &r->view;
	struct buf out;
	struct crawl_kept *from_disk = r->before ? NULL : crawl_kept_read(STR(CATALOG_STATE));
	buf_init(&out, OWN_OUTPUT_MAX);
	others_say(&r->others, &out);
	if (crawlers_collect(&r->crawlers, &out, NULL, NULL, &r->err))
		v->kept = crawl_kept_after(r->before ? r->before : from_disk, buf_str(&out), &r->err);
	buf_release(&out);
	crawl_kept_free(from_disk);
	if (!v->kept)
		return;
	v->fleet = r->fleet;
	r->fleet = NULL;
	struct picture_sources s = { .repositories = v->kept->repositories, .repositories_count = v->kept->count, .fleet = v->fleet, .identities = v->kept->identities,
				     .identities_count = v->kept->identities_count, .now = sys_wall() / SECOND };
	s.found = r->found;
	s.found_count = r->found_count;
	catalog_evidence_read(&v->said, &v->answers, STR(CATALOG_STATE));
	s.contacts = catalog_evidence_contacts(&v->said, &v->answers, &s.contacts_count);
	picture_seen_read(&s, &v->answers, r->answers[SEEN], r->answers[EDGES]);
	v->picture = picture_new(&s, &r->err);
	if (!v->picture || ((v->kept->read || !r->before) && !crawl_kept_write(v->kept, STR(CATALOG_STATE), v->picture, &r->err)))
		return;
	struct err locks = { 0 }; /* the rest is worth having without them */
	v->locks = catalog_locks_make(v->picture, v->fleet, r->locks, &r->locks_same, &locks);
	const struct catalog_locks *read = r->locks_same ? r->locks : v->locks;
	struct catalog_answers told = { r->answers[STATUS], r->answers[LINES], r->answers[LINES_WITH_ID], r->answers[RECENT], r->answers[RUNNING], catalog_health_window(r->every), &r->answers[QUESTIONS] };
	if (!catalog_scores_make(&v->scores, &v->picture->arena, v->picture, v->fleet, &told, read, r->scores, &v->said, STR(CATALOG_STATE))) {
		err_set(&r->err, ERR_NO_MEMORY, "the catalogue does not fit into memory");
		return;
	}
	struct figures figures;
	figures_make(&figures, &v->picture->arena, v->picture, v->fleet, v->scores.items, instances(r->answers[STATUS]), r->answers[FINDINGS]);
	figures_releases(&figures, &v->picture->arena, v->picture, &v->scores.releases);
	advice_make(&v->advice, &v->picture->arena, &figures);
	struct err alike = { 0 };
	v->alike = catalog_alike_make(v->picture, v->fleet, r->alike, &r->alike_same, &alike);
	catalog_libraries_make(&v->libraries, v->picture, read, &locks);
	catalog_scores_history(&v->scores, &v->picture->arena, r->history, STR(CATALOG_STATE), s.now);
	if (v->scores.history.changed)
		catalog_scores_write(&v->scores, STR(CATALOG_STATE), &r->err);
}

static void take(struct catalog_part *c, struct round *r)
{
	struct buf b;
	bool was = err_is_set(&c->problem);
	c->problem = r->err;
	if (err_is_set(&r->err) && !was) {
		buf_init(&b, 2048);
		buf_printf(&b, "the catalogue: ");
		err_format(&r->err, &b);
		c->options.log(c->options.log_ctx, SEVERITY_WARN, buf_str(&b));
		buf_release(&b);
	}
	if (!r->view.picture || !r->view.scores.items)
		return;
	others_end(&c->others, &r->others, r->view.kept, loop_now(c->loop));
	if (r->alike_same) {
		r->view.alike = c->view.alike;
		c->view.alike = NULL;
	}
	if (r->locks_same) {
		r->view.locks = c->view.locks;
		c->view.locks = NULL;
	}
	view_release(&c->view);
	c->view = r->view;
	r->view = (struct view){ 0 };
	acts_picture(c->options.acts, c->view.picture);
}

static void finish(struct catalog_part *c, struct round *r)
{
	int64_t took = loop_now(c->loop) - r->began, pause = took * SHARE > r->every ? took * SHARE : r->every;
	c->round = NULL;
	if (!c->closed)
		take(c, r);
	view_release(&r->view);
	others_round_release(&r->others);
	fleet_free(r->fleet);
	arena_release(&r->arena);
	free(r);
	if (c->closed) {
		void (*closed)(void *ctx) = c->closed;
		void *ctx = c->closed_ctx;
		free_all(c);
		closed(ctx);
		return;
	}
	answer_waiting(c);
	timer_set(&c->timer, c->loop, loop_now(c->loop) + (c->again ? ROUND_SOON : pause), on_due);
	c->again = false;
}

static void round_done(struct loop_job *job)
{
	struct round *r = CONTAINER_OF(job, struct round, job);
	finish(r->owner, r);
}

static void crawl(struct catalog_part *c)
{
	struct round *r = c->round;
	struct fleet *f = r->fleet;
	size_t count = 1;
	const struct str *folders = f ? catalog_folders(f, &r->arena, &count) : &c->options.root;
	r->before = c->view.kept;
	r->alike = c->view.alike;
	r->locks = c->view.locks;
	r->found = discovery_found(c->options.discovery, &r->view.answers, &r->found_count);
	r->history = c->view.picture ? &c->view.scores.history : NULL;
	r->scores = c->view.picture ? &c->view.scores : NULL;
	bool ok = folders && crawlers_start(&r->crawlers, &r->arena, folders, count, r->others.importing ? &r->others.import : NULL, STR(CATALOG_STATE "/repositories.jsonl"), &r->err);
	if (!ok) {
		finish(c, r);
		return;
	}
	r->job = (struct loop_job){ .run = run_round, .done = round_done };
	loop_work(c->loop, &r->job);
}

static void run_fetch(struct loop_job *job)
{
	struct round *r = CONTAINER_OF(job, struct round, job);
	others_collect(&r->others, &r->crawlers);
}

static void fetch_done(struct loop_job *job)
{
	struct round *r = CONTAINER_OF(job, struct round, job);
	if (r->owner->closed)
		finish(r->owner, r);
	else
		crawl(r->owner);
}

/* What is elsewhere first. */
static void fetch(struct catalog_part *c)
{
	struct round *r = c->round;
	others_begin(&c->others, &r->others, r->fleet, &r->arena, loop_now(c->loop));
	if (!r->others.fetching || !others_fetch(&r->others, r->fleet, &r->arena, &r->crawlers)) {
		crawl(c);
		return;
	}
	r->job = (struct loop_job){ .run = run_fetch, .done = fetch_done };
	loop_work(c->loop, &r->job);
}

static const struct json *parsed(struct round *r, const struct http_result *h)
{
	struct err ignored = { 0 };
	return h->status == 200 ? json_parse(&r->view.answers, h->body, &ignored) : NULL;
}

static void ask_next(struct catalog_part *c);

static void on_answer(void *ctx, const struct http_result *h)
{
	struct catalog_part *c = ctx;
	c->call = NULL;
	c->round->answers[c->round->asked++] = parsed(c->round, h);
	ask_next(c);
}

static struct str target_of(struct round *r, size_t question)
{
	static const char *const targets[QUESTIONS] = { [SEEN] = "/api/seen?from=14d", [EDGES] = "/api/edges?from=14d", [LINES] = SCORE_LINES, [LINES_WITH_ID] = SCORE_LINES_WITH_ID, [STATUS] = "/api/status",
						       [FINDINGS] = "/api/findings" };
	struct buf b;
	if (question == RECENT)
		return arena_printf(&r->arena, "/api/edges?from=%llds", (long long)catalog_health_window(r->every));
	if (question == RUNNING)
		return arena_printf(&r->arena, "/api/query?from=%llds%s", (long long)catalog_health_window(r->every), RUNNING_QUESTION);
	if (question < QUESTIONS)
		return str_z(targets[question]);
	buf_init(&b, 64 << 10);
	buf_add(&b, STR("/api/query?from=1h&q="));
	http_escape(&b, r->fleet->catalog.rules[question - QUESTIONS].query, NULL);
	http_escape(&b, STR(" | stats count() by service"), NULL);
	struct str target = arena_str(&r->arena, buf_str(&b));
	buf_release(&b);
	return target;
}

static void ask_next(struct catalog_part *c)
{
	struct round *r = c->round;
	for (size_t all = QUESTIONS + (r->fleet ? r->fleet->catalog.rules_count : 0); r->asked < all; r->asked++) {
		bool of_control = r->asked == STATUS || r->asked == FINDINGS;
		struct http_call_options o = { .address = of_control ? c->options.control : c->options.store, .method = STR("GET"), .target = target_of(r, r->asked), .timeout = ASK_TIMEOUT, .ctx = c };
		c->call = http_call(c->options.client, &o, on_answer);
		if (c->call)
			return;
	}
	fetch(c);
}

static void on_due(struct timer *t)
{
	struct catalog_part *c = CONTAINER_OF(t, struct catalog_part, timer);
	struct round *r = calloc(1, sizeof(*r));
	CHECK(r && !c->round);
	struct err wrong = { 0 }; /* a finding of control's own */
	*r = (struct round){ .owner = c, .began = loop_now(c->loop), .fleet = fleet_load(c->options.root, &wrong, NULL) };
	arena_init(&r->arena, 1 << 20);
	arena_init(&r->view.answers, ANSWERS_ARENA);
	c->round = r;
	r->every = r->fleet ? r->fleet->catalog.every : ROUND_EVERY;
	ask_next(c);
}

void catalog_part_fleet(void *catalog, const struct fleet *f)
{
	struct catalog_part *c = catalog;
	(void)f;
	c->again = c->round != NULL;
	if (!c->round)
		timer_set(&c->timer, c->loop, loop_now(c->loop) + (c->view.picture ? ROUND_SOON : ROUND_FIRST), on_due);
}

void catalog_part_judge(void *catalog, const struct finding_sink *to)
{
	const struct catalog_part *c = catalog;
	if (c->view.picture)
		catalog_judge(c->view.picture, c->view.alike, to);
}

/* --- life ------------------------------------------------------------------------------------------------------------------------------------------------ */

struct catalog_part *catalog_part_new(struct loop *l, const struct catalog_options *o, struct err *e)
{
	struct catalog_part *c = calloc(1, sizeof(*c));
	if (!c) {
		err_set(e, ERR_NO_MEMORY, "no memory for the catalogue");
		return NULL;
	}
	c->loop = l;
	c->options = *o;
	arena_init(&c->arena, 64 << 10);
	c->options.root = arena_str(&c->arena, o->root);
	return c;
}

void catalog_part_close(struct catalog_part *c, void (*closed)(void *ctx), void *ctx)
{
	timer_cancel(&c->timer);
	c->closed = closed;
	c->closed_ctx = ctx;
	if (c->call) {
		http_cancel(c->call);
		c->call = NULL;
		finish(c, c->round);
	} else if (c->round) {
		crawlers_kill(&c->round->crawlers); /* the worker sees their end, and is done */
	} else {
		free_all(c);
		closed(ctx);
	}
}
