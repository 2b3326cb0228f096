/* Transforms of the fleet beside the newest contracts that are kept of their two versions: checked off the thread, and again when the file or either contract has changed.
 *
 * A check lives as long as the contracts: WANTED (asked for) -> WORKING -> KNOWN; KNOWN -> WORKING when its inputs are others. */
#include "base/check.h"
#include "part/contracts_impl.h"
#include "part/transforms.h"
#include "sys/sys.h"
#include <stdio.h>
#include <stdlib.h>

enum { CHECKS_MAX = 256, PROBLEM_MAX = 512, VERDICT_MEMORY = 64 << 20 };
struct contracts_check {
	struct contracts_check *next;
	struct str service, version;
	struct digest before, after;     /* of what the verdict is about */
	uint64_t text;                   /* likewise: hash of the transform's file */
	bool working, known;
	struct arena arena;              /* of the verdict */
	struct transform_verdict verdict;
	char problem[PROBLEM_MAX];       /* not empty: there is no verdict */
};

void contracts_checks_free(struct contracts *c)
{
	while (c->checks) {
		struct contracts_check *k = c->checks;
		c->checks = k->next;
		arena_release(&k->arena);
		free(k);
	}
}

static struct contracts_check *find(const struct contracts *c, struct str service, struct str version)
{
	for (struct contracts_check *k = c->checks; k; k = k->next)
		if (str_eq(k->service, service) && str_eq(k->version, version))
			return k;
	return NULL;
}

/* --- in the worker --------------------------------------------------------------------------------------------------------------------------------- */

static bool check(struct contract_job *j, struct err *e)
{
	struct side before, after;
	struct arena a;
	arena_init(&a, VERDICT_MEMORY);
	side_init(&before, j->version);
	side_init(&after, j->file);
	const struct transform *t = j->text.len ? transform_read(&a, j->path, j->text, e) : NULL;
	bool ok = (t || !j->text.len) && side_read_lock(&before, j->from, e) && side_read_lock(&after, j->to, e) &&
		  transforms_check(&before, &after, t, j->old_route, j->new_route, &j->verdict_arena, &j->verdict, e);
	side_release(&before);
	side_release(&after);
	arena_release(&a);
	return ok;
}

static void checked(struct loop_job *job)
{
	struct contract_job *j = CONTAINER_OF(job, struct contract_job, job);
	struct contracts_check *k = find(j->owner, j->service, j->version);
	if (k && !j->owner->closed) {
		arena_release(&k->arena);
		k->arena = j->verdict_arena;
		j->verdict_arena = (struct arena){ 0 };
		k->verdict = j->verdict;
		k->problem[0] = '\0';
		if (!j->ok) {
			struct buf b;
			buf_init(&b, 2048);
			err_format(&j->err, &b);
			snprintf(k->problem, sizeof(k->problem), "%.*s", STR_FMT(buf_str(&b)));
			buf_release(&b);
		}
		k->before = j->other;
		k->after = j->digest;
		k->text = j->fingerprint;
		k->known = true;
		k->working = false;
	}
	arena_release(&j->verdict_arena);
	contracts_job_end(j);
}

/* --- asking ---------------------------------------------------------------------------------------------------------------------------------------- */

static void start(struct contracts *c, struct contracts_check *k, const struct served *v, const struct kept *before, const struct kept *after, uint64_t text)
{
	const struct entry *old = contracts_entry(c, k->service, v->version), *now = contracts_entry(c, k->service, v->served_by);
	if (c->jobs >= CONTRACTS_JOBS_MAX || !old || !now)
		return; /* asked again */
	struct contract_job *j = contracts_job(c, check, NULL);
	arena_init(&j->verdict_arena, VERDICT_MEMORY);
	j->service = arena_str(&j->arena, k->service);
	j->version = arena_str(&j->arena, v->version);
	j->file = arena_str(&j->arena, v->served_by);
	j->path = arena_str(&j->arena, v->transform);
	j->text = arena_str(&j->arena, v->transform_text);
	j->old_route = arena_str(&j->arena, old->route);
	j->new_route = arena_str(&j->arena, now->route);
	j->other = before->digest;
	j->digest = after->digest;
	j->fingerprint = text;
	j->from = contracts_lock_path(&j->arena, c->state, &before->digest);
	j->to = contracts_lock_path(&j->arena, c->state, &after->digest);
	k->working = true;
	contracts_job_start(j, checked);
}

static bool is_now(const struct contracts_check *k, const struct kept *before, const struct kept *after, uint64_t text)
{
	return k->known && k->text == text && !memcmp(&k->before, &before->digest, sizeof(k->before)) && !memcmp(&k->after, &after->digest, sizeof(k->after));
}

struct contracts_transform contracts_transform(struct contracts *c, struct str service, const struct served *v)
{
	const struct kept *before = contracts_find(c, service, v->version, STR("")), *after = contracts_find(c, service, v->served_by, STR(""));
	uint64_t text = str_hash(v->transform_text);
	size_t n = 0;
	if (!before || !after)
		return (struct contracts_transform){ .problem = STR("no contract of both versions is known: name them with `schema`") };
	struct contracts_check *k = find(c, service, v->version);
	for (struct contracts_check *x = c->checks; x && !k; x = x->next)
		n++;
	if (!k && n < CHECKS_MAX && (k = calloc(1, sizeof(*k)))) {
		*k = (struct contracts_check){ .next = c->checks, .service = arena_str(&c->arena, service), .version = arena_str(&c->arena, v->version) };
		c->checks = k;
	}
	if (!k)
		return (struct contracts_transform){ .problem = STR("too many transforms are checked") };
	if (!is_now(k, before, after, text) && !k->working)
		start(c, k, v, before, after, text);
	if (!k->known)
		return (struct contracts_transform){ .problem = STR("it is being checked") };
	return k->problem[0] ? (struct contracts_transform){ .problem = str_z(k->problem) } : (struct contracts_transform){ .verdict = &k->verdict };
}
