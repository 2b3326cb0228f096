/* A growing run of bytes with a limit and a sticky error: append as often as needed, check buf_ok once. On reaching the limit (or on
 * no memory) `failed` is set, the content stays what it was before that append, and further appends do nothing.
 * Also used as a queue: bytes are consumed at the front. Owned by one thread. */
#ifndef PLEACH_BASE_BUF_H
#define PLEACH_BASE_BUF_H
#include "base/str.h"
#include <stdarg.h>

struct buf {
	char *data;      /* allocation */
	size_t start;    /* first byte not yet consumed */
	size_t len;      /* bytes from start */
	size_t capacity; /* of data */
	size_t limit;    /* the most that len may become */
	bool failed;
};

/* No memory until the first append. */
void buf_init(struct buf *b, size_t limit);
void buf_release(struct buf *b);
/* Empty again, not failed, keeps its memory. */
void buf_clear(struct buf *b);
static inline struct str buf_str(const struct buf *b) { return (struct str){ b->data ? b->data + b->start : "", b->len }; }
static inline bool buf_ok(const struct buf *b) { return !b->failed; }
/* For buf_room: makes room, or fails. */
char *buf_enlarge(struct buf *b, size_t n);
/* Contiguous room for n more bytes (n within the limit), or NULL. The caller writes there and then calls buf_added. */
static inline char *buf_room(struct buf *b, size_t n)
{
	bool there = !b->failed && b->data && n <= b->capacity - b->start - b->len && n <= b->limit - b->len;
	return __builtin_expect(there, 1) ? b->data + b->start + b->len : buf_enlarge(b, n);
}
void buf_added(struct buf *b, size_t n);
static inline void buf_add_bytes(struct buf *b, const void *p, size_t n)
{
	char *to = buf_room(b, n);
	if (!to || n == 0)
		return;
	memcpy(to, p, n);
	b->len += n;
}
static inline void buf_add(struct buf *b, struct str s) { buf_add_bytes(b, s.p, s.len); }
static inline void buf_char(struct buf *b, char c)
{
	char *to = buf_room(b, 1);
	if (!to)
		return;
	*to = c;
	b->len++;
}
void buf_u64(struct buf *b, uint64_t v);
void buf_i64(struct buf *b, int64_t v);
void buf_hex(struct buf *b, const uint8_t *bytes, size_t n);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
/* Drops n bytes (at most len) from the front. */
void buf_consume(struct buf *b, size_t n);
/* Keeps the first `len` bytes (at most what there is), drops the rest. */
void buf_truncate(struct buf *b, size_t len);
/* As buf_truncate, and the failure of what is dropped is forgotten: for a writer that can do without the part that did not fit. */
void buf_rewind(struct buf *b, size_t len);
#endif
