/* pleach down: asks the node to stop the fleet and waits until it is gone. */
#include "base/check.h"
#include "cli/ask.h"
#include "cli/output.h"

struct waiting_down {
	struct ask *client;
	struct timer poll;
	int64_t deadline;
	bool gone;
};

/* The node holds its lock as long as anything of the fleet runs. */
static bool locked(void)
{
	int lock = sys_lock_file(STR(".pleach/node.lock"));
	if (lock >= 0)
		sys_close(lock);
	return lock == SYS_IN_USE;
}

static void on_poll(struct timer *t)
{
	struct waiting_down *w = CONTAINER_OF(t, struct waiting_down, poll);
	struct loop *l = w->client->loop;
	w->gone = !locked();
	if (w->gone || loop_now(l) >= w->deadline) {
		loop_stop(l);
		return;
	}
	timer_set(t, l, loop_now(l) + 20 * (int64_t)MSEC, on_poll);
}

int cmd_down(struct cli *c)
{
	struct err e = { 0 };
	struct ask client;
	int64_t wait;
	bool ok = cli_duration(c, "wait", 60 * SECOND, &wait, &e) && ask_open(&client, c, &e);
	if (!ok)
		return cli_fail(c, &e);
	if (!ask_post(&client, PART_SOCKET_NODE, STR("/api/stop"), &e)) {
		ask_close(&client);
		if (e.code != ERR_UNAVAILABLE)
			return cli_fail(c, &e);
		buf_add(&c->out, c->json ? STR("{\"stopped\":true,\"was_running\":false}\n") : STR("The fleet is not running.\n"));
		return 0;
	}
	struct waiting_down w = { .client = &client, .deadline = sys_now() + wait };
	progress(STR("stopping: callers first, then the services they call, then Pleach's own parts"));
	timer_set(&w.poll, client.loop, sys_now(), on_poll);
	loop_run(client.loop);
	timer_cancel(&w.poll);
	progress_end();
	ask_close(&client);
	if (!w.gone) {
		err_set(&e, ERR_TIMEOUT, "something still runs after the time allowed; `pleach status` shows what, --wait=2m waits longer");
		return cli_fail(c, &e);
	}
	buf_add(&c->out, c->json ? STR("{\"stopped\":true,\"was_running\":true}\n") : STR("The fleet is stopped. Everything it told is kept.\n"));
	return 0;
}
