/* The reasons of tbl/reasons.h as a table. */
#include "model/call.h"

const struct call_reason_info call_reasons[REASON_COUNT] = {
	[CALL_OK] = { STR_INIT("answered"), STR_INIT(""), 0, STR_INIT(""), STR_INIT("") },
#define REASON_ROW(symbol, name, proxy_error, status, phase, words)                                                                        \
	[REASON_##symbol] = { STR_INIT(name), STR_INIT(proxy_error), status, STR_INIT(phase), STR_INIT(words) },
#include "tbl/reasons.h"
#undef REASON_ROW
};

enum call_reason call_reason_find(struct str name)
{
	for (int i = 0; i < REASON_COUNT; i++) {
		if (str_eq(call_reasons[i].name, name))
			return (enum call_reason)i;
	}
	return REASON_COUNT;
}
