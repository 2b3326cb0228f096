/* Regexes by PCRE2, compiled once with JIT where the machine allows it. What a hostile pattern may cost is bounded: by length (of the query),
 * by PCRE2's own limit on compiled size, by match, depth and heap limits, by the stack of compiled code. A match that reaches a limit counts
 * as none and is counted. Before the machine runs, the text must hold the longest literal that every match needs. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "store/query_impl.h"
#include <pcre2.h>
#include <stdlib.h>

struct query_regex {
	struct query_regex *next;
	pcre2_code *code;
	pcre2_code *lenient;         /* for text that is no UTF-8, without JIT: in PCRE2 10.42 compiled code with MATCH_INVALID_UTF misses letters */
	pcre2_match_data *match;
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
	struct str source;           /* the query's */
	bool without_case, named;
	char literal[REGEX_LITERAL];
	size_t literal_length;
	uint64_t limited;
};

struct str regex_source(const struct query_regex *r) { return r->source; }
struct query_regex **regex_link(struct query_regex *r) { return &r->next; }
bool regex_without_case(const struct query_regex *r) { return r->without_case; }
struct str regex_literal(const struct query_regex *r) { return (struct str){ r->literal, r->literal_length }; }
uint64_t regex_limited(const struct query_regex *r) { return r->limited; }

/* --- the literal ------------------------------------------------------------------------------------------------------------------------ */

/* Walks a pattern's outermost level. Conservative: at anything it does not know it gives up on the whole pattern, and a run of characters
 * counts only when nothing makes its last one optional. */
struct walk { struct str s; size_t i; char run[REGEX_LITERAL]; size_t n; char best[REGEX_LITERAL]; size_t best_n; };

static void end_run(struct walk *w)
{
	if (w->n > w->best_n) {
		memcpy(w->best, w->run, w->n);
		w->best_n = w->n;
	}
	w->n = 0;
}

static char peek(const struct walk *w, size_t i) { return i < w->s.len ? w->s.p[i] : '\0'; }

static bool skip_class(struct walk *w)
{
	size_t i = w->i + 1;
	if (peek(w, i) == '^')
		i++;
	if (peek(w, i) == ']')
		i++;
	for (; i < w->s.len && w->s.p[i] != ']'; i++) {
		if (w->s.p[i] == '[') /* [:alpha:] and its like */
			return false;
		if (w->s.p[i] == '\\')
			i++;
	}
	w->i = i + 1;
	return i < w->s.len;
}

/* Groups are skipped whole; one that changes options or is no plain group ends the walk. */
static bool skip_group(struct walk *w)
{
	int depth = 0;
	while (w->i < w->s.len) {
		char c = w->s.p[w->i];
		if (c == '\\') {
			char next = peek(w, w->i + 1);
			if (next == 'Q' || next == 'E')
				return false;
			w->i += 2;
		} else if (c == '[') {
			if (!skip_class(w))
				return false;
		} else {
			if (c == '(') {
				depth++;
				char next = peek(w, w->i + 1), kind = peek(w, w->i + 2);
				if (next == '*' || (next == '?' && !strchr(":=!<P>", kind)))
					return false;
			}
			w->i++;
			if (c == ')' && --depth == 0)
				return true;
		}
	}
	return false;
}

static bool step_escape(struct walk *w)
{
	char next = peek(w, w->i + 1);
	if (next && strchr("dwsDWSbB", next)) {
		end_run(w);
		w->i += 2;
		return true;
	}
	if (query_is_token_char(next) || next == '\0')
		return false;
	if (w->n < REGEX_LITERAL)
		w->run[w->n++] = next;
	w->i += 2;
	return true;
}

/* A quantifier behind the last piece: where it allows none of it, the run ends before its last character. */
static bool step_quantifier(struct walk *w)
{
	char c = w->s.p[w->i];
	if (c != '+' && w->n)
		w->n--;
	end_run(w);
	w->i++;
	if (c == '{') {
		while (w->i < w->s.len && ((w->s.p[w->i] >= '0' && w->s.p[w->i] <= '9') || w->s.p[w->i] == ','))
			w->i++;
		if (peek(w, w->i++) != '}') /* a plain brace: anything may follow */
			return false;
	}
	while (peek(w, w->i) == '?' || peek(w, w->i) == '+')
		w->i++;
	return true;
}

static bool step(struct walk *w)
{
	char c = w->s.p[w->i];
	switch (c) {
	case '|': return false;
	case '\\': return step_escape(w);
	case '(': end_run(w); return skip_group(w);
	case '[': end_run(w); return skip_class(w);
	case '*': case '+': case '?': case '{': return step_quantifier(w);
	case '.': case '^': case '$': end_run(w); w->i++; return true;
	default:
		/* A character of several bytes may be made optional as a whole: it never counts. */
		if ((unsigned char)c >= 0x80)
			end_run(w);
		else if (w->n < REGEX_LITERAL)
			w->run[w->n++] = c;
		else
			end_run(w);
		w->i++;
		return true;
	}
}

