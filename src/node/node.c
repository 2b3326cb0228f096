/* The node as a whole: its options, its groups, and one step a turn of whatever is under way (replacements, stopping, telling of changes). */
#include "node/node.h"
#include "base/check.h"
#include "base/metric.h"
#include "node/node_impl.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static void settle(struct deferred *d);

void node_changed(struct node *n)
{
	if (!n->settle.queued)
		loop_defer(n->loop, &n->settle, settle);
}

void node_say(struct instance *i, enum severity severity, const char *format, ...)
{
	struct node *n = i->group->node;
	struct resource own = { .service = STR("pleach-node"), .version = n->options.version, .instance = n->options.name };
	struct attr attrs[] = { attr_str(STR("pleach.service"), str_z(i->group->name)), attr_str(STR("pleach.instance"), str_z(i->name)) };
	char body[1024];
	va_list args;
	va_start(args, format);
	vsnprintf(body, sizeof(body), format, args);
	va_end(args);
	int64_t now = sys_wall();
	struct log_record r = {
		.resource = &own,
		.time = now,
		.observed = now,
		.severity = (uint8_t)severity,
		.body = str_z(body),
		.attrs = attrs,
		.attr_count = ARRAY_LEN(attrs),
	};
	n->options.on_record(n->options.ctx, &r);
}

/* --- log files ---------------------------------------------------------------------------------------------------------------------- */

static void files_say(void *ctx, uint8_t severity, struct str message)
{
	struct node *n = ctx;
	struct resource own = { .service = STR("pleach-node"), .version = n->options.version, .instance = n->options.name };
	int64_t now = sys_wall();
	struct log_record r = { .resource = &own, .time = now, .observed = now, .severity = severity, .body = message };
	n->options.on_record(n->options.ctx, &r);
}

static void files_changed(void *ctx) { node_changed(ctx); }

static void open_files(struct node *n)
{
	struct err e = { 0 };
	struct logfiles_options o = { .state = n->options.files_state, .store = n->options.store, .client = n->options.client, .node = n->options.name,
				      .say = files_say, .on_change = files_changed, .ctx = n };
	if (str_empty(n->options.files_state))
		return;
	n->files = logfiles_new(n->loop, &o, &e);
	if (n->files)
		return;
	snprintf(n->files_trouble, sizeof(n->files_trouble), "no log file is followed: %s", e.message);
	files_say(n, SEVERITY_ERROR, str_z(n->files_trouble));
}

static void files_stopped(void *ctx)
{
	struct node *n = ctx;
	logfiles_free(n->files);
	n->files = NULL;
	node_changed(n);
}

/* After everything else: until then they may say something, and the store is there to take it. What is left waits in the files. */
static bool files_ended(struct node *n)
{
	if (n->files && !n->files_stopping) {
		n->files_stopping = true;
		logfiles_stop(n->files, files_stopped, n);
	}
	return !n->files;
}

/* --- making ------------------------------------------------------------------------------------------------------------------------ */

static const struct str *copy_list(struct node *n, const struct str *items, size_t count)
{
	struct str *copy = ARENA_ARRAY(&n->arena, count ? count : 1, struct str);
	for (size_t i = 0; copy && i < count; i++)
		copy[i] = arena_str(&n->arena, items[i]);
	return copy;
}

static int64_t or_default(int64_t value, int64_t otherwise) { return value > 0 ? value : otherwise; }

static void take_options(struct node *n, const struct node_options *o)
{
	n->options = *o;
	n->options.name = arena_str(&n->arena, o->name);
	n->options.version = arena_str(&n->arena, o->version);
	n->options.files_state = arena_str(&n->arena, o->files_state);
	n->options.env = copy_list(n, o->env, o->env_count);
	n->options.backoff_first = or_default(o->backoff_first, 10 * SECOND);
	n->options.backoff_max = or_default(o->backoff_max, 300 * SECOND);
	n->options.backoff_reset = or_default(o->backoff_reset, 600 * SECOND);
	n->options.health_interval = or_default(o->health_interval, SECOND);
	n->options.health_timeout = or_default(o->health_timeout, SECOND);
	n->options.start_patience = or_default(o->start_patience, 60 * SECOND);
	n->options.health_threshold = o->health_threshold ? o->health_threshold : 3;
	n->resource_attr = attr_str(STR("pleach.node"), n->options.name);
}

struct node *node_new(struct loop *l, const struct node_options *o)
{
	struct node *n = calloc(1, sizeof(*n));
	if (!n)
		return NULL;
	n->loop = l;
	arena_init(&n->arena, NODE_MAX_MEMORY);
	arena_init(&n->launch, LAUNCH_MAX_MEMORY);
	bool ok = line_parser_init(&n->parser);
	ports_init(&n->ports);
	take_options(n, o);
	if (!ok || n->arena.full) {
		node_free(n);
		return NULL;
	}
	open_files(n);
	return n;
}

void node_free(struct node *n)
{
	if (!n)
		return;
	CHECK(node_running(n) == 0 && !n->files);
	deferred_cancel(&n->settle);
	for (size_t i = 0; i < n->service_count; i++)
		group_free(n->services[i]);
	for (size_t i = 0; i < n->part_count; i++)
		group_free(n->parts[i]);
	free(n->services);
	free(n->parts);
	if (n->snapshot)
		snapshot_unref(n->snapshot);
	line_parser_release(&n->parser);
	arena_release(&n->launch);
	arena_release(&n->arena);
	free(n);
}

