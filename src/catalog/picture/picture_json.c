/* The picture as the API and `--json` tell it (schemas "Catalog" and "CatalogService"). */
#include "base/check.h"
#include "catalog/picture/picture.h"

enum { MS = 1000 };

static void list(struct json_out *o, const char *key)
{
	json_out_key(o, str_z(key));
	json_out_array(o);
}

static struct str best(const struct picture_service *s, enum claim_key key)
{
	const struct catalog_value *v = picture_value(s, key);
	return v ? v->says : STR("");
}

static double rounded(double x) { return (double)(int64_t)(x * 100 + 0.5) / 100; }

static void orphan(struct json_out *o, const struct picture_service *s)
{
	list(o, "orphan");
	for (int i = 0; i < ORPHAN_REASON_COUNT; i++) {
		if (!(s->orphan & 1u << i))
			continue;
		json_out_object(o);
		json_kv_str(o, "reason", orphan_reasons[i].name);
		json_kv_str(o, "title", orphan_reasons[i].title);
		json_out_end(o);
	}
	json_out_end(o);
}

/* What both schemas have. */
static void common(struct json_out *o, const struct picture_service *s)
{
	json_kv_str(o, "id", s->id);
	json_kv_str(o, "service", s->name);
	json_kv_str(o, "was", s->was);
	json_kv_str(o, "owner", s->owner);
	json_kv_f64(o, "owner_confidence", rounded(s->owner_confidence));
	json_kv_str(o, "conflict", s->conflict);
	json_kv_str(o, "type", best(s, CLAIM_TYPE));
	json_kv_str(o, "tier", best(s, CLAIM_TIER));
	json_kv_str(o, "lifecycle", best(s, CLAIM_LIFECYCLE));
	json_kv_str(o, "system", best(s, CLAIM_SYSTEM));
	json_kv_str(o, "language", best(s, CLAIM_LANGUAGE));
	json_kv_str(o, "description", best(s, CLAIM_DESCRIPTION));
	json_kv_str(o, "repository", s->repository ? s->repository->path : STR(""));
	json_kv_str(o, "root", s->unit && s->unit->root.p ? s->unit->root : STR(""));
	json_kv_bool(o, "declared", s->declared);
	json_kv_bool(o, "in_fleet", s->in_fleet);
	json_kv_bool(o, "runs", s->is_service);
	json_kv_i64(o, "last_commit_ms", s->unit ? s->unit->people.last_commit * MS : 0);
	json_kv_u64(o, "commits", s->unit ? s->unit->people.commits : 0);
	json_kv_u64(o, "truck_factor", s->unit ? s->unit->people.truck_factor : 0);
	json_kv_u64(o, "files", s->unit ? s->unit->people.files : 0);
	json_kv_u64(o, "files_left", s->unit ? s->unit->people.left : 0);
	json_kv_i64(o, "seen_ms", s->seen * MS);
	json_kv_u64(o, "callers", s->callers_count);
	orphan(o, s);
	json_kv_str(o, "next_owner", s->next);
	json_kv_str(o, "next_why", s->next_why);
}

static void team(struct json_out *o, const struct picture_team *t)
{
	json_out_object(o);
	json_kv_str(o, "team", t->name);
	json_kv_str(o, "contact", t->contact);
	json_kv_str(o, "parent", t->parent);
	json_kv_bool(o, "known", t->known);
	json_kv_str(o, "file", t->file);
	json_kv_str(o, "repository", t->repository ? t->repository->path : STR(""));
	json_kv_u64(o, "line", t->line);
	list(o, "members");
	for (size_t i = 0; i < t->members_count; i++)
		json_out_str(o, t->members[i]);
	json_out_end(o);
	json_kv_u64(o, "active", t->active);
	json_kv_u64(o, "services", t->services);
	json_kv_u64(o, "conflicts", t->conflicts);
	json_kv_u64(o, "orphans", t->orphans);
	json_kv_i64(o, "last_commit_ms", t->last * MS);
	json_out_end(o);
}

static void problem(struct json_out *o, const struct crawl_problem *p)
{
	json_out_object(o);
	json_kv_str(o, "file", p->file);
	json_kv_u64(o, "line", p->line);
	json_kv_u64(o, "column", p->column);
	json_kv_str(o, "message", p->message);
	json_out_end(o);
}

static void decision(struct json_out *o, const struct decision *d)
{
	json_out_object(o);
	json_kv_str(o, "title", d->title);
	json_kv_str(o, "status", d->status);
	json_kv_str(o, "date", d->date);
	json_kv_str(o, "file", d->file);
	json_out_end(o);
}

static void repository(struct json_out *o, const struct repository *r)
{
	json_out_object(o);
	json_kv_str(o, "path", r->path);
	json_kv_str(o, "origin", r->origin);
	json_kv_str(o, "head", r->head);
	json_kv_i64(o, "time_ms", r->time * MS);
	json_kv_u64(o, "files", r->files);
	json_kv_u64(o, "services", r->units_count);
	json_kv_str(o, "note", r->note);
	list(o, "problems");
	for (size_t i = 0; i < r->problems_count; i++)
		problem(o, &r->problems[i]);
	json_out_end(o);
	list(o, "decisions");
	for (size_t i = 0; i < r->decisions_count; i++)
		decision(o, &r->decisions[i]);
	json_out_end(o);
	json_out_end(o);
}

