/* What control hears of this node (model/node_status.h). */
#include "base/check.h"
#include "node/node_impl.h"

enum { REPORT_MAX_MEMORY = 64 << 20, REPORT_MAX_UNCONFINED = 256 };

/* Reading /proc costs more than everything else here: at most once a second each. */
static struct sys_usage usage_of(struct instance *i)
{
	int64_t now = sys_now();
	struct sys_usage none = { 0 };
	if (i->process.pid == 0)
		return none;
	if (i->usage_at == 0 || now - i->usage_at >= USAGE_AGE) {
		if (sys_usage(i->process.pid, &i->usage) < 0)
			i->usage = none;
		i->usage_at = now;
	}
	return i->usage;
}

static void fill(struct instance *i, struct instance_status *s, struct arena *a)
{
	struct sys_usage usage = usage_of(i);
	struct str why = i->why[0] ? str_z(i->why) : str_z(i->moved);
	*s = (struct instance_status){
		.service = arena_str(a, str_z(i->group->name)),
		.instance = arena_str(a, str_z(i->name)),
		.part = i->group->part != NULL,
		.state = i->state,
		.pid = i->process.pid,
		.since = i->since,
		.started = i->started,
		.restarts = i->restarts,
		.last_exit = arena_str(a, str_z(i->last_exit)),
		.last_lines = arena_str(a, buf_str(&i->last_lines)),
		.why = arena_str(a, why),
		.rss = usage.rss,
		.cpu_ns = usage.cpu_ns,
	};
	if (i->group->part)
		s->address = i->group->part->address;
	else if (i->port)
		s->address = ports_addr(i->port);
	if (i->state == INSTANCE_BACKOFF)
		s->next_start = sys_wall() + (i->timer.due - sys_now());
}

/* A slot that is neither wanted nor anything any more is nobody's business. */
static bool is_shown(const struct instance *i) { return i->wanted || i->state != INSTANCE_STOPPED; }

static void add_group(struct node_status *s, const struct group *g)
{
	for (size_t k = 0; k < g->slot_count; k++)
		if (is_shown(g->slots[k]))
			fill(g->slots[k], &s->instances[s->instances_count++], &s->arena);
}

static void add_unconfined(struct node_status *s, const struct group *g)
{
	if (!g->service || g->service->run.cpus <= 0 || s->unconfined_count == REPORT_MAX_UNCONFINED)
		return;
	s->unconfined[s->unconfined_count++] =
		arena_printf(&s->arena, "cpus of %s: no cgroup limit is applied, so it may use more than the %g it declares", g->name,
			     g->service->run.cpus);
}

struct node_status *node_report(const struct node *n)
{
	struct arena a;
	size_t slots = 0;
	arena_init(&a, REPORT_MAX_MEMORY);
	struct node_status *s = ARENA_NEW(&a, struct node_status);
	CHECK(s);
	s->arena = a; /* it lives in its own arena */
	s->node = arena_str(&s->arena, n->options.name);
	s->fleet_version = n->snapshot ? n->snapshot->fleet_version : 0;
	s->time = sys_wall();
	for (size_t i = 0; i < n->service_count; i++)
		slots += n->services[i]->slot_count;
	s->instances = ARENA_ARRAY(&s->arena, slots + n->part_count + 1, struct instance_status);
	s->unconfined = ARENA_ARRAY(&s->arena, REPORT_MAX_UNCONFINED, struct str);
	CHECK(s->instances && s->unconfined); /* the limits on services and instances keep this far below the arena's */
	for (size_t i = 0; i < n->part_count; i++)
		add_group(s, n->parts[i]);
	for (size_t i = 0; i < n->service_count; i++) {
		add_group(s, n->services[i]);
		add_unconfined(s, n->services[i]);
	}
	if (n->files)
		logfiles_report(n->files, s);
	else
		s->files_wait = arena_str(&s->arena, str_z(n->files_trouble));
	return s;
}
