/* What control keeps across restarts in <state>/control.json: the versions, and one loopback port for each edge between services. A port once
 * given to an edge stays with it, so that running services keep valid addresses. A port that is taken when it is first needed is skipped. */
#include "base/check.h"
#include "control/state.h"
#include "model/record.h"

static struct str file_name(struct control *c, struct arena *a)
{
	return arena_printf(a, "%.*s/control.json", STR_FMT(c->options.state));
}

static bool add_port(struct control *c, struct str caller, struct str callee, uint16_t port)
{
	if (c->ports_count == MAX_PORTS || !ARENA_PUSH_ROOM(&c->arena, c->ports, c->ports_count, c->ports_capacity))
		return false;
	c->ports[c->ports_count++] = (struct edge_port){ arena_str(&c->arena, caller), arena_str(&c->arena, callee), port };
	return true;
}

bool ports_load(struct control *c, struct err *e)
{
	struct arena scratch;
	struct err none = { 0 };
	struct str text;
	arena_init(&scratch, 8u << 20);
	if (!sys_read_file(file_name(c, &scratch), 4u << 20, &scratch, &text, &none)) {
		arena_release(&scratch);
		return none.code == ERR_NOT_FOUND || err_set(e, none.code, "%s", none.message);
	}
	const struct json *j = json_parse(&scratch, text, &none), *ports = json_get(j, STR("ports"));
	if (!j)
		control_log(c, SEVERITY_WARN, "control.json is damaged and begun anew: %s", none.message);
	c->version = (uint64_t)json_get_i64(j, STR("version"), 0);
	c->fleet_version = (uint64_t)json_get_i64(j, STR("fleet_version"), 0);
	for (uint32_t i = 0; ports && ports->type == JSON_ARRAY && i < ports->count; i++) {
		const struct json *p = &ports->items[i];
		int64_t port = json_get_i64(p, STR("port"), 0);
		if (port > 0 && port < 65536)
			add_port(c, json_get_str(p, STR("caller"), STR("")), json_get_str(p, STR("callee"), STR("")), (uint16_t)port);
	}
	arena_release(&scratch);
	return true;
}

void ports_save(struct control *c)
{
	struct buf b;
	struct json_out o;
	struct arena scratch;
	struct err e = { 0 };
	buf_init(&b, 4u << 20);
	arena_init(&scratch, 64 << 10);
	json_out_init(&o, &b);
	json_out_object(&o);
	json_kv_u64(&o, "version", c->version);
	json_kv_u64(&o, "fleet_version", c->fleet_version);
	json_out_key(&o, STR("ports"));
	json_out_array(&o);
	for (size_t i = 0; i < c->ports_count; i++) {
		json_out_object(&o);
		json_kv_str(&o, "caller", c->ports[i].caller);
		json_kv_str(&o, "callee", c->ports[i].callee);
		json_kv_u64(&o, "port", c->ports[i].port);
		json_out_end(&o);
	}
	json_out_end(&o);
	json_out_end(&o);
	if (!buf_ok(&b) || !sys_write_file(file_name(c, &scratch), buf_str(&b), &e))
		control_log(c, SEVERITY_ERROR, "control.json could not be written: %s", e.message);
	buf_release(&b);
	arena_release(&scratch);
}

static bool given(const struct control *c, uint16_t port)
{
	for (size_t i = 0; i < c->ports_count; i++)
		if (c->ports[i].port == port)
			return true;
	return false;
}

static bool free_now(uint16_t port)
{
	struct sys_addr a = { .family = SYS_IPV4, .port = port, .ip = { 127, 0, 0, 1 } };
	int fd = sys_listen(&a, 1);
	if (fd >= 0)
		sys_close(fd);
	return fd >= 0;
}

uint16_t ports_of_edge(void *control, struct str caller, struct str callee)
{
	struct control *c = control;
	for (size_t i = 0; i < c->ports_count; i++)
		if (str_eq(c->ports[i].caller, caller) && str_eq(c->ports[i].callee, callee))
			return c->ports[i].port;
	for (uint32_t port = c->fleet->gateway.first_port; port < 65536; port++)
		if (!given(c, (uint16_t)port) && free_now((uint16_t)port))
			return add_port(c, caller, callee, (uint16_t)port) ? (uint16_t)port : 0;
	return 0;
}
