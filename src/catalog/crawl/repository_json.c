/* A repository as JSON and back (repository.h). Empty values are left out. */
#include "base/check.h"
#include "catalog/crawl/repository.h"

static void put(struct json_out *o, const char *key, struct str value)
{
	if (value.len)
		json_kv_str(o, key, value);
}

static void put_number(struct json_out *o, const char *key, int64_t value)
{
	if (value)
		json_kv_i64(o, key, value);
}

static void put_list(struct json_out *o, const char *key)
{
	json_out_key(o, str_z(key));
	json_out_array(o);
}

static void put_claim(struct json_out *o, const struct claim *c)
{
	json_out_object(o);
	json_kv_str(o, "key", claim_keys[c->key].name);
	json_kv_str(o, "value", c->value);
	json_kv_str(o, "source", claim_sources[c->source].name);
	put(o, "detail", c->detail);
	put(o, "file", c->file);
	put_number(o, "line", c->line);
	put_number(o, "time", c->time);
	json_out_end(o);
}

static void put_people(struct json_out *o, const struct unit_people *p)
{
	json_out_key(o, STR("people"));
	json_out_object(o);
	put_number(o, "last_commit", p->last_commit);
	put_number(o, "commits", (int64_t)p->commits);
	put_number(o, "files", (int64_t)p->files);
	put_number(o, "left", (int64_t)p->left);
	put_number(o, "truck_factor", (int64_t)p->truck_factor);
	put_list(o, "by");
	for (size_t i = 0; i < p->count; i++) {
		json_out_object(o);
		json_kv_str(o, "name", p->items[i].name);
		json_kv_str(o, "mail", p->items[i].mail);
		json_kv_u64(o, "commits", p->items[i].commits);
		json_kv_u64(o, "files", p->items[i].files);
		json_kv_i64(o, "last", p->items[i].last);
		json_out_end(o);
	}
	json_out_end(o);
	json_out_end(o);
}

static void put_unit(struct json_out *o, const struct unit *u)
{
	json_out_object(o);
	json_kv_str(o, "name", u->name);
	if (u->root.p)
		json_kv_str(o, "root", u->root);
	put(o, "tree", u->tree);
	json_kv_bool(o, "declared", u->declared);
	put_list(o, "claims");
	for (size_t i = 0; i < u->claims_count; i++)
		put_claim(o, &u->claims[i]);
	json_out_end(o);
	put_people(o, &u->people);
	json_out_end(o);
}

static void put_team(struct json_out *o, const struct crawled_team *t)
{
	json_out_object(o);
	json_kv_str(o, "name", t->name);
	put(o, "parent", t->parent);
	put(o, "contact", t->contact);
	put(o, "file", t->file);
	put_number(o, "line", t->line);
	put_list(o, "members");
	for (size_t i = 0; i < t->members_count; i++)
		json_out_str(o, t->members[i]);
	json_out_end(o);
	json_out_end(o);
}

static void put_decision(struct json_out *o, const struct decision *d)
{
	json_out_object(o);
	json_kv_str(o, "title", d->title);
	put(o, "status", d->status);
	put(o, "date", d->date);
	json_kv_str(o, "file", d->file);
	put(o, "outcome", d->outcome);
	if (d->chosen)
		json_kv_bool(o, "chosen", true);
	json_out_end(o);
}

static void put_problem(struct json_out *o, const struct crawl_problem *p)
{
	json_out_object(o);
	json_kv_str(o, "file", p->file);
	put_number(o, "line", p->line);
	put_number(o, "column", p->column);
	json_kv_str(o, "message", p->message);
	json_out_end(o);
}

