/* Causes as changes: kind and level when both directions are known, places, names, reach. */
#include "contract/avro/avro_compare.h"
#include <stdlib.h>

/* What fails one way only is a narrowing or a widening. */
static enum change_kind kind_of(const struct avro_cause *x)
{
	if (x->kind != CHANGE_KIND_AVRO_TYPE_CHANGED || x->directions == REACH_BOTH)
		return x->kind;
	return x->directions == REACH_REQUEST ? CHANGE_KIND_AVRO_TYPE_NARROWED : CHANGE_KIND_AVRO_TYPE_WIDENED;
}

static struct change_place place(struct avro_compare *c, const struct avro_place *p)
{
	if (!p->file)
		return (struct change_place){ 0 };
	struct text_place at = doc_place(p->file, p->offset);
	return (struct change_place){ arena_str(&c->out->arena, p->file->path), at.line, at.column };
}

static int reach_order(const void *a, const void *b) { return str_cmp(((const struct reach *)a)->operation, ((const struct reach *)b)->operation); }

static void reach(struct avro_compare *c, const struct avro_cause *x, struct change *out)
{
	struct reach *list = ARENA_ARRAY(&c->out->arena, x->reached_count + 1, struct reach);
	if (!list)
		return;
	for (size_t i = 0; i < x->reached_count; i++)
		list[i] = (struct reach){ arena_str(&c->out->arena, c->roots[x->reached[i].root].before.path), (enum reach_direction)x->reached[i].directions };
	qsort(list, x->reached_count, sizeof(*list), reach_order);
	out->reach = list;
	out->reach_count = x->reached_count;
}

static void report(struct avro_compare *c, const struct avro_cause *x)
{
	struct str subject = arena_str(&c->out->arena, x->subject), detail = arena_str(&c->out->arena, x->detail);
	struct change *out = subject.p && detail.p ? changes_add(c->out, kind_of(x), subject, detail) : NULL;
	if (!out)
		return;
	out->sentence = x->sentence;
	if (x->lesser && out->level == CHANGE_BREAKING)
		out->level = CHANGE_WARNING;
	out->old_place = place(c, &x->before);
	out->new_place = place(c, &x->after);
	change_rules(c->out, out, x->rules, x->rules_count);
	reach(c, x, out);
	if (out->level != CHANGE_INFO && c->options->witnesses)
		avro_witness(c, x, out);
}

void avro_report(struct avro_compare *c)
{
	for (size_t i = 0; i < c->causes_count; i++)
		report(c, &c->causes[i]);
}
