/* Pairs of consumer and provider at a glance: lists, the dashboard, the badge, and what the console shows (/api/integrations). */
#include "contract/broker/broker_impl.h"

static const struct verification *last_result(const struct content *k) { return k->results.count ? k->results.items[k->results.count - 1] : NULL; }
static const struct pact *last_pact(const struct pair *p) { return p->pacts.count ? p->pacts.items[p->pacts.count - 1] : NULL; }
static const char *status_of(const struct verification *v) { return !v ? "unverified" : v->success ? "success" : "failed"; }

/* Every pair that has a pact. */
static void each_pair(struct call *c, void (*put)(struct call *c, const struct pair *p))
{
	const struct broker *b = c->broker;
	for (size_t i = 0; i < b->participants.count; i++)
		for (size_t k = 0; k < b->participants.items[i]->consumes.count; k++)
			if (b->participants.items[i]->consumes.items[k]->pacts.count)
				put(c, b->participants.items[i]->consumes.items[k]);
}

/* --- for Pact's clients ---------------------------------------------------------------------------------------------------------------------------------------- */

static void put_name(struct call *c, const char *key, const struct participant *p)
{
	json_out_key(&c->json, str_z(key));
	json_out_object(&c->json);
	put_participant_brief(c, p);
	json_out_end(&c->json);
}

static void put_integration(struct call *c, const struct pair *p)
{
	json_out_object(&c->json);
	put_name(c, "consumer", p->consumer);
	put_name(c, "provider", p->provider);
	json_kv_str(&c->json, "verificationStatus", str_z(status_of(last_result(last_pact(p)->content))));
	hal_begin(c);
	hal_link(c, "pb:dashboard", STR(""), STR(""), "/dashboard");
	hal_link(c, "pb:matrix", STR(""), STR(""), "/matrix/provider/%.*s/consumer/%.*s", STR_FMT(esc(c, p->provider->name)), STR_FMT(esc(c, p->consumer->name)));
	hal_end(c);
	json_out_end(&c->json);
}

void broker_integration_list(struct call *c)
{
	json_out_object(&c->json);
	hal_embedded(c, "integrations");
	each_pair(c, put_integration);
	hal_embedded_end(c);
	hal_begin(c);
	hal_link(c, "self", STR("All integrations"), STR(""), "/integrations");
	hal_end(c);
	json_out_end(&c->json);
}

void broker_integration_delete(struct call *c)
{
	const struct pair *p = path_pair_at(c, 0, 1);
	if (!p || !broker_begin(c) || !broker_do(c, "DELETE FROM contents WHERE consumer = ? AND provider = ?", "ii", p->consumer->id, p->provider->id))
		return;
	c->stale = true;
	c->status = 204;
}

static void put_versioned(struct call *c, const char *key, const struct participant *p, const struct version *v)
{
	json_out_key(&c->json, str_z(key));
	json_out_object(&c->json);
	json_kv_str(&c->json, "name", p->name);
	json_out_key(&c->json, STR("version"));
	if (v) {
		json_out_object(&c->json);
		put_version_brief(c, v);
		json_out_end(&c->json);
	} else {
		json_out_null(&c->json);
	}
	hal_begin(c);
	hal_link(c, "self", STR(""), STR(""), "%.*s", STR_FMT(path_participant(c, p)));
	hal_end(c);
	json_out_end(&c->json);
}

static void put_item(struct call *c, const struct pair *p)
{
	const struct pact *pact = last_pact(p);
	const struct verification *v = last_result(pact->content);
	json_out_object(&c->json);
	put_versioned(c, "consumer", p->consumer, pact->version);
	put_versioned(c, "provider", p->provider, v ? v->version : NULL);
	json_out_key(&c->json, STR("pact"));
	json_out_object(&c->json);
	put_time(c, "createdAt", pact->created);
	hal_begin(c);
	hal_link(c, "self", STR("Pact"), STR(""), "%.*s", STR_FMT(path_pact(c, pact)));
	hal_end(c);
	json_out_end(&c->json);
	json_out_key(&c->json, STR("latestVerificationResult"));
	if (v) {
		json_out_object(&c->json);
		json_kv_bool(&c->json, "success", v->success);
		put_time(c, "verifiedAt", v->created);
		hal_begin(c);
		hal_link(c, "self", STR(""), STR(""), "%.*s", STR_FMT(path_verification(c, v)));
		hal_end(c);
		json_out_end(&c->json);
	} else {
		json_out_null(&c->json);
	}
	json_kv_str(&c->json, "verificationStatus", v ? str_z(status_of(v)) : STR("never"));
	json_out_end(&c->json);
}

