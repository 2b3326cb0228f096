/* The texts of changes: where, what from what, in one sentence. */
#include "base/check.h"
#include "contract/schema/schema_compare_impl.h"
#include "contract/schema/schema_valid.h"

enum { VALUE_SHOWN = 60, LIST_SHOWN = 10 };

/* A name of JSON pointer's parts: "#/components/schemas/Order/properties/lines/items" is "Order.lines[]". */
static void write_part(struct buf *b, struct str part)
{
	for (size_t i = 0; i < part.len; i++) {
		bool escaped = part.p[i] == '~' && i + 1 < part.len;
		buf_char(b, escaped ? (part.p[++i] == '1' ? '/' : '~') : part.p[i]);
	}
}

static bool is_base(struct str s) { return str_eq(s, STR("schemas")) || str_eq(s, STR("$defs")) || str_eq(s, STR("definitions")) || str_eq(s, STR("parameters")) || str_eq(s, STR("messages")); }

static void write_place(struct buf *b, struct doc_file *f, struct str pointer)
{
	size_t hash = str_find_char(pointer, '#');
	struct str rest = str_skip(pointer, hash == SIZE_MAX ? pointer.len : hash + 1);
	rest = str_skip(rest, 1);
	schema_place_in_operation(b, f, &rest);
	while (rest.p && rest.len) {
		struct str part = str_split(&rest, '/');
		if (is_base(part) && rest.p) {
			buf_clear(b);
			write_part(b, str_split(&rest, '/'));
		} else if ((str_eq(part, STR("properties")) || str_eq(part, STR("patternProperties"))) && rest.p) {
			if (b->len)
				buf_char(b, '.');
			write_part(b, str_split(&rest, '/'));
		} else if (str_eq(part, STR("items")) || str_eq(part, STR("prefixItems")) || str_eq(part, STR("contains"))) {
			buf_add(b, STR("[]"));
		} else if (str_eq(part, STR("additionalProperties"))) {
			buf_add(b, b->len ? STR(".*") : STR("*"));
		}
	}
}

struct str words_place(struct arena *a, const struct schema *s)
{
	struct buf b;
	buf_init(&b, 1024);
	if (s && s->resource) {
		write_place(&b, schema_file(s), schema_pointer_text(a, schema_file(s), s->node->offset));
		struct str title = doc_str(doc_get(schema_file(s)->root, STR("title")));
		if (!b.len)
			buf_add(&b, title.len && title.len < 80 ? title : schema_file(s)->path);
	}
	struct str text = arena_str(a, b.len ? buf_str(&b) : STR("the schema"));
	buf_release(&b);
	return text;
}

static void write_value(struct buf *b, const struct doc *v)
{
	struct buf text;
	struct json_out o;
	if (!v) {
		buf_add(b, STR("none"));
		return;
	}
	if (v->type == DOC_OBJECT) {
		buf_add(b, STR("an object"));
		return;
	}
	if (v->type == DOC_ARRAY) {
		for (uint32_t i = 0; i < v->count && i < LIST_SHOWN; i++) {
			buf_add(b, i ? STR(", ") : STR(""));
			write_value(b, &v->items[i]);
		}
		buf_add(b, v->count > LIST_SHOWN ? STR(", …") : v->count ? STR("") : STR("an empty list"));
		return;
	}
	buf_init(&text, SOURCE_FILE_MAX);
	json_out_init(&o, &text);
	doc_write(v, &o);
	struct str s = buf_str(&text);
	size_t cut = s.len > VALUE_SHOWN ? VALUE_SHOWN : s.len;
	while (cut < s.len && ((unsigned char)s.p[cut] & 0xc0) == 0x80)
		cut--;
	buf_add(b, str_sub(s, 0, cut));
	if (cut < s.len)
		buf_add(b, STR("…"));
	buf_release(&text);
}

static bool in_list(const struct doc *list, const struct doc *v)
{
	for (uint32_t i = 0; list->type == DOC_ARRAY && i < list->count; i++)
		if (doc_equal(&list->items[i], v))
			return true;
	return list->type != DOC_ARRAY && doc_equal(list, v);
}

/* What `from` has and `other` has not. */
static void write_missing(struct buf *b, const struct doc *from, const struct doc *other)
{
	bool first = true;
	uint32_t count = from->type == DOC_ARRAY ? from->count : 1;
	for (uint32_t i = 0; i < count; i++) {
		const struct doc *v = from->type == DOC_ARRAY ? &from->items[i] : from;
		if (in_list(other, v))
			continue;
		buf_add(b, first ? STR("") : STR(", "));
		write_value(b, v);
		first = false;
	}
}

static bool is_of_values(enum change_kind k) { return k == CHANGE_KIND_SCHEMA_ENUM_VALUE_REMOVED || k == CHANGE_KIND_SCHEMA_ENUM_VALUE_ADDED; }

static bool is_of_types(enum change_kind k)
{
	return k == CHANGE_KIND_SCHEMA_TYPE_NARROWED || k == CHANGE_KIND_SCHEMA_TYPE_WIDENED || k == CHANGE_KIND_SCHEMA_TYPE_CHANGED;
}

static void write_types(struct buf *b, unsigned types)
{
	struct buf names;
	buf_init(&names, 128);
	valid_type_names(types, &names);
	buf_add(b, types == TYPE_ALL ? STR("any") : buf_str(&names));
	buf_release(&names);
}

