/* Reading a pact file: its version, its two parties, its interactions. The parts of an interaction are read in read_interaction.c, read_part.c, body.c and
 * read_rules.c. Bounded by the arena that the pact goes into and by the limits in pact.h. */
#include "contract/pact/pact_impl.h"
#include <stdarg.h>

bool pact_fault(struct pact_reader *r, const struct doc *at, const char *format, ...)
{
	va_list args;
	struct buf text;
	if (err_is_set(r->e))
		return false;
	buf_init(&text, sizeof(r->e->message) - 1);
	va_start(args, format);
	buf_vprintf(&text, format, args);
	va_end(args);
	err_set(r->e, ERR_FILE_INVALID, "%.*s", STR_FMT(buf_str(&text)));
	buf_release(&text);
	struct text_place p = doc_place(r->file, at ? at->offset : 0);
	err_place(r->e, r->file->path, p.line, p.column);
	return false;
}

bool pact_full(struct pact_reader *r)
{
	if (!err_is_set(r->e)) {
		err_set(r->e, ERR_TOO_LARGE, "the pact needs more than %zu MiB of memory when read; split it", r->arena->limit >> 20);
		err_place(r->e, r->file->path, 0, 0);
	}
	return false;
}

const char *pact_version_name(enum pact_version v)
{
	static const char *const names[] = { "1.0.0", "1.1.0", "2.0.0", "3.0.0", "4.0" };
	return names[v];
}

static struct str version_text(const struct doc *metadata)
{
	static const char *const places[] = { "pactSpecification", "pact-specification", "pactSpecificationVersion" };
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		const struct doc *d = doc_get(metadata, str_z(places[i]));
		struct str s = doc_is(d, DOC_STRING) ? doc_str(d) : doc_str(doc_get(d, STR("version")));
		if (s.len)
			return s;
	}
	return STR("");
}

/* Where a file does not say its version: by what only a later one has. */
static enum pact_version guess_version(const struct doc *root)
{
	const struct doc *list = doc_get(root, STR("interactions"));
	if (doc_get(root, STR("messages")))
		return PACT_V3;
	if (!doc_is(list, DOC_ARRAY) || !list->count)
		return PACT_V2;
	if (doc_is(doc_get(&list->items[0], STR("type")), DOC_STRING))
		return PACT_V4;
	return doc_get(&list->items[0], STR("providerStates")) ? PACT_V3 : PACT_V2;
}

static bool read_version(struct pact_reader *r, const struct doc *root, const struct doc *metadata)
{
	struct str s = version_text(metadata);
	if (!s.len) {
		r->version = guess_version(root);
		return true;
	}
	char major = s.p[0];
	if (major < '1' || major > '4' || (s.len > 1 && s.p[1] != '.'))
		return pact_fault(r, metadata, "version \"%.*s\" of the Pact specification is not known; 1 to 4 are", STR_FMT(str_sub(s, 0, 20)));
	r->version = major == '4' ? PACT_V4 : major == '3' ? PACT_V3 : major == '2' ? PACT_V2 : str_starts(s, STR("1.1")) ? PACT_V1_1 : PACT_V1;
	return true;
}

static bool read_party(struct pact_reader *r, const struct doc *root, const char *key, struct str *out)
{
	const struct doc *party = doc_get(root, str_z(key));
	*out = doc_is(party, DOC_STRING) ? doc_str(party) : doc_str(doc_get(party, STR("name")));
	return out->len ? true : pact_fault(r, party ? party : root, "the pact does not name its %s: {\"%s\": {\"name\": …}}", key, key);
}

static bool read_interactions(struct pact_reader *r, const struct doc *root, struct pact *out)
{
	static const struct { const char *key; enum pact_kind kind; } lists[] = { { "interactions", PACT_HTTP }, { "messages", PACT_MESSAGE } };
	size_t n = 0, count = 0;
	bool any = false;
	for (size_t i = 0; i < 2; i++) {
		const struct doc *list = doc_get(root, str_z(lists[i].key));
		if (list && list->type != DOC_ARRAY && list->type != DOC_NULL)
			return pact_fault(r, list, "\"%s\" must be a list", lists[i].key);
		any = any || doc_is(list, DOC_ARRAY);
		n += doc_is(list, DOC_ARRAY) ? list->count : 0;
	}
	if (!any)
		return pact_fault(r, root, "this is no pact: it has neither \"interactions\" nor \"messages\"");
	if (n > PACT_INTERACTIONS_MAX)
		return pact_fault(r, root, "the pact has %zu interactions; %d are allowed. Split it", n, PACT_INTERACTIONS_MAX);
	struct pact_interaction *items = ARENA_ARRAY(r->arena, n ? n : 1, struct pact_interaction);
	if (!items)
		return pact_full(r);
	for (size_t i = 0; i < 2; i++) {
		const struct doc *list = doc_get(root, str_z(lists[i].key));
		for (uint32_t k = 0; doc_is(list, DOC_ARRAY) && k < list->count; k++)
			if (!pact_read_interaction(r, &list->items[k], lists[i].kind, &items[count++]))
				return false;
	}
	out->interactions = items;
	out->count = (uint32_t)count;
	return true;
}

