/* Schemas as text: the parsing canonical form with its fingerprint (specification, "Parsing Canonical Form for Schemas"), the normal form that registries
 * hand out, and types in words. Written without the JSON writer, whose nesting is bounded more narrowly than schemas are. */
#include "contract/avro/avro_impl.h"
#include <stdlib.h>

enum { CANONICAL_DEPTH_MAX = 2000 /* types within types once names are written out; beyond it the buffer fails */ };

struct canonical {
	struct buf *b;
	bool *written;               /* by id: named types that stand above */
	unsigned depth;
};

static void canonical(struct canonical *c, const struct avro_schema *s);

/* ,"key":"value" and ,"key": */
static void key(struct buf *b, const char *name)
{
	buf_char(b, ',');
	json_quote(b, str_z(name));
	buf_char(b, ':');
}

static void pair(struct buf *b, const char *name, struct str value)
{
	key(b, name);
	json_quote(b, value);
}

static void list(struct buf *b, const struct str *texts, size_t count)
{
	buf_char(b, '[');
	for (size_t i = 0; i < count; i++) {
		if (i)
			buf_char(b, ',');
		json_quote(b, texts[i]);
	}
	buf_char(b, ']');
}

static struct str kind_name(const struct avro_schema *s)
{
	return s->type == AVRO_RECORD ? STR("record") : s->type == AVRO_ENUM ? STR("enum") : s->type == AVRO_FIXED ? STR("fixed") : avro_type_name(s);
}

static void canonical_fields(struct canonical *c, const struct avro_schema *s)
{
	key(c->b, "fields");
	buf_char(c->b, '[');
	for (size_t i = 0; i < s->fields_count; i++) {
		buf_add(c->b, i ? STR(",{\"name\":") : STR("{\"name\":"));
		json_quote(c->b, s->fields[i].name);
		key(c->b, "type");
		canonical(c, s->fields[i].use.schema);
		buf_char(c->b, '}');
	}
	buf_char(c->b, ']');
}

static void canonical_named(struct canonical *c, const struct avro_schema *s)
{
	if (c->written[s->id]) {
		json_quote(c->b, s->name);
		return;
	}
	c->written[s->id] = true;
	buf_add(c->b, STR("{\"name\":"));
	json_quote(c->b, s->name);
	pair(c->b, "type", kind_name(s));
	if (s->type == AVRO_RECORD) {
		canonical_fields(c, s);
	} else if (s->type == AVRO_ENUM) {
		key(c->b, "symbols");
		list(c->b, s->names.texts, s->names.count);
	} else {
		key(c->b, "size");
		buf_i64(c->b, s->size);
	}
	buf_char(c->b, '}');
}

static void canonical_parts(struct canonical *c, const struct avro_schema *s)
{
	if (s->type == AVRO_ARRAY)
		buf_add(c->b, STR("{\"type\":\"array\",\"items\":"));
	else
		buf_add(c->b, s->type == AVRO_MAP ? STR("{\"type\":\"map\",\"values\":") : STR("["));
	for (size_t i = 0; i < s->parts_count; i++) {
		if (i)
			buf_char(c->b, ',');
		canonical(c, s->parts[i].schema);
	}
	buf_char(c->b, s->type == AVRO_UNION ? ']' : '}');
}

static void canonical(struct canonical *c, const struct avro_schema *s)
{
	c->b->failed |= c->depth == CANONICAL_DEPTH_MAX;
	if (c->b->failed)
		return;
	c->depth++;
	if (s->type <= AVRO_STRING)
		json_quote(c->b, avro_type_name(s));
	else if (avro_is_named(s))
		canonical_named(c, s);
	else
		canonical_parts(c, s);
	c->depth--;
}

void avro_canonical(const struct avro_set *set, const struct avro_use *root, struct buf *b)
{
	struct canonical c = { .b = b, .written = calloc(set->schemas + 1, sizeof(bool)) };
	if (c.written)
		canonical(&c, root->schema);
	else
		b->failed = true;
	free(c.written);
}

uint64_t avro_rabin(struct str canonical_form)
{
	const uint64_t empty = 0xc15d213aa4d7a795u;
	uint64_t table[256], fp = empty;
	for (unsigned i = 0; i < 256; i++) {
		uint64_t v = i;
		for (int bit = 0; bit < 8; bit++)
			v = (v >> 1) ^ (empty & -(v & 1));
		table[i] = v;
	}
	for (size_t i = 0; i < canonical_form.len; i++)
		fp = (fp >> 8) ^ table[(fp ^ (unsigned char)canonical_form.p[i]) & 0xff];
	return fp;
}

/* --- the normal form ------------------------------------------------------------------------------------------------------------------------------- */

/* The document as it is, without what is insignificant: recursion is bounded by the document's depth. */
static void normal(struct buf *b, const struct doc *node, struct str space);

static void value(struct buf *b, const struct doc *v)
{
	struct json_out o;
	json_out_init(&o, b);
	doc_write(v, &o);
}

static bool is_one_of(struct str name, const char *const *names)
{
	for (size_t i = 0; names[i]; i++)
		if (str_eq(name, str_z(names[i])))
			return true;
	return false;
}

