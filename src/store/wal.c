/* Writing and reading the write-ahead log (wal.h; the bytes are described in docs/store-format.md). */
#include "store/wal.h"
#include "base/check.h"
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

static const char file_magic[8] = "PLEACHWL";
enum { RECORD_MAGIC = 0x52574c50 /* "PLWR" */, RECORD_SUMMED = WAL_RECORD_HEAD - 8 };

struct str store_path(char out[SYS_PATH_MAX + 1], struct str directory, uint64_t number, const char *suffix)
{
	int n = snprintf(out, SYS_PATH_MAX + 1, "%.*s/%010llu%s", STR_FMT(directory), (unsigned long long)number, suffix);
	CHECK(n > 0 && n <= SYS_PATH_MAX);
	return (struct str){ out, (size_t)n };
}

/* --- writing -------------------------------------------------------------------------------------------------------------------------- */

static void make_header(const struct wal *w, uint8_t h[WAL_HEADER])
{
	memset(h, 0, WAL_HEADER);
	memcpy(h, file_magic, sizeof(file_magic));
	store_le(h + 8, WAL_VERSION, 4);
	store_le(h + 16, w->number, 8);
	store_le(h + 24, w->previous, 8);
	store_le(h + 32, (uint64_t)w->previous_length, 8);
	store_le(h + 40, (uint64_t)sys_wall(), 8);
	store_le(h + 56, XXH64(h, 56, w->number), 8);
}

static int create(struct wal *w, struct str path)
{
	uint8_t h[WAL_HEADER];
	/* What a crash or a full disk left of an earlier try. */
	sys_unlink(path);
	int fd = sys_open(path, SYS_OPEN_CREATE);
	if (fd < 0)
		return fd;
	make_header(w, h);
	int code = sys_pwrite(fd, h, sizeof(h), 0);
	if (code < 0) {
		sys_close(fd);
		sys_unlink(path);
		return code;
	}
	w->fd = fd;
	w->durable = 0; /* the header counts only after the first commit */
	return 0;
}

static uint64_t record_sum(const uint8_t head[RECORD_SUMMED], struct str body, uint64_t number)
{
	return XXH64(body.p, body.len, XXH64(head, RECORD_SUMMED, number));
}

static void make_record(struct batch *b, uint64_t number, int64_t durable, uint32_t first_row)
{
	store_le(b->head, RECORD_MAGIC, 4);
	store_le(b->head + 4, b->len, 4);
	store_le(b->head + 8, (uint64_t)durable, 8);
	store_le(b->head + 16, first_row, 4);
	store_le(b->head + 20, batch_rows(b), 4);
	store_le(b->head + 24, b->id.sender, 8);
	store_le(b->head + 32, b->id.number, 8);
	store_le(b->head + 40, record_sum(b->head, batch_str(b), number), 8);
}

/* All records from `offset`; the end, or a negative code. */
static int64_t write_all(struct wal *w, struct batch *list, uint32_t first_row, int64_t offset)
{
	for (struct batch *b = list; b; b = b->next) {
		make_record(b, w->number, w->durable, first_row);
		int code = sys_pwrite(w->fd, b->head, WAL_RECORD_HEAD + b->len, offset);
		if (code < 0)
			return code;
		offset += (int64_t)(WAL_RECORD_HEAD + b->len);
		first_row += batch_rows(b);
	}
	return offset;
}

/* A file that has nothing acknowledged yet simply goes away; another one is cut back. */
static enum wal_result undo(struct wal *w, struct str path, int64_t code)
{
	if (w->durable == 0) {
		sys_close(w->fd);
		w->fd = -1;
		sys_unlink(path);
		return code == SYS_NO_SPACE ? WAL_NO_SPACE : WAL_UNTRUSTED;
	}
	if (sys_truncate(w->fd, w->durable) < 0)
		return WAL_UNTRUSTED;
	return code == SYS_NO_SPACE ? WAL_NO_SPACE : WAL_UNTRUSTED;
}

enum wal_result wal_commit(struct wal *w, struct str directory, struct batch *list, uint32_t first_row, int64_t *code)
{
	char space[SYS_PATH_MAX + 1];
	struct str path = store_path(space, directory, w->number, ".log");
	if (w->fd < 0) {
		*code = create(w, path);
		if (*code < 0)
			return *code == SYS_NO_SPACE ? WAL_NO_SPACE : WAL_UNTRUSTED;
	}
	int64_t end = write_all(w, list, first_row, w->durable ? w->durable : WAL_HEADER);
	if (end < 0) {
		*code = end;
		return undo(w, path, end);
	}
	*code = sys_fsync(w->fd);
	if (*code == 0 && w->durable == 0)
		*code = sys_fsync_dir(directory);
	/* Some file systems allot space only now, and say so here; but what an fsync that failed left on disk is not known. */
	if (*code < 0)
		return WAL_UNTRUSTED;
	w->durable = end;
	return WAL_OK;
}

/* --- reading -------------------------------------------------------------------------------------------------------------------------- */

