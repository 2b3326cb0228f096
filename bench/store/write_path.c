/* The store's way of writing without network and log: JSON lines of a file become batches, memtables and segments, one after the other on one thread, and how
 * fast each of the three steps is. For profilers and for counting instructions (valgrind --tool=callgrind), where a whole server is too much.
 *
 *     bench_write_path FILE FOLDER [ROWS] [MEMTABLE BYTES]      FOLDER: empty; segments stay in it */
#include "store/lines.h"
#include "store/segment.h"
#include "sys/sys.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BATCH = 1 << 20, KEEP_MEMORY = 16 << 20 };

struct spent { double lines, memory, segments; };

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void fail(const char *what)
{
	fprintf(stderr, "bench_write_path: %s\n", what);
	exit(1);
}

/* Whole lines, about BATCH bytes, off the front. */
static struct str next_request(struct str *rest)
{
	size_t n = rest->len < BATCH ? rest->len : BATCH;
	while (n < rest->len && rest->p[n - 1] != '\n')
		n--;
	struct str request = str_sub(*rest, 0, n);
	*rest = str_skip(*rest, n);
	return request;
}

static struct batch *read_request(struct lines *l, struct str request)
{
	struct err e = { 0 };
	struct batch_builder builder;
	batch_builder_init(&builder);
	lines_begin(l, &builder, sys_wall(), INT64_MAX);
	lines_read_json(l, request);
	struct batch *b = batch_finish(&builder, &e);
	batch_builder_release(&builder);
	if (!b)
		fail("a batch could not be made");
	return b;
}

static int64_t write_segment(struct memtable *m, struct str folder)
{
	struct segment s;
	int64_t code;
	if (!segment_write(m, folder, &s, &code))
		fail(sys_strerror(code));
	memtable_unref(m);
	return s.bytes;
}

int main(int argc, char **argv)
{
	struct str file, folder;
	sys_keep_memory(KEEP_MEMORY);
	if (argc < 3)
		fail("a file and a folder are needed");
	folder = str_from(argv[2], strlen(argv[2]));
	int fd = sys_open(str_from(argv[1], strlen(argv[1])), SYS_OPEN_READ);
	if (fd < 0 || sys_map(fd, &file) < 0)
		fail("the file cannot be read");
	uint64_t most = argc > 3 ? strtoull(argv[3], NULL, 10) : UINT64_MAX, rows = 0, number = 1;
	size_t size = argc > 4 ? strtoull(argv[4], NULL, 10) : 16 << 20;
	struct spent spent = { 0 };
	int64_t written = 0;
	struct lines *l = lines_new();
	struct memtable *m = memtable_new(number);
	struct str rest = file;
	while (rest.len && rows < most) {
		double start = now();
		struct batch *b = read_request(l, next_request(&rest));
		rows += batch_rows(b);
		double read = now();
		memtable_add(m, b);
		double added = now();
		spent.lines += read - start;
		spent.memory += added - read;
		if (m->size >= size) {
			written += write_segment(m, folder);
			m = memtable_new(++number);
			spent.segments += now() - added;
		}
	}
	double start = now();
	written += write_segment(m, folder);
	spent.segments += now() - start;
	double mb = (double)(file.len - rest.len) / 1e6;
	printf("%llu rows, %.1f MB, %lld bytes in %llu segments (%.3f times smaller); MB/s of CPU time: lines %.1f, memory %.1f, segments %.1f, all %.1f\n",
	       (unsigned long long)rows, mb, (long long)written, (unsigned long long)number, mb * 1e6 / (double)written, mb / spent.lines, mb / spent.memory,
	       mb / spent.segments, mb / (spent.lines + spent.memory + spent.segments));
	lines_free(l);
	return 0;
}
