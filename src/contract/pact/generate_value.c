/* One value by one generator. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "contract/pact/generate_impl.h"
#include <pcre2.h>

static bool wrong(struct err *e, const struct pact_generator *gen, const char *what, struct str shown)
{
	return err_set(e, ERR_INPUT, "the generator %.*s for '%.*s' cannot be run: %s%s%.*s", STR_FMT(pact_generator_name(gen->kind)), STR_FMT(str_sub(gen->path.text, 0, 100)), what,
		shown.len ? ": " : "", STR_FMT(str_sub(shown, 0, 200)));
}

static int64_t member(const struct pact_generator *gen, const char *key, int64_t otherwise)
{
	const struct doc *d = doc_get(gen->node, str_z(key));
	return doc_is(d, DOC_INT) ? d->i : otherwise;
}

static uint64_t draw(const struct pact_generate *g, uint64_t below) { return below ? g->random(g->ctx) % below : g->random(g->ctx); }

static bool quoted(struct arena *a, struct str s, struct str *json)
{
	struct buf b;
	buf_init(&b, 16 * PACT_GENERATED_TEXT_MAX);
	json_quote(&b, s);
	*json = buf_ok(&b) ? arena_str(a, buf_str(&b)) : (struct str){ NULL, 0 };
	buf_release(&b);
	return json->p != NULL;
}

static bool length_of(const struct pact_generator *gen, const char *key, int64_t *n, struct err *e)
{
	*n = member(gen, key, 10);
	return (*n >= 0 && *n <= PACT_GENERATED_TEXT_MAX) || wrong(e, gen, "its size must be from 0 to 4096", STR(""));
}

static bool letters(const struct pact_generator *gen, const struct pact_generate *g, struct arena *a, const char *key, struct str from, struct str *json, struct err *e)
{
	char text[PACT_GENERATED_TEXT_MAX];
	int64_t n;
	if (!length_of(gen, key, &n, e))
		return false;
	for (int64_t i = 0; i < n; i++)
		text[i] = from.p[draw(g, from.len)];
	return quoted(a, str_from(text, (size_t)n), json);
}

/* So many digits in all, one of them at least before the point and behind it. */
static bool decimal(const struct pact_generator *gen, const struct pact_generate *g, struct arena *a, struct str *json, struct err *e)
{
	char text[PACT_GENERATED_TEXT_MAX + 2];
	int64_t n, at = 0;
	if (!length_of(gen, "digits", &n, e))
		return false;
	n = n < 2 ? 2 : n > 30 ? 30 : n;
	int64_t point = 1 + (int64_t)draw(g, (uint64_t)n - 1);
	for (int64_t i = 0; i < n; i++) {
		if (i == point)
			text[at++] = '.';
		text[at++] = (char)((i == 0 || i == n - 1 ? '1' : '0') + (int)draw(g, i == 0 || i == n - 1 ? 9 : 10));
	}
	*json = arena_str(a, str_from(text, (size_t)at));
	return json->p != NULL;
}

static bool integer(const struct pact_generator *gen, const struct pact_generate *g, struct arena *a, struct str *json, struct err *e)
{
	int64_t low = member(gen, "min", 0), high = member(gen, "max", 10);
	if (high < low)
		return wrong(e, gen, "its \"max\" is below its \"min\"", STR(""));
	*json = arena_printf(a, "%lld", (long long)(low + (int64_t)draw(g, (uint64_t)high - (uint64_t)low + 1)));
	return json->p != NULL;
}

static bool uuid(const struct pact_generator *gen, const struct pact_generate *g, struct arena *a, struct str *json, struct err *e)
{
	struct str form = doc_str(doc_get(gen->node, STR("format")));
	uint64_t high = g->random(g->ctx), low = g->random(g->ctx);
	high = (high & ~UINT64_C(0xf000)) | 0x4000;                                            /* version 4 */
	low = (low & ~(UINT64_C(3) << 62)) | UINT64_C(1) << 63;                                /* RFC 9562's variant */
	bool simple = str_eq(form, STR("simple")), upper = str_eq(form, STR("upper-case-hyphenated")), urn = str_eq(form, STR("URN"));
	if (form.len && !simple && !upper && !urn && !str_eq(form, STR("lower-case-hyphenated")))
		return wrong(e, gen, "the format is none of simple, lower-case-hyphenated, upper-case-hyphenated and URN", form);
	const char *hyphens = upper ? "\"%08X-%04X-%04X-%04X-%012llX\"" : urn ? "\"urn:uuid:%08x-%04x-%04x-%04x-%012llx\"" : "\"%08x-%04x-%04x-%04x-%012llx\"";
	if (simple)
		*json = arena_printf(a, "\"%016llx%016llx\"", (unsigned long long)high, (unsigned long long)low);
	else {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* one of the three above */
		*json = arena_printf(a, hyphens, (unsigned)(high >> 32), (unsigned)(high >> 16 & 0xffff), (unsigned)(high & 0xffff), (unsigned)(low >> 48),
			(unsigned long long)(low & 0xffffffffffff));
#pragma GCC diagnostic pop
	}
	return json->p != NULL;
}

