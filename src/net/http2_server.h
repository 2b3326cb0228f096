/* An HTTP/2 server (RFC 9113, cleartext with prior knowledge) for whole requests and whole answers with trailers: what unary gRPC (net/grpc.h)
 * stands on. nghttp2 reads and writes the frames; sockets, time and memory are ours, so it runs in the simulator as it is.
 *
 * Memory. A request may bring HTTP2_WINDOW bytes before anybody has decided about it; for more, its size is learned (`body_size`), set aside
 * from the one budget `max_held` of the whole server, and only then the client's window is opened that far. Requests that must wait for that
 * are served in the order of their coming, so each whose window was opened can arrive whole: nothing deadlocks, and no client can have more
 * in our memory than was set aside. One half of the budget is for first windows, one for what is beyond them.
 *
 * Abuse. Frames that carry nothing (PING, SETTINGS, RST_STREAM, PRIORITY, WINDOW_UPDATE, empty DATA) are paid from an allowance of each connection
 * that grows slowly; who overdraws it gets GOAWAY with ENHANCE_YOUR_CALM. nghttp2 itself ends a connection with more than 8 CONTINUATIONs to a
 * head, 32 settings in a frame, or too many resets; frames of unknown types it skips. A client that does not read is not read from. */
#ifndef PLEACH_NET_HTTP2_SERVER_H
#define PLEACH_NET_HTTP2_SERVER_H
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "net/loop.h"

struct http2_server;
struct http2_call;

enum {
	HTTP2_WINDOW = 65535,         /* bytes of a body that come without being set aside one by one */
	HTTP2_MAX_STREAMS = 64,       /* requests at once on one connection */
	HTTP2_MAX_HEAD = 16384,       /* bytes of all header fields, 32 added for each (RFC 9113 section 6.5.2) */
	HTTP2_MAX_FIELDS = 100,
	HTTP2_FRAMES_BURST = 2000,    /* allowance of frames that carry nothing */
	HTTP2_FRAMES_PER_SECOND = 200,
	HTTP2_FRAMES_PER_CALL = 8,    /* what each answered request adds to it */
};

/* Why a request is not taken; its handler never sees it. */
enum http2_refusal {
	HTTP2_TOO_LARGE,         /* over max_body, known before its body is read when body_size tells */
	HTTP2_HEAD_TOO_LARGE,    /* over HTTP2_MAX_HEAD or HTTP2_MAX_FIELDS */
	HTTP2_BUSY,              /* max_held is used up, or `admit` says no */
	HTTP2_LATE,              /* did not arrive within read_timeout */
};
typedef void http2_handler_f(void *ctx, struct http2_call *c);
/* Must answer before it returns. */
typedef void http2_refuse_f(void *ctx, struct http2_call *c, enum http2_refusal why);

struct http2_server_options {
	size_t max_connections;  /* 0: 256 */
	size_t max_body;         /* bytes as received; 0: 1 MiB; at most half of max_held */
	size_t max_held;         /* bytes of requests that are arriving, of all connections; 0: 64 MiB */
	int64_t idle;            /* ns a connection may be without a request; 0: 5 min */
	int64_t read_timeout;    /* ns for a whole request to arrive, and for the first bytes of a connection; 0: 60 s */
	int64_t write_timeout;   /* ns for an answer to be taken; 0: 60 s */
	/* The size of the whole body from its first bytes, 0 while they are too few; NULL: not known, so max_body is set aside. */
	size_t (*body_size)(struct str first);
	/* Whether a body of this size is welcome now, asked when body_size has told and before more than a first window of it is read. NULL: always. */
	bool (*admit)(void *ctx, struct http2_call *c, size_t size);
	http2_refuse_f *refuse;  /* NULL: 413, 431, 503, 408 without words */
};
struct http2_server *http2_server_new(struct loop *l, const struct http2_server_options *o, http2_handler_f *handler, void *ctx);
/* As http_server_listen. */
bool http2_server_listen(struct http2_server *s, const struct sys_addr *a, struct sys_addr *bound, struct err *e);
/* Stops listening and tells every client by GOAWAY which requests are still answered; those beyond are safe to send elsewhere. Connections
 * end after the last answer, at most after `grace` ns; then calls done (once, maybe at once). */
void http2_server_drain(struct http2_server *s, int64_t grace, void (*done)(void *ctx), void *ctx);
/* Closes everything at once; not from within a handler. Outstanding calls are gone (their on_gone is called). */
void http2_server_free(struct http2_server *s);
size_t http2_server_connections(const struct http2_server *s);
size_t http2_server_held(const struct http2_server *s); /* bytes set aside */

struct http2_field { struct str name, value; }; /* names in lower case */
struct http2_request {
	struct str method, path, authority; /* path: as sent, with its query */
	const struct http2_field *fields;
	size_t field_count;
	struct str body;                    /* until the handler returns; the rest until the call is answered or gone */
};
const struct http2_request *http2_request(const struct http2_call *c);
/* First value of a field, or {NULL,0}. name in lower case. */
struct str http2_find(const struct http2_call *c, struct str name);
/* Answered exactly once, in the handler or later. As in http_server.h: fn is called when the client goes away first (the call is then dead);
 * without it the call lives on until it is answered. */
void http2_on_gone(struct http2_call *c, void (*fn)(void *ctx), void *ctx);
struct http2_answer {
	int status;
	const struct http2_field *fields, *trailers; /* copied; at most HTTP2_ANSWER_FIELDS each */
	size_t field_count, trailer_count;
	struct str body;                             /* copied; may be empty. Without body and trailers the answer is one HEADERS frame */
};
enum { HTTP2_ANSWER_FIELDS = 8, HTTP2_MAX_ANSWER = 1 << 20 };
void http2_answer(struct http2_call *c, const struct http2_answer *a);
#endif
