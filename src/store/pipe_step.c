/* The steps of a run (pipe_run.h): what each does with a row and at the end. pipe_run.c puts them together. */
#include "store/pipe_step.h"

static void hand_on(struct pipe_step *s, struct pipe_row *r) { pipe_step_row(s->next, r); }
static void finish_next(struct pipe_step *s) { pipe_step_finish(s->next); }

/* A row that was held: what earlier ones needed for a moment is done with. */
static void hand_on_held(void *ctx, struct pipe_row *r)
{
	struct pipe_step *s = ctx;
	arena_reset(&s->run->scratch);
	hand_on(s, r);
}

static void fail(struct pipe_run *run) { run->failed = true; }

static void cut(struct pipe_run *run, const char *why)
{
	run->cut = true;
	run->why = run->why ? run->why : why;
}

/* --- filters ------------------------------------------------------------------------------------------------------------------------------ */

static void where_row(struct pipe_step *s, struct pipe_row *r)
{
	const struct query_extra extra = { r->attrs, r->count, r->row == NULL };
	struct query_row q = { 0 };
	if (r->row)
		q = (struct query_row){ &r->row->resource->names, r->row->resource->bytes, r->row->row };
	if (query_node_matches(s->stage->where, r->row ? &q : NULL, &extra, &s->run->text))
		hand_on(s, r);
}

/* Puts a field before those of the same name: it replaces them. */
static void make_field(struct pipe_row *r, const struct attr *a)
{
	for (size_t i = 0; i < r->count; i++)
		if (str_eq(r->attrs[i].key, a->key)) {
			r->attrs[i].value = a->value;
			return;
		}
	if (r->count < PIPE_MAX_MADE)
		r->attrs[r->count++] = *a;
}

static void parse_row(struct pipe_step *s, struct pipe_row *r)
{
	struct attr got[PIPE_MAX_FIELDS];
	size_t count = 0;
	struct value v = pipe_value(r, &s->stage->from, &s->run->scratch, &s->run->text);
	if (v.type != VALUE_STR && v.type != VALUE_JSON && v.type != VALUE_EMPTY) {
		buf_clear(&s->run->text);
		value_text(&s->run->text, &v);
		v = (struct value){ .type = VALUE_STR, .s = arena_str(&s->run->scratch, buf_str(&s->run->text)) };
	}
	/* A row that does not fit goes on without the fields. */
	if (v.type != VALUE_EMPTY && v.s.p && pipe_extract(s->stage, v.s, got, &count))
		for (size_t i = 0; i < count; i++)
			make_field(r, &got[i]);
	hand_on(s, r);
}

static void limit_row(struct pipe_step *s, struct pipe_row *r)
{
	if (s->left == 0)
		return;
	s->left--;
	hand_on(s, r);
}

/* Of the columns named, each line's: what a row does not have is empty. */
static void project_row(struct pipe_step *s, struct pipe_row *r)
{
	struct attr cells[PIPE_MAX_FIELDS];
	struct pipe_row line = { .attrs = cells, .count = s->project.count };
	for (size_t i = 0; i < s->project.count; i++)
		cells[i] = (struct attr){ s->project.fields[i].name, pipe_value(r, &s->project.fields[i], &s->run->scratch, &s->run->text) };
	hand_on(s, &line);
}

/* --- what waits for the end ------------------------------------------------------------------------------------------------------------- */

static void keep_row(struct pipe_step *s, struct pipe_row *r)
{
	if (!keep_add(s->keep, r, &s->run->scratch, &s->run->text))
		fail(s->run);
}

static void keep_end(struct pipe_step *s)
{
	keep_finish(s->keep, hand_on_held, s);
	/* That there is more than a page or an asked-for limit is no cut; more lines than any answer has is. */
	if (keep_more(s->keep) && s->left)
		cut(s->run, "more lines than an answer holds");
	finish_next(s);
}

