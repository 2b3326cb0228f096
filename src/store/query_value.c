/* The leaves of a query's tree: a word, a phrase, a regex; a field's value, list, range; and what a value means for its field. All that can be
 * worked out before the first row is seen is worked out here. */
#include "base/suggest.h"
#include "base/time.h"
#include "store/query_impl.h"

/* --- fields ------------------------------------------------------------------------------------------------------------------------------ */

static const struct { struct str name; enum query_field field; bool attribute_first; } fields[] = {
	{ STR_INIT("service"), FIELD_SERVICE, false }, { STR_INIT("service.name"), FIELD_SERVICE, false },
	{ STR_INIT("version"), FIELD_VERSION, false }, { STR_INIT("instance"), FIELD_INSTANCE, false },
	{ STR_INIT("level"), FIELD_LEVEL, false }, { STR_INIT("trace"), FIELD_TRACE, false }, { STR_INIT("trace_id"), FIELD_TRACE, false },
	{ STR_INIT("span"), FIELD_SPAN, false }, { STR_INIT("span_id"), FIELD_SPAN, false }, { STR_INIT("body"), FIELD_BODY, false },
	{ STR_INIT("_msg"), FIELD_BODY, false }, { STR_INIT("message"), FIELD_BODY, true }, { STR_INIT("msg"), FIELD_BODY, true },
	{ STR_INIT("name"), FIELD_BODY, true }, { STR_INIT("kind"), FIELD_KIND, true }, { STR_INIT("status"), FIELD_STATUS, true },
	{ STR_INIT("duration"), FIELD_DURATION, true }, { STR_INIT("scope"), FIELD_SCOPE, true }, { STR_INIT("parent"), FIELD_PARENT, true },
};

void parse_leaf_field(struct query_node *n, struct str name)
{
	n->name = name;
	n->field = FIELD_ATTRIBUTE;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (str_eq_ci(fields[i].name, name)) {
			n->field = fields[i].field;
			n->attribute_first = fields[i].attribute_first;
		}
}

struct query_node *parse_new_field(struct parser *p, struct str name, enum query_compare compare, size_t where)
{
	struct query_node *n = parse_node(p, QUERY_FIELD, where);
	if (n) {
		n->compare = compare;
		parse_leaf_field(n, name);
	}
	return n;
}

/* --- what a value means -------------------------------------------------------------------------------------------------------------------- */

static bool level_value(struct parser *p, struct query_node *n, size_t where)
{
	static const struct str names[] = { STR_INIT("none"), STR_INIT("trace"), STR_INIT("debug"), STR_INIT("info"),
					    STR_INIT("warn"), STR_INIT("error"), STR_INIT("fatal") };
	static const uint8_t lows[] = { 0, 1, 5, 9, 13, 17, 21 }, highs[] = { 0, 4, 8, 12, 16, 20, 24 };
	uint8_t i = str_eq_ci(n->text, names[0]) ? 0 : level_index(severity_parse(n->text));
	if (i == 0 && !str_eq_ci(n->text, names[0])) {
		struct str near = suggest(n->text, names, sizeof(names) / sizeof(names[0]));
		err_set(p->e, ERR_INPUT, "\"%.*s\" is not a level%s%.*s%s; levels are trace, debug, info, warn, error, fatal and none", STR_FMT(n->text),
			near.p ? ": did you mean " : "", STR_FMT(near), near.p ? "?" : "");
		p->e->column = (uint32_t)where + 1;
		return false;
	}
	n->low = lows[i];
	n->high = highs[i];
	switch (n->compare) {
	case QUERY_GREATER_EQUAL: n->high = 24; break;
	case QUERY_GREATER: n->low = (uint8_t)(highs[i] + 1); n->high = 24; break;
	case QUERY_LESS_EQUAL: n->low = i ? 1 : 0; break;
	case QUERY_LESS: n->low = 1; n->high = (uint8_t)(lows[i] ? lows[i] - 1 : 0); break;
	default: break;
	}
	return true;
}

