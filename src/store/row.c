/* Encoding and reading of rows. What is written here is read back from files that may be damaged or hostile, so every read is checked
 * (store/bytes.h) and sizes are never trusted before the bytes are there. */
#include "store/row.h"
#include "base/check.h"

enum { SMALL_ATTRS = 64 };

/* --- writing -------------------------------------------------------------------------------------------------------------------- */

/* Cut where a character begins, so that valid UTF-8 stays valid. */
static struct str cut_text(struct str s, size_t max, uint64_t *cut)
{
	if (s.len <= max)
		return s;
	size_t n = max;
	while (n > 0 && n > max - 4 && ((uint8_t)s.p[n] & 0xc0) == 0x80)
		n--;
	*cut += 1;
	return str_sub(s, 0, n);
}

static void put_value(struct buf *out, const struct value *v, size_t room, uint64_t *cut)
{
	put_u8(out, (uint8_t)v->type);
	switch (v->type) {
	case VALUE_EMPTY:
		break;
	case VALUE_BOOL:
		put_u8(out, v->b);
		break;
	case VALUE_INT:
		put_signed(out, v->i);
		break;
	case VALUE_DOUBLE: {
		uint64_t bits;
		memcpy(&bits, &v->d, sizeof(bits));
		put_u64(out, bits);
		break;
	}
	case VALUE_JSON:
	case VALUE_STR:
	case VALUE_BYTES:
		put_text(out, cut_text(v->s, room, cut));
		break;
	}
}

/* A value that had to be cut is no JSON any more: it becomes text. */
static struct attr fitting(const struct attr *a, size_t room)
{
	struct attr copy = *a;
	if (copy.value.type == VALUE_JSON && copy.value.s.len > room)
		copy.value.type = VALUE_STR;
	return copy;
}

static void put_attrs(struct buf *out, const struct attr *attrs, size_t n, size_t start, uint64_t *cut)
{
	size_t most = out->len - start < ROW_MAX_BYTES ? ROW_MAX_ATTRS : 0;
	if (n > most) {
		*cut += 1;
		n = most;
	}
	put_varint(out, n);
	for (size_t i = 0; i < n; i++) {
		put_text(out, cut_text(attrs[i].key, ROW_MAX_KEY, cut));
		size_t used = out->len - start;
		size_t room = used < ROW_MAX_BYTES ? ROW_MAX_BYTES - used : 0;
		struct attr a = fitting(&attrs[i], room);
		put_value(out, &a.value, room, cut);
	}
}

static void put_head(struct buf *out, enum row_kind kind, int64_t time, uint8_t level, uint8_t flags)
{
	put_u8(out, (uint8_t)kind);
	put_i64(out, time);
	put_u8(out, level);
	put_u8(out, flags);
}

/* How many bytes a record takes at most, when it is so small that no limit can cut it; else 0. */
static size_t small_log(const struct log_record *r)
{
	size_t size = ROW_HEAD + sizeof(r->trace.b) + sizeof(r->span.b) + 8 + 2 * 10 + r->body.len;
	if (r->attr_count > SMALL_ATTRS || r->body.len > ROW_MAX_KEY)
		return 0;
	for (size_t i = 0; i < r->attr_count; i++) {
		const struct attr *a = &r->attrs[i];
		bool text = a->value.type == VALUE_STR || a->value.type == VALUE_JSON || a->value.type == VALUE_BYTES;
		if (a->key.len > ROW_MAX_KEY || (text && a->value.s.len > ROW_MAX_KEY))
			return 0;
		size += a->key.len + 2 * 10 + 1 + (text ? a->value.s.len : 0);
	}
	return size;
}

static uint8_t *store_text(uint8_t *p, struct str s)
{
	p = store_varint(p, s.len);
	if (s.len)
		memcpy(p, s.p, s.len);
	return p + s.len;
}

static uint8_t *store_value(uint8_t *p, const struct value *v)
{
	*p++ = (uint8_t)v->type;
	switch (v->type) {
	case VALUE_EMPTY: return p;
	case VALUE_BOOL: *p = v->b; return p + 1;
	case VALUE_INT: return store_varint(p, (uint64_t)v->i << 1 ^ (uint64_t)(v->i >> 63));
	case VALUE_DOUBLE: memcpy(p, &v->d, sizeof(v->d)); return p + sizeof(v->d);
	case VALUE_JSON:
	case VALUE_STR:
	case VALUE_BYTES: return store_text(p, v->s);
	}
	return p;
}

