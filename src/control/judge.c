/* The first findings: where the catalogue and what the store saw disagree. Judged every few seconds and after each change of files; a judgement
 * asks the store for what was seen and called in the last hour, and replaces the list as a whole. `since` is kept by id across judgements and,
 * in <state>/findings.json, across restarts. */
#include "base/check.h"
#include "base/metric.h"
#include "base/time.h"
#include "control/state.h"
#include "model/call.h"
#include "model/names.h"
#include "model/record.h"
#include <stdlib.h>

#define JUDGE_EVERY (5 * SECOND)
#define JUDGE_FIRST (SECOND)
/* Fewer instances than wanted is normal for a moment (a restart, a start): a finding only after this. */
#define FEW_PATIENCE (10 * SECOND)
enum { CRASHES = 3, BREAK_CALLS = 5, BREAK_PERCENT = 50 };

struct judging {
	struct control *control;
	struct asking *call;
	struct findings *found;
	bool edges_known, seen_known;
};

static struct findings *findings_new(void)
{
	struct findings *f = calloc(1, sizeof(*f));
	CHECK(f);
	arena_init(&f->arena, 16u << 20);
	return f;
}

static void findings_free(struct findings *f)
{
	if (!f)
		return;
	arena_release(&f->arena);
	free(f);
}

static const struct finding *find_id(const struct findings *f, struct str id)
{
	for (size_t i = 0; f && i < f->count; i++)
		if (str_eq(f->items[i].id, id))
			return &f->items[i];
	return NULL;
}

/* A new finding with what follows from kind and service filled in. NULL when the list is full. */
static struct finding *add(struct judging *j, enum finding_kind kind, struct str service, struct str dependency)
{
	struct findings *f = j->found;
	if (f->count == MAX_FINDINGS || !ARENA_PUSH_ROOM(&f->arena, f->items, f->count, f->capacity))
		return NULL;
	struct finding *x = &f->items[f->count];
	*x = (struct finding){ .kind = kind };
	x->id = dependency.len ? arena_printf(&f->arena, "%.*s:%.*s:%.*s", STR_FMT(finding_infos[kind].name), STR_FMT(service), STR_FMT(dependency)) :
				 arena_printf(&f->arena, "%.*s:%.*s", STR_FMT(finding_infos[kind].name), STR_FMT(service));
	x->service = arena_str(&f->arena, service);
	x->dependency = arena_str(&f->arena, dependency);
	x->owner = arena_str(&f->arena, catalogue_owner(j->control, service));
	x->remedy = finding_infos[kind].remedy;
	const struct finding *before = find_id(j->control->findings, x->id);
	x->since = before ? before->since : sys_wall();
	f->count++;
	return x;
}

static struct place kept_place(struct judging *j, struct place p)
{
	p.file = arena_str(&j->found->arena, p.file);
	return p;
}

/* --- declared alone --------------------------------------------------------------------------------------------------------------- */
static void judge_owner(struct judging *j, const struct service *s)
{
	struct arena *a = &j->found->arena;
	struct finding *x;
	if (!s->owner.len) {
		x = add(j, FINDING_NO_OWNER, s->name, STR(""));
		if (x) {
			x->sentence = arena_printf(a, "Nobody owns %.*s", STR_FMT(s->name));
			x->place = kept_place(j, s->place);
		}
	} else if (!fleet_team(j->control->fleet, s->owner)) {
		x = add(j, FINDING_UNKNOWN_OWNER, s->name, STR(""));
		if (x) {
			x->sentence = arena_printf(a, "%.*s is owned by `%.*s`, which is no team of this fleet", STR_FMT(s->name), STR_FMT(s->owner));
			x->place = kept_place(j, s->place);
			x->remedy = arena_printf(a, "Add the team to pleach.yaml, or name one that is there:\nteams:\n  %.*s: { contact: \"#%.*s\" }",
						 STR_FMT(s->owner), STR_FMT(s->owner));
		}
	}
}

