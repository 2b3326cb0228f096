/* The tables and the parser of the command line. Options may stand anywhere; `--` ends them; `--name=value` and `--name value` are the same.
 * For `logs`, a word that begins with '-' and is no option is part of the query (-not). */
#include "cli/command.h"
#include "base/check.h"
#include "base/json.h"
#include "base/suggest.h"
#include "base/time.h"
#include "model/fleet.h"

#define cmd_fn_UP cmd_up
#define cmd_fn_DOWN cmd_down
#define cmd_fn_STATUS cmd_status
#define cmd_fn_LOGS cmd_logs
#define cmd_fn_TRACE cmd_trace
#define cmd_fn_MAP cmd_map
#define cmd_fn_FINDINGS cmd_findings
#define cmd_fn_WHY cmd_why
#define cmd_fn_DELETE cmd_delete
#define cmd_fn_SNAPSHOT cmd_snapshot
#define cmd_fn_CHECK cmd_check
#define cmd_fn_CONTRACT cmd_contract
#define cmd_fn_TESTS cmd_tests
#define cmd_fn_COMPLETION cmd_completion
#define cmd_fn_HELP cmd_help
#define cmd_fn_VERSION cmd_version
#define cmd_fn_ADVISE cmd_advise
#define cmd_fn_CATALOG cmd_catalog
#define cmd_fn_CRAWL cmd_crawl
#define cmd_fn_PART cmd_part

const struct command commands[COMMAND_COUNT] = {
#define COMMAND_ROW(symbol, name_, arguments_, fewest_, most_, group_, summary_, examples_, description_)                              \
	[COMMAND_##symbol] = { .name = STR_INIT(name_),                                                                                \
			       .arguments = STR_INIT(arguments_),                                                                      \
			       .fewest = fewest_,                                                                                      \
			       .most = most_,                                                                                          \
			       .group = STR_INIT(group_),                                                                              \
			       .summary = STR_INIT(summary_),                                                                          \
			       .examples = STR_INIT(examples_),                                                                        \
			       .description = STR_INIT(description_),                                                                  \
			       .run = cmd_fn_##symbol },
#include "tbl/commands.h"
#undef COMMAND_ROW
};

const struct option options[] = {
#define OPTION_ROW(command_, name_, letter_, argument_, kind_, help_)                                                                  \
	{ .command = COMMAND_##command_,                                                                                               \
	  .name = STR_INIT(name_),                                                                                                     \
	  .letter = letter_,                                                                                                           \
	  .argument = STR_INIT(argument_),                                                                                             \
	  .kind = STR_INIT(kind_),                                                                                                     \
	  .help = STR_INIT(help_) },
#include "tbl/options.h"
#undef OPTION_ROW
};
const size_t options_count = ARRAY_LEN(options);

static bool belongs(const struct option *o, enum command_id command)
{
	return o->command == command || o->command == COMMAND_ALL;
}

static const struct option *find_long(enum command_id command, struct str name)
{
	for (size_t i = 0; i < options_count; i++)
		if (belongs(&options[i], command) && str_eq(options[i].name, name))
			return &options[i];
	return NULL;
}

static const struct option *find_letter(enum command_id command, char letter)
{
	for (size_t i = 0; i < options_count; i++)
		if (belongs(&options[i], command) && options[i].letter == letter && letter)
			return &options[i];
	return NULL;
}

static bool unknown_option(const struct cli *c, struct str word, struct str name, struct err *e)
{
	struct str names[ARRAY_LEN(options)];
	size_t n = 0;
	for (size_t i = 0; i < options_count; i++)
		if (belongs(&options[i], c->command))
			names[n++] = options[i].name;
	struct str near = suggest(name, names, n);
	if (near.p)
		return err_set(e, ERR_USAGE, "unknown option %.*s; did you mean --%.*s? (pleach help %.*s)", STR_FMT(word), STR_FMT(near),
			       STR_FMT(commands[c->command].name));
	return err_set(e, ERR_USAGE, "unknown option %.*s (pleach help %.*s)", STR_FMT(word), STR_FMT(commands[c->command].name));
}

static bool find_command(struct cli *c, struct str word, struct err *e)
{
	struct str names[COMMAND_COUNT];
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		names[i] = commands[i].name;
		if (str_eq(names[i], word)) {
			c->command = (enum command_id)i;
			return true;
		}
	}
	struct str near = suggest(word, names, COMMAND_COUNT);
	if (near.p)
		return err_set(e, ERR_USAGE, "there is no command `%.*s`; did you mean `%.*s`?", STR_FMT(word), STR_FMT(near));
	return err_set(e, ERR_USAGE, "there is no command `%.*s`; `pleach help` lists them", STR_FMT(word));
}

