/* The reader of transform files: from YAML with places to steps that cannot be wrong in form. See transform.h; keys of steps come from
 * tbl/transform_steps.h. `use` is resolved here, so that whoever applies or checks knows lists of steps only. */
#include "base/check.h"
#include "base/suggest.h"
#include "base/yaml.h"
#include "model/transform.h"
#include <math.h>
#include <stdio.h>

struct verb_row { struct str name, needs, may; };
static const struct verb_row verbs[] = {
#define TRANSFORM_STEP(symbol, name, needs, may, meaning) { STR_INIT(name), STR_INIT(needs), STR_INIT(may) },
#include "tbl/transform_steps.h"
#undef TRANSFORM_STEP
};
enum { KEYS_MAX = 8, VALUE_DEPTH_MAX = 16 };

struct reader {
	struct arena *arena;
	struct str file;
	struct err *e;
	const struct yaml *named;   /* `steps` of the file */
	bool query;                 /* the list is of a query */
};

static bool wrong(struct reader *r, uint32_t line, uint32_t column, const char *format, ...) __attribute__((format(printf, 4, 5)));
static bool wrong(struct reader *r, uint32_t line, uint32_t column, const char *format, ...)
{
	char message[sizeof(r->e->message)];
	va_list args;
	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	err_set(r->e, ERR_FILE_INVALID, "%s", message);
	err_place(r->e, r->file, line, column);
	return false;
}

static struct str shown(struct str s) { return str_sub(s, 0, 64); }

/* The keys of a mapping are among `allowed`, blank-separated. */
static bool check_keys(struct reader *r, const struct yaml *y, const char *what, struct str allowed)
{
	struct str words[KEYS_MAX + 4];
	size_t n = 0;
	if (y->type != YAML_MAPPING)
		return wrong(r, y->line, y->column, "%s must be a mapping; here is %s", what, yaml_type_name(y->type));
	while (allowed.p && n < ARRAY_LEN(words)) {
		struct str word = str_split(&allowed, ' ');
		if (word.len)
			words[n++] = word;
	}
	for (uint32_t i = 0; i < y->count; i++) {
		bool known = false;
		for (size_t k = 0; k < n && !known; k++)
			known = str_eq(words[k], y->pairs[i].key);
		if (known)
			continue;
		struct str near = suggest(y->pairs[i].key, words, n);
		if (near.len)
			return wrong(r, y->pairs[i].line, y->pairs[i].column, "%s has no key `%.*s`; did you mean `%.*s`?", what, STR_FMT(shown(y->pairs[i].key)),
				     STR_FMT(near));
		return wrong(r, y->pairs[i].line, y->pairs[i].column, "%s has no key `%.*s`", what, STR_FMT(shown(y->pairs[i].key)));
	}
	return true;
}

static bool take_text(struct reader *r, const struct yaml *y, struct str key, const char *what, struct str *out)
{
	const struct yaml *v = yaml_get(y, key);
	if (!v || v->type != YAML_SCALAR || v->text.len == 0)
		return wrong(r, v ? v->line : y->line, v ? v->column : y->column, "%s needs `%.*s`, a text", what, STR_FMT(key));
	*out = arena_str(r->arena, v->text);
	return true;
}

/* --- values ------------------------------------------------------------------------------------------------------------------------------- */

/* A plain scalar is what YAML 1.2's core schema makes of it, a quoted one a text. */
static void scalar_value(struct reader *r, const struct yaml *y, struct json *out)
{
	struct str s = y->text;
	double d;
	if (!y->quoted && (str_eq(s, STR("null")) || str_eq(s, STR("~")) || str_empty(s)))
		*out = (struct json){ .type = JSON_NULL };
	else if (!y->quoted && (str_eq(s, STR("true")) || str_eq(s, STR("false"))))
		*out = (struct json){ .type = s.p[0] == 't' ? JSON_TRUE : JSON_FALSE };
	else if (!y->quoted && str_to_i64(s, &out->i))
		out->type = JSON_INT;
	else if (!y->quoted && str_to_f64(s, &d) && isfinite(d))
		*out = (struct json){ .type = JSON_DOUBLE, .d = d };
	else
		*out = (struct json){ .type = JSON_STRING, .s = arena_str(r->arena, s) };
}

