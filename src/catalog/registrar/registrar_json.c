/* Answers of Consul's API (registrar.h), in the forms of its documentation. */
#include "base/check.h"
#include "catalog/registrar/impl.h"

#define NODE_ADDRESS "127.0.0.1"

static bool has_tag(const struct registered *s, struct str tag)
{
	struct arena a;
	struct err ignored = { 0 };
	bool found = !tag.len;
	arena_init(&a, REGISTRAR_SERVICE_MEMORY * 2);
	const struct json *tags = found ? NULL : json_parse(&a, s->tags, &ignored);
	for (uint32_t i = 0; tags && tags->type == JSON_ARRAY && i < tags->count; i++)
		found |= tags->items[i].type == JSON_STRING && str_eq(tags->items[i].s, tag);
	arena_release(&a);
	return found;
}

static void raw(struct json_out *o, const char *key, struct str json)
{
	json_out_key(o, str_z(key));
	json_out_raw(o, json);
}

static void indices(struct json_out *o, const struct registered *s)
{
	json_kv_u64(o, "CreateIndex", s->created);
	json_kv_u64(o, "ModifyIndex", s->modified);
}

static void say_service(struct json_out *o, const struct registered *s)
{
	json_out_object(o);
	json_kv_str(o, "ID", s->id);
	json_kv_str(o, "Service", s->name);
	raw(o, "Tags", s->tags);
	raw(o, "Meta", s->meta);
	json_kv_i64(o, "Port", s->port);
	json_kv_str(o, "Address", s->address);
	raw(o, "Weights", s->weights);
	json_kv_bool(o, "EnableTagOverride", false);
	json_kv_str(o, "Datacenter", STR(REGISTRAR_DATACENTER));
	indices(o, s);
	json_out_end(o);
}

static void say_check(struct json_out *o, const struct registered_check *c)
{
	const struct registered *s = c->service;
	bool resting = check_rests(c);
	json_out_object(o);
	json_kv_str(o, "Node", s->node);
	json_kv_str(o, "CheckID", c->id);
	json_kv_str(o, "Name", c->name);
	json_kv_str(o, "Status", str_z(instance_health_name(c->health)));
	json_kv_str(o, "Notes", resting ? str_z(c->output) : c->notes);
	json_kv_str(o, "Output", resting ? STR("") : str_z(c->output));
	json_kv_str(o, "ServiceID", s->id);
	json_kv_str(o, "ServiceName", s->name);
	raw(o, "ServiceTags", s->tags);
	json_kv_str(o, "Type", c->type);
	indices(o, s);
	json_out_end(o);
}

static void say_checks(struct json_out *o, const struct registered *s)
{
	json_out_array(o);
	for (size_t i = 0; i < s->checks_count; i++)
		say_check(o, &s->checks[i]);
	json_out_end(o);
}

#define EACH(r, s) for (uint32_t i_ = 0; i_ < (r)->by_id.count; i_++) for (const struct registered *s = (r)->by_id.entries[i_].value; s; s = NULL)

/* Tags of a name are those of all its instances, each once. */
static void tags_of(const struct registrar *r, struct json_out *o, struct str name)
{
	struct arena a;
	struct map said;
	struct err ignored = { 0 };
	arena_init(&a, 64 << 20);
	map_init(&said, 100000);
	json_out_array(o);
	EACH(r, s) {
		const struct json *tags = str_eq(s->name, name) ? json_parse(&a, s->tags, &ignored) : NULL;
		for (uint32_t i = 0; tags && i < tags->count; i++)
			if (tags->items[i].type == JSON_STRING && !map_get(&said, tags->items[i].s) && map_put(&said, tags->items[i].s, &said))
				json_out_str(o, tags->items[i].s);
	}
	json_out_end(o);
	map_release(&said);
	arena_release(&a);
}

void registrar_services_json(const struct registrar *r, struct json_out *o)
{
	struct map said;
	map_init(&said, REGISTRAR_SERVICES_MAX);
	json_out_object(o);
	EACH(r, s)
		if (!map_get(&said, s->name) && map_put(&said, s->name, &said)) {
			json_out_key(o, s->name);
			tags_of(r, o, s->name);
		}
	json_out_end(o);
	map_release(&said);
}

void registrar_catalog_json(const struct registrar *r, struct json_out *o, struct str name, struct str tag)
{
	json_out_array(o);
	EACH(r, s) {
		if (!str_eq(s->name, name) || !has_tag(s, tag))
			continue;
		json_out_object(o);
		json_kv_str(o, "ID", STR(""));
		json_kv_str(o, "Node", s->node);
		json_kv_str(o, "Address", STR(NODE_ADDRESS));
		json_kv_str(o, "Datacenter", STR(REGISTRAR_DATACENTER));
		raw(o, "TaggedAddresses", STR("{}"));
		raw(o, "NodeMeta", STR("{}"));
		json_kv_str(o, "ServiceID", s->id);
		json_kv_str(o, "ServiceName", s->name);
		json_kv_str(o, "ServiceAddress", s->address);
		json_kv_i64(o, "ServicePort", s->port);
		raw(o, "ServiceTags", s->tags);
		raw(o, "ServiceMeta", s->meta);
		raw(o, "ServiceWeights", s->weights);
		indices(o, s);
		json_out_end(o);
	}
	json_out_end(o);
}

