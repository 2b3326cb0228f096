/* Simulated pipes, for the standard output and error of spawned processes. Bytes arrive at once; a full pipe refuses. A child that was
 * started without pipes shares its parent's. */
#include "sys/sim_impl.h"
#include <stdlib.h>

enum { PIPE_SIZE = 64 * 1024 };

struct sim_pipe *sim_pipe_new(int ends[2])
{
	struct sim_pipe *p = sim_alloc(sizeof(*p));
	buf_init(&p->bytes, PIPE_SIZE);
	p->readers = p->writers = 1;
	p->reader = sim_handle_new(SIM_PIPE_READ, p);
	ends[0] = p->reader->fd;
	ends[1] = sim_handle_new(SIM_PIPE_WRITE, p)->fd;
	return p;
}

uint32_t sim_pipe_level(const struct sim_handle *h)
{
	const struct sim_pipe *p = h->object;
	if (h->kind == SIM_PIPE_WRITE)
		return p->readers == 0 ? SYS_WRITABLE | SYS_HANGUP : p->bytes.len < PIPE_SIZE ? SYS_WRITABLE : 0;
	return (p->bytes.len ? SYS_READABLE : 0u) | (p->writers == 0 ? SYS_READABLE | SYS_HANGUP : 0u);
}

static void wake_writers(struct sim_pipe *p)
{
	p->blocked = false;
	for (size_t i = 0; i < sim.handle_count; i++)
		if (sim.handles[i] && sim.handles[i]->object == p && sim.handles[i]->kind == SIM_PIPE_WRITE)
			sim_wake_handle(sim.handles[i]);
}

int64_t sim_pipe_read(struct sim_handle *h, void *to, size_t n)
{
	struct sim_pipe *p = h->object;
	if (n == 0)
		return 0;
	if (p->bytes.len == 0)
		return p->writers ? SYS_AGAIN : 0;
	if (n > p->bytes.len)
		n = p->bytes.len;
	if (n > 1 && sim_chance(sim.o.short_io_chance))
		n = 1 + sim_below(n - 1);
	memcpy(to, buf_str(&p->bytes).p, n);
	buf_consume(&p->bytes, n);
	if (p->blocked)
		wake_writers(p);
	return (int64_t)n;
}

int64_t sim_pipe_write(struct sim_handle *h, const void *from, size_t n)
{
	struct sim_pipe *p = h->object;
	if (p->readers == 0)
		return SYS_RESET;
	if (n == 0)
		return 0;
	size_t room = PIPE_SIZE - p->bytes.len;
	if (n > room) {
		p->blocked = true;
		n = room;
	}
	if (n == 0)
		return SYS_AGAIN;
	buf_add_bytes(&p->bytes, from, n);
	CHECK(buf_ok(&p->bytes));
	sim_note_bytes(from, n);
	sim_wake_handle(p->reader);
	return (int64_t)n;
}

void sim_pipe_close(struct sim_handle *h)
{
	struct sim_pipe *p = h->object;
	if (h->kind == SIM_PIPE_READ) {
		p->readers = 0;
		p->reader = NULL;
		wake_writers(p);
	} else if (--p->writers == 0 && p->reader)
		sim_wake_handle(p->reader);
	if (p->readers == 0 && p->writers == 0) {
		buf_release(&p->bytes);
		free(p);
	}
}
