/* Whether a test's text says that it is a consumer's contract, or plays the other side itself (borders_impl.h): the rows of tbl/test_marks.h. */
#include "base/check.h"
#include "contract/borders/borders_impl.h"

static const struct { enum border_mark mark; struct str text; } marks[] = {
#define TEST_MARK(kind, text) { BORDER_MARK_##kind, STR_INIT(text) },
#include "tbl/test_marks.h"
};
enum { IMPORTS = 16 << 10 /* bytes in which imports stand */ };

/* A pact's keys stand at its top, in any order; a file that only looks like one counts as nothing. */
static bool is_pact_file(struct str text)
{
	return str_find(text, STR("\"consumer\"")) != SIZE_MAX && str_find(text, STR("\"provider\"")) != SIZE_MAX &&
	       (str_find(text, STR("\"interactions\"")) != SIZE_MAX || str_find(text, STR("\"messages\"")) != SIZE_MAX);
}

enum border_mark border_mark_of(struct str path, struct str text)
{
	if (str_ends(path, STR(".json")))
		return is_pact_file(text) ? BORDER_MARK_PACT : BORDER_MARK_NONE;
	enum border_mark found = BORDER_MARK_NONE;
	struct str head = str_sub(text, 0, IMPORTS);
	for (size_t i = 0; i < ARRAY_LEN(marks) && found != BORDER_MARK_PACT; i++)
		if ((found == BORDER_MARK_NONE || marks[i].mark == BORDER_MARK_PACT) && str_find(head, marks[i].text) != SIZE_MAX)
			found = marks[i].mark;
	return found;
}