void repository_json(struct json_out *o, const struct repository *r)
{
	json_out_object(o);
	json_kv_i64(o, "format", REPOSITORY_FORMAT);
	json_kv_str(o, "path", r->path);
	put(o, "prefix", r->prefix);
	put(o, "origin", r->origin);
	json_kv_str(o, "head", r->head);
	put_number(o, "time", r->time);
	put_number(o, "crawled", r->crawled);
	put_number(o, "files", (int64_t)r->files);
	put(o, "note", r->note);
	put_list(o, "units");
	for (size_t i = 0; i < r->units_count; i++)
		put_unit(o, &r->units[i]);
	json_out_end(o);
	put_list(o, "teams");
	for (size_t i = 0; i < r->teams_count; i++)
		put_team(o, &r->teams[i]);
	json_out_end(o);
	put_list(o, "decisions");
	for (size_t i = 0; i < r->decisions_count; i++)
		put_decision(o, &r->decisions[i]);
	json_out_end(o);
	if (r->tags_mark.len)
		json_kv_str(o, "tags_mark", r->tags_mark);
	put_list(o, "tags");
	for (size_t k = 0; k < r->tags_count; k++) {
		json_out_object(o);
		json_kv_str(o, "name", r->tags[k].name);
		json_kv_i64(o, "time", r->tags[k].time);
		json_out_end(o);
	}
	json_out_end(o);
	put_list(o, "problems");
	for (size_t i = 0; i < r->problems_count; i++)
		put_problem(o, &r->problems[i]);
	json_out_end(o);
	json_out_end(o);
}

/* --- reading ------------------------------------------------------------------------------------------------------------------------------------- */

static struct str text(const struct json *j, const char *key) { return json_get_str(j, str_z(key), STR("")); }

static size_t count(const struct json *j, const char *key)
{
	int64_t n = json_get_i64(j, str_z(key), 0);
	return n > 0 ? (size_t)n : 0;
}

static const struct json *list(const struct json *j, const char *key, size_t most, size_t *n)
{
	const struct json *l = json_get(j, str_z(key));
	*n = l && l->type == JSON_ARRAY ? l->count : 0;
	*n = *n < most ? *n : most;
	return *n ? l->items : NULL;
}

static void read_claims(struct unit *u, struct arena *a, const struct json *j)
{
	size_t n;
	const struct json *items = list(j, "claims", UNIT_CLAIMS_MAX, &n);
	u->claims = n ? ARENA_ARRAY(a, n, struct claim) : NULL;
	for (size_t i = 0; u->claims && i < n; i++) {
		struct claim c = { .value = text(&items[i], "value"), .detail = text(&items[i], "detail"), .file = text(&items[i], "file"), .line = (uint32_t)count(&items[i], "line"),
				   .time = json_get_i64(&items[i], STR("time"), 0) };
		if (c.value.len && claim_key_of(text(&items[i], "key"), &c.key) && claim_source_of(text(&items[i], "source"), &c.source))
			u->claims[u->claims_count++] = c;
	}
	u->claims_capacity = u->claims_count;
}

static void read_people(struct unit_people *p, struct arena *a, const struct json *j)
{
	size_t n;
	const struct json *by = list(j, "by", UNIT_PEOPLE_MAX, &n);
	p->last_commit = json_get_i64(j, STR("last_commit"), 0);
	p->commits = count(j, "commits");
	p->files = count(j, "files");
	p->left = count(j, "left");
	p->truck_factor = count(j, "truck_factor");
	p->items = n ? ARENA_ARRAY(a, n, struct unit_person) : NULL;
	for (size_t i = 0; p->items && i < n; i++)
		p->items[p->count++] = (struct unit_person){ text(&by[i], "name"), text(&by[i], "mail"), count(&by[i], "commits"), count(&by[i], "files"), json_get_i64(&by[i], STR("last"), 0) };
}

static void read_units(struct repository *r, struct arena *a, const struct json *j)
{
	size_t n;
	const struct json *items = list(j, "units", REPOSITORY_UNITS_MAX, &n);
	r->units = n ? ARENA_ARRAY(a, n, struct unit) : NULL;
	for (size_t i = 0; r->units && i < n; i++) {
		const struct json *root = json_get(&items[i], STR("root"));
		struct unit *u = &r->units[r->units_count++];
		*u = (struct unit){ .name = text(&items[i], "name"), .tree = text(&items[i], "tree"), .declared = json_get_bool(&items[i], STR("declared"), false) };
		if (root && root->type == JSON_STRING)
			u->root = root->s.p ? root->s : STR("");
		read_claims(u, a, &items[i]);
		read_people(&u->people, a, json_get(&items[i], STR("people")));
	}
	r->units_capacity = r->units_count;
}

