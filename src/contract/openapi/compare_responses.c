/* Responses: which there are, their media types, headers and schemas. What the new description may answer, the old one must have allowed; a status that
 * the old one did not list stands for its range (2XX) or its default. */
#include "contract/openapi/compare.h"

static bool is_success(struct str status) { return status.len && status.p[0] == '2'; }
static bool is_default(struct str status) { return str_eq(status, STR("default")); }
static bool is_range(struct str status) { return status.len == 3 && (status.p[1] | 0x20) == 'x'; }

static const struct openapi_response *exactly(const struct openapi_responses *all, struct str status)
{
	for (size_t i = 0; i < all->count; i++)
		if (str_eq_ci(all->items[i].status, status))
			return &all->items[i];
	return NULL;
}

static bool has_success(const struct openapi_responses *all)
{
	for (size_t i = 0; i < all->count; i++)
		if (is_success(all->items[i].status))
			return true;
	return false;
}

/* The entry that a response of this status falls under. A default beside success responses describes errors: a further success is none of its own. */
static const struct openapi_response *covering(const struct openapi_responses *all, struct str status)
{
	const struct openapi_response *x = exactly(all, status);
	for (size_t i = 0; !x && i < all->count; i++)
		if (is_range(all->items[i].status) && !is_default(status) && all->items[i].status.p[0] == status.p[0])
			x = &all->items[i];
	if (!x && !(is_success(status) && has_success(all)))
		x = exactly(all, STR("default"));
	return x;
}

struct responses { struct openapi_comparison *c; const struct openapi_pair *pair; const struct openapi_response *before, *after; };

static struct str subject_of(const struct responses *r, struct str what)
{
	const struct openapi_response *x = r->before ? r->before : r->after;
	struct str s = openapi_subject(r->c, pair_any(r->pair), x->body->shared, "response %.*s", STR_FMT(x->status));
	return what.len ? arena_printf(&r->c->arena, "%.*s %.*s", STR_FMT(s), STR_FMT(what)) : s;
}

static struct change *see(const struct responses *r, enum change_kind kind, struct doc_spot before, struct doc_spot after, struct str detail)
{
	struct cause_key key = { kind, before, after, detail };
	return openapi_see(r->c, r->pair, key, subject_of(r, detail), r->pair->back);
}

/* A whole response that is on one side only; however it is shared, it is this operation's. */
static struct change *see_whole(const struct responses *r, enum change_kind kind, struct doc_spot before, struct doc_spot after)
{
	const struct openapi_response *x = r->before ? r->before : r->after;
	struct str subject = arena_printf(&r->c->arena, "%.*s response %.*s", STR_FMT(pair_any(r->pair)->label), STR_FMT(x->status));
	return openapi_see(r->c, r->pair, (struct cause_key){ kind, before, after, { 0 } }, subject, r->pair->back);
}

/* A response that one side gives and the other does not know. */
#define show(r, x, before, after, ...) openapi_show((r)->c, x, WITNESS_RESPONSE, pair_any((r)->pair)->label, before, after, __VA_ARGS__)

static const char *code_of(struct str status) { return is_range(status) ? "00" : ""; }

static void gone(const struct responses *r)
{
	struct openapi_comparison *c = r->c;
	struct str status = r->before->status;
	bool inbound = r->pair->before->inbound, breaks = is_success(status) || (is_default(status) && !has_success(&r->pair->before->responses));
	enum change_kind kind = !inbound ? CHANGE_KIND_OPENAPI_ANSWER_REFUSED : breaks ? CHANGE_KIND_OPENAPI_RESPONSE_REMOVED : CHANGE_KIND_OPENAPI_ERROR_RESPONSE_REMOVED;
	struct change *x = see_whole(r, kind, r->before->spot, r->pair->after->spot);
	openapi_rules(c, x, inbound && breaks ? RULE_OASDIFF_RESPONSE_SUCCESS_STATUS_REMOVED : OPENAPI_NO_RULE, RULE_REDOCLY_RESPONSE_REMOVED);
	openapi_say(c, x, "the response %.*s of %.*s was removed", STR_FMT(status), STR_FMT(r->pair->before->label));
	if (x && x->level != CHANGE_INFO && !is_default(status))
		show(r, x, "described", "the new description has no such response", "HTTP/1.1 %.*s%s", STR_FMT(str_sub(status, 0, is_range(status) ? 1 : 3)), code_of(status));
}

static const struct openapi_media *media_covering(const struct openapi_medias *all, struct str type)
{
	for (size_t i = 0; i < all->count; i++)
		if (str_eq(all->items[i].type, type))
			return &all->items[i];
	for (size_t i = 0; i < all->count; i++)
		if (openapi_media_covers(all->items[i].type, type))
			return &all->items[i];
	return NULL;
}

/* One that the range covers. */
static const struct openapi_media *media_within(const struct openapi_medias *all, struct str range)
{
	for (size_t i = 0; i < all->count; i++)
		if (openapi_media_covers(range, all->items[i].type))
			return &all->items[i];
	return NULL;
}

