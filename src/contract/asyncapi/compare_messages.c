/* Messages of a flow: matched by id or name, by being written the same where they have neither, or as the only ones left; their content types, payloads and headers. */
#include "contract/asyncapi/asyncapi.h"

static bool same_name(const struct asyncapi_message *a, const struct asyncapi_message *b)
{
	return (a->id.len && str_eq(a->id, b->id)) || (a->name.len && str_eq(a->name, b->name));
}

static bool nameless(const struct asyncapi_message *m) { return !m->id.len && !m->name.len; }

static bool same(const struct asyncapi_message *a, const struct asyncapi_message *b)
{
	return same_name(a, b) || (nameless(a) && nameless(b) && doc_equal(a->spot.node, b->spot.node));
}

static const struct asyncapi_message *known(const struct asyncapi_messages *all, const struct asyncapi_message *m)
{
	for (size_t i = 0; i < all->count; i++)
		if (same(all->items[i], m))
			return all->items[i];
	return NULL;
}

/* One message each side that has no counterpart by name or text: the same under another name. */
static const struct asyncapi_message *only_left(const struct asyncapi_messages *all, const struct asyncapi_messages *other)
{
	const struct asyncapi_message *found = NULL;
	for (size_t i = 0; i < all->count; i++)
		if (!known(other, all->items[i])) {
			if (found)
				return NULL;
			found = all->items[i];
		}
	return found;
}

static const struct asyncapi_message *counterpart(const struct asyncapi_messages *own, const struct asyncapi_messages *other, const struct asyncapi_message *m)
{
	const struct asyncapi_message *x = known(other, m);
	if (x)
		return x;
	return only_left(own, other) == m ? only_left(other, own) : NULL;
}

static struct str label_of(const struct asyncapi_message *m) { return nameless(m) ? STR("without a name") : m->id.len ? m->id : m->name; }

static struct str subject_of(struct asyncapi_comparison *c, const struct asyncapi_flow *f, const struct asyncapi_message *m)
{
	if (m->shared.len)
		return m->shared;
	return m->id.len || m->name.len ? arena_printf(&c->arena, "%.*s message %.*s", STR_FMT(f->label), STR_FMT(m->id.len ? m->id : m->name)) :
					  arena_printf(&c->arena, "%.*s message", STR_FMT(f->label));
}

struct pair { struct asyncapi_comparison *c; const struct asyncapi_flow *flow; const struct asyncapi_message *before, *after; struct str subject; };

static struct change *see(const struct pair *p, enum change_kind kind, struct str detail)
{
	struct cause_key key = { kind, p->before->spot, p->after->spot, detail };
	return asyncapi_see(p->c, key, p->subject, p->flow->label, p->flow->action);
}

static void compare_heads(const struct pair *p)
{
	const struct asyncapi_message *m = p->before, *n = p->after;
	struct asyncapi_comparison *c = p->c;
	if (!str_eq_ci(m->content_type, n->content_type)) {
		struct change *x = see(p, CHANGE_KIND_ASYNCAPI_CONTENT_TYPE, n->content_type);
		asyncapi_say(c, x, RULE_REDOCLY_MESSAGE_CONTENT_TYPE_CHANGED, "the message %.*s was %.*s and is %.*s", STR_FMT(p->subject), STR_FMT(m->content_type),
			STR_FMT(n->content_type));
		asyncapi_prove_message(c, x, p->flow->label, m, "its content type is described", "another content type is described");
	}
	if (m->correlation.len && !str_eq(m->correlation, n->correlation))
		asyncapi_say(c, see(p, CHANGE_KIND_ASYNCAPI_CORRELATION, n->correlation), ASYNCAPI_NO_RULE, "the correlation id of %.*s was at %.*s and %s%.*s",
			STR_FMT(p->subject),
			STR_FMT(m->correlation), n->correlation.len ? "is at " : "is gone", STR_FMT(n->correlation));
	if (m->bindings.node && n->bindings.node && !doc_equal(m->bindings.node, n->bindings.node))
		asyncapi_say(c, see(p, CHANGE_KIND_ASYNCAPI_BINDING_CHANGED, STR("")), ASYNCAPI_NO_RULE, "the bindings of %.*s changed", STR_FMT(p->subject));
}

static bool root(const struct pair *p, const struct schema *before, const struct schema *after, enum reach_direction direction, const char *what)
{
	struct schema_root r = { .operation = p->flow->label, .direction = direction, .position = SCHEMA_RECORD };
	r.of = arena_printf(&p->c->out->arena, "%.*s %s", STR_FMT(p->subject), what);
	return schema_compare_root(p->c->schemas, before, after, &r);
}

/* Messages that go both ways are compared both ways. */
static bool roots(const struct pair *p, const struct schema *before, const struct schema *after, const char *what)
{
	if (!before || !after)
		return true;
	if (p->flow->action != ASYNCAPI_SEND && !root(p, before, after, REACH_REQUEST, what))
		return false;
	return p->flow->action == ASYNCAPI_RECEIVE || root(p, before, after, REACH_RESPONSE, what);
}

