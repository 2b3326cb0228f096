/* An instance from state to state: events in, actions out (the table is in state.c). All timers of an instance are here. */
#include "base/check.h"
#include "base/metric.h"
#include "node/node_impl.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static void timer_due(struct timer *t);

void instance_why(struct instance *i, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(i->why, sizeof(i->why), format, args);
	va_end(args);
}

int64_t instance_grace(const struct instance *i)
{
	return i->service ? i->service->run.stop_grace : PART_GRACE;
}

int64_t instance_backoff(const struct node *n, uint32_t failures)
{
	int64_t delay = n->options.backoff_first;
	if (failures <= 1)
		return 0;
	for (uint32_t i = 2; i < failures && delay < n->options.backoff_max; i++)
		delay *= 2;
	return delay < n->options.backoff_max ? delay : n->options.backoff_max;
}

/* --- actions ----------------------------------------------------------------------------------------------------------------------- */

static void set_timer(struct instance *i, int64_t delay)
{
	struct loop *l = i->group->node->loop;
	timer_set(&i->timer, l, loop_now(l) + delay, timer_due);
}

static void begin_health(struct instance *i)
{
	const struct node_options *o = &i->group->node->options;
	i->bad_checks = 0;
	i->health.interval = o->health_interval;
	i->health.timeout = o->health_timeout;
	if (i->group->part) {
		i->health.address = i->group->part->address;
		i->health.path = STR("/healthz");
	} else {
		i->health.address = ports_addr(i->port);
		i->health.path = i->service->run.health;
	}
	health_begin(&i->health);
}

/* A start that fails is answered by an event of its own, so the state is STARTING by now. */
static void start(struct instance *i)
{
	bool soon = false;
	if (process_start(i, &soon)) {
		begin_health(i);
		return;
	}
	if (soon) {
		i->port_waits++;
	} else {
		i->port_waits = 0;
		i->failures = i->failures < 1 ? 2 : i->failures + 1; /* what cannot start now will not at once either */
		node_say(i, SEVERITY_ERROR, "%s cannot start: %s", i->name, i->why);
	}
	instance_event(i, EVENT_START_FAILED);
}

static void ask_to_stop(struct instance *i)
{
	health_end(&i->health);
	sys_kill(i->process.pid, SYS_SIGTERM);
	set_timer(i, instance_grace(i));
}

static void kill_it(struct instance *i)
{
	node_say(i, SEVERITY_WARN, "%s did not stop within %lld ms of SIGTERM; killed", i->name, (long long)(instance_grace(i) / MSEC));
	sys_kill(i->process.pid, SYS_SIGKILL);
}

static void act(struct instance *i, enum instance_action a)
{
	const struct node *n = i->group->node;
	switch (a) {
	case ACTION_NONE:
	case ACTION_WORRY: /* the timer was cancelled with the state */
		return;
	case ACTION_START:
		start(i);
		return;
	case ACTION_TERM:
		ask_to_stop(i);
		return;
	case ACTION_KILL:
		kill_it(i);
		return;
	case ACTION_WAIT:
		set_timer(i, i->port_waits ? PORT_WAIT : instance_backoff(n, i->failures));
		return;
	case ACTION_CALM:
		i->why[0] = 0;
		set_timer(i, n->options.backoff_reset);
		return;
	case ACTION_FORGET:
		i->failures = 0;
		return;
	case ACTION_END:
		i->why[0] = 0;
		return;
	case ACTION_IMPOSSIBLE:
		break;
	}
	UNREACHABLE();
}

void instance_event(struct instance *i, enum instance_event e)
{
	struct transition t = state_transition(i->state, e);
	CHECK(t.action != ACTION_IMPOSSIBLE);
	if (t.next != i->state) {
		timer_cancel(&i->timer);
		i->state = t.next;
		i->since = sys_wall();
	} else if (t.action == ACTION_NONE) {
		return;
	}
	act(i, t.action);
	node_changed(i->group->node);
}

static void timer_due(struct timer *t)
{
	struct instance *i = CONTAINER_OF(t, struct instance, timer);
	switch (i->state) {
	case INSTANCE_HEALTHY:
		instance_event(i, EVENT_HEALTHY_LONG);
		return;
	case INSTANCE_STOPPING:
		instance_event(i, EVENT_GRACE_DUE);
		return;
	case INSTANCE_BACKOFF:
		instance_event(i, EVENT_BACKOFF_DUE);
		return;
	case INSTANCE_STARTING:
	case INSTANCE_UNHEALTHY:
	case INSTANCE_STOPPED:
		break;
	}
	UNREACHABLE();
}

