/* GitHub's issues (REST, version 2022-11-28): github.com, *.ghe.com, and servers of one's own, which have the API below /api/v3. */
#include "net/http1.h"
#include "part/forge_impl.h"

static const struct forge_names names = { .number = "number", .url = "html_url", .body = "body", .closed = "closed", .change = "PATCH", .comments = "comments", .state = "state", .open_word = "open", .close_word = "closed",
					  .text = "body" };

static bool open(struct forge *f, struct str origin, struct str path, struct err *e)
{
	struct str rest = path, owner = str_split(&rest, '/'), name = rest.p ? str_split(&rest, '/') : STR(""), host = str_skip(origin, str_find(origin, STR("://")) + 3);
	struct buf b;
	if (str_ends(name, STR(".git")))
		name.len -= 4;
	if (!owner.len || !name.len || (rest.len && !str_eq(rest, STR("issues"))))
		return err_set(e, ERR_USAGE, "--todo: write %.*s/OWNER/REPO for issues of GitHub", STR_FMT(origin));
	if (str_eq_ci(host, STR("github.com")))
		f->api = STR("https://api.github.com");
	else if (str_ends(host, STR(".ghe.com")))
		f->api = arena_printf(&f->arena, "https://api.%.*s", STR_FMT(host));
	else
		f->api = arena_printf(&f->arena, "%.*s/api/v3", STR_FMT(origin));
	f->name = arena_printf(&f->arena, "%.*s/%.*s/%.*s", STR_FMT(host), STR_FMT(owner), STR_FMT(name));
	buf_init(&b, WEB_URL_MAX);
	http_escape(&b, owner, NULL);
	buf_char(&b, '/');
	http_escape(&b, name, NULL);
	f->project = arena_str(&f->arena, buf_str(&b));
	buf_release(&b);
	return true;
}

/* A repository that was renamed is led to; changes must go to where it is now, as they are not repeated elsewhere. */
static bool list(struct forge *f, struct err *e)
{
	struct arena a;
	struct web_answer answer;
	const struct json *repository;
	struct buf b;
	arena_init(&a, FORGE_MEMORY);
	bool ok = forge_json(f, "GET", arena_printf(&a, "%.*s/repos/%.*s", STR_FMT(f->api), STR_FMT(f->project)), (struct str){ 0 }, &a, &repository, &answer, e);
	struct str full = ok ? json_get_str(repository, STR("full_name"), STR("")) : STR("");
	if (ok && !full.len)
		ok = err_set(e, ERR_UPSTREAM, "GitHub answers with no repository: is %.*s its API?", STR_FMT(f->api));
	else if (ok && !json_get_bool(repository, STR("has_issues"), true))
		ok = err_set(e, ERR_CONFLICT, "%.*s has no issues: turn them on in its settings, or name another repository", STR_FMT(f->name));
	else if (ok && json_get_bool(repository, STR("archived"), false))
		ok = err_set(e, ERR_CONFLICT, "%.*s is archived, so nothing can be raised there: name another repository", STR_FMT(f->name));
	if (ok) {
		buf_init(&b, WEB_URL_MAX);
		http_escape(&b, full, "/");
		f->project = arena_str(&f->arena, buf_str(&b));
		buf_release(&b);
		ok = forge_pages(f, &names, arena_printf(&f->arena, "%.*s/repos/%.*s/issues?state=all&sort=created&direction=asc&per_page=%d", STR_FMT(f->api), STR_FMT(f->project), FORGE_PAGE), e);
	}
	arena_release(&a);
	return ok;
}

static bool act(struct forge *f, const struct work_step *s, struct str *url, struct err *e)
{
	return forge_issue_act(f, &names, arena_printf(&f->arena, "%.*s/repos/%.*s/issues", STR_FMT(f->api), STR_FMT(f->project)), s, url, e);
}

const struct forge_way forge_github = { .prefix = "github+", .who = "GitHub", .token_name = "GITHUB_TOKEN", .type = "application/vnd.github+json", .token = true, .open = open, .list = list, .act = act };
