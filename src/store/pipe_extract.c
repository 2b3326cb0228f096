/* parse "user <u> in <ms:num>ms": reading the pattern, and fields out of a text by it. Text captures take as little as they can up to what
 * follows them, the last one all that is left; number captures take the longest number and what follows must stand right behind it. The
 * pattern may begin anywhere in the text; every place where its first piece of text stands is tried, up to EXTRACT_TRIES. */
#include "store/pipe_impl.h"
#include "store/pipe_run.h"

enum { EXTRACT_TRIES = 100 };

/* --- the pattern ------------------------------------------------------------------------------------------------------------------------ */

/* "<name>" or "<name:num>" at the beginning of s: its length, or 0. */
static size_t capture(struct str s, struct pipe_piece *out)
{
	size_t close = str_find_char(s, '>');
	if (close == SIZE_MAX || close < 2 || s.p[0] != '<')
		return 0;
	struct str name = str_sub(s, 1, close), type = { NULL, 0 };
	size_t colon = str_find_char(name, ':');
	if (colon != SIZE_MAX) {
		type = str_skip(name, colon + 1);
		name = str_sub(name, 0, colon);
	}
	if (name.len == 0 || !parse_is_letter(name.p[0]))
		return 0;
	for (size_t i = 0; i < name.len; i++)
		if (!parse_is_name(name.p[i]))
			return 0;
	if (type.p && !str_eq(type, STR("num")) && !str_eq(type, STR("number")))
		return 0;
	*out = (struct pipe_piece){ .name = name, .is_number = type.p != NULL };
	return close + 1;
}

static bool pieces(struct parser *p, struct pipe_stage *s, struct str pattern, size_t where)
{
	size_t captures = 0;
	s->pieces = ARENA_ARRAY(p->a, 2 * PIPE_MAX_FIELDS + 1, struct pipe_piece);
	if (!s->pieces)
		return query_fail(p, where, "the pattern is too long");
	for (size_t i = 0; i < pattern.len;) {
		struct pipe_piece piece;
		size_t n = capture(str_skip(pattern, i), &piece);
		struct pipe_piece *before = s->piece_count ? &s->pieces[s->piece_count - 1] : NULL;
		if (n) {
			if (before && before->name.p)
				return query_fail(p, where, "two fields of a pattern need text between them");
			if (++captures > PIPE_MAX_FIELDS)
				return query_fail(p, where, "more than 32 fields in one pattern");
			s->pieces[s->piece_count++] = piece;
			i += n;
			continue;
		}
		size_t end = i + 1;
		while (end < pattern.len && pattern.p[end] != '<')
			end++;
		/* A "<" that begins no field joins the text before it. */
		if (before && before->text.p)
			before->text.len += end - i;
		else
			s->pieces[s->piece_count++] = (struct pipe_piece){ .text = str_sub(pattern, i, end) };
		i = end;
	}
	return captures ? true : query_fail(p, where, "the pattern has no field: write it like \"user <u> in <ms:num>ms\"");
}

static bool regex(struct parser *p, struct pipe_stage *s, struct str source, size_t where)
{
	struct query_node leaf = { 0 };
	struct str name;
	if (!parse_leaf_regex(p, &leaf, source, false, false, where))
		return false;
	s->regex = leaf.regex;
	return regex_group(s->regex, 0, &name) ? true : query_fail(p, where, "the regex has no named group: write it like (?<ms>\\d+)ms");
}

static bool slashes(struct parser *p, struct pipe_stage *s)
{
	size_t start = ++p->at;
	while (p->at < p->text.len && p->text.p[p->at] != '/')
		p->at += p->text.p[p->at] == '\\' ? 2 : 1;
	if (p->at >= p->text.len)
		return query_fail(p, start - 1, "the regex that begins here is not closed by another /");
	return regex(p, s, str_sub(p->text, start, p->at++), start);
}

