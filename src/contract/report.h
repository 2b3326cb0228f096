/* What a comparison found, written for whoever reads it: people, programs, and the places where CI shows results. Writers put text into a buf and do
 * nothing else. All formats say the same: every change with its places, its proof, whom it reaches, and what approves it. */
#ifndef PLEACH_CONTRACT_REPORT_H
#define PLEACH_CONTRACT_REPORT_H
#include "contract/approvals.h"
#include "contract/change.h"

struct report {
	const struct changes *changes;      /* what is shown; files of places are as the reader knows them */
	const struct approval *const *approved; /* of each change, by its index: its valid approval or NULL; NULL: none is approved */
	const struct notes *notes;          /* NULL: none */
	struct str old_name, new_name;      /* the two sides, as named */
	bool old_elsewhere;                 /* old files are not in the working directory: text says of which side they are */
	enum change_level fails;            /* a change of this level or above that is not approved fails the run */
	size_t hidden[3];                   /* by level: left out because the reader did not ask for them */
	bool explain;                       /* text: reason and remedy of each change, all operations, what each rule demands */
	bool color;                         /* text: for a terminal */
	const struct json *policy;          /* of use (schema "UsagePolicy"); NULL: use was not asked for */
	struct str usage;                   /* where what is known of use comes from, in words; empty: use was not asked for */
	struct str version;                 /* of Pleach */
};
struct report_counts {
	size_t level[3], approved, unused; /* of each level, without the approved and unused */
	size_t failures;             /* notes that fail */
};
struct report_counts report_count(const struct report *r);
bool report_fails(const struct report *r);

enum report_format { REPORT_TEXT, REPORT_JSON, REPORT_SARIF, REPORT_GITHUB, REPORT_JUNIT };
bool report_format_parse(struct str name, enum report_format *f, struct err *e);
void report_write(const struct report *r, enum report_format f, struct buf *b);

void report_text(const struct report *r, struct buf *b);
/* One object, schema "ContractDiff" in tbl/schemas.json. */
void report_json(const struct report *r, struct json_out *o);
/* SARIF 2.1.0: what code hosts take as results of code scanning. An approved change is a suppressed result. */
void report_sarif(const struct report *r, struct buf *b);
/* Workflow commands: GitHub shows them beside the changed lines. */
void report_github(const struct report *r, struct buf *b);
/* One of them. level: "error", "warning" or "notice"; a place without a file is left out. */
void report_github_line(struct buf *b, const char *level, const struct change_place *p, struct str title, struct str message);
/* What GitLab, Jenkins and others show as test results: one case a change. */
void report_junit(const struct report *r, struct buf *b);
/* Text within XML, attributes too. Characters that XML 1.0 has no way to write become U+FFFD. */
void report_xml(struct buf *b, struct str s);

/* Where to show a change: its new place, or its old one where the new contract has none (then without a line, which would be another file's). */
struct change_place report_place(const struct change *x);
/* The approval of a change of the report; NULL: none. */
static inline const struct approval *report_approval(const struct report *r, const struct change *x) { return r->approved ? r->approved[x - r->changes->items] : NULL; }
/* Calls were watched for the whole window, and nobody was seen to use what changed: it is told and fails nothing. */
static inline bool report_unused(const struct change *x) { return x->level >= CHANGE_WARNING && x->use && x->use->verdict == USE_NOT_SEEN; }
/* "used by orders (sales): sends query.limit of GET /v1/orders …" for each consumer, the worst first, at most `most` of them; separated by `between`. */
void report_use(struct buf *b, const struct change *x, size_t most, const char *between);
/* "openapi/field-removed". */
void report_kind(struct buf *b, enum change_kind kind);
#endif
