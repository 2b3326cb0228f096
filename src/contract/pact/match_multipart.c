/* multipart/form-data and its kin (RFC 2046, RFC 7578): parts are paired by the name of their Content-Disposition, those without one by their order. A part's place
 * is $.name. Its body is compared by the rule there, else as JSON where it is, else byte by byte. */
#include "contract/pact/match_impl.h"

enum { PARTS_MAX = 500, BOUNDARY_MAX = 70 };
struct piece { struct str name, type, body; };
struct pieces { struct piece *items; size_t count, capacity; };

static struct str unquoted(struct str s)
{
	s = str_strip(s);
	return s.len >= 2 && s.p[0] == '"' && s.p[s.len - 1] == '"' ? str_sub(s, 1, s.len - 1) : s;
}

static struct str parameter(struct str header, const char *name)
{
	struct str rest = header;
	str_split(&rest, ';');
	while (rest.p) {
		struct str pair = str_strip(str_split(&rest, ';'));
		size_t eq = str_find_char(pair, '=');
		if (eq != SIZE_MAX && str_eq_ci(str_strip(str_sub(pair, 0, eq)), str_z(name)))
			return unquoted(str_skip(pair, eq + 1));
	}
	return STR("");
}

/* Of a pact that does not say it: the text's first line. */
static struct str boundary_of(struct str type, struct str body)
{
	struct str said = parameter(type, "boundary");
	if (said.len || !str_starts(body, STR("--")))
		return said;
	size_t end = str_find_char(body, '\n');
	return str_strip(str_sub(body, 2, end));
}

static void read_head(struct piece *p, struct str head)
{
	while (head.p) {
		struct str line = str_strip(str_split(&head, '\n'));
		size_t colon = str_find_char(line, ':');
		struct str name = str_sub(line, 0, colon), value = colon == SIZE_MAX ? STR("") : str_strip(str_skip(line, colon + 1));
		if (str_eq_ci(name, STR("content-disposition")))
			p->name = parameter(value, "name");
		else if (str_eq_ci(name, STR("content-type")))
			p->type = value;
	}
}

static bool take(struct arena *a, struct pieces *out, struct str part)
{
	size_t end = str_find(part, STR("\r\n\r\n")), skip = 4;
	if (str_starts(part, STR("\r\n"))) {
		end = 0;
		skip = 2;
	} else if (end == SIZE_MAX) {
		end = str_find(part, STR("\n\n"));
		skip = 2;
	}
	if (out->count == PARTS_MAX || !ARENA_PUSH_ROOM(a, out->items, out->count, out->capacity))
		return false;
	struct piece p = { .name = STR(""), .type = STR(""), .body = end == SIZE_MAX ? part : str_skip(part, end + skip) };
	if (end != SIZE_MAX)
		read_head(&p, str_sub(part, 0, end));
	out->items[out->count++] = p;
	return true;
}

static bool split(struct arena *a, struct str body, struct str boundary, struct pieces *out)
{
	struct str mark = arena_printf(a, "--%.*s", STR_FMT(boundary));
	if (!boundary.len || boundary.len > BOUNDARY_MAX || !mark.p)
		return false;
	size_t at = str_find(body, mark);
	while (at != SIZE_MAX) {
		struct str rest = str_skip(body, at + mark.len);
		if (str_starts(rest, STR("--")))
			return true;
		size_t line = str_find_char(rest, '\n');
		if (line == SIZE_MAX)
			return false;
		rest = str_skip(rest, line + 1);
		size_t next = str_find(rest, mark);
		if (next == SIZE_MAX)
			return false;
		size_t end = next; /* the line end in front of a boundary belongs to it */
		end -= end && rest.p[end - 1] == '\n';
		end -= end && rest.p[end - 1] == '\r';
		if (!take(a, out, str_sub(rest, 0, end)))
			return false;
		body = rest;
		at = next;
	}
	return false;
}

static const struct piece *like(const struct pieces *of, const struct piece *p, size_t index)
{
	for (size_t i = 0; p->name.len && i < of->count; i++)
		if (str_eq(of->items[i].name, p->name))
			return &of->items[i];
	return !p->name.len && index < of->count && !of->items[index].name.len ? &of->items[index] : NULL;
}

static bool bodies(struct pact_matching *m, const struct piece *e, const struct piece *a)
{
	struct pact_force f = pact_force_here(m);
	struct err ignored = { 0 };
	if (f.count == 1 && f.matchers[0].kind == PACT_CONTENT_TYPE)
		return pact_bytes_are(f.matchers[0].text, a->body) || pact_differs(m, f.matchers[0].text, (struct str){ NULL, 0 }, "expected bytes of the content type %.*s",
			STR_FMT(str_sub(f.matchers[0].text, 0, 100)));
	const struct doc *x = pact_type_is_json(pact_media_type(m->scratch, e->type)) ? pact_json(m->scratch, e->body, &ignored) : NULL;
	const struct doc *y = x ? pact_json(m->scratch, a->body, &ignored) : NULL;
	if (x && y)
		return pact_json_compare(m, x, y);
	if (f.count && str_is_utf8(a->body))
		return pact_text_fits(m, f, e->body, a->body);
	return str_eq(e->body, a->body) || pact_differs(m, str_is_utf8(e->body) ? e->body : (struct str){ NULL, 0 }, str_is_utf8(a->body) ? a->body : (struct str){ NULL, 0 },
		"the part differs (%zu bytes expected, %zu received)", e->body.len, a->body.len);
}

bool pact_multipart_compare(struct pact_matching *m, struct str expected, struct str actual, struct str expected_type, struct str actual_type)
{
	struct pieces e = { 0 }, a = { 0 };
	bool ok = true;
	if (!split(m->scratch, expected, boundary_of(expected_type, expected), &e))
		return pact_differs_fault(m, STR("the body in the pact is no multipart body: a boundary is missing or it does not end"));
	if (!split(m->scratch, actual, boundary_of(actual_type, actual), &a))
		return pact_differs(m, (struct str){ NULL, 0 }, (struct str){ NULL, 0 }, "the body is no multipart body: a boundary is missing or it does not end");
	for (size_t i = 0; (ok || m->out) && i < e.count; i++) {
		const struct piece *there = like(&a, &e.items[i], i);
		if (!pact_push(m, e.items[i].name.len ? PACT_STEP_NAME : PACT_STEP_INDEX, e.items[i].name, (uint32_t)i))
			return false;
		if (there)
			ok = bodies(m, &e.items[i], there) && ok;
		else
			ok = pact_differs(m, e.items[i].name, (struct str){ NULL, 0 }, "the part \"%.*s\" is missing", STR_FMT(str_sub(e.items[i].name, 0, 100)));
		pact_pop(m, 1);
	}
	for (size_t i = 0; (ok || m->out) && !m->more && i < a.count; i++)
		if (!like(&e, &a.items[i], i))
			ok = pact_differs(m, (struct str){ NULL, 0 }, a.items[i].name, "the part \"%.*s\" is not expected", STR_FMT(str_sub(a.items[i].name, 0, 100)));
	return ok;
}
