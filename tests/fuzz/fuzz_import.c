/* Any bytes as what Backstage's API answers: what comes of it is within its limits and is read back from JSON as it was written. */
#include "base/check.h"
#include "catalog/crawl/import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct repository *r, struct arena *a)
{
	struct buf json;
	struct json_out o;
	struct err e = { 0 };
	struct repository back;
	CHECK(r->units_count <= REPOSITORY_UNITS_MAX && r->problems_count <= REPOSITORY_PROBLEMS_MAX && r->teams_count <= REPOSITORY_TEAMS_MAX);
	for (size_t i = 0; i < r->units_count; i++) {
		const struct unit *u = &r->units[i];
		CHECK(u->name.len && !u->root.p && u->declared && u->claims_count <= UNIT_CLAIMS_MAX);
		for (size_t k = 0; k < u->claims_count; k++)
			CHECK(u->claims[k].value.len && u->claims[k].value.len <= CLAIM_VALUE_MAX && u->claims[k].source == SOURCE_BACKSTAGE && u->claims[k].line == 0);
	}
	buf_init(&json, 64 << 20);
	json_out_init(&o, &json);
	repository_json(&o, r);
	CHECK(buf_ok(&json) && repository_read(&back, a, json_parse(a, buf_str(&json), &e)));
	CHECK(back.units_count == r->units_count && back.teams_count == r->teams_count && back.problems_count == r->problems_count);
	buf_release(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	struct err e = { 0 };
	arena_init(&a, 64 << 20);
	const struct json *j = size < 65536 ? json_parse(&a, str_from((const char *)data, size), &e) : NULL;
	struct import *i = j ? import_new(STR(IMPORT_BACKSTAGE "http://x"), 1800000000) : NULL;
	if (i) {
		struct err wrong = { 0 };
		CHECK(import_backstage(i, j, &wrong) == (j->type == JSON_ARRAY));
		import_backstage(i, j, &wrong);
		const struct repository *r = import_end(i, STR("1"));
		if (r)
			check(r, &a);
		import_free(i);
	}
	arena_release(&a);
	return 0;
}