static void groups_row(struct pipe_step *s, struct pipe_row *r)
{
	struct value keys[PIPE_MAX_KEYS], args[PIPE_MAX_AGGREGATES];
	const struct pipe_stage *g = s->stage;
	for (size_t i = 0; i < g->key_count; i++)
		keys[i] = pipe_value(r, &g->keys[i], &s->run->scratch, &s->run->text);
	for (size_t i = 0; i < g->aggregate_count; i++)
		args[i] = g->aggregates[i].has_field ? pipe_value(r, &g->aggregates[i].field, &s->run->scratch, &s->run->text) : (struct value){ .type = VALUE_EMPTY };
	groups_add(s->groups, keys, args, 1);
}

static void groups_line(void *ctx, const struct value *cells)
{
	struct pipe_step *s = ctx;
	struct attr attrs[PIPE_MAX_KEYS + PIPE_MAX_AGGREGATES];
	struct pipe_row r = { .attrs = attrs, .count = s->stage->key_count + s->stage->aggregate_count };
	for (size_t i = 0; i < s->stage->key_count; i++)
		attrs[i] = (struct attr){ s->stage->keys[i].name, cells[i] };
	for (size_t i = 0; i < s->stage->aggregate_count; i++)
		attrs[s->stage->key_count + i] = (struct attr){ s->stage->aggregates[i].name, cells[s->stage->key_count + i] };
	hand_on_held(s, &r);
}

static void mark_approximate(struct pipe_step *s, struct str name)
{
	for (size_t i = 0; i < s->run->column_count; i++)
		if (str_eq(s->run->columns[i].name, name))
			s->run->columns[i].approximate = true;
}

static void groups_end(struct pipe_step *s)
{
	groups_each(s->groups, groups_line, s);
	for (size_t i = 0; i < s->stage->aggregate_count; i++)
		if (groups_approximate(s->groups, i))
			mark_approximate(s, s->stage->aggregates[i].name);
	if (groups_cut(s->groups))
		cut(s->run, "more groups than there is memory for; the rest is counted as (other)");
	finish_next(s);
}

static void patterns_row(struct pipe_step *s, struct pipe_row *r)
{
	struct row_key key = { r->parts.head.time, r->row->segment, r->row->position };
	buf_clear(&s->run->text);
	pattern_of(&s->run->text, r->parts.body);
	patterns_add(s->patterns, buf_str(&s->run->text), r->parts.body, &key, 1);
}

static void patterns_line(void *ctx, struct str template, uint64_t count, struct str example)
{
	struct attr attrs[] = { attr_str(STR("pattern"), template), attr_int(STR("count"), (int64_t)count), attr_str(STR("example"), example) };
	struct pipe_row r = { .attrs = attrs, .count = 3 };
	hand_on_held(ctx, &r);
}

static void patterns_end(struct pipe_step *s)
{
	patterns_each(s->patterns, patterns_line, s);
	if (patterns_cut(s->patterns))
		cut(s->run, "more patterns than there is memory for; the rest is counted as (other)");
	finish_next(s);
}

/* --- compare --------------------------------------------------------------------------------------------------------------------------------- */

static void join_row(struct pipe_step *s, struct pipe_row *r)
{
	if (!join_add(s->join, s->side, r))
		cut(s->run, "more groups than there is memory for");
}

/* The earlier side finishes first; the present one hands on. */
static void join_end(struct pipe_step *s)
{
	struct attr attrs[PIPE_MAX_COLUMNS];
	if (s->side)
		return;
	for (size_t i = 0; i < s->run->column_count && i < PIPE_MAX_COLUMNS; i++)
		attrs[i].key = s->names[i];
	join_finish(s->join, attrs, hand_on_held, s);
	finish_next(s);
}

/* --- the end --------------------------------------------------------------------------------------------------------------------------------- */

static void out_row(struct pipe_step *s, struct pipe_row *r) { s->run->o.out(s->run->o.ctx, r); }
static void out_end(struct pipe_step *s) { (void)s; }

const struct pipe_step_kind pipe_step_where = { where_row, finish_next }, pipe_step_parse = { parse_row, finish_next },
			    pipe_step_limit = { limit_row, finish_next }, pipe_step_project = { project_row, finish_next },
			    pipe_step_keep = { keep_row, keep_end }, pipe_step_groups = { groups_row, groups_end },
			    pipe_step_patterns = { patterns_row, patterns_end }, pipe_step_join = { join_row, join_end }, pipe_step_out = { out_row, out_end };
