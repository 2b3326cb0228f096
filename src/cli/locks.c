/* Which lock files a path is about (contract.h). */
#include "base/check.h"
#include "cli/contract.h"
#include "contract/lock.h"

struct search { struct cli *cli; struct lock_list *out; struct str folder; size_t depth, *visited; struct err *e; };

static bool add(struct cli *c, struct lock_list *out, struct str path)
{
	if (!ARENA_PUSH_ROOM(&c->arena, out->items, out->count, out->capacity))
		return false;
	out->items[out->count++] = path;
	return true;
}

static bool one_name(void *ctx, struct str name, bool directory)
{
	struct search *s = ctx;
	struct arena *a = &s->cli->arena;
	if (++*s->visited > SIDE_NAMES_MAX)
		return err_set(s->e, ERR_TOO_LARGE, "%.*s holds more than %d files; name the folder of the contracts", STR_FMT(s->folder), SIDE_NAMES_MAX);
	if (!directory)
		return !str_eq(name, STR(LOCK_FILE)) || add(s->cli, s->out, side_join(a, s->folder, name));
	if (side_skips_folder(name) || s->depth == SIDE_DEPTH_MAX / 2)
		return true;
	struct search below = { s->cli, s->out, side_join(a, s->folder, name), s->depth + 1, s->visited, s->e };
	sys_list(below.folder, one_name, &below);
	return !err_is_set(s->e);
}

bool contract_locks(struct cli *c, struct str name, struct lock_list *out, struct err *e)
{
	struct str full = side_absolute(&c->arena, name);
	struct sys_stat st;
	size_t visited = 0;
	*out = (struct lock_list){ 0 };
	if (sys_stat(full, &st) < 0)
		return err_set(e, ERR_NOT_FOUND, "there is no file or folder %.*s here", STR_FMT(name));
	struct str folder = st.directory ? full : side_folder(full), nearest = side_nearest(&c->arena, folder, LOCK_FILE);
	if (nearest.len)
		return add(c, out, nearest);
	struct search s = { c, out, folder, 0, &visited, e };
	sys_list(folder, one_name, &s);
	return !err_is_set(e);
}
