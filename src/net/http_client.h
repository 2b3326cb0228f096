/* An HTTP/1.1 client for Pleach's own calls between parts, health checks and the command line: whole or streamed answers, keep-alive
 * pool per address (last used first), time-outs. TCP and Unix sockets, TLS. No redirects. */
#ifndef PLEACH_NET_HTTP_CLIENT_H
#define PLEACH_NET_HTTP_CLIENT_H
#include "base/arena.h"
#include "base/err.h"
#include "net/http1.h"
#include "net/loop.h"
#include "net/tls.h"

struct http_client;
struct http_call;
struct http_client_options {
	size_t max_idle;        /* pooled connections per address; 0: 8 */
	int64_t idle;           /* ns a pooled connection is kept; 0: 30 s */
};
struct http_client *http_client_new(struct loop *l, const struct http_client_options *o);
/* Cancels outstanding calls without calling them back. Not from within a callback of one of its calls. */
void http_client_free(struct http_client *c);

struct http_call_options {
	struct sys_addr address;
	struct tls_context *tls; /* NULL: none */
	struct str tls_host;     /* whom the other side has to prove to be, at most TLS_HOST_MAX bytes */
	struct str method, target, host; /* host empty: the address as text, "localhost" for a Unix socket */
	struct str headers;      /* header lines, each ended by CRLF; may be empty */
	struct str content_type; /* with a body */
	struct str body;         /* copied */
	int64_t connect_timeout; /* ns, TLS's handshake included; 0: 1 s */
	int64_t timeout;         /* ns for the whole call; 0: 10 s; INT64_MAX: none (streams) */
	size_t max_body;         /* bytes of the answer kept; 0: 16 MiB; more is ERR_TOO_LARGE */
	/* Streaming: called with each piece as it arrives instead of keeping the body; return false to cancel. May be NULL. */
	bool (*on_data)(void *ctx, struct str piece);
	/* Called once the head is there (optional). */
	void (*on_head)(void *ctx, const struct http1_head *head);
	void *ctx;
};
struct http_result {
	int status;              /* 0 when there was no answer: err says why */
	struct err err;          /* ERR_UNAVAILABLE not connected, ERR_TIMEOUT, ERR_UPSTREAM broken answer or closed early, ERR_FORBIDDEN its certificate is not trusted */
	const struct http1_head *head; /* NULL when status is 0 */
	struct str body;         /* valid during the callback */
	bool connected;          /* the connection stood: the request may have reached the other side */
};
/* done is called exactly once, never from inside this function, unless the call is cancelled. A pooled connection that turns out closed
 * before a byte of answer is replaced by a fresh one once, for GET, HEAD, PUT, DELETE, OPTIONS (for others only while no byte of the
 * request was taken). A request that our own parser would refuse is not sent: ERR_INPUT. */
struct http_call *http_call(struct http_client *c, const struct http_call_options *o, void (*done)(void *ctx, const struct http_result *r));
void http_cancel(struct http_call *call); /* done is not called */
/* For streams whose reader is slower than the sender: nothing more is read from the connection until http_resume, so the other side feels it. From
 * within on_data too; what was read already (at most HTTP_CLIENT_AHEAD bytes) is still given. The call's time goes on. */
enum { HTTP_CLIENT_AHEAD = 32 << 10 };
void http_pause(struct http_call *call);
void http_resume(struct http_call *call); /* goes on from the loop, never from inside this function */
#endif
