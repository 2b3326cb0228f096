/* A part of a pact with new values: path, status, query, headers, metadata, and JSON and form bodies, whose text is written anew with what the generators made in the
 * places that their paths name. A generator that has nothing to say (a provider state without values) leaves the example. */
#include "contract/pact/generate_impl.h"

enum { BODY_MAX = 64 << 20, LEVELS_MAX = 512 };
struct making {
	const struct pact_generators *generators;
	const struct pact_generate *g;
	struct arena *arena;
	struct err *e;
	struct buf *out;
	struct pact_step steps[LEVELS_MAX];
	uint32_t depth;
	bool ok;
};

void pact_doc_write(struct buf *b, const struct doc *d)
{
	struct json_out o;
	if (d->type == DOC_OBJECT) {
		buf_char(b, '{');
		for (uint32_t i = 0; i < d->count; i++) {
			buf_add(b, i ? STR(",") : STR(""));
			json_quote(b, doc_key(&d->members[i]));
			buf_char(b, ':');
			pact_doc_write(b, &d->members[i].value);
		}
		buf_char(b, '}');
	} else if (d->type == DOC_ARRAY) {
		buf_char(b, '[');
		for (uint32_t i = 0; i < d->count; i++) {
			buf_add(b, i ? STR(",") : STR(""));
			pact_doc_write(b, &d->items[i]);
		}
		buf_char(b, ']');
	} else {
		size_t before = buf_str(b).len;
		json_out_init(&o, b);
		doc_write(d, &o);
		struct str s = str_skip(buf_str(b), before);
		if (d->type == DOC_DOUBLE && str_find_char(s, '.') == SIZE_MAX && str_find_char(s, 'e') == SIZE_MAX)
			buf_add(b, STR(".0"));
	}
}

bool pact_generates(const struct pact_part *p)
{
	for (int c = 0; c < PACT_CATEGORIES; c++)
		if (p->generators[c].count)
			return true;
	for (uint32_t i = 0; i < p->rules[PACT_RULES_BODY].count; i++)
		for (uint32_t k = 0; k < p->rules[PACT_RULES_BODY].items[i].count; k++)
			for (uint32_t v = 0; v < p->rules[PACT_RULES_BODY].items[i].matchers[k].variants_count; v++) {
				const struct doc *d = p->rules[PACT_RULES_BODY].items[i].matchers[k].variants[v].generators;
				if (doc_is(d, DOC_OBJECT) && d->count)
					return true;
			}
	return false;
}

static bool step_fits(const struct pact_step *p, const struct pact_step *here)
{
	switch (p->kind) {
	case PACT_STEP_ANY_NAME:
		return true;
	case PACT_STEP_ANY_INDEX:
		return here->kind == PACT_STEP_INDEX;
	case PACT_STEP_NAME:
		return here->kind == PACT_STEP_NAME && str_eq(p->name, here->name);
	case PACT_STEP_INDEX:
		return here->kind == PACT_STEP_INDEX && p->index == here->index;
	}
	return false;
}

static const struct pact_generator *generator_here(const struct making *m)
{
	for (uint32_t i = 0; i < m->generators->count; i++) {
		const struct pact_path *p = &m->generators->items[i].path;
		uint32_t k = 0;
		while (p->count == m->depth && k < p->count && step_fits(&p->steps[k], &m->steps[k]))
			k++;
		if (p->count == m->depth && k == p->count)
			return &m->generators->items[i];
	}
	return NULL;
}

static void write_new(struct making *m, const struct doc *d);

static void write_inside(struct making *m, const struct doc *d, bool object)
{
	buf_char(m->out, object ? '{' : '[');
	for (uint32_t i = 0; m->ok && i < d->count; i++) {
		buf_add(m->out, i ? STR(",") : STR(""));
		if (object) {
			json_quote(m->out, doc_key(&d->members[i]));
			buf_char(m->out, ':');
		}
		if (m->depth == LEVELS_MAX) {
			pact_doc_write(m->out, object ? &d->members[i].value : &d->items[i]);
			continue;
		}
		m->steps[m->depth++] = object ? (struct pact_step){ PACT_STEP_NAME, 0, doc_key(&d->members[i]) } : (struct pact_step){ PACT_STEP_INDEX, i, { NULL, 0 } };
		write_new(m, object ? &d->members[i].value : &d->items[i]);
		m->depth--;
	}
	buf_char(m->out, object ? '}' : ']');
}

