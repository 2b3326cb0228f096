/* The facets' functions (score.h): 0 to 1, or NOT_MEASURABLE with why. */
#ifndef PLEACH_CATALOG_SCORE_FACETS_H
#define PLEACH_CATALOG_SCORE_FACETS_H
#include "catalog/score/score.h"
#define NOT_MEASURABLE (-1.0)
struct facet_input { struct arena *a; const struct picture *p; const struct picture_service *s; const struct picture_team *team; const struct service *declared; const struct score_evidence *e; struct str said; };
#define SCORE_FACET(symbol, function, ...) double facet_##function(struct facet_input *in);
#include "tbl/score_facets.h"
#undef SCORE_FACET
#endif
