/* Bodies by their content type: JSON and XML as trees, forms by their fields, multipart by its parts, all else as text or bytes. */
#include "contract/pact/match_impl.h"

static const struct { const char *type, *magic; size_t length, at; } magics[] = {
	{ "image/png", "\x89PNG\r\n\x1a\n", 8, 0 }, { "image/jpeg", "\xff\xd8\xff", 3, 0 }, { "image/gif", "GIF8", 4, 0 }, { "image/webp", "WEBP", 4, 8 }, { "image/bmp", "BM", 2, 0 },
	{ "image/tiff", "II*\0", 4, 0 }, { "image/tiff", "MM\0*", 4, 0 }, { "application/pdf", "%PDF-", 5, 0 }, { "application/zip", "PK\3\4", 4, 0 }, { "application/gzip", "\x1f\x8b", 2, 0 },
	{ "application/x-gzip", "\x1f\x8b", 2, 0 }, { "application/zstd", "\x28\xb5\x2f\xfd", 4, 0 }, { "application/x-bzip2", "BZh", 3, 0 }, { "application/x-xz", "\xfd" "7zXZ", 5, 0 },
	{ "application/x-7z-compressed", "7z\xbc\xaf\x27\x1c", 6, 0 }, { "application/wasm", "\0asm", 4, 0 }, { "audio/mpeg", "ID3", 3, 0 }, { "audio/ogg", "OggS", 4, 0 }, { "audio/wav", "WAVE", 4, 8 },
	{ "video/mp4", "ftyp", 4, 4 }, { "video/webm", "\x1a\x45\xdf\xa3", 4, 0 }, { "font/woff2", "wOF2", 4, 0 }, { "font/woff", "wOFF", 4, 0 },
};

bool pact_bytes_are(struct str type, struct str bytes)
{
	bool listed = false;
	struct err ignored = { 0 };
	struct arena scratch;
	bool ok;
	arena_init(&scratch, 64 << 20);
	struct str t = pact_media_type(&scratch, type);
	for (size_t i = 0; i < sizeof(magics) / sizeof(*magics); i++) {
		struct str at = str_skip(bytes, magics[i].at);
		if (!str_eq(t, str_z(magics[i].type)))
			continue;
		listed = true;
		if (str_starts(at, str_from(magics[i].magic, magics[i].length))) {
			arena_release(&scratch);
			return true;
		}
	}
	if (pact_type_is_json(t))
		ok = pact_json(&scratch, bytes, &ignored) != NULL;
	else if (pact_type_is_xml(t))
		ok = xml_parse(&scratch, bytes, &ignored) != NULL;
	else if (pact_type_is_text(t))
		ok = str_is_utf8(bytes);
	else
		ok = !listed; /* what has no mark of its own cannot be told apart */
	arena_release(&scratch);
	return ok;
}

static struct str said_type(struct pact_matching *m, const struct pact_actual *a)
{
	static const char *const names[] = { "content-type", "contentType" };
	if (a->type.len)
		return a->type;
	for (size_t i = 0; i < 2; i++) {
		const struct pact_field *h = pact_field_ci(&a->headers, str_z(names[i])), *d = pact_field_ci(&a->metadata, str_z(names[i]));
		if (h && h->count)
			return h->values[0];
		if (d && d->count)
			return d->values[0];
	}
	(void)m;
	return STR("");
}

/* application/vnd.x+json is a kind of application/json. */
static bool equivalent(struct str e, struct str a)
{
	return str_eq(e, a) || (str_eq(e, STR("application/json")) && pact_type_is_json(a)) || (str_eq(e, STR("application/xml")) && pact_type_is_xml(a)) ||
	       (pact_type_is_xml(e) && pact_type_is_xml(a) && (str_eq(e, STR("text/xml")) || str_eq(a, STR("text/xml"))));
}

static bool json(struct pact_matching *m, const struct pact_body *e, struct str actual)
{
	struct err wrong = { 0 };
	const struct doc *a = pact_json(m->scratch, actual, &wrong);
	if (a)
		return pact_json_compare(m, e->json, a);
	return pact_differs(m, (struct str){ NULL, 0 }, actual, "the body is no JSON: %s", wrong.message);
}

