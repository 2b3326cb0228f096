/* Small helpers of the reader: shared parts by node, errors with their place. */
#include "contract/openapi/memo.h"
#include <stdarg.h>

enum { MEMO_FIRST = 1024 };

static size_t hash_of(const struct doc *node, const void *as)
{
	const uintptr_t parts[2] = { (uintptr_t)node, (uintptr_t)as };
	return str_hash(str_from((const char *)parts, sizeof(parts)));
}

static struct memo_slot *slot_of(struct openapi_memo *m, const struct doc *node, const void *as)
{
	for (size_t at = hash_of(node, as) & (m->size - 1);; at = (at + 1) & (m->size - 1))
		if (!m->slots[at].node || (m->slots[at].node == node && m->slots[at].as == as))
			return &m->slots[at];
}

void *openapi_known(struct openapi_reader *r, const struct doc *node, const void *as)
{
	return r->memo->size ? slot_of(r->memo, node, as)->part : NULL;
}

static bool grow(struct openapi_reader *r)
{
	struct openapi_memo *m = r->memo, old = *m;
	m->size = old.size ? old.size * 2 : MEMO_FIRST;
	if (!(m->slots = ARENA_ARRAY(r->arena, m->size, struct memo_slot))) {
		*m = old;
		return openapi_full(r);
	}
	for (size_t i = 0; i < old.size; i++)
		if (old.slots[i].node)
			*slot_of(m, old.slots[i].node, old.slots[i].as) = old.slots[i];
	return true;
}

bool openapi_know(struct openapi_reader *r, const struct doc *node, const void *as, void *part)
{
	struct openapi_memo *m = r->memo;
	if (m->count * 2 >= m->size && !grow(r))
		return false;
	*slot_of(m, node, as) = (struct memo_slot){ node, as, part };
	m->count++;
	return true;
}

bool spot_follow(struct openapi_reader *r, struct doc_spot *at) { return spot_go(at, r->model->set, r->e); }

bool openapi_fault(struct openapi_reader *r, struct doc_spot at, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	spot_vfault(at, r->e, format, args);
	va_end(args);
	return false;
}

bool openapi_full(struct openapi_reader *r)
{
	err_set(r->e, ERR_TOO_LARGE, "the description needs more than %zu MiB when read; split it into several", r->arena->limit >> 20);
	err_place(r->e, r->api->file->path, 0, 0);
	return false;
}

bool openapi_demand_object(struct openapi_reader *r, struct doc_spot at, const char *what)
{
	return doc_is(at.node, DOC_OBJECT) || openapi_fault(r, at, "%s must be an object with keys and values", what);
}

bool openapi_demand_array(struct openapi_reader *r, struct doc_spot at, const char *what)
{
	return doc_is(at.node, DOC_ARRAY) || openapi_fault(r, at, "%s must be a list", what);
}
