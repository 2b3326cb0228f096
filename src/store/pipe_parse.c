/* Text of pipes to a plan (pipe.h). One function a stage, found by name in a table; names that other languages use lead to the same. */
#include "base/check.h"
#include "base/suggest.h"
#include "base/time.h"
#include "store/pipe_impl.h"
#include <stdlib.h>

/* --- words, names, numbers --------------------------------------------------------------------------------------------------------------- */

static struct str word_at(const struct parser *p, size_t i)
{
	size_t start = i;
	while (parse_is_letter(parse_at(p, i)) || (i > start && parse_at(p, i) >= '0' && parse_at(p, i) <= '9') || (i > start && parse_at(p, i) == '.'))
		i++;
	return str_sub(p->text, start, i);
}

static bool take_char(struct parser *p, char c)
{
	parse_skip_blanks(p);
	if (parse_at(p, p->at) != c)
		return false;
	p->at++;
	return true;
}

static bool take_word(struct parser *p, struct str word)
{
	parse_skip_blanks(p);
	if (!str_eq_ci(word_at(p, p->at), word))
		return false;
	p->at += word.len;
	return true;
}

static bool stage_ends(struct parser *p)
{
	parse_skip_blanks(p);
	return p->at >= p->text.len || parse_at(p, p->at) == '|';
}

static bool duration_arg(struct parser *p, int64_t *ns)
{
	parse_skip_blanks(p);
	size_t start = p->at;
	while (query_is_token_char(parse_at(p, p->at)) || parse_at(p, p->at) == '.')
		p->at++;
	if (duration_parse(str_sub(p->text, start, p->at), ns) && *ns > 0)
		return true;
	return query_fail(p, start, "a duration such as 30s, 5m or 1d is expected here");
}

static bool number_arg(struct parser *p, uint64_t max, uint64_t *out)
{
	parse_skip_blanks(p);
	size_t start = p->at;
	while (parse_at(p, p->at) >= '0' && parse_at(p, p->at) <= '9')
		p->at++;
	if (str_to_u64(str_sub(p->text, start, p->at), out) && *out >= 1 && *out <= max)
		return true;
	err_set(p->e, ERR_INPUT, "a number from 1 to %llu is expected here", (unsigned long long)max);
	p->e->column = (uint32_t)start + 1;
	return false;
}

static void field_of(struct pipe_field *f, struct str name)
{
	f->name = name;
	f->leaf.op = QUERY_FIELD;
	parse_leaf_field(&f->leaf, name);
	if (str_eq(name, STR("time")) || str_eq(name, STR("_time")) || str_eq(name, STR("@timestamp")))
		f->source = PIPE_TIME;
	else if (str_eq(name, STR("id")))
		f->source = PIPE_ID;
}

/* A field's name, plain or quoted. */
bool pipe_parse_name(struct parser *p, struct str *name)
{
	parse_skip_blanks(p);
	size_t start = p->at;
	if (parse_is_quote(parse_at(p, start)))
		return parse_quoted(p, name);
	if (parse_is_letter(parse_at(p, start)))
		while (parse_is_name(parse_at(p, p->at)))
			p->at++;
	*name = str_sub(p->text, start, p->at);
	return p->at > start ? true : query_fail(p, start, "the name of a field is expected here");
}

/* A field, or bucket(5m) where it may stand. */
static bool field_arg(struct parser *p, struct pipe_field *f, bool bucket)
{
	struct str name;
	parse_skip_blanks(p);
	size_t start = p->at;
	bool quoted = parse_is_quote(parse_at(p, start));
	if (!pipe_parse_name(p, &name))
		return false;
	parse_skip_blanks(p);
	if (!quoted && parse_at(p, p->at) == '(') {
		if (!bucket || !str_eq_ci(name, STR("bucket")))
			return query_fail(p, start, "the name of a field is expected here (by also takes bucket(5m))");
		p->at++;
		f->source = PIPE_BUCKET;
		f->name = STR("time");
		if (!duration_arg(p, &f->step))
			return false;
		return take_char(p, ')') ? true : query_fail(p, p->at, "a ) is missing here");
	}
	field_of(f, name);
	return true;
}

