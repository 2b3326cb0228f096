/* pleach contract diff [OLD] [NEW]: what changed, whom it breaks, with proof. Without OLD: since the lock, else since HEAD. */
#include "cli/contract.h"

int cmd_contract_diff(struct cli *c)
{
	struct contract_run run;
	struct err e = { 0 };
	struct str new_name = c->argument_count ? c->arguments[c->argument_count - 1] : STR("."), old_name = c->argument_count == 2 ? c->arguments[0] : STR("");
	bool ready = contract_run_init(&run, c, &e);
	bool ok = ready && (old_name.len || contract_default_old(c, &old_name, &new_name, &e)) && contract_compare_named(&run, old_name, new_name, &e);
	int status = ok ? contract_report(&run) : ready ? contract_fail(&run, &e) : contract_fail_plain(c, &e);
	contract_run_release(&run);
	return status;
}
