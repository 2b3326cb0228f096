/* Checks of the pairs of a .cases file, for the unit tests of formats. */
#ifndef PLEACH_TESTS_CONTRACT_CHECK_H
#define PLEACH_TESTS_CONTRACT_CHECK_H
#include "cases.h"
/* Every pair of tests/contract/FOLDER/NAME.cases: what must be found is, at its place, the other way round nothing breaks that must not; and all that was found is as
 * NAME.expected has it (RECORD=1 writes that). Fails the test with what is wrong. */
void check_cases(const char *folder, const char *name, bool schemas, const char *head, const char *other_head);
#endif
