/* What a pact says, as one number: each interaction is written in one form, whoever wrote the file, and hashed; the sorted hashes and the version are hashed together.
 * Clients that publish a pact write it anew (keys sorted, "combine" filled in, headers as lists), so the form is made of the model and not of the text. */
#include "base/sha256.h"
#include "contract/pact/pact_impl.h"
#include <stdlib.h>

enum { CANONICAL_MAX = 256 << 20 };

/* Length first: no two sequences of texts have the same bytes. */
static void put(struct buf *b, struct str s)
{
	buf_u64(b, s.len);
	buf_char(b, ':');
	buf_add(b, s);
}

static int member_order(const void *a, const void *b) { return str_cmp(doc_key(*(const struct doc_member *const *)a), doc_key(*(const struct doc_member *const *)b)); }

static void put_doc(struct buf *b, const struct doc *d);

static void put_object(struct buf *b, const struct doc *d)
{
	const struct doc_member **sorted = calloc(d->count ? d->count : 1, sizeof(*sorted));
	if (!sorted) {
		b->failed = true;
		return;
	}
	for (uint32_t i = 0; i < d->count; i++)
		sorted[i] = &d->members[i];
	qsort(sorted, d->count, sizeof(*sorted), member_order);
	buf_char(b, '{');
	for (uint32_t i = 0; i < d->count; i++) {
		put(b, doc_key(sorted[i]));
		put_doc(b, &sorted[i]->value);
	}
	buf_char(b, '}');
	free(sorted);
}

static void put_doc(struct buf *b, const struct doc *d)
{
	switch ((enum doc_type)d->type) {
	case DOC_OBJECT:
		put_object(b, d);
		return;
	case DOC_ARRAY:
		buf_char(b, '[');
		for (uint32_t i = 0; i < d->count; i++)
			put_doc(b, &d->items[i]);
		buf_char(b, ']');
		return;
	case DOC_STRING:
		buf_char(b, 's');
		put(b, doc_str(d));
		return;
	case DOC_INT:
		buf_printf(b, "i%lld;", (long long)d->i);
		return;
	case DOC_DOUBLE:
		buf_printf(b, "d%.17g;", d->d);
		return;
	default:
		buf_char(b, d->type == DOC_NULL ? 'n' : d->type == DOC_TRUE ? 't' : 'f');
	}
}

static int pointer_order(const void *a, const void *b)
{
	const struct pact_field *x = *(const struct pact_field *const *)a, *y = *(const struct pact_field *const *)b;
	return str_cmp(x->name, y->name);
}

/* "a,b" and ["a", "b"] say the same of a header. */
static void put_values(struct buf *b, const struct pact_field *f, bool header)
{
	for (uint32_t i = 0; i < f->count; i++) {
		struct str rest = f->values[i];
		if (!header) {
			put(b, rest);
			continue;
		}
		while (rest.p)
			put(b, str_strip(str_split(&rest, ',')));
	}
}

static void put_fields(struct buf *b, const char *what, const struct pact_fields *f, bool header)
{
	const struct pact_field **sorted = calloc(f->count ? f->count : 1, sizeof(*sorted));
	if (!sorted) {
		b->failed = true;
		return;
	}
	for (uint32_t i = 0; i < f->count; i++)
		sorted[i] = &f->items[i];
	qsort(sorted, f->count, sizeof(*sorted), pointer_order);
	buf_printf(b, "%s(", what);
	for (uint32_t i = 0; i < f->count; i++) {
		struct str name = sorted[i]->name;
		buf_u64(b, name.len);
		buf_char(b, ':');
		for (size_t k = 0; k < name.len; k++)
			buf_char(b, header && name.p[k] >= 'A' && name.p[k] <= 'Z' ? (char)(name.p[k] | 0x20) : name.p[k]);
		put_values(b, sorted[i], header);
	}
	buf_char(b, ')');
	free(sorted);
}

static void put_path(struct buf *b, const struct pact_path *p)
{
	for (uint32_t i = 0; i < p->count; i++) {
		buf_char(b, ".i*#"[p->steps[i].kind]);
		if (p->steps[i].kind == PACT_STEP_NAME)
			put(b, p->steps[i].name);
		else if (p->steps[i].kind == PACT_STEP_INDEX)
			buf_u64(b, p->steps[i].index);
	}
	buf_char(b, ';');
}

/* Lines, sorted: rules of a map have no order. */
static int line_order(const void *a, const void *b) { return str_cmp(*(const struct str *)a, *(const struct str *)b); }

