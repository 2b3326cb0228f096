/* When services were released, by the tags of their repositories or, where those have none of them, by the versions that were seen to run (running.h), and which are released in lock-step. Pure.
 *
 * A tag is a version, alone or behind a name: "v1.2.3", "1.2", "release-2024.10", "orders/v1.2", "orders@1.2.3", "@shop/orders@1.2.3", "orders-v1.2.3", "services/orders/v1.2" (Go's). The name says whose it is: a
 * service's name, its folder, or the last part of that. Without one, or with the repository's own, it is of all services of the repository ("whole"). What ends with no version ("latest", "nightly") is no
 * release, nor is the version of something that is no service.
 *
 * Lock-step: two services whose releases fall within an hour of each other far more often than their habits alone make them. What habits make is measured and not assumed: the same releases, moved by one to seven
 * whole days in either direction, so that two teams that both release at five in the afternoon are not taken for one. Told when the chance (Poisson, with the mean of the moved counts) is below one in a thousand,
 * there are at least four, and they are more than half of the releases of the one that releases less. */
#ifndef PLEACH_CATALOG_RELEASES_RELEASES_H
#define PLEACH_CATALOG_RELEASES_RELEASES_H
#include "base/json.h"
#include "catalog/picture/picture.h"
#include "catalog/releases/running.h"

#define RELEASES_WITHIN 3600           /* seconds */
#define RELEASES_YEAR (365 * 86400)    /* seconds that are looked back for lock-step and frequency */
enum { RELEASES_SERVICE_MAX = 200 /* kept of one */, LOCKSTEP_MAX = 500 /* pairs */, LOCKSTEP_FEWEST = 4, LOCKSTEP_DAYS = 7 };
struct release { struct str version, tag /* empty: seen to run */; int64_t time; bool whole; };
/* Newest first. year: of the last year. */
struct releases { struct release *items; size_t count, year; bool seen /* to run, not by tags */; };
struct lockstep { size_t a, b /* places in the picture, a < b */, together, of /* releases of the one with fewer */; double chance /* how many would be expected by habit */; };
struct release_history {
	struct releases *of;           /* as the picture's services */
	struct lockstep *pairs;        /* most sure first; of different repositories, or both seen to run */
	size_t pairs_count;
	size_t tied;                   /* services that are only ever released with all others of their repository, by one tag */
	struct str tied_in;            /* the repository with most of them */
};
/* Splits a tag; false: it is no version. name: what stands before it, empty: nothing. At `nth` place where a version may begin (0: the first). */
bool release_split(struct str tag, size_t nth, struct str *name, struct str *version);
/* Everything in the arena but the texts of tags and of what runs (NULL: not known). False where that is full. */
bool releases_make(struct release_history *h, struct arena *a, const struct picture *p, const struct running_history *running);
/* Its second step: the pairs (lockstep.c). */
bool lockstep_find(struct release_history *h, struct arena *a, const struct picture *p);
/* Members "releases" (newest 20), "releases_year" and "released_with" of one service. h->of NULL: empty. */
void releases_json(struct json_out *o, const struct release_history *h, const struct picture *p, size_t service);
#endif
