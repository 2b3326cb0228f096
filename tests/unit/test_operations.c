/* Which operation a call is: the rules one by one, and all of them against a search that tries every template. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include "base/check.h"
#include "model/operations.h"
#include <stdio.h>

#define OPERATION(m, p) { .name = STR_INIT(m " " p), .method = STR_INIT(m), .path = STR_INIT(p) }

static uint32_t match(const struct operations *o, const char *method, const char *path) { return operations_match(o, str_z(method), str_z(path)); }

static void rules(void **state)
{
	(void)state;
	static const struct operation list[] = {
		OPERATION("GET", "/v1/orders"), OPERATION("GET", "/v1/orders/{id}"), OPERATION("GET", "/v1/orders/mine"), OPERATION("DELETE", "/v1/orders/{id}"),
		OPERATION("GET", "/v1/orders/{id}.json"), OPERATION("GET", "/v1/orders/{id}/lines/{line}"), OPERATION("GET", "/{version}/orders/x/y"), OPERATION("GET", "/"),
		OPERATION("POST", "/v1/orders/"), OPERATION("GET", "/caf%C3%A9/{x}"), OPERATION("GET", "/a/{x"), OPERATION("GET", "b"), OPERATION("POST", "/shop.v1.Orders/Get"),
		OPERATION("GET", "/v1/orders/{other}"),
	};
	struct operations o, none = { 0 };
	struct arena a;
	arena_init(&a, 1 << 20);
	assert_true(operations_compile(&o, &a, list, ARRAY_LEN(list)));
	assert_int_equal(o.taken, ARRAY_LEN(list) - 3); /* two faulty, one there already */
	assert_int_equal(match(&o, "GET", "/v1/orders"), 0);
	assert_int_equal(match(&o, "GET", "/v1/orders/"), 0);
	assert_int_equal(match(&o, "GET", "/v1/orders/7"), 1);
	assert_int_equal(match(&o, "GET", "/v1/orders/mine"), 2);
	assert_int_equal(match(&o, "GET", "/v1/orders/m%69ne"), 2);
	assert_int_equal(match(&o, "DELETE", "/v1/orders/mine"), 3);
	assert_int_equal(match(&o, "GET", "/v1/orders/7.json"), 4);
	assert_int_equal(match(&o, "GET", "/v1/orders/.json"), 1);
	assert_int_equal(match(&o, "GET", "/v1/orders/a%2Fb"), 1);
	assert_int_equal(match(&o, "GET", "/v1/orders/7/lines/8"), 5);
	assert_int_equal(match(&o, "GET", "/v1/orders/x/y"), 6);
	assert_int_equal(match(&o, "GET", "/"), 7);
	assert_int_equal(match(&o, "GET", ""), 7);
	assert_int_equal(match(&o, "HEAD", "/v1/orders/7"), 1);
	assert_int_equal(match(&o, "POST", "/v1/orders"), 8);
	assert_int_equal(match(&o, "GET", "/caf\xc3\xa9/1"), 9);
	assert_int_equal(match(&o, "GET", "/caf%c3%a9/1"), 9);
	assert_int_equal(match(&o, "POST", "/shop.v1.Orders/Get"), 12);
	assert_int_equal(match(&o, "PUT", "/v1/orders/7"), OPERATIONS_NONE);
	assert_int_equal(match(&o, "GET", "/v1/orders/7/lines/"), OPERATIONS_NONE);
	assert_int_equal(match(&o, "GET", "/v1/orders//lines/8"), OPERATIONS_NONE);
	assert_int_equal(match(&o, "GET", "/b"), OPERATIONS_NONE);
	assert_int_equal(match(&none, "GET", "/"), OPERATIONS_NONE);
	arena_release(&a);
}

static void limits(void **state)
{
	(void)state;
	char deep[4 * OPERATIONS_SEGMENTS_MAX] = "", long_one[3 * OPERATIONS_SEGMENT_MAX + 8] = "/";
	const struct operation list[] = { { STR("deep"), STR("GET"), str_from(deep, 2 * OPERATIONS_SEGMENTS_MAX), STR("") }, OPERATION("GET", "/{x}") };
	struct operations o;
	struct arena a;
	for (size_t i = 0; i < sizeof(deep) - 2; i += 2)
		memcpy(deep + i, "/a", 2);
	for (size_t i = 1; i + 3 < sizeof(long_one); i += 3)
		memcpy(long_one + i, "%61", 3);
	arena_init(&a, 1 << 20);
	assert_true(operations_compile(&o, &a, list, ARRAY_LEN(list)));
	assert_int_equal(operations_match(&o, STR("GET"), str_from(deep, 2 * OPERATIONS_SEGMENTS_MAX)), 0);
	assert_int_equal(operations_match(&o, STR("GET"), str_from(deep, 2 * OPERATIONS_SEGMENTS_MAX + 2)), OPERATIONS_NONE);
	assert_int_equal(match(&o, "GET", long_one), 1);
	arena_release(&a);
	arena_init(&a, 4096);
	assert_non_null(arena_bytes(&a, 4000));
	assert_false(operations_compile(&o, &a, list, ARRAY_LEN(list)));
	assert_int_equal(match(&o, "GET", "/b"), OPERATIONS_NONE);
	arena_release(&a);
}

