/* Tests that were seen to call services: of the store's answers makes the tests that cross borders (borders.h). No I/O. */
#ifndef PLEACH_PART_BORDERS_SEEN_H
#define PLEACH_PART_BORDERS_SEEN_H
#include "contract/borders/borders.h"

enum { BORDERS_SEEN_MAX = 200 /* tests */, BORDERS_SEEN_TRACES = 500 };
/* What the store is asked, of the last day: the spans that say that they are a test's; the traces that they are in. */
#define BORDERS_SEEN_QUERY "(user_agent.synthetic.type%3Atest%20or%20has%3Atest.case.name%20or%20has%3Atest.suite.name)"
#define BORDERS_SEEN_SPANS                                                                                                                       \
	"/api/query?of=spans&from=1d&limit=500&q=" BORDERS_SEEN_QUERY                                                                            \
	"%20%7C%20fields%20trace%2C%20time%2C%20service%2C%20test.case.name%2C%20test.suite.name%2C%20user_agent.original%20%7C%20limit%20500"
#define BORDERS_SEEN_CALLS "/api/traces?from=1d&limit=500&q=" BORDERS_SEEN_QUERY
struct borders_seen { struct arena arena; struct border_test *tests; size_t count, capacity; };
/* spans, traces: the answers. of: what was found in files; may be NULL. Init the arena before and release it after use; all texts of the tests lie in it. */
void borders_seen_read(struct borders_seen *s, const struct fleet *f, const struct borders *of, const struct json *spans, const struct json *traces);
#endif
