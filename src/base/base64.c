/* See base64.h. Used for bytes in JSON and in gRPC's binary fields. */
#include "base/base64.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.len; i += 3) {
		uint32_t v = (uint32_t)(uint8_t)s.p[i] << 16;
		if (i + 1 < s.len)
			v |= (uint32_t)(uint8_t)s.p[i + 1] << 8;
		if (i + 2 < s.len)
			v |= (uint8_t)s.p[i + 2];
		buf_char(out, digits[v >> 18]);
		buf_char(out, digits[v >> 12 & 63]);
		buf_char(out, i + 1 < s.len ? digits[v >> 6 & 63] : '=');
		buf_char(out, i + 2 < s.len ? digits[v & 63] : '=');
	}
}

static int digit_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	/* Both alphabets, as the proto3 JSON mapping asks of readers. */
	return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

bool base64_decode(struct arena *a, struct str text, struct str *out)
{
	while (text.len && text.p[text.len - 1] == '=')
		text.len--;
	if (text.len % 4 == 1)
		return false;
	char *bytes = arena_bytes(a, text.len / 4 * 3 + 3);
	if (!bytes)
		return false;
	size_t n = 0;
	uint32_t v = 0;
	for (size_t i = 0; i < text.len; i++) {
		int d = digit_value(text.p[i]);
		if (d < 0)
			return false;
		v = v << 6 | (uint32_t)d;
		if (i % 4 == 1)
			bytes[n++] = (char)(v >> 4);
		else if (i % 4 == 2)
			bytes[n++] = (char)(v >> 2);
		else if (i % 4 == 3)
			bytes[n++] = (char)v;
	}
	*out = (struct str){ bytes, n };
	return true;
}
