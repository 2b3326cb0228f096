/* See history.h. */
#include "catalog/people/history.h"
#include "base/map.h"

static bool malformed(struct err *e, struct str output, struct str rest)
{
	return err_set(e, ERR_INPUT, "git log cannot be understood at byte %zu: a commit or a change is incomplete; is git older than 2.0?",
	        output.len - (rest.p ? rest.len : 0));
}

/* The field up to the next NUL, and whether there was one. */
static bool field(struct str *rest, struct str *value)
{
	size_t end = rest->p ? str_find_char(*rest, '\0') : SIZE_MAX;
	if (end == SIZE_MAX)
		return false;
	*value = str_sub(*rest, 0, end);
	*rest = str_skip(*rest, end + 1);
	return true;
}

static bool read_commit(struct history *h, struct arena *a, struct str *rest, struct str output, struct err *e)
{
	struct str id, time, name, mail;
	struct history_commit c = { .first = h->change_count };
	if (!field(rest, &id) || !field(rest, &time) || !field(rest, &name) || !field(rest, &mail))
		return malformed(e, output, *rest);
	if (!str_to_i64(time, &c.time)) /* git shows a time it cannot read as nothing: the commit counts, as one of long ago */
		c.time = 0;
	if (h->count == HISTORY_COMMITS_MAX)
		return err_set(e, ERR_TOO_LARGE, "the repository has more than %d commits; name a time to begin with (--since)", HISTORY_COMMITS_MAX);
	if (!ARENA_PUSH_ROOM(a, h->commits, h->count, h->capacity))
		return err_set(e, ERR_NO_MEMORY, "the history of the repository does not fit into the memory for it");
	c.id = id;
	c.name = str_sub(name, 0, HISTORY_TEXT_MAX);
	c.mail = str_sub(mail, 0, HISTORY_TEXT_MAX);
	h->commits[h->count++] = c;
	return true;
}

/* now: what paths of older commits are called now (struct str, the arena's); git tells newest first. */
static struct str name_now(const struct map *now, struct str path)
{
	const struct str *name = now->count ? map_get(now, path) : NULL;
	return name ? *name : path;
}

/* Before this commit the file had its old name, and the new one was another file's, if any. */
static bool read_move(struct map *now, struct history *h, struct arena *a, struct str *rest, struct str output, struct err *e)
{
	struct str old, new;
	if (h->count == 0 || !field(rest, &old) || !field(rest, &new) || !old.len || !new.len)
		return malformed(e, output, *rest);
	struct str *name = ARENA_NEW(a, struct str);
	if (!name)
		return err_set(e, ERR_NO_MEMORY, "the history of the repository does not fit into the memory for it");
	*name = name_now(now, new);
	map_remove(now, new);
	return map_put(now, old, name) || err_set(e, ERR_TOO_LARGE, "the history moves more than %d files", HISTORY_CHANGES_MAX);
}

/* T (a change of type) is a modification; others cannot come with HISTORY_MOVES. */
static bool read_change(struct map *now, struct history *h, struct arena *a, struct str status, struct str *rest, struct str output, struct err *e)
{
	struct history_change change = { .kind = HISTORY_MODIFIED };
	struct str path;
	if (str_eq(status, STR("R100")))
		return read_move(now, h, a, rest, output, e);
	if (h->count == 0 || status.len != 1 || !strchr("AMDT", status.p[0]) || !field(rest, &path) || path.len == 0)
		return malformed(e, output, *rest);
	change.path = name_now(now, path);
	if (status.p[0] == 'A' && now->count)
		map_remove(now, path);
	if (status.p[0] != 'M' && status.p[0] != 'T')
		change.kind = status.p[0] == 'A' ? HISTORY_ADDED : HISTORY_DELETED;
	if (h->change_count == HISTORY_CHANGES_MAX)
		return err_set(e, ERR_TOO_LARGE, "the history has more than %d changes of files; name a time to begin with (--since)", HISTORY_CHANGES_MAX);
	if (!ARENA_PUSH_ROOM(a, h->changes, h->change_count, h->change_capacity))
		return err_set(e, ERR_NO_MEMORY, "the history of the repository does not fit into the memory for it");
	h->changes[h->change_count++] = change;
	h->commits[h->count - 1].count++;
	return true;
}

/* Between the fields of a commit and its changes git writes a line end or a NUL more, depending on its version: in front of a status both are passed by. */
bool history_read(struct history *h, struct arena *a, struct str output, struct err *e)
{
	struct history read = { 0 };
	struct str rest = output, word;
	struct map now;
	bool ok = true;
	map_init(&now, HISTORY_CHANGES_MAX);
	while (ok && rest.len > 0) {
		if (!field(&rest, &word)) {
			ok = malformed(e, output, rest);
			break;
		}
		if (str_starts(word, STR("\n")))
			word = str_skip(word, 1);
		if (word.len == 0)
			continue;
		ok = str_eq(word, STR("commit")) ? read_commit(&read, a, &rest, output, e) : read_change(&now, &read, a, word, &rest, output, e);
	}
	map_release(&now);
	if (ok)
		*h = read;
	return ok;
}
