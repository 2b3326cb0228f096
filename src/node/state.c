/* The table (see state.h). Timers are cancelled and checks ended whenever a state is left in which they mean something: that is what makes
 * the cells marked X impossible. */
#include "node/state.h"
#include "base/check.h"

#define X { INSTANCE_STOPPED, ACTION_IMPOSSIBLE }
#define STAY(state) { INSTANCE_##state, ACTION_NONE }
#define GO(state, action) { INSTANCE_##state, ACTION_##action }

static const struct transition table[INSTANCE_STATES][EVENT_COUNT] = {
	[INSTANCE_STARTING] = {
		[EVENT_WANT] = STAY(STARTING),
		[EVENT_UNWANT] = GO(STOPPING, TERM),
		[EVENT_REPLACE] = GO(STOPPING, TERM),
		[EVENT_START_FAILED] = GO(BACKOFF, WAIT),
		[EVENT_HEALTH_OK] = GO(HEALTHY, CALM),
		[EVENT_HEALTH_BAD] = STAY(UNHEALTHY),
		[EVENT_GIVE_UP] = X, /* first it becomes unhealthy */
		[EVENT_EXITED_RESTART] = GO(STARTING, START),
		[EVENT_EXITED_BACKOFF] = GO(BACKOFF, WAIT),
		[EVENT_EXITED_DONE] = X, /* unwanted, it is stopping */
		[EVENT_BACKOFF_DUE] = X,
		[EVENT_GRACE_DUE] = X,
		[EVENT_HEALTHY_LONG] = X,
	},
	[INSTANCE_HEALTHY] = {
		[EVENT_WANT] = STAY(HEALTHY),
		[EVENT_UNWANT] = GO(STOPPING, TERM),
		[EVENT_REPLACE] = GO(STOPPING, TERM),
		[EVENT_START_FAILED] = X,
		[EVENT_HEALTH_OK] = STAY(HEALTHY),
		[EVENT_HEALTH_BAD] = GO(UNHEALTHY, WORRY),
		[EVENT_GIVE_UP] = X,
		[EVENT_EXITED_RESTART] = GO(STARTING, START),
		[EVENT_EXITED_BACKOFF] = GO(BACKOFF, WAIT),
		[EVENT_EXITED_DONE] = X,
		[EVENT_BACKOFF_DUE] = X,
		[EVENT_GRACE_DUE] = X,
		[EVENT_HEALTHY_LONG] = GO(HEALTHY, FORGET),
	},
	[INSTANCE_UNHEALTHY] = {
		[EVENT_WANT] = STAY(UNHEALTHY),
		[EVENT_UNWANT] = GO(STOPPING, TERM),
		[EVENT_REPLACE] = GO(STOPPING, TERM),
		[EVENT_START_FAILED] = X,
		[EVENT_HEALTH_OK] = GO(HEALTHY, CALM),
		[EVENT_HEALTH_BAD] = STAY(UNHEALTHY),
		[EVENT_GIVE_UP] = GO(STOPPING, TERM),
		[EVENT_EXITED_RESTART] = GO(STARTING, START),
		[EVENT_EXITED_BACKOFF] = GO(BACKOFF, WAIT),
		[EVENT_EXITED_DONE] = X,
		[EVENT_BACKOFF_DUE] = X,
		[EVENT_GRACE_DUE] = X,
		[EVENT_HEALTHY_LONG] = X,
	},
	[INSTANCE_STOPPING] = {
		[EVENT_WANT] = STAY(STOPPING), /* remembered: what comes after its end is told by the kind of exit */
		[EVENT_UNWANT] = STAY(STOPPING),
		[EVENT_REPLACE] = STAY(STOPPING),
		[EVENT_START_FAILED] = X,
		[EVENT_HEALTH_OK] = X,
		[EVENT_HEALTH_BAD] = X,
		[EVENT_GIVE_UP] = X,
		[EVENT_EXITED_RESTART] = GO(STARTING, START),
		[EVENT_EXITED_BACKOFF] = GO(BACKOFF, WAIT),
		[EVENT_EXITED_DONE] = GO(STOPPED, END),
		[EVENT_BACKOFF_DUE] = X,
		[EVENT_GRACE_DUE] = GO(STOPPING, KILL),
		[EVENT_HEALTHY_LONG] = X,
	},
	[INSTANCE_BACKOFF] = {
		[EVENT_WANT] = STAY(BACKOFF),
		[EVENT_UNWANT] = GO(STOPPED, END),
		[EVENT_REPLACE] = GO(STARTING, START),
		[EVENT_START_FAILED] = X,
		[EVENT_HEALTH_OK] = X,
		[EVENT_HEALTH_BAD] = X,
		[EVENT_GIVE_UP] = X,
		[EVENT_EXITED_RESTART] = X, /* it has no process */
		[EVENT_EXITED_BACKOFF] = X,
		[EVENT_EXITED_DONE] = X,
		[EVENT_BACKOFF_DUE] = GO(STARTING, START),
		[EVENT_GRACE_DUE] = X,
		[EVENT_HEALTHY_LONG] = X,
	},
	[INSTANCE_STOPPED] = {
		[EVENT_WANT] = GO(STARTING, START),
		[EVENT_UNWANT] = STAY(STOPPED),
		[EVENT_REPLACE] = STAY(STOPPED),
		[EVENT_START_FAILED] = X,
		[EVENT_HEALTH_OK] = X,
		[EVENT_HEALTH_BAD] = X,
		[EVENT_GIVE_UP] = X,
		[EVENT_EXITED_RESTART] = X,
		[EVENT_EXITED_BACKOFF] = X,
		[EVENT_EXITED_DONE] = X,
		[EVENT_BACKOFF_DUE] = X,
		[EVENT_GRACE_DUE] = X,
		[EVENT_HEALTHY_LONG] = X,
	},
};

struct transition state_transition(enum instance_state s, enum instance_event e)
{
	CHECK((unsigned)s < INSTANCE_STATES && (unsigned)e < EVENT_COUNT);
	return table[s][e];
}

const char *event_name(enum instance_event e)
{
	static const char *const names[EVENT_COUNT] = { "want", "unwant", "replace", "start_failed", "health_ok", "health_bad", "give_up",
						       "exited_restart", "exited_backoff", "exited_done", "backoff_due", "grace_due",
						       "healthy_long" };
	CHECK((unsigned)e < EVENT_COUNT);
	return names[e];
}
