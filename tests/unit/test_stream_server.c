/* The server of message protocols over real sockets: pieces, answers, back-pressure, and each of its limits. */
#include "base/buf.h"
#include "base/check.h"
#include "net/stream_server.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* Lines. Each is answered by its own text, but for: "bad" (breaks), "bye" (ends), "owe" (answered a moment later), "flood" (a large answer), "hold" (not
 * read until released). */
struct world {
	struct loop *loop;
	struct stream_server *server;
	struct sys_addr address;
	struct stream_conn *owing, *held;
	struct timer later, tick;
	unsigned opened, closed, lines, ends;
	char last[64];
};
enum { FLOOD = 20000 };

static void pay(struct timer *t)
{
	struct world *w = CONTAINER_OF(t, struct world, later);
	if (!w->owing)
		return;
	stream_write(w->owing, STR("paid\n"));
	stream_owe(w->owing, -1);
}

static void take_line(struct world *w, struct stream_conn *c, struct str line)
{
	static char flood[FLOOD];
	w->lines++;
	snprintf(w->last, sizeof(w->last), "%.*s", STR_FMT(line));
	if (str_eq(line, STR("bye"))) {
		stream_end(c);
	} else if (str_eq(line, STR("owe"))) {
		stream_owe(c, 1);
		w->owing = c;
		timer_set(&w->later, w->loop, loop_now(w->loop) + 20 * MSEC, pay);
	} else if (str_eq(line, STR("flood"))) {
		stream_write(c, str_from(flood, sizeof(flood)));
	} else if (str_eq(line, STR("hold"))) {
		w->held = c;
		stream_hold(c, true);
	} else {
		stream_write(c, line);
		stream_write(c, STR("\n"));
	}
}

static int64_t on_bytes(void *ctx, struct stream_conn *c, struct str in, bool end)
{
	struct world *w = ctx;
	size_t at = str_find_char(in, '\n');
	w->ends += end;
	if (at == SIZE_MAX && !(end && in.len))
		return 0;
	struct str line = str_sub(in, 0, at);
	if (str_eq(line, STR("bad")))
		return STREAM_BROKEN;
	take_line(w, c, line);
	return (int64_t)(at == SIZE_MAX ? in.len : at + 1);
}
static void on_open(void *ctx, struct stream_conn *c)
{
	struct world *w = ctx;
	(void)c;
	w->opened++;
}
static void on_close(void *ctx, struct stream_conn *c)
{
	struct world *w = ctx;
	w->closed++;
	if (w->owing == c)
		w->owing = NULL;
	if (w->held == c)
		w->held = NULL;
}
static const struct stream_protocol protocol = { on_open, on_bytes, on_close };

static void start(struct world *w, struct stream_server_options o)
{
	struct err e = { 0 };
	struct sys_addr any = { .family = SYS_IPV4, .ip = { 127, 0, 0, 1 } };
	*w = (struct world){ .loop = loop_new() };
	w->server = stream_server_new(w->loop, &o, &protocol, w);
	assert_true(stream_server_listen(w->server, &any, &w->address, &e));
	assert_false(stream_server_listen(w->server, &w->address, NULL, &e));
	assert_int_equal(e.code, ERR_PORT_TAKEN);
}
static void finish(struct world *w)
{
	stream_server_free(w->server);
	assert_int_equal(w->opened, w->closed);
	timer_cancel(&w->later);
	loop_free(w->loop);
}

