/* The simulated network, for TCP and Unix sockets alike. A connection has two ends; what one end sends travels as segments, each with a
 * seeded delay, in order within a direction. An end may have WINDOW bytes unread on the way to or at the other end; then it is told
 * SYS_AGAIN, and its handle becomes writable when the other side has read.
 *
 * An end's life: waiting (connecting, or in a listener's queue) -> established -> closed (its handle is gone). A broken end has an error
 * that reads and writes tell; a silent one is a machine that vanished: whatever is sent to it is never answered. */
#include "sys/sim_impl.h"
#include <stdio.h>
#include <stdlib.h>

enum { WINDOW = 64 * 1024, FIRST_CLIENT_PORT = 10000, SYN_AGAIN = 1000000000 /* ns until a full backlog is tried again */ };

struct conn;
struct end {
	struct conn *conn;
	struct sim_handle *handle; /* NULL: closed, or waiting for accept */
	struct sys_addr local;
	struct buf arrived;
	size_t unread;        /* sent to this end and not yet read by it, whether arrived or not */
	int64_t last_arrival; /* of the newest segment to this end */
	bool established, closed, silent;
	bool fin_sent, fin_arrived;
	bool blocked;         /* its writer waits for room */
	int error;            /* SYS_E, 0: none */
	uint64_t cut_after;   /* bytes from this end after which the stream ends early for the other; UINT64_MAX: never */
	uint64_t sent;
};
struct conn {
	struct end ends[2]; /* 0: the one that connected */
	struct sys_addr to;
	struct sim_listener *listener; /* in whose queue end 1 waits */
	unsigned refs; /* ends not closed, and segments under way */
	struct conn *next, **at; /* all connections */
};
enum what { DATA, FIN, RESET, ESTABLISHED, SYN, ROOM };
struct segment {
	struct end *to; /* SYN: the end that connects */
	enum what what;
	size_t n;
	char bytes[];
};
struct sim_listener {
	struct sys_addr address;
	struct sim_handle *handle;
	struct conn **queue;
	size_t count, room, backlog;
	struct sim_listener *next;
};
static struct conn *conns;
static struct sim_listener *listeners;

static struct end *other(struct end *e) { return &e->conn->ends[e == &e->conn->ends[0]]; }

static void conn_free(struct conn *c)
{
	*c->at = c->next;
	if (c->next)
		c->next->at = c->at;
	buf_release(&c->ends[0].arrived);
	buf_release(&c->ends[1].arrived);
	free(c);
}

static void conn_unref(struct conn *c)
{
	CHECK(c->refs > 0);
	if (--c->refs == 0)
		conn_free(c);
}

static uint64_t early_cut(void)
{
	return sim_chance(sim.o.half_close_chance / 2) ? sim_below(8192) : UINT64_MAX;
}

static struct conn *conn_new(const struct sys_addr *to)
{
	struct conn *c = sim_alloc(sizeof(*c));
	c->to = *to;
	c->refs = 2;
	for (int i = 0; i < 2; i++) {
		struct end *e = &c->ends[i];
		e->conn = c;
		e->cut_after = early_cut();
		buf_init(&e->arrived, 2 * WINDOW);
	}
	c->next = conns;
	c->at = &conns;
	if (conns)
		conns->at = &c->next;
	conns = c;
	return c;
}

/* --- what travels -------------------------------------------------------------------------------------------------------------------- */

static void arrive(void *arg);
static void send_to(struct end *to, enum what what, const void *p, size_t n)
{
	struct segment *s = sim_alloc(sizeof(*s) + n);
	int64_t at = sim.now + sim.o.delay_min + (int64_t)sim_below((uint64_t)(sim.o.delay_max - sim.o.delay_min) + 1);
	*s = (struct segment){ to, what, n };
	if (n)
		memcpy(s->bytes, p, n);
	if (what != ROOM && what != SYN) {
		if (at < to->last_arrival)
			at = to->last_arrival;
		to->last_arrival = at;
	}
	to->conn->refs++;
	sim_at(at, 0, arrive, s, true);
}

static void wake_end(struct end *e)
{
	if (e->handle)
		sim_wake_handle(e->handle);
}

