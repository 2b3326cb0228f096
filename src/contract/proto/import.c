/* Which file an import means. A path is looked for at the source's root, then in the folders above the importing file (nearest first: a repository's proto
 * root need not be its top), then as the end of one other file's path, then among the files that are always there. */
#include "contract/proto/link.h"

struct proto_file *link_new_file(struct linker *l, struct str path)
{
	struct proto_model *m = l->model;
	struct proto_file *f = ARENA_NEW(&m->arena, struct proto_file);
	if (!f || !ARENA_PUSH_ROOM(&m->arena, m->files, m->file_count, m->file_capacity) || !map_put(&m->by_path, path, f)) {
		parse_full(l->parser);
		return NULL;
	}
	f->path = f->source_path = path;
	f->index = m->file_count;
	m->files[m->file_count++] = f;
	return f;
}

static struct proto_file *above(struct linker *l, struct str from, struct str path)
{
	char text[1024];
	for (size_t folder = from.len; folder; folder--) {
		if (from.p[folder - 1] != '/' || folder + path.len > sizeof(text))
			continue;
		memcpy(text, from.p, folder);
		memcpy(text + folder, path.p, path.len);
		struct proto_file *f = map_get(&l->model->by_path, str_from(text, folder + path.len));
		if (f)
			return f;
	}
	return NULL;
}

/* The one file whose path ends with "/path"; NULL where there is none or more than one. */
static struct proto_file *elsewhere(struct linker *l, struct str path)
{
	struct proto_file *found = NULL;
	for (uint32_t i = 0; i < l->model->file_count; i++) {
		struct proto_file *f = l->model->files[i];
		if (f->path.len <= path.len || f->path.p[f->path.len - path.len - 1] != '/' || !str_ends(f->path, path))
			continue;
		if (found)
			return NULL;
		found = f;
	}
	return found;
}

static struct proto_file *embedded(struct linker *l, struct str path)
{
	struct str text = proto_wellknown(path);
	struct proto_file *f = text.p ? link_new_file(l, path) : NULL;
	if (!f)
		return NULL;
	f->text = text;
	f->imported = true;
	return parse_file(l->parser, f) ? f : NULL;
}

static bool find(struct linker *l, struct proto_file *from, struct proto_import *i)
{
	struct proto_file *f = map_get(&l->model->by_path, i->path);
	if (!f)
		f = above(l, from->path, i->path);
	if (!f)
		f = elsewhere(l, i->path);
	if (!f)
		f = embedded(l, i->path);
	i->file = f;
	if (err_is_set(l->err))
		return false;
	if (!f && i->kind != PROTO_IMPORT_WEAK && !proto_may_miss(i->path))
		return link_fail(l, from, i->offset, "import \"%.*s\": there is no such file in %.*s; add the folder that holds it, or correct the path", STR_FMT(i->path),
			STR_FMT(l->model->source->name));
	return true;
}

/* Depth first with a stack of its own: a chain of imports may be as long as there are files. */
struct visit { struct proto_file *file; uint32_t next; };
static bool cycle(struct linker *l, const struct visit *stack, size_t depth, const struct proto_file *again)
{
	char chain[300];
	size_t at = 0, from = depth;
	while (from && stack[from - 1].file != again)
		from--;
	for (size_t i = from ? from - 1 : 0; i < depth && at < sizeof(chain) - 80; i++) {
		struct str path = str_sub(stack[i].file->path, 0, 70);
		memcpy(chain + at, path.p, path.len);
		memcpy(chain + at + path.len, " → ", 5);
		at += path.len + 5;
	}
	const struct visit *last = &stack[depth - 1];
	return link_fail(l, last->file, last->file->imports[last->next - 1].offset, "files import each other in a circle: %.*s%.*s; move what both need into a third file", (int)at, chain,
		STR_FMT(str_sub(again->path, 0, 70)));
}

static bool no_cycle_from(struct linker *l, struct visit *stack, uint8_t *state, struct proto_file *start)
{
	size_t depth = 0;
	stack[depth++] = (struct visit){ start, 0 };
	state[start->index] = 1;
	while (depth) {
		struct visit *top = &stack[depth - 1];
		if (top->next == top->file->import_count) {
			state[top->file->index] = 2;
			depth--;
			continue;
		}
		struct proto_file *f = top->file->imports[top->next++].file;
		if (f && state[f->index] == 1)
			return cycle(l, stack, depth, f);
		if (f && !state[f->index]) {
			state[f->index] = 1;
			stack[depth++] = (struct visit){ f, 0 };
		}
	}
	return true;
}

bool link_imports(struct linker *l)
{
	struct proto_model *m = l->model;
	if (!map_get(&m->by_path, STR("google/protobuf/descriptor.proto")) && !elsewhere(l, STR("google/protobuf/descriptor.proto")) &&
		!embedded(l, STR("google/protobuf/descriptor.proto")))
		return false;
	for (uint32_t i = 0; i < m->file_count; i++) /* grows while embedded files come in */
		for (uint32_t j = 0; j < m->files[i]->import_count; j++)
			if (!find(l, m->files[i], &m->files[i]->imports[j]))
				return false;
	l->seen = ARENA_ARRAY(l->scratch, m->file_count, uint32_t);
	uint8_t *state = ARENA_ARRAY(l->scratch, m->file_count, uint8_t);
	struct visit *stack = ARENA_ARRAY(l->scratch, m->file_count, struct visit);
	if (!l->seen || !state || !stack)
		return parse_full(l->parser);
	for (uint32_t i = 0; i < m->file_count; i++)
		if (!state[i] && !no_cycle_from(l, stack, state, m->files[i]))
			return false;
	return true;
}
