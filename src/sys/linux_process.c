/* Child processes on Linux. A child starts on its own stack in our memory (CLONE_VM | CLONE_VFORK): no page table is copied, so that a
 * killed instance is up again in a millisecond however big the parent is. Until it executes its program, we stand still; what went
 * wrong it writes into our memory.
 *
 * The child may only make system calls: no allocation, no locks, no library state. PR_SET_PDEATHSIG is bound to the parent's thread, so
 * spawning is allowed on the main thread only. */
#include "base/check.h"
#include "sys/linux.h"
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <dirent.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILD_STACK = 64 * 1024, SPAWN_MAX = 4 << 20 /* bytes of arguments and environment */ };

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

struct start {
	const char *file, *directory;
	char *const *argv, *const *env;
	int out, err; /* -1: inherited */
	int in;       /* -1: empty */
	int64_t memory_limit;
	bool new_session;
	pid_t parent;
	sigset_t mask; /* the parent's, before all signals were blocked */
	int code;      /* written by the child: why it did not start */
};

/* A file that is there but cannot be executed is another mistake than a path we may not look at. */
__attribute__((no_sanitize_address)) static int exec_code(const char *file, int error)
{
	struct stat st;
	if (error == EACCES && stat(file, &st) == 0)
		return SYS_NOT_EXECUTABLE;
	return linux_code(error);
}

__attribute__((no_sanitize_address)) static bool child_streams(const struct start *s)
{
	int in = s->in >= 0 ? s->in : open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (in < 0 || dup2(in, 0) < 0)
		return false;
	if (s->out >= 0 && (dup2(s->out, 1) < 0 || dup2(s->err, 2) < 0))
		return false;
	/* What our own parent left open without the flag must not reach the service either. */
	syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
	return true;
}