static void judge_dependency(struct judging *j, const struct service *s, const struct dependency *d)
{
	struct arena *a = &j->found->arena;
	struct finding *x;
	if (!d->timeout && (x = add(j, FINDING_NO_TIMEOUT, s->name, d->service))) {
		x->sentence = arena_printf(a, "%.*s calls %.*s without a time-out", STR_FMT(s->name), STR_FMT(d->service));
		x->remedy = arena_printf(a, "Say how long the caller can wait; twice the p99 that `pleach map` shows is a good start:\ncalls:\n  %.*s:\n    timeout: 500ms",
					 STR_FMT(d->service));
		x->place = kept_place(j, d->place);
	}
	if (!d->on_failure.len && (x = add(j, FINDING_NO_ON_FAILURE, s->name, d->service))) {
		x->sentence = arena_printf(a, "Nobody has said what %.*s does when %.*s fails or is slow", STR_FMT(s->name), STR_FMT(d->service));
		x->remedy = arena_printf(a, "Decide it, build it, write it down:\ncalls:\n  %.*s:\n    on_failure: what %.*s does then", STR_FMT(d->service),
					 STR_FMT(s->name));
		x->place = kept_place(j, d->place);
	}
}

static void judge_declared(struct judging *j)
{
	const struct fleet *f = j->control->fleet;
	for (size_t i = 0; f && i < f->services_count; i++) {
		judge_owner(j, &f->services[i]);
		for (size_t k = 0; k < f->services[i].calls_count; k++)
			judge_dependency(j, &f->services[i], &f->services[i].calls[k]);
	}
	for (size_t i = 0; f && i < f->warnings_count; i++) {
		const struct err *w = &f->warnings[i];
		struct str subject = arena_printf(&j->found->arena, "%s:%u:%u", w->file, w->line, w->column);
		struct finding *x = add(j, FINDING_UNDECLARED_KEY, STR(""), subject);
		if (x) {
			x->sentence = arena_str(&j->found->arena, str_z(w->message));
			x->dependency = STR("");
			x->place = (struct place){ arena_str(&j->found->arena, str_z(w->file)), w->line, w->column };
		}
	}
	const struct err *wrong = &j->control->fleet_error;
	struct finding *x = err_is_set(wrong) ? add(j, FINDING_FILE_ERROR, STR(""), STR("")) : NULL;
	if (x) {
		x->sentence = arena_str(&j->found->arena, str_z(wrong->message));
		x->place = (struct place){ arena_str(&j->found->arena, str_z(wrong->file)), wrong->line, wrong->column };
		x->since = j->control->fleet_error_since;
	}
}

/* --- instances --------------------------------------------------------------------------------------------------------------------- */
static const struct instance_status *crashing(const struct control *c, struct str service)
{
	for (size_t i = 0; i < c->nodes_count; i++)
		for (size_t k = 0; k < c->nodes[i].status->instances_count; k++) {
			const struct instance_status *s = &c->nodes[i].status->instances[k];
			if (str_eq(s->service, service) && s->state == INSTANCE_BACKOFF && s->restarts >= CRASHES)
				return s;
		}
	return NULL;
}

static void judge_instances(struct judging *j)
{
	struct control *c = j->control;
	struct arena *a = &j->found->arena;
	for (size_t i = 0; i < c->snapshot->services_count && i < ARRAY_LEN(c->few_since); i++) {
		struct str name = c->snapshot->services[i].name;
		struct instance_count n = nodes_count_of(c, name);
		const struct instance_status *s = crashing(c, name);
		struct finding *x;
		int64_t now = sys_wall();
		if (s && (x = add(j, FINDING_CRASH_LOOP, name, STR("")))) {
			x->sentence = arena_printf(a, "%.*s has crashed %llu times; last with %.*s", STR_FMT(s->instance), (unsigned long long)s->restarts,
						   STR_FMT(s->last_exit));
			x->query = arena_printf(a, "instance:%.*s", STR_FMT(s->instance));
		}
		if (n.healthy >= n.wanted)
			c->few_since[i] = 0;
		else if (!c->few_since[i])
			c->few_since[i] = now;
		if (c->few_since[i] && now - c->few_since[i] >= FEW_PATIENCE && (x = add(j, FINDING_FEWER_THAN_WANTED, name, STR("")))) {
			x->sentence = arena_printf(a, "%u of %u instances of %.*s are healthy", n.healthy, n.wanted, STR_FMT(name));
			x->query = arena_printf(a, "service:%.*s level>=warn", STR_FMT(name));
			x->since = c->few_since[i];
		}
	}
}

