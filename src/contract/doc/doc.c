/* Documents: which reader a text gets, look-ups in the tree, and errors with their place. What compares and writes values is in doc_value.c.
 * An object of more than DOC_LINEAR_MEMBERS members has its index (open addressing, position + 1 by the key's hash) in front of its first member. */
#include "contract/doc/doc_impl.h"

bool doc_fail(const struct doc_file *f, struct err *e, size_t offset, const char *what)
{
	if (err_is_set(e))
		return false;
	struct arena scratch;
	struct line_index lines = { 0 };
	arena_init(&scratch, SOURCE_MAX);
	err_set(e, ERR_FILE_INVALID, "%s", what);
	if (line_index_build(&lines, &scratch, f->text)) {
		struct text_place p = line_index_place(&lines, offset);
		err_place(e, f->path, p.line, p.column);
	}
	arena_release(&scratch);
	return false;
}

bool doc_fail_twice(const struct doc_file *f, struct err *e, const struct doc_member *first, const struct doc_member *second)
{
	struct arena scratch;
	struct line_index lines = { 0 };
	char what[256];
	arena_init(&scratch, SOURCE_MAX);
	struct text_place p = { 0, 0 };
	if (line_index_build(&lines, &scratch, f->text))
		p = line_index_place(&lines, first->key_offset);
	arena_release(&scratch);
	struct buf b;
	buf_init(&b, sizeof(what) - 1);
	buf_printf(&b, "\"%.*s\" is already set in line %u, column %u; remove one of the two", (int)(second->key_len < 100 ? second->key_len : 100), second->key,
		p.line, p.column);
	memcpy(what, buf_str(&b).p, buf_str(&b).len);
	what[buf_str(&b).len] = 0;
	buf_release(&b);
	return doc_fail(f, e, second->key_offset, what);
}

bool doc_fail_full(const struct doc_file *f, struct err *e)
{
	if (!err_is_set(e)) {
		err_set(e, ERR_TOO_LARGE, "the file needs more than %zu MiB of memory when read; split it", f->arena->limit >> 20);
		err_place(e, f->path, 0, 0);
	}
	return false;
}

struct doc_file *doc_parse(struct arena *a, struct str path, struct str text, struct err *e)
{
	struct doc_file *f = ARENA_NEW(a, struct doc_file);
	if (!f) {
		err_set(e, ERR_TOO_LARGE, "the memory for contracts is used up; compare fewer files at once");
		return NULL;
	}
	*f = (struct doc_file){ .path = path, .text = text, .arena = a };
	if (text.len > SOURCE_FILE_MAX) {
		err_set(e, ERR_TOO_LARGE, "the file has %zu MiB; %d are allowed. Split it", text.len >> 20, SOURCE_FILE_MAX >> 20);
		err_place(e, path, 0, 0);
		return NULL;
	}
	size_t at = str_starts(text, STR("\xef\xbb\xbf")) ? 3 : 0;
	while (at < text.len && (text.p[at] == ' ' || text.p[at] == '\n' || text.p[at] == '\r' || text.p[at] == '\t'))
		at++;
	bool json = at < text.len && (text.p[at] == '{' || text.p[at] == '[');
	return (json ? doc_read_json(f, e) : doc_read_yaml(f, e)) ? f : NULL;
}

static uint32_t index_size(size_t count)
{
	uint32_t size = 64;
	while (size < count * 2)
		size *= 2;
	return size;
}

static bool same_key(const struct doc_member *m, struct str key) { return str_eq(doc_key(m), key); }

static void find_twice_linear(const struct doc_member *members, size_t count, uint32_t *first, uint32_t *twice)
{
	for (size_t i = 1; i < count; i++)
		for (size_t j = 0; j < i; j++)
			if (same_key(&members[j], doc_key(&members[i]))) {
				*first = (uint32_t)j;
				*twice = (uint32_t)i;
				return;
			}
}

static void fill_index(uint32_t *slots, uint32_t size, const struct doc_member *members, size_t count, uint32_t *first, uint32_t *twice)
{
	for (size_t i = 0; i < count; i++) {
		struct str key = doc_key(&members[i]);
		uint32_t at = (uint32_t)str_hash(key) & (size - 1);
		for (; slots[at]; at = (at + 1) & (size - 1))
			if (same_key(&members[slots[at] - 1], key)) {
				*first = slots[at] - 1;
				*twice = (uint32_t)i;
				return;
			}
		slots[at] = (uint32_t)i + 1;
	}
}