/* One option at argv[*i]; takes its argument from the same or the next word. */
static bool take_option(struct cli *c, struct str *values, size_t argc, const struct str *argv, size_t *i, struct err *e)
{
	struct str word = argv[*i], value = { NULL, 0 };
	const struct option *o;
	if (str_starts(word, STR("--"))) {
		struct str name = str_skip(word, 2);
		size_t equals = str_find_char(name, '=');
		if (equals != SIZE_MAX) {
			value = str_skip(name, equals + 1);
			name = str_sub(name, 0, equals);
		}
		o = find_long(c->command, name);
		if (!o)
			return unknown_option(c, word, name, e);
	} else {
		o = find_letter(c->command, word.p[1]);
		if (!o)
			return unknown_option(c, word, str_skip(word, 1), e);
		if (word.len > 2)
			value = str_skip(word, 2);
	}
	if (o->argument.len == 0 && value.p)
		return err_set(e, ERR_USAGE, "--%.*s takes no value", STR_FMT(o->name));
	if (o->argument.len && !value.p) {
		if (*i + 1 >= argc)
			return err_set(e, ERR_USAGE, "--%.*s needs a value: %.*s", STR_FMT(o->name), STR_FMT(o->argument));
		value = argv[++*i];
	}
	if (str_eq(o->kind, STR("list")) && values[o - options].p)
		value = arena_printf(&c->arena, "%.*s\n%.*s", STR_FMT(values[o - options]), STR_FMT(value));
	values[o - options] = value.p ? value : STR("");
	return true;
}

/* In a query, -word excludes; only the words of the option table are options there. */
static bool is_option(const struct cli *c, struct str word)
{
	if (word.len < 2 || word.p[0] != '-')
		return false;
	if (c->command != COMMAND_LOGS || str_starts(word, STR("--")))
		return true;
	return word.len == 2 && find_letter(c->command, word.p[1]);
}

bool cli_parse(struct cli *c, size_t argc, const struct str *argv, struct err *e)
{
	arena_init(&c->arena, 256u << 20);
	buf_init(&c->out, 64u << 20);
	struct str *values = ARENA_ARRAY(&c->arena, options_count, struct str);
	CHECK(values);
	c->values = values;
	c->command = COMMAND_HELP;
	if (argc == 0)
		return true;
	size_t i = 1;
	if (str_eq(argv[0], STR("--help")) || str_eq(argv[0], STR("-h")))
		;
	else if (str_eq(argv[0], STR("--version")))
		c->command = COMMAND_VERSION;
	else if (!find_command(c, argv[0], e))
		return false;
	const struct command *command = &commands[c->command];
	bool only_arguments = false;
	/* Known before anything can go wrong: an error is printed in the form that was asked for. */
	for (size_t k = i; k < argc && !str_eq(argv[k], STR("--")); k++)
		c->json |= str_eq(argv[k], STR("--json"));
	for (; i < argc; i++) {
		if (!only_arguments && str_eq(argv[i], STR("--"))) {
			only_arguments = true;
		} else if (!only_arguments && is_option(c, argv[i])) {
			if (!take_option(c, values, argc, argv, &i, e))
				return false;
		} else {
			if (c->argument_count == command->most || c->argument_count == CLI_MAX_ARGUMENTS)
				return err_set(e, ERR_USAGE, "`%.*s` is one argument too many; usage: pleach %.*s %.*s", STR_FMT(argv[i]),
					       STR_FMT(command->name), STR_FMT(command->arguments));
			c->arguments[c->argument_count++] = argv[i];
		}
	}
	c->json = cli_flag(c, "json");
	c->color = !c->json && !cli_flag(c, "no-color") && !sys_env("NO_COLOR").len && sys_is_terminal(SYS_STDOUT);
	bool by_search = (c->command == COMMAND_TRACE || c->command == COMMAND_WHY) && (cli_flag(c, "slowest") || cli_flag(c, "failed"));
	if (c->argument_count < command->fewest && !cli_flag(c, "help") && !by_search)
		return err_set(e, ERR_USAGE, "%.*s is missing; usage: pleach %.*s %.*s", STR_FMT(command->arguments), STR_FMT(command->name),
			       STR_FMT(command->arguments));
	return true;
}

