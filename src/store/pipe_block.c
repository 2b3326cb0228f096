/* A run's first step on whole blocks (pipe_run_block): stats and top count by columns, without making rows of them (patterns: pipe_templates.c). Only what stands
 * first in the chain and needs nothing but columns is done here; for all else the scan makes rows. */
#include "base/time.h"
#include "store/bits.h"
#include "store/pipe_step.h"
#include "store/scratch.h"
#include "store/segment.h"
#include <stdlib.h>

enum { FIELD_COLUMNS = 4, CODES_MAX = 1 << 16,  };

/* How a field's value is read for a row. */
enum reading { READ_NOTHING, READ_TIME, READ_RESOURCE, READ_LEVEL, READ_TRACE, READ_SPAN, READ_DURATION, READ_COLUMNS };
struct reader {
	enum reading how;
	const struct pipe_field *field;
	struct column *columns[FIELD_COLUMNS]; /* READ_COLUMNS: one a type */
	size_t count;
	struct buf text;
	char hex[2 * sizeof(struct trace_id)];
	/* small numbers for different values: only where `codes` is not 0, which is how many there may be */
	uint32_t codes;
	int64_t first_bucket;
};

/* --- what a field is read from -------------------------------------------------------------------------------------------------------------- */

/* Whether a resource of the segment has the attribute, or JSON that may hold it. */
static bool in_resources(const struct segment_reader *r, struct str name)
{
	struct attrs it;
	struct attr a;
	for (uint32_t i = 0; i < r->resource_count; i++)
		for (bool more = resource_attrs(r->resources[i].bytes, &it); more && attrs_next(&it, &a);)
			if (str_eq(a.key, name) || (a.value.type == VALUE_JSON && query_path_begins(a.key, name)))
				return true;
	return false;
}

static bool add_column(struct reader *r, struct column *c)
{
	if (r->count == FIELD_COLUMNS)
		return false;
	r->columns[r->count++] = c;
	r->how = READ_COLUMNS;
	return true;
}

/* Attributes of the name. False: rows have to be made. */
static bool find_columns(struct reader *r, struct block *b, struct err *e)
{
	struct str name = r->field->name;
	if (block_column(b, COLUMN_REST) || in_resources(b->r, name))
		return false;
	for (uint32_t i = 0; i < b->count; i++) {
		struct column *c = &b->columns[i];
		if (c->id != COLUMN_ATTRIBUTE)
			continue;
		struct str is = b->r->names[c->name];
		if (c->type == VALUE_JSON && query_path_begins(is, name))
			return false;
		if (str_eq(is, name) && !add_column(r, c))
			return false;
	}
	if (r->count && (!block_map(b, e) || b->repeated))
		return false;
	for (size_t i = 0; i < r->count; i++) {
		struct column *c = r->columns[i];
		if (!(c->form == FORM_TEXT ? column_slots(b, c, e) : column_numbers(b, c, e)))
			return false;
	}
	return true;
}

static bool read_fixed(struct reader *r, struct block *b, struct err *e)
{
	struct column *body = block_column(b, COLUMN_BODY), *c;
	switch (r->field->leaf.field) {
	case FIELD_SERVICE:
	case FIELD_VERSION:
	case FIELD_INSTANCE:
		r->how = READ_RESOURCE;
		r->codes = b->r->resource_count;
		return column_numbers(b, block_column(b, COLUMN_RESOURCE), e);
	case FIELD_LEVEL:
		r->how = READ_LEVEL;
		r->codes = LEVEL_COUNT;
		return column_numbers(b, block_column(b, COLUMN_LEVEL), e);
	case FIELD_TRACE:
	case FIELD_SPAN:
		r->how = r->field->leaf.field == FIELD_TRACE ? READ_TRACE : READ_SPAN;
		c = block_column(b, r->how == READ_TRACE ? COLUMN_TRACE : COLUMN_SPAN);
		if (!c)
			r->how = READ_NOTHING;
		return block_map(b, e) && (!c || column_bytes(b, c, e));
	case FIELD_BODY:
		/* Every row has one, an empty text being none. */
		r->columns[r->count++] = body;
		r->how = READ_COLUMNS;
		return column_slots(b, body, e);
	case FIELD_DURATION:
		c = block_column(b, COLUMN_DURATION);
		r->how = c ? READ_DURATION : READ_NOTHING;
		return !c || column_numbers(b, c, e);
	case FIELD_ATTRIBUTE:
		return true;
	default:
		return false;
	}
}

