/* See consul_api.h. A route is a row; what may block waits in a list until the index moves or its time is over. Errors are texts, as Consul's are. */
#include "part/consul_api.h"
#include "base/check.h"
#include "base/time.h"
#include "model/record.h"
#include "part/consul_checks.h"
#include <stdlib.h>

enum { WAITING_MAX = 512, ANSWER_MAX = 64 << 20, FILE_MAX = 512 << 20, READ_MEMORY = 512 << 20, NAME_ROOM = 3 * REGISTRAR_TEXT_MAX + 1 };
#define WAIT_USUAL (300 * SECOND)
#define WAIT_MOST (600 * SECOND)

enum kind { SERVICES, CATALOG_SERVICE, HEALTH_SERVICE, HEALTH_CHECKS, HEALTH_STATE, AGENT_SERVICES, AGENT_CHECKS, AGENT_SELF, LEADER, DATACENTERS, NODES, NODE, NODE_CHECKS, AGENT_SERVICE, AGENT_HEALTH_ID, AGENT_HEALTH_NAME, MAINTENANCE, REGISTER, DEREGISTER, REGISTER_EXTERNAL, DEREGISTER_EXTERNAL, PASS, WARN, FAIL, UPDATE };
struct route { const char *method, *path; bool named; enum kind kind; bool blocks; };
static const struct route routes[] = {
	{ "GET", "/v1/catalog/services", false, SERVICES, true },
	{ "GET", "/v1/catalog/service/", true, CATALOG_SERVICE, true },
	{ "GET", "/v1/health/service/", true, HEALTH_SERVICE, true },
	{ "GET", "/v1/health/checks/", true, HEALTH_CHECKS, true },
	{ "GET", "/v1/health/state/", true, HEALTH_STATE, true },
	{ "GET", "/v1/health/node/", true, NODE_CHECKS, true },
	{ "GET", "/v1/catalog/nodes", false, NODES, true },
	{ "GET", "/v1/catalog/node/", true, NODE, true },
	{ "GET", "/v1/catalog/datacenters", false, DATACENTERS, false },
	{ "GET", "/v1/agent/health/service/id/", true, AGENT_HEALTH_ID, false },
	{ "GET", "/v1/agent/health/service/name/", true, AGENT_HEALTH_NAME, false },
	{ "PUT", "/v1/agent/service/maintenance/", true, MAINTENANCE, false },
	{ "GET", "/v1/agent/services", false, AGENT_SERVICES, false },
	{ "GET", "/v1/agent/checks", false, AGENT_CHECKS, false },
	{ "GET", "/v1/agent/self", false, AGENT_SELF, false },
	{ "GET", "/v1/status/leader", false, LEADER, false },
	{ "PUT", "/v1/agent/service/register", false, REGISTER, false },
	{ "PUT", "/v1/agent/service/deregister/", true, DEREGISTER, false },
	{ "GET", "/v1/agent/service/", true, AGENT_SERVICE, false }, /* behind those that begin so */
	{ "PUT", "/v1/catalog/register", false, REGISTER_EXTERNAL, false },
	{ "PUT", "/v1/catalog/deregister", false, DEREGISTER_EXTERNAL, false },
	{ "PUT", "/v1/agent/check/pass/", true, PASS, false },
	{ "PUT", "/v1/agent/check/warn/", true, WARN, false },
	{ "PUT", "/v1/agent/check/fail/", true, FAIL, false },
	{ "PUT", "/v1/agent/check/update/", true, UPDATE, false },
};

struct waiting { struct consul_api *api; struct http_exchange *x; const struct route *route; struct str name; int64_t until; };
struct consul_api {
	struct loop *loop;
	struct consul_api_options options;
	struct registrar registrar;
	struct waiting *waiting[WAITING_MAX];
	size_t waiting_count;
	struct consul_checks *checks;
	struct timer timer;
	uint64_t told;              /* index at which those who wait were last looked at */
};

static void turn(struct consul_api *a);

/* --- answers ------------------------------------------------------------------------------------------------------------------------------------------------ */

