/* Scores of all services of a picture (catalog/score), from what the node and the store answered; and their course by day, kept in .pleach/catalog/scores.json. */
#ifndef PLEACH_PART_CATALOG_SCORE_H
#define PLEACH_PART_CATALOG_SCORE_H
#include "catalog/score/score.h"
#include "catalog/releases/releases.h"
#include "part/catalog_abandoned.h"
#include "part/catalog_evidence.h"
#include "part/catalog_health.h"
#include "part/catalog_pacts.h"
#include "part/catalog_running.h"

/* The store's questions for it: lines of the last hour by service, all and those with a trace id. */
#define SCORE_LINES "/api/query?from=1h&q=*%20%7C%20stats%20count()%20by%20service"
#define SCORE_LINES_WITH_ID "/api/query?from=1h&q=trace%3A*%20%7C%20stats%20count()%20by%20service"
/* What is told of services beside the picture: scores, libraries that were given up, releases. */
/* What a running fleet answered: status (schema "Status"), lines and lines_with_id ("Query"), recent ("Edges", of health_window seconds); NULL: not answered. rules: answers of the fleet's own rules, in their order;
 * NULL: not asked. pacts: NULL, no broker was asked. */
struct catalog_answers { const struct json *status, *lines, *lines_with_id, *recent, *running /* "Query", of the window */; int64_t health_window; const struct json *const *rules; const struct catalog_pacts *pacts; };
struct catalog_scores { const struct picture *picture; struct release_history releases; struct health_history health; struct running_history running; struct evidence_list said; bool asked /* what people say was read */; const struct abandoned_uses *abandoned; /* as the picture's services; NULL: no lock files were read */ struct score *items; /* as the picture's services */ struct score_history history; };
/* answers: NULL, no fleet runs. locks: NULL, not read; lives as long. said: what people said, as catalog_evidence_read gives it; NULL: nobody could. before: the last ones, NULL: what they knew of health and of what runs is read from the folder (p NULL: nobody watches). Everything in the arena; false where that is
 * full. */
bool catalog_scores_make(struct catalog_scores *c, struct arena *a, const struct picture *p, const struct fleet *f, const struct catalog_answers *answers, const struct catalog_locks *locks,
			 const struct catalog_scores *before, const struct evidence_list *said, struct str folder);
/* As it was before, or from the folder on disk where before is NULL; with today's points. */
void catalog_scores_history(struct catalog_scores *c, struct arena *a, const struct score_history *before, struct str folder, int64_t now);
bool catalog_scores_write(const struct catalog_scores *c, struct str folder, struct err *e);
/* For picture_json: "score" of a service; whole: with facets and course. ctx: struct catalog_scores. */
void catalog_scores_json(void *ctx, struct json_out *o, const struct picture_service *s, bool whole);
#endif
