/* MessagePack (msgpack.h): extents by hand, in one loop without recursion; values by msgpack-c. */
#include "base/msgpack.h"
#include <msgpack.h>

/* --- extents ------------------------------------------------------------------------------------------------------------------------------ */

/* The head of a value: its own bytes (type, lengths and content), and how many values follow as its parts. */
struct head { uint64_t size, parts; bool bad; };

static uint64_t big_endian(const uint8_t *p, size_t n)
{
	uint64_t v = 0;
	for (size_t i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

/* How many bytes of length stand behind the type, and what they count. */
enum counts { COUNTS_NOTHING, COUNTS_BYTES, COUNTS_VALUES, COUNTS_PAIRS };
struct shape { uint8_t length, fixed; enum counts counts; };

static struct shape shape_of(uint8_t type)
{
	static const struct shape shapes[32] = {
		/* c0 */ { 0, 0, 0 }, { 0, 0, 0 }, { 0, 0, 0 }, { 0, 0, 0 }, /* nil, never used, false, true */
		/* c4 */ { 1, 0, COUNTS_BYTES }, { 2, 0, COUNTS_BYTES }, { 4, 0, COUNTS_BYTES }, /* bin */
		/* c7 */ { 1, 1, COUNTS_BYTES }, { 2, 1, COUNTS_BYTES }, { 4, 1, COUNTS_BYTES }, /* ext: a type follows the length */
		/* ca */ { 0, 4, 0 }, { 0, 8, 0 }, /* float */
		/* cc */ { 0, 1, 0 }, { 0, 2, 0 }, { 0, 4, 0 }, { 0, 8, 0 }, /* uint */
		/* d0 */ { 0, 1, 0 }, { 0, 2, 0 }, { 0, 4, 0 }, { 0, 8, 0 }, /* int */
		/* d4 */ { 0, 2, 0 }, { 0, 3, 0 }, { 0, 5, 0 }, { 0, 9, 0 }, { 0, 17, 0 }, /* fixext */
		/* d9 */ { 1, 0, COUNTS_BYTES }, { 2, 0, COUNTS_BYTES }, { 4, 0, COUNTS_BYTES }, /* str */
		/* dc */ { 2, 0, COUNTS_VALUES }, { 4, 0, COUNTS_VALUES }, /* array */
		/* de */ { 2, 0, COUNTS_PAIRS }, { 4, 0, COUNTS_PAIRS }, /* map */
	};
	return shapes[type - 0xc0];
}

/* False when not even the head is there. */
static bool read_head(const uint8_t *p, size_t n, struct head *h)
{
	*h = (struct head){ .size = 1 };
	if (n == 0)
		return false;
	uint8_t type = p[0];
	if (type < 0x80 || type >= 0xe0)
		return true;
	if (type < 0xc0) {
		if (type < 0x90)
			h->parts = 2u * (type & 15);
		else if (type < 0xa0)
			h->parts = type & 15;
		else
			h->size += type & 31;
		return true;
	}
	struct shape s = shape_of(type);
	h->bad = type == 0xc1;
	if (n < 1u + s.length)
		return false;
	uint64_t count = big_endian(p + 1, s.length);
	h->size += (uint64_t)s.length + s.fixed + (s.counts == COUNTS_BYTES ? count : 0);
	h->parts = s.counts == COUNTS_PAIRS ? 2 * count : s.counts == COUNTS_VALUES ? count : 0;
	return true;
}

enum msgpack_scanned msgpack_scan(struct msgpack_scan *s, struct str in)
{
	const uint8_t *p = (const uint8_t *)in.p;
	struct head h;
	if (!s->begun) {
		s->begun = true;
		s->left = 1;
	}
	while (s->left > 0) {
		if (!read_head(p + s->at, in.len - s->at, &h))
			return MSGPACK_MORE;
		if (h.bad)
			return MSGPACK_BAD;
		if (h.size > in.len - s->at)
			return MSGPACK_MORE;
		s->at += (size_t)h.size;
		s->left += h.parts - 1;
		s->values++;
	}
	return MSGPACK_WHOLE;
}

bool msgpack_take(struct str *in, struct str *value)
{
	struct msgpack_scan s = { 0 };
	if (msgpack_scan(&s, *in) != MSGPACK_WHOLE)
		return false;
	*value = str_sub(*in, 0, s.at);
	*in = str_skip(*in, s.at);
	return true;
}

bool msgpack_take_array(struct str *in, uint32_t *count)
{
	struct head h;
	const uint8_t *p = (const uint8_t *)in->p;
	if (!read_head(p, in->len, &h) || !((p[0] >= 0x90 && p[0] < 0xa0) || p[0] == 0xdc || p[0] == 0xdd))
		return false;
	*count = (uint32_t)h.parts;
	*in = str_skip(*in, (size_t)h.size);
	return true;
}

bool msgpack_take_bytes(struct str *in, struct str *bytes)
{
	struct head h;
	const uint8_t *p = (const uint8_t *)in->p;
	if (!read_head(p, in->len, &h) || h.bad || h.size > in->len)
		return false;
	bool fixed = p[0] >= 0xa0 && p[0] < 0xc0;
	if (!fixed && !(p[0] >= 0xc4 && p[0] <= 0xc6) && !(p[0] >= 0xd9 && p[0] <= 0xdb))
		return false;
	*bytes = str_sub(*in, fixed ? 1 : 1u + shape_of(p[0]).length, (size_t)h.size);
	*in = str_skip(*in, (size_t)h.size);
	return true;
}

bool msgpack_take_ext(struct str *in, int8_t *type, struct str *bytes)
{
	struct head h;
	const uint8_t *p = (const uint8_t *)in->p;
	if (!read_head(p, in->len, &h) || h.bad || h.size > in->len || !((p[0] >= 0xc7 && p[0] <= 0xc9) || (p[0] >= 0xd4 && p[0] <= 0xd8)))
		return false;
	size_t at = 1u + shape_of(p[0]).length;
	*type = (int8_t)p[at];
	*bytes = str_sub(*in, at + 1, (size_t)h.size);
	*in = str_skip(*in, (size_t)h.size);
	return true;
}

/* --- values -------------------------------------------------------------------------------------------------------------------------------- */

int64_t msgpack_event_time(struct str bytes)
{
	const uint8_t *p = (const uint8_t *)bytes.p;
	return (int64_t)big_endian(p, 4) * 1000000000 + (int64_t)big_endian(p + 4, 4);
}

static bool convert(struct arena *a, const msgpack_object *o, struct json *out);

static struct str hex_of(struct arena *a, const char *p, uint32_t n)
{
	char *to = arena_bytes(a, 2 * (size_t)n);
	if (to)
		hex_encode(to, (const uint8_t *)p, n);
	return str_from(to, to ? 2 * (size_t)n : 0);
}

static bool convert_ext(struct arena *a, const msgpack_object_ext *x, struct json *out)
{
	if (x->type == 0 && x->size == 8) {
		*out = (struct json){ .type = JSON_INT, .i = msgpack_event_time(str_from(x->ptr, x->size)) };
		return true;
	}
	*out = (struct json){ .type = JSON_STRING, .s = hex_of(a, x->ptr, x->size) };
	return out->s.p != NULL;
}

static bool convert_array(struct arena *a, const msgpack_object_array *v, struct json *out)
{
	*out = (struct json){ .type = JSON_ARRAY, .count = v->size };
	out->items = ARENA_ARRAY(a, v->size ? v->size : 1, struct json);
	for (uint32_t i = 0; out->items && i < v->size; i++)
		if (!convert(a, &v->ptr[i], &out->items[i]))
			return false;
	return out->items != NULL;
}

static bool convert_key(struct arena *a, const msgpack_object *o, struct str *key)
{
	struct json j;
	struct buf b;
	if (!convert(a, o, &j))
		return false;
	if (j.type == JSON_STRING) {
		*key = j.s;
		return true;
	}
	struct json_out w;
	buf_init(&b, 65536);
	json_out_init(&w, &b);
	json_out_value(&w, &j);
	*key = arena_str(a, buf_str(&b));
	buf_release(&b);
	return key->p != NULL;
}

static bool convert_map(struct arena *a, const msgpack_object_map *v, struct json *out)
{
	*out = (struct json){ .type = JSON_OBJECT, .count = v->size };
	out->members = ARENA_ARRAY(a, v->size ? v->size : 1, struct json_member);
	for (uint32_t i = 0; out->members && i < v->size; i++)
		if (!convert_key(a, &v->ptr[i].key, &out->members[i].key) || !convert(a, &v->ptr[i].val, &out->members[i].value))
			return false;
	return out->members != NULL;
}

/* As deep as msgpack-c reads: MSGPACK_EMBED_STACK_SIZE. */
static bool convert(struct arena *a, const msgpack_object *o, struct json *out)
{
	*out = (struct json){ .type = JSON_NULL };
	switch (o->type) {
	case MSGPACK_OBJECT_NIL: return true;
	case MSGPACK_OBJECT_BOOLEAN: out->type = o->via.boolean ? JSON_TRUE : JSON_FALSE; return true;
	case MSGPACK_OBJECT_POSITIVE_INTEGER:
		out->type = o->via.u64 > INT64_MAX ? JSON_UINT : JSON_INT;
		out->u = o->via.u64;
		return true;
	case MSGPACK_OBJECT_NEGATIVE_INTEGER: *out = (struct json){ .type = JSON_INT, .i = o->via.i64 }; return true;
	case MSGPACK_OBJECT_FLOAT32:
	case MSGPACK_OBJECT_FLOAT64: *out = (struct json){ .type = JSON_DOUBLE, .d = o->via.f64 }; return true;
	case MSGPACK_OBJECT_STR: *out = (struct json){ .type = JSON_STRING, .s = str_from(o->via.str.ptr, o->via.str.size) }; return true;
	case MSGPACK_OBJECT_BIN: *out = (struct json){ .type = JSON_STRING, .s = str_from(o->via.bin.ptr, o->via.bin.size) }; return true;
	case MSGPACK_OBJECT_EXT: return convert_ext(a, &o->via.ext, out);
	case MSGPACK_OBJECT_ARRAY: return convert_array(a, &o->via.array, out);
	case MSGPACK_OBJECT_MAP: return convert_map(a, &o->via.map, out);
	}
	return false;
}

const struct json *msgpack_parse(struct arena *a, struct str value, struct err *e)
{
	struct msgpack_scan s = { 0 };
	msgpack_zone zone;
	msgpack_object object;
	struct json *out = NULL;
	size_t used = 0;
	if (msgpack_scan(&s, value) != MSGPACK_WHOLE || s.at != value.len) {
		err_set(e, ERR_INPUT, "not one whole MessagePack value");
		return NULL;
	}
	if (s.values > MSGPACK_MAX_VALUES) {
		err_set(e, ERR_TOO_LARGE, "a MessagePack value has more than %d parts", MSGPACK_MAX_VALUES);
		return NULL;
	}
	if (!msgpack_zone_init(&zone, 8192)) {
		err_set(e, ERR_NO_MEMORY, "no memory for a MessagePack value");
		return NULL;
	}
	msgpack_unpack_return r = msgpack_unpack(value.p, value.len, &used, &zone, &object);
	if (r != MSGPACK_UNPACK_SUCCESS || used != value.len)
		err_set(e, ERR_INPUT, "a MessagePack value is nested too deep");
	else if (!(out = ARENA_NEW(a, struct json)) || !convert(a, &object, out))
		err_set(e, ERR_TOO_LARGE, "a MessagePack value is larger than allowed");
	msgpack_zone_destroy(&zone);
	return err_is_set(e) ? NULL : out;
}

/* --- writing ------------------------------------------------------------------------------------------------------------------------------- */

static int write_buf(void *data, const char *p, size_t n)
{
	buf_add_bytes(data, p, n);
	return 0;
}

static msgpack_packer packer(struct buf *b)
{
	msgpack_packer p;
	msgpack_packer_init(&p, b, write_buf);
	return p;
}

void msgpack_put_array(struct buf *b, uint32_t count)
{
	msgpack_packer p = packer(b);
	msgpack_pack_array(&p, count);
}

void msgpack_put_map(struct buf *b, uint32_t count)
{
	msgpack_packer p = packer(b);
	msgpack_pack_map(&p, count);
}

void msgpack_put_text(struct buf *b, struct str s)
{
	msgpack_packer p = packer(b);
	msgpack_pack_str_with_body(&p, s.p, s.len);
}

void msgpack_put_binary(struct buf *b, struct str s)
{
	msgpack_packer p = packer(b);
	msgpack_pack_bin_with_body(&p, s.p, s.len);
}

void msgpack_put_bool(struct buf *b, bool v)
{
	msgpack_packer p = packer(b);
	if (v)
		msgpack_pack_true(&p);
	else
		msgpack_pack_false(&p);
}
