/* See catalog_libraries.h. */
#include "part/catalog_libraries.h"

/* Most packages are brought in by others, or of no capability: they are left out before anything is sorted. */
static bool counts(const struct package_index *x, const struct package_mention *m, char *known)
{
	char *k = &known[m->package];
	if (!*k)
		*k = packages_capability(x->packages[m->package].type, x->packages[m->package].name) == CAPABILITY_NONE ? 'n' : 'y';
	return *k == 'y' && m->use != PACKAGE_TRANSITIVE;
}

static bool libraries_of(struct libraries *to, struct arena *a, const struct package_index *x, const struct picture *p)
{
	char *known = arena_alloc(a, x->packages_count + 1);
	struct library_found *found = NULL;
	size_t count = 0, capacity = 0;
	for (size_t i = 0; known && i < x->files_count; i++) {
		const struct package_file *f = &x->files[i];
		for (size_t k = 0; k < f->count; k++) {
			const struct package_mention *m = &x->mentions[f->first + k];
			if (!counts(x, m, known))
				continue;
			if (!ARENA_PUSH_ROOM(a, found, count, capacity))
				return false;
			found[count++] = (struct library_found){ f->service, f->repository, f->path, m->line, m->use, &x->packages[m->package] };
		}
	}
	return known && libraries_make(to, a, p, found, count);
}

void catalog_libraries_make(struct catalog_libraries *c, struct picture *p, const struct catalog_locks *locks, const struct err *e)
{
	static const struct package_index none;
	struct arena *a = &p->arena;
	*c = (struct catalog_libraries){ .locks = locks };
	if (!libraries_of(&c->libraries, a, locks ? &locks->index : &none, p) || !radar_make(&c->radar, a, p, &c->libraries) || !decisions_make(&c->decisions, a, p, &c->libraries))
		*c = (struct catalog_libraries){ .locks = locks, .problem = STR("what lock files and decisions say does not fit into the memory for it") };
	else if (!locks)
		c->problem = arena_str(a, str_z(e->message));
}

/* Into the object that is open: why something is not known. */
static void missing_json(struct json_out *o, const struct catalog_libraries *c, struct str missing)
{
	struct buf b;
	buf_init(&b, 64 << 10);
	buf_printf(&b, "%.*s%s%.*s", STR_FMT(missing), missing.len && c->problem.len ? "; " : "", STR_FMT(c->problem));
	json_kv_str(o, "missing", buf_str(&b));
	buf_release(&b);
}

static void locks_json(struct json_out *o, const struct catalog_locks *l)
{
	json_kv_u64(o, "files", l ? l->index.files_count : 0);
	json_kv_u64(o, "packages", l ? l->index.packages_count : 0);
	json_kv_bool(o, "cut", l && l->cut);
	json_out_key(o, STR("problems"));
	json_out_array(o);
	for (size_t i = 0; l && i < l->problems_count; i++) {
		json_out_object(o);
		json_kv_str(o, "file", l->problems[i].file);
		json_kv_u64(o, "line", l->problems[i].line);
		json_kv_str(o, "message", l->problems[i].message);
		json_out_end(o);
	}
	json_out_end(o);
}

void catalog_libraries_json(struct json_out *o, const struct catalog_libraries *c, struct str missing)
{
	json_out_object(o);
	missing_json(o, c, missing);
	locks_json(o, c->locks);
	libraries_json(o, &c->libraries);
	json_out_end(o);
}

void catalog_radar_json(struct json_out *o, const struct catalog_libraries *c, struct str missing)
{
	json_out_object(o);
	missing_json(o, c, missing);
	json_kv_bool(o, "cut", c->locks && c->locks->cut);
	radar_json(o, &c->radar, &c->libraries);
	json_out_end(o);
}

void catalog_decisions_json(struct json_out *o, const struct catalog_libraries *c, struct str missing)
{
	json_out_object(o);
	json_kv_str(o, "missing", missing);
	decisions_json(o, &c->decisions, &c->libraries);
	json_out_end(o);
}
