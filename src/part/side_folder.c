/* Sides from the machine's files: a folder is walked once, links that lead back into it are not followed. */
#include "contract/lock.h"
#include "part/side.h"
#include "sys/sys.h"

enum { BEGINNING = 64 << 10 };

static bool read_file(void *ctx, struct str path, struct arena *a, struct str *text, bool *cut, struct err *e)
{
	struct side *s = ctx;
	struct sys_stat st;
	struct str name = side_join(a, s->base, path);
	if (sys_stat(name, &st) < 0 || !st.regular)
		return false;
	*cut = st.size > SOURCE_FILE_MAX;
	if (!*cut)
		return sys_read_file(name, SOURCE_FILE_MAX, a, text, e);
	int fd = sys_open(name, SYS_OPEN_READ);
	char *p = arena_bytes(a, BEGINNING);
	int64_t got = fd < 0 ? fd : p ? sys_pread(fd, p, BEGINNING, 0) : SYS_LIMIT;
	if (fd >= 0)
		sys_close(fd);
	if (got < 0)
		return sys_err(e, got, "cannot read %.*s", STR_FMT(name));
	*text = str_from(p, (size_t)got);
	return true;
}

/* One folder on the way down; `above` leads to the base. */
struct walk {
	struct side *side;
	struct err *e;
	struct str *paths;
	size_t count, capacity, visited;
};
struct level {
	struct walk *walk;
	const struct level *above;
	struct str path;           /* from the base */
	uint64_t device, inode;
	size_t depth;
};

static bool walk_folder(struct level *l);

static bool is_above(const struct level *l, const struct sys_stat *st)
{
	for (; l; l = l->above)
		if (l->device == st->device && l->inode == st->inode)
			return true;
	return false;
}

static bool one_name(void *ctx, struct str name, bool directory)
{
	struct level *l = ctx;
	struct walk *w = l->walk;
	struct arena *a = &w->side->source.arena;
	struct sys_stat st;
	if (++w->visited > SIDE_NAMES_MAX)
		return err_set(w->e, ERR_TOO_LARGE, "%.*s holds more than %d files; name the folder of the contracts only", STR_FMT(w->side->name), SIDE_NAMES_MAX);
	bool holds = side_may_hold(name);
	if (!directory && !holds)
		return true;
	struct str path = l->path.len ? arena_printf(a, "%.*s/%.*s", STR_FMT(l->path), STR_FMT(name)) : arena_str(a, name);
	if (directory) {
		if (side_skips_folder(name) || l->depth == SIDE_DEPTH_MAX || sys_stat(side_join(a, w->side->base, path), &st) < 0 || is_above(l, &st))
			return true;
		struct level below = { w, l, path, st.device, st.inode, l->depth + 1 };
		return walk_folder(&below);
	}
	if (!path.p || !ARENA_PUSH_ROOM(a, w->paths, w->count, w->capacity))
		return err_set(w->e, ERR_NO_MEMORY, "%.*s holds too many files", STR_FMT(w->side->name));
	w->paths[w->count++] = path;
	return true;
}

static bool walk_folder(struct level *l)
{
	int code = sys_list(side_join(&l->walk->side->source.arena, l->walk->side->base, l->path), one_name, l);
	if (code < 0 && code != SYS_NOT_FOUND && !l->depth)
		return sys_err(l->walk->e, code, "cannot read %.*s", STR_FMT(l->walk->side->name));
	return !err_is_set(l->walk->e);
}

void side_set_base(struct side *s, struct str base)
{
	struct arena *a = &s->source.arena;
	struct str top = side_top(a, base), way = side_relative(a, base, top), cwd = sys_cwd(a);
	s->base = base;
	s->shown = side_relative(a, cwd, base);
	for (s->top = 0; str_starts(way, STR("..")); way = str_skip(way, 3))
		s->top++;
}

bool side_read_path(struct side *s, struct str path, struct err *e)
{
	struct arena *a = &s->source.arena;
	struct side_reader reader = { read_file, s };
	struct str full = side_absolute(a, path);
	struct sys_stat st;
	if (sys_stat(full, &st) < 0) {
		s->missing = true;
		side_set_base(s, side_folder(full));
		s->only = str_skip(full, side_folder(full).len + 1);
		return true;
	}
	if (!st.directory) {
		struct str folder = side_folder(full);
		side_set_base(s, folder);
		s->only = str_skip(full, str_eq(folder, STR("/")) ? 1 : folder.len + 1);
		return side_gather(s, &reader, &s->only, 1, e);
	}
	side_set_base(s, full);
	struct walk w = { .side = s, .e = e };
	struct level base = { &w, NULL, STR(""), st.device, st.inode, 0 };
	return walk_folder(&base) && side_gather(s, &reader, w.paths, w.count, e);
}

bool side_read_lock_text(struct side *s, struct str name, struct str text, struct err *e)
{
	struct lock lock;
	if (!lock_read(&s->source.arena, side_join(&s->source.arena, s->shown, name), text, &lock, e))
		return false;
	s->elsewhere = true;
	for (size_t i = 0; i < lock.count; i++)
		if (!side_add(s, lock.files[i].path, lock.files[i].text, e))
			return false;
	return true;
}

bool side_read_lock(struct side *s, struct str path, struct err *e)
{
	struct arena *a = &s->source.arena;
	struct str full = side_absolute(a, path), text;
	struct sys_stat st;
	if (sys_stat(full, &st) >= 0 && st.directory)
		full = side_join(a, full, STR(LOCK_FILE));
	side_set_base(s, side_folder(full));
	if (!sys_read_file(full, (size_t)SOURCE_MAX + (64 << 20), a, &text, e))
		return false;
	return side_read_lock_text(s, str_skip(full, s->base.len + 1), text, e);
}
