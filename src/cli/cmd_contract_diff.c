/* pleach contract diff [OLD] [NEW]: what changed, whom it breaks, with proof. Without OLD: since the lock, else since HEAD. */
#include "cli/contract.h"

int cmd_contract_diff(struct cli *c)
{
	struct contract_run run;
	struct err e = { 0 };
	bool ready = contract_run_init(&run, c, &e);
	bool ok = ready && contract_compare_arguments(&run, c->arguments, c->argument_count, &e);
	int status = ok ? contract_report(&run) : ready ? contract_fail(&run, &e) : contract_fail_plain(c, &e);
	contract_run_release(&run);
	return status;
}
