/* etcd's answers (registries.h). The JSON gateway leaves out what has its default: a PUT has no type, an empty list is not there. */
#include "base/base64.h"
#include "base/check.h"
#include "catalog/discovery/registries.h"

struct str etcd_range_end(struct str prefix, struct arena *a)
{
	struct str end = arena_str(a, prefix);
	while (end.p && end.len) {
		unsigned char last = (unsigned char)end.p[end.len - 1];
		if (last != 0xff) {
			((char *)(uintptr_t)end.p)[end.len - 1] = (char)(last + 1); /* our own copy */
			return end;
		}
		end.len--;
	}
	return STR("\0");
}

static void key_of(struct json_out *o, const char *key, struct str bytes)
{
	struct buf text;
	buf_init(&text, ETCD_BODY_MAX);
	base64_encode(&text, bytes);
	json_kv_str(o, key, buf_str(&text));
	buf_release(&text);
}

static void range_of(struct json_out *o, struct str prefix, struct str from, struct arena *a)
{
	key_of(o, "key", from.len ? from : prefix.len ? prefix : STR("\0"));
	key_of(o, "range_end", etcd_range_end(prefix, a));
}

void etcd_range_body(struct buf *out, struct str prefix, struct str from, int64_t revision, int limit, struct arena *a)
{
	struct json_out o;
	json_out_init(&o, out);
	json_out_object(&o);
	range_of(&o, prefix, from, a);
	json_kv_str(&o, "limit", arena_printf(a, "%d", limit));
	json_kv_str(&o, "sort_target", STR("KEY"));
	json_kv_str(&o, "sort_order", STR("ASCEND"));
	if (revision)
		json_kv_str(&o, "revision", arena_printf(a, "%lld", (long long)revision));
	json_out_end(&o);
}

void etcd_watch_body(struct buf *out, struct str prefix, int64_t revision, struct arena *a)
{
	struct json_out o;
	json_out_init(&o, out);
	json_out_object(&o);
	json_out_key(&o, STR("create_request"));
	json_out_object(&o);
	range_of(&o, prefix, STR(""), a);
	json_kv_str(&o, "start_revision", arena_printf(a, "%lld", (long long)revision));
	json_kv_bool(&o, "progress_notify", true);
	json_out_end(&o);
	json_out_end(&o);
}

/* --- instances ------------------------------------------------------------------------------------------------------------------------------------------- */

static struct str without_scheme(struct str address)
{
	size_t at = str_find(address, STR("://"));
	if (at != SIZE_MAX)
		address = str_skip(address, at + 3);
	size_t end = str_find_char(address, '/');
	return end == SIZE_MAX ? address : str_sub(address, 0, end);
}

static void of_json(struct instance *out, const struct json *j, struct arena *a)
{
	static const struct str addresses[] = { STR_INIT("Addr"), STR_INIT("addr"), STR_INIT("address"), STR_INIT("Address"), STR_INIT("host") };
	const struct json *meta = json_get(j, STR("Metadata"));
	meta = meta && meta->type == JSON_OBJECT ? meta : j;
	for (size_t i = 0; i < ARRAY_LEN(addresses) && !out->address.len; i++)
		out->address = json_get_str(j, addresses[i], STR(""));
	int64_t port = json_get_i64(j, STR("port"), json_get_i64(j, STR("Port"), 0));
	if (out->address.len && port > 0 && port < 65536)
		out->address = arena_printf(a, "%.*s:%d", STR_FMT(out->address), (int)port);
	out->owner = json_get_str(meta, STR("owner"), json_get_str(meta, STR("team"), STR("")));
}

bool etcd_instance(struct instance *out, struct str prefix, struct str key, struct str value, struct arena *a)
{
	struct err ignored = { 0 };
	if (!str_starts(key, prefix))
		return false;
	struct str below = str_skip(key, prefix.len);
	while (below.len && below.p[0] == '/')
		below = str_skip(below, 1);
	size_t end = str_find_char(below, '/');
	*out = (struct instance){ .service = end == SIZE_MAX ? below : str_sub(below, 0, end), .id = key, .health = INSTANCE_UNKNOWN };
	const struct json *j = value.len && value.p[0] == '{' ? json_parse(a, value, &ignored) : NULL;
	if (j)
		of_json(out, j, a);
	else if (str_find_char(value, '\n') == SIZE_MAX && value.len <= FOUND_TEXT_MAX)
		out->address = value;
	out->address = without_scheme(out->address);
	return out->service.len > 0;
}