static void refuse(struct http_exchange *x, const struct err *e)
{
	http_answer(x, err_http_status(e->code), STR("text/plain; charset=utf-8"), STR(""), str_z(e->message));
}

static struct str parameter(const struct http_exchange *x, struct arena *a, const char *name)
{
	struct str given;
	if (!http_query_get(http_request(x)->head.query, str_z(name), &given))
		return (struct str){ NULL, 0 };
	char *text = arena_bytes(a, given.len + 1);
	size_t n = text ? http_unescape(text, given, true) : SIZE_MAX;
	return n == SIZE_MAX ? (struct str){ NULL, 0 } : str_from(text, n);
}

static void self_json(struct json_out *o)
{
	json_out_object(o);
	json_out_key(o, STR("Config"));
	json_out_object(o);
	json_kv_str(o, "Datacenter", STR(REGISTRAR_DATACENTER));
	json_kv_str(o, "NodeName", STR(REGISTRAR_NODE));
	json_kv_bool(o, "Server", true);
	json_kv_str(o, "Version", STR("1.0.0+pleach"));
	json_out_end(o);
	json_out_key(o, STR("Member"));
	json_out_object(o);
	json_kv_str(o, "Name", STR(REGISTRAR_NODE));
	json_kv_str(o, "Addr", STR("127.0.0.1"));
	json_out_end(o);
	json_out_end(o);
}

static void write_json(const struct consul_api *a, struct json_out *o, struct http_exchange *x, const struct route *route, struct str name)
{
	const struct registrar *r = &a->registrar;
	struct arena *m = http_arena(x);
	struct str tag = parameter(x, m, "tag"), passing = parameter(x, m, "passing");
	switch (route->kind) {
	case SERVICES: registrar_services_json(r, o); break;
	case CATALOG_SERVICE: registrar_catalog_json(r, o, name, tag); break;
	/* ?passing, ?passing=1 and true alike */
	case HEALTH_SERVICE: registrar_health_json(r, o, name, tag, passing.p && !str_eq(passing, STR("0")) && !str_eq(passing, STR("false"))); break;
	case HEALTH_CHECKS: registrar_checks_json(r, o, name, STR("")); break;
	case HEALTH_STATE: registrar_checks_json(r, o, STR(""), name); break;
	case AGENT_SERVICES: registrar_agent_services_json(r, o); break;
	case AGENT_CHECKS: registrar_agent_checks_json(r, o); break;
	case LEADER: json_out_str(o, STR("127.0.0.1:8300")); break;
	case NODES: registrar_nodes_json(r, o); break;
	case NODE: registrar_node_json(r, o, name); break;
	case NODE_CHECKS: registrar_node_checks_json(r, o, name); break;
	case AGENT_SERVICE: registrar_agent_service_json(r, o, name); break;
	case DATACENTERS: json_out_raw(o, STR("[\"" REGISTRAR_DATACENTER "\"]")); break;
	default: self_json(o); break;
	}
}

/* How a service of this agent's is; the status tells it too. As JSON, or with ?format=text in a word. */
static int write_agent_health(const struct consul_api *a, struct json_out *o, struct http_exchange *x, const struct route *route, struct str name, bool *text)
{
	static const int status[] = { [INSTANCE_PASSING] = 200, [INSTANCE_WARNING] = 429, [INSTANCE_CRITICAL] = 503 };
	enum instance_health worst;
	bool by_id = route->kind == AGENT_HEALTH_ID, any = registrar_agent_health_json(&a->registrar, o, by_id ? name : STR(""), by_id ? STR("") : name, &worst);
	*text = str_eq(parameter(x, http_arena(x), "format"), STR("text"));
	if (*text)
		buf_clear(o->b);
	if (*text && any)
		buf_add(o->b, str_z(instance_health_name(worst)));
	else if (*text)
		buf_printf(o->b, "there is no service with the %s %.*s", by_id ? "id" : "name", STR_FMT(name));
	return any ? status[worst] : 404;
}

