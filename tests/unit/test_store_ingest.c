/* Records that come by other ways than OTLP: JSON lines, Elasticsearch's bulk, Loki's push. What each becomes, the answers byte for byte, and what
 * hostile senders get. */
#include "base/check.h"
#include "base/gzip.h"
#include "base/pb.h"
#include "store/coding.h"
#include "store/ingest_es.h"
#include "store/ingest_loki.h"
#include "store_world.h"
#include <snappy-c.h>
#include <zstd.h>

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"

static struct reply post(struct world *w, const char *path, const char *type, struct str body) { return world_ask(w, "POST", path, "", type, body); }

static const struct json *rows(struct world *w, const char *q) { return json_get(WORLD_JSON(w, "/api/logs?q=%s&from=1970-01-01&to=2200-01-01", q), STR("rows")); }

static const struct json *only_row(struct world *w, const char *q)
{
	const struct json *found = rows(w, q);
	if (found->count != 1)
		fail_msg("%s finds %u rows", q, found->count);
	return &found->items[0];
}

static struct str text(const struct json *row, const char *key) { return json_get_str(row, str_z(key), STR("?")); }
static const struct json *attr(const struct json *row, const char *key) { return json_get(json_get(row, STR("attributes")), str_z(key)); }

static void check_str(struct str have, const char *want)
{
	if (!str_eq(have, str_z(want)))
		fail_msg("gives  %.*s\n wanted %s", STR_FMT(have), want);
}

static void check_counts(struct reply r, int64_t records, int64_t unparsed, int64_t retimed, int64_t cut)
{
	if (r.status != 200 || json_get_i64(r.json, STR("records"), -1) != records || json_get_i64(r.json, STR("unparsed"), -1) != unparsed ||
	    json_get_i64(r.json, STR("retimed"), -1) != retimed || json_get_i64(r.json, STR("cut"), -1) != cut)
		fail_msg("status %d: %.*s", r.status, STR_FMT(r.body));
}

/* --- JSON lines --------------------------------------------------------------------------------------------------------------------- */

static void json_lines(void **state)
{
	struct world *w = *state;
	struct reply r = post(w, "/api/logs", "application/x-ndjson", STR(
		"{\"time\":1,\"level\":\"warn\",\"msg\":\"first one\",\"service\":\"cart\",\"host\":\"web-1\",\"trace_id\":\"" TRACE "\",\"http\":{\"status\":500,\"tags\":[1,2]},\"ok\":true,\"n\":null}\r\n"
		"\n  {\"message\":\"second\",\"app\":\"till\"}  \n"
		"not json level=error third\n"
		"{\"a\":\"no message\"}"));
	check_counts(r, 4, 1, 0, 0);
	const struct json *row = only_row(w, "first");
	check_str(text(row, "body"), "first one");
	check_str(text(row, "level"), "warn");
	check_str(text(row, "service"), "cart");
	check_str(text(row, "instance"), "web-1");
	check_str(text(row, "trace_id"), TRACE);
	assert_int_equal(attr(row, "http.status")->i, 500);
	assert_int_equal(attr(row, "http.tags")->type, JSON_ARRAY);
	assert_null(attr(row, "n"));
	assert_int_equal(attr(row, "time")->i, 1);
	check_str(text(only_row(w, "second"), "service"), "till");
	check_str(text(only_row(w, "third"), "level"), "error");
	check_str(text(only_row(w, "third"), "service"), "unknown");
	check_str(text(only_row(w, "a:%22no%20message%22"), "body"), "{\"a\":\"no message\"}");
}

