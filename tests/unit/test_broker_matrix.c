/* can-i-deploy beside its definition: worlds made by seeds, each fact also kept in a plain list; every question is answered by the matrix and by going through
 * the lists, before and after the broker has read its file anew. */
#include "contract/broker/broker_impl.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

enum { WORLDS = 60, STEPS = 120, SERVICES = 6, VERSIONS = 5, CONTENTS = 3, ENVIRONMENTS = 2, FACTS = STEPS + 1 };

struct published { int consumer, version, provider, content; };
struct verified { int consumer, provider, content, version; bool success; };
struct there { int service, version, environment; bool released, ended; int instance; };
struct world {
	uint64_t seed;
	struct broker *broker;
	struct arena arena;
	char file[64];
	struct published pacts[FACTS];
	struct verified results[FACTS];
	struct there there[FACTS];
	size_t pacts_count, results_count, there_count;
	bool exists[SERVICES][VERSIONS];
};

static uint64_t draw(struct world *w, uint64_t n)
{
	w->seed ^= w->seed << 13;
	w->seed ^= w->seed >> 7;
	w->seed ^= w->seed << 17;
	return w->seed % n;
}

static struct str service(struct world *w, int i) { return arena_printf(&w->arena, "service-%d", i); }
static struct str number(struct world *w, int i) { return arena_printf(&w->arena, "1.%d", i); }
static struct str place(struct world *w, int i) { return arena_printf(&w->arena, "place-%d", i); }

/* --- what happens ------------------------------------------------------------------------------------------------------------------------------------------- */

static struct version *version_of(struct call *c, struct world *w, int s, int v)
{
	struct participant *p = add_participant(c, service(w, s));
	assert_non_null(p);
	w->exists[s][v] = true;
	struct version *found = add_version(c, p, number(w, v));
	assert_non_null(found);
	return found;
}

/* A version's pact with a provider is replaced by a later one. */
static void publish(struct call *c, struct world *w)
{
	struct published p = { (int)draw(w, SERVICES), (int)draw(w, VERSIONS), (int)draw(w, SERVICES), (int)draw(w, CONTENTS) };
	if (p.consumer == p.provider)
		return;
	struct version *v = version_of(c, w, p.consumer, p.version);
	struct pair *pair = add_pair(c, v->participant, add_participant(c, service(w, p.provider)));
	char sha[SHA_HEX + 1];
	snprintf(sha, sizeof(sha), "%040d", p.content);
	struct content *k = broker_content(pair, str_from(sha, SHA_HEX));
	if (!k)
		k = add_content(c, pair, sha, STR("{}"));
	assert_true(k && add_pact(c, v, pair, k));
	for (size_t i = 0; i < w->pacts_count; i++)
		if (w->pacts[i].consumer == p.consumer && w->pacts[i].version == p.version && w->pacts[i].provider == p.provider)
			w->pacts[i].content = -1;
	w->pacts[w->pacts_count++] = p;
}

static void verify(struct call *c, struct world *w)
{
	if (!w->pacts_count)
		return;
	struct published *p = &w->pacts[draw(w, w->pacts_count)];
	struct verified r = { p->consumer, p->provider, p->content, (int)draw(w, VERSIONS), draw(w, 3) != 0 };
	if (p->content < 0)
		return;
	const struct participant *consumer = broker_participant(c->broker, service(w, p->consumer)), *provider = broker_participant(c->broker, service(w, p->provider));
	char sha[SHA_HEX + 1];
	snprintf(sha, sizeof(sha), "%040d", p->content);
	struct content *k = broker_content(broker_pair(consumer, provider), str_from(sha, SHA_HEX));
	assert_non_null(k);
	assert_non_null(add_verification(c, k, version_of(c, w, p->provider, r.version), r.success, false, STR(""), STR("")));
	w->results[w->results_count++] = r;
}

static void deploy(struct call *c, struct world *w)
{
	struct there t = { .service = (int)draw(w, SERVICES), .version = (int)draw(w, VERSIONS), .environment = (int)draw(w, ENVIRONMENTS), .released = draw(w, 4) == 0, .instance = (int)draw(w, 2) };
	struct environment *e = broker_environment(c->broker, place(w, t.environment));
	struct version *v = version_of(c, w, t.service, t.version);
	struct str instance = arena_printf(&w->arena, "%d", t.instance);
	struct participant *p = v->participant;
	for (size_t i = p->current.count; !t.released && i-- > 0;)
		if (!p->current.items[i]->released && p->current.items[i]->environment == e && str_eq(p->current.items[i]->instance, instance))
			assert_true(end_deployment(c, p->current.items[i]));
	for (size_t i = 0; !t.released && i < w->there_count; i++)
		w->there[i].ended |= !w->there[i].released && w->there[i].service == t.service && w->there[i].environment == t.environment && w->there[i].instance == t.instance;
	assert_non_null(add_deployment(c, v, e, t.released, instance));
	w->there[w->there_count++] = t;
}

/* --- the definition ----------------------------------------------------------------------------------------------------------------------------------------- */

static bool is_there(const struct world *w, int s, int v, int e)
{
	for (size_t i = 0; i < w->there_count; i++)
		if (!w->there[i].ended && w->there[i].service == s && w->there[i].version == v && w->there[i].environment == e)
			return true;
	return false;
}

