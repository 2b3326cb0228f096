/* What a change does to the scores of its services (catalog/score), by what files and history say before and after it. It is told and fails nothing. */
#ifndef PLEACH_CLI_CHECK_CHANGE_SCORE_H
#define PLEACH_CLI_CHECK_CHANGE_SCORE_H
#include "catalog/score/score.h"
#include "cli/check_change.h"

struct changed_facet { enum score_facet facet; double before, after; /* 0 to 1; negative: not measured */ struct str measured; /* after it */ };
struct changed_score {
	struct str service;
	double before, after;     /* points; negative: it is not there */
	struct changed_facet facets[SCORE_FACET_COUNT];
	size_t facets_count;
};
struct changed_scores { struct changed_score *items; size_t count; struct str note; /* what it is without, in words; empty: nothing */ };
/* Of those services whose score, or what it is made of, is another. In the command's arena. False with e where one of both cannot be read. */
bool change_scores(struct cli *c, const struct change_range *range, struct changed_scores *out, struct err *e);
void changed_scores_json(struct json_out *o, const struct changed_scores *s);
void changed_scores_text(struct cli *c, const struct changed_scores *s);
#endif