static void other_shapes_of_json(void **state)
{
	struct world *w = *state;
	check_counts(post(w, "/insert/jsonline?service=from-query&instance=i", "application/json", STR("[{\"msg\":\"array one\"},\n {\"msg\":\"array two\",\"service\":\"own\"} ]")), 2, 0, 0, 0);
	check_str(text(only_row(w, "one"), "service"), "from-query");
	check_str(text(only_row(w, "one"), "instance"), "i");
	check_str(text(only_row(w, "two"), "service"), "own");
	check_counts(post(w, "/api/logs", "application/json", STR("\xEF\xBB\xBF{\n \"msg\": \"pretty\",\n \"x\": {\"y\": \"}\"}\n}\n{\n \"msg\": \"again\"\n}")), 2, 0, 0, 0);
	assert_int_equal(rows(w, "pretty")->count + rows(w, "again")->count, 2);
	check_counts(post(w, "/api/logs", "text/plain; charset=utf-8", STR("WARN plain line\n\n{\"msg\":\"not read\"}\n")), 2, 0, 0, 0);
	check_str(text(only_row(w, "plain"), "level"), "warn");
	check_str(text(only_row(w, "%22not%20read%22"), "body"), "{\"msg\":\"not read\"}");
	check_counts(post(w, "/api/logs", "application/x-www-form-urlencoded", STR("{\"msg\":\"from curl\"}")), 1, 0, 0, 0);
	check_counts(post(w, "/api/logs", "application/json", STR("")), 0, 0, 0, 0);
	check_counts(post(w, "/api/logs", "application/json", STR("[]")), 0, 0, 0, 0);
	check_counts(post(w, "/api/logs", "application/json", STR("[{\"msg\":\"whole\"},{\"msg\":\"cut o")), 2, 1, 0, 0);
	check_str(text(only_row(w, "cut"), "body"), "{\"msg\":\"cut o");
	assert_int_equal(post(w, "/api/logs?service=%zz", "application/json", STR("{}")).status, 400);
}

static void encodings(void **state)
{
	struct world *w = *state;
	struct buf b;
	struct str body = STR("{\"msg\":\"packed\"}\n");
	char space[256];
	buf_init(&b, 1 << 20);
	assert_true(gzip_deflate(body, 6, &b));
	check_counts(world_ask(w, "POST", "/api/logs", "Content-Encoding: gzip\r\n", "application/json", buf_str(&b)), 1, 0, 0, 0);
	size_t n = ZSTD_compress(space, sizeof(space), body.p, body.len, 1);
	check_counts(world_ask(w, "POST", "/api/logs", "Content-Encoding: zstd\r\n", "application/json", str_from(space, n)), 1, 0, 0, 0);
	assert_int_equal(world_ask(w, "POST", "/api/logs", "Content-Encoding: zstd\r\n", "application/json", str_from(space, n - 3)).status, 400);
	assert_int_equal(world_ask(w, "POST", "/api/logs", "Content-Encoding: gzip\r\n", "application/json", str_from(space, n)).status, 400);
	assert_int_equal(world_ask(w, "POST", "/api/logs", "Content-Encoding: br\r\n", "application/json", body).status, 415);
	n = sizeof(space);
	assert_int_equal(snappy_compress(body.p, body.len, space, &n), SNAPPY_OK);
	check_counts(world_ask(w, "POST", "/api/logs", "Content-Encoding: snappy\r\n", "application/json", str_from(space, n)), 1, 0, 0, 0);
	assert_int_equal(rows(w, "packed")->count, 3);
	buf_release(&b);
}

/* --- Elasticsearch -------------------------------------------------------------------------------------------------------------------- */

static void bulk_is_answered_byte_for_byte(void **state)
{
	struct world *w = *state;
	struct reply r = post(w, "/_bulk", "application/json; charset=utf-8", STR(
		"{\"create\":{\"_index\":\"logs-nginx-default\"}}\n{\"@timestamp\":\"2026-11-23T12:00:00Z\",\"message\":\"one of bulk\",\"log.level\":\"error\",\"trace\":{\"id\":\"" TRACE "\"}}\n"
		"\n{\"index\":{\"_index\": \"web-2026.11.23\"}}\n\n{\"message\":\"two of bulk\"}\n"
		"{\"index\":{\"_index\":\"w\",\"pipeline\":null},\"attempts\":0}\r\n{\"msg\":\"three of bulk\",\"service\":\"own\",\"level\":50}\r\n"
		"{\"delete\":{\"_index\":\"w\",\"_id\":\"1\"}}\n"
		"{\"update\":{\"_id\":\"1\"}}\n{\"doc\":{\"message\":\"four of bulk\"}}\n"
		"{\"create\":{}}\n{\"message\":\"five \xff of bulk\"}\n"
		"{\"create\":{}}\nno json at all of bulk"));
	assert_int_equal(r.status, 200);
	check_str(r.product, "Elasticsearch");
	check_str(r.type, "application/json");
	check_str(r.body, "{\"took\":1,\"errors\":false,\"items\":[{\"create\":{\"status\":201}},{\"index\":{\"status\":201}},{\"index\":{\"status\":201}},"
			  "{\"delete\":{\"status\":404}},{\"update\":{\"status\":201}},{\"create\":{\"status\":201}},{\"create\":{\"status\":201}}]}");
	const struct json *row = only_row(w, "one");
	check_str(text(row, "service"), "nginx");
	check_str(text(row, "level"), "error");
	check_str(text(row, "trace_id"), TRACE);
	check_str(text(only_row(w, "two"), "service"), "web");
	check_str(text(only_row(w, "three"), "service"), "own");
	check_str(text(only_row(w, "three"), "level"), "error");
	check_str(text(only_row(w, "four"), "body"), "four of bulk");
	check_str(text(only_row(w, "five"), "body"), "five \xEF\xBF\xBD of bulk");
	assert_int_equal(rows(w, "bulk")->count, 6);
}

