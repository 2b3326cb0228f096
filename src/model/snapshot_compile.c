/* From the catalogue and what nodes report to the snapshot that gateways and nodes act on. Called by control on every change. Everything is
 * copied: the snapshot outlives the fleet it came from. */
#include "base/check.h"
#include "model/snapshot.h"

#define DEFAULT_FIRST_BYTE (10 * (int64_t)1000000000)

static struct str *copy_strs(struct arena *a, const struct str *items, size_t n)
{
	struct str *out = ARENA_ARRAY(a, n ? n : 1, struct str);
	for (size_t i = 0; out && i < n; i++)
		out[i] = arena_str(a, items[i]);
	return out;
}

static struct run copy_run(struct arena *a, const struct run *from)
{
	struct run r = *from;
	r.place = (struct place){ 0 };
	r.command = copy_strs(a, from->command, from->command_count);
	r.env = copy_strs(a, from->env, from->env_count);
	r.health = arena_str(a, from->health);
	r.logs = copy_strs(a, from->logs, from->logs_count);
	return r;
}

/* Without what is for people who edit files: schema, places. The transform travels as text: a snapshot is JSON, and whoever applies it reads it. */
static struct served copy_served(struct arena *a, const struct served *from)
{
	struct served v = { .version = arena_str(a, from->version), .path = arena_str(a, from->path), .deprecated = from->deprecated, .sunset = from->sunset };
	v.successor = arena_str(a, from->successor);
	v.documentation = arena_str(a, from->documentation);
	v.served_by = arena_str(a, from->served_by);
	v.transform = arena_str(a, from->transform);
	v.transform_text = arena_str(a, from->transform_text);
	v.brownouts = from->brownouts_count ? ARENA_ARRAY(a, from->brownouts_count, struct brownout) : NULL;
	for (size_t i = 0; v.brownouts && i < from->brownouts_count; i++)
		v.brownouts[v.brownouts_count++] = from->brownouts[i];
	return v;
}

/* left: operations that the snapshot has room for. */
static void compile_operations(const struct snapshot_sources *c, struct arena *a, const struct service *s, const struct served *from, struct served *to, size_t *left)
{
	size_t n = 0;
	const struct operation *list = c->operations ? c->operations(c->ctx, s->name, from, &n) : NULL;
	if (n > OPERATIONS_MAX)
		n = OPERATIONS_MAX;
	if (!n || n > *left)
		return;
	struct operation *copy = ARENA_ARRAY(a, n, struct operation);
	for (size_t i = 0; copy && i < n; i++)
		copy[i] = (struct operation){ arena_str(a, list[i].name), arena_str(a, list[i].method), arena_str(a, list[i].path), arena_str(a, list[i].headers) };
	to->operations = copy;
	to->operations_count = copy ? n : 0;
	*left -= to->operations_count;
}

static void compile_serves(const struct snapshot_sources *c, struct arena *a, const struct service *from, struct snap_service *to, size_t *left)
{
	size_t n = from->serves_count ? from->serves_count : 1;
	to->serves = ARENA_ARRAY(a, n, struct served);
	if (!to->serves)
		return;
	to->serves_count = n;
	if (from->serves_count == 0) {
		to->serves[0] = (struct served){ .version = STR(""), .path = STR("/") };
		return;
	}
	for (size_t i = 0; i < n; i++) {
		to->serves[i] = copy_served(a, &from->serves[i]);
		compile_operations(c, a, from, &from->serves[i], &to->serves[i], left);
	}
}

/* Services of fleet and snapshot stand in the same order, so an index into one is an index into the other. */
static void compile_calls(const struct snapshot_sources *c, struct snapshot *s, const struct service *from, struct snap_service *to)
{
	to->calls = ARENA_ARRAY(&s->arena, from->calls_count ? from->calls_count : 1, struct snap_call);
	if (!to->calls)
		return;
	to->calls_count = from->calls_count;
	for (size_t i = 0; i < from->calls_count; i++) {
		const struct dependency *d = &from->calls[i];
		const struct service *callee = fleet_service(c->fleet, d->service);
		uint16_t port = c->port(c->ctx, from->name, d->service);
		CHECK(port != 0);
		to->calls[i] = (struct snap_call){
			.callee = arena_str(&s->arena, d->service),
			.listen = { .family = SYS_IPV4, .port = port, .ip = { 127, 0, 0, 1 } },
			.timeout = d->timeout ? d->timeout : c->fleet->gateway.timeout,
			.callee_index = callee ? (uint32_t)(callee - c->fleet->services) : UINT32_MAX,
		};
	}
}

