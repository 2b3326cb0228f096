/* See files.h. */
#include "catalog/crawl/files.h"
#include "base/check.h"
#include "model/codeowners.h"
#include "model/git.h"
#include <stdlib.h>

enum { FOLDER_DEPTH = 32 };

bool crawl_skips(struct str name)
{
	static const char *const names[] = { "node_modules", "vendor", "third_party", "third-party", "testdata", "fixtures", "__fixtures__", "__pycache__", "target", "dist", "site-packages" };
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq(name, str_z(names[i])))
			return true;
	return false;
}

bool crawl_skips_path(struct str path)
{
	while (path.p) {
		struct str part = str_split(&path, '/');
		if (path.p && crawl_skips(part))
			return true;
	}
	return false;
}

static bool push(struct crawl_files *f, struct arena *a, struct crawl_file x)
{
	if (f->count == CRAWL_FILES_MAX) {
		f->cut = true;
		return false;
	}
	if (!ARENA_PUSH_ROOM(a, f->items, f->count, f->capacity))
		return false;
	f->items[f->count++] = x;
	return true;
}

/* --- of a commit: "100644 blob <id>\t<path>" ----------------------------------------------------------------------------------------------------- */

static bool take_entry(struct crawl_files *f, struct arena *a, struct str line)
{
	struct str path = line, head = str_split(&path, '\t'), mode = str_split(&head, ' '), kind = str_split(&head, ' ');
	if (!str_eq(kind, STR("blob")) || str_eq(mode, STR("120000")) || path.len > CRAWL_PATH_MAX || crawl_skips_path(path))
		return true;
	return push(f, a, (struct crawl_file){ .path = path, .id = head });
}

static bool of_commit(const struct crawl_target *t, struct str head, struct arena *a, struct crawl_files *f, struct err *e)
{
	struct str words[GIT_WORDS_MAX] = { STR("ls-tree"), STR("-r"), STR("-z"), STR("--full-tree"), head, STR("--"), t->prefix };
	size_t n = 7;
	struct buf b;
	for (size_t i = 0; i < CODEOWNERS_PLACES; i++) /* stands at the top whatever part is looked at */
		words[n++] = codeowners_places[i];
	buf_init(&b, GIT_LIST_MAX);
	bool ok = git_run(a, t->top, words, t->prefix.len ? n : 5, &b, e);
	struct str text = ok ? arena_str(a, buf_str(&b)) : STR("");
	buf_release(&b);
	if (!ok)
		return false;
	if (!text.p)
		return err_set(e, ERR_NO_MEMORY, "%.*s: the names of its files do not fit into memory", STR_FMT(t->path));
	while (text.len && take_entry(f, a, str_split(&text, 0)))
		;
	return !a->full || err_set(e, ERR_NO_MEMORY, "%.*s: the names of its files do not fit into memory", STR_FMT(t->path));
}

/* --- of a folder ----------------------------------------------------------------------------------------------------------------------------------- */

struct walk { struct crawl_files *to; struct arena *a; struct str root, folder; size_t depth; };

static bool one_name(void *ctx, struct str name, bool directory)
{
	struct walk *w = ctx;
	struct str before = w->folder, path = arena_printf(w->a, "%.*s%s%.*s", STR_FMT(before), before.len ? "/" : "", STR_FMT(name));
	struct str full = arena_printf(w->a, "%.*s/%.*s", STR_FMT(w->root), STR_FMT(path));
	struct sys_stat st;
	if (!full.p || path.len > CRAWL_PATH_MAX || sys_is_link(full) || sys_stat(full, &st) < 0)
		return !w->a->full;
	if (directory) {
		if (w->depth == FOLDER_DEPTH || crawl_skips(name) || str_eq(name, STR(".git")) || str_eq(name, STR(".pleach")))
			return true;
		w->folder = path;
		w->depth++;
		sys_list(full, one_name, w);
		w->depth--;
		w->folder = before;
		return !w->to->cut && !w->a->full;
	}
	if (!st.regular)
		return true;
	return push(w->to, w->a, (struct crawl_file){ .path = path, .id = arena_printf(w->a, "%lld-%lld", (long long)st.size, (long long)st.modified), .time = st.modified / 1000000000 });
}

static int by_path(const void *x, const void *y) { return str_cmp(((const struct crawl_file *)x)->path, ((const struct crawl_file *)y)->path); }

static bool of_folder(struct str folder, struct arena *a, struct crawl_files *f, struct err *e)
{
	struct walk w = { .to = f, .a = a, .root = folder, .folder = STR("") };
	if (sys_list(folder, one_name, &w) < 0 || a->full)
		return err_set(e, ERR_NOT_FOUND, "%.*s: the folder cannot be read", STR_FMT(folder));
	if (f->count)
		qsort(f->items, f->count, sizeof(*f->items), by_path);
	return true;
}

bool crawl_files_of(const struct crawl_target *t, struct str head, struct arena *a, struct crawl_files *out, struct err *e)
{
	*out = (struct crawl_files){ 0 };
	return t->top.len ? of_commit(t, head, a, out, e) : of_folder(t->path, a, out, e);
}

bool crawl_fingerprint(struct str folder, struct arena *a, struct str *fingerprint, struct err *e)
{
	struct crawl_files f = { 0 };
	uint64_t hash = 1;
	if (!of_folder(folder, a, &f, e))
		return false;
	for (size_t i = 0; i < f.count; i++) {
		uint64_t step[3] = { hash, str_hash(f.items[i].path), str_hash(f.items[i].id) };
		hash = str_hash(str_from((const char *)step, sizeof(step)));
	}
	*fingerprint = arena_printf(a, "files-%016llx", (unsigned long long)hash);
	return fingerprint->p || err_set(e, ERR_NO_MEMORY, "%.*s: its files do not fit into memory", STR_FMT(folder));
}
