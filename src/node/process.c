/* The process of an instance: how it comes to be, what it writes, how it ends. */
#include "base/check.h"
#include "base/metric.h"
#include "node/node_impl.h"
#include "node/redact.h"
#include <stdio.h>

static void process_ended(struct watcher *w, uint32_t what);

/* --- output ------------------------------------------------------------------------------------------------------------------------ */

static void take_text(struct instance *i, struct lines *l, struct str text, bool cut)
{
	struct node *n = i->group->node;
	struct line_source source = { .resource = &i->resource, .is_stderr = l == &i->err_lines, .cut = cut, .observed = l->begun };
	struct log_record r;
	line_record(&n->parser, text, &source, &r);
	l->begun = sys_wall(); /* of the line that made this text whole */
	/* Refused means lost, and whoever refused has counted it: the service is not made to wait. */
	n->options.on_record(n->options.ctx, &r);
}

static void out_text(struct join *j, struct str text, bool cut)
{
	struct lines *l = CONTAINER_OF(j, struct lines, join);
	take_text(CONTAINER_OF(l, struct instance, out_lines), l, text, cut);
}

static void err_text(struct join *j, struct str text, bool cut)
{
	struct lines *l = CONTAINER_OF(j, struct lines, join);
	take_text(CONTAINER_OF(l, struct instance, err_lines), l, text, cut);
}

static void take_line(struct instance *i, struct output *o, struct lines *l, struct str line, bool cut)
{
	if (redact_key_block(&o->in_key, line))
		line = STR(REDACTED);
	tail_add(&i->tail, line);
	if (l->join.lines == 0)
		l->begun = sys_wall();
	join_line(&l->join, line, cut);
}

static void out_line(struct output *o, struct str line, bool cut)
{
	struct instance *i = CONTAINER_OF(o, struct instance, out);
	take_line(i, o, &i->out_lines, line, cut);
}

static void err_line(struct output *o, struct str line, bool cut)
{
	struct instance *i = CONTAINER_OF(o, struct instance, err);
	take_line(i, o, &i->err_lines, line, cut);
}

static void waited(struct timer *t) { join_flush(&CONTAINER_OF(t, struct lines, wait)->join); }

/* Only what has begun as a block waits. */
static void idle(struct loop *loop, struct lines *l)
{
	if (join_idle(&l->join))
		timer_set(&l->wait, loop, loop_now(loop) + JOIN_WAIT, waited);
	else
		timer_cancel(&l->wait);
}

static void out_idle(struct output *o) { idle(o->loop, &CONTAINER_OF(o, struct instance, out)->out_lines); }
static void err_idle(struct output *o) { idle(o->loop, &CONTAINER_OF(o, struct instance, err)->err_lines); }

static void finish_lines(struct lines *l)
{
	timer_cancel(&l->wait);
	join_flush(&l->join);
	join_release(&l->join);
}

/* --- port -------------------------------------------------------------------------------------------------------------------------- */

static void owner_of(uint16_t port, char *out, size_t size)
{
	struct arena a;
	struct sys_addr address = ports_addr(port);
	arena_init(&a, 1 << 16);
	struct str owner = sys_listener_owner(&address, &a);
	snprintf(out, size, "%.*s", STR_FMT(str_empty(owner) ? STR("another program") : owner));
	arena_release(&a);
}

/* What the last process left behind was killed with it, but may need a moment to let go of the port. */
static bool may_wait(struct instance *i, bool *soon)
{
	if (!i->started || i->port_waits >= PORT_WAITS)
		return false;
	instance_why(i, "waits for port %u to be let go", i->port);
	*soon = true;
	return true;
}

/* It insists on a port; then it has that one or none. */
static bool fixed_port(struct instance *i, uint16_t port, bool *soon)
{
	char owner[256];
	struct ports *ports = &i->group->node->ports;
	if (i->group->wanted > 1) {
		instance_why(i, "its `env` fixes PORT=%u, which only one instance can have; take PORT out of `env`, or set `instances: 1`", port);
		return false;
	}
	ports_give_back(ports, i->port);
	i->port = port;
	ports_mark(ports, port);
	if (ports_is_free(port))
		return true;
	if (may_wait(i, soon))
		return false;
	owner_of(port, owner, sizeof(owner));
	instance_why(i, "port %u, which its `env` asks for, is taken by %s; stop that, or choose another PORT", port, owner);
	return false;
}

