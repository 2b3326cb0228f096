/* Blocks: the directory, and rows made whole again (block.h). */
#include "base/check.h"
#include "store/bits.h"
#include "store/ints.h"
#include "store/segment.h"

static bool bad(const struct segment_reader *r, struct err *e) { return segment_corrupt(r, "the directory of a block", e); }
static bool no_memory(struct err *e) { return err_set(e, ERR_NO_MEMORY, "no memory to read a segment"); }

/* --- directory ---------------------------------------------------------------------------------------------------------------------------- */

static void take_stream(struct bytes *d, uint64_t *offset, struct stream_place *p)
{
	uint64_t raw = take_varint(d), stored = raw ? take_varint(d) : 0;
	if (raw > STREAM_MAX || stored > raw) {
		d->bad = true;
		return;
	}
	*p = (struct stream_place){ .offset = *offset, .raw = (uint32_t)raw, .stored = (uint32_t)(stored ? stored : raw), .compressed = stored != 0 };
	if (raw)
		p->sum = take_u32(d);
	*offset += p->stored;
}

/* Entries and counts, one behind the other; numbers: 2 * n. */
static void take_entries(struct bytes *d, uint64_t n, bool packed, int64_t *numbers)
{
	if (packed) {
		ints_decode(d, d, numbers, n);
		ints_decode(d, d, numbers + n, n);
		for (uint64_t i = 1; i < n; i++)
			numbers[i] = (uint16_t)(numbers[i] + numbers[i - 1]);
	}
	for (uint64_t i = 0; i < n && !packed; i++) {
		numbers[i] = (int64_t)take_varint(d);
		numbers[n + i] = (int64_t)take_varint(d);
	}
}

static bool take_locals(struct block *b, struct bytes *d, struct column *c)
{
	uint8_t width = take_u8(d);
	uint64_t n = take_varint(d), total = 0;
	c->width = width & (uint8_t)~WIDTH_PACKED;
	if (d->bad || n == 0 || n > BLOCK_ROWS || c->width != (n == 1 ? 0 : n <= 256 ? 1 : 2))
		return false;
	uint32_t *entries = ARENA_ARRAY(&b->arena, n, uint32_t), *counts = ARENA_ARRAY(&b->arena, n, uint32_t);
	int64_t *numbers = ARENA_ARRAY(&b->arena, 2 * n, int64_t);
	if (!entries || !counts || !numbers)
		return false;
	take_entries(d, n, width & WIDTH_PACKED, numbers);
	for (uint64_t i = 0; i < n; i++) {
		uint64_t entry = (uint64_t)numbers[i], count = (uint64_t)numbers[n + i];
		if (entry >= DICTIONARY_MAX_ENTRIES || count == 0 || count > c->count)
			return false;
		entries[i] = (uint32_t)entry;
		counts[i] = (uint32_t)count;
		total += count;
	}
	c->locals = (uint32_t)n;
	c->entries = entries;
	c->counts = counts;
	return !d->bad && total == c->count;
}

static bool take_column(struct block *b, struct bytes *d, uint64_t *offset, struct column *c)
{
	c->id = (enum column_id)take_u8(d);
	if (c->id >= COLUMN_IDS)
		return false;
	c->form = column_form(c->id);
	if (c->id == COLUMN_ATTRIBUTE) {
		uint64_t name = take_varint(d);
		c->type = take_u8(d);
		if (name >= b->r->name_count || c->type > VALUE_JSON)
			return false;
		c->name = (uint32_t)name;
		c->form = c->type == VALUE_STR || c->type == VALUE_JSON || c->type == VALUE_BYTES ? FORM_TEXT : FORM_NUMBERS;
	}
	uint64_t count = take_varint(d);
	if (d->bad || count == 0 || count > (uint64_t)BLOCK_ROWS * ROW_MAX_ATTRS)
		return false;
	c->count = (uint32_t)count;
	c->by_body = column_by_body(c->id) ? take_u8(d) : BODY_NOTHING;
	if (c->by_body > BODY_LEAST)
		return false;
	switch (c->form) {
	case FORM_TEXT:
		if (!take_locals(b, d, c))
			return false;
		c->by_resource = c->id == COLUMN_ATTRIBUTE && take_u8(d);
		if (c->by_resource && c->count != b->k->rows)
			return false;
		for (int i = STREAM_CODES; i < STREAM_COUNT; i++)
			take_stream(d, offset, &c->streams[i]);
		return !d->bad;
	default:
		take_stream(d, offset, &c->streams[STREAM_NUMBERS]);
		take_stream(d, offset, &c->streams[STREAM_PLAIN]);
		return !d->bad;
	}
}

