/* Arenas: chained chunks of memory with one end of life. Chunks double from ARENA_CHUNK_MIN to ARENA_CHUNK_MAX, so a small arena stays
 * small and a large one makes few calls of malloc.
 * Invariants: next <= end; both NULL while there is no chunk; `used` is the sum of the chunks' sizes and never above `limit`.
 * What arena_reset keeps is one chunk; memory is zeroed when handed out, not when taken. */
#include "base/arena.h"
#include "base/check.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { ARENA_CHUNK_MIN = 4096, ARENA_CHUNK_MAX = 1 << 20, ARENA_ALIGN = 16, ARENA_ARRAY_FIRST = 8 };

struct arena_chunk {
	struct arena_chunk *older;
	size_t size; /* of the whole, this header included */
	char bytes[] __attribute__((aligned(ARENA_ALIGN)));
};

void arena_init(struct arena *a, size_t limit)
{
	CHECK(limit >= ARENA_CHUNK_MIN);
	*a = (struct arena){ .limit = limit };
}

static void free_chunks(struct arena_chunk *c)
{
	while (c) {
		struct arena_chunk *older = c->older;
		free(c);
		c = older;
	}
}

void arena_clear(struct arena *a)
{
	free_chunks(a->chunks);
	*a = (struct arena){ .limit = a->limit, .chunk_most = a->chunk_most };
}

void arena_reset(struct arena *a)
{
	struct arena_chunk *keep = a->chunks;
	a->full = false;
	if (!keep)
		return;
	/* The newest chunk is not always the largest (one large object gets a chunk of its own size), but a chunk above the usual
	 * maximum must not stay behind for ever because of one large request. */
	if (keep->size > ARENA_CHUNK_MAX) {
		arena_clear(a);
		return;
	}
	free_chunks(keep->older);
	keep->older = NULL;
	a->used = keep->size;
	a->next = keep->bytes;
	a->end = (char *)keep + keep->size;
}

void arena_release(struct arena *a)
{
	arena_clear(a);
}

/* Makes room for `need` bytes at any alignment; false and full when the limit does not allow it. */
static bool add_chunk(struct arena *a, size_t need)
{
	size_t room = a->limit - a->used;
	size_t least, size = a->chunks ? a->chunks->size * 2 : ARENA_CHUNK_MIN;
	size_t most = a->chunk_most ? a->chunk_most : ARENA_CHUNK_MAX;
	if (size > most)
		size = most;
	if (__builtin_add_overflow(need, sizeof(struct arena_chunk) + ARENA_ALIGN, &least) || least > room) {
		a->full = true;
		return false;
	}
	if (size < least)
		size = least;
	if (size > room)
		size = room;
	struct arena_chunk *c = malloc(size);
	if (!c) {
		a->full = true;
		return false;
	}
	c->older = a->chunks;
	c->size = size;
	a->chunks = c;
	a->used += size;
	a->next = c->bytes;
	a->end = (char *)c + size;
	return true;
}

static char *take(struct arena *a, size_t size, size_t align)
{
	if (a->full)
		return NULL;
	size_t skip = (size_t)(-(uintptr_t)a->next & (align - 1));
	if (!a->next || size > (size_t)(a->end - a->next) || skip > (size_t)(a->end - a->next) - size) {
		if (!add_chunk(a, size))
			return NULL;
		skip = (size_t)(-(uintptr_t)a->next & (align - 1));
	}
	char *p = a->next + skip;
	a->next = p + size;
	return p;
}

void *arena_alloc(struct arena *a, size_t size)
{
	char *p = take(a, size, ARENA_ALIGN);
	if (p)
		memset(p, 0, size);
	return p;
}

char *arena_bytes(struct arena *a, size_t size)
{
	return take(a, size, 1);
}

struct str arena_str(struct arena *a, struct str s)
{
	char *p = take(a, s.len, 1);
	if (!p)
		return (struct str){ NULL, 0 };
	if (s.len)
		memcpy(p, s.p, s.len);
	return (struct str){ p, s.len };
}

struct str arena_strz(struct arena *a, struct str s)
{
	char *p = s.len < SIZE_MAX ? take(a, s.len + 1, 1) : NULL;
	if (!p)
		return (struct str){ NULL, 0 };
	if (s.len)
		memcpy(p, s.p, s.len);
	p[s.len] = '\0';
	return (struct str){ p, s.len };
}

struct str arena_printf(struct arena *a, const char *format, ...)
{
	va_list args, again;
	va_start(args, format);
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	CHECK(n >= 0); /* fails for a wrong format only */
	char *p = take(a, (size_t)n + 1, 1);
	if (p)
		vsnprintf(p, (size_t)n + 1, format, again);
	va_end(again);
	return p ? (struct str){ p, (size_t)n } : (struct str){ NULL, 0 };
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	size_t bytes;
	if (__builtin_mul_overflow(n, size, &bytes)) {
		a->full = true;
		return NULL;
	}
	return arena_alloc(a, bytes);
}

bool arena_grow(struct arena *a, void **items, size_t count, size_t *capacity, size_t size)
{
	CHECK(count <= *capacity);
	size_t larger;
	if (__builtin_mul_overflow(*capacity, 2, &larger)) {
		a->full = true;
		return false;
	}
	if (larger < ARENA_ARRAY_FIRST)
		larger = ARENA_ARRAY_FIRST;
	void *grown = arena_array(a, larger, size);
	if (!grown)
		return false;
	if (count)
		memcpy(grown, *items, count * size);
	*items = grown;
	*capacity = larger;
	return true;
}

struct str path_from(struct arena *a, struct str folder, struct str path)
{
	if (str_starts(path, STR("/")))
		return (struct str){ NULL, 0 };
	struct str at = folder.p ? folder : STR("");
	while (path.p) {
		struct str part = str_split(&path, '/');
		if (!part.len || str_eq(part, STR(".")))
			continue;
		if (!str_eq(part, STR("..")))
			at = arena_printf(a, "%.*s%s%.*s", STR_FMT(at), at.len ? "/" : "", STR_FMT(part));
		else if (at.len)
			at = path_folder(at);
		else
			return (struct str){ NULL, 0 };
	}
	return at;
}
