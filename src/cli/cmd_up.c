/* pleach up: validates the files, starts a node in the background (or becomes it), and waits until everything wanted is healthy.
 *
 * Nothing is started while a file is wrong or a port of Pleach's own is taken, and the message says by whom. */
#include "base/check.h"
#include "cli/ask.h"
#include "cli/output.h"
#include "model/fleet.h"
#include "part/part.h"

struct starting {
	struct cli *c;
	struct ask *client;
	struct sys_process process;
	struct watcher ended;
	struct timer poll;
	struct http_call *asking;
	int64_t began, deadline;
	bool healthy, died;
	const struct json *status; /* the newest answer */
	struct arena arena;        /* of the newest answer */
};
#define POLL_EVERY (15 * (int64_t)MSEC)

static void on_poll(struct timer *t);

/* Counts instances; returns true when all that is wanted is healthy. */
static bool count(const struct json *status, uint32_t *healthy, uint32_t *wanted, struct str *waiting)
{
	const struct json *services = json_get(status, STR("services"));
	*healthy = *wanted = 0;
	for (uint32_t i = 0; services && services->type == JSON_ARRAY && i < services->count; i++) {
		const struct json *s = &services->items[i];
		uint32_t h = (uint32_t)json_get_i64(s, STR("healthy"), 0), w = (uint32_t)json_get_i64(s, STR("wanted"), 0);
		*healthy += h;
		*wanted += w;
		if (h < w)
			*waiting = json_get_str(s, STR("service"), STR(""));
	}
	return json_get_bool(status, STR("healthy"), false);
}

static void on_status(void *ctx, const struct http_result *r)
{
	struct starting *s = ctx;
	struct err e = { 0 };
	struct str waiting = STR("");
	uint32_t healthy, wanted;
	s->asking = NULL;
	if (r->status == 200) {
		arena_reset(&s->arena);
		s->status = json_parse(&s->arena, r->body, &e);
		s->healthy = count(s->status, &healthy, &wanted, &waiting);
		progress(arena_printf(&s->arena, "%u of %u healthy%s%.*s", healthy, wanted, waiting.len ? ", waiting for " : "", STR_FMT(waiting)));
	}
	if (s->healthy || sys_now() >= s->deadline)
		loop_stop(s->client->loop);
	else
		timer_set(&s->poll, s->client->loop, sys_now() + POLL_EVERY, on_poll);
}

static void on_poll(struct timer *t)
{
	struct starting *s = CONTAINER_OF(t, struct starting, poll);
	struct http_call_options o = {
		.address = part_socket(PART_SOCKET_CONTROL), .method = STR("GET"), .target = STR("/api/status"), .timeout = SECOND, .ctx = s
	};
	s->asking = http_call(s->client->http, &o, on_status);
	if (!s->asking)
		timer_set(t, s->client->loop, sys_now() + POLL_EVERY, on_poll);
}

static void on_ended(struct watcher *w, uint32_t what)
{
	struct starting *s = CONTAINER_OF(w, struct starting, ended);
	struct sys_exit x;
	(void)what;
	if (sys_wait(&s->process, &x) != 0)
		return;
	s->died = true;
	loop_stop(s->client->loop);
}

/* What the node said before it ended. */
static struct str last_words(struct starting *s)
{
	char text[4096];
	int64_t n = sys_read(s->process.err, text, sizeof(text));
	return arena_str(&s->c->arena, str_strip(str_from(text, n > 0 ? (size_t)n : 0)));
}

static bool spawn_node(struct starting *s, struct str root, struct err *e)
{
	struct arena *a = &s->c->arena;
	struct str argv[] = { sys_self(a), STR("part"), STR("node"), STR("--fleet"), root };
	size_t n;
	const struct str *env = part_environment(a, &n);
	struct sys_spawn spawn = { .argv = argv, .argc = ARRAY_LEN(argv), .env = env, .env_count = n, .pipe_output = true, .new_session = true };
	int code = sys_spawn(&spawn, &s->process);
	return code == 0 || sys_err(e, code, "the node could not be started");
}

static bool port_free(const struct sys_addr *address, const char *key, struct arena *a, struct err *e)
{
	char text[128];
	int fd = sys_listen(address, 1);
	if (fd >= 0) {
		sys_close(fd);
		return true;
	}
	if (fd != SYS_IN_USE)
		return sys_err(e, fd, "cannot listen on %.*s (%s in pleach.yaml)", STR_FMT(sys_addr_text(address, text)), key);
	struct str owner = sys_listener_owner(address, a);
	return err_set(e, ERR_PORT_TAKEN, "%.*s is taken by %.*s; stop that, or set another %s in pleach.yaml", STR_FMT(sys_addr_text(address, text)),
		       STR_FMT(owner.len ? owner : STR("another program")), key);
}

/* The files are right and the ports free: only then is anything started. */
static bool may_start(struct cli *c, struct str root, struct err *e)
{
	struct buf more;
	buf_init(&more, 256 << 10);
	struct fleet *f = fleet_load(root, e, &more);
	if (!f) {
		if (!c->json && more.len) {
			/* the first is printed by cli_fail, after these */
			sys_print(SYS_STDERR, buf_str(&more));
		}
		buf_release(&more);
		return false;
	}
	buf_release(&more);
	bool ok = port_free(&f->gateway.listen, "gateway.listen", &c->arena, e) && port_free(&f->store.listen, "store.listen", &c->arena, e) &&
		  port_free(&f->control.listen, "control.listen", &c->arena, e) &&
		  (f->store.grpc.family == SYS_NONE || port_free(&f->store.grpc, "store.grpc", &c->arena, e));
	fleet_free(f);
	return ok;
}

