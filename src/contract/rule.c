/* The rows of tbl/changes.h and tbl/rules.h as C tables. */
#include "contract/change.h"

#define INFO CHANGE_INFO
#define WARNING CHANGE_WARNING
#define BREAKING CHANGE_BREAKING
const struct change_info change_infos[CHANGE_KIND_COUNT] = {
#define CHANGE_ROW(symbol, format, name, level, categories, title, why, remedy)                                                                               \
	[CHANGE_KIND_##symbol] = { STR_INIT(format), STR_INIT(name), level, categories, STR_INIT(title), STR_INIT(why), STR_INIT(remedy) },
#include "tbl/changes.h"
#undef CHANGE_ROW
};
const struct rule_info rule_infos[RULE_COUNT] = {
#define RULE_ROW(symbol, checker, name, sets, purpose) [RULE_##symbol] = { STR_INIT(checker), STR_INIT(name), STR_INIT(sets), STR_INIT(purpose) },
#include "tbl/rules.h"
#undef RULE_ROW
};
