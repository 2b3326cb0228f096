/* The contracts that a fleet's services name, checked for `pleach check`. */
#ifndef PLEACH_CLI_CHECK_FLEET_H
#define PLEACH_CLI_CHECK_FLEET_H
#include "cli/contract.h"
#include "model/fleet.h"
/* Each schema of each service: it is there, it can be read, and nobody who relied on its lock (or on the revision, where it is given) is broken; and each transform between two versions: what comes of it fits. What is wrong
 * becomes part of the report. Returns how many there are. */
size_t check_fleet_contracts(struct contract_run *r, const struct fleet *f, struct str revision);
#endif
