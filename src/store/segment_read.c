/* Reading segments (segment.h). Files may be damaged: every number is checked against the file before it is used, and every part
 * against its checksum before it is decoded. */
#include "base/check.h"
#include "store/segment.h"
#include "store/wal.h"
#include <stdlib.h>
#include <xxhash.h>
#include <zstd.h>

enum { READER_ARENA = 512 << 20, FOOTER_FIXED = 8 + 4 * 4 + 8 * 5 + 4, FOOTER_SECTION = 4 + 8 * 4,
       FOOTER_SIZE = FOOTER_FIXED + SECTION_COUNT * FOOTER_SECTION + 8 };

static bool corrupt(struct err *e, const struct segment *s, const char *what)
{
	return err_set(e, ERR_CORRUPT, "segment %llu is damaged: %s", (unsigned long long)s->number, what);
}

bool segment_corrupt(const struct segment_reader *r, const char *what, struct err *e) { return corrupt(e, &r->found, what); }

static bool read_exactly(int fd, void *to, size_t n, uint64_t offset, struct err *e, const struct segment *s)
{
	int64_t got = sys_pread(fd, to, n, (int64_t)offset);
	if (got < 0)
		return sys_err(e, got, "segment %llu", (unsigned long long)s->number);
	return got == (int64_t)n ? true : corrupt(e, s, "it is shorter than its index says");
}

static bool parse_footer(const uint8_t *footer, struct segment *s, struct section_place sections[SECTION_COUNT], struct err *e)
{
	struct bytes r = { footer, footer + FOOTER_SIZE, false };
	if (load_le(footer + FOOTER_SIZE - 8, 8) != XXH64(footer, FOOTER_SIZE - 8, s->number) || take_u64(&r) != s->number)
		return corrupt(e, s, "the footer's checksum is wrong");
	s->rows = take_u32(&r);
	s->records = take_u32(&r);
	s->spans = take_u32(&r);
	s->blocks = take_u32(&r);
	s->min_time = take_i64(&r);
	s->max_time = take_i64(&r);
	s->created = take_i64(&r);
	take_u64(&r);
	s->log_length = take_i64(&r);
	s->sum = load_le(footer + FOOTER_SIZE - 8, 8);
	if (take_u32(&r) != SECTION_COUNT)
		return corrupt(e, s, "the footer has another number of sections");
	for (int i = 0; i < SECTION_COUNT; i++) {
		struct section_place *p = &sections[i];
		p->codec = take_u32(&r);
		p->offset = take_u64(&r);
		p->stored = take_u64(&r);
		p->raw = take_u64(&r);
		p->sum = take_u64(&r);
		if (p->codec > 1 || p->stored > SEGMENT_MAX_SECTION || p->raw > SEGMENT_MAX_SECTION || p->offset > s->footer_offset ||
		    p->stored > s->footer_offset - p->offset)
			return corrupt(e, s, "the footer points outside the file");
	}
	return true;
}

static bool read_ends(int fd, struct segment *s, struct section_place sections[SECTION_COUNT], struct err *e)
{
	uint8_t header[SEGMENT_HEADER], trailer[SEGMENT_TRAILER], footer[FOOTER_SIZE];
	s->bytes = sys_size(fd);
	if (s->bytes < SEGMENT_HEADER + FOOTER_SIZE + SEGMENT_TRAILER)
		return corrupt(e, s, "it is too short");
	if (!read_exactly(fd, header, sizeof(header), 0, e, s) ||
	    !read_exactly(fd, trailer, sizeof(trailer), (uint64_t)s->bytes - SEGMENT_TRAILER, e, s))
		return false;
	if (memcmp(header, "PLEACHSG", 8) != 0 || load_le(header + 16, 8) != s->number || load_le(header + 56, 8) != XXH64(header, 56, s->number))
		return corrupt(e, s, "the header's checksum is wrong");
	uint64_t version = load_le(header + 8, 4);
	if (version < SEGMENT_OLDEST || version > SEGMENT_VERSION)
		return err_set(e, ERR_CORRUPT, "segment %llu has format %u; this program reads %d to %d", (unsigned long long)s->number, (unsigned)version,
			       SEGMENT_OLDEST, SEGMENT_VERSION);
	s->footer_offset = load_le(trailer, 8);
	s->footer_length = (uint32_t)load_le(trailer + 8, 4);
	if (memcmp(trailer + 16, "PLEACHSE", 8) != 0 || s->footer_length != FOOTER_SIZE ||
	    s->footer_offset != (uint64_t)s->bytes - SEGMENT_TRAILER - FOOTER_SIZE)
		return corrupt(e, s, "the trailer is wrong");
	return read_exactly(fd, footer, sizeof(footer), s->footer_offset, e, s) && parse_footer(footer, s, sections, e);
}

