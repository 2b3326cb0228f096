/* Publishing pacts: many at once with branch and tags (POST /contracts/publish), or one (PUT, PATCH of its URL). A published pact of a version does not change: a
 * result that was asked for in between would be about something else. The same content again is fine, and "merge" adds interactions. */
#include "base/base64.h"
#include "contract/broker/broker_impl.h"

enum { PACT_TREE_MAX = 256 << 20, CONTRACTS_MAX = 500, NOTICES_MAX = 4 * CONTRACTS_MAX };

struct contract {
	struct str consumer, provider, text;
	bool merge;
	struct pact *pact;
	bool created, updated;
};
struct notice { const char *type; struct str text; };
struct publishing {
	struct call *c;
	struct contract contracts[CONTRACTS_MAX];
	size_t count;
	struct notice notices[NOTICES_MAX];
	size_t notices_count;
};

static void note(struct publishing *p, const char *type, struct str text)
{
	if (p->notices_count < NOTICES_MAX)
		p->notices[p->notices_count++] = (struct notice){ type, text };
}

/* --- one pact --------------------------------------------------------------------------------------------------------------------------------------------------- */

static bool names_fit(struct call *c, const struct json *pact, const char *side, struct str name)
{
	struct str have = json_get_str(json_get(pact, str_z(side)), STR("name"), STR(""));
	return !have.len || str_eq(have, name) ? true : broker_invalid(c, side, "the name in the pact (%.*s) is not the one in the request (%.*s)", STR_FMT(have), STR_FMT(name));
}

static const struct json *read_pact(struct call *c, struct arena *a, struct str text)
{
	struct err e = { 0 };
	if (text.len > BROKER_PACT_MAX) {
		broker_fault(c, 413, "the pact has %zu bytes; at most %d MiB are taken. Take examples out of it that are larger than they need be", text.len, BROKER_PACT_MAX >> 20);
		return NULL;
	}
	const struct json *pact = json_parse(a, text, &e);
	if (!pact && e.code == ERR_TOO_LARGE)
		broker_fault(c, 413, "the pact has more in it than fits into the memory for one request");
	else if (!pact)
		broker_invalid(c, "content", "the pact is no JSON: line %u, column %u: %s", e.line, e.column, e.message);
	else if (pact->type != JSON_OBJECT)
		broker_invalid(c, "content", "the pact must be a JSON object");
	for (size_t k = 0; k < CONTENT_LISTS && !c->failed; k++) {
		const struct json *list = json_get(pact, content_lists[k]);
		if (list && list->type != JSON_ARRAY)
			broker_invalid(c, "content", "the pact's `%.*s` must be an array", STR_FMT(content_lists[k]));
	}
	return c->failed ? NULL : pact;
}

/* The tree of the pact that the version has already, with the new one's interactions added. */
static bool merge(struct call *c, struct arena *a, const struct pact *before, const struct json **pact, struct str *text)
{
	struct str old = content_text(c, before->content);
	const struct json *tree = old.p ? read_pact(c, a, old) : NULL;
	if (!tree || !content_merge(c, tree, *pact, text))
		return false;
	*pact = read_pact(c, a, *text);
	return *pact != NULL;
}

static bool take_parsed(struct call *c, struct arena *a, struct version *v, struct contract *k)
{
	char sha[SHA_HEX];
	const struct json *pact = read_pact(c, a, k->text);
	if (!pact || !names_fit(c, pact, "consumer", k->consumer) || !names_fit(c, pact, "provider", k->provider))
		return false;
	struct participant *provider = add_participant(c, k->provider);
	struct pair *pair = provider ? add_pair(c, v->participant, provider) : NULL;
	const struct pact *before = pair ? broker_pact_of(v, pair) : NULL;
	if (!pair || (before && k->merge && !merge(c, a, before, &pact, &k->text)) || !content_sha(c, pact, sha))
		return false;
	if (before && !k->merge && !str_eq(str_from(before->content->sha, SHA_HEX), str_from(sha, SHA_HEX)))
		return broker_fault(c, 409, "Cannot change the content of the pact for %.*s version %.*s and provider %.*s, as race conditions will cause unreliable results for can-i-deploy. "
				    "Each pact must be published with a unique consumer version number. For more information see https://docs.pact.io/go/versioning",
				    STR_FMT(k->consumer), STR_FMT(v->number), STR_FMT(k->provider));
	int64_t revision = before ? before->revision : 0;
	struct content *content = add_content(c, pair, sha, k->text);
	k->pact = content ? add_pact(c, v, pair, content) : NULL;
	if (!k->pact)
		return false;
	k->created = !before;
	k->updated = before && k->pact->revision != revision;
	return true;
}

