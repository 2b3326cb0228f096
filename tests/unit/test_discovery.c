/* What registries answer (catalog/discovery): Consul's indices, etcd's ranges and watches, Kubernetes' endpoint slices; and random lives of etcd and Kubernetes, in which what was found is always
 * what is there. */
#include "base/base64.h"
#include "base/check.h"
#include "catalog/discovery/registries.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

struct text { struct arena arena; struct found found; };

static void open(struct text *t)
{
	arena_init(&t->arena, 64 << 20);
	found_init(&t->found);
}

static void close(struct text *t)
{
	found_release(&t->found);
	arena_release(&t->arena);
}

static const struct json *parse(struct text *t, struct str text)
{
	struct err e = { 0 };
	const struct json *j = json_parse(&t->arena, text, &e);
	if (!j)
		print_error("%s in %.*s\n", e.message, STR_FMT(text));
	assert_non_null(j);
	return j;
}

#define assert_text(s, want) do { struct str got_ = (s); if (!str_eq(got_, str_z(want))) { print_error("`%.*s`, not `%s`\n", STR_FMT(got_), want); fail(); } } while (0)

/* --- Consul ------------------------------------------------------------------------------------------------------------------------------------------------ */

/* Developer documentation, "Implementation Details" of blocking queries. */
static void indices(void **state)
{
	static const struct { uint64_t asked, got, next; } rows[] = { { 0, 17, 17 }, { 17, 17, 17 }, { 17, 18, 18 }, { 17, 16, 0 }, { 17, 1, 0 }, { 0, 0, 1 }, { 1, 0, 1 }, { 17, 0, 0 }, { UINT64_MAX, 5, 0 } };
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(consul_next_index(rows[i].asked, rows[i].got), rows[i].next);
}

/* Whatever the answers, questions come no faster than a burst and one each refill; whoever waited has his burst again. */
static void patience(void **state)
{
	struct consul_bucket b = { 0 };
	int64_t now = 1000, start = now;
	(void)state;
	assert_int_equal(consul_bucket_take(&b, now), 0);
	assert_int_equal(consul_bucket_take(&b, now), 0);
	for (int i = 0; i < 1000; i++)
		now += consul_bucket_take(&b, now);
	assert_true(now - start >= 999 * CONSUL_REFILL && now - start <= 1001 * CONSUL_REFILL);
	now += 100 * CONSUL_REFILL;
	assert_int_equal(consul_bucket_take(&b, now), 0);
	assert_int_equal(consul_bucket_take(&b, now), 0);
	assert_true(consul_bucket_take(&b, now) > 0);
}

static void consul(void **state)
{
	struct text t;
	size_t n;
	(void)state;
	open(&t);
	const struct str *names = consul_names(parse(&t, STR("{\"consul\":[],\"orders\":[\"v1\"],\"\":[],\"billing\":null}")), &t.arena, &n);
	assert_int_equal(n, 2);
	assert_text(names[0], "orders");
	assert_text(names[1], "billing");
	assert_null(consul_names(parse(&t, STR("[]")), &t.arena, &n));
	assert_true(consul_health(&t.found, STR("orders"),
		parse(&t, STR("[{\"Node\":{\"Node\":\"n1\",\"Address\":\"10.0.0.1\"},\"Service\":{\"ID\":\"o1\",\"Address\":\"\",\"Port\":8080,\"Meta\":{\"team\":\"sales\"}},\"Checks\":[{\"Status\":\"passing\"},{\"Status\":\"warning\"}]},"
			      "{\"Node\":{\"Node\":\"n2\",\"Address\":\"10.0.0.2\"},\"Service\":{\"ID\":\"o1\",\"Address\":\"fd00::2\",\"Port\":8081},\"Checks\":[{\"Status\":\"critical\"}]},"
			      "{\"Node\":{},\"Service\":{\"ID\":\"side\",\"Kind\":\"connect-proxy\",\"Port\":1}},{\"Service\":7},7]")), &t.arena));
	const struct found_service *s = found_services(&t.found, &t.arena, &n);
	assert_int_equal(n, 1);
	assert_int_equal(s->instances, 2);
	assert_int_equal(s->critical, 1);
	assert_int_equal(s->passing, 0);
	assert_text(s->owner, "sales");
	assert_text(s->first, "10.0.0.1:8080");
	assert_text(((struct found_entry *)t.found.entries.entries[0].value)->items[1].address, "[fd00::2]:8081");
	assert_false(consul_health(&t.found, STR("orders"), parse(&t, STR("{}")), &t.arena));
	assert_true(consul_health(&t.found, STR("orders"), parse(&t, STR("[]")), &t.arena));
	assert_int_equal(t.found.instances, 0);
	close(&t);
}

