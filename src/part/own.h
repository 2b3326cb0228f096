/* Pleach's own commands, run by Pleach in processes of their own: what reads strange files or asks other people's servers does it there. Started on the main thread, waited for by a worker. */
#ifndef PLEACH_PART_OWN_H
#define PLEACH_PART_OWN_H
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "sys/sys.h"

enum { OWN_MAX = 5, OWN_OUTPUT_MAX = 512 << 20, OWN_ERRORS_MAX = 64 << 10 };
struct own_process { struct sys_process process; struct buf out, err; int status /* exit status, or OWN_BROKEN */; };
#define OWN_BROKEN (-1) /* killed, or it said more than is taken */
struct own { struct own_process items[OWN_MAX]; size_t count; };

/* The environment that such a process gets: what a program needs to run, and no more. web: it asks others, so what leads to them and proves who they are too. variable: a secret's name with its value,
 * NULL: none. In the arena; NULL: no memory. */
struct own_secret { const char *variable; struct str value; };
const struct str *own_environment(struct arena *a, bool web, const struct own_secret *secret, size_t *count);
/* Starts one more. argv[0] is Pleach itself. False with e: it does not run; those before it do. */
bool own_start(struct own *o, struct arena *a, const struct str *argv, size_t argc, bool web, const struct own_secret *secret, struct err *e);
/* Waits for all, on any thread, at most patience ns; told(ctx, o) now and then, may be NULL. False: it took longer, and they were killed. Each has its status then. */
bool own_wait(struct own *o, int64_t patience, void (*told)(void *ctx, const struct own *o), void *ctx);
/* From the main thread, while another waits: ends them. */
void own_kill(const struct own *o);
/* The first line of what it complained of, without "pleach: "; empty: nothing. */
struct str own_complaint(const struct own_process *p);
/* After own_wait. */
void own_release(struct own *o);
#endif
