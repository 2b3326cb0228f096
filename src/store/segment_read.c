/* Reading segments (segment.h). Files may be damaged: every number is checked against the file before it is used, and every part
 * against its checksum before it is decoded. */
#include "base/check.h"
#include "store/segment.h"
#include "store/wal.h"
#include <stdlib.h>
#include <xxhash.h>
#include <zstd.h>

enum { READER_ARENA = 512 << 20, FOOTER_FIXED = 8 + 4 * 3 + 8 * 5 + 4, FOOTER_SECTION = 4 + 8 * 4,
       FOOTER_SIZE = FOOTER_FIXED + SECTION_COUNT * FOOTER_SECTION + 8 };

static bool corrupt(struct err *e, const struct segment *s, const char *what)
{
	return err_set(e, ERR_CORRUPT, "segment %llu is damaged: %s", (unsigned long long)s->number, what);
}

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
	s->min_time = take_i64(&r);
	s->max_time = take_i64(&r);
	s->created = take_i64(&r);
	take_u64(&r);
	take_i64(&r);
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
	if (load_le(header + 8, 4) != SEGMENT_VERSION)
		return err_set(e, ERR_CORRUPT, "segment %llu has format %u; this program reads %d", (unsigned long long)s->number,
			       (unsigned)load_le(header + 8, 4), SEGMENT_VERSION);
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

bool segment_open(struct segment_reader *r, struct str directory, const struct segment *s, struct err *e)
{
	struct segment found = { .number = s->number };
	*r = (struct segment_reader){ .fd = open_file(directory, s->number, e), .segment = s };
	if (r->fd < 0)
		return false;
	arena_init(&r->arena, READER_ARENA);
	buf_init(&r->stored, SEGMENT_MAX_SECTION);
	buf_init(&r->raw, SEGMENT_MAX_SECTION);
	r->bytes = SEGMENT_HEADER + SEGMENT_TRAILER + FOOTER_SIZE;
	if (read_ends(r->fd, &found, r->sections, e))
		return true;
	segment_close(r);
	return false;
}

void segment_close(struct segment_reader *r)
{
	if (r->fd >= 0)
		sys_close(r->fd);
	r->fd = -1;
	arena_release(&r->arena);
	buf_release(&r->stored);
	buf_release(&r->raw);
	ZSTD_freeDCtx(r->decompressor);
	r->decompressor = NULL;
}

/* --- stored bytes ---------------------------------------------------------------------------------------------------------------------- */

static bool fetch(struct segment_reader *r, uint64_t offset, uint64_t stored, uint64_t sum, struct str *out, struct err *e)
{
	buf_clear(&r->stored);
	char *to = buf_room(&r->stored, stored ? stored : 1);
	if (!to)
		return err_set(e, ERR_NO_MEMORY, "no memory to read a segment");
	if (!read_exactly(r->fd, to, stored, offset, e, r->segment))
		return false;
	r->bytes += stored;
	if (XXH64(to, stored, r->segment->number) != sum)
		return corrupt(e, r->segment, "a checksum is wrong");
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
		return corrupt(e, r->segment, "compressed data is wrong");
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
		return corrupt(e, r->segment, "the table of resources");
	r->resources = ARENA_ARRAY(&r->arena, n + 1, struct mem_resource);
	for (uint64_t i = 0; i < n && r->resources; i++) {
		struct str bytes = arena_str(&r->arena, take_text(&b));
		r->resources[i].bytes = bytes;
		if (b.bad || !bytes.p || !resource_names(bytes, &r->resources[i].names))
			return corrupt(e, r->segment, "the table of resources");
	}
	r->resource_count = (uint32_t)n;
	return r->resources ? true : err_set(e, ERR_NO_MEMORY, "no memory for a segment's resources");
}

static bool read_block_entry(struct segment_reader *r, struct bytes *b, struct segment_block *k, uint32_t *rank)
{
	k->kind = take_u8(b);
	k->levels = take_u8(b);
	k->offset = take_u64(b);
	k->stored = take_u32(b);
	k->raw = take_u32(b);
	k->rows = take_u32(b);
	k->first_rank = take_u32(b);
	k->min_time = take_i64(b);
	k->max_time = take_i64(b);
	k->sum = take_u64(b);
	uint64_t n = take_varint(b);
	if (b->bad || n > SEGMENT_BLOCK_RESOURCES || k->raw > SEGMENT_MAX_BLOCK || k->rows == 0 || k->first_rank != *rank ||
	    k->offset > r->segment->footer_offset || k->stored > r->segment->footer_offset - k->offset)
		return false;
	*rank += k->rows;
	uint32_t *resources = n ? ARENA_ARRAY(&r->arena, n, uint32_t) : NULL;
	for (uint64_t i = 0; i < n && resources; i++) {
		resources[i] = (uint32_t)take_varint(b);
		if (resources[i] >= r->resource_count)
			return false;
	}
	k->resources = resources;
	k->resource_count = resources ? (uint32_t)n : 0;
	return !b->bad;
}

