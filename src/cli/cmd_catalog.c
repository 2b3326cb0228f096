/* pleach catalog: all services and whose they are. A running fleet knows more (what was seen); without one, or with --in, the repositories are read here and now by
 * confined workers (part/catalog_crawl.h). */
#include "cli/ask.h"
#include "cli/catalog_forge.h"
#include "cli/catalog_local.h"
#include "cli/catalog_show.h"
#include "cli/catalog_todo.h"
#include "cli/output.h"
#include "part/catalog_alike.h"
#include "part/catalog_assign.h"
#include "part/catalog_copies.h"
#include "part/catalog_score.h"
#include "part/forge.h"

enum { ANSWER_MAX = 256 << 20 };
enum form { FORM_TEXT, FORM_JSON, FORM_BACKSTAGE, FORM_CYCLONEDX };
static const char *const forms[] = { "text", "json", "backstage", "cyclonedx" };

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

static bool answer_here(struct cli *c, const struct catalog_local *l, enum form form, struct str *body, struct err *e)
{
	struct buf out;
	struct json_out o;
	struct str owner = cli_option(c, "owner"), name = c->argument_count ? c->arguments[0] : STR("");
	const struct picture_service *s = name.len ? picture_service(l->picture, name) : NULL;
	if (name.len && !s)
		return err_set(e, ERR_NOT_FOUND, "no service is called `%.*s`; `pleach catalog` lists them", STR_FMT(str_sub(name, 0, 100)));
	struct catalog_scores scores;
	struct picture_more more = { catalog_scores_json, &scores };
	if (!catalog_scores_make(&scores, &l->picture->arena, l->picture, l->fleet, NULL, NULL, NULL, NULL))
		return err_set(e, ERR_NO_MEMORY, "the catalogue does not fit into memory");
	bool same;
	struct catalog_alike *alike = cli_flag(c, "alike") ? catalog_alike_make(l->picture, cli_option(c, "in").p ? NULL : l->fleet, NULL, &same, e) : NULL;
	if (cli_flag(c, "alike") && !alike)
		return false;
	struct catalog_copies *copies = cli_flag(c, "copies") ? catalog_copies_make(l->picture, e) : NULL;
	if (cli_flag(c, "copies") && !copies)
		return false;
	buf_init(&out, ANSWER_MAX);
	json_out_init(&o, &out);
	if (copies)
		catalog_copies_json(&o, copies, catalog_local_missing(c, l));
	else if (alike)
		catalog_alike_json(&o, alike, l->picture, catalog_local_missing(c, l));
	else if (form == FORM_BACKSTAGE)
		picture_backstage(&out, l->picture);
	else if (form == FORM_CYCLONEDX)
		picture_cyclonedx(&o, l->picture);
	else if (s)
		picture_service_json(&o, l->picture, s, &more);
	else
		picture_json(&o, l->picture, owner.p ? owner : STR(""), cli_flag(c, "orphans"), catalog_local_missing(c, l), &more);
	*body = arena_str(&c->arena, buf_str(&out));
	bool ok = buf_ok(&out) && body->p;
	catalog_alike_free(alike);
	catalog_copies_free(copies);
	buf_release(&out);
	return ok || err_set(e, ERR_TOO_LARGE, "the catalogue is too large to be shown");
}

/* --- asking ------------------------------------------------------------------------------------------------------------------------------------------ */

static bool ask_control(struct cli *c, enum form form, struct str *body, struct err *e)
{
	struct ask client = { 0 };
	struct target t;
	struct buf path;
	buf_init(&path, 4096);
	buf_add(&path, STR("/api/catalog"));
	if (cli_flag(c, "alike")) {
		buf_clear(&path);
		buf_add(&path, STR("/api/duplicates"));
	} else if (form >= FORM_BACKSTAGE) {
		buf_printf(&path, "/export/%s", forms[form]);
	} else if (c->argument_count) {
		buf_char(&path, '/');
		http_escape(&path, c->arguments[0], NULL);
	}
	struct str z = arena_strz(&c->arena, buf_str(&path));
	bool ok = buf_ok(&path) ? ask_open(&client, c, e) : err_set(e, ERR_USAGE, "the name is too long");
	buf_release(&path);
	if (ok) {
		target_begin(&t, z.p);
		if (!c->argument_count && form < FORM_BACKSTAGE && !cli_flag(c, "alike")) {
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

static int todo(struct cli *c, const struct json *answer)
{
	struct err e = { 0 };
	struct todo done;
	bool dry = cli_flag(c, "dry-run");
	if (forge_is(cli_option(c, "todo")))
		return catalog_forge(c, cli_option(c, "todo"), answer, catalog_local_state(c), dry);
	struct str file = catalog_local_path(c, cli_option(c, "todo"));
	if (!catalog_todo_write(c, file, answer, dry, &done, &e))
		return cli_fail(c, &e);
	buf_printf(&c->out, "%.*s%s: %zu added, %zu still open, %zu closed.\n", STR_FMT(file), dry ? " (nothing was written)" : "", done.added, done.open, done.closed);
	return 0;
}

static int show(struct cli *c, enum form form, struct str body)
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
	else if (cli_flag(c, "copies"))
		catalog_show_copies(c, answer);
	else if (cli_flag(c, "alike"))
		catalog_show_alike(c, answer);
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

int cmd_catalog(struct cli *c)
{
	if (cli_option(c, "assign").p)
		return assign(c);
	catalog_local_begin(c);
	struct err e = { 0 };
	struct catalog_local l = { 0 };
	enum form form;
	struct str body;
	bool here = catalog_local_named(c);
	if (cli_option(c, "todo").p && (c->argument_count || cli_option(c, "owner").p || cli_option(c, "format").p || cli_flag(c, "alike") || cli_flag(c, "copies")))
		err_set(&e, ERR_USAGE, "--todo is about all services: leave the others out");
	if (cli_flag(c, "dry-run") && !cli_option(c, "todo").p)
		err_set(&e, ERR_USAGE, "--dry-run goes with --todo");
	if (err_is_set(&e) || !form_of(c, &form, &e))
		return cli_fail(c, &e);
	bool fleet = !here && !cli_flag(c, "copies") && catalog_local_fleet(c), ok = fleet && ask_control(c, form, &body, &e);
	/* No fleet here, or it is not running: read. Anything else that control answers is its answer. */
	if (!ok && (!fleet || e.code == ERR_UNAVAILABLE)) {
		err_clear(&e);
		ok = catalog_local_read(c, &l, &e) && answer_here(c, &l, form, &body, &e);
	}
	int status = ok ? show(c, form, body) : cli_fail(c, &e);
	catalog_local_free(&l);
	return status;
}
