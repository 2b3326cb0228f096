/* What protoc would refuse and a comparison would stumble over: numbers and names that stand twice or are reserved, enums without a zero, wrong defaults.
 * Builds the fields' order by number on the way. */
#include "contract/proto/link.h"
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_INTERNAL = 19000, LAST_INTERNAL = 19999 };

static void sort_by_number(const struct proto_message *m, uint32_t *order)
{
	/* fields mostly stand in order already: insertion from the end, at most n * (how far out of order) steps; shuffled big messages fall back to a heap */
	for (uint32_t i = 0; i < m->field_count; i++)
		order[i] = i;
	for (uint32_t i = 1; i < m->field_count && m->field_count <= 64; i++)
		for (uint32_t j = i; j && m->fields[order[j - 1]].number > m->fields[order[j]].number; j--) {
			uint32_t t = order[j];
			order[j] = order[j - 1];
			order[j - 1] = t;
		}
	for (uint32_t start = m->field_count / 2, end = m->field_count; m->field_count > 64 && end > 1;) {
		if (start) {
			start--;
		} else {
			uint32_t t = order[--end];
			order[end] = order[0];
			order[0] = t;
		}
		for (uint32_t root = start, child; (child = 2 * root + 1) < end; root = child) {
			if (child + 1 < end && m->fields[order[child]].number < m->fields[order[child + 1]].number)
				child++;
			if (m->fields[order[root]].number >= m->fields[order[child]].number)
				break;
			uint32_t t = order[root];
			order[root] = order[child];
			order[child] = t;
		}
	}
}

static bool in_order(const struct proto_message *m)
{
	for (uint32_t i = 1; i < m->field_count; i++)
		if (m->fields[i - 1].number >= m->fields[i].number)
			return false;
	return true;
}

static bool numbers(struct linker *l, struct proto_message *m)
{
	if (in_order(m))
		return true;
	m->by_number = ARENA_ARRAY(&l->model->arena, m->field_count, uint32_t);
	if (!m->by_number)
		return parse_full(l->parser);
	sort_by_number(m, m->by_number);
	for (uint32_t i = 1; i < m->field_count; i++) {
		const struct proto_field *a = &m->fields[m->by_number[i - 1]], *b = &m->fields[m->by_number[i]];
		if (a->number == b->number)
			return link_fail(l, m->file, b->offset > a->offset ? b->offset : a->offset, "number %d stands twice in %.*s: `%.*s` and `%.*s`; give one of them a new number", a->number,
				STR_FMT(m->name), STR_FMT(a->name), STR_FMT(b->name));
	}
	return true;
}

static int name_order(const void *x, const void *y)
{
	const struct proto_field *const *a = x, *const *b = y;
	return str_cmp((*a)->name, (*b)->name);
}

static bool same_name(struct linker *l, const struct proto_message *m, const struct proto_field *a, const struct proto_field *b)
{
	return link_fail(l, m->file, a->offset > b->offset ? a->offset : b->offset, "the name `%.*s` stands twice in %.*s; rename one field", STR_FMT(a->name), STR_FMT(m->name));
}

static bool names(struct linker *l, const struct proto_message *m)
{
	if (m->field_count <= 24) {
		for (uint32_t i = 0; i < m->field_count; i++)
			for (uint32_t j = 0; j < i; j++)
				if (str_eq(m->fields[i].name, m->fields[j].name))
					return same_name(l, m, &m->fields[i], &m->fields[j]);
		return true;
	}
	const struct proto_field **sorted = ARENA_ARRAY(l->scratch, m->field_count, const struct proto_field *);
	if (!sorted)
		return parse_full(l->parser);
	for (uint32_t i = 0; i < m->field_count; i++)
		sorted[i] = &m->fields[i];
	qsort(sorted, m->field_count, sizeof(*sorted), name_order);
	for (uint32_t i = 1; i < m->field_count; i++)
		if (str_eq(sorted[i - 1]->name, sorted[i]->name))
			return same_name(l, m, sorted[i - 1], sorted[i]);
	return true;
}

