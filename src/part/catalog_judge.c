/* Findings of the catalogue (catalog.h): contradictions about owners, owners that are gone, what is abandoned, orphans beyond the fleet, and what two teams have built. */
#include "part/catalog_judge.h"

static void add(const struct finding_sink *to, const struct picture_service *s, enum finding_kind kind, struct str sentence, struct str remedy)
{
	const struct catalog_value *owner = picture_value(s, CLAIM_OWNER);
	struct finding f = { .kind = kind, .service = s->name, .owner = s->owner, .sentence = sentence, .remedy = remedy };
	if (owner && !owner->claims[0].repository)
		f.place = (struct place){ owner->claims[0].claim->file, owner->claims[0].claim->line, 1 };
	to->add(to->ctx, &f);
}

static struct str next_words(struct arena *a, const struct picture_service *s)
{
	if (!s->next.len)
		return STR("");
	return arena_printf(a, "Ask %.*s: %.*s.", STR_FMT(s->next), STR_FMT(s->next_why));
}

static void judge_one(const struct finding_sink *to, const struct picture_service *s, struct arena *a)
{
	if (s->conflict.len)
		add(to, s, FINDING_OWNER_CONTRADICTED, arena_printf(a, "Who owns %.*s is contradicted: %.*s", STR_FMT(s->name), STR_FMT(s->conflict)), STR(""));
	if (s->orphan & 1u << ORPHAN_INACTIVE_OWNER)
		add(to, s, FINDING_OWNER_INACTIVE, arena_printf(a, "No member of %.*s, who own %.*s, has committed anything for a year", STR_FMT(s->owner), STR_FMT(s->name)), next_words(a, s));
	if (s->orphan & 1u << ORPHAN_ABANDONED)
		add(to, s, FINDING_ABANDONED, arena_printf(a, "Nobody has committed to %.*s for a year, and %zu services call it", STR_FMT(s->name), s->callers_count), next_words(a, s));
	/* Nobody owns it and it is not of this fleet: control's own findings are of the fleet's. */
	if (!s->in_fleet && s->is_service && s->declared && s->orphan & (1u << ORPHAN_NO_OWNER | 1u << ORPHAN_UNKNOWN_OWNER))
		add(to, s, FINDING_ORPHAN, s->owner.len ? arena_printf(a, "%.*s is owned by `%.*s`, which is no team that is known", STR_FMT(s->name), STR_FMT(s->owner)) : arena_printf(a, "Nobody is said to own %.*s", STR_FMT(s->name)),
		    next_words(a, s));
}

/* Of two teams: within one it knows of itself. */
static void judge_pair(const struct picture *p, const struct finding_sink *to, const struct alike_pair *x, struct arena *a)
{
	const struct picture_service *one = picture_service(p, x->a), *other = picture_service(p, x->b);
	if (!one || !other || !one->owner.len || !other->owner.len || str_eq(one->owner, other->owner))
		return;
	struct finding f = { .kind = FINDING_BUILT_TWICE, .service = one->name, .dependency = other->name, .owner = one->owner };
	f.sentence = arena_printf(a, "%.*s of %.*s and %.*s of %.*s have the same interface: %.*s", STR_FMT(one->name), STR_FMT(one->owner), STR_FMT(other->name), STR_FMT(other->owner),
				  STR_FMT(x->reason_count ? x->reasons[0] : STR("their contracts are alike")));
	to->add(to->ctx, &f);
}

void catalog_judge(const struct picture *p, const struct catalog_alike *alike, const struct finding_sink *to)
{
	struct arena a;
	size_t n = 0;
	arena_init(&a, 16 << 20);
	for (size_t i = 0; i < p->count && n < CATALOG_FINDINGS_MAX; i++) {
		const struct picture_service *s = &p->services[i];
		if (!s->conflict.len && !s->orphan)
			continue;
		judge_one(to, s, &a);
		n++;
	}
	for (size_t i = 0; alike && i < alike->count && n < CATALOG_FINDINGS_MAX; i++, n++)
		judge_pair(p, to, &alike->pairs[i], &a);
	arena_release(&a);
}
