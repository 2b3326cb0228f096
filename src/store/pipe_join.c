/* compare: the lines of now and of an earlier time side by side, by their keys (pipe_run.h). */
#include "base/map.h"
#include "store/pipe_run.h"
#include <stdlib.h>

struct pair { struct value *keys, *cells[2]; };
struct pipe_join {
	struct pipe_run *run;
	size_t keys, cells;
	const struct pipe_column *columns;
	struct map map;
	struct arena arena;
	struct buf key;
};

struct pipe_join *join_new(struct pipe_run *run, size_t key_count, size_t cell_count, const struct pipe_column *columns)
{
	struct pipe_join *j = calloc(1, sizeof(*j));
	if (!j)
		return NULL;
	*j = (struct pipe_join){ .run = run, .keys = key_count, .cells = cell_count, .columns = columns };
	map_init(&j->map, PIPE_MAX_GROUPS);
	arena_init(&j->arena, PIPE_MEMORY);
	buf_init(&j->key, ROW_HARD_BYTES);
	return j;
}

void join_free(struct pipe_join *j)
{
	if (!j)
		return;
	map_release(&j->map);
	arena_release(&j->arena);
	buf_release(&j->key);
	free(j);
}

static struct value key_of(const struct pipe_join *j, size_t i, const struct pipe_row *r, int side)
{
	struct value v = r->attrs[i].value;
	if (side && j->columns[i].type == PIPE_COLUMN_TIME && v.type == VALUE_INT)
		v.i += j->run->back;
	return v;
}

static struct pair *pair_of(struct pipe_join *j, const struct pipe_row *r, int side)
{
	buf_clear(&j->key);
	for (size_t i = 0; i < j->keys; i++) {
		struct value v = key_of(j, i, r, side);
		size_t start = j->key.len;
		value_text(&j->key, &v);
		put_u32(&j->key, v.type == VALUE_EMPTY ? UINT32_MAX : (uint32_t)(j->key.len - start));
	}
	struct pair *p = map_get(&j->map, buf_str(&j->key));
	if (p)
		return p;
	struct str key = arena_str(&j->arena, buf_str(&j->key));
	p = key.p ? ARENA_NEW(&j->arena, struct pair) : NULL;
	if (!p || !(p->keys = ARENA_ARRAY(&j->arena, j->keys + 1, struct value)) || !map_put(&j->map, key, p))
		return NULL;
	for (size_t i = 0; i < j->keys; i++) {
		struct value v = key_of(j, i, r, side);
		p->keys[i] = pipe_value_copy(&v, &j->arena);
	}
	return p;
}

bool join_add(struct pipe_join *j, int side, const struct pipe_row *r)
{
	struct pair *p = pair_of(j, r, side);
	if (!p || !(p->cells[side] = ARENA_ARRAY(&j->arena, j->cells + 1, struct value)))
		return false;
	for (size_t i = 0; i < j->cells; i++)
		p->cells[side][i] = pipe_value_copy(&r->attrs[j->keys + i].value, &j->arena);
	return true;
}

void join_finish(struct pipe_join *j, struct attr *attrs, void (*fn)(void *ctx, struct pipe_row *r), void *ctx)
{
	for (uint32_t i = 0; i < j->map.count; i++) {
		const struct pair *p = j->map.entries[i].value;
		struct pipe_row r = { .attrs = attrs, .count = j->keys + 2 * j->cells };
		for (size_t k = 0; k < j->keys; k++)
			attrs[k].value = p->keys[k];
		for (int side = 0; side < 2; side++)
			for (size_t k = 0; k < j->cells; k++)
				attrs[j->keys + (size_t)side * j->cells + k].value = p->cells[side] ? p->cells[side][k] : (struct value){ .type = VALUE_EMPTY };
		fn(ctx, &r);
	}
}
