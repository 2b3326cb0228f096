/* A POST with records by any protocol but OTLP: room, decoding, commit, answer. A batch is taken whole, or refused whole before anything of it
 * is visible. The protocol gives the functions; the flow is the same for all. */
#ifndef PLEACH_STORE_POST_H
#define PLEACH_STORE_POST_H
#include "net/http_server.h"
#include "store/lines.h"

struct store;
struct post;
struct post_protocol {
	/* Content-Encoding where the request names none ("" or "snappy"). May be NULL: none. */
	struct str (*coding)(const struct http_exchange *x);
	/* Records of the body into p->lines. False with e: nothing of it is taken. */
	bool (*decode)(struct post *p, struct str body, struct err *e);
	/* Answers p->x: all of it is on disk (or there was nothing). */
	void (*success)(struct post *p);
	/* Answers a request that is refused, decoded or not. */
	void (*failure)(struct http_exchange *x, const struct err *e);
};
struct post {
	const struct post_protocol *protocol;
	struct store *store;
	struct http_exchange *x;     /* NULL: the sender is gone; the batch counts all the same */
	struct lines *lines;         /* only while decoding */
	struct str parameter;        /* of the path; lives as long as the exchange */
	struct lines_counts counts;  /* after decoding */
	struct buf reply;            /* for the protocol, released with the post */
};
enum { POST_MAX_REPLY = 64 << 20 };
void store_post(struct store *s, struct http_exchange *x, const struct post_protocol *protocol, struct str parameter);

extern const struct post_protocol post_lines, post_es_bulk, post_es_document, post_loki;
#endif
