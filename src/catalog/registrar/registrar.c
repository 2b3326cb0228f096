/* Who is registered, and how the state of checks moves (registrar.h). */
#include "catalog/registrar/impl.h"
#include "base/check.h"
#include <stdio.h>
#include <stdlib.h>

void registrar_init(struct registrar *r)
{
	*r = (struct registrar){ .index = 1 };
	map_init(&r->by_id, REGISTRAR_SERVICES_MAX);
	found_init(&r->found);
}

void registered_free(struct registered *s)
{
	arena_release(&s->arena);
	free(s);
}

void registrar_release(struct registrar *r)
{
	for (uint32_t i = 0; i < r->by_id.count; i++)
		registered_free(r->by_id.entries[i].value);
	map_release(&r->by_id);
	found_release(&r->found);
}

struct registered *registrar_service(const struct registrar *r, struct str id) { return map_get(&r->by_id, id); }

enum instance_health registered_health(const struct registered *s)
{
	enum instance_health worst = INSTANCE_PASSING;
	for (size_t i = 0; i < s->checks_count; i++)
		worst = s->checks[i].health > worst ? s->checks[i].health : worst;
	return worst;
}

/* Something that readers may have asked for is other than it was. */
static void moved(struct registrar *r, struct registered *s)
{
	struct arena a;
	s->modified = ++r->index;
	arena_init(&a, 16 << 10);
	struct str address = s->address.len && s->port ? arena_printf(&a, str_find_char(s->address, ':') != SIZE_MAX ? "[%.*s]:%d" : "%.*s:%d", STR_FMT(s->address), s->port) : s->address;
	struct instance i = { s->name, s->id, address, s->owner, registered_health(s) };
	found_put(&r->found, s->id, &i, 1);
	arena_release(&a);
}

static bool unknown(struct str id, struct err *e)
{
	return err_set(e, ERR_NOT_FOUND, "Unknown service ID \"%.*s\". Ensure that the service ID is passed, not the service name.", STR_FMT(str_sub(id, 0, REGISTRAR_TEXT_MAX)));
}

/* --- maintenance --- */

#define MAINTENANCE "_service_maintenance:"

static struct registered_check *maintenance_of(struct registered *s)
{
	for (size_t i = 0; i < s->checks_count; i++)
		if (check_rests(&s->checks[i]))
			return &s->checks[i];
	return NULL;
}

static void maintain(struct registered *s, struct str reason, int64_t now)
{
	struct registered_check *c = maintenance_of(s);
	c = c ? c : &s->checks[s->checks_count++];
	if (!s->maintenance.p)
		s->maintenance = arena_printf(&s->arena, MAINTENANCE "%.*s", STR_FMT(s->id));
	*c = (struct registered_check){ .service = s, .id = s->maintenance, .name = STR("Service Maintenance Mode"), .type = STR("maintenance"), .health = INSTANCE_CRITICAL, .critical_since = now };
	snprintf(c->output, sizeof(c->output), "%.*s", (int)str_sub(reason, 0, REGISTRAR_OUTPUT_MAX).len, reason.p ? reason.p : "");
}

bool registrar_maintain(struct registrar *r, struct str id, bool on, struct str reason, int64_t now, struct err *e)
{
	struct registered *s = map_get(&r->by_id, id);
	struct registered_check *c = s ? maintenance_of(s) : NULL;
	if (!s)
		return unknown(id, e);
	if (on == (c != NULL))
		return true;
	if (on)
		maintain(s, reason.len ? reason : STR("Maintenance mode is enabled for this service, but no reason was provided. This is a default message."), now);
	else
		*c = s->checks[--s->checks_count];
	r->changed = true;
	moved(r, s);
	return true;
}

/* --- who is registered --- */

/* A check of the same name and kind goes on as it was. */
static void carry_over(const struct registered *before, struct registered *s)
{
	for (size_t i = 0; i < s->checks_count; i++)
		for (size_t k = 0; k < before->checks_count; k++) {
			struct registered_check *c = &s->checks[i];
			const struct registered_check *b = &before->checks[k];
			if (!str_eq(c->id, b->id) || !str_eq(c->type, b->type) || !str_eq(c->target, b->target))
				continue;
			c->health = b->health;
			c->critical_since = b->critical_since;
			memcpy(c->output, b->output, sizeof(c->output));
		}
	for (size_t k = 0; k < before->checks_count; k++)
		if (check_rests(&before->checks[k]))
			maintain(s, str_z(before->checks[k].output), before->checks[k].critical_since);
}

