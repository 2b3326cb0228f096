/* See tried.h. */
#include "gateway/tried.h"
#include "base/check.h"

enum recognised { BEGINS, HOLDS };
static const struct { struct str tool; enum recognised how; struct str text; } agents[] = {
#define TEST_AGENT(tool, how, text) { STR_INIT(tool), how, STR_INIT(text) },
#include "tbl/test_agents.h"
};

struct str tried_tool(struct str user_agent)
{
	bool browser = str_starts(user_agent, STR("Mozilla/"));
	struct str s = str_sub(user_agent, 0, 2 * TRIED_TEXT_MAX);
	for (size_t i = 0; i < ARRAY_LEN(agents); i++)
		if (agents[i].how == BEGINS ? str_starts(s, agents[i].text) : browser && str_find(s, agents[i].text) != SIZE_MAX)
			return agents[i].tool;
	return STR("");
}

static int hex(char c) { return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1; }

/* Percent-decoded, as far as there is room; what is no UTF-8 afterwards is nothing. */
static size_t decode(char *out, struct str value)
{
	size_t n = 0;
	for (size_t i = 0; i < value.len && n < TRIED_TEXT_MAX; i++) {
		bool escape = value.p[i] == '%' && i + 2 < value.len && hex(value.p[i + 1]) >= 0 && hex(value.p[i + 2]) >= 0;
		out[n++] = escape ? (char)(hex(value.p[i + 1]) * 16 + hex(value.p[i + 2])) : value.p[i];
		i += escape ? 2 : 0;
	}
	while (n && !str_is_utf8(str_from(out, n)) && n + 4 > TRIED_TEXT_MAX)
		n--; /* cut within a character */
	return str_is_utf8(str_from(out, n)) ? n : 0;
}

static void read_baggage(struct tried *t, struct str baggage)
{
	for (int i = 0; i < TRIED_MEMBERS_MAX && baggage.p; i++) {
		struct str member = str_split(&baggage, ','), key = str_trim(str_split(&member, '='));
		struct str value = member.p ? str_trim(str_split(&member, ';')) : STR("");
		if (str_eq(key, STR("test.case.name")))
			t->name_len = decode(t->name, value);
		else if (str_eq(key, STR("test.suite.name")))
			t->suite_len = decode(t->suite, value);
		else if (str_eq(key, STR("synthetic_request")) && str_eq(value, STR("true")))
			t->synthetic = true;
	}
}

bool tried_read(struct tried *t, struct str user_agent, struct str baggage)
{
	struct str tool = user_agent.len ? tried_tool(user_agent) : STR("");
	if (!tool.len && !baggage.len) /* nearly all calls */
		return false;
	t->agent = tool.len ? str_sub(user_agent, 0, TRIED_TEXT_MAX) : STR("");
	if (!str_is_utf8(t->agent))
		t->agent = tool;
	t->name_len = t->suite_len = 0;
	t->synthetic = false;
	read_baggage(t, str_sub(baggage, 0, TRIED_BAGGAGE_MAX));
	t->synthetic |= tool.len || t->name_len || t->suite_len;
	return t->synthetic;
}
