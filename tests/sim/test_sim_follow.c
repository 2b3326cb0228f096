/* Following the snapshot while control and follower crash, connections break, and the disk tears or fills up. What must hold:
 * - a follower only ever gets snapshots that control published, each newer than the one before;
 * - a follower that starts again begins with a snapshot at least as new as the last it was given (it was on disk before it was given),
 *   unless the disk had refused it;
 * - once the faults end, it has the newest within the time of one long poll. */
#include "base/check.h"
#include "model/follow.h"
#include "net/http_server.h"
#include "sim_main.h"
#include "sys/sim.h"

enum { WAITING_MOST = 16, ROUNDS = 12 };
#define KEPT "/var/lib/x/snapshot.json"
static const struct sys_addr control_address = { .family = SYS_UNIX, .path = "/run/control" };
static struct { unsigned given, from_disk, kept_not, lost, control_crashes, follower_crashes, writes_cut; } seen;

static uint64_t draw(uint64_t n) { return sim_random() % n; }

/* --- control --------------------------------------------------------------------------------------------------------------------- */

struct control {
	struct loop *loop;
	struct http_server *server;
	uint64_t version; /* as if on a disk of its own */
	struct http_exchange *waiting[WAITING_MOST];
	int64_t pid;
};

static void answer(struct control *c, struct http_exchange *x)
{
	char text[512];
	int n = snprintf(text, sizeof(text),
			 "{\"version\":%llu,\"fleet\":\"x\",\"gateway\":{\"listen\":\"127.0.0.1:1\",\"connect_timeout_ns\":1,"
			 "\"first_byte_timeout_ns\":1,\"timeout_ns\":1},\"services\":[]}",
			 (unsigned long long)c->version);
	http_answer(x, 200, STR("application/json"), STR(""), str_from(text, (size_t)n));
}

static void gone(void *ctx) { *(struct http_exchange **)ctx = NULL; }

static void handle(void *ctx, struct http_exchange *x)
{
	struct control *c = ctx;
	struct str after;
	uint64_t v;
	CHECK(http_query_get(http_request(x)->head.query, STR("after"), &after) && str_to_u64(after, &v) && v <= c->version);
	if (v < c->version) {
		answer(c, x);
		return;
	}
	for (int i = 0; i < WAITING_MOST; i++) {
		if (!c->waiting[i]) {
			c->waiting[i] = x;
			http_on_gone(x, gone, &c->waiting[i]);
			return;
		}
	}
	http_answer(x, 429, STR(""), STR(""), STR(""));
}

static void control_main(void *user, const struct str *argv, size_t argc)
{
	struct control *c = user;
	struct err e = { 0 };
	struct http_server_options o = { 0 };
	(void)argv, (void)argc;
	memset(c->waiting, 0, sizeof(c->waiting));
	c->loop = loop_new();
	c->server = http_server_new(c->loop, &o, handle, c);
	CHECK(http_server_listen(c->server, &control_address, NULL, &e));
}

static void publish(void *arg)
{
	struct control *c = arg;
	c->version++;
	for (int i = 0; i < WAITING_MOST; i++) {
		struct http_exchange *x = c->waiting[i];
		c->waiting[i] = NULL;
		if (x)
			answer(c, x);
	}
}

/* --- follower -------------------------------------------------------------------------------------------------------------------- */

struct follower {
	struct loop *loop;
	struct http_client *client;
	struct follow *follow;
	const struct control *control;
	uint64_t version; /* of the last snapshot given in this life */
	bool first;       /* none was given yet in this life */
	uint64_t durable; /* the last that was given and not refused by the disk */
	bool refused;     /* the disk refused the snapshot that is about to be given */
	int64_t pid;
};

static void on_snapshot(void *ctx, struct snapshot *s)
{
	struct follower *f = ctx;
	CHECK(s->version <= f->control->version);
	if (f->first && !f->follow) { /* from inside follow_new: the one on disk */
		CHECK(s->version >= f->durable);
		seen.from_disk++;
	} else {
		CHECK(s->version > f->version);
	}
	f->first = false;
	f->version = s->version;
	if (!f->refused)
		f->durable = s->version;
	f->refused = false;
	seen.given++;
}

