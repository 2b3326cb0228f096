/* The protobuf wire format: reading field by field without a schema, and writing. Used for OTLP bodies, which arrive from anywhere, so
 * the reader treats every length as hostile: it never reads past its end, and the first fault makes it `bad` for good. */
#include "base/pb.h"
#include "base/check.h"

enum { PB_LENGTH_BYTES = 4, PB_FIELD_MAX = (1 << 29) - 1 };

/* At most ten bytes, and the tenth may only carry the 64th bit. */
static bool read_varint(struct pb_reader *r, uint64_t *out)
{
	uint64_t v = 0;
	for (unsigned shift = 0; shift < 70; shift += 7) {
		if (r->p == r->end)
			return false;
		uint8_t byte = *r->p++;
		if (shift == 63 && byte > 1)
			return false;
		v |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*out = v;
			return true;
		}
	}
	return false;
}

/* Little-endian, whatever this machine's order is. */
static bool read_fixed(struct pb_reader *r, unsigned n, uint64_t *out)
{
	if ((size_t)(r->end - r->p) < n)
		return false;
	uint64_t v = 0;
	for (unsigned i = 0; i < n; i++)
		v |= (uint64_t)r->p[i] << (8 * i);
	r->p += n;
	*out = v;
	return true;
}

static bool read_field(struct pb_reader *r, struct pb_field *f)
{
	uint64_t key, length;
	if (!read_varint(r, &key) || key >> 3 == 0 || key >> 3 > PB_FIELD_MAX)
		return false;
	struct pb_field field = { .number = (uint32_t)(key >> 3), .wire = (enum pb_wire)(key & 7) };
	switch (field.wire) {
	case PB_VARINT:
		if (!read_varint(r, &field.value))
			return false;
		break;
	case PB_FIXED64:
		if (!read_fixed(r, 8, &field.value))
			return false;
		break;
	case PB_FIXED32:
		if (!read_fixed(r, 4, &field.value))
			return false;
		break;
	case PB_BYTES:
		if (!read_varint(r, &length) || length > (size_t)(r->end - r->p))
			return false;
		field.bytes = (struct str){ (const char *)r->p, (size_t)length };
		r->p += length;
		break;
	default: /* groups (3 and 4), which OTLP never uses, and the unassigned 6 and 7 */
		return false;
	}
	*f = field;
	return true;
}

bool pb_next(struct pb_reader *r, struct pb_field *f)
{
	if (r->bad || r->p == r->end)
		return false;
	if (!read_field(r, f)) {
		r->bad = true;
		return false;
	}
	return true;
}

double pb_double(uint64_t fixed64)
{
	double d;
	memcpy(&d, &fixed64, sizeof(d));
	return d;
}

int64_t pb_zigzag(uint64_t v)
{
	return (int64_t)(v >> 1 ^ (0 - (v & 1)));
}

static char *put_varint(char *to, uint64_t v)
{
	while (v >= 0x80) {
		*to++ = (char)(v | 0x80);
		v >>= 7;
	}
	*to++ = (char)v;
	return to;
}

static char *put_key(char *to, uint32_t field, enum pb_wire wire)
{
	CHECK(field > 0 && field <= PB_FIELD_MAX);
	return put_varint(to, (uint64_t)field << 3 | (uint64_t)wire);
}

void pb_varint(struct buf *b, uint32_t field, uint64_t v)
{
	char bytes[15];
	char *end = put_varint(put_key(bytes, field, PB_VARINT), v);
	buf_add_bytes(b, bytes, (size_t)(end - bytes));
}

static void put_fixed(struct buf *b, uint32_t field, enum pb_wire wire, uint64_t v, unsigned n)
{
	char bytes[13];
	char *end = put_key(bytes, field, wire);
	for (unsigned i = 0; i < n; i++)
		*end++ = (char)(v >> (8 * i));
	buf_add_bytes(b, bytes, (size_t)(end - bytes));
}

void pb_fixed64(struct buf *b, uint32_t field, uint64_t v)
{
	put_fixed(b, field, PB_FIXED64, v, 8);
}

void pb_fixed32(struct buf *b, uint32_t field, uint32_t v)
{
	put_fixed(b, field, PB_FIXED32, v, 4);
}

void pb_put_double(struct buf *b, uint32_t field, double v)
{
	uint64_t bits;
	memcpy(&bits, &v, sizeof(bits));
	pb_fixed64(b, field, bits);
}

void pb_bytes(struct buf *b, uint32_t field, struct str s)
{
	char bytes[15];
	char *end = put_varint(put_key(bytes, field, PB_BYTES), s.len);
	buf_add_bytes(b, bytes, (size_t)(end - bytes));
	buf_add(b, s);
}

size_t pb_begin(struct buf *b, uint32_t field)
{
	char bytes[5 + PB_LENGTH_BYTES] = { 0 };
	char *end = put_key(bytes, field, PB_BYTES);
	buf_add_bytes(b, bytes, (size_t)(end - bytes) + PB_LENGTH_BYTES);
	return b->len;
}

void pb_end(struct buf *b, size_t mark)
{
	if (!buf_ok(b))
		return;
	CHECK(mark >= PB_LENGTH_BYTES && mark <= b->len);
	size_t length = b->len - mark;
	/* Four bytes of varint hold 28 bits; a message beyond that cannot be written in this form. */
	if (length >> (7 * PB_LENGTH_BYTES)) {
		b->failed = true;
		return;
	}
	char *to = b->data + b->start + mark - PB_LENGTH_BYTES;
	for (int i = 0; i < PB_LENGTH_BYTES; i++)
		to[i] = (char)((length >> (7 * i) & 0x7f) | (i < PB_LENGTH_BYTES - 1 ? 0x80 : 0));
}