/* --- answers ----------------------------------------------------------------------------------------------------------------------------------------------- */

static bool number(const struct json *j, const char *key, int64_t *out)
{
	uint64_t n;
	struct str text = json_get_str(j, str_z(key), STR(""));
	if (text.len && str_to_u64(text, &n) && n <= INT64_MAX)
		*out = (int64_t)n;
	else if (!json_is_number(json_get(j, str_z(key))))
		return false;
	else
		*out = json_get_i64(j, str_z(key), 0);
	return true;
}

static bool key_and_value(const struct json *kv, struct str *key, struct str *value, struct arena *a)
{
	*value = STR("");
	return base64_decode(a, json_get_str(kv, STR("key"), STR("")), key) && key->len && base64_decode(a, json_get_str(kv, STR("value"), STR("")), value);
}

static void put(struct found *f, struct str prefix, const struct json *kv, struct arena *a)
{
	struct str key, value;
	struct instance i;
	if (key_and_value(kv, &key, &value, a) && etcd_instance(&i, prefix, key, value, a))
		found_put(f, key, &i, 1);
}

/* The first key after the page's last: that key and a zero byte. The order is judged, as a page that leads back would be asked for without end. */
static bool key_after(const struct json *list, struct str prefix, struct str from, struct str *next, struct arena *a)
{
	struct str last;
	if (!list || list->type != JSON_ARRAY || !list->count || !base64_decode(a, json_get_str(&list->items[list->count - 1], STR("key"), STR("")), &last))
		return false;
	if (!str_starts(last, prefix) || last.len >= ETCD_KEY_MAX || str_cmp(last, from) < 0)
		return false;
	char *key = arena_alloc(a, last.len + 1);
	if (!key)
		return false;
	memcpy(key, last.p, last.len);
	key[last.len] = 0;
	*next = (struct str){ key, last.len + 1 };
	return true;
}

bool etcd_range(struct found *f, struct str prefix, const struct json *answer, struct str from, int64_t *revision, struct str *next, struct arena *a)
{
	const struct json *list = json_get(answer, STR("kvs"));
	int64_t at;
	*next = STR("");
	if (!number(json_get(answer, STR("header")), "revision", &at))
		return false;
	if (json_get_bool(answer, STR("more"), false) && !key_after(list, prefix, from, next, a))
		return false;
	if (!from.len) {
		*revision = at;
		found_begin(f);
	}
	for (uint32_t i = 0; list && list->type == JSON_ARRAY && i < list->count; i++)
		put(f, prefix, &list->items[i], a);
	if (!next->len)
		found_sweep(f);
	return true;
}

bool etcd_compacted(const struct json *answer)
{
	return str_find(json_get_str(answer, STR("message"), json_get_str(answer, STR("error"), STR(""))), STR("has been compacted")) != SIZE_MAX;
}

static void event(struct found *f, struct str prefix, const struct json *e, struct arena *a)
{
	struct str key, value;
	const struct json *kv = json_get(e, STR("kv"));
	if (!str_eq(json_get_str(e, STR("type"), STR("PUT")), STR("DELETE")))
		put(f, prefix, kv, a);
	else if (key_and_value(kv, &key, &value, a))
		found_remove(f, key);
}

enum etcd_line etcd_watch(struct found *f, struct str prefix, const struct json *line, int64_t *revision, bool *changed, struct arena *a)
{
	const struct json *result = json_get(line, STR("result")), *events = json_get(result, STR("events"));
	int64_t at, compacted = 0;
	if (!result || result->type != JSON_OBJECT)
		return json_get(line, STR("error")) ? ETCD_ANEW : ETCD_NOT_ITS;
	number(result, "compact_revision", &compacted);
	if (json_get_bool(result, STR("canceled"), false) || compacted > 0)
		return ETCD_ANEW;
	for (uint32_t i = 0; events && events->type == JSON_ARRAY && i < events->count; i++) {
		event(f, prefix, &events->items[i], a);
		*changed = true;
	}
	/* The header of what was only created may tell of a later revision than has been told. */
	if (!json_get_bool(result, STR("created"), false) && number(json_get(result, STR("header")), "revision", &at) && at > *revision)
		*revision = at;
	return ETCD_GOES_ON;
}
