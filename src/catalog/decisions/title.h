/* What the title of a decision says: what was chosen, and of what it is a choice. "Use Kafka instead of RabbitMQ for order events" chooses kafka, of brokers, and is about order events. By words
 * (tbl/decision_words.h) and technologies (tbl/decision_terms.h, tbl/capabilities.h); pure. */
#ifndef PLEACH_CATALOG_DECISIONS_TITLE_H
#define PLEACH_CATALOG_DECISIONS_TITLE_H
#include "base/arena.h"

enum { TITLE_CHOICES_MAX = 6, TITLE_WORDS_MAX = 12 };
struct decision_title {
	struct str choices[TITLE_CHOICES_MAX]; /* none: it names no choice that could be told */
	size_t choices_count;
	struct str topic;                      /* "broker", a capability; empty: not known */
	struct str words[TITLE_WORDS_MAX];     /* what it is about, in lower case and without plural; none: it does not say */
	size_t words_count;
};
/* Texts in the arena, or constant. False where memory ends. */
bool decision_title_read(struct decision_title *t, struct arena *a, struct str title);
/* At least half of the words of both together are in both. */
bool decision_titles_share(const struct decision_title *a, const struct decision_title *b);
/* Both choose something, and nothing is chosen by both. */
bool decision_titles_differ(const struct decision_title *a, const struct decision_title *b);
#endif
