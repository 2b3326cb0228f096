/* Rows to columns (block_write.h). A row goes field by field into the columns; shapes are looked up by the names and types of the
 * attributes, with the row before as the first guess. */
#include "store/block_write.h"
#include "base/check.h"
#include "store/ints.h"
#include "store/scratch.h"
#include <stdlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum { DIRECTORY_MAX = 16 << 20, DIRECTORY_LEVEL = 3, GUESS_FIELDS = 32, FIRST_ROWS = 64 };

static bool add_shape(struct block_writer *w, struct shape *s)
{
	if (w->shape_count == w->shape_room) {
		uint32_t n = w->shape_room ? w->shape_room * 2 : 16;
		void *list = realloc(w->shape_list, n * sizeof(struct shape *));
		if (!list)
			return false;
		w->shape_list = list;
		w->shape_room = n;
	}
	s->number = w->shape_count;
	w->shape_list[w->shape_count++] = s;
	return true;
}

bool block_writer_init(struct block_writer *w, uint64_t seed)
{
	*w = (struct block_writer){ 0 };
	bool ok = column_shared_init(&w->shared, seed);
	arena_init(&w->arena, WRITER_ARENA);
	map_init(&w->names, SEGMENT_MAX_NAMES);
	map_init(&w->shapes, SEGMENT_MAX_SHAPES);
	buf_init(&w->directory, DIRECTORY_MAX);
	buf_init(&w->streams, (size_t)STREAM_MAX * 4);
	buf_init(&w->text, 2 * ROW_HARD_BYTES);
	buf_init(&w->key, SHAPE_MAX_FIELDS * 8);
	for (int i = 0; i < COLUMN_ATTRIBUTE; i++) {
		w->fixed[i] = (struct column_out){ .id = (enum column_id)i, .form = column_form((enum column_id)i) };
		buf_init(&w->fixed[i].plain, STREAM_MAX);
	}
	w->fixed[COLUMN_BODY].mode = TEXT_BODY;
	w->fixed[COLUMN_TAIL].mode = w->fixed[COLUMN_REST].mode = TEXT_WHOLE;
	buf_init(&w->span_ids, BLOCK_ROWS * sizeof(struct span_id));
	buf_init(&w->parents, BLOCK_ROWS * sizeof(struct span_id));
	/* Shape 0: rows whose attributes stay together. */
	struct shape *rest = ARENA_NEW(&w->arena, struct shape);
	return ok && rest && add_shape(w, rest);
}

void block_writer_release(struct block_writer *w)
{
	for (int i = 0; i < COLUMN_ATTRIBUTE; i++)
		column_release(&w->fixed[i]);
	for (uint32_t i = 0; i < w->attribute_made; i++)
		column_release(w->attributes[i]);
	free(w->shape_list);
	buf_release(&w->span_ids);
	buf_release(&w->parents);
	column_shared_release(&w->shared);
	map_release(&w->names);
	map_release(&w->shapes);
	buf_release(&w->directory);
	buf_release(&w->streams);
	buf_release(&w->key);
	buf_release(&w->text);
	arena_release(&w->arena);
}

/* --- shapes ------------------------------------------------------------------------------------------------------------------------------- */

/* The name's number; UINT32_MAX when there are too many. */
static uint32_t name_number(struct block_writer *w, struct str name)
{
	uintptr_t known = (uintptr_t)map_get(&w->names, name);
	if (known)
		return (uint32_t)known - 1;
	uint32_t number = w->names.count;
	return map_put(&w->names, name, (void *)(uintptr_t)(number + 1)) ? number : UINT32_MAX;
}

/* Whether the attributes are exactly the shape's; then values are theirs. */
static bool fits(const struct block_writer *w, const struct shape *s, struct attrs it, struct value *values)
{
	struct attr a;
	if (it.left != s->count || s->count > GUESS_FIELDS)
		return false;
	for (uint32_t i = 0; i < s->count; i++) {
		if (!attrs_next(&it, &a) || (uint8_t)a.value.type != s->fields[i].type || !str_eq(a.key, w->names.entries[s->fields[i].name].key))
			return false;
		values[i] = a.value;
	}
	return true;
}

