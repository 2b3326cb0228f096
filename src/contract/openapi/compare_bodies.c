/* Request bodies: whether one must be there, its media types, and the schemas of those that are on both sides. */
#include "contract/openapi/compare.h"

static const struct openapi_media *covering(const struct openapi_medias *all, struct str type)
{
	for (size_t i = 0; i < all->count; i++)
		if (str_eq(all->items[i].type, type))
			return &all->items[i];
	for (size_t i = 0; i < all->count; i++)
		if (openapi_media_covers(all->items[i].type, type))
			return &all->items[i];
	return NULL;
}

static struct str subject_of(struct openapi_comparison *c, const struct openapi_pair *pair, struct str type)
{
	const struct openapi_body *b = pair->before->body ? pair->before->body : pair->after->body;
	struct str body = openapi_subject(c, pair_any(pair), b->shared, "request body");
	return type.len ? arena_printf(&c->arena, "%.*s %.*s", STR_FMT(body), STR_FMT(type)) : body;
}

static struct change *see(struct openapi_comparison *c, const struct openapi_pair *pair, enum change_kind kind, struct doc_spot before,
	struct doc_spot after, struct str type)
{
	struct cause_key key = { kind, before, after, type };
	return openapi_see(c, pair, key, subject_of(c, pair, type), pair->toward);
}

/* One side has no body: the operation's key is shown there. */
static struct change *see_one(struct openapi_comparison *c, const struct openapi_pair *pair, enum change_kind kind)
{
	const struct openapi_body *before = pair->before->body, *after = pair->after->body;
	struct change *x = see(c, pair, kind, before ? before->spot : (struct doc_spot){ 0 }, after ? after->spot : (struct doc_spot){ 0 }, STR(""));
	if (x && !before)
		x->old_place = spot_place(pair->before->spot);
	if (x && !after)
		x->new_place = spot_place(pair->after->spot);
	return x;
}

static void added(struct openapi_comparison *c, const struct openapi_pair *pair)
{
	bool breaks = pair->after->body->required && pair->before->inbound;
	struct change *x = see_one(c, pair, breaks ? CHANGE_KIND_OPENAPI_BODY_ADDED_REQUIRED : CHANGE_KIND_OPENAPI_BODY_ADDED);
	openapi_say(c, x, "%s request body is new", breaks ? "a required" : "an optional");
	if (!x || !breaks)
		return;
	openapi_rules(c, x, RULE_OASDIFF_REQUEST_BODY_ADDED_REQUIRED, RULE_REDOCLY_REQUEST_BODY_BECAME_REQUIRED);
	openapi_prove_request(c, pair, x, &(struct openapi_wish){ .no_body = true });
}

/* Of a webhook or callback: what receivers could rely on. */
static void sent_less(struct openapi_comparison *c, const struct openapi_pair *pair, const char *now)
{
	struct change *x = see_one(c, pair, CHANGE_KIND_OPENAPI_SENT_LESS);
	openapi_say(c, x, "the request body of %.*s was always sent and %s", STR_FMT(pair->before->label), now);
	openapi_show(c, x, WITNESS_REQUEST, pair->before->label, "the body is missing", "valid", "%.*s {the receiver}\n(no body)", STR_FMT(pair->before->method));
}

static void removed(struct openapi_comparison *c, const struct openapi_pair *pair)
{
	if (!pair->before->inbound && pair->before->body->required) {
		sent_less(c, pair, "is gone");
		return;
	}
	struct change *x = see_one(c, pair, pair->before->inbound ? CHANGE_KIND_OPENAPI_BODY_REMOVED : CHANGE_KIND_OPENAPI_SENT_LESS);
	openapi_say(c, x, "the request body was removed");
	openapi_rules(c, x, RULE_OASDIFF_REQUEST_BODY_REMOVED, RULE_REDOCLY_REQUEST_BODY_REMOVED);
	if (x)
		openapi_prove_request(c, pair, x, &(struct openapi_wish){ .with_body = true });
}

