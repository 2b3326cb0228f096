/* Loki's forms, as people paste them: a stream selector {app="x", level=~"a|b"} and line filters |= != |~ !~ behind it. Labels are fields here;
 * app, job and service_name also mean the service, whose name senders put there. */
#include "store/query_impl.h"

static void blanks(const struct parser *p, size_t *i)
{
	while (parse_is_blank(parse_at(p, *i)))
		++*i;
}

static bool is_label(char c) { return parse_is_name(c) && c != '/' && c != '-'; }

bool loki_selector_ahead(const struct parser *p)
{
	size_t i = p->at;
	if (parse_at(p, i++) != '{')
		return false;
	blanks(p, &i);
	if (parse_at(p, i) == '}')
		return true;
	size_t start = i;
	while (is_label(parse_at(p, i)))
		i++;
	size_t name = i - start;
	blanks(p, &i);
	char c = parse_at(p, i), next = parse_at(p, i + 1);
	return name && (c == '=' || (c == '!' && (next == '=' || next == '~')));
}

/* A leaf for one label under one name. */
static const struct query_node *label_leaf(struct parser *p, struct str name, bool regex, struct str value, size_t start, size_t where)
{
	struct query_node *n = parse_new_field(p, name, regex ? QUERY_REGEX : QUERY_EQUAL, start);
	if (!n)
		return NULL;
	if (regex)
		return parse_leaf_regex(p, n, value, false, true, where + 1) ? n : NULL;
	n->text = value;
	return parse_leaf_value(p, n, where) ? n : NULL;
}

static const struct query_node *label(struct parser *p)
{
	size_t start = p->at;
	while (is_label(parse_at(p, p->at)))
		p->at++;
	struct str name = str_sub(p->text, start, p->at), value;
	parse_skip_blanks(p);
	char c = parse_at(p, p->at), next = parse_at(p, p->at + 1);
	bool negative = c == '!', regex = next == '~';
	if (str_empty(name) || (c != '=' && !(negative && (next == '=' || regex)))) {
		query_fail(p, p->at, "a label with =, !=, =~ or !~ is expected here, such as {app=\"x\"}");
		return NULL;
	}
	p->at += 1 + (negative || regex);
	parse_skip_blanks(p);
	size_t where = p->at;
	if (!parse_is_quote(parse_at(p, where))) {
		query_fail(p, where, "the value of a label stands in quotes");
		return NULL;
	}
	if (!parse_quoted(p, &value))
		return NULL;
	bool service = str_eq(name, STR("app")) || str_eq(name, STR("job")) || str_eq(name, STR("service_name"));
	if (str_eq(name, STR("detected_level")))
		name = STR("level");
	const struct query_node *n = label_leaf(p, name, regex, value, start, where);
	if (n && service)
		n = parse_join(p, QUERY_OR, n, label_leaf(p, STR("service"), regex, value, start, where));
	return negative ? parse_not(p, n) : n;
}

const struct query_node *loki_selector(struct parser *p)
{
	size_t start = p->at++;
	const struct query_node *all = parse_node(p, QUERY_ALL, start);
	parse_skip_blanks(p);
	while (all && parse_at(p, p->at) != '}') {
		all = parse_join(p, QUERY_AND, all, label(p));
		parse_skip_blanks(p);
		if (parse_at(p, p->at) == ',') {
			p->at++;
			parse_skip_blanks(p);
		} else if (all && parse_at(p, p->at) != '}') {
			query_fail(p, p->at < p->text.len ? p->at : start, "this { … } is not closed, or a comma is missing");
			return NULL;
		}
	}
	p->at++;
	return all;
}

bool loki_filter_ahead(const struct parser *p)
{
	char c = parse_at(p, p->at), next = parse_at(p, p->at + 1);
	if (c == '|')
		return next == '=' || next == '~' || next == '>';
	size_t i = p->at + 2;
	if (c != '!' || (next != '=' && next != '~' && next != '>'))
		return false;
	blanks(p, &i);
	return parse_is_quote(parse_at(p, i));
}

static const struct query_node *filter_text(struct parser *p, bool regex, size_t start)
{
	struct query_node *n = parse_node(p, QUERY_TEXT, start);
	size_t where = p->at;
	struct str text;
	if (!parse_is_quote(parse_at(p, where))) {
		query_fail(p, where, "the text of a line filter stands in quotes: |= \"text\"");
		return NULL;
	}
	if (!n || !parse_quoted(p, &text))
		return NULL;
	if (regex)
		return parse_leaf_regex(p, n, text, false, false, where + 1) ? n : NULL;
	n->compare = QUERY_EXACT;
	n->text = text;
	return parse_leaf_value(p, n, where) ? n : NULL;
}

/* "or" with another text of the same filter. */
static bool or_text(struct parser *p)
{
	size_t i = p->at;
	blanks(p, &i);
	if (!str_eq_ci(str_sub(p->text, i, i + 2), STR("or")))
		return false;
	i += 2;
	blanks(p, &i);
	if (!parse_is_quote(parse_at(p, i)))
		return false;
	p->at = i;
	return true;
}

const struct query_node *loki_filter(struct parser *p)
{
	size_t start = p->at;
	bool negative = parse_at(p, start) == '!';
	char kind = parse_at(p, start + 1);
	if (kind == '>') {
		query_fail(p, start, "pattern filters are not known here; write |~ \"regex\", or | parse \"pattern\" and | where");
		return NULL;
	}
	p->at += 2;
	parse_skip_blanks(p);
	const struct query_node *n = filter_text(p, kind == '~', start);
	while (n && or_text(p))
		n = parse_join(p, QUERY_OR, n, filter_text(p, kind == '~', start));
	return negative ? parse_not(p, n) : n;
}