static void write_new(struct making *m, const struct doc *d)
{
	const struct pact_generator *gen = generator_here(m);
	struct str json = { NULL, 0 };
	if (gen && !pact_generate_value(gen, d, m->g, m->arena, &json, m->e)) {
		m->ok = false;
		return;
	}
	if (json.p)
		buf_add(m->out, json);
	else if (d->type == DOC_OBJECT || d->type == DOC_ARRAY)
		write_inside(m, d, d->type == DOC_OBJECT);
	else
		pact_doc_write(m->out, d);
}

static bool full(struct err *e) { return err_set(e, ERR_TOO_LARGE, "no memory is left for generated values"); }

/* A generated value where all is text. */
static bool as_text(const struct pact_generator *gen, struct str example, const struct pact_generate *g, struct arena *a, struct str *out, struct err *e)
{
	struct doc d = { .type = DOC_STRING, .count = example.len & 0x0fffffff, .p = example.p ? example.p : "" };
	struct str json;
	struct err ignored = { 0 };
	if (!pact_generate_value(gen, &d, g, a, &json, e))
		return false;
	if (!json.p) {
		*out = example;
		return true;
	}
	*out = json;
	if (json.len && json.p[0] == '"') {
		const struct doc *text = pact_json(a, json, &ignored);
		if (!text)
			return full(e);
		*out = text->count ? doc_str(text) : STR("");
	}
	return true;
}

static bool make_fields(const struct pact_generators *gens, const struct pact_generate *g, struct arena *a, bool ci, struct pact_fields *fields, struct err *e)
{
	struct pact_field *items = ARENA_ARRAY(a, fields->count ? fields->count : 1, struct pact_field);
	if (!items)
		return full(e);
	if (fields->count)
		memcpy(items, fields->items, fields->count * sizeof(*items));
	for (uint32_t i = 0; i < gens->count; i++) {
		const struct pact_path *p = &gens->items[i].path;
		uint32_t index = p->count > 1 && p->steps[1].kind == PACT_STEP_INDEX ? p->steps[1].index : 0, k = 0;
		while (k < fields->count && !(p->count && (ci ? str_eq_ci(items[k].name, p->steps[0].name) : str_eq(items[k].name, p->steps[0].name))))
			k++;
		if (k == fields->count || index >= items[k].count)
			continue;
		struct str *values = ARENA_ARRAY(a, items[k].count, struct str);
		if (!values)
			return full(e);
		memcpy(values, items[k].values, items[k].count * sizeof(*values));
		items[k].values = values;
		items[k].node = NULL;
		if (!as_text(&gens->items[i], values[index], g, a, &values[index], e))
			return false;
	}
	fields->items = items;
	return true;
}

/* The body's generators with those of arrayContains' variants, whose paths begin at the list's item. */
static bool all_generators(const struct pact_part *p, struct arena *a, struct pact_generators *out, struct err *e)
{
	struct pact_generator *items = NULL;
	size_t count = 0, capacity = 0;
	for (uint32_t i = 0; i < p->rules[PACT_RULES_BODY].count; i++) {
		const struct pact_rule *r = &p->rules[PACT_RULES_BODY].items[i];
		for (uint32_t v = 0; r->count && v < r->matchers[0].variants_count; v++) {
			const struct doc *map = r->matchers[0].variants[v].generators;
			for (uint32_t k = 0; doc_is(map, DOC_OBJECT) && k < map->count; k++) {
				struct pact_path inner;
				struct str why;
				if (!pact_path_parse(a, doc_key(&map->members[k]), false, &inner, &why))
					continue;
				uint32_t n = r->path.count + 1 + inner.count;
				struct pact_step *steps = ARENA_ARRAY(a, n, struct pact_step);
				if (!steps || !ARENA_PUSH_ROOM(a, items, count, capacity))
					return full(e);
				if (r->path.count)
					memcpy(steps, r->path.steps, r->path.count * sizeof(*steps));
				steps[r->path.count] = (struct pact_step){ PACT_STEP_INDEX, r->matchers[0].variants[v].index, { NULL, 0 } };
				if (inner.count)
					memcpy(steps + r->path.count + 1, inner.steps, inner.count * sizeof(*steps));
				struct str word = doc_str(doc_get(&map->members[k].value, STR("type")));
				enum pact_generator_kind kind = 0;
				while (kind < PACT_GENERATOR_COUNT && !str_eq_ci(pact_generator_name(kind), word))
					kind++;
				items[count++] = (struct pact_generator){ kind, { doc_key(&map->members[k]), steps, n }, &map->members[k].value };
			}
		}
	}
	const struct pact_generators *own = &p->generators[PACT_RULES_BODY];
	for (uint32_t i = 0; i < own->count; i++) {
		if (!ARENA_PUSH_ROOM(a, items, count, capacity))
			return full(e);
		items[count++] = own->items[i];
	}
	*out = (struct pact_generators){ items, (uint32_t)count };
	return true;
}

