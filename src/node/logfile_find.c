/* Which files there are to follow, and what became of those that were. A look goes through the directories of all patterns:
 *
 *   1. files that are read: is what was read still in them? If not (cut to nothing, another file under the same inode): look for where it is now
 *   2. names that a pattern matches: a file that is known (perhaps renamed); one that is not yet open (after a start); or a new one
 *   3. new ones: read from the beginning, unless they are a copy of one that is read, as copytruncate makes it before it truncates
 *   4. files that no name leads to any more: renamed ones are read on for as long as their writer may write, then forgotten
 *
 * Where content went is looked for in the same directory only. */
#include "base/check.h"
#include "base/glob.h"
#include "base/metric.h"
#include "node/logfiles_impl.h"
#include <stdio.h>
#include <stdlib.h>

#define NOT_REGULAR "it is no regular file"

static struct str join_path(struct arena *a, struct str directory, struct str name)
{
	bool root = str_eq(directory, STR("/"));
	return arena_printf(a, "%.*s/%.*s", root ? 0 : (int)directory.len, directory.p, STR_FMT(name));
}

static size_t name_at(struct str path)
{
	size_t at = path.len;
	while (at > 0 && path.p[at - 1] != '/')
		at--;
	return at;
}

static struct str directory_of(struct str path)
{
	size_t at = name_at(path);
	return str_sub(path, 0, at > 1 ? at - 1 : 1);
}

static struct str name_of(struct str path) { return str_skip(path, name_at(path)); }

static bool is_packed(struct str name)
{
	static const struct str ends[] = {
#define PACKED_ROW(text) STR_INIT(text),
#include "tbl/packed_names.h"
#undef PACKED_ROW
	};
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		if (str_ends(name, ends[i]))
			return true;
	return false;
}

static struct logfile *find_inode(const struct logfiles *all, const struct sys_stat *st)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->files[i]->inode == st->inode && all->files[i]->device == st->device && st->inode)
			return all->files[i];
	return NULL;
}

static void troubled(struct logfile *f, const char *why)
{
	struct logfiles *all = f->ctx;
	if (strcmp(f->error, why) == 0)
		return;
	snprintf(f->error, sizeof(f->error), "%s", why);
	logfiles_say(all, SEVERITY_WARN, "%.*s is not read: %s", STR_FMT(f->name.path), why);
	all->o.on_change(all->o.ctx);
}

/* --- where content went -------------------------------------------------------------------------------------------------------------- */

struct search {
	struct logfiles *all;
	const struct logfile *lost;
	struct str directory;
	int fd;              /* of what was found, or negative */
	struct sys_stat st;
	struct str path;
	size_t visited;
};

/* "app.log" becomes "app.log.1", "app.log-20261125", "app-20261125.log", "app.1.log". */
static bool may_be_copy(struct str original, struct str name)
{
	size_t dot = original.len;
	while (dot > 0 && original.p[dot - 1] != '.')
		dot--;
	return !str_eq(original, name) && str_starts(name, str_sub(original, 0, dot > 1 ? dot - 1 : original.len));
}

/* A copy is not older than what it was made from: where little was read, an old file that only begins in the same way is none. */
static bool try_name(void *ctx, struct str name, bool directory)
{
	struct search *s = ctx;
	struct sys_stat st;
	if (directory || is_packed(name))
		return true;
	if (++s->visited > LOGFILES_MAX_VISITED)
		return false;
	struct str path = join_path(&s->all->found, s->directory, name);
	if (!path.p || sys_stat(path, &st) < 0 || !st.regular)
		return true;
	bool same = st.inode == s->lost->inode && st.device == s->lost->device;
	bool older = s->lost->fed.at < LOGFILE_HEAD && st.modified < s->lost->modified;
	if (!same && (find_inode(s->all, &st) || older || !may_be_copy(name_of(s->lost->name.path), name)))
		return true;
	int fd = sys_open(path, SYS_OPEN_READ);
	if (fd < 0)
		return true;
	if (sys_fstat(fd, &st) < 0 || !logfile_is_in(s->lost, fd, &st)) {
		sys_close(fd);
		return true;
	}
	s->fd = fd;
	s->st = st;
	s->path = path;
	return false;
}

static bool find_content(struct logfiles *all, const struct logfile *lost, struct search *s)
{
	*s = (struct search){ .all = all, .lost = lost, .directory = directory_of(lost->name.path), .fd = -1 };
	if (lost->head.len > 0) /* else there is nothing to know it by */
		(void)sys_list(s->directory, try_name, s);
	return s->fd >= 0;
}

