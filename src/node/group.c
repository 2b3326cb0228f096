/* A group: the slots of one service or part, and what is wanted of them. A change of command, environment, directory or limits replaces the
 * running instances; a change of health path or grace only takes effect.
 *
 * Replacing: an instance that is not healthy serves nobody and is replaced at once; healthy ones one at a time, the next when every
 * wanted slot is healthy again. A version that never becomes healthy therefore stops its own roll-out, and the rest serve on. */
#include "base/check.h"
#include "node/node_impl.h"
#include <stdio.h>
#include <stdlib.h>

static struct instance *slot(struct group *g, uint32_t number)
{
	if (number > g->slot_count) {
		struct instance **slots = realloc(g->slots, number * sizeof(*slots));
		CHECK(slots);
		g->slots = slots;
		while (g->slot_count < number) {
			slots[g->slot_count] = instance_new(g, (uint32_t)g->slot_count + 1);
			g->slot_count++;
		}
	}
	return g->slots[number - 1];
}

struct group *group_new(struct node *n, struct str name)
{
	struct group *g = calloc(1, sizeof(*g));
	CHECK(g && name.len < sizeof(g->name));
	g->node = n;
	memcpy(g->name, name.p, name.len);
	return g;
}

void group_free(struct group *g)
{
	for (size_t i = 0; i < g->slot_count; i++)
		instance_free(g->slots[i]);
	free(g->slots);
	snapshot_unref(g->snapshot);
	free(g);
}

bool group_is_live(const struct group *g)
{
	for (size_t i = 0; i < g->slot_count; i++)
		if (g->slots[i]->state != INSTANCE_STOPPED)
			return true;
	return false;
}

/* --- what is wanted ---------------------------------------------------------------------------------------------------------------- */

static uint64_t fingerprint_of(const struct group *g)
{
	struct launch_facts f = { .snapshot = g->snapshot, .service = g->service, .version = launch_version(g->service) };
	return g->service ? launch_fingerprint(&f) : 0;
}

/* It goes on as it is; only what is read while it runs comes from the new snapshot, so that the old one can go. */
static void keep(struct instance *i)
{
	struct group *g = i->group;
	struct snapshot *before = i->snapshot;
	i->snapshot = snapshot_ref(g->snapshot);
	i->service = g->service;
	i->resource.version = launch_version(g->service);
	i->health.path = g->service->run.health;
	i->outdated = false;
	snapshot_unref(before);
}

static void compare(struct instance *i)
{
	if (i->state == INSTANCE_STOPPED)
		return;
	if (i->fingerprint == i->group->fingerprint) {
		keep(i);
	} else {
		i->outdated = true;
		i->given_up = false; /* what it did before tells nothing about what it becomes */
		i->failures = 0;
	}
}

void group_apply(struct group *g, struct snapshot *s, const struct snap_service *service)
{
	struct snapshot *before = g->snapshot;
	g->snapshot = s ? snapshot_ref(s) : NULL;
	g->service = service;
	g->wanted = service ? service->run.instances : 0;
	if (service)
		g->fingerprint = fingerprint_of(g);
	for (size_t i = 0; service && i < g->slot_count; i++)
		compare(g->slots[i]);
	for (size_t i = g->wanted; i < g->slot_count; i++)
		instance_unwant(g->slots[i]);
	for (uint32_t n = 1; n <= g->wanted; n++)
		instance_want(slot(g, n));
	if (before)
		snapshot_unref(before);
}

void group_tell_stop(struct group *g)
{
	g->told = true;
	g->wanted = 0;
	for (size_t i = 0; i < g->slot_count; i++)
		instance_unwant(g->slots[i]);
}

/* --- replacing --------------------------------------------------------------------------------------------------------------------- */

void group_roll(struct group *g)
{
	struct instance *next = NULL;
	bool all_healthy = true;
	for (uint32_t n = 0; n < g->wanted; n++) {
		struct instance *i = g->slots[n];
		if (i->outdated && i->state != INSTANCE_HEALTHY)
			instance_event(i, EVENT_REPLACE);
		else if (i->outdated && !next)
			next = i;
		all_healthy &= i->state == INSTANCE_HEALTHY;
	}
	if (next && all_healthy)
		instance_event(next, EVENT_REPLACE);
}