__attribute__((no_sanitize_address)) static void child_signals(void)
{
	struct sigaction standard = { .sa_handler = SIG_DFL };
	sigset_t none;
	for (int sig = 1; sig < NSIG; sig++)
		if (sig != SIGKILL && sig != SIGSTOP)
			sigaction(sig, &standard, NULL); /* our table is a copy: no CLONE_SIGHAND */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

__attribute__((no_sanitize_address)) static int child(void *arg)
{
	struct start *s = arg;
	if (s->new_session)
		setsid();
	else {
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (getppid() != s->parent)
			_exit(127); /* it died before the request: nobody else would ever tell us */
	}
	bool ok = child_streams(s);
	if (ok && s->memory_limit > 0) {
		struct rlimit limit = { (rlim_t)s->memory_limit, (rlim_t)s->memory_limit };
		ok = setrlimit(RLIMIT_AS, &limit) == 0;
	}
	if (ok && s->directory)
		ok = chdir(s->directory) == 0;
	if (!ok) {
		s->code = linux_code(errno);
		_exit(127);
	}
	child_signals();
	execve(s->file, s->argv, s->env);
	s->code = exec_code(s->file, errno);
	_exit(127);
}

/* --- preparing in the parent ----------------------------------------------------------------------------------------------------- */

/* NUL-terminated copies in one allocation: the vector, then the text. */
static char **vector(const struct str *items, size_t n)
{
	size_t bytes = (n + 1) * sizeof(char *);
	for (size_t i = 0; i < n; i++) {
		if (items[i].len > SPAWN_MAX || (items[i].len && memchr(items[i].p, 0, items[i].len)))
			return NULL;
		bytes += items[i].len + 1;
	}
	char **v = bytes > SPAWN_MAX ? NULL : malloc(bytes);
	if (!v)
		return NULL;
	char *text = (char *)(v + n + 1);
	for (size_t i = 0; i < n; i++) {
		v[i] = text;
		if (items[i].len)
			memcpy(text, items[i].p, items[i].len);
		text[items[i].len] = 0;
		text += items[i].len + 1;
	}
	v[n] = NULL;
	return v;
}

static struct str search_path(const struct sys_spawn *s)
{
	for (size_t i = 0; i < s->env_count; i++)
		if (str_starts(s->env[i], STR("PATH=")))
			return str_skip(s->env[i], 5);
	struct str ours = str_z(getenv("PATH"));
	return ours.p ? ours : STR("/usr/local/bin:/usr/bin:/bin");
}

/* Which file a command without a slash means: the first executable one in PATH. */
static int find_command(const struct sys_spawn *s, struct linux_path *file)
{
	int code = SYS_NOT_FOUND;
	struct str rest = search_path(s);
	while (rest.p) {
		struct str directory = str_split(&rest, ':');
		struct stat st;
		if (str_empty(directory))
			directory = STR(".");
		int n = snprintf(file->z, sizeof(file->z), "%.*s/%.*s", STR_FMT(directory), STR_FMT(s->argv[0]));
		if (n < 0 || (size_t)n >= sizeof(file->z) || stat(file->z, &st) < 0 || S_ISDIR(st.st_mode))
			continue;
		if (access(file->z, X_OK) == 0)
			return 0;
		code = SYS_NOT_EXECUTABLE;
	}
	return code;
}

static int command_file(const struct sys_spawn *s, struct linux_path *file)
{
	if (s->argc == 0 || str_empty(s->argv[0]))
		return SYS_NOT_FOUND;
	if (memchr(s->argv[0].p, '/', s->argv[0].len))
		return linux_path(file, s->argv[0]) ? 0 : SYS_INVALID;
	if (memchr(s->argv[0].p, 0, s->argv[0].len))
		return SYS_INVALID;
	return find_command(s, file);
}

static void close_pair(int pair[2])
{
	for (int i = 0; i < 2; i++)
		if (pair[i] >= 0)
			close(pair[i]);
}

/* Only our end is non-blocking: a service expects ordinary streams. */
static int output_pipe(int pair[2])
{
	if (pipe2(pair, O_CLOEXEC) < 0)
		return linux_failed();
	fcntl(pair[0], F_SETFL, O_RDONLY | O_NONBLOCK);
	return 0;
}

static int input_pipe(int pair[2])
{
	if (pipe2(pair, O_CLOEXEC) < 0)
		return linux_failed();
	fcntl(pair[1], F_SETFL, O_WRONLY | O_NONBLOCK);
	return 0;
}

/* Clones and waits until the program runs or the child has failed. */
static int run_child(struct start *s, struct sys_process *p)
{
	char *stack = mmap(NULL, CHILD_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	int pidfd = -1;
	sigset_t all;
	if (stack == MAP_FAILED)
		return linux_failed();
	/* No handler may run in the child while it shares our memory. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &s->mask);
	s->parent = getpid();
	pid_t pid = clone(child, stack + CHILD_STACK, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, s, &pidfd);
	int code = pid < 0 ? linux_failed() : s->code;
	sigprocmask(SIG_SETMASK, &s->mask, NULL);
	munmap(stack, CHILD_STACK);
	if (pid >= 0 && code < 0) {
		RETRY(waitpid(pid, NULL, 0));
		close(pidfd);
	}
	if (code == 0) {
		p->pid = pid;
		p->handle = pidfd;
	}
	return code == SYS_AGAIN ? SYS_LIMIT : code; /* EAGAIN of clone: too many processes */
}

static int spawn_with_pipes(const struct sys_spawn *s, struct start *start, struct sys_process *p)
{
	int out[2] = { -1, -1 }, err[2] = { -1, -1 }, in[2] = { -1, -1 };
	int code = s->pipe_input ? input_pipe(in) : 0;
	start->in = in[0];
	if (code == 0 && s->pipe_output) {
		code = output_pipe(out);
		if (code == 0)
			code = output_pipe(err);
		start->out = out[1];
		start->err = err[1];
	}
	if (code == 0)
		code = run_child(start, p);
	if (code < 0) {
		close_pair(out);
		close_pair(err);
		close_pair(in);
		return code;
	}
	p->out = out[0];
	p->err = err[0];
	p->in = in[1];
	if (s->pipe_input)
		close(in[0]);
	if (s->pipe_output) {
		close(out[1]);
		close(err[1]);
	}
	return 0;
}

int sys_spawn(const struct sys_spawn *s, struct sys_process *p)
{
	struct linux_path file, directory;
	CHECK(gettid() == getpid());
	int code = command_file(s, &file);
	if (code < 0)
		return code;
	if (!str_empty(s->directory) && !linux_path(&directory, s->directory))
		return SYS_INVALID;
	char **argv = vector(s->argv, s->argc);
	char **env = vector(s->env, s->env_count);
	struct start start = {
		.file = file.z,
		.directory = str_empty(s->directory) ? NULL : directory.z,
		.argv = argv,
		.env = env,
		.out = -1,
		.err = -1,
		.in = -1,
		.memory_limit = s->memory_limit,
		.new_session = s->new_session,
	};
	code = argv && env ? spawn_with_pipes(s, &start, p) : SYS_INVALID;
	free(argv);
	free(env);
	return code;
}

/* --- afterwards -------------------------------------------------------------------------------------------------------------------- */

int sys_kill(int64_t pid, enum sys_signal s)
{
	static const int number[] = { [SYS_SIGTERM] = SIGTERM, [SYS_SIGKILL] = SIGKILL, [SYS_SIGINT] = SIGINT, [SYS_SIGHUP] = SIGHUP };
	CHECK(pid > 1); /* 0, 1 and -1 would mean ourselves, init, or everybody */
	return kill((pid_t)-pid, number[s]) < 0 ? linux_failed() : 0;
}

int sys_wait(const struct sys_process *p, struct sys_exit *x)
{
	struct rusage use;
	int status;
	pid_t pid = RETRY(wait4((pid_t)p->pid, &status, WNOHANG, &use));
	if (pid < 0)
		return errno == ECHILD ? SYS_NOT_FOUND : linux_failed();
	if (pid == 0)
		return SYS_AGAIN;
	*x = (struct sys_exit){
		.exited = WIFEXITED(status),
		.status = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status),
		.cpu_ns = (use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000000 + (use.ru_utime.tv_usec + use.ru_stime.tv_usec) * 1000,
		.max_rss = use.ru_maxrss * 1024,
	};
	return 0;
}

/* The fields of /proc/PID/stat behind the command name, which may itself hold blanks and parentheses. */
static const char *stat_fields(int64_t pid, char *text, size_t size)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%lld/stat", (long long)pid);
	if (linux_read_small(path, text, size) <= 0)
		return NULL;
	char *end = strrchr(text, ')');
	return end && end[1] == ' ' ? end + 2 : NULL;
}

static int count_handles(int64_t pid)
{
	char path[64];
	int n = 0;
	snprintf(path, sizeof(path), "/proc/%lld/fd", (long long)pid);
	DIR *d = opendir(path);
	if (!d)
		return 0;
	for (struct dirent *e; (e = readdir(d));)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

int sys_usage(int64_t pid, struct sys_usage *u)
{
	char text[1024];
	const char *fields = stat_fields(pid, text, sizeof(text));
	unsigned long long user, kernel;
	long threads, pages;
	/* proc(5): state is field 3; utime 14, stime 15, num_threads 20, rss 24 */
	if (!fields || sscanf(fields, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d %ld %*d %*u %*u %ld", &user, &kernel,
			      &threads, &pages) != 4)
		return SYS_NOT_FOUND;
	*u = (struct sys_usage){
		.rss = pages * sysconf(_SC_PAGESIZE),
		.cpu_ns = (int64_t)((user + kernel) * (1000000000ULL / (unsigned long long)sysconf(_SC_CLK_TCK))),
		.threads = (int)threads,
		.handles = count_handles(pid),
	};
	return 0;
}

bool sys_alive(int64_t pid)
{
	char text[1024];
	if (pid <= 0)
		return false;
	const char *fields = stat_fields(pid, text, sizeof(text));
	return fields && *fields != 'Z' && *fields != 'X';
}
