/* "Did you mean": optimal string alignment (edit distance with transpositions of neighbours) over short names. Used where people
 * type names: files, commands, options, services. Names longer than SUGGEST_MAX get no suggestion. */
#include "base/suggest.h"

enum { SUGGEST_MAX = 64 };

static inline size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static inline char fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c == '_' ? '-' : c;
}

static size_t distance(struct str a, struct str b)
{
	/* Three rows of the matrix are enough: the current one, the one above, and the one above that for transpositions. */
	size_t rows[3][SUGGEST_MAX + 1];
	size_t *two_up = rows[0], *up = rows[1], *row = rows[2];
	for (size_t j = 0; j <= b.len; j++)
		up[j] = two_up[j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		row[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			size_t change = fold(a.p[i - 1]) == fold(b.p[j - 1]) ? 0 : 1;
			row[j] = least(least(up[j] + 1, row[j - 1] + 1), up[j - 1] + change);
			if (i > 1 && j > 1 && fold(a.p[i - 1]) == fold(b.p[j - 2]) && fold(a.p[i - 2]) == fold(b.p[j - 1]))
				row[j] = least(row[j], two_up[j - 2] + 1);
		}
		size_t *reuse = two_up;
		two_up = up;
		up = row;
		row = reuse;
	}
	return up[b.len];
}

struct str suggest(struct str typed, const struct str *candidates, size_t n)
{
	struct str nearest = { NULL, 0 };
	if (typed.len == 0 || typed.len > SUGGEST_MAX)
		return nearest;
	size_t best = (typed.len / 3 > 1 ? typed.len / 3 : 1) + 1;
	for (size_t i = 0; i < n; i++) {
		if (candidates[i].len == 0 || candidates[i].len > SUGGEST_MAX)
			continue;
		size_t d = distance(typed, candidates[i]);
		if (d < best) {
			best = d;
			nearest = candidates[i];
		}
	}
	return nearest;
}
