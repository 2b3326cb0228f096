/* HTTP/1.0 and 1.1 messages (RFC 9112, RFC 9110), strict: where a lenient reading could make two parties see two different messages,
 * the message is refused. No I/O, no allocation; header names and values point into the caller's buffer.
 *
 * Refused, among others: bare LF or CR, obs-fold, blank before the colon, NUL and controls in values, Content-Length together with
 * Transfer-Encoding, several or malformed Content-Length, any Transfer-Encoding but a single "chunked" (case-insensitive), any
 * Transfer-Encoding in an HTTP/1.0 message, missing/several/malformed Host in a 1.1 request, targets with controls, blanks,
 * fragment or non-ASCII bytes, authority form outside CONNECT. */
#ifndef PLEACH_NET_HTTP1_H
#define PLEACH_NET_HTTP1_H
#include "base/str.h"

enum {
	HTTP1_MAX_HEADERS = 100,
	HTTP1_MAX_HEAD = 16384 - 1024, /* bytes of start line and headers */
	HTTP1_MAX_METHOD = 32,
	HTTP1_MAX_TARGET = 8192,
	HTTP1_MAX_CHUNK_EXTENSION = 256, /* bytes in one chunk's size line */
	HTTP1_MAX_TRAILERS = 4096
};

/* Names that the code looks at; found while parsing so that nobody searches twice. Others are HTTP_OTHER. */
enum http_name {
	HTTP_OTHER,
#define HTTP_NAME(symbol, text) HTTP_##symbol,
#include "tbl/http_names.h"
#undef HTTP_NAME
	HTTP_NAME_COUNT
};
struct http_header {
	struct str name, value; /* value without surrounding blanks */
	enum http_name id;
};

/* Why a message was refused; each has a status to answer with and words (http1_reason). */
enum http1_result {
	HTTP1_DONE = 0,
	HTTP1_MORE,               /* not complete yet: read on and call again */
	HTTP1_BAD_LINE_END,       /* bare CR or LF */
	HTTP1_BAD_METHOD, HTTP1_BAD_TARGET, HTTP1_BAD_VERSION /* well-formed, but neither 1.0 nor 1.1: 505 */, HTTP1_BAD_START_LINE,
	HTTP1_BAD_HEADER_NAME, HTTP1_BAD_HEADER_VALUE, HTTP1_FOLDED, HTTP1_BAD_HOST,
	HTTP1_BAD_LENGTH, HTTP1_LENGTH_AND_CHUNKED, HTTP1_BAD_TRANSFER_ENCODING, HTTP1_UNKNOWN_CODING /* well-formed, but not chunked: 501 */,
	HTTP1_HEAD_TOO_LARGE /* 431 */, HTTP1_TOO_MANY_HEADERS /* 431 */, HTTP1_TARGET_TOO_LONG /* 414 */,
	HTTP1_BAD_CHUNK, HTTP1_BAD_TRAILER, HTTP1_BAD_STATUS,
	HTTP1_RESULT_COUNT
};
const char *http1_reason(enum http1_result r);
int http1_status(enum http1_result r); /* 400, 414, 431, 501, 505; 502 is the gateway's business */

enum http1_body { HTTP1_NO_BODY, HTTP1_LENGTH, HTTP1_CHUNKED, HTTP1_UNTIL_CLOSE /* responses only */ };

struct http1_head {
	/* requests */
	struct str method, target; /* target: origin form, or absolute form, "*", or authority (CONNECT) */
	struct str path, query;    /* of an origin- or absolute-form target; query without "?"; path never empty for those */
	/* responses */
	int status;
	struct str phrase;
	/* both */
	int minor;                 /* 0 or 1 */
	bool keep_alive;           /* after version and Connection */
	bool upgrade;              /* Connection names "upgrade" and there is an Upgrade header */
	bool expect_continue;
	enum http1_body body;      /* "Content-Length: 0" is HTTP1_NO_BODY */
	uint64_t length;           /* with HTTP1_LENGTH, else 0 */
	struct str host;           /* value of Host, or the authority of an absolute target */
	size_t count;
	struct http_header headers[HTTP1_MAX_HEADERS];
	uint8_t first[HTTP_NAME_COUNT]; /* index + 1 of the first header of that name; 0: absent */
	size_t size;               /* bytes of the head, the empty line included */
	size_t scanned;            /* internal: where to look on after HTTP1_MORE; zero before the first call */
	size_t line;               /* internal: where the unfinished line begins */
	bool started;              /* internal: the start line is complete and right */
};
/* `in` holds all bytes received so far of this message (and maybe more). One optional CRLF before a request line is skipped
 * (RFC 9112 section 2.2) and counted in size. Call with the same head while HTTP1_MORE. head need not be zeroed except `scanned`. */
enum http1_result http1_request(struct http1_head *head, struct str in);
/* to_head: the request was HEAD, so whatever the head says, no body follows. (Whoever sends CONNECT knows that a 2xx has none either.)
 * keep_alive is also false where the connection is doubtful afterwards: a body announced on a status that has none, or until close. */
enum http1_result http1_response(struct http1_head *head, struct str in, bool to_head);
/* First value of a known name, or {NULL,0}. */
static inline struct str http1_get(const struct http1_head *h, enum http_name id)
{
	return h->first[id] ? h->headers[h->first[id] - 1].value : (struct str){ NULL, 0 };
}
/* Any name, ASCII case-insensitive. */
struct str http1_find(const struct http1_head *h, struct str name);
/* True where a comma-separated list value holds the token (case-insensitive). */
bool http1_list_has(struct str list, struct str token);

/* Decoder of a chunked body, resumable at every byte; zeroed before the first call. */
struct http1_chunks {
	uint64_t left;      /* data bytes left of this chunk */
	uint32_t extension; /* bytes of this chunk's extensions so far, limited */
	uint32_t trailers;  /* bytes of trailer section so far, limited */
	uint8_t state, digits;
	uint8_t name_len;   /* of the trailer field being read; beyond sizeof name only counted */
	char name[24];      /* in lower case: fields about framing and routing are refused */
};
/* Takes bytes from `in`: *used is how many were consumed; *data is a run of body bytes inside `in` (may be empty).
 * HTTP1_MORE: call again with what follows (a run ends the call, so there may be bytes left to give); HTTP1_DONE: the body ended
 * (trailers are checked and dropped); else refused. Never consumes beyond the end of the body. */
enum http1_result http1_chunk(struct http1_chunks *c, struct str in, size_t *used, struct str *data);

/* Sanity of what we write: a token (RFC 9110 section 5.6.2), a field value. */
bool http1_is_token(struct str s);
bool http1_is_value(struct str s);
/* "Not Found" … ; "Unknown" for others. */
const char *http_phrase(int status);
/* Percent-decoding of one component into the arena-free out buffer (at least s.len bytes); plus_is_blank for query strings.
 * Returns length or SIZE_MAX on a bad escape or NUL. */
size_t http_unescape(char *out, struct str s, bool plus_is_blank);
/* Percent-encoding of one component of a path or query: unreserved characters (RFC 3986, 2.3) and those of `also` stay. also: NULL, or a text. */
struct buf;
void http_escape(struct buf *out, struct str s, const char *also);
/* The value of a query parameter, still escaped; false when absent. */
bool http_query_get(struct str query, struct str name, struct str *value);
#endif
