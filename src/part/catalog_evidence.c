/* See catalog_evidence.h. */
#include "part/catalog_evidence.h"
#include "part/acts.h"
#include "sys/sys.h"
#include <string.h>

enum { FILE_MAX = 8 << 20 };

static struct str file_of(struct arena *a, struct str folder) { return arena_printf(a, "%.*s/evidence.json", STR_FMT(folder)); }

void catalog_evidence_read(struct evidence_list *l, struct arena *a, struct str folder)
{
	struct str text;
	struct err ignored = { 0 };
	*l = (struct evidence_list){ 0 };
	if (sys_read_file(file_of(a, folder), FILE_MAX, a, &text, &ignored))
		evidence_read(l, a, json_parse(a, text, &ignored));
}

static bool write(const struct evidence_list *l, struct arena *a, struct str folder, struct err *e)
{
	struct buf b;
	struct json_out o;
	buf_init(&b, FILE_MAX);
	json_out_init(&o, &b);
	evidence_json(&o, l);
	sys_mkdir(folder);
	bool ok = buf_ok(&b) ? sys_write_file(file_of(a, folder), buf_str(&b), e) : err_set(e, ERR_TOO_LARGE, "there is more evidence than is kept");
	buf_release(&b);
	return ok;
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
	ok = ok && write(&l, &a, folder, e);
	arena_release(&a);
	return ok;
}

static const struct picture_service *service_of(struct http_exchange *x, const struct picture *p, struct str name, struct err *e)
{
	char *decoded = arena_bytes(http_arena(x), name.len + 1);
	size_t n = decoded ? http_unescape(decoded, name, false) : SIZE_MAX;
	name = n == SIZE_MAX ? name : str_from(decoded, n);
	const struct picture_service *s = p ? picture_service(p, name) : NULL;
	if (!s)
		err_set(e, p ? ERR_NOT_FOUND : ERR_UNAVAILABLE, p ? "no service is called `%.*s`; /api/catalog lists them" : "the catalogue is being read for the first time", STR_FMT(str_sub(name, 0, 100)));
	return s;
}

bool catalog_evidence_post(struct http_exchange *x, const struct picture *p, struct str service, struct str folder)
{
	struct err e = { 0 };
	struct evidence got = { .at = sys_wall() / 1000000000 };
	const struct picture_service *s = acts_may(x, &e) ? service_of(x, p, service, &e) : NULL;
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
