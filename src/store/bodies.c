/* Splitting all texts of a segment, and folding what never varies into the templates (bodies.h). */
#include "store/bodies.h"
#include <stdlib.h>

bool bodies_init(struct bodies *b, size_t rows)
{
	*b = (struct bodies){ .row_room = rows };
	b->row_template = malloc((rows + 1) * sizeof(*b->row_template));
	b->row_var = malloc((rows + 1) * sizeof(*b->row_var));
	return dictionary_init(&b->templates) && b->row_template && b->row_var;
}

void bodies_release(struct bodies *b)
{
	dictionary_release(&b->templates);
	free(b->list);
	free(b->slots);
	free(b->vars);
	free(b->row_template);
	free(b->row_var);
}

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
			b->slots[b->slot_count++] = (struct body_slot){ t->var[k], false };
	}
	return (uint32_t)id;
}

void bodies_add(struct bodies *b, struct str text)
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
	m->rows++;
	b->row_template[b->rows] = id;
	b->row_var[b->rows++] = (uint32_t)b->var_count;
	for (uint32_t k = 0; k < t->vars; k++) {
		struct body_slot *s = &b->slots[m->first_slot + k];
		b->vars[b->var_count++] = (struct body_var){ (uint32_t)(t->var[k].p - text.p), (uint32_t)t->var[k].len };
		s->varies = s->varies || !str_eq(s->first, t->var[k]);
	}
}

/* The template with its constant variables written out, in out. */
static void fold(const struct bodies *b, struct body_template *m, struct str template, struct buf *out)
{
	uint32_t slot = m->first_slot;
	buf_clear(out);
	m->kept = 0;
	while (template.len) {
		const char *mark = memchr(template.p, TEMPLATE_VAR, template.len);
		size_t n = mark ? (size_t)(mark - template.p) : template.len;
		buf_add(out, str_sub(template, 0, n));
		if (mark && b->slots[slot].varies)
			buf_char(out, TEMPLATE_VAR);
		else if (mark)
			buf_add(out, b->slots[slot].first);
		m->kept += mark && b->slots[slot].varies;
		slot += mark != NULL;
		template = str_skip(template, n + (mark != NULL));
	}
}

void bodies_fold(struct bodies *b, struct column_shared *s)
{
	struct buf out;
	buf_init(&out, DICTIONARY_MAX_BYTES);
	for (uint32_t i = 1; i < b->templates.count && !b->failed; i++) {
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
	buf_release(&out);
}