/* In a language that is not compared here: the same text is the same message, anything else nobody has judged. */
static void compare_text(const struct pair *p)
{
	const struct asyncapi_message *m = p->before, *n = p->after;
	const struct doc *before = m->payload_spot.node, *after = n->payload_spot.node;
	struct doc_spot old_text = m->payload_spot, new_text = n->payload_spot;
	struct err ignored = { 0 };
	if (spot_go(&old_text, p->c->old_model->set, &ignored) && spot_go(&new_text, p->c->new_model->set, &ignored)) {
		before = old_text.node;
		after = new_text.node;
	}
	if (doc_equal(before, after))
		return;
	asyncapi_say(p->c, see(p, CHANGE_KIND_ASYNCAPI_PAYLOAD_UNJUDGED, STR("")), ASYNCAPI_NO_RULE,
		"the payload of %.*s changed; it is written in %.*s, which is not compared inside of AsyncAPI: compare its schema as a file of its own", STR_FMT(p->subject),
		STR_FMT(n->schema_format));
}

static bool compare_payloads(const struct pair *p)
{
	const struct asyncapi_message *m = p->before, *n = p->after;
	bool sends = p->flow->action != ASYNCAPI_RECEIVE, takes = p->flow->action != ASYNCAPI_SEND;
	if (m->payload_spot.node && n->payload_spot.node && m->language != n->language) {
		asyncapi_say(p->c, see(p, CHANGE_KIND_ASYNCAPI_SCHEMA_FORMAT, n->schema_format), ASYNCAPI_NO_RULE,
			"the payload of %.*s is written in %.*s, it was %.*s", STR_FMT(p->subject),
			STR_FMT(n->schema_format.len ? n->schema_format : STR("JSON Schema")), STR_FMT(m->schema_format.len ? m->schema_format : STR("JSON Schema")));
	} else if (m->payload_spot.node && n->payload_spot.node && m->language != LANGUAGE_JSON_SCHEMA) {
		compare_text(p);
	} else if (!m->payload_spot.node && n->payload_spot.node && takes) {
		struct change *x = see(p, CHANGE_KIND_ASYNCAPI_PAYLOAD_ADDED, STR(""));
		asyncapi_say(p->c, x, ASYNCAPI_NO_RULE, "the payload of %.*s could be anything and now has a schema", STR_FMT(p->subject));
		asyncapi_prove_refused(p->c, x, p->flow->label, m, n->payload, "valid", "the schema refuses it");
	} else if (m->payload_spot.node && !n->payload_spot.node && sends) {
		struct change *x = see(p, CHANGE_KIND_ASYNCAPI_PAYLOAD_REMOVED, STR(""));
		asyncapi_say(p->c, x, ASYNCAPI_NO_RULE, "the payload of %.*s can now be anything", STR_FMT(p->subject));
		asyncapi_prove_refused(p->c, x, p->flow->label, m, m->payload, "the schema refuses it", "valid");
	}
	return roots(p, m->payload, n->payload, "payload") && roots(p, m->headers, n->headers, "headers");
}

static void gone(struct asyncapi_comparison *c, const struct asyncapi_flow *before, const struct asyncapi_flow *after, const struct asyncapi_message *m)
{
	struct cause_key key = { CHANGE_KIND_ASYNCAPI_MESSAGE_REMOVED, m->spot, after->spot, { 0 } };
	struct str subject = arena_printf(&c->arena, "%.*s message %.*s", STR_FMT(before->label), STR_FMT(m->id.len ? m->id : m->name));
	struct change *x = asyncapi_see(c, key, subject, before->label, before->action);
	asyncapi_say(c, x, RULE_REDOCLY_MESSAGE_REMOVED, "the message %.*s is no longer part of: %.*s", STR_FMT(label_of(m)), STR_FMT(before->label));
	asyncapi_prove_message(c, x, before->label, m, "described", before->action == ASYNCAPI_SEND ? "it is never sent" : "it is not taken");
}

static void added(struct asyncapi_comparison *c, const struct asyncapi_flow *before, const struct asyncapi_flow *after, const struct asyncapi_message *n)
{
	enum change_kind kind = after->action == ASYNCAPI_RECEIVE ? CHANGE_KIND_ASYNCAPI_MESSAGE_ADDED : CHANGE_KIND_ASYNCAPI_MESSAGE_ADDED_SENT;
	struct cause_key key = { kind, before->spot, n->spot, { 0 } };
	struct str subject = arena_printf(&c->arena, "%.*s message %.*s", STR_FMT(after->label), STR_FMT(n->id.len ? n->id : n->name));
	asyncapi_say(c, asyncapi_see(c, key, subject, after->label, after->action), ASYNCAPI_NO_RULE, "the message %.*s is new in: %.*s",
		STR_FMT(label_of(n)), STR_FMT(after->label));
}

bool asyncapi_compare_messages(struct asyncapi_comparison *c, const struct asyncapi_flow *before, const struct asyncapi_flow *after)
{
	for (size_t i = 0; i < before->messages.count; i++) {
		const struct asyncapi_message *m = before->messages.items[i], *n = counterpart(&before->messages, &after->messages, m);
		if (!n) {
			gone(c, before, after, m);
			continue;
		}
		const struct pair p = { c, before, m, n, subject_of(c, before, m) };
		compare_heads(&p);
		if (!compare_payloads(&p))
			return false;
	}
	for (size_t i = 0; i < after->messages.count; i++)
		if (!counterpart(&after->messages, &before->messages, after->messages.items[i]))
			added(c, before, after, after->messages.items[i]);
	return true;
}
