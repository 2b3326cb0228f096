/* Query text to tree: recursive descent over three levels (OR, AND, term). See query.h for the syntax; query_value.c makes the leaves. */
#include "base/time.h"
#include "store/query_impl.h"

bool query_fail(struct parser *p, size_t at, const char *message)
{
	err_set(p->e, ERR_INPUT, "%s", message);
	p->e->column = (uint32_t)at + 1;
	return false;
}

void parse_skip_blanks(struct parser *p)
{
	while (p->at < p->text.len && parse_is_blank(p->text.p[p->at]))
		p->at++;
}

struct query_node *parse_node(struct parser *p, enum query_op op, size_t where)
{
	struct query_node *n = ARENA_NEW(p->a, struct query_node);
	if (!n) {
		err_set(p->e, ERR_TOO_LARGE, "the query is too large");
		return NULL;
	}
	n->op = op;
	n->column = (uint32_t)where + 1;
	return n;
}

const struct query_node *parse_join(struct parser *p, enum query_op op, const struct query_node *left, const struct query_node *right)
{
	if (!left || !right)
		return NULL;
	if (op == QUERY_AND && (left->op == QUERY_ALL || right->op == QUERY_ALL))
		return left->op == QUERY_ALL ? right : left;
	struct query_node *n = parse_node(p, op, left->column - 1);
	if (n) {
		n->left = left;
		n->right = right;
	}
	return n;
}

const struct query_node *parse_not(struct parser *p, const struct query_node *of)
{
	struct query_node *n = of ? parse_node(p, QUERY_NOT, of->column - 1) : NULL;
	if (n)
		n->left = of;
	return n;
}

bool parse_quoted(struct parser *p, struct str *out)
{
	size_t start = p->at++, n = 0;
	char quote = p->text.p[start];
	char *copy = arena_bytes(p->a, p->text.len - start);
	if (!copy) {
		err_set(p->e, ERR_TOO_LARGE, "the query is too large");
		return false;
	}
	for (; p->at < p->text.len; p->at++) {
		char c = p->text.p[p->at];
		if (c == quote) {
			p->at++;
			*out = (struct str){ copy, n };
			return true;
		}
		if (quote == '"' && c == '\\' && (parse_at(p, p->at + 1) == '"' || parse_at(p, p->at + 1) == '\\'))
			c = p->text.p[++p->at];
		copy[n++] = c;
	}
	return query_fail(p, start, "the quote that begins here is not closed");
}

bool parse_at_pipe(const struct parser *p)
{
	char next = parse_at(p, p->at + 1);
	return parse_at(p, p->at) == '|' && next != '=' && next != '~' && next != '>' && next != '|';
}

/* --- words that join ------------------------------------------------------------------------------------------------------------------- */

/* A whole-word operator such as OR, in either case, not part of a longer word. */
static bool keyword(const struct parser *p, struct str word)
{
	if (!str_eq_ci(str_sub(p->text, p->at, p->at + word.len), word))
		return false;
	char next = parse_at(p, p->at + word.len);
	return next == '\0' || parse_is_blank(next) || next == '(' || next == ')' || next == '|';
}

/* The length of AND (OR) here, or 0. */
static size_t is_and(const struct parser *p) { return keyword(p, STR("AND")) ? 3 : str_starts(str_skip(p->text, p->at), STR("&&")) ? 2 : 0; }
static size_t is_or(const struct parser *p) { return keyword(p, STR("OR")) || str_starts(str_skip(p->text, p->at), STR("||")) ? 2 : 0; }

static bool at_end(const struct parser *p) { return p->at >= p->text.len || parse_at(p, p->at) == ')' || parse_at_pipe(p); }

/* --- terms ------------------------------------------------------------------------------------------------------------------------------ */

static const struct query_node *either(struct parser *p);
static const struct query_node *term(struct parser *p);

static const struct query_node *group(struct parser *p)
{
	size_t start = p->at++;
	bool inside = p->inside;
	if (p->depth >= QUERY_MAX_DEPTH) {
		query_fail(p, start, "parentheses are nested too deeply");
		return NULL;
	}
	p->depth++;
	p->inside = true;
	const struct query_node *n = either(p);
	p->inside = inside;
	p->depth--;
	parse_skip_blanks(p);
	if (n && parse_at(p, p->at) != ')') {
		query_fail(p, start, "the parenthesis that opens here is not closed");
		return NULL;
	}
	p->at++;
	return n;
}