static bool take_directory(struct block *b, struct str directory, struct err *e)
{
	struct bytes d = bytes_of(directory);
	uint32_t n = take_u32(&d);
	b->odd = take_u8(&d) != 0;
	uint64_t offset = b->k->offset + b->k->directory;
	if (d.bad || n > BLOCK_MAX_COLUMNS + COLUMN_ATTRIBUTE)
		return bad(b->r, e);
	b->columns = ARENA_ARRAY(&b->arena, n + 1, struct column);
	if (!b->columns)
		return no_memory(e);
	for (; b->count < n; b->count++) {
		struct column *c = &b->columns[b->count];
		if (!take_column(b, &d, &offset, c))
			return b->arena.full ? no_memory(e) : bad(b->r, e);
		if (c->id != COLUMN_ATTRIBUTE)
			b->fixed[c->id] = c;
		bool each = c->id <= COLUMN_BODY;
		if ((each && c->count != b->k->rows) || offset > b->k->offset + b->k->stored)
			return bad(b->r, e);
	}
	return bytes_left(&d) == 0 ? true : bad(b->r, e);
}

bool block_open_bare(struct segment_reader *r, const struct segment_block *k, struct err *e)
{
	struct block *b = &r->block;
	struct str directory;
	arena_reset(&b->arena);
	*b = (struct block){ .r = r, .k = k, .arena = b->arena, .text = b->text, .bare = true };
	const struct stream_place p = { .offset = k->offset, .raw = k->directory_raw, .stored = k->directory, .sum = k->directory_sum, .compressed = true };
	if (!segment_index(r, e) || !segment_stream(r, &p, &b->arena, &directory, e) || !take_directory(b, directory, e))
		return false;
	b->by_shape = ARENA_ARRAY(&b->arena, r->shape_count + 1, struct block_cell *);
	if (!b->by_shape)
		return no_memory(e);
	/* Every row has these. */
	for (int i = COLUMN_POSITION; i <= COLUMN_BODY; i++)
		if (!block_column(b, (enum column_id)i))
			return bad(r, e);
	return true;
}

bool block_dictionary(struct block *b, struct err *e)
{
	if (!b->bare)
		return true;
	if (!segment_tables(b->r, e))
		return false;
	for (uint32_t i = 0; i < b->count; i++)
		for (uint32_t k = 0; b->columns[i].form == FORM_TEXT && k < b->columns[i].locals; k++)
			if (b->columns[i].entries[k] >= b->r->dictionary.count)
				return bad(b->r, e);
	b->bare = false;
	return true;
}

bool block_open(struct segment_reader *r, const struct segment_block *k, struct err *e)
{
	return segment_tables(r, e) && block_open_bare(r, k, e) && block_dictionary(&r->block, e);
}

/* --- which rows have which values --------------------------------------------------------------------------------------------------------- */

static struct column *find_attribute(struct block *b, uint32_t name, uint8_t type)
{
	for (uint32_t i = 0; i < b->count; i++) {
		struct column *c = &b->columns[i];
		if (c->id == COLUMN_ATTRIBUTE && c->name == name && c->type == type)
			return c;
	}
	return NULL;
}

