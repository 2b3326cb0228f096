/* What the files of the store's listeners share (listen.h): listen.c, listen_syslog.c, listen_forward.c. */
#ifndef PLEACH_STORE_LISTEN_IMPL_H
#define PLEACH_STORE_LISTEN_IMPL_H
#include "net/stream_server.h"
#include "store/forward.h"
#include "store/intake.h"
#include "store/listen.h"
#include "store/syslog.h"

enum {
	LISTEN_HOST = 64,            /* bytes of a sender's address as text */
	LISTEN_SECRET = 1024,        /* bytes of a shared secret */
	UDP_BATCH = 16,              /* datagrams read at once */
	UDP_TURN = 8,                /* times that, before others have their turn */
	UDP_ROOM = 8 << 20,          /* bytes that wait in the kernel */
	CHUNKS = 65536,              /* ids of chunks that are remembered */
	FORWARD_OWED = 64,           /* acknowledgements outstanding at which a connection is not read */
};
#define LISTEN_TELL_EVERY (60 * SECOND) /* what senders do wrong is reported once in so long */

struct listen_syslog {
	struct syslog_parser parser;
	struct stream_server *server;
	struct sys_addr address;
	struct watcher udp;
	struct deferred again;
	bool udp_held;
	uint32_t lost;               /* as the system counts */
	uint8_t *space;              /* UDP_BATCH datagrams */
	uint64_t messages, malformed, cut, dropped;
	int64_t told;
};
struct listen_forward {
	struct forward_decoder decoder;
	struct stream_server *server;
	struct sys_addr address;
	struct forward_ack *acks;    /* outstanding */
	uint64_t *chunks;            /* hashes of the messages taken; 0: free; four places for each */
	uint8_t *chunk_next;         /* which of the four goes next */
	uint64_t messages, records, refused, ignored, repeated;
	int64_t told;
	struct str secret;           /* empty: none is asked for */
	char secret_space[LISTEN_SECRET];
};
struct listening {
	struct store *store;
	struct loop *loop;
	struct intake intake;
	int64_t zone;
	bool closing;
	struct listen_syslog syslog;   /* server NULL: off */
	struct listen_forward forward;
};

/* listen.c */
/* True when nothing may be read now; then everybody is held until there is room. */
bool listen_full(struct listening *l);
/* The peer's address without its port; empty for this machine, which is no news. In out. */
struct str listen_host(const struct sys_addr *peer, char out[LISTEN_HOST]);
/* True once in LISTEN_TELL_EVERY. */
bool listen_tell(const struct listening *l, int64_t *told);

/* listen_syslog.c, listen_forward.c */
bool listen_syslog_start(struct listening *l, const struct sys_addr *a, struct err *e);
void listen_syslog_resume(struct listening *l);
void listen_syslog_stop(struct listening *l);
void listen_syslog_free(struct listening *l);
bool listen_forward_start(struct listening *l, const struct sys_addr *a, struct str secret, struct err *e);
void listen_forward_free(struct listening *l);
#endif