static void read_teams(struct repository *r, struct arena *a, const struct json *j)
{
	size_t n, m;
	const struct json *items = list(j, "teams", REPOSITORY_TEAMS_MAX, &n);
	r->teams = n ? ARENA_ARRAY(a, n, struct crawled_team) : NULL;
	for (size_t i = 0; r->teams && i < n; i++) {
		struct crawled_team *t = &r->teams[r->teams_count++];
		const struct json *members = list(&items[i], "members", REPOSITORY_TEAMS_MAX, &m);
		*t = (struct crawled_team){ .name = text(&items[i], "name"), .parent = text(&items[i], "parent"), .contact = text(&items[i], "contact"), .file = text(&items[i], "file"),
					    .line = (uint32_t)count(&items[i], "line"), .members = m ? ARENA_ARRAY(a, m, struct str) : NULL };
		for (size_t k = 0; t->members && k < m; k++)
			if (members[k].type == JSON_STRING)
				t->members[t->members_count++] = members[k].s;
	}
}

static void read_tags(struct repository *r, struct arena *a, const struct json *j)
{
	size_t n;
	const struct json *tags = list(j, "tags", REPOSITORY_TAGS_MAX, &n);
	r->tags_mark = text(j, "tags_mark");
	r->tags = n ? ARENA_ARRAY(a, n, struct repository_tag) : NULL;
	for (size_t i = 0; r->tags && i < n; i++) {
		struct repository_tag t = { text(&tags[i], "name"), json_get_i64(&tags[i], STR("time"), 0) };
		if (t.name.len && t.time > 0)
			r->tags[r->tags_count++] = t;
	}
}

static void read_rest(struct repository *r, struct arena *a, const struct json *j)
{
	size_t n, m;
	const struct json *decisions = list(j, "decisions", REPOSITORY_DECISIONS_MAX, &n), *problems = list(j, "problems", REPOSITORY_PROBLEMS_MAX, &m);
	r->decisions = n ? ARENA_ARRAY(a, n, struct decision) : NULL;
	for (size_t i = 0; r->decisions && i < n; i++)
		r->decisions[r->decisions_count++] =
			(struct decision){ text(&decisions[i], "title"), text(&decisions[i], "status"), text(&decisions[i], "date"), text(&decisions[i], "file"), text(&decisions[i], "outcome"), json_get_bool(&decisions[i], STR("chosen"), false) };
	r->problems = m ? ARENA_ARRAY(a, m, struct crawl_problem) : NULL;
	for (size_t i = 0; r->problems && i < m; i++)
		r->problems[r->problems_count++] = (struct crawl_problem){ text(&problems[i], "file"), text(&problems[i], "message"), (uint32_t)count(&problems[i], "line"),
									   (uint32_t)count(&problems[i], "column") };
}

bool repository_read(struct repository *r, struct arena *a, const struct json *j)
{
	if (!j || json_get_i64(j, STR("format"), 0) != REPOSITORY_FORMAT || !text(j, "path").len || !text(j, "head").len)
		return false;
	struct repository x = { .path = text(j, "path"), .prefix = text(j, "prefix"), .origin = text(j, "origin"), .head = text(j, "head"), .note = text(j, "note"), .time = json_get_i64(j, STR("time"), 0),
				.crawled = json_get_i64(j, STR("crawled"), 0),
				.files = count(j, "files") };
	read_units(&x, a, j);
	read_teams(&x, a, j);
	read_tags(&x, a, j);
	read_rest(&x, a, j);
	if (a->full)
		return false;
	*r = x;
	return true;
}
