/* Patterns of blocks and of whole segments, without making rows of them: a pattern's count is that of its templates, which the dictionary and the directories of
 * blocks tell. Rows are only looked at for examples (the newest message of a pattern), so where a pattern has a newer one already, and sources come newest first,
 * for nothing at all. */
#include "store/bits.h"
#include "store/pipe_step.h"
#include "store/segment.h"
#include <stdlib.h>

enum { TEMPLATE_SAFE = 1024 };

/* What is found out about the dictionary's entries for one table of patterns, kept while blocks of the same segment come. counted: all their rows are
 * counted, but those of texts that are told apart row by row (by_text). */
struct pipe_entries { uint64_t segment; const struct patterns *of; struct pattern **patterns; uint8_t *known; uint32_t count; bool counted; };

void pipe_entries_free(struct pipe_entries *c)
{
	if (!c)
		return;
	free(c->patterns);
	free(c->known);
	free(c);
}

static struct pipe_entries *entries_of(struct pipe_step *s, const struct segment_reader *r)
{
	struct pipe_entries *c = s->run->entries;
	uint64_t segment = r->found.number;
	if (c && c->segment == segment && c->of == s->patterns)
		return c;
	pipe_entries_free(c);
	uint32_t n = r->dictionary.count;
	c = s->run->entries = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	*c = (struct pipe_entries){ .segment = segment, .of = s->patterns, .patterns = calloc(n, sizeof(*c->patterns)), .known = calloc(n, 1), .count = n };
	if (c->patterns && c->known)
		return c;
	pipe_entries_free(c);
	return s->run->entries = NULL;
}

/* An entry's pattern: its template with all tokens masked that have a digit. NULL: there is no more room. */
static struct pattern *pattern_of_entry(struct pipe_step *s, struct pipe_entries *c, const struct segment_reader *r, uint32_t entry)
{
	if (!c->known[entry]) {
		c->patterns[entry] = patterns_of_template(s->patterns, r->dictionary.texts[entry], &s->run->text);
		c->known[entry] = 1;
	}
	return c->patterns[entry];
}

/* Texts that are one variable as a whole, or so long that only their beginning makes the pattern. */
static bool by_text(const struct segment_reader *r, uint32_t entry) { return entry == 0 || r->dictionary.texts[entry].len > TEMPLATE_SAFE; }

/* --- segments ------------------------------------------------------------------------------------------------------------------------------- */

bool pipe_run_segment(struct pipe_run *run, int side, struct segment_reader *r, bool *handled, struct err *e)
{
	struct pipe_step *s = run->heads[side];
	*handled = false;
	if (s->kind != &pipe_step_patterns)
		return true;
	if (!segment_tables(r, e))
		return false;
	struct pipe_entries *c = entries_of(s, r);
	if (!c)
		return err_set(e, ERR_NO_MEMORY, "no memory for a query");
	*handled = c->counted = true;
	for (uint32_t i = 0; i < c->count; i++) {
		if (!r->dictionary.records[i])
			continue;
		if (by_text(r, i)) {
			*handled = false;
			continue;
		}
		struct pattern *p = pattern_of_entry(s, c, r, i);
		pattern_weigh(s->patterns, p, r->dictionary.records[i]);
		*handled &= !p || pattern_newer(p, r->found.max_time);
	}
	return true;
}

/* --- blocks ---------------------------------------------------------------------------------------------------------------------------------- */

/* Rows of an entry of the block that are looked at: how many, and the one with the highest key. */
struct tally { uint32_t rows, newest; bool wanted, by_text; };

static void offer_example(struct pipe_step *s, struct pattern *p, struct block *b, struct column *body, const struct tally *t, const struct row_key *key, struct err *e)
{
	struct buf *text = &s->run->text;
	buf_clear(text);
	if (column_value(b, body, t->newest, text, e))
		pattern_example(s->patterns, p, buf_str(text), key);
}

