/* Control's life and the way of a request to its handler, by the rows of tbl/routes.h. */
#include "base/check.h"
#include "base/metric.h"
#include "control/state.h"
#include "model/record.h"
#include "net/http_path.h"
#include <stdlib.h>

enum route_id {
#define ROUTE_ROW(part, method, path, id, ...) ROUTE_##id,
#include "tbl/routes.h"
#undef ROUTE_ROW
	ROUTE_COUNT
};
static const struct route {
	struct str part, method, path;
} routes[ROUTE_COUNT] = {
#define ROUTE_ROW(part_, method_, path_, id, ...) [ROUTE_##id] = { STR_INIT(part_), STR_INIT(method_), STR_INIT(path_) },
#include "tbl/routes.h"
#undef ROUTE_ROW
};

void control_log(struct control *c, uint8_t severity, const char *format, ...)
{
	struct buf b;
	va_list args;
	buf_init(&b, 8 << 10);
	va_start(args, format);
	buf_vprintf(&b, format, args);
	va_end(args);
	c->options.log(c->options.ctx, severity, buf_str(&b));
	buf_release(&b);
}

struct control *control_new(struct loop *l, const struct control_options *o, struct err *e)
{
	struct control *c = calloc(1, sizeof(*c));
	if (!c) {
		err_set(e, ERR_NO_MEMORY, "no memory for control");
		return NULL;
	}
	c->loop = l;
	c->began = loop_now(l);
	arena_init(&c->arena, 4u << 20);
	buf_init(&c->snapshot_json, 64u << 20);
	c->options = *o;
	c->options.root = arena_str(&c->arena, o->root);
	c->options.state = arena_str(&c->arena, o->state);
	c->options.console_dir = arena_str(&c->arena, o->console_dir);
	if (!catalogue_start(c, e)) {
		control_free(c);
		return NULL;
	}
	judge_start(c);
	return c;
}

void control_free(struct control *c)
{
	judge_stop(c);
	catalogue_stop(c);
	poll_release(c);
	events_release(c);
	nodes_release(c);
	deferred_cancel(&c->announce);
	timer_cancel(&c->heartbeat);
	buf_release(&c->snapshot_json);
	arena_release(&c->arena);
	free(c);
}

struct sys_addr control_listen(const struct control *c)
{
	if (c->fleet)
		return c->fleet->control.listen;
	/* No readable files: the address that the design gives. */
	struct sys_addr a;
	struct err e = { 0 };
	CHECK(sys_addr_parse(&a, STR("127.0.0.1:7070"), &e));
	return a;
}

static enum route_id find_route(const struct http_request *r, struct str *parameter, bool *path_known)
{
	struct str method = str_eq(r->head.method, STR("HEAD")) ? STR("GET") : r->head.method;
	*path_known = false;
	for (int i = 0; i < ROUTE_COUNT; i++) {
		/* literal segments win: /api/logs/tail before /api/logs/{x} stands first in the table */
		if (!http_path_fits(routes[i].path, r->path, parameter))
			continue;
		*path_known = true;
		if (str_eq(routes[i].method, method))
			return (enum route_id)i;
	}
	return ROUTE_COUNT;
}

static void refuse(struct http_exchange *x, enum err_code code, const char *words)
{
	struct err e = { 0 };
	const struct http_request *r = http_request(x);
	err_set(&e, code, "%.*s %.*s: %s", STR_FMT(r->head.method), STR_FMT(r->path), words);
	http_answer_err(x, &e);
}

static void pass_to_store(struct control *c, struct http_exchange *x)
{
	upstream_pass(c, x, &c->options.store, http_request(x)->head.target);
}

static void pass_metrics(struct control *c, struct http_exchange *x, struct str part)
{
	const struct sys_addr *to = str_eq(part, STR("store"))	   ? &c->options.store
				    : str_eq(part, STR("gateway")) ? &c->options.gateway
				    : str_eq(part, STR("node"))	   ? &c->options.node
								   : NULL;
	if (to)
		upstream_pass(c, x, to, STR("/metrics"));
	else
		refuse(x, ERR_NOT_FOUND, "there are store, gateway and node; control's own are at /metrics");
}

static void dispatch(struct control *c, struct http_exchange *x, enum route_id route, struct str parameter)
{
	switch (route) {
	case ROUTE_fleet: api_fleet(c, x); break;
	case ROUTE_status: api_status(c, x); break;
	case ROUTE_map: api_map(c, x); break;
	case ROUTE_findings: api_findings(c, x); break;
	case ROUTE_why: api_why(c, x, parameter); break;
	case ROUTE_events: events_open(c, x); break;
	case ROUTE_snapshot: poll_snapshot(c, x); break;
	case ROUTE_openapi: api_openapi(x); break;
	case ROUTE_part_metrics: pass_metrics(c, x, parameter); break;
	case ROUTE_node_status:
		if (http_request(x)->local)
			nodes_put(c, x, parameter);
		else
			refuse(x, ERR_FORBIDDEN, "nodes report over the Unix socket");
		break;
	default: refuse(x, ERR_NOT_FOUND, "nobody answers that here"); break; /* a guest's, who was not introduced */
	}
}

static const struct control_guest *guest_of(const struct control *c, struct str path)
{
	for (size_t i = 0; i < c->options.guest_count; i++) {
		struct str prefix = c->options.guests[i].prefix;
		if (str_below(path, prefix))
			return &c->options.guests[i];
	}
	return NULL;
}

void control_handle(struct control *c, struct http_exchange *x)
{
	const struct http_request *r = http_request(x);
	const struct control_guest *guest = guest_of(c, r->path);
	if (guest) {
		guest->handle(guest->ctx, x, str_skip(r->path, guest->prefix.len));
		return;
	}
	struct str parameter = STR("");
	bool path_known;
	enum route_id route = find_route(r, &parameter, &path_known);
	/* What the store takes in goes to it directly; control passes on questions only. */
	bool ours = str_starts(r->path, STR("/api/")) && (route == ROUTE_COUNT || str_eq(routes[route].method, STR("GET")));
	bool telemetry = str_starts(r->path, STR("/v1/")) || (route != ROUTE_COUNT && str_eq(routes[route].part, STR("store")) && !ours);
	if (route != ROUTE_COUNT && str_eq(routes[route].part, STR("control")))
		dispatch(c, x, route, parameter);
	else if (route != ROUTE_COUNT && str_eq(routes[route].part, STR("store")) && !telemetry)
		pass_to_store(c, x);
	else if (route == ROUTE_logs_delete || route == ROUTE_store_snapshot || route == ROUTE_store_snapshot_remove)
		refuse(x, ERR_FORBIDDEN, "that is asked of the store itself, over its Unix socket (`pleach delete`, `pleach snapshot`)");
	else if (route != ROUTE_COUNT && str_eq(routes[route].part, STR("gateway")))
		refuse(x, ERR_NOT_FOUND, "the gateway answers that itself, on its Unix socket (`pleach contract record`)");
	else if (telemetry)
		refuse(x, ERR_NOT_FOUND, "telemetry goes to the store's own address (GET /api/fleet names it as otlp)");
	else if (path_known && !str_eq(r->path, STR("/api/stop")))
		refuse(x, ERR_METHOD, "this path answers another method");
	else if (!console_answer(c, x))
		refuse(x, ERR_NOT_FOUND, "no such path; GET /api/openapi.json describes the API");
}