static bool already_running(void)
{
	int lock = sys_lock_file(STR(PART_STATE "/node.lock"));
	if (lock >= 0)
		sys_close(lock);
	return lock == SYS_IN_USE;
}

static void wait_for_health(struct starting *s)
{
	s->began = sys_now();
	if (s->process.pid)
		watcher_start(&s->ended, s->client->loop, s->process.handle, on_ended);
	timer_set(&s->poll, s->client->loop, s->began, on_poll);
	loop_run(s->client->loop);
	timer_cancel(&s->poll);
	watcher_stop(&s->ended);
	if (s->asking)
		http_cancel(s->asking);
	progress_end();
}

/* One line for each service that is not healthy, with the reason. */
static void name_the_unhealthy(struct cli *c, const struct json *status)
{
	const struct json *services = json_get(status, STR("services"));
	for (uint32_t i = 0; services && services->type == JSON_ARRAY && i < services->count; i++) {
		const struct json *list = json_get(&services->items[i], STR("instances"));
		for (uint32_t k = 0; list && list->type == JSON_ARRAY && k < list->count; k++) {
			const struct json *x = &list->items[k];
			struct str state = json_get_str(x, STR("state"), STR("")), lines = str_strip(json_get_str(x, STR("last_lines"), STR("")));
			if (str_eq(state, STR("healthy")))
				continue;
			out_bold(c, json_get_str(x, STR("instance"), STR("")));
			buf_printf(&c->out, " is %.*s: %.*s\n", STR_FMT(state), STR_FMT(json_get_str(x, STR("why"), STR(""))));
			while (lines.len) {
				buf_add(&c->out, STR("  "));
				text_safe(&c->out, str_split(&lines, '\n'));
				buf_char(&c->out, '\n');
			}
		}
	}
}

static void success(struct starting *s, bool was_running)
{
	struct cli *c = s->c;
	uint32_t healthy, wanted;
	struct str waiting;
	const struct json *fleet = NULL;
	struct err e = { 0 };
	count(s->status, &healthy, &wanted, &waiting);
	int64_t took = sys_now() - s->began;
	ask_json(s->client, STR("/api/fleet"), &fleet, &e);
	struct str console = json_get_str(fleet, STR("console"), STR("")), gateway = json_get_str(fleet, STR("gateway"), STR(""));
	if (c->json) {
		struct json_out o;
		json_out_init(&o, &c->out);
		json_out_object(&o);
		json_kv_bool(&o, "healthy", true);
		json_kv_bool(&o, "was_running", was_running);
		json_kv_u64(&o, "instances", healthy);
		json_kv_i64(&o, "took_ns", took);
		json_kv_str(&o, "console", console);
		json_kv_str(&o, "gateway", gateway);
		json_out_end(&o);
		buf_char(&c->out, '\n');
		return;
	}
	if (was_running)
		buf_printf(&c->out, "The fleet was running already; all %u instances are healthy.\n", healthy);
	else
		buf_printf(&c->out, "All %u instances are healthy after %.*s.\n", healthy, STR_FMT(text_duration(c, took)));
	buf_printf(&c->out, "  gateway  %.*s\n  console  %.*s\n  next     pleach map, pleach logs -f, pleach why --failed\n", STR_FMT(gateway), STR_FMT(console));
}

static int finish(struct starting *s, bool was_running)
{
	struct err e = { 0 };
	if (s->healthy) {
		success(s, was_running);
		return 0;
	}
	if (s->died) {
		struct str words = last_words(s);
		err_set(&e, ERR_CANNOT_START, "the node ended: %.*s", STR_FMT(words.len ? words : STR("it left no message")));
	} else {
		if (!s->c->json && s->status)
			name_the_unhealthy(s->c, s->status);
		err_set(&e, ERR_TIMEOUT, "not everything became healthy in time; it is left running, `pleach status` shows the state");
	}
	return cli_fail(s->c, &e);
}

int cmd_up(struct cli *c)
{
	struct err e = { 0 };
	struct ask client = { 0 };
	struct starting s = { .c = c, .client = &client };
	int64_t wait;
	struct str root;
	if (!cli_duration(c, "wait", 30 * SECOND, &wait, &e) || !cli_root(c, &root, &e))
		return cli_fail(c, &e);
	int made = sys_mkdir(STR(PART_STATE));
	if (made < 0) {
		sys_err(&e, made, "%.*s/%s", STR_FMT(root), PART_STATE);
		return cli_fail(c, &e);
	}
	bool running = already_running();
	if (!running && !may_start(c, root, &e))
		return cli_fail(c, &e);
	if (cli_flag(c, "foreground")) {
		struct part_settings settings = { .root = root, .terminal = true };
		int status = part_run(STR("node"), &settings, &e);
		return err_is_set(&e) ? cli_fail(c, &e) : status;
	}
	arena_init(&s.arena, 64u << 20);
	int status;
	if ((running || spawn_node(&s, root, &e)) && ask_open(&client, c, &e)) {
		s.deadline = sys_now() + wait;
		wait_for_health(&s);
		status = finish(&s, running);
	} else {
		status = cli_fail(c, &e);
	}
	ask_close(&client);
	arena_release(&s.arena);
	return status;
}
