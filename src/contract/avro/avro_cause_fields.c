/* Causes between two records of one name: fields that came without a default, went, or were renamed; and, where information is wanted, those that break
 * nobody. */
#include "contract/avro/avro_causes.h"

/* gone, came: the only field without a partner on its side; NULL: there is none, or there are several. */
struct records {
	const struct avro_schema *before, *after;
	const struct avro_field *gone, *came;
};

static struct avro_place at_field(const struct avro_schema *s, const struct avro_field *f) { return (struct avro_place){ s->file, f->offset }; }
static struct avro_place at_record(const struct avro_schema *s) { return (struct avro_place){ s->file, s->offset }; }

/* The field of `reader` that gets its value from this one of the writer; NULL: none. */
static const struct avro_field *read_by(const struct avro_schema *reader, const struct avro_schema *writer, const struct avro_field *from)
{
	size_t same = avro_index_find(&reader->names, from->name);
	if (same != SIZE_MAX)
		return &reader->fields[same];
	for (size_t i = 0; i < reader->fields_count; i++)
		if (reader->fields[i].aliases_count && avro_field_of(&reader->fields[i], writer) == from)
			return &reader->fields[i];
	return NULL;
}

static const struct avro_field *only_alone(const struct avro_schema *s, const struct avro_schema *other)
{
	const struct avro_field *alone = NULL;
	for (size_t i = 0; i < s->fields_count; i++) {
		if (avro_field_of(&s->fields[i], other) || read_by(other, s, &s->fields[i]))
			continue;
		if (alone)
			return NULL;
		alone = &s->fields[i];
	}
	return alone;
}

static bool same_type(const struct avro_schema *a, const struct avro_schema *b)
{
	return a->type == b->type && (avro_is_named(a) ? avro_names_fit(b, a) : doc_equal(a->node, b->node));
}

/* What an old field is called now: by the new one's alias, or because one field went and one of the same type came. */
static const struct avro_field *renamed_to(struct records r, const struct avro_field *old)
{
	const struct avro_field *by_alias = read_by(r.after, r.before, old);
	if (by_alias)
		return by_alias;
	return r.gone == old && r.came && same_type(old->use.schema, r.came->use.schema) ? r.came : NULL;
}

static const struct avro_field *renamed_from(struct records r, const struct avro_field *new_field)
{
	return r.came == new_field && r.gone && same_type(r.gone->use.schema, new_field->use.schema) ? r.gone : NULL;
}

static struct avro_failure missing(const struct avro_pair *p, const struct avro_field *f) { return (struct avro_failure){ AVRO_FAULT_FIELDS, p->reader, p->writer, f, { 0 } }; }

static void renamed(struct avro_walk *w, uint32_t item, struct records r, const struct avro_field *old, const struct avro_field *now, struct avro_failure failure)
{
	struct arena *a = &w->c->out->arena;
	struct avro_found f = { .kind = CHANGE_KIND_AVRO_FIELD_RENAMED,
				.subject = old->use.path,
				.detail = arena_printf(a, "to %.*s", STR_FMT(now->name)),
				.sentence = arena_printf(a, "the field `%.*s` is called `%.*s` now%s", STR_FMT(old->use.path), STR_FMT(now->name),
							 now->aliases_count ? "; readers with the old schema do not know the alias" : ", without an alias"),
				.before = at_field(r.before, old),
				.after = at_field(r.after, now),
				.failure = failure,
				.choice = UINT32_MAX };
	avro_cause(w, &w->items[item], &f);
}

static void added(struct avro_walk *w, uint32_t item, struct records r, const struct avro_field *field, struct avro_failure failure)
{
	struct arena *a = &w->c->out->arena;
	bool breaks = failure.fault != AVRO_FITS;
	struct avro_found f = { .kind = breaks ? CHANGE_KIND_AVRO_FIELD_ADDED_WITHOUT_DEFAULT : CHANGE_KIND_AVRO_FIELD_ADDED,
				.subject = field->use.path,
				.detail = STR(""),
				.sentence = arena_printf(a, "the field `%.*s` was added%s", STR_FMT(field->use.path), breaks ? " without a default" : ""),
				.before = at_record(r.before),
				.after = at_field(r.after, field),
				.failure = failure,
				.choice = UINT32_MAX };
	avro_cause(w, &w->items[item], &f);
}

