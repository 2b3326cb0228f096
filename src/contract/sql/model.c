/* From a source to the state of each folder's tables. See model.h. */
#include "contract/sql/model.h"
#include <stdlib.h>

enum { ARENA_BYTES = 1 << 30 };

bool sql_names_add(struct arena *a, struct sql_names *n, struct str name)
{
	if (!ARENA_PUSH_ROOM(a, n->items, n->count, n->capacity))
		return false;
	n->items[n->count++] = name;
	return true;
}

bool sql_former_add(struct arena *a, struct sql_names *n, struct str name)
{
	if (n->count < SQL_FORMER_MAX)
		return sql_names_add(a, n, name);
	memmove(n->items, n->items + 1, (n->count - 1) * sizeof(*n->items));
	n->items[n->count - 1] = name;
	return true;
}

bool sql_names_has(const struct sql_names *n, struct str name)
{
	for (size_t i = 0; i < n->count; i++)
		if (str_eq(n->items[i], name))
			return true;
	return false;
}

struct sql_column *sql_column_of(const struct sql_table *t, struct str key)
{
	for (size_t i = 0; i < t->count; i++)
		if (str_eq(t->columns[i].key, key))
			return &t->columns[i];
	return NULL;
}

struct sql_table *sql_table_of(const struct sql_schema *s, struct str key) { return map_get(&s->tables, key); }

struct text_place sql_place(const struct sql_schema *s, struct sql_spot spot)
{
	struct sql_file *f = &s->files[spot.file];
	if (!f->indexed)
		f->indexed = line_index_build(&f->lines, s->arena, f->source->text);
	return f->indexed ? line_index_place(&f->lines, spot.offset) : (struct text_place){ 0, 0 };
}

/* ---- files ---- */

static bool recognises(const struct source_file *f)
{
	return f->path.len > 4 && str_eq_ci(str_skip(f->path, f->path.len - 4), STR(".sql")) && str_find_ci(f->path, STR(".down.sql")) == SIZE_MAX &&
	       str_find_ci(f->path, STR(".rollback.sql")) == SIZE_MAX;
}

static struct str folder_of(struct str path)
{
	size_t n = path.len;
	while (n && path.p[n - 1] != '/')
		n--;
	return n ? str_sub(path, 0, n - 1) : STR(".");
}

static bool digit(char c) { return c >= '0' && c <= '9'; }

static size_t number_end(struct str s, size_t at)
{
	while (at < s.len && digit(s.p[at]))
		at++;
	return at;
}

/* Byte order, but runs of digits by their value: 2 before 10, also with zeros in front. */
static int natural_order(struct str a, struct str b)
{
	size_t i = 0, j = 0;
	while (i < a.len && j < b.len) {
		if (!digit(a.p[i]) || !digit(b.p[j])) {
			if (a.p[i] != b.p[j])
				return (unsigned char)a.p[i] < (unsigned char)b.p[j] ? -1 : 1;
			i++, j++;
			continue;
		}
		while (i < a.len && a.p[i] == '0')
			i++;
		while (j < b.len && b.p[j] == '0')
			j++;
		size_t ae = number_end(a, i), be = number_end(b, j);
		if (ae - i != be - j)
			return ae - i < be - j ? -1 : 1;
		int order = str_cmp(str_sub(a, i, ae), str_sub(b, j, be));
		if (order)
			return order;
		i = ae, j = be;
	}
	return i < a.len ? 1 : j < b.len ? -1 : str_cmp(a, b);
}

static int file_order(const void *x, const void *y)
{
	struct str a = ((const struct sql_file *)x)->source->path, b = ((const struct sql_file *)y)->source->path;
	int order = str_cmp(folder_of(a), folder_of(b));
	return order ? order : natural_order(a, b);
}

static bool no_room(const struct source *s, struct err *e) { return err_set(e, ERR_TOO_LARGE, "%.*s does not fit into the memory for SQL tables", STR_FMT(s->name)); }

static bool take_files(struct sql_model *m, const struct source *s, struct err *e)
{
	for (size_t i = 0; i < s->count; i++) {
		if (!recognises(&s->files[i]))
			continue;
		if (!ARENA_PUSH_ROOM(&m->arena, m->files, m->file_count, m->file_capacity))
			return no_room(s, e);
		m->files[m->file_count++] = (struct sql_file){ .source = &s->files[i] };
	}
	if (m->file_count)
		qsort(m->files, m->file_count, sizeof(*m->files), file_order);
	m->schemas = ARENA_ARRAY(&m->arena, m->file_count + 1, struct sql_schema);
	return m->schemas || no_room(s, e);
}

static void release_schema(struct sql_schema *s)
{
	map_release(&s->tables);
	map_release(&s->enums);
	map_release(&s->domains);
}

static bool read_folders(struct sql_model *m, const struct source *source, struct err *e)
{
	if (!take_files(m, source, e))
		return false;
	for (size_t i = 0; i < m->file_count;) {
		struct sql_schema *s = &m->schemas[m->count++];
		struct str folder = folder_of(m->files[i].source->path);
		*s = (struct sql_schema){ .name = folder, .arena = &m->arena, .files = m->files };
		map_init(&s->tables, SQL_TABLES_MAX);
		map_init(&s->enums, SQL_TABLES_MAX);
		map_init(&s->domains, SQL_TABLES_MAX);
		for (; i < m->file_count && str_eq(folder_of(m->files[i].source->path), folder); i++)
			if (!sql_apply(s, (uint32_t)i, e))
				return false;
		if (!s->tables.count) { /* statements, but no tables: no contract */
			release_schema(s);
			m->count--;
		}
	}
	return true;
}

static void free_model(struct contract_model *model)
{
	struct sql_model *m = (struct sql_model *)model;
	for (size_t i = 0; i < m->count; i++)
		release_schema(&m->schemas[i]);
	arena_release(&m->arena);
	free(m);
}

static struct contract_model *read_model(const struct source *s, struct err *e)
{
	struct sql_model *m = calloc(1, sizeof(*m));
	if (!m) {
		err_set(e, ERR_NO_MEMORY, "no memory for %.*s", STR_FMT(s->name));
		return NULL;
	}
	m->model.format = &sql_format;
	arena_init(&m->arena, ARENA_BYTES);
	if (read_folders(m, s, e))
		return &m->model;
	free_model(&m->model);
	return NULL;
}

const struct contract_format sql_format = {
	.name = STR_INIT("sql"),
	.title = STR_INIT("SQL tables"),
	.recognises = recognises,
	.read = read_model,
	.free = free_model,
	.compare = sql_compare,
	.describe = sql_describe,
};
