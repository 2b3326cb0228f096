/* Packing of text columns (column_write.h). Text becomes codes into a list of dictionary entries, which stand in the directory with their counts,
 * and the variables of those entries, packed slot by slot (slot.h). */
#include "store/bodies.h"
#include "store/column_impl.h"
#include "store/ints.h"
#include "store/scratch.h"
#include <stdlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum { FIRST_ROOM = 256, SLOT_STREAMS = 3, LITERAL_TABLE = 1024, NUMBER_TEMPLATE = 8, ENTRIES_PACKED = 16, FINDER_LEAST = 4096 };

/* A text column being packed. */
struct packing {
	struct column_shared *s;
	const struct str *v;
	uint32_t n;
	uint32_t locals;
	bool attribute, whole;        /* COLUMN_ATTRIBUTE; TEXT_WHOLE: its tokens are not what searches look for */
};

void column_free_values(struct column_shared *s)
{
	free(s->codes);
	free(s->row_vars);
	free(s->slot_values);
	free(s->slot_digits);
	free(s->entries);
	free(s->counts);
	free(s->entry_vars);
	free(s->starts);
	free(s->order);
	free(s->lengths);
	s->lengths = NULL;
	s->codes = NULL;
	s->row_vars = s->entries = s->counts = s->entry_vars = s->starts = s->order = NULL;
	s->slot_values = NULL;
	s->slot_digits = NULL;
}

/* Room for n values in the scratch arrays. */
static bool room_for(struct column_shared *s, uint32_t n)
{
	if (n <= s->room)
		return true;
	n = n < FIRST_ROOM ? FIRST_ROOM : n + n / 2;
	column_free_values(s);
	s->room = 0;
	s->codes = malloc(n * sizeof(*s->codes));
	s->row_vars = malloc(n * sizeof(*s->row_vars));
	s->slot_values = malloc(n * sizeof(*s->slot_values));
	s->slot_digits = malloc(n * sizeof(*s->slot_digits));
	s->entries = malloc(n * sizeof(*s->entries));
	s->counts = malloc(n * sizeof(*s->counts));
	s->entry_vars = malloc(n * sizeof(*s->entry_vars));
	s->starts = malloc(n * sizeof(*s->starts));
	s->order = malloc(n * sizeof(*s->order));
	s->lengths = malloc(n * SLOT_STREAMS * sizeof(*s->lengths));
	if (!s->lengths || !s->codes || !s->row_vars || !s->slot_values || !s->slot_digits || !s->entries || !s->counts || !s->entry_vars || !s->starts || !s->order)
		return false;
	s->room = n;
	return true;
}

/* Room for the dictionary's entries in `local` and `stamp`. */
static bool room_for_entry(struct column_shared *s, uint32_t entry)
{
	if (entry < s->entry_room)
		return true;
	uint32_t n = s->entry_room ? s->entry_room * 2 : FIRST_ROOM;
	uint32_t *local = realloc(s->local, n * sizeof(*local));
	s->local = local ? local : s->local;
	uint32_t *stamp = realloc(s->stamp, n * sizeof(*stamp));
	s->stamp = stamp ? stamp : s->stamp;
	if (!local || !stamp)
		return false;
	memset(stamp + s->entry_room, 0, (n - s->entry_room) * sizeof(*stamp));
	s->entry_room = n;
	return true;
}

/* --- text to codes ------------------------------------------------------------------------------------------------------------------------ */

static uint32_t local_of(struct packing *p, uint32_t entry, uint32_t vars)
{
	struct column_shared *s = p->s;
	while (entry >= s->entry_room)
		if (!room_for_entry(s, entry)) {
			s->failed = true;
			return 0;
		}
	if (s->stamp[entry] != s->stamp_now) {
		s->stamp[entry] = s->stamp_now;
		s->local[entry] = p->locals;
		s->entries[p->locals] = entry;
		s->counts[p->locals] = 0;
		s->entry_vars[p->locals++] = vars;
	}
	s->counts[s->local[entry]]++;
	return s->local[entry];
}