static void bulk_paths_and_indices(void **state)
{
	static const char *const paths[][2] = { { "/_bulk", "unknown" }, { "/app/_bulk", "app" }, { "/elasticsearch/_bulk", "unknown" }, { "/insert/elasticsearch/_bulk", "unknown" },
						{ "/elasticsearch/app/_bulk", "app" }, { "/insert/elasticsearch/app-2026-11-23/_bulk?filter_path=items.*.error", "app" } };
	struct world *w = *state;
	char body[128];
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		int n = snprintf(body, sizeof(body), "{\"create\":{}}\n{\"message\":\"path%zu\"}\n", i);
		struct reply r = world_ask(w, i % 2 ? "PUT" : "POST", paths[i][0], "", "application/vnd.elasticsearch+x-ndjson; compatible-with=8", str_from(body, (size_t)n));
		check_str(r.body, "{\"took\":1,\"errors\":false,\"items\":[{\"create\":{\"status\":201}}]}");
		snprintf(body, sizeof(body), "path%zu", i);
		check_str(text(only_row(w, body), "service"), paths[i][1]);
	}
	struct reply r = post(w, "/app/_doc", "application/json", STR("{\"message\":\"alone\"}"));
	assert_int_equal(r.status, 201);
	check_str(r.product, "Elasticsearch");
	check_str(text(only_row(w, "alone"), "service"), "app");
	assert_int_equal(post(w, "/app/_doc", "application/json", STR("")).status, 400);
	static const char *const names[][2] = { { "web-2026.11.23", "web" }, { "web-000001", "web" }, { "web", "web" }, { "web1", "web1" }, { "web-7b", "web-7b" }, { "2026", "2026" },
						{ "logs-web-default", "web" }, { "logs-x.y-prod", "logs-x.y-prod" }, { "", "" }, { "logs", "logs" } };
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		check_str(es_service(str_z(names[i][0])), names[i][1]);
}

static void broken_bulks_are_refused_whole(void **state)
{
	static const char *const bodies[] = { "{\"message\":\"no action\"}\n", "{\"create\":{}}\n{\"message\":\"kept not\"}\n{\"create\":{}}\n", "garbage\n", "{\"create\":{}\n{\"message\":\"x\"}\n",
					      "{\"create\":{}}\n{\"message\":\"kept not\"}\n{\"oops\":{}}\n{}\n", "{\"create\":{}}" };
	struct world *w = *state;
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		struct reply r = post(w, "/_bulk", "application/x-ndjson", str_z(bodies[i]));
		if (r.status != 400 || json_get_i64(r.json, STR("status"), 0) != 400 || !json_get(json_get(r.json, STR("error")), STR("reason")))
			fail_msg("%s is answered %d %.*s", bodies[i], r.status, STR_FMT(r.body));
		check_str(r.product, "Elasticsearch");
	}
	assert_int_equal(rows(w, "%22kept%20not%22")->count, 0);
}

