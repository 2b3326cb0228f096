/* Whether a service's health check says so when the service is broken: what nobody knows until it happens, so it is watched. Pure.
 *
 * A service is broken while most of its calls fail (at least HEALTH_CALLS of the last minute or so, the window, half or more of them), and most of its own calls to others do not: else it is the other's matter. An incident
 * begins when that is seen twice in a row and ends when it is not seen twice in a row. Its check has said so when within it, or in the window before it, an instance was not healthy or its state changed. */
#ifndef PLEACH_CATALOG_SCORE_HEALTH_H
#define PLEACH_CATALOG_SCORE_HEALTH_H
#include "base/arena.h"
#include "base/json.h"

enum { HEALTH_CALLS = 10, HEALTH_INCIDENTS = 10 /* kept of one service, the newest */, HEALTH_SERVICES_MAX = 5000, HEALTH_KEPT = 180 * 86400 /* seconds */ };
/* Seconds since 1970. ended 0: it goes on. noticed 0: the check has not said so. calls, failed: in the worst window. */
struct health_incident { int64_t began, ended, noticed; uint64_t calls, failed; };
struct health_watch {
	struct str id;
	struct health_incident items[HEALTH_INCIDENTS]; /* newest last */
	size_t count;
	int times;                       /* that the other state was seen in a row */
	int64_t unwell;                  /* when it was last seen not to be well */
	bool broken;
};
/* Of the window (seconds): calls that came in and failed, whether most of its own calls to others failed, whether all instances were healthy throughout. */
struct health_seen { int64_t window; uint64_t calls, failed; bool by_others, well; };
/* True where an incident began, was noticed, or ended: worth writing down. */
bool health_step(struct health_watch *w, int64_t now, const struct health_seen *s);
/* Of those that are over, or have lasted a window: how many, and how many were noticed. missed: the newest that was not; NULL: none. */
void health_told(const struct health_watch *w, int64_t now, int64_t window, size_t *all, size_t *noticed, const struct health_incident **missed);

struct health_history { struct health_watch *items; size_t count, capacity; bool changed; };
/* The one of an id; added where there is none. NULL: there are too many. */
struct health_watch *health_of(struct health_history *h, struct arena *a, struct str id);
void health_copy(struct health_history *h, struct arena *a, const struct health_history *before);
void health_read(struct health_history *h, struct arena *a, const struct json *j, int64_t now);
void health_json(struct json_out *o, const struct health_history *h);
#endif
