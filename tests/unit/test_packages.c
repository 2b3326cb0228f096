/* Packages of lock files (catalog/packages): small files of each format and what they tell, wrong ones with their place, files that tools wrote against the tools' own listings, package URLs, capabilities. */
#include "base/check.h"
#include "catalog/libraries/abandoned.h"
#include "catalog/packages/capabilities.h"
#include "packages_cases.h"
#include "sys/sys.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

/* "D name version line\n" for each. */
static void tell(struct buf *to, const struct package_list *l)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct package *p = &l->items[i];
		buf_printf(to, "%c %.*s %.*s %u%s%.*s\n", "UDT"[p->use], STR_FMT(p->name), STR_FMT(p->version), p->line, p->abandoned.len ? " given up: " : "", STR_FMT(p->abandoned));
	}
}

static void what_files_tell(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(package_cases); i++) {
		struct arena a;
		struct buf got;
		struct err e = { 0 };
		struct package_list l = { 0 };
		arena_init(&a, 1 << 20);
		buf_init(&got, 1 << 16);
		if (!packages_read(&l, &a, str_z(package_cases[i].path), str_z(package_cases[i].text), &e))
			fail_msg("case %zu: %s:%u: %s", i, e.file, e.line, e.message);
		tell(&got, &l);
		if (!str_eq(buf_str(&got), str_z(package_cases[i].tells)))
			fail_msg("case %zu, %s tells\n%.*s", i, package_cases[i].path, STR_FMT(buf_str(&got)));
		buf_release(&got);
		arena_release(&a);
	}
}

static void wrong_files(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(package_faults); i++) {
		struct arena a;
		struct err e = { 0 };
		struct package_list l = { 0 };
		arena_init(&a, 1 << 20);
		if (packages_read(&l, &a, str_z(package_faults[i].path), str_z(package_faults[i].text), &e))
			fail_msg("fault %zu, %s is read", i, package_faults[i].path);
		if (e.line != package_faults[i].line || !strstr(e.message, package_faults[i].says) || strcmp(e.file, package_faults[i].path) || l.count)
			fail_msg("fault %zu, %s: line %u, %s", i, e.file, e.line, e.message);
		arena_release(&a);
	}
}

/* The table of what was given up: in the order of its look-up, each row found, none of another ecosystem; a file's own words go before the table's. */
static void given_up(void **state)
{
	static const struct { enum package_type type; const char *name, *instead; } rows[] = {
#define ABANDONED(type, name, since, instead, source) { PACKAGE_##type, name, instead },
#include "tbl/abandoned.h"
#undef ABANDONED
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct package p = { .type = rows[i].type, .name = str_z(rows[i].name) };
		struct abandoned x;
		if (i && rows[i - 1].type == rows[i].type && strcmp(rows[i - 1].name, rows[i].name) >= 0)
			fail_msg("%s stands behind %s", rows[i].name, rows[i - 1].name);
		if (!package_abandoned(&p, &x) || !str_eq(x.instead, str_z(rows[i].instead)) || x.since.len != 7 || !str_starts(x.source, STR("https://")) || !x.why.len)
			fail_msg("%s is not found", rows[i].name);
		p.abandoned = STR("words of the file");
		assert_true(package_abandoned(&p, &x) && str_eq(x.why, p.abandoned) && x.instead.len);
		p.abandoned = STR("");
		p.type = PACKAGE_HEX;
		assert_false(package_abandoned(&p, &x));
	}
	struct abandoned x;
	assert_false(package_abandoned(&(struct package){ .type = PACKAGE_NPM, .name = STR("requests") }, &x));
	assert_false(package_abandoned(&(struct package){ .type = PACKAGE_NPM, .name = STR("") }, &x));
	assert_true(package_abandoned(&(struct package){ .type = PACKAGE_NUGET, .name = STR("System.Data.SqlClient") }, &x));
	assert_true(package_abandoned(&(struct package){ .type = PACKAGE_NPM, .name = STR("x"), .abandoned = STR("y") }, &x) && !x.since.len && str_eq(x.why, STR("y")));
}

/* --- files that tools wrote ---------------------------------------------------------------------------------------------------------------------- */

static int by_text(const void *x, const void *y)
{
	const struct package *a = x, *b = y;
	int order = str_cmp(a->name, b->name);
	return order ? order : str_cmp(a->version, b->version);
}

static struct str file(struct arena *a, const char *name)
{
	struct str text;
	struct err e = { 0 };
	if (!sys_read_file(arena_printf(a, "%s/tests/packages/%s", getenv("SOURCE_ROOT"), name), 1 << 20, a, &text, &e))
		fail_msg("%s: %s", name, e.message);
	return text;
}

