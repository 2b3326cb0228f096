/* The broker's requests: the way to a handler by the rows of tbl/broker_routes.h, bodies, answers and errors in the forms that Pact's clients read. */
#include "contract/broker/broker_impl.h"
#include <stdio.h>
#include <stdlib.h>

#define PREFIX "/pact-broker"
static const struct route {
	struct str method, path;
	broker_handler *handler;
} routes[] = {
#define ROUTE_ROW(part, method_, path_, id, summary, parameters, schema) { STR_INIT(method_), STR_INIT(path_), id },
#include "tbl/broker_routes.h"
#undef ROUTE_ROW
};
enum { ANSWER_MAX = 64 << 20, SEGMENTS_MAX = 64 };
#define HAL "application/hal+json;charset=utf-8"

/* --- faults ----------------------------------------------------------------------------------------------------------------------------------------------- */

static void begin_error(struct call *c, int status)
{
	c->failed = true;
	c->status = status;
	buf_clear(&c->out);
	json_out_init(&c->json, &c->out);
	json_out_object(&c->json);
}

static void message(struct call *c, const char *format, va_list args)
{
	struct buf b;
	buf_init(&b, 64 << 10);
	buf_vprintf(&b, format, args);
	json_out_str(&c->json, buf_ok(&b) ? buf_str(&b) : STR("the message is too long to be told"));
	buf_release(&b);
}

bool broker_fault(struct call *c, int status, const char *format, ...)
{
	va_list args;
	if (c->failed)
		return false;
	begin_error(c, status);
	json_out_key(&c->json, STR("error"));
	va_start(args, format);
	message(c, format, args);
	va_end(args);
	json_out_end(&c->json);
	return false;
}

bool broker_invalid(struct call *c, const char *field, const char *format, ...)
{
	va_list args;
	if (c->failed)
		return false;
	begin_error(c, 400);
	json_out_key(&c->json, STR("errors"));
	json_out_object(&c->json);
	json_out_key(&c->json, str_z(field));
	json_out_array(&c->json);
	va_start(args, format);
	message(c, format, args);
	va_end(args);
	json_out_end(&c->json);
	json_out_end(&c->json);
	json_out_end(&c->json);
	return false;
}

/* --- the way to a handler --------------------------------------------------------------------------------------------------------------------------------- */

static size_t segments(struct str path, struct str *out)
{
	size_t n = 0;
	while (path.p && n < SEGMENTS_MAX)
		out[n++] = str_split(&path, '/');
	return path.p ? SIZE_MAX : n;
}

static bool takes_slashes(struct str want) { return str_eq(want, STR("{branch}")) || str_eq(want, STR("{tag}")); }

/* A {branch} or {tag} takes as many segments as the path has more than the pattern; any other parameter one. */
static bool fits(struct str pattern, const struct str *have, size_t count, struct str *parameters)
{
	struct str want[SEGMENTS_MAX];
	size_t wanted = segments(pattern, want), more = count - wanted, n = 0, k = 0;
	if (count < wanted)
		return false;
	for (size_t i = 0; i < wanted; i++, k++) {
		bool parameter = str_starts(want[i], STR("{"));
		if (!parameter && !str_eq(want[i], have[k]))
			return false;
		if (!parameter)
			continue;
		size_t last = k + (takes_slashes(want[i]) ? more : 0);
		struct str value = str_from(have[k].p, (size_t)(have[last].p + have[last].len - have[k].p));
		if (!value.len || n == CALL_PARAMETERS_MAX)
			return false;
		more -= last - k;
		k = last;
		parameters[n++] = value;
	}
	return more == 0;
}

static bool decode(struct call *c)
{
	for (size_t i = 0; i < CALL_PARAMETERS_MAX; i++) {
		struct str raw = c->parameters[i];
		char *out = raw.len ? arena_bytes(c->arena, raw.len) : NULL;
		size_t n = out ? http_unescape(out, raw, false) : 0;
		if (n == SIZE_MAX || (raw.len && !out))
			return broker_fault(c, 400, "the path has a %%-escape that is none");
		c->parameters[i] = str_from(out ? out : "", n);
	}
	return true;
}

static const struct route *find_route(struct call *c, struct str path)
{
	struct str method = http_request(c->x)->head.method, have[SEGMENTS_MAX];
	bool known = false;
	size_t count = segments(path, have);
	if (str_eq(method, STR("HEAD")))
		method = STR("GET");
	for (size_t i = 0; i < ARRAY_LEN(routes) && count != SIZE_MAX; i++) {
		struct str parameters[CALL_PARAMETERS_MAX] = { 0 };
		if (!fits(str_skip(routes[i].path, sizeof(PREFIX) - 1), have, count, parameters))
			continue;
		known = true;
		if (!str_eq(routes[i].method, method))
			continue;
		memcpy(c->parameters, parameters, sizeof(parameters));
		return &routes[i];
	}
	if (known)
		broker_fault(c, 405, "this path answers another method");
	else
		broker_fault(c, 404, "The requested document was not found on this server.");
	return NULL;
}

/* --- requests ------------------------------------------------------------------------------------------------------------------------------------------------- */

/* A page in a browser names its origin with whatever may change something; Pact's clients have none. Also keeps out pages whose name was made to lead here. */
static bool no_page(struct call *c)
{
	struct str method = http_request(c->x)->head.method;
	bool reads = str_eq(method, STR("GET")) || str_eq(method, STR("HEAD"));
	return reads || !http1_find(&http_request(c->x)->head, STR("origin")).p ? true : broker_fault(c, 403, "not from a page in a browser");
}