static bool take(struct call *c, struct version *v, struct contract *k)
{
	struct arena a;
	arena_init(&a, PACT_TREE_MAX);
	bool ok = take_parsed(c, &a, v, k);
	arena_release(&a);
	return ok;
}

/* --- what it means ---------------------------------------------------------------------------------------------------------------------------------------------- */

/* The pact that this one follows: the one before on its branch, else simply the one before. */
static const struct pact *previous(const struct pact *p)
{
	const struct pair *pair = p->pair;
	for (size_t i = pair->pacts.count; i-- > 0;) {
		const struct version *v = pair->pacts.items[i]->version;
		if (v->order >= p->version->order)
			continue;
		if (!p->version->branches.count || version_on_branch(v, p->version->branches.items[p->version->branches.count - 1]))
			return pair->pacts.items[i];
	}
	return NULL;
}

static bool verified_by(const struct content *k, const struct version *v)
{
	const struct verification *r = v ? broker_latest_by(k, v) : NULL;
	return r && r->success;
}

/* A version of the provider that matters (of the main branch, deployed, released) has not verified it yet. */
static bool needs_verification(const struct pact *p)
{
	const struct participant *provider = p->pair->provider;
	const struct branch *main = provider->main_branch.len ? broker_branch(provider, provider->main_branch) : NULL;
	for (size_t i = 0; i < provider->current.count; i++)
		if (!verified_by(p->content, provider->current.items[i]->version))
			return true;
	if (main && branch_head(main))
		return !verified_by(p->content, branch_head(main));
	for (size_t i = 0; i < p->content->results.count && !provider->current.count; i++)
		if (p->content->results.items[i]->success)
			return false;
	return !provider->current.count;
}

static bool changed(const struct contract *k)
{
	const struct pact *before = previous(k->pact);
	return k->updated || (k->created && (!before || before->content != k->pact->content));
}

static void events(struct call *c, const struct contract *k)
{
	broker_happened(c, EVENT_PACT_PUBLISHED, k->pact, NULL);
	if (changed(k))
		broker_happened(c, EVENT_CONTENT_CHANGED, k->pact, NULL);
	if (needs_verification(k->pact))
		broker_happened(c, EVENT_VERIFICATION_REQUIRED, k->pact, NULL);
}

/* --- many ---------------------------------------------------------------------------------------------------------------------------------------------------------- */

static bool read_contract(struct publishing *p, const struct json *j, size_t i, struct str consumer)
{
	struct call *c = p->c;
	struct contract *k = &p->contracts[i];
	struct str content = json_get_str(j, STR("content"), STR("")), conflict = json_get_str(j, STR("onConflict"), STR("overwrite"));
	k->consumer = json_get_str(j, STR("consumerName"), consumer);
	k->provider = json_get_str(j, STR("providerName"), STR(""));
	k->merge = str_eq(conflict, STR("merge")) || str_eq(json_get_str(j, STR("writeMode"), STR("")), STR("merge"));
	if (!str_eq(k->consumer, consumer))
		return broker_invalid(c, "contracts", "consumerName (%.*s) at index %zu must match pacticipantName (%.*s)", STR_FMT(k->consumer), i, STR_FMT(consumer));
	if (!k->provider.len)
		return broker_invalid(c, "contracts", "providerName can't be blank (at index %zu)", i);
	if (!str_eq(json_get_str(j, STR("specification"), STR("pact")), STR("pact")))
		return broker_invalid(c, "contracts", "specification must be one of pact (at index %zu)", i);
	if (!str_eq(json_get_str(j, STR("contentType"), STR("application/json")), STR("application/json")))
		return broker_invalid(c, "contracts", "contentType must be one of application/json (at index %zu)", i);
	if (!content.len || !base64_decode(c->arena, content, &k->text))
		return c->arena->full ? broker_fault(c, 413, "the request has more in it than fits into the memory for one request")
				      : broker_invalid(c, "contracts", "content is not valid Base64 (at index %zu)", i);
	return true;
}

static bool read_request(struct publishing *p, struct str consumer)
{
	struct call *c = p->c;
	const struct json *list = json_get(c->body, STR("contracts"));
	if (!consumer.len)
		return broker_invalid(c, "pacticipantName", "can't be blank");
	if (!list || list->type != JSON_ARRAY)
		return broker_invalid(c, "contracts", "is missing");
	if (list->count > CONTRACTS_MAX)
		return broker_fault(c, 413, "at most %d contracts are published in one request", CONTRACTS_MAX);
	for (uint32_t i = 0; i < list->count; i++, p->count++)
		if (!read_contract(p, &list->items[i], i, consumer))
			return false;
	return true;
}