static bool compile_endpoints(const struct snapshot_sources *c, struct snapshot *s, const struct service *from, struct snap_service *to,
			      struct err *e)
{
	size_t n = 0;
	const struct endpoint *known = NULL;
	struct endpoint elsewhere = { .state = INSTANCE_HEALTHY };
	if (!str_empty(from->address)) {
		if (!sys_addr_parse(&elsewhere.address, from->address, e))
			return false;
		elsewhere.instance = from->name;
		known = &elsewhere;
		n = 1;
	} else if (c->endpoints) {
		known = c->endpoints(c->ctx, from->name, &n);
	}
	to->endpoints = ARENA_ARRAY(&s->arena, n ? n : 1, struct endpoint);
	for (size_t i = 0; to->endpoints && i < n; i++) {
		to->endpoints[i] = known[i];
		to->endpoints[i].instance = arena_str(&s->arena, known[i].instance);
		to->endpoints_count++;
	}
	return true;
}

static bool is_exposed(const struct fleet *f, struct str name)
{
	if (!f->gateway.expose)
		return true;
	for (size_t i = 0; i < f->gateway.expose_count; i++) {
		if (str_eq(f->gateway.expose[i], name))
			return true;
	}
	return false;
}

/* When nobody has said how long the first byte may take, no time-out that somebody has written down may be cut short by it. */
static int64_t first_byte_timeout(const struct fleet *f)
{
	int64_t longest = DEFAULT_FIRST_BYTE;
	if (f->gateway.first_byte_timeout)
		return f->gateway.first_byte_timeout;
	if (f->gateway.timeout_said && f->gateway.timeout > longest)
		longest = f->gateway.timeout;
	for (size_t i = 0; i < f->services_count; i++) {
		for (size_t k = 0; k < f->services[i].calls_count; k++) {
			if (f->services[i].calls[k].timeout > longest)
				longest = f->services[i].calls[k].timeout;
		}
	}
	return longest;
}

static void compile_gateway(const struct fleet *f, struct snapshot *s)
{
	s->gateway.listen = f->gateway.listen;
	s->gateway.trust = copy_strs(&s->arena, f->gateway.trust, f->gateway.trust_count);
	s->gateway.trust_count = f->gateway.trust_count;
	s->gateway.connect_timeout = f->gateway.connect_timeout;
	s->gateway.first_byte_timeout = first_byte_timeout(f);
	s->gateway.timeout = f->gateway.timeout;
	s->gateway.max_body = f->gateway.max_body;
	s->otlp = f->store.listen;
}

static void compile_follow(const struct fleet *f, struct snapshot *s)
{
	s->follow = ARENA_ARRAY(&s->arena, f->follow_count ? f->follow_count : 1, struct followed);
	for (size_t i = 0; s->follow && i < f->follow_count; i++)
		s->follow[s->follow_count++] =
			(struct followed){ .files = arena_str(&s->arena, f->follow[i].files), .service = arena_str(&s->arena, f->follow[i].service) };
}

static bool compile_services(const struct snapshot_sources *c, struct snapshot *s, struct err *e)
{
	const struct fleet *f = c->fleet;
	size_t left = SNAPSHOT_MAX_OPERATIONS;
	s->services = ARENA_ARRAY(&s->arena, f->services_count ? f->services_count : 1, struct snap_service);
	if (!s->services)
		return true; /* the arena is full, which is asked once at the end */
	s->services_count = f->services_count;
	for (size_t i = 0; i < f->services_count; i++) {
		const struct service *from = &f->services[i];
		struct snap_service *to = &s->services[i];
		to->name = arena_str(&s->arena, from->name);
		to->owner = arena_str(&s->arena, from->owner);
		const struct team *team = fleet_team(f, from->owner);
		to->contact = team ? arena_str(&s->arena, team->contact) : STR("");
		to->directory = arena_str(&s->arena, from->directory);
		to->exposed = is_exposed(f, from->name);
		if (from->run.present)
			to->run = copy_run(&s->arena, &from->run);
		compile_serves(c, &s->arena, from, to, &left);
		compile_calls(c, s, from, to);
		if (!compile_endpoints(c, s, from, to, e))
			return false;
	}
	return true;
}

struct snapshot *snapshot_compile(const struct snapshot_sources *sources, struct err *e)
{
	struct arena own;
	CHECK(sources->version > 0);
	arena_init(&own, SNAPSHOT_MAX_MEMORY);
	struct snapshot *s = ARENA_NEW(&own, struct snapshot);
	if (!s) {
		err_set(e, ERR_NO_MEMORY, "no memory for a snapshot");
		return NULL;
	}
	s->arena = own;
	s->references = 1;
	s->version = sources->version;
	s->fleet_version = sources->fleet_version;
	s->fleet = arena_str(&s->arena, sources->fleet->name);
	compile_gateway(sources->fleet, s);
	compile_follow(sources->fleet, s);
	bool ok = compile_services(sources, s, e);
	if (ok && s->arena.full)
		ok = err_set(e, ERR_TOO_LARGE, "the fleet needs a snapshot of more than %d MiB", SNAPSHOT_MAX_MEMORY >> 20);
	if (!ok) {
		snapshot_unref(s);
		return NULL;
	}
	return s;
}