static const struct { const char *text; enum query_compare compare; bool is_not; } compares[] = {
	{ "=~", QUERY_REGEX, false }, { "!~", QUERY_REGEX, true }, { "!=", QUERY_NOT_EQUAL, false }, { ">=", QUERY_GREATER_EQUAL, false },
	{ "<=", QUERY_LESS_EQUAL, false }, { "==", QUERY_EQUAL, false }, { ">", QUERY_GREATER, false }, { "<", QUERY_LESS, false },
	{ "=", QUERY_EQUAL, false }, { ":", QUERY_TOKEN, false },
};

struct comparison { enum query_compare compare; bool is_not; size_t length; };

/* The comparison at position i; length 0: none. "field:>=5" is read like "field>=5", "field:=x" like "field=x". */
static struct comparison comparison(const struct parser *p, size_t i)
{
	char next = parse_at(p, i + 1);
	size_t colon = parse_at(p, i) == ':' && (next == '>' || next == '<' || next == '=') ? 1 : 0;
	struct str rest = str_skip(p->text, i + colon);
	/* A pasted address is text, not a field called "http"; nor is std::string. */
	if (str_starts(rest, STR("://")) || str_starts(rest, STR("::")))
		return (struct comparison){ 0 };
	for (size_t k = 0; k < sizeof(compares) / sizeof(compares[0]); k++)
		if (str_starts(rest, str_z(compares[k].text)))
			return (struct comparison){ compares[k].compare, compares[k].is_not, strlen(compares[k].text) + colon };
	return (struct comparison){ 0 };
}

/* "status >= 500": blanks before the sign. A sign that belongs to an arrow, or that nothing follows, is text. */
static struct comparison spaced_comparison(const struct parser *p, size_t *i)
{
	size_t k = *i;
	while (parse_is_blank(parse_at(p, k)))
		k++;
	if (k == *i || parse_at(p, k) == ':')
		return (struct comparison){ 0 };
	struct comparison c = comparison(p, k);
	char next = parse_at(p, k + c.length);
	if (c.length && !parse_is_blank(next) && !parse_is_quote(next) && !query_is_token_char(next) && next != '-' && next != '.' && next != '/')
		return (struct comparison){ 0 };
	/* a ="b": a word and an exact text. */
	if (c.length == 1 && c.compare == QUERY_EQUAL && parse_is_quote(next))
		return (struct comparison){ 0 };
	size_t value = k + c.length;
	while (parse_is_blank(parse_at(p, value)))
		value++;
	if (value >= p->text.len || parse_at(p, value) == ')' || parse_at(p, value) == '|')
		return (struct comparison){ 0 };
	*i = k;
	return c;
}

/* last:30m */
static const struct query_node *last(struct parser *p, size_t start)
{
	size_t from = p->at;
	int64_t ns;
	while (p->at < p->text.len && !parse_is_blank(p->text.p[p->at]) && p->text.p[p->at] != '|' && p->text.p[p->at] != ')')
		p->at++;
	if (!duration_parse(str_sub(p->text, from, p->at), &ns) || ns == 0) {
		query_fail(p, from, "a duration such as 30m, 2h or 7d is expected here");
		return NULL;
	}
	if (p->inside || p->q->has_last) {
		query_fail(p, start, p->inside ? "last: is the time of the whole search; it cannot stand under OR, NOT or in parentheses" : "last: stands here a second time");
		return NULL;
	}
	p->q->has_last = true;
	p->q->last = ns;
	return parse_node(p, QUERY_ALL, start);
}

/* has:field */
static const struct query_node *has(struct parser *p, size_t start)
{
	struct str name;
	size_t from = p->at;
	if (parse_is_quote(parse_at(p, p->at))) {
		if (!parse_quoted(p, &name))
			return NULL;
	} else {
		while (parse_is_name(parse_at(p, p->at)))
			p->at++;
		name = str_sub(p->text, from, p->at);
	}
	if (str_empty(name)) {
		query_fail(p, from, "the name of a field is expected here");
		return NULL;
	}
	return parse_new_field(p, name, QUERY_PRESENT, start);
}