static uint32_t new_shape(struct block_writer *w, struct str key)
{
	uint32_t count = (uint32_t)(key.len / 8);
	struct shape *s = ARENA_NEW(&w->arena, struct shape);
	struct str kept = arena_str(&w->arena, key);
	if (!s || !kept.p || w->shape_count == SEGMENT_MAX_SHAPES)
		return SHAPE_REST;
	*s = (struct shape){ .count = count, .block = UINT32_MAX, .fields = ARENA_ARRAY(&w->arena, count + 1, struct shape_field),
			     .columns = ARENA_ARRAY(&w->arena, count + 1, uint32_t) };
	if (!s->fields || !s->columns || !add_shape(w, s))
		return SHAPE_REST;
	/* A shape that the map has no room for is only not found again. */
	map_put(&w->shapes, kept, s);
	for (uint32_t i = 0; i < count; i++)
		s->fields[i] = (struct shape_field){ (uint32_t)load_le((const uint8_t *)key.p + i * 8, 4), (uint8_t)key.p[i * 8 + 4] };
	return s->number;
}

static uint32_t shape_number(struct block_writer *w, struct attrs it)
{
	struct attr a;
	buf_clear(&w->key);
	while (attrs_next(&it, &a)) {
		uint32_t name = name_number(w, a.key);
		if (name == UINT32_MAX)
			return SHAPE_REST;
		put_u32(&w->key, name);
		put_u32(&w->key, (uint32_t)a.value.type);
	}
	const struct shape *known = map_get(&w->shapes, buf_str(&w->key));
	return w->last_shape = known ? known->number : new_shape(w, buf_str(&w->key));
}

static bool new_column(struct block_writer *w)
{
	struct column_out *c = ARENA_NEW(&w->arena, struct column_out);
	if (!c)
		return false;
	c->id = COLUMN_ATTRIBUTE;
	buf_init(&c->plain, STREAM_MAX);
	w->attributes[w->attribute_made++] = c;
	return true;
}

/* The column for a field in this block; UINT32_MAX when there are too many. Few columns, or a shape's own list, so a scan is enough. */
static uint32_t attribute_column(struct block_writer *w, const struct shape_field *f)
{
	for (uint32_t i = 0; i < w->attribute_count; i++)
		if (w->attributes[i]->name == f->name && w->attributes[i]->type == f->type)
			return i;
	if (w->attribute_count == BLOCK_MAX_COLUMNS || (w->attribute_count == w->attribute_made && !new_column(w)))
		return UINT32_MAX;
	struct column_out *c = w->attributes[w->attribute_count];
	bool text = f->type == VALUE_STR || f->type == VALUE_JSON || f->type == VALUE_BYTES;
	if (c->form != (text ? FORM_TEXT : FORM_NUMBERS)) {
		free(c->numbers); /* room for values of another size */
		c->numbers = NULL;
		c->capacity = 0;
	}
	c->name = f->name;
	c->type = f->type;
	c->form = text ? FORM_TEXT : FORM_NUMBERS;
	c->mode = f->type == VALUE_BYTES ? TEXT_WHOLE : TEXT_AUTO;
	return w->attribute_count++;
}

/* Finds the shape's columns in the current block. False: too many. */
static bool columns_of(struct block_writer *w, struct shape *s)
{
	if (s->block == w->shared.block)
		return true;
	for (uint32_t i = 0; i < s->count; i++) {
		s->columns[i] = attribute_column(w, &s->fields[i]);
		if (s->columns[i] == UINT32_MAX)
			return false;
	}
	s->block = w->shared.block;
	s->repeats = false;
	for (uint32_t i = 1; i < s->count && !s->repeats; i++)
		for (uint32_t k = 0; k < i; k++)
			s->repeats |= s->columns[i] == s->columns[k];
	return true;
}

/* --- values ------------------------------------------------------------------------------------------------------------------------------- */

static void add_value(struct block_writer *w, struct column_out *c, const struct value *v)
{
	int64_t bits;
	switch (v->type) {
	case VALUE_EMPTY: column_number(&w->shared, c, 0); break;
	case VALUE_BOOL: column_number(&w->shared, c, v->b); break;
	case VALUE_INT: column_number(&w->shared, c, v->i); break;
	case VALUE_DOUBLE:
		memcpy(&bits, &v->d, sizeof(bits));
		column_number(&w->shared, c, bits);
		break;
	default: column_text(&w->shared, c, v->s); break;
	}
}