static struct package_list read_file(struct arena *a, const char *name)
{
	struct package_list l = { 0 };
	struct err e = { 0 };
	if (!packages_read(&l, a, str_z(name), file(a, name), &e))
		fail_msg("%s:%u: %s", e.file, e.line, e.message);
	qsort(l.items, l.count, sizeof(*l.items), by_text);
	return l;
}

static void as_tools_list(void **state)
{
	static const struct { const char *file, *listing; size_t count, direct; } rows[] = {
		{ "npm-1/package-lock.json", "npm.listing", 56, 0 }, { "npm-2/package-lock.json", "npm.listing", 56, 7 }, { "npm-3/package-lock.json", "npm.listing", 56, 7 },
		{ "yarn-1/yarn.lock", "yarn.listing", 57, 0 }, { "yarn-4/yarn.lock", "yarn.listing", 57, 7 }, { "pnpm-5/pnpm-lock.yaml", "yarn.listing", 57, 7 }, { "pnpm-6/pnpm-lock.yaml", "yarn.listing", 57, 7 },
		{ "pnpm-9/pnpm-lock.yaml", "yarn.listing", 57, 7 }, { "cargo/Cargo.lock", "cargo.listing", 67, 3 }, { "go/go.mod", "go.listing", 5, 3 }, { "uv/uv.lock", "uv.listing", 21, 3 },
		{ "maven/pom.xml", "maven.listing", 4, 4 }, { "conan-2/conan.lock", "conan.listing", 2, 0 },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a;
		size_t direct = 0;
		arena_init(&a, 8 << 20);
		struct package_list l = read_file(&a, rows[i].file);
		struct str rest = str_strip(file(&a, rows[i].listing));
		assert_int_equal(l.count, rows[i].count);
		for (size_t k = 0; k < l.count; k++) {
			struct str version = str_split(&rest, '\n'), name = str_split(&version, ' ');
			if (!str_eq(name, l.items[k].name) || !str_eq(version, l.items[k].version))
				fail_msg("%s: %.*s %.*s, where the tool has %.*s %.*s", rows[i].file, STR_FMT(l.items[k].name), STR_FMT(l.items[k].version), STR_FMT(name), STR_FMT(version));
			direct += l.items[k].use == PACKAGE_DIRECT;
		}
		assert_false(rest.p);
		if (direct != rows[i].direct)
			fail_msg("%s: %zu direct", rows[i].file, direct);
		arena_release(&a);
	}
}

/* Each line of a package in these begins in a way of its own, so counting is a second reading. */
static void as_counted(void **state)
{
	static const struct { const char *file, *mark; size_t count, direct; } rows[] = { { "pip-compile/requirements.txt", "==", 15, 2 }, { "pipenv/Pipfile.lock", "\"version\": \"==", 10, 0 } };
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a;
		size_t marks = 0, direct = 0;
		arena_init(&a, 8 << 20);
		struct package_list l = read_file(&a, rows[i].file);
		for (struct str rest = file(&a, rows[i].file); rest.p;)
			marks += str_find(str_split(&rest, '\n'), str_z(rows[i].mark)) != SIZE_MAX;
		for (size_t k = 0; k < l.count; k++)
			direct += l.items[k].use == PACKAGE_DIRECT;
		assert_int_equal(l.count, marks);
		assert_int_equal(l.count, rows[i].count);
		assert_int_equal(direct, rows[i].direct);
		arena_release(&a);
	}
}

/* --- more than a file ---------------------------------------------------------------------------------------------------------------------------- */

static void which_files(void **state)
{
	static const char *const are[] = { "package-lock.json", "a/b/yarn.lock", "requirements.txt", "x/requirements-dev.txt", "Orders.csproj", "go.mod", "Package.resolved", "gradle.lockfile" };
	static const char *const are_not[] = { "", "package.json", "a/go.mod/x", "yarn.lock.bak", "requirements.in", "Cargo.toml", "lock" };
	struct arena a;
	struct err e = { 0 };
	struct package_list l = { 0 };
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(are); i++)
		assert_true(packages_is_lock(str_z(are[i])));
	for (size_t i = 0; i < ARRAY_LEN(are_not); i++)
		assert_false(packages_is_lock(str_z(are_not[i])));
	assert_true(str_eq(packages_better(STR("a/go.sum")), STR("go.mod")));
	assert_true(str_eq(packages_better(STR("go.mod")), STR("")) && str_eq(packages_better(STR("x.csproj")), STR("packages.lock.json")));
	arena_init(&a, 4096);
	assert_false(packages_read(&l, &a, STR("package.json"), STR("{}"), &e));
	assert_int_equal(e.code, ERR_NOT_FOUND);
	arena_release(&a);
}

