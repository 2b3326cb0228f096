/* Names under which other checkers know a change, so that their users find it again: symbol, checker, the checker's name of the rule, blank-separated sets in
 * which the checker runs it, what it demands. Written from the checkers' documentation. */
#include "tbl/rules_protolock.h"
#include "tbl/rules_buf.h"
#include "tbl/rules_oasdiff.h"
#include "tbl/rules_redocly.h"
#include "tbl/rules_confluent.h"
#include "tbl/rules_graphql_inspector.h"