/* 32 hex digits, or a UUID's form of them. */
static bool trace_shape(struct str s, struct trace_id *out)
{
	char digits[32];
	size_t n = 0;
	if (s.len == 32)
		return trace_id_parse(out, s);
	if (s.len != 36)
		return false;
	for (size_t i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		if (dash != (s.p[i] == '-'))
			return false;
		if (!dash)
			digits[n++] = s.p[i];
	}
	return trace_id_parse(out, str_from(digits, 32));
}

static bool id_value(struct parser *p, struct query_node *n, size_t where)
{
	if (n->compare > QUERY_NOT_EQUAL)
		return query_fail(p, where, "an id can only be compared with : or !=");
	n->is_trace = n->field == FIELD_TRACE && trace_shape(n->text, &n->trace);
	n->is_span = n->field != FIELD_TRACE && span_id_parse(&n->span, n->text);
	if (n->is_trace || n->is_span)
		return true;
	return query_fail(p, where, n->field == FIELD_TRACE ? "a trace id has 32 hex digits, not all zero" : "a span id has 16 hex digits, not all zero");
}

static bool lower_text(struct parser *p, struct query_node *n)
{
	char *copy = arena_bytes(p->a, n->text.len + 1);
	if (!copy) {
		err_set(p->e, ERR_TOO_LARGE, "the query is too large");
		return false;
	}
	for (size_t i = 0; i < n->text.len; i++)
		copy[i] = (char)(n->text.p[i] >= 'A' && n->text.p[i] <= 'Z' ? n->text.p[i] + 32 : n->text.p[i]);
	n->lower = (struct str){ copy, n->text.len };
	return true;
}

bool parse_leaf_value(struct parser *p, struct query_node *n, size_t where)
{
	int64_t ns;
	bool starred = n->edge_left || n->edge_right; /* set by the caller: stars stood there */
	n->edge_left = n->text.len && !n->edge_left && query_is_token_char(n->text.p[0]);
	n->edge_right = n->text.len && !n->edge_right && query_is_token_char(n->text.p[n->text.len - 1]);
	if (!lower_text(p, n) || n->compare >= QUERY_PRESENT)
		return !err_is_set(p->e);
	if (n->op == QUERY_TEXT) {
		n->is_trace = !starred && trace_shape(n->text, &n->trace);
		n->is_span = !starred && span_id_parse(&n->span, n->text);
		return true;
	}
	n->is_number = !starred && str_to_f64(n->text, &n->number);
	if (n->compare == QUERY_TOKEN && str_empty(n->text)) {
		n->compare = starred ? QUERY_PRESENT : QUERY_EQUAL;
		if (starred)
			return true;
	}
	switch (n->field) {
	case FIELD_LEVEL:
		return level_value(p, n, where);
	case FIELD_TRACE:
	case FIELD_SPAN:
	case FIELD_PARENT:
		return id_value(p, n, where);
	case FIELD_DURATION:
		if (duration_parse(n->text, &ns)) {
			n->number = (double)ns;
			n->is_number = true;
		}
		return n->is_number ? true : query_fail(p, where, "a duration such as 300ms or 2s is expected here");
	default:
		return true;
	}
}

/* --- regexes ----------------------------------------------------------------------------------------------------------------------------------- */

bool parse_leaf_regex(struct parser *p, struct query_node *n, struct str source, bool without_case, bool whole, size_t where)
{
	if (p->regexes++ >= QUERY_MAX_REGEXES)
		return query_fail(p, where, "more than 16 regexes in one query; join some of them with |");
	struct query_regex *r = regex_new(source, without_case, whole, p->e);
	if (!r) {
		p->e->column += (uint32_t)where + 1;
		return false;
	}
	*regex_link(r) = p->q->regexes;
	p->q->regexes = r;
	n->compare = QUERY_REGEX;
	n->regex = r;
	n->whole = whole;
	n->text = source;
	n->lower = source;
	return true;
}

