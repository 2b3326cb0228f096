/* Snapshots: <directory>/snapshots/<name> holds hard links of all segments at one moment, and a manifest (manifest.json) with their sizes and
 * checksums. It appears whole or not at all: it is made under a name with a dot in front, synced, and renamed; names with a dot are
 * leftovers and go at the next start. Copied to the place of a store's directory, it is one. Links cost no space until the store's own segments go;
 * what they hold then counts for nothing in retention by size. */
#ifndef PLEACH_STORE_SNAPSHOT_H
#define PLEACH_STORE_SNAPSHOT_H
#include "base/err.h"
#include "sys/sys.h"

enum { SNAPSHOTS_MAX = 100, SNAPSHOT_NAME = 64 };
#define SNAPSHOT_FOLDER "snapshots"
struct snapshot { char name[SNAPSHOT_NAME + 1]; int64_t created, bytes; uint64_t segments, records, spans; };
enum snapshot_work { SNAPSHOT_NOTHING, SNAPSHOT_MAKE, SNAPSHOT_REMOVE };

struct segment;
struct store;
struct upkeep;
struct http_exchange;
struct snapshots {
	struct snapshot list[SNAPSHOTS_MAX];
	uint32_t count;
	/* The one thing being done. */
	enum snapshot_work work;
	struct snapshot subject;
	bool vanished;               /* REMOVE: it has lost its name */
	uint64_t upto;               /* MAKE: rows acknowledged before it are in segments up to this number */
	struct http_exchange *x;     /* NULL: whoever asked is gone */
	struct segment **segments;   /* MAKE: referenced */
	uint32_t segment_count;
	struct err err;
};
bool snapshot_name_ok(struct str name);
void snapshots_load(struct store *s);
/* Removes what was left of making or removing snapshots, for good. Blocks; while no snapshot is being made. 0 or a negative code. */
int snapshots_sweep(struct str directory);
/* Begins it; x (may be NULL) is answered when it is done. False: another one is under way. */
bool snapshot_ask(struct store *s, enum snapshot_work work, struct str name, struct http_exchange *x);
bool snapshot_next(struct upkeep *u);
/* Writes the manifest of a folder anew from the segments in it, and fills in what it says. */
bool snapshot_manifest(struct str folder, struct snapshot *out, struct err *e);
struct snapshot *snapshot_find(struct snapshots *l, struct str name);
/* "<directory>/snapshots[/<name>]" */
struct str snapshot_path(char out[SYS_PATH_MAX + 1], struct str directory, struct str name);
/* Routes. */
void store_api_snapshots(struct store *s, struct http_exchange *x);
void store_api_snapshot(struct store *s, struct http_exchange *x);
void store_api_snapshot_remove(struct store *s, struct http_exchange *x, struct str name);
/* Whoever still waits is told that the store stops. */
void snapshots_close(struct store *s);
#endif
