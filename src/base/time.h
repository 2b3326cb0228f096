/* Times and durations as text. Times are ns since 1970 UTC; durations are ns. */
#ifndef PLEACH_BASE_TIME_H
#define PLEACH_BASE_TIME_H
#include "base/buf.h"
#include "base/str.h"
/* RFC 3339 in UTC with `digits` (0, 3, 6, 9) of the second: "2026-11-23T12:00:00.123Z". */
void time_rfc3339(struct buf *b, int64_t wall, int digits);
/* RFC 3339 with any offset and any number of fractional digits, "2026-11-23 12:00:00" (UTC), "2026-11-23", and Unix time in
 * s, ms, µs or ns by magnitude. False on anything else. */
bool time_parse(struct str s, int64_t *wall);
/* IMF-fixdate (RFC 9110 section 5.6.7). */
void time_http(struct buf *b, int64_t wall);
/* For people: three significant digits and a unit: "812 µs", "1.24 s", "3 min 20 s". */
void duration_human(struct buf *b, int64_t ns);
/* "300ms", "2s", "1m30s", "14d", "1.5h": units ns us µs ms s m h d w; a bare number is refused. Non-negative. */
bool duration_parse(struct str s, int64_t *ns);
/* An offset from UTC, ns to the east: "+02:00", "-0530", "+02", "Z", "UTC"; at most 18 hours. */
bool zone_parse(struct str s, int64_t *ns);
/* As "+02:00". */
void zone_put(struct buf *b, int64_t ns);
/* "64K", "20G", "256M", "1T", "512": powers of 1024; bytes. */
/* "KiB" and so on mean the same; small letters too. */
bool size_parse(struct str s, int64_t *bytes);
/* For people: "812 B", "1.24 KiB", "20.0 GiB". */
void size_human(struct buf *b, int64_t bytes);
/* The beginning of the step that the time lies in; steps are counted from 1970. */
static inline int64_t time_floor(int64_t time, int64_t step)
{
	int64_t rest = time % step;
	return time - (rest < 0 ? rest + step : rest);
}
#endif
