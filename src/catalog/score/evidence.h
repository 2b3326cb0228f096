/* What only people and their jobs know of a service: that a backup was restored, that it was rolled back, that somebody tried to reach its owner, that an alert reached them, that a journey through it was run, and how that
 * went. Pure. */
#ifndef PLEACH_CATALOG_SCORE_EVIDENCE_H
#define PLEACH_CATALOG_SCORE_EVIDENCE_H
#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

enum evidence_kind { EVIDENCE_RESTORE, EVIDENCE_ROLLBACK, EVIDENCE_CONTACT, EVIDENCE_ALERT, EVIDENCE_JOURNEY, EVIDENCE_KINDS };
extern const char *const evidence_kinds[EVIDENCE_KINDS]; /* "restore", "rollback", "contact", "alert", "journey" */
enum { EVIDENCE_MAX = 2000 /* of all services, the newest */, EVIDENCE_NOTE_MAX = 500, EVIDENCE_LINK_MAX = 1000 /* bytes */ };
struct evidence { struct str service /* its id */; enum evidence_kind kind; bool ok; int64_t at /* seconds since 1970 */; struct str note, link; };
/* Oldest first. */
struct evidence_list { struct evidence *items; size_t count, capacity; };
/* {"kind","ok","note","link"} as a person or job sends it; ok is true where it is not said. False with e: place and remedy. */
bool evidence_take(struct evidence *out, const struct json *body, struct err *e);
/* The newest of a kind; NULL: none. */
const struct evidence *evidence_newest(const struct evidence_list *l, struct str service, enum evidence_kind kind);
/* Whether anybody says anything of this kind, of whichever service. */
bool evidence_in_use(const struct evidence_list *l, enum evidence_kind kind);
/* How much it still says: all for a quarter of a year, then less; nothing where it failed. */
double evidence_value(const struct evidence *x, int64_t now);
void evidence_read(struct evidence_list *l, struct arena *a, const struct json *j);
void evidence_json(struct json_out *o, const struct evidence_list *l);
/* "evidence": […] of one service, newest first. l: NULL, none. */
void evidence_of(struct json_out *o, const struct evidence_list *l, struct str service);
#endif
