/* The schema registry over a real socket: what the scenarios with real clients (tests/flow/test_schema_registry.py) do not reach, above all hostile requests,
 * limits, and files that are damaged, of another version, or not to be written. */
#include "contract/registry/registry.h"
#include "http_raw.h"
#include "net/http_server.h"
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

static struct loop *l;
static struct http_server *server;
static struct sys_addr address;
static struct registry *registry;
static char folder[] = "/tmp/registry-XXXXXX", file[64];
static struct buf answer; /* of the last request: its body */

static void handle(void *ctx, struct http_exchange *x)
{
	(void)ctx;
	registry_handle(registry, x, http_request(x)->path);
}

static void open_registry(struct err *e) { registry = registry_new(str_z(file), e); }

static int setup(void **state)
{
	struct err e = { 0 };
	struct sys_addr any;
	struct http_server_options o = { .max_body = 4 << 20, .max_arena = 64 << 20 };
	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(file, sizeof(file), "%s/registry.db", folder);
	buf_init(&answer, 16 << 20);
	l = loop_new();
	server = http_server_new(l, &o, handle, NULL);
	assert_true(sys_addr_parse(&any, STR("127.0.0.1:0"), &e));
	assert_true(http_server_listen(server, &any, &address, &e));
	open_registry(&e);
	assert_false(err_is_set(&e));
	return 0;
}

static int teardown(void **state)
{
	char path[80];
	(void)state;
	registry_free(registry);
	http_server_free(server);
	loop_free(l);
	buf_release(&answer);
	unlink(file);
	snprintf(path, sizeof(path), "%s-wal", file);
	unlink(path);
	snprintf(path, sizeof(path), "%s-shm", file);
	unlink(path);
	return rmdir(folder);
}

/* Sends a request; its status. The answer's body is in `answer`. */
static int ask(const char *method, const char *path, struct str body)
{
	struct raw r;
	struct buf head;
	uint64_t status = 0;
	buf_init(&head, 64 << 10);
	buf_printf(&head, "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n", method, path, body.len);
	raw_adopt(&r, l, sys_connect(&address));
	RUN_UNTIL(l, sys_connected(r.fd) != SYS_AGAIN);
	raw_send(l, &r, buf_str(&head));
	raw_send(l, &r, body);
	RUN_UNTIL(l, r.eof || r.reset);
	struct str text = buf_str(&r.got);
	size_t end = str_find(text, STR("\r\n\r\n"));
	assert_true(end != SIZE_MAX && str_to_u64(str_sub(text, 9, 12), &status));
	buf_clear(&answer);
	buf_add(&answer, str_skip(text, end + 4));
	raw_close(&r);
	buf_release(&head);
	return (int)status;
}

static int post(const char *path, const char *body) { return ask("POST", path, str_z(body)); }
static int get(const char *path) { return ask("GET", path, STR("")); }
static bool says(const char *words) { return str_find(buf_str(&answer), str_z(words)) != SIZE_MAX; }

static void expect(int status, int wanted, const char *words)
{
	if (status != wanted || !says(words))
		print_error("%d, wanted %d with %s: %.*s\n", status, wanted, words, STR_FMT(str_sub(buf_str(&answer), 0, 400)));
	assert_int_equal(status, wanted);
	assert_true(says(words));
}

static void reopen(void)
{
	struct err e = { 0 };
	registry_free(registry);
	open_registry(&e);
	assert_false(err_is_set(&e));
}

/* What was answered is in the file, and ids go on behind it. */
static void kept(void **state)
{
	(void)state;
	expect(post("/subjects/kept/versions", "{\"schema\":\"\\\"int\\\"\"}"), 200, "{\"id\":1}");
	expect(ask("PUT", "/config/kept", STR("{\"compatibility\":\"full\"}")), 200, "{\"compatibility\":\"FULL\"}");
	reopen();
	expect(get("/subjects/kept/versions/latest"), 200, "{\"subject\":\"kept\",\"version\":1,\"id\":1,\"schema\":\"\\\"int\\\"\"}");
	expect(get("/config/kept"), 200, "FULL");
	expect(post("/subjects/kept/versions", "{\"schema\":\"\\\"long\\\"\"}"), 409, "{\"error_code\":409,\"message\":\"Schema being registered is incompatible");
	expect(ask("DELETE", "/subjects/kept", STR("")), 200, "[1]");
	expect(ask("DELETE", "/subjects/kept?permanent=true", STR("")), 200, "[1]");
	reopen();
	expect(get("/schemas/ids/1"), 404, "40403");
	expect(post("/subjects/kept/versions", "{\"schema\":\"\\\"int\\\"\"}"), 200, "{\"id\":2}"); /* never 1 again */
}

