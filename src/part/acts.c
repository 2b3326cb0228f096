/* See acts.h. */
#include "part/acts.h"
#include "base/check.h"
#include "base/json.h"
#include "model/record.h"
#include "part/from_here.h"
#include "part/own.h"
#include "sys/sys.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define PATIENCE (150 * SECOND)
enum { WAITING_MAX = 16, TASK_ARENA = 32 << 20, STATE_ARENA = 32 << 20, ITEMS_MAX = 20000, EVERY_ROUNDS = 20, AGAIN_ROUNDS = 4 /* after it went wrong */ };
enum kind { OWNER, RAISE, KEEP };

struct task {
	struct acts *owner;
	struct task *next;          /* waits behind it */
	enum kind kind;
	struct http_exchange *x;    /* who waits for it; NULL: nobody */
	struct str service, team;
	struct own own;
	struct loop_job job;
	bool in_time;
	struct arena arena;
};
struct acts {
	struct loop *loop;
	struct acts_options options;
	struct task *tasks;         /* the first is under way */
	size_t count;
	struct arena settings;      /* of the fleet's files: */
	struct str where;           /* place of work items as written; empty: none */
	int64_t every;              /* ns: of the catalogue's rounds */
	struct arena state;         /* of the last time that work items were looked at: */
	const struct json *items;   /* [{id, number, url, open}] */
	struct str told;            /* the place, for people */
	struct err problem;         /* why it went wrong */
	int64_t kept, kept_wall;    /* 0: never */
	uint64_t orphans;           /* what a keeper saw last */
	void (*closed)(void *ctx);
	void *closed_ctx;
};

static void begin(struct acts *t);

