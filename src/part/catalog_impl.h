/* What the catalogue's rounds (catalog.c) and its answers (catalog_api.c) share. On the loop's thread, but for a round's view while a worker makes it. */
#ifndef PLEACH_PART_CATALOG_IMPL_H
#define PLEACH_PART_CATALOG_IMPL_H
#include "catalog/advice/advice.h"
#include "part/catalog.h"
#include "part/catalog_alike.h"
#include "part/catalog_crawl.h"
#include "part/catalog_libraries.h"
#include "part/catalog_others.h"
#include "part/catalog_score.h"

enum { CATALOG_WAITING_MAX = 32 };
/* A picture with all that it points at, which has its end of life. */
struct view {
	struct picture *picture;
	struct crawl_kept *kept;
	struct fleet *fleet;
	struct catalog_scores scores;
	struct evidence_list said;         /* in answers */
	struct advice_all advice;
	struct catalog_alike *alike;
	struct catalog_locks *locks;
	struct catalog_libraries libraries;
	struct arena answers;
};
struct round;
struct waiting { struct catalog_part *owner; struct http_exchange *x; struct str path; };
struct catalog_part {
	struct loop *loop;
	struct catalog_options options;
	struct arena arena;
	struct view view;
	struct round *round;               /* under way */
	struct http_call *call;
	struct timer timer;
	bool again;                        /* the fleet changed meanwhile */
	struct others others;
	struct err problem;                /* of the last round */
	struct waiting *waiting[CATALOG_WAITING_MAX]; /* for the first picture */
	size_t waiting_count;
	void (*closed)(void *ctx);
	void *closed_ctx;
};

/* catalog_api.c: those who waited for the first picture have their answers. */
void catalog_answer_waiting(struct catalog_part *c);
#endif
