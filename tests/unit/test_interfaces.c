/* Interfaces that are alike: words, features of all formats alike, reasons, pairs; and seeded random worlds beside a slow search that looks at everything. */
#include "base/check.h"
#include "catalog/interfaces/interfaces.h"
#include "catalog/interfaces/words.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void splits_names(void **state)
{
	(void)state;
	static const struct { const char *name, *words, *skeleton; } cases[] = {
		{ "orderLineItems", "order_line_item", "itm_ln_ord" },
		{ "ORDER_LINE_ITEM", "order_line_item", "itm_ln_ord" },
		{ "ordLnItm", "ord_ln_itm", "itm_ln_ord" },
		{ "HTTPServer2Addresses", "http_server_address", "adr_htp_srv" },
		{ "categories", "category", "ctg" },
		{ "status", "status", "sts" },
		{ "statuses", "status", "sts" },
		{ "boxes", "box", "bx" },
		{ "qty", "quantity", "qnt" },
		{ "x-amz-date", "x_amz_date", "amz_dt_x" },
		{ "line1", "line", "ln" },
		{ "123 ._", "", "" },
		{ "", "", "" },
		{ "aVeryVeryVeryLongWordThatIsMuchLongerThanAnybodyWouldEverWriteItInANameOfAField", "a_very_very_very_long_word_that_is_much_longer_than_anybody",
			"a_any_is_lng_lng_mch_thn_tht_vry_vry_vry_wrd" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct words w;
		char out[WORDS_BYTES];
		words_split(&w, str_z(cases[i].name));
		struct str joined = words_joined(&w, out);
		assert_int_equal(joined.len, strlen(cases[i].words));
		assert_memory_equal(joined.p, cases[i].words, joined.len);
		struct str bones = words_skeleton(&w, out);
		assert_int_equal(bones.len, strlen(cases[i].skeleton));
		assert_memory_equal(bones.p, cases[i].skeleton, bones.len);
	}
	char longest[1000];
	struct words w;
	char out[WORDS_BYTES];
	memset(longest, 'q', sizeof(longest));
	words_split(&w, str_from(longest, sizeof(longest)));
	assert_int_equal(words_joined(&w, out).len, WORD_BYTES);
}

/* An interface of these operations and types, in the formats' own JSON. */
#define CALL(method, path, parameters, gives) \
	"{'id':'" method " " path "','http':{'method':'" method "','base':'','path':'" path "'},'parameters':[" parameters "],'answers':[{'status':'200','type':'" gives "'}]}"
#define TYPE(name, fields) "{'name':'" name "','kind':'message','fields':[" fields "]}"
#define FIELD(name, type) "{'name':'" name "','type':'" type "'}"
#define CONTRACT(operations, types) "{'file':'a','operations':[" operations "],'types':[" types "]}"
#define DOCUMENTS(contract) "{'documents':[{'format':'openapi','title':'OpenAPI','contracts':[" contract "]}]}"
#define BOILERPLATE CALL("GET", "/health", "", "Health")
#define BOILERPLATE_TYPES TYPE("Health", FIELD("status", "string")) "," TYPE("Problem", FIELD("title", "string") "," FIELD("status", "integer") "," FIELD("detail", "string"))

static const char orders[] = CONTRACT(
	CALL("GET", "/v1/orders", FIELD("customerId", "string"), "[Order]") "," CALL("POST", "/v1/orders", "", "Order") "," CALL("GET", "/v1/orders/{id}", "", "Order") "," BOILERPLATE,
	TYPE("Order", FIELD("id", "string (uuid)") "," FIELD("customerId", "string") "," FIELD("totalAmount", "integer (int64)") "," FIELD("lineItems", "[LineItem]")) ","
	TYPE("LineItem", FIELD("sku", "string") "," FIELD("quantity", "integer (int32)") "," FIELD("unitPrice", "integer (int64)")) "," BOILERPLATE_TYPES);
/* The same with other case, short forms, another version, under other names in part. */
static const char sales[] = CONTRACT(
	CALL("GET", "/api/orders", FIELD("customer_id", "string"), "[SalesOrder]") "," CALL("POST", "/api/orders", "", "SalesOrder") "," CALL("DELETE", "/api/orders/{order}", "", "") "," BOILERPLATE,
	TYPE("SalesOrder", FIELD("id", "string") "," FIELD("customer_id", "string") "," FIELD("ttl_amt", "integer (int64)") "," FIELD("line_items", "[LineItem]")) ","
	TYPE("LineItem", FIELD("sku", "string") "," FIELD("qty", "integer (int32)") "," FIELD("unit_price", "integer (int64)")) "," BOILERPLATE_TYPES);
static const char weather[] = CONTRACT(
	CALL("GET", "/forecasts/{city}", FIELD("days", "integer"), "Forecast") "," BOILERPLATE,
	TYPE("Forecast", FIELD("temperature", "number") "," FIELD("humidity", "number") "," FIELD("wind", "Wind")) "," TYPE("Wind", FIELD("speed", "number") "," FIELD("direction", "string")) ","
	BOILERPLATE_TYPES);
static const char people[] = CONTRACT(
	CALL("GET", "/employees", "", "[Employee]") "," BOILERPLATE,
	TYPE("Employee", FIELD("firstName", "string") "," FIELD("lastName", "string") "," FIELD("salary", "integer")) "," BOILERPLATE_TYPES);
/* Orders as .proto files say them. */
static const char orders_proto[] = "{'file':'orders.proto','operations':[{'id':'shop.v1.Orders.GetOrder','parameters':[],'request':{'type':'shop.v1.GetOrderRequest'},"
	"'answers':[{'status':'','type':'shop.v1.Order'}]}],'types':["
	TYPE("shop.v1.Order", FIELD("id", "string") "," FIELD("customer_id", "string") "," FIELD("total_amount", "int64") "," FIELD("line_items", "[shop.v1.LineItem]")) ","
	TYPE("shop.v1.LineItem", FIELD("sku", "string") "," FIELD("quantity", "int32") "," FIELD("unit_price", "int64")) "]}";

static const struct json *parse(struct arena *a, const char *text)
{
	struct str s = arena_str(a, str_z(text));
	struct err e = { 0 };
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] == '\'')
			((char *)s.p)[i] = '"';
	const struct json *j = json_parse(a, s, &e);
	assert_non_null(j);
	return j;
}

