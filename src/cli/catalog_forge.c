/* See catalog_forge.h. */
#include "cli/catalog_forge.h"
#include "cli/output.h"
#include "part/forge.h"
#include <stdio.h>

enum { PLAN_MEMORY = 512 << 20 };
/* How each step is told: what it counts as, in words done and to be done. */
static const struct { const char *done, *would; int count; } told[WORK_ACTIONS] = {
	[WORK_RAISE] = { "raised", "would raise", 0 },   [WORK_UPDATE] = { "updated", "would update", 1 },  [WORK_REOPEN] = { "reopened", "would reopen", 2 },
	[WORK_CLOSE] = { "closed", "would close", 3 },   [WORK_SETTLE] = { "updated", "would update", 1 },  [WORK_DUPLICATE] = { "closed", "would close", 3 },
};
static const char *const counted[] = { "raised", "updated", "reopened", "closed" };
enum { COUNTS = 4 };

static struct str text_of(const struct json *x, const char *key) { return json_get_str(x, str_z(key), STR("")); }

static uint32_t reasons_of(const struct json *s)
{
	const struct json *list = json_get(s, STR("orphan"));
	uint32_t reasons = 0;
	for (uint32_t i = 0; list && list->type == JSON_ARRAY && i < list->count; i++)
		for (int k = 0; k < ORPHAN_REASON_COUNT; k++)
			if (str_eq(text_of(&list->items[i], "reason"), orphan_reasons[k].name))
				reasons |= 1u << k;
	return reasons;
}

/* Where the code is, for people elsewhere: not by its folder on this machine. */
static struct str place_of(struct arena *a, const struct json *answer, const struct json *s)
{
	const struct json *list = json_get(answer, STR("repositories"));
	struct str path = text_of(s, "repository"), root = text_of(s, "root"), name = path, rest = path;
	for (uint32_t i = 0; list && list->type == JSON_ARRAY && i < list->count; i++)
		if (str_eq(text_of(&list->items[i], "path"), path) && text_of(&list->items[i], "origin").len)
			return root.len ? arena_printf(a, "%.*s, folder %.*s", STR_FMT(text_of(&list->items[i], "origin")), STR_FMT(root)) : text_of(&list->items[i], "origin");
	while (rest.p && rest.len)
		name = str_split(&rest, '/');
	return root.len ? arena_printf(a, "%.*s, folder %.*s", STR_FMT(name), STR_FMT(root)) : name;
}

/* Control and the command line say in words what they could not look at: first what was seen, then repositories. */
static void read_missing(struct work_catalogue *w, struct str missing)
{
	if (str_starts(missing, STR("what was seen: "))) {
		w->unjudged = 1u << ORPHAN_ABANDONED | 1u << ORPHAN_NEVER_SEEN | 1u << ORPHAN_STRANGER;
		str_split(&missing, ';');
	}
	w->whole = !missing.p || !str_strip(missing).len;
}

static bool read_catalogue(struct arena *a, const struct json *answer, struct str scope, struct work_catalogue *w)
{
	const struct json *list = json_get(answer, STR("services"));
	size_t n = list && list->type == JSON_ARRAY ? list->count : 0;
	struct work_service *services = ARENA_ARRAY(a, n + 1, struct work_service);
	*w = (struct work_catalogue){ .services = services, .count = n, .scope = scope };
	read_missing(w, text_of(answer, "missing"));
	for (size_t i = 0; i < n && services; i++) {
		const struct json *s = &list->items[i];
		services[i] = (struct work_service){ .id = text_of(s, "id"), .name = text_of(s, "service"), .owner = text_of(s, "owner"), .reasons = reasons_of(s), .callers = (uint64_t)json_get_i64(s, STR("callers"), 0),
						     .next_owner = text_of(s, "next_owner"), .next_why = text_of(s, "next_why"), .place = place_of(a, answer, s) };
	}
	return services != NULL;
}

/* --- telling -------------------------------------------------------------------------------------------------------------------------------------------------- */

struct telling { struct cli *c; const struct forge *f; const struct todo_limits *limits; struct json_out o; size_t counts[COUNTS]; };

static void tell(struct telling *t, const struct work_step *s, struct str url)
{
	struct cli *c = t->c;
	struct str name = s->service ? s->service->name : s->id;
	t->counts[told[s->action].count]++;
	if (c->json) {
		json_out_object(&t->o);
		json_kv_str(&t->o, "action", str_z(work_actions[s->action]));
		json_kv_str(&t->o, "id", s->id);
		json_kv_str(&t->o, "service", name);
		json_kv_str(&t->o, "number", s->item ? s->item->number : STR(""));
		json_kv_str(&t->o, "url", url);
		json_out_end(&t->o);
		return;
	}
	buf_printf(&c->out, "%-12s ", t->limits->dry ? told[s->action].would : told[s->action].done);
	text_safe(&c->out, name);
	buf_add(&c->out, url.len ? STR("  ") : STR(""));
	text_safe(&c->out, url);
	buf_char(&c->out, '\n');
}

static void begin(struct telling *t)
{
	if (!t->c->json)
		return;
	json_out_init(&t->o, &t->c->out);
	json_out_object(&t->o);
	json_kv_str(&t->o, "where", t->f->name);
	json_kv_bool(&t->o, "dry_run", t->limits->dry);
	json_out_key(&t->o, STR("steps"));
	json_out_array(&t->o);
}

