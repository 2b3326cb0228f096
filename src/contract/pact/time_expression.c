/* Times that are told from now: "+1 day", "tomorrow @ 10 o'clock am", "next monday - 2 hours". The words of Pact's date and time expressions; where they stand is
 * free, so that one reader serves dates, times and both. Each word moves the moment that the words before it made. */
#include "contract/pact/calendar.h"
#include "contract/pact/generate.h"

enum { EXPRESSION_MAX = 512, AMOUNT_MAX = 1000000 };
static const int64_t second_ns = INT64_C(1000000000), day_ns = INT64_C(86400000000000);

struct unit { const char *name; int64_t ns; int months; };
static const struct unit units[] = { { "millisecond", 1000000, 0 }, { "second", 1000000000, 0 }, { "minute", INT64_C(60000000000), 0 }, { "hour", INT64_C(3600000000000), 0 },
	{ "day", INT64_C(86400000000000), 0 }, { "fortnight", INT64_C(1209600000000000), 0 }, { "week", INT64_C(604800000000000), 0 }, { "month", 0, 1 }, { "year", 0, 12 } };
static const char *const weekdays[] = { "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday" };
static const char *const months[] = { "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december" };

static int64_t floor_day(int64_t t) { return t - ((t % day_ns) + day_ns) % day_ns; }

static int64_t add_months(int64_t t, int64_t n)
{
	int64_t midnight = floor_day(t);
	struct civil c = civil_of(midnight / day_ns);
	int64_t all = c.year * 12 + (int64_t)c.month - 1 + n;
	c.year = (all >= 0 ? all : all - 11) / 12;
	c.month = (unsigned)(all - c.year * 12) + 1;
	if (c.day > days_in_month(c.year, c.month))
		c.day = days_in_month(c.year, c.month);
	return days_of(c) * day_ns + (t - midnight);
}

/* "day", "days" */
static const struct unit *unit_of(struct str word)
{
	if (word.len > 1 && (word.p[word.len - 1] | 0x20) == 's')
		word.len--;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (str_eq_ci(word, str_z(units[i].name)) || (i == 0 && str_eq_ci(word, STR("milli"))))
			return &units[i];
	return NULL;
}

/* A name or its first three letters; 0 is none. */
static unsigned one_of(struct str word, const char *const *names, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (str_eq_ci(word, str_z(names[i])) || (word.len == 3 && str_eq_ci(word, str_sub(str_z(names[i]), 0, 3))))
			return i + 1;
	return 0;
}

static int64_t move(int64_t t, const struct unit *u, int64_t n) { return u->months ? add_months(t, u->months * n) : t + u->ns * n; }

/* The next or last weekday or month of a name. */
static bool to_named(struct str word, int way, int64_t *t)
{
	unsigned weekday = one_of(word, weekdays, 7), month = one_of(word, months, 12);
	int64_t midnight = floor_day(*t);
	if (weekday) {
		int steps = ((int)weekday - (int)weekday_of(midnight / day_ns)) * way;
		*t += (steps <= 0 ? steps + 7 : steps) * way * day_ns;
		return true;
	}
	if (month) {
		int steps = ((int)month - (int)civil_of(midnight / day_ns).month) * way;
		*t = add_months(*t, (steps <= 0 ? steps + 12 : steps) * way);
		return true;
	}
	return false;
}

static struct str word_of(struct str *rest)
{
	*rest = str_strip(*rest);
	size_t n = 0;
	bool digit = rest->len && rest->p[0] >= '0' && rest->p[0] <= '9';
	while (n < rest->len && rest->p[n] != ' ' && rest->p[n] != '\t' && rest->p[n] != '@' && (n == 0 || (rest->p[n] != '+' && rest->p[n] != '-')) &&
	       (!digit || (rest->p[n] >= '0' && rest->p[n] <= '9')))
		n++;
	if (n == 0 && rest->len)
		n = 1;
	if (n > 1 && (rest->p[0] == '+' || rest->p[0] == '-'))
		n = 1;
	struct str word = str_sub(*rest, 0, n);
	*rest = str_skip(*rest, n);
	return word;
}

/* 10 o'clock [am|pm] */
static bool clock_time(struct str *rest, uint64_t hour, int64_t *t)
{
	struct str after = *rest, half = word_of(&after);
	bool am = str_eq_ci(half, STR("am")), pm = str_eq_ci(half, STR("pm"));
	if (hour > ((am || pm) ? 12u : 23u))
		return false;
	if (am || pm) {
		*rest = after;
		hour = hour % 12 + (pm ? 12 : 0);
	}
	*t = floor_day(*t) + (int64_t)hour * 3600 * second_ns;
	return true;
}

static bool amount(struct str *rest, struct str first, int way, int64_t *t)
{
	uint64_t n;
	const struct unit *u;
	if (!str_to_u64(first, &n) || n > AMOUNT_MAX)
		return false;
	struct str word = word_of(rest);
	if (str_eq_ci(word, STR("o'clock")))
		return clock_time(rest, n, t);
	u = unit_of(word);
	if (u)
		*t = move(*t, u, way * (int64_t)n);
	return u != NULL;
}

static bool one_word(struct str word, struct str *rest, int64_t now, int64_t *t)
{
	if (str_eq_ci(word, STR("now")) || str_eq(word, STR("@")))
		return true;
	if (str_eq_ci(word, STR("today"))) {
		*t = now;
		return true;
	}
	if (str_eq_ci(word, STR("tomorrow")) || str_eq_ci(word, STR("yesterday"))) {
		*t += str_eq_ci(word, STR("tomorrow")) ? day_ns : -day_ns;
		return true;
	}
	if (str_eq_ci(word, STR("midnight")) || str_eq_ci(word, STR("noon"))) {
		*t = floor_day(*t) + (str_eq_ci(word, STR("noon")) ? day_ns / 2 : 0);
		return true;
	}
	if (str_eq(word, STR("+")) || str_eq(word, STR("-")))
		return amount(rest, word_of(rest), word.p[0] == '+' ? 1 : -1, t);
	if (str_eq_ci(word, STR("next")) || str_eq_ci(word, STR("last"))) {
		int way = str_eq_ci(word, STR("next")) ? 1 : -1;
		struct str what = word_of(rest);
		const struct unit *u = unit_of(what);
		if (!u)
			return to_named(what, way, t);
		*t = move(*t, u, way);
		return true;
	}
	return amount(rest, word, 1, t);
}

bool pact_time_expression(struct str expression, int64_t now, int64_t *out)
{
	int64_t t = now;
	struct str rest = str_strip(expression);
	if (rest.len > EXPRESSION_MAX)
		return false;
	while (rest.len) {
		struct str word = word_of(&rest);
		if (!one_word(word, &rest, now, &t))
			return false;
		/* Two and a half centuries around 1970: what nanoseconds hold. */
		if (t > INT64_MAX / 2 || t < INT64_MIN / 2)
			return false;
		rest = str_strip(rest);
	}
	*out = t;
	return true;
}
