/* Members, references and places of things in documents. */
#include "contract/spot.h"

struct change_place spot_place(struct doc_spot s)
{
	if (!s.file)
		return (struct change_place){ 0 };
	struct text_place p = doc_place(s.file, s.offset);
	return (struct change_place){ s.file->path, p.line, p.column };
}

struct doc_spot spot_of(struct doc_spot at, const struct doc_member *m)
{
	return m ? (struct doc_spot){ at.file, &m->value, m->key_offset } : (struct doc_spot){ 0 };
}

struct doc_spot spot_member(struct doc_spot at, struct str key) { return spot_of(at, doc_member(at.node, key)); }
struct doc_spot spot_item(struct doc_spot at, const struct doc *item) { return (struct doc_spot){ at.file, item, item->offset }; }
struct str spot_reference(struct arena *a, struct doc_spot at, const struct doc_file *home)
{
	struct str reference = doc_str(doc_get(at.node, STR("$ref")));
	size_t hash = str_find_char(reference, '#');
	struct str file = str_sub(reference, 0, hash), rest = str_skip(reference, file.len);
	struct str path = file.len ? source_resolve(a, at.file->path, file) : reference.len ? at.file->path : (struct str){ 0 };
	if (!path.p)
		return reference; /* none, or it leads out of the source, which is an error when it is followed */
	return str_eq(path, home->path) ? rest : arena_printf(a, "%.*s%.*s", STR_FMT(path), STR_FMT(rest));
}

bool spot_go(struct doc_spot *at, struct schema_set *set, struct err *e)
{
	const struct doc *node = at->node;
	if (!doc_member(node, STR("$ref")))
		return true;
	if (!schema_set_follow(set, &at->file, &at->node, e))
		return false;
	if (at->node != node)
		at->offset = at->node->offset;
	return true;
}

bool spot_vfault(struct doc_spot at, struct err *e, const char *format, va_list args)
{
	struct buf b;
	if (err_is_set(e))
		return false;
	buf_init(&b, 1 << 20); /* what is too long for a message is cut by err_set */
	buf_vprintf(&b, format, args);
	err_set(e, ERR_FILE_INVALID, "%.*s", STR_FMT(buf_ok(&b) ? buf_str(&b) : STR("a name in this file is longer than a description can need")));
	buf_release(&b);
	struct change_place p = spot_place(at);
	err_place(e, p.file, p.line, p.column);
	return false;
}

bool spot_fault(struct doc_spot at, struct err *e, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	spot_vfault(at, e, format, args);
	va_end(args);
	return false;
}