/* Another file goes on where f was. */
static void go_on_in(struct logfiles *all, struct logfile *f, const struct search *s)
{
	struct logfile_name name = f->name;
	name.path = s->path;
	struct logfile *copy = logfiles_add(all, &name);
	if (!copy) {
		sys_close(s->fd);
		return;
	}
	copy->head = f->head;
	copy->fed = copy->done = f->fed;
	copy->seen = true; /* by this look; the next one says whether a pattern has it */
	logfile_open(copy, s->fd, &s->st);
	logfile_cut_short(copy);
}

void logfiles_changed(struct logfiles *all, struct logfile *f)
{
	struct search s;
	logfile_flush(f, false);
	if (find_content(all, f, &s))
		go_on_in(all, f, &s);
	else if (f->size > f->fed.at) {
		metric_add(METRIC_NODE_FILE_MISSED, (uint64_t)(f->size - f->fed.at));
		logfiles_say(all, SEVERITY_WARN, "%.*s was cut before its last %lld bytes were read, and no copy of them was found in its directory",
			     STR_FMT(f->name.path), (long long)(f->size - f->fed.at));
	}
	logfile_restart(f);
	(void)logfile_look(f); /* its size */
	logfiles_wake(all);
}

/* --- names to files ------------------------------------------------------------------------------------------------------------------- */

struct look {
	struct logfiles *all;
	struct pattern *pattern;
	size_t visited;
	struct unknown { struct str path; struct pattern *pattern; struct sys_stat st; } *unknown;
	size_t unknown_count, unknown_room;
};

/* A file that the state file knows, or that could not be opened before. */
static void open_known(struct logfiles *all, struct logfile *f)
{
	struct sys_stat st;
	int fd = sys_open(f->name.path, SYS_OPEN_READ), code = fd < 0 ? fd : sys_fstat(fd, &st);
	if (code < 0) {
		if (fd >= 0)
			sys_close(fd);
		if (code != SYS_NOT_FOUND)
			troubled(f, sys_strerror(code));
		return;
	}
	bool replaced = st.inode != f->inode || st.device != f->device; /* this moment: the next look sees what is there */
	if (replaced || !st.regular) {
		sys_close(fd);
		if (!replaced)
			troubled(f, NOT_REGULAR);
		return;
	}
	int64_t size = f->size, modified = f->modified;
	logfile_open(f, fd, &st);
	if (logfile_is_in(f, fd, &st)) {
		logfile_cut_short(f);
	} else {
		f->size = size; /* of what is lost */
		f->modified = modified;
		logfiles_changed(all, f);
	}
}

static void cannot_see(struct pattern *p, struct str path, const char *why)
{
	p->blind = true;
	snprintf(p->error, sizeof(p->error), "%.*s cannot be seen: %s", (int)(path.len < 80 ? path.len : 80), path.p, why);
}

static void found_known(struct look *l, struct logfile *f, struct str path)
{
	struct logfile_name name = l->pattern->name;
	name.path = path;
	if (f->seen)
		return; /* by two patterns, or two names: the first has it */
	f->seen = true;
	f->gone = 0;
	if (!str_eq(f->name.path, path) || !str_eq(f->name.pattern, name.pattern) || !str_eq(f->name.service, name.service) ||
	    !str_eq(f->name.version, name.version) || !str_eq(f->name.instance, name.instance))
		(void)logfile_rename(f, &name);
	if (f->fd < 0)
		open_known(l->all, f);
}

static void found_name(struct look *l, struct str path)
{
	struct sys_stat st;
	if (is_packed(name_of(path)))
		return;
	int code = sys_stat(path, &st);
	if (code < 0 || st.directory) {
		if (code < 0 && code != SYS_NOT_FOUND && code != SYS_NOT_DIRECTORY)
			cannot_see(l->pattern, path, sys_strerror(code));
		return;
	}
	if (!str_is_utf8(path) || path.len > SYS_PATH_MAX - 64) {
		snprintf(l->pattern->error, sizeof(l->pattern->error), "a file that it matches has a name that is %s; it is not read",
			 str_is_utf8(path) ? "too long" : "no UTF-8");
		return;
	}
	struct logfile *f = find_inode(l->all, &st);
	if (f) {
		found_known(l, f, path);
		return;
	}
	for (size_t i = 0; i < l->unknown_count; i++)
		if (l->unknown[i].st.inode == st.inode && l->unknown[i].st.device == st.device)
			return;
	if (ARENA_PUSH_ROOM(&l->all->found, l->unknown, l->unknown_count, l->unknown_room))
		l->unknown[l->unknown_count++] = (struct unknown){ path, l->pattern, st };
	else
		cannot_see(l->pattern, path, "it matches too much");
}

