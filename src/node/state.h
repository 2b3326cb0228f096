/* The life of an instance as a complete table of state by event: the next state and what is done on the way. The states are those of
 * model/snapshot.h. instance.c sends the events and does the actions; nothing else changes a state.
 *
 *   STOPPED --want--> STARTING --health_ok--> HEALTHY <--health_ok/health_bad--> UNHEALTHY
 *                        ^  \                    |                                  |
 *            backoff_due |   +---- exited -------+------- exited -------------------+
 *                        |   |                   |                                  |
 *                     BACKOFF<+ (not the first)  +--- unwant, replace, give_up -----+--> STOPPING --exited--> STOPPED, or from the top */
#ifndef PLEACH_NODE_STATE_H
#define PLEACH_NODE_STATE_H
#include "model/snapshot.h"

enum instance_event {
	EVENT_WANT,           /* it should run */
	EVENT_UNWANT,         /* it should not */
	EVENT_REPLACE,        /* it should run with another command, environment or limits */
	EVENT_START_FAILED,   /* no process came to be */
	EVENT_HEALTH_OK,      /* a check went well */
	EVENT_HEALTH_BAD,     /* so many checks failed in a row that it counts */
	EVENT_GIVE_UP,        /* it has been unhealthy for too long */
	EVENT_EXITED_RESTART, /* the process ended; it may start again at once */
	EVENT_EXITED_BACKOFF, /* the process ended; it has to wait */
	EVENT_EXITED_DONE,    /* the process ended and nobody wants it */
	EVENT_BACKOFF_DUE,    /* it has waited */
	EVENT_GRACE_DUE,      /* it was asked to stop and did not */
	EVENT_HEALTHY_LONG,   /* healthy for so long that earlier failures are forgotten */
	EVENT_COUNT
};
enum instance_action {
	ACTION_IMPOSSIBLE, /* this event cannot come in this state: a bug */
	ACTION_NONE,
	ACTION_START,      /* start the process and its health checks */
	ACTION_TERM,       /* end the checks, SIGTERM, set the grace timer */
	ACTION_KILL,       /* SIGKILL */
	ACTION_WAIT,       /* set the back-off timer */
	ACTION_CALM,       /* set the timer that forgets failures */
	ACTION_WORRY,      /* cancel it */
	ACTION_FORGET,     /* forget earlier failures */
	ACTION_END,        /* nothing is left of it but its slot */
};
struct transition { enum instance_state next; enum instance_action action; };
enum { INSTANCE_STATES = INSTANCE_STOPPED + 1 };
struct transition state_transition(enum instance_state s, enum instance_event e);
const char *event_name(enum instance_event e);
#endif
