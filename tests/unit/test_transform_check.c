/* The check of transforms by seeds: a new answer's schema, steps, and an old schema that fits what comes of them or, every second time, one that does not quite. What the check finds well is
 * tried with many more values than it tried itself: none may be wrong. What it finds faulty must be: its value goes through the steps again and is refused. */
#include "contract/doc/doc.h"
#include "contract/openapi/openapi.h"
#include "contract/schema/schema_sample.h"
#include "contract/versions/transform_check.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { WORLDS = 120, MORE = 1500, MEMBERS = 5 };
enum kind { NUMBER, TEXT, CHOICE, MAYBE /* text or null */, LIST, INNER, KINDS };
struct member { enum kind kind; bool required; };
static uint64_t seed;

static uint32_t draw(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 11) % n;
}

static const char *type_of(enum kind k)
{
	static const char *const types[KINDS] = { "{\"type\":\"integer\"}", "{\"type\":\"string\"}", "{\"enum\":[\"a\",\"b\",\"c\"]}", "{\"type\":\"string\",\"nullable\":true}",
		"{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"sku\":{\"type\":\"string\"},\"count\":{\"type\":\"integer\"}},\"required\":[\"sku\"]}}",
		"{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"},\"zip\":{\"type\":\"integer\"}},\"required\":[\"name\"]}" };
	return types[k];
}

struct world { struct buf old, new, steps; };

static void put_property(struct buf *b, struct buf *required, const char *name, const char *type, bool needed)
{
	buf_printf(b, "%s\"%s\":%s", buf_str(b).len ? "," : "", name, type);
	if (needed)
		buf_printf(required, "%s\"%s\"", buf_str(required).len ? "," : "", name);
}

static struct str document(struct arena *a, const char *version, struct buf *properties, struct buf *required)
{
	return arena_printf(a, "{\"openapi\":\"3.0.3\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{\"/%s/x\":{\"get\":{\"responses\":{\"200\":{\"description\":\"d\",\"content\":{\"application/json\":{"
			       "\"schema\":{\"type\":\"object\",\"properties\":{%.*s},\"required\":[%.*s]}}}}}}}}}",
			    version, STR_FMT(buf_str(properties)), STR_FMT(buf_str(required)));
}

/* What the new answer has, a step for each member, and what the old one says of it then. wrong: the member whose step is left out or whose old type is narrower; MEMBERS: none. */
static void make(struct arena *a, uint32_t wrong, struct str *old_api, struct str *new_api, struct str *steps)
{
	struct buf n, nr, o, or, s;
	struct buf *const all[] = { &n, &nr, &o, &or, &s };
	for (size_t i = 0; i < 5; i++)
		buf_init(all[i], 1 << 16);
	for (uint32_t i = 0; i < MEMBERS; i++) {
		enum kind k = (enum kind)draw(KINDS);
		bool needed = draw(2), bad = i == wrong;
		char name[8], was[8];
		snprintf(name, sizeof(name), "n%u", i);
		snprintf(was, sizeof(was), "o%u", i);
		put_property(&n, &nr, name, type_of(k), needed);
		switch (draw(4)) {
		case 0: /* renamed */
			if (!bad)
				buf_printf(&s, "      - rename: { from: %s, to: %s }\n", name, was);
			put_property(&o, &or, was, type_of(k), needed || bad);
			break;
		case 1: /* there where it may be missing */
			if (!bad)
				buf_printf(&s, "      - default: { at: %s, value: %s }\n", name, k == NUMBER ? "7" : k == LIST ? "[]" : k == INNER ? "{ name: x }" : k == CHOICE ? "a" : "x");
			put_property(&o, &or, name, type_of(k), true);
			if (bad && needed) { /* then it would fit anyway */
				put_property(&o, &or, "never", "{\"type\":\"string\"}", true);
			}
			break;
		case 2: /* another type */
			if (k == NUMBER && !bad)
				buf_printf(&s, "      - convert: { at: %s, as: text }\n", name);
			else if (k == CHOICE && !bad)
				buf_printf(&s, "      - map: { at: %s, values: { c: a } }\n", name);
			else if (k == MAYBE && !bad)
				buf_printf(&s, "      - map: { at: %s, values: { \"null\": none } }\n", name);
			put_property(&o, &or, name, k == NUMBER ? type_of(TEXT) : k == CHOICE ? "{\"enum\":[\"a\",\"b\"]}" : k == MAYBE ? type_of(TEXT) : bad ? type_of(CHOICE) : type_of(k), needed && !bad);
			break;
		default: /* gone from there */
			if (!bad)
				buf_printf(&s, "      - remove: { at: %s }\n", name);
			put_property(&o, &or, name, bad ? "{\"type\":\"boolean\"}" : type_of(k), false);
			break;
		}
	}
	*old_api = document(a, "v1", &o, &or);
	*new_api = document(a, "v2", &n, &nr);
	*steps = arena_printf(a, "operations:\n  - old: GET /v1/x\n    new: GET /v2/x\n    response:\n      - default: { at: extra, value: 1 }\n%.*s", STR_FMT(buf_str(&s)));
	for (size_t i = 0; i < 5; i++)
		buf_release(all[i]);
}