/* a, b, c; in parentheses or not. */
static bool field_list(struct parser *p, struct pipe_stage *s, size_t most, bool bucket, bool sort)
{
	bool open = take_char(p, '(');
	s->keys = ARENA_ARRAY(p->a, most, struct pipe_field);
	do {
		parse_skip_blanks(p);
		if (!s->keys || s->key_count == most)
			return query_fail(p, p->at, "too many fields here");
		struct pipe_field *f = &s->keys[s->key_count];
		bool minus = sort && take_char(p, '-');
		if (!field_arg(p, f, bucket))
			return false;
		f->descending = minus;
		if (sort && take_word(p, STR("desc")))
			f->descending = true;
		else if (sort)
			take_word(p, STR("asc"));
		s->key_count++;
	} while (take_char(p, ','));
	if (open && !take_char(p, ')'))
		return query_fail(p, p->at, "a ) is missing here");
	return true;
}

/* --- stages ------------------------------------------------------------------------------------------------------------------------------- */

static bool parse_where(struct parser *p, struct pipe_stage *s)
{
	if (stage_ends(p))
		return query_fail(p, p->at, "a search is expected behind where, such as where ms>100");
	bool inside = p->inside;
	p->inside = true;
	s->where = parse_stage(p);
	p->inside = inside;
	return s->where != NULL;
}

static const struct { struct str name; enum pipe_function function; } functions[] = {
	{ STR_INIT("count"), PIPE_COUNT }, { STR_INIT("rate"), PIPE_RATE }, { STR_INIT("sum"), PIPE_SUM }, { STR_INIT("avg"), PIPE_AVG }, { STR_INIT("mean"), PIPE_AVG },
	{ STR_INIT("min"), PIPE_MIN }, { STR_INIT("max"), PIPE_MAX }, { STR_INIT("percentile"), PIPE_PERCENTILE }, { STR_INIT("quantile"), PIPE_PERCENTILE },
	{ STR_INIT("median"), PIPE_PERCENTILE }, { STR_INIT("distinct"), PIPE_DISTINCT }, { STR_INIT("count_distinct"), PIPE_DISTINCT }, { STR_INIT("count_uniq"), PIPE_DISTINCT },
	{ STR_INIT("uniq"), PIPE_DISTINCT }, { STR_INIT("dc"), PIPE_DISTINCT },
};

static bool function_of(struct parser *p, struct str name, size_t at, struct pipe_aggregate *a)
{
	struct str names[ARRAY_LEN(functions)];
	double percent;
	for (size_t i = 0; i < ARRAY_LEN(functions); i++) {
		names[i] = functions[i].name;
		if (str_eq_ci(functions[i].name, name)) {
			a->function = functions[i].function;
			a->quantile = str_eq_ci(name, STR("median")) ? 0.5 : -1;
			return true;
		}
	}
	if (name.len > 1 && (name.p[0] == 'p' || name.p[0] == 'P') && str_to_f64(str_skip(name, 1), &percent) && percent >= 0 && percent <= 100) {
		a->function = PIPE_PERCENTILE;
		a->quantile = percent / 100;
		return true;
	}
	struct str near = suggest(name, names, ARRAY_LEN(functions));
	err_set(p->e, ERR_INPUT, "\"%.*s\" is not a function of stats%s%.*s%s; there are count, rate, sum, avg, min, max, p95, percentile, distinct", STR_FMT(name),
		near.p ? ": did you mean " : "", STR_FMT(near), near.p ? "?" : "");
	p->e->column = (uint32_t)at + 1;
	return false;
}

/* The number of percentile(ms, 95), percentile(95, ms), quantile(0.95, ms): up to 1 a share, above it percent. */
static bool quantile_arg(struct parser *p, struct pipe_aggregate *a)
{
	double v;
	parse_skip_blanks(p);
	size_t start = p->at;
	while ((parse_at(p, p->at) >= '0' && parse_at(p, p->at) <= '9') || parse_at(p, p->at) == '.')
		p->at++;
	if (!str_to_f64(str_sub(p->text, start, p->at), &v) || v < 0 || v > 100)
		return query_fail(p, start, "a percentile from 0 to 100 is expected here");
	a->quantile = v <= 1 ? v : v / 100;
	return true;
}

