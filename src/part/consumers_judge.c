/* Findings about consumers that have a contract and call what it does not name: nobody would know that a change breaks these calls until it does. Consumers without any
 * contract are no finding here: not everybody writes them. */
#include "part/consumers_impl.h"
#include "sys/sys.h"
#include <stdio.h>

enum { NAMED_MAX = 5 /* operations told of in a sentence */, JUDGE_MEMORY = 128 << 20, NAMED_INDEX_MAX = 1 << 20 };

struct beyond {
	struct map named;            /* "consumer", and "consumer\noperation", that its contract names */
	int64_t from;
	uint64_t threshold;
	struct arena *a;
	struct caller_beyond { struct str consumer; struct str operations[NAMED_MAX]; size_t count; uint8_t trace[16]; int64_t last; } *callers;
	size_t count, capacity;
};

static struct str pair_key(struct arena *a, struct str consumer, struct str operation) { return arena_printf(a, "%.*s\n%.*s", STR_FMT(consumer), STR_FMT(operation)); }

static bool index_uses(struct beyond *b, const struct contract_use *uses, size_t n)
{
	bool ok = true;
	for (size_t i = 0; ok && i < n; i++) {
		struct str key = pair_key(b->a, uses[i].consumer, uses[i].operation);
		ok = key.p && map_put(&b->named, uses[i].consumer, b) && map_put(&b->named, key, b);
	}
	return ok;
}

static void seen(void *ctx, const struct usage_seen *s)
{
	struct beyond *b = ctx;
	struct caller_beyond *c = NULL;
	if (!s->operation.len || s->field.len || s->last_ms < b->from || s->calls < b->threshold || !map_get(&b->named, s->consumer))
		return;
	char key[2 * USAGE_TEXT_MAX + 1];
	int n = snprintf(key, sizeof(key), "%.*s\n%.*s", STR_FMT(s->consumer), STR_FMT(s->operation));
	if (n > 0 && (size_t)n < sizeof(key) && map_get(&b->named, str_from(key, (size_t)n)))
		return;
	for (size_t i = 0; i < b->count && !c; i++)
		c = str_eq(b->callers[i].consumer, s->consumer) ? &b->callers[i] : NULL;
	if (!c && ARENA_PUSH_ROOM(b->a, b->callers, b->count, b->capacity)) {
		c = &b->callers[b->count++];
		*c = (struct caller_beyond){ .consumer = s->consumer };
	}
	if (!c)
		return;
	if (c->count < NAMED_MAX)
		c->operations[c->count] = s->operation;
	c->count++;
	if (s->last_ms > c->last) {
		c->last = s->last_ms;
		memcpy(c->trace, s->trace, sizeof(c->trace));
	}
}

static void tell(const struct known_service *s, struct str version, const struct caller_beyond *c, struct arena *a, const struct finding_sink *to)
{
	struct buf names;
	char trace[32];
	buf_init(&names, 4096);
	for (size_t i = 0; i < c->count && i < NAMED_MAX; i++)
		buf_printf(&names, "%s%.*s", i ? ", " : "", STR_FMT(c->operations[i]));
	if (c->count > NAMED_MAX)
		buf_printf(&names, " and %zu more", c->count - NAMED_MAX);
	hex_encode(trace, c->trace, sizeof(c->trace));
	struct finding f = { .kind = FINDING_CALLS_BEYOND_CONTRACT, .service = c->consumer, .dependency = s->name, .trace = str_from(trace, sizeof(trace)),
			     .id = arena_printf(a, "calls-beyond-contract:%.*s:%.*s:%.*s", STR_FMT(c->consumer), STR_FMT(s->name), STR_FMT(version)),
			     .sentence = arena_printf(a, "%.*s calls %zu operation%s of %.*s %.*s that its contract does not name: %.*s", STR_FMT(c->consumer), c->count, c->count == 1 ? "" : "s", STR_FMT(s->name),
						      STR_FMT(version), STR_FMT(buf_str(&names))),
			     .remedy = arena_printf(a, "Add them to the contract: `pleach contract record %.*s %.*s` drafts interactions from calls.", STR_FMT(c->consumer), STR_FMT(s->name)) };
	buf_release(&names);
	to->add(to->ctx, &f);
}

static void judge_version(struct consumers *c, const struct known_service *s, const struct served *served, struct arena *a, const struct finding_sink *to)
{
	struct arena memory;
	struct contract_use *uses;
	size_t count;
	struct beyond b = { .from = sys_wall() / MSEC - c->window_ms, .threshold = c->threshold, .a = &memory };
	size_t n;
	const struct operation *operations = contracts_operations(c->contracts, s->name, served, &n);
	if (!n)
		return;
	arena_init(&memory, JUDGE_MEMORY);
	map_init(&b.named, NAMED_INDEX_MAX);
	if (consumers_contracts(c, s, operations, n, &memory, &uses, &count) && count && index_uses(&b, uses, count)) {
		usage_each(c->usage, s->name, served->version, b.from, seen, &b);
		for (size_t i = 0; i < b.count; i++)
			tell(s, served->version, &b.callers[i], a, to);
	}
	map_release(&b.named);
	arena_release(&memory);
}

void consumers_judge(void *consumers, const struct finding_sink *to)
{
	struct consumers *c = consumers;
	struct arena a;
	arena_init(&a, JUDGE_MEMORY);
	for (size_t i = 0; i < c->count && !usage_trouble(c->usage); i++)
		for (size_t k = 0; k < c->services[i].serves_count; k++)
			judge_version(c, &c->services[i], &c->services[i].serves[k], &a, to);
	arena_release(&a);
}
