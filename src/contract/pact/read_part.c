/* Requests, responses and messages of a pact: method, path, query, headers, metadata; bodies are in body.c, rules in read_rules.c. */
#include "contract/pact/pact_impl.h"

bool pact_text(struct pact_reader *r, const struct doc *of, const char *key, struct str *out)
{
	const struct doc *d = doc_get(of, str_z(key));
	if (d && d->type != DOC_STRING && d->type != DOC_NULL)
		return pact_fault(r, d, "\"%s\" must be a text", key);
	*out = doc_str(d);
	if (!out->p)
		*out = STR("");
	return true;
}

struct str pact_percent_decode(struct arena *a, struct str s, bool plus)
{
	size_t n = 0;
	if (!memchr(s.p ? s.p : "", '%', s.len) && !(plus && memchr(s.p ? s.p : "", '+', s.len)))
		return s.p ? s : STR("");
	char *to = arena_bytes(a, s.len);
	for (size_t i = 0; to && i < s.len; i++) {
		uint8_t byte;
		if (s.p[i] == '%' && str_to_hex_bytes(str_sub(s, i + 1, i + 3), &byte, 1)) {
			to[n++] = (char)byte;
			i += 2;
		} else {
			to[n++] = plus && s.p[i] == '+' ? ' ' : s.p[i];
		}
	}
	return to ? str_from(to, n) : (struct str){ NULL, 0 };
}

struct growing { struct pact_field *items; size_t count, capacity; };

static bool add_value(struct arena *a, struct growing *g, struct str name, struct str value)
{
	size_t i = 0;
	while (i < g->count && !str_eq(g->items[i].name, name))
		i++;
	if (i == g->count) {
		if (!ARENA_PUSH_ROOM(a, g->items, g->count, g->capacity))
			return false;
		g->items[g->count++] = (struct pact_field){ .name = name };
	}
	struct pact_field *f = &g->items[i];
	struct str *more = ARENA_ARRAY(a, f->count + 1, struct str);
	if (!more)
		return false;
	if (f->count)
		memcpy(more, f->values, f->count * sizeof(*more));
	more[f->count++] = value;
	f->values = more;
	return true;
}

enum { QUERY_FIELDS_MAX = 1000 /* a=1&a=2… is quadratic in this */ };

bool pact_query_fields(struct arena *a, struct str query, struct pact_fields *out)
{
	struct growing g = { 0 };
	size_t seen = 0;
	struct str rest = query;
	while (rest.p) {
		struct str pair = str_split(&rest, '&');
		if (!pair.len)
			continue;
		if (++seen > QUERY_FIELDS_MAX)
			return false;
		size_t eq = str_find_char(pair, '=');
		struct str name = pact_percent_decode(a, str_sub(pair, 0, eq), true), value = pact_percent_decode(a, eq == SIZE_MAX ? STR("") : str_skip(pair, eq + 1), true);
		if (!name.p || !value.p || !add_value(a, &g, name, value))
			return false;
	}
	*out = (struct pact_fields){ g.items, (uint32_t)g.count };
	return true;
}

/* A scalar as text, as it goes into a header or a query. */
static struct str scalar_text(struct pact_reader *r, const struct doc *d)
{
	if (d->type == DOC_STRING)
		return d->count ? doc_str(d) : STR("");
	if (d->type == DOC_NULL)
		return STR("");
	return pact_json_text(r->arena, r->file, d);
}

bool pact_read_fields(struct pact_reader *r, const struct doc *node, struct pact_fields *out)
{
	if (!node || node->type == DOC_NULL)
		return true;
	if (node->type != DOC_OBJECT)
		return pact_fault(r, node, "an object of names and values is expected here");
	struct pact_field *items = ARENA_ARRAY(r->arena, node->count ? node->count : 1, struct pact_field);
	if (!items)
		return pact_full(r);
	for (uint32_t i = 0; i < node->count; i++) {
		const struct doc *value = &node->members[i].value;
		uint32_t n = value->type == DOC_ARRAY ? value->count : 1;
		struct str *values = ARENA_ARRAY(r->arena, n ? n : 1, struct str);
		if (!values)
			return pact_full(r);
		for (uint32_t k = 0; k < n; k++) {
			values[k] = scalar_text(r, value->type == DOC_ARRAY ? &value->items[k] : value);
			if (!values[k].p)
				return pact_full(r);
		}
		items[i] = (struct pact_field){ doc_key(&node->members[i]), values, n, value };
	}
	*out = (struct pact_fields){ items, node->count };
	return true;
}

