/* Unpacking columns (block.h). Files may be damaged: every stream is checked by its checksum before it is unpacked, and every number before
 * it is used as an index. */
#include "base/check.h"
#include "store/ints.h"
#include "store/segment.h"
#include "store/text_split.h"
#include "store/times.h"

static bool bad(struct block *b, struct err *e) { return segment_corrupt(b->r, "a column", e); }
static bool no_memory(struct err *e) { return err_set(e, ERR_NO_MEMORY, "no memory to read a segment"); }

static bool stream(struct block *b, const struct column *c, enum column_stream s, struct str *out, struct err *e)
{
	const struct stream_place *p = &c->streams[s];
	*out = STR("");
	return p->raw == 0 || segment_stream(b->r, p, &b->arena, out, e);
}

static int64_t *new_numbers(struct block *b, size_t n)
{
	char *p = arena_bytes(&b->arena, (n + 1) * sizeof(int64_t) + sizeof(int64_t) - 1);
	return p ? (int64_t *)(((uintptr_t)p + sizeof(int64_t) - 1) & ~(uintptr_t)(sizeof(int64_t) - 1)) : NULL;
}

/* What is usual for each entry of the body's, and the exceptions. */
static bool take_by_body(struct block *b, struct column *c, struct bytes *r, struct bytes *p, int64_t *v, struct err *e)
{
	struct column *body = block_column(b, COLUMN_BODY);
	if (!body || body->count != c->count)
		return bad(b, e);
	int64_t *usual = new_numbers(b, body->locals), *exceptions = new_numbers(b, 2 * (size_t)c->count);
	if (!usual || !exceptions)
		return no_memory(e);
	if (!column_codes(b, body, e))
		return false;
	ints_decode(r, p, usual, body->locals);
	if (c->by_body == BODY_LEAST) {
		ints_decode(r, p, v, c->count);
		for (uint32_t i = 0; i < c->count; i++)
			v[i] = (int64_t)((uint64_t)v[i] + (uint64_t)usual[column_code(body, i)]);
		return true;
	}
	uint64_t n = take_varint(r);
	if (r->bad || n > c->count)
		return bad(b, e);
	ints_decode(r, p, exceptions, n);
	ints_decode(r, p, exceptions + n, n);
	for (uint32_t i = 0; i < c->count; i++)
		v[i] = usual[column_code(body, i)];
	for (uint64_t i = 0; i < n; i++) {
		if (exceptions[i] < 0 || exceptions[i] >= c->count)
			return bad(b, e);
		v[exceptions[i]] = exceptions[n + i];
	}
	return true;
}

static bool take_times(struct block *b, struct column *c, struct bytes *r, struct bytes *p, int64_t *v, struct err *e)
{
	struct column *body = block_column(b, COLUMN_BODY);
	take_u8(r);
	if (!body || body->count != c->count)
		return bad(b, e);
	if (!column_codes(b, body, e))
		return false;
	return times_decode(r, p, v, c->count, (struct times_codes){ body->codes, body->width }, body->locals) ? true : bad(b, e);
}

bool column_numbers(struct block *b, struct column *c, struct err *e)
{
	struct str s;
	if (c->numbers)
		return true;
	if (!stream(b, c, STREAM_NUMBERS, &s, e))
		return false;
	/* FORM_BYTES may be without numbers (COLUMN_SPAN). */
	if (s.len == 0 && c->form == FORM_BYTES)
		return true;
	int64_t *v = new_numbers(b, c->count);
	if (!v)
		return no_memory(e);
	struct str packed = STR("");
	if (c->form == FORM_NUMBERS && !stream(b, c, STREAM_PLAIN, &packed, e))
		return false;
	struct bytes r = bytes_of(s), p = bytes_of(packed);
	if (c->id == COLUMN_TIME && s.len && s.p[0] == TIMES_BY_ENTRY) {
		if (!take_times(b, c, &r, &p, v, e))
			return false;
	} else if (c->by_body) {
		if (!take_by_body(b, c, &r, &p, v, e))
			return false;
	} else {
		ints_decode(&r, c->form == FORM_NUMBERS ? &p : &r, v, c->count);
	}
	c->numbers = v;
	return !r.bad ? true : bad(b, e);
}

/* COLUMN_TRACE: numbers are lengths of runs; their sum is the number of values. */
static bool expand_runs(struct block *b, struct column *c, struct err *e)
{
	uint64_t total = 0;
	for (uint32_t i = 0; i < c->count; i++) {
		if (c->numbers[i] < 0 || c->numbers[i] > b->k->rows)
			return bad(b, e);
		total += (uint64_t)c->numbers[i];
	}
	if (total > b->k->rows || c->plain.len != (size_t)c->count * sizeof(struct trace_id))
		return bad(b, e);
	uint32_t *index = ARENA_ARRAY(&b->arena, total + 1, uint32_t), at = 0;
	if (!index)
		return no_memory(e);
	for (uint32_t i = 0; i < c->count; i++)
		for (int64_t n = 0; n < c->numbers[i]; n++)
			index[at++] = i;
	c->index = index;
	c->count = (uint32_t)total;
	return true;
}

