/* Life of what is known of tests that cross borders (borders.h): when files are looked through, when the store is asked, who waits. */
#include "part/borders.h"
#include "base/check.h"
#include "model/record.h"
#include "part/borders_seen.h"
#include <stdlib.h>

#define LOOK_EVERY (30 * SECOND)
#define LOOK_SOON (SECOND)
/* An answer waits for a fresh look when the last took no longer than this and is older than LOOK_SOON. */
#define LOOK_QUICK (SECOND)
#define ASK_EVERY (5 * SECOND)
#define ASK_FIRST (2 * SECOND)
#define ASK_TIMEOUT (20 * SECOND)
/* Looking and asking may take a twentieth of the time. */
enum { SHARE = 20, ANSWER_MAX = 32 << 20, SEEN_ARENA = 16 << 20 };

/* A look in a worker: loads the fleet for itself, so that it shares nothing. */
struct look {
	struct loop_job job;
	struct team_borders *owner;
	struct str root;
	const struct borders *before;
	struct fleet *fleet;
	struct borders *found;
	struct err err;
	int64_t began;
};
struct waiting { struct team_borders *owner; struct http_exchange *x; };
struct team_borders {
	struct loop *loop;
	struct team_borders_options options;
	struct arena arena;
	struct fleet *fleet;           /* that found was made of; NULL: not yet */
	struct borders *found;
	struct err problem;            /* of the last look */
	struct look *look;             /* under way */
	bool again;                    /* the fleet changed meanwhile */
	int64_t looked, took;          /* when the last one was done (monotonic), and how long it took */
	struct timer look_timer, ask_timer;
	struct http_call *call;        /* under way */
	struct arena answers;          /* of the two questions */
	const struct json *spans;
	int64_t asked;
	struct borders_seen seen;
	bool seen_known;
	struct waiting *waiting[TEAM_BORDERS_WAITING_MAX];
	size_t waiting_count;
	void (*closed)(void *ctx);
	void *closed_ctx;
};

static void start_look(struct team_borders *b);

/* --- the answer -------------------------------------------------------------------------------------------------------------------------------- */

static struct str missing(const struct team_borders *b)
{
	if (!b->found)
		return err_is_set(&b->problem) ? str_z(b->problem.message) : STR("the files are being looked through for the first time");
	return b->seen_known ? STR("") : STR("what tests were seen to call: the store was not reachable yet");
}

static void answer(struct team_borders *b, struct http_exchange *x)
{
	struct buf out;
	struct json_out o;
	struct err e = { 0 };
	buf_init(&out, ANSWER_MAX);
	json_out_init(&o, &out);
	borders_json(&o, b->fleet, b->found, b->seen.tests, b->fleet ? b->seen.count : 0, missing(b));
	if (buf_ok(&out)) {
		http_answer(x, 200, STR("application/json"), STR("Cache-Control: no-store\r\n"), buf_str(&out));
	} else {
		err_set(&e, ERR_TOO_LARGE, "the answer is too large");
		http_answer_err(x, &e);
	}
	buf_release(&out);
}

static void stop_waiting(struct waiting *w)
{
	struct team_borders *b = w->owner;
	for (size_t i = 0; i < b->waiting_count; i++)
		if (b->waiting[i] == w)
			b->waiting[i] = b->waiting[--b->waiting_count];
	free(w);
}

static void waiting_gone(void *ctx) { stop_waiting(ctx); }

static void answer_waiting(struct team_borders *b)
{
	while (b->waiting_count) {
		struct waiting *w = b->waiting[0];
		struct http_exchange *x = w->x;
		http_on_gone(x, NULL, NULL);
		stop_waiting(w);
		answer(b, x);
	}
}

static void wait(struct team_borders *b, struct http_exchange *x)
{
	struct waiting *w = b->waiting_count < TEAM_BORDERS_WAITING_MAX ? calloc(1, sizeof(*w)) : NULL;
	if (!w) {
		answer(b, x);
		return;
	}
	*w = (struct waiting){ b, x };
	b->waiting[b->waiting_count++] = w;
	http_on_gone(x, waiting_gone, w);
	start_look(b);
}