/* The same bytes as below, for nearly all records, into room that is known to be enough. */
static uint8_t *store_log(uint8_t *p, const struct log_record *r)
{
	bool trace = !trace_id_is_zero(&r->trace), span = !span_id_is_zero(&r->span), observed = r->observed && r->observed != r->time;
	*p++ = ROW_LOG;
	store_le(p, (uint64_t)r->time, 8);
	p[8] = r->severity;
	p[9] = (uint8_t)((trace ? ROW_HAS_TRACE : 0) | (span ? ROW_HAS_SPAN : 0) | (observed ? ROW_HAS_OBSERVED : 0));
	p += 10;
	if (trace) {
		memcpy(p, r->trace.b, sizeof(r->trace.b));
		p += sizeof(r->trace.b);
	}
	if (span) {
		memcpy(p, r->span.b, sizeof(r->span.b));
		p += sizeof(r->span.b);
	}
	if (observed) {
		store_le(p, (uint64_t)r->observed, 8);
		p += 8;
	}
	p = store_text(p, r->body);
	p = store_varint(p, r->attr_count);
	for (size_t i = 0; i < r->attr_count; i++) {
		p = store_text(p, r->attrs[i].key);
		p = store_value(p, &r->attrs[i].value);
	}
	return p;
}

void row_encode_log(struct buf *out, const struct log_record *r, uint64_t *cut)
{
	size_t start = out->len, small = small_log(r);
	if (small) {
		char *to = buf_room(out, small);
		if (to)
			buf_added(out, (size_t)((char *)store_log((uint8_t *)to, r) - to));
		return;
	}
	uint64_t lost = 0;
	bool trace = !trace_id_is_zero(&r->trace), span = !span_id_is_zero(&r->span), observed = r->observed && r->observed != r->time;
	put_head(out, ROW_LOG, r->time, r->severity,
		 (uint8_t)((trace ? ROW_HAS_TRACE : 0) | (span ? ROW_HAS_SPAN : 0) | (observed ? ROW_HAS_OBSERVED : 0)));
	if (trace)
		buf_add_bytes(out, r->trace.b, sizeof(r->trace.b));
	if (span)
		buf_add_bytes(out, r->span.b, sizeof(r->span.b));
	if (observed)
		put_i64(out, r->observed);
	put_text(out, cut_text(r->body, ROW_MAX_BYTES - ROW_MAX_TEXT, &lost));
	put_attrs(out, r->attrs, r->attr_count, start, &lost);
	*cut += lost != 0;
}

static void put_events(struct buf *out, const struct span *s, size_t start, uint64_t *cut)
{
	size_t n = s->event_count > ROW_MAX_EVENTS ? ROW_MAX_EVENTS : s->event_count;
	*cut += n < s->event_count;
	put_varint(out, n);
	for (size_t i = 0; i < n; i++) {
		put_i64(out, s->events[i].time);
		put_text(out, cut_text(s->events[i].name, ROW_MAX_KEY, cut));
		put_attrs(out, s->events[i].attrs, s->events[i].attr_count, start, cut);
	}
}

static void put_links(struct buf *out, const struct span *s, size_t start, uint64_t *cut)
{
	size_t n = s->link_count > ROW_MAX_EVENTS ? ROW_MAX_EVENTS : s->link_count;
	*cut += n < s->link_count;
	put_varint(out, n);
	for (size_t i = 0; i < n; i++) {
		buf_add_bytes(out, s->links[i].trace.b, sizeof(s->links[i].trace.b));
		buf_add_bytes(out, s->links[i].span.b, sizeof(s->links[i].span.b));
		put_text(out, cut_text(s->links[i].state, ROW_MAX_KEY, cut));
		put_attrs(out, s->links[i].attrs, s->links[i].attr_count, start, cut);
	}
}

void row_encode_span(struct buf *out, const struct span *s, uint64_t *cut)
{
	size_t start = out->len;
	uint64_t lost = 0;
	put_head(out, ROW_SPAN, s->start, (uint8_t)s->status, ROW_HAS_TRACE | ROW_HAS_SPAN);
	buf_add_bytes(out, s->trace.b, sizeof(s->trace.b));
	buf_add_bytes(out, s->id.b, sizeof(s->id.b));
	buf_add_bytes(out, s->parent.b, sizeof(s->parent.b));
	put_i64(out, s->end);
	put_u8(out, (uint8_t)s->kind);
	put_u32(out, s->flags);
	put_text(out, cut_text(s->name, ROW_MAX_TEXT, &lost));
	put_text(out, cut_text(s->scope, ROW_MAX_TEXT, &lost));
	put_text(out, cut_text(s->state, ROW_MAX_TEXT, &lost));
	put_text(out, cut_text(s->status_message, ROW_MAX_TEXT, &lost));
	put_attrs(out, s->attrs, s->attr_count, start, &lost);
	put_events(out, s, start, &lost);
	put_links(out, s, start, &lost);
	*cut += lost != 0;
}