static bool media_schemas(const struct responses *r, const struct openapi_media *m, const struct openapi_media *n)
{
	struct openapi_comparison *c = r->c;
	if (m->schema && !n->schema) {
		struct change *x = see(r, CHANGE_KIND_OPENAPI_RESPONSE_SCHEMA_REMOVED, m->spot, n->spot, m->type);
		openapi_rules(c, x, RULE_OASDIFF_RESPONSE_BODY_MEDIA_TYPE_SCHEMA_REMOVED, OPENAPI_NO_RULE);
		openapi_say(c, x, "the schema of the response %.*s, %.*s, was removed", STR_FMT(r->before->status), STR_FMT(m->type));
	} else if (!m->schema && n->schema) {
		openapi_say(c, see(r, CHANGE_KIND_OPENAPI_RESPONSE_SCHEMA_ADDED, m->spot, n->spot, m->type), "the response %.*s, %.*s, got a schema", STR_FMT(r->after->status),
			STR_FMT(n->type));
	}
	return openapi_root(c, r->pair, m->schema, n->schema, r->pair->back, SCHEMA_BODY, "response %.*s %.*s", STR_FMT(r->after->status), STR_FMT(n->type));
}

static void media_gone(const struct responses *r, const struct openapi_media *m)
{
	bool inbound = r->pair->before->inbound;
	struct change *x = see(r, inbound ? CHANGE_KIND_OPENAPI_RESPONSE_MEDIA_TYPE_REMOVED : CHANGE_KIND_OPENAPI_ANSWER_REFUSED, m->spot, r->after->body->spot, m->type);
	openapi_rules(r->c, x, RULE_OASDIFF_RESPONSE_MEDIA_TYPE_REMOVED, RULE_REDOCLY_MEDIA_TYPE_REMOVED);
	openapi_say(r->c, x, "the response %.*s is no longer there as %.*s", STR_FMT(r->before->status), STR_FMT(m->type));
	if (!is_default(r->before->status))
		show(r, x, "described", "the new description does not have this media type", "HTTP/1.1 %.*s%s\nContent-Type: %.*s",
			STR_FMT(str_sub(r->before->status, 0, is_range(r->before->status) ? 1 : 3)), code_of(r->before->status), STR_FMT(m->type));
}

static bool media_new(const struct responses *r, const struct openapi_media *n)
{
	const struct openapi_media *within = media_within(&r->before->body->medias, n->type);
	struct change *x = see(r, within ? CHANGE_KIND_OPENAPI_RESPONSE_MEDIA_TYPE_GENERALIZED : CHANGE_KIND_OPENAPI_RESPONSE_MEDIA_TYPE_ADDED, within ? within->spot :
		r->before->body->spot, n->spot, n->type);
	openapi_say(r->c, x, "the response %.*s may be %.*s", STR_FMT(r->after->status), STR_FMT(n->type));
	if (!within)
		return true;
	openapi_rules(r->c, x, RULE_OASDIFF_RESPONSE_MEDIA_TYPE_NAME_GENERALIZED, RULE_REDOCLY_MEDIA_TYPE_REMOVED);
	if (!str_eq(within->type, STR("application/octet-stream")) && openapi_media_covers(n->type, STR("application/octet-stream")) && !is_default(r->after->status))
		show(r, x, "the old description does not have this media type", "described", "HTTP/1.1 %.*s%s\nContent-Type: application/octet-stream",
			STR_FMT(str_sub(r->after->status, 0, is_range(r->after->status) ? 1 : 3)), code_of(r->after->status));
	return media_schemas(r, within, n);
}

static bool compare_medias(const struct responses *r)
{
	const struct openapi_medias *before = &r->before->body->medias, *after = &r->after->body->medias;
	for (size_t i = 0; i < after->count; i++) {
		const struct openapi_media *n = &after->items[i], *m = media_covering(before, n->type);
		if (m ? !media_schemas(r, m, n) : !media_new(r, n))
			return false;
	}
	for (size_t i = 0; i < before->count; i++)
		if (!media_covering(after, before->items[i].type) && !media_within(after, before->items[i].type))
			media_gone(r, &before->items[i]);
	return true;
}

static const struct openapi_header *header_of(const struct openapi_headers *all, struct str name)
{
	for (size_t i = 0; i < all->count; i++)
		if (str_eq_ci(all->items[i].name, name))
			return &all->items[i];
	return NULL;
}

static struct change *see_header(const struct responses *r, enum change_kind kind, const struct openapi_header *before, const struct openapi_header *after)
{
	const struct openapi_header *h = before ? before : after;
	struct cause_key key = { kind, before ? before->spot : r->before->body->spot, after ? after->spot : r->after->body->spot, h->name };
	struct str subject = h->shared.len ? h->shared : subject_of(r, arena_printf(&r->c->arena, "header %.*s", STR_FMT(h->name)));
	return openapi_see(r->c, r->pair, key, subject, r->pair->back);
}

