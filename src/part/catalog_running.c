/* See catalog_running.h. */
#include "part/catalog_running.h"
#include "part/state_file.h"

#define NAME "running.json"
enum { FILE_MAX = 32 << 20, AT_ONCE = 16 /* versions of one service */ };

static void say(struct json_out *o, const void *history) { running_json(o, history); }

static bool text_of(const struct json *row, uint32_t at, struct str *text)
{
	*text = row->items[at].type == JSON_STRING ? row->items[at].s : STR("");
	return text->len > 0 && text->len <= RUNNING_VERSION_MAX;
}

/* The versions of one service. */
static size_t versions_of(const struct json *rows, struct str service, struct str *versions)
{
	size_t n = 0;
	for (uint32_t i = 0; i < rows->count && n < AT_ONCE; i++) {
		const struct json *row = &rows->items[i];
		struct str name, version;
		if (row->type == JSON_ARRAY && row->count == 3 && text_of(row, 0, &name) && str_eq(name, service) && text_of(row, 1, &version))
			versions[n++] = version;
	}
	return n;
}

void catalog_running_make(struct running_history *h, struct arena *a, const struct picture *p, const struct json *answer, const struct running_history *before, struct str folder)
{
	const struct json *rows = json_get(answer, STR("rows"));
	struct arena scratch;
	struct err ignored = { 0 };
	*h = (struct running_history){ 0 };
	if (before) {
		running_copy(h, a, before);
	} else {
		arena_init(&scratch, 4UL * FILE_MAX);
		running_read(h, a, state_file_read(&scratch, folder, NAME, FILE_MAX));
		arena_release(&scratch);
	}
	for (size_t i = 0; rows && rows->type == JSON_ARRAY && rows->count && i < p->count; i++) {
		struct str versions[AT_ONCE];
		size_t n = p->services[i].is_service ? versions_of(rows, p->services[i].name, versions) : 0;
		struct running_course *c = n ? running_of(h, a, p->services[i].id) : NULL;
		h->changed = (c && running_step(c, a, p->now, versions, n)) || h->changed;
	}
	if (h->changed)
		state_file_write(folder, NAME, FILE_MAX, say, h, &ignored);
	h->changed = false;
}

void catalog_running_json(struct json_out *o, const struct running_history *h, struct str id)
{
	const struct running_course *c = running_known(h, id);
	json_out_key(o, STR("running"));
	json_out_object(o);
	json_kv_str(o, "version", c ? c->current : STR(""));
	json_kv_str(o, "tried", c ? c->tried : STR(""));
	json_out_key(o, STR("events"));
	json_out_array(o);
	for (size_t k = c ? c->count : 0; k-- > 0;) {
		json_out_object(o);
		json_kv_str(o, "version", c->events[k].version);
		json_kv_str(o, "from", c->events[k].from);
		json_kv_i64(o, "at_ms", c->events[k].at * 1000);
		json_kv_bool(o, "back", c->events[k].back);
		json_out_end(o);
	}
	json_out_end(o);
	json_out_end(o);
}