static bool arguments(struct parser *p, struct pipe_aggregate *a, size_t start)
{
	parse_skip_blanks(p);
	char c = parse_at(p, p->at);
	bool number = a->function == PIPE_PERCENTILE && a->quantile < 0;
	if (number && c >= '0' && c <= '9') {
		if (!quantile_arg(p, a))
			return false;
		if (!take_char(p, ','))
			return query_fail(p, p->at, "a field is missing here: percentile(95, ms)");
		parse_skip_blanks(p);
		c = parse_at(p, p->at);
	}
	if (c != ')' && c != '*') {
		if (!field_arg(p, &a->field, false))
			return false;
		a->has_field = true;
	} else if (c == '*') {
		p->at++;
	}
	if (number && a->quantile < 0 && (!take_char(p, ',') || !quantile_arg(p, a)))
		return err_is_set(p->e) ? false : query_fail(p, start, "percentile needs a field and a number: percentile(ms, 95)");
	if (!a->has_field && a->function > PIPE_RATE)
		return query_fail(p, p->at, "this function needs a field");
	if (a->has_field && a->function == PIPE_RATE)
		return query_fail(p, start, "rate() counts rows a second and takes no field");
	return take_char(p, ')') ? true : query_fail(p, p->at, "a ) is missing here");
}

static struct str default_name(struct parser *p, const struct pipe_aggregate *a, struct str typed)
{
	if (a->function == PIPE_PERCENTILE && !(typed.p[0] == 'p' && typed.len > 1 && typed.p[1] != 'e'))
		return arena_printf(p->a, "p%.10g(%.*s)", a->quantile * 100, STR_FMT(a->field.name));
	return a->has_field ? arena_printf(p->a, "%.*s(%.*s)", STR_FMT(typed), STR_FMT(a->field.name)) : typed;
}

static bool aggregate(struct parser *p, struct pipe_stage *s)
{
	parse_skip_blanks(p);
	size_t start = p->at;
	struct str name = word_at(p, start);
	if (s->aggregate_count == PIPE_MAX_AGGREGATES)
		return query_fail(p, start, "too many functions in one stats");
	struct pipe_aggregate *a = &s->aggregates[s->aggregate_count];
	if (str_empty(name))
		return query_fail(p, start, "a function is expected here, such as count() or avg(ms)");
	if (!function_of(p, name, start, a))
		return false;
	p->at += name.len;
	if (take_char(p, '(')) {
		if (!arguments(p, a, start))
			return false;
	} else if (a->function > PIPE_RATE) {
		return query_fail(p, p->at, "a field in parentheses is expected here, such as avg(ms)");
	}
	a->name = default_name(p, a, name);
	if (take_word(p, STR("as")) && !pipe_parse_name(p, &a->name))
		return false;
	for (size_t i = 0; i < s->aggregate_count; i++)
		if (str_eq(s->aggregates[i].name, a->name))
			return query_fail(p, start, "two columns have this name; give one another by: as name");
	s->aggregate_count++;
	return true;
}

static bool parse_stats(struct parser *p, struct pipe_stage *s)
{
	s->aggregates = ARENA_ARRAY(p->a, PIPE_MAX_AGGREGATES, struct pipe_aggregate);
	if (!s->aggregates) {
		err_set(p->e, ERR_TOO_LARGE, "the query is too large");
		return false;
	}
	/* "stats by (a) count()" is an order that people know, too. */
	if (take_word(p, STR("by")) && !field_list(p, s, PIPE_MAX_KEYS, true, false))
		return false;
	do {
		if (!aggregate(p, s))
			return false;
	} while (take_char(p, ','));
	if (s->key_count == 0 && take_word(p, STR("by")) && !field_list(p, s, PIPE_MAX_KEYS, true, false))
		return false;
	for (size_t k = 0; k < s->key_count; k++) {
		for (size_t i = 0; i < s->aggregate_count; i++)
			if (str_eq(s->keys[k].name, s->aggregates[i].name))
				return query_fail(p, s->column - 1, "a function's column has the name of a field of by; give it another by: as name");
		for (size_t i = 0; i < k; i++)
			if (str_eq(s->keys[k].name, s->keys[i].name))
				return query_fail(p, s->column - 1, "by has the same field twice");
	}
	return true;
}

static bool parse_top(struct parser *p, struct pipe_stage *s)
{
	s->n = 10;
	parse_skip_blanks(p);
	char c = parse_at(p, p->at);
	if (c >= '0' && c <= '9' && !number_arg(p, PIPE_MAX_LINES, &s->n))
		return false;
	take_word(p, STR("by"));
	return field_list(p, s, PIPE_MAX_KEYS, false, false);
}

