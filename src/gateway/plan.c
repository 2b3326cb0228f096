/* See plan.h. Also the counts per dependency, because they are found by name only here. */
#include "gateway/plan.h"
#include "base/check.h"
#include "gateway/record.h"
#include "gateway/state.h"
#include "gateway/upstream.h"
#include "gateway/version.h"
#include "model/call.h"
#include <stdio.h>
#include <stdlib.h>

static struct edge *edge_get(struct gateway *g, struct str caller, struct str callee)
{
	char key[sizeof(((struct edge *)NULL)->key)];
	int n = snprintf(key, sizeof(key), "%.*s>%.*s", STR_FMT(caller), STR_FMT(callee));
	if (n < 0 || (size_t)n >= sizeof(key))
		return NULL;
	for (struct edge *e = g->edges; e; e = e->next)
		if (strcmp(e->key, key) == 0) {
			e->references++;
			return e;
		}
	struct edge *e = calloc(1, sizeof(*e));
	if (!e)
		return NULL;
	memcpy(e->key, key, (size_t)n + 1);
	e->references = 1;
	e->next = g->edges;
	g->edges = e;
	return e;
}

static void edge_give(struct gateway *g, struct edge *edge)
{
	if (!edge || --edge->references > 0)
		return;
	CHECK(edge->active == 0);
	for (struct edge **at = &g->edges; *at; at = &(*at)->next)
		if (*at == edge) {
			*at = edge->next;
			free(edge);
			return;
		}
	UNREACHABLE();
}

static struct str without_slash(struct str s)
{
	while (s.len > 1 && s.p[s.len - 1] == '/')
		s.len--;
	return s;
}

static int longer_first(const void *a, const void *b)
{
	const struct route *x = a, *y = b;
	return x->prefix.len < y->prefix.len ? 1 : x->prefix.len > y->prefix.len ? -1 : 0;
}

static bool compile_operations(struct plan *p, struct route *r)
{
	return !r->operation_count || operations_compile(&r->operations, &p->arena, r->operation_list, r->operation_count);
}

static bool make_target(struct plan *p, struct target *t, const struct snap_service *s, struct err *e)
{
	struct gateway *g = p->gateway;
	t->service = s->name;
	t->known = s->endpoints_count;
	t->route_count = s->serves_count ? s->serves_count : 1;
	t->routes = ARENA_ARRAY(&p->arena, t->route_count, struct route);
	t->pools = ARENA_ARRAY(&p->arena, s->endpoints_count ? s->endpoints_count : 1, struct pool *);
	if (!t->routes || !t->pools)
		return false;
	t->routes[0].prefix = STR("/");
	for (size_t i = 0; i < s->serves_count; i++)
		t->routes[i] = (struct route){ .prefix = without_slash(s->serves[i].path), .version = s->serves[i].version, .operation_list = s->serves[i].operations,
					       .operation_count = s->serves[i].operations_count, .life = version_new(&p->arena, s, &s->serves[i], e) };
	if (err_is_set(e))
		return false;
	qsort(t->routes, t->route_count, sizeof(*t->routes), longer_first);
	for (size_t i = 0; i < t->route_count; i++)
		if (!record_route_attributes(&p->arena, &t->routes[i], s->name) || !compile_operations(p, &t->routes[i]))
			return false;
	for (size_t i = 0; i < s->endpoints_count; i++) {
		if (s->endpoints[i].state != INSTANCE_HEALTHY || s->endpoints[i].address.family == SYS_NONE)
			continue;
		struct pool *pool = pool_get(g, s->name, s->endpoints[i].instance, &s->endpoints[i].address);
		if (!pool)
			return false;
		t->pools[t->pool_count++] = pool;
	}
	return true;
}

static bool make_lane(struct plan *p, struct lane *l, struct str caller, const struct target *t, int64_t timeout, bool outside)
{
	*l = (struct lane){ .caller = caller, .target = t, .timeout = timeout, .outside = outside };
	l->edge = edge_get(p->gateway, caller, t->service);
	l->lines = ARENA_ARRAY(&p->arena, t->route_count, struct meter_line);
	return l->edge && l->lines && record_caller_attributes(&p->arena, l);
}

/* "10.0.0.0/8", "192.0.2.7", "::1", "fd00::/8", "loopback", "unix". */
static bool add_network(struct plan *p, struct str text)
{
	if (p->network_count + 2 > PLAN_NETWORKS_MAX)
		return false;
	struct network *n = &p->networks[p->network_count];
	if (str_eq(text, STR("loopback"))) {
		*n = (struct network){ SYS_IPV4, { 127 }, 8 };
		n[1] = (struct network){ SYS_IPV6, { [15] = 1 }, 128 };
		p->network_count += 2;
		return true;
	}
	size_t slash = str_find_char(text, '/');
	struct str ip = str_sub(text, 0, slash);
	bool six = str_find_char(ip, ':') != SIZE_MAX;
	char full[80];
	int len = snprintf(full, sizeof(full), six ? "[%.*s]:1" : "%.*s:1", STR_FMT(ip));
	struct sys_addr a;
	struct err ignored = { 0 };
	if (len < 0 || (size_t)len >= sizeof(full) || !sys_addr_parse(&a, str_from(full, (size_t)len), &ignored))
		return false;
	uint64_t bits = six ? 128 : 32;
	if (slash != SIZE_MAX && (!str_to_u64(str_skip(text, slash + 1), &bits) || bits > (six ? 128 : 32)))
		return false;
	n->family = a.family;
	memcpy(n->ip, a.ip, sizeof(n->ip));
	n->bits = (unsigned)bits;
	p->network_count++;
	return true;
}