static void answer(const struct consul_api *a, struct http_exchange *x, const struct route *route, struct str name)
{
	struct buf out;
	struct json_out o;
	struct err e = { 0 };
	int status = 200;
	bool text = false;
	if (route->kind == AGENT_SERVICE && !registrar_service(&a->registrar, name)) {
		err_set(&e, ERR_NOT_FOUND, "unknown service ID: %.*s", STR_FMT(name));
		refuse(x, &e);
		return;
	}
	buf_init(&out, ANSWER_MAX);
	json_out_init(&o, &out);
	if (route->kind == AGENT_HEALTH_ID || route->kind == AGENT_HEALTH_NAME)
		status = write_agent_health(a, &o, x, route, name, &text);
	else
		write_json(a, &o, x, route, name);
	struct str headers = arena_printf(http_arena(x), "X-Consul-Index: %llu\r\nX-Consul-Knownleader: true\r\nX-Consul-Lastcontact: 0\r\nCache-Control: no-store\r\n", (unsigned long long)a->registrar.index);
	if (buf_ok(&out)) {
		http_answer(x, status, text ? STR("text/plain; charset=utf-8") : STR("application/json"), headers, buf_str(&out));
	} else {
		err_set(&e, ERR_TOO_LARGE, "the answer is too large");
		refuse(x, &e);
	}
	buf_release(&out);
}

/* --- those who wait ------------------------------------------------------------------------------------------------------------------------------------------ */

static void leave(struct waiting *w)
{
	struct consul_api *a = w->api;
	for (size_t i = 0; i < a->waiting_count; i++)
		if (a->waiting[i] == w)
			a->waiting[i] = a->waiting[--a->waiting_count];
	free(w);
}

static void gone(void *ctx) { leave(ctx); }

static void done_waiting(struct waiting *w)
{
	struct consul_api *a = w->api;
	struct waiting was = *w;
	http_on_gone(w->x, NULL, NULL);
	leave(w);
	answer(a, was.x, was.route, was.name);
}

static void wake(struct consul_api *a, int64_t now)
{
	bool moved = a->told != a->registrar.index;
	a->told = a->registrar.index;
	for (size_t i = a->waiting_count; i-- > 0;) /* what takes an answered one's place was looked at */
		if (moved || now >= a->waiting[i]->until)
			done_waiting(a->waiting[i]);
}

/* False: it does not block, or there is something to tell. */
static bool wait_for_change(struct consul_api *a, struct http_exchange *x, const struct route *route, struct str name)
{
	struct str index = parameter(x, http_arena(x), "index"), wait = parameter(x, http_arena(x), "wait");
	uint64_t asked = 0;
	int64_t ns = WAIT_USUAL;
	if (!route->blocks || !index.len || !str_to_u64(index, &asked) || !asked || asked != a->registrar.index || a->waiting_count == WAITING_MAX)
		return false;
	if (wait.len && (!duration_parse(wait, &ns) || ns <= 0))
		ns = WAIT_USUAL;
	ns = ns > WAIT_MOST ? WAIT_MOST : ns;
	struct waiting *w = calloc(1, sizeof(*w));
	if (!w)
		return false;
	/* Up to a sixteenth more, so that those who asked together do not come back together. */
	*w = (struct waiting){ a, x, route, name, loop_now(a->loop) + ns + ns / 16 * (int64_t)(a->waiting_count % 16) / 16 };
	a->waiting[a->waiting_count++] = w;
	http_on_gone(x, gone, w);
	return true;
}

/* --- a turn: whatever time or a change asks for --------------------------------------------------------------------------------------------------------------------- */

static void keep(struct consul_api *a)
{
	struct buf out;
	struct json_out o;
	struct err e = { 0 };
	a->registrar.changed = false;
	buf_init(&out, FILE_MAX);
	json_out_init(&o, &out);
	registrar_kept_json(&a->registrar, &o);
	if (!buf_ok(&out) || !sys_write_file(a->options.file, buf_str(&out), &e)) {
		buf_clear(&out);
		buf_printf(&out, "registrations of services are not on the disk: %s", e.message);
		a->options.log(a->options.log_ctx, SEVERITY_ERROR, buf_str(&out));
	}
	buf_release(&out);
}

