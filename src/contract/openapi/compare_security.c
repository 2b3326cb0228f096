/* Security: whoever could call before must be able to call with the same credentials. Alternatives are compared by what they demand, schemes by name or,
 * where a name is gone, by meaning; how a scheme itself works is compared once for all who use it. Servers: addresses that are gone. */
#include "contract/openapi/compare.h"

static const struct openapi_scheme *scheme_named(const struct openapi *api, struct str name)
{
	for (size_t i = 0; i < api->schemes.count; i++)
		if (str_eq(api->schemes.items[i].name, name))
			return &api->schemes.items[i];
	return NULL;
}

static struct str member(const struct openapi_scheme *s, struct str key) { return doc_str(doc_get(s->spot.node, key)); }

/* What a caller has to do for it, in one line: the same line, the same scheme. Swagger's `basic` is OpenAPI's http with basic. */
static struct str way_of(struct arena *a, const struct openapi_scheme *s)
{
	struct str type = member(s, STR("type")), scheme = member(s, STR("scheme"));
	char lower[32];
	if (str_eq(type, STR("basic")))
		return STR("http basic");
	if (str_eq(type, STR("apiKey")))
		return arena_printf(a, "apiKey in %.*s %.*s", STR_FMT(member(s, STR("in"))), STR_FMT(member(s, STR("name"))));
	if (str_eq(type, STR("http"))) {
		size_t len = scheme.len < sizeof(lower) ? scheme.len : sizeof(lower);
		for (size_t i = 0; i < len; i++)
			lower[i] = (char)(scheme.p[i] >= 'A' && scheme.p[i] <= 'Z' ? scheme.p[i] | 0x20 : scheme.p[i]);
		return arena_printf(a, "http %.*s", (int)len, lower);
	}
	if (str_eq(type, STR("openIdConnect")))
		return arena_printf(a, "openIdConnect %.*s", STR_FMT(member(s, STR("openIdConnectUrl"))));
	return arena_str(a, type);
}

static bool same_scheme(struct openapi_comparison *c, struct str before, struct str after)
{
	const struct openapi_scheme *other = scheme_named(c->before, after), *own = scheme_named(c->before, before), *renamed = scheme_named(c->after, after);
	if (str_eq(before, after))
		return true;
	if (other || scheme_named(c->after, before) || !own || !renamed)
		return false; /* both names are on one side: they are different schemes */
	return str_eq(way_of(&c->arena, own), way_of(&c->arena, renamed));
}

static bool has_scope(const struct doc *scopes, struct str scope)
{
	for (uint32_t i = 0; doc_is(scopes, DOC_ARRAY) && i < scopes->count; i++)
		if (str_eq(doc_str(&scopes->items[i]), scope))
			return true;
	return false;
}

static bool scopes_within(const struct doc *wanted, const struct doc *had)
{
	for (uint32_t i = 0; doc_is(wanted, DOC_ARRAY) && i < wanted->count; i++)
		if (!has_scope(had, doc_str(&wanted->items[i])))
			return false;
	return true;
}

/* Whether credentials for `had` are enough for `wanted`; `forward`: had is the old side's. */
static bool enough(struct openapi_comparison *c, const struct openapi_alternative *had, const struct openapi_alternative *wanted, bool forward)
{
	for (size_t i = 0; i < wanted->count; i++) {
		bool met = false;
		for (size_t j = 0; j < had->count && !met; j++) {
			struct str before = forward ? had->items[j].scheme : wanted->items[i].scheme, after = forward ? wanted->items[i].scheme : had->items[j].scheme;
			met = same_scheme(c, before, after) && scopes_within(wanted->items[i].scopes, had->items[j].scopes);
		}
		if (!met)
			return false;
	}
	return true;
}

static const struct openapi_alternative nothing;

static bool served(struct openapi_comparison *c, const struct openapi_alternative *had, const struct openapi_security *wanted, bool forward)
{
	if (!wanted->count)
		return true;
	for (size_t i = 0; i < wanted->count; i++)
		if (enough(c, had, &wanted->items[i], forward))
			return true;
	return false;
}

