/* Text and bytes as pointer and length, passed by value. A str never owns what it points at; whoever hands one out says how long
 * the bytes live. NUL-terminated text exists only at the system's edge (sys, libraries). Inline functions only, no allocation. */
#ifndef PLEACH_BASE_STR_H
#define PLEACH_BASE_STR_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *p;
	size_t len;
};

/* A str of a string literal, usable in initialisers. */
#define STR_INIT(lit) { (lit), sizeof(lit) - 1 }
#define STR(lit) ((struct str)STR_INIT(lit))
/* For printf's "%.*s". */
#define STR_FMT(s) (int)(s).len, (s).p

static inline struct str str_from(const char *p, size_t len) { return (struct str){ p, len }; }
static inline struct str str_z(const char *z) { return (struct str){ z, z ? strlen(z) : 0 }; }
static inline bool str_empty(struct str s) { return s.len == 0; }
/* Of names and words, which are short: two loads from each in place of a call. */
static inline bool bytes_eq(const char *a, const char *b, size_t n)
{
	uint64_t x[2] = { 0 }, y[2] = { 0 };
	if (n > 16)
		return memcmp(a, b, n) == 0;
	if (n >= 8) {
		memcpy(&x[0], a, 8);
		memcpy(&x[1], a + n - 8, 8);
		memcpy(&y[0], b, 8);
		memcpy(&y[1], b + n - 8, 8);
	} else if (n >= 4) {
		memcpy(&x[0], a, 4);
		memcpy(&x[1], a + n - 4, 4);
		memcpy(&y[0], b, 4);
		memcpy(&y[1], b + n - 4, 4);
	} else {
		for (size_t i = 0; i < n; i++)
			if (a[i] != b[i])
				return false;
	}
	return x[0] == y[0] && x[1] == y[1];
}
static inline bool str_eq(struct str a, struct str b) { return a.len == b.len && bytes_eq(a.p, b.p, a.len); }
/* Byte order, shorter first on a common prefix: <0, 0, >0. */
int str_cmp(struct str a, struct str b);
/* ASCII case-insensitive equality, as header names need (RFC 9110 section 5.1). */
bool str_eq_ci(struct str a, struct str b);
static inline bool str_starts(struct str s, struct str prefix) { return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.p, prefix.p, prefix.len) == 0); }
/* A path that is the prefix, or goes on behind it with a slash: "/v1/orders" is below "/v1", "/v10" is not. */
static inline bool str_below(struct str path, struct str prefix) { return str_starts(path, prefix) && (path.len == prefix.len || path.p[prefix.len] == '/'); }
static inline bool str_ends(struct str s, struct str suffix)
{
	return s.len >= suffix.len && (suffix.len == 0 || memcmp(s.p + s.len - suffix.len, suffix.p, suffix.len) == 0);
}
/* The bytes from `from` up to `to` (exclusive), both clamped to the length. */
static inline struct str str_sub(struct str s, size_t from, size_t to)
{
	if (to > s.len)
		to = s.len;
	if (from > to)
		from = to;
	return (struct str){ s.p ? s.p + from : NULL, to - from };
}
static inline struct str str_skip(struct str s, size_t n) { return str_sub(s, n, s.len); }
/* What stands before and behind the last slash of a path; the folder of one without is empty. */
struct str path_folder(struct str path);
struct str path_name(struct str path);
/* Position of the first match, or SIZE_MAX. */
size_t str_find_char(struct str s, char c);
size_t str_find(struct str s, struct str needle);
/* As str_find, ASCII letters compared without case. */
size_t str_find_ci(struct str s, struct str needle);
/* Without leading and trailing blanks and tabs (OWS of RFC 9110). */
struct str str_trim(struct str s);
/* Without leading and trailing white space of any kind, line ends included. */
struct str str_strip(struct str s);
/* Takes the part before the first `sep` off *rest and returns it; *rest is what follows it. At the end *rest is empty with p == NULL
 * and a further call returns an empty str; loop with `while (rest.p)`. */
struct str str_split(struct str *rest, char sep);
/* Whole-string numbers in decimal; false (and *out untouched) on anything else, sign and blanks included, and on overflow. */
bool str_to_u64(struct str s, uint64_t *out);
bool str_to_i64(struct str s, int64_t *out);
bool str_to_f64(struct str s, double *out);
/* 2*n lower- or upper-case hex digits into n bytes; false and out untouched on any other character or length. */
bool str_to_hex_bytes(struct str s, uint8_t *out, size_t n);
/* n bytes into 2*n lower-case digits, not NUL-terminated. */
void hex_encode(char *out, const uint8_t *bytes, size_t n);
/* True where s is well-formed UTF-8 (RFC 3629). */
bool str_is_utf8(struct str s);
/* Length (1 to 4) of the well-formed UTF-8 sequence that s begins with; 0 where it begins with none. */
size_t str_utf8_sequence(struct str s);
/* 64-bit XXH3 of the bytes; the same on every machine of one byte order. */
uint64_t str_hash(struct str s);
#endif
