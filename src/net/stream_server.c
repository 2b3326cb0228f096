/* Connections of message protocols (stream_server.h).
 *
 * A connection runs when its handle is ready, when it is released, and at the end of a turn in which it asked to go on (so that one peer that
 * sends without pause leaves room for the others). It is freed only at the end of its own run or by its deferred call, never under the feet of
 * a protocol's function. An empty buffer gives its memory back: a silent connection holds about 300 bytes. */
#include "net/stream_server.h"
#include "base/buf.h"
#include "base/check.h"
#include "net/listener.h"
#include <stdlib.h>

enum {
	READ_SIZE = 65536,       /* room offered to one read */
	READS_A_RUN = 8,         /* before others have their turn */
};

struct stream_conn {
	struct stream_server *server;
	struct stream_conn *next, **link;
	struct watcher watcher;
	struct deferred kick;
	struct timer stall;
	int fd;
	bool readable, writable, hangup /* the end was announced: it must be read, no event comes for it again */;
	bool eof, ended, failed, held, running;
	bool starved;           /* not read for want of the server's memory */
	unsigned owed;
	size_t counted;         /* bytes of server->held that are ours */
	int64_t moved;          /* when bytes last came or went */
	struct buf in, out;
	struct sys_addr peer;
	void *user;
};
struct stream_server {
	struct loop *loop;
	struct stream_server_options o;
	const struct stream_protocol *protocol;
	void *ctx;
	struct listeners listeners;
	struct stream_conn *conns;
	bool held, stopped;
	struct stream_server_stats stats;
};

static void run(struct stream_conn *c);

/* --- the end of a connection ------------------------------------------------------------------------------------------------------------ */

static void count_held(struct stream_conn *c)
{
	struct stream_server *s = c->server;
	s->stats.held = s->stats.held - c->counted + c->in.capacity;
	c->counted = c->in.capacity;
}

static void feed_the_starved(struct stream_server *s);

static void close_conn(struct stream_conn *c)
{
	struct stream_server *s = c->server;
	watcher_stop(&c->watcher);
	deferred_cancel(&c->kick);
	timer_cancel(&c->stall);
	if (s->protocol->on_close)
		s->protocol->on_close(s->ctx, c);
	if (c->failed)
		sys_reset(c->fd);
	else
		sys_close(c->fd);
	buf_release(&c->in);
	buf_release(&c->out);
	count_held(c);
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	s->stats.connections--;
	bool fed = c->counted == 0;
	free(c);
	if (fed)
		feed_the_starved(s);
}

/* Ended by us. */
static void fail(struct stream_conn *c)
{
	if (c->ended)
		return;
	c->ended = c->failed = true;
	c->server->stats.broken++;
}

static void on_kick(struct deferred *d) { run(CONTAINER_OF(d, struct stream_conn, kick)); }
static void kick(struct stream_conn *c) { loop_defer(c->server->loop, &c->kick, on_kick); }

static void feed_the_starved(struct stream_server *s)
{
	for (struct stream_conn *c = s->conns; c && s->stats.held < s->o.max_held; c = c->next)
		if (c->starved)
			kick(c);
}

/* --- writing ------------------------------------------------------------------------------------------------------------------------------ */

static void flush(struct stream_conn *c)
{
	while (c->out.len && c->writable && !c->ended) {
		int64_t n = sys_write(c->fd, buf_str(&c->out).p, c->out.len);
		if (n > 0) {
			buf_consume(&c->out, (size_t)n);
			c->moved = loop_now(c->server->loop);
		} else if (n == SYS_AGAIN || n == 0) {
			c->writable = false;
		} else {
			c->ended = true;
		}
	}
	if (c->out.len == 0 && c->out.capacity) {
		buf_release(&c->out);
		buf_init(&c->out, c->server->o.max_out);
	}
}

static void on_stall(struct timer *t);
static void watch_stall(struct stream_conn *c)
{
	if (c->in.len == 0 && c->out.len == 0)
		timer_cancel(&c->stall);
	else if (!timer_is_set(&c->stall))
		timer_set(&c->stall, c->server->loop, c->moved + c->server->o.stall, on_stall);
}

