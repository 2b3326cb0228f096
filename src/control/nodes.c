/* The nodes' reports: what runs where. A report replaces the one before it; endpoints that differ lead to a new snapshot. */
#include "base/check.h"
#include "base/time.h"
#include "control/state.h"
#include "model/names.h"

/* A node that has not reported for so long is shown as away, its instances as unknown. */
#define NODE_AWAY (10 * SECOND)
enum { MAX_ENDPOINTS = 4096 };

static struct node_seen *find_node(struct control *c, struct str name)
{
	for (size_t i = 0; i < c->nodes_count; i++)
		if (str_eq(c->nodes[i].status->node, name))
			return &c->nodes[i];
	return NULL;
}

static bool same_endpoints(const struct node_status *a, const struct node_status *b)
{
	if (!a || a->instances_count != b->instances_count)
		return false;
	for (size_t i = 0; i < a->instances_count; i++) {
		const struct instance_status *x = &a->instances[i], *y = &b->instances[i];
		if (!str_eq(x->instance, y->instance) || !str_eq(x->service, y->service) || x->state != y->state || !sys_addr_eq(&x->address, &y->address))
			return false;
	}
	return true;
}

static void announce(struct deferred *d)
{
	struct control *c = CONTAINER_OF(d, struct control, announce);
	events_send(c, "status", STR("{}"));
}

void nodes_put(struct control *c, struct http_exchange *x, struct str node)
{
	struct err e = { 0 };
	struct node_status *s = node_status_decode(http_request(x)->body, &e);
	if (!s) {
		http_answer_err(x, &e);
		return;
	}
	struct node_seen *seen = find_node(c, node);
	if (!str_eq(s->node, node) || !name_check(node, "node", &e) || (!seen && c->nodes_count == MAX_NODES)) {
		if (!err_is_set(&e))
			err_set(&e, ERR_INPUT, "the report is of node `%.*s`, or there are more than %d nodes", STR_FMT(s->node), MAX_NODES);
		node_status_free(s);
		http_answer_err(x, &e);
		return;
	}
	if (!seen) {
		seen = &c->nodes[c->nodes_count++];
		seen->status = NULL;
	}
	bool changed = !same_endpoints(seen->status, s);
	if (seen->status)
		node_status_free(seen->status);
	seen->status = s;
	seen->seen = loop_now(c->loop);
	if (changed) {
		catalogue_endpoints_changed(c);
		loop_defer(c->loop, &c->announce, announce);
	}
	http_answer(x, 204, STR(""), STR(""), STR(""));
}

void nodes_release(struct control *c)
{
	for (size_t i = 0; i < c->nodes_count; i++)
		node_status_free(c->nodes[i].status);
	c->nodes_count = 0;
}

const struct endpoint *nodes_endpoints(void *control, struct str service, size_t *n)
{
	/* Read out by snapshot_compile before it asks for the next service. */
	static struct endpoint list[MAX_ENDPOINTS];
	struct control *c = control;
	*n = 0;
	for (size_t i = 0; i < c->nodes_count; i++)
		for (size_t k = 0; k < c->nodes[i].status->instances_count; k++) {
			const struct instance_status *s = &c->nodes[i].status->instances[k];
			if (*n < MAX_ENDPOINTS && !s->part && str_eq(s->service, service) && s->address.family != SYS_NONE)
				list[(*n)++] = (struct endpoint){ .instance = s->instance, .address = s->address, .state = s->state };
		}
	return list;
}

struct instance_count nodes_count_of(const struct control *c, struct str service)
{
	struct instance_count n = { 0 };
	const struct snap_service *wanted = snapshot_service(c->snapshot, service);
	if (wanted && wanted->run.present)
		n.wanted = wanted->run.instances;
	if (!wanted && str_starts(service, STR("pleach-")))
		n.wanted = 1;
	for (size_t i = 0; i < c->nodes_count; i++) {
		bool away = loop_now(c->loop) - c->nodes[i].seen > NODE_AWAY;
		for (size_t k = 0; !away && k < c->nodes[i].status->instances_count; k++) {
			const struct instance_status *s = &c->nodes[i].status->instances[k];
			if (!str_eq(s->service, service))
				continue;
			n.healthy += s->state == INSTANCE_HEALTHY;
			n.running += s->state == INSTANCE_HEALTHY || s->state == INSTANCE_STARTING || s->state == INSTANCE_UNHEALTHY;
		}
	}
	return n;
}

static const char *const own_parts[] = { "pleach-control", "pleach-gateway", "pleach-store" };

