/* What a pact means, apart from how it was written: its identity, the ids of its interactions, and two in one.
 *
 * Identity is made of the specification's version and of the interactions, whatever their order and that of members; not of names, of metadata about the
 * tools, and of what a broker adds. So a consumer's new version with the same expectations has the same content, and what verified it counts. */
#include "base/sha256.h"
#include "contract/broker/broker_impl.h"
#include <stdlib.h>

const struct str content_lists[CONTENT_LISTS] = { STR_INIT("interactions"), STR_INIT("messages") };
enum { CANONICAL_MAX = 64 << 20 };

static int member_order(const void *a, const void *b) { return str_cmp((*(const struct json_member *const *)a)->key, (*(const struct json_member *const *)b)->key); }
static int text_order(const void *a, const void *b) { return str_cmp(*(const struct str *)a, *(const struct str *)b); }

static bool added(struct str key) { return str_eq(key, STR("_id")) || str_eq(key, STR("_links")); }

/* Members sorted; of equal keys the last counts. JSON_MAX_DEPTH bounds the recursion. */
static bool canonical(struct arena *a, struct json_out *o, const struct json *j, bool top)
{
	if (j->type == JSON_ARRAY) {
		json_out_array(o);
		for (uint32_t i = 0; i < j->count; i++)
			if (!canonical(a, o, &j->items[i], false))
				return false;
		json_out_end(o);
		return true;
	}
	if (j->type == JSON_DOUBLE && j->d > -9e15 && j->d < 9e15 && (double)(int64_t)j->d == j->d) {
		json_out_i64(o, (int64_t)j->d); /* 1.0 is written as 1 by some clients */
		return true;
	}
	if (j->type != JSON_OBJECT) {
		json_out_value(o, j);
		return true;
	}
	const struct json_member **sorted = ARENA_ARRAY(a, j->count ? j->count : 1, const struct json_member *);
	if (!sorted)
		return false;
	for (uint32_t i = 0; i < j->count; i++)
		sorted[i] = &j->members[i];
	qsort(sorted, j->count, sizeof(*sorted), member_order);
	json_out_object(o);
	for (uint32_t i = 0; i < j->count; i++) {
		if ((i && str_eq(sorted[i]->key, sorted[i - 1]->key)) || (top && added(sorted[i]->key)))
			continue;
		json_out_key(o, sorted[i]->key);
		if (!canonical(a, o, json_get(j, sorted[i]->key), false))
			return false;
	}
	json_out_end(o);
	return true;
}

static bool too_much(struct call *c) { return broker_fault(c, 413, "the pact has more in it than fits into the memory for one request"); }

static bool canonical_text(struct call *c, struct arena *a, const struct json *j, struct str *text)
{
	struct buf b;
	struct json_out o;
	buf_init(&b, CANONICAL_MAX);
	json_out_init(&o, &b);
	bool ok = canonical(a, &o, j, true) && buf_ok(&b);
	*text = ok ? arena_str(a, buf_str(&b)) : STR("");
	buf_release(&b);
	return (ok && text->p) || too_much(c);
}

static bool hex(struct call *c, struct str text, char sha[SHA_HEX])
{
	char whole[SHA256_HEX];
	if (!sha256_hex(whole, text))
		return broker_fault(c, 503, "no memory");
	memcpy(sha, whole, SHA_HEX);
	return true;
}

/* The version as a text: 2.0.0, "2", and where old tools put it. */
static struct str specification(const struct json *pact)
{
	const struct json *m = json_get(pact, STR("metadata")), *spec = json_get(m, STR("pactSpecification"));
	if (!spec)
		spec = json_get(m, STR("pact-specification"));
	return json_get_str(spec, STR("version"), json_get_str(m, STR("pactSpecificationVersion"), STR("")));
}

static bool all_sorted(struct call *c, struct arena *a, const struct json *pact, struct buf *b)
{
	for (size_t k = 0; k < CONTENT_LISTS; k++) {
		const struct json *list = json_get(pact, content_lists[k]);
		if (!list || list->type != JSON_ARRAY)
			continue;
		struct str *texts = ARENA_ARRAY(a, list->count ? list->count : 1, struct str);
		if (!texts)
			return too_much(c);
		for (uint32_t i = 0; i < list->count; i++)
			if (!canonical_text(c, a, &list->items[i], &texts[i]))
				return false;
		qsort(texts, list->count, sizeof(*texts), text_order);
		buf_add(b, content_lists[k]);
		for (uint32_t i = 0; i < list->count; i++) {
			buf_char(b, '\n');
			buf_add(b, texts[i]);
		}
	}
	return buf_ok(b) || too_much(c);
}

bool content_sha(struct call *c, const struct json *pact, char sha[SHA_HEX])
{
	struct arena a;
	struct buf b;
	arena_init(&a, 4u * CANONICAL_MAX);
	buf_init(&b, CANONICAL_MAX);
	buf_add(&b, specification(pact));
	buf_char(&b, '\n');
	bool ok = all_sorted(c, &a, pact, &b) && hex(c, buf_str(&b), sha);
	buf_release(&b);
	arena_release(&a);
	return ok;
}

/* --- as it is answered -------------------------------------------------------------------------------------------------------------------------------------- */

static void interaction(struct call *c, struct arena *a, const struct json *j)
{
	char sha[SHA_HEX];
	struct str text;
	if (j->type != JSON_OBJECT) {
		json_out_value(&c->json, j);
		return;
	}
	json_out_object(&c->json);
	if (canonical_text(c, a, j, &text) && hex(c, text, sha))
		json_kv_str(&c->json, "_id", str_from(sha, SHA_HEX));
	for (uint32_t i = 0; i < j->count && !c->failed; i++) {
		if (added(j->members[i].key))
			continue;
		json_out_key(&c->json, j->members[i].key);
		json_out_value(&c->json, &j->members[i].value);
	}
	if (!c->failed)
		json_out_end(&c->json);
}

