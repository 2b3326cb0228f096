/* A tree as text, in the one usual spelling: for tests, for tools that rewrite a query, for messages. Parses to an equal tree. */
#include "store/query_impl.h"

static bool is_keyword(struct str s) { return str_eq_ci(s, STR("and")) || str_eq_ci(s, STR("or")) || str_eq_ci(s, STR("not")); }

static bool is_plain(struct str s)
{
	if (s.len == 0 || !query_is_token_char(s.p[0]) || is_keyword(s))
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!query_is_token_char(s.p[i]) && s.p[i] != '.' && s.p[i] != '-' && s.p[i] != '/' && s.p[i] != '@')
			return false;
	return true;
}

void query_quote(struct buf *b, struct str s)
{
	buf_char(b, '"');
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			buf_char(b, '\\');
		buf_char(b, s.p[i]);
	}
	buf_char(b, '"');
}

static void value(struct buf *b, struct str s)
{
	if (is_plain(s))
		buf_add(b, s);
	else
		query_quote(b, s);
}

/* A star where the boundary is missing that the needle's own end would ask for. */
static void needle(struct buf *b, const struct query_node *n)
{
	bool left = n->text.len && !n->edge_left && query_is_token_char(n->text.p[0]);
	bool right = n->text.len && !n->edge_right && query_is_token_char(n->text.p[n->text.len - 1]);
	buf_add(b, left ? STR("*") : STR(""));
	value(b, n->text);
	buf_add(b, right ? STR("*") : STR(""));
}

void regex_print(struct buf *b, const struct query_regex *r)
{
	struct str source = regex_source(r);
	buf_add(b, source.len ? STR("/") : STR("/(?:)"));
	for (size_t i = 0; i < source.len; i++) {
		if (source.p[i] == '\\' && i + 1 < source.len)
			buf_char(b, source.p[i++]);
		else if (source.p[i] == '/')
			buf_char(b, '\\');
		buf_char(b, source.p[i]);
	}
	buf_add(b, regex_without_case(r) ? STR("/i") : STR("/"));
}

static bool plain_name(struct str s)
{
	if (s.len == 0 || !parse_is_letter(s.p[0]) || is_keyword(s) || str_eq(s, STR("has")) || str_eq(s, STR("_exists_")) || str_eq(s, STR("last")) || str_eq(s, STR("_time")))
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!parse_is_name(s.p[i]))
			return false;
	return true;
}

static void field(struct buf *b, const struct query_node *n)
{
	static const char *const signs[] = { ":", "=", "!=", "<", "<=", ">", ">=", ":*", "=", ":" };
	if (plain_name(n->name))
		buf_add(b, n->name);
	else
		query_quote(b, n->name);
	if (n->compare == QUERY_REGEX) {
		buf_add(b, n->whole ? STR("=~") : STR(":"));
		if (n->whole)
			query_quote(b, n->text);
		else
			regex_print(b, n->regex);
		return;
	}
	buf_add(b, str_z(signs[n->compare]));
	if (n->compare == QUERY_TOKEN)
		needle(b, n);
	else if (n->compare != QUERY_PRESENT)
		value(b, n->text);
}

static void text(struct buf *b, const struct query_node *n)
{
	if (n->compare == QUERY_REGEX) {
		regex_print(b, n->regex);
	} else if (n->compare == QUERY_EXACT) {
		buf_char(b, '=');
		query_quote(b, n->text);
	} else {
		needle(b, n);
	}
}

static void inner(struct buf *b, const struct query_node *n, bool group)
{
	buf_add(b, group ? STR("(") : STR(""));
	query_print(b, n);
	buf_add(b, group ? STR(")") : STR(""));
}

void query_print(struct buf *b, const struct query_node *n)
{
	switch (n->op) {
	case QUERY_ALL:
		buf_char(b, '*');
		return;
	case QUERY_AND:
		inner(b, n->left, n->left->op == QUERY_OR);
		buf_char(b, ' ');
		inner(b, n->right, n->right->op == QUERY_OR || n->right->op == QUERY_AND);
		return;
	case QUERY_OR:
		inner(b, n->left, false);
		buf_add(b, STR(" or "));
		inner(b, n->right, n->right->op == QUERY_OR);
		return;
	case QUERY_NOT:
		buf_add(b, n->left->op == QUERY_NOT ? STR("not ") : STR("-"));
		inner(b, n->left, n->left->op == QUERY_AND || n->left->op == QUERY_OR);
		return;
	case QUERY_TEXT:
		text(b, n);
		return;
	case QUERY_FIELD:
		field(b, n);
		return;
	}
}
