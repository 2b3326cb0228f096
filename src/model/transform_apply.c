/* Steps of a transform on a body (transform.h). The tree is copied first and then changed in place; a value that a step puts in is copied for each
 * place, so that no later step changes two places at once. What a step cannot apply to (a text where an object should be) stays as it is, but for
 * what lies in the way of something that is put: that is taken out. src/contract/versions/derive.c says the same of schemas; change both. */
#include "base/check.h"
#include "model/transform.h"
#include <math.h>

struct work {
	struct arena *arena;
	const struct transform_step *step;
};

/* --- trees ------------------------------------------------------------------------------------------------------------------------------- */

static bool copy(struct arena *a, const struct json *from, struct json *to)
{
	*to = *from;
	if (from->type == JSON_ARRAY) {
		to->items = ARENA_ARRAY(a, from->count + 1u, struct json);
		for (uint32_t i = 0; to->items && i < from->count; i++)
			if (!copy(a, &from->items[i], &to->items[i]))
				return false;
		return to->items != NULL;
	}
	if (from->type == JSON_OBJECT) {
		to->members = ARENA_ARRAY(a, from->count + 1u, struct json_member);
		for (uint32_t i = 0; to->members && i < from->count; i++) {
			to->members[i].key = from->members[i].key;
			if (!copy(a, &from->members[i].value, &to->members[i].value))
				return false;
		}
		return to->members != NULL;
	}
	return true;
}

static struct json *member(struct json *object, struct str key)
{
	if (object->type != JSON_OBJECT)
		return NULL;
	for (uint32_t i = object->count; i > 0; i--)
		if (str_eq(object->members[i - 1].key, key))
			return &object->members[i - 1].value;
	return NULL;
}

/* All of that name: of duplicates the last one holds, and none may come to light. */
static void take_out(struct json *object, struct str key)
{
	uint32_t kept = 0;
	if (object->type != JSON_OBJECT)
		return;
	for (uint32_t i = 0; i < object->count; i++)
		if (!str_eq(object->members[i].key, key))
			object->members[kept++] = object->members[i];
	object->count = kept;
}

static void put(struct work *w, struct json *object, struct str key, struct json value)
{
	struct json *there = member(object, key);
	if (there) {
		*there = value;
		return;
	}
	struct json_member *grown = ARENA_ARRAY(w->arena, object->count + 1u, struct json_member);
	if (!grown)
		return;
	for (uint32_t i = 0; i < object->count; i++)
		grown[i] = object->members[i];
	grown[object->count] = (struct json_member){ key, value };
	object->members = grown;
	object->count++;
}

/* The object that the last of `parts` (names) is a member of, below `at`. make: objects are made, and what is in their way replaced; else what is in
 * the way is taken out. NULL: not there. */
static struct json *parent(struct work *w, struct json *at, const struct transform_part *parts, size_t count, bool make)
{
	for (size_t i = 0; i + 1 < count; i++) {
		struct json *next = member(at, parts[i].name);
		if (next && next->type != JSON_OBJECT && !make) {
			take_out(at, parts[i].name);
			return NULL;
		}
		if (!next && !make)
			return NULL;
		if (!next || next->type != JSON_OBJECT) {
			put(w, at, parts[i].name, (struct json){ .type = JSON_OBJECT });
			next = member(at, parts[i].name);
		}
		if (!next)
			return NULL; /* the arena is full */
		at = next;
	}
	return at;
}

/* The same without touching anything. */
static struct json *look(struct json *at, const struct transform_part *parts, size_t count)
{
	for (size_t i = 0; at && i + 1 < count; i++)
		at = member(at, parts[i].name);
	return at && at->type == JSON_OBJECT ? at : NULL;
}

/* --- scalars ------------------------------------------------------------------------------------------------------------------------------ */

struct str transform_scalar(struct arena *a, const struct json *j)
{
	struct json_out o;
	struct buf b;
	if (j->type == JSON_STRING)
		return j->s;
	if (j->type == JSON_ARRAY || j->type == JSON_OBJECT)
		return (struct str){ NULL, 0 };
	buf_init(&b, 64);
	json_out_init(&o, &b);
	json_out_value(&o, j);
	struct str s = arena_str(a, buf_str(&b));
	buf_release(&b);
	return s;
}

