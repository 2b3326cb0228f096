/* See transforms.h. */
#include "part/transforms.h"

/* NULL without e: there is no OpenAPI in it. */
static struct contract_model *model_of(struct side *s, struct err *e)
{
	for (size_t i = 0; i < s->source.count; i++)
		if (contract_format_of(&s->source.files[i]) == &openapi_format)
			return openapi_format.read(&s->source, e);
	return NULL;
}

bool transforms_check(struct side *before, struct side *after, const struct transform *t, struct str old_route, struct str new_route, struct arena *a, struct transform_verdict *v,
		      struct err *e)
{
	if (!side_pair(before, after, e))
		return false;
	struct transform_side old_side = { .route = old_route }, new_side = { .route = new_route };
	old_side.model = model_of(before, e);
	new_side.model = err_is_set(e) ? NULL : model_of(after, e);
	bool ok = !err_is_set(e) && transform_check(t, &old_side, &new_side, a, v, e);
	if (old_side.model)
		openapi_format.free((struct contract_model *)old_side.model);
	if (new_side.model)
		openapi_format.free((struct contract_model *)new_side.model);
	return ok;
}

struct str transforms_sentence(struct arena *a, const struct transform_fault *f)
{
	struct str s = arena_printf(a, "%.*s, %.*s: %.*s", STR_FMT(f->operation), STR_FMT(f->what), STR_FMT(f->sentence));
	return f->before.len ? arena_printf(a, "%.*s; of %.*s comes %.*s", STR_FMT(s), STR_FMT(f->before), STR_FMT(f->after)) : s;
}
