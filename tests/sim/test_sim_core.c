/* The simulator itself and the loop in it: bytes arrive in order or a reset is seen, a crash loses only what was not synced, a full disk
 * refuses, children run and are restarted, a hang passes, and a seed decides everything. */
#include "base/check.h"
#include "net/loop.h"
#include "sim_main.h"
#include "sys/sim.h"

/* What the seeds brought about: a simulation in which nothing goes wrong proves nothing. */
static struct { unsigned resets, whole_echos, early_ends, silent, lost_records, torn_records, old_files, new_files, partial_appends; } seen;

static uint64_t draw(uint64_t n) { return n ? sim_random() % n : 0; }

/* --- echo ------------------------------------------------------------------------------------------------------------------------- */

enum { CLIENTS = 3, MOST = 200 * 1024 };
static const struct sys_addr echo_address = { .family = SYS_IPV4, .port = 7, .ip = { 127, 0, 0, 1 } };
static const struct sys_addr echo_unix = { .family = SYS_UNIX, .path = "/run/echo" };

struct echo_conn {
	struct watcher w;
	char held[1000]; /* read and not yet written back */
	size_t start, len;
	bool ended;
};
struct echo_server {
	struct loop *loop;
	struct watcher listeners[2];
};
static uint8_t pattern(unsigned client, size_t i) { return (uint8_t)(i * 7 + (i >> 8) + client * 31); }

static void echo_close(struct echo_conn *c)
{
	int fd = c->w.fd;
	watcher_stop(&c->w);
	sys_close(fd);
	free(c);
}

static void echo_ready(struct watcher *w, uint32_t what)
{
	struct echo_conn *c = CONTAINER_OF(w, struct echo_conn, w);
	(void)what;
	for (;;) {
		if (c->len == 0 && c->ended) {
			echo_close(c);
			return;
		}
		int64_t n = c->len ? sys_write(w->fd, c->held + c->start, c->len) : sys_read(w->fd, c->held, sizeof(c->held));
		if (n == SYS_AGAIN)
			return;
		if (n < 0) {
			echo_close(c);
			return;
		}
		if (c->len) {
			c->start += (size_t)n;
			c->len -= (size_t)n;
		} else {
			c->start = 0;
			c->len = (size_t)n;
			c->ended = n == 0;
		}
	}
}

static void echo_accept(struct watcher *w, uint32_t what)
{
	int fd;
	(void)what;
	while ((fd = sys_accept(w->fd, NULL)) >= 0) {
		struct echo_conn *c = calloc(1, sizeof(*c));
		CHECK(c && watcher_start(&c->w, w->loop, fd, echo_ready));
	}
	CHECK(fd == SYS_AGAIN);
}

static void echo_main(void *user, const struct str *argv, size_t argc)
{
	struct echo_server *s = user;
	(void)argv, (void)argc;
	s->loop = loop_new();
	int tcp = sys_listen(&echo_address, 2), local = sys_listen(&echo_unix, 2);
	CHECK(tcp >= 0 && local >= 0);
	CHECK(sys_listen(&echo_address, 2) == SYS_IN_USE);
	CHECK(watcher_start(&s->listeners[0], s->loop, tcp, echo_accept));
	CHECK(watcher_start(&s->listeners[1], s->loop, local, echo_accept));
}

struct client {
	struct watcher w;
	unsigned number;
	size_t wanted, sent, got;
	bool connected, done;
	int64_t failed;
};
struct clients {
	struct loop *loop;
	struct client c[CLIENTS];
};

static void client_end(struct client *c, int64_t why)
{
	int fd = c->w.fd;
	c->done = true;
	c->failed = why;
	watcher_stop(&c->w);
	sys_close(fd);
}

static bool client_writes(struct client *c)
{
	uint8_t out[5000];
	while (c->sent < c->wanted) {
		size_t n = c->wanted - c->sent < sizeof(out) ? c->wanted - c->sent : sizeof(out);
		for (size_t i = 0; i < n; i++)
			out[i] = pattern(c->number, c->sent + i);
		struct sys_iovec v[2] = { { out, n / 3 }, { out + n / 3, n - n / 3 } };
		int64_t w = sys_writev(c->w.fd, v, 2);
		if (w == SYS_AGAIN)
			return true;
		if (w < 0) {
			client_end(c, w);
			return false;
		}
		c->sent += (size_t)w;
		if (c->sent == c->wanted)
			sys_shutdown_write(c->w.fd);
	}
	return true;
}

