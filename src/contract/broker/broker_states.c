/* The states that a provider's consumers rely on, each once with those that do: of the latest pacts, those of a branch, or of what is in an environment. */
#include "contract/broker/broker_impl.h"
#include "base/map.h"

enum { STATES_MAX = 10000 };
struct relied { struct str name; LIST(const struct participant *) by; };
struct relied_on { struct call *call; struct map seen; /* of struct relied */ const struct participant *consumer; };

/* `name` is of the pact's text, which goes before the answer is written. */
static void note(struct relied_on *r, struct str name)
{
	struct arena *a = r->call->arena;
	struct relied *s = map_get(&r->seen, name);
	if (!name.len || (s && s->by.count && s->by.items[s->by.count - 1] == r->consumer))
		return;
	if (!s && (s = ARENA_NEW(a, struct relied)) && (!(s->name = arena_str(a, name)).p || !map_put(&r->seen, s->name, s)))
		s = NULL;
	if (s && ARENA_PUSH_ROOM(a, s->by.items, s->by.count, s->by.capacity))
		s->by.items[s->by.count++] = r->consumer;
}

static void note_interactions(struct relied_on *r, const struct json *list)
{
	for (uint32_t i = 0; list && list->type == JSON_ARRAY && i < list->count; i++) {
		const struct json *x = &list->items[i], *states = json_get(x, STR("providerStates"));
		note(r, json_get_str(x, STR("providerState"), json_get_str(x, STR("provider_state"), STR(""))));
		for (uint32_t s = 0; states && states->type == JSON_ARRAY && s < states->count; s++)
			note(r, json_get_str(&states->items[s], STR("name"), STR("")));
	}
}

static void note_pact(struct relied_on *r, const struct pact *p)
{
	struct arena a;
	struct err e = { 0 };
	struct str text = p ? content_text(r->call, p->content) : (struct str){ 0 };
	if (!text.p)
		return;
	arena_init(&a, 256 << 20);
	const struct json *pact = json_parse(&a, text, &e);
	r->consumer = p->pair->consumer;
	for (size_t k = 0; pact && k < CONTENT_LISTS; k++)
		note_interactions(r, json_get(pact, content_lists[k]));
	arena_release(&a);
}

static void put_states(struct relied_on *r)
{
	struct json_out *o = &r->call->json;
	json_out_object(o);
	json_out_key(o, STR("providerStates"));
	json_out_array(o);
	for (uint32_t i = 0; i < r->seen.count; i++) {
		const struct relied *s = r->seen.entries[i].value;
		json_out_object(o);
		json_kv_str(o, "name", s->name);
		json_out_key(o, STR("consumers"));
		json_out_array(o);
		for (size_t k = 0; k < s->by.count; k++)
			json_out_str(o, s->by.items[k]->name);
		json_out_end(o);
		json_out_end(o);
	}
	json_out_end(o);
	json_out_end(o);
}

/* branch, environment: of those only; neither: of each consumer's main branch, or its latest when none is set. */
static void states(struct call *c, struct str branch, const struct environment *e)
{
	const struct participant *provider = path_participant_at(c, 0);
	struct relied_on r = { .call = c };
	if (!provider)
		return;
	map_init(&r.seen, STATES_MAX);
	for (size_t i = 0; i < provider->provides.count; i++) {
		const struct pair *pair = provider->provides.items[i];
		struct str main_branch = pair->consumer->main_branch;
		if (!e)
			note_pact(&r, branch.len || main_branch.len ? pair_latest_on_branch(pair, branch.len ? branch : main_branch) : pair_latest(pair, (struct str){ 0 }));
		for (size_t k = 0; e && k < pair->pacts.count; k++)
			if (version_in_environment(pair->pacts.items[k]->version, e, true, true))
				note_pact(&r, pair->pacts.items[k]);
	}
	put_states(&r);
	map_release(&r.seen);
}

void broker_provider_states(struct call *c) { states(c, (struct str){ 0 }, NULL); }
void broker_provider_states_branch(struct call *c) { states(c, c->parameters[1], NULL); }

void broker_provider_states_environment(struct call *c)
{
	const struct environment *e = broker_environment(c->broker, c->parameters[1]);
	if (e)
		states(c, (struct str){ 0 }, e);
	else
		broker_fault(c, 404, "There is no environment %.*s", STR_FMT(c->parameters[1]));
}
