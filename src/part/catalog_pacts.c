/* See catalog_pacts.h. */
#include "part/catalog_pacts.h"

static void one(struct catalog_pacts *to, struct arena *a, struct str name, catalog_ask_pacts *ask, void *ctx)
{
	if (catalog_pacts_of(to, name))
		return;
	struct score_pacts x = ask(ctx, name);
	x.failed_of = arena_str(a, x.failed_of);
	to->names[to->count] = arena_str(a, name);
	to->items[to->count++] = x;
}

void catalog_pacts_gather(struct catalog_pacts *to, struct arena *a, const struct picture *before, const struct fleet *f, catalog_ask_pacts *ask, void *ctx)
{
	size_t most = (before ? before->count : 0) + (f ? f->services_count : 0) + 1;
	*to = (struct catalog_pacts){ .names = ARENA_ARRAY(a, most, struct str), .items = ARENA_ARRAY(a, most, struct score_pacts) };
	if (!to->names || !to->items || !ask)
		return;
	for (size_t i = 0; f && i < f->services_count; i++)
		one(to, a, f->services[i].name, ask, ctx);
	for (size_t i = 0; before && i < before->count; i++)
		if (before->services[i].is_service)
			one(to, a, before->services[i].name, ask, ctx);
}

const struct score_pacts *catalog_pacts_of(const struct catalog_pacts *p, struct str service)
{
	for (size_t i = 0; p && i < p->count; i++)
		if (str_eq(p->names[i], service))
			return &p->items[i];
	return NULL;
}
