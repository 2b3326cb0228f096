/* A value by its path of names within the JSON text of an attribute ("a.b.c" in {"a":{"b":{"c":1}}}, or {"a.b":{"c":1}}). Walks the text without
 * building anything: most rows are asked for one path. The text was valid JSON when it was taken in; from a damaged file anything may
 * come, so every step is checked, and what is no JSON has no such value. */
#include "store/query.h"

struct reader { const char *p, *end; int depth; };
enum { JSON_PATH_DEPTH = 64 };

static void blanks(struct reader *r)
{
	while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' || *r->p == '\n' || *r->p == '\r'))
		r->p++;
}

static bool take(struct reader *r, char c)
{
	blanks(r);
	if (r->p == r->end || *r->p != c)
		return false;
	r->p++;
	return true;
}

/* A string's inner text, escapes left in it. */
static bool string(struct reader *r, struct str *out)
{
	if (!take(r, '"'))
		return false;
	const char *start = r->p;
	for (; r->p < r->end; r->p++) {
		if (*r->p == '\\') {
			r->p++;
		} else if (*r->p == '"') {
			*out = str_from(start, (size_t)(r->p++ - start));
			return true;
		}
	}
	r->p = r->end;
	return false;
}

static bool is_plain(char c) { return c != ',' && c != '}' && c != ']' && c != ' ' && c != '\n' && c != '\r' && c != '\t' && c != ':' && c != '"'; }

/* Past one value of any kind. */
static bool skip(struct reader *r)
{
	struct str s;
	blanks(r);
	const char *start = r->p;
	if (r->p == r->end)
		return false;
	if (*r->p == '"')
		return string(r, &s);
	if (*r->p != '{' && *r->p != '[') {
		while (r->p < r->end && is_plain(*r->p))
			r->p++;
		return r->p > start;
	}
	int depth = 0;
	do {
		if (*r->p == '"') {
			if (!string(r, &s))
				return false;
			continue;
		}
		depth += (*r->p == '{' || *r->p == '[') - (*r->p == '}' || *r->p == ']');
		r->p++;
	} while (depth > 0 && r->p < r->end);
	return depth == 0;
}

static unsigned hex4(const char *p)
{
	uint8_t b[2];
	return str_to_hex_bytes(str_from(p, 4), b, 2) ? (unsigned)b[0] << 8 | b[1] : 0xfffd;
}

static void utf8(struct buf *b, unsigned c)
{
	if (c < 0x80) {
		buf_char(b, (char)c);
	} else if (c < 0x800) {
		buf_char(b, (char)(0xc0 | c >> 6));
		buf_char(b, (char)(0x80 | (c & 63)));
	} else if (c < 0x10000) {
		buf_char(b, (char)(0xe0 | c >> 12));
		buf_char(b, (char)(0x80 | (c >> 6 & 63)));
		buf_char(b, (char)(0x80 | (c & 63)));
	} else {
		buf_char(b, (char)(0xf0 | c >> 18));
		buf_char(b, (char)(0x80 | (c >> 12 & 63)));
		buf_char(b, (char)(0x80 | (c >> 6 & 63)));
		buf_char(b, (char)(0x80 | (c & 63)));
	}
}

static size_t unicode(struct buf *b, struct str s, size_t i)
{
	unsigned c = i + 6 <= s.len ? hex4(s.p + i + 2) : 0xfffd;
	size_t used = i + 6 <= s.len ? 6 : s.len - i;
	if (c >= 0xd800 && c < 0xdc00 && i + 12 <= s.len && s.p[i + 6] == '\\' && s.p[i + 7] == 'u') {
		unsigned low = hex4(s.p + i + 8);
		if (low >= 0xdc00 && low < 0xe000) {
			utf8(b, 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00));
			return 12;
		}
	}
	utf8(b, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
	return used;
}

static struct str decoded(struct str s, struct buf *scratch)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	if (str_find_char(s, '\\') == SIZE_MAX)
		return s;
	buf_clear(scratch);
	for (size_t i = 0; i < s.len;) {
		if (s.p[i] != '\\' || i + 1 == s.len) {
			buf_char(scratch, s.p[i++]);
		} else if (s.p[i + 1] == 'u') {
			i += unicode(scratch, s, i);
		} else {
			const char *k = s.p[i + 1] ? strchr(from, s.p[i + 1]) : NULL;
			buf_char(scratch, k ? to[k - from] : s.p[i + 1]);
			i += 2;
		}
	}
	return buf_str(scratch);
}

static bool value_here(struct reader *r, struct value *out, struct buf *scratch)
{
	struct str s;
	blanks(r);
	const char *start = r->p;
	if (r->p < r->end && *r->p == '"') {
		if (!string(r, &s))
			return false;
		*out = (struct value){ .type = VALUE_STR, .s = decoded(s, scratch) };
		return true;
	}
	if (!skip(r))
		return false;
	s = str_from(start, (size_t)(r->p - start));
	*out = (struct value){ .type = VALUE_JSON, .s = s };
	if (str_eq(s, STR("true")) || str_eq(s, STR("false")))
		*out = (struct value){ .type = VALUE_BOOL, .b = s.p[0] == 't' };
	else if (str_eq(s, STR("null")))
		*out = (struct value){ .type = VALUE_EMPTY };
	else if (str_to_i64(s, &out->i))
		out->type = VALUE_INT;
	else if (str_to_f64(s, &out->d))
		out->type = VALUE_DOUBLE;
	return true;
}

static bool in_object(struct reader *r, struct str path, struct value *out, struct buf *scratch)
{
	struct str key;
	if (++r->depth > JSON_PATH_DEPTH || !take(r, '{'))
		return false;
	do {
		if (!string(r, &key) || !take(r, ':'))
			return false;
		if (str_eq(key, path))
			return value_here(r, out, scratch);
		blanks(r);
		/* A wrong way in ("a.b" before {"a":{"b":…}} that does not hold it) is tried on a copy. */
		if (str_starts(path, key) && path.len > key.len && path.p[key.len] == '.' && r->p < r->end && *r->p == '{') {
			struct reader inner = *r;
			if (in_object(&inner, str_skip(path, key.len + 1), out, scratch))
				return true;
		}
		if (!skip(r))
			return false;
	} while (take(r, ','));
	return false;
}

bool query_json_path(struct str json, struct str path, struct value *out, struct buf *scratch)
{
	struct reader r = { json.p, json.p + json.len, 0 };
	return path.len > 0 && in_object(&r, path, out, scratch);
}
