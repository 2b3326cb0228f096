/* A hash map from text to a pointer: a dense array of entries in order of insertion, and an open-addressed index into it (linear
 * probing, at most half full). Removal moves the last entry into the gap and closes the run of the index by shifting back, so there
 * are no tombstones and look-ups stay short for ever. A set-up with one owner: not shared between threads while written. */
#include "base/map.h"
#include "base/check.h"
#include <stdlib.h>

enum { MAP_FIRST = 8 };

void map_init(struct map *m, uint32_t limit)
{
	CHECK(limit > 0 && limit <= UINT32_MAX / 4);
	*m = (struct map){ .limit = limit };
}

void map_release(struct map *m)
{
	free(m->entries);
	free(m->index);
	*m = (struct map){ .limit = m->limit };
}

void map_clear(struct map *m)
{
	m->count = 0;
	if (m->index)
		memset(m->index, 0, m->index_size * sizeof(*m->index));
}

/* The slot that holds the key, or the empty one where it belongs. */
static uint32_t slot_of(const struct map *m, struct str key, uint64_t hash)
{
	uint32_t mask = m->index_size - 1, slot = (uint32_t)hash & mask;
	while (m->index[slot]) {
		const struct map_entry *entry = &m->entries[m->index[slot] - 1];
		if (entry->hash == hash && str_eq(entry->key, key))
			break;
		slot = (slot + 1) & mask;
	}
	return slot;
}

static bool enlarge(struct map *m)
{
	uint32_t capacity = m->capacity ? m->capacity * 2 : MAP_FIRST;
	uint32_t index_size = capacity * 2;
	uint32_t *index = calloc(index_size, sizeof(*index));
	struct map_entry *entries = realloc(m->entries, capacity * sizeof(*entries));
	if (entries)
		m->entries = entries;
	if (!entries || !index) {
		free(index);
		return false;
	}
	free(m->index);
	m->capacity = capacity;
	m->index = index;
	m->index_size = index_size;
	for (uint32_t i = 0; i < m->count; i++) {
		uint32_t slot = (uint32_t)m->entries[i].hash & (index_size - 1);
		while (index[slot])
			slot = (slot + 1) & (index_size - 1);
		index[slot] = i + 1;
	}
	return true;
}

void *map_get(const struct map *m, struct str key)
{
	if (m->count == 0)
		return NULL;
	uint32_t at = m->index[slot_of(m, key, str_hash(key))];
	return at ? m->entries[at - 1].value : NULL;
}

bool map_put(struct map *m, struct str key, void *value)
{
	uint64_t hash = str_hash(key);
	if (m->index) {
		uint32_t at = m->index[slot_of(m, key, hash)];
		if (at) {
			m->entries[at - 1].key = key;
			m->entries[at - 1].value = value;
			return true;
		}
	}
	if (m->count >= m->limit || (m->count == m->capacity && !enlarge(m)))
		return false;
	m->entries[m->count] = (struct map_entry){ key, value, hash };
	m->index[slot_of(m, key, hash)] = ++m->count;
	return true;
}

/* Empties a slot and moves back what follows in its run, as far as each entry's own place allows (Knuth, vol. 3, 6.4, algorithm R). */
static void close_slot(struct map *m, uint32_t gap)
{
	uint32_t mask = m->index_size - 1;
	for (uint32_t slot = (gap + 1) & mask; m->index[slot]; slot = (slot + 1) & mask) {
		uint32_t home = (uint32_t)m->entries[m->index[slot] - 1].hash & mask;
		if (((slot - home) & mask) >= ((slot - gap) & mask)) {
			m->index[gap] = m->index[slot];
			gap = slot;
		}
	}
	m->index[gap] = 0;
}

void *map_remove(struct map *m, struct str key)
{
	if (m->count == 0)
		return NULL;
	uint32_t slot = slot_of(m, key, str_hash(key));
	uint32_t at = m->index[slot];
	if (!at)
		return NULL;
	void *value = m->entries[at - 1].value;
	close_slot(m, slot);
	uint32_t last = m->count;
	if (at != last) {
		m->index[slot_of(m, m->entries[last - 1].key, m->entries[last - 1].hash)] = at;
		m->entries[at - 1] = m->entries[last - 1];
	}
	m->count--;
	return value;
}