static void client_ready(struct watcher *w, uint32_t what)
{
	struct client *c = CONTAINER_OF(w, struct client, w);
	uint8_t in[3000];
	(void)what;
	if (!c->connected) {
		int code = sys_connected(w->fd);
		if (code == SYS_AGAIN)
			return;
		if (code < 0) {
			client_end(c, code);
			return;
		}
		c->connected = true;
	}
	if (!client_writes(c))
		return;
	for (;;) {
		int64_t n = sys_read(w->fd, in, sizeof(in));
		if (n == SYS_AGAIN)
			return;
		if (n <= 0) {
			client_end(c, n);
			return;
		}
		for (int64_t i = 0; i < n; i++)
			CHECK(in[i] == pattern(c->number, c->got + (size_t)i));
		c->got += (size_t)n;
		CHECK(c->got <= c->sent);
	}
}

static void clients_main(void *user, const struct str *argv, size_t argc)
{
	struct clients *all = user;
	(void)argv, (void)argc;
	all->loop = loop_new();
	for (unsigned i = 0; i < CLIENTS; i++) {
		struct client *c = &all->c[i];
		*c = (struct client){ .number = i, .wanted = 1 + draw(MOST) };
		int fd = sys_connect(i & 1 ? &echo_unix : &echo_address);
		CHECK(fd >= 0);
		CHECK(watcher_start(&c->w, all->loop, fd, client_ready));
	}
}

static struct sim_options network(uint64_t seed, double faults)
{
	return (struct sim_options){ .seed = seed, .delay_min = 10 * USEC, .delay_max = 2 * MSEC, .reset_chance = faults, .short_io_chance = 0.2 };
}

static void free_clients(void *arg) { loop_free(((struct clients *)arg)->loop); }
static void free_server(void *arg)
{
	struct echo_server *s = arg;
	for (int i = 0; i < 2; i++) {
		int fd = s->listeners[i].fd;
		watcher_stop(&s->listeners[i]);
		sys_close(fd);
	}
	loop_free(s->loop);
}

static uint64_t echo(uint64_t seed, double faults)
{
	struct echo_server server = { 0 };
	struct clients clients = { 0 };
	struct sim_options o = network(seed, faults);
	sim_start(&o);
	int64_t server_pid = sim_process(STR("echo"), echo_main, &server);
	int64_t client_pid = sim_process(STR("clients"), clients_main, &clients);
	CHECK(sim_run_until(60 * SECOND, 200000));
	for (int i = 0; i < CLIENTS; i++) {
		const struct client *c = &clients.c[i];
		CHECK(c->done);
		if (c->failed == 0)
			CHECK(c->got == c->wanted);
		else
			CHECK(c->failed == SYS_RESET);
		CHECK(faults > 0 || c->failed == 0);
		seen.resets += c->failed == SYS_RESET;
		seen.whole_echos += c->failed == 0;
	}
	sim_call(client_pid, free_clients, &clients);
	sim_call(server_pid, free_server, &server);
	uint64_t trace = sim_trace();
	sim_stop(true);
	return trace;
}

/* An early end is seen as an end with bytes missing, or as a reset, never as anything else. */
static void half_close(uint64_t seed)
{
	struct echo_server server = { 0 };
	struct clients clients = { 0 };
	struct sim_options o = network(seed, 0);
	o.half_close_chance = 0.5;
	sim_start(&o);
	sim_process(STR("echo"), echo_main, &server);
	sim_process(STR("clients"), clients_main, &clients);
	CHECK(sim_run_until(60 * SECOND, 200000));
	for (int i = 0; i < CLIENTS; i++) {
		CHECK(clients.c[i].done && (clients.c[i].failed == 0 || clients.c[i].failed == SYS_RESET));
		seen.early_ends += clients.c[i].failed == 0 && clients.c[i].got < clients.c[i].wanted;
	}
	sim_stop(false);
}

