/* Pacts as they are read: one, by version, branch, tag or content, and lists of them. */
#include "contract/broker/broker_impl.h"

static void pact_links(struct call *c, const struct content *k, const struct pact *p, const struct pact_meta *meta)
{
	const struct pair *pair = k->pair;
	struct str content = path_content(c, k), results = content, path = path_pair(c, pair);
	if (meta)
		results = arena_printf(c->arena, "%.*s/metadata/%.*s", STR_FMT(content), STR_FMT(meta_write(c, meta)));
	struct str title = arena_printf(c->arena, "Pact between %.*s (%.*s) and %.*s", STR_FMT(pair->consumer->name), STR_FMT(p->version->number), STR_FMT(pair->provider->name));
	hal_begin(c);
	hal_link(c, "self", STR("Pact"), title, "%.*s", STR_FMT(meta ? results : path_pact(c, p)));
	hal_link(c, "pb:consumer", STR("Consumer"), pair->consumer->name, "%.*s", STR_FMT(path_participant(c, pair->consumer)));
	hal_link(c, "pb:consumer-version", STR("Consumer version"), p->version->number, "%.*s", STR_FMT(path_version(c, p->version)));
	hal_list(c, "pb:consumer-versions");
	for (size_t i = 0; i < pair->pacts.count; i++)
		if (pair->pacts.items[i]->content == k)
			hal_item(c, STR("Consumer version"), pair->pacts.items[i]->version->number, "%.*s", STR_FMT(path_version(c, pair->pacts.items[i]->version)));
	hal_list_end(c);
	hal_link(c, "pb:provider", STR("Provider"), pair->provider->name, "%.*s", STR_FMT(path_participant(c, pair->provider)));
	hal_link(c, "pb:pact-version", STR("Pact content version permalink"), str_from(k->sha, SHA_HEX), "%.*s", STR_FMT(content));
	hal_link(c, "pb:latest-pact-version", STR("Latest version of this pact"), STR(""), "%.*s/latest", STR_FMT(path));
	hal_link(c, "pb:all-pact-versions", STR("All versions of this pact"), STR(""), "%.*s/versions", STR_FMT(path));
	hal_link(c, "pb:publish-verification-results", STR("Publish verification results"), STR(""), "%.*s/verification-results", STR_FMT(results));
	hal_link(c, "pb:latest-verification-results", STR("Latest verification results"), STR(""), "%.*s/verification-results/latest", STR_FMT(content));
	hal_link(c, "pb:tag-prod-version", STR("PUT to this resource to tag this consumer version as 'production'"), STR(""), "%.*s/tags/prod", STR_FMT(path_version(c, p->version)));
	hal_link(c, "pb:tag-version", STR("PUT to this resource to tag this consumer version"), STR(""), "%.*s/tags/{tag}", STR_FMT(path_version(c, p->version)));
	hal_curies(c);
	hal_end(c);
}

void put_pact(struct call *c, const struct content *k, const struct pact *p, const struct pact_meta *meta)
{
	struct arena a;
	struct err e = { 0 };
	struct str text = content_text(c, k);
	if (!text.p)
		return;
	arena_init(&a, 256 << 20);
	const struct json *pact = json_parse(&a, text, &e);
	if (pact) {
		json_out_object(&c->json);
		content_members(c, pact);
		put_time(c, "createdAt", p->created);
		pact_links(c, k, p, meta);
		json_out_end(&c->json);
	} else {
		broker_fault(c, 503, "the pact's text in the broker's file cannot be read: %s", e.message);
	}
	arena_release(&a);
}

/* --- one ------------------------------------------------------------------------------------------------------------------------------------------------------------ */

static void put_found(struct call *c, const struct pact *p)
{
	if (p)
		put_pact(c, p->content, p, NULL);
	else
		broker_fault(c, 404, "No pact between %.*s and %.*s found that is asked for", STR_FMT(c->parameters[1]), STR_FMT(c->parameters[0]));
}

