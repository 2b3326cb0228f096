/* The mail relay; see relay.h. What happens to the n-th message depends on the seed and n alone. */
#include "relay.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

enum { SLOW_SPAN_MS = 651, USUAL_MS = 2, USUAL_SPAN_MS = 10 };

static uint64_t seed;
static unsigned slow_percent;
static unsigned refuse_percent;
static atomic_uint_fast64_t messages;

static unsigned long long number_from(const char *variable, unsigned long long otherwise)
{
	const char *text = getenv(variable);
	return text && *text ? strtoull(text, NULL, 10) : otherwise;
}

void relay_setup(void)
{
	seed = number_from("RELAY_SEED", 1);
	slow_percent = (unsigned)number_from("RELAY_SLOW_PERCENT", 5);
	refuse_percent = (unsigned)number_from("RELAY_REFUSE_PERCENT", 2);
}

/* SplitMix64 (Steele, Lea, Flood 2014): a well-mixed number for each n. */
static uint64_t mixed(uint64_t n)
{
	uint64_t z = n * 0x9e3779b97f4a7c15ULL;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

struct relay_result relay_send(void)
{
	static const char *const refusals[] = {
	    "451 4.7.1 greylisted, try again later",
	    "421 4.3.2 too many connections from this host",
	    "452 4.3.1 insufficient system storage",
	};
	uint64_t luck = mixed((seed << 32) + atomic_fetch_add(&messages, 1) + 1);
	unsigned percent = (unsigned)(luck % 100);
	uint64_t rest = luck / 100;
	struct relay_result result = {.took_ms = USUAL_MS + (int)(rest % USUAL_SPAN_MS)};
	if (percent < refuse_percent)
		result.refusal = refusals[rest % (sizeof refusals / sizeof refusals[0])];
	else if (percent < refuse_percent + slow_percent)
		result.took_ms = RELAY_SLOW_MS + (int)(rest % SLOW_SPAN_MS);
	struct timespec pause = {.tv_sec = result.took_ms / 1000, .tv_nsec = result.took_ms % 1000 * 1000000L};
	nanosleep(&pause, NULL);
	return result;
}
