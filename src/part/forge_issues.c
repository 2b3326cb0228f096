/* Issues as JSON in pages, as GitHub and GitLab have them (forge_impl.h). What they answer is held to be anybody's: each member is looked at before it is used. */
#include "base/check.h"
#include "part/forge_impl.h"
#include <stdio.h>

enum { BODY_MAX = 8 << 20, PAGE_MEMORY = 512 << 20 };

bool forge_json(struct forge *f, const char *method, struct str url, struct str body, struct arena *a, const struct json **out, struct web_answer *answer, struct err *e)
{
	struct err wrong = { 0 };
	if (!web_ask(f->web, method, url, body, STR(""), a, answer, e))
		return false;
	*out = json_parse(a, answer->body, &wrong);
	return *out || err_set(e, ERR_UPSTREAM, "%s answers %s %.*s with something that is no JSON (%.200s): is this its API?", f->way->who, method, STR_FMT(str_sub(url, 0, 160)), wrong.message);
}

/* An issue's number as text; empty: it has none. */
static struct str number_of(struct arena *a, const struct json *x, const char *key)
{
	int64_t n = json_get_i64(x, str_z(key), 0);
	return n > 0 ? arena_printf(a, "%lld", (long long)n) : STR("");
}

static bool keep_page(struct forge *f, const struct forge_names *n, const struct json *page, struct arena *a, struct err *e)
{
	if (page->type != JSON_ARRAY)
		return err_set(e, ERR_UPSTREAM, "%s answers with no list of issues: is this its API?", f->way->who);
	for (uint32_t i = 0; i < page->count; i++) {
		const struct json *x = &page->items[i];
		struct str body = json_get_str(x, str_z(n->body), STR("")), number = number_of(a, x, n->number), url = json_get_str(x, str_z(n->url), STR(""));
		if (!number.len || !json_get(x, STR("state")))
			return err_set(e, ERR_UPSTREAM, "%s answers with issues that have no number or state: is this its API?", f->way->who);
		/* GitHub's list has pull requests in it. */
		if (json_get(x, STR("pull_request")) || body.len > BODY_MAX || !work_is_ours(body, f->scope))
			continue;
		if (!forge_keep(f, number, url, body, !str_eq(json_get_str(x, STR("state"), STR("")), str_z(n->closed)), e))
			return false;
	}
	return true;
}

/* The next page: as a header says; else, where a page is full and nothing is said (a proxy may take headers away), the next number. Empty: that was all. */
static struct str next_of(struct arena *a, struct str first, const struct web_answer *answer, uint32_t count, size_t page)
{
	uint64_t said;
	if (answer->next.len)
		return answer->next;
	if (str_to_u64(answer->next_page, &said))
		return arena_printf(a, "%.*s&page=%llu", STR_FMT(first), (unsigned long long)said);
	return count >= FORGE_PAGE ? arena_printf(a, "%.*s&page=%zu", STR_FMT(first), page + 1) : STR("");
}

/* Issues move between pages when others are made or deleted meanwhile, so one may come twice; it counts once. */
static void once_each(struct forge *f)
{
	size_t n = 0;
	for (size_t i = 0; i < f->count; i++) {
		bool there = false;
		for (size_t k = 0; k < n && !there; k++)
			there = str_eq(f->items[k].number, f->items[i].number);
		if (!there)
			f->items[n++] = f->items[i];
	}
	f->count = n;
}

bool forge_pages(struct forge *f, const struct forge_names *n, struct str first, struct err *e)
{
	struct arena a;
	struct str url = first;
	char at[WEB_URL_MAX];
	bool ok = true;
	arena_init(&a, PAGE_MEMORY);
	for (size_t page = 1; ok && url.len; page++) {
		const struct json *j;
		struct web_answer answer;
		if (page > FORGE_PAGES_MAX || url.len >= sizeof(at)) {
			ok = err_set(e, ERR_TOO_LARGE, "%.*s has more than %d pages of issues: keep work items in a project of their own", STR_FMT(f->name), FORGE_PAGES_MAX);
			break;
		}
		memcpy(at, url.p, url.len);
		arena_reset(&a);
		ok = forge_json(f, "GET", str_from(at, url.len), (struct str){ 0 }, &a, &j, &answer, e) && keep_page(f, n, j, &a, e);
		url = ok ? next_of(&a, first, &answer, j->count, page) : STR("");
	}
	arena_release(&a);
	once_each(f);
	return ok;
}

