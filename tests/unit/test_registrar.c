/* Services that register themselves (catalog/registrar): what is taken and refused, how checks move with time, and random lives beside a model of a few lines. */
#include "base/check.h"
#include "catalog/registrar/registrar.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define S INT64_C(1000000000)

static bool reg(struct registrar *r, const char *body, int64_t now, struct err *e)
{
	struct arena a;
	arena_init(&a, 16 << 20);
	err_clear(e);
	const struct json *j = json_parse(&a, str_z(body), e);
	assert_non_null(j);
	bool ok = registrar_register(r, j, now, e);
	arena_release(&a);
	return ok;
}

static enum instance_health health(const struct registrar *r, const char *id)
{
	const struct found_entry *e = map_get(&r->found.entries, str_z(id));
	assert_non_null(e);
	return e->items[0].health;
}

static void refusals(void **state)
{
	static const struct { const char *body, *word; } rows[] = {
		{ "{}", "Missing service name" },
		{ "[]", "JSON object" },
		{ "{\"Name\":\"a\",\"Port\":70000}", "Port" },
		{ "{\"Name\":\"a\",\"Port\":\"80\"}", "Port" },
		{ "{\"Name\":\"a\\nb\"}", "control characters" },
		{ "{\"Name\":\"a\",\"Kind\":\"connect-proxy\"}", "Kind" },
		{ "{\"Name\":\"a\",\"Check\":{\"UDP\":\"x:1\",\"Interval\":\"1s\"}}", "checks by UDP are not there" },
		{ "{\"Name\":\"a\",\"Check\":{\"TCP\":\"x:1\"}}", "Interval must be > 0 for TCP" },
		{ "{\"Name\":\"a\",\"Check\":{\"TCP\":\"x:1\",\"GRPC\":\"x:1\",\"Interval\":\"1s\"}}", "either" },
		{ "{\"Name\":\"a\",\"Check\":{\"TCP\":\"x 1\",\"Interval\":\"1s\"}}", "no address" },
		{ "{\"Name\":\"a\",\"Check\":{\"GRPC\":\"x:1\",\"GRPCUseTLS\":true,\"Interval\":\"1s\"}}", "without TLS" },
		{ "{\"Name\":\"a\",\"Check\":{\"HTTP\":\"http://x/\",\"Header\":{\"a\":[\"b\\r\\nc: d\"]},\"Interval\":\"1s\"}}", "Header" },
		{ "{\"Name\":\"a\",\"Check\":{\"HTTP\":\"http://x/\",\"Header\":{\"a: b\":[\"c\"]},\"Interval\":\"1s\"}}", "Header" },
		{ "{\"Name\":\"a\",\"Check\":{\"HTTP\":\"http://x/\",\"Header\":{\"a\":\"c\"},\"Interval\":\"1s\"}}", "Header" },
		{ "{\"Name\":\"a\",\"Check\":{\"Script\":\"/bin/sh\"}}", "Script" },
		{ "{\"Name\":\"a\",\"Check\":{\"Args\":[\"/bin/sh\"]}}", "Args" },
		{ "{\"Name\":\"a\",\"Check\":{\"HTTP\":\"http://127.0.0.1/\"}}", "Interval" },
		{ "{\"Name\":\"a\",\"Check\":{\"HTTP\":\"ftp://127.0.0.1/\",\"Interval\":\"1s\"}}", "must begin" },
		{ "{\"Name\":\"a\",\"Check\":{\"HTTP\":\"http://127.0.0.1/\",\"Interval\":\"1s\",\"Method\":\"DELETE\"}}", "GET or HEAD" },
		{ "{\"Name\":\"a\",\"Check\":{\"TTL\":\"soon\"}}", "no duration" },
		{ "{\"Name\":\"a\",\"Check\":{\"TTL\":\"1s\",\"HTTP\":\"http://127.0.0.1/\",\"Interval\":\"1s\"}}", "either" },
		{ "{\"Name\":\"a\",\"Checks\":[{\"CheckID\":\"x\",\"TTL\":\"1s\"},{\"CheckID\":\"x\",\"TTL\":\"1s\"}]}", "two checks" },
		{ "{\"Name\":\"a\",\"Checks\":[7]}", "object" },
	};
	struct registrar r;
	struct err e = { 0 };
	(void)state;
	registrar_init(&r);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (reg(&r, rows[i].body, S, &e) || !strstr(e.message, rows[i].word))
			fail_msg("%s: %s", rows[i].body, e.message);
		assert_int_equal(r.by_id.count, 0);
		assert_int_equal(r.index, 1);
	}
	assert_false(registrar_deregister(&r, STR("a"), &e));
	registrar_release(&r);
}

