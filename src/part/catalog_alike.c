/* See catalog_alike.h. */
#include "part/catalog_alike.h"
#include "base/check.h"
#include "part/side.h"
#include <stdlib.h>

enum { DOCUMENTS_MAX = 64 << 20, PARSE_MEMORY = 256 << 20 };
struct alike_source { struct str service, path, shown; };
struct sources { struct alike_source *items; size_t count, capacity; struct arena *a; uint64_t hash; };

static void add(struct sources *s, struct str service, struct str path, struct str shown)
{
	struct sys_stat st;
	if (sys_stat(path, &st) < 0 || sys_is_link(path))
		return;
	for (size_t i = 0; i < s->count; i++)
		if (str_eq(s->items[i].path, path))
			return;
	if (s->count == ALIKE_SOURCES_MAX || !ARENA_PUSH_ROOM(s->a, s->items, s->count, s->capacity))
		return;
	s->items[s->count++] = (struct alike_source){ service, path, shown };
	uint64_t step[5] = { s->hash, str_hash(path), str_hash(service), (uint64_t)st.modified, (uint64_t)st.size };
	s->hash = str_hash(str_from((const char *)step, sizeof(step)));
}

/* A folder's time says that a file came or went; its files' times say what is in them. */
struct mixing { struct sources *s; struct str folder; };

static bool mix(void *ctx, struct str name, bool directory)
{
	struct mixing *m = ctx;
	struct sys_stat st;
	struct str path = side_join(m->s->a, m->folder, name);
	if (!directory && side_may_hold(name) && sys_stat(path, &st) >= 0) {
		uint64_t step[4] = { m->s->hash, str_hash(path), (uint64_t)st.modified, (uint64_t)st.size };
		m->s->hash = str_hash(str_from((const char *)step, sizeof(step)));
	}
	return true;
}

static void of_fleet(struct sources *s, const struct fleet *f)
{
	for (size_t i = 0; f && i < f->services_count; i++)
		for (size_t k = 0; k < f->services[i].serves_count; k++) {
			const struct served *v = &f->services[i].serves[k];
			struct sys_stat st;
			if (!v->schema.len)
				continue;
			struct str path = side_join(s->a, f->services[i].directory, v->schema);
			add(s, f->services[i].name, path, v->schema);
			struct mixing m = { s, path };
			if (sys_stat(path, &st) >= 0 && st.directory)
				sys_list(path, mix, &m);
		}
}

/* Of a service that the fleet runs its contract is known already. */
static void of_clones(struct sources *s, const struct picture *p)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct catalog_value *v = p->services[i].in_fleet ? NULL : picture_value(&p->services[i], CLAIM_PROVIDES);
		for (size_t k = 0; v && k < v->count; k++) {
			const struct catalog_claim *c = &v->claims[k];
			if (c->claim->source == SOURCE_CONTRACT && c->repository)
				add(s, p->services[i].name, side_join(s->a, c->repository->path, c->claim->value), c->claim->value);
		}
	}
}

static const struct json *documents_of(const struct alike_source *x, struct arena *a, struct err *e)
{
	struct side s, none;
	struct buf text;
	struct json_out o;
	side_init(&s, x->path);
	side_init(&none, STR(""));
	buf_init(&text, DOCUMENTS_MAX);
	json_out_init(&o, &text);
	bool ok = side_read_path(&s, x->path, e) && !s.missing && s.count && side_pair(&none, &s, e) && side_describe(&s, &o, e) && buf_ok(&text);
	const struct json *j = ok ? json_parse(a, buf_str(&text), e) : NULL;
	buf_release(&text);
	side_release(&none);
	side_release(&s);
	return j;
}

static bool read_all(struct catalog_alike *c, const struct sources *s, struct interfaces *x, struct err *e)
{
	struct arena a;
	bool ok = true;
	arena_init(&a, PARSE_MEMORY);
	for (size_t i = 0; i < s->count && ok; i++) {
		struct err wrong = { 0 };
		const struct json *j = documents_of(&s->items[i], &a, &wrong);
		if (!j)
			c->unreadable++; /* what is wrong with it is told where it is looked at for itself */
		else
			ok = interfaces_add(x, s->items[i].service, s->items[i].shown, j, e);
		arena_reset(&a);
	}
	arena_release(&a);
	return ok && interfaces_weigh(x, e);
}

