/* Requests to a broker, shared by remote.c and remote_publish.c only. */
#ifndef PLEACH_CONTRACT_VERIFY_REMOTE_IMPL_H
#define PLEACH_CONTRACT_VERIFY_REMOTE_IMPL_H
#include "contract/verify/remote.h"

/* One request, waited for; answers live in the broker's arena. False with e for every status that is no success. */
bool remote_ask(struct remote *b, const char *method, struct str target, struct str body, struct str *answer, struct err *e);
const struct json *remote_json(struct remote *b, const char *method, struct str target, struct str body, struct err *e);
const struct json *remote_index(struct remote *b, struct err *e);
/* Path and query of a link's address. */
struct str remote_path(struct str href);
/* The same of a resource's link (the first of several); empty: none. */
struct str remote_link(const struct json *resource, struct str name);
struct remote_value { struct str name, value; };
/* "{name}" replaced by values, escaped. */
struct str remote_expand(struct remote *b, struct str link, const struct remote_value *values, size_t count);
void remote_escape(struct buf *b, struct str s);
#endif
