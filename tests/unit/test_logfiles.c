/* Log files on a real disk: woken by what is written, cut, cleaned, joined, rotated; sent to a server in the same loop, which keeps what it got.
 * That nothing is lost or comes twice when things crash is shown in tests/sim/test_sim_logfiles.c. */
#include "base/check.h"
#include "net/http_server.h"
#include "node/logfiles_impl.h"
#include "tests/unit/node_snapshot.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct world {
	char directory[64], state[96], pattern[96];
	struct loop *loop;
	struct http_server *server;
	struct http_client *client;
	struct sys_addr address;
	struct logfiles *files;
	struct buf got;            /* bodies, one after the other */
	struct buf said;
	int refuse;                /* status instead of taking; 0: take */
	unsigned batches;
	uint64_t number;           /* of the newest batch: a repeat is not taken again, as by the store */
	const char *waiting;       /* for this text */
	size_t times;
	bool stopped;
};

static size_t times_in(struct str s, const char *text)
{
	size_t n = 0;
	for (size_t at; (at = str_find(s, str_z(text))) != SIZE_MAX; n++)
		s = str_skip(s, at + 1);
	return n;
}

static void take(void *ctx, struct http_exchange *x)
{
	struct world *w = ctx;
	if (w->refuse) {
		http_answer(x, w->refuse, STR("text/plain"), STR(""), STR(""));
		return;
	}
	uint64_t number;
	struct str id = http1_find(&http_request(x)->head, STR("pleach-batch"));
	assert_true(str_to_u64(str_skip(id, 17), &number) && number >= w->number);
	w->batches++;
	if (number > w->number)
		buf_add(&w->got, http_request(x)->body);
	w->number = number;
	assert_true(buf_ok(&w->got));
	http_answer(x, 200, STR("application/x-protobuf"), STR(""), STR(""));
	if (w->waiting && times_in(buf_str(&w->got), w->waiting) >= w->times)
		loop_stop(w->loop);
}

static void say(void *ctx, uint8_t severity, struct str message)
{
	struct world *w = ctx;
	(void)severity;
	buf_add(&w->said, message);
	buf_char(&w->said, '\n');
	if (w->waiting && times_in(buf_str(&w->said), w->waiting) >= w->times)
		loop_stop(w->loop);
}

static void changed(void *ctx) { (void)ctx; }

static void timeout(struct timer *t)
{
	(void)t;
	fail_msg("nothing happened for 60 seconds");
}

/* Until the text has come (as a record or as a message) so many times. */
static void wait_for(struct world *w, const char *text, size_t times)
{
	struct timer limit = { 0 };
	w->waiting = text;
	w->times = times;
	if (times_in(buf_str(&w->got), text) < times && times_in(buf_str(&w->said), text) < times) {
		timer_set(&limit, w->loop, sys_now() + 60 * SECOND, timeout);
		loop_run(w->loop);
		timer_cancel(&limit);
	}
	w->waiting = NULL;
}

static void tick(struct timer *t) { loop_stop(t->loop); }

static void pass(struct world *w, int64_t ns)
{
	struct timer t = { 0 };
	timer_set(&t, w->loop, sys_now() + ns, tick);
	loop_run(w->loop);
}

static bool open_files(struct world *w, struct err *e)
{
	struct logfiles_options o = { .state = str_z(w->state), .store = w->address, .client = w->client, .node = STR("local"), .say = say, .on_change = changed, .ctx = w };
	w->files = logfiles_new(w->loop, &o, e);
	return w->files != NULL;
}

static void follow(struct world *w, const char *pattern)
{
	struct snapshot *s = want_snapshot(1, NULL, 0);
	s->fleet_version = (uint64_t)sys_now();
	s->follow = ARENA_ARRAY(&s->arena, 1, struct followed);
	s->follow[s->follow_count++] = (struct followed){ .files = arena_printf(&s->arena, "%s/%s", w->directory, pattern), .service = STR("legacy") };
	logfiles_apply(w->files, s);
	snapshot_unref(s);
}

static void is_stopped(void *ctx)
{
	struct world *w = ctx;
	w->stopped = true;
	loop_stop(w->loop);
}

