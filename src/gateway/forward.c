/* Heads on their way through. What stays as it is goes out from where it was read: pieces of the original block, with the lines between them
 * left out that end at this hop (RFC 9110 section 7.6.1) or that we set ourselves. */
#include "gateway/state.h"
#include "gateway/upstream.h"

enum { ADDED_MAX = 512, PIECES_MAX = SYS_IOV_MAX };

/* The build zeroes locals; these kilobytes are written before they are read, on every request. */
#define UNINITIALIZED __attribute__((uninitialized))

/* Which header lines are left out. */
enum {
	DROP_REQUEST = 1,   /* always */
	DROP_ANSWER = 2,
	DROP_OUTSIDE = 4,   /* of requests from callers that are not trusted: marks that services may believe */
	KEEP_NAMED = 8,     /* end-to-end: stays even where Connection names it */
};
static const uint8_t rules[HTTP_NAME_COUNT] = {
	[HTTP_CONNECTION] = DROP_REQUEST | DROP_ANSWER,
	[HTTP_KEEP_ALIVE] = DROP_REQUEST | DROP_ANSWER,
	[HTTP_PROXY_CONNECTION] = DROP_REQUEST | DROP_ANSWER,
	[HTTP_PROXY_AUTHENTICATE] = DROP_ANSWER,
	[HTTP_PROXY_AUTHORIZATION] = DROP_REQUEST,
	[HTTP_TE] = DROP_REQUEST | DROP_ANSWER,
	[HTTP_TRAILER] = DROP_REQUEST | DROP_ANSWER,
	[HTTP_TRANSFER_ENCODING] = DROP_REQUEST | DROP_ANSWER,
	[HTTP_UPGRADE] = DROP_REQUEST | DROP_ANSWER,
	[HTTP_HTTP2_SETTINGS] = DROP_REQUEST,
	[HTTP_TRACEPARENT] = DROP_REQUEST,
	[HTTP_TRACESTATE] = DROP_REQUEST,
	[HTTP_PLEACH_DEADLINE] = DROP_REQUEST,
	[HTTP_PLEACH_TRACE] = DROP_ANSWER,
	[HTTP_X_FORWARDED_FOR] = DROP_OUTSIDE,
	[HTTP_X_FORWARDED_PROTO] = DROP_OUTSIDE,
	[HTTP_FORWARDED] = DROP_OUTSIDE,
	[HTTP_HOST] = KEEP_NAMED,
	[HTTP_CONTENT_LENGTH] = KEEP_NAMED,
	[HTTP_CONTENT_TYPE] = KEEP_NAMED,
	[HTTP_CONTENT_ENCODING] = KEEP_NAMED,
	[HTTP_AUTHORIZATION] = KEEP_NAMED,
	[HTTP_X_REQUEST_ID] = KEEP_NAMED,
	[HTTP_BAGGAGE] = KEEP_NAMED,
	[HTTP_EXPECT] = KEEP_NAMED,
	[HTTP_PROXY_STATUS] = KEEP_NAMED,
	[HTTP_RETRY_AFTER] = KEEP_NAMED,
	[HTTP_DATE] = KEEP_NAMED,
};

/* The pieces of a message: bytes from `from` on are the run being extended. */
struct pieces {
	struct sys_iovec v[PIECES_MAX];
	int n;
};

static void add(struct pieces *p, const char *from, size_t len)
{
	if (len == 0)
		return;
	CHECK(p->n < PIECES_MAX);
	p->v[p->n++] = (struct sys_iovec){ from, len };
}
static void add_str(struct pieces *p, struct str s) { add(p, s.p, s.len); }

static bool connection_names_fields(const struct http1_head *h)
{
	struct str v = http1_get(h, HTTP_CONNECTION);
	return v.len && !str_eq_ci(v, STR("keep-alive")) && !str_eq_ci(v, STR("close"));
}