void resource_encode(struct buf *out, const struct resource *r, uint64_t *cut)
{
	size_t start = out->len;
	uint64_t lost = 0;
	put_text(out, cut_text(r->service, ROW_MAX_KEY, &lost));
	put_text(out, cut_text(r->version, ROW_MAX_KEY, &lost));
	put_text(out, cut_text(r->instance, ROW_MAX_KEY, &lost));
	put_attrs(out, r->attrs, r->attr_count, start, &lost);
	*cut += lost != 0;
}

/* --- reading -------------------------------------------------------------------------------------------------------------------- */

static void take_ids(struct bytes *r, uint8_t flags, struct row_head *h)
{
	h->has_trace = flags & ROW_HAS_TRACE;
	h->has_span = flags & ROW_HAS_SPAN;
	if (h->has_trace)
		take_raw(r, h->trace.b, sizeof(h->trace.b));
	if (h->has_span)
		take_raw(r, h->span.b, sizeof(h->span.b));
}

static bool take_head(struct bytes *r, struct row_head *h, uint8_t *flags)
{
	*h = (struct row_head){ 0 };
	h->kind = (enum row_kind)take_u8(r);
	h->time = take_i64(r);
	uint8_t level = take_u8(r);
	*flags = take_u8(r);
	if (r->bad || (h->kind != ROW_LOG && h->kind != ROW_SPAN))
		return false;
	if (h->kind == ROW_LOG)
		h->severity = level;
	else
		h->status = level <= SPAN_ERROR ? (enum span_status)level : SPAN_UNSET;
	take_ids(r, *flags, h);
	return !r->bad && (h->kind == ROW_LOG || (h->has_trace && h->has_span));
}

bool row_head(struct str row, struct row_head *h)
{
	struct bytes r = bytes_of(row);
	uint8_t flags;
	return take_head(&r, h, &flags);
}

static bool take_value(struct bytes *r, struct value *v)
{
	*v = (struct value){ .type = (enum value_type)take_u8(r) };
	switch (v->type) {
	case VALUE_EMPTY:
		break;
	case VALUE_BOOL:
		v->b = take_u8(r) != 0;
		break;
	case VALUE_INT:
		v->i = take_signed(r);
		break;
	case VALUE_DOUBLE: {
		uint64_t bits = take_u64(r);
		memcpy(&v->d, &bits, sizeof(bits));
		break;
	}
	case VALUE_STR:
	case VALUE_BYTES:
	case VALUE_JSON:
		v->s = take_text(r);
		break;
	default:
		r->bad = true;
	}
	return !r->bad;
}

static struct attrs attrs_begin(struct bytes *r)
{
	struct attrs it = { .left = take_varint(r) };
	it.r = *r;
	/* A field takes at least two bytes. */
	if (it.left > ROW_MAX_ATTRS || it.left > bytes_left(r))
		it.r.bad = true;
	return it;
}

bool attrs_next(struct attrs *it, struct attr *a)
{
	if (it->r.bad || it->left == 0)
		return false;
	it->left--;
	a->key = take_text(&it->r);
	return take_value(&it->r, &a->value);
}

/* All attributes into the arena; r moves behind them. */
static bool take_attrs(struct bytes *r, struct arena *arena, const struct attr **attrs, size_t *count)
{
	struct attrs it = attrs_begin(r);
	if (it.r.bad)
		return false;
	size_t n = (size_t)it.left;
	struct attr *list = n ? ARENA_ARRAY(arena, n, struct attr) : NULL;
	if (n && !list)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!attrs_next(&it, &list[i]))
			return false;
	*r = it.r;
	*attrs = list;
	*count = n;
	return true;
}

/* What stands between the head and the attributes. */
static bool take_middle(struct bytes *r, uint8_t flags, struct row_parts *p)
{
	p->flags = flags;
	if (p->head.kind == ROW_LOG) {
		if (flags & ROW_HAS_OBSERVED)
			p->observed = take_i64(r);
		p->body = take_text(r);
		return !r->bad;
	}
	take_raw(r, p->parent.b, sizeof(p->parent.b));
	int64_t duration;
	p->end = take_i64(r);
	if (p->end > p->head.time && !__builtin_sub_overflow(p->end, p->head.time, &duration))
		p->duration = duration;
	p->raw_kind = take_u8(r);
	p->kind = (enum span_kind)p->raw_kind;
	p->span_flags = take_u32(r);
	p->body = take_text(r);
	p->scope = take_text(r);
	p->state = take_text(r);
	p->status_message = take_text(r);
	return !r->bad;
}

