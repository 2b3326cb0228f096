/* Life of the contracts of a fleet (contracts.h): which schemas there are, looking whether their files changed, reading them off the thread. */
#include "part/contracts.h"
#include "base/check.h"
#include "model/record.h"
#include "part/contracts_impl.h"
#include <stdlib.h>

#define WATCH_EVERY (2 * SECOND)
/* What a schema refers to in other folders is not watched: all is read again so often. */
#define READ_EVERY (60 * SECOND)
enum { ARENA_MAX = 256 << 20, JOB_MAX = 1 << 30 };

static void on_watch(struct timer *t);
static void look(struct contracts *c);

struct contracts *contracts_new(struct loop *l, struct str state, void (*log)(void *ctx, uint8_t severity, struct str message), void *ctx, struct err *e)
{
	struct contracts *c = calloc(1, sizeof(*c));
	if (!c) {
		err_set(e, ERR_NO_MEMORY, "no memory for the contracts");
		return NULL;
	}
	c->loop = l;
	c->log = log;
	c->log_ctx = ctx;
	arena_init(&c->arena, ARENA_MAX);
	arena_init(&c->entries_arena, ARENA_MAX);
	c->state = side_join(&c->arena, side_absolute(&c->arena, state), STR("contracts"));
	if (!contracts_index_read(c, e)) {
		arena_release(&c->arena);
		free(c);
		return NULL;
	}
	return c;
}

static void free_all(struct contracts *c)
{
	contracts_pairs_free(c);
	contracts_checks_free(c);
	for (size_t i = 0; i < c->entries_count; i++)
		operation_list_free(c->entries[i].operations);
	arena_release(&c->arena);
	arena_release(&c->entries_arena);
	free(c);
}

void contracts_close(struct contracts *c, void (*closed)(void *ctx), void *ctx)
{
	timer_cancel(&c->watch);
	c->closed = closed;
	c->closed_ctx = ctx;
	if (c->jobs)
		return;
	free_all(c);
	closed(ctx);
}

/* --- jobs ---------------------------------------------------------------------------------------------------------------------------------- */

static void run(struct loop_job *job)
{
	struct contract_job *j = CONTAINER_OF(job, struct contract_job, job);
	j->ok = j->work(j, &j->err);
}

static void on_gone(void *ctx)
{
	struct contract_job *j = ctx;
	j->x = NULL;
}

struct contract_job *contracts_job(struct contracts *c, bool (*work)(struct contract_job *j, struct err *e), struct http_exchange *x)
{
	struct contract_job *j = calloc(1, sizeof(*j));
	CHECK(j);
	j->owner = c;
	j->work = work;
	j->x = x;
	arena_init(&j->arena, JOB_MAX);
	buf_init(&j->out, 512u << 20);
	if (x)
		http_on_gone(x, on_gone, j);
	return j;
}

void contracts_job_start(struct contract_job *j, void (*done)(struct loop_job *j))
{
	j->job = (struct loop_job){ .run = run, .done = done };
	j->owner->jobs++;
	loop_work(j->owner->loop, &j->job);
}

void contracts_job_end(struct contract_job *j)
{
	struct contracts *c = j->owner;
	operation_list_free(j->operations);
	arena_release(&j->arena);
	buf_release(&j->out);
	free(j);
	if (--c->jobs || !c->closed)
		return;
	void (*closed)(void *ctx) = c->closed;
	void *ctx = c->closed_ctx;
	free_all(c);
	closed(ctx);
}

/* --- entries ------------------------------------------------------------------------------------------------------------------------------- */

static struct entry *find(struct contracts *c, struct str service, struct str version, struct str path)
{
	for (size_t i = 0; i < c->entries_count; i++) {
		struct entry *x = &c->entries[i];
		if (str_eq(x->service, service) && str_eq(x->version, version) && str_eq(x->path, path))
			return x;
	}
	return NULL;
}

