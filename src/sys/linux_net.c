/* Sockets on Linux: non-blocking, close-on-exec, TCP_NODELAY. Unix socket paths are at most 107 bytes, as sun_path; a path relative to
 * the working directory is allowed and is the remedy for deep directories. */
#include "base/check.h"
#include "sys/linux_addr.h"
#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

socklen_t linux_to_kernel(const struct sys_addr *a, union linux_addr *out)
{
	memset(out, 0, sizeof(*out));
	switch (a->family) {
	case SYS_IPV4:
		out->v4.sin_family = AF_INET;
		out->v4.sin_port = htons(a->port);
		memcpy(&out->v4.sin_addr, a->ip, 4);
		return sizeof(out->v4);
	case SYS_IPV6:
		out->v6.sin6_family = AF_INET6;
		out->v6.sin6_port = htons(a->port);
		memcpy(&out->v6.sin6_addr, a->ip, 16);
		return sizeof(out->v6);
	case SYS_UNIX:
		out->un.sun_family = AF_UNIX;
		_Static_assert(sizeof(out->un.sun_path) == sizeof(a->path), "a sys_addr holds any path of a socket");
		memcpy(out->un.sun_path, a->path, sizeof(a->path));
		return sizeof(out->un);
	case SYS_NONE: break;
	}
	return 0;
}

void linux_from_kernel(const union linux_addr *in, struct sys_addr *a)
{
	*a = (struct sys_addr){ 0 };
	switch (in->any.sa_family) {
	case AF_INET:
		a->family = SYS_IPV4;
		a->port = ntohs(in->v4.sin_port);
		memcpy(a->ip, &in->v4.sin_addr, 4);
		break;
	case AF_INET6:
		a->family = SYS_IPV6;
		a->port = ntohs(in->v6.sin6_port);
		memcpy(a->ip, &in->v6.sin6_addr, 16);
		break;
	case AF_UNIX:
		a->family = SYS_UNIX;
		memcpy(a->path, in->un.sun_path, sizeof(a->path) - 1);
		break;
	default: break;
	}
}

static int new_socket(const union linux_addr *k)
{
	int fd = socket(k->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	return fd < 0 ? linux_failed() : fd;
}

static void no_delay(int fd)
{
	int one = 1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)); /* a Unix socket refuses: it has no delay */
}

/* A socket file that outlived its process refuses connections; only then may its name be taken. */
static int clear_stale(const union linux_addr *k, socklen_t n)
{
	struct stat st;
	if (lstat(k->un.sun_path, &st) < 0)
		return errno == ENOENT ? 0 : linux_failed();
	if (!S_ISSOCK(st.st_mode))
		return SYS_EXISTS;
	int fd = new_socket(k);
	if (fd < 0)
		return fd;
	bool stale = RETRY(connect(fd, &k->any, n)) < 0 && errno == ECONNREFUSED;
	close(fd);
	if (!stale)
		return SYS_IN_USE;
	return unlink(k->un.sun_path) < 0 && errno != ENOENT ? linux_failed() : 0;
}

int sys_listen(const struct sys_addr *a, int backlog)
{
	union linux_addr k;
	socklen_t n = linux_to_kernel(a, &k);
	int one = 1, code;
	if (n == 0)
		return SYS_INVALID;
	if (a->family == SYS_UNIX && (code = clear_stale(&k, n)) < 0)
		return code;
	int fd = new_socket(&k);
	if (fd < 0)
		return fd;
	if (a->family == SYS_UNIX)
		fchmod(fd, 0600); /* bind gives the file the mode of the socket: no moment in which others may connect */
	else
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, &k.any, n) < 0 || listen(fd, backlog) < 0) {
		code = linux_failed();
		close(fd);
		return code;
	}
	return fd;
}

int sys_accept(int listener, struct sys_addr *peer)
{
	union linux_addr k = { 0 };
	socklen_t n = sizeof(k);
	int fd;
	/* A connection that went away while it waited is no failure of the listener: take the next. */
	do
		fd = accept4(listener, peer ? &k.any : NULL, peer ? &n : NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	while (fd < 0 && (errno == EINTR || errno == ECONNABORTED || errno == EPROTO));
	if (fd < 0)
		return linux_failed();
	no_delay(fd);
	if (peer)
		linux_from_kernel(&k, peer);
	return fd;
}

int sys_connect(const struct sys_addr *a)
{
	union linux_addr k;
	socklen_t n = linux_to_kernel(a, &k);
	if (n == 0)
		return SYS_INVALID;
	int fd = new_socket(&k);
	if (fd < 0)
		return fd;
	no_delay(fd);
	if (RETRY(connect(fd, &k.any, n)) < 0 && errno != EINPROGRESS) {
		int code = linux_failed();
		if (a->family == SYS_UNIX && errno == ENOENT)
			code = SYS_REFUSED; /* nobody listens there: the same as for TCP */
		else if (errno == EAGAIN)
			code = SYS_LIMIT; /* a Unix listener's backlog is full */
		close(fd);
		return code;
	}
	return fd;
}

int sys_connected(int fd)
{
	union linux_addr k;
	int error = 0;
	socklen_t n = sizeof(error), kn = sizeof(k);
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0)
		return linux_failed();
	if (error != 0)
		return linux_code(error);
	if (getpeername(fd, &k.any, &kn) < 0)
		return errno == ENOTCONN ? SYS_AGAIN : linux_failed();
	return 0;
}

const bool sys_short_read_is_empty = true;