void cli_release(struct cli *c)
{
	buf_release(&c->out);
	arena_release(&c->arena);
}

struct str cli_option(const struct cli *c, const char *name)
{
	const struct option *o = find_long(c->command, str_z(name));
	CHECK(o);
	return c->values[o - options];
}

bool cli_duration(const struct cli *c, const char *name, int64_t otherwise, int64_t *ns, struct err *e)
{
	struct str text = cli_option(c, name);
	if (!text.p) {
		*ns = otherwise;
		return true;
	}
	if (!duration_parse(text, ns))
		return err_set(e, ERR_USAGE, "--%s: `%.*s` is no duration; write for example 300ms, 20s or 5m", name, STR_FMT(text));
	return true;
}

void cli_flush(struct cli *c)
{
	sys_print(SYS_STDOUT, buf_str(&c->out));
	buf_clear(&c->out);
}

int cli_fail(struct cli *c, const struct err *e)
{
	struct buf b;
	cli_flush(c);
	buf_init(&b, 8192);
	if (c->json) {
		struct json_out o;
		json_out_init(&o, &b);
		json_out_object(&o);
		json_kv_str(&o, "error", str_z(err_name(e->code)));
		json_kv_str(&o, "message", str_z(e->message));
		if (e->file[0]) {
			json_kv_str(&o, "file", str_z(e->file));
			json_kv_u64(&o, "line", e->line);
			json_kv_u64(&o, "column", e->column);
		}
		json_out_end(&o);
		buf_char(&b, '\n');
		sys_print(SYS_STDOUT, buf_str(&b));
	} else {
		buf_add(&b, STR("pleach: "));
		err_format(e, &b);
		buf_char(&b, '\n');
		sys_print(SYS_STDERR, buf_str(&b));
	}
	buf_release(&b);
	return err_exit_code(e->code);
}

bool cli_root(struct cli *c, struct str *root, struct err *e)
{
	struct str start = cli_option(c, "fleet"), cwd = sys_cwd(&c->arena);
	if (!start.p)
		start = cwd;
	else if (!str_starts(start, STR("/")))
		start = arena_printf(&c->arena, "%.*s/%.*s", STR_FMT(cwd), STR_FMT(start));
	if (!fleet_find_root(start, &c->arena, root, e))
		return false;
	int64_t code = sys_chdir(*root);
	return code == 0 || sys_err(e, code, "%.*s", STR_FMT(*root));
}

/* An argument with blanks that is not a piece of the language by its signs is a phrase. */
static bool is_phrase(struct str word)
{
	if (str_find_char(word, ' ') == SIZE_MAX)
		return false;
	for (size_t i = 0; i < word.len; i++)
		if (word.p[i] && strchr("\"`|(){}/=<>", word.p[i]))
			return false;
	return true;
}

struct str cli_query(struct cli *c)
{
	struct buf b;
	buf_init(&b, 64 << 10);
	for (size_t i = 0; i < c->argument_count; i++) {
		struct str word = c->arguments[i];
		bool phrase = c->argument_count > 1 && is_phrase(word);
		if (i)
			buf_char(&b, ' ');
		buf_printf(&b, phrase ? "\"%.*s\"" : "%.*s", STR_FMT(word));
	}
	struct str q = arena_str(&c->arena, buf_str(&b));
	buf_release(&b);
	return q;
}
