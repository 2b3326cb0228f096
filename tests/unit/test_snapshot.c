/* The snapshot: compiled from a fleet and compared with tests/golden/snapshot/good.json (UPDATE_GOLDEN=1 writes it anew), there and back,
 * routes by path, what decoding refuses. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include "base/check.h"
#include "base/json.h"
#include "model/snapshot.h"
#include <stdlib.h>

static struct arena memory;

static struct str source(const char *path)
{
	const char *root = getenv("SOURCE_ROOT");
	return arena_printf(&memory, "%s/%s", root ? root : ".", path);
}

static uint16_t port_of(void *ctx, struct str caller, struct str callee)
{
	(void)ctx;
	return (uint16_t)(18000 + caller.len * 16 + callee.len);
}

static const struct endpoint *endpoints_of(void *ctx, struct str service, size_t *n)
{
	static struct endpoint two[2];
	(void)ctx;
	*n = 0;
	if (!str_eq(service, STR("invoicing")))
		return NULL;
	two[0] = (struct endpoint){ STR("invoicing-1"), { .family = SYS_IPV4, .port = 20001, .ip = { 127, 0, 0, 1 } }, INSTANCE_HEALTHY };
	two[1] = (struct endpoint){ STR("invoicing-2"), { .family = SYS_NONE }, INSTANCE_BACKOFF };
	*n = 2;
	return two;
}

static const struct operation *operations_of(void *ctx, struct str service, const struct served *served, size_t *n)
{
	static const struct operation two[] = { { STR_INIT("GET /v1/orders"), STR_INIT("GET"), STR_INIT("/v1/orders"), STR_INIT("x-tenant x-dry-run") },
						{ STR_INIT("GET /v1/orders/{id}"), STR_INIT("GET"), STR_INIT("/v1/orders/{id}"), STR_INIT("") } };
	(void)ctx;
	*n = str_eq(service, STR("orders")) && str_eq(served->version, STR("v1")) ? ARRAY_LEN(two) : 0;
	return *n ? two : NULL;
}

static struct snapshot *compiled(void)
{
	struct err e = { 0 };
	struct fleet *f = fleet_load(source("tests/golden/fleet/good"), &e, NULL);
	assert_non_null(f);
	struct snapshot_sources sources = { .fleet = f, .version = 7, .fleet_version = 2, .port = port_of, .endpoints = endpoints_of, .operations = operations_of };
	struct snapshot *s = snapshot_compile(&sources, &e);
	if (!s)
		fail_msg("%s", e.message);
	fleet_free(f); /* the snapshot does not need it */
	return s;
}

static struct str encoded(const struct snapshot *s)
{
	struct buf b;
	buf_init(&b, SNAPSHOT_MAX_BYTES);
	snapshot_encode(s, &b);
	assert_true(buf_ok(&b));
	struct str text = arena_str(&memory, buf_str(&b));
	buf_release(&b);
	return text;
}

/* Indented, one line end at the end, and without the paths of this machine. */
static void put_golden(struct buf *out, struct str json)
{
	struct err e = { 0 };
	struct buf pretty;
	struct json_out o;
	struct str text, root = sys_cwd(&memory);
	const char *source_root = getenv("SOURCE_ROOT");
	if (source_root)
		root = str_z(source_root);
	buf_init(&pretty, 1 << 20);
	json_out_init(&o, &pretty);
	o.pretty = true;
	json_out_value(&o, json_parse(&memory, json, &e));
	text = buf_str(&pretty);
	for (size_t at; (at = str_find(text, root)) != SIZE_MAX; text = str_skip(text, at + root.len)) {
		buf_add(out, str_sub(text, 0, at));
		buf_add(out, STR("ROOT"));
	}
	buf_add(out, text);
	buf_char(out, '\n');
	buf_release(&pretty);
}

static void golden(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct buf got;
	struct str wanted = STR(""), path = source("tests/golden/snapshot/good.json");
	struct snapshot *s = compiled();
	buf_init(&got, 1 << 20);
	put_golden(&got, encoded(s));
	const char *update = getenv("UPDATE_GOLDEN");
	if (update && strcmp(update, "1") == 0) {
		assert_true(sys_write_file(path, buf_str(&got), &e));
	} else {
		assert_true(sys_read_file(path, 1 << 20, &memory, &wanted, &e));
		if (!str_eq(wanted, buf_str(&got)))
			fail_msg("--- expected\n%.*s--- got\n%.*s", STR_FMT(wanted), STR_FMT(buf_str(&got)));
	}
	buf_release(&got);
	snapshot_unref(s);
}

