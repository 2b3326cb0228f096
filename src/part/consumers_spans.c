/* Calls that do not pass the gateway but are traced: control asks the store for the server spans of services, finds their operations by what OpenTelemetry says of a call (HTTP: method,
 * path, query; gRPC: service and method) and their callers by the client span above, and counts them like the gateway's reports. A call that the gateway carried has its span between the two, so it is not
 * counted again. Of bodies spans know nothing.
 *
 * Spans come late and in any order, so time is cut into windows, and one is looked at SETTLE after its end, once: the usage keeps the number of the last (a source's sequence), so
 * neither a restart nor a failed answer counts a window twice. */
#include "base/check.h"
#include "base/time.h"
#include "model/operations.h"
#include "part/consumers_impl.h"
#include "sys/sys.h"
#include <stdio.h>

enum { SPANS_MAX = 10000 /* of each side in one window: as many as the store answers; of more, some are not counted */, ANSWER_MAX = 64 << 20, SPANS_MEMORY = 256 << 20, BACK = 60 /* windows looked at after a start */, KEYS_MAX = 32, KEY_MAX = 120 };
#define WINDOW (5 * SECOND)
#define SETTLE (10 * SECOND) /* exporters keep spans for 5 s by default */
#define ASK_TIMEOUT (20 * SECOND)
#define SERVER_QUERY "kind%3Aserver%20-service%3Agateway%20%7C%20fields%20service%2C%20trace%2C%20parent%2C%20time%2C%20status%2C%20http.request.method%2C%20http.method%2C%20url.path%2C%20http.target" \
	"%2C%20http.route%2C%20url.query%2C%20rpc.service%2C%20rpc.method%2C%20http.response.status_code%2C%20http.status_code%20%7C%20limit%2010000"
#define CLIENT_QUERY "kind%3Aclient%20-service%3Agateway%20%7C%20fields%20span%2C%20service%2C%20version%20%7C%20limit%2010000"
enum server_column { S_SERVICE, S_TRACE, S_PARENT, S_TIME, S_STATUS, S_METHOD, S_OLD_METHOD, S_PATH, S_TARGET, S_ROUTE, S_QUERY, S_RPC_SERVICE, S_RPC_METHOD, S_CODE, S_OLD_CODE, S_COLUMNS };
enum client_column { C_SPAN, C_SERVICE, C_VERSION, C_COLUMNS };

/* Operations of one served version, compiled for this window. */
struct compiled { const struct known_service *service; const struct served *served; const struct operation *list; struct operations operations; };
struct looking {
	struct consumers *c;
	struct arena *a;
	struct map clients;          /* span id: struct client */
	struct compiled *compiled;
	size_t compiled_count, compiled_capacity;
	struct map rows;             /* of struct usage_delta, by all their names */
	struct usage_delta *items;
	size_t count, capacity;
};
struct client { struct str service, version; };

/* --- the answers ------------------------------------------------------------------------------------------------------------------------------------ */

/* Calls fn with the cells of each row of an answer in lines. False: the answer is not whole. */
static bool each_row(struct arena *a, struct str lines, size_t columns, void (*fn)(struct looking *l, const struct json *cells), struct looking *l)
{
	bool whole = false;
	while (lines.p && lines.len) {
		struct err e = { 0 };
		struct str line = str_split(&lines, '\n');
		const struct json *j = line.len ? json_parse(a, line, &e) : NULL, *row = json_get(j, STR("row"));
		whole |= json_get(j, STR("end")) != NULL;
		if (row && row->type == JSON_ARRAY && row->count == columns)
			fn(l, row->items);
	}
	return whole;
}

static struct str cell(const struct json *cells, int i) { return cells[i].type == JSON_STRING ? cells[i].s : STR(""); }

static void on_client(struct looking *l, const struct json *cells)
{
	struct client *x = ARENA_NEW(l->a, struct client);
	if (!x || !cell(cells, C_SPAN).len)
		return;
	*x = (struct client){ cell(cells, C_SERVICE), cell(cells, C_VERSION) };
	map_put(&l->clients, cell(cells, C_SPAN), x);
}

/* --- one call ---------------------------------------------------------------------------------------------------------------------------------------- */

static struct compiled *compiled_of(struct looking *l, const struct known_service *s, const struct served *v)
{
	for (size_t i = 0; i < l->compiled_count; i++)
		if (l->compiled[i].served == v)
			return &l->compiled[i];
	if (!ARENA_PUSH_ROOM(l->a, l->compiled, l->compiled_count, l->compiled_capacity))
		return NULL;
	struct compiled *x = &l->compiled[l->compiled_count];
	size_t n;
	*x = (struct compiled){ .service = s, .served = v, .list = contracts_operations(l->c->contracts, s->name, v, &n) };
	if (!operations_compile(&x->operations, l->a, x->list, n))
		return NULL;
	l->compiled_count++;
	return x;
}

