/* pleach catalog: all services and whose they are. A running fleet knows more (what was seen); without one, or with --in, the repositories are read here and now by
 * confined workers (part/catalog_crawl.h). */
#include "base/check.h"
#include "cli/ask.h"
#include "cli/catalog_forge.h"
#include "cli/catalog_local.h"
#include "cli/catalog_show.h"
#include "cli/catalog_todo.h"
#include "cli/output.h"
#include "part/catalog_alike.h"
#include "part/catalog_assign.h"
#include "part/catalog_copies.h"
#include "part/catalog_libraries.h"
#include "part/catalog_score.h"
#include "part/forge.h"

enum { ANSWER_MAX = 256 << 20 };
enum form { FORM_TEXT, FORM_JSON, FORM_BACKSTAGE, FORM_CYCLONEDX };
static const char *const forms[] = { "text", "json", "backstage", "cyclonedx" };

/* The service that is shown; with --todo all are asked for, whichever is meant. */
static struct str name_shown(const struct cli *c) { return c->argument_count && !cli_option(c, "todo").p ? c->arguments[0] : STR(""); }

static bool form_of(const struct cli *c, enum form *form, struct err *e)
{
	struct str said = cli_option(c, "format");
	*form = c->json ? FORM_JSON : FORM_TEXT;
	for (size_t i = 0; said.p && i < sizeof(forms) / sizeof(*forms); i++)
		if (str_eq(said, str_z(forms[i]))) {
			*form = (enum form)i;
			return true;
		}
	return !said.p || err_set(e, ERR_USAGE, "--format: `%.*s` is none; text, json, backstage or cyclonedx", STR_FMT(str_sub(said, 0, 40)));
}

/* --- what was built twice, of all services --------------------------------------------------------------------------------------------------------------- */

typedef bool say_f(struct cli *c, const struct catalog_local *l, struct json_out *o, struct err *e);

static bool say_alike(struct cli *c, const struct catalog_local *l, struct json_out *o, struct err *e)
{
	bool same;
	struct catalog_alike *alike = catalog_alike_make(l->picture, cli_option(c, "in").p ? NULL : l->fleet, NULL, &same, e);
	if (alike)
		catalog_alike_json(o, alike, l->picture, catalog_local_missing(c, l));
	catalog_alike_free(alike);
	return alike != NULL;
}

static bool say_copies(struct cli *c, const struct catalog_local *l, struct json_out *o, struct err *e)
{
	struct catalog_copies *copies = catalog_copies_make(l->picture, e);
	if (copies)
		catalog_copies_json(o, copies, catalog_local_missing(c, l));
	catalog_copies_free(copies);
	return copies != NULL;
}

static bool say_of_locks(struct cli *c, const struct catalog_local *l, void (*say)(struct json_out *o, const struct catalog_libraries *c, struct str missing), struct json_out *o, struct err *e)
{
	bool same;
	struct catalog_libraries libraries;
	struct catalog_locks *locks = catalog_locks_make(l->picture, cli_option(c, "in").p ? NULL : l->fleet, NULL, &same, e);
	if (locks) {
		catalog_libraries_make(&libraries, l->picture, locks, e);
		say(o, &libraries, catalog_local_missing(c, l));
	}
	catalog_locks_free(locks);
	return locks != NULL;
}

static bool say_bom(struct cli *c, const struct catalog_local *l, struct json_out *o, struct err *e)
{
	bool same;
	struct catalog_locks *locks = catalog_locks_make(l->picture, cli_option(c, "in").p ? NULL : l->fleet, NULL, &same, e);
	if (locks)
		picture_cyclonedx(o, l->picture, &locks->index);
	catalog_locks_free(locks);
	return locks != NULL;
}

static bool say_libraries(struct cli *c, const struct catalog_local *l, struct json_out *o, struct err *e) { return say_of_locks(c, l, catalog_libraries_json, o, e); }
static bool say_decisions(struct cli *c, const struct catalog_local *l, struct json_out *o, struct err *e) { return say_of_locks(c, l, catalog_decisions_json, o, e); }
static bool say_radar(struct cli *c, const struct catalog_local *l, struct json_out *o, struct err *e) { return say_of_locks(c, l, catalog_radar_json, o, e); }

/* path: of control, after /api; NULL: only what lies here is looked at. */
static const struct view { const char *flag, *path; say_f *say; void (*show)(struct cli *c, const struct json *answer); } views[] = {
	{ "alike", "/duplicates", say_alike, catalog_show_alike },
	{ "copies", NULL, say_copies, catalog_show_copies },
	{ "libraries", "/duplicates/libraries", say_libraries, catalog_show_libraries },
	{ "radar", "/duplicates/radar", say_radar, catalog_show_radar },
	{ "decisions", "/duplicates/decisions", say_decisions, catalog_show_decisions },
};

