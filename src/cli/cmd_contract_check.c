/* pleach contract check [PATH]…: every contract can be read and breaks nobody: against its lock, or against a revision. A contract without a lock is only read. */
#include "cli/contract.h"
#include "contract/lock.h"

/* Without anything to compare with: the contract against itself says whether it can be read. */
static bool only_read(struct contract_run *r, struct str name, struct err *e)
{
	notes_add(&r->notes, false, (struct change_place){ .file = name }, "has no " LOCK_FILE ": it was read and compared with nothing. `pleach contract lock %.*s` writes one", STR_FMT(name));
	return contract_compare_named(r, name, name, e);
}

void contract_check_path(struct contract_run *r, struct str name, struct str revision)
{
	struct cli *c = r->cli;
	struct lock_list locks = { 0 };
	struct err e = { 0 };
	if (revision.p) {
		if (!contract_compare_named(r, contract_in_revision(c, revision, name), name, &e))
			contract_problem(r, &e);
		return;
	}
	bool ok = contract_locks(c, name, &locks, &e) && (locks.count || only_read(r, name, &e));
	if (!ok)
		contract_problem(r, &e);
	for (size_t i = 0; i < locks.count; i++) {
		struct err one = { 0 };
		if (!contract_compare_lock(r, locks.items[i], &one))
			contract_problem(r, &one);
	}
}

int cmd_contract_check(struct cli *c)
{
	struct contract_run run;
	struct err e = { 0 };
	int status;
	if (contract_run_init(&run, c, &e)) {
		for (size_t i = 0; i < (c->argument_count ? c->argument_count : 1); i++)
			contract_check_path(&run, c->argument_count ? c->arguments[i] : STR("."), cli_option(c, "against"));
		status = contract_report(&run);
	} else {
		status = contract_fail_plain(c, &e);
	}
	contract_run_release(&run);
	return status;
}
