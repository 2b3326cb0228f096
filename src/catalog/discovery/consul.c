/* Consul's answers and the rules of its blocking queries (registries.h). */
#include "base/check.h"
#include "catalog/discovery/registries.h"

uint64_t consul_next_index(uint64_t asked, uint64_t got)
{
	got = got < 1 ? 1 : got;
	return got < asked ? 0 : got;
}

int64_t consul_bucket_take(struct consul_bucket *b, int64_t now)
{
	int64_t most = CONSUL_BURST * CONSUL_REFILL;
	b->tokens = b->begun ? b->tokens + (now - b->last) : most;
	b->tokens = b->tokens > most ? most : b->tokens;
	b->begun = true;
	b->last = now;
	b->tokens -= CONSUL_REFILL;
	return b->tokens < 0 ? -b->tokens : 0;
}

const struct str *consul_names(const struct json *answer, struct arena *a, size_t *n)
{
	*n = 0;
	struct str *names = answer && answer->type == JSON_OBJECT ? ARENA_ARRAY(a, answer->count + 1, struct str) : NULL;
	for (uint32_t i = 0; names && i < answer->count; i++)
		if (answer->members[i].key.len && answer->members[i].key.len <= FOUND_TEXT_MAX && !str_eq(answer->members[i].key, STR("consul")))
			names[(*n)++] = answer->members[i].key;
	return names;
}

/* The worst of its checks; none: it is there and nobody says that it is not well. */
static enum instance_health health(const struct json *checks)
{
	enum instance_health worst = INSTANCE_PASSING;
	for (uint32_t i = 0; checks && checks->type == JSON_ARRAY && i < checks->count; i++) {
		struct str status = json_get_str(&checks->items[i], STR("Status"), STR(""));
		enum instance_health h = str_eq(status, STR("passing")) ? INSTANCE_PASSING : str_eq(status, STR("warning")) ? INSTANCE_WARNING : INSTANCE_CRITICAL;
		worst = h > worst ? h : worst;
	}
	return worst;
}

static struct str owner_of(const struct json *meta)
{
	static const struct str keys[] = { STR_INIT("owner"), STR_INIT("team") };
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		struct str owner = json_get_str(meta, keys[i], STR(""));
		if (owner.len)
			return owner;
	}
	return STR("");
}

static bool instance_of(struct instance *out, struct str name, const struct json *entry, struct arena *a)
{
	const struct json *service = json_get(entry, STR("Service")), *node = json_get(entry, STR("Node"));
	struct str kind = json_get_str(service, STR("Kind"), STR("")), address = json_get_str(service, STR("Address"), STR(""));
	int64_t port = json_get_i64(service, STR("Port"), 0);
	if (!service || service->type != JSON_OBJECT || kind.len)
		return false;
	address = address.len ? address : json_get_str(node, STR("Address"), STR(""));
	bool six = str_find_char(address, ':') != SIZE_MAX;
	if (address.len && port > 0 && port < 65536)
		address = arena_printf(a, six ? "[%.*s]:%d" : "%.*s:%d", STR_FMT(address), (int)port);
	/* Ids are those of one agent; two nodes may have the same. */
	struct str id = arena_printf(a, "%.*s/%.*s", STR_FMT(json_get_str(node, STR("Node"), STR(""))), STR_FMT(json_get_str(service, STR("ID"), name)));
	*out = (struct instance){ name, id, address, owner_of(json_get(service, STR("Meta"))), health(json_get(entry, STR("Checks"))) };
	return true;
}

bool consul_health(struct found *f, struct str service, const struct json *answer, struct arena *a)
{
	struct instance *list = answer && answer->type == JSON_ARRAY ? ARENA_ARRAY(a, answer->count + 1, struct instance) : NULL;
	size_t n = 0;
	if (!list)
		return false;
	for (uint32_t i = 0; i < answer->count; i++)
		n += instance_of(&list[n], service, &answer->items[i], a);
	found_put(f, service, list, n);
	return true;
}