/* --- health ------------------------------------------------------------------------------------------------------------------------ */

/* Without a health path nobody has promised that it listens at all: it may be a worker, and is left alone until it has listened once. */
static bool may_give_up(const struct instance *i)
{
	return i->group->part || !str_empty(i->service->run.health) || i->health.was_well;
}

static void check_failed_again(struct instance *i, const char *why)
{
	const struct node_options *o = &i->group->node->options;
	bool patient = i->state == INSTANCE_STARTING && loop_now(i->group->node->loop) - i->begun < o->start_patience;
	if (i->why[0] == 0)
		node_changed(i->group->node); /* the reason is news even before it counts */
	instance_why(i, "%s", why);
	i->bad_checks = i->state == INSTANCE_STARTING && !patient ? o->health_threshold : i->bad_checks + 1;
	if (patient)
		return;
	if (i->state == INSTANCE_UNHEALTHY && i->bad_checks >= 2 * o->health_threshold && may_give_up(i)) {
		node_say(i, SEVERITY_WARN, "%s stays unhealthy and is started again: %s", i->name, why);
		i->given_up = true;
		instance_event(i, EVENT_GIVE_UP);
	} else if (i->state != INSTANCE_UNHEALTHY && i->bad_checks >= o->health_threshold) {
		node_say(i, SEVERITY_WARN, "%s is unhealthy: %s", i->name, why);
		instance_event(i, EVENT_HEALTH_BAD);
	}
}

static void health_result(struct health *h, bool well, const char *why)
{
	struct instance *i = CONTAINER_OF(h, struct instance, health);
	if (!well) {
		check_failed_again(i, why);
		return;
	}
	if (i->why[0])
		node_changed(i->group->node);
	i->why[0] = 0;
	i->bad_checks = 0;
	instance_event(i, EVENT_HEALTH_OK);
}

/* --- wishes ------------------------------------------------------------------------------------------------------------------------ */

void instance_want(struct instance *i)
{
	i->wanted = true;
	instance_event(i, EVENT_WANT);
}

void instance_unwant(struct instance *i)
{
	i->wanted = false;
	instance_event(i, EVENT_UNWANT);
}

/* Instances have names as services have them, at most 63 characters: where the service's own is that long, its beginning and a hash of it. */
static void name_instance(struct instance *i)
{
	enum { NAME_MOST = 63, BEGINNING = 48 };
	struct str service = str_z(i->group->name);
	int n = snprintf(i->name, sizeof(i->name), "%s-%u", i->group->name, i->number);
	if (n <= NAME_MOST)
		return;
	size_t keep = BEGINNING;
	while (keep > 0 && strchr("-_.", service.p[keep - 1]))
		keep--;
	snprintf(i->name, sizeof(i->name), "%.*s-%08x-%u", (int)keep, service.p, (unsigned)str_hash(service), i->number);
}

/* --- life cycle -------------------------------------------------------------------------------------------------------------------- */

struct instance *instance_new(struct group *g, uint32_t number)
{
	struct instance *i = calloc(1, sizeof(*i));
	CHECK(i);
	i->group = g;
	i->number = number;
	if (g->part)
		snprintf(i->name, sizeof(i->name), "%s", g->name);
	else
		name_instance(i);
	i->state = INSTANCE_STOPPED;
	i->process = (struct sys_process){ .handle = -1, .out = -1, .err = -1 };
	i->ended = (struct watcher){ .fd = -1 };
	i->health.loop = g->node->loop;
	i->health.client = g->node->options.client;
	i->health.on_result = health_result;
	tail_init(&i->tail);
	buf_init(&i->last_lines, TAIL_MAX_BYTES);
	i->resource = (struct resource){ .service = str_z(g->name), .instance = str_z(i->name), .attrs = &g->node->resource_attr, .attr_count = 1 };
	return i;
}

void instance_free(struct instance *i)
{
	CHECK(i->state == INSTANCE_STOPPED && i->process.pid == 0 && !timer_is_set(&i->timer));
	ports_give_back(&i->group->node->ports, i->port);
	snapshot_unref(i->snapshot);
	tail_release(&i->tail);
	buf_release(&i->last_lines);
	free(i);
}