/* --- etcd --------------------------------------------------------------------------------------------------------------------------------------------------- */

static void etcd_texts(void **state)
{
	static const struct { const char *key, *value, *service, *address, *owner; } rows[] = {
		{ "/services/orders/1", "10.0.0.1:80", "orders", "10.0.0.1:80", "" },
		{ "/services/orders", "http://10.0.0.1:80/base", "orders", "10.0.0.1:80", "" },
		{ "/services//orders/1", "10.0.0.1:80", "orders", "10.0.0.1:80", "" },
		{ "/services/orders/1", "{\"Op\":0,\"Addr\":\"10.0.0.1:80\",\"Metadata\":{\"owner\":\"sales\"}}", "orders", "10.0.0.1:80", "sales" },
		{ "/services/orders/1", "{\"host\":\"10.0.0.1\",\"port\":8080,\"team\":\"sales\"}", "orders", "10.0.0.1:8080", "sales" },
		{ "/services/orders/1", "{broken", "orders", "{broken", "" },
		{ "/services/orders/1", "", "orders", "", "" },
		{ "/services/", "x", NULL, NULL, NULL },
		{ "/other/orders", "x", NULL, NULL, NULL },
	};
	struct text t;
	(void)state;
	open(&t);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct instance x;
		bool is = etcd_instance(&x, STR("/services/"), str_z(rows[i].key), str_z(rows[i].value), &t.arena);
		assert_int_equal(is, rows[i].service != NULL);
		if (!is)
			continue;
		assert_text(x.service, rows[i].service);
		assert_text(x.address, rows[i].address);
		assert_text(x.owner, rows[i].owner);
	}
	assert_text(etcd_range_end(STR("/services/"), &t.arena), "/services0");
	assert_true(str_eq(etcd_range_end(STR("a\xff"), &t.arena), STR("b")));
	assert_true(str_eq(etcd_range_end(STR("\xff\xff"), &t.arena), STR("\0")));
	assert_true(str_eq(etcd_range_end(STR(""), &t.arena), STR("\0")));
	close(&t);
}

static struct str b64(struct text *t, struct str s)
{
	struct buf b;
	buf_init(&b, 4096);
	base64_encode(&b, s);
	struct str copy = arena_str(&t->arena, buf_str(&b));
	buf_release(&b);
	return copy;
}

static struct str put_event(struct text *t, int key, int value)
{
	struct str k = b64(t, arena_printf(&t->arena, "/services/s%d/%d", key % 7, key));
	return arena_printf(&t->arena, "{\"kv\":{\"key\":\"%.*s\",\"value\":\"%.*s\"}}", STR_FMT(k), STR_FMT(b64(t, arena_printf(&t->arena, "10.0.0.%d:80", value))));
}

static void same_as(struct text *t, const int *there, int keys)
{
	size_t n = 0;
	for (int i = 0; i < keys; i++) {
		const struct found_entry *e = map_get(&t->found.entries, arena_printf(&t->arena, "/services/s%d/%d", i % 7, i));
		assert_int_equal(e != NULL, there[i] != 0);
		if (!e)
			continue;
		n++;
		assert_true(str_eq(e->items[0].address, arena_printf(&t->arena, "10.0.0.%d:80", there[i])));
	}
	assert_int_equal(t->found.instances, n);
	assert_int_equal(t->found.entries.count, n);
}

