/* Times in the forms of Java's DateTimeFormatter, which matchers and generators of pacts use: a run of a letter is a field, '…' is text, […] may be left out. English
 * names. As in npm's Pact a field of two digits may have one. A text fits where every field is read, lies in its range, and day and month exist in that year. */
#include "contract/pact/calendar.h"
#include "contract/pact/generate.h"

static const char *const months[] = { "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December" };
static const char *const weekdays[] = { "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday" };

enum { FORM_MAX = 256, OPTIONALS_MAX = 8 };
struct time_read { struct str form, text; struct civil date; bool has_year, has_month, has_day, unknown; unsigned optionals; };

static bool digits(struct str *text, size_t fewest, size_t most, uint64_t *value)
{
	size_t n = 0;
	while (n < most && n < text->len && text->p[n] >= '0' && text->p[n] <= '9')
		n++;
	if (n < fewest || !str_to_u64(str_sub(*text, 0, n), value))
		return false;
	*text = str_skip(*text, n);
	return true;
}

static bool in_range(struct str *text, size_t n, size_t most, uint64_t low, uint64_t high)
{
	uint64_t v;
	return digits(text, n > 2 ? n : 1, n > 1 ? n : most, &v) && v >= low && v <= high;
}

static bool named(struct str *text, const char *const *names, size_t count, size_t letters, unsigned *which)
{
	for (unsigned i = 0; i < count; i++) {
		struct str name = str_sub(str_z(names[i]), 0, letters);
		if (text->len >= name.len && str_eq_ci(str_sub(*text, 0, name.len), name)) {
			*text = str_skip(*text, name.len);
			*which = i + 1;
			return true;
		}
	}
	return false;
}

static bool year(struct time_read *r, struct str *text, size_t n)
{
	uint64_t v;
	bool minus = text->len && text->p[0] == '-' && n != 2;
	*text = str_skip(*text, minus);
	if (!digits(text, n == 2 ? 2 : n, n == 2 ? 2 : n >= 4 ? 4 : 9, &v))
		return false;
	r->date.year = n == 2 ? 2000 + (int64_t)v : minus ? -(int64_t)v : (int64_t)v;
	return r->has_year = true;
}

static bool month(struct time_read *r, struct str *text, size_t n)
{
	uint64_t v;
	unsigned which;
	if (n >= 3) {
		if (!named(text, months, 12, n == 3 ? 3 : n == 5 ? 1 : 20, &which))
			return false;
		v = which;
	} else if (!digits(text, 1, 2, &v)) {
		return false;
	}
	r->date.month = (unsigned)v;
	return v >= 1 && v <= 12 && (r->has_month = true);
}

static bool day(struct time_read *r, struct str *text)
{
	uint64_t v;
	if (!digits(text, 1, 2, &v) || v < 1 || v > 31)
		return false;
	r->date.day = (unsigned)v;
	return r->has_day = true;
}

/* X: Z or an offset; x and Z: an offset. How many letters say which parts and whether with a colon. */
static bool offset(struct str *text, char letter, size_t n)
{
	bool colon = n == 3 || n == 5;
	if ((letter == 'X' || (letter == 'Z' && n == 5)) && text->len && text->p[0] == 'Z') {
		*text = str_skip(*text, 1);
		return true;
	}
	if (letter == 'Z' && n <= 3) {
		colon = false;
		n = 2;
	} else if (letter == 'Z' && n == 4) {
		if (!str_starts(*text, STR("GMT")))
			return false;
		*text = str_skip(*text, 3);
		colon = true;
		n = 3;
		if (!text->len || (text->p[0] != '+' && text->p[0] != '-'))
			return true;
	}
	if (!text->len || (text->p[0] != '+' && text->p[0] != '-'))
		return false;
	*text = str_skip(*text, 1);
	if (!in_range(text, 2, 2, 0, 18))
		return false;
	struct str before = *text;
	if (colon && text->len && text->p[0] == ':')
		*text = str_skip(*text, 1);
	else if (colon)
		return false;
	if (in_range(text, 2, 2, 0, 59))
		return true;
	*text = before;
	return n == 1;
}

static bool zone_name(struct str *text)
{
	size_t n = 0;
	while (n < text->len && ((text->p[n] | 0x20) >= 'a' ? (text->p[n] | 0x20) <= 'z' : text->p[n] == '/' || text->p[n] == '_' || text->p[n] == '+' || text->p[n] == '-' ||
		(n && text->p[n] >= '0' && text->p[n] <= '9')))
		n++;
	*text = str_skip(*text, n);
	return n > 0;
}

static bool half_of_day(struct str *text)
{
	struct str two = str_sub(*text, 0, 2);
	if (!str_eq_ci(two, STR("am")) && !str_eq_ci(two, STR("pm")))
		return false;
	*text = str_skip(*text, 2);
	return true;
}