/* --- against trying every template ------------------------------------------------------------------------------------------------------- */

static uint64_t seed = 42;
static unsigned pick(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

/* One segment against one template's, by trying every length of each parameter. */
static bool fits(const char *t, const char *s)
{
	if (*t != '{')
		return *t == *s && (*t == '\0' || fits(t + 1, s + 1));
	for (t = strchr(t, '}') + 1; *s; s++)
		if (fits(t, s + 1))
			return true;
	return false;
}

/* How concrete one template's segment is: less is more. */
static int rank(const char *t)
{
	int fixed = 0, parameters = 0;
	for (; *t; t++)
		if (*t == '{' && ++parameters)
			t = strchr(t, '}');
		else
			fixed++;
	return !parameters ? 0 : fixed ? 1000 - fixed : 2000;
}

enum { DEPTH = 4, COUNT = 60 };
struct made { char method[8], segments[DEPTH][12], path[64]; unsigned depth; };

static void make_path(struct made *m)
{
	m->path[0] = '\0';
	for (unsigned i = 0; i < m->depth; i++) {
		strcat(m->path, "/");
		strcat(m->path, m->segments[i]);
	}
	if (!m->depth)
		strcpy(m->path, "/");
}

static void make(struct made *m, bool template)
{
	static const char *const of_templates[] = { "a", "b", "ab", "{x}", "{y}", "{x}b", "a{x}", "{x}-{y}", "a{x}b" };
	static const char *const of_paths[] = { "a", "b", "ab", "aab", "abb", "a-b", "aa-b", "c", "-" };
	m->depth = pick(DEPTH + 1);
	strcpy(m->method, pick(2) ? "GET" : "PUT");
	for (unsigned i = 0; i < m->depth; i++)
		strcpy(m->segments[i], template ? of_templates[pick(9)] : of_paths[pick(9)]);
	make_path(m);
}

/* Parameters without their names, before all other bytes. */
static void shape(char *out, const char *t)
{
	for (; *t; t++) {
		*out++ = *t == '{' ? '\1' : *t;
		t = *t == '{' ? strchr(t, '}') : t;
	}
	*out = '\0';
}

static int segment_order(const char *a, const char *b)
{
	char x[12], y[12];
	shape(x, a);
	shape(y, b);
	return rank(a) != rank(b) ? rank(a) - rank(b) : strcmp(x, y);
}

/* <0: a is more concrete than b. */
static int order(const struct made *a, const struct made *b)
{
	for (unsigned i = 0; i < a->depth; i++)
		if (segment_order(a->segments[i], b->segments[i]))
			return segment_order(a->segments[i], b->segments[i]);
	return 0;
}

static bool takes(const struct made *t, const struct made *p)
{
	bool ok = t->depth == p->depth && strcmp(t->method, p->method) == 0;
	for (unsigned i = 0; ok && i < t->depth; i++)
		ok = fits(t->segments[i], p->segments[i]);
	return ok;
}

static void every_template(void **state)
{
	(void)state;
	static struct made templates[COUNT];
	struct operation list[COUNT];
	size_t found_some = 0;
	for (int round = 0; round < 200; round++) {
		struct operations o;
		struct arena a;
		arena_init(&a, 4 << 20);
		for (size_t i = 0; i < COUNT; i++) {
			make(&templates[i], true);
			list[i] = (struct operation){ STR("x"), str_z(templates[i].method), str_z(templates[i].path), STR("") };
		}
		assert_true(operations_compile(&o, &a, list, COUNT));
		for (int k = 0; k < 100; k++) {
			struct made p;
			int best = -1;
			make(&p, false);
			for (int i = 0; i < COUNT; i++)
				if (takes(&templates[i], &p) && (best < 0 || order(&templates[i], &templates[best]) < 0))
					best = i;
			uint32_t got = match(&o, p.method, p.path);
			found_some += best >= 0;
			if (best < 0 ? got != OPERATIONS_NONE : got == OPERATIONS_NONE || !takes(&templates[got], &p) || order(&templates[got], &templates[best]) != 0)
				fail_msg("%s %s: %d (%s) is %u (%s)", p.method, p.path, best, best >= 0 ? templates[best].path : "", got, got < COUNT ? templates[got].path : "");
		}
		arena_release(&a);
	}
	assert_true(found_some > 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(rules), cmocka_unit_test(limits), cmocka_unit_test(every_template) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
