/* Unary gRPC calls to somebody else's server (the protocol over HTTP/2 of grpc/doc/PROTOCOL-HTTP2.md, cleartext with prior knowledge): one message out,
 * one message or a status back. Each call has a connection of its own, which ends with it: made for verifying contracts and for checks, not for load.
 *
 * Limits: GRPC_CLIENT_FIELDS header fields and trailers kept, GRPC_CLIENT_HEAD bytes of them, max_message bytes of an answer; a server that goes beyond is an error.
 * Compressed answers (gzip) are read. */
#ifndef PLEACH_NET_GRPC_CLIENT_H
#define PLEACH_NET_GRPC_CLIENT_H
#include "base/err.h"
#include "net/grpc.h"

enum { GRPC_CLIENT_FIELDS = 100, GRPC_CLIENT_HEAD = 64 << 10, GRPC_CLIENT_OUT = 1 << 20 };
struct grpc_client_options {
	struct sys_addr address;
	struct str authority;      /* empty: the address as text */
	struct str path;           /* "/package.Service/Method" */
	const struct http2_field *metadata;
	size_t metadata_count;     /* at most GRPC_CLIENT_FIELDS; names in lower case */
	struct str message;        /* copied, as everything here is */
	int64_t timeout;           /* ns for the whole call; 0: 10 s; sent as grpc-timeout too */
	size_t max_message;        /* 0: 4 MiB */
};
struct grpc_reply {
	struct err err;            /* set where there was no gRPC answer: ERR_UNAVAILABLE not connected, ERR_TIMEOUT, ERR_UPSTREAM no HTTP/2 or no gRPC, ERR_TOO_LARGE */
	bool connected;
	enum grpc_code code;       /* of the answer; valid where err is not set */
	struct str words;          /* grpc-message, unescaped */
	bool has_message;
	struct str message;
	const struct http2_field *fields; /* headers, then trailers, without pseudo headers */
	size_t field_count;
};
struct grpc_call;
/* done is called exactly once, never from inside this function, unless the call is cancelled; the reply is valid during it. NULL with e set where
 * what is to be sent is no call (a bad path, too much metadata) or there is no memory. */
struct grpc_call *grpc_call(struct loop *l, const struct grpc_client_options *o, void (*done)(void *ctx, const struct grpc_reply *r), void *ctx, struct err *e);
void grpc_cancel(struct grpc_call *call); /* done is not called */
/* "INVALID_ARGUMENT"; "UNKNOWN" for numbers without a name. */
const char *grpc_code_name(int code);
/* By its name; -1: none. */
int grpc_code_by_name(struct str name);
#endif
