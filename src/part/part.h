/* A part: one process of Pleach, made of one domain and what it needs around it. part_<name>.c says what each is made of and who knows whom.
 *
 * Every part works in the fleet's root directory and keeps its files under .pleach: sockets, the store's data, last good snapshots. It
 * answers GET /healthz and GET /metrics on its socket, writes its log as JSON lines to standard error (the node captures them like any
 * service's), and ends gracefully on SIGTERM. */
#ifndef PLEACH_PART_PART_H
#define PLEACH_PART_PART_H
#include "net/http_client.h"
#include "net/http_server.h"
#include "net/outbox.h"

#define PART_STATE ".pleach"
#define PART_SOCKET_CONTROL ".pleach/control.sock"
#define PART_SOCKET_GATEWAY ".pleach/gateway.sock"
#define PART_SOCKET_NODE ".pleach/node.sock"
#define PART_SOCKET_STORE ".pleach/store.sock"

/* What the command line says; empty or 0: not said. */
struct part_settings {
	struct str root;          /* absolute; also the working directory */
	struct str listen, grpc;  /* store */
	struct str syslog, syslog_zone, forward, forward_secret; /* store: its other listeners; the last a file */
	int64_t keep, size, memory; /* store; ns, bytes, bytes */
	struct str keep_services;   /* store; "orders=3d,audit-*=400d" */
	struct str console_dir;   /* control */
	bool terminal;            /* node in the foreground: its log is for people */
};
struct part {
	struct str name;          /* "store" */
	const struct part_settings *settings;
	struct loop *loop;
	struct http_client *client;
	struct http_server *server;
	http_handler_f *handler;  /* of the part's own routes, behind /healthz and /metrics; may be NULL */
	void *ctx;
	/* Also told of each line of the part's own log (the node, whose output nobody captures); may be NULL. */
	void (*on_log)(struct part *p, uint8_t severity, struct str message);
	/* What keeps the part from its duty, in words (a port that is taken); /healthz answers 503 with it. Empty: nothing. */
	struct buf trouble;
	int status;               /* exit status */
};
/* Runs a part by name until it ends; returns the exit status. e is set when it could not start. */
int part_run(struct str name, const struct part_settings *settings, struct err *e);

/* One row a part: what it does once its loop stands. start returns false with e when it cannot. stop is called on SIGTERM and SIGINT and
 * must lead to part_end. */
struct part_kind {
	struct str name;
	bool (*start)(struct part *p, struct err *e);
	void (*stop)(struct part *p);
};
extern const struct part_kind part_store, part_gateway, part_control, part_node;
void part_end(struct part *p, int status);
/* Serves the part's routes on its Unix socket (and more addresses with http_server_listen on p->server). */
bool part_serve(struct part *p, const char *socket, const struct http_server_options *o, struct err *e);
struct sys_addr part_socket(const char *path);
/* "NAME=value" of what programs inherit of our own environment: enough to run, nothing that may be secret. In the arena. */
const struct str *part_environment(struct arena *a, size_t *n);

/* --- log ------------------------------------------------------------------------------------------------------------------------ */
/* One JSON line on standard error: time, level, message. severity as in model/record.h. */
void part_log(struct part *p, uint8_t severity, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Sets (and logs) what keeps the part from its duty, or clears it with NULL. */
void part_trouble(struct part *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
void part_log_str(struct part *p, uint8_t severity, struct str message);
/* Telemetry to the store. */
struct outbox *part_outbox(struct part *p, struct str path);
#endif
