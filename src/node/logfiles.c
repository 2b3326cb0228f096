/* All log files that are followed: life, what wakes them, and their turns (see logfiles.h). Reading goes round: each file that may have more gets
 * LOGFILE_TURN bytes, then the next has its turn, so that one that shouts takes its share of a batch and no more. */
#include "node/logfiles.h"
#include "base/check.h"
#include "base/metric.h"
#include "node/launch.h"
#include "node/logfiles_impl.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { NAMES_MEMORY = 8 << 20, FOUND_MEMORY = 64 << 20, BATCH_MEMORY = 8 << 20, TURNS = 8 /* of reading, in one turn of the loop */ };

void logfiles_say(struct logfiles *all, uint8_t severity, const char *format, ...)
{
	char text[1400];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	all->o.say(all->o.ctx, severity, str_z(text));
}

/* --- the list ------------------------------------------------------------------------------------------------------------------------- */

struct logfile *logfiles_add(struct logfiles *all, const struct logfile_name *name)
{
	struct logfile *f = all->count < LOGFILES_MAX ? logfile_new(all->loop, name) : NULL;
	if (!f)
		return NULL;
	f->ctx = all;
	f->on_text = logfiles_text;
	f->has_room = logfiles_room;
	f->resource_attr = attr_str(STR("pleach.node"), all->o.node);
	all->files[all->count++] = f;
	return f;
}

void logfiles_remove(struct logfiles *all, size_t i)
{
	logfile_free(all->files[i]);
	all->count--;
	memmove(all->files + i, all->files + i + 1, (all->count - i) * sizeof(all->files[0]));
	all->turn = 0;
}

/* --- turns ------------------------------------------------------------------------------------------------------------------------------ */

static struct logfile *next_ready(struct logfiles *all)
{
	for (size_t n = 0; n < all->count; n++) {
		struct logfile *f = all->files[(all->turn + n) % all->count];
		if (f->ready && f->fd >= 0) {
			all->turn = (all->turn + n + 1) % all->count;
			return f;
		}
	}
	return NULL;
}

static void read_one(struct logfiles *all, struct logfile *f)
{
	char before[sizeof(f->error)];
	memcpy(before, f->error, sizeof(before));
	enum logfile_read r = logfile_read(f);
	f->ready = r == LOGFILE_MORE;
	if (r == LOGFILE_CHANGED)
		logfiles_changed(all, f);
	if (r == LOGFILE_BROKEN && strcmp(before, f->error) != 0) {
		logfiles_say(all, SEVERITY_WARN, "%.*s %s", STR_FMT(f->name.path), f->error);
		all->o.on_change(all->o.ctx);
	}
}

static void set_metrics(const struct logfiles *all)
{
	int64_t lag = 0, troubled = 0;
	for (size_t i = 0; i < all->count; i++) {
		lag += all->files[i]->fd >= 0 ? logfile_lag(all->files[i]) : 0;
		troubled += all->files[i]->error[0] != 0;
	}
	for (size_t i = 0; i < all->pattern_count; i++)
		troubled += all->patterns[i].error[0] != 0;
	metric_set(METRIC_NODE_FILES, (int64_t)all->count);
	metric_set(METRIC_NODE_FILES_TROUBLED, troubled);
	metric_set(METRIC_NODE_FILE_LAG, lag);
}

static void work(struct deferred *d)
{
	struct logfiles *all = CONTAINER_OF(d, struct logfiles, work);
	struct logfile *f = NULL;
	for (int i = 0; i < TURNS && all->open.len < all->o.batch && (f = next_ready(all)); i++)
		read_one(all, f);
	set_metrics(all);
	logfiles_pump(all);
	if (f && all->open.len < all->o.batch)
		logfiles_wake(all);
}

void logfiles_wake(struct logfiles *all)
{
	if (!all->stopping && !all->work.queued)
		loop_defer(all->loop, &all->work, work);
}

