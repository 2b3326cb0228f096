/* YAML documents: libfyaml's events into the tree of doc.h. Its diagnostics are collected, never printed; the first becomes our error. Texts that stand in
 * the file as they are (no escape, one line) are not copied.
 *
 * An alias shares the nodes of its anchor, so it costs nothing here, but it is walked as often as it is used: what aliases add together is
 * bounded by DOC_ALIAS_MAX, and the one that goes beyond is an error at its place. `<<` adds the members that the mapping does not have itself. */
#include "base/check.h"
#include "base/map.h"
#include "contract/doc/doc_impl.h"
#include <libfyaml.h>
#include <stdlib.h>

struct anchor {
	struct doc node;
	uint64_t nodes; /* with all below it, aliases resolved */
};
struct reader {
	struct fy_parser *parser;
	struct fy_diag *diag;
	struct fy_event *event; /* the current one; owned */
	struct doc_file *file;
	struct err *err;
	size_t at;              /* the last known byte, for nodes and errors without one */
	struct map anchors;     /* name to struct anchor; the latest of a name counts */
	uint64_t nodes, added;  /* read in all, and of these by aliases */
	struct doc_member *members; /* of the mappings that are not complete, innermost on top */
	size_t member_count, member_capacity;
	struct doc *items;
	size_t item_count, item_capacity;
};
enum { ANCHORS_MAX = 1 << 20 };

static bool fail(struct reader *r, size_t at, const char *what) { return doc_fail(r->file, r->err, at, what); }

/* libfyaml's words, where there are better ones for people: what its text contains, what we say. */
static const struct { const char *theirs, *ours; } sayings[] = {
	{ "tab character", "a tab cannot indent in YAML; use blanks" },
	{ "invalid multiline plain key", "this text goes on into the next line, where a key follows: check the indentation of the next line" },
	{ "indentation in mapping", "wrong indentation: begin where the neighbouring keys begin, or deeper than the key it belongs to" },
	{ "indendation in sequence", "wrong indentation: each \"-\" of a list begins in the same column" },
	{ "could not find expected ':'", "expected a colon and a blank behind the key" },
	{ "multiple document", "a second document; keep one in a file" },
};

static bool fail_by_diagnostic(struct reader *r)
{
	void *iterator = NULL;
	struct fy_diag_error *found = r->diag ? fy_diag_errors_iterate(r->diag, &iterator) : NULL;
	if (!found || !found->msg)
		return fail(r, r->at, "not valid YAML");
	const char *what = found->msg;
	for (size_t i = 0; i < ARRAY_LEN(sayings); i++)
		if (strstr(what, sayings[i].theirs))
			what = sayings[i].ours;
	struct str said = str_strip(str_z(what));
	if (!err_is_set(r->err)) {
		err_set(r->err, ERR_FILE_INVALID, "not valid YAML: %.*s", STR_FMT(said));
		bool placed = found->line > 0 && found->column > 0;
		err_place(r->err, r->file->path, placed ? (uint32_t)found->line : 0, placed ? (uint32_t)found->column : 0);
	}
	return false;
}

static bool next(struct reader *r)
{
	if (r->event)
		fy_parser_event_free(r->parser, r->event);
	r->event = fy_parser_parse(r->parser);
	if (!r->event)
		return fail_by_diagnostic(r);
	const struct fy_mark *mark = fy_event_start_mark(r->event);
	if (mark)
		r->at = mark->input_pos < r->file->text.len ? mark->input_pos : r->file->text.len;
	return true;
}

static struct str token_text(struct fy_token *t)
{
	size_t len = 0;
	const char *p = t ? fy_token_get_text(t, &len) : NULL;
	return str_from(p, len);
}

/* The bytes of a scalar where they stand in the file as they are meant; empty p otherwise. */
static struct str text_in_place(struct reader *r, struct fy_token *value, enum fy_scalar_style style)
{
	const struct fy_mark *start = fy_token_start_mark(value), *end = fy_token_end_mark(value);
	struct str none = { 0 };
	if (!start || !end || start->line != end->line || end->input_pos < start->input_pos || end->input_pos > r->file->text.len)
		return none;
	struct str raw = str_sub(r->file->text, start->input_pos, end->input_pos);
	if (style == FYSS_PLAIN)
		return memchr(raw.p, '\n', raw.len) || memchr(raw.p, '\r', raw.len) ? none : raw;
	if (style == FYSS_DOUBLE_QUOTED)
		return memchr(raw.p, '\\', raw.len) || memchr(raw.p, '"', raw.len) ? none : raw;
	return style == FYSS_SINGLE_QUOTED && !memchr(raw.p, '\'', raw.len) ? raw : none;
}

