/* Which pacts a provider verifies: those that the selectors name, each content once; whether each is *pending* (a failure does not fail the build), and *work in
 * progress* (heads of branches and tags that nobody selected and the provider has not verified).
 *
 * A content is pending for a branch (or tag) of the provider unless a version there has verified it with success, or another branch had before this one began:
 * what was good when it was branched off must stay good. A verification as work in progress proves nothing here, else a pact could start
 * failing builds the moment somebody happened to verify it. */
#include "base/time.h"
#include "contract/broker/broker_impl.h"

enum { PICKED_MAX = 2000, WHY_MAX = 8, PROVIDER_TAGS_MAX = 16 };

struct picked {
	const struct pact *pact;             /* the newest version of it that a selector named */
	struct str why[WHY_MAX];             /* for people: "the latest version of web from the main branch (1.0)" */
	size_t why_count;
	bool pending, wip;
};
struct selection {
	struct call *c;
	struct participant *provider;
	const struct branch *branch;         /* of the provider's version; NULL: new, or not given */
	struct str branch_name, tags[PROVIDER_TAGS_MAX];
	size_t tags_count;
	bool include_pending;
	int64_t wip_since;                   /* ms; 0: no work in progress */
	struct picked *picked;
	size_t count;
};

/* --- what selectors name ---------------------------------------------------------------------------------------------------------------------------------------- */

static bool pick(struct selection *s, const struct pact *p, struct str why)
{
	struct picked *x = NULL;
	for (size_t i = 0; i < s->count; i++)
		if (s->picked[i].pact->content == p->content)
			x = &s->picked[i];
	if (!x && s->count == PICKED_MAX)
		return broker_fault(s->c, 413, "the selectors name more than %d pacts; name fewer", PICKED_MAX);
	if (!x) {
		x = &s->picked[s->count++];
		*x = (struct picked){ .pact = p };
	} else if (p->version->order > x->pact->version->order) {
		x->pact = p;
	}
	for (size_t i = 0; i < x->why_count; i++)
		if (str_eq(x->why[i], why))
			return true;
	if (x->why_count < WHY_MAX)
		x->why[x->why_count++] = why;
	return true;
}

#define WHY(s, p, words, ...)                                                                                                                                                              \
	arena_printf((s)->c->arena, words " (%.*s)", __VA_ARGS__, STR_FMT((p)->version->number))

static bool branch_of(struct selection *s, const struct pair *pair, struct str name, struct str fallback, const char *kind)
{
	const struct pact *p = name.len ? pair_latest_on_branch(pair, name) : NULL;
	if (p)
		return pick(s, p, WHY(s, p, "latest version from the %s '%.*s'", kind, STR_FMT(name)));
	p = fallback.len ? pair_latest_on_branch(pair, fallback) : NULL;
	return !p || pick(s, p, WHY(s, p, "latest version from the branch '%.*s' (fallback branch used as branch '%.*s' does not exist)", STR_FMT(fallback), STR_FMT(name)));
}

static bool tagged(struct selection *s, const struct pair *pair, struct str tag, struct str fallback, bool latest)
{
	if (!latest) {
		for (size_t i = pair->pacts.count; i-- > 0;)
			if (version_has_tag(pair->pacts.items[i]->version, tag) && !pick(s, pair->pacts.items[i], WHY(s, pair->pacts.items[i], "all versions tagged '%.*s'", STR_FMT(tag))))
				return false;
		return true;
	}
	const struct pact *p = pair_latest(pair, tag);
	if (p)
		return pick(s, p, WHY(s, p, "latest version tagged '%.*s'", STR_FMT(tag)));
	p = fallback.len ? pair_latest(pair, fallback) : NULL;
	return !p || pick(s, p, WHY(s, p, "latest version tagged '%.*s' (fallback tag used as no version is tagged '%.*s')", STR_FMT(fallback), STR_FMT(tag)));
}

static bool in_environments(struct selection *s, const struct pair *pair, const struct environment *e, bool deployed, bool released)
{
	for (size_t i = 0; i < pair->consumer->current.count; i++) {
		const struct deployment *d = pair->consumer->current.items[i];
		const struct pact *p = (!e || d->environment == e) && (d->released ? released : deployed) ? broker_pact_of(d->version, pair) : NULL;
		if (p && !pick(s, p, WHY(s, p, "%s version in '%.*s'", d->released ? "released" : "deployed", STR_FMT(d->environment->name))))
			return false;
	}
	return true;
}

