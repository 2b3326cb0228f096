/* The simulated world: clock, chance, handles, readiness, events, and the scheduler that picks by the seed what happens next.
 *
 * A step is one of: a turn of the loop of a process that has ready handles or a due timer, or the earliest event that is due. While there
 * is none, the clock moves to the next one. Process code is left early (sys_exit, a crash in the middle of a write) by a jump to the
 * frame from which the world entered it. */
#include "sys/sim_impl.h"
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_HANDLE = 3 };
static const int64_t START = 1000000000;
static const int64_t WALL_AT_START = 1767225600000000000; /* 2026-01-01T00:00:00Z */

struct sim_world sim;

/* --- chance and trace ------------------------------------------------------------------------------------------------------------ */

uint64_t sim_next(uint64_t *stream)
{
	uint64_t z = (*stream += 0x9e3779b97f4a7c15);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}
uint64_t sim_below(uint64_t n) { return n ? (uint64_t)(((unsigned __int128)sim_draw() * n) >> 64) : 0; }
bool sim_chance(double p) { return p > 0 && (double)(sim_draw() >> 11) * 0x1p-53 < p; }
uint64_t sim_random(void) { return sim_next(&sim.test_random); }
uint64_t sim_trace(void) { return sim.trace; }
uint64_t sim_steps(void) { return sim.steps; }
void sim_note(uint64_t what)
{
	uint64_t mixed = sim.trace ^ what;
	sim.trace = sim_next(&mixed);
}
void sim_note_bytes(const void *p, size_t n)
{
	sim_note(n);
	sim_note(str_hash(str_from(p, n)));
}

uint64_t sys_random(void) { return sim_next(sim_current() ? &sim_current()->random : &sim.test_random); }
int64_t sys_now(void) { return sim.now; }
int64_t sys_wall(void) { return WALL_AT_START + sim.now + sim.o.wall_offset; }
void sys_init(void) {}
void sys_keep_memory(size_t bytes) { (void)bytes; }
void *sys_pages(size_t bytes)
{
	void *p = malloc(bytes);
	return p ? memset(p, 0xa5, bytes) : NULL;
}

void sys_pages_free(void *p, size_t bytes)
{
	(void)bytes;
	free(p);
}

/* --- memory ------------------------------------------------------------------------------------------------------------------------ */

void *sim_alloc(size_t n)
{
	void *p = calloc(1, n);
	CHECK(p);
	return p;
}

void sim_grow(void **items, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return;
	*room = *room ? *room * 2 : 16;
	void *p = realloc(*items, *room * size);
	CHECK(p);
	*items = p;
}

/* --- events ------------------------------------------------------------------------------------------------------------------------ */

static bool before(const struct sim_event *a, const struct sim_event *b) { return a->at < b->at || (a->at == b->at && a->seq < b->seq); }

