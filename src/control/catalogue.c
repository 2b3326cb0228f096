/* The catalogue: reads the files that owners wrote, watches them, and compiles them with the nodes' endpoints into snapshots.
 *
 * Invariant: control always has a snapshot. Files that are wrong change nothing: the last good state goes on, and the error is a finding.
 * A snapshot's version rises with every change, also across restarts (ports.c keeps the number). */
#include "base/check.h"
#include "base/metric.h"
#include "control/state.h"
#include "model/record.h"

#define WATCH_EVERY (500 * (int64_t)MSEC)
#define OPERATIONS_AFTER (200 * (int64_t)MSEC)

static struct str file_of(struct control *c, struct arena *a, const char *name)
{
	return arena_printf(a, "%.*s/%s", STR_FMT(c->options.state), name);
}

/* Takes the snapshot over, tells followers, keeps it on disk for a start with wrong files. */
static void publish(struct control *c, struct snapshot *s)
{
	struct err e = { 0 };
	struct arena scratch;
	arena_init(&scratch, 64 << 10);
	if (c->snapshot)
		snapshot_unref(c->snapshot);
	c->snapshot = s;
	buf_clear(&c->snapshot_json);
	snapshot_encode(s, &c->snapshot_json);
	metric_set(METRIC_CONTROL_SNAPSHOT, (int64_t)s->version);
	if (!buf_ok(&c->snapshot_json))
		control_log(c, SEVERITY_ERROR, "the snapshot is larger than its limit of %zu bytes", c->snapshot_json.limit);
	else if (!sys_write_file(file_of(c, &scratch, "snapshot.json"), buf_str(&c->snapshot_json), &e))
		control_log(c, SEVERITY_ERROR, "the snapshot could not be kept on disk: %s", e.message);
	arena_release(&scratch);
	poll_announce(c);
}

/* The operations that the present snapshot has for this version: of contracts that were read before they changed, or before this start. */
static const struct operation *operations_before(const struct control *c, struct str service, const struct served *served, size_t *n)
{
	const struct snap_service *s = c->snapshot ? snapshot_service(c->snapshot, service) : NULL;
	for (size_t i = 0; s && i < s->serves_count; i++) {
		if (!str_eq(s->serves[i].version, served->version) || !str_eq(s->serves[i].path, served->path))
			continue;
		*n = s->serves[i].operations_count;
		return s->serves[i].operations;
	}
	*n = 0;
	return NULL;
}

/* Contracts are read off the thread, so at a start none is: calls that come meanwhile are counted as those of the operations known before. */
static const struct operation *operations_of(void *ctx, struct str service, const struct served *served, size_t *n)
{
	const struct control *c = ctx;
	const struct operation *list = c->options.operations(c->options.operations_ctx, service, served, n);
	return list || !served->schema.len ? list : operations_before(c, service, served, n);
}

/* A new snapshot of the present fleet and endpoints. */
static bool compile(struct control *c, bool fleet_changed, struct err *e)
{
	struct snapshot_sources sources = { .fleet = c->fleet,
					    .version = c->version + 1,
					    .fleet_version = c->fleet_version + (fleet_changed ? 1 : 0),
					    .port = ports_of_edge,
					    .endpoints = nodes_endpoints,
					    .operations = c->options.operations ? operations_of : NULL,
					    .ctx = c };
	struct snapshot *s = snapshot_compile(&sources, e);
	if (!s)
		return false;
	c->version = s->version;
	c->fleet_version = s->fleet_version;
	ports_save(c);
	publish(c, s);
	return true;
}

/* Reads the files; on any error nothing changes but the error that is shown. */
static bool reload(struct control *c, struct err *e)
{
	struct fleet *f = fleet_load(c->options.root, e, NULL);
	if (!f)
		return false;
	struct fleet *old = c->fleet;
	c->fleet = f;
	if (!compile(c, true, e)) {
		c->fleet = old;
		fleet_free(f);
		return false;
	}
	if (old)
		fleet_free(old);
	c->fingerprint = fleet_fingerprint(f);
	err_clear(&c->fleet_error);
	for (size_t i = 0; i < c->options.guest_count; i++)
		if (c->options.guests[i].fleet)
			c->options.guests[i].fleet(c->options.guests[i].ctx, f);
	return true;
}