/* Room for n more variables. */
static bool vars_room(struct column_shared *s, uint32_t n)
{
	if (s->var_count + n <= s->var_capacity)
		return true;
	size_t capacity = (s->var_count + n) * 2;
	void *p = realloc(s->vars, capacity * sizeof(*s->vars));
	if (!p) {
		s->failed = true;
		return false;
	}
	s->vars = p;
	s->var_capacity = capacity;
	return true;
}

/* The dictionary's entry for the split text; entry 0, with the whole text as its variable, when the dictionary is full. */
static uint32_t entry_of(struct column_shared *s, struct str text)
{
	struct text_split *t = &s->split;
	bool is_new;
	int32_t entry = dictionary_add(&s->dictionary, str_from(t->text, t->len), &is_new);
	if (entry == DICTIONARY_FULL) {
		t->vars = 1;
		t->var[0] = text;
		t->word[0] = variable_at(0, text.len);
		return 0;
	}
	if (is_new)
		column_note_tokens(s, str_from(t->text, t->len)); /* without digits: all its tokens are static */
	return (uint32_t)entry;
}

static void note_split(struct packing *p, uint32_t entry, struct str text)
{
	struct column_shared *s = p->s;
	const struct text_split *t = &s->split;
	/* What is one variable as a whole may hold many tokens; a plain variable is one. */
	if (entry == 0)
		column_note_tokens(s, text);
	else
		for (uint32_t k = 0; k < t->vars; k++)
			column_note_variable(s, t->var[k], text);
	if (p->attribute && t->vars && t->len <= NUMBER_TEMPLATE && (t->len > 1 || text.p[0] == '0'))
		column_note_odd_number(s, text);
}

static void split_all(struct packing *p)
{
	struct column_shared *s = p->s;
	struct text_split *t = &s->split;
	for (uint32_t i = 0; i < p->n; i++) {
		uint32_t entry = 0;
		if (p->whole) {
			t->vars = 1;
			t->word[0] = variable_at(0, p->v[i].len);
		} else {
			text_split(t, p->v[i]);
			entry = entry_of(s, p->v[i]);
		}
		if (!p->whole)
			note_split(p, entry, p->v[i]);
		s->codes[i] = (uint16_t)local_of(p, entry, t->vars);
		s->row_vars[i] = (uint32_t)s->var_count;
		if (!vars_room(s, t->vars))
			return;
		memcpy(s->vars + s->var_count, t->word, t->vars * sizeof(*t->word));
		s->var_count += t->vars;
	}
}

/* Texts that were split before: only the variables that are left are taken. */
static void take_bodies(struct packing *p)
{
	struct column_shared *s = p->s;
	struct bodies *b = s->bodies;
	bodies_note(b, s);
	for (uint32_t i = 0; i < p->n; i++) {
		size_t row = s->first_body + i;
		const struct body_template *m = &b->list[b->row_template[row]];
		const struct variable *vars = &b->vars[b->row_var[row]];
		bool whole = m->entry == 0;
		s->codes[i] = (uint16_t)local_of(p, m->entry, whole ? 1 : m->kept);
		s->row_vars[i] = (uint32_t)s->var_count;
		if (!vars_room(s, m->vars + 1))
			return;
		if (whole) {
			column_note_tokens(s, p->v[i]);
			s->vars[s->var_count++] = variable_at(0, p->v[i].len);
		}
		for (uint32_t k = 0; k < m->vars && !whole; k++) {
			s->vars[s->var_count] = vars[k];
			s->var_count += b->slots[m->first_slot + k].varies;
		}
	}
}

static bool literal(struct str v)
{
	return v.len <= TEMPLATE_MAX_BYTES / 8 && !memchr(v.p, TEMPLATE_VAR, v.len);
}