/* Byte by byte: for texts of many pieces (quotes with twenty escapes, blocks of twenty lines) libfyaml 0.7.12 loses memory in
 * fy_token_get_text, and fy_token_iter_read and the pieces themselves give wrong bytes. */
static bool read_text(struct reader *r, struct fy_token *value, enum fy_scalar_style style, struct str *to)
{
	enum { NO_MORE = -1 }; /* as a byte, 0xff, which UTF-8 never has: bytes from 0x80 on come as negative numbers too */
	*to = value ? text_in_place(r, value, style) : STR("");
	if (to->p)
		return true;
	size_t len = fy_token_get_text_length(value), at = 0;
	char *text = arena_bytes(r->file->arena, len + 1);
	if (!text || len > DOC_COUNT_MAX)
		return doc_fail_full(r->file, r->err);
	struct fy_token_iter *bytes = len ? fy_token_iter_create(value) : NULL;
	while (bytes && at < len) {
		int c = fy_token_iter_getc(bytes);
		if (c == NO_MORE)
			break;
		text[at++] = (char)c;
	}
	if (bytes)
		fy_token_iter_destroy(bytes);
	*to = str_from(text, at);
	return at == len || fail(r, r->at, "this text cannot be read");
}

static bool read_scalar(struct reader *r, struct doc *to)
{
	struct fy_token *value = r->event->scalar.value;
	struct str text, tag = token_text(r->event->scalar.tag);
	enum fy_scalar_style style = value ? fy_token_scalar_style(value) : FYSS_PLAIN;
	if (!read_text(r, value, style, &text))
		return false;
	if ((style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED) && to->offset)
		to->offset--; /* libfyaml's mark is that of the content; people look at the quote */
	if (tag.p)
		return doc_tagged_scalar(to, text, tag) ||
		       fail(r, r->at, "this tag is not taken, or the value does not fit it; known are !!str !!int !!float !!bool !!null !!map and !!seq");
	if (style == FYSS_PLAIN) {
		doc_plain_scalar(to, text);
		return true;
	}
	to->type = DOC_STRING;
	to->count = (uint32_t)text.len & DOC_COUNT_MAX;
	to->p = text.p;
	return true;
}

static bool read_node(struct reader *r, struct doc *to, unsigned depth);

static bool push(void **items, size_t *count, size_t *capacity, const void *item, size_t size)
{
	if (*count == *capacity) {
		size_t more = *capacity ? *capacity * 2 : 256;
		void *moved = realloc(*items, more * size);
		if (!moved)
			return false;
		*items = moved;
		*capacity = more;
	}
	memcpy((char *)*items + (*count)++ * size, item, size);
	return true;
}

static bool read_sequence(struct reader *r, struct doc *to, unsigned depth)
{
	size_t bottom = r->item_count;
	for (;;) {
		struct doc item = { 0 };
		if (!next(r))
			return false;
		if (r->event->type == FYET_SEQUENCE_END)
			break;
		if (!read_node(r, &item, depth + 1))
			return false;
		if (!push((void **)&r->items, &r->item_count, &r->item_capacity, &item, sizeof(item)))
			return doc_fail_full(r->file, r->err);
	}
	if (!doc_make_array(r->file->arena, to, r->items + bottom, r->item_count - bottom))
		return doc_fail_full(r->file, r->err);
	r->item_count = bottom;
	return true;
}

static bool push_member(struct reader *r, const struct doc_member *m)
{
	return push((void **)&r->members, &r->member_count, &r->member_capacity, m, sizeof(*m)) || doc_fail_full(r->file, r->err);
}

/* Adds what `from` has and `own` has not; an earlier mapping of a list wins. */
static bool merge_one(struct reader *r, const struct doc *own, const struct doc *from, size_t bottom, struct map *merged)
{
	for (uint32_t i = 0; i < from->count; i++) {
		const struct doc_member *m = &from->members[i];
		if (doc_member(own, doc_key(m)) || map_get(merged, doc_key(m)))
			continue;
		if (!map_put(merged, doc_key(m), (void *)(uintptr_t)1) || !push_member(r, m))
			return doc_fail_full(r->file, r->err);
	}
	(void)bottom;
	return true;
}