static void break_end(struct end *e, int error)
{
	if (e->error || e->closed)
		return;
	e->error = error;
	/* Whether what had arrived can still be read differs between systems. */
	if (sim_draw() & 1)
		buf_clear(&e->arrived);
	wake_end(e);
}

static bool same_place(const struct sys_addr *listening, const struct sys_addr *wanted)
{
	static const uint8_t everywhere[16];
	if (sys_addr_eq(listening, wanted))
		return true;
	return listening->family != SYS_UNIX && listening->family == wanted->family && listening->port == wanted->port &&
	       memcmp(listening->ip, everywhere, sizeof(everywhere)) == 0;
}

static struct sim_listener *find_listener(const struct sys_addr *a)
{
	for (struct sim_listener *l = listeners; l; l = l->next)
		if (same_place(&l->address, a))
			return l;
	return NULL;
}

static void syn_arrives(struct conn *c)
{
	struct sim_listener *l = find_listener(&c->to);
	struct end *server = &c->ends[1];
	if (c->ends[0].closed)
		return;
	if (!l) {
		c->ends[0].error = SYS_REFUSED;
		wake_end(&c->ends[0]);
		return;
	}
	if (l->count >= l->backlog) { /* the kernel drops it, and the other side tries again */
		struct segment *s = sim_alloc(sizeof(*s));
		*s = (struct segment){ &c->ends[0], SYN, 0 };
		c->refs++;
		sim_at(sim.now + SYN_AGAIN, 0, arrive, s, true);
		return;
	}
	server->local = c->to;
	server->established = true;
	c->listener = l;
	SIM_GROW(l->queue, l->count, l->room);
	l->queue[l->count++] = c;
	sim_wake_handle(l->handle);
	send_to(&c->ends[0], ESTABLISHED, NULL, 0);
}

static void data_arrives(struct end *e, const struct segment *s)
{
	if (e->silent || e->error)
		return;
	if (e->closed) { /* nobody is there any more: the kernel says so */
		if (!other(e)->closed)
			send_to(other(e), RESET, NULL, 0);
		return;
	}
	sim_note_bytes(s->bytes, s->n);
	buf_add_bytes(&e->arrived, s->bytes, s->n);
	CHECK(buf_ok(&e->arrived));
	wake_end(e);
}

static void arrive(void *arg)
{
	struct segment *s = arg;
	struct end *e = s->to;
	switch (s->what) {
	case SYN:
		syn_arrives(e->conn);
		break;
	case ESTABLISHED:
		e->established = true;
		wake_end(e);
		break;
	case DATA:
		data_arrives(e, s);
		break;
	case FIN:
		if (!e->error)
			e->fin_arrived = true;
		wake_end(e);
		break;
	case RESET:
		break_end(e, SYS_RESET);
		break;
	case ROOM:
		wake_end(e);
		break;
	}
	conn_unref(e->conn);
	free(s);
}

/* --- closing ----------------------------------------------------------------------------------------------------------------------- */

static void close_end(struct end *e, enum sim_close how)
{
	struct end *peer = other(e);
	if (e->closed)
		return;
	e->closed = true;
	e->handle = NULL;
	e->silent = how == SIM_CLOSE_SILENT;
	if (how == SIM_CLOSE && e->arrived.len > 0)
		how = SIM_CLOSE_RESET; /* what was sent to it is lost, and the sender shall know (RFC 2525 section 2.17) */
	if (e->conn->ends[1].established && !peer->closed && !e->error) {
		if (how == SIM_CLOSE_RESET)
			send_to(peer, RESET, NULL, 0);
		else if (how == SIM_CLOSE && !e->fin_sent)
			send_to(peer, FIN, NULL, 0);
	}
	buf_clear(&e->arrived);
	/* An end that never came to life on the other side goes with it. */
	if (e == &e->conn->ends[0] && !peer->established && !peer->closed) {
		peer->closed = true;
		conn_unref(e->conn);
	}
	conn_unref(e->conn);
}

void sim_socket_close(struct sim_handle *h, enum sim_close how) { close_end(h->object, how); }