/* --- log files --------------------------------------------------------------------------------------------------------------------- */
static void judge_files(struct judging *j)
{
	const struct control *c = j->control;
	struct arena *a = &j->found->arena;
	for (size_t i = 0; i < c->nodes_count; i++)
		for (size_t k = 0; k < c->nodes[i].status->files_count; k++) {
			const struct file_status *f = &c->nodes[i].status->files[k];
			struct finding *x = f->error.len ? add(j, FINDING_LOG_FILE_UNREAD, f->service, f->path) : NULL;
			if (!x)
				continue;
			x->dependency = STR("");
			x->sentence = arena_printf(a, "The log file %.*s is not read: %.*s", STR_FMT(f->path), STR_FMT(f->error));
		}
}

/* --- guests: what is judged by whom control knows nothing of ------------------------------------------------------------------------------- */
static void add_of_guest(void *ctx, const struct finding *f)
{
	struct judging *j = ctx;
	struct arena *a = &j->found->arena;
	struct finding *x = add(j, f->kind, f->service, f->dependency);
	if (!x)
		return;
	if (f->id.len) {
		x->id = arena_str(a, f->id);
		const struct finding *before = find_id(j->control->findings, x->id);
		x->since = before ? before->since : sys_wall();
	}
	x->owner = f->owner.len ? arena_str(a, f->owner) : x->owner;
	x->sentence = arena_str(a, f->sentence);
	x->remedy = f->remedy.len ? arena_str(a, f->remedy) : x->remedy;
	x->query = arena_str(a, f->query);
	x->trace = arena_str(a, f->trace);
	x->place = kept_place(j, f->place);
}

static void judge_guests(struct judging *j)
{
	const struct control_options *o = &j->control->options;
	struct finding_sink sink = { add_of_guest, j };
	for (size_t i = 0; i < o->guest_count; i++)
		if (o->guests[i].judge)
			o->guests[i].judge(o->guests[i].ctx, &sink);
}

/* --- observed ------------------------------------------------------------------------------------------------------------------------ */
/* Somebody has written down that its files are to be followed: it is no stranger. */
static bool is_followed(const struct snapshot *s, struct str name)
{
	for (size_t i = 0; i < s->follow_count; i++)
		if (str_eq(s->follow[i].service, name))
			return true;
	return false;
}

static void judge_seen(struct judging *j, const struct json *answer)
{
	const struct json *services = json_get(answer, STR("services"));
	struct arena *a = &j->found->arena;
	for (uint32_t i = 0; services && services->type == JSON_ARRAY && i < services->count; i++) {
		struct str name = json_get_str(&services->items[i], STR("service"), STR(""));
		if (!name.len || snapshot_service(j->control->snapshot, name) || str_starts(name, STR("pleach-")) || str_eq(name, STR(CALL_GATEWAY)) ||
		    is_followed(j->control->snapshot, name))
			continue;
		struct finding *x = add(j, FINDING_NOT_IN_CATALOGUE, name, STR(""));
		if (!x)
			return;
		x->sentence = arena_printf(a, "%.*s sends logs or spans but is not in the catalogue", STR_FMT(name));
		x->query = arena_printf(a, "service:%.*s", STR_FMT(name));
		x->remedy = arena_printf(a,
					 "Stop it, or put this service.yaml beside its code and its directory into `services` of pleach.yaml:\n"
					 "service: %.*s\nowner: TEAM", STR_FMT(name));
	}
}

