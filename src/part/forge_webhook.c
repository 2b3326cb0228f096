/* Whoever takes a webhook: a POST of JSON for each change. It cannot be asked what it knows, so what it was told is kept in a file, after it has taken it: what it took without saying so
 * is told again, with the same Idempotency-Key. The file's name is a fingerprint of the URL, which is often a secret. */
#include "base/check.h"
#include "part/forge_impl.h"
#include "sys/sys.h"

enum { STATE_MAX = 32 << 20, HOOK_MEMORY = 8 << 20 };

static bool open(struct forge *f, struct str origin, struct str path, struct err *e)
{
	f->project = arena_printf(&f->arena, "%.*s%.*s", STR_FMT(origin), STR_FMT(path));
	f->name = arena_str(&f->arena, origin);
	if (!f->state.len)
		return err_set(e, ERR_USAGE, "what a webhook was told is kept in the fleet, else below $XDG_STATE_HOME or $HOME, and there is none of these: set one");
	f->state = arena_printf(&f->arena, "%.*s/hook-%016llx.json", STR_FMT(f->state), (unsigned long long)str_hash(arena_printf(&f->arena, "%.*s#%.*s", STR_FMT(f->project), STR_FMT(f->scope))));
	return true;
}

static bool list(struct forge *f, struct err *e)
{
	struct arena a;
	struct str text;
	struct sys_stat st;
	if (sys_stat(f->state, &st) < 0)
		return true;
	arena_init(&a, 4UL * STATE_MAX);
	const struct json *j = sys_read_file(f->state, STATE_MAX, &a, &text, e) ? json_parse(&a, text, e) : NULL, *told = json_get(j, STR("told"));
	for (uint32_t i = 0; told && told->type == JSON_ARRAY && i < told->count && !err_is_set(e); i++)
		if (told->items[i].type == JSON_STRING && work_is_ours(told->items[i].s, f->scope))
			forge_keep(f, STR("-"), STR(""), told->items[i].s, true, e);
	if (err_is_set(e))
		err_place(e, f->state, 0, 0);
	arena_release(&a);
	return !err_is_set(e);
}

/* The file, as if the step were done: each line of it is a block, as an issue's body would be. */
static bool keep(struct forge *f, const struct work_step *s, struct err *e)
{
	struct buf b;
	struct json_out o;
	bool there = false;
	for (size_t i = 0; i < f->count; i++)
		if (s->item && f->items[i].body.p == s->item->body.p) {
			f->items[i].body = s->action == WORK_CLOSE || s->action == WORK_DUPLICATE ? STR("") : s->body;
			there = true;
		}
	if (!there && !forge_keep(f, STR("-"), STR(""), s->body, true, e))
		return false;
	buf_init(&b, STATE_MAX);
	json_out_init(&o, &b);
	json_out_object(&o);
	json_out_key(&o, STR("told"));
	json_out_array(&o);
	for (size_t i = 0; i < f->count; i++)
		if (f->items[i].body.len)
			json_out_str(&o, f->items[i].body);
	json_out_end(&o);
	json_out_end(&o);
	size_t slash = f->state.len;
	while (slash && f->state.p[slash - 1] != '/')
		slash--;
	int code = sys_mkdir(str_sub(f->state, 0, slash ? slash - 1 : 0));
	bool ok = code < 0 ? sys_err(e, code, "%.*s", STR_FMT(f->state)) : !buf_ok(&b) ? err_set(e, ERR_TOO_LARGE, "%.*s is too large", STR_FMT(f->state)) : sys_write_file(f->state, buf_str(&b), e);
	buf_release(&b);
	return ok;
}

static void say(struct json_out *o, const struct forge *f, const struct work_step *s)
{
	const struct work_service *w = s->service;
	uint32_t reasons = work_block_find(s->body).reasons;
	json_out_object(o);
	json_kv_str(o, "action", str_z(work_actions[s->action]));
	json_kv_str(o, "catalogue", f->scope);
	json_kv_str(o, "id", s->id);
	json_kv_str(o, "service", w ? w->name : s->id);
	json_kv_str(o, "title", s->title);
	json_kv_str(o, "owner", w ? w->owner : STR(""));
	json_out_key(o, STR("reasons"));
	json_out_array(o);
	for (int i = 0; i < ORPHAN_REASON_COUNT; i++)
		if (reasons & 1u << i)
			json_out_str(o, orphan_reasons[i].name);
	json_out_end(o);
	json_kv_u64(o, "callers", w ? w->callers : 0);
	json_kv_str(o, "next_owner", w ? w->next_owner : STR(""));
	json_kv_str(o, "next_why", w ? w->next_why : STR(""));
	json_kv_str(o, "place", w ? w->place : STR(""));
	json_kv_str(o, "comment", s->comment);
	json_kv_str(o, "markdown", s->block);
	json_out_end(o);
}

static bool act(struct forge *f, const struct work_step *s, struct str *url, struct err *e)
{
	struct buf b;
	struct json_out o;
	struct arena a;
	struct web_answer answer;
	(void)url;
	arena_init(&a, WEB_ANSWER_MAX + HOOK_MEMORY);
	buf_init(&b, HOOK_MEMORY);
	json_out_init(&o, &b);
	say(&o, f, s);
	struct str key = arena_printf(&a, "%016llx", (unsigned long long)str_hash(buf_str(&b)));
	bool ok = buf_ok(&b) ? web_ask(f->web, "POST", f->project, buf_str(&b), key, &a, &answer, e) : err_set(e, ERR_TOO_LARGE, "what is to be told is too long");
	ok = ok && keep(f, s, e);
	buf_release(&b);
	arena_release(&a);
	return ok;
}

const struct forge_way forge_webhook = { .prefix = "webhook+", .who = "the webhook", .token_name = "PLEACH_WEBHOOK_TOKEN", .type = "*/*", .secret = true, .open = open, .list = list, .act = act };
