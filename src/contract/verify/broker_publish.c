/* Results go back to the broker: first the provider's version gets its branch and tags (so that no result is ever seen without them), then one result a pact. */
#include "contract/verify/broker_impl.h"

static bool put_version(struct broker *b, const struct json *provider, struct str link, const char *what, struct str name, struct str value, const struct broker_results *r, struct err *e)
{
	struct str target = broker_link(provider, link), answer;
	const struct broker_value values[] = { { name, value }, { STR("version"), r->version } };
	if (!target.len)
		return err_set(e, ERR_UPSTREAM, "the broker cannot keep the %s of a provider's version: it has no link %.*s", what, STR_FMT(link));
	return broker_ask(b, "PUT", broker_expand(b, target, values, 2), STR("{}"), &answer, e);
}

/* Branch and tags of the version. */
static bool put_names(struct broker *b, struct str link, const struct broker_results *r, struct err *e)
{
	if (!r->branch.len && !r->tag_count)
		return true;
	const struct json *provider = link.len ? broker_json(b, "GET", link, STR(""), e) : NULL;
	if (!provider)
		return link.len ? false : err_set(e, ERR_UPSTREAM, "the broker's pact has no link pb:provider, so branch and tags cannot be told");
	if (r->branch.len && !put_version(b, provider, STR("pb:branch-version"), "branch", STR("branch"), r->branch, r, e))
		return false;
	for (size_t i = 0; i < r->tag_count; i++)
		if (!put_version(b, provider, STR("pb:version-tag"), "tags", STR("tag"), r->tags[i], r, e))
			return false;
	return true;
}

static void put_mismatches(const struct verify_result *r, struct json_out *o)
{
	json_out_key(o, STR("mismatches"));
	json_out_array(o);
	for (size_t i = 0; i < r->mismatches.count; i++) {
		const struct pact_mismatch *m = &r->mismatches.items[i];
		json_out_object(o);
		json_kv_str(o, "attribute", str_z(pact_where_name(m->where)));
		json_kv_str(o, "description", m->sentence);
		json_kv_str(o, "identifier", m->path);
		json_out_end(o);
	}
	json_out_end(o);
}

static void put_test(const struct verify_result *r, struct json_out *o)
{
	json_out_object(o);
	json_kv_str(o, "interactionId", r->interaction->id);
	json_kv_str(o, "interactionDescription", r->interaction->description);
	json_kv_bool(o, "success", r->verdict == VERIFY_FITS);
	if (r->verdict == VERIFY_DIFFERS)
		put_mismatches(r, o);
	if (r->verdict == VERIFY_FAILED) {
		json_out_key(o, STR("exceptions"));
		json_out_array(o);
		json_out_object(o);
		json_kv_str(o, "message", str_z(r->err.message));
		json_out_end(o);
		json_out_end(o);
	}
	json_out_end(o);
}

/* A pending interaction that fails makes the pact no success: pending is for the provider's build, the broker must know the truth. */
static bool all_fit(const struct verify_pact *p)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->results[i].verdict != VERIFY_FITS)
			return false;
	return true;
}

static bool publish_pact(struct broker *b, const struct verify_pact *p, const struct broker_results *r, struct err *e)
{
	struct buf body;
	struct json_out o;
	struct str answer;
	buf_init(&body, 64 << 20);
	json_out_init(&o, &body);
	json_out_object(&o);
	json_kv_str(&o, "providerApplicationVersion", r->version);
	json_kv_bool(&o, "success", all_fit(p));
	if (r->build_url.len)
		json_kv_str(&o, "buildUrl", r->build_url);
	json_out_key(&o, STR("testResults"));
	json_out_array(&o);
	for (size_t i = 0; i < p->count; i++)
		if (p->results[i].interaction->id.len)
			put_test(&p->results[i], &o);
	json_out_end(&o);
	json_out_key(&o, STR("verifiedBy"));
	json_out_object(&o);
	json_kv_str(&o, "implementation", STR("pleach"));
	json_kv_str(&o, "version", b->version);
	json_out_end(&o);
	json_out_end(&o);
	bool ok = buf_ok(&body) ? broker_ask(b, "POST", p->results_link, buf_str(&body), &answer, e) : err_set(e, ERR_TOO_LARGE, "the results of %.*s are too large to be published", STR_FMT(p->name));
	buf_release(&body);
	return ok;
}

bool broker_publish(struct broker *b, const struct verify *v, const struct broker_results *r, size_t *published, struct err *e)
{
	struct str told = { 0 };
	size_t n = 0;
	bool ok = true;
	for (const struct verify_pact *p = v->pacts; ok && p; p = p->next) {
		if (!p->results_link.len)
			continue;
		if (!told.p || !str_eq(told, p->provider_link))
			ok = put_names(b, p->provider_link, r, e);
		told = p->provider_link;
		ok = ok && publish_pact(b, p, r, e);
		n += ok;
	}
	*published = n;
	return ok;
}