static void find_literal(struct query_regex *r, struct str source)
{
	struct walk w = { .s = source };
	while (w.i < source.len)
		if (!step(&w))
			return;
	end_run(&w);
	for (size_t i = 0; i < w.best_n; i++) {
		char c = w.best[i];
		r->literal[i] = r->without_case && c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
	}
	r->literal_length = w.best_n;
}

/* --- compiling and running -------------------------------------------------------------------------------------------------------------- */

static bool compile(struct query_regex *r, struct str source, bool whole, struct err *e)
{
	int code;
	PCRE2_SIZE place;
	uint32_t options = PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C | (r->without_case ? PCRE2_CASELESS : 0) |
			   (whole ? PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_DOTALL : 0);
	r->code = pcre2_compile((PCRE2_SPTR)source.p, source.len, options, &code, &place, NULL);
	if (!r->code) {
		PCRE2_UCHAR message[160];
		pcre2_get_error_message(code, message, sizeof(message));
		err_set(e, ERR_INPUT, "this regex is wrong here: %s", (const char *)message);
		e->column = (uint32_t)(place < source.len ? place : source.len);
		return false;
	}
	r->lenient = pcre2_compile((PCRE2_SPTR)source.p, source.len, options | PCRE2_MATCH_INVALID_UTF, &code, &place, NULL);
	uint32_t names = 0;
	pcre2_pattern_info(r->code, PCRE2_INFO_NAMECOUNT, &names);
	r->named = names > 0;
	r->match = pcre2_match_data_create_from_pattern(r->code, NULL);
	r->context = pcre2_match_context_create(NULL);
	if (!r->lenient || !r->match || !r->context)
		return err_set(e, ERR_NO_MEMORY, "no memory for a regex");
	pcre2_set_match_limit(r->context, REGEX_MATCH_LIMIT);
	pcre2_set_depth_limit(r->context, REGEX_DEPTH_LIMIT);
	pcre2_set_heap_limit(r->context, REGEX_HEAP_KIB);
	/* Without JIT (a machine or a confinement that forbids it) the interpreter does the same, slower. */
	if (pcre2_jit_compile(r->code, PCRE2_JIT_COMPLETE) == 0 && (r->stack = pcre2_jit_stack_create(32 << 10, REGEX_STACK_MAX, NULL)))
		pcre2_jit_stack_assign(r->context, NULL, r->stack);
	return true;
}

struct query_regex *regex_new(struct str source, bool without_case, bool whole, struct err *e)
{
	struct query_regex *r = calloc(1, sizeof(*r));
	if (!r) {
		err_set(e, ERR_NO_MEMORY, "no memory for a regex");
		return NULL;
	}
	r->without_case = without_case;
	r->source = source;
	if (!compile(r, source, whole, e)) {
		regex_free(r);
		return NULL;
	}
	find_literal(r, source);
	return r;
}

void regex_free(struct query_regex *r)
{
	pcre2_match_context_free(r->context);
	pcre2_match_data_free(r->match);
	pcre2_jit_stack_free(r->stack);
	pcre2_code_free(r->code);
	pcre2_code_free(r->lenient);
	free(r);
}

/* Only the counter and working memory change: a query belongs to one thread at a time. */
bool regex_matches(const struct query_regex *r, struct str text)
{
	struct query_regex *w = (struct query_regex *)(uintptr_t)r;
	struct str literal = regex_literal(r);
	if (literal.len && (r->without_case ? text_find_lower(text, literal) : str_find(text, literal)) == SIZE_MAX)
		return false;
	PCRE2_SPTR subject = (PCRE2_SPTR)(text.p ? text.p : "");
	int got = pcre2_match(r->code, subject, text.len, 0, 0, r->match, r->context);
	if (got <= PCRE2_ERROR_UTF8_ERR1 && got >= PCRE2_ERROR_UTF8_ERR21)
		got = pcre2_match(r->lenient, subject, text.len, 0, PCRE2_NO_JIT, r->match, r->context);
	if (got < 0 && got != PCRE2_ERROR_NOMATCH)
		w->limited++;
	return got >= 0;
}

bool regex_group(const struct query_regex *r, size_t i, struct str *name)
{
	PCRE2_SPTR table;
	uint32_t count = 0, size = 0;
	if (!r->named)
		return false;
	pcre2_pattern_info(r->code, PCRE2_INFO_NAMECOUNT, &count);
	pcre2_pattern_info(r->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
	pcre2_pattern_info(r->code, PCRE2_INFO_NAMETABLE, &table);
	if (i >= count)
		return false;
	*name = str_z((const char *)table + i * size + 2);
	return true;
}

struct str regex_group_text(const struct query_regex *r, size_t i, struct str subject)
{
	PCRE2_SPTR table;
	uint32_t size = 0;
	pcre2_pattern_info(r->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
	pcre2_pattern_info(r->code, PCRE2_INFO_NAMETABLE, &table);
	size_t group = (size_t)table[i * size] << 8 | table[i * size + 1];
	const PCRE2_SIZE *v = pcre2_get_ovector_pointer(r->match);
	if (v[2 * group] == PCRE2_UNSET || v[2 * group + 1] < v[2 * group] || v[2 * group + 1] > subject.len)
		return (struct str){ NULL, 0 };
	return str_sub(subject, v[2 * group], v[2 * group + 1]);
}
