/* A hash map from text to a pointer, open addressing, in memory of its own; keys are not copied (they must outlive their entry).
 * Grows to `limit` entries; beyond, map_put returns false. Iteration is in order of insertion while nothing is removed. */
#ifndef PLEACH_BASE_MAP_H
#define PLEACH_BASE_MAP_H
#include "base/str.h"
struct map_entry { struct str key; void *value; uint64_t hash; };
struct map {
	struct map_entry *entries; /* dense */
	uint32_t *index;           /* entry + 1; 0: empty */
	uint32_t count, capacity, index_size, limit;
};
void map_init(struct map *m, uint32_t limit);
void map_release(struct map *m);
void map_clear(struct map *m);
void *map_get(const struct map *m, struct str key); /* NULL when absent */
bool map_put(struct map *m, struct str key, void *value); /* inserts or replaces */
void *map_remove(struct map *m, struct str key); /* the last entry takes its place */
#endif
