/* The broker's matrix at a size where the open one halts: makes a file of SERVICES services with VERSIONS versions each and PAIRS integrations (a tenth of them with
 * three providers that everybody uses), every content verified by several versions of its provider, one version of each service in each of two environments; then asks
 * can-i-deploy for every version of every service.
 *
 *     bench_broker FILE [SERVICES 500] [VERSIONS 100] [PAIRS 2000]
 *
 * Prints the time that each form of the question took, in process. bench/pact/broker.py asks the same over HTTP, of a control with this file. */
#include "contract/broker/broker_impl.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { HUBS = 3, CHANGE_EVERY = 5, VERIFIED_BY = 6 };

static uint64_t seed = 88172645463325252;
static uint64_t draw(uint64_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % n;
}

static void need(bool ok, struct call *c, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "%s: %.*s\n", what, STR_FMT(buf_str(&c->out)));
	exit(1);
}

static struct version *version(struct call *c, int service, int n)
{
	struct participant *p = add_participant(c, arena_printf(c->arena, "service-%03d", service));
	need(p, c, "a service");
	return add_version(c, p, arena_printf(c->arena, "1.%d.0", n));
}

static void fill_services(struct call *c, int services, int versions)
{
	for (int v = 0; v < versions; v++)
		for (int s = 0; s < services; s++) {
			struct version *x = version(c, s, v);
			bool head = v % 3 != 1;
			struct branch *b = x ? add_branch(c, x->participant, head ? STR("main") : arena_printf(c->arena, "feat/%d", v)) : NULL;
			need(b && add_to_branch(c, b, x) && (!head || add_tag(c, x, STR("main"))), c, "a version");
		}
}

/* The pair's contents change every CHANGE_EVERY versions; each is verified by the provider's versions of that time, three of four well. */
static void fill_pair(struct call *c, int consumer, int provider, int versions)
{
	struct pair *pair = add_pair(c, version(c, consumer, 0)->participant, version(c, provider, 0)->participant);
	struct content *k = NULL;
	need(pair, c, "a pair");
	for (int v = 0; v < versions; v++) {
		if (v % CHANGE_EVERY == 0) {
			char sha[SHA_HEX + 1];
			snprintf(sha, sizeof(sha), "%08x%08x%08x%016x", (unsigned)consumer, (unsigned)provider, (unsigned)v, 0u);
			k = add_content(c, pair, sha, STR("{\"interactions\":[]}"));
			need(k, c, "a content");
			for (int i = 0; i < VERIFIED_BY; i++)
				need(add_verification(c, k, version(c, provider, (v + i) % versions), draw(4) != 0, false, STR(""), STR("")), c, "a result");
		}
		need(add_pact(c, version(c, consumer, v), pair, k), c, "a pact");
	}
}

static void fill(struct broker *b, int services, int versions, int pairs)
{
	struct arena a;
	struct call c = { .broker = b, .arena = &a, .status = 200 };
	arena_init(&a, (size_t)1 << 30);
	buf_init(&c.out, 1 << 20);
	fill_services(&c, services, versions);
	for (int i = 0; i < pairs; i++) {
		int consumer = (int)draw((uint64_t)services), provider = i % 10 == 0 ? i / 10 % HUBS : (int)draw((uint64_t)services);
		const struct participant *from = version(&c, consumer, 0)->participant, *to = version(&c, provider, 0)->participant;
		if (consumer == provider || broker_pair(from, to)) /* another one */
			i--;
		else
			fill_pair(&c, consumer, provider, versions);
		arena_clear(&a);
	}
	for (int s = 0; s < services; s++)
		for (size_t e = 0; e < b->environments.count; e++)
			need(add_deployment(&c, version(&c, s, versions - 1 - (int)draw(4)), b->environments.items[e], false, STR("")), &c, "a deployment");
	need(broker_commit(&c), &c, "the file");
	buf_release(&c.out);
	arena_release(&a);
}

static int64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static void ask(const struct broker *b, const char *what, const char *more, size_t versions_of_each)
{
	size_t n = 0, rows = 0, deployable = 0;
	int64_t *took = calloc(b->versions.count, sizeof(*took));
	struct matrix_question *q = calloc(1, sizeof(*q));
	if (!took || !q)
		exit(1);
	for (size_t s = 0; s < b->participants.count; s++) {
		const struct participant *p = b->participants.items[s];
		for (size_t v = p->versions.count > versions_of_each ? p->versions.count - versions_of_each : 0; v < p->versions.count; v++) {
			struct arena a;
			struct err e = { 0 };
			struct matrix_answer m;
			char text[512];
			int64_t began = now();
			arena_init(&a, 64 << 20);
			*q = (struct matrix_question){ 0 };
			snprintf(text, sizeof(text), "q[][pacticipant]=%.*s&q[][version]=%.*s&%s", STR_FMT(p->name), STR_FMT(p->versions.items[v]->number), more);
			if (!matrix_parse(&a, str_z(text), q, &e) || matrix_fault(b, &a, q) || !matrix_answer(b, &a, q, &m)) {
				fprintf(stderr, "%s: %s\n", text, e.message);
				exit(1);
			}
			rows += m.count;
			deployable += m.deployable == 1;
			arena_release(&a);
			took[n++] = now() - began;
		}
	}
	qsort(took, n, sizeof(*took), by_size);
	printf("%-52s %6zu asked  p50 %8.1f us  p99 %8.1f us  most %8.1f us  %6.1f rows each  %zu may\n", what, n, (double)took[n / 2] / 1e3, (double)took[n * 99 / 100] / 1e3,
	       (double)took[n - 1] / 1e3, (double)rows / (double)n, deployable);
	free(took);
	free(q);
}

int main(int argc, char **argv)
{
	struct err e = { 0 };
	int services = argc > 2 ? atoi(argv[2]) : 500, versions = argc > 3 ? atoi(argv[3]) : 100, pairs = argc > 4 ? atoi(argv[4]) : 2000;
	if (argc < 2 || services < HUBS + 1 || versions < 4 || pairs < 1 || pairs > services * services / 4) {
		fprintf(stderr, "usage: bench_broker FILE [SERVICES] [VERSIONS] [PAIRS]\n");
		return 2;
	}
	int64_t began = now();
	struct broker *b = broker_new(NULL, str_z(argv[1]), NULL, NULL, &e);
	if (!b || !b->db) {
		fprintf(stderr, "%s\n", e.message);
		return 1;
	}
	if (!b->participants.count) {
		fill(b, services, versions, pairs);
		printf("filled in %.1f s\n", (double)(now() - began) / 1e9);
		broker_free(b);
		began = now();
		b = broker_new(NULL, str_z(argv[1]), NULL, NULL, &e);
	}
	printf("%zu services, %zu versions, %zu pacts, %zu contents, %zu results, read in %.2f s\n", b->participants.count, b->versions.count, b->pacts.count, b->contents.count,
	       b->verifications.count, (double)(now() - began) / 1e9);
	ask(b, "can-i-deploy, to an environment", "latestby=cvpv&environment=production", 100);
	ask(b, "can-i-deploy, beside what has a tag", "latestby=cvp&latest=true&tag=main", 100);
	ask(b, "a version with everybody's, as a table", "latestby=cvpv", 100);
	broker_free(b);
	return 0;
}