static bool other_port(struct instance *i)
{
	char owner[256];
	uint16_t before = i->port;
	struct ports *ports = &i->group->node->ports;
	if (before)
		owner_of(before, owner, sizeof(owner));
	i->port = ports_take(ports); /* before the old one is given back, so that it is not found again */
	ports_give_back(ports, before);
	if (i->port == 0) {
		instance_why(i, "no port is left between %d and %d", NODE_PORT_FIRST, NODE_PORT_FIRST + NODE_PORT_COUNT - 1);
		return false;
	}
	if (before) {
		snprintf(i->moved, sizeof(i->moved), "its port %u was taken by %s; it has %u now", before, owner, i->port);
		node_say(i, SEVERITY_WARN, "%s: %s", i->name, i->moved);
	}
	return true;
}

static bool choose_port(struct instance *i, bool *soon)
{
	uint16_t fixed = launch_fixed_port(i->service);
	i->moved[0] = 0;
	if (fixed)
		return fixed_port(i, fixed, soon);
	if (i->port && ports_is_free(i->port))
		return true;
	if (i->port && may_wait(i, soon))
		return false;
	return other_port(i);
}

/* --- start ------------------------------------------------------------------------------------------------------------------------- */

/* From now on it is what the newest snapshot says. */
static void take_service(struct instance *i)
{
	struct group *g = i->group;
	CHECK(g->part || g->service);
	if (g->part) {
		i->resource.version = g->node->options.version;
		return;
	}
	struct snapshot *before = i->snapshot;
	i->snapshot = snapshot_ref(g->snapshot);
	i->service = g->service;
	i->fingerprint = g->fingerprint;
	i->resource.version = launch_version(g->service);
	i->outdated = false;
	if (before)
		snapshot_unref(before);
}

static bool prepare(struct instance *i, struct sys_spawn *s)
{
	struct node *n = i->group->node;
	const struct node_part *part = i->group->part;
	struct launch launch;
	struct err e = { 0 };
	s->pipe_output = true;
	if (part) {
		s->argv = part->argv;
		s->argc = part->argc;
		s->env = part->env;
		s->env_count = part->env_count;
		return true;
	}
	struct launch_facts facts = {
		.base = n->options.env,
		.base_count = n->options.env_count,
		.snapshot = i->snapshot,
		.service = i->service,
		.instance = str_z(i->name),
		.version = i->resource.version,
		.port = i->port,
	};
	arena_reset(&n->launch);
	if (!launch_build(&n->launch, &facts, &launch, &e)) {
		instance_why(i, "%s", e.message);
		return false;
	}
	s->argv = launch.argv;
	s->argc = launch.argc;
	s->env = launch.env;
	s->env_count = launch.env_count;
	s->directory = i->service->directory;
	s->memory_limit = i->service->run.memory;
	return true;
}

static void could_not_spawn(struct instance *i, const struct sys_spawn *s, int code)
{
	struct str command = s->argc ? str_sub(s->argv[0], 0, 120) : STR("");
	bool has_slash = str_find_char(command, '/') != SIZE_MAX;
	if (!str_empty(s->directory) && has_slash)
		instance_why(i, "the command `%.*s` (in %.*s) could not be run: %s", STR_FMT(command), STR_FMT(str_sub(s->directory, 0, 200)),
			     sys_strerror(code));
	else
		instance_why(i, "the command `%.*s` %scould not be run: %s", STR_FMT(command), has_slash ? "" : "(looked for in PATH) ",
			     sys_strerror(code));
}

/* Descriptors are what runs out first, and sys_spawn needs three of them: after it, watching them can only fail through a bug. */
static void watch(struct instance *i)
{
	struct loop *l = i->group->node->loop;
	i->out.loop = i->err.loop = l;
	i->out.on_line = out_line;
	i->err.on_line = err_line;
	i->out.on_idle = out_idle;
	i->err.on_idle = err_idle;
	i->out_lines.join.on_text = out_text;
	i->err_lines.join.on_text = err_text;
	join_init(&i->out_lines.join);
	join_init(&i->err_lines.join);
	CHECK(output_open(&i->out, i->process.out) && output_open(&i->err, i->process.err));
	CHECK(watcher_start(&i->ended, l, i->process.handle, process_ended));
}

