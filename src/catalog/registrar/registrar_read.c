/* Registrations as Consul's clients write them (registrar.h): keys in either of its spellings ("DeregisterCriticalServiceAfter", "deregister_critical_service_after"), without regard to case. */
#include "base/check.h"
#include "base/time.h"
#include "catalog/registrar/impl.h"
#include <stdio.h>
#include <stdlib.h>

#define SECONDS(n) ((int64_t)(n) * 1000000000)

/* Without case and underscores, as Consul takes both. */
static bool same_key(struct str a, const char *b)
{
	size_t i = 0;
	for (; *b; b++) {
		while (i < a.len && a.p[i] == '_')
			i++;
		if (i == a.len || (a.p[i] | 0x20) != (*b | 0x20))
			return false;
		i++;
	}
	return i == a.len;
}

static const struct json *get(const struct json *j, const char *key)
{
	for (uint32_t i = 0; j && j->type == JSON_OBJECT && i < j->count; i++)
		if (same_key(j->members[i].key, key))
			return &j->members[i].value;
	return NULL;
}

static struct str text(const struct json *j, const char *key)
{
	const struct json *v = get(j, key);
	return v && v->type == JSON_STRING ? v->s : STR("");
}

static bool duration(const struct json *j, const char *key, int64_t least, int64_t *ns, struct err *e)
{
	struct str s = text(j, key);
	*ns = 0;
	if (!s.len)
		return true;
	if (!duration_parse(s, ns) || *ns < 0)
		return err_set(e, ERR_INPUT, "%s: `%.*s` is no duration; write for example \"10s\"", key, STR_FMT(str_sub(s, 0, 40)));
	*ns = *ns < least ? least : *ns;
	return true;
}

static struct str kept_json(struct arena *a, const struct json *j, enum json_type type, const char *otherwise)
{
	struct buf b;
	struct json_out o;
	if (!j || j->type != type)
		return str_z(otherwise);
	buf_init(&b, REGISTRAR_SERVICE_MEMORY);
	json_out_init(&o, &b);
	json_out_value(&o, j);
	struct str s = arena_str(a, buf_str(&b));
	buf_release(&b);
	return s;
}

enum { HEADERS_MAX = 8 << 10, TLS_NAME_MAX = 253 };

static bool plain(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
			return false;
	return s.len <= REGISTRAR_TEXT_MAX;
}

/* --- checks -------------------------------------------------------------------------------------------------------------------------------------------------- */

static enum instance_health state_of(struct str s, enum instance_health otherwise)
{
	return str_eq(s, STR("passing")) ? INSTANCE_PASSING : str_eq(s, STR("warning")) ? INSTANCE_WARNING : str_eq(s, STR("critical")) ? INSTANCE_CRITICAL : otherwise;
}

/* {"x-key": ["one", "two"]}; Host apart. */
static bool read_headers(struct registered *s, struct registered_check *c, const struct json *j, struct err *e)
{
	struct buf lines;
	bool ok = !j || j->type == JSON_NULL || j->type == JSON_OBJECT;
	buf_init(&lines, HEADERS_MAX);
	c->host = STR("");
	for (uint32_t i = 0; ok && j && j->type == JSON_OBJECT && i < j->count; i++) {
		struct str name = j->members[i].key;
		const struct json *values = &j->members[i].value;
		ok = values->type == JSON_ARRAY && name.len && plain(name) && str_find_char(name, ':') == SIZE_MAX && str_find_char(name, ' ') == SIZE_MAX;
		for (uint32_t k = 0; ok && k < values->count; k++) {
			ok = values->items[k].type == JSON_STRING && plain(values->items[k].s);
			if (ok && str_eq_ci(name, STR("host")))
				c->host = arena_str(&s->arena, values->items[k].s);
			else if (ok)
				buf_printf(&lines, "%.*s: %.*s\r\n", STR_FMT(name), STR_FMT(values->items[k].s));
		}
	}
	ok = ok && buf_ok(&lines);
	c->headers = arena_str(&s->arena, buf_str(&lines));
	buf_release(&lines);
	return ok || err_set(e, ERR_INPUT, "Header: an object of lists of texts, all in all at most %d bytes", HEADERS_MAX);
}

static bool truth(const struct json *j, const char *key)
{
	const struct json *v = get(j, key);
	return v && v->type == JSON_TRUE;
}

