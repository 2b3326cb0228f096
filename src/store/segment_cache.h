/* What queries have lately read of segments, kept for the next ones: open files with their places, indexes and tables (segment.h). Bounded: open
 * files by number, decoded bytes by size; texts that dictionaries share are kept and counted once (text_pool.h).
 *
 * When there is no room, what was used longest ago goes, but a scan never drives out what it has used itself: of segments that are together larger
 * than the cache, asked for in turn again and again, the first ones stay, and the others go with their reader. What a reader holds lives as long as it
 * needs it, also when the cache has let go of it.
 *
 * A segment's tables hang on its struct segment, which a rewrite replaces and a removal frees: so they can't outlive what they are of.
 *
 * The cache belongs to the running task (task.h), on whatever thread; to the loop only while no task runs. */
#ifndef PLEACH_STORE_SEGMENT_CACHE_H
#define PLEACH_STORE_SEGMENT_CACHE_H
#include "store/segment.h"
#include "store/text_pool.h"

/* An open file costs about a kilobyte here; opening one costs more than a question that its filter answers. At most a quarter of what the process may have open. */
enum { CACHE_FILES = 4096 };
struct segment_cache {
	size_t limit;                 /* of bytes */
	size_t counted;               /* bytes of indexes and tables, without the pool's */
	uint32_t files, most_files;
	uint64_t clock;
	struct segment_tables *newest, *oldest;
	struct text_pool pool;
};
void segment_cache_init(struct segment_cache *c, size_t limit);
/* All segments are dropped, all readers closed. */
void segment_cache_release(struct segment_cache *c);
static inline uint64_t segment_cache_now(const struct segment_cache *c) { return c->clock; }
static inline size_t segment_cache_bytes(const struct segment_cache *c) { return c->counted + c->pool.bytes; }
/* The segment's tables, for a reader that began at `began` by the cache's clock; it gives them back with segment_cache_put. NULL: e is set. */
struct segment_tables *segment_cache_get(struct segment_cache *c, struct segment *s, uint64_t began, struct str directory, struct err *e);
void segment_cache_put(struct segment_cache *c, struct segment_tables *t);
/* A reader has loaded more of them. */
void segment_cache_grown(struct segment_cache *c, struct segment_tables *t, uint64_t began);
/* As dictionary_decode, with texts of the pool. */
bool segment_cache_dictionary(struct segment_cache *c, struct dictionary_view *v, struct arena *a, struct str section);
/* The segment is no longer there, or another by the same number. */
void segment_cache_drop(struct segment_cache *c, struct segment *s);
#endif
