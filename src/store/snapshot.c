/* Snapshots (snapshot.h). */
#include "store/snapshot.h"
#include "base/check.h"
#include "base/json.h"
#include "base/time.h"
#include "store/upkeep.h"
#include <stdio.h>
#include <stdlib.h>

enum { MANIFEST_MOST = 256 << 20, MANIFEST_HEAD = 512 };

bool snapshot_name_ok(struct str name)
{
	if (name.len == 0 || name.len > SNAPSHOT_NAME || name.p[0] == '.')
		return false;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'))
			return false;
	}
	return true;
}

static struct str joined(char out[SYS_PATH_MAX + 1], struct str folder, const char *before, struct str name)
{
	int n = snprintf(out, SYS_PATH_MAX + 1, "%.*s/%s%.*s", STR_FMT(folder), before, STR_FMT(name));
	return n > 0 && n <= SYS_PATH_MAX ? str_from(out, (size_t)n) : str_from(out, 0);
}

struct str snapshot_path(char out[SYS_PATH_MAX + 1], struct str directory, struct str name)
{
	int n = snprintf(out, SYS_PATH_MAX + 1, name.len ? "%.*s/" SNAPSHOT_FOLDER "/%.*s" : "%.*s/" SNAPSHOT_FOLDER "%.*s", STR_FMT(directory), STR_FMT(name));
	return n > 0 && n <= SYS_PATH_MAX ? str_from(out, (size_t)n) : str_from(out, 0);
}

struct snapshot *snapshot_find(struct snapshots *l, struct str name)
{
	for (uint32_t i = 0; i < l->count; i++)
		if (str_eq(str_z(l->list[i].name), name))
			return &l->list[i];
	return NULL;
}

/* --- the manifest --------------------------------------------------------------------------------------------------------------------------- */

struct numbers { uint64_t *items; size_t count, room; bool failed; };

static bool on_segment(void *ctx, struct str name, bool directory)
{
	struct numbers *l = ctx;
	uint64_t number;
	size_t dot = str_find_char(name, '.');
	if (directory || dot == SIZE_MAX || !str_eq(str_skip(name, dot), STR(".segment")) || !str_to_u64(str_sub(name, 0, dot), &number))
		return true;
	if (l->count == l->room) {
		size_t room = l->room ? l->room * 2 : 256;
		uint64_t *items = realloc(l->items, room * sizeof(*items));
		if (!items) {
			l->failed = true;
			return false;
		}
		l->items = items;
		l->room = room;
	}
	l->items[l->count++] = number;
	return true;
}

static void segment_entry(struct json_out *o, const struct segment *s)
{
	char sum[24];
	int n = snprintf(sum, sizeof(sum), "%016llx", (unsigned long long)s->sum);
	json_out_object(o);
	json_kv_u64(o, "number", s->number);
	json_kv_i64(o, "bytes", s->bytes);
	json_kv_u64(o, "records", s->records);
	json_kv_u64(o, "spans", s->spans);
	json_kv_str(o, "sum", str_from(sum, (size_t)n));
	json_out_end(o);
}

static bool segments_into(struct json_out *o, struct str folder, struct snapshot *to, struct err *e)
{
	struct numbers l = { 0 };
	int code = sys_list(folder, on_segment, &l);
	bool ok = code < 0 ? sys_err(e, code, "%.*s", STR_FMT(folder)) : l.failed ? err_set(e, ERR_NO_MEMORY, "no memory for a snapshot") : true;
	for (size_t i = 0; i < l.count && ok; i++) {
		struct segment s;
		ok = segment_load(folder, l.items[i], &s, e);
		if (!ok)
			break;
		to->segments++;
		to->bytes += s.bytes;
		to->records += s.records;
		to->spans += s.spans;
		segment_entry(o, &s);
	}
	free(l.items);
	return ok;
}

