/* Simulated processes: starting, ending, crashing, hanging, signals, and what belongs to a process (streams, environment).
 *
 * A process is starting (its main is an event) -> alive, perhaps hung -> ended. An ended one stays as a record, so that its parent can
 * ask for its end and its arguments stay readable. */
#include "sys/sim_impl.h"
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_PID = 100 };

struct sim_proc *sim_find(int64_t pid)
{
	CHECK(pid >= FIRST_PID && (size_t)(pid - FIRST_PID) < sim.proc_count);
	return sim.procs[pid - FIRST_PID];
}

static bool exists(int64_t pid) { return pid >= FIRST_PID && (size_t)(pid - FIRST_PID) < sim.proc_count; }

/* --- starting ----------------------------------------------------------------------------------------------------------------------- */

static struct sim_proc *proc_new(struct str name, sim_main_f *main, void *user)
{
	struct sim_proc *p = sim_alloc(sizeof(*p));
	*p = (struct sim_proc){
		.pid = FIRST_PID + (int64_t)sim.proc_count,
		.parent = sim_current_pid(),
		.main = main,
		.user = user,
		.alive = true,
		.std = { -1, -1, -1 },
	};
	p->random = sim.o.seed ^ ((uint64_t)p->pid * 0xd1342543de82ef95);
	arena_init(&p->memory, 1 << 20);
	p->name = arena_strz(&p->memory, name);
	p->directory = STR("/");
	SIM_GROW(sim.procs, sim.proc_count, sim.proc_room);
	sim.procs[sim.proc_count++] = p;
	return p;
}

static void run_main(void *arg)
{
	struct sim_proc *p = arg;
	p->main(p->user, p->argv, p->argc);
}

int64_t sim_process(struct str name, sim_main_f *main, void *user)
{
	CHECK(!sim.frame);
	struct sim_proc *p = proc_new(name, main, user);
	p->argv = ARENA_ARRAY(&p->memory, 1, struct str);
	CHECK(p->argv);
	p->argv[0] = p->name;
	p->argc = 1;
	sim_enter(p, run_main, p);
	return p->pid;
}

void sim_program(struct str name, sim_main_f *main, void *user)
{
	SIM_GROW(sim.programs, sim.program_count, sim.program_room);
	sim.programs[sim.program_count++] = (struct sim_program){ name, main, user };
}

static struct str *copy_strings(struct arena *a, const struct str *from, size_t n)
{
	struct str *to = ARENA_ARRAY(a, n + 1, struct str);
	for (size_t i = 0; to && i < n; i++) {
		to[i] = arena_strz(a, from[i]);
		if (!to[i].p)
			return NULL;
	}
	return to;
}

/* Shares the parent's stream: another writer of the same pipe. */
static void inherit(struct sim_proc *child, int stream)
{
	const struct sim_proc *parent = sim_current();
	if (!parent || parent->std[stream] < 0)
		return;
	struct sim_pipe *pipe = sim_handle(stream)->object;
	struct sim_handle *h = sim_handle_new(SIM_PIPE_WRITE, pipe);
	pipe->writers++;
	h->pid = child->pid;
	child->std[stream] = h->fd;
}

static int connect_stream(struct sim_proc *child, int stream)
{
	int ends[2];
	sim_pipe_new(ends);
	sim.handles[ends[1]]->pid = child->pid;
	child->std[stream] = ends[1];
	return ends[0];
}

