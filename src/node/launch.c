/* Environment and command of a service (see launch.h). */
#include "node/launch.h"
#include "base/check.h"
#include "base/suggest.h"
#include "model/names.h"

struct environment {
	struct arena *arena;
	struct str *items;
	size_t count, capacity;
};

static struct str name_of(struct str item)
{
	size_t eq = str_find_char(item, '=');
	return str_sub(item, 0, eq == SIZE_MAX ? item.len : eq);
}

static struct str value_of(struct str item)
{
	return str_skip(item, name_of(item).len + 1);
}

static struct str *find(const struct environment *v, struct str name)
{
	for (size_t i = 0; i < v->count; i++)
		if (v->items[i].len > name.len && v->items[i].p[name.len] == '=' && str_starts(v->items[i], name))
			return &v->items[i];
	return NULL;
}

static bool no_room(struct err *e)
{
	return err_set(e, ERR_CANNOT_START, "its environment and command are larger than %d KiB or %d variables; shorten them",
		       LAUNCH_MAX_MEMORY >> 10, LAUNCH_MAX_ENV);
}

static bool put(struct environment *v, struct str item, struct err *e)
{
	struct str *known = find(v, name_of(item));
	if (!item.p)
		return no_room(e);
	if (known) {
		*known = item;
		return true;
	}
	if (v->count >= LAUNCH_MAX_ENV || !ARENA_PUSH_ROOM(v->arena, v->items, v->count, v->capacity))
		return no_room(e);
	v->items[v->count++] = item;
	return true;
}

static bool put_pair(struct environment *v, struct str name, struct str value, struct err *e)
{
	return put(v, arena_printf(v->arena, "%.*s=%.*s", STR_FMT(name), STR_FMT(value)), e);
}

/* --- filling in ---------------------------------------------------------------------------------------------------------------------- */

static bool unknown_name(const struct environment *v, struct str name, struct str where, struct err *e)
{
	struct str *names = ARENA_ARRAY(v->arena, v->count ? v->count : 1, struct str);
	for (size_t i = 0; names && i < v->count; i++)
		names[i] = name_of(v->items[i]);
	struct str near = names ? suggest(name, names, v->count) : STR("");
	return err_set(e, ERR_CANNOT_START, "`%.*s` names ${%.*s}, which is not in its environment%s%.*s%s", STR_FMT(str_sub(where, 0, 120)),
		       STR_FMT(str_sub(name, 0, 80)), str_empty(near) ? "; add it under `run.env`" : "; did you mean ${", STR_FMT(near),
		       str_empty(near) ? "" : "}?");
}

/* s with each ${NAME} filled in, in the arena. */
static bool fill(const struct environment *v, struct str s, struct str *out, struct err *e)
{
	struct buf b;
	bool ok = true;
	buf_init(&b, LAUNCH_MAX_VALUE);
	for (size_t i = 0; i < s.len && ok;) {
		struct str rest = str_skip(s, i);
		size_t end = str_find_char(rest, '}');
		if (str_starts(rest, STR("$${"))) {
			buf_add(&b, STR("${"));
			i += 3;
		} else if (str_starts(rest, STR("${")) && end != SIZE_MAX) {
			struct str name = str_sub(rest, 2, end);
			const struct str *item = find(v, name);
			ok = item ? true : unknown_name(v, name, s, e);
			if (item)
				buf_add(&b, value_of(*item));
			i += end + 1;
		} else if (str_starts(rest, STR("${"))) {
			ok = err_set(e, ERR_CANNOT_START, "`%.*s` has a `${` without its `}`", STR_FMT(str_sub(s, 0, 120)));
		} else {
			buf_char(&b, s.p[i++]);
		}
	}
	if (ok && !buf_ok(&b))
		ok = no_room(e);
	if (ok) {
		struct str copy = arena_str(v->arena, buf_str(&b));
		ok = copy.p ? true : no_room(e);
		if (ok)
			*out = copy;
	}
	buf_release(&b);
	return ok;
}

/* --- what stands in it --------------------------------------------------------------------------------------------------------------- */

/* A Unix socket has no URL that an exporter would understand. */
static bool put_exporter(struct environment *v, const struct sys_addr *otlp, struct err *e)
{
	char address[128];
	if (otlp->family != SYS_IPV4 && otlp->family != SYS_IPV6)
		return true;
	sys_addr_text(otlp, address);
	return put(v, arena_printf(v->arena, "OTEL_EXPORTER_OTLP_ENDPOINT=http://%s", address), e) &&
	       put(v, STR("OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"), e);
}