static bool form(struct pact_matching *m, struct str expected, struct str actual)
{
	struct pact_fields e, a;
	m->textual = true;
	if (!pact_query_fields(m->scratch, expected, &e) || !pact_query_fields(m->scratch, actual, &a))
		return pact_differs_fault(m, STR("the form has more fields than are compared"));
	bool ok = true;
	for (uint32_t i = 0; (ok || m->out) && i < e.count; i++) {
		const struct pact_field *x = &e.items[i], *there = pact_field(&a, x->name);
		if (!there) {
			ok = pact_differs(m, x->values[0], (struct str){ NULL, 0 }, "the form's field %.*s is missing", STR_FMT(str_sub(x->name, 0, 200)));
			continue;
		}
		for (uint32_t k = 0; (ok || m->out) && (k < x->count || k < there->count); k++) {
			if (!pact_push(m, PACT_STEP_NAME, x->name, 0))
				return false;
			struct pact_force f = pact_force_here(m);
			if (pact_push(m, PACT_STEP_INDEX, (struct str){ NULL, 0 }, k)) {
				f = pact_force_here(m);
				pact_pop(m, 1);
			}
			if (k < there->count && (k < x->count || f.count))
				ok = pact_text_fits(m, f, x->values[k < x->count ? k : 0], there->values[k]) && ok;
			else if (!f.count)
				ok = pact_differs(m, (struct str){ NULL, 0 }, (struct str){ NULL, 0 }, "expected %u values but there are %u", x->count, there->count);
			pact_pop(m, 1);
			if (k >= x->count && !f.count)
				break;
		}
	}
	for (uint32_t i = 0; (ok || m->out) && !m->more && i < a.count; i++)
		if (!pact_field(&e, a.items[i].name))
			ok = pact_differs(m, (struct str){ NULL, 0 }, a.items[i].values[0], "the form's field %.*s is not expected", STR_FMT(str_sub(a.items[i].name, 0, 200)));
	m->textual = false;
	return ok;
}

static bool text_fits(struct pact_matching *m, struct pact_force f, struct str e, struct str a)
{
	m->textual = true;
	bool ok = pact_text_fits(m, f, e, a);
	m->textual = false;
	return ok;
}

static bool plain(struct pact_matching *m, const struct pact_body *e, struct str actual)
{
	struct pact_force f = pact_force_here(m);
	bool text = str_is_utf8(e->bytes) && str_is_utf8(actual);
	if (f.count && (text || f.matchers[0].kind == PACT_CONTENT_TYPE))
		return text_fits(m, f, e->bytes, actual);
	if (str_eq(e->bytes, actual))
		return true;
	size_t same = 0;
	while (same < e->bytes.len && same < actual.len && e->bytes.p[same] == actual.p[same])
		same++;
	return pact_differs(m, text ? e->bytes : (struct str){ NULL, 0 }, text ? actual : (struct str){ NULL, 0 }, "the body differs from byte %zu on (%zu bytes expected, %zu received)",
		same + 1, e->bytes.len, actual.len);
}

static bool empty_expected(struct pact_matching *m, const struct pact_actual *a)
{
	struct str s = a->has_body ? str_strip(a->body) : STR("");
	if (!s.len || (m->part->body.state == PACT_BODY_NULL && str_eq(s, STR("null"))))
		return true;
	return pact_differs(m, STR(""), a->body, "expected no body but got %zu bytes", a->body.len);
}

/* The type that is expected, as far as it is said and not only guessed. */
static bool types_differ(struct pact_matching *m, struct str actual_type)
{
	const struct pact_body *e = &m->part->body;
	const struct pact_field *f = pact_field_ci(&m->part->headers, STR("content-type"));
	const struct doc *body = doc_get(m->part->node, STR("body")), *contents = doc_get(m->part->node, STR("contents"));
	bool said = f || pact_field_ci(&m->part->metadata, STR("contentType")) || pact_field_ci(&m->part->metadata, STR("content-type")) ||
		    doc_str(doc_get(body ? body : contents, STR("contentType"))).len;
	return said && e->type.len && actual_type.len && !equivalent(e->type, actual_type);
}

bool pact_body_compare(struct pact_matching *m, const struct pact_actual *a)
{
	const struct pact_body *e = &m->part->body;
	if (e->state == PACT_BODY_MISSING)
		return true;
	if (e->state == PACT_BODY_NULL || e->state == PACT_BODY_EMPTY)
		return empty_expected(m, a);
	struct str written = said_type(m, a), type = pact_media_type(m->scratch, written);
	if (!a->has_body || !a->body.len)
		return pact_differs(m, e->bytes, (struct str){ NULL, 0 }, "expected a body of %zu bytes but there is none", e->bytes.len);
	if (types_differ(m, type)) {
		m->where = PACT_AT_BODY_TYPE;
		return pact_differs(m, e->type, type, "expected a body of %.*s but its content type is %.*s", STR_FMT(str_sub(e->type, 0, 100)), STR_FMT(str_sub(type, 0, 100)));
	}
	struct pact_force root = pact_force_here(m);
	if (root.count == 1 && root.matchers[0].kind == PACT_CONTENT_TYPE)
		return plain(m, e, a->body);
	if (e->json)
		return json(m, e, a->body);
	if (pact_type_is_xml(e->type))
		return pact_xml_compare(m, e->bytes, a->body);
	if (str_eq(e->type, STR("application/x-www-form-urlencoded")))
		return form(m, e->bytes, a->body);
	if (str_starts(e->type, STR("multipart/"))) {
		const struct pact_field *f = pact_field_ci(&m->part->headers, STR("content-type"));
		return pact_multipart_compare(m, e->bytes, a->body, f && f->count ? f->values[0] : STR(""), written);
	}
	return plain(m, e, a->body);
}
