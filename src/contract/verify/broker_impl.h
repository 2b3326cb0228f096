/* Requests to a broker, shared by broker.c and broker_publish.c only. */
#ifndef PLEACH_CONTRACT_VERIFY_BROKER_IMPL_H
#define PLEACH_CONTRACT_VERIFY_BROKER_IMPL_H
#include "contract/verify/broker.h"

/* One request, waited for; answers live in the broker's arena. False with e for every status that is no success. */
bool broker_ask(struct broker *b, const char *method, struct str target, struct str body, struct str *answer, struct err *e);
const struct json *broker_json(struct broker *b, const char *method, struct str target, struct str body, struct err *e);
const struct json *broker_index(struct broker *b, struct err *e);
/* Path and query of a link's address. */
struct str broker_path(struct str href);
/* The same of a resource's link (the first of several); empty: none. */
struct str broker_link(const struct json *resource, struct str name);
struct broker_value { struct str name, value; };
/* "{name}" replaced by values, escaped. */
struct str broker_expand(struct broker *b, struct str link, const struct broker_value *values, size_t count);
void broker_escape(struct buf *b, struct str s);
#endif
