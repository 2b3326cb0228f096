/* Life of the catalogue in control (catalog.h): a round asks the store for what was seen, starts crawlers, and hands both to a worker, which makes the next picture.
 *
 * Rounds follow each other after `catalog.every`, or SHARE times what the last one took. What a picture points at (crawled repositories, the fleet, the store's answers) has
 * the picture's end of life. */
#include "base/check.h"
#include "model/record.h"
#include "part/acts.h"
#include "part/catalog_impl.h"
#include "part/catalog_judge.h"
#include "part/discovery.h"
#include <stdlib.h>

#define ROUND_EVERY (15 * SECOND) /* while the fleet cannot be read */
#define ROUND_FIRST (SECOND / 2)
#define ROUND_SOON (SECOND)
#define ASK_TIMEOUT (20 * SECOND)
/* What a round asks, one after the other. */
enum question { SEEN, EDGES, RECENT, RUNNING, LINES, LINES_WITH_ID, STATUS, FINDINGS, QUESTIONS };
enum { SHARE = 20, ANSWERS_ARENA = 128 << 20 };

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
	struct catalog_pacts pacts;        /* the same */
	size_t found_count;
	struct err err;
	int64_t began, every;               /* when, and the wait until the next */
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
	struct catalog_answers told = { r->answers[STATUS], r->answers[LINES], r->answers[LINES_WITH_ID], r->answers[RECENT], r->answers[RUNNING], catalog_health_window(r->every), &r->answers[QUESTIONS], &r->pacts };
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
	catalog_answer_waiting(c);
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
	r->pacts = (struct catalog_pacts){ .arena = &r->view.answers, .asked = c->options.pacts != NULL };
	if (c->options.pacts)
		c->options.pacts(c->options.pacts_ctx, &r->pacts);
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