bool plan_trusts(const struct plan *p, const struct sys_addr *peer)
{
	if (peer->family == SYS_UNIX)
		return true; /* its mode is 0600: the caller is us */
	for (size_t i = 0; i < p->network_count; i++) {
		const struct network *n = &p->networks[i];
		if (n->family != peer->family)
			continue;
		unsigned bytes = n->bits / 8, rest = n->bits % 8;
		if (memcmp(n->ip, peer->ip, bytes) != 0)
			continue;
		if (rest == 0 || ((n->ip[bytes] ^ peer->ip[bytes]) & (0xff00 >> rest) & 0xff) == 0)
			return true;
	}
	return false;
}

static bool build_edge(struct plan *p, size_t *lane, size_t *entry)
{
	const struct snapshot *s = p->snapshot;
	map_init(&p->exposed, (uint32_t)s->services_count + 1);
	if (s->gateway.listen.family == SYS_NONE)
		return true;
	p->entries[(*entry)++] = (struct entry){ .listen = s->gateway.listen, .outside = true, .what = STR("the edge") };
	for (size_t i = 0; i < s->services_count; i++) {
		if (!s->services[i].exposed)
			continue;
		struct lane *l = &p->lanes[(*lane)++];
		if (!make_lane(p, l, STR(CALL_EDGE), &p->targets[i], s->gateway.timeout, true) || !map_put(&p->exposed, l->target->service, l))
			return false;
	}
	return true;
}

static bool build_inner(struct plan *p, size_t *lane, size_t *entry)
{
	const struct snapshot *s = p->snapshot;
	for (size_t i = 0; i < s->services_count; i++)
		for (size_t j = 0; j < s->services[i].calls_count; j++) {
			const struct snap_call *c = &s->services[i].calls[j];
			if (c->callee_index >= s->services_count || c->listen.family == SYS_NONE)
				continue;
			struct lane *l = &p->lanes[(*lane)++];
			if (!make_lane(p, l, s->services[i].name, &p->targets[c->callee_index], c->timeout ? c->timeout : s->gateway.timeout, false))
				return false;
			struct str what = arena_printf(&p->arena, "calls from %.*s to %.*s", STR_FMT(l->caller), STR_FMT(c->callee));
			p->entries[(*entry)++] = (struct entry){ .listen = c->listen, .lane = l, .what = what };
		}
	return true;
}

static bool build(struct plan *p, struct err *e)
{
	const struct snapshot *s = p->snapshot;
	size_t calls = 0, lane = 0, entry = 0;
	for (size_t i = 0; i < s->services_count; i++)
		calls += s->services[i].calls_count;
	p->target_count = s->services_count;
	p->targets = ARENA_ARRAY(&p->arena, s->services_count + 1, struct target);
	p->lanes = ARENA_ARRAY(&p->arena, s->services_count + calls + 1, struct lane);
	p->entries = ARENA_ARRAY(&p->arena, calls + 1, struct entry);
	if (!p->targets || !p->lanes || !p->entries)
		return false;
	bool ok = true;
	for (size_t i = 0; i < s->services_count && ok; i++)
		ok = make_target(p, &p->targets[i], &s->services[i], e);
	ok = ok && build_edge(p, &lane, &entry) && build_inner(p, &lane, &entry);
	p->lane_count = lane; /* also after a failure: plan_unref gives back what was taken */
	p->entry_count = entry;
	return ok && !p->arena.full;
}

struct plan *plan_new(struct gateway *g, struct snapshot *s, struct err *e)
{
	struct plan *p = calloc(1, sizeof(*p));
	if (!p) {
		err_set(e, ERR_NO_MEMORY, "no memory for the snapshot's routes");
		return NULL;
	}
	arena_init(&p->arena, PLAN_ARENA_MAX);
	map_init(&p->exposed, 1);
	p->references = 1;
	p->serial = ++g->plan_serial;
	p->gateway = g;
	p->snapshot = snapshot_ref(s);
	p->connect_timeout = s->gateway.connect_timeout > 0 ? s->gateway.connect_timeout : SECOND;
	p->first_byte_timeout = s->gateway.first_byte_timeout > 0 ? s->gateway.first_byte_timeout : 10 * SECOND;
	p->max_body = s->gateway.max_body ? s->gateway.max_body : (size_t)64 << 20;
	bool ok = true;
	for (size_t i = 0; i < s->gateway.trust_count && ok; i++)
		if (!add_network(p, s->gateway.trust[i]))
			ok = err_set(e, ERR_INPUT, "`trust: %.*s` of the gateway is not an address or network (expected for example 10.0.0.0/8)",
				     STR_FMT(s->gateway.trust[i]));
	if (ok && !build(p, e))
		ok = err_set(e, ERR_NO_MEMORY, "the snapshot's routes need more than %d MiB", PLAN_ARENA_MAX >> 20);
	if (!ok) {
		plan_unref(p);
		return NULL;
	}
	return p;
}

