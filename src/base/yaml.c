/* YAML by libfyaml's events into a tree with places. libfyaml's own diagnostics are collected, never printed; the first becomes our
 * error. What we refuse beyond YAML 1.2: anchors and aliases, tags, keys that are no plain text, duplicate keys, a second document.
 * Files of other tools (yaml_parse_all) may have these: an alias is the anchor's node itself, shared and not copied, so nothing grows; tags are passed over.
 * Called by src/model for pleach.yaml and service.yaml, and by whatever else reads files that people write. */
#include "base/yaml.h"
#include "base/check.h"
#include "base/map.h"
#include <libfyaml.h>

enum { YAML_MAX_DEPTH = 32, LINEAR_KEYS = 16, MERGED_MAX = 1000 /* pairs of one mapping that come by `<<` */ };

struct anchor { struct str name; struct yaml value; };

struct reader {
	struct fy_parser *parser;
	struct fy_diag *diag;
	struct fy_event *event; /* the current one; owned */
	struct arena *arena;
	struct str file, text;
	struct err *err;
	uint32_t line, column; /* the last known place, for nodes and errors without one */
	bool foreign;          /* of another tool: anchors, aliases, tags, merge keys, several documents */
	struct anchor *anchors; /* of this document, in the order in which they end */
	size_t anchors_count, anchors_capacity;
};

static bool fail(struct reader *r, uint32_t line, uint32_t column, const char *what)
{
	if (!err_is_set(r->err)) {
		err_set(r->err, ERR_FILE_INVALID, "%s", what);
		err_place(r->err, r->file, line, column);
	}
	return false;
}

static bool fail_full(struct reader *r)
{
	if (!err_is_set(r->err)) {
		err_set(r->err, ERR_TOO_LARGE, "the file needs more than %zu bytes of memory when read; split it", r->arena->limit);
		err_place(r->err, r->file, 0, 0);
	}
	return false;
}

/* libfyaml's words, where we know better ones for people: what its text contains, what we say. */
static const struct {
	const char *theirs, *ours;
} sayings[] = {
	{ "tab character", "a tab cannot indent in YAML; use blanks" },
	{ "invalid multiline plain key", "this text goes on into the next line, where a key follows: check the indentation of the next line" },
	{ "indentation in mapping", "wrong indentation: begin where the neighbouring keys begin, or deeper than the key it belongs to" },
	{ "indendation in sequence", "wrong indentation: each \"-\" of a list begins in the same column" },
	{ "could not find expected ':'", "expected a colon and a blank behind the key" },
	{ "multiple document", "a second document; keep one in a file" },
};

static void fail_by_diagnostic(struct reader *r)
{
	void *iterator = NULL;
	struct fy_diag_error *found = r->diag ? fy_diag_errors_iterate(r->diag, &iterator) : NULL;
	if (!found || !found->msg) {
		fail(r, 0, 0, "not valid YAML");
		return;
	}
	const char *what = found->msg;
	for (size_t i = 0; i < ARRAY_LEN(sayings); i++)
		if (strstr(what, sayings[i].theirs)) {
			what = sayings[i].ours;
			break;
		}
	struct str said = str_strip(str_z(what));
	if (!err_is_set(r->err)) {
		err_set(r->err, ERR_FILE_INVALID, "%.*s", STR_FMT(said));
		if (found->line > 0 && found->column > 0)
			err_place(r->err, r->file, (uint32_t)found->line, (uint32_t)found->column);
		else
			err_place(r->err, r->file, 0, 0);
	}
}

/* libfyaml's mark of a scalar is that of its content; people look at the quote, or at the | or > of a block. */
static void mark_of_style(struct reader *r, const struct fy_mark *mark)
{
	struct fy_token *value = r->event->type == FYET_SCALAR ? r->event->scalar.value : NULL;
	enum fy_scalar_style style = value ? fy_token_scalar_style(value) : FYSS_PLAIN;
	if ((style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED) && r->column > 1)
		r->column--;
	if (style != FYSS_LITERAL && style != FYSS_FOLDED)
		return;
	size_t at = mark->input_pos < r->text.len ? mark->input_pos : r->text.len;
	while (at > 0 && r->text.p[at - 1] != '|' && r->text.p[at - 1] != '>')
		at--;
	if (at == 0)
		return;
	size_t start = --at;
	while (start > 0 && r->text.p[start - 1] != '\n')
		start--;
	r->column = 1;
	for (size_t i = start; i < at; i++)
		r->column += ((unsigned char)r->text.p[i] & 0xc0) != 0x80;
	for (size_t i = at; i < mark->input_pos && i < r->text.len; i++)
		r->line -= r->text.p[i] == '\n' && r->line > 1;
}