static int open_file(struct str directory, uint64_t number, struct err *e)
{
	char space[SYS_PATH_MAX + 1];
	struct str path = store_path(space, directory, number, ".segment");
	int fd = sys_open(path, SYS_OPEN_READ);
	if (fd < 0)
		sys_err(e, fd, "%.*s", STR_FMT(path));
	return fd;
}

bool segment_load(struct str directory, uint64_t number, struct segment *out, struct err *e)
{
	struct section_place sections[SECTION_COUNT];
	struct segment s = { .number = number, .refs = 1 };
	int fd = open_file(directory, number, e);
	if (fd < 0)
		return false;
	bool ok = read_ends(fd, &s, sections, e);
	sys_close(fd);
	if (ok)
		*out = s;
	return ok;
}

static void init(struct segment_reader *r)
{
	*r = (struct segment_reader){ .fd = -1 };
	arena_init(&r->arena, READER_ARENA);
	arena_init(&r->block.arena, BLOCK_ARENA);
	buf_init(&r->block.text, ROW_HARD_BYTES);
	buf_init(&r->row, 2 * ROW_HARD_BYTES);
	buf_init(&r->stored, SEGMENT_MAX_SECTION);
	buf_init(&r->raw, SEGMENT_MAX_SECTION);
}

static bool open_in(struct segment_reader *r, struct str directory, const struct segment *s, struct err *e)
{
	r->found = (struct segment){ .number = s->number };
	r->fd = open_file(directory, s->number, e);
	if (r->fd < 0)
		return false;
	r->bytes += SEGMENT_HEADER + SEGMENT_TRAILER + FOOTER_SIZE;
	return read_ends(r->fd, &r->found, r->sections, e);
}

bool segment_open(struct segment_reader *r, struct str directory, const struct segment *s, struct err *e)
{
	init(r);
	if (open_in(r, directory, s, e))
		return true;
	segment_close(r);
	return false;
}

bool segment_next(struct segment_reader *r, struct str directory, const struct segment *s, struct err *e)
{
	struct segment_reader kept = *r;
	if (!r->row.limit) {
		init(r);
		kept = *r;
	}
	if (kept.fd >= 0)
		sys_close(kept.fd);
	arena_reset(&kept.arena);
	arena_reset(&kept.block.arena);
	*r = (struct segment_reader){ .fd = -1, .arena = kept.arena, .stored = kept.stored, .raw = kept.raw, .row = kept.row, .decompressor = kept.decompressor };
	r->block.arena = kept.block.arena;
	r->block.text = kept.block.text;
	return open_in(r, directory, s, e);
}

void segment_close(struct segment_reader *r)
{
	if (!r->row.limit)
		return;
	if (r->fd >= 0)
		sys_close(r->fd);
	arena_release(&r->arena);
	arena_release(&r->block.arena);
	buf_release(&r->block.text);
	buf_release(&r->row);
	buf_release(&r->stored);
	buf_release(&r->raw);
	ZSTD_freeDCtx(r->decompressor);
	*r = (struct segment_reader){ .fd = -1 };
}

/* --- stored bytes ---------------------------------------------------------------------------------------------------------------------- */

static bool fetch(struct segment_reader *r, uint64_t offset, uint64_t stored, uint64_t sum, struct str *out, struct err *e)
{
	buf_clear(&r->stored);
	char *to = buf_room(&r->stored, stored ? stored : 1);
	if (!to)
		return err_set(e, ERR_NO_MEMORY, "no memory to read a segment");
	if (!read_exactly(r->fd, to, stored, offset, e, &r->found))
		return false;
	r->bytes += stored;
	if (XXH64(to, stored, r->found.number) != sum)
		return corrupt(e, &r->found, "a checksum is wrong");
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
		return corrupt(e, &r->found, "compressed data is wrong");
	*out = str_from(to, raw);
	return true;
}

bool segment_section(struct segment_reader *r, enum section s, struct str *out, struct err *e)
{
	const struct section_place *p = &r->sections[s];
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
	bool ok = segment_section(&r, SECTION_SENDERS, &section, e) && (senders_decode(t, section) || corrupt(e, s, "the table of senders"));
	segment_close(&r);
	return ok;
}

