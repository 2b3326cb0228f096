/* Reading: which files are OpenAPI descriptions, and the head of each: version, title, servers, security. Paths are in read_paths.c, what operations
 * consist of in read_parts.c. */
#include "contract/openapi/memo.h"
#include "contract/top_key.h"
#include <stdlib.h>

enum { MODEL_BYTES = 1 << 30 };

bool openapi_recognises(const struct source_file *f) { return source_file_has_top_key(f, STR("openapi")) || source_file_has_top_key(f, STR("swagger")); }

static bool read_version(struct openapi_reader *r, struct doc_spot root)
{
	struct doc_spot three = spot_member(root, STR("openapi")), two = spot_member(root, STR("swagger"));
	struct doc_spot at = three.node ? three : two;
	struct str v = doc_str(at.node);
	if (three.node && str_starts(v, STR("3.0")))
		r->api->version = OPENAPI_30;
	else if (three.node && str_starts(v, STR("3.")))
		r->api->version = OPENAPI_31;
	else if (!three.node && (str_eq(v, STR("2.0")) || (doc_is_number(two.node) && doc_number(two.node) == 2.0)))
		r->api->version = OPENAPI_SWAGGER_2;
	else
		return openapi_fault(r, at.node ? at : root, "the version must be openapi: 3.0.x, 3.1.x or 3.2.x, or swagger: \"2.0\"");
	return true;
}

/* The path of a URL without its host and the slash at its end: "/v1" of "https://example.com/v1/". */
static struct str url_path(struct str url)
{
	size_t scheme = str_find(url, STR("://"));
	if (scheme != SIZE_MAX) {
		url = str_skip(url, scheme + 3);
		size_t slash = str_find_char(url, '/');
		url = slash == SIZE_MAX ? (struct str){ 0 } : str_skip(url, slash);
	}
	while (url.len && url.p[url.len - 1] == '/')
		url.len--;
	return url;
}

bool openapi_read_servers(struct openapi_reader *r, struct doc_spot root)
{
	struct openapi_servers *s = &r->api->servers;
	struct doc_spot list = spot_member(root, STR("servers"));
	if (!list.node)
		return true;
	if (!openapi_demand_array(r, list, "servers"))
		return false;
	for (uint32_t i = 0; i < list.node->count; i++) {
		struct doc_spot at = spot_item(list, &list.node->items[i]);
		struct str url = doc_str(doc_get(at.node, STR("url")));
		if (!url.p)
			return openapi_fault(r, at, "a server must have a url");
		if (!ARENA_PUSH_ROOM(r->arena, s->items, s->count, s->capacity))
			return openapi_full(r);
		s->items[s->count++] = (struct openapi_server){ url, at };
	}
	return true;
}

static bool read_schemes(struct openapi_reader *r, struct doc_spot root)
{
	struct doc_spot all = r->api->version == OPENAPI_SWAGGER_2 ? spot_member(root, STR("securityDefinitions")) :
								      spot_member(spot_member(root, STR("components")), STR("securitySchemes"));
	struct openapi_schemes *s = &r->api->schemes;
	if (!all.node)
		return true;
	if (!openapi_demand_object(r, all, "security schemes"))
		return false;
	for (uint32_t i = 0; i < all.node->count; i++) {
		const struct doc_member *m = &all.node->members[i];
		struct doc_spot at = spot_of(all, m);
		if (!spot_follow(r, &at) || !openapi_demand_object(r, at, "a security scheme"))
			return false;
		if (!ARENA_PUSH_ROOM(r->arena, s->items, s->count, s->capacity))
			return openapi_full(r);
		s->items[s->count++] = (struct openapi_scheme){ doc_key(m), at };
	}
	return true;
}

static bool read_alternative(struct openapi_reader *r, struct doc_spot at, struct openapi_alternative *a)
{
	if (!openapi_demand_object(r, at, "a security requirement"))
		return false;
	for (uint32_t i = 0; i < at.node->count; i++) {
		const struct doc_member *m = &at.node->members[i];
		if (!ARENA_PUSH_ROOM(r->arena, a->items, a->count, a->capacity))
			return openapi_full(r);
		a->items[a->count++] = (struct openapi_demand){ doc_key(m), &m->value };
	}
	return true;
}

bool openapi_read_security(struct openapi_reader *r, struct doc_spot at, const struct openapi_security **out)
{
	struct openapi_security *s = ARENA_NEW(r->arena, struct openapi_security);
	if (!s)
		return openapi_full(r);
	s->spot = at;
	*out = s;
	if (!at.node)
		return true;
	if (!openapi_demand_array(r, at, "security"))
		return false;
	for (uint32_t i = 0; i < at.node->count; i++) {
		if (!ARENA_PUSH_ROOM(r->arena, s->items, s->count, s->capacity))
			return openapi_full(r);
		s->items[s->count] = (struct openapi_alternative){ 0 };
		if (!read_alternative(r, spot_item(at, &at.node->items[i]), &s->items[s->count++]))
			return false;
	}
	return true;
}

static bool read_root(struct openapi_reader *r)
{
	struct openapi *api = r->api;
	struct doc_spot root = { api->file, api->file->root, api->file->root->offset };
	if (!openapi_demand_object(r, root, "an OpenAPI description") || !read_version(r, root))
		return false;
	api->title = doc_str(doc_get(doc_get(root.node, STR("info")), STR("title")));
	bool servers = api->version == OPENAPI_SWAGGER_2 ? swagger_read_servers(r, root) : openapi_read_servers(r, root);
	if (!servers || !read_schemes(r, root) || !openapi_read_security(r, spot_member(root, STR("security")), &api->security))
		return false;
	if (api->servers.count)
		api->base = url_path(api->servers.items[0].url);
	return openapi_read_paths(r);
}

static bool read_file(struct openapi_model *m, const struct source_file *f, struct err *e)
{
	struct openapi_memo memo = { 0 };
	struct openapi *api = ARENA_NEW(&m->arena, struct openapi);
	struct openapi_reader r = { .model = m, .api = api, .arena = &m->arena, .memo = &memo, .e = e };
	if (!api || !ARENA_PUSH_ROOM(&m->arena, m->items, m->count, m->capacity))
		return err_set(e, ERR_TOO_LARGE, "the descriptions need more than %d MiB when read; compare fewer at once", MODEL_BYTES >> 20);
	if (!(api->file = schema_set_document(m->set, f->path, e)))
		return false;
	m->items[m->count++] = api;
	return read_root(&r);
}

struct contract_model *openapi_read(const struct source *s, struct err *e)
{
	struct openapi_model *m = calloc(1, sizeof(*m));
	if (!m || !(m->set = schema_set_new(s))) {
		free(m);
		err_set(e, ERR_NO_MEMORY, "no memory to read contracts");
		return NULL;
	}
	m->model.format = &openapi_format;
	m->source = s;
	arena_init(&m->arena, MODEL_BYTES);
	for (size_t i = 0; i < s->count; i++)
		if (contract_format_of(&s->files[i]) == &openapi_format && !read_file(m, &s->files[i], e)) {
			openapi_free(&m->model);
			return NULL;
		}
	return &m->model;
}

void openapi_free(struct contract_model *model)
{
	struct openapi_model *m = (struct openapi_model *)model;
	schema_set_free(m->set);
	arena_release(&m->arena);
	free(m);
}
