/* Addresses as people write them, and back. Pure text work, shared by both platforms. Names are not resolved here: a name would make
 * parsing wait for the network. */
#include "sys/sys.h"
#include <arpa/inet.h>
#include <stdio.h>

static bool parse_port(struct str text, uint16_t *port)
{
	uint64_t v;
	if (!str_to_u64(text, &v) || v > 65535)
		return false;
	*port = (uint16_t)v;
	return true;
}

static bool parse_unix(struct sys_addr *a, struct str path, struct err *e)
{
	if (str_empty(path))
		return err_set(e, ERR_INPUT, "expected the path of a socket after \"unix:\"");
	if (memchr(path.p, 0, path.len))
		return err_set(e, ERR_INPUT, "the path of a socket cannot hold a NUL byte");
	if (path.len >= sizeof(a->path))
		return err_set(e, ERR_INPUT, "the socket path \"%.*s\" has %zu bytes, the system allows %zu; use a shorter or a relative one",
			       STR_FMT(path), path.len, sizeof(a->path) - 1);
	*a = (struct sys_addr){ .family = SYS_UNIX };
	memcpy(a->path, path.p, path.len);
	return true;
}

/* The host part, brackets removed. */
static bool parse_host(struct sys_addr *a, struct str host, bool bracketed)
{
	char z[INET6_ADDRSTRLEN];
	if (str_empty(host) || str_eq_ci(host, STR("localhost")))
		host = STR("127.0.0.1");
	if (host.len >= sizeof(z) || memchr(host.p, 0, host.len))
		return false;
	memcpy(z, host.p, host.len);
	z[host.len] = 0;
	if (!bracketed && inet_pton(AF_INET, z, a->ip) == 1) {
		a->family = SYS_IPV4;
		return true;
	}
	if (bracketed && inet_pton(AF_INET6, z, a->ip) == 1) {
		a->family = SYS_IPV6;
		return true;
	}
	return false;
}

bool sys_addr_parse(struct sys_addr *a, struct str text, struct err *e)
{
	struct str host = text, port = { 0 };
	bool bracketed = false;
	struct sys_addr made = { 0 };
	if (str_starts(text, STR("unix:")))
		return parse_unix(a, str_skip(text, 5), e);
	if (str_starts(text, STR("/")) || str_starts(text, STR("./")))
		return parse_unix(a, text, e);
	if (str_starts(text, STR("["))) {
		size_t end = str_find_char(text, ']');
		if (end != SIZE_MAX && end + 1 < text.len && text.p[end + 1] == ':') {
			bracketed = true;
			host = str_sub(text, 1, end);
			port = str_skip(text, end + 2);
		}
	} else {
		size_t colon = str_find_char(text, ':');
		if (colon != SIZE_MAX) {
			host = str_sub(text, 0, colon);
			port = str_skip(text, colon + 1);
		}
	}
	if (bracketed && str_empty(host))
		port = (struct str){ 0 };
	if (!parse_port(port, &made.port) || !parse_host(&made, host, bracketed))
		return err_set(e, ERR_INPUT,
			       "\"%.*s\" is no address; expected \"127.0.0.1:8080\", \"[::1]:8080\", \":8080\" or \"unix:/path\"",
			       STR_FMT(text));
	*a = made;
	return true;
}

struct str sys_addr_text(const struct sys_addr *a, char out[128])
{
	char ip[INET6_ADDRSTRLEN] = "?";
	int n = 0;
	switch (a->family) {
	case SYS_IPV4:
		inet_ntop(AF_INET, a->ip, ip, sizeof(ip));
		n = snprintf(out, 128, "%s:%u", ip, a->port);
		break;
	case SYS_IPV6:
		inet_ntop(AF_INET6, a->ip, ip, sizeof(ip));
		n = snprintf(out, 128, "[%s]:%u", ip, a->port);
		break;
	case SYS_UNIX:
		n = snprintf(out, 128, "unix:%s", a->path);
		break;
	case SYS_NONE:
		n = snprintf(out, 128, "-");
		break;
	}
	return (struct str){ out, (size_t)n };
}

bool sys_addr_is_loopback(const struct sys_addr *a)
{
	static const uint8_t loopback6[16] = { [15] = 1 };
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	switch (a->family) {
	case SYS_IPV4: return a->ip[0] == 127;
	case SYS_IPV6: return memcmp(a->ip, loopback6, 16) == 0 || (memcmp(a->ip, mapped, 12) == 0 && a->ip[12] == 127);
	case SYS_UNIX: return true;
	case SYS_NONE: return false;
	}
	return false;
}

bool sys_addr_eq(const struct sys_addr *a, const struct sys_addr *b)
{
	if (a->family != b->family)
		return false;
	switch (a->family) {
	case SYS_IPV4: return a->port == b->port && memcmp(a->ip, b->ip, 4) == 0;
	case SYS_IPV6: return a->port == b->port && memcmp(a->ip, b->ip, 16) == 0;
	case SYS_UNIX: return strcmp(a->path, b->path) == 0;
	case SYS_NONE: return true;
	}
	return false;
}
