/* The node with simulated programs that crash, hang, never get well, ignore SIGTERM and shout, under snapshots that change at random. At
 * every moment: an instance has at most one process; no service has more than is wanted, besides what is stopping; a wanted instance is
 * without a process for no longer than the back-off allows; a shouting program is not blocked. At the end: everything was stopped, callers
 * before the services they call, parts last, every process reaped. */
#include "base/check.h"
#include "base/metric.h"
#include "node/node_impl.h"
#include "sim_main.h"
#include "sys/sim.h"
#include "tests/unit/node_snapshot.h"

enum { SERVICES = 5, INSTANCES = 3, MOST_PROCESSES = 4096, CONNECTIONS = 16, SHOUT = 256 << 10 };
#define SAMPLE ((int64_t)20 * MSEC)
#define BACKOFF_MAX (8 * SECOND)
static const char *const names[SERVICES] = { "alpha", "beta", "delta", "gamma", "omega" };
/* good, crashing, hanging, never well, deaf to SIGTERM, shouting, missing */
static const char profiles[] = "gggccnhhttssx";

/* What the seeds brought about: a simulation in which nothing goes wrong proves nothing. */
static struct { uint64_t restarts, waits, kills, give_ups, replaced, stops_in_order, lines, blocked; } seen;

static uint64_t draw(uint64_t n) { return n ? sim_random() % n : 0; }

/* --- programs ------------------------------------------------------------------------------------------------------------------------- */

struct program {
	int64_t pid;
	char service[16], instance[24];
	char profile;
	int poller, listener, signals;
	int conns[CONNECTIONS];
	int64_t deadline;    /* when it ends or hangs; INT64_MAX: never */
	bool hanging, terminated;
	size_t to_shout;
	int64_t blocked;     /* since when its output is full; 0: it is not */
};
static struct world {
	struct program *programs[MOST_PROCESSES];
	size_t count;
	int64_t node_pid;
	struct loop *loop;
	struct http_client *client;
	struct node *node;
	bool stopping, stopped, cyclic;
	struct snapshot *next;
	uint64_t version;
	int64_t without[SERVICES][INSTANCES]; /* since when a wanted instance has had no process; 0: it has one */
} w;

static bool alive(const struct program *p) { return sim_is_alive(p->pid); }

static bool service_lives(const char *service)
{
	for (size_t i = 0; i < w.count; i++)
		if (alive(w.programs[i]) && !strcmp(w.programs[i]->service, service))
			return true;
	return false;
}

/* Told to stop: nothing that calls it may live any more; a part: no service. A restart for bad health is not a stop. */
static void check_order(const struct program *p)
{
	const struct group *part = w.node->part_count ? w.node->parts[0] : NULL;
	if (!w.stopping)
		return;
	if (part && !strcmp(p->service, part->name)) {
		for (size_t i = 0; i < SERVICES; i++)
			CHECK(!part->told || !service_lives(names[i]));
		return;
	}
	const struct group *g = group_find(w.node, str_z(p->service));
	if (!g || !g->told || w.cyclic)
		return;
	for (size_t i = 0; i < w.node->service_count; i++) {
		const struct group *caller = w.node->services[i];
		for (size_t c = 0; caller->service && c < caller->service->calls_count; c++)
			if (str_eq(caller->service->calls[c].callee, str_z(g->name))) {
				CHECK(caller == g || !service_lives(caller->name));
				seen.stops_in_order++;
			}
	}
}

