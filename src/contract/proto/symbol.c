/* Full names of everything, and what a name means at a place: from the inner scope outwards, the first part decides (as protoc does it). */
#include "contract/proto/link.h"
#include <stdarg.h>
#include <stdio.h>

bool link_fail(struct linker *l, const struct proto_file *f, uint32_t offset, const char *format, ...)
{
	char text[sizeof(l->err->message)];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	struct proto_file *was = l->parser->file;
	l->parser->file = (struct proto_file *)f;
	if (f->text.len)
		parse_fail(l->parser, offset, "%s", text);
	else if (err_set(l->err, ERR_FILE_INVALID, "%.*s: %s", STR_FMT(f->path), text), true)
		err_place(l->err, f->source_path, 0, 0);
	l->parser->file = was;
	return false;
}

static struct str join(struct linker *l, struct str scope, struct str name)
{
	if (str_empty(scope))
		return name;
	char *to = arena_bytes(&l->model->arena, scope.len + 1 + name.len);
	if (!to)
		return (struct str){ 0 };
	memcpy(to, scope.p, scope.len);
	to[scope.len] = '.';
	memcpy(to + scope.len + 1, name.p, name.len);
	return str_from(to, scope.len + 1 + name.len);
}

static bool twice(struct linker *l, const struct proto_file *f, uint32_t offset, struct str full, const struct proto_symbol *other)
{
	return link_fail(l, f, offset, "`%.*s` is already in %.*s; a name stands once: rename one, or compare the folders apart", STR_FMT(full), STR_FMT(other->file->path));
}

static struct proto_symbol *add(struct linker *l, struct proto_file *f, uint32_t offset, struct str full, enum proto_symbol_kind kind, void *any)
{
	struct proto_symbol *s = map_get(&l->model->by_name, full);
	if (s) {
		if (kind != PROTO_SYMBOL_PACKAGE || s->kind != PROTO_SYMBOL_PACKAGE)
			twice(l, f, offset, full, s);
		return s;
	}
	s = ARENA_NEW(&l->model->arena, struct proto_symbol);
	if (!s || !full.p || !map_put(&l->model->by_name, full, s)) {
		parse_full(l->parser);
		return NULL;
	}
	*s = (struct proto_symbol){ .kind = kind, .any = any, .file = f };
	return s;
}

static void add_package(struct linker *l, struct proto_file *f)
{
	for (size_t i = 1; i <= f->package.len; i++)
		if (i == f->package.len || f->package.p[i] == '.')
			add(l, f, f->package_offset, str_sub(f->package, 0, i), PROTO_SYMBOL_PACKAGE, NULL);
}

static void add_enum(struct linker *l, struct proto_enum *e, struct str scope, struct proto_message *parent)
{
	e->full = join(l, scope, e->name);
	e->parent = parent;
	e->id = l->model->enum_count++;
	add(l, e->file, e->offset, e->full, PROTO_SYMBOL_ENUM, e);
}

static void add_extension(struct linker *l, struct proto_extension *x, struct str scope, struct proto_message *in)
{
	x->full = join(l, scope, x->field.name);
	x->scope = in;
	add(l, x->file, x->field.offset, x->full, PROTO_SYMBOL_EXTENSION, x);
}

static void add_message(struct linker *l, struct proto_message *m, struct str scope, struct proto_message *parent)
{
	m->full = join(l, scope, m->name);
	m->parent = parent;
	m->id = l->model->message_count++;
	add(l, m->file, m->offset, m->full, PROTO_SYMBOL_MESSAGE, m);
	for (uint32_t i = 0; i < m->message_count && !err_is_set(l->err); i++)
		add_message(l, &m->messages[i], m->full, m);
	for (uint32_t i = 0; i < m->enum_count; i++)
		add_enum(l, &m->enums[i], m->full, m);
	for (uint32_t i = 0; i < m->extension_count; i++)
		add_extension(l, &m->extensions[i], m->full, m);
}

/* A file that stands twice, word for word, under two paths (a vendored copy): only the first counts. */
static const struct proto_file *copy_of(struct linker *l, const struct proto_file *f)
{
	if (!f->message_count && !f->enum_count && !f->service_count && !f->extension_count)
		return NULL;
	struct str name = f->message_count ? f->messages[0].name : f->enum_count ? f->enums[0].name : f->service_count ? f->services[0].name : f->extensions[0].field.name;
	char full[1024];
	size_t at = f->package.len;
	if (at + 1 + name.len > sizeof(full))
		return NULL;
	if (at) {
		memcpy(full, f->package.p, at);
		full[at++] = '.';
	}
	memcpy(full + at, name.p, name.len);
	const struct proto_symbol *s = map_get(&l->model->by_name, str_from(full, at + name.len));
	return s && f->text.len && str_eq(s->file->text, f->text) ? s->file : NULL;
}

static void drop_contents(struct proto_file *f)
{
	f->message_count = f->enum_count = f->service_count = f->extension_count = 0;
	f->imported = true;
}