const struct pact_field *pact_field(const struct pact_fields *f, struct str name)
{
	for (uint32_t i = 0; i < f->count; i++)
		if (str_eq(f->items[i].name, name))
			return &f->items[i];
	return NULL;
}

const struct pact_field *pact_field_ci(const struct pact_fields *f, struct str name)
{
	for (uint32_t i = 0; i < f->count; i++)
		if (str_eq_ci(f->items[i].name, name))
			return &f->items[i];
	return NULL;
}

static bool read_query(struct pact_reader *r, const struct doc *node, struct pact_part *out)
{
	if (!doc_is(node, DOC_STRING))
		return pact_read_fields(r, node, &out->query);
	out->query_text = node->count ? doc_str(node) : STR("");
	if (!pact_query_fields(r->arena, out->query_text, &out->query))
		return r->arena->full ? pact_full(r) : pact_fault(r, node, "the query has more than %d parameters", QUERY_FIELDS_MAX);
	return true;
}

static bool read_status(struct pact_reader *r, const struct doc *node, struct pact_part *out)
{
	if (!node || node->type == DOC_NULL)
		return true;
	if (node->type != DOC_INT || node->i < 100 || node->i > 999)
		return pact_fault(r, node, "\"status\" must be a number from 100 to 999");
	out->status = (uint16_t)node->i;
	return true;
}

static struct str metadata_type(const struct pact_fields *m)
{
	static const char *const names[] = { "contentType", "content-type", "Content-Type" };
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const struct pact_field *f = pact_field_ci(m, str_z(names[i]));
		if (f && f->count)
			return f->values[0];
	}
	return STR("");
}

static bool read_http(struct pact_reader *r, const struct doc *node, struct pact_part *out)
{
	if (!pact_text(r, node, "method", &out->method) || !pact_text(r, node, "path", &out->path) || !read_query(r, doc_get(node, STR("query")), out) ||
		!pact_read_fields(r, doc_get(node, STR("headers")), &out->headers) || !read_status(r, doc_get(node, STR("status")), out))
		return false;
	const struct pact_field *type = pact_field_ci(&out->headers, STR("content-type"));
	return pact_read_body(r, doc_get(node, STR("body")), out, type && type->count ? type->values[0] : STR(""));
}

static bool read_message(struct pact_reader *r, const struct doc *node, struct pact_part *out)
{
	const struct doc *metadata = doc_get(node, STR("metadata")), *contents = doc_get(node, STR("contents"));
	if (!pact_read_fields(r, metadata ? metadata : doc_get(node, STR("metaData")), &out->metadata))
		return false;
	return pact_read_body(r, contents ? contents : doc_get(node, STR("content")), out, metadata_type(&out->metadata));
}

bool pact_read_content(struct pact_reader *r, const struct doc *node, enum pact_kind kind, struct pact_part *out)
{
	*out = (struct pact_part){ .version = r->version, .node = node };
	if (!node || node->type == DOC_NULL)
		return true;
	if (node->type != DOC_OBJECT)
		return pact_fault(r, node, "a request, response or message must be an object");
	if (!(kind == PACT_HTTP ? read_http(r, node, out) : read_message(r, node, out)))
		return false;
	const struct doc *rules = doc_get(node, STR("matchingRules"));
	return pact_read_rules(r, rules ? rules : doc_get(node, STR("responseMatchingRules")), out) && pact_read_generators(r, doc_get(node, STR("generators")), out);
}
