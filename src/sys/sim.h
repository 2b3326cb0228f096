/* The simulator's own side: what a simulation test uses to set up and drive a world. Everything in it is a function of the seed.
 *
 * A world has processes. Each process is an entry function that sets up objects on a loop of its own (net/loop.h, the same code as on
 * Linux) and returns; from then on the world runs its loop. Processes talk through simulated sockets (delay, reset, half-close,
 * reorder between connections, never within one), write to simulated disks (torn writes, full disk, lost unsynced data at a crash)
 * and spawn other processes by name. `sys_*` calls always act for the process that is running at the moment. */
#ifndef PLEACH_SYS_SIM_H
#define PLEACH_SYS_SIM_H
#include "base/str.h"
#include "sys/sys.h"

struct sim_options {
	uint64_t seed;
	int64_t delay_min, delay_max; /* ns of network delay per segment */
	double reset_chance;          /* per connection and read/write: reset */
	double half_close_chance;     /* per connection: peer's write side closes early */
	double short_io_chance;       /* a read or write moves fewer bytes than asked */
	double torn_write_chance;     /* at a crash: an unsynced write is kept in part, instead of whole or not at all */
	double fsync_fail_chance;     /* fsync reports SYS_IO (data may be lost) */
	int64_t disk_capacity;        /* bytes per world; 0: unlimited */
};
void sim_start(const struct sim_options *o);
/* Ends the world; checks that no handle of a live process leaked (aborts the test otherwise when `strict`). */
void sim_stop(bool strict);

/* A program that sys_spawn can find under argv[0] == name. main sets up; the process ends when it calls sys_exit or is killed.
 * argv as given. user: opaque. */
typedef void sim_main_f(void *user, const struct str *argv, size_t argc);
void sim_program(struct str name, sim_main_f *main, void *user);
/* Starts a process outside of sys_spawn. disk: files survive its crash under this name's root (all processes of a world share one
 * file system; the name is only for messages). Returns its pid. */
int64_t sim_process(struct str name, sim_main_f *main, void *user);
/* The process vanishes: sockets reset, unsynced file data lost or torn as the seed says. Nothing of its code runs any more; memory it
 * allocated from the C library stays (the test may free what it can reach through `user`). */
void sim_crash(int64_t pid);
/* It stops reading, writing and running until sim_resume (a hang). */
void sim_hang(int64_t pid);
void sim_resume(int64_t pid);
bool sim_is_alive(int64_t pid);
/* Runs fn(arg) in the process's context at once, e.g. to send a request from a client process. */
void sim_call(int64_t pid, void (*fn)(void *), void *arg);
/* Later, on the virtual clock, in the context of pid (0: of the world). */
void sim_after(int64_t delay_ns, int64_t pid, void (*fn)(void *), void *arg);
/* Advances the world until nothing is left to do or the virtual time is reached. Returns false when `max_steps` were not enough
 * (a livelock). */
bool sim_run_until(int64_t virtual_ns, uint64_t max_steps);
/* Disk: how full; change of capacity in mid-run. */
void sim_disk_capacity(int64_t bytes);
uint64_t sim_random(void); /* of the test's own stream: does not disturb the world's */
#endif
