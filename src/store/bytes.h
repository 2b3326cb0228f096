/* Bytes of the store's own formats: little-endian fixed numbers and varints (7 bits a byte, low first, at most 10 bytes). The reader
 * never passes its end; the first fault makes it `bad` for good and everything read afterwards is zero or empty. */
#ifndef PLEACH_STORE_BYTES_H
#define PLEACH_STORE_BYTES_H
#include "base/buf.h"
#include "base/str.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "load_le and store_le copy");

struct bytes {
	const uint8_t *p, *end;
	bool bad;
};
static inline struct bytes bytes_of(struct str s) { return (struct bytes){ (const uint8_t *)s.p, (const uint8_t *)s.p + s.len, false }; }
static inline size_t bytes_left(const struct bytes *r) { return (size_t)(r->end - r->p); }
static inline struct str bytes_rest(const struct bytes *r) { return (struct str){ (const char *)r->p, bytes_left(r) }; }

static inline uint64_t load_le(const uint8_t *p, unsigned n)
{
	uint64_t v = 0;
	memcpy(&v, p, n); /* the machine is little-endian, as the files are: see the assertion above */
	return v;
}
static inline void store_le(uint8_t *p, uint64_t v, unsigned n)
{
	memcpy(p, &v, n);
}
static inline uint64_t take_fixed(struct bytes *r, unsigned n)
{
	if (r->bad || bytes_left(r) < n) {
		r->bad = true;
		return 0;
	}
	uint64_t v = load_le(r->p, n);
	r->p += n;
	return v;
}
static inline uint8_t take_u8(struct bytes *r) { return (uint8_t)take_fixed(r, 1); }
static inline uint32_t take_u32(struct bytes *r) { return (uint32_t)take_fixed(r, 4); }
static inline uint64_t take_u64(struct bytes *r) { return take_fixed(r, 8); }
static inline int64_t take_i64(struct bytes *r) { return (int64_t)take_fixed(r, 8); }
static inline uint64_t take_varint(struct bytes *r)
{
	uint64_t v = 0;
	if (!r->bad && r->p < r->end && *r->p < 0x80)
		return *r->p++;
	for (unsigned shift = 0; !r->bad && shift < 70 && r->p < r->end; shift += 7) {
		uint8_t byte = *r->p++;
		if (shift == 63 && byte > 1)
			break;
		v |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return v;
	}
	r->bad = true;
	return 0;
}
static inline int64_t take_signed(struct bytes *r)
{
	uint64_t v = take_varint(r);
	return (int64_t)(v >> 1 ^ (0 - (v & 1)));
}
static inline struct str take_bytes(struct bytes *r, uint64_t n)
{
	if (r->bad || n > bytes_left(r)) {
		r->bad = true;
		return (struct str){ "", 0 };
	}
	struct str s = { (const char *)r->p, (size_t)n };
	r->p += n;
	return s;
}
/* n bytes into `to`, which stays as it is when there are fewer. */
static inline void take_raw(struct bytes *r, uint8_t *to, size_t n)
{
	struct str s = take_bytes(r, n);
	if (!r->bad)
		memcpy(to, s.p, n);
}
/* A varint length and that many bytes. */
static inline struct str take_text(struct bytes *r)
{
	uint64_t n = take_varint(r);
	return take_bytes(r, n);
}

static inline void put_fixed(struct buf *b, uint64_t v, unsigned n)
{
	uint8_t bytes[8];
	store_le(bytes, v, n);
	buf_add_bytes(b, bytes, n);
}
static inline void put_u32(struct buf *b, uint32_t v) { put_fixed(b, v, 4); }
static inline void put_u64(struct buf *b, uint64_t v) { put_fixed(b, v, 8); }
static inline void put_i64(struct buf *b, int64_t v) { put_fixed(b, (uint64_t)v, 8); }
static inline void put_u8(struct buf *b, uint8_t v) { buf_char(b, (char)v); }
/* At most 10 bytes; the place behind them. */
static inline uint8_t *store_varint(uint8_t *p, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		*p++ = (uint8_t)(v | 0x80);
	*p++ = (uint8_t)v;
	return p;
}
static inline void put_varint(struct buf *b, uint64_t v)
{
	uint8_t bytes[10];
	if (v < 0x80) {
		buf_char(b, (char)v);
		return;
	}
	buf_add_bytes(b, bytes, (size_t)(store_varint(bytes, v) - bytes));
}
static inline void put_signed(struct buf *b, int64_t v) { put_varint(b, (uint64_t)v << 1 ^ (uint64_t)(v >> 63)); }
static inline void put_text(struct buf *b, struct str s)
{
	put_varint(b, s.len);
	buf_add(b, s);
}
#endif