/* The position of the closing slash, or 0. */
static size_t closing_slash(const struct parser *p)
{
	for (size_t i = p->at + 1; i < p->text.len; i++) {
		if (p->text.p[i] == '\\')
			i++;
		else if (p->text.p[i] == '/')
			return i > p->at + 1 ? i : 0;
	}
	return 0;
}

bool parse_regex_ahead(const struct parser *p)
{
	size_t end = parse_at(p, p->at) == '/' ? closing_slash(p) : 0;
	char c = parse_at(p, end + 1 + (parse_at(p, end + 1) == 'i'));
	return end && (c == '\0' || parse_is_blank(c) || c == ')' || c == '|' || c == ',');
}

static bool slashes(struct parser *p, struct query_node *n)
{
	size_t start = p->at, end = closing_slash(p);
	bool without_case = parse_at(p, end + 1) == 'i';
	p->at = end + 1 + without_case;
	return parse_leaf_regex(p, n, str_sub(p->text, start + 1, end), without_case, false, start + 1);
}

/* --- leaves ------------------------------------------------------------------------------------------------------------------------------------ */

static struct str bare(struct parser *p, bool list)
{
	size_t start = p->at;
	for (; p->at < p->text.len; p->at++) {
		char c = p->text.p[p->at];
		if (parse_is_blank(c) || c == '(' || c == ')' || c == '|' || (list && c == ','))
			break;
	}
	return str_sub(p->text, start, p->at);
}

/* A word or phrase with its stars; edge_* are set where a star stood. */
static bool needle(struct parser *p, struct query_node *n, bool list)
{
	if (parse_at(p, p->at) == '*' && parse_is_quote(parse_at(p, p->at + 1))) {
		n->edge_left = true;
		p->at++;
	}
	if (parse_is_quote(parse_at(p, p->at))) {
		if (!parse_quoted(p, &n->text))
			return false;
		if (parse_at(p, p->at) == '*') {
			n->edge_right = true;
			p->at++;
		}
		return true;
	}
	n->text = bare(p, list);
	if (n->text.len > 1 && n->text.p[0] == '*') {
		n->edge_left = true;
		n->text = str_skip(n->text, 1);
	}
	if (n->text.len > 1 && n->text.p[n->text.len - 1] == '*') {
		n->edge_right = true;
		n->text = str_sub(n->text, 0, n->text.len - 1);
	}
	return true;
}

const struct query_node *parse_text_leaf(struct parser *p)
{
	size_t start = p->at;
	struct query_node *n = parse_node(p, QUERY_TEXT, start);
	if (!n)
		return NULL;
	if (parse_at(p, start) == '=' && parse_is_quote(parse_at(p, start + 1))) {
		p->at++;
		n->compare = QUERY_EXACT;
		return parse_quoted(p, &n->text) && parse_leaf_value(p, n, start) ? n : NULL;
	}
	if (parse_regex_ahead(p))
		return slashes(p, n) ? n : NULL;
	if (!needle(p, n, false))
		return NULL;
	if (str_eq(n->text, STR("*")) && p->at == start + 1) {
		n->op = QUERY_ALL;
		return n;
	}
	return parse_leaf_value(p, n, start) ? n : NULL;
}

/* [low TO high], { } without the end itself, * open. False: none is here, and p is where it was. */
static bool range_text(struct parser *p, struct str ends[2], size_t at[2], bool open[2])
{
	size_t i = p->at;
	open[0] = parse_at(p, i) == '{';
	if (!open[0] && parse_at(p, i) != '[')
		return false;
	size_t close = i + 1;
	while (close < p->text.len && p->text.p[close] != ']' && p->text.p[close] != '}')
		close++;
	size_t to = str_find(str_sub(p->text, i, close), STR(" TO "));
	if (close >= p->text.len || to == SIZE_MAX)
		return false;
	open[1] = p->text.p[close] == '}';
	ends[0] = str_trim(str_sub(p->text, i + 1, i + to));
	ends[1] = str_trim(str_sub(p->text, i + to + 4, close));
	at[0] = (size_t)(ends[0].p - p->text.p);
	at[1] = (size_t)(ends[1].p - p->text.p);
	p->at = close + 1;
	return true;
}

