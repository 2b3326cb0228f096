/* Bodies of pacts: what content type they are of, and their bytes as they go over the wire. */
#include "base/base64.h"
#include "contract/pact/pact_impl.h"

struct str pact_media_type(struct arena *a, struct str written)
{
	size_t end = str_find_char(written, ';');
	struct str s = str_strip(str_sub(written, 0, end));
	char *text = arena_bytes(a, s.len ? s.len : 1);
	for (size_t i = 0; text && i < s.len; i++)
		text[i] = (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] | 0x20 : s.p[i]);
	return text ? str_from(text, s.len) : STR("");
}

bool pact_type_is_json(struct str t) { return str_eq(t, STR("application/json")) || str_ends(t, STR("+json")) || str_eq(t, STR("text/json")); }
bool pact_type_is_xml(struct str t) { return str_eq(t, STR("application/xml")) || str_eq(t, STR("text/xml")) || str_ends(t, STR("+xml")); }
bool pact_type_is_text(struct str t)
{
	return str_starts(t, STR("text/")) || pact_type_is_json(t) || pact_type_is_xml(t) || str_eq(t, STR("application/x-www-form-urlencoded")) ||
	       str_eq(t, STR("application/javascript")) || str_eq(t, STR("application/graphql")) || str_eq(t, STR("application/yaml"));
}

struct str pact_type_guess(struct str bytes)
{
	struct str s = str_strip(bytes);
	if (str_starts(s, STR("{")) || str_starts(s, STR("[")) || str_starts(s, STR("\"")))
		return STR("application/json");
	if (str_starts(s, STR("<?xml")) || (str_starts(s, STR("<")) && str_ends(s, STR(">"))))
		return STR("application/xml");
	return str_is_utf8(bytes) ? STR("text/plain") : STR("application/octet-stream");
}

/* The document reader takes texts that begin with { or [ as JSON and all else as YAML; so whatever it is becomes the one item of a list. */
const struct doc *pact_json(struct arena *a, struct str text, struct err *e)
{
	char *wrapped = arena_bytes(a, text.len + 2);
	if (!wrapped) {
		err_set(e, ERR_TOO_LARGE, "no memory is left for a body of %zu bytes", text.len);
		return NULL;
	}
	wrapped[0] = '[';
	if (text.len)
		memcpy(wrapped + 1, text.p, text.len);
	wrapped[text.len + 1] = ']';
	struct doc_file *f = doc_parse(a, STR("body"), str_from(wrapped, text.len + 2), e);
	if (f && f->root->count != 1) {
		err_set(e, ERR_INPUT, "there is more than one JSON value, or none");
		return NULL;
	}
	return f ? &f->root->items[0] : NULL;
}

/* The end of the JSON value at the beginning of `s`, which is known to be right. */
static size_t value_length(struct str s)
{
	size_t depth = 0, i = 0;
	bool quoted = false;
	for (; i < s.len; i++) {
		char c = s.p[i];
		if (quoted) {
			i += c == '\\';
			quoted = c != '"';
			if (!quoted && !depth)
				return i + 1;
		} else if (c == '"') {
			quoted = true;
		} else if (c == '{' || c == '[') {
			depth++;
		} else if (c == '}' || c == ']') {
			if (depth <= 1)
				return depth ? i + 1 : i;
			depth--;
		} else if (!depth && (c == ',' || c == ' ' || c == '\n' || c == '\r' || c == '\t')) {
			return i;
		}
	}
	return i;
}

struct str pact_json_text(struct arena *a, const struct doc_file *f, const struct doc *node)
{
	struct str s = str_skip(f->text, node->offset);
	s = str_sub(s, 0, value_length(s));
	char *to = arena_bytes(a, s.len ? s.len : 1);
	size_t n = 0;
	bool quoted = false;
	for (size_t i = 0; to && i < s.len; i++) {
		char c = s.p[i];
		if (!quoted && (c == ' ' || c == '\n' || c == '\r' || c == '\t'))
			continue;
		to[n++] = c;
		if (quoted && c == '\\' && i + 1 < s.len)
			to[n++] = s.p[++i];
		else if (c == '"')
			quoted = !quoted;
	}
	return to ? str_from(to, n) : (struct str){ NULL, 0 };
}

/* A text that stands where a body's value does: of JSON it may be JSON that was written into a text, or be the value itself. */
static bool text_content(struct pact_reader *r, const struct doc *value, struct pact_body *b)
{
	struct err ignored = { 0 };
	b->bytes = doc_str(value);
	if (!b->type.len)
		b->type = pact_type_guess(b->bytes);
	if (!pact_type_is_json(b->type))
		return true;
	b->json = pact_json(r->arena, b->bytes, &ignored);
	if (!b->json && !r->arena->full) {
		b->json = value;
		b->bytes = pact_json_text(r->arena, r->file, value);
	}
	return r->arena->full ? pact_full(r) : true;
}

static bool decoded(struct pact_reader *r, const struct doc *value, struct pact_body *b)
{
	struct err ignored = { 0 };
	if (value->type != DOC_STRING || !base64_decode(r->arena, doc_str(value), &b->bytes))
		return pact_fault(r, value, "the body is said to be encoded, but it is no base64 text");
	if (!b->type.len)
		b->type = pact_type_guess(b->bytes);
	if (pact_type_is_json(b->type))
		b->json = pact_json(r->arena, b->bytes, &ignored);
	return r->arena->full ? pact_full(r) : true;
}

static bool content(struct pact_reader *r, const struct doc *value, const struct doc *encoded, struct pact_body *b)
{
	if (!value || value->type == DOC_NULL) {
		b->state = value ? PACT_BODY_NULL : PACT_BODY_MISSING;
		return true;
	}
	b->state = value->type == DOC_STRING && !value->count ? PACT_BODY_EMPTY : PACT_BODY_PRESENT;
	if (b->state == PACT_BODY_EMPTY)
		return true;
	if (encoded && !doc_is(encoded, DOC_FALSE))
		/* "encoded": "JSON" marks JSON that stands here as itself; anything else is base64. */
		if (!str_eq_ci(doc_str(encoded), STR("json")))
			return decoded(r, value, b);
	if (value->type == DOC_STRING)
		return text_content(r, value, b);
	b->json = value;
	b->bytes = pact_json_text(r->arena, r->file, value);
	if (!pact_type_is_json(b->type))
		b->type = STR("application/json");
	return b->bytes.p != NULL || pact_full(r);
}

bool pact_read_body(struct pact_reader *r, const struct doc *node, struct pact_part *part, struct str said)
{
	struct pact_body *b = &part->body;
	b->type = pact_media_type(r->arena, said);
	/* In version 4 an object says what the body is of; anything else can only be the body itself, as some writers have it. */
	if (r->version != PACT_V4 || !node || node->type != DOC_OBJECT)
		return content(r, node, NULL, b);
	struct str type = doc_str(doc_get(node, STR("contentType")));
	const struct doc *value = doc_get(node, STR("content"));
	if (type.len)
		b->type = pact_media_type(r->arena, type);
	if (!value)
		b->state = PACT_BODY_NULL;
	return value ? content(r, value, doc_get(node, STR("encoded")), b) : true;
}
