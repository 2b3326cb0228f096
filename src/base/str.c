/* Text as pointer and length: search, comparison, numbers, hex, UTF-8. Everything here is a pure function of its arguments (no
 * allocation, no locale), so any thread may call it. Used by every layer. */
#include "base/str.h"
#include <stdlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

/* The longest decimal text that is read as a double: the longest double written out in full has 1,077 characters, but no sender of
 * ours writes more than 17 digits, a point, a sign and an exponent; longer text is refused rather than cut. */
enum { F64_TEXT_MAX = 400 };

static inline unsigned char lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

int str_cmp(struct str a, struct str b)
{
	size_t common = a.len < b.len ? a.len : b.len;
	int order = common ? memcmp(a.p, b.p, common) : 0;
	if (order != 0)
		return order;
	return (a.len > b.len) - (a.len < b.len);
}

bool str_eq_ci(struct str a, struct str b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

size_t str_find_char(struct str s, char c)
{
	const char *at = s.len ? memchr(s.p, c, s.len) : NULL;
	return at ? (size_t)(at - s.p) : SIZE_MAX;
}

static size_t behind_last_slash(struct str path)
{
	size_t n = path.len;
	while (n && path.p[n - 1] != '/')
		n--;
	return n;
}

struct str path_folder(struct str path)
{
	size_t n = behind_last_slash(path);
	return n ? str_sub(path, 0, n - 1) : STR("");
}

struct str path_name(struct str path) { return str_skip(path, behind_last_slash(path)); }

size_t str_find(struct str s, struct str needle)
{
	if (needle.len == 0)
		return 0;
	if (needle.len > s.len)
		return SIZE_MAX;
	const char *at = memmem(s.p, s.len, needle.p, needle.len);
	return at ? (size_t)(at - s.p) : SIZE_MAX;
}

size_t str_find_ci(struct str s, struct str needle)
{
	if (needle.len == 0)
		return 0;
	if (needle.len > s.len)
		return SIZE_MAX;
	unsigned char first = lower(needle.p[0]);
	for (size_t i = 0; i <= s.len - needle.len; i++)
		if (lower(s.p[i]) == first && str_eq_ci(str_sub(s, i, i + needle.len), needle))
			return i;
	return SIZE_MAX;
}

struct str str_trim(struct str s)
{
	while (s.len && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = str_skip(s, 1);
	while (s.len && (s.p[s.len - 1] == ' ' || s.p[s.len - 1] == '\t'))
		s.len--;
	return s;
}

static inline bool is_white(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_strip(struct str s)
{
	while (s.len && is_white(s.p[0]))
		s = str_skip(s, 1);
	while (s.len && is_white(s.p[s.len - 1]))
		s.len--;
	return s;
}

struct str str_split(struct str *rest, char sep)
{
	struct str whole = *rest;
	size_t at = str_find_char(whole, sep);
	if (at == SIZE_MAX) {
		*rest = (struct str){ NULL, 0 };
		return whole;
	}
	*rest = str_skip(whole, at + 1);
	return str_sub(whole, 0, at);
}

bool str_to_u64(struct str s, uint64_t *out)
{
	uint64_t v = 0;
	if (s.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, (uint64_t)(s.p[i] - '0'), &v))
			return false;
	}
	*out = v;
	return true;
}

bool str_to_i64(struct str s, int64_t *out)
{
	bool negative = s.len > 0 && s.p[0] == '-';
	uint64_t v;
	if (!str_to_u64(negative ? str_skip(s, 1) : s, &v))
		return false;
	if (v > (uint64_t)INT64_MAX + (negative ? 1 : 0))
		return false;
	*out = negative ? (int64_t)(0 - v) : (int64_t)v;
	return true;
}

/* True where s is a JSON-like number: strtod alone would also take hex, "inf", "nan" and leading blanks. */
static bool is_decimal(struct str s)
{
	size_t i = 0, digits = 0;
	if (i < s.len && s.p[i] == '-')
		i++;
	for (; i < s.len && s.p[i] >= '0' && s.p[i] <= '9'; i++)
		digits++;
	if (i < s.len && s.p[i] == '.')
		for (i++; i < s.len && s.p[i] >= '0' && s.p[i] <= '9'; i++)
			digits++;
	if (digits == 0)
		return false;
	if (i < s.len && (s.p[i] == 'e' || s.p[i] == 'E')) {
		i++;
		if (i < s.len && (s.p[i] == '+' || s.p[i] == '-'))
			i++;
		size_t exponent = i;
		while (i < s.len && s.p[i] >= '0' && s.p[i] <= '9')
			i++;
		if (i == exponent)
			return false;
	}
	return i == s.len;
}

bool str_to_f64(struct str s, double *out)
{
	char text[F64_TEXT_MAX + 1];
	if (s.len > F64_TEXT_MAX || !is_decimal(s))
		return false;
	memcpy(text, s.p, s.len);
	text[s.len] = '\0';
	double v = strtod(text, NULL);
	if (v > __DBL_MAX__ || v < -__DBL_MAX__)
		return false;
	*out = v;
	return true;
}

static inline int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool str_to_hex_bytes(struct str s, uint8_t *out, size_t n)
{
	if (s.len % 2 || s.len / 2 != n)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (hex_digit(s.p[i]) < 0)
			return false;
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)(hex_digit(s.p[2 * i]) << 4 | hex_digit(s.p[2 * i + 1]));
	return true;
}

void hex_encode(char *out, const uint8_t *bytes, size_t n)
{
	static const char digits[16] = "0123456789abcdef";
	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
}

size_t str_utf8_sequence(struct str s)
{
	if (s.len == 0)
		return 0;
	const uint8_t *u = (const uint8_t *)s.p;
	if (u[0] < 0x80)
		return 1;
	/* The second byte's range excludes overlong forms, surrogates and what is above U+10FFFF (RFC 3629 section 4). */
	size_t length = u[0] >= 0xc2 && u[0] <= 0xdf ? 2 : (u[0] & 0xf0) == 0xe0 ? 3 : u[0] >= 0xf0 && u[0] <= 0xf4 ? 4 : 0;
	if (length == 0 || s.len < length)
		return 0;
	uint8_t from = u[0] == 0xe0 ? 0xa0 : u[0] == 0xf0 ? 0x90 : 0x80;
	uint8_t to = u[0] == 0xed ? 0x9f : u[0] == 0xf4 ? 0x8f : 0xbf;
	if (u[1] < from || u[1] > to)
		return 0;
	for (size_t i = 2; i < length; i++)
		if ((u[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

bool str_is_utf8(struct str s)
{
	size_t i = 0;
	while (i < s.len) {
		uint64_t eight;
		if (s.len - i >= 8) {
			memcpy(&eight, s.p + i, 8);
			if ((eight & UINT64_C(0x8080808080808080)) == 0) {
				i += 8;
				continue;
			}
		}
		size_t n = str_utf8_sequence(str_skip(s, i));
		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

uint64_t str_hash(struct str s)
{
	return XXH3_64bits(s.len ? s.p : "", s.len);
}
