/* Times and durations as text, in integers only: no locale, no time zone data, no clock. Days are counted in the proleptic Gregorian
 * calendar by the method of "chrono-compatible low-level date algorithms" (H. Hinnant), where a year begins in March so that the leap
 * day is its last. What does not fit int64_t nanoseconds (years before 1678 or after 2261) is refused, never wrapped. */
#include "base/time.h"
#include "base/check.h"

static const int64_t SECOND = 1000000000;

struct civil {
	int64_t year;
	unsigned month, day, hour, minute, second;
	unsigned weekday; /* 0: Sunday */
	int64_t nanosecond;
};

static int64_t days_from_civil(int64_t year, unsigned month, unsigned day)
{
	year -= month <= 2;
	int64_t era = (year >= 0 ? year : year - 399) / 400;
	int64_t year_of_era = year - era * 400;
	int64_t day_of_year = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + (int64_t)day - 1;
	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static struct civil civil_from_wall(int64_t wall)
{
	int64_t seconds = wall / SECOND, nanosecond = wall % SECOND;
	if (nanosecond < 0) {
		nanosecond += SECOND;
		seconds--;
	}
	int64_t days = seconds / 86400, rest = seconds % 86400;
	if (rest < 0) {
		rest += 86400;
		days--;
	}
	int64_t shifted = days + 719468;
	int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
	int64_t day_of_era = shifted - era * 146097;
	int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t march_month = (5 * day_of_year + 2) / 153;
	unsigned month = (unsigned)(march_month < 10 ? march_month + 3 : march_month - 9);
	return (struct civil){
		.year = year_of_era + era * 400 + (month <= 2),
		.month = month,
		.day = (unsigned)(day_of_year - (153 * march_month + 2) / 5 + 1),
		.hour = (unsigned)(rest / 3600),
		.minute = (unsigned)(rest / 60 % 60),
		.second = (unsigned)(rest % 60),
		.weekday = (unsigned)(((days + 4) % 7 + 7) % 7),
		.nanosecond = nanosecond,
	};
}

void time_rfc3339(struct buf *b, int64_t wall, int digits)
{
	CHECK(digits == 0 || digits == 3 || digits == 6 || digits == 9);
	struct civil c = civil_from_wall(wall);
	buf_printf(b, "%04d-%02u-%02uT%02u:%02u:%02u", (int)c.year, c.month, c.day, c.hour, c.minute, c.second);
	if (digits) {
		int64_t fraction = c.nanosecond;
		for (int i = digits; i < 9; i++)
			fraction /= 10;
		buf_printf(b, ".%0*lld", digits, (long long)fraction);
	}
	buf_char(b, 'Z');
}

void time_http(struct buf *b, int64_t wall)
{
	static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct civil c = civil_from_wall(wall);
	buf_printf(b, "%s, %02u %s %04d %02u:%02u:%02u GMT", days[c.weekday], c.day, months[c.month - 1], (int)c.year, c.hour, c.minute,
		   c.second);
}

/* Takes exactly n digits off the front. */
static inline bool take_digits(struct str *s, size_t n, unsigned *out)
{
	unsigned v = 0;
	if (s->len < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		unsigned digit = (unsigned)(uint8_t)s->p[i] - '0';
		if (digit > 9)
			return false;
		v = v * 10 + digit;
	}
	*out = v;
	s->p += n;
	s->len -= n;
	return true;
}

static inline bool take_char(struct str *s, char c)
{
	if (s->len == 0 || s->p[0] != c)
		return false;
	s->p++;
	s->len--;
	return true;
}

/* Takes a run of digits as a fraction of 10^9; what is beyond nine digits is cut off. False where there is no digit. */
static bool take_fraction(struct str *s, int64_t *billionths)
{
	static const uint32_t scales[] = { 1000000000, 100000000, 10000000, 1000000, 100000, 10000, 1000, 100, 10, 1 };
	uint32_t v = 0;
	size_t digits = 0;
	for (; digits < s->len && s->p[digits] >= '0' && s->p[digits] <= '9'; digits++)
		if (digits < 9)
			v = v * 10 + (uint32_t)(s->p[digits] - '0');
	if (digits == 0)
		return false;
	s->p += digits;
	s->len -= digits;
	*billionths = (int64_t)v * scales[digits < 9 ? digits : 9];
	return true;
}

static unsigned days_in_month(unsigned year, unsigned month)
{
	static const uint8_t days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return days[month - 1] + (month == 2 && leap ? 1U : 0U);
}

static bool take_date(struct str *s, int64_t *days)
{
	unsigned year, month, day;
	if (!take_digits(s, 4, &year) || !take_char(s, '-') || !take_digits(s, 2, &month) || !take_char(s, '-') || !take_digits(s, 2, &day))
		return false;
	if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
		return false;
	*days = days_from_civil(year, month, day);
	return true;
}

static bool take_clock(struct str *s, int64_t *seconds, int64_t *nanosecond)
{
	unsigned hour, minute, second;
	if (!take_digits(s, 2, &hour) || !take_char(s, ':') || !take_digits(s, 2, &minute) || !take_char(s, ':') ||
	    !take_digits(s, 2, &second))
		return false;
	if (hour > 23 || minute > 59 || second > 60) /* 60: a leap second, counted as the first second of the next minute */
		return false;
	*nanosecond = 0;
	if (take_char(s, '.') && !take_fraction(s, nanosecond))
		return false;
	*seconds = (int64_t)hour * 3600 + (int64_t)minute * 60 + (int64_t)second;
	return true;
}

static bool take_offset(struct str *s, int64_t *seconds)
{
	*seconds = 0;
	if (take_char(s, 'Z') || take_char(s, 'z'))
		return true;
	int sign = take_char(s, '+') ? 1 : take_char(s, '-') ? -1 : 0;
	unsigned hour, minute;
	if (sign == 0 || !take_digits(s, 2, &hour) || !take_char(s, ':') || !take_digits(s, 2, &minute) || hour > 23 || minute > 59)
		return false;
	*seconds = sign * ((int64_t)hour * 3600 + (int64_t)minute * 60);
	return true;
}

static bool join(int64_t seconds, int64_t nanosecond, int64_t *wall)
{
	int64_t v;
	/* In two steps from below the second, so that the very first representable times are not refused. */
	if (seconds < 0 && nanosecond > 0) {
		seconds++;
		nanosecond -= SECOND;
	}
	if (__builtin_mul_overflow(seconds, SECOND, &v) || __builtin_add_overflow(v, nanosecond, &v))
		return false;
	*wall = v;
	return true;
}

static bool parse_calendar(struct str s, int64_t *wall)
{
	int64_t days, seconds = 0, nanosecond = 0, offset = 0;
	if (!take_date(&s, &days))
		return false;
	if (s.len == 0)
		return join(days * 86400, 0, wall);
	bool blank = take_char(&s, ' ');
	if (!blank && !take_char(&s, 'T') && !take_char(&s, 't'))
		return false;
	if (!take_clock(&s, &seconds, &nanosecond))
		return false;
	if (!(blank && s.len == 0) && !take_offset(&s, &offset))
		return false;
	return s.len == 0 && join(days * 86400 + seconds - offset, nanosecond, wall);
}

/* Below 10^11 it is seconds (until the year 5138), below 10^14 milliseconds (from 1973 on), below 10^17 microseconds, else nanoseconds. */
static bool parse_unix(struct str s, int64_t *wall)
{
	struct str whole = str_sub(s, 0, str_find_char(s, '.'));
	int64_t v, fraction = 0;
	if (whole.len == 0 || whole.p[0] == '-' || !str_to_i64(whole, &v))
		return false;
	struct str rest = str_skip(s, whole.len);
	if (take_char(&rest, '.') && (!take_fraction(&rest, &fraction) || rest.len))
		return false;
	int64_t unit = v < 100000000000 ? SECOND : v < 100000000000000 ? 1000000 : v < 100000000000000000 ? 1000 : 1;
	if (__builtin_mul_overflow(v, unit, &v) || __builtin_add_overflow(v, fraction / (SECOND / unit), &v))
		return false;
	*wall = v;
	return true;
}

bool time_parse(struct str s, int64_t *wall)
{
	return s.len > 4 && s.p[4] == '-' ? parse_calendar(s, wall) : parse_unix(s, wall);
}

/* v/unit with three significant digits, "9.99" to "999"; false when it would need a fourth before the point (`most` and above). */
static bool three_digits(struct buf *b, uint64_t v, uint64_t unit, uint64_t most, const char *name)
{
	static const uint64_t scales[] = { 100, 10, 1 };
	for (size_t i = 0; i < ARRAY_LEN(scales); i++) {
		uint64_t scale = unit == 1 ? 1 : scales[i];
		uint64_t rounded = (uint64_t)(((unsigned __int128)v * scale + unit / 2) / unit);
		if (rounded >= (scale == 1 ? most : 1000) || rounded >= most * scale)
			continue;
		buf_u64(b, rounded / scale);
		if (scale == 100)
			buf_printf(b, ".%02u", (unsigned)(rounded % 100));
		else if (scale == 10)
			buf_printf(b, ".%u", (unsigned)(rounded % 10));
		buf_printf(b, " %s", name);
		return true;
	}
	return false;
}

static void two_units(struct buf *b, uint64_t large, const char *large_name, uint64_t small, const char *small_name)
{
	buf_u64(b, large);
	buf_printf(b, " %s", large_name);
	if (small) {
		buf_char(b, ' ');
		buf_u64(b, small);
		buf_printf(b, " %s", small_name);
	}
}

void duration_human(struct buf *b, int64_t ns)
{
	uint64_t v = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
	if (ns < 0)
		buf_char(b, '-');
	if (three_digits(b, v, 1, 1000, "ns") || three_digits(b, v, 1000, 1000, "µs") || three_digits(b, v, 1000000, 1000, "ms") ||
	    three_digits(b, v, 1000000000, 60, "s"))
		return;
	uint64_t seconds = v / 1000000000 + (v % 1000000000 >= 500000000);
	if (seconds < 3600) {
		two_units(b, seconds / 60, "min", seconds % 60, "s");
		return;
	}
	uint64_t minutes = (seconds + 30) / 60;
	if (minutes < 24 * 60)
		two_units(b, minutes / 60, "h", minutes % 60, "min");
	else
		two_units(b, (minutes + 30) / 60 / 24, "d", (minutes + 30) / 60 % 24, "h");
}

struct duration_unit {
	struct str name;
	int64_t ns;
};

/* Units stand in descending order: "1m30s" is a duration, "30s1m" a mistake. */
static const struct duration_unit duration_units[] = {
	{ STR_INIT("w"), INT64_C(604800000000000) }, { STR_INIT("d"), INT64_C(86400000000000) }, { STR_INIT("h"), INT64_C(3600000000000) },
	{ STR_INIT("m"), INT64_C(60000000000) },     { STR_INIT("s"), 1000000000 },	     { STR_INIT("ms"), 1000000 },
	{ STR_INIT("us"), 1000 },		     { STR_INIT("µs"), 1000 },		     { STR_INIT("ns"), 1 },
};

/* Takes "12" or "1.5": the whole part, and the fraction in billionths. */
static bool take_number(struct str *s, int64_t *whole, int64_t *fraction)
{
	size_t digits = 0;
	while (digits < s->len && s->p[digits] >= '0' && s->p[digits] <= '9')
		digits++;
	if (!str_to_i64(str_sub(*s, 0, digits), whole))
		return false;
	*s = str_skip(*s, digits);
	*fraction = 0;
	return !take_char(s, '.') || take_fraction(s, fraction);
}

bool duration_parse(struct str s, int64_t *ns)
{
	int64_t total = 0;
	if (s.len == 0)
		return false;
	for (size_t next = 0; s.len;) {
		int64_t whole, fraction, part;
		if (!take_number(&s, &whole, &fraction))
			return false;
		size_t letters = 0;
		while (letters < s.len && s.p[letters] != '.' && !(s.p[letters] >= '0' && s.p[letters] <= '9'))
			letters++;
		while (next < ARRAY_LEN(duration_units) && !str_eq(duration_units[next].name, str_sub(s, 0, letters)))
			next++;
		if (next == ARRAY_LEN(duration_units))
			return false;
		int64_t unit = duration_units[next++].ns;
		int64_t below = (int64_t)((__int128)unit * fraction / SECOND);
		if (__builtin_mul_overflow(whole, unit, &part) || __builtin_add_overflow(part, below, &part) ||
		    __builtin_add_overflow(total, part, &total))
			return false;
		s = str_skip(s, letters);
	}
	*ns = total;
	return true;
}

bool size_parse(struct str s, int64_t *bytes)
{
	static const char units[] = "KMGT";
	int64_t v;
	unsigned shift = 0;
	if (s.len > 2 && str_ends(s, STR("iB")) && s.p[s.len - 3] > '9')
		s.len -= 2;
	if (s.len && !(s.p[s.len - 1] >= '0' && s.p[s.len - 1] <= '9')) {
		const char *unit = memchr(units, s.p[s.len - 1] & ~0x20, sizeof(units) - 1);
		if (!unit)
			return false;
		shift = 10 * (unsigned)(unit - units + 1);
		s.len--;
	}
	if (s.len == 0 || s.p[0] == '-' || !str_to_i64(s, &v) || v > INT64_MAX >> shift)
		return false;
	*bytes = v << shift;
	return true;
}

void size_human(struct buf *b, int64_t bytes)
{
	static const char *const names[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	uint64_t v = bytes < 0 ? 0 - (uint64_t)bytes : (uint64_t)bytes;
	if (bytes < 0)
		buf_char(b, '-');
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (three_digits(b, v, UINT64_C(1) << (10 * i), 1024, names[i]))
			return;
	UNREACHABLE();
}

bool zone_parse(struct str s, int64_t *ns)
{
	unsigned hours, minutes = 0;
	if (str_eq(s, STR("Z")) || str_eq_ci(s, STR("UTC"))) {
		*ns = 0;
		return true;
	}
	bool west = str_starts(s, STR("-"));
	if (!west && !str_starts(s, STR("+")))
		return false;
	s = str_skip(s, 1);
	if (!take_digits(&s, 2, &hours))
		return false;
	if (str_starts(s, STR(":")))
		s = str_skip(s, 1);
	if (s.len && !take_digits(&s, 2, &minutes))
		return false;
	int64_t offset = (int64_t)hours * 3600 + (int64_t)minutes * 60;
	if (s.len || minutes > 59 || offset > 18 * 3600)
		return false;
	*ns = (west ? -offset : offset) * SECOND;
	return true;
}

void zone_put(struct buf *b, int64_t ns)
{
	int64_t minutes = (ns < 0 ? -ns : ns) / SECOND / 60;
	buf_printf(b, "%c%02d:%02d", ns < 0 ? '-' : '+', (int)(minutes / 60), (int)(minutes % 60));
}