static bool reader_init(struct reader *r, const struct pipe_field *f, struct block *b, struct err *e)
{
	*r = (struct reader){ .field = f };
	buf_init(&r->text, ROW_HARD_BYTES);
	if (f->source == PIPE_ID)
		return false;
	if (f->source == PIPE_TIME || f->source == PIPE_BUCKET) {
		r->how = READ_TIME;
		if (f->source == PIPE_BUCKET) {
			r->first_bucket = time_floor(b->k->min_time, f->step);
			uint64_t n = ((uint64_t)time_floor(b->k->max_time, f->step) - (uint64_t)r->first_bucket) / (uint64_t)f->step + 1;
			r->codes = n < CODES_MAX ? (uint32_t)n : 0;
		}
		return column_numbers(b, block_column(b, COLUMN_TIME), e);
	}
	bool attribute = f->leaf.field == FIELD_ATTRIBUTE || f->leaf.attribute_first;
	if (attribute && !find_columns(r, b, e))
		return false;
	if (r->how == READ_NOTHING && !read_fixed(r, b, e))
		return false;
	/* Some rows have the attribute, others the field of that name. */
	if (f->leaf.attribute_first && f->leaf.field != FIELD_ATTRIBUTE && r->how == READ_COLUMNS && r->columns[0]->id == COLUMN_ATTRIBUTE)
		return false;
	if (r->how == READ_COLUMNS && r->count == 1 && r->columns[0]->form == FORM_TEXT) {
		const struct column *c = r->columns[0];
		r->codes = c->locals + 1;
		for (uint32_t i = 0; i < c->locals; i++)
			if (column_varies(c, i))
				r->codes = 0;
	} else if (r->how == READ_NOTHING) {
		r->codes = 1;
	}
	return true;
}

/* --- values ---------------------------------------------------------------------------------------------------------------------------------- */

static struct value column_cell(struct reader *r, struct block *b, struct column *c, uint32_t i, struct err *e)
{
	struct value v = { .type = c->id == COLUMN_ATTRIBUTE ? (enum value_type)c->type : VALUE_STR };
	if (c->form == FORM_TEXT) {
		buf_clear(&r->text);
		column_value(b, c, i, &r->text, e);
		v.s = buf_str(&r->text);
		return c->id == COLUMN_ATTRIBUTE ? v : pipe_text(v.s);
	}
	if (v.type == VALUE_BOOL)
		v.b = c->numbers[i] != 0;
	else if (v.type != VALUE_EMPTY)
		memcpy(&v.i, &c->numbers[i], sizeof(v.i));
	return v;
}

static struct value resource_cell(const struct reader *r, const struct block *b, uint32_t row)
{
	const struct resource *who = &b->r->resources[block_column(b, COLUMN_RESOURCE)->numbers[row]].names;
	return pipe_text(r->field->leaf.field == FIELD_SERVICE ? who->service : r->field->leaf.field == FIELD_VERSION ? who->version : who->instance);
}

static uint8_t level_of(const struct block *b, uint32_t row)
{
	struct row_head h = { .kind = (enum row_kind)b->k->kind };
	int64_t n = block_column(b, COLUMN_LEVEL)->numbers[row];
	h.severity = (uint8_t)n;
	h.status = n <= SPAN_ERROR ? (enum span_status)n : SPAN_UNSET;
	return row_level(&h);
}

static struct value hex_cell(struct reader *r, const char *id, size_t n)
{
	hex_encode(r->hex, (const uint8_t *)id, n);
	return pipe_text(str_from(r->hex, 2 * n));
}

