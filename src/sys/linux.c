/* The Linux platform: start, clock, chance, readiness, signals, standard streams. Files, network, processes and worker threads are in
 * the files beside this one. */
#include "sys/linux.h"
#include "base/check.h"
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { POLL_BATCH = 128 };

int linux_code(int error)
{
	switch (error) {
	case EAGAIN: return SYS_AGAIN;
	case ECONNREFUSED: return SYS_REFUSED;
	case ECONNRESET:
	case ECONNABORTED:
	case EPIPE: return SYS_RESET;
	case ETIMEDOUT: return SYS_TIMEDOUT;
	case EHOSTUNREACH:
	case ENETUNREACH:
	case ENETDOWN:
	case EADDRNOTAVAIL: return SYS_UNREACHABLE;
	case EADDRINUSE: return SYS_IN_USE;
	case ENOSPC:
	case EDQUOT: return SYS_NO_SPACE;
	case ENOENT:
	case ESRCH: return SYS_NOT_FOUND;
	case EEXIST:
	case ENOTEMPTY: return SYS_EXISTS;
	case EACCES:
	case EPERM:
	case EROFS: return SYS_ACCESS;
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ENOBUFS: return SYS_LIMIT;
	case EINVAL:
	case ENAMETOOLONG:
	case EBADF:
	case ENOTSOCK: return SYS_INVALID;
	case EIO: return SYS_IO;
	case ENOTDIR: return SYS_NOT_DIRECTORY;
	case EISDIR: return SYS_IS_DIRECTORY;
	case ENOEXEC: return SYS_NOT_EXECUTABLE;
	default: return SYS_OTHER;
	}
}

bool linux_path(struct linux_path *out, struct str path)
{
	if (path.len > SYS_PATH_MAX || path.len == 0 || memchr(path.p, 0, path.len))
		return false;
	memcpy(out->z, path.p, path.len);
	out->z[path.len] = 0;
	return true;
}

/* --- start, clock, chance ---------------------------------------------------------------------------------------------------- */

static unsigned fork_generation = 1;
static void after_fork(void) { fork_generation++; }

void sys_init(void)
{
	static bool done;
	signal(SIGPIPE, SIG_IGN);
	/* Descriptors 0 to 2 must exist: otherwise a socket could become standard output. */
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			RETRY(open("/dev/null", O_RDWR));
	if (!done)
		pthread_atfork(NULL, NULL, after_fork);
	done = true;
}

static int64_t clock_ns(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t sys_now(void) { return clock_ns(CLOCK_MONOTONIC); }
int64_t sys_wall(void) { return clock_ns(CLOCK_REALTIME); }

static uint64_t rotate(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

/* xoshiro256++ 1.0 (Blackman and Vigna, 2019), one state a thread. */
uint64_t sys_random(void)
{
	static __thread uint64_t s[4];
	static __thread unsigned generation;
	if (generation != fork_generation) {
		char *p = (char *)s;
		size_t got = 0;
		while (got < sizeof(s)) {
			ssize_t n = getrandom(p + got, sizeof(s) - got, 0);
			CHECK(n > 0 || errno == EINTR);
			if (n > 0)
				got += (size_t)n;
		}
		s[0] |= 1; /* all zero is the one state it never leaves */
		generation = fork_generation;
	}
	uint64_t result = rotate(s[0] + s[3], 23) + s[0];
	uint64_t t = s[1] << 17;
	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate(s[3], 45);
	return result;
}

/* --- readiness ----------------------------------------------------------------------------------------------------------------- */

int sys_poller(void)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);
	return fd < 0 ? linux_failed() : fd;
}

void sys_poller_close(int poller) { close(poller); }

int sys_poll_add(int poller, int fd, void *data)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = data };
	return epoll_ctl(poller, EPOLL_CTL_ADD, fd, &e) < 0 ? linux_failed() : 0;
}

void sys_poll_remove(int poller, int fd) { epoll_ctl(poller, EPOLL_CTL_DEL, fd, NULL); }

static uint32_t what_of(uint32_t events)
{
	uint32_t what = 0;
	if (events & (EPOLLIN | EPOLLPRI))
		what |= SYS_READABLE;
	if (events & EPOLLOUT)
		what |= SYS_WRITABLE;
	/* After an error or hang-up both reading and writing tell the reason at once. */
	if (events & (EPOLLHUP | EPOLLERR))
		what |= SYS_HANGUP | SYS_READABLE | SYS_WRITABLE;
	if (events & EPOLLRDHUP)
		what |= SYS_HANGUP | SYS_READABLE;
	return what;
}