int64_t sys_read(int fd, void *p, size_t n)
{
	ssize_t r = RETRY(read(fd, p, n));
	return r < 0 ? linux_failed() : r;
}

int64_t sys_write(int fd, const void *p, size_t n)
{
	ssize_t r = RETRY(write(fd, p, n));
	return r < 0 ? linux_failed() : r;
}

_Static_assert(sizeof(struct sys_iovec) == sizeof(struct iovec) && offsetof(struct sys_iovec, n) == offsetof(struct iovec, iov_len),
	       "struct sys_iovec is laid out as struct iovec");
int64_t sys_writev(int fd, const struct sys_iovec *v, int count)
{
	CHECK(count >= 0 && count <= SYS_IOV_MAX);
	ssize_t r = RETRY(writev(fd, (const struct iovec *)(const void *)v, count));
	return r < 0 ? linux_failed() : r;
}

void sys_shutdown_write(int fd) { shutdown(fd, SHUT_WR); }

void sys_reset(int fd)
{
	struct linger hard = { .l_onoff = 1, .l_linger = 0 };
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	close(fd);
}

void sys_close(int fd) { close(fd); }

int sys_local_addr(int fd, struct sys_addr *a)
{
	union linux_addr k = { 0 };
	socklen_t n = sizeof(k);
	if (getsockname(fd, &k.any, &n) < 0)
		return linux_failed();
	linux_from_kernel(&k, a);
	return 0;
}

enum { LISTENING = 10 }; /* state in /proc/net/tcp */

/* --- who listens there --------------------------------------------------------------------------------------------------------- */

/* The kernel prints an address as 32-bit words in the machine's byte order. */
static void address_words(const char *hex, uint8_t *ip, size_t words)
{
	for (size_t i = 0; i < words; i++) {
		char word[9] = { 0 };
		memcpy(word, hex + 8 * i, 8);
		uint32_t v = (uint32_t)strtoul(word, NULL, 16);
		memcpy(ip + 4 * i, &v, 4);
	}
}

unsigned long long linux_inet_inode(const char *table, size_t words, unsigned wanted, const struct sys_addr *a)
{
	static const uint8_t everywhere[16];
	unsigned long long found = 0, inode;
	char line[512], local[64];
	unsigned port, state;
	FILE *f = fopen(table, "re");
	if (!f)
		return 0;
	while (!found && fgets(line, sizeof(line), f)) {
		uint8_t ip[16] = { 0 };
		if (sscanf(line, " %*d: %32[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*s %*s %*s %*d %*d %llu", local, &port, &state, &inode) != 4)
			continue;
		if (state != wanted || port != a->port || strlen(local) != 8 * words)
			continue;
		address_words(local, ip, words);
		bool same_family = (a->family == SYS_IPV6) == (words == 4);
		if (memcmp(ip, everywhere, 4 * words) == 0 || (same_family && memcmp(ip, a->ip, 4 * words) == 0))
			found = inode;
	}
	fclose(f);
	return found;
}

static unsigned long long unix_inode(const struct sys_addr *a)
{
	unsigned long long found = 0, inode;
	char line[512], path[128];
	unsigned flags;
	FILE *f = fopen("/proc/net/unix", "re");
	if (!f)
		return 0;
	while (!found && fgets(line, sizeof(line), f))
		if (sscanf(line, "%*s %*s %*s %x %*s %*s %llu %127[^\n]", &flags, &inode, path) == 3 && (flags & 0x10000) /* listening */ &&
		    strcmp(path, a->path) == 0)
			found = inode;
	fclose(f);
	return found;
}

static bool holds_socket(const char *pid, const char *wanted)
{
	char path[300], target[64];
	struct dirent *e;
	bool found = false;
	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	DIR *d = opendir(path);
	if (!d)
		return false;
	while (!found && (e = readdir(d))) {
		ssize_t n = readlinkat(dirfd(d), e->d_name, target, sizeof(target) - 1);
		if (n > 0) {
			target[n] = 0;
			found = strcmp(target, wanted) == 0;
		}
	}
	closedir(d);
	return found;
}

struct str linux_owner_of(unsigned long long inode, struct arena *arena)
{
	char wanted[64], path[300], name[64];
	struct str owner = { 0 };
	struct dirent *e;
	snprintf(wanted, sizeof(wanted), "socket:[%llu]", inode);
	DIR *d = opendir("/proc");
	if (!d)
		return owner;
	while (!owner.p && (e = readdir(d))) {
		if (e->d_name[0] < '1' || e->d_name[0] > '9' || !holds_socket(e->d_name, wanted))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/comm", e->d_name);
		int64_t n = linux_read_small(path, name, sizeof(name));
		if (n > 0)
			owner = arena_printf(arena, "%.*s (pid %s)", STR_FMT(str_strip(str_from(name, (size_t)n))), e->d_name);
	}
	closedir(d);
	return owner;
}

struct str sys_listener_owner(const struct sys_addr *a, struct arena *arena)
{
	unsigned long long inode = 0;
	if (a->family == SYS_UNIX)
		inode = unix_inode(a);
	if (a->family == SYS_IPV4)
		inode = linux_inet_inode("/proc/net/tcp", 1, LISTENING, a);
	if (inode == 0 && (a->family == SYS_IPV4 || a->family == SYS_IPV6))
		inode = linux_inet_inode("/proc/net/tcp6", 4, LISTENING, a);
	return inode ? linux_owner_of(inode, arena) : (struct str){ 0 };
}
