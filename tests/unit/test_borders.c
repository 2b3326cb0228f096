/* Tests that cross team borders: what a test is, what its text leads to, whom it is compared with. */
#include "base/check.h"
#include "contract/borders/borders_impl.h"
#include "gateway/tried.h"
#include "sys/sys.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

/* --- what a file is ---------------------------------------------------------------------------------------------------------------------------- */

static void kinds(void **state)
{
	static const struct { const char *path; bool test; enum border_kind kind; } table[] = {
		{ "order_test.go", true, BORDER_END_TO_END }, { "src/test/java/OrderIT.java", true, BORDER_END_TO_END }, { "e2e/checkout.ts", true, BORDER_END_TO_END },
		{ "tests/data.json", false, 0 }, { "checkout.hurl", true, 0 }, { "docker-compose.test.yml", true, 0 }, { "docker-compose.yml", false, 0 },
		{ "invoicing_contract_test.go", true, BORDER_CONTRACT }, { "InvoicingContractTest.java", true, BORDER_CONTRACT }, { "contractor_test.go", true, BORDER_END_TO_END },
		{ "src/order.c", false, 0 }, { "tests/order.c", true, 0 }, { "testing/order.c", false, 0 }, { "pacts/orders-invoicing.json", true, 0 }, { "tests", false, 0 },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (border_is_test(str_z(table[i].path)) != table[i].test || (table[i].test && border_kind_of(str_z(table[i].path)) != table[i].kind))
			fail_msg("%s", table[i].path);
	assert_true(border_skips(STR("node_modules")) && border_skips(STR(".git")) && !border_skips(STR("src")));
	assert_int_equal(border_mark_of(STR("a.spec.ts"), STR("import { PactV4 } from '@pact-foundation/pact';")), BORDER_MARK_PACT);
	assert_int_equal(border_mark_of(STR("a.spec.ts"), STR("import nock from 'nock';")), BORDER_MARK_MOCK);
	assert_int_equal(border_mark_of(STR("pacts/a.json"), STR("{\"consumer\":{},\"provider\":{},\"interactions\":[]}")), BORDER_MARK_PACT);
	assert_int_equal(border_mark_of(STR("pacts/a.json"), STR("{\"consumer\":{}}")), BORDER_MARK_NONE);
}

/* --- what a text leads to ------------------------------------------------------------------------------------------------------------------------ */

static struct served v1 = { .version = STR_INIT("v1"), .path = STR_INIT("/v1") };
static struct str worker_command[] = { STR_INIT("./worker"), STR_INIT("--port"), STR_INIT("9191") };
static struct service services[] = {
	{ .name = STR_INIT("invoicing"), .owner = STR_INIT("billing"), .serves = &v1, .serves_count = 1, .address = STR_INIT("") },
	{ .name = STR_INIT("order-lines"), .owner = STR_INIT("sales"), .address = STR_INIT("10.0.0.7:9090") },
	{ .name = STR_INIT("orders"), .owner = STR_INIT("sales"), .serves = &v1, .serves_count = 1, .address = STR_INIT("") },
	{ .name = STR_INIT("worker"), .owner = STR_INIT("logistics"), .address = STR_INIT(""), .run = { .command = worker_command, .command_count = 3 } },
};
static struct fleet small = { .services = services, .services_count = ARRAY_LEN(services), .gateway = { .listen = { .port = 8080 } } };

static void mentions(void **state)
{
	static const struct { const char *path, *text, *service; enum border_form form; } table[] = {
		{ "a.py", "base = os.environ[\"INVOICING_URL\"]", "invoicing", BORDER_VARIABLE },
		{ "a.py", "os.environ[\"INVOICING_URL\"] = stub.url", NULL, 0 },
		{ "a.sh", "curl $ORDER_LINES_URL/x", "order-lines", BORDER_VARIABLE },
		{ "a.sh", "INVOICING_URL=http://127.0.0.1:1234 ./run", NULL, 0 },
		{ "a.sh", ": ${INVOICING_HOST:?}", "invoicing", BORDER_VARIABLE },
		{ "a.go", "t.Setenv(\"INVOICING_URL\", s.URL)", NULL, 0 },
		{ "a.go", "if os.Getenv(\"INVOICING_URL\") == \"\" {", "invoicing", BORDER_VARIABLE },
		{ "a.ts", "await fetch('http://invoicing/v1/x')", "invoicing", BORDER_HOST },
		{ "a.ts", "await fetch('http://invoicing-old/v1/x')", NULL, 0 },
		{ "a.ts", "connect('invoicing:8080')", "invoicing", BORDER_HOST },
		{ "a.ts", "const x = { invoicing: 1 }", NULL, 0 },
		{ "a.ts", "http.get(`${BASE}/invoicing/v1/invoices`)", "invoicing", BORDER_PATH },
		{ "a.ts", "http.get('/invoicing/v10/invoices')", NULL, 0 },
		{ "a.ts", "get('/orders')", NULL, 0 },
		{ "a.ts", "get('/v1/orders/v1')", NULL, 0 },
		{ "a.hurl", "GET http://localhost:8080/invoicing/invoices", "invoicing", BORDER_PATH },
		{ "a.hurl", "GET http://localhost:8081/invoicing/invoices", NULL, 0 },
		{ "a.hurl", "GET http://localhost:8081/invoicing/v1/invoices", "invoicing", BORDER_PATH },
		{ "a.hurl", "GET {{base}}/invoicing/v1/invoices", "invoicing", BORDER_PATH },
		{ "a.py", "from invoicing_pb2_grpc import InvoicingStub", "invoicing", BORDER_CLIENT },
		{ "a.ts", "import { Client } from '@shop/order-lines-client'", "order-lines", BORDER_CLIENT },
		{ "a.java", "import com.shop.invoicing.client.Invoices;", "invoicing", BORDER_CLIENT },
		{ "a.go", "\t\"example.com/shop/invoicing/client\"", "invoicing", BORDER_CLIENT },
		{ "a.java", "InvoicingClient c = mock();", NULL, 0 },
		{ "a.c", "#include \"invoicing_client.h\"", "invoicing", BORDER_CLIENT },
		{ "a.py", "url = 'http://10.0.0.7:9090/x'", "order-lines", BORDER_PORT },
		{ "a.py", "url = 'http://10.0.0.8:9090/x'", NULL, 0 },
		{ "a.py", "url = 'http://localhost:9191'", "worker", BORDER_PORT },
		{ "docker-compose.test.yml", "services:\n  invoicing:\n", "invoicing", BORDER_COMPOSE },
		{ "docker-compose.test.yml", "    depends_on:\n      - invoicing\n", "invoicing", BORDER_COMPOSE },
		{ "docker-compose.test.yml", "    image: shop/invoicing:1\n", "invoicing", BORDER_COMPOSE },
		{ "a.ts", "// fetch('http://invoicing/v1')", NULL, 0 },
		{ "a.py", "# http://invoicing/v1", NULL, 0 },
		{ "a.py", "print('the invoicing of orders')", NULL, 0 },
	};
	(void)state;
	struct border_names n;
	assert_true(border_names_init(&n, &small));
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct border_touch out[4];
		size_t count = border_mentions(&n, str_z(table[i].path), str_z(table[i].text), out, ARRAY_LEN(out));
		bool right = table[i].service ? count == 1 && str_eq(out[0].service, str_z(table[i].service)) && out[0].form == table[i].form : !count;
		if (!right)
			fail_msg("%s: %zu mentions, the first of %.*s in the form %d", table[i].text, count, count ? (int)out[0].service.len : 0, count ? out[0].service.p : "", count ? (int)out[0].form : -1);
	}
	struct border_touch out[1];
	assert_int_equal(border_mentions(&n, STR("a.sh"), STR("\n\ncurl $INVOICING_URL $ORDERS_URL\r\n"), out, 1), 1); /* no more than there is room for */
	assert_int_equal(out[0].line, 3);
	assert_true(str_eq(out[0].text, STR("INVOICING_URL")));
	border_names_release(&n);
}