/* Whether few values differ; then codes are set, and they are dictionary entries as they are. */
static bool literals(struct packing *p)
{
	struct column_shared *s = p->s;
	uint16_t table[LITERAL_TABLE] = { 0 };
	SCRATCH struct str known[LITERALS_MAX];
	uint32_t count = 0, most = p->n / 4 + 1 < LITERALS_MAX ? p->n / 4 + 1 : LITERALS_MAX;
	for (uint32_t i = 0; i < p->n; i++) {
		struct str v = p->v[i];
		uint32_t at = (uint32_t)XXH3_64bits(v.p, v.len) % LITERAL_TABLE;
		while (table[at] && !str_eq(known[table[at] - 1], v))
			at = (at + 1) % LITERAL_TABLE;
		if (!table[at]) {
			if (count == most || !literal(v))
				return false;
			known[count++] = v;
			table[at] = (uint16_t)count;
		}
		s->codes[i] = (uint16_t)(table[at] - 1);
	}
	if (s->dictionary.count + count > DICTIONARY_MAX_ENTRIES || s->dictionary.bytes.len + (uint64_t)count * TEMPLATE_MAX_BYTES / 8 > DICTIONARY_MAX_BYTES)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		bool is_new;
		int32_t entry = dictionary_add(&s->dictionary, known[i], &is_new);
		if (entry == DICTIONARY_FULL) {
			s->failed = true;
			return false;
		}
		if (is_new || !p->whole)
			column_note_template(s, known[i]);
		if (p->attribute && !p->whole)
			column_note_odd_number(s, known[i]);
		s->entries[i] = (uint32_t)entry;
		s->counts[i] = s->entry_vars[i] = 0;
	}
	p->locals = count;
	for (uint32_t i = 0; i < p->n; i++)
		s->counts[s->codes[i]]++;
	return true;
}

/* --- variables ---------------------------------------------------------------------------------------------------------------------------- */

/* Value numbers ordered by code, in `order`; starts[c] is where code c begins. */
static void by_code(struct packing *p)
{
	struct column_shared *s = p->s;
	uint32_t at = 0;
	for (uint32_t c = 0; c < p->locals; c++) {
		s->starts[c] = at;
		at += s->counts[c];
	}
	for (uint32_t i = 0; i < p->n; i++)
		s->order[s->starts[s->codes[i]]++] = i;
	for (uint32_t c = 0; c < p->locals; c++)
		s->starts[c] -= s->counts[c];
}

/* By counts, the largest first; those of one count in the order of their entries, which packs closer. Bytes of the keys from the lowest on
 * (least significant digit radix sort); into s->order. */
static void sort_by_frequency(struct packing *p)
{
	struct column_shared *s = p->s;
	uint32_t n = p->locals, *from = s->order, *to = s->starts;
	for (uint32_t i = 0; i < n; i++)
		from[i] = i;
	for (unsigned digit = 0; digit < 4; digit++) {
		const uint32_t *keys = digit < 2 ? s->entries : s->counts;
		uint32_t places[257] = { 0 }, invert = digit < 2 ? 0 : 255;
		unsigned shift = digit % 2 * 8;
		for (uint32_t i = 0; i < n; i++)
			places[((keys[i] >> shift & 255) ^ invert) + 1]++;
		for (uint32_t i = 0; i < 256; i++)
			places[i + 1] += places[i];
		for (uint32_t i = 0; i < n; i++)
			to[places[(keys[from[i]] >> shift & 255) ^ invert]++] = from[i];
		uint32_t *other = from;
		from = to;
		to = other;
	}
}

static void permute(uint32_t *v, const uint32_t *order, uint32_t *scratch, uint32_t n)
{
	memcpy(scratch, v, n * sizeof(*v));
	for (uint32_t i = 0; i < n; i++)
		v[i] = scratch[order[i]];
}

/* Numbers the entries anew, the most frequent first: small codes are most of a column then, and high bytes of codes mostly zero. */
static void by_frequency(struct packing *p)
{
	struct column_shared *s = p->s;
	sort_by_frequency(p);
	permute(s->entries, s->order, s->starts, p->locals);
	permute(s->entry_vars, s->order, s->starts, p->locals);
	permute(s->counts, s->order, s->starts, p->locals);
	for (uint32_t i = 0; i < p->locals; i++)
		s->starts[s->order[i]] = i;
	for (uint32_t i = 0; i < p->n; i++)
		s->codes[i] = (uint16_t)s->starts[s->codes[i]];
}

