/* What consumers' pacts name: those of the broker that count now, and the files in the folders `pacts` of services (where Pact's libraries write them). A pact is read once
 * and kept as what it names, until its content or its file is another one. */
#include "contract/pact/uses.h"
#include "model/record.h"
#include "part/consumers_impl.h"
#include "sys/sys.h"
#include <stdlib.h>

#define LOOK_EVERY SECOND /* at folders: every question would be too often */
enum { KEPT_MAX = 4096 /* pacts; beyond, all are forgotten */, FILES_MAX = 200 /* of one folder */, FILE_MAX = 4 << 20, READ_MEMORY = 256 << 20, KEPT_MEMORY = 8 << 20 };
struct known_pact { struct arena arena; struct str key, consumer, provider; struct pact_uses uses; };

struct gathering {
	struct consumers *c;
	const struct known_service *service;
	struct arena *a;
	const struct operation *operations;
	size_t operations_count;
	struct operations compiled;
	struct contract_use *items;
	size_t count, capacity, files;
	struct str folder;
};

static void known_free(struct known_pact *k)
{
	arena_release(&k->arena);
	free(k);
}

void consumers_forget_pacts(struct consumers *c)
{
	for (uint32_t i = 0; i < c->pacts.count; i++)
		known_free(c->pacts.entries[i].value);
	map_clear(&c->pacts);
	c->files_at = 0;
	c->files_count = 0;
}

/* One that is no pact is kept too, as one that names nothing, so that it is told once. */
static struct known_pact *read_pact(struct gathering *g, struct str key, struct str name, struct str text)
{
	struct known_pact *k = calloc(1, sizeof(*k));
	struct arena a;
	struct err e = { 0 };
	if (!k)
		return NULL;
	arena_init(&k->arena, KEPT_MEMORY);
	arena_init(&a, READ_MEMORY);
	const struct pact *p = pact_read(&a, name, text, &e);
	k->key = arena_str(&k->arena, key);
	k->consumer = k->provider = STR("");
	if (p && pact_uses(p, &k->arena, &k->uses)) {
		k->consumer = arena_str(&k->arena, p->consumer);
		k->provider = arena_str(&k->arena, p->provider);
	} else {
		k->uses.count = 0;
		struct str line = arena_printf(&a, "%s%s", p ? "a pact names too much to be kept: " : "", p ? "" : e.message);
		g->c->log(g->c->log_ctx, SEVERITY_WARN, line.p ? line : STR("a pact cannot be read"));
	}
	arena_release(&a);
	if (!k->key.p || !k->consumer.p || !k->provider.p || !map_put(&g->c->pacts, k->key, k)) {
		known_free(k);
		return NULL;
	}
	return k;
}

/* An operation's name; "" where the call fits none. Of gRPC the package may be missing. */
static struct str operation_of(const struct gathering *g, const struct pact_use *u)
{
	uint32_t i = operations_match(&g->compiled, u->method, u->path);
	struct str name = str_skip(u->path, 1);
	if (i != OPERATIONS_NONE)
		return g->operations[i].name;
	for (size_t k = 0; k < g->operations_count && str_eq(u->method, STR("POST")); k++) {
		struct str full = g->operations[k].path;
		if (str_ends(full, name) && full.len > name.len && full.p[full.len - name.len - 1] == '.')
			return g->operations[k].name;
	}
	return STR("");
}

static void add(struct gathering *g, const struct known_pact *k, struct str consumer, struct str place)
{
	for (size_t i = 0; i < k->uses.count; i++) {
		const struct pact_use *u = &k->uses.items[i];
		if (!ARENA_PUSH_ROOM(g->a, g->items, g->count, g->capacity))
			return;
		g->items[g->count++] = (struct contract_use){ operation_of(g, u), consumer, place, u->fields, u->count };
	}
}

