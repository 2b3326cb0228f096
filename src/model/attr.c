/* Attributes: look-up, and their two texts (JSON for programs, plain for people). */
#include "model/attr.h"
#include "base/check.h"
#include <math.h>

const struct value *attr_find(const struct attr *attrs, size_t n, struct str key)
{
	for (size_t i = 0; i < n; i++) {
		if (str_eq(attrs[i].key, key))
			return &attrs[i].value;
	}
	return NULL;
}

struct str attr_find_str(const struct attr *attrs, size_t n, struct str key)
{
	const struct value *v = attr_find(attrs, n, key);
	return v && v->type == VALUE_STR ? v->s : (struct str){ NULL, 0 };
}

void value_json(struct json_out *o, const struct value *v)
{
	switch (v->type) {
	case VALUE_EMPTY:
		json_out_null(o);
		return;
	case VALUE_STR:
		json_out_str(o, v->s);
		return;
	case VALUE_BOOL:
		json_out_bool(o, v->b);
		return;
	case VALUE_INT:
		json_out_i64(o, v->i);
		return;
	case VALUE_DOUBLE:
		json_out_f64(o, v->d);
		return;
	case VALUE_BYTES:
		json_out_hex(o, (const uint8_t *)v->s.p, v->s.len);
		return;
	case VALUE_JSON:
		json_out_raw(o, v->s);
		return;
	}
	UNREACHABLE();
}

void value_text(struct buf *b, const struct value *v)
{
	switch (v->type) {
	case VALUE_EMPTY:
		return;
	case VALUE_STR:
	case VALUE_JSON:
		buf_add(b, v->s);
		return;
	case VALUE_BOOL:
		buf_add(b, v->b ? STR("true") : STR("false"));
		return;
	case VALUE_INT:
		buf_i64(b, v->i);
		return;
	case VALUE_DOUBLE:
		if (isfinite(v->d)) {
			struct json_out o;
			json_out_init(&o, b);
			json_out_f64(&o, v->d);
		} else {
			buf_add(b, isnan(v->d) ? STR("NaN") : v->d > 0 ? STR("Infinity") : STR("-Infinity"));
		}
		return;
	case VALUE_BYTES:
		buf_hex(b, (const uint8_t *)v->s.p, v->s.len);
		return;
	}
	UNREACHABLE();
}