/* Whom it asks. */
static bool read_target(struct registered *s, struct registered_check *c, const struct json *j, struct err *e)
{
	static const struct { const char *key; struct str type; enum check_kind kind; } kinds[] = { { "HTTP", STR_INIT("http"), CHECK_HTTP }, { "TCP", STR_INIT("tcp"), CHECK_TCP }, { "GRPC", STR_INIT("grpc"), CHECK_GRPC } };
	c->target = c->type = STR("");
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct str target = text(j, kinds[i].key);
		if (!target.len)
			continue;
		if (c->target.len || c->ttl)
			return err_set(e, ERR_INPUT, "a check is either of TTL or of HTTP, TCP or GRPC");
		if (!c->interval)
			return err_set(e, ERR_INPUT, "Interval must be > 0 for %s checks", kinds[i].key);
		if (!plain(target) || str_find_char(target, ' ') != SIZE_MAX)
			return err_set(e, ERR_INPUT, "%s: `%.*s` is no address", kinds[i].key, STR_FMT(str_sub(target, 0, 100)));
		c->target = arena_str(&s->arena, target);
		c->kind = kinds[i].kind;
		c->type = kinds[i].type;
	}
	if (c->target.len && c->kind == CHECK_HTTP && !str_starts(c->target, STR("http://")) && !str_starts(c->target, STR("https://")))
		return err_set(e, ERR_INPUT, "HTTP: `%.*s` must begin with http:// or https://", STR_FMT(str_sub(c->target, 0, 100)));
	if (truth(j, "GRPCUseTLS") || truth(j, "TCPUseTLS"))
		return err_set(e, ERR_INPUT, "checks by GRPC and TCP ask without TLS; HTTP takes https://");
	return true;
}

static bool kind_of(struct registered *s, struct registered_check *c, const struct json *j, struct err *e)
{
	static const char *const others[] = { "UDP", "Args", "DockerContainerID", "AliasService", "AliasNode", "OSService", "H2PING", "Script" };
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (get(j, others[i]))
			return err_set(e, ERR_INPUT, "checks by %s are not there; use TTL, HTTP, TCP or GRPC", others[i]);
	if (!duration(j, "TTL", SECONDS(0), &c->ttl, e) || !duration(j, "Interval", SECONDS(1), &c->interval, e) || !duration(j, "Timeout", SECONDS(0), &c->timeout, e) ||
	    !duration(j, "DeregisterCriticalServiceAfter", SECONDS(60), &c->deregister_after, e) || !read_target(s, c, j, e) || !read_headers(s, c, get(j, "Header"), e))
		return false;
	c->method = arena_str(&s->arena, text(j, "Method"));
	c->tls_name = arena_str(&s->arena, text(j, "TLSServerName"));
	c->unverified = truth(j, "TLSSkipVerify");
	if (c->method.len && !str_eq(c->method, STR("GET")) && !str_eq(c->method, STR("HEAD")))
		return err_set(e, ERR_INPUT, "Method: checks ask by GET or HEAD");
	if (c->tls_name.len > TLS_NAME_MAX || !plain(c->tls_name))
		return err_set(e, ERR_INPUT, "TLSServerName: at most %d characters", TLS_NAME_MAX);
	c->type = c->ttl ? STR("ttl") : c->type;
	return true;
}

static bool read_check(struct registered *s, const struct json *j, int64_t now, struct err *e)
{
	if (s->checks_count == REGISTRAR_CHECKS_MAX)
		return err_set(e, ERR_INPUT, "more than %d checks of one service", REGISTRAR_CHECKS_MAX);
	struct registered_check *c = &s->checks[s->checks_count];
	struct str id = text(j, "CheckID"), name = text(j, "Name");
	size_t n = ++s->checks_count;
	if (!j || j->type != JSON_OBJECT || !plain(id) || !plain(name))
		return err_set(e, ERR_INPUT, "a check must be an object, with texts of at most %d characters", REGISTRAR_TEXT_MAX);
	c->service = s;
	c->id = id.len ? arena_str(&s->arena, id) : n == 1 ? arena_printf(&s->arena, "service:%.*s", STR_FMT(s->id)) : arena_printf(&s->arena, "service:%.*s:%zu", STR_FMT(s->id), n);
	c->name = name.len ? arena_str(&s->arena, name) : arena_printf(&s->arena, "Service '%.*s' check", STR_FMT(s->name));
	c->notes = arena_str(&s->arena, str_sub(text(j, "Notes"), 0, REGISTRAR_TEXT_MAX));
	if (!kind_of(s, c, j, e))
		return false;
	c->health = state_of(text(j, "Status"), INSTANCE_CRITICAL); /* Consul's default: until it is known to be well */
	c->critical_since = c->health == INSTANCE_CRITICAL ? now : 0;
	c->due = c->ttl ? now + c->ttl : c->target.len ? now : 0;
	return true;
}