/* Calls of one service to all others, and to it. */
static void judge_trace_of(struct judging *j, const struct json *edges, struct str service)
{
	int64_t in = 0, out = 0, started = 0;
	struct str example = STR(""), callee = STR("");
	for (uint32_t i = 0; i < edges->count; i++) {
		const struct json *x = &edges->items[i];
		int64_t calls = json_get_i64(x, STR("calls"), 0), begun = json_get_i64(x, STR("started"), 0);
		if (str_eq(json_get_str(x, STR("callee"), STR("")), service))
			in += calls;
		if (!str_eq(json_get_str(x, STR("caller"), STR("")), service))
			continue;
		out += calls;
		started += begun;
		if (begun && !example.len) {
			example = json_get_str(x, STR("slow_trace"), STR(""));
			callee = json_get_str(x, STR("callee"), STR(""));
		}
	}
	if (!in || started < BREAK_CALLS || started * 100 < out * BREAK_PERCENT)
		return;
	struct arena *a = &j->found->arena;
	struct finding *x = add(j, FINDING_BREAKS_TRACE, service, STR(""));
	if (x) {
		x->sentence = arena_printf(a, "%.*s breaks the trace: calls come in with an id, and %lld of its %lld calls to %.*s left without one", STR_FMT(service),
					   (long long)started, (long long)out, STR_FMT(callee));
		x->trace = arena_str(a, example);
	}
}

static void judge_edges(struct judging *j, const struct json *answer)
{
	const struct json *edges = json_get(answer, STR("edges"));
	if (!edges || edges->type != JSON_ARRAY)
		return;
	for (size_t i = 0; i < j->control->snapshot->services_count; i++)
		judge_trace_of(j, edges, j->control->snapshot->services[i].name);
}

/* --- a judgement's way ------------------------------------------------------------------------------------------------------------------ */
static bool same_ids(const struct findings *a, const struct findings *b)
{
	if (!a || a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!find_id(b, a->items[i].id))
			return false;
	return true;
}

static struct str file_of(struct control *c, struct arena *a)
{
	return arena_printf(a, "%.*s/findings.json", STR_FMT(c->options.state));
}

static void save_since(struct control *c)
{
	struct buf b;
	struct json_out o;
	struct arena scratch;
	struct err e = { 0 };
	buf_init(&b, 4u << 20);
	arena_init(&scratch, 64 << 10);
	json_out_init(&o, &b);
	json_out_object(&o);
	for (size_t i = 0; i < c->findings->count; i++) {
		json_out_key(&o, c->findings->items[i].id);
		json_out_i64(&o, c->findings->items[i].since);
	}
	json_out_end(&o);
	if (!buf_ok(&b) || !sys_write_file(file_of(c, &scratch), buf_str(&b), &e))
		control_log(c, SEVERITY_WARN, "the ages of findings could not be kept: %s", e.message);
	buf_release(&b);
	arena_release(&scratch);
}

/* Of an earlier run: only ids and since; the first judgement fills in the rest. */
static void load_since(struct control *c)
{
	struct arena scratch;
	struct err e = { 0 };
	struct str text;
	const struct json *j = NULL;
	arena_init(&scratch, 16u << 20);
	if (sys_read_file(file_of(c, &scratch), 4u << 20, &scratch, &text, &e))
		j = json_parse(&scratch, text, &e);
	c->findings = findings_new();
	for (uint32_t i = 0; j && j->type == JSON_OBJECT && i < j->count && i < MAX_FINDINGS; i++) {
		struct findings *f = c->findings;
		if (j->members[i].value.type != JSON_INT || !ARENA_PUSH_ROOM(&f->arena, f->items, f->count, f->capacity))
			continue;
		f->items[f->count++] = (struct finding){ .id = arena_str(&f->arena, j->members[i].key), .since = j->members[i].value.i };
	}
	c->findings->missing = STR("the first judgement is under way");
	arena_release(&scratch);
}

