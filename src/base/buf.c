/* Growing runs of bytes, also used as queues: bytes are appended at the back and consumed at the front.
 * Invariants: start + len <= capacity; len <= limit; start is 0 whenever len is 0; once `failed`, nothing is appended until buf_clear.
 * Room is made by moving the content to the front when at least half of the memory is free, else by doubling, so that both a growing
 * text and a long-lived queue cost amortised constant time a byte. */
#include "base/buf.h"
#include "base/check.h"
#include <stdio.h>
#include <stdlib.h>

enum { BUF_FIRST = 256 };

void buf_init(struct buf *b, size_t limit)
{
	*b = (struct buf){ .limit = limit };
}

void buf_release(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ .limit = b->limit };
}

void buf_clear(struct buf *b)
{
	b->start = b->len = 0;
	b->failed = false;
}

static bool enlarge(struct buf *b, size_t need)
{
	size_t capacity = b->capacity ? b->capacity : BUF_FIRST;
	while (capacity < need)
		if (__builtin_mul_overflow(capacity, 2, &capacity))
			return false;
	/* realloc moves large memory without touching it; what was consumed at the front need not come along. */
	char *data = b->start == 0 ? realloc(b->data, capacity) : malloc(capacity);
	if (!data)
		return false;
	if (b->start) {
		memcpy(data, b->data + b->start, b->len);
		free(b->data);
	}
	b->data = data;
	b->capacity = capacity;
	b->start = 0;
	return true;
}

char *buf_enlarge(struct buf *b, size_t n)
{
	if (b->failed)
		return NULL;
	if (n > b->limit || b->len > b->limit - n) {
		b->failed = true;
		return NULL;
	}
	size_t need = b->len + n;
	if (b->data && n <= b->capacity - b->start - b->len)
		return b->data + b->start + b->len;
	if (b->data && need <= b->capacity && b->start >= b->len) {
		memmove(b->data, b->data + b->start, b->len);
		b->start = 0;
	} else if (!enlarge(b, need)) {
		b->failed = true;
		return NULL;
	}
	return b->data + b->start + b->len;
}

void buf_added(struct buf *b, size_t n)
{
	CHECK(n <= b->capacity - b->start - b->len && n <= b->limit - b->len);
	b->len += n;
}

void buf_u64(struct buf *b, uint64_t v)
{
	char digits[20], *p = digits + sizeof(digits);
	do
		*--p = (char)('0' + v % 10);
	while (v /= 10);
	buf_add_bytes(b, p, (size_t)(digits + sizeof(digits) - p));
}

void buf_i64(struct buf *b, int64_t v)
{
	char text[20], *p = text + sizeof(text); /* "-9223372036854775808" */
	uint64_t magnitude = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	do
		*--p = (char)('0' + magnitude % 10);
	while (magnitude /= 10);
	if (v < 0)
		*--p = '-';
	buf_add_bytes(b, p, (size_t)(text + sizeof(text) - p));
}

void buf_hex(struct buf *b, const uint8_t *bytes, size_t n)
{
	char *to = n <= SIZE_MAX / 2 ? buf_room(b, 2 * n) : NULL;
	if (!to)
		return;
	hex_encode(to, bytes, n);
	b->len += 2 * n;
}

void buf_vprintf(struct buf *b, const char *format, va_list args)
{
	va_list again;
	va_copy(again, args);
	size_t free_now = b->capacity - b->start - b->len;
	int n = b->failed ? -1 : vsnprintf(b->data ? b->data + b->start + b->len : NULL, free_now, format, args);
	if (n >= 0) {
		char *to = (size_t)n < free_now && (size_t)n <= b->limit - b->len ? b->data + b->start + b->len : NULL;
		/* vsnprintf ends with a NUL, which needs room but does not count towards the length or the limit. */
		if (!to && (size_t)n <= b->limit - b->len) {
			if (enlarge(b, b->len + (size_t)n + 1)) {
				to = b->data + b->start + b->len;
				vsnprintf(to, (size_t)n + 1, format, again);
			}
		}
		if (to)
			b->len += (size_t)n;
		else
			b->failed = true;
	}
	va_end(again);
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	buf_vprintf(b, format, args);
	va_end(args);
}

void buf_consume(struct buf *b, size_t n)
{
	CHECK(n <= b->len);
	b->start += n;
	b->len -= n;
	if (b->len == 0)
		b->start = 0;
}

void buf_truncate(struct buf *b, size_t len)
{
	CHECK(len <= b->len);
	b->len = len;
	if (len == 0)
		b->start = 0;
}

void buf_rewind(struct buf *b, size_t len)
{
	buf_truncate(b, len);
	b->failed = false;
}
