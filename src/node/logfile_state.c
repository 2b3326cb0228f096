/* See logfile_state.h. What is read may be of another version or torn, so everything is checked; a file that is not understood is an error and
 * not a beginning anew, which would send every line a second time. */
#include "node/logfile_state.h"
#include "base/check.h"
#include "model/wire.h"
#include "node/logfiles_impl.h"
#include <stdio.h>

#define MAGIC "pleach-files 1 "

static uint64_t hash_of(struct str json, struct str batch)
{
	uint64_t both[2] = { str_hash(json), str_hash(batch) };
	return str_hash(str_from((const char *)both, sizeof(both)));
}

void logfile_state_frame(struct buf *out, struct str json, struct str batch)
{
	buf_printf(out, MAGIC "%zu %zu %016llx\n", json.len, batch.len, (unsigned long long)hash_of(json, batch));
	buf_add(out, json);
	buf_add(out, batch);
}

bool logfile_state_unframe(struct str file, struct str *json, struct str *batch, struct err *e)
{
	struct str rest = file, line = str_split(&rest, '\n');
	uint64_t json_bytes, batch_bytes;
	char hash[20];
	if (!rest.p || !str_starts(line, STR(MAGIC)))
		return err_set(e, ERR_CORRUPT, "it does not begin as such a file does");
	line = str_skip(line, sizeof(MAGIC) - 1);
	if (!str_to_u64(str_split(&line, ' '), &json_bytes) || !str_to_u64(str_split(&line, ' '), &batch_bytes) || json_bytes > rest.len ||
	    batch_bytes != rest.len - json_bytes)
		return err_set(e, ERR_CORRUPT, "it is not whole");
	*json = str_sub(rest, 0, json_bytes);
	*batch = str_skip(rest, json_bytes);
	snprintf(hash, sizeof(hash), "%016llx", (unsigned long long)hash_of(*json, *batch));
	return str_eq(line, str_z(hash)) || err_set(e, ERR_CORRUPT, "its check sum is wrong");
}

/* --- writing ------------------------------------------------------------------------------------------------------------------------ */

static void put_print(struct json_out *o, const char *key, struct print p)
{
	json_out_key(o, str_z(key));
	json_out_array(o);
	json_out_u64(o, p.len);
	json_out_u64(o, p.hash);
	json_out_end(o);
}

static void put_file(struct json_out *o, const struct logfile *f)
{
	json_out_object(o);
	json_kv_str(o, "path", f->name.path);
	json_kv_str(o, "pattern", f->name.pattern);
	json_kv_str(o, "service", f->name.service);
	json_kv_str(o, "version", f->name.version);
	json_kv_str(o, "instance", f->name.instance);
	json_kv_u64(o, "device", f->device);
	json_kv_u64(o, "inode", f->inode);
	json_kv_i64(o, "modified_ns", f->modified);
	json_kv_i64(o, "at", f->done.at);
	put_print(o, "head", f->head);
	put_print(o, "tail", f->done.tail);
	json_kv_bool(o, "skipping", f->done.skipping);
	json_kv_u64(o, "in_key", f->done.in_key);
	json_kv_u64(o, "lines", f->lines);
	json_kv_u64(o, "cut", f->cut);
	json_out_end(o);
}

void logfiles_encode(const struct logfiles *all, struct buf *out)
{
	struct buf json;
	struct json_out o;
	buf_init(&json, LOGFILE_STATE_MAX);
	json_out_init(&o, &json);
	json_out_object(&o);
	json_kv_u64(&o, "sender", all->sender);
	json_kv_u64(&o, "number", all->number);
	json_kv_u64(&o, "records", all->out_records);
	json_out_key(&o, STR("files"));
	json_out_array(&o);
	for (size_t i = 0; i < all->count; i++)
		if (all->files[i]->inode)
			put_file(&o, all->files[i]);
	json_out_end(&o);
	json_out_end(&o);
	CHECK(buf_ok(&json));
	logfile_state_frame(out, buf_str(&json), buf_str(&all->out));
	buf_release(&json);
}

/* --- reading ------------------------------------------------------------------------------------------------------------------------ */

