/* Look-ups in a JSON tree. Objects are searched from their end, so that of duplicate keys the last one wins; they are small, so a
 * search is as fast as a table would be. Every function takes NULL for "not there", so look-ups may be nested. */
#include "base/json.h"

const struct json *json_get(const struct json *j, struct str key)
{
	if (!j || j->type != JSON_OBJECT)
		return NULL;
	for (uint32_t i = j->count; i > 0; i--)
		if (str_eq(j->members[i - 1].key, key))
			return &j->members[i - 1].value;
	return NULL;
}

struct str json_get_str(const struct json *j, struct str key, struct str otherwise)
{
	const struct json *v = json_get(j, key);
	return v && v->type == JSON_STRING ? v->s : otherwise;
}

int64_t json_get_i64(const struct json *j, struct str key, int64_t otherwise)
{
	const struct json *v = json_get(j, key);
	return v && v->type == JSON_INT ? v->i : otherwise;
}

double json_get_f64(const struct json *j, struct str key, double otherwise)
{
	const struct json *v = json_get(j, key);
	return json_is_number(v) ? json_f64(v) : otherwise;
}

bool json_get_bool(const struct json *j, struct str key, bool otherwise)
{
	const struct json *v = json_get(j, key);
	return v && (v->type == JSON_TRUE || v->type == JSON_FALSE) ? v->type == JSON_TRUE : otherwise;
}

double json_f64(const struct json *j)
{
	switch (j->type) {
	case JSON_INT:
		return (double)j->i;
	case JSON_UINT:
		return (double)j->u;
	case JSON_DOUBLE:
		return j->d;
	default:
		return 0;
	}
}
