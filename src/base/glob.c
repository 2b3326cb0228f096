/* See glob.h. */
#include "base/glob.h"

bool glob_is_pattern(struct str s) { return str_find_char(s, '*') != SIZE_MAX || str_find_char(s, '?') != SIZE_MAX; }

/* Iterative, with one place to go back to: the last star. Linear for one star, at worst product of the lengths. */
bool glob_matches(struct str pattern, struct str name)
{
	size_t p = 0, n = 0, star = SIZE_MAX, mark = 0;
	if (str_starts(name, STR(".")) && !str_starts(pattern, STR(".")))
		return false;
	while (n < name.len) {
		if (p < pattern.len && pattern.p[p] == '*') {
			star = p++;
			mark = n;
		} else if (p < pattern.len && (pattern.p[p] == '?' || pattern.p[p] == name.p[n])) {
			p++;
			n++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			n = ++mark;
		} else {
			return false;
		}
	}
	while (p < pattern.len && pattern.p[p] == '*')
		p++;
	return p == pattern.len;
}
