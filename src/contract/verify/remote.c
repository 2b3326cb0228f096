/* See remote.h: requests, links, and the pacts that come. */
#include "contract/verify/remote.h"
#include "base/base64.h"
#include "base/check.h"
#include "contract/verify/remote_impl.h"

bool remote_init(struct remote *b, struct loop *l, const struct url *u, struct str token, struct str user, struct str password, int64_t timeout, struct str version, struct err *e)
{
	struct buf coded;
	*b = (struct remote){ .loop = l, .url = *u, .timeout = timeout, .version = version };
	arena_init(&b->arena, BROKER_BYTES);
	b->http = http_client_new(l, NULL);
	CHECK(b->http);
	buf_init(&coded, 64 << 10);
	struct str plain = u->user.len ? u->user : user.len ? arena_printf(&b->arena, "%.*s:%.*s", STR_FMT(user), STR_FMT(password)) : STR("");
	if (token.len) {
		b->headers = arena_printf(&b->arena, "Authorization: Bearer %.*s\r\n", STR_FMT(token));
	} else if (plain.len) {
		base64_encode(&coded, plain);
		b->headers = arena_printf(&b->arena, "Authorization: Basic %.*s\r\n", STR_FMT(buf_str(&coded)));
	}
	buf_release(&coded);
	if (token.len && !http1_is_value(token))
		return err_set(e, ERR_USAGE, "the broker's token (PACT_BROKER_TOKEN) holds characters that no header can hold");
	return url_find(&b->url, l, 3 * SECOND, e);
}

void remote_release(struct remote *b)
{
	http_client_free(b->http);
	url_release(&b->url);
	arena_release(&b->arena);
}

/* --- requests ------------------------------------------------------------------------------------------------------------------------------ */

struct waiting { struct remote *b; int status; struct err err; struct str body; };

static void on_done(void *ctx, const struct http_result *r)
{
	struct waiting *w = ctx;
	w->status = r->status;
	w->err = r->err;
	w->body = r->status ? arena_str(&w->b->arena, r->body) : STR("");
	loop_stop(w->b->loop);
}

/* What the broker says about its refusal: {"error": …}, {"errors": …}, {"message": …} or plain words. */
static struct str words_of(struct remote *b, struct str body)
{
	struct err e = { 0 };
	const struct json *j = json_parse(&b->arena, body, &e);
	static const struct str keys[] = { STR_INIT("error"), STR_INIT("message") };
	const struct json *x = NULL;
	for (size_t i = 0; i < ARRAY_LEN(keys) && !(x && x->type == JSON_STRING); i++) {
		x = json_get(j, keys[i]);
		const struct json *inner = json_get(x, STR("message"));
		x = inner ? inner : x;
	}
	return str_sub(x && x->type == JSON_STRING ? x->s : body, 0, 300);
}

bool remote_ask(struct remote *b, const char *method, struct str target, struct str body, struct str *answer, struct err *e)
{
	struct waiting w = { .b = b };
	struct str headers = arena_printf(&b->arena, "%.*sUser-Agent: pleach/%.*s\r\nAccept: application/hal+json, application/json\r\n", STR_FMT(b->headers), STR_FMT(b->version));
	struct http_call_options o = { .method = str_z(method), .target = target, .headers = headers, .body = body,
		.content_type = body.len ? STR("application/json") : STR(""), .timeout = b->timeout, .max_body = BROKER_ANSWER_MAX, .ctx = &w };
	url_call(&b->url, &o);
	http_call(b->http, &o, on_done);
	loop_run(b->loop);
	if (!w.status)
		return err_set(e, w.err.code, "the broker at %s://%.*s: %s", url_scheme(&b->url), STR_FMT(b->url.authority), w.err.message);
	if (w.status == 401 || w.status == 403)
		return err_set(e, ERR_FORBIDDEN, "the broker at %s://%.*s refuses us (status %d): set PACT_BROKER_TOKEN, or PACT_BROKER_USERNAME and PACT_BROKER_PASSWORD", url_scheme(&b->url), STR_FMT(b->url.authority),
			w.status);
	if (w.status < 200 || w.status > 299) {
		struct str words = words_of(b, w.body);
		return err_set(e, w.status == 404 ? ERR_NOT_FOUND : ERR_UPSTREAM, "the broker answered %s %.*s with status %d: %.*s", method, STR_FMT(str_sub(target, 0, 120)), w.status, STR_FMT(words));
	}
	*answer = w.body;
	return w.body.p || w.body.len == 0 || err_set(e, ERR_NO_MEMORY, "the broker's answers are too large");
}