void broker_dashboard(struct call *c)
{
	json_out_object(&c->json);
	json_out_key(&c->json, STR("items"));
	json_out_array(&c->json);
	each_pair(c, put_item);
	json_out_end(&c->json);
	hal_begin(c);
	hal_link(c, "self", STR("Dashboard"), STR(""), "/dashboard");
	hal_end(c);
	json_out_end(&c->json);
}

/* Text for XML; names are UTF-8 without control characters already. */
static void put_xml(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] == '<')
			buf_add(b, STR("&lt;"));
		else if (s.p[i] == '&')
			buf_add(b, STR("&amp;"));
		else if (s.p[i] == '"')
			buf_add(b, STR("&quot;"));
		else
			buf_char(b, s.p[i]);
}

void broker_pact_badge(struct call *c)
{
	const struct pair *p = path_pair_at(c, 0, 1);
	const struct pact *pact = p ? last_pact(p) : NULL;
	if (!p)
		return;
	const struct verification *v = pact ? last_result(pact->content) : NULL;
	const char *words = !v ? "unknown" : v->success ? "verified" : "failed", *color = !v ? "#9f9f9f" : v->success ? "#2d7d46" : "#c0392b";
	size_t left = 10 + 7 * (p->consumer->name.len + p->provider->name.len + 1), right = 10 + 7 * strlen(words);
	c->content_type = STR("image/svg+xml;charset=utf-8");
	buf_printf(&c->out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%zu\" height=\"20\" role=\"img\" font-family=\"Verdana,sans-serif\" font-size=\"11\" fill=\"#fff\">"
			    "<rect width=\"%zu\" height=\"20\" fill=\"#555\"/><rect x=\"%zu\" width=\"%zu\" height=\"20\" fill=\"%s\"/><text x=\"5\" y=\"14\">",
		   left + right, left, left, right, color);
	put_xml(&c->out, p->consumer->name);
	buf_char(&c->out, '/');
	put_xml(&c->out, p->provider->name);
	buf_printf(&c->out, "</text><text x=\"%zu\" y=\"14\">%s</text></svg>", left + 5, words);
}

/* --- for the console ------------------------------------------------------------------------------------------------------------------------------------------- */

static struct str branch_name(const struct version *v) { return v && v->branches.count ? v->branches.items[v->branches.count - 1]->name : STR(""); }

static void put_latest(struct call *c, const struct pair *p)
{
	const struct pact *pact = last_pact(p);
	const struct verification *v = last_result(pact->content);
	json_out_key(&c->json, STR("latest"));
	json_out_object(&c->json);
	json_kv_str(&c->json, "consumer_version", pact->version->number);
	json_kv_str(&c->json, "branch", branch_name(pact->version));
	json_kv_str(&c->json, "provider_version", v ? v->version->number : STR(""));
	json_kv_str(&c->json, "result", str_z(status_of(v)));
	json_kv_i64(&c->json, "verified_ms", v ? v->created : 0);
	json_kv_i64(&c->json, "published_ms", pact->created);
	json_kv_str(&c->json, "pact", arena_printf(c->arena, "/pact-broker%.*s", STR_FMT(path_pact(c, pact))));
	json_out_end(&c->json);
}

struct meeting { const struct version *consumer, *provider; const struct verification *result; bool found; };

/* Of all that run side by side in an environment, the two that fit worst. */
static struct meeting worst_in(const struct pair *p, const struct environment *e)
{
	struct meeting worst = { 0 };
	int rank = -1;
	for (size_t i = 0; i < p->consumer->current.count; i++) {
		const struct deployment *d = p->consumer->current.items[i];
		const struct pact *pact = d->environment == e ? broker_pact_of(d->version, p) : NULL;
		bool met = false;
		for (size_t k = 0; pact && k <= p->provider->current.count; k++) {
			const struct deployment *other = k < p->provider->current.count ? p->provider->current.items[k] : NULL;
			if (other ? other->environment != e : met)
				continue;
			const struct verification *v = other ? broker_latest_by(pact->content, other->version) : NULL;
			int r = v && !v->success ? 2 : !v ? 1 : 0;
			met |= other != NULL;
			if (r > rank) {
				rank = r;
				worst = (struct meeting){ d->version, other ? other->version : NULL, v, true };
			}
		}
	}
	return worst;
}