/* Keys come and go, watches break, are compacted, cancelled; ranges come anew. */
/* Keys sort as bytes: /services/s0/0, /services/s0/14, … Which key comes at a place of that order. */
static int nth(int at, int keys)
{
	for (int s = 0; s < 7; s++)
		for (int first = 0; first < 10; first++)
			for (int ten = 0; ten < 2; ten++)
				for (int i = ten ? first * 10 : first; ten ? first && i < first * 10 + 10 && i < keys : i == first && i < keys; i++)
					if (i % 7 == s && !at--)
						return i;
	fail_msg("there are only %d keys", keys);
	return -1;
}

/* A page of at most `limit` from the place `begin` of the order on; the place after it. */
static int page_of(struct text *t, struct buf *out, const int *there, int keys, int begin, int limit, int64_t revision, bool *more)
{
	int n = 0, at = begin;
	buf_printf(out, "{\"header\":{\"revision\":\"%lld\"},\"kvs\":[", (long long)revision);
	for (; at < keys && n < limit; at++)
		if (there[nth(at, keys)]) {
			struct str kv = put_event(t, nth(at, keys), there[nth(at, keys)]);
			buf_printf(out, "%s%.*s", n++ ? "," : "", (int)kv.len - 7, kv.p + 6);
		}
	*more = false;
	for (int i = at; i < keys; i++)
		*more |= there[nth(i, keys)] != 0;
	buf_printf(out, "]%s}", *more ? ",\"more\":true" : "");
	return at;
}

/* Pages that would not end, and the words of a compaction. */
static void pages_of_etcd(void **state)
{
	struct text t;
	struct str next;
	int64_t revision = 0;
	(void)state;
	open(&t);
	struct str kv = put_event(&t, 1, 1);
	const struct json *page = parse(&t, arena_printf(&t.arena, "{\"header\":{\"revision\":\"7\"},\"more\":true,\"kvs\":[%.*s]}", (int)kv.len - 7, kv.p + 6));
	assert_true(etcd_range(&t.found, STR("/services/"), page, STR(""), &revision, &next, &t.arena));
	assert_true(str_eq(next, STR("/services/s1/1\0")));
	assert_int_equal(revision, 7);
	struct str from = next;
	assert_false(etcd_range(&t.found, STR("/services/"), page, from, &revision, &next, &t.arena)); /* leads back */
	assert_false(etcd_range(&t.found, STR("/else/"), page, STR(""), &revision, &next, &t.arena)); /* leads elsewhere */
	assert_false(etcd_range(&t.found, STR("/services/"), parse(&t, STR("{\"header\":{\"revision\":\"7\"},\"more\":true}")), STR(""), &revision, &next, &t.arena));
	assert_true(etcd_compacted(parse(&t, STR("{\"error\":\"etcdserver: mvcc: required revision has been compacted\",\"code\":11}"))));
	assert_false(etcd_compacted(parse(&t, STR("{\"error\":\"etcdserver: no leader\",\"code\":14}"))));
	assert_false(etcd_compacted(NULL));
	close(&t);
}

