/* pleach advise: the growing pains of this fleet (catalog/advice), asked of control or made of what lies here. */
#include "catalog/advice/advice.h"
#include "cli/ask.h"
#include "cli/catalog_local.h"
#include "cli/output.h"
#include "part/catalog_score.h"

enum { ANSWER_MAX = 16 << 20 };

static struct str text_of(const struct json *x, const char *key) { return json_get_str(x, str_z(key), STR("")); }
static long long number_of(const struct json *x, const char *key) { return (long long)json_get_i64(x, str_z(key), 0); }

static bool ask_control(struct cli *c, struct str *body, struct err *e)
{
	struct ask client;
	bool ok = ask_open(&client, c, e) && ask_get(&client, PART_SOCKET_CONTROL, STR("/api/advice"), body, e);
	ask_close(&client);
	return ok;
}

static bool look_here(struct cli *c, struct catalog_local *l, struct str *body, struct err *e)
{
	struct catalog_scores scores;
	struct figures figures;
	struct advice_all advice;
	struct buf out;
	struct json_out o;
	if (!catalog_local_read(c, l, e))
		return false;
	struct arena *a = &l->picture->arena;
	const struct fleet *fleet = cli_option(c, "in").p ? NULL : l->fleet;
	if (!catalog_scores_make(&scores, a, l->picture, fleet, NULL, NULL, NULL, NULL, (struct str){ 0 }))
		return err_set(e, ERR_NO_MEMORY, "the catalogue does not fit into memory");
	figures_make(&figures, a, l->picture, fleet, scores.items, 0, NULL);
	figures_releases(&figures, a, l->picture, &scores.releases);
	advice_make(&advice, a, &figures);
	buf_init(&out, ANSWER_MAX);
	json_out_init(&o, &out);
	advice_json(&o, &advice, catalog_local_missing(c, l));
	*body = arena_str(&c->arena, buf_str(&out));
	bool ok = buf_ok(&out) && body->p;
	buf_release(&out);
	return ok || err_set(e, ERR_TOO_LARGE, "the advice is too large to be shown");
}

static void one(struct cli *c, const struct json *p)
{
	const struct json *reasons = json_get(p, STR("reasons"));
	struct str state = text_of(p, "state");
	out_styled(c, str_eq(state, STR("now")) ? STYLE_RED : str_eq(state, STR("coming")) ? STYLE_AMBER : STYLE_DIM, state);
	buf_add(&c->out, STR("  "));
	out_bold(c, text_of(p, "title"));
	buf_char(&c->out, '\n');
	for (uint32_t i = 0; reasons && reasons->type == JSON_ARRAY && i < reasons->count; i++)
		if (reasons->items[i].type == JSON_STRING)
			buf_printf(&c->out, "  %-8s%.*s\n", i ? "" : "why", STR_FMT(reasons->items[i].s));
	if (!str_eq(state, STR("not yet"))) {
		buf_add(&c->out, STR("  do      "));
		text_wrapped(&c->out, text_of(p, "remedy"), 10, 100);
	}
	if (!str_eq(state, STR("now")))
		buf_printf(&c->out, "  %-8s%.*s\n", "wasted", STR_FMT(text_of(p, "wasted")));
	buf_char(&c->out, '\n');
}

static void print(struct cli *c, const struct json *answer)
{
	const struct json *f = json_get(answer, STR("figures")), *pains = json_get(answer, STR("pains"));
	size_t shown = 0;
	if (f)
		buf_printf(&c->out, "%lld services of %lld teams, %lld people, %lld dependencies between services, %lld of them across teams.\n\n", number_of(f, "services"), number_of(f, "teams"), number_of(f, "people"),
			   number_of(f, "edges"), number_of(f, "cross_team_edges"));
	for (uint32_t i = 0; pains && pains->type == JSON_ARRAY && i < pains->count; i++) {
		if (str_eq(text_of(&pains->items[i], "state"), STR("not yet")) && !cli_flag(c, "all"))
			continue;
		one(c, &pains->items[i]);
		shown++;
	}
	if (!shown && f)
		buf_add(&c->out, STR("None of the ten growing pains is here or near. Enjoy it.\n"));
	if (text_of(answer, "missing").len) {
		out_styled(c, STYLE_AMBER, STR("not known: "));
		buf_printf(&c->out, "%.*s\n", STR_FMT(text_of(answer, "missing")));
	}
}

int cmd_advise(struct cli *c)
{
	struct err e = { 0 };
	struct catalog_local l = { 0 };
	struct str body;
	bool fleet = !catalog_local_named(c) && catalog_local_fleet(c), ok = fleet && ask_control(c, &body, &e);
	if (!ok && (!fleet || e.code == ERR_UNAVAILABLE)) {
		err_clear(&e);
		ok = look_here(c, &l, &body, &e);
	}
	const struct json *answer = ok ? json_parse(&c->arena, body, &e) : NULL;
	catalog_local_free(&l);
	if (!answer)
		return cli_fail(c, &e);
	if (c->json)
		buf_printf(&c->out, "%.*s\n", STR_FMT(body));
	else
		print(c, answer);
	return 0;
}
