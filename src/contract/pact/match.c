/* A comparison's beginning and end: requests, responses, messages; what is told, where, and within which limits. */
#include "contract/pact/match_impl.h"
#include <stdarg.h>

const char *pact_where_name(enum pact_where w)
{
	static const char *const names[] = { "method", "path", "status", "query", "header", "body", "body", "metadata" };
	return names[w];
}

void pact_mismatches_init(struct pact_mismatches *m, struct arena *a) { *m = (struct pact_mismatches){ .arena = a }; }

static struct str cut(struct arena *a, struct str s)
{
	size_t n = s.len > PACT_SHOWN_MAX ? PACT_SHOWN_MAX : s.len;
	while (n < s.len && n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	return s.p ? arena_str(a, str_sub(s, 0, n)) : s;
}

static bool keep(struct pact_matching *m, struct pact_mismatch x)
{
	struct pact_mismatches *out = m->out;
	if (!out)
		return false;
	if (out->count == PACT_MISMATCHES_MAX || !ARENA_PUSH_ROOM(out->arena, out->items, out->count, out->capacity)) {
		out->more = true;
		return false;
	}
	out->items[out->count++] = x;
	return false;
}

struct str pact_place(struct pact_matching *m)
{
	struct buf b;
	if (m->where != PACT_AT_BODY)
		return m->name;
	buf_init(&b, 64 << 10);
	buf_char(&b, '$');
	for (uint32_t i = 0; i < m->depth; i++) {
		const struct pact_step *s = &m->steps[i];
		bool plain = s->kind == PACT_STEP_NAME && s->name.len;
		for (size_t k = 0; plain && k < s->name.len; k++)
			plain = s->name.p[k] == '_' || s->name.p[k] == '-' || (s->name.p[k] >= '0' && s->name.p[k] <= '9') || ((s->name.p[k] | 0x20) >= 'a' && (s->name.p[k] | 0x20) <= 'z');
		if (s->kind == PACT_STEP_INDEX)
			buf_printf(&b, "[%u]", s->index);
		else
			buf_printf(&b, plain ? ".%.*s" : "['%.*s']", STR_FMT(str_sub(s->name, 0, 200)));
	}
	struct str text = arena_str(m->out ? m->out->arena : m->scratch, str_sub(buf_str(&b), 0, 1000));
	buf_release(&b);
	return text.p ? text : STR("$");
}

bool pact_differs(struct pact_matching *m, struct str expected, struct str actual, const char *format, ...)
{
	va_list args;
	struct buf b;
	if (!m->out)
		return false;
	buf_init(&b, 8 * PACT_SHOWN_MAX);
	va_start(args, format);
	buf_vprintf(&b, format, args);
	va_end(args);
	struct str sentence = arena_str(m->out->arena, buf_str(&b));
	buf_release(&b);
	return keep(m, (struct pact_mismatch){ m->where, pact_place(m), cut(m->out->arena, expected), cut(m->out->arena, actual), sentence.p ? sentence : STR(""), false });
}

bool pact_differs_fault(struct pact_matching *m, struct str sentence)
{
	if (!m->out)
		return false;
	struct str kept = arena_str(m->out->arena, sentence);
	return keep(m, (struct pact_mismatch){ .where = m->where, .path = pact_place(m), .sentence = kept.p ? kept : STR(""), .fault = true });
}

bool pact_work(struct pact_matching *m, uint64_t n)
{
	bool fits = n <= m->work && !m->scratch->full;
	m->work = fits ? m->work - n : 0;
	if (!fits && !m->limited) {
		m->limited = true;
		pact_differs_fault(m, STR("the comparison takes more steps or memory than are allowed; the body or the rules are too large"));
	}
	return fits;
}

bool pact_push(struct pact_matching *m, enum pact_step_kind kind, struct str name, uint32_t index)
{
	if (m->depth >= 2 * PACT_DEPTH_MAX)
		return pact_work(m, UINT64_MAX);
	m->steps[m->depth++] = (struct pact_step){ kind, index, name };
	return true;
}

static struct pact_matching *begin(const struct pact_part *p, bool more, struct arena *scratch, struct pact_mismatches *out)
{
	struct pact_matching *m = arena_alloc(scratch, sizeof(*m));
	if (!m)
		return NULL;
	*m = (struct pact_matching){ .part = p, .more = more, .scratch = scratch, .out = out, .work = PACT_STEPS_WORK_MAX, .name = STR("") };
	return m;
}

static void at(struct pact_matching *m, enum pact_where where, enum pact_category category)
{
	m->where = where;
	m->rules = &m->part->rules[category];
	m->textual = where == PACT_AT_PATH || where == PACT_AT_QUERY || where == PACT_AT_HEADER;
	m->depth = 0;
}

static bool body(struct pact_matching *m, const struct pact_actual *a)
{
	at(m, PACT_AT_BODY, PACT_RULES_BODY);
	if (a->body.len > PACT_ACTUAL_MAX)
		return pact_differs_fault(m, arena_printf(m->scratch, "the body has %zu MiB; %d are compared at most", a->body.len >> 20, PACT_ACTUAL_MAX >> 20));
	return pact_body_compare(m, a);
}

static bool method(struct pact_matching *m, struct str e, struct str a)
{
	at(m, PACT_AT_METHOD, PACT_RULES_PATH);
	return !e.len || str_eq_ci(e, a) || pact_differs(m, e, a, "expected the method %.*s but got %.*s", STR_FMT(str_sub(e, 0, 40)), STR_FMT(str_sub(a, 0, 40)));
}

static bool path(struct pact_matching *m, const struct pact_part *e, const struct pact_actual *a)
{
	at(m, PACT_AT_PATH, PACT_RULES_PATH);
	return pact_path_compare(m, e->path, a->path);
}

static bool query(struct pact_matching *m, const struct pact_part *e, const struct pact_actual *a)
{
	struct pact_fields fields = { 0 };
	at(m, PACT_AT_QUERY, PACT_RULES_QUERY);
	if (e->version == PACT_V1 && e->query_text.p) { /* in version 1 it is one text, order included */
		struct str x = pact_percent_decode(m->scratch, e->query_text, true), y = pact_percent_decode(m->scratch, a->query, true);
		return str_eq(x, y) || pact_differs(m, x, y, "expected the query '%.*s' but got '%.*s'", STR_FMT(str_sub(x, 0, 200)), STR_FMT(str_sub(y, 0, 200)));
	}
	if (!pact_query_fields(m->scratch, a->query, &fields))
		return pact_differs_fault(m, STR("the query has more parameters than are compared"));
	return pact_query_compare(m, &e->query, &fields);
}

static bool headers(struct pact_matching *m, const struct pact_part *e, const struct pact_actual *a)
{
	at(m, PACT_AT_HEADER, PACT_RULES_HEADER);
	return pact_headers_compare(m, &e->headers, &a->headers);
}

bool pact_match_request(const struct pact_part *e, const struct pact_actual *a, struct arena *scratch, struct pact_mismatches *out)
{
	struct pact_matching *m = begin(e, false, scratch, out);
	if (!m)
		return false;
	bool ok = method(m, e->method, a->method);
	ok = (ok || out) && path(m, e, a) && ok;
	ok = (ok || out) && query(m, e, a) && ok;
	ok = (ok || out) && headers(m, e, a) && ok;
	return (ok || out) && body(m, a) && ok;
}

bool pact_match_response(const struct pact_part *e, const struct pact_actual *a, struct arena *scratch, struct pact_mismatches *out)
{
	struct pact_matching *m = begin(e, true, scratch, out);
	if (!m)
		return false;
	at(m, PACT_AT_STATUS, PACT_RULES_STATUS);
	bool ok = pact_status_compare(m, e->status, a->status);
	ok = (ok || out) && headers(m, e, a) && ok;
	return (ok || out) && body(m, a) && ok;
}

bool pact_match_message(const struct pact_part *e, const struct pact_actual *a, struct arena *scratch, struct pact_mismatches *out)
{
	struct pact_matching *m = begin(e, true, scratch, out);
	if (!m)
		return false;
	at(m, PACT_AT_METADATA, PACT_RULES_METADATA);
	bool ok = pact_metadata_compare(m, &e->metadata, &a->metadata);
	return (ok || out) && body(m, a) && ok;
}

bool pact_match_value(const struct pact_part *rules, const struct doc *expected, const struct doc *actual, bool more, struct arena *scratch, struct pact_mismatches *out)
{
	struct pact_matching *m = begin(rules, more, scratch, out);
	if (!m)
		return false;
	at(m, PACT_AT_BODY, PACT_RULES_BODY);
	return pact_json_compare(m, expected, actual);
}

void pact_mismatches_text(const struct pact_mismatches *m, const char *indent, struct buf *out)
{
	for (size_t i = 0; i < m->count; i++) {
		const struct pact_mismatch *x = &m->items[i];
		buf_printf(out, "%s%s", indent, x->where == PACT_AT_BODY_TYPE ? "content type" : pact_where_name(x->where));
		if (x->path.len && !(x->where == PACT_AT_BODY && str_eq(x->path, STR("$"))))
			buf_printf(out, " %.*s", STR_FMT(x->path));
		buf_printf(out, ": %.*s\n", STR_FMT(x->sentence));
	}
	if (m->more)
		buf_printf(out, "%s… and more\n", indent);
}