static void note_rest(struct block_writer *w, struct attrs it)
{
	struct attr a;
	while (attrs_next(&it, &a))
		column_note_value(&w->shared, &a.value, &w->text);
}

static uint32_t add_attributes(struct block_writer *w, const struct row_parts *p)
{
	SCRATCH struct value values[GUESS_FIELDS];
	struct shape *s = w->shape_list[w->last_shape];
	if (w->last_shape != SHAPE_REST && fits(w, s, p->attrs, values) && columns_of(w, s)) {
		w->odd |= s->repeats;
		for (uint32_t i = 0; i < s->count; i++)
			add_value(w, w->attributes[s->columns[i]], &values[i]);
		return s->number;
	}
	uint32_t number = shape_number(w, p->attrs);
	s = w->shape_list[number];
	if (number != SHAPE_REST && columns_of(w, s)) {
		w->odd |= s->repeats;
		struct attrs it = p->attrs;
		struct attr a;
		for (uint32_t i = 0; attrs_next(&it, &a); i++)
			add_value(w, w->attributes[s->columns[i]], &a.value);
		return number;
	}
	w->odd = true;
	return w->last_shape = SHAPE_REST;
}

static void number(struct block_writer *w, enum column_id id, int64_t v) { column_number(&w->shared, &w->fixed[id], v); }
static void text(struct block_writer *w, enum column_id id, struct str v) { column_text(&w->shared, &w->fixed[id], v); }

static void end_run(struct block_writer *w)
{
	if (!w->run_length)
		return;
	number(w, COLUMN_TRACE, w->run_length);
	buf_add_bytes(&w->fixed[COLUMN_TRACE].plain, w->run.b, sizeof(w->run.b));
	filter_add(&w->shared.ids, id_hash(w->run.b), w->shared.block);
	w->run_length = 0;
}

static void add_ids(struct block_writer *w, const struct row_head *h)
{
	char hex[2 * sizeof(h->span.b) + 1];
	if (h->has_trace) {
		if (w->run_length && !trace_id_eq(&w->run, &h->trace))
			end_run(w);
		w->run = h->trace;
		w->run_length++;
	}
	if (h->has_span) {
		struct column_out *c = &w->fixed[COLUMN_SPAN];
		buf_add_bytes(&c->plain, h->span.b, sizeof(h->span.b));
		c->count++;
		hex_encode(hex, h->span.b, sizeof(h->span.b));
		filter_add(&w->shared.tokens, token_hash(str_from(hex, 2 * sizeof(h->span.b))), w->shared.block);
	}
}

/* Each row has a value in these: room is made for all of them at once. */
static const enum column_id by_row[] = { COLUMN_POSITION, COLUMN_TIME, COLUMN_RESOURCE, COLUMN_LEVEL, COLUMN_FLAGS, COLUMN_SHAPE, COLUMN_BODY };

static bool row_room(struct block_writer *w)
{
	if (w->rows < w->row_room)
		return true;
	uint32_t n = w->row_room ? 2 * w->row_room : FIRST_ROWS;
	for (size_t i = 0; i < ARRAY_LEN(by_row); i++)
		if (!column_reserve(&w->shared, &w->fixed[by_row[i]], n))
			return false;
	w->row_room = n;
	return true;
}

static inline void put(struct block_writer *w, enum column_id id, int64_t v)
{
	struct column_out *c = &w->fixed[id];
	c->numbers[c->count++] = v;
}