static void add(struct interfaces *x, const char *owner, const char *text)
{
	struct arena a;
	struct err e = { 0 };
	arena_init(&a, 1 << 22);
	assert_true(interfaces_add(x, str_z(owner), STR("api.yaml"), parse(&a, text), &e));
	arena_release(&a);
}

static struct interfaces *small_fleet(void)
{
	struct err e = { 0 };
	struct interfaces *x = interfaces_new(64 << 20);
	assert_non_null(x);
	add(x, "orders", orders);
	add(x, "weather", weather);
	add(x, "sales", DOCUMENTS(CONTRACT("", "")));
	add(x, "people", people);
	add(x, "sales", sales);
	assert_true(interfaces_weigh(x, &e));
	return x;
}

static void assert_text(struct str s, const char *text)
{
	if (s.len != strlen(text) || memcmp(s.p, text, s.len) != 0)
		fail_msg("\"%.*s\" is not \"%s\"", STR_FMT(s), text);
}

static void finds_what_is_alike(void **state)
{
	(void)state;
	struct interfaces *x = small_fleet();
	struct interfaces_match m[10];
	struct arena a;
	arena_init(&a, 1 << 20);
	assert_int_equal(interfaces_alike(x, interfaces_at(x, 0), m, 0, &a), 0);
	size_t n = interfaces_alike(x, interfaces_at(x, 0), m, 10, &a);
	assert_int_equal(n, 3);
	assert_int_equal(m[0].which, 4);
	assert_true(m[0].of == interfaces_at(x, 4));
	assert_true(m[0].score > 0.5 && m[0].score < 1 && m[1].score < 0.3 && m[1].score >= m[2].score);
	assert_int_equal(m[0].reason_count, 5);
	assert_text(m[0].reasons[0], "3 of 4 operations are the same: GET /v1/orders, POST /v1/orders, GET /health");
	assert_text(m[0].reasons[1], "3 of 4 types have the same name: LineItem (3 fields the same), Problem (3 fields the same), Health (1 field the same)");
	assert_text(m[0].reasons[2], "10 of 11 fields have the same name and kind: customerId, id, lineItems and 7 more");
	assert_text(m[0].reasons[3], "1 of 1 other type has the same form under another name: Order (there SalesOrder)");
	assert_text(m[0].reasons[4], "1 of 1 other field has a like name: totalAmount (there ttl_amt)");
	arena_release(&a);
	interfaces_free(x);
}

