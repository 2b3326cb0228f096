/* Datagrams on Linux: UDP sockets, non-blocking, read many at a time. What the kernel had to drop for want of room it counts itself and tells with
 * the datagrams that come after (SO_RXQ_OVFL, socket(7)). */
#include "base/check.h"
#include "sys/linux_addr.h"
#include <unistd.h>

enum { UNCONNECTED = 7 }; /* state of a bound UDP socket in /proc/net/udp */

/* As much as asked for, where we may go over the system's usual limit; else as much as it allows. */
static void set_room(int fd, int room)
{
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
}

int sys_udp_bind(const struct sys_addr *a, int room)
{
	union linux_addr k;
	socklen_t n = linux_to_kernel(a, &k);
	int one = 1;
	if (n == 0 || a->family == SYS_UNIX)
		return SYS_INVALID;
	int fd = socket(k.any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return linux_failed();
	set_room(fd, room);
	setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &one, sizeof(one));
	if (bind(fd, &k.any, n) < 0) {
		int code = linux_failed();
		close(fd);
		return code;
	}
	return fd;
}

static void note_lost(struct msghdr *h, uint32_t *lost)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL)
			memcpy(lost, CMSG_DATA(c), sizeof(*lost));
}

int sys_udp_recv(int fd, struct sys_datagram *d, int count, uint32_t *lost)
{
	struct mmsghdr m[SYS_DATAGRAMS_MAX] = { 0 };
	struct iovec v[SYS_DATAGRAMS_MAX];
	union linux_addr from[SYS_DATAGRAMS_MAX];
	union { char space[CMSG_SPACE(sizeof(uint32_t))]; struct cmsghdr align; } control[SYS_DATAGRAMS_MAX];
	CHECK(count > 0 && count <= SYS_DATAGRAMS_MAX);
	for (int i = 0; i < count; i++) {
		v[i] = (struct iovec){ d[i].p, d[i].room };
		m[i].msg_hdr = (struct msghdr){ .msg_name = &from[i], .msg_namelen = sizeof(from[i]), .msg_iov = &v[i], .msg_iovlen = 1,
						.msg_control = &control[i], .msg_controllen = sizeof(control[i]) };
	}
	int n = RETRY(recvmmsg(fd, m, (unsigned)count, 0, NULL));
	if (n < 0)
		return linux_failed();
	for (int i = 0; i < n; i++) {
		d[i].n = m[i].msg_len;
		d[i].cut = (m[i].msg_hdr.msg_flags & MSG_TRUNC) != 0;
		linux_from_kernel(&from[i], &d[i].from);
		note_lost(&m[i].msg_hdr, lost);
	}
	return n;
}

int64_t sys_udp_send(int fd, const struct sys_addr *to, const void *p, size_t n)
{
	union linux_addr k;
	socklen_t size = linux_to_kernel(to, &k);
	if (size == 0)
		return SYS_INVALID;
	ssize_t sent = RETRY(sendto(fd, p, n, MSG_NOSIGNAL, &k.any, size));
	return sent < 0 ? linux_failed() : sent;
}

struct str sys_udp_owner(const struct sys_addr *a, struct arena *arena)
{
	unsigned long long inode = 0;
	if (a->family == SYS_IPV4)
		inode = linux_inet_inode("/proc/net/udp", 1, UNCONNECTED, a);
	if (inode == 0 && (a->family == SYS_IPV4 || a->family == SYS_IPV6))
		inode = linux_inet_inode("/proc/net/udp6", 4, UNCONNECTED, a);
	return inode ? linux_owner_of(inode, arena) : (struct str){ 0 };
}
