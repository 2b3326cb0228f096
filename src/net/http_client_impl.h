/* The inside of the HTTP client, shared by http_client.c (calls) and http_pool.c (connections) only. */
#ifndef PLEACH_NET_HTTP_CLIENT_IMPL_H
#define PLEACH_NET_HTTP_CLIENT_IMPL_H
#include "base/buf.h"
#include "base/check.h"
#include "net/http_client.h"

enum {
	CLIENT_READ_SIZE = 16384,
	CLIENT_MAX_POOLS = 256 /* addresses with idle connections */,
	CLIENT_MAX_INTERIM = 16 /* 1xx answers */
};

/* Whom a connection leads to, and as whom: one serves another call to the same only. */
struct client_peer { struct sys_addr address; uint64_t tls; /* the context's number; 0: none */ char host[TLS_HOST_MAX + 1]; };

struct client_conn {
	struct http_client *client;
	struct http_call *call;           /* NULL while pooled */
	struct client_conn *next, **link; /* in a pool, last used first */
	struct pool *pool;
	struct watcher watcher;
	struct timer timer; /* idle, while pooled */
	int fd;
	bool connected, reused, readable, writable;
	struct client_peer peer;
	struct tls *tls;  /* NULL: none */
	bool joined;      /* the handle is connected; TLS's handshake may be under way */
};

struct pool {
	struct pool *next;
	struct client_peer peer;
	struct client_conn *idle;
	size_t count;
};

struct http_client {
	struct loop *loop;
	struct http_client_options o;
	struct pool *pools;
	size_t pool_count;
	struct http_call *calls;
};

struct http_call {
	struct http_client *client;
	struct http_call *next, **link; /* in client->calls */
	struct client_conn *conn;
	struct http_call_options o; /* text members are not kept, but in `request` */
	struct client_peer peer;
	void (*done)(void *ctx, const struct http_result *r);
	struct timer timer; /* connect or whole call, whichever comes first */
	int64_t deadline;
	struct deferred deferred; /* reports what failed at once, or goes on after a pause */
	struct buf request;
	size_t sent;
	bool idempotent, to_head, retried, connected, answered, received, send_failed, eof, running, cancelled, paused;
	int interim;
	struct buf in, body;
	uint64_t body_seen;
	struct http1_head head;
	struct http1_chunks chunks;
	char *head_copy;
	struct err err;
};

/* Opens a connection for the call (call->conn); a SYS_ error code when that fails at once. */
int client_conn_open(struct http_call *call);
/* The most recently used idle connection that is still open and silent; NULL when there is none. */
struct client_conn *client_conn_reuse(struct http_client *c, const struct client_peer *p);
/* As sys_connected, sys_read and sys_write, with TLS where there is any. */
int client_conn_stands(struct client_conn *n);
int64_t client_conn_read(struct client_conn *n, void *p, size_t size);
int64_t client_conn_write(struct client_conn *n, const void *p, size_t size);
/* Gives a connection back to the pool, or closes it when there is no room. */
void client_conn_keep(struct client_conn *n);
void client_conn_free(struct client_conn *n);
void client_pools_free(struct http_client *c);
/* Goes on with a call on whose connection something happened; may free it. */
void http_call_run(struct http_call *call);
#endif