bool link_symbols(struct linker *l)
{
	struct proto_model *m = l->model;
	for (uint32_t i = 0; i < m->file_count && !err_is_set(l->err); i++) {
		struct proto_file *f = m->files[i];
		const struct proto_file *original = copy_of(l, f);
		if (original) {
			drop_contents(f);
			for (uint32_t j = 0; j < m->file_count; j++)
				for (uint32_t k = 0; k < m->files[j]->import_count; k++)
					if (m->files[j]->imports[k].file == f)
						m->files[j]->imports[k].file = (struct proto_file *)original;
			continue;
		}
		add_package(l, f);
		for (uint32_t j = 0; j < f->message_count && !err_is_set(l->err); j++)
			add_message(l, &f->messages[j], f->package, NULL);
		for (uint32_t j = 0; j < f->enum_count; j++)
			add_enum(l, &f->enums[j], f->package, NULL);
		for (uint32_t j = 0; j < f->extension_count; j++)
			add_extension(l, &f->extensions[j], f->package, NULL);
		for (uint32_t j = 0; j < f->service_count; j++) {
			f->services[j].full = join(l, f->package, f->services[j].name);
			add(l, f, f->services[j].offset, f->services[j].full, PROTO_SYMBOL_SERVICE, &f->services[j]);
		}
	}
	return !err_is_set(l->err);
}

static void see_package(struct linker *l, struct str package, uint32_t mark)
{
	for (size_t i = package.len; i > 0; i--) {
		if (i < package.len && package.p[i] != '.')
			continue;
		struct proto_symbol *s = map_get(&l->model->by_name, str_sub(package, 0, i));
		if (!s || s->visible == mark)
			return;
		s->visible = mark;
	}
}

enum { PUBLIC_CHAIN_MAX = 1000 };
static void see(struct linker *l, const struct proto_file *f, uint32_t mark, unsigned depth)
{
	if ((depth && l->seen[f->index] == mark) || depth > PUBLIC_CHAIN_MAX)
		return;
	l->seen[f->index] = mark;
	see_package(l, f->package, mark);
	for (uint32_t i = 0; i < f->import_count; i++)
		if (f->imports[i].file && (!depth || f->imports[i].kind == PROTO_IMPORT_PUBLIC))
			see(l, f->imports[i].file, mark, depth + 1);
}

void link_see(struct linker *l, const struct proto_file *f) { see(l, f, ++l->mark, 0); }

/* The symbol "scope.name", where the file of the last link_see sees it. */
static const struct proto_symbol *exact(struct linker *l, struct str scope, struct str name)
{
	char text[1024];
	struct str full = name;
	if (scope.len) {
		if (scope.len + 1 + name.len > sizeof(text))
			return NULL;
		memcpy(text, scope.p, scope.len);
		text[scope.len] = '.';
		memcpy(text + scope.len + 1, name.p, name.len);
		full = str_from(text, scope.len + 1 + name.len);
	}
	const struct proto_symbol *s = map_get(&l->model->by_name, full);
	if (!s)
		return NULL;
	bool seen = s->kind == PROTO_SYMBOL_PACKAGE ? s->visible == l->mark : l->seen[s->file->index] == l->mark;
	return seen ? s : NULL;
}

static bool is_type(const struct proto_symbol *s) { return s->kind == PROTO_SYMBOL_MESSAGE || s->kind == PROTO_SYMBOL_ENUM; }

const struct proto_symbol *link_lookup(struct linker *l, struct str scope, struct str name, bool types)
{
	if (str_starts(name, STR(".")))
		return exact(l, STR(""), str_skip(name, 1));
	size_t dot = str_find_char(name, '.');
	struct str first = dot == SIZE_MAX ? name : str_sub(name, 0, dot);
	for (;;) {
		const struct proto_symbol *s = exact(l, scope, first);
		if (s && dot == SIZE_MAX && (!types || is_type(s)))
			return s;
		if (s && dot != SIZE_MAX && s->kind != PROTO_SYMBOL_EXTENSION)
			return exact(l, scope, name);
		if (str_empty(scope))
			return NULL;
		while (scope.len && scope.p[scope.len - 1] != '.')
			scope.len--;
		scope.len -= scope.len > 0;
	}
}

bool link_unknown(struct linker *l, const struct proto_file *f, uint32_t offset, struct str scope, struct str name, const char *what)
{
	char text[1024];
	struct str bare = str_starts(name, STR(".")) ? str_skip(name, 1) : name;
	for (;;) {
		int n = snprintf(text, sizeof(text), "%.*s%s%.*s", STR_FMT(scope), scope.len ? "." : "", STR_FMT(bare));
		const struct proto_symbol *s = n > 0 && n < (int)sizeof(text) ? map_get(&l->model->by_name, str_from(text, (size_t)n)) : NULL;
		if (s && s->kind != PROTO_SYMBOL_PACKAGE && l->seen[s->file->index] != l->mark)
			return link_fail(l, f, offset, "`%.*s` is in %.*s, which this file does not import; add: import \"%.*s\";", STR_FMT(bare), STR_FMT(s->file->path), STR_FMT(s->file->path));
		if (str_empty(scope))
			break;
		while (scope.len && scope.p[scope.len - 1] != '.')
			scope.len--;
		scope.len -= scope.len > 0;
	}
	for (uint32_t i = 0; i < f->import_count; i++)
		if (!f->imports[i].file)
			return link_fail(l, f, offset, "%s `%.*s` is not known here; it may be in \"%.*s\", which is not there: add the folder that holds it", what, STR_FMT(str_sub(name, 0, 100)),
				STR_FMT(f->imports[i].path));
	return link_fail(l, f, offset, "%s `%.*s` is not known here; correct its name, or import the file that has it", what, STR_FMT(str_sub(name, 0, 100)));
}