/* COLUMN_PARENT: those that are given stand in plain in the order of the rows. */
static bool number_parents(struct block *b, struct column *c, struct err *e)
{
	uint32_t *index = ARENA_ARRAY(&b->arena, c->count + 1, uint32_t), given = 0;
	if (!index)
		return no_memory(e);
	for (uint32_t i = 0; i < c->count; i++) {
		index[i] = given;
		given += c->numbers[i] == PARENT_GIVEN;
	}
	c->index = index;
	return c->plain.len == (size_t)given * sizeof(struct span_id) ? true : bad(b, e);
}

bool column_bytes(struct block *b, struct column *c, struct err *e)
{
	if (c->plain.p)
		return true;
	if (!column_numbers(b, c, e) || !stream(b, c, STREAM_PLAIN, &c->plain, e))
		return false;
	if (c->id == COLUMN_SPAN)
		return c->plain.len == (size_t)c->count * sizeof(struct span_id) ? true : bad(b, e);
	if (!c->numbers)
		return bad(b, e);
	if (c->id == COLUMN_TRACE)
		return expand_runs(b, c, e);
	return number_parents(b, c, e);
}

/* Codes by the resource of the row; every row has a value. */
static bool codes_by_resource(struct block *b, struct column *c, struct str s, const void **out, struct err *e)
{
	struct column *resources = block_column(b, COLUMN_RESOURCE);
	if (!column_numbers(b, resources, e))
		return false;
	int64_t most = 0;
	for (uint32_t i = 0; i < c->count; i++) {
		if (resources->numbers[i] < 0 || resources->numbers[i] >= b->r->resource_count)
			return bad(b, e);
		most = resources->numbers[i] > most ? resources->numbers[i] : most;
	}
	int64_t *codes = new_numbers(b, (size_t)most + 1);
	uint16_t *wide = arena_alloc(&b->arena, (size_t)c->count * sizeof(*wide));
	if (!codes || !wide)
		return no_memory(e);
	struct bytes r = bytes_of(s);
	ints_decode(&r, &r, codes, (size_t)most + 1);
	for (uint32_t i = 0; i < c->count; i++) {
		int64_t code = codes[resources->numbers[i]];
		if (code < 0 || code >= c->locals)
			return bad(b, e);
		wide[i] = (uint16_t)code;
	}
	c->width = 2;
	*out = wide;
	return bytes_left(&r) == 0 && !r.bad ? true : bad(b, e);
}

/* A byte each, or two in planes. */
static bool plain_codes(struct block *b, const struct column *c, struct str s, const void **out, struct err *e)
{
	struct str high;
	if (!stream(b, c, STREAM_HIGH_CODES, &high, e))
		return false;
	if (s.len != c->count || high.len != (c->width == 2 ? c->count : 0))
		return bad(b, e);
	*out = s.p;
	if (c->width == 1)
		return true;
	uint16_t *wide = arena_alloc(&b->arena, (size_t)c->count * sizeof(*wide));
	if (!wide)
		return no_memory(e);
	for (uint32_t i = 0; i < c->count; i++)
		wide[i] = (uint16_t)((uint8_t)s.p[i] | (uint8_t)high.p[i] << 8);
	*out = wide;
	return true;
}

bool column_codes(struct block *b, struct column *c, struct err *e)
{
	struct str s;
	const void *codes;
	if (c->codes || c->width == 0)
		return true;
	if (!stream(b, c, STREAM_CODES, &s, e) || !(c->by_resource ? codes_by_resource(b, c, s, &codes, e) : plain_codes(b, c, s, &codes, e)))
		return false;
	c->codes = codes;
	uint32_t most = 0;
	for (uint32_t i = 0; i < c->count; i++) {
		uint32_t code = column_code(c, i);
		most = code > most ? code : most;
	}
	if (most < c->locals)
		return true;
	c->codes = NULL;
	return bad(b, e);
}

static bool number_values(struct block *b, struct column *c, struct err *e)
{
	uint32_t *nth = ARENA_ARRAY(&b->arena, c->count + 1, uint32_t), *seen = ARENA_ARRAY(&b->arena, c->locals + 1, uint32_t);
	if (!nth || !seen)
		return no_memory(e);
	for (uint32_t i = 0; i < c->count; i++) {
		uint32_t code = column_code(c, i);
		nth[i] = seen[code]++;
	}
	/* As many as the directory says, and as the slots hold. */
	for (uint32_t i = 0; i < c->locals; i++)
		if (seen[i] != c->counts[i])
			return bad(b, e);
	c->nth = nth;
	return true;
}

