/* The write-ahead log: one file per memtable, with its number. A batch is acknowledged when its record is in the file and the file is
 * synced. The file goes when the segment of the same number is on disk.
 *
 * Trust. Bytes up to `durable` are on disk. A failed fsync says nothing about what is on disk now (the kernel may have dropped the
 * pages and forgotten the error), so such a file is never written again: its memtable is frozen, the next file is begun, and its header
 * says which file before it holds acknowledged bytes and up to where it counts (a file between the two, whose very first sync failed,
 * counts for nothing). A write that fails without fsync (a full disk) is cut off and the file goes on.
 *
 * Recovery reads records until the first that is wrong. In the newest file that is a torn tail, unless a good record behind it says that
 * the bytes before were durable when it was written: then, and in any older file, it is damage, which is reported and stepped over. */
#ifndef PLEACH_STORE_WAL_H
#define PLEACH_STORE_WAL_H
#include "base/err.h"
#include "store/batch.h"
#include "sys/sys.h"

enum { WAL_VERSION = 1, WAL_HEADER = 64 };
struct wal {
	int fd;                  /* -1: not created yet */
	uint64_t number;
	uint64_t previous;       /* number of the file before, 0: none that matters */
	int64_t previous_length; /* bytes of it that count */
	int64_t durable;         /* bytes of this file that count */
};
/* "<directory>/0000000012.log", in out. */
struct str store_path(char out[SYS_PATH_MAX + 1], struct str directory, uint64_t number, const char *suffix);

enum wal_result { WAL_OK, WAL_NO_SPACE /* nothing of it stays; try again later */, WAL_UNTRUSTED /* go on with a new file */ };
/* Writes the batches (a list by `next`) behind each other and syncs; creates the file first when there is none. first_row: position of
 * the first batch's first row. Blocks: for a worker. On failure *code is the reason. */
enum wal_result wal_commit(struct wal *w, struct str directory, struct batch *list, uint32_t first_row, int64_t *code);

/* What recovery found in a file. */
struct wal_found {
	bool header;             /* false: not even a whole header (a crash at its creation) */
	uint64_t previous;
	int64_t previous_length, length; /* length: bytes that count */
	uint64_t damaged;        /* places that were stepped over */
	uint64_t torn;           /* bytes of a torn tail */
};
/* Calls take for each good record in order; it returns false to treat the record as damage. length_limit: bytes that count according to
 * the file after this one, or -1 when this is the newest. False: the file cannot be read at all (e). */
typedef bool wal_take_f(void *ctx, struct batch *b, uint32_t first_row);
bool wal_read(struct str path, uint64_t number, int64_t length_limit, wal_take_f *take, void *ctx, struct wal_found *found, struct err *e);
/* Only the header: previous and previous_length. */
bool wal_read_header(struct str path, uint64_t number, struct wal_found *found);
#endif
