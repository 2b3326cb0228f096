/* Sides from git revisions: the list of the revision's files once, then the texts of those that may be contracts. */
#include "cli/side_named.h"
#include "base/check.h"
#include "model/git.h"
#include "cli/output.h"

struct entry { struct str path, id; size_t size; };
struct revision {
	struct side *side;
	struct git_batch batch;
	struct entry *entries;     /* files of the whole tree */
	size_t count, capacity;
	struct map by_path;        /* from the repository's top to (index + 1) */
};

static bool word(struct arena *a, const struct str *words, size_t count, struct str *out, struct err *e)
{
	struct buf b;
	buf_init(&b, 64 << 10);
	bool ok = git_run(a, STR(""), words, count, &b, e);
	if (ok)
		*out = arena_str(a, str_strip(buf_str(&b)));
	buf_release(&b);
	return ok;
}

static bool tree_of(struct arena *a, struct str revision, struct str *tree, struct err *e)
{
	struct err said = { 0 };
	struct str words[] = { STR("rev-parse"), STR("--verify"), STR("--quiet"), arena_printf(a, "%.*s^{tree}", STR_FMT(revision)) };
	if (!str_starts(revision, STR("-")) && word(a, words, ARRAY_LEN(words), tree, &said))
		return true;
	if (said.code == ERR_NOT_FOUND || said.code == ERR_TIMEOUT) {
		*e = said;
		return false;
	}
	return err_set(e, ERR_INPUT,
		"there is no revision `%.*s` in this repository; `git branch -a` lists the branches. In CI, fetch it first: `git fetch --depth 1 origin %.*s`, and write FETCH_HEAD for it",
		STR_FMT(str_sub(revision, 0, 100)), STR_FMT(str_sub(revision, 0, 100)));
}

/* "100644 blob <id> <size>\t<path>"; links and submodules are no files of a contract. */
static bool add_entry(struct revision *r, struct str line, struct err *e)
{
	struct arena *a = &r->side->source.arena;
	struct str path = line, head = str_split(&path, '\t'), mode = str_split(&head, ' '), kind = str_split(&head, ' '), id = str_split(&head, ' ');
	uint64_t size;
	if (!path.p || !str_eq(kind, STR("blob")) || str_eq(mode, STR("120000")) || !str_to_u64(str_strip(head), &size))
		return true;
	if (!ARENA_PUSH_ROOM(a, r->entries, r->count, r->capacity))
		return err_set(e, ERR_NO_MEMORY, "the revision holds too many files");
	r->entries[r->count++] = (struct entry){ arena_str(a, path), arena_str(a, id), (size_t)size };
	return map_put(&r->by_path, r->entries[r->count - 1].path, (void *)(uintptr_t)r->count) || err_set(e, ERR_TOO_LARGE, "the revision holds more than %d files", SIDE_NAMES_MAX);
}

static bool list(struct revision *r, struct str tree, struct err *e)
{
	struct arena scratch;
	struct buf b;
	struct str words[] = { STR("ls-tree"), STR("-r"), STR("-z"), STR("-l"), STR("--full-tree"), tree };
	arena_init(&scratch, 1 << 20);
	buf_init(&b, GIT_LIST_MAX);
	bool ok = git_run(&scratch, STR(""), words, ARRAY_LEN(words), &b, e);
	struct str rest = buf_str(&b);
	while (ok && rest.p && rest.len)
		ok = add_entry(r, str_split(&rest, 0), e);
	buf_release(&b);
	arena_release(&scratch);
	return ok;
}

static const struct entry *find(const struct revision *r, struct str path)
{
	uintptr_t index = (uintptr_t)map_get(&r->by_path, path);
	return index ? &r->entries[index - 1] : NULL;
}

static bool read_entry(void *ctx, struct str path, struct arena *a, struct str *text, bool *cut, struct err *e)
{
	struct revision *r = ctx;
	size_t size;
	const struct entry *x = find(r, str_skip(side_join(a, r->side->base, path), 1));
	if (!x)
		return false;
	*cut = x->size > SOURCE_FILE_MAX;
	*text = STR("");
	return *cut || git_batch_read(&r->batch, x->id, SOURCE_FILE_MAX, a, text, &size, e);
}