bool doc_make_object(struct arena *a, struct doc *to, const struct doc_member *members, size_t count, uint32_t *first, uint32_t *twice)
{
	size_t slots = count > DOC_LINEAR_MEMBERS ? index_size(count) : 0;
	*twice = UINT32_MAX;
	char *memory = count > DOC_COUNT_MAX ? NULL : arena_alloc(a, slots * sizeof(uint32_t) + count * sizeof(*members));
	if (!memory)
		return false;
	struct doc_member *copy = (struct doc_member *)(void *)(memory + slots * sizeof(uint32_t));
	if (count)
		memcpy(copy, members, count * sizeof(*members));
	to->type = DOC_OBJECT;
	to->count = (uint32_t)count & DOC_COUNT_MAX;
	to->members = copy;
	if (slots)
		fill_index((uint32_t *)(void *)memory, (uint32_t)slots, copy, count, first, twice);
	else
		find_twice_linear(copy, count, first, twice);
	return true;
}

bool doc_make_array(struct arena *a, struct doc *to, const struct doc *items, size_t count)
{
	struct doc *copy = count > DOC_COUNT_MAX ? NULL : ARENA_ARRAY(a, count, struct doc);
	if (!copy)
		return false;
	if (count)
		memcpy(copy, items, count * sizeof(*items));
	to->type = DOC_ARRAY;
	to->count = (uint32_t)count & DOC_COUNT_MAX;
	to->items = copy;
	return true;
}

const struct doc_member *doc_member(const struct doc *d, struct str key)
{
	if (!doc_is(d, DOC_OBJECT))
		return NULL;
	if (d->count <= DOC_LINEAR_MEMBERS) {
		for (uint32_t i = 0; i < d->count; i++)
			if (same_key(&d->members[i], key))
				return &d->members[i];
		return NULL;
	}
	uint32_t size = index_size(d->count);
	const uint32_t *slots = (const uint32_t *)(const void *)d->members - size;
	for (uint32_t at = (uint32_t)str_hash(key) & (size - 1); slots[at]; at = (at + 1) & (size - 1))
		if (same_key(&d->members[slots[at] - 1], key))
			return &d->members[slots[at] - 1];
	return NULL;
}

const struct doc *doc_get(const struct doc *d, struct str key)
{
	const struct doc_member *m = doc_member(d, key);
	return m ? &m->value : NULL;
}

bool doc_true(const struct doc *d) { return doc_is(d, DOC_TRUE); }
double doc_number(const struct doc *d) { return d->type == DOC_INT ? (double)d->i : d->d; }

/* One part of a pointer with ~0 and ~1 (and in a fragment %xx) resolved, into `room`; false where it does not fit or is malformed. */
static bool pointer_part(struct str part, bool fragment, char *room, size_t size, struct str *out)
{
	size_t len = 0;
	for (size_t i = 0; i < part.len; i++) {
		char c = part.p[i];
		uint8_t byte;
		if (fragment && c == '%') {
			if (!str_to_hex_bytes(str_sub(part, i + 1, i + 3), &byte, 1))
				return false;
			c = (char)byte;
			i += 2;
		}
		if (len == size)
			return false;
		room[len++] = c;
	}
	size_t kept = 0;
	for (size_t i = 0; i < len; i++) {
		if (room[i] == '~' && i + 1 < len && (room[i + 1] == '0' || room[i + 1] == '1'))
			room[kept++] = room[++i] == '0' ? '~' : '/';
		else
			room[kept++] = room[i];
	}
	*out = str_from(room, kept);
	return true;
}

const struct doc *doc_pointer(const struct doc *root, struct str pointer)
{
	enum { PART_MAX = 1024 };
	char room[PART_MAX];
	bool fragment = str_starts(pointer, STR("#"));
	struct str rest = str_skip(pointer, fragment), part;
	if (str_empty(rest))
		return root;
	if (rest.p[0] != '/')
		return NULL;
	rest = str_skip(rest, 1);
	while (rest.p && root) {
		if (!pointer_part(str_split(&rest, '/'), fragment, room, sizeof(room), &part))
			return NULL;
		uint64_t at;
		if (root->type == DOC_ARRAY)
			root = str_to_u64(part, &at) && at < root->count && (part.len == 1 || part.p[0] != '0') ? &root->items[at] : NULL;
		else
			root = doc_get(root, part);
	}
	return root;
}

struct text_place doc_place(struct doc_file *f, uint32_t offset)
{
	if (!f->lines.starts && !line_index_build(&f->lines, f->arena, f->text))
		return (struct text_place){ 0, 0 };
	return line_index_place(&f->lines, offset);
}
