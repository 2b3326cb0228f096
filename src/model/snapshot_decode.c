/* A snapshot from its JSON. What arrives may come from a newer control, a torn file or an attacker on the socket, so everything is checked
 * here and nothing later: names, addresses, ranges, counts (the limits of model/fleet.h), and the order of the services. */
#include "base/check.h"
#include "model/names.h"
#include "model/snapshot.h"
#include "model/transform.h"
#include "model/wire.h"

#define DAY (86400 * (int64_t)1000000000)
#define WALL_MAX (INT64_MAX / 8 * 7) /* the year 2225; a few years more cannot overflow */

static void check_pattern(struct wire *w, struct str s)
{
	if (wire_ok(w) && (s.len < 2 || s.len > SYS_PATH_MAX || s.p[0] != '/' || str_ends(s, STR("/"))))
		err_set(w->e, ERR_INPUT, "a pattern of log files must be an absolute path");
}

static void take_follow(struct wire *w, const struct json *j, struct snapshot *s)
{
	size_t n;
	const struct json *items = wire_list(w, j, "follow", FLEET_MAX_FOLLOW, &n);
	s->follow = wire_array(w, n, sizeof(*s->follow));
	for (size_t i = 0; i < n && wire_ok(w); i++) {
		struct followed f = { .files = wire_str(w, &items[i], "files", SYS_PATH_MAX), .service = wire_name(w, &items[i], "service") };
		check_pattern(w, f.files);
		s->follow[s->follow_count++] = f;
	}
}

static struct run take_run(struct wire *w, const struct json *service)
{
	struct run r = { 0 };
	const struct json *j = json_get(service, STR("run"));
	if (!j || j->type == JSON_NULL)
		return r;
	r.present = true;
	r.command = wire_strs(w, j, "command", FLEET_MAX_WORDS, &r.command_count);
	r.instances = (uint32_t)wire_i64(w, j, "instances", 1, FLEET_MAX_INSTANCES, 1);
	r.health = wire_str(w, j, "health", FLEET_MAX_TEXT);
	r.memory = wire_i64(w, j, "memory", 0, INT64_MAX, 0);
	r.cpus = wire_f64(w, j, "cpus", 0, 1024);
	r.env = wire_strs(w, j, "env", FLEET_MAX_WORDS, &r.env_count);
	r.logs = wire_strs(w, j, "logs", FLEET_MAX_LOGS, &r.logs_count);
	for (size_t i = 0; i < r.logs_count && wire_ok(w); i++)
		check_pattern(w, r.logs[i]);
	r.stop_grace = wire_i64(w, j, "stop_grace_ns", 0, DAY, 10 * (int64_t)1000000000);
	if (wire_ok(w) && (r.command_count == 0 || str_empty(r.command[0])))
		err_set(w->e, ERR_INPUT, "`run` has no command");
	if (wire_ok(w) && !str_empty(r.health) && r.health.p[0] != '/')
		err_set(w->e, ERR_INPUT, "`health` must begin with `/`");
	return r;
}

static void take_brownouts(struct wire *w, const struct json *j, struct served *v)
{
	size_t n;
	const struct json *items = wire_list(w, j, "brownouts", FLEET_MAX_BROWNOUTS, &n);
	v->brownouts = n ? wire_array(w, n, sizeof(*v->brownouts)) : NULL;
	for (size_t i = 0; i < n && wire_ok(w); i++) {
		struct brownout b = { .from = wire_i64(w, &items[i], "from", 0, WALL_MAX, 0), .to = wire_i64(w, &items[i], "to", 0, WALL_MAX, 0),
				      .every = wire_i64(w, &items[i], "every", 0, 366 * DAY, 0), .until = wire_i64(w, &items[i], "until", 0, WALL_MAX, 0),
				      .status = (int)wire_i64(w, &items[i], "status", 410, 503, 503) };
		if (wire_ok(w) && (b.to <= b.from || b.until <= b.from || (b.every && b.every < b.to - b.from)))
			err_set(w->e, ERR_INPUT, "a brown-out must end after it begins, and before it comes again");
		v->brownouts[v->brownouts_count++] = b;
	}
}

