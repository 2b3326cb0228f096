/* System Operability Score: how well a service can be run, from evidence. After the Financial Times' SOS (Thorpe 2019): facets are weighted, the important ones of important services
 * most; but what is scored here is what was measured, not what was written, wherever it can be measured.
 *
 * A facet (tbl/score_facets.h) gives 0 to 1, or cannot be measured now and counts nowhere. The score is the weighted mean in percent. Levels: bronze from 40, silver from 60, gold from
 * 75, platinum from 90. A service should reach the level of its tier; nothing is blocked by it. */
#ifndef PLEACH_CATALOG_SCORE_SCORE_H
#define PLEACH_CATALOG_SCORE_SCORE_H
#include "catalog/picture/picture.h"
#include "catalog/score/evidence.h"
#include "catalog/releases/running.h"
#include "catalog/score/health.h"

enum score_facet {
#define SCORE_FACET(symbol, ...) SCORE_##symbol,
#include "tbl/score_facets.h"
#undef SCORE_FACET
	SCORE_FACET_COUNT
};
struct score_facet_info { struct str name; int weight; enum tier tier; struct str title, raise; };
extern const struct score_facet_info score_facets[SCORE_FACET_COUNT];

/* Pacts of it that count now, and what the newest result of each says; failed_of: whose failed, empty: none. */
struct score_pacts { size_t pacts, verified, failed; struct str failed_of; };
/* What was measured of one service besides the picture. */
struct score_evidence {
	bool status_known;             /* the node was asked */
	bool runs_here;                /* Pleach starts it: the next three say how it is */
	size_t wanted, healthy;
	bool logs_known;
	uint64_t lines, lines_with_id; /* of the last hour */
	int64_t health_window;         /* seconds */
	const struct health_watch *health; /* of its check when it was broken; NULL: nobody watched */
	const struct evidence_list *said; /* what people and jobs brought; NULL: nobody could */
	const struct running_event *back; /* the newest rollback that was seen; NULL: none */
	size_t lock_files;             /* of it that were read */
	size_t abandoned;              /* libraries in them that it asks for, and that are known to be given up */
	struct str abandoned_words;    /* which */
	const struct score_pacts *pacts; /* NULL: no broker was asked, and a contract counts as published alone */
};
/* A rule of the fleet's own, and how many lines of each service match; matched: NULL, not measured. */
struct score_rules { const struct score_rule *items; size_t count; const uint64_t *matched; /* by rule */ };
struct score_value {
	double value;                  /* 0 to 1; negative: not measurable */
	struct str measured;           /* what was seen, in words; of one that is not measurable why */
	double gain;                   /* points (of 100) that the score would rise by if it were 1 */
};
enum { SCORE_NOTHING = SCORE_FACET_COUNT + FLEET_MAX_RULES };
struct score {
	double points;                 /* 0 to 100 */
	enum tier level, wanted;       /* TIER_NONE: below bronze; no tier is said */
	size_t measured;               /* facets */
	struct score_value facets[SCORE_FACET_COUNT];
	struct score_value rules[FLEET_MAX_RULES];
	size_t rules_count;
	const struct score_rule *rule_items;
	size_t next;                   /* the one with the greatest gain: a facet, or SCORE_FACET_COUNT and the number of a rule; SCORE_NOTHING: all is well */
};
/* Pure: the same evidence gives the same score. Texts in the arena. declared: of the fleet's files; NULL: not of the fleet. rules: NULL, none. */
void score_make(struct score *s, struct arena *a, const struct picture *p, const struct picture_service *service, const struct service *declared, const struct score_evidence *e, const struct score_rules *rules);
enum tier score_level(double points);
enum tier tier_of_words(struct str words); /* "Platinum", "tier 1", "1": platinum; TIER_NONE where they say nothing */
struct str score_tier_name(enum tier t);   /* empty for none */
/* {"points","level","wanted","measured","next","facets":[…]}; short: without facets. */
void score_json(struct json_out *o, const struct score *s, bool facets);

/* Points by day, newest last, of each service by its id: what `history` shows. */
enum { SCORE_DAYS = 120 };
struct score_day { int64_t day /* days since 1970 */; int points; };
struct score_course { struct str id; struct score_day days[SCORE_DAYS]; size_t count; };
struct score_history { struct score_course *items; size_t count, capacity; bool changed; };
void score_history_read(struct score_history *h, struct arena *a, const struct json *j);
void score_history_json(struct json_out *o, const struct score_history *h);
/* Today's points of a service: the day's last value counts. */
void score_history_add(struct score_history *h, struct arena *a, struct str id, int64_t now, double points);
const struct score_course *score_history_of(const struct score_history *h, struct str id);
#endif