void registrar_health_json(const struct registrar *r, struct json_out *o, struct str name, struct str tag, bool passing)
{
	json_out_array(o);
	EACH(r, s) {
		if (!str_eq(s->name, name) || !has_tag(s, tag) || (passing && registered_health(s) != INSTANCE_PASSING))
			continue;
		json_out_object(o);
		json_out_key(o, STR("Node"));
		json_out_object(o);
		json_kv_str(o, "ID", STR(""));
		json_kv_str(o, "Node", s->node);
		json_kv_str(o, "Address", STR(NODE_ADDRESS));
		json_kv_str(o, "Datacenter", STR(REGISTRAR_DATACENTER));
		raw(o, "Meta", STR("{}"));
		json_out_end(o);
		json_out_key(o, STR("Service"));
		say_service(o, s);
		json_out_key(o, STR("Checks"));
		say_checks(o, s);
		json_out_end(o);
	}
	json_out_end(o);
}

void registrar_checks_json(const struct registrar *r, struct json_out *o, struct str name, struct str state)
{
	json_out_array(o);
	EACH(r, s)
		for (size_t i = 0; i < s->checks_count; i++) {
			const struct registered_check *c = &s->checks[i];
			if (name.len ? str_eq(s->name, name) : str_eq(state, STR("any")) || str_eq(state, str_z(instance_health_name(c->health))))
				say_check(o, c);
		}
	json_out_end(o);
}

void registrar_agent_services_json(const struct registrar *r, struct json_out *o)
{
	json_out_object(o);
	EACH(r, s) {
		json_out_key(o, s->id);
		say_service(o, s);
	}
	json_out_end(o);
}

void registrar_agent_checks_json(const struct registrar *r, struct json_out *o)
{
	json_out_object(o);
	EACH(r, s)
		for (size_t i = 0; i < s->checks_count; i++) {
			json_out_key(o, s->checks[i].id);
			say_check(o, &s->checks[i]);
		}
	json_out_end(o);
}

void registrar_agent_service_json(const struct registrar *r, struct json_out *o, struct str id)
{
	say_service(o, registrar_service(r, id));
}

static void say_health(struct json_out *o, const struct registered *s)
{
	json_out_object(o);
	json_kv_str(o, "AggregatedStatus", str_z(instance_health_name(registered_health(s))));
	json_out_key(o, STR("Service"));
	say_service(o, s);
	json_out_key(o, STR("Checks"));
	say_checks(o, s);
	json_out_end(o);
}

bool registrar_agent_health_json(const struct registrar *r, struct json_out *o, struct str id, struct str name, enum instance_health *worst)
{
	bool any = false;
	*worst = INSTANCE_PASSING;
	if (!id.len)
		json_out_array(o);
	EACH(r, s) {
		if (id.len ? !str_eq(s->id, id) : !str_eq(s->name, name))
			continue;
		any = true;
		*worst = registered_health(s) > *worst ? registered_health(s) : *worst;
		say_health(o, s);
	}
	if (!id.len)
		json_out_end(o);
	return any;
}

/* --- nodes ------------------------------------------------------------------------------------------------------------------------------------------------- */

static void say_node(struct json_out *o, struct str node)
{
	json_out_object(o);
	json_kv_str(o, "ID", STR(""));
	json_kv_str(o, "Node", node);
	json_kv_str(o, "Address", STR(NODE_ADDRESS));
	json_kv_str(o, "Datacenter", STR(REGISTRAR_DATACENTER));
	raw(o, "TaggedAddresses", STR("{}"));
	raw(o, "Meta", STR("{}"));
	json_out_end(o);
}

void registrar_nodes_json(const struct registrar *r, struct json_out *o)
{
	struct map said;
	map_init(&said, REGISTRAR_SERVICES_MAX + 1);
	json_out_array(o);
	say_node(o, STR(REGISTRAR_NODE));
	EACH(r, s)
		if (!str_eq(s->node, STR(REGISTRAR_NODE)) && !map_get(&said, s->node) && map_put(&said, s->node, &said))
			say_node(o, s->node);
	json_out_end(o);
	map_release(&said);
}

void registrar_node_json(const struct registrar *r, struct json_out *o, struct str node)
{
	bool known = str_eq(node, STR(REGISTRAR_NODE));
	EACH(r, s)
		known = known || str_eq(s->node, node);
	if (!known) {
		json_out_null(o);
		return;
	}
	json_out_object(o);
	json_out_key(o, STR("Node"));
	say_node(o, node);
	json_out_key(o, STR("Services"));
	json_out_object(o);
	EACH(r, s)
		if (str_eq(s->node, node)) {
			json_out_key(o, s->id);
			say_service(o, s);
		}
	json_out_end(o);
	json_out_end(o);
}

void registrar_node_checks_json(const struct registrar *r, struct json_out *o, struct str node)
{
	json_out_array(o);
	EACH(r, s)
		for (size_t i = 0; i < s->checks_count && str_eq(s->node, node); i++)
			say_check(o, &s->checks[i]);
	json_out_end(o);
}

/* --- to be kept -------------------------------------------------------------------------------------------------------------------------------------------- */

void registrar_kept_json(const struct registrar *r, struct json_out *o)
{
	json_out_object(o);
	json_out_key(o, STR("services"));
	json_out_array(o);
	EACH(r, s)
		json_out_raw(o, s->source);
	json_out_end(o);
	json_out_key(o, STR("maintenance"));
	json_out_object(o);
	EACH(r, s)
		for (size_t i = 0; i < s->checks_count; i++)
			if (check_rests(&s->checks[i])) {
				json_out_key(o, s->id);
				json_out_str(o, str_z(s->checks[i].output));
			}
	json_out_end(o);
	json_out_end(o);
}