static void there_and_back(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct snapshot *s = compiled();
	struct str text = encoded(s);
	struct snapshot *again = snapshot_decode(text, &e);
	if (!again)
		fail_msg("%s", e.message);
	assert_true(str_eq(text, encoded(again)));
	assert_int_equal(again->version, 7);
	const struct snap_service *orders = snapshot_service(again, STR("orders"));
	assert_non_null(orders);
	assert_int_equal(orders->calls_count, 2);
	assert_true(str_eq(again->services[orders->calls[0].callee_index].name, STR("invoicing")));
	assert_int_equal(orders->calls[0].timeout, 300000000);
	assert_int_equal(orders->calls[1].timeout, 15000000000); /* not said: the gateway's */
	assert_int_equal(orders->calls[0].callee_index, s->services[2].calls[0].callee_index);
	assert_int_equal(orders->serves[0].operations_count, 2);
	assert_true(str_eq(orders->serves[0].operations[0].headers, STR("x-tenant x-dry-run")));
	assert_true(str_eq(orders->serves[0].operations[1].path, STR("/v1/orders/{id}")));
	/* a service that runs elsewhere is its own endpoint */
	const struct snap_service *stripe = snapshot_service(again, STR("stripe"));
	assert_int_equal(stripe->endpoints_count, 1);
	assert_int_equal(stripe->endpoints[0].address.port, 9999);
	assert_int_equal(stripe->endpoints[0].state, INSTANCE_HEALTHY);
	assert_null(snapshot_service(again, STR("nobody")));
	snapshot_unref(again);
	snapshot_unref(s);
}

static void references(void **state)
{
	(void)state;
	struct snapshot *s = compiled();
	assert_ptr_equal(snapshot_ref(s), s);
	snapshot_unref(s);
	assert_int_equal(s->version, 7);
	snapshot_unref(s);
	snapshot_unref(NULL);
}

static void routes(void **state)
{
	(void)state;
	struct served serves[] = { { .version = STR("v1"), .path = STR("/v1") }, { .version = STR("v1-admin"), .path = STR("/v1/admin") } };
	struct served all[] = { { .version = STR(""), .path = STR("/") } };
	const struct snap_service s = { .serves = serves, .serves_count = 2 }, t = { .serves = all, .serves_count = 1 };
	assert_ptr_equal(snapshot_route(&s, STR("/v1")), &serves[0]);
	assert_ptr_equal(snapshot_route(&s, STR("/v1/orders")), &serves[0]);
	assert_ptr_equal(snapshot_route(&s, STR("/v1/admin/x")), &serves[1]);
	assert_ptr_equal(snapshot_route(&s, STR("/v1/administrator")), &serves[0]);
	assert_null(snapshot_route(&s, STR("/v10")));
	assert_null(snapshot_route(&s, STR("/")));
	assert_ptr_equal(snapshot_route(&t, STR("/")), &all[0]);
	assert_ptr_equal(snapshot_route(&t, STR("/anything")), &all[0]);
}

static void first_byte_not_below_what_is_written(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct dependency slow = { .service = STR("b"), .timeout = 25000000000 };
	struct service services[2] = { { .name = STR("a"), .calls = &slow, .calls_count = 1 }, { .name = STR("b") } };
	struct fleet f = { .name = STR("x"), .services = services, .services_count = 2 };
	f.gateway.listen = (struct sys_addr){ .family = SYS_IPV4, .port = 1, .ip = { 127, 0, 0, 1 } };
	f.gateway.timeout = 15000000000;
	f.gateway.connect_timeout = 1000000000;
	struct snapshot_sources sources = { .fleet = &f, .version = 1, .port = port_of };
	struct snapshot *s = snapshot_compile(&sources, &e);
	assert_int_equal(s->gateway.first_byte_timeout, 25000000000);
	/* without `serves` one entry takes every path; without `expose` everything is reachable */
	assert_int_equal(s->services[1].serves_count, 1);
	assert_true(str_eq(s->services[1].serves[0].path, STR("/")));
	assert_true(str_empty(s->services[1].serves[0].version));
	assert_true(s->services[0].exposed);
	snapshot_unref(s);
	f.gateway.first_byte_timeout = 2000000000;
	s = snapshot_compile(&sources, &e);
	assert_int_equal(s->gateway.first_byte_timeout, 2000000000);
	snapshot_unref(s);
}

