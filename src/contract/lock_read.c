/* Reading contract.lock, line by line as lock_write.c writes it. A file of any other form was edited or merged by hand: the error says where. */
#include "base/base64.h"
#include "base/json.h"
#include "base/sha256.h"
#include "contract/lock.h"
#include "contract/lock_form.h"
#include "contract/source.h"

struct reading {
	struct arena *arena;
	struct str name, rest, line; /* rest: behind `line` */
	uint32_t number;             /* of `line`, from 1 */
	struct err *e;
};

bool lock_recognises(struct str text) { return str_starts(text, STR(LOCK_FIRST_LINE)); }

static bool next(struct reading *r)
{
	if (!r->rest.p || !r->rest.len)
		return false;
	r->line = str_split(&r->rest, '\n');
	r->number++;
	return true;
}

static bool wrong(struct reading *r, const char *what)
{
	bool conflict = str_starts(r->line, STR("<<<<<<<")) || str_starts(r->line, STR("=======")) || str_starts(r->line, STR(">>>>>>>"));
	err_set(r->e, ERR_FILE_INVALID, "%s; restore the file, or write it anew with `pleach contract lock --accept-breaking`", conflict ? "a merge left its marks here" : what);
	err_place(r->e, r->name, r->number, 1);
	return false;
}

static bool take(struct reading *r, struct str prefix, struct str *value)
{
	if (!str_starts(r->line, prefix))
		return false;
	*value = str_skip(r->line, prefix.len);
	return true;
}

static bool read_path(struct reading *r, struct str *path)
{
	struct err e = { 0 };
	if (!take(r, STR(LOCK_PATH), path))
		return wrong(r, "expected `  - path: ` of the next file");
	if (str_starts(*path, STR("\""))) {
		const struct json *j = json_parse(r->arena, *path, &e);
		if (!j || j->type != JSON_STRING)
			return wrong(r, "the path is no quoted text");
		*path = j->s;
	} else {
		*path = arena_str(r->arena, *path);
	}
	return path->len || wrong(r, "the path is empty");
}

/* The lines of a block scalar: those that are empty or indented. `end` is written behind each but the last. */
static bool read_block(struct reading *r, struct buf *out, struct str end)
{
	bool first = true;
	while (r->rest.p && r->rest.len && (r->rest.p[0] == '\n' || str_starts(r->rest, STR(LOCK_INDENT)))) {
		next(r);
		if (!first)
			buf_add(out, end);
		first = false;
		buf_add(out, str_skip(r->line, r->line.len ? sizeof(LOCK_INDENT) - 1 : 0));
	}
	return !first || wrong(r, "the text is missing");
}

static bool read_text(struct reading *r, struct buf *out)
{
	bool crlf = str_eq(r->line, STR(LOCK_CRLF));
	struct str end = crlf ? STR("\r\n") : STR("\n");
	if (crlf && !next(r))
		return wrong(r, "the text is missing");
	if (str_eq(r->line, STR(LOCK_TEXT_EMPTY)))
		return true;
	if (str_eq(r->line, STR(LOCK_BASE64))) {
		struct buf lines;
		buf_init(&lines, 2 * (size_t)SOURCE_FILE_MAX);
		struct str bytes;
		bool ok = read_block(r, &lines, STR("")) && (base64_decode(r->arena, buf_str(&lines), &bytes) || wrong(r, "the text is no base64"));
		buf_release(&lines);
		if (ok)
			buf_add(out, bytes);
		return ok;
	}
	bool ended = str_eq(r->line, STR(LOCK_TEXT_ENDED));
	if (!ended && !str_eq(r->line, STR(LOCK_TEXT_UNENDED)))
		return wrong(r, "expected the file's text");
	if (!read_block(r, out, end))
		return false;
	if (ended)
		buf_add(out, end);
	return true;
}

static bool read_file(struct reading *r, struct lock *out)
{
	struct lock_file f;
	struct str digest;
	struct buf text;
	char hex[SHA256_HEX];
	uint32_t begin = r->number;
	if (!read_path(r, &f.path))
		return false;
	if (out->count && str_cmp(out->files[out->count - 1].path, f.path) >= 0)
		return wrong(r, "the files are not in the order of their paths, or one is there twice");
	if (!next(r) || !take(r, STR(LOCK_SHA256), &digest) || !next(r))
		return wrong(r, "expected the file's sha256");
	buf_init(&text, SOURCE_FILE_MAX);
	bool ok = read_text(r, &text);
	if (ok && !buf_ok(&text))
		ok = wrong(r, "the text is larger than a file of a contract may be");
	if (ok && (!sha256_hex(hex, buf_str(&text)) || !str_eq(digest, str_from(hex, sizeof(hex))))) {
		r->number = begin;
		ok = wrong(r, "the text of this file is not the one that was locked (its sha256 differs): it was edited or merged by hand");
	}
	f.text = ok ? arena_str(r->arena, buf_str(&text)) : STR("");
	buf_release(&text);
	if (ok && (!f.text.p || !ARENA_PUSH_ROOM(r->arena, out->files, out->count, out->capacity)))
		return err_set(r->e, ERR_TOO_LARGE, "%.*s does not fit into the memory for contracts", STR_FMT(r->name));
	if (ok)
		out->files[out->count++] = f;
	return ok;
}

bool lock_read(struct arena *a, struct str name, struct str text, struct lock *out, struct err *e)
{
	struct reading r = { .arena = a, .name = name, .rest = text, .e = e };
	*out = (struct lock){ 0 };
	if (!lock_recognises(text)) {
		err_set(e, ERR_FILE_INVALID, "this is no contract.lock: its first line is not `" LOCK_FIRST_LINE "`");
		err_place(e, name, 1, 1);
		return false;
	}
	do
		next(&r);
	while (str_starts(r.line, STR("#")) && r.rest.len);
	if (!str_eq(r.line, STR(LOCK_VERSION)))
		return wrong(&r, "expected `" LOCK_VERSION "`: the file is of another release of Pleach, or was edited");
	if (!next(&r) || !str_eq(r.line, STR(LOCK_FILES)))
		return wrong(&r, "expected `" LOCK_FILES "`");
	while (next(&r))
		if (!read_file(&r, out))
			return false;
	return true;
}

const struct lock_file *lock_find(const struct lock *l, struct str path)
{
	size_t low = 0, high = l->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = str_cmp(path, l->files[middle].path);
		if (!order)
			return &l->files[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}
