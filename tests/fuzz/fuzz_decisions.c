/* Any bytes as titles and statuses of decisions, a line each: what is read stays within its limits, is the same a second time, and agrees with itself. */
#include "base/check.h"
#include "catalog/decisions/decisions.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct decision_title *t)
{
	CHECK(t->choices_count <= TITLE_CHOICES_MAX && t->words_count <= TITLE_WORDS_MAX);
	for (size_t i = 0; i < t->words_count; i++)
		CHECK(t->words[i].len > 0);
	for (size_t i = 0; i < t->choices_count; i++)
		for (size_t k = 0; k < i; k++)
			CHECK(!str_eq(t->choices[i], t->choices[k]));
	CHECK(!decision_titles_differ(t, t));
	CHECK(!t->words_count || decision_titles_share(t, t));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct decision_title before = { .topic = STR("") };
	struct arena a;
	arena_init(&a, 64 << 20);
	for (struct str rest = { (const char *)data, size }, line; rest.p && rest.len;) {
		struct decision_title t, again;
		line = str_split(&rest, '\n');
		if (!decision_title_read(&t, &a, line) || !decision_title_read(&again, &a, line))
			break;
		check(&t);
		CHECK(t.choices_count == again.choices_count && t.words_count == again.words_count && str_eq(t.topic, again.topic));
		CHECK(decision_titles_share(&t, &before) == decision_titles_share(&before, &t) && decision_titles_differ(&t, &before) == decision_titles_differ(&before, &t));
		CHECK(decision_state_of(line) <= DECISION_ENDED);
		before = t;
	}
	arena_release(&a);
	return 0;
}