static void loaded(struct loop_job *job)
{
	struct contract_job *j = CONTAINER_OF(job, struct contract_job, job);
	struct contracts *c = j->owner;
	struct entry *x = c->closed ? NULL : find(c, j->service, j->version, j->path);
	if (x) {
		x->loading = false;
		x->fingerprint = j->fingerprint;
		x->checked = loop_now(c->loop);
		x->problem = j->err;
	}
	if (x && j->ok) {
		bool news = !x->known || memcmp(&x->digest, &j->digest, sizeof(x->digest)) != 0;
		if (news) {
			x->known = true;
			x->digest = j->digest;
			x->numbers = j->numbers;
			contracts_seen(c, x->service, x->version, &x->digest);
			operation_list_free(x->operations);
			x->operations = j->operations;
			j->operations = NULL;
			if (c->on_operations)
				c->on_operations(c->on_operations_ctx);
		}
	} else if (x) {
		struct buf b;
		buf_init(&b, 2048);
		buf_printf(&b, "the contract of %.*s %.*s cannot be read, its last good version stays: ", STR_FMT(x->service), STR_FMT(x->version));
		err_format(&j->err, &b);
		c->log(c->log_ctx, SEVERITY_WARN, buf_str(&b));
		buf_release(&b);
	}
	if (!c->closed)
		look(c);
	contracts_job_end(j);
}

static void load(struct contracts *c, struct entry *x)
{
	struct contract_job *j = contracts_job(c, contracts_load, NULL);
	j->service = arena_str(&j->arena, x->service);
	j->version = arena_str(&j->arena, x->version);
	j->path = arena_str(&j->arena, x->path);
	j->file = arena_str(&j->arena, x->schema);
	j->route = arena_str(&j->arena, x->route);
	j->to = arena_str(&j->arena, c->state);
	if (x->known)
		j->other = x->digest;
	x->loading = true;
	contracts_job_start(j, loaded);
}

/* Reads what was not read yet, as many at once as leave room for those who ask. */
static void look(struct contracts *c)
{
	for (size_t i = 0; i < c->entries_count && c->jobs < CONTRACTS_JOBS_MAX / 2; i++)
		if (!c->entries[i].loading && !c->entries[i].fingerprint)
			load(c, &c->entries[i]);
}

static void watch(struct contracts *c)
{
	int64_t now = loop_now(c->loop);
	for (size_t i = 0; i < c->entries_count; i++) {
		struct entry *x = &c->entries[i];
		if (!x->loading && (now - x->checked > READ_EVERY || contracts_fingerprint(x->path) != x->fingerprint))
			x->fingerprint = 0;
	}
	look(c);
	timer_set(&c->watch, c->loop, loop_now(c->loop) + WATCH_EVERY, on_watch);
}

static void on_watch(struct timer *t) { watch(CONTAINER_OF(t, struct contracts, watch)); }

static void add_entry(struct contracts *c, struct entry *list, size_t *count, struct arena *a, const struct service *s, const struct served *served)
{
	struct str path = side_join(a, s->directory, served->schema);
	struct entry *before = find(c, s->name, served->version, path);
	struct entry *x = &list[*count];
	for (size_t i = 0; i < *count; i++) /* two routes of one version: one contract */
		if (str_eq(list[i].service, s->name) && str_eq(list[i].version, served->version) && str_eq(list[i].path, path))
			return;
	if (before) {
		*x = *before;
		before->operations = NULL; /* has a new owner */
		if (!str_eq(x->route, served->path))
			x->fingerprint = 0, x->known = false; /* its operations have other paths now */
	}
	x->service = arena_str(a, s->name);
	x->version = arena_str(a, served->version);
	x->route = arena_str(a, served->path);
	x->schema = arena_str(a, served->schema);
	x->path = path;
	++*count;
}

const struct entry *contracts_entry(const struct contracts *c, struct str service, struct str version)
{
	for (size_t i = 0; i < c->entries_count; i++)
		if (str_eq(c->entries[i].service, service) && str_eq(c->entries[i].version, version))
			return &c->entries[i];
	return NULL;
}

void contracts_fleet(void *contracts, const struct fleet *f)
{
	struct contracts *c = contracts;
	struct arena a;
	size_t most = 0, count = 0;
	for (size_t i = 0; i < f->services_count; i++)
		most += f->services[i].serves_count;
	arena_init(&a, ARENA_MAX);
	struct entry *list = ARENA_ARRAY(&a, most ? most : 1, struct entry);
	for (size_t i = 0; list && i < f->services_count; i++)
		for (size_t k = 0; k < f->services[i].serves_count && count < CONTRACTS_MAX; k++)
			if (f->services[i].serves[k].schema.len)
				add_entry(c, list, &count, &a, &f->services[i], &f->services[i].serves[k]);
	for (size_t i = 0; i < c->entries_count; i++)
		operation_list_free(c->entries[i].operations);
	arena_release(&c->entries_arena);
	c->root = arena_str(&a, f->root);
	c->entries_arena = a;
	c->entries = list;
	c->entries_count = list ? count : 0;
	watch(c);
}