static void close_files(struct world *w)
{
	w->stopped = false;
	logfiles_stop(w->files, is_stopped, w);
	if (!w->stopped)
		loop_run(w->loop);
	logfiles_free(w->files);
	w->files = NULL;
}

static void restart(struct world *w)
{
	struct err e = { 0 };
	close_files(w);
	if (!open_files(w, &e))
		fail_msg("%s", e.message);
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct sys_addr any = { .family = SYS_IPV4, .ip = { 127, 0, 0, 1 } };
	struct http_server_options limits = { .max_body = 16u << 20, .max_arena = 32u << 20 };
	struct err e = { 0 };
	snprintf(w->directory, sizeof(w->directory), "/tmp/pleach-files-XXXXXX");
	assert_non_null(mkdtemp(w->directory));
	snprintf(w->state, sizeof(w->state), "%s/state", w->directory);
	buf_init(&w->got, 256u << 20);
	buf_init(&w->said, 1 << 20);
	w->loop = loop_new();
	w->server = http_server_new(w->loop, &limits, take, w);
	assert_true(http_server_listen(w->server, &any, &w->address, &e));
	w->client = http_client_new(w->loop, &(struct http_client_options){ 0 });
	assert_true(open_files(w, &e));
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	char command[128];
	if (w->files)
		close_files(w);
	http_client_free(w->client);
	http_server_free(w->server);
	loop_free(w->loop);
	buf_release(&w->got);
	buf_release(&w->said);
	snprintf(command, sizeof(command), "rm -rf '%s'", w->directory);
	assert_int_equal(system(command), 0);
	free(w);
	return 0;
}

static void put_bytes(struct world *w, const char *name, const char *bytes, size_t n)
{
	char path[160];
	snprintf(path, sizeof(path), "%s/%s", w->directory, name);
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), n);
	close(fd);
}

static void put(struct world *w, const char *name, const char *text) { put_bytes(w, name, text, strlen(text)); }

static void move(struct world *w, const char *from, const char *to)
{
	char a[160], b[160];
	snprintf(a, sizeof(a), "%s/%s", w->directory, from);
	snprintf(b, sizeof(b), "%s/%s", w->directory, to);
	assert_int_equal(rename(a, b), 0);
}

static size_t count(struct world *w, const char *text) { return times_in(buf_str(&w->got), text); }

static struct file_status status(struct world *w, const char *name, struct node_status *s)
{
	memset(s, 0, sizeof(*s));
	arena_init(&s->arena, 1 << 20);
	logfiles_report(w->files, s);
	for (size_t i = 0; i < s->files_count; i++)
		if (str_ends(s->files[i].path, str_z(name)))
			return s->files[i];
	fail_msg("%s is not reported", name);
	return (struct file_status){ 0 };
}

/* --- what is read ------------------------------------------------------------------------------------------------------------------------ */

static void lines_come_clean(void **state)
{
	struct world *w = *state;
	struct node_status s;
	char text[256];
	static const char odd[] = "one\r\ntwo \xff\xfe odd\n\0\0\0three\nfo\0ur\n\n{\"level\":\"warn\",\"msg\":\"five\",\"password\":\"hush\"}\npart";
	put(w, "a.log", "before it was followed\n");
	follow(w, "*.log");
	wait_for(w, "before it was followed", 1);
	put_bytes(w, "a.log", odd, sizeof(odd) - 1);
	wait_for(w, "five", 1);
	assert_int_equal(count(w, "two \xef\xbf\xbd\xef\xbf\xbd odd"), 1);
	assert_int_equal(count(w, "fo\xef\xbf\xbdur"), 1);
	assert_int_equal(count(w, "three"), 1);
	assert_int_equal(count(w, "one\r"), 0);
	assert_int_equal(count(w, "hush"), 0);
	assert_int_equal(count(w, "part"), 0); /* its line may go on */
	assert_int_equal(count(w, "legacy"), 6);
	snprintf(text, sizeof(text), "%s/a.log", w->directory);
	assert_int_equal(count(w, text), 6);
	assert_int_equal(count(w, "log.file.path"), 6);
	assert_int_equal(status(w, "a.log", &s).lag, 4);
	assert_int_equal(s.files[0].lines, 6);
	arena_release(&s.arena);
	put(w, "a.log", "ial\n");
	wait_for(w, "partial", 1);
}

