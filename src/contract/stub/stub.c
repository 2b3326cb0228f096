/* See stub.h: interactions, their prepared answers, and the index over them. */
#include "contract/stub/stub_impl.h"
#include "base/check.h"
#include <stdlib.h>

struct stub *stub_new(const struct stub_options *o)
{
	struct stub *s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->o = *o;
	s->ruled_end = &s->ruled;
	arena_init(&s->arena, STUB_BYTES);
	arena_init(&s->scratch, STUB_SCRATCH_BYTES);
	return s;
}

void stub_free(struct stub *s)
{
	if (!s)
		return;
	arena_release(&s->arena);
	arena_release(&s->scratch);
	free(s->index);
	free(s);
}

void stub_set_base_url(struct stub *s, struct str url) { s->o.base_url = arena_str(&s->arena, url); }

/* --- answers --------------------------------------------------------------------------------------------------------------------------------- */

/* Lines that the server writes itself. */
static bool is_framing(struct str name)
{
	static const struct str names[] = { STR_INIT("content-length"), STR_INIT("transfer-encoding"), STR_INIT("connection"), STR_INIT("keep-alive"), STR_INIT("date"), STR_INIT("content-type") };
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq_ci(names[i], name))
			return true;
	return false;
}

/* Each value is a line of its own: a list within one line cannot be told from a value with a comma. */
static bool put_header(const struct pact_field *f, struct buf *b, struct err *e)
{
	if (!http1_is_token(f->name))
		return err_set(e, ERR_FILE_INVALID, "the response has the header \"%.*s\", which is no name of a header", STR_FMT(str_sub(f->name, 0, 100)));
	for (uint32_t i = 0; i < f->count; i++) {
		if (!http1_is_value(f->values[i]))
			return err_set(e, ERR_FILE_INVALID, "the response's header %.*s has a value that cannot be sent (control characters)", STR_FMT(f->name));
		buf_add(b, f->name);
		buf_add(b, STR(": "));
		buf_add(b, f->values[i]);
		buf_add(b, STR("\r\n"));
	}
	return true;
}

bool stub_answer_of(const struct pact_part *p, struct arena *a, struct stub_answer *out, struct err *e)
{
	const struct pact_field *type = pact_field_ci(&p->headers, STR("content-type"));
	struct buf headers;
	bool ok = true;
	if (p->status && (p->status < 200 || p->status > 599))
		return err_set(e, ERR_FILE_INVALID, "the response has status %u, which cannot be sent", p->status);
	*out = (struct stub_answer){ .status = p->status ? p->status : 200, .body = p->body.state == PACT_BODY_PRESENT ? p->body.bytes : STR("") };
	out->type = type && type->count ? type->values[0] : out->body.len ? p->body.type : STR("");
	if (!http1_is_value(out->type))
		return err_set(e, ERR_FILE_INVALID, "the response's content type cannot be sent (control characters)");
	buf_init(&headers, HTTP1_MAX_HEAD);
	for (uint32_t i = 0; ok && i < p->headers.count; i++)
		if (!is_framing(p->headers.items[i].name))
			ok = put_header(&p->headers.items[i], &headers, e);
	out->headers = headers.len ? arena_str(a, buf_str(&headers)) : STR("");
	if (ok && (!buf_ok(&headers) || !out->headers.p))
		ok = err_set(e, ERR_TOO_LARGE, "the response's headers are larger than %d bytes", HTTP1_MAX_HEAD);
	buf_release(&headers);
	return ok;
}

/* --- the index -------------------------------------------------------------------------------------------------------------------------------- */

uint64_t stub_key(struct str method, struct str path)
{
	char upper[HTTP1_MAX_METHOD];
	size_t n = method.len < sizeof(upper) ? method.len : sizeof(upper);
	for (size_t i = 0; i < n; i++)
		upper[i] = method.p[i] >= 'a' && method.p[i] <= 'z' ? (char)(method.p[i] - 32) : method.p[i];
	return str_hash(str_from(upper, n)) * 0x9e3779b97f4a7c15u ^ str_hash(path);
}

struct str stub_path(struct arena *a, struct str path)
{
	if (str_find_char(path, '%') == SIZE_MAX)
		return path;
	char *plain = arena_bytes(a, path.len + 1);
	size_t n = plain ? http_unescape(plain, path, false) : SIZE_MAX;
	return n == SIZE_MAX ? path : str_from(plain, n);
}

static struct stub_entry **slot_of(struct stub *s, struct str method, struct str path)
{
	struct stub_entry **p = &s->index[stub_key(method, path) & (s->index_size - 1)];
	while (*p)
		p = &(*p)->next;
	return p;
}

static bool enter(struct stub *s, struct stub_entry *x)
{
	const struct pact_part *q = &x->interaction->request;
	if (q->rules[PACT_RULES_PATH].count || !q->method.len) {
		*s->ruled_end = x;
		s->ruled_end = &x->next;
	} else {
		*slot_of(s, q->method, x->path) = x;
	}
	return true;
}

/* All again, in order: a larger table for more entries. */
static bool grow(struct stub *s, size_t wanted)
{
	size_t size = s->index_size ? s->index_size : 64;
	while (size < 2 * wanted)
		size *= 2;
	if (size == s->index_size)
		return true;
	struct stub_entry **index = calloc(size, sizeof(*index));
	if (!index)
		return false;
	free(s->index);
	s->index = index;
	s->index_size = size;
	s->ruled = NULL;
	s->ruled_end = &s->ruled;
	for (size_t i = 0; i < s->count; i++) {
		s->entries[i]->next = NULL;
		enter(s, s->entries[i]);
	}
	return true;
}

static bool add_one(struct stub *s, const struct pact *p, const struct pact_interaction *i, struct str name, struct err *e)
{
	struct stub_entry *x = ARENA_NEW(&s->arena, struct stub_entry);
	if (!x || !ARENA_PUSH_ROOM(&s->arena, s->entries, s->count, s->capacity))
		return err_set(e, ERR_NO_MEMORY, "the pacts do not fit into memory");
	*x = (struct stub_entry){ .pact = p, .interaction = i, .name = name, .path = stub_path(&s->arena, i->request.path), .generates = pact_generates(&i->responses[0]) };
	if (!stub_answer_of(&i->responses[0], &s->arena, &x->answer, e)) {
		struct text_place at = i->node ? doc_place(p->file, i->node->offset) : (struct text_place){ 0 };
		err_place(e, name, at.line, at.column);
		return false;
	}
	s->entries[s->count++] = x;
	return enter(s, x);
}

bool stub_add(struct stub *s, const struct pact *p, struct str name, size_t *added, struct err *e)
{
	size_t before = s->count;
	name = arena_str(&s->arena, name);
	if (s->count + p->count > STUB_INTERACTIONS_MAX)
		return err_set(e, ERR_TOO_LARGE, "there are more than %d interactions; serve those of one provider", STUB_INTERACTIONS_MAX);
	if (!grow(s, s->count + p->count + 1))
		return err_set(e, ERR_NO_MEMORY, "the pacts do not fit into memory");
	for (uint32_t i = 0; i < p->count; i++)
		if (p->interactions[i].kind == PACT_HTTP && p->interactions[i].responses_count && !add_one(s, p, &p->interactions[i], name, e))
			return false;
	*added = s->count - before;
	return true;
}

bool stub_state_fits(const struct stub_entry *x, struct str state)
{
	if (!state.p)
		return true;
	if (!state.len)
		return x->interaction->states_count == 0;
	for (uint32_t i = 0; i < x->interaction->states_count; i++)
		if (str_eq(x->interaction->states[i].name, state))
			return true;
	return false;
}