static void handshakes(void **state)
{
	static const struct { const char *method, *path; int status; const char *part; } table[] = {
		{ "GET", "/", 200, "\"number\":\"9." }, { "HEAD", "/", 200, "" }, { "GET", "/_license", 200, "\"active\"" }, { "GET", "/_xpack", 200, "features" },
		{ "GET", "/_cluster/health?timeout=30s&wait_for_nodes=>=1&wait_for_status=yellow", 200, "\"green\"" }, { "GET", "/_cluster/health/x", 200, "\"green\"" },
		{ "GET", "/_cat/health", 200, "green" }, { "GET", "/_nodes/http", 200, "\"nodes\":{}" }, { "GET", "/_nodes/_all/http", 200, "\"nodes\":{}" },
		{ "HEAD", "/_index_template/template_x", 200, "" }, { "GET", "/_index_template/x", 200, "{}" }, { "PUT", "/_index_template/x", 200, "acknowledged" },
		{ "GET", "/_component_template/x", 200, "{}" }, { "POST", "/_component_template/x", 200, "acknowledged" }, { "GET", "/_template/x", 200, "{}" },
		{ "PUT", "/_template/x", 200, "acknowledged" }, { "GET", "/_ilm/policy/x", 200, "{}" }, { "PUT", "/_ilm/policy/x", 200, "acknowledged" },
		{ "GET", "/_ingest/pipeline/x", 200, "{}" }, { "PUT", "/_ingest/pipeline/x", 200, "acknowledged" }, { "GET", "/_data_stream/x", 200, "data_streams" },
		{ "PUT", "/_data_stream/x", 200, "acknowledged" }, { "GET", "/_alias/x", 200, "{}" }, { "GET", "/_logstash/pipeline", 200, "{}" }, { "GET", "/_logstash/pipeline/x", 200, "{}" },
		{ "GET", "/plogs/_refresh", 200, "_shards" }, { "POST", "/plogs/_refresh", 200, "_shards" }, { "POST", "/_refresh", 200, "_shards" }, { "POST", "/x/_flush", 200, "_shards" },
		{ "HEAD", "/plogs", 200, "" }, { "PUT", "/plogs", 200, "acknowledged" }, { "GET", "/elasticsearch/_license", 200, "active" }, { "GET", "/insert/elasticsearch", 200, "tagline" },
		{ "GET", "/_search", 404, "resource_not_found" }, { "POST", "/x/_search", 404, "resource_not_found" },
	};
	struct world *w = *state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct reply r = world_ask(w, table[i].method, table[i].path, "", "", STR(""));
		if (r.status != table[i].status || str_find(r.body, str_z(table[i].part)) == SIZE_MAX || !str_eq(r.product, STR("Elasticsearch")))
			fail_msg("%s %s: %d %.*s", table[i].method, table[i].path, r.status, STR_FMT(r.body));
	}
	assert_int_equal(world_ask(w, "GET", "/nothing/here", "", "", STR("")).status, 404);
	assert_int_equal(world_ask(w, "GET", "/_bulk", "", "", STR("")).status, 405);
	assert_int_equal(world_ask(w, "DELETE", "/api/logs", "", "", STR("")).status, 405);
}

/* --- Loki ----------------------------------------------------------------------------------------------------------------------------- */

