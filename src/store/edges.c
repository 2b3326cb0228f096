/* The table of call counts (edges.h). */
#include "store/edges.h"
#include "base/check.h"
#include "base/time.h"
#include "model/call.h"

void edge_table_init(struct edge_table *t, uint32_t limit)
{
	*t = (struct edge_table){ .limit = limit };
	map_init(&t->map, limit + 64);
	arena_init(&t->arena, EDGE_ARENA);
}

void edge_table_release(struct edge_table *t)
{
	for (uint32_t i = 0; i < t->map.count; i++)
		hist_release(&((struct edge *)t->map.entries[i].value)->durations);
	map_release(&t->map);
	arena_release(&t->arena);
}

uint64_t edge_table_size(const struct edge_table *t) { return t->arena.used; }

/* The key's bytes in out; names are cut so that it fits. */
static struct str encode_key(const struct edge *e, uint8_t out[8 + 4 * (EDGE_MAX_NAME + 1)])
{
	const struct str *names[] = { &e->caller, &e->callee, &e->api, &e->operation };
	size_t n = 8;
	store_le(out, (uint64_t)e->bucket, 8);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct str s = str_sub(*names[i], 0, EDGE_MAX_NAME);
		out[n++] = (uint8_t)s.len;
		if (s.len)
			memcpy(out + n, s.p, s.len);
		n += s.len;
	}
	return (struct str){ (const char *)out, n };
}

/* The entry's names are those inside its key. */
static void names_from_key(struct edge *e, struct str key)
{
	struct str *names[] = { &e->caller, &e->callee, &e->api, &e->operation };
	size_t at = 8;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		size_t len = (uint8_t)key.p[at++];
		*names[i] = str_sub(key, at, at + len);
		at += len;
	}
}

static struct edge *insert(struct edge_table *t, const struct edge *like, struct str key)
{
	struct edge *e = ARENA_NEW(&t->arena, struct edge);
	struct str copy = arena_str(&t->arena, key);
	if (!e || !copy.p || !map_put(&t->map, copy, e))
		return NULL;
	e->bucket = like->bucket;
	names_from_key(e, copy);
	hist_init(&e->durations);
	return e;
}

static struct edge *entry(struct edge_table *t, const struct edge *like)
{
	uint8_t space[8 + 4 * (EDGE_MAX_NAME + 1)];
	struct str key = encode_key(like, space);
	struct edge *e = map_get(&t->map, key);
	if (e)
		return e;
	if (t->map.count < t->limit)
		return insert(t, like, key);
	struct edge folded = *like;
	bool names = str_eq(like->operation, STR(EDGE_OTHER));
	folded.operation = STR(EDGE_OTHER);
	if (names)
		folded.caller = folded.callee = folded.api = STR(EDGE_OTHER);
	if (names && str_eq(like->caller, STR(EDGE_OTHER)))
		return insert(t, like, key);
	return entry(t, &folded);
}

static void count_status(struct edge_table *t, struct edge *e, int32_t status, uint64_t n)
{
	for (size_t i = 0; i < e->status_count; i++)
		if (e->statuses[i].status == status) {
			e->statuses[i].count += n;
			return;
		}
	if (e->status_count < EDGE_MAX_STATUSES && ARENA_PUSH_ROOM(&t->arena, e->statuses, e->status_count, e->status_room))
		e->statuses[e->status_count++] = (struct edge_count){ .status = status, .count = n };
	else if (e->status_count)
		e->statuses[e->status_count - 1].count += n;
}

static void count_reason(struct edge_table *t, struct edge *e, struct str reason, uint64_t n)
{
	reason = str_sub(reason, 0, EDGE_MAX_NAME);
	for (size_t i = 0; i < e->reason_count; i++)
		if (str_eq(e->reasons[i].reason, reason)) {
			e->reasons[i].count += n;
			return;
		}
	struct str copy = e->reason_count < EDGE_MAX_REASONS ? arena_str(&t->arena, reason) : (struct str){ NULL, 0 };
	if (copy.p && ARENA_PUSH_ROOM(&t->arena, e->reasons, e->reason_count, e->reason_room))
		e->reasons[e->reason_count++] = (struct edge_count){ .reason = copy, .count = n };
	else if (e->reason_count)
		e->reasons[e->reason_count - 1].count += n;
}

static void keep_exemplars(struct edge *e, const struct edge *from)
{
	if (from->slow_ns > e->slow_ns || trace_id_is_zero(&e->slow)) {
		e->slow_ns = from->slow_ns;
		e->slow = from->slow;
	}
	if (!trace_id_is_zero(&from->failed) && (from->failed_at >= e->failed_at || trace_id_is_zero(&e->failed))) {
		e->failed_at = from->failed_at;
		e->failed = from->failed;
	}
	if (from->last > e->last || e->calls == 0)
		e->last = from->last;
}

bool edge_table_add(struct edge_table *t, const struct edge *key, const struct edge *from)
{
	struct edge *e = entry(t, key);
	if (!e)
		return false;
	keep_exemplars(e, from);
	e->calls += from->calls;
	e->errors += from->errors;
	e->started += from->started;
	e->restarted += from->restarted;
	for (size_t i = 0; i < from->status_count; i++)
		count_status(t, e, from->statuses[i].status, from->statuses[i].count);
	for (size_t i = 0; i < from->reason_count; i++)
		count_reason(t, e, from->reasons[i].reason, from->reasons[i].count);
	return hist_merge(&e->durations, &from->durations);
}

/* --- one span ------------------------------------------------------------------------------------------------------------------------ */

struct call { struct str caller, callee, api, origin, reason; int64_t status; };

