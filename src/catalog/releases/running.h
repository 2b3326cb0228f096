/* Which versions of services were seen to run, in windows of a minute or so, and what follows from their order: releases and rollbacks, of services whose repositories have no tags too. Pure.
 *
 *     seen alone, twice in a row         it is in use: a release, or a rollback where it was in use before
 *     seen beside the one in use         it is being tried (a canary); twice or more
 *     tried, and gone twice in a row     a rollback of what was tried
 *     nothing seen                       nothing follows
 *
 * The version that is in use when a service is first seen is no release: when it came is not known. */
#ifndef PLEACH_CATALOG_RELEASES_RUNNING_H
#define PLEACH_CATALOG_RELEASES_RUNNING_H
#include "base/arena.h"
#include "base/json.h"

enum { RUNNING_EVENTS = 40 /* kept of one service, the newest */, RUNNING_SERVICES_MAX = 5000, RUNNING_VERSION_MAX = 100 /* bytes; longer ones are no versions */, RUNNING_SURE = 2 /* windows in a row */ };
/* back: from `from` back to `version`. at: when it was first seen so, seconds since 1970. */
struct running_event { struct str version, from; int64_t at; bool back; };
struct running_course {
	struct str id;                   /* of the service */
	struct str current, next, tried; /* in use; seen alone in its place; seen beside it. Empty: none */
	int next_times, tried_times, gone_times; /* windows in a row; gone: since the tried one was last seen */
	int64_t next_at;
	struct running_event events[RUNNING_EVENTS]; /* newest last */
	size_t count;
};
/* Versions of one window, each once, in any order; copied where they are kept. True where there is something to be written down. */
bool running_step(struct running_course *c, struct arena *a, int64_t now, const struct str *versions, size_t count);
/* The newest rollback; NULL: none was seen. */
const struct running_event *running_back(const struct running_course *c);

struct running_history { struct running_course *items; size_t count, capacity; bool changed; };
/* The one of an id; added where there is none, unless there are too many (NULL). running_known: never added. */
struct running_course *running_of(struct running_history *h, struct arena *a, struct str id);
const struct running_course *running_known(const struct running_history *h, struct str id);
void running_copy(struct running_history *h, struct arena *a, const struct running_history *before);
void running_read(struct running_history *h, struct arena *a, const struct json *j);
void running_json(struct json_out *o, const struct running_history *h);
#endif