/* Room for as many words as there are variables. */
static bool words_room(struct column_shared *s)
{
	if (s->word_capacity >= s->var_count)
		return true;
	free(s->slot_words);
	s->slot_words = malloc(s->var_capacity * sizeof(*s->slot_words));
	s->word_capacity = s->slot_words ? s->var_capacity : 0;
	s->failed |= !s->slot_words;
	return s->slot_words;
}

/* The variables of n values of one code, one slot behind the other, into slot_words. */
static void gather(struct column_shared *s, const uint32_t *values, uint32_t n, uint32_t vars)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct variable *own = s->vars + s->row_vars[values[i]];
		for (uint32_t k = 0; k < vars; k++)
			s->slot_words[(size_t)k * n + i] = own[k];
	}
}

/* Texts are only looked at where the variables are not all numbers. */
static void pack_slot(struct packing *p, const struct variable *words, const uint32_t *values, uint32_t n)
{
	struct column_shared *s = p->s;
	uint64_t all = UINT64_MAX;
	for (uint32_t i = 0; i < n; i++)
		all &= words[i].word;
	if (variable_is_number((struct variable){ all }) && slot_encode_numbers(&s->slots, words, n))
		return;
	for (uint32_t i = 0; i < n; i++)
		s->slot_values[i] = variable_text(words[i], p->v[values[i]].p, s->slot_digits[i]);
	slot_encode(&s->slots, s->slot_values, n);
}

static void pack_slots(struct packing *p)
{
	struct column_shared *s = p->s;
	bool any = false;
	if (s->failed || !words_room(s))
		return;
	by_code(p);
	for (uint32_t c = 0; c < p->locals; c++) {
		int64_t text = (int64_t)s->slots.text.len, ints = (int64_t)s->slots.ints.len, plain = (int64_t)s->slots.plain.len;
		const uint32_t *values = s->order + s->starts[c], n = s->counts[c];
		gather(s, values, n, s->entry_vars[c]);
		for (uint32_t k = 0; k < s->entry_vars[c]; k++)
			pack_slot(p, s->slot_words + (size_t)k * n, values, n);
		s->lengths[c] = (int64_t)s->slots.text.len - text;
		s->lengths[s->room + c] = (int64_t)s->slots.ints.len - ints;
		s->lengths[2 * (size_t)s->room + c] = (int64_t)s->slots.plain.len - plain;
		any |= s->entry_vars[c] != 0;
	}
	buf_clear(&s->index);
	for (uint32_t i = 0; i < SLOT_STREAMS && any; i++)
		ints_encode(&s->index, &s->index, s->lengths + (size_t)i * s->room, p->locals);
}

/* --- the column --------------------------------------------------------------------------------------------------------------------------- */

/* Codes in planes: low bytes, then high bytes, so that each is coded with its like. */
static void put_codes(struct packing *p, unsigned width, struct buf *directory, struct buf *streams)
{
	struct column_shared *s = p->s;
	uint8_t *low = (uint8_t *)s->starts, *high = (uint8_t *)s->order;
	for (uint32_t i = 0; i < p->n; i++) {
		low[i] = (uint8_t)s->codes[i];
		high[i] = (uint8_t)(s->codes[i] >> 8);
	}
	column_stream(s, str_from((const char *)low, width ? p->n : 0), true, directory, streams);
	column_stream(s, str_from((const char *)high, width == 2 ? p->n : 0), true, directory, streams);
}

/* Whether a value follows from its row's resource: the code of each resource in `codes`, exceptions none. Every row has a value. */
static bool by_resource(struct packing *p, int64_t *codes)
{
	struct column_shared *s = p->s;
	if (!s->row_resources || p->n != s->row_count || p->locals < 2)
		return false;
	for (uint32_t i = 0; i < s->resource_count; i++)
		codes[i] = -1;
	for (uint32_t i = 0; i < p->n; i++) {
		int64_t *code = &codes[s->row_resources[i]];
		if (*code < 0)
			*code = s->codes[i];
		else if (*code != s->codes[i])
			return false;
	}
	return true;
}

