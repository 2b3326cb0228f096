/* See dns.h. One question at a time; c-ares' sockets are polled, not selected, as a part may hold more than 1,024 of them. */
#include "sys/dns.h"
#include "base/check.h"
#include <ares.h>
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>

struct dns { ares_channel channel; bool open; };
struct question { struct arena *a; struct dns_answer *list; size_t n; uint32_t ttl; int status; bool done; };

struct dns *dns_open(struct str server, struct err *e)
{
	struct ares_options o = { .timeout = DNS_TIMEOUT_MS, .tries = DNS_TRIES };
	struct dns *d = calloc(1, sizeof(*d));
	char text[128];
	int status = d ? ares_library_init(ARES_LIB_INIT_ALL) : ARES_ENOMEM;
	if (status == ARES_SUCCESS)
		status = ares_init_options(&d->channel, &o, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
	if (d)
		d->open = status == ARES_SUCCESS;
	if (status == ARES_SUCCESS && server.len && server.len < sizeof(text)) {
		memcpy(text, server.p, server.len);
		text[server.len] = 0;
		status = ares_set_servers_ports_csv(d->channel, text);
	}
	if (status == ARES_SUCCESS)
		return d;
	err_set(e, ERR_UNAVAILABLE, "DNS cannot be asked: %s", ares_strerror(status));
	dns_close(d);
	return NULL;
}

void dns_close(struct dns *d)
{
	if (!d)
		return;
	if (d->open)
		ares_destroy(d->channel);
	free(d);
}

static void add(struct question *q, struct str host, uint16_t port)
{
	if (host.p && q->n < DNS_ANSWERS_MAX)
		q->list[q->n++] = (struct dns_answer){ host, port };
}

static void on_srv(void *ctx, int status, int timeouts, unsigned char *bytes, int len)
{
	struct question *q = ctx;
	struct ares_srv_reply *all = NULL;
	(void)timeouts;
	q->done = true;
	q->status = status == ARES_SUCCESS ? ares_parse_srv_reply(bytes, len, &all) : status;
	for (const struct ares_srv_reply *r = all; q->status == ARES_SUCCESS && r; r = r->next)
		if (r->host && r->host[0] && strcmp(r->host, ".") != 0) /* "." says that the service is decidedly not there (RFC 2782) */
			add(q, arena_str(q->a, str_z(r->host)), r->port);
	if (all)
		ares_free_data(all);
}

static void on_addresses(void *ctx, int status, int timeouts, struct ares_addrinfo *all)
{
	struct question *q = ctx;
	(void)timeouts;
	q->done = true;
	q->status = status;
	for (const struct ares_addrinfo_node *n = status == ARES_SUCCESS && all ? all->nodes : NULL; n; n = n->ai_next) {
		char text[INET6_ADDRSTRLEN];
		const void *at = n->ai_family == AF_INET ? (const void *)&((const struct sockaddr_in *)(const void *)n->ai_addr)->sin_addr : (const void *)&((const struct sockaddr_in6 *)(const void *)n->ai_addr)->sin6_addr;
		if (!inet_ntop(n->ai_family, at, text, sizeof(text)))
			continue;
		add(q, arena_str(q->a, str_z(text)), 0);
		if (n->ai_ttl > 0 && (!q->ttl || (uint32_t)n->ai_ttl < q->ttl))
			q->ttl = (uint32_t)n->ai_ttl;
	}
	if (all)
		ares_freeaddrinfo(all);
}

/* Bounded by c-ares' own time-outs and tries. */
static void wait(struct dns *d, const struct question *q)
{
	while (!q->done) {
		ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
		struct pollfd p[ARES_GETSOCK_MAXNUM];
		int bits = ares_getsock(d->channel, sockets, ARES_GETSOCK_MAXNUM);
		nfds_t n = 0;
		for (int i = 0; i < ARES_GETSOCK_MAXNUM; i++)
			if (ARES_GETSOCK_READABLE(bits, i) || ARES_GETSOCK_WRITABLE(bits, i))
				p[n++] = (struct pollfd){ .fd = sockets[i], .events = (short)((ARES_GETSOCK_READABLE(bits, i) ? POLLIN : 0) | (ARES_GETSOCK_WRITABLE(bits, i) ? POLLOUT : 0)) };
		struct timeval most = { .tv_sec = 1 }, left, *t = ares_timeout(d->channel, &most, &left);
		poll(p, n, t ? (int)(t->tv_sec * 1000 + t->tv_usec / 1000 + 1) : 1000);
		if (!n)
			ares_process_fd(d->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
		for (nfds_t i = 0; i < n; i++)
			ares_process_fd(d->channel, p[i].revents & ~POLLOUT ? p[i].fd : ARES_SOCKET_BAD, p[i].revents & POLLOUT ? p[i].fd : ARES_SOCKET_BAD);
		bool quiet = true;
		for (nfds_t i = 0; i < n; i++)
			quiet &= !p[i].revents;
		if (n && quiet) /* time-outs */
			ares_process_fd(d->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	}
}

bool dns_ask(struct dns *d, struct str name, struct arena *a, struct dns_answer **answers, size_t *n, uint32_t *ttl, struct err *e)
{
	struct question q = { .a = a, .list = ARENA_ARRAY(a, DNS_ANSWERS_MAX, struct dns_answer) };
	char text[DNS_NAME_MAX + 1];
	*n = 0;
	*ttl = 0;
	if (!q.list || name.len > DNS_NAME_MAX)
		return err_set(e, ERR_INPUT, "`%.*s` is no name of DNS", STR_FMT(str_sub(name, 0, 100)));
	memcpy(text, name.p, name.len);
	text[name.len] = 0;
	if (text[0] == '_') {
		ares_query(d->channel, text, ns_c_in, ns_t_srv, on_srv, &q);
	} else {
		struct ares_addrinfo_hints hints = { .ai_family = AF_UNSPEC, .ai_flags = ARES_AI_NOSORT };
		ares_getaddrinfo(d->channel, text, NULL, &hints, on_addresses, &q);
	}
	wait(d, &q);
	*answers = q.list;
	*n = q.n;
	*ttl = q.ttl;
	if (q.status == ARES_SUCCESS || q.status == ARES_ENOTFOUND || q.status == ARES_ENODATA)
		return true;
	return err_set(e, ERR_UNAVAILABLE, "DNS has no answer about %s: %s", text, ares_strerror(q.status));
}