static void crossing(void **state)
{
	(void)state;
	struct border_touch touches[2] = { { .service = STR("orders"), .owner = STR("sales"), .line = 3 }, { .service = STR("invoicing"), .owner = STR("billing"), .line = 7 } };
	struct border_test t = { .touches = touches, .touch_count = 2, .owners = { STR("sales") }, .owner_count = 1 };
	assert_true(border_crosses(&t) && !touches[0].foreign && touches[1].foreign && t.line == 7);
	t.touch_count = 1;
	assert_false(border_crosses(&t));
	t.owner_count = 0; /* nobody is known: services of two teams are too many for one */
	assert_false(border_crosses(&t));
	t.touch_count = 2;
	assert_true(border_crosses(&t) && touches[0].foreign && t.line == 3);
	t.owners[1] = STR("billing");
	t.owner_count = 2;
	assert_false(border_crosses(&t));
	touches[1].owner = STR(""); /* nobody's service has no border */
	t.owner_count = 1;
	assert_false(border_crosses(&t));
}

/* --- files --------------------------------------------------------------------------------------------------------------------------------------- */

static struct str root;
static struct arena texts;

static void put(const char *path, const char *text)
{
	struct err e = { 0 };
	struct str full = arena_printf(&texts, "%.*s/%s", STR_FMT(root), path);
	size_t slash = full.len;
	while (full.p[slash - 1] != '/')
		slash--;
	assert_true(sys_mkdir(str_sub(full, 0, slash - 1)) >= 0);
	if (!sys_write_file(full, str_z(text), &e))
		fail_msg("%s", e.message);
}

