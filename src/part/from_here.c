/* See from_here.h. */
#include "part/from_here.h"

bool from_here(const struct http_exchange *x, struct err *e)
{
	const struct http_request *r = http_request(x);
	struct str origin = http1_find(&r->head, STR("origin")), host = http1_find(&r->head, STR("host")), type = http1_find(&r->head, STR("content-type"));
	struct sys_addr asked;
	struct err ignored = { 0 };
	if (r->local)
		return true;
	if (!sys_addr_is_loopback(&r->peer))
		return err_set(e, ERR_FORBIDDEN, "this changes files or work items, and is done only from the machine that Pleach runs on");
	if (!type.p || !str_starts(type, STR("application/json")))
		return err_set(e, ERR_MEDIA_TYPE, "send application/json");
	if (!origin.p)
		return true;
	bool here = host.p && sys_addr_parse(&asked, host, &ignored) && sys_addr_is_loopback(&asked);
	if (!here || !str_starts(origin, STR("http://")) || !str_eq(str_skip(origin, 7), host))
		return err_set(e, ERR_FORBIDDEN, "not from another's page, nor by a name: open the console at its address, http://127.0.0.1:PORT");
	return true;
}

struct str path_step(struct http_exchange *x, struct str raw)
{
	char *text = arena_bytes(http_arena(x), raw.len + 1);
	size_t n = text ? http_unescape(text, raw, false) : SIZE_MAX;
	return n == SIZE_MAX ? raw : str_from(text, n);
}
