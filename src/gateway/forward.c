/* Heads on their way through. What stays as it is goes out from where it was read: pieces of the original block, with the lines between them
 * left out that end at this hop (RFC 9110 section 7.6.1) or that we set ourselves. */
#include "gateway/state.h"
#include "gateway/upstream.h"
#include "gateway/version.h"

/* Of a request: 6 of its line, 51 of 100 headers, 11 that we add, 3 of the body; an answer needs fewer. */
enum { ADDED_MAX = 512, PIECES_MAX = 72 };

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

/* The system takes SYS_IOV_MAX at once. */
static int send_pieces(struct conn *c, struct pieces *p)
{
	int first = p->n < SYS_IOV_MAX ? p->n : SYS_IOV_MAX;
	int r = conn_send(c, p->v, first);
	return r < 0 || first == p->n ? r : conn_send(c, p->v + first, p->n - first);
}

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

/* Lines that are true of another body than the one that goes out. Only calls that are turned into those of another version are asked for these names. */
static const struct str of_request_body[] = { STR_INIT("content-length"), STR_INIT("expect"), STR_INIT("content-digest"), STR_INIT("digest"), STR_INIT("content-md5") };
static const struct str of_plain_answer[] = { STR_INIT("accept-encoding"), STR_INIT("range"), STR_INIT("if-range") };
static const struct str of_answer_body[] = { STR_INIT("content-length"), STR_INIT("content-digest"), STR_INIT("repr-digest"), STR_INIT("digest"),
					     STR_INIT("content-md5"), STR_INIT("accept-ranges") };
struct left_out { const struct str *names; size_t count; };

static bool is_left_out(const struct left_out *x, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < x[i].count; k++)
			if (str_eq_ci(x[i].names[k], name))
				return true;
	return false;
}

/* Adds the header block from `run` (a start line may precede it) without the lines that are left out: by `mask` of the rules, those that
 * Connection names, and `also`. Without the empty line. At most 51 pieces for 100 headers. */
static void add_headers_but(struct pieces *p, const struct http1_head *h, const char *run, const char *end, uint8_t mask, enum http_name also,
			    const struct left_out *left_out, size_t left_out_count)
{
	bool named = connection_names_fields(h);
	for (size_t i = 0; i < h->count; i++) {
		const struct http_header *x = &h->headers[i];
		bool drop = (rules[x->id] & mask) || (x->id == also && also != HTTP_OTHER);
		if (!drop && named)
			drop = !(rules[x->id] & KEEP_NAMED) && named_by_connection(h, x->name);
		if (!drop && left_out_count)
			drop = is_left_out(left_out, left_out_count, x->name);
		if (!drop)
			continue;
		add(p, run, (size_t)(x->name.p - run));
		run = i + 1 < h->count ? h->headers[i + 1].name.p : end;
	}
	add(p, run, (size_t)(end - run));
}