void broker_pact_show(struct call *c)
{
	const struct pair *pair = path_pair_at(c, 0, 1);
	const struct version *v = pair ? broker_version(pair->consumer, c->parameters[2]) : NULL;
	if (pair)
		put_found(c, v ? broker_pact_of(v, pair) : NULL);
}

void broker_pact_latest(struct call *c)
{
	const struct pair *pair = path_pair_at(c, 0, 1);
	if (pair)
		put_found(c, pair_latest(pair, (struct str){ 0 }));
}

void broker_pact_latest_tagged(struct call *c)
{
	const struct pair *pair = path_pair_at(c, 0, 1);
	if (pair)
		put_found(c, pair_latest(pair, c->parameters[2]));
}

static void latest_on(struct call *c, bool main_branch)
{
	const struct pair *pair = path_pair_at(c, 0, 1);
	if (pair)
		put_found(c, pair_latest_on_branch(pair, main_branch ? pair->consumer->main_branch : c->parameters[2]));
}

void broker_pact_latest_main(struct call *c) { latest_on(c, true); }
void broker_pact_latest_main_too(struct call *c) { latest_on(c, true); }
void broker_pact_latest_branch(struct call *c) { latest_on(c, false); }
void broker_pact_branch(struct call *c) { latest_on(c, false); }

/* A content is shown as the pact of the version that the metadata names, else of the newest that has it. */
static void show_content(struct call *c, const struct pact_meta *meta)
{
	const struct pair *pair = path_pair_at(c, 0, 1);
	const struct content *k = pair ? broker_content(pair, c->parameters[2]) : NULL;
	const struct version *v = k && meta ? broker_version(pair->consumer, meta->consumer_version) : NULL;
	const struct pact *p = v ? broker_pact_of(v, pair) : NULL;
	if (p && p->content != k)
		p = NULL;
	for (size_t i = k ? pair->pacts.count : 0; i-- > 0 && !p;)
		if (pair->pacts.items[i]->content == k)
			p = pair->pacts.items[i];
	if (p)
		put_pact(c, k, p, meta);
	else if (pair)
		broker_fault(c, 404, "No pact with the content %.*s found", STR_FMT(c->parameters[2]));
}

void broker_content_show(struct call *c) { show_content(c, NULL); }

void broker_content_show_meta(struct call *c)
{
	struct pact_meta meta;
	if (meta_read(c, c->parameters[3], &meta))
		show_content(c, &meta);
}

/* --- lists ---------------------------------------------------------------------------------------------------------------------------------------------------------- */

enum pick { PICK_ALL, PICK_LATEST, PICK_TAGGED, PICK_LATEST_TAGGED, PICK_MAIN, PICK_LATEST_MAIN, PICK_BRANCH, PICK_LATEST_BRANCH };

static const struct pact *latest_of(const struct pair *pair, enum pick how, struct str name)
{
	switch (how) {
	case PICK_LATEST: return pair_latest(pair, (struct str){ 0 });
	case PICK_LATEST_TAGGED: return pair_latest(pair, name);
	case PICK_LATEST_MAIN: return pair_latest_on_branch(pair, pair->consumer->main_branch);
	case PICK_LATEST_BRANCH: return pair_latest_on_branch(pair, name);
	default: return NULL;
	}
}

static bool picked(const struct pact *p, enum pick how, struct str name)
{
	const struct participant *consumer = p->pair->consumer;
	const struct branch *b = how == PICK_MAIN ? broker_branch(consumer, consumer->main_branch) : how == PICK_BRANCH ? broker_branch(consumer, name) : NULL;
	return how == PICK_ALL || (how == PICK_TAGGED ? version_has_tag(p->version, name) : b && version_on_branch(p->version, b));
}

/* Calls `put` for each pact of a provider that is picked. */
static void each(struct call *c, const struct participant *provider, enum pick how, struct str name, void (*put)(struct call *c, const struct pact *p))
{
	bool latest = how == PICK_LATEST || how == PICK_LATEST_TAGGED || how == PICK_LATEST_MAIN || how == PICK_LATEST_BRANCH;
	for (size_t i = 0; i < provider->provides.count; i++) {
		const struct pair *pair = provider->provides.items[i];
		const struct pact *p = latest ? latest_of(pair, how, name) : NULL;
		if (p)
			put(c, p);
		for (size_t k = latest ? 0 : pair->pacts.count; k-- > 0;)
			if (picked(pair->pacts.items[k], how, name))
				put(c, pair->pacts.items[k]);
	}
}

