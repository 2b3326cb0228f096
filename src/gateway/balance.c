/* Which instance a call goes to: of two drawn at random the one with fewer calls in progress ("power of two choices"); below four instances
 * all are looked at, because two draws from so few often are the same. Ties are broken at random. An instance that this call has tried is
 * taken again only when there is no other. */
#include "gateway/state.h"
#include "gateway/upstream.h"

enum { SCAN_ALL_BELOW = 4 };

static bool tried(const struct call *k, const struct pool *p)
{
	for (int i = 0; i < k->attempts; i++)
		if (k->attempt[i].pool == p)
			return true;
	return false;
}

/* The least busy of those that were not tried (or of all when `again`); each of n equals is kept with chance 1/n. */
static struct pool *scan(const struct call *k, const struct target *t, bool again)
{
	struct pool *best = NULL;
	uint32_t equals = 0;
	for (size_t i = 0; i < t->pool_count; i++) {
		struct pool *p = t->pools[i];
		if (!again && tried(k, p))
			continue;
		if (!best || p->active < best->active) {
			best = p;
			equals = 1;
		} else if (p->active == best->active && sys_random() % ++equals == 0) {
			best = p;
		}
	}
	return best;
}

bool balance_has_other(const struct call *k)
{
	const struct target *t = k->lane->target;
	for (size_t i = 0; i < t->pool_count; i++)
		if (!tried(k, t->pools[i]))
			return true;
	return false;
}

struct pool *balance_pick(const struct call *k)
{
	const struct target *t = k->lane->target;
	if (t->pool_count == 0)
		return NULL;
	if (t->pool_count == 1)
		return t->pools[0];
	if (t->pool_count < SCAN_ALL_BELOW || k->attempts > 0) {
		struct pool *p = scan(k, t, false);
		return p ? p : scan(k, t, true);
	}
	uint64_t r = sys_random();
	size_t a = (size_t)((uint32_t)r % t->pool_count);
	size_t b = (size_t)((r >> 32) % (t->pool_count - 1));
	if (b >= a)
		b++;
	return t->pools[b]->active < t->pools[a]->active ? t->pools[b] : t->pools[a];
}