static void map_value(struct work *w, struct json *v)
{
	struct str text = transform_scalar(w->arena, v);
	const struct json *to = w->step->value;
	for (size_t i = 0; text.p && i < w->step->pairs_count; i++)
		if (str_eq(w->step->pairs[i].from, text)) {
			to = w->step->pairs[i].to;
			break;
		}
	if (to)
		copy(w->arena, to, v);
}

static void convert_value(struct work *w, struct json *v)
{
	double d;
	int64_t i;
	bool number = v->type >= JSON_INT && v->type <= JSON_DOUBLE, boolean = v->type == JSON_TRUE || v->type == JSON_FALSE;
	if (!w->step->to_number && (number || boolean))
		*v = (struct json){ .type = JSON_STRING, .s = transform_scalar(w->arena, v) };
	else if (w->step->to_number && v->type == JSON_STRING && str_to_i64(v->s, &i))
		*v = (struct json){ .type = JSON_INT, .i = i };
	else if (w->step->to_number && v->type == JSON_STRING && str_to_f64(v->s, &d) && isfinite(d))
		*v = (struct json){ .type = JSON_DOUBLE, .d = d };
}

/* --- steps -------------------------------------------------------------------------------------------------------------------------------- */

static void move(struct work *w, struct json *at, const struct transform_part *from, size_t from_count, const struct transform_part *to, size_t to_count)
{
	struct json *source = look(at, from, from_count), *there = source ? member(source, from[from_count - 1].name) : NULL, value;
	if (there) {
		value = *there;
		take_out(source, from[from_count - 1].name);
	}
	struct json *target = parent(w, at, to, to_count, there != NULL);
	if (!target || target->type != JSON_OBJECT)
		return;
	if (there)
		put(w, target, to[to_count - 1].name, value);
	else
		take_out(target, to[to_count - 1].name);
}

static void split(struct work *w, struct json *object)
{
	const struct transform_step *s = w->step;
	struct str name = s->at.parts[s->at.count - 1].name;
	struct json *v = member(object, name);
	bool text = v && v->type == JSON_STRING;
	struct str rest = text ? v->s : STR("");
	take_out(object, name);
	for (size_t i = 0; i < s->several_count; i++) {
		struct str into = s->several[i].parts[s->several[i].count - 1].name;
		size_t at = i + 1 < s->several_count ? str_find(rest, s->by) : SIZE_MAX;
		struct str piece = str_sub(rest, 0, at);
		rest = at == SIZE_MAX ? STR("") : str_skip(rest, at + s->by.len);
		if (text)
			put(w, object, into, (struct json){ .type = JSON_STRING, .s = piece });
		else
			take_out(object, into);
	}
}

static void join(struct work *w, struct json *object)
{
	const struct transform_step *s = w->step;
	struct buf b;
	bool any = false;
	buf_init(&b, TRANSFORM_MEMORY_MAX);
	for (size_t i = 0; i < s->several_count; i++) {
		struct str name = s->several[i].parts[s->several[i].count - 1].name;
		const struct json *v = member(object, name);
		struct str text = v && v->type != JSON_NULL ? transform_scalar(w->arena, v) : (struct str){ NULL, 0 };
		if (text.p) {
			if (any)
				buf_add(&b, s->by);
			buf_add(&b, text);
			any = true;
		}
		take_out(object, name);
	}
	struct str into = s->to.parts[s->to.count - 1].name;
	if (any)
		put(w, object, into, (struct json){ .type = JSON_STRING, .s = arena_str(w->arena, buf_str(&b)) });
	else
		take_out(object, into);
	buf_release(&b);
}

static void put_copy(struct work *w, struct json *at, const struct transform_part *parts, size_t count)
{
	struct json value = { .type = JSON_NULL };
	struct json *object = parent(w, at, parts, count, true);
	if (object && copy(w->arena, w->step->value, &value))
		put(w, object, parts[count - 1].name, value);
}

