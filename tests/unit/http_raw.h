/* A bare connection for tests of the HTTP server and client: sends exactly the bytes it is told to and keeps what comes back.
 * And running the loop until something holds, with a deadline. */
#ifndef PLEACH_TESTS_HTTP_RAW_H
#define PLEACH_TESTS_HTTP_RAW_H
#include "base/buf.h"
#include "base/check.h"
#include "net/loop.h"

struct raw {
	struct watcher watcher;
	int fd;
	bool eof, reset, hold; /* hold: does not read */
	struct buf got;
};

static inline void raw_read(struct raw *r)
{
	while (r->fd >= 0 && !r->hold && !r->eof && !r->reset) {
		char *room = buf_room(&r->got, 65536);
		CHECK(room);
		int64_t n = sys_read(r->fd, room, 65536);
		if (n == SYS_AGAIN)
			return;
		if (n > 0)
			buf_added(&r->got, (size_t)n);
		else if (n == 0)
			r->eof = true;
		else
			r->reset = true;
	}
}

static inline void raw_event(struct watcher *w, uint32_t what)
{
	(void)what;
	raw_read(CONTAINER_OF(w, struct raw, watcher));
}

static inline void raw_adopt(struct raw *r, struct loop *l, int fd)
{
	*r = (struct raw){.fd = fd};
	CHECK(fd >= 0);
	buf_init(&r->got, 64 << 20);
	CHECK(watcher_start(&r->watcher, l, fd, raw_event));
}

static inline void raw_close(struct raw *r)
{
	watcher_stop(&r->watcher);
	if (r->fd >= 0)
		sys_close(r->fd);
	r->fd = -1;
	buf_release(&r->got);
}

static inline bool raw_has(struct raw *r, const char *text)
{
	return str_find(buf_str(&r->got), str_z(text)) != SIZE_MAX;
}

static inline void raw_stop(struct timer *t)
{
	loop_stop(t->loop);
}

/* A turn of the loop, at most 10 ms long. */
static inline void turn(struct loop *l)
{
	struct timer t = {0};
	timer_set(&t, l, sys_now() + MSEC, raw_stop);
	loop_run(l);
	timer_cancel(&t);
}

#define RUN_UNTIL(l, condition)                                                                                                    \
	do {                                                                                                                       \
		int64_t until_deadline = sys_now() + 10 * SECOND;                                                                  \
		while (!(condition) && sys_now() < until_deadline)                                                                 \
			turn(l);                                                                                                   \
		if (!(condition))                                                                                                  \
			print_error("never came true: %s\n", #condition);                                                          \
		assert_true(condition);                                                                                            \
	} while (0)

/* Sends all of it, the loop running meanwhile. */
static inline void raw_send(struct loop *l, struct raw *r, struct str s)
{
	int64_t deadline = sys_now() + 10 * SECOND;
	while (s.len && !r->reset && sys_now() < deadline) {
		int64_t n = sys_write(r->fd, s.p, s.len);
		if (n > 0)
			s = str_skip(s, (size_t)n);
		else if (n == SYS_AGAIN)
			turn(l);
		else
			return; /* the other side has closed: the test looks at what it said before */
	}
}
#endif