bool column_texts(struct block *b, struct column *c, struct str *out, struct err *e)
{
	if (!c->texts.p && !stream(b, c, STREAM_TEXT, &c->texts, e))
		return false;
	*out = c->texts;
	return true;
}

/* Where the slots of each entry end in a stream, from their lengths. */
static bool take_lengths(struct block *b, struct column *c, struct bytes *index, size_t stream, int64_t *lengths, uint32_t **ends)
{
	uint64_t total = 0;
	*ends = ARENA_ARRAY(&b->arena, c->locals + 1, uint32_t);
	ints_decode(index, index, lengths, c->locals);
	if (!*ends || index->bad)
		return false;
	for (uint32_t i = 0; i < c->locals; i++) {
		if (lengths[i] < 0 || (uint64_t)lengths[i] > stream - total)
			return false;
		total += (uint64_t)lengths[i];
		(*ends)[i] = (uint32_t)total;
	}
	return total == stream;
}

bool column_bits(struct block *b, struct column *c, struct str *out, struct err *e)
{
	if (!c->plains.p && !stream(b, c, STREAM_PLAIN, &c->plains, e))
		return false;
	*out = c->plains;
	return true;
}

bool column_ends(struct block *b, struct column *c, struct err *e)
{
	struct str index, texts, bits;
	uint32_t *ends[3];
	if (c->has_ends)
		return true;
	if (!stream(b, c, STREAM_INDEX, &index, e))
		return false;
	if (index.len == 0) { /* no entry has variables */
		c->has_ends = true;
		return true;
	}
	int64_t *lengths = new_numbers(b, c->locals);
	struct bytes r = bytes_of(index);
	if (!lengths)
		return no_memory(e);
	if (!column_texts(b, c, &texts, e) || !stream(b, c, STREAM_NUMBERS, &c->ints, e) || !column_bits(b, c, &bits, e))
		return false;
	if (!take_lengths(b, c, &r, texts.len, lengths, &ends[0]) || !take_lengths(b, c, &r, c->ints.len, lengths, &ends[1]) ||
	    !take_lengths(b, c, &r, bits.len, lengths, &ends[2]) || bytes_left(&r))
		return b->arena.full ? no_memory(e) : bad(b, e);
	memcpy(c->ends, ends, sizeof(ends));
	c->has_ends = true;
	return true;
}

bool column_slots(struct block *b, struct column *c, struct err *e)
{
	if (c->slots)
		return true;
	if (!column_codes(b, c, e) || !column_ends(b, c, e))
		return false;
	struct slot **slots = ARENA_ARRAY(&b->arena, c->locals + 1, struct slot *);
	if (!slots)
		return no_memory(e);
	if (c->ends[0] && !number_values(b, c, e))
		return false;
	c->slots = slots;
	return true;
}

static struct bytes part(struct str stream, const uint32_t *ends, uint32_t local)
{
	return bytes_of(str_sub(stream, local ? ends[local - 1] : 0, ends[local]));
}

struct slot_reader column_part(const struct column *c, uint32_t local)
{
	return (struct slot_reader){ part(c->texts, c->ends[0], local), part(c->ints, c->ends[1], local), part(c->plains, c->ends[2], local) };
}

/* How many slots there are, the template's marks say. */
struct slot *column_local(struct block *b, struct column *c, uint32_t local, uint32_t *count, struct err *e)
{
	*count = dictionary_vars(&b->r->dictionary, c->entries[local]);
	if (c->slots[local])
		return c->slots[local];
	if (!c->ends[0]) { /* the column says that no entry has variables */
		bad(b, e);
		return NULL;
	}
	struct slot_reader r = column_part(c, local);
	struct slot *slots = ARENA_ARRAY(&b->arena, *count + 1, struct slot);
	if (!slots) {
		no_memory(e);
		return NULL;
	}
	for (uint32_t k = 0; k < *count; k++)
		if (!slot_decode(&r, &b->arena, c->counts[local], &slots[k])) {
			b->arena.full ? no_memory(e) : bad(b, e);
			return NULL;
		}
	return c->slots[local] = slots;
}

bool column_value(struct block *b, struct column *c, uint32_t i, struct buf *out, struct err *e)
{
	uint32_t local = column_code(c, i), var = 0, count;
	struct str t = b->r->dictionary.texts[c->entries[local]];
	if (!column_varies(c, local)) {
		buf_add(out, t);
		return true;
	}
	struct slot *slots = column_local(b, c, local, &count, e);
	if (!slots)
		return false;
	while (t.len) {
		const char *mark = memchr(t.p, TEMPLATE_VAR, t.len);
		size_t n = mark ? (size_t)(mark - t.p) : t.len;
		buf_add(out, str_sub(t, 0, n));
		if (mark) {
			if (!slot_unpack(&slots[var], &b->arena))
				return b->arena.full ? no_memory(e) : bad(b, e);
			slot_value(&slots[var++], c->nth[i], out);
		}
		t = str_skip(t, n + (mark != NULL));
	}
	return true;
}
