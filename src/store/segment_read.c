/* Reading segments (segment.h). Files may be damaged: every number is checked against the file before it is used, and every part
 * against its checksum before it is decoded. */
#include "base/check.h"
#include "store/segment_cache.h"
#include "store/scratch.h"
#include "store/segment_file.h"
#include <stdlib.h>
#include <xxhash.h>
#include <zstd.h>

enum { READER_ARENA = 512 << 20 };

bool segment_corrupt(const struct segment_reader *r, const char *what, struct err *e) { return segment_damaged(&r->found, what, e); }

static void init(struct segment_reader *r)
{
	*r = (struct segment_reader){ 0 };
	arena_init(&r->arena, READER_ARENA);
	arena_init(&r->block.arena, BLOCK_ARENA);
	buf_init(&r->block.text, ROW_HARD_BYTES);
	buf_init(&r->row, 2 * ROW_HARD_BYTES);
	buf_init(&r->stored, SEGMENT_MAX_SECTION);
	buf_init(&r->raw, SEGMENT_MAX_SECTION);
}

static void let_go(struct segment_reader *r)
{
	if (r->tables && r->cache)
		segment_cache_put(r->cache, r->tables);
	else if (r->tables)
		segment_tables_unref(r->tables);
	r->tables = NULL;
}

static bool take(struct segment_reader *r, struct segment_tables *t)
{
	r->tables = t;
	if (!t)
		return false;
	r->bytes += SEGMENT_ENDS;
	r->found = t->found;
	return true;
}

bool segment_open(struct segment_reader *r, struct str directory, const struct segment *s, struct err *e)
{
	init(r);
	if (take(r, segment_tables_new(directory, s->number, e)))
		return true;
	segment_close(r);
	return false;
}

bool segment_next(struct segment_reader *r, struct segment_cache *c, struct str directory, struct segment *s, struct err *e)
{
	if (!r->row.limit) {
		init(r);
		r->began = c ? segment_cache_now(c) : 0;
	}
	let_go(r);
	arena_reset(&r->arena);
	arena_reset(&r->block.arena);
	const struct segment_reader kept = *r;
	*r = (struct segment_reader){ .cache = c, .began = kept.began, .arena = kept.arena, .stored = kept.stored, .raw = kept.raw, .row = kept.row,
				      .decompressor = kept.decompressor };
	r->block.arena = kept.block.arena;
	r->block.text = kept.block.text;
	return take(r, c ? segment_cache_get(c, s, r->began, directory, e) : segment_tables_new(directory, s->number, e));
}

void segment_close(struct segment_reader *r)
{
	if (!r->row.limit)
		return;
	let_go(r);
	arena_release(&r->arena);
	arena_release(&r->block.arena);
	buf_release(&r->block.text);
	buf_release(&r->row);
	buf_release(&r->stored);
	buf_release(&r->raw);
	ZSTD_freeDCtx(r->decompressor);
	*r = (struct segment_reader){ 0 };
}

/* --- stored bytes ---------------------------------------------------------------------------------------------------------------------- */

static bool fetch(struct segment_reader *r, uint64_t offset, uint64_t stored, uint64_t sum, struct str *out, struct err *e)
{
	buf_clear(&r->stored);
	char *to = buf_room(&r->stored, stored ? stored : 1);
	if (!to)
		return err_set(e, ERR_NO_MEMORY, "no memory to read a segment");
	if (!segment_pread(r->tables->fd, to, stored, offset, &r->found, e))
		return false;
	r->bytes += stored;
	if (XXH64(to, stored, r->found.number) != sum)
		return segment_corrupt(r, "a checksum is wrong", e);
	*out = str_from(to, stored);
	return true;
}

static bool decompress(struct segment_reader *r, struct str stored, uint64_t raw, struct str *out, struct err *e)
{
	buf_clear(&r->raw);
	char *to = buf_room(&r->raw, raw ? raw : 1);
	if (!r->decompressor)
		r->decompressor = ZSTD_createDCtx();
	if (!to || !r->decompressor)
		return err_set(e, ERR_NO_MEMORY, "no memory to read a segment");
	size_t n = ZSTD_decompressDCtx(r->decompressor, to, raw, stored.p, stored.len);
	if (ZSTD_isError(n) || n != raw)
		return segment_corrupt(r, "compressed data is wrong", e);
	*out = str_from(to, raw);
	return true;
}

bool segment_section(struct segment_reader *r, enum section s, struct str *out, struct err *e)
{
	const struct section_place *p = &r->tables->sections[s];
	struct str stored;
	if (!fetch(r, p->offset, p->stored, p->sum, &stored, e))
		return false;
	if (p->codec)
		return decompress(r, stored, p->raw, out, e);
	*out = stored;
	return true;
}

bool segment_senders(struct str directory, const struct segment *s, struct sender_table *t, struct err *e)
{
	struct segment_reader r;
	struct str section;
	if (!segment_open(&r, directory, s, e))
		return false;
	bool ok = segment_section(&r, SECTION_SENDERS, &section, e) && (senders_decode(t, section) || segment_damaged(s, "the table of senders", e));
	segment_close(&r);
	return ok;
}

const struct segment_block *segment_block_of(const struct segment_reader *r, uint32_t rank)
{
	uint32_t from = 0, to = r->block_count;
	while (from < to) {
		uint32_t middle = (from + to) / 2;
		if (r->blocks[middle].first_rank + r->blocks[middle].rows <= rank)
			from = middle + 1;
		else
			to = middle;
	}
	return from < r->block_count ? &r->blocks[from] : NULL;
}

