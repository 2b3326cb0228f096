/* Checked names: once built, nothing is left to validate. */
#ifndef PLEACH_MODEL_NAMES_H
#define PLEACH_MODEL_NAMES_H
#include "base/err.h"
#include "base/str.h"
/* A service, team, fleet or node name: [a-z0-9] with single inner '-', '_' or '.', at most 63 bytes (DNS label length; Backstage allows the same
 * characters). Names that begin with "pleach" and the words of reserved_names (edge, gateway, store, control, node, report) are ours. */
bool name_check(struct str s, const char *what, struct err *e);
bool name_is_reserved(struct str s);
/* NOTIFICATION_URL for "notification": upper case, other characters become '_'. out: at least 64 + 5 bytes. Returns the str. */
struct str name_env_url(struct str service, char out[80]);
#endif
