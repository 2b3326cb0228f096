/* Splitting all texts of a segment, and folding what never varies into the templates (bodies.h). */
#include "store/bodies.h"
#include <stdlib.h>

enum { USUAL_VARS = 8, USUAL_NOTES = 3 }; /* a row */

static bool room(void **items, size_t *have, size_t need, size_t size)
{
	if (need <= *have)
		return true;
	size_t n = need + need / 2 + 64;
	void *p = realloc(*items, n * size);
	if (!p)
		return false;
	*items = p;
	*have = n;
	return true;
}

bool bodies_init(struct bodies *b, size_t rows)
{
	*b = (struct bodies){ .row_room = rows };
	b->row_template = malloc((rows + 1) * sizeof(*b->row_template));
	b->row_var = malloc((rows + 1) * sizeof(*b->row_var));
	/* About as many as there are in most logs; where there are more, they grow. */
	bool vars = room((void **)&b->vars, &b->var_room, rows * USUAL_VARS, sizeof(*b->vars));
	bool notes = room((void **)&b->notes, &b->note_room, rows * USUAL_NOTES, sizeof(*b->notes));
	return dictionary_init(&b->templates) && b->row_template && b->row_var && vars && notes;
}

void bodies_release(struct bodies *b)
{
	dictionary_release(&b->templates);
	free(b->list);
	free(b->slots);
	free(b->vars);
	free(b->notes);
	free(b->row_template);
	free(b->row_var);
}

/* The template's number; 0, and the text as its variable, when there is no place for it. */
static uint32_t template_of(struct bodies *b, struct str text)
{
	struct text_split *t = &b->split;
	bool is_new;
	text_split(t, text);
	int32_t id = dictionary_add(&b->templates, str_from(t->text, t->len), &is_new);
	if (id == DICTIONARY_FULL) {
		t->vars = 1;
		t->var[0] = text;
		t->word[0] = variable_at(0, text.len);
		id = 0;
	}
	size_t had = b->list_room;
	if (!room((void **)&b->list, &b->list_room, b->templates.count, sizeof(*b->list)) ||
	    !room((void **)&b->slots, &b->slot_room, b->slot_count + t->vars, sizeof(*b->slots))) {
		b->failed = true;
		return 0;
	}
	memset(b->list + had, 0, (b->list_room - had) * sizeof(*b->list));
	struct body_template *m = &b->list[id];
	if (m->rows == 0) {
		*m = (struct body_template){ .first_slot = (uint32_t)b->slot_count, .vars = t->vars };
		for (uint32_t k = 0; k < t->vars; k++)
			b->slots[b->slot_count++] = (struct body_slot){ .text = text.p, .first = t->word[k], .noted = UINT32_MAX };
	}
	return (uint32_t)id;
}

static bool note(struct bodies *b, uint64_t hash, uint32_t slot, uint32_t block)
{
	if (!room((void **)&b->notes, &b->note_room, b->note_count + 1, sizeof(*b->notes)))
		return false;
	b->notes[b->note_count++] = (struct body_note){ hash, slot, block };
	return true;
}

/* What the filters are to know of variable k of the text. Numbers of few digits are not in them (column_filters). */
static bool note_variable(struct bodies *b, uint32_t number, const struct str *var, struct variable word, struct str text, uint32_t block)
{
	struct body_slot *s = &b->slots[number];
	uint8_t id[16];
	/* Once one differs the first is not compared any more: its text is far away. */
	bool same = !s->varies && variable_eq(word, text.p, s->first, s->text);
	s->varies = !same;
	if ((var->len == 32 || var->len == 8) && token_id16(str_from(var->p, (size_t)(text.p + text.len - var->p)), var->len, id) &&
	    !note(b, id_hash(id), NOTE_ID, block))
		return false;
	if ((variable_is_number(word) && variable_digits(word) < TOKEN_MIN_DIGITS) || (same && s->noted == block))
		return true;
	uint64_t hash = same && s->hash ? s->hash : token_hash(*var);
	if (same) {
		s->hash = hash;
		s->noted = block;
	}
	return note(b, hash, number, block);
}

