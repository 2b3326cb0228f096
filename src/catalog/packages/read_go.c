/* go.mod and go.sum (Go modules reference, "go.mod files" and "Authenticating modules"). */
#include "base/check.h"
#include "catalog/packages/reading.h"

enum { WORDS = 6 };
struct replaced { struct str by, by_version; };
struct go_mod { struct package_reading *r; struct map replaced; /* "module" and "module version" to struct replaced */ };

/* Words of a line up to a comment; quotes around a word go. SIZE_MAX: more than WORDS. */
static size_t words_of(struct str line, struct str *words, struct str *comment)
{
	size_t n = 0, at = str_find(line, STR("//"));
	/* An address in a word is no comment. */
	while (at != SIZE_MAX && at > 0 && line.p[at - 1] != ' ' && line.p[at - 1] != '\t') {
		size_t next = str_find(str_skip(line, at + 2), STR("//"));
		at = next == SIZE_MAX ? SIZE_MAX : at + 2 + next;
	}
	*comment = at == SIZE_MAX ? STR("") : str_trim(str_skip(line, at + 2));
	line = str_trim(at == SIZE_MAX ? line : str_sub(line, 0, at));
	while (line.len) {
		size_t end = 0;
		while (end < line.len && line.p[end] != ' ' && line.p[end] != '\t')
			end++;
		if (n == WORDS)
			return SIZE_MAX;
		struct str w = str_sub(line, 0, end);
		if (w.len >= 2 && (w.p[0] == '"' || w.p[0] == '`') && w.p[w.len - 1] == w.p[0])
			w = str_sub(w, 1, w.len - 1);
		words[n++] = w;
		line = str_trim(str_skip(line, end));
	}
	return n;
}

static bool is_version(struct str s) { return s.len >= 2 && s.p[0] == 'v' && s.p[1] >= '0' && s.p[1] <= '9'; }

static bool require(struct go_mod *g, const struct str *words, size_t n, struct str comment, uint32_t line)
{
	if (n != 2 || !is_version(words[1]))
		return package_wrong(g->r, line, "expected a module and its version (v1.2.3) here; `go mod tidy` writes it so");
	struct str name = words[0], version = words[1];
	struct str both = arena_printf(g->r->scratch, "%.*s %.*s", STR_FMT(name), STR_FMT(version));
	if (!both.p)
		return package_full(g->r);
	/* One for this version wins over one for all. */
	const struct replaced *x = map_get(&g->replaced, both) ? map_get(&g->replaced, both) : map_get(&g->replaced, name);
	if (x && !x->by_version.len) /* by a folder */
		return true;
	if (x) {
		name = x->by;
		version = x->by_version;
	}
	bool indirect = str_starts(comment, STR("indirect")) && (comment.len == 8 || !strchr("abcdefghijklmnopqrstuvwxyz", comment.p[8]));
	return package_add(g->r, name, version, indirect ? PACKAGE_TRANSITIVE : PACKAGE_DIRECT, line);
}

/* module [version] => module version | folder */
static bool replace(struct go_mod *g, const struct str *words, size_t n, uint32_t line)
{
	size_t arrow = n > 1 && str_eq(words[1], STR("=>")) ? 1 : 2;
	if (n < arrow + 2 || n > arrow + 3 || !str_eq(words[arrow], STR("=>")))
		return package_wrong(g->r, line, "expected `module => module version` or `module => folder` here");
	struct replaced *x = ARENA_NEW(g->r->scratch, struct replaced);
	struct str key = arrow == 2 ? arena_printf(g->r->scratch, "%.*s %.*s", STR_FMT(words[0]), STR_FMT(words[1])) : words[0];
	if (!x || !key.p)
		return package_full(g->r);
	*x = (struct replaced){ words[arrow + 1], n == arrow + 3 ? words[arrow + 2] : STR("") };
	return map_put(&g->replaced, key, x) ? true : package_full(g->r);
}

static bool known(struct str word)
{
	static const char *const verbs[] = { "module", "go", "toolchain", "godebug", "require", "replace", "exclude", "retract", "tool", "ignore" };
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		if (str_eq(word, str_z(verbs[i])))
			return true;
	return false;
}

/* One verb's lines, in parentheses or not. */
static bool each(struct go_mod *g, bool replaces)
{
	struct package_lines l = { .rest = g->r->text };
	struct str words[WORDS], comment, block = STR("");
	uint32_t opened = 0;
	while (package_next_line(&l)) {
		size_t n = words_of(l.line, words, &comment), first = block.len ? 0 : 1;
		if (n == 0)
			continue;
		if (n != SIZE_MAX && n == 1 && block.len && str_eq(words[0], STR(")"))) {
			block = STR("");
			continue;
		}
		struct str verb = block.len ? block : words[0];
		if (!block.len && !known(verb))
			return package_wrong(g->r, l.number, "`%.*s` begins no line of a go.mod; `go mod edit -fmt` says what is wrong", STR_FMT(str_sub(verb, 0, 60)));
		if (n == 2 && !block.len && str_eq(words[1], STR("("))) {
			block = verb;
			opened = l.number;
			continue;
		}
		if (!str_eq(verb, replaces ? STR("replace") : STR("require")))
			continue;
		if (n == SIZE_MAX)
			return package_wrong(g->r, l.number, "too many words in a line");
		if (replaces ? !replace(g, words + first, n - first, l.number) : !require(g, words + first, n - first, comment, l.number))
			return false;
	}
	return block.len ? package_wrong(g->r, opened, "`%.*s (` without its closing parenthesis", STR_FMT(str_sub(block, 0, 60))) : true;
}

bool package_read_go_mod(struct package_reading *r)
{
	struct go_mod g = { .r = r };
	map_init(&g.replaced, PACKAGES_MAX);
	bool ok = each(&g, true) && each(&g, false);
	map_release(&g.replaced);
	return ok;
}

/* "module version hash"; a version with "/go.mod" was only looked at. It keeps what earlier versions of the project needed, too. */
bool package_read_go_sum(struct package_reading *r)
{
	struct package_lines l = { .rest = r->text };
	struct str words[WORDS], comment;
	while (package_next_line(&l)) {
		size_t n = words_of(l.line, words, &comment);
		if (n == 0)
			continue;
		if (n != 3 || !is_version(words[1]) || !str_starts(words[2], STR("h1:")))
			return package_wrong(r, l.number, "expected module, version and hash (h1:) here; `go mod tidy` writes the file anew");
		if (!str_ends(words[1], STR("/go.mod")) && !package_add(r, words[0], words[1], PACKAGE_UNTOLD, l.number))
			return false;
	}
	return true;
}