/* The alternative that a change is about; NULL for other kinds. */
static const struct schema *branch_of(const struct difference *d)
{
	switch (d->kind) {
	case CHANGE_KIND_SCHEMA_ANY_OF_BRANCH_REMOVED:
	case CHANGE_KIND_SCHEMA_ONE_OF_BRANCH_REMOVED:
		return d->before;
	case CHANGE_KIND_SCHEMA_ANY_OF_BRANCH_ADDED:
	case CHANGE_KIND_SCHEMA_ONE_OF_BRANCH_ADDED:
		return d->after;
	default:
		return NULL;
	}
}

static void write_branch(struct buf *b, const struct schema *s)
{
	struct str title = doc_str(doc_get(s->node, STR("title")));
	buf_add(b, title.len && title.len < VALUE_SHOWN && !schema_has(s, KW_REF) ? title : schema_type_text(set_of(s), s));
}

static void write_detail(struct buf *b, const struct difference *d)
{
	const struct schema *branch = branch_of(d);
	if (is_of_types(d->kind)) {
		write_types(b, d->old_types);
		buf_add(b, STR(" to "));
		write_types(b, d->new_types);
	} else if (branch && branch->resource) {
		write_branch(b, branch);
	} else if (d->kind == CHANGE_KIND_SCHEMA_EXTENSIBLE_ENUM_VALUE_REMOVED || (d->tight && (d->tight == d->old_value || d->tight == d->new_value))) {
		write_value(b, d->tight);
	} else if (d->kind == CHANGE_KIND_SCHEMA_ENUM_VALUE_REMOVED && d->old_value && d->new_value) {
		write_missing(b, d->old_value, d->new_value);
	} else if (d->kind == CHANGE_KIND_SCHEMA_ENUM_VALUE_ADDED && d->old_value && d->new_value) {
		write_missing(b, d->new_value, d->old_value);
	} else if (d->property.len) {
		buf_add(b, d->property);
	} else if ((d->old_value && d->new_value) || d->annotation) {
		write_value(b, d->old_value);
		buf_add(b, STR(" to "));
		write_value(b, d->new_value);
	} else {
		write_value(b, d->old_value ? d->old_value : d->new_value);
	}
}

static bool about_property(enum change_kind k)
{
	switch (k) {
	case CHANGE_KIND_SCHEMA_PROPERTY_BECAME_REQUIRED:
	case CHANGE_KIND_SCHEMA_REQUIRED_PROPERTY_ADDED:
	case CHANGE_KIND_SCHEMA_PROPERTY_BECAME_OPTIONAL:
	case CHANGE_KIND_SCHEMA_REQUIRED_PROPERTY_REMOVED:
	case CHANGE_KIND_SCHEMA_PROPERTY_REMOVED:
	case CHANGE_KIND_SCHEMA_PROPERTY_ADDED:
		return true;
	default:
		return false;
	}
}

static struct str property_sentence(struct arena *a, const struct difference *d, struct str where)
{
	static const struct { enum change_kind kind; const char *words; } rows[] = {
		{ CHANGE_KIND_SCHEMA_PROPERTY_BECAME_REQUIRED, "became required" }, { CHANGE_KIND_SCHEMA_REQUIRED_PROPERTY_ADDED, "is new and required" },
		{ CHANGE_KIND_SCHEMA_PROPERTY_BECAME_OPTIONAL, "need not be there any more" }, { CHANGE_KIND_SCHEMA_REQUIRED_PROPERTY_REMOVED, "was required and is gone" },
		{ CHANGE_KIND_SCHEMA_PROPERTY_REMOVED, "was removed" }, { CHANGE_KIND_SCHEMA_PROPERTY_ADDED, "is new" },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].kind == d->kind)
			return arena_printf(a, "`%.*s` of %.*s %s%s", STR_FMT(str_sub(d->property, 0, 100)), STR_FMT(where), rows[i].words,
				d->kind == CHANGE_KIND_SCHEMA_PROPERTY_ADDED && d->soft ? "; the old schema allowed any value under this name" :
				d->kind == CHANGE_KIND_SCHEMA_PROPERTY_REMOVED && d->soft ? "; the new schema allows any value under this name" : "");
	return where;
}

void words_of(struct schema_compare *c, const struct difference *d, struct str *subject, struct str *detail, struct str *sentence)
{
	struct arena *a = &c->out->arena;
	const struct schema *at = d->after && d->after->resource ? d->after : d->before && d->before->resource ? d->before : NULL;
	if (d->kind == CHANGE_KIND_SCHEMA_PROPERTY_REMOVED || d->kind == CHANGE_KIND_SCHEMA_REQUIRED_PROPERTY_REMOVED)
		at = d->before && d->before->resource ? d->before : at;
	struct buf b;
	buf_init(&b, 4096);
	struct str where = words_place(a, at);
	*subject = at ? schema_pointer_text(a, schema_file(at), at->node->offset) : STR("#");
	if (about_property(d->kind))
		*subject = arena_printf(a, "%.*s/properties/%.*s", STR_FMT(*subject), STR_FMT(d->property));
	write_detail(&b, d);
	*detail = about_property(d->kind) ? STR("") : arena_str(a, buf_str(&b));
	if (about_property(d->kind))
		*sentence = property_sentence(a, d, where);
	else
		*sentence = arena_printf(a, "%.*s: %.*s%s%.*s", STR_FMT(where), STR_FMT(change_infos[d->kind].title), detail->len ? is_of_values(d->kind) ? ": " : " (" : "",
			STR_FMT(*detail));
	if (!about_property(d->kind) && detail->len && !is_of_values(d->kind))
		*sentence = arena_printf(a, "%.*s)", STR_FMT(*sentence));
	buf_release(&b);
}
