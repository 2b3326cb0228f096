/* Is this instance well? Asks it again and again while it runs: GET on its health path (200 to 399 is well), or a connection to its port
 * when it has none, or nothing at all when it has no address (it is well as long as it runs). Often at first, so that a start is
 * noticed within milliseconds, then ever less often up to the interval. Only asks: what the answers mean is instance.c's business. */
#ifndef PLEACH_NODE_HEALTH_H
#define PLEACH_NODE_HEALTH_H
#include "net/http_client.h"

#define HEALTH_FIRST ((int64_t)20 * MSEC) /* shortest time between two checks, until the first good one */
struct health {
	struct loop *loop;
	struct http_client *client;
	/* May call health_end. why: in words, valid during the call; empty when well. */
	void (*on_result)(struct health *h, bool well, const char *why);
	struct sys_addr address;
	struct str path;           /* borrowed until health_end */
	int64_t interval, timeout; /* ns */
	int64_t begun;
	bool was_well;             /* since health_begin */
	struct timer timer;        /* next check; or, while connecting, its time-out */
	struct http_call *call;
	struct watcher connecting;
};
/* loop, client, on_result, address, path, interval and timeout are set before; zero-initialised otherwise. */
void health_begin(struct health *h);
/* Harmless when not begun. */
void health_end(struct health *h);
#endif
