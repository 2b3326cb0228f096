/* Syslog into the store: TCP by the stream server, UDP read here. Both take messages to the same parser and intake. While the intake is full, TCP's
 * senders wait; datagrams wait in the kernel, and what does not fit there is dropped and counted by it. */
#include "base/check.h"
#include "base/metric.h"
#include "store/internal.h"
#include "store/listen_impl.h"
#include "store/syslog_frame.h"
#include <stdlib.h>

static void take(struct listening *l, struct str text, bool cut, struct str host)
{
	struct time_window w = time_window(sys_wall(), l->store->options.keep_ns);
	struct syslog_source source = { .now = w.now, .zone = l->zone, .host = host };
	struct syslog_message m;
	struct batch_builder *b = intake_builder(&l->intake);
	syslog_parse(&l->syslog.parser, &source, text, &m);
	metric_add(METRIC_STORE_RETIMED, retime(&w, &l->syslog.parser.fields, &m.record, STR("syslog.timestamp")));
	metric_add(METRIC_STORE_UNPARSED, m.malformed);
	cut |= l->syslog.parser.fields.left_out > 0;
	b->cut += cut;
	batch_add_log(b, batch_resource(b, &m.resource), &m.record);
	l->syslog.messages++;
	l->syslog.malformed += m.malformed;
	l->syslog.cut += cut;
	metric_inc(METRIC_STORE_SYSLOG);
	metric_add(METRIC_STORE_SYSLOG_MALFORMED, m.malformed);
	metric_add(METRIC_STORE_SYSLOG_CUT, cut);
	intake_added(&l->intake);
}

/* --- TCP ------------------------------------------------------------------------------------------------------------------------------------ */

struct syslog_conn {
	struct syslog_frames frames;
	bool begun;                 /* a message was taken */
	struct str host;
	char host_space[LISTEN_HOST];
};

static void on_open(void *ctx, struct stream_conn *c)
{
	struct syslog_conn *y = calloc(1, sizeof(*y));
	(void)ctx;
	stream_set_user(c, y);
	if (y)
		y->host = listen_host(stream_peer(c), y->host_space);
	else
		stream_end(c);
	metric_inc(METRIC_STORE_LISTENER_CONNECTIONS);
}

static void on_close(void *ctx, struct stream_conn *c)
{
	(void)ctx;
	free(stream_user(c));
	metric_add(METRIC_STORE_LISTENER_CONNECTIONS, (uint64_t)-1);
}

/* "POST / HTTP/1.1": a web page can make a browser send this, and lines of its choice behind it, to any port of this machine. */
static bool is_http(struct str line)
{
	line = str_strip(line);
	size_t end = line.len > 9 ? line.len - 9 : 0, blank = str_find_char(line, ' ');
	return line.len > 9 && line.p[0] >= 'A' && line.p[0] <= 'Z' && blank < end && str_starts(str_skip(line, end), STR(" HTTP/1."));
}

static int64_t on_bytes(void *ctx, struct stream_conn *c, struct str in, bool end)
{
	struct listening *l = ctx;
	struct syslog_conn *y = stream_user(c);
	struct syslog_frame frame;
	if (listen_full(l) || !syslog_next_frame(&y->frames, in, end, &frame))
		return 0;
	if (!frame.message.p)
		return (int64_t)frame.used;
	if (!y->begun && is_http(frame.message))
		return STREAM_BROKEN;
	y->begun = true;
	take(l, frame.message, frame.cut, y->host);
	return (int64_t)frame.used;
}

static const struct stream_protocol protocol = { .on_open = on_open, .on_bytes = on_bytes, .on_close = on_close };

/* --- UDP ------------------------------------------------------------------------------------------------------------------------------------ */

static void count_lost(struct listening *l, uint32_t lost)
{
	struct listen_syslog *y = &l->syslog;
	uint32_t more = lost - y->lost;
	if (more == 0)
		return;
	y->lost = lost;
	y->dropped += more;
	metric_add(METRIC_STORE_SYSLOG_LOST, more);
	if (listen_tell(l, &y->told))
		store_report(l->store, SEVERITY_WARN, "syslog over UDP came faster than it could be kept: the system dropped %llu datagrams so far; over TCP senders wait",
			     (unsigned long long)y->dropped);
}

