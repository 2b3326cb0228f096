/* The registry's requests: the way to a handler, media types, bodies, answers and errors as Confluent's registry has them. */
#include "contract/registry/registry_impl.h"
#include "net/http_path.h"
#include <stdio.h>
#include <stdlib.h>

static const struct route {
	struct str method, path;
	registry_handler *handler;
	bool text;                   /* answers a schema's text as it is */
} routes[] = {
	{ STR_INIT("GET"), STR_INIT("/"), registry_root, false },
	{ STR_INIT("GET"), STR_INIT("/subjects"), registry_subjects, false },
	{ STR_INIT("GET"), STR_INIT("/subjects/{}/versions"), registry_versions, false },
	{ STR_INIT("POST"), STR_INIT("/subjects/{}/versions"), registry_register, false },
	{ STR_INIT("GET"), STR_INIT("/subjects/{}/versions/{}"), registry_version, false },
	{ STR_INIT("DELETE"), STR_INIT("/subjects/{}/versions/{}"), registry_delete_version, false },
	{ STR_INIT("GET"), STR_INIT("/subjects/{}/versions/{}/schema"), registry_version_schema, true },
	{ STR_INIT("GET"), STR_INIT("/subjects/{}/versions/{}/referencedby"), registry_referenced_by, false },
	{ STR_INIT("POST"), STR_INIT("/subjects/{}"), registry_lookup, false },
	{ STR_INIT("DELETE"), STR_INIT("/subjects/{}"), registry_delete_subject, false },
	{ STR_INIT("GET"), STR_INIT("/schemas/types"), registry_types, false },
	{ STR_INIT("GET"), STR_INIT("/schemas/ids/{}"), registry_schema_by_id, false },
	{ STR_INIT("GET"), STR_INIT("/schemas/ids/{}/schema"), registry_schema_text_by_id, true },
	{ STR_INIT("GET"), STR_INIT("/schemas/ids/{}/subjects"), registry_subjects_by_id, false },
	{ STR_INIT("GET"), STR_INIT("/schemas/ids/{}/versions"), registry_versions_by_id, false },
	{ STR_INIT("POST"), STR_INIT("/compatibility/subjects/{}/versions"), registry_check_all, false },
	{ STR_INIT("POST"), STR_INIT("/compatibility/subjects/{}/versions/{}"), registry_check_version, false },
	{ STR_INIT("GET"), STR_INIT("/config"), registry_config, false },
	{ STR_INIT("PUT"), STR_INIT("/config"), registry_config_set, false },
	{ STR_INIT("DELETE"), STR_INIT("/config"), registry_config_delete, false },
	{ STR_INIT("GET"), STR_INIT("/config/{}"), registry_config_subject, false },
	{ STR_INIT("PUT"), STR_INIT("/config/{}"), registry_config_subject_set, false },
	{ STR_INIT("DELETE"), STR_INIT("/config/{}"), registry_config_subject_delete, false },
	{ STR_INIT("GET"), STR_INIT("/mode"), registry_mode, false },
	{ STR_INIT("PUT"), STR_INIT("/mode"), registry_mode_set, false },
	{ STR_INIT("GET"), STR_INIT("/mode/{}"), registry_mode_subject, false },
	{ STR_INIT("PUT"), STR_INIT("/mode/{}"), registry_mode_subject_set, false },
	{ STR_INIT("DELETE"), STR_INIT("/mode/{}"), registry_mode_subject_delete, false },
	{ STR_INIT("GET"), STR_INIT("/contexts"), registry_contexts, false },
};
enum { ROUTES = sizeof(routes) / sizeof(routes[0]), ANSWER_MAX = 16 << 20 };

bool registry_fault(struct call *c, int error_code, const char *format, ...)
{
	va_list args;
	if (c->error_code)
		return false;
	c->error_code = error_code;
	va_start(args, format);
	buf_vprintf(&c->message, format, args);
	va_end(args);
	return false;
}

struct str registry_parameter(struct call *c, const char *name)
{
	struct str raw;
	if (!http_query_get(http_request(c->x)->head.query, str_z(name), &raw))
		return (struct str){ 0 };
	char *out = arena_bytes(c->arena, raw.len + 1);
	size_t n = out ? http_unescape(out, raw, true) : SIZE_MAX;
	return n == SIZE_MAX ? (struct str){ 0 } : str_from(out, n);
}

bool registry_flag(struct call *c, const char *name) { return str_eq_ci(registry_parameter(c, name), STR("true")); }

/* --- the way to a handler -------------------------------------------------------------------------------------------------------------------------------- */

static bool fits(struct str pattern, struct str path, struct str *parameters)
{
	size_t n = 0;
	while (pattern.p && path.p) {
		struct str want = str_split(&pattern, '/'), have = str_split(&path, '/');
		if (str_eq(want, STR("{}")) && have.len && n < REGISTRY_PARAMETERS_MAX)
			parameters[n++] = have;
		else if (!str_eq(want, have))
			return false;
	}
	return !pattern.p && !path.p;
}

static bool decode(struct call *c)
{
	for (size_t i = 0; i < REGISTRY_PARAMETERS_MAX; i++) {
		struct str raw = c->parameters[i];
		char *out = raw.len ? arena_bytes(c->arena, raw.len) : NULL;
		size_t n = out ? http_unescape(out, raw, false) : 0;
		if (n == SIZE_MAX || (raw.len && !out))
			return registry_fault(c, 400, "the path has a %%-escape that is none");
		c->parameters[i] = str_from(out ? out : "", n);
	}
	return true;
}

