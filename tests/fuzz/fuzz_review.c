/* What strangers write of who owns and who agrees: pleach.yaml and service.yaml of a commit, CODEOWNERS, OWNERS, a forge's answers. The first byte says as what the rest is read; then a change is
 * judged by it. Nobody whose team the base does not name may count as having agreed. */
#include "base/check.h"
#include "catalog/review/review.h"

static const char service[] = "service: x\nowner: billing\nserves:\n  - { version: v1, path: /, schema: a.yaml }\n";
static const char fleet[] = "teams: { billing: { members: ['@ada', bob@example.org] } }\n";

static void judge(struct review *r, struct err *e)
{
	struct buf b;
	struct json_out o;
	review_add_path(r, STR("s/a.yaml"));
	review_add_path(r, STR("s/b/c.c"));
	review_add_author(r, STR("Dan"), STR("dan@example.org"));
	if (!review_judge(r, e))
		return;
	for (size_t i = 0; i < r->services_count && r->services[i].touched; i++)
		CHECK(r->services[i].standing != REVIEW_AGREED || r->services[i].by.len);
	buf_init(&b, 64u << 20);
	json_out_init(&o, &b);
	review_json(&o, r);
	buf_release(&b);
}

/* OWNERS everywhere, and whatever it includes, say the same. */
static bool owners_text(void *ctx, struct str path, struct arena *a, struct str *text, struct err *e)
{
	(void)e;
	*text = str_ends(path, STR("b/OWNERS")) ? (struct str){ 0 } : arena_str(a, *(const struct str *)ctx);
	return true;
}

static void owners_problem(void *ctx, struct str file, uint32_t line, struct str words)
{
	(void)ctx;
	CHECK(file.len && line && words.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct review r;
	struct err e = { 0 };
	if (!size)
		return 0;
	struct str text = str_from((const char *)data + 1, size - 1);
	review_init(&r);
	if (data[0] % 6 != 0)
		review_read_fleet(&r, STR("pleach.yaml"), STR(fleet), false, &e);
	if (data[0] % 6 != 1)
		review_read_service(&r, STR("s/service.yaml"), STR(service), false, &e);
	switch (data[0] % 6) {
	case 0: review_read_fleet(&r, STR("pleach.yaml"), text, false, &e); break;
	case 1: review_read_service(&r, STR("s/service.yaml"), text, false, &e); break;
	case 2: review_read_service(&r, STR("t/service.yaml"), text, true, &e); break;
	case 3: review_read_owners(&r, STR("CODEOWNERS"), text); break;
	case 4: review_has_owners_files(&r, (struct owners_source){ owners_text, owners_problem, NULL, &text }); break;
	default: review_read_consents(&r, STR("approvals"), text, &e); break;
	}
	judge(&r, &e);
	review_release(&r);
	return 0;
}
