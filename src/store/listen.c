/* The store's listeners as a whole (listen.h). */
#include "base/check.h"
#include "store/internal.h"
#include "store/listen_impl.h"
#include <stdlib.h>

bool listen_full(struct listening *l)
{
	if (!intake_full(&l->intake))
		return false;
	if (l->syslog.server)
		stream_server_hold(l->syslog.server, true);
	if (l->forward.server)
		stream_server_hold(l->forward.server, true);
	return true;
}

static void on_room(void *ctx)
{
	struct listening *l = ctx;
	if (l->syslog.server) {
		stream_server_hold(l->syslog.server, false);
		listen_syslog_resume(l);
	}
	if (l->forward.server)
		stream_server_hold(l->forward.server, false);
}

struct str listen_host(const struct sys_addr *peer, char out[LISTEN_HOST])
{
	char text[128];
	if (peer->family == SYS_NONE || sys_addr_is_loopback(peer))
		return STR("");
	struct str s = sys_addr_text(peer, text);
	while (s.len && s.p[s.len - 1] != ':')
		s.len--;
	s = str_sub(s, 0, s.len - 1);
	if (str_starts(s, STR("[")))
		s = str_sub(s, 1, s.len - 1);
	s = str_sub(s, 0, LISTEN_HOST);
	memcpy(out, s.p, s.len);
	return str_from(out, s.len);
}

bool listen_tell(const struct listening *l, int64_t *told)
{
	int64_t now = loop_now(l->loop);
	if (*told && now - *told < LISTEN_TELL_EVERY)
		return false;
	*told = now;
	return true;
}

struct listening *listening_new(struct store *s, struct loop *loop, const struct store_listen_options *o, struct err *e)
{
	struct listening *l = calloc(1, sizeof(*l));
	if (!l) {
		err_set(e, ERR_NO_MEMORY, "no memory for the store's listeners");
		return NULL;
	}
	l->store = s;
	l->loop = loop;
	l->zone = o->zone;
	l->syslog.udp.fd = -1;
	intake_init(&l->intake, s, loop, on_room, l);
	if ((o->syslog.family != SYS_NONE && !listen_syslog_start(l, &o->syslog, e)) ||
	    (o->forward.family != SYS_NONE && !listen_forward_start(l, &o->forward, o->secret, e))) {
		listening_free(l);
		return NULL;
	}
	return l;
}

void listening_close(struct listening *l)
{
	l->closing = true;
	if (l->syslog.server)
		listen_syslog_stop(l);
	if (l->forward.server)
		stream_server_stop(l->forward.server);
	intake_close(&l->intake);
}

void listening_free(struct listening *l)
{
	if (!l)
		return;
	l->closing = true;
	intake_release(&l->intake); /* first: what is owed belongs to connections */
	listen_syslog_free(l);
	listen_forward_free(l);
	free(l);
}

static void begin_json(struct json_out *o, const char *protocol, const struct sys_addr *a, const struct stream_server *server)
{
	char text[128];
	struct stream_server_stats stats = stream_server_stats(server);
	json_out_object(o);
	json_kv_str(o, "protocol", str_z(protocol));
	json_kv_str(o, "address", sys_addr_text(a, text));
	json_kv_u64(o, "connections", stats.connections);
	json_kv_u64(o, "refused_connections", stats.refused);
	json_kv_u64(o, "broken_connections", stats.broken);
	json_kv_u64(o, "held_bytes", stats.held);
}

void listening_json(const struct listening *l, struct json_out *o)
{
	if (l && l->syslog.server) {
		const struct listen_syslog *y = &l->syslog;
		begin_json(o, "syslog", &y->address, y->server);
		json_kv_u64(o, "records", y->messages);
		json_kv_u64(o, "malformed", y->malformed);
		json_kv_u64(o, "cut", y->cut);
		json_kv_u64(o, "lost", y->dropped);
		json_out_end(o);
	}
	if (l && l->forward.server) {
		const struct listen_forward *f = &l->forward;
		begin_json(o, "forward", &f->address, f->server);
		json_kv_u64(o, "records", f->records);
		json_kv_u64(o, "refused", f->refused);
		json_kv_u64(o, "ignored", f->ignored);
		json_kv_u64(o, "repeated", f->repeated);
		json_out_end(o);
	}
}
