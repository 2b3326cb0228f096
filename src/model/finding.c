/* The kinds of finding as a table, and a finding's JSON as GET /api/findings answers it. */
#include "model/finding.h"
#include "base/check.h"
#include "base/time.h"

const struct finding_info finding_infos[FINDING_KIND_COUNT] = {
#define FINDING_ROW(symbol, name, pain, severity, title, remedy)                                                                           \
	[FINDING_##symbol] = { STR_INIT(name), STR_INIT(pain), STR_INIT(severity), STR_INIT(title), STR_INIT(remedy) },
#include "tbl/findings.h"
#undef FINDING_ROW
};

static void put_time(struct json_out *o, const char *key, int64_t wall)
{
	struct buf b;
	buf_init(&b, 64);
	time_rfc3339(&b, wall, 3);
	json_kv_str(o, key, buf_str(&b));
	buf_release(&b);
}

void finding_json(struct json_out *o, const struct finding *f)
{
	CHECK((size_t)f->kind < FINDING_KIND_COUNT);
	const struct finding_info *info = &finding_infos[f->kind];
	json_out_object(o);
	json_kv_str(o, "id", f->id);
	json_kv_str(o, "kind", info->name);
	json_kv_str(o, "pain", info->pain);
	json_kv_str(o, "severity", info->severity);
	json_kv_str(o, "title", info->title);
	json_kv_str(o, "service", f->service);
	json_kv_str(o, "owner", f->owner);
	json_kv_str(o, "dependency", f->dependency);
	json_kv_str(o, "sentence", f->sentence);
	json_kv_str(o, "remedy", str_empty(f->remedy) ? info->remedy : f->remedy);
	json_kv_str(o, "query", f->query);
	json_kv_str(o, "trace", f->trace);
	json_kv_str(o, "file", f->place.file);
	json_kv_i64(o, "line", f->place.line);
	put_time(o, "since", f->since);
	json_out_end(o);
}
