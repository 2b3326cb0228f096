/* requirements.txt of pip (pip's documentation, "Requirements File Format"; PEP 508 for a line). A version is told where it is pinned by == or ===. pip-compile and uv write behind each line who asked for it
 * ("# via"): a file or project is direct, another package is not. Other files do not tell. */
#include "base/check.h"
#include "catalog/packages/reading.h"

struct requirement { struct str name, version; uint32_t line; bool via, direct; };
struct requirements { struct package_reading *r; struct requirement now; bool in_via; };

static bool flush(struct requirements *q)
{
	struct requirement n = q->now;
	q->now = (struct requirement){ 0 };
	q->in_via = false;
	return package_add(q->r, n.name, n.version, !n.via ? PACKAGE_UNTOLD : n.direct ? PACKAGE_DIRECT : PACKAGE_TRANSITIVE, n.line);
}

static bool name_char(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.'; }

/* "-r requirements.in", "orders (pyproject.toml)", "setup.py" are who owns the file. */
static void via(struct requirements *q, struct str who)
{
	if (!who.len)
		return;
	q->now.via = true;
	if (str_starts(who, STR("-r ")) || str_starts(who, STR("-c ")) || str_find(who, STR("pyproject.toml")) != SIZE_MAX || str_find(who, STR("setup.")) != SIZE_MAX)
		q->now.direct |= !str_starts(who, STR("-c "));
}

static void comment(struct requirements *q, struct str text)
{
	text = str_trim(text);
	if (str_eq(text, STR("via")) || str_starts(text, STR("via "))) {
		q->in_via = true;
		text = str_trim(str_skip(text, 3));
	}
	if (q->in_via && q->now.name.len)
		via(q, text);
}

/* Requirements of other files, folders and addresses name no package. */
static bool nameless(struct str line)
{
	struct str word = line;
	size_t end = str_find_char(line, ' ');
	word = end == SIZE_MAX ? line : str_sub(line, 0, end);
	return line.p[0] == '-' || line.p[0] == '.' || line.p[0] == '/' || (str_find(word, STR("://")) != SIZE_MAX && str_find_char(word, '@') == SIZE_MAX) || str_starts(word, STR("git+")) ||
	       str_starts(word, STR("file:")) || (str_find_char(word, '/') != SIZE_MAX && str_find_char(word, '@') == SIZE_MAX) || str_ends(word, STR(".whl")) || str_ends(word, STR(".tar.gz"));
}

/* `==1.2`, `== 1.2 ; marker`, `>=1,<2`, `@ address`, `[extras]` before all that. */
static bool requirement(struct requirements *q, struct str line, uint32_t number)
{
	size_t end = 0, close;
	while (end < line.len && name_char(line.p[end]))
		end++;
	struct str name = str_sub(line, 0, end), rest = str_trim(str_skip(line, end)), version = STR("");
	if (!name.len)
		return package_wrong(q->r, number, "expected the name of a package here, as in `requests==2.31.0`");
	if (str_starts(rest, STR("["))) {
		close = str_find_char(rest, ']');
		if (close == SIZE_MAX)
			return package_wrong(q->r, number, "extras without their closing bracket; write `%.*s[extra]`", STR_FMT(str_sub(name, 0, 60)));
		rest = str_trim(str_skip(rest, close + 1));
	}
	if (rest.len && !strchr("=<>!~@;(-", rest.p[0]))
		return package_wrong(q->r, number, "expected a version (`==1.0`), `@`, `;` or the end of the line behind `%.*s`", STR_FMT(str_sub(name, 0, 60)));
	if (str_starts(rest, STR("=")) && !str_starts(rest, STR("==")))
		return package_wrong(q->r, number, "`=` compares nothing; write `%.*s==…`", STR_FMT(str_sub(name, 0, 60)));
	if (str_starts(rest, STR("(")))
		rest = str_trim(str_skip(rest, 1));
	if (str_starts(rest, STR("=="))) {
		rest = str_trim(str_skip(rest, str_starts(rest, STR("===")) ? 3 : 2));
		for (end = 0; end < rest.len && !strchr(" ;,)\t", rest.p[end]); end++)
			;
		version = str_sub(rest, 0, end);
		if (str_find_char(version, '*') != SIZE_MAX || (end < rest.len && rest.p[end] == ','))
			version = STR("");
	}
	q->now = (struct requirement){ name, version, number, false, false };
	return true;
}

/* One line without what continues it: those are options such as --hash. */
static bool one(struct requirements *q, struct str line, bool continued, uint32_t number)
{
	size_t hash = 0;
	while (hash < line.len && !(line.p[hash] == '#' && (hash == 0 || line.p[hash - 1] == ' ' || line.p[hash - 1] == '\t')))
		hash++;
	struct str code = str_trim(str_sub(line, 0, hash)), said = str_skip(line, hash + 1);
	if (str_ends(code, STR("\\")))
		code = str_trim(str_sub(code, 0, code.len - 1));
	if (code.len && !continued) {
		if (!flush(q) || (!nameless(code) && !requirement(q, code, number)))
			return false;
	}
	comment(q, said);
	return true;
}

bool package_read_requirements(struct package_reading *r)
{
	struct package_lines l = { .rest = r->text };
	struct requirements q = { .r = r };
	bool continued = false;
	while (package_next_line(&l)) {
		if (memchr(l.line.p, 0, l.line.len))
			return package_wrong(r, l.number, "a zero byte: this file is not UTF-8; save it as UTF-8");
		if (!one(&q, str_trim(l.line), continued, l.number))
			return false;
		continued = str_ends(str_trim(l.line), STR("\\"));
	}
	return flush(&q);
}
