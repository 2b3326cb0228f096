/* What the three services have in common: a table of routes on an HTTP server, a database, work put off for
 * later, and a life from start to SIGTERM. A service is a `struct service` and a main of one line. */
#ifndef SHOP_SERVICE_H
#define SHOP_SERVICE_H

#include <jansson.h>

#include "db.h"
#include "trace.h"

struct MHD_Connection;

struct request {
	struct db *db;
	struct trace trace;
	int64_t id;   /* what stood for {id} in the route */
	json_t *body; /* of a POST: a JSON object, checked before the handler runs */
	struct MHD_Connection *connection;
};

struct reply {
	unsigned status;
	json_t *body;
	char location[64]; /* of what was created, relative to the request; empty for none */
};

struct route {
	const char *method; /* GET (answers HEAD too) or POST */
	const char *path;   /* "/v1/orders/{id}" */
	void (*handle)(struct request *request, struct reply *reply);
};

struct service {
	const char *name;
	const char *schema; /* SQL, run at each start */
	const struct route *routes;
	size_t route_count;
	/* Does one piece of work that was put off; false where none is due. NULL: the service puts nothing off. */
	bool (*catch_up)(struct db *db);
};

/* Runs until SIGTERM or SIGINT, finishes the requests in flight, and returns the exit code. */
int service_run(const struct service *service, int argc, char **argv);

/* An answer that says what is wrong: a problem document (RFC 9457) with title and detail. */
void reply_problem(struct reply *reply, unsigned status, const char *title, const char *detail);

/* A query parameter, or NULL. */
const char *request_query(const struct request *request, const char *name);

/* ?limit=, 20 where it is absent or makes no sense, at most 100. */
int64_t request_limit(const struct request *request);

/* Milliseconds since 1970. */
int64_t now_ms(void);

/* When to try again what has failed `tries` times: 5 s doubled each time, at most 5 min. */
int64_t next_try_ms(int64_t tries);

#endif