static bool next(struct reader *r)
{
	if (r->event)
		fy_parser_event_free(r->parser, r->event);
	r->event = fy_parser_parse(r->parser);
	if (!r->event) {
		fail_by_diagnostic(r);
		return false;
	}
	const struct fy_mark *mark = fy_event_start_mark(r->event);
	if (mark) {
		r->line = (uint32_t)mark->line + 1;
		r->column = (uint32_t)mark->column + 1;
		mark_of_style(r, mark);
	}
	return true;
}

static bool refuse_extras(struct reader *r, struct fy_token *anchor, struct fy_token *tag)
{
	const struct fy_mark *mark = anchor ? fy_token_start_mark(anchor) : tag ? fy_token_start_mark(tag) : NULL;
	uint32_t line = mark ? (uint32_t)mark->line + 1 : r->line, column = mark ? (uint32_t)mark->column + 1 : r->column;
	if (r->foreign)
		return true;
	if (anchor)
		return fail(r, line, column, "anchors (&) and aliases (*) are not taken; write the value out, in quotes if it begins so");
	if (tag)
		return fail(r, line, column, "tags (!) are not taken; remove it, or put the text in quotes");
	return true;
}

static bool is_null_word(struct str s)
{
	return s.len == 0 || str_eq(s, STR("~")) || str_eq(s, STR("null")) || str_eq(s, STR("Null")) || str_eq(s, STR("NULL"));
}

/* The text of a scalar, byte by byte: for texts of many pieces (quotes with twenty escapes, blocks of twenty lines) libfyaml 0.7.12 loses
 * memory in fy_token_get_text, and fy_token_iter_read and the pieces themselves give wrong bytes. */
static bool read_text(struct reader *r, struct fy_token *value, struct str *to)
{
	enum { NO_MORE = -1 }; /* as a byte, 0xff, which UTF-8 never has: bytes from 0x80 on come as negative numbers too */
	size_t len = value ? fy_token_get_text_length(value) : 0, at = 0;
	char *text = arena_bytes(r->arena, len);
	if (!text)
		return fail_full(r);
	struct fy_token_iter *bytes = len ? fy_token_iter_create(value) : NULL;
	while (bytes && at < len) {
		int c = fy_token_iter_getc(bytes);
		if (c == NO_MORE)
			break;
		text[at++] = (char)c;
	}
	if (bytes)
		fy_token_iter_destroy(bytes);
	if (at < len)
		return fail(r, r->line, r->column, "this text cannot be read");
	*to = (struct str){ text, len };
	return true;
}

static bool read_scalar(struct reader *r, struct yaml *to)
{
	struct fy_token *value = r->event->scalar.value;
	if (!refuse_extras(r, r->event->scalar.anchor, r->event->scalar.tag))
		return false;
	to->quoted = value && fy_token_scalar_style(value) != FYSS_PLAIN;
	if (!read_text(r, value, &to->text))
		return false;
	/* An unquoted text may go on in the next line, which YAML takes for one text: mostly a forgotten colon or wrong indentation, but
	 * legal, so it stays. */
	to->type = !to->quoted && is_null_word(to->text) ? YAML_NULL : YAML_SCALAR;
	return true;
}

static bool read_node(struct reader *r, struct yaml *to, unsigned depth);

static bool read_sequence(struct reader *r, struct yaml *to, unsigned depth)
{
	struct yaml *items = NULL;
	size_t count = 0, capacity = 0;
	if (!refuse_extras(r, r->event->sequence_start.anchor, r->event->sequence_start.tag))
		return false;
	for (;;) {
		if (!next(r))
			return false;
		if (r->event->type == FYET_SEQUENCE_END)
			break;
		if (!ARENA_PUSH_ROOM(r->arena, items, count, capacity))
			return fail_full(r);
		items[count] = (struct yaml){ .type = YAML_NULL };
		if (!read_node(r, &items[count], depth + 1))
			return false;
		count++;
	}
	to->type = YAML_SEQUENCE;
	to->items = items;
	to->count = (uint32_t)count;
	return true;
}

/* The keys met so far: few are compared one by one, more go into a map. */
struct keys {
	struct map map;
};

