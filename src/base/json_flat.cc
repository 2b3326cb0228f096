/* Flat reading (base/json_flat.h): simdjson's first stage marks where tokens begin (and has then judged UTF-8, control characters and
 * quotes), then one walk over the marks judges the grammar and hands out members. Beside json.cc the only C++; no exception leaves it. */
#include <charconv>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <simdjson.h>

extern "C" {
#include "base/json_flat.h"
}

namespace
{

constexpr size_t FIRST_CAPACITY = 4096;

struct reader {
	std::unique_ptr<simdjson::internal::dom_parser_implementation> stage;

	bool room(size_t len)
	{
		if (!stage && simdjson::get_active_implementation()->create_dom_parser_implementation(FIRST_CAPACITY, JSON_MAX_DEPTH, stage))
			return false;
		if (len <= stage->capacity() && (stage->capacity() <= JSON_FLAT_KEEP || len > JSON_FLAT_KEEP))
			return true;
		size_t capacity = FIRST_CAPACITY;
		while (capacity < len)
			capacity *= 2;
		return stage->set_capacity(capacity) == simdjson::SUCCESS;
	}
};

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

int hex_value(char c)
{
	return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Four hex digits, or -1. */
int32_t hex4(const char *p, const char *end)
{
	int32_t v = 0;
	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int digit = hex_value(p[i]);
		if (digit < 0)
			return -1;
		v = v << 4 | digit;
	}
	return v;
}

char *put_utf8(char *to, uint32_t c)
{
	if (c < 0x80) {
		*to++ = (char)c;
	} else if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
		*to++ = (char)(0x80 | (c & 63));
	} else if (c < 0x10000) {
		*to++ = (char)(0xe0 | c >> 12);
		*to++ = (char)(0x80 | (c >> 6 & 63));
		*to++ = (char)(0x80 | (c & 63));
	} else {
		*to++ = (char)(0xf0 | c >> 18);
		*to++ = (char)(0x80 | (c >> 12 & 63));
		*to++ = (char)(0x80 | (c >> 6 & 63));
		*to++ = (char)(0x80 | (c & 63));
	}
	return to;
}

/* What is behind "\u"; p is moved behind it. Every result is at most as long as its escape. */
bool unescape_unicode(const char **p, const char *end, char **to)
{
	int32_t c = hex4(*p, end);
	if (c < 0)
		return false;
	*p += 4;
	if (c >= 0xd800 && c < 0xe000) {
		int32_t low = c < 0xdc00 && end - *p >= 6 && (*p)[0] == '\\' && (*p)[1] == 'u' ? hex4(*p + 2, end) : -1;
		if (low >= 0xdc00 && low < 0xe000) {
			*p += 6;
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
		} else {
			c = 0xfffd;
		}
	}
	*to = put_utf8(*to, (uint32_t)c);
	return true;
}

/* In place of names as C has them: 0 where there is no such escape. */
char short_escape(char c)
{
	switch (c) {
	case '"': case '\\': case '/': return c;
	case 'b': return '\b';
	case 'f': return '\f';
	case 'n': return '\n';
	case 'r': return '\r';
	case 't': return '\t';
	default: return 0;
	}
}

struct walk {
	struct json_flat *f;
	const char *text;
	size_t len;
	const uint32_t *at, *end; /* marks not yet taken */
	bool escapes; /* whether there is a backslash anywhere: most texts have none */
	enum json_flat_result failure = JSON_FLAT_INVALID;

	char token() const { return at < end ? text[*at] : 0; }
	bool take(char c)
	{
		if (token() != c)
			return false;
		at++;
		return true;
	}
	/* Where the next token begins, or the text ends. */
	size_t next() const { return at < end ? *at : len; }
	bool full()
	{
		failure = JSON_FLAT_NO_MEMORY;
		return false;
	}

	/* The string whose quote is the next mark. */
	bool raw_string(struct str *out)
	{
		if (token() != '"')
			return false;
		size_t from = *at++ + 1, to = next();
		while (to > from && is_space(text[to - 1]))
			to--;
		if (to <= from || text[to - 1] != '"')
			return false;
		*out = str_from(text + from, to - 1 - from);
		return true;
	}
	bool unescape(struct str *s)
	{
		const char *p = s->p, *stop = s->p + s->len;
		char *out = arena_bytes(&f->arena, s->len + 1), *to = out;
		if (!out)
			return full();
		f->escaped = true;
		while (p < stop) {
			const char *slash = (const char *)memchr(p, '\\', (size_t)(stop - p));
			size_t run = (size_t)((slash ? slash : stop) - p);
			memcpy(to, p, run);
			to += run;
			p += run;
			if (!slash)
				break;
			if (stop - p < 2)
				return false;
			char c = p[1];
			p += 2;
			if (c == 'u') {
				if (!unescape_unicode(&p, stop, &to))
					return false;
			} else if (!(*to++ = short_escape(c))) {
				return false;
			}
		}
		*s = str_from(out, (size_t)(to - out));
		return true;
	}
	bool string(struct str *out)
	{
		return raw_string(out) && (!escapes || !out->len || !memchr(out->p, '\\', out->len) || unescape(out));
	}
	/* Escapes are judged, nothing is kept. */
	bool skip_string()
	{
		struct str s;
		if (!raw_string(&s))
			return false;
		const char *p = s.p, *stop = s.p + s.len;
		while ((p = (const char *)memchr(p, '\\', (size_t)(stop - p)))) {
			if (stop - p < 2 || (p[1] == 'u' ? hex4(p + 2, stop) < 0 : !short_escape(p[1])))
				return false;
			p += 2;
		}
		return true;
	}

