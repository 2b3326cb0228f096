/* Results of verifications: published by a provider's build for the content of a pact, and read. */
#include "contract/broker/broker_impl.h"

static struct content *content_at(struct call *c)
{
	const struct pair *pair = path_pair_at(c, 0, 1);
	struct content *k = pair ? broker_content(pair, c->parameters[2]) : NULL;
	if (pair && !k)
		broker_fault(c, 404, "No pact with the content %.*s found", STR_FMT(c->parameters[2]));
	return k;
}

/* The newest pact with this content, which stands for all of them. */
static const struct pact *pact_with(const struct content *k)
{
	for (size_t i = k->pair->pacts.count; i-- > 0;)
		if (k->pair->pacts.items[i]->content == k)
			return k->pair->pacts.items[i];
	return NULL;
}

static struct str details_of(struct call *c, const struct verification *v)
{
	struct str text = STR("{}");
	sqlite3_stmt *s = broker_query(c, "SELECT details FROM verifications WHERE id = ?", "i", v->id);
	if (broker_row(c, s))
		text = broker_column(c->arena, s, 0);
	broker_end(s);
	return text.p && text.len ? text : STR("{}");
}

static void put_members(struct call *c, const struct verification *v)
{
	const struct pair *pair = v->content->pair;
	json_kv_str(&c->json, "providerName", pair->provider->name);
	json_kv_str(&c->json, "providerApplicationVersion", v->version->number);
	json_kv_bool(&c->json, "success", v->success);
	put_time(c, "verificationDate", v->created);
	if (v->build_url.len)
		json_kv_str(&c->json, "buildUrl", v->build_url);
	hal_begin(c);
	hal_link(c, "self", STR("Verification result"), arena_printf(c->arena, "Verification result %lld for Pact between %.*s and %.*s", (long long)v->number, STR_FMT(pair->consumer->name),
								     STR_FMT(pair->provider->name)),
		 "%.*s", STR_FMT(path_verification(c, v)));
	hal_link(c, "pb:pact-version", STR("Pact"), STR(""), "%.*s", STR_FMT(path_content(c, v->content)));
	hal_link(c, "pb:provider-version", STR("Provider version"), v->version->number, "%.*s", STR_FMT(path_version(c, v->version)));
	hal_curies(c);
	hal_end(c);
}

static void put(struct call *c, const struct verification *v)
{
	struct err e = { 0 };
	const struct json *details = json_parse(c->arena, details_of(c, v), &e), *tests = json_get(details, STR("testResults")), *by = json_get(details, STR("verifiedBy"));
	if (c->failed)
		return;
	json_out_object(&c->json);
	put_members(c, v);
	if (tests) {
		json_out_key(&c->json, STR("testResults"));
		json_out_value(&c->json, tests);
	}
	if (by) {
		json_out_key(&c->json, STR("verifiedBy"));
		json_out_value(&c->json, by);
	}
	json_out_end(&c->json);
}

/* --- publishing -------------------------------------------------------------------------------------------------------------------------------------------------- */

/* What is kept of the body: the results of tests and who made them. False with a fault. */
static bool details_from(struct call *c, struct str *text)
{
	struct buf b;
	struct json_out o;
	static const char *const kept[] = { "testResults", "verifiedBy" };
	buf_init(&b, BROKER_RESULTS_MAX);
	json_out_init(&o, &b);
	json_out_object(&o);
	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		const struct json *j = json_get(c->body, str_z(kept[i]));
		if (!j || j->type == JSON_NULL)
			continue;
		json_out_key(&o, str_z(kept[i]));
		json_out_value(&o, j);
	}
	json_out_end(&o);
	*text = buf_ok(&b) ? arena_str(c->arena, buf_str(&b)) : STR("{}"); /* the result itself counts; details that are too long do not keep it out */
	buf_release(&b);
	return text->p ? true : broker_fault(c, 413, "the result has more in it than fits into the memory for one request");
}

static void post(struct call *c, const struct pact_meta *meta)
{
	struct content *k = content_at(c);
	const struct json *success = json_get(c->body, STR("success"));
	struct str number = json_get_str(c->body, STR("providerApplicationVersion"), STR("")), url = json_get_str(c->body, STR("buildUrl"), STR("")), details;
	if (!k || !broker_name_valid(c, "providerApplicationVersion", number))
		return;
	if (!success || (success->type != JSON_TRUE && success->type != JSON_FALSE)) {
		broker_invalid(c, "success", "must be one of true, false");
		return;
	}
	if (url.len > BROKER_TEXT_MAX) {
		broker_invalid(c, "buildUrl", "has %zu bytes; at most %d are taken", url.len, BROKER_TEXT_MAX);
		return;
	}
	struct version *v = details_from(c, &details) ? add_version(c, k->pair->provider, number) : NULL;
	struct verification *r = v ? add_verification(c, k, v, success->type == JSON_TRUE, meta && meta->wip, url, details) : NULL;
	if (!r)
		return;
	const struct version *consumer = meta ? broker_version(k->pair->consumer, meta->consumer_version) : NULL;
	const struct pact *p = consumer ? broker_pact_of(consumer, k->pair) : NULL;
	if (!p)
		p = pact_with(k);
	if (p) {
		broker_happened(c, EVENT_VERIFIED, p, r);
		broker_happened(c, r->success ? EVENT_VERIFIED_WELL : EVENT_VERIFIED_BADLY, p, r);
	}
	c->status = 201;
	c->headers = arena_printf(c->arena, "Cache-Control: no-store\r\nLocation: %.*s%.*s\r\n", STR_FMT(c->base), STR_FMT(path_verification(c, r)));
	put(c, r);
}

void broker_result_post(struct call *c) { post(c, NULL); }

void broker_result_post_meta(struct call *c)
{
	struct pact_meta meta;
	if (meta_read(c, c->parameters[3], &meta))
		post(c, &meta);
}

/* --- reading ---------------------------------------------------------------------------------------------------------------------------------------------------------- */

void broker_result_show(struct call *c)
{
	const struct content *k = content_at(c);
	int64_t number = 0;
	for (size_t i = 0; k && str_to_i64(c->parameters[3], &number) && i < k->results.count; i++)
		if (k->results.items[i]->number == number) {
			put(c, k->results.items[i]);
			return;
		}
	if (k)
		broker_fault(c, 404, "No result %.*s found", STR_FMT(c->parameters[3]));
}

void broker_result_latest(struct call *c)
{
	const struct content *k = content_at(c);
	if (k && !k->results.count)
		broker_fault(c, 404, "this pact has not been verified yet");
	else if (k)
		put(c, k->results.items[k->results.count - 1]);
}

void broker_results_latest(struct call *c)
{
	const struct version *v = path_version_at(c, 0, 1);
	bool all = true;
	if (!v)
		return;
	json_out_object(&c->json);
	hal_embedded(c, "verificationResults");
	for (size_t i = 0; i < v->pacts.count; i++) {
		const struct content *k = v->pacts.items[i]->content;
		const struct verification *r = k->results.count ? k->results.items[k->results.count - 1] : NULL;
		all &= r && r->success;
		if (!r)
			continue;
		json_out_object(&c->json);
		put_members(c, r);
		json_out_end(&c->json);
	}
	hal_embedded_end(c);
	json_kv_bool(&c->json, "success", all);
	hal_begin(c);
	hal_link(c, "self", STR("Latest verification results"), STR(""), "/verification-results/consumer/%.*s/version/%.*s/latest", STR_FMT(esc(c, v->participant->name)),
		 STR_FMT(esc(c, v->number)));
	hal_end(c);
	json_out_end(&c->json);
}
