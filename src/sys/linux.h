/* What the files of the Linux platform share. Nobody else includes it. */
#ifndef PLEACH_SYS_LINUX_H
#define PLEACH_SYS_LINUX_H
#include "sys/sys.h"
#include <errno.h>

/* The SYS_E code of an errno value. */
int linux_code(int error);
static inline int linux_failed(void) { return linux_code(errno); }
/* Repeats a call that a signal interrupted. */
#define RETRY(call)                                                                                                                    \
	({                                                                                                                             \
		__typeof__(call) retried;                                                                                              \
		do                                                                                                                     \
			retried = (call);                                                                                              \
		while (retried < 0 && errno == EINTR);                                                                                 \
		retried;                                                                                                               \
	})
/* A str as NUL-terminated text for the kernel; false when it is too long or holds a NUL. */
struct linux_path { char z[SYS_PATH_MAX + 1]; };
bool linux_path(struct linux_path *out, struct str path);
/* Reads a small file of /proc or /sys, NUL-terminated: bytes read, or a negative code. */
int64_t linux_read_small(const char *path, char *out, size_t size);
#endif
