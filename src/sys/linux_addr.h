/* Addresses as the kernel has them, shared by the sockets of the Linux platform (linux_net.c, linux_udp.c). Nobody else includes it. */
#ifndef PLEACH_SYS_LINUX_ADDR_H
#define PLEACH_SYS_LINUX_ADDR_H
#include "sys/linux.h"
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

union linux_addr {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_un un;
};
/* Bytes of the kernel's form; 0 for an address of no family. */
socklen_t linux_to_kernel(const struct sys_addr *a, union linux_addr *out);
void linux_from_kernel(const union linux_addr *in, struct sys_addr *a);
/* inode of the socket in this state that holds the address (or all addresses) in /proc/net/tcp, udp (1 word) or tcp6, udp6 (4 words); 0: none */
unsigned long long linux_inet_inode(const char *table, size_t words, unsigned wanted, const struct sys_addr *a);
/* "nginx (pid 812)" of a socket's inode; empty where that cannot be known. */
struct str linux_owner_of(unsigned long long inode, struct arena *arena);
#endif
