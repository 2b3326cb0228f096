/* Types of columns: what they can hold, and whether a reader of the old one can read the new one. See model.h. */
#include "contract/sql/model.h"

struct row { const char *name; enum sql_family family; uint8_t bits; int64_t length; bool fixed, zoned, binary, serial; };
/* length -1: no limit; 0: the number in parentheses. */
static const struct row rows[] = {
	{ "tinyint", SQL_INT, 8, 0, 0, 0, 0, 0 }, { "smallint", SQL_INT, 16, 0, 0, 0, 0, 0 }, { "int2", SQL_INT, 16, 0, 0, 0, 0, 0 }, { "mediumint", SQL_INT, 24, 0, 0, 0, 0, 0 },
	{ "int", SQL_INT, 32, 0, 0, 0, 0, 0 }, { "integer", SQL_INT, 32, 0, 0, 0, 0, 0 }, { "int4", SQL_INT, 32, 0, 0, 0, 0, 0 }, { "bigint", SQL_INT, 64, 0, 0, 0, 0, 0 },
	{ "int8", SQL_INT, 64, 0, 0, 0, 0, 0 }, { "smallserial", SQL_INT, 16, 0, 0, 0, 0, 1 }, { "serial", SQL_INT, 32, 0, 0, 0, 0, 1 }, { "serial4", SQL_INT, 32, 0, 0, 0, 0, 1 },
	{ "bigserial", SQL_INT, 64, 0, 0, 0, 0, 1 }, { "serial8", SQL_INT, 64, 0, 0, 0, 0, 1 }, { "year", SQL_INT, 16, 0, 0, 0, 0, 0 },
	{ "numeric", SQL_DECIMAL, 0, 0, 0, 0, 0, 0 }, { "decimal", SQL_DECIMAL, 0, 0, 0, 0, 0, 0 }, { "dec", SQL_DECIMAL, 0, 0, 0, 0, 0, 0 },
	{ "real", SQL_FLOAT, 32, 0, 0, 0, 0, 0 }, { "float4", SQL_FLOAT, 32, 0, 0, 0, 0, 0 }, { "float", SQL_FLOAT, 64, 0, 0, 0, 0, 0 }, { "float8", SQL_FLOAT, 64, 0, 0, 0, 0, 0 },
	{ "double", SQL_FLOAT, 64, 0, 0, 0, 0, 0 }, { "double precision", SQL_FLOAT, 64, 0, 0, 0, 0, 0 },
	{ "char", SQL_TEXT, 0, 1, 1, 0, 0, 0 }, { "character", SQL_TEXT, 0, 1, 1, 0, 0, 0 }, { "nchar", SQL_TEXT, 0, 1, 1, 0, 0, 0 }, { "bpchar", SQL_TEXT, 0, -1, 1, 0, 0, 0 },
	{ "varchar", SQL_TEXT, 0, -1, 0, 0, 0, 0 }, { "character varying", SQL_TEXT, 0, -1, 0, 0, 0, 0 }, { "nvarchar", SQL_TEXT, 0, -1, 0, 0, 0, 0 },
	{ "varchar2", SQL_TEXT, 0, -1, 0, 0, 0, 0 }, { "char varying", SQL_TEXT, 0, -1, 0, 0, 0, 0 }, { "text", SQL_TEXT, 0, -1, 0, 0, 0, 0 }, { "citext", SQL_TEXT, 0, -1, 0, 0, 0, 0 },
	{ "clob", SQL_TEXT, 0, -1, 0, 0, 0, 0 }, { "tinytext", SQL_TEXT, 0, 255, 0, 0, 0, 0 }, { "mediumtext", SQL_TEXT, 0, 16777215, 0, 0, 0, 0 }, { "longtext", SQL_TEXT, 0, -1, 0, 0, 0, 0 },
	{ "bytea", SQL_BYTES, 0, -1, 0, 0, 0, 0 }, { "blob", SQL_BYTES, 0, -1, 0, 0, 0, 0 }, { "tinyblob", SQL_BYTES, 0, 255, 0, 0, 0, 0 }, { "mediumblob", SQL_BYTES, 0, 16777215, 0, 0, 0, 0 },
	{ "longblob", SQL_BYTES, 0, -1, 0, 0, 0, 0 }, { "binary", SQL_BYTES, 0, 1, 1, 0, 0, 0 }, { "varbinary", SQL_BYTES, 0, -1, 0, 0, 0, 0 },
	{ "boolean", SQL_BOOL, 0, 0, 0, 0, 0, 0 }, { "bool", SQL_BOOL, 0, 0, 0, 0, 0, 0 }, { "date", SQL_DATE, 0, 0, 0, 0, 0, 0 },
	{ "time", SQL_TIME, 0, 0, 0, 0, 0, 0 }, { "time without time zone", SQL_TIME, 0, 0, 0, 0, 0, 0 }, { "timetz", SQL_TIME, 0, 0, 0, 1, 0, 0 }, { "time with time zone", SQL_TIME, 0, 0, 0, 1, 0, 0 },
	{ "timestamp", SQL_TIMESTAMP, 0, 0, 0, 0, 0, 0 }, { "datetime", SQL_TIMESTAMP, 0, 0, 0, 0, 0, 0 }, { "timestamp without time zone", SQL_TIMESTAMP, 0, 0, 0, 0, 0, 0 },
	{ "timestamptz", SQL_TIMESTAMP, 0, 0, 0, 1, 0, 0 }, { "timestamp with time zone", SQL_TIMESTAMP, 0, 0, 0, 1, 0, 0 }, { "interval", SQL_INTERVAL, 0, 0, 0, 0, 0, 0 },
	{ "uuid", SQL_UUID, 0, 0, 0, 0, 0, 0 }, { "json", SQL_JSON, 0, 0, 0, 0, 0, 0 }, { "jsonb", SQL_JSON, 0, 0, 0, 0, 1, 0 }, { "enum", SQL_ENUM, 0, 0, 0, 0, 0, 0 },
};

