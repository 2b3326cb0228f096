/* See catalog_evidence.h. */
#include "part/catalog_evidence.h"
#include "part/from_here.h"
#include "part/state_file.h"
#include "sys/sys.h"
#include <string.h>

#define NAME "evidence.json"
enum { FILE_MAX = 8 << 20 };

static void say(struct json_out *o, const void *list) { evidence_json(o, list); }

void catalog_evidence_read(struct evidence_list *l, struct arena *a, struct str folder)
{
	*l = (struct evidence_list){ 0 };
	evidence_read(l, a, state_file_read(a, folder, NAME, FILE_MAX));
}

const struct picture_contact *catalog_evidence_contacts(const struct evidence_list *l, struct arena *a, size_t *count)
{
	struct picture_contact *list = ARENA_ARRAY(a, l->count + 1, struct picture_contact);
	*count = 0;
	for (size_t i = 0; list && i < l->count; i++)
		if (l->items[i].kind == EVIDENCE_CONTACT)
			list[(*count)++] = (struct picture_contact){ l->items[i].service, l->items[i].note, l->items[i].ok, l->items[i].at };
	return list;
}

static bool keep(const struct evidence *x, struct str folder, struct err *e)
{
	struct arena a;
	struct evidence_list l;
	arena_init(&a, 8UL * FILE_MAX);
	catalog_evidence_read(&l, &a, folder);
	if (l.count == EVIDENCE_MAX)
		memmove(l.items, l.items + 1, --l.count * sizeof(*l.items));
	bool ok = ARENA_PUSH_ROOM(&a, l.items, l.count, l.capacity) || err_set(e, ERR_NO_MEMORY, "the evidence does not fit into memory");
	if (ok)
		l.items[l.count++] = *x;
	ok = ok && state_file_write(folder, NAME, FILE_MAX, say, &l, e);
	arena_release(&a);
	return ok;
}

static const struct picture_service *service_of(const struct picture *p, struct str name, struct err *e)
{
	const struct picture_service *s = p ? picture_service(p, name) : NULL;
	if (!p)
		err_set(e, ERR_UNAVAILABLE, "the catalogue is being read for the first time");
	else if (!s)
		err_set(e, ERR_NOT_FOUND, "no service is called `%.*s`; /api/catalog lists them", STR_FMT(str_sub(name, 0, 100)));
	return s;
}

bool catalog_evidence_post(struct http_exchange *x, const struct picture *p, struct str service, struct str folder)
{
	struct err e = { 0 };
	struct evidence got = { .at = sys_wall() / 1000000000 };
	const struct picture_service *s = from_here(x, &e) ? service_of(p, path_step(x, service), &e) : NULL;
	const struct json *body = s && http_request(x)->body.len ? json_parse(http_arena(x), http_request(x)->body, &e) : NULL;
	bool ok = s && !err_is_set(&e) && evidence_take(&got, body, &e);
	got.service = ok ? s->id : STR("");
	ok = ok && keep(&got, folder, &e);
	if (ok)
		http_answer(x, 204, STR(""), STR(""), STR(""));
	else
		http_answer_err(x, &e);
	return ok;
}