static void put_rules(struct buf *b, const struct pact_part *p, int category)
{
	const struct pact_rules *rules = &p->rules[category];
	const struct pact_generators *generators = &p->generators[category];
	size_t n = (size_t)rules->count + generators->count, count = 0;
	size_t *ends = calloc(n + 1, sizeof(*ends));
	struct str *lines = calloc(n + 1, sizeof(*lines));
	struct buf text;
	buf_init(&text, CANONICAL_MAX);
	for (uint32_t i = 0; ends && i < rules->count; i++) {
		buf_add(&text, rules->items[i].any ? STR("rule-or ") : STR("rule "));
		put_path(&text, &rules->items[i].path);
		for (uint32_t k = 0; k < rules->items[i].count; k++)
			put_doc(&text, rules->items[i].matchers[k].node);
		ends[++count] = buf_str(&text).len;
	}
	for (uint32_t i = 0; ends && i < generators->count; i++) {
		buf_add(&text, STR("make "));
		put_path(&text, &generators->items[i].path);
		put_doc(&text, generators->items[i].node);
		ends[++count] = buf_str(&text).len;
	}
	if (!ends || !lines || !buf_ok(&text)) {
		b->failed = true;
	} else {
		for (size_t i = 0; i < count; i++)
			lines[i] = str_sub(buf_str(&text), ends[i], ends[i + 1]);
		qsort(lines, count, sizeof(*lines), line_order);
		for (size_t i = 0; i < count; i++)
			put(b, lines[i]);
	}
	buf_release(&text);
	free(ends);
	free(lines);
}

static void put_part(struct buf *b, const struct pact_part *p)
{
	buf_add(b, STR("part "));
	for (size_t i = 0; i < p->method.len; i++)
		buf_char(b, p->method.p[i] >= 'a' && p->method.p[i] <= 'z' ? (char)(p->method.p[i] & ~0x20) : p->method.p[i]);
	buf_char(b, ' ');
	put(b, p->path);
	buf_u64(b, p->status);
	if (p->version == PACT_V1)
		put(b, p->query_text.p ? p->query_text : STR("")); /* its order matters there */
	else
		put_fields(b, "query", &p->query, false);
	put_fields(b, "headers", &p->headers, true);
	put_fields(b, "metadata", &p->metadata, false);
	buf_printf(b, "body%d", (int)p->body.state);
	if (p->body.json)
		put_doc(b, p->body.json);
	else if (p->body.state == PACT_BODY_PRESENT)
		put(b, p->body.bytes);
	for (int c = 0; c < PACT_CATEGORIES; c++) {
		buf_printf(b, "rules%d", c);
		put_rules(b, p, c);
	}
}

static bool has_members(const struct doc *d) { return d && (d->type == DOC_OBJECT || d->type == DOC_ARRAY) && d->count; }

static bool interaction_hash(const struct pact_interaction *i, uint8_t out[SHA256_BYTES])
{
	struct buf b;
	buf_init(&b, CANONICAL_MAX);
	buf_printf(&b, "%d %d ", (int)i->kind, i->pending);
	put(&b, i->description);
	for (uint32_t k = 0; k < i->states_count; k++) {
		put(&b, i->states[k].name);
		if (has_members(i->states[k].params))
			put_doc(&b, i->states[k].params);
	}
	if (has_members(i->plugin))
		put_doc(&b, i->plugin);
	if (i->kind != PACT_MESSAGE)
		put_part(&b, &i->request);
	for (uint32_t k = 0; k < i->responses_count; k++)
		put_part(&b, &i->responses[k]);
	bool ok = buf_ok(&b) && sha256(out, buf_str(&b));
	buf_release(&b);
	return ok;
}

bool pact_interaction_id(const struct pact *p, const struct pact_interaction *i, char out[PACT_CONTENT_ID])
{
	uint8_t hash[SHA256_BYTES];
	(void)p;
	if (!interaction_hash(i, hash))
		return false;
	hex_encode(out, hash, sizeof(hash));
	return true;
}

static int hash_order(const void *a, const void *b) { return memcmp(a, b, SHA256_BYTES); }

bool pact_content_id(const struct pact *p, char out[PACT_CONTENT_ID])
{
	size_t bytes = (size_t)p->count * SHA256_BYTES;
	uint8_t *all = calloc(1, bytes + 16);
	if (!all)
		return false;
	bool ok = true;
	for (uint32_t i = 0; i < p->count; i++)
		ok = interaction_hash(&p->interactions[i], all + (size_t)i * SHA256_BYTES) && ok;
	qsort(all, p->count, SHA256_BYTES, hash_order);
	all[bytes] = (uint8_t)p->version;
	ok = ok && sha256_hex(out, str_from((const char *)all, bytes + 1));
	free(all);
	return ok;
}
