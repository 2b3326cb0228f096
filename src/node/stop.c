/* The order in which everything stops: a service when nothing that calls it runs any more; where services call each other in a circle, the
 * first by name begins. Then the parts, by stop_order. Each step is taken when something has ended (node_settle). */
#include "base/check.h"
#include "node/node_impl.h"

static void mark_called(struct node *n)
{
	for (size_t i = 0; i < n->service_count; i++)
		n->services[i]->called = false;
	for (size_t i = 0; i < n->service_count; i++) {
		const struct group *caller = n->services[i];
		if (!caller->service || !group_is_live(caller))
			continue;
		for (size_t c = 0; c < caller->service->calls_count; c++) {
			struct group *callee = group_find(n, caller->service->calls[c].callee);
			if (callee && callee != caller)
				callee->called = true;
		}
	}
}

/* False when no service is left. */
static bool stop_services(struct node *n)
{
	struct group *first = NULL;
	bool moving = false;
	mark_called(n);
	for (size_t i = 0; i < n->service_count; i++) {
		struct group *g = n->services[i];
		if (!group_is_live(g))
			continue;
		if (!first && !g->told)
			first = g; /* sorted by name */
		if (!g->told && !g->called)
			group_tell_stop(g);
		moving |= g->told && group_is_live(g);
	}
	if (first && !moving && group_is_live(first)) {
		group_tell_stop(first);
		moving = true;
	}
	return moving;
}

static bool stop_parts(struct node *n)
{
	int order = 0;
	bool live = false;
	for (size_t i = 0; i < n->part_count; i++) {
		const struct group *g = n->parts[i];
		if (group_is_live(g) && (!live || g->part->stop_order < order)) {
			order = g->part->stop_order;
			live = true;
		}
	}
	for (size_t i = 0; live && i < n->part_count; i++) {
		struct group *g = n->parts[i];
		if (g->part->stop_order == order && !g->told)
			group_tell_stop(g);
	}
	return live;
}

bool stop_step(struct node *n)
{
	/* A group in back-off stops at once: then the next may follow in the same step. At most one group goes in each round. */
	for (size_t round = 0; round <= n->service_count; round++) {
		if (stop_services(n))
			return false;
		bool live = false;
		for (size_t i = 0; i < n->service_count; i++)
			live |= group_is_live(n->services[i]);
		if (!live)
			break;
	}
	for (size_t round = 0; round <= n->part_count; round++) {
		if (!stop_parts(n))
			return true;
		for (size_t i = 0; i < n->part_count; i++)
			if (n->parts[i]->told && group_is_live(n->parts[i]))
				return false;
	}
	return true;
}