static void required(struct openapi_comparison *c, const struct openapi_pair *pair)
{
	const struct openapi_body *before = pair->before->body, *after = pair->after->body;
	if (before->required == after->required)
		return;
	if (!pair->before->inbound) {
		if (before->required)
			sent_less(c, pair, "need not be now");
		return;
	}
	struct change *x = see_one(c, pair, after->required ? CHANGE_KIND_OPENAPI_BODY_BECAME_REQUIRED : CHANGE_KIND_OPENAPI_BODY_BECAME_OPTIONAL);
	openapi_say(c, x, "the request body became %s", after->required ? "required" : "optional");
	if (!x || !after->required)
		return;
	openapi_rules(c, x, RULE_OASDIFF_REQUEST_BODY_BECAME_REQUIRED, RULE_REDOCLY_REQUEST_BODY_BECAME_REQUIRED);
	openapi_prove_request(c, pair, x, &(struct openapi_wish){ .no_body = true });
}

static void media_removed(struct openapi_comparison *c, const struct openapi_pair *pair, const struct openapi_media *m)
{
	struct change *x = see(c, pair, CHANGE_KIND_OPENAPI_BODY_MEDIA_TYPE_REMOVED, m->spot, pair->after->body->spot, m->type);
	openapi_rules(c, x, RULE_OASDIFF_REQUEST_BODY_MEDIA_TYPE_REMOVED, RULE_REDOCLY_MEDIA_TYPE_REMOVED);
	openapi_say(c, x, "request bodies of %.*s are no longer taken", STR_FMT(m->type));
	if (x)
		openapi_prove_request(c, pair, x, &(struct openapi_wish){ .with_body = true, .media = m->type });
}

static bool compare_media(struct openapi_comparison *c, const struct openapi_pair *pair, const struct openapi_media *m, const struct openapi_media *n)
{
	if (!m->schema && n->schema && pair->before->inbound) {
		struct change *x = see(c, pair, CHANGE_KIND_OPENAPI_BODY_SCHEMA_ADDED, m->spot, n->spot, m->type);
		openapi_rules(c, x, RULE_OASDIFF_REQUEST_BODY_MEDIA_TYPE_SCHEMA_ADDED, OPENAPI_NO_RULE);
		openapi_say(c, x, "request bodies of %.*s could be anything and now have a schema", STR_FMT(m->type));
		if (x)
			openapi_prove_request(c, pair, x, &(struct openapi_wish){ .with_body = true, .refused = true, .media = m->type });
	}
	if (m->encoding && n->encoding && !doc_equal(m->encoding, n->encoding))
		openapi_say(c, see(c, pair, CHANGE_KIND_OPENAPI_BODY_ENCODING, m->spot, n->spot, m->type), "the encoding of parts of %.*s changed", STR_FMT(m->type));
	return openapi_root(c, pair, m->schema, n->schema, pair->toward, SCHEMA_BODY, "request body %.*s", STR_FMT(m->type));
}

static bool compare_medias(struct openapi_comparison *c, const struct openapi_pair *pair)
{
	const struct openapi_medias *before = &pair->before->body->medias, *after = &pair->after->body->medias;
	for (size_t i = 0; i < before->count; i++) {
		const struct openapi_media *m = &before->items[i], *n = covering(after, m->type);
		if (n && !compare_media(c, pair, m, n))
			return false;
		if (!n && pair->before->inbound)
			media_removed(c, pair, m);
	}
	for (size_t i = 0; i < after->count; i++) {
		const struct openapi_media *n = &after->items[i];
		if (!covering(before, n->type))
			openapi_say(c, see(c, pair, CHANGE_KIND_OPENAPI_BODY_MEDIA_TYPE_ADDED, pair->before->body->spot, n->spot, n->type), "request bodies may be %.*s",
				STR_FMT(n->type));
	}
	return true;
}

bool openapi_compare_bodies(struct openapi_comparison *c, const struct openapi_pair *pair)
{
	const struct openapi_body *before = pair->before->body, *after = pair->after->body;
	if (!before && !after)
		return true;
	if (!before)
		added(c, pair);
	else if (!after)
		removed(c, pair);
	else
		required(c, pair);
	return !before || !after || compare_medias(c, pair);
}
