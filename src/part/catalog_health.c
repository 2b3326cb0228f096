/* See catalog_health.h. */
#include "part/catalog_health.h"
#include "base/check.h"
#include "base/time.h"
#include "part/state_file.h"
#include "sys/sys.h"

#define NAME "health.json"
enum { FILE_MAX = 16 << 20 };

static void from_disk(struct health_history *h, struct arena *a, struct str folder, int64_t now)
{
	struct arena scratch;
	arena_init(&scratch, 4UL * FILE_MAX);
	health_read(h, a, state_file_read(&scratch, folder, NAME, FILE_MAX), now);
	arena_release(&scratch);
}

static void say(struct json_out *o, const void *history) { health_json(o, history); }

/* All instances healthy, and none of them only just. */
static bool is_well(const struct json *service, int64_t window)
{
	const struct json *list = json_get(service, STR("instances"));
	bool well = json_get_i64(service, STR("healthy"), 0) >= json_get_i64(service, STR("wanted"), 0);
	for (uint32_t i = 0; list && list->type == JSON_ARRAY && i < list->count; i++) {
		int64_t since;
		if (time_parse(json_get_str(&list->items[i], STR("since"), STR("")), &since) && since > sys_wall() - window * 1000000000)
			well = false;
	}
	return well;
}

struct calls { uint64_t calls, failed; };

static void count(struct calls *c, const struct json *edge)
{
	c->calls += (uint64_t)json_get_i64(edge, STR("calls"), 0);
	c->failed += (uint64_t)json_get_i64(edge, STR("errors"), 0);
}

static bool most_fail(struct calls c) { return c.calls >= HEALTH_CALLS / 2 && 2 * c.failed >= c.calls; }

static struct health_seen seen_of(struct str name, const struct json *edges, const struct json *service, int64_t window)
{
	struct calls in = { 0, 0 }, out = { 0, 0 };
	for (uint32_t i = 0; i < edges->count; i++) {
		if (str_eq(json_get_str(&edges->items[i], STR("callee"), STR("")), name))
			count(&in, &edges->items[i]);
		if (str_eq(json_get_str(&edges->items[i], STR("caller"), STR("")), name))
			count(&out, &edges->items[i]);
	}
	return (struct health_seen){ .window = window, .calls = in.calls, .failed = in.failed, .by_others = most_fail(out), .well = is_well(service, window) };
}

void catalog_health_make(struct health_history *h, struct arena *a, const struct picture *p, const struct json *recent, const struct json *status, int64_t window, const struct health_history *before,
			 struct str folder)
{
	const struct json *edges = json_get(recent, STR("edges")), *services = json_get(status, STR("services"));
	if (before)
		health_copy(h, a, before);
	else
		from_disk(h, a, folder, p->now);
	for (uint32_t i = 0; edges && edges->type == JSON_ARRAY && services && services->type == JSON_ARRAY && i < services->count; i++) {
		const struct json *s = &services->items[i];
		const struct picture_service *known = picture_service(p, json_get_str(s, STR("service"), STR("")));
		struct health_watch *w = known && !json_get_bool(s, STR("part"), false) ? health_of(h, a, known->id) : NULL;
		struct health_seen seen = seen_of(known ? known->name : STR(""), edges, s, window);
		if (w && health_step(w, p->now, &seen))
			h->changed = true;
	}
	struct err ignored = { 0 };
	if (h->changed)
		state_file_write(folder, NAME, FILE_MAX, say, h, &ignored);
	h->changed = false;
}