static struct block_cell *cells_of(struct block *b, uint32_t shape, struct err *e)
{
	const struct block_shape *s = &b->r->shapes[shape];
	struct block_cell *list = ARENA_ARRAY(&b->arena, s->count + 1, struct block_cell);
	uint32_t *seen = ARENA_ARRAY(&b->arena, b->count + 1, uint32_t);
	if (!list || !seen) {
		no_memory(e);
		return NULL;
	}
	for (uint32_t i = 0; i < s->count; i++) {
		list[i].c = find_attribute(b, s->names[i], s->types[i]);
		if (!list[i].c) {
			bad(b->r, e);
			return NULL;
		}
		list[i].before = seen[list[i].c - b->columns]++;
	}
	return b->by_shape[shape] = list;
}

/* A map from rows to values, all NO_VALUE. */
static uint32_t *new_map(struct block *b)
{
	uint32_t *at = (uint32_t *)(void *)arena_alloc(&b->arena, b->k->rows * sizeof(*at));
	if (at)
		memset(at, 0xff, b->k->rows * sizeof(*at));
	return at;
}

struct mapping { struct column *c; uint32_t *at, next; };

/* Columns that rows have by a flag. */
static bool map_flagged(struct block *b, enum column_id id, uint8_t flag, const int64_t *flags, struct err *e)
{
	struct column *c = block_column(b, id);
	uint32_t next = 0, *at = c ? new_map(b) : NULL;
	if (!c)
		return true;
	if (!at)
		return no_memory(e);
	if (c->form == FORM_BYTES && !column_bytes(b, c, e))
		return false;
	for (uint32_t i = 0; i < b->k->rows; i++)
		if (flags[i] & flag)
			at[i] = next++;
	c->at = at;
	return next == c->count ? true : bad(b->r, e);
}

static bool note_repeated(struct block *b, uint32_t row)
{
	if (!b->repeated)
		b->repeated = ARENA_ARRAY(&b->arena, BITS_WORDS, uint64_t);
	if (b->repeated)
		bits_set(b->repeated, row);
	return b->repeated != NULL;
}

static bool map_shapes(struct block *b, struct mapping *maps, struct err *e)
{
	struct mapping *rest = NULL;
	for (uint32_t i = 0; i < b->count; i++) {
		struct column *c = &b->columns[i];
		if (c->id != COLUMN_ATTRIBUTE && c->id != COLUMN_REST)
			continue;
		maps[i] = (struct mapping){ c, new_map(b), 0 };
		if (!maps[i].at)
			return no_memory(e);
		c->at = maps[i].at;
		if (c->id == COLUMN_REST)
			rest = &maps[i];
	}
	for (uint32_t row = 0; row < b->k->rows; row++) {
		int64_t shape = b->shapes[row];
		if (shape < 0 || shape >= b->r->shape_count)
			return bad(b->r, e);
		if (shape == SHAPE_REST) {
			if (!rest)
				return bad(b->r, e);
			rest->at[row] = rest->next++;
			continue;
		}
		const struct block_cell *list = b->by_shape[shape] ? b->by_shape[shape] : cells_of(b, (uint32_t)shape, e);
		if (!list)
			return false;
		for (uint32_t i = 0; i < b->r->shapes[shape].count; i++) {
			struct mapping *m = &maps[list[i].c - b->columns];
			if (m->at[row] == NO_VALUE)
				m->at[row] = m->next;
			else if (!note_repeated(b, row))
				return no_memory(e);
			m->next++;
		}
	}
	for (uint32_t i = 0; i < b->count; i++)
		if (maps[i].c && maps[i].next != maps[i].c->count)
			return bad(b->r, e);
	return b->odd || (!b->repeated && !rest) ? true : bad(b->r, e);
}

bool block_map(struct block *b, struct err *e)
{
	struct column *shapes = block_column(b, COLUMN_SHAPE), *flags = block_column(b, COLUMN_FLAGS);
	if (b->mapped)
		return true;
	struct mapping *maps = ARENA_ARRAY(&b->arena, b->count + 1, struct mapping);
	if (!maps)
		return no_memory(e);
	if (!column_numbers(b, shapes, e) || !column_numbers(b, flags, e))
		return false;
	b->shapes = shapes->numbers;
	b->mapped = map_flagged(b, COLUMN_TRACE, ROW_HAS_TRACE, flags->numbers, e) && map_flagged(b, COLUMN_SPAN, ROW_HAS_SPAN, flags->numbers, e) &&
		    map_flagged(b, COLUMN_OBSERVED, ROW_HAS_OBSERVED, flags->numbers, e) && map_shapes(b, maps, e);
	return b->mapped;
}

