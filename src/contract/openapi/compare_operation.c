/* One operation on both sides: its name, tags and promises; then parameters, body, responses, security. */
#include "contract/openapi/compare.h"

static void operation_id(struct openapi_comparison *c, const struct openapi_pair *pair)
{
	const struct openapi_operation *before = pair->before, *after = pair->after;
	if (str_empty(before->id) || str_eq(before->id, after->id))
		return;
	struct cause_key key = { CHANGE_KIND_OPENAPI_OPERATION_ID_CHANGED, spot_member(before->spot, STR("operationId")), after->spot, before->id };
	struct change *x = openapi_see(c, pair, key, before->label, pair->toward);
	openapi_rules(c, x, RULE_REDOCLY_OPERATION_ID_CHANGED, OPENAPI_NO_RULE);
	openapi_say(c, x, "%.*s had the operationId %.*s and %s%.*s", STR_FMT(before->label), STR_FMT(before->id), after->id.len ? "now has " : "has none now",
		STR_FMT(after->id));
}

static void tags(struct openapi_comparison *c, const struct openapi_pair *pair)
{
	struct doc_spot before = spot_member(pair->before->spot, STR("tags")), after = spot_member(pair->after->spot, STR("tags"));
	if (!c->options->information || before.node == after.node || doc_equal(before.node, after.node))
		return;
	struct cause_key key = { CHANGE_KIND_OPENAPI_TAGS_CHANGED, before.node ? before : pair->before->spot, after.node ? after : pair->after->spot, { 0 } };
	openapi_say(c, openapi_see(c, pair, key, pair->before->label, pair->toward), "%.*s has other tags", STR_FMT(pair->before->label));
}

bool openapi_compare_pair(struct openapi_comparison *c, const struct openapi_pair *pair)
{
	const struct openapi_operation *before = pair->before, *after = pair->after;
	enum openapi_stability stability = openapi_stability_of(&before->life);
	struct life_pair life = { before->spot, after->spot, &before->life, &after->life, LIFE_OF_OPERATION, before->label, before->label };
	openapi_compare_life(c, pair, &life);
	if (stability == STABILITY_DRAFT || stability == STABILITY_ALPHA)
		return true; /* these promise nothing */
	operation_id(c, pair);
	tags(c, pair);
	openapi_compare_security(c, pair);
	openapi_compare_own_servers(c, pair);
	if (c->lives)
		openapi_compare_property_lives(c->lives, pair);
	return openapi_compare_parameters(c, pair) && openapi_compare_bodies(c, pair) && openapi_compare_responses(c, pair);
}
