/* Services that sent something (seen.h). */
#include "store/seen.h"
#include "store/scratch.h"

void seen_table_init(struct seen_table *t)
{
	map_init(&t->map, SEEN_MAX_KEYS + 1024);
	arena_init(&t->arena, EDGE_ARENA);
}

void seen_table_release(struct seen_table *t)
{
	map_release(&t->map);
	arena_release(&t->arena);
}

struct seen *seen_table_entry(struct seen_table *t, int64_t bucket, struct str service)
{
	SCRATCH uint8_t space[8 + EDGE_MAX_NAME];
	struct str name = str_sub(service, 0, EDGE_MAX_NAME);
	store_le(space, (uint64_t)bucket, 8);
	memcpy(space + 8, name.p ? name.p : "", name.len);
	struct str key = { (const char *)space, 8 + name.len };
	struct seen *e = map_get(&t->map, key);
	if (!e && t->map.count >= SEEN_MAX_KEYS && !str_eq(name, STR(EDGE_OTHER)))
		return seen_table_entry(t, bucket, STR(EDGE_OTHER));
	if (!e) {
		struct str copy = arena_str(&t->arena, key);
		e = ARENA_NEW(&t->arena, struct seen);
		if (!copy.p || !e || !map_put(&t->map, copy, e))
			return NULL;
		e->bucket = bucket;
		e->service = str_skip(copy, 8);
		e->last = INT64_MIN;
	}
	return e;
}

void seen_add(struct seen *e, uint64_t records, uint64_t spans, int64_t last)
{
	e->records += records;
	e->spans += spans;
	if (last > e->last)
		e->last = last;
}

void seen_table_add(struct seen_table *t, const struct seen *s)
{
	struct seen *e = seen_table_entry(t, s->bucket, s->service);
	if (e)
		seen_add(e, s->records, s->spans, s->last);
}

void seen_table_encode(const struct seen_table *t, struct buf *out)
{
	put_varint(out, t->map.count);
	for (uint32_t i = 0; i < t->map.count; i++) {
		const struct seen *e = t->map.entries[i].value;
		put_i64(out, e->bucket);
		put_text(out, e->service);
		put_varint(out, e->records);
		put_varint(out, e->spans);
		put_i64(out, e->last);
	}
}

bool seen_decode(struct bytes *r, struct seen *s)
{
	s->bucket = take_i64(r);
	s->service = take_text(r);
	s->records = take_varint(r);
	s->spans = take_varint(r);
	s->last = take_i64(r);
	return !r->bad;
}
