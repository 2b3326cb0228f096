/* The inside of the HTTP server, shared by http_server.c (listeners, life), http_conn.c (connections)
 * and http_answer.c (answers) only.
 *
 * A connection is in one of these states; `step` in http_conn.c performs the transitions:
 *   IDLE      no byte of a request yet                      first byte: HEAD
 *   HEAD      reading a head, limited by one read_timeout   complete: BODY; refused: answer and LINGER
 *   BODY      reading the body                              complete: HANDLING (the handler is called)
 *   HANDLING  the handler has the exchange                  answer complete: FLUSHING
 *   FLUSHING  the rest of the answer is being written       written: IDLE, or LINGER when the connection ends
 *   LINGER    our side is closed; what arrives is dropped   end of stream or time-out: closed
 * A reset in any state ends the connection; an exchange in HANDLING is then gone. An end of stream in HANDLING only means that no
 * further request comes, unless the answer is a stream: then nobody listens any more. */
#ifndef PLEACH_NET_HTTP_SERVER_IMPL_H
#define PLEACH_NET_HTTP_SERVER_IMPL_H
#include "net/http_server.h"
#include "net/listener.h"

enum {
	SERVER_READ_SIZE = 16384,      /* room offered to one read */
	SERVER_BODY_SIZE = 65536,      /* … of a body whose length is known */
	SERVER_PIPELINE = 32768,       /* bytes read ahead of the request being answered */
	SERVER_OUT_LIMIT = 256 << 20,  /* bytes of one answer */
	SERVER_TURN = 32,              /* requests of one connection before others have their turn */
	SERVER_LINGER_BYTES = 20 << 20,/* dropped after our side is closed */
};

enum conn_state { CONN_IDLE, CONN_HEAD, CONN_BODY, CONN_HANDLING, CONN_FLUSHING, CONN_LINGER };
struct http_conn {
	struct http_server *server;
	struct http_conn *next, **link; /* in server->conns */
	struct watcher watcher;
	struct timer timer;
	struct deferred kick; /* runs the connection at the end of the turn */
	int fd;
	uint8_t state;
	bool readable, writable; /* as far as known: until the system says SYS_AGAIN */
	bool eof, broken, close, reset;
	bool local, running;
	uint32_t dropped; /* bytes in LINGER */
	struct buf in, out;
	struct http_exchange *x; /* from the first byte of a request until its answer is written */
	struct sys_addr peer;
};

struct http_exchange {
	struct http_conn *conn; /* NULL: the client is gone and the handler has not been told, because it did not ask */
	struct http_server *server;
	struct http_exchange *next, **link; /* in server->orphans while conn is NULL */
	struct http_request request;
	struct http1_chunks chunks;
	struct buf body;
	struct arena arena;
	bool head_only, streaming, answered;
	void (*on_gone)(void *ctx);
	void *gone_ctx;
	void (*on_drained)(void *ctx);
	void *drained_ctx;
};

struct http_server {
	struct loop *loop;
	struct http_server_options o;
	http_handler_f *handler;
	void *ctx;
	struct listeners listeners;
	struct http_conn *conns;
	struct http_exchange *orphans;
	size_t count;
	bool draining;
	struct timer grace;
	void (*drained)(void *ctx);
	void *drained_ctx;
};

/* Takes over the accepted handle; refuses it beyond the limit. */
void http_conn_new(struct http_server *s, int fd, const struct sys_addr *peer, bool local);
/* Ends the connection now and frees it; its exchange is gone. */
void http_conn_close(struct http_conn *c);
void http_exchange_free(struct http_exchange *x);
/* Has the connection run at the end of this turn. */
void http_conn_kick(struct http_conn *c);
/* Queues an error answer made by the server itself and ends the connection after it. */
void http_refuse(struct http_conn *c, int status, const struct err *e);
#endif
