/* Reading of paths, webhooks and callbacks: which operations there are, by what name people know them. */
#include "contract/openapi/openapi.h"

static const struct { struct str key, method; } methods[] = {
	{ STR_INIT("get"), STR_INIT("GET") }, { STR_INIT("put"), STR_INIT("PUT") }, { STR_INIT("post"), STR_INIT("POST") },
	{ STR_INIT("delete"), STR_INIT("DELETE") }, { STR_INIT("options"), STR_INIT("OPTIONS") }, { STR_INIT("head"), STR_INIT("HEAD") },
	{ STR_INIT("patch"), STR_INIT("PATCH") }, { STR_INIT("trace"), STR_INIT("TRACE") }, { STR_INIT("query"), STR_INIT("QUERY") },
};
enum { METHODS = sizeof(methods) / sizeof(methods[0]) };

/* "/orders/{id}/" as "/orders/{}": names of path parameters mean nothing to callers. */
struct str openapi_path_key(struct arena *a, struct str path)
{
	char *p = arena_bytes(a, path.len + 1);
	size_t len = 0;
	bool inside = false;
	for (size_t i = 0; p && i < path.len; i++) {
		if (inside && path.p[i] != '}')
			continue;
		p[len++] = path.p[i];
		inside = path.p[i] == '{';
	}
	while (p && len > 1 && p[len - 1] == '/')
		len--;
	return str_from(p, p ? len : 0);
}

static struct openapi_path *new_path(struct openapi_reader *r, struct str name, struct doc_spot at, enum openapi_kind kind)
{
	struct openapi_path *p = ARENA_NEW(r->arena, struct openapi_path);
	if (p)
		*p = (struct openapi_path){ .path = name, .spot = at, .kind = kind, .key = kind == OPENAPI_OPERATION ? openapi_path_key(r->arena, name) : name };
	if (p && p->key.p)
		return p;
	openapi_full(r);
	return NULL;
}

static struct str label_of(struct openapi_reader *r, const struct openapi_path *p, struct str method, const struct openapi_operation *parent)
{
	if (p->kind == OPENAPI_OPERATION)
		return arena_printf(r->arena, "%.*s %.*s", STR_FMT(method), STR_FMT(p->path));
	if (p->kind == OPENAPI_WEBHOOK)
		return arena_printf(r->arena, "webhook %.*s %.*s", STR_FMT(p->path), STR_FMT(method));
	return arena_printf(r->arena, "%.*s callback %.*s %.*s", STR_FMT(parent->label), STR_FMT(p->path), STR_FMT(method));
}

static bool add_parameter(struct openapi_reader *r, struct openapi_operation *op, struct openapi_parameter *p)
{
	struct openapi_parameters *all = &op->parameters;
	if (!ARENA_PUSH_ROOM(r->arena, all->items, all->count, all->capacity))
		return openapi_full(r);
	all->items[all->count++] = p;
	return true;
}

static bool is_overridden(const struct openapi_operation *op, const struct openapi_parameter *p)
{
	for (size_t i = 0; i < op->parameters.count; i++)
		if (op->parameters.items[i]->in == p->in && str_eq(op->parameters.items[i]->name, p->name))
			return true;
	return false;
}

/* These headers are described elsewhere (content, security); as parameters OpenAPI 3 ignores them (3.1.1, section 4.8.12.2.1). */
static bool is_ignored(const struct openapi_parameter *p)
{
	return p->in == OPENAPI_HEADER && (str_eq_ci(p->name, STR("accept")) || str_eq_ci(p->name, STR("content-type")) || str_eq_ci(p->name, STR("authorization")));
}

/* OpenAPI 3: the operation's own parameters first, then those of the path that it does not override. */
static bool read_parameter_list(struct openapi_reader *r, struct openapi_operation *op, struct doc_spot list, bool of_path)
{
	if (!list.node)
		return true;
	if (!openapi_demand_array(r, list, "parameters"))
		return false;
	for (uint32_t i = 0; i < list.node->count; i++) {
		struct openapi_parameter *p;
		if (!openapi_read_parameter(r, spot_item(list, &list.node->items[i]), of_path, &p))
			return false;
		if (!is_overridden(op, p) && !is_ignored(p) && !add_parameter(r, op, p))
			return false;
	}
	return true;
}

