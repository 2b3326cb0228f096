/* Help, the manual pages (scdoc source) and shell completion, all from the rows of tbl/commands.h and tbl/options.h. */
#include "cli/command.h"
#include "base/check.h"
#include "cli/output.h"

static bool shown(const struct option *o, enum command_id command)
{
	return o->command == command || o->command == COMMAND_ALL;
}

static void option_words(struct buf *b, const struct option *o)
{
	if (o->letter)
		buf_printf(b, "-%c, ", o->letter);
	buf_printf(b, "--%.*s", STR_FMT(o->name));
	if (o->argument.len)
		buf_printf(b, " %.*s", STR_FMT(o->argument));
}

static void overview(struct cli *c)
{
	struct buf *b = &c->out;
	struct str group = STR("");
	buf_add(b, STR("Pleach runs a fleet of services on one machine, carries every call between them, and tells what went wrong.\n\n"
		       "  pleach up            start the fleet described by pleach.yaml\n"
		       "  pleach why --failed  explain the newest request that failed\n"));
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (!commands[i].group.len)
			continue;
		if (!str_eq(commands[i].group, group)) {
			group = commands[i].group;
			buf_char(b, '\n');
			out_bold(c, group);
			buf_char(b, '\n');
		}
		buf_printf(b, "  %-12.*s %.*s\n", STR_FMT(commands[i].name), STR_FMT(commands[i].summary));
	}
	buf_add(b, STR("\n`pleach help COMMAND` explains one. Every command has a --json form.\n"));
}

static void explain(struct cli *c, enum command_id id)
{
	const struct command *command = &commands[id];
	struct buf *b = &c->out;
	struct str lines = command->examples;
	while (lines.p) {
		struct str line = str_split(&lines, '\n');
		if (line.len)
			buf_printf(b, "  %.*s\n", STR_FMT(line));
	}
	buf_printf(b, "\n%.*s.\n", STR_FMT(command->summary));
	if (command->description.len) {
		buf_char(b, '\n');
		text_wrapped(b, command->description, 0, 80);
	}
	buf_printf(b, "\nUsage: pleach %.*s [options]%s%.*s\n\n", STR_FMT(command->name), command->arguments.len ? " " : "", STR_FMT(command->arguments));
	for (size_t i = 0; i < options_count; i++) {
		if (!shown(&options[i], id))
			continue;
		struct buf words;
		buf_init(&words, 256);
		option_words(&words, &options[i]);
		buf_printf(b, "  %-24.*s %.*s\n", STR_FMT(buf_str(&words)), STR_FMT(options[i].help));
		buf_release(&words);
	}
}

/* scdoc takes '_' and '*' as markup and '.' at a line's start as a macro. */
static void scdoc_text(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '_' || s.p[i] == '*' || s.p[i] == '\\' || s.p[i] == '<' || s.p[i] == '`')
			buf_char(b, '\\');
		buf_char(b, s.p[i]);
	}
}

static void manual(struct cli *c, enum command_id id)
{
	const struct command *command = &commands[id];
	struct buf *b = &c->out;
	struct str lines = command->examples;
	buf_printf(b, "pleach-%.*s(1)\n\n# NAME\n\npleach-%.*s - ", STR_FMT(command->name), STR_FMT(command->name));
	scdoc_text(b, command->summary);
	buf_printf(b, "\n\n# SYNOPSIS\n\n*pleach %.*s* [options] ", STR_FMT(command->name));
	scdoc_text(b, command->arguments);
	buf_add(b, STR("\n\n# DESCRIPTION\n\n"));
	scdoc_text(b, command->description.len ? command->description : command->summary);
	buf_add(b, STR("\n\n# EXAMPLES\n\n```\n"));
	while (lines.p) {
		struct str line = str_split(&lines, '\n');
		if (line.len)
			buf_printf(b, "%.*s\n", STR_FMT(line));
	}
	buf_add(b, STR("```\n\n# OPTIONS\n\n"));
	for (size_t i = 0; i < options_count; i++) {
		if (!shown(&options[i], id))
			continue;
		buf_char(b, '*');
		option_words(b, &options[i]);
		buf_add(b, STR("*\n\t"));
		scdoc_text(b, options[i].help);
		buf_add(b, STR("\n\n"));
	}
	buf_add(b, STR("# EXIT STATUS\n\n0 success, 1 failed, 2 wrong input, 3 not found, 4 the fleet is not running.\n"));
}

