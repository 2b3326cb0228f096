/* A finding: declared and observed disagree, or an observation breaks a promise. One type and one list for everything that judges. */
#ifndef PLEACH_MODEL_FINDING_H
#define PLEACH_MODEL_FINDING_H
#include "base/json.h"
#include "model/fleet.h"
enum finding_kind {
#define FINDING_ROW(symbol, name, pain, severity, title, remedy) FINDING_##symbol,
#include "tbl/findings.h"
#undef FINDING_ROW
	FINDING_KIND_COUNT
};
struct finding {
	enum finding_kind kind;
	struct str id;          /* stable: kind and subject, e.g. "no-owner:stock" */
	struct str service, owner, dependency; /* owner: team; empty where unknown */
	struct str sentence;    /* what is wrong, in words */
	struct str remedy;      /* what to do, with the lines of YAML to add where that helps */
	struct str query;       /* evidence: a log query, or empty */
	struct str trace;       /* evidence: trace id in hex, or empty */
	struct place place;     /* evidence: place in a file, or empty */
	int64_t since;          /* wall ns when first judged */
};
/* Where somebody who judges puts findings: add copies all texts. With an empty id it is made of kind, service and dependency, and an empty owner is the service's; since
 * is kept from earlier judgements. */
struct finding_sink {
	void (*add)(void *ctx, const struct finding *f);
	void *ctx;
};
struct finding_info { struct str name, pain, severity, title, remedy; };
extern const struct finding_info finding_infos[FINDING_KIND_COUNT];
void finding_json(struct json_out *o, const struct finding *f);
#endif
