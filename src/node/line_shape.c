/* See line_shape.h. */
#include "node/line_shape.h"
#include "base/check.h"
#include "base/time.h"
#include "node/line.h"

#define YEAR ((int64_t)366 * 86400 * 1000000000)
#define DAY ((int64_t)86400 * 1000000000)

struct str line_cut(struct str beginning)
{
	size_t n = beginning.len, lead = n - 1;
	CHECK(n == LINE_MAX_BYTES);
	while (lead > n - 4 && ((uint8_t)beginning.p[lead] & 0xC0) == 0x80)
		lead--;
	if ((uint8_t)beginning.p[lead] >= 0xC0 && str_utf8_sequence(str_skip(beginning, lead)) != n - lead)
		n = lead;
	return str_sub(beginning, 0, n);
}

bool line_time(struct str s, int64_t observed, int64_t *wall)
{
	enum { SHORTEST = 20 /* 2026-11-25T10:00:00Z */, LONGEST = 40 };
	int64_t t;
	if (s.len && s.p[0] == '[')
		s = str_skip(s, 1);
	size_t n = 0;
	while (n < s.len && n <= LONGEST && !strchr(" \t],", s.p[n]))
		n++;
	if (n < SHORTEST || n > LONGEST || s.p[4] != '-' || s.p[10] != 'T')
		return false;
	bool zone = s.p[n - 1] == 'Z' || s.p[n - 6] == '+' || s.p[n - 6] == '-';
	if (!zone || !time_parse(str_sub(s, 0, n), &t) || t < observed - 10 * YEAR || t > observed + DAY)
		return false;
	*wall = t;
	return true;
}
