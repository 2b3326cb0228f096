/* See fair.h. */
#include "part/fair.h"

/* A sixteenth of the queue a second and source: with the store away altogether, eight shouting sources leave a second of room for the others. */
enum { PLENTY_DIVISOR = 2, BUDGET_DIVISOR = 16 };
#define SECOND_NS ((int64_t)1000000000)

static struct fair_slot *slot_of(struct fair *f, struct str source, int64_t now)
{
	struct fair_slot *s = &f->slots[str_hash(source) % FAIR_SLOTS];
	if (s->second != now / SECOND_NS) {
		s->second = now / SECOND_NS;
		s->bytes = 0;
	}
	return s;
}

bool fair_allows(struct fair *f, struct str source, size_t n, size_t queued, int64_t now)
{
	struct fair_slot *s = slot_of(f, source, now);
	if (queued > f->limit / PLENTY_DIVISOR && s->bytes + n > f->limit / BUDGET_DIVISOR)
		return false;
	s->bytes += n;
	return true;
}

bool fair_lost(struct fair *f, struct str source, int64_t now, uint64_t *lost)
{
	struct fair_slot *s = slot_of(f, source, now);
	s->lost++;
	/* A second of shouting is one line of the log. */
	if (s->told == s->second)
		return false;
	s->told = s->second;
	*lost = s->lost;
	s->lost = 0;
	return true;
}