/* The version that has the operation; else the one under whose path the call is. *operation: "" where none fits. */
static const struct served *version_of(struct looking *l, const struct known_service *s, struct str method, struct str path, struct str *operation)
{
	const struct served *at = NULL;
	*operation = STR("");
	for (size_t i = 0; i < s->serves_count; i++) {
		const struct compiled *x = compiled_of(l, s, &s->serves[i]);
		uint32_t n = x ? operations_match(&x->operations, method, path) : OPERATIONS_NONE;
		if (n != OPERATIONS_NONE) {
			*operation = x->list[n].name;
			return &s->serves[i];
		}
		if ((s->serves[i].path.len <= 1 || str_below(path, s->serves[i].path)) && (!at || s->serves[i].path.len > at->path.len))
			at = &s->serves[i];
	}
	return at;
}

static void count(struct looking *l, const struct usage_delta *d)
{
	struct str key = arena_printf(l->a, "%.*s\n%.*s\n%.*s\n%.*s\n%.*s\n%.*s", STR_FMT(d->consumer), STR_FMT(d->consumer_version), STR_FMT(d->service), STR_FMT(d->version), STR_FMT(d->operation),
				      STR_FMT(d->field));
	uintptr_t at = key.p ? (uintptr_t)map_get(&l->rows, key) : 0;
	if (!at) {
		if (l->count == USAGE_BATCH_MAX || !ARENA_PUSH_ROOM(l->a, l->items, l->count, l->capacity) || !map_put(&l->rows, key, (void *)(uintptr_t)(l->count + 1)))
			return;
		l->items[l->count++] = *d;
		return;
	}
	struct usage_delta *x = &l->items[at - 1];
	x->calls += d->calls;
	x->failed += d->failed;
	x->first_ms = d->first_ms < x->first_ms ? d->first_ms : x->first_ms;
	if (d->last_ms >= x->last_ms) {
		x->last_ms = d->last_ms;
		memcpy(x->trace, d->trace, sizeof(x->trace));
	}
}

/* Each key once. */
static void count_query(struct looking *l, struct usage_delta *d, struct str query)
{
	struct str seen[KEYS_MAX];
	size_t n = 0;
	d->failed = 0;
	d->consumer_version = STR("");
	while (query.len && n < KEYS_MAX) {
		struct str value = str_split(&query, '&'), key = str_split(&value, '=');
		bool known = !key.len || key.len > KEY_MAX || !str_is_utf8(key);
		for (size_t i = 0; i < n && !known; i++)
			known = str_eq(seen[i], key);
		if (known)
			continue;
		seen[n++] = key;
		d->field = arena_printf(l->a, "query.%.*s", STR_FMT(key));
		if (d->field.p)
			count(l, d);
	}
}

static struct str either(struct str a, struct str b) { return a.len ? a : b; }

static int64_t code_of(const struct json *cells)
{
	for (int i = S_CODE; i <= S_OLD_CODE; i++) {
		uint64_t n;
		if (cells[i].type == JSON_INT)
			return cells[i].i;
		if (cells[i].type == JSON_STRING && str_to_u64(cells[i].s, &n) && n < 1000)
			return (int64_t)n;
	}
	return 0;
}

static void on_server(struct looking *l, const struct json *cells)
{
	const struct known_service *s = consumers_service(l->c, cell(cells, S_SERVICE));
	struct str parent = cell(cells, S_PARENT), method = either(cell(cells, S_METHOD), cell(cells, S_OLD_METHOD)), query = cell(cells, S_QUERY);
	const struct client *client = parent.len ? map_get(&l->clients, parent) : NULL;
	int64_t wall;
	if (!s || (parent.len && !client) || !time_parse(cell(cells, S_TIME), &wall))
		return; /* not ours; or the gateway's, or of somebody who tells no spans */
	struct str path = cell(cells, S_PATH);
	if (!path.len) {
		struct str target = cell(cells, S_TARGET);
		path = str_split(&target, '?');
		query = either(query, target.p ? target : STR(""));
	}
	path = either(path, cell(cells, S_ROUTE));
	if (cell(cells, S_RPC_SERVICE).len) {
		method = STR("POST");
		path = arena_printf(l->a, "/%.*s/%.*s", STR_FMT(cell(cells, S_RPC_SERVICE)), STR_FMT(cell(cells, S_RPC_METHOD)));
	}
	struct usage_delta d = { .consumer = client ? client->service : STR(USAGE_OUTSIDE), .consumer_version = client ? client->version : STR(""), .service = s->name, .field = STR(""), .calls = 1,
				 .failed = str_eq(cell(cells, S_STATUS), STR("error")) || code_of(cells) >= 500, .first_ms = wall / 1000000, .last_ms = wall / 1000000 };
	const struct served *v = method.len && path.len && path.p[0] == '/' ? version_of(l, s, method, path, &d.operation) : NULL;
	if (!v || !d.consumer.len || d.consumer.len > 64 || str_eq(d.consumer, s->name))
		return;
	d.version = v->version;
	str_to_hex_bytes(cell(cells, S_TRACE), d.trace, sizeof(d.trace));
	count(l, &d);
	count_query(l, &d, query);
}

