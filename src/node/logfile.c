/* See logfile.h. */
#include "node/logfile.h"
#include "base/check.h"
#include "base/metric.h"
#include "node/line.h"
#include "node/line_shape.h"
#include "node/redact.h"
#include <stdio.h>
#include <stdlib.h>

/* One buffer for all: a turn reads one file, and what it read is handed on before the next. */
static char window[LOGFILE_TAIL + LOGFILE_TURN];
_Static_assert((int)LOGFILE_TURN > (int)LINE_MAX_BYTES, "a line that need not be cut fits into what is read at a time");

static struct print print_of(const char *p, size_t n) { return (struct print){ (uint32_t)n, str_hash(str_from(p, n)) }; }
static bool print_fits(struct print print, const char *p, size_t n) { return print.len == 0 || (n >= print.len && print_of(p, print.len).hash == print.hash); }

/* --- joining ------------------------------------------------------------------------------------------------------------------------ */

static void on_wait(struct timer *t) { logfile_flush(CONTAINER_OF(t, struct logfile, wait), false); }

static void joined(struct join *j, struct str text, bool cut)
{
	struct logfile *f = CONTAINER_OF(j, struct logfile, join);
	f->handed = true;
	f->on_text(f, text, cut, f->begun);
}

static void take_line(struct logfile *f, struct str line, bool cut)
{
	if (line.len && line.p[line.len - 1] == '\r')
		line.len--;
	if (line.len == 0 && cut)
		return;
	f->lines += line.len > 0;
	f->cut += cut;
	metric_add(METRIC_NODE_FILE_LINES, line.len > 0);
	if (cut)
		metric_inc(METRIC_NODE_LINES_CUT);
	if (redact_key_block(&f->fed.in_key, line))
		line = STR(REDACTED);
	int64_t now = sys_wall();
	if (f->join.lines == 0)
		f->begun = now;
	join_line(&f->join, line, cut);
	if (f->handed)
		f->begun = now;
}

/* --- reading ------------------------------------------------------------------------------------------------------------------------ */

/* Of the window, whose first byte stands at `base` in the file. */
static void mark_move(struct mark *m, int64_t base, size_t at)
{
	size_t n = at < LOGFILE_TAIL ? at : LOGFILE_TAIL;
	m->at = base + (int64_t)at;
	m->tail = print_of(window + at - n, n);
}

/* One line of the window from `from`; returns where the next begins, or `from` when there is no whole one. */
static size_t feed_line(struct logfile *f, int64_t base, size_t from, size_t to, bool last)
{
	const char *end = memchr(window + from, '\n', to - from);
	size_t n = (size_t)(end ? end - (window + from) : (ptrdiff_t)(to - from)), next = end ? from + n + 1 : to;
	struct mark before = f->fed;
	bool empty = f->join.lines == 0;
	f->handed = false;
	bool cut = n > LINE_MAX_BYTES;
	if (f->fed.skipping) {
		f->fed.skipping = !end;
		mark_move(&f->fed, base, next);
	} else if (!end && !cut && !last) {
		return from;
	} else {
		struct str line = str_from(window + from, n);
		f->fed.skipping = cut && !end;
		take_line(f, cut ? line_cut(str_sub(line, 0, LINE_MAX_BYTES)) : line, cut);
		mark_move(&f->fed, base, next);
	}
	if (f->join.lines == 0)
		f->done = f->fed;
	else if (empty || f->handed) /* what is held begins with this line */
		f->done = before;
	return next;
}

/* What a file has where nothing was written: after its truncation, when the writer went on at its old place. */
static size_t skip_nuls(struct logfile *f, int64_t base, size_t from, size_t to)
{
	size_t at = from;
	if (f->fed.skipping)
		return from;
	while (at < to && window[at] == 0)
		at++;
	if (at > from) {
		mark_move(&f->fed, base, at);
		if (f->join.lines == 0)
			f->done = f->fed;
	}
	return at;
}

static bool feed(struct logfile *f, int64_t base, size_t from, size_t to, bool last)
{
	while (from < to) {
		if (!last && !f->has_room(f)) /* at the end there is one line to take, and no second chance */
			return false;
		size_t line = skip_nuls(f, base, from, to), next = line < to ? feed_line(f, base, line, to, last) : to;
		if (next == line && line < to)
			break;
		from = next;
	}
	return true;
}

static enum logfile_read broken(struct logfile *f, int64_t code)
{
	snprintf(f->error, sizeof(f->error), "cannot be read: %s", sys_strerror(code));
	return LOGFILE_BROKEN;
}

enum logfile_read logfile_look(struct logfile *f)
{
	struct sys_stat st;
	char head[LOGFILE_HEAD];
	int code = sys_fstat(f->fd, &st);
	if (code < 0)
		return broken(f, code);
	int64_t n = sys_pread(f->fd, head, f->head.len, 0);
	if (n < 0)
		return broken(f, n);
	if (st.size < f->fed.at || !print_fits(f->head, head, (size_t)n))
		return LOGFILE_CHANGED;
	if (st.size > f->size)
		f->grown = loop_now(f->loop);
	f->size = st.size;
	f->modified = st.modified;
	f->unlinked = st.unlinked;
	return LOGFILE_END;
}