static bool not_reserved(struct linker *l, const struct proto_message *m, const struct proto_field *f)
{
	for (uint32_t i = 0; i < m->reserved_count; i++)
		if (f->number >= m->reserved[i].first && f->number <= m->reserved[i].last)
			return link_fail(l, m->file, f->offset, "`%.*s` has the number %d, which is reserved in %.*s; take another", STR_FMT(f->name), f->number, STR_FMT(m->name));
	for (uint32_t i = 0; i < m->range_count; i++)
		if (f->number >= m->ranges[i].first && f->number <= m->ranges[i].last)
			return link_fail(l, m->file, f->offset, "`%.*s` has the number %d, which %.*s keeps for extensions; take another", STR_FMT(f->name), f->number, STR_FMT(m->name));
	for (uint32_t i = 0; i < m->reserved_name_count; i++)
		if (str_eq(f->name, m->reserved_names[i].name))
			return link_fail(l, m->file, f->offset, "the name `%.*s` is reserved in %.*s; take another", STR_FMT(f->name), STR_FMT(m->name));
	if (f->number >= FIRST_INTERNAL && f->number <= LAST_INTERNAL)
		return link_fail(l, m->file, f->offset, "the numbers %d to %d are Protobuf's own; take another for `%.*s`", FIRST_INTERNAL, LAST_INTERNAL, STR_FMT(f->name));
	return true;
}

static struct str real_text(struct arena *a, double d, bool single)
{
	char text[40];
	if (isinf(d))
		return d > 0 ? STR("inf") : STR("-inf");
	if (isnan(d))
		return STR("nan");
	snprintf(text, sizeof(text), "%.*g", single ? FLT_DIG : DBL_DIG, d);
	if (single ? strtof(text, NULL) != (float)d : strtod(text, NULL) != d)
		snprintf(text, sizeof(text), "%.*g", single ? FLT_DIG + 3 : DBL_DIG + 2, d);
	return arena_str(a, str_z(text));
}

/* bytes as C escapes, as default_value has them. */
static struct str escaped(struct arena *a, struct str s)
{
	char *to = arena_bytes(a, s.len * 4 + 1);
	size_t at = 0;
	for (size_t i = 0; to && i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];
		static const char plain[] = "\n\r\t\"'\\", letter[] = "nrt\"'\\";
		const char *known = c ? strchr(plain, c) : NULL;
		if (known) {
			to[at++] = '\\';
			to[at++] = letter[known - plain];
		} else if (c < 0x20 || c >= 0x7f) {
			at += (size_t)sprintf(to + at, "\\%03o", c);
		} else {
			to[at++] = (char)c;
		}
	}
	return str_from(to, at);
}

static bool default_value(struct linker *l, const struct proto_file *file, struct proto_field *f, const struct proto_option *o)
{
	struct arena *a = &l->model->arena;
	struct buf check;
	if (f->label == PROTO_REPEATED || proto_is_message(f))
		return link_fail(l, file, o->offset, "only a single scalar or enum has a default");
	if (file->syntax == PROTO_3)
		return link_fail(l, file, o->offset, "proto3 has no defaults; leave it out");
	buf_init(&check, 1 << 20);
	bool fits = link_scalar(l, file, f, o, &check); /* the same rules as for options */
	buf_release(&check);
	if (!fits)
		return false;
	f->has_default = true;
	if (f->type == PROTO_STRING)
		f->default_text = o->text;
	else if (f->type == PROTO_BYTES)
		f->default_text = escaped(a, o->text);
	else if (f->type == PROTO_ENUM || f->type == PROTO_BOOL)
		f->default_text = o->text;
	else if (f->type == PROTO_DOUBLE || f->type == PROTO_FLOAT) {
		double d = o->kind == PROTO_VALUE_FLOAT ? o->real
			   : o->kind == PROTO_VALUE_INT ? (o->negative ? -(double)o->integer : (double)o->integer)
			   : str_eq_ci(o->text, STR("nan")) ? NAN
							    : (o->negative ? -INFINITY : INFINITY);
		f->default_text = real_text(a, d, f->type == PROTO_FLOAT);
	} else {
		f->default_text = arena_printf(a, "%s%llu", o->negative && o->integer ? "-" : "", (unsigned long long)o->integer);
	}
	return true;
}