static bool everything(struct selection *s, const struct pair *pair)
{
	for (size_t i = pair->pacts.count; i-- > 0;)
		if (!pick(s, pair->pacts.items[i], WHY(s, pair->pacts.items[i], "all versions of %.*s", STR_FMT(pair->consumer->name))))
			return false;
	return true;
}

struct wanted {
	struct str consumer, branch, fallback_branch, tag, fallback_tag, environment;
	bool main_branch, matching_branch, latest, deployed, released, either;
	const struct environment *env;
};

static bool apply(struct selection *s, const struct pair *pair, const struct wanted *w)
{
	const struct pact *p;
	if (w->consumer.len && !str_eq(w->consumer, pair->consumer->name))
		return true;
	if (w->main_branch)
		return branch_of(s, pair, pair->consumer->main_branch, STR(""), "main branch");
	if (w->matching_branch)
		return branch_of(s, pair, s->branch_name, w->fallback_branch, "branch matching the provider's,");
	if (w->branch.len)
		return branch_of(s, pair, w->branch, w->fallback_branch, "branch");
	if (w->env || w->deployed || w->released || w->either)
		return in_environments(s, pair, w->env, w->deployed || w->either || !w->released, w->released || w->either || !w->deployed);
	if (w->tag.len)
		return tagged(s, pair, w->tag, w->fallback_tag, w->latest);
	if (w->latest) {
		p = pair_latest(pair, (struct str){ 0 });
		return !p || pick(s, p, WHY(s, p, "latest version of %.*s that has a pact with %.*s", STR_FMT(pair->consumer->name), STR_FMT(pair->provider->name)));
	}
	return everything(s, pair);
}

/* --- selectors from JSON: with the rules about what goes together ------------------------------------------------------------------------------------------------ */

static bool wrong(struct call *c, size_t i, const char *words) { return broker_invalid(c, "consumerVersionSelectors", "%s (at index %zu)", words, i); }

static bool flag(struct call *c, const struct json *j, size_t i, const char *name, bool *value)
{
	const struct json *v = json_get(j, str_z(name));
	if (v && v->type != JSON_TRUE && v->type != JSON_NULL && v->type != JSON_FALSE)
		return wrong(c, i, "flags must be true or false");
	*value = v && v->type == JSON_TRUE;
	return true;
}

static bool check(struct selection *s, const struct wanted *w, size_t i)
{
	struct call *c = s->c;
	bool env = w->environment.len || w->deployed || w->released || w->either;
	int kinds = w->main_branch + w->matching_branch + (w->branch.len > 0) + (w->tag.len > 0) + env;
	if (kinds > 1)
		return wrong(c, i, "mainBranch, matchingBranch, branch, tag and environment (deployed, released) exclude each other");
	if (w->deployed + w->released + w->either > 1)
		return wrong(c, i, "deployed, released and deployedOrReleased exclude each other");
	if (w->fallback_branch.len && !w->branch.len && !w->matching_branch)
		return wrong(c, i, "a fallbackBranch needs a branch or matchingBranch");
	if (w->fallback_tag.len && !(w->tag.len && w->latest))
		return wrong(c, i, "a fallbackTag needs a tag and latest: true");
	if (w->latest && (env || w->main_branch || w->matching_branch))
		return wrong(c, i, "latest goes with a tag, a branch, or alone");
	if (w->matching_branch && !s->branch_name.len)
		return wrong(c, i, "the providerVersionBranch must be given where matchingBranch: true is used");
	if (!kinds && !w->latest && !w->consumer.len)
		return wrong(c, i, "must name one of mainBranch, branch, matchingBranch, tag, latest, environment, deployed, released, deployedOrReleased, consumer");
	if (w->environment.len && !w->env)
		return wrong(c, i, "there is no environment of this name");
	return true;
}