/* Nobody listens: refused. A server that hangs keeps its connections, and goes on where it was. One that crashes is noticed, or not. */
static void hang_and_crash(uint64_t seed)
{
	struct echo_server server = { 0 };
	struct clients clients = { 0 };
	struct sim_options o = network(seed, 0);
	o.half_open_chance = seed & 1 ? 1 : 0;
	sim_start(&o);
	sim_process(STR("early"), clients_main, &clients);
	CHECK(sim_run_until(2 * SECOND, 100000));
	for (int i = 0; i < CLIENTS; i++)
		CHECK(clients.c[i].failed == SYS_REFUSED);
	int64_t pid = sim_process(STR("echo"), echo_main, &server);
	sim_process(STR("clients"), clients_main, &clients);
	sim_run_until(sys_now() + (int64_t)draw(5 * MSEC), 1000000);
	bool unfinished[CLIENTS];
	for (int i = 0; i < CLIENTS; i++)
		unfinished[i] = clients.c[i].sent < clients.c[i].wanted;
	sim_hang(pid);
	sim_run_until(sys_now() + 5 * SECOND, 1000000); /* all that was under way has arrived */
	size_t before[CLIENTS];
	for (int i = 0; i < CLIENTS; i++)
		before[i] = clients.c[i].got;
	sim_run_until(sys_now() + 5 * SECOND, 1000000);
	for (int i = 0; i < CLIENTS; i++)
		CHECK(clients.c[i].got == before[i] && clients.c[i].failed == 0 && !(unfinished[i] && clients.c[i].done));
	sim_resume(pid);
	if (seed & 2) {
		sim_run_until(sys_now() + 60 * SECOND, 1000000);
		for (int i = 0; i < CLIENTS; i++)
			CHECK(clients.c[i].done && clients.c[i].failed == 0 && clients.c[i].got == clients.c[i].wanted);
	} else {
		sim_run_until(sys_now() + (int64_t)draw(5 * MSEC), 1000000);
		sim_crash(pid);
		CHECK(!sim_is_alive(pid));
		sim_run_until(sys_now() + 60 * SECOND, 1000000);
		for (int i = 0; i < CLIENTS; i++) {
			const struct client *c = &clients.c[i];
			bool waits_for_ever = !c->done;
			seen.silent += waits_for_ever;
			CHECK(waits_for_ever ? o.half_open_chance > 0 || !c->connected : c->got == c->wanted || c->failed < 0);
		}
	}
	sim_stop(false);
}

/* --- disk --------------------------------------------------------------------------------------------------------------------------- */

enum { RECORD = 64 };
struct writer {
	struct loop *loop;
	struct timer timer;
	struct loop_job job;
	int fd;
	uint64_t written, synced; /* records known to be in the file / on the disk */
	int64_t stopped_by;       /* SYS_E */
	bool through_work;        /* syncs off the thread */
};

static void fill(char *record, uint64_t n)
{
	for (unsigned i = 0; i < RECORD; i++)
		record[i] = (char)('a' + (n * 13 + i) % 26);
}

static void writer_step(struct timer *t);
static void sync_job(struct loop_job *j)
{
	struct writer *w = CONTAINER_OF(j, struct writer, job);
	uint64_t written = w->written;
	if (sys_fsync(w->fd) == 0)
		w->synced = written;
}
static void sync_done(struct loop_job *j)
{
	struct writer *w = CONTAINER_OF(j, struct writer, job);
	timer_set(&w->timer, w->loop, loop_now(w->loop) + MSEC, writer_step);
}

static void writer_step(struct timer *t)
{
	struct writer *w = CONTAINER_OF(t, struct writer, timer);
	unsigned n = 1 + (unsigned)(sys_random() % 5);
	for (unsigned i = 0; i < n; i++) {
		char record[RECORD];
		fill(record, w->written);
		struct sys_iovec v[2] = { { record, 10 }, { record + 10, RECORD - 10 } };
		int code = sys_append(w->fd, v, 2);
		if (code < 0) {
			w->stopped_by = code;
			return;
		}
		w->written++;
	}
	if (w->through_work)
		loop_work(w->loop, &w->job);
	else {
		sync_job(&w->job);
		sync_done(&w->job);
	}
}

