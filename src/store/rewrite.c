/* Rewriting segments (rewrite.h). */
#include "store/rewrite.h"
#include "base/check.h"
#include <stdlib.h>

/* Rows of a segment are at most what a memtable held; one of a single batch may be larger than the memory that is configured. */
#define REWRITE_MOST ((size_t)1 << 30)

struct rebuild {
	struct rewrite *w;
	struct segment_reader reader;
	struct memtable *m;
	struct mem_chunk **chunks;   /* of m, by number */
	uint64_t *gone;              /* by position */
	struct arena rows;
};

static uint32_t count(const uint64_t *bits, size_t words)
{
	uint32_t n = 0;
	for (size_t i = 0; i < words; i++)
		n += (uint32_t)__builtin_popcountll(bits[i]);
	return n;
}

static bool no_memory(struct err *e) { return err_set(e, ERR_NO_MEMORY, "no memory to write a segment anew"); }

static void note_memory(struct rebuild *b)
{
	__atomic_store_n(&b->w->memory, b->rows.used + (b->m ? b->m->size : 0), __ATOMIC_RELAXED);
}

/* A memtable of gaps, with what the segment knows beside its rows. */
static bool begin_memtable(struct rebuild *b, struct err *e)
{
	const struct segment *s = &b->reader.found;
	size_t n = 0;
	b->m = memtable_new(s->number);
	b->m->created = s->created;
	b->m->wal_length = s->log_length;
	memtable_gap(b->m, s->rows);
	b->chunks = malloc((s->rows / MEM_CHUNK + 1) * sizeof(struct mem_chunk *));
	if (!b->chunks)
		return no_memory(e);
	for (struct mem_chunk *c = b->m->first; c; c = c->next)
		b->chunks[n++] = c;
	struct str section;
	if (!segment_section(&b->reader, SECTION_SENDERS, &section, e))
		return false;
	return senders_decode(&b->m->senders, section) || segment_corrupt(&b->reader, "the table of senders", e);
}

static bool take_row(struct rebuild *b, const struct block_row *row, struct err *e)
{
	struct row_head h;
	struct row_parts p;
	if (row->position >= b->reader.found.rows || row->resource >= b->reader.resource_count || !row_head(row->row, &h) || !row_parts(row->row, &p))
		return segment_corrupt(&b->reader, "a row", e);
	if (bits_get(b->gone, row->position))
		return true;
	struct mem_row *gap = &b->chunks[row->position / MEM_CHUNK]->rows[row->position % MEM_CHUNK];
	if (gap->p)
		return segment_corrupt(&b->reader, "two rows have one position", e);
	struct str copy = arena_str(&b->rows, row->row);
	if (!copy.p)
		return no_memory(e);
	memtable_fill(b->m, gap, b->reader.resources[row->resource].bytes, copy);
	return true;
}

static bool take_rows(struct rebuild *b, struct err *e)
{
	for (uint32_t i = 0; i < b->reader.block_count; i++) {
		struct block_rows rows;
		struct block_row row;
		if (!segment_block(&b->reader, &b->reader.blocks[i], &rows, e))
			return false;
		while (block_next(&rows, &b->reader, &row, e))
			if (!take_row(b, &row, e))
				return false;
		if (err_is_set(e))
			return false;
		note_memory(b);
	}
	return true;
}

/* The file may have been renamed into place by a try that failed afterwards: then what is known of it in memory is old. */
static enum rewrite_result unchanged(struct rebuild *b)
{
	struct rewrite *w = b->w;
	if (b->reader.found.sum == w->segment->sum)
		return REWRITE_SAME;
	int code = sys_fsync_dir(w->directory);
	if (code < 0) {
		sys_err(&w->err, code, "segment %llu", (unsigned long long)w->segment->number);
		return REWRITE_FAILED;
	}
	w->written = b->reader.found;
	w->written.refs = 1;
	return REWRITE_DONE;
}

static enum rewrite_result write_rest(struct rebuild *b)
{
	struct rewrite *w = b->w;
	int64_t code = 0;
	if (!begin_memtable(b, &w->err) || !take_rows(b, &w->err))
		return w->err.code == ERR_NO_MEMORY ? REWRITE_FAILED : REWRITE_DAMAGED;
	if (segment_write(b->m, w->directory, &w->written, &code))
		return REWRITE_DONE;
	sys_err(&w->err, code, "writing segment %llu anew failed", (unsigned long long)w->segment->number);
	return REWRITE_FAILED;
}

static enum rewrite_result rewrite(struct rebuild *b)
{
	struct rewrite *w = b->w;
	struct err *e = &w->err;
	if (!segment_open(&b->reader, w->directory, w->segment, e) || !segment_index(&b->reader, e))
		return e->code == ERR_NO_MEMORY ? REWRITE_FAILED : REWRITE_DAMAGED;
	size_t words = rewrite_words(b->reader.found.rows);
	b->gone = calloc(words, sizeof(*b->gone));
	if (!b->gone) {
		no_memory(e);
		return REWRITE_FAILED;
	}
	if (!w->mark(w->ctx, &b->reader, b->gone, e))
		return e->code == ERR_NO_MEMORY ? REWRITE_FAILED : REWRITE_DAMAGED;
	w->gone = count(b->gone, words);
	return w->gone ? write_rest(b) : unchanged(b);
}

enum rewrite_result segment_rewrite(struct rewrite *w)
{
	struct rebuild b = { .w = w };
	w->gone = 0;
	w->err = (struct err){ 0 };
	arena_init(&b.rows, REWRITE_MOST);
	enum rewrite_result result = rewrite(&b);
	if (b.m)
		memtable_unref(b.m);
	segment_close(&b.reader);
	arena_release(&b.rows);
	free(b.chunks);
	free(b.gone);
	__atomic_store_n(&w->memory, 0, __ATOMIC_RELAXED);
	return result;
}