int sys_spawn(const struct sys_spawn *s, struct sys_process *out)
{
	const struct sim_program *program = NULL;
	if (s->argc == 0)
		return SYS_NOT_FOUND;
	for (size_t i = 0; i < sim.program_count; i++)
		if (str_eq(sim.programs[i].name, s->argv[0]))
			program = &sim.programs[i];
	if (!program)
		return SYS_NOT_FOUND;
	struct sim_proc *p = proc_new(program->name, program->main, program->user);
	p->argv = copy_strings(&p->memory, s->argv, s->argc);
	p->env = copy_strings(&p->memory, s->env, s->env_count);
	p->argc = s->argc;
	p->env_count = s->env_count;
	p->new_session = s->new_session;
	struct sim_path directory;
	if (!str_empty(s->directory)) {
		const struct sim_inode *i = sim_path(&directory, s->directory) ? sim_lookup(sim_path_str(&directory)) : NULL;
		if (!i || !sim_is_directory(i)) {
			p->alive = false;
			return i ? SYS_NOT_DIRECTORY : SYS_NOT_FOUND;
		}
		p->directory = arena_str(&p->memory, sim_path_str(&directory));
	} else if (sim_current())
		p->directory = arena_str(&p->memory, sim_current()->directory);
	if (!p->argv || !p->env || !p->directory.p) {
		p->alive = false;
		return SYS_LIMIT;
	}
	*out = (struct sys_process){ .pid = p->pid, .handle = sim_handle_new(SIM_PROCESS, p)->fd, .out = -1, .err = -1, .in = -1 };
	if (s->pipe_output) {
		out->out = connect_stream(p, SYS_STDOUT);
		out->err = connect_stream(p, SYS_STDERR);
	} else {
		inherit(p, SYS_STDOUT);
		inherit(p, SYS_STDERR);
	}
	sim_at(sim.now + 200000 + (int64_t)sim_below(2000000), p->pid, run_main, p, false);
	return 0;
}

/* --- ending ------------------------------------------------------------------------------------------------------------------------- */

static void close_handle(struct sim_handle *h, enum sim_close how)
{
	switch (h->kind) {
	case SIM_SOCKET: sim_socket_close(h, how); break;
	case SIM_LISTENER: sim_listener_close(h); break;
	case SIM_UDP: sim_udp_close(h); break;
	case SIM_PIPE_READ:
	case SIM_PIPE_WRITE: sim_pipe_close(h); break;
	case SIM_FILE: sim_file_close(h); break;
	case SIM_SIGNALS: ((struct sim_proc *)h->object)->signals = NULL; break;
	case SIM_WATCH: sim_watch_close(h); break;
	case SIM_POLLER:
	case SIM_WAKER:
	case SIM_PROCESS: break;
	}
	sim_handle_free(h);
}

void sys_close(int fd)
{
	close_handle(sim_handle(fd), SIM_CLOSE);
}

static void unregister_loops(const struct sim_proc *p)
{
	size_t kept = 0;
	for (size_t i = 0; i < sim.loop_count; i++)
		if (sim.loops[i].pid != p->pid)
			sim.loops[kept++] = sim.loops[i];
	sim.loop_count = kept;
}

static void parent_died(void *arg)
{
	struct sim_proc *child = arg;
	if (child->alive)
		sys_kill(child->pid, SYS_SIGTERM);
}

static bool on_stack(const struct sim_proc *p)
{
	for (const struct sim_frame *f = sim.frame; f; f = f->outer)
		if (f->process == p)
			return true;
	return false;
}

/* Does not return when p is the one that is running. */
void sim_end(struct sim_proc *p, enum sim_end how, int status)
{
	if (!p->alive)
		return;
	CHECK(!on_stack(p) || sim.frame->process == p); /* its own code is below another's: there is no way back into that */
	p->alive = false;
	p->exit = (struct sys_exit){ how == SIM_EXITED, status, (int64_t)p->turns * 5000, 8 << 20 };
	sim_note((uint64_t)p->pid << 8 | (uint64_t)how);
	unregister_loops(p);
	for (size_t i = 0; i < sim.handle_count; i++) {
		struct sim_handle *h = sim.handles[i];
		enum sim_close close = SIM_CLOSE;
		if (!h || h->pid != p->pid)
			continue;
		if (how == SIM_CRASHED && h->kind == SIM_SOCKET)
			close = sim_chance(sim.o.half_open_chance) ? SIM_CLOSE_SILENT : SIM_CLOSE_RESET;
		close_handle(h, close);
	}
	if (how == SIM_CRASHED)
		sim_disk_crash(p->pid);
	for (size_t i = 0; i < sim.handle_count; i++)
		if (sim.handles[i] && sim.handles[i]->kind == SIM_PROCESS && sim.handles[i]->object == p)
			sim_wake_handle(sim.handles[i]);
	for (size_t i = 0; i < sim.proc_count; i++)
		if (sim.procs[i]->alive && sim.procs[i]->parent == p->pid && !sim.procs[i]->new_session)
			sim_at(sim.now, 0, parent_died, sim.procs[i], false);
	if (sim_current() == p)
		_longjmp(sim.frame->jump, 1);
}

