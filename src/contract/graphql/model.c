/* From a source to its schemas: which files belong together (see schema.h). */
#include "contract/graphql/model.h"
#include <stdlib.h>

enum { ARENA_BYTES = 1 << 30, FOLDERS_MAX = 64 };

/* ---- which files hold a schema ---- */

/* Past a description and white space, the first word. Files of operations (`query …`, `{ … }`, `fragment …`) are no contracts. */
static bool defines(struct str text)
{
	static const struct str words[] = { STR_INIT("schema"), STR_INIT("scalar"), STR_INIT("type"), STR_INIT("interface"), STR_INIT("union"), STR_INIT("enum"),
		STR_INIT("input"), STR_INIT("directive"), STR_INIT("extend") };
	struct gql_token t = gql_lex(text, 0);
	if (t.kind == GQL_T_STRING || t.kind == GQL_T_BLOCK)
		t = gql_lex(text, t.offset + t.len);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (t.kind == GQL_T_NAME && str_eq(str_from(text.p + t.offset, t.len), words[i]))
			return true;
	return false;
}

bool gql_recognises(const struct source_file *f)
{
	if (str_ends(f->path, STR(".graphqls")))
		return true;
	return (str_ends(f->path, STR(".graphql")) || str_ends(f->path, STR(".gql"))) && defines(f->text);
}

/* ---- which files belong together ---- */

struct range { uint32_t from, to; };
struct grouping {
	struct gql_files *files; /* sorted by path, so what is in one folder stands together */
	const struct gql_definitions *per_file;
	uint32_t *group, count;  /* group: of each file */
	struct range *ranges;    /* of each group: its files are in it, beside those of the groups below */
	struct map names;
};

static struct str path_of(const struct grouping *g, uint32_t f) { return g->files->items[f].source->path; }

/* Whether two of the group's files define one name. */
static bool conflict(struct grouping *g, uint32_t of)
{
	bool found = false;
	map_clear(&g->names);
	for (uint32_t f = g->ranges[of].from; f < g->ranges[of].to && !found; f++) {
		for (uint32_t i = 0; g->group[f] == of && i < g->per_file[f].count; i++) {
			const struct gql_definition *d = &g->per_file[f].items[i];
			if (d->kind == GQL_DEFINES_DIRECTIVE || d->extends)
				continue;
			struct str name = d->kind == GQL_DEFINES_TYPE ? d->type->name : STR("schema");
			const struct gql_definitions *before = map_get(&g->names, name);
			found |= before && before != &g->per_file[f];
			map_put(&g->names, name, (void *)(uintptr_t)&g->per_file[f]);
		}
	}
	return found;
}

/* Gives the group's files to one group a folder (the part behind `prefix` bytes); what is in no folder stays. */
static void split(struct grouping *g, uint32_t of, size_t prefix, uint32_t depth)
{
	if (depth == FOLDERS_MAX || !conflict(g, of))
		return;
	struct str folder = { 0 };
	uint32_t first = g->count;
	for (uint32_t f = g->ranges[of].from; f < g->ranges[of].to; f++) {
		struct str rest = str_skip(path_of(g, f), prefix);
		size_t slash = str_find_char(rest, '/');
		if (slash == SIZE_MAX)
			continue;
		struct str name = str_sub(rest, 0, slash + 1);
		if (!str_eq(name, folder) || g->count == first)
			g->ranges[g->count++] = (struct range){ f, f };
		folder = name;
		g->ranges[g->count - 1].to = f + 1;
		g->group[f] = g->count - 1;
	}
	uint32_t last = g->count;
	for (uint32_t n = first; n < last; n++) {
		struct str rest = str_skip(path_of(g, g->ranges[n].from), prefix);
		split(g, n, prefix + str_find_char(rest, '/') + 1, depth + 1);
	}
}