static void long_lines_are_cut(void **state)
{
	struct world *w = *state;
	struct node_status s;
	size_t n = 300 << 10;
	char *line = malloc(n);
	memset(line, 'x', n);
	follow(w, "*.log");
	put_bytes(w, "a.log", line, n);
	put_bytes(w, "a.log", line, n);
	put(w, "a.log", "\nafter\n");
	wait_for(w, "after", 1);
	assert_int_equal(count(w, "pleach.cut"), 1);
	assert_true(w->got.len < LINE_MAX_BYTES + 1000);
	assert_int_equal(status(w, "a.log", &s).cut, 1);
	arena_release(&s.arena);
	free(line);
}

static void stack_traces_are_joined(void **state)
{
	struct world *w = *state;
	follow(w, "*.log");
	put(w, "a.log", "2026-11-25 ERROR it failed\njava.lang.Error: no\n\tat a.b(C.java:1)\n");
	wait_for(w, "2026-11-25 ERROR it failed\njava.lang.Error: no\n\tat a.b(C.java:1)", 1); /* nothing follows: handed on after a while */
	assert_int_equal(count(w, "legacy"), 1);
}

/* A private key of several lines is not shown, not even when the node is started anew in the middle of it. */
static void keys_stay_secret(void **state)
{
	struct world *w = *state;
	follow(w, "*.log");
	put(w, "a.log", "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\n");
	wait_for(w, "[redacted]", 1);
	restart(w);
	follow(w, "*.log");
	put(w, "a.log", "hkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\nplain again\n");
	wait_for(w, "plain again", 1);
	assert_int_equal(count(w, "hkiG9w0BAQEFAASC"), 0);
	assert_int_equal(count(w, "MIIEvQIBADANBgkq"), 0);
}

/* --- which files ------------------------------------------------------------------------------------------------------------------------- */

static void rotation(void **state)
{
	struct world *w = *state;
	char path[160];
	follow(w, "*.log");
	put(w, "a.log", "number 1, in the first file\n");
	wait_for(w, "number 1,", 1);
	move(w, "a.log", "a.log.1");
	put(w, "a.log.1", "number 2, by a writer that has not heard of it\n");
	put(w, "a.log", "number 3, in the second file\n");
	put(w, "a.log.1", "number 4, still in the first, and its last line has no end");
	wait_for(w, "number 3,", 1);
	put(w, "other.log.gz", "number 5, packed\n");
	snprintf(path, sizeof(path), "%s/b", w->directory);
	assert_int_equal(mkdir(path, 0700), 0);
	put(w, "b/c.log", "number 6, deeper than the pattern\n");
	put(w, "d.log", "number 7, new\n");
	wait_for(w, "number 7,", 1);
	wait_for(w, "number 2,", 1);
	for (int i = 0; i < 8; i++) {
		char text[16];
		snprintf(text, sizeof(text), "number %d,", i);
		assert_int_equal(count(w, text), i == 1 || i == 2 || i == 3 || i == 7);
	}
}

static void truncation(void **state)
{
	struct world *w = *state;
	char path[160], copy[400];
	follow(w, "a.log");
	put(w, "a.log", "number 1, before the copy, and long enough to be known again\n");
	wait_for(w, "number 1,", 1);
	close_files(w);
	put(w, "a.log", "number 2, only in the copy when it is looked at\n");
	snprintf(path, sizeof(path), "%s/a.log", w->directory);
	snprintf(copy, sizeof(copy), "cp %s %s.1", path, path);
	assert_int_equal(system(copy), 0);
	assert_int_equal(truncate(path, 0), 0);
	put(w, "a.log", "number 3, after it was cut\n");
	struct err e = { 0 };
	assert_true(open_files(w, &e));
	follow(w, "a.log");
	wait_for(w, "number 3,", 1);
	wait_for(w, "number 2,", 1);
	/* While it runs; what was begun and never read is counted as missed. */
	put(w, "a.log", "number 4, short\nnumber 5, cut in the mid");
	wait_for(w, "number 4,", 1);
	assert_int_equal(truncate(path, 0), 0);
	wait_for(w, "was cut before its last 24 bytes were read", 1);
	put(w, "a.log", "number 6, again\n");
	wait_for(w, "number 6,", 1);
	for (int i = 1; i < 7; i++) {
		char text[16];
		snprintf(text, sizeof(text), "number %d,", i);
		assert_int_equal(count(w, text), i != 5);
	}
}