bool row_parts(struct str row, struct row_parts *p)
{
	struct bytes r = bytes_of(row);
	uint8_t flags;
	*p = (struct row_parts){ 0 };
	if (!take_head(&r, &p->head, &flags) || !take_middle(&r, flags, p))
		return false;
	p->attrs_start = r.p;
	p->attrs = attrs_begin(&r);
	return !p->attrs.r.bad;
}

void row_ends(struct str row, const struct row_parts *p, struct str *attrs, struct str *tail)
{
	struct attrs it = p->attrs;
	struct attr a;
	while (attrs_next(&it, &a))
		;
	const char *start = (const char *)p->attrs_start, *end = it.r.bad ? row.p + row.len : (const char *)it.r.p;
	*attrs = str_from(start, (size_t)(end - start));
	*tail = str_from(end, (size_t)(row.p + row.len - end));
}

bool row_log(struct str row, struct arena *a, struct log_record *out)
{
	struct bytes r = bytes_of(row);
	struct row_head h;
	uint8_t flags;
	if (!take_head(&r, &h, &flags) || h.kind != ROW_LOG)
		return false;
	out->time = h.time;
	out->severity = h.severity;
	out->trace = h.trace;
	out->span = h.span;
	out->observed = flags & ROW_HAS_OBSERVED ? take_i64(&r) : h.time;
	out->body = take_text(&r);
	return !r.bad && take_attrs(&r, a, &out->attrs, &out->attr_count) && bytes_left(&r) == 0;
}

static bool take_events(struct bytes *r, struct arena *a, struct span *s)
{
	uint64_t n = take_varint(r);
	if (r->bad || n > ROW_MAX_EVENTS || n > bytes_left(r))
		return false;
	struct span_event *list = n ? ARENA_ARRAY(a, (size_t)n, struct span_event) : NULL;
	if (n && !list)
		return false;
	for (uint64_t i = 0; i < n; i++) {
		list[i].time = take_i64(r);
		list[i].name = take_text(r);
		if (r->bad || !take_attrs(r, a, &list[i].attrs, &list[i].attr_count))
			return false;
	}
	s->events = list;
	s->event_count = (size_t)n;
	return true;
}

static bool take_links(struct bytes *r, struct arena *a, struct span *s)
{
	uint64_t n = take_varint(r);
	if (r->bad || n > ROW_MAX_EVENTS || n > bytes_left(r))
		return false;
	struct span_link *list = n ? ARENA_ARRAY(a, (size_t)n, struct span_link) : NULL;
	if (n && !list)
		return false;
	for (uint64_t i = 0; i < n; i++) {
		take_raw(r, list[i].trace.b, sizeof(list[i].trace.b));
		take_raw(r, list[i].span.b, sizeof(list[i].span.b));
		list[i].state = take_text(r);
		if (r->bad || !take_attrs(r, a, &list[i].attrs, &list[i].attr_count))
			return false;
	}
	s->links = list;
	s->link_count = (size_t)n;
	return true;
}

bool row_span(struct str row, struct arena *a, struct span *s)
{
	struct bytes r = bytes_of(row);
	struct row_head h;
	uint8_t flags;
	if (!take_head(&r, &h, &flags) || h.kind != ROW_SPAN)
		return false;
	s->trace = h.trace;
	s->id = h.span;
	s->start = h.time;
	s->status = h.status;
	take_raw(&r, s->parent.b, sizeof(s->parent.b));
	s->end = take_i64(&r);
	uint8_t kind = take_u8(&r);
	s->kind = kind <= SPAN_CONSUMER ? (enum span_kind)kind : SPAN_UNSPECIFIED;
	s->flags = take_u32(&r);
	s->name = take_text(&r);
	s->scope = take_text(&r);
	s->state = take_text(&r);
	s->status_message = take_text(&r);
	return !r.bad && take_attrs(&r, a, &s->attrs, &s->attr_count) && take_events(&r, a, s) && take_links(&r, a, s) &&
	       bytes_left(&r) == 0;
}

static bool take_names(struct bytes *r, struct resource *out)
{
	out->service = take_text(r);
	out->version = take_text(r);
	out->instance = take_text(r);
	return !r->bad;
}

bool resource_names(struct str bytes, struct resource *out)
{
	struct bytes r = bytes_of(bytes);
	*out = (struct resource){ 0 };
	return take_names(&r, out);
}

bool resource_decode(struct str bytes, struct arena *a, struct resource *out)
{
	struct bytes r = bytes_of(bytes);
	return take_names(&r, out) && take_attrs(&r, a, &out->attrs, &out->attr_count) && bytes_left(&r) == 0;
}

bool resource_attrs(struct str bytes, struct attrs *it)
{
	struct bytes r = bytes_of(bytes);
	struct resource names;
	if (!take_names(&r, &names))
		return false;
	*it = attrs_begin(&r);
	return !it->r.bad;
}