static void on_due(struct timer *t) { turn(CONTAINER_OF(t, struct consul_api, timer)); }

static void turn(struct consul_api *a)
{
	int64_t now = loop_now(a->loop);
	registrar_turn(&a->registrar, now);
	consul_checks_due(a->checks, now);
	if (a->registrar.changed)
		keep(a);
	wake(a, now);
	int64_t due = registrar_due(&a->registrar);
	for (size_t i = 0; i < a->waiting_count; i++)
		due = a->waiting[i]->until < due ? a->waiting[i]->until : due;
	if (due == INT64_MAX)
		timer_cancel(&a->timer);
	else
		timer_set(&a->timer, a->loop, due > now ? due : now + 1, on_due);
}

/* --- requests ---------------------------------------------------------------------------------------------------------------------------------------------------------- */

static bool update(struct consul_api *a, struct http_exchange *x, const struct route *route, struct str name, const struct json *body, struct err *e)
{
	struct str status = json_get_str(body, STR("Status"), STR("")), note = parameter(x, http_arena(x), "note");
	enum instance_health health = route->kind == PASS ? INSTANCE_PASSING : route->kind == WARN ? INSTANCE_WARNING : INSTANCE_CRITICAL;
	if (route->kind == UPDATE) {
		note = json_get_str(body, STR("Output"), STR(""));
		health = str_eq(status, STR("passing")) ? INSTANCE_PASSING : str_eq(status, STR("warning")) ? INSTANCE_WARNING : INSTANCE_CRITICAL;
		if (health == INSTANCE_CRITICAL && !str_eq(status, STR("critical")))
			return err_set(e, ERR_INPUT, "Invalid check status: \"%.*s\"; passing, warning or critical", STR_FMT(str_sub(status, 0, 40)));
	}
	return registrar_check(&a->registrar, name, health, note, loop_now(a->loop), e);
}

static bool maintain(struct consul_api *a, struct http_exchange *x, struct str name, struct err *e)
{
	struct str enable = parameter(x, http_arena(x), "enable"), reason = parameter(x, http_arena(x), "reason");
	bool on = str_eq(enable, STR("true")) || str_eq(enable, STR("1"));
	if (!on && !str_eq(enable, STR("false")) && !str_eq(enable, STR("0")))
		return err_set(e, ERR_INPUT, enable.len ? "Invalid value for enable: \"%.*s\"" : "Missing value for enable", STR_FMT(str_sub(enable, 0, 40)));
	return registrar_maintain(&a->registrar, name, on, reason.p ? reason : STR(""), loop_now(a->loop), e);
}

static bool change(struct consul_api *a, struct http_exchange *x, const struct route *route, struct str name, struct err *e)
{
	struct str text = http_request(x)->body;
	struct arena m;
	bool ok = true;
	arena_init(&m, READ_MEMORY);
	bool reads = !route->named || route->kind == UPDATE;
	const struct json *body = reads ? json_parse(&m, text, e) : NULL;
	if (reads && !body)
		ok = err_is_set(e) ? false : err_set(e, ERR_INPUT, "the body is no JSON");
	else if (route->kind == REGISTER)
		ok = registrar_register(&a->registrar, body, loop_now(a->loop), e);
	else if (route->kind == REGISTER_EXTERNAL)
		ok = registrar_register_external(&a->registrar, body, loop_now(a->loop), e);
	else if (route->kind == MAINTENANCE)
		ok = maintain(a, x, name, e);
	else if (route->kind == DEREGISTER)
		ok = registrar_deregister(&a->registrar, name, e);
	else if (route->kind == DEREGISTER_EXTERNAL)
		ok = registrar_deregister(&a->registrar, json_get_str(body, STR("ServiceID"), STR("")), e);
	else
		ok = update(a, x, route, name, body, e);
	arena_release(&m);
	return ok;
}

