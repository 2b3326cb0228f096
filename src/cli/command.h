/* The command line: rows of tbl/commands.h and tbl/options.h as C tables, and one invocation parsed from argv. A command is one file,
 * cmd_<name>.c, with one function that returns the exit status. Results go to standard output, messages to standard error. */
#ifndef PLEACH_CLI_COMMAND_H
#define PLEACH_CLI_COMMAND_H
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "sys/sys.h"

enum command_id {
#define COMMAND_ROW(symbol, ...) COMMAND_##symbol,
#include "tbl/commands.h"
#undef COMMAND_ROW
	COMMAND_COUNT,
	COMMAND_ALL /* options of every command */
};
struct cli;
struct command {
	struct str name, arguments;
	size_t fewest, most;
	struct str group, summary, examples, description;
	int (*run)(struct cli *c);
};
struct option {
	enum command_id command;
	struct str name;
	char letter;
	struct str argument, kind, help;
};
extern const struct command commands[COMMAND_COUNT];
extern const struct option options[];
extern const size_t options_count;

enum { CLI_MAX_ARGUMENTS = 64 };
struct cli {
	enum command_id command;
	struct str arguments[CLI_MAX_ARGUMENTS];
	size_t argument_count;
	const struct str *values;   /* by option index; p == NULL: not given; "" for a flag that was given */
	bool json, color;
	struct arena arena;         /* for the whole run */
	struct buf out;             /* collected standard output; cli_flush writes it */
};
/* Parses argv[1..]; on false e says what is wrong and what to type. */
bool cli_parse(struct cli *c, size_t argc, const struct str *argv, struct err *e);
void cli_release(struct cli *c);
/* The option's value (of one that may be repeated: all, a line each), or {NULL,0} when it was not given. The name must be one of the command's options. */
struct str cli_option(const struct cli *c, const char *name);
static inline bool cli_flag(const struct cli *c, const char *name) { return cli_option(c, name).p != NULL; }
/* A duration option in ns, or the default; false and e on a malformed one. */
bool cli_duration(const struct cli *c, const char *name, int64_t otherwise, int64_t *ns, struct err *e);
/* The arguments joined by blanks, as a query: `pleach logs level:error timeout` needs no quotes. An argument with blanks is a phrase. In the arena. */
struct str cli_query(struct cli *c);
void cli_flush(struct cli *c);
/* Prints the error ("pleach: …", or {"error":…} with --json) and returns its exit status. */
int cli_fail(struct cli *c, const struct err *e);
/* The fleet's root directory, from --fleet or upwards from here; also becomes the working directory. */
bool cli_root(struct cli *c, struct str *root, struct err *e);

int cmd_up(struct cli *c);
int cmd_down(struct cli *c);
int cmd_status(struct cli *c);
int cmd_logs(struct cli *c);
int cmd_trace(struct cli *c);
int cmd_map(struct cli *c);
int cmd_findings(struct cli *c);
int cmd_why(struct cli *c);
int cmd_delete(struct cli *c);
int cmd_snapshot(struct cli *c);
int cmd_check(struct cli *c);
int cmd_contract(struct cli *c);
int cmd_tests(struct cli *c);
int cmd_completion(struct cli *c);
int cmd_help(struct cli *c);
int cmd_version(struct cli *c);
int cmd_advise(struct cli *c);
int cmd_catalog(struct cli *c);
int cmd_crawl(struct cli *c);
int cmd_part(struct cli *c);
#endif
