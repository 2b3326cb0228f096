/* Which growing pains a fleet has now, which come next as it grows, what to do about them, and what would be wasted. From figures of the picture (catalog/picture) and of what was found;
 * pure: the same figures give the same advice. Thresholds are Newman's where he names any (Monolith to Microservices, chapter 5), else ours, with the reason beside them. */
#ifndef PLEACH_CATALOG_ADVICE_ADVICE_H
#define PLEACH_CATALOG_ADVICE_ADVICE_H
#include "catalog/releases/releases.h"
#include "catalog/score/score.h"

enum pain {
#define PAIN(symbol, ...) PAIN_##symbol,
#include "tbl/pains.h"
#undef PAIN
	PAIN_COUNT
};
struct pain_info { struct str name, title, remedy, wasted; };
extern const struct pain_info pain_infos[PAIN_COUNT];

enum pain_state { PAIN_NOT_YET, PAIN_COMING, PAIN_NOW };
enum { ADVICE_REASONS_MAX = 6 };
struct figures {
	size_t services, teams, people /* active within a year */, languages, instances;
	size_t owned, orphans, contradicted, single_author /* services that one person knows */;
	size_t strong_by_others, weak_by_owner, collective, collective_people; /* see pain_ownership */
	struct str strong_example;
	size_t edges, cross_team_edges, in_cycles /* services */;
	struct str widest, hub, chatty; /* service with the most dependencies; with the most callers; pair that calls five times or more a request, in words */
	size_t fan_out, fan_in;
	size_t dependencies, without_timeout, without_on_failure, versions, with_schema;
	size_t findings[PAIN_COUNT];    /* open now */
	bool findings_known, observed;
	size_t lockstep, lockstep_teams /* pairs released in lock-step (catalog/releases); those of different teams */, tied /* services released by one tag of their repository alone */;
	struct str lockstep_words, tied_in;
	double score;                   /* mean of the services'; negative: none */
	size_t low;                     /* below the level of their tier */
};
struct advice { enum pain_state state; struct str reasons[ADVICE_REASONS_MAX]; size_t count; };
struct advice_all { struct figures figures; struct advice pains[PAIN_COUNT]; };
/* scores: as the picture's services. findings: schema "Findings"; NULL: not known. Texts in the arena. */
void figures_make(struct figures *f, struct arena *a, const struct picture *p, const struct fleet *fleet, const struct score *scores, size_t instances, const struct json *findings);
/* What the history of releases adds. */
void figures_releases(struct figures *f, struct arena *a, const struct picture *p, const struct release_history *h);
void advice_make(struct advice_all *out, struct arena *a, const struct figures *f);
/* Schema "Advice": those that hurt now first. missing: what was not looked at. */
void advice_json(struct json_out *o, const struct advice_all *a, struct str missing);
struct str pain_state_name(enum pain_state s);
#endif