void node_run_parts(struct node *n, const struct node_part *parts, size_t count)
{
	CHECK(!n->parts && !n->snapshot);
	struct node_part *copies = ARENA_ARRAY(&n->arena, count ? count : 1, struct node_part);
	n->parts = calloc(count ? count : 1, sizeof(*n->parts));
	CHECK(n->parts && copies);
	for (size_t i = 0; i < count; i++) {
		copies[i] = parts[i];
		copies[i].name = arena_str(&n->arena, parts[i].name);
		copies[i].argv = copy_list(n, parts[i].argv, parts[i].argc);
		copies[i].env = copy_list(n, parts[i].env, parts[i].env_count);
	}
	CHECK(!n->arena.full); /* a handful of parts with environments that the system allowed */
	for (size_t i = 0; i < count; i++) {
		struct group *g = group_new(n, copies[i].name);
		g->part = &copies[i];
		g->wanted = 1;
		g->slots = calloc(1, sizeof(*g->slots));
		CHECK(g->slots);
		g->slots[0] = instance_new(g, 1);
		g->slot_count = 1;
		n->parts[n->part_count++] = g;
		instance_want(g->slots[0]);
	}
	node_changed(n);
}

/* --- services ---------------------------------------------------------------------------------------------------------------------- */

/* Where it is, or where it belongs. */
static size_t group_place(const struct node *n, struct str name)
{
	size_t low = 0, high = n->service_count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (str_cmp(str_z(n->services[middle]->name), name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct group *group_find(const struct node *n, struct str name)
{
	size_t at = group_place(n, name);
	return at < n->service_count && str_eq(str_z(n->services[at]->name), name) ? n->services[at] : NULL;
}

static struct group *group_add(struct node *n, struct str name)
{
	size_t at = group_place(n, name);
	if (n->service_count == n->service_room) {
		n->service_room = n->service_room ? 2 * n->service_room : 16;
		n->services = realloc(n->services, n->service_room * sizeof(*n->services));
		CHECK(n->services);
	}
	memmove(n->services + at + 1, n->services + at, (n->service_count - at) * sizeof(*n->services));
	n->services[at] = group_new(n, name);
	n->service_count++;
	return n->services[at];
}

void node_apply(struct node *n, struct snapshot *s)
{
	struct snapshot *before = n->snapshot;
	if (n->stopping)
		return;
	n->snapshot = snapshot_ref(s);
	for (size_t i = 0; i < n->service_count; i++) {
		const struct snap_service *service = snapshot_service(s, str_z(n->services[i]->name));
		if (!service || !service->run.present)
			group_apply(n->services[i], NULL, NULL);
	}
	for (size_t i = 0; i < s->services_count; i++) {
		const struct snap_service *service = &s->services[i];
		if (!service->run.present)
			continue;
		struct group *g = group_find(n, service->name);
		group_apply(g ? g : group_add(n, service->name), s, service);
	}
	if (n->files)
		logfiles_apply(n->files, s);
	if (before)
		snapshot_unref(before);
	node_changed(n);
}

/* Services that are in no snapshot any more and have ended. */
static void drop_groups(struct node *n)
{
	size_t kept = 0;
	for (size_t i = 0; i < n->service_count; i++) {
		struct group *g = n->services[i];
		if (g->service || group_is_live(g))
			n->services[kept++] = g;
		else
			group_free(g);
	}
	n->service_count = kept;
}

/* --- all together -------------------------------------------------------------------------------------------------------------------- */

static size_t count(const struct node *n, bool (*counts)(const struct instance *i))
{
	size_t sum = 0;
	for (size_t k = 0; k < n->service_count + n->part_count; k++) {
		const struct group *g = k < n->service_count ? n->services[k] : n->parts[k - n->service_count];
		for (size_t i = 0; i < g->slot_count; i++)
			sum += counts(g->slots[i]);
	}
	return sum;
}

static bool is_not_stopped(const struct instance *i) { return i->state != INSTANCE_STOPPED; }
static bool has_process(const struct instance *i) { return i->process.pid != 0; }
static bool is_wanted(const struct instance *i) { return i->wanted; }

size_t node_running(const struct node *n) { return count(n, is_not_stopped); }

static void settle(struct deferred *d)
{
	struct node *n = CONTAINER_OF(d, struct node, settle);
	bool ended = false;
	if (n->stopping) {
		ended = stop_step(n) && files_ended(n);
	} else {
		for (size_t i = 0; i < n->service_count; i++)
			group_roll(n->services[i]);
		drop_groups(n);
	}
	metric_set(METRIC_NODE_INSTANCES, (int64_t)count(n, has_process));
	metric_set(METRIC_NODE_WANTED, (int64_t)count(n, is_wanted));
	if (n->options.on_change)
		n->options.on_change(n->options.ctx);
	if (ended && n->stop_done) {
		void (*done)(void *ctx) = n->stop_done;
		n->stop_done = NULL;
		deferred_cancel(&n->settle); /* nothing is left to do, and done may free the node */
		done(n->stop_ctx);
	}
}

void node_stop(struct node *n, void (*done)(void *ctx), void *ctx)
{
	CHECK(!n->stopping);
	n->stopping = true;
	n->stop_done = done;
	n->stop_ctx = ctx;
	node_changed(n);
}
