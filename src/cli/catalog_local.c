/* See catalog_local.h. */
#include "cli/catalog_local.h"
#include "catalog/crawl/import.h"
#include "cli/output.h"
#include "model/git_url.h"
#include "part/clones.h"
#include "part/web.h"

static struct str begun; /* in the arena of the run */

void catalog_local_begin(struct cli *c) { begun = sys_cwd(&c->arena); }

static struct str absolute(struct cli *c, struct str path)
{
	while (path.len > 1 && str_ends(path, STR("/")))
		path.len--;
	if (str_starts(path, STR("/")))
		return path;
	struct str here = begun.p ? begun : sys_cwd(&c->arena);
	return str_eq(path, STR(".")) ? here : arena_printf(&c->arena, "%.*s/%.*s", STR_FMT(here), STR_FMT(str_starts(path, STR("./")) ? str_skip(path, 2) : path));
}

static bool fleet_root(struct cli *c, struct str *root)
{
	struct err ignored = { 0 };
	struct str start = cli_option(c, "fleet");
	return fleet_find_root(start.p ? absolute(c, start) : sys_cwd(&c->arena), &c->arena, root, &ignored);
}

/* Of remote repositories: of the fleet here, else the user's own. */
static struct str clones_folder(struct cli *c)
{
	struct str root, cache = sys_env("XDG_CACHE_HOME"), home = sys_env("HOME");
	if (fleet_root(c, &root))
		return arena_printf(&c->arena, "%.*s/" CATALOG_CLONES, STR_FMT(root));
	if (str_starts(cache, STR("/")))
		return arena_printf(&c->arena, "%.*s/pleach/clones", STR_FMT(cache));
	return str_starts(home, STR("/")) ? arena_printf(&c->arena, "%.*s/.cache/pleach/clones", STR_FMT(home)) : STR("");
}

static struct str *folders_named(struct cli *c, struct str list, size_t *count)
{
	struct str *folders = ARENA_ARRAY(&c->arena, CRAWL_FOLDERS_MAX, struct str), clones = clones_folder(c);
	*count = 0;
	while (folders && list.p && *count < CRAWL_FOLDERS_MAX) {
		struct str one = str_split(&list, '\n');
		if (!git_url_is(one))
			folders[(*count)++] = absolute(c, one);
		else if (clones_is_there(&c->arena, clones, one))
			folders[(*count)++] = clones_path(&c->arena, clones, one);
	}
	return folders;
}

/* Remote repositories are fetched first; what went wrong is in `out`, and told with the rest. */
static bool fetch(struct cli *c, const struct catalog_local *l, struct str list, struct buf *out, struct err *e)
{
	struct crawlers k;
	size_t count = 0;
	const struct str *urls = list.p || !l->fleet ? NULL : catalog_remotes(l->fleet, &c->arena, &count);
	struct str *named = urls ? NULL : ARENA_ARRAY(&c->arena, CRAWL_FOLDERS_MAX, struct str), clones = clones_folder(c);
	while (named && list.p && count < CRAWL_FOLDERS_MAX) {
		struct str one = str_split(&list, '\n');
		if (!git_url_is(one))
			continue;
		struct err wrong = { 0 };
		if (!git_url_check(one, &wrong))
			return err_set(e, ERR_USAGE, "--in: %s", wrong.message);
		named[count++] = one;
	}
	if (!count)
		return true;
	if (!clones.len)
		return err_set(e, ERR_USAGE, "clones are kept in the fleet, else below $XDG_CACHE_HOME or $HOME, and there is none of these: set one");
	progress(arena_printf(&c->arena, "fetching %zu repositories", count));
	struct err wrong = { 0 };
	bool ok = clones_start(&k, &c->arena, clones, l->fleet ? l->fleet->catalog.clone_size : CLONES_BYTES, urls ? urls : named, count, &wrong) && crawlers_collect(&k, out, NULL, NULL, &wrong);
	if (!ok) /* what is there already is worth being read */
		crawl_failure_line(out, STR("git"), str_z(wrong.message));
	progress_end();
	return true;
}

static void told(void *ctx, size_t lines)
{
	struct cli *c = ctx;
	progress(arena_printf(&c->arena, "repositories read: %zu", lines));
}

static bool crawl(struct cli *c, struct catalog_local *l, const struct str *folders, size_t count, const struct crawl_import *import, struct str state, struct buf *out, struct err *e)
{
	struct crawlers k;
	struct crawl_kept *before = state.len ? crawl_kept_read(state) : NULL;
	struct str known = state.len ? arena_printf(&c->arena, "%.*s/repositories.jsonl", STR_FMT(state)) : STR("");
	bool ok = crawlers_start(&k, &c->arena, folders, count, import->path.len ? import : NULL, known, e) && crawlers_collect(&k, out, told, c, e);
	progress_end();
	l->kept = ok ? crawl_kept_after(before, buf_str(out), e) : NULL;
	crawl_kept_free(before);
	return l->kept != NULL;
}

struct str catalog_local_state(struct cli *c)
{
	struct str root, state = sys_env("XDG_STATE_HOME"), home = sys_env("HOME");
	if (!cli_option(c, "in").p && fleet_root(c, &root))
		return arena_printf(&c->arena, "%.*s/" CATALOG_STATE, STR_FMT(root));
	if (str_starts(state, STR("/")))
		return arena_printf(&c->arena, "%.*s/pleach", STR_FMT(state));
	return str_starts(home, STR("/")) ? arena_printf(&c->arena, "%.*s/.local/state/pleach", STR_FMT(home)) : STR("");
}

