/* A transform's file, and behind a byte 0 a body and behind another a query: reading, and each list of steps done to both. What comes of JSON is JSON; of what is none, an error. */
#include "base/check.h"
#include "model/transform.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void body_steps(const struct transform_steps *s, struct str body)
{
	struct buf out;
	struct err e = { 0 };
	buf_init(&out, 4 << 20);
	if (transform_text(s, body, &out, &e)) {
		struct arena a;
		arena_init(&a, 64 << 20);
		CHECK(!err_is_set(&e) && (json_parse(&a, buf_str(&out), &e) || a.full || e.code == ERR_INPUT));
		CHECK(!err_is_set(&e) || a.full || buf_str(&out).len > TRANSFORM_BODY_MAX || !str_is_utf8(body));
		arena_release(&a);
	} else {
		CHECK(err_is_set(&e));
	}
	buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	struct err e = { 0 };
	struct str rest = str_from((const char *)data, size), text = str_split(&rest, '\0'), body = rest.p ? str_split(&rest, '\0') : STR(""), query = rest.p ? rest : STR("");
	arena_init(&a, 64 << 20);
	const struct transform *t = transform_read(&a, STR("t.yaml"), text, &e);
	CHECK(t || err_is_set(&e));
	for (size_t i = 0; t && i < t->count; i++) {
		const struct transform_operation *op = &t->operations[i];
		struct transform_slots slots;
		struct buf target;
		body_steps(&op->request, body);
		body_steps(&op->response, body);
		body_steps(&op->failure, body);
		const struct transform_operation *found = transform_find(t, op->old_method, op->old_path, &slots);
		buf_init(&target, 64 << 10);
		transform_query(&op->query, query, &target);
		buf_clear(&target);
		if (found)
			transform_target(found, &slots, &target);
		buf_release(&target);
	}
	arena_release(&a);
	return 0;
}