void sim_listener_close(struct sim_handle *h)
{
	struct sim_listener *l = h->object;
	for (size_t i = 0; i < l->count; i++) {
		l->queue[i]->listener = NULL;
		close_end(&l->queue[i]->ends[1], SIM_CLOSE_RESET);
	}
	struct sim_listener **at = &listeners;
	while (*at != l)
		at = &(*at)->next;
	*at = l->next;
	free(l->queue);
	free(l);
}

void sim_net_stop(void)
{
	CHECK(!listeners);
	while (conns)
		conn_free(conns);
}

/* --- the calls ------------------------------------------------------------------------------------------------------------------------ */

int sys_listen(const struct sys_addr *a, int backlog)
{
	struct sys_addr at = *a;
	if (a->family == SYS_NONE)
		return SYS_INVALID;
	while (a->family != SYS_UNIX && at.port == 0) {
		at.port = sim.next_port++;
		if (find_listener(&at))
			at.port = 0;
	}
	for (struct sim_listener *l = listeners; l; l = l->next)
		if (same_place(&l->address, &at) || same_place(&at, &l->address))
			return SYS_IN_USE;
	struct sim_listener *l = sim_alloc(sizeof(*l));
	*l = (struct sim_listener){ .address = at, .backlog = backlog > 0 ? (size_t)backlog : 1, .next = listeners };
	listeners = l;
	l->handle = sim_handle_new(SIM_LISTENER, l);
	return l->handle->fd;
}

uint32_t sim_listener_level(const struct sim_handle *h) { return ((struct sim_listener *)h->object)->count ? SYS_READABLE : 0; }

int sys_accept(int listener, struct sys_addr *peer)
{
	struct sim_handle *h = sim_handle(listener);
	struct sim_listener *l = h->object;
	CHECK(h->kind == SIM_LISTENER);
	if (l->count == 0)
		return SYS_AGAIN;
	struct conn *c = l->queue[0];
	memmove(l->queue, l->queue + 1, --l->count * sizeof(struct conn *));
	c->listener = NULL;
	struct end *e = &c->ends[1];
	e->handle = sim_handle_new(SIM_SOCKET, e);
	if (peer)
		*peer = c->ends[0].local;
	return e->handle->fd;
}

/* The simulated network has no names, only addresses. */
size_t sys_resolve(struct str host, uint16_t port, struct sys_addr *out, size_t room)
{
	struct err e = { 0 };
	char text[160];
	size_t n = room && host.len < 100 && sys_addr_parse(out, str_from(text, (size_t)snprintf(text, sizeof(text), "%.*s:%u", STR_FMT(host), port)), &e);
	return n;
}

int sys_connect(const struct sys_addr *a)
{
	if (a->family == SYS_NONE)
		return SYS_INVALID;
	struct conn *c = conn_new(a);
	struct end *e = &c->ends[0];
	e->local = (struct sys_addr){ .family = a->family };
	if (a->family == SYS_IPV4)
		memcpy(e->local.ip, (const uint8_t[]){ 127, 0, 0, 1 }, 4);
	if (a->family == SYS_IPV6)
		e->local.ip[15] = 1;
	if (a->family != SYS_UNIX) {
		e->local.port = sim.next_client_port++;
		if (sim.next_client_port == 40000)
			sim.next_client_port = FIRST_CLIENT_PORT;
	}
	e->handle = sim_handle_new(SIM_SOCKET, e);
	send_to(e, SYN, NULL, 0);
	return e->handle->fd;
}

static struct end *end_of(int fd)
{
	struct sim_handle *h = sim_handle(fd);
	CHECK(h->kind == SIM_SOCKET);
	return h->object;
}

int sys_connected(int fd)
{
	struct end *e = end_of(fd);
	if (e->error)
		return e->error;
	return e->established ? 0 : SYS_AGAIN;
}

uint32_t sim_socket_level(const struct sim_handle *h)
{
	struct end *e = h->object;
	uint32_t what = 0;
	if (e->error)
		return SYS_READABLE | SYS_WRITABLE | SYS_HANGUP;
	if (!e->established)
		return 0;
	if (e->arrived.len > 0)
		what |= SYS_READABLE;
	if (e->fin_arrived)
		what |= SYS_READABLE | SYS_HANGUP;
	if (other(e)->unread < WINDOW)
		what |= SYS_WRITABLE;
	return what;
}