static bool good_header(const uint8_t *h, uint64_t number, struct wal_found *found)
{
	if (memcmp(h, file_magic, sizeof(file_magic)) != 0 || load_le(h + 8, 4) != WAL_VERSION || load_le(h + 16, 8) != number ||
	    load_le(h + 56, 8) != XXH64(h, 56, number))
		return false;
	found->header = true;
	found->previous = load_le(h + 24, 8);
	found->previous_length = (int64_t)load_le(h + 32, 8);
	return true;
}

bool wal_read_header(struct str path, uint64_t number, struct wal_found *found)
{
	uint8_t h[WAL_HEADER];
	*found = (struct wal_found){ 0 };
	int fd = sys_open(path, SYS_OPEN_READ);
	if (fd < 0)
		return false;
	bool ok = sys_pread(fd, h, sizeof(h), 0) == (int64_t)sizeof(h) && good_header(h, number, found);
	sys_close(fd);
	return ok;
}

struct record { struct str body; uint64_t durable; uint32_t first_row, rows; struct batch_id id; size_t size; };

static bool read_record(struct str file, size_t at, uint64_t number, struct record *r)
{
	if (file.len - at < WAL_RECORD_HEAD)
		return false;
	const uint8_t *h = (const uint8_t *)file.p + at;
	uint64_t len = load_le(h + 4, 4);
	if (load_le(h, 4) != RECORD_MAGIC || len > file.len - at - WAL_RECORD_HEAD)
		return false;
	r->body = str_sub(file, at + WAL_RECORD_HEAD, at + WAL_RECORD_HEAD + len);
	r->durable = load_le(h + 8, 8);
	r->first_row = (uint32_t)load_le(h + 16, 4);
	r->rows = (uint32_t)load_le(h + 20, 4);
	r->id = (struct batch_id){ load_le(h + 24, 8), load_le(h + 32, 8) };
	r->size = WAL_RECORD_HEAD + len;
	return load_le(h + 40, 8) == record_sum(h, r->body, number);
}

/* The next good record behind damage; file.len when there is none. */
static size_t next_good(struct str file, size_t at, uint64_t number, struct record *r)
{
	static const char magic[4] = { 'P', 'L', 'W', 'R' };
	for (at++; at < file.len; at++) {
		size_t hit = str_find(str_skip(file, at), str_from(magic, sizeof(magic)));
		if (hit == SIZE_MAX)
			break;
		at += hit;
		if (read_record(file, at, number, r))
			return at;
	}
	return file.len;
}

/* Whether a later record proves that the bytes at `at` were durable when it was written. */
static bool was_durable(struct str file, size_t at, uint64_t number)
{
	struct record r;
	for (size_t next = next_good(file, at, number, &r); next < file.len; next = next_good(file, next, number, &r))
		if (r.durable > at)
			return true;
	return false;
}

static bool give(const struct record *r, wal_take_f *take, void *ctx)
{
	struct batch *b = batch_from(r->body, r->id);
	if (!b)
		return false;
	if (batch_rows(b) == r->rows && take(ctx, b, r->first_row))
		return true;
	batch_free(b);
	return false;
}

static void read_records(struct str file, uint64_t number, bool newest, wal_take_f *take, void *ctx, struct wal_found *found)
{
	size_t at = WAL_HEADER;
	struct record r;
	while (at < file.len) {
		if (read_record(file, at, number, &r) && give(&r, take, ctx)) {
			at += r.size;
			continue;
		}
		if (newest && !was_durable(file, at, number)) {
			found->torn = file.len - at;
			break;
		}
		found->damaged++;
		at = next_good(file, at, number, &r);
	}
	found->length = (int64_t)at;
}

bool wal_read(struct str path, uint64_t number, int64_t length_limit, wal_take_f *take, void *ctx, struct wal_found *found, struct err *e)
{
	struct str file = STR("");
	*found = (struct wal_found){ 0 };
	int fd = sys_open(path, SYS_OPEN_READ);
	if (fd < 0)
		return sys_err(e, fd, "%.*s", STR_FMT(path));
	int64_t size = sys_size(fd);
	int code = size < 0 ? (int)size : size > 0 ? sys_map(fd, &file) : 0;
	sys_close(fd);
	if (code < 0)
		return sys_err(e, code, "%.*s", STR_FMT(path));
	struct str whole = file;
	if (length_limit >= 0 && (uint64_t)length_limit < file.len)
		file.len = (size_t)length_limit;
	if (file.len >= WAL_HEADER && good_header((const uint8_t *)file.p, number, found)) {
		read_records(file, number, length_limit < 0, take, ctx, found);
	} else if (was_durable(file, 0, number)) {
		/* Not a crash at its creation: the header was damaged later. */
		found->damaged++;
		read_records(file, number, length_limit < 0, take, ctx, found);
	} else {
		found->torn = file.len;
	}
	if (length_limit >= 0 && (uint64_t)length_limit > whole.len)
		found->damaged++;
	if (size > 0)
		sys_unmap(whole);
	return true;
}
