/* Endpoint slices of Kubernetes (registries.h). A slice belongs to a service by its label; a service has several slices, and each is replaced as a whole. */
#include "base/check.h"
#include "catalog/discovery/registries.h"

static struct str label(const struct json *slice, struct str name) { return json_get_str(json_get(json_get(slice, STR("metadata")), STR("labels")), name, STR("")); }

static struct str key_of(const struct json *slice, struct arena *a)
{
	const struct json *meta = json_get(slice, STR("metadata"));
	struct str name = json_get_str(meta, STR("name"), STR(""));
	return name.len ? arena_printf(a, "%.*s/%.*s", STR_FMT(json_get_str(meta, STR("namespace"), STR(""))), STR_FMT(name)) : STR("");
}

/* The first port of TCP; none is told: 0. */
static int port_of(const struct json *slice)
{
	const struct json *ports = json_get(slice, STR("ports"));
	for (uint32_t i = 0; ports && ports->type == JSON_ARRAY && i < ports->count; i++) {
		int64_t port = json_get_i64(&ports->items[i], STR("port"), 0);
		if (port > 0 && port < 65536 && str_eq(json_get_str(&ports->items[i], STR("protocol"), STR("TCP")), STR("TCP")))
			return (int)port;
	}
	return 0;
}

/* "ready" that is not there counts as true (API reference, EndpointConditions). */
static enum instance_health health(const struct json *endpoint)
{
	const struct json *c = json_get(endpoint, STR("conditions"));
	if (json_get_bool(c, STR("terminating"), false))
		return INSTANCE_WARNING;
	return json_get_bool(c, STR("ready"), true) ? INSTANCE_PASSING : INSTANCE_CRITICAL;
}

static struct instance instance_of(const struct json *endpoint, struct str service, struct str owner, int port, struct arena *a)
{
	const struct json *addresses = json_get(endpoint, STR("addresses"));
	struct str address = addresses && addresses->type == JSON_ARRAY && addresses->count && addresses->items[0].type == JSON_STRING ? addresses->items[0].s : STR("");
	struct str pod = json_get_str(json_get(endpoint, STR("targetRef")), STR("name"), address);
	if (address.len && port)
		address = arena_printf(a, str_find_char(address, ':') != SIZE_MAX ? "[%.*s]:%d" : "%.*s:%d", STR_FMT(address), port);
	return (struct instance){ service, pod, address, owner, health(endpoint) };
}

static void put(struct found *f, const struct json *slice, struct arena *a)
{
	struct str key = key_of(slice, a), service = label(slice, STR("kubernetes.io/service-name"));
	struct str owner = label(slice, STR("owner"));
	const struct json *endpoints = json_get(slice, STR("endpoints"));
	uint32_t count = endpoints && endpoints->type == JSON_ARRAY ? endpoints->count : 0;
	bool own = str_eq(service, STR("kubernetes")) && str_starts(key, STR("default/")); /* the API server itself */
	struct instance *list = key.len && service.len && !own ? ARENA_ARRAY(a, count + 1, struct instance) : NULL;
	if (!list)
		return;
	owner = owner.len ? owner : label(slice, STR("team"));
	for (uint32_t i = 0; i < count; i++)
		list[i] = instance_of(&endpoints->items[i], service, owner, port_of(slice), a);
	found_put(f, key, list, count);
}

static struct str version_of(const struct json *object) { return json_get_str(json_get(object, STR("metadata")), STR("resourceVersion"), STR("")); }

bool kubernetes_list(struct found *f, const struct json *answer, bool begin, struct str *version, struct str *more, struct arena *a)
{
	const struct json *items = json_get(answer, STR("items"));
	if (!answer || answer->type != JSON_OBJECT || !version_of(answer).len || (items && items->type != JSON_ARRAY && items->type != JSON_NULL))
		return false;
	if (begin)
		found_begin(f);
	for (uint32_t i = 0; items && items->type == JSON_ARRAY && i < items->count; i++)
		put(f, &items->items[i], a);
	*version = arena_str(a, version_of(answer));
	*more = arena_str(a, json_get_str(json_get(answer, STR("metadata")), STR("continue"), STR("")));
	if (!more->len)
		found_sweep(f);
	return true;
}

enum kubernetes_line kubernetes_watch(struct found *f, const struct json *line, struct str *version, bool *changed, struct arena *a)
{
	struct str type = json_get_str(line, STR("type"), STR(""));
	const struct json *object = json_get(line, STR("object"));
	if (str_eq(type, STR("ERROR"))) /* 410 Gone; of others too nothing is known but by listing again */
		return KUBERNETES_ANEW;
	if (!object || object->type != JSON_OBJECT || !version_of(object).len)
		return KUBERNETES_NOT_ITS;
	*version = arena_str(a, version_of(object));
	if (str_eq(type, STR("BOOKMARK")))
		return KUBERNETES_GOES_ON;
	*changed = true;
	if (str_eq(type, STR("DELETED")))
		found_remove(f, key_of(object, a));
	else
		put(f, object, a);
	return KUBERNETES_GOES_ON;
}
