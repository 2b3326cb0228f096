/* Whether a call from outside comes from a test, and from which: by its User-Agent (tbl/test_agents.h) and by its baggage, where test tools and
 * OpenTelemetry's conventions put it: test.case.name, test.suite.name, synthetic_request=true. Anybody may say so of himself: the marks change
 * nothing but what `pleach tests` tells. No allocation. */
#ifndef PLEACH_GATEWAY_TRIED_H
#define PLEACH_GATEWAY_TRIED_H
#include "base/str.h"

enum { TRIED_TEXT_MAX = 256 /* bytes of a name or agent that are recorded */, TRIED_BAGGAGE_MAX = 8192 /* W3C Baggage section 3.2 */, TRIED_MEMBERS_MAX = 180 };
struct tried {
	struct str agent;          /* the header as it came; empty: of no test tool */
	char name[TRIED_TEXT_MAX], suite[TRIED_TEXT_MAX]; /* decoded */
	size_t name_len, suite_len;
	bool synthetic;            /* any of all this was said */
};
/* Both headers may be empty. *t is filled only where the result is true. */
bool tried_read(struct tried *t, struct str user_agent, struct str baggage);
/* The tool of a User-Agent: "k6"; empty where it is none. */
struct str tried_tool(struct str user_agent);
#endif