static struct value cell(struct reader *r, struct block *b, uint32_t row, struct err *e)
{
	const struct column *trace = block_column(b, COLUMN_TRACE), *span = block_column(b, COLUMN_SPAN);
	int64_t n;
	switch (r->how) {
	case READ_NOTHING: break;
	case READ_TIME:
		n = block_column(b, COLUMN_TIME)->numbers[row];
		return (struct value){ .type = VALUE_INT, .i = r->field->source == PIPE_BUCKET ? time_floor(n, r->field->step) : n };
	case READ_RESOURCE: return resource_cell(r, b, row);
	case READ_LEVEL: return pipe_text(level_name(level_of(b, row)));
	case READ_TRACE:
		if (trace->at[row] != NO_VALUE)
			return hex_cell(r, trace->plain.p + (size_t)trace->index[trace->at[row]] * sizeof(struct trace_id), sizeof(struct trace_id));
		break;
	case READ_SPAN:
		if (span->at[row] != NO_VALUE)
			return hex_cell(r, span->plain.p + (size_t)span->at[row] * sizeof(struct span_id), sizeof(struct span_id));
		break;
	case READ_DURATION:
		n = block_column(b, COLUMN_DURATION)->numbers[row];
		return (struct value){ .type = VALUE_INT, .i = n > 0 ? n : 0 };
	case READ_COLUMNS:
		for (size_t i = 0; i < r->count; i++) {
			struct column *c = r->columns[i];
			uint32_t at = c->id == COLUMN_ATTRIBUTE ? c->at[row] : row;
			if (at != NO_VALUE)
				return column_cell(r, b, c, at, e);
		}
		break;
	}
	return (struct value){ .type = VALUE_EMPTY };
}

static uint32_t code_of(const struct reader *r, const struct block *b, uint32_t row)
{
	switch (r->how) {
	case READ_TIME:
		return (uint32_t)(((uint64_t)time_floor(block_column(b, COLUMN_TIME)->numbers[row], r->field->step) - (uint64_t)r->first_bucket) / (uint64_t)r->field->step);
	case READ_RESOURCE: return (uint32_t)block_column(b, COLUMN_RESOURCE)->numbers[row];
	case READ_LEVEL: return level_of(b, row);
	case READ_COLUMNS: {
		const struct column *c = r->columns[0];
		uint32_t at = c->id == COLUMN_ATTRIBUTE ? c->at[row] : row;
		return at == NO_VALUE ? 0 : column_code(c, at) + 1;
	}
	default: return 0;
	}
}

static bool resources_fit(const struct block *b, struct err *e)
{
	const struct column *c = block_column(b, COLUMN_RESOURCE);
	for (uint32_t i = 0; c->numbers && i < b->k->rows; i++)
		if (c->numbers[i] < 0 || c->numbers[i] >= b->r->resource_count)
			return segment_corrupt(b->r, "the resources of rows", e);
	return true;
}

/* --- groups ---------------------------------------------------------------------------------------------------------------------------------- */

struct readers { struct reader keys[PIPE_MAX_KEYS], args[PIPE_MAX_AGGREGATES]; bool has_args; };

static void release(struct readers *r, const struct pipe_stage *g)
{
	for (size_t i = 0; i < g->key_count; i++)
		buf_release(&r->keys[i].text);
	for (size_t i = 0; i < g->aggregate_count; i++)
		buf_release(&r->args[i].text);
}

static bool prepare(struct readers *r, const struct pipe_stage *g, struct block *b, struct err *e)
{
	bool ok = true;
	for (size_t i = 0; i < g->key_count; i++)
		ok = reader_init(&r->keys[i], &g->keys[i], b, e) && ok;
	for (size_t i = 0; i < g->aggregate_count; i++) {
		if (g->aggregates[i].has_field)
			ok = reader_init(&r->args[i], &g->aggregates[i].field, b, e) && ok;
		r->has_args |= g->aggregates[i].has_field;
	}
	return ok && resources_fit(b, e);
}

static void cells(struct readers *r, const struct pipe_stage *g, struct block *b, uint32_t row, struct value *keys, struct value *args, struct err *e)
{
	for (size_t i = 0; i < g->key_count; i++)
		keys[i] = cell(&r->keys[i], b, row, e);
	for (size_t i = 0; i < g->aggregate_count; i++)
		args[i] = g->aggregates[i].has_field ? cell(&r->args[i], b, row, e) : (struct value){ .type = VALUE_EMPTY };
}