static struct row_key key_of(const struct block *b, uint32_t row)
{
	return (struct row_key){ block_column(b, COLUMN_TIME)->numbers[row], b->r->found.number, (uint32_t)block_column(b, COLUMN_POSITION)->numbers[row] };
}

static bool add_text(struct pipe_step *s, struct block *b, struct column *body, uint32_t row, struct err *e)
{
	struct arena *a = &s->run->scratch;
	struct row_key key = key_of(b, row);
	struct buf *text = &s->run->text;
	buf_clear(text);
	if (!column_value(b, body, row, text, e))
		return false;
	arena_reset(a);
	struct str message = arena_str(a, buf_str(text));
	buf_clear(text);
	if (message.p) {
		pattern_of(text, message);
		patterns_add(s->patterns, buf_str(text), message, &key, 1);
	}
	return true;
}

static bool all_rows(const struct block *b, const uint64_t *rows) { return bits_count(rows, b->k->rows) == b->k->rows; }

/* Counts what can be counted without rows. Whether some are wanted still. */
static bool count_entries(struct pipe_step *s, struct pipe_entries *c, struct block *b, bool whole, struct tally *tallies)
{
	const struct column *body = block_column(b, COLUMN_BODY);
	bool any = false;
	for (uint32_t i = 0; i < body->locals; i++) {
		struct tally *t = &tallies[i];
		t->by_text = by_text(b->r, body->entries[i]);
		t->wanted = t->by_text || !whole;
		if (!t->wanted) {
			struct pattern *p = pattern_of_entry(s, c, b->r, body->entries[i]);
			if (!c->counted)
				pattern_weigh(s->patterns, p, body->counts[i]);
			t->wanted = p && !pattern_newer(p, b->k->max_time);
		}
		any |= t->wanted;
	}
	return any;
}

static bool look_at_rows(struct pipe_step *s, struct block *b, const uint64_t *rows, struct tally *tallies, struct err *e)
{
	struct column *body = block_column(b, COLUMN_BODY);
	const int64_t *times = block_column(b, COLUMN_TIME)->numbers, *positions = block_column(b, COLUMN_POSITION)->numbers;
	for (uint32_t w = 0; w < bits_words(b->k->rows); w++)
		for (uint64_t left = rows[w]; left; left &= left - 1) {
			uint32_t row = w * 64 + (uint32_t)__builtin_ctzll(left);
			struct tally *t = &tallies[column_code(body, row)];
			if (!t->wanted)
				continue;
			if (t->by_text && !add_text(s, b, body, row, e))
				return false;
			if (t->rows++ == 0 || times[row] > times[t->newest] || (times[row] == times[t->newest] && positions[row] > positions[t->newest]))
				t->newest = row;
		}
	return true;
}

bool pipe_patterns_block(struct pipe_step *s, struct block *b, const uint64_t *rows, bool *handled, struct err *e)
{
	struct column *body = block_column(b, COLUMN_BODY);
	struct pipe_entries *c = entries_of(s, b->r);
	struct tally *tallies = ARENA_ARRAY(&b->arena, body->locals, struct tally);
	if (!c || !tallies)
		return err_set(e, ERR_NO_MEMORY, "no memory for a query");
	bool whole = all_rows(b, rows);
	*handled = true;
	if (!count_entries(s, c, b, whole, tallies))
		return true;
	if (!column_slots(b, body, e) || !column_numbers(b, block_column(b, COLUMN_TIME), e) || !column_numbers(b, block_column(b, COLUMN_POSITION), e) ||
	    !look_at_rows(s, b, rows, tallies, e))
		return false;
	for (uint32_t i = 0; i < body->locals && !err_is_set(e); i++) {
		if (!tallies[i].rows || tallies[i].by_text)
			continue;
		struct row_key key = key_of(b, tallies[i].newest);
		struct pattern *p = pattern_of_entry(s, c, b->r, body->entries[i]);
		if (pattern_count(s->patterns, p, &key, whole ? 0 : tallies[i].rows))
			offer_example(s, p, b, body, &tallies[i], &key, e);
	}
	return !err_is_set(e);
}
