/* Where references lead: base URIs ($id), anchors, JSON pointers, files of the source; never the network. A document is walked once for the $ids and
 * anchors in it, when it is first read; only in dialects that have them. */
#include "base/check.h"
#include "contract/schema/schema_impl.h"
#include <stdarg.h>

enum { NAMES_MAX = 1 << 20 };

bool schema_fail(struct err *e, const struct doc_file *f, uint32_t offset, const char *format, ...)
{
	if (err_is_set(e))
		return false;
	struct buf b;
	va_list args;
	buf_init(&b, 1 << 20); /* what is too long for a message is cut by err_set */
	va_start(args, format);
	buf_vprintf(&b, format, args);
	va_end(args);
	err_set(e, ERR_FILE_INVALID, "%.*s", STR_FMT(buf_ok(&b) ? buf_str(&b) : STR("a text of this file is longer than a description can need")));
	buf_release(&b);
	struct text_place p = doc_place((struct doc_file *)f, offset);
	err_place(e, f->path, p.line, p.column);
	return false;
}

static struct schema_resource *add_resource(struct schema_set *set, struct schema_document *d, struct str base, const struct doc *root)
{
	struct schema_resource *r = ARENA_NEW(&set->arena, struct schema_resource);
	if (!r)
		return NULL;
	*r = (struct schema_resource){ .document = d, .base = base, .root = root, .next = set->first_resource };
	map_init(&r->anchors, NAMES_MAX);
	map_init(&r->dynamic, NAMES_MAX);
	set->first_resource = r;
	if (base.p && !map_get(&set->resources, base))
		map_put(&set->resources, base, r);
	return r;
}

static bool holds_values(struct str key)
{
	return str_eq(key, STR("enum")) || str_eq(key, STR("const")) || str_eq(key, STR("default")) || str_eq(key, STR("example")) || str_eq(key, STR("examples"));
}

static bool holds_names(struct str key)
{
	return str_eq(key, STR("properties")) || str_eq(key, STR("patternProperties")) || str_eq(key, STR("$defs")) || str_eq(key, STR("definitions")) ||
	       str_eq(key, STR("dependentSchemas")) || str_eq(key, STR("dependencies"));
}

static struct schema_resource *enter_id(struct schema_set *set, struct schema_resource *in, const struct doc *node, enum schema_dialect dialect)
{
	bool draft4 = dialect == SCHEMA_DRAFT4, before_2019 = dialect <= SCHEMA_DRAFT7;
	struct str id = doc_str(doc_get(node, draft4 ? STR("id") : STR("$id"))), fragment;
	if (!id.p || (before_2019 && doc_is(doc_get(node, STR("$ref")), DOC_STRING))) /* nothing counts beside a $ref there */
		return in;
	struct str base = uri_resolve(&set->arena, in->base, id, &fragment);
	if (!str_empty(fragment) && str_starts(id, STR("#"))) {
		map_put(&in->anchors, fragment, (void *)node);
		return in;
	}
	if (node == in->root) { /* the document's own name: it keeps its path as one too */
		if (base.p && !str_eq(base, in->base)) {
			in->base = base;
			if (!map_get(&set->resources, base))
				map_put(&set->resources, base, in);
		}
		return in;
	}
	struct schema_resource *r = add_resource(set, in->document, base, node);
	if (!r || !pointer_map_put(&set->inner, node, r))
		return in;
	in->document->inner++;
	return r;
}

/* DOC_DEPTH_MAX bounds the recursion. */
static void scan(struct schema_set *set, struct schema_resource *in, const struct doc *node, enum schema_dialect dialect, bool names)
{
	if (node->type == DOC_ARRAY)
		for (uint32_t i = 0; i < node->count; i++)
			scan(set, in, &node->items[i], dialect, false);
	if (node->type != DOC_OBJECT)
		return;
	if (!names) {
		in = enter_id(set, in, node, dialect);
		struct str anchor = doc_str(doc_get(node, STR("$anchor"))), dynamic = doc_str(doc_get(node, STR("$dynamicAnchor")));
		if (anchor.p)
			map_put(&in->anchors, anchor, (void *)node);
		if (dynamic.p) {
			map_put(&in->anchors, dynamic, (void *)node);
			map_put(&in->dynamic, dynamic, (void *)node);
		}
		if (node == in->root && doc_true(doc_get(node, STR("$recursiveAnchor"))))
			in->recursive_anchor = true;
	}
	for (uint32_t i = 0; i < node->count; i++)
		if (names || !holds_values(doc_key(&node->members[i])))
			scan(set, in, &node->members[i].value, dialect, !names && holds_names(doc_key(&node->members[i])));
}