static void log_line(const struct acts *t, uint8_t severity, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void log_line(const struct acts *t, uint8_t severity, const char *format, ...)
{
	char line[512];
	va_list list;
	va_start(list, format);
	int n = vsnprintf(line, sizeof(line), format, list);
	va_end(list);
	t->options.log(t->options.log_ctx, severity, str_sub((struct str){ line, (size_t)(n > 0 ? n : 0) }, 0, sizeof(line) - 1));
}

/* --- what is asked ------------------------------------------------------------------------------------------------------------------------------------ */

/* A member of the body's object, cut to what a name may be; empty: it is not there. */
static bool member(struct http_exchange *x, const char *key, struct str *out, struct err *e)
{
	const struct http_request *r = http_request(x);
	const struct json *body = r->body.len ? json_parse(http_arena(x), r->body, e) : NULL, *value = NULL;
	if (err_is_set(e))
		return false;
	if (r->body.len && (!body || body->type != JSON_OBJECT))
		return err_set(e, ERR_INPUT, "the body is one object of JSON");
	value = json_get(body, str_z(key));
	*out = value && value->type == JSON_STRING ? value->s : STR("");
	return value == NULL || value->type == JSON_STRING || err_set(e, ERR_INPUT, "`%s` is a text", key);
}

/* --- one act ------------------------------------------------------------------------------------------------------------------------------------------ */

static void task_free(struct task *k)
{
	arena_release(&k->arena);
	free(k);
}

static void gone(void *ctx)
{
	struct task *k = ctx;
	k->x = NULL; /* what was asked for is done all the same */
}

static void fail(struct task *k, const struct err *e)
{
	struct acts *t = k->owner;
	if (k->kind == KEEP) {
		t->problem = *e;
		log_line(t, SEVERITY_WARN, "work items could not be kept: %s", e->message);
	}
	if (k->x) {
		http_on_gone(k->x, NULL, NULL);
		http_answer_err(k->x, e);
	}
}

/* An error as a command tells it with --json. */
static void said_error(const struct json *said, struct str complaint, struct err *e)
{
	struct str name = json_get_str(said, STR("error"), STR("")), message = json_get_str(said, STR("message"), complaint);
	enum err_code code = ERR_SYSTEM;
	for (int i = ERR_NONE + 1; i < ERR_COUNT; i++)
		if (str_eq(name, str_z(err_name((enum err_code)i))))
			code = (enum err_code)i;
	err_set(e, code, "%.*s", STR_FMT(message.len ? str_sub(message, 0, 500) : STR("it was killed, or out of memory")));
	err_place(e, json_get_str(said, STR("file"), STR("")), (uint32_t)json_get_i64(said, STR("line"), 0), (uint32_t)json_get_i64(said, STR("column"), 0));
}

/* What a command said of work items becomes what is known of them. */
static void remember(struct acts *t, struct str said)
{
	struct err e = { 0 };
	arena_reset(&t->state);
	const struct json *answer = json_parse(&t->state, arena_str(&t->state, said), &e);
	t->items = json_get(answer, STR("items"));
	t->told = json_get_str(answer, STR("where"), STR(""));
	err_clear(&t->problem);
}

static void succeed(struct task *k, struct str said)
{
	struct acts *t = k->owner;
	if (k->kind == OWNER)
		log_line(t, SEVERITY_INFO, "%.*s was given to %.*s", STR_FMT(k->service), STR_FMT(k->team));
	else
		remember(t, said);
	if (k->kind == RAISE)
		log_line(t, SEVERITY_INFO, "work items for %.*s", STR_FMT(k->service.len ? k->service : STR("all orphans")));
	if (k->x) {
		http_on_gone(k->x, NULL, NULL);
		http_answer(k->x, 200, STR("application/json"), STR("Cache-Control: no-store\r\n"), said);
	}
}

static void free_all(struct acts *t)
{
	void (*closed)(void *ctx) = t->closed;
	void *ctx = t->closed_ctx;
	arena_release(&t->settings);
	arena_release(&t->state);
	free(t);
	closed(ctx);
}

static void next(struct acts *t)
{
	struct task *k = t->tasks;
	t->tasks = k->next;
	t->count--;
	task_free(k);
	if (t->tasks)
		begin(t);
	else if (t->closed)
		free_all(t);
}

static void run(struct loop_job *job)
{
	struct task *k = CONTAINER_OF(job, struct task, job);
	k->in_time = own_wait(&k->own, PATIENCE, NULL, NULL);
}

static void done(struct loop_job *job)
{
	struct task *k = CONTAINER_OF(job, struct task, job);
	struct acts *t = k->owner;
	struct own_process *p = &k->own.items[0];
	struct err e = { 0 }, ignored = { 0 };
	struct str said = buf_str(&p->out);
	if (k->kind != OWNER) {
		t->kept = loop_now(t->loop);
		t->kept_wall = sys_wall();
	}
	if (!k->in_time)
		err_set(&e, ERR_TIMEOUT, "it took more than %d s and was ended", (int)(PATIENCE / SECOND));
	else if (p->status != 0)
		said_error(said.len ? json_parse(&k->arena, said, &ignored) : NULL, own_complaint(p), &e);
	if (err_is_set(&e))
		fail(k, &e);
	else
		succeed(k, said);
	own_release(&k->own);
	next(t);
}

static bool start(struct task *k, struct err *e)
{
	struct acts *t = k->owner;
	struct arena *a = &k->arena;
	struct str argv[10] = { sys_self(a), STR("catalog"), STR("--json"), STR("--fleet"), t->options.root };
	size_t argc = 5;
	if (k->kind == OWNER)
		argv[argc++] = arena_printf(a, "--assign=%.*s", STR_FMT(k->team));
	else
		argv[argc++] = STR("--todo=-"); /* it reads pleach.yaml itself: no URL that is a secret stands in the list of processes, and no token comes here */
	if (k->kind == KEEP)
		argv[argc++] = STR("--no-new");
	if (k->service.len) {
		argv[argc++] = STR("--");
		argv[argc++] = k->service;
	}
	if (k->kind != OWNER && !t->where.len)
		return err_set(e, ERR_CONFLICT, "pleach.yaml names no place for work items: `catalog: { work_items: https://github.com/OWNER/REPO, work_items_token: FILE }`, or a file of Markdown");
	return own_start(&k->own, a, argv, argc, true, NULL, e);
}

static void begin(struct acts *t)
{
	struct task *k = t->tasks;
	struct err e = { 0 };
	if (t->closed)
		err_set(&e, ERR_UNAVAILABLE, "control is stopping");
	if (!err_is_set(&e) && start(k, &e)) {
		k->job = (struct loop_job){ .run = run, .done = done };
		loop_work(t->loop, &k->job);
		return;
	}
	fail(k, &e);
	next(t);
}

static bool add(struct acts *t, enum kind kind, struct http_exchange *x, struct str service, struct str team, struct err *e)
{
	struct task **last = &t->tasks, *k = t->count < WAITING_MAX ? calloc(1, sizeof(*k)) : NULL;
	if (!k)
		return err_set(e, ERR_OVERLOAD, "%zu others wait already; try again in a minute", t->count);
	while (*last)
		last = &(*last)->next;
	arena_init(&k->arena, TASK_ARENA);
	k->owner = t;
	k->kind = kind;
	k->x = x;
	k->service = arena_str(&k->arena, service);
	k->team = arena_str(&k->arena, team);
	*last = k;
	if (x)
		http_on_gone(x, gone, k);
	if (++t->count == 1)
		begin(t);
	return true;
}

/* --- the API ------------------------------------------------------------------------------------------------------------------------------------------ */

static void items_json(struct json_out *o, const struct json *items)
{
	json_out_key(o, STR("items"));
	json_out_array(o);
	for (uint32_t i = 0; items && items->type == JSON_ARRAY && i < items->count && i < ITEMS_MAX; i++) {
		const struct json *item = &items->items[i];
		json_out_object(o);
		json_kv_str(o, "id", json_get_str(item, STR("id"), STR("")));
		json_kv_str(o, "number", json_get_str(item, STR("number"), STR("")));
		json_kv_str(o, "url", json_get_str(item, STR("url"), STR("")));
		json_kv_bool(o, "open", json_get_bool(item, STR("open"), false));
		json_out_end(o);
	}
	json_out_end(o);
}

static void answer_state(struct acts *t, struct http_exchange *x)
{
	struct buf b;
	struct json_out o;
	buf_init(&b, STATE_ARENA);
	json_out_init(&o, &b);
	json_out_object(&o);
	json_kv_bool(&o, "configured", t->where.len > 0);
	json_kv_str(&o, "where", t->told);
	json_kv_i64(&o, "asked_ms", t->kept_wall / MSEC);
	json_kv_str(&o, "problem", str_z(t->problem.message));
	items_json(&o, t->items);
	json_out_end(&o);
	http_answer(x, 200, STR("application/json"), STR("Cache-Control: no-store\r\n"), buf_str(&b));
	buf_release(&b);
}

void acts_handle(void *acts, struct http_exchange *x, struct str path)
{
	struct acts *t = acts;
	const struct http_request *r = http_request(x);
	struct err e = { 0 };
	struct str service;
	if (path.len)
		err_set(&e, ERR_NOT_FOUND, "%.*s: no such path; " ACTS_PATH " is all there is", STR_FMT(r->path));
	else if (str_eq(r->head.method, STR("GET")) || str_eq(r->head.method, STR("HEAD")))
		answer_state(t, x);
	else if (!str_eq(r->head.method, STR("POST")))
		err_set(&e, ERR_METHOD, ACTS_PATH " answers GET and POST");
	else if (from_here(x, &e) && member(x, "service", &service, &e))
		add(t, RAISE, x, service, STR(""), &e);
	if (err_is_set(&e))
		http_answer_err(x, &e);
}

void acts_owner(struct acts *t, struct http_exchange *x, struct str service)
{
	struct err e = { 0 };
	struct str team;
	if (from_here(x, &e) && member(x, "team", &team, &e) && (team.len || err_set(&e, ERR_INPUT, "say whose it is: {\"team\": \"…\"}")))
		add(t, OWNER, x, path_step(x, service), team, &e);
	if (err_is_set(&e))
		http_answer_err(x, &e);
}

/* --- by itself ---------------------------------------------------------------------------------------------------------------------------------------- */

void acts_picture(struct acts *t, const struct picture *p)
{
	uint64_t orphans = 1;
	struct err e = { 0 };
	for (size_t i = 0; i < p->count; i++)
		if (p->services[i].orphan)
			orphans = (orphans ^ str_hash(p->services[i].id)) * 0x9e3779b97f4a7c15u + p->services[i].orphan;
	bool due = orphans != t->orphans || loop_now(t->loop) - t->kept > (err_is_set(&t->problem) ? AGAIN_ROUNDS : EVERY_ROUNDS) * t->every;
	if (!t->where.len || t->count || !due)
		return;
	t->orphans = orphans;
	add(t, KEEP, NULL, STR(""), STR(""), &e);
}

/* --- life --------------------------------------------------------------------------------------------------------------------------------------------- */

void acts_fleet(void *acts, const struct fleet *f)
{
	struct acts *t = acts;
	if (!str_eq(t->where, f->catalog.work_items)) {
		arena_reset(&t->state);
		t->items = NULL;
		t->told = STR("");
		err_clear(&t->problem);
		t->kept = t->kept_wall = 0;
		t->orphans = 0;
	}
	arena_reset(&t->settings);
	t->where = arena_str(&t->settings, f->catalog.work_items);
	t->every = f->catalog.every;
}

struct acts *acts_new(struct loop *l, const struct acts_options *o, struct err *e)
{
	struct acts *t = calloc(1, sizeof(*t));
	if (!t) {
		err_set(e, ERR_NO_MEMORY, "no memory for the catalogue");
		return NULL;
	}
	t->loop = l;
	t->options = *o;
	t->told = STR("");
	arena_init(&t->settings, 64 << 10);
	arena_init(&t->state, STATE_ARENA);
	return t;
}

void acts_close(struct acts *t, void (*closed)(void *ctx), void *ctx)
{
	t->closed = closed;
	t->closed_ctx = ctx;
	if (!t->tasks)
		free_all(t);
	else
		own_kill(&t->tasks->own);
}