/* Names and texts that want to be something else; nothing of them is taken for SQL, a path or a header. */
static void hostile(void **state)
{
	static const char *const subjects[] = { "a'%20OR%201=1--", "%22;DROP%20TABLE%20schemas;--", "..%2F..%2Fetc%2Fpasswd", "%F0%9F%8E%BA", "%25%73", ":.ctx:s" };
	char path[128];
	(void)state;
	for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++) {
		snprintf(path, sizeof(path), "/subjects/%s/versions", subjects[i]);
		expect(post(path, "{\"schema\":\"\\\"int\\\"\"}"), 200, "{\"id\":");
		expect(get(path), 200, "[1]");
	}
	expect(get("/subjects"), 200, "a' OR 1=1--");
	expect(get("/contexts"), 200, "[\".\",\".ctx\"]");
	expect(get("/subjects?subjectPrefix=%25"), 200, "[\"%s\"]");
	expect(post("/subjects/a%0Db/versions", "{\"schema\":\"\\\"int\\\"\"}"), 422, "42208");
	expect(post("/subjects/%FF/versions", "{\"schema\":\"\\\"int\\\"\"}"), 422, "42208");
	expect(post("/subjects/a%00b/versions", "{\"schema\":\"\\\"int\\\"\"}"), 400, "escape");
	expect(post("/subjects/%zz/versions", "{\"schema\":\"\\\"int\\\"\"}"), 400, "escape");
	expect(get("/subjects//versions"), 404, "404");
	expect(get("/schemas/ids/99999999999999999999"), 404, "40403");
	expect(get("/subjects?limit=-1&offset=99999999999999999999"), 200, "[");
	expect(post("/subjects/x/versions", "null"), 400, "object");
	expect(post("/subjects/x/versions", "{\"schema\":{}}"), 422, "42201");
	expect(post("/subjects/x/versions", "{\"schema\":\"\\\"int\\\"\",\"schemaType\":7}"), 422, "42201");
	expect(post("/subjects/x/versions", "{\"schema\":\"\\\"int\\\"\",\"references\":[{\"name\":\"n\",\"subject\":\"kept\",\"version\":2147483648}]}"), 422, "42201");
	expect(post("/subjects/x/versions", "{\"schema\":\"\\\"int\\\"\",\"references\":{}}"), 422, "42201");
	expect(get("/subjects/x/versions"), 404, "40401");
	expect(ask("PATCH", "/subjects", STR("")), 405, "405");
}

/* Nested too deeply, too long, too many: an answer, in time. */
static void limits(void **state)
{
	enum { LEVELS = 20000, BRANCHES = 5000 };
	struct buf b;
	(void)state;
	buf_init(&b, 4 << 20);
	buf_add(&b, STR("{\"schema\":\""));
	for (int i = 0; i < LEVELS; i++)
		buf_add(&b, STR("{\\\"type\\\":\\\"array\\\",\\\"items\\\":"));
	buf_add(&b, STR("\"}"));
	expect(ask("POST", "/subjects/deep/versions", buf_str(&b)), 422, "42201");
	buf_clear(&b);
	buf_add(&b, STR("{\"schema\":\"[\\\"int\\\""));
	for (int i = 0; i < BRANCHES; i++)
		buf_printf(&b, ",{\\\"type\\\":\\\"fixed\\\",\\\"name\\\":\\\"F%d\\\",\\\"size\\\":1}", i);
	buf_add(&b, STR("]\"}"));
	expect(ask("POST", "/subjects/wide/versions", buf_str(&b)), 422, "branches");
	buf_clear(&b);
	for (int i = 0; i < 100; i++)
		buf_char(&b, '[');
	expect(ask("POST", "/subjects/deep/versions", buf_str(&b)), 400, "400");
	buf_release(&b);
}

/* Versions of a subject are limited; a permanent delete makes room. */
static void many_versions(void **state)
{
	sqlite3 *db;
	struct err e = { 0 };
	(void)state;
	expect(ask("PUT", "/config/many", STR("{\"compatibility\":\"NONE\"}")), 200, "NONE");
	expect(post("/subjects/many/versions", "{\"schema\":\"\\\"float\\\"\"}"), 200, "id");
	/* The others go into the file directly: the limit counts rows. */
	registry_free(registry);
	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db,
				      "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)"
				      " INSERT INTO versions (subject, version, id) SELECT 'many', i, (SELECT max(id) FROM schemas) FROM n",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	sqlite3_close(db);
	open_registry(&e);
	assert_false(err_is_set(&e));
	expect(post("/subjects/many/versions", "{\"schema\":\"\\\"string\\\"\"}"), 422, "has 2000 versions already");
	expect(ask("DELETE", "/subjects/many/versions/7", STR("")), 200, "7");
	expect(ask("DELETE", "/subjects/many/versions/7?permanent=true", STR("")), 200, "7");
	expect(post("/subjects/many/versions", "{\"schema\":\"\\\"string\\\"\"}"), 200, "id");
}

/* A file of another version is left alone, and said. */
static void other_version(void **state)
{
	sqlite3 *db;
	struct err e = { 0 };
	(void)state;
	registry_free(registry);
	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 9", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	open_registry(&e);
	assert_non_null(strstr(e.message, "another version of Pleach"));
	expect(get("/subjects"), 500, "another version of Pleach");
	expect(post("/subjects/x/versions", "{\"schema\":\"\\\"int\\\"\"}"), 500, "50001");
	registry_free(registry);
	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 1", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	err_clear(&e);
	open_registry(&e);
	assert_false(err_is_set(&e));
	expect(get("/subjects"), 200, "kept");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kept), cmocka_unit_test(hostile), cmocka_unit_test(limits), cmocka_unit_test(many_versions), cmocka_unit_test(other_version),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