static struct str alternative_text(struct openapi_comparison *c, const struct openapi_alternative *a)
{
	struct str s = STR("none");
	for (size_t i = 0; i < a->count; i++) {
		s = arena_printf(&c->arena, "%.*s%s%.*s", i ? (int)s.len : 0, s.p, i ? " and " : "", STR_FMT(a->items[i].scheme));
		for (uint32_t j = 0; doc_is(a->items[i].scopes, DOC_ARRAY) && j < a->items[i].scopes->count; j++)
			s = arena_printf(&c->arena, "%.*s %.*s", STR_FMT(s), STR_FMT(doc_str(&a->items[i].scopes->items[j])));
	}
	return s;
}

/* A requirement of the whole description is one cause for all who inherit it. */
static struct str subject_of(struct openapi_comparison *c, const struct openapi_pair *pair)
{
	bool inherited = pair->before->security == c->before->security && pair->after->security == c->after->security;
	return inherited ? STR("#/security") : arena_printf(&c->arena, "%.*s security", STR_FMT(pair->before->label));
}

static void tightened(struct openapi_comparison *c, const struct openapi_pair *pair, const struct openapi_alternative *had)
{
	const struct openapi_security *before = pair->before->security, *after = pair->after->security;
	struct str text = alternative_text(c, had);
	struct cause_key key = { CHANGE_KIND_OPENAPI_SECURITY_TIGHTENED, before->spot, after->spot, text };
	struct change *x = openapi_see(c, pair, key, subject_of(c, pair), pair->toward);
	if (!x)
		return;
	if (!before->spot.node)
		x->old_place = spot_place(pair->before->spot);
	openapi_rules(c, x, RULE_REDOCLY_SECURITY_REQUIREMENT_CHANGED, OPENAPI_NO_RULE);
	openapi_say(c, x, "credentials that were enough (%.*s) no longer are: %.*s is demanded%s", STR_FMT(text), STR_FMT(alternative_text(c, &after->items[0])),
		after->count > 1 ? ", or another alternative" : "");
	openapi_prove_request(c, pair, x, &(struct openapi_wish){ .credentials = had });
}

void openapi_compare_security(struct openapi_comparison *c, const struct openapi_pair *pair)
{
	const struct openapi_security *before = pair->before->security, *after = pair->after->security;
	bool broke = false;
	if (!pair->before->inbound)
		return; /* how the author authenticates to receivers is agreed elsewhere */
	for (size_t i = 0; i < before->count || (!before->count && i == 0); i++) {
		const struct openapi_alternative *had = before->count ? &before->items[i] : &nothing;
		if (!served(c, had, after, true)) {
			tightened(c, pair, had);
			broke = true;
		}
	}
	for (size_t i = 0; !broke && c->options->information && i < after->count + !after->count; i++) {
		const struct openapi_alternative *now = after->count ? &after->items[i] : &nothing;
		struct cause_key key = { CHANGE_KIND_OPENAPI_SECURITY_LOOSENED, before->spot, after->spot, { 0 } };
		if (!served(c, now, before, false))
			openapi_say(c, openapi_see(c, pair, key, subject_of(c, pair), pair->toward), "further credentials are enough: %.*s", STR_FMT(alternative_text(c, now)));
	}
}

/* The first alternative of the operation that uses the scheme. */
static const struct openapi_alternative *use_of(const struct openapi_operation *op, struct str scheme)
{
	for (size_t i = 0; i < op->security->count; i++)
		for (size_t j = 0; j < op->security->items[i].count; j++)
			if (str_eq(op->security->items[i].items[j].scheme, scheme))
				return &op->security->items[i];
	return NULL;
}

static void scheme_seen(struct openapi_comparison *c, const struct openapi_scheme *s, const struct openapi_scheme *t, enum change_kind kind,
	struct str detail, struct str sentence)
{
	struct str subject = arena_printf(&c->arena, "security scheme %.*s", STR_FMT(s->name));
	for (size_t i = 0; i < c->before->operations.count; i++) {
		const struct openapi_operation *op = c->before->operations.items[i];
		const struct openapi_pair pair = openapi_pair_of(c, op, NULL);
		const struct openapi_alternative *credentials = use_of(op, s->name);
		if (!op->inbound || !credentials)
			continue;
		struct change *x = openapi_see(c, &pair, (struct cause_key){ kind, s->spot, t->spot, detail }, subject, REACH_REQUEST);
		openapi_rules(c, x, RULE_REDOCLY_SECURITY_SCHEME_CHANGED, OPENAPI_NO_RULE);
		openapi_say(c, x, "%.*s", STR_FMT(sentence));
		if (x && kind == CHANGE_KIND_OPENAPI_SECURITY_SCHEME_CHANGED)
			openapi_prove_request(c, &pair, x, &(struct openapi_wish){ .credentials = credentials });
	}
}

