/* Unary gRPC (the protocol over HTTP/2 of grpc/doc/PROTOCOL-HTTP2.md) on http2_server.h: one message in, one message or an error out.
 *
 * Messages come as they are or compressed by gzip; answers are sent as they are. An error is grpc-status and grpc-message, and where a client
 * should try again, a google.rpc.Status with RetryInfo in grpc-status-details-bin. grpc-timeout is accepted and not acted upon: work that
 * has been begun is finished and answered; whether somebody still waits is the client's business. The health service
 * (grpc.health.v1.Health/Check) is answered here. */
#ifndef PLEACH_NET_GRPC_H
#define PLEACH_NET_GRPC_H
#include "net/http2_server.h"

enum grpc_code {
	GRPC_OK = 0, GRPC_CANCELLED = 1, GRPC_UNKNOWN = 2, GRPC_INVALID_ARGUMENT = 3, GRPC_DEADLINE_EXCEEDED = 4, GRPC_NOT_FOUND = 5,
	GRPC_PERMISSION_DENIED = 7, GRPC_RESOURCE_EXHAUSTED = 8, GRPC_ABORTED = 10, GRPC_UNIMPLEMENTED = 12, GRPC_INTERNAL = 13,
	GRPC_UNAVAILABLE = 14
};
enum { GRPC_PREFIX = 5, GRPC_MAX_WORDS = 512 }; /* bytes before a message; of grpc-message before it is escaped */

struct grpc_server;
/* One call. Answers exactly once, now or later, by grpc_answer or grpc_fail. message: until it returns. */
typedef void grpc_method_f(void *ctx, struct http2_call *c, struct str message);
struct grpc_method {
	struct str path;       /* "/package.Service/Method" */
	grpc_method_f *fn;
};
struct grpc_options {
	const struct grpc_method *methods; /* must outlive the server */
	size_t method_count;
	void *ctx;
	size_t max_received;   /* bytes of a message as it is sent; 0: 4 MiB */
	size_t max_message;    /* bytes after decompression; 0: 4 MiB */
	size_t max_held;       /* as in http2_server_options, and so the others */
	size_t max_connections;
	int64_t idle, read_timeout, write_timeout;
	/* May refuse a message with e set: asked before it is read, and again before it is decompressed. NULL: all are welcome. */
	bool (*admit)(void *ctx, size_t received, struct err *e);
	/* Counts an error that was answered; may be NULL. */
	void (*failed)(void *ctx);
};
struct grpc_server *grpc_server_new(struct loop *l, const struct grpc_options *o);
bool grpc_server_listen(struct grpc_server *s, const struct sys_addr *a, struct sys_addr *bound, struct err *e);
/* As http2_server_drain; the health service says NOT_SERVING from now on. */
void grpc_server_drain(struct grpc_server *s, int64_t grace, void (*done)(void *ctx), void *ctx);
void grpc_server_free(struct grpc_server *s);

void grpc_answer(struct http2_call *c, struct str message);
/* retry: nanoseconds after which to try again, for RetryInfo; 0: none. */
void grpc_fail(struct http2_call *c, enum grpc_code code, struct str words, int64_t retry);
/* The code of an error of ours, its words, and RetryInfo where trying again helps: overload, a full disk, a store that stops. */
void grpc_fail_err(struct http2_call *c, const struct err *e);
#endif