	/* The text of a number or word, without what separates it from the next token. */
	struct str scalar()
	{
		size_t from = *at++, to = next();
		while (to > from && is_space(text[to - 1]))
			to--;
		return str_from(text + from, to - from);
	}
	static bool number_form(struct str s, bool *integer)
	{
		size_t i = 0, from;
		if (i < s.len && s.p[i] == '-')
			i++;
		for (from = i; i < s.len && is_digit(s.p[i]);)
			i++;
		if (i == from || (s.p[from] == '0' && i > from + 1))
			return false;
		*integer = i == s.len;
		if (i < s.len && s.p[i] == '.') {
			for (from = ++i; i < s.len && is_digit(s.p[i]);)
				i++;
			if (i == from)
				return false;
		}
		if (i < s.len && (s.p[i] | 0x20) == 'e') {
			i++;
			if (i < s.len && (s.p[i] == '+' || s.p[i] == '-'))
				i++;
			for (from = i; i < s.len && is_digit(s.p[i]);)
				i++;
			if (i == from)
				return false;
		}
		return i == s.len;
	}
	static bool number(struct str s, struct json *v)
	{
		bool integer;
		const char *stop = s.p + s.len;
		if (!number_form(s, &integer))
			return false;
		if (integer && std::from_chars(s.p, stop, v->i).ec == std::errc()) {
			v->type = JSON_INT;
			return true;
		}
		if (integer && s.p[0] != '-' && std::from_chars(s.p, stop, v->u).ec == std::errc()) {
			v->type = JSON_UINT;
			return true;
		}
		v->type = JSON_DOUBLE;
		v->d = 0;
		if (std::from_chars(s.p, stop, v->d).ec == std::errc::result_out_of_range) {
			/* too small is nothing, too large infinite; which of them is told by the text's own sign of the exponent */
			bool small = str_find(s, STR("e-")) != SIZE_MAX || str_find(s, STR("E-")) != SIZE_MAX || str_starts(s, STR("0.")) || str_starts(s, STR("-0."));
			v->d = small ? 0 : s.p[0] == '-' ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
		}
		return true;
	}
	static bool is_word(struct str s, struct json *v)
	{
		constexpr double infinity = std::numeric_limits<double>::infinity();
		if (str_eq(s, STR("true")))
			v->type = JSON_TRUE;
		else if (str_eq(s, STR("false")))
			v->type = JSON_FALSE;
		else if (str_eq(s, STR("null")))
			v->type = JSON_NULL;
		else
			v->type = JSON_DOUBLE;
		if (v->type != JSON_DOUBLE)
			return true;
		v->d = str_eq(s, STR("NaN")) ? std::numeric_limits<double>::quiet_NaN() : s.p[0] == '-' ? -infinity : infinity;
		return str_eq(s, STR("NaN")) || str_eq(s, STR("Infinity")) || str_eq(s, STR("-Infinity"));
	}

	/* An array or object from its bracket to the one that closes it: judged, and its text handed out. */
	bool skip(struct str *out)
	{
		uint64_t objects = 0; /* bit per depth */
		int depth = 0;
		size_t from = *at;
		bool value = true; /* a value is due, else a comma or an end */
		bool first = false; /* directly behind an opening bracket */
		do {
			char c = token();
			bool object = depth && (objects >> (depth - 1) & 1);
			if (depth && (c == '}' || c == ']') && (!value || first) && (c == '}') == object) {
				at++;
				depth--;
				value = first = false;
				continue;
			}
			if (!value) {
				if (!take(','))
					return false;
				value = true;
				continue;
			}
			if (object && (!skip_string() || !take(':')))
				return false;
			first = false;
			c = token();
			if (c == '{' || c == '[') {
				if (depth == JSON_MAX_DEPTH)
					return false;
				objects = (objects & ~(UINT64_C(1) << depth)) | (uint64_t)(c == '{') << depth;
				depth++;
				at++;
				first = true;
				continue;
			}
			if (!skip_scalar())
				return false;
			value = false;
		} while (depth);
		/* behind the bracket: the mark before the next one was it */
		*out = str_from(text + from, at[-1] + 1 - from);
		return true;
	}
	bool skip_scalar()
	{
		struct json v;
		bool integer;
		char c = token();
		if (c == '"')
			return skip_string();
		if (!c || strchr("{}[]:,", c))
			return false;
		struct str s = scalar();
		if (c == '-' || is_digit(c))
			return number_form(s, &integer);
		return is_word(s, &v) && v.type != JSON_DOUBLE;
	}

