/* One value by one matcher, or by equality. Verdicts are those of npm's Pact (tests/contract/pact/verdicts.json holds what it said): a number in JSON text is not
 * a number, "true" is a boolean, 1 and 1.0 are two. Where values come from text (textual), digits are numbers. */
#include "contract/pact/generate.h"
#include "contract/pact/match_impl.h"

const char *pact_type_name(const struct doc *d)
{
	static const char *const names[] = { "null", "boolean", "boolean", "integer", "decimal", "string", "list", "object" };
	return names[d->type];
}

struct str pact_show(struct pact_matching *m, const struct doc *d)
{
	struct buf b;
	struct json_out o;
	if (!m->out)
		return STR("");
	buf_init(&b, 1 << 20);
	json_out_init(&o, &b);
	doc_write(d, &o);
	struct str s = buf_str(&b), shown;
	size_t cut = s.len > PACT_SHOWN_MAX ? PACT_SHOWN_MAX : s.len;
	while (cut < s.len && cut && ((unsigned char)s.p[cut] & 0xc0) == 0x80)
		cut--;
	shown = !buf_ok(&b) ? STR("(too large to show)") : cut < s.len ? arena_printf(m->scratch, "%.*s…", (int)cut, s.p) : arena_str(m->scratch, s);
	buf_release(&b);
	return shown.p ? shown : STR("");
}

static bool same_members(const struct doc *a, const struct doc *b)
{
	for (uint32_t i = 0; i < a->count; i++) {
		const struct doc *other = doc_get(b, doc_key(&a->members[i]));
		if (!other || !pact_doc_same(&a->members[i].value, other))
			return false;
	}
	return true;
}

bool pact_doc_same(const struct doc *a, const struct doc *b)
{
	if (a->type != b->type)
		return false;
	switch ((enum doc_type)a->type) {
	case DOC_INT:
		return a->i == b->i;
	case DOC_DOUBLE:
		return a->d == b->d;
	case DOC_STRING:
		return str_eq(doc_str(a), doc_str(b));
	case DOC_ARRAY:
		if (a->count != b->count)
			return false;
		for (uint32_t i = 0; i < a->count; i++)
			if (!pact_doc_same(&a->items[i], &b->items[i]))
				return false;
		return true;
	case DOC_OBJECT:
		return a->count == b->count && same_members(a, b);
	default:
		return true;
	}
}

/* As text: what is one, as it is; all else as JSON. */
static struct str text_of(struct pact_matching *m, const struct doc *d)
{
	if (d->type == DOC_STRING)
		return d->count ? doc_str(d) : STR("");
	struct buf b;
	struct json_out o;
	buf_init(&b, 1 << 20);
	json_out_init(&o, &b);
	doc_write(d, &o);
	if (d->type == DOC_DOUBLE && str_find_char(buf_str(&b), '.') == SIZE_MAX && str_find_char(buf_str(&b), 'e') == SIZE_MAX)
		buf_add(&b, STR(".0"));
	struct str s = buf_ok(&b) ? arena_str(m->scratch, buf_str(&b)) : (struct str){ NULL, 0 };
	buf_release(&b);
	return s.p ? s : STR("");
}

static bool digits_only(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.len > 0;
}

static struct str unsigned_part(struct str s) { return s.len && (s.p[0] == '-' || s.p[0] == '+') ? str_skip(s, 1) : s; }

static bool is_integer(struct pact_matching *m, const struct doc *d) { return d->type == DOC_INT || (m->textual && d->type == DOC_STRING && digits_only(unsigned_part(doc_str(d)))); }

static bool is_decimal(struct pact_matching *m, const struct doc *d)
{
	struct str s = unsigned_part(doc_str(d));
	size_t dot = str_find_char(s, '.');
	if (d->type == DOC_DOUBLE)
		return true;
	return m->textual && d->type == DOC_STRING && digits_only(str_sub(s, 0, dot)) && (dot == SIZE_MAX || digits_only(str_skip(s, dot + 1)));
}

static bool is_number(struct pact_matching *m, const struct doc *d)
{
	double ignored;
	return doc_is_number(d) || (m->textual && d->type == DOC_STRING && (is_integer(m, d) || str_to_f64(doc_str(d), &ignored)));
}

static bool is_boolean(const struct doc *d)
{
	return d->type == DOC_TRUE || d->type == DOC_FALSE || (d->type == DOC_STRING && (str_eq(doc_str(d), STR("true")) || str_eq(doc_str(d), STR("false"))));
}

static bool is_empty(const struct doc *d) { return d->type == DOC_NULL || ((d->type == DOC_STRING || d->type == DOC_ARRAY || d->type == DOC_OBJECT) && !d->count); }