/* A pnpm-lock.yaml beyond what YAML is read at once; an arena too small for what a file tells leaves the list as it was. */
static void large_files(void **state)
{
	struct arena a;
	struct buf b;
	struct err e = { 0 };
	struct package_list l = { 0 };
	(void)state;
	buf_init(&b, 16 << 20);
	buf_printf(&b, "lockfileVersion: '9.0'\n\nimporters:\n\n  .:\n    dependencies:\n      p77:\n        specifier: ^1\n        version: 1.0.77(q@1)\n\npackages:\n");
	for (int i = 0; i < 30000; i++)
		buf_printf(&b, "\n  p%d@1.0.%d:\n    resolution: {integrity: sha512-00000000000000000000000000000000000000000000}\n", i, i);
	arena_init(&a, 32 << 20);
	if (!packages_read(&l, &a, STR("pnpm-lock.yaml"), buf_str(&b), &e))
		fail_msg("%u: %s", e.line, e.message);
	assert_int_equal(l.count, 30000);
	assert_true(l.items[77].use == PACKAGE_DIRECT && l.items[78].use == PACKAGE_TRANSITIVE);
	assert_int_equal(l.items[29999].line, 11 + 2 + 3 * 29999);
	buf_printf(&b, "\n  broken@1.0.0: [\n");
	l.count = 5;
	assert_false(packages_read(&l, &a, STR("pnpm-lock.yaml"), buf_str(&b), &e));
	assert_true(l.count == 5 && e.code == ERR_FILE_INVALID && e.line > 90000);
	arena_release(&a);
	arena_init(&a, 4096);
	l = (struct package_list){ 0 };
	err_clear(&e);
	buf_clear(&b);
	for (int i = 0; i < 1000; i++)
		buf_printf(&b, "p%d==1\n", i);
	assert_false(packages_read(&l, &a, STR("requirements.txt"), buf_str(&b), &e));
	assert_true(l.count == 0 && e.code == ERR_TOO_LARGE);
	arena_release(&a);
	buf_release(&b);
}

/* The purl specification's test suite has these, in its types' names. */
static void package_urls(void **state)
{
	static const struct { enum package_type type; const char *name, *version, *purl; } rows[] = {
		{ PACKAGE_NPM, "@angular/animation", "12.3.1", "pkg:npm/%40angular/animation@12.3.1" },
		{ PACKAGE_NPM, "foobar", "12.3.1", "pkg:npm/foobar@12.3.1" },
		{ PACKAGE_MAVEN, "org.apache.commons:io", "1.3.4", "pkg:maven/org.apache.commons/io@1.3.4" },
		{ PACKAGE_MAVEN, "HTTPClient:HTTPClient", "0.3-3", "pkg:maven/HTTPClient/HTTPClient@0.3-3" },
		{ PACKAGE_MAVEN, "mygroup:myartifact", "1.0.0 Final", "pkg:maven/mygroup/myartifact@1.0.0%20Final" },
		{ PACKAGE_MAVEN, "org.apache.commons:io", "", "pkg:maven/org.apache.commons/io" },
		{ PACKAGE_GOLANG, "google.golang.org/genproto", "abcdedf", "pkg:golang/google.golang.org/genproto@abcdedf" },
		{ PACKAGE_GOLANG, "github.com/BurntSushi/toml", "v2.0.0+incompatible", "pkg:golang/github.com/burntsushi/toml@v2.0.0%2Bincompatible" },
		{ PACKAGE_NUGET, "EnterpriseLibrary.Common", "6.0.1304", "pkg:nuget/EnterpriseLibrary.Common@6.0.1304" },
		{ PACKAGE_PYPI, "django-package", "1.11.1.dev1", "pkg:pypi/django-package@1.11.1.dev1" },
		{ PACKAGE_CONAN, "cctz", "2.3", "pkg:conan/cctz@2.3" },
		{ PACKAGE_SWIFT, "github.com/Alamofire/Alamofire", "5.4.3", "pkg:swift/github.com/Alamofire/Alamofire@5.4.3" },
		{ PACKAGE_COMPOSER, "Laravel/Laravel", "5.5.0", "pkg:composer/laravel/laravel@5.5.0" },
		{ PACKAGE_HEX, "phoenix_html", "2.13.3", "pkg:hex/phoenix_html@2.13.3" },
		{ PACKAGE_CARGO, "rand", "0.7.2", "pkg:cargo/rand@0.7.2" },
		{ PACKAGE_GEM, "ruby-advisory-db-check", "0.12.4", "pkg:gem/ruby-advisory-db-check@0.12.4" },
		{ PACKAGE_PUB, "characters", "1.2.0", "pkg:pub/characters@1.2.0" },
		{ PACKAGE_NPM, "a", "git+https://x/y#z", "pkg:npm/a@git%2Bhttps:%2F%2Fx%2Fy%23z" },
		{ PACKAGE_GOLANG, "/a//b/", "v1", "pkg:golang/a/b@v1" },
		{ PACKAGE_PYPI, "\xc3\xa4", "1", "pkg:pypi/%C3%A4@1" },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct buf b;
		struct package p = { .type = rows[i].type, .name = str_z(rows[i].name), .version = str_z(rows[i].version) };
		buf_init(&b, 1024);
		package_purl(&b, &p);
		if (!str_eq(buf_str(&b), str_z(rows[i].purl)))
			fail_msg("%s gives %.*s", rows[i].purl, STR_FMT(buf_str(&b)));
		buf_release(&b);
	}
}