/* Swagger 2.0: the same, but body and form parameters become the body. */
static bool read_swagger_lists(struct openapi_reader *r, struct openapi_operation *op, struct doc_spot own, struct doc_spot shared, struct doc_spot operation)
{
	const struct doc_spot lists[2] = { own, shared };
	for (size_t i = 0; i < 2; i++)
		if (lists[i].node && !openapi_demand_array(r, lists[i], "parameters"))
			return false;
	return swagger_read_parameters(r, op, lists, operation);
}

/* What a path item says for all of its operations. */
struct item_parts { struct doc_spot parameters, servers; };

static bool read_item(struct openapi_reader *r, struct doc_spot at, struct openapi_path *p, const struct openapi_operation *parent);

static bool read_callback(struct openapi_reader *r, const struct openapi_operation *op, struct str name, struct doc_spot at)
{
	if (!spot_follow(r, &at) || !openapi_demand_object(r, at, "a callback"))
		return false;
	for (uint32_t i = 0; i < at.node->count; i++) {
		const struct doc_member *m = &at.node->members[i];
		if (str_starts(doc_key(m), STR("x-")))
			continue;
		struct str key = arena_printf(r->arena, "%.*s %.*s", STR_FMT(name), STR_FMT(doc_key(m)));
		struct openapi_path *p = key.p ? new_path(r, key, spot_of(at, m), OPENAPI_CALLBACK) : NULL;
		if (!p || !read_item(r, spot_of(at, m), p, op))
			return false;
	}
	return true;
}

static bool read_callbacks(struct openapi_reader *r, const struct openapi_operation *op, struct doc_spot at)
{
	if (!at.node)
		return true;
	if (!openapi_demand_object(r, at, "callbacks"))
		return false;
	for (uint32_t i = 0; i < at.node->count; i++)
		if (!read_callback(r, op, doc_key(&at.node->members[i]), spot_of(at, &at.node->members[i])))
			return false;
	return true;
}

static struct openapi_operation *new_operation(struct openapi_reader *r, struct openapi_path *p, struct str method, struct doc_spot at,
	const struct openapi_operation *parent)
{
	struct openapi_operations *all = &r->api->operations;
	struct openapi_operation *op = ARENA_NEW(r->arena, struct openapi_operation);
	if (all->count == OPENAPI_OPERATIONS_MAX) {
		openapi_fault(r, at, "the description has more than %d operations; split it", OPENAPI_OPERATIONS_MAX);
		return NULL;
	}
	if (!op || !ARENA_PUSH_ROOM(r->arena, all->items, all->count, all->capacity)) {
		openapi_full(r);
		return NULL;
	}
	*op = (struct openapi_operation){ .path = p, .method = method, .spot = at, .parent = parent, .life = openapi_read_life(at) };
	op->inbound = parent ? !parent->inbound : p->kind == OPENAPI_OPERATION;
	op->label = label_of(r, p, method, parent);
	op->id = doc_str(doc_get(at.node, STR("operationId")));
	op->security = r->api->security;
	all->items[all->count++] = op;
	p->operations++;
	return op;
}