const struct json *remote_json(struct remote *b, const char *method, struct str target, struct str body, struct err *e)
{
	struct str text;
	struct err parse = { 0 };
	if (!remote_ask(b, method, target, body, &text, e))
		return NULL;
	const struct json *j = json_parse(&b->arena, text, &parse);
	if (!j)
		err_set(e, ERR_UPSTREAM, "the broker's answer to %s %.*s is no JSON: %s", method, STR_FMT(str_sub(target, 0, 120)), parse.message);
	return j;
}

/* --- links --------------------------------------------------------------------------------------------------------------------------------- */

struct str remote_path(struct str href)
{
	size_t scheme = str_find(href, STR("://"));
	if (scheme == SIZE_MAX)
		return href;
	struct str rest = str_skip(href, scheme + 3);
	size_t slash = str_find_char(rest, '/');
	return slash == SIZE_MAX ? STR("/") : str_skip(rest, slash);
}

struct str remote_link(const struct json *resource, struct str name)
{
	const struct json *link = json_get(json_get(resource, STR("_links")), name);
	if (link && link->type == JSON_ARRAY && link->count)
		link = &link->items[0];
	return remote_path(json_get_str(link, STR("href"), STR("")));
}

struct str remote_expand(struct remote *b, struct str link, const struct remote_value *values, size_t count)
{
	struct buf out;
	buf_init(&out, BROKER_LINK_MAX);
	while (link.len) {
		size_t open = str_find_char(link, '{'), close = str_find_char(link, '}');
		buf_add(&out, str_sub(link, 0, open));
		if (open == SIZE_MAX || close == SIZE_MAX || close < open)
			break;
		struct str name = str_sub(link, open + 1, close);
		for (size_t i = 0; i < count; i++)
			if (str_eq(values[i].name, name))
				http_escape(&out, values[i].value, NULL);
		link = str_skip(link, close + 1);
	}
	struct str s = buf_ok(&out) ? arena_str(&b->arena, buf_str(&out)) : STR("");
	buf_release(&out);
	return s;
}

const struct json *remote_index(struct remote *b, struct err *e)
{
	return remote_json(b, "GET", b->url.path.len ? b->url.path : STR("/"), STR(""), e);
}

/* --- pacts ----------------------------------------------------------------------------------------------------------------------------------- */

bool remote_get_pact(struct remote *b, struct str target, struct str name, struct verify *v, struct err *e)
{
	struct str text;
	struct err parse = { 0 };
	if (!remote_ask(b, "GET", target, STR(""), &text, e))
		return false;
	struct verify_pact *p = verify_add(v, name, text, e);
	const struct json *j = p ? json_parse(&b->arena, text, &parse) : NULL;
	if (!p)
		return false;
	p->results_link = arena_str(&v->arena, remote_link(j, STR("pb:publish-verification-results")));
	p->provider_link = arena_str(&v->arena, remote_link(j, STR("pb:provider")));
	return true;
}