/* In place of codes: one for each resource, -1 for those without rows here. */
static bool put_by_resource(struct packing *p, struct buf *directory, struct buf *streams)
{
	struct column_shared *s = p->s;
	int64_t *codes = malloc((s->resource_count + 1) * sizeof(*codes));
	bool follows = codes && by_resource(p, codes);
	put_u8(directory, follows);
	if (follows) {
		buf_clear(&s->index);
		ints_encode(&s->index, &s->index, codes, s->resource_count);
		column_stream(s, buf_str(&s->index), true, directory, streams);
		column_stream(s, STR(""), true, directory, streams);
	}
	free(codes);
	return follows;
}

/* The list of entries; few are shorter as they are. */
static void put_entries(struct packing *p, unsigned width, struct buf *directory)
{
	struct column_shared *s = p->s;
	bool packed = p->locals >= ENTRIES_PACKED;
	put_u8(directory, (uint8_t)(width | (packed ? WIDTH_PACKED : 0)));
	put_varint(directory, p->locals);
	for (uint32_t i = 0; i < p->locals && !packed; i++) {
		put_varint(directory, s->entries[i]);
		put_varint(directory, s->counts[i]);
	}
	if (!packed)
		return;
	for (uint32_t i = 0; i < p->locals; i++) {
		s->lengths[i] = (uint16_t)(s->entries[i] - (i ? s->entries[i - 1] : 0));
		s->lengths[s->room + i] = s->counts[i];
	}
	ints_encode(directory, directory, s->lengths, p->locals);
	ints_encode(directory, directory, s->lengths + s->room, p->locals);
}

void column_end_text(struct column_shared *s, struct column_out *c, bool records, struct buf *directory, struct buf *streams)
{
	struct packing packing = { s, c->texts, c->count, 0, c->id == COLUMN_ATTRIBUTE, c->mode == TEXT_WHOLE }, *p = &packing;
	if (!room_for(s, p->n)) {
		s->failed = true;
		return;
	}
	s->var_count = 0;
	s->stamp_now++;
	buf_clear(&s->slots.text);
	buf_clear(&s->slots.ints);
	buf_clear(&s->slots.plain);
	if (c->mode == TEXT_BODY) {
		take_bodies(p);
	} else if (!literals(p)) {
		p->locals = 0;
		split_all(p);
	}
	by_frequency(p);
	pack_slots(p);
	unsigned width = p->locals == 1 ? 0 : p->locals <= 256 ? 1 : 2;
	put_entries(p, width, directory);
	for (uint32_t i = 0; i < p->locals && records; i++)
		s->dictionary.entries[s->entries[i]].records += s->counts[i];
	s->body_locals = c->mode == TEXT_BODY ? p->locals : 0;
	/* Only without variables: the index of those is in the same scratch buffer. */
	bool varies = s->slots.text.len != 0;
	if (c->id != COLUMN_ATTRIBUTE || varies || !put_by_resource(p, directory, streams)) {
		if (c->id == COLUMN_ATTRIBUTE && varies)
			put_u8(directory, false);
		put_codes(p, width, directory, streams);
	} else {
		buf_clear(&s->index);
	}
	column_stream(s, buf_str(&s->index), true, directory, streams);
	column_stream(s, buf_str(&s->slots.text), true, directory, streams);
	column_stream(s, buf_str(&s->slots.ints), true, directory, streams);
	bool many = s->slots.plain.len >= FINDER_LEAST;
	column_stream_by(s, many ? s->finder : s->compressor, buf_str(&s->slots.plain), directory, streams);
	if (!buf_ok(&s->slots.text) || !buf_ok(&s->slots.ints) || !buf_ok(&s->slots.plain))
		s->failed = true;
}
