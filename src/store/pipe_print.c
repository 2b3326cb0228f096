/* A plan as text, in the one usual spelling (pipe.h). */
#include "store/pipe_impl.h"

/* Words that would be read as something else where a name may stand. */
static bool is_plain(struct str s)
{
	static const char *const taken[] = { "as", "by", "asc", "desc", "from" };
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		if (str_eq_ci(s, str_z(taken[i])))
			return false;
	for (size_t i = 0; i < s.len; i++)
		if (!parse_is_name(s.p[i]))
			return false;
	return s.len && parse_is_letter(s.p[0]);
}

static void name(struct buf *b, struct str s)
{
	if (is_plain(s))
		buf_add(b, s);
	else
		query_quote(b, s);
}

static void span(struct buf *b, int64_t ns)
{
	static const struct { int64_t ns; const char *unit; } units[] = {
		{ INT64_C(86400000000000), "d" }, { INT64_C(3600000000000), "h" }, { INT64_C(60000000000), "m" }, { INT64_C(1000000000), "s" }, { 1000000, "ms" }, { 1000, "us" }, { 1, "ns" } };
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (ns % units[i].ns == 0) {
			buf_printf(b, "%lld%s", (long long)(ns / units[i].ns), units[i].unit);
			return;
		}
}

static void fields(struct buf *b, const struct pipe_stage *s)
{
	for (size_t i = 0; i < s->key_count; i++) {
		buf_add(b, i ? STR(", ") : STR(" "));
		if (s->keys[i].source == PIPE_BUCKET) {
			buf_add(b, STR("bucket("));
			span(b, s->keys[i].step);
			buf_char(b, ')');
		} else {
			name(b, s->keys[i].name);
		}
		if (s->keys[i].descending)
			buf_add(b, STR(" desc"));
	}
}

static void aggregate(struct buf *b, const struct pipe_aggregate *a)
{
	static const char *const names[] = { "count", "rate", "sum", "avg", "min", "max", "percentile", "distinct" };
	buf_printf(b, "%s(", names[a->function]);
	if (a->has_field)
		name(b, a->field.name);
	if (a->function == PIPE_PERCENTILE)
		buf_printf(b, ", %.15g", a->quantile);
	buf_add(b, STR(") as "));
	name(b, a->name);
}

static void parse(struct buf *b, const struct pipe_stage *s)
{
	buf_char(b, ' ');
	name(b, s->from.name);
	buf_char(b, ' ');
	if (s->regex) {
		regex_print(b, s->regex);
		return;
	}
	struct buf pattern;
	buf_init(&pattern, 4 * QUERY_MAX_TEXT);
	for (size_t i = 0; i < s->piece_count; i++) {
		const struct pipe_piece *p = &s->pieces[i];
		if (p->text.p)
			buf_add(&pattern, p->text);
		else
			buf_printf(&pattern, "<%.*s%s>", STR_FMT(p->name), p->is_number ? ":num" : "");
	}
	query_quote(b, buf_str(&pattern));
	buf_release(&pattern);
}

static void stage(struct buf *b, const struct pipe_stage *s)
{
	static const char *const words[] = { "where", "parse", "stats", "top", "patterns", "sort", "limit", "fields", "context", "compare" };
	buf_printf(b, " | %s", words[s->op]);
	switch (s->op) {
	case STAGE_WHERE:
		buf_char(b, ' ');
		query_print(b, s->where);
		return;
	case STAGE_PARSE:
		parse(b, s);
		return;
	case STAGE_STATS:
		for (size_t i = 0; i < s->aggregate_count; i++) {
			buf_add(b, i ? STR(", ") : STR(" "));
			aggregate(b, &s->aggregates[i]);
		}
		buf_add(b, s->key_count ? STR(" by") : STR(""));
		fields(b, s);
		return;
	case STAGE_TOP:
		buf_printf(b, " %llu", (unsigned long long)s->n);
		fields(b, s);
		return;
	case STAGE_SORT:
	case STAGE_FIELDS:
		fields(b, s);
		return;
	case STAGE_LIMIT:
	case STAGE_CONTEXT:
		buf_printf(b, " %llu", (unsigned long long)s->n);
		return;
	case STAGE_COMPARE:
		buf_char(b, ' ');
		span(b, s->back);
		return;
	case STAGE_PATTERNS:
		return;
	}
}

void pipe_print(struct buf *b, const struct pipe *p)
{
	if (p->q.has_last) {
		buf_add(b, STR("last:"));
		span(b, p->q.last);
		buf_char(b, ' ');
	}
	/* A bare OR behind last: would take last: in. */
	bool group = p->q.has_last && p->q.root->op == QUERY_OR;
	buf_add(b, group ? STR("(") : STR(""));
	query_print(b, p->q.root);
	buf_add(b, group ? STR(")") : STR(""));
	for (size_t i = 0; i < p->stage_count; i++)
		stage(b, &p->stages[i]);
}