static void answer(struct program *p, int slot)
{
	static const char good[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", bad[] = "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n";
	char request[1024];
	int64_t n;
	while ((n = sys_read(p->conns[slot], request, sizeof(request))) > 0) {
		const char *text = p->profile == 'n' ? bad : good;
		if (memchr(request, '\n', (size_t)n))
			sys_write(p->conns[slot], text, strlen(text));
	}
	if (n != SYS_AGAIN) {
		sys_close(p->conns[slot]);
		p->conns[slot] = -1;
	}
}

static void welcome(struct program *p)
{
	int fd;
	while ((fd = sys_accept(p->listener, NULL)) >= 0) {
		int slot = 0;
		while (slot < CONNECTIONS && p->conns[slot] >= 0)
			slot++;
		if (slot == CONNECTIONS) {
			sys_close(fd);
			continue;
		}
		p->conns[slot] = fd;
		sys_poll_add(p->poller, fd, p);
	}
}

static void shout(struct program *p)
{
	char lines[4096];
	memset(lines, 'x', sizeof(lines));
	for (size_t i = 0; i < sizeof(lines); i += 1 + (p->to_shout + i) % 700)
		lines[i] = '\n';
	while (p->to_shout > 0) {
		int64_t n = sys_write(SYS_STDOUT, lines, p->to_shout < sizeof(lines) ? p->to_shout : sizeof(lines));
		if (n < 0) {
			seen.blocked += p->blocked == 0;
			p->blocked = p->blocked ? p->blocked : sys_now();
			return;
		}
		p->blocked = 0;
		p->to_shout -= (size_t)n;
	}
}

static void hear(struct program *p)
{
	while (sys_signal_next(p->signals) >= 0) {
		check_order(p);
		if (p->profile != 't' && !p->terminated) {
			p->terminated = true;
			p->deadline = sys_now() + (int64_t)(sys_random() % (100 * MSEC));
		}
	}
}

static void program_turn(void *arg)
{
	struct program *p = arg;
	struct sys_event events[32];
	while (sys_poll_wait(p->poller, events, 32, 0) == 32)
		;
	hear(p);
	if (sys_now() >= p->deadline) {
		if (p->terminated || p->profile == 'c')
			sys_exit(p->terminated ? 0 : 1);
		p->hanging = true;
		p->deadline = INT64_MAX;
	}
	if (p->hanging)
		return;
	welcome(p);
	for (int i = 0; i < CONNECTIONS; i++)
		if (p->conns[i] >= 0)
			answer(p, i);
	shout(p);
}

static int64_t program_deadline(void *arg) { return ((struct program *)arg)->deadline; }

static void copy_text(char *to, size_t size, struct str s)
{
	CHECK(s.len < size);
	memcpy(to, s.p, s.len);
	to[s.len] = 0;
}

static void program_main(void *user, const struct str *argv, size_t argc)
{
	struct program *p = calloc(1, sizeof(*p));
	struct sys_addr address = { .family = SYS_IPV4, .ip = { 127, 0, 0, 1 } };
	uint64_t port = 0;
	(void)user;
	CHECK(p && argc == 3 && w.count < MOST_PROCESSES);
	w.programs[w.count++] = p;
	p->pid = sys_pid();
	p->profile = argv[2].p[0];
	copy_text(p->service, sizeof(p->service), sys_env("SERVICE"));
	copy_text(p->instance, sizeof(p->instance), sys_env("INSTANCE"));
	for (int i = 0; i < CONNECTIONS; i++)
		p->conns[i] = -1;
	sys_write(SYS_STDERR, "half a line", 11);
	p->deadline = INT64_MAX;
	if (p->profile == 'c' || p->profile == 'h')
		p->deadline = sys_now() + (int64_t)(sys_random() % 2 ? sys_random() % (6 * (uint64_t)SECOND) : 0);
	p->to_shout = p->profile == 's' ? SHOUT : 0;
	p->poller = sys_poller();
	p->signals = sys_signals();
	CHECK(str_to_u64(argv[1], &port));
	address.port = (uint16_t)port;
	if (port == 0)
		CHECK(sys_addr_parse(&address, STR("/run/part"), &(struct err){ 0 }));
	p->listener = sys_listen(&address, 16);
	if (p->listener < 0)
		sys_exit(98);
	CHECK(sys_poll_add(p->poller, p->listener, p) == 0 && sys_poll_add(p->poller, p->signals, p) == 0);
	sys_poll_add(p->poller, SYS_STDOUT, p);
	sys_loop_register(p, p->poller, program_turn, program_deadline);
}

/* --- what must always hold -------------------------------------------------------------------------------------------------------------- */

static size_t processes_of(const char *instance)
{
	size_t n = 0;
	for (size_t i = 0; i < w.count; i++)
		n += alive(w.programs[i]) && !strcmp(w.programs[i]->instance, instance);
	return n;
}

static void check_instance(const struct instance *i, size_t service)
{
	int64_t now = sys_now();
	size_t processes = processes_of(i->name);
	CHECK(processes <= 1 && (processes == 0 || i->process.pid != 0));
	CHECK(i->out.partial.len <= LINE_MAX_BYTES && i->err.partial.len <= LINE_MAX_BYTES && i->tail.lines.len <= TAIL_MAX_BYTES);
	CHECK((i->process.pid != 0) == (i->state <= INSTANCE_STOPPING));
	int64_t *since = &w.without[service][i->number - 1];
	bool lives = i->process.pid && sim_is_alive(i->process.pid);
	bool missing = i->service && str_eq(i->service->run.command[0], STR("missing")); /* it tries, and there is nothing to live */
	if (!i->wanted || lives || missing) {
		*since = 0;
		return;
	}
	if (*since == 0)
		*since = now;
	CHECK(now - *since <= BACKOFF_MAX + PORT_WAITS * PORT_WAIT + 2 * SAMPLE);
	if (i->state == INSTANCE_BACKOFF) {
		CHECK(timer_is_set(&i->timer) && i->timer.due - now <= BACKOFF_MAX);
		CHECK(i->why[0] != 0);
	}
}

static void check_world(void)
{
	for (size_t g = 0; w.node && g < w.node->service_count; g++) {
		const struct group *group = w.node->services[g];
		size_t running = 0, service = 0;
		while (strcmp(names[service], group->name) != 0)
			service++;
		for (size_t k = 0; k < group->slot_count; k++) {
			const struct instance *i = group->slots[k];
			check_instance(i, service);
			running += i->process.pid != 0 && i->state != INSTANCE_STOPPING;
		}
		CHECK(running <= group->wanted);
	}
	for (size_t i = 0; i < w.count; i++)
		CHECK(!alive(w.programs[i]) || w.programs[i]->blocked == 0 || sys_now() - w.programs[i]->blocked < SECOND);
}

/* --- the node's process --------------------------------------------------------------------------------------------------------------- */

static bool take_record(void *ctx, const struct log_record *r)
{
	(void)ctx;
	seen.lines++;
	seen.give_ups += str_find(r->body, STR("stays unhealthy")) != SIZE_MAX;
	seen.kills += str_find(r->body, STR("did not stop")) != SIZE_MAX;
	seen.waits += str_find(r->body, STR("next start in")) != SIZE_MAX;
	seen.restarts += str_find(r->body, STR("started again")) != SIZE_MAX;
	return sys_random() % 8 != 0;
}

static void on_change(void *ctx)
{
	(void)ctx;
	check_world();
}

static void node_main(void *user, const struct str *argv, size_t argc)
{
	struct node_options o = {
		.name = STR("here"),
		.version = STR("1"),
		.on_record = take_record,
		.on_change = on_change,
		.backoff_first = SECOND,
		.backoff_max = BACKOFF_MAX,
		.backoff_reset = 5 * SECOND,
		.health_interval = SECOND,
		.health_timeout = 300 * MSEC,
		.start_patience = 2 * SECOND,
	};
	(void)user, (void)argv, (void)argc;
	w.loop = loop_new();
	w.client = http_client_new(w.loop, &(struct http_client_options){ 0 });
	o.client = w.client;
	w.node = node_new(w.loop, &o);
	CHECK(w.loop && w.client && w.node);
	static const struct str part_argv[] = { STR_INIT("program"), STR_INIT("0"), STR_INIT("g") };
	static const struct str part_env[] = { STR_INIT("SERVICE=pleach-part"), STR_INIT("INSTANCE=pleach-part") };
	struct node_part part = { .name = STR("pleach-part"), .argv = part_argv, .argc = 3, .env = part_env, .env_count = 2 };
	CHECK(sys_addr_parse(&part.address, STR("/run/part"), &(struct err){ 0 }));
	node_run_parts(w.node, &part, 1);
}

static void stopped(void *ctx)
{
	(void)ctx;
	w.stopped = true;
}
static void begin_stop(void *arg)
{
	(void)arg;
	w.stopping = true;
	node_stop(w.node, stopped, NULL);
}
static void end_node(void *arg)
{
	(void)arg;
	CHECK(node_running(w.node) == 0);
	node_free(w.node);
	http_client_free(w.client);
	loop_free(w.loop);
	w.node = NULL;
}
static void apply_next(void *arg)
{
	(void)arg;
	node_apply(w.node, w.next);
}

/* --- wishes --------------------------------------------------------------------------------------------------------------------------- */

static void random_want(struct want *want, size_t i, char *profile)
{
	static const uint32_t counts[] = { 1, 1, 2, 2, 3 };
	profile[0] = profiles[draw(sizeof(profiles) - 1)];
	*want = (struct want){
		.name = names[i],
		.command = { profile[0] == 'x' ? "missing" : "program", "${PORT}", profile },
		.instances = counts[draw(ARRAY_LEN(counts))],
		.health = draw(3) ? "/healthz" : "",
		.grace = (int64_t)(200 + draw(400)) * MSEC,
	};
	/* Without circles: only later names are called; with: any. */
	for (size_t c = 0; c < draw(3); c++)
		if (w.cyclic)
			want->calls[c] = names[draw(SERVICES)];
		else if (i + 1 < SERVICES)
			want->calls[c] = names[i + 1 + draw(SERVICES - i - 1)];
}

static void change_wishes(void)
{
	static char profile[SERVICES][2];
	static struct want wants[SERVICES];
	static bool present[SERVICES];
	struct want chosen[SERVICES];
	size_t n = 0;
	for (size_t i = 0; i < SERVICES; i++) {
		if (w.version == 0 || draw(3) == 0) { /* the others stay as they are */
			random_want(&wants[i], i, profile[i]);
			present[i] = draw(5) != 0;
		}
		if (present[i])
			chosen[n++] = wants[i];
	}
	w.next = want_snapshot(++w.version, chosen, n);
	sim_call(w.node_pid, apply_next, NULL);
	snapshot_unref(w.next);
	seen.replaced++;
}

/* Wants what it is told; in steps, so that what must hold is looked at in between. */
static void run_to(int64_t end)
{
	for (int64_t now = sys_now(); now < end && !w.stopped; now = sys_now()) {
		CHECK(sim_run_until(now + SAMPLE < end ? now + SAMPLE : end, 200000));
		if (sys_now() == now) /* nothing left to do until then */
			break;
		check_world();
	}
}

static void run(uint64_t seed)
{
	struct sim_options o = {
		.seed = seed,
		.delay_min = 20 * USEC,
		.delay_max = 3 * MSEC,
		.reset_chance = seed % 3 == 0 ? 0.02 : 0,
		.short_io_chance = 0.2,
		.half_close_chance = seed % 5 == 0 ? 0.02 : 0,
	};
	memset(&w, 0, sizeof(w));
	sim_start(&o);
	sim_program(STR("program"), program_main, NULL);
	w.cyclic = draw(6) == 0;
	w.node_pid = sim_process(STR("node"), node_main, NULL);
	for (int i = 0; i < 5; i++) {
		change_wishes();
		run_to(sys_now() + (int64_t)draw(6 * (uint64_t)SECOND));
	}
	run_to(sys_now() + (int64_t)draw(4 * (uint64_t)SECOND));
	sim_call(w.node_pid, begin_stop, NULL);
	run_to(sys_now() + 60 * SECOND);
	CHECK(w.stopped);
	sim_run_until(sys_now() + SECOND, 200000);
	for (size_t i = 0; i < w.count; i++)
		CHECK(!alive(w.programs[i]));
	sim_call(w.node_pid, end_node, NULL);
	sim_stop(true);
	for (size_t i = 0; i < w.count; i++)
		free(w.programs[i]);
}

int main(int argc, char **argv)
{
	int code = sim_main(argc, argv, run);
	printf("%llu restarts, %llu waits, %llu killed after their grace, %llu given up, %llu checks of the order, %llu lines, blocked %llu times\n",
	       (unsigned long long)seen.restarts, (unsigned long long)seen.waits, (unsigned long long)seen.kills, (unsigned long long)seen.give_ups,
	       (unsigned long long)seen.stops_in_order, (unsigned long long)seen.lines, (unsigned long long)seen.blocked);
	return code;
}
