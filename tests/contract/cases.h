/* Pairs of descriptions from the .cases files of tests/contract: what they are, what must be found, and what was found. Used by the unit tests and by the tool
 * that hands the pairs to other checkers. */
#ifndef PLEACH_TESTS_CONTRACT_CASES_H
#define PLEACH_TESTS_CONTRACT_CASES_H
#include "contract/format.h"

enum { CASE_EXPECTS_MAX = 8, CASE_RULES_MAX = 6 };
enum case_reverse { REVERSE_FINE, REVERSE_WARNS, REVERSE_BREAKS };
struct case_expect { struct str level, kind; /* empty: any */ struct str rules[CASE_RULES_MAX]; size_t rules_count; };
struct case_pair {
	struct str name;
	struct str texts[2];            /* old, new */
	struct str file;                /* of both */
	struct contract_options options;
	struct case_expect expects[CASE_EXPECTS_MAX];
	size_t expects_count;
	bool only;                      /* nothing else above INFO */
	enum case_reverse reverse;
	/* Of pairs made from a pair of schemas: */
	struct str schemas[2];          /* empty for whole descriptions */
	bool response;
	uint32_t line, column;          /* where the schema stands in both */
};
typedef void case_visit(void *ctx, const struct case_pair *c);
/* All pairs of a file under tests/contract; `head` is put in front of each text ("%s" stands for the version). False where the file cannot be read. */
bool cases_pairs(struct arena *a, const char *path, const char *head, const char *head_other, case_visit *visit, void *ctx);
/* Rows of schemas, each as four pairs. */
bool cases_schemas(struct arena *a, const char *path, case_visit *visit, void *ctx);
/* Compares; `out` is initialised. `turned`: from new to old. False with e. */
bool case_compare(const struct case_pair *c, bool turned, struct changes *out, struct err *e);
#endif