/* Path of the entry below the folder (from the top); empty when it is not in it, or in a folder that is not looked into. */
static struct str below(struct str path, struct str folder)
{
	struct str inner = path;
	if (folder.len) {
		if (path.len <= folder.len || !str_starts(path, folder) || path.p[folder.len] != '/')
			return STR("");
		inner = str_skip(path, folder.len + 1);
	}
	for (struct str rest = inner; rest.p;) {
		struct str name = str_split(&rest, '/');
		if (rest.p && side_skips_folder(name))
			return STR("");
	}
	return inner;
}

static bool is_folder(const struct revision *r, struct str folder)
{
	for (size_t i = 0; i < r->count; i++)
		if (!folder.len || (str_starts(r->entries[i].path, folder) && r->entries[i].path.len > folder.len && r->entries[i].path.p[folder.len] == '/'))
			return true;
	return false;
}

static size_t levels(struct str folder)
{
	size_t n = folder.len > 0;
	for (size_t i = 0; i < folder.len; i++)
		n += folder.p[i] == '/';
	return n;
}

/* Sets base and what is shown; `here` is the working directory from the repository's top. */
static void set_base(struct side *s, struct str here, struct str folder)
{
	struct arena *a = &s->source.arena;
	s->base = arena_printf(a, "/%.*s", STR_FMT(folder));
	s->shown = side_relative(a, arena_printf(a, "/%.*s", STR_FMT(here)), s->base);
	s->top = levels(folder);
}

static bool gather(struct revision *r, struct str here, struct str path, struct err *e)
{
	struct side *s = r->side;
	struct arena *a = &s->source.arena;
	struct side_reader reader = { read_entry, r };
	if (find(r, path)) {
		set_base(s, here, side_folder(path));
		s->only = side_folder(path).len ? str_skip(path, side_folder(path).len + 1) : path;
		return side_gather(s, &reader, &s->only, 1, e);
	}
	struct str *paths = ARENA_ARRAY(a, r->count ? r->count : 1, struct str);
	size_t count = 0;
	set_base(s, here, path);
	for (size_t i = 0; paths && i < r->count; i++) {
		struct str inner = below(r->entries[i].path, path);
		if (inner.len && side_may_hold(inner))
			paths[count++] = inner;
	}
	return paths ? side_gather(s, &reader, paths, count, e) : err_set(e, ERR_NO_MEMORY, "the revision holds too many files");
}

bool side_read_git(struct side *s, struct str revision, struct str path, struct err *e)
{
	static const struct str show_prefix[] = { STR_INIT("rev-parse"), STR_INIT("--show-prefix") };
	struct revision r = { .side = s };
	struct arena *a = &s->source.arena;
	struct str here, tree;
	s->elsewhere = true;
	if (!word(a, show_prefix, ARRAY_LEN(show_prefix), &here, e) || !tree_of(a, revision, &tree, e))
		return false;
	here = side_join(a, STR(""), here);
	map_init(&r.by_path, SIDE_NAMES_MAX);
	bool ok = list(&r, tree, e);
	/* From here, like every other path of a command line; else from the top, as git itself takes it. */
	struct str wanted = str_starts(path, STR("/")) ? side_join(a, STR(""), str_skip(path, 1)) : side_join(a, here, path);
	if (ok && !find(&r, wanted) && !is_folder(&r, wanted))
		wanted = side_join(a, STR(""), path);
	s->missing = ok && !find(&r, wanted) && !is_folder(&r, wanted);
	if (ok && s->missing) {
		struct str named = side_join(a, here, path), folder = side_folder(named);
		set_base(s, here, folder);
		s->only = str_skip(named, folder.len + (folder.len > 0));
	} else if (ok) {
		ok = git_batch_open(&r.batch, a, STR(""), e) && gather(&r, here, wanted, e);
		git_batch_close(&r.batch);
	}
	map_release(&r.by_path);
	return ok;
}