static void capabilities(void **state)
{
	static const struct { enum package_type type; const char *name; enum capability capability; } rows[] = {
		{ PACKAGE_NPM, "axios", CAPABILITY_HTTP_CLIENT }, { PACKAGE_NPM, "axio", CAPABILITY_NONE }, { PACKAGE_NPM, "axioss", CAPABILITY_NONE }, { PACKAGE_NPM, "@opentelemetry/instrumentation-pg", CAPABILITY_TRACING },
		{ PACKAGE_PYPI, "axios", CAPABILITY_NONE }, { PACKAGE_MAVEN, "io.grpc:grpc-netty", CAPABILITY_GRPC }, { PACKAGE_NUGET, "newtonsoft.JSON", CAPABILITY_JSON }, { PACKAGE_NUGET, "Serilog", CAPABILITY_LOGGING },
		{ PACKAGE_NUGET, "protobuf-net.Grpc", CAPABILITY_GRPC }, { PACKAGE_NUGET, "protobuf-net.Core", CAPABILITY_PROTOBUF }, { PACKAGE_GOLANG, "github.com/IBM/sarama", CAPABILITY_KAFKA }, { PACKAGE_NPM, "", CAPABILITY_NONE },
		{ PACKAGE_MAVEN, "io.grpc", CAPABILITY_NONE }, { PACKAGE_SWIFT, "github.com/vapor/vapor", CAPABILITY_WEB_FRAMEWORK },
	};
	size_t count, by_kind[CAPABILITIES] = { 0 }, by_type[PACKAGE_TYPES] = { 0 };
	const struct capability_row *table = capability_rows(&count);
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (packages_capability(rows[i].type, str_z(rows[i].name)) != rows[i].capability)
			fail_msg("%s is %s", rows[i].name, capability_name(packages_capability(rows[i].type, str_z(rows[i].name))));
	for (size_t i = 0; i < count; i++) {
		struct str name = str_z(table[i].name);
		if (i && capability_order(table[i - 1].type, str_z(table[i - 1].name), table[i].type, name) >= 0)
			fail_msg("%s stands behind %s, or twice", table[i].name, table[i - 1].name);
		if (name.len > CAPABILITY_NAME_MAX || packages_capability(table[i].type, name) != table[i].capability)
			fail_msg("%s is not found", table[i].name);
		by_kind[table[i].capability]++;
		by_type[table[i].type]++;
	}
	assert_true(count >= 250);
	for (size_t i = 1; i < CAPABILITIES; i++)
		assert_true(by_kind[i] > 0 && *capability_name((enum capability)i) && *capability_meaning((enum capability)i));
	for (size_t i = 0; i < PACKAGE_TYPES; i++) {
		assert_true(by_type[i] > 0);
		assert_true(i == 0 || strcmp(package_type_name((enum package_type)(i - 1)), package_type_name((enum package_type)i)) < 0);
	}
	/* As long as it may be, and longer. */
	char name[CAPABILITY_NAME_MAX + 1];
	memset(name, 'a', sizeof(name));
	assert_int_equal(packages_capability(PACKAGE_NPM, str_from(name, CAPABILITY_NAME_MAX)), CAPABILITY_NONE);
	assert_int_equal(packages_capability(PACKAGE_NPM, str_from(name, sizeof(name))), CAPABILITY_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(what_files_tell), cmocka_unit_test(given_up), cmocka_unit_test(wrong_files), cmocka_unit_test(as_tools_list), cmocka_unit_test(as_counted), cmocka_unit_test(which_files),
		cmocka_unit_test(large_files), cmocka_unit_test(package_urls), cmocka_unit_test(capabilities) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
