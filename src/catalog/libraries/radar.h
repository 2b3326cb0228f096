/* A technology radar of what is really used: each library (family), language, database, broker and the like gets a ring by the rules of tbl/radar_rules.h, from how many teams and services have it, and says
 * by which figures. Pure; in the arena that is given. */
#ifndef PLEACH_CATALOG_LIBRARIES_RADAR_H
#define PLEACH_CATALOG_LIBRARIES_RADAR_H
#include "catalog/libraries/libraries.h"

enum radar_quadrant {
#define RADAR_QUADRANT(symbol, ...) RADAR_##symbol,
#include "tbl/radar_quadrants.h"
#undef RADAR_QUADRANT
	RADAR_QUADRANTS
};
enum radar_ring {
#define RADAR_RING(symbol, ...) RADAR_##symbol,
#include "tbl/radar_rings.h"
#undef RADAR_RING
	RADAR_RINGS
};
enum radar_rule {
#define RADAR_RULE(symbol, ...) RADAR_RULE_##symbol,
#include "tbl/radar_rules.h"
#undef RADAR_RULE
	RADAR_RULES
};
struct radar_rule_info { struct str name; enum radar_ring ring; struct str meaning; };
extern const struct radar_rule_info radar_rules[RADAR_RULES];

/* users: services (and whole repositories) that have it; asleep: of these, nobody has committed to for a year; teams: of the others; of_teams: that have anything for the same, with such services. */
struct radar_figures { size_t users, asleep, teams, of_teams; };
struct radar_blip {
	enum radar_quadrant quadrant;
	struct str kind, meaning, ecosystem, name; /* kind: a capability, "language", "database", …; ecosystem: empty but for libraries */
	struct radar_figures figures;
	enum radar_rule rule;          /* the ring is the rule's */
	const size_t *in;              /* users, each once */
	const struct library_choice *choice; /* of libraries; NULL: none */
	size_t family;
};
struct radar { struct radar_blip *items; /* by quadrant, ring, most teams, most services, name */ size_t count, capacity; };
enum radar_rule radar_rule_of(const struct radar_figures *f);
enum radar_quadrant radar_quadrant_of(enum capability c);
/* False where memory ends. l: of the same picture. */
bool radar_make(struct radar *r, struct arena *a, const struct picture *p, const struct libraries *l);
/* The members "quadrants", "rings", "rules", "blips" of schema "Radar", into the object that is open. */
void radar_json(struct json_out *o, const struct radar *r, const struct libraries *l);
#endif
