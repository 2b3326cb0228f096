/* pleach contract: finds the verb (tbl/contract_verbs.h), checks its arguments and options, and runs it; a verb is one file, cmd_contract_<verb>.c. */
#include "base/check.h"
#include "base/suggest.h"
#include "cli/contract.h"

#define verb_fn_DIFF cmd_contract_diff
#define verb_fn_LOCK cmd_contract_lock
#define verb_fn_CHECK cmd_contract_check
#define verb_fn_SHOW cmd_contract_show
#define verb_fn_MIGRATIONS cmd_contract_migrations
#define verb_fn_RULES cmd_contract_rules
#define verb_fn_EXPLAIN cmd_contract_explain
#define verb_fn_VERIFY cmd_contract_verify
#define verb_fn_STUB cmd_contract_stub
#define verb_fn_FITS cmd_contract_fits
#define verb_fn_PUBLISH cmd_contract_publish
#define verb_fn_CAN_I_DEPLOY cmd_contract_can_i_deploy
#define verb_fn_DEPLOYED cmd_contract_deployed
#define verb_fn_CONSUMERS cmd_contract_consumers
#define verb_fn_RECORD cmd_contract_record

const struct contract_verb_info contract_verbs[VERB_COUNT] = {
#define VERB_ROW(symbol, name_, arguments_, fewest_, most_, options_, summary_)                                                                                \
	[VERB_##symbol] = { STR_INIT(name_), STR_INIT(arguments_), fewest_, most_, STR_INIT(options_), STR_INIT(summary_), verb_fn_##symbol },
#include "tbl/contract_verbs.h"
#undef VERB_ROW
};

static const struct contract_verb_info *find(struct str name, struct err *e)
{
	struct str names[VERB_COUNT];
	for (size_t i = 0; i < VERB_COUNT; i++) {
		names[i] = contract_verbs[i].name;
		if (str_eq(names[i], name))
			return &contract_verbs[i];
	}
	struct str near = suggest(name, names, VERB_COUNT);
	if (near.p)
		err_set(e, ERR_USAGE, "there is no `pleach contract %.*s`; did you mean `%.*s`?", STR_FMT(name), STR_FMT(near));
	else
		err_set(e, ERR_USAGE, "there is no `pleach contract %.*s`; there are diff, lock, check, show, migrations, rules, explain, verify, stub and fits", STR_FMT(name));
	return NULL;
}

static bool takes(const struct contract_verb_info *v, struct str name)
{
	struct str rest = v->options;
	while (rest.p)
		if (str_eq(str_split(&rest, ' '), name))
			return true;
	return false;
}

static bool options_fit(const struct cli *c, const struct contract_verb_info *v, struct err *e)
{
	for (size_t i = 0; i < options_count; i++)
		if (options[i].command == COMMAND_CONTRACT && c->values[i].p && !takes(v, options[i].name))
			return err_set(e, ERR_USAGE, "`pleach contract %.*s` has no option --%.*s (pleach help contract)", STR_FMT(v->name), STR_FMT(options[i].name));
	return true;
}

static bool arguments_fit(const struct cli *c, const struct contract_verb_info *v, struct err *e)
{
	if (c->argument_count < v->fewest)
		return err_set(e, ERR_USAGE, "%.*s is missing; usage: pleach contract %.*s %.*s", STR_FMT(v->arguments), STR_FMT(v->name), STR_FMT(v->arguments));
	if (c->argument_count > v->most)
		return err_set(e, ERR_USAGE, "`%.*s` is one argument too many; usage: pleach contract %.*s %.*s", STR_FMT(c->arguments[v->most]), STR_FMT(v->name), STR_FMT(v->arguments));
	return true;
}

int cmd_contract(struct cli *c)
{
	struct err e = { 0 };
	const struct contract_verb_info *v = find(c->arguments[0], &e);
	c->argument_count--;
	memmove(c->arguments, c->arguments + 1, c->argument_count * sizeof(c->arguments[0]));
	if (!v || !options_fit(c, v, &e) || !arguments_fit(c, v, &e))
		return contract_fail_plain(c, &e);
	return v->run(c);
}
