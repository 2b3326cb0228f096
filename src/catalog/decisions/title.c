/* See title.h: the title as words in lower case, read from left to right in one of four moods. */
#include "catalog/decisions/title.h"
#include "base/check.h"
#include "catalog/packages/capabilities.h"

enum role { ROLE_NONE, ROLE_CHOOSE, ROLE_INTO, ROLE_LEAVE, ROLE_SUBJECT, ROLE_STOP };
/* What the words at hand are: before any choice, chosen, left, or what it is for. */
enum mood { MOOD_OPEN, MOOD_CHOSEN, MOOD_LEFT, MOOD_SUBJECT };
enum { TOKENS_MAX = 32, TERM_WORDS = 3 };
struct term { struct str words, choice, topic; bool anywhere; };
struct reading { struct decision_title *to; struct arena *a; struct str tokens[TOKENS_MAX]; size_t count, phrase /* first token of a choice that is no term; TOKENS_MAX: none */, phrase_end; };

static const struct term terms[] = {
#define DECISION_TERM(words, choice, topic, anywhere) { STR_INIT(words), STR_INIT(choice), STR_INIT(topic), anywhere },
#include "tbl/decision_terms.h"
#undef DECISION_TERM
};

static enum role role_of(struct str word)
{
	static const struct { struct str word; enum role role; } rows[] = {
#define DECISION_WORD(word, role) { STR_INIT(word), ROLE_##role },
#include "tbl/decision_words.h"
#undef DECISION_WORD
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (str_eq(rows[i].word, word))
			return rows[i].role;
	return ROLE_NONE;
}

/* --- words ------------------------------------------------------------------------------------------------------------------------------------------------- */

static bool parts(char c) { return c == ' ' || c == '\t' || c == ',' || c == ';' || c == ':' || c == '(' || c == ')' || c == '[' || c == ']' || c == '"' || c == '`' || c == '*' || c == '!' || c == '?' || c == '_'; }

/* "12.", "0003", "adr-12", "adr": how files and titles are numbered. */
static bool is_number(struct str w)
{
	if (str_starts(w, STR("adr")))
		w = str_skip(w, 3);
	for (size_t i = 0; i < w.len; i++)
		if (!(w.p[i] >= '0' && w.p[i] <= '9') && w.p[i] != '-' && w.p[i] != '.' && w.p[i] != '#')
			return false;
	return true;
}

static bool tokens_of(struct reading *r, struct str title)
{
	char *text = arena_bytes(r->a, title.len + 1);
	for (size_t i = 0; text && i < title.len; i++)
		text[i] = title.p[i] >= 'A' && title.p[i] <= 'Z' ? (char)(title.p[i] | 0x20) : title.p[i];
	for (size_t i = 0, from = 0; text && i <= title.len && r->count < TOKENS_MAX; i++) {
		if (i < title.len && !parts(text[i]))
			continue;
		struct str w = str_from(text + from, i - from);
		from = i + 1;
		while (w.len && (str_ends(w, STR(".")) || str_ends(w, STR("-"))))
			w.len--;
		if (w.len && (r->count || !is_number(w)))
			r->tokens[r->count++] = w;
	}
	return text != NULL;
}

static const struct term *find_term(struct str words)
{
	size_t from = 0, to = ARRAY_LEN(terms);
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		int order = str_cmp(words, terms[middle].words);
		if (order == 0)
			return &terms[middle];
		if (order > 0)
			from = middle + 1;
		else
			to = middle;
	}
	return NULL;
}

static struct str joined(struct reading *r, size_t from, size_t n)
{
	struct str s = r->tokens[from];
	for (size_t i = 1; i < n; i++)
		s = arena_printf(r->a, "%.*s %.*s", STR_FMT(s), STR_FMT(r->tokens[from + i]));
	return s;
}

/* The longest term that begins at a word, and of how many words it is. */
static const struct term *term_at(struct reading *r, size_t i, size_t *words)
{
	for (*words = TERM_WORDS; *words > 0; (*words)--) {
		const struct term *t = i + *words <= r->count ? find_term(joined(r, i, *words)) : NULL;
		if (t)
			return t;
	}
	return NULL;
}

/* --- what they say ----------------------------------------------------------------------------------------------------------------------------------------- */

static void choose(struct decision_title *t, struct str choice, struct str topic)
{
	for (size_t i = 0; i < t->choices_count; i++)
		if (str_eq(t->choices[i], choice))
			return;
	if (t->choices_count < TITLE_CHOICES_MAX)
		t->choices[t->choices_count++] = choice;
	t->topic = t->topic.len ? t->topic : topic;
}

static struct str singular(struct str word)
{
	if (word.len > 3 && str_ends(word, STR("s")) && !str_ends(word, STR("ss")))
		word.len--;
	return word;
}