static bool read_selector(struct selection *s, const struct json *j, size_t i, struct wanted *w)
{
	struct call *c = s->c;
	if (j->type != JSON_OBJECT)
		return wrong(c, i, "must be an object");
	*w = (struct wanted){ .consumer = json_get_str(j, STR("consumer"), STR("")), .branch = json_get_str(j, STR("branch"), STR("")),
			      .fallback_branch = json_get_str(j, STR("fallbackBranch"), STR("")), .tag = json_get_str(j, STR("tag"), STR("")),
			      .fallback_tag = json_get_str(j, STR("fallbackTag"), STR("")), .environment = json_get_str(j, STR("environment"), STR("")) };
	w->env = w->environment.len ? broker_environment(c->broker, w->environment) : NULL;
	return flag(c, j, i, "mainBranch", &w->main_branch) && flag(c, j, i, "matchingBranch", &w->matching_branch) && flag(c, j, i, "latest", &w->latest) &&
	       flag(c, j, i, "deployed", &w->deployed) && flag(c, j, i, "released", &w->released) && flag(c, j, i, "deployedOrReleased", &w->either) && check(s, w, i);
}

static bool run_selectors(struct selection *s)
{
	const struct json *list = json_get(s->c->body, STR("consumerVersionSelectors"));
	struct wanted latest = { .latest = true }, w;
	size_t n = list && list->type == JSON_ARRAY ? list->count : 0;
	if (n > BROKER_SELECTORS_MAX)
		return broker_fault(s->c, 413, "at most %d selectors are taken", BROKER_SELECTORS_MAX);
	for (size_t i = 0; i < (n ? n : 1); i++) {
		w = latest;
		if (n && !read_selector(s, &list->items[i], i, &w))
			return false;
		for (size_t k = 0; k < s->provider->provides.count; k++)
			if (!apply(s, s->provider->provides.items[k], &w))
				return false;
	}
	return true;
}

/* --- pending ----------------------------------------------------------------------------------------------------------------------------------------------------------- */

static int64_t tag_began(const struct participant *p, struct str tag)
{
	for (size_t i = 0; i < p->versions.count; i++)
		for (size_t k = 0; k < p->versions.items[i]->tags.count; k++)
			if (str_eq(p->versions.items[i]->tags.items[k].name, tag))
				return p->versions.items[i]->tags.items[k].created;
	return INT64_MAX;
}

static bool proved_on_branch(const struct selection *s, const struct content *k)
{
	for (size_t i = 0; i < k->results.count; i++) {
		const struct verification *v = k->results.items[i];
		if (!v->success || v->wip)
			continue;
		if (s->branch && version_on_branch(v->version, s->branch))
			return true;
		if (v->version->branches.count && (!s->branch || v->created < s->branch->created))
			return true;
	}
	return false;
}

static bool proved_with_tag(const struct selection *s, const struct content *k, struct str tag)
{
	int64_t began = tag_began(s->provider, tag);
	for (size_t i = 0; i < k->results.count; i++) {
		const struct verification *v = k->results.items[i];
		if (v->success && !v->wip && (version_has_tag(v->version, tag) || (v->version->tags.count && v->created < began)))
			return true;
	}
	return false;
}

/* Nothing to be said against a failure failing the build. */
static bool proved(const struct selection *s, const struct content *k)
{
	if (s->branch_name.len)
		return proved_on_branch(s, k);
	for (size_t i = 0; i < s->tags_count; i++)
		if (!proved_with_tag(s, k, s->tags[i]))
			return false;
	for (size_t i = 0; i < k->results.count && !s->tags_count; i++)
		if (k->results.items[i]->success && !k->results.items[i]->wip)
			return true;
	return s->tags_count > 0;
}

/* --- work in progress -------------------------------------------------------------------------------------------------------------------------------------------------- */

static bool consider_wip(struct selection *s, const struct pact *p, size_t selected, struct str why)
{
	if (p->created < s->wip_since || proved(s, p->content))
		return true;
	for (size_t i = 0; i < selected; i++)
		if (s->picked[i].pact->content == p->content)
			return true;
	if (!pick(s, p, why))
		return false;
	for (size_t i = selected; i < s->count; i++)
		if (s->picked[i].pact->content == p->content)
			s->picked[i].wip = s->picked[i].pending = true;
	return true;
}