void team_borders_handle(void *borders, struct http_exchange *x, struct str path)
{
	struct team_borders *b = borders;
	const struct http_request *r = http_request(x);
	struct err e = { 0 };
	if (path.len) {
		err_set(&e, ERR_NOT_FOUND, "%.*s: no such path; " TEAM_BORDERS_PATH " lists the tests", STR_FMT(r->path));
		http_answer_err(x, &e);
	} else if (!str_eq(r->head.method, STR("GET")) && !str_eq(r->head.method, STR("HEAD"))) {
		err_set(&e, ERR_METHOD, "%.*s answers GET", STR_FMT(r->path));
		http_answer_err(x, &e);
	} else if (!b->looked || (b->took < LOOK_QUICK && loop_now(b->loop) - b->looked > LOOK_SOON)) {
		wait(b, x);
	} else {
		answer(b, x);
	}
}

/* --- looking through the files ---------------------------------------------------------------------------------------------------------------- */

static void free_all(struct team_borders *b)
{
	borders_free(b->found);
	fleet_free(b->fleet);
	arena_release(&b->answers);
	arena_release(&b->seen.arena);
	arena_release(&b->arena);
	free(b);
}

static void run_look(struct loop_job *job)
{
	struct look *l = CONTAINER_OF(job, struct look, job);
	l->fleet = fleet_load(l->root, &l->err, NULL);
	l->found = l->fleet ? borders_find(l->fleet, l->before, &l->err) : NULL;
}

static void on_look_due(struct timer *t) { start_look(CONTAINER_OF(t, struct team_borders, look_timer)); }

static void take(struct team_borders *b, struct look *l)
{
	b->problem = l->err;
	if (!l->found) /* nothing changed, or the files are wrong: what is known stays */
		return;
	if (l->found->cut && (!b->found || !b->found->cut)) {
		struct str why = l->found->why;
		b->options.log(b->options.log_ctx, SEVERITY_WARN, why);
	}
	borders_free(b->found);
	fleet_free(b->fleet);
	b->found = l->found;
	b->fleet = l->fleet;
	l->fleet = NULL;
}

static void looked(struct loop_job *job)
{
	struct look *l = CONTAINER_OF(job, struct look, job);
	struct team_borders *b = l->owner;
	b->look = NULL;
	b->looked = loop_now(b->loop);
	b->took = b->looked - l->began;
	if (b->closed)
		borders_free(l->found);
	else
		take(b, l);
	fleet_free(l->fleet);
	free(l);
	if (b->closed) {
		void (*closed)(void *ctx) = b->closed;
		void *ctx = b->closed_ctx;
		free_all(b);
		closed(ctx);
		return;
	}
	answer_waiting(b);
	int64_t pause = b->took * SHARE > LOOK_EVERY ? b->took * SHARE : LOOK_EVERY;
	timer_set(&b->look_timer, b->loop, b->looked + (b->again ? LOOK_SOON : pause), on_look_due);
	b->again = false;
}

static void start_look(struct team_borders *b)
{
	if (b->look)
		return;
	struct look *l = calloc(1, sizeof(*l));
	CHECK(l);
	*l = (struct look){ .job = { .run = run_look, .done = looked }, .owner = b, .root = b->options.root, .before = b->found, .began = loop_now(b->loop) };
	b->look = l;
	loop_work(b->loop, &l->job);
}

void team_borders_fleet(void *borders, const struct fleet *f)
{
	struct team_borders *b = borders;
	(void)f;
	b->again = b->look != NULL;
	timer_set(&b->look_timer, b->loop, loop_now(b->loop) + (b->looked ? LOOK_SOON : 0), on_look_due);
}

/* --- asking the store -------------------------------------------------------------------------------------------------------------------------- */

static void on_ask_due(struct timer *t);

static void ask_again(struct team_borders *b)
{
	int64_t took = loop_now(b->loop) - b->asked;
	arena_clear(&b->answers);
	b->spans = NULL;
	timer_set(&b->ask_timer, b->loop, loop_now(b->loop) + (took * SHARE > ASK_EVERY ? took * SHARE : ASK_EVERY), on_ask_due);
}

static const struct json *parsed(struct team_borders *b, const struct http_result *r)
{
	struct err e = { 0 };
	return r->status == 200 ? json_parse(&b->answers, r->body, &e) : NULL;
}

static void ask(struct team_borders *b, const char *target, void (*done)(void *ctx, const struct http_result *r))
{
	struct http_call_options o = { .address = b->options.store, .method = STR("GET"), .target = str_z(target), .timeout = ASK_TIMEOUT, .ctx = b };
	b->call = http_call(b->options.client, &o, done);
	if (!b->call)
		ask_again(b);
}

