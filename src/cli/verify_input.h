/* What `pleach contract verify` and `stub` are told on the command line: pacts by their names, the provider by URL or as a service of the running fleet, lists. */
#ifndef PLEACH_CLI_VERIFY_INPUT_H
#define PLEACH_CLI_VERIFY_INPUT_H
#include "cli/command.h"
#include "net/url.h"

/* The lines of an option that may be repeated; at most `most`, else e. */
bool input_list(struct cli *c, const char *option, size_t most, struct str **items, size_t *count, struct err *e);
/* Each pact file that an argument names: the file itself, or the *.json of a folder (sorted, not what is below it), as they are called for people. A URL comes as it
 * is. fn is false with e set to end it. */
typedef bool input_pact_f(void *ctx, struct str name, struct str text, struct err *e);
bool input_pacts(struct cli *c, struct str argument, size_t largest, input_pact_f *fn, void *ctx, struct err *e);
static inline bool input_is_url(struct str s) { return str_starts(s, STR("http://")) || str_starts(s, STR("https://")); }
/* --provider: a URL, or the name of a service of the running fleet: then the gateway's address of it where it is exposed, else a healthy instance's. *service:
 * its name, else empty. The address is not found yet. */
bool input_provider(struct cli *c, struct str text, struct url *u, struct str *service, struct err *e);
#endif
