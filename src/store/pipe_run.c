/* Puts the steps of a run together from its plan, and feeds them (pipe_run.h). What sorts by nothing said gets an order here: records by time,
 * lines of stats by their keys, of top and patterns by their counts; and what has no limit gets one. */
#include "store/pipe_run.h"
#include "base/check.h"
#include "store/pipe_step.h"

enum { RUN_ARENA = 1 << 20 };

/* The chain as it is built. */
struct build {
	struct pipe_run *run;
	int side;
	struct pipe_step *last;
	bool table, ordered, grouped;
	struct pipe_field *order;    /* of a table, when nothing else is said */
	size_t order_count;
	uint64_t top;                /* a top's number that waits for compare; 0: none */
	size_t keys;                 /* columns that are keys */
};

static struct pipe_step *add(struct build *b, const struct pipe_step_kind *kind, const struct pipe_stage *stage)
{
	struct pipe_step *s = ARENA_NEW(&b->run->arena, struct pipe_step);
	if (!s)
		return NULL;
	*s = (struct pipe_step){ .kind = kind, .run = b->run, .stage = stage, .side = b->side, .made_before = b->run->steps };
	b->run->steps = s;
	if (b->last)
		b->last->next = s;
	else if (!b->run->heads[b->side])
		b->run->heads[b->side] = s;
	b->last = s;
	return s;
}

static void set_column(struct pipe_run *run, size_t i, struct str name, enum pipe_column_type type)
{
	CHECK(i < PIPE_MAX_COLUMNS);
	run->columns[i] = (struct pipe_column){ .name = name, .type = type };
}

static struct pipe_field *field_named(struct build *b, struct str name, bool descending)
{
	struct pipe_field *f = ARENA_NEW(&b->run->arena, struct pipe_field);
	if (f)
		*f = (struct pipe_field){ .source = PIPE_FIELD, .name = name, .leaf = { .op = QUERY_FIELD, .name = name }, .descending = descending };
	return f;
}

/* --- keeping --------------------------------------------------------------------------------------------------------------------------- */

static struct pipe_step *keep(struct build *b, const struct pipe_field *keys, size_t key_count, size_t limit)
{
	const struct pipe_run_options *o = &b->run->o;
	struct pipe_step *s = add(b, &pipe_step_keep, NULL);
	bool time = !b->table && key_count == 0;
	struct keep_options k = { .keys = keys, .key_count = key_count, .limit = limit, .oldest_first = o->oldest_first, .bytes = b->table ? PIPE_MEMORY : COLLECT_BYTES };
	if (time) {
		k.bounded = o->bounded;
		k.after = o->after;
	}
	if (!s || !(s->keep = keep_new(&k)))
		return NULL;
	if (time && !b->grouped)
		b->run->page = b->run->early = s->keep;
	b->ordered = true;
	return s;
}

static bool keep_by_default(struct build *b, size_t limit, bool asked)
{
	struct pipe_step *s = b->table ? keep(b, b->order, b->order_count, limit) : keep(b, NULL, 0, limit);
	if (s && b->table && !asked)
		s->left = 1;
	return s != NULL;
}

/* The limit that stands right behind stage i, which is then done with. */
static bool next_limit(const struct pipe *plan, size_t *i, uint64_t *n)
{
	if (*i + 1 >= plan->stage_count || plan->stages[*i + 1].op != STAGE_LIMIT)
		return false;
	*n = plan->stages[++*i].n;
	return true;
}

static bool build_sort(struct build *b, const struct pipe *plan, size_t *i)
{
	const struct pipe_stage *s = &plan->stages[*i];
	uint64_t n = b->table ? PIPE_MAX_LINES : b->run->o.limit;
	bool asked = next_limit(plan, i, &n);
	struct pipe_step *k = keep(b, s->keys, s->key_count, n);
	b->run->page = NULL;
	if (k && !asked)
		k->left = 1;
	return k != NULL;
}