static bool moment(const struct pact_generator *gen, const struct pact_generate *g, struct arena *a, struct str otherwise, struct str *json, struct err *e)
{
	struct str form = doc_str(doc_get(gen->node, STR("format"))), expression = doc_str(doc_get(gen->node, STR("expression")));
	struct buf b;
	int64_t t = g->now;
	if (!pact_time_expression(expression, g->now, &t))
		return wrong(e, gen, "its expression is not understood", expression);
	buf_init(&b, PACT_GENERATED_TEXT_MAX);
	bool ok = pact_time_format(form.len ? form : otherwise, t, &b) ? quoted(a, buf_str(&b), json) : wrong(e, gen, "its format is not understood", form);
	buf_release(&b);
	return ok;
}

static void value_text(struct buf *b, const struct doc *d)
{
	if (d->type == DOC_STRING)
		buf_add(b, doc_str(d));
	else
		pact_doc_write(b, d);
}

/* ${name} in a text; a name that is not there is left as it stands, and *missing says so. */
static void substitute(struct str text, const struct doc *values, struct buf *out, bool *missing)
{
	while (text.len) {
		size_t open = str_find(text, STR("${")), close;
		if (open == SIZE_MAX)
			break;
		buf_add(out, str_sub(text, 0, open));
		text = str_skip(text, open);
		close = str_find_char(text, '}');
		const struct doc *value = close == SIZE_MAX ? NULL : doc_get(values, str_sub(text, 2, close));
		if (value)
			value_text(out, value);
		else
			buf_add(out, str_sub(text, 0, close == SIZE_MAX ? text.len : close + 1));
		*missing = *missing || !value;
		text = close == SIZE_MAX ? STR("") : str_skip(text, close + 1);
	}
	buf_add(out, text);
}

/* What the text is to become: "dataType" of pact-jvm. */
static bool typed(const struct pact_generator *gen, struct str text, bool number_or_text, struct arena *a, struct str *json)
{
	struct str type = doc_str(doc_get(gen->node, STR("dataType")));
	int64_t whole;
	double real;
	bool bare = (str_eq_ci(type, STR("INTEGER")) && str_to_i64(text, &whole)) ||
		    ((str_eq_ci(type, STR("FLOAT")) || str_eq_ci(type, STR("DECIMAL")) || str_eq_ci(type, STR("NUMBER"))) && str_to_f64(text, &real)) ||
		    (str_eq_ci(type, STR("BOOLEAN")) && (str_eq(text, STR("true")) || str_eq(text, STR("false")))) || (number_or_text && !type.len && str_to_i64(text, &whole));
	if (!bare)
		return quoted(a, text, json);
	*json = arena_str(a, text);
	return json->p != NULL;
}

static bool provider_state(const struct pact_generator *gen, const struct doc *example, const struct pact_generate *g, struct arena *a, struct str *json, struct err *e)
{
	struct str expression = doc_str(doc_get(gen->node, STR("expression")));
	const struct doc *direct = doc_get(g->state_values, expression);
	bool missing = false, ok = true;
	struct buf b;
	if (!expression.len)
		return wrong(e, gen, "it has no \"expression\"", STR(""));
	buf_init(&b, 16 * PACT_GENERATED_TEXT_MAX);
	if (str_find(expression, STR("${")) != SIZE_MAX) {
		substitute(expression, g->state_values, &b, &missing);
	} else if (direct) {
		value_text(&b, direct);
	} else {
		missing = true;
	}
	if (missing || !buf_ok(&b))
		json->p = NULL; /* the example stays */
	else if (direct && direct->type != DOC_STRING && !doc_get(gen->node, STR("dataType")))
		ok = (*json = arena_str(a, buf_str(&b))).p != NULL;
	else
		ok = typed(gen, buf_str(&b), doc_is_number(example), a, json);
	buf_release(&b);
	return ok;
}