static void on_state(void *ctx, bool connected, const struct err *why)
{
	struct follower *f = ctx;
	CHECK(connected || why);
	if (connected && why) {
		f->refused = true;
		seen.kept_not++;
	}
	seen.lost += !connected;
}

static void follower_main(void *user, const struct str *argv, size_t argc)
{
	struct follower *f = user;
	struct http_client_options o = { 0 };
	(void)argv, (void)argc;
	f->loop = loop_new();
	f->client = http_client_new(f->loop, &o);
	f->follow = NULL;
	f->version = 0;
	f->first = true;
	f->refused = false;
	CHECK(sys_mkdir(STR("/var/lib/x")) == 0 || sys_mkdir(STR("/var/lib/x")) == SYS_NO_SPACE);
	static const struct str above[] = { STR_INIT("/"), STR_INIT("/var"), STR_INIT("/var/lib") };
	for (size_t i = 0; i < ARRAY_LEN(above); i++)
		sys_fsync_dir(above[i]); /* the directory itself outlives a crash */
	struct follow_options fo = { .control = control_address, .file = STR(KEPT), .on_snapshot = on_snapshot, .on_state = on_state, .ctx = f };
	f->follow = follow_new(f->loop, f->client, &fo);
	CHECK(f->follow);
	CHECK(f->durable == 0 || !f->first); /* what was given once is there at the next start */
}

/* --- the world ------------------------------------------------------------------------------------------------------------------- */

static void round_of_faults(struct control *c, struct follower *f)
{
	for (uint64_t i = draw(3); i > 0; i--)
		sim_after((int64_t)draw(200 * MSEC), c->pid, publish, c);
	if (draw(4) == 0) {
		sim_crash_at_write(f->pid, 1 + draw(8), draw(2));
		seen.writes_cut++;
	}
	CHECK(sim_run_until(sys_now() + (int64_t)draw(3 * SECOND), 1000000));
	if (draw(3) == 0 && sim_is_alive(c->pid)) {
		sim_crash(c->pid);
		seen.control_crashes++;
	}
	if (draw(4) == 0 && sim_is_alive(f->pid)) {
		sim_crash(f->pid);
		seen.follower_crashes++;
	}
	CHECK(sim_run_until(sys_now() + (int64_t)draw(SECOND), 1000000));
	if (!sim_is_alive(c->pid))
		c->pid = sim_process(STR("control"), control_main, c);
	if (!sim_is_alive(f->pid))
		f->pid = sim_process(STR("follower"), follower_main, f);
}

static void run(uint64_t seed)
{
	struct control control = { .version = 1 };
	struct follower follower = { .control = &control };
	struct sim_options o = { .seed = seed, .delay_min = 10 * USEC, .delay_max = 5 * MSEC, .reset_chance = 0.02, .half_close_chance = 0.05,
				 .short_io_chance = 0.2, .torn_write_chance = 0.5, .half_open_chance = 0.3,
				 .disk_capacity = seed % 4 == 0 ? 250 : 0 };
	sim_start(&o);
	control.pid = sim_process(STR("control"), control_main, &control);
	follower.pid = sim_process(STR("follower"), follower_main, &follower);
	for (int i = 0; i < ROUNDS; i++)
		round_of_faults(&control, &follower);
	sim_set_options(&(struct sim_options){ .seed = seed, .delay_min = 10 * USEC, .delay_max = 5 * MSEC });
	sim_crash_at_write(follower.pid, 0, false);
	sim_after(MSEC, control.pid, publish, &control);
	CHECK(sim_run_until(sys_now() + 60 * SECOND, 1000000));
	CHECK(follower.version == control.version);
	sim_stop(false);
}

int main(int argc, char **argv)
{
	int code = sim_main(argc, argv, run);
	printf("given %u, from disk %u, not kept %u, lost control %u, crashes of control %u and follower %u, writes cut %u\n", seen.given,
	       seen.from_disk, seen.kept_not, seen.lost, seen.control_crashes, seen.follower_crashes, seen.writes_cut);
	return code;
}
