/* See schema_sample.h. The maker of witnesses does the work. */
#include "contract/schema/schema_sample.h"
#include "contract/schema/schema_compare_impl.h"
#include <stdlib.h>

struct schema_sampler { struct schema_compare *compare; struct changes changes; struct contract_options options; };
enum { SAMPLE_MAKES = 20000 };

struct schema_sampler *schema_sampler_new(struct schema_set *set)
{
	struct schema_sampler *s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	changes_init(&s->changes);
	s->compare = schema_compare_new(set, set, &s->options, &s->changes, NULL, NULL);
	if (s->compare)
		return s;
	schema_sampler_free(s);
	return NULL;
}

void schema_sampler_free(struct schema_sampler *s)
{
	if (!s)
		return;
	schema_compare_free(s->compare);
	changes_release(&s->changes);
	free(s);
}

const struct doc *schema_sample(struct schema_sampler *s, const struct schema *of, uint64_t n, enum schema_use use, struct arena *a)
{
	struct goal any = GOAL_ANY;
	struct maker m = { .c = s->compare, .arena = a, .random = n ? n * 0x9e3779b97f4a7c15u | 1 : 0, .declared = true };
	uint32_t i = view_of_schema(s->compare, of);
	if (i == UINT32_MAX)
		return NULL;
	s->compare->makes = SAMPLE_MAKES;
	const struct view v = *view_at(s->compare, i);
	const struct doc *d = make_instance(&m, &v, &any);
	return d && schema_valid(of, d, use, NULL) ? d : NULL;
}