static bool field(struct linker *l, const struct proto_file *file, struct proto_field *f)
{
	for (const struct proto_option *o = f->options ? f->options->first : NULL; o; o = o->next)
		if (str_eq(o->name, STR("default")) && !default_value(l, file, f, o))
			return false;
	return true;
}

/* Far beyond what anybody writes by hand, and low enough that nothing here takes long. */
static bool few(struct linker *l, const struct proto_file *f, uint32_t offset, struct str name, uint32_t count, uint32_t limit, const char *of)
{
	return count <= limit || link_fail(l, f, offset, "%.*s has %u %s; %u are the most: split it", STR_FMT(name), count, of, limit);
}

static bool enumeration(struct linker *l, const struct proto_enum *e)
{
	if (!few(l, e->file, e->offset, e->name, e->value_count, PROTO_VALUES_MAX, "values") ||
		!few(l, e->file, e->offset, e->name, e->reserved_count + e->reserved_name_count, PROTO_RESERVED_MAX, "reserved ranges and names"))
		return false;
	if (!e->value_count)
		return link_fail(l, e->file, e->offset, "enum %.*s has no value; it needs at least one", STR_FMT(e->name));
	if (e->features.enum_type == ENUM_OPEN && e->values[0].number != 0)
		return link_fail(l, e->file, e->values[0].offset, "the first value of %.*s must have the number 0; it is what a field means that is not set", STR_FMT(e->name));
	for (uint32_t i = 0; i < e->value_count; i++)
		for (uint32_t j = 0; j < e->reserved_count; j++)
			if (e->values[i].number >= e->reserved[j].first && e->values[i].number <= e->reserved[j].last)
				return link_fail(l, e->file, e->values[i].offset, "`%.*s` has the number %d, which is reserved in %.*s", STR_FMT(e->values[i].name), e->values[i].number, STR_FMT(e->name));
	return true;
}

static bool message(struct linker *l, struct proto_message *m)
{
	if (!few(l, m->file, m->offset, m->name, m->field_count, PROTO_FIELDS_MAX, "fields") ||
		!few(l, m->file, m->offset, m->name, m->reserved_count + m->reserved_name_count + m->range_count, PROTO_RESERVED_MAX, "reserved ranges and names"))
		return false;
	if (!numbers(l, m) || !names(l, m))
		return false;
	for (uint32_t i = 0; i < m->field_count; i++)
		if (!not_reserved(l, m, &m->fields[i]) || !field(l, m->file, &m->fields[i]))
			return false;
	for (uint32_t i = 0; i < m->extension_count; i++)
		if (!field(l, m->file, &m->extensions[i].field))
			return false;
	for (uint32_t i = 0; i < m->enum_count; i++)
		if (!enumeration(l, &m->enums[i]))
			return false;
	for (uint32_t i = 0; i < m->message_count; i++)
		if (!message(l, &m->messages[i]))
			return false;
	return true;
}

bool link_checks(struct linker *l)
{
	for (uint32_t i = 0; i < l->model->file_count; i++) {
		struct proto_file *f = l->model->files[i];
		for (uint32_t j = 0; j < f->message_count; j++)
			if (!message(l, &f->messages[j]))
				return false;
		for (uint32_t j = 0; j < f->enum_count; j++)
			if (!enumeration(l, &f->enums[j]))
				return false;
		for (uint32_t j = 0; j < f->extension_count; j++)
			if (!field(l, f, &f->extensions[j].field))
				return false;
	}
	return !l->model->arena.full || parse_full(l->parser);
}