static void loki_json(void **state)
{
	struct world *w = *state;
	char body[2048];
	long long now = (long long)sys_wall();
	int n = snprintf(body, sizeof(body),
			 "{\"streams\":[{\"stream\":{\"app\":\"w2\",\"level\":\"warn\",\"job\":\"x\"},\"values\":[[\"%lld\",\"plain loki line\"],[\"%lld\",\"with metadata\",{\"trace_id\":\"" TRACE "\",\"k\":\"v\"}],"
			 "[\"%lld\",\"{\\\"msg\\\":\\\"json loki line\\\",\\\"level\\\":40,\\\"pid\\\":7}\"],[\"5\",\"too early\"],[\"soon\",\"odd time\"],{\"ts\":\"2026-11-23T12:00:00Z\",\"line\":\"old form\"},7]},"
			 "{\"labels\":\"{service_name=\\\"till\\\"}\",\"entries\":[{\"ts\":\"%lld\",\"line\":\"level=error of old\"}]},{}]}", now, now + 1, now + 2, now);
	struct reply r = post(w, "/loki/api/v1/push", "application/json", str_from(body, (size_t)n));
	assert_int_equal(r.status, 204);
	assert_int_equal(r.body.len, 0);
	const struct json *row = only_row(w, "plain");
	check_str(text(row, "service"), "w2");
	check_str(text(row, "level"), "warn");
	check_str(attr(row, "job")->s, "x");
	snprintf(body, sizeof(body), "%lld", now);
	check_str(text(row, "time_ns"), body);
	row = only_row(w, "metadata");
	check_str(text(row, "trace_id"), TRACE);
	check_str(attr(row, "k")->s, "v");
	row = only_row(w, "json");
	check_str(text(row, "body"), "json loki line");
	check_str(text(row, "level"), "warn");
	assert_int_equal(attr(row, "pid")->i, 7);
	assert_null(attr(row, "level"));
	assert_int_equal(attr(only_row(w, "early"), "timestamp")->i, 5);
	check_str(attr(only_row(w, "odd"), "timestamp")->s, "soon");
	assert_int_equal(rows(w, "form")->count, 1);
	row = only_row(w, "old%20level:error");
	check_str(text(row, "service"), "till");
	assert_int_equal(rows(w, "service:w2")->count, 7);
	assert_int_equal(post(w, "/api/prom/push", "application/json", STR("{\"streams\":[]}")).status, 204);
	assert_int_equal(post(w, "/insert/loki/api/v1/push", "application/json", STR("{\"streams\":[{\"stream\":{},\"values\":[[\"1\",\"\\ud800 \xff bytes\"]]}]}")).status, 204);
	assert_int_equal(rows(w, "bytes")->count, 1);
	assert_int_equal(post(w, "/loki/api/v1/push", "application/json", STR("{\"streams\":7}")).status, 400);
	assert_int_equal(post(w, "/loki/api/v1/push", "application/json", STR("{\"streams\"")).status, 400);
	r = world_get(w, "/ready");
	assert_int_equal(r.status, 200);
}

static struct str in_snappy(struct arena *a, struct str body)
{
	size_t n = snappy_max_compressed_length(body.len);
	char *out = arena_bytes(a, n);
	assert_int_equal(snappy_compress(body.p, body.len, out, &n), SNAPPY_OK);
	return str_from(out, n);
}

static void loki_protobuf(void **state)
{
	struct world *w = *state;
	struct buf b;
	int64_t now = sys_wall();
	buf_init(&b, 1 << 20);
	size_t stream = pb_begin(&b, 1);
	for (int i = 0; i < 2; i++) {
		size_t entry = pb_begin(&b, 2), time = pb_begin(&b, 1);
		pb_varint(&b, 1, (uint64_t)(now / SECOND));
		pb_varint(&b, 2, (uint64_t)(now % SECOND));
		pb_end(&b, time);
		pb_bytes(&b, 2, i ? STR("second proto \xff line") : STR("first proto line"));
		if (i) {
			size_t metadata = pb_begin(&b, 3);
			pb_bytes(&b, 1, STR("traceId"));
			pb_bytes(&b, 2, STR(TRACE));
			pb_end(&b, metadata);
		}
		pb_end(&b, entry);
	}
	pb_bytes(&b, 1, STR("{ level = \"error\", app=`w\\3` , note=\"a\\\"\\u00e9\\x41\\n\" ,}")); /* behind the entries */
	pb_varint(&b, 3, 99);
	pb_end(&b, stream);
	struct str packed = in_snappy(&w->arena, buf_str(&b));
	assert_int_equal(post(w, "/loki/api/v1/push", "application/x-protobuf", packed).status, 204);
	const struct json *row = only_row(w, "first");
	check_str(text(row, "service"), "w\\3");
	check_str(text(row, "level"), "error");
	check_str(attr(row, "note")->s, "a\"\u00e9A\n");
	row = only_row(w, "second");
	check_str(text(row, "trace_id"), TRACE);
	check_str(text(row, "body"), "second proto \xEF\xBF\xBD line");
	assert_int_equal(world_ask(w, "POST", "/loki/api/v1/push", "Content-Encoding: snappy\r\n", "application/x-protobuf", packed).status, 204);
	assert_int_equal(rows(w, "first")->count, 2);
	assert_int_equal(post(w, "/loki/api/v1/push", "application/x-protobuf", buf_str(&b)).status, 400);
	assert_int_equal(post(w, "/loki/api/v1/push", "application/x-protobuf", in_snappy(&w->arena, STR("\x0a\xff\xff\x01x"))).status, 400);
	assert_int_equal(post(w, "/loki/api/v1/push", "application/x-protobuf", STR("\xff\xff\xff\xff\x0f\x00")).status, 413);
	assert_int_equal(post(w, "/loki/api/v1/push", "application/x-protobuf", STR("\x80\x80\x80\x0f\x00")).status, 400);
	buf_release(&b);
}