static struct print take_print(struct wire *w, const struct json *j, const char *key, uint32_t most)
{
	size_t n;
	struct print p = { 0 };
	const struct json *items = wire_list(w, j, key, 2, &n);
	bool ok = n == 2 && items[0].type == JSON_INT && items[0].i >= 0 && items[0].i <= most && (items[1].type == JSON_INT || items[1].type == JSON_UINT);
	if (ok)
		p = (struct print){ (uint32_t)items[0].i, items[1].type == JSON_INT ? (uint64_t)items[1].i : items[1].u };
	else if (wire_ok(w))
		err_set(w->e, ERR_CORRUPT, "`%s` of a file is not understood", key);
	return p;
}

static void take_file(struct wire *w, const struct json *j, struct logfiles *all)
{
	struct logfile_name name = { .path = wire_str(w, j, "path", SYS_PATH_MAX),
				     .pattern = wire_str(w, j, "pattern", SYS_PATH_MAX),
				     .service = wire_name(w, j, "service"),
				     .version = wire_str(w, j, "version", FLEET_MAX_TEXT),
				     .instance = wire_str(w, j, "instance", 128) };
	struct mark done = { .at = wire_i64(w, j, "at", 0, INT64_MAX, 0),
			     .tail = take_print(w, j, "tail", LOGFILE_TAIL),
			     .skipping = wire_bool(w, j, "skipping"),
			     .in_key = (uint32_t)wire_i64(w, j, "in_key", 0, UINT32_MAX, 0) };
	struct print head = take_print(w, j, "head", LOGFILE_HEAD);
	if (wire_ok(w) && (str_empty(name.path) || name.path.p[0] != '/' || done.tail.len > done.at))
		err_set(w->e, ERR_CORRUPT, "a file's entry contradicts itself");
	struct logfile *f = wire_ok(w) ? logfiles_add(all, &name) : NULL;
	if (!f)
		return;
	f->device = wire_u64(w, j, "device");
	f->inode = wire_u64(w, j, "inode");
	f->modified = wire_i64(w, j, "modified_ns", INT64_MIN, INT64_MAX, 0);
	f->lines = wire_u64(w, j, "lines");
	f->cut = wire_u64(w, j, "cut");
	f->size = done.at;
	f->head = head;
	f->fed = f->done = done;
}

static void take_all(struct wire *w, const struct json *j, struct logfiles *all)
{
	size_t n;
	all->sender = wire_u64(w, j, "sender");
	all->number = wire_u64(w, j, "number");
	all->out_records = wire_u64(w, j, "records");
	const struct json *items = wire_list(w, j, "files", LOGFILES_MAX, &n);
	for (size_t i = 0; i < n && wire_ok(w); i++)
		take_file(w, &items[i], all);
	if (wire_ok(w) && all->sender == 0)
		err_set(w->e, ERR_CORRUPT, "it names no sender");
}

bool logfiles_decode(struct logfiles *all, struct str file, struct err *e)
{
	struct arena a;
	struct str text, batch;
	struct err why = { 0 };
	arena_init(&a, 8 * LOGFILE_STATE_MAX);
	if (logfile_state_unframe(file, &text, &batch, &why)) {
		const struct json *j = json_parse(&a, text, &why);
		struct wire w = { &a, &why };
		if (j)
			take_all(&w, j, all);
		if (!err_is_set(&why) && a.full)
			err_set(&why, ERR_TOO_LARGE, "it needs more memory than its limit");
		buf_add(&all->out, batch);
		if (!err_is_set(&why) && !buf_ok(&all->out))
			err_set(&why, ERR_TOO_LARGE, "its batch is too large");
	}
	arena_release(&a);
	all->written = all->out.len > 0;
	all->sending = all->written ? SEND_WAITING : SEND_NOTHING;
	all->clean = !all->written;
	return !err_is_set(&why) || err_set(e, why.code, "%s", why.message);
}

bool logfiles_load(struct logfiles *all, struct err *e)
{
	struct arena a;
	struct str file;
	struct sys_stat st;
	struct err why = { 0 };
	if (sys_stat(all->o.state, &st) == SYS_NOT_FOUND) {
		do
			all->sender = sys_random();
		while (all->sender == 0);
		all->clean = true;
		return true;
	}
	arena_init(&a, 4 * LOGFILE_STATE_MAX);
	bool ok = sys_read_file(all->o.state, 2 * LOGFILE_STATE_MAX, &a, &file, &why) && logfiles_decode(all, file, &why);
	arena_release(&a);
	return ok || err_set(e, ERR_CORRUPT, "%.*s says how far log files were read, and is damaged (%s); without it all of them are read again: remove it to let that happen",
		       STR_FMT(all->o.state), why.message);
}