static bool wip_of(struct selection *s, const struct pair *pair, size_t selected)
{
	for (size_t i = 0; i < pair->consumer->branches.count; i++) {
		const struct branch *b = pair->consumer->branches.items[i];
		const struct version *head = branch_head(b);
		const struct pact *p = head ? broker_pact_of(head, pair) : NULL;
		if (p && !consider_wip(s, p, selected, WHY(s, p, "latest version from the branch '%.*s'", STR_FMT(b->name))))
			return false;
	}
	for (size_t i = pair->pacts.count; i-- > 0;) {
		const struct pact *p = pair->pacts.items[i];
		if (p->created < s->wip_since)
			continue;
		for (size_t k = 0; k < p->version->tags.count; k++)
			if (pair_latest(pair, p->version->tags.items[k].name) == p &&
			    !consider_wip(s, p, selected, WHY(s, p, "latest version tagged '%.*s'", STR_FMT(p->version->tags.items[k].name))))
				return false;
	}
	return true;
}

/* --- the answer --------------------------------------------------------------------------------------------------------------------------------------------------------- */

static void put_notice(struct call *c, const char *when, struct str text)
{
	json_out_object(&c->json);
	json_kv_str(&c->json, "when", str_z(when));
	json_kv_str(&c->json, "text", text);
	json_out_end(&c->json);
}

static struct str provider_words(struct selection *s)
{
	struct call *c = s->c;
	if (s->branch_name.len)
		return arena_printf(c->arena, "a version of %.*s from branch '%.*s'", STR_FMT(s->provider->name), STR_FMT(s->branch_name));
	if (s->tags_count)
		return arena_printf(c->arena, "a version of %.*s with tag '%.*s'", STR_FMT(s->provider->name), STR_FMT(s->tags[0]));
	return s->provider->name;
}

static void put_notices(struct selection *s, const struct picked *x)
{
	struct call *c = s->c;
	struct buf b;
	struct str by = provider_words(s), pending = STR("If this verification fails, it will not cause the overall build to fail. Read more at https://docs.pact.io/pending");
	buf_init(&b, 64 << 10);
	buf_printf(&b, "The pact at %.*s%.*s is being verified because %s:", STR_FMT(c->base), STR_FMT(path_content(c, x->pact->content)),
		   x->wip ? "it is a 'work in progress' pact (that is, the content is of a branch or tag that no selector names and has not been verified)"
			  : "the pact content belongs to the consumer version(s) matching the following criteria");
	for (size_t i = 0; i < x->why_count; i++)
		buf_printf(&b, "\n    * %.*s", STR_FMT(x->why[i]));
	put_notice(c, "before_verification", buf_str(&b));
	buf_release(&b);
	if (!s->include_pending && !x->wip)
		return;
	if (!x->pending) {
		put_notice(c, "before_verification", arena_printf(c->arena, "The pending status for this pact has been false since it was verified successfully by %.*s. If this verification "
								  "fails, it will fail the build. Read more at https://docs.pact.io/pending", STR_FMT(by)));
		return;
	}
	put_notice(c, "before_verification", arena_printf(c->arena, "This pact is in pending state for this version of %.*s because a successful verification result for %.*s has not yet been "
							  "published. %.*s", STR_FMT(s->provider->name), STR_FMT(by), STR_FMT(pending)));
	put_notice(c, "after_verification:success_true_published_false", arena_printf(c->arena, "This pact is still in pending state for %.*s as the successful verification results have not been published.", STR_FMT(by)));
	put_notice(c, "after_verification:success_false_published_false", arena_printf(c->arena, "This pact is still in pending state for %.*s as a successful verification result has not been published.", STR_FMT(by)));
	put_notice(c, "after_verification:success_true_published_true", x->wip ? arena_printf(c->arena, "This pact is still work in progress for %.*s until a selector names it.", STR_FMT(by))
								      : arena_printf(c->arena, "This pact is no longer in pending state for %.*s, as a successful verification result has been published. "
										     "If a verification fails from now on, it will fail the build.", STR_FMT(by)));
	put_notice(c, "after_verification:success_false_published_true", arena_printf(c->arena, "This pact is still in pending state for %.*s as the verification failed.", STR_FMT(by)));
}

