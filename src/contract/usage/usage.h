/* Who uses what: calls of each consumer, by operation and by field of the request, for each version of each service, as the gateway and the store's spans
 * tell them. Kept in memory and in one SQLite file; what was acknowledged is on disk (WAL, synchronous=FULL), and a batch that comes a second time counts
 * once. One thread.
 *
 * A consumer is a service of the fleet, or USAGE_OUTSIDE for callers of the edge who have no identity. `version` is the API's version of the service ("v1"; empty where
 * it declares none), `operation` as its contract calls it; empty: calls that fit none. `field` is empty for the call itself, else "query.NAME", "header.NAME", "body"
 * (a JSON body that was looked at) or "body.a.b[].c"; bodies are looked at by sampling, so their counts are those of the samples. Of calls that fit no
 * operation the field is "METHOD path", in which what looks like an id is {}. */
#ifndef PLEACH_CONTRACT_USAGE_H
#define PLEACH_CONTRACT_USAGE_H
#include "net/http_server.h"

#define USAGE_OUTSIDE "outside"
enum {
	USAGE_DAYS = 64,              /* days that are kept */
	USAGE_ROWS_MAX = 50000,       /* combinations in all; what is beyond is not kept, and counted as dropped */
	USAGE_FIELDS_MAX = 256,       /* fields of one consumer's use of one operation; of those that fit none: paths. The one seen longest ago goes */
	USAGE_VERSIONS_MAX = 8,       /* versions kept of one consumer, the newest seen */
	USAGE_TEXT_MAX = 512,         /* bytes of one name */
	USAGE_BATCH_MAX = 8192,       /* rows of one batch */
};
struct usage;
/* As registry_new: never NULL for a fault of the file; then nothing is taken, questions are answered with it, and `e` is set for the log. */
struct usage *usage_new(struct str file, struct err *e);
void usage_free(struct usage *u);
/* What is wrong with the file; NULL: nothing. */
const char *usage_trouble(const struct usage *u);

/* --- taking -------------------------------------------------------------------------------------------------------------------------------------- */
struct usage_delta {
	struct str consumer, consumer_version /* may be empty */, service, version, operation, field;
	uint64_t calls, failed;
	int64_t first_ms, last_ms;
	uint8_t trace[16];            /* of the last call */
};
/* Where a batch comes from. Sequences of one source rise within one `boot`; what is not above the last one was counted already. */
struct usage_source { struct str name, boot; uint64_t sequence; };
/* On disk when it returns true (also where it was there already). False with e: nothing of it counts. */
bool usage_take(struct usage *u, const struct usage_source *from, const struct usage_delta *items, size_t count, struct err *e);
/* Forgets what was not seen for USAGE_DAYS. Cheap where the day is the same as at the last call. */
void usage_trim(struct usage *u, int64_t now_ms);
/* Rows that were not kept for want of room, since the start. */
uint64_t usage_dropped(const struct usage *u);
/* From now on (if not longer) calls of this version are matched to operations: what was not seen since then was not used. */
void usage_watch(struct usage *u, struct str service, struct str version, int64_t now_ms);
/* Since when; 0: it is not. */
int64_t usage_watched_since(const struct usage *u, struct str service, struct str version);

/* --- asking -------------------------------------------------------------------------------------------------------------------------------------- */
struct usage_seen {
	struct str consumer, service, version, operation /* "" : fits none */, field /* "" : the call itself */;
	uint64_t calls, failed;       /* of the days from since_ms on */
	int64_t first_ms, last_ms;    /* ever (within USAGE_DAYS) */
	uint8_t trace[16];            /* of the last one */
};
/* Everything of a service's version that was seen at since_ms or later (0: ever), sorted by operation, consumer and field. version with p == NULL: all versions. The texts
 * live until the next usage_take. */
void usage_each(const struct usage *u, struct str service, struct str version, int64_t since_ms, void (*seen)(void *ctx, const struct usage_seen *s), void *ctx);
/* The same of all that was ever seen; calls and failed are those since then (0 where the last one was before). */
void usage_each_ever(const struct usage *u, struct str service, struct str version, int64_t since_ms, void (*seen)(void *ctx, const struct usage_seen *s), void *ctx);
/* Calls of a consumer to a version in each of the last n days, oldest first, the last being the day of now_ms. Returns their sum. */
uint64_t usage_days(const struct usage *u, struct str consumer, struct str service, struct str version, int64_t now_ms, uint32_t *days, size_t n);
/* Versions of a consumer that called the service, newest first. Returns how many. */
size_t usage_versions(const struct usage *u, struct str consumer, struct str service, struct str versions[USAGE_VERSIONS_MAX]);
#endif