/* --- rows ------------------------------------------------------------------------------------------------------------------------------- */

bool segment_stream(struct segment_reader *r, const struct stream_place *p, struct arena *a, struct str *out, struct err *e)
{
	char *to = arena_bytes(a, p->raw), *from = to;
	if (!r->decompressor)
		r->decompressor = ZSTD_createDCtx();
	if (p->compressed) {
		buf_clear(&r->stored);
		from = buf_room(&r->stored, p->stored);
	}
	if (!to || !from || !r->decompressor)
		return err_set(e, ERR_NO_MEMORY, "no memory to read a segment");
	if (!segment_pread(r->tables->fd, from, p->stored, p->offset, &r->found, e))
		return false;
	r->bytes += p->stored;
	if ((uint32_t)XXH64(from, p->stored, r->found.number) != p->sum)
		return segment_corrupt(r, "a checksum is wrong", e);
	if (p->compressed) {
		size_t n = ZSTD_decompressDCtx(r->decompressor, to, p->raw, from, p->stored);
		if (ZSTD_isError(n) || n != p->raw)
			return segment_corrupt(r, "compressed data is wrong", e);
	}
	*out = str_from(to, p->raw);
	return true;
}

bool segment_block(struct segment_reader *r, const struct segment_block *b, struct block_rows *rows, struct err *e)
{
	*rows = (struct block_rows){ 0 };
	return block_open(r, b, e);
}

bool block_next(struct block_rows *rows, struct segment_reader *r, struct block_row *out, struct err *e)
{
	struct block *b = &r->block;
	if (rows->next >= b->k->rows || !block_row_at(b, rows->next, &r->row, &out->resource, &out->position, e))
		return false;
	out->rank = b->k->first_rank + rows->next++;
	out->row = buf_str(&r->row);
	return true;
}

/* --- filters and positions ---------------------------------------------------------------------------------------------------------------- */

static const struct filter_kind *kind_of(enum section s) { return s == SECTION_IDS ? &filter_ids : &filter_tokens; }

static bool read_page(struct segment_reader *r, const struct section_place *p, uint32_t number, uint8_t *page, struct err *e)
{
	if (!segment_pread(r->tables->fd, page, FILTER_PAGE, p->offset + (uint64_t)number * FILTER_PAGE, &r->found, e))
		return false;
	r->bytes += FILTER_PAGE;
	return load_le(page + FILTER_PAGE - 8, 8) == XXH64(page, FILTER_PAGE - 8, r->found.number) || segment_corrupt(r, "a filter's checksum is wrong", e);
}

/* The only page of a filter is kept with the tables. NULL: e is set. */
static const uint8_t *only_page(struct segment_reader *r, enum section s, struct err *e)
{
	struct segment_tables *t = r->tables;
	if (t->pages[s])
		return t->pages[s];
	uint8_t *page = (uint8_t *)arena_bytes(&t->arena, FILTER_PAGE);
	if (!page)
		err_set(e, ERR_NO_MEMORY, "no memory to read a segment");
	else if (read_page(r, &t->sections[s], 0, page, e))
		t->pages[s] = page;
	else
		t->surplus = true;
	if (r->cache)
		segment_cache_grown(r->cache, t, r->began);
	return t->pages[s];
}

bool segment_filter(struct segment_reader *r, enum section s, uint64_t hash, struct segment_answer *out, struct err *e)
{
	const struct section_place *p = &r->tables->sections[s];
	uint32_t pages = (uint32_t)(p->stored / FILTER_PAGE);
	SCRATCH uint8_t space[FILTER_PAGE];
	const uint8_t *page = space;
	*out = (struct segment_answer){ .of.verdict = FILTER_NONE };
	if (pages == 0)
		return true;
	if (r->found.version < 3) {
		uint8_t *kept = (uint8_t *)arena_bytes(&r->arena, FILTER_PAGE);
		if (!kept)
			return err_set(e, ERR_NO_MEMORY, "no memory to read a segment");
		out->page = page = kept;
		return read_page(r, p, filter_page(hash | (hash == 0), pages), kept, e);
	}
	if (pages == 1 ? !(page = only_page(r, s, e)) : !read_page(r, p, filter_page(hash | (hash == 0), pages), space, e))
		return false;
	return filter_ask(page, hash, r->found.blocks, &out->of) || segment_corrupt(r, "a filter's page", e);
}

bool segment_answer_has(const struct segment_answer *a, enum section s, uint64_t hash, uint32_t block, bool shared)
{
	if (a->page)
		return filter_old_test(a->page, kind_of(s), hash, FILTER_ANY) || (!shared && filter_old_test(a->page, kind_of(s), hash, block));
	return a->of.verdict == FILTER_ALL || (a->of.verdict == FILTER_SOME && !shared && block >= a->of.first && block <= a->of.last);
}

bool segment_rank_of(struct segment_reader *r, uint32_t position, uint32_t *rank, struct err *e)
{
	*rank = UINT32_MAX;
	if (!segment_index(r, e))
		return false;
	for (uint32_t i = 0; i < r->block_count; i++) {
		const struct segment_block *k = &r->blocks[i];
		if (position < k->min_position || position > k->max_position)
			continue;
		if (!block_open(r, k, e) || !column_numbers(&r->block, block_column(&r->block, COLUMN_POSITION), e))
			return false;
		const int64_t *positions = block_column(&r->block, COLUMN_POSITION)->numbers;
		for (uint32_t row = 0; row < k->rows; row++)
			if (positions[row] == position) {
				*rank = k->first_rank + row;
				return true;
			}
	}
	return true;
}
