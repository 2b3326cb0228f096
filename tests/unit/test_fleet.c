/* pleach.yaml and service.yaml: every directory of tests/golden/fleet is loaded, and errors (or warnings) are compared with its
 * `expected` file, place and wording included. UPDATE_GOLDEN=1 writes those files, and docs/files.md, anew. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include "base/check.h"
#include "model/fleet.h"
#include "model/fleet_doc.h"
#include "model/fleet_keys.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define GOLDEN "tests/golden/fleet"

static struct arena memory;

static struct str source(const char *path)
{
	const char *root = getenv("SOURCE_ROOT");
	return arena_printf(&memory, "%s/%s", root ? root : ".", path);
}

static void put_line(struct buf *out, const char *kind, const struct err *e)
{
	buf_printf(out, "%s", kind);
	err_format(e, out);
	buf_char(out, '\n');
}

/* Paths of this machine do not belong into an expectation. */
static void put_without(struct buf *out, struct str text, struct str prefix)
{
	for (size_t at; (at = str_find(text, prefix)) != SIZE_MAX; text = str_skip(text, at + prefix.len)) {
		buf_add(out, str_sub(text, 0, at));
		buf_add(out, STR("ROOT"));
	}
	buf_add(out, text);
}

static void load_case(struct str directory, struct buf *out)
{
	struct buf text, more;
	struct err e = { 0 };
	buf_init(&text, 1 << 20);
	buf_init(&more, 1 << 20);
	struct fleet *f = fleet_load(directory, &e, &more);
	if (f) {
		assert_false(err_is_set(&e));
		for (size_t i = 0; i < f->warnings_count; i++)
			put_line(&text, "warning: ", &f->warnings[i]);
		fleet_free(f);
	} else {
		put_line(&text, "", &e);
		buf_add(&text, buf_str(&more));
	}
	put_without(out, buf_str(&text), fleet_join(&memory, sys_cwd(&memory), directory));
	buf_release(&text);
	buf_release(&more);
}

static bool updating(void)
{
	const char *update = getenv("UPDATE_GOLDEN");
	return update && strcmp(update, "1") == 0;
}

static bool same_as_file(struct str path, struct str got)
{
	struct err e = { 0 };
	struct str wanted = STR("");
	if (updating()) {
		assert_true(sys_write_file(path, got, &e));
		return true;
	}
	if (!sys_read_file(path, 1 << 20, &memory, &wanted, &e))
		print_error("%s\n", e.message);
	if (str_eq(wanted, got))
		return true;
	print_error("%.*s\n--- expected\n%.*s--- got\n%.*s", STR_FMT(path), STR_FMT(wanted), STR_FMT(got));
	return false;
}

static bool one_case(void *ctx, struct str name, bool directory)
{
	int *wrong = ctx;
	struct buf got;
	if (!directory)
		return true;
	struct str path = arena_printf(&memory, "%.*s/%.*s", STR_FMT(source(GOLDEN)), STR_FMT(name));
	buf_init(&got, 1 << 20);
	load_case(path, &got);
	if (!same_as_file(arena_printf(&memory, "%.*s/expected", STR_FMT(path)), buf_str(&got)))
		(*wrong)++;
	buf_release(&got);
	return true;
}

static void golden(void **state)
{
	(void)state;
	int wrong = 0;
	assert_int_equal(sys_list(source(GOLDEN), one_case, &wrong), 0);
	assert_int_equal(wrong, 0);
}

