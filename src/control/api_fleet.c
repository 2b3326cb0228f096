/* GET /api/fleet: the catalogue as declared; and the small things that all answers share. */
#include "base/time.h"
#include "control/state.h"

void api_answer(struct http_exchange *x, struct buf *b)
{
	struct err e = { 0 };
	if (buf_ok(b)) {
		http_answer(x, 200, STR("application/json"), STR("Cache-Control: no-store\r\n"), buf_str(b));
	} else {
		err_set(&e, ERR_TOO_LARGE, "the answer is larger than %zu bytes; ask for a shorter time range", b->limit);
		http_answer_err(x, &e);
	}
	buf_release(b);
}

void api_time(struct json_out *o, const char *key, int64_t wall)
{
	struct buf b;
	json_out_key(o, str_z(key));
	if (!wall) {
		json_out_null(o);
		return;
	}
	buf_init(&b, 64);
	time_rfc3339(&b, wall, 9);
	json_out_str(o, buf_str(&b));
	buf_release(&b);
}

static void error_members(struct json_out *o, const struct err *e)
{
	json_kv_str(o, "file", str_z(e->file));
	json_kv_u64(o, "line", e->line);
	json_kv_u64(o, "column", e->column);
	json_kv_str(o, "message", str_z(e->message));
}

static const char *const ownerships[] = { [OWNERSHIP_STRONG] = "strong", [OWNERSHIP_WEAK] = "weak", [OWNERSHIP_COLLECTIVE] = "collective" };
static const char *const tiers[] = { [TIER_NONE] = "", [TIER_BRONZE] = "bronze", [TIER_SILVER] = "silver", [TIER_GOLD] = "gold", [TIER_PLATINUM] = "platinum" };

static void serves_json(struct json_out *o, const struct snap_service *s)
{
	json_out_key(o, STR("serves"));
	json_out_array(o);
	for (size_t i = 0; i < s->serves_count; i++) {
		json_out_object(o);
		json_kv_str(o, "version", s->serves[i].version);
		json_kv_str(o, "path", s->serves[i].path);
		json_out_end(o);
	}
	json_out_end(o);
}

static void calls_json(struct control *c, struct json_out *o, const struct snap_service *s)
{
	json_out_key(o, STR("calls"));
	json_out_array(o);
	for (size_t i = 0; i < s->calls_count; i++) {
		const struct dependency *d = catalogue_call(c, s->name, s->calls[i].callee);
		json_out_object(o);
		json_kv_str(o, "service", s->calls[i].callee);
		json_kv_i64(o, "timeout_ns", d ? d->timeout : s->calls[i].timeout);
		json_kv_str(o, "on_failure", d ? d->on_failure : STR(""));
		json_kv_u64(o, "line", d ? d->place.line : 0);
		json_out_end(o);
	}
	json_out_end(o);
}

static void service_json(struct control *c, struct json_out *o, const struct snap_service *s)
{
	const struct service *declared = catalogue_service(c, s->name);
	json_out_object(o);
	json_kv_str(o, "service", s->name);
	json_kv_str(o, "owner", s->owner);
	json_kv_str(o, "contact", catalogue_contact(c, s->owner));
	json_kv_str(o, "ownership", str_z(declared ? ownerships[declared->ownership] : ""));
	json_kv_str(o, "tier", str_z(declared ? tiers[declared->tier] : ""));
	json_kv_str(o, "file", declared ? declared->place.file : STR(""));
	json_kv_u64(o, "wanted", s->run.present ? s->run.instances : 0);
	json_kv_bool(o, "exposed", s->exposed);
	serves_json(o, s);
	calls_json(c, o, s);
	json_out_end(o);
}

static void address(struct json_out *o, const char *key, const struct sys_addr *a)
{
	char text[128], url[160];
	struct str s = sys_addr_text(a, text);
	memcpy(url, "http://", 7);
	memcpy(url + 7, s.p, s.len);
	json_kv_str(o, key, str_from(url, s.len + 7));
}

static void teams_json(struct control *c, struct json_out *o)
{
	json_out_key(o, STR("teams"));
	json_out_array(o);
	for (size_t i = 0; c->fleet && i < c->fleet->teams_count; i++) {
		json_out_object(o);
		json_kv_str(o, "team", c->fleet->teams[i].name);
		json_kv_str(o, "contact", c->fleet->teams[i].contact);
		json_out_end(o);
	}
	json_out_end(o);
}

static void warnings_json(struct control *c, struct json_out *o)
{
	json_out_key(o, STR("warnings"));
	json_out_array(o);
	for (size_t i = 0; c->fleet && i < c->fleet->warnings_count; i++) {
		json_out_object(o);
		error_members(o, &c->fleet->warnings[i]);
		json_out_end(o);
	}
	json_out_end(o);
	json_out_key(o, STR("error"));
	if (err_is_set(&c->fleet_error)) {
		json_out_object(o);
		error_members(o, &c->fleet_error);
		json_out_end(o);
	} else {
		json_out_null(o);
	}
}

/* What else is answered here, so that the console asks for nothing that is not there. */
static void guests_json(const struct control *c, struct json_out *o)
{
	json_out_key(o, STR("guests"));
	json_out_array(o);
	for (size_t i = 0; i < c->options.guest_count; i++)
		json_out_str(o, c->options.guests[i].prefix);
	json_out_end(o);
}

void api_fleet(struct control *c, struct http_exchange *x)
{
	struct buf b;
	struct json_out o;
	struct sys_addr listen = control_listen(c);
	buf_init(&b, 16u << 20);
	json_out_init(&o, &b);
	json_out_object(&o);
	json_kv_str(&o, "fleet", c->snapshot->fleet);
	json_kv_str(&o, "root", c->options.root);
	json_kv_u64(&o, "version", c->fleet_version);
	address(&o, "console", &listen);
	address(&o, "gateway", &c->snapshot->gateway.listen);
	address(&o, "otlp", &c->snapshot->otlp);
	teams_json(c, &o);
	json_out_key(&o, STR("services"));
	json_out_array(&o);
	for (size_t i = 0; i < c->snapshot->services_count; i++)
		service_json(c, &o, &c->snapshot->services[i]);
	json_out_end(&o);
	warnings_json(c, &o);
	guests_json(c, &o);
	json_out_end(&o);
	api_answer(x, &b);
}