static void what_is_no_file(void **state)
{
	struct world *w = *state;
	struct node_status s;
	char path[160];
	snprintf(path, sizeof(path), "%s/pipe.log", w->directory);
	assert_int_equal(mkfifo(path, 0600), 0);
	snprintf(path, sizeof(path), "%s/directory.log", w->directory);
	assert_int_equal(mkdir(path, 0700), 0);
	put(w, "a.log", "a file\n");
	put(w, "\xff.log", "a file of a strange name\n");
	follow(w, "*.log");
	wait_for(w, "a file", 1);
	assert_true(str_starts(status(w, "*.log", &s).error, STR("a file that it matches has a name that is no UTF-8")));
	assert_int_equal(count(w, "strange name"), 0);
	arena_release(&s.arena);
	assert_true(str_eq(status(w, "pipe.log", &s).error, STR("it is no regular file")));
	assert_int_equal(s.files_count, 3);
	arena_release(&s.arena);
	assert_int_equal(times_in(buf_str(&w->said), "pipe.log is not read: it is no regular file"), 1);
}

static void no_longer_wanted(void **state)
{
	struct world *w = *state;
	follow(w, "a.log");
	put(w, "a.log", "number 1\n");
	wait_for(w, "number 1", 1);
	follow(w, "b.log");
	put(w, "a.log", "number 2\n");
	put(w, "b.log", "number 3\n");
	wait_for(w, "number 3", 1);
	assert_int_equal(count(w, "number 2"), 0);
	assert_int_equal(w->files->count, 1);
}

static void more_files_than_the_limit(void **state)
{
	struct world *w = *state;
	struct node_status s;
	char name[32];
	for (int i = 0; i < LOGFILES_MAX + 5; i++) {
		snprintf(name, sizeof(name), "%04d.log", i);
		put(w, name, "a line\n");
	}
	follow(w, "*.log");
	wait_for(w, "a line", LOGFILES_MAX);
	assert_true(str_starts(status(w, "*.log", &s).error, STR("5 files more than the 500")));
	arena_release(&s.arena);
}

/* --- turns, and a store that does not take ----------------------------------------------------------------------------------------------- */

static void a_shouting_file_drowns_nobody(void **state)
{
	struct world *w = *state;
	char line[200];
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	for (int i = 0; i < 20000; i++)
		put_bytes(w, "loud.log", line, sizeof(line));
	put(w, "quiet.log", "a quiet word\n");
	follow(w, "*.log");
	wait_for(w, "a quiet word", 1);
	assert_true(w->batches <= 2 && count(w, "loud.log") < 20000);
	wait_for(w, "loud.log", 20000);
	assert_true(w->batches > 3);
}

static void files_wait_for_the_store(void **state)
{
	struct world *w = *state;
	struct node_status s;
	char line[200];
	w->refuse = 503;
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	for (int i = 0; i < 20000; i++)
		put_bytes(w, "a.log", line, sizeof(line));
	follow(w, "*.log");
	wait_for(w, "log files are not read on: the store does not take them", 1);
	pass(w, 300 * MSEC);
	assert_true(w->files->open.len < LOGFILES_BATCH + LOGFILES_BATCH / 2); /* memory is bounded: the rest waits in the file */
	assert_true(status(w, "a.log", &s).lag > 1000000 && s.files_wait.len > 0);
	arena_release(&s.arena);
	w->refuse = 0;
	wait_for(w, "log.file.path", 20000);
	assert_int_equal(count(w, "log.file.path"), 20000);
	assert_int_equal(status(w, "a.log", &s).lag, 0);
	assert_int_equal(s.files_wait.len, 0);
	arena_release(&s.arena);
}