/* True when the socket is empty or may not be read. */
static bool read_datagrams(struct listening *l)
{
	struct listen_syslog *y = &l->syslog;
	struct sys_datagram d[UDP_BATCH];
	char host[LISTEN_HOST];
	uint32_t lost = y->lost;
	y->udp_held = listen_full(l) || l->closing;
	if (y->udp_held)
		return true;
	for (int i = 0; i < UDP_BATCH; i++)
		d[i] = (struct sys_datagram){ .p = y->space + (size_t)i * SYS_DATAGRAM_MAX, .room = SYS_DATAGRAM_MAX };
	int n = sys_udp_recv(y->udp.fd, d, UDP_BATCH, &lost);
	for (int i = 0; i < n; i++)
		if (d[i].n)
			take(l, str_from(d[i].p, d[i].n), d[i].cut, listen_host(&d[i].from, host));
	count_lost(l, lost);
	return n == SYS_AGAIN;
}

static void on_again(struct deferred *d);
static void read_all(struct listening *l)
{
	for (int i = 0; i < UDP_TURN; i++)
		if (read_datagrams(l))
			return;
	loop_defer(l->loop, &l->syslog.again, on_again);
}

static void on_again(struct deferred *d) { read_all(CONTAINER_OF(d, struct listening, syslog.again)); }
static void on_udp(struct watcher *w, uint32_t what)
{
	struct listening *l = CONTAINER_OF(w, struct listening, syslog.udp);
	if ((what & SYS_READABLE) && !l->syslog.again.queued)
		read_all(l);
}

void listen_syslog_resume(struct listening *l)
{
	if (l->syslog.udp_held && !l->closing)
		loop_defer(l->loop, &l->syslog.again, on_again);
}

static bool udp_taken(const struct sys_addr *a, struct err *e)
{
	struct arena scratch;
	char text[128];
	arena_init(&scratch, 65536);
	struct str owner = sys_udp_owner(a, &scratch);
	sys_addr_text(a, text);
	err_set(e, ERR_PORT_TAKEN, "cannot take syslog on UDP port %s: %s%.*s has it already; stop it or choose another port", text,
		owner.len ? "" : "another program", STR_FMT(owner));
	arena_release(&scratch);
	return false;
}

static bool bind_udp(struct listening *l, const struct sys_addr *a, struct err *e)
{
	char text[128];
	int fd = sys_udp_bind(a, UDP_ROOM);
	if (fd == SYS_IN_USE)
		return udp_taken(a, e);
	sys_addr_text(a, text);
	if (fd < 0)
		return sys_err(e, fd, "cannot take syslog on UDP port %s", text);
	if (!watcher_start(&l->syslog.udp, l->loop, fd, on_udp)) {
		sys_close(fd);
		return err_set(e, ERR_SYSTEM, "cannot watch the UDP port %s", text);
	}
	return true;
}

/* --- life ------------------------------------------------------------------------------------------------------------------------------------ */

bool listen_syslog_start(struct listening *l, const struct sys_addr *a, struct err *e)
{
	struct listen_syslog *y = &l->syslog;
	struct stream_server_options o = { .max_message = SYSLOG_MAX_MESSAGE + 64 };
	y->space = malloc((size_t)UDP_BATCH * SYS_DATAGRAM_MAX);
	y->server = stream_server_new(l->loop, &o, &protocol, l);
	if (!syslog_parser_init(&y->parser) || !y->space || !y->server)
		return err_set(e, ERR_NO_MEMORY, "no memory for taking syslog");
	/* TCP first: a port that was left to chance is then the same for both. */
	return stream_server_listen(y->server, a, &y->address, e) && (a->family == SYS_UNIX || bind_udp(l, &y->address, e));
}

void listen_syslog_stop(struct listening *l)
{
	stream_server_stop(l->syslog.server);
	deferred_cancel(&l->syslog.again);
}

void listen_syslog_free(struct listening *l)
{
	struct listen_syslog *y = &l->syslog;
	int fd = y->udp.fd;
	if (y->again.loop)
		deferred_cancel(&y->again);
	stream_server_free(y->server);
	if (fd >= 0) {
		watcher_stop(&y->udp);
		sys_close(fd);
	}
	syslog_parser_release(&y->parser);
	free(y->space);
}