static void on_tick(struct timer *t) { loop_stop(t->loop); }
static void turn(struct world *w)
{
	timer_set(&w->tick, w->loop, sys_now() + MSEC, on_tick);
	loop_run(w->loop);
}
/* Turns until the condition holds, for at most 20 seconds. */
#define UNTIL(w, condition)                                                                                                            \
	do {                                                                                                                           \
		int64_t limit = sys_now() + 20 * SECOND;                                                                               \
		while (!(condition)) {                                                                                                 \
			if (sys_now() > limit)                                                                                         \
				fail_msg("did not happen: %s", #condition);                                                            \
			turn(w);                                                                                                       \
		}                                                                                                                      \
	} while (0)

static int connected(struct world *w)
{
	unsigned before = w->opened;
	int fd = sys_connect(&w->address);
	assert_true(fd >= 0);
	UNTIL(w, w->opened > before);
	return fd;
}
static void send_text(int fd, const char *text) { assert_int_equal(sys_write(fd, text, strlen(text)), strlen(text)); }

/* All that is there: appended; false at the end of the stream or a reset. */
static bool more(int fd, struct buf *b)
{
	int64_t n;
	char *room;
	while ((room = buf_room(b, 4096)) && (n = sys_read(fd, room, 4096)) > 0)
		buf_added(b, (size_t)n);
	return room && n == SYS_AGAIN;
}
static void expect(struct world *w, int fd, const char *text)
{
	struct buf b;
	buf_init(&b, 1 << 20);
	UNTIL(w, (more(fd, &b), b.len >= strlen(text)));
	if (!str_eq(buf_str(&b), str_z(text)))
		fail_msg("\"%.*s\" instead of \"%s\"", STR_FMT(buf_str(&b)), text);
	buf_release(&b);
}
static void expect_end(struct world *w, int fd)
{
	struct buf b;
	buf_init(&b, 1 << 20);
	UNTIL(w, !more(fd, &b));
	buf_release(&b);
	sys_close(fd);
}

static void messages_and_answers(void **state)
{
	struct world w;
	(void)state;
	start(&w, (struct stream_server_options){ 0 });
	int fd = connected(&w);
	send_text(fd, "one\ntw");
	expect(&w, fd, "one\n");
	send_text(fd, "o\nthree\n");
	expect(&w, fd, "two\nthree\n");
	send_text(fd, "bye\n");
	expect_end(&w, fd);
	fd = connected(&w);
	send_text(fd, "bad\nunread\n");
	expect_end(&w, fd);
	UNTIL(&w, stream_server_stats(w.server).broken == 1);
	assert_int_equal(w.lines, 4);
	finish(&w);
}

/* The last bytes and the end in one go; who is owed is answered all the same. */
static void ends_of_streams(void **state)
{
	struct world w;
	(void)state;
	start(&w, (struct stream_server_options){ 0 });
	int fd = sys_connect(&w.address);
	UNTIL(&w, sys_connected(fd) == 0);
	send_text(fd, "owe\nunfinished");
	sys_shutdown_write(fd);
	expect(&w, fd, "unfinished\n");
	expect(&w, fd, "paid\n");
	expect_end(&w, fd);
	assert_true(w.ends > 0);
	UNTIL(&w, w.closed == 1);
	fd = connected(&w);
	sys_reset(fd);
	UNTIL(&w, w.closed == 2);
	assert_int_equal(stream_server_stats(w.server).broken, 0);
	finish(&w);
}

static void holding(void **state)
{
	struct world w;
	(void)state;
	start(&w, (struct stream_server_options){ .max_out = 16 << 20 });
	int one = connected(&w), two = connected(&w);
	send_text(one, "hold\nlater\n");
	UNTIL(&w, w.held);
	send_text(two, "free\n");
	expect(&w, two, "free\n");
	assert_int_equal(w.lines, 2);
	stream_hold(w.held, false);
	expect(&w, one, "later\n");
	stream_server_hold(w.server, true);
	send_text(one, "a\n");
	send_text(two, "b\n");
	for (int i = 0; i < 20; i++)
		turn(&w);
	assert_int_equal(w.lines, 3);
	stream_server_hold(w.server, false);
	expect(&w, one, "a\n");
	expect(&w, two, "b\n");
	/* More than the kernel holds of it: the sender waits, and nothing is lost. */
	static char much[8000000];
	memset(much, 'x', sizeof(much));
	for (size_t i = 99; i < sizeof(much); i += 100)
		much[i] = '\n';
	stream_server_hold(w.server, true);
	size_t sent = 0;
	int64_t n;
	while (sent < sizeof(much) && (n = sys_write(one, much + sent, sizeof(much) - sent)) > 0)
		sent += (size_t)n;
	assert_true(sent < sizeof(much));
	unsigned before = w.lines;
	struct buf answers;
	stream_server_hold(w.server, false);
	buf_init(&answers, 16 << 20);
	while (sent < sizeof(much)) {
		if ((n = sys_write(one, much + sent, sizeof(much) - sent)) > 0)
			sent += (size_t)n;
		assert_true(more(one, &answers));
		turn(&w);
	}
	UNTIL(&w, (more(one, &answers), answers.len == sizeof(much)));
	assert_int_equal(w.lines - before, sizeof(much) / 100);
	assert_memory_equal(buf_str(&answers).p, much, sizeof(much));
	buf_release(&answers);
	sys_close(one);
	sys_close(two);
	finish(&w);
}

static void limits(void **state)
{
	struct world w;
	char line[4096];
	(void)state;
	memset(line, 'x', sizeof(line));
	start(&w, (struct stream_server_options){ .max_message = 2048, .max_out = 1000, .max_connections = 2, .idle = 3600 * SECOND });
	int fd = connected(&w), other = connected(&w);
	int third = sys_connect(&w.address);
	expect_end(&w, third); /* the third is turned away */
	assert_int_equal(stream_server_stats(w.server).refused, 1);
	assert_int_equal(sys_write(fd, line, sizeof(line)), sizeof(line)); /* a message that is too long */
	expect_end(&w, fd);
	fd = connected(&w);
	send_text(fd, "flood\n"); /* an answer beyond the limit */
	expect_end(&w, fd);
	assert_int_equal(stream_server_stats(w.server).broken, 2);
	send_text(other, "still\n");
	expect(&w, other, "still\n");
	sys_close(other);
	finish(&w);
}

/* At the limit the one that was silent long enough gives way. */
static void silent_ones(void **state)
{
	struct world w;
	(void)state;
	start(&w, (struct stream_server_options){ .max_connections = 1, .idle = 1 });
	int one = connected(&w), two = connected(&w);
	expect_end(&w, one);
	send_text(two, "in its place\n");
	expect(&w, two, "in its place\n");
	sys_close(two);
	finish(&w);
}

static void standing_still(void **state)
{
	struct world w;
	(void)state;
	start(&w, (struct stream_server_options){ .stall = 30 * MSEC });
	int silent = connected(&w), half = connected(&w);
	send_text(half, "half a line");
	expect_end(&w, half);
	assert_string_equal(w.last, "half a line"); /* the protocol had its chance */
	assert_int_equal(stream_server_stats(w.server).broken, 1);
	/* Who is held does not stand still by its own fault. */
	send_text(silent, "hold\nlater\n");
	UNTIL(&w, w.held);
	for (int i = 0; i < 100; i++)
		turn(&w);
	assert_non_null(w.held);
	stream_hold(w.held, false);
	expect(&w, silent, "later\n");
	sys_close(silent);
	finish(&w);
}

/* Beyond the memory of all connections together, the large ones wait for each other. */
static void shared_memory(void **state)
{
	enum { LONG = 400000 };
	struct world w;
	(void)state;
	start(&w, (struct stream_server_options){ .max_message = 1 << 20, .max_held = 100000, .max_out = 1 << 20 });
	int fds[3];
	char *line = malloc(LONG + 1);
	memset(line, 'x', LONG);
	line[LONG] = '\n';
	for (int i = 0; i < 3; i++)
		fds[i] = connected(&w);
	/* Two hold the half of a line each, more than there is; the third asks for little and gets it. */
	for (int i = 0; i < 2; i++)
		assert_true(sys_write(fds[i], line, 150000) > 100000);
	UNTIL(&w, stream_server_stats(w.server).held >= 100000);
	send_text(fds[2], "little\n");
	expect(&w, fds[2], "little\n");
	/* When the first goes, the other is read on. */
	size_t before = stream_server_stats(w.server).held;
	sys_reset(fds[0]);
	sys_reset(fds[1]);
	UNTIL(&w, w.closed == 2);
	assert_true(stream_server_stats(w.server).held < before);
	int fd = connected(&w);
	size_t sent = 0;
	struct buf b;
	buf_init(&b, 1 << 20);
	UNTIL(&w, ({
		      int64_t n = sent < LONG + 1 ? sys_write(fd, line + sent, LONG + 1 - sent) : 0;
		      sent += n > 0 ? (size_t)n : 0;
		      more(fd, &b);
		      w.lines == 2 || stream_server_stats(w.server).held >= 100000;
	      }));
	buf_release(&b);
	sys_close(fd);
	sys_close(fds[2]);
	free(line);
	finish(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_and_answers), cmocka_unit_test(ends_of_streams), cmocka_unit_test(holding),	     cmocka_unit_test(limits),
		cmocka_unit_test(silent_ones),		cmocka_unit_test(standing_still),  cmocka_unit_test(shared_memory),
	};
	sys_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