struct names { struct look *l; struct str pattern; struct str *items; size_t count, room; };

static bool take_name(void *ctx, struct str name, bool directory)
{
	struct names *n = ctx;
	(void)directory; /* a link to a directory is one */
	if (++n->l->visited > LOGFILES_MAX_VISITED)
		return false;
	if (!glob_matches(n->pattern, name))
		return true;
	if (!ARENA_PUSH_ROOM(&n->l->all->found, n->items, n->count, n->room)) {
		cannot_see(n->l->pattern, name, "it matches too much");
		return false;
	}
	n->items[n->count++] = arena_str(&n->l->all->found, name);
	return true;
}

static void want_watch(struct logfiles *all, struct str directory)
{
	for (size_t i = 0; i < all->watched_count; i++)
		if (str_eq(str_z(all->watched[i].path), directory)) {
			all->watched[i].wanted = true;
			return;
		}
	if (all->watched_count == LOGFILES_MAX_DIRECTORIES)
		return; /* the slow look sees it */
	char *path = calloc(1, directory.len + 1);
	if (!path)
		return;
	memcpy(path, directory.p, directory.len);
	all->watched[all->watched_count++] = (struct watched){ path, -1, true };
}

/* base is a directory; rest the segments that are still to match. Depth is bounded by their number. */
static void expand(struct look *l, struct str base, struct str rest);

static void go_into(struct look *l, struct str base, struct str name, struct str rest)
{
	struct str path = join_path(&l->all->found, base, name);
	if (!path.p)
		cannot_see(l->pattern, base, "it matches too much");
	else if (rest.p)
		expand(l, path, rest);
	else
		found_name(l, path);
}

static void expand(struct look *l, struct str base, struct str rest)
{
	struct str segment = str_split(&rest, '/');
	if (base.len > SYS_PATH_MAX - 64)
		return;
	if (!rest.p)
		want_watch(l->all, base);
	if (!glob_is_pattern(segment)) {
		go_into(l, base, segment, rest);
		return;
	}
	struct names names = { .l = l, .pattern = segment };
	if (rest.p)
		want_watch(l->all, base);
	int code = sys_list(base, take_name, &names);
	if (code < 0 && code != SYS_NOT_FOUND && code != SYS_NOT_DIRECTORY)
		cannot_see(l->pattern, base, sys_strerror(code));
	for (size_t i = 0; i < names.count; i++)
		go_into(l, base, names.items[i], rest);
}

/* --- new ones ------------------------------------------------------------------------------------------------------------------------- */

/* A copy that was made while the original is not cut yet; when that happens, the copy is looked for. While nothing of a possible original was
 * read, there is nothing to compare: the next look decides. */
static bool is_copy_of_known(const struct logfiles *all, struct str path, int fd, const struct sys_stat *st)
{
	enum { ENOUGH = 32 /* bytes that two files must share to be taken for one */ };
	for (size_t i = 0; i < all->count; i++) {
		const struct logfile *f = all->files[i];
		if (f->fd < 0 || f->size < ENOUGH || st->size < ENOUGH || st->size > f->size || !str_eq(directory_of(f->name.path), directory_of(path)) ||
		    !may_be_copy(name_of(f->name.path), name_of(path)))
			continue;
		if (f->fed.at < ENOUGH || logfile_is_in(f, fd, st))
			return true;
	}
	return false;
}

static void take_new(struct look *l, const struct unknown *u)
{
	struct logfiles *all = l->all;
	struct sys_stat st;
	if (find_inode(all, &u->st))
		return; /* the content of another went there, and it is known by now */
	int fd = u->st.regular ? sys_open(u->path, SYS_OPEN_READ) : SYS_INVALID, code = fd < 0 ? fd : sys_fstat(fd, &st);
	bool other = code == 0 && (st.inode != u->st.inode || st.device != u->st.device || !st.regular);
	if (code == SYS_NOT_FOUND || other || (code == 0 && is_copy_of_known(all, u->path, fd, &st))) {
		if (fd >= 0)
			sys_close(fd);
		return;
	}
	struct logfile_name name = u->pattern->name;
	name.path = u->path;
	struct logfile *f = logfiles_add(all, &name);
	if (!f) {
		u->pattern->left_out++;
		if (fd >= 0)
			sys_close(fd);
		return;
	}
	f->seen = true;
	if (code == 0) {
		logfile_open(f, fd, &st);
		return;
	}
	f->device = u->st.device;
	f->inode = u->st.inode;
	f->size = u->st.size;
	troubled(f, u->st.regular ? sys_strerror(code) : NOT_REGULAR);
}

