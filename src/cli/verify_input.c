/* See verify_input.h. */
#include "cli/verify_input.h"
#include "cli/ask.h"
#include "part/side.h"
#include <stdlib.h>

enum { FILES_MAX = 1000 };

bool input_list(struct cli *c, const char *option, size_t most, struct str **items, size_t *count, struct err *e)
{
	struct str rest = cli_option(c, option);
	*count = 0;
	*items = ARENA_ARRAY(&c->arena, most, struct str);
	if (!*items)
		return err_set(e, ERR_NO_MEMORY, "--%s: too much is given", option);
	while (rest.p) {
		struct str one = str_strip(str_split(&rest, '\n'));
		if (!one.len)
			continue;
		if (*count == most)
			return err_set(e, ERR_USAGE, "--%s is given more than %zu times", option, most);
		(*items)[(*count)++] = one;
	}
	return true;
}

/* --- pacts ---------------------------------------------------------------------------------------------------------------------------------- */

struct names { struct cli *c; struct str *items; size_t count, capacity; bool full; };

static bool one_name(void *ctx, struct str name, bool directory)
{
	struct names *n = ctx;
	if (directory || !str_ends(name, STR(".json")) || str_starts(name, STR(".")))
		return true;
	n->full = n->count == FILES_MAX || !ARENA_PUSH_ROOM(&n->c->arena, n->items, n->count, n->capacity);
	if (!n->full)
		n->items[n->count++] = arena_str(&n->c->arena, name);
	return !n->full;
}

static int by_name(const void *a, const void *b) { return str_cmp(*(const struct str *)a, *(const struct str *)b); }

static bool one_file(struct str path, size_t largest, input_pact_f *fn, void *ctx, struct err *e)
{
	struct arena a;
	struct str text;
	struct sys_stat st;
	int code = sys_stat(path, &st);
	if (code < 0)
		return sys_err(e, code, "cannot read the pact %.*s", STR_FMT(path));
	if ((uint64_t)st.size > largest)
		return err_set(e, ERR_TOO_LARGE, "the pact %.*s has %lld MiB, the most is %zu MiB; such a pact holds data rather than examples", STR_FMT(path), (long long)st.size >> 20, largest >> 20);
	arena_init(&a, largest + (1 << 20));
	bool ok = sys_read_file(path, largest, &a, &text, e) && fn(ctx, path, text, e);
	arena_release(&a);
	return ok;
}

bool input_pacts(struct cli *c, struct str argument, size_t largest, input_pact_f *fn, void *ctx, struct err *e)
{
	struct names n = { .c = c };
	struct sys_stat st;
	int code = sys_stat(argument, &st);
	if (code < 0)
		return sys_err(e, code, "cannot read %.*s", STR_FMT(argument));
	if (!st.directory)
		return one_file(argument, largest, fn, ctx, e);
	code = sys_list(argument, one_name, &n);
	if (code < 0 && !n.full)
		return sys_err(e, code, "cannot read %.*s", STR_FMT(argument));
	if (n.full)
		return err_set(e, ERR_TOO_LARGE, "%.*s holds more than %d pacts", STR_FMT(argument), FILES_MAX);
	if (!n.count)
		return err_set(e, ERR_NOT_FOUND, "there is no pact in %.*s: no file ends in .json", STR_FMT(argument));
	qsort(n.items, n.count, sizeof(*n.items), by_name);
	for (size_t i = 0; i < n.count; i++)
		if (!one_file(side_join(&c->arena, argument, n.items[i]), largest, fn, ctx, e))
			return false;
	return true;
}

/* --- the provider ----------------------------------------------------------------------------------------------------------------------------- */

static const struct json *service_of(const struct json *fleet, struct str name)
{
	const struct json *list = json_get(fleet, STR("services"));
	for (uint32_t i = 0; list && list->type == JSON_ARRAY && i < list->count; i++)
		if (str_eq(json_get_str(&list->items[i], STR("service"), STR("")), name))
			return &list->items[i];
	return NULL;
}

/* A healthy instance of a service that the gateway does not show to the outside. */
static struct str instance_of(struct ask *ask, struct str name, struct err *e)
{
	const struct json *status;
	if (!ask_json(ask, STR("/api/status"), &status, e))
		return STR("");
	const struct json *list = json_get(service_of(status, name), STR("instances"));
	for (uint32_t i = 0; list && list->type == JSON_ARRAY && i < list->count; i++)
		if (str_eq(json_get_str(&list->items[i], STR("state"), STR("")), STR("healthy")))
			return json_get_str(&list->items[i], STR("address"), STR(""));
	return STR("");
}

static bool service_url(struct cli *c, struct str name, struct str *url, struct err *e)
{
	struct ask ask;
	const struct json *fleet;
	struct str cwd = sys_cwd(&c->arena), address;
	bool ok = ask_open(&ask, c, e) && ask_json(&ask, STR("/api/fleet"), &fleet, e);
	const struct json *service = ok ? service_of(fleet, name) : NULL;
	if (ok && !service)
		ok = err_set(e, ERR_NOT_FOUND, "the running fleet has no service %.*s; write a URL (http://127.0.0.1:8080) or one of its services", STR_FMT(name));
	if (ok && json_get_bool(service, STR("exposed"), false)) {
		*url = arena_printf(&c->arena, "%.*s/%.*s", STR_FMT(json_get_str(fleet, STR("gateway"), STR(""))), STR_FMT(name));
	} else if (ok) {
		address = instance_of(&ask, name, e);
		*url = arena_printf(&c->arena, "http://%.*s", STR_FMT(address));
		ok = address.len || err_set(e, ERR_UNAVAILABLE, "no instance of %.*s is healthy; `pleach status %.*s` tells why", STR_FMT(name), STR_FMT(name));
	}
	ask_close(&ask);
	sys_chdir(cwd); /* asking goes to the fleet's root */
	return ok;
}

bool input_provider(struct cli *c, struct str text, struct url *u, struct str *service, struct err *e)
{
	struct str url = text;
	bool named = text.len && str_find_char(text, ':') == SIZE_MAX && str_find_char(text, '/') == SIZE_MAX && str_find_char(text, '.') == SIZE_MAX && !str_eq(text, STR("localhost"));
	*service = named ? text : STR("");
	if (named && !service_url(c, text, &url, e))
		return false;
	return url_parse(u, &c->arena, url, "--provider", e);
}
