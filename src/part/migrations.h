/* Who must move from which version of an API, for control: versions that go away (model/lifetime.h), who still calls them (contract/usage), what each of them must
 * change (contracts_between), and whether transforms hold. Answers GET /api/migrations, and judges: who still calls what ends soon or has ended, what nobody calls.
 *
 * A consumer is a caller of a version while it was seen within the window of the policy, and moved when it calls the successor and its calls of the old version have
 * stopped: none since the first new one, or none for twenty times their usual distance (two days at least where they spread over more than one). */
#ifndef PLEACH_PART_MIGRATIONS_H
#define PLEACH_PART_MIGRATIONS_H
#include "model/finding.h"
#include "net/http_server.h"
#include "part/contracts.h"

#define MIGRATIONS_PATH "/api/migrations"
enum {
	MIGRATIONS_MAX = 1024,      /* versions that go away */
	MIGRATION_CALLERS_MAX = 1000, /* told of one version, those with most calls */
	MIGRATION_OPERATIONS_MAX = 1000, /* told of one caller */
	MIGRATION_DAYS = 30,        /* of the course that is told */
	MIGRATION_MUST_MAX = 200,   /* changes told of one operation */
};
struct usage;
struct migrations;
/* usage may be NULL: then nobody knows who calls, and the answer says so. Both must live longer. */
struct migrations *migrations_new(struct contracts *contracts, const struct usage *usage);
void migrations_free(struct migrations *m);
void migrations_handle(void *migrations, struct http_exchange *x, struct str path);
void migrations_fleet(void *migrations, const struct fleet *f);
void migrations_judge(void *migrations, const struct finding_sink *to);
#endif