static bool read_call(struct row_parts *p, struct call *c)
{
	struct attr a;
	*c = (struct call){ .caller = STR(""), .callee = STR(""), .api = STR(""), .origin = STR(""), .reason = STR("") };
	while (attrs_next(&p->attrs, &a)) {
		if (a.value.type == VALUE_INT && str_eq(a.key, STR(CALL_STATUS)))
			c->status = a.value.i;
		else if (a.value.type != VALUE_STR)
			continue;
		else if (str_eq(a.key, STR(CALL_CALLER)))
			c->caller = a.value.s;
		else if (str_eq(a.key, STR(CALL_SERVICE)))
			c->callee = a.value.s;
		else if (str_eq(a.key, STR(CALL_API)))
			c->api = a.value.s;
		else if (str_eq(a.key, STR(CALL_ORIGIN)))
			c->origin = a.value.s;
		else if (str_eq(a.key, STR(CALL_REASON)))
			c->reason = a.value.s;
	}
	return !str_empty(c->caller) && !str_empty(c->callee);
}

void edge_table_span(struct edge_table *t, struct str service, struct str row)
{
	struct row_parts p;
	struct call c;
	if (!str_eq(service, STR(CALL_GATEWAY)) || !row_parts(row, &p) || p.head.kind != ROW_SPAN || !read_call(&p, &c))
		return;
	const struct edge key = { .bucket = time_floor(p.head.time, EDGE_BUCKET), .caller = c.caller, .callee = c.callee, .api = c.api, .operation = p.body };
	struct edge *e = entry(t, &key);
	if (!e)
		return;
	bool failed = p.head.status == SPAN_ERROR;
	struct edge one = { .last = p.head.time, .slow_ns = p.duration, .slow = p.head.trace, .failed_at = p.head.time };
	if (failed)
		one.failed = p.head.trace;
	keep_exemplars(e, &one);
	e->calls++;
	e->errors += failed;
	e->started += str_eq(c.origin, STR(CALL_STARTED));
	e->restarted += str_eq(c.origin, STR(CALL_RESTARTED));
	count_status(t, e, c.status >= 0 && c.status <= 999 ? (int32_t)c.status : 0, 1);
	if (!str_empty(c.reason))
		count_reason(t, e, c.reason, 1);
	hist_add(&e->durations, (uint64_t)p.duration);
}

/* --- sections ------------------------------------------------------------------------------------------------------------------------ */

static void encode(const struct edge *e, struct buf *out)
{
	put_i64(out, e->bucket);
	put_text(out, e->caller);
	put_text(out, e->callee);
	put_text(out, e->api);
	put_text(out, e->operation);
	put_varint(out, e->calls);
	put_varint(out, e->errors);
	put_varint(out, e->started);
	put_varint(out, e->restarted);
	put_i64(out, e->last);
	put_i64(out, e->slow_ns);
	buf_add_bytes(out, e->slow.b, sizeof(e->slow.b));
	put_i64(out, e->failed_at);
	buf_add_bytes(out, e->failed.b, sizeof(e->failed.b));
	put_varint(out, e->status_count);
	for (size_t i = 0; i < e->status_count; i++) {
		put_varint(out, (uint64_t)e->statuses[i].status);
		put_varint(out, e->statuses[i].count);
	}
	put_varint(out, e->reason_count);
	for (size_t i = 0; i < e->reason_count; i++) {
		put_text(out, e->reasons[i].reason);
		put_varint(out, e->reasons[i].count);
	}
	hist_encode(&e->durations, out);
}

void edge_table_encode(const struct edge_table *t, struct buf *out)
{
	put_varint(out, t->map.count);
	for (uint32_t i = 0; i < t->map.count; i++)
		encode(t->map.entries[i].value, out);
}

static void take_counts(struct bytes *r, struct edge *e, struct edge_space *space)
{
	e->statuses = space->statuses;
	e->reasons = space->reasons;
	uint64_t n = take_varint(r);
	if (n > EDGE_MAX_STATUSES)
		r->bad = true;
	for (uint64_t i = 0; i < n && !r->bad; i++) {
		uint64_t status = take_varint(r);
		e->statuses[e->status_count++] = (struct edge_count){ .status = (int32_t)(status % 1000), .count = take_varint(r) };
	}
	n = take_varint(r);
	if (n > EDGE_MAX_REASONS)
		r->bad = true;
	for (uint64_t i = 0; i < n && !r->bad; i++) {
		struct str reason = take_text(r);
		e->reasons[e->reason_count++] = (struct edge_count){ .reason = reason, .count = take_varint(r) };
	}
}

bool edge_decode(struct bytes *r, struct edge *e, struct edge_space *space)
{
	struct hist durations = e->durations;
	*e = (struct edge){ .durations = durations };
	e->bucket = take_i64(r);
	e->caller = take_text(r);
	e->callee = take_text(r);
	e->api = take_text(r);
	e->operation = take_text(r);
	e->calls = take_varint(r);
	e->errors = take_varint(r);
	e->started = take_varint(r);
	e->restarted = take_varint(r);
	e->last = take_i64(r);
	e->slow_ns = take_i64(r);
	take_raw(r, e->slow.b, sizeof(e->slow.b));
	e->failed_at = take_i64(r);
	take_raw(r, e->failed.b, sizeof(e->failed.b));
	take_counts(r, e, space);
	if (r->bad)
		return false;
	struct str rest = { (const char *)r->p, bytes_left(r) };
	if (!hist_decode(&e->durations, &rest)) {
		r->bad = true;
		return false;
	}
	r->p = (const uint8_t *)rest.p;
	return true;
}