void sql_type_set(struct sql_type *t, struct str words, const int64_t *numbers, size_t count)
{
	t->name = words;
	t->length = t->scale = -1;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		if (!str_eq(words, str_z(r->name)))
			continue;
		t->family = r->family;
		t->bits = r->bits;
		t->fixed = r->fixed;
		t->zoned = r->zoned;
		t->binary = r->binary;
		t->serial = r->serial;
		if (r->family == SQL_TEXT || r->family == SQL_BYTES)
			t->length = count ? numbers[0] : r->length;
		if (r->family == SQL_DECIMAL && count) {
			t->length = numbers[0];
			t->scale = count > 1 ? numbers[1] : 0;
		}
		if (r->family == SQL_FLOAT && count == 1 && str_eq(words, STR("float")))
			t->bits = numbers[0] <= 24 ? 32 : 64;
		if (r->bits == 8 && count == 1 && numbers[0] == 1 && r->family == SQL_INT)
			t->family = SQL_BOOL; /* MySQL's tinyint(1) */
	}
}

struct sql_type sql_type_resolved(const struct sql_schema *s, const struct sql_type *t)
{
	const struct sql_enum *e = map_get(&s->enums, t->name);
	const struct sql_domain *d = map_get(&s->domains, t->name);
	struct sql_type r = *t;
	if (e) {
		r.family = SQL_ENUM;
		r.values = e->values;
	} else if (d) {
		r = d->type;
		const struct sql_enum *of = map_get(&s->enums, r.name);
		if (of) {
			r.family = SQL_ENUM;
			r.values = of->values;
		}
		r.arrays = (uint8_t)(r.arrays + t->arrays);
	}
	return r;
}

/* ---- comparing ---- */

static enum sql_type_change by_limits(bool holds_all, bool within)
{
	return holds_all && within ? SQL_TYPE_SAME : holds_all ? SQL_TYPE_WIDER : within ? SQL_TYPE_NARROWER : SQL_TYPE_OTHER;
}

static bool at_least(int64_t a, int64_t b) { return a < 0 || (b >= 0 && a >= b); }

static void int_range(const struct sql_type *t, __int128 *low, __int128 *high)
{
	__int128 one = 1;
	*low = t->is_unsigned ? 0 : -(one << (t->bits - 1));
	*high = (t->is_unsigned ? one << t->bits : one << (t->bits - 1)) - 1;
}

static enum sql_type_change compare_ints(const struct sql_type *a, const struct sql_type *b)
{
	__int128 al, ah, bl, bh;
	int_range(a, &al, &ah);
	int_range(b, &bl, &bh);
	enum sql_type_change r = by_limits(bl <= al && bh >= ah, al <= bl && ah >= bh);
	return r == SQL_TYPE_OTHER ? SQL_TYPE_NARROWER : r;
}

static enum sql_type_change compare_decimals(const struct sql_type *a, const struct sql_type *b)
{
	int64_t whole_a = a->length < 0 ? -1 : a->length - a->scale, whole_b = b->length < 0 ? -1 : b->length - b->scale;
	int64_t part_a = a->length < 0 ? -1 : a->scale, part_b = b->length < 0 ? -1 : b->scale;
	return by_limits(at_least(whole_b, whole_a) && at_least(part_b, part_a), at_least(whole_a, whole_b) && at_least(part_a, part_b));
}

static int64_t digits_of(const struct sql_type *t) { return t->bits <= 8 ? 3 : t->bits <= 16 ? 5 : t->bits <= 32 ? 10 : 19; }

static bool same_values(const struct sql_type *a, const struct sql_type *b)
{
	for (size_t i = 0; i < a->values.count; i++)
		if (!sql_names_has(&b->values, a->values.items[i]))
			return false;
	return true;
}

static enum sql_type_change compare_families(const struct sql_type *a, const struct sql_type *b)
{
	bool text = b->family == SQL_TEXT && b->length < 0, was_text = a->family == SQL_TEXT && a->length < 0;
	if (a->family == SQL_INT && b->family == SQL_DECIMAL && (b->length < 0 || b->length - b->scale >= digits_of(a)))
		return SQL_TYPE_WIDER;
	if (a->family == SQL_DECIMAL && b->family == SQL_INT)
		return SQL_TYPE_NARROWER;
	if (text && (a->family == SQL_ENUM || a->family == SQL_UUID))
		return SQL_TYPE_WIDER;
	if (was_text && (b->family == SQL_ENUM || b->family == SQL_UUID))
		return SQL_TYPE_NARROWER;
	return SQL_TYPE_OTHER;
}

