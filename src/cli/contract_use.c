/* See contract_use.h. */
#include "cli/contract_use.h"
#include "cli/ask.h"
#include "contract/usage/verdict.h"

static struct str text(const struct json *j, const char *key) { return json_get_str(j, str_z(key), STR("")); }

/* `deployed:orders@v1` says it; a file or folder is of those services whose schema it is, or holds. */
static bool is_about(struct cli *c, const struct side *s, const struct json *entry, struct str root)
{
	struct str name = s->name, word = str_split(&name, ':'), version = name, service = name.p ? str_split(&version, '@') : name;
	if (str_eq(word, STR("deployed")) && name.p)
		return str_eq(service, text(entry, "service")) && (!version.len || str_eq(version, text(entry, "version")));
	struct str file = text(entry, "file"), full = str_starts(file, STR("/")) ? file : side_join(&c->arena, root, file);
	struct str place = s->only.len ? side_join(&c->arena, s->base, s->only) : s->base;
	return !s->elsewhere && s->base.len && (s->only.len ? str_eq(full, place) : str_below(full, place));
}

static void ask_one(struct ask *ask, const struct json *entry, struct contract_uses *u)
{
	struct target t;
	struct err e = { 0 };
	const struct json *answer;
	target_begin(&t, "/api/consumers");
	target_add(&t, "service", text(entry, "service"));
	target_add(&t, "version", text(entry, "version"));
	if (u->count < CONTRACT_USES_MAX && ask_json(ask, target_end(&t, ask->cli), &answer, &e))
		u->answers[u->count++] = answer;
}

void contract_uses_ask(struct contract_run *r, const struct compared *p, struct contract_uses *u)
{
	struct cli *c = r->cli;
	struct ask ask;
	struct err e = { 0 };
	struct str cwd = sys_cwd(&c->arena);
	u->count = 0;
	if (r->no_use)
		return;
	if (ask_open(&ask, c, &e) && (r->contracts || ask_json(&ask, STR("/api/contracts"), &r->contracts, &e))) {
		const struct json *list = json_get(r->contracts, STR("contracts"));
		struct str root = sys_cwd(&c->arena);
		for (uint32_t i = 0; list && list->type == JSON_ARRAY && i < list->count; i++)
			if (is_about(c, &p->before, &list->items[i], root) || is_about(c, &p->after, &list->items[i], root))
				ask_one(&ask, &list->items[i], u);
	} else {
		r->no_use = true; /* of the next comparison neither */
	}
	ask_close(&ask);
	sys_chdir(cwd); /* asking goes to the fleet's root */
}

void contract_uses_judge(struct contract_run *r, const struct contract_uses *u, struct changes *changes)
{
	for (size_t i = 0; i < u->count; i++) {
		struct str source = usage_source_text(&r->cli->arena, u->answers[i]);
		usage_judge(u->answers[i], changes);
		r->report.policy = json_get(u->answers[i], STR("policy"));
		r->report.usage = r->report.usage.len ? arena_printf(&r->cli->arena, "%.*s; %.*s", STR_FMT(r->report.usage), STR_FMT(source)) : source;
	}
}