static void add_headers(struct pieces *p, const struct http1_head *h, const char *run, const char *end, uint8_t mask, enum http_name also)
{
	add_headers_but(p, h, run, end, mask, also, NULL, 0);
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

/* The host, when the request does not name it in a line that goes on, and the tracestate. */
static void add_lines(struct pieces *p, const struct call *k, bool absolute)
{
	const struct http1_head *h = &k->request;
	if (absolute || !h->first[HTTP_HOST]) {
		add_str(p, STR("Host: "));
		add_str(p, absolute ? h->host : k->up->pool->address_text);
		add_str(p, STR("\r\n"));
	}
	if (k->tracestate.len) {
		add_str(p, STR("tracestate: "));
		add_str(p, buf_str(&k->tracestate));
		add_str(p, STR("\r\n"));
	}
}

static uint8_t request_mask(const struct call *k)
{
	return (uint8_t)(DROP_REQUEST | (k->lane->outside && !k->client->trusted ? DROP_OUTSIDE : 0));
}

int forward_request(struct call *k, struct str data)
{
	const struct http1_head *h = &k->request;
	const char *end = k->head->data + k->head->from + h->size - 2;
	bool absolute = h->target.p[0] != '/';
	struct pieces p UNINITIALIZED;
	char added[ADDED_MAX] UNINITIALIZED, size[BODY_SIZE_TEXT];
	p.n = 0;

	const char *run = add_request_line(&p, k);
	if (h->count)
		add_headers(&p, h, run, end, request_mask(k), absolute ? HTTP_HOST : HTTP_OTHER);
	add_lines(&p, k, absolute);
	add(&p, added, (size_t)(added_to_request(k, added) - added));
	if (k->replay) {
		int r = send_pieces(&k->up->conn, &p);
		return r < 0 ? r : send_replay(k);
	}
	p.n += body_pieces(p.v + p.n, size, data, k->in.kind == HTTP1_CHUNKED, k->in.done);
	return send_pieces(&k->up->conn, &p);
}

int forward_changed_request(struct call *k, const struct forward_changes *x, struct str data)
{
	const struct http1_head *h = &k->request;
	const char *end = k->head->data + k->head->from + h->size - 2;
	bool absolute = h->target.p[0] != '/';
	struct left_out left_out[2];
	size_t n = 0;
	struct pieces p;
	char added[ADDED_MAX], size[BODY_SIZE_TEXT], length[24];
	p.n = 0;
	add_str(&p, x->method);
	add_str(&p, STR(" "));
	add_str(&p, x->target);
	add_str(&p, STR(" HTTP/1.1\r\n"));
	if (x->replaces_body)
		left_out[n++] = (struct left_out){ of_request_body, ARRAY_LEN(of_request_body) };
	if (x->plain_answer)
		left_out[n++] = (struct left_out){ of_plain_answer, ARRAY_LEN(of_plain_answer) };
	if (h->count)
		add_headers_but(&p, h, h->headers[0].name.p, end, request_mask(k), absolute ? HTTP_HOST : HTTP_OTHER, left_out, n);
	add_lines(&p, k, absolute);
	if (x->replaces_body) {
		add_str(&p, STR("Content-Length: "));
		add(&p, length, (size_t)(put_number(length, x->length) - length));
		add_str(&p, STR("\r\n"));
	}
	add(&p, added, (size_t)(added_to_request(k, added) - added));
	if (x->replaces_body)
		return send_pieces(&k->up->conn, &p);
	if (k->replay) {
		int r = send_pieces(&k->up->conn, &p);
		return r < 0 ? r : send_replay(k);
	}
	p.n += body_pieces(p.v + p.n, size, data, k->in.kind == HTTP1_CHUNKED, k->in.done);
	return send_pieces(&k->up->conn, &p);
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
	return send_pieces(&k->client->conn, &p);
}

/* What the provider itself says of its end stays; links may stand beside each other. */
static void add_life(struct pieces *p, const struct call *k)
{
	const struct version *v = k->route->life;
	if (!http1_find(&k->answer, STR("deprecation")).p)
		add_str(p, v->deprecation);
	if (!http1_find(&k->answer, STR("sunset")).p)
		add_str(p, v->sunset);
	add_str(p, v->links[k->lane->outside]);
}

/* The status line of another status; returns where the header lines begin. */
static const char *add_status_line(struct pieces *p, const struct http1_head *h, int status, char number[24], const char *start)
{
	if (status == h->status)
		return answer_run(p, h, start);
	add_str(p, STR("HTTP/1.1 "));
	add(p, number, (size_t)(put_number(number, (uint64_t)status) - number));
	add_str(p, STR(" "));
	add_str(p, str_z(http_phrase(status)));
	add_str(p, STR("\r\n"));
	return h->count ? h->headers[0].name.p : start + h->size - 2;
}

void forward_changed_head(struct call *k, struct buf *out)
{
	const struct http1_head *h = &k->answer;
	const struct left_out left_out = { of_answer_body, ARRAY_LEN(of_answer_body) };
	char number[24];
	struct pieces p;
	p.n = 0;
	const char *run = add_status_line(&p, h, shift_status(k), number, k->answer_start);
	add_headers_but(&p, h, run, k->answer_start + h->size - 2, DROP_ANSWER, HTTP_OTHER, &left_out, 1);
	add_life(&p, k);
	for (int i = 0; i < p.n; i++)
		buf_add_bytes(out, p.v[i].p, p.v[i].n);
	buf_add(out, STR("pleach-trace: "));
	buf_hex(out, k->context.trace.b, sizeof(k->context.trace.b));
	buf_add(out, STR("\r\n"));
}

int forward_answer(struct call *k, struct str data)
{
	const struct http1_head *h = &k->answer;
	const char *start = k->answer_start, *end = start + h->size - 2;
	char added[ADDED_MAX] UNINITIALIZED, size[BODY_SIZE_TEXT], number[24] UNINITIALIZED;
	struct pieces p UNINITIALIZED;
	p.n = 0;
	const char *run = k->shift ? add_status_line(&p, h, k->status, number, start) : answer_run(&p, h, start);
	bool no_length = h->status == 204 || (k->shift && str_eq(k->request.method, STR("HEAD")));
	add_headers(&p, h, run, end, DROP_ANSWER, no_length ? HTTP_CONTENT_LENGTH : HTTP_OTHER);
	if (k->route->life)
		add_life(&p, k);
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
	return send_pieces(&k->client->conn, &p);
}
