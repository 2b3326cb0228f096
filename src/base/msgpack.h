/* MessagePack (github.com/msgpack/msgpack/blob/master/spec.md): where a value ends in a stream, its parts, values as JSON's tree, and writing. Values
 * are read by msgpack-c; that is only given what was found to be whole before, so that no count in the input makes it take memory for what is
 * not there. Text and binary are one: many senders know no difference. */
#ifndef PLEACH_BASE_MSGPACK_H
#define PLEACH_BASE_MSGPACK_H
#include "base/json.h"

/* Finding the end of a value whose bytes come in pieces; zero at its start. Each byte of structure is looked at once. */
struct msgpack_scan { size_t at; uint64_t left; uint64_t values; /* so far, those within values too */ bool begun; };
enum msgpack_scanned { MSGPACK_MORE, MSGPACK_WHOLE /* at: its size */, MSGPACK_BAD };
/* in: everything from the value's first byte on, at least as much as the last time. */
enum msgpack_scanned msgpack_scan(struct msgpack_scan *s, struct str in);

/* Taking a value off the front of *in; false, and nothing taken, where another kind of value or half a value stands. */
bool msgpack_take(struct str *in, struct str *value);          /* any, as it stands */
bool msgpack_take_array(struct str *in, uint32_t *count);      /* only its head: count values follow */
bool msgpack_take_bytes(struct str *in, struct str *bytes);    /* text or binary; points into the input */
bool msgpack_take_ext(struct str *in, int8_t *type, struct str *bytes);

/* One whole value as a tree in the arena (text points into `value`). Numbers beyond int64_t as JSON has them; keys that are no text become text;
 * extensions become their bytes in hex, except Fluent's time (type 0, 8 bytes): nanoseconds since 1970. NULL with e: malformed, nested deeper
 * than 30, of more than MSGPACK_MAX_VALUES values, or the arena is full. */
enum { MSGPACK_MAX_VALUES = 1 << 17 };
const struct json *msgpack_parse(struct arena *a, struct str value, struct err *e);
/* Fluent's EventTime: seconds and nanoseconds, 4 bytes each. */
int64_t msgpack_event_time(struct str bytes);

void msgpack_put_array(struct buf *b, uint32_t count);
void msgpack_put_map(struct buf *b, uint32_t count);
void msgpack_put_text(struct buf *b, struct str s);
void msgpack_put_binary(struct buf *b, struct str s);
void msgpack_put_bool(struct buf *b, bool v);
#endif