/* TTL: critical until the first word, critical again when it is silent, gone when that lasts; a registration anew keeps its state. */
static void ttl(void **state)
{
	struct registrar r;
	struct err e = { 0 };
	(void)state;
	registrar_init(&r);
	assert_true(reg(&r, "{\"name\":\"orders\",\"id\":\"o1\",\"port\":80,\"address\":\"10.0.0.1\",\"meta\":{\"team\":\"sales\"},\"check\":{\"ttl\":\"10s\",\"deregister_critical_service_after\":\"90s\"}}", 0, &e));
	assert_int_equal(health(&r, "o1"), INSTANCE_CRITICAL);
	assert_int_equal(registrar_due(&r), 10 * S);
	assert_true(registrar_check(&r, STR("service:o1"), INSTANCE_PASSING, STR("fine"), 5 * S, &e));
	assert_int_equal(health(&r, "o1"), INSTANCE_PASSING);
	uint64_t index = r.index;
	assert_true(registrar_check(&r, STR("service:o1"), INSTANCE_PASSING, STR("fine"), 6 * S, &e));
	assert_int_equal(r.index, index); /* nothing that anybody waits for */
	assert_true(reg(&r, "{\"name\":\"orders\",\"id\":\"o1\",\"port\":81,\"address\":\"10.0.0.1\",\"check\":{\"ttl\":\"10s\",\"deregister_critical_service_after\":\"1s\"}}", 7 * S, &e));
	assert_int_equal(health(&r, "o1"), INSTANCE_PASSING);
	assert_true(r.index > index);
	registrar_turn(&r, 17 * S - 1);
	assert_int_equal(health(&r, "o1"), INSTANCE_PASSING);
	registrar_turn(&r, 17 * S);
	assert_int_equal(health(&r, "o1"), INSTANCE_CRITICAL);
	registrar_turn(&r, 77 * S - 1); /* Consul's least is a minute */
	assert_int_equal(r.by_id.count, 1);
	registrar_turn(&r, 77 * S);
	assert_int_equal(r.by_id.count, 0);
	assert_int_equal(r.found.instances, 0);
	assert_int_equal(registrar_due(&r), INT64_MAX);
	registrar_release(&r);
}

static void http(void **state)
{
	struct registrar r;
	struct err e = { 0 };
	(void)state;
	registrar_init(&r);
	assert_true(reg(&r, "{\"Name\":\"orders\",\"Check\":{\"HTTP\":\"http://127.0.0.1:1/\",\"Interval\":\"5s\"}}", S, &e));
	assert_int_equal(registrar_due(&r), S);
	struct registered_check *c = &registrar_service(&r, STR("orders"))->checks[0];
	uint64_t serial = c->serial;
	c->asking = true;
	assert_int_equal(registrar_due(&r), INT64_MAX);
	registrar_asked(&r, STR("orders"), c->id, serial, INSTANCE_PASSING, STR("ok"), 2 * S);
	assert_int_equal(health(&r, "orders"), INSTANCE_PASSING);
	assert_int_equal(registrar_due(&r), 7 * S);
	registrar_asked(&r, STR("orders"), c->id, serial, INSTANCE_WARNING, STR("busy"), 8 * S);
	assert_int_equal(health(&r, "orders"), INSTANCE_WARNING);
	assert_false(registrar_check(&r, c->id, INSTANCE_PASSING, STR(""), 8 * S, &e));
	/* An answer to a question of before this registration says nothing of it. */
	assert_true(reg(&r, "{\"Name\":\"orders\",\"Check\":{\"HTTP\":\"http://127.0.0.1:2/\",\"Interval\":\"5s\"}}", 9 * S, &e));
	assert_int_equal(health(&r, "orders"), INSTANCE_CRITICAL);
	registrar_asked(&r, STR("orders"), STR("service:orders"), serial, INSTANCE_PASSING, STR("ok"), 10 * S);
	assert_int_equal(health(&r, "orders"), INSTANCE_CRITICAL);
	registrar_release(&r);
}