static int poll_raw(int poller, struct epoll_event *raw, int max, int64_t timeout)
{
	static bool no_pwait2;
	if (timeout <= 0)
		return epoll_wait(poller, raw, max, timeout < 0 ? -1 : 0);
	if (!no_pwait2) {
		struct timespec t = { timeout / 1000000000, timeout % 1000000000 };
		int n = epoll_pwait2(poller, raw, max, &t, NULL);
		if (n >= 0 || (errno != ENOSYS && errno != EPERM))
			return n;
		no_pwait2 = true; /* before Linux 5.11, or refused by a seccomp filter that does not know it */
	}
	int64_t ms = (timeout + 999999) / 1000000;
	return epoll_wait(poller, raw, max, ms > INT32_MAX ? INT32_MAX : (int)ms);
}

int sys_poll_wait(int poller, struct sys_event *events, int max, int64_t timeout)
{
	struct epoll_event raw[POLL_BATCH];
	int n = poll_raw(poller, raw, max < POLL_BATCH ? max : POLL_BATCH, timeout);
	if (n < 0)
		return errno == EINTR ? 0 : linux_failed();
	for (int i = 0; i < n; i++)
		events[i] = (struct sys_event){ raw[i].data.ptr, what_of(raw[i].events) };
	return n;
}

/* The loop runs itself on Linux. */
void sys_loop_register(void *loop, int poller, void (*turn)(void *), int64_t (*deadline)(void *))
{
	(void)loop, (void)poller, (void)turn, (void)deadline;
}
void sys_loop_unregister(void *loop) { (void)loop; }

int sys_waker(void)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return fd < 0 ? linux_failed() : fd;
}

void sys_wake(int waker)
{
	uint64_t one = 1;
	/* EAGAIN means that the counter is full: then it is readable already. */
	(void)!RETRY(write(waker, &one, sizeof(one)));
}

void sys_wake_clear(int waker)
{
	uint64_t count;
	(void)!RETRY(read(waker, &count, sizeof(count)));
}

/* --- signals ------------------------------------------------------------------------------------------------------------------- */

int sys_signals(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0)
		return SYS_OTHER;
	int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? linux_failed() : fd;
}

int sys_signal_next(int handle)
{
	struct signalfd_siginfo info;
	if (RETRY(read(handle, &info, sizeof(info))) < 0)
		return linux_failed();
	switch (info.ssi_signo) {
	case SIGINT: return SYS_SIGINT;
	case SIGHUP: return SYS_SIGHUP;
	default: return SYS_SIGTERM;
	}
}

int64_t sys_pid(void) { return getpid(); }
_Noreturn void sys_exit(int status) { exit(status); }

/* --- surroundings and standard streams ----------------------------------------------------------------------------------------- */

struct str sys_cwd(struct arena *a)
{
	char path[SYS_PATH_MAX + 1];
	return getcwd(path, sizeof(path)) ? arena_strz(a, str_z(path)) : (struct str){ 0 };
}

int sys_chdir(struct str path)
{
	struct linux_path p;
	if (!linux_path(&p, path))
		return SYS_INVALID;
	return chdir(p.z) < 0 ? linux_failed() : 0;
}

struct str sys_env(const char *name) { return str_z(getenv(name)); }

struct str sys_self(struct arena *a)
{
	char path[SYS_PATH_MAX + 1];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	if (n < 0)
		return (struct str){ 0 };
	struct str self = str_from(path, (size_t)n);
	/* Replaced or removed since we were started, as by an upgrade: what runs is still there under this name. */
	return arena_strz(a, str_ends(self, STR(" (deleted)")) ? STR("/proc/self/exe") : self);
}

bool sys_is_terminal(int fd) { return isatty(fd) == 1; }

int sys_terminal_width(void)
{
	struct winsize w;
	for (int fd = SYS_STDOUT; fd <= SYS_STDERR; fd++)
		if (ioctl(fd, TIOCGWINSZ, &w) == 0 && w.ws_col > 0)
			return w.ws_col;
	return 80;
}

void sys_print(int fd, struct str s)
{
	while (s.len > 0) {
		ssize_t n = write(fd, s.p, s.len);
		if (n > 0)
			s = str_skip(s, (size_t)n);
		else if (n < 0 && errno == EAGAIN)
			poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, -1);
		else if (n < 0 && errno != EINTR)
			return; /* nobody reads it: there is no one to tell */
	}
}

int64_t linux_read_small(const char *path, char *out, size_t size)
{
	int fd = RETRY(open(path, O_RDONLY | O_CLOEXEC));
	if (fd < 0)
		return linux_failed();
	size_t got = 0;
	while (got < size - 1) {
		ssize_t n = RETRY(read(fd, out + got, size - 1 - got));
		if (n <= 0)
			break;
		got += (size_t)n;
	}
	out[got] = 0;
	close(fd);
	return (int64_t)got;
}