static void tell_item(struct json_out *o, struct str id, const struct work_item *item, struct str url, bool open)
{
	json_out_object(o);
	json_kv_str(o, "id", id);
	json_kv_str(o, "number", item ? item->number : STR(""));
	json_kv_str(o, "url", url);
	json_kv_bool(o, "open", open);
	json_out_end(o);
}

/* All issues of ours as they are now. */
static void tell_items(struct telling *t, struct arena *a, const struct work_item *items, size_t count, const struct work_plan *p, const struct str *urls)
{
	json_out_end(&t->o);
	json_out_key(&t->o, STR("items"));
	json_out_array(&t->o);
	for (size_t i = 0; i < count; i++) {
		struct str id = work_key_id(a, t->f->scope, work_block_find(items[i].body).key);
		bool open = items[i].open;
		for (size_t k = 0; k < p->count && !t->limits->dry; k++)
			if (p->steps[k].item == &items[i])
				open = p->steps[k].action == WORK_REOPEN || (open && p->steps[k].action != WORK_CLOSE && p->steps[k].action != WORK_DUPLICATE);
		tell_item(&t->o, id, &items[i], items[i].url, open);
	}
	for (size_t k = 0; k < p->count && !t->limits->dry; k++)
		if (p->steps[k].action == WORK_RAISE)
			tell_item(&t->o, p->steps[k].id, NULL, urls[k], true);
}

static void end(struct telling *t, size_t unchanged)
{
	struct cli *c = t->c;
	if (c->json) {
		json_out_end(&t->o);
		for (int i = 0; i < COUNTS; i++)
			json_kv_u64(&t->o, counted[i], t->counts[i]);
		json_kv_u64(&t->o, "unchanged", unchanged);
		json_out_end(&t->o);
		buf_char(&c->out, '\n');
		return;
	}
	text_safe(&c->out, t->f->name);
	buf_printf(&c->out, "%s", t->limits->dry ? " (nothing was changed):" : ":");
	for (int i = 0; i < COUNTS; i++)
		buf_printf(&c->out, " %zu %s,", t->counts[i], counted[i]);
	buf_printf(&c->out, " %zu unchanged.\n", unchanged);
}

/* What was done before it went wrong is done, and is said with the error. */
static void add_done(struct err *e, const struct telling *t)
{
	size_t n = strlen(e->message), all = 0;
	for (int i = 0; i < COUNTS; i++)
		all += t->counts[i];
	if (all && n < sizeof(e->message))
		snprintf(e->message + n, sizeof(e->message) - n, " (before that: %zu raised, %zu updated, %zu reopened, %zu closed)", t->counts[0], t->counts[1], t->counts[2], t->counts[3]);
}

/* --- doing ---------------------------------------------------------------------------------------------------------------------------------------------------- */

/* Steps that are not meant go; how many of them were about issues that exist. */
static size_t keep_meant(struct work_plan *p, const struct todo_limits *l)
{
	size_t kept = 0, left = 0;
	for (size_t i = 0; i < p->count; i++) {
		bool meant = (!l->only.len || str_eq(p->steps[i].id, l->only)) && (!l->no_new || p->steps[i].action != WORK_RAISE);
		left += !meant && p->steps[i].item;
		if (meant)
			p->steps[kept++] = p->steps[i];
	}
	p->count = kept;
	return left;
}

static bool run(struct forge *f, struct arena *a, struct telling *t, const struct json *answer, size_t *unchanged, struct err *e)
{
	struct work_catalogue w;
	struct work_plan p;
	const struct work_item *items;
	size_t count;
	progress(arena_printf(a, "asking %.*s", STR_FMT(f->name)));
	if (!forge_list(f, &items, &count, e))
		return false;
	if (!read_catalogue(a, answer, f->scope, &w) || !work_plan(a, &w, items, count, &p))
		return err_set(e, ERR_NO_MEMORY, "the work items do not fit into memory");
	struct str *urls = ARENA_ARRAY(a, p.count + 1, struct str);
	size_t left = keep_meant(&p, t->limits);
	for (size_t i = 0; i < p.count; i++) {
		struct str url = p.steps[i].item ? p.steps[i].item->url : STR("");
		if (!t->limits->dry && !forge_do(f, &p.steps[i], &url, e))
			return false;
		tell(t, &p.steps[i], url);
		urls[i] = url;
	}
	*unchanged = p.unchanged + left;
	if (t->c->json)
		tell_items(t, a, items, count, &p, urls);
	return true;
}

int catalog_forge(struct cli *c, const struct todo_place *place, const struct json *answer, const struct todo_limits *l)
{
	struct forge f;
	struct arena a;
	struct err e = { 0 };
	struct telling t = { .c = c, .f = &f, .limits = l };
	size_t unchanged = 0, from = buf_str(&c->out).len;
	arena_init(&a, PLAN_MEMORY);
	bool ok = forge_open(&f, place->where, l->dry, place->token, place->state, &e);
	if (ok) {
		begin(&t);
		ok = run(&f, &a, &t, answer, &unchanged, &e);
		progress_end();
	}
	if (ok)
		end(&t, unchanged);
	else if (c->json)
		buf_truncate(&c->out, from); /* one document: the error */
	if (!ok)
		add_done(&e, &t);
	int status = ok ? 0 : cli_fail(c, &e);
	forge_close(&f);
	arena_release(&a);
	return status;
}
