/* See output.h. Lines that lie whole in what was read are handed on in place; only a broken one is copied. */
#include "node/output.h"
#include "base/check.h"
#include "base/metric.h"
#include "node/line.h"
#include "node/line_shape.h"

/* One buffer for all streams: a turn reads one after the other, and lines are handed on before the next read. */
static char bytes_read[OUTPUT_TURN];

static void hand_on(struct output *o, struct str line, bool cut)
{
	if (line.len && line.p[line.len - 1] == '\r')
		line.len--;
	if (str_empty(line))
		return;
	metric_inc(METRIC_NODE_LINES);
	if (cut)
		metric_inc(METRIC_NODE_LINES_CUT);
	o->on_line(o, line, cut);
}

/* The part of a line that this read has, with or without its end. */
static void take_piece(struct output *o, struct str piece, bool ended)
{
	if (o->skipping) {
		o->skipping = !ended;
		return;
	}
	if (o->partial.len + piece.len > LINE_MAX_BYTES) {
		buf_add(&o->partial, str_sub(piece, 0, LINE_MAX_BYTES - o->partial.len));
		hand_on(o, line_cut(buf_str(&o->partial)), true);
		buf_clear(&o->partial);
		o->skipping = !ended;
	} else if (!ended) {
		buf_add(&o->partial, piece);
	} else if (o->partial.len == 0) {
		hand_on(o, piece, false);
	} else {
		buf_add(&o->partial, piece);
		hand_on(o, buf_str(&o->partial), false);
		buf_clear(&o->partial);
	}
}

void output_feed(struct output *o, struct str bytes)
{
	while (bytes.len) {
		size_t end = str_find_char(bytes, '\n');
		bool ended = end != SIZE_MAX;
		take_piece(o, str_sub(bytes, 0, ended ? end : bytes.len), ended);
		bytes = str_skip(bytes, ended ? end + 1 : bytes.len);
	}
	CHECK(buf_ok(&o->partial) && o->partial.len <= LINE_MAX_BYTES);
}

void output_flush(struct output *o)
{
	if (o->partial.len)
		hand_on(o, buf_str(&o->partial), false);
	buf_clear(&o->partial);
	o->skipping = false;
	o->in_key = 0;
}

static void close_pipe(struct output *o)
{
	int fd = o->watcher.fd;
	if (fd < 0)
		return;
	deferred_cancel(&o->more);
	watcher_stop(&o->watcher);
	sys_close(fd);
	output_flush(o);
	buf_release(&o->partial);
}

/* At most `limit` bytes. False when there may be more to read. */
static bool read_some(struct output *o, size_t limit)
{
	size_t taken = 0;
	while (taken < limit) {
		int64_t n = sys_read(o->watcher.fd, bytes_read, sizeof(bytes_read));
		if (n == SYS_AGAIN)
			return true;
		if (n <= 0) { /* the end; a pipe that cannot be read has nothing for us either */
			close_pipe(o);
			return true;
		}
		output_feed(o, str_from(bytes_read, (size_t)n));
		taken += (size_t)n;
	}
	return false;
}

static void read_more(struct deferred *d)
{
	struct output *o = CONTAINER_OF(d, struct output, more);
	if (!read_some(o, OUTPUT_TURN))
		loop_defer(o->loop, d, read_more);
	else if (o->on_idle)
		o->on_idle(o);
}

static void readable(struct watcher *w, uint32_t what)
{
	struct output *o = CONTAINER_OF(w, struct output, watcher);
	(void)what;
	if (!o->more.queued)
		read_more(&o->more);
}

bool output_open(struct output *o, int fd)
{
	buf_init(&o->partial, LINE_MAX_BYTES);
	o->more = (struct deferred){ 0 };
	o->skipping = false;
	o->in_key = 0;
	if (watcher_start(&o->watcher, o->loop, fd, readable))
		return true;
	sys_close(fd);
	o->watcher = (struct watcher){ .fd = -1 };
	return false;
}

void output_finish(struct output *o)
{
	if (!o->watcher.loop || o->watcher.fd < 0)
		return;
	if (!read_some(o, OUTPUT_LAST) || o->watcher.fd >= 0)
		close_pipe(o);
}