bool registrar_add(struct registrar *r, struct registered *s, struct err *e)
{
	struct registered *before = map_get(&r->by_id, s->id);
	s->created = r->index + 1;
	if (before) {
		s->created = before->created;
		carry_over(before, s);
		map_remove(&r->by_id, s->id);
		registered_free(before);
	}
	for (size_t i = 0; i < s->checks_count; i++)
		s->checks[i].serial = ++r->serial;
	if (!map_put(&r->by_id, s->id, s)) {
		registered_free(s);
		return err_set(e, ERR_TOO_LARGE, "more than %d services are not taken", REGISTRAR_SERVICES_MAX);
	}
	r->changed = true;
	moved(r, s);
	return true;
}

bool registrar_deregister(struct registrar *r, struct str id, struct err *e)
{
	struct registered *s = map_get(&r->by_id, id);
	if (!s)
		return unknown(id, e);
	map_remove(&r->by_id, s->id);
	found_remove(&r->found, s->id);
	registered_free(s);
	r->index++;
	r->changed = true;
	return true;
}

/* --- checks ------------------------------------------------------------------------------------------------------------------------------------------------ */

static void becomes(struct registrar *r, struct registered_check *c, enum instance_health health, struct str output, int64_t now)
{
	bool same = c->health == health && str_eq(str_z(c->output), str_sub(output, 0, REGISTRAR_OUTPUT_MAX));
	c->health = health;
	snprintf(c->output, sizeof(c->output), "%.*s", (int)(output.len > REGISTRAR_OUTPUT_MAX ? REGISTRAR_OUTPUT_MAX : output.len), output.p ? output.p : "");
	c->critical_since = health != INSTANCE_CRITICAL ? 0 : c->critical_since ? c->critical_since : now;
	if (!same)
		moved(r, c->service);
}

static struct registered_check *check_of(const struct registrar *r, struct str id)
{
	for (uint32_t i = 0; i < r->by_id.count; i++) {
		struct registered *s = r->by_id.entries[i].value;
		for (size_t k = 0; k < s->checks_count; k++)
			if (str_eq(s->checks[k].id, id))
				return &s->checks[k];
	}
	return NULL;
}

bool registrar_check(struct registrar *r, struct str check_id, enum instance_health health, struct str output, int64_t now, struct err *e)
{
	struct registered_check *c = check_of(r, check_id);
	if (!c)
		return err_set(e, ERR_NOT_FOUND, "Unknown check ID \"%.*s\"", STR_FMT(str_sub(check_id, 0, REGISTRAR_TEXT_MAX)));
	if (!c->ttl)
		return err_set(e, ERR_INPUT, "the check \"%.*s\" is not one of TTL", STR_FMT(str_sub(check_id, 0, REGISTRAR_TEXT_MAX)));
	c->due = now + c->ttl;
	becomes(r, c, health, output, now);
	return true;
}

void registrar_asked(struct registrar *r, struct str service_id, struct str check_id, uint64_t serial, enum instance_health health, struct str output, int64_t now)
{
	struct registered *s = map_get(&r->by_id, service_id);
	for (size_t i = 0; s && i < s->checks_count; i++) {
		struct registered_check *c = &s->checks[i];
		if (!str_eq(c->id, check_id) || c->serial != serial)
			continue;
		c->asking = false;
		c->due = now + c->interval;
		becomes(r, c, health, output, now);
	}
}

/* --- time -------------------------------------------------------------------------------------------------------------------------------------------------- */

static bool too_long(const struct registered *s, int64_t now)
{
	for (size_t i = 0; i < s->checks_count; i++)
		if (s->checks[i].deregister_after && s->checks[i].critical_since && now >= s->checks[i].critical_since + s->checks[i].deregister_after)
			return true;
	return false;
}

void registrar_turn(struct registrar *r, int64_t now)
{
	struct err ignored = { 0 };
	for (uint32_t i = r->by_id.count; i-- > 0;) { /* what takes a removed one's place was looked at */
		struct registered *s = r->by_id.entries[i].value;
		for (size_t k = 0; k < s->checks_count; k++) {
			struct registered_check *c = &s->checks[k];
			if (c->ttl && c->due && now >= c->due) {
				c->due = 0;
				becomes(r, c, INSTANCE_CRITICAL, STR("TTL expired"), now);
			}
		}
		if (too_long(s, now))
			registrar_deregister(r, s->id, &ignored);
	}
}

int64_t registrar_due(const struct registrar *r)
{
	int64_t due = INT64_MAX;
	for (uint32_t i = 0; i < r->by_id.count; i++) {
		const struct registered *s = r->by_id.entries[i].value;
		for (size_t k = 0; k < s->checks_count; k++) {
			const struct registered_check *c = &s->checks[k];
			int64_t gone = c->deregister_after && c->critical_since ? c->critical_since + c->deregister_after : INT64_MAX;
			int64_t mine = c->due && !c->asking ? c->due : INT64_MAX;
			mine = gone < mine ? gone : mine;
			due = mine < due ? mine : due;
		}
	}
	return due;
}
