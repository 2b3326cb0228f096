/* See reading.h. */
#include "catalog/crawl/reading.h"
#include "base/check.h"
#include "base/glob.h"

enum { SUBJECTS_MAX = 20000, SUBJECT_NAME_MAX = 200 };

/* At most CLAIM_VALUE_MAX bytes, cut at a character; white space of any kind becomes one blank. */
static struct str tidy(struct arena *a, struct str s, size_t most)
{
	s = str_strip(s);
	if (s.len > most) {
		s.len = most;
		while (s.len && ((unsigned char)s.p[s.len] & 0xc0) == 0x80)
			s.len--;
	}
	char *to = arena_bytes(a, s.len);
	size_t n = 0;
	for (size_t i = 0; to && i < s.len; i++) {
		bool blank = (unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f;
		if (!blank)
			to[n++] = s.p[i];
		else if (n && to[n - 1] != ' ')
			to[n++] = ' ';
	}
	return str_from(to ? to : "", n);
}

struct subject *reading_subject(struct reading *r, enum subject_kind kind, struct str name, struct str root, enum claim_source source, uint32_t line)
{
	name = tidy(r->arena, name, SUBJECT_NAME_MAX);
	if ((!name.len && kind != SUBJECT_NEAREST) || r->count == SUBJECTS_MAX || !ARENA_PUSH_ROOM(r->arena, r->subjects, r->count, r->capacity))
		return NULL;
	struct subject *s = ARENA_NEW(r->arena, struct subject);
	if (!s)
		return NULL;
	*s = (struct subject){ .kind = kind, .name = name, .root = root, .source = source, .file = r->file, .line = line };
	r->subjects[r->count++] = s;
	return s;
}

void reading_claim(struct reading *r, struct subject *s, enum claim_key key, struct str value, struct str detail, uint32_t line)
{
	value = tidy(r->arena, value, CLAIM_VALUE_MAX);
	if (!s || !value.len || s->count == UNIT_CLAIMS_MAX || !ARENA_PUSH_ROOM(r->arena, s->claims, s->count, s->capacity))
		return;
	s->claims[s->count++] = (struct claim){ .key = key, .source = s->source, .value = value, .detail = tidy(r->arena, detail, CLAIM_VALUE_MAX), .file = r->file, .line = line, .time = r->time };
}

struct crawled_team *reading_team(struct reading *r, struct str name, uint32_t line)
{
	struct repository *to = r->repository;
	name = tidy(r->arena, name, SUBJECT_NAME_MAX);
	for (size_t i = 0; i < to->teams_count; i++)
		if (str_eq_ci(to->teams[i].name, name))
			return &to->teams[i];
	if (!name.len || to->teams_count == REPOSITORY_TEAMS_MAX || !ARENA_PUSH_ROOM(r->arena, to->teams, to->teams_count, to->teams_capacity))
		return NULL;
	to->teams[to->teams_count] = (struct crawled_team){ .name = name, .file = r->file, .line = line };
	return &to->teams[to->teams_count++];
}

void reading_member(struct reading *r, struct crawled_team *t, struct str member)
{
	member = tidy(r->arena, member, SUBJECT_NAME_MAX);
	for (size_t i = 0; t && i < t->members_count; i++)
		if (str_eq_ci(t->members[i], member))
			return;
	if (t && member.len && t->members_count < REPOSITORY_TEAMS_MAX && ARENA_PUSH_ROOM(r->arena, t->members, t->members_count, t->members_capacity))
		t->members[t->members_count++] = member;
}

void reading_decision(struct reading *r, struct str title, struct str status, struct str date, struct str outcome, bool chosen)
{
	struct repository *to = r->repository;
	if (to->decisions_count < REPOSITORY_DECISIONS_MAX && ARENA_PUSH_ROOM(r->arena, to->decisions, to->decisions_count, to->decisions_capacity))
		to->decisions[to->decisions_count++] = (struct decision){ tidy(r->arena, title, SUBJECT_NAME_MAX), tidy(r->arena, status, SUBJECT_NAME_MAX), tidy(r->arena, date, 40), r->file, tidy(r->arena, outcome, SUBJECT_NAME_MAX), chosen };
}

void reading_problem(struct reading *r, const struct err *e)
{
	struct repository *to = r->repository;
	if (to->problems_count < REPOSITORY_PROBLEMS_MAX && ARENA_PUSH_ROOM(r->arena, to->problems, to->problems_count, to->problems_capacity))
		to->problems[to->problems_count++] = (struct crawl_problem){ r->file, arena_str(r->arena, str_z(e->message)), e->line, e->column };
}

/* --- paths --------------------------------------------------------------------------------------------------------------------------------------- */

const struct yaml *yaml_at(const struct yaml *y, struct str path)
{
	while (y && path.p && path.len)
		y = yaml_get(y, str_split(&path, '>'));
	return y;
}

struct str yaml_text(const struct yaml *y, struct str path)
{
	const struct yaml *v = yaml_at(y, path);
	return v && v->type == YAML_SCALAR ? v->text : STR("");
}

/* --- which files --------------------------------------------------------------------------------------------------------------------------------- */

static bool in_list(struct str patterns, struct str name)
{
	while (patterns.p) {
		if (glob_matches(str_split(&patterns, ' '), name))
			return true;
	}
	return false;
}

static bool is_registry(struct str name)
{
	static const char *const lists[] = {
#define CATALOG_FORMAT(source, files, guard, is, name) files,
#define CATALOG_PATH(...)
#include "tbl/catalog_formats.h"
#undef CATALOG_FORMAT
#undef CATALOG_PATH
	};
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		if (in_list(str_z(lists[i]), name))
			return true;
	return false;
}

/* Decisions lie in folders of their own; other pages are not read. */
static bool holds_decisions(struct str path)
{
	static const char *const folders[] = { "adr", "adrs", "decisions", "architecture-decisions", "decision-records", "architecture-decision-records" };
	struct str folder = path_name(path_folder(path)), name = path_name(path);
	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		if (str_eq_ci(folder, str_z(folders[i])))
			return name.len && ((name.p[0] >= '0' && name.p[0] <= '9') || str_starts(name, STR("adr")) || str_starts(name, STR("ADR")));
	return false;
}

reading_f *reading_of(struct str path, struct str *word, bool *registry)
{
	static const struct { const char *pattern, *word; reading_f *read; } rows[] = {
#define CATALOG_FILE(pattern, reader, word) { pattern, word, read_##reader },
#include "tbl/catalog_files.h"
#undef CATALOG_FILE
	};
	struct str name = path_name(path);
	*registry = is_registry(name);
	*word = STR("");
	if (*registry)
		return read_manifests;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (!glob_matches(str_z(rows[i].pattern), name) || (rows[i].read == read_decision && !holds_decisions(path)))
			continue;
		*word = str_z(rows[i].word);
		return rows[i].read;
	}
	return NULL;
}
