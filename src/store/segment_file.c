/* Segment files as such: opening, header, footer and trailer (segment_file.h). Files may be damaged: every number is checked against the file before
 * it is used. */
#include "store/segment_file.h"
#include "store/bytes.h"
#include "store/wal.h"
#include <stdlib.h>
#include <xxhash.h>

enum { TABLES_ARENA = 512 << 20, TABLES_CHUNK = 4 << 10, FOOTER_FIXED = 8 + 4 * 4 + 8 * 5 + 4, FOOTER_SECTION = 4 + 8 * 4,
       FOOTER_SIZE = FOOTER_FIXED + SECTION_COUNT * FOOTER_SECTION + 8 };

bool segment_damaged(const struct segment *s, const char *what, struct err *e)
{
	return err_set(e, ERR_CORRUPT, "segment %llu is damaged: %s", (unsigned long long)s->number, what);
}

bool segment_pread(int fd, void *to, size_t n, uint64_t offset, const struct segment *s, struct err *e)
{
	int64_t got = sys_pread(fd, to, n, (int64_t)offset);
	if (got < 0)
		return sys_err(e, got, "segment %llu", (unsigned long long)s->number);
	return got == (int64_t)n ? true : segment_damaged(s, "it is shorter than its index says", e);
}

static bool parse_footer(const uint8_t *footer, struct segment *s, struct section_place sections[SECTION_COUNT], struct err *e)
{
	struct bytes r = { footer, footer + FOOTER_SIZE, false };
	if (load_le(footer + FOOTER_SIZE - 8, 8) != XXH64(footer, FOOTER_SIZE - 8, s->number) || take_u64(&r) != s->number)
		return segment_damaged(s, "the footer's checksum is wrong", e);
	s->rows = take_u32(&r);
	s->records = take_u32(&r);
	s->spans = take_u32(&r);
	s->blocks = take_u32(&r);
	s->min_time = take_i64(&r);
	s->max_time = take_i64(&r);
	s->created = take_i64(&r);
	take_u64(&r);
	s->log_length = take_i64(&r);
	s->sum = load_le(footer + FOOTER_SIZE - 8, 8);
	if (take_u32(&r) != SECTION_COUNT)
		return segment_damaged(s, "the footer has another number of sections", e);
	for (int i = 0; i < SECTION_COUNT; i++) {
		struct section_place *p = &sections[i];
		p->codec = take_u32(&r);
		p->offset = take_u64(&r);
		p->stored = take_u64(&r);
		p->raw = take_u64(&r);
		p->sum = take_u64(&r);
		if (p->codec > 1 || p->stored > SEGMENT_MAX_SECTION || p->raw > SEGMENT_MAX_SECTION || p->offset > s->footer_offset ||
		    p->stored > s->footer_offset - p->offset)
			return segment_damaged(s, "the footer points outside the file", e);
	}
	return true;
}

static bool read_ends(int fd, struct segment *s, struct section_place sections[SECTION_COUNT], struct err *e)
{
	uint8_t header[SEGMENT_HEADER], trailer[SEGMENT_TRAILER], footer[FOOTER_SIZE];
	s->bytes = sys_size(fd);
	if (s->bytes < SEGMENT_HEADER + FOOTER_SIZE + SEGMENT_TRAILER)
		return segment_damaged(s, "it is too short", e);
	if (!segment_pread(fd, header, sizeof(header), 0, s, e) ||
	    !segment_pread(fd, trailer, sizeof(trailer), (uint64_t)s->bytes - SEGMENT_TRAILER, s, e))
		return false;
	if (memcmp(header, "PLEACHSG", 8) != 0 || load_le(header + 16, 8) != s->number || load_le(header + 56, 8) != XXH64(header, 56, s->number))
		return segment_damaged(s, "the header's checksum is wrong", e);
	s->version = (uint32_t)load_le(header + 8, 4);
	if (s->version < SEGMENT_OLDEST || s->version > SEGMENT_VERSION)
		return err_set(e, ERR_CORRUPT, "segment %llu has format %u; this program reads %d to %d", (unsigned long long)s->number, s->version,
			       SEGMENT_OLDEST, SEGMENT_VERSION);
	s->footer_offset = load_le(trailer, 8);
	s->footer_length = (uint32_t)load_le(trailer + 8, 4);
	if (memcmp(trailer + 16, "PLEACHSE", 8) != 0 || s->footer_length != FOOTER_SIZE ||
	    s->footer_offset != (uint64_t)s->bytes - SEGMENT_TRAILER - FOOTER_SIZE)
		return segment_damaged(s, "the trailer is wrong", e);
	return segment_pread(fd, footer, sizeof(footer), s->footer_offset, s, e) && parse_footer(footer, s, sections, e);
}

static int open_file(struct str directory, uint64_t number, struct err *e)
{
	char space[SYS_PATH_MAX + 1];
	struct str path = store_path(space, directory, number, ".segment");
	int fd = sys_open(path, SYS_OPEN_READ);
	if (fd < 0)
		sys_err(e, fd, "%.*s", STR_FMT(path));
	return fd;
}

bool segment_load(struct str directory, uint64_t number, struct segment *out, struct err *e)
{
	struct section_place sections[SECTION_COUNT];
	struct segment s = { .number = number, .refs = 1 };
	int fd = open_file(directory, number, e);
	if (fd < 0)
		return false;
	bool ok = read_ends(fd, &s, sections, e);
	sys_close(fd);
	if (ok)
		*out = s;
	return ok;
}

struct segment_tables *segment_tables_new(struct str directory, uint64_t number, struct err *e)
{
	struct segment_tables *t = calloc(1, sizeof(*t));
	if (!t) {
		err_set(e, ERR_NO_MEMORY, "no memory to read a segment");
		return NULL;
	}
	t->refs = 1;
	t->found.number = number;
	arena_init(&t->arena, TABLES_ARENA);
	t->arena.chunk_most = TABLES_CHUNK;
	t->fd = open_file(directory, number, e);
	if (t->fd >= 0 && read_ends(t->fd, &t->found, t->sections, e))
		return t;
	segment_tables_unref(t);
	return NULL;
}

void segment_tables_unref(struct segment_tables *t)
{
	if (--t->refs)
		return;
	if (t->fd >= 0)
		sys_close(t->fd);
	arena_release(&t->arena);
	free(t);
}