static bool build_limit(struct build *b, const struct pipe_stage *s)
{
	if (!b->ordered)
		return keep_by_default(b, s->n, true);
	struct pipe_step *step = add(b, &pipe_step_limit, s);
	b->run->page = NULL; /* what is cut off here would be missing between two pages */
	if (step)
		step->left = s->n;
	return step != NULL;
}

/* --- tables ------------------------------------------------------------------------------------------------------------------------------- */

static void begin_table(struct build *b, size_t keys, struct pipe_field *order, size_t order_count)
{
	b->table = b->grouped = true;
	b->run->page = NULL;
	b->ordered = false;
	b->order = order;
	b->order_count = order_count;
	b->keys = keys;
}

static bool build_stats(struct build *b, const struct pipe_stage *s)
{
	struct pipe_run *run = b->run;
	struct pipe_step *step = add(b, &pipe_step_groups, s);
	struct pipe_field *order = ARENA_ARRAY(&run->arena, s->key_count + 1, struct pipe_field);
	if (!step || !order || !(step->groups = groups_new(s, run->o.to - run->o.from)))
		return false;
	for (size_t i = 0; i < s->key_count; i++) {
		struct pipe_field *f = field_named(b, s->keys[i].name, false);
		if (!f)
			return false;
		order[i] = *f;
		set_column(run, i, s->keys[i].name, s->keys[i].source == PIPE_FIELD || s->keys[i].source == PIPE_ID ? PIPE_COLUMN_TEXT : PIPE_COLUMN_TIME);
	}
	for (size_t i = 0; i < s->aggregate_count; i++) {
		const struct pipe_aggregate *a = &s->aggregates[i];
		bool time = (a->function == PIPE_MIN || a->function == PIPE_MAX) && a->field.source == PIPE_TIME;
		set_column(run, s->key_count + i, a->name, time ? PIPE_COLUMN_TIME : PIPE_COLUMN_NUMBER);
	}
	run->column_count = s->key_count + s->aggregate_count;
	run->buckets = false;
	for (size_t i = 0; i < s->key_count; i++)
		run->buckets |= s->keys[i].source == PIPE_BUCKET;
	begin_table(b, s->key_count, order, s->key_count);
	return true;
}

/* Counts of pairs: a stats of its own making, largest first. */
static bool build_top(struct build *b, const struct pipe_stage *s, bool compared)
{
	struct pipe_stage *stats = ARENA_NEW(&b->run->arena, struct pipe_stage);
	struct pipe_aggregate *count = ARENA_NEW(&b->run->arena, struct pipe_aggregate);
	if (!stats || !count)
		return false;
	*count = (struct pipe_aggregate){ .function = PIPE_COUNT, .name = STR("count") };
	for (size_t i = 0; i < s->key_count; i++)
		if (str_eq(s->keys[i].name, STR("count")))
			count->name = STR("rows");
	*stats = (struct pipe_stage){ .op = STAGE_STATS, .keys = s->keys, .key_count = s->key_count, .aggregates = count, .aggregate_count = 1 };
	struct pipe_field *order = build_stats(b, stats) ? field_named(b, count->name, true) : NULL;
	if (!order)
		return false;
	b->order = order;
	b->order_count = 1;
	b->top = compared ? s->n : 0;
	return compared || keep_by_default(b, s->n, true);
}

static bool build_patterns(struct build *b)
{
	struct pipe_step *step = add(b, &pipe_step_patterns, NULL);
	struct pipe_field *order = field_named(b, STR("count"), true);
	if (!step || !order || !(step->patterns = patterns_new()))
		return false;
	set_column(b->run, 0, STR("pattern"), PIPE_COLUMN_TEXT);
	set_column(b->run, 1, STR("count"), PIPE_COLUMN_NUMBER);
	set_column(b->run, 2, STR("example"), PIPE_COLUMN_TEXT);
	b->run->column_count = 3;
	b->run->buckets = false;
	begin_table(b, 1, order, 1);
	return true;
}