static bool merge_all(struct reader *r, struct doc *to, const struct doc *merge, size_t bottom)
{
	struct map merged;
	uint32_t first, twice;
	bool list = merge->type == DOC_ARRAY, ok = merge->type == DOC_OBJECT || list;
	for (uint32_t i = 0; list && i < merge->count; i++)
		ok = ok && merge->items[i].type == DOC_OBJECT;
	if (!ok)
		return fail(r, merge->offset, "<< takes a mapping or a list of mappings, mostly an alias such as *base");
	map_init(&merged, DOC_ALIAS_MAX);
	if (!list)
		ok = merge_one(r, to, merge, bottom, &merged);
	for (uint32_t i = 0; list && ok && i < merge->count; i++)
		ok = merge_one(r, to, &merge->items[i], bottom, &merged);
	map_release(&merged);
	if (!ok)
		return false;
	r->added += merge->count;
	return doc_make_object(r->file->arena, to, r->members + bottom, r->member_count - bottom, &first, &twice) || doc_fail_full(r->file, r->err);
}

static bool read_key(struct reader *r, struct doc_member *m, bool *merge)
{
	struct str text;
	struct fy_token *value = r->event->type == FYET_SCALAR ? r->event->scalar.value : NULL;
	if (r->event->type != FYET_SCALAR)
		return fail(r, r->at, "a key must be a plain text");
	enum fy_scalar_style style = value ? fy_token_scalar_style(value) : FYSS_PLAIN;
	bool quoted = style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
	if (!read_text(r, value, style, &text))
		return false;
	if (r->event->scalar.anchor)
		return fail(r, r->at, "an anchor on a key is not taken; put it on the value");
	*merge = style == FYSS_PLAIN && str_eq(text, STR("<<"));
	m->key = text.p;
	m->key_len = (uint32_t)text.len;
	m->key_offset = (uint32_t)(r->at - (quoted && r->at ? 1 : 0));
	return true;
}

static bool read_mapping(struct reader *r, struct doc *to, unsigned depth)
{
	size_t bottom = r->member_count;
	struct doc merge = { 0 };
	uint32_t first = 0, twice;
	bool merges = false;
	for (;;) {
		struct doc_member m = { 0 };
		bool is_merge;
		if (!next(r))
			return false;
		if (r->event->type == FYET_MAPPING_END)
			break;
		if (!read_key(r, &m, &is_merge) || !next(r) || !read_node(r, &m.value, depth + 1))
			return false;
		if (is_merge && merges)
			return fail(r, m.key_offset, "<< stands twice in this mapping; give it a list: <<: [*a, *b]");
		if (is_merge) {
			merge = m.value;
			merges = true;
		} else if (!push_member(r, &m)) {
			return false;
		}
	}
	if (!doc_make_object(r->file->arena, to, r->members + bottom, r->member_count - bottom, &first, &twice))
		return doc_fail_full(r->file, r->err);
	if (twice != UINT32_MAX)
		return doc_fail_twice(r->file, r->err, &to->members[first], &to->members[twice]);
	bool ok = !merges || merge_all(r, to, &merge, bottom);
	r->member_count = bottom;
	return ok;
}

static bool read_alias(struct reader *r, struct doc *to)
{
	const struct anchor *a = map_get(&r->anchors, token_text(r->event->alias.anchor));
	if (!a)
		return fail(r, r->at, "no anchor of this name is complete here; an alias (*name) stands behind the node that it repeats (&name)");
	r->added += a->nodes;
	r->nodes += a->nodes;
	if (r->added > DOC_ALIAS_MAX)
		return fail(r, r->at, "aliases blow this document up to more than 1048576 further nodes; write it with fewer of them");
	*to = a->node;
	return true;
}

static bool keep_anchor(struct reader *r, struct str name, const struct doc *node, uint64_t nodes)
{
	struct anchor *a = ARENA_NEW(r->file->arena, struct anchor);
	if (!a || !name.p || !map_put(&r->anchors, name, a))
		return doc_fail_full(r->file, r->err);
	*a = (struct anchor){ *node, nodes };
	return true;
}

static bool read_collection(struct reader *r, struct doc *to, unsigned depth)
{
	bool list = r->event->type == FYET_SEQUENCE_START;
	struct str tag = token_text(list ? r->event->sequence_start.tag : r->event->mapping_start.tag);
	if (depth >= DOC_DEPTH_MAX)
		return fail(r, r->at, "nested too deeply; 512 levels are allowed. Move inner parts into definitions of their own");
	if (tag.p && !str_eq(tag, list ? STR("tag:yaml.org,2002:seq") : STR("tag:yaml.org,2002:map")))
		return fail(r, r->at, "this tag is not taken; known are !!str !!int !!float !!bool !!null !!map and !!seq");
	return list ? read_sequence(r, to, depth) : read_mapping(r, to, depth);
}