/* [field] "pattern" [from field], or a regex for the pattern. */
static bool argument(struct parser *p, struct pipe_stage *s, bool is_regex)
{
	struct str name = STR("body"), text;
	parse_skip_blanks(p);
	if (!parse_is_quote(parse_at(p, p->at)) && parse_at(p, p->at) != '/') {
		if (!pipe_parse_name(p, &name))
			return false;
		parse_skip_blanks(p);
	}
	size_t where = p->at;
	if (parse_at(p, where) == '/') {
		if (!slashes(p, s))
			return false;
	} else if (!parse_is_quote(parse_at(p, where))) {
		return query_fail(p, where, "a pattern in quotes is expected here, such as \"user <u> in <ms:num>ms\"");
	} else if (!parse_quoted(p, &text) || !(is_regex ? regex(p, s, text, where + 1) : pieces(p, s, text, where))) {
		return false;
	}
	parse_skip_blanks(p);
	if (str_eq_ci(str_sub(p->text, p->at, p->at + 5), STR("from "))) {
		p->at += 5;
		if (!pipe_parse_name(p, &name))
			return false;
	}
	s->from = (struct pipe_field){ .source = PIPE_FIELD, .name = name, .leaf = { .op = QUERY_FIELD } };
	parse_leaf_field(&s->from.leaf, name);
	return true;
}

bool pipe_parse_pattern(struct parser *p, struct pipe_stage *s) { return argument(p, s, false); }
bool pipe_parse_regexp(struct parser *p, struct pipe_stage *s) { return argument(p, s, true); }

/* --- fields out of a text --------------------------------------------------------------------------------------------------------------- */

static size_t number_length(struct str s)
{
	size_t i = s.len && s.p[0] == '-' ? 1 : 0, digits = 0;
	for (; i < s.len && s.p[i] >= '0' && s.p[i] <= '9'; i++)
		digits++;
	if (digits == 0)
		return 0;
	if (i + 1 < s.len && s.p[i] == '.' && s.p[i + 1] >= '0' && s.p[i + 1] <= '9')
		for (i++; i < s.len && s.p[i] >= '0' && s.p[i] <= '9';)
			i++;
	return i;
}

static struct value number(struct str s)
{
	struct value v = { .type = VALUE_INT };
	if (str_to_i64(s, &v.i))
		return v;
	if (str_to_f64(s, &v.d))
		v.type = VALUE_DOUBLE;
	else
		v = (struct value){ .type = VALUE_STR, .s = s };
	return v;
}

static size_t capture_length(const struct pipe_stage *s, size_t i, struct str rest)
{
	if (s->pieces[i].is_number)
		return number_length(rest) ? number_length(rest) : SIZE_MAX;
	return i + 1 < s->piece_count ? str_find(rest, s->pieces[i + 1].text) : rest.len;
}

/* From a place where the first piece may stand. */
static bool fits(const struct pipe_stage *s, struct str rest, struct attr *out, size_t *count)
{
	size_t n = 0;
	for (size_t i = 0; i < s->piece_count; i++) {
		const struct pipe_piece *piece = &s->pieces[i];
		if (piece->text.p) {
			if (!str_starts(rest, piece->text))
				return false;
			rest = str_skip(rest, piece->text.len);
			continue;
		}
		size_t length = capture_length(s, i, rest);
		if (length == SIZE_MAX)
			return false;
		struct str text = str_sub(rest, 0, length);
		if (!str_eq(piece->name, STR("_")))
			out[n++] = (struct attr){ piece->name, piece->is_number ? number(text) : (struct value){ .type = VALUE_STR, .s = text } };
		rest = str_skip(rest, length);
	}
	*count = n;
	return true;
}

static bool by_regex(const struct pipe_stage *s, struct str text, struct attr *out, size_t *count)
{
	struct str name;
	if (!regex_matches(s->regex, text))
		return false;
	for (size_t i = 0; i < PIPE_MAX_FIELDS && regex_group(s->regex, i, &name); i++) {
		struct str got = regex_group_text(s->regex, i, text);
		if (got.p)
			out[(*count)++] = (struct attr){ name, { .type = VALUE_STR, .s = got } };
	}
	return true;
}

bool pipe_extract(const struct pipe_stage *s, struct str text, struct attr *out, size_t *count)
{
	*count = 0;
	if (s->regex)
		return by_regex(s, text, out, count);
	const struct pipe_piece *first = &s->pieces[0];
	if (!first->text.p && !first->is_number)
		return fits(s, text, out, count);
	for (int tries = 0; tries < EXTRACT_TRIES && text.len; tries++) {
		size_t at = first->text.p ? str_find(text, first->text) : 0;
		if (at == SIZE_MAX)
			return false;
		text = str_skip(text, at);
		if (fits(s, text, out, count))
			return true;
		text = str_skip(text, first->text.p ? 1 : number_length(text) ? number_length(text) : 1);
	}
	return false;
}