static const struct yaml_pair *find_key(struct keys *keys, const struct yaml_pair *pairs, size_t count, struct str key)
{
	if (count <= LINEAR_KEYS) {
		for (size_t i = 0; i < count; i++)
			if (str_eq(pairs[i].key, key))
				return &pairs[i];
		return NULL;
	}
	/* Values are positions + 1: pairs move while they grow. */
	for (size_t i = keys->map.count; i < count; i++)
		map_put(&keys->map, pairs[i].key, (void *)(uintptr_t)(i + 1));
	uintptr_t at = (uintptr_t)map_get(&keys->map, key);
	return at ? &pairs[at - 1] : NULL;
}

static bool read_key(struct reader *r, struct keys *keys, const struct yaml_pair *pairs, size_t count, struct yaml_pair *to)
{
	struct yaml key = { .type = YAML_NULL };
	to->line = r->line;
	to->column = r->column;
	if (r->event->type != FYET_SCALAR)
		return fail(r, r->line, r->column, "a key must be a plain text");
	if (!read_scalar(r, &key))
		return false;
	if (key.text.len == 0)
		return fail(r, to->line, to->column, "a key is missing before the colon");
	const struct yaml_pair *before = r->foreign && str_eq(key.text, STR("<<")) ? NULL : find_key(keys, pairs, count, key.text);
	if (before) {
		if (!err_is_set(r->err)) {
			err_set(r->err, ERR_FILE_INVALID, "\"%.*s\" is already set in line %u; remove one of the two",
				(int)(key.text.len < 100 ? key.text.len : 100), key.text.p, before->line);
			err_place(r->err, r->file, to->line, to->column);
		}
		return false;
	}
	to->key = key.text;
	return true;
}

/* The pairs of a mapping that `<<` names, but for keys that are there already (YAML's merge key). Those of the parent stay shared. */
static bool merge(struct reader *r, const struct yaml *from, struct yaml_pair **pairs, size_t *count, size_t *capacity)
{
	for (uint32_t i = 0; from->type == YAML_SEQUENCE && i < from->count && i < MERGED_MAX; i++)
		if (from->items[i].type == YAML_MAPPING && !merge(r, &from->items[i], pairs, count, capacity))
			return false;
	for (uint32_t i = 0; from->type == YAML_MAPPING && i < from->count && i < MERGED_MAX; i++) {
		bool there = false;
		for (size_t k = 0; k < *count && !there; k++)
			there = str_eq((*pairs)[k].key, from->pairs[i].key);
		if (there)
			continue;
		if (*count > 4 * MERGED_MAX)
			return fail(r, r->line, r->column, "too many keys are merged by `<<`");
		if (!ARENA_PUSH_ROOM(r->arena, *pairs, *count, *capacity))
			return fail_full(r);
		(*pairs)[(*count)++] = from->pairs[i];
	}
	return true;
}

static bool merge_all(struct reader *r, struct yaml_pair **pairs, size_t *count, size_t *capacity)
{
	for (size_t i = 0, n = *count; i < n; i++) {
		struct yaml from = (*pairs)[i].value;
		if (str_eq((*pairs)[i].key, STR("<<")) && !merge(r, &from, pairs, count, capacity))
			return false;
	}
	return true;
}

static bool read_pairs(struct reader *r, struct keys *keys, struct yaml *to, unsigned depth)
{
	struct yaml_pair *pairs = NULL;
	size_t count = 0, capacity = 0;
	for (;;) {
		if (!next(r))
			return false;
		if (r->event->type == FYET_MAPPING_END)
			break;
		if (!ARENA_PUSH_ROOM(r->arena, pairs, count, capacity))
			return fail_full(r);
		struct yaml_pair *pair = &pairs[count];
		*pair = (struct yaml_pair){ .key = { NULL, 0 } };
		if (!read_key(r, keys, pairs, count, pair) || !next(r) || !read_node(r, &pair->value, depth + 1))
			return false;
		count++;
	}
	if (r->foreign && !merge_all(r, &pairs, &count, &capacity))
		return false;
	to->type = YAML_MAPPING;
	to->pairs = pairs;
	to->count = (uint32_t)count;
	return true;
}

static bool read_mapping(struct reader *r, struct yaml *to, unsigned depth)
{
	if (!refuse_extras(r, r->event->mapping_start.anchor, r->event->mapping_start.tag))
		return false;
	struct keys keys;
	map_init(&keys.map, YAML_MAX_BYTES);
	bool ok = read_pairs(r, &keys, to, depth);
	map_release(&keys.map);
	return ok;
}

