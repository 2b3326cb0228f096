/* An arena: memory with one known end of life (a request, a batch, a query, a snapshot). Chained chunks; everything is freed at once.
 * An arena has a hard limit. When it is reached, allocation returns NULL and the arena stays `full` (sticky), so a builder may check
 * once at its end; a caller who gets NULL must not go on to use it. Memory handed out is zeroed. Not shared between threads. */
#ifndef PLEACH_BASE_ARENA_H
#define PLEACH_BASE_ARENA_H
#include "base/str.h"

struct arena_chunk;
struct arena {
	struct arena_chunk *chunks; /* newest first */
	char *next, *end;           /* free space of the newest chunk */
	size_t used;                /* bytes taken from the system */
	size_t limit;               /* the most that `used` may become */
	bool full;
	size_t chunk_most;          /* of a chunk that holds more than one object; 0: the usual. Small where little may be left over */
};

/* No memory is taken until the first allocation. limit: bytes, at least 4096. */
void arena_init(struct arena *a, size_t limit);
/* Frees everything; the arena is as after arena_init. */
void arena_clear(struct arena *a);
/* As arena_clear, but keeps one chunk for the next use (for arenas that live through many requests). */
void arena_reset(struct arena *a);
void arena_release(struct arena *a);
/* `size` zeroed bytes aligned for any type, or NULL when the limit is reached. */
void *arena_alloc(struct arena *a, size_t size) __attribute__((malloc, alloc_size(2), warn_unused_result));
/* Unaligned, not zeroed: for text. */
char *arena_bytes(struct arena *a, size_t size) __attribute__((malloc, alloc_size(2), warn_unused_result));
/* Copies that live as long as the arena; {NULL,0} when full (and an empty non-NULL str for an empty input). */
struct str arena_str(struct arena *a, struct str s);
/* The copy with a NUL behind it (not counted in len): for the system's edge. */
struct str arena_strz(struct arena *a, struct str s);
struct str arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A new array of `n` elements of the type, NULL when full or on overflow. */
void *arena_array(struct arena *a, size_t n, size_t size) __attribute__((malloc, alloc_size(2, 3), warn_unused_result));
#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define ARENA_ARRAY(a, n, type) ((type *)arena_array((a), (n), sizeof(type)))
/* Ensures room for one more element in a growing array kept in an arena: items, count, capacity are lvalues; false when full. */
#define ARENA_PUSH_ROOM(a, items, count, capacity)                                                                                     \
	((count) < (capacity) || arena_grow((a), (void **)&(items), (count), &(capacity), sizeof(*(items))))
bool arena_grow(struct arena *a, void **items, size_t count, size_t *capacity, size_t size);
/* A relative path, taken from a folder, without "." and ".."; p == NULL: it begins with a slash, or leads out above the top. */
struct str path_from(struct arena *a, struct str folder, struct str path);
#endif