struct schema_document *schema_document_of(struct schema_set *set, struct doc_file *f, enum schema_dialect dialect, struct err *e)
{
	struct schema_document *d = map_get(&set->documents, f->path);
	CHECK(d && d->file == f);
	if (!d->resource && !(d->resource = add_resource(set, d, f->path, f->root))) {
		err_set(e, ERR_TOO_LARGE, "the memory for schemas is used up; compare fewer files at once");
		return NULL;
	}
	bool named = dialect != SCHEMA_OPENAPI_30 && dialect != SCHEMA_SWAGGER_2;
	if (named && !d->scanned) {
		d->scanned = true;
		scan(set, d->resource, f->root, dialect, false);
	}
	return d;
}

/* Steps through a pointer, so that an $id on the way becomes the base of what is below. */
static const struct doc *walk_pointer(struct schema_set *set, const struct schema_resource **base, struct str pointer)
{
	const struct doc *node = (*base)->root;
	struct str rest = str_skip(pointer, 1);
	if (!(*base)->document->inner)
		return doc_pointer(node, arena_printf(&set->arena, "#%.*s", STR_FMT(pointer)));
	while (rest.p && node) {
		struct str part = str_split(&rest, '/');
		node = doc_pointer(node, arena_printf(&set->arena, "#/%.*s", STR_FMT(part)));
		const struct schema_resource *inner = node ? pointer_map_get(&set->inner, node) : NULL;
		if (inner)
			*base = inner;
	}
	return node;
}

/* The resource in which an anchor's node stands: the innermost that holds it. Anchors are kept with their resource, so that is it. */
static const struct doc *find_fragment(struct schema_set *set, const struct schema_resource **base, struct str fragment)
{
	if (str_empty(fragment))
		return (*base)->root;
	if (fragment.p[0] == '/')
		return walk_pointer(set, base, fragment);
	return map_get(&(*base)->anchors, fragment);
}

static void read_all_files(struct schema_set *set, enum schema_dialect dialect)
{
	set->searched = true;
	for (size_t i = 0; i < set->source->count; i++) {
		struct err ignored = { 0 };
		struct str path = set->source->files[i].path;
		if (!str_ends(path, STR(".json")) && !str_ends(path, STR(".yaml")) && !str_ends(path, STR(".yml")))
			continue;
		struct doc_file *f = schema_set_document(set, path, &ignored);
		if (f)
			schema_document_of(set, f, dialect, &ignored);
	}
}

/* The resource of a URI: known, or a file. An absolute URI that no $id has is tried as a path beside the file, and then in all files of the source. */
static const struct schema_resource *find_resource(struct schema_set *set, const struct schema_resource *from, struct str uri, struct str reference,
	enum schema_dialect dialect, struct err *e)
{
	struct str ignored;
	const struct schema_resource *known = map_get(&set->resources, uri);
	if (known)
		return known;
	struct str path = uri;
	if (uri_is_absolute(uri) && !uri_is_absolute(reference))
		path = uri_resolve(&set->arena, from->document->file->path, reference, &ignored);
	if (path.p && !uri_is_absolute(path) && source_find(set->source, path)) {
		struct doc_file *f = schema_set_document(set, path, e);
		struct schema_document *d = f ? schema_document_of(set, f, dialect, e) : NULL;
		return d ? d->resource : NULL;
	}
	if (!set->searched) {
		read_all_files(set, dialect);
		return map_get(&set->resources, uri);
	}
	return NULL;
}