enum sql_type_change sql_type_compare(const struct sql_type *a, const struct sql_type *b)
{
	if (a->arrays != b->arrays)
		return SQL_TYPE_OTHER;
	if (a->family != b->family)
		return compare_families(a, b);
	switch (a->family) {
	case SQL_INT:
		return compare_ints(a, b);
	case SQL_DECIMAL:
		return compare_decimals(a, b);
	case SQL_FLOAT:
		return by_limits(b->bits >= a->bits, a->bits >= b->bits);
	case SQL_TEXT:
	case SQL_BYTES: {
		enum sql_type_change r = by_limits(at_least(b->length, a->length), at_least(a->length, b->length));
		return a->fixed != b->fixed && r != SQL_TYPE_NARROWER ? SQL_TYPE_BEHAVIOUR : r;
	}
	case SQL_TIME:
	case SQL_TIMESTAMP:
		return a->zoned == b->zoned ? SQL_TYPE_SAME : SQL_TYPE_BEHAVIOUR;
	case SQL_JSON:
		return a->binary == b->binary ? SQL_TYPE_SAME : SQL_TYPE_BEHAVIOUR;
	case SQL_ENUM: /* the values are told one by one */
		return same_values(a, b) || same_values(b, a) || str_eq(a->name, b->name) ? SQL_TYPE_SAME : SQL_TYPE_OTHER;
	case SQL_OTHER:
		return str_eq(a->text, b->text) ? SQL_TYPE_SAME : SQL_TYPE_OTHER;
	default:
		return SQL_TYPE_SAME;
	}
}

/* ---- values ---- */

static bool shaped(struct str s, const char *shape) /* '0': a digit, 'x': a hex digit, others stand for themselves */
{
	size_t n = strlen(shape);
	if (s.len < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		bool is_digit = s.p[i] >= '0' && s.p[i] <= '9', is_hex = is_digit || ((s.p[i] | 32) >= 'a' && (s.p[i] | 32) <= 'f');
		if (shape[i] == '0' ? !is_digit : shape[i] == 'x' ? !is_hex : s.p[i] != shape[i])
			return false;
	}
	return true;
}

static int64_t characters(struct str s)
{
	int64_t n = 0;
	for (size_t i = 0; i < s.len; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

static bool int_holds(const struct sql_type *t, const struct json *v)
{
	__int128 low, high, x = v->type == JSON_INT ? v->i : (__int128)v->u;
	int_range(t, &low, &high);
	return (v->type == JSON_INT || v->type == JSON_UINT) && x >= low && x <= high;
}

static bool decimal_holds(const struct sql_type *t, const struct json *v)
{
	double x = json_f64(v), limit = 1, unit = 1;
	if (!json_is_number(v))
		return false;
	if (t->length < 0)
		return true;
	for (int64_t i = 0; i < t->length - t->scale && i < 300; i++)
		limit *= 10;
	for (int64_t i = 0; i < t->scale && i < 15; i++)
		unit *= 10;
	if (x >= limit || x <= -limit)
		return false;
	double scaled = x * unit;
	return scaled > 9e15 || scaled < -9e15 || scaled == (double)(int64_t)scaled;
}

bool sql_type_holds(const struct sql_type *t, const struct json *v)
{
	if (t->arrays) {
		struct sql_type item = *t;
		item.arrays--;
		for (uint32_t i = 0; v->type == JSON_ARRAY && i < v->count; i++)
			if (!sql_type_holds(&item, &v->items[i]))
				return false;
		return v->type == JSON_ARRAY;
	}
	struct str s = v->type == JSON_STRING ? v->s : (struct str){ 0 };
	switch (t->family) {
	case SQL_INT:
		return int_holds(t, v);
	case SQL_DECIMAL:
		return decimal_holds(t, v);
	case SQL_FLOAT:
		return json_is_number(v) && (t->bits == 64 || (json_f64(v) <= 3.4028235e38 && json_f64(v) >= -3.4028235e38));
	case SQL_TEXT:
	case SQL_BYTES:
		return v->type == JSON_STRING && (t->length < 0 || characters(s) <= t->length);
	case SQL_BOOL:
		return v->type == JSON_TRUE || v->type == JSON_FALSE;
	case SQL_DATE:
		return s.len == 10 && shaped(s, "0000-00-00");
	case SQL_TIME:
		return shaped(s, "00:00:00");
	case SQL_TIMESTAMP:
		return shaped(s, "0000-00-00 00:00:00");
	case SQL_UUID:
		return s.len == 36 && shaped(s, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx");
	case SQL_ENUM:
		return v->type == JSON_STRING && sql_names_has(&t->values, s);
	case SQL_JSON:
		return true;
	default:
		return v->type == JSON_STRING;
	}
}
