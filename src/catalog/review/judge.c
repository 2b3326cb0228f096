/* The judgement of a change (review.h): files to services, services to owners, owners to who has agreed, and all that beside the repository's own rules. */
#include "base/check.h"
#include "base/map.h"
#include "catalog/review/review.h"
#include <stdlib.h>

enum { COVERED_MAX = 64 /* consents that are laid beside single code owners */ };

static struct str last_part(struct str handle)
{
	for (size_t i = handle.len; i-- > 0;)
		if (handle.p[i] == '/')
			return str_skip(handle, i + 1);
	return str_starts(handle, STR("@")) ? str_skip(handle, 1) : handle;
}

/* The deepest folder above a file that is a service's. */
static struct review_service *service_of(const struct map *folders, struct str path)
{
	for (size_t n = path.len; n-- > 0;)
		if (path.p[n] == '/') {
			struct review_service *s = map_get(folders, str_sub(path, 0, n));
			if (s)
				return s;
		}
	return map_get(folders, STR(""));
}

/* --- beside the repository's own rules ------------------------------------------------------------------------------------------------------------------------- */

static bool names_owner(const struct review *r, const struct review_service *s, struct str handle)
{
	const struct review_team *t = review_owner(r, s);
	struct review_person p = review_person_of(handle);
	return str_eq_ci(last_part(handle), s->owner) || (t && review_is_member(t, &p));
}

/* The consents that are by one of these owners. */
static uint64_t consents_of(const struct review *r, const struct str *owners, size_t count)
{
	uint64_t bits = 0;
	for (size_t k = 0; k < r->consents_count && k < COVERED_MAX; k++) {
		struct review_person p = review_person_of(r->consents[k].who);
		for (size_t i = 0; i < count; i++) {
			struct review_person owner = review_person_of(owners[i]);
			if ((owner.mail.len && str_eq_ci(owner.mail, p.mail)) || (owner.name.len && review_same_handle(owner.name, p.name)))
				bits |= UINT64_C(1) << k;
		}
	}
	return bits;
}

static void asks_somebody(struct review *r, struct review_service *s, struct str file, uint32_t line, struct str who)
{
	if (!s->rule.len && s->ownership == OWNERSHIP_COLLECTIVE)
		s->rule = arena_printf(&r->arena, "%.*s:%u asks %.*s, though its ownership is collective", STR_FMT(file), line, STR_FMT(who));
}

/* What the rules say of one touched file of a service: whether they ask its owner, and who of its code owners has agreed. */
static void lay_beside(struct review *r, struct review_service *s, struct codeowners_walk *w, struct str path)
{
	const struct codeowners_rule *rules[CODEOWNERS_SECTIONS_MAX], *other = NULL;
	bool full = false, asked = false;
	uint64_t bits = 0;
	codeowners_match(w, path, rules, &full);
	for (size_t i = 0; i < r->owners->sections_count; i++) {
		bits |= rules[i] ? consents_of(r, rules[i]->owners, rules[i]->owners_count) : 0;
		for (size_t k = 0; rules[i] && k < rules[i]->owners_count; k++) {
			asked = asked || names_owner(r, s, rules[i]->owners[k]);
			other = other || r->owners->sections[i].optional ? other : rules[i];
		}
	}
	s->covered = s->touched == 1 ? bits : s->covered & bits;
	s->unasked += !asked;
	if (!asked && other)
		asks_somebody(r, s, r->owners_file, other->line, other->owners[0]);
}

/* The same of OWNERS files, whose owners are told one by one. */
struct asked { struct review *r; const struct review_service *s; const struct owners_grant *first; bool owner; uint64_t bits; };

static void ask(void *ctx, const struct owners_grant *g)
{
	struct asked *a = ctx;
	a->first = a->first ? a->first : g;
	a->owner = a->owner || names_owner(a->r, a->s, g->who);
	a->bits |= consents_of(a->r, &g->who, 1);
}

static bool lay_beside_files(struct review *r, struct review_service *s, struct str path, struct err *e)
{
	struct asked a = { .r = r, .s = s };
	if (!owners_of(&r->files, path, ask, &a, e))
		return false;
	s->covered = s->touched == 1 ? a.bits : s->covered & a.bits;
	s->unasked += !a.owner;
	if (!a.owner && a.first)
		asks_somebody(r, s, a.first->file, a.first->line, a.first->who);
	return true;
}

static void judge_rules(struct review *r, struct review_service *s)
{
	if (s->ownership != OWNERSHIP_STRONG || !s->owner.len)
		return;
	if (r->has_files) {
		if (s->unasked)
			s->rule = arena_printf(&r->arena, "of %zu files OWNERS asks %.*s for %zu; name its people in `%.*s%sOWNERS`", s->touched, STR_FMT(s->owner), s->touched - s->unasked,
					       STR_FMT(s->folder), s->folder.len ? "/" : "");
		return;
	}
	if (!r->owners)
		s->rule = arena_printf(&r->arena, "the repository has no CODEOWNERS, so its review asks nobody; add .github/CODEOWNERS with `/%.*s%s @ORGANISATION/%.*s`", STR_FMT(s->folder),
				       s->folder.len ? "/" : "*", STR_FMT(s->owner));
	else if (s->unasked)
		s->rule = arena_printf(&r->arena, "of %zu files %.*s asks %.*s for %zu; add `/%.*s%s @ORGANISATION/%.*s` to its end", s->touched, STR_FMT(r->owners_file), STR_FMT(s->owner),
				       s->touched - s->unasked, STR_FMT(s->folder), s->folder.len ? "/" : "*", STR_FMT(s->owner));
}

