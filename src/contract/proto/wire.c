/* Reading and writing of the wire format, without a schema. */
#include "contract/proto/wire.h"

static bool varint(struct str *s, uint64_t *v)
{
	*v = 0;
	for (size_t i = 0; i < s->len && i < 10; i++) {
		*v |= (uint64_t)(s->p[i] & 0x7f) << (7 * i);
		if (!(s->p[i] & 0x80)) {
			*s = str_skip(*s, i + 1);
			return true;
		}
	}
	return false;
}

static bool fixed(struct str *s, size_t size, uint64_t *v)
{
	if (s->len < size)
		return false;
	*v = 0;
	for (size_t i = 0; i < size; i++)
		*v |= (uint64_t)(uint8_t)s->p[i] << (8 * i);
	*s = str_skip(*s, size);
	return true;
}

/* What follows a tag that is no group's. */
static bool payload(struct str *s, struct wire_field *f)
{
	switch (f->wire) {
	case PB_VARINT:
		return varint(s, &f->value);
	case PB_FIXED64:
		return fixed(s, 8, &f->value);
	case PB_FIXED32:
		return fixed(s, 4, &f->value);
	case PB_BYTES:
		if (!varint(s, &f->value) || f->value > s->len)
			return false;
		f->bytes = str_sub(*s, 0, f->value);
		*s = str_skip(*s, f->value);
		return true;
	default:
		return false;
	}
}

static bool tag(struct str *s, struct wire_field *f)
{
	uint64_t v;
	if (!varint(s, &v) || v >> 32 || !(v >> 3) || v >> 3 > 536870911)
		return false;
	f->number = (uint32_t)(v >> 3);
	f->wire = v & 7;
	return true;
}

/* To the end of the group, without recursion. */
enum { GROUP_DEPTH_MAX = 100 };
static bool group(struct str *s, struct wire_field *f)
{
	uint32_t open[GROUP_DEPTH_MAX] = { f->number };
	unsigned depth = 1;
	const char *start = s->p;
	while (depth) {
		struct wire_field inner = { 0 };
		const char *before = s->p;
		if (!tag(s, &inner))
			return false;
		if (inner.wire == WIRE_GROUP) {
			if (depth == GROUP_DEPTH_MAX)
				return false;
			open[depth++] = inner.number;
		} else if (inner.wire == WIRE_GROUP_END) {
			if (open[--depth] != inner.number)
				return false;
			f->bytes = str_from(start, (size_t)(before - start));
		} else if (!payload(s, &inner)) {
			return false;
		}
	}
	return true;
}

bool wire_next(struct str *rest, struct wire_field *f)
{
	struct str s = *rest;
	*f = (struct wire_field){ 0 };
	if (!s.len || !tag(&s, f) || !(f->wire == WIRE_GROUP ? group(&s, f) : payload(&s, f)))
		return false;
	f->whole = str_from(rest->p, rest->len - s.len);
	*rest = s;
	return true;
}

void wire_varint(struct buf *b, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		buf_char(b, (char)(v | 0x80));
	buf_char(b, (char)v);
}

void wire_tag(struct buf *b, uint32_t number, unsigned wire) { wire_varint(b, (uint64_t)number << 3 | wire); }

size_t wire_begin(struct buf *b, uint32_t number, bool delimited)
{
	wire_tag(b, number, delimited ? WIRE_GROUP : PB_BYTES);
	return b->len;
}

void wire_end(struct buf *b, size_t mark, uint32_t number, bool delimited)
{
	if (delimited) {
		wire_tag(b, number, WIRE_GROUP_END);
		return;
	}
	if (!buf_ok(b))
		return;
	size_t len = b->len - mark, size = 1;
	for (uint64_t v = len; v >= 0x80; v >>= 7)
		size++;
	if (!buf_room(b, size))
		return;
	buf_added(b, size);
	char *at = b->data + b->start + mark;
	memmove(at + size, at, len);
	uint64_t v = len;
	for (size_t i = 0; i < size; i++, v >>= 7)
		at[i] = (char)(i + 1 < size ? v | 0x80 : v & 0x7f);
}

uint64_t wire_get(struct str message, uint32_t number, uint64_t otherwise)
{
	struct wire_field f;
	while (wire_next(&message, &f))
		if (f.number == number && f.wire != PB_BYTES)
			otherwise = f.value;
	return otherwise;
}

struct str wire_get_bytes(struct str message, uint32_t number)
{
	struct str found = { NULL, 0 };
	struct wire_field f;
	while (wire_next(&message, &f))
		if (f.number == number && f.wire == PB_BYTES)
			found = f.bytes;
	return found;
}

bool wire_has(struct str message, uint32_t number)
{
	struct wire_field f;
	while (wire_next(&message, &f))
		if (f.number == number)
			return true;
	return false;
}