/* The one that was asked for; NULL: none. Two of them are too many. */
static bool view_of(const struct cli *c, enum form form, const struct view **view, struct err *e)
{
	*view = NULL;
	for (size_t i = 0; i < ARRAY_LEN(views); i++) {
		if (!cli_flag(c, views[i].flag))
			continue;
		if (*view)
			return err_set(e, ERR_USAGE, "--%s and --%s: one at a time", (*view)->flag, views[i].flag);
		*view = &views[i];
	}
	if (*view && form >= FORM_BACKSTAGE)
		return err_set(e, ERR_USAGE, "--%s is told as text or json, not as %s", (*view)->flag, forms[form]);
	if (*view && c->argument_count)
		return err_set(e, ERR_USAGE, "--%s is about all services: leave the name out", (*view)->flag);
	return true;
}

static bool answer_here(struct cli *c, const struct catalog_local *l, enum form form, const struct view *view, struct str *body, struct err *e)
{
	struct buf out;
	struct json_out o;
	struct str owner = cli_option(c, "owner"), name = name_shown(c);
	const struct picture_service *s = name.len ? picture_service(l->picture, name) : NULL;
	if (name.len && !s)
		return err_set(e, ERR_NOT_FOUND, "no service is called `%.*s`; `pleach catalog` lists them", STR_FMT(str_sub(name, 0, 100)));
	struct catalog_scores scores;
	struct picture_more more = { catalog_scores_json, &scores };
	/* Lock files are read where the score is shown. */
	bool same, shown = !view && (s || form == FORM_JSON || cli_flag(c, "score"));
	struct catalog_locks *locks = shown ? catalog_locks_make(l->picture, cli_option(c, "in").p ? NULL : l->fleet, NULL, &same, e) : NULL;
	if ((shown && !locks) || !catalog_scores_make(&scores, &l->picture->arena, l->picture, l->fleet, NULL, locks, NULL, NULL, (struct str){ 0 })) {
		catalog_locks_free(locks);
		return err_set(e, ERR_NO_MEMORY, "the catalogue does not fit into memory");
	}
	buf_init(&out, ANSWER_MAX);
	json_out_init(&o, &out);
	bool said = true;
	if (view)
		said = view->say(c, l, &o, e);
	else if (form == FORM_BACKSTAGE)
		picture_backstage(&out, l->picture);
	else if (form == FORM_CYCLONEDX)
		said = say_bom(c, l, &o, e);
	else if (s)
		picture_service_json(&o, l->picture, s, &more);
	else
		picture_json(&o, l->picture, owner.p ? owner : STR(""), cli_flag(c, "orphans"), catalog_local_missing(c, l), &more);
	*body = arena_str(&c->arena, buf_str(&out));
	bool ok = buf_ok(&out) && body->p;
	buf_release(&out);
	catalog_locks_free(locks);
	return said && (ok || err_set(e, ERR_TOO_LARGE, "the catalogue is too large to be shown"));
}

/* --- asking ------------------------------------------------------------------------------------------------------------------------------------------ */

static bool ask_control(struct cli *c, enum form form, const struct view *view, struct str *body, struct err *e)
{
	struct ask client = { 0 };
	struct target t;
	struct buf path;
	buf_init(&path, 4096);
	buf_printf(&path, "/api%s", view ? view->path : "/catalog");
	if (!view && form >= FORM_BACKSTAGE) {
		buf_printf(&path, "/export/%s", forms[form]);
	} else if (!view && name_shown(c).len) {
		buf_char(&path, '/');
		http_escape(&path, name_shown(c), NULL);
	}
	struct str z = arena_strz(&c->arena, buf_str(&path));
	bool ok = buf_ok(&path) ? ask_open(&client, c, e) : err_set(e, ERR_USAGE, "the name is too long");
	buf_release(&path);
	if (ok) {
		target_begin(&t, z.p);
		if (!name_shown(c).len && form < FORM_BACKSTAGE && !view) {
			target_add(&t, "owner", cli_option(c, "owner"));
			target_add(&t, "orphans", cli_flag(c, "orphans") ? STR("true") : STR(""));
		}
		ok = ask_get(&client, PART_SOCKET_CONTROL, target_end(&t, c), body, e);
	}
	ask_close(&client);
	return ok;
}