/* Flows of OAuth 2 under OpenAPI 3's names; Swagger 2.0 has one, in the scheme itself. */
static const struct doc *flow_of(const struct openapi_scheme *s, struct str name)
{
	static const struct str old_names[][2] = { { STR_INIT("application"), STR_INIT("clientCredentials") }, { STR_INIT("accessCode"), STR_INIT("authorizationCode") } };
	struct str flow = member(s, STR("flow"));
	for (size_t i = 0; i < 2; i++)
		if (str_eq(flow, old_names[i][0]))
			flow = old_names[i][1];
	return flow.p ? (str_eq(flow, name) ? s->spot.node : NULL) : doc_get(doc_get(s->spot.node, STR("flows")), name);
}

static void compare_scopes(struct openapi_comparison *c, const struct openapi_scheme *s, const struct openapi_scheme *t, const struct doc *before,
	const struct doc *after)
{
	const struct doc *scopes = doc_get(before, STR("scopes")), *now = doc_get(after, STR("scopes"));
	for (uint32_t i = 0; doc_is(scopes, DOC_OBJECT) && i < scopes->count; i++) {
		struct str scope = doc_key(&scopes->members[i]);
		if (!doc_member(now, scope) && !str_starts(scope, STR("x-")))
			scheme_seen(c, s, t, CHANGE_KIND_OPENAPI_SECURITY_SCOPE_REMOVED, scope,
				arena_printf(&c->arena, "the scope %.*s of the security scheme %.*s was removed", STR_FMT(scope), STR_FMT(s->name)));
	}
}

static void compare_flows(struct openapi_comparison *c, const struct openapi_scheme *s, const struct openapi_scheme *t)
{
	static const struct str flows[] = { STR_INIT("implicit"), STR_INIT("password"), STR_INIT("clientCredentials"), STR_INIT("authorizationCode"),
		STR_INIT("deviceAuthorization") };
	static const struct str urls[] = { STR_INIT("authorizationUrl"), STR_INIT("tokenUrl") };
	for (size_t i = 0; i < sizeof(flows) / sizeof(flows[0]); i++) {
		const struct doc *before = flow_of(s, flows[i]), *after = flow_of(t, flows[i]);
		struct str what = { 0 };
		if (before && !after)
			what = arena_printf(&c->arena, "the flow %.*s was removed", STR_FMT(flows[i]));
		for (size_t j = 0; before && after && j < 2; j++) {
			struct str was = doc_str(doc_get(before, urls[j])), is = doc_str(doc_get(after, urls[j]));
			if (!str_eq(was, is))
				what = arena_printf(&c->arena, "the %.*s of the flow %.*s was %.*s and is %.*s", STR_FMT(urls[j]), STR_FMT(flows[i]), STR_FMT(was), STR_FMT(is));
		}
		if (what.p)
			scheme_seen(c, s, t, CHANGE_KIND_OPENAPI_SECURITY_SCHEME_CHANGED, what, arena_printf(&c->arena, "security scheme %.*s: %.*s", STR_FMT(s->name), STR_FMT(what)));
		else
			compare_scopes(c, s, t, before, after);
	}
}

void openapi_compare_schemes(struct openapi_comparison *c)
{
	for (size_t i = 0; i < c->before->schemes.count; i++) {
		const struct openapi_scheme *s = &c->before->schemes.items[i], *t = scheme_named(c->after, s->name);
		if (!t)
			continue; /* where it was demanded, the requirements tell */
		struct str was = way_of(&c->arena, s), is = way_of(&c->arena, t);
		if (!str_eq(was, is))
			scheme_seen(c, s, t, CHANGE_KIND_OPENAPI_SECURITY_SCHEME_CHANGED, arena_printf(&c->arena, "%.*s to %.*s", STR_FMT(was), STR_FMT(is)),
				arena_printf(&c->arena, "the security scheme %.*s was %.*s and is %.*s", STR_FMT(s->name), STR_FMT(was), STR_FMT(is)));
		else if (str_eq(was, STR("oauth2")))
			compare_flows(c, s, t);
	}
}
