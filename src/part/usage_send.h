/* Sends the gateway's reports of who used what to control, one at a time. A report is sent again, with the same number, until control has it; meanwhile the counts
 * gather in the gateway. So nothing is lost while control is away, and nothing counts twice. */
#ifndef PLEACH_PART_USAGE_SEND_H
#define PLEACH_PART_USAGE_SEND_H
#include "gateway/gateway.h"
#include "net/http_client.h"

struct usage_send_options {
	struct gateway *gateway;
	struct sys_addr control;
	struct str instance;         /* of the gateway, "gateway-1" */
	/* One line for the part's log, when control begins or ends to refuse. */
	void (*log)(void *ctx, uint8_t severity, struct str message);
	void *ctx;
};
struct usage_send;
/* NULL when out of memory. */
struct usage_send *usage_send_new(struct loop *l, struct http_client *c, const struct usage_send_options *o);
/* Sends what there is, tries for at most `wait` ns, then calls done (maybe at once). Nothing is sent afterwards. */
void usage_send_end(struct usage_send *s, int64_t wait, void (*done)(void *ctx), void *ctx);
void usage_send_free(struct usage_send *s);
#endif