static void put_item(struct call *c, const struct pact *p)
{
	struct str name = arena_printf(c->arena, "Pact between %.*s (%.*s) and %.*s", STR_FMT(p->pair->consumer->name), STR_FMT(p->version->number), STR_FMT(p->pair->provider->name));
	hal_item(c, name, p->pair->consumer->name, "%.*s", STR_FMT(path_pact(c, p)));
}

static void put_object(struct call *c, const struct pact *p)
{
	json_out_object(&c->json);
	put_pact_brief(c, p);
	json_out_end(&c->json);
}

static void provider_list(struct call *c, enum pick how)
{
	const struct participant *provider = path_participant_at(c, 0);
	if (!provider)
		return;
	json_out_object(&c->json);
	hal_begin(c);
	hal_link(c, "self", STR("Pact versions"), STR(""), "/pacts/provider/%.*s", STR_FMT(esc(c, provider->name)));
	hal_link(c, "provider", STR("Provider"), provider->name, "%.*s", STR_FMT(path_participant(c, provider)));
	hal_list(c, "pb:pacts");
	each(c, provider, how, c->parameters[1], put_item);
	hal_list_end(c);
	hal_list(c, "pacts");
	each(c, provider, how, c->parameters[1], put_item);
	hal_list_end(c);
	hal_curies(c);
	hal_end(c);
	hal_embedded(c, "pacts");
	each(c, provider, how, c->parameters[1], put_object);
	hal_embedded_end(c);
	json_out_end(&c->json);
}

void broker_provider_pacts(struct call *c) { provider_list(c, PICK_ALL); }
void broker_provider_latest(struct call *c) { provider_list(c, PICK_LATEST); }
void broker_provider_tagged(struct call *c) { provider_list(c, PICK_TAGGED); }
void broker_provider_latest_tagged(struct call *c) { provider_list(c, PICK_LATEST_TAGGED); }
void broker_provider_main(struct call *c) { provider_list(c, PICK_MAIN); }
void broker_provider_latest_main(struct call *c) { provider_list(c, PICK_LATEST_MAIN); }
void broker_provider_branch(struct call *c) { provider_list(c, PICK_BRANCH); }
void broker_provider_latest_branch(struct call *c) { provider_list(c, PICK_LATEST_BRANCH); }

/* `pacts` at the top is where clients look. */
void broker_pacts_latest(struct call *c)
{
	const struct broker *b = c->broker;
	json_out_object(&c->json);
	hal_begin(c);
	hal_link(c, "self", STR("Latest pacts"), STR(""), "/pacts/latest");
	hal_end(c);
	json_out_key(&c->json, STR("pacts"));
	json_out_array(&c->json);
	for (size_t i = 0; i < b->participants.count; i++)
		each(c, b->participants.items[i], PICK_LATEST, STR(""), put_object);
	json_out_end(&c->json);
	json_out_end(&c->json);
}

void broker_pact_versions(struct call *c)
{
	const struct pair *pair = path_pair_at(c, 0, 1);
	if (!pair)
		return;
	json_out_object(&c->json);
	hal_begin(c);
	hal_link(c, "self", STR("All versions of the pact"), STR(""), "%.*s/versions", STR_FMT(path_pair(c, pair)));
	hal_list(c, "pb:pact-versions");
	for (size_t i = pair->pacts.count; i-- > 0;)
		put_item(c, pair->pacts.items[i]);
	hal_list_end(c);
	hal_end(c);
	hal_embedded(c, "pacts");
	for (size_t i = pair->pacts.count; i-- > 0;)
		put_object(c, pair->pacts.items[i]);
	hal_embedded_end(c);
	json_out_end(&c->json);
}
