/* The list of segments, and when one goes. Their summaries and the list itself live as long as the data, while all else that comes and goes with rows is large and freed again: so they
 * have pages of their own, or each would hold open the place where it was made, and the heap would grow with the number of segments (measured: 50 kB for each). */
#include "base/check.h"
#include "base/metric.h"
#include "store/internal.h"

enum { SLAB = 64 << 10 /* bytes */, FIRST_LIST = 512 };
struct segment_slab { struct segment_slab *older; struct segment items[]; };

static struct segment *new_segment(struct store *s)
{
	if (!s->spare) {
		struct segment_slab *slab = sys_pages(SLAB);
		if (!slab)
			return NULL;
		slab->older = s->slabs;
		s->slabs = slab;
		for (size_t i = (SLAB - sizeof(*slab)) / sizeof(*slab->items); i-- > 0;) {
			slab->items[i].next_gone = s->spare;
			s->spare = &slab->items[i];
		}
	}
	struct segment *seg = s->spare;
	s->spare = seg->next_gone;
	return seg;
}

static bool grow(struct store *s)
{
	uint32_t capacity = s->segment_capacity ? s->segment_capacity * 2 : FIRST_LIST;
	struct segment **list = capacity <= SEGMENTS_MAX ? sys_pages(capacity * sizeof(*list)) : NULL;
	if (!list)
		return false;
	if (s->segments) {
		memcpy(list, s->segments, s->segment_count * sizeof(struct segment *));
		sys_pages_free(s->segments, s->segment_capacity * sizeof(struct segment *));
	}
	s->segments = list;
	s->segment_capacity = capacity;
	return true;
}

bool store_add_segment(struct store *s, const struct segment *seg)
{
	if (s->segment_count == s->segment_capacity && !grow(s))
		return false;
	struct segment *copy = new_segment(s);
	if (!copy)
		return false;
	*copy = *seg;
	copy->refs = 1;
	uint32_t at = s->segment_count++;
	for (; at > 0 && s->segments[at - 1]->number > copy->number; at--)
		s->segments[at] = s->segments[at - 1];
	s->segments[at] = copy;
	metric_set(METRIC_STORE_SEGMENTS, s->segment_count);
	metric_set(METRIC_STORE_BYTES, store_bytes(s));
	return true;
}

void store_replace_segment(struct store *s, const struct segment *old, const struct segment *written)
{
	for (uint32_t i = 0; i < s->segment_count; i++) {
		struct segment *seg = s->segments[i];
		if (seg != old)
			continue;
		struct segment *copy = new_segment(s);
		CHECK(copy);
		*copy = *written;
		copy->refs = 2; /* the list's, and that of the old one */
		copy->due = seg->due;
		seg->rewritten = copy;
		s->segments[i] = copy;
		store_segment_unref(s, seg);
	}
	metric_set(METRIC_STORE_BYTES, store_bytes(s));
}

void store_segment_unref(struct store *s, struct segment *seg)
{
	char space[SYS_PATH_MAX + 1];
	while (seg) {
		struct segment *next = seg->rewritten;
		CHECK(seg->refs > 0);
		if (--seg->refs)
			break;
		if (seg->dead) {
			sys_unlink(store_path(space, s->directory, seg->number, ".segment"));
			s->dying--;
		}
		seg->next_gone = s->gone;
		s->gone = seg;
		seg = next;
	}
	if (!s->running)
		store_forget_segments(s);
}

void store_forget_segments(struct store *s)
{
	for (struct segment *seg = s->gone, *next; seg; seg = next) {
		next = seg->next_gone;
		segment_cache_drop(&s->cache, seg);
		/* Whoever still lets go of it later is found out: it has no references. */
		*seg = (struct segment){ .next_gone = s->spare };
		s->spare = seg;
	}
	s->gone = NULL;
}

void store_free_segments(struct store *s)
{
	for (uint32_t i = 0; i < s->segment_count; i++)
		store_segment_unref(s, s->segments[i]);
	if (s->segments)
		sys_pages_free(s->segments, s->segment_capacity * sizeof(struct segment *));
	for (struct segment_slab *slab = s->slabs, *older; slab; slab = older) {
		older = slab->older;
		sys_pages_free(slab, SLAB);
	}
}