static int make_fleet(void **state)
{
	static char folder[] = "/tmp/borders-XXXXXX";
	(void)state;
	arena_init(&texts, 1 << 20);
	assert_non_null(mkdtemp(folder));
	root = str_z(folder);
	put("pleach.yaml", "fleet: shop\nteams:\n  sales: {}\n  billing: {}\n  logistics: {}\nservices: [./services/*]\n");
	put("services/orders/service.yaml", "service: orders\nowner: sales\nserves: [{ version: v1, path: /v1 }]\njourneys: [walk/buy.txt]\n");
	put("services/invoicing/service.yaml", "service: invoicing\nowner: billing\nserves: [{ version: v1, path: /v1 }]\n");
	put("services/orders/e2e/checkout.spec.ts", "import x from 'y';\nawait get('/orders/v1/orders');\nawait fetch('http://invoicing/v1/invoices');\n");
	put("services/orders/orders_test.go", "get(\"/orders/v1/orders\")\n");
	put("services/orders/contract.spec.ts", "import { PactV4 } from '@pact-foundation/pact';\nfetch('http://invoicing/v1');\n");
	put("services/orders/walk/buy.txt", "GET http://localhost:8080/invoicing/v1/x\n");
	put("services/orders/node_modules/x/tests/a.js", "fetch('http://invoicing/v1');\n");
	put("e2e/all.hurl", "GET http://orders/v1\nGET http://invoicing/v1\n");
	put("e2e/billing.hurl", "GET http://invoicing/v1\n");
	return 0;
}

static int remove_fleet(void **state)
{
	char command[256];
	(void)state;
	snprintf(command, sizeof(command), "rm -rf %.*s", STR_FMT(root));
	arena_release(&texts);
	return system(command);
}

static struct borders *find(struct fleet **f, const struct borders *before)
{
	struct err e = { 0 };
	*f = fleet_load(root, &e, NULL);
	if (!*f)
		fail_msg("%s:%u: %s", e.file, e.line, e.message);
	struct borders *b = borders_find(*f, before, &e);
	assert_false(err_is_set(&e));
	return b;
}

static void expect_test(const struct border_test *t, const char *file, uint32_t line, enum border_kind kind, const char *owner, const char *from)
{
	if (!str_eq(t->file, str_z(file)) || t->line != line || t->kind != kind || t->owner_count != (owner != NULL) || (owner && !str_eq(t->owners[0], str_z(owner))) ||
	    !str_eq(t->owner_from, str_z(from)))
		fail_msg("%.*s:%u kind %d owner %.*s from %.*s", STR_FMT(t->file), t->line, t->kind, t->owner_count ? (int)t->owners[0].len : 0, t->owners[0].p, STR_FMT(t->owner_from));
}

static void files(void **state)
{
	(void)state;
	struct fleet *f, *g;
	struct borders *b = find(&f, NULL);
	assert_int_equal(b->crossing_count, 3);
	expect_test(&b->crossing[0], "e2e/all.hurl", 1, BORDER_END_TO_END, NULL, "");
	expect_test(&b->crossing[1], "services/orders/e2e/checkout.spec.ts", 3, BORDER_END_TO_END, "sales", "services/orders/service.yaml");
	expect_test(&b->crossing[2], "services/orders/walk/buy.txt", 1, BORDER_JOURNEY, "sales", "services/orders/service.yaml");
	assert_int_equal(b->tests, 6);
	assert_int_equal(b->own_count, 2);
	assert_int_equal(b->contracts, 1);
	assert_false(b->cut);
	assert_null(find(&g, b)); /* nothing changed */
	fleet_free(g);

	/* CODEOWNERS goes before the folder; a line without owners takes them away. */
	put(".github/CODEOWNERS", "* @nobody\n/e2e/ @shop/Billing\n/services/orders/e2e/ @shop/sales @shop/billing\n");
	struct borders *c = find(&g, b);
	assert_non_null(c);
	assert_int_equal(c->crossing_count, 2);
	expect_test(&c->crossing[0], "e2e/all.hurl", 1, BORDER_END_TO_END, "billing", ".github/CODEOWNERS:2");
	expect_test(&c->crossing[1], "services/orders/walk/buy.txt", 1, BORDER_JOURNEY, "sales", "services/orders/service.yaml");
	borders_free(b);
	borders_free(c);
	fleet_free(f);
	fleet_free(g);
}

