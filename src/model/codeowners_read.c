/* CODEOWNERS read line by line, in both dialects (codeowners.h). Called by whoever judges tests, changes and ownership. */
#include "base/check.h"
#include "model/codeowners_impl.h"

const struct str codeowners_places[CODEOWNERS_PLACES] = { STR_INIT(".github/CODEOWNERS"), STR_INIT("CODEOWNERS"), STR_INIT("docs/CODEOWNERS"), STR_INIT(".gitlab/CODEOWNERS") };

struct reading {
	struct arena *a;
	struct codeowners *c;
	size_t rules_capacity, sections_capacity, faults_capacity;
	uint32_t line, section;   /* where reading stands */
};

static bool blank(char c) { return c == ' ' || c == '\t'; }

static void fault(struct reading *r, bool left_out, struct str message)
{
	struct codeowners *c = r->c;
	if (c->faults_count == CODEOWNERS_FAULTS_MAX || !ARENA_PUSH_ROOM(r->a, c->faults, c->faults_count, r->faults_capacity)) {
		c->faults_left++;
		return;
	}
	c->faults[c->faults_count++] = (struct codeowners_fault){ r->line, message, left_out };
}

/* The next word, "\ " being no end of it; *rest becomes what follows. */
static struct str take_word(struct str *rest)
{
	size_t end = 0;
	while (end < rest->len && !blank(rest->p[end]))
		end += rest->p[end] == '\\' && end + 1 < rest->len ? 2 : 1;
	struct str word = str_sub(*rest, 0, end);
	*rest = str_trim(str_skip(*rest, end));
	return word;
}

/* --- owners ------------------------------------------------------------------------------------------------------------------------------------ */