static bool read_manifest(struct str folder, struct snapshot *out)
{
	char space[SYS_PATH_MAX + 1];
	struct arena a;
	struct str text;
	struct err e = { 0 };
	arena_init(&a, MANIFEST_MOST);
	bool read = sys_read_file(joined(space, folder, "", STR("manifest.json")), MANIFEST_MOST / 8, &a, &text, &e);
	const struct json *j = read ? json_parse(&a, text, &e) : NULL;
	struct str name = json_get_str(j, STR("name"), STR(""));
	bool ok = j && snapshot_name_ok(name);
	if (ok) {
		*out = (struct snapshot){ .created = json_get_i64(j, STR("created"), 0) };
		memcpy(out->name, name.p, name.len);
		const struct json *list = json_get(j, STR("segments"));
		for (uint32_t i = 0; list && list->type == JSON_ARRAY && i < list->count; i++) {
			const struct json *s = &list->items[i];
			out->segments++;
			out->bytes += json_get_i64(s, STR("bytes"), 0);
			out->records += (uint64_t)json_get_i64(s, STR("records"), 0);
			out->spans += (uint64_t)json_get_i64(s, STR("spans"), 0);
		}
	}
	arena_release(&a);
	return ok;
}

static bool write_manifest(struct str folder, struct snapshot *s, struct err *e)
{
	char space[SYS_PATH_MAX + 1];
	struct buf b;
	struct json_out o;
	buf_init(&b, MANIFEST_MOST / 8);
	json_out_init(&o, &b);
	json_out_object(&o);
	json_kv_str(&o, "name", str_z(s->name));
	json_kv_i64(&o, "created", s->created);
	json_kv_u64(&o, "version", SEGMENT_VERSION);
	json_out_key(&o, STR("segments"));
	json_out_array(&o);
	bool ok = segments_into(&o, folder, s, e);
	json_out_end(&o);
	json_out_end(&o);
	buf_char(&b, '\n');
	if (ok && !buf_ok(&b))
		ok = err_set(e, ERR_NO_MEMORY, "no memory for a snapshot's manifest");
	ok = ok && sys_write_file(joined(space, folder, "", STR("manifest.json")), buf_str(&b), e);
	buf_release(&b);
	return ok;
}

bool snapshot_manifest(struct str folder, struct snapshot *out, struct err *e)
{
	struct snapshot s = { 0 };
	if (!read_manifest(folder, &s))
		return err_set(e, ERR_CORRUPT, "%.*s has no readable manifest", STR_FMT(folder));
	s.segments = s.records = s.spans = 0;
	s.bytes = 0;
	*out = s;
	return write_manifest(folder, out, e);
}

/* --- folders -------------------------------------------------------------------------------------------------------------------------------- */

static bool remove_file(void *ctx, struct str name, bool directory)
{
	char space[SYS_PATH_MAX + 1];
	const struct str *folder = ctx;
	struct str path = joined(space, *folder, "", name);
	if (!directory && path.len)
		sys_unlink(path);
	return true;
}

static int remove_folder(struct str folder)
{
	int code = sys_list(folder, remove_file, &folder);
	return code < 0 ? code : sys_rmdir(folder);
}

static bool on_snapshot(void *ctx, struct str name, bool directory)
{
	char space[SYS_PATH_MAX + 1], folder[SYS_PATH_MAX + 1];
	struct store *s = ctx;
	struct snapshots *l = &s->upkeep->snapshots;
	struct str path = joined(space, snapshot_path(folder, s->directory, STR("")), "", name);
	if (!directory || !path.len)
		return true;
	/* What is listed is on disk: whoever made it may have died before it was. */
	if (str_starts(name, STR("."))) {
		remove_folder(path);
	} else if (sys_fsync_dir(path) < 0) {
		store_report(s, SEVERITY_ERROR, "%.*s cannot be synced; it is listed after the next start", STR_FMT(path));
	} else if (l->count < SNAPSHOTS_MAX && read_manifest(path, &l->list[l->count]) && str_eq(str_z(l->list[l->count].name), name)) {
		l->count++;
	} else {
		store_report(s, SEVERITY_ERROR, "%.*s is no snapshot, or its manifest is damaged", STR_FMT(path));
	}
	return true;
}

struct sweep { struct str parent; int code; };

static bool on_leftover(void *ctx, struct str name, bool directory)
{
	char space[SYS_PATH_MAX + 1];
	struct sweep *w = ctx;
	struct str path = joined(space, w->parent, "", name);
	int code = directory && str_starts(name, STR(".")) && path.len ? remove_folder(path) : 0;
	if (code < 0)
		w->code = code;
	return true;
}