/* The route, and what stands behind its path, unescaped. NULL with e. */
static const struct route *route_of(struct http_exchange *x, struct str *name, struct err *e)
{
	struct str path = http_request(x)->path, method = http_request(x)->head.method;
	bool known = false;
	for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
		struct str want = str_z(routes[i].path);
		if (routes[i].named ? !str_starts(path, want) || path.len == want.len || path.len - want.len >= NAME_ROOM : !str_eq(path, want))
			continue;
		known = true;
		if (!str_eq(method, str_z(routes[i].method)) && !routes[i].named)
			break; /* no name of a service's */
		if (!str_eq(method, str_z(routes[i].method)))
			continue;
		char *text = arena_bytes(http_arena(x), path.len + 1);
		size_t n = text ? http_unescape(text, str_skip(path, want.len), false) : SIZE_MAX;
		*name = n == SIZE_MAX ? STR("") : str_from(text, n);
		if (!routes[i].named || name->len)
			return &routes[i];
	}
	if (known)
		err_set(e, ERR_METHOD, "method %.*s not allowed", STR_FMT(str_sub(method, 0, 20)));
	else
		err_set(e, ERR_NOT_FOUND, "Pleach takes registrations of services and answers who is there; it has no such endpoint of Consul (docs/catalog.md)");
	return NULL;
}

void consul_api_handle(void *api, struct http_exchange *x, struct str path)
{
	struct consul_api *a = api;
	struct err e = { 0 };
	struct str name;
	const struct route *route = route_of(x, &name, &e);
	(void)path;
	if (!route) {
		refuse(x, &e);
	} else if (parameter(x, http_arena(x), "filter").len) {
		/* Whoever asks for some would take all for them. */
		err_set(&e, ERR_INPUT, "filter expressions are not there: leave `filter` out, or use `tag` and `passing`");
		refuse(x, &e);
	} else if (str_eq(str_z(route->method), STR("GET"))) {
		if (!wait_for_change(a, x, route, name))
			answer(a, x, route, name);
		else
			turn(a);
	} else if (change(a, x, route, name, &e)) {
		bool external = route->kind == REGISTER_EXTERNAL || route->kind == DEREGISTER_EXTERNAL;
		http_answer(x, 200, external ? STR("application/json") : STR("text/plain"), STR(""), external ? STR("true") : STR(""));
		turn(a);
	} else {
		refuse(x, &e);
	}
}

/* --- life ------------------------------------------------------------------------------------------------------------------------------------------------------------------ */

static void on_checked(void *ctx) { turn(ctx); }

struct consul_api *consul_api_new(struct loop *l, const struct consul_api_options *o, struct err *e)
{
	struct consul_api *a = calloc(1, sizeof(*a));
	struct arena m;
	struct str text;
	struct err ignored = { 0 };
	if (!a) {
		err_set(e, ERR_NO_MEMORY, "no memory for registrations");
		return NULL;
	}
	a->loop = l;
	a->options = *o;
	registrar_init(&a->registrar);
	a->checks = consul_checks_new(l, o->client, &a->registrar, on_checked, a);
	if (!a->checks) {
		free(a);
		err_set(e, ERR_NO_MEMORY, "no memory for registrations");
		return NULL;
	}
	arena_init(&m, READ_MEMORY);
	if (sys_read_file(o->file, FILE_MAX, &m, &text, &ignored)) {
		const struct json *kept = json_parse(&m, text, &ignored);
		if (kept)
			registrar_kept_read(&a->registrar, kept, loop_now(l));
		else
			o->log(o->log_ctx, SEVERITY_WARN, STR("the file of registered services does not read; services must register anew"));
	}
	arena_release(&m);
	a->told = a->registrar.index;
	turn(a);
	return a;
}

const struct found *consul_api_found(const struct consul_api *a) { return &a->registrar.found; }

void consul_api_close(struct consul_api *a, void (*closed)(void *ctx), void *ctx)
{
	timer_cancel(&a->timer);
	struct consul_checks *checks = a->checks;
	while (a->waiting_count) {
		http_on_gone(a->waiting[0]->x, NULL, NULL);
		leave(a->waiting[0]);
	}
	registrar_release(&a->registrar);
	free(a);
	consul_checks_close(checks, closed, ctx);
}
