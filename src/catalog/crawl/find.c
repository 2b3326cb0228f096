/* Where repositories are, and at which commit (crawl.h). */
#include "base/check.h"
#include "catalog/crawl/crawl.h"
#include "catalog/crawl/files.h"
#include "catalog/crawl/reading.h"
#include "model/git.h"
#include <stdlib.h>

enum { FOLDERS_MAX = 100000 };

static struct str join(struct arena *a, struct str folder, struct str name) { return arena_printf(a, "%.*s/%.*s", STR_FMT(folder), STR_FMT(name)); }

static bool is_folder(struct arena *a, struct str folder, const char *name)
{
	struct sys_stat st;
	return sys_stat(join(a, folder, str_z(name)), &st) >= 0 && st.directory;
}

static bool is_file(struct arena *a, struct str folder, const char *name)
{
	struct sys_stat st;
	return sys_stat(join(a, folder, str_z(name)), &st) >= 0 && st.regular;
}

static bool read_small(struct arena *a, struct str folder, const char *name, struct str *text)
{
	struct err e = { 0 };
	return sys_read_file(join(a, folder, str_z(name)), 16 << 20, a, text, &e);
}

static bool is_git_folder(struct arena *a, struct str folder) { return is_file(a, folder, "HEAD") && is_folder(a, folder, "objects"); }

/* ".git" of a linked work tree is a file: "gitdir: <path>", and there "commondir". */
static bool linked(struct arena *a, struct str folder, struct crawl_target *t)
{
	struct str text, common;
	if (!read_small(a, folder, ".git", &text) || !str_starts(text, STR("gitdir: ")))
		return false;
	text = str_strip(str_skip(text, 8));
	t->git = str_starts(text, STR("/")) ? text : join(a, folder, text);
	t->common = t->git;
	if (read_small(a, t->git, "commondir", &common)) {
		common = str_strip(common);
		t->common = str_starts(common, STR("/")) ? common : join(a, t->git, common);
	}
	return is_file(a, t->git, "HEAD");
}

static bool is_repository(struct arena *a, struct str folder, struct crawl_target *t)
{
	struct str git = join(a, folder, STR(".git"));
	*t = (struct crawl_target){ .path = folder, .top = folder, .prefix = STR(""), .git = git, .common = git };
	if (!is_git_folder(a, git) && !linked(a, folder, t)) {
		if (!is_git_folder(a, folder) || !is_folder(a, folder, "refs"))
			return false;
		t->git = t->common = folder; /* bare */
	}
	t->shallow = is_file(a, t->common, "shallow");
	return true;
}

static bool add(struct crawl_targets *t, struct arena *a, const struct crawl_target *x)
{
	for (size_t i = 0; i < t->count; i++)
		if (str_eq(t->items[i].path, x->path))
			return true;
	if (t->count == CRAWL_REPOSITORIES_MAX || !ARENA_PUSH_ROOM(a, t->items, t->count, t->capacity)) {
		t->cut = true;
		return false;
	}
	t->items[t->count++] = *x;
	return true;
}

struct walk { struct crawl_targets *to; struct arena *a; struct str folder; size_t depth, seen, found; };

static bool look(void *ctx, struct str name, bool directory)
{
	struct walk *w = ctx;
	struct crawl_target t;
	if (!directory || str_starts(name, STR(".")) || crawl_skips(name))
		return true;
	struct str before = w->folder, folder = join(w->a, before, name);
	if (sys_is_link(folder))
		return true;
	if (++w->seen > FOLDERS_MAX) {
		w->to->cut = true;
		return false;
	}
	if (is_repository(w->a, folder, &t)) {
		w->found++;
		return add(w->to, w->a, &t);
	}
	if (w->depth == CRAWL_DEPTH)
		return true;
	w->folder = folder;
	w->depth++;
	sys_list(folder, look, w);
	w->depth--;
	w->folder = before;
	return !w->to->cut;
}

/* The folder is part of a repository whose top is above it. */
static bool is_inside(struct arena *a, struct str folder, struct crawl_target *t)
{
	for (struct str top = path_folder(folder); top.len; top = path_folder(top)) {
		if (!is_repository(a, top, t))
			continue;
		t->path = folder;
		t->prefix = str_skip(folder, top.len + 1);
		return true;
	}
	return false;
}