static bool is_list(struct str key) { return str_eq(key, content_lists[0]) || str_eq(key, content_lists[1]); }

void content_members(struct call *c, const struct json *pact)
{
	struct arena a;
	arena_init(&a, 4u * CANONICAL_MAX);
	for (uint32_t i = 0; i < pact->count && !c->failed; i++) {
		const struct json_member *m = &pact->members[i];
		if (added(m->key) || str_eq(m->key, STR("createdAt")))
			continue;
		json_out_key(&c->json, m->key);
		if (!is_list(m->key) || m->value.type != JSON_ARRAY) {
			json_out_value(&c->json, &m->value);
			continue;
		}
		json_out_array(&c->json);
		for (uint32_t k = 0; k < m->value.count && !c->failed; k++)
			interaction(c, &a, &m->value.items[k]);
		if (!c->failed)
			json_out_end(&c->json);
	}
	arena_release(&a);
}

struct str content_text(struct call *c, const struct content *k)
{
	struct str text = { 0 };
	sqlite3_stmt *s = broker_query(c, "SELECT text FROM contents WHERE id = ?", "i", k->id);
	if (broker_row(c, s)) {
		text = broker_column(c->arena, s, 0);
		if (!text.p)
			too_much(c);
	} else {
		broker_fault(c, 503, "the pact's text is not in the broker's file any more");
	}
	broker_end(s);
	return text;
}

/* --- two in one ---------------------------------------------------------------------------------------------------------------------------------------------- */

static bool same(struct call *c, struct arena *a, const struct json *x, const struct json *y, bool *equal)
{
	struct str p = STR("null"), q = STR("null");
	if ((x && !canonical_text(c, a, x, &p)) || (y && !canonical_text(c, a, y, &q)))
		return false;
	*equal = str_eq(p, q);
	return true;
}

/* An interaction is named by its description and the provider's states. */
static bool named_alike(struct call *c, struct arena *a, const struct json *x, const struct json *y, bool *alike)
{
	bool states, state;
	*alike = str_eq(json_get_str(x, STR("description"), STR("")), json_get_str(y, STR("description"), STR("")));
	if (!*alike)
		return true;
	if (!same(c, a, json_get(x, STR("providerStates")), json_get(y, STR("providerStates")), &states) ||
	    !same(c, a, json_get(x, STR("providerState")), json_get(y, STR("providerState")), &state))
		return false;
	*alike = states && state;
	return true;
}

enum { MERGED_MAX = 4096 };

/* Writes those of `old` that are not in `next`; a fault where one is there with another content. */
static bool rest_of(struct call *c, struct arena *a, const struct json *old, const struct json *next, struct json_out *o)
{
	if (old->count > MERGED_MAX || next->count > MERGED_MAX)
		return broker_fault(c, 413, "pacts of more than %d interactions are not merged", MERGED_MAX);
	for (uint32_t i = 0; i < old->count; i++) {
		bool there = false;
		for (uint32_t k = 0; k < next->count && !there; k++) {
			bool equal;
			if (!named_alike(c, a, &old->items[i], &next->items[k], &there) || (there && !same(c, a, &old->items[i], &next->items[k], &equal)))
				return false;
			if (there && !equal)
				return broker_fault(c, 409, "the pacts cannot be merged: the interaction \"%.*s\" is in both, with the same provider states and another content",
						    STR_FMT(json_get_str(&old->items[i], STR("description"), STR(""))));
		}
		if (!there)
			json_out_value(o, &old->items[i]);
	}
	return true;
}

bool content_merge(struct call *c, const struct json *old, const struct json *next, struct str *text)
{
	static const struct json none = { .type = JSON_ARRAY };
	struct arena a;
	struct buf b;
	struct json_out o;
	bool ok = true;
	arena_init(&a, 4u * CANONICAL_MAX);
	buf_init(&b, 2 * BROKER_PACT_MAX);
	json_out_init(&o, &b);
	json_out_object(&o);
	for (uint32_t i = 0; i < next->count; i++) {
		if (is_list(next->members[i].key))
			continue;
		json_out_key(&o, next->members[i].key);
		json_out_value(&o, &next->members[i].value);
	}
	for (size_t k = 0; k < CONTENT_LISTS && ok; k++) {
		const struct json *x = json_get(old, content_lists[k]), *y = json_get(next, content_lists[k]);
		x = x && x->type == JSON_ARRAY ? x : &none;
		y = y && y->type == JSON_ARRAY ? y : &none;
		if (!x->count && !y->count)
			continue;
		json_out_key(&o, content_lists[k]);
		json_out_array(&o);
		for (uint32_t i = 0; i < y->count; i++)
			json_out_value(&o, &y->items[i]);
		ok = rest_of(c, &a, x, y, &o);
		json_out_end(&o);
	}
	json_out_end(&o);
	if (ok && (!buf_ok(&b) || buf_str(&b).len > BROKER_PACT_MAX))
		ok = broker_fault(c, 413, "the merged pact is larger than %d MiB", BROKER_PACT_MAX >> 20);
	if (ok) {
		*text = arena_str(c->arena, buf_str(&b));
		ok = text->p || too_much(c);
	}
	buf_release(&b);
	arena_release(&a);
	return ok;
}