/* --- one window -------------------------------------------------------------------------------------------------------------------------------------- */

static void go_on(struct consumers *c);

static bool take(struct consumers *c, struct str servers)
{
	struct arena a;
	struct looking l = { .c = c, .a = &a };
	struct err e = { 0 };
	arena_init(&a, SPANS_MEMORY);
	map_init(&l.clients, SPANS_MAX);
	map_init(&l.rows, USAGE_BATCH_MAX);
	const struct usage_source from = { STR("spans"), STR("spans"), (uint64_t)(c->spans.window / WINDOW) };
	bool ok = each_row(&a, buf_str(&c->spans.clients), C_COLUMNS, on_client, &l) && each_row(&a, servers, S_COLUMNS, on_server, &l) && usage_take(c->usage, &from, l.items, l.count, &e);
	map_release(&l.clients);
	map_release(&l.rows);
	arena_release(&a);
	return ok;
}

static void on_servers(void *ctx, const struct http_result *r)
{
	struct consumers *c = ctx;
	c->spans.call = NULL;
	if (r->status == 200 && take(c, r->body))
		c->spans.window += WINDOW;
	go_on(c);
}

static void ask(struct consumers *c, const char *query, int64_t before, void (*done)(void *ctx, const struct http_result *r))
{
	char target[1200];
	snprintf(target, sizeof(target), "/api/query?of=spans&order=asc&from=%lld&to=%lld&q=%s", (long long)(c->spans.window - before), (long long)(c->spans.window + WINDOW), query);
	struct http_call_options o = { .address = c->spans.store, .method = STR("GET"), .target = str_z(target), .headers = STR("Accept: application/x-ndjson\r\n"), .timeout = ASK_TIMEOUT,
				       .max_body = ANSWER_MAX, .ctx = c };
	c->spans.call = http_call(c->spans.client, &o, done);
	if (!c->spans.call)
		go_on(c);
}

static void on_clients(void *ctx, const struct http_result *r)
{
	struct consumers *c = ctx;
	c->spans.call = NULL;
	buf_release(&c->spans.clients);
	buf_init(&c->spans.clients, ANSWER_MAX);
	buf_add(&c->spans.clients, r->status == 200 ? r->body : STR(""));
	if (r->status == 200)
		ask(c, SERVER_QUERY, 0, on_servers);
	else
		go_on(c);
}

/* A call began before it was served, by as long as it was on its way. */
static void on_due(struct timer *t)
{
	struct consumers *c = CONTAINER_OF(t, struct consumers, spans.timer);
	int64_t settled = sys_wall() - SETTLE - WINDOW;
	if (c->spans.window < settled - BACK * WINDOW)
		c->spans.window = (settled - BACK * WINDOW) / WINDOW * WINDOW; /* the clock jumped, or the store was away for long */
	if (c->spans.window <= settled && c->count && !usage_trouble(c->usage))
		ask(c, CLIENT_QUERY, WINDOW, on_clients);
	else
		go_on(c);
}

static void go_on(struct consumers *c)
{
	bool behind = c->spans.window <= sys_wall() - SETTLE - 2 * WINDOW;
	timer_set(&c->spans.timer, c->loop, loop_now(c->loop) + (behind ? SECOND / 50 : 2 * SECOND), on_due);
}

void consumers_spans_start(struct consumers *c, struct sys_addr store, struct http_client *client)
{
	c->spans.store = store;
	c->spans.client = client;
	c->spans.window = (sys_wall() - SETTLE - BACK * WINDOW) / WINDOW * WINDOW;
	go_on(c);
}

void consumers_spans_stop(struct consumers *c)
{
	timer_cancel(&c->spans.timer);
	if (c->spans.call)
		http_cancel(c->spans.call);
	c->spans.call = NULL;
	buf_release(&c->spans.clients);
}
