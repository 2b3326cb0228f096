/* Lines to rows (lines.h). The fast way is one pass by json_flat straight from the body; only what fails there is looked at again: broken
 * UTF-8 is made valid and read once more, the rest is text. */
#include "store/lines.h"
#include "base/check.h"
#include "model/log_text.h"
#include <stdlib.h>

enum { LINES_PROBES = 8 /* places in which a resource is looked for */ };
#define DAY (INT64_C(86400) * 1000000000)

struct lines *lines_new(void)
{
	struct lines *l = calloc(1, sizeof(*l));
	if (!l)
		return NULL;
	arena_init(&l->names, LINES_NAMES);
	/* Names that are taken are no attributes, so there are more members than attributes. */
	bool ok = log_fields_init(&l->fields, LINES_MAX_ATTRS, LINES_MEMORY);
	if (!json_flat_init(&l->flat, LINES_MAX_ATTRS + 64, LINES_MEMORY) || !ok) {
		lines_free(l);
		return NULL;
	}
	l->flat.whole = log_fields_whole;
	l->flat.ctx = &l->fields;
	return l;
}

void lines_free(struct lines *l)
{
	if (!l)
		return;
	log_fields_release(&l->fields);
	json_flat_release(&l->flat);
	arena_release(&l->names);
	free(l);
}

void lines_begin(struct lines *l, struct batch_builder *b, int64_t arrival, int64_t keep)
{
	l->builder = b;
	l->arrival = arrival;
	l->fields.oldest = arrival > keep ? arrival - keep : 0;
	l->fields.newest = arrival + DAY;
	l->counts = (struct lines_counts){ 0 };
	l->service = l->instance = STR("");
	memset(l->resources, 0, sizeof(l->resources));
	l->last = 0;
	if (l->names.chunks)
		arena_reset(&l->names);
}

/* --- who ----------------------------------------------------------------------------------------------------------------------------- */

static uint64_t hash_names(struct str service, struct str version, struct str instance)
{
	return str_hash(service) * 31 + str_hash(instance) * 7 + (version.len ? str_hash(version) : 0);
}

static bool is_resource(const struct lines_resource *r, struct str service, struct str version, struct str instance)
{
	return r->used && str_eq(r->service, service) && str_eq(r->instance, instance) && str_eq(r->version, version);
}

/* The number of the resource in the batch. A batch is from few, and they take turns. */
static uint32_t resource_number(struct lines *l, struct str service, struct str version, struct str instance)
{
	struct lines_resource *r = &l->resources[l->last];
	if (is_resource(r, service, version, instance))
		return r->number;
	uint32_t home = (uint32_t)(hash_names(service, version, instance) % LINES_RESOURCES);
	for (uint32_t i = 0; i < LINES_PROBES; i++) {
		l->last = (home + i) % LINES_RESOURCES;
		r = &l->resources[l->last];
		if (is_resource(r, service, version, instance))
			return r->number;
		if (!r->used)
			break;
	}
	if (r->used) { /* all places taken: the first gives way, and is only stored again when it comes back */
		l->last = home;
		r = &l->resources[home];
	}
	struct resource resource = { .service = service, .version = version, .instance = instance };
	uint32_t number = batch_resource(l->builder, &resource);
	*r = (struct lines_resource){ arena_str(&l->names, service), arena_str(&l->names, version), arena_str(&l->names, instance), number, true };
	r->used = r->service.p && r->version.p && r->instance.p;
	return number;
}

/* --- one record ---------------------------------------------------------------------------------------------------------------------- */

void lines_record(struct lines *l)
{
	log_fields_begin(&l->fields, l->arrival);
}

void lines_record_end(struct lines *l, struct str whole)
{
	struct log_fields *f = &l->fields;
	struct log_record *r = &f->record;
	uint64_t cut = l->builder->cut;
	if (!r->body.p)
		r->body = whole;
	log_fields_end(f);
	if (f->left_out || l->flat.left_out) {
		f->attrs[r->attr_count++] = attr_int(STR("pleach.left_out"), (int64_t)(f->left_out + l->flat.left_out));
		l->builder->cut++;
	}
	l->counts.retimed += f->time_refused;
	if (r->observed == r->time)
		r->observed = 0;
	struct str service = f->service.len ? f->service : l->service.len ? l->service : STR("unknown");
	uint32_t number = resource_number(l, service, f->version, f->instance.len ? f->instance : l->instance);
	if (number != UINT32_MAX)
		batch_add_log(l->builder, number, r);
	l->counts.records++;
	l->counts.cut += l->builder->cut != cut;
}

