/* GitLab's issues (API v4): gitlab.com and servers of one's own. The project is asked for by its path once, and by its number from then on. */
#include "net/http1.h"
#include "part/forge_impl.h"

static const struct forge_names names = { .number = "iid", .url = "web_url", .body = "description", .closed = "closed", .change = "PUT", .comments = "notes", .state = "state_event", .open_word = "reopen",
					  .close_word = "close", .text = "body" };

static bool open(struct forge *f, struct str origin, struct str path, struct err *e)
{
	struct str host = str_skip(origin, str_find(origin, STR("://")) + 3), root = STR("");
	struct buf b;
	path = str_sub(path, 0, str_find(path, STR("/-/")));
	/* A server below a path ("relative URL root"): what stands before the two slashes. */
	size_t slashes = str_find(path, STR("//"));
	if (slashes != SIZE_MAX) {
		root = arena_printf(&f->arena, "/%.*s", STR_FMT(str_sub(path, 0, slashes)));
		path = str_skip(path, slashes + 2);
	}
	if (str_ends(path, STR(".git")))
		path.len -= 4;
	if (str_find_char(path, '/') == SIZE_MAX)
		return err_set(e, ERR_USAGE, "--todo: write %.*s/GROUP/PROJECT for issues of GitLab", STR_FMT(origin));
	f->api = arena_printf(&f->arena, "%.*s%.*s/api/v4", STR_FMT(origin), STR_FMT(root));
	f->name = arena_printf(&f->arena, "%.*s%.*s/%.*s", STR_FMT(host), STR_FMT(root), STR_FMT(path));
	buf_init(&b, WEB_URL_MAX);
	http_escape(&b, path, NULL);
	f->project = arena_str(&f->arena, buf_str(&b));
	buf_release(&b);
	return true;
}

static bool list(struct forge *f, struct err *e)
{
	struct arena a;
	struct web_answer answer;
	const struct json *project;
	arena_init(&a, FORGE_MEMORY);
	bool ok = forge_json(f, "GET", arena_printf(&a, "%.*s/projects/%.*s", STR_FMT(f->api), STR_FMT(f->project)), (struct str){ 0 }, &a, &project, &answer, e);
	int64_t id = ok ? json_get_i64(project, STR("id"), 0) : 0;
	if (ok && id <= 0)
		ok = err_set(e, ERR_UPSTREAM, "GitLab answers with no project: is %.*s its API?", STR_FMT(f->api));
	else if (ok && (str_eq(json_get_str(project, STR("issues_access_level"), STR("")), STR("disabled")) || !json_get_bool(project, STR("issues_enabled"), true)))
		ok = err_set(e, ERR_CONFLICT, "%.*s has no issues: turn them on in its settings, or name another project", STR_FMT(f->name));
	else if (ok && json_get_bool(project, STR("archived"), false))
		ok = err_set(e, ERR_CONFLICT, "%.*s is archived, so nothing can be raised there: name another project", STR_FMT(f->name));
	if (ok) {
		f->project = arena_printf(&f->arena, "%lld", (long long)id);
		ok = forge_pages(f, &names, arena_printf(&f->arena, "%.*s/projects/%.*s/issues?scope=all&order_by=created_at&sort=asc&per_page=%d", STR_FMT(f->api), STR_FMT(f->project), FORGE_PAGE), e);
	}
	arena_release(&a);
	return ok;
}

static bool act(struct forge *f, const struct work_step *s, struct str *url, struct err *e)
{
	return forge_issue_act(f, &names, arena_printf(&f->arena, "%.*s/projects/%.*s/issues", STR_FMT(f->api), STR_FMT(f->project)), s, url, e);
}

const struct forge_way forge_gitlab = { .prefix = "gitlab+", .who = "GitLab", .token_name = "GITLAB_TOKEN", .type = "application/json", .token = true, .open = open, .list = list, .act = act };
