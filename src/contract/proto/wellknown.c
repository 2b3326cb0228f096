/* Files that are always there (rows of tbl/proto_wellknown.h), and files that may be missing. */
#include "contract/proto/link.h"

static const struct { struct str path, text; } known[] = {
#define PROTO_WELLKNOWN_ROW(path, text) { STR_INIT(path), STR_INIT(text) },
#include "tbl/proto_wellknown.h"
#undef PROTO_WELLKNOWN_ROW
};
/* Folders of files that define options for tools: a contract that uses them is read without them. */
static const struct str optional[] = { STR_INIT("google/api/"), STR_INIT("buf/validate/"), STR_INIT("validate/"), STR_INIT("gogoproto/"), STR_INIT("protoc-gen-openapiv2/"),
	STR_INIT("openapiv3/") };

struct str proto_wellknown(struct str path)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (str_eq(known[i].path, path))
			return known[i].text;
	return (struct str){ NULL, 0 };
}

bool proto_may_miss(struct str path)
{
	for (size_t i = 0; i < sizeof(optional) / sizeof(optional[0]); i++)
		if (str_starts(path, optional[i]))
			return true;
	return false;
}
