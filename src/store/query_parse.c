/* Query text to tree: recursive descent over three levels (OR, AND, term). See query.h for the syntax. */
#include "base/suggest.h"
#include "base/time.h"
#include "store/query.h"

struct parser {
	struct arena *a;
	struct str text;
	size_t at;
	int depth;
	struct err *e;
};

static bool fail(struct parser *p, size_t at, const char *message)
{
	err_set(p->e, ERR_INPUT, "%s", message);
	p->e->column = (uint32_t)at + 1;
	return false;
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '@'; }
static bool is_name(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '/'; }
static char at(const struct parser *p, size_t i) { return i < p->text.len ? p->text.p[i] : '\0'; }

static void skip_blanks(struct parser *p)
{
	while (p->at < p->text.len && is_blank(p->text.p[p->at]))
		p->at++;
}

static struct query_node *node(struct parser *p, enum query_op op, size_t where)
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

/* A whole-word operator such as OR, not part of a longer word. */
static bool keyword(struct parser *p, struct str word)
{
	if (!str_starts(str_skip(p->text, p->at), word))
		return false;
	char next = at(p, p->at + word.len);
	return next == '\0' || is_blank(next) || next == '(' || next == ')';
}

/* The text of a quoted value, the opening quote at p->at. */
static bool quoted(struct parser *p, struct str *out)
{
	size_t start = p->at++, n = 0;
	char *copy = arena_bytes(p->a, p->text.len - start);
	if (!copy)
		return fail(p, start, "the query is too large");
	for (; p->at < p->text.len; p->at++) {
		char c = p->text.p[p->at];
		if (c == '"') {
			p->at++;
			*out = (struct str){ copy, n };
			return true;
		}
		if (c == '\\' && (at(p, p->at + 1) == '"' || at(p, p->at + 1) == '\\'))
			c = p->text.p[++p->at];
		copy[n++] = c;
	}
	return fail(p, start, "the quote that begins here is not closed");
}

static struct str bare(struct parser *p)
{
	size_t start = p->at;
	while (p->at < p->text.len && !is_blank(p->text.p[p->at]) && p->text.p[p->at] != ')' && p->text.p[p->at] != '(')
		p->at++;
	return str_sub(p->text, start, p->at);
}

/* --- fields -------------------------------------------------------------------------------------------------------------------------- */

static const struct { struct str name; enum query_field field; } fields[] = {
	{ STR_INIT("service"), FIELD_SERVICE }, { STR_INIT("version"), FIELD_VERSION }, { STR_INIT("instance"), FIELD_INSTANCE },
	{ STR_INIT("level"), FIELD_LEVEL }, { STR_INIT("trace"), FIELD_TRACE }, { STR_INIT("trace_id"), FIELD_TRACE },
	{ STR_INIT("span"), FIELD_SPAN }, { STR_INIT("span_id"), FIELD_SPAN }, { STR_INIT("body"), FIELD_BODY }, { STR_INIT("name"), FIELD_BODY },
	{ STR_INIT("kind"), FIELD_KIND }, { STR_INIT("status"), FIELD_STATUS }, { STR_INIT("duration"), FIELD_DURATION },
	{ STR_INIT("scope"), FIELD_SCOPE }, { STR_INIT("parent"), FIELD_PARENT },
};

static enum query_field field_of(struct str name)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (str_eq_ci(fields[i].name, name))
			return fields[i].field;
	return FIELD_ATTRIBUTE;
}

static const struct { const char *text; enum query_compare compare; } compares[] = {
	{ "!=", QUERY_NOT_EQUAL }, { ">=", QUERY_GREATER_EQUAL }, { "<=", QUERY_LESS_EQUAL }, { ">", QUERY_GREATER }, { "<", QUERY_LESS },
	{ "=", QUERY_EQUAL }, { ":", QUERY_EQUAL },
};

