/* Life of what is known of consumers (consumers.h), and the reports that gateways send. */
#include "base/check.h"
#include "model/record.h"
#include "model/usage_report.h"
#include "model/wire.h"
#include "part/consumers_impl.h"
#include <stdlib.h>

#define WATCH_EVERY SECOND
enum { COPY_MAX = 64 << 20 };
#define AHEAD_MS 60000 /* a gateway's clock may be ahead by so much; what is later counts as now */

static int64_t now_ms(void) { return sys_wall() / MSEC; }

/* Calls of a version are watched from when the gateway knows its operations, which is when its contract was read. */
static void watch(struct consumers *c)
{
	for (size_t i = 0; i < c->count; i++) {
		for (size_t k = 0; k < c->services[i].serves_count; k++) {
			size_t n;
			if (contracts_operations(c->contracts, c->services[i].name, &c->services[i].serves[k], &n))
				usage_watch(c->usage, c->services[i].name, c->services[i].serves[k].version, now_ms());
		}
	}
	usage_trim(c->usage, now_ms());
}

static void on_watch(struct timer *t)
{
	struct consumers *c = CONTAINER_OF(t, struct consumers, watch);
	watch(c);
	timer_set(t, c->loop, loop_now(c->loop) + WATCH_EVERY, on_watch);
}

struct consumers *consumers_new(struct loop *l, struct str state, struct contracts *contracts, void (*log)(void *ctx, uint8_t severity, struct str message), void *ctx, struct err *e)
{
	struct consumers *c = calloc(1, sizeof(*c));
	struct err damage = { 0 };
	if (!c) {
		err_set(e, ERR_NO_MEMORY, "no memory for what consumers use");
		return NULL;
	}
	*c = (struct consumers){ .loop = l, .contracts = contracts, .log = log, .log_ctx = ctx };
	arena_init(&c->arena, COPY_MAX);
	c->usage = usage_new(arena_printf(&c->arena, "%.*s/usage.db", STR_FMT(state)), &damage);
	if (!c->usage) {
		*e = damage;
		arena_release(&c->arena);
		free(c);
		return NULL;
	}
	if (err_is_set(&damage))
		log(ctx, SEVERITY_ERROR, str_z(damage.message));
	map_init(&c->pacts, 8192);
	arena_init(&c->files_arena, COPY_MAX);
	timer_set(&c->watch, l, loop_now(l) + WATCH_EVERY, on_watch);
	return c;
}

void consumers_free(struct consumers *c)
{
	if (!c)
		return;
	timer_cancel(&c->watch);
	consumers_spans_stop(c);
	usage_free(c->usage);
	consumers_forget_pacts(c);
	arena_release(&c->files_arena);
	map_release(&c->pacts);
	arena_release(&c->arena);
	free(c);
}

struct usage *consumers_usage(struct consumers *c) { return c->usage; }
void consumers_ask_broker(struct consumers *c, struct broker *b) { c->broker = b; }

/* --- the catalogue ------------------------------------------------------------------------------------------------------------------------------ */

static void copy_service(struct arena *a, const struct fleet *f, const struct service *from, struct known_service *to)
{
	const struct team *team = fleet_team(f, from->owner);
	to->name = arena_str(a, from->name);
	to->owner = arena_str(a, from->owner);
	to->contact = team ? arena_str(a, team->contact) : STR("");
	to->directory = arena_str(a, from->directory);
	to->serves = ARENA_ARRAY(a, from->serves_count + 1, struct served);
	to->calls = ARENA_ARRAY(a, from->calls_count + 1, struct str);
	if (!to->serves || !to->calls)
		return;
	for (size_t i = 0; i < from->serves_count; i++)
		to->serves[to->serves_count++] =
			(struct served){ .version = arena_str(a, from->serves[i].version), .path = arena_str(a, from->serves[i].path), .schema = arena_str(a, from->serves[i].schema) };
	if (!from->serves_count)
		to->serves[to->serves_count++] = (struct served){ .version = STR(""), .path = STR("/"), .schema = STR("") };
	for (size_t i = 0; i < from->calls_count; i++)
		to->calls[to->calls_count++] = arena_str(a, from->calls[i].service);
}

void consumers_fleet(void *consumers, const struct fleet *f)
{
	struct consumers *c = consumers;
	arena_clear(&c->arena);
	c->services = ARENA_ARRAY(&c->arena, f->services_count + 1, struct known_service);
	c->environments = ARENA_ARRAY(&c->arena, f->contracts.environments_count + 1, struct str);
	c->count = c->environments_count = 0;
	c->root = arena_str(&c->arena, f->root);
	c->files_at = 0;
	c->window_ms = f->contracts.window / MSEC;
	c->threshold = f->contracts.threshold;
	for (size_t i = 0; c->services && i < f->services_count; i++)
		copy_service(&c->arena, f, &f->services[i], &c->services[c->count++]);
	for (size_t i = 0; c->environments && i < f->contracts.environments_count; i++)
		c->environments[c->environments_count++] = arena_str(&c->arena, f->contracts.environments[i]);
	if (c->arena.full) {
		c->count = 0;
		c->log(c->log_ctx, SEVERITY_ERROR, STR("the catalogue is too large to be kept beside what consumers use"));
	}
	watch(c);
}