bool schema_resolve(struct schema_set *set, const struct schema_resource *from, struct str reference, const struct doc *at, enum schema_dialect dialect,
	const struct schema_resource **to, const struct doc **node, struct err *e)
{
	struct str fragment;
	struct doc_file *f = from->document->file;
	struct str uri = uri_resolve(&set->arena, from->base, reference, &fragment);
	if (!uri.p)
		return schema_fail(e, f, at->offset, "the reference \"%.*s\" leads out of %.*s; refer to files inside of it only, by relative paths", STR_FMT(reference),
			STR_FMT(set->source->name));
	const struct schema_resource *base = str_eq(uri, from->base) ? from : find_resource(set, from, uri, reference, dialect, e);
	if (!base && err_is_set(e))
		return false;
	if (!base && uri_is_absolute(uri))
		return schema_fail(e, f, at->offset, "nothing in %.*s has the $id \"%.*s\", and nothing is fetched from other hosts; put a copy beside this file and refer to it by its path",
			STR_FMT(set->source->name), STR_FMT(uri));
	if (!base)
		return schema_fail(e, f, at->offset, "the reference \"%.*s\" leads to %.*s, which %.*s does not have; add the file or correct the path", STR_FMT(reference),
			STR_FMT(uri), STR_FMT(set->source->name));
	const struct doc *found = find_fragment(set, &base, fragment);
	if (!found)
		return schema_fail(e, f, at->offset, "the reference \"%.*s\" leads to nowhere: %.*s has no \"#%.*s\". Correct it, or define what it names", STR_FMT(reference),
			STR_FMT(base->document->file->path), STR_FMT(fragment));
	*to = base;
	*node = found;
	return true;
}

bool schema_set_follow(struct schema_set *set, struct doc_file **f, const struct doc **node, struct err *e)
{
	enum { STEPS = 100 };
	struct doc_file *file = *f;
	const struct doc *at = *node;
	for (unsigned steps = 0;; steps++) {
		const struct doc *reference = doc_get(at, STR("$ref"));
		if (!doc_is(reference, DOC_STRING))
			break;
		const struct schema_resource *to;
		struct schema_document *d = schema_document_of(set, file, SCHEMA_OPENAPI_30, e);
		if (steps == STEPS)
			return schema_fail(e, file, reference->offset, "the reference \"%.*s\" leads in a circle; let one of them hold the definition", STR_FMT(doc_str(reference)));
		const struct schema_resource plain = { .document = d, .base = file->path, .root = file->root };
		if (!d || !schema_resolve(set, &plain, doc_str(reference), reference, SCHEMA_OPENAPI_30, &to, &at, e))
			return false;
		file = to->document->file;
	}
	*f = file;
	*node = at;
	return true;
}

/* Finds the way to a byte: of the children of a node, the last that begins at or before it. */
static const struct doc *step_to(const struct doc *d, uint32_t offset, struct buf *path)
{
	uint32_t best = UINT32_MAX;
	for (uint32_t i = 0; i < d->count && (d->type == DOC_ARRAY || d->type == DOC_OBJECT); i++) {
		uint32_t start = d->type == DOC_ARRAY ? d->items[i].offset : d->members[i].value.offset;
		if (start <= offset && (best == UINT32_MAX || start >= (d->type == DOC_ARRAY ? d->items[best].offset : d->members[best].value.offset)))
			best = i;
	}
	if (best == UINT32_MAX)
		return NULL;
	buf_char(path, '/');
	if (d->type == DOC_ARRAY) {
		buf_u64(path, best);
		return &d->items[best];
	}
	struct str key = doc_key(&d->members[best]);
	for (size_t i = 0; i < key.len; i++)
		buf_add(path, key.p[i] == '~' ? STR("~0") : key.p[i] == '/' ? STR("~1") : str_sub(key, i, i + 1));
	return &d->members[best].value;
}

struct str schema_pointer_text(struct arena *a, struct doc_file *f, uint32_t offset)
{
	struct buf b;
	buf_init(&b, 1 << 16);
	buf_add(&b, f->path);
	buf_char(&b, '#');
	for (const struct doc *d = f->root; d && d->offset != offset;)
		d = step_to(d, offset, &b);
	struct str out = arena_str(a, buf_str(&b));
	buf_release(&b);
	return out;
}