static bool named_by_connection(const struct http1_head *h, struct str name)
{
	for (size_t i = h->first[HTTP_CONNECTION] - 1u; i < h->count; i++)
		if (h->headers[i].id == HTTP_CONNECTION && http1_list_has(h->headers[i].value, name))
			return true;
	return false;
}

/* Adds the header block from `run` (a start line may precede it) without the lines that are left out: by `mask` of the rules, those that
 * Connection names, and `also`. Without the empty line. At most 51 pieces for 100 headers. */
static void add_headers(struct pieces *p, const struct http1_head *h, const char *run, const char *end, uint8_t mask, enum http_name also)
{
	bool named = connection_names_fields(h);
	for (size_t i = 0; i < h->count; i++) {
		const struct http_header *x = &h->headers[i];
		bool drop = (rules[x->id] & mask) || (x->id == also && also != HTTP_OTHER);
		if (!drop && named)
			drop = !(rules[x->id] & KEEP_NAMED) && named_by_connection(h, x->name);
		if (!drop)
			continue;
		add(p, run, (size_t)(x->name.p - run));
		run = i + 1 < h->count ? h->headers[i + 1].name.p : end;
	}
	add(p, run, (size_t)(end - run));
}

/* Text that is added: appended without checks for room, because everything that goes in is bounded (see ADDED_MAX). */
static char *put(char *to, struct str s)
{
	memcpy(to, s.p, s.len);
	return to + s.len;
}
#define PUT(to, literal) ((to) = put((to), STR(literal)))

static char *put_number(char *to, uint64_t v)
{
	char text[20];
	char *p = text + sizeof(text);
	do
		*--p = (char)('0' + v % 10);
	while (v /= 10);
	return put(to, str_from(p, (size_t)(text + sizeof(text) - p)));
}

/* The lines that we set and the end of the head; returns where they end. */
static char *added_to_request(const struct call *k, char *added)
{
	const struct client *c = k->client;
	const struct http1_head *h = &k->request;
	char *p = added;
	if (k->in.kind == HTTP1_CHUNKED)
		PUT(p, "Transfer-Encoding: chunked\r\n");
	PUT(p, "traceparent: ");
	struct trace_context context = k->context;
	context.parent = k->span;
	traceparent_write(p, &context);
	p += TRACEPARENT_LEN;
	if (k->deadline != NEVER) {
		int64_t left = k->deadline - loop_now(c->g->loop);
		PUT(p, "\r\npleach-deadline: ");
		p = put_number(p, left > 0 ? (uint64_t)(left + MSEC - 1) / MSEC : 0);
	}
	if (k->lane->outside) {
		PUT(p, "\r\nX-Forwarded-For: ");
		p = put(p, str_from(c->peer_text, c->peer_len));
		if (!c->trusted || !h->first[HTTP_X_FORWARDED_PROTO])
			PUT(p, "\r\nX-Forwarded-Proto: http");
	}
	return put(p, STR("\r\n\r\n"));
}

/* The request line in origin form for HTTP/1.1; returns where the run of original bytes goes on. */
static const char *add_request_line(struct pieces *p, const struct call *k)
{
	const struct http1_head *h = &k->request;
	const char *first_header = h->count ? h->headers[0].name.p : NULL;
	bool plain = h->minor == 1 && h->target.p[0] == '/' && first_header;
	if (plain && k->path.p == h->target.p && k->path.len)
		return h->method.p;
	add(p, h->method.p, h->method.len + 1);
	if (k->path.len == 0)
		add_str(p, STR("/"));
	if (plain)
		return k->path.p;
	add_str(p, k->path);
	if (h->query.p) {
		add_str(p, STR("?"));
		add_str(p, h->query);
	}
	add_str(p, STR(" HTTP/1.1\r\n"));
	return first_header;
}

static int send_replay(struct call *k)
{
	for (struct block *b = k->replay; b; b = b->next) {
		struct sys_iovec v[BODY_PIECES];
		char size[BODY_SIZE_TEXT];
		int n = body_pieces(v, size, block_str(b), k->in.kind == HTTP1_CHUNKED, k->in.done && !b->next);
		int r = conn_send(&k->up->conn, v, n);
		if (r < 0)
			return r;
	}
	return 0;
}

