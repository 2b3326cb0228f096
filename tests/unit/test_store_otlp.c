/* OTLP/HTTP 1.11 in: both encodings, compression, framing, answers and errors as the protocol has them. */
#include "base/check.h"
#include "base/gzip.h"
#include "base/pb.h"
#include "store_world.h"

#define PROTOBUF "application/x-protobuf"
#define JSON_TYPE "application/json"
static struct reply post(struct world *w, const char *path, const char *headers, const char *type, struct str body)
{
	return world_ask(w, "POST", path, headers, type, body);
}

static const struct json *first_row(struct world *w, const char *q)
{
	const struct json *j = WORLD_JSON(w, "/api/logs?q=%s&from=1970-01-01&to=2200-01-01", q);
	assert_true(rows_of(j, STR("rows")) > 0);
	return &json_get(j, STR("rows"))->items[0];
}

static struct str attr_of(const struct json *row, const char *key) { return json_get_str(json_get(row, STR("attributes")), str_z(key), STR("?")); }

static void json_logs(void **state)
{
	struct world *w = *state;
	struct reply r = post(w, "/v1/logs", "", JSON_TYPE "; charset=utf-8", STR("{\"unknown\":1,\"resourceLogs\":[{\"resource\":{\"attributes\":["
		"{\"key\":\"service.name\",\"value\":{\"stringValue\":\"shop\"}},{\"key\":\"service.version\",\"value\":{\"stringValue\":\"2\"}},"
		"{\"key\":\"service.instance.id\",\"value\":{\"stringValue\":\"i1\"}}]},\"scopeLogs\":[{\"scope\":{\"name\":\"lib\"},\"logRecords\":["
		"{\"timeUnixNano\":\"1795435200123456789\",\"severityNumber\":17,\"body\":{\"stringValue\":\"h\\u00e9llo\"},\"traceId\":\"ABCDEF00000000000000000000000001\","
		"\"spanId\":\"00000000000000AA\",\"attributes\":[{\"key\":\"n\",\"value\":{\"intValue\":7}},{\"key\":\"s\",\"value\":{\"intValue\":\"-9007199254740993\"}},"
		"{\"key\":\"d\",\"value\":{\"doubleValue\":2.5}},{\"key\":\"b\",\"value\":{\"boolValue\":true}},{\"key\":\"e\",\"value\":null},"
		"{\"key\":\"x\",\"value\":{\"bytesValue\":\"AQI=\"}},{\"key\":\"a\",\"value\":{\"arrayValue\":{\"values\":[{\"stringValue\":\"u\"},{\"kvlistValue\":{\"values\":[{\"key\":\"k\",\"value\":{\"intValue\":1}}]}}]}}}]},"
		"{\"observedTimeUnixNano\":1795435200000000000,\"severityText\":\"WARNING\",\"body\":{\"kvlistValue\":{\"values\":[{\"key\":\"m\",\"value\":{\"stringValue\":\"structured\"}}]}},\"traceId\":\"\"},"
		"{\"body\":{\"intValue\":\"42\"},\"eventName\":\"answer\"}]}]}]}"));
	assert_int_equal(r.status, 200);
	assert_true(str_eq(r.type, STR("application/json")) && str_eq(r.body, STR("{}")));
	const struct json *row = first_row(w, "level:error");
	assert_true(str_eq(json_get_str(row, STR("body"), STR("")), STR("h\xc3\xa9llo")));
	assert_true(str_eq(json_get_str(row, STR("time"), STR("")), STR("2026-11-23T12:00:00.123456789Z")));
	assert_true(str_eq(json_get_str(row, STR("trace_id"), STR("")), STR("abcdef00000000000000000000000001")));
	assert_true(str_eq(json_get_str(row, STR("span_id"), STR("")), STR("00000000000000aa")));
	assert_true(str_eq(json_get_str(row, STR("service"), STR("")), STR("shop")) && str_eq(json_get_str(row, STR("instance"), STR("")), STR("i1")));
	const struct json *a = json_get(row, STR("attributes"));
	assert_int_equal(json_get_i64(a, STR("n"), 0), 7);
	assert_true(json_get_i64(a, STR("s"), 0) == INT64_C(-9007199254740993));
	assert_true(json_get_bool(a, STR("b"), false) && json_get_f64(a, STR("d"), 0) == 2.5);
	assert_true(str_eq(attr_of(row, "otel.scope.name"), STR("lib")));
	assert_int_equal(json_get(a, STR("a"))->type, JSON_ARRAY);
	assert_int_equal(json_get_i64(json_get(&json_get(a, STR("a"))->items[1], STR("k")), STR(""), 1), 1);
	row = first_row(w, "structured");
	assert_true(str_eq(json_get_str(row, STR("body"), STR("")), STR("{\"m\":\"structured\"}")));
	assert_true(str_eq(json_get_str(row, STR("level"), STR("")), STR("warn")));
	assert_true(str_eq(json_get_str(row, STR("time_ns"), STR("")), STR("1795435200000000000"))); /* observed, where there is no time */
	row = first_row(w, "event.name:answer");
	assert_true(str_eq(json_get_str(row, STR("body"), STR("")), STR("42")));
}

