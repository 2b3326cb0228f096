/* The snapshot's life and look-ups, and its JSON form. What decodes it: snapshot_decode.c; what compiles it: snapshot_compile.c. */
#include "model/snapshot.h"
#include "base/check.h"
#include "base/json.h"
#include "model/wire.h"

/* The snapshot lives in its own arena: the last reference frees both. */
struct snapshot *snapshot_ref(struct snapshot *s)
{
	uint32_t before = __atomic_fetch_add(&s->references, 1, __ATOMIC_RELAXED);
	CHECK(before > 0);
	return s;
}

void snapshot_unref(struct snapshot *s)
{
	if (!s)
		return;
	/* Release: our reads are over before another thread may free; acquire: the one who frees sees them over. */
	uint32_t before = __atomic_fetch_sub(&s->references, 1, __ATOMIC_ACQ_REL);
	CHECK(before > 0);
	if (before == 1) {
		struct arena a = s->arena;
		arena_release(&a);
	}
}

const struct snap_service *snapshot_service(const struct snapshot *s, struct str name)
{
	size_t low = 0, high = s->services_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = str_cmp(name, s->services[middle].name);
		if (order == 0)
			return &s->services[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* "/v1" answers "/v1" and "/v1/x", not "/v10". */
static bool served_has(const struct served *v, struct str path)
{
	if (!str_starts(path, v->path))
		return false;
	return path.len == v->path.len || v->path.p[v->path.len - 1] == '/' || path.p[v->path.len] == '/';
}

const struct served *snapshot_route(const struct snap_service *s, struct str path)
{
	const struct served *best = NULL;
	for (size_t i = 0; i < s->serves_count; i++) {
		const struct served *v = &s->serves[i];
		if (served_has(v, path) && (!best || v->path.len > best->path.len))
			best = v;
	}
	return best;
}

static const char *const state_names[] = {
	[INSTANCE_STARTING] = "starting", [INSTANCE_HEALTHY] = "healthy", [INSTANCE_UNHEALTHY] = "unhealthy",
	[INSTANCE_STOPPING] = "stopping", [INSTANCE_BACKOFF] = "backoff", [INSTANCE_STOPPED] = "stopped",
};

const char *instance_state_name(enum instance_state s)
{
	CHECK((size_t)s < ARRAY_LEN(state_names));
	return state_names[s];
}

bool instance_state_parse(enum instance_state *s, struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(state_names); i++) {
		if (str_eq(name, str_z(state_names[i]))) {
			*s = (enum instance_state)i;
			return true;
		}
	}
	return false;
}

static void put_run(struct json_out *o, const struct run *r)
{
	json_out_key(o, STR("run"));
	json_out_object(o);
	wire_put_strs(o, "command", r->command, r->command_count);
	json_kv_u64(o, "instances", r->instances);
	json_kv_str(o, "health", r->health);
	json_kv_i64(o, "memory", r->memory);
	json_kv_f64(o, "cpus", r->cpus);
	wire_put_strs(o, "env", r->env, r->env_count);
	wire_put_strs(o, "logs", r->logs, r->logs_count);
	json_kv_i64(o, "stop_grace_ns", r->stop_grace);
	json_out_end(o);
}

static void put_brownouts(struct json_out *o, const struct served *v)
{
	json_out_key(o, STR("brownouts"));
	json_out_array(o);
	for (size_t i = 0; i < v->brownouts_count; i++) {
		const struct brownout *b = &v->brownouts[i];
		json_out_object(o);
		json_kv_i64(o, "from", b->from);
		json_kv_i64(o, "to", b->to);
		json_kv_i64(o, "every", b->every);
		json_kv_i64(o, "until", b->until);
		json_kv_i64(o, "status", b->status);
		json_out_end(o);
	}
	json_out_end(o);
}

static void put_said(struct json_out *o, const char *key, struct str v)
{
	if (v.len)
		json_kv_str(o, key, v);
}

/* Most versions stay, so most snapshots say nothing of this. */
static void put_lifetime(struct json_out *o, const struct served *v)
{
	if (v->deprecated)
		json_kv_i64(o, "deprecated", v->deprecated);
	if (v->sunset)
		json_kv_i64(o, "sunset", v->sunset);
	put_said(o, "successor", v->successor);
	put_said(o, "documentation", v->documentation);
	if (v->brownouts_count)
		put_brownouts(o, v);
	put_said(o, "served_by", v->served_by);
	put_said(o, "transform", v->transform);
	put_said(o, "transform_text", v->transform_text);
}

static void put_operations(struct json_out *o, const struct served *v)
{
	json_out_key(o, STR("operations"));
	json_out_array(o);
	for (size_t i = 0; i < v->operations_count; i++) {
		const struct operation *x = &v->operations[i];
		json_out_object(o);
		json_kv_str(o, "name", x->name);
		json_kv_str(o, "method", x->method);
		json_kv_str(o, "path", x->path);
		if (x->headers.len)
			json_kv_str(o, "headers", x->headers);
		json_out_end(o);
	}
	json_out_end(o);
}

static void put_serves(struct json_out *o, const struct snap_service *s)
{
	json_out_key(o, STR("serves"));
	json_out_array(o);
	for (size_t i = 0; i < s->serves_count; i++) {
		json_out_object(o);
		json_kv_str(o, "version", s->serves[i].version);
		json_kv_str(o, "path", s->serves[i].path);
		put_lifetime(o, &s->serves[i]);
		if (s->serves[i].operations_count)
			put_operations(o, &s->serves[i]);
		json_out_end(o);
	}
	json_out_end(o);
}

static void put_calls(struct json_out *o, const struct snap_service *s)
{
	json_out_key(o, STR("calls"));
	json_out_array(o);
	for (size_t i = 0; i < s->calls_count; i++) {
		json_out_object(o);
		json_kv_str(o, "callee", s->calls[i].callee);
		wire_put_addr(o, "listen", &s->calls[i].listen);
		json_kv_i64(o, "timeout_ns", s->calls[i].timeout);
		json_out_end(o);
	}
	json_out_end(o);
}

static void put_endpoints(struct json_out *o, const struct snap_service *s)
{
	json_out_key(o, STR("endpoints"));
	json_out_array(o);
	for (size_t i = 0; i < s->endpoints_count; i++) {
		json_out_object(o);
		json_kv_str(o, "instance", s->endpoints[i].instance);
		wire_put_addr(o, "address", &s->endpoints[i].address);
		json_kv_str(o, "state", str_z(instance_state_name(s->endpoints[i].state)));
		json_out_end(o);
	}
	json_out_end(o);
}

static void put_service(struct json_out *o, const struct snap_service *s)
{
	json_out_object(o);
	json_kv_str(o, "name", s->name);
	json_kv_str(o, "owner", s->owner);
	put_said(o, "contact", s->contact);
	json_kv_str(o, "directory", s->directory);
	json_kv_bool(o, "exposed", s->exposed);
	if (s->run.present)
		put_run(o, &s->run);
	put_serves(o, s);
	put_calls(o, s);
	put_endpoints(o, s);
	json_out_end(o);
}

static void put_follow(struct json_out *o, const struct snapshot *s)
{
	json_out_key(o, STR("follow"));
	json_out_array(o);
	for (size_t i = 0; i < s->follow_count; i++) {
		json_out_object(o);
		json_kv_str(o, "files", s->follow[i].files);
		json_kv_str(o, "service", s->follow[i].service);
		json_out_end(o);
	}
	json_out_end(o);
}

void snapshot_encode(const struct snapshot *s, struct buf *out)
{
	struct json_out o;
	json_out_init(&o, out);
	json_out_object(&o);
	json_kv_u64(&o, "version", s->version);
	json_kv_u64(&o, "fleet_version", s->fleet_version);
	json_kv_str(&o, "fleet", s->fleet);
	json_out_key(&o, STR("gateway"));
	json_out_object(&o);
	wire_put_addr(&o, "listen", &s->gateway.listen);
	wire_put_strs(&o, "trust", s->gateway.trust, s->gateway.trust_count);
	json_kv_i64(&o, "connect_timeout_ns", s->gateway.connect_timeout);
	json_kv_i64(&o, "first_byte_timeout_ns", s->gateway.first_byte_timeout);
	json_kv_i64(&o, "timeout_ns", s->gateway.timeout);
	json_kv_u64(&o, "max_body", s->gateway.max_body);
	json_out_end(&o);
	wire_put_addr(&o, "otlp", &s->otlp);
	put_follow(&o, s);
	json_out_key(&o, STR("services"));
	json_out_array(&o);
	for (size_t i = 0; i < s->services_count; i++)
		put_service(&o, &s->services[i]);
	json_out_end(&o);
	json_out_end(&o);
}