void stream_write(struct stream_conn *c, struct str bytes)
{
	if (c->ended)
		return;
	buf_add(&c->out, bytes);
	if (!buf_ok(&c->out))
		fail(c);
	flush(c);
	if (!c->ended)
		watch_stall(c);
	if (c->ended && !c->running)
		kick(c);
}

/* --- reading ------------------------------------------------------------------------------------------------------------------------------ */

static bool may_read(const struct stream_conn *c)
{
	const struct stream_server *s = c->server;
	return !c->ended && !c->held && !s->held && !s->stopped;
}

/* Gives the protocol what there is until it wants more. */
static void digest(struct stream_conn *c)
{
	const struct stream_server *s = c->server;
	while (may_read(c) && (c->in.len || c->eof)) {
		int64_t n = s->protocol->on_bytes(s->ctx, c, buf_str(&c->in), c->eof);
		CHECK(n <= (int64_t)c->in.len);
		if (n < 0)
			fail(c);
		if (n <= 0)
			break;
		buf_consume(&c->in, (size_t)n);
		c->moved = loop_now(s->loop);
	}
	if (may_read(c) && c->in.len >= s->o.max_message)
		fail(c);
	if (c->in.len == 0 && c->in.capacity) {
		buf_release(&c->in);
		buf_init(&c->in, s->o.max_message + READ_SIZE);
	}
}

static bool read_some(struct stream_conn *c)
{
	struct stream_server *s = c->server;
	c->starved = c->in.len > READ_SIZE && s->stats.held >= s->o.max_held;
	if (!c->readable || c->eof || c->starved)
		return false;
	char *room = buf_room(&c->in, READ_SIZE);
	if (!room) { /* no memory: as if the server's were full */
		c->in.failed = false;
		c->starved = true;
		return false;
	}
	int64_t n = sys_read(c->fd, room, READ_SIZE);
	if (n > 0) {
		buf_added(&c->in, (size_t)n);
		c->moved = loop_now(s->loop);
		if (n < READ_SIZE && sys_short_read_is_empty && !c->hangup)
			c->readable = false;
	} else if (n == 0) {
		c->eof = true;
	} else if (n == SYS_AGAIN) {
		c->readable = false;
	} else {
		c->ended = true;
	}
	return n >= 0;
}

/* What may follow a run: nothing, another run, or the end. Frees the connection then. */
static void settle(struct stream_conn *c, bool more)
{
	if (c->eof && may_read(c) && c->owed == 0 && c->out.len == 0)
		c->ended = true;
	if (c->ended) {
		close_conn(c);
		return;
	}
	size_t before = c->counted;
	count_held(c);
	if (c->counted < before)
		feed_the_starved(c->server);
	watch_stall(c);
	if (more)
		kick(c);
}

/* A peer that vanished is not waited for. Reading would tell, but this one is not read. */
static void notice_reset(struct stream_conn *c)
{
	int code = c->starved && c->hangup && !c->ended ? sys_connected(c->fd) : 0;
	if (code < 0 && code != SYS_AGAIN)
		c->ended = true;
}

static void run(struct stream_conn *c)
{
	int reads = 0;
	CHECK(!c->running);
	c->running = true;
	flush(c);
	digest(c);
	while (may_read(c) && reads < READS_A_RUN && read_some(c)) {
		reads++;
		digest(c);
	}
	notice_reset(c);
	c->running = false;
	settle(c, reads == READS_A_RUN && may_read(c));
}

static void on_event(struct watcher *w, uint32_t what)
{
	struct stream_conn *c = CONTAINER_OF(w, struct stream_conn, watcher);
	if (what & (SYS_READABLE | SYS_HANGUP))
		c->readable = true;
	if (what & SYS_HANGUP)
		c->hangup = true;
	if (what & (SYS_WRITABLE | SYS_HANGUP))
		c->writable = true;
	run(c);
}

static void on_stall(struct timer *t)
{
	struct stream_conn *c = CONTAINER_OF(t, struct stream_conn, stall);
	struct stream_server *s = c->server;
	int64_t now = loop_now(s->loop);
	bool our_doing = c->out.len == 0 && (!may_read(c) || c->in.len == 0);
	if (our_doing)
		c->moved = now;
	if (now - c->moved < s->o.stall) {
		watch_stall(c);
		return;
	}
	c->eof = true; /* the protocol may make something of what it has */
	digest(c);
	fail(c);
	close_conn(c);
}

