/* Whom a service has for consumers: what gateways report of calls and the store's spans tell (contract/usage), beside what the catalogue and the contracts say. Two guests of control: PUT
 * /api/usage/{gateway} takes the reports (model/usage_report.h), GET /api/consumers answers who uses what. */
#ifndef PLEACH_PART_CONSUMERS_H
#define PLEACH_PART_CONSUMERS_H
#include "contract/broker/broker.h"
#include "contract/usage/usage.h"
#include "model/finding.h"
#include "model/fleet.h"
#include "net/http_client.h"
#include "part/contracts.h"

enum { CONSUMERS_ANSWER_MAX = 32 << 20 };
struct consumers;
/* `state`: the folder of usage.db. A damaged file is logged, and told to those who ask. NULL with e where there is no memory. */
struct consumers *consumers_new(struct loop *l, struct str state, struct contracts *contracts, void (*log)(void *ctx, uint8_t severity, struct str message), void *ctx, struct err *e);
void consumers_free(struct consumers *c);
/* The files of the fleet changed: what it says of services and teams is copied. */
void consumers_fleet(void *consumers, const struct fleet *f);
/* Whose pacts count as what consumers' contracts name. */
void consumers_ask_broker(struct consumers *c, struct broker *b);
/* From now on the store's spans are looked through for calls that did not pass the gateway. */
void consumers_spans_start(struct consumers *c, struct sys_addr store, struct http_client *client);
/* Guests of control. */
void consumers_handle(void *consumers, struct http_exchange *x, struct str path);
void consumers_take(void *consumers, struct http_exchange *x, struct str path);
/* Finds consumers whose calls go beyond their own contract. */
void consumers_judge(void *consumers, const struct finding_sink *to);
/* The answer of GET /api/consumers (schema "Consumers"). Version empty and several served: false with e. */
bool consumers_answer(struct consumers *c, struct str service, struct str version, struct buf *out, struct err *e);
struct usage *consumers_usage(struct consumers *c);
#endif