static void life_of_etcd(void **state)
{
	enum { KEYS = 40 };
	(void)state;
	for (unsigned seed = 1; seed <= 100; seed++) {
		struct text t;
		int there[KEYS] = { 0 };
		int64_t revision = 0, store = 1;
		srand(seed);
		open(&t);
		for (int step = 0; step < 120; step++) {
			bool changed = false;
			int key = rand() % KEYS;
			int what = rand() % 12;
			if (what == 0) { /* all of it */
				struct buf b;
				buf_init(&b, 1 << 20);
				struct str next = STR("");
				int page = 1 + rand() % KEYS, begin = 0;
				bool more = true;
				for (int64_t now = store; more; now++) { /* what later pages say of the store's revision is not that of the listing */
					buf_clear(&b);
					begin = page_of(&t, &b, there, KEYS, begin, page, now, &more);
					assert_true(etcd_range(&t.found, STR("/services/"), parse(&t, buf_str(&b)), next, &revision, &next, &t.arena));
					assert_int_equal(next.len > 0, more);
				}
				buf_release(&b);
				assert_int_equal(revision, store);
			} else if (what == 1) {
				assert_int_equal(etcd_watch(&t.found, STR("/services/"), parse(&t, rand() % 2 ? STR("{\"result\":{\"canceled\":true}}") : STR("{\"result\":{\"compact_revision\":\"9\"}}")), &revision, &changed, &t.arena), ETCD_ANEW);
				assert_false(changed);
			} else if (what == 2) { /* opened: tells of a revision whose events are still to come */
				assert_int_equal(etcd_watch(&t.found, STR("/services/"), parse(&t, STR("{\"result\":{\"created\":true,\"header\":{\"revision\":\"999999\"}}}")), &revision, &changed, &t.arena), ETCD_GOES_ON);
				assert_true(revision <= store);
			} else {
				store++;
				there[key] = what < 6 ? 0 : 1 + rand() % 250;
				struct str event = there[key] ? put_event(&t, key, there[key])
							      : arena_printf(&t.arena, "{\"type\":\"DELETE\",\"kv\":{\"key\":\"%.*s\"}}", STR_FMT(b64(&t, arena_printf(&t.arena, "/services/s%d/%d", key % 7, key))));
				struct str line = arena_printf(&t.arena, "{\"result\":{\"header\":{\"revision\":\"%lld\"},\"events\":[%.*s]}}", (long long)store, STR_FMT(event));
				assert_int_equal(etcd_watch(&t.found, STR("/services/"), parse(&t, line), &revision, &changed, &t.arena), ETCD_GOES_ON);
				assert_true(changed && revision == store);
			}
			same_as(&t, there, KEYS);
		}
		close(&t);
	}
}

/* --- Kubernetes ----------------------------------------------------------------------------------------------------------------------------------------------- */

#define SLICE(name, version, service, more) "{\"metadata\":{\"name\":\"" name "\",\"namespace\":\"shop\",\"resourceVersion\":\"" version "\",\"labels\":{\"kubernetes.io/service-name\":\"" service "\",\"team\":\"sales\"}}," more "}"

