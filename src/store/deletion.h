/* Deletions by query: what has to go from the disk because somebody may ask for it (personal data). A deletion is a file beside the
 * segments, <id>.deletion, from before it is acknowledged until long after it is done, so it survives a crash and goes on.
 *
 *   waiting     rows that were acknowledged before it are on their way into segments (it had the active memtable frozen)
 *   running     segment by segment, those with matching rows are rewritten; then those of snapshots
 *   done        no file of the store's directory holds a row that matched
 *   incomplete  the same, but for files that cannot be read, or rows on which a regular expression gave up: `damaged`, `limited`
 *
 * It is about rows acknowledged before it was asked: in segments up to `upto`. The query usually is the very thing that has to go: it is in the file only
 * while the deletion runs, and in no log. Afterwards a fingerprint tells those who know the query that it was this one. */
#ifndef PLEACH_STORE_DELETION_H
#define PLEACH_STORE_DELETION_H
#include "base/err.h"
#include "store/query.h"

enum { DELETIONS_MAX = 256, DELETION_WHO = 64 };
enum deletion_state { DELETION_WAITING, DELETION_RUNNING, DELETION_DONE, DELETION_INCOMPLETE };
struct deletion {
	struct deletion *next;       /* newer */
	uint64_t id, upto;
	enum deletion_state state;
	char q[QUERY_MAX_TEXT + 1];  /* empty when ended */
	size_t q_len;
	char who[DELETION_WHO + 1];  /* as the asker says */
	uint8_t kinds;               /* bit per row_kind */
	int64_t from, to;            /* both included */
	int64_t asked, ended;        /* wall; 0: not ended */
	uint64_t fingerprint;
	uint64_t rows, segments, damaged, limited;
	/* progress since the start of the process */
	bool resumed;                /* something may have come between a snapshot's segment and its manifest: a crash, a full disk */
	uint64_t at;                 /* segments below this number are done */
	char snapshot[80];           /* the same among snapshots: name, and number within it */
	uint64_t snapshot_at;
};
struct deletions { struct deletion *oldest; uint32_t count; uint64_t next_id; };

struct store;
struct upkeep;
/* Reads the files; what a crash left half written goes. */
bool deletions_load(struct store *s, struct err *e);
void deletions_free(struct deletions *l);
/* Takes over d (from calloc; who, q, kinds, from, to filled in). On disk when this returns true; blocks for that (rare, and by hand). */
bool deletion_ask(struct store *s, struct deletion *d, struct err *e);
bool deletion_next(struct upkeep *u);
static inline bool deletion_ended(const struct deletion *d) { return d->state >= DELETION_DONE; }
const char *deletion_state_name(enum deletion_state s);
#endif
