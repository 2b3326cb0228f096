/* Tests that cross team borders in a running fleet, for control: looks through the files now and then (contract/borders), asks the store for traces that tests have begun,
 * answers GET /api/tests and has a finding of each. Looking runs off the loop's thread; an answer waits for it where it was quick the last time. */
#ifndef PLEACH_PART_BORDERS_H
#define PLEACH_PART_BORDERS_H
#include "model/finding.h"
#include "net/http_client.h"
#include "net/http_server.h"

#define TEAM_BORDERS_PATH "/api/tests"
enum { TEAM_BORDERS_FINDINGS_MAX = 256 /* findings; the answer has all */, TEAM_BORDERS_WAITING_MAX = 32 /* who wait for an answer */ };
struct team_borders;
struct team_borders_options {
	struct str root;               /* of the fleet */
	struct sys_addr store;
	struct http_client *client;
	void (*log)(void *ctx, uint8_t severity, struct str message);
	void *log_ctx;
};
struct team_borders *team_borders_new(struct loop *l, const struct team_borders_options *o, struct err *e);
/* As a guest of control (control/control.h). */
void team_borders_fleet(void *borders, const struct fleet *f);
void team_borders_handle(void *borders, struct http_exchange *x, struct str path);
void team_borders_judge(void *borders, const struct finding_sink *to);
/* Ends what is under way, frees, then calls closed (maybe at once). */
void team_borders_close(struct team_borders *b, void (*closed)(void *ctx), void *ctx);
#endif