static void put_environments(struct call *c, const struct pair *p)
{
	json_out_key(&c->json, STR("environments"));
	json_out_array(&c->json);
	for (size_t i = 0; i < c->broker->environments.count; i++) {
		const struct environment *e = c->broker->environments.items[i];
		struct meeting m = worst_in(p, e);
		if (!m.found)
			continue;
		json_out_object(&c->json);
		json_kv_str(&c->json, "environment", e->name);
		json_kv_str(&c->json, "consumer_version", m.consumer->number);
		json_kv_str(&c->json, "provider_version", m.provider ? m.provider->number : STR(""));
		json_kv_str(&c->json, "result", str_z(status_of(m.result)));
		json_kv_i64(&c->json, "verified_ms", m.result ? m.result->created : 0);
		json_out_end(&c->json);
	}
	json_out_end(&c->json);
}

/* No version of the provider has ever verified the newest content with success. */
static bool is_pending(const struct content *k)
{
	for (size_t i = 0; i < k->results.count; i++)
		if (k->results.items[i]->success && !k->results.items[i]->wip)
			return false;
	return true;
}

static void put_for_console(struct call *c, const struct pair *p)
{
	json_out_object(&c->json);
	json_kv_str(&c->json, "consumer", p->consumer->name);
	json_kv_str(&c->json, "provider", p->provider->name);
	put_latest(c, p);
	put_environments(c, p);
	json_kv_bool(&c->json, "pending", is_pending(last_pact(p)->content));
	json_out_end(&c->json);
}

static void put_all(struct call *c)
{
	json_out_object(&c->json);
	json_out_key(&c->json, STR("environments"));
	json_out_array(&c->json);
	for (size_t i = 0; i < c->broker->environments.count; i++) {
		json_out_object(&c->json);
		json_kv_str(&c->json, "name", c->broker->environments.items[i]->name);
		json_kv_bool(&c->json, "production", c->broker->environments.items[i]->production);
		json_out_end(&c->json);
	}
	json_out_end(&c->json);
	json_out_key(&c->json, STR("integrations"));
	json_out_array(&c->json);
	each_pair(c, put_for_console);
	json_out_end(&c->json);
	json_out_end(&c->json);
}

/* --- one pair, for the console --------------------------------------------------------------------------------------------------------------------------------- */

enum { ANSWER_MAX = 64 << 20, VERSIONS_SHOWN = 50, RESULTS_SHOWN = 20, FAILURES_SHOWN = 50, MISMATCHES_SHOWN = 20 };

static void put_mismatches(struct call *c, const struct json *list)
{
	json_out_key(&c->json, STR("mismatches"));
	json_out_array(&c->json);
	for (uint32_t i = 0; list && list->type == JSON_ARRAY && i < list->count && i < MISMATCHES_SHOWN; i++) {
		const struct json *m = &list->items[i];
		struct str where = json_get_str(m, STR("identifier"), json_get_str(m, STR("attribute"), STR(""))), what = json_get_str(m, STR("description"), STR("does not match"));
		json_out_str(&c->json, where.len ? arena_printf(c->arena, "%.*s: %.*s", STR_FMT(where), STR_FMT(what)) : what);
	}
	json_out_end(&c->json);
}

static struct str description_of(struct call *c, const struct json *test)
{
	struct str text = json_get_str(test, STR("interactionDescription"), STR("")), id = json_get_str(test, STR("interactionId"), STR(""));
	return text.len ? text : id.len ? arena_printf(c->arena, "interaction %.*s", STR_FMT(str_sub(id, 0, 12))) : STR("an interaction");
}

static void put_failures(struct call *c, const struct verification *v)
{
	struct err e = { 0 };
	sqlite3_stmt *s = v->success ? NULL : broker_query(c, "SELECT details FROM verifications WHERE id = ?", "i", v->id);
	struct str text = s && broker_row(c, s) ? broker_column(c->arena, s, 0) : (struct str){ 0 };
	broker_end(s);
	if (c->failed)
		return;
	const struct json *details = text.len ? json_parse(c->arena, text, &e) : NULL, *tests = json_get(details, STR("testResults"));
	size_t told = 0;
	json_out_key(&c->json, STR("failures"));
	json_out_array(&c->json);
	for (uint32_t i = 0; tests && tests->type == JSON_ARRAY && i < tests->count && told < FAILURES_SHOWN; i++) {
		const struct json *test = &tests->items[i];
		if (json_get_bool(test, STR("success"), false))
			continue;
		told++;
		json_out_object(&c->json);
		json_kv_str(&c->json, "interaction", description_of(c, test));
		put_mismatches(c, json_get(test, STR("mismatches")));
		json_out_end(&c->json);
	}
	json_out_end(&c->json);
}

