/* GET /api/map: who calls whom. The store's counted edges, joined with what is declared (time-outs, owners, dependencies that nobody called yet)
 * and with the instances. */
#include "base/check.h"
#include "control/state.h"
#include "model/call.h"
#include <stdlib.h>

struct map_node {
	struct str name;
	const char *kind;
	int64_t calls, errors, p95;
};
struct map {
	struct control *control;
	struct arena *arena;
	double seconds;
	struct map_node *nodes;
	size_t count, capacity;
};

static struct map_node *node_of(struct map *m, struct str name)
{
	for (size_t i = 0; i < m->count; i++)
		if (str_eq(m->nodes[i].name, name))
			return &m->nodes[i];
	if (!ARENA_PUSH_ROOM(m->arena, m->nodes, m->count, m->capacity))
		return NULL;
	struct map_node *n = &m->nodes[m->count++];
	*n = (struct map_node){ .name = name };
	n->kind = str_eq(name, STR(CALL_EDGE)) ? "edge" : snapshot_service(m->control->snapshot, name) ? "service" : "unknown";
	return n;
}

static double rate(const struct map *m, int64_t calls)
{
	return m->seconds > 0 ? (double)calls / m->seconds : 0;
}

/* A node's colour: its errors and its instances. */
static const char *state_of(const struct map_node *n, struct instance_count instances)
{
	double share = n->calls ? (double)n->errors / (double)n->calls : 0;
	if (instances.healthy < instances.wanted || share >= 0.05)
		return "failure";
	if (share >= 0.01)
		return "warning";
	return n->calls || instances.wanted ? "ok" : "unknown";
}

static void node_json(struct map *m, struct json_out *o, const struct map_node *n)
{
	struct instance_count instances = nodes_count_of(m->control, n->name);
	json_out_object(o);
	json_kv_str(o, "service", n->name);
	json_kv_str(o, "kind", str_z(n->kind));
	json_kv_str(o, "owner", catalogue_owner(m->control, n->name));
	json_kv_i64(o, "calls", n->calls);
	json_kv_f64(o, "rate", rate(m, n->calls));
	json_kv_i64(o, "errors", n->errors);
	json_kv_f64(o, "error_rate", n->calls ? (double)n->errors / (double)n->calls : 0);
	json_kv_i64(o, "p95_ns", n->p95);
	json_kv_u64(o, "wanted", instances.wanted);
	json_kv_u64(o, "healthy", instances.healthy);
	json_kv_str(o, "state", str_z(state_of(n, instances)));
	json_kv_u64(o, "findings", judge_count(m->control, n->name));
	json_out_end(o);
}

static void declared_members(struct map *m, struct json_out *o, struct str caller, struct str callee)
{
	const struct dependency *d = catalogue_call(m->control, caller, callee);
	json_kv_bool(o, "declared", d != NULL || str_eq(caller, STR(CALL_EDGE)));
	json_kv_i64(o, "timeout_ns", d ? d->timeout : str_eq(caller, STR(CALL_EDGE)) ? m->control->snapshot->gateway.timeout : 0);
	json_kv_str(o, "on_failure", d ? d->on_failure : STR(""));
}

static void edge_json(struct map *m, struct json_out *o, const struct json *edge)
{
	struct str caller = json_get_str(edge, STR("caller"), STR("")), callee = json_get_str(edge, STR("callee"), STR(""));
	int64_t calls = json_get_i64(edge, STR("calls"), 0), errors = json_get_i64(edge, STR("errors"), 0), p95 = json_get_i64(edge, STR("p95_ns"), 0);
	struct map_node *to;
	node_of(m, caller);
	to = node_of(m, callee);
	if (to) {
		to->calls += calls;
		to->errors += errors;
		to->p95 = p95 > to->p95 ? p95 : to->p95; /* of several callers the worst: percentiles do not add up */
	}
	json_out_object(o);
	for (uint32_t i = 0; edge->type == JSON_OBJECT && i < edge->count; i++) {
		json_out_key(o, edge->members[i].key);
		json_out_value(o, &edge->members[i].value);
	}
	json_kv_f64(o, "rate", rate(m, calls));
	json_kv_f64(o, "error_rate", calls ? (double)errors / (double)calls : 0);
	declared_members(m, o, caller, callee);
	json_out_end(o);
}