bool process_start(struct instance *i, bool *soon)
{
	struct sys_spawn s = { 0 };
	CHECK(i->process.pid == 0);
	take_service(i);
	i->why[0] = 0;
	if ((!i->group->part && !choose_port(i, soon)) || !prepare(i, &s))
		return false;
	i->port_waits = 0;
	int code = sys_spawn(&s, &i->process);
	if (code < 0) {
		i->process = (struct sys_process){ .handle = -1, .out = -1, .err = -1 };
		could_not_spawn(i, &s, code);
		return false;
	}
	metric_inc(METRIC_NODE_STARTS);
	if (i->died)
		metric_observe(METRIC_NODE_RESTART_SECONDS, sys_now() - i->died, NULL, sys_wall());
	i->died = 0;
	i->given_up = false;
	i->begun = sys_now();
	i->started = sys_wall();
	i->usage_at = 0;
	tail_clear(&i->tail);
	watch(i);
	return true;
}

/* --- end --------------------------------------------------------------------------------------------------------------------------- */

static const char *signal_word(int number)
{
	static const char *const words[] = {
		[1] = "hung up",	  [2] = "interrupted",	  [3] = "quit",		[4] = "illegal instruction",
		[6] = "aborted",	  [7] = "bus error",	  [8] = "arithmetic error", [9] = "killed",
		[11] = "segmentation fault", [13] = "broken pipe", [14] = "alarm",	[15] = "terminated",
		[24] = "CPU time limit",  [25] = "file size limit", [31] = "bad system call",
	};
	return number > 0 && (size_t)number < ARRAY_LEN(words) && words[number] ? words[number] : "signal";
}

static void note_exit(struct instance *i, const struct sys_exit *x)
{
	struct arena a;
	if (x->exited)
		snprintf(i->last_exit, sizeof(i->last_exit), "exit status %d", x->status);
	else
		snprintf(i->last_exit, sizeof(i->last_exit), "signal %d (%s)", x->status, signal_word(x->status));
	arena_init(&a, 1 << 18);
	buf_clear(&i->last_lines);
	buf_add(&i->last_lines, tail_text(&i->tail, &a));
	arena_release(&a);
}

/* Which kind of end it was, and what that means for the count of failures. */
static enum instance_event judge_end(struct instance *i)
{
	bool asked = i->state == INSTANCE_STOPPING;
	if (!i->wanted)
		return EVENT_EXITED_DONE;
	if (asked && !i->given_up)
		return EVENT_EXITED_RESTART; /* it made room for a new one */
	i->restarts++;
	i->failures++;
	return instance_backoff(i->group->node, i->failures) > 0 ? EVENT_EXITED_BACKOFF : EVENT_EXITED_RESTART;
}

static void say_end(struct instance *i, enum instance_event e)
{
	int64_t wait = instance_backoff(i->group->node, i->failures);
	metric_inc(METRIC_NODE_EXITS);
	if (e == EVENT_EXITED_BACKOFF)
		node_say(i, SEVERITY_ERROR, "%s ended by itself again: %s; next start in %lld s", i->name, i->last_exit, (long long)(wait / SECOND));
	else
		node_say(i, SEVERITY_WARN, "%s ended by itself: %s; started again", i->name, i->last_exit);
}

static void process_ended(struct watcher *w, uint32_t what)
{
	struct instance *i = CONTAINER_OF(w, struct instance, ended);
	int64_t now = sys_now();
	struct sys_exit x = { 0 };
	(void)what;
	/* What it started itself goes with it, while its number still stands for the group. */
	sys_kill(i->process.pid, SYS_SIGKILL);
	if (sys_wait(&i->process, &x) == SYS_AGAIN)
		return;
	health_end(&i->health);
	output_finish(&i->out);
	output_finish(&i->err);
	finish_lines(&i->out_lines);
	finish_lines(&i->err_lines);
	watcher_stop(&i->ended);
	sys_close(i->process.handle);
	i->process = (struct sys_process){ .handle = -1, .out = -1, .err = -1 };
	note_exit(i, &x);
	bool asked = i->state == INSTANCE_STOPPING;
	enum instance_event e = judge_end(i);
	i->died = e == EVENT_EXITED_RESTART && !asked ? now : 0;
	if (!asked)
		say_end(i, e);
	if (e == EVENT_EXITED_BACKOFF)
		instance_why(i, asked ? "it stayed unhealthy and was stopped; failure %u in a row, its end was %s"
				      : "it ended by itself; failure %u in a row, its end was %s", i->failures, i->last_exit);
	instance_event(i, e);
}
