/* `pleach contract` and `pleach check` are made of these steps: options, one or more comparisons, one report with one exit status. */
#ifndef PLEACH_CLI_CONTRACT_H
#define PLEACH_CLI_CONTRACT_H
#include "cli/side_named.h"
#include "contract/format.h"
#include "contract/report.h"
#include "contract/select.h"

enum contract_verb {
#define VERB_ROW(symbol, ...) VERB_##symbol,
#include "tbl/contract_verbs.h"
#undef VERB_ROW
	VERB_COUNT
};
struct contract_verb_info {
	struct str name, arguments;
	size_t fewest, most;
	struct str options, summary;
	int (*run)(struct cli *c);  /* the verb itself is no argument any more */
};
extern const struct contract_verb_info contract_verbs[VERB_COUNT];

/* One comparison; its texts must live until the report is written. */
struct compared { struct side before, after; struct changes changes; struct approvals approvals; struct compared *next; };
/* A run: all that its comparisons found, in the order in which they were made. */
struct contract_run {
	struct cli *cli;
	struct selection selection;
	enum report_format format;
	struct compared *parts;
	struct changes all;        /* items of all parts; texts in theirs */
	const struct approval **approved;
	size_t approved_capacity;
	struct notes notes;
	struct report report;
	bool no_use;               /* the running fleet is not asked who uses what: --no-use, or none runs */
	const struct json *contracts; /* that the running fleet has; NULL: not asked yet */
	bool unreadable;           /* a file could not be read: exit status 2 */
};
/* Reads the options that the verb (or `pleach check`) has; false with e on a wrong one. Always to be released. */
bool contract_run_init(struct contract_run *r, struct cli *c, struct err *e);
void contract_run_release(struct contract_run *r);
/* Room for a comparison, its sides named but not read. */
struct compared *contract_part(struct contract_run *r, struct str old_name, struct str new_name);
/* Both sides have been read: compares, lays the approvals over it, keeps what is selected. */
bool contract_compare_part(struct contract_run *r, struct compared *p, struct err *e);
/* Reads both by their names and compares. */
bool contract_compare_named(struct contract_run *r, struct str old_name, struct str new_name, struct err *e);
/* A lock file (absolute path) with its folder. */
bool contract_compare_lock(struct contract_run *r, struct str lock, struct err *e);
/* A path with its lock, or with all locks below it; else with the same path in HEAD. */
bool contract_compare_default(struct contract_run *r, struct str name, struct err *e);
/* [OLD] [NEW] of a command line: both; one that is here, with its lock; one that is not here (a revision), with what is here; none: with the locks of this folder. */
bool contract_compare_arguments(struct contract_run *r, const struct str *names, size_t count, struct err *e);
/* The lock files that a path is about: the nearest one in its folder or above, else all that are below. Absolute, in the cli's arena. */
struct lock_list { struct str *items; size_t count, capacity; };
bool contract_locks(struct cli *c, struct str name, struct lock_list *out, struct err *e);
/* The comparison of `name` with the path in a revision. */
struct str contract_in_revision(struct cli *c, struct str revision, struct str name);
/* An error that the report shows, so that the run goes on; exit status 2. */
void contract_problem(struct contract_run *r, const struct err *e);
/* Writes the report (to --output or standard output); the exit status. */
int contract_report(struct contract_run *r);
/* An error that ends the run: 2 for wrong use and unreadable input, 4 for a fleet that is not running. In the forms that CI reads it is a report. */
int contract_fail(struct contract_run *r, const struct err *e);
int contract_fail_plain(struct cli *c, const struct err *e);
/* Text that is no report, to --output or standard output. */
int contract_print(struct cli *c, struct str text);

/* Checks a path (its lock, the locks below, or a revision where it is given); what is wrong becomes part of the report. */
void contract_check_path(struct contract_run *r, struct str name, struct str revision);

int cmd_contract_diff(struct cli *c);
int cmd_contract_lock(struct cli *c);
int cmd_contract_check(struct cli *c);
int cmd_contract_show(struct cli *c);
int cmd_contract_migrations(struct cli *c);
int cmd_contract_rules(struct cli *c);
int cmd_contract_explain(struct cli *c);
int cmd_contract_verify(struct cli *c);
int cmd_contract_stub(struct cli *c);
int cmd_contract_fits(struct cli *c);
int cmd_contract_publish(struct cli *c);
int cmd_contract_can_i_deploy(struct cli *c);
int cmd_contract_deployed(struct cli *c);
int cmd_contract_consumers(struct cli *c);
int cmd_contract_record(struct cli *c);
#endif
