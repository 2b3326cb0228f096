/* The platform: all that Pleach asks of the world outside its memory. Two implementations with the same symbols, chosen at link time:
 * linux*.c (the real one) and sim*.c (a deterministic simulator with a virtual clock, a seeded network, disk and processes: sys/sim.h).
 * No other code makes system calls.
 *
 * Handles are small non-negative integers. Calls never block unless they say so. A failing call returns a negative SYS_E code (never
 * errno); `sys_strerror` has its words. SIGPIPE never occurs, EINTR is handled inside, every descriptor is close-on-exec.
 * Single-threaded unless said otherwise. */
#ifndef PLEACH_SYS_SYS_H
#define PLEACH_SYS_SYS_H
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include <stdint.h>

enum {
	SYS_AGAIN = -1,      /* would block; wait for readiness */
	SYS_REFUSED = -2,    /* connection refused */
	SYS_RESET = -3,      /* connection reset, or broken pipe */
	SYS_TIMEDOUT = -4,   /* the kernel gave up */
	SYS_UNREACHABLE = -5,/* no route to the host or network */
	SYS_IN_USE = -6,     /* address already in use */
	SYS_NO_SPACE = -7,   /* disk or quota full */
	SYS_NOT_FOUND = -8,
	SYS_EXISTS = -9,
	SYS_ACCESS = -10,    /* not permitted */
	SYS_LIMIT = -11,     /* descriptors, memory, processes */
	SYS_INVALID = -12,
	SYS_IO = -13,        /* input/output error */
	SYS_NOT_DIRECTORY = -14,
	SYS_IS_DIRECTORY = -15,
	SYS_NOT_EXECUTABLE = -16,
	SYS_OTHER = -17,
};
const char *sys_strerror(int64_t code);
/* Fills e from a negative code: ERR_DISK_FULL, ERR_NOT_FOUND, ERR_PORT_TAKEN or ERR_SYSTEM, with "what: reason". Returns false. */
bool sys_err(struct err *e, int64_t code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Call once before anything else in each process (signals, random state). */
void sys_init(void);
/* For a process that allocates and frees much in turns: up to so many freed bytes stay with it instead of going back to the kernel each time. */
void sys_keep_memory(size_t bytes);
/* Memory apart from the heap, of whole pages, its content undefined: for what lives long among much that does not. What is given back (with the same size) is kept as above. Any thread. NULL: none. */
void *sys_pages(size_t bytes);
void sys_pages_free(void *p, size_t bytes);

/* --- time and chance --------------------------------------------------------------------------------------------------------- */
int64_t sys_now(void);  /* monotonic, ns */
int64_t sys_wall(void); /* since 1970-01-01 UTC, ns */
/* Fast, unpredictable enough for ids and jitter (a per-process generator seeded by the kernel; reseeded after fork). */
uint64_t sys_random(void);

/* --- network ------------------------------------------------------------------------------------------------------------------ */
enum sys_family { SYS_NONE, SYS_IPV4, SYS_IPV6, SYS_UNIX };
struct sys_addr {
	enum sys_family family;
	uint16_t port;      /* host order */
	uint8_t ip[16];     /* network order; 4 bytes for IPv4 */
	char path[108];     /* SYS_UNIX, NUL-terminated; may be relative to the working directory, which shortens deep ones */
};
/* "127.0.0.1:80", "[::1]:80", ":80" (loopback), "unix:/path", "unix:path", "/path", "./path". Names are not resolved, except `localhost`. */
bool sys_addr_parse(struct sys_addr *a, struct str text, struct err *e);
/* Into out (at least 128 bytes), NUL-terminated; returns the str. */
struct str sys_addr_text(const struct sys_addr *a, char out[128]);
bool sys_addr_is_loopback(const struct sys_addr *a);
bool sys_addr_eq(const struct sys_addr *a, const struct sys_addr *b);

/* The addresses of a host's name ("orders", "::1", "10.0.0.7"), at most `room`, in the order in which they should be tried; their number, 0 where the name is not
 * known. Blocks while the system asks its name servers: for the command line and workers, never on a part's loop. */
enum { SYS_RESOLVE_MAX = 8 };
size_t sys_resolve(struct str host, uint16_t port, struct sys_addr *out, size_t room);
/* Listener, non-blocking, SO_REUSEADDR. SYS_IN_USE when something answers there (sys_listener_owner says who); a stale Unix socket nobody listens on is replaced, mode 0600. Port 0 chooses one
 * (sys_local_addr tells). */
int sys_listen(const struct sys_addr *a, int backlog);
/* A connected non-blocking socket with TCP_NODELAY, or SYS_AGAIN. peer may be NULL. */
int sys_accept(int listener, struct sys_addr *peer);
/* Starts connecting; the handle is returned at once; writable means done, then ask sys_connected. Over a Unix socket SYS_REFUSED (no
 * such socket, or nobody listens) and SYS_LIMIT (its backlog is full) may come back at once. */
int sys_connect(const struct sys_addr *a);
/* 0 when connected, SYS_AGAIN when still connecting, else why it failed (told once: close it then). */
int sys_connected(int fd);
/* Bytes read; 0 at the end of the stream; SYS_AGAIN, SYS_RESET … */
int64_t sys_read(int fd, void *p, size_t n);
/* Whether a stream socket that gave fewer bytes than asked for is empty, so that the next bytes are a new readable event (epoll(7), question 9).
 * True on Linux; false in the simulator, which also cuts reads short while more is there. */
extern const bool sys_short_read_is_empty;
struct sys_iovec { const void *p; size_t n; }; /* same layout as struct iovec */
enum { SYS_IOV_MAX = 64 };
/* Bytes written (may be fewer), SYS_AGAIN, SYS_RESET … */
int64_t sys_write(int fd, const void *p, size_t n);
int64_t sys_writev(int fd, const struct sys_iovec *v, int count);
/* No more writing: the peer reads the end of the stream. */
void sys_shutdown_write(int fd);
/* Close so that the peer sees a reset rather than an orderly end (a Unix socket's peer: only when data is left unread). */
void sys_reset(int fd);
void sys_close(int fd);
int sys_local_addr(int fd, struct sys_addr *a);
/* Who listens on this address, for error messages: "nginx (pid 812)"; empty where that cannot be known. Blocking, slow (reads /proc). */
struct str sys_listener_owner(const struct sys_addr *a, struct arena *arena);

/* --- datagrams: UDP over IPv4 and IPv6 ------------------------------------------------------------------------------------------- */
/* A bound, non-blocking socket that may hold `room` bytes unread (the system may give less). SYS_IN_USE when the port is taken. Port 0
 * chooses one (sys_local_addr tells). */
int sys_udp_bind(const struct sys_addr *a, int room);
enum { SYS_DATAGRAM_MAX = 65536, SYS_DATAGRAMS_MAX = 32 };
struct sys_datagram {
	void *p;            /* the caller's, room bytes */
	size_t room, n;
	bool cut;           /* it was longer than its room */
	struct sys_addr from;
};
/* Up to count (at most SYS_DATAGRAMS_MAX) datagrams: how many came, or SYS_AGAIN. *lost becomes how many the system has dropped at this
 * socket for want of room until the newest of them came (modulo 2^32); it is left alone where the system does not say. */
int sys_udp_recv(int fd, struct sys_datagram *d, int count, uint32_t *lost);
/* One datagram, whole or not at all: its bytes, SYS_AGAIN … It may be lost on its way, and nobody is told. */
int64_t sys_udp_send(int fd, const struct sys_addr *to, const void *p, size_t n);
/* As sys_listener_owner, of a UDP port. */
struct str sys_udp_owner(const struct sys_addr *a, struct arena *arena);

/* --- readiness: one poller per loop, edge-triggered ---------------------------------------------------------------------------- */
enum { SYS_READABLE = 1, SYS_WRITABLE = 2, SYS_HANGUP = 4 }; /* HANGUP: the peer closed its side or there is an error */
struct sys_event { void *data; uint32_t what; };
int sys_poller(void);
void sys_poller_close(int poller);
/* Registers a handle for life for both directions, edge-triggered: after an event, go on until SYS_AGAIN. */
int sys_poll_add(int poller, int fd, void *data);
void sys_poll_remove(int poller, int fd);
/* Up to max events; waits at most timeout ns (<0: for ever). 0 on time-out. The simulator never waits. */
int sys_poll_wait(int poller, struct sys_event *events, int max, int64_t timeout);
/* A handle that becomes readable when sys_wake is called on it from any thread; sys_wake_clear empties it. */
int sys_waker(void);
void sys_wake(int waker);
void sys_wake_clear(int waker);
/* For net/loop.c alone: a loop tells the simulator how to run one turn of itself and when its next timer is due. On Linux these do
 * nothing. turn: handles what is ready, never waits. deadline: monotonic ns of the next timer, INT64_MAX when none. */
void sys_loop_register(void *loop, int poller, void (*turn)(void *loop), int64_t (*deadline)(void *loop));
void sys_loop_unregister(void *loop);

/* --- work that would block (fsync, compression) ---------------------------------------------------------------------------------- */
/* Runs fn(arg) off the loop's thread: on one of up to SYS_WORKERS threads (Linux), or at a seeded later moment (simulator).
 * fn itself marks its result and wakes whoever waits (net/loop.h does that: use loop_work). With 1024 waiting, fn runs at once, in
 * the caller: that slows the producer instead of letting the queue grow. */
enum { SYS_WORKERS = 2 };
void sys_work(void (*fn)(void *), void *arg);
/* A mutex for the few places where two threads meet; a no-op in the simulator. */
struct sys_mutex { _Alignas(8) char opaque[64]; };
void sys_mutex_init(struct sys_mutex *m);
void sys_mutex_lock(struct sys_mutex *m);
void sys_mutex_unlock(struct sys_mutex *m);

/* --- files: blocking; paths are str, at most SYS_PATH_MAX bytes ------------------------------------------------------------------- */
enum { SYS_PATH_MAX = 1024 };
enum sys_open { SYS_OPEN_READ, SYS_OPEN_APPEND /* created */, SYS_OPEN_CREATE /* must not exist; read and write */,
		SYS_OPEN_RW /* created if missing */ };
/* New files have mode 0600, new directories 0700. */
int sys_open(struct str path, enum sys_open how);
int64_t sys_pread(int fd, void *p, size_t n, int64_t offset); /* bytes; fewer only at the end of the file */
/* All or nothing as far as reported: 0, or an error after which the file may hold a part (torn). */
int sys_pwrite(int fd, const void *p, size_t n, int64_t offset);
int sys_append(int fd, const struct sys_iovec *v, int count);
int sys_fsync(int fd);      /* data and size are on disk */
int sys_fsync_dir(struct str path); /* names created, renamed or removed in it are on disk */
int sys_truncate(int fd, int64_t size);
int64_t sys_size(int fd);
int sys_rename(struct str from, struct str to);
int sys_link(struct str from, struct str to);
int sys_unlink(struct str path);
int sys_mkdir(struct str path); /* and its parents; existing is fine */
int sys_rmdir(struct str path);
struct sys_stat {
	int64_t size;
	int64_t modified;        /* wall ns */
	uint64_t device, inode;  /* together: which file it is, whatever its name, as long as it exists */
	bool directory, regular, executable;
	bool unlinked;           /* it has no name any more, only handles */
};
int sys_stat(struct str path, struct sys_stat *st);
int sys_fstat(int fd, struct sys_stat *st);
/* The name itself is a symbolic link, wherever that leads. False in the simulator, which has none. */
bool sys_is_link(struct str path);
/* Calls each name in the directory (not . and ..), sorted; stops when fn returns false. */
int sys_list(struct str path, bool (*fn)(void *ctx, struct str name, bool directory), void *ctx);
/* The whole file into the arena; fails with ERR_TOO_LARGE beyond limit bytes. */
bool sys_read_file(struct str path, size_t limit, struct arena *a, struct str *out, struct err *e);
/* Written beside it, synced, renamed over it: after a crash either the old or the new content. */
bool sys_write_file(struct str path, struct str content, struct err *e);
/* Maps a whole file read-only; the mapping outlives the handle. Simulator: a copy. */
int sys_map(int fd, struct str *out);
void sys_unmap(struct str mapping);
/* Changes in directories, as hints: what is told may be late, joined with others, or (after an overflow, on a network's file system, for a
 * file without a name) missing, so a slow look of one's own goes with it. The handle is readable when something is to be told. */
struct sys_change {
	int directory;           /* as sys_watch_add gave it; -1: any of them, changes were lost */
	struct str name;         /* in it, valid until the next call; empty: any */
	bool names;              /* created, removed, renamed, or its permissions changed; else written to */
};
int sys_watch_new(void);
/* A number from 0 upwards, the same when it is watched already. SYS_LIMIT: the system watches no more. */
int sys_watch_add(int watch, struct str directory);
void sys_watch_remove(int watch, int directory);
/* 0 and *c filled, SYS_AGAIN: nothing more. */
int sys_watch_next(int watch, struct sys_change *c);
/* Exclusive lock on a file for the life of the process: SYS_IN_USE when another process holds it. */
int sys_lock_file(struct str path); /* its handle; closing it unlocks */
int64_t sys_disk_free(struct str path); /* bytes available to us */
/* Working directory at start, absolute path, environment variable ({NULL,0} where unset), for the command line only. */
struct str sys_cwd(struct arena *a);
int sys_chdir(struct str path);
struct str sys_env(const char *name);
/* The path of the running binary; where it was replaced meanwhile, a path by which this process starts the same again. */
struct str sys_self(struct arena *a);

/* --- processes ------------------------------------------------------------------------------------------------------------------ */
struct sys_spawn {
	const struct str *argv;   /* argv[0] is looked up in PATH unless it holds a slash; relative to directory */
	size_t argc;
	const struct str *env;    /* "NAME=value"; the whole environment of the child */
	size_t env_count;
	struct str directory;     /* empty: ours */
	int64_t memory_limit;     /* bytes of address space (RLIMIT_AS); 0: none */
	bool pipe_output;         /* true: stdout and stderr become pipes that the caller reads; false: inherited */
	bool pipe_input;          /* true: stdin is a pipe that the caller writes; false: it is empty. Not in the simulator */
	bool new_session;         /* true: its own session, so that it outlives a terminal */
};
struct sys_process {
	int64_t pid;
	int handle;      /* readable when the process has ended (pidfd) */
	int out, err;    /* read ends, non-blocking; -1 without pipe_output */
	int in;          /* write end, non-blocking; -1 without pipe_input */
};
/* The child is in a process group of its own, gets SIGTERM when its parent dies (unless new_session).
 * A command that cannot be executed fails here, with SYS_NOT_FOUND, SYS_NOT_EXECUTABLE or SYS_ACCESS. On the main thread only. The
 * caller closes handle, out, err and in with sys_close, and calls sys_wait once when handle is readable. */
int sys_spawn(const struct sys_spawn *s, struct sys_process *p);
enum sys_signal { SYS_SIGTERM, SYS_SIGKILL, SYS_SIGINT, SYS_SIGHUP };
/* To the whole process group of a child that sys_spawn started; not after sys_wait took its end. */
int sys_kill(int64_t pid, enum sys_signal s);
struct sys_exit { bool exited; int status; /* exit status, or the signal's number */ int64_t cpu_ns; int64_t max_rss; };
/* 0 and *x filled when it has ended, SYS_AGAIN while it runs. Reaps it. */
int sys_wait(const struct sys_process *p, struct sys_exit *x);
/* Use of a running process: resident bytes, CPU ns; SYS_NOT_FOUND when gone. */
struct sys_usage { int64_t rss; int64_t cpu_ns; int threads; int handles; };
int sys_usage(int64_t pid, struct sys_usage *u);
bool sys_alive(int64_t pid);
/* Gives up for good, for this process and all that it starts, what reading needs not: no file is created, removed or written to (but /dev/null), no program is run but
 * those of the system's folders and PATH, no privilege is gained, CPU time is bounded. Handles that are open stay as they are. False where the kernel has no Landlock: then no file
 * can grow, those behind open handles included, and the other limits hold too. */
bool sys_confine(void);
int sys_cpus(void); /* processors that are there, at least 1 */
int64_t sys_handles(void); /* files and connections that this process may have open at once: as many as the system lets it, from now on */
/* A handle readable when this process gets SIGTERM, SIGINT or SIGHUP; sys_signal_next takes one (SYS_AGAIN: none). */
int sys_signals(void);
int sys_signal_next(int handle);
int64_t sys_pid(void);
_Noreturn void sys_exit(int status);

/* --- terminal and standard streams, for cli and the parts' own log --------------------------------------------------------------- */
enum { SYS_STDIN = 0, SYS_STDOUT = 1, SYS_STDERR = 2 };
bool sys_is_terminal(int fd);
int sys_terminal_width(void); /* columns, 80 where unknown */
/* Blocking, whole. */
void sys_print(int fd, struct str s);
#endif