static enum pipe_column_type type_of(const struct pipe_run *run, const struct build *b, const struct pipe_field *f)
{
	if (!b->table)
		return f->source == PIPE_TIME ? PIPE_COLUMN_TIME : PIPE_COLUMN_TEXT;
	for (size_t i = 0; i < run->column_count; i++)
		if (str_eq(run->columns[i].name, f->name))
			return run->columns[i].type;
	return PIPE_COLUMN_TEXT;
}

static bool build_fields(struct build *b, const struct pipe *plan, size_t *i)
{
	const struct pipe_stage *s = &plan->stages[*i];
	enum pipe_column_type types[PIPE_MAX_FIELDS];
	bool counted_later = false;
	for (size_t k = *i + 1; k < plan->stage_count; k++)
		counted_later |= plan->stages[k].op == STAGE_STATS || plan->stages[k].op == STAGE_TOP;
	uint64_t n = b->table ? PIPE_MAX_LINES : b->run->o.limit;
	/* What is shown is chosen before its other fields are gone. */
	if (!b->ordered && !counted_later) {
		bool asked = next_limit(plan, i, &n);
		if (!keep_by_default(b, n, asked))
			return false;
	}
	struct pipe_step *step = add(b, &pipe_step_project, s);
	if (!step)
		return false;
	step->project.fields = s->keys;
	step->project.count = s->key_count;
	for (size_t k = 0; k < s->key_count; k++)
		types[k] = type_of(b->run, b, &s->keys[k]);
	for (size_t k = 0; k < s->key_count; k++)
		set_column(b->run, k, s->keys[k].name, types[k]);
	b->run->column_count = s->key_count;
	b->run->buckets = false;
	b->table = true;
	return true;
}

/* --- compare ------------------------------------------------------------------------------------------------------------------------------- */

static bool build_stages(struct build *b, const struct pipe *plan, size_t end);

static bool join_columns(struct build *b, struct str *names)
{
	struct pipe_run *run = b->run;
	size_t cells = run->column_count - b->keys;
	if (run->column_count + cells > PIPE_MAX_COLUMNS)
		return false;
	for (size_t i = 0; i < cells; i++) {
		const struct pipe_column *c = &run->columns[b->keys + i];
		struct str name = arena_printf(&run->arena, "%.*s before", STR_FMT(c->name));
		if (!name.p)
			return false;
		set_column(run, run->column_count + i, name, c->type);
	}
	run->column_count += cells;
	for (size_t i = 0; i < run->column_count; i++)
		names[i] = run->columns[i].name;
	return true;
}

/* The steps before it stand twice: for the rows of now and for those of the earlier time. */
static bool build_compare(struct build *b, const struct pipe *plan, size_t i)
{
	static const struct pipe_aggregate count = { .function = PIPE_COUNT, .name = STR_INIT("count") };
	static const struct pipe_stage counts = { .op = STAGE_STATS, .aggregates = (struct pipe_aggregate *)(uintptr_t)&count, .aggregate_count = 1 };
	struct pipe_run *run = b->run;
	struct build earlier = { .run = run, .side = 1 };
	struct str *names = ARENA_ARRAY(&run->arena, PIPE_MAX_COLUMNS, struct str);
	struct pipe_column *columns = ARENA_ARRAY(&run->arena, PIPE_MAX_COLUMNS, struct pipe_column);
	if (!names || !columns || (i == 0 && !build_stats(b, &counts)))
		return false;
	if (i == 0 ? !build_stats(&earlier, &counts) : !build_stages(&earlier, plan, i))
		return false;
	memcpy(columns, run->columns, sizeof(run->columns));
	struct pipe_join *join = join_new(run, b->keys, run->column_count - b->keys, columns);
	struct pipe_step *before = join ? add(&earlier, &pipe_step_join, NULL) : NULL, *now = join ? add(b, &pipe_step_join, NULL) : NULL;
	if (now)
		now->join = join;
	else
		join_free(join);
	if (!before || !now || !join_columns(b, names))
		return false;
	before->join = join;
	now->names = names;
	run->back = plan->stages[i].back;
	b->ordered = false;
	return b->top == 0 || keep_by_default(b, b->top, true);
}