static void good_values(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct fleet *f = fleet_load(source(GOLDEN "/good"), &e, NULL);
	assert_non_null(f);
	assert_int_equal(f->store.age_count, 2);
	assert_true(str_eq(f->store.ages[1].service, STR("audit-*")) && f->store.ages[1].ns == 400 * INT64_C(86400000000000));
	assert_int_equal(f->services_count, 3);
	const struct service *orders = fleet_service(f, STR("orders")), *stripe = fleet_service(f, STR("stripe"));
	assert_non_null(orders);
	assert_non_null(stripe);
	assert_null(fleet_service(f, STR("order")));
	assert_true(str_eq(orders->owner, STR("billing")));
	assert_true(str_ends(orders->directory, STR("/good/services/orders")));
	assert_true(str_ends(orders->run.command[0], STR("/good/services/orders/orders")));
	assert_int_equal(orders->run.command[0].p[0], '/');
	assert_int_equal(orders->run.instances, 1);
	assert_int_equal(orders->run.stop_grace, 10000000000);
	assert_int_equal(orders->calls_count, 2);
	assert_int_equal(orders->calls[0].timeout, 300000000);
	assert_true(str_eq(orders->calls[0].on_failure, STR("later")));
	assert_int_equal(orders->calls[1].timeout, 0);
	assert_int_equal(orders->calls[1].place.line, 9);
	assert_true(str_eq(orders->calls[1].place.file, STR("services/orders/service.yaml")));
	assert_true(str_eq(orders->serves[0].path, STR("/v1")));
	assert_true(str_eq(stripe->address, STR("127.0.0.1:9999")));
	assert_false(stripe->run.present);
	assert_true(str_eq(fleet_team(f, STR("billing"))->contact, STR("#billing")));
	assert_null(fleet_team(f, STR("nobody")));
	fleet_free(f);
}

static void defaults(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct fleet *f = fleet_load(source(GOLDEN "/good"), &e, NULL);
	assert_non_null(f);
	assert_true(sys_addr_is_loopback(&f->gateway.listen));
	assert_int_equal(f->gateway.listen.port, 8080);
	assert_int_equal(f->gateway.first_port, 18100);
	assert_int_equal(f->gateway.timeout, 15000000000);
	assert_int_equal(f->gateway.connect_timeout, 1000000000);
	assert_int_equal(f->gateway.first_byte_timeout, 0);
	assert_int_equal(f->gateway.max_body, 64 << 20);
	assert_null(f->gateway.expose);
	assert_int_equal(f->gateway.trust_count, 2);
	assert_int_equal(f->store.listen.port, 4318);
	assert_int_equal(f->store.grpc.family, SYS_NONE);
	assert_int_equal(f->store.memory, 32 << 20);
	assert_int_equal(f->store.keep_ns, 14 * 86400000000000);
	assert_int_equal(f->store.keep_bytes, (int64_t)20 << 30);
	assert_int_equal(f->control.listen.port, 7070);
	fleet_free(f);
}

/* A directory of its own, gone at the end of the test. */
static struct str temporary(void)
{
	static char path[] = "/tmp/test-fleet-XXXXXX";
	memcpy(path + sizeof(path) - 7, "XXXXXX", 6);
	assert_non_null(mkdtemp(path));
	return arena_str(&memory, str_z(path));
}

static void put_file(struct str root, const char *name, struct str text)
{
	struct err e = { 0 };
	struct str path = fleet_join(&memory, root, str_z(name));
	assert_true(sys_mkdir(fleet_join(&memory, path, STR(".."))) >= 0);
	assert_true(sys_write_file(path, text, &e));
}

static void remove_tree(struct str root)
{
	char command[256];
	snprintf(command, sizeof(command), "rm -r '%.*s'", STR_FMT(root));
	assert_int_equal(system(command), 0);
}

static void the_example_of_the_reference(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct str root = temporary();
	put_file(root, "pleach.yaml", fleet_example_pleach);
	put_file(root, "services/invoicing/service.yaml", fleet_example_service);
	put_file(root, "services/notification/service.yaml", STR("service: notification\nowner: logistics\n"));
	struct fleet *f = fleet_load(root, &e, NULL);
	if (!f)
		fail_msg("%s:%u: %s", e.file, e.line, e.message);
	assert_int_equal(f->warnings_count, 0);
	fleet_free(f);
	remove_tree(root);
}

static void reference(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 1 << 20);
	fleet_reference(&b);
	assert_true(buf_ok(&b));
	assert_true(same_as_file(source("docs/files.md"), buf_str(&b)));
	buf_release(&b);
}

