/* How long things stay: `deprecated` with `x-sunset` (a date), and `x-stability-level`. What is promised there may be changed only for the better of who
 * relies on it: dates may move away, levels may rise. Draft and alpha promise nothing. */
#include "base/time.h"
#include "contract/openapi/compare.h"

static const int64_t day_ns = 86400LL * 1000000000;

/* Days since 1970-01-01. */
static bool date_of(const struct openapi_life *life, int64_t *days)
{
	int64_t wall;
	struct str text = doc_str(life->sunset.node);
	if (str_find_char(text, '-') == SIZE_MAX || !time_parse(text, &wall))
		return false;
	*days = time_floor(wall, day_ns) / day_ns;
	return true;
}

enum life_state openapi_life_state(const struct openapi_comparison *c, const struct openapi_life *life)
{
	int64_t days;
	if (!life->deprecated)
		return LIFE_ACTIVE;
	if (!life->sunset.node)
		return LIFE_DEPRECATED;
	if (!date_of(life, &days))
		return LIFE_UNREADABLE;
	return c->options->today && days < c->options->today ? LIFE_OVER : LIFE_UNTIL;
}

static int64_t grace_of(const struct openapi_comparison *c, const struct openapi_life *life)
{
	enum openapi_stability s = openapi_stability_of(life);
	if (s == STABILITY_DRAFT || s == STABILITY_ALPHA)
		return 0;
	return s == STABILITY_BETA ? c->options->grace_beta : c->options->grace_stable;
}

struct life_rules { enum rule_id missing, unreadable, too_soon, earlier, deleted, stability; };
static const struct life_rules rules_of[] = {
	[LIFE_OF_OPERATION] = { RULE_OASDIFF_API_DEPRECATED_SUNSET_MISSING, RULE_OASDIFF_API_DEPRECATED_SUNSET_PARSE, RULE_OASDIFF_API_SUNSET_DATE_TOO_SMALL,
		RULE_OASDIFF_API_SUNSET_DATE_CHANGED_TOO_SMALL, RULE_OASDIFF_SUNSET_DELETED, RULE_OASDIFF_API_STABILITY_DECREASED },
	[LIFE_OF_PARAMETER] = { RULE_OASDIFF_REQUEST_PARAMETER_DEPRECATED_SUNSET_MISSING, RULE_OASDIFF_REQUEST_PARAMETER_SUNSET_PARSE,
		RULE_OASDIFF_REQUEST_PARAMETER_SUNSET_DATE_TOO_SMALL, RULE_OASDIFF_REQUEST_PARAMETER_SUNSET_DATE_CHANGED_TOO_SMALL,
		RULE_OASDIFF_REQUEST_PARAMETER_SUNSET_DELETED, OPENAPI_NO_RULE },
	[LIFE_OF_REQUEST_PROPERTY] = { RULE_OASDIFF_REQUEST_PROPERTY_DEPRECATED_SUNSET_MISSING, RULE_OASDIFF_REQUEST_PROPERTY_DEPRECATED_SUNSET_INVALID,
		RULE_OASDIFF_REQUEST_PROPERTY_SUNSET_DATE_TOO_SMALL, RULE_OASDIFF_REQUEST_PROPERTY_SUNSET_DATE_TOO_SMALL, OPENAPI_NO_RULE,
		RULE_OASDIFF_REQUEST_PROPERTY_STABILITY_DECREASED },
	[LIFE_OF_RESPONSE_PROPERTY] = { RULE_OASDIFF_RESPONSE_PROPERTY_DEPRECATED_SUNSET_MISSING, RULE_OASDIFF_RESPONSE_PROPERTY_DEPRECATED_SUNSET_INVALID,
		RULE_OASDIFF_RESPONSE_PROPERTY_SUNSET_DATE_TOO_SMALL, RULE_OASDIFF_RESPONSE_PROPERTY_SUNSET_DATE_TOO_SMALL, OPENAPI_NO_RULE,
		RULE_OASDIFF_RESPONSE_PROPERTY_STABILITY_DECREASED },
};

static struct change *see(struct openapi_comparison *c, const struct openapi_pair *pair, const struct life_pair *l, enum change_kind kind,
	struct str detail, enum rule_id rule)
{
	struct cause_key key = { kind, l->before_spot, l->after_spot, detail };
	enum reach_direction d = l->of == LIFE_OF_RESPONSE_PROPERTY ? pair->back : pair->toward;
	struct change *x = openapi_see(c, pair, key, l->subject, d);
	openapi_rules(c, x, rule, OPENAPI_NO_RULE);
	return x;
}

/* Who calls on the last of the agreed days fails. */
static void too_soon(struct openapi_comparison *c, const struct openapi_pair *pair, const struct life_pair *l, int64_t days, int64_t grace)
{
	struct str date = doc_str(l->after->sunset.node);
	struct change *x = see(c, pair, l, CHANGE_KIND_OPENAPI_SUNSET_TOO_SOON, date, rules_of[l->of].too_soon);
	openapi_say(c, x, "%.*s ends on %.*s, in %lld days; %lld are agreed", STR_FMT(l->name), STR_FMT(date), (long long)(days - c->options->today), (long long)grace);
	openapi_show(c, x, WITNESS_REQUEST, pair->label, "it is still there, as agreed", "it may be gone", "%.*s\n%lld days from today", STR_FMT(pair->label),
		(long long)grace);
}