static void kubernetes(void **state)
{
	struct text t;
	struct str version, more;
	bool changed = false;
	size_t n;
	(void)state;
	open(&t);
	assert_true(kubernetes_list(&t.found, parse(&t, STR("{\"metadata\":{\"resourceVersion\":\"10\",\"continue\":\"abc\"},\"items\":[" SLICE("o-1", "3", "orders",
		"\"ports\":[{\"port\":53,\"protocol\":\"UDP\"},{\"port\":8080}],\"endpoints\":[{\"addresses\":[\"10.1.0.1\"],\"conditions\":{\"ready\":true}},{\"addresses\":[\"10.1.0.2\"],\"conditions\":{\"ready\":false}},{\"addresses\":[\"10.1.0.3\"]}]") "]}")),
		true, &version, &more, &t.arena));
	assert_text(more, "abc");
	assert_true(kubernetes_list(&t.found, parse(&t, STR("{\"metadata\":{\"resourceVersion\":\"10\"},\"items\":[" SLICE("o-2", "4", "orders", "\"endpoints\":[{\"addresses\":[\"fd00::1\"]}]") ","
		"{\"metadata\":{\"name\":\"kubernetes\",\"namespace\":\"default\",\"labels\":{\"kubernetes.io/service-name\":\"kubernetes\"}},\"endpoints\":[{\"addresses\":[\"1.1.1.1\"]}]}]}")), false, &version, &more, &t.arena));
	const struct found_service *s = found_services(&t.found, &t.arena, &n);
	assert_int_equal(n, 1);
	assert_int_equal(s->instances, 4);
	assert_int_equal(s->passing, 3);
	assert_int_equal(s->critical, 1);
	assert_text(s->owner, "sales");
	assert_int_equal(kubernetes_watch(&t.found, parse(&t, STR("{\"type\":\"MODIFIED\",\"object\":" SLICE("o-1", "11", "orders", "\"endpoints\":[]") "}")), &version, &changed, &t.arena), KUBERNETES_GOES_ON);
	assert_true(changed);
	assert_int_equal(t.found.instances, 1);
	changed = false;
	assert_int_equal(kubernetes_watch(&t.found, parse(&t, STR("{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"15\"}}}")), &version, &changed, &t.arena), KUBERNETES_GOES_ON);
	assert_text(version, "15");
	assert_false(changed);
	assert_int_equal(kubernetes_watch(&t.found, parse(&t, STR("{\"type\":\"DELETED\",\"object\":" SLICE("o-2", "16", "orders", "\"endpoints\":[]") "}")), &version, &changed, &t.arena), KUBERNETES_GOES_ON);
	assert_int_equal(t.found.instances, 0);
	assert_int_equal(kubernetes_watch(&t.found, parse(&t, STR("{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410}}")), &version, &changed, &t.arena), KUBERNETES_ANEW);
	assert_int_equal(kubernetes_watch(&t.found, parse(&t, STR("{\"type\":\"ADDED\"}")), &version, &changed, &t.arena), KUBERNETES_NOT_ITS);
	/* A list anew: what is not in it is gone. */
	assert_true(kubernetes_list(&t.found, parse(&t, STR("{\"metadata\":{\"resourceVersion\":\"20\"},\"items\":[" SLICE("o-3", "19", "orders", "\"endpoints\":[{\"addresses\":[\"10.1.0.9\"]}]") "]}")), true, &version, &more, &t.arena));
	assert_int_equal(t.found.instances, 1);
	assert_true(kubernetes_list(&t.found, parse(&t, STR("{\"metadata\":{\"resourceVersion\":\"21\"},\"items\":null}")), true, &version, &more, &t.arena));
	assert_int_equal(t.found.instances, 0);
	assert_false(kubernetes_list(&t.found, parse(&t, STR("{\"items\":[]}")), true, &version, &more, &t.arena));
	close(&t);
}

/* More than is kept: it is cut and said, and nothing else suffers. */
static void too_much(void **state)
{
	struct text t;
	(void)state;
	open(&t);
	struct instance *many = calloc(FOUND_KEY_INSTANCES_MAX + 1, sizeof(*many));
	assert_non_null(many);
	for (size_t i = 0; i <= FOUND_KEY_INSTANCES_MAX; i++)
		many[i] = (struct instance){ .service = STR("orders") };
	for (int i = 0; i < 3 + FOUND_INSTANCES_MAX / FOUND_KEY_INSTANCES_MAX; i++)
		found_put(&t.found, arena_printf(&t.arena, "k%d", i), many, FOUND_KEY_INSTANCES_MAX + (i == 0));
	assert_int_equal(t.found.instances, FOUND_INSTANCES_MAX);
	assert_true(t.found.cut);
	found_begin(&t.found);
	found_keep(&t.found, STR("k3"));
	found_sweep(&t.found);
	assert_int_equal(t.found.instances, FOUND_KEY_INSTANCES_MAX);
	assert_false(t.found.cut);
	free(many);
	close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(indices), cmocka_unit_test(patience), cmocka_unit_test(consul), cmocka_unit_test(etcd_texts), cmocka_unit_test(pages_of_etcd), cmocka_unit_test(life_of_etcd), cmocka_unit_test(kubernetes), cmocka_unit_test(too_much) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