/* How many different keys there may be in the block; 0: they have no codes, or too many. */
static uint32_t combinations(const struct readers *r, const struct pipe_stage *g)
{
	uint64_t n = 1;
	for (size_t i = 0; i < g->key_count && n; i++) {
		n *= r->keys[i].codes;
		n = n > CODES_MAX ? 0 : n;
	}
	return r->has_args ? 0 : (uint32_t)n;
}

struct counted { uint32_t rows, example; };

static bool count_by_codes(struct pipe_step *s, struct readers *r, struct block *b, const uint64_t *rows, uint32_t n, struct err *e)
{
	const struct pipe_stage *g = s->stage;
	struct value keys[PIPE_MAX_KEYS], args[PIPE_MAX_AGGREGATES];
	struct counted *counts = ARENA_ARRAY(&b->arena, n, struct counted);
	if (!counts)
		return err_set(e, ERR_NO_MEMORY, "no memory for a query");
	for (uint32_t w = 0; w < bits_words(b->k->rows); w++)
		for (uint64_t left = rows[w]; left; left &= left - 1) {
			uint32_t row = w * 64 + (uint32_t)__builtin_ctzll(left), code = 0;
			for (size_t i = 0; i < g->key_count; i++)
				code = code * r->keys[i].codes + code_of(&r->keys[i], b, row);
			counts[code].rows++;
			counts[code].example = row;
		}
	for (uint32_t i = 0; i < n && !err_is_set(e); i++)
		if (counts[i].rows) {
			cells(r, g, b, counts[i].example, keys, args, e);
			groups_add(s->groups, keys, args, counts[i].rows);
		}
	return !err_is_set(e);
}

static bool count_by_rows(struct pipe_step *s, struct readers *r, struct block *b, const uint64_t *rows, struct err *e)
{
	struct value keys[PIPE_MAX_KEYS], args[PIPE_MAX_AGGREGATES];
	for (uint32_t w = 0; w < bits_words(b->k->rows); w++)
		for (uint64_t left = rows[w]; left; left &= left - 1) {
			cells(r, s->stage, b, w * 64 + (uint32_t)__builtin_ctzll(left), keys, args, e);
			if (err_is_set(e))
				return false;
			groups_add(s->groups, keys, args, 1);
		}
	return true;
}

static bool groups_block(struct pipe_step *s, struct block *b, const uint64_t *rows, bool *handled, struct err *e)
{
	SCRATCH struct readers r;
	r = (struct readers){ 0 };
	bool ok = prepare(&r, s->stage, b, e);
	if (ok) {
		uint32_t n = combinations(&r, s->stage);
		ok = n ? count_by_codes(s, &r, b, rows, n, e) : count_by_rows(s, &r, b, rows, e);
		*handled = ok;
	}
	release(&r, s->stage);
	return !err_is_set(e);
}

bool pipe_run_block(struct pipe_run *r, int side, struct block *b, const uint64_t *rows, bool *handled, struct err *e)
{
	struct pipe_step *s = r->heads[side];
	*handled = false;
	if (s->kind == &pipe_step_groups)
		return groups_block(s, b, rows, handled, e);
	return s->kind != &pipe_step_patterns || pipe_patterns_block(s, b, rows, handled, e);
}

bool pipe_run_counts(const struct pipe_run *r, int side)
{
	const struct pipe_step *s = r->heads[side];
	bool counts = s->kind == &pipe_step_groups && s->stage->key_count == 0;
	for (size_t i = 0; counts && i < s->stage->aggregate_count; i++)
		counts = !s->stage->aggregates[i].has_field;
	return counts;
}

void pipe_run_count(struct pipe_run *r, int side, uint32_t rows)
{
	struct value args[PIPE_MAX_AGGREGATES] = { 0 }; /* VALUE_EMPTY */
	if (rows)
		groups_add(r->heads[side]->groups, NULL, args, rows);
}
