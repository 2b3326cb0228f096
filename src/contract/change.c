/* The list of changes: adding, fingerprints, order, doubles. */
#include "contract/change.h"
#include "base/check.h"
#include <stdlib.h>

enum { CHANGES_BYTES = 1 << 30 };

void changes_init(struct changes *c)
{
	*c = (struct changes){ 0 };
	arena_init(&c->arena, CHANGES_BYTES);
}

void changes_release(struct changes *c) { arena_release(&c->arena); }

/* Of what stays when lines move. The parts are told apart by their lengths, so that no two tuples give the same bytes. */
static void fingerprint(struct change *x)
{
	const struct str parts[] = { change_infos[x->kind].format, change_infos[x->kind].name, x->subject, x->detail };
	uint64_t h = 0;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		uint64_t step[2] = { h ^ parts[i].len, str_hash(parts[i]) };
		h = str_hash(str_from((const char *)step, sizeof(step)));
	}
	for (size_t i = 0; i < sizeof(x->fingerprint); i++)
		x->fingerprint[i] = (uint8_t)(h >> (8 * i));
}

struct change *changes_add(struct changes *c, enum change_kind kind, struct str subject, struct str detail)
{
	CHECK(kind < CHANGE_KIND_COUNT);
	if (c->count == CHANGES_MAX || !ARENA_PUSH_ROOM(&c->arena, c->items, c->count, c->capacity)) {
		c->dropped++;
		return NULL;
	}
	struct change *x = &c->items[c->count++];
	*x = (struct change){ .kind = kind, .level = change_infos[kind].level, .categories = change_infos[kind].categories, .subject = subject, .detail = detail };
	x->witness.state = x->level == CHANGE_INFO ? WITNESS_NONE : WITNESS_UNPROVED;
	fingerprint(x);
	return x;
}

struct str changes_text(struct changes *c, const char *format, va_list args)
{
	struct buf b;
	buf_init(&b, CHANGE_TEXT_MAX);
	buf_vprintf(&b, format, args);
	struct str s = buf_ok(&b) ? arena_str(&c->arena, buf_str(&b)) : STR("…");
	buf_release(&b);
	return s;
}

void change_rules(struct changes *c, struct change *x, const enum rule_id *rules, size_t count)
{
	enum rule_id *copy = ARENA_ARRAY(&c->arena, count, enum rule_id);
	if (!copy || !count)
		return;
	memcpy(copy, rules, count * sizeof(*rules));
	x->rules = copy;
	x->rules_count = count;
}

static int place_order(const struct change *a, const struct change *b)
{
	const struct change_place *x = str_empty(a->new_place.file) ? &a->old_place : &a->new_place;
	const struct change_place *y = str_empty(b->new_place.file) ? &b->old_place : &b->new_place;
	int by_file = str_cmp(x->file, y->file);
	if (by_file)
		return by_file;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->column < y->column ? -1 : x->column > y->column;
}

static int severity_order(const void *left, const void *right)
{
	const struct change *a = left, *b = right;
	if (a->level != b->level)
		return a->level > b->level ? -1 : 1;
	int order = place_order(a, b);
	if (!order)
		order = memcmp(a->fingerprint, b->fingerprint, sizeof(a->fingerprint));
	if (!order)
		order = str_cmp(a->subject, b->subject);
	return order ? order : str_cmp(a->detail, b->detail);
}

static int same_order(const void *left, const void *right)
{
	const struct change *a = left, *b = right;
	int order = memcmp(a->fingerprint, b->fingerprint, sizeof(a->fingerprint));
	if (!order && a->kind != b->kind)
		order = a->kind < b->kind ? -1 : 1;
	if (!order)
		order = str_cmp(a->subject, b->subject);
	if (!order)
		order = str_cmp(a->detail, b->detail);
	return order ? order : severity_order(left, right);
}

static bool same_cause(const struct change *a, const struct change *b) { return a->kind == b->kind && str_eq(a->subject, b->subject) && str_eq(a->detail, b->detail); }

void changes_done(struct changes *c)
{
	if (!c->count)
		return;
	qsort(c->items, c->count, sizeof(*c->items), same_order);
	size_t kept = 1;
	for (size_t i = 1; i < c->count; i++)
		if (!same_cause(&c->items[kept - 1], &c->items[i]))
			c->items[kept++] = c->items[i];
	c->count = kept;
	qsort(c->items, c->count, sizeof(*c->items), severity_order);
}

size_t changes_at_least(const struct changes *c, enum change_level level)
{
	size_t n = 0;
	for (size_t i = 0; i < c->count; i++)
		n += c->items[i].level >= level;
	return n;
}

const char *change_level_name(enum change_level l)
{
	static const char *const names[] = { "info", "warning", "breaking" };
	return names[l];
}

const char *witness_state_name(enum witness_state s)
{
	static const char *const names[] = { "none", "unproved", "proved" };
	return names[s];
}

const char *use_verdict_name(enum use_verdict v)
{
	static const char *const names[] = { "not_seen", "no_data", "possible", "proved" };
	return names[v];
}