/* The folder that all files of the group are in, or its only file. */
static struct str group_name(const struct grouping *g, uint32_t of)
{
	struct str common = { 0 };
	uint32_t n = 0;
	for (uint32_t f = g->ranges[of].from; f < g->ranges[of].to; f++) {
		if (g->group[f] != of)
			continue;
		struct str path = path_of(g, f);
		size_t same = 0;
		if (!n++) {
			common = path;
			continue;
		}
		while (same < common.len && same < path.len && common.p[same] == path.p[same])
			same++;
		while (same && common.p[same - 1] != '/')
			same--;
		common = str_sub(common, 0, same);
	}
	if (n > 1 && common.len)
		common.len--;
	return n > 1 && !common.len ? STR(".") : common;
}

/* ---- reading ---- */

static bool take_files(struct gql_model *m, const struct source *s, struct err *e)
{
	m->files.arena = &m->arena;
	for (size_t i = 0; i < s->count; i++) {
		size_t capacity = m->files.capacity;
		if (!gql_recognises(&s->files[i]))
			continue;
		if (!ARENA_PUSH_ROOM(&m->arena, m->files.items, m->files.count, capacity))
			return err_set(e, ERR_TOO_LARGE, "%.*s does not fit into the memory for GraphQL schemas", STR_FMT(s->name));
		m->files.capacity = (uint32_t)capacity;
		m->files.items[m->files.count++] = (struct gql_file){ .source = &s->files[i] };
	}
	return true;
}

static bool make_schemas(struct gql_model *m, struct grouping *g, struct err *e)
{
	m->schemas = ARENA_ARRAY(&m->arena, g->count, struct gql_schema);
	if (!m->schemas)
		return err_set(e, ERR_TOO_LARGE, "too many GraphQL schemas; name the folder of one service");
	for (uint32_t n = 0; n < g->count; n++) {
		struct str name = group_name(g, n);
		if (!name.p)
			continue; /* all its files went into groups of their own */
		struct gql_schema *s = &m->schemas[m->count++];
		s->name = name;
		if (!gql_schema_build(s, &m->files, g->per_file, g->group, n, g->ranges[n].from, g->ranges[n].to, e) || !gql_schema_check(s, e))
			return false;
	}
	return true;
}

static bool read_files(struct gql_model *m, const struct source *s, struct err *e)
{
	if (!take_files(m, s, e))
		return false;
	struct grouping g = { .files = &m->files, .count = 1 };
	struct gql_definitions *per_file = ARENA_ARRAY(&m->arena, m->files.count, struct gql_definitions);
	g.per_file = per_file;
	g.group = ARENA_ARRAY(&m->arena, m->files.count, uint32_t);
	g.ranges = ARENA_ARRAY(&m->arena, (size_t)m->files.count * FOLDERS_MAX / 8 + 16, struct range);
	if (!g.per_file || !g.group || !g.ranges)
		return err_set(e, ERR_TOO_LARGE, "%.*s does not fit into the memory for GraphQL schemas", STR_FMT(s->name));
	for (uint32_t f = 0; f < m->files.count; f++)
		if (!gql_parse_schema(&m->arena, &m->files, f, &per_file[f], e))
			return false;
	g.ranges[0] = (struct range){ 0, m->files.count };
	map_init(&g.names, GQL_NAMES_MAX);
	split(&g, 0, 0, 0);
	bool ok = make_schemas(m, &g, e);
	map_release(&g.names);
	return ok;
}

static void free_model(struct contract_model *model)
{
	struct gql_model *m = (struct gql_model *)model;
	for (uint32_t i = 0; i < m->count; i++)
		gql_schema_release(&m->schemas[i]);
	arena_release(&m->arena);
	free(m);
}

static struct contract_model *read_model(const struct source *s, struct err *e)
{
	struct gql_model *m = calloc(1, sizeof(*m));
	if (!m) {
		err_set(e, ERR_NO_MEMORY, "no memory for %.*s", STR_FMT(s->name));
		return NULL;
	}
	m->model.format = &graphql_format;
	arena_init(&m->arena, ARENA_BYTES);
	if (read_files(m, s, e))
		return &m->model;
	free_model(&m->model);
	return NULL;
}

const struct contract_format graphql_format = {
	.name = STR_INIT("graphql"),
	.title = STR_INIT("GraphQL"),
	.recognises = gql_recognises,
	.read = read_model,
	.free = free_model,
	.compare = gql_compare,
	.describe = gql_describe,
};