const struct known_service *consumers_service(const struct consumers *c, struct str name)
{
	size_t low = 0, high = c->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = str_cmp(name, c->services[middle].name);
		if (order == 0)
			return &c->services[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* --- reports ------------------------------------------------------------------------------------------------------------------------------------ */

struct taking { struct wire wire; struct usage_delta *items; size_t count, capacity; int64_t now; };

static void take_trace(struct wire *w, const struct json *j, uint8_t trace[16])
{
	struct str s = wire_str(w, j, "trace", 32);
	if (s.len && !str_to_hex_bytes(s, trace, 16) && wire_ok(w))
		err_set(w->e, ERR_INPUT, "`trace` must be 32 hex digits");
}

static void push(struct taking *t, const struct usage_delta *d)
{
	if (t->count == USAGE_REPORT_ROWS_MAX)
		err_set(t->wire.e, ERR_TOO_LARGE, "a report may have %d rows", USAGE_REPORT_ROWS_MAX);
	else if (ARENA_PUSH_ROOM(t->wire.arena, t->items, t->count, t->capacity))
		t->items[t->count++] = *d;
}

static int64_t take_time(struct taking *t, const struct json *j, const char *key)
{
	int64_t ms = wire_i64(&t->wire, j, key, 1, INT64_MAX, t->now);
	return ms > t->now + AHEAD_MS ? t->now : ms;
}

static void take_field(struct taking *t, const struct json *j, const struct usage_delta *call)
{
	struct usage_delta d = *call;
	d.consumer_version = STR("");
	d.field = wire_str(&t->wire, j, "name", USAGE_REPORT_NAME_MAX);
	d.calls = (uint64_t)wire_i64(&t->wire, j, "calls", 0, UINT32_MAX, 0);
	d.failed = 0;
	d.first_ms = d.last_ms = take_time(t, j, "last_ms");
	take_trace(&t->wire, j, d.trace);
	if (d.field.len)
		push(t, &d);
}

static void take_call(struct taking *t, const struct json *j)
{
	struct wire *w = &t->wire;
	size_t n;
	struct usage_delta d = { .consumer = wire_str(w, j, "consumer", 64), .consumer_version = wire_str(w, j, "consumer_version", 64), .service = wire_name(w, j, "service"),
				 .version = wire_str(w, j, "api", 64), .operation = wire_str(w, j, "operation", USAGE_TEXT_MAX), .field = STR(""),
				 .calls = (uint64_t)wire_i64(w, j, "calls", 0, UINT32_MAX, 0), .failed = (uint64_t)wire_i64(w, j, "failed", 0, UINT32_MAX, 0),
				 .first_ms = take_time(t, j, "first_ms"), .last_ms = take_time(t, j, "last_ms") };
	take_trace(w, j, d.trace);
	if (wire_ok(w) && !d.consumer.len)
		err_set(w->e, ERR_INPUT, "a call has no `consumer`");
	push(t, &d);
	const struct json *fields = wire_list(w, j, "fields", USAGE_REPORT_FIELDS_MAX, &n);
	for (size_t i = 0; i < n && wire_ok(w); i++)
		take_field(t, &fields[i], &d);
}

static bool take_report(struct consumers *c, struct http_exchange *x, struct str name, struct err *e)
{
	struct taking t = { .wire = { http_arena(x), e }, .now = now_ms() };
	const struct json *j = json_parse(t.wire.arena, http_request(x)->body, e);
	size_t n = 0;
	const struct json *calls = j ? wire_list(&t.wire, j, "calls", USAGE_REPORT_CELLS_MAX, &n) : NULL;
	const struct usage_source from = { name, j ? wire_str(&t.wire, j, "boot", 64) : STR(""), j ? wire_u64(&t.wire, j, "sequence") : 0 };
	for (size_t i = 0; i < n && wire_ok(&t.wire); i++)
		take_call(&t, &calls[i]);
	if (!j || err_is_set(e))
		return false;
	if (t.wire.arena->full)
		return err_set(e, ERR_TOO_LARGE, "the report needs more memory than a request may");
	return usage_take(c->usage, &from, t.items, t.count, e);
}

void consumers_take(void *consumers, struct http_exchange *x, struct str path)
{
	struct consumers *c = consumers;
	const struct http_request *r = http_request(x);
	struct err e = { 0 };
	struct str name = str_skip(path, 1);
	if (!str_eq(r->head.method, STR("PUT")))
		err_set(&e, ERR_METHOD, "reports of gateways are put here");
	else if (!r->local)
		err_set(&e, ERR_FORBIDDEN, "gateways report over the Unix socket");
	else if (!name.len || name.len > 64 || str_find_char(name, '/') != SIZE_MAX)
		err_set(&e, ERR_NOT_FOUND, "no such path; a gateway reports to " USAGE_REPORT_PATH "/{gateway}");
	else
		take_report(c, x, name, &e);
	if (err_is_set(&e))
		http_answer_err(x, &e);
	else
		http_answer(x, 204, STR(""), STR(""), STR(""));
}
