/* The mail relay that notification depends on, played by this process: no mail leaves the machine.
 * It is sometimes slow and sometimes refuses, in an order that RELAY_SEED determines:
 * RELAY_SLOW_PERCENT of the messages (5) take 250 to 900 ms, RELAY_REFUSE_PERCENT (2) are refused. */
#ifndef SHOP_RELAY_H
#define SHOP_RELAY_H

enum { RELAY_SLOW_MS = 250 };

struct relay_result {
	int took_ms;
	const char *refusal; /* what the relay said; NULL where it took the message */
};

/* Reads the environment; once, at the start. */
void relay_setup(void);

/* Sends one message, taking the relay's time. Any thread. */
struct relay_result relay_send(void);

#endif