/* A name in quotes is a field's, whatever it says. */
static const struct query_node *field(struct parser *p, struct str name, struct comparison c, size_t start)
{
	bool colon = c.compare == QUERY_TOKEN;
	bool word = colon && !parse_is_quote(parse_at(p, start));
	if (word && (str_eq(name, STR("last")) || str_eq(name, STR("_time"))))
		return last(p, start);
	if (word && (str_eq(name, STR("has")) || str_eq(name, STR("_exists_"))))
		return has(p, start);
	if (colon && parse_at(p, p->at) == '(') {
		struct parser outer = *p;
		if (p->has_field) {
			query_fail(p, p->at, "parentheses behind a field cannot hold another field with parentheses");
			return NULL;
		}
		p->has_field = true;
		p->field = name;
		p->field_at = start;
		const struct query_node *n = group(p);
		p->has_field = outer.has_field;
		return n;
	}
	const struct query_node *n = parse_field_leaf(p, name, c.compare, start);
	return c.is_not ? parse_not(p, n) : n;
}

/* Where a field's name and a comparison stand at p->at: moves behind them. */
static bool field_ahead(struct parser *p, struct str *name, struct comparison *c)
{
	size_t start = p->at, i = start;
	if (parse_is_letter(parse_at(p, i))) {
		while (parse_is_name(parse_at(p, i)))
			i++;
		*name = str_sub(p->text, start, i);
		*c = comparison(p, i);
		if (c->length == 0)
			*c = spaced_comparison(p, &i);
	}
	if (i == start || c->length == 0)
		return false;
	p->at = i + c->length;
	if (c->compare != QUERY_TOKEN)
		parse_skip_blanks(p);
	return true;
}

static const struct query_node *word_or_field(struct parser *p)
{
	size_t start = p->at;
	struct str name = { NULL, 0 };
	struct comparison c = { 0 };
	if (p->has_field)
		return parse_field_leaf(p, p->field, QUERY_TOKEN, start);
	if (field_ahead(p, &name, &c))
		return field(p, name, c, start);
	/* "name with blanks":value */
	if (parse_at(p, start) == '"') {
		if (!parse_quoted(p, &name))
			return NULL;
		c = comparison(p, p->at);
		if (c.length && name.len) {
			p->at += c.length;
			return field(p, name, c, start);
		}
		p->at = start;
	}
	return parse_text_leaf(p);
}

static const struct query_node *negated(struct parser *p, size_t skip)
{
	size_t start = p->at;
	bool inside = p->inside;
	p->at += skip;
	parse_skip_blanks(p);
	if (at_end(p)) {
		query_fail(p, p->at, "a term is missing after NOT");
		return NULL;
	}
	if (++p->depth > QUERY_MAX_DEPTH) {
		query_fail(p, p->at, "NOT is nested too deeply");
		return NULL;
	}
	p->inside = true;
	const struct query_node *of = term(p);
	p->inside = inside;
	p->depth--;
	struct query_node *n = of ? parse_node(p, QUERY_NOT, start) : NULL;
	if (n)
		n->left = of;
	return n;
}

static const struct query_node *term(struct parser *p)
{
	parse_skip_blanks(p);
	char c = parse_at(p, p->at), next = parse_at(p, p->at + 1);
	if (c == '(')
		return group(p);
	if (c == ')') {
		query_fail(p, p->at, "this parenthesis was never opened");
		return NULL;
	}
	if (loki_selector_ahead(p))
		return loki_selector(p);
	if (loki_filter_ahead(p))
		return loki_filter(p);
	if (c == '-' && next != '\0' && !parse_is_blank(next) && next != '-' && next != ')' && next != '|' && next != '>')
		return negated(p, 1);
	if (c == '!' && (query_is_token_char(next) || parse_is_quote(next) || next == '('))
		return negated(p, 1);
	if (keyword(p, STR("NOT")))
		return negated(p, 3);
	if (is_or(p) || is_and(p)) {
		query_fail(p, p->at, "a term is missing before this word; to search for the word itself, quote it");
		return NULL;
	}
	if (c == '+' && (parse_is_letter(next) || next == '"')) /* Lucene: must be there, as every term here */
		p->at++;
	return word_or_field(p);
}

static const struct query_node *all(struct parser *p)
{
	const struct query_node *left = term(p);
	while (left) {
		parse_skip_blanks(p);
		size_t n = is_and(p);
		p->at += n;
		if (n) {
			parse_skip_blanks(p);
			if (at_end(p)) {
				query_fail(p, p->at, "a term is missing after AND");
				return NULL;
			}
		}
		if (at_end(p) || (n == 0 && is_or(p)))
			break;
		left = parse_join(p, QUERY_AND, left, term(p));
	}
	return left;
}

