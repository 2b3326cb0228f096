/* The simulator's own side: what a simulation test uses to set up and drive a world. Everything in it is a function of the seed.
 *
 * A world has processes. Each process is an entry function that sets up objects on a loop of its own (net/loop.h, the same code as on
 * Linux) and returns; from then on the world runs its loop. Processes talk through simulated sockets (delay, reset, half-close,
 * reorder between connections, never within one), write to simulated disks (torn writes, full disk, lost unsynced data at a crash)
 * and spawn other processes by name. `sys_*` calls always act for the process that is running at the moment; outside of all of them
 * they act for the test itself, which may so prepare and inspect files.
 *
 * What differs from Linux on purpose: handles are never used twice, and a use after close, a second close or the use of another
 * process's handle aborts the test. A process is its own group. Sockets' paths are not files. The clock moves only between turns (a turn
 * costs 1 to 10 virtual microseconds). sys_self is "pleach", the working directory at first "/". */
#ifndef PLEACH_SYS_SIM_H
#define PLEACH_SYS_SIM_H
#include "base/str.h"
#include "sys/sys.h"

struct sim_options {
	uint64_t seed;
	int64_t delay_min, delay_max; /* ns of network delay per segment */
	double reset_chance;          /* per connection and read/write: reset */
	double half_close_chance;     /* per connection: one side's stream ends early for the other; what it still sends is answered by a reset */
	double short_io_chance;       /* a read or write moves fewer bytes than asked */
	double torn_write_chance;     /* at a crash: an unsynced write is kept in part, instead of whole or not at all */
	double fsync_fail_chance;     /* fsync reports SYS_IO (data may be lost, even if a later fsync succeeds) */
	double half_open_chance;      /* at sim_crash, per connection: the peer is told nothing, instead of a reset */
	double datagram_loss_chance;  /* a datagram does not arrive */
	double datagram_repeat_chance; /* it is sent once more, and arrives at another time */
	int64_t disk_capacity;        /* bytes per world; 0: unlimited */
	int64_t wall_offset;          /* ns by which sys_wall is off; changed in mid-run, the clock jumps. sys_now goes on as ever */
};
void sim_start(const struct sim_options *o);
/* Ends the world; checks that no handle of a live process leaked (aborts the test otherwise when `strict`). */
void sim_stop(bool strict);

/* A program that sys_spawn can find under argv[0] == name. main sets up; the process ends when it calls sys_exit or is killed.
 * argv as given; it lives as long as the world. user: opaque. */
typedef void sim_main_f(void *user, const struct str *argv, size_t argc);
void sim_program(struct str name, sim_main_f *main, void *user);
/* Starts a process outside of sys_spawn; main runs before this returns. All processes of a world share one file system and, by their
 * addresses, one network; the name is for messages. Returns its pid. */
int64_t sim_process(struct str name, sim_main_f *main, void *user);
/* As if its machine failed: sockets reset (or silent, half_open_chance), its unsynced file data and names lost, kept or torn as the
 * seed says. Nothing of its code runs any more; memory it allocated from the C library stays (the test may free what it can reach
 * through `user`). sys_kill(pid, SYS_SIGKILL) instead keeps all that was written: the kernel has it. */
void sim_crash(int64_t pid);
/* All processes at once, as when the power fails. */
void sim_power_loss(void);
/* The nth file operation from now (1: the next) that process pid does (write, sync, create, rename, link, unlink, truncate) is its last:
 * it happens or not, and then the process ends. lose: by sim_crash, else by SIGKILL. 0 takes it back. */
void sim_crash_at_write(int64_t pid, uint64_t nth, bool lose);
/* It stops reading, writing and running until sim_resume (a hang). The kernel's side of its connections lives on. */
void sim_hang(int64_t pid);
void sim_resume(int64_t pid);
bool sim_is_alive(int64_t pid);
/* Runs fn(arg) in the process's context at once, e.g. to send a request from a client process. When it hangs: after it is resumed; when
 * it is dead: never. */
void sim_call(int64_t pid, void (*fn)(void *), void *arg);
/* Later, on the virtual clock, in the context of pid (0: of the world). */
void sim_after(int64_t delay_ns, int64_t pid, void (*fn)(void *), void *arg);
/* Advances the world until nothing is left to do or the virtual time (on the scale of sys_now, which starts at one second) is reached.
 * Returns false when `max_steps` were not enough (a livelock). */
bool sim_run_until(int64_t virtual_ns, uint64_t max_steps);
/* Disk: how full; change of capacity in mid-run. */
void sim_disk_capacity(int64_t bytes);
int64_t sim_disk_used(void);
/* Changes of the other options in mid-run, e.g. to let a world recover without further faults. The seed stays. */
void sim_set_options(const struct sim_options *o);
uint64_t sim_random(void); /* of the test's own stream: does not disturb the world's */
/* A hash over all that happened so far (turns, times, bytes on wires and disks): equal for equal seeds. */
uint64_t sim_trace(void);
uint64_t sim_steps(void);
#endif
