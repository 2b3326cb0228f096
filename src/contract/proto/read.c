/* Reading a source into a model: every .proto file and descriptor set in it, then linked. One thread, one pass over each text. */
#include "contract/proto/link.h"
#include "contract/proto/descriptor.h"
#include <stdlib.h>

enum { SCRATCH_BYTES = 1 << 30, OPTION_BYTES = 16 << 20 };

/* By the ending; .pb and .desc have other uses, too, and are looked into. */
static bool is_set(const struct source_file *f)
{
	static const struct str sure[] = { STR_INIT(".binpb"), STR_INIT(".protoset") }, likely[] = { STR_INIT(".pb"), STR_INIT(".desc"), STR_INIT(".fds") };
	for (size_t i = 0; i < sizeof(sure) / sizeof(sure[0]); i++)
		if (str_ends(f->path, sure[i]))
			return true;
	for (size_t i = 0; i < sizeof(likely) / sizeof(likely[0]); i++)
		if (str_ends(f->path, likely[i]))
			return descriptor_recognises(f->text);
	return false;
}

static bool recognises(const struct source_file *f) { return str_ends(f->path, STR(".proto")) || is_set(f); }

static bool read_text(struct linker *l, const struct source_file *from)
{
	struct proto_file *f = link_new_file(l, from->path);
	if (!f)
		return false;
	f->text = from->text;
	return parse_file(l->parser, f);
}

static bool read_files(struct linker *l)
{
	const struct source *s = l->model->source;
	for (size_t i = 0; i < s->count; i++)
		if (str_ends(s->files[i].path, STR(".proto")) && !read_text(l, &s->files[i]))
			return false;
	for (size_t i = 0; i < s->count; i++)
		if (!str_ends(s->files[i].path, STR(".proto")) && recognises(&s->files[i]) && !descriptor_read(l, &s->files[i]))
			return false;
	return true;
}

static bool link(struct linker *l) { return link_imports(l) && link_symbols(l) && link_types(l) && link_features(l) && link_options(l) && link_features(l) && link_checks(l); }

struct contract_model *proto_read(const struct source *s, struct err *e)
{
	struct proto_model *m = calloc(1, sizeof(*m));
	struct arena scratch;
	if (!m) {
		err_set(e, ERR_NO_MEMORY, "no memory for the Protobuf files");
		return NULL;
	}
	m->base.format = &proto_format;
	m->source = s;
	arena_init(&m->arena, PROTO_MODEL_BYTES);
	arena_init(&scratch, SCRATCH_BYTES);
	map_init(&m->by_path, SOURCE_FILES_MAX + 1000);
	map_init(&m->by_name, PROTO_NAMES_MAX);
	struct parser *parser = ARENA_NEW(&scratch, struct parser);
	struct linker l = { .model = m, .scratch = &scratch, .parser = parser, .err = e };
	buf_init(&l.bytes, OPTION_BYTES);
	if (parser)
		*parser = (struct parser){ .arena = &m->arena, .scratch = &scratch, .err = e };
	bool ok = parser && read_files(&l) && link(&l);
	if (!ok && !err_is_set(e))
		err_set(e, ERR_NO_MEMORY, "the Protobuf files do not fit into the memory for contracts; compare fewer at once");
	buf_release(&l.bytes);
	arena_release(&scratch);
	if (ok)
		return &m->base;
	proto_free(&m->base);
	return NULL;
}

void proto_free(struct contract_model *model)
{
	struct proto_model *m = (struct proto_model *)model;
	map_release(&m->by_path);
	map_release(&m->by_name);
	arena_release(&m->arena);
	free(m);
}

const struct contract_format proto_format = {
	.name = STR_INIT("proto"),
	.title = STR_INIT("Protocol Buffers"),
	.recognises = recognises,
	.read = proto_read,
	.free = proto_free,
	.compare = proto_compare,
	.describe = proto_describe,
};
