/* The table of trace summaries (traces.h). */
#include "store/traces.h"
#include "base/check.h"
#include "model/call.h"

void trace_table_init(struct trace_table *t, size_t memory)
{
	map_init(&t->map, TRACE_TABLE_MAX);
	arena_init(&t->arena, memory);
}

void trace_table_release(struct trace_table *t)
{
	map_release(&t->map);
	arena_release(&t->arena);
}

static struct str id_key(const struct trace_id *id) { return (struct str){ (const char *)id->b, sizeof(id->b) }; }

struct trace_part *trace_table_get(const struct trace_table *t, const struct trace_id *id) { return map_get(&t->map, id_key(id)); }
void trace_table_remove(struct trace_table *t, const struct trace_id *id) { map_remove(&t->map, id_key(id)); }

static struct trace_part *entry(struct trace_table *t, const struct trace_id *id)
{
	struct trace_part *p = trace_table_get(t, id);
	if (p)
		return p;
	p = ARENA_NEW(&t->arena, struct trace_part);
	if (!p)
		return NULL;
	p->id = *id;
	return map_put(&t->map, id_key(&p->id), p) ? p : NULL;
}

static bool add_service(struct trace_table *t, struct trace_part *p, struct str name)
{
	name = str_sub(name, 0, TRACE_MAX_NAME);
	for (size_t i = 0; i < p->service_count; i++)
		if (str_eq(p->services[i], name))
			return true;
	if (p->service_count >= TRACE_MAX_SERVICES)
		return true;
	struct str copy = arena_str(&t->arena, name);
	if (!copy.p || !ARENA_PUSH_ROOM(&t->arena, p->services, p->service_count, p->service_room))
		return false;
	p->services[p->service_count++] = copy;
	return true;
}

/* A span without parent beats the earliest span; among equals the earlier. */
static bool better_root(const struct trace_part *old, bool rooted, int64_t start)
{
	if (old->spans == 0 || rooted != old->rooted)
		return old->spans == 0 || rooted;
	return start < old->root_start;
}

static bool set_root(struct trace_table *t, struct trace_part *p, const struct trace_part *from)
{
	if (!better_root(p, from->rooted, from->root_start))
		return true;
	struct str service = arena_str(&t->arena, str_sub(from->root_service, 0, TRACE_MAX_NAME));
	struct str name = arena_str(&t->arena, str_sub(from->root_name, 0, TRACE_MAX_NAME));
	if (!service.p || !name.p)
		return false;
	p->rooted = from->rooted;
	p->root_start = from->root_start;
	p->root_service = service;
	p->root_name = name;
	p->status = from->status;
	return true;
}

bool trace_table_merge(struct trace_table *t, const struct trace_part *from)
{
	struct trace_part *p = entry(t, &from->id);
	if (!p || !set_root(t, p, from))
		return false;
	if (p->spans == 0 || from->start < p->start)
		p->start = from->start;
	if (p->spans == 0 || from->end > p->end)
		p->end = from->end;
	p->spans += from->spans;
	p->errors += from->errors;
	p->matched |= from->matched;
	for (size_t i = 0; i < from->service_count; i++)
		if (!add_service(t, p, from->services[i]))
			return false;
	return true;
}

struct trace_part *trace_table_span(struct trace_table *t, struct str service, const struct row_parts *row)
{
	struct attrs it = row->attrs;
	struct attr a;
	struct trace_part p = { .id = row->head.trace, .start = row->head.time, .root_start = row->head.time, .spans = 1, .root_name = row->body };
	bool gateway = str_eq(service, STR(CALL_GATEWAY));
	while (attrs_next(&it, &a)) {
		if (a.value.type == VALUE_INT && str_eq(a.key, STR(CALL_STATUS)) && a.value.i >= 0 && a.value.i <= 999)
			p.status = (int32_t)a.value.i;
		else if (gateway && a.value.type == VALUE_STR && str_eq(a.key, STR(CALL_SERVICE)) && !str_empty(a.value.s))
			service = a.value.s;
	}
	p.root_service = service;
	p.services = &service;
	p.service_count = 1;
	p.end = row->head.time > INT64_MAX - row->duration ? INT64_MAX : row->head.time + row->duration;
	p.errors = row->head.status == SPAN_ERROR;
	p.rooted = span_id_is_zero(&row->parent);
	return trace_table_merge(t, &p) ? trace_table_get(t, &p.id) : NULL;
}

void trace_table_encode(const struct trace_table *t, struct buf *out)
{
	put_varint(out, t->map.count);
	for (uint32_t i = 0; i < t->map.count; i++) {
		const struct trace_part *p = t->map.entries[i].value;
		buf_add_bytes(out, p->id.b, sizeof(p->id.b));
		put_i64(out, p->start);
		put_varint(out, (uint64_t)p->end - (uint64_t)p->start);
		put_varint(out, p->spans);
		put_varint(out, p->errors);
		put_u8(out, p->rooted);
		put_varint(out, (uint64_t)p->root_start - (uint64_t)p->start);
		put_text(out, p->root_service);
		put_text(out, p->root_name);
		put_varint(out, (uint64_t)p->status);
		put_varint(out, p->service_count);
		for (size_t k = 0; k < p->service_count; k++)
			put_text(out, p->services[k]);
	}
}

bool trace_decode(struct bytes *r, struct trace_part *p, struct str services[TRACE_MAX_SERVICES])
{
	*p = (struct trace_part){ .services = services };
	take_raw(r, p->id.b, sizeof(p->id.b));
	p->start = take_i64(r);
	p->end = (int64_t)((uint64_t)p->start + take_varint(r));
	p->spans = (uint32_t)take_varint(r);
	p->errors = (uint32_t)take_varint(r);
	p->rooted = take_u8(r) != 0;
	p->root_start = (int64_t)((uint64_t)p->start + take_varint(r));
	p->root_service = take_text(r);
	p->root_name = take_text(r);
	p->status = (int32_t)(take_varint(r) % 1000);
	uint64_t n = take_varint(r);
	if (n > TRACE_MAX_SERVICES || p->spans == 0)
		r->bad = true;
	for (uint64_t i = 0; i < n && !r->bad; i++)
		services[p->service_count++] = take_text(r);
	return !r->bad;
}
