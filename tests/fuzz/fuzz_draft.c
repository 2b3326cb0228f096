/* Lines of a recording: a draft is made of them, and it is a pact that can be read, with as many interactions. */
#include "base/check.h"
#include "contract/pact/draft.h"
#include "contract/pact/pact.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_secret(struct str key) { return str_eq_ci(key, STR("password")); }

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct draft d;
	struct str rest = str_from((const char *)data, size);
	draft_init(&d, is_secret);
	while (rest.p && rest.len) {
		struct arena a;
		struct err e = { 0 };
		arena_init(&a, 16 << 20);
		const struct json *call = json_parse(&a, str_split(&rest, '\n'), &e);
		bool ok = !call || draft_add(&d, call);
		arena_release(&a);
		if (!ok)
			break;
	}
	if (d.count) {
		struct buf out;
		struct arena a;
		struct err e = { 0 };
		buf_init(&out, 16 << 20);
		arena_init(&a, 256 << 20);
		if (draft_write(&d, STR("web"), STR("api"), STR("1"), &out)) {
			const struct pact *p = pact_read(&a, STR("draft.json"), buf_str(&out), &e);
			CHECK(p ? p->count == d.count : err_is_set(&e));
		}
		arena_release(&a);
		buf_release(&out);
	}
	draft_release(&d);
	return 0;
}
