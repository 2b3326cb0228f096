/* The inside of the simulator, shared by the sim*.c files only.
 *
 * Invariants: everything that happens is caused by the test, by a turn of a process's loop, or by an event of the queue, and the
 * scheduler's choice among them depends on the seed alone: no pointer value, no real time, no address decides anything. */
#ifndef PLEACH_SYS_SIM_IMPL_H
#define PLEACH_SYS_SIM_IMPL_H
#include "base/buf.h"
#include "base/check.h"
#include "sys/sim.h"
#include "sys/sys.h"
#include <setjmp.h>

enum sim_kind { SIM_POLLER, SIM_WAKER, SIM_LISTENER, SIM_SOCKET, SIM_UDP, SIM_PIPE_READ, SIM_PIPE_WRITE, SIM_FILE, SIM_PROCESS, SIM_SIGNALS, SIM_WATCH };
struct sim_handle {
	int fd;
	enum sim_kind kind;
	int64_t pid; /* who holds it; 0: the test */
	void *object;
	struct sim_handle *poller; /* registered there */
	void *data;
	bool woken; /* in the poller's list */
	bool awake; /* a waker that was woken */
};
struct sim_poller {
	struct sim_handle **woken;
	size_t count, room;
};
struct sim_loop {
	void *loop;
	int64_t pid;
	struct sim_poller *poller;
	void (*turn)(void *);
	int64_t (*deadline)(void *);
};
struct sim_event {
	int64_t at;
	uint64_t seq;
	int64_t pid; /* in whose context; 0: the world's */
	void (*fn)(void *);
	void *arg;
	bool owned; /* arg is freed when the world ends before it happens */
};
struct sim_program {
	struct str name;
	sim_main_f *main;
	void *user;
};
struct sim_pipe {
	struct buf bytes;
	int readers, writers;
	struct sim_handle *reader;
	bool blocked; /* a writer found it full */
};
struct sim_proc {
	int64_t pid, parent;
	struct str name;
	sim_main_f *main;
	void *user;
	bool alive, hung, new_session;
	struct sys_exit exit;
	uint64_t random, turns;
	struct arena memory; /* arguments, environment, name */
	struct str *argv, *env;
	size_t argc, env_count;
	struct str directory; /* working directory, absolute; in memory */
	int std[3]; /* real handles of the standard streams; -1: none */
	struct sim_handle *signals;
	uint32_t pending_signals;
	uint64_t writes_left; /* to sim_crash_at_write; 0: not set */
	bool writes_lose;
	struct sim_event *stalled; /* what fell due while it hung */
	size_t stalled_count, stalled_room;
};
/* Process code on the C stack; innermost first. */
struct sim_frame {
	struct sim_proc *process;
	struct sim_frame *outer;
	jmp_buf jump;
};
struct sim_world {
	struct sim_options o;
	bool running;
	int64_t now;
	uint64_t random, test_random, trace, seq, steps;
	struct sim_frame *frame;
	struct sim_handle **handles; /* by fd; NULL: closed */
	size_t handle_count, handle_room;
	struct sim_event *events; /* binary heap by (at, seq) */
	size_t event_count, event_room;
	struct sim_loop *loops;
	size_t loop_count, loop_room;
	struct sim_proc **procs;
	size_t proc_count, proc_room;
	struct sim_program *programs;
	size_t program_count, program_room;
	uint16_t next_port, next_client_port;
};
extern struct sim_world sim;

/* sim.c */
uint64_t sim_next(uint64_t *stream); /* splitmix64 */
static inline uint64_t sim_draw(void) { return sim_next(&sim.random); }
uint64_t sim_below(uint64_t n); /* uniform in [0, n) */
bool sim_chance(double p);
void sim_note(uint64_t what); /* into the trace */
void sim_note_bytes(const void *p, size_t n);
void sim_at(int64_t at, int64_t pid, void (*fn)(void *), void *arg, bool owned);
void *sim_alloc(size_t n); /* zeroed; never NULL */
/* Room for one more in a growing array. */
void sim_grow(void **items, size_t count, size_t *room, size_t size);
#define SIM_GROW(items, count, room) sim_grow((void **)&(items), (count), &(room), sizeof(*(items)))
struct sim_proc *sim_current(void); /* NULL: the test */
static inline int64_t sim_current_pid(void) { return sim_current() ? sim_current()->pid : 0; }
void sim_enter(struct sim_proc *p, void (*fn)(void *), void *arg);
struct sim_handle *sim_handle_new(enum sim_kind kind, void *object);
/* The current process's open handle; aborts on anything else: that is a fault in the code under test. */
struct sim_handle *sim_handle(int fd);
void sim_handle_free(struct sim_handle *h);
void sim_wake_handle(struct sim_handle *h); /* an edge */
uint32_t sim_level(const struct sim_handle *h);