static void links_are_not_followed(void **state)
{
	(void)state;
	struct fleet *f;
	char from[256], to[256];
	put("outside.hurl", "GET http://orders/v1\nGET http://invoicing/v1\n");
	snprintf(from, sizeof(from), "%.*s/services/invoicing/tests", STR_FMT(root));
	snprintf(to, sizeof(to), "%.*s/services/orders/link.hurl", STR_FMT(root));
	assert_int_equal(symlink("../orders/e2e", from), 0);
	assert_int_equal(symlink("../../outside.hurl", to), 0);
	struct borders *b = find(&f, NULL);
	for (size_t i = 0; i < b->crossing_count; i++)
		assert_true(str_find(b->crossing[i].file, STR("services/invoicing")) == SIZE_MAX && str_find(b->crossing[i].file, STR("link.hurl")) == SIZE_MAX);
	borders_free(b);
	fleet_free(f);
}

static void too_large(void **state)
{
	(void)state;
	struct fleet *f;
	char *big = calloc(1, BORDERS_FILE_MAX + 2);
	memset(big, 'x', BORDERS_FILE_MAX + 1);
	put("services/orders/e2e/big.spec.ts", big);
	struct borders *b = find(&f, NULL);
	assert_true(b->cut && str_find(b->why, STR("1 MiB")) != SIZE_MAX);
	borders_free(b);
	fleet_free(f);
	free(big);
}

/* --- calls that say that they are a test's ------------------------------------------------------------------------------------------------------ */

static void tried(void **state)
{
	(void)state;
	struct tried t;
	assert_true(tried_read(&t, STR("k6/0.49.0 (https://k6.io/)"), STR("")) && t.agent.len == 26);
	assert_true(str_eq(tried_tool(STR("PostmanRuntime/7.36.0")), STR("newman")));
	assert_true(str_eq(tried_tool(STR("Mozilla/5.0 (X11) AppleWebKit/537 HeadlessChrome/120 Safari")), STR("browser without a screen")));
	assert_false(tried_read(&t, STR("Mozilla/5.0 (X11) Chrome/120"), STR("")));
	assert_false(tried_read(&t, STR("curl/8 HeadlessChrome/"), STR("a=b, synthetic_request=false")));
	assert_false(tried_read(&t, STR(""), STR("")));
	assert_true(tried_read(&t, STR("curl/8"), STR("x=1,test.case.name=e2e%2Forder.py%3A%3Araises ; p=1, test.suite.name = a%20b")));
	assert_true(str_eq(str_from(t.name, t.name_len), STR("e2e/order.py::raises")) && str_eq(str_from(t.suite, t.suite_len), STR("a b")) && !t.agent.len);
	assert_true(tried_read(&t, STR(""), STR("synthetic_request=true")));
	assert_false(tried_read(&t, STR(""), STR("test.case.name=%ff"))); /* no text */
	assert_true(tried_read(&t, STR("k6/\xff"), STR("")) && str_eq(t.agent, STR("k6")));
	char big[20000];
	memset(big, ',', sizeof(big));
	assert_false(tried_read(&t, STR(""), str_from(big, sizeof(big))));
	memcpy(big, "test.case.name=", 15);
	memset(big + 15, 'x', 1000);
	assert_true(tried_read(&t, STR(""), str_from(big, sizeof(big))) && t.name_len == TRIED_TEXT_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(kinds), cmocka_unit_test(mentions), cmocka_unit_test(crossing),
					    cmocka_unit_test(files), cmocka_unit_test(links_are_not_followed), cmocka_unit_test(too_large), cmocka_unit_test(tried) };
	return cmocka_run_group_tests(tests, make_fleet, remove_fleet);
}
