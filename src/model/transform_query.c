/* What of a transform is not in a body: which operation a call is, the path and the query that the provider sees, the status that the caller gets. */
#include "base/check.h"
#include "model/transform.h"

static bool is_slot(struct str part) { return part.len >= 3 && part.p[0] == '{' && part.p[part.len - 1] == '}'; }

/* The number of literal segments, or -1 where the path is another. */
static int match(struct str pattern, struct str path, struct transform_slots *slots)
{
	int literal = 0;
	slots->count = 0;
	while (pattern.p && path.p) {
		struct str want = str_split(&pattern, '/'), is = str_split(&path, '/');
		if (is_slot(want)) {
			if (is.len == 0)
				return -1;
			CHECK(slots->count < TRANSFORM_SLOTS_MAX);
			slots->values[slots->count++] = is;
		} else if (str_eq(want, is)) {
			literal++;
		} else {
			return -1;
		}
	}
	return pattern.p || path.p ? -1 : literal;
}

const struct transform_operation *transform_find(const struct transform *t, struct str method, struct str path, struct transform_slots *slots)
{
	const struct transform_operation *best = NULL;
	int most = -1;
	for (size_t i = 0; i < t->count; i++) {
		struct transform_slots now;
		if (!str_eq(t->operations[i].old_method, method))
			continue;
		int literal = match(t->operations[i].old_path, path, &now);
		if (literal > most) {
			most = literal;
			best = &t->operations[i];
			*slots = now;
		}
	}
	return best;
}

/* What stands for a parameter of the new path: parameters have the same name on both sides. */
static struct str slot_value(const struct transform_operation *op, const struct transform_slots *slots, struct str name)
{
	size_t n = 0;
	for (struct str rest = op->old_path; rest.p;) {
		struct str part = str_split(&rest, '/');
		if (!is_slot(part))
			continue;
		if (str_eq(part, name) && n < slots->count)
			return slots->values[n];
		n++;
	}
	UNREACHABLE(); /* the reader has seen to it */
}

void transform_target(const struct transform_operation *op, const struct transform_slots *slots, struct buf *out)
{
	bool first = true;
	for (struct str rest = op->new_path; rest.p; first = false) {
		struct str part = str_split(&rest, '/');
		if (!first)
			buf_char(out, '/');
		buf_add(out, is_slot(part) ? slot_value(op, slots, part) : part);
	}
}

int transform_answer_status(const struct transform_operation *op, int status)
{
	for (size_t i = 0; i < op->status_count; i++)
		if (op->status[i].from == status)
			return op->status[i].to;
	return status;
}

/* --- the query ----------------------------------------------------------------------------------------------------------------------------- */

/* One "name=value", both still escaped; bare: without '='. */
struct parameter { struct str name, value; bool bare; };
struct query { struct arena arena; struct parameter items[TRANSFORM_QUERY_MAX]; size_t count; };

static int hex_value(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

static struct str unescape(struct query *q, struct str s)
{
	char *out = arena_bytes(&q->arena, s.len + 1);
	size_t n = 0;
	for (size_t i = 0; out && i < s.len; i++) {
		int high = s.p[i] == '%' && i + 2 < s.len ? hex_value(s.p[i + 1]) : -1, low = high >= 0 ? hex_value(s.p[i + 2]) : -1;
		if (low >= 0) {
			out[n++] = (char)(high * 16 + low);
			i += 2;
		} else {
			out[n++] = s.p[i] == '+' ? ' ' : s.p[i];
		}
	}
	return str_from(out, out ? n : 0);
}

static struct str escape(struct query *q, struct str s)
{
	char *out = arena_bytes(&q->arena, 3 * s.len + 1);
	size_t n = 0;
	for (size_t i = 0; out && i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];
		bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.' || c == '~';
		if (plain) {
			out[n++] = (char)c;
		} else {
			out[n++] = '%';
			out[n++] = "0123456789ABCDEF"[c >> 4];
			out[n++] = "0123456789ABCDEF"[c & 15];
		}
	}
	return str_from(out, out ? n : 0);
}