bool nodes_all_healthy(const struct control *c)
{
	bool followed = false;
	for (size_t i = 0; i < c->snapshot->services_count; i++) {
		struct instance_count n = nodes_count_of(c, c->snapshot->services[i].name);
		if (n.healthy < n.wanted)
			return false;
	}
	for (size_t i = 0; i < ARRAY_LEN(own_parts); i++)
		if (nodes_count_of(c, str_z(own_parts[i])).healthy == 0)
			return false;
	for (size_t i = 0; i < c->followers_count; i++)
		followed |= strcmp(c->followers[i].part, "gateway") == 0 && c->followers[i].version == c->snapshot->version;
	return followed;
}

static void instance_json(struct json_out *o, const struct instance_status *s, struct str node, bool away)
{
	char text[128];
	json_out_object(o);
	json_kv_str(o, "instance", s->instance);
	json_kv_str(o, "node", node);
	json_kv_str(o, "state", away ? STR("unknown") : str_z(instance_state_name(s->state)));
	json_kv_str(o, "address", s->address.family == SYS_NONE || s->address.family == SYS_UNIX ? STR("") : sys_addr_text(&s->address, text));
	json_kv_i64(o, "pid", s->pid);
	api_time(o, "since", s->since);
	api_time(o, "started", s->started);
	json_kv_u64(o, "restarts", s->restarts);
	api_time(o, "next_start", s->next_start);
	json_kv_str(o, "last_exit", s->last_exit);
	json_kv_str(o, "last_lines", s->last_lines);
	json_kv_str(o, "why", away ? STR("its node does not report") : s->why);
	json_kv_i64(o, "rss", s->rss);
	json_kv_i64(o, "cpu_ns", s->cpu_ns);
	json_out_end(o);
}

static void service_json(struct control *c, struct json_out *o, struct str name, bool part)
{
	struct instance_count n = nodes_count_of(c, name);
	json_out_object(o);
	json_kv_str(o, "service", name);
	json_kv_str(o, "owner", part ? STR("") : catalogue_owner(c, name));
	json_kv_bool(o, "part", part);
	json_kv_u64(o, "wanted", n.wanted);
	json_kv_u64(o, "running", n.running);
	json_kv_u64(o, "healthy", n.healthy);
	json_out_key(o, STR("instances"));
	json_out_array(o);
	for (size_t i = 0; i < c->nodes_count; i++) {
		const struct node_status *s = c->nodes[i].status;
		bool away = loop_now(c->loop) - c->nodes[i].seen > NODE_AWAY;
		for (size_t k = 0; k < s->instances_count; k++)
			if (str_eq(s->instances[k].service, name))
				instance_json(o, &s->instances[k], s->node, away);
	}
	json_out_end(o);
	json_out_end(o);
}

static void node_json(struct control *c, struct json_out *o, const struct node_seen *seen)
{
	int64_t age = loop_now(c->loop) - seen->seen;
	json_out_object(o);
	json_kv_str(o, "node", seen->status->node);
	api_time(o, "seen", sys_wall() - age);
	json_kv_i64(o, "age_ns", age);
	json_out_key(o, STR("unconfined"));
	json_out_array(o);
	for (size_t i = 0; i < seen->status->unconfined_count; i++)
		json_out_str(o, seen->status->unconfined[i]);
	json_out_end(o);
	json_out_key(o, STR("files"));
	json_out_array(o);
	for (size_t i = 0; i < seen->status->files_count; i++)
		file_status_json(o, &seen->status->files[i]);
	json_out_end(o);
	json_kv_str(o, "files_wait", seen->status->files_wait);
	json_out_end(o);
}

void api_status(struct control *c, struct http_exchange *x)
{
	struct buf b;
	struct json_out o;
	buf_init(&b, 16u << 20);
	json_out_init(&o, &b);
	json_out_object(&o);
	api_time(&o, "time", sys_wall());
	json_kv_bool(&o, "healthy", nodes_all_healthy(c));
	json_out_key(&o, STR("nodes"));
	json_out_array(&o);
	for (size_t i = 0; i < c->nodes_count; i++)
		node_json(c, &o, &c->nodes[i]);
	json_out_end(&o);
	json_out_key(&o, STR("services"));
	json_out_array(&o);
	for (size_t i = 0; i < c->snapshot->services_count; i++)
		service_json(c, &o, c->snapshot->services[i].name, false);
	for (size_t i = 0; i < ARRAY_LEN(own_parts); i++)
		service_json(c, &o, str_z(own_parts[i]), true);
	json_out_end(&o);
	json_out_end(&o);
	api_answer(x, &b);
}