static void the_shop(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct fleet *f = fleet_load(source("examples/shop"), &e, NULL);
	if (!f)
		fail_msg("%s:%u: %s", e.file, e.line, e.message);
	assert_true(f->services_count >= 3);
	assert_non_null(fleet_service(f, STR("orders")));
	fleet_free(f);
}

static void fingerprint(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct str root = temporary();
	put_file(root, "pleach.yaml", STR("fleet: x\nservices: [./*]\n"));
	put_file(root, "a/service.yaml", STR("service: a\n"));
	struct fleet *f = fleet_load(root, &e, NULL);
	assert_non_null(f);
	uint64_t before = fleet_fingerprint(f);
	assert_true(before == fleet_fingerprint(f));
	put_file(root, "b/readme", STR("no service\n"));
	assert_true(before == fleet_fingerprint(f));
	put_file(root, "b/service.yaml", STR("service: b\n"));
	uint64_t added = fleet_fingerprint(f);
	assert_true(before != added);
	put_file(root, "a/service.yaml", STR("service: aa\n"));
	uint64_t changed = fleet_fingerprint(f);
	assert_true(changed != added);
	put_file(root, "pleach.yaml", STR("fleet: xx\nservices: [./*]\n"));
	assert_true(changed != fleet_fingerprint(f));
	fleet_free(f);
	remove_tree(root);
}

static void root_from_within(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct str root = temporary(), found = STR("");
	put_file(root, "pleach.yaml", STR("fleet: x\n"));
	put_file(root, "services/a/src/x.c", STR("\n"));
	assert_true(fleet_find_root(fleet_join(&memory, root, STR("services/a/src")), &memory, &found, &e));
	assert_true(str_eq(found, root));
	assert_true(fleet_find_root(root, &memory, &found, &e));
	remove_tree(root);
	assert_false(fleet_find_root(STR("/"), &memory, &found, &e));
	assert_int_equal(e.code, ERR_NOT_FOUND);
}

static void joining(void **state)
{
	(void)state;
	static const char *const cases[][3] = {
		{ "/a/b", "c", "/a/b/c" }, { "/a/b", "./c/", "/a/b/c" }, { "/a/b", "../c", "/a/c" }, { "/a", "../../../c", "/c" },
		{ "/a/b", "/c//d", "/c/d" }, { "/", "", "/" }, { "/a", "..", "/" }, { "/a/", ".", "/a" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str got = fleet_join(&memory, str_z(cases[i][0]), str_z(cases[i][1]));
		if (!str_eq(got, str_z(cases[i][2])))
			fail_msg("%s + %s: %.*s", cases[i][0], cases[i][1], STR_FMT(got));
	}
}

static void more_errors_than_the_limit(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct buf text, more;
	struct str root = temporary();
	buf_init(&text, 1 << 20);
	buf_init(&more, 1 << 20);
	buf_add(&text, STR("fleet: x\n"));
	for (int i = 0; i < 3 * FLEET_MAX_ERRORS; i++)
		buf_printf(&text, "zzz%d: 1\n", i);
	put_file(root, "pleach.yaml", buf_str(&text));
	assert_null(fleet_load(root, &e, &more));
	assert_int_equal(e.line, 2);
	size_t lines = 0;
	for (size_t i = 0; i < buf_str(&more).len; i++)
		lines += buf_str(&more).p[i] == '\n';
	assert_int_equal(lines, FLEET_MAX_ERRORS); /* the last one counts those beyond */
	buf_release(&text);
	buf_release(&more);
	remove_tree(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden), cmocka_unit_test(good_values), cmocka_unit_test(defaults), cmocka_unit_test(the_example_of_the_reference),
		cmocka_unit_test(reference), cmocka_unit_test(the_shop), cmocka_unit_test(fingerprint), cmocka_unit_test(root_from_within),
		cmocka_unit_test(joining), cmocka_unit_test(more_errors_than_the_limit),
	};
	sys_init();
	arena_init(&memory, 64 << 20);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_release(&memory);
	return failed;
}