/* The comparison at position i; its length, or 0. "field:>=5" is read like "field>=5". */
static size_t comparison(const struct parser *p, size_t i, enum query_compare *out)
{
	size_t colon = at(p, i) == ':' && (at(p, i + 1) == '>' || at(p, i + 1) == '<') ? 1 : 0;
	struct str rest = str_skip(p->text, i + colon);
	for (size_t k = 0; k < sizeof(compares) / sizeof(compares[0]); k++)
		if (str_starts(rest, str_z(compares[k].text))) {
			*out = compares[k].compare;
			return strlen(compares[k].text) + colon;
		}
	return 0;
}

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

static bool id_value(struct parser *p, struct query_node *n, size_t where)
{
	if (n->compare != QUERY_EQUAL && n->compare != QUERY_NOT_EQUAL)
		return fail(p, where, "an id can only be compared with : or !=");
	if (n->field == FIELD_TRACE)
		return trace_id_parse(&n->trace, n->text) ? true : fail(p, where, "a trace id has 32 hex digits, not all zero");
	return span_id_parse(&n->span, n->text) ? true : fail(p, where, "a span id has 16 hex digits, not all zero");
}

/* What the value means for its field. */
static bool field_value(struct parser *p, struct query_node *n, size_t where)
{
	if (n->compare == QUERY_PRESENT)
		return true;
	n->is_number = str_to_f64(n->text, &n->number);
	int64_t ns;
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
		return n->is_number ? true : fail(p, where, "a duration such as 300ms or 2s is expected here");
	default:
		return true;
	}
}

static void outer_stars(struct query_node *n)
{
	if (n->text.len == 1 && n->text.p[0] == '*') {
		n->compare = n->compare == QUERY_EQUAL ? QUERY_PRESENT : n->compare;
		return;
	}
	n->star_before = n->text.p[0] == '*';
	n->text = str_skip(n->text, n->star_before);
	n->star_after = n->text.p[n->text.len - 1] == '*';
	n->text = str_sub(n->text, 0, n->text.len - n->star_after);
}

static const struct query_node *field_term(struct parser *p, struct str name, enum query_compare compare, size_t start)
{
	struct query_node *n = node(p, QUERY_FIELD, start);
	if (!n)
		return NULL;
	n->name = name;
	n->field = field_of(name);
	n->compare = compare;
	size_t where = p->at;
	if (at(p, p->at) == '"') {
		if (!quoted(p, &n->text))
			return NULL;
	} else {
		n->text = bare(p);
		if (str_empty(n->text)) {
			fail(p, where, "a value is missing here; field:* asks for any value");
			return NULL;
		}
		if (compare == QUERY_EQUAL || compare == QUERY_NOT_EQUAL)
			outer_stars(n);
	}
	return field_value(p, n, where) ? n : NULL;
}

/* --- terms --------------------------------------------------------------------------------------------------------------------------- */

static const struct query_node *either(struct parser *p);

static const struct query_node *group(struct parser *p)
{
	size_t start = p->at++;
	if (p->depth >= QUERY_MAX_DEPTH) {
		fail(p, start, "parentheses are nested too deeply");
		return NULL;
	}
	p->depth++;
	const struct query_node *n = either(p);
	p->depth--;
	skip_blanks(p);
	if (n && at(p, p->at) != ')') {
		fail(p, start, "the parenthesis that opens here is not closed");
		return NULL;
	}
	p->at++;
	return n;
}

static const struct query_node *text_term(struct parser *p)
{
	struct query_node *n = node(p, QUERY_TEXT, p->at);
	if (!n)
		return NULL;
	if (at(p, p->at) == '"')
		return quoted(p, &n->text) ? n : NULL;
	n->text = bare(p);
	return n;
}

static const struct query_node *word_or_field(struct parser *p)
{
	size_t start = p->at, i = p->at;
	enum query_compare compare = QUERY_EQUAL;
	if (is_letter(at(p, i)))
		while (is_name(at(p, i)))
			i++;
	size_t n = i > start ? comparison(p, i, &compare) : 0;
	struct str rest = str_skip(p->text, i + n);
	/* A pasted address is text, not a field called "http". */
	if (n == 0 || (at(p, i) == ':' && str_starts(rest, STR("//"))))
		return text_term(p);
	p->at = i + n;
	return field_term(p, str_sub(p->text, start, i), compare, start);
}

static const struct query_node *negated(struct parser *p, size_t skip);