/* At what the part of the path before its names leads to: the whole body, or one element; `parts` are names only. */
static void act(struct work *w, struct json *at, const struct transform_part *parts, size_t count, size_t done)
{
	const struct transform_step *s = w->step;
	struct json *object, *v;
	if (s->verb == TRANSFORM_MAP || s->verb == TRANSFORM_CONVERT) {
		v = count == 0 ? at : (object = look(at, parts, count)) ? member(object, parts[count - 1].name) : NULL;
		if (v && s->verb == TRANSFORM_MAP)
			map_value(w, v);
		else if (v)
			convert_value(w, v);
		return;
	}
	if (at->type != JSON_OBJECT)
		return;
	switch (s->verb) {
	case TRANSFORM_RENAME:
		move(w, at, parts, count, s->to.parts + done, s->to.count - done);
		return;
	case TRANSFORM_DEFAULT:
		object = look(at, parts, count);
		if (!object || !member(object, parts[count - 1].name))
			put_copy(w, at, parts, count);
		return;
	case TRANSFORM_SET:
		put_copy(w, at, parts, count);
		return;
	case TRANSFORM_REMOVE:
		if ((object = look(at, parts, count)))
			take_out(object, parts[count - 1].name);
		return;
	case TRANSFORM_SPLIT:
	case TRANSFORM_JOIN:
		if ((object = look(at, parts, count)))
			s->verb == TRANSFORM_SPLIT ? split(w, object) : join(w, object);
		return;
	default:
		UNREACHABLE();
	}
}

static void visit(struct work *w, struct json *at, const struct transform_path *path, size_t done)
{
	size_t each = done;
	while (each < path->count && !path->parts[each].each)
		each++;
	if (each == path->count) {
		act(w, at, path->parts + done, path->count - done, done);
		return;
	}
	for (size_t i = done; at && i < each; i++)
		at = member(at, path->parts[i].name);
	for (uint32_t i = 0; at && at->type == JSON_ARRAY && i < at->count && !w->arena->full; i++)
		visit(w, &at->items[i], path, each + 1);
}

const struct json *transform_body(const struct transform_steps *s, struct arena *a, const struct json *in)
{
	struct json *body = ARENA_NEW(a, struct json);
	if (!body || !copy(a, in, body))
		return NULL;
	for (size_t i = 0; i < s->count && !a->full; i++) {
		struct work w = { a, &s->items[i] };
		visit(&w, body, s->items[i].verb == TRANSFORM_JOIN ? &s->items[i].to : &s->items[i].at, 0);
	}
	return a->full ? NULL : body;
}

bool transform_text(const struct transform_steps *s, struct str in, struct buf *out, struct err *e)
{
	struct arena a;
	struct json_out o;
	struct err why = { 0 };
	size_t before = out->len;
	arena_init(&a, TRANSFORM_MEMORY_MAX);
	const struct json *body = in.len > TRANSFORM_BODY_MAX ? NULL : json_parse(&a, in, &why);
	if (in.len > TRANSFORM_BODY_MAX)
		err_set(&why, ERR_TOO_LARGE, "the body has more than %d KiB", TRANSFORM_BODY_MAX >> 10);
	else if (!body && !err_is_set(&why))
		err_set(&why, ERR_INPUT, "the body is not JSON");
	else if (body && !(body = transform_body(s, &a, body)))
		err_set(&why, ERR_TOO_LARGE, "the body needs too much memory to be transformed");
	if (body) {
		json_out_init(&o, out);
		json_out_value(&o, body);
		if (!buf_ok(out) || out->len - before > TRANSFORM_BODY_MAX)
			err_set(&why, ERR_TOO_LARGE, "the transformed body has more than %d KiB", TRANSFORM_BODY_MAX >> 10);
	}
	arena_release(&a);
	if (err_is_set(&why)) {
		buf_rewind(out, before);
		*e = why;
	}
	return !err_is_set(&why);
}