/* sim_net.c */
enum sim_close { SIM_CLOSE, SIM_CLOSE_RESET, SIM_CLOSE_SILENT };
uint32_t sim_socket_level(const struct sim_handle *h);
uint32_t sim_listener_level(const struct sim_handle *h);
void sim_socket_close(struct sim_handle *h, enum sim_close how);
void sim_listener_close(struct sim_handle *h);
void sim_net_stop(void);
int64_t sim_socket_read(struct sim_handle *h, void *p, size_t n);
int64_t sim_socket_write(struct sim_handle *h, const void *p, size_t n);

/* sim_udp.c */
uint32_t sim_udp_level(const struct sim_handle *h);
struct sys_addr sim_udp_address(const struct sim_handle *h);
void sim_udp_close(struct sim_handle *h);

/* sim_process.c */
struct sim_proc *sim_find(int64_t pid); /* dead ones too */
enum sim_end { SIM_EXITED, SIM_KILLED, SIM_CRASHED };
void sim_end(struct sim_proc *p, enum sim_end how, int status);
void sim_process_stop(void);
/* sim_pipe.c */
struct sim_pipe *sim_pipe_new(int ends[2]); /* reader for the current process; the writer's owner is set by the caller */
uint32_t sim_pipe_level(const struct sim_handle *h);
int64_t sim_pipe_read(struct sim_handle *h, void *p, size_t n);
int64_t sim_pipe_write(struct sim_handle *h, const void *p, size_t n);
void sim_pipe_close(struct sim_handle *h);

/* sim_disk.c: inodes and names, current and durable. */
struct sim_inode;
struct sim_path { char z[SYS_PATH_MAX + 1]; size_t len; };
bool sim_path(struct sim_path *out, struct str path); /* absolute, without "." and ".." */
struct str sim_path_str(const struct sim_path *p);
struct str sim_parent(const struct sim_path *p);
struct sim_inode *sim_lookup(struct str path);
struct sim_inode *sim_create(const struct sim_path *path, bool directory);
enum sim_name_op { SIM_LINK, SIM_UNLINK, SIM_RENAME };
void sim_name(enum sim_name_op op, struct str from, struct str to, struct sim_inode *inode);
void sim_sync_names(struct str directory);
bool sim_is_directory(const struct sim_inode *i);
bool sim_directory_empty(struct str path);
bool sim_inode_is_named(const struct sim_inode *i);
uint64_t sim_inode_number(const struct sim_inode *i);
int64_t sim_inode_modified(const struct sim_inode *i);
struct str sim_inode_bytes(const struct sim_inode *i);
void sim_inode_open(struct sim_inode *i, int change);
int *sim_inode_lock(struct sim_inode *i); /* fd of the lock's holder, 0: free */
/* Unsynced; SYS_NO_SPACE with a part written when the disk is full. */
int sim_inode_write(struct sim_inode *i, const void *p, size_t n, int64_t offset);
int sim_inode_truncate(struct sim_inode *i, int64_t size);
int sim_inode_sync(struct sim_inode *i);
/* Calls fn for each name directly in the directory, sorted. */
void sim_each_name(struct str directory, bool (*fn)(void *ctx, struct str name, bool directory), void *ctx);
/* What is left after the crash of pid (0: of all). */
void sim_disk_crash(int64_t pid);
void sim_disk_start(void);
void sim_disk_stop(void);
/* sim_watch.c */
uint32_t sim_watch_level(const struct sim_handle *h);
void sim_watch_close(struct sim_handle *h);
/* Something in the directory has changed. */
void sim_watch_touch(struct str directory);
bool sim_watch_any(void);
/* sim_file.c */
void sim_file_close(struct sim_handle *h);
#endif