static bool add_tags(struct call *c, struct version *v, bool *any)
{
	const struct json *tags = json_get(c->body, STR("tags"));
	for (uint32_t i = 0; tags && tags->type == JSON_ARRAY && i < tags->count; i++) {
		if (tags->items[i].type != JSON_STRING)
			return broker_invalid(c, "tags", "must be strings");
		*any |= !version_has_tag(v, tags->items[i].s);
		if (!add_tag(c, v, tags->items[i].s))
			return false;
	}
	return true;
}

static struct version *take_version(struct publishing *p, struct str consumer, bool *tagged)
{
	struct call *c = p->c;
	struct str number = json_get_str(c->body, STR("pacticipantVersionNumber"), STR("")), branch = json_get_str(c->body, STR("branch"), STR(""));
	struct participant *self = broker_name_valid(c, "pacticipantVersionNumber", number) ? add_participant(c, consumer) : NULL;
	bool known = self && broker_version(self, number);
	struct version *v = self ? add_version(c, self, number) : NULL;
	struct branch *b = v && branch.len ? add_branch(c, self, branch) : NULL;
	if (!v || (branch.len && (!b || !add_to_branch(c, b, v))) || !set_build_url(c, v, json_get_str(c->body, STR("buildUrl"), STR(""))) || !add_tags(c, v, tagged))
		return NULL;
	struct buf text;
	buf_init(&text, 64 << 10);
	buf_printf(&text, "%s %.*s version %.*s", known ? "Updated" : "Created", STR_FMT(consumer), STR_FMT(number));
	if (branch.len)
		buf_printf(&text, " with branch %.*s", STR_FMT(branch));
	for (size_t i = 0; i < v->tags.count; i++)
		buf_printf(&text, "%s%.*s", i ? ", " : branch.len ? " and tags " : " with tags ", STR_FMT(v->tags.items[i].name));
	note(p, "success", arena_str(c->arena, buf_str(&text)));
	buf_release(&text);
	return v;
}

static void note_pact(struct publishing *p, const struct contract *k)
{
	struct call *c = p->c;
	const struct content *content = k->pact->content;
	const char *what = k->updated ? "merged" : k->created ? "published" : "republished";
	note(p, "success", arena_printf(c->arena, "Pact successfully %s for %.*s version %.*s and provider %.*s.", what, STR_FMT(k->consumer), STR_FMT(k->pact->version->number),
					STR_FMT(k->provider)));
	note(p, "debug", arena_printf(c->arena, "  View the published pact at %.*s%.*s", STR_FMT(c->base), STR_FMT(path_pact(c, k->pact))));
	for (size_t i = content->results.count; k->created && i-- > 0;)
		if (content->results.items[i]->success) {
			note(p, "info", arena_printf(c->arena, "  Its content is the same as before: it is pre-verified, the last time by %.*s version %.*s.", STR_FMT(k->provider),
						     STR_FMT(content->results.items[i]->version->number)));
			break;
		}
}

static void put_notices(struct call *c, const struct publishing *p, const char *key)
{
	json_out_key(&c->json, str_z(key));
	json_out_array(&c->json);
	for (size_t i = 0; i < p->notices_count; i++) {
		json_out_object(&c->json);
		json_kv_str(&c->json, *key == 'l' ? "level" : "type", str_z(p->notices[i].type));
		json_kv_str(&c->json, *key == 'l' ? "message" : "text", p->notices[i].text);
		if (*key == 'l')
			json_kv_str(&c->json, "deprecationWarning", STR("Replaced by notices")); /* clients insist on it */
		json_out_end(&c->json);
	}
	json_out_end(&c->json);
}