static bool value(struct reader *r, const struct yaml *y, struct json *out, unsigned depth)
{
	*out = (struct json){ .type = JSON_NULL };
	if (depth == VALUE_DEPTH_MAX)
		return wrong(r, y->line, y->column, "a value is nested deeper than %d levels", VALUE_DEPTH_MAX);
	if (y->type == YAML_SCALAR)
		scalar_value(r, y, out);
	if (y->type == YAML_SEQUENCE) {
		*out = (struct json){ .type = JSON_ARRAY, .count = y->count, .items = ARENA_ARRAY(r->arena, y->count + 1u, struct json) };
		for (uint32_t i = 0; out->items && i < y->count; i++)
			if (!value(r, &y->items[i], &out->items[i], depth + 1))
				return false;
	}
	if (y->type == YAML_MAPPING) {
		*out = (struct json){ .type = JSON_OBJECT, .count = y->count, .members = ARENA_ARRAY(r->arena, y->count + 1u, struct json_member) };
		for (uint32_t i = 0; out->members && i < y->count; i++) {
			out->members[i].key = arena_str(r->arena, y->pairs[i].key);
			if (!value(r, &y->pairs[i].value, &out->members[i].value, depth + 1))
				return false;
		}
	}
	return !r->arena->full || wrong(r, y->line, y->column, "the file needs too much memory");
}

/* Of a query a value is a text, number or boolean, or a list of them: then the parameter is repeated. */
static bool fits_query(const struct json *j, bool inside)
{
	bool ok = j->type != JSON_OBJECT && !(inside && j->type == JSON_ARRAY);
	for (uint32_t i = 0; j->type == JSON_ARRAY && i < j->count && ok; i++)
		ok = fits_query(&j->items[i], true);
	return ok;
}

static bool take_value(struct reader *r, const struct yaml *y, const char *key, const struct json **out)
{
	const struct yaml *v = yaml_get(y, str_z(key));
	struct json *j = ARENA_NEW(r->arena, struct json);
	*out = j;
	if (!j || !v || !value(r, v, j, 0))
		return false;
	return !r->query || fits_query(j, false) || wrong(r, v->line, v->column, "a query parameter is a text, a number or a boolean, or a list of them");
}

/* --- paths -------------------------------------------------------------------------------------------------------------------------------- */

static bool push_part(struct reader *r, struct transform_path *p, size_t *capacity, struct transform_part part)
{
	if (p->count == TRANSFORM_PATH_MAX || !ARENA_PUSH_ROOM(r->arena, p->parts, p->count, *capacity))
		return false;
	p->parts[p->count++] = part;
	return true;
}

/* "items[].price" behind `base`. */
static bool read_path(struct reader *r, const struct yaml *y, const struct transform_path *base, struct transform_path *out)
{
	size_t capacity = 0;
	struct transform_path p = { 0 };
	bool ok = true;
	if (y->type != YAML_SCALAR || y->text.len == 0)
		return wrong(r, y->line, y->column, "a place in a body is a text such as `customer.name` or `items[].price`");
	for (size_t i = 0; i < base->count && ok; i++)
		ok = push_part(r, &p, &capacity, base->parts[i]);
	struct str rest = y->text;
	while (rest.p && ok) {
		struct str name = str_split(&rest, '.');
		size_t each = 0;
		for (; str_ends(name, STR("[]")); each++)
			name.len -= 2;
		if ((name.len == 0 && each == 0) || str_find_char(name, '[') != SIZE_MAX || str_find_char(name, ']') != SIZE_MAX)
			return wrong(r, y->line, y->column, "`%.*s` is no place in a body; write one such as `customer.name` or `items[].price`", STR_FMT(shown(y->text)));
		if (name.len)
			ok = push_part(r, &p, &capacity, (struct transform_part){ .name = arena_str(r->arena, name) });
		for (; each && ok; each--)
			ok = push_part(r, &p, &capacity, (struct transform_part){ .each = true });
	}
	if (!ok)
		return wrong(r, y->line, y->column, "`%.*s` has more than %d parts", STR_FMT(shown(y->text)), TRANSFORM_PATH_MAX);
	if (r->query && (p.count != 1 || p.parts[0].each))
		return wrong(r, y->line, y->column, "`%.*s` is no query parameter: it has one name", STR_FMT(shown(y->text)));
	p.text = base->text.len ? arena_printf(r->arena, "%.*s.%.*s", STR_FMT(base->text), STR_FMT(y->text)) : arena_str(r->arena, y->text);
	*out = p;
	return true;
}

static bool take_path(struct reader *r, const struct yaml *y, const char *key, const struct transform_path *base, struct transform_path *out)
{
	const struct yaml *v = yaml_get(y, str_z(key));
	return v && read_path(r, v, base, out);
}