static bool identifiers(struct str s, bool numbers_plain)
{
	struct str rest = s;
	while (rest.p) {
		struct str one = str_split(&rest, '.');
		for (size_t i = 0; i < one.len; i++) {
			char c = one.p[i];
			if (!(c == '-' || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')))
				return false;
		}
		if (!one.len || (numbers_plain && one.len > 1 && one.p[0] == '0' && digits_only(one)))
			return false;
	}
	return true;
}

/* Semantic Versioning 2.0.0, section 2, 9 and 10. */
static bool is_semver(struct str s)
{
	size_t plus = str_find_char(s, '+'), dash;
	struct str build = plus == SIZE_MAX ? STR("0") : str_skip(s, plus + 1), core = str_sub(s, 0, plus);
	dash = str_find_char(core, '-');
	struct str pre = dash == SIZE_MAX ? STR("a") : str_skip(core, dash + 1);
	core = str_sub(core, 0, dash);
	size_t parts = 0;
	while (core.p) {
		struct str one = str_split(&core, '.');
		if (!digits_only(one) || (one.len > 1 && one.p[0] == '0'))
			return false;
		parts++;
	}
	return parts == 3 && identifiers(pre, true) && identifiers(build, false);
}

static bool same_kind(const struct doc *e, const struct doc *a)
{
	bool be = e->type == DOC_TRUE || e->type == DOC_FALSE, ba = a->type == DOC_TRUE || a->type == DOC_FALSE;
	return e->type == a->type || (doc_is_number(e) && doc_is_number(a)) || (be && ba);
}

static bool no(struct pact_matching *m, struct str *why, const char *format, ...) __attribute__((format(printf, 3, 4)));
static bool no(struct pact_matching *m, struct str *why, const char *format, ...)
{
	va_list args;
	struct buf b;
	if (!why)
		return false;
	buf_init(&b, 4 * PACT_SHOWN_MAX);
	va_start(args, format);
	buf_vprintf(&b, format, args);
	va_end(args);
	*why = arena_str(m->scratch, buf_str(&b));
	buf_release(&b);
	return false;
}

static bool fits_regex(struct pact_matching *m, const struct pact_matcher *k, const struct doc *a, struct str *why)
{
	struct str text = text_of(m, a);
	enum pact_regex_answer answer = pact_regex_fits(k->regex, text);
	if (answer == PACT_REGEX_LIMIT)
		return no(m, why, "the regular expression '%.*s' needs too many steps for this value; write it without nested repetitions", STR_FMT(str_sub(k->text, 0, 200)));
	return answer == PACT_REGEX_YES || no(m, why, "expected text that fits '%.*s' but got '%.*s'", STR_FMT(str_sub(k->text, 0, 200)), STR_FMT(str_sub(text, 0, 200)));
}

static bool fits_time(struct pact_matching *m, const struct pact_matcher *k, const struct doc *a, struct str *why)
{
	struct str form = k->text, text = text_of(m, a);
	bool known = true;
	if (!form.len)
		form = k->kind == PACT_DATE ? STR("yyyy-MM-dd") : k->kind == PACT_TIME ? STR("HH:mm:ss") : STR("yyyy-MM-dd'T'HH:mm:ss");
	bool fits = pact_time_fits(form, text, &known);
	if (!known)
		return no(m, why, "the form '%.*s' of a time is not understood; it is one of Java's DateTimeFormatter", STR_FMT(str_sub(form, 0, 100)));
	return fits || no(m, why, "expected a time in the form '%.*s' but got '%.*s'", STR_FMT(str_sub(form, 0, 100)), STR_FMT(str_sub(text, 0, 100)));
}

static bool fits_status(const struct pact_matcher *k, int64_t s)
{
	const struct doc *list = doc_get(k->node, STR("status"));
	struct str c = k->text;
	if (!c.len) {
		for (uint32_t i = 0; doc_is(list, DOC_ARRAY) && i < list->count; i++)
			if (list->items[i].type == DOC_INT && list->items[i].i == s)
				return true;
		return doc_is(list, DOC_INT) && list->i == s;
	}
	if (str_eq(c, STR("info")))
		return s >= 100 && s < 200;
	if (str_eq(c, STR("success")))
		return s >= 200 && s < 300;
	if (str_eq(c, STR("redirect")))
		return s >= 300 && s < 400;
	if (str_eq(c, STR("clientError")))
		return s >= 400 && s < 500;
	if (str_eq(c, STR("serverError")))
		return s >= 500 && s < 600;
	return str_eq(c, STR("nonError")) ? s < 400 : s >= 400;
}

#define GOT STR_FMT(pact_show(m, a)), pact_type_name(a)

static bool fits_type(struct pact_matching *m, const struct pact_matcher *k, const struct doc *e, const struct doc *a, bool cascaded, struct str *why)
{
	bool list = a->type == DOC_ARRAY && !cascaded;
	if (!same_kind(e, a))
		return no(m, why, "expected the type of %.*s (%s) but got %.*s (%s)", STR_FMT(pact_show(m, e)), pact_type_name(e), GOT);
	if (list && ((k->has_min && a->count < k->min) || (k->has_max && a->count > k->max)))
		return no(m, why, "a list of %u items is too short or too long", a->count);
	return true;
}

bool pact_value_fits(struct pact_matching *m, const struct pact_matcher *k, const struct doc *e, const struct doc *a, bool cascaded, struct str *why)
{
	switch (k->kind) {
	case PACT_EQUALITY:
		return pact_doc_same(e, a) || no(m, why, "expected %.*s (%s) but got %.*s (%s)", STR_FMT(pact_show(m, e)), pact_type_name(e), GOT);
	case PACT_TYPE:
		return fits_type(m, k, e, a, cascaded, why);
	case PACT_REGEX:
		return fits_regex(m, k, a, why);
	case PACT_INCLUDE:
		return str_find(text_of(m, a), k->text) != SIZE_MAX || no(m, why, "expected text with '%.*s' in it but got %.*s", STR_FMT(str_sub(k->text, 0, 200)), STR_FMT(pact_show(m, a)));
	case PACT_INTEGER:
		return is_integer(m, a) || no(m, why, "expected an integer but got %.*s (%s)", GOT);
	case PACT_DECIMAL:
		return is_decimal(m, a) || no(m, why, "expected a decimal number but got %.*s (%s)", GOT);
	case PACT_NUMBER:
		return is_number(m, a) || no(m, why, "expected a number but got %.*s (%s)", GOT);
	case PACT_DATETIME:
	case PACT_TIMESTAMP:
	case PACT_DATE:
	case PACT_TIME:
		return fits_time(m, k, a, why);
	case PACT_NULL:
		return a->type == DOC_NULL || no(m, why, "expected null but got %.*s (%s)", GOT);
	case PACT_BOOLEAN:
		return is_boolean(a) || no(m, why, "expected a boolean but got %.*s (%s)", GOT);
	case PACT_CONTENT_TYPE:
		return pact_bytes_are(k->text, text_of(m, a)) || no(m, why, "expected bytes of the content type %.*s", STR_FMT(str_sub(k->text, 0, 100)));
	case PACT_STATUS_CODE:
		return (a->type == DOC_INT && fits_status(k, a->i)) || no(m, why, "the status %.*s is not the expected one", STR_FMT(pact_show(m, a)));
	case PACT_NOT_EMPTY:
		return !is_empty(a) || no(m, why, "expected something that is not empty but got %.*s (%s)", GOT);
	case PACT_SEMVER:
		return is_semver(text_of(m, a)) || no(m, why, "expected a semantic version but got %.*s (%s)", GOT);
	case PACT_VALUES:
		return pact_doc_same(e, a) || no(m, why, "expected %.*s (%s) but got %.*s (%s)", STR_FMT(pact_show(m, e)), pact_type_name(e), GOT);
	case PACT_EACH_KEY:
	case PACT_EACH_VALUE:
	case PACT_ARRAY_CONTAINS:
		return true; /* of objects and lists; it says nothing about single values */
	case PACT_MATCHER_UNKNOWN:
		return no(m, why, "%.*s", STR_FMT(k->fault));
	}
	return false;
}

bool pact_scalar(struct pact_matching *m, struct pact_force f, const struct doc *e, const struct doc *a)
{
	static const struct pact_matcher equality = { .kind = PACT_EQUALITY };
	struct pact_mark before = pact_mark(m);
	bool ok = !f.any || !f.count;
	if (!f.count)
		f = (struct pact_force){ &equality, 1, false, false };
	for (uint32_t i = 0; i < f.count; i++) {
		const struct pact_matcher *k = &f.matchers[i];
		struct str why = { NULL, 0 };
		bool one = !k->fault.len && pact_value_fits(m, k, e, a, f.cascaded, m->out ? &why : NULL);
		if (!one && k->fault.len)
			pact_differs_fault(m, k->fault);
		else if (!one)
			pact_differs(m, pact_show(m, e), pact_show(m, a), "%.*s", STR_FMT(why));
		if (f.any && one) {
			pact_rewind(m, before);
			return true;
		}
		ok = ok && one;
	}
	return ok;
}

bool pact_text_fits(struct pact_matching *m, struct pact_force f, struct str e, struct str a)
{
	struct doc expected = pact_text_doc(e), actual = pact_text_doc(a);
	return pact_work(m, 1) && pact_scalar(m, f, &expected, &actual);
}

bool pact_match_matcher(const struct pact_matcher *k, const struct doc *expected, const struct doc *actual, struct arena *scratch, struct str *why)
{
	struct pact_matching *m = arena_alloc(scratch, sizeof(*m));
	if (!m)
		return false;
	struct pact_mismatches shown; /* only says that values are to be shown */
	pact_mismatches_init(&shown, scratch);
	*m = (struct pact_matching){ .scratch = scratch, .work = PACT_STEPS_WORK_MAX, .out = why ? &shown : NULL };
	if (!k->fault.len)
		return pact_value_fits(m, k, expected, actual, false, why);
	if (why)
		*why = k->fault;
	return false;
}
