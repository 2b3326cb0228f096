/* Protobuf's wire format with what base/pb.h leaves out: groups when reading, and nested messages with lengths as short as possible when writing
 * (so that equal messages are equal bytes). */
#ifndef PLEACH_CONTRACT_PROTO_WIRE_H
#define PLEACH_CONTRACT_PROTO_WIRE_H
#include "base/pb.h"

enum { WIRE_GROUP = 3, WIRE_GROUP_END = 4 };
struct wire_field {
	uint32_t number;
	uint8_t wire;        /* PB_VARINT …, WIRE_GROUP */
	uint64_t value;
	struct str bytes;    /* of PB_BYTES and WIRE_GROUP: what is inside */
	struct str whole;    /* with its tag */
};
/* The next field of *rest, which it is taken off. False at the end and where the bytes are malformed (then rest->len is not 0). */
bool wire_next(struct str *rest, struct wire_field *f);
void wire_tag(struct buf *b, uint32_t number, unsigned wire);
void wire_varint(struct buf *b, uint64_t v);
/* A nested message: what is written between begin and end; with `group` between group tags. */
size_t wire_begin(struct buf *b, uint32_t number, bool group);
void wire_end(struct buf *b, size_t mark, uint32_t number, bool group);
/* The last value of a varint field, or `otherwise`; the last bytes of a bytes field (p == NULL: none). */
uint64_t wire_get(struct str message, uint32_t number, uint64_t otherwise);
struct str wire_get_bytes(struct str message, uint32_t number);
bool wire_has(struct str message, uint32_t number);
#endif
