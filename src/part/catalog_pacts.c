/* See catalog_pacts.h. */
#include "part/catalog_pacts.h"

void catalog_pacts_add(struct catalog_pacts *p, struct str provider, struct score_pacts of)
{
	if (!ARENA_PUSH_ROOM(p->arena, p->items, p->count, p->capacity))
		return;
	of.failed_of = arena_str(p->arena, of.failed_of);
	p->items[p->count++] = (struct catalog_pact){ arena_str(p->arena, provider), of };
}

const struct score_pacts *catalog_pacts_of(const struct catalog_pacts *p, struct str service)
{
	static const struct score_pacts none;
	if (!p || !p->asked)
		return NULL;
	for (size_t i = 0; i < p->count; i++)
		if (str_eq(p->items[i].provider, service))
			return &p->items[i].of;
	return &none;
}