static bool name_character(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.'; }

/* "ada", "shop/sales"; GitLab's groups may be nested deeper than GitHub's teams. */
static bool is_name(struct str s, size_t slashes_most)
{
	size_t slashes = 0;
	for (size_t i = 0; i < s.len; i++) {
		bool slash = s.p[i] == '/';
		if ((slash && (i == 0 || i + 1 == s.len || s.p[i - 1] == '/')) || (!slash && !name_character(s.p[i])))
			return false;
		slashes += slash;
	}
	return s.len && slashes <= slashes_most;
}

static bool is_role(struct str s)
{
	static const struct str roles[] = { STR_INIT("developer"), STR_INIT("maintainer"), STR_INIT("owner") };
	if (str_ends(s, STR("s")))
		s.len--;
	for (size_t i = 0; i < ARRAY_LEN(roles); i++)
		if (str_eq_ci(s, roles[i]))
			return true;
	return false;
}

static bool is_owner(enum codeowners_dialect d, struct str word)
{
	if (d == CODEOWNERS_GITLAB && str_starts(word, STR("@@")))
		return is_role(str_skip(word, 2));
	if (str_starts(word, STR("@")))
		return is_name(str_skip(word, 1), d == CODEOWNERS_GITHUB ? 1 : 20);
	size_t at = str_find_char(word, '@');
	return at != SIZE_MAX && at > 0 && at + 1 < word.len && str_find_char(str_skip(word, at + 1), '@') == SIZE_MAX;
}

/* Words up to a comment. GitHub: one that is no owner voids the line. GitLab: it is passed over, and owners within a comment count (reference.md, "Any Code Owners listed in a
 * comment are parsed"). False: the line does nothing. */
static bool read_owners(struct reading *r, struct str words, const struct str **owners, size_t *count)
{
	enum codeowners_dialect d = r->c->dialect;
	struct str *out = ARENA_ARRAY(r->a, CODEOWNERS_OWNERS_MAX, struct str);
	size_t n = 0;
	bool comment = false;
	while (out && words.len) {
		struct str word = take_word(&words);
		comment = comment || word.p[0] == '#';
		if (comment && d == CODEOWNERS_GITHUB)
			break;
		if (!is_owner(d, word)) {
			if (!comment)
				fault(r, d == CODEOWNERS_GITHUB, arena_printf(r->a, "\"%.*s\" is no owner: write @user, %s or an e-mail address", STR_FMT(str_sub(word, 0, 100)),
								  d == CODEOWNERS_GITHUB ? "@organisation/team" : "@group/subgroup, @@role"));
			if (d == CODEOWNERS_GITHUB)
				return false;
			continue;
		}
		if (n == CODEOWNERS_OWNERS_MAX) {
			fault(r, false, arena_printf(r->a, "more than %d owners: the others are passed over; name a team", CODEOWNERS_OWNERS_MAX));
			break;
		}
		out[n++] = word;
	}
	*owners = n ? arena_array(r->a, n, sizeof(*out)) : NULL;
	if (*owners)
		memcpy((void *)*owners, out, n * sizeof(*out));
	*count = *owners ? n : 0;
	return true;
}

/* --- rules ------------------------------------------------------------------------------------------------------------------------------------- */

/* What is wrong with a pattern; empty: nothing. */
static struct str pattern_wrong(enum codeowners_dialect d, struct str p)
{
	size_t segments = 1, first = str_starts(p, STR("/"));
	if (p.len > CODEOWNERS_PATTERN_MAX)
		return STR("the pattern is longer than 1024 bytes");
	for (size_t i = 0; i < p.len; i++)
		segments += p.p[i] == '/';
	if (segments > CODEOWNERS_SEGMENTS_MAX)
		return STR("the pattern has more than 64 parts");
	if (p.len == first)
		return STR("\"/\" matches nothing: for everything write *");
	if (str_find(p, STR("//")) != SIZE_MAX)
		return STR("a double slash matches nothing");
	if (d == CODEOWNERS_GITLAB)
		return STR("");
	if (str_starts(p, STR("\\#")))
		return STR("a name that begins with # cannot be escaped; write ?name");
	if (str_find_char(p, '[') != SIZE_MAX || str_find_char(p, ']') != SIZE_MAX)
		return STR("[ ] is not taken here; write a line for each, or ?");
	if (str_find(p, STR("***")) != SIZE_MAX)
		return STR("three stars in a row; write * within a name, or ** for any folders");
	return STR("");
}

static bool add_rule(struct reading *r, struct str pattern, bool excludes, const struct str *owners, size_t owners_count)
{
	struct codeowners *c = r->c;
	if (c->count == CODEOWNERS_RULES_MAX) {
		if (c->faults_left == 0)
			fault(r, true, arena_printf(r->a, "more than %d rules: this and the following are left out", CODEOWNERS_RULES_MAX));
		return true;
	}
	if (!ARENA_PUSH_ROOM(r->a, c->rules, c->count, r->rules_capacity) || !codeowners_graph_add(r->a, c->graph, c->dialect, pattern, (uint32_t)c->count))
		return false;
	c->rules[c->count++] = (struct codeowners_rule){ .pattern = pattern, .owners = owners, .owners_count = owners_count, .line = r->line, .section = r->section, .excludes = excludes };
	return true;
}

static bool read_rule(struct reading *r, struct str line)
{
	struct str rest = line, pattern = take_word(&rest);
	bool excludes = str_starts(pattern, STR("!"));
	const struct str *owners;
	size_t count;
	if (excludes && r->c->dialect == CODEOWNERS_GITHUB) {
		fault(r, true, STR("! is not taken here: write the pattern without owners below the other"));
		return true;
	}
	if (excludes)
		pattern = str_skip(pattern, 1);
	struct str wrong = pattern_wrong(r->c->dialect, pattern);
	if (wrong.len) {
		fault(r, true, wrong);
		return true;
	}
	if (!read_owners(r, rest, &owners, &count))
		return true;
	if (!count && !excludes) {
		owners = r->c->sections[r->section].owners;
		count = r->c->sections[r->section].owners_count;
	}
	return add_rule(r, pattern, excludes, owners, count);
}

/* --- sections ---------------------------------------------------------------------------------------------------------------------------------- */

static bool section_named(const struct codeowners *c, struct str name, uint32_t *at)
{
	for (size_t i = 0; i < c->sections_count; i++)
		if (c->sections[i].name.len && str_eq_ci(c->sections[i].name, name)) {
			*at = (uint32_t)i;
			return true;
		}
	return false;
}

/* "[Name]", "^[Name][2] @owner"; false: it is none, so it is a rule like any other (reference.md, "Malformed"). */
static bool heading(struct str line, struct codeowners_section *s, struct str *owners)
{
	uint64_t approvals = 1;
	s->optional = str_starts(line, STR("^["));
	struct str rest = str_skip(line, s->optional);
	size_t end = str_find_char(rest, ']');
	if (!str_starts(rest, STR("[")) || end == SIZE_MAX || !str_trim(str_sub(rest, 1, end)).len)
		return false;
	s->name = str_trim(str_sub(rest, 1, end));
	rest = str_skip(rest, end + 1);
	size_t close = str_find_char(rest, ']');
	if (str_starts(rest, STR("["))) {
		if (close == SIZE_MAX || !str_to_u64(str_sub(rest, 1, close), &approvals) || approvals > UINT32_MAX)
			return false;
		rest = str_skip(rest, close + 1);
	}
	if (rest.len && !blank(rest.p[0]))
		return false;
	s->approvals = approvals ? (uint32_t)approvals : 1;
	*owners = str_trim(rest);
	return true;
}

static bool read_section(struct reading *r, const struct codeowners_section *read, struct str words)
{
	struct codeowners *c = r->c;
	struct codeowners_section s = *read;
	s.line = r->line;
	read_owners(r, words, &s.owners, &s.owners_count);
	if (section_named(c, s.name, &r->section)) {
		struct codeowners_section *old = &c->sections[r->section];
		old->optional = old->optional && s.optional;
		old->approvals = s.approvals > old->approvals ? s.approvals : old->approvals;
		old->owners = s.owners;
		old->owners_count = s.owners_count;
		return true;
	}
	if (c->sections_count == CODEOWNERS_SECTIONS_MAX) {
		fault(r, true, arena_printf(r->a, "more than %d sections: its rules belong to the one before", CODEOWNERS_SECTIONS_MAX));
		return true;
	}
	if (!ARENA_PUSH_ROOM(r->a, c->sections, c->sections_count, r->sections_capacity))
		return false;
	r->section = (uint32_t)c->sections_count;
	c->sections[c->sections_count++] = s;
	return true;
}

static bool read_line(struct reading *r, struct str line)
{
	struct codeowners_section s = { 0 };
	struct str owners;
	if (!line.len || line.p[0] == '#')
		return true;
	bool like_heading = line.p[0] == '[' || str_starts(line, STR("^["));
	if (r->c->dialect == CODEOWNERS_GITLAB && like_heading) {
		if (heading(line, &s, &owners))
			return read_section(r, &s, owners);
		fault(r, false, STR("this is no heading of a section, so it is taken as a pattern; write [Name], ^[Name] or [Name][2]"));
	}
	return read_rule(r, line);
}

const struct codeowners *codeowners_read(struct arena *a, enum codeowners_dialect dialect, struct str text)
{
	struct codeowners *c = ARENA_NEW(a, struct codeowners);
	struct reading r = { .a = a, .c = c };
	if (!c)
		return NULL;
	c->dialect = dialect;
	c->graph = ARENA_NEW(a, struct codeowners_graph);
	if (!c->graph || !ARENA_PUSH_ROOM(a, c->sections, c->sections_count, r.sections_capacity))
		return NULL;
	c->sections[c->sections_count++] = (struct codeowners_section){ .approvals = 1 };
	bool whole = text.len <= CODEOWNERS_BYTES_MAX, ok = true;
	text = str_sub(text, 0, CODEOWNERS_BYTES_MAX);
	while (ok && text.p) {
		r.line++;
		ok = read_line(&r, str_strip(str_split(&text, '\n')));
	}
	if (!whole)
		fault(&r, true, STR("the file is larger than 3 MB: what follows is left out (GitHub takes no such file at all)"));
	return ok && !a->full ? c : NULL;
}

enum codeowners_dialect codeowners_dialect_of(struct str path, struct str text)
{
	struct codeowners_section s;
	struct str owners;
	if (str_starts(path, STR(".github/")))
		return CODEOWNERS_GITHUB;
	if (str_starts(path, STR(".gitlab/")))
		return CODEOWNERS_GITLAB;
	for (text = str_sub(text, 0, CODEOWNERS_BYTES_MAX); text.p;)
		if (heading(str_strip(str_split(&text, '\n')), &s, &owners))
			return CODEOWNERS_GITLAB;
	return CODEOWNERS_GITHUB;
}
