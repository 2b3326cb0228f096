/* Lock files as strangers write them: the first byte says as which file the rest is read. Whatever is told is within the text's bounds, has a name, stands once, and has a package URL; what is refused has words and, where
 * the file is to blame, its name; a list keeps what it had. */
#include "base/check.h"
#include "catalog/packages/capabilities.h"
#include <stdlib.h>

static const char *const names[] = { "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "poetry.lock", "uv.lock", "Pipfile.lock", "requirements.txt", "go.mod", "go.sum", "Cargo.lock", "Gemfile.lock", "composer.lock",
	"gradle.lockfile", "pom.xml", "packages.lock.json", "x.csproj", "mix.lock", "pubspec.lock", "Package.resolved", "conan.lock" };

static int by_text(const void *x, const void *y)
{
	const struct package *a = x, *b = y;
	int order = str_cmp(a->name, b->name);
	return order ? order : str_cmp(a->version, b->version);
}

static void look_at(struct package_list *l, struct str text)
{
	uint32_t lines = 1;
	for (size_t i = 0; i < text.len; i++)
		lines += text.p[i] == '\n' || text.p[i] == '\r'; /* either ends a line of YAML */
	for (size_t i = 0; i < l->count; i++) {
		const struct package *p = &l->items[i];
		struct buf b;
		CHECK(p->name.len && p->line <= lines && p->use <= PACKAGE_TRANSITIVE);
		CHECK(packages_capability(p->type, p->name) < CAPABILITIES);
		buf_init(&b, 1 << 20);
		package_purl(&b, p);
		CHECK(buf_ok(&b) && str_starts(buf_str(&b), STR("pkg:")));
		for (size_t k = 0; k < b.len; k++)
			CHECK(b.data[k] > ' ' && b.data[k] < 0x7f);
		buf_release(&b);
	}
	if (l->count)
		qsort(l->items, l->count, sizeof(*l->items), by_text);
	for (size_t i = 1; i < l->count; i++)
		CHECK(by_text(&l->items[i - 1], &l->items[i]) != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct package_list l = { 0 };
	struct err e = { 0 };
	struct arena a;
	if (!size)
		return 0;
	struct str name = str_z(names[data[0] % ARRAY_LEN(names)]), text = str_from((const char *)data + 1, size - 1);
	CHECK(packages_is_lock(name));
	arena_init(&a, 64 << 20);
	if (packages_read(&l, &a, name, text, &e)) {
		CHECK(!err_is_set(&e));
		look_at(&l, text);
	} else {
		CHECK(e.code == ERR_FILE_INVALID || e.code == ERR_TOO_LARGE);
		CHECK(*e.message && str_eq(str_z(e.file), name) && l.count == 0);
	}
	arena_release(&a);
	return 0;
}
