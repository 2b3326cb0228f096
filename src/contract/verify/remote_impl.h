/* Requests to a broker, shared by remote.c and remote_publish.c only. */
#ifndef PLEACH_CONTRACT_VERIFY_REMOTE_IMPL_H
#define PLEACH_CONTRACT_VERIFY_REMOTE_IMPL_H
#include "contract/verify/remote.h"

const struct json *remote_index(struct remote *b, struct err *e);
/* Path and query of a link's address. */
struct str remote_path(struct str href);
/* The same of a resource's link (the first of several); empty: none. */
struct str remote_link(const struct json *resource, struct str name);
struct remote_value { struct str name, value; };
/* "{name}" replaced by values, escaped. */
struct str remote_expand(struct remote *b, struct str link, const struct remote_value *values, size_t count);
#endif
