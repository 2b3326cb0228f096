/* A question to the broker's matrix, as it comes in a URL: parsed, and what is parsed is answered on a small world, in memory. */
#include "base/check.h"
#include "contract/broker/broker_impl.h"
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct broker *world(void)
{
	struct err e = { 0 };
	struct arena a;
	struct broker *b = broker_new(NULL, STR(":memory:"), NULL, NULL, &e);
	struct call c = { .broker = b, .arena = &a, .status = 200 };
	CHECK(b && b->db);
	arena_init(&a, 1 << 20);
	buf_init(&c.out, 1 << 16);
	struct participant *web = add_participant(&c, STR("web")), *api = add_participant(&c, STR("api"));
	struct version *w = add_version(&c, web, STR("1")), *v = add_version(&c, api, STR("2"));
	struct pair *pair = add_pair(&c, web, api);
	struct content *k = add_content(&c, pair, "0123456789012345678901234567890123456789", STR("{}"));
	CHECK(w && v && k && add_pact(&c, w, pair, k) && add_verification(&c, k, v, true, false, STR(""), STR("")) && add_tag(&c, v, STR("prod")) &&
	      add_to_branch(&c, add_branch(&c, web, STR("feat/x")), w) && add_deployment(&c, v, broker_environment(b, STR("production")), false, STR("")) && broker_commit(&c));
	buf_release(&c.out);
	arena_release(&a);
	return b;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct broker *b;
	struct arena a;
	struct err e = { 0 };
	struct matrix_question *q = calloc(1, sizeof(*q));
	struct matrix_answer m;
	CHECK(q);
	if (!b)
		b = world();
	arena_init(&a, 16 << 20);
	if (!matrix_parse(&a, str_from((const char *)data, size), q, &e))
		CHECK(err_is_set(&e));
	else if (!matrix_fault(b, &a, q) && matrix_answer(b, &a, q, &m))
		CHECK(m.deployable >= -1 && m.deployable <= 1 && m.count <= BROKER_ROWS_MAX && m.reasons_count);
	arena_release(&a);
	free(q);
	return 0;
}
