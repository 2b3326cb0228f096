/* Interactions of a pact, of whichever version: HTTP, one message, request and response messages; their provider states. */
#include "contract/pact/pact_impl.h"

static bool read_state(struct pact_reader *r, const struct doc *node, struct pact_state *out)
{
	const struct doc *params = doc_get(node, STR("params"));
	if (doc_is(node, DOC_STRING)) {
		out->name = doc_str(node);
		return true;
	}
	if (node->type != DOC_OBJECT || !doc_is(doc_get(node, STR("name")), DOC_STRING))
		return pact_fault(r, node, "a provider state must have a \"name\"");
	if (params && params->type != DOC_OBJECT && params->type != DOC_NULL)
		return pact_fault(r, params, "\"params\" of a provider state must be an object");
	*out = (struct pact_state){ doc_str(doc_get(node, STR("name"))), doc_is(params, DOC_OBJECT) ? params : NULL };
	return true;
}

static bool read_states(struct pact_reader *r, const struct doc *node, struct pact_interaction *out)
{
	static const char *const keys[] = { "providerStates", "providerState", "provider_state" };
	const struct doc *d = NULL;
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys) && (!d || d->type == DOC_NULL); i++)
		d = doc_get(node, str_z(keys[i]));
	if (!d || d->type == DOC_NULL || (d->type == DOC_STRING && !d->count))
		return true;
	if (d->type != DOC_ARRAY && d->type != DOC_STRING)
		return pact_fault(r, d, "provider states must be a list, or one text");
	uint32_t n = d->type == DOC_ARRAY ? d->count : 1;
	struct pact_state *states = ARENA_ARRAY(r->arena, n ? n : 1, struct pact_state);
	if (!states)
		return pact_full(r);
	for (uint32_t i = 0; i < n; i++)
		if (!read_state(r, d->type == DOC_ARRAY ? &d->items[i] : d, &states[i]))
			return false;
	out->states = states;
	out->states_count = n;
	return true;
}

static bool read_responses(struct pact_reader *r, const struct doc *node, struct pact_interaction *out)
{
	const struct doc *list = out->kind == PACT_MESSAGE ? node : doc_get(node, STR("response"));
	uint32_t n = doc_is(list, DOC_ARRAY) ? list->count : 1;
	struct pact_part *parts = ARENA_ARRAY(r->arena, n ? n : 1, struct pact_part);
	if (!parts)
		return pact_full(r);
	if (out->kind == PACT_HTTP && doc_is(list, DOC_ARRAY))
		return pact_fault(r, list, "an HTTP interaction has one response, no list");
	for (uint32_t i = 0; i < n; i++)
		if (!pact_read_content(r, doc_is(list, DOC_ARRAY) ? &list->items[i] : list, out->kind, &parts[i]))
			return false;
	out->responses = parts;
	out->responses_count = n;
	return true;
}

static bool kind_of(struct pact_reader *r, const struct doc *node, enum pact_kind *kind)
{
	const struct doc *type = doc_get(node, STR("type"));
	struct str word = doc_str(type);
	if (r->version != PACT_V4 || !type)
		return true;
	if (str_eq(word, STR("Synchronous/HTTP")))
		*kind = PACT_HTTP;
	else if (str_eq(word, STR("Asynchronous/Messages")))
		*kind = PACT_MESSAGE;
	else if (str_eq(word, STR("Synchronous/Messages")))
		*kind = PACT_CALL;
	else
		return pact_fault(r, type, "interactions of type \"%.*s\" are not known; there are Synchronous/HTTP, Asynchronous/Messages and Synchronous/Messages",
			STR_FMT(str_sub(word, 0, 60)));
	return true;
}

bool pact_read_interaction(struct pact_reader *r, const struct doc *node, enum pact_kind kind, struct pact_interaction *out)
{
	*out = (struct pact_interaction){ .kind = kind, .node = node };
	if (node->type != DOC_OBJECT)
		return pact_fault(r, node, "an interaction must be an object");
	if (!kind_of(r, node, &out->kind) || !pact_text(r, node, "description", &out->description) || !pact_text(r, node, "key", &out->key) ||
		!pact_text(r, node, "_id", &out->id) || !pact_text(r, node, "transport", &out->transport) || !read_states(r, node, out))
		return false;
	out->pending = doc_true(doc_get(node, STR("pending")));
	out->comments = doc_get(node, STR("comments"));
	out->plugin = doc_get(node, STR("pluginConfiguration"));
	out->markup = doc_get(node, STR("interactionMarkup"));
	if (out->kind != PACT_MESSAGE && !doc_is(doc_get(node, STR("request")), DOC_OBJECT))
		return pact_fault(r, node, "the interaction has no \"request\"");
	if (out->kind == PACT_HTTP && !doc_is(doc_get(node, STR("response")), DOC_OBJECT))
		return pact_fault(r, node, "the interaction has no \"response\"");
	return (out->kind == PACT_MESSAGE || pact_read_content(r, doc_get(node, STR("request")), out->kind, &out->request)) && read_responses(r, node, out);
}

struct str pact_interaction_title(struct arena *a, const struct pact_interaction *i)
{
	if (i->kind == PACT_HTTP)
		return arena_printf(a, "HTTP %.*s %.*s", STR_FMT(str_sub(i->request.method, 0, 20)), STR_FMT(str_sub(i->request.path, 0, 200)));
	return i->kind == PACT_CALL ? STR("call by messages") : STR("message");
}
