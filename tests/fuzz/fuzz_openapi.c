/* Any bytes as two OpenAPI or AsyncAPI descriptions, split at the first line of five '=': no crash, no leak, no endless run; an error that says something, or
 * changes that are whole. A description that can be read does not break itself. */
#include "base/check.h"
#include "contract/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
enum { INPUT_MAX = 16384 };

static bool compare(struct str before, struct str after, struct changes *out, struct err *e)
{
	const struct contract_options options = { .information = true, .witnesses = true, .today = 20783, .grace_stable = 180, .grace_beta = 31 };
	struct source sides[2];
	source_init(&sides[0], STR("old"));
	source_init(&sides[1], STR("new"));
	bool ok = source_add(&sides[0], STR("api.yaml"), before, e) && source_add(&sides[1], STR("api.yaml"), after, e) && source_sort(&sides[0], e) && source_sort(&sides[1], e) &&
		  contract_compare(&sides[0], &sides[1], &options, out, e);
	CHECK(ok != err_is_set(e) && (ok || e->message[0]));
	for (size_t i = 0; ok && i < out->count; i++) {
		const struct change *x = &out->items[i];
		CHECK(x->sentence.len && (x->old_place.file.len || x->new_place.file.len));
		CHECK(x->witness.state != WITNESS_PROVED || (x->witness.text.p && x->witness.before.p && x->witness.after.p));
		for (size_t j = 1; j < x->reach_count; j++)
			CHECK(str_cmp(x->reach[j - 1].operation, x->reach[j].operation) < 0);
	}
	source_release(&sides[0]);
	source_release(&sides[1]);
	return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	struct changes out;
	struct err e = { 0 };
	if (size > INPUT_MAX)
		return 0;
	size_t at = str_find(text, STR("\n=====\n"));
	struct str before = str_sub(text, 0, at), after = at == SIZE_MAX ? before : str_skip(text, at + 7);
	changes_init(&out);
	compare(before, after, &out, &e);
	changes_release(&out);
	err_clear(&e);
	changes_init(&out);
	if (compare(after, after, &out, &e))
		CHECK(changes_at_least(&out, CHANGE_WARNING) == 0);
	changes_release(&out);
	return 0;
}
