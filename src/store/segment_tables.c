/* Index and tables of a segment, decoded into what readers share (segment.h). Sections are checked by their checksums; every number is checked
 * before it is used. */
#include "base/metric.h"
#include "store/segment_cache.h"
#include "store/segment_file.h"

/* --- index ------------------------------------------------------------------------------------------------------------------------------ */

static bool read_resources(struct segment_reader *r, struct str section, struct err *e)
{
	struct segment_tables *t = r->tables;
	struct bytes b = bytes_of(section);
	uint64_t n = take_varint(&b);
	if (b.bad || n > MEM_MAX_RESOURCES)
		return segment_corrupt(r, "the table of resources", e);
	t->resources = ARENA_ARRAY(&t->arena, n + 1, struct mem_resource);
	for (uint64_t i = 0; i < n && t->resources; i++) {
		struct str bytes = arena_str(&t->arena, take_text(&b));
		t->resources[i].bytes = bytes;
		if (b.bad || !bytes.p || !resource_names(bytes, &t->resources[i].names))
			return segment_corrupt(r, "the table of resources", e);
	}
	t->resource_count = (uint32_t)n;
	return t->resources ? true : err_set(e, ERR_NO_MEMORY, "no memory for a segment's resources");
}

static bool read_block_resources(struct segment_reader *r, struct bytes *b, struct segment_block *k)
{
	struct segment_tables *t = r->tables;
	uint64_t n = take_varint(b);
	if (b->bad || n > SEGMENT_BLOCK_RESOURCES)
		return false;
	uint32_t *resources = n ? ARENA_ARRAY(&t->arena, n, uint32_t) : NULL, *rows = n ? ARENA_ARRAY(&t->arena, n, uint32_t) : NULL;
	for (uint64_t i = 0; i < n && resources && rows; i++) {
		resources[i] = (uint32_t)take_varint(b);
		rows[i] = (uint32_t)take_varint(b);
		if (resources[i] >= t->resource_count)
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
	k->odd = r->found.version < 3 || take_u8(b) != 0;
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
	struct segment_tables *t = r->tables;
	struct bytes b = bytes_of(section);
	uint32_t n = take_u32(&b), rank = 0;
	if (b.bad || n > bytes_left(&b) || n != r->found.blocks)
		return segment_corrupt(r, "the index of blocks", e);
	t->blocks = ARENA_ARRAY(&t->arena, n + 1, struct segment_block);
	if (!t->blocks)
		return err_set(e, ERR_NO_MEMORY, "no memory for a segment's index");
	for (uint32_t i = 0; i < n; i++) {
		t->blocks[i].number = i;
		if (!read_block_entry(r, &b, &t->blocks[i], &rank))
			return segment_corrupt(r, "the index of blocks", e);
	}
	t->block_count = n;
	return rank <= r->found.rows ? true : segment_corrupt(r, "the index of blocks", e);
}

/* --- names and shapes ----------------------------------------------------------------------------------------------------------------- */

static bool read_names(struct segment_reader *r, struct str section, struct err *e)
{
	struct segment_tables *t = r->tables;
	struct bytes b = bytes_of(section);
	uint64_t n = take_varint(&b);
	if (b.bad || n > SEGMENT_MAX_NAMES)
		return segment_corrupt(r, "the table of names", e);
	struct str *names = ARENA_ARRAY(&t->arena, n + 1, struct str);
	for (uint64_t i = 0; i < n && names; i++) {
		names[i] = arena_str(&t->arena, take_text(&b));
		if (b.bad || !names[i].p)
			return segment_corrupt(r, "the table of names", e);
	}
	t->names = names;
	t->name_count = (uint32_t)n;
	return names ? true : err_set(e, ERR_NO_MEMORY, "no memory for a segment's names");
}

static bool read_shape(struct segment_reader *r, struct bytes *b, struct block_shape *s)
{
	struct segment_tables *t = r->tables;
	uint64_t n = take_varint(b);
	if (b->bad || n > ROW_MAX_ATTRS)
		return false;
	uint32_t *names = ARENA_ARRAY(&t->arena, n + 1, uint32_t);
	uint8_t *types = (uint8_t *)arena_bytes(&t->arena, n + 1);
	if (!names || !types)
		return false;
	for (uint64_t i = 0; i < n; i++) {
		names[i] = (uint32_t)take_varint(b);
		types[i] = take_u8(b);
		if (b->bad || names[i] >= t->name_count || types[i] > VALUE_JSON)
			return false;
	}
	*s = (struct block_shape){ names, types, (uint32_t)n };
	return true;
}

static bool read_shapes(struct segment_reader *r, struct str section, struct err *e)
{
	struct segment_tables *t = r->tables;
	struct bytes b = bytes_of(section);
	uint64_t n = take_varint(&b);
	if (b.bad || n == 0 || n > SEGMENT_MAX_SHAPES)
		return segment_corrupt(r, "the table of shapes", e);
	struct block_shape *shapes = ARENA_ARRAY(&t->arena, n, struct block_shape);
	for (uint64_t i = 0; i < n && shapes; i++)
		if (!read_shape(r, &b, &shapes[i]))
			return segment_corrupt(r, "the table of shapes", e);
	t->shapes = shapes;
	t->shape_count = (uint32_t)n;
	return shapes ? true : err_set(e, ERR_NO_MEMORY, "no memory for a segment's shapes");
}

/* --- loading ------------------------------------------------------------------------------------------------------------------------------- */

/* What the reader has of its tables. */
static void show(struct segment_reader *r)
{
	const struct segment_tables *t = r->tables;
	r->blocks = t->blocks;
	r->block_count = t->block_count;
	r->resources = t->resources;
	r->resource_count = t->resource_count;
	r->names = t->names;
	r->name_count = t->name_count;
	r->shapes = t->shapes;
	r->shape_count = t->shape_count;
	r->dictionary = t->dictionary;
}

/* After a load. What failed halfway must not stay. */
static bool loaded(struct segment_reader *r, bool ok)
{
	if (!ok)
		r->tables->surplus = true;
	else
		show(r);
	if (r->cache)
		segment_cache_grown(r->cache, r->tables, r->began);
	return ok;
}

static void note_use(const struct segment_reader *r, bool known)
{
	if (r->cache)
		metric_inc(known ? METRIC_STORE_CACHE_HITS : METRIC_STORE_CACHE_MISSES);
}

bool segment_index(struct segment_reader *r, struct err *e)
{
	struct segment_tables *t = r->tables;
	struct str section;
	if (r->blocks)
		return true;
	note_use(r, t->indexed);
	if (t->indexed)
		return loaded(r, true);
	t->indexed = segment_section(r, SECTION_RESOURCES, &section, e) && read_resources(r, section, e) &&
		     segment_section(r, SECTION_BLOCKS, &section, e) && read_blocks(r, section, e) && segment_section(r, SECTION_NAMES, &section, e) &&
		     read_names(r, section, e) && segment_section(r, SECTION_SHAPES, &section, e) && read_shapes(r, section, e);
	return loaded(r, t->indexed);
}

/* --- dictionary ---------------------------------------------------------------------------------------------------------------------------- */

static bool read_dictionary(struct segment_reader *r, struct str section, struct err *e)
{
	struct segment_tables *t = r->tables;
	struct dictionary_view d;
	if (r->cache) {
		if (!segment_cache_dictionary(r->cache, &d, &t->arena, section))
			return t->arena.full ? err_set(e, ERR_NO_MEMORY, "no memory for a segment's dictionary") : segment_corrupt(r, "the dictionary", e);
	} else {
		struct str kept = arena_str(&t->arena, section);
		if (!kept.p || !dictionary_decode(&d, &t->arena, kept))
			return t->arena.full ? err_set(e, ERR_NO_MEMORY, "no memory for a segment's dictionary") : segment_corrupt(r, "the dictionary", e);
	}
	t->dictionary = d;
	return true;
}

bool segment_tables(struct segment_reader *r, struct err *e)
{
	struct segment_tables *t = r->tables;
	struct str section;
	if (r->dictionary.count)
		return true;
	if (!segment_index(r, e))
		return false;
	note_use(r, t->dictionary.count);
	return loaded(r, t->dictionary.count || (segment_section(r, SECTION_DICTIONARY, &section, e) && read_dictionary(r, section, e)));
}