int snapshots_sweep(struct str directory)
{
	char space[SYS_PATH_MAX + 1];
	struct sweep w = { .parent = snapshot_path(space, directory, STR("")) };
	int code = sys_list(w.parent, on_leftover, &w);
	if (code == SYS_NOT_FOUND)
		return 0;
	return code < 0 ? code : w.code < 0 ? w.code : sys_fsync_dir(w.parent);
}

void snapshots_load(struct store *s)
{
	char space[SYS_PATH_MAX + 1];
	struct str parent = snapshot_path(space, s->directory, STR(""));
	if (sys_list(parent, on_snapshot, s) < 0)
		return;
	int code = sys_fsync_dir(parent);
	if (code < 0) {
		store_report(s, SEVERITY_ERROR, "%.*s: %s; snapshots are listed after the next start", STR_FMT(parent), sys_strerror(code));
		s->upkeep->snapshots.count = 0;
	}
}

/* --- on the worker ---------------------------------------------------------------------------------------------------------------------------- */

/* Where one is made, or goes to be removed. Never a name that was there before: a crash may bring that back. */
static struct str aside(char out[SYS_PATH_MAX + 1], struct str parent, const struct snapshot *subject)
{
	char name[SNAPSHOT_NAME + 24];
	int n = snprintf(name, sizeof(name), "%s.%016llx", subject->name, (unsigned long long)sys_random());
	return joined(out, parent, ".", str_from(name, n > 0 ? (size_t)n : 0));
}

static int link_segments(const struct upkeep *u, struct str folder)
{
	char from[SYS_PATH_MAX + 1], to[SYS_PATH_MAX + 1];
	const struct snapshots *l = &u->snapshots;
	int code = 0;
	for (uint32_t i = 0; i < l->segment_count && code == 0; i++)
		code = sys_link(store_path(from, u->store->directory, l->segments[i]->number, ".segment"), store_path(to, folder, l->segments[i]->number, ".segment"));
	return code;
}

static void run_make(struct upkeep *u)
{
	char parent_space[SYS_PATH_MAX + 1], final_space[SYS_PATH_MAX + 1], space[SYS_PATH_MAX + 1];
	struct snapshots *l = &u->snapshots;
	struct str name = str_z(l->subject.name), parent = snapshot_path(parent_space, u->store->directory, STR(""));
	struct str final = snapshot_path(final_space, u->store->directory, name), folder = aside(space, parent, &l->subject);
	int code = sys_mkdir(parent);
	if (code == 0)
		code = sys_fsync_dir(u->store->directory);
	if (code == 0)
		code = sys_mkdir(folder);
	if (code == 0)
		code = link_segments(u, folder);
	if (code == 0 && write_manifest(folder, &l->subject, &l->err)) {
		code = sys_fsync_dir(folder);
		if (code == 0)
			code = sys_rename(folder, final);
		if (code == 0)
			code = sys_fsync_dir(parent);
	}
	if (code < 0)
		sys_err(&l->err, code, "the snapshot could not be made");
	if (err_is_set(&l->err)) {
		sys_rename(final, folder);
		remove_folder(folder);
	}
}

static void run_remove(struct upkeep *u)
{
	char parent_space[SYS_PATH_MAX + 1], final_space[SYS_PATH_MAX + 1], space[SYS_PATH_MAX + 1];
	struct snapshots *l = &u->snapshots;
	struct str name = str_z(l->subject.name), parent = snapshot_path(parent_space, u->store->directory, STR(""));
	struct str final = snapshot_path(final_space, u->store->directory, name), folder = aside(space, parent, &l->subject);
	/* Gone as a whole first; what a crash leaves of it goes at the next start. */
	int code = sys_rename(final, folder);
	l->vanished = code == 0;
	if (code == 0)
		code = remove_folder(folder);
	if (code == 0)
		code = sys_fsync_dir(parent);
	if (code < 0)
		sys_err(&l->err, code, "the snapshot could not be removed");
}

/* --- on the loop ------------------------------------------------------------------------------------------------------------------------------ */