static struct str token_text(struct reader *r, struct fy_token *t)
{
	size_t len = 0;
	const char *text = t ? fy_token_get_text(t, &len) : NULL;
	return text ? arena_str(r->arena, str_from(text, len)) : (struct str){ NULL, 0 };
}

/* Of the newest anchor of that name; one that contains the alias is not known yet, so nothing is in itself. */
static bool read_alias(struct reader *r, struct yaml *to)
{
	struct str name = token_text(r, r->event->alias.anchor);
	for (size_t i = r->anchors_count; i-- > 0;)
		if (str_eq(r->anchors[i].name, name)) {
			*to = r->anchors[i].value;
			return true;
		}
	return fail(r, r->line, r->column, "an alias (*) without its anchor (&)");
}

static bool read_plain(struct reader *r, struct yaml *to, unsigned depth);

/* The node that begins with the current event; afterwards the current event is its last. */
static bool read_node(struct reader *r, struct yaml *to, unsigned depth)
{
	struct fy_token *anchor = r->event->type == FYET_SCALAR ? r->event->scalar.anchor : r->event->type == FYET_SEQUENCE_START ? r->event->sequence_start.anchor :
				  r->event->type == FYET_MAPPING_START ? r->event->mapping_start.anchor : NULL;
	struct str name = r->foreign && anchor ? token_text(r, anchor) : (struct str){ NULL, 0 };
	if (!read_plain(r, to, depth))
		return false;
	if (!name.p)
		return true;
	if (!ARENA_PUSH_ROOM(r->arena, r->anchors, r->anchors_count, r->anchors_capacity))
		return fail_full(r);
	r->anchors[r->anchors_count++] = (struct anchor){ name, *to };
	return true;
}

static bool read_plain(struct reader *r, struct yaml *to, unsigned depth)
{
	to->line = r->line;
	to->column = r->column;
	switch (r->event->type) {
	case FYET_SCALAR:
		return read_scalar(r, to);
	case FYET_SEQUENCE_START:
	case FYET_MAPPING_START:
		if (depth >= YAML_MAX_DEPTH)
			return fail(r, r->line, r->column, "nested too deeply; 32 levels are allowed");
		return r->event->type == FYET_SEQUENCE_START ? read_sequence(r, to, depth) : read_mapping(r, to, depth);
	case FYET_ALIAS:
		return r->foreign ? read_alias(r, to) : refuse_extras(r, r->event->alias.anchor, NULL) && fail(r, r->line, r->column, "aliases (*) are not taken");
	default:
		return fail(r, r->line, r->column, "expected a value");
	}
}

static bool read_stream(struct reader *r, struct yaml *to)
{
	if (!next(r) || !next(r)) /* stream start, then a document or the end */
		return false;
	if (r->event->type == FYET_STREAM_END) {
		to->line = to->column = 1;
		return true;
	}
	if (!next(r) || !read_node(r, to, 0) || !next(r) || !next(r)) /* document end, stream end */
		return false;
	if (r->event->type != FYET_STREAM_END)
		return fail(r, r->line, r->column, "a second document; keep one in a file");
	return true;
}

/* Each document with something in it. */
static bool read_documents(struct reader *r, struct yaml **list, size_t *count)
{
	size_t capacity = 0;
	if (!next(r) || !next(r))
		return false;
	while (r->event->type != FYET_STREAM_END) {
		struct yaml document = { .type = YAML_NULL };
		r->anchors_count = 0;
		if (!next(r) || !read_node(r, &document, 0) || !next(r) || !next(r))
			return false;
		if (document.type == YAML_NULL)
			continue;
		if (*count == YAML_MAX_DOCUMENTS)
			return fail(r, r->line, r->column, "too many documents in one file");
		if (!ARENA_PUSH_ROOM(r->arena, *list, *count, capacity))
			return fail_full(r);
		(*list)[(*count)++] = document;
	}
	return true;
}

/* Never called with anything to show: the diagnostics are collected. It is here so that nothing reaches standard error. */
static void swallow(struct fy_diag *diag, void *user, const char *text, size_t len)
{
	(void)diag;
	(void)user;
	(void)text;
	(void)len;
}

static bool open_parser(struct reader *r, struct str text)
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
	return r->parser && fy_parser_set_string(r->parser, text.p, text.len) == 0;
}