static bool make_json(struct pact_part *out, const struct pact_generators *gens, const struct pact_generate *g, struct arena *a, struct err *e)
{
	struct making *m = arena_alloc(a, sizeof(*m));
	struct buf text;
	if (!m)
		return full(e);
	buf_init(&text, BODY_MAX);
	*m = (struct making){ .generators = gens, .g = g, .arena = a, .e = e, .out = &text, .ok = true };
	write_new(m, out->body.json);
	bool ok = m->ok && buf_ok(&text);
	if (ok)
		out->body.bytes = arena_str(a, buf_str(&text));
	buf_release(&text);
	if (!ok || !out->body.bytes.p)
		return err_is_set(e) ? false : full(e);
	out->body.json = pact_json(a, out->body.bytes, e);
	return out->body.json != NULL;
}

static void encode(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i], low = (char)(c | 0x20);
		if ((low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~')
			buf_char(b, c);
		else
			buf_printf(b, "%%%02X", (unsigned char)c);
	}
}

static bool make_form(struct pact_part *out, const struct pact_generators *gens, const struct pact_generate *g, struct arena *a, struct err *e)
{
	struct pact_fields fields;
	struct buf b;
	if (!pact_query_fields(a, out->body.bytes, &fields) || !make_fields(gens, g, a, false, &fields, e))
		return err_is_set(e) ? false : full(e);
	buf_init(&b, BODY_MAX);
	for (uint32_t i = 0; i < fields.count; i++)
		for (uint32_t k = 0; k < fields.items[i].count; k++) {
			buf_add(&b, buf_str(&b).len ? STR("&") : STR(""));
			encode(&b, fields.items[i].name);
			buf_char(&b, '=');
			encode(&b, fields.items[i].values[k]);
		}
	out->body.bytes = buf_ok(&b) ? arena_str(a, buf_str(&b)) : (struct str){ NULL, 0 };
	buf_release(&b);
	return out->body.bytes.p != NULL || full(e);
}

static bool make_body(struct pact_part *out, const struct pact_generate *g, struct arena *a, struct err *e)
{
	struct pact_generators gens;
	if (!all_generators(out, a, &gens, e))
		return false;
	if (!gens.count || out->body.state != PACT_BODY_PRESENT)
		return true;
	if (out->body.json)
		return make_json(out, &gens, g, a, e);
	if (str_eq(out->body.type, STR("application/x-www-form-urlencoded")))
		return make_form(out, &gens, g, a, e);
	if (gens.count == 1 && !gens.items[0].path.count)
		return as_text(&gens.items[0], out->body.bytes, g, a, &out->body.bytes, e);
	return err_set(e, ERR_INPUT, "generators are run in JSON and form bodies and on whole texts; the body is of %.*s", STR_FMT(str_sub(out->body.type, 0, 100)));
}

bool pact_generate_part(const struct pact_part *p, const struct pact_generate *g, struct arena *a, struct pact_part *out, struct err *e)
{
	struct pact_part made = *p;
	const struct pact_generators *gens = p->generators;
	struct str status = { NULL, 0 };
	uint64_t n;
	if (gens[PACT_RULES_PATH].count && !as_text(&gens[PACT_RULES_PATH].items[0], p->path, g, a, &made.path, e))
		return false;
	if (gens[PACT_RULES_STATUS].count) {
		struct doc example = { .type = DOC_INT, .i = p->status };
		if (!pact_generate_value(&gens[PACT_RULES_STATUS].items[0], &example, g, a, &status, e))
			return false;
		if (status.p && str_to_u64(status, &n) && n >= 100 && n <= 999)
			made.status = (uint16_t)n;
	}
	if (!make_fields(&gens[PACT_RULES_QUERY], g, a, false, &made.query, e) || !make_fields(&gens[PACT_RULES_HEADER], g, a, true, &made.headers, e) ||
		!make_fields(&gens[PACT_RULES_METADATA], g, a, false, &made.metadata, e) || !make_body(&made, g, a, e))
		return false;
	*out = made;
	return true;
}