struct clones { struct arena *a; struct str folder; bool found; };

static bool look_for_clone(void *ctx, struct str name, bool directory)
{
	struct clones *c = ctx;
	struct crawl_target t;
	struct str folder = join(c->a, c->folder, name);
	c->found = directory && !str_starts(name, STR(".")) && !crawl_skips(name) && !sys_is_link(folder) && is_repository(c->a, folder, &t) && (str_eq(t.git, folder) || str_eq(t.git, join(c->a, folder, STR(".git"))));
	return !c->found;
}

/* Clones lie right in it, not submodules (whose git folder lies elsewhere): then it is a folder of clones, even within a repository, which will ignore it. */
static bool has_clones(struct arena *a, struct str folder)
{
	struct clones c = { .a = a, .folder = folder };
	sys_list(folder, look_for_clone, &c);
	return c.found;
}

static int by_path(const void *x, const void *y) { return str_cmp(((const struct crawl_target *)x)->path, ((const struct crawl_target *)y)->path); }

bool crawl_find(struct crawl_targets *t, struct arena *a, struct str folder, struct err *e)
{
	struct crawl_target one;
	struct sys_stat st;
	while (folder.len > 1 && str_ends(folder, STR("/")))
		folder.len--;
	if (sys_stat(folder, &st) < 0 || !st.directory)
		return err_set(e, ERR_NOT_FOUND, "%.*s: there is no such folder", STR_FMT(folder));
	if (is_repository(a, folder, &one) || (!has_clones(a, folder) && is_inside(a, folder, &one))) {
		add(t, a, &one);
		return true;
	}
	struct walk w = { .to = t, .a = a, .folder = folder };
	sys_list(folder, look, &w);
	if (!w.found)
		add(t, a, &(struct crawl_target){ .path = folder, .top = STR(""), .prefix = STR("") });
	if (t->count)
		qsort(t->items, t->count, sizeof(*t->items), by_path);
	return true;
}

/* --- at which commit ------------------------------------------------------------------------------------------------------------------------------- */

static bool is_commit(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f')))
			return false;
	return s.len == 40 || s.len == 64;
}

static bool packed(struct arena *a, struct str common, struct str ref, struct str *head)
{
	struct str text;
	if (!read_small(a, common, "packed-refs", &text))
		return false;
	while (text.p) {
		struct str name = str_split(&text, '\n'), id = str_split(&name, ' ');
		if (str_eq(name, ref) && is_commit(id)) {
			*head = id;
			return true;
		}
	}
	return false;
}

static bool from_files(const struct crawl_target *t, struct arena *a, struct str *head)
{
	struct str text, id;
	if (!read_small(a, t->git, "HEAD", &text))
		return false;
	text = str_strip(text);
	if (is_commit(text)) {
		*head = text;
		return true;
	}
	if (!str_starts(text, STR("ref: refs/")))
		return false;
	struct str ref = str_skip(text, 5);
	if (path_from(a, STR(""), ref).len != ref.len || str_find(ref, STR("..")) != SIZE_MAX)
		return false;
	struct str name = arena_strz(a, ref);
	if (name.p && read_small(a, t->common, name.p, &id) && is_commit(str_strip(id))) {
		*head = str_strip(id);
		return true;
	}
	return packed(a, t->common, ref, head);
}

bool crawl_head(const struct crawl_target *t, struct arena *a, struct str *head, struct err *e)
{
	static const struct str words[] = { STR_INIT("rev-parse"), STR_INIT("--verify"), STR_INIT("--quiet"), STR_INIT("HEAD^{commit}") };
	struct buf out;
	struct err said = { 0 };
	if (!t->top.len)
		return crawl_fingerprint(t->path, a, head, e);
	if (from_files(t, a, head))
		return true;
	buf_init(&out, 4096);
	bool ok = git_run(a, t->top, words, ARRAY_LEN(words), &out, &said);
	struct str id = str_strip(buf_str(&out));
	ok = ok && is_commit(id);
	*head = ok ? arena_str(a, id) : STR("");
	buf_release(&out);
	if (said.code == ERR_NOT_FOUND) {
		*e = said;
		return false;
	}
	return ok || err_set(e, ERR_INPUT, "%.*s: it has no commit yet, or git may not read it", STR_FMT(t->path));
}