void block_add(struct block_writer *w, struct str row, const struct row_parts *p, uint32_t resource, uint32_t position)
{
	const struct row_head *h = &p->head;
	w->kind = (uint8_t)h->kind;
	if (!row_room(w))
		return;
	put(w, COLUMN_POSITION, position);
	put(w, COLUMN_TIME, h->time);
	put(w, COLUMN_RESOURCE, resource);
	if (resource >= w->shared.resource_count)
		w->shared.resource_count = resource + 1;
	put(w, COLUMN_LEVEL, h->kind == ROW_LOG ? h->severity : h->status);
	put(w, COLUMN_FLAGS, p->flags);
	struct column_out *body = &w->fixed[COLUMN_BODY];
	body->texts[body->count++] = p->body;
	add_ids(w, h);
	if (h->kind == ROW_LOG && p->flags & ROW_HAS_OBSERVED)
		number(w, COLUMN_OBSERVED, p->observed);
	if (h->kind == ROW_SPAN) {
		buf_add_bytes(&w->span_ids, h->span.b, sizeof(h->span.b));
		buf_add_bytes(&w->parents, p->parent.b, sizeof(p->parent.b));
		number(w, COLUMN_DURATION, (int64_t)((uint64_t)p->end - (uint64_t)h->time));
		number(w, COLUMN_KIND, p->raw_kind);
		number(w, COLUMN_SPAN_FLAGS, p->span_flags);
		text(w, COLUMN_SCOPE, p->scope);
		text(w, COLUMN_STATE, p->state);
		text(w, COLUMN_MESSAGE, p->status_message);
	}
	uint32_t shape = add_attributes(w, p);
	put(w, COLUMN_SHAPE, shape);
	if (shape == SHAPE_REST)
		note_rest(w, p->attrs);
	if (shape == SHAPE_REST || h->kind == ROW_SPAN) {
		struct str attrs, tail;
		row_ends(row, p, &attrs, &tail);
		if (shape == SHAPE_REST)
			text(w, COLUMN_REST, attrs);
		if (h->kind == ROW_SPAN)
			text(w, COLUMN_TAIL, tail);
	}
	w->rows++;
	w->bytes += row.len;
}

/* --- the end of a block ------------------------------------------------------------------------------------------------------------------- */

static size_t span_place(const struct span_id *id, size_t size) { return XXH3_64bits(id->b, sizeof(id->b)) & (size - 1); }

/* Which row of the block has a span id: open addressing over row numbers + 1. */
static uint32_t *span_table(const struct block_writer *w, const struct span_id *ids, size_t size)
{
	uint32_t *table = calloc(size, sizeof(*table));
	for (uint32_t i = 0; table && i < w->rows; i++) {
		size_t at = span_place(&ids[i], size);
		while (table[at])
			at = (at + 1) & (size - 1);
		table[at] = i + 1;
	}
	return table;
}

static void add_parents(struct block_writer *w)
{
	const struct span_id *ids = (const void *)buf_str(&w->span_ids).p, *parents = (const void *)buf_str(&w->parents).p;
	size_t size = 64;
	while (size < (size_t)w->rows * 2)
		size *= 2;
	uint32_t *table = span_table(w, ids, size);
	if (!table || !buf_ok(&w->span_ids) || !buf_ok(&w->parents))
		w->shared.failed = true;
	for (uint32_t i = 0; i < w->rows && !w->shared.failed; i++) {
		if (span_id_is_zero(&parents[i])) {
			number(w, COLUMN_PARENT, PARENT_NONE);
			continue;
		}
		size_t at = span_place(&parents[i], size);
		while (table[at] && memcmp(&ids[table[at] - 1], &parents[i], sizeof(*ids)) != 0)
			at = (at + 1) & (size - 1);
		if (table[at]) {
			int64_t distance = (int64_t)i - (int64_t)(table[at] - 1);
			number(w, COLUMN_PARENT, PARENT_ROW + (int64_t)((uint64_t)distance << 1 ^ (uint64_t)(distance >> 63)));
		} else {
			number(w, COLUMN_PARENT, PARENT_GIVEN);
			buf_add_bytes(&w->fixed[COLUMN_PARENT].plain, parents[i].b, sizeof(parents[i].b));
		}
	}
	buf_clear(&w->span_ids);
	buf_clear(&w->parents);
	free(table);
}

/* Numbers come again and again: those of this block that were noted last are remembered, each at its place. */
enum { RECENT = 256 };
static inline uint32_t recent_place(int64_t v) { return (uint32_t)((uint64_t)v * UINT64_C(0x9e3779b97f4a7c15) >> 56); }

static void note_numbers(struct block_writer *w, const struct column_out *c)
{
	SCRATCH int64_t recent[RECENT];
	for (uint32_t i = 0; i < RECENT; i++)
		recent[i] = c->numbers[0]; /* the first one is always noted */
	for (uint32_t i = 0; i < c->count; i++) {
		struct value v = { .type = (enum value_type)c->type };
		int64_t *known = &recent[recent_place(c->numbers[i])];
		if (i && *known == c->numbers[i])
			continue;
		*known = c->numbers[i];
		if (c->type == VALUE_BOOL)
			v.b = c->numbers[i];
		else
			memcpy(&v.i, &c->numbers[i], sizeof(v.i));
		column_note_value(&w->shared, &v, &w->text);
	}
}