static const struct pattern *pattern_of(const struct logfiles *all, const struct logfile *f)
{
	for (size_t i = 0; i < all->pattern_count; i++)
		if (str_eq(all->patterns[i].name.pattern, f->name.pattern))
			return &all->patterns[i];
	return NULL;
}

/* Known from before the start, and not under a name that a pattern has: renamed or copied meanwhile? */
static void find_missing(struct logfiles *all)
{
	for (size_t i = 0; i < all->count; i++) {
		struct logfile *f = all->files[i];
		const struct pattern *p = pattern_of(all, f);
		struct search s;
		if (f->fd >= 0 || f->seen || f->head.len == 0 || !p || p->blind)
			continue;
		if (find_content(all, f, &s)) {
			struct logfile_name name = f->name;
			name.path = s.path;
			(void)logfile_rename(f, &name);
			logfile_open(f, s.fd, &s.st);
			logfile_cut_short(f);
		} else {
			logfiles_say(all, SEVERITY_INFO, "%.*s, read up to byte %lld before, was not found again in its directory", STR_FMT(f->name.path),
				     (long long)f->fed.at);
		}
	}
}

/* --- those that are gone ---------------------------------------------------------------------------------------------------------------- */

/* False when it is to be forgotten. */
static bool still_of_use(struct logfiles *all, struct logfile *f)
{
	int64_t now = loop_now(all->loop);
	const struct pattern *p = pattern_of(all, f);
	if (!p || p->blind || f->seen)
		return p != NULL;
	if (f->fd < 0)
		return false;
	if (!f->gone)
		f->gone = now;
	int64_t since = f->grown > f->gone ? f->grown : f->gone;
	return f->ready || now - since < (f->unlinked ? LOGFILES_UNLINKED_QUIET : LOGFILES_RENAMED_QUIET);
}

static void forget(struct logfiles *all)
{
	for (size_t i = 0; i < all->count;) {
		struct logfile *f = all->files[i];
		if (still_of_use(all, f)) {
			i++;
			continue;
		}
		if (f->fd >= 0)
			logfile_flush(f, pattern_of(all, f) != NULL);
		logfiles_remove(all, i);
	}
}

/* --- a look ------------------------------------------------------------------------------------------------------------------------------ */

static void check_known(struct logfiles *all)
{
	for (size_t i = 0; i < all->count; i++) {
		struct logfile *f = all->files[i];
		f->seen = false;
		if (f->fd < 0)
			continue;
		enum logfile_read r = logfile_look(f);
		if (r == LOGFILE_CHANGED)
			logfiles_changed(all, f);
		if (f->size > f->fed.at)
			f->ready = true;
	}
}

static void renew_watches(struct logfiles *all)
{
	for (size_t i = 0; i < all->watched_count;) {
		struct watched *w = &all->watched[i];
		if (w->wanted) {
			if (w->number < 0 && all->watch >= 0)
				w->number = sys_watch_add(all->watch, str_z(w->path));
			i++;
			continue;
		}
		if (w->number >= 0)
			sys_watch_remove(all->watch, w->number);
		free(w->path);
		*w = all->watched[--all->watched_count];
	}
}

void logfiles_find(struct logfiles *all)
{
	struct look l = { .all = all };
	arena_reset(&all->found);
	check_known(all);
	for (size_t i = 0; i < all->watched_count; i++)
		all->watched[i].wanted = false;
	for (size_t i = 0; i < all->pattern_count; i++) {
		l.pattern = &all->patterns[i];
		l.visited = l.pattern->left_out = 0;
		l.pattern->error[0] = 0;
		l.pattern->blind = false;
		expand(&l, STR("/"), str_skip(l.pattern->name.pattern, 1));
		l.pattern->blind |= l.visited > LOGFILES_MAX_VISITED;
		if (l.visited > LOGFILES_MAX_VISITED)
			snprintf(l.pattern->error, sizeof(l.pattern->error), "it visits more than %d names; write it narrower", LOGFILES_MAX_VISITED);
	}
	find_missing(all);
	for (size_t i = 0; i < l.unknown_count; i++)
		take_new(&l, &l.unknown[i]);
	for (size_t i = 0; i < all->pattern_count; i++)
		if (all->patterns[i].left_out)
			snprintf(all->patterns[i].error, sizeof(all->patterns[i].error), "%zu files more than the %d that are followed at once match it",
				 all->patterns[i].left_out, LOGFILES_MAX);
	forget(all);
	renew_watches(all);
	arena_reset(&all->found);
	logfiles_wake(all);
}