static bool same_part(const struct transform_part *a, const struct transform_part *b) { return a->each == b->each && str_eq(a->name, b->name); }

/* Elements are changed each in its place: two paths go through the same arrays. `whole`: also through the same objects, up to their last part. */
static bool same_way(const struct transform_path *a, const struct transform_path *b, bool whole)
{
	size_t last = 0;
	for (size_t i = 0; i < a->count; i++)
		if (a->parts[i].each)
			last = i + 1;
	for (size_t i = last; i < b->count; i++)
		if (b->parts[i].each)
			return false;
	size_t n = whole ? a->count - 1 : last;
	if (b->count < n || (whole && b->count != a->count))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!same_part(&a->parts[i], &b->parts[i]))
			return false;
	return true;
}

static bool begins_with(const struct transform_path *p, const struct transform_path *prefix)
{
	if (p->count < prefix->count)
		return false;
	for (size_t i = 0; i < prefix->count; i++)
		if (!same_part(&p->parts[i], &prefix->parts[i]))
			return false;
	return true;
}

static bool ends_in_name(struct reader *r, const struct yaml *y, const struct transform_path *p)
{
	return !p->parts[p->count - 1].each || wrong(r, y->line, y->column, "`%.*s` must end in a name, not in `[]`", STR_FMT(shown(p->text)));
}

/* --- steps -------------------------------------------------------------------------------------------------------------------------------- */

static bool take_several(struct reader *r, const struct yaml *y, const char *key, const struct transform_path *base, const struct transform_path *beside,
			 struct transform_step *s)
{
	const struct yaml *v = yaml_get(y, str_z(key));
	if (!v || v->type != YAML_SEQUENCE || v->count < 1 || v->count > TRANSFORM_PATH_MAX)
		return wrong(r, y->line, y->column, "`%s` must be a list of 1 to %d places", key, TRANSFORM_PATH_MAX);
	s->several = ARENA_ARRAY(r->arena, v->count, struct transform_path);
	for (uint32_t i = 0; s->several && i < v->count; i++) {
		struct transform_path *p = &s->several[s->several_count];
		if (!read_path(r, &v->items[i], base, p) || !ends_in_name(r, &v->items[i], p))
			return false;
		if (!same_way(beside, p, true))
			return wrong(r, v->items[i].line, v->items[i].column, "`%.*s` is not beside `%.*s`; move it there first", STR_FMT(shown(p->text)),
				     STR_FMT(shown(beside->text)));
		s->several_count++;
	}
	return s->several != NULL;
}

static bool read_rename(struct reader *r, const struct yaml *y, const struct transform_path *base, struct transform_step *s)
{
	if (!take_path(r, y, "from", base, &s->at) || !take_path(r, y, "to", base, &s->to) || !ends_in_name(r, y, &s->at) || !ends_in_name(r, y, &s->to))
		return false;
	if (!same_way(&s->at, &s->to, false) || !same_way(&s->to, &s->at, false))
		return wrong(r, y->line, y->column, "`%.*s` and `%.*s` must go through the same arrays: elements are changed each in its place",
			     STR_FMT(shown(s->at.text)), STR_FMT(shown(s->to.text)));
	if (begins_with(&s->to, &s->at) || begins_with(&s->at, &s->to))
		return wrong(r, y->line, y->column, "`%.*s` lies within `%.*s`, or is the same; move it in two steps, under another name first", STR_FMT(shown(s->to.text)),
			     STR_FMT(shown(s->at.text)));
	s->verb = TRANSFORM_RENAME;
	return true;
}

static bool read_map(struct reader *r, const struct yaml *y, struct transform_step *s)
{
	const struct yaml *v = yaml_get(y, STR("values"));
	if (v->type != YAML_MAPPING || v->count == 0 || v->count > TRANSFORM_VALUES_MAX)
		return wrong(r, v->line, v->column, "`values` must be a mapping of 1 to %d values to what replaces them", TRANSFORM_VALUES_MAX);
	s->pairs = ARENA_ARRAY(r->arena, v->count, struct transform_pair);
	for (uint32_t i = 0; s->pairs && i < v->count; i++) {
		struct json *to = ARENA_NEW(r->arena, struct json);
		if (!to || !value(r, &v->pairs[i].value, to, 0))
			return wrong(r, v->line, v->column, "the file needs too much memory");
		s->pairs[s->pairs_count++] = (struct transform_pair){ arena_str(r->arena, v->pairs[i].key), to };
	}
	return s->pairs && (!yaml_get(y, STR("otherwise")) || take_value(r, y, "otherwise", &s->value));
}

