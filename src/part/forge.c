/* See forge.h: which forge an address means, and its life. */
#include "part/forge.h"
#include "base/check.h"
#include "part/forge_impl.h"
#include "sys/sys.h"
#include <stdio.h>

static const struct forge_way *const ways[] = { &forge_github, &forge_gitlab, &forge_webhook };

bool forge_is(struct str where) { return str_find(where, STR("://")) != SIZE_MAX; }

static struct str host_of(struct str origin)
{
	struct str host = str_skip(origin, str_find(origin, STR("://")) + 3);
	size_t colon = str_starts(host, STR("[")) ? str_find(host, STR("]:")) : str_find_char(host, ':');
	return str_sub(host, 0, colon == SIZE_MAX ? host.len : str_starts(host, STR("[")) ? colon + 1 : colon);
}

static const struct forge_way *way_of(struct str *where, bool *named)
{
	for (size_t i = 0; i < ARRAY_LEN(ways); i++)
		if (str_starts(*where, str_z(ways[i]->prefix))) {
			*where = str_skip(*where, strlen(ways[i]->prefix));
			*named = true;
			return ways[i];
		}
	struct str origin = web_origin(*where, NULL), host = origin.p ? host_of(origin) : STR("");
	if (str_eq_ci(host, STR("github.com")) || str_ends(host, STR(".ghe.com")))
		return &forge_github;
	return str_starts(host, STR("gitlab.")) ? &forge_gitlab : &forge_webhook;
}

/* A token goes in clear text to this machine alone, or where somebody wrote the prefix and so meant it. */
static bool may_send(struct str origin, bool token, bool named)
{
	struct str host = host_of(origin);
	return !token || named || str_starts(origin, STR("https://")) || str_starts(host, STR("127.")) || str_eq(host, STR("localhost")) || str_eq(host, STR("[::1]"));
}

bool forge_open(struct forge *f, struct str where, bool look, struct str token, struct str state, struct err *e)
{
	bool named = false, user = false;
	*f = (struct forge){ .state = state };
	arena_init(&f->arena, FORGE_MEMORY);
	size_t hash = str_find_char(where, '#');
	f->scope = hash == SIZE_MAX ? STR("") : arena_str(&f->arena, str_skip(where, hash + 1));
	where = arena_str(&f->arena, str_sub(where, 0, hash));
	f->way = way_of(&where, &named);
	struct str origin = web_origin(where, &user), path = origin.p ? str_skip(where, origin.len) : STR("");
	if (!token.p)
		token = sys_env(f->way->token_name);
	if (user)
		return err_set(e, ERR_USAGE, "a URL with a user or password in it ends up in logs and histories: leave that out, and set GITHUB_TOKEN, GITLAB_TOKEN or PLEACH_WEBHOOK_TOKEN");
	if (origin.p && !token.len && f->way->token && !look)
		return err_set(e, ERR_USAGE, "%s wants to know who we are: set %s to a token that may write issues", f->way->who, f->way->token_name);
	if (origin.p && !may_send(origin, token.len > 0, named))
		return err_set(e, ERR_USAGE, "%.*s would get the token (%s) in clear text: write https, or %shttp://… if that is meant", STR_FMT(origin), f->way->token_name, f->way->prefix);
	if (origin.p && f->way != &forge_webhook) {
		path = str_sub(path, 0, str_find_char(path, '?'));
		while (str_ends(path, STR("/")))
			path.len--;
		path = str_starts(path, STR("/")) ? str_skip(path, 1) : path;
	}
	if (origin.p && !f->way->open(f, origin, path, e))
		return false;
	struct web_options o = { .url = f->api.len ? f->api : where, .token = token.p ? token : STR(""), .token_name = f->way->token_name, .who = f->way->who, .type = f->way->type, .secret = f->way->secret };
	f->web = web_open(&o, e);
	return f->web != NULL;
}

void forge_close(struct forge *f)
{
	web_close(f->web);
	arena_release(&f->arena);
	f->web = NULL;
}

bool forge_keep(struct forge *f, struct str number, struct str url, struct str body, bool open, struct err *e)
{
	if (f->count >= FORGE_ITEMS_MAX)
		return err_set(e, ERR_TOO_LARGE, "%.*s has more than %d issues of ours", STR_FMT(f->name), FORGE_ITEMS_MAX);
	if (!ARENA_PUSH_ROOM(&f->arena, f->items, f->count, f->room))
		return err_set(e, ERR_TOO_LARGE, "the issues of %.*s do not fit into memory", STR_FMT(f->name));
	f->items[f->count] = (struct work_item){ arena_str(&f->arena, number), arena_str(&f->arena, url), arena_str(&f->arena, body), open };
	return f->items[f->count++].body.p || err_set(e, ERR_TOO_LARGE, "the issues of %.*s do not fit into memory", STR_FMT(f->name));
}

bool forge_list(struct forge *f, const struct work_item **items, size_t *count, struct err *e)
{
	bool ok = f->way->list(f, e);
	*items = f->items;
	*count = f->count;
	return ok;
}

bool forge_do(struct forge *f, const struct work_step *s, struct str *url, struct err *e)
{
	*url = s->item ? s->item->url : STR("");
	return f->way->act(f, s, url, e);
}