static bool read_body(struct call *c)
{
	struct err e = { 0 };
	struct str body = http_request(c->x)->body, type = http1_find(&http_request(c->x)->head, STR("content-type"));
	if (!str_strip(body).len)
		return true;
	type = str_trim(str_split(&type, ';'));
	if (type.len && !str_ends(type, STR("json")) && !str_eq_ci(type, STR("application/json")))
		return broker_fault(c, 415, "bodies are JSON (application/json)");
	c->body = json_parse(c->arena, body, &e);
	if (!c->body)
		return broker_fault(c, e.code == ERR_TOO_LARGE ? 413 : 400, "the body is no JSON: line %u, column %u: %s", e.line, e.column, e.message);
	return c->body->type == JSON_OBJECT ? true : broker_fault(c, 400, "the body must be a JSON object");
}

/* Links name the host as the client does, or its proxy. What could not be in an address is not repeated. */
static bool host_plain(struct str host)
{
	for (size_t i = 0; i < host.len; i++) {
		char x = host.p[i];
		if (!((x >= 'a' && x <= 'z') || (x >= 'A' && x <= 'Z') || (x >= '0' && x <= '9') || x == '.' || x == '-' || x == '_' || x == ':' || x == '[' || x == ']'))
			return false;
	}
	return host.len > 0 && host.len <= 255;
}

static struct str base_url(struct call *c, struct str prefix)
{
	const struct http1_head *h = &http_request(c->x)->head;
	struct str host = http1_find(h, STR("x-forwarded-host")), proto = http1_find(h, STR("x-forwarded-proto"));
	if (!host_plain(host))
		host = http1_find(h, STR("host"));
	if (!host_plain(host))
		host = STR("localhost");
	return arena_printf(c->arena, "%s://%.*s%.*s", str_eq(proto, STR("https")) ? "https" : "http", STR_FMT(host), STR_FMT(prefix));
}

static void run(struct call *c, struct str path)
{
	if (!c->broker->db) {
		broker_fault(c, 503, "%s", c->broker->trouble);
		return;
	}
	const struct route *route = find_route(c, path);
	if (!route || !no_page(c) || !decode(c) || !read_body(c))
		return;
	route->handler(c);
	for (size_t i = 0; i < c->happened.count && !c->failed; i++)
		deliveries_add(c, c->happened.items[i]);
	if (!c->failed)
		broker_commit(c);
	broker_rollback(c);
	if (c->happened.count && !c->failed)
		deliveries_wake(c->broker);
}

void broker_handle(struct broker *b, struct http_exchange *x, struct str prefix, struct str path)
{
	struct call c = { .broker = b, .x = x, .arena = http_arena(x), .status = 200, .headers = STR("Cache-Control: no-store\r\n") };
	buf_init(&c.out, ANSWER_MAX);
	json_out_init(&c.json, &c.out);
	c.base = base_url(&c, prefix);
	if (path.len > 1 && str_ends(path, STR("/")))
		path = str_sub(path, 0, path.len - 1);
	run(&c, path.len ? path : STR("/"));
	if (!c.failed && !buf_ok(&c.out))
		broker_fault(&c, 413, "the answer is larger than %d MiB; ask for less", ANSWER_MAX >> 20);
	if (c.x && (c.failed || !c.later))
		http_answer(x, c.status, c.content_type.len ? c.content_type : c.status == 204 ? STR("") : STR(HAL), c.headers, buf_str(&c.out));
	buf_release(&c.out);
}

void broker_refuse_large(struct http_exchange *x)
{
	struct buf b;
	buf_init(&b, 512);
	buf_printf(&b, "{\"error\":\"the request is larger than the broker takes: a pact may have %d MiB. Take examples out of it that are larger than they need be\"}", BROKER_PACT_MAX >> 20);
	http_answer(x, 413, STR("application/json"), STR("Cache-Control: no-store\r\n"), buf_str(&b));
	buf_release(&b);
}

/* --- life ----------------------------------------------------------------------------------------------------------------------------------------------------- */

/* A new file knows the two environments that every guide of Pact names. */
static void seed(struct broker *b)
{
	struct arena a;
	struct call c = { .broker = b, .arena = &a, .status = 200 };
	if (b->environments.count || b->participants.count)
		return;
	arena_init(&a, 64 << 10);
	buf_init(&c.out, 64 << 10);
	if (add_environment(&c, broker_uuid(&a), STR("test"), STR("Test"), false, STR("")) &&
	    add_environment(&c, broker_uuid(&a), STR("production"), STR("Production"), true, STR("")))
		broker_commit(&c);
	broker_rollback(&c);
	buf_release(&c.out);
	arena_release(&a);
}

struct broker *broker_new(struct loop *l, struct str file, void (*log)(void *ctx, uint8_t severity, struct str message), void *ctx, struct err *e)
{
	struct broker *b = calloc(1, sizeof(*b));
	if (!b) {
		err_set(e, ERR_NO_MEMORY, "no memory for the broker");
		return NULL;
	}
	b->loop = l;
	b->log = log;
	b->ctx = ctx;
	if (!broker_open(b, file, e))
		return b;
	if (!broker_load(b)) {
		err_set(e, ERR_CORRUPT, "%s", b->trouble);
		return b;
	}
	seed(b);
	deliveries_start(b, e);
	return b;
}

void broker_free(struct broker *b)
{
	if (!b)
		return;
	deliveries_stop(b);
	broker_forget(b);
	sqlite3_close_v2(b->db);
	free(b);
}