static void take_notices(struct verify *v, struct verify_pact *p, const struct json *list)
{
	size_t n = list && list->type == JSON_ARRAY ? list->count : 0;
	n = n > BROKER_NOTICES_MAX ? BROKER_NOTICES_MAX : n;
	struct verify_notice *kept = n ? ARENA_ARRAY(&v->arena, n, struct verify_notice) : NULL;
	for (size_t i = 0; kept && i < n; i++) {
		kept[i].when = arena_str(&v->arena, json_get_str(&list->items[i], STR("when"), STR("")));
		kept[i].text = arena_str(&v->arena, json_get_str(&list->items[i], STR("text"), STR("")));
	}
	p->notices = kept;
	p->notice_count = kept ? n : 0;
}

static bool add_pact(struct remote *b, const struct json *entry, struct verify *v, struct err *e)
{
	const struct json *self = json_get(json_get(entry, STR("_links")), STR("self")), *properties = json_get(entry, STR("verificationProperties"));
	struct str href = json_get_str(self, STR("href"), STR("")), name = json_get_str(self, STR("name"), href);
	if (!href.len)
		return err_set(e, ERR_UPSTREAM, "the broker names a pact without a link to it");
	if (!remote_get_pact(b, remote_path(href), name, v, e))
		return false;
	struct verify_pact *p = CONTAINER_OF(v->last, struct verify_pact, next);
	p->pending = json_get_bool(properties, STR("pending"), false);
	p->wip = json_get_bool(properties, STR("wip"), false);
	take_notices(v, p, json_get(properties, STR("notices")));
	return true;
}

/* The question, in JSON. A selector that is none is the user's fault. */
static bool put_query(struct remote *b, const struct remote_query *q, struct json_out *o, struct err *e)
{
	struct err parse = { 0 };
	json_out_object(o);
	json_out_key(o, STR("consumerVersionSelectors"));
	json_out_array(o);
	for (size_t i = 0; i < q->selector_count; i++) {
		const struct json *j = json_parse(&b->arena, q->selectors[i], &parse);
		if (!j || j->type != JSON_OBJECT)
			return err_set(e, ERR_USAGE, "--selector: \"%.*s\" is no JSON object; write for example '{\"mainBranch\":true}' or '{\"deployedOrReleased\":true}'", STR_FMT(str_sub(q->selectors[i], 0, 200)));
		json_out_value(o, j);
	}
	json_out_end(o);
	json_kv_bool(o, "includePendingStatus", q->pending);
	if (q->wip_since.len)
		json_kv_str(o, "includeWipPactsSince", q->wip_since);
	if (q->branch.len)
		json_kv_str(o, "providerVersionBranch", q->branch);
	json_out_key(o, STR("providerVersionTags"));
	json_out_array(o);
	for (size_t i = 0; i < q->tag_count; i++)
		json_out_str(o, q->tags[i]);
	json_out_end(o);
	json_out_end(o);
	return true;
}

bool remote_fetch(struct remote *b, const struct remote_query *q, struct verify *v, struct err *e)
{
	struct buf body;
	struct json_out o;
	const struct json *index = remote_index(b, e);
	struct str link = index ? remote_link(index, STR("pb:provider-pacts-for-verification")) : STR("");
	if (!index)
		return false;
	if (!link.len)
		return err_set(e, ERR_UPSTREAM, "%s://%.*s%.*s is no Pact broker: it has no link pb:provider-pacts-for-verification", url_scheme(&b->url), STR_FMT(b->url.authority), STR_FMT(b->url.path));
	const struct remote_value values[] = { { STR("provider"), q->provider } };
	buf_init(&body, 1 << 20);
	json_out_init(&o, &body);
	bool ok = put_query(b, q, &o, e);
	const struct json *answer = ok ? remote_json(b, "POST", remote_expand(b, link, values, 1), buf_str(&body), e) : NULL;
	const struct json *pacts = json_get(json_get(answer, STR("_embedded")), STR("pacts"));
	buf_release(&body);
	ok = answer != NULL;
	for (uint32_t i = 0; ok && pacts && pacts->type == JSON_ARRAY && i < pacts->count; i++)
		ok = add_pact(b, &pacts->items[i], v, e);
	return ok;
}
