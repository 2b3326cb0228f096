/* See catalog_todo.h. A line of ours ends with a mark, "<!-- pleach:ID -->", by which it is known again however people have moved it. */
#include "cli/catalog_todo.h"

enum { FILE_MOST = 4 << 20 };
static const char mark_begin[] = "<!-- pleach:", mark_end[] = " -->";

static struct str text_of(const struct json *x, const char *key) { return json_get_str(x, str_z(key), STR("")); }

/* The id that a line is marked with; empty: none. */
static struct str marked(struct str line)
{
	size_t at = str_find(line, str_z(mark_begin));
	struct str id = at == SIZE_MAX ? STR("") : str_skip(line, at + strlen(mark_begin));
	size_t end = str_find(id, str_z(mark_end));
	return end == SIZE_MAX ? STR("") : str_sub(id, 0, end);
}

static const struct json *orphans_of(const struct json *s)
{
	const struct json *reasons = json_get(s, STR("orphan"));
	return reasons && reasons->type == JSON_ARRAY && reasons->count ? reasons : NULL;
}

static const struct json *find(const struct json *services, struct str id)
{
	for (uint32_t i = 0; services && services->type == JSON_ARRAY && i < services->count; i++)
		if (str_eq(text_of(&services->items[i], "id"), id))
			return &services->items[i];
	return NULL;
}

static void item(struct buf *out, const struct json *s)
{
	const struct json *reasons = orphans_of(s);
	buf_printf(out, "- [ ] **%.*s**:", STR_FMT(text_of(s, "service")));
	for (uint32_t i = 0; i < reasons->count; i++)
		buf_printf(out, " %.*s.", STR_FMT(text_of(&reasons->items[i], "title")));
	if (json_get_i64(s, STR("callers"), 0))
		buf_printf(out, " %lld services call it.", (long long)json_get_i64(s, STR("callers"), 0));
	if (text_of(s, "next_owner").len)
		buf_printf(out, " Ask %.*s: %.*s.", STR_FMT(text_of(s, "next_owner")), STR_FMT(text_of(s, "next_why")));
	buf_printf(out, " %s%.*s%s\n", mark_begin, STR_FMT(text_of(s, "id")), mark_end);
}

static bool is_meant(const struct todo_limits *l, struct str id) { return !l->only.len || str_eq(l->only, id); }

/* A line of ours anew; one that a person has ticked off while the service is still an orphan is open again. */
static void line(struct buf *out, struct str text, const struct json *services, const struct todo_limits *l, struct todo *done)
{
	struct str id = marked(text);
	const struct json *s = id.len ? find(services, id) : NULL;
	if (!id.len || !is_meant(l, id)) {
		buf_printf(out, "%.*s\n", STR_FMT(text));
	} else if (s && orphans_of(s)) {
		item(out, s);
		done->open++;
	} else {
		size_t open = str_find(text, STR("[ ]"));
		done->closed += open != SIZE_MAX;
		if (open == SIZE_MAX)
			buf_printf(out, "%.*s\n", STR_FMT(text));
		else
			buf_printf(out, "%.*s[x]%.*s\n", (int)open, text.p, STR_FMT(str_skip(text, open + 3)));
	}
}

static bool is_there(struct str file, struct str id)
{
	while (file.p)
		if (str_eq(marked(str_split(&file, '\n')), id))
			return true;
	return false;
}

bool catalog_todo_write(struct cli *c, struct str file, const struct json *answer, const struct todo_limits *l, struct todo *done, struct err *e)
{
	const struct json *services = json_get(answer, STR("services"));
	struct sys_stat st;
	struct str before = STR("");
	struct buf out;
	*done = (struct todo){ .text = STR("") };
	if (sys_stat(file, &st) >= 0 && !sys_read_file(file, FILE_MOST, &c->arena, &before, e))
		return false;
	if (l->no_new && !before.len)
		return true;
	buf_init(&out, 2 * FILE_MOST);
	if (!before.len)
		buf_add(&out, STR("# Services in nobody's hands\n\nKept by `pleach catalog --todo`: lines with a mark are written anew, and ticked off when somebody has the service.\n\n"));
	for (struct str rest = before; rest.p && rest.len;)
		line(&out, str_split(&rest, '\n'), services, l, done);
	for (uint32_t i = 0; !l->no_new && services && services->type == JSON_ARRAY && i < services->count; i++)
		if (orphans_of(&services->items[i]) && is_meant(l, text_of(&services->items[i], "id")) && !is_there(before, text_of(&services->items[i], "id"))) {
			item(&out, &services->items[i]);
			done->added++;
		}
	done->text = arena_str(&c->arena, buf_str(&out));
	bool ok = buf_ok(&out) ? l->dry || str_eq(buf_str(&out), before) || sys_write_file(file, buf_str(&out), e) : err_set(e, ERR_TOO_LARGE, "%.*s is too large", STR_FMT(file));
	buf_release(&out);
	return ok;
}

void catalog_todo_items(struct json_out *o, struct str text)
{
	while (text.p) {
		struct str one = str_split(&text, '\n'), id = marked(one);
		if (!id.len)
			continue;
		json_out_object(o);
		json_kv_str(o, "id", id);
		json_kv_str(o, "number", STR(""));
		json_kv_str(o, "url", STR(""));
		json_kv_bool(o, "open", str_find(one, STR("[ ]")) != SIZE_MAX);
		json_out_end(o);
	}
}