void bodies_add(struct bodies *b, struct str text, uint32_t block, uint32_t group)
{
	if (b->failed || b->rows == b->row_room) {
		b->failed = true;
		return;
	}
	uint32_t id = template_of(b, text);
	const struct text_split *t = &b->split;
	if (b->failed || !room((void **)&b->vars, &b->var_room, b->var_count + t->vars, sizeof(*b->vars))) {
		b->failed = true;
		return;
	}
	struct body_template *m = &b->list[id];
	if (m->rows++ == 0)
		m->group = group;
	b->row_template[b->rows] = id;
	b->row_var[b->rows++] = (uint32_t)b->var_count;
	memcpy(b->vars + b->var_count, t->word, t->vars * sizeof(*t->word));
	b->var_count += t->vars;
	/* Template 0 is a variable of any text, which may hold many tokens: its rows are looked at when their block is written. */
	for (uint32_t k = 0; k < t->vars && id; k++)
		if (!note_variable(b, m->first_slot + k, &t->var[k], t->word[k], text, block))
			b->failed = true;
}

void bodies_note(struct bodies *b, struct column_shared *s)
{
	for (; b->notes_entered < b->note_count && b->notes[b->notes_entered].block == s->block; b->notes_entered++) {
		const struct body_note *n = &b->notes[b->notes_entered];
		if (n->slot == NOTE_ID)
			filter_add(&s->ids, n->hash, n->block);
		else if (b->slots[n->slot].varies)
			filter_add(&s->tokens, n->hash, n->block);
	}
}

/* The template with its constant variables written out, in out. */
static void fold(const struct bodies *b, struct body_template *m, struct str template, struct buf *out)
{
	uint32_t slot = m->first_slot;
	char digits[VARIABLE_ROOM];
	buf_clear(out);
	m->kept = 0;
	while (template.len) {
		const char *mark = memchr(template.p, TEMPLATE_VAR, template.len);
		size_t n = mark ? (size_t)(mark - template.p) : template.len;
		buf_add(out, str_sub(template, 0, n));
		if (mark && b->slots[slot].varies)
			buf_char(out, TEMPLATE_VAR);
		else if (mark)
			buf_add(out, variable_text(b->slots[slot].first, b->slots[slot].text, digits));
		m->kept += mark && b->slots[slot].varies;
		slot += mark != NULL;
		template = str_skip(template, n + (mark != NULL));
	}
}

static int ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

/* Templates from 1 on, their numbers in the low halves. NULL: no memory, and b has failed. */
static uint64_t *by_group(struct bodies *b)
{
	uint64_t *order = malloc((b->templates.count + 1) * sizeof(*order));
	b->failed |= !order;
	for (uint32_t i = 1; i < b->templates.count && order; i++)
		order[i] = (uint64_t)b->list[i].group << 32 | i;
	if (order && b->templates.count > 1)
		qsort(order + 1, b->templates.count - 1, sizeof(*order), ascending);
	return order;
}

void bodies_fold(struct bodies *b, struct column_shared *s)
{
	struct buf out;
	buf_init(&out, DICTIONARY_MAX_BYTES);
	uint64_t *order = by_group(b);
	for (uint32_t at = 1; at < b->templates.count && !b->failed; at++) {
		uint32_t i = (uint32_t)order[at];
		struct body_template *m = &b->list[i];
		bool is_new;
		for (uint32_t k = 0; k < m->vars && m->rows < BODIES_FOLD_MIN; k++)
			b->slots[m->first_slot + k].varies = true;
		fold(b, m, dictionary_text(&b->templates, i), &out);
		int32_t entry = buf_ok(&out) ? dictionary_add(&s->dictionary, buf_str(&out), &is_new) : DICTIONARY_FULL;
		m->entry = entry == DICTIONARY_FULL ? 0 : (uint32_t)entry;
		if (entry != DICTIONARY_FULL && is_new)
			column_note_template(s, buf_str(&out));
	}
	b->failed |= !buf_ok(&out);
	free(order);
	buf_release(&out);
}