/* What goes into header lines: nothing in it may end one. */
static struct str take_line(struct wire *w, const struct json *j, const char *key, size_t max)
{
	struct str s = wire_str(w, j, key, max);
	for (size_t i = 0; i < s.len && wire_ok(w); i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			err_set(w->e, ERR_INPUT, "`%s` has a control character in it", key);
	return s;
}

static struct served take_served(struct wire *w, const struct json *j)
{
	struct served v = { .version = take_line(w, j, "version", 64), .path = take_line(w, j, "path", FLEET_MAX_TEXT) };
	v.deprecated = wire_i64(w, j, "deprecated", 0, WALL_MAX, 0);
	v.sunset = wire_i64(w, j, "sunset", 0, WALL_MAX, 0);
	v.successor = take_line(w, j, "successor", 64);
	v.documentation = take_line(w, j, "documentation", FLEET_MAX_TEXT);
	v.served_by = take_line(w, j, "served_by", 64);
	v.transform = take_line(w, j, "transform", FLEET_MAX_TEXT);
	v.transform_text = wire_str(w, j, "transform_text", TRANSFORM_TEXT_MAX);
	take_brownouts(w, j, &v);
	if (wire_ok(w) && (str_empty(v.path) || v.path.p[0] != '/'))
		err_set(w->e, ERR_INPUT, "`path` must begin with `/`");
	return v;
}

/* left: what SNAPSHOT_MAX_OPERATIONS leaves. */
static void take_operations(struct wire *w, const struct json *j, struct served *v, size_t *left)
{
	size_t n;
	const struct json *items = wire_list(w, j, "operations", *left < OPERATIONS_MAX ? *left : OPERATIONS_MAX, &n);
	struct operation *list = n ? wire_array(w, n, sizeof(*list)) : NULL;
	for (size_t i = 0; list && i < n && wire_ok(w); i++) {
		list[i] = (struct operation){ wire_str(w, &items[i], "name", OPERATION_NAME_MAX), wire_str(w, &items[i], "method", OPERATION_METHOD_MAX),
					      wire_str(w, &items[i], "path", OPERATION_PATH_MAX), wire_str(w, &items[i], "headers", OPERATION_HEADERS_MAX) };
		if (wire_ok(w) && (!list[i].name.len || !list[i].method.len || !list[i].path.len || list[i].path.p[0] != '/'))
			err_set(w->e, ERR_INPUT, "an operation needs `name`, `method` and a `path` that begins with `/`");
	}
	v->operations = list;
	v->operations_count = list ? n : 0;
	*left -= v->operations_count;
}

static void take_serves(struct wire *w, const struct json *j, struct snap_service *s, size_t *operations_left)
{
	size_t n;
	const struct json *items = wire_list(w, j, "serves", FLEET_MAX_SERVES, &n);
	s->serves = wire_array(w, n, sizeof(*s->serves));
	for (size_t i = 0; i < n && wire_ok(w); i++) {
		struct served v = take_served(w, &items[i]);
		take_operations(w, &items[i], &v, operations_left);
		s->serves[s->serves_count++] = v;
	}
}

static void take_calls(struct wire *w, const struct json *j, struct snap_service *s)
{
	size_t n;
	const struct json *items = wire_list(w, j, "calls", FLEET_MAX_CALLS, &n);
	s->calls = wire_array(w, n, sizeof(*s->calls));
	for (size_t i = 0; i < n && wire_ok(w); i++) {
		struct snap_call c = { .callee = wire_name(w, &items[i], "callee"),
				       .listen = wire_addr(w, &items[i], "listen"),
				       .timeout = wire_i64(w, &items[i], "timeout_ns", 1, DAY, 15 * (int64_t)1000000000),
				       .callee_index = UINT32_MAX };
		if (wire_ok(w) && (c.listen.family == SYS_NONE || (c.listen.family != SYS_UNIX && c.listen.port == 0)))
			err_set(w->e, ERR_INPUT, "`listen` of a call must be an address with a port");
		s->calls[s->calls_count++] = c;
	}
}

static void take_endpoints(struct wire *w, const struct json *j, struct snap_service *s)
{
	size_t n;
	const struct json *items = wire_list(w, j, "endpoints", 2 * FLEET_MAX_INSTANCES, &n);
	s->endpoints = wire_array(w, n, sizeof(*s->endpoints));
	for (size_t i = 0; i < n && wire_ok(w); i++) {
		struct endpoint p = { .instance = wire_str(w, &items[i], "instance", 128), .address = wire_addr(w, &items[i], "address") };
		struct str state = wire_str(w, &items[i], "state", 32);
		if (wire_ok(w) && !instance_state_parse(&p.state, state))
			err_set(w->e, ERR_INPUT, "`state` of an endpoint is not known");
		if (wire_ok(w) && p.address.family == SYS_NONE && p.state == INSTANCE_HEALTHY)
			err_set(w->e, ERR_INPUT, "a healthy endpoint has no `address`");
		s->endpoints[s->endpoints_count++] = p;
	}
}

static void take_services(struct wire *w, const struct json *j, struct snapshot *s)
{
	size_t n, operations_left = SNAPSHOT_MAX_OPERATIONS;
	const struct json *items = wire_list(w, j, "services", FLEET_MAX_SERVICES, &n);
	s->services = wire_array(w, n, sizeof(*s->services));
	for (size_t i = 0; i < n && wire_ok(w); i++) {
		struct snap_service *v = &s->services[s->services_count++];
		v->name = wire_name(w, &items[i], "name");
		v->owner = wire_str(w, &items[i], "owner", FLEET_MAX_TEXT);
		v->contact = wire_str(w, &items[i], "contact", FLEET_MAX_TEXT);
		v->directory = wire_str(w, &items[i], "directory", SYS_PATH_MAX);
		v->exposed = wire_bool(w, &items[i], "exposed");
		v->run = take_run(w, &items[i]);
		take_serves(w, &items[i], v, &operations_left);
		take_calls(w, &items[i], v);
		take_endpoints(w, &items[i], v);
		if (wire_ok(w) && i > 0 && str_cmp(s->services[i - 1].name, v->name) >= 0)
			err_set(w->e, ERR_INPUT, "services are not sorted by name, each once, at `%.*s`", STR_FMT(v->name));
	}
}

static void resolve_callees(struct snapshot *s)
{
	for (size_t i = 0; i < s->services_count; i++) {
		for (size_t k = 0; k < s->services[i].calls_count; k++) {
			struct snap_call *c = &s->services[i].calls[k];
			const struct snap_service *callee = snapshot_service(s, c->callee);
			c->callee_index = callee ? (uint32_t)(callee - s->services) : UINT32_MAX;
		}
	}
}

static void take_all(struct wire *w, const struct json *j, struct snapshot *s)
{
	const struct json *g = json_get(j, STR("gateway"));
	s->references = 1;
	s->version = wire_u64(w, j, "version");
	s->fleet_version = wire_u64(w, j, "fleet_version");
	s->fleet = wire_name(w, j, "fleet");
	s->gateway.listen = wire_addr(w, g, "listen");
	s->gateway.trust = wire_strs(w, g, "trust", FLEET_MAX_WORDS, &s->gateway.trust_count);
	s->gateway.connect_timeout = wire_i64(w, g, "connect_timeout_ns", 1, DAY, 0);
	s->gateway.first_byte_timeout = wire_i64(w, g, "first_byte_timeout_ns", 1, DAY, 0);
	s->gateway.timeout = wire_i64(w, g, "timeout_ns", 1, DAY, 0);
	s->gateway.max_body = (size_t)wire_i64(w, g, "max_body", 0, INT64_MAX, 0);
	s->otlp = wire_addr(w, j, "otlp");
	take_follow(w, j, s);
	take_services(w, j, s);
	if (!wire_ok(w))
		return;
	if (s->version == 0 || s->gateway.listen.family == SYS_NONE || s->gateway.connect_timeout == 0 ||
	    s->gateway.first_byte_timeout == 0 || s->gateway.timeout == 0)
		err_set(w->e, ERR_INPUT, "a snapshot needs `version` and `gateway` with its address and time-outs");
	else
		resolve_callees(s);
}

struct snapshot *snapshot_decode(struct str text, struct err *e)
{
	struct arena tree, own;
	struct err why = { 0 };
	struct snapshot *s = NULL;
	if (text.len > SNAPSHOT_MAX_BYTES) {
		err_set(e, ERR_TOO_LARGE, "a snapshot of %zu bytes is over the limit of %d", text.len, SNAPSHOT_MAX_BYTES);
		return NULL;
	}
	arena_init(&tree, SNAPSHOT_MAX_MEMORY);
	const struct json *j = json_parse(&tree, text, &why);
	arena_init(&own, SNAPSHOT_MAX_MEMORY);
	if (j && j->type != JSON_OBJECT)
		err_set(&why, ERR_INPUT, "a snapshot must be a JSON object");
	if (!err_is_set(&why))
		s = ARENA_NEW(&own, struct snapshot);
	if (s) {
		s->arena = own;
		struct wire w = { &s->arena, &why };
		take_all(&w, j, s);
		own = s->arena;
	}
	if (own.full)
		err_set(&why, ERR_TOO_LARGE, "the snapshot needs more memory than its limit");
	arena_release(&tree);
	if (!err_is_set(&why))
		return s;
	arena_release(&own);
	err_set(e, why.code, "snapshot not taken: %s", why.message);
	return NULL;
}