/* --- connections and listeners -------------------------------------------------------------------------------------------------------------- */

/* The one that was silent longest, if long enough to give its place to another. */
static struct stream_conn *forgotten(struct stream_server *s)
{
	struct stream_conn *oldest = NULL;
	for (struct stream_conn *c = s->conns; c; c = c->next)
		if (!c->running && c->owed == 0 && (!oldest || c->moved < oldest->moved))
			oldest = c;
	return oldest && loop_now(s->loop) - oldest->moved >= s->o.idle ? oldest : NULL;
}

static void refuse(struct stream_server *s, int fd)
{
	s->stats.refused++;
	sys_reset(fd);
}

static void take(void *ctx, int fd, const struct sys_addr *peer, bool local)
{
	struct stream_server *s = ctx;
	struct stream_conn *c = NULL;
	(void)local;
	if (s->stats.connections >= s->o.max_connections) {
		struct stream_conn *old = forgotten(s);
		if (old)
			close_conn(old);
	}
	if (s->stats.connections < s->o.max_connections)
		c = calloc(1, sizeof(*c));
	if (!c || !watcher_start(&c->watcher, s->loop, fd, on_event)) {
		free(c);
		refuse(s, fd);
		return;
	}
	c->server = s;
	c->fd = fd;
	c->peer = *peer;
	c->readable = c->writable = true;
	c->moved = loop_now(s->loop);
	buf_init(&c->in, s->o.max_message + READ_SIZE);
	buf_init(&c->out, s->o.max_out);
	c->next = s->conns;
	c->link = &s->conns;
	if (c->next)
		c->next->link = &c->next;
	s->conns = c;
	s->stats.connections++;
	s->stats.opened++;
	c->running = true;
	if (s->protocol->on_open)
		s->protocol->on_open(s->ctx, c);
	c->running = false;
	run(c);
}

bool stream_server_listen(struct stream_server *s, const struct sys_addr *a, struct sys_addr *bound, struct err *e)
{
	return listeners_add(&s->listeners, s->loop, a, bound, take, s, e);
}

/* --- the server --------------------------------------------------------------------------------------------------------------------------- */

struct stream_server *stream_server_new(struct loop *l, const struct stream_server_options *o, const struct stream_protocol *p, void *ctx)
{
	struct stream_server *s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	*s = (struct stream_server){ .loop = l, .o = *o, .protocol = p, .ctx = ctx };
	if (!s->o.max_connections)
		s->o.max_connections = 1024;
	if (!s->o.max_message)
		s->o.max_message = 1 << 20;
	if (!s->o.max_held)
		s->o.max_held = 64 << 20;
	if (!s->o.max_out)
		s->o.max_out = 64 << 10;
	if (!s->o.idle)
		s->o.idle = 600 * SECOND;
	if (!s->o.stall)
		s->o.stall = 60 * SECOND;
	return s;
}

void stream_server_hold(struct stream_server *s, bool hold)
{
	if (s->held == hold)
		return;
	s->held = hold;
	for (struct stream_conn *c = s->conns; c && !hold; c = c->next)
		kick(c);
}

void stream_server_stop(struct stream_server *s)
{
	s->stopped = true;
	listeners_close(&s->listeners);
}

void stream_server_free(struct stream_server *s)
{
	if (!s)
		return;
	stream_server_stop(s);
	while (s->conns)
		close_conn(s->conns);
	free(s);
}

struct stream_server_stats stream_server_stats(const struct stream_server *s) { return s->stats; }

void stream_set_user(struct stream_conn *c, void *user) { c->user = user; }
void *stream_user(const struct stream_conn *c) { return c->user; }
const struct sys_addr *stream_peer(const struct stream_conn *c) { return &c->peer; }
unsigned stream_owed(const struct stream_conn *c) { return c->owed; }

void stream_hold(struct stream_conn *c, bool hold)
{
	bool was = c->held;
	c->held = hold;
	if (was && !hold && !c->running)
		kick(c);
}

void stream_owe(struct stream_conn *c, int n)
{
	CHECK(n >= 0 || c->owed >= (unsigned)-n);
	c->owed += (unsigned)n;
	if (c->owed == 0 && c->eof && !c->running)
		kick(c);
}

void stream_end(struct stream_conn *c)
{
	c->ended = true;
	if (!c->running)
		kick(c);
}
