/* A schema as a short type for documentation: "string", "[Order]", "Order", "Cat or Dog". */
#include "contract/schema/schema_valid.h"

enum { TEXT_DEPTH_MAX = 6, TEXT_MAX = 400 };

static void write_type(const struct schema *s, struct buf *out, unsigned depth);

/* "Order" of "#/components/schemas/Order", "common" of "common.schema.json". */
static void write_name(struct str reference, struct buf *out)
{
	size_t at = reference.len;
	while (at && reference.p[at - 1] != '/' && reference.p[at - 1] != '#')
		at--;
	struct str name = str_skip(reference, at);
	buf_add(out, str_empty(name) ? STR("this schema") : name);
}

static void write_choice(const struct schema_entry *e, struct buf *out, unsigned depth)
{
	enum { SHOWN = 4 };
	for (uint32_t i = 0; i < e->value->count && i < SHOWN; i++) {
		if (i)
			buf_add(out, STR(" or "));
		write_type(e->list[i], out, depth + 1);
	}
	if (e->value->count > SHOWN)
		buf_add(out, STR(" or others"));
}

static void write_plain(const struct schema *s, struct buf *out, unsigned depth)
{
	if (s->types & TYPE_ARRAY && s->types != TYPE_ALL && schema_has(s, KW_ITEMS)) {
		buf_char(out, '[');
		write_type(schema_one(s, KW_ITEMS), out, depth + 1);
		buf_char(out, ']');
		return;
	}
	const struct schema *rest = schema_one(s, KW_ADDITIONAL_PROPERTIES);
	if (s->types == TYPE_OBJECT && rest && !rest->boolean && !schema_has(s, KW_PROPERTIES)) {
		buf_add(out, STR("map<string, "));
		write_type(rest, out, depth + 1);
		buf_char(out, '>');
		return;
	}
	struct buf names;
	buf_init(&names, 256);
	valid_type_names(s->types, &names);
	buf_add(out, s->types == TYPE_ALL ? STR("any") : buf_str(&names));
	buf_release(&names);
	struct str format = doc_str(schema_value(s, KW_FORMAT));
	if (format.len && format.len < 40)
		buf_printf(out, " (%.*s)", STR_FMT(format));
}

static void write_type(const struct schema *s, struct buf *out, unsigned depth)
{
	if (s->boolean)
		buf_add(out, s->truth ? STR("any") : STR("nothing"));
	else if (depth > TEXT_DEPTH_MAX)
		buf_add(out, STR("…"));
	else if (schema_has(s, KW_REF))
		write_name(doc_str(schema_value(s, KW_REF)), out);
	else if (schema_has(s, KW_ONE_OF))
		write_choice(schema_entry(s, KW_ONE_OF), out, depth);
	else if (schema_has(s, KW_ANY_OF))
		write_choice(schema_entry(s, KW_ANY_OF), out, depth);
	else if (schema_has(s, KW_ALL_OF) && schema_value(s, KW_ALL_OF)->count == 1 && s->types == TYPE_ALL)
		write_type(schema_entry(s, KW_ALL_OF)->list[0], out, depth + 1);
	else
		write_plain(s, out, depth);
}

struct str schema_type_text(struct schema_set *set, const struct schema *s)
{
	struct buf out;
	buf_init(&out, TEXT_MAX);
	write_type(s, &out, 0);
	struct str text = arena_str(&set->arena, buf_str(&out));
	buf_release(&out);
	return text;
}