bool catalog_local_fleet(struct cli *c)
{
	struct str root;
	return fleet_root(c, &root) || cli_option(c, "fleet").p;
}

/* The fleet here, if there is one; a wrong file keeps nobody from reading repositories. */
static void find_fleet(struct cli *c, struct catalog_local *l)
{
	struct str root;
	struct err ignored = { 0 };
	if (fleet_root(c, &root))
		l->fleet = fleet_load(root, &ignored, NULL);
}

/* --import, else what the fleet's files name. */
static bool find_import(struct cli *c, struct catalog_local *l, struct crawl_import *out, struct err *e)
{
	struct str said = cli_option(c, "import"), token = sys_env("BACKSTAGE_TOKEN");
	bool user = false;
	*out = (struct crawl_import){ .path = STR(""), .token = STR("") };
	if (!said.p)
		return !l->fleet || cli_option(c, "in").p || catalog_import(l->fleet, &c->arena, out, e);
	*out = (struct crawl_import){ .path = said, .token = token.p ? token : STR("") };
	if (str_starts(said, STR(IMPORT_BACKSTAGE)) && web_origin(str_skip(said, strlen(IMPORT_BACKSTAGE)), &user).p)
		return true;
	return err_set(e, ERR_USAGE, user ? "--import: a URL with a user or password in it ends up in logs: leave that out, and set BACKSTAGE_TOKEN" : "--import: write backstage=URL, for example backstage=http://127.0.0.1:7007");
}

bool catalog_local_read(struct cli *c, struct catalog_local *l, struct err *e)
{
	struct str in = cli_option(c, "in"), state = STR("");
	size_t count = 0;
	const struct str *folders;
	struct crawl_import import;
	bool importing = cli_option(c, "import").p != NULL;
	struct buf out;
	find_fleet(c, l);
	buf_init(&out, OWN_OUTPUT_MAX);
	if (!find_import(c, l, &import, e) || ((in.p || !importing || l->fleet) && !fetch(c, l, in, &out, e))) {
		buf_release(&out);
		return false;
	}
	if (in.p) {
		folders = folders_named(c, in, &count);
	} else if (l->fleet) {
		folders = catalog_folders(l->fleet, &c->arena, &count);
		/* What was asked for once is not kept as the fleet's. */
		state = importing ? STR("") : arena_printf(&c->arena, "%.*s/" CATALOG_STATE, STR_FMT(l->fleet->root));
	} else if (importing) {
		folders = &import.path; /* none of them */
	} else {
		folders = folders_named(c, STR("."), &count);
	}
	bool ok = folders && crawl(c, l, folders, count, &import, state, &out, e);
	buf_release(&out);
	if (!ok)
		return false;
	struct picture_sources s = { .repositories = l->kept->repositories, .repositories_count = l->kept->count, .fleet = in.p ? NULL : l->fleet, .identities = l->kept->identities,
				     .identities_count = l->kept->identities_count, .now = sys_wall() / 1000000000 };
	l->picture = picture_new(&s, e);
	struct err ignored = { 0 }; /* a folder that cannot be written to only costs time */
	if (l->picture && state.len)
		crawl_kept_write(l->kept, state, l->picture, &ignored);
	return l->picture != NULL;
}

struct str catalog_local_missing(struct cli *c, const struct catalog_local *l)
{
	struct str text = STR("what was seen: the fleet is not running");
	for (size_t i = 0; i < l->kept->failures_count && i < 5; i++)
		text = arena_printf(&c->arena, "%.*s; %.*s", STR_FMT(text), STR_FMT(l->kept->failures[i].message));
	if (l->kept->failures_count > 5)
		text = arena_printf(&c->arena, "%.*s; and %zu more", STR_FMT(text), l->kept->failures_count - 5);
	return l->kept->cut ? arena_printf(&c->arena, "%.*s; there are more repositories than are looked at", STR_FMT(text)) : text;
}

bool catalog_local_todo(struct cli *c, struct str *where, struct str *token, struct err *e)
{
	struct str root;
	struct fleet *f = fleet_root(c, &root) ? fleet_load(root, e, NULL) : NULL;
	if (!f)
		return err_is_set(e) ? false : err_set(e, ERR_USAGE, "--todo -: there is no pleach.yaml here that could name a place");
	struct str said = f->catalog.work_items, file = f->catalog.work_items_token;
	bool ok = said.len > 0 || err_set(e, ERR_USAGE, "--todo -: pleach.yaml names no place: `catalog: { work_items: https://github.com/OWNER/REPO }`, or a file");
	if (ok && file.len)
		ok = catalog_token(f, file, &c->arena, token, e);
	if (ok)
		*where = str_find(said, STR("://")) != SIZE_MAX || str_starts(said, STR("/")) ? arena_str(&c->arena, said) : arena_printf(&c->arena, "%.*s/%.*s", STR_FMT(root), STR_FMT(said));
	fleet_free(f);
	return ok;
}

void catalog_local_free(struct catalog_local *l)
{
	picture_free(l->picture);
	crawl_kept_free(l->kept);
	fleet_free(l->fleet);
}

struct str catalog_local_path(struct cli *c, struct str path) { return absolute(c, path); }