int forward_request(struct call *k, struct str data)
{
	const struct http1_head *h = &k->request;
	const struct client *c = k->client;
	const char *end = k->head->data + k->head->from + h->size - 2;
	bool absolute = h->target.p[0] != '/';
	bool name_host = absolute || !h->first[HTTP_HOST];
	struct pieces p UNINITIALIZED;
	char added[ADDED_MAX] UNINITIALIZED, size[BODY_SIZE_TEXT];
	p.n = 0;

	const char *run = add_request_line(&p, k);
	if (h->count)
		add_headers(&p, h, run, end, (uint8_t)(DROP_REQUEST | (k->lane->outside && !c->trusted ? DROP_OUTSIDE : 0)),
			    absolute ? HTTP_HOST : HTTP_OTHER);
	if (name_host) {
		add_str(&p, STR("Host: "));
		add_str(&p, absolute ? h->host : k->up->pool->address_text);
		add_str(&p, STR("\r\n"));
	}
	if (k->tracestate.len) {
		add_str(&p, STR("tracestate: "));
		add_str(&p, buf_str(&k->tracestate));
		add_str(&p, STR("\r\n"));
	}
	add(&p, added, (size_t)(added_to_request(k, added) - added));
	if (k->replay) {
		int r = conn_send(&k->up->conn, p.v, p.n);
		return r < 0 ? r : send_replay(k);
	}
	p.n += body_pieces(p.v + p.n, size, data, k->in.kind == HTTP1_CHUNKED, k->in.done);
	return conn_send(&k->up->conn, p.v, p.n);
}

/* --- answers ---------------------------------------------------------------------------------------------------------------------- */

/* The status line says 1.1 whatever the instance speaks, because that is what we speak. */
static const char *answer_run(struct pieces *p, const struct http1_head *h, const char *start)
{
	if (h->minor == 1)
		return start;
	add_str(p, STR("HTTP/1.1"));
	return start + 8;
}

int forward_interim(struct call *k)
{
	const struct http1_head *h = &k->answer;
	struct block *b = k->up->conn.in;
	struct pieces p;
	p.n = 0;
	const char *run = answer_run(&p, h, b->data + b->from);
	const char *end = b->data + b->from + h->size - 2;
	add_headers(&p, h, run, end, DROP_ANSWER, HTTP_CONTENT_LENGTH);
	add_str(&p, STR("\r\n"));
	return conn_send(&k->client->conn, p.v, p.n);
}

int forward_answer(struct call *k, struct str data)
{
	const struct http1_head *h = &k->answer;
	const char *start = k->answer_start, *end = start + h->size - 2;
	char added[ADDED_MAX] UNINITIALIZED, size[BODY_SIZE_TEXT];
	struct pieces p UNINITIALIZED;
	p.n = 0;
	const char *run = answer_run(&p, h, start);
	add_headers(&p, h, run, end, DROP_ANSWER, h->status == 204 ? HTTP_CONTENT_LENGTH : HTTP_OTHER);
	char *to = added;
	if (k->chunked_out)
		PUT(to, "Transfer-Encoding: chunked\r\n");
	if (!call_keeps_client(k))
		PUT(to, "Connection: close\r\n");
	else if (k->request.minor == 0)
		PUT(to, "Connection: keep-alive\r\n");
	PUT(to, "pleach-trace: ");
	hex_encode(to, k->context.trace.b, sizeof(k->context.trace.b));
	to += 2 * sizeof(k->context.trace.b);
	PUT(to, "\r\n\r\n");
	add(&p, added, (size_t)(to - added));
	p.n += body_pieces(p.v + p.n, size, data, k->chunked_out, k->out.done);
	k->head_sent = true;
	return conn_send(&k->client->conn, p.v, p.n);
}
