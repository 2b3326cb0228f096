/* Client connections: reading heads, keeping alive, closing so that the last answer arrives. The states are in state.h.
 * One timer per connection, set to whatever ends the present state; it is never cancelled while the connection lives, so setting it later
 * again costs nothing. */
#include "gateway/state.h"
#include <stdlib.h>

static void read_head(struct client *c);
static void on_timer(struct timer *t);

static void arm(struct client *c, int64_t in)
{
	struct loop *l = c->g->loop;
	timer_set(&c->timer, l, loop_now(l) + in, on_timer);
}

/* What was closed is freed at the end of the turn, so that callers up the stack may still look at its state. */
static void leave(struct client *c)
{
	struct gateway *g = c->g;
	struct listener *l = c->listener;
	CHECK(c->state != CLIENT_GONE);
	timer_cancel(&c->timer);
	deferred_cancel(&c->again);
	if (c->prev)
		c->prev->next = c->next;
	else
		l->clients = c->next;
	if (c->next)
		c->next->prev = c->prev;
	c->state = CLIENT_GONE;
	c->listener = NULL;
	c->next = g->gone_clients;
	g->gone_clients = c;
	g->clients--;
	metric_set(METRIC_GATEWAY_CONNECTIONS, (int64_t)g->clients);
	gateway_reap(g);
	listener_client_left(l);
	gateway_check_drained(g);
}

void client_close(struct client *c)
{
	conn_close(&c->conn);
	leave(c);
}

void client_reset(struct client *c)
{
	conn_reset(&c->conn);
	leave(c);
}

static void run_linger(struct client *c)
{
	while (c->state == CLIENT_LINGERING) {
		int64_t n = conn_read(&c->conn);
		if (n == SYS_AGAIN)
			return;
		if (n > 0) {
			conn_consume(&c->conn, block_len(c->conn.in));
			c->thrown_away += (uint32_t)n;
		}
		if (n <= 0 || c->thrown_away > CLIENT_LINGER_MAX)
			client_close(c);
	}
}

static void linger(struct client *c)
{
	c->state = CLIENT_LINGERING;
	c->thrown_away = 0;
	sys_shutdown_write(c->conn.watcher.fd);
	conn_consume(&c->conn, block_len(c->conn.in));
	arm(c, CLIENT_LINGER);
	run_linger(c);
}

static void run(struct client *c)
{
	switch (c->state) {
	case CLIENT_IDLE:
	case CLIENT_HEAD:
		read_head(c);
		return;
	case CLIENT_CALL:
		call_client_event(c->call);
		return;
	case CLIENT_LINGERING:
		run_linger(c);
		return;
	case CLIENT_GONE:
		return;
	}
}

static void on_event(struct watcher *w, uint32_t what)
{
	struct client *c = CONTAINER_OF(w, struct client, conn.watcher);
	conn_note(&c->conn, what);
	run(c);
}

static void on_again(struct deferred *d) { run(CONTAINER_OF(d, struct client, again)); }

static void on_timer(struct timer *t)
{
	struct client *c = CONTAINER_OF(t, struct client, timer);
	switch (c->state) {
	case CLIENT_IDLE:
	case CLIENT_LINGERING:
		client_close(c);
		return;
	case CLIENT_HEAD:
		c->state = CLIENT_CALL;
		call_refuse_late(c->call);
		return;
	case CLIENT_CALL:
		call_timer(c->call);
		return;
	case CLIENT_GONE:
		return;
	}
}

/* Something wrong before there is a call to record: nothing was asked, so nothing is answered. */
static void give_up(struct client *c)
{
	if (c->call)
		call_drop(c->call);
	client_close(c);
}

static bool start_head(struct client *c)
{
	c->call = call_take(c);
	if (!c->call)
		return false;
	c->call->request.scanned = 0;
	c->call->started = loop_now(c->g->loop);
	c->state = CLIENT_HEAD;
	arm(c, c->g->limits.head_timeout);
	return true;
}

/* The head stays in its block as long as the call; what came behind it starts a block of its own. */
static bool detach_head(struct client *c)
{
	struct call *k = c->call;
	struct block *b = c->conn.in;
	size_t rest = block_len(b) - k->request.size;
	k->head = b;
	c->conn.in = NULL;
	if (rest > 0) {
		struct block *fresh = block_take(c->conn.blocks);
		if (!fresh)
			return false;
		memcpy(fresh->data, b->data + b->from + k->request.size, rest);
		fresh->to = (uint32_t)rest;
		c->conn.in = fresh;
	}
	return true;
}

static void read_head(struct client *c)
{
	bool fresh = block_len(c->conn.in) > 0;
	for (;;) {
		if (!fresh) {
			int64_t n = conn_read(&c->conn);
			if (n == SYS_AGAIN)
				return;
			if (n <= 0) {
				give_up(c); /* between requests, or in the middle of a head: it will not be completed */
				return;
			}
		}
		fresh = false;
		if (c->state == CLIENT_IDLE && !start_head(c)) {
			give_up(c);
			return;
		}
		struct call *k = c->call;
		enum http1_result r = http1_request(&k->request, block_str(c->conn.in));
		if (r == HTTP1_MORE)
			continue;
		c->state = CLIENT_CALL;
		if (r != HTTP1_DONE) {
			call_refuse(k, r);
		} else if (!detach_head(c)) {
			give_up(c);
		} else {
			call_begin(k);
		}
		return;
	}
}

void client_call_ended(struct client *c, bool keep_alive, bool linger_first)
{
	c->call = NULL;
	if (!keep_alive) {
		if (linger_first && !c->conn.hangup)
			linger(c);
		else
			client_close(c);
		return;
	}
	c->state = CLIENT_IDLE;
	arm(c, c->g->limits.keep_alive);
	if (c->conn.in || c->conn.readable)
		loop_defer(c->g->loop, &c->again, on_again);
}

static void set_peer(struct client *c, const struct sys_addr *peer)
{
	char text[128];
	struct str s = sys_addr_text(peer, text);
	if (peer->family == SYS_IPV4) {
		s = str_sub(s, 0, str_find_char(s, ':'));
	} else if (peer->family == SYS_IPV6) {
		size_t end = str_find_char(s, ']');
		s = str_sub(s, 1, end);
	} else {
		s = STR("unix");
	}
	if (s.len > sizeof(c->peer_text))
		s = STR("unknown");
	memcpy(c->peer_text, s.p, s.len);
	c->peer_len = (uint8_t)s.len;
}

void client_new(struct listener *l, int fd, const struct sys_addr *peer)
{
	struct gateway *g = l->g;
	struct client *c = g->free_clients;
	if (c)
		g->free_clients = c->next;
	else if (!(c = malloc(sizeof(*c)))) {
		sys_close(fd);
		return;
	}
	*c = (struct client){ .g = g, .listener = l, .peer = *peer };
	if (!conn_open(&c->conn, g->loop, &g->blocks, fd, on_event)) {
		sys_close(fd);
		c->next = g->free_clients;
		g->free_clients = c;
		return;
	}
	if (l->entry->outside)
		set_peer(c, peer);
	c->next = l->clients;
	if (l->clients)
		l->clients->prev = c;
	l->clients = c;
	l->connections++;
	g->clients++;
	metric_set(METRIC_GATEWAY_CONNECTIONS, (int64_t)g->clients);
	arm(c, g->limits.keep_alive);
}

void client_free_memory(struct client *c) { free(c); }
