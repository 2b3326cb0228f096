/* Any bytes as bodies of issues, parted by 0xff; the first byte of each says whether it is open. What is done to them leaves nothing to be done, text of people as it was, and of each service at most
 * one issue that is open. */
#include "base/check.h"
#include "catalog/workitems/workitems.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
enum { ITEMS = 64, SERVICES = 4 };

static const struct work_service services[SERVICES] = {
	{ .id = STR_INIT("stock"), .name = STR_INIT("stock"), .owner = STR_INIT(""), .reasons = 1u << ORPHAN_NO_OWNER },
	{ .id = STR_INIT("till"), .name = STR_INIT("<!-- /pleach:till -->\n@all"), .owner = STR_INIT("gone"), .reasons = 1u << ORPHAN_INACTIVE_OWNER | 1u << ORPHAN_ABANDONED, .callers = 3, .next_owner = STR_INIT("-->"), .next_why = STR_INIT("\r\n<!-- pleach:a -->") },
	{ .id = STR_INIT("ledger"), .name = STR_INIT("ledger"), .owner = STR_INIT("billing"), .reasons = 0 },
	{ .id = STR_INIT("a b-->"), .name = STR_INIT("ü"), .owner = STR_INIT(""), .reasons = 1u << ORPHAN_STRANGER },
};

/* All that stood before and behind a block stands there still. */
static void check_kept(const struct work_item *item, const struct work_step *s)
{
	struct work_block b = work_block_find(item->body);
	CHECK(str_starts(s->body, str_sub(item->body, 0, b.from)) && str_ends(s->body, str_skip(item->body, b.to)));
}

static size_t apply(struct arena *a, struct work_item *items, size_t count, const struct work_plan *p)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct work_step *s = &p->steps[i];
		if (s->action == WORK_RAISE) {
			items[count] = (struct work_item){ arena_printf(a, "%zu", count), STR(""), s->body, true };
			count++;
			continue;
		}
		struct work_item *item = &items[s->item - items];
		check_kept(item, s);
		item->body = s->body;
		item->open = s->action == WORK_REOPEN || (item->open && s->action != WORK_CLOSE && s->action != WORK_DUPLICATE);
	}
	return count;
}

static void check(struct arena *a, const struct work_item *items, size_t count)
{
	for (size_t k = 0; k < SERVICES; k++) {
		size_t open = 0;
		for (size_t i = 0; i < count; i++) {
			struct work_block b = work_block_find(items[i].body);
			struct str id = b.key.len ? work_key_id(a, STR(""), b.key) : STR("");
			open += items[i].open && id.p && str_eq(id, services[k].id);
		}
		CHECK(open <= (services[k].reasons ? 1 : 0));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	struct work_item items[ITEMS + SERVICES];
	struct work_plan p;
	struct work_catalogue c = { .services = services, .count = SERVICES, .scope = STR(""), .whole = true };
	size_t count = 0;
	arena_init(&a, 64 << 20);
	for (size_t from = 0, end; from < size && size < 65536 && count < ITEMS; from = end + 1) {
		for (end = from; end < size && data[end] != 0xff; end++)
			;
		struct str body = str_from((const char *)data + from + 1, end > from ? end - from - 1 : 0);
		if (end > from && work_is_ours(body, STR("")))
			items[count] = (struct work_item){ arena_printf(&a, "%zu", count), STR(""), body, data[from] & 1 }, count++;
	}
	CHECK(work_plan(&a, &c, items, count, &p));
	count = apply(&a, items, count, &p);
	check(&a, items, count);
	/* A duplicate's text may have had a second block in it, which counts now; there are no more of these than bytes. */
	for (size_t i = 0; i < ITEMS; i++) {
		CHECK(work_plan(&a, &c, items, count, &p));
		if (!p.count)
			break;
		CHECK(count + SERVICES <= ARRAY_LEN(items) || !p.count || p.steps[0].action != WORK_RAISE);
		count = apply(&a, items, count, &p);
		check(&a, items, count);
	}
	arena_release(&a);
	return 0;
}