static void put_version_of_pact(struct call *c, const struct pact *p)
{
	const struct content *k = p->content;
	json_out_object(&c->json);
	json_kv_str(&c->json, "consumer_version", p->version->number);
	json_kv_str(&c->json, "branch", branch_name(p->version));
	json_out_key(&c->json, STR("tags"));
	json_out_array(&c->json);
	for (size_t i = 0; i < p->version->tags.count; i++)
		json_out_str(&c->json, p->version->tags.items[i].name);
	json_out_end(&c->json);
	json_kv_i64(&c->json, "published_ms", p->created);
	json_kv_str(&c->json, "pact_id", str_from(k->sha, SHA_HEX));
	json_out_key(&c->json, STR("results"));
	json_out_array(&c->json);
	for (size_t i = k->results.count, n = 0; i-- > 0 && n < RESULTS_SHOWN && !c->failed; n++) {
		const struct verification *v = k->results.items[i];
		json_out_object(&c->json);
		json_kv_str(&c->json, "provider_version", v->version->number);
		json_kv_str(&c->json, "branch", branch_name(v->version));
		json_kv_bool(&c->json, "success", v->success);
		json_kv_i64(&c->json, "verified_ms", v->created);
		put_failures(c, v);
		if (c->failed)
			return;
		json_out_end(&c->json);
	}
	json_out_end(&c->json);
	json_out_end(&c->json);
}

static void put_pair(struct call *c, const struct pair *p)
{
	struct str text = content_text(c, last_pact(p)->content);
	if (!text.p)
		return;
	json_out_object(&c->json);
	json_kv_str(&c->json, "consumer", p->consumer->name);
	json_kv_str(&c->json, "provider", p->provider->name);
	json_out_key(&c->json, STR("versions"));
	json_out_array(&c->json);
	for (size_t i = p->pacts.count, n = 0; i-- > 0 && n < VERSIONS_SHOWN && !c->failed; n++)
		put_version_of_pact(c, p->pacts.items[i]);
	if (c->failed)
		return;
	json_out_end(&c->json);
	json_out_key(&c->json, STR("pact"));
	json_out_raw(&c->json, text);
	json_out_end(&c->json);
}

static bool name_from(struct call *c, struct str raw, size_t i)
{
	char *text = arena_bytes(c->arena, raw.len + 1);
	size_t n = text ? http_unescape(text, raw, false) : SIZE_MAX;
	c->parameters[i] = n == SIZE_MAX ? STR("") : str_from(text, n);
	return n != SIZE_MAX && n > 0;
}

static bool pair_of(struct call *c, struct str path, struct err *e)
{
	struct str rest = str_skip(path, 1), consumer = str_split(&rest, '/');
	if (!name_from(c, consumer, 0) || !rest.p || !name_from(c, rest, 1))
		return err_set(e, ERR_NOT_FOUND, "the path is /api/integrations/CONSUMER/PROVIDER");
	const struct participant *q = broker_participant(c->broker, c->parameters[0]), *p = broker_participant(c->broker, c->parameters[1]);
	const struct pair *pair = q && p ? broker_pair(q, p) : NULL;
	if (!pair || !pair->pacts.count)
		return err_set(e, ERR_NOT_FOUND, "there is no pact between %.*s and %.*s", STR_FMT(c->parameters[0]), STR_FMT(c->parameters[1]));
	put_pair(c, pair);
	return !c->failed || err_set(e, ERR_UNAVAILABLE, "the broker's file cannot be read");
}

static bool answer(struct call *c, struct str path, struct err *e)
{
	struct str method = http_request(c->x)->head.method;
	if (!c->broker->db)
		return err_set(e, ERR_UNAVAILABLE, "%s", c->broker->trouble);
	if (!str_eq(method, STR("GET")) && !str_eq(method, STR("HEAD")))
		return err_set(e, ERR_METHOD, "this path answers GET");
	if (path.len && !str_eq(path, STR("/")))
		return pair_of(c, path, e);
	put_all(c);
	return true;
}

void broker_integrations(struct broker *b, struct http_exchange *x, struct str path)
{
	struct call c = { .broker = b, .x = x, .arena = http_arena(x), .status = 200, .base = STR("") };
	struct err e = { 0 };
	buf_init(&c.out, ANSWER_MAX);
	json_out_init(&c.json, &c.out);
	bool ok = answer(&c, path, &e);
	if (ok && !buf_ok(&c.out))
		ok = err_set(&e, ERR_TOO_LARGE, "there is more than fits into an answer");
	if (ok)
		http_answer(x, 200, STR("application/json"), STR("Cache-Control: no-store\r\n"), buf_str(&c.out));
	else
		http_answer_err(x, &e);
	buf_release(&c.out);
}