void sim_at(int64_t at, int64_t pid, void (*fn)(void *), void *arg, bool owned)
{
	struct sim_event e = { at, sim.seq++, pid, fn, arg, owned };
	SIM_GROW(sim.events, sim.event_count, sim.event_room);
	size_t i = sim.event_count++;
	while (i > 0 && before(&e, &sim.events[(i - 1) / 2])) {
		sim.events[i] = sim.events[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	sim.events[i] = e;
}

static struct sim_event take_event(void)
{
	struct sim_event first = sim.events[0], e = sim.events[--sim.event_count];
	size_t i = 0;
	for (;;) {
		size_t child = 2 * i + 1;
		if (child >= sim.event_count)
			break;
		if (child + 1 < sim.event_count && before(&sim.events[child + 1], &sim.events[child]))
			child++;
		if (!before(&sim.events[child], &e))
			break;
		sim.events[i] = sim.events[child];
		i = child;
	}
	if (sim.event_count)
		sim.events[i] = e;
	return first;
}

void sim_after(int64_t delay_ns, int64_t pid, void (*fn)(void *), void *arg) { sim_at(sim.now + delay_ns, pid, fn, arg, false); }

/* --- process code on the stack ------------------------------------------------------------------------------------------------------ */

struct sim_proc *sim_current(void) { return sim.frame ? sim.frame->process : NULL; }

void sim_enter(struct sim_proc *p, void (*fn)(void *), void *arg)
{
	struct sim_frame frame = { .process = p, .outer = sim.frame };
	sim.frame = &frame;
	if (_setjmp(frame.jump) == 0)
		fn(arg);
	sim.frame = frame.outer;
}

void sim_call(int64_t pid, void (*fn)(void *), void *arg)
{
	struct sim_proc *p = sim_find(pid);
	CHECK(p);
	if (!p->alive)
		return;
	if (p->hung)
		sim_at(sim.now, pid, fn, arg, false);
	else
		sim_enter(p, fn, arg);
}

/* --- handles ------------------------------------------------------------------------------------------------------------------------ */

struct sim_handle *sim_handle_new(enum sim_kind kind, void *object)
{
	struct sim_handle *h = sim_alloc(sizeof(*h));
	while (sim.handle_count < FIRST_HANDLE) {
		SIM_GROW(sim.handles, sim.handle_count, sim.handle_room);
		sim.handles[sim.handle_count++] = NULL;
	}
	SIM_GROW(sim.handles, sim.handle_count, sim.handle_room);
	*h = (struct sim_handle){ .fd = (int)sim.handle_count, .kind = kind, .pid = sim_current_pid(), .object = object };
	sim.handles[sim.handle_count++] = h;
	return h;
}

struct sim_handle *sim_handle(int fd)
{
	struct sim_proc *p = sim_current();
	if (fd >= 0 && fd < FIRST_HANDLE && p)
		fd = p->std[fd];
	CHECK(fd >= FIRST_HANDLE && (size_t)fd < sim.handle_count);
	struct sim_handle *h = sim.handles[fd];
	CHECK(h != NULL /* used after sys_close */);
	CHECK(h->pid == sim_current_pid());
	return h;
}

static void unpoll(struct sim_handle *h)
{
	if (h->woken) {
		struct sim_poller *poller = h->poller->object;
		size_t i = 0;
		while (poller->woken[i] != h)
			i++;
		memmove(poller->woken + i, poller->woken + i + 1, (--poller->count - i) * sizeof(struct sim_handle *));
	}
	h->woken = false;
	h->poller = NULL;
}

static void poller_free(struct sim_handle *h)
{
	struct sim_poller *poller = h->object;
	for (size_t i = 0; i < sim.handle_count; i++)
		if (sim.handles[i] && sim.handles[i]->poller == h)
			unpoll(sim.handles[i]);
	for (size_t i = 0; i < sim.loop_count; i++)
		CHECK(sim.loops[i].poller != poller);
	free(poller->woken);
	free(poller);
}

void sim_handle_free(struct sim_handle *h)
{
	unpoll(h);
	if (h->kind == SIM_POLLER)
		poller_free(h);
	sim.handles[h->fd] = NULL;
	free(h);
}

/* --- readiness ---------------------------------------------------------------------------------------------------------------------- */

uint32_t sim_level(const struct sim_handle *h)
{
	switch (h->kind) {
	case SIM_SOCKET: return sim_socket_level(h);
	case SIM_LISTENER: return sim_listener_level(h);
	case SIM_UDP: return sim_udp_level(h);
	case SIM_PIPE_READ:
	case SIM_PIPE_WRITE: return sim_pipe_level(h);
	case SIM_WAKER: return h->awake ? SYS_READABLE | SYS_WRITABLE : SYS_WRITABLE;
	case SIM_PROCESS: return ((struct sim_proc *)h->object)->alive ? 0 : SYS_READABLE;
	case SIM_SIGNALS: return ((struct sim_proc *)h->object)->pending_signals ? SYS_READABLE : 0;
	case SIM_WATCH: return sim_watch_level(h);
	case SIM_POLLER:
	case SIM_FILE: return 0;
	}
	return 0;
}

void sim_wake_handle(struct sim_handle *h)
{
	if (!h->poller || h->woken)
		return;
	struct sim_poller *poller = h->poller->object;
	SIM_GROW(poller->woken, poller->count, poller->room);
	poller->woken[poller->count++] = h;
	h->woken = true;
}

int sys_poller(void) { return sim_handle_new(SIM_POLLER, sim_alloc(sizeof(struct sim_poller)))->fd; }

void sys_poller_close(int poller)
{
	struct sim_handle *h = sim_handle(poller);
	CHECK(h->kind == SIM_POLLER);
	sim_handle_free(h);
}

int sys_poll_add(int poller, int fd, void *data)
{
	struct sim_handle *p = sim_handle(poller), *h = sim_handle(fd);
	CHECK(p->kind == SIM_POLLER && h->kind != SIM_POLLER);
	if (h->kind == SIM_FILE)
		return SYS_ACCESS; /* as epoll: files are always ready */
	if (h->poller)
		return SYS_EXISTS;
	h->poller = p;
	h->data = data;
	if (sim_level(h))
		sim_wake_handle(h);
	return 0;
}

void sys_poll_remove(int poller, int fd)
{
	(void)poller;
	if (fd >= FIRST_HANDLE && (size_t)fd < sim.handle_count && !sim.handles[fd])
		return; /* closed before: the kernel has forgotten it, too */
	struct sim_handle *h = sim_handle(fd);
	if (h->poller)
		unpoll(h);
}

/* In an order chosen by the seed: nobody may rely on one. */
int sys_poll_wait(int poller, struct sys_event *events, int max, int64_t timeout)
{
	struct sim_poller *p = sim_handle(poller)->object;
	int n = 0;
	(void)timeout;
	while (n < max && p->count) {
		size_t i = sim_below(p->count);
		struct sim_handle *h = p->woken[i];
		p->woken[i] = p->woken[--p->count];
		h->woken = false;
		uint32_t what = sim_level(h);
		if (what)
			events[n++] = (struct sys_event){ h->data, what };
	}
	return n;
}

int sys_waker(void) { return sim_handle_new(SIM_WAKER, NULL)->fd; }
void sys_wake(int waker)
{
	struct sim_handle *h = sim_handle(waker);
	CHECK(h->kind == SIM_WAKER);
	h->awake = true;
	sim_wake_handle(h);
}
void sys_wake_clear(int waker) { sim_handle(waker)->awake = false; }

/* --- loops, work and the scheduler --------------------------------------------------------------------------------------------------- */

void sys_loop_register(void *loop, int poller, void (*turn)(void *), int64_t (*deadline)(void *))
{
	SIM_GROW(sim.loops, sim.loop_count, sim.loop_room);
	sim.loops[sim.loop_count++] = (struct sim_loop){ loop, sim_current_pid(), sim_handle(poller)->object, turn, deadline };
}

void sys_loop_unregister(void *loop)
{
	for (size_t i = 0; i < sim.loop_count; i++)
		if (sim.loops[i].loop == loop) {
			memmove(sim.loops + i, sim.loops + i + 1, (--sim.loop_count - i) * sizeof(struct sim_loop));
			return;
		}
}

void sys_work(void (*fn)(void *), void *arg) { sim_at(sim.now + 20000 + (int64_t)sim_below(3000000), sim_current_pid(), fn, arg, false); }

void sys_mutex_init(struct sys_mutex *m) { (void)m; }
void sys_mutex_lock(struct sys_mutex *m) { (void)m; }
void sys_mutex_unlock(struct sys_mutex *m) { (void)m; }

static void run_event(void)
{
	struct sim_event e = take_event();
	struct sim_proc *p = e.pid ? sim_find(e.pid) : NULL;
	sim_note(e.seq);
	if (!e.pid)
		e.fn(e.arg);
	else if (p->alive && p->hung) {
		SIM_GROW(p->stalled, p->stalled_count, p->stalled_room);
		p->stalled[p->stalled_count++] = e;
	} else if (p->alive)
		sim_enter(p, e.fn, e.arg);
}

static void run_turn(const struct sim_loop *l)
{
	struct sim_proc *p = l->pid ? sim_find(l->pid) : NULL;
	sim_note((uint64_t)l->pid);
	sim_note((uint64_t)sim.now);
	if (p) {
		p->turns++;
		sim_enter(p, l->turn, l->loop);
	} else
		l->turn(l->loop);
	sim.now += 1000 + (int64_t)sim_below(9000);
}

static bool can_run(const struct sim_loop *l)
{
	const struct sim_proc *p = l->pid ? sim_find(l->pid) : NULL;
	return !p || (p->alive && !p->hung);
}

/* Picks the nth of what is runnable now, the earliest due event being the last. Returns how many there are. */
static size_t runnable(size_t pick, struct sim_loop *picked, int64_t *next)
{
	size_t n = 0;
	*next = sim.event_count ? sim.events[0].at : INT64_MAX;
	for (size_t i = 0; i < sim.loop_count; i++) {
		const struct sim_loop *l = &sim.loops[i];
		if (!can_run(l))
			continue;
		int64_t due = l->poller->count ? 0 : l->deadline(l->loop);
		if (due < *next)
			*next = due;
		if (due <= sim.now && n++ == pick)
			*picked = *l;
	}
	return n + (sim.event_count && sim.events[0].at <= sim.now);
}

bool sim_run_until(int64_t virtual_ns, uint64_t max_steps)
{
	CHECK(sim.running && !sim.frame);
	for (uint64_t steps = 0; sim.now < virtual_ns; steps++) {
		struct sim_loop picked = { 0 };
		int64_t next;
		size_t n = runnable(SIZE_MAX, &picked, &next);
		if (n == 0) {
			if (next >= virtual_ns) {
				if (virtual_ns != INT64_MAX)
					sim.now = virtual_ns;
				return true;
			}
			sim.now = next;
			continue;
		}
		if (steps >= max_steps)
			return false;
		sim.steps++;
		runnable(sim_below(n), &picked, &next);
		if (picked.turn)
			run_turn(&picked);
		else
			run_event();
	}
	return true;
}

/* --- the world ------------------------------------------------------------------------------------------------------------------------ */

static void check_options(const struct sim_options *o) { CHECK(o->delay_min >= 0 && o->delay_max >= o->delay_min); }

void sim_set_options(const struct sim_options *o)
{
	uint64_t seed = sim.o.seed;
	check_options(o);
	sim.o = *o;
	sim.o.seed = seed;
}

void sim_start(const struct sim_options *o)
{
	CHECK(!sim.running);
	check_options(o);
	sim = (struct sim_world){ .o = *o, .running = true, .now = START, .random = o->seed, .test_random = ~o->seed, .next_port = 40000, .next_client_port = 10000 };
	sim_draw();
	sim_random();
	sim_disk_start();
}

static void check_leaks(void)
{
	size_t leaked = 0;
	for (size_t i = 0; i < sim.handle_count; i++) {
		const struct sim_handle *h = sim.handles[i];
		const struct sim_proc *p = h && h->pid ? sim_find(h->pid) : NULL;
		if (!h || (p && (h->fd == p->std[1] || h->fd == p->std[2])))
			continue;
		fprintf(stderr, "sim: handle %d (kind %d) of process %lld %s was not closed\n", h->fd, (int)h->kind, (long long)h->pid,
			p ? p->name.p : "the test");
		leaked++;
	}
	CHECK(leaked == 0);
}

void sim_stop(bool strict)
{
	CHECK(sim.running && !sim.frame);
	if (strict)
		check_leaks();
	sim.loop_count = 0;
	for (size_t i = 0; i < sim.event_count; i++)
		if (sim.events[i].owned)
			free(sim.events[i].arg);
	sim.event_count = 0;
	for (size_t i = 0; i < sim.handle_count; i++)
		if (sim.handles[i]) {
			sim.handles[i]->pid = 0; /* all that is left belongs to the test now */
			sys_close((int)i);
		}
	for (size_t i = 0; i < sim.event_count; i++) /* closing sent farewells */
		if (sim.events[i].owned)
			free(sim.events[i].arg);
	sim_process_stop();
	sim_net_stop();
	sim_disk_stop();
	free(sim.handles);
	free(sim.events);
	free(sim.loops);
	free(sim.programs);
	sim = (struct sim_world){ 0 };
}
