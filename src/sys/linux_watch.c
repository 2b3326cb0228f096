/* Changes in directories on Linux: inotify. Watched are directories, not files: so that a file which is created, or renamed into place, is told of. */
#include "sys/linux.h"
#include <limits.h>
#include <sys/inotify.h>
#include <unistd.h>

enum { NAMES = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB, READ_AT_ONCE = 16 << 10 };

/* What one read gave and nobody has asked for yet. One watch a process is all that is needed, and all that there is room for. */
static struct {
	int fd;
	size_t at, len;
	_Alignas(struct inotify_event) char bytes[READ_AT_ONCE];
} pending = { .fd = -1 };

int sys_watch_new(void)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (fd < 0)
		return linux_failed();
	pending.fd = fd;
	pending.at = pending.len = 0;
	return fd;
}

int sys_watch_add(int watch, struct str directory)
{
	struct linux_path p;
	if (!linux_path(&p, directory))
		return SYS_INVALID;
	int number = inotify_add_watch(watch, p.z, NAMES | IN_MODIFY | IN_ONLYDIR | IN_EXCL_UNLINK);
	if (number < 0 && errno == ENOSPC)
		return SYS_LIMIT;
	return number < 0 ? linux_failed() : number;
}

void sys_watch_remove(int watch, int directory) { inotify_rm_watch(watch, directory); }

int sys_watch_next(int watch, struct sys_change *c)
{
	if (pending.fd != watch || pending.at >= pending.len) {
		ssize_t n = RETRY(read(watch, pending.bytes, sizeof(pending.bytes)));
		if (n <= 0)
			return n < 0 ? linux_failed() : SYS_AGAIN;
		pending.fd = watch;
		pending.at = 0;
		pending.len = (size_t)n;
	}
	const struct inotify_event *e = (const struct inotify_event *)(pending.bytes + pending.at);
	pending.at += sizeof(*e) + e->len;
	*c = (struct sys_change){
		.directory = e->mask & IN_Q_OVERFLOW ? -1 : e->wd,
		.name = e->len ? str_z(e->name) : STR(""),
		.names = (e->mask & (NAMES | IN_Q_OVERFLOW | IN_IGNORED | IN_UNMOUNT)) != 0,
	};
	return 0;
}