struct model { bool there; bool critical; int64_t heard, since; bool resting; };

/* Services come, speak, fall silent, are taken out of rotation and put back, leave, and the whole is kept and read again; at each moment what is there is what the model says. */
static void lives(void **state)
{
	enum { N = 12 };
	(void)state;
	for (unsigned seed = 1; seed <= 200; seed++) {
		struct registrar r;
		struct model m[N] = { 0 };
		int64_t now = S;
		srand(seed);
		registrar_init(&r);
		for (int step = 0; step < 200; step++) {
			struct err e = { 0 };
			char text[256], id[32], check[64];
			int i = rand() % N;
			now += (int64_t)(rand() % 8000) * 1000000;
			registrar_turn(&r, now);
			for (int k = 0; k < N; k++) {
				if (m[k].there && !m[k].critical && now >= m[k].heard + 10 * S) {
					m[k].critical = true;
					m[k].since = now;
				}
				if (m[k].there && m[k].critical && now >= m[k].since + 60 * S)
					m[k] = (struct model){ 0 };
			}
			uint64_t index = r.index;
			snprintf(id, sizeof(id), "s%d", i);
			snprintf(check, sizeof(check), "service:s%d", i);
			snprintf(text, sizeof(text), "{\"Name\":\"n%d\",\"ID\":\"s%d\",\"Port\":%d,\"Check\":{\"TTL\":\"10s\",\"DeregisterCriticalServiceAfter\":\"1m\"}}", i % 3, i, 1 + i);
			switch (rand() % 6) {
			case 0:
				assert_true(reg(&r, text, now, &e));
				m[i] = (struct model){ true, m[i].there ? m[i].critical : true, now, m[i].there && m[i].critical ? m[i].since : now, m[i].there && m[i].resting };
				assert_true(r.index > index);
				break;
			case 1:
				assert_int_equal(registrar_deregister(&r, str_z(id), &e), m[i].there);
				m[i] = (struct model){ 0 };
				break;
			case 2: {
				bool on = rand() % 2;
				assert_int_equal(registrar_maintain(&r, str_z(id), on, STR("a \"disk\""), now, &e), m[i].there);
				assert_true((r.index > index) == (m[i].there && on != m[i].resting));
				m[i].resting = m[i].there && on;
				break;
			}
			default:
				assert_int_equal(registrar_check(&r, str_z(check), INSTANCE_PASSING, STR(""), now, &e), m[i].there);
				if (m[i].there)
					m[i] = (struct model){ .there = true, .heard = now, .resting = m[i].resting };
			}
			size_t n = 0;
			for (int k = 0; k < N; k++) {
				snprintf(id, sizeof(id), "s%d", k);
				assert_int_equal(registrar_service(&r, str_z(id)) != NULL, m[k].there);
				n += m[k].there;
				if (m[k].there)
					assert_int_equal(health(&r, id), m[k].critical || m[k].resting ? INSTANCE_CRITICAL : INSTANCE_PASSING);
			}
			assert_int_equal(r.found.instances, n);
			assert_true(registrar_due(&r) > now);
		}
		/* What is kept is who is there; how they are they must say anew. */
		struct registrar again;
		struct buf b;
		struct json_out o;
		struct arena a;
		struct err e = { 0 };
		buf_init(&b, 1 << 20);
		json_out_init(&o, &b);
		registrar_kept_json(&r, &o);
		arena_init(&a, 16 << 20);
		registrar_init(&again);
		registrar_kept_read(&again, json_parse(&a, buf_str(&b), &e), now);
		assert_int_equal(again.by_id.count, r.by_id.count);
		for (uint32_t i = 0; i < r.by_id.count; i++)
			assert_non_null(registrar_service(&again, r.by_id.entries[i].key));
		for (int k = 0; k < N; k++) {
			char id[32];
			snprintf(id, sizeof(id), "s%d", k);
			const struct registered *s = registrar_service(&again, str_z(id));
			assert_true(!s || s->checks_count == 1 + (size_t)m[k].resting);
			assert_true(!m[k].resting || str_eq(str_z(s->checks[1].output), STR("a \"disk\"")));
		}
		registrar_release(&again);
		registrar_release(&r);
		arena_release(&a);
		buf_release(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(refusals), cmocka_unit_test(ttl), cmocka_unit_test(http), cmocka_unit_test(lives) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
