/* What the logfile*.c files share; nobody else includes it.
 *   logfiles.c       the whole: life, turns of reading, what is woken by what
 *   logfile_find.c   patterns to files: new ones, renamed ones, copies, those that are gone
 *   logfile_state.c  the state file
 *   logfile_send.c   batches: gathering, writing down, sending
 *   logfile.c        one file */
#ifndef PLEACH_NODE_LOGFILES_IMPL_H
#define PLEACH_NODE_LOGFILES_IMPL_H
#include "node/line.h"
#include "node/logfile.h"
#include "node/logfile_state.h"
#include "node/logfiles.h"

#define LOGFILES_LOOK (5 * SECOND)                /* between two looks at the directories, whatever was told */
#define LOGFILES_LOOK_SOON ((int64_t)50 * MSEC)   /* after something was told: names often change several at a time */
#define LOGFILES_LOOK_APART ((int64_t)200 * MSEC) /* however often something is told */
#define LOGFILES_LINGER ((int64_t)100 * MSEC)     /* a batch waits for more */
#define LOGFILES_RENAMED_QUIET (600 * SECOND)     /* a renamed file is let go after so long without growth: its writer has the new one by then */
#define LOGFILES_UNLINKED_QUIET (60 * SECOND)
#define LOGFILES_QUIET SECOND                     /* without anything to send, until that is written down */
#define LOGFILES_BACKOFF_FIRST ((int64_t)100 * MSEC)
#define LOGFILES_BACKOFF_LAST (10 * SECOND)
enum { LOGFILES_MAX_VISITED = 20000 /* names, for one pattern */ };

struct pattern { struct logfile_name name; /* of its files; path is the directory it belongs to, for messages */ char error[160]; size_t left_out; bool blind; /* the last look could not see all: what it did not find may be there */ };
struct watched { char *path; int number; /* negative: not watched */ bool wanted; };
enum sending { SEND_NOTHING, SEND_WRITING, SEND_CALLING, SEND_WAITING /* to try again: writing when !written, else calling */ };

struct logfiles {
	struct loop *loop;
	struct logfiles_options o;
	struct arena names;              /* of the patterns */
	struct pattern *patterns;
	size_t pattern_count;
	struct snapshot *snapshot;
	struct logfile *files[LOGFILES_MAX];
	size_t count, turn;
	struct arena found;              /* scratch of a look */
	bool applied, stopping;
	/* --- what wakes it --- */
	int watch;
	struct watcher watcher;
	struct watched watched[LOGFILES_MAX_DIRECTORIES];
	size_t watched_count;
	int64_t looked;
	struct timer look, linger;
	struct deferred work;
	/* --- sending --- */
	struct line_parser parser;
	struct buf open;                 /* records of the next batch */
	uint64_t open_records;
	int64_t opened;                  /* monotonic ns of its first record */
	uint64_t sender, number;         /* of the batch in `out`, or of the last one */
	struct buf out;                  /* the batch that is out; empty: none */
	uint64_t out_records;
	enum sending sending;
	bool written;                    /* `out` is in the state file */
	int64_t quiet;                   /* monotonic ns since when nothing is out */
	bool clean;                      /* the state file says that nothing is out */
	struct loop_job job;
	bool job_busy, job_ok;
	struct buf job_bytes;            /* what is being written */
	struct err job_error;
	struct http_call *call;
	struct timer retry;
	int64_t backoff;
	char trouble[200];               /* of sending; empty: none */
	void (*stopped)(void *ctx);
	void *stopped_ctx;
};

/* logfiles.c */
void logfiles_wake(struct logfiles *all);            /* read on, in this turn's end */
struct logfile *logfiles_add(struct logfiles *all, const struct logfile_name *name);
void logfiles_remove(struct logfiles *all, size_t i);
void logfiles_say(struct logfiles *all, uint8_t severity, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* logfile_find.c */
void logfiles_find(struct logfiles *all);
/* What was read of f is gone from it: look for where it is now, and begin f anew. */
void logfiles_changed(struct logfiles *all, struct logfile *f);

/* logfile_state.c */
bool logfiles_load(struct logfiles *all, struct err *e);
/* False with e, and some of it taken, when it is not understood. */
bool logfiles_decode(struct logfiles *all, struct str file, struct err *e);
void logfiles_encode(const struct logfiles *all, struct buf *out);

/* logfile_send.c */
void logfiles_text(struct logfile *f, struct str text, bool cut, int64_t read_at);
bool logfiles_room(struct logfile *f);
void logfiles_pump(struct logfiles *all);
void logfiles_end_sending(struct logfiles *all);
#endif