static bool read_checks(struct registered *s, const struct json *body, int64_t now, struct err *e)
{
	const struct json *one = get(body, "Check"), *list = get(body, "Checks");
	if (one && one->type != JSON_NULL && !read_check(s, one, now, e))
		return false;
	for (uint32_t i = 0; list && list->type == JSON_ARRAY && i < list->count; i++)
		if (!read_check(s, &list->items[i], now, e))
			return false;
	for (size_t i = 0; i < s->checks_count; i++)
		for (size_t k = 0; k < i; k++)
			if (str_eq(s->checks[i].id, s->checks[k].id))
				return err_set(e, ERR_INPUT, "two checks have the id `%.*s`", STR_FMT(s->checks[i].id));
	return true;
}

/* --- services ------------------------------------------------------------------------------------------------------------------------------------------------ */

static bool read_service(struct registered *s, const struct json *j, struct str node, struct err *e)
{
	const struct json *port = get(j, "Port"), *meta = get(j, "Meta");
	struct str name = text(j, "Name").len ? text(j, "Name") : text(j, "Service"), id = text(j, "ID").len ? text(j, "ID") : name, address = text(j, "Address");
	if (!name.len)
		return err_set(e, ERR_INPUT, "Missing service name");
	if (text(j, "Kind").len)
		return err_set(e, ERR_INPUT, "Kind: proxies and gateways of a mesh are not registered here");
	if (port && (port->type != JSON_INT || port->i < 0 || port->i > 65535))
		return err_set(e, ERR_INPUT, "Port must be a number from 0 to 65535");
	if (!plain(name) || !plain(id) || !plain(address))
		return err_set(e, ERR_INPUT, "Name, ID and Address are texts of at most %d characters, without control characters", REGISTRAR_TEXT_MAX);
	s->name = arena_str(&s->arena, name);
	s->id = arena_str(&s->arena, id);
	s->node = arena_str(&s->arena, node);
	s->address = arena_str(&s->arena, address);
	s->port = port ? (uint16_t)port->i : 0;
	s->tags = kept_json(&s->arena, get(j, "Tags"), JSON_ARRAY, "[]");
	s->meta = kept_json(&s->arena, meta, JSON_OBJECT, "{}");
	s->weights = kept_json(&s->arena, get(j, "Weights"), JSON_OBJECT, "{\"Passing\":1,\"Warning\":1}");
	s->owner = arena_str(&s->arena, str_sub(text(meta, "owner").len ? text(meta, "owner") : text(meta, "team"), 0, REGISTRAR_TEXT_MAX));
	return true;
}

static bool add(struct registrar *r, const struct json *service, const struct json *checks, struct str node, const char *form, const struct json *body, int64_t now, struct err *e)
{
	struct registered *s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(e, ERR_NO_MEMORY, "no memory for one more service");
	arena_init(&s->arena, 2 * REGISTRAR_SERVICE_MEMORY);
	bool ok = body && body->type == JSON_OBJECT ? read_service(s, service, node, e) && read_checks(s, checks, now, e) : err_set(e, ERR_INPUT, "a registration is a JSON object");
	if (ok) {
		struct str kept = kept_json(&s->arena, body, JSON_OBJECT, "{}");
		s->source = arena_printf(&s->arena, "{\"%s\":%.*s}", form, STR_FMT(kept));
	}
	if (ok && s->arena.full)
		ok = err_set(e, ERR_TOO_LARGE, "the registration is larger than is taken");
	if (ok)
		return registrar_add(r, s, e);
	registered_free(s);
	return false;
}

bool registrar_register(struct registrar *r, const struct json *body, int64_t now, struct err *e) { return add(r, body, body, STR(REGISTRAR_NODE), "agent", body, now, e); }

bool registrar_register_external(struct registrar *r, const struct json *body, int64_t now, struct err *e)
{
	const struct json *service = get(body, "Service");
	struct str node = text(body, "Node");
	if (!service || service->type != JSON_OBJECT || !node.len || !plain(node))
		return err_set(e, ERR_INPUT, "a registration in the catalogue names its Node and has a Service; nodes alone are not kept");
	return add(r, service, body, node, "catalog", body, now, e);
}

void registrar_kept_read(struct registrar *r, const struct json *kept, int64_t now)
{
	const struct json *list = json_get(kept, STR("services"));
	for (uint32_t i = 0; list && list->type == JSON_ARRAY && i < list->count; i++) {
		struct err ignored = { 0 };
		const struct json *agent = json_get(&list->items[i], STR("agent")), *external = json_get(&list->items[i], STR("catalog"));
		if (agent)
			registrar_register(r, agent, now, &ignored);
		else if (external)
			registrar_register_external(r, external, now, &ignored);
	}
	const struct json *resting = json_get(kept, STR("maintenance"));
	for (uint32_t i = 0; resting && resting->type == JSON_OBJECT && i < resting->count; i++) {
		struct err ignored = { 0 };
		const struct json *reason = &resting->members[i].value;
		registrar_maintain(r, resting->members[i].key, true, reason->type == JSON_STRING ? reason->s : STR(""), now, &ignored);
	}
	r->changed = false;
}