/* --- the whole ------------------------------------------------------------------------------------------------------------------------------ */

static bool build_stages(struct build *b, const struct pipe *plan, size_t end)
{
	bool ok = true;
	for (size_t i = 0; ok && i < end; i++) {
		const struct pipe_stage *s = &plan->stages[i];
		bool compared = i + 1 < plan->stage_count && plan->stages[i + 1].op == STAGE_COMPARE;
		switch (s->op) {
		case STAGE_WHERE: ok = add(b, &pipe_step_where, s) != NULL; break;
		case STAGE_PARSE: ok = add(b, &pipe_step_parse, s) != NULL; break;
		case STAGE_SORT: ok = build_sort(b, plan, &i); break;
		case STAGE_LIMIT: ok = build_limit(b, s); break;
		case STAGE_STATS: ok = build_stats(b, s); break;
		case STAGE_TOP: ok = build_top(b, s, compared); break;
		case STAGE_PATTERNS: ok = build_patterns(b); break;
		case STAGE_FIELDS: ok = build_fields(b, plan, &i); break;
		case STAGE_COMPARE: ok = build_compare(b, plan, i); break;
		case STAGE_CONTEXT: ok = b->ordered || keep_by_default(b, b->run->o.limit < PIPE_MAX_HITS ? b->run->o.limit : PIPE_MAX_HITS, true); break;
		}
	}
	return ok;
}

bool pipe_run_init(struct pipe_run *r, const struct pipe_run_options *o)
{
	*r = (struct pipe_run){ .o = *o };
	arena_init(&r->arena, RUN_ARENA);
	arena_init(&r->scratch, 2 * ROW_HARD_BYTES + (1 << 20));
	buf_init(&r->text, 2 * ROW_HARD_BYTES);
	struct build b = { .run = r, .ordered = o->as_found };
	bool ok = build_stages(&b, o->plan, o->plan->stage_count);
	if (ok && !b.ordered)
		ok = keep_by_default(&b, b.table ? PIPE_MAX_LINES : o->limit, false);
	if (ok && add(&b, &pipe_step_out, NULL))
		return true;
	pipe_run_release(r);
	return false;
}

void pipe_run_release(struct pipe_run *r)
{
	for (struct pipe_step *s = r->steps; s; s = s->made_before) {
		keep_free(s->keep);
		groups_free(s->groups);
		patterns_free(s->patterns);
		if (s->side == 0)
			join_free(s->join);
	}
	pipe_entries_free(r->entries);
	arena_release(&r->arena);
	arena_release(&r->scratch);
	buf_release(&r->text);
	*r = (struct pipe_run){ 0 };
}

void pipe_run_row(struct pipe_run *r, int side, const struct scan_row *row)
{
	struct attr made[PIPE_MAX_MADE];
	struct pipe_row p = { .row = row, .attrs = made };
	if (!row_parts(row->row, &p.parts))
		return;
	arena_reset(&r->scratch);
	pipe_step_row(r->heads[side], &p);
}

bool pipe_run_wants(const struct pipe_run *r, int64_t min_time, int64_t max_time) { return !r->early || r->back || keep_wants(r->early, min_time, max_time); }

void pipe_run_finish(struct pipe_run *r)
{
	if (r->heads[1])
		pipe_step_finish(r->heads[1]);
	pipe_step_finish(r->heads[0]);
	if (query_regex_limited(&r->o.plan->q)) {
		r->cut = true;
		r->why = r->why ? r->why : "a regex gave up on some rows; make it simpler";
	}
}

bool pipe_run_done(const struct pipe_run *r)
{
	for (const struct pipe_step *s = r->heads[0]; s; s = s->next)
		if (s->kind == &pipe_step_limit && s->left == 0)
			return true;
	return false;
}

bool pipe_run_next(const struct pipe_run *r, struct row_key *next)
{
	if (!r->page || !keep_more(r->page))
		return false;
	*next = keep_last(r->page);
	return true;
}