static void close_parser(struct reader *r)
{
	if (r->event)
		fy_parser_event_free(r->parser, r->event);
	if (r->parser)
		fy_parser_destroy(r->parser);
	if (r->diag)
		fy_diag_destroy(r->diag);
}

/* A key written with "?": first on its line but for other indicators, and nothing behind it on its word. */
static bool is_explicit_key(struct str text, size_t at)
{
	if (text.p[at] != '?' || (at + 1 < text.len && !strchr(" \t\r\n", text.p[at + 1])))
		return false;
	while (at > 0 && strchr(" \t-?:", text.p[at - 1]))
		at--;
	return at == 0 || text.p[at - 1] == '\n' || text.p[at - 1] == '\r';
}

/* What libfyaml must not see: it takes a NUL for the end, and its words for bad UTF-8 have no place. */
static bool check_bytes(struct reader *r, struct str text)
{
	uint32_t line = 1, column = 1;
	bool explicit_key = false;
	for (size_t i = 0; i < text.len; column++) {
		size_t n = str_utf8_sequence(str_skip(text, i));
		if (n == 0)
			return fail(r, line, column, "bytes that are not UTF-8; save the file as UTF-8");
		unsigned char c = (unsigned char)text.p[i];
		if (n == 1 && (c < 0x20 || c == 0x7f) && c != '\t' && c != '\n' && c != '\r')
			return fail(r, line, column, "a control character; remove it, or write it as \\xNN in double quotes");
		explicit_key = explicit_key || is_explicit_key(text, i);
		/* libfyaml 0.7.12 follows a null pointer where a tab stands in front of a block behind such a key ("? n: \t- x"), which YAML forbids anyway. */
		if (c == '\t' && explicit_key)
			return fail(r, line, column, "a tab behind a key that is written with `?`; use blanks, or write the key without `?`");
		if (c == '\n') {
			line++;
			column = 0;
		}
		i += n;
	}
	return true;
}

static bool begin(struct reader *r)
{
	if (r->text.len > YAML_MAX_BYTES) {
		err_set(r->err, ERR_FILE_INVALID, "the file has %zu bytes; %d are allowed", r->text.len, (int)YAML_MAX_BYTES);
		err_place(r->err, r->file, 0, 0);
		return false;
	}
	return check_bytes(r, r->text);
}

static bool parse(struct reader *r, bool (*take)(struct reader *r, void *to), void *to)
{
	bool ok = false;
	if (open_parser(r, r->text))
		ok = take(r, to);
	else
		err_set(r->err, ERR_NO_MEMORY, "no memory to take a YAML file");
	close_parser(r);
	return ok;
}

static bool one(struct reader *r, void *to) { return read_stream(r, to); }

const struct yaml *yaml_parse(struct arena *a, struct str file, struct str text, struct err *e)
{
	struct reader r = { .arena = a, .file = file, .text = text, .err = e };
	if (!begin(&r))
		return NULL;
	struct yaml *root = ARENA_NEW(a, struct yaml);
	if (!root) {
		fail_full(&r);
		return NULL;
	}
	if (text.len == 0) {
		root->line = root->column = 1;
		return root;
	}
	return parse(&r, one, root) ? root : NULL;
}

static bool all(struct reader *r, void *to)
{
	struct yaml_documents *d = to;
	return read_documents(r, &d->items, &d->count);
}

bool yaml_parse_all(struct arena *a, struct str file, struct str text, struct yaml_documents *out, struct err *e)
{
	struct reader r = { .arena = a, .file = file, .text = text, .err = e, .foreign = true };
	struct yaml_documents found = { NULL, 0 };
	if (!begin(&r) || (text.len && !parse(&r, all, &found)))
		return false;
	*out = found;
	return true;
}

const struct yaml *yaml_get(const struct yaml *y, struct str key)
{
	if (!y || y->type != YAML_MAPPING)
		return NULL;
	for (uint32_t i = 0; i < y->count; i++)
		if (str_eq(y->pairs[i].key, key))
			return &y->pairs[i].value;
	return NULL;
}

const char *yaml_type_name(enum yaml_type t)
{
	static const char *const names[] = {
		[YAML_NULL] = "nothing", [YAML_SCALAR] = "a value", [YAML_SEQUENCE] = "a list", [YAML_MAPPING] = "a mapping"
	};
	CHECK(t <= YAML_MAPPING);
	return names[t];
}