static const struct route *find_route(struct call *c, struct str path)
{
	struct str method = http_request(c->x)->head.method;
	bool known = false;
	if (str_eq(method, STR("HEAD")))
		method = STR("GET");
	for (size_t i = 0; i < ROUTES; i++) {
		struct str parameters[REGISTRY_PARAMETERS_MAX] = { 0 };
		if (!fits(routes[i].path, path, parameters))
			continue;
		known = true;
		if (!str_eq(routes[i].method, method))
			continue;
		memcpy(c->parameters, parameters, sizeof(parameters));
		return &routes[i];
	}
	if (known)
		registry_fault(c, 405, "HTTP 405 Method Not Allowed");
	else
		registry_fault(c, 404, "HTTP 404 Not Found");
	return NULL;
}

/* --- media types ------------------------------------------------------------------------------------------------------------------------------------------ */

static const struct str media_types[] = { STR_INIT("application/vnd.schemaregistry.v1+json"), STR_INIT("application/vnd.schemaregistry+json"), STR_INIT("application/json") };
enum { MEDIA_TYPES = sizeof(media_types) / sizeof(media_types[0]) };

static struct str bare_type(struct str value) { return str_trim(str_split(&value, ';')); }

/* The first of the client's list that is ours; the client's order is taken for its preference, as q is used by none of the known clients. */
static struct str answer_type(struct call *c)
{
	struct str list = http1_find(&http_request(c->x)->head, STR("accept"));
	if (str_empty(list))
		return media_types[0];
	while (list.p) {
		struct str want = bare_type(str_split(&list, ','));
		if (str_eq(want, STR("*/*")) || str_eq_ci(want, STR("application/*")))
			return media_types[0];
		for (size_t i = 0; i < MEDIA_TYPES; i++)
			if (str_eq_ci(want, media_types[i]))
				return media_types[i];
	}
	registry_fault(c, 406, "HTTP 406 Not Acceptable");
	return media_types[2];
}

static bool body_type(struct call *c)
{
	struct str type = bare_type(http1_find(&http_request(c->x)->head, STR("content-type")));
	for (size_t i = 0; i < MEDIA_TYPES; i++)
		if (str_eq_ci(type, media_types[i]))
			return true;
	/* Clients that send schemas under this name are in use; a page in a browser cannot send it without being asked first either. */
	if (str_eq_ci(type, STR("application/octet-stream")))
		return true;
	return registry_fault(c, 415, "HTTP 415 Unsupported Media Type");
}

static bool read_body(struct call *c)
{
	struct err e = { 0 };
	struct str method = http_request(c->x)->head.method;
	if (!str_eq(method, STR("POST")) && !str_eq(method, STR("PUT")))
		return true;
	if (!body_type(c))
		return false;
	c->body = json_parse(c->arena, http_request(c->x)->body, &e);
	if (!c->body)
		return registry_fault(c, 400, "the body is no JSON: line %u, column %u: %s", e.line, e.column, e.message);
	return c->body->type == JSON_OBJECT ? true : registry_fault(c, 400, "the body must be a JSON object");
}

/* --- answers ----------------------------------------------------------------------------------------------------------------------------------------------- */

static int status_of(int error_code) { return error_code > 999 ? error_code / 100 : error_code; }

static void answer(struct call *c, struct str type)
{
	struct buf b;
	struct json_out o;
	int status = 200;
	if (!c->error_code && !buf_ok(&c->out))
		registry_fault(c, REGISTRY_BACKEND, "the answer is larger than %d MiB; ask for less", ANSWER_MAX >> 20);
	if (c->error_code) {
		status = status_of(c->error_code);
		buf_init(&b, 4u << 20);
		json_out_init(&o, &b);
		json_out_object(&o);
		json_kv_i64(&o, "error_code", c->error_code);
		json_kv_str(&o, "message", buf_ok(&c->message) ? buf_str(&c->message) : STR("the message is too long to be told"));
		json_out_end(&o);
		http_answer(c->x, status, type, STR("Cache-Control: no-store\r\n"), buf_str(&b));
		buf_release(&b);
		return;
	}
	http_answer(c->x, status, type, STR("Cache-Control: no-store\r\n"), buf_str(&c->out));
}

static void run(struct call *c, struct str path)
{
	if (!c->registry->db) {
		registry_fault(c, REGISTRY_BACKEND, "%s", c->registry->trouble);
		return;
	}
	const struct route *route = find_route(c, path);
	if (!route || !decode(c) || !read_body(c))
		return;
	route->handler(c);
	registry_rollback(c);
}

void registry_handle(struct registry *r, struct http_exchange *x, struct str path)
{
	struct call c = { .registry = r, .x = x, .arena = http_arena(x) };
	buf_init(&c.out, ANSWER_MAX);
	buf_init(&c.message, 1u << 20);
	json_out_init(&c.json, &c.out);
	if (path.len > 1 && str_ends(path, STR("/")))
		path = str_sub(path, 0, path.len - 1);
	struct str type = answer_type(&c);
	if (!c.error_code)
		run(&c, path.len ? path : STR("/"));
	answer(&c, type);
	buf_release(&c.out);
	buf_release(&c.message);
}

struct registry *registry_new(struct str file, struct err *e)
{
	struct registry *r = calloc(1, sizeof(*r));
	if (!r) {
		err_set(e, ERR_NO_MEMORY, "no memory for the schema registry");
		return NULL;
	}
	registry_open(r, file, e);
	return r;
}

void registry_free(struct registry *r)
{
	if (!r)
		return;
	sqlite3_close_v2(r->db);
	free(r);
}