static void not_taken(struct control *c, const struct err *e)
{
	struct buf b;
	if (!err_is_set(&c->fleet_error))
		c->fleet_error_since = sys_wall();
	c->fleet_error = *e;
	metric_inc(METRIC_CONTROL_COMPILES_FAILED);
	buf_init(&b, 2048);
	err_format(e, &b);
	control_log(c, SEVERITY_ERROR, "the files are wrong, the last good state goes on: %.*s", STR_FMT(buf_str(&b)));
	buf_release(&b);
}

/* The files changed since they were last looked at. While they are wrong they are read again at each look: a fingerprint of files that do
 * not parse does not exist. */
static bool files_changed(struct control *c)
{
	return !c->fleet || err_is_set(&c->fleet_error) || fleet_fingerprint(c->fleet) != c->fingerprint;
}

static void on_watch(struct timer *t)
{
	struct control *c = CONTAINER_OF(t, struct control, watch);
	struct err e = { 0 };
	if (files_changed(c)) {
		bool was_wrong = err_is_set(&c->fleet_error);
		if (reload(c, &e)) {
			control_log(c, SEVERITY_INFO, "the files changed: catalogue %llu is in force", (unsigned long long)c->fleet_version);
			events_send(c, "snapshot", STR("{}"));
			judge_soon(c);
		} else if (!was_wrong || strcmp(e.message, c->fleet_error.message) != 0 || e.line != c->fleet_error.line) {
			not_taken(c, &e);
			judge_soon(c);
		}
		if (c->fleet)
			c->fingerprint = fleet_fingerprint(c->fleet);
	}
	timer_set(t, c->loop, loop_now(c->loop) + WATCH_EVERY, on_watch);
}

/* The snapshot of an earlier run: what is known until it is found out anew, and all there is while the files are wrong. */
static struct snapshot *last_good(struct control *c)
{
	struct arena scratch;
	struct err e = { 0 };
	struct str text;
	arena_init(&scratch, 80u << 20);
	struct snapshot *s = sys_read_file(file_of(c, &scratch, "snapshot.json"), 64u << 20, &scratch, &text, &e) ? snapshot_decode(text, &e) : NULL;
	arena_release(&scratch);
	return s;
}

/* Goes on with it, as there is no other. */
static void go_on(struct control *c)
{
	struct snapshot *s = c->snapshot;
	if (s->version > c->version)
		c->version = s->version;
	if (s->fleet_version > c->fleet_version)
		c->fleet_version = s->fleet_version;
	publish(c, snapshot_ref(s));
}

bool catalogue_start(struct control *c, struct err *e)
{
	if (!ports_load(c, e))
		return false;
	c->snapshot = last_good(c);
	if (!reload(c, e)) {
		if (!c->snapshot)
			return false;
		struct err wrong = *e;
		err_clear(e);
		go_on(c);
		not_taken(c, &wrong);
	}
	timer_set(&c->watch, c->loop, sys_now() + WATCH_EVERY, on_watch);
	return true;
}

void catalogue_stop(struct control *c)
{
	timer_cancel(&c->watch);
	timer_cancel(&c->operations);
	if (c->snapshot)
		snapshot_unref(c->snapshot);
	if (c->fleet)
		fleet_free(c->fleet);
}

void catalogue_endpoints_changed(struct control *c)
{
	struct err e = { 0 };
	/* Without readable files the services cannot be compiled anew; endpoints stay as the snapshot on disk has them. */
	if (c->fleet && !compile(c, false, &e))
		control_log(c, SEVERITY_ERROR, "no snapshot could be compiled: %s", e.message);
}

static void on_operations(struct timer *t) { catalogue_endpoints_changed(CONTAINER_OF(t, struct control, operations)); }

/* Contracts are read one by one, and all of them at a start: they make one snapshot. */
void control_operations_changed(struct control *c) { timer_set(&c->operations, c->loop, loop_now(c->loop) + OPERATIONS_AFTER, on_operations); }

const struct service *catalogue_service(const struct control *c, struct str name)
{
	return c->fleet ? fleet_service(c->fleet, name) : NULL;
}

struct str catalogue_owner(const struct control *c, struct str service)
{
	const struct snap_service *s = snapshot_service(c->snapshot, service);
	return s ? s->owner : STR("");
}

struct str catalogue_contact(const struct control *c, struct str owner)
{
	const struct team *t = c->fleet ? fleet_team(c->fleet, owner) : NULL;
	return t ? t->contact : STR("");
}

const struct dependency *catalogue_call(const struct control *c, struct str caller, struct str callee)
{
	const struct service *s = catalogue_service(c, caller);
	for (size_t i = 0; s && i < s->calls_count; i++)
		if (str_eq(s->calls[i].service, callee))
			return &s->calls[i];
	return NULL;
}
