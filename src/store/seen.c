/* Services that sent something (seen.h). */
#include "store/seen.h"

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

void seen_table_add(struct seen_table *t, const struct seen *s)
{
	uint8_t space[8 + EDGE_MAX_NAME];
	struct str name = str_sub(s->service, 0, EDGE_MAX_NAME);
	store_le(space, (uint64_t)s->bucket, 8);
	memcpy(space + 8, name.p ? name.p : "", name.len);
	struct str key = { (const char *)space, 8 + name.len };
	struct seen *e = map_get(&t->map, key);
	if (!e && t->map.count >= SEEN_MAX_KEYS && !str_eq(name, STR(EDGE_OTHER))) {
		struct seen other = *s;
		other.service = STR(EDGE_OTHER);
		seen_table_add(t, &other);
		return;
	}
	if (!e) {
		struct str copy = arena_str(&t->arena, key);
		e = ARENA_NEW(&t->arena, struct seen);
		if (!copy.p || !e || !map_put(&t->map, copy, e))
			return;
		e->bucket = s->bucket;
		e->service = str_skip(copy, 8);
		e->last = s->last;
	}
	e->records += s->records;
	e->spans += s->spans;
	if (s->last > e->last)
		e->last = s->last;
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
