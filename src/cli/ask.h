/* Asks the running fleet: one request at a time over control's (or the node's) Unix socket, waiting for the answer. */
#ifndef PLEACH_CLI_ASK_H
#define PLEACH_CLI_ASK_H
#include "base/json.h"
#include "cli/command.h"
#include "net/http_client.h"
#include "part/part.h"

struct ask {
	struct cli *cli;
	struct loop *loop;
	struct http_client *http;
};
/* Finds the fleet's root, goes there, and makes a client. */
bool ask_open(struct ask *c, struct cli *cli, struct err *e);
void ask_close(struct ask *c);
/* GET target on the socket; *body in the cli's arena. An answer other than 2xx becomes an error with the answer's own code and message;
 * no answer becomes ERR_UNAVAILABLE "the fleet is not running here; start it with `pleach up`". */
bool ask_get(struct ask *c, const char *socket, struct str target, struct str *body, struct err *e);
bool ask_json(struct ask *c, struct str target, const struct json **answer, struct err *e);
/* Any method with a body of JSON (or none); the answer parsed, NULL where it is empty. */
bool ask_send(struct ask *c, const char *socket, const char *method, struct str target, struct str json, const struct json **answer, struct str *body, struct err *e);
bool ask_post(struct ask *c, const char *socket, struct str target, struct err *e);
/* Server-sent events: fn for each event with its name and data until fn returns false or the stream ends (then true with e unset, or an
 * error). Ctrl-C ends it like fn returning false. */
bool ask_events(struct ask *c, struct str target, bool (*fn)(void *ctx, struct str name, struct str data), void *ctx, struct err *e);
/* A query string piece by piece: target_begin("/api/logs"), target_add("q", …): percent-encoded; empty values are left out. */
struct target { struct buf b; bool any; };
void target_begin(struct target *t, const char *path);
void target_add(struct target *t, const char *name, struct str value);
/* Into the cli's arena; releases the buffer. */
struct str target_end(struct target *t, struct cli *cli);
/* The trace that `pleach trace` and `why` are about: the argument (checked), or --slowest / --failed of the time range. */
bool ask_trace_id(struct ask *c, struct str *id, struct err *e);
/* The console's address of a page, printed after results on a terminal. */
void ask_link(struct ask *c, struct str path);
#endif
