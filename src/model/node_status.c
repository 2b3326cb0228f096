/* A node's report and its JSON form. Reports come from other processes: decoding checks everything (wire.h). */
#include "model/node_status.h"
#include "model/wire.h"

enum { STATUS_MAX_BYTES = 64 << 20, STATUS_MAX_MEMORY = 128 << 20, STATUS_MAX_INSTANCES = 8192, STATUS_MAX_LINES = 2048, STATUS_MAX_FILES = 4096 };

static void put_instance(struct json_out *o, const struct instance_status *i)
{
	json_out_object(o);
	json_kv_str(o, "service", i->service);
	json_kv_str(o, "instance", i->instance);
	json_kv_bool(o, "part", i->part);
	json_kv_str(o, "state", str_z(instance_state_name(i->state)));
	wire_put_addr(o, "address", &i->address);
	json_kv_i64(o, "pid", i->pid);
	json_kv_i64(o, "since_ns", i->since);
	json_kv_i64(o, "started_ns", i->started);
	json_kv_u64(o, "restarts", i->restarts);
	json_kv_i64(o, "next_start_ns", i->next_start);
	json_kv_str(o, "last_exit", i->last_exit);
	json_kv_str(o, "last_lines", i->last_lines);
	json_kv_str(o, "why", i->why);
	json_kv_i64(o, "rss", i->rss);
	json_kv_i64(o, "cpu_ns", i->cpu_ns);
	json_out_end(o);
}

void file_status_json(struct json_out *o, const struct file_status *f)
{
	json_out_object(o);
	json_kv_str(o, "path", f->path);
	json_kv_str(o, "service", f->service);
	json_kv_i64(o, "size", f->size);
	json_kv_i64(o, "lag", f->lag);
	json_kv_u64(o, "lines", f->lines);
	json_kv_u64(o, "cut", f->cut);
	json_kv_bool(o, "gone", f->gone);
	json_kv_str(o, "error", f->error);
	json_out_end(o);
}

void node_status_encode(const struct node_status *s, struct buf *out)
{
	struct json_out o;
	json_out_init(&o, out);
	json_out_object(&o);
	json_kv_str(&o, "node", s->node);
	json_kv_u64(&o, "fleet_version", s->fleet_version);
	json_kv_i64(&o, "time_ns", s->time);
	wire_put_strs(&o, "unconfined", s->unconfined, s->unconfined_count);
	json_out_key(&o, STR("instances"));
	json_out_array(&o);
	for (size_t i = 0; i < s->instances_count; i++)
		put_instance(&o, &s->instances[i]);
	json_out_end(&o);
	json_out_key(&o, STR("files"));
	json_out_array(&o);
	for (size_t i = 0; i < s->files_count; i++)
		file_status_json(&o, &s->files[i]);
	json_out_end(&o);
	json_kv_str(&o, "files_wait", s->files_wait);
	json_out_end(&o);
}

static void take_instance(struct wire *w, const struct json *j, struct instance_status *i)
{
	i->service = wire_name(w, j, "service");
	i->instance = wire_name(w, j, "instance");
	i->part = wire_bool(w, j, "part");
	struct str state = wire_str(w, j, "state", 32);
	if (wire_ok(w) && !instance_state_parse(&i->state, state))
		err_set(w->e, ERR_INPUT, "`state` of an instance is not known");
	i->address = wire_addr(w, j, "address");
	i->pid = wire_i64(w, j, "pid", 0, INT64_MAX, 0);
	i->since = wire_i64(w, j, "since_ns", 0, INT64_MAX, 0);
	i->started = wire_i64(w, j, "started_ns", 0, INT64_MAX, 0);
	i->restarts = wire_u64(w, j, "restarts");
	i->next_start = wire_i64(w, j, "next_start_ns", 0, INT64_MAX, 0);
	i->last_exit = wire_str(w, j, "last_exit", 256);
	/* three bytes for one: a byte that was no UTF-8 travels as U+FFFD */
	i->last_lines = wire_output(w, j, "last_lines", 3 * STATUS_MAX_LINES);
	i->why = wire_output(w, j, "why", FLEET_MAX_TEXT);
	i->rss = wire_i64(w, j, "rss", 0, INT64_MAX, 0);
	i->cpu_ns = wire_i64(w, j, "cpu_ns", 0, INT64_MAX, 0);
}

static void take_file(struct wire *w, const struct json *j, struct file_status *f)
{
	*f = (struct file_status){ .path = wire_str(w, j, "path", SYS_PATH_MAX),
				   .service = wire_name(w, j, "service"),
				   .size = wire_i64(w, j, "size", 0, INT64_MAX, 0),
				   .lag = wire_i64(w, j, "lag", 0, INT64_MAX, 0),
				   .lines = wire_u64(w, j, "lines"),
				   .cut = wire_u64(w, j, "cut"),
				   .gone = wire_bool(w, j, "gone"),
				   .error = wire_str(w, j, "error", FLEET_MAX_TEXT) };
}

static void take_status(struct wire *w, const struct json *j, struct node_status *s)
{
	size_t n;
	s->node = wire_name(w, j, "node");
	s->fleet_version = wire_u64(w, j, "fleet_version");
	s->time = wire_i64(w, j, "time_ns", 0, INT64_MAX, 0);
	s->unconfined = wire_strs(w, j, "unconfined", FLEET_MAX_WORDS, &s->unconfined_count);
	const struct json *items = wire_list(w, j, "instances", STATUS_MAX_INSTANCES, &n);
	s->instances = wire_array(w, n, sizeof(*s->instances));
	for (size_t i = 0; i < n && wire_ok(w); i++)
		take_instance(w, &items[i], &s->instances[s->instances_count++]);
	items = wire_list(w, j, "files", STATUS_MAX_FILES, &n);
	s->files = wire_array(w, n, sizeof(*s->files));
	for (size_t i = 0; i < n && wire_ok(w); i++)
		take_file(w, &items[i], &s->files[s->files_count++]);
	s->files_wait = wire_str(w, j, "files_wait", FLEET_MAX_TEXT);
}

struct node_status *node_status_decode(struct str text, struct err *e)
{
	struct arena tree, own;
	struct err why = { 0 };
	struct node_status *s = NULL;
	if (text.len > STATUS_MAX_BYTES) {
		err_set(e, ERR_TOO_LARGE, "a node's report of %zu bytes is over the limit of %d", text.len, STATUS_MAX_BYTES);
		return NULL;
	}
	arena_init(&tree, STATUS_MAX_MEMORY);
	arena_init(&own, STATUS_MAX_MEMORY);
	const struct json *j = json_parse(&tree, text, &why);
	if (j && j->type != JSON_OBJECT)
		err_set(&why, ERR_INPUT, "a report must be a JSON object");
	if (!err_is_set(&why))
		s = ARENA_NEW(&own, struct node_status);
	if (s) {
		s->arena = own;
		struct wire w = { &s->arena, &why };
		take_status(&w, j, s);
		own = s->arena;
	}
	if (own.full)
		err_set(&why, ERR_TOO_LARGE, "the report needs more memory than its limit");
	arena_release(&tree);
	if (!err_is_set(&why))
		return s;
	arena_release(&own);
	err_set(e, why.code, "report not taken: %s", why.message);
	return NULL;
}

void node_status_free(struct node_status *s)
{
	if (s) {
		struct arena own = s->arena;
		arena_release(&own);
	}
}
