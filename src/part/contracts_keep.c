/* The index of the versions that were seen (contracts_impl.h), and which files on disk they need. */
#include "base/check.h"
#include "base/time.h"
#include "model/record.h"
#include "part/contracts_impl.h"
#include "sys/sys.h"

enum { INDEX_MAX = 64 << 20 };

struct str contracts_lock_path(struct arena *a, struct str state, const struct digest *d) { return arena_printf(a, "%.*s/%.*s.lock", STR_FMT(state), SHA256_HEX, d->hex); }

static struct str index_path(struct contracts *c, struct arena *a) { return side_join(a, c->state, STR("index.json")); }

static bool add(struct contracts *c, struct str service, struct str version, const struct digest *d, int64_t since)
{
	if (!ARENA_PUSH_ROOM(&c->arena, c->kept, c->kept_count, c->kept_capacity))
		return false;
	c->kept[c->kept_count++] = (struct kept){ arena_str(&c->arena, service), arena_str(&c->arena, version), *d, since };
	return true;
}

static void read_entry(struct contracts *c, const struct json *j)
{
	struct digest d;
	int64_t since;
	struct str digest = json_get_str(j, STR("digest"), STR(""));
	uint8_t bytes[SHA256_BYTES];
	if (!str_to_hex_bytes(digest, bytes, sizeof(bytes)) || !time_parse(json_get_str(j, STR("since"), STR("")), &since))
		return;
	hex_encode(d.hex, bytes, sizeof(bytes));
	add(c, json_get_str(j, STR("service"), STR("")), json_get_str(j, STR("version"), STR("")), &d, since);
}

bool contracts_index_read(struct contracts *c, struct err *e)
{
	struct arena scratch;
	struct err none = { 0 };
	struct str text;
	int code = sys_mkdir(c->state);
	if (code < 0)
		return sys_err(e, code, "cannot make %.*s", STR_FMT(c->state));
	arena_init(&scratch, 4 * (size_t)INDEX_MAX);
	bool there = sys_read_file(index_path(c, &scratch), INDEX_MAX, &scratch, &text, &none);
	const struct json *j = there ? json_parse(&scratch, text, &none) : NULL, *list = json_get(j, STR("kept"));
	if (there && !j)
		c->log(c->log_ctx, SEVERITY_WARN, STR("contracts/index.json is damaged and begun anew: earlier versions of contracts are not known any more"));
	for (uint32_t i = 0; list && list->type == JSON_ARRAY && i < list->count; i++)
		read_entry(c, &list->items[i]);
	arena_release(&scratch);
	return there || none.code == ERR_NOT_FOUND || err_set(e, none.code, "%s", none.message);
}

void contracts_index_write(struct contracts *c)
{
	struct buf b, time;
	struct json_out o;
	struct err e = { 0 };
	struct arena scratch;
	arena_init(&scratch, 64 << 10);
	buf_init(&b, INDEX_MAX);
	buf_init(&time, 64);
	json_out_init(&o, &b);
	json_out_object(&o);
	json_out_key(&o, STR("kept"));
	json_out_array(&o);
	for (size_t i = 0; i < c->kept_count; i++) {
		const struct kept *k = &c->kept[i];
		buf_clear(&time);
		time_rfc3339(&time, k->since, 9);
		json_out_object(&o);
		json_kv_str(&o, "service", k->service);
		json_kv_str(&o, "version", k->version);
		json_kv_str(&o, "digest", digest_str(&k->digest));
		json_kv_str(&o, "since", buf_str(&time));
		json_out_end(&o);
	}
	json_out_end(&o);
	json_out_end(&o);
	buf_char(&b, '\n');
	if (!buf_ok(&b) || !sys_write_file(index_path(c, &scratch), buf_str(&b), &e))
		c->log(c->log_ctx, SEVERITY_ERROR, STR("contracts/index.json could not be written; after a restart the newest versions are first seen then"));
	buf_release(&b);
	buf_release(&time);
	arena_release(&scratch);
}

static bool is_of(const struct kept *k, struct str service, struct str version) { return str_eq(k->service, service) && str_eq(k->version, version); }

const struct kept *contracts_find(const struct contracts *c, struct str service, struct str version, struct str digest)
{
	for (size_t i = c->kept_count; i-- > 0;)
		if (is_of(&c->kept[i], service, version) && str_starts(digest_str(&c->kept[i].digest), digest))
			return &c->kept[i];
	return NULL;
}

const struct kept *contracts_before(const struct contracts *c, const struct kept *k)
{
	for (size_t i = (size_t)(k - c->kept); i-- > 0;)
		if (is_of(&c->kept[i], k->service, k->version))
			return &c->kept[i];
	return NULL;
}

/* The file of a version goes when nobody's version is this content. */
static void forget(struct contracts *c, size_t at)
{
	struct arena scratch;
	struct digest d = c->kept[at].digest;
	bool needed = false;
	memmove(&c->kept[at], &c->kept[at + 1], (c->kept_count - at - 1) * sizeof(*c->kept));
	c->kept_count--;
	for (size_t i = 0; i < c->kept_count; i++)
		needed |= !memcmp(&c->kept[i].digest, &d, sizeof(d));
	if (needed)
		return;
	arena_init(&scratch, 64 << 10);
	sys_unlink(contracts_lock_path(&scratch, c->state, &d));
	arena_release(&scratch);
}

void contracts_seen(struct contracts *c, struct str service, struct str version, const struct digest *d)
{
	const struct kept *newest = contracts_find(c, service, version, STR(""));
	size_t n = 0, oldest = SIZE_MAX;
	if (newest && !memcmp(&newest->digest, d, sizeof(*d)))
		return;
	if (!add(c, service, version, d, sys_wall())) {
		c->log(c->log_ctx, SEVERITY_ERROR, STR("the memory for the index of contracts is full: a new version is not kept"));
		return;
	}
	for (size_t i = c->kept_count; i-- > 0;)
		if (is_of(&c->kept[i], service, version)) {
			n++;
			oldest = i;
		}
	if (n > CONTRACTS_KEPT_MAX)
		forget(c, oldest);
	contracts_index_write(c);
}