/* --- rows --------------------------------------------------------------------------------------------------------------------------------- */

static bool unpack_all(struct block *b, struct err *e)
{
	if (b->unpacked)
		return true;
	if (!block_map(b, e))
		return false;
	for (uint32_t i = 0; i < b->count; i++) {
		struct column *c = &b->columns[i];
		bool ok = c->form == FORM_TEXT ? column_slots(b, c, e) : c->form == FORM_BYTES ? column_bytes(b, c, e) : column_numbers(b, c, e);
		if (!ok)
			return false;
	}
	return b->unpacked = true;
}

static bool put_text_value(struct block *b, struct column *c, uint32_t i, struct buf *out, struct err *e)
{
	uint32_t local = column_code(c, i);
	if (!column_varies(c, local)) {
		put_text(out, b->r->dictionary.texts[c->entries[local]]);
		return true;
	}
	buf_clear(&b->text);
	if (!column_value(b, c, i, &b->text, e))
		return false;
	put_text(out, buf_str(&b->text));
	return true;
}

static bool put_field(struct block *b, struct column *c, uint32_t i, struct buf *out, struct err *e)
{
	put_u8(out, c->type);
	switch ((enum value_type)c->type) {
	case VALUE_EMPTY: return true;
	case VALUE_BOOL: put_u8(out, c->numbers[i] != 0); return true;
	case VALUE_INT: put_signed(out, c->numbers[i]); return true;
	case VALUE_DOUBLE: put_i64(out, c->numbers[i]); return true;
	default: return put_text_value(b, c, i, out, e);
	}
}

/* A name may come twice in a row: its values follow each other in their column. */
static bool put_attributes(struct block *b, uint32_t row, struct buf *out, struct err *e)
{
	int64_t shape = b->shapes[row];
	const struct block_shape *s = &b->r->shapes[shape];
	if (shape == SHAPE_REST) {
		struct column *rest = block_column(b, COLUMN_REST);
		return column_value(b, rest, rest->at[row], out, e);
	}
	put_varint(out, s->count);
	for (uint32_t i = 0; i < s->count; i++) {
		const struct block_cell *f = &b->by_shape[shape][i];
		put_text(out, b->r->names[f->c->name]);
		if (!put_field(b, f->c, f->c->at[row] + f->before, out, e))
			return false;
	}
	return true;
}

static bool parent_of(struct block *b, uint32_t row, struct span_id *out)
{
	const struct column *c = block_column(b, COLUMN_PARENT), *spans = block_column(b, COLUMN_SPAN);
	*out = (struct span_id){ 0 };
	int64_t code = c->numbers[row];
	if (code == PARENT_NONE)
		return true;
	if (code == PARENT_GIVEN) {
		memcpy(out, c->plain.p + (size_t)c->index[row] * sizeof(*out), sizeof(*out));
		return true;
	}
	uint64_t z = (uint64_t)code - PARENT_ROW;
	int64_t target = (int64_t)row - (int64_t)(z >> 1 ^ (0 - (z & 1)));
	if (target < 0 || target >= b->k->rows)
		return false;
	memcpy(out, spans->plain.p + (size_t)target * sizeof(*out), sizeof(*out));
	return true;
}

static const int64_t *numbers_of(const struct block *b, enum column_id id) { return block_column(b, id)->numbers; }

static bool put_text_of(struct block *b, enum column_id id, uint32_t row, struct buf *out, struct err *e)
{
	return put_text_value(b, block_column(b, id), row, out, e);
}