static void protobuf_spans(void **state)
{
	struct world *w = *state;
	/* Hand-made: records before their resource, unknown fields, a span without ids beside a good one. */
	struct buf b;
	buf_init(&b, 1 << 16);
	size_t resource_spans = pb_begin(&b, 1);
	size_t scope_spans = pb_begin(&b, 2);
	for (int good = 0; good < 2; good++) {
		size_t span = pb_begin(&b, 2);
		if (good) {
			pb_bytes(&b, 1, STR("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10"));
			pb_bytes(&b, 2, STR("\x01\x02\x03\x04\x05\x06\x07\x08"));
		}
		pb_bytes(&b, 5, STR("GET /"));
		pb_varint(&b, 6, 3);
		pb_fixed64(&b, 7, 1795435200000000000u);
		pb_fixed64(&b, 8, 1795435200000000500u);
		size_t status = pb_begin(&b, 15);
		pb_bytes(&b, 2, STR("broke"));
		pb_varint(&b, 3, 2);
		pb_end(&b, status);
		pb_fixed32(&b, 16, 257);
		pb_varint(&b, 99, 1);
		pb_end(&b, span);
	}
	size_t scope = pb_begin(&b, 1);
	pb_bytes(&b, 1, STR("http"));
	pb_end(&b, scope);
	pb_end(&b, scope_spans);
	size_t resource = pb_begin(&b, 1), attr = pb_begin(&b, 1);
	pb_bytes(&b, 1, STR("service.name"));
	size_t value = pb_begin(&b, 2);
	pb_bytes(&b, 1, STR("shop"));
	pb_end(&b, value);
	pb_end(&b, attr);
	pb_end(&b, resource);
	pb_end(&b, resource_spans);
	struct reply r = post(w, "/v1/traces", "", PROTOBUF, buf_str(&b));
	assert_int_equal(r.status, 200);
	assert_true(str_eq(r.type, STR(PROTOBUF)));
	struct pb_reader in = pb_reader(r.body), partial;
	struct pb_field f;
	assert_true(pb_next(&in, &f) && f.number == 1);
	partial = pb_reader(f.bytes);
	assert_true(pb_next(&partial, &f) && f.number == 1 && f.value == 1);
	assert_true(pb_next(&partial, &f) && f.number == 2 && f.bytes.len > 10);
	const struct json *t = WORLD_JSON(w, "/api/traces/0102030405060708090a0b0c0d0e0f10");
	const struct json *span = &json_get(t, STR("spans"))->items[0];
	assert_true(str_eq(json_get_str(span, STR("scope"), STR("")), STR("http")) && str_eq(json_get_str(span, STR("kind"), STR("")), STR("client")));
	assert_true(str_eq(json_get_str(span, STR("status"), STR("")), STR("error")) && str_eq(json_get_str(span, STR("status_message"), STR("")), STR("broke")));
	assert_true(str_eq(json_get_str(span, STR("service"), STR("")), STR("shop")));
	assert_int_equal(json_get_i64(span, STR("duration_ns"), 0), 500);
	buf_release(&b);
}

