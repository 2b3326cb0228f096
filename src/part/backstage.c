/* See backstage.h. */
#include "part/backstage.h"
#include "net/http1.h"
#include "part/web.h"

enum { PAGE_MEMORY = 512 << 20 };
/* Kinds that say something of services and people; members that are looked at. */
static const char filter[] = "filter=kind%3Dcomponent&filter=kind%3Dgroup&filter=kind%3Duser", fields[] = "fields=apiVersion,kind,metadata,spec,relations";

struct asking { struct web *web; struct str base; struct import *import; uint64_t hash; };

/* One page; *status: of an answer that is none, 0 without any. */
static bool page(struct asking *q, struct str url, struct arena *a, const struct json **answer, long *status, struct err *e)
{
	struct web_answer w;
	struct err wrong = { 0 };
	arena_reset(a);
	bool ok = web_ask(q->web, "GET", url, (struct str){ 0 }, STR(""), a, &w, e);
	*status = w.status;
	if (!ok)
		return false;
	*answer = json_parse(a, w.body, &wrong);
	q->hash = q->hash * 31 + str_hash(w.body);
	return *answer || err_set(e, ERR_UPSTREAM, "Backstage answers with something that is no JSON (%.200s): is %.*s its API?", wrong.message, STR_FMT(str_sub(q->base, 0, 160)));
}

static bool take(struct asking *q, const struct json *items, struct err *e)
{
	struct err wrong = { 0 };
	return import_backstage(q->import, items, &wrong) || err_set(e, wrong.code, "Backstage at %.*s: %s", STR_FMT(str_sub(q->base, 0, 160)), wrong.message);
}

static bool too_many(struct err *e) { return err_set(e, ERR_TOO_LARGE, "Backstage answers with more than %d pages", BACKSTAGE_PAGES_MAX); }

/* *there: the API knows by-query. */
static bool by_query(struct asking *q, struct arena *a, bool *there, struct err *e)
{
	struct buf url;
	const struct json *answer;
	long status;
	bool ok = true, more = true;
	*there = true;
	buf_init(&url, WEB_URL_MAX);
	buf_printf(&url, "%.*s/entities/by-query?limit=%d&%s&%s", STR_FMT(q->base), BACKSTAGE_PAGE, fields, filter);
	for (size_t n = 0; ok && more; n++) {
		struct err wrong = { 0 };
		ok = n < BACKSTAGE_PAGES_MAX ? page(q, buf_str(&url), a, &answer, &status, &wrong) : too_many(&wrong);
		/* Before it had by-query, it took these words for an entity's name. */
		if (!ok && n == 0 && (status == 404 || status == 400))
			*there = false;
		else if (!ok)
			*e = wrong;
		ok = ok && take(q, json_get(answer, STR("items")), e);
		struct str cursor = ok ? json_get_str(json_get(answer, STR("pageInfo")), STR("nextCursor"), STR("")) : STR("");
		more = cursor.len > 0;
		buf_clear(&url);
		buf_printf(&url, "%.*s/entities/by-query?limit=%d&%s&cursor=", STR_FMT(q->base), BACKSTAGE_PAGE, fields);
		http_escape(&url, cursor, NULL);
		if (ok && !buf_ok(&url))
			ok = err_set(e, ERR_TOO_LARGE, "Backstage's cursor is too long");
	}
	buf_release(&url);
	return ok;
}

static bool by_offset(struct asking *q, struct arena *a, struct err *e)
{
	const struct json *answer;
	long status;
	size_t got = BACKSTAGE_PAGE;
	for (size_t n = 0; got == BACKSTAGE_PAGE; n++) {
		struct str url = arena_printf(a, "%.*s/entities?limit=%d&offset=%zu&%s&%s", STR_FMT(q->base), BACKSTAGE_PAGE, n * BACKSTAGE_PAGE, fields, filter);
		char copy[WEB_URL_MAX];
		if (n == BACKSTAGE_PAGES_MAX || url.len > sizeof(copy))
			return too_many(e);
		memcpy(copy, url.p, url.len);
		if (!page(q, str_from(copy, url.len), a, &answer, &status, e) || !take(q, answer, e))
			return false;
		got = answer->count;
	}
	return true;
}

static struct import *ask(struct asking *q, struct str path, int64_t now, const struct repository **r, struct err *e)
{
	struct arena a;
	bool there;
	char head[32];
	arena_init(&a, PAGE_MEMORY);
	q->import = import_new(path, now);
	bool ok = q->import ? by_query(q, &a, &there, e) || (!there && by_offset(q, &a, e)) : err_set(e, ERR_NO_MEMORY, "no memory for Backstage's entities");
	if (ok) {
		hex_encode(head, (const uint8_t *)&q->hash, sizeof(q->hash));
		*r = import_end(q->import, str_from(head, 2 * sizeof(q->hash)));
		ok = *r || err_set(e, ERR_NO_MEMORY, "Backstage's entities do not fit into memory");
	}
	arena_release(&a);
	if (ok)
		return q->import;
	import_free(q->import);
	return NULL;
}

struct import *backstage_ask(struct str url, struct str token, struct str path, int64_t now, const struct repository **r, struct err *e)
{
	struct web_options o = { .url = url, .token = token, .token_name = "BACKSTAGE_TOKEN", .who = "Backstage", .type = "application/json" };
	struct asking q = { .web = web_open(&o, e) };
	struct arena a;
	struct import *i = NULL;
	arena_init(&a, 1 << 20);
	while (str_ends(url, STR("/")))
		url.len--;
	q.base = str_ends(url, STR("/api/catalog")) ? url : arena_printf(&a, "%.*s/api/catalog", STR_FMT(url));
	if (q.web)
		i = ask(&q, path, now, r, e);
	web_close(q.web);
	arena_release(&a);
	return i;
}
