/* The inside of the HTTP/2 server, shared by http2_server.c (listeners, life), http2_conn.c (connections: bytes and frames) and http2_call.c
 * (requests, answers, the budget) only.
 *
 * A connection: OPEN, then ENDING (GOAWAY was given; it ends with its last call), then LINGER (our side is closed; what arrives is dropped).
 *
 * A call:
 *   HEAD      header fields arrive                       end of the head: BODY, or refused: ANSWERED
 *   BODY      the body arrives, limited by read_timeout  END_STREAM: HANDLING (the handler is called); refused: ANSWERED
 *   HANDLING  the handler has it                         http2_answer: ANSWERED
 *   ANSWERED  the answer is being written, limited by write_timeout; freed when its stream ends
 * A reset of the stream, or the end of the connection, ends a call in any state; in HANDLING it is then gone, or an orphan. */
#ifndef PLEACH_NET_HTTP2_IMPL_H
#define PLEACH_NET_HTTP2_IMPL_H
#include "net/http2_server.h"
#include "net/listener.h"
#include <nghttp2/nghttp2.h>

enum {
	HTTP2_READ = 16384,            /* bytes of one read */
	HTTP2_OUT = 65536,             /* bytes written by nghttp2 and not yet by the system; beyond it nothing is read either */
	HTTP2_TURN = 64,               /* reads of one connection before others have their turn */
	HTTP2_CONN_WINDOW = 4 << 20,   /* of a connection; what bounds memory are the windows of streams */
	HTTP2_LINGER_BYTES = 4 << 20,
	HTTP2_CALL_ARENA = 64 << 10,   /* head and trailers of one call */
	HTTP2_SLACK = 16,              /* bytes of window beyond a body's size: a body that goes on is seen, and refused, instead of stalled */
};

enum http2_conn_state { HTTP2_OPEN, HTTP2_ENDING, HTTP2_LINGER };
struct http2_conn {
	struct http2_server *server;
	struct http2_conn *next, **link; /* in server->conns */
	struct http2_call *calls;        /* whose streams are open */
	nghttp2_session *session;
	struct watcher watcher;
	struct timer timer;      /* idle, or lingering */
	struct timer stuck;      /* what we write is not taken */
	struct deferred kick;
	int64_t frames, frames_at; /* allowance, and when it was last added to */
	struct buf out;
	uint32_t preface;        /* bytes of it that came */
	uint32_t dropped;        /* bytes in LINGER */
	int fd;
	uint8_t state;
	bool readable, writable; /* as far as known: until the system says SYS_AGAIN */
	bool greeted;            /* the client's preface was right */
	bool foreign;            /* it was not, and has been answered in HTTP/1 */
	bool cut;                /* for abuse */
	bool eof, broken, reset, running;
};

enum http2_call_state { HTTP2_CALL_HEAD, HTTP2_CALL_BODY, HTTP2_CALL_HANDLING, HTTP2_CALL_ANSWERED };
struct http2_call {
	struct http2_conn *conn; /* NULL: the client is gone and the handler has not been told, because it did not ask */
	struct http2_server *server;
	struct http2_call *next, **link;        /* in conn->calls, or in server->orphans */
	struct http2_call *next_waiting, **link_waiting; /* in server->waiting while it waits for its size to be set aside */
	struct http2_request request;
	struct http2_field *fields;
	size_t fields_room, head_size;
	struct arena arena;
	struct buf body, answer;
	nghttp2_nv *trailers;
	size_t trailer_count;
	size_t first_held, more_held;  /* bytes set aside: for the first window, and beyond it */
	size_t size;                   /* of the body, as announced; 0: not known yet */
	struct timer timer;
	int32_t id;
	uint8_t state;
	bool remote_closed, head_too_large;
	void (*on_gone)(void *ctx);
	void *gone_ctx;
};

struct http2_server {
	struct loop *loop;
	struct http2_server_options o;
	http2_handler_f *handler;
	void *ctx;
	nghttp2_session_callbacks *callbacks;
	nghttp2_option *option;
	struct listeners listeners;
	struct http2_conn *conns;
	struct http2_call *orphans;
	struct http2_call *waiting, **waiting_end;
	size_t count, first_held, more_held;
	bool draining;
	struct timer grace;
	void (*drained)(void *ctx);
	void *drained_ctx;
};

/* --- http2_conn.c */
void http2_conn_new(struct http2_server *s, int fd);
/* Ends the connection now and frees it; its calls are gone. Not while it runs. */
void http2_conn_close(struct http2_conn *c);
/* GOAWAY: no further calls; ends after the last one. */
void http2_conn_end(struct http2_conn *c);
void http2_conn_kick(struct http2_conn *c);
/* What all sessions of the server have in common. */
bool http2_callbacks(struct http2_server *s);

/* --- http2_call.c */
struct http2_call *http2_call_new(struct http2_conn *c, int32_t id);
void http2_call_field(struct http2_call *c, struct str name, struct str value);
void http2_call_head_done(struct http2_call *c);
void http2_call_data(struct http2_call *c, struct str data);
void http2_call_complete(struct http2_call *c);
/* The stream is closed, or the connection is: frees it, or leaves it to its handler. */
void http2_call_end(struct http2_call *c);
void http2_call_free(struct http2_call *c);
#endif