/* Deprecated by this change: is there a date, and is it far enough away? */
static void newly_deprecated(struct openapi_comparison *c, const struct openapi_pair *pair, const struct life_pair *l)
{
	const struct life_rules *rules = &rules_of[l->of];
	int64_t days, grace = grace_of(c, l->after);
	struct str date = doc_str(l->after->sunset.node);
	if (!l->after->sunset.node && grace)
		openapi_say(c, see(c, pair, l, CHANGE_KIND_OPENAPI_SUNSET_MISSING, STR(""), rules->missing), "%.*s was deprecated without `x-sunset`; %lld days are agreed",
			STR_FMT(l->name), (long long)grace);
	else if (l->after->sunset.node && !date_of(l->after, &days))
		openapi_say(c, see(c, pair, l, CHANGE_KIND_OPENAPI_SUNSET_INVALID, date, rules->unreadable), "%.*s was deprecated, but its `x-sunset` is no date: %.*s",
			STR_FMT(l->name), STR_FMT(date));
	else if (l->after->sunset.node && c->options->today && days - c->options->today < grace)
		too_soon(c, pair, l, days, grace);
	else if (l->of == LIFE_OF_OPERATION || l->of == LIFE_OF_PARAMETER) /* of properties the schemas' comparison tells it */
		openapi_say(c, see(c, pair, l, CHANGE_KIND_OPENAPI_DEPRECATED, STR(""), OPENAPI_NO_RULE), "%.*s was deprecated", STR_FMT(l->name));
}

/* Who calls on the day that was promised fails. */
static void earlier(struct openapi_comparison *c, const struct openapi_pair *pair, const struct life_pair *l, enum rule_id rule)
{
	struct str old_date = doc_str(l->before->sunset.node), date = doc_str(l->after->sunset.node);
	struct change *x = see(c, pair, l, CHANGE_KIND_OPENAPI_SUNSET_EARLIER, date, rule);
	openapi_say(c, x, "%.*s was to stay until %.*s and now ends on %.*s", STR_FMT(l->name), STR_FMT(old_date), STR_FMT(date));
	openapi_show(c, x, WITNESS_REQUEST, pair->before->label, "it is still there", "it may be gone", "%.*s\non %.*s", STR_FMT(pair->before->label), STR_FMT(old_date));
}

static void still_deprecated(struct openapi_comparison *c, const struct openapi_pair *pair, const struct life_pair *l)
{
	const struct life_rules *rules = &rules_of[l->of];
	int64_t before, after;
	struct str old_date = doc_str(l->before->sunset.node), date = doc_str(l->after->sunset.node);
	if (!l->before->sunset.node || str_eq(old_date, date))
		return;
	if (!l->after->sunset.node)
		openapi_say(c, see(c, pair, l, CHANGE_KIND_OPENAPI_SUNSET_DELETED, old_date, rules->deleted), "%.*s was to stay until %.*s; the date is gone", STR_FMT(l->name),
			STR_FMT(old_date));
	else if (!date_of(l->after, &after))
		openapi_say(c, see(c, pair, l, CHANGE_KIND_OPENAPI_SUNSET_INVALID, date, rules->unreadable), "the `x-sunset` of %.*s is no date: %.*s",
			STR_FMT(l->name), STR_FMT(date));
	else if (date_of(l->before, &before) && after < before)
		earlier(c, pair, l, rules->earlier);
}

static void stability(struct openapi_comparison *c, const struct openapi_pair *pair, const struct life_pair *l)
{
	enum openapi_stability before = openapi_stability_of(l->before), after = openapi_stability_of(l->after);
	struct str old_level = doc_str(l->before->stability.node), level = doc_str(l->after->stability.node);
	if (after == STABILITY_INVALID && before != STABILITY_INVALID) {
		openapi_say(c, see(c, pair, l, CHANGE_KIND_OPENAPI_STABILITY_INVALID, level, RULE_OASDIFF_API_INVALID_STABILITY_LEVEL),
			"the `x-stability-level` of %.*s is none of draft, alpha, beta, stable: %.*s", STR_FMT(l->name), STR_FMT(level));
		return;
	}
	/* Without a level nothing was promised about it; a level that is taken away is taken for stable. */
	after = after == STABILITY_NONE ? STABILITY_STABLE : after;
	if (before != STABILITY_INVALID && after < before)
		openapi_say(c, see(c, pair, l, CHANGE_KIND_OPENAPI_STABILITY_DECREASED, level, rules_of[l->of].stability), "%.*s was %.*s and is now %.*s", STR_FMT(l->name),
			STR_FMT(old_level), STR_FMT(level));
}

void openapi_compare_life(struct openapi_comparison *c, const struct openapi_pair *pair, const struct life_pair *l)
{
	stability(c, pair, l);
	if (!l->before->deprecated && l->after->deprecated)
		newly_deprecated(c, pair, l);
	else if (l->before->deprecated && l->after->deprecated)
		still_deprecated(c, pair, l);
	else if (l->before->deprecated && (l->of == LIFE_OF_OPERATION || l->of == LIFE_OF_PARAMETER))
		openapi_say(c, see(c, pair, l, CHANGE_KIND_OPENAPI_REVIVED, STR(""), OPENAPI_NO_RULE), "%.*s is no longer deprecated", STR_FMT(l->name));
}