static void on_calls(void *ctx, const struct http_result *r)
{
	struct team_borders *b = ctx;
	const struct json *traces = parsed(b, r);
	b->call = NULL;
	if (traces && b->fleet) {
		arena_clear(&b->seen.arena);
		b->seen.tests = NULL;
		b->seen.count = b->seen.capacity = 0;
		borders_seen_read(&b->seen, b->fleet, b->found, b->spans, traces);
		b->seen_known = true;
	}
	ask_again(b);
}

static void on_spans(void *ctx, const struct http_result *r)
{
	struct team_borders *b = ctx;
	b->call = NULL;
	b->spans = parsed(b, r);
	const struct json *rows = b->spans ? json_get(b->spans, STR("rows")) : NULL;
	if (rows && rows->type == JSON_ARRAY && rows->count) {
		ask(b, BORDERS_SEEN_CALLS, on_calls);
		return;
	}
	if (rows) { /* none */
		b->seen.count = 0;
		b->seen_known = true;
	}
	ask_again(b);
}

static void on_ask_due(struct timer *t)
{
	struct team_borders *b = CONTAINER_OF(t, struct team_borders, ask_timer);
	b->asked = loop_now(b->loop);
	ask(b, BORDERS_SEEN_SPANS, on_spans);
}

/* --- findings ------------------------------------------------------------------------------------------------------------------------------------ */

static bool has_file(const struct borders *found, struct str file)
{
	for (size_t i = 0; i < found->crossing_count; i++)
		if (str_eq(found->crossing[i].file, file))
			return true;
	return false;
}

static void judge_one(const struct finding_sink *to, const struct border_test *t)
{
	struct arena a;
	arena_init(&a, 1 << 20);
	struct finding f = { .kind = FINDING_CROSSING_TEST, .service = t->service, .owner = t->owner_count ? t->owners[0] : STR(""), .trace = t->trace };
	f.id = t->file.len ? arena_printf(&a, "crossing-test:%.*s", STR_FMT(t->file)) : arena_printf(&a, "crossing-test:seen:%.*s:%.*s", STR_FMT(t->tool), STR_FMT(t->name));
	f.sentence = border_sentence(&a, t);
	f.remedy = border_remedy(&a, t);
	f.place = (struct place){ t->file, t->line, 1 };
	for (size_t i = t->touch_count; i-- > 0;)
		f.dependency = t->touches[i].foreign ? t->touches[i].service : f.dependency;
	to->add(to->ctx, &f);
	arena_release(&a);
}

void team_borders_judge(void *borders, const struct finding_sink *to)
{
	const struct team_borders *b = borders;
	size_t n = 0;
	for (size_t i = 0; b->found && i < b->found->crossing_count && n < TEAM_BORDERS_FINDINGS_MAX; i++, n++)
		judge_one(to, &b->found->crossing[i]);
	for (size_t i = 0; b->found && i < b->seen.count && n < TEAM_BORDERS_FINDINGS_MAX; i++) {
		if (has_file(b->found, b->seen.tests[i].file))
			continue;
		judge_one(to, &b->seen.tests[i]);
		n++;
	}
}

/* --- life ------------------------------------------------------------------------------------------------------------------------------------------ */

struct team_borders *team_borders_new(struct loop *l, const struct team_borders_options *o, struct err *e)
{
	struct team_borders *b = calloc(1, sizeof(*b));
	if (!b) {
		err_set(e, ERR_NO_MEMORY, "no memory for the tests of the fleet");
		return NULL;
	}
	b->loop = l;
	b->options = *o;
	arena_init(&b->arena, 64 << 10);
	arena_init(&b->answers, 2 * ANSWER_MAX);
	arena_init(&b->seen.arena, SEEN_ARENA);
	b->options.root = arena_str(&b->arena, o->root);
	timer_set(&b->ask_timer, l, loop_now(l) + ASK_FIRST, on_ask_due);
	return b;
}

void team_borders_close(struct team_borders *b, void (*closed)(void *ctx), void *ctx)
{
	timer_cancel(&b->look_timer);
	timer_cancel(&b->ask_timer);
	if (b->call)
		http_cancel(b->call);
	b->call = NULL;
	b->closed = closed;
	b->closed_ctx = ctx;
	if (b->look)
		return;
	free_all(b);
	closed(ctx);
}