struct plan *plan_ref(struct plan *p)
{
	p->references++;
	return p;
}

void plan_unref(struct plan *p)
{
	if (!p || --p->references > 0)
		return;
	for (size_t i = 0; p->targets && i < p->target_count; i++)
		for (size_t j = 0; j < p->targets[i].pool_count; j++)
			pool_give(p->targets[i].pools[j]);
	for (size_t i = 0; p->lanes && i < p->lane_count; i++) {
		edge_give(p->gateway, p->lanes[i].edge);
		for (size_t k = 0; p->lanes[i].lines && k < p->lanes[i].target->route_count; k++)
			free(p->lanes[i].lines[k].cells);
	}
	map_release(&p->exposed);
	snapshot_unref(p->snapshot);
	arena_release(&p->arena);
	free(p);
}

/* --- matching ---------------------------------------------------------------------------------------------------------------- */

/* Length of what a separator looks like at i to some server: '/', '\', and both percent-encoded; 0 otherwise. */
static size_t separator(struct str s, size_t i, bool decode)
{
	if (s.p[i] == '/')
		return 1;
	if (!decode)
		return 0;
	if (s.p[i] == '\\')
		return 1;
	if (s.p[i] != '%' || i + 2 >= s.len)
		return 0;
	char a = s.p[i + 1], b = (char)(s.p[i + 2] | 0x20);
	return (a == '2' && b == 'f') || (a == '5' && b == 'c') ? 3 : 0;
}

/* Reads one dot, plain or encoded, at i: its length, or 0. */
static size_t dot(struct str s, size_t i)
{
	if (i < s.len && s.p[i] == '.')
		return 1;
	return i + 2 < s.len && s.p[i] == '%' && s.p[i + 1] == '2' && (s.p[i + 2] | 0x20) == 'e' ? 3 : 0;
}

/* Whether some server could read the path as leaving its root. Empty segments count for nothing, because some servers merge slashes. */
static bool escapes(struct str s, bool decode)
{
	int depth = 0;
	for (size_t i = 0; i < s.len;) {
		size_t sep = separator(s, i, decode);
		if (sep) {
			i += sep;
			continue;
		}
		size_t at = i, dots = 0;
		for (size_t d; dots < 3 && (d = dot(s, at)); at += d)
			dots++;
		bool whole = at >= s.len || separator(s, at, decode) || s.p[at] == ';';
		if (whole && dots == 2)
			depth--;
		else if (!(whole && dots == 1))
			depth++;
		if (depth < 0)
			return true;
		while (i < s.len && !separator(s, i, decode))
			i++;
	}
	return false;
}

/* Most paths hold neither "/." nor anything encoded. */
static bool may_escape(struct str s)
{
	return s.len && (memchr(s.p, '%', s.len) || memchr(s.p, '\\', s.len) || str_find(s, STR("..")) != SIZE_MAX);
}

static bool has_prefix(struct str path, struct str prefix)
{
	if (prefix.len == 1)
		return true;
	return str_starts(path, prefix) && (path.len == prefix.len || path.p[prefix.len] == '/');
}

bool plan_escapes(struct str path, struct str prefix)
{
	if (!has_prefix(path, prefix))
		return true;
	struct str rest = prefix.len > 1 ? str_skip(path, prefix.len) : path;
	return may_escape(rest) && (escapes(rest, false) || escapes(rest, true));
}

enum route_result plan_route(const struct plan *p, const struct entry *e, struct str in, const struct lane **lane, const struct route **route,
			     struct str *path)
{
	*lane = e->lane;
	*path = in;
	if (str_empty(in) || in.p[0] != '/')
		return ROUTE_NONE;
	if (!*lane) {
		struct str rest = str_skip(in, 1);
		struct str name = str_sub(rest, 0, str_find_char(rest, '/'));
		*lane = map_get(&p->exposed, name);
		if (!*lane)
			return ROUTE_NONE;
		*path = str_skip(rest, name.len);
	}
	const struct target *t = (*lane)->target;
	struct str match = path->len ? *path : STR("/");
	for (size_t i = 0; i < t->route_count; i++) {
		struct str prefix = t->routes[i].prefix;
		if (!has_prefix(match, prefix))
			continue;
		*route = &t->routes[i];
		struct str rest = prefix.len > 1 ? str_skip(match, prefix.len) : match;
		return may_escape(rest) && (escapes(rest, false) || escapes(rest, true)) ? ROUTE_ESCAPES : ROUTE_FOUND;
	}
	return ROUTE_NONE;
}