static bool troubled(const struct json *answer)
{
	const struct json *counts = json_get(answer, STR("counts")), *orphan = json_get(answer, STR("orphan"));
	return json_get_i64(counts, STR("orphans"), 0) || json_get_i64(counts, STR("problems"), 0) || (orphan && orphan->type == JSON_ARRAY && orphan->count);
}

static bool todo_limits(const struct cli *c, const struct json *answer, struct todo_limits *l, struct err *e)
{
	const struct json *list = json_get(answer, STR("services"));
	*l = (struct todo_limits){ .only = STR(""), .no_new = cli_flag(c, "no-new"), .dry = cli_flag(c, "dry-run") };
	for (uint32_t i = 0; c->argument_count && list && list->type == JSON_ARRAY && i < list->count; i++)
		if (str_eq(json_get_str(&list->items[i], STR("service"), STR("")), c->arguments[0]))
			l->only = json_get_str(&list->items[i], STR("id"), STR(""));
	return !c->argument_count || l->only.len || err_set(e, ERR_NOT_FOUND, "no service is called `%.*s`; `pleach catalog` lists them", STR_FMT(str_sub(c->arguments[0], 0, 100)));
}

static void tell_todo(struct cli *c, struct str file, const struct todo *done, bool dry)
{
	struct json_out o;
	if (!c->json) {
		buf_printf(&c->out, "%.*s%s: %zu added, %zu still open, %zu closed.\n", STR_FMT(file), dry ? " (nothing was written)" : "", done->added, done->open, done->closed);
		return;
	}
	json_out_init(&o, &c->out);
	json_out_object(&o);
	json_kv_str(&o, "where", file);
	json_kv_bool(&o, "dry_run", dry);
	json_kv_u64(&o, "raised", done->added);
	json_kv_u64(&o, "closed", done->closed);
	json_kv_u64(&o, "unchanged", done->open);
	json_out_key(&o, STR("items"));
	json_out_array(&o);
	catalog_todo_items(&o, done->text);
	json_out_end(&o);
	json_out_end(&o);
	buf_char(&c->out, '\n');
}

static int todo(struct cli *c, const struct json *answer)
{
	struct err e = { 0 };
	struct todo done;
	struct todo_limits l;
	struct todo_place p = { .where = cli_option(c, "todo"), .state = catalog_local_state(c) };
	if (!todo_limits(c, answer, &l, &e) || (str_eq(p.where, STR("-")) && !catalog_local_todo(c, &p.where, &p.token, &e)))
		return cli_fail(c, &e);
	if (forge_is(p.where))
		return catalog_forge(c, &p, answer, &l);
	struct str file = catalog_local_path(c, p.where);
	if (!catalog_todo_write(c, file, answer, &l, &done, &e))
		return cli_fail(c, &e);
	tell_todo(c, file, &done, l.dry);
	return 0;
}

static int show(struct cli *c, enum form form, const struct view *view, struct str body)
{
	struct err e = { 0 };
	const struct json *answer = form == FORM_BACKSTAGE || form == FORM_CYCLONEDX ? NULL : json_parse(&c->arena, body, &e);
	if (err_is_set(&e))
		return cli_fail(c, &e);
	if (cli_option(c, "todo").p)
		return todo(c, answer);
	if (form != FORM_TEXT)
		buf_printf(&c->out, "%.*s%s", STR_FMT(body), str_ends(body, STR("\n")) ? "" : "\n");
	else if (c->argument_count)
		catalog_show_service(c, answer);
	else if (view)
		view->show(c, answer);
	else if (cli_flag(c, "score"))
		catalog_show_scores(c, answer);
	else if (cli_flag(c, "teams"))
		catalog_show_teams(c, answer);
	else
		catalog_show_services(c, answer, cli_flag(c, "orphans"));
	return cli_flag(c, "strict") && troubled(answer) ? 1 : 0;
}