static bool read_operation(struct openapi_reader *r, struct openapi_path *p, struct str method, struct doc_spot at, const struct item_parts *shared,
	const struct openapi_operation *parent)
{
	if (!openapi_demand_object(r, at, "an operation"))
		return false;
	struct openapi_operation *op = new_operation(r, p, method, at, parent);
	if (!op)
		return false;
	struct doc_spot security = spot_member(at, STR("security")), own = spot_member(at, STR("parameters")), servers = spot_member(at, STR("servers"));
	op->servers = servers.node ? servers : shared->servers;
	if (security.node && !openapi_read_security(r, security, &op->security))
		return false;
	if (r->api->version == OPENAPI_SWAGGER_2) {
		if (!read_swagger_lists(r, op, own, shared->parameters, at))
			return false;
	} else if (!read_parameter_list(r, op, own, false) || !read_parameter_list(r, op, shared->parameters, true)) {
		return false;
	}
	struct doc_spot body = spot_member(at, STR("requestBody"));
	if (body.node && r->api->version != OPENAPI_SWAGGER_2 && !openapi_read_body(r, body, &op->body))
		return false;
	return openapi_read_responses(r, op, spot_member(at, STR("responses"))) && read_callbacks(r, op, spot_member(at, STR("callbacks")));
}

static bool read_methods(struct openapi_reader *r, struct doc_spot at, struct openapi_path *p, const struct item_parts *shared,
	const struct openapi_operation *parent)
{
	for (size_t i = 0; i < METHODS; i++) {
		struct doc_spot op = spot_member(at, methods[i].key);
		if (op.node && !read_operation(r, p, methods[i].method, op, shared, parent))
			return false;
	}
	struct doc_spot more = spot_member(at, STR("additionalOperations"));
	for (uint32_t i = 0; doc_is(more.node, DOC_OBJECT) && i < more.node->count; i++)
		if (!read_operation(r, p, doc_key(&more.node->members[i]), spot_of(more, &more.node->members[i]), shared, parent))
			return false;
	return true;
}

/* A path item and, where it is a reference with something beside it, both. A callback that leads back to a path item that is being read ends there. */
static bool read_item(struct openapi_reader *r, struct doc_spot at, struct openapi_path *p, const struct openapi_operation *parent)
{
	struct doc_spot target = at;
	if (!spot_follow(r, &target) || !openapi_demand_object(r, target, "a path item"))
		return false;
	for (size_t i = 0; i < r->depth; i++)
		if (r->stack[i] == target.node)
			return true;
	if (r->depth == OPENAPI_CALLBACK_DEPTH_MAX)
		return openapi_fault(r, at, "callbacks of callbacks go deeper than %d; cut them", OPENAPI_CALLBACK_DEPTH_MAX);
	r->stack[r->depth++] = target.node;
	struct item_parts shared = { spot_member(at, STR("parameters")), spot_member(at, STR("servers")) };
	if (!shared.parameters.node)
		shared.parameters = spot_member(target, STR("parameters"));
	if (!shared.servers.node)
		shared.servers = spot_member(target, STR("servers"));
	bool ok = read_methods(r, target, p, &shared, parent);
	if (ok && target.node != at.node)
		ok = read_methods(r, at, p, &shared, parent);
	r->depth--;
	return ok;
}

static bool read_items(struct openapi_reader *r, struct doc_spot all, const char *what, enum openapi_kind kind)
{
	if (!all.node)
		return true;
	if (!openapi_demand_object(r, all, what))
		return false;
	for (uint32_t i = 0; i < all.node->count; i++) {
		const struct doc_member *m = &all.node->members[i];
		if (str_starts(doc_key(m), STR("x-")))
			continue;
		if (kind == OPENAPI_OPERATION && !str_starts(doc_key(m), STR("/")))
			return openapi_fault(r, spot_of(all, m), "a path must begin with '/'");
		struct openapi_path *p = new_path(r, doc_key(m), spot_of(all, m), kind);
		if (!p || !read_item(r, spot_of(all, m), p, NULL))
			return false;
	}
	return true;
}

bool openapi_read_paths(struct openapi_reader *r)
{
	struct doc_spot root = { r->api->file, r->api->file->root, 0 };
	return read_items(r, spot_member(root, STR("paths")), "paths", OPENAPI_OPERATION) &&
	       read_items(r, spot_member(root, STR("webhooks")), "webhooks", OPENAPI_WEBHOOK) &&
	       read_items(r, spot_member(root, STR("x-webhooks")), "x-webhooks", OPENAPI_WEBHOOK);
}
