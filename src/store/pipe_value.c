/* The value of a field of a row: what pipes made first, then the fields of every row, its attributes, its resource's. The same order as the
 * matcher's (query_match.c). */
#include "base/time.h"
#include "store/pipe_run.h"
#include <stdio.h>

static struct value hex_value(const uint8_t *id, size_t n, bool present, struct arena *a)
{
	char *hex = present ? arena_bytes(a, 2 * n) : NULL;
	if (!hex)
		return (struct value){ .type = VALUE_EMPTY };
	hex_encode(hex, id, n);
	return (struct value){ .type = VALUE_STR, .s = { hex, 2 * n } };
}

static struct value id_value(const struct scan_row *r, struct arena *a)
{
	struct str s = arena_printf(a, "s%llu-%u", (unsigned long long)r->segment, r->position);
	return pipe_text(s);
}

static bool find(struct attrs it, struct str name, struct arena *a, struct buf *text, struct value *out)
{
	struct attr at;
	bool dotted = str_find_char(name, '.') != SIZE_MAX;
	while (attrs_next(&it, &at)) {
		if (str_eq(at.key, name)) {
			*out = at.value;
			return true;
		}
		if (dotted && at.value.type == VALUE_JSON && query_path_begins(at.key, name) &&
		    query_json_path(at.value.s, str_skip(name, at.key.len + 1), out, text)) {
			*out = pipe_value_copy(out, a); /* its text may lie in the buffer */
			return true;
		}
	}
	return false;
}

static bool attribute(struct pipe_row *r, struct str name, struct arena *a, struct buf *text, struct value *out)
{
	struct attrs it;
	if (find(r->parts.attrs, name, a, text, out))
		return true;
	return resource_attrs(r->row->resource->bytes, &it) && find(it, name, a, text, out);
}

static struct value kind_value(const struct row_parts *p)
{
	static const struct str names[] = { STR_INIT("unspecified"), STR_INIT("internal"), STR_INIT("server"),
					    STR_INIT("client"), STR_INIT("producer"), STR_INIT("consumer") };
	return pipe_text(p->head.kind == ROW_LOG ? STR("log") : names[p->kind <= SPAN_CONSUMER ? p->kind : 0]);
}

static struct value status_value(const struct row_parts *p)
{
	static const struct str names[] = { STR_INIT("unset"), STR_INIT("ok"), STR_INIT("error") };
	return pipe_text(p->head.kind == ROW_LOG ? STR("") : names[p->head.status]);
}

static struct value level_value(const struct row_head *h)
{
	return pipe_text(level_name(row_level(h)));
}

static struct value field_value(struct pipe_row *r, const struct query_node *f, struct arena *a)
{
	const struct row_head *h = &r->parts.head;
	const struct resource *who = &r->row->resource->names;
	switch (f->field) {
	case FIELD_SERVICE: return pipe_text(who->service);
	case FIELD_VERSION: return pipe_text(who->version);
	case FIELD_INSTANCE: return pipe_text(who->instance);
	case FIELD_LEVEL: return level_value(h);
	case FIELD_TRACE: return hex_value(h->trace.b, sizeof(h->trace.b), h->has_trace, a);
	case FIELD_SPAN: return hex_value(h->span.b, sizeof(h->span.b), h->has_span, a);
	case FIELD_PARENT: return hex_value(r->parts.parent.b, sizeof(r->parts.parent.b), !span_id_is_zero(&r->parts.parent), a);
	case FIELD_BODY: return pipe_text(r->parts.body);
	case FIELD_KIND: return kind_value(&r->parts);
	case FIELD_STATUS: return status_value(&r->parts);
	case FIELD_SCOPE: return pipe_text(r->parts.scope);
	case FIELD_DURATION:
		return h->kind == ROW_SPAN ? (struct value){ .type = VALUE_INT, .i = r->parts.duration } : (struct value){ .type = VALUE_EMPTY };
	case FIELD_ATTRIBUTE: break;
	}
	return (struct value){ .type = VALUE_EMPTY };
}

struct value pipe_value(struct pipe_row *r, const struct pipe_field *f, struct arena *a, struct buf *text)
{
	struct value v = { .type = VALUE_EMPTY };
	/* Of a table's lines every name is a column; of a record a bucket, a time and an id are its own. */
	if (!r->row || f->source == PIPE_FIELD)
		for (size_t i = 0; i < r->count; i++)
			if (str_eq(r->attrs[i].key, f->name)) {
				v = r->attrs[i].value;
				if (f->source == PIPE_BUCKET && v.type == VALUE_INT)
					v.i = time_floor(v.i, f->step);
				return v;
			}
	if (!r->row)
		return v;
	if (f->source == PIPE_TIME)
		return (struct value){ .type = VALUE_INT, .i = r->parts.head.time };
	if (f->source == PIPE_BUCKET)
		return (struct value){ .type = VALUE_INT, .i = time_floor(r->parts.head.time, f->step) };
	if (f->source == PIPE_ID)
		return id_value(r->row, a);
	if ((f->leaf.attribute_first || f->leaf.field == FIELD_ATTRIBUTE) && attribute(r, f->name, a, text, &v))
		return v;
	return field_value(r, &f->leaf, a);
}

bool pipe_value_number(const struct value *v, double *out)
{
	switch (v->type) {
	case VALUE_INT: *out = (double)v->i; return true;
	case VALUE_DOUBLE: *out = v->d; return v->d == v->d;
	case VALUE_STR: return v->s.len < 40 && str_to_f64(v->s, out);
	default: return false;
	}
}

int pipe_value_compare(const struct value *a, const struct value *b)
{
	double x = 0, y = 0;
	if (a->type == VALUE_EMPTY || b->type == VALUE_EMPTY)
		return (a->type == VALUE_EMPTY) - (b->type == VALUE_EMPTY);
	if (a->type == VALUE_INT && b->type == VALUE_INT)
		return a->i < b->i ? -1 : a->i > b->i;
	bool left = pipe_value_number(a, &x), right = pipe_value_number(b, &y);
	if (left != right)
		return left ? -1 : 1;
	if (left)
		return x < y ? -1 : x > y;
	bool texts = (a->type == VALUE_STR || a->type == VALUE_JSON || a->type == VALUE_BYTES) && (b->type == VALUE_STR || b->type == VALUE_JSON || b->type == VALUE_BYTES);
	if (texts)
		return str_cmp(a->s, b->s);
	if (a->type == VALUE_BOOL && b->type == VALUE_BOOL)
		return a->b - b->b;
	return (int)a->type - (int)b->type;
}

struct value pipe_value_copy(const struct value *v, struct arena *a)
{
	struct value copy = *v;
	if (v->type == VALUE_STR || v->type == VALUE_JSON || v->type == VALUE_BYTES) {
		copy.s = arena_str(a, v->s);
		if (!copy.s.p)
			copy.type = VALUE_EMPTY;
	}
	return copy;
}