	bool value(struct json *v)
	{
		char c = token();
		v->count = 0;
		switch (c) {
		case '"':
			v->type = JSON_STRING;
			return string(&v->s);
		case '[': case '{':
			v->type = c == '[' ? JSON_ARRAY : JSON_OBJECT;
			return skip(&v->s);
		case 0: case '}': case ']': case ':': case ',':
			return false;
		default:
			struct str s = scalar();
			return ((c == '-' || is_digit(c)) && number(s, v)) || is_word(s, v);
		}
	}

	bool join(struct str prefix, struct str *key)
	{
		if (!prefix.len)
			return true;
		char *p = arena_bytes(&f->arena, prefix.len + 1 + key->len);
		if (!p)
			return full();
		memcpy(p, prefix.p, prefix.len);
		p[prefix.len] = '.';
		memcpy(p + prefix.len + 1, key->p, key->len);
		*key = str_from(p, prefix.len + 1 + key->len);
		return true;
	}
	bool member(struct str prefix, int depth)
	{
		struct str key;
		if (!string(&key) || !take(':') || !join(prefix, &key))
			return false;
		if (token() == '{' && depth < JSON_FLAT_DEPTH && !(f->whole && f->whole(f->ctx, key)))
			return object(key, depth + 1);
		struct json_member spare, *m = f->count < f->limit ? &f->members[f->count] : &spare;
		m->key = key;
		if (!value(&m->value))
			return false;
		f->count += m != &spare;
		f->left_out += m == &spare;
		return true;
	}
	bool object(struct str prefix, int depth)
	{
		if (!take('{'))
			return false;
		if (take('}'))
			return true;
		do {
			if (!member(prefix, depth))
				return false;
		} while (take(','));
		return take('}');
	}
};

enum json_flat_result result_of(simdjson::error_code code)
{
	switch (code) {
	case simdjson::SUCCESS: return JSON_FLAT_OK;
	case simdjson::UTF8_ERROR: return JSON_FLAT_NOT_UTF8;
	case simdjson::CAPACITY: case simdjson::MEMALLOC: return JSON_FLAT_NO_MEMORY;
	default: return JSON_FLAT_INVALID;
	}
}

} // namespace

extern "C" bool json_flat_init(struct json_flat *f, uint32_t limit, size_t memory)
{
	memset(f, 0, sizeof(*f));
	arena_init(&f->arena, memory);
	f->limit = limit;
	f->members = new (std::nothrow) struct json_member[limit];
	f->reader = new (std::nothrow) reader;
	if (f->members && f->reader)
		return true;
	json_flat_release(f);
	return false;
}

extern "C" void json_flat_release(struct json_flat *f)
{
	delete[] f->members;
	delete static_cast<reader *>(f->reader);
	f->members = nullptr;
	f->reader = nullptr;
	arena_release(&f->arena);
}

extern "C" enum json_flat_result json_flat_read(struct json_flat *f, struct str text)
{
	reader *r = static_cast<reader *>(f->reader);
	f->count = 0;
	f->left_out = 0;
	f->escaped = false;
	if (f->arena.chunks)
		arena_reset(&f->arena);
	if (text.len == 0)
		return JSON_FLAT_INVALID;
	if (text.len > UINT32_MAX / 2 || !r->room(text.len))
		return JSON_FLAT_NO_MEMORY;
	enum json_flat_result result =
		result_of(r->stage->stage1((const uint8_t *)text.p, text.len, simdjson::stage1_mode::regular));
	if (result != JSON_FLAT_OK)
		return result;
	const uint32_t *marks = r->stage->structural_indexes.get();
	walk w = { f, text.p, text.len, marks, marks + r->stage->n_structural_indexes, memchr(text.p, '\\', text.len) != nullptr };
	if (w.object(STR(""), 1) && w.at == w.end)
		return JSON_FLAT_OK;
	f->count = 0;
	return w.failure;
}

extern "C" bool json_flat_cut(struct str *rest, struct str *object)
{
	struct str s = *rest;
	while (s.len && (is_space(s.p[0]) || s.p[0] == ','))
		s = str_skip(s, 1);
	*rest = s;
	size_t depth = 0;
	bool quoted = false;
	if (!s.len || s.p[0] != '{')
		return false;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];
		if (quoted) {
			if (c == '\\')
				i++;
			else
				quoted = c != '"';
		} else if (c == '"') {
			quoted = true;
		} else if (c == '{' || c == '[') {
			depth++;
		} else if ((c == '}' || c == ']') && --depth == 0) {
			*object = str_sub(s, 0, i + 1);
			*rest = str_skip(s, i + 1);
			return true;
		}
	}
	return false;
}