static bool was_called(const struct json *edges, struct str caller, struct str callee)
{
	for (uint32_t i = 0; i < edges->count; i++)
		if (str_eq(json_get_str(&edges->items[i], STR("caller"), STR("")), caller) &&
		    str_eq(json_get_str(&edges->items[i], STR("callee"), STR("")), callee))
			return true;
	return false;
}

/* A declared dependency that nobody called in this time stands on the map all the same. */
static void uncalled_json(struct map *m, struct json_out *o, const struct json *edges)
{
	static const char *const zeros[] = { "calls", "errors", "started", "restarted", "p50_ns", "p90_ns", "p95_ns", "p99_ns", "max_ns", "sum_ns", "rate", "error_rate" };
	const struct snapshot *s = m->control->snapshot;
	for (size_t i = 0; i < s->services_count; i++)
		for (size_t k = 0; k < s->services[i].calls_count; k++) {
			struct str caller = s->services[i].name, callee = s->services[i].calls[k].callee;
			if (was_called(edges, caller, callee))
				continue;
			json_out_object(o);
			json_kv_str(o, "caller", caller);
			json_kv_str(o, "callee", callee);
			json_kv_str(o, "api", STR(""));
			for (size_t z = 0; z < ARRAY_LEN(zeros); z++)
				json_kv_i64(o, zeros[z], 0);
			json_out_key(o, STR("statuses"));
			json_out_object(o);
			json_out_end(o);
			json_out_key(o, STR("reasons"));
			json_out_object(o);
			json_out_end(o);
			json_kv_str(o, "slow_trace", STR(""));
			json_kv_str(o, "failed_trace", STR(""));
			json_kv_str(o, "last_ns", STR("0"));
			json_out_key(o, STR("operations"));
			json_out_array(o);
			json_out_end(o);
			declared_members(m, o, caller, callee);
			json_out_end(o);
			node_of(m, callee);
		}
}

static int64_t ns_text(const struct json *j, const char *key)
{
	int64_t v = 0;
	str_to_i64(json_get_str(j, str_z(key), STR("")), &v);
	return v;
}

static void on_edges(struct control *c, struct http_exchange *x, void *ctx, const struct json *answer, const struct err *e)
{
	static const struct json none = { .type = JSON_ARRAY };
	const struct json *edges = json_get(answer, STR("edges"));
	struct map m = { .control = c, .arena = http_arena(x) };
	struct buf b;
	struct json_out o;
	(void)ctx;
	if (!answer) {
		http_answer_err(x, e);
		return;
	}
	if (!edges || edges->type != JSON_ARRAY)
		edges = &none;
	m.seconds = (double)(ns_text(answer, "to_ns") - ns_text(answer, "from_ns")) / 1e9;
	for (size_t i = 0; i < c->snapshot->services_count; i++)
		node_of(&m, c->snapshot->services[i].name);
	buf_init(&b, 32u << 20);
	json_out_init(&o, &b);
	json_out_object(&o);
	json_kv_str(&o, "from_ns", json_get_str(answer, STR("from_ns"), STR("")));
	json_kv_str(&o, "to_ns", json_get_str(answer, STR("to_ns"), STR("")));
	json_out_key(&o, STR("edges"));
	json_out_array(&o);
	for (uint32_t i = 0; i < edges->count; i++)
		edge_json(&m, &o, &edges->items[i]);
	uncalled_json(&m, &o, edges);
	json_out_end(&o);
	json_out_key(&o, STR("nodes"));
	json_out_array(&o);
	for (size_t i = 0; i < m.count; i++)
		node_json(&m, &o, &m.nodes[i]);
	json_out_end(&o);
	json_out_end(&o);
	api_answer(x, &b);
}

void api_map(struct control *c, struct http_exchange *x)
{
	struct str query = http_request(x)->head.query, from;
	struct err e = { 0 };
	/* The map is of now: five minutes unless asked otherwise. */
	bool said = http_query_get(query, STR("from"), &from);
	struct str target = arena_printf(http_arena(x), "/api/edges?%.*s%s%s", STR_FMT(query), query.len ? "&" : "", said ? "" : "from=5m");
	if (!target.p || !upstream_ask(c, x, target, on_edges, NULL)) {
		err_set(&e, ERR_UNAVAILABLE, "the store is not reachable");
		http_answer_err(x, &e);
	}
}