static void of_broker(void *ctx, const struct broker_current *p)
{
	struct gathering *g = ctx;
	struct known_pact *k = map_get(&g->c->pacts, p->sha);
	struct str place = arena_printf(g->a, "/pact-broker%.*s", STR_FMT(p->pact)), consumer = arena_str(g->a, p->consumer);
	if (!k) {
		struct arena a;
		arena_init(&a, 2u * BROKER_PACT_MAX);
		struct str text = broker_content_read(g->c->broker, p->content, &a);
		k = text.p ? read_pact(g, p->sha, place, text) : NULL;
		arena_release(&a);
	}
	if (k && place.p && consumer.p)
		add(g, k, consumer, place);
}

/* --- files --------------------------------------------------------------------------------------------------------------------------------------------- */

static bool one_file(void *ctx, struct str name, bool directory)
{
	struct gathering *g = ctx;
	struct consumers *c = g->c;
	struct sys_stat st;
	if (directory || !str_ends(name, STR(".json")))
		return true;
	if (++g->files > FILES_MAX)
		return false;
	struct str path = arena_printf(&c->files_arena, "%.*s/%.*s", STR_FMT(g->folder), STR_FMT(name));
	if (!path.p || sys_stat(path, &st) < 0 || !st.regular || st.size > FILE_MAX)
		return true;
	struct str key = arena_printf(&c->files_arena, "%.*s:%lld:%lld", STR_FMT(path), (long long)st.modified, (long long)st.size);
	struct known_pact *k = key.p ? map_get(&c->pacts, key) : NULL;
	if (key.p && !k) {
		struct arena a;
		struct str text;
		struct err e = { 0 };
		arena_init(&a, 2u * FILE_MAX);
		k = sys_read_file(path, FILE_MAX, &a, &text, &e) ? read_pact(g, key, path, text) : NULL;
		arena_release(&a);
	}
	bool inside = c->root.len && str_below(path, c->root);
	if (k && k->provider.len && ARENA_PUSH_ROOM(&c->files_arena, c->files, c->files_count, c->files_capacity))
		c->files[c->files_count++] = (struct folder_pact){ k, inside ? str_skip(path, c->root.len + 1) : path };
	return true;
}

/* All folders at once, for all providers. */
static void look_at_folders(struct gathering *g)
{
	struct consumers *c = g->c;
	int64_t now = loop_now(c->loop);
	if (c->files_at && now - c->files_at < LOOK_EVERY)
		return;
	arena_clear(&c->files_arena);
	c->files = NULL;
	c->files_count = c->files_capacity = 0;
	c->files_at = now;
	for (size_t i = 0; i < c->count; i++) {
		g->folder = arena_printf(&c->files_arena, "%.*s/pacts", STR_FMT(c->services[i].directory));
		g->files = 0;
		if (g->folder.p)
			sys_list(g->folder, one_file, g);
	}
}

/* --- all ----------------------------------------------------------------------------------------------------------------------------------------------- */

static int by_operation(const void *a, const void *b)
{
	const struct contract_use *x = a, *y = b;
	int order = str_cmp(x->operation, y->operation);
	if (!order)
		order = str_cmp(x->consumer, y->consumer);
	return order ? order : str_cmp(x->pact, y->pact);
}

bool consumers_contracts(struct consumers *c, const struct known_service *s, const struct operation *operations, size_t count, struct arena *a, struct contract_use **list, size_t *n)
{
	struct gathering g = { .c = c, .service = s, .a = a, .operations = operations, .operations_count = count };
	if (c->pacts.count >= KEPT_MAX)
		consumers_forget_pacts(c);
	if (!operations_compile(&g.compiled, a, operations, count))
		return false;
	if (c->broker)
		broker_current_pacts(c->broker, s->name, c->environments, c->environments_count, of_broker, &g);
	look_at_folders(&g);
	for (size_t i = 0; i < c->files_count; i++)
		if (str_eq(c->files[i].pact->provider, s->name))
			add(&g, c->files[i].pact, c->files[i].pact->consumer, c->files[i].place);
	if (g.count)
		qsort(g.items, g.count, sizeof(*g.items), by_operation);
	*list = g.items;
	*n = g.count;
	return !a->full;
}
