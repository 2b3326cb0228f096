/* See side_named.h. What exists under a name is that; only then a colon has a meaning. */
#include "cli/side_named.h"
#include "cli/output.h"

void side_progress(size_t done, size_t all)
{
	enum { EVERY = 256 };
	if (done == all)
		progress_end();
	else if (done % EVERY == 0) {
		struct buf b;
		buf_init(&b, 256);
		buf_printf(&b, "reading contracts: %zu of %zu files", done, all);
		progress(buf_str(&b));
		buf_release(&b);
	}
}

bool side_read_named(struct cli *c, struct side *s, struct err *e)
{
	struct str name = s->name, rest = name, word = str_split(&rest, ':');
	struct sys_stat st;
	s->progress = side_progress;
	if (sys_stat(side_absolute(&c->arena, name), &st) >= 0 || !rest.p)
		return name.len ? side_read_path(s, name, e) : err_set(e, ERR_USAGE, "an empty name means no contract; write . for this folder");
	if (str_eq(word, STR("lock")))
		return side_read_lock(s, rest, e);
	if (str_eq(word, STR("deployed")))
		return side_read_deployed(c, s, rest, e);
	if (!word.len)
		return err_set(e, ERR_USAGE, "`%.*s` names no revision; write for example main:api/", STR_FMT(name));
	return side_read_git(s, word, rest, e);
}