void sim_crash(int64_t pid) { sim_end(sim_find(pid), SIM_CRASHED, 9); }

void sim_power_loss(void)
{
	CHECK(!sim.frame);
	for (size_t i = 0; i < sim.proc_count; i++)
		if (sim.procs[i]->alive)
			sim_end(sim.procs[i], SIM_CRASHED, 9);
	sim_disk_crash(0);
}

_Noreturn void sys_exit(int status)
{
	CHECK(sim_current() /* the test itself cannot exit through the simulator */);
	sim_end(sim_current(), SIM_EXITED, status & 0xff);
	UNREACHABLE();
}

void sim_crash_at_write(int64_t pid, uint64_t nth, bool lose)
{
	struct sim_proc *p = sim_find(pid);
	p->writes_left = nth;
	p->writes_lose = lose;
}

void sim_hang(int64_t pid) { sim_find(pid)->hung = true; }

void sim_resume(int64_t pid)
{
	struct sim_proc *p = sim_find(pid);
	p->hung = false;
	for (size_t i = 0; p->alive && i < p->stalled_count; i++)
		sim_at(sim.now, pid, p->stalled[i].fn, p->stalled[i].arg, p->stalled[i].owned);
	p->stalled_count = 0;
}

bool sim_is_alive(int64_t pid) { return sim_find(pid)->alive; }

void sim_process_stop(void)
{
	for (size_t i = 0; i < sim.proc_count; i++) {
		arena_release(&sim.procs[i]->memory);
		free(sim.procs[i]->stalled);
		free(sim.procs[i]);
	}
	free(sim.procs);
	sim.procs = NULL;
	sim.proc_count = 0;
}

/* --- the calls ------------------------------------------------------------------------------------------------------------------------ */

int sys_kill(int64_t pid, enum sys_signal s)
{
	static const int number[] = { [SYS_SIGTERM] = 15, [SYS_SIGKILL] = 9, [SYS_SIGINT] = 2, [SYS_SIGHUP] = 1 };
	if (!exists(pid))
		return SYS_NOT_FOUND;
	struct sim_proc *p = sim_find(pid);
	if (!p->alive)
		return SYS_NOT_FOUND;
	if (s == SYS_SIGKILL || !p->signals)
		sim_end(p, SIM_KILLED, number[s]);
	else {
		p->pending_signals |= 1u << s;
		sim_wake_handle(p->signals);
	}
	return 0;
}

int sys_signals(void)
{
	struct sim_proc *p = sim_current();
	if (!p || p->signals)
		return SYS_INVALID;
	p->signals = sim_handle_new(SIM_SIGNALS, p);
	return p->signals->fd;
}

int sys_signal_next(int handle)
{
	struct sim_handle *h = sim_handle(handle);
	CHECK(h->kind == SIM_SIGNALS);
	struct sim_proc *p = h->object;
	if (!p->pending_signals)
		return SYS_AGAIN;
	int s = __builtin_ctz(p->pending_signals);
	p->pending_signals &= p->pending_signals - 1;
	return s;
}

int sys_wait(const struct sys_process *process, struct sys_exit *x)
{
	if (!exists(process->pid))
		return SYS_NOT_FOUND;
	const struct sim_proc *p = sim_find(process->pid);
	if (p->alive)
		return SYS_AGAIN;
	*x = p->exit;
	return 0;
}

int sys_usage(int64_t pid, struct sys_usage *u)
{
	if (!sys_alive(pid))
		return SYS_NOT_FOUND;
	*u = (struct sys_usage){ .rss = 8 << 20, .cpu_ns = (int64_t)sim_find(pid)->turns * 5000, .threads = 1 };
	for (size_t i = 0; i < sim.handle_count; i++)
		u->handles += sim.handles[i] && sim.handles[i]->pid == pid;
	return 0;
}

