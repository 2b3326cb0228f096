/* Any JSON, a line each, as what registries answer: what was found stays within its limits and its count is right, and a whole listing leaves nothing else. The first byte says which registry. */
#include "base/check.h"
#include "catalog/discovery/registries.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct found *f, struct arena *a)
{
	size_t n = 0, services;
	for (uint32_t i = 0; i < f->entries.count; i++)
		n += ((const struct found_entry *)f->entries.entries[i].value)->count;
	CHECK(n == f->instances && n <= FOUND_INSTANCES_MAX);
	const struct found_service *s = found_services(f, a, &services);
	CHECK(!s || services <= n);
	for (size_t i = 0; s && i + 1 < services; i++)
		CHECK(str_cmp(s[i].service, s[i + 1].service) < 0);
}

static void line(struct found *f, uint8_t what, const struct json *j, int64_t *revision, struct arena *a)
{
	struct str version = STR(""), more = STR(""), next;
	bool changed = false;
	size_t n;
	switch (what % 6) {
	case 0: /* a page and, where it says that there are more, the same again: it leads back */
		etcd_compacted(j);
		if (etcd_range(f, STR("/services/"), j, STR(""), revision, &next, a) && next.len)
			CHECK(!etcd_range(f, STR("/services/"), j, next, revision, &next, a));
		break;
	case 1: etcd_watch(f, STR(""), j, revision, &changed, a); break;
	case 2: kubernetes_list(f, j, true, &version, &more, a); break;
	case 3: kubernetes_watch(f, j, &version, &changed, a); break;
	case 4: consul_health(f, STR("orders"), j, a); break;
	default: consul_names(j, a, &n);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	struct found f;
	int64_t revision = 0;
	if (!size)
		return 0;
	arena_init(&a, 64 << 20);
	found_init(&f);
	for (struct str rest = { (const char *)data + 1, size - 1 }; rest.p && rest.len;) {
		struct err ignored = { 0 };
		const struct json *j = json_parse(&a, str_split(&rest, '\n'), &ignored);
		if (j)
			line(&f, data[0], j, &revision, &a);
	}
	check(&f, &a);
	found_release(&f);
	arena_release(&a);
	return 0;
}