static bool compare(struct catalog_alike *c, struct interfaces *x, struct err *e)
{
	struct interfaces_pair *found = ARENA_ARRAY(&c->arena, ALIKE_PAIRS_MAX, struct interfaces_pair);
	c->pairs = ARENA_ARRAY(&c->arena, ALIKE_PAIRS_MAX, struct alike_pair);
	if (!found || !c->pairs)
		return err_set(e, ERR_NO_MEMORY, "interfaces do not fit into memory");
	size_t n = interfaces_pairs(x, INTERFACES_LIKELY, found, ALIKE_PAIRS_MAX, &c->arena);
	for (size_t i = 0; i < n; i++) {
		const struct interface *a = interfaces_at(x, found[i].a), *b = interfaces_at(x, found[i].b);
		struct alike_pair *to = &c->pairs[c->count++];
		*to = (struct alike_pair){ arena_str(&c->arena, a->owner), arena_str(&c->arena, b->owner), arena_str(&c->arena, a->name), arena_str(&c->arena, b->name), .score = found[i].score,
					   .reason_count = found[i].reason_count };
		memcpy(to->reasons, found[i].reasons, sizeof(to->reasons));
	}
	c->interfaces = interfaces_count(x);
	return true;
}

struct catalog_alike *catalog_alike_make(const struct picture *p, const struct fleet *f, const struct catalog_alike *before, bool *same, struct err *e)
{
	struct catalog_alike *c = calloc(1, sizeof(*c));
	struct interfaces *x = NULL;
	struct arena scratch;
	*same = false;
	if (!c) {
		err_set(e, ERR_NO_MEMORY, "interfaces do not fit into memory");
		return NULL;
	}
	arena_init(&c->arena, ALIKE_MEMORY);
	arena_init(&scratch, 64 << 20);
	struct sources s = { .a = &scratch, .hash = 1 };
	of_fleet(&s, f);
	of_clones(&s, p);
	c->fingerprint = s.hash;
	*same = before && before->fingerprint == s.hash;
	bool ok = !*same && (x = interfaces_new(ALIKE_MEMORY)) && read_all(c, &s, x, e) && compare(c, x, e);
	interfaces_free(x);
	arena_release(&scratch);
	if (ok)
		return c;
	catalog_alike_free(c);
	if (!*same && !err_is_set(e))
		err_set(e, ERR_NO_MEMORY, "interfaces do not fit into memory");
	return NULL;
}

void catalog_alike_free(struct catalog_alike *c)
{
	if (!c)
		return;
	arena_release(&c->arena);
	free(c);
}

/* --- the answer -------------------------------------------------------------------------------------------------------------------------------------- */

static void side(struct json_out *o, const char *key, const struct picture *p, struct str service, struct str file)
{
	const struct picture_service *s = p ? picture_service(p, service) : NULL;
	const struct picture_team *t = s && s->owner.len ? picture_team(p, s->owner) : NULL;
	json_out_key(o, str_z(key));
	json_out_object(o);
	json_kv_str(o, "service", service);
	json_kv_str(o, "owner", s ? s->owner : STR(""));
	json_kv_str(o, "contact", t ? t->contact : STR(""));
	json_kv_str(o, "file", file);
	json_kv_i64(o, "last_commit_ms", s && s->unit ? s->unit->people.last_commit * 1000 : 0);
	json_out_end(o);
}

void catalog_alike_json(struct json_out *o, const struct catalog_alike *c, const struct picture *p, struct str missing)
{
	json_out_object(o);
	json_kv_str(o, "missing", missing);
	json_kv_u64(o, "interfaces", c ? c->interfaces : 0);
	json_kv_u64(o, "unreadable", c ? c->unreadable : 0);
	json_out_key(o, STR("pairs"));
	json_out_array(o);
	for (size_t i = 0; c && i < c->count; i++) {
		json_out_object(o);
		json_kv_f64(o, "alike", (double)(int64_t)(c->pairs[i].score * 100 + 0.5) / 100);
		side(o, "a", p, c->pairs[i].a, c->pairs[i].a_file);
		side(o, "b", p, c->pairs[i].b, c->pairs[i].b_file);
		json_out_key(o, STR("reasons"));
		json_out_array(o);
		for (size_t k = 0; k < c->pairs[i].reason_count; k++)
			json_out_str(o, c->pairs[i].reasons[k]);
		json_out_end(o);
		json_out_end(o);
	}
	json_out_end(o);
	json_out_end(o);
}