/* Attributes that Avro gives no meaning, in the order of the text. */
static void properties(struct buf *b, const struct doc *node, const char *const *known)
{
	for (size_t i = 0; i < node->count; i++) {
		struct str name = doc_key(&node->members[i]);
		if (is_one_of(name, known))
			continue;
		buf_char(b, ',');
		json_quote(b, name);
		buf_char(b, ':');
		value(b, &node->members[i].value);
	}
}

static void known_value(struct buf *b, const struct doc *node, const char *name)
{
	const struct doc *v = doc_get(node, str_z(name));
	if (!v)
		return;
	key(b, name);
	value(b, v);
}

static void normal_field(struct buf *b, const struct doc *f, struct str space)
{
	static const char *const known[] = { "name", "type", "doc", "default", "order", "aliases", NULL };
	struct str order = doc_str(doc_get(f, STR("order")));
	buf_add(b, STR("{\"name\":"));
	json_quote(b, doc_str(doc_get(f, STR("name"))));
	key(b, "type");
	normal(b, doc_get(f, STR("type")), space);
	known_value(b, f, "doc");
	known_value(b, f, "default");
	if (order.p && !str_eq(order, STR("ascending")))
		pair(b, "order", order);
	known_value(b, f, "aliases");
	properties(b, f, known);
	buf_char(b, '}');
}

static void normal_fields(struct buf *b, const struct doc *fields, struct str space)
{
	key(b, "fields");
	buf_char(b, '[');
	for (size_t i = 0; i < fields->count; i++) {
		if (i)
			buf_char(b, ',');
		normal_field(b, &fields->items[i], space);
	}
	buf_char(b, ']');
}

static void normal_named(struct buf *b, const struct doc *node, struct str type, struct str space)
{
	static const char *const known[] = { "type", "name", "namespace", "doc", "fields", "symbols", "default", "size", "aliases", NULL };
	const struct doc *within = doc_get(node, STR("namespace")), *fields = doc_get(node, STR("fields"));
	struct str name = doc_str(doc_get(node, STR("name"))), last = avro_short_name(name);
	struct str own = last.len != name.len ? str_sub(name, 0, name.len - last.len - 1) : within ? doc_str(within) : space;
	pair(b, "name", last);
	if (!str_eq(own, space))
		pair(b, "namespace", own);
	known_value(b, node, "doc");
	if (fields && !str_eq(type, STR("enum")) && !str_eq(type, STR("fixed")))
		normal_fields(b, fields, own);
	if (str_eq(type, STR("enum")))
		known_value(b, node, "symbols"), known_value(b, node, "default");
	if (str_eq(type, STR("fixed")))
		known_value(b, node, "size");
	properties(b, node, known);
	known_value(b, node, "aliases");
}

static void normal_object(struct buf *b, const struct doc *node, struct str space)
{
	static const char *const known[] = { "type", "items", "values", NULL };
	const struct doc *inner = doc_get(node, STR("items"));
	struct str type = doc_str(doc_get(node, STR("type")));
	if (node->count == 1) { /* {"type": "string"} is "string" */
		json_quote(b, type);
		return;
	}
	buf_add(b, STR("{\"type\":"));
	json_quote(b, type);
	if (str_eq(type, STR("array")) || str_eq(type, STR("map"))) {
		inner = inner && str_eq(type, STR("array")) ? inner : doc_get(node, STR("values"));
		key(b, str_eq(type, STR("array")) ? "items" : "values");
		normal(b, inner, space);
		properties(b, node, known);
	} else if (doc_get(node, STR("name"))) {
		normal_named(b, node, type, space);
	} else {
		properties(b, node, known);
	}
	buf_char(b, '}');
}

static void normal(struct buf *b, const struct doc *node, struct str space)
{
	if (node->type == DOC_STRING) {
		json_quote(b, doc_str(node));
	} else if (node->type == DOC_ARRAY) {
		buf_char(b, '[');
		for (size_t i = 0; i < node->count; i++) {
			if (i)
				buf_char(b, ',');
			normal(b, &node->items[i], space);
		}
		buf_char(b, ']');
	} else {
		normal_object(b, node, space);
	}
}

void avro_normal(const struct avro_file *file, struct buf *b) { normal(b, file->doc->root, STR("")); }

/* --- in words ------------------------------------------------------------------------------------------------------------------------------------------ */

enum { TEXT_BRANCHES_MAX = 12, TEXT_DEPTH_MAX = 4 };

static void type_text(const struct avro_schema *s, struct buf *b, unsigned depth)
{
	if (depth == TEXT_DEPTH_MAX) {
		buf_add(b, STR("…"));
	} else if (s->type == AVRO_ARRAY || s->type == AVRO_MAP) {
		buf_add(b, s->type == AVRO_ARRAY ? STR("array of ") : STR("map of "));
		type_text(s->parts[0].schema, b, depth + 1);
	} else if (s->type == AVRO_UNION) {
		for (size_t i = 0; i < s->parts_count && i <= TEXT_BRANCHES_MAX; i++) {
			buf_add(b, i ? STR(", ") : STR("["));
			if (i == TEXT_BRANCHES_MAX)
				buf_printf(b, "%zu more", s->parts_count - i);
			else
				type_text(s->parts[i].schema, b, depth + 1);
		}
		buf_char(b, ']');
	} else {
		buf_add(b, avro_type_name(s));
	}
	if (s->logical.len)
		buf_printf(b, " (%.*s)", STR_FMT(s->logical));
}

void avro_type_text(const struct avro_schema *s, struct buf *b) { type_text(s, b, 0); }