int cmd_help(struct cli *c)
{
	enum command_id id = c->command;
	/* `pleach help --help` explains `help` itself, as with every command. */
	if (id == COMMAND_HELP && !cli_flag(c, "help")) {
		if (c->argument_count == 0) {
			overview(c);
			return 0;
		}
		for (id = 0; id < COMMAND_COUNT && !str_eq(commands[id].name, c->arguments[0]); id++)
			;
		if (id == COMMAND_COUNT) {
			struct err e = { 0 };
			err_set(&e, ERR_USAGE, "there is no command `%.*s`; `pleach help` lists them", STR_FMT(c->arguments[0]));
			return cli_fail(c, &e);
		}
		if (cli_flag(c, "manual")) {
			manual(c, id);
			return 0;
		}
	}
	explain(c, id);
	return 0;
}

int cmd_version(struct cli *c)
{
	if (c->json)
		buf_add(&c->out, STR("{\"version\":\"" PLEACH_VERSION "\"}\n"));
	else
		buf_add(&c->out, STR("pleach " PLEACH_VERSION "\n"));
	return 0;
}

static void bash_words(struct buf *b, enum command_id id)
{
	for (size_t i = 0; i < options_count; i++)
		if (shown(&options[i], id))
			buf_printf(b, " --%.*s", STR_FMT(options[i].name));
}

static void completion_bash(struct buf *b)
{
	buf_add(b, STR("_pleach() {\n  local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} words\n"
		       "  if [ \"$COMP_CWORD\" -eq 1 ]; then words='"));
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (commands[i].group.len)
			buf_printf(b, "%.*s ", STR_FMT(commands[i].name));
	buf_add(b, STR("'\n  else case $command in\n"));
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (!commands[i].group.len)
			continue;
		buf_printf(b, "    %.*s) words='", STR_FMT(commands[i].name));
		bash_words(b, (enum command_id)i);
		buf_add(b, STR("' ;;\n"));
	}
	buf_add(b, STR("  esac; fi\n  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n}\ncomplete -o default -F _pleach pleach\n"));
}

static void completion_zsh(struct buf *b)
{
	buf_add(b, STR("#compdef pleach\n_pleach() {\n  if (( CURRENT == 2 )); then\n    local -a all=(\n"));
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (commands[i].group.len)
			buf_printf(b, "      '%.*s:%.*s'\n", STR_FMT(commands[i].name), STR_FMT(commands[i].summary));
	buf_add(b, STR("    )\n    _describe command all\n    return\n  fi\n  case $words[2] in\n"));
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (!commands[i].group.len)
			continue;
		buf_printf(b, "    %.*s) compadd --", STR_FMT(commands[i].name));
		bash_words(b, (enum command_id)i);
		buf_add(b, STR(" ;;\n"));
	}
	buf_add(b, STR("  esac\n}\ncompdef _pleach pleach\n"));
}

static void completion_fish(struct buf *b)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		const struct command *command = &commands[i];
		if (!command->group.len)
			continue;
		buf_printf(b, "complete -c pleach -n __fish_use_subcommand -f -a %.*s -d '%.*s'\n", STR_FMT(command->name), STR_FMT(command->summary));
		for (size_t k = 0; k < options_count; k++)
			if (shown(&options[k], (enum command_id)i))
				buf_printf(b, "complete -c pleach -n '__fish_seen_subcommand_from %.*s' -l %.*s%s -d '%.*s'\n", STR_FMT(command->name),
					   STR_FMT(options[k].name), options[k].argument.len ? " -r" : "", STR_FMT(options[k].help));
	}
}

int cmd_completion(struct cli *c)
{
	struct str shell = c->arguments[0];
	if (str_eq(shell, STR("bash"))) {
		completion_bash(&c->out);
	} else if (str_eq(shell, STR("zsh"))) {
		completion_zsh(&c->out);
	} else if (str_eq(shell, STR("fish"))) {
		completion_fish(&c->out);
	} else {
		struct err e = { 0 };
		err_set(&e, ERR_USAGE, "no completion for `%.*s`; there is bash, zsh and fish", STR_FMT(shell));
		return cli_fail(c, &e);
	}
	return 0;
}