static void formats_are_alike(void **state)
{
	(void)state;
	struct interfaces *x = small_fleet();
	struct interfaces_match m[3];
	struct interface query;
	struct arena a;
	struct err e = { 0 };
	arena_init(&a, 1 << 22);
	assert_true(interface_read(&query, &a, STR("shop"), STR("orders.proto"), parse(&a, orders_proto), &e));
	assert_int_equal(interfaces_alike(x, &query, m, 3, &a), 3);
	assert_int_equal(m[0].which, 0);
	assert_text(m[0].reasons[0], "2 of 2 types have the same name: Order (4 fields the same), LineItem (3 fields the same)");
	/* The same in another order of documents, and as an array: all of it the same, to the last bit. */
	assert_true(interface_read(&query, &a, STR(""), STR(""), parse(&a, orders), &e));
	assert_int_equal(interfaces_alike(x, &query, m, 3, &a), 3);
	assert_true(m[0].which == 0 && m[0].score == 1);
	arena_release(&a);
	interfaces_free(x);
}

static void pairs_are_of_different_owners(void **state)
{
	(void)state;
	struct interfaces *x = small_fleet();
	struct interfaces_pair p[10];
	struct arena a;
	struct err e = { 0 };
	arena_init(&a, 1 << 20);
	assert_int_equal(interfaces_pairs(x, 0.5, p, 10, &a), 1); /* health checks and problems make nobody alike */
	assert_true(p[0].a == 0 && p[0].b == 4 && p[0].score > 0.5 && p[0].reason_count == 5);
	assert_int_equal(interfaces_pairs(x, 0.95, p, 10, &a), 0);
	add(x, "sales", orders);
	add(x, "archive", orders);
	assert_true(interfaces_weigh(x, &e));
	assert_int_equal(interfaces_pairs(x, 0.99, p, 10, &a), 3);
	assert_true(p[0].a == 0 && p[0].b == 5 && p[0].score == 1);
	assert_true(p[1].a == 0 && p[1].b == 6 && p[2].a == 5 && p[2].b == 6);
	assert_int_equal(interfaces_pairs(x, 0.99, p, 2, &a), 2);
	arena_release(&a);
	interfaces_free(x);
}

static void what_has_no_shape_is_passed_over(void **state)
{
	(void)state;
	static const char *const texts[] = { "[]", "{}", "null", "7", "'x'", "[[[[[[{}]]]]]]", "{'documents':3}", "{'contracts':[1,null,'']}", "{'operations':{},'types':'a'}",
		"{'operations':[1,{},{'http':1},{'id':3},{'id':'','http':{'method':7,'path':[]}}],'types':[{},{'name':''},{'name':1,'fields':[1,{'name':''},{'type':3}],'values':[0,{}]}]}",
		CONTRACT(CALL("GET", "///{}//{a}{b}:c:{:}", "", "[[[[") "," CALL("", "", "", "map<>") "," CALL("GET", "{", "", "null, "), TYPE("...", FIELD("", "]") "," FIELD("!!", "!"))) };
	struct interfaces *x = interfaces_new(64 << 20);
	struct interfaces_match m[3];
	struct interfaces_pair p[3];
	struct arena a;
	struct err e = { 0 };
	arena_init(&a, 1 << 20);
	assert_true(interfaces_weigh(x, &e));
	assert_int_equal(interfaces_pairs(x, 0, p, 3, &a), 0);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		add(x, "odd", texts[i]);
	add(x, "orders", orders);
	assert_int_equal(interfaces_count(x), ARRAY_LEN(texts) + 1);
	assert_true(interfaces_weigh(x, &e) && interfaces_weigh(x, &e));
	assert_int_equal(interfaces_at(x, 0)->count, 0);
	assert_int_equal(interfaces_alike(x, interfaces_at(x, 0), m, 3, &a), 0);
	for (size_t i = 0; i < interfaces_count(x); i++)
		interfaces_alike(x, interfaces_at(x, i), m, 3, &a);
	interfaces_pairs(x, 0, p, 3, &a);
	arena_release(&a);
	interfaces_free(x);
}

