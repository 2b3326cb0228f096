/* Pleach's verdicts beside those that another checker gave to the same pairs, as they are recorded in the repository. */
#ifndef PLEACH_TESTS_CONTRACT_VERDICTS_H
#define PLEACH_TESTS_CONTRACT_VERDICTS_H
#include "cases.h"
#include "base/map.h"

struct verdicts {
	struct arena arena;
	struct map given;         /* "straight NAME", "turned NAME" to the checker's verdict (struct str) */
	struct difference_row { struct str side, what, where, reason; bool used; } *rows;
	size_t count, capacity, compared, differ, failures;
};
/* Reads FOLDER/CHECKER.verdicts and FOLDER/CHECKER.differences: rows `pleach|checker | kind or rule | part of the pair's name | reason`, which say for what it is that only one
 * of the two sees a break. False where a file cannot be read. */
bool verdicts_read(struct verdicts *v, const char *folder, const char *checker);
/* Both directions of a pair: the same verdict (is there a break?), or a row for what only one sees. */
void verdicts_check(void *ctx, const struct case_pair *c);
/* Rows that no pair needed are failures too. */
void verdicts_done(struct verdicts *v);
#endif