static const struct query_node *range(struct parser *p, struct str name, size_t start, const struct str ends[2], const size_t at[2], const bool open[2])
{
	static const enum query_compare compares[2][2] = { { QUERY_GREATER_EQUAL, QUERY_GREATER }, { QUERY_LESS_EQUAL, QUERY_LESS } };
	const struct query_node *sides[2] = { NULL, NULL };
	for (int i = 0; i < 2; i++) {
		if (str_eq(ends[i], STR("*")))
			continue;
		struct str end = ends[i];
		if (end.len >= 2 && end.p[0] == '"' && end.p[end.len - 1] == '"')
			end = str_sub(end, 1, end.len - 1);
		if (str_empty(end)) {
			query_fail(p, at[i], "an end of the range is missing here; * leaves it open");
			return NULL;
		}
		struct query_node *n = parse_new_field(p, name, compares[i][open[i]], start);
		if (!n)
			return NULL;
		n->text = end;
		if (!parse_leaf_value(p, n, at[i]))
			return NULL;
		sides[i] = n;
	}
	if (!sides[0] && !sides[1])
		return parse_new_field(p, name, QUERY_PRESENT, start);
	return !sides[1] ? sides[0] : !sides[0] ? sides[1] : parse_join(p, QUERY_AND, sides[0], sides[1]);
}

static const struct query_node *one_value(struct parser *p, struct str name, enum query_compare compare, size_t start, bool list)
{
	struct query_node *n = parse_new_field(p, name, compare, start);
	size_t where = p->at;
	bool quote = parse_is_quote(parse_at(p, where));
	if (!n)
		return NULL;
	if (compare == QUERY_REGEX) { /* =~ and !~ */
		if (!quote && parse_regex_ahead(p))
			return slashes(p, n) ? n : NULL;
		struct str source;
		if (!quote)
			source = bare(p, false);
		else if (!parse_quoted(p, &source))
			return NULL;
		return parse_leaf_regex(p, n, source, false, true, where + quote) ? n : NULL;
	}
	if (compare == QUERY_TOKEN && parse_regex_ahead(p))
		return slashes(p, n) ? n : NULL;
	if (!needle(p, n, list))
		return NULL;
	if (str_empty(n->text) && p->at == where) {
		query_fail(p, where, "a value is missing here; field:* asks for any value, and text with such signs stands in quotes");
		return NULL;
	}
	if (!quote && (compare == QUERY_TOKEN || compare == QUERY_EQUAL) && str_eq(n->text, STR("*"))) {
		n->compare = QUERY_PRESENT;
		n->text = (struct str){ NULL, 0 };
		n->edge_left = n->edge_right = false;
		return n;
	}
	/* Stars belong to field:value; "=" with a star is meant the same way. */
	if ((n->edge_left || n->edge_right) && compare == QUERY_EQUAL)
		n->compare = QUERY_TOKEN;
	bool negative = (n->edge_left || n->edge_right) && compare == QUERY_NOT_EQUAL;
	if (negative)
		n->compare = QUERY_TOKEN;
	if (!parse_leaf_value(p, n, where))
		return NULL;
	return negative ? parse_not(p, n) : n;
}

const struct query_node *parse_field_leaf(struct parser *p, struct str name, enum query_compare compare, size_t start)
{
	struct str ends[2];
	size_t at[2];
	bool open[2], list = compare == QUERY_TOKEN || compare == QUERY_EQUAL || compare == QUERY_NOT_EQUAL;
	if (compare == QUERY_TOKEN && range_text(p, ends, at, open))
		return range(p, name, start, ends, at, open);
	const struct query_node *left = one_value(p, name, compare, start, list);
	while (left && list && parse_at(p, p->at) == ',') {
		p->at++;
		left = parse_join(p, compare == QUERY_NOT_EQUAL ? QUERY_AND : QUERY_OR, left, one_value(p, name, compare, start, list));
	}
	return left;
}