static void memory_ends(void **state)
{
	(void)state;
	struct arena a;
	struct err e = { 0 };
	struct interfaces_match m[1];
	struct interfaces *x = interfaces_new(64 << 10);
	size_t added = 0;
	arena_init(&a, 1 << 22);
	const struct json *j = parse(&a, orders);
	while (added < 100 && interfaces_add(x, STR("orders"), STR("a"), j, &e))
		added++;
	assert_true(added > 0 && added < 100);
	assert_int_equal(e.code, ERR_NO_MEMORY);
	assert_int_equal(interfaces_count(x), added);
	e = (struct err){ 0 };
	assert_true(interfaces_weigh(x, &e)); /* what was added before is still there */
	struct interface query = *interfaces_at(x, 0);
	query.owner = STR("");
	assert_int_equal(interfaces_alike(x, &query, m, 1, &a), 1);
	arena_release(&a);
	interfaces_free(x);
}

/* Random worlds. */

enum { WORLD = 90, QUERIES = 30 };
static uint64_t seed;

static uint32_t next(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)((seed >> 20) % below);
}

static const char *const nouns[] = { "order", "customer", "invoice", "payment", "shipment", "product", "account", "ticket", "device", "sensor", "course", "lesson", "patient", "visit",
	"contract", "claim", "vehicle", "route", "driver", "warehouse", "stock", "price", "discount", "review", "message", "channel", "project", "task" };
static const char *const details[] = { "id", "name", "status", "created", "amount", "count", "owner", "label", "region", "code", "start", "end", "limit", "version", "note", "score" };
static const char *const scalars[] = { "string", "integer (int64)", "boolean", "number", "[string]", "string (date-time)" };

static void put_name(struct buf *b, const char *first, const char *second, bool snake)
{
	buf_printf(b, "%s%s%c%s", first, snake ? "_" : "", snake ? second[0] : second[0] - 'a' + 'A', second + 1);
}

/* An interface of a few nouns; what it holds is drawn from `own`, so the same again for the same seed. `keep` of 10 members are written; names in snake case or not. */
static struct str write_world(struct buf *b, uint64_t own, uint32_t keep, bool snake)
{
	uint64_t before = seed;
	buf_clear(b);
	buf_printf(b, "{\"operations\":[");
	for (int pass = 0; pass < 2; pass++) {
		seed = own;
		uint32_t resources = 2 + next(4);
		for (uint32_t i = 0, written = 0; i < resources; i++) {
			const char *noun = nouns[next(ARRAY_LEN(nouns))], *other = nouns[next(ARRAY_LEN(nouns))];
			uint32_t fields = 2 + next(6), at = next(10);
			if (pass == 0 && at < keep)
				buf_printf(b, "%s{\"id\":\"x\",\"http\":{\"method\":\"%s\",\"base\":\"\",\"path\":\"/%ss/{id}/%ss\"}}", written++ ? "," : "", at % 2 ? "GET" : "POST", noun, other);
			if (pass == 1) {
				buf_printf(b, "%s{\"name\":\"", written++ ? "," : "");
				put_name(b, noun, other, snake);
				buf_printf(b, "\",\"kind\":\"message\",\"fields\":[");
			}
			for (uint32_t k = 0, fields_written = 0; k < fields; k++) {
				const char *left = nouns[next(ARRAY_LEN(nouns))], *right = details[next(ARRAY_LEN(details))], *type = scalars[next(ARRAY_LEN(scalars))];
				if (next(10) >= keep || pass == 0)
					continue;
				buf_printf(b, "%s{\"name\":\"", fields_written++ ? "," : "");
				put_name(b, left, right, snake);
				buf_printf(b, "\",\"type\":\"%s\"}", type);
			}
			if (pass == 1)
				buf_printf(b, "]}");
		}
		buf_printf(b, pass == 0 ? "],\"types\":[" : "]}");
	}
	seed = before;
	assert_true(buf_ok(b));
	return buf_str(b);
}

static bool has(const struct interface *i, uint64_t feature)
{
	for (size_t k = 0; k < i->count; k++)
		if (i->features[k] == feature)
			return true;
	return false;
}

/* The score as interfaces.h says it, without an index. */
static double slow_score(const struct interfaces *x, const struct interface *query, const struct interface *other)
{
	double shared = 0, of_query = 0, of_other = 0;
	for (int side = 0; side < 2; side++) {
		const struct interface *i = side ? other : query;
		for (size_t k = 0; k < i->count; k++) {
			size_t df = 0;
			for (size_t w = 0; w < interfaces_count(x); w++)
				df += has(interfaces_at(x, w), i->features[k]);
			double weight = (double)feature_weights[feature_kind(i->features[k])] * log(((double)interfaces_count(x) + 1.5) / ((double)df + 0.5));
			if (df + has(query, i->features[k]) == 1)
				weight *= 0.3;
			*(side ? &of_other : &of_query) += weight;
			shared += !side && has(other, i->features[k]) ? weight : 0;
		}
	}
	return of_query > 0 ? 0.5 * shared / of_query + 0.5 * shared / (of_query + of_other - shared) : 0;
}

