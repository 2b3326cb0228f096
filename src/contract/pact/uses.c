/* See uses.h. */
#include "contract/pact/uses.h"

static bool add(struct arena *out, struct pact_use *u, struct str field)
{
	for (size_t i = 0; i < u->count; i++)
		if (str_eq(u->fields[i], field))
			return true;
	if (u->count == PACT_USE_FIELDS_MAX)
		return true;
	if (!field.p || !ARENA_PUSH_ROOM(out, u->fields, u->count, u->capacity))
		return false;
	u->fields[u->count++] = field;
	return true;
}

static struct str lower(struct arena *out, struct str s)
{
	struct str copy = arena_str(out, s);
	for (size_t i = 0; copy.p && i < copy.len; i++)
		if (copy.p[i] >= 'A' && copy.p[i] <= 'Z')
			((char *)copy.p)[i] = (char)(copy.p[i] | 0x20);
	return copy;
}

/* "sort[]" is how some clients write a list. */
static struct str plain(struct str name) { return str_ends(name, STR("[]")) ? str_sub(name, 0, name.len - 2) : name; }

static bool add_members(struct arena *out, struct pact_use *u, struct str path, const struct doc *d, int depth)
{
	bool ok = path.p && add(out, u, path);
	if (!d || depth == PACT_USE_DEPTH)
		return ok;
	if (d->type == DOC_ARRAY)
		for (uint32_t i = 0; ok && i < d->count; i++)
			ok = d->items[i].type == DOC_OBJECT || d->items[i].type == DOC_ARRAY ? add_members(out, u, arena_printf(out, "%.*s[]", STR_FMT(path)), &d->items[i], depth + 1) : true;
	else if (d->type == DOC_OBJECT)
		for (uint32_t i = 0; ok && i < d->count; i++)
			ok = add_members(out, u, arena_printf(out, "%.*s.%.*s", STR_FMT(path), (int)d->members[i].key_len, d->members[i].key), &d->members[i].value, depth + 1);
	return ok;
}

static bool add_request(struct arena *out, struct pact_use *u, const struct pact_part *r)
{
	bool ok = true;
	for (uint32_t i = 0; ok && i < r->query.count; i++)
		ok = add(out, u, arena_printf(out, "query.%.*s", STR_FMT(plain(r->query.items[i].name))));
	for (uint32_t i = 0; ok && i < r->headers.count; i++)
		ok = add(out, u, lower(out, arena_printf(out, "header.%.*s", STR_FMT(r->headers.items[i].name))));
	return ok && (!r->body.json || add_members(out, u, STR("body"), r->body.json, 0));
}

/* Which method a gRPC pact's plugin calls: ".shop.v1.Orders/Get", "Orders/Get". */
static struct str grpc_method(const struct pact_interaction *i)
{
	struct str name = doc_str(doc_get(doc_get(i->plugin, STR("protobuf")), STR("service")));
	return str_starts(name, STR(".")) ? str_skip(name, 1) : name;
}

bool pact_uses(const struct pact *p, struct arena *out, struct pact_uses *all)
{
	all->count = 0;
	all->items = ARENA_ARRAY(out, p->count + 1, struct pact_use);
	if (!all->items)
		return false;
	for (uint32_t k = 0; k < p->count; k++) {
		const struct pact_interaction *i = &p->interactions[k];
		struct pact_use *u = &all->items[all->count];
		struct str grpc = i->kind == PACT_CALL ? grpc_method(i) : (struct str){ 0 };
		if (i->kind == PACT_HTTP)
			*u = (struct pact_use){ .method = arena_str(out, i->request.method.len ? i->request.method : STR("GET")), .path = arena_str(out, i->request.path.len ? i->request.path : STR("/")) };
		else if (grpc.len)
			*u = (struct pact_use){ .method = STR("POST"), .path = arena_printf(out, "/%.*s", STR_FMT(grpc)) };
		else
			continue;
		all->count++;
		bool ok = u->method.p && u->path.p && (i->kind != PACT_HTTP || add_request(out, u, &i->request));
		for (uint32_t r = 0; ok && i->kind == PACT_HTTP && r < i->responses_count; r++)
			ok = !i->responses[r].body.json || add_members(out, u, STR("answer"), i->responses[r].body.json, 0);
		if (!ok)
			return false;
	}
	return true;
}