static void put_picked(struct selection *s, const struct picked *x)
{
	struct call *c = s->c;
	struct pact_meta meta = { x->pact->version->number, x->pending, x->wip };
	struct str name = arena_printf(c->arena, "Pact between %.*s (%.*s) and %.*s", STR_FMT(x->pact->pair->consumer->name), STR_FMT(x->pact->version->number), STR_FMT(s->provider->name));
	json_out_object(&c->json);
	json_kv_str(&c->json, "shortDescription", x->why_count ? x->why[0] : STR("latest"));
	json_out_key(&c->json, STR("verificationProperties"));
	json_out_object(&c->json);
	if (s->include_pending || x->wip)
		json_kv_bool(&c->json, "pending", x->pending);
	if (x->wip)
		json_kv_bool(&c->json, "wip", true);
	json_out_key(&c->json, STR("notices"));
	json_out_array(&c->json);
	put_notices(s, x);
	json_out_end(&c->json);
	json_out_end(&c->json);
	hal_begin(c);
	hal_link(c, "self", STR(""), name, "%.*s/metadata/%.*s", STR_FMT(path_content(c, x->pact->content)), STR_FMT(meta_write(c, &meta)));
	hal_end(c);
	json_out_end(&c->json);
}

static bool read_request(struct selection *s)
{
	struct call *c = s->c;
	const struct json *tags = json_get(c->body, STR("providerVersionTags"));
	struct str since = json_get_str(c->body, STR("includeWipPactsSince"), STR(""));
	int64_t wall;
	s->branch_name = json_get_str(c->body, STR("providerVersionBranch"), STR(""));
	s->branch = s->branch_name.len ? broker_branch(s->provider, s->branch_name) : NULL;
	for (uint32_t i = 0; tags && tags->type == JSON_ARRAY && i < tags->count && s->tags_count < PROVIDER_TAGS_MAX; i++)
		if (tags->items[i].type == JSON_STRING)
			s->tags[s->tags_count++] = tags->items[i].s;
	s->include_pending = json_get_bool(c->body, STR("includePendingStatus"), false);
	if (!since.len)
		return true;
	if (!time_parse(since, &wall))
		return broker_invalid(c, "includeWipPactsSince", "%.*s is no date (YYYY-MM-DD) or time (RFC 3339)", STR_FMT(since));
	if (!s->branch_name.len && !s->tags_count)
		return broker_invalid(c, "providerVersionBranch", "must be given (or providerVersionTags), where work in progress is to be included");
	s->wip_since = wall / MSEC > 0 ? wall / MSEC : 1;
	return true;
}

static void answer(struct selection *s)
{
	struct call *c = s->c;
	json_out_object(&c->json);
	hal_embedded(c, "pacts");
	for (size_t i = 0; i < s->count; i++)
		put_picked(s, &s->picked[i]);
	hal_embedded_end(c);
	hal_begin(c);
	hal_link(c, "self", STR("Pacts to be verified"), STR(""), "/pacts/provider/%.*s/for-verification", STR_FMT(esc(c, s->provider->name)));
	hal_end(c);
	json_out_end(&c->json);
}

void broker_verification_selected(struct call *c)
{
	static struct participant nobody = { 0 };
	struct selection s = { .c = c, .provider = broker_participant(c->broker, c->parameters[0]), .picked = ARENA_ARRAY(c->arena, PICKED_MAX, struct picked) };
	if (!s.picked) {
		broker_fault(c, 413, "the request has more in it than fits into the memory for one request");
		return;
	}
	/* A provider that nobody has a pact with yet has nothing to verify, which is no error. */
	nobody.name = c->parameters[0];
	if (!s.provider)
		s.provider = &nobody;
	if (!read_request(&s) || !run_selectors(&s))
		return;
	for (size_t i = 0; i < s.count; i++)
		s.picked[i].pending = s.include_pending && !proved(&s, s.picked[i].pact->content);
	size_t selected = s.count;
	for (size_t i = 0; i < s.provider->provides.count && s.wip_since; i++)
		if (!wip_of(&s, s.provider->provides.items[i], selected))
			return;
	answer(&s);
}

void broker_verification_default(struct call *c) { broker_verification_selected(c); }