static void writer_main(void *user, const struct str *argv, size_t argc)
{
	struct writer *w = user;
	(void)argv, (void)argc;
	w->loop = loop_new();
	w->job = (struct loop_job){ .run = sync_job, .done = sync_done };
	CHECK(sys_mkdir(STR("/data/log")) == 0);
	w->fd = sys_open(STR("/data/log/records"), SYS_OPEN_APPEND);
	CHECK(w->fd >= 0);
	CHECK(sys_fsync_dir(STR("/data/log")) == 0 && sys_fsync_dir(STR("/data")) == 0 && sys_fsync_dir(STR("/")) == 0);
	CHECK(sys_lock_file(STR("/data/lock")) >= 0);
	CHECK(sys_lock_file(STR("/data/lock")) == SYS_IN_USE);
	timer_set(&w->timer, w->loop, loop_now(w->loop) + MSEC, writer_step);
}

/* The first n records of the file are as written. Returns how much the file holds. */
static size_t expect_records(uint64_t n)
{
	struct arena a;
	struct str all;
	struct err e = { 0 };
	arena_init(&a, 4 << 20);
	CHECK(sys_read_file(STR("/data/log/records"), 1 << 20, &a, &all, &e));
	CHECK(all.len >= n * RECORD);
	for (uint64_t i = 0; i < n; i++) {
		char record[RECORD];
		fill(record, i);
		CHECK(str_eq(str_sub(all, i * RECORD, (i + 1) * RECORD), str_from(record, RECORD)));
	}
	arena_release(&a);
	return all.len;
}

static void crash_loses_only_what_was_not_synced(uint64_t seed)
{
	struct writer w = { .through_work = seed & 1 };
	struct sim_options o = { .seed = seed, .torn_write_chance = 0.5, .fsync_fail_chance = 0 };
	sim_start(&o);
	int64_t pid = sim_process(STR("writer"), writer_main, &w);
	int how = (int)draw(5);
	if (how >= 3)
		sim_crash_at_write(pid, 1 + draw(60), how == 3);
	CHECK(sim_run_until(sys_now() + (int64_t)draw(200 * MSEC) + (how >= 3 ? SECOND : 0), 100000));
	uint64_t at_end = w.synced;
	switch (how) {
	case 0: sim_crash(pid); break;
	case 1: sim_power_loss(); break;
	case 2: CHECK(sys_kill(pid, SYS_SIGKILL) == 0); break;
	default: break;
	}
	CHECK(!sim_is_alive(pid));
	bool keeps = how == 2 || how == 4;
	size_t left = expect_records(keeps ? w.written : w.synced);
	seen.lost_records += left < w.written * RECORD;
	seen.torn_records += left % RECORD != 0;
	CHECK(sim_run_until(sys_now() + SECOND, 100000)); /* nothing of it runs any more, its unfinished work least of all */
	CHECK(w.synced == at_end);
	int fd = sys_lock_file(STR("/data/lock"));
	CHECK(fd >= 0);
	sys_close(fd);
	sim_stop(true);
}

static void a_full_disk_refuses(uint64_t seed)
{
	struct writer w = { 0 };
	struct sim_options o = { .seed = seed, .disk_capacity = (int64_t)(2000 + draw(3000)) };
	static const char big[8000];
	struct err e = { 0 };
	sim_start(&o);
	int64_t pid = sim_process(STR("writer"), writer_main, &w);
	CHECK(sim_run_until(10 * SECOND, 100000));
	CHECK(w.stopped_by == SYS_NO_SPACE);
	CHECK(sim_disk_used() <= o.disk_capacity);
	seen.partial_appends += expect_records(w.written) % RECORD != 0;
	CHECK(!sys_write_file(STR("/data/other"), str_from(big, sizeof(big)), &e));
	CHECK(e.code == ERR_DISK_FULL);
	sim_disk_capacity(0);
	err_clear(&e);
	CHECK(sys_write_file(STR("/data/other"), STR("now it fits"), &e));
	sim_crash(pid);
	expect_records(w.synced);
	sim_stop(true);
}

/* --- replacing files ------------------------------------------------------------------------------------------------------------------ */