/* --- one issue ---------------------------------------------------------------------------------------------------------------------------------------------- */

static struct str with(struct arena *a, const struct forge_names *n, const struct work_step *s, struct str body)
{
	struct buf b;
	struct json_out o;
	buf_init(&b, 4 * BODY_MAX);
	json_out_init(&o, &b);
	json_out_object(&o);
	if (s->action == WORK_RAISE)
		json_kv_str(&o, "title", s->title);
	json_kv_str(&o, n->body, body);
	if (s->action == WORK_CLOSE || s->action == WORK_DUPLICATE || s->action == WORK_REOPEN)
		json_kv_str(&o, n->state, str_z(s->action == WORK_REOPEN ? n->open_word : n->close_word));
	json_out_end(&o);
	struct str text = buf_ok(&b) ? arena_str(a, buf_str(&b)) : (struct str){ 0 };
	buf_release(&b);
	return text;
}

static bool comment(struct forge *f, const struct forge_names *n, struct str issue, struct str text, struct arena *a, struct err *e)
{
	struct buf b;
	struct json_out o;
	struct web_answer answer;
	buf_init(&b, 1 << 20);
	json_out_init(&o, &b);
	json_out_object(&o);
	json_kv_str(&o, n->text, text);
	json_out_end(&o);
	bool ok = web_ask(f->web, "POST", arena_printf(a, "%.*s/%s", STR_FMT(issue), n->comments), buf_str(&b), STR(""), a, &answer, e);
	buf_release(&b);
	return ok;
}

/* People may have written into the body since it was listed: what is sent is the body of now with the new block. */
static bool change(struct forge *f, const struct forge_names *n, struct str issue, const struct work_step *s, struct arena *a, struct err *e)
{
	const struct json *now;
	struct web_answer answer;
	if (!forge_json(f, "GET", issue, (struct str){ 0 }, a, &now, &answer, e))
		return false;
	struct str body = json_get_str(now, str_z(n->body), STR(""));
	struct work_block there = work_block_find(body);
	if (!there.key.len || !work_is_ours(body, f->scope) || !str_eq(there.key, work_key(a, f->scope, s->id)))
		return err_set(e, ERR_CONFLICT, "the issue %.*s was changed meanwhile, so that it is ours no more: run this again", STR_FMT(s->item->number));
	struct str text = with(a, n, s, work_block_replace(a, body, &there, s->block));
	if (!text.p)
		return err_set(e, ERR_TOO_LARGE, "the text of issue %.*s is too long", STR_FMT(s->item->number));
	return web_ask(f->web, n->change, issue, text, STR(""), a, &answer, e) && (!s->comment.len || comment(f, n, issue, s->comment, a, e));
}

bool forge_issue_act(struct forge *f, const struct forge_names *n, struct str issues, const struct work_step *s, struct str *url, struct err *e)
{
	struct arena a;
	const struct json *made;
	struct web_answer answer;
	arena_init(&a, PAGE_MEMORY);
	bool ok;
	if (s->action != WORK_RAISE) {
		ok = change(f, n, arena_printf(&a, "%.*s/%.*s", STR_FMT(issues), STR_FMT(s->item->number)), s, &a, e);
	} else {
		ok = forge_json(f, "POST", issues, with(&a, n, s, s->body), &a, &made, &answer, e);
		if (ok)
			*url = arena_str(&f->arena, json_get_str(made, str_z(n->url), STR("")));
	}
	arena_release(&a);
	return ok;
}