static bool read_convert(struct reader *r, const struct yaml *y, struct transform_step *s)
{
	struct str as;
	if (!take_text(r, y, STR("as"), "`convert`", &as))
		return false;
	s->to_number = str_eq(as, STR("number"));
	return s->to_number || str_eq(as, STR("text")) || wrong(r, y->line, y->column, "`as` must be `text` or `number`; here is `%.*s`", STR_FMT(shown(as)));
}

static bool read_verb(struct reader *r, const struct yaml *y, const struct transform_path *base, struct transform_step *s)
{
	switch (s->verb) {
	case TRANSFORM_RENAME:
	case TRANSFORM_MOVE:
		return read_rename(r, y, base, s);
	case TRANSFORM_DEFAULT:
	case TRANSFORM_SET:
		return take_path(r, y, "at", base, &s->at) && ends_in_name(r, y, &s->at) && take_value(r, y, "value", &s->value);
	case TRANSFORM_REMOVE:
		return take_path(r, y, "at", base, &s->at) && ends_in_name(r, y, &s->at);
	case TRANSFORM_MAP:
		return take_path(r, y, "at", base, &s->at) && read_map(r, y, s);
	case TRANSFORM_SPLIT:
		return take_path(r, y, "at", base, &s->at) && ends_in_name(r, y, &s->at) && take_text(r, y, STR("by"), "`split`", &s->by) &&
		       take_several(r, y, "into", base, &s->at, s);
	case TRANSFORM_JOIN:
		return take_path(r, y, "into", base, &s->to) && ends_in_name(r, y, &s->to) && take_text(r, y, STR("by"), "`join`", &s->by) &&
		       take_several(r, y, "from", base, &s->to, s);
	case TRANSFORM_CONVERT:
		return take_path(r, y, "at", base, &s->at) && read_convert(r, y, s);
	case TRANSFORM_USE:
	case TRANSFORM_VERB_COUNT:
		break;
	}
	UNREACHABLE();
}

struct list { struct transform_step *items; size_t count, capacity; };
static bool read_list(struct reader *r, const struct yaml *y, const struct transform_path *base, bool inside, struct list *out);

static bool read_use(struct reader *r, const struct yaml *y, const struct transform_path *base, bool inside, struct list *out)
{
	struct transform_path below = *base;
	struct str name;
	if (inside)
		return wrong(r, y->line, y->column, "named steps may not `use` others: write them out");
	if (!take_text(r, y, STR("steps"), "`use`", &name) || (yaml_get(y, STR("at")) && !take_path(r, y, "at", base, &below)))
		return false;
	const struct yaml *steps = yaml_get(r->named, name);
	return steps ? read_list(r, steps, &below, true, out) : wrong(r, y->line, y->column, "there is no `%.*s` under `steps`", STR_FMT(shown(name)));
}

static bool find_verb(struct reader *r, const struct yaml_pair *pair, enum transform_verb *out)
{
	struct str names[TRANSFORM_VERB_COUNT];
	for (size_t i = 0; i < TRANSFORM_VERB_COUNT; i++) {
		names[i] = verbs[i].name;
		if (!str_eq(names[i], pair->key))
			continue;
		*out = (enum transform_verb)i;
		bool of_query = *out <= TRANSFORM_MAP;
		return !r->query || of_query || wrong(r, pair->line, pair->column, "a query takes rename, default, set, remove and map, not `%.*s`", STR_FMT(names[i]));
	}
	struct str near = suggest(pair->key, names, TRANSFORM_VERB_COUNT);
	return near.len ? wrong(r, pair->line, pair->column, "there is no step `%.*s`; did you mean `%.*s`?", STR_FMT(shown(pair->key)), STR_FMT(near)) :
			  wrong(r, pair->line, pair->column, "there is no step `%.*s`; a step is one of rename, move, default, set, remove, map, split, join, convert, use",
				STR_FMT(shown(pair->key)));
}

