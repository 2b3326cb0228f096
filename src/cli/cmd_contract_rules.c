/* pleach contract rules [CHECKER]: the kinds of change that are known, and the rules of other checkers under which they are found too. */
#include "base/suggest.h"
#include "cli/contract.h"
#include "cli/output.h"

static void kinds_json(struct json_out *o)
{
	json_out_key(o, STR("kinds"));
	json_out_array(o);
	for (size_t i = 0; i < CHANGE_KIND_COUNT; i++) {
		const struct change_info *k = &change_infos[i];
		struct str names[4];
		size_t n = category_names(k->categories, names);
		json_out_object(o);
		json_kv_str(o, "format", k->format);
		json_kv_str(o, "kind", k->name);
		json_kv_str(o, "level", str_z(change_level_name(k->level)));
		json_out_key(o, STR("categories"));
		json_out_array(o);
		for (size_t j = 0; j < n; j++)
			json_out_str(o, names[j]);
		json_out_end(o);
		json_kv_str(o, "title", k->title);
		json_kv_str(o, "why", k->why);
		json_kv_str(o, "remedy", k->remedy);
		json_out_end(o);
	}
	json_out_end(o);
}

static void rules_json(struct json_out *o, struct str checker)
{
	json_out_key(o, STR("rules"));
	json_out_array(o);
	for (size_t i = 0; i < RULE_COUNT; i++) {
		const struct rule_info *r = &rule_infos[i];
		if (checker.len && !str_eq(r->checker, checker))
			continue;
		json_out_object(o);
		json_kv_str(o, "checker", r->checker);
		json_kv_str(o, "rule", r->name);
		json_kv_str(o, "sets", r->sets);
		json_kv_str(o, "purpose", r->purpose);
		json_out_end(o);
	}
	json_out_end(o);
}

static void kinds_text(struct cli *c)
{
	struct table t;
	table_init(&t, c, 3);
	for (size_t i = 0; i < CHANGE_KIND_COUNT; i++) {
		const struct change_info *k = &change_infos[i];
		table_cell(&t, arena_printf(&c->arena, "%.*s/%.*s", STR_FMT(k->format), STR_FMT(k->name)), STYLE_BOLD);
		table_cell(&t, str_z(change_level_name(k->level)), k->level == CHANGE_BREAKING ? STYLE_RED : k->level == CHANGE_WARNING ? STYLE_AMBER : STYLE_DIM);
		table_cell(&t, k->title, STYLE_NONE);
	}
	table_print(&t);
}

static size_t of_checker(struct str checker)
{
	size_t n = 0;
	for (size_t i = 0; i < RULE_COUNT; i++)
		n += str_eq(rule_infos[i].checker, checker);
	return n;
}

static void checkers_text(struct cli *c)
{
	buf_add(&c->out, STR("\nRules of other checkers, for --rules:\n"));
	for (size_t i = 0; i < RULE_COUNT; i++)
		if (!i || !str_eq(rule_infos[i - 1].checker, rule_infos[i].checker))
			buf_printf(&c->out, "  %-20.*s %zu rules (pleach contract rules %.*s)\n", STR_FMT(rule_infos[i].checker), of_checker(rule_infos[i].checker), STR_FMT(rule_infos[i].checker));
}

static void rules_text(struct cli *c, struct str checker)
{
	struct table t;
	table_init(&t, c, 3);
	for (size_t i = 0; i < RULE_COUNT; i++) {
		if (!str_eq(rule_infos[i].checker, checker))
			continue;
		table_cell(&t, rule_infos[i].name, STYLE_BOLD);
		table_cell(&t, rule_infos[i].sets, STYLE_DIM);
		table_cell(&t, rule_infos[i].purpose, STYLE_NONE);
	}
	table_print(&t);
}

static int no_checker(struct cli *c, struct str checker)
{
	struct err e = { 0 };
	struct str names[RULE_COUNT + 1];
	size_t n = 0;
	for (size_t i = 0; i < RULE_COUNT; i++)
		if (!n || !str_eq(names[n - 1], rule_infos[i].checker))
			names[n++] = rule_infos[i].checker;
	struct str near = suggest(checker, names, n);
	if (near.p)
		err_set(&e, ERR_USAGE, "there is no checker `%.*s`; did you mean `%.*s`?", STR_FMT(checker), STR_FMT(near));
	else
		err_set(&e, ERR_USAGE, "there is no checker `%.*s`; `pleach contract rules` lists them", STR_FMT(checker));
	return contract_fail_plain(c, &e);
}

int cmd_contract_rules(struct cli *c)
{
	struct json_out o;
	struct str checker = c->argument_count ? c->arguments[0] : STR("");
	if (checker.len && !of_checker(checker))
		return no_checker(c, checker);
	if (c->json) {
		json_out_init(&o, &c->out);
		json_out_object(&o);
		if (!checker.len)
			kinds_json(&o);
		rules_json(&o, checker);
		json_out_end(&o);
		buf_char(&c->out, '\n');
	} else if (checker.len) {
		rules_text(c, checker);
	} else {
		kinds_text(c);
		checkers_text(c);
	}
	struct str text = arena_str(&c->arena, buf_str(&c->out));
	buf_clear(&c->out);
	return contract_print(c, text);
}