static void json_spans(void **state)
{
	struct world *w = *state;
	struct reply r = post(w, "/v1/traces", "", JSON_TYPE, STR("{\"resourceSpans\":[{\"resource\":{},\"scopeSpans\":[{\"scope\":{\"name\":\"s\"},\"spans\":["
		"{\"traceId\":\"0af7651916cd43dd8448eb211c80319c\",\"spanId\":\"b7ad6b7169203331\",\"parentSpanId\":\"\",\"name\":\"op\",\"kind\":2,\"startTimeUnixNano\":\"1795435200000000000\","
		"\"endTimeUnixNano\":\"1795435200000001000\",\"status\":{\"code\":0},\"flags\":257,\"attributes\":[],\"events\":[{\"name\":\"e\",\"timeUnixNano\":\"1795435200000000001\",\"attributes\":[{\"key\":\"k\",\"value\":{\"stringValue\":\"v\"}}]}],"
		"\"links\":[{\"traceId\":\"0af7651916cd43dd8448eb211c80319d\",\"spanId\":\"b7ad6b7169203332\"}]},"
		"{\"traceId\":\"short\",\"spanId\":\"\",\"name\":\"bad\"}]}]}]}"));
	assert_int_equal(r.status, 200);
	const struct json *p = json_get(r.json, STR("partialSuccess"));
	assert_true(str_eq(json_get_str(p, STR("rejectedSpans"), STR("")), STR("1")) && json_get_str(p, STR("errorMessage"), STR("")).len > 0);
	const struct json *span = &json_get(WORLD_JSON(w, "/api/traces/0AF7651916CD43DD8448EB211C80319C"), STR("spans"))->items[0];
	assert_true(str_eq(json_get_str(span, STR("service"), STR("")), STR("unknown")));
	assert_int_equal(json_get(span, STR("events"))->count, 1);
	assert_int_equal(json_get(span, STR("links"))->count, 1);
	/* The same span again: harmless. */
	post(w, "/v1/traces", "", JSON_TYPE, STR("{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":\"0af7651916cd43dd8448eb211c80319c\",\"spanId\":\"b7ad6b7169203331\"}]}]}]}"));
	assert_int_equal(json_get(WORLD_JSON(w, "/api/traces/0af7651916cd43dd8448eb211c80319c"), STR("spans"))->count, 1);
}

static void status_of(struct reply r, int status, bool json)
{
	assert_int_equal(r.status, status);
	if (json) {
		assert_true(str_eq(r.type, STR("application/json")));
		assert_true(json_get_i64(r.json, STR("code"), 0) > 0 && json_get_str(r.json, STR("message"), STR("")).len > 5);
		return;
	}
	struct pb_reader in = pb_reader(r.body);
	struct pb_field f;
	assert_true(str_eq(r.type, STR(PROTOBUF)));
	assert_true(pb_next(&in, &f) && f.number == 1 && f.value > 0);
	assert_true(pb_next(&in, &f) && f.number == 2 && f.bytes.len > 5);
}

static void errors_are_status_messages(void **state)
{
	struct world *w = *state;
	status_of(post(w, "/v1/logs", "", PROTOBUF, STR("\x0a\xff")), 400, false);
	status_of(post(w, "/v1/traces", "", PROTOBUF, STR("\x0a\x04\x12\x02\x12\x7f")), 400, false);
	status_of(post(w, "/v1/logs", "", JSON_TYPE, STR("{\"resourceLogs\":[")), 400, true);
	status_of(post(w, "/v1/logs", "", JSON_TYPE, STR("{\"resourceLogs\":{}}")), 400, true);
	status_of(post(w, "/v1/logs", "", JSON_TYPE, STR("[]")), 400, true);
	status_of(post(w, "/v1/logs", "", "text/plain", STR("hello")), 415, false);
	status_of(post(w, "/v1/logs", "Content-Encoding: br\r\n", JSON_TYPE, STR("hello")), 415, true);
	status_of(post(w, "/v1/logs", "Content-Encoding: gzip\r\n", PROTOBUF, STR("hello")), 400, false);
	assert_int_equal(rows_of(WORLD_JSON(w, "/api/logs"), STR("rows")), 0);
	assert_int_equal(post(w, "/v1/logs", "", PROTOBUF, STR("")).status, 200);
	assert_true(str_eq(post(w, "/v1/logs", "", JSON_TYPE, STR("{}")).body, STR("{}")));
	assert_true(str_eq(post(w, "/v1/logs", "", JSON_TYPE, STR("{\"resourceLogs\":[]}")).body, STR("{}")));
}