static bool read_step(struct reader *r, const struct yaml *y, const struct transform_path *base, bool inside, struct list *out)
{
	struct transform_step s = { .line = y->line, .column = y->column };
	char allowed[128], what[48];
	if (y->type != YAML_MAPPING || y->count != 1)
		return wrong(r, y->line, y->column, "a step is a mapping of one key, such as `- rename: { from: a, to: b }`");
	const struct yaml *body = &y->pairs[0].value;
	if (!find_verb(r, &y->pairs[0], &s.verb))
		return false;
	const struct verb_row *row = &verbs[s.verb];
	snprintf(allowed, sizeof(allowed), "%.*s %.*s", STR_FMT(row->needs), STR_FMT(row->may));
	snprintf(what, sizeof(what), "`%.*s`", STR_FMT(row->name));
	if (!check_keys(r, body, what, str_strip(str_z(allowed))))
		return false;
	for (struct str rest = row->needs; rest.p;) {
		struct str key = str_split(&rest, ' ');
		if (!yaml_get(body, key))
			return wrong(r, body->line, body->column, "%s needs `%.*s`", what, STR_FMT(key));
	}
	if (s.verb == TRANSFORM_USE)
		return read_use(r, body, base, inside, out);
	if (!read_verb(r, body, base, &s))
		return false;
	if (out->count == TRANSFORM_STEPS_MAX || !ARENA_PUSH_ROOM(r->arena, out->items, out->count, out->capacity))
		return wrong(r, y->line, y->column, "more than %d steps in one list", TRANSFORM_STEPS_MAX);
	out->items[out->count++] = s;
	return true;
}

static bool read_list(struct reader *r, const struct yaml *y, const struct transform_path *base, bool inside, struct list *out)
{
	if (y->type != YAML_SEQUENCE)
		return wrong(r, y->line, y->column, "steps are a list; here is %s", yaml_type_name(y->type));
	for (uint32_t i = 0; i < y->count; i++)
		if (!read_step(r, &y->items[i], base, inside, out))
			return false;
	return true;
}

static bool take_steps(struct reader *r, const struct yaml *y, const char *key, struct transform_steps *out)
{
	const struct transform_path whole = { 0 };
	const struct yaml *v = yaml_get(y, str_z(key));
	struct list l = { 0 };
	r->query = str_eq(str_z(key), STR("query"));
	if (v && !read_list(r, v, &whole, false, &l))
		return false;
	*out = (struct transform_steps){ l.items, l.count };
	return true;
}

/* --- operations --------------------------------------------------------------------------------------------------------------------------- */

static size_t slots_of(struct str path, struct str *names, size_t max)
{
	size_t n = 0;
	while (path.p) {
		struct str part = str_split(&path, '/');
		if (part.len < 3 || part.p[0] != '{' || part.p[part.len - 1] != '}')
			continue;
		if (n < max)
			names[n] = part;
		n++;
	}
	return n;
}

/* "POST /v1/orders/{id}" */
static bool read_operation_name(struct reader *r, const struct yaml *y, struct str *method, struct str *path)
{
	struct str rest = y->type == YAML_SCALAR ? y->text : STR("");
	struct str first = str_split(&rest, ' ');
	bool ok = first.len > 0 && rest.len > 0 && rest.p[0] == '/' && rest.len < 2048;
	for (size_t i = 0; i < first.len && ok; i++)
		ok = first.p[i] >= 'A' && first.p[i] <= 'Z';
	for (size_t i = 0; i < rest.len && ok; i++)
		ok = (unsigned char)rest.p[i] > ' ' && (unsigned char)rest.p[i] < 0x7f && rest.p[i] != '?' && rest.p[i] != '#';
	if (!ok)
		return wrong(r, y->line, y->column, "an operation is a method and a path, such as `POST /v1/orders` or `GET /v1/orders/{id}`");
	*method = arena_str(r->arena, first);
	*path = arena_str(r->arena, rest);
	return true;
}

/* Each {parameter} of the new path is one of the old. */
static bool check_slots(struct reader *r, const struct yaml *y, const struct transform_operation *op)
{
	struct str before[TRANSFORM_SLOTS_MAX], after[TRANSFORM_SLOTS_MAX];
	size_t n = slots_of(op->old_path, before, TRANSFORM_SLOTS_MAX), m = slots_of(op->new_path, after, TRANSFORM_SLOTS_MAX);
	if (n > TRANSFORM_SLOTS_MAX || m > TRANSFORM_SLOTS_MAX)
		return wrong(r, y->line, y->column, "more than %d parameters in a path", TRANSFORM_SLOTS_MAX);
	for (size_t i = 0; i < m; i++) {
		bool found = false;
		for (size_t k = 0; k < n && !found; k++)
			found = str_eq(after[i], before[k]);
		if (!found)
			return wrong(r, y->line, y->column, "%.*s of the new path is not in the old one, so nothing can be put there", STR_FMT(shown(after[i])));
	}
	return true;
}