static void snapshot_json(struct json_out *o, const struct snapshot *s)
{
	json_out_object(o);
	json_kv_str(o, "name", str_z(s->name));
	json_out_key(o, STR("created"));
	struct buf text;
	buf_init(&text, 64);
	time_rfc3339(&text, s->created, 9);
	json_out_str(o, buf_str(&text));
	buf_release(&text);
	json_kv_u64(o, "segments", s->segments);
	json_kv_i64(o, "bytes", s->bytes);
	json_kv_u64(o, "records", s->records);
	json_kv_u64(o, "spans", s->spans);
	json_out_end(o);
}

static void answer_one(struct http_exchange *x, int status, const struct snapshot *s)
{
	struct buf b;
	struct json_out o;
	buf_init(&b, 4096);
	json_out_init(&o, &b);
	snapshot_json(&o, s);
	http_answer(x, status, STR("application/json"), STR("Cache-Control: no-store\r\n"), buf_str(&b));
	buf_release(&b);
}

static void gone(void *ctx) { ((struct snapshots *)ctx)->x = NULL; }

static void end(struct snapshots *l, int status)
{
	struct http_exchange *x = l->x;
	l->work = SNAPSHOT_NOTHING;
	l->x = NULL;
	if (!x)
		return;
	http_on_gone(x, NULL, NULL);
	if (err_is_set(&l->err))
		http_answer_err(x, &l->err);
	else
		answer_one(x, status, &l->subject);
}

static void release_segments(struct store *s, struct snapshots *l)
{
	for (uint32_t i = 0; i < l->segment_count; i++)
		store_segment_unref(s, l->segments[i]);
	free(l->segments);
	l->segments = NULL;
	l->segment_count = 0;
}

static bool finish_make(struct upkeep *u)
{
	struct snapshots *l = &u->snapshots;
	release_segments(u->store, l);
	if (err_is_set(&l->err)) {
		store_report(u->store, SEVERITY_ERROR, "snapshot %s: %s", l->subject.name, l->err.message);
	} else {
		l->list[l->count++] = l->subject;
		store_report(u->store, SEVERITY_INFO, "snapshot %s made: %llu segments, %lld bytes", l->subject.name, (unsigned long long)l->subject.segments,
			     (long long)l->subject.bytes);
	}
	end(l, 201);
	return true;
}

static bool finish_remove(struct upkeep *u)
{
	struct snapshots *l = &u->snapshots;
	struct snapshot *known = snapshot_find(l, str_z(l->subject.name));
	if (err_is_set(&l->err)) {
		store_report(u->store, SEVERITY_ERROR, "snapshot %s: %s", l->subject.name, l->err.message);
	} else {
		store_report(u->store, SEVERITY_INFO, "snapshot %s removed", l->subject.name);
	}
	/* Where only a later step failed, a crash may bring it back, and then it is listed again. */
	if (known && l->vanished) {
		l->count--;
		memmove(known, known + 1, (size_t)(&l->list[l->count] - known) * sizeof(*known));
	}
	end(l, 200);
	return true;
}

static bool hold_segments(struct store *s, struct snapshots *l)
{
	l->segments = calloc(s->segment_count + 1, sizeof(*l->segments));
	if (!l->segments)
		return err_set(&l->err, ERR_NO_MEMORY, "no memory for a snapshot");
	for (uint32_t i = 0; i < s->segment_count; i++) {
		s->segments[i]->refs++;
		l->segments[l->segment_count++] = s->segments[i];
	}
	return true;
}

bool snapshot_next(struct upkeep *u)
{
	struct store *s = u->store;
	struct snapshots *l = &u->snapshots;
	if (l->work == SNAPSHOT_NOTHING)
		return false;
	if (l->work == SNAPSHOT_REMOVE) {
		upkeep_begin(u, NULL, run_remove, finish_remove);
		return true;
	}
	if (!store_settled(s, &l->upto)) {
		upkeep_later(u);
		return false;
	}
	if (s->flushing)
		return false;
	if (!hold_segments(s, l)) {
		end(l, 500);
		return false;
	}
	upkeep_begin(u, NULL, run_make, finish_make);
	return true;
}

void snapshots_close(struct store *s)
{
	struct snapshots *l = &s->upkeep->snapshots;
	bool under_way = s->upkeep->busy && (s->upkeep->finish == finish_make || s->upkeep->finish == finish_remove);
	if (l->work == SNAPSHOT_NOTHING || under_way)
		return;
	err_set(&l->err, ERR_UNAVAILABLE, "the store is stopping");
	end(l, 503);
}