/* The node that begins with the current event; afterwards the current event is its last. */
static bool read_node(struct reader *r, struct doc *to, unsigned depth)
{
	to->offset = (uint32_t)r->at;
	struct fy_token *anchor = NULL;
	uint64_t before = r->nodes++;
	if (r->event->type == FYET_ALIAS)
		return read_alias(r, to);
	if (r->event->type == FYET_SCALAR)
		anchor = r->event->scalar.anchor;
	else if (r->event->type == FYET_SEQUENCE_START)
		anchor = r->event->sequence_start.anchor;
	else if (r->event->type == FYET_MAPPING_START)
		anchor = r->event->mapping_start.anchor;
	else
		return fail(r, r->at, "expected a value");
	struct str name = anchor ? arena_str(r->file->arena, token_text(anchor)) : (struct str){ 0 };
	if (!(r->event->type == FYET_SCALAR ? read_scalar(r, to) : read_collection(r, to, depth)))
		return false;
	return !anchor || keep_anchor(r, name, to, r->nodes - before);
}

static bool read_stream(struct reader *r, struct doc *to)
{
	if (!next(r) || !next(r))
		return false;
	if (r->event->type == FYET_STREAM_END)
		return true; /* nothing but comments: null */
	if (!next(r) || !read_node(r, to, 0) || !next(r) || !next(r))
		return false;
	return r->event->type == FYET_STREAM_END || fail(r, r->at, "a second document; keep one in a file");
}

/* Never called with anything to show: the diagnostics are collected. It is here so that nothing reaches standard error. */
static void swallow(struct fy_diag *diag, void *user, const char *text, size_t len)
{
	(void)diag;
	(void)user;
	(void)text;
	(void)len;
}

static bool open_parser(struct reader *r)
{
	struct fy_diag_cfg diag_config;
	fy_diag_cfg_default(&diag_config);
	diag_config.fp = NULL;
	diag_config.output_fn = swallow;
	diag_config.level = FYET_ERROR;
	diag_config.colorize = false;
	r->diag = fy_diag_create(&diag_config);
	if (!r->diag)
		return false;
	fy_diag_set_collect_errors(r->diag, true);
	const struct fy_parse_cfg config = { .flags = FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE, .diag = r->diag };
	r->parser = fy_parser_create(&config);
	return r->parser && fy_parser_set_string(r->parser, r->file->text.p, r->file->text.len) == 0;
}

static void close_parser(struct reader *r)
{
	if (r->event)
		fy_parser_event_free(r->parser, r->event);
	if (r->parser)
		fy_parser_destroy(r->parser);
	if (r->diag)
		fy_diag_destroy(r->diag);
	map_release(&r->anchors);
	free(r->members);
	free(r->items);
}

/* What libfyaml must not see: it takes a NUL for the end, and its words for bad UTF-8 have no place. */
static bool check_bytes(struct reader *r)
{
	struct str text = r->file->text;
	for (size_t i = 0; i < text.len;) {
		unsigned char c = (unsigned char)text.p[i];
		size_t n = c >= 0x20 && c < 0x7f ? 1 : str_utf8_sequence(str_skip(text, i));
		if (n == 0)
			return fail(r, i, "bytes that are not UTF-8; save the file as UTF-8");
		if (n == 1 && (c < 0x20 || c == 0x7f) && c != '\t' && c != '\n' && c != '\r')
			return fail(r, i, "a control character; remove it, or write it as \\xNN in double quotes");
		i += n;
	}
	return true;
}

bool doc_read_yaml(struct doc_file *f, struct err *e)
{
	struct reader r = { .file = f, .err = e };
	struct doc *root = ARENA_NEW(f->arena, struct doc);
	if (!root)
		return doc_fail_full(f, e);
	if (!check_bytes(&r))
		return false;
	map_init(&r.anchors, ANCHORS_MAX);
	f->root = root;
	bool ok = f->text.len == 0;
	if (!ok && open_parser(&r))
		ok = read_stream(&r, root);
	else if (!ok)
		err_set(e, ERR_NO_MEMORY, "no memory to read %.*s", STR_FMT(f->path));
	close_parser(&r);
	return ok;
}