static void header_gone(const struct responses *r, const struct openapi_header *h)
{
	struct change *x = see_header(r, h->required ? CHANGE_KIND_OPENAPI_REQUIRED_HEADER_REMOVED : CHANGE_KIND_OPENAPI_HEADER_REMOVED, h, NULL);
	openapi_rules(r->c, x, h->required ? RULE_OASDIFF_REQUIRED_RESPONSE_HEADER_REMOVED : RULE_OASDIFF_OPTIONAL_RESPONSE_HEADER_REMOVED,
		RULE_REDOCLY_RESPONSE_HEADER_REMOVED);
	openapi_say(r->c, x, "the response %.*s no longer has the header %.*s", STR_FMT(r->before->status), STR_FMT(h->name));
	if (h->required && !is_default(r->after->status))
		show(r, x, "its header is missing", "valid", "HTTP/1.1 %.*s%s\n(no %.*s)", STR_FMT(str_sub(r->after->status, 0, is_range(r->after->status) ? 1 : 3)),
			code_of(r->after->status), STR_FMT(h->name));
}

static bool compare_header(const struct responses *r, const struct openapi_header *h, const struct openapi_header *g)
{
	bool inbound = r->pair->before->inbound;
	struct change *x = NULL;
	if (h->required && !g->required && inbound) {
		x = see_header(r, CHANGE_KIND_OPENAPI_HEADER_BECAME_OPTIONAL, h, g);
		openapi_rules(r->c, x, RULE_OASDIFF_RESPONSE_HEADER_BECAME_OPTIONAL, OPENAPI_NO_RULE);
		openapi_say(r->c, x, "the header %.*s of the response %.*s need not be there", STR_FMT(g->name), STR_FMT(r->after->status));
		if (!is_default(r->after->status))
			show(r, x, "its header is missing", "valid", "HTTP/1.1 %.*s%s\n(no %.*s)", STR_FMT(str_sub(r->after->status, 0, is_range(r->after->status) ? 1 : 3)),
				code_of(r->after->status), STR_FMT(h->name));
	} else if (!h->required && g->required) {
		x = see_header(r, inbound ? CHANGE_KIND_OPENAPI_HEADER_BECAME_REQUIRED : CHANGE_KIND_OPENAPI_ANSWER_REFUSED, h, g);
		openapi_say(r->c, x, "the header %.*s of the response %.*s must be there", STR_FMT(g->name), STR_FMT(r->after->status));
	}
	return openapi_root(r->c, r->pair, h->schema, g->schema, r->pair->back, SCHEMA_HEADER, "response %.*s header %.*s", STR_FMT(r->after->status), STR_FMT(g->name));
}

static bool compare_headers(const struct responses *r)
{
	const struct openapi_headers *before = &r->before->body->headers, *after = &r->after->body->headers;
	for (size_t i = 0; i < before->count; i++) {
		const struct openapi_header *h = &before->items[i], *g = header_of(after, h->name);
		if (g && !compare_header(r, h, g))
			return false;
		if (!g && r->pair->before->inbound)
			header_gone(r, h);
	}
	for (size_t i = 0; i < after->count; i++) {
		const struct openapi_header *g = &after->items[i];
		if (!header_of(before, g->name))
			openapi_say(r->c, see_header(r, !r->pair->before->inbound && g->required ? CHANGE_KIND_OPENAPI_ANSWER_REFUSED : CHANGE_KIND_OPENAPI_HEADER_ADDED, NULL, g),
				"the response %.*s has the header %.*s", STR_FMT(r->after->status), STR_FMT(g->name));
	}
	return true;
}

static bool compare_one(struct openapi_comparison *c, const struct openapi_pair *pair, const struct openapi_response *before, const struct openapi_response *after)
{
	const struct responses r = { c, pair, before, after };
	return compare_medias(&r) && compare_headers(&r);
}

bool openapi_compare_responses(struct openapi_comparison *c, const struct openapi_pair *pair)
{
	const struct openapi_responses *before = &pair->before->responses, *after = &pair->after->responses;
	for (size_t i = 0; i < after->count; i++) {
		const struct openapi_response *n = &after->items[i], *o = covering(before, n->status);
		const struct responses r = { c, pair, NULL, n };
		if (o && !compare_one(c, pair, o, n))
			return false;
		if (!o)
			openapi_say(c, see_whole(&r, CHANGE_KIND_OPENAPI_RESPONSE_ADDED, pair->before->spot, n->spot), "the response %.*s of %.*s is new", STR_FMT(n->status),
				STR_FMT(pair->after->label));
	}
	for (size_t i = 0; i < before->count; i++) {
		const struct openapi_response *o = &before->items[i], *n = covering(after, o->status);
		const struct responses r = { c, pair, o, NULL };
		/* An exact pair was compared above. A range that became some of its statuses is no loss. */
		if (n && !str_eq_ci(n->status, o->status) && !compare_one(c, pair, o, n))
			return false;
		bool narrowed = false;
		for (size_t j = 0; j < after->count; j++)
			narrowed |= covering(before, after->items[j].status) == o && (is_range(o->status) || is_default(o->status));
		if (!n && !narrowed)
			gone(&r);
	}
	return true;
}