static bool field(struct time_read *r, char c, size_t n, struct str *text)
{
	unsigned ignored;
	uint64_t v;
	switch (c) {
	case 'y':
	case 'u':
	case 'Y':
		return year(r, text, n);
	case 'M':
	case 'L':
		return month(r, text, n);
	case 'd':
		return day(r, text);
	case 'D':
		return in_range(text, n == 3 ? 3 : 1, 3, 1, 366);
	case 'Q':
	case 'q':
		if (n >= 3 && !str_starts(*text, STR("Q")))
			return false;
		*text = str_skip(*text, n >= 3);
		return in_range(text, 1, 1, 1, 4);
	case 'w':
		return in_range(text, n, 2, 1, 53);
	case 'W':
	case 'F':
		return in_range(text, 1, 1, 0, 6);
	case 'E':
		return named(text, weekdays, 7, n <= 3 ? 3 : n == 5 ? 1 : 20, &ignored);
	case 'e':
	case 'c':
		return n >= 3 ? named(text, weekdays, 7, n == 3 ? 3 : 20, &ignored) : in_range(text, 1, 1, 1, 7);
	case 'G':
		if (!str_eq_ci(str_sub(*text, 0, 2), STR("AD")) && !str_eq_ci(str_sub(*text, 0, 2), STR("BC")))
			return false;
		*text = str_skip(*text, 2);
		return true;
	case 'a':
		return half_of_day(text);
	case 'H':
		return in_range(text, n, 2, 0, 23);
	case 'k':
		return in_range(text, n, 2, 1, 24);
	case 'K':
		return in_range(text, n, 2, 0, 11);
	case 'h':
		return in_range(text, n, 2, 1, 12);
	case 'm':
		return in_range(text, n, 2, 0, 59);
	case 's':
		return in_range(text, n, 2, 0, 60); /* a leap second */
	case 'S':
		return n <= 9 && digits(text, 1, n, &v);
	case 'A':
	case 'N':
	case 'n':
		return digits(text, n, 19, &v);
	case 'X':
	case 'x':
	case 'Z':
		return n <= 5 && offset(text, c, n);
	case 'z':
	case 'V':
		return zone_name(text);
	case 'O':
		return str_starts(*text, STR("GMT")) && offset(text, 'Z', 4);
	default:
		r->unknown = true;
		return false;
	}
}

static bool letter(char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }

/* The text between quotes at the beginning of the form; '' is a quote. Returns how much of the form it takes; 0 where no quote ends it. */
static size_t literal(struct str form, struct buf *out)
{
	if (form.len > 1 && form.p[1] == '\'') {
		buf_char(out, '\'');
		return 2;
	}
	for (size_t i = 1; i < form.len; i++) {
		if (form.p[i] != '\'')
			buf_char(out, form.p[i]);
		else if (i + 1 < form.len && form.p[i + 1] == '\'')
			buf_char(out, form.p[i++]);
		else
			return i + 1;
	}
	return 0;
}

static bool fits(struct time_read *r, struct str form, struct str text);

/* [...]: with what is in it, or without. */
static bool optional(struct time_read *r, struct str form, struct str text)
{
	size_t depth = 0, end = 0;
	for (; end < form.len; end++) {
		depth += form.p[end] == '[';
		depth -= form.p[end] == ']';
		if (!depth)
			break;
	}
	if (end == form.len || ++r->optionals > OPTIONALS_MAX) {
		r->unknown = true;
		return false;
	}
	struct buf with;
	buf_init(&with, 2 * FORM_MAX);
	buf_add(&with, str_sub(form, 1, end));
	buf_add(&with, str_skip(form, end + 1));
	bool ok = buf_ok(&with) && fits(r, buf_str(&with), text);
	buf_release(&with);
	return ok || fits(r, str_skip(form, end + 1), text);
}

static bool fits(struct time_read *r, struct str form, struct str text)
{
	while (form.len) {
		char c = form.p[0];
		size_t n = 1;
		if (c == '[')
			return optional(r, form, text);
		if (c == '\'') {
			struct buf words;
			buf_init(&words, FORM_MAX);
			n = literal(form, &words);
			r->unknown = r->unknown || !n;
			bool ok = n && str_starts(text, buf_str(&words));
			text = str_skip(text, buf_str(&words).len);
			buf_release(&words);
			if (!ok)
				return false;
		} else if (letter(c)) {
			while (n < form.len && form.p[n] == c)
				n++;
			if (!field(r, c, n, &text))
				return false;
		} else {
			if (!text.len || text.p[0] != c)
				return false;
			text = str_skip(text, 1);
		}
		form = str_skip(form, n);
	}
	return text.len == 0;
}

bool pact_time_fits(struct str form, struct str text, bool *known)
{
	struct time_read r = { .date = { 2000, 1, 1 } };
	*known = form.len && form.len <= FORM_MAX;
	if (!*known)
		return false;
	bool ok = fits(&r, form, text);
	*known = ok || !r.unknown;
	if (ok && r.has_day && r.has_month)
		ok = r.date.day <= days_in_month(r.has_year ? r.date.year : 2000, r.date.month);
	return ok;
}

struct moment { struct civil date; int64_t days; unsigned hour, minute, second; uint32_t nanos; };

static void named_out(struct buf *out, const char *name, size_t letters) { buf_add(out, str_sub(str_z(name), 0, letters)); }

