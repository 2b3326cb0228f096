/* Reading of AsyncAPI descriptions: which files they are, version, servers; channels and operations are in files of their own. */
#include "contract/asyncapi/asyncapi.h"
#include "contract/top_key.h"
#include <stdlib.h>

enum { MODEL_BYTES = 512 << 20 };

bool asyncapi_recognises(const struct source_file *f) { return source_file_has_top_key(f, STR("asyncapi")); }

bool asyncapi_full(struct asyncapi_reader *r)
{
	err_set(r->e, ERR_TOO_LARGE, "the description needs more than %zu MiB when read; split it into several", r->arena->limit >> 20);
	err_place(r->e, r->api->file->path, 0, 0);
	return false;
}

bool asyncapi_demand_object(struct asyncapi_reader *r, struct doc_spot at, const char *what)
{
	return doc_is(at.node, DOC_OBJECT) || spot_fault(at, r->e, "%s must be an object with keys and values", what);
}

const char *asyncapi_action_name(enum asyncapi_action a)
{
	static const char *const names[] = { "send", "receive", "use" };
	return names[a];
}

struct asyncapi_operation *asyncapi_new_operation(struct asyncapi_reader *r, enum asyncapi_action action, const struct asyncapi_channel *channel,
	struct doc_spot at, struct str id)
{
	struct asyncapi_operations *all = &r->api->operations;
	struct asyncapi_operation *op = ARENA_NEW(r->arena, struct asyncapi_operation);
	if (all->count == ASYNCAPI_OPERATIONS_MAX) {
		spot_fault(at, r->e, "the description has more than %d operations; split it", ASYNCAPI_OPERATIONS_MAX);
		return NULL;
	}
	if (!op || !ARENA_PUSH_ROOM(r->arena, all->items, all->count, all->capacity)) {
		asyncapi_full(r);
		return NULL;
	}
	*op = (struct asyncapi_operation){ .id = id, .action = action, .channel = channel, .spot = at, .bindings = spot_member(at, STR("bindings")) };
	op->label = arena_printf(r->arena, "%s %.*s", asyncapi_action_name(action), STR_FMT(channel->address));
	all->items[all->count++] = op;
	return op;
}

static bool read_version(struct asyncapi_reader *r, struct doc_spot root)
{
	struct doc_spot at = spot_member(root, STR("asyncapi"));
	struct str v = doc_str(at.node);
	if (str_starts(v, STR("3.")))
		r->api->version = ASYNCAPI_3;
	else if (str_starts(v, STR("2.")))
		r->api->version = ASYNCAPI_2;
	else
		return spot_fault(at.node ? at : root, r->e, "the version must be asyncapi: 2.x.y or 3.x.y");
	return true;
}

static bool read_servers(struct asyncapi_reader *r, struct doc_spot root)
{
	struct asyncapi_servers *s = &r->api->servers;
	struct doc_spot all = spot_member(root, STR("servers"));
	if (!all.node)
		return true;
	if (!asyncapi_demand_object(r, all, "servers"))
		return false;
	for (uint32_t i = 0; i < all.node->count; i++) {
		struct doc_spot at = spot_of(all, &all.node->members[i]);
		if (!spot_go(&at, r->model->set, r->e) || !asyncapi_demand_object(r, at, "a server"))
			return false;
		struct str url = doc_str(doc_get(at.node, STR("url"))), host = doc_str(doc_get(at.node, STR("host")));
		if (!url.p)
			url = arena_printf(r->arena, "%.*s%.*s", STR_FMT(host), STR_FMT(doc_str(doc_get(at.node, STR("pathname")))));
		if (!url.p || !ARENA_PUSH_ROOM(r->arena, s->items, s->count, s->capacity))
			return asyncapi_full(r);
		s->items[s->count++] = (struct asyncapi_server){ doc_key(&all.node->members[i]), url, doc_str(doc_get(at.node, STR("protocol"))), at };
	}
	return true;
}

static bool read_root(struct asyncapi_reader *r)
{
	struct asyncapi *api = r->api;
	struct doc_spot root = { api->file, api->file->root, api->file->root->offset };
	if (!asyncapi_demand_object(r, root, "an AsyncAPI description") || !read_version(r, root))
		return false;
	api->title = doc_str(doc_get(doc_get(root.node, STR("info")), STR("title")));
	api->content_type = doc_str(doc_get(root.node, STR("defaultContentType")));
	if (str_empty(api->content_type))
		api->content_type = STR("application/json");
	return read_servers(r, root) && asyncapi_read_channels(r, root) && (api->version == ASYNCAPI_2 || asyncapi_read_operations(r, root));
}

static bool read_file(struct asyncapi_model *m, const struct source_file *f, struct err *e)
{
	struct asyncapi *api = ARENA_NEW(&m->arena, struct asyncapi);
	struct asyncapi_reader r = { .model = m, .api = api, .arena = &m->arena, .e = e };
	if (!api || !ARENA_PUSH_ROOM(&m->arena, m->items, m->count, m->capacity))
		return err_set(e, ERR_TOO_LARGE, "the descriptions need more than %d MiB when read; compare fewer at once", MODEL_BYTES >> 20);
	if (!(api->file = schema_set_document(m->set, f->path, e)))
		return false;
	m->items[m->count++] = api;
	return read_root(&r);
}

struct contract_model *asyncapi_read(const struct source *s, struct err *e)
{
	struct asyncapi_model *m = calloc(1, sizeof(*m));
	if (!m || !(m->set = schema_set_new(s))) {
		free(m);
		err_set(e, ERR_NO_MEMORY, "no memory to read contracts");
		return NULL;
	}
	m->model.format = &asyncapi_format;
	arena_init(&m->arena, MODEL_BYTES);
	for (size_t i = 0; i < s->count; i++)
		if (contract_format_of(&s->files[i]) == &asyncapi_format && !read_file(m, &s->files[i], e)) {
			asyncapi_free(&m->model);
			return NULL;
		}
	return &m->model;
}

void asyncapi_free(struct contract_model *model)
{
	struct asyncapi_model *m = (struct asyncapi_model *)model;
	schema_set_free(m->set);
	arena_release(&m->arena);
	free(m);
}

const struct contract_format asyncapi_format = { STR_INIT("asyncapi"), STR_INIT("AsyncAPI"), asyncapi_recognises, asyncapi_read, asyncapi_free, asyncapi_compare,
	asyncapi_describe };