static int content_of(const struct world *w, int consumer, int version, int provider)
{
	int found = -1;
	for (size_t i = 0; i < w->pacts_count; i++)
		if (w->pacts[i].consumer == consumer && w->pacts[i].version == version && w->pacts[i].provider == provider && w->pacts[i].content >= 0)
			found = w->pacts[i].content;
	return found;
}

/* 1, 0; -1: none */
static int result_of(const struct world *w, int consumer, int provider, int content, int version)
{
	for (size_t i = w->results_count; i-- > 0;) {
		const struct verified *r = &w->results[i];
		if (r->consumer == consumer && r->provider == provider && r->content == content && r->version == version)
			return r->success;
	}
	return -1;
}

struct counts { size_t success, failed, unknown; };
static void count(struct counts *n, int result)
{
	n->success += result == 1;
	n->failed += result == 0;
	n->unknown += result < 0;
}

static struct counts by_definition(const struct world *w, int s, int v, int e)
{
	struct counts n = { 0 };
	for (int other = 0; other < SERVICES; other++) {
		int wanted = content_of(w, s, v, other), runs = 0;
		for (int x = 0; x < VERSIONS; x++) {
			int has = content_of(w, other, x, s);
			if (!is_there(w, other, x, e))
				continue;
			runs++;
			if (wanted >= 0)
				count(&n, result_of(w, s, other, wanted, x));
			if (has >= 0)
				count(&n, result_of(w, other, s, has, v));
		}
		if (wanted >= 0 && !runs)
			n.unknown++; /* what it needs is not there */
	}
	return n;
}

/* --- both --------------------------------------------------------------------------------------------------------------------------------------------------- */

static void compare(struct world *w, const char *when)
{
	for (int i = 0; i < SERVICES * VERSIONS * ENVIRONMENTS; i++) {
		int s = i % SERVICES, v = i / SERVICES % VERSIONS, e = i / SERVICES / VERSIONS;
		if (!w->exists[s][v])
			continue;
		struct arena a;
		struct matrix_question *q = calloc(1, sizeof(*q));
		struct matrix_answer m;
		arena_init(&a, 16 << 20);
		assert_non_null(q);
		q->count = 1;
		q->selectors[0] = (struct selector){ .participant = service(w, s), .version = number(w, v) };
		q->has_to = true;
		q->to.environment = place(w, e);
		q->latest_by = LATEST_BY_CVPV;
		assert_null(matrix_fault(w->broker, &a, q));
		assert_true(matrix_answer(w->broker, &a, q, &m));
		struct counts n = by_definition(w, s, v, e);
		int deployable = n.failed ? 0 : n.unknown ? -1 : 1;
		if (m.success != n.success || m.failed != n.failed || m.unknown != n.unknown || m.deployable != deployable)
			fail_msg("%s, %s: service %d version %d place %d: %zu good, %zu failed, %zu unknown, %d; by definition %zu, %zu, %zu, %d", w->file, when, s, v, e, m.success, m.failed,
				 m.unknown, m.deployable, n.success, n.failed, n.unknown, deployable);
		assert_true(m.reasons_count > 0);
		free(q);
		arena_release(&a);
	}
}

static void begin(struct world *w, struct call *c)
{
	*c = (struct call){ .broker = w->broker, .arena = &w->arena, .status = 200 };
	buf_init(&c->out, 1 << 20);
}

static void end(struct call *c)
{
	assert_true(broker_commit(c));
	buf_release(&c->out);
}

static void random_world(uint64_t seed)
{
	struct world *w = calloc(1, sizeof(*w));
	struct err e = { 0 };
	struct call c;
	assert_non_null(w);
	w->seed = seed * 0x9e3779b97f4a7c15u | 1;
	arena_init(&w->arena, 64 << 20);
	snprintf(w->file, sizeof(w->file), "broker_matrix.%llu.db", (unsigned long long)seed);
	unlink(w->file);
	w->broker = broker_new(NULL, str_z(w->file), NULL, NULL, &e);
	assert_true(w->broker && w->broker->db);
	begin(w, &c);
	for (int i = 0; i < ENVIRONMENTS; i++)
		assert_non_null(add_environment(&c, broker_uuid(&w->arena), place(w, i), place(w, i), i == 0, STR("")));
	for (int i = 0; i < STEPS; i++) {
		switch (draw(w, 3)) {
		case 0: publish(&c, w); break;
		case 1: verify(&c, w); break;
		default: deploy(&c, w); break;
		}
	}
	end(&c);
	compare(w, "as it became");
	broker_free(w->broker);
	w->broker = broker_new(NULL, str_z(w->file), NULL, NULL, &e);
	assert_true(w->broker && w->broker->db);
	compare(w, "read anew");
	broker_free(w->broker);
	for (const char *const *p = (const char *const[]){ "", "-wal", "-shm", NULL }; *p; p++) {
		char name[80];
		snprintf(name, sizeof(name), "%s%s", w->file, *p);
		unlink(name);
	}
	arena_release(&w->arena);
	free(w);
}

static void the_matrix_is_as_defined(void **state)
{
	(void)state;
	const char *only = getenv("BROKER_SEED");
	for (uint64_t i = only ? strtoull(only, NULL, 10) : 1, last = only ? i : WORLDS; i <= last; i++)
		random_world(i);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(the_matrix_is_as_defined) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
