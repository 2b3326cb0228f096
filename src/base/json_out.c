/* Writing JSON into a buf. The writer keeps commas and nesting in one bit a level; level 0 is outside of everything, so
 * JSON_OUT_LEVELS - 1 containers may be open. What is nested deeper can only come from input (json_out_value), so it fails the buf
 * instead of the program. Wrong use (a key in a list, an end too many) is a bug and checked. */
#include "base/check.h"
#include "base/json.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { JSON_OUT_LEVELS = 64 };

void json_out_init(struct json_out *o, struct buf *b)
{
	*o = (struct json_out){ .b = b };
}

static inline uint64_t level_bit(const struct json_out *o)
{
	return o->depth < JSON_OUT_LEVELS ? UINT64_C(1) << o->depth : 0;
}

static void line_start(struct json_out *o)
{
	if (!o->pretty || o->depth == 0)
		return;
	buf_char(o->b, '\n');
	for (unsigned i = 0; i < o->depth; i++)
		buf_add(o->b, STR("  "));
}

/* What stands before a key or a list's element. */
static void next_item(struct json_out *o)
{
	if (o->not_first & level_bit(o))
		buf_char(o->b, ',');
	o->not_first |= level_bit(o);
	line_start(o);
}

static void before_value(struct json_out *o)
{
	if (o->after_key) {
		o->after_key = false;
		return;
	}
	CHECK(!(o->in_object & level_bit(o)) || !buf_ok(o->b));
	if (o->depth)
		next_item(o);
}

static void open_level(struct json_out *o, bool object)
{
	before_value(o);
	buf_char(o->b, object ? '{' : '[');
	CHECK(o->depth < UINT8_MAX);
	o->depth++;
	if (o->depth >= JSON_OUT_LEVELS) {
		o->b->failed = true;
		return;
	}
	o->not_first &= ~level_bit(o);
	o->in_object = object ? o->in_object | level_bit(o) : o->in_object & ~level_bit(o);
}

void json_out_object(struct json_out *o)
{
	open_level(o, true);
}

void json_out_array(struct json_out *o)
{
	open_level(o, false);
}

void json_out_end(struct json_out *o)
{
	CHECK(o->depth > 0 && !o->after_key);
	bool filled = o->not_first & level_bit(o), object = o->in_object & level_bit(o);
	o->depth--;
	if (filled && o->pretty) {
		buf_char(o->b, '\n');
		for (unsigned i = 0; i < o->depth; i++)
			buf_add(o->b, STR("  "));
	}
	buf_char(o->b, object ? '}' : ']');
}

void json_out_key(struct json_out *o, struct str key)
{
	CHECK(!o->after_key && ((o->in_object & level_bit(o)) || !buf_ok(o->b)));
	next_item(o);
	json_quote(o->b, key);
	buf_add(o->b, o->pretty ? STR(": ") : STR(":"));
	o->after_key = true;
}

static void put_escaped(struct buf *b, unsigned char c)
{
	switch (c) {
	case '"':
		buf_add(b, STR("\\\""));
		break;
	case '\\':
		buf_add(b, STR("\\\\"));
		break;
	case '\n':
		buf_add(b, STR("\\n"));
		break;
	case '\r':
		buf_add(b, STR("\\r"));
		break;
	case '\t':
		buf_add(b, STR("\\t"));
		break;
	default:
		buf_add(b, STR("\\u00"));
		buf_hex(b, &c, 1);
	}
}

void json_quote(struct buf *b, struct str v)
{
	size_t plain = 0, at = 0; /* v[plain..at) may be copied as it is */
	buf_char(b, '"');
	while (at < v.len) {
		unsigned char c = (unsigned char)v.p[at];
		size_t n = c < 0x80 ? 1 : str_utf8_sequence(str_skip(v, at));
		if (n > 0 && c >= 0x20 && c != '"' && c != '\\') {
			at += n;
			continue;
		}
		buf_add(b, str_sub(v, plain, at));
		if (n == 0)
			buf_add(b, STR("\xef\xbf\xbd"));
		else
			put_escaped(b, c);
		plain = ++at;
	}
	buf_add(b, str_sub(v, plain, v.len));
	buf_char(b, '"');
}

void json_out_str(struct json_out *o, struct str v)
{
	before_value(o);
	json_quote(o->b, v);
}

void json_out_i64(struct json_out *o, int64_t v)
{
	before_value(o);
	buf_i64(o->b, v);
}

void json_out_u64(struct json_out *o, uint64_t v)
{
	before_value(o);
	buf_u64(o->b, v);
}

void json_out_f64(struct json_out *o, double v)
{
	char text[32];
	if (!isfinite(v)) {
		json_out_null(o);
		return;
	}
	before_value(o);
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, v);
		if (strtod(text, NULL) == v)
			break;
	}
	/* "-0" would be read back as the integer 0. */
	buf_add(o->b, v == 0 && signbit(v) ? STR("-0.0") : str_z(text));
}

void json_out_bool(struct json_out *o, bool v)
{
	before_value(o);
	buf_add(o->b, v ? STR("true") : STR("false"));
}

void json_out_null(struct json_out *o)
{
	before_value(o);
	buf_add(o->b, STR("null"));
}

void json_out_hex(struct json_out *o, const uint8_t *bytes, size_t n)
{
	before_value(o);
	buf_char(o->b, '"');
	buf_hex(o->b, bytes, n);
	buf_char(o->b, '"');
}

void json_out_raw(struct json_out *o, struct str json)
{
	before_value(o);
	buf_add(o->b, json);
}

static void out_object(struct json_out *o, const struct json *j)
{
	json_out_object(o);
	for (uint32_t i = 0; i < j->count; i++) {
		json_out_key(o, j->members[i].key);
		json_out_value(o, &j->members[i].value);
	}
	json_out_end(o);
}

static void out_array(struct json_out *o, const struct json *j)
{
	json_out_array(o);
	for (uint32_t i = 0; i < j->count; i++)
		json_out_value(o, &j->items[i]);
	json_out_end(o);
}

void json_out_value(struct json_out *o, const struct json *j)
{
	switch (j->type) {
	case JSON_NULL:
		json_out_null(o);
		break;
	case JSON_FALSE:
	case JSON_TRUE:
		json_out_bool(o, j->type == JSON_TRUE);
		break;
	case JSON_INT:
		json_out_i64(o, j->i);
		break;
	case JSON_UINT:
		json_out_u64(o, j->u);
		break;
	case JSON_DOUBLE:
		json_out_f64(o, j->d);
		break;
	case JSON_STRING:
		json_out_str(o, j->s);
		break;
	case JSON_ARRAY:
		out_array(o, j);
		break;
	case JSON_OBJECT:
		out_object(o, j);
		break;
	}
}

void json_kv_str(struct json_out *o, const char *key, struct str v)
{
	json_out_key(o, str_z(key));
	json_out_str(o, v);
}

void json_kv_i64(struct json_out *o, const char *key, int64_t v)
{
	json_out_key(o, str_z(key));
	json_out_i64(o, v);
}

void json_kv_u64(struct json_out *o, const char *key, uint64_t v)
{
	json_out_key(o, str_z(key));
	json_out_u64(o, v);
}

void json_kv_f64(struct json_out *o, const char *key, double v)
{
	json_out_key(o, str_z(key));
	json_out_f64(o, v);
}

void json_kv_bool(struct json_out *o, const char *key, bool v)
{
	json_out_key(o, str_z(key));
	json_out_bool(o, v);
}
