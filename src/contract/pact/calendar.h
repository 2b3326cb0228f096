/* The days of the Gregorian calendar, counted from 1970-01-01. */
#ifndef PLEACH_CONTRACT_PACT_CALENDAR_H
#define PLEACH_CONTRACT_PACT_CALENDAR_H
#include <stdint.h>
struct civil { int64_t year; unsigned month, day; }; /* month and day from 1 */
/* Howard Hinnant, "chrono-compatible low-level date algorithms". */
static inline int64_t days_of(struct civil c)
{
	int64_t y = c.year - (c.month <= 2), era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400, of_year = (153 * (c.month > 2 ? (int64_t)c.month - 3 : (int64_t)c.month + 9) + 2) / 5 + c.day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}
static inline struct civil civil_of(int64_t days)
{
	days += 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097, of_era = days - era * 146097;
	int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365, of_year = of_era - (365 * y + y / 4 - y / 100);
	int64_t m = (5 * of_year + 2) / 153;
	struct civil c = { y + era * 400, (unsigned)(m < 10 ? m + 3 : m - 9), (unsigned)(of_year - (153 * m + 2) / 5 + 1) };
	c.year += c.month <= 2;
	return c;
}
static inline int leap_year(int64_t y) { return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0; }
static inline unsigned days_in_month(int64_t year, unsigned month)
{
	static const unsigned char n[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	return month == 2 && leap_year(year) ? 29 : n[month - 1];
}
/* 1 is Monday. */
static inline unsigned weekday_of(int64_t days) { return (unsigned)(((days + 3) % 7 + 7) % 7) + 1; }
#endif