static const struct query_node *either(struct parser *p)
{
	bool inside = p->inside, had_last = p->q->has_last;
	parse_skip_blanks(p);
	if (at_end(p)) {
		query_fail(p, p->at, "a term is missing here; to search for the signs themselves, quote them");
		return NULL;
	}
	const struct query_node *left = all(p);
	for (;;) {
		parse_skip_blanks(p);
		if (!left || !is_or(p))
			break;
		if (p->q->has_last != had_last) {
			query_fail(p, p->at, "last: is the time of the whole search; it cannot stand under OR: put the rest in parentheses");
			return NULL;
		}
		p->at += 2;
		parse_skip_blanks(p);
		if (at_end(p)) {
			query_fail(p, p->at, "a term is missing after OR");
			return NULL;
		}
		p->inside = true;
		left = parse_join(p, QUERY_OR, left, all(p));
	}
	p->inside = inside;
	return left;
}

/* --- the whole -------------------------------------------------------------------------------------------------------------------------- */

/* sum by (app) (count_over_time({…}[5m])): told what to write instead. */
static bool is_metric_query(const struct parser *p)
{
	static const char *const words[] = { "sum", "avg", "min", "max", "count", "topk", "bottomk", "rate", "count_over_time", "bytes_rate", "bytes_over_time", "quantile_over_time" };
	struct str rest = str_skip(p->text, p->at);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!str_starts(rest, str_z(words[i])))
			continue;
		struct str behind = str_trim(str_skip(rest, strlen(words[i])));
		if ((str_starts(behind, STR("(")) || str_starts(behind, STR("by")) || str_starts(behind, STR("without"))) && str_find(rest, STR("({")) != SIZE_MAX)
			return true;
	}
	return false;
}

const struct query_node *parse_stage(struct parser *p)
{
	parse_skip_blanks(p);
	if (p->at >= p->text.len || parse_at_pipe(p))
		return parse_node(p, QUERY_ALL, p->at);
	if (is_metric_query(p)) {
		query_fail(p, p->at, "metrics of Loki are a pipe here: {app=\"x\"} | stats count() by service, bucket(5m)");
		return NULL;
	}
	const struct query_node *n = either(p);
	if (!n) {
		if (!err_is_set(p->e))
			err_set(p->e, ERR_TOO_LARGE, "the query is too large");
		return NULL;
	}
	parse_skip_blanks(p);
	if (p->at < p->text.len && !parse_at_pipe(p)) {
		query_fail(p, p->at, "this parenthesis was never opened");
		return NULL;
	}
	return n;
}

/* A trace id that every match must have. AND chains lean left, so this is a loop, not a recursion. */
static void find_trace(struct query *q)
{
	for (const struct query_node *n = q->root; n; n = n->op == QUERY_AND ? n->left : NULL) {
		const struct query_node *leaf = n->op == QUERY_AND ? n->right : n;
		if (leaf->op == QUERY_FIELD && leaf->field == FIELD_TRACE && leaf->is_trace && (leaf->compare == QUERY_EQUAL || leaf->compare == QUERY_TOKEN)) {
			q->has_trace = true;
			q->trace = leaf->trace;
		}
	}
}

bool query_begin(struct parser *p, struct query *q, struct arena *a, struct str text, struct err *e)
{
	*p = (struct parser){ .a = a, .text = text, .e = e, .q = q };
	*q = (struct query){ 0 };
	if (text.len > QUERY_MAX_TEXT)
		return query_fail(p, QUERY_MAX_TEXT, "the query is longer than 4096 bytes");
	q->root = parse_stage(p);
	if (!q->root) {
		query_release(q);
		return false;
	}
	q->text = str_sub(text, 0, p->at);
	find_trace(q);
	return true;
}

bool query_parse(struct query *q, struct arena *a, struct str text, struct err *e)
{
	struct parser p;
	struct query out;
	if (!query_begin(&p, &out, a, text, e))
		return false;
	if (p.at < text.len) {
		query_release(&out);
		return query_fail(&p, p.at, "no pipe can stand here; searches with pipes are asked at /api/query");
	}
	*q = out;
	return true;
}

void query_release(struct query *q)
{
	while (q->regexes) {
		struct query_regex *r = q->regexes;
		q->regexes = *regex_link(r);
		regex_free(r);
	}
}

uint64_t query_regex_limited(const struct query *q)
{
	uint64_t n = 0;
	for (struct query_regex *r = q->regexes; r; r = *regex_link(r))
		n += regex_limited(r);
	return n;
}
