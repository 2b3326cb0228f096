/* See conn.h. Used by client.c, upstream.c and relay.c. */
#include "gateway/conn.h"
#include "base/check.h"
#include <stdlib.h>

struct block *block_take(struct blocks *b)
{
	struct block *k = b->free;
	if (k) {
		b->free = k->next;
		b->kept--;
	} else if (!(k = malloc(sizeof(*k)))) {
		return NULL;
	}
	b->taken++;
	k->next = NULL;
	k->from = k->to = 0;
	return k;
}

void block_give(struct blocks *b, struct block *k)
{
	if (!k)
		return;
	CHECK(b->taken > 0);
	b->taken--;
	if (b->kept >= BLOCKS_KEPT) {
		free(k);
		return;
	}
	k->next = b->free;
	b->free = k;
	b->kept++;
}

void blocks_release(struct blocks *b)
{
	while (b->free) {
		struct block *k = b->free;
		b->free = k->next;
		free(k);
	}
	b->kept = 0;
}

bool conn_open(struct conn *c, struct loop *l, struct blocks *b, int fd, watcher_f *fn)
{
	*c = (struct conn){ .blocks = b, .watcher = { .fd = -1 } };
	return watcher_start(&c->watcher, l, fd, fn);
}

static void give_all(struct conn *c)
{
	block_give(c->blocks, c->in);
	c->in = NULL;
	while (c->out) {
		struct block *k = c->out;
		c->out = k->next;
		block_give(c->blocks, k);
	}
	c->out_last = NULL;
	c->out_bytes = 0;
}

static void end(struct conn *c, void (*how)(int fd))
{
	if (!conn_is_open(c))
		return;
	int fd = c->watcher.fd;
	watcher_stop(&c->watcher);
	c->watcher.fd = -1;
	how(fd);
	give_all(c);
}

void conn_close(struct conn *c) { end(c, sys_close); }
void conn_reset(struct conn *c) { end(c, sys_reset); }

void conn_note(struct conn *c, uint32_t what)
{
	if (what & (SYS_READABLE | SYS_HANGUP))
		c->readable = true;
	if (what & SYS_HANGUP)
		c->hangup = true;
	if (what & (SYS_WRITABLE | SYS_HANGUP))
		c->blocked = false;
}

int64_t conn_read(struct conn *c)
{
	if (!c->readable)
		return SYS_AGAIN;
	if (!c->in && !(c->in = block_take(c->blocks)))
		return SYS_LIMIT;
	struct block *k = c->in;
	if (k->from == k->to) {
		k->from = k->to = 0;
	} else if (k->to == BLOCK_SIZE && k->from > 0) {
		memmove(k->data, k->data + k->from, k->to - k->from);
		k->to -= k->from;
		k->from = 0;
	}
	size_t room = BLOCK_SIZE - k->to;
	if (room == 0)
		return SYS_LIMIT;
	int64_t n = sys_read(c->watcher.fd, k->data + k->to, room);
	if (n > 0) {
		k->to += (uint32_t)n;
		/* Fewer bytes than asked for: the socket is empty, and the next ones will be an event. Only behind a hang-up is there
		 * still something to learn. */
		if (sys_short_read_is_empty && (size_t)n < room && !c->hangup)
			c->readable = false;
		return n;
	}
	if (n == SYS_AGAIN)
		c->readable = false;
	conn_consume(c, 0);
	return n;
}

void conn_consume(struct conn *c, size_t n)
{
	struct block *k = c->in;
	if (!k)
		return;
	CHECK(n <= k->to - k->from);
	k->from += (uint32_t)n;
	if (k->from == k->to) {
		c->in = NULL;
		block_give(c->blocks, k);
	}
}

static bool queue(struct conn *c, const char *p, size_t n)
{
	CHECK(c->out_bytes + n <= CONN_OUT_HARD);
	while (n > 0) {
		struct block *k = c->out_last;
		if (!k || k->to == BLOCK_SIZE) {
			struct block *fresh = block_take(c->blocks);
			if (!fresh)
				return false;
			if (k)
				k->next = fresh;
			else
				c->out = fresh;
			c->out_last = k = fresh;
		}
		size_t part = BLOCK_SIZE - k->to;
		if (part > n)
			part = n;
		memcpy(k->data + k->to, p, part);
		k->to += (uint32_t)part;
		c->out_bytes += (uint32_t)part;
		p += part;
		n -= part;
	}
	if (c->out_bytes > c->blocks->largest_queue)
		c->blocks->largest_queue = c->out_bytes;
	return true;
}

/* Writes until all is gone or the socket is full. *at is the first piece not wholly written; its start is moved. */
static int write_now(struct conn *c, struct sys_iovec *v, int count, int *at)
{
	int i = 0;
	while (i < count) {
		int64_t n = sys_writev(c->watcher.fd, v + i, count - i);
		if (n == SYS_AGAIN) {
			c->blocked = true;
			break;
		}
		if (n < 0)
			return (int)n;
		c->sent += (uint64_t)n;
		size_t left = (size_t)n;
		while (i < count && left >= v[i].n)
			left -= v[i++].n;
		if (i < count) {
			v[i].p = (const char *)v[i].p + left;
			v[i].n -= left;
		}
	}
	*at = i;
	return 0;
}

int conn_send(struct conn *c, struct sys_iovec *v, int count)
{
	int i = 0;
	if (!c->out && !c->blocked) {
		int r = write_now(c, v, count, &i);
		if (r < 0)
			return r;
	}
	for (; i < count; i++)
		if (!queue(c, v[i].p, v[i].n))
			return SYS_LIMIT;
	return 0;
}

int conn_flush(struct conn *c)
{
	while (c->out && !c->blocked) {
		struct sys_iovec v[8];
		int count = 0, at = 0;
		for (struct block *k = c->out; k && count < (int)(sizeof(v) / sizeof(v[0])); k = k->next)
			v[count++] = (struct sys_iovec){ k->data + k->from, k->to - k->from };
		uint64_t before = c->sent;
		int r = write_now(c, v, count, &at);
		if (r < 0)
			return r;
		uint32_t done = (uint32_t)(c->sent - before);
		c->out_bytes -= done;
		while (done > 0) {
			struct block *k = c->out;
			uint32_t part = k->to - k->from < done ? k->to - k->from : done;
			k->from += part;
			done -= part;
			if (k->from == k->to) {
				c->out = k->next;
				if (!c->out)
					c->out_last = NULL;
				block_give(c->blocks, k);
			}
		}
	}
	return 0;
}
