/* See schema_random.h. Texts are written directly; what a dialect does not know is not written. */
#include "schema_random.h"
#include "base/check.h"

void random_seed(struct random *r, uint64_t seed) { r->state = seed * 0x9e3779b97f4a7c15ULL + 0x1234567; }

static uint64_t next(struct random *r)
{
	uint64_t z = (r->state += 0x9e3779b97f4a7c15ULL);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

uint32_t random_below(struct random *r, uint32_t n) { return (uint32_t)(next(r) >> 33) % n; }
static bool one_in(struct random *r, uint32_t n) { return random_below(r, n) == 0; }

static const char *const names[] = { "a", "b", "c", "x_a" };
static const char *const texts[] = { "", "a", "b", "ab", "abc", "\xc3\xa9", "x_a", "aaaaaa" };
static const char *const numbers[] = { "0", "1", "2", "3", "-1", "1.5", "2.0", "10", "0.5" };
static const char *const types[] = { "null", "boolean", "integer", "number", "string", "array", "object" };
static const char *const patterns[] = { "^a", "b$", "^[ab]*$", "^x_", "c", "^a{2,}$", "^\\\\w+$" };
static const char *pick(struct random *r, const char *const *list, uint32_t n) { return list[random_below(r, n)]; }
#define PICK(r, list) pick(r, list, ARRAY_LEN(list))

void random_value(struct random *r, unsigned depth, struct buf *out)
{
	switch (random_below(r, depth ? 10 : 6)) {
	case 0:
		buf_add(out, STR("null"));
		break;
	case 1:
		buf_add(out, one_in(r, 2) ? STR("true") : STR("false"));
		break;
	case 2:
	case 3:
		buf_add(out, str_z(PICK(r, numbers)));
		break;
	case 4:
	case 5:
		buf_printf(out, "\"%s\"", PICK(r, texts));
		break;
	case 6:
	case 7:
		buf_char(out, '[');
		for (uint32_t i = 0, n = random_below(r, 4); i < n; i++) {
			buf_add(out, i ? STR(",") : STR(""));
			random_value(r, depth - 1, out);
		}
		buf_char(out, ']');
		break;
	default:
		buf_char(out, '{');
		bool first = true;
		for (size_t i = 0; i < ARRAY_LEN(names); i++) {
			if (!one_in(r, 2))
				continue;
			buf_printf(out, "%s\"%s\":", first ? "" : ",", names[i]);
			random_value(r, depth - 1, out);
			first = false;
		}
		buf_char(out, '}');
	}
}

struct writer {
	struct random *r;
	struct buf *out;
	enum schema_dialect dialect;
	bool first, definitions; /* whether definitions exist to refer to */
	uint64_t written;        /* bit per case of write_keyword */
};

static void write_schema(struct writer *w, unsigned depth);

static void key(struct writer *w, const char *name)
{
	buf_printf(w->out, "%s\"%s\":", w->first ? "" : ",", name);
	w->first = false;
}

static void inner(struct writer *w, unsigned depth)
{
	struct writer below = { .r = w->r, .out = w->out, .dialect = w->dialect, .definitions = w->definitions };
	write_schema(&below, depth ? depth - 1 : 0);
}

static void schema_list(struct writer *w, unsigned depth, uint32_t least)
{
	buf_char(w->out, '[');
	for (uint32_t i = 0, n = least + random_below(w->r, 3); i < n; i++) {
		buf_add(w->out, i ? STR(",") : STR(""));
		inner(w, depth);
	}
	buf_char(w->out, ']');
}

static void schema_map(struct writer *w, unsigned depth, const char *const *keys, uint32_t n)
{
	bool first = true;
	buf_char(w->out, '{');
	for (uint32_t i = 0; i < n; i++) {
		if (!one_in(w->r, 2))
			continue;
		buf_printf(w->out, "%s\"%s\":", first ? "" : ",", keys[i]);
		inner(w, depth);
		first = false;
	}
	buf_char(w->out, '}');
}

static void name_list(struct writer *w, bool can_be_empty)
{
	bool first = true;
	buf_char(w->out, '[');
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (one_in(w->r, 3) || (!can_be_empty && first && i + 1 == ARRAY_LEN(names))) {
			buf_printf(w->out, "%s\"%s\"", first ? "" : ",", names[i]);
			first = false;
		}
	buf_char(w->out, ']');
}

static void write_types(struct writer *w)
{
	key(w, "type");
	if (!one_in(w->r, 4)) {
		buf_printf(w->out, "\"%s\"", PICK(w->r, types));
		return;
	}
	uint32_t a = random_below(w->r, ARRAY_LEN(types)), b = (a + 1 + random_below(w->r, ARRAY_LEN(types) - 1)) % ARRAY_LEN(types);
	buf_printf(w->out, "[\"%s\",\"%s\"]", types[a], types[b]);
}

static void write_enum(struct writer *w)
{
	key(w, "enum");
	buf_char(w->out, '[');
	for (uint32_t i = 0, n = 1 + random_below(w->r, 3); i < n; i++) {
		buf_add(w->out, i ? STR(",") : STR(""));
		if (one_in(w->r, 4))
			random_value(w->r, 1, w->out);
		else
			buf_printf(w->out, "\"%s\"", texts[(i + random_below(w->r, 2)) % ARRAY_LEN(texts)]);
	}
	buf_char(w->out, ']');
}

static bool at_least(const struct writer *w, enum schema_dialect d) { return w->dialect >= d && w->dialect <= SCHEMA_2020_12; }
static bool exclusive_number(const struct writer *w) { return at_least(w, SCHEMA_DRAFT6); }

static void write_bound(struct writer *w, uint32_t which)
{
	static const char *const bounds[] = { "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum" };
	if (which < 2 || exclusive_number(w)) {
		key(w, bounds[which]);
		buf_add(w->out, str_z(PICK(w->r, numbers)));
	}
}

static void write_count(struct writer *w, const char *name)
{
	key(w, name);
	buf_u64(w->out, random_below(w->r, 4));
}

static void write_dependent(struct writer *w, unsigned depth)
{
	bool schemas = one_in(w->r, 2) && depth;
	key(w, !at_least(w, SCHEMA_2019_09) ? "dependencies" : schemas ? "dependentSchemas" : "dependentRequired");
	buf_printf(w->out, "{\"%s\":", PICK(w->r, names));
	if (schemas)
		inner(w, depth);
	else
		name_list(w, false);
	buf_char(w->out, '}');
}

static void write_items(struct writer *w, unsigned depth, bool prefix)
{
	key(w, prefix && w->dialect == SCHEMA_2020_12 ? "prefixItems" : "items");
	if (prefix)
		schema_list(w, depth, 1);
	else
		inner(w, depth);
	if (prefix && w->dialect != SCHEMA_2020_12 && one_in(w->r, 2)) {
		key(w, "additionalItems");
		inner(w, depth);
	}
}

static void write_condition(struct writer *w, unsigned depth)
{
	static const char *const parts[] = { "if", "then", "else" };
	for (size_t i = 0; at_least(w, SCHEMA_DRAFT7) && i < ARRAY_LEN(parts); i++)
		if (i == 0 || one_in(w->r, 2)) {
			key(w, parts[i]);
			inner(w, depth);
		}
}

static void write_contains(struct writer *w, unsigned depth)
{
	if (!at_least(w, SCHEMA_DRAFT6))
		return;
	key(w, "contains");
	inner(w, depth);
	if (at_least(w, SCHEMA_2019_09) && one_in(w->r, 3))
		write_count(w, "minContains");
	if (at_least(w, SCHEMA_2019_09) && one_in(w->r, 3))
		write_count(w, "maxContains");
}

static void write_unevaluated(struct writer *w, unsigned depth, bool items)
{
	if (!at_least(w, SCHEMA_2019_09))
		return;
	key(w, items ? "unevaluatedItems" : "unevaluatedProperties");
	inner(w, one_in(w->r, 2) ? 0 : depth);
}

static void write_reference(struct writer *w)
{
	if (!w->definitions)
		return;
	key(w, "$ref");
	buf_printf(w->out, "\"#/definitions/d%u\"", random_below(w->r, 3));
}

enum { FLAT_KEYWORDS = 17, KEYWORDS = 32 };

static void write_keyword(struct writer *w, uint32_t which, unsigned depth)
{
	if (w->written >> which & 1)
		return;
	w->written |= UINT64_C(1) << which;
	switch (which) {
	case 0: case 1: case 2:
		if (!(w->written & (UINT64_C(7) & ~(UINT64_C(1) << which))))
			write_types(w);
		break;
	case 3:
		write_enum(w);
		break;
	case 4: case 5: case 6: case 7:
		write_bound(w, which - 4);
		break;
	case 8:
		key(w, "multipleOf");
		buf_add(w->out, one_in(w->r, 2) ? STR("2") : STR("0.5"));
		break;
	case 9:
		write_count(w, "minLength");
		break;
	case 10:
		write_count(w, "maxLength");
		break;
	case 11:
		key(w, "pattern");
		buf_printf(w->out, "\"%s\"", PICK(w->r, patterns));
		break;
	case 12:
		write_count(w, one_in(w->r, 2) ? "minItems" : "maxItems");
		break;
	case 13:
		key(w, "uniqueItems");
		buf_add(w->out, STR("true"));
		break;
	case 14:
		write_count(w, one_in(w->r, 2) ? "minProperties" : "maxProperties");
		break;
	case 15:
		key(w, "required");
		name_list(w, false);
		break;
	case 16:
		if (at_least(w, SCHEMA_DRAFT6)) {
			key(w, "const");
			random_value(w->r, 1, w->out);
		}
		break;
	case 17: case 18:
		if (!(w->written & ((UINT64_C(1) << 17 | UINT64_C(1) << 18) & ~(UINT64_C(1) << which)))) {
			key(w, "properties");
			schema_map(w, depth, names, ARRAY_LEN(names));
		}
		break;
	case 19:
		key(w, "patternProperties");
		schema_map(w, depth, patterns, 4);
		break;
	case 20:
		key(w, "additionalProperties");
		if (one_in(w->r, 2))
			buf_add(w->out, STR("false"));
		else
			inner(w, depth);
		break;
	case 21: case 22:
		if (!(w->written & ((UINT64_C(1) << 21 | UINT64_C(1) << 22) & ~(UINT64_C(1) << which))))
			write_items(w, depth, which == 21);
		break;
	case 23:
		write_contains(w, depth);
		break;
	case 24:
		key(w, "allOf");
		schema_list(w, depth, 1);
		break;
	case 25:
		key(w, "anyOf");
		schema_list(w, depth, 1);
		break;
	case 26:
		key(w, "oneOf");
		schema_list(w, depth, 1);
		break;
	case 27:
		key(w, "not");
		inner(w, depth);
		break;
	case 28:
		write_condition(w, depth);
		break;
	case 29:
		write_dependent(w, depth);
		break;
	case 30:
		if (at_least(w, SCHEMA_DRAFT6)) {
			key(w, "propertyNames");
			inner(w, 0);
		}
		break;
	default:
		write_unevaluated(w, depth, one_in(w->r, 2));
	}
}

static void write_schema(struct writer *w, unsigned depth)
{
	if (one_in(w->r, depth ? 16 : 6) && w->dialect >= SCHEMA_DRAFT6) {
		buf_add(w->out, one_in(w->r, 3) ? STR("false") : STR("true"));
		return;
	}
	w->first = true;
	w->written = 0;
	buf_char(w->out, '{');
	if (one_in(w->r, depth > 1 ? 8 : 5))
		write_reference(w);
	if (!w->first && !at_least(w, SCHEMA_2019_09)) { /* nothing counts beside it, whatever other validators make of it */
		buf_char(w->out, '}');
		return;
	}
	if (!one_in(w->r, 3))
		write_keyword(w, 0, depth);
	for (uint32_t i = 0, n = random_below(w->r, 4); i < n; i++)
		write_keyword(w, random_below(w->r, depth ? KEYWORDS : FLAT_KEYWORDS), depth);
	buf_char(w->out, '}');
}

void random_schema_document(struct random *r, enum schema_dialect dialect, struct buf *out)
{
	struct writer w = { .r = r, .out = out, .dialect = dialect };
	bool refers = one_in(r, 2);
	buf_char(out, '{');
	w.first = true;
	if (refers) {
		key(&w, "definitions");
		buf_char(out, '{');
		for (int i = 0; i < 3; i++) {
			buf_printf(out, "%s\"d%d\":", i ? "," : "", i);
			struct writer below = { .r = r, .out = out, .dialect = dialect, .definitions = false };
			write_schema(&below, 2);
		}
		buf_char(out, '}');
	}
	w.definitions = refers;
	if (!one_in(r, 3))
		write_keyword(&w, 0, 3);
	for (uint32_t i = 0, n = 1 + random_below(r, 4); i < n; i++)
		write_keyword(&w, random_below(r, KEYWORDS), 3);
	buf_char(out, '}');
}

/* Mutations: each object is copied member by member; where `left` says so a member is dropped, its value replaced or nudged, or one is added. */
struct mutation { struct random *r; struct buf *out; enum schema_dialect dialect; uint32_t chance; };

static void copy(struct mutation *m, const struct doc *d, bool schema);

static void replaced(struct mutation *m, const struct doc *d)
{
	struct json_out o;
	json_out_init(&o, m->out);
	if (d->type == DOC_INT && !one_in(m->r, 4))
		buf_i64(m->out, d->i + (one_in(m->r, 2) || d->i == 0 ? 1 : -1));
	else if (d->type == DOC_STRING && one_in(m->r, 3))
		doc_write(d, &o);
	else
		copy(m, d, false);
}

static bool is_schema_map(struct str key)
{
	return str_eq(key, STR("properties")) || str_eq(key, STR("patternProperties")) || str_eq(key, STR("definitions")) || str_eq(key, STR("dependentSchemas")) ||
	       str_eq(key, STR("dependencies")) || str_eq(key, STR("dependentRequired"));
}

static void copy_object(struct mutation *m, const struct doc *d, bool schema)
{
	bool first = true;
	buf_char(m->out, '{');
	for (uint32_t i = 0; i < d->count; i++) {
		const struct doc_member *x = &d->members[i];
		bool definitions = str_eq(doc_key(x), STR("definitions"));
		if (one_in(m->r, m->chance) && !definitions && x->key[0] != 'd')
			continue;
		struct json_out o;
		buf_add(m->out, first ? STR("") : STR(","));
		first = false;
		json_out_init(&o, m->out);
		json_out_str(&o, doc_key(x));
		buf_char(m->out, ':');
		if (one_in(m->r, m->chance) && doc_is_number(&x->value))
			replaced(m, &x->value);
		else
			copy(m, &x->value, !schema || !is_schema_map(doc_key(x)));
	}
	if (schema && one_in(m->r, m->chance)) {
		struct buf extra;
		buf_init(&extra, 1 << 16);
		struct writer w = { .r = m->r, .out = &extra, .dialect = m->dialect, .first = first };
		write_keyword(&w, random_below(m->r, KEYWORDS), 1);
		/* Not where the keyword is there already: a key may not stand twice. */
		size_t quote = str_find_char(str_skip(buf_str(&extra), 2), '"');
		struct str name = quote == SIZE_MAX ? STR("") : str_sub(buf_str(&extra), first ? 1 : 2, quote + 2);
		if (name.len && !doc_get(d, name) && w.written && !str_eq(name, STR("if")) && !str_eq(name, STR("contains")) && !str_eq(name, STR("items")))
			buf_add(m->out, buf_str(&extra));
		buf_release(&extra);
	}
	buf_char(m->out, '}');
}

static void copy(struct mutation *m, const struct doc *d, bool schema)
{
	struct json_out o;
	json_out_init(&o, m->out);
	if (d->type == DOC_OBJECT) {
		copy_object(m, d, schema);
	} else if (d->type == DOC_ARRAY) {
		bool first = true;
		buf_char(m->out, '[');
		for (uint32_t i = 0; i < d->count; i++) {
			if (d->count > 1 && one_in(m->r, m->chance))
				continue;
			buf_add(m->out, first ? STR("") : STR(","));
			copy(m, &d->items[i], schema);
			first = false;
		}
		if (first && d->count) {
			json_out_init(&o, m->out);
			doc_write(&d->items[0], &o);
		}
		buf_char(m->out, ']');
	} else {
		doc_write(d, &o);
	}
}

void random_mutation(struct random *r, enum schema_dialect dialect, const struct doc *document, struct buf *out)
{
	struct mutation m = { r, out, dialect, 12 };
	copy(&m, document, true);
}
