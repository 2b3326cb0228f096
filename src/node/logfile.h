/* One log file that is followed: which file it is, how far it has been read, and reading on. logfiles.c has all of them and says when.
 *
 * Which file: device and inode, and what stands in it. A `print` is a hash of some of its bytes: `head` of its first ones, and every `mark`
 * has one of the bytes before it. They tell a file that was cut to nothing and written anew, or that got the inode of a deleted one, from
 * the file that was read; and they find a copy of it again (copytruncate).
 *
 * Invariants: done.at <= fed.at. All records of the bytes before `done` are in a batch, none of those behind it; between the two are the
 * lines that `join` holds. Only whole lines are fed, so what is read again after a crash gives the same lines. `fed` is inside of a line only
 * while the rest of one that was cut is skipped. */
#ifndef PLEACH_NODE_LOGFILE_H
#define PLEACH_NODE_LOGFILE_H
#include "model/record.h"
#include "net/loop.h"
#include "node/join.h"

enum { LOGFILE_HEAD = 256, LOGFILE_TAIL = 64, LOGFILE_TURN = 64 << 10 /* bytes read at a time */ };
struct print { uint32_t len; uint64_t hash; };
struct mark {
	int64_t at;
	struct print tail;  /* of up to LOGFILE_TAIL bytes before it */
	bool skipping;      /* inside of a line that was cut */
	uint32_t in_key;    /* for redact_key_block */
};
struct logfile_name { struct str path, pattern, service, version, instance; };
struct logfile {
	struct logfile_name name;  /* in `texts` */
	char *texts;
	struct resource resource;  /* of its records */
	struct attr resource_attr;
	int fd;                    /* negative: not open */
	uint64_t device, inode;
	int64_t size, modified;    /* as last seen */
	struct print head;
	struct mark fed, done;
	struct join join;
	int64_t begun;             /* wall ns at which the first line held was read */
	struct timer wait;         /* for the next line of a block */
	bool handed;               /* scratch of feeding: a text was handed on */
	bool ready;                /* there may be more to read */
	bool seen;                 /* scratch of a look at the directories */
	bool unlinked;
	int64_t gone;              /* monotonic ns since when no pattern finds it; 0: one does */
	int64_t grown;             /* monotonic ns of its last growth */
	uint64_t lines, cut;
	char error[128];
	/* One text, with the wall ns at which it was read; at most one more after has_room has said no. */
	void (*on_text)(struct logfile *f, struct str text, bool cut, int64_t read_at);
	bool (*has_room)(struct logfile *f);
	void *ctx;
	struct loop *loop;
};
/* Names are copied. Not open, at the beginning. NULL without memory. */
struct logfile *logfile_new(struct loop *l, const struct logfile_name *name);
void logfile_free(struct logfile *f);
/* Another name; false (and unchanged) without memory. */
bool logfile_rename(struct logfile *f, const struct logfile_name *name);
/* Takes the handle over, and what the file is now. */
void logfile_open(struct logfile *f, int fd, const struct sys_stat *st);
enum logfile_read { LOGFILE_MORE, LOGFILE_END, LOGFILE_CHANGED /* what was read is not there any more */, LOGFILE_BROKEN /* error is set */ };
/* At most LOGFILE_TURN bytes. MORE also when has_room says no. */
enum logfile_read logfile_read(struct logfile *f);
/* Whether what was read of it is still there; sizes are renewed. */
enum logfile_read logfile_look(struct logfile *f);
/* What it holds back is handed on; with `last`, also a last line without its end. */
void logfile_flush(struct logfile *f, bool last);
/* As of a new file, from its beginning; the handle stays. */
void logfile_restart(struct logfile *f);
/* Whether this file, which may be another one, holds what was read of f (up to `fed`); or its beginning, where it is shorter than that but long
 * enough to tell. Then logfile_cut_short. */
bool logfile_is_in(const struct logfile *f, int fd, const struct sys_stat *st);
/* A file that ends before what was read of it is read on from its end: its end never reached the disk before the machine failed, or it is a copy
 * that was made before that was written. Does nothing to others. */
void logfile_cut_short(struct logfile *f);
static inline int64_t logfile_lag(const struct logfile *f) { return f->size > f->done.at ? f->size - f->done.at : 0; }
#endif
