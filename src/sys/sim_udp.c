/* Datagrams in the simulated network. Each travels on its own: with a seeded delay (so they overtake each other), sometimes not at all, sometimes
 * twice. A socket holds as many bytes as its room; what arrives beyond is dropped and counted, as the kernel does. */
#include "sys/sim_impl.h"
#include <stdlib.h>

enum { FIRST_SENDER_PORT = 50000 };

struct datagram {
	struct sys_addr to, from;
	struct datagram *next;
	size_t n;
	char bytes[];
};
struct sim_udp {
	struct sys_addr address;
	struct sim_handle *handle;
	struct datagram *queue, **queue_end;
	size_t queued, room;
	uint32_t lost;
	struct sim_udp *next;
};
static struct sim_udp *sockets;

static bool same_place(const struct sys_addr *bound, const struct sys_addr *wanted)
{
	static const uint8_t everywhere[16];
	if (sys_addr_eq(bound, wanted))
		return true;
	return bound->family == wanted->family && bound->port == wanted->port && memcmp(bound->ip, everywhere, sizeof(everywhere)) == 0;
}

static struct sim_udp *find(const struct sys_addr *a)
{
	for (struct sim_udp *u = sockets; u; u = u->next)
		if (same_place(&u->address, a))
			return u;
	return NULL;
}

int sys_udp_bind(const struct sys_addr *a, int room)
{
	struct sys_addr at = *a;
	if (a->family != SYS_IPV4 && a->family != SYS_IPV6)
		return SYS_INVALID;
	for (uint16_t port = FIRST_SENDER_PORT; at.port == 0; port++) {
		at.port = port;
		if (find(&at))
			at.port = 0;
	}
	for (struct sim_udp *u = sockets; u; u = u->next)
		if (same_place(&u->address, &at) || same_place(&at, &u->address))
			return SYS_IN_USE;
	struct sim_udp *u = sim_alloc(sizeof(*u));
	*u = (struct sim_udp){ .address = at, .room = (size_t)room, .next = sockets };
	u->queue_end = &u->queue;
	sockets = u;
	u->handle = sim_handle_new(SIM_UDP, u);
	return u->handle->fd;
}

static void arrive(void *arg)
{
	struct datagram *d = arg;
	struct sim_udp *u = find(&d->to);
	if (!u) {
		free(d);
		return;
	}
	if (u->queued + d->n > u->room) {
		u->lost++;
		free(d);
		return;
	}
	sim_note_bytes(d->bytes, d->n);
	d->next = NULL;
	*u->queue_end = d;
	u->queue_end = &d->next;
	u->queued += d->n;
	sim_wake_handle(u->handle);
}

static void travel(const struct datagram *d)
{
	struct datagram *copy = sim_alloc(sizeof(*d) + d->n);
	memcpy(copy, d, sizeof(*d) + d->n);
	int64_t delay = sim.o.delay_min + (int64_t)sim_below((uint64_t)(sim.o.delay_max - sim.o.delay_min) + 1);
	sim_at(sim.now + delay, 0, arrive, copy, true);
}

static struct sim_udp *socket_of(int fd)
{
	struct sim_handle *h = sim_handle(fd);
	CHECK(h->kind == SIM_UDP);
	return h->object;
}

int64_t sys_udp_send(int fd, const struct sys_addr *to, const void *p, size_t n)
{
	struct sim_udp *u = socket_of(fd);
	if (n > 65507 || (to->family != SYS_IPV4 && to->family != SYS_IPV6))
		return SYS_INVALID;
	struct datagram *d = sim_alloc(sizeof(*d) + n);
	*d = (struct datagram){ .to = *to, .from = u->address, .n = n };
	memcpy(d->bytes, p, n);
	if (!sim_chance(sim.o.datagram_loss_chance))
		travel(d);
	if (sim_chance(sim.o.datagram_repeat_chance))
		travel(d);
	free(d);
	return (int64_t)n;
}

int sys_udp_recv(int fd, struct sys_datagram *d, int count, uint32_t *lost)
{
	struct sim_udp *u = socket_of(fd);
	int got = 0;
	CHECK(count > 0 && count <= SYS_DATAGRAMS_MAX);
	for (; got < count && u->queue; got++) {
		struct datagram *first = u->queue;
		d[got].n = first->n < d[got].room ? first->n : d[got].room;
		d[got].cut = first->n > d[got].room;
		d[got].from = first->from;
		memcpy(d[got].p, first->bytes, d[got].n);
		u->queue = first->next;
		if (!u->queue)
			u->queue_end = &u->queue;
		u->queued -= first->n;
		free(first);
	}
	if (got)
		*lost = u->lost;
	return got ? got : SYS_AGAIN;
}

uint32_t sim_udp_level(const struct sim_handle *h) { return SYS_WRITABLE | (((struct sim_udp *)h->object)->queue ? SYS_READABLE : 0); }

struct sys_addr sim_udp_address(const struct sim_handle *h) { return ((struct sim_udp *)h->object)->address; }

void sim_udp_close(struct sim_handle *h)
{
	struct sim_udp *u = h->object, **at = &sockets;
	while (*at != u)
		at = &(*at)->next;
	*at = u->next;
	for (struct datagram *d = u->queue, *next; d; d = next) {
		next = d->next;
		free(d);
	}
	free(u);
}

struct str sys_udp_owner(const struct sys_addr *a, struct arena *arena)
{
	const struct sim_udp *u = find(a);
	const struct sim_proc *p = u && u->handle->pid ? sim_find(u->handle->pid) : NULL;
	return p ? arena_printf(arena, "%.*s (pid %lld)", STR_FMT(p->name), (long long)p->pid) : (struct str){ 0 };
}