static void about(struct decision_title *t, struct str word)
{
	word = singular(word);
	for (size_t i = 0; i < t->words_count; i++)
		if (str_eq(t->words[i], word))
			return;
	if (t->words_count < TITLE_WORDS_MAX)
		t->words[t->words_count++] = word;
}

/* A verb behind a word that leaves ("do not use", "stop using") leaves too. */
static enum mood mood_of(const struct reading *r, size_t i, enum role role, enum mood now)
{
	bool chosen = r->to->choices_count || r->phrase < TOKENS_MAX;
	if (role == ROLE_CHOOSE)
		return i && role_of(r->tokens[i - 1]) == ROLE_LEAVE ? now : MOOD_CHOSEN;
	if (role == ROLE_INTO) /* "use X to store Y" says what for, "move from X to Y" what is chosen */
		return str_eq(r->tokens[i], STR("to")) && chosen ? MOOD_SUBJECT : MOOD_CHOSEN;
	if (role == ROLE_LEAVE) /* "X over Y" leaves Y, "events over X" does not */
		return str_eq(r->tokens[i], STR("over")) && !chosen ? now : MOOD_LEFT;
	return role == ROLE_SUBJECT ? MOOD_SUBJECT : now;
}

static void read_words(struct reading *r)
{
	enum mood mood = MOOD_OPEN;
	size_t words;
	for (size_t i = 0; i < r->count; i += words) {
		const struct term *t = term_at(r, i, &words);
		enum role role = role_of(r->tokens[i]);
		bool named = t && (t->anywhere || mood == MOOD_CHOSEN) && mood != MOOD_LEFT && !(mood == MOOD_SUBJECT && (r->to->choices_count || r->phrase < TOKENS_MAX));
		words = named ? words : 1;
		if (named) {
			choose(r->to, t->choice, t->topic);
		} else if (role != ROLE_NONE) {
			mood = mood_of(r, i, role, mood);
		} else if (mood == MOOD_CHOSEN && !r->to->choices_count && (r->phrase == TOKENS_MAX || r->phrase_end == i)) {
			r->phrase = r->phrase < TOKENS_MAX ? r->phrase : i;
			r->phrase_end = i + 1;
		} else if (mood == MOOD_OPEN || mood == MOOD_SUBJECT) {
			about(r->to, r->tokens[i]);
		}
	}
}

/* A library's capability, whatever its ecosystem. */
static struct str library_topic(struct str name)
{
	for (int type = 0; type < PACKAGE_TYPES; type++) {
		enum capability c = packages_capability((enum package_type)type, name);
		if (c != CAPABILITY_NONE)
			return str_z(capability_name(c));
	}
	return STR("");
}

/* "http client", "logging", "feature flags" among the words that say what for: capabilities by their names. */
static struct str named_topic(struct reading *r)
{
	const struct decision_title *t = r->to;
	for (size_t i = 0; i < t->words_count; i++)
		for (size_t n = 2; n > 0; n--) {
			struct str words = i + n > t->words_count ? STR("") : n == 1 ? t->words[i] : arena_printf(r->a, "%.*s-%.*s", STR_FMT(t->words[i]), STR_FMT(t->words[i + 1]));
			for (int c = CAPABILITY_NONE + 1; words.len && c < CAPABILITIES; c++)
				if (str_eq(words, singular(str_z(capability_name((enum capability)c)))))
					return str_z(capability_name((enum capability)c));
		}
	return STR("");
}

bool decision_title_read(struct decision_title *t, struct arena *a, struct str title)
{
	struct reading r = { .to = t, .a = a, .phrase = TOKENS_MAX };
	*t = (struct decision_title){ .topic = STR("") };
	if (!tokens_of(&r, title))
		return false;
	read_words(&r);
	if (!t->choices_count && r.phrase < TOKENS_MAX) {
		struct str words = joined(&r, r.phrase, r.phrase_end - r.phrase);
		struct str topic = library_topic(words);
		choose(t, words, topic.len ? topic : library_topic(r.tokens[r.phrase]));
	}
	if (!t->topic.len)
		t->topic = named_topic(&r);
	return !a->full;
}

static size_t common(const struct str *a, size_t n, const struct str *b, size_t m)
{
	size_t count = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < m; k++)
			count += str_eq(a[i], b[k]);
	return count;
}

bool decision_titles_share(const struct decision_title *a, const struct decision_title *b)
{
	size_t both = common(a->words, a->words_count, b->words, b->words_count);
	return both && 2 * both >= a->words_count + b->words_count - both;
}

bool decision_titles_differ(const struct decision_title *a, const struct decision_title *b)
{
	return a->choices_count && b->choices_count && !common(a->choices, a->choices_count, b->choices, b->choices_count);
}
