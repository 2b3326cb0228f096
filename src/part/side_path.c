/* Paths of contracts: normal forms, from one folder to another, and how far up a contract reaches. */
#include "part/side.h"
#include "sys/sys.h"

enum { PARTS_MAX = 256 };
struct parts { struct str items[PARTS_MAX]; size_t count, up; }; /* up: ".." that nothing stood before */

static bool add(struct parts *p, struct str path)
{
	while (path.p) {
		struct str part = str_split(&path, '/');
		if (!part.len || str_eq(part, STR(".")))
			continue;
		if (!str_eq(part, STR(".."))) {
			if (p->count == PARTS_MAX)
				return false;
			p->items[p->count++] = part;
		} else if (p->count) {
			p->count--;
		} else {
			p->up++;
		}
	}
	return true;
}

static struct str joined(struct arena *a, bool absolute, size_t up, const struct str *items, size_t count)
{
	struct buf b;
	buf_init(&b, 64 << 10);
	if (absolute)
		buf_char(&b, '/');
	for (size_t i = 0; i < up && !absolute; i++)
		buf_add(&b, i + 1 < up || count ? STR("../") : STR(".."));
	for (size_t i = 0; i < count; i++) {
		buf_add(&b, items[i]);
		if (i + 1 < count)
			buf_char(&b, '/');
	}
	struct str s = buf_ok(&b) ? arena_str(a, buf_str(&b)) : STR("");
	buf_release(&b);
	return s;
}

struct str side_join(struct arena *a, struct str base, struct str path)
{
	struct parts p = { .count = 0 };
	bool absolute = str_starts(path, STR("/")) || str_starts(base, STR("/"));
	if ((!str_starts(path, STR("/")) && !add(&p, base)) || !add(&p, path))
		return STR("");
	return joined(a, absolute, p.up, p.items, p.count);
}

struct str side_absolute(struct arena *a, struct str path) { return side_join(a, sys_cwd(a), path); }

struct str side_relative(struct arena *a, struct str base, struct str path)
{
	struct parts from = { .count = 0 }, to = { .count = 0 };
	size_t same = 0;
	if (!add(&from, base) || !add(&to, path))
		return STR("");
	while (same < from.count && same < to.count && str_eq(from.items[same], to.items[same]))
		same++;
	return joined(a, false, from.count - same, to.items + same, to.count - same);
}

struct str side_folder(struct str path)
{
	size_t end = path.len;
	while (end && path.p[end - 1] != '/')
		end--;
	return end > 1 ? str_sub(path, 0, end - 1) : str_sub(path, 0, end);
}

static bool exists(struct arena *a, struct str folder, const char *name)
{
	struct sys_stat st;
	return sys_stat(side_join(a, folder, str_z(name)), &st) >= 0;
}

struct str side_top(struct arena *a, struct str folder)
{
	static const char *const marks[] = { ".git", "pleach.yaml" };
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		for (struct str here = folder; here.len; here = str_eq(here, STR("/")) ? STR("") : side_folder(here))
			if (exists(a, here, marks[i]))
				return here;
	return folder;
}

struct str side_nearest(struct arena *a, struct str folder, const char *name)
{
	struct str top = side_top(a, folder);
	for (struct str here = folder; here.len >= top.len; here = side_folder(here)) {
		if (exists(a, here, name))
			return side_join(a, here, str_z(name));
		if (here.len == top.len || here.len <= 1)
			break;
	}
	return STR("");
}