static void put_published(struct publishing *p, const struct version *v)
{
	struct call *c = p->c;
	struct str path = path_version(c, v);
	json_out_object(&c->json);
	put_notices(c, p, "notices");
	put_notices(c, p, "logs");
	json_out_key(&c->json, STR("_embedded"));
	json_out_object(&c->json);
	json_out_key(&c->json, STR("pacticipant"));
	json_out_object(&c->json);
	put_participant_brief(c, v->participant);
	json_out_end(&c->json);
	json_out_key(&c->json, STR("version"));
	json_out_object(&c->json);
	put_version_brief(c, v);
	json_out_end(&c->json);
	json_out_end(&c->json);
	hal_begin(c);
	hal_link(c, "pb:pacticipant", STR("Pacticipant"), v->participant->name, "%.*s", STR_FMT(path_participant(c, v->participant)));
	hal_link(c, "pb:pacticipant-version", STR("Pacticipant version"), v->number, "%.*s", STR_FMT(path));
	hal_list(c, "pb:pacticipant-version-tags");
	for (size_t i = 0; i < v->tags.count; i++)
		hal_item(c, STR("Tag"), v->tags.items[i].name, "%.*s/tags/%.*s", STR_FMT(path), STR_FMT(esc(c, v->tags.items[i].name)));
	hal_list_end(c);
	hal_list(c, "pb:contracts");
	for (size_t i = 0; i < p->count; i++)
		hal_item(c, STR("Pact"), arena_printf(c->arena, "Pact between %.*s (%.*s) and %.*s", STR_FMT(p->contracts[i].consumer), STR_FMT(v->number), STR_FMT(p->contracts[i].provider)),
			 "%.*s", STR_FMT(path_pact(c, p->contracts[i].pact)));
	hal_list_end(c);
	hal_curies(c);
	hal_end(c);
	json_out_end(&c->json);
}

/* A conflict is told in notices, where clients look for it; nothing of the request is kept. */
static void tell_conflict(struct publishing *p)
{
	struct call *c = p->c;
	struct err e = { 0 };
	const struct json *j = json_parse(c->arena, buf_str(&c->out), &e);
	struct str words = json_get_str(j, STR("error"), STR("the pact was published with another content before"));
	p->notices_count = 0;
	note(p, "error", words);
	buf_clear(&c->out);
	json_out_init(&c->json, &c->out);
	json_out_object(&c->json);
	put_notices(c, p, "notices");
	put_notices(c, p, "logs");
	json_out_key(&c->json, STR("errors"));
	json_out_object(&c->json);
	json_out_key(&c->json, STR("contracts"));
	json_out_array(&c->json);
	json_out_str(&c->json, words);
	json_out_end(&c->json);
	json_out_end(&c->json);
	json_out_end(&c->json);
}

void broker_publish(struct call *c)
{
	struct publishing *p = ARENA_NEW(c->arena, struct publishing);
	struct str consumer = json_get_str(c->body, STR("pacticipantName"), STR(""));
	bool tagged = false;
	if (!p) {
		broker_fault(c, 413, "the request has more in it than fits into the memory for one request");
		return;
	}
	p->c = c;
	struct version *v = read_request(p, consumer) ? take_version(p, consumer, &tagged) : NULL;
	for (size_t i = 0; v && i < p->count && !c->failed; i++)
		if (take(c, v, &p->contracts[i]))
			note_pact(p, &p->contracts[i]);
	if (c->failed && c->status == 409)
		tell_conflict(p);
	if (c->failed || !v)
		return;
	for (size_t i = 0; i < p->count; i++)
		events(c, &p->contracts[i]);
	for (size_t i = 0; tagged && i < v->pacts.count; i++)
		if (v->pacts.items[i]->created != 0 && p->count == 0)
			broker_happened(c, EVENT_CONTENT_CHANGED, v->pacts.items[i], NULL);
	put_published(p, v);
}

/* --- one, at its URL ------------------------------------------------------------------------------------------------------------------------------------------------ */

static void put_one(struct call *c, bool merge)
{
	struct contract k = { .provider = c->parameters[0], .consumer = c->parameters[1], .text = c->x ? http_request(c->x)->body : STR(""), .merge = merge };
	if (!c->body) {
		broker_invalid(c, "content", "the pact is missing");
		return;
	}
	struct participant *consumer = broker_name_valid(c, "version", c->parameters[2]) ? add_participant(c, k.consumer) : NULL;
	struct version *v = consumer ? add_version(c, consumer, c->parameters[2]) : NULL;
	if (!v || !take(c, v, &k))
		return;
	events(c, &k);
	c->status = k.created ? 201 : 200;
	put_pact(c, k.pact->content, k.pact, NULL);
}

void broker_pact_put(struct call *c) { put_one(c, false); }
void broker_pact_merge(struct call *c) { put_one(c, true); }

void broker_pact_delete(struct call *c)
{
	const struct pair *pair = path_pair_at(c, 0, 1);
	const struct version *v = pair ? broker_version(pair->consumer, c->parameters[2]) : NULL;
	const struct pact *p = v ? broker_pact_of(v, pair) : NULL;
	if (pair && !p)
		broker_fault(c, 404, "No pact of version %.*s found", STR_FMT(c->parameters[2]));
	if (!p || !broker_begin(c) || !broker_do(c, "DELETE FROM pacts WHERE id = ?", "i", p->id))
		return;
	c->stale = true;
	c->status = 204;
}
