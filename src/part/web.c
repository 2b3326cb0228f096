/* See web.h. */
#include "part/web.h"
#include "base/json.h"
#include "base/time.h"
#include "net/curl_load.h"
#include "sys/sys.h"
#include <stdlib.h>

enum { HEAD_MAX = 64 << 10, WORDS_MAX = 300, TRIES_MAX = 4 };

struct web {
	struct arena arena;
	const struct curl_api *curl;
	CURL *easy;
	struct str origin, token;
	const char *token_name, *who, *type, *certificates;
	bool secret;
	int64_t waited;             /* seconds */
};
/* One request and what comes back. */
struct trip { struct buf head, body; char error[CURL_ERROR_SIZE]; struct curl_slist *headers; struct str location; int64_t wait; bool limited; };

/* --- URLs -------------------------------------------------------------------------------------------------------------------------------------------------- */

struct str web_origin(struct str url, bool *user)
{
	size_t scheme = str_starts(url, STR("https://")) ? 8 : str_starts(url, STR("http://")) ? 7 : 0, end = scheme;
	while (end < url.len && !strchr("/?#\\", url.p[end]))
		end++;
	struct str host = str_sub(url, scheme, end);
	if (user)
		*user = str_find_char(host, '@') != SIZE_MAX;
	for (size_t i = 0; i < url.len; i++)
		if ((unsigned char)url.p[i] <= 0x20 || url.p[i] == 0x7f)
			return (struct str){ 0 };
	return !scheme || !host.len || url.len > WEB_URL_MAX || str_find_char(host, '@') != SIZE_MAX ? (struct str){ 0 } : str_sub(url, 0, end);
}

bool web_is_here(const struct web *w, struct str url)
{
	struct str origin = web_origin(url, NULL);
	return origin.p && str_eq_ci(origin, w->origin);
}

/* --- life -------------------------------------------------------------------------------------------------------------------------------------------------- */

struct web *web_open(const struct web_options *o, struct err *e)
{
	bool user;
	struct str origin = web_origin(o->url, &user);
	const struct curl_api *curl = origin.p ? curl_load(e) : NULL;
	if (!origin.p && user)
		err_set(e, ERR_USAGE, "a URL with a user or password in it ends up in logs and histories: leave that out, and set %s", o->token_name);
	else if (!origin.p)
		err_set(e, ERR_USAGE, "`%.*s` is no URL of http or https", STR_FMT(str_sub(o->url, 0, 200)));
	for (size_t i = 0; i < o->token.len; i++)
		if ((unsigned char)o->token.p[i] <= 0x20 || (unsigned char)o->token.p[i] >= 0x7f)
			err_set(e, ERR_USAGE, "the token (%s) holds characters that no header can hold", o->token_name);
	struct web *w = err_is_set(e) ? NULL : calloc(1, sizeof(*w));
	if (!w) {
		err_set(e, ERR_NO_MEMORY, "no memory for a request");
		return NULL;
	}
	arena_init(&w->arena, 1 << 20);
	*w = (struct web){ .arena = w->arena, .curl = curl, .easy = curl->easy_init(), .token_name = o->token_name, .who = o->who, .type = o->type, .secret = o->secret };
	w->origin = arena_str(&w->arena, origin);
	w->token = arena_str(&w->arena, o->token);
	struct str certificates = sys_env("SSL_CERT_FILE");
	w->certificates = certificates.len ? arena_strz(&w->arena, certificates).p : NULL;
	if (w->easy && !w->arena.full)
		return w;
	err_set(e, ERR_NO_MEMORY, "no memory for a request");
	web_close(w);
	return NULL;
}

void web_close(struct web *w)
{
	if (!w)
		return;
	if (w->easy)
		w->curl->easy_cleanup(w->easy);
	arena_release(&w->arena);
	free(w);
}

/* --- one request ------------------------------------------------------------------------------------------------------------------------------------------- */

static size_t on_head(char *p, size_t size, size_t n, void *ctx)
{
	struct trip *t = ctx;
	struct str line = str_from(p, size * n);
	if (str_starts(line, STR("HTTP/")))
		buf_clear(&t->head); /* of an earlier answer (100 Continue) */
	buf_add(&t->head, line);
	return buf_ok(&t->head) ? size * n : 0;
}

static size_t on_body(char *p, size_t size, size_t n, void *ctx)
{
	struct trip *t = ctx;
	buf_add(&t->body, str_from(p, size * n));
	return buf_ok(&t->body) ? size * n : 0;
}

