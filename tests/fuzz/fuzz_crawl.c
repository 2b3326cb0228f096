/* Any bytes as files of a repository: what is read of them is within its limits, has places within the file, and is read back from JSON as it was written. A byte of 0xff parts files;
 * the first byte of each says what it is called. */
#include "base/check.h"
#include "catalog/crawl/over.h"
#include "catalog/crawl/units.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_one(struct reading *r, struct str path, struct str text)
{
	struct arena scratch;
	struct err e = { 0 };
	struct str word;
	bool registry, known;
	reading_f *how = reading_of(path, &word, &registry);
	CHECK(how);
	arena_init(&scratch, 16 << 20);
	r->scratch = &scratch;
	r->file = path;
	r->text = text;
	if (!(registry ? read_registry(r, &known, &e) : how(r, word, &e)))
		reading_problem(r, &e);
	arena_release(&scratch);
}

/* OWNERS files, and what they may include; `id` is the number of the text. */
enum { FILES = 64 };
struct owners_files { struct crawl_file items[FILES]; struct str texts[FILES]; size_t count; };

static void keep(struct owners_files *f, struct arena *a, unsigned which, struct str text)
{
	static const char *const names[] = { "OWNERS", "a/OWNERS", "b/OWNERS", "a/X_OWNERS" };
	if (f->count == FILES)
		return;
	f->items[f->count] = (struct crawl_file){ .path = str_z(names[which % 4]), .id = arena_printf(a, "%zu", f->count), .time = 1 };
	f->texts[f->count++] = text;
}

static bool text_of(void *ctx, const struct crawl_file *f, struct arena *a, struct str *text, struct err *e)
{
	const struct owners_files *files = ctx;
	uint64_t n;
	(void)a;
	(void)e;
	CHECK(str_to_u64(f->id, &n) && n < files->count);
	*text = files->texts[n];
	return true;
}

static int by_path(const void *x, const void *y) { return str_cmp(((const struct crawl_file *)x)->path, ((const struct crawl_file *)y)->path); }

static void check(const struct repository *r)
{
	CHECK(r->units_count <= REPOSITORY_UNITS_MAX && r->problems_count <= REPOSITORY_PROBLEMS_MAX);
	for (size_t i = 0; i < r->units_count; i++) {
		const struct unit *u = &r->units[i];
		CHECK(u->name.len && str_is_utf8(u->name) && u->claims_count <= UNIT_CLAIMS_MAX);
		for (size_t k = 0; k < u->claims_count; k++)
			CHECK(u->claims[k].value.len && u->claims[k].value.len <= CLAIM_VALUE_MAX && u->claims[k].detail.len <= CLAIM_VALUE_MAX && u->claims[k].key < CLAIM_KEY_COUNT);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "service.yaml", "a/catalog-info.yaml", "opslevel.yml", "b/cortex.yaml", "compass.yml", "service.datadog.yaml", "a/entity.datadog.yaml", "RUNBOOK.md", "x_RUNBOOK.md",
					     "OWNERS", "docker-compose.yml", "deploy/k.yaml", "a/Dockerfile", "b/package.json", "docs/adr/0001-x.md", "pleach.yaml" };
	struct arena a;
	struct err e = { 0 };
	struct buf json;
	struct json_out o;
	struct repository to = { .path = STR("/r"), .head = STR("1"), .origin = STR(""), .note = STR(""), .prefix = STR("") }, back;
	arena_init(&a, 64 << 20);
	struct reading r = { .arena = &a, .repository = &to };
	struct owners_files files = { .count = 0 };
	for (size_t from = 0, end; from < size && size < 16384; from = end + 1) {
		for (end = from; end < size && data[end] != 0xff; end++)
			;
		struct str text = { (const char *)data + from + 1, end > from ? end - from - 1 : 0 };
		if (end > from && data[from] % 16 == 9)
			keep(&files, &a, data[from] / 16, text);
		if (end > from && text.len && str_is_utf8(text))
			read_one(&r, str_z(names[data[from] % 16]), text);
	}
	if (units_make(&r)) {
		static const struct history none;
		qsort(files.items, files.count, sizeof(files.items[0]), by_path);
		const struct crawl_files list = { .items = files.items, .count = files.count };
		struct over over = { .arena = &a, .repository = &to, .files = &list, .history = &none };
		over_owners(&over, text_of, &files, &e);
		err_clear(&e);
		check(&to);
		buf_init(&json, 64 << 20);
		json_out_init(&o, &json);
		repository_json(&o, &to);
		CHECK(buf_ok(&json) && repository_read(&back, &a, json_parse(&a, buf_str(&json), &e)));
		CHECK(back.units_count == to.units_count && back.teams_count == to.teams_count && back.decisions_count == to.decisions_count && back.problems_count == to.problems_count);
		for (size_t i = 0; i < to.units_count; i++)
			CHECK(back.units[i].claims_count == to.units[i].claims_count);
		buf_release(&json);
	}
	arena_release(&a);
	return 0;
}