static void removed(struct avro_walk *w, uint32_t item, struct records r, const struct avro_field *field, struct avro_failure failure)
{
	struct arena *a = &w->c->out->arena;
	bool breaks = failure.fault != AVRO_FITS;
	struct avro_found f = { .kind = breaks ? CHANGE_KIND_AVRO_FIELD_REMOVED_WITHOUT_DEFAULT : CHANGE_KIND_AVRO_FIELD_REMOVED,
				.subject = field->use.path,
				.detail = STR(""),
				.sentence = arena_printf(a, "the field `%.*s` was removed%s", STR_FMT(field->use.path),
							 breaks ? ", and readers with the old schema have no default for it" : ""),
				.before = at_field(r.before, field),
				.after = at_record(r.after),
				.failure = failure,
				.choice = UINT32_MAX };
	avro_cause(w, &w->items[item], &f);
}

/* Fields that the reader misses. */
static void breaking(struct avro_walk *w, uint32_t item, struct records r, const struct avro_pair *p)
{
	for (size_t i = 0; i < p->reader->fields_count; i++) {
		const struct avro_field *field = &p->reader->fields[i];
		if (field->default_value || avro_field_of(field, p->writer))
			continue;
		const struct avro_field *other = avro_backward(w) ? renamed_from(r, field) : renamed_to(r, field);
		if (other)
			renamed(w, item, r, avro_backward(w) ? other : field, avro_backward(w) ? field : other, missing(p, field));
		else if (avro_backward(w))
			added(w, item, r, field, missing(p, field));
		else
			removed(w, item, r, field, missing(p, field));
	}
}

static void default_changed(struct avro_walk *w, uint32_t item, struct records r, const struct avro_field *old, const struct avro_field *now)
{
	struct arena *a = &w->c->out->arena;
	const char *how = !old->default_value ? "added" : !now->default_value ? "removed" : "changed";
	struct avro_found f = { .kind = CHANGE_KIND_AVRO_DEFAULT_CHANGED,
				.subject = old->use.path,
				.detail = str_z(how),
				.sentence = arena_printf(a, "the default of `%.*s` was %s", STR_FMT(old->use.path), how),
				.before = at_field(r.before, old),
				.after = at_field(r.after, now),
				.choice = UINT32_MAX };
	avro_cause(w, &w->items[item], &f);
}

static void informing(struct avro_walk *w, uint32_t item, struct records r)
{
	const struct avro_failure none = { .fault = AVRO_FITS };
	for (size_t i = 0; i < r.after->fields_count; i++) {
		const struct avro_field *now = &r.after->fields[i], *old = avro_field_of(now, r.before);
		bool same = old && (old->default_value && now->default_value ? doc_equal(old->default_value, now->default_value) : old->default_value == now->default_value);
		if (!old && now->default_value)
			added(w, item, r, now, none);
		else if (old && !same)
			default_changed(w, item, r, old, now);
	}
	for (size_t i = 0; i < r.before->fields_count; i++)
		if (r.before->fields[i].default_value && !read_by(r.after, r.before, &r.before->fields[i]))
			removed(w, item, r, &r.before->fields[i], none);
}

void avro_cause_fields(struct avro_walk *w, uint32_t item)
{
	const struct avro_pair *p = &w->r.pairs[w->items[item].pair];
	bool backward = avro_backward(w);
	struct records r = { .before = backward ? p->writer : p->reader, .after = backward ? p->reader : p->writer };
	if (p->fault == AVRO_FAULT_FIELDS) {
		r.gone = only_alone(r.before, r.after);
		r.came = only_alone(r.after, r.before);
		breaking(w, item, r, p);
	}
	if (w->c->options->information && avro_backward(w))
		informing(w, item, r);
}
