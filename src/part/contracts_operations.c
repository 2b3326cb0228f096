/* The operations of a contract as the gateway sees calls of them: from the documents that formats write (contract/format.h), with the path that the
 * service sees.
 *
 * A contract's path begins with the path of its first server's URL; but that URL may be what callers outside see, and a service may be served under a prefix that
 * its contract does not tell. So of three readings the first is taken that any operation's path agrees with: with the server's path, without it,
 * below the path under which it is served. */
#include "part/contracts_impl.h"
#include <stdlib.h>

enum { LIST_MAX_MEMORY = 64 << 20 };
enum reading { WITH_BASE, WITHOUT_BASE, BELOW_ROUTE };

static bool below(struct str path, struct str prefix)
{
	return prefix.len <= 1 || str_below(path, prefix);
}

/* "/orders/v1" of the service orders is "/v1": the gateway takes its name off. */
static struct str base_of(const struct json *http, struct str service)
{
	struct str base = json_get_str(http, STR("base"), STR("")), rest = str_skip(base, 1);
	if (base.len && str_starts(rest, service) && (rest.len == service.len || rest.p[service.len] == '/'))
		return str_skip(rest, service.len);
	return base;
}

static struct str headers_of(struct arena *a, const struct json *operation)
{
	const struct json *list = json_get(operation, STR("parameters"));
	struct str all = STR("");
	for (uint32_t i = 0; list && list->type == JSON_ARRAY && i < list->count; i++) {
		struct str name = json_get_str(&list->items[i], STR("name"), STR(""));
		if (!str_eq(json_get_str(&list->items[i], STR("in"), STR("")), STR("header")) || !name.len || all.len + name.len >= OPERATION_HEADERS_MAX)
			continue;
		char *lower = arena_bytes(a, name.len);
		for (size_t k = 0; lower && k < name.len; k++)
			lower[k] = name.p[k] >= 'A' && name.p[k] <= 'Z' ? (char)(name.p[k] | 0x20) : name.p[k];
		if (lower && str_find_char(name, ' ') == SIZE_MAX)
			all = arena_printf(a, "%.*s%s%.*s", STR_FMT(all), all.len ? " " : "", (int)name.len, lower);
	}
	return all;
}

/* What is to be done with each operation that HTTP reaches, for each way in. */
typedef void each_f(void *ctx, const struct json *operation, const struct json *http);

static void each_way(const struct json *operation, each_f *fn, void *ctx)
{
	const struct json *http = json_get(operation, STR("http")), *also = json_get(operation, STR("also"));
	if (http)
		fn(ctx, operation, http);
	for (uint32_t i = 0; also && also->type == JSON_ARRAY && i < also->count; i++)
		fn(ctx, operation, &also->items[i]);
}

static void each(const struct json *documents, each_f *fn, void *ctx)
{
	for (uint32_t i = 0; documents && documents->type == JSON_ARRAY && i < documents->count; i++) {
		const struct json *contracts = json_get(&documents->items[i], STR("contracts"));
		for (uint32_t k = 0; contracts && contracts->type == JSON_ARRAY && k < contracts->count; k++) {
			const struct json *operations = json_get(&contracts->items[k], STR("operations"));
			for (uint32_t n = 0; operations && operations->type == JSON_ARRAY && n < operations->count; n++)
				each_way(&operations->items[n], fn, ctx);
		}
	}
}

struct making { struct operation_list *list; struct str service, route; enum reading reading; bool with_base, without_base; };

static void look(void *ctx, const struct json *operation, const struct json *http)
{
	struct making *m = ctx;
	struct str path = json_get_str(http, STR("path"), STR(""));
	(void)operation;
	m->with_base |= below(arena_printf(&m->list->arena, "%.*s%.*s", STR_FMT(base_of(http, m->service)), STR_FMT(path)), m->route);
	m->without_base |= below(path, m->route);
}

static void add(void *ctx, const struct json *operation, const struct json *http)
{
	struct making *m = ctx;
	struct arena *a = &m->list->arena;
	struct str path = json_get_str(http, STR("path"), STR("")), before = m->reading == WITH_BASE ? base_of(http, m->service) : m->reading == BELOW_ROUTE ? m->route : STR("");
	struct operation x = { .name = arena_str(a, json_get_str(operation, STR("id"), STR(""))), .method = arena_str(a, json_get_str(http, STR("method"), STR(""))),
			       .path = arena_printf(a, "%.*s%.*s", STR_FMT(before), STR_FMT(path)), .headers = headers_of(a, operation) };
	bool travels = x.name.len && x.name.len <= OPERATION_NAME_MAX && x.method.len && x.method.len <= OPERATION_METHOD_MAX && x.path.len && x.path.p[0] == '/' && x.path.len <= OPERATION_PATH_MAX;
	if (travels && m->list->count < OPERATIONS_MAX && ARENA_PUSH_ROOM(a, m->list->items, m->list->count, m->list->capacity))
		m->list->items[m->list->count++] = x;
}

struct operation_list *operation_list_new(const struct json *documents, struct str service, struct str route)
{
	struct operation_list *l = calloc(1, sizeof(*l));
	if (!l)
		return NULL;
	arena_init(&l->arena, LIST_MAX_MEMORY);
	while (route.len > 1 && str_ends(route, STR("/")))
		route.len--;
	struct making m = { .list = l, .service = service, .route = route };
	each(documents, look, &m);
	m.reading = m.with_base ? WITH_BASE : m.without_base ? WITHOUT_BASE : BELOW_ROUTE;
	each(documents, add, &m);
	return l;
}

void operation_list_free(struct operation_list *l)
{
	if (!l)
		return;
	arena_release(&l->arena);
	free(l);
}

const struct operation *contracts_operations(void *contracts, struct str service, const struct served *served, size_t *n)
{
	static const struct operation none;
	const struct contracts *c = contracts;
	*n = 0;
	for (size_t i = 0; i < c->entries_count; i++) {
		const struct entry *x = &c->entries[i];
		if (!x->operations || !str_eq(x->service, service) || !str_eq(x->version, served->version) || !str_eq(x->schema, served->schema))
			continue;
		*n = x->operations->count;
		return *n ? x->operations->items : &none;
	}
	return NULL;
}

void contracts_on_operations(struct contracts *c, void (*changed)(void *ctx), void *ctx)
{
	c->on_operations = changed;
	c->on_operations_ctx = ctx;
}

void contracts_ask_consumers(struct contracts *c, bool (*answer)(void *ctx, struct str service, struct str version, struct buf *out), void *ctx)
{
	c->consumers = answer;
	c->consumers_ctx = ctx;
}