/* --- what wakes it ---------------------------------------------------------------------------------------------------------------------- */

static void on_look(struct timer *t)
{
	struct logfiles *all = CONTAINER_OF(t, struct logfiles, look);
	logfiles_find(all);
	all->looked = loop_now(all->loop);
	if (all->pattern_count)
		timer_set(&all->look, all->loop, all->looked + LOGFILES_LOOK, on_look);
}

static void look_soon(struct logfiles *all)
{
	int64_t due = loop_now(all->loop) + LOGFILES_LOOK_SOON, next = all->looked + LOGFILES_LOOK_APART;
	due = due > next ? due : next;
	if (all->applied && (!timer_is_set(&all->look) || all->look.due > due))
		timer_set(&all->look, all->loop, due, on_look);
}

/* Written to: which of them? Without a name all in the directory may be. */
static void touched(struct logfiles *all, struct str directory, struct str name)
{
	for (size_t i = 0; i < all->count; i++) {
		struct logfile *f = all->files[i];
		struct str path = f->name.path;
		bool in = path.len > directory.len + 1 && str_starts(path, directory) && path.p[directory.len] == '/';
		struct str rest = in ? str_skip(path, directory.len + 1) : STR("");
		if (f->fd >= 0 && in && (str_empty(name) ? str_find_char(rest, '/') == SIZE_MAX : str_eq(rest, name)))
			f->ready = true;
	}
	logfiles_wake(all);
}

static void take_change(struct logfiles *all, const struct sys_change *c)
{
	for (size_t i = 0; i < all->watched_count; i++) {
		struct watched *w = &all->watched[i];
		if (w->number < 0 || (c->directory >= 0 && w->number != c->directory))
			continue;
		touched(all, str_z(w->path), c->directory < 0 ? STR("") : c->name);
		if (c->names && str_empty(c->name))
			w->number = -1; /* it may be the directory itself that went away: watched anew by the look */
	}
	if (c->names)
		look_soon(all);
}

static void on_watch(struct watcher *w, uint32_t what)
{
	struct logfiles *all = CONTAINER_OF(w, struct logfiles, watcher);
	struct sys_change c;
	(void)what;
	while (sys_watch_next(all->watch, &c) == 0)
		take_change(all, &c);
}

/* --- what to follow ----------------------------------------------------------------------------------------------------------------------- */

static void add_pattern(struct logfiles *all, struct str pattern, struct str service, struct str version, struct str instance)
{
	for (size_t i = 0; i < all->pattern_count; i++)
		if (str_eq(all->patterns[i].name.pattern, pattern))
			return;
	if (all->pattern_count < LOGFILES_MAX_PATTERNS)
		all->patterns[all->pattern_count++] = (struct pattern){ .name = { .pattern = pattern, .service = service, .version = version, .instance = instance } };
}

static void add_service(struct logfiles *all, const struct snap_service *s)
{
	/* Where only one instance runs, it is the one that writes. */
	struct str instance = s->run.instances == 1 && s->name.len <= 61 ? arena_printf(&all->names, "%.*s-1", STR_FMT(s->name)) : STR("");
	for (size_t i = 0; i < s->run.logs_count; i++)
		add_pattern(all, s->run.logs[i], s->name, launch_version(s), instance.p ? instance : STR(""));
}

void logfiles_apply(struct logfiles *all, struct snapshot *s)
{
	struct snapshot *before = all->snapshot;
	if (all->stopping || (before && before->fleet_version == s->fleet_version))
		return;
	all->snapshot = snapshot_ref(s);
	arena_reset(&all->names);
	all->pattern_count = 0;
	for (size_t i = 0; i < s->services_count; i++)
		if (s->services[i].run.present)
			add_service(all, &s->services[i]);
	for (size_t i = 0; i < s->follow_count; i++)
		add_pattern(all, s->follow[i].files, s->follow[i].service, STR(""), STR(""));
	snapshot_unref(before);
	all->applied = true;
	on_look(&all->look);
}

