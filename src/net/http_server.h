/* An HTTP/1.1 server for Pleach's own APIs (store, control, node): whole requests in, answers whole or streamed. The gateway does not
 * use it: it forwards streams on http1.h and its own connections.
 *
 * A listener has limits; beyond them a connection is refused or a request answered 413, 429, 431. Pipelined requests are answered in
 * order, one at a time. Keep-alive as HTTP/1.1 says; idle connections are closed after `idle`. A request whose head or body does not
 * arrive within `read_timeout` is answered 408. */
#ifndef PLEACH_NET_HTTP_SERVER_H
#define PLEACH_NET_HTTP_SERVER_H
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "net/http1.h"
#include "net/loop.h"

struct http_server;
struct http_exchange;

/* Called with each whole request. The handler answers now or later (http_answer…), exactly once. It may keep the exchange until then;
 * on_gone (below) tells when the client went away first. */
typedef void http_handler_f(void *ctx, struct http_exchange *x);

struct http_server_options {
	size_t max_connections;  /* 0: 1024 */
	size_t max_body;         /* bytes as received; 0: 1 MiB */
	size_t max_arena;        /* bytes of a request's arena; 0: 8 MiB */
	int64_t idle;            /* ns; 0: 75 s */
	int64_t read_timeout;    /* ns for head, and between body reads; 0: 30 s */
	/* Answers, before it returns, a request whose body is over max_body (there is a head and no body), for a protocol with errors of
	 * its own; the connection ends with that answer. NULL: 413 as http_answer_err writes it. */
	http_handler_f *too_large;
	/* Called with each head whose body is still to come, within its limit: it may answer then (or drop), which refuses the body before it
	 * is read; the connection ends with that. NULL: all bodies are read. */
	http_handler_f *before_body;
};
struct http_server *http_server_new(struct loop *l, const struct http_server_options *o, http_handler_f *handler, void *ctx);
/* Listens; may be called several times (TCP and Unix socket). ERR_PORT_TAKEN says by whom. bound (may be NULL): the real address. */
bool http_server_listen(struct http_server *s, const struct sys_addr *a, struct sys_addr *bound, struct err *e);
/* Stops listening; connections end after the exchange in progress, at most after `grace` ns; then calls done (once, maybe at once). */
void http_server_drain(struct http_server *s, int64_t grace, void (*done)(void *ctx), void *ctx);
/* Closes everything at once; not from within a handler. Outstanding exchanges are gone (their on_gone is called). */
void http_server_free(struct http_server *s);
size_t http_server_connections(const struct http_server *s);

/* The request; valid until the answer is complete or the exchange is gone. */
struct http_request {
	struct http1_head head;
	struct str body;          /* whole, chunks decoded, content encoding NOT decoded */
	struct str path;          /* = head.path */
	struct sys_addr peer;
	bool local;               /* came in over a Unix socket */
};
const struct http_request *http_request(const struct http_exchange *x);
/* Memory that lives as long as the exchange. */
struct arena *http_arena(struct http_exchange *x);
struct loop *http_loop(struct http_exchange *x);
/* For the handler's own state; fn is called if the client goes away before the answer is complete (the exchange is then dead). Without it
 * the exchange lives on until it is answered. A client that only ends its own sending waits for its answer, unless that is a stream. */
void http_on_gone(struct http_exchange *x, void (*fn)(void *ctx), void *ctx);

/* Header lines of an answer are given as one text, each line ended by CRLF ("Cache-Control: no-store\r\n"), may be empty.
 * Content-Length, Connection and Date are the server's business. body is copied. HEAD requests get no body. */
void http_answer(struct http_exchange *x, int status, struct str content_type, struct str headers, struct str body);
/* {"error":name,"message":…,"file":…,"line":…,"column":…} with the status of the error's code. */
void http_answer_err(struct http_exchange *x, const struct err *e);
/* Ends the connection with a reset instead of an answer: for clients that take any answer for success. */
void http_drop(struct http_exchange *x);
/* A streamed answer: begin, any number of writes, end. Chunked for 1.1, until close for 1.0. A write beyond the connection's queue
 * (HTTP_STREAM_QUEUE bytes unsent; a single larger piece goes into an empty queue) returns false and takes nothing: wait for `on_drained` (called when the queue is empty again). */
enum { HTTP_STREAM_QUEUE = 1 << 20 };
void http_stream_begin(struct http_exchange *x, int status, struct str content_type, struct str headers);
bool http_stream_write(struct http_exchange *x, struct str data);
void http_stream_on_drained(struct http_exchange *x, void (*fn)(void *ctx), void *ctx);
size_t http_stream_queued(const struct http_exchange *x);
void http_stream_end(struct http_exchange *x);
/* Ends it abruptly, so that the client can see that the answer is incomplete. */
void http_stream_abort(struct http_exchange *x);
#endif