struct side { struct source source; struct contract_model *model; };

static void read_side(struct side *s, struct str text)
{
	struct err e = { 0 };
	source_init(&s->source, STR("api"));
	assert_true(source_add(&s->source, STR("api.json"), text, &e) && source_sort(&s->source, &e));
	s->model = openapi_format.read(&s->source, &e);
	if (!s->model)
		fail_msg("%s: %.*s", e.message, STR_FMT(text));
}

static const struct schema *answer_of(const struct side *s)
{
	return ((const struct openapi_model *)s->model)->items[0]->operations.items[0]->responses.items[0].body->medias.items[0].schema;
}

/* Whether the JSON, through the steps, is taken. */
static bool is_taken(struct arena *a, const struct transform *t, const struct schema *old, struct str json)
{
	struct buf out;
	struct err e = { 0 };
	buf_init(&out, 1 << 20);
	assert_true(transform_text(&t->operations[0].response, json, &out, &e));
	struct str text = arena_str(a, buf_str(&out));
	buf_release(&out);
	const struct doc_file *f = doc_parse(a, STR("v"), text, &e);
	assert_non_null(f);
	return schema_valid(old, f->root, SCHEMA_USE_RESPONSE, NULL);
}

static size_t tried_again(const struct side *from, const struct schema *old, const struct transform *t)
{
	struct schema_sampler *sampler = schema_sampler_new(((const struct openapi_model *)from->model)->set);
	struct arena a;
	size_t wrong = 0;
	arena_init(&a, 64 << 20);
	for (uint64_t n = 0; n < MORE; n++) {
		const struct doc *value = schema_sample(sampler, answer_of(from), 1000000 + n, SCHEMA_USE_RESPONSE, &a);
		struct buf b;
		struct json_out o;
		if (!value)
			continue;
		buf_init(&b, 1 << 20);
		json_out_init(&o, &b);
		doc_write(value, &o);
		wrong += !is_taken(&a, t, old, buf_str(&b));
		buf_release(&b);
		arena_reset(&a);
	}
	arena_release(&a);
	schema_sampler_free(sampler);
	return wrong;
}

static void seeds(void **state)
{
	(void)state;
	size_t well = 0, faulty = 0;
	for (uint64_t w = 1; w <= WORLDS; w++) {
		struct arena a;
		struct err e = { 0 };
		struct side old, new;
		struct str old_text, new_text, steps;
		struct transform_verdict v;
		seed = w * 0x9e3779b97f4a7c15u | 1;
		arena_init(&a, 64 << 20);
		make(&a, w % 2 ? MEMBERS : draw(MEMBERS), &old_text, &new_text, &steps);
		read_side(&old, old_text);
		read_side(&new, new_text);
		const struct transform *t = transform_read(&a, STR("t.yaml"), steps, &e);
		if (!t)
			fail_msg("%s\n%.*s", e.message, STR_FMT(steps));
		const struct transform_side sides[2] = { { old.model, STR("/v1") }, { new.model, STR("/v2") } };
		assert_true(transform_check(t, &sides[0], &sides[1], &a, &v, &e));
		assert_true(v.checked && v.operations == 1 && v.tried > 100);
		if (!v.count && tried_again(&new, answer_of(&old), t))
			fail_msg("world %llu: nothing found, and yet\n%.*s\n%.*s\n%.*s", (unsigned long long)w, STR_FMT(old_text), STR_FMT(new_text), STR_FMT(steps));
		if (w % 2 && v.count)
			fail_msg("world %llu: %.*s\n%.*s", (unsigned long long)w, STR_FMT(v.faults[0].sentence), STR_FMT(steps));
		for (size_t i = 0; i < v.count; i++)
			assert_false(is_taken(&a, t, answer_of(&old), v.faults[i].before));
		well += !v.count;
		faulty += v.count > 0;
		openapi_format.free(old.model);
		openapi_format.free(new.model);
		source_release(&old.source);
		source_release(&new.source);
		arena_release(&a);
	}
	assert_true(well >= WORLDS / 2 && faulty >= WORLDS / 3); /* the others happened to fit all the same */
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(seeds) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