static void read_world(struct interface *query, struct arena *a, struct buf *b, uint64_t own, uint32_t keep, bool snake)
{
	struct err e = { 0 };
	const struct json *j = json_parse(a, write_world(b, own, keep, snake), &e);
	assert_non_null(j);
	assert_true(interface_read(query, a, STR(""), STR("query"), j, &e));
}

static void random_world(uint64_t world)
{
	struct interfaces *x = interfaces_new(64 << 20);
	struct interfaces_match m[5], again[5];
	struct interface query;
	struct arena a;
	struct buf b;
	struct err e = { 0 };
	uint64_t own[WORLD];
	buf_init(&b, 1 << 20);
	seed = world * 0x9e3779b97f4a7c15 + 1;
	for (size_t i = 0; i < WORLD; i++) {
		arena_init(&a, 1 << 22);
		own[i] = ((uint64_t)next(1 << 30) << 20) + i + 1;
		assert_true(interfaces_add(x, arena_printf(&a, "service-%zu", i), STR("a"), json_parse(&a, write_world(&b, own[i], 10, false), &e), &e));
		arena_release(&a);
	}
	assert_true(interfaces_weigh(x, &e));
	for (size_t q = 0; q < QUERIES; q++) {
		size_t which = next(WORLD);
		arena_init(&a, 1 << 22);
		/* In another case style it is the same; a part of it finds the whole. */
		read_world(&query, &a, &b, own[which], 10, true);
		assert_int_equal(interfaces_alike(x, &query, m, 5, &a), 5);
		assert_true(m[0].which == which && m[0].score > 0.999999);
		read_world(&query, &a, &b, own[which], 6, true);
		size_t n = interfaces_alike(x, &query, m, 5, &a);
		assert_true(n == 5 && m[0].which == which);
		assert_int_equal(interfaces_alike(x, &query, again, 5, &a), 5);
		for (size_t i = 0; i < n; i++) {
			assert_true(m[i].score > 0 && m[i].score <= 1 && (i == 0 || m[i].score <= m[i - 1].score));
			assert_true(again[i].which == m[i].which && again[i].score == m[i].score && again[i].reason_count == m[i].reason_count);
			if (q < 3)
				assert_true(fabs(m[i].score - slow_score(x, &query, m[i].of)) < 1e-5);
		}
		arena_release(&a);
	}
	buf_release(&b);
	interfaces_free(x);
}

static void random_worlds(void **state)
{
	(void)state;
	for (uint64_t world = 1; world <= 6; world++)
		random_world(world);
}

/* What the first look passes over does not change what is found: 300 that share most of what they have, looked at in full beside it. */
static void common_features(void **state)
{
	(void)state;
	struct interfaces *x = interfaces_new(64 << 20);
	struct interfaces_match m[3];
	struct arena a;
	struct err e = { 0 };
	arena_init(&a, 1 << 26);
	for (int i = 0; i < 600; i++) {
		struct str text = arena_printf(&a, "{\"operations\":[],\"types\":[{\"name\":\"Common\",\"kind\":\"message\",\"fields\":[{\"name\":\"shared\",\"type\":\"string\"},{\"name\":\"%c%c%cword\",\"type\":\"string\"}]}]}",
			'a' + i % 26, 'a' + i / 26 % 26, 'a' + i * 7 % 26);
		assert_true(interfaces_add(x, arena_printf(&a, "s%d", i), STR("a"), json_parse(&a, text, &e), &e));
	}
	assert_true(interfaces_weigh(x, &e));
	for (size_t i = 0; i < 600; i += 37) {
		struct interface query = *interfaces_at(x, i);
		query.owner = STR("");
		assert_int_equal(interfaces_alike(x, &query, m, 3, &a), 3);
		assert_true(m[0].which == i && m[0].score > 0.999999 && m[1].score < m[0].score);
	}
	arena_release(&a);
	interfaces_free(x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splits_names), cmocka_unit_test(finds_what_is_alike), cmocka_unit_test(formats_are_alike), cmocka_unit_test(pairs_are_of_different_owners),
		cmocka_unit_test(what_has_no_shape_is_passed_over), cmocka_unit_test(memory_ends), cmocka_unit_test(random_worlds), cmocka_unit_test(common_features),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