static void labels_are_read_as_promql_writes_them(void **state)
{
	static const struct { const char *text; size_t n; bool ok; const char *name, *value; } table[] = {
		{ "{}", 0, true, "", "" }, { " { } ", 0, true, "", "" }, { "{a=\"b\"}", 1, true, "a", "b" }, { "{a=\"b\",c=\"d\"}", 2, true, "c", "d" }, { "{a=\"b\",}", 1, true, "a", "b" },
		{ "{a=\"\\\\\\t\\101\\U0001f33f\"}", 1, true, "a", "\\\tA\U0001f33f" }, { "{a=`\\n`}", 1, true, "a", "\\n" }, { "{a=\"x}\"}", 1, true, "a", "x}" },
		{ "", 0, false, "", "" }, { "{", 0, false, "", "" }, { "{a}", 0, false, "", "" }, { "{a=}", 0, false, "", "" }, { "{a=b}", 0, false, "", "" }, { "{a=\"b}", 0, false, "", "" },
		{ "{a=\"b\"", 1, false, "a", "b" }, { "{a=\"b\"}x", 1, false, "a", "b" }, { "{a=\"b\" c=\"d\"}", 1, false, "a", "b" }, { "{a=\"\\q\"}", 0, false, "", "" }, { "{a=\"\\", 0, false, "", "" },
		{ "{a=\"\\x4\"}", 0, false, "", "" }, { "{,}", 0, false, "", "" }, { "{a=\"\\777\"}", 0, false, "", "" },
	};
	struct world *w = *state;
	static struct loki_label labels[LOKI_MAX_LABELS];
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		size_t n = 99;
		bool ok = loki_labels(str_z(table[i].text), &w->arena, false, labels, &n);
		if (ok != table[i].ok || n != table[i].n)
			fail_msg("%s gives %d, %zu labels", table[i].text, ok, n);
		if (n) {
			check_str(labels[n - 1].name, table[i].name);
			check_str(labels[n - 1].value, table[i].value);
		}
	}
	size_t n;
	assert_true(loki_labels(STR("{a=\"x \"1\"\\x\", b=\"2\",}"), &w->arena, true, labels, &n));
	assert_int_equal(n, 2);
	check_str(labels[0].value, "x \"1\"\\x");
	check_str(labels[1].value, "2");
	assert_false(loki_labels(STR("{a=\"x"), &w->arena, true, labels, &n));
}

/* --- hostile ---------------------------------------------------------------------------------------------------------------------------- */

static const char *const ways[] = { "/api/logs", "/_bulk", "/loki/api/v1/push" };

static void bombs_are_refused(void **state)
{
	struct world *w = *state;
	struct buf b;
	size_t n = (size_t)STORE_MAX_BODY + 1024;
	char *zeroes = calloc(1, n);
	assert_non_null(zeroes);
	buf_init(&b, 16 << 20);
	assert_true(gzip_deflate(str_from(zeroes, n), 1, &b));
	uint64_t refused = metric_get(METRIC_STORE_REFUSED);
	for (size_t i = 0; i < ARRAY_LEN(ways); i++)
		assert_int_equal(world_ask(w, "POST", ways[i], "Content-Encoding: gzip\r\n", "application/json", buf_str(&b)).status, 413);
	size_t bound = ZSTD_compressBound(n);
	char *packed = malloc(bound);
	assert_non_null(packed);
	size_t len = ZSTD_compress(packed, bound, zeroes, n, 1);
	assert_int_equal(world_ask(w, "POST", "/api/logs", "Content-Encoding: zstd\r\n", "application/json", str_from(packed, len)).status, 413);
	assert_int_equal(metric_get(METRIC_STORE_REFUSED), refused + 4);
	free(packed);
	free(zeroes);
	buf_release(&b);
}

