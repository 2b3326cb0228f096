/* See running.h. */
#include "catalog/releases/running.h"
#include <string.h>

static bool was_in_use(const struct running_course *c, struct str version)
{
	for (size_t i = 0; i < c->count; i++)
		if (str_eq(c->events[i].version, version) || (str_eq(c->events[i].from, version) && !c->events[i].back))
			return true;
	return false;
}

static void add(struct running_course *c, struct running_event e)
{
	if (c->count == RUNNING_EVENTS)
		memmove(&c->events[0], &c->events[1], --c->count * sizeof(c->events[0]));
	c->events[c->count++] = e;
}

static void nothing_next(struct running_course *c)
{
	c->next = STR("");
	c->next_times = 0;
}

static void nothing_tried(struct running_course *c)
{
	c->tried = STR("");
	c->tried_times = c->gone_times = 0;
}

/* Another than the one in use, alone. */
static bool alone(struct running_course *c, struct arena *a, int64_t now, struct str version)
{
	if (!str_eq(c->next, version)) {
		c->next = arena_str(a, version);
		c->next_times = 0;
		c->next_at = now;
	}
	if (++c->next_times < RUNNING_SURE)
		return false;
	if (c->current.len)
		add(c, (struct running_event){ c->next, c->current, c->next_at, was_in_use(c, c->next) });
	c->current = c->next;
	nothing_next(c);
	nothing_tried(c);
	return true;
}

/* The one in use, alone again. */
static bool back_alone(struct running_course *c, int64_t now)
{
	nothing_next(c);
	if (!c->tried.len || ++c->gone_times < RUNNING_SURE)
		return false;
	bool was_tried = c->tried_times >= RUNNING_SURE;
	if (was_tried)
		add(c, (struct running_event){ c->current, c->tried, now, true });
	nothing_tried(c);
	return was_tried;
}

static void beside(struct running_course *c, struct arena *a, const struct str *versions, size_t count)
{
	bool there = false;
	const struct str *other = NULL;
	for (size_t i = 0; i < count; i++) {
		there = there || str_eq(versions[i], c->current);
		if (!str_eq(versions[i], c->current) && (!other || str_eq(versions[i], c->tried)))
			other = &versions[i];
	}
	nothing_next(c);
	if (!there || !other)
		return;
	if (!str_eq(c->tried, *other)) {
		nothing_tried(c);
		c->tried = arena_str(a, *other);
	}
	c->tried_times++;
	c->gone_times = 0;
}

bool running_step(struct running_course *c, struct arena *a, int64_t now, const struct str *versions, size_t count)
{
	if (!count)
		return false;
	if (count == 1)
		return str_eq(versions[0], c->current) ? back_alone(c, now) : alone(c, a, now, versions[0]);
	if (c->current.len)
		beside(c, a, versions, count);
	return false;
}

const struct running_event *running_back(const struct running_course *c)
{
	for (size_t i = c ? c->count : 0; i-- > 0;)
		if (c->events[i].back)
			return &c->events[i];
	return NULL;
}

/* --- of all services ------------------------------------------------------------------------------------------------------------------------------------ */

const struct running_course *running_known(const struct running_history *h, struct str id)
{
	for (size_t i = 0; i < h->count; i++)
		if (str_eq(h->items[i].id, id))
			return &h->items[i];
	return NULL;
}

struct running_course *running_of(struct running_history *h, struct arena *a, struct str id)
{
	const struct running_course *known = running_known(h, id);
	if (known)
		return &h->items[known - h->items];
	if (h->count == RUNNING_SERVICES_MAX || !ARENA_PUSH_ROOM(a, h->items, h->count, h->capacity))
		return NULL;
	h->items[h->count] = (struct running_course){ .id = arena_str(a, id), .current = STR(""), .next = STR(""), .tried = STR("") };
	return &h->items[h->count++];
}

void running_copy(struct running_history *h, struct arena *a, const struct running_history *before)
{
	for (size_t i = 0; i < before->count; i++) {
		struct running_course *c = running_of(h, a, before->items[i].id);
		if (!c)
			return;
		struct str id = c->id;
		*c = before->items[i];
		c->id = id;
		c->current = arena_str(a, c->current);
		c->next = arena_str(a, c->next);
		c->tried = arena_str(a, c->tried);
		for (size_t k = 0; k < c->count; k++) {
			c->events[k].version = arena_str(a, c->events[k].version);
			c->events[k].from = arena_str(a, c->events[k].from);
		}
	}
}

static struct str version_of(const struct json *j, const char *key, struct arena *a)
{
	struct str s = json_get_str(j, str_z(key), STR(""));
	return s.len > RUNNING_VERSION_MAX ? STR("") : arena_str(a, s);
}

void running_read(struct running_history *h, struct arena *a, const struct json *j)
{
	const struct json *list = json_get(j, STR("services"));
	for (uint32_t i = 0; list && list->type == JSON_ARRAY && i < list->count; i++) {
		struct str id = json_get_str(&list->items[i], STR("id"), STR(""));
		const struct json *events = json_get(&list->items[i], STR("events"));
		struct running_course *c = id.len ? running_of(h, a, id) : NULL;
		if (c)
			c->current = version_of(&list->items[i], "current", a);
		for (uint32_t k = 0; c && events && events->type == JSON_ARRAY && k < events->count; k++) {
			const struct json *x = &events->items[k];
			const struct running_event e = { version_of(x, "version", a), version_of(x, "from", a), json_get_i64(x, STR("at"), 0), json_get_bool(x, STR("back"), false) };
			if (e.version.len && e.from.len && e.at > 0)
				add(c, e);
		}
	}
}

void running_json(struct json_out *o, const struct running_history *h)
{
	json_out_object(o);
	json_out_key(o, STR("services"));
	json_out_array(o);
	for (size_t i = 0; i < h->count; i++) {
		const struct running_course *c = &h->items[i];
		if (!c->current.len)
			continue;
		json_out_object(o);
		json_kv_str(o, "id", c->id);
		json_kv_str(o, "current", c->current);
		json_out_key(o, STR("events"));
		json_out_array(o);
		for (size_t k = 0; k < c->count; k++) {
			json_out_object(o);
			json_kv_str(o, "version", c->events[k].version);
			json_kv_str(o, "from", c->events[k].from);
			json_kv_i64(o, "at", c->events[k].at);
			json_kv_bool(o, "back", c->events[k].back);
			json_out_end(o);
		}
		json_out_end(o);
		json_out_end(o);
	}
	json_out_end(o);
	json_out_end(o);
}
