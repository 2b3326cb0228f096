/* One log file, read in any pieces, with room or without, and begun again at any moment where it was: what comes out is the same as from the whole
 * file read at once. */
#include "base/check.h"
#include "node/line.h"
#include "node/logfile.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { ROUNDS = 150, MOST = 150 << 10 };
static struct loop *loop;
static struct buf out;
static uint64_t chance;
static bool cramped;

static uint64_t draw(uint64_t n)
{
	chance = chance * 6364136223846793005u + 1442695040888963407u;
	return (chance >> 33) % n;
}

/* Where texts end depends on pauses: only their lines are compared. */
static void see(struct logfile *f, struct str text, bool cut, int64_t read_at)
{
	(void)f, (void)cut;
	assert_true(text.len > 0 && text.len <= JOIN_MAX_BYTES && read_at > 0);
	buf_add(&out, text);
	buf_char(&out, '\n');
}

static bool has_room(struct logfile *f)
{
	(void)f;
	return !cramped || draw(20) > 0;
}

static struct logfile *begin(int fd)
{
	struct sys_stat st;
	struct logfile_name name = { STR("/x"), STR("/x"), STR("x"), STR(""), STR("") };
	struct logfile *f = logfile_new(loop, &name);
	assert_non_null(f);
	f->on_text = see;
	f->has_room = has_room;
	assert_int_equal(sys_fstat(fd, &st), 0);
	logfile_open(f, fd, &st);
	return f;
}

static size_t invent(char *bytes)
{
	static const char *const pieces[] = { "\n", "\r\n", "\n\n", "\0", "\0\0\0", " at x", "INFO one", "\xff\xfe", "\xe2\x82\xac", "Error: x", "{\"a\":1}", "\t", "Traceback (most recent call last):" };
	static const size_t lengths[] = { 1, 2, 2, 1, 3, 5, 8, 2, 3, 8, 7, 1, 34 };
	size_t n = 0, most = 1 + draw(MOST);
	while (n + 20000 < most) {
		size_t i = draw(ARRAY_LEN(pieces));
		if (draw(3000) == 0) { /* a line beyond the limit */
			size_t run = draw(40000);
			run = run < MOST - n ? run : MOST - n;
			memset(bytes + n, 'x', run);
			n += run;
		} else if (n + 40 < MOST) {
			memcpy(bytes + n, pieces[i], lengths[i]);
			n += lengths[i];
		}
		if (n + 40 >= MOST)
			break;
	}
	return n;
}

/* As after a crash: only what was done is known. */
static struct logfile *again(struct logfile *f, const char *path)
{
	int fd = sys_open(str_z(path), SYS_OPEN_READ);
	struct logfile *next = begin(fd);
	struct sys_stat st;
	assert_int_equal(sys_fstat(fd, &st), 0);
	next->head = f->head;
	next->fed = next->done = f->done;
	assert_true(logfile_is_in(next, fd, &st));
	assert_true(f->done.at <= f->fed.at && f->fed.at <= st.size);
	logfile_free(f); /* what it held back was not done */
	return next;
}

static void read_all(struct logfile *f)
{
	enum logfile_read r;
	while ((r = logfile_read(f)) == LOGFILE_MORE)
		;
	assert_int_equal(r, LOGFILE_END);
}

static void any_pieces(void **state)
{
	static char bytes[MOST];
	char path[] = "/tmp/pleach-logfile-XXXXXX";
	int fd = mkstemp(path);
	(void)state;
	for (uint64_t round = 1; round <= ROUNDS; round++) {
		struct buf whole;
		chance = round;
		size_t n = invent(bytes);
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(pwrite(fd, bytes, n, 0), n);
		buf_clear(&out);
		cramped = false;
		struct logfile *f = begin(sys_open(str_z(path), SYS_OPEN_READ));
		read_all(f);
		logfile_flush(f, true);
		assert_int_equal(f->done.at, n);
		logfile_free(f);
		buf_init(&whole, 1 << 22);
		buf_add(&whole, buf_str(&out));
		buf_clear(&out);
		assert_int_equal(ftruncate(fd, 0), 0);
		f = begin(sys_open(str_z(path), SYS_OPEN_READ));
		for (size_t at = 0; at < n;) {
			size_t piece = 1 + draw(draw(3) ? 200 : 70000);
			piece = piece < n - at ? piece : n - at;
			assert_int_equal(pwrite(fd, bytes + at, piece, (off_t)at), piece);
			at += piece;
			cramped = draw(2);
			for (uint64_t times = draw(4); times > 0; times--)
				assert_true(logfile_read(f) <= LOGFILE_END);
			if (draw(4) == 0)
				f = again(f, path);
			else if (draw(4) == 0)
				logfile_flush(f, false);
		}
		cramped = false;
		read_all(f);
		logfile_flush(f, true);
		if (!str_eq(buf_str(&out), buf_str(&whole)))
			fail_msg("round %d: %zu bytes, wanted %zu", (int)round, out.len, whole.len);
		logfile_free(f);
		buf_release(&whole);
	}
	close(fd);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(any_pieces) };
	sys_init();
	loop = loop_new();
	buf_init(&out, 1 << 22);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	buf_release(&out);
	loop_free(loop);
	return failed;
}