static void too_large_is_refused_in_the_sender_s_words(void **state)
{
	struct world *w = *state;
	size_t n = (size_t)STORE_MAX_RECEIVED + 1;
	char *big = malloc(n);
	assert_non_null(big);
	memset(big, 'x', n);
	struct reply r = post(w, "/_bulk", "application/json", str_from(big, n));
	assert_int_equal(r.status, 413);
	check_str(r.product, "Elasticsearch");
	r = post(w, "/loki/api/v1/push", "application/json", str_from(big, n));
	assert_int_equal(r.status, 413);
	assert_true(str_starts(r.type, STR("text/plain")));
	r = post(w, "/api/logs", "application/json", str_from(big, n));
	assert_int_equal(r.status, 413);
	check_str(json_get_str(r.json, STR("error"), STR("")), "too_large");
	r = post(w, "/api/nothing", "application/json", str_from(big, n));
	assert_int_equal(r.status, 413);
	free(big);
}

/* A record with a million names, one of 5 MB, a batch of very many resources, times nobody keeps: each is taken as far as it can be, counted, and
 * harms no other record of the same batch. */
static void odd_records_are_kept_as_far_as_they_can_be(void **state)
{
	struct world *w = *state;
	struct buf b;
	buf_init(&b, 16 << 20);
	buf_add(&b, STR("{\"msg\":\"before million\"}\n{\"msg\":\"a million names\""));
	for (int i = 0; b.len < (15u << 20); i++)
		buf_printf(&b, ",\"n%d\":%d", i, i);
	buf_add(&b, STR("}\n{\"msg\":\"behind million\"}\n"));
	check_counts(post(w, "/api/logs", "application/json", buf_str(&b)), 3, 1, 0, 1); /* over LINES_MAX_DOCUMENT: text, and cut */
	assert_int_equal(rows(w, "before")->count + rows(w, "behind")->count, 2);
	buf_clear(&b);
	buf_add(&b, STR("{\"msg\":\"many names\""));
	for (int i = 0; i < 100000; i++)
		buf_printf(&b, ",\"n%d\":%d", i, i);
	buf_add(&b, STR(",\"level\":\"error\"}"));
	check_counts(post(w, "/api/logs", "application/json", buf_str(&b)), 1, 0, 0, 1);
	const struct json *row = only_row(w, "many");
	assert_true(attr(row, "pleach.left_out")->i > 98000);
	assert_int_equal(attr(row, "n17")->i, 17);
	buf_clear(&b);
	buf_add(&b, STR("{\"msg\":\"five megabytes "));
	for (int i = 0; i < 5 << 20; i++)
		buf_char(&b, 'x');
	buf_add(&b, STR("\",\"k\":\"five\"}\n{\"msg\":\"short\"}\n"));
	check_counts(post(w, "/api/logs", "application/json", buf_str(&b)), 2, 0, 0, 1);
	row = only_row(w, "short");
	assert_int_equal(rows(w, "megabytes")->count, 1);
	check_counts(post(w, "/api/logs", "application/json", STR("{\"msg\":\"in 1970\",\"@timestamp\":\"1970-01-01T00:00:00Z\"}\n{\"msg\":\"in 2126\",\"time\":\"2126-01-01T00:00:00Z\"}\n{\"msg\":\"bad \xff byte\"}\n")),
		     3, 0, 2, 0);
	row = only_row(w, "%22in%201970%22");
	check_str(attr(row, "@timestamp")->s, "1970-01-01T00:00:00Z");
	assert_false(str_starts(text(row, "time"), STR("1970")));
	check_str(text(only_row(w, "bad"), "body"), "bad \xEF\xBF\xBD byte");
	const struct json *s = WORLD_JSON(w, "/api/store");
	assert_true(json_get_i64(s, STR("retimed"), 0) >= 2 && json_get_i64(s, STR("cut"), 0) >= 3 && json_get_i64(s, STR("unparsed"), 0) >= 1);
	assert_true(json_get_i64(s, STR("refused"), -1) >= 0 && json_get_i64(s, STR("rejected"), -1) >= 0);
	buf_release(&b);
}

