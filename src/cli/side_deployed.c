/* Sides from the running fleet: `deployed:SERVICE[@VERSION]` is the contract that control has for it. */
#include "cli/ask.h"
#include "cli/side_named.h"

/* The version that is asked for, or the only one there is. */
static bool find_version(struct ask *ask, struct str service, struct str *version, struct err *e)
{
	const struct json *answer, *list;
	if (!ask_json(ask, STR("/api/contracts"), &answer, e))
		return false;
	list = json_get(answer, STR("contracts"));
	size_t found = 0;
	for (uint32_t i = 0; list && list->type == JSON_ARRAY && i < list->count; i++)
		if (str_eq(json_get_str(&list->items[i], STR("service"), STR("")), service)) {
			*version = json_get_str(&list->items[i], STR("version"), STR(""));
			found++;
		}
	if (!found)
		return err_set(e, ERR_NOT_FOUND, "the running fleet has no contract of %.*s: name its schema under `serves` in service.yaml", STR_FMT(service));
	if (found > 1)
		return err_set(e, ERR_USAGE, "%.*s serves %zu versions; write which: deployed:%.*s@%.*s", STR_FMT(service), found, STR_FMT(service), STR_FMT(*version));
	return true;
}

static bool add_files(struct side *s, const struct json *answer, struct err *e)
{
	struct arena *a = &s->source.arena;
	const struct json *files = json_get(answer, STR("files"));
	for (uint32_t i = 0; files && files->type == JSON_ARRAY && i < files->count; i++) {
		struct str text = arena_str(a, json_get_str(&files->items[i], STR("text"), STR("")));
		if (!side_add(s, json_get_str(&files->items[i], STR("path"), STR("")), text, e))
			return false;
	}
	/* One file is as good as a file named, so that it is compared with one of any name. */
	if (s->count == 1)
		s->only = s->files[0].path;
	return s->count > 0 || err_set(e, ERR_UPSTREAM, "control's answer holds no files");
}

bool side_read_deployed(struct cli *c, struct side *s, struct str name, struct err *e)
{
	struct ask ask;
	struct str version = name, service = str_split(&version, '@'), cwd = sys_cwd(&c->arena);
	const struct json *answer;
	s->elsewhere = true;
	bool ok = ask_open(&ask, c, e) && (version.len || find_version(&ask, service, &version, e)) &&
		  ask_json(&ask, arena_printf(&c->arena, "/api/contracts/%.*s/%.*s", STR_FMT(service), STR_FMT(version)), &answer, e) && add_files(s, answer, e);
	ask_close(&ask);
	sys_chdir(cwd); /* asking goes to the fleet's root */
	return ok;
}