#define HEAD "{\"version\":1,\"fleet\":\"x\",\"gateway\":{\"listen\":\"127.0.0.1:1\",\"connect_timeout_ns\":1,\"first_byte_timeout_ns\":1,\"timeout_ns\":1}"

static void decoding_refuses(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"", "{", "[]", "null", "{}", "{\"version\":1}", "{\"version\":-1,\"fleet\":\"x\"}",
		HEAD ",\"services\":{}}",
		HEAD ",\"services\":[1]}",
		HEAD ",\"services\":[{\"name\":\"B\"}]}",
		HEAD ",\"services\":[{\"name\":\"b\"},{\"name\":\"a\"}]}",
		HEAD ",\"services\":[{\"name\":\"a\"},{\"name\":\"a\"}]}",
		HEAD ",\"services\":[{\"name\":\"a\",\"run\":{}}]}",
		HEAD ",\"services\":[{\"name\":\"a\",\"serves\":[{\"version\":\"v1\",\"path\":\"/\",\"operations\":[{\"name\":\"x\",\"method\":\"GET\",\"path\":\"x\"}]}]}]}",
		HEAD ",\"services\":[{\"name\":\"a\",\"serves\":[{\"version\":\"v1\",\"path\":\"/\",\"operations\":[{\"name\":\"\",\"method\":\"GET\",\"path\":\"/\"}]}]}]}",
		HEAD ",\"services\":[{\"name\":\"a\",\"run\":{\"command\":[\"x\\u0000\"]}}]}",
		HEAD ",\"services\":[{\"name\":\"a\",\"run\":{\"command\":[\"x\"],\"instances\":0}}]}",
		HEAD ",\"services\":[{\"name\":\"a\",\"run\":{\"command\":[\"x\"],\"cpus\":-1}}]}",
		HEAD ",\"services\":[{\"name\":\"a\",\"run\":{\"command\":[\"x\"],\"health\":\"x\"}}]}",
		HEAD ",\"services\":[{\"name\":\"a\",\"serves\":[{\"version\":\"v1\"}]}]}",
		HEAD ",\"services\":[{\"name\":\"a\",\"serves\":[{\"version\":1,\"path\":\"/\"}]}]}",
		HEAD ",\"services\":[{\"name\":\"a\",\"calls\":[{\"callee\":\"b\"}]}]}",
		HEAD ",\"services\":[{\"name\":\"a\",\"calls\":[{\"callee\":\"b\",\"listen\":\"127.0.0.1:0\"}]}]}",
		HEAD ",\"services\":[{\"name\":\"a\",\"calls\":[{\"callee\":\"b\",\"listen\":\"example.com:1\"}]}]}",
		HEAD ",\"services\":[{\"name\":\"a\",\"endpoints\":[{\"instance\":\"a-1\",\"state\":\"healthy\"}]}]}",
		HEAD ",\"services\":[{\"name\":\"a\",\"endpoints\":[{\"instance\":\"a-1\",\"state\":\"jolly\"}]}]}",
		HEAD ",\"services\":[{\"name\":\"a\",\"exposed\":\"yes\"}]}",
	};
	struct err e = { 0 };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		err_clear(&e);
		struct snapshot *s = snapshot_decode(str_z(bad[i]), &e);
		if (s || !err_is_set(&e))
			fail_msg("accepted: %s", bad[i]);
	}
	err_clear(&e);
	struct snapshot *s = snapshot_decode(STR(HEAD ",\"from_the_future\":[{}],\"services\":[{\"name\":\"a\",\"calls\":[{\"callee\":\"b\",\"listen\":\"127.0.0.1:1\"}]}]}"), &e);
	if (!s)
		fail_msg("%s", e.message);
	assert_int_equal(s->services[0].calls[0].callee_index, UINT32_MAX);
	snapshot_unref(s);
}

static void states(void **state)
{
	(void)state;
	enum instance_state s;
	for (int i = INSTANCE_STARTING; i <= INSTANCE_STOPPED; i++) {
		assert_true(instance_state_parse(&s, str_z(instance_state_name((enum instance_state)i))));
		assert_int_equal(s, i);
	}
	assert_false(instance_state_parse(&s, STR("jolly")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden), cmocka_unit_test(there_and_back), cmocka_unit_test(references), cmocka_unit_test(routes),
		cmocka_unit_test(first_byte_not_below_what_is_written), cmocka_unit_test(decoding_refuses), cmocka_unit_test(states),
	};
	sys_init();
	arena_init(&memory, 64 << 20);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_release(&memory);
	return failed;
}