static bool header(struct web *w, struct trip *t, struct str line)
{
	struct arena a;
	arena_init(&a, 16 << 10);
	struct str z = arena_strz(&a, line);
	struct curl_slist *next = z.p ? w->curl->slist_append(t->headers, z.p) : NULL;
	arena_release(&a);
	if (next)
		t->headers = next;
	return next != NULL;
}

static bool headers(struct web *w, struct trip *t, bool body, struct str key)
{
	struct arena a;
	arena_init(&a, 64 << 10);
	bool ok = header(w, t, arena_printf(&a, "Accept: %s", w->type)) && header(w, t, STR("Expect:")) && (!w->token.len || header(w, t, arena_printf(&a, "Authorization: Bearer %.*s", STR_FMT(w->token)))) &&
		  (!body || header(w, t, STR("Content-Type: application/json"))) && (!key.len || header(w, t, arena_printf(&a, "Idempotency-Key: %.*s", STR_FMT(key))));
	arena_release(&a);
	return ok;
}

static bool set_up(struct web *w, struct trip *t, const char *method, const char *url, struct str body, struct str key)
{
	const struct curl_api *c = w->curl;
	CURL *y = w->easy;
	c->easy_reset(y); /* keeps connections */
	if (!headers(w, t, body.p != NULL, key))
		return false;
	bool ok = c->easy_setopt(y, CURLOPT_URL, url) == CURLE_OK && c->easy_setopt(y, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK && c->easy_setopt(y, CURLOPT_CUSTOMREQUEST, method) == CURLE_OK &&
		  c->easy_setopt(y, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK && c->easy_setopt(y, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
		  (!w->certificates || c->easy_setopt(y, CURLOPT_CAINFO, w->certificates) == CURLE_OK);
	if (body.p) {
		c->easy_setopt(y, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
		ok = ok && c->easy_setopt(y, CURLOPT_POSTFIELDS, body.p) == CURLE_OK;
	}
	c->easy_setopt(y, CURLOPT_HTTPHEADER, t->headers);
	c->easy_setopt(y, CURLOPT_NOSIGNAL, 1L);
	c->easy_setopt(y, CURLOPT_FOLLOWLOCATION, 0L);
	/* On a connection that it used before and that ends without an answer libcurl sends again by itself; on a fresh one it does not. */
	c->easy_setopt(y, CURLOPT_FRESH_CONNECT, strcmp(method, "GET") == 0 ? 0L : 1L);
	c->easy_setopt(y, CURLOPT_CONNECTTIMEOUT_MS, (long)WEB_CONNECT_MS);
	c->easy_setopt(y, CURLOPT_TIMEOUT_MS, (long)WEB_WHOLE_MS);
	c->easy_setopt(y, CURLOPT_LOW_SPEED_LIMIT, 1L);
	c->easy_setopt(y, CURLOPT_LOW_SPEED_TIME, (long)WEB_SILENCE_S);
	c->easy_setopt(y, CURLOPT_WRITEFUNCTION, on_body);
	c->easy_setopt(y, CURLOPT_WRITEDATA, t);
	c->easy_setopt(y, CURLOPT_HEADERFUNCTION, on_head);
	c->easy_setopt(y, CURLOPT_HEADERDATA, t);
	c->easy_setopt(y, CURLOPT_ERRORBUFFER, t->error);
	c->easy_setopt(y, CURLOPT_ACCEPT_ENCODING, "");
	c->easy_setopt(y, CURLOPT_USERAGENT, "pleach");
	return ok;
}

/* --- what came back ---------------------------------------------------------------------------------------------------------------------------------------- */

/* A header's value; empty: none. */
static struct str field(const struct trip *t, const char *name)
{
	struct str lines = buf_str(&t->head);
	while (lines.p) {
		struct str value = str_strip(str_split(&lines, '\n')), key = str_split(&value, ':');
		if (value.p && str_eq_ci(key, str_z(name)))
			return str_strip(value);
	}
	return STR("");
}

/* RFC 8288, as far as forges use it: <https://…>; rel="next", … */
static struct str link_next(struct str links)
{
	while (links.p) {
		size_t from = str_find_char(links, '<'), to = from == SIZE_MAX ? SIZE_MAX : str_find_char(str_skip(links, from), '>');
		if (to == SIZE_MAX)
			break;
		struct str url = str_sub(links, from + 1, from + to), rest = str_skip(links, from + to + 1), words = rest;
		size_t more = str_find_char(rest, '<');
		words = str_sub(rest, 0, more == SIZE_MAX ? rest.len : more);
		if (str_find_ci(words, STR("rel=\"next\"")) != SIZE_MAX || str_find_ci(words, STR("rel=next")) != SIZE_MAX)
			return url;
		links = more == SIZE_MAX ? (struct str){ 0 } : str_skip(rest, more);
	}
	return STR("");
}

/* How long it wants us to stay away, in seconds; limited: that is why it refuses. again: the request changes nothing, so that it may be repeated where 503 does not say whether it was done. */
static void read_limits(struct trip *t, long status, bool again)
{
	uint64_t n;
	struct str after = field(t, "Retry-After"), left = field(t, "X-RateLimit-Remaining"), reset = field(t, "X-RateLimit-Reset");
	int64_t now = sys_wall() / 1000000000, when;
	if (!left.len)
		left = field(t, "RateLimit-Remaining"), reset = field(t, "RateLimit-Reset"); /* GitLab's */
	t->limited = status == 429 || (status == 403 && (after.len || str_eq(left, STR("0")))) || (status == 503 && after.len && again);
	t->wait = 1;
	if (str_to_u64(after, &n))
		t->wait = n < 86400 ? (int64_t)n : 86400;
	else if (after.len && time_parse(after, &when))
		t->wait = when / 1000000000 - now;
	else if (str_eq(left, STR("0")) && str_to_u64(reset, &n) && n < INT64_MAX)
		t->wait = (int64_t)n - now;
	else if (t->limited && !after.len)
		t->wait = 2;
	if (t->wait < 0)
		t->wait = 0;
}

/* What the other side says of its refusal, without our token, on one line. */
static struct str words(struct web *w, struct arena *a, struct str body)
{
	struct err ignored = { 0 };
	const struct json *j = body.len && body.len < (1 << 20) ? json_parse(a, body, &ignored) : NULL, *m = json_get(j, STR("message"));
	struct str said = STR("");
	struct buf b;
	if (m && m->type == JSON_STRING)
		said = m->s;
	else if (json_get(j, STR("error")))
		said = json_get_str(j, STR("error"), json_get_str(json_get(j, STR("error")), STR("message"), STR("")));
	if (w->token.len && str_find(said, w->token) != SIZE_MAX)
		said = STR("");
	buf_init(&b, 4 * WORDS_MAX);
	said = str_sub(said, 0, WORDS_MAX);
	for (size_t i = 0; i < said.len; i++)
		buf_char(&b, (unsigned char)said.p[i] < 0x20 || said.p[i] == 0x7f ? ' ' : said.p[i]);
	said = buf_str(&b).len ? arena_printf(a, ": %.*s", STR_FMT(buf_str(&b))) : STR("");
	buf_release(&b);
	return said;
}

static bool refused(struct web *w, const struct trip *t, long status, const char *method, struct str url, struct arena *a, struct err *e)
{
	struct str said = words(w, a, buf_str(&t->body)), place = w->secret ? w->origin : str_sub(str_sub(url, 0, str_find_char(url, '?')), 0, 160);
	const char *set = w->token.len ? "holds a token that is not good there (expired?)" : "is not set";
	if (status == 401)
		return err_set(e, ERR_FORBIDDEN, "%s does not know who we are (401 of %.*s%.*s): %s %s", w->who, STR_FMT(place), STR_FMT(said), w->token_name, set);
	if (status == 403)
		return err_set(e, ERR_FORBIDDEN, "%s refuses %s %.*s (403%.*s): the token of %s may not do that; give it the right to", w->who, method, STR_FMT(place), STR_FMT(said), w->token_name);
	if (status == 404 || status == 410)
		return err_set(e, ERR_NOT_FOUND, "%s has no %.*s (%ld%.*s): is it written rightly, and may the token of %s see it?", w->who, STR_FMT(place), status, STR_FMT(said), w->token_name);
	if (status >= 300 && status < 400)
		return err_set(e, ERR_UPSTREAM, "%s leads from %.*s to %.*s, which is somewhere else: name that place, if it is meant", w->who, STR_FMT(place),
			       STR_FMT(str_sub(t->location.len ? t->location : STR("nowhere"), 0, 160)));
	return err_set(e, ERR_UPSTREAM, "%s answers %ld to %s %.*s%.*s", w->who, status, method, STR_FMT(place), STR_FMT(said));
}

static bool too_busy(struct web *w, const struct trip *t, struct err *e)
{
	struct buf b;
	buf_init(&b, 64);
	time_rfc3339(&b, sys_wall() + t->wait * 1000000000, 0);
	err_set(e, ERR_OVERLOAD, "%s takes no more requests of ours before %.*s: run this again then; what is done stays done, and nothing is done twice", w->who, STR_FMT(buf_str(&b)));
	buf_release(&b);
	return false;
}

static void wait_for(struct web *w, int64_t seconds)
{
	struct sys_event ignored[1];
	int64_t until = sys_now() + seconds * 1000000000, now;
	int poller = sys_poller();
	while (poller >= 0 && (now = sys_now()) < until)
		sys_poll_wait(poller, ignored, 1, until - now);
	sys_poller_close(poller);
	w->waited += seconds + 1;
}

/* Sends it once. 0: no answer. */
static long send_once(struct web *w, struct trip *t, const char *method, const char *url, struct str body, struct str key, struct err *e)
{
	long status = 0;
	buf_clear(&t->head);
	buf_clear(&t->body);
	CURLcode code = set_up(w, t, method, url, body, key) ? w->curl->easy_perform(w->easy) : CURLE_OUT_OF_MEMORY;
	w->curl->slist_free_all(t->headers);
	t->headers = NULL;
	if (code == CURLE_OK)
		w->curl->easy_getinfo(w->easy, CURLINFO_RESPONSE_CODE, &status);
	else if (!buf_ok(&t->body) || !buf_ok(&t->head))
		err_set(e, ERR_TOO_LARGE, "%s answers with more than %d MiB", w->who, WEB_ANSWER_MAX >> 20);
	else if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE)
		err_set(e, ERR_UPSTREAM, "%.*s does not prove who it is: %s. Give its authority to the system, or name it by SSL_CERT_FILE", STR_FMT(w->origin), t->error[0] ? t->error : w->curl->easy_strerror(code));
	else
		err_set(e, code == CURLE_OPERATION_TIMEDOUT ? ERR_TIMEOUT : code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST ? ERR_UNAVAILABLE : ERR_UPSTREAM, "%s gave no whole answer at %.*s: %s", w->who,
			STR_FMT(w->origin), t->error[0] ? t->error : w->curl->easy_strerror(code));
	return status;
}

static bool take(struct web *w, const struct trip *t, struct arena *a, struct web_answer *out, struct err *e)
{
	struct str next = link_next(field(t, "Link"));
	out->body = arena_str(a, buf_str(&t->body));
	out->next = arena_str(a, next);
	out->next_page = arena_str(a, field(t, "X-Next-Page"));
	if (!out->body.p || !out->next.p || !out->next_page.p)
		return err_set(e, ERR_TOO_LARGE, "the answers of %s are too large", w->who);
	return true;
}

/* Where a redirect of a GET leads, whole; empty: not to where we may go. */
static struct str redirected(struct web *w, const struct trip *t, struct arena *a)
{
	struct str to = t->location;
	if (str_starts(to, STR("/")) && !str_starts(to, STR("//")))
		to = arena_printf(a, "%.*s%.*s", STR_FMT(w->origin), STR_FMT(to));
	return to.p && web_is_here(w, to) ? arena_strz(a, to) : STR("");
}

static bool go(struct web *w, struct trip *t, const char *method, struct str url, struct str body, struct str key, struct arena *a, struct web_answer *out, struct err *e)
{
	struct str at = arena_strz(a, url);
	int redirects = 0, tries = 0;
	while (at.p) {
		long status = out->status = send_once(w, t, method, at.p, body, key, e);
		if (!status)
			return false;
		read_limits(t, status, str_eq(str_z(method), STR("GET")));
		t->location = arena_str(a, field(t, "Location"));
		if (status >= 200 && status < 300)
			return take(w, t, a, out, e);
		if (t->limited) {
			if (w->waited + t->wait > WEB_WAIT_MAX || ++tries >= TRIES_MAX)
				return too_busy(w, t, e);
			wait_for(w, t->wait);
			continue;
		}
		struct str to = status >= 301 && status <= 308 && str_eq(str_z(method), STR("GET")) ? redirected(w, t, a) : STR("");
		if (!to.len || ++redirects > WEB_REDIRECTS_MAX)
			return refused(w, t, status, method, at, a, e);
		at = to;
	}
	return err_set(e, ERR_NO_MEMORY, "no memory for a request");
}

bool web_ask(struct web *w, const char *method, struct str url, struct str body, struct str key, struct arena *a, struct web_answer *out, struct err *e)
{
	struct trip t = { 0 };
	*out = (struct web_answer){ 0 };
	if (!web_is_here(w, url))
		return err_set(e, ERR_UPSTREAM, "%s leads to %.*s, which is somewhere else than %.*s: it is not asked", w->who, STR_FMT(str_sub(url, 0, 160)), STR_FMT(w->origin));
	buf_init(&t.head, HEAD_MAX);
	buf_init(&t.body, WEB_ANSWER_MAX);
	bool ok = go(w, &t, method, url, body, key, a, out, e);
	buf_release(&t.head);
	buf_release(&t.body);
	return ok;
}