static void many_names_of_services_in_one_batch(void **state)
{
	struct world *w = *state;
	struct buf b;
	buf_init(&b, 16 << 20);
	for (int i = 0; i < 3000; i++)
		buf_printf(&b, "{\"msg\":\"m\",\"service\":\"s%d\",\"host\":\"h%d\"}\n", i % 100, i % 30);
	check_counts(post(w, "/api/logs", "application/json", buf_str(&b)), 3000, 0, 0, 0);
	assert_int_equal(rows_of(WORLD_JSON(w, "/api/logs?q=service:s7&limit=1000"), STR("rows")), 30);
	buf_clear(&b);
	for (int i = 0; i < 70000; i++)
		buf_printf(&b, "{\"msg\":\"m\",\"service\":\"x%d\"}\n", i);
	struct reply r = post(w, "/api/logs", "application/json", buf_str(&b));
	assert_int_equal(r.status, 413);
	assert_int_equal(rows(w, "service:x1")->count, 0);
	buf_release(&b);
}

static void web_pages_cannot_write(void **state)
{
	struct world *w = *state;
	for (size_t i = 0; i < ARRAY_LEN(ways); i++)
		assert_int_equal(world_ask(w, "POST", ways[i], "Origin: http://evil.example\r\n", "text/plain", STR("x")).status, 403);
}

/* --- overload --------------------------------------------------------------------------------------------------------------------------- */

static void overload_is_said_as_each_client_understands_it(void **state)
{
	struct world *w = *state;
	struct str lines = STR("{\"create\":{}}\n{\"message\":\"x\"}\n");
	size_t waiting = w->store->waiting;
	w->store->waiting = (size_t)w->store->options.memory; /* as if much waited */
	struct reply r = world_ask(w, "POST", "/_bulk", "User-Agent: Fluent-Bit\r\n", "application/json", lines);
	assert_int_equal(r.status, 429);
	check_str(r.product, "Elasticsearch");
	check_str(r.retry_after, "1");
	r = post(w, "/loki/api/v1/push", "application/json", STR("{\"streams\":[]}"));
	assert_int_equal(r.status, 429);
	check_str(r.retry_after, "1");
	r = post(w, "/api/logs", "application/json", STR("{}"));
	assert_int_equal(r.status, 429);
	check_str(r.retry_after, "1");
	r = post(w, "/v1/logs", "application/x-protobuf", STR("x"));
	assert_int_equal(r.status, 429);
	w->store->waiting = waiting;
	assert_int_equal(world_ask(w, "POST", "/_bulk", "User-Agent: Fluent-Bit\r\n", "application/json", lines).status, 200);
	assert_int_equal(rows(w, "x")->count, 1);
}

static void cut_off(void *ctx, const struct http_result *r)
{
	struct world *w = ctx;
	assert_int_equal(r->status, 0);
	loop_stop(w->loop);
}

static void a_client_that_reads_no_status_is_cut_off(void **state)
{
	struct world *w = *state;
	size_t waiting = w->store->waiting;
	struct http_call_options o = { .address = w->address, .method = STR("POST"), .target = STR("/_bulk"), .content_type = STR("application/json; charset=utf-8"),
				       .body = STR("{\"create\":{}}\n{\"message\":\"x\"}\n"), .timeout = 20 * SECOND, .ctx = w };
	w->store->waiting = (size_t)w->store->options.memory;
	assert_non_null(http_call(w->client, &o, cut_off));
	world_wait(w);
	w->store->waiting = waiting;
	assert_int_equal(rows(w, "x")->count, 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	static const struct CMUnitTest tests[] = {
		TEST(json_lines), TEST(other_shapes_of_json), TEST(encodings), TEST(bulk_is_answered_byte_for_byte), TEST(bulk_paths_and_indices),
		TEST(broken_bulks_are_refused_whole), TEST(handshakes), TEST(loki_json), TEST(loki_protobuf), TEST(labels_are_read_as_promql_writes_them),
		TEST(bombs_are_refused), TEST(too_large_is_refused_in_the_sender_s_words), TEST(odd_records_are_kept_as_far_as_they_can_be),
		TEST(many_names_of_services_in_one_batch), TEST(web_pages_cannot_write), TEST(overload_is_said_as_each_client_understands_it), TEST(a_client_that_reads_no_status_is_cut_off),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
