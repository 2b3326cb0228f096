/* See packages.h: which reader a file has, and what is found becomes a list without doubles. */
#include "base/check.h"
#include "base/glob.h"
#include "catalog/packages/reading.h"
#include <stdarg.h>
#include <stdio.h>

static const struct { const char *pattern; enum package_type type; package_reader *reader; const char *better; } files[] = {
#define LOCK_FILE(pattern, type, reader, better) { pattern, PACKAGE_##type, package_read_##reader, better },
#include "tbl/lock_files.h"
#undef LOCK_FILE
};

const char *package_type_name(enum package_type t)
{
	static const char *const names[] = {
#define PURL_TYPE(symbol, type) type,
#include "tbl/purl_types.h"
#undef PURL_TYPE
	};
	CHECK(t < PACKAGE_TYPES);
	return names[t];
}

/* The row of a path; ARRAY_LEN(files) where there is none. */
static size_t row_of(struct str path)
{
	size_t at = path.len, i = 0;
	while (at > 0 && path.p[at - 1] != '/')
		at--;
	for (struct str name = str_skip(path, at); i < ARRAY_LEN(files); i++)
		if (glob_matches(str_z(files[i].pattern), name))
			break;
	return i;
}

bool packages_is_lock(struct str path) { return row_of(path) < ARRAY_LEN(files); }

struct str packages_better(struct str path)
{
	size_t row = row_of(path);
	return str_z(row < ARRAY_LEN(files) ? files[row].better : "");
}

bool package_wrong(struct package_reading *r, uint32_t line, const char *format, ...)
{
	char words[400];
	va_list args;
	va_start(args, format);
	vsnprintf(words, sizeof(words), format, args);
	va_end(args);
	err_set(r->err, ERR_FILE_INVALID, "%s", words);
	err_place(r->err, r->path, line, 1);
	return false;
}

bool package_full(struct package_reading *r)
{
	err_set(r->err, ERR_TOO_LARGE, "the file tells of more than can be kept (%d packages); leave its folder out of the crawl", PACKAGES_MAX);
	err_place(r->err, r->path, 0, 0);
	return false;
}

bool package_mark(struct package_reading *r, struct map *set, struct str text)
{
	static char marked;
	struct str copy = arena_str(r->scratch, text);
	return copy.p && map_put(set, copy, &marked) ? true : package_full(r);
}

bool package_next_line(struct package_lines *l)
{
	if (!l->rest.p)
		return false;
	l->line = str_split(&l->rest, '\n');
	if (str_ends(l->line, STR("\r")))
		l->line.len--;
	l->number++;
	return true;
}

/* PEP 503. */
static struct str python_name(struct arena *a, struct str name)
{
	char *to = arena_bytes(a, name.len);
	size_t n = 0;
	for (size_t i = 0; to && i < name.len; i++) {
		char c = name.p[i];
		bool joint = c == '-' || c == '_' || c == '.';
		if (joint && n && to[n - 1] == '-')
			continue;
		to[n++] = joint ? '-' : c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
	}
	return str_from(to, to ? n : 0);
}

bool package_add(struct package_reading *r, struct str name, struct str version, enum package_use use, uint32_t line)
{
	if (!name.len)
		return true;
	name = r->type == PACKAGE_PYPI ? python_name(r->scratch, name) : arena_str(r->scratch, name);
	version = arena_str(r->scratch, version);
	if (!name.p || !version.p)
		return package_full(r);
	struct str key = arena_printf(r->scratch, "%.*s %.*s", STR_FMT(name), STR_FMT(version));
	if (!key.p)
		return package_full(r);
	uintptr_t at = (uintptr_t)map_get(&r->seen, key);
	if (at) {
		struct package *before = &r->found.items[at - 1];
		if (before->use == PACKAGE_UNTOLD || use == PACKAGE_DIRECT)
			before->use = use;
		return true;
	}
	if (!ARENA_PUSH_ROOM(r->scratch, r->found.items, r->found.count, r->found.capacity) || !map_put(&r->seen, key, (void *)(uintptr_t)(r->found.count + 1)))
		return package_full(r);
	r->found.items[r->found.count++] = (struct package){ .type = r->type, .use = use, .name = name, .version = version, .line = line };
	return true;
}

bool package_given_up(struct package_reading *r, struct str name, struct str version, struct str words)
{
	struct str key = arena_printf(r->scratch, "%.*s %.*s", STR_FMT(name), STR_FMT(version));
	uintptr_t at = key.p ? (uintptr_t)map_get(&r->seen, key) : 0;
	struct str one = arena_str(r->scratch, str_sub(str_strip(words), 0, PACKAGES_ABANDONED_MAX));
	if (!key.p || !one.p)
		return package_full(r);
	for (size_t i = 0; i < one.len; i++)
		if ((unsigned char)one.p[i] < ' ')
			((char *)(uintptr_t)one.p)[i] = ' ';
	if (at)
		r->found.items[at - 1].abandoned = one;
	return true;
}

/* What git leaves in a file that two people changed is read as other things by some formats. */
static bool conflict(struct package_reading *r)
{
	size_t at = str_find(r->text, STR("<<<<<<< "));
	uint32_t line = 1;
	if (at == SIZE_MAX || (at > 0 && r->text.p[at - 1] != '\n'))
		return false;
	for (size_t i = 0; i < at; i++)
		line += r->text.p[i] == '\n';
	package_wrong(r, line, "a merge conflict stands here; resolve it and let the tool write the file anew");
	return true;
}

static bool take(struct package_list *l, struct arena *a, struct package_reading *r)
{
	size_t before = l->count;
	for (size_t i = 0; i < r->found.count; i++) {
		struct package p = r->found.items[i];
		p.name = arena_str(a, p.name);
		p.version = arena_str(a, p.version);
		p.abandoned = arena_str(a, p.abandoned);
		if (l->count >= PACKAGES_MAX || !p.name.p || !p.version.p || !p.abandoned.p || !ARENA_PUSH_ROOM(a, l->items, l->count, l->capacity)) {
			l->count = before;
			return package_full(r);
		}
		l->items[l->count++] = p;
	}
	return true;
}

bool packages_read(struct package_list *l, struct arena *a, struct str path, struct str text, struct err *e)
{
	size_t row = row_of(path);
	struct arena scratch;
	if (row == ARRAY_LEN(files)) {
		err_set(e, ERR_NOT_FOUND, "this is no file that tells of packages; docs/packages.md lists those that are read");
		err_place(e, path, 0, 0);
		return false;
	}
	if (text.len > PACKAGES_TEXT_MAX) {
		err_set(e, ERR_TOO_LARGE, "the file has more than %d MiB; leave its folder out of the crawl", PACKAGES_TEXT_MAX >> 20);
		err_place(e, path, 0, 0);
		return false;
	}
	if (str_starts(text, STR("\xef\xbb\xbf")))
		text = str_skip(text, 3);
	arena_init(&scratch, PACKAGES_SCRATCH);
	struct package_reading r = { .path = path, .text = text, .type = files[row].type, .scratch = &scratch, .err = e };
	map_init(&r.seen, PACKAGES_MAX);
	bool ok = !conflict(&r) && files[row].reader(&r) && take(l, a, &r);
	map_release(&r.seen);
	arena_release(&scratch);
	return ok;
}