/* --- who has agreed ---------------------------------------------------------------------------------------------------------------------------- */

static bool own_change(const struct review *r, const struct review_team *t)
{
	for (size_t i = 0; i < r->authors_count; i++)
		if (!review_is_member(t, &r->authors[i]))
			return false;
	return r->authors_count > 0;
}

static bool agreed(const struct review *r, struct review_service *s)
{
	const struct review_team *t = review_owner(r, s);
	if (t && own_change(r, t)) {
		s->by = r->authors[0].name;
		s->from = STR("its own change");
		return true;
	}
	for (size_t i = 0; i < r->consents_count; i++) {
		struct review_person p = review_person_of(r->consents[i].who);
		bool team = review_same_handle(last_part(r->consents[i].who), s->owner), member = t && review_is_member(t, &p);
		bool code_owner = (!t || !t->members_count) && i < COVERED_MAX && (s->covered >> i & 1);
		if (team || member || code_owner) {
			s->by = r->consents[i].who;
			s->from = r->consents[i].from;
			return true;
		}
	}
	return false;
}

static void judge_standing(struct review *r, struct review_service *s)
{
	if (!s->owner.len)
		s->standing = REVIEW_UNOWNED;
	else if (s->ownership == OWNERSHIP_STRONG)
		s->standing = agreed(r, s) ? REVIEW_AGREED : REVIEW_MISSING;
	else
		s->standing = s->ownership == OWNERSHIP_WEAK ? REVIEW_REMINDED : REVIEW_OPEN;
	r->missing += s->standing == REVIEW_MISSING;
}

/* --- who needs to know ------------------------------------------------------------------------------------------------------------------------- */

static bool calls(const struct review_service *s, struct str name)
{
	for (size_t i = 0; i < s->calls_count; i++)
		if (str_eq(s->calls[i], name))
			return true;
	return false;
}

static bool find_callers(struct review *r, struct review_service *s)
{
	s->callers = s->contract.len ? ARENA_ARRAY(&r->arena, r->services_count, const struct review_service *) : NULL;
	for (size_t i = 0; s->callers && i < r->services_count; i++)
		if (str_eq(r->services[i].fleet, s->fleet) && calls(&r->services[i], s->name))
			s->callers[s->callers_count++] = &r->services[i];
	return s->callers || !s->contract.len;
}

/* --- all of it --------------------------------------------------------------------------------------------------------------------------------- */

static bool touch(struct review *r, const struct map *folders, struct codeowners_walk *w, struct str path, struct err *e)
{
	struct review_service *s = service_of(folders, path);
	if (!s) {
		if (!ARENA_PUSH_ROOM(&r->arena, r->outside, r->outside_count, r->outside_capacity))
			return false;
		r->outside[r->outside_count++] = path;
		return true;
	}
	if (!s->touched++)
		s->example = path;
	for (size_t i = 0; !s->contract.len && i < s->schemas_count; i++)
		if (str_eq(s->schemas[i], path))
			s->contract = path;
	if (r->owners)
		lay_beside(r, s, w, path);
	return !r->has_files || lay_beside_files(r, s, path, e);
}

static int by_touch(const void *a, const void *b)
{
	const struct review_service *x = a, *y = b;
	return (x->touched != 0) != (y->touched != 0) ? (x->touched ? -1 : 1) : str_cmp(x->name, y->name);
}

static int by_name(const void *a, const void *b) { return str_cmp(*(const struct str *)a, *(const struct str *)b); }

static bool touch_all(struct review *r, struct err *e)
{
	struct map folders;
	struct codeowners_walk w;
	bool ok = true;
	map_init(&folders, 1 << 20);
	for (size_t i = 0; ok && i < r->services_count; i++)
		ok = map_put(&folders, r->services[i].folder, &r->services[i]) &&
		     (!r->services[i].moved || map_get(&folders, r->services[i].next_folder) || map_put(&folders, r->services[i].next_folder, &r->services[i]));
	if (r->owners)
		codeowners_walk_init(&w, r->owners);
	for (size_t i = 0; ok && i < r->paths_count; i++)
		if (!i || !str_eq(r->paths[i], r->paths[i - 1]))
			ok = touch(r, &folders, &w, r->paths[i], e);
	if (r->owners)
		codeowners_walk_release(&w);
	map_release(&folders);
	return ok;
}

bool review_judge(struct review *r, struct err *e)
{
	if (r->paths_count)
		qsort(r->paths, r->paths_count, sizeof(*r->paths), by_name);
	bool ok = touch_all(r, e);
	if (ok && r->services_count)
		qsort(r->services, r->services_count, sizeof(*r->services), by_touch);
	for (size_t i = 0; ok && i < r->services_count && r->services[i].touched; i++) {
		judge_rules(r, &r->services[i]);
		judge_standing(r, &r->services[i]);
		ok = find_callers(r, &r->services[i]);
	}
	return (ok && !r->arena.full) || (err_is_set(e) ? false : err_set(e, ERR_NO_MEMORY, "the change does not fit into %d MiB; review a smaller range", REVIEW_MEMORY_MAX >> 20));
}
