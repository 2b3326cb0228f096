/* See lifetime.h. */
#include "model/lifetime.h"

bool lifetime_brownout_time(const struct brownout *b, uint64_t number, int64_t *from, int64_t *to)
{
	if (number > 0 && (!b->every || number > (uint64_t)((b->until - b->from) / b->every)))
		return false;
	int64_t begins = b->from + (int64_t)number * b->every, ends = begins + (b->to - b->from);
	if (b->every && begins >= b->until)
		return false;
	*from = begins;
	*to = b->every && ends > b->until ? b->until : ends;
	return true;
}

uint64_t lifetime_brownout_number(const struct brownout *b, int64_t now)
{
	int64_t from, to;
	if (!b->every || now < b->from)
		return 0;
	uint64_t n = (uint64_t)((now - b->from) / b->every);
	uint64_t last = b->until > b->from ? (uint64_t)((b->until - b->from - 1) / b->every) : 0;
	if (n > last)
		return last;
	if (lifetime_brownout_time(b, n, &from, &to) && now >= to && n < last)
		n++;
	return n;
}

const struct brownout *lifetime_brownout(const struct served *v, int64_t now, int64_t *ends, int64_t *change)
{
	const struct brownout *on = NULL;
	int64_t next = INT64_MAX;
	for (size_t i = 0; i < v->brownouts_count; i++) {
		const struct brownout *b = &v->brownouts[i];
		int64_t from, to;
		if (!lifetime_brownout_time(b, lifetime_brownout_number(b, now), &from, &to) || now >= to)
			continue;
		if (now < from) {
			next = from < next ? from : next;
			continue;
		}
		next = to < next ? to : next;
		if (!on || to > *ends) {
			on = b;
			*ends = to;
		}
	}
	if (change)
		*change = next;
	return on;
}