static bool put_own(struct environment *v, const struct launch_facts *f, struct err *e)
{
	struct str service = f->service->name;
	return put(v, arena_printf(v->arena, "PORT=%u", f->port), e) && put(v, STR("HOST=127.0.0.1"), e) &&
	       put_pair(v, STR("SERVICE"), service, e) && put_pair(v, STR("INSTANCE"), f->instance, e) &&
	       put_pair(v, STR("SERVICE_VERSION"), f->version, e) && put_pair(v, STR("OTEL_SERVICE_NAME"), service, e) &&
	       put(v, arena_printf(v->arena, "OTEL_RESOURCE_ATTRIBUTES=service.version=%.*s,service.instance.id=%.*s", STR_FMT(f->version),
				   STR_FMT(f->instance)), e) &&
	       put_exporter(v, &f->snapshot->otlp, e);
}

static bool put_calls(struct environment *v, const struct snap_service *s, struct err *e)
{
	char name[80], address[128];
	for (size_t i = 0; i < s->calls_count; i++) {
		struct str variable = name_env_url(s->calls[i].callee, name);
		sys_addr_text(&s->calls[i].listen, address);
		if (!put(v, arena_printf(v->arena, "%.*s=http://%s", STR_FMT(variable), address), e))
			return false;
	}
	return true;
}

static bool put_declared(struct environment *v, const struct run *run, struct err *e)
{
	for (size_t i = 0; i < run->env_count; i++) {
		struct str item;
		if (!fill(v, run->env[i], &item, e) || !put(v, item, e))
			return false;
	}
	return true;
}

bool launch_build(struct arena *a, const struct launch_facts *f, struct launch *out, struct err *e)
{
	struct environment v = { .arena = a };
	const struct run *run = &f->service->run;
	for (size_t i = 0; i < f->base_count; i++)
		if (!put(&v, f->base[i], e))
			return false;
	if (!put_own(&v, f, e) || !put_calls(&v, f->service, e) || !put_declared(&v, run, e))
		return false;
	struct str *argv = ARENA_ARRAY(a, run->command_count + 1, struct str);
	if (!argv)
		return no_room(e);
	for (size_t i = 0; i < run->command_count; i++)
		if (!fill(&v, run->command[i], &argv[i], e))
			return false;
	if (run->command_count == 0)
		return err_set(e, ERR_CANNOT_START, "its `run.command` is empty");
	*out = (struct launch){ argv, run->command_count, v.items, v.count };
	return true;
}

/* --- comparing ------------------------------------------------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t h, struct str s)
{
	/* Order and bounds of the words count: "a b" "c" is another command than "a" "b c". */
	return (h ^ str_hash(s)) * 0x9E3779B97F4A7C15ULL + s.len;
}

uint64_t launch_fingerprint(const struct launch_facts *f)
{
	const struct run *run = &f->service->run;
	struct launch_facts common = *f;
	struct environment v;
	struct arena a;
	struct err ignored = { 0 };
	uint64_t h = mix((uint64_t)run->memory, f->service->directory);
	common.instance = STR("");
	common.port = 0;
	arena_init(&a, LAUNCH_MAX_MEMORY);
	v = (struct environment){ .arena = &a };
	/* Cut short by a limit it still differs where what fits differs; such a launch fails with words of its own. */
	if (put_own(&v, &common, &ignored))
		put_calls(&v, f->service, &ignored);
	for (size_t i = 0; i < v.count; i++)
		h = mix(h, v.items[i]);
	h = mix(h, STR("declared"));
	for (size_t i = 0; i < run->env_count; i++)
		h = mix(h, run->env[i]);
	h = mix(h, STR("command"));
	for (size_t i = 0; i < run->command_count; i++)
		h = mix(h, run->command[i]);
	arena_release(&a);
	return h ? h : 1;
}

static struct str declared(const struct snap_service *s, struct str name)
{
	struct str found = STR("");
	for (size_t i = 0; i < s->run.env_count; i++)
		if (str_eq(name_of(s->run.env[i]), name))
			found = value_of(s->run.env[i]);
	return found;
}

struct str launch_version(const struct snap_service *s)
{
	struct str version = declared(s, STR("SERVICE_VERSION"));
	if (!str_empty(version) && str_find(version, STR("${")) == SIZE_MAX)
		return version;
	return s->serves_count ? s->serves[s->serves_count - 1].version : STR("");
}

uint16_t launch_fixed_port(const struct snap_service *s)
{
	uint64_t port;
	return str_to_u64(declared(s, STR("PORT")), &port) && port > 0 && port <= UINT16_MAX ? (uint16_t)port : 0;
}
