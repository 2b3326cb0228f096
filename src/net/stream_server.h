/* A server for protocols whose peers send messages on a stream, and perhaps get short answers (syslog over TCP, Fluent Forward). The protocol
 * is a set of functions; this keeps the connections, their limits, and the order: bytes are given to the protocol as they arrive, what it does
 * not consume is kept and given again with what follows.
 *
 * Back-pressure is not reading: while the server (or one connection) is held, its peers' writes stop at the kernel's buffers. A peer that has
 * closed its writing side still gets the answers that it is owed. Everything on the loop's thread. */
#ifndef PLEACH_NET_STREAM_SERVER_H
#define PLEACH_NET_STREAM_SERVER_H
#include "base/err.h"
#include "net/loop.h"

struct stream_server;
struct stream_conn;

enum { STREAM_BROKEN = -1 };
struct stream_protocol {
	/* May be NULL. A protocol that speaks first writes here. */
	void (*on_open)(void *ctx, struct stream_conn *c);
	/* What has arrived and was not consumed (never empty unless `end`). Returns how many bytes from its front are done with; 0: more are
	 * needed; STREAM_BROKEN: the peer does not speak the protocol, end the connection. It is called again while it consumes. end: no more will
	 * come (what is left then is dropped). */
	int64_t (*on_bytes)(void *ctx, struct stream_conn *c, struct str in, bool end);
	/* The connection is about to be freed, for whatever reason. May be NULL. */
	void (*on_close)(void *ctx, struct stream_conn *c);
};
struct stream_server_options {
	size_t max_connections; /* 0: 1024. At the limit a new one takes the place of the one that was silent longest, if that was for `idle` */
	size_t max_message;     /* bytes that a protocol may leave unconsumed; more end the connection; 0: 1 MiB */
	size_t max_held;        /* bytes held of all connections together; beyond, those with more than a read's worth are not read; 0: 64 MiB */
	size_t max_out;         /* bytes of answers that a peer does not take; more end the connection; 0: 64 KiB */
	int64_t idle;           /* ns; 0: 10 min. A silent connection costs nothing and is left alone, as its peer may not notice its end */
	int64_t stall;          /* ns that a message, or an answer, may stand still half-way; 0: 60 s */
};
struct stream_server *stream_server_new(struct loop *l, const struct stream_server_options *o, const struct stream_protocol *p, void *ctx);
/* Listens (several times if wanted). ERR_PORT_TAKEN says by whom. bound (may be NULL): the real address. */
bool stream_server_listen(struct stream_server *s, const struct sys_addr *a, struct sys_addr *bound, struct err *e);
/* While held nothing is read from anybody; new connections are taken. */
void stream_server_hold(struct stream_server *s, bool hold);
/* No new connections and no more reading; answers still go out. */
void stream_server_stop(struct stream_server *s);
/* Closes everything; not from within a callback of a connection. */
void stream_server_free(struct stream_server *s);
struct stream_server_stats {
	uint64_t connections;   /* open now */
	uint64_t opened;
	uint64_t refused;       /* connections turned away at the limit */
	uint64_t broken;        /* ended by us: not the protocol, a message too long, standing still, answers not taken */
	size_t held;            /* bytes held now */
};
struct stream_server_stats stream_server_stats(const struct stream_server *s);

/* --- one connection, for the protocol ------------------------------------------------------------------------------------------------------ */
void stream_set_user(struct stream_conn *c, void *user);
void *stream_user(const struct stream_conn *c);
const struct sys_addr *stream_peer(const struct stream_conn *c);
/* Sends, or queues what the peer does not take at once. Nothing happens when the connection is ending. */
void stream_write(struct stream_conn *c, struct str bytes);
/* Not reading this one until it is released again. */
void stream_hold(struct stream_conn *c, bool hold);
/* The peer is owed n more (or, negative, fewer) answers: while there are any, the end of its stream does not end the connection. */
void stream_owe(struct stream_conn *c, int n);
unsigned stream_owed(const struct stream_conn *c);
/* Ends it, at the end of this turn. */
void stream_end(struct stream_conn *c);
#endif
