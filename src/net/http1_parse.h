/* The inner parts of the HTTP/1 parser, shared by http1.c (entry, resuming), http1_parse.c (one pass over a head, compiled twice:
 * for any x86-64 or other machine, and for AVX2) and http1_fields.c (what framing, routing and connection fields mean). Nobody else
 * includes this but their tests. */
#ifndef PLEACH_NET_HTTP1_PARSE_H
#define PLEACH_NET_HTTP1_PARSE_H
#include "net/http1.h"

enum http1_kind { HTTP1_REQUEST, HTTP1_RESPONSE, HTTP1_RESPONSE_TO_HEAD };

/* What the header fields said, gathered line by line, judged together at the end of the head. */
struct http1_facts {
	bool has_length, chunked, close, keep, upgrade, expect;
	uint64_t length;
};

/* Parses a head in one pass from its first byte; HTTP1_MORE when it is not complete within `in`. Which error a wrong head gives
 * here is provisional (http1.c decides it in the order of the bytes); HTTP1_DONE is final. Lengths must be within HTTP1_MAX_HEAD.
 */
enum http1_result http1_parse_any(struct http1_head *h, struct str in, enum http1_kind kind);
#ifdef __x86_64__
enum http1_result http1_parse_avx2(struct http1_head *h, struct str in, enum http1_kind kind); /* only where the CPU has AVX2 */
#endif

/* Looks at the header just added (h->headers[h->count - 1]) when its name means something to framing, routing or the connection.
 * `raw`: the bytes between colon and line end. */
enum http1_result http1_field(struct http1_head *h, struct http1_facts *f, struct str raw);
/* Splits the target by the method's form into path, query and (absolute form) authority, kept in h->host. */
enum http1_result http1_target(struct http1_head *h);
/* Judges the whole head once the empty line is there: Host, body framing, keep-alive. */
enum http1_result http1_finish_request(struct http1_head *h, const struct http1_facts *f);
enum http1_result http1_finish_response(struct http1_head *h, const struct http1_facts *f, bool to_head);
#endif
