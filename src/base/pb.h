/* The protobuf wire format (protobuf.dev/programming-guides/encoding): reading field by field without a schema, and writing.
 * The reader never reads past its input; a malformed input makes pb_next return false with r->bad set. Groups are refused. */
#ifndef PLEACH_BASE_PB_H
#define PLEACH_BASE_PB_H
#include "base/buf.h"
#include "base/str.h"

enum pb_wire { PB_VARINT = 0, PB_FIXED64 = 1, PB_BYTES = 2, PB_FIXED32 = 5 };
struct pb_reader {
	const uint8_t *p, *end;
	bool bad;
};
struct pb_field {
	uint32_t number;
	enum pb_wire wire;
	uint64_t value;      /* varint, fixed64, fixed32 */
	struct str bytes;    /* PB_BYTES */
};
static inline struct pb_reader pb_reader(struct str s)
{
	return (struct pb_reader){ (const uint8_t *)s.p, (const uint8_t *)s.p + s.len, false };
}
/* The next field; false at the end or when bad. */
bool pb_next(struct pb_reader *r, struct pb_field *f);
double pb_double(uint64_t fixed64);
int64_t pb_zigzag(uint64_t v);

void pb_varint(struct buf *b, uint32_t field, uint64_t v);
void pb_fixed64(struct buf *b, uint32_t field, uint64_t v);
void pb_fixed32(struct buf *b, uint32_t field, uint32_t v);
void pb_put_double(struct buf *b, uint32_t field, double v);
void pb_bytes(struct buf *b, uint32_t field, struct str s);
/* A nested message: begin reserves a 4-byte length (a padded varint, legal), end fills it in. */
size_t pb_begin(struct buf *b, uint32_t field);
void pb_end(struct buf *b, size_t mark);
#endif