/* A fault of the network in the middle of a connection: both sides lose it. */
static bool reset_by_chance(struct end *e)
{
	if (!sim_chance(sim.o.reset_chance))
		return false;
	if (!other(e)->closed)
		send_to(other(e), RESET, NULL, 0);
	e->error = SYS_RESET;
	buf_clear(&e->arrived);
	return true;
}

static size_t maybe_short(size_t n) { return n > 1 && sim_chance(sim.o.short_io_chance) ? 1 + sim_below(n - 1) : n; }

int64_t sim_socket_read(struct sim_handle *h, void *p, size_t n)
{
	struct end *e = h->object;
	if (n == 0)
		return 0;
	if (!e->error && e->established)
		reset_by_chance(e);
	if (e->arrived.len > 0) {
		n = maybe_short(n < e->arrived.len ? n : e->arrived.len);
		memcpy(p, buf_str(&e->arrived).p, n);
		buf_consume(&e->arrived, n);
		e->unread -= n;
		struct end *writer = other(e);
		if (writer->blocked && !writer->closed) {
			writer->blocked = false;
			send_to(writer, ROOM, NULL, 0);
		}
		return (int64_t)n;
	}
	if (e->error)
		return e->error;
	return e->fin_arrived ? 0 : SYS_AGAIN;
}

/* The stream ends early for the other side; it answers what still comes by a reset. */
static void cut(struct end *e)
{
	e->fin_sent = true;
	send_to(other(e), FIN, NULL, 0);
	send_to(e, RESET, NULL, 0);
}

int64_t sim_socket_write(struct sim_handle *h, const void *p, size_t n)
{
	struct end *e = h->object, *to = other(e);
	if (e->error)
		return e->error;
	if (!e->established)
		return SYS_AGAIN;
	if (e->fin_sent && e->sent < e->cut_after)
		return SYS_RESET;
	if (n == 0)
		return 0;
	if (reset_by_chance(e))
		return e->error;
	if (to->unread >= WINDOW) {
		e->blocked = true;
		return SYS_AGAIN;
	}
	size_t room = WINDOW - to->unread;
	if (n > room) {
		n = room;
		e->blocked = true;
	}
	n = maybe_short(n);
	size_t passes = e->sent >= e->cut_after ? 0 : e->cut_after - e->sent < n ? (size_t)(e->cut_after - e->sent) : n;
	if (passes > 0) {
		to->unread += passes;
		send_to(to, DATA, p, passes);
	}
	bool cut_now = passes < n && !e->fin_sent;
	e->sent += n;
	if (cut_now)
		cut(e);
	return (int64_t)n;
}

void sys_shutdown_write(int fd)
{
	struct end *e = end_of(fd);
	if (e->fin_sent || e->error)
		return;
	e->fin_sent = true;
	e->cut_after = UINT64_MAX; /* from here on a write is the writer's own mistake */
	if (!other(e)->closed)
		send_to(other(e), FIN, NULL, 0);
}

void sys_reset(int fd)
{
	struct sim_handle *h = sim_handle(fd);
	CHECK(h->kind == SIM_SOCKET);
	sim_socket_close(h, SIM_CLOSE_RESET);
	sim_handle_free(h);
}

int sys_local_addr(int fd, struct sys_addr *a)
{
	struct sim_handle *h = sim_handle(fd);
	if (h->kind == SIM_LISTENER)
		*a = ((struct sim_listener *)h->object)->address;
	else if (h->kind == SIM_UDP)
		*a = sim_udp_address(h);
	else
		*a = end_of(fd)->local;
	return 0;
}

struct str sys_listener_owner(const struct sys_addr *a, struct arena *arena)
{
	const struct sim_listener *l = find_listener(a);
	const struct sim_proc *p = l && l->handle->pid ? sim_find(l->handle->pid) : NULL;
	return p ? arena_printf(arena, "%.*s (pid %lld)", STR_FMT(p->name), (long long)p->pid) : (struct str){ 0 };
}