/* --- index ------------------------------------------------------------------------------------------------------------------------------ */

static bool read_resources(struct segment_reader *r, struct str section, struct err *e)
{
	struct bytes b = bytes_of(section);
	uint64_t n = take_varint(&b);
	if (b.bad || n > MEM_MAX_RESOURCES)
		return corrupt(e, &r->found, "the table of resources");
	r->resources = ARENA_ARRAY(&r->arena, n + 1, struct mem_resource);
	for (uint64_t i = 0; i < n && r->resources; i++) {
		struct str bytes = arena_str(&r->arena, take_text(&b));
		r->resources[i].bytes = bytes;
		if (b.bad || !bytes.p || !resource_names(bytes, &r->resources[i].names))
			return corrupt(e, &r->found, "the table of resources");
	}
	r->resource_count = (uint32_t)n;
	return r->resources ? true : err_set(e, ERR_NO_MEMORY, "no memory for a segment's resources");
}

static bool read_block_resources(struct segment_reader *r, struct bytes *b, struct segment_block *k)
{
	uint64_t n = take_varint(b);
	if (b->bad || n > SEGMENT_BLOCK_RESOURCES)
		return false;
	uint32_t *resources = n ? ARENA_ARRAY(&r->arena, n, uint32_t) : NULL, *rows = n ? ARENA_ARRAY(&r->arena, n, uint32_t) : NULL;
	for (uint64_t i = 0; i < n && resources && rows; i++) {
		resources[i] = (uint32_t)take_varint(b);
		rows[i] = (uint32_t)take_varint(b);
		if (resources[i] >= r->resource_count)
			return false;
	}
	k->resources = resources;
	k->resource_rows = rows;
	k->resource_count = resources && rows ? (uint32_t)n : 0;
	return !b->bad;
}

static bool read_block_entry(struct segment_reader *r, struct bytes *b, struct segment_block *k, uint32_t *rank)
{
	k->kind = take_u8(b);
	k->offset = take_u64(b);
	k->stored = take_u32(b);
	k->directory = take_u32(b);
	k->directory_raw = take_u32(b);
	k->directory_sum = take_u32(b);
	k->rows = take_u32(b);
	k->first_rank = take_u32(b);
	k->min_time = take_i64(b);
	k->max_time = take_i64(b);
	k->min_position = take_u32(b);
	k->max_position = take_u32(b);
	for (int i = 0; i < SEGMENT_LEVELS; i++) {
		k->level_rows[i] = (uint32_t)take_varint(b);
		k->levels |= (uint8_t)((k->level_rows[i] != 0) << i);
	}
	if (b->bad || (k->kind != ROW_LOG && k->kind != ROW_SPAN) || k->rows == 0 || k->rows > BLOCK_ROWS || k->first_rank != *rank ||
	    k->directory > k->stored || k->directory_raw > STREAM_MAX || k->offset > r->found.footer_offset || k->stored > r->found.footer_offset - k->offset)
		return false;
	*rank += k->rows;
	return read_block_resources(r, b, k);
}

static bool read_blocks(struct segment_reader *r, struct str section, struct err *e)
{
	struct bytes b = bytes_of(section);
	uint32_t n = take_u32(&b), rank = 0;
	if (b.bad || n > bytes_left(&b) || n != r->found.blocks)
		return corrupt(e, &r->found, "the index of blocks");
	r->blocks = ARENA_ARRAY(&r->arena, n + 1, struct segment_block);
	if (!r->blocks)
		return err_set(e, ERR_NO_MEMORY, "no memory for a segment's index");
	for (uint32_t i = 0; i < n; i++) {
		r->blocks[i].number = i;
		if (!read_block_entry(r, &b, &r->blocks[i], &rank))
			return corrupt(e, &r->found, "the index of blocks");
	}
	r->block_count = n;
	return rank <= r->found.rows ? true : corrupt(e, &r->found, "the index of blocks");
}

