/* json_flat against json_parse: the same verdict on every text (but for what json_flat.h says it takes beyond), and the same members. */
#include "base/check.h"
#include "base/json_flat.h"
#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct json_flat flat;

/* Both readers count levels, from different places: texts near the limit are left out. */
static bool is_deep(struct str s)
{
	size_t depth = 0, most = 0;
	for (size_t i = 0; i < s.len; i++) {
		depth += s.p[i] == '{' || s.p[i] == '[';
		depth -= depth && (s.p[i] == '}' || s.p[i] == ']');
		most = depth > most ? depth : most;
	}
	return most > JSON_MAX_DEPTH - JSON_FLAT_DEPTH - 2;
}

static void check_value(const struct json *want, const struct json *have)
{
	CHECK(want->type == have->type);
	if (want->type == JSON_STRING)
		CHECK(str_eq(want->s, have->s));
	else if (want->type == JSON_INT || want->type == JSON_UINT)
		CHECK(want->i == have->i);
	else if (want->type == JSON_DOUBLE)
		CHECK(want->d == have->d);
	else if (want->type == JSON_ARRAY || want->type == JSON_OBJECT)
		CHECK(have->s.len >= 2);
}

/* Members in the order of the text; `at` goes along. */
static void check_members(const struct json *j, struct str prefix, int depth, uint32_t *at, struct arena *a)
{
	for (uint32_t i = 0; i < j->count; i++) {
		const struct json_member *m = &j->members[i];
		struct str key = prefix.p ? arena_printf(a, "%.*s.%.*s", STR_FMT(prefix), STR_FMT(m->key)) : m->key;
		if (!prefix.len)
			key = m->key;
		if (m->value.type == JSON_OBJECT && depth < JSON_FLAT_DEPTH) {
			check_members(&m->value, key, depth + 1, at, a);
			continue;
		}
		if (*at >= flat.count)
			return;
		const struct json_member *have = &flat.members[(*at)++];
		if (!memchr(key.p, 0, key.len)) /* which printf would end at */
			CHECK(str_eq(have->key, key));
		check_value(&m->value, &have->value);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str s = str_from((const char *)data, size);
	struct arena a;
	struct err e = { 0 };
	uint32_t at = 0;
	if (!flat.reader)
		CHECK(json_flat_init(&flat, 64, 8 << 20));
	struct str rest = s, object;
	while (json_flat_cut(&rest, &object))
		CHECK(object.len >= 2);
	if (size > 1 << 16 || is_deep(s))
		return 0;
	arena_init(&a, 64 << 20);
	const struct json *j = json_parse(&a, s, &e);
	enum json_flat_result r = json_flat_read(&flat, s);
	bool beyond = str_find(s, STR("NaN")) != SIZE_MAX || str_find(s, STR("Infinity")) != SIZE_MAX || memchr(s.p ? s.p : "", 0, s.len);
	beyond |= str_ends(str_z(e.message), STR("the number is too large"));
	if (!beyond && (!j || j->type == JSON_OBJECT))
		CHECK((j != NULL) == (r == JSON_FLAT_OK));
	if (j && r == JSON_FLAT_OK && !beyond) {
		check_members(j, (struct str){ NULL, 0 }, 1, &at, &a);
		CHECK(at == flat.count);
	}
	arena_release(&a);
	return 0;
}