static void on_due(struct timer *t);

static void finish(struct judging *j)
{
	struct control *c = j->control;
	bool changed = !same_ids(c->findings, j->found);
	if (!j->seen_known || !j->edges_known)
		j->found->missing = STR("what the store has seen: it is not reachable (orphans and broken traces)");
	findings_free(c->findings);
	c->findings = j->found;
	c->judging = NULL;
	free(j);
	metric_set(METRIC_CONTROL_FINDINGS, (int64_t)c->findings->count);
	if (changed) {
		save_since(c);
		events_send(c, "findings", STR("{}"));
	}
	timer_set(&c->judge_timer, c->loop, loop_now(c->loop) + JUDGE_EVERY, on_due);
}

static void on_edges(struct control *c, struct http_exchange *x, void *ctx, const struct json *answer, const struct err *e)
{
	struct judging *j = ctx;
	(void)c, (void)x, (void)e;
	j->edges_known = answer != NULL;
	if (answer)
		judge_edges(j, answer);
	finish(j);
}

static void on_seen(struct control *c, struct http_exchange *x, void *ctx, const struct json *answer, const struct err *e)
{
	struct judging *j = ctx;
	(void)x, (void)e;
	j->seen_known = answer != NULL;
	if (answer)
		judge_seen(j, answer);
	j->call = answer ? upstream_ask(c, NULL, STR("/api/edges?from=1h"), on_edges, j) : NULL;
	if (!j->call)
		finish(j);
}

static void on_due(struct timer *t)
{
	struct control *c = CONTAINER_OF(t, struct control, judge_timer);
	struct judging *j = calloc(1, sizeof(*j));
	CHECK(j);
	j->control = c;
	j->found = findings_new();
	c->judging = j;
	judge_declared(j);
	judge_instances(j);
	judge_files(j);
	judge_guests(j);
	j->call = upstream_ask(c, NULL, STR("/api/seen?from=1h"), on_seen, j);
	if (!j->call)
		finish(j);
}

void judge_start(struct control *c)
{
	load_since(c);
	timer_set(&c->judge_timer, c->loop, sys_now() + JUDGE_FIRST, on_due);
}

void judge_soon(struct control *c)
{
	if (!c->judging)
		timer_set(&c->judge_timer, c->loop, loop_now(c->loop), on_due);
}

void judge_stop(struct control *c)
{
	timer_cancel(&c->judge_timer);
	if (c->judging) {
		upstream_cancel(c->judging->call);
		findings_free(c->judging->found);
		free(c->judging);
		c->judging = NULL;
	}
	findings_free(c->findings);
	c->findings = NULL;
}

uint32_t judge_count(const struct control *c, struct str service)
{
	uint32_t n = 0;
	for (size_t i = 0; i < c->findings->count; i++)
		n += str_eq(c->findings->items[i].service, service) && service.len;
	return n;
}

void api_findings(struct control *c, struct http_exchange *x)
{
	struct buf b;
	struct json_out o;
	buf_init(&b, 16u << 20);
	json_out_init(&o, &b);
	json_out_object(&o);
	json_out_key(&o, STR("findings"));
	json_out_array(&o);
	for (size_t i = 0; i < c->findings->count; i++)
		if (c->findings->items[i].sentence.len)
			finding_json(&o, &c->findings->items[i]);
	json_out_end(&o);
	json_kv_bool(&o, "complete", c->findings->missing.len == 0);
	json_out_key(&o, STR("missing"));
	json_out_array(&o);
	if (c->findings->missing.len)
		json_out_str(&o, c->findings->missing);
	json_out_end(&o);
	json_out_end(&o);
	api_answer(x, &b);
}