static const struct query_node *term(struct parser *p)
{
	skip_blanks(p);
	char c = at(p, p->at), next = at(p, p->at + 1);
	if (c == '(')
		return group(p);
	if (c == ')') {
		fail(p, p->at, "this parenthesis was never opened");
		return NULL;
	}
	if (c == '-' && next != '\0' && !is_blank(next) && next != '-' && next != ')')
		return negated(p, 1);
	if (keyword(p, STR("NOT")))
		return negated(p, 3);
	if (keyword(p, STR("OR")) || keyword(p, STR("AND"))) {
		fail(p, p->at, "a term is missing before this word");
		return NULL;
	}
	return word_or_field(p);
}

static const struct query_node *negated(struct parser *p, size_t skip)
{
	struct query_node *n = node(p, QUERY_NOT, p->at);
	p->at += skip;
	skip_blanks(p);
	if (p->at >= p->text.len) {
		fail(p, p->at, "a term is missing after NOT");
		return NULL;
	}
	if (++p->depth > QUERY_MAX_DEPTH) {
		fail(p, p->at, "NOT is nested too deeply");
		return NULL;
	}
	const struct query_node *of = n ? term(p) : NULL;
	p->depth--;
	if (!of)
		return NULL;
	n->left = of;
	return n;
}

static const struct query_node *join(struct parser *p, enum query_op op, const struct query_node *left, const struct query_node *right)
{
	struct query_node *n = left && right ? node(p, op, left->column - 1) : NULL;
	if (n) {
		n->left = left;
		n->right = right;
	}
	return n;
}

static const struct query_node *all(struct parser *p)
{
	const struct query_node *left = term(p);
	while (left) {
		skip_blanks(p);
		if (keyword(p, STR("AND"))) {
			p->at += 3;
			skip_blanks(p);
			if (p->at >= p->text.len || at(p, p->at) == ')') {
				fail(p, p->at, "a term is missing after AND");
				return NULL;
			}
		}
		if (p->at >= p->text.len || at(p, p->at) == ')' || keyword(p, STR("OR")))
			break;
		left = join(p, QUERY_AND, left, term(p));
	}
	return left;
}

static const struct query_node *either(struct parser *p)
{
	skip_blanks(p);
	if (p->at >= p->text.len || at(p, p->at) == ')') {
		fail(p, p->at, "a term is missing here");
		return NULL;
	}
	const struct query_node *left = all(p);
	for (;;) {
		skip_blanks(p);
		if (!left || !keyword(p, STR("OR")))
			return left;
		p->at += 2;
		skip_blanks(p);
		if (p->at >= p->text.len || at(p, p->at) == ')') {
			fail(p, p->at, "a term is missing after OR");
			return NULL;
		}
		left = join(p, QUERY_OR, left, all(p));
	}
}

/* A trace id that every match must have. AND chains lean left, so this is a loop, not a recursion. */
static void find_trace(struct query *q, const struct query_node *n)
{
	for (; n; n = n->op == QUERY_AND ? n->left : NULL) {
		const struct query_node *leaf = n->op == QUERY_AND ? n->right : n;
		if (leaf->op == QUERY_FIELD && leaf->field == FIELD_TRACE && leaf->compare == QUERY_EQUAL) {
			q->has_trace = true;
			q->trace = leaf->trace;
		}
	}
}

bool query_parse(struct query *q, struct arena *a, struct str text, struct err *e)
{
	static const struct query_node everything = { .op = QUERY_ALL };
	struct parser p = { .a = a, .text = text, .e = e };
	struct query out = { .root = &everything, .text = text };
	if (text.len > QUERY_MAX_TEXT)
		return fail(&p, QUERY_MAX_TEXT, "the query is longer than 4096 bytes");
	skip_blanks(&p);
	if (p.at < text.len) {
		out.root = either(&p);
		if (!out.root)
			return err_is_set(e) ? false : fail(&p, p.at, "the query is too large");
		skip_blanks(&p);
		if (p.at < text.len)
			return fail(&p, p.at, "this parenthesis was never opened");
		find_trace(&out, out.root);
	}
	*q = out;
	return true;
}