bool segment_index(struct segment_reader *r, struct err *e)
{
	struct str section;
	if (r->blocks)
		return true;
	return segment_section(r, SECTION_RESOURCES, &section, e) && read_resources(r, section, e) &&
	       segment_section(r, SECTION_BLOCKS, &section, e) && read_blocks(r, section, e);
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

/* --- tables ----------------------------------------------------------------------------------------------------------------------------- */

static bool read_names(struct segment_reader *r, struct str section, struct err *e)
{
	struct bytes b = bytes_of(section);
	uint64_t n = take_varint(&b);
	if (b.bad || n > SEGMENT_MAX_NAMES)
		return corrupt(e, &r->found, "the table of names");
	struct str *names = ARENA_ARRAY(&r->arena, n + 1, struct str);
	for (uint64_t i = 0; i < n && names; i++) {
		names[i] = arena_str(&r->arena, take_text(&b));
		if (b.bad || !names[i].p)
			return corrupt(e, &r->found, "the table of names");
	}
	r->names = names;
	r->name_count = (uint32_t)n;
	return names ? true : err_set(e, ERR_NO_MEMORY, "no memory for a segment's names");
}

static bool read_shape(struct segment_reader *r, struct bytes *b, struct block_shape *s)
{
	uint64_t n = take_varint(b);
	if (b->bad || n > ROW_MAX_ATTRS)
		return false;
	uint32_t *names = ARENA_ARRAY(&r->arena, n + 1, uint32_t);
	uint8_t *types = (uint8_t *)arena_bytes(&r->arena, n + 1);
	if (!names || !types)
		return false;
	for (uint64_t i = 0; i < n; i++) {
		names[i] = (uint32_t)take_varint(b);
		types[i] = take_u8(b);
		if (b->bad || names[i] >= r->name_count || types[i] > VALUE_JSON)
			return false;
	}
	*s = (struct block_shape){ names, types, (uint32_t)n };
	return true;
}

static bool read_shapes(struct segment_reader *r, struct str section, struct err *e)
{
	struct bytes b = bytes_of(section);
	uint64_t n = take_varint(&b);
	if (b.bad || n == 0 || n > SEGMENT_MAX_SHAPES)
		return corrupt(e, &r->found, "the table of shapes");
	struct block_shape *shapes = ARENA_ARRAY(&r->arena, n, struct block_shape);
	for (uint64_t i = 0; i < n && shapes; i++)
		if (!read_shape(r, &b, &shapes[i]))
			return corrupt(e, &r->found, "the table of shapes");
	r->shapes = shapes;
	r->shape_count = (uint32_t)n;
	return shapes ? true : err_set(e, ERR_NO_MEMORY, "no memory for a segment's shapes");
}

bool segment_tables(struct segment_reader *r, struct err *e)
{
	struct str section;
	if (r->dictionary.count)
		return true;
	if (!segment_index(r, e) || !segment_section(r, SECTION_NAMES, &section, e) || !read_names(r, section, e) ||
	    !segment_section(r, SECTION_SHAPES, &section, e) || !read_shapes(r, section, e) || !segment_section(r, SECTION_DICTIONARY, &section, e))
		return false;
	struct str kept = arena_str(&r->arena, section);
	struct dictionary_view d;
	if (!kept.p || !dictionary_decode(&d, &r->arena, kept))
		return r->arena.full ? err_set(e, ERR_NO_MEMORY, "no memory for a segment's dictionary") : corrupt(e, &r->found, "the dictionary");
	r->dictionary = d;
	return true;
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
	if (!read_exactly(r->fd, from, p->stored, p->offset, e, &r->found))
		return false;
	r->bytes += p->stored;
	if ((uint32_t)XXH64(from, p->stored, r->found.number) != p->sum)
		return corrupt(e, &r->found, "a checksum is wrong");
	if (p->compressed) {
		size_t n = ZSTD_decompressDCtx(r->decompressor, to, p->raw, from, p->stored);
		if (ZSTD_isError(n) || n != p->raw)
			return corrupt(e, &r->found, "compressed data is wrong");
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

bool segment_filter(struct segment_reader *r, enum section s, uint64_t hash, struct filter_answer *out, struct err *e)
{
	const struct section_place *p = &r->sections[s];
	uint32_t pages = (uint32_t)(p->stored / FILTER_PAGE);
	out->empty = pages == 0;
	if (out->empty)
		return true;
	if (!read_exactly(r->fd, out->page, sizeof(out->page), p->offset + (uint64_t)filter_page(hash | (hash == 0), pages) * FILTER_PAGE, e, &r->found))
		return false;
	r->bytes += sizeof(out->page);
	if (load_le(out->page + FILTER_PAGE - 8, 8) != XXH64(out->page, FILTER_PAGE - 8, r->found.number))
		return corrupt(e, &r->found, "a filter's checksum is wrong");
	return true;
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