/* The first group of "regex" in "example", behind the base URL. */
static bool mock_url(const struct pact_generator *gen, const struct pact_generate *g, struct arena *a, struct str *json, struct err *e)
{
	struct str example = doc_str(doc_get(gen->node, STR("example"))), regex = doc_str(doc_get(gen->node, STR("regex"))), path = STR("");
	int code;
	PCRE2_SIZE at;
	if (!g->base_url.len) {
		json->p = NULL;
		return true;
	}
	pcre2_code *x = pcre2_compile((PCRE2_SPTR)(regex.p ? regex.p : ""), regex.len, PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C, &code, &at, NULL);
	pcre2_match_data *data = x ? pcre2_match_data_create_from_pattern(x, NULL) : NULL;
	pcre2_match_context *limits = data ? pcre2_match_context_create(NULL) : NULL;
	bool ok = limits && str_is_utf8(example);
	if (ok) {
		pcre2_set_match_limit(limits, 200000);
		int n = pcre2_match(x, (PCRE2_SPTR)(example.p ? example.p : ""), example.len, 0, PCRE2_NO_UTF_CHECK, data, limits);
		PCRE2_SIZE *ends = pcre2_get_ovector_pointer(data);
		ok = n > 1 && ends[2] != PCRE2_UNSET;
		if (ok)
			path = str_sub(example, ends[2], ends[3]);
	}
	pcre2_match_context_free(limits);
	pcre2_match_data_free(data);
	pcre2_code_free(x);
	if (!ok)
		return wrong(e, gen, "its \"regex\" finds no group in its \"example\"", regex);
	struct str url = arena_printf(a, "%.*s%.*s", STR_FMT(g->base_url), STR_FMT(path));
	return url.p && quoted(a, url, json);
}

bool pact_generate_value(const struct pact_generator *gen, const struct doc *example, const struct pact_generate *g, struct arena *a, struct str *json, struct err *e)
{
	struct str text;
	const char *why;
	*json = (struct str){ NULL, 0 };
	switch (gen->kind) {
	case PACT_GENERATOR_RANDOM_INT:
		return integer(gen, g, a, json, e);
	case PACT_GENERATOR_RANDOM_DECIMAL:
		return decimal(gen, g, a, json, e);
	case PACT_GENERATOR_RANDOM_HEXADECIMAL:
		return letters(gen, g, a, "digits", STR("0123456789ABCDEF"), json, e);
	case PACT_GENERATOR_RANDOM_STRING:
		return letters(gen, g, a, "size", STR("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"), json, e);
	case PACT_GENERATOR_REGEX:
		text = doc_str(doc_get(gen->node, STR("regex")));
		if (!pact_regex_text(text, g, a, &text, &why))
			return wrong(e, gen, why, doc_str(doc_get(gen->node, STR("regex"))));
		return quoted(a, text, json);
	case PACT_GENERATOR_UUID:
		return uuid(gen, g, a, json, e);
	case PACT_GENERATOR_DATE:
		return moment(gen, g, a, STR("yyyy-MM-dd"), json, e);
	case PACT_GENERATOR_TIME:
		return moment(gen, g, a, STR("HH:mm:ss"), json, e);
	case PACT_GENERATOR_DATETIME:
		return moment(gen, g, a, STR("yyyy-MM-dd'T'HH:mm:ss.SSSZ"), json, e);
	case PACT_GENERATOR_RANDOM_BOOLEAN:
		*json = draw(g, 2) ? STR("true") : STR("false");
		return true;
	case PACT_GENERATOR_PROVIDER_STATE:
		return provider_state(gen, example, g, a, json, e);
	case PACT_GENERATOR_MOCK_SERVER_URL:
		return mock_url(gen, g, a, json, e);
	case PACT_GENERATOR_ARRAY_CONTAINS:
		return true; /* the variants' own generators are run in their place */
	case PACT_GENERATOR_UNKNOWN:
		break;
	}
	return wrong(e, gen, "no generator is known by this name", doc_str(doc_get(gen->node, STR("type"))));
}