/* Always of what lies here: a file is changed. */
static int assign(struct cli *c)
{
	struct err e = { 0 };
	struct catalog_local l = { 0 };
	struct assigned done;
	struct str team = cli_option(c, "assign"), name = c->argument_count ? c->arguments[0] : STR("");
	bool ok = name.len ? catalog_local_read(c, &l, &e) : err_set(&e, ERR_USAGE, "--assign: name the service: `pleach catalog SERVICE --assign %.*s`", STR_FMT(str_sub(team, 0, 100)));
	const struct picture_service *s = ok ? picture_service(l.picture, name) : NULL;
	if (ok && !s)
		ok = err_set(&e, ERR_NOT_FOUND, "no service is called `%.*s`; `pleach catalog` lists them", STR_FMT(str_sub(name, 0, 100)));
	ok = ok && catalog_assign(s, cli_option(c, "in").p ? NULL : l.fleet, team, &c->arena, &done, &e);
	if (ok && c->json) {
		struct json_out o;
		json_out_init(&o, &c->out);
		json_out_object(&o);
		json_kv_str(&o, "service", s->name);
		json_kv_str(&o, "owner", team);
		json_kv_str(&o, "before", done.before);
		json_kv_str(&o, "file", done.file);
		json_kv_u64(&o, "line", done.line);
		json_kv_bool(&o, "created", done.created);
		json_out_end(&o);
		buf_char(&c->out, '\n');
	} else if (ok) {
		buf_printf(&c->out, "%.*s is %.*s's now%s%.*s%s: %.*s:%u%s. Commit it.\n", STR_FMT(s->name), STR_FMT(team), done.before.len ? ", no more " : "", STR_FMT(done.before), done.before.len ? "'s" : "",
			   STR_FMT(done.file), done.line, done.created ? " (new)" : "");
	}
	int status = ok ? 0 : cli_fail(c, &e);
	catalog_local_free(&l);
	return status;
}

/* Told to the running fleet, which keeps it. */
static int evidence(struct cli *c)
{
	struct ask client = { 0 };
	struct err e = { 0 };
	struct buf path, body;
	struct json_out o;
	const struct json *answer;
	struct str name = c->argument_count ? c->arguments[0] : STR(""), kind = cli_option(c, "evidence"), said;
	buf_init(&path, 4096);
	buf_init(&body, 16 << 10);
	buf_add(&path, STR("/api/catalog/"));
	http_escape(&path, name, NULL);
	buf_add(&path, STR("/evidence"));
	json_out_init(&o, &body);
	json_out_object(&o);
	json_kv_str(&o, "kind", kind);
	json_kv_bool(&o, "ok", !cli_flag(c, "failed"));
	json_kv_str(&o, "note", cli_option(c, "note").p ? cli_option(c, "note") : STR(""));
	json_kv_str(&o, "link", cli_option(c, "link").p ? cli_option(c, "link") : STR(""));
	json_out_end(&o);
	bool ok = name.len ? buf_ok(&path) && buf_ok(&body) : err_set(&e, ERR_USAGE, "--evidence: name the service: `pleach catalog SERVICE --evidence restore`");
	ok = (ok || err_is_set(&e) || err_set(&e, ERR_USAGE, "the words are too long")) && ok && ask_open(&client, c, &e) &&
	     ask_send(&client, PART_SOCKET_CONTROL, "POST", buf_str(&path), buf_str(&body), &answer, &said, &e);
	ask_close(&client);
	buf_release(&path);
	buf_release(&body);
	if (!ok)
		return cli_fail(c, &e);
	if (c->json)
		buf_add(&c->out, STR("{\"kept\":true}\n"));
	else
		buf_printf(&c->out, "Kept: %.*s of %.*s %s.\n", STR_FMT(kind), STR_FMT(name), cli_flag(c, "failed") ? "failed" : "went well");
	return 0;
}

int cmd_catalog(struct cli *c)
{
	if (cli_option(c, "assign").p)
		return assign(c);
	if (cli_option(c, "evidence").p)
		return evidence(c);
	catalog_local_begin(c);
	struct err e = { 0 };
	struct catalog_local l = { 0 };
	enum form form;
	const struct view *view;
	struct str body;
	bool here = catalog_local_named(c);
	for (size_t i = 0; i < 2 && !cli_option(c, "todo").p; i++)
		if (cli_flag(c, i ? "no-new" : "dry-run"))
			err_set(&e, ERR_USAGE, "--%s goes with --todo", i ? "no-new" : "dry-run");
	if (err_is_set(&e) || !form_of(c, &form, &e) || !view_of(c, form, &view, &e))
		return cli_fail(c, &e);
	if (cli_option(c, "todo").p && (cli_option(c, "owner").p || cli_option(c, "format").p || view))
		err_set(&e, ERR_USAGE, "--todo is about orphans, of all owners: leave the others out");
	if (err_is_set(&e))
		return cli_fail(c, &e);
	bool fleet = !here && (!view || view->path) && catalog_local_fleet(c), ok = fleet && ask_control(c, form, view, &body, &e);
	/* No fleet here, or it is not running: read. Anything else that control answers is its answer. */
	if (!ok && (!fleet || e.code == ERR_UNAVAILABLE)) {
		err_clear(&e);
		ok = catalog_local_read(c, &l, &e) && answer_here(c, &l, form, view, &body, &e);
	}
	int status = ok ? show(c, form, view, body) : cli_fail(c, &e);
	catalog_local_free(&l);
	return status;
}