/* --- report -------------------------------------------------------------------------------------------------------------------------------- */

static void put_row(struct node_status *s, struct file_status row)
{
	row.path = arena_str(&s->arena, row.path);
	row.service = arena_str(&s->arena, row.service);
	row.error = arena_str(&s->arena, row.error);
	s->files[s->files_count++] = row;
}

void logfiles_report(const struct logfiles *all, struct node_status *s)
{
	s->files_wait = arena_str(&s->arena, str_z(all->trouble));
	s->files = ARENA_ARRAY(&s->arena, all->count + all->pattern_count + 1, struct file_status);
	if (!s->files)
		return;
	for (size_t i = 0; i < all->count; i++) {
		const struct logfile *f = all->files[i];
		put_row(s, (struct file_status){ .path = f->name.path, .service = f->name.service, .size = f->size, .lag = logfile_lag(f), .lines = f->lines, .cut = f->cut,
						 .gone = f->gone != 0, .error = str_z(f->error) });
	}
	for (size_t i = 0; i < all->pattern_count; i++) {
		const struct pattern *p = &all->patterns[i];
		if (p->error[0])
			put_row(s, (struct file_status){ .path = p->name.pattern, .service = p->name.service, .error = str_z(p->error) });
	}
}

/* --- life ---------------------------------------------------------------------------------------------------------------------------------- */

struct logfiles *logfiles_new(struct loop *l, const struct logfiles_options *o, struct err *e)
{
	struct logfiles *all = calloc(1, sizeof(*all));
	if (!all) {
		err_set(e, ERR_NO_MEMORY, "no memory for log files");
		return NULL;
	}
	all->loop = l;
	all->o = *o;
	if (!all->o.batch)
		all->o.batch = LOGFILES_BATCH;
	arena_init(&all->names, NAMES_MEMORY);
	arena_init(&all->found, FOUND_MEMORY);
	line_parser_init(&all->parser);
	buf_init(&all->open, BATCH_MEMORY);
	buf_init(&all->out, BATCH_MEMORY);
	buf_init(&all->job_bytes, 2 * LOGFILE_STATE_MAX);
	all->patterns = calloc(LOGFILES_MAX_PATTERNS, sizeof(*all->patterns));
	all->watch = sys_watch_new(); /* without one, the slow look sees everything too */
	if (all->watch >= 0)
		CHECK(watcher_start(&all->watcher, l, all->watch, on_watch));
	if (!all->patterns || !logfiles_load(all, e)) {
		logfiles_free(all);
		return NULL;
	}
	logfiles_pump(all);
	return all;
}

void logfiles_stop(struct logfiles *all, void (*done)(void *ctx), void *ctx)
{
	CHECK(!all->stopping);
	all->stopping = true;
	all->stopped = done;
	all->stopped_ctx = ctx;
	timer_cancel(&all->look);
	deferred_cancel(&all->work);
	watcher_stop(&all->watcher);
	for (size_t i = 0; i < all->count; i++)
		timer_cancel(&all->files[i]->wait);
	logfiles_end_sending(all);
}

void logfiles_free(struct logfiles *all)
{
	if (!all)
		return;
	CHECK(!all->job_busy && !all->call);
	timer_cancel(&all->look);
	timer_cancel(&all->linger);
	timer_cancel(&all->retry);
	deferred_cancel(&all->work);
	while (all->count)
		logfiles_remove(all, all->count - 1);
	for (size_t i = 0; i < all->watched_count; i++)
		free(all->watched[i].path);
	if (all->watch >= 0) {
		watcher_stop(&all->watcher);
		sys_close(all->watch);
	}
	snapshot_unref(all->snapshot);
	free(all->patterns);
	line_parser_release(&all->parser);
	buf_release(&all->open);
	buf_release(&all->out);
	buf_release(&all->job_bytes);
	arena_release(&all->names);
	arena_release(&all->found);
	free(all);
}
