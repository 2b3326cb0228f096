/* See check_fleet.h. Services that share a lock, or a schema, are checked once. */
#include "cli/check_fleet.h"
#include "contract/lock.h"
#include "model/transform.h"
#include "part/transforms.h"

struct seen { struct str *items; size_t count, capacity; };

static bool is_new(struct contract_run *r, struct seen *seen, struct str path)
{
	for (size_t i = 0; i < seen->count; i++)
		if (str_eq(seen->items[i], path))
			return false;
	if (!ARENA_PUSH_ROOM(&r->cli->arena, seen->items, seen->count, seen->capacity))
		return false;
	seen->items[seen->count++] = path;
	return true;
}

/* Files of a fleet's places are relative to its root; people see them from where they are. */
static struct change_place place_of(struct contract_run *r, const struct fleet *f, const struct place *p)
{
	struct arena *a = &r->cli->arena;
	return (struct change_place){ side_relative(a, sys_cwd(a), side_join(a, f->root, p->file)), p->line, p->column };
}

static void check_schema(struct contract_run *r, const struct fleet *f, const struct service *s, const struct served *served, struct str revision, struct seen *seen)
{
	struct arena *a = &r->cli->arena;
	struct str path = side_join(a, s->directory, served->schema), shown = side_relative(a, sys_cwd(a), path);
	struct sys_stat st;
	struct err e = { 0 };
	if (sys_stat(path, &st) < 0) {
		notes_add(&r->notes, true, place_of(r, f, &served->schema_place), "`%.*s` is not there; write the contract of %.*s %.*s, or take the key `schema` out", STR_FMT(served->schema),
			STR_FMT(s->name), STR_FMT(served->version));
		r->unreadable = true;
		return;
	}
	struct str lock = revision.p ? STR("") : side_nearest(a, st.directory ? path : side_folder(path), LOCK_FILE);
	if (!is_new(r, seen, lock.len ? lock : path))
		return;
	if (!revision.p && !lock.len)
		notes_add(&r->notes, false, place_of(r, f, &served->schema_place), "The contract has no lock: it was read and compared with nothing. `pleach contract lock %.*s` writes one",
			STR_FMT(shown));
	bool ok = lock.len ? contract_compare_lock(r, lock, &e) : contract_compare_named(r, revision.p ? contract_in_revision(r->cli, revision, shown) : shown, shown, &e);
	if (!ok)
		contract_problem(r, &e);
}

/* --- transforms --------------------------------------------------------------------------------------------------------------------------------------- */

static const struct served *served_of(const struct service *s, struct str version)
{
	for (size_t i = 0; i < s->serves_count; i++)
		if (str_eq(s->serves[i].version, version))
			return &s->serves[i];
	return NULL;
}

static void tell_fault(struct contract_run *r, const struct fleet *f, const struct served *v, const struct transform_fault *x)
{
	struct arena *a = &r->cli->arena;
	struct change_place place = place_of(r, f, &v->transform_place);
	if (x->line && v->steps)
		place = (struct change_place){ side_relative(a, sys_cwd(a), side_join(a, f->root, v->steps->file)), x->line, x->column };
	notes_add(&r->notes, true, place, "%.*s", STR_FMT(transforms_sentence(a, x)));
}

/* Both contracts are there: what comes of the transform must fit the old one. */
static void check_transform(struct contract_run *r, const struct fleet *f, const struct service *s, const struct served *v)
{
	struct arena *a = &r->cli->arena;
	const struct served *by = served_of(s, v->served_by);
	struct side before, after;
	struct transform_verdict verdict;
	struct err e = { 0 };
	side_init(&before, v->version);
	side_init(&after, v->served_by);
	if (!side_read_path(&before, side_join(a, s->directory, v->schema), &e) || !side_read_path(&after, side_join(a, s->directory, by->schema), &e) ||
	    !transforms_check(&before, &after, v->steps, v->path, by->path, a, &verdict, &e))
		contract_problem(r, &e);
	else if (!verdict.checked)
		notes_add(&r->notes, false, place_of(r, f, &v->transform_place), "The transform of %.*s %.*s was not checked: %.*s", STR_FMT(s->name), STR_FMT(v->version), STR_FMT(verdict.why));
	for (size_t i = 0; !err_is_set(&e) && i < verdict.count; i++)
		tell_fault(r, f, v, &verdict.faults[i]);
	side_release(&before);
	side_release(&after);
}

static void check_transforms(struct contract_run *r, const struct fleet *f, const struct service *s)
{
	for (size_t i = 0; i < s->serves_count; i++) {
		const struct served *v = &s->serves[i], *by = v->served_by.len ? served_of(s, v->served_by) : NULL;
		if (by && v->schema.len && by->schema.len)
			check_transform(r, f, s, v);
		else if (by && v->transform.len)
			notes_add(&r->notes, false, place_of(r, f, &v->transform_place), "The transform of %.*s %.*s was not checked: name the contracts of %.*s and %.*s as their `schema`", STR_FMT(s->name),
				  STR_FMT(v->version), STR_FMT(v->version), STR_FMT(by->version));
	}
}

size_t check_fleet_contracts(struct contract_run *r, const struct fleet *f, struct str revision)
{
	struct seen seen = { 0 };
	size_t n = 0;
	for (size_t i = 0; i < f->services_count; i++)
		for (size_t k = 0; k < f->services[i].serves_count; k++) {
			const struct served *served = &f->services[i].serves[k];
			if (!served->schema.len)
				continue;
			check_schema(r, f, &f->services[i], served, revision, &seen);
			n++;
		}
	for (size_t i = 0; i < f->services_count; i++)
		check_transforms(r, f, &f->services[i]);
	return n;
}