static bool parse_sort(struct parser *p, struct pipe_stage *s)
{
	take_word(p, STR("by"));
	return field_list(p, s, PIPE_MAX_KEYS, false, true);
}

static bool parse_limit(struct parser *p, struct pipe_stage *s) { return number_arg(p, PIPE_MAX_LINES, &s->n); }

static bool parse_fields(struct parser *p, struct pipe_stage *s) { return field_list(p, s, PIPE_MAX_FIELDS, false, false); }

static bool parse_context(struct parser *p, struct pipe_stage *s)
{
	s->n = 5;
	return stage_ends(p) || number_arg(p, PIPE_MAX_CONTEXT, &s->n);
}

static bool parse_compare(struct parser *p, struct pipe_stage *s) { return duration_arg(p, &s->back); }
static bool parse_patterns(struct parser *p, struct pipe_stage *s) { (void)p; (void)s; return true; }
static bool parse_nothing(struct parser *p, struct pipe_stage *s) { (void)p; (void)s; return true; }

static const struct stage_word { struct str name; enum stage_op op; bool (*parse)(struct parser *, struct pipe_stage *); const char *refused; } stage_words[] = {
	{ STR_INIT("where"), STAGE_WHERE, parse_where, NULL }, { STR_INIT("filter"), STAGE_WHERE, parse_where, NULL }, { STR_INIT("search"), STAGE_WHERE, parse_where, NULL },
	{ STR_INIT("parse"), STAGE_PARSE, pipe_parse_pattern, NULL }, { STR_INIT("extract"), STAGE_PARSE, pipe_parse_pattern, NULL },
	{ STR_INIT("pattern"), STAGE_PARSE, pipe_parse_pattern, NULL }, { STR_INIT("regexp"), STAGE_PARSE, pipe_parse_regexp, NULL },
	{ STR_INIT("stats"), STAGE_STATS, parse_stats, NULL }, { STR_INIT("top"), STAGE_TOP, parse_top, NULL }, { STR_INIT("patterns"), STAGE_PATTERNS, parse_patterns, NULL },
	{ STR_INIT("sort"), STAGE_SORT, parse_sort, NULL }, { STR_INIT("order"), STAGE_SORT, parse_sort, NULL }, { STR_INIT("limit"), STAGE_LIMIT, parse_limit, NULL },
	{ STR_INIT("head"), STAGE_LIMIT, parse_limit, NULL }, { STR_INIT("fields"), STAGE_FIELDS, parse_fields, NULL }, { STR_INIT("keep"), STAGE_FIELDS, parse_fields, NULL },
	{ STR_INIT("context"), STAGE_CONTEXT, parse_context, NULL }, { STR_INIT("compare"), STAGE_COMPARE, parse_compare, NULL },
	/* Fields are taken apart when a record comes in. */
	{ STR_INIT("json"), STAGE_LIMIT, parse_nothing, NULL }, { STR_INIT("logfmt"), STAGE_LIMIT, parse_nothing, NULL }, { STR_INIT("unpack"), STAGE_LIMIT, parse_nothing, NULL },
	{ STR_INIT("line_format"), STAGE_LIMIT, NULL, "lines are not rewritten here; | fields a, b shows chosen fields" },
	{ STR_INIT("label_format"), STAGE_LIMIT, NULL, "fields are not renamed here; stats names its columns by: as name" },
	{ STR_INIT("unwrap"), STAGE_LIMIT, NULL, "nothing has to be unwrapped here; write | stats avg(field)" },
	{ STR_INIT("count"), STAGE_LIMIT, NULL, "a count is a function of stats: | stats count() by field" },
	{ STR_INIT("stream_context"), STAGE_LIMIT, NULL, "write | context 5 for five lines before and after" },
};

/* "| status >= 500", as Loki has it. */
static bool comparison_ahead(const struct parser *p)
{
	size_t i = p->at;
	while (parse_is_name(parse_at(p, i)))
		i++;
	if (i == p->at)
		return false;
	while (parse_is_blank(parse_at(p, i)))
		i++;
	char c = parse_at(p, i), next = parse_at(p, i + 1);
	return c == '>' || c == '<' || c == ':' || c == '=' || (c == '!' && (next == '=' || next == '~'));
}