bool sys_confine(void) { return true; } /* there is nothing to give up: a simulated process starts no others */
int sys_cpus(void) { return 2; }

int64_t sys_handles(void) { return 1024; }
bool sys_alive(int64_t pid) { return exists(pid) && sim_find(pid)->alive; }
int64_t sys_pid(void) { return sim_current() ? sim_current_pid() : 1; }

const bool sys_short_read_is_empty = false; /* reads are cut short by chance */

int64_t sys_read(int fd, void *p, size_t n)
{
	if (fd == SYS_STDIN)
		return 0;
	struct sim_handle *h = sim_handle(fd);
	CHECK(h->kind == SIM_SOCKET || h->kind == SIM_PIPE_READ);
	return h->kind == SIM_SOCKET ? sim_socket_read(h, p, n) : sim_pipe_read(h, p, n);
}

/* A standard stream that goes nowhere takes everything. */
static bool nowhere(int fd) { return fd >= 0 && fd <= SYS_STDERR && (!sim_current() || sim_current()->std[fd] < 0); }

int64_t sys_write(int fd, const void *p, size_t n)
{
	if (nowhere(fd))
		return (int64_t)n;
	struct sim_handle *h = sim_handle(fd);
	CHECK(h->kind == SIM_SOCKET || h->kind == SIM_PIPE_WRITE);
	return h->kind == SIM_SOCKET ? sim_socket_write(h, p, n) : sim_pipe_write(h, p, n);
}

int64_t sys_writev(int fd, const struct sys_iovec *v, int count)
{
	struct buf joined;
	CHECK(count >= 0 && count <= SYS_IOV_MAX);
	buf_init(&joined, 1 << 20);
	for (int i = 0; i < count && joined.len < 65536; i++)
		buf_add_bytes(&joined, v[i].p, v[i].n < 65536 ? v[i].n : 65536); /* no more fits into a window or pipe anyway */
	int64_t n = sys_write(fd, buf_str(&joined).p, joined.len);
	buf_release(&joined);
	return n;
}

bool sys_is_terminal(int fd)
{
	(void)fd;
	return false;
}
int sys_terminal_width(void) { return 80; }

/* Nothing can wait inside a turn: what a full pipe does not take is lost here, where a real process would stand still. */
void sys_print(int fd, struct str s)
{
	if (!sim_current() || (nowhere(fd) && getenv("SIM_PRINT"))) {
		fprintf(stderr, "%.*s", STR_FMT(s));
		return;
	}
	while (s.len > 0) {
		int64_t n = sys_write(fd, s.p, s.len);
		if (n < 0)
			return;
		s = str_skip(s, (size_t)n);
	}
}

struct str sys_env(const char *name)
{
	const struct sim_proc *p = sim_current();
	struct str wanted = str_z(name);
	for (size_t i = 0; p && i < p->env_count; i++)
		if (str_starts(p->env[i], wanted) && p->env[i].len > wanted.len && p->env[i].p[wanted.len] == '=')
			return str_skip(p->env[i], wanted.len + 1);
	return (struct str){ 0 };
}

struct str sys_cwd(struct arena *a) { return arena_strz(a, sim_current() ? sim_current()->directory : STR("/")); }

int sys_chdir(struct str path)
{
	struct sim_path p;
	struct sim_proc *process = sim_current();
	if (!process || !sim_path(&p, path))
		return SYS_INVALID;
	const struct sim_inode *i = sim_lookup(sim_path_str(&p));
	if (!i || !sim_is_directory(i))
		return i ? SYS_NOT_DIRECTORY : SYS_NOT_FOUND;
	struct str directory = arena_str(&process->memory, sim_path_str(&p));
	if (!directory.p)
		return SYS_LIMIT;
	process->directory = directory;
	return 0;
}
struct str sys_self(struct arena *a) { return arena_str(a, STR("pleach")); }