static void offset_out(struct buf *out, char c, size_t n)
{
	if (c == 'X' || (c == 'Z' && n == 5))
		buf_char(out, 'Z');
	else if (c == 'Z' && n == 4)
		buf_add(out, STR("GMT"));
	else if (c == 'Z')
		buf_add(out, STR("+0000"));
	else
		buf_add(out, n == 1 ? STR("+00") : n == 2 || n == 4 ? STR("+0000") : STR("+00:00"));
}

static void fraction_out(struct buf *out, uint32_t nanos, size_t n)
{
	char text[10];
	for (int i = 8; i >= 0; i--, nanos /= 10)
		text[i] = (char)('0' + nanos % 10);
	buf_add_bytes(out, text, n > 9 ? 9 : n);
}

static bool field_out(struct buf *out, char c, size_t n, const struct moment *t)
{
	unsigned weekday = weekday_of(t->days), half = t->hour % 12;
	int width = n > 9 ? 9 : (int)n;
	int64_t of_day = ((int64_t)t->hour * 3600 + t->minute * 60 + t->second) * 1000000000 + t->nanos;
	int64_t of_year = t->days - days_of((struct civil){ t->date.year, 1, 1 }) + 1;
	switch (c) {
	case 'y':
	case 'u':
	case 'Y':
		buf_printf(out, "%0*lld", width, (long long)(n == 2 ? t->date.year % 100 : t->date.year));
		return true;
	case 'M':
	case 'L':
		if (n >= 3)
			named_out(out, months[t->date.month - 1], n == 3 ? 3 : n == 5 ? 1 : 20);
		else
			buf_printf(out, "%0*u", width, t->date.month);
		return true;
	case 'd':
		buf_printf(out, "%0*u", width, t->date.day);
		return true;
	case 'D':
		buf_printf(out, "%0*lld", width, (long long)of_year);
		return true;
	case 'Q':
	case 'q':
		buf_printf(out, n >= 3 ? "Q%u" : n == 2 ? "0%u" : "%u", (t->date.month + 2) / 3);
		return true;
	case 'w':
		buf_printf(out, "%0*lld", width, (long long)((of_year - weekday + 10) / 7));
		return true;
	case 'W':
	case 'F':
		buf_printf(out, "%u", (t->date.day - 1) / 7 + 1);
		return true;
	case 'E':
		named_out(out, weekdays[weekday - 1], n <= 3 ? 3 : n == 5 ? 1 : 20);
		return true;
	case 'e':
	case 'c':
		if (n >= 3)
			named_out(out, weekdays[weekday - 1], n == 3 ? 3 : 20);
		else
			buf_printf(out, "%u", weekday);
		return true;
	case 'G':
		buf_add(out, STR("AD"));
		return true;
	case 'a':
		buf_add(out, t->hour < 12 ? STR("AM") : STR("PM"));
		return true;
	case 'H':
		buf_printf(out, "%0*u", width, t->hour);
		return true;
	case 'k':
		buf_printf(out, "%0*u", width, t->hour ? t->hour : 24);
		return true;
	case 'K':
		buf_printf(out, "%0*u", width, half);
		return true;
	case 'h':
		buf_printf(out, "%0*u", width, half ? half : 12);
		return true;
	case 'm':
		buf_printf(out, "%0*u", width, t->minute);
		return true;
	case 's':
		buf_printf(out, "%0*u", width, t->second);
		return true;
	case 'S':
		fraction_out(out, t->nanos, n);
		return true;
	case 'A':
		buf_printf(out, "%0*lld", width, (long long)(of_day / 1000000));
		return true;
	case 'N':
		buf_printf(out, "%0*lld", width, (long long)of_day);
		return true;
	case 'n':
		buf_printf(out, "%0*u", width, t->nanos);
		return true;
	case 'X':
	case 'x':
	case 'Z':
		offset_out(out, c, n);
		return n <= 5;
	case 'z':
	case 'V':
		buf_add(out, STR("UTC"));
		return true;
	case 'O':
		buf_add(out, STR("GMT"));
		return true;
	default:
		return false;
	}
}

bool pact_time_format(struct str form, int64_t wall, struct buf *out)
{
	int64_t day_ns = INT64_C(86400000000000), days = wall / day_ns, rest = wall % day_ns;
	if (rest < 0) {
		rest += day_ns;
		days--;
	}
	struct moment t = { civil_of(days), days, (unsigned)(rest / 3600000000000), (unsigned)(rest / 60000000000 % 60), (unsigned)(rest / 1000000000 % 60), (uint32_t)(rest % 1000000000) };
	if (!form.len || form.len > FORM_MAX)
		return false;
	while (form.len) {
		char c = form.p[0];
		size_t n = 1;
		if (c == '\'') {
			n = literal(form, out);
			if (!n)
				return false;
		} else if (letter(c)) {
			while (n < form.len && form.p[n] == c)
				n++;
			if (!field_out(out, c, n, &t))
				return false;
		} else if (c != '[' && c != ']') {
			buf_char(out, c);
		}
		form = str_skip(form, n);
	}
	return buf_ok(out);
}
