/* Keys at the top of JSON and YAML texts. In JSON the key is searched first (fast, mostly not there); only what is found is checked for its depth. */
#include "contract/top_key.h"

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

static bool colon_follows(struct str text, size_t at)
{
	while (at < text.len && is_blank(text.p[at]))
		at++;
	return at < text.len && text.p[at] == ':';
}

/* How deep `to` is, going on from `from`, where the depth was `depth`; `from` is outside of a string. */
static int depth_at(struct str text, size_t from, size_t to, int depth)
{
	bool quoted = false;
	for (size_t i = from; i < to; i++) {
		char c = text.p[i];
		if (quoted)
			i += c == '\\';
		else
			depth += (c == '{' || c == '[') - (c == '}' || c == ']');
		quoted ^= c == '"';
	}
	return quoted ? -1 : depth;
}

static bool json_has(struct str text, struct str key)
{
	size_t known = 0;
	int depth = 0;
	for (size_t at = 0;;) {
		size_t found = str_find(str_skip(text, at), key);
		if (found == SIZE_MAX)
			return false;
		at += found;
		if (at && text.p[at - 1] == '"' && at + key.len < text.len && text.p[at + key.len] == '"' && colon_follows(text, at + key.len + 1)) {
			int here = depth_at(text, known, at - 1, depth);
			if (here == 1)
				return true;
			if (here >= 0) {
				known = at - 1;
				depth = here;
			}
		}
		at += key.len;
	}
}

static bool yaml_has(struct str text, struct str key)
{
	for (size_t at = 0;;) {
		size_t found = str_find(str_skip(text, at), key);
		if (found == SIZE_MAX)
			return false;
		at += found;
		bool quoted = at && (text.p[at - 1] == '"' || text.p[at - 1] == '\'');
		size_t start = at - quoted, end = at + key.len + quoted;
		if ((!start || text.p[start - 1] == '\n') && colon_follows(text, end))
			return true;
		at += key.len;
	}
}

bool source_file_has_top_key(const struct source_file *f, struct str key)
{
	size_t slash = f->path.len, dot;
	while (slash && f->path.p[slash - 1] != '/')
		slash--;
	struct str name = str_skip(f->path, slash);
	if ((dot = str_find_char(name, '.')) != SIZE_MAX && !str_ends(name, STR(".json")) && !str_ends(name, STR(".yaml")) && !str_ends(name, STR(".yml")))
		return false;
	size_t at = str_starts(f->text, STR("\xef\xbb\xbf")) ? 3 : 0;
	struct str text = str_skip(f->text, at);
	for (at = 0; at < text.len && is_blank(text.p[at]);)
		at++;
	return at < text.len && text.p[at] == '{' ? json_has(text, key) : yaml_has(text, key);
}