static bool has_name(struct query *q, const struct parameter *p, struct str name) { return str_eq(p->name, name) || str_eq(unescape(q, p->name), name); }

static void drop(struct query *q, struct str name)
{
	size_t kept = 0;
	for (size_t i = 0; i < q->count; i++)
		if (!has_name(q, &q->items[i], name))
			q->items[kept++] = q->items[i];
	q->count = kept;
}

static size_t count_of(struct query *q, struct str name)
{
	size_t n = 0;
	for (size_t i = 0; i < q->count; i++)
		n += has_name(q, &q->items[i], name);
	return n;
}

/* An array is a parameter that is repeated. */
static bool add(struct query *q, struct str name, const struct json *v)
{
	if (v->type == JSON_ARRAY) {
		for (uint32_t i = 0; i < v->count; i++)
			if (v->items[i].type == JSON_ARRAY || !add(q, name, &v->items[i]))
				return false;
		return true;
	}
	struct str text = transform_scalar(&q->arena, v);
	if (q->count == TRANSFORM_QUERY_MAX || !text.p)
		return false;
	q->items[q->count++] = (struct parameter){ escape(q, name), escape(q, text), false };
	return true;
}

static void rename_all(struct query *q, struct str from, struct str to)
{
	drop(q, to);
	for (size_t i = 0; i < q->count; i++)
		if (has_name(q, &q->items[i], from))
			q->items[i].name = escape(q, to);
}

static void map_all(struct query *q, const struct transform_step *s, struct str name)
{
	for (size_t i = 0; i < q->count; i++) {
		struct parameter *p = &q->items[i];
		if (!has_name(q, p, name))
			continue;
		const struct json *to = s->value;
		struct str is = unescape(q, p->value);
		for (size_t k = 0; k < s->pairs_count; k++)
			if (str_eq(s->pairs[k].from, is))
				to = s->pairs[k].to;
		struct str text = to ? transform_scalar(&q->arena, to) : (struct str){ NULL, 0 };
		if (text.p) {
			p->value = escape(q, text);
			p->bare = false;
		}
	}
}

static bool step(struct query *q, const struct transform_step *s)
{
	struct str name = s->at.parts[0].name;
	switch (s->verb) {
	case TRANSFORM_RENAME:
		rename_all(q, name, s->to.parts[0].name);
		return true;
	case TRANSFORM_DEFAULT:
		return count_of(q, name) > 0 || add(q, name, s->value);
	case TRANSFORM_SET:
		drop(q, name);
		return add(q, name, s->value);
	case TRANSFORM_REMOVE:
		drop(q, name);
		return true;
	case TRANSFORM_MAP:
		map_all(q, s, name);
		return true;
	default:
		UNREACHABLE(); /* the reader takes no other step of a query */
	}
}

static bool read_query(struct query *q, struct str text)
{
	while (text.p) {
		struct str value = str_split(&text, '&');
		if (value.len == 0)
			continue;
		struct str name = str_split(&value, '=');
		if (q->count == TRANSFORM_QUERY_MAX)
			return false;
		q->items[q->count++] = (struct parameter){ name, value, value.p == NULL };
	}
	return true;
}

bool transform_query(const struct transform_steps *s, struct str text, struct buf *out)
{
	struct query q;
	q.count = 0;
	arena_init(&q.arena, 4 << 20);
	bool ok = text.len == 0 || read_query(&q, text);
	for (size_t i = 0; i < s->count && ok; i++)
		ok = step(&q, &s->items[i]);
	ok = ok && !q.arena.full;
	for (size_t i = 0; i < q.count && ok; i++) {
		if (i > 0)
			buf_char(out, '&');
		buf_add(out, q.items[i].name);
		if (!q.items[i].bare) {
			buf_char(out, '=');
			buf_add(out, q.items[i].value);
		}
	}
	arena_release(&q.arena);
	return ok && buf_ok(out);
}