static void compression_and_bombs(void **state)
{
	struct world *w = *state;
	struct buf zipped, bomb;
	char *zeros = calloc(1, STORE_MAX_BODY + 1);
	buf_init(&zipped, 1 << 20);
	buf_init(&bomb, 1 << 20);
	struct str body = STR("{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"body\":{\"stringValue\":\"squeezed\"}}]}]}]}");
	assert_true(gzip_deflate(body, 6, &zipped));
	assert_int_equal(post(w, "/v1/logs", "Content-Encoding: gzip\r\n", JSON_TYPE, buf_str(&zipped)).status, 200);
	assert_int_equal(rows_of(WORLD_JSON(w, "/api/logs?q=squeezed"), STR("rows")), 1); /* arrival time, where there is none */
	assert_true(gzip_deflate(str_from(zeros, STORE_MAX_BODY + 1), 6, &bomb));
	status_of(post(w, "/v1/logs", "Content-Encoding: gzip\r\n", PROTOBUF, buf_str(&bomb)), 413, false);
	free(zeros);
	buf_release(&zipped);
	buf_release(&bomb);
}

static void metrics_are_counted(void **state)
{
	struct world *w = *state;
	uint64_t before = metric_get(METRIC_STORE_METRIC_POINTS);
	struct reply r = post(w, "/v1/metrics", "", JSON_TYPE, STR("{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"name\":\"m\",\"sum\":{\"dataPoints\":[{},{}]}},{\"gauge\":{\"dataPoints\":[{}]}}]}]}]}"));
	assert_int_equal(r.status, 200);
	assert_true(str_eq(json_get_str(json_get(r.json, STR("partialSuccess")), STR("rejectedDataPoints"), STR("")), STR("3")));
	assert_int_equal(metric_get(METRIC_STORE_METRIC_POINTS) - before, 3);
}

static void limits_of_a_record(void **state)
{
	struct world *w = *state;
	static const struct resource big = { STR_INIT("big"), STR_INIT(""), STR_INIT(""), NULL, 0 };
	char *body = malloc(2 << 20);
	memset(body, 'x', 2 << 20);
	struct attr *attrs = calloc(1200, sizeof(*attrs));
	for (int i = 0; i < 1200; i++)
		attrs[i] = attr_int(STR("k"), i);
	struct log_record r = world_log(&big, sys_wall(), SEVERITY_INFO, str_from(body, 2 << 20));
	r.attrs = attrs;
	r.attr_count = 1200;
	struct buf b;
	buf_init(&b, 8 << 20);
	otlp_encode_log(&b, &r);
	struct reply reply = post(w, "/v1/logs", "", PROTOBUF, buf_str(&b));
	assert_int_equal(reply.status, 200);
	assert_true(reply.body.len > 10); /* a warning: rejected 0, and words */
	const struct json *row = first_row(w, "service:big");
	assert_true(json_get_str(row, STR("body"), STR("")).len <= ROW_MAX_BYTES);
	assert_int_equal(json_get(row, STR("attributes"))->count, ROW_MAX_ATTRS);
	buf_release(&b);
	free(body);
	free(attrs);
}

#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
int main(void)
{
	sys_init();
	const struct CMUnitTest tests[] = {
		WORLD_TEST(json_logs), WORLD_TEST(protobuf_spans), WORLD_TEST(json_spans), WORLD_TEST(errors_are_status_messages),
		WORLD_TEST(compression_and_bombs), WORLD_TEST(metrics_are_counted), WORLD_TEST(limits_of_a_record),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