static bool read_object(struct lines *l, struct str *json)
{
	enum json_flat_result result = json->len <= LINES_MAX_DOCUMENT ? json_flat_read(&l->flat, *json) : JSON_FLAT_NO_MEMORY;
	if (result == JSON_FLAT_NOT_UTF8) {
		*json = log_text_clean(&l->fields.arena, *json);
		result = json_flat_read(&l->flat, *json);
	}
	return result == JSON_FLAT_OK;
}

/* Terminal colours come in JSON only as escapes, so a text that has none needs no look. */
static void put_members(struct lines *l)
{
	for (uint32_t i = 0; i < l->flat.count; i++) {
		struct json_member *m = &l->flat.members[i];
		if (l->flat.escaped && m->value.type == JSON_STRING && m->value.s.len && memchr(m->value.s.p, 0x1b, m->value.s.len))
			m->value.s = log_text_clean(&l->fields.arena, m->value.s);
		log_fields_put_json(&l->fields, m->key, &m->value);
	}
}

bool lines_put_object(struct lines *l, struct str json)
{
	if (!read_object(l, &json))
		return false;
	put_members(l);
	return true;
}

static void put_line(struct lines *l, struct str text)
{
	struct log_record *r = &l->fields.record;
	/* Of more the row keeps a part only, and counts that. */
	struct value v = { .type = VALUE_STR, .s = log_text_clean(&l->fields.arena, str_sub(text, 0, LINES_MAX_DOCUMENT)) };
	l->flat.left_out = 0;
	if (!r->body.p)
		r->body = v.s;
	else
		log_fields_attr(&l->fields, STR("line"), &v);
	if (r->severity == SEVERITY_NONE)
		r->severity = log_text_level(v.s);
}

void lines_document(struct lines *l, struct str json)
{
	lines_record(l);
	if (read_object(l, &json)) {
		put_members(l);
		lines_record_end(l, json);
		return;
	}
	l->counts.unparsed++;
	put_line(l, json);
	lines_record_end(l, STR(""));
}

void lines_text(struct lines *l, struct str text)
{
	lines_record(l);
	put_line(l, text);
	lines_record_end(l, STR(""));
}

void lines_record_line(struct lines *l, struct str line)
{
	struct str s = str_strip(line);
	bool braces = s.len > 1 && s.p[0] == '{' && s.p[s.len - 1] == '}';
	if (braces && read_object(l, &s)) {
		put_members(l);
		lines_record_end(l, s);
	} else {
		put_line(l, line);
		lines_record_end(l, STR(""));
	}
}

/* --- bodies --------------------------------------------------------------------------------------------------------------------------- */

bool lines_next(struct str *rest, struct str *line)
{
	if (rest->len == 0)
		return false;
	const char *end = memchr(rest->p, '\n', rest->len);
	size_t n = end ? (size_t)(end - rest->p) : rest->len;
	*line = str_from(rest->p, n);
	*rest = str_skip(*rest, n + (end != NULL));
	if (line->len && line->p[line->len - 1] == '\r')
		line->len--;
	return true;
}

/* Objects that don't end where their line ends: cut by their brackets. What cannot be cut is text, line by line. */
static void read_objects(struct lines *l, struct str rest)
{
	struct str object, line;
	while (json_flat_cut(&rest, &object))
		lines_document(l, object);
	rest = str_strip(rest);
	if (str_starts(rest, STR("]")))
		rest = str_strip(str_skip(rest, 1));
	while (lines_next(&rest, &line))
		if (!str_empty(str_strip(line)))
			lines_document(l, str_strip(line));
}

/* Whether the first object goes on beyond its line. */
static bool is_pretty(struct str body)
{
	struct str rest = body, object = STR(""), line;
	size_t end = str_find_char(body, '\n');
	if (end == SIZE_MAX || !str_starts(body, STR("{")))
		return false;
	line = str_strip(str_sub(body, 0, end));
	if (str_ends(line, STR("}")))
		return false;
	return json_flat_cut(&rest, &object) && object.len > end;
}

void lines_read_json(struct lines *l, struct str body)
{
	struct str line;
	if (str_starts(body, STR("\xEF\xBB\xBF")))
		body = str_skip(body, 3);
	body = str_strip(body);
	if (str_starts(body, STR("["))) {
		read_objects(l, str_skip(body, 1));
		return;
	}
	if (is_pretty(body)) {
		read_objects(l, body);
		return;
	}
	while (lines_next(&body, &line)) {
		if (line.len && line.p[0] == '{')
			lines_document(l, line);
		else if (!str_empty(str_strip(line)))
			lines_document(l, str_strip(line));
	}
}

void lines_read_text(struct lines *l, struct str body)
{
	struct str line;
	while (lines_next(&body, &line))
		if (!str_empty(str_strip(line)))
			lines_text(l, line);
}
