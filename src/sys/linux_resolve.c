/* Names of hosts on Linux: the C library's resolver, so that /etc/hosts, nsswitch and the container's name server count as they do for other programs. */
#include "sys/linux_addr.h"
#include <netdb.h>

enum { NAME_MAX_BYTES = 255 }; /* RFC 1035 section 2.3.4 */

size_t sys_resolve(struct str host, uint16_t port, struct sys_addr *out, size_t room)
{
	char name[NAME_MAX_BYTES + 1];
	struct addrinfo want = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM }, *found = NULL;
	size_t n = 0;
	if (str_empty(host) || host.len > NAME_MAX_BYTES || memchr(host.p, 0, host.len))
		return 0;
	memcpy(name, host.p, host.len);
	name[host.len] = 0;
	if (getaddrinfo(name, NULL, &want, &found) != 0)
		return 0;
	for (const struct addrinfo *i = found; i && n < room; i = i->ai_next) {
		union linux_addr k = { 0 };
		if (i->ai_addrlen > sizeof(k))
			continue;
		memcpy(&k, i->ai_addr, i->ai_addrlen);
		linux_from_kernel(&k, &out[n]);
		out[n].port = port;
		n += out[n].family != SYS_NONE;
	}
	freeaddrinfo(found);
	return n;
}