struct replacer { unsigned done; };
static void replacer_main(void *user, const struct str *argv, size_t argc)
{
	struct replacer *r = user;
	(void)argv, (void)argc;
	for (unsigned i = 1; i <= 20; i++) {
		char text[5000];
		struct err e = { 0 };
		memset(text, 'a' + (int)i, sizeof(text));
		CHECK(sys_write_file(STR("/state"), str_from(text, sizeof(text)), &e));
		r->done = i;
	}
}

/* However it ends: the file is the last that was reported written or the next one, whole. */
static void a_file_is_replaced_whole_or_not(uint64_t seed)
{
	struct replacer r = { 0 };
	struct sim_options o = { .seed = seed, .torn_write_chance = 0.5 };
	struct err e = { 0 };
	struct arena a;
	struct str got;
	sim_start(&o);
	arena_init(&a, 1 << 20);
	sim_program(STR("replacer"), replacer_main, &r);
	struct str argv = STR("replacer");
	struct sys_process p;
	CHECK(sys_spawn(&(struct sys_spawn){ .argv = &argv, .argc = 1 }, &p) == 0);
	sim_crash_at_write(p.pid, 1 + draw(110), true);
	CHECK(sim_run_until(5 * SECOND, 100000));
	sim_power_loss();
	if (sys_read_file(STR("/state"), 1 << 16, &a, &got, &e)) {
		CHECK(got.len == 5000);
		for (size_t i = 0; i < got.len; i++)
			CHECK(got.p[i] == got.p[0]);
		CHECK(got.p[0] == (char)('a' + r.done) || got.p[0] == (char)('a' + r.done + 1));
		seen.old_files += got.p[0] == (char)('a' + r.done);
		seen.new_files += got.p[0] != (char)('a' + r.done);
	} else
		CHECK(r.done == 0 && e.code == ERR_NOT_FOUND);
	arena_release(&a);
	sys_close(p.handle);
	sim_stop(true);
}

/* --- children -------------------------------------------------------------------------------------------------------------------------- */

struct supervisor {
	struct loop *loop;
	struct watcher ended, out;
	struct sys_process child;
	unsigned starts, ends, lines, asked_to_stop;
	struct sys_exit last;
	bool stopping;
};
static unsigned worker_lines;

static void worker_said_enough(struct timer *t)
{
	free(t);
	sys_exit(3);
}
static void worker_main(void *user, const struct str *argv, size_t argc)
{
	(void)user;
	CHECK(argc == 2 && str_eq(argv[1], STR("--fast")) && str_eq(sys_env("COLOUR"), STR("green")) && !sys_env("COLO").p);
	struct loop *l = loop_new();
	struct timer *t = calloc(1, sizeof(*t));
	CHECK(t);
	for (unsigned i = 0; i < 10; i++) {
		sys_print(SYS_STDOUT, STR("a line\n"));
		worker_lines++;
	}
	timer_set(t, l, loop_now(l) + (int64_t)(sys_random() % (50 * MSEC)), worker_said_enough);
}

static void start_worker(struct supervisor *s);
static void read_lines(struct watcher *w, uint32_t what)
{
	struct supervisor *s = CONTAINER_OF(w, struct supervisor, out);
	char text[50];
	int64_t n;
	(void)what;
	while ((n = sys_read(w->fd, text, sizeof(text))) > 0)
		for (int64_t i = 0; i < n; i++)
			s->lines += text[i] == '\n';
	if (n == 0)
		watcher_stop(w);
}
static void worker_ended(struct watcher *w, uint32_t what)
{
	struct supervisor *s = CONTAINER_OF(w, struct supervisor, ended);
	(void)what;
	CHECK(sys_wait(&s->child, &s->last) == 0);
	s->ends++;
	s->out.fd = s->child.out;
	read_lines(&s->out, SYS_READABLE);
	watcher_stop(&s->out);
	watcher_stop(&s->ended);
	sys_close(s->child.handle);
	sys_close(s->child.out);
	sys_close(s->child.err);
	if (s->stopping)
		sys_exit(0);
	start_worker(s);
}
static void start_worker(struct supervisor *s)
{
	static const struct str argv[] = { STR_INIT("worker"), STR_INIT("--fast") }, env[] = { STR_INIT("COLOUR=green") };
	struct sys_spawn spawn = { .argv = argv, .argc = 2, .env = env, .env_count = 1, .pipe_output = true };
	CHECK(sys_spawn(&spawn, &s->child) == 0);
	CHECK(watcher_start(&s->ended, s->loop, s->child.handle, worker_ended));
	CHECK(watcher_start(&s->out, s->loop, s->child.out, read_lines));
	s->starts++;
}
static void supervisor_signalled(void *ctx, enum sys_signal signal_)
{
	struct supervisor *s = ctx;
	CHECK(signal_ == SYS_SIGTERM);
	s->asked_to_stop++;
	s->stopping = true;
	CHECK(sys_kill(s->child.pid, SYS_SIGTERM) == 0);
}
static void supervisor_main(void *user, const struct str *argv, size_t argc)
{
	struct supervisor *s = user;
	struct str missing = STR("nothing");
	struct sys_process p;
	(void)argv, (void)argc;
	s->loop = loop_new();
	CHECK(sys_spawn(&(struct sys_spawn){ .argv = &missing, .argc = 1 }, &p) == SYS_NOT_FOUND);
	loop_on_signal(s->loop, supervisor_signalled, s);
	start_worker(s);
}