static bool read_blocks(struct segment_reader *r, struct str section, struct err *e)
{
	struct bytes b = bytes_of(section);
	uint32_t n = take_u32(&b), rank = 0;
	if (b.bad || n > bytes_left(&b))
		return corrupt(e, r->segment, "the index of blocks");
	r->blocks = ARENA_ARRAY(&r->arena, n + 1, struct segment_block);
	if (!r->blocks)
		return err_set(e, ERR_NO_MEMORY, "no memory for a segment's index");
	for (uint32_t i = 0; i < n; i++)
		if (!read_block_entry(r, &b, &r->blocks[i], &rank))
			return corrupt(e, r->segment, "the index of blocks");
	r->block_count = n;
	return rank <= r->segment->rows ? true : corrupt(e, r->segment, "the index of blocks");
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

bool segment_block(struct segment_reader *r, const struct segment_block *b, struct block_rows *rows, struct err *e)
{
	struct str stored, raw;
	if (!fetch(r, b->offset, b->stored, b->sum, &stored, e) || !decompress(r, stored, b->raw, &raw, e))
		return false;
	*rows = (struct block_rows){ bytes_of(raw), b->rows, b->first_rank };
	return true;
}

bool block_next(struct block_rows *rows, const struct segment_reader *r, struct block_row *out)
{
	if (rows->left == 0)
		return false;
	uint64_t resource = take_varint(&rows->r), position = take_varint(&rows->r);
	out->row = take_text(&rows->r);
	if (rows->r.bad || resource >= r->resource_count || position > UINT32_MAX) {
		rows->r.bad = true;
		return false;
	}
	out->resource = (uint32_t)resource;
	out->position = (uint32_t)position;
	out->rank = rows->rank++;
	rows->left--;
	return true;
}

/* --- ids -------------------------------------------------------------------------------------------------------------------------------- */

bool segment_may_have(struct segment_reader *r, const struct trace_id *id, bool *may, struct err *e)
{
	uint8_t page[FILTER_PAGE];
	const struct section_place *p = &r->sections[SECTION_FILTER];
	uint32_t pages = (uint32_t)(p->stored / FILTER_PAGE);
	*may = false;
	if (pages == 0)
		return true;
	struct filter_spot spot = filter_spot(id, pages);
	if (!read_exactly(r->fd, page, sizeof(page), p->offset + (uint64_t)spot.page * FILTER_PAGE, e, r->segment))
		return false;
	r->bytes += sizeof(page);
	if (load_le(page + FILTER_PAGE - 8, 8) != XXH64(page, FILTER_PAGE - 8, r->segment->number))
		return corrupt(e, r->segment, "the filter's checksum is wrong");
	*may = true;
	for (int k = 0; k < FILTER_PROBES; k++)
		if (!(page[spot.bits[k] / 8] >> spot.bits[k] % 8 & 1))
			*may = false;
	return true;
}

static uint32_t find_id(const uint8_t *ids, uint32_t n, const struct trace_id *id)
{
	uint32_t from = 0, to = n;
	while (from < to) {
		uint32_t middle = from + (to - from) / 2;
		if (memcmp(ids + (size_t)middle * 16, id->b, 16) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from < n && memcmp(ids + (size_t)from * 16, id->b, 16) == 0 ? from : UINT32_MAX;
}

bool segment_ranks(struct segment_reader *r, const struct trace_id *id, struct arena *a, uint32_t **ranks, size_t *count, struct err *e)
{
	struct str s;
	*count = 0;
	if (!segment_section(r, SECTION_TRACE_IDS, &s, e))
		return false;
	const uint8_t *p = (const uint8_t *)s.p;
	uint32_t n = s.len >= 4 ? (uint32_t)load_le(p, 4) : 0;
	if (s.len < 4 || (uint64_t)n * 20 > s.len - 4)
		return corrupt(e, r->segment, "the index of ids");
	const uint8_t *starts = p + 4 + (size_t)n * 16, *list = starts + (size_t)n * 4;
	uint32_t total = (uint32_t)((s.len - 4 - (size_t)n * 20) / 4);
	uint32_t i = find_id(p + 4, n, id);
	if (i == UINT32_MAX)
		return true;
	uint32_t from = (uint32_t)load_le(starts + (size_t)i * 4, 4), to = i + 1 < n ? (uint32_t)load_le(starts + (size_t)(i + 1) * 4, 4) : total;
	if (from >= to || to > total)
		return corrupt(e, r->segment, "the index of ids");
	uint32_t *out = ARENA_ARRAY(a, to - from, uint32_t);
	if (!out)
		return err_set(e, ERR_NO_MEMORY, "a trace has too many rows");
	for (uint32_t k = from; k < to; k++)
		out[k - from] = (uint32_t)load_le(list + (size_t)k * 4, 4);
	*ranks = out;
	*count = to - from;
	return true;
}

bool segment_rank_of(struct segment_reader *r, uint32_t position, uint32_t *rank, struct err *e)
{
	struct str s;
	*rank = UINT32_MAX;
	if (!segment_section(r, SECTION_ORDER, &s, e))
		return false;
	if ((uint64_t)position * 4 + 4 <= s.len)
		*rank = (uint32_t)load_le((const uint8_t *)s.p + (size_t)position * 4, 4);
	return true;
}
