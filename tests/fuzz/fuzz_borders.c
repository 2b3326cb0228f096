/* What strangers write into a repository and send as headers: CODEOWNERS, the text of a test, baggage. The first line is a path, the rest is read as each of them. What is found
 * must lie in the text, and a file's rules must be judged alike however long they are looked at. */
#include "base/check.h"
#include "contract/borders/borders_impl.h"
#include "model/codeowners.h"
#include "gateway/tried.h"

static struct str command[] = { STR_INIT("./worker"), STR_INIT("--port=9191") };
static struct served served[] = { { .version = STR_INIT("v1"), .path = STR_INIT("/v1") }, { .version = STR_INIT("v2"), .path = STR_INIT("/") } };
static struct service services[] = {
	{ .name = STR_INIT("invoicing"), .owner = STR_INIT("billing"), .address = STR_INIT("10.0.0.7:9090"), .serves = served, .serves_count = 2 },
	{ .name = STR_INIT("order-lines"), .owner = STR_INIT("sales"), .address = STR_INIT("") },
	{ .name = STR_INIT("x"), .owner = STR_INIT(""), .address = STR_INIT(""), .run = { .command = command, .command_count = 2 } },
};
static struct fleet fleet = { .services = services, .services_count = ARRAY_LEN(services), .gateway = { .listen = { .port = 8080 } } };

static void owners(struct str path, struct str text)
{
	struct arena a;
	arena_init(&a, 64u << 20);
	const struct codeowners *c = codeowners_read(&a, codeowners_dialect_of(path, text), text);
	const struct codeowners_rule *rules[CODEOWNERS_SECTIONS_MAX], *again[CODEOWNERS_SECTIONS_MAX];
	struct codeowners_walk w;
	bool full = false;
	if (c) {
		/* Once on a fresh walk, then behind another path: what was walked before must not matter. */
		codeowners_walk_init(&w, c);
		size_t n = codeowners_match(&w, path, rules, &full);
		codeowners_match(&w, STR("src/a/b.c"), again, &full);
		CHECK(full || codeowners_match(&w, path, again, &full) == n);
		CHECK(full || memcmp(rules, again, c->sections_count * sizeof(*rules)) == 0);
		for (size_t i = 0; i < c->sections_count; i++)
			CHECK(!rules[i] || (rules[i]->line > 0 && rules[i]->section == i && rules[i]->pattern.len <= CODEOWNERS_PATTERN_MAX));
		codeowners_walk_release(&w);
	}
	arena_release(&a);
}

static void mentions(struct str path, struct str text)
{
	struct border_names n;
	struct border_touch out[3];
	CHECK(border_names_init(&n, &fleet));
	size_t count = border_mentions(&n, path, text, out, ARRAY_LEN(out));
	CHECK(count <= ARRAY_LEN(out));
	for (size_t i = 0; i < count; i++)
		CHECK(out[i].text.p >= text.p && out[i].text.p + out[i].text.len <= text.p + text.len && out[i].line > 0 && out[i].service.len);
	struct border_test t = { .touches = out, .touch_count = count, .owners = { STR("sales") }, .owner_count = 1 };
	CHECK(border_crosses(&t) == (t.line > 0));
	border_names_release(&n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = str_from((const char *)data, size), path = str_split(&text, '\n');
	struct tried t;
	if (!text.p)
		return 0;
	owners(path, text);
	mentions(path, text);
	border_is_test(path);
	border_kind_of(path);
	border_mark_of(path, text);
	if (tried_read(&t, path, text))
		CHECK(str_is_utf8(t.agent) && t.name_len <= TRIED_TEXT_MAX && t.suite_len <= TRIED_TEXT_MAX && str_is_utf8(str_from(t.name, t.name_len)));
	return 0;
}