static bool read_status(struct reader *r, const struct yaml *y, struct transform_operation *op)
{
	const struct yaml *v = yaml_get(y, STR("status"));
	if (!v)
		return true;
	if (v->type != YAML_MAPPING || v->count > TRANSFORM_VALUES_MAX)
		return wrong(r, v->line, v->column, "`status` must be a mapping of the provider's status to the caller's, such as `{ 202: 201 }`");
	op->status = ARENA_ARRAY(r->arena, v->count + 1u, struct transform_status);
	for (uint32_t i = 0; op->status && i < v->count; i++) {
		uint64_t from, to;
		const struct yaml_pair *p = &v->pairs[i];
		if (!str_to_u64(p->key, &from) || p->value.type != YAML_SCALAR || !str_to_u64(p->value.text, &to) || from < 200 || from > 599 || to < 200 || to > 599 ||
		    to == 204 || to == 205 || to == 304 || from == 204 || from == 205 || from == 304)
			return wrong(r, p->line, p->column, "a status is a number from 200 to 599, and not one without a body (204, 205, 304)");
		op->status[op->status_count++] = (struct transform_status){ (int)from, (int)to };
	}
	return op->status != NULL;
}

static bool read_operation(struct reader *r, const struct yaml *y, struct transform_operation *op)
{
	*op = (struct transform_operation){ .line = y->line, .column = y->column };
	if (!check_keys(r, y, "an operation", STR("old new query request response failure status")))
		return false;
	const struct yaml *before = yaml_get(y, STR("old")), *after = yaml_get(y, STR("new"));
	if (!before || !after)
		return wrong(r, y->line, y->column, "an operation needs `old` and `new`, such as `old: GET /v1/orders/{id}`");
	return read_operation_name(r, before, &op->old_method, &op->old_path) && read_operation_name(r, after, &op->new_method, &op->new_path) &&
	       check_slots(r, after, op) && take_steps(r, y, "query", &op->query) && take_steps(r, y, "request", &op->request) &&
	       take_steps(r, y, "response", &op->response) && take_steps(r, y, "failure", &op->failure) && read_status(r, y, op);
}

static bool read_all(struct reader *r, const struct yaml *y, struct transform *t)
{
	if (!check_keys(r, y, "a transform", STR("operations steps")))
		return false;
	const struct yaml *list = yaml_get(y, STR("operations"));
	r->named = yaml_get(y, STR("steps"));
	if (!list || list->type != YAML_SEQUENCE || list->count > TRANSFORM_OPERATIONS_MAX)
		return wrong(r, y->line, y->column, "a transform needs `operations`, a list of at most %d", TRANSFORM_OPERATIONS_MAX);
	if (!(t->operations = ARENA_ARRAY(r->arena, list->count + 1u, struct transform_operation)))
		return wrong(r, y->line, y->column, "the file needs too much memory");
	for (uint32_t i = 0; i < list->count; i++) {
		struct transform_operation *op = &t->operations[t->count];
		if (!read_operation(r, &list->items[i], op))
			return false;
		for (size_t k = 0; k < t->count; k++)
			if (str_eq(t->operations[k].old_method, op->old_method) && str_eq(t->operations[k].old_path, op->old_path))
				return wrong(r, op->line, op->column, "%.*s %.*s stands here and in line %u; keep one of them", STR_FMT(op->old_method), STR_FMT(shown(op->old_path)),
					     t->operations[k].line);
		t->count++;
	}
	return true;
}

const struct transform *transform_read(struct arena *a, struct str file, struct str text, struct err *e)
{
	struct arena tree;
	struct err why = { 0 };
	struct reader r = { .arena = a, .file = file, .e = &why };
	struct transform *t = ARENA_NEW(a, struct transform);
	if (text.len > TRANSFORM_TEXT_MAX) {
		err_set(e, ERR_TOO_LARGE, "a transform of %zu bytes is over the limit of %d", text.len, TRANSFORM_TEXT_MAX);
		err_place(e, file, 0, 0);
		return NULL;
	}
	arena_init(&tree, TRANSFORM_MEMORY_MAX);
	const struct yaml *y = yaml_parse(&tree, file, text, &why);
	bool ok = y && t && read_all(&r, y, t);
	arena_release(&tree);
	if (ok && !a->full) {
		t->file = arena_str(a, file);
		return t;
	}
	if (!err_is_set(&why))
		err_set(&why, ERR_TOO_LARGE, "the transform needs too much memory");
	err_place(&why, file, 0, 0);
	*e = why;
	return NULL;
}
