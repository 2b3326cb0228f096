/* See codeowners.h. The documentation of the form: docs.github.com, "About code owners", CODEOWNERS syntax. */
#include "contract/borders/codeowners.h"
#include "base/check.h"

/* --- reading ---------------------------------------------------------------------------------------------------------------------------- */

/* The first word, with "\ " for a blank, copied without its escapes when it has any; *rest becomes what follows. */
static struct str take_pattern(struct arena *a, struct str *rest)
{
	size_t end = 0, escapes = 0;
	while (end < rest->len && rest->p[end] != ' ' && rest->p[end] != '\t') {
		bool escape = rest->p[end] == '\\' && end + 1 < rest->len;
		escapes += escape;
		end += escape ? 2 : 1;
	}
	struct str word = str_sub(*rest, 0, end);
	*rest = str_trim(str_skip(*rest, end));
	if (!escapes)
		return word;
	char *out = arena_bytes(a, word.len);
	size_t n = 0;
	for (size_t i = 0; out && i < word.len; i++) {
		if (word.p[i] == '\\' && i + 1 < word.len)
			i++;
		out[n++] = word.p[i];
	}
	return out ? str_from(out, n) : STR("");
}

static struct str without_comment(struct str owners)
{
	for (size_t i = 0; i < owners.len; i++)
		if (owners.p[i] == '#' && (!i || owners.p[i - 1] == ' ' || owners.p[i - 1] == '\t'))
			return str_trim(str_sub(owners, 0, i));
	return owners;
}

static bool is_rule(struct str line)
{
	bool heading = str_starts(line, STR("[")) || str_starts(line, STR("^["));
	return line.len && line.p[0] != '#' && line.p[0] != '!' && !heading;
}

static bool read_rule(struct arena *a, struct str line, uint32_t number, struct codeowners_rule *out)
{
	struct str rest = line, pattern = take_pattern(a, &rest);
	if (!pattern.len || pattern.len > CODEOWNERS_PATTERN_MAX || str_find_char(pattern, '[') != SIZE_MAX)
		return false;
	*out = (struct codeowners_rule){ .owners = without_comment(rest), .line = number };
	out->folder = str_ends(pattern, STR("/"));
	pattern.len -= out->folder;
	out->anchored = str_find_char(pattern, '/') != SIZE_MAX;
	out->pattern = str_starts(pattern, STR("/")) ? str_skip(pattern, 1) : pattern;
	return out->pattern.len != 0;
}

struct codeowners codeowners_read(struct arena *a, struct str text)
{
	struct codeowners c = { 0 };
	size_t capacity = 0;
	uint32_t number = 0;
	text = str_sub(text, 0, CODEOWNERS_BYTES_MAX);
	while (text.p && c.count < CODEOWNERS_RULES_MAX) {
		struct str line = str_strip(str_split(&text, '\n'));
		struct codeowners_rule rule;
		number++;
		if (!is_rule(line) || !read_rule(a, line, number, &rule))
			continue;
		if (!ARENA_PUSH_ROOM(a, c.rules, c.count, capacity))
			break;
		c.rules[c.count++] = rule;
	}
	return c;
}

/* --- matching ----------------------------------------------------------------------------------------------------------------------------- */

/* `*` any part of a name, `?` one byte of it. Only the newest star has to be tried again, so the time is at most the product of the lengths. */
static bool name_fits(struct str pattern, struct str name)
{
	size_t p = 0, n = 0, star = SIZE_MAX, tried = 0;
	while (n < name.len) {
		if (p < pattern.len && pattern.p[p] == '*') {
			star = p++;
			tried = n;
		} else if (p < pattern.len && (pattern.p[p] == '?' || pattern.p[p] == name.p[n])) {
			p++;
			n++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			n = ++tried;
		} else {
			return false;
		}
	}
	while (p < pattern.len && pattern.p[p] == '*')
		p++;
	return p == pattern.len;
}

static struct str first_segment(struct str path)
{
	size_t end = str_find_char(path, '/');
	return end == SIZE_MAX ? path : str_sub(path, 0, end);
}

/* Behind the first segment; p is NULL where there is none. */
static struct str next_segments(struct str path)
{
	size_t end = str_find_char(path, '/');
	return end == SIZE_MAX ? (struct str){ NULL, 0 } : str_skip(path, end + 1);
}

/* Segment by segment; "**" is any number of them. True also where the pattern ends at a folder on the path: all below it is meant, except below a
 * last "*", which GitHub does not let reach further down ("docs/" and a star: the files in docs alone). */
static bool segments_fit(struct str pattern, struct str path, bool folder)
{
	struct str star = { NULL, 0 }, tried = { NULL, 0 };
	bool stars = false, last_star = false;
	for (;;) {
		struct str p = pattern.p ? first_segment(pattern) : STR("");
		if (!pattern.p && (!path.p ? !folder : folder || !last_star))
			return true;
		if (pattern.p && str_eq(p, STR("**"))) {
			star = next_segments(pattern);
			if (!star.p)
				return path.p != NULL;
			tried = path;
			stars = true;
			pattern = star;
		} else if (pattern.p && path.p && name_fits(p, first_segment(path))) {
			last_star = str_eq(p, STR("*"));
			pattern = next_segments(pattern);
			path = next_segments(path);
		} else if (stars && tried.p) {
			tried = next_segments(tried);
			path = tried;
			pattern = star;
			if (!tried.p)
				return false;
		} else {
			return false;
		}
	}
}

bool codeowners_matches(const struct codeowners_rule *r, struct str path)
{
	if (r->anchored)
		return segments_fit(r->pattern, path, r->folder);
	/* A name alone: a file or a folder of that name, wherever it is. */
	for (struct str rest = path; rest.p; rest = next_segments(rest)) {
		bool is_file = str_find_char(rest, '/') == SIZE_MAX;
		if (name_fits(str_eq(r->pattern, STR("**")) ? STR("*") : r->pattern, first_segment(rest)) && !(is_file && r->folder))
			return true;
	}
	return false;
}

const struct codeowners_rule *codeowners_find(const struct codeowners *c, struct str path)
{
	for (size_t i = c->count; i-- > 0;)
		if (codeowners_matches(&c->rules[i], path))
			return &c->rules[i];
	return NULL;
}