static bool put_span(struct block *b, uint32_t row, int64_t time, struct buf *out, struct err *e)
{
	struct span_id parent;
	if (!parent_of(b, row, &parent))
		return bad(b->r, e);
	buf_add_bytes(out, parent.b, sizeof(parent.b));
	put_i64(out, (int64_t)((uint64_t)time + (uint64_t)numbers_of(b, COLUMN_DURATION)[row]));
	put_u8(out, (uint8_t)numbers_of(b, COLUMN_KIND)[row]);
	put_u32(out, (uint32_t)numbers_of(b, COLUMN_SPAN_FLAGS)[row]);
	return put_text_of(b, COLUMN_BODY, row, out, e) && put_text_of(b, COLUMN_SCOPE, row, out, e) && put_text_of(b, COLUMN_STATE, row, out, e) &&
	       put_text_of(b, COLUMN_MESSAGE, row, out, e) && put_attributes(b, row, out, e) && column_value(b, block_column(b, COLUMN_TAIL), row, out, e);
}

static void put_ids(const struct block *b, uint32_t row, uint8_t flags, struct buf *out)
{
	if (flags & ROW_HAS_TRACE) {
		const struct column *c = block_column(b, COLUMN_TRACE);
		buf_add_bytes(out, c->plain.p + (size_t)c->index[c->at[row]] * sizeof(struct trace_id), sizeof(struct trace_id));
	}
	if (flags & ROW_HAS_SPAN)
		buf_add_bytes(out, block_column(b, COLUMN_SPAN)->plain.p + (size_t)block_column(b, COLUMN_SPAN)->at[row] * sizeof(struct span_id), sizeof(struct span_id));
}

/* Columns that the flags and the kind promise must be there, in full. */
static bool complete(const struct block *b, uint8_t flags)
{
	static const enum column_id of_spans[] = { COLUMN_PARENT, COLUMN_DURATION, COLUMN_KIND, COLUMN_SPAN_FLAGS, COLUMN_SCOPE, COLUMN_STATE, COLUMN_MESSAGE, COLUMN_TAIL };
	if ((flags & ROW_HAS_TRACE && !block_column(b, COLUMN_TRACE)) || (flags & ROW_HAS_SPAN && !block_column(b, COLUMN_SPAN)) ||
	    (flags & ROW_HAS_OBSERVED && !block_column(b, COLUMN_OBSERVED)))
		return false;
	if (b->k->kind != ROW_SPAN)
		return true;
	const struct column *spans = block_column(b, COLUMN_SPAN);
	if (!spans || spans->count != b->k->rows)
		return false;
	for (size_t i = 0; i < sizeof(of_spans) / sizeof(of_spans[0]); i++) {
		const struct column *c = block_column(b, of_spans[i]);
		if (!c || c->count != b->k->rows || (c->form != FORM_TEXT && !c->numbers))
			return false;
	}
	return true;
}

bool block_row_at(struct block *b, uint32_t row, struct buf *out, uint32_t *resource, uint32_t *position, struct err *e)
{
	CHECK(row < b->k->rows);
	if (!unpack_all(b, e))
		return false;
	int64_t time = numbers_of(b, COLUMN_TIME)[row], r = numbers_of(b, COLUMN_RESOURCE)[row];
	uint8_t flags = (uint8_t)numbers_of(b, COLUMN_FLAGS)[row];
	if (r < 0 || r >= b->r->resource_count || !complete(b, flags))
		return bad(b->r, e);
	*resource = (uint32_t)r;
	*position = (uint32_t)numbers_of(b, COLUMN_POSITION)[row];
	buf_clear(out);
	put_u8(out, b->k->kind);
	put_i64(out, time);
	put_u8(out, (uint8_t)numbers_of(b, COLUMN_LEVEL)[row]);
	put_u8(out, flags);
	put_ids(b, row, flags, out);
	if (b->k->kind == ROW_SPAN) {
		if (!put_span(b, row, time, out, e))
			return false;
		return buf_ok(out) ? true : no_memory(e);
	}
	if (flags & ROW_HAS_OBSERVED)
		put_i64(out, block_column(b, COLUMN_OBSERVED)->numbers[block_column(b, COLUMN_OBSERVED)->at[row]]);
	if (!put_text_of(b, COLUMN_BODY, row, out, e) || !put_attributes(b, row, out, e))
		return false;
	return buf_ok(out) ? true : no_memory(e);
}