static void note_column(struct block_writer *w, const struct column_out *c)
{
	if (c->form != FORM_TEXT && c->count) {
		note_numbers(w, c);
		return;
	}
	for (uint32_t i = 0; i < c->count; i++)
		column_note_value(&w->shared, &(struct value){ .type = (enum value_type)c->type, .s = c->texts[i] }, &w->text);
}

static void end_column(struct block_writer *w, struct column_out *c, uint32_t *columns)
{
	if (c->id == COLUMN_ATTRIBUTE && c->type != VALUE_STR && c->type != VALUE_JSON && c->type != VALUE_EMPTY)
		note_column(w, c);
	column_end(&w->shared, c, c->id == COLUMN_BODY && w->kind == ROW_LOG, &w->directory, &w->streams);
	++*columns;
}

bool block_end(struct block_writer *w, struct block_bytes *out)
{
	uint32_t columns = 0;
	size_t head;
	if (w->shared.failed)
		return false;
	buf_clear(&w->directory);
	buf_clear(&w->streams);
	end_run(w);
	if (w->kind == ROW_SPAN)
		add_parents(w);
	put_u32(&w->directory, 0); /* number of columns, below */
	head = w->directory.len;
	put_u8(&w->directory, w->odd);
	w->odd = false;
	w->shared.row_resources = w->fixed[COLUMN_RESOURCE].numbers;
	w->shared.row_count = w->rows;
	/* The body first: others follow from it. */
	end_column(w, &w->fixed[COLUMN_BODY], &columns);
	column_end_times(&w->shared, &w->fixed[COLUMN_TIME], &w->directory, &w->streams);
	columns++;
	for (int i = 0; i < COLUMN_ATTRIBUTE; i++)
		if (column_by_body((enum column_id)i)) {
			column_end_by_body(&w->shared, &w->fixed[i], &w->directory, &w->streams);
			columns++;
		}
	w->shared.first_body += w->rows;
	for (int i = 0; i < COLUMN_ATTRIBUTE; i++)
		if (w->fixed[i].count)
			end_column(w, &w->fixed[i], &columns);
	for (uint32_t i = 0; i < w->attribute_count; i++)
		if (w->attributes[i]->count)
			end_column(w, w->attributes[i], &columns);
	w->attribute_count = 0;
	w->shared.resource_count = 0;
	w->rows = 0;
	w->bytes = 0;
	w->shared.block++;
	filter_begin_block(&w->shared.tokens);
	filter_begin_block(&w->shared.ids);
	size_t bound = ZSTD_compressBound(w->directory.len);
	buf_clear(&w->shared.compressed);
	char *to = buf_room(&w->shared.compressed, bound);
	if (w->shared.failed || w->shared.tokens.failed || w->shared.ids.failed || !to || !buf_ok(&w->directory) || !buf_ok(&w->streams) || head != 4)
		return false;
	store_le((uint8_t *)w->directory.data + w->directory.start, columns, 4);
	size_t n = ZSTD_compressCCtx(w->shared.compressor, to, bound, buf_str(&w->directory).p, w->directory.len, DIRECTORY_LEVEL);
	if (ZSTD_isError(n))
		return false;
	*out = (struct block_bytes){ str_from(to, n), buf_str(&w->streams), (uint32_t)w->directory.len };
	return true;
}

/* --- tables ------------------------------------------------------------------------------------------------------------------------------- */

void block_encode_names(const struct block_writer *w, struct buf *out)
{
	put_varint(out, w->names.count);
	for (uint32_t i = 0; i < w->names.count; i++)
		put_text(out, w->names.entries[i].key);
}

void block_encode_shapes(const struct block_writer *w, struct buf *out)
{
	put_varint(out, w->shape_count);
	for (uint32_t i = 0; i < w->shape_count; i++) {
		const struct shape *s = w->shape_list[i];
		put_varint(out, s->count);
		for (uint32_t k = 0; k < s->count; k++) {
			put_varint(out, s->fields[k].name);
			put_u8(out, s->fields[k].type);
		}
	}
}
