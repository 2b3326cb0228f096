/* See words.h. The stemming is only that of plurals: heavier stemmers join what interfaces keep apart ("order", "ordering"). */
#include "catalog/interfaces/words.h"
#include "base/check.h"
#include <stdlib.h>

static bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_lower(char c) { return (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80; }
static bool is_part(char c) { return is_upper(c) || is_lower(c) || is_digit(c); }

/* "orders", "addresses", "boxes", "categories", "statuses"; not "address", "status", "axis". */
static size_t without_plural(const char *p, size_t n)
{
	struct str s = str_from(p, n);
	if (n < 4 || p[n - 1] != 's')
		return n;
	if (str_ends(s, STR("ss")) || str_ends(s, STR("us")) || str_ends(s, STR("is")))
		return n;
	if (str_ends(s, STR("sses")) || str_ends(s, STR("xes")) || str_ends(s, STR("ches")) || str_ends(s, STR("shes")) || str_ends(s, STR("tuses")))
		return n - 2;
	return n - 1;
}

static void put(struct words *w, const char *p, size_t n)
{
	static const struct { struct str from, to; } abbreviations[] = {
#define ABBREVIATION(short_form, long_form) { STR_INIT(short_form), STR_INIT(long_form) },
#include "tbl/interface_abbreviations.h"
#undef ABBREVIATION
	};
	if (w->count == WORDS_MAX || n == 0 || is_digit(p[0]))
		return;
	char *to = w->text[w->count];
	n = n < WORD_BYTES ? n : WORD_BYTES;
	for (size_t i = 0; i < n; i++)
		to[i] = is_upper(p[i]) ? (char)(p[i] + 'a' - 'A') : p[i];
	if (n > 4 && str_ends(str_from(to, n), STR("ies"))) {
		n -= 2;
		to[n - 1] = 'y';
	}
	n = without_plural(to, n);
	for (size_t i = 0; i < ARRAY_LEN(abbreviations); i++)
		if (str_eq(abbreviations[i].from, str_from(to, n))) {
			n = abbreviations[i].to.len;
			memcpy(to, abbreviations[i].to.p, n);
			break;
		}
	w->len[w->count++] = n;
}

/* Whether a word begins at i (i > from): "orderLine", "HTTPServer" before its S, "line2". */
static bool begins(struct str s, size_t i)
{
	char before = s.p[i - 1], c = s.p[i], after = i + 1 < s.len ? s.p[i + 1] : 0;
	if (is_digit(c) != is_digit(before))
		return true;
	return is_upper(c) && (!is_upper(before) || is_lower(after));
}

void words_split(struct words *w, struct str name)
{
	w->count = 0;
	for (size_t i = 0, from; i < name.len;) {
		if (!is_part(name.p[i])) {
			i++;
			continue;
		}
		for (from = i++; i < name.len && is_part(name.p[i]) && !begins(name, i); i++)
			;
		put(w, name.p + from, i - from);
	}
}

struct str words_joined(const struct words *w, char out[WORDS_BYTES])
{
	size_t n = 0;
	for (size_t i = 0; i < w->count; i++) {
		if (i)
			out[n++] = '_';
		memcpy(out + n, w->text[i], w->len[i]);
		n += w->len[i];
	}
	return str_from(out, n);
}

struct str words_flat(const struct words *w, char out[WORDS_BYTES])
{
	size_t n = 0;
	for (size_t i = 0; i < w->count; i++) {
		memcpy(out + n, w->text[i], w->len[i]);
		n += w->len[i];
	}
	return str_from(out, n);
}

static bool is_vowel(char c) { return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u'; }
static int by_text(const void *a, const void *b) { return memcmp(a, b, 4); }

struct str words_skeleton(const struct words *w, char out[WORDS_BYTES])
{
	char bones[WORDS_MAX][4];
	size_t n = 0;
	for (size_t i = 0; i < w->count; i++) {
		size_t k = 0;
		memset(bones[i], 0, sizeof(bones[i]));
		for (size_t j = 0; j < w->len[i] && k < 3; j++)
			if (k == 0 || (!is_vowel(w->text[i][j]) && w->text[i][j] != bones[i][k - 1]))
				bones[i][k++] = w->text[i][j];
	}
	qsort(bones, w->count, sizeof(bones[0]), by_text);
	for (size_t i = 0; i < w->count; i++) {
		if (i)
			out[n++] = '_';
		for (size_t k = 0; k < 3 && bones[i][k]; k++)
			out[n++] = bones[i][k];
	}
	return str_from(out, n);
}