/* The head grows with what was read, until it is whole. */
static void grow_head(struct logfile *f, int64_t base)
{
	char bytes[LOGFILE_HEAD];
	size_t most = f->fed.at < LOGFILE_HEAD ? (size_t)f->fed.at : LOGFILE_HEAD;
	if (most <= f->head.len)
		return;
	if (base == 0) {
		f->head = print_of(window, most);
		return;
	}
	int64_t n = sys_pread(f->fd, bytes, most, 0);
	if (n == (int64_t)most && print_fits(f->head, bytes, most))
		f->head = print_of(bytes, most);
}

/* *n bytes of the window, of which the first *lead were read before. */
static enum logfile_read fill_window(struct logfile *f, size_t *lead, size_t *n)
{
	*lead = f->fed.tail.len;
	int64_t got = sys_pread(f->fd, window, *lead + LOGFILE_TURN, f->fed.at - (int64_t)*lead);
	if (got < 0)
		return broken(f, got);
	*n = (size_t)got;
	if (!print_fits(f->fed.tail, window, *n))
		return LOGFILE_CHANGED;
	/* Asked after the reading: a file that is cut meanwhile has another head, or none, before it has other bytes here. */
	return logfile_look(f);
}

enum logfile_read logfile_read(struct logfile *f)
{
	size_t lead, n;
	f->error[0] = 0;
	enum logfile_read r = fill_window(f, &lead, &n);
	if (r != LOGFILE_END)
		return r;
	int64_t base = f->fed.at - (int64_t)lead;
	bool fed = feed(f, base, lead, n, false);
	grow_head(f, base);
	timer_cancel(&f->wait);
	if (!fed || n == lead + LOGFILE_TURN)
		return LOGFILE_MORE;
	if (join_idle(&f->join))
		timer_set(&f->wait, f->loop, loop_now(f->loop) + JOIN_WAIT, on_wait);
	else
		f->done = f->fed;
	return LOGFILE_END;
}

void logfile_flush(struct logfile *f, bool last)
{
	size_t lead, n;
	timer_cancel(&f->wait);
	if (last && f->fd >= 0 && fill_window(f, &lead, &n) == LOGFILE_END)
		feed(f, f->fed.at - (int64_t)lead, lead, n, true);
	join_flush(&f->join);
	f->done = f->fed;
}

bool logfile_is_in(const struct logfile *f, int fd, const struct sys_stat *st)
{
	char bytes[LOGFILE_HEAD];
	int64_t n = sys_pread(fd, bytes, f->head.len, 0);
	if (n < 0 || !print_fits(f->head, bytes, (size_t)n))
		return false;
	if (st->size < f->fed.at)
		return f->head.len == LOGFILE_HEAD;
	n = sys_pread(fd, bytes, f->fed.tail.len, f->fed.at - f->fed.tail.len);
	return n >= 0 && print_fits(f->fed.tail, bytes, (size_t)n);
}

void logfile_cut_short(struct logfile *f)
{
	if (f->size >= f->fed.at)
		return;
	int64_t base = f->size > LOGFILE_TAIL ? f->size - LOGFILE_TAIL : 0, n = sys_pread(f->fd, window, LOGFILE_TAIL, base);
	f->fed.skipping = false;
	f->fed.in_key = 0;
	mark_move(&f->fed, base, n > 0 ? (size_t)n : 0);
	f->done = f->fed;
}

/* --- life --------------------------------------------------------------------------------------------------------------------------- */

static struct str keep(char **at, struct str s)
{
	char *p = *at;
	if (s.len)
		memcpy(p, s.p, s.len);
	*at += s.len;
	return str_from(p, s.len);
}

bool logfile_rename(struct logfile *f, const struct logfile_name *name)
{
	char *texts = malloc(name->path.len + name->pattern.len + name->service.len + name->version.len + name->instance.len + 1), *at = texts;
	if (!texts)
		return false;
	f->name = (struct logfile_name){ keep(&at, name->path), keep(&at, name->pattern), keep(&at, name->service), keep(&at, name->version), keep(&at, name->instance) };
	free(f->texts);
	f->texts = texts;
	f->resource = (struct resource){ .service = f->name.service, .version = f->name.version, .instance = f->name.instance, .attrs = &f->resource_attr, .attr_count = 1 };
	return true;
}

struct logfile *logfile_new(struct loop *l, const struct logfile_name *name)
{
	struct logfile *f = calloc(1, sizeof(*f));
	if (!f || !logfile_rename(f, name)) {
		free(f);
		return NULL;
	}
	f->fd = -1;
	f->loop = l;
	f->grown = loop_now(l);
	f->join.on_text = joined;
	join_init(&f->join);
	return f;
}

void logfile_open(struct logfile *f, int fd, const struct sys_stat *st)
{
	CHECK(f->fd < 0);
	f->fd = fd;
	f->device = st->device;
	f->inode = st->inode;
	f->size = st->size;
	f->modified = st->modified;
	f->unlinked = st->unlinked;
	f->error[0] = 0;
	f->ready = true;
}

void logfile_restart(struct logfile *f)
{
	CHECK(f->join.lines == 0);
	timer_cancel(&f->wait);
	f->head = (struct print){ 0 };
	f->fed = f->done = (struct mark){ 0 };
	f->size = 0;
	f->ready = true;
}

void logfile_free(struct logfile *f)
{
	if (!f)
		return;
	timer_cancel(&f->wait);
	if (f->fd >= 0)
		sys_close(f->fd);
	join_release(&f->join);
	free(f->texts);
	free(f);
}