static bool unknown_stage(struct parser *p, struct str word)
{
	struct str names[ARRAY_LEN(stage_words)];
	for (size_t i = 0; i < ARRAY_LEN(stage_words); i++)
		names[i] = stage_words[i].name;
	struct str near = suggest(word, names, ARRAY_LEN(stage_words));
	err_set(p->e, ERR_INPUT, "%s%.*s%s%s%.*s%sa pipe begins with where, parse, stats, top, patterns, sort, limit, fields, context or compare; a | within text stands in quotes",
		word.len ? "\"" : "", STR_FMT(word), word.len ? "\" is no pipe: " : "", near.p ? "did you mean " : "", STR_FMT(near), near.p ? "? " : "");
	p->e->column = (uint32_t)p->at + 1;
	return false;
}

static bool stage(struct parser *p, struct pipe *pipe)
{
	parse_skip_blanks(p);
	struct pipe_stage s = { .column = (uint32_t)p->at + 1 };
	struct str word = word_at(p, p->at);
	const struct stage_word *w = NULL;
	for (size_t i = 0; i < ARRAY_LEN(stage_words); i++)
		if (str_eq_ci(stage_words[i].name, word))
			w = &stage_words[i];
	if (comparison_ahead(p)) {
		s.op = STAGE_WHERE;
		if (!parse_where(p, &s))
			return false;
	} else if (!w) {
		return unknown_stage(p, word);
	} else if (w->refused) {
		return query_fail(p, p->at, w->refused);
	} else {
		p->at += word.len;
		s.op = w->op;
		if (!w->parse(p, &s))
			return false;
	}
	if (!stage_ends(p))
		return query_fail(p, p->at, "this pipe ends before here; another begins with |");
	if (w && w->parse == parse_nothing)
		return true;
	if (pipe->stage_count == PIPE_MAX_STAGES)
		return query_fail(p, s.column - 1, "more than 16 pipes in one query");
	pipe->stages[pipe->stage_count++] = s;
	return true;
}

/* --- what may follow what ------------------------------------------------------------------------------------------------------------------ */

static bool check_order(struct parser *p, const struct pipe *pipe)
{
	bool table = false, compared = false;
	for (size_t i = 0; i < pipe->stage_count; i++) {
		const struct pipe_stage *s = &pipe->stages[i];
		size_t at = s->column - 1;
		if (s->op == STAGE_CONTEXT && (table || i + 1 < pipe->stage_count))
			return query_fail(p, at, "context shows lines around lines: it comes last, and not behind a table");
		if ((s->op == STAGE_PATTERNS || s->op == STAGE_PARSE) && table)
			return query_fail(p, at, "this pipe reads messages: it comes before those that make a table");
		enum stage_op before = i ? pipe->stages[i - 1].op : STAGE_STATS;
		if (s->op == STAGE_COMPARE && (compared || (before != STAGE_STATS && before != STAGE_TOP && before != STAGE_PATTERNS)))
			return query_fail(p, at, compared ? "compare can stand once" : "compare stands right behind stats, top or patterns");
		if (s->op == STAGE_LIMIT && !table && s->n > PIPE_MAX_PAGE)
			return query_fail(p, at, "at most 1000 rows come at once; page on by `next`, or count with stats");
		table |= stage_makes_table(s->op);
		compared |= s->op == STAGE_COMPARE;
	}
	return true;
}

bool pipe_makes_table(const struct pipe *p)
{
	for (size_t i = 0; i < p->stage_count; i++)
		if (stage_makes_table(p->stages[i].op))
			return true;
	return false;
}

bool pipe_parse(struct pipe *out, struct arena *a, struct str text, struct err *e)
{
	struct parser p;
	struct pipe pipe = { .stages = ARENA_ARRAY(a, PIPE_MAX_STAGES, struct pipe_stage) };
	if (!pipe.stages)
		return err_set(e, ERR_TOO_LARGE, "the query is too large");
	if (!query_begin(&p, &pipe.q, a, text, e))
		return false;
	bool ok = true;
	while (ok && p.at < text.len) {
		p.at++; /* the | */
		ok = stage(&p, &pipe);
	}
	if (!ok || !check_order(&p, &pipe)) {
		pipe_release(&pipe);
		if (!err_is_set(e))
			err_set(e, ERR_TOO_LARGE, "the query is too large");
		return false;
	}
	*out = pipe;
	return true;
}