static void counts(struct json_out *o, const struct picture *p)
{
	size_t owned = 0, conflicts = 0, orphans = 0, problems = 0, services = 0;
	for (size_t i = 0; i < p->count; i++) {
		services += p->services[i].is_service;
		owned += p->services[i].owner.len > 0;
		conflicts += p->services[i].conflict.len > 0;
		orphans += p->services[i].orphan != 0;
	}
	for (size_t i = 0; i < p->repositories_count; i++)
		problems += p->repositories[i].problems_count;
	json_out_key(o, STR("counts"));
	json_out_object(o);
	json_kv_u64(o, "entries", p->count);
	json_kv_u64(o, "services", services);
	json_kv_u64(o, "owned", owned);
	json_kv_u64(o, "conflicts", conflicts);
	json_kv_u64(o, "orphans", orphans);
	json_kv_u64(o, "problems", problems);
	json_out_end(o);
}

void picture_json(struct json_out *o, const struct picture *p, struct str owner, bool orphans, struct str missing, const struct picture_more *more)
{
	json_out_object(o);
	json_kv_i64(o, "now_ms", p ? p->now * MS : 0);
	json_kv_str(o, "missing", missing);
	if (p)
		counts(o, p);
	list(o, "services");
	for (size_t i = 0; p && i < p->count; i++) {
		if ((owner.len && !str_eq_ci(p->services[i].owner, owner)) || (orphans && !p->services[i].orphan))
			continue;
		json_out_object(o);
		common(o, &p->services[i]);
		if (more)
			more->say(more->ctx, o, &p->services[i], false);
		json_out_end(o);
	}
	json_out_end(o);
	list(o, "teams");
	for (size_t i = 0; p && i < p->teams_count; i++)
		team(o, &p->teams[i]);
	json_out_end(o);
	list(o, "repositories");
	for (size_t i = 0; p && i < p->repositories_count; i++)
		repository(o, &p->repositories[i]);
	json_out_end(o);
	json_out_end(o);
}

/* --- one service ------------------------------------------------------------------------------------------------------------------------------------ */

static void one_claim(struct json_out *o, const struct catalog_claim *c)
{
	json_out_object(o);
	json_kv_str(o, "value", c->claim->value);
	json_kv_str(o, "says", c->says);
	json_kv_str(o, "detail", c->claim->detail);
	json_kv_str(o, "source", claim_sources[c->claim->source].name);
	json_kv_f64(o, "confidence", rounded(c->confidence));
	json_kv_str(o, "repository", c->repository ? c->repository->path : STR(""));
	json_kv_str(o, "file", c->claim->file);
	json_kv_u64(o, "line", c->claim->line);
	json_kv_i64(o, "time_ms", c->claim->time * MS);
	json_out_end(o);
}

static void value(struct json_out *o, const struct catalog_value *v)
{
	json_out_object(o);
	json_kv_str(o, "key", claim_keys[v->key].name);
	json_kv_str(o, "meaning", claim_keys[v->key].meaning);
	json_kv_bool(o, "many", claim_keys[v->key].many);
	json_kv_str(o, "value", v->says);
	json_kv_f64(o, "confidence", rounded(v->confidence));
	json_kv_u64(o, "answers", v->answers);
	list(o, "claims");
	for (size_t i = 0; i < v->count; i++)
		one_claim(o, &v->claims[i]);
	json_out_end(o);
	json_out_end(o);
}

static void calls(struct json_out *o, const char *key, const struct picture *p, const struct picture_call *const *items, size_t count, bool callers)
{
	list(o, key);
	for (size_t i = 0; i < count; i++) {
		struct str name = callers ? items[i]->caller : items[i]->callee;
		const struct picture_service *other = picture_service(p, name);
		json_out_object(o);
		json_kv_str(o, "service", name);
		json_kv_str(o, "owner", other ? other->owner : STR(""));
		json_kv_u64(o, "calls", items[i]->calls);
		json_kv_u64(o, "errors", items[i]->errors);
		json_out_end(o);
	}
	json_out_end(o);
}

void picture_service_json(struct json_out *o, const struct picture *p, const struct picture_service *s, const struct picture_more *more)
{
	json_out_object(o);
	json_kv_i64(o, "now_ms", p->now * MS);
	common(o, s);
	if (more)
		more->say(more->ctx, o, s, true);
	list(o, "values");
	for (size_t i = 0; i < s->values_count; i++)
		value(o, &s->values[i]);
	json_out_end(o);
	list(o, "people");
	for (size_t i = 0; i < s->people_count; i++) {
		const struct picture_person *w = &s->people[i];
		json_out_object(o);
		json_kv_str(o, "name", w->name);
		json_kv_str(o, "mail", w->mail);
		json_kv_str(o, "team", w->team);
		json_kv_u64(o, "commits", w->commits);
		json_kv_u64(o, "files", w->files);
		json_kv_i64(o, "last_ms", w->last * MS);
		json_out_end(o);
	}
	json_out_end(o);
	calls(o, "called_by", p, s->callers, s->callers_count, true);
	calls(o, "calls", p, s->calls, s->calls_count, false);
	json_out_end(o);
}
