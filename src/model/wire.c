/* Checked reading of JSON messages between parts; see wire.h. */
#include "model/wire.h"
#include "model/names.h"

static const struct json *member(struct wire *w, const struct json *j, const char *key)
{
	if (!wire_ok(w))
		return NULL;
	const struct json *v = json_get(j, str_z(key));
	return v && v->type != JSON_NULL ? v : NULL;
}

static void wrong(struct wire *w, const char *key, const char *expected)
{
	err_set(w->e, ERR_INPUT, "`%s` must be %s", key, expected);
}

static struct str take_text(struct wire *w, const struct json *v, const char *key, size_t max)
{
	if (v->type != JSON_STRING || v->s.len > max || str_find_char(v->s, '\0') != SIZE_MAX) {
		err_set(w->e, ERR_INPUT, "`%s` must be text of at most %zu bytes without NUL", key, max);
		return STR("");
	}
	return arena_str(w->arena, v->s);
}

struct str wire_str(struct wire *w, const struct json *j, const char *key, size_t max)
{
	const struct json *v = member(w, j, key);
	return v ? take_text(w, v, key, max) : STR("");
}

struct str wire_output(struct wire *w, const struct json *j, const char *key, size_t max)
{
	const struct json *v = member(w, j, key);
	if (!v)
		return STR("");
	if (v->type != JSON_STRING || v->s.len > max) {
		err_set(w->e, ERR_INPUT, "`%s` must be text of at most %zu bytes", key, max);
		return STR("");
	}
	return arena_str(w->arena, v->s);
}

struct str wire_name(struct wire *w, const struct json *j, const char *key)
{
	struct str name = wire_str(w, j, key, 64);
	if (wire_ok(w) && !name_check(name, key, w->e))
		return STR("");
	return name;
}

int64_t wire_i64(struct wire *w, const struct json *j, const char *key, int64_t min, int64_t max, int64_t otherwise)
{
	const struct json *v = member(w, j, key);
	if (!v)
		return otherwise;
	if (v->type != JSON_INT || v->i < min || v->i > max) {
		err_set(w->e, ERR_INPUT, "`%s` must be a whole number from %lld to %lld", key, (long long)min, (long long)max);
		return otherwise;
	}
	return v->i;
}

uint64_t wire_u64(struct wire *w, const struct json *j, const char *key)
{
	const struct json *v = member(w, j, key);
	if (!v)
		return 0;
	if (v->type == JSON_UINT)
		return v->u;
	if (v->type == JSON_INT && v->i >= 0)
		return (uint64_t)v->i;
	wrong(w, key, "a whole number from 0");
	return 0;
}

double wire_f64(struct wire *w, const struct json *j, const char *key, double min, double max)
{
	const struct json *v = member(w, j, key);
	if (!v)
		return 0;
	double d = json_is_number(v) ? json_f64(v) : -1;
	if (!json_is_number(v) || !(d >= min && d <= max)) {
		err_set(w->e, ERR_INPUT, "`%s` must be a number from %g to %g", key, min, max);
		return 0;
	}
	return d;
}

bool wire_bool(struct wire *w, const struct json *j, const char *key)
{
	const struct json *v = member(w, j, key);
	if (v && v->type != JSON_TRUE && v->type != JSON_FALSE)
		wrong(w, key, "true or false");
	return v && v->type == JSON_TRUE;
}

struct sys_addr wire_addr(struct wire *w, const struct json *j, const char *key)
{
	struct sys_addr a = { .family = SYS_NONE }, got;
	struct str text = wire_str(w, j, key, 128);
	if (wire_ok(w) && !str_empty(text) && sys_addr_parse(&got, text, w->e))
		a = got;
	return a;
}

const struct json *wire_list(struct wire *w, const struct json *j, const char *key, size_t max, size_t *n)
{
	*n = 0;
	const struct json *v = member(w, j, key);
	if (!v)
		return NULL;
	if (v->type != JSON_ARRAY || v->count > max) {
		err_set(w->e, ERR_INPUT, "`%s` must be a list of at most %zu", key, max);
		return NULL;
	}
	*n = v->count;
	return v->items;
}

void *wire_array(struct wire *w, size_t n, size_t size)
{
	void *items = wire_ok(w) ? arena_array(w->arena, n ? n : 1, size) : NULL;
	if (!items)
		err_set(w->e, ERR_TOO_LARGE, "the message needs more memory than its limit");
	return items;
}

struct str *wire_strs(struct wire *w, const struct json *j, const char *key, size_t max, size_t *n)
{
	size_t count;
	*n = 0;
	const struct json *items = wire_list(w, j, key, max, &count);
	struct str *out = count ? wire_array(w, count, sizeof(*out)) : NULL;
	if (!out)
		return NULL;
	for (size_t i = 0; i < count; i++)
		out[i] = take_text(w, &items[i], key, 64 * 1024);
	*n = count;
	return out;
}

void wire_put_addr(struct json_out *o, const char *key, const struct sys_addr *a)
{
	char text[128];
	if (a->family != SYS_NONE)
		json_kv_str(o, key, sys_addr_text(a, text));
}

void wire_put_strs(struct json_out *o, const char *key, const struct str *items, size_t n)
{
	json_out_key(o, str_z(key));
	json_out_array(o);
	for (size_t i = 0; i < n; i++)
		json_out_str(o, items[i]);
	json_out_end(o);
}
