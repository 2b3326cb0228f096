/* See picture.h: gathers, knows again, judges. */
#include "catalog/picture/picture.h"
#include "base/check.h"
#include "catalog/picture/impl.h"
#include "model/call.h"
#include <stdlib.h>

static const struct picture_call **calls_of(struct making *m, const struct picture_service *s, bool callers, size_t *n)
{
	const struct picture_sources *f = m->from;
	*n = 0;
	for (int pass = 0;; pass++) {
		const struct picture_call **list = pass && *n ? ARENA_ARRAY(&m->p->arena, *n, const struct picture_call *) : NULL;
		size_t k = 0;
		for (size_t i = 0; i < f->calls_count; i++) {
			if (!str_eq(callers ? f->calls[i].callee : f->calls[i].caller, s->name))
				continue;
			if (list && k < *n)
				list[k] = &f->calls[i];
			k++;
		}
		*n = pass && !list ? 0 : k;
		if (pass)
			return list;
	}
}

/* Who has not touched this service for long may be busy with another. */
static void find_everywhere(struct making *m)
{
	struct map newest; /* by mail: of the person with the newest commit */
	map_init(&newest, 1 << 20);
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < m->count; i++)
			for (size_t k = 0; k < m->list[i].service.people_count; k++) {
				struct picture_person *who = &m->list[i].service.people[k];
				struct picture_person *best = map_get(&newest, who->mail);
				if (pass)
					who->anywhere = best && best->last > who->last ? best->last : who->last;
				else if (!best || best->last < who->last)
					map_put(&newest, who->mail, who);
			}
	map_release(&newest);
}

static int by_name(const void *x, const void *y)
{
	return str_cmp(((const struct picture_service *)x)->name, ((const struct picture_service *)y)->name);
}

static bool run(struct making *m)
{
	struct picture *p = m->p;
	if (!teams_gather(m) || !services_gather(m) || !identities_keep(m))
		return false;
	for (size_t i = 0; i < m->count; i++)
		service_values(m, &m->list[i]);
	find_everywhere(m);
	for (size_t i = 0; i < m->count; i++) {
		struct picture_service *s = &m->list[i].service;
		s->callers = calls_of(m, s, true, &s->callers_count);
		s->calls = calls_of(m, s, false, &s->calls_count);
	}
	contacts_find(m);
	m->watched = services_watched(m);
	for (size_t i = 0; i < m->count; i++)
		orphan_judge(m, &m->list[i].service);
	p->services = ARENA_ARRAY(&p->arena, m->count + 1, struct picture_service);
	for (size_t i = 0; p->services && i < m->count; i++)
		p->services[p->count++] = m->list[i].service;
	if (p->count)
		qsort(p->services, p->count, sizeof(*p->services), by_name);
	teams_count(m);
	return !p->arena.full;
}

struct picture *picture_new(const struct picture_sources *s, struct err *e)
{
	struct picture *p = calloc(1, sizeof(*p));
	if (!p) {
		err_set(e, ERR_NO_MEMORY, "the catalogue does not fit into memory");
		return NULL;
	}
	struct making m = { .p = p, .from = s };
	arena_init(&p->arena, PICTURE_MEMORY);
	p->repositories = s->repositories;
	p->repositories_count = s->repositories_count;
	p->observed = s->observed;
	p->now = s->now;
	map_init(&m.names, 4 * PICTURE_SERVICES_MAX);
	map_init(&m.teams, PICTURE_SERVICES_MAX);
	map_init(&m.people, 1 << 20);
	bool ok = run(&m);
	map_release(&m.names);
	map_release(&m.teams);
	map_release(&m.people);
	if (ok)
		return p;
	picture_free(p);
	err_set(e, ERR_NO_MEMORY, "the catalogue does not fit into memory");
	return NULL;
}

void picture_free(struct picture *p)
{
	if (!p)
		return;
	arena_release(&p->arena);
	free(p);
}

static bool is_called(const struct picture_service *s, struct str name)
{
	if (str_eq_ci(s->name, name) || str_eq_ci(s->id, name))
		return true;
	const struct catalog_value *alias = picture_value(s, CLAIM_ALIAS);
	for (size_t i = 0; alias && i < alias->count; i++)
		if (str_eq_ci(alias->claims[i].says, name))
			return true;
	return false;
}

const struct picture_service *picture_service(const struct picture *p, struct str name)
{
	for (int pass = 0; pass < 2; pass++) /* its name before another's alias */
		for (size_t i = 0; i < p->count; i++)
			if (pass ? is_called(&p->services[i], name) : str_eq_ci(p->services[i].name, name))
				return &p->services[i];
	return NULL;
}

const struct picture_team *picture_team(const struct picture *p, struct str name)
{
	for (size_t i = 0; i < p->teams_count; i++)
		if (str_eq_ci(p->teams[i].name, name))
			return &p->teams[i];
	return NULL;
}

/* --- what the store has seen ------------------------------------------------------------------------------------------------------------------------ */

static bool is_own(struct str name) { return !name.len || str_starts(name, STR("pleach-")) || str_starts(name, STR("(")) || str_eq(name, STR(CALL_GATEWAY)) || str_eq(name, STR(CALL_EDGE)); }

static int64_t seconds(const struct json *j, const char *key)
{
	int64_t ns = 0;
	return str_to_i64(json_get_str(j, str_z(key), STR("")), &ns) ? ns / 1000000000 : 0;
}

static void read_calls(struct picture_sources *s, struct arena *a, const struct json *list)
{
	struct picture_call *calls = ARENA_ARRAY(a, list->count + 1, struct picture_call);
	for (uint32_t i = 0; calls && i < list->count; i++) {
		const struct json *x = &list->items[i];
		struct picture_call c = { json_get_str(x, STR("caller"), STR("")), json_get_str(x, STR("callee"), STR("")), (uint64_t)json_get_i64(x, STR("calls"), 0),
					  (uint64_t)json_get_i64(x, STR("errors"), 0), (uint64_t)json_get_i64(x, STR("started"), 0), seconds(x, "last_ns") };
		size_t k = 0;
		if (is_own(c.callee))
			continue;
		while (k < s->calls_count && !(str_eq(calls[k].caller, c.caller) && str_eq(calls[k].callee, c.callee)))
			k++;
		if (k == s->calls_count)
			calls[s->calls_count++] = (struct picture_call){ .caller = c.caller, .callee = c.callee };
		calls[k].calls += c.calls;
		calls[k].errors += c.errors;
		calls[k].started += c.started;
		calls[k].last = c.last > calls[k].last ? c.last : calls[k].last;
	}
	s->calls = calls;
}

void picture_seen_read(struct picture_sources *s, struct arena *a, const struct json *seen, const struct json *edges)
{
	const struct json *services = json_get(seen, STR("services")), *list = json_get(edges, STR("edges"));
	struct picture_seen *items = services && services->type == JSON_ARRAY ? ARENA_ARRAY(a, services->count + 1, struct picture_seen) : NULL;
	for (uint32_t i = 0; items && i < services->count; i++) {
		struct str name = json_get_str(&services->items[i], STR("service"), STR(""));
		if (!is_own(name))
			items[s->seen_count++] = (struct picture_seen){ name, seconds(&services->items[i], "last_ns") };
	}
	s->seen = items;
	if (list && list->type == JSON_ARRAY)
		read_calls(s, a, list);
	s->observed = services && list;
}