static bool read_root(struct pact_reader *r, struct pact *out)
{
	const struct doc *root = r->file->root, *metadata;
	if (root->type != DOC_OBJECT)
		return pact_fault(r, root, "a pact must be a JSON object");
	metadata = doc_get(root, STR("metadata"));
	if (!metadata)
		metadata = doc_get(root, STR("metaData"));
	if (!read_version(r, root, metadata) || !read_party(r, root, "consumer", &out->consumer) || !read_party(r, root, "provider", &out->provider) ||
		!read_interactions(r, root, out))
		return false;
	out->version = r->version;
	out->metadata = metadata;
	out->plugins = doc_get(metadata, STR("plugins"));
	return true;
}

const struct pact *pact_read(struct arena *a, struct str path, struct str text, struct err *e)
{
	if (text.len > PACT_TEXT_MAX) {
		err_set(e, ERR_TOO_LARGE, "the pact has %zu MiB; %d are allowed. Split it, or take large bodies out", text.len >> 20, PACT_TEXT_MAX >> 20);
		err_place(e, path, 0, 0);
		return NULL;
	}
	struct doc_file *f = doc_parse(a, path, text, e);
	struct pact *p = f ? ARENA_NEW(a, struct pact) : NULL;
	if (!f)
		return NULL;
	struct pact_reader r = { .arena = a, .file = f, .e = e };
	if (!p) {
		pact_full(&r);
		return NULL;
	}
	p->file = f;
	p->arena = a;
	if (!read_root(&r, p))
		return NULL;
	if (a->full) {
		pact_full(&r);
		return NULL;
	}
	return p;
}

bool pact_read_part(struct arena *a, struct doc_file *f, const struct doc *node, enum pact_version version, enum pact_kind kind, struct pact_part *out, struct err *e)
{
	struct pact_reader r = { .arena = a, .file = f, .version = version, .e = e };
	struct pact_part part;
	if (!pact_read_content(&r, node, kind, &part))
		return false;
	if (a->full)
		return pact_full(&r);
	*out = part;
	return true;
}

struct telling { const struct pact *pact; void (*told)(void *ctx, struct text_place at, struct str sentence); void *ctx; size_t count; };

static void tell(struct telling *t, const struct doc *node, struct str sentence)
{
	t->count++;
	if (t->told)
		t->told(t->ctx, doc_place(t->pact->file, node ? node->offset : 0), sentence);
}

static void part_faults(struct telling *t, const struct pact_part *p)
{
	for (int c = 0; c < PACT_CATEGORIES; c++) {
		for (uint32_t i = 0; i < p->rules[c].count; i++)
			for (uint32_t k = 0; k < p->rules[c].items[i].count; k++)
				if (p->rules[c].items[i].matchers[k].fault.len)
					tell(t, p->rules[c].items[i].matchers[k].node, p->rules[c].items[i].matchers[k].fault);
		for (uint32_t i = 0; i < p->generators[c].count; i++)
			if (p->generators[c].items[i].kind == PACT_GENERATOR_UNKNOWN)
				tell(t, p->generators[c].items[i].node, STR("no generator is known by this \"type\""));
	}
}

size_t pact_faults(const struct pact *p, void (*told)(void *ctx, struct text_place at, struct str sentence), void *ctx)
{
	struct telling t = { p, told, ctx, 0 };
	for (uint32_t i = 0; i < p->count; i++) {
		part_faults(&t, &p->interactions[i].request);
		for (uint32_t k = 0; k < p->interactions[i].responses_count; k++)
			part_faults(&t, &p->interactions[i].responses[k]);
	}
	return t.count;
}
