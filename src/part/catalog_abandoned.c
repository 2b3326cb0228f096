/* See catalog_abandoned.h. */
#include "part/catalog_abandoned.h"
#include "base/check.h"
#include "base/map.h"
#include <stdlib.h>

struct making { struct arena *a; const struct picture *p; const struct catalog_locks *l; struct abandoned *known; bool *is; struct abandoned_uses *uses; size_t *capacity; };

static bool judge_packages(struct making *m)
{
	size_t n = m->l->index.packages_count;
	m->known = calloc(n + 1, sizeof(*m->known));
	m->is = calloc(n + 1, sizeof(*m->is));
	for (size_t i = 0; m->known && m->is && i < n; i++)
		m->is[i] = package_abandoned(&m->l->index.packages[i], &m->known[i]);
	return m->known && m->is;
}

static bool is_there(const struct abandoned_uses *u, const struct package *p)
{
	for (size_t i = 0; i < u->count; i++)
		if (u->items[i].package == p)
			return true;
	return false;
}

static bool add(struct making *m, size_t service, const struct package_file *f)
{
	struct abandoned_uses *u = &m->uses[service];
	u->files++;
	for (size_t i = f->first; i < f->first + f->count; i++) {
		const struct package_mention *x = &m->l->index.mentions[i];
		const struct package *p = &m->l->index.packages[x->package];
		if (!m->is[x->package] || u->count >= ABANDONED_SERVICE_MAX || is_there(u, p))
			continue;
		if (!ARENA_PUSH_ROOM(m->a, u->items, u->count, m->capacity[service]))
			return false;
		u->items[u->count++] = (struct abandoned_use){ p, m->known[x->package], f->path, x->line, x->use };
		u->own += x->use != PACKAGE_TRANSITIVE;
	}
	return true;
}

/* Of a service, or of all whose code lies in the repository. */
static bool take(struct making *m, const struct package_file *f)
{
	if (f->service.len) {
		const struct picture_service *s = picture_service(m->p, f->service);
		return !s || add(m, (size_t)(s - m->p->services), f);
	}
	for (size_t i = 0; i < m->p->count; i++)
		if (m->p->services[i].repository && str_eq(m->p->services[i].repository->path, f->repository) && !add(m, i, f))
			return false;
	return true;
}

static int own_first(const void *x, const void *y)
{
	const struct abandoned_use *a = x, *b = y;
	bool p = a->use == PACKAGE_TRANSITIVE, q = b->use == PACKAGE_TRANSITIVE;
	return p != q ? (p ? 1 : -1) : str_cmp(a->package->name, b->package->name);
}

const struct abandoned_uses *catalog_abandoned_make(struct arena *a, const struct picture *p, const struct catalog_locks *l)
{
	struct making m = { .a = a, .p = p, .l = l, .uses = ARENA_ARRAY(a, p->count + 1, struct abandoned_uses), .capacity = calloc(p->count + 1, sizeof(size_t)) };
	bool ok = m.uses && m.capacity && judge_packages(&m);
	for (size_t i = 0; ok && i < l->index.files_count; i++)
		ok = take(&m, &l->index.files[i]);
	for (size_t i = 0; ok && i < p->count; i++)
		if (m.uses[i].count)
			qsort(m.uses[i].items, m.uses[i].count, sizeof(*m.uses[i].items), own_first);
	free(m.capacity);
	free(m.known);
	free(m.is);
	return ok ? m.uses : NULL;
}

void catalog_abandoned_json(struct json_out *o, const struct abandoned_uses *u)
{
	json_out_key(o, STR("abandoned"));
	json_out_array(o);
	for (size_t i = 0; u && i < u->count; i++) {
		const struct abandoned_use *x = &u->items[i];
		json_out_object(o);
		json_kv_str(o, "ecosystem", str_z(package_type_name(x->package->type)));
		json_kv_str(o, "library", x->package->name);
		json_kv_str(o, "version", x->package->version);
		json_kv_bool(o, "own", x->use != PACKAGE_TRANSITIVE);
		json_kv_str(o, "why", x->what.why);
		json_kv_str(o, "since", x->what.since);
		json_kv_str(o, "instead", x->what.instead);
		json_kv_str(o, "source", x->what.source);
		json_kv_str(o, "file", x->file);
		json_kv_u64(o, "line", x->line);
		json_out_end(o);
	}
	json_out_end(o);
}

struct str catalog_abandoned_words(struct arena *a, const struct abandoned_uses *u)
{
	const struct abandoned_use *x = u->items;
	struct str instead = x->what.instead.len ? arena_printf(a, " (use %.*s)", STR_FMT(x->what.instead)) : STR("");
	struct str more = u->own > 1 ? arena_printf(a, " and %zu more", u->own - 1) : STR("");
	return arena_printf(a, "%.*s %.*s%.*s%.*s", STR_FMT(x->package->name), STR_FMT(x->package->version), STR_FMT(instead), STR_FMT(more));
}
