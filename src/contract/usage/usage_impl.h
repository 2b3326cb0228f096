/* Between the files of this folder only (usage.h).
 *
 * Memory holds what the file holds: it is read at the start, and changed when a transaction is through. A row is one combination of names with its counts
 * by day; rows are found by their key, the names joined by USAGE_SEPARATOR. */
#ifndef PLEACH_CONTRACT_USAGE_IMPL_H
#define PLEACH_CONTRACT_USAGE_IMPL_H
#include "base/map.h"
#include "contract/usage/usage.h"
#include <sqlite3.h>

#define USAGE_SEPARATOR '\x1f'
enum { USAGE_NAMES = 5, USAGE_KEY_MAX = USAGE_NAMES * (USAGE_TEXT_MAX + 1) };
#define USAGE_DAY_MS (86400 * (int64_t)1000)

struct usage_row {
	int64_t id;                   /* in the file */
	struct str key, service, version, consumer, operation, field; /* the last five lie in key */
	int64_t first_ms, last_ms;
	int64_t day;                  /* newest day that is counted in the ring */
	uint32_t calls[USAGE_DAYS], failed[USAGE_DAYS]; /* by day modulo USAGE_DAYS */
	uint8_t trace[16];
};
/* Fields of one operation's use by one consumer, or paths that fit none; by the key of the call without a field. */
struct usage_group { size_t count; char key[]; };
struct usage_consumer_version { struct str consumer, service, version; int64_t last_ms; struct usage_consumer_version *next; char text[]; };
struct usage_watched { struct str service, version; int64_t since_ms; struct usage_watched *next; char text[]; };
struct usage_boot { struct str name, boot; uint64_t sequence; struct usage_boot *next; char text[]; };

struct usage {
	sqlite3 *db;                  /* NULL: it could not be opened; `trouble` says why */
	char trouble[1024];
	struct map rows;              /* key to struct usage_row */
	struct map groups;            /* key to struct usage_group */
	struct usage_consumer_version *versions;
	struct usage_watched *watched;
	struct usage_boot *boots;     /* one a source */
	size_t versions_count, boots_count, watched_count;
	int64_t trimmed_day;
	uint64_t dropped;
};

/* usage_db.c */
bool usage_open(struct usage *u, struct str file, struct err *e);
/* Everything there is, into empty memory. */
bool usage_read(struct usage *u, struct err *e);
bool usage_begin(struct usage *u, struct err *e);
bool usage_commit(struct usage *u, struct err *e);
void usage_rollback(struct usage *u);
/* A statement with its parameters ('s' struct str, 'i' int64_t, 'b' struct str as bytes) run to its end; *id (may be NULL) becomes the first column of its first row. */
bool usage_do(struct usage *u, int64_t *id, struct err *e, const char *sql, const char *types, ...);

/* usage.c, for usage_db.c as it reads the file */
bool usage_key(char out[USAGE_KEY_MAX], struct str *key, struct str service, struct str version, struct str consumer, struct str operation, struct str field);
struct usage_row *usage_row_add(struct usage *u, struct str key, int64_t id);
void usage_row_count(struct usage_row *r, int64_t day, uint64_t calls, uint64_t failed);
void usage_version_seen(struct usage *u, struct str consumer, struct str service, struct str version, int64_t last_ms);
struct usage_boot *usage_boot_set(struct usage *u, struct str name, struct str boot, uint64_t sequence);
void usage_watched_set(struct usage *u, struct str service, struct str version, int64_t since_ms);
#endif