/* What the store will never take does not stop the rest. */
static void refused_for_good(void **state)
{
	struct world *w = *state;
	w->refuse = 400;
	follow(w, "*.log");
	put(w, "a.log", "number 1\n");
	wait_for(w, "the store refused 1 records from log files for good: Bad Request", 1);
	w->refuse = 0;
	put(w, "a.log", "number 2\n");
	wait_for(w, "number 2", 1);
	assert_int_equal(count(w, "number 1"), 0);
}

static void nothing_is_repeated(void **state)
{
	struct world *w = *state;
	follow(w, "*.log");
	put(w, "a.log", "number 1\n");
	wait_for(w, "number 1", 1);
	unsigned batches = w->batches;
	for (int i = 0; i < 100 && !w->files->clean; i++)
		pass(w, 100 * MSEC); /* written down that nothing is out */
	assert_true(w->files->clean);
	restart(w);
	follow(w, "*.log");
	put(w, "a.log", "number 2\n");
	wait_for(w, "number 2", 1);
	assert_int_equal(count(w, "number 1"), 1);
	assert_int_equal(w->batches, batches + 1);
}

/* A machine that failed may have lost the end of a file that was read to its end: what is there is not read again. */
static void end_that_never_reached_the_disk(void **state)
{
	struct world *w = *state;
	char path[160], line[64];
	struct err e = { 0 };
	snprintf(path, sizeof(path), "%s/a.log", w->directory);
	follow(w, "*.log");
	for (int i = 0; i < 20; i++) {
		snprintf(line, sizeof(line), "number %03d and so on\n", i);
		put(w, "a.log", line);
	}
	wait_for(w, "number 019", 1);
	close_files(w);
	assert_int_equal(truncate(path, 15 * 22), 0);
	assert_true(open_files(w, &e));
	follow(w, "*.log");
	put(w, "a.log", "number 020 after it\n");
	wait_for(w, "number 020", 1);
	assert_int_equal(count(w, "and so on"), 20);
}

/* A directory that cannot be listed for a while takes no file with it. */
static void directory_out_of_sight(void **state)
{
	struct world *w = *state;
	char path[160], loop[160];
	struct err e = { 0 };
	snprintf(path, sizeof(path), "%s/d", w->directory);
	snprintf(loop, sizeof(loop), "%s/d", w->directory);
	assert_int_equal(mkdir(path, 0700), 0);
	follow(w, "d/*.log");
	put(w, "d/a.log", "number 1\n");
	wait_for(w, "number 1", 1);
	close_files(w);
	move(w, "d", "elsewhere");
	assert_int_equal(symlink(loop, path), 0);
	assert_true(open_files(w, &e));
	follow(w, "d/*.log");
	pass(w, 300 * MSEC);
	assert_true(w->files->patterns[0].blind);
	restart(w);
	follow(w, "d/*.log");
	assert_int_equal(unlink(path), 0);
	move(w, "elsewhere", "d");
	put(w, "d/a.log", "number 2\n");
	wait_for(w, "number 2", 1);
	assert_int_equal(count(w, "number 1"), 1);
}

static void damaged_state(void **state)
{
	struct world *w = *state;
	struct err e = { 0 };
	follow(w, "*.log");
	put(w, "a.log", "number 1\n");
	wait_for(w, "number 1", 1);
	close_files(w);
	int fd = open(w->state, O_WRONLY);
	assert_true(fd >= 0 && pwrite(fd, "#", 1, 60) == 1);
	close(fd);
	assert_false(open_files(w, &e));
	assert_int_equal(e.code, ERR_CORRUPT);
	assert_non_null(strstr(e.message, "its check sum is wrong"));
	assert_int_equal(unlink(w->state), 0);
	assert_true(open_files(w, &e));
}

int main(void)
{
	sys_init();
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(lines_come_clean), TEST(long_lines_are_cut), TEST(stack_traces_are_joined), TEST(keys_stay_secret), TEST(rotation), TEST(truncation),
		TEST(what_is_no_file), TEST(no_longer_wanted), TEST(more_files_than_the_limit), TEST(a_shouting_file_drowns_nobody), TEST(files_wait_for_the_store),
		TEST(refused_for_good), TEST(nothing_is_repeated), TEST(end_that_never_reached_the_disk), TEST(directory_out_of_sight), TEST(damaged_state),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
