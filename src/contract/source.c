/* The files of one side, held in memory, and places in their texts. Where files come from is the business of source_*.c. */
#include "contract/source.h"
#include "base/check.h"
#include <stdlib.h>

void source_init(struct source *s, struct str name)
{
	*s = (struct source){ 0 };
	arena_init(&s->arena, (size_t)SOURCE_MAX + (64 << 20));
	s->name = arena_str(&s->arena, name);
}

void source_release(struct source *s) { arena_release(&s->arena); }

/* Appends the parts of `path` to `parts`, taking "." and ".." away; false where it leaves the root. */
static bool add_parts(struct str path, struct str *parts, size_t *count, size_t limit)
{
	struct str rest = path;
	while (rest.p) {
		struct str part = str_split(&rest, '/');
		if (str_empty(part) || str_eq(part, STR(".")))
			continue;
		if (str_eq(part, STR(".."))) {
			if (!*count)
				return false;
			--*count;
		} else if (*count == limit) {
			return false;
		} else {
			parts[(*count)++] = part;
		}
	}
	return true;
}

static struct str join_parts(struct arena *a, const struct str *parts, size_t count)
{
	size_t len = 0, at = 0;
	for (size_t i = 0; i < count; i++)
		len += parts[i].len + (i > 0);
	char *p = arena_bytes(a, len ? len : 1);
	if (!p)
		return (struct str){ 0 };
	for (size_t i = 0; i < count; i++) {
		if (i)
			p[at++] = '/';
		memcpy(p + at, parts[i].p, parts[i].len);
		at += parts[i].len;
	}
	return str_from(p, len);
}

enum { PATH_PARTS_MAX = 64 };

struct str source_resolve(struct arena *a, struct str from, struct str reference)
{
	struct str parts[PATH_PARTS_MAX];
	size_t count = 0;
	size_t colon = str_find_char(reference, ':'), slash = str_find_char(reference, '/');
	if (str_starts(reference, STR("/")) || (colon != SIZE_MAX && colon < slash))
		return (struct str){ 0 };
	size_t folder = from.len;
	while (folder && from.p[folder - 1] != '/')
		folder--;
	if (!add_parts(str_sub(from, 0, folder), parts, &count, PATH_PARTS_MAX) || !add_parts(reference, parts, &count, PATH_PARTS_MAX) || !count)
		return (struct str){ 0 };
	return join_parts(a, parts, count);
}

bool source_add(struct source *s, struct str path, struct str text, struct err *e)
{
	if (text.len > SOURCE_FILE_MAX)
		return err_set(e, ERR_TOO_LARGE, "%.*s has %zu MiB; a file of a contract may have %d. Split it, or leave what is no contract out", STR_FMT(path), text.len >> 20,
			SOURCE_FILE_MAX >> 20);
	if (s->count == SOURCE_FILES_MAX || s->bytes + text.len > SOURCE_MAX)
		return err_set(e, ERR_TOO_LARGE, "%.*s: more than %d files or %d MiB. Name the folder of the contracts only", STR_FMT(s->name), SOURCE_FILES_MAX, SOURCE_MAX >> 20);
	struct str clean = source_resolve(&s->arena, STR(""), path);
	if (!clean.p)
		return err_set(e, ERR_INPUT, "%.*s is no path inside of %.*s", STR_FMT(path), STR_FMT(s->name));
	struct str copy = arena_str(&s->arena, text);
	if (!copy.p || !ARENA_PUSH_ROOM(&s->arena, s->files, s->count, s->capacity))
		return err_set(e, ERR_NO_MEMORY, "%.*s does not fit into the memory for contracts", STR_FMT(s->name));
	s->files[s->count++] = (struct source_file){ clean, copy };
	s->bytes += text.len;
	return true;
}

static int path_order(const void *a, const void *b) { return str_cmp(((const struct source_file *)a)->path, ((const struct source_file *)b)->path); }

bool source_sort(struct source *s, struct err *e)
{
	if (s->count)
		qsort(s->files, s->count, sizeof(*s->files), path_order);
	for (size_t i = 1; i < s->count; i++)
		if (str_eq(s->files[i - 1].path, s->files[i].path))
			return err_set(e, ERR_INPUT, "%.*s is there twice in %.*s", STR_FMT(s->files[i].path), STR_FMT(s->name));
	return true;
}

const struct source_file *source_find(const struct source *s, struct str path)
{
	const struct source_file key = { .path = path };
	return s->count ? bsearch(&key, s->files, s->count, sizeof(*s->files), path_order) : NULL;
}

bool line_index_build(struct line_index *x, struct arena *a, struct str text)
{
	size_t lines = 1, at = 0;
	CHECK(text.len <= UINT32_MAX);
	for (const char *p = text.p, *end = text.p + text.len; text.len && (p = memchr(p, '\n', (size_t)(end - p))); p++)
		lines++;
	uint32_t *starts = ARENA_ARRAY(a, lines, uint32_t);
	if (!starts)
		return false;
	starts[at++] = 0;
	for (const char *p = text.p, *end = text.p + text.len; text.len && at < lines && (p = memchr(p, '\n', (size_t)(end - p))); p++)
		starts[at++] = (uint32_t)(p + 1 - text.p);
	*x = (struct line_index){ starts, lines, text };
	return true;
}

struct text_place line_index_place(const struct line_index *x, size_t offset)
{
	size_t low = 0, high = x->count;
	if (!x->count)
		return (struct text_place){ 1, 1 };
	if (offset > x->text.len)
		offset = x->text.len;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (x->starts[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	uint32_t column = 1;
	for (size_t i = x->starts[low]; i < offset; i++)
		column += ((unsigned char)x->text.p[i] & 0xc0) != 0x80;
	return (struct text_place){ (uint32_t)low + 1, column };
}
