/* How long a killed service is away: from SIGKILL to the moment its successor runs (it writes one byte to a pipe first thing), median of 200
 * kills, under Pleach's node and under runit's runsv (Debian package runit) in the same run. Each kill comes when the service has run for
 * so long that its supervisor forgives (Pleach: 20 ms here, runsv: 1 s), as one death in a quiet time does.
 *
 *   node_restart [kills]            prints one line each, and the ratio
 *   node_restart child FIFO         the service itself; called as `run`, as runsv does, with ../starts */
#include "base/check.h"
#include "node/node.h"
#include "tests/unit/node_snapshot.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { KILLS = 200, RUNSV_KILLS = 40 /* it needs a second of rest between two */ };
struct start { int64_t at; pid_t pid; }; /* what each start writes */
extern char **environ;
static char directory[] = "/tmp/node_restart.XXXXXX", fifo[64], self[1024];
static int starts;

static int64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void listen_on(const char *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int yes = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(fd, 64) < 0)
		perror("listen");
}

static int child(const char *path)
{
	struct start s = { now(), getpid() };
	if (getenv("PORT"))
		listen_on(getenv("PORT"));
	int fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, &s, sizeof(s)) != sizeof(s))
		return 1;
	close(fd);
	for (;;)
		pause();
}

/* The next start, within so many ms; pid 0: none came. */
static struct start next_start(int ms)
{
	struct pollfd p = { .fd = starts, .events = POLLIN };
	struct start s = { 0, 0 };
	if (poll(&p, 1, ms) == 1 && read(starts, &s, sizeof(s)) == sizeof(s))
		return s;
	return (struct start){ 0, 0 };
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static double report(const char *who, int64_t *took, int n)
{
	qsort(took, (size_t)n, sizeof(*took), by_size);
	double median = (double)took[n / 2] / 1e6;
	printf("%-8s restart after SIGKILL: median %.2f ms, p95 %.2f ms, most %.2f ms, of %d kills\n", who, median, (double)took[n * 95 / 100] / 1e6,
	       (double)took[n - 1] / 1e6, n);
	return median;
}

/* --- Pleach ------------------------------------------------------------------------------------------------------------------------- */

static struct {
	struct loop *loop;
	struct node *node;
	struct timer timer;
	struct watcher watcher;
	int kills, done;
	int64_t killed_at, took[KILLS];
	pid_t pid;
} p;

static bool take_record(void *ctx, const struct log_record *r)
{
	(void)ctx, (void)r;
	return true;
}

static void stopped(void *ctx)
{
	(void)ctx;
	loop_stop(p.loop);
}

/* Healthy, and for so long that the node has forgotten the last death. */
static bool is_settled(void)
{
	struct node_status *r = node_report(p.node);
	bool healthy = r->instances_count == 1 && r->instances[0].state == INSTANCE_HEALTHY && r->time - r->instances[0].since > 20 * MSEC;
	node_status_free(r);
	return healthy;
}

static void kill_it(struct timer *t)
{
	if (!is_settled()) {
		timer_set(t, p.loop, sys_now() + 10 * MSEC, kill_it);
		return;
	}
	p.killed_at = now();
	kill(p.pid, SIGKILL);
}

static void started(struct watcher *w, uint32_t what)
{
	struct start s;
	(void)what, (void)w;
	while (read(starts, &s, sizeof(s)) == sizeof(s)) {
		if (p.pid)
			p.took[p.done++] = s.at - p.killed_at;
		p.pid = s.pid;
		if (p.done == p.kills)
			node_stop(p.node, stopped, NULL);
		else
			timer_set(&p.timer, p.loop, sys_now() + 60 * MSEC, kill_it);
	}
}

static double pleach(int kills)
{
	static const struct str env[] = { STR_INIT("PATH=/usr/bin:/bin") };
	struct want w = { .name = "a", .command = { self, "child", fifo } };
	p.loop = loop_new();
	struct http_client *client = http_client_new(p.loop, &(struct http_client_options){ 0 });
	struct node_options o = { .name = STR("here"), .version = STR("1"), .client = client, .env = env, .env_count = 1, .on_record = take_record,
				  .health_interval = 20 * MSEC, .backoff_reset = MSEC };
	p.kills = kills;
	p.node = node_new(p.loop, &o);
	CHECK(p.loop && client && p.node && watcher_start(&p.watcher, p.loop, starts, started));
	struct snapshot *s = want_snapshot(1, &w, 1);
	node_apply(p.node, s);
	snapshot_unref(s);
	loop_run(p.loop);
	watcher_stop(&p.watcher);
	timer_cancel(&p.timer);
	node_free(p.node);
	http_client_free(client);
	loop_free(p.loop);
	return report("pleach", p.took, kills);
}

/* --- runit ------------------------------------------------------------------------------------------------------------------------------ */

static bool write_run_script(char *service, size_t size)
{
	char path[128];
	snprintf(service, size, "%s/service", directory);
	snprintf(path, sizeof(path), "%s/run", service);
	/* Not the usual shell script: its time would be counted. */
	return mkdir(service, 0755) == 0 && symlink(self, path) == 0;
}

static double runsv(int kills)
{
	char service[96];
	char *argv[] = { (char *)"runsv", service, NULL };
	int64_t took[RUNSV_KILLS];
	pid_t pid;
	int done = 0;
	if (!write_run_script(service, sizeof(service)) || posix_spawnp(&pid, "runsv", NULL, NULL, argv, environ) != 0) {
		printf("runsv    is not installed (Debian package runit): no comparison\n");
		return 0;
	}
	struct start s = next_start(5000);
	for (; s.pid && done < kills; done++) {
		usleep(1100000); /* one that has run for less than a second is made to wait a second */
		int64_t at = now();
		kill(s.pid, SIGKILL);
		s = next_start(5000);
		took[done] = s.at - at;
	}
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	return done == kills ? report("runsv", took, kills) : 0;
}

int main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');
	if (strcmp(slash ? slash + 1 : argv[0], "run") == 0)
		return child("../starts");
	if (argc == 3 && strcmp(argv[1], "child") == 0)
		return child(argv[2]);
	int kills = argc > 1 ? atoi(argv[1]) : KILLS;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n <= 0 || kills < 1 || kills > KILLS || !mkdtemp(directory))
		return 1;
	snprintf(fifo, sizeof(fifo), "%s/starts", directory);
	if (mkfifo(fifo, 0600) < 0)
		return 1;
	starts = open(fifo, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	sys_init();
	double ours = pleach(kills), theirs = runsv(kills < RUNSV_KILLS ? kills : RUNSV_KILLS);
	if (theirs > 0)
		printf("runsv / pleach: %.1f\n", theirs / ours);
	char clean[128];
	snprintf(clean, sizeof(clean), "rm -rf '%s'", directory);
	return starts < 0 || system(clean) != 0;
}