/* --- routes ----------------------------------------------------------------------------------------------------------------------------------- */

static void refuse(struct http_exchange *x, enum err_code code, const char *words)
{
	struct err e = { 0 };
	err_set(&e, code, "%s", words);
	http_answer_err(x, &e);
}

bool snapshot_ask(struct store *s, enum snapshot_work work, struct str name, struct http_exchange *x)
{
	struct snapshots *l = &s->upkeep->snapshots;
	if (l->work != SNAPSHOT_NOTHING)
		return false;
	struct snapshot *known = snapshot_find(l, name);
	l->subject = known ? *known : (struct snapshot){ .created = sys_wall() };
	if (!known)
		memcpy(l->subject.name, name.p, name.len);
	l->err = (struct err){ 0 };
	l->upto = s->active->number - (s->active->rows == 0 && !s->committing ? 1 : 0);
	l->work = work;
	l->x = x;
	if (x)
		http_on_gone(x, gone, l);
	store_upkeep_next(s);
	return true;
}

static void ask(struct store *s, struct http_exchange *x, enum snapshot_work work, struct str name)
{
	if (!snapshot_ask(s, work, name, x))
		refuse(x, ERR_CONFLICT, "another snapshot is being made or removed; try again when it is done");
}

static bool allowed(struct http_exchange *x)
{
	if (http_request(x)->local)
		return true;
	refuse(x, ERR_FORBIDDEN, "snapshots are made and removed over the store's Unix socket (`pleach snapshot`)");
	return false;
}

/* "20260301-101500" */
static struct str name_of_now(char out[32])
{
	struct buf text;
	size_t n = 0;
	buf_init(&text, 64);
	time_rfc3339(&text, sys_wall(), 0);
	struct str t = buf_str(&text);
	for (size_t i = 0; i < t.len && n < 15; i++)
		if (t.p[i] >= '0' && t.p[i] <= '9') {
			if (n == 8)
				out[n++] = '-';
			out[n++] = t.p[i];
		}
	buf_release(&text);
	return str_from(out, n);
}

void store_api_snapshot(struct store *s, struct http_exchange *x)
{
	char now[32];
	struct err e = { 0 };
	struct str body = http_request(x)->body;
	if (!allowed(x))
		return;
	const struct json *j = str_strip(body).len ? json_parse(http_arena(x), body, &e) : NULL;
	if (err_is_set(&e)) {
		http_answer_err(x, &e);
		return;
	}
	struct str name = json_get_str(j, STR("name"), STR(""));
	if (!name.len)
		name = name_of_now(now);
	if (!snapshot_name_ok(name))
		refuse(x, ERR_INPUT, "a snapshot's name is 1 to 64 letters, digits, `-`, `_` and `.`, and does not begin with `.`");
	else if (snapshot_find(&s->upkeep->snapshots, name))
		refuse(x, ERR_CONFLICT, "there is a snapshot of this name already; remove it first, or take another name");
	else if (s->upkeep->snapshots.count >= SNAPSHOTS_MAX)
		refuse(x, ERR_CONFLICT, "there are 100 snapshots already; remove some first");
	else
		ask(s, x, SNAPSHOT_MAKE, name);
}

void store_api_snapshot_remove(struct store *s, struct http_exchange *x, struct str name)
{
	if (!allowed(x))
		return;
	if (!snapshot_find(&s->upkeep->snapshots, name))
		refuse(x, ERR_NOT_FOUND, "there is no snapshot of this name; GET /api/store/snapshots lists them");
	else
		ask(s, x, SNAPSHOT_REMOVE, name);
}

void store_api_snapshots(struct store *s, struct http_exchange *x)
{
	const struct snapshots *l = &s->upkeep->snapshots;
	struct buf b;
	struct json_out o;
	buf_init(&b, 1 << 20);
	json_out_init(&o, &b);
	json_out_object(&o);
	json_out_key(&o, STR("snapshots"));
	json_out_array(&o);
	for (uint32_t i = 0; i < l->count; i++)
		snapshot_json(&o, &l->list[i]);
	json_out_end(&o);
	json_out_end(&o);
	http_answer(x, 200, STR("application/json"), STR("Cache-Control: no-store\r\n"), buf_str(&b));
	buf_release(&b);
}