static void children_are_restarted(uint64_t seed)
{
	struct supervisor s = { .ended = { .fd = -1 }, .out = { .fd = -1 } };
	struct sim_options o = { .seed = seed, .short_io_chance = 0.3 };
	worker_lines = 0;
	sim_start(&o);
	sim_program(STR("worker"), worker_main, NULL);
	int64_t pid = sim_process(STR("supervisor"), supervisor_main, &s);
	CHECK(sim_run_until(2 * SECOND, 100000));
	CHECK(s.ends > 10 && s.starts == s.ends + 1);
	CHECK(s.last.exited && s.last.status == 3);
	unsigned ends = s.ends;
	CHECK(sim_is_alive(s.child.pid));
	CHECK(sys_kill(s.child.pid, SYS_SIGKILL) == 0);
	CHECK(sim_run_until(sys_now() + 100 * USEC, 1000));
	CHECK(s.ends == ends + 1 && !s.last.exited && s.last.status == 9);
	if (seed & 1) { /* stopped in order: everything that was written was read */
		CHECK(sys_kill(pid, SYS_SIGTERM) == 0);
		CHECK(sim_run_until(sys_now() + SECOND, 10000));
		CHECK(s.asked_to_stop == 1 && s.last.status == 15);
		CHECK(s.lines == worker_lines);
	} else { /* its children do not outlive it */
		CHECK(sys_kill(pid, SYS_SIGKILL) == 0);
		CHECK(sim_run_until(sys_now() + 1, 10000));
		CHECK(!sim_is_alive(s.child.pid));
	}
	CHECK(!sim_is_alive(pid));
	CHECK(sim_run_until(sys_now() + SECOND, 10000));
	CHECK(!sim_is_alive(s.child.pid));
	sim_stop(true);
}

/* --- all --------------------------------------------------------------------------------------------------------------------------------- */

static void run(uint64_t seed)
{
	static uint64_t last_trace;
	uint64_t trace = echo(seed, seed % 3 ? 0.002 : 0);
	CHECK(trace != last_trace);
	last_trace = trace;
	if (seed % 10 == 0)
		CHECK(echo(seed, seed % 3 ? 0.002 : 0) == trace);
	half_close(seed);
	hang_and_crash(seed);
	crash_loses_only_what_was_not_synced(seed);
	a_full_disk_refuses(seed);
	a_file_is_replaced_whole_or_not(seed);
	children_are_restarted(seed);
}

int main(int argc, char **argv)
{
	int code = sim_main(argc, argv, run);
	printf("seen: %u resets, %u whole echos, %u early ends, %u silent peers, %u losses, %u torn records, %u old and %u new files, %u partial "
	       "appends\n",
	       seen.resets, seen.whole_echos, seen.early_ends, seen.silent, seen.lost_records, seen.torn_records, seen.old_files, seen.new_files,
	       seen.partial_appends);
	if (argc > 2 && strcmp(argv[1], "--seeds") == 0 && atoi(argv[2]) >= 200)
		CHECK(seen.resets && seen.whole_echos && seen.early_ends && seen.silent && seen.lost_records && seen.torn_records && seen.old_files &&
		      seen.new_files && seen.partial_appends);
	return code;
}
