/* One entry of Fluent Forward: its time, in the forms that occur, and its map, by the names that log_fields knows. The tag is an attribute, and the
 * service where nothing else says one.
 *
 * Time. The entry's own counts, which is in whole seconds from many loggers; a time within the record is taken where it names the same moment
 * more exactly. */
#include "store/forward_record.h"
#include "base/check.h"

enum { DEPTH_MAX = 8 /* maps flattened into one another; deeper ones stay JSON */ };
static const int64_t NEAR = 2000000000; /* ns */

enum time_kind { TIME_NONE, TIME_SAID, TIME_MARK /* not a record: Fluent Bit's beginning or end of a group, seconds -1 and -2 */ };

static enum time_kind time_of_value(struct forward_decoder *d, struct str value, int64_t *time)
{
	struct err e = { 0 };
	struct str bytes;
	int8_t type;
	struct str in = value;
	if (msgpack_take_ext(&in, &type, &bytes)) {
		if (type != 0 || bytes.len != 8)
			return TIME_NONE;
		*time = msgpack_event_time(bytes);
		return (uint8_t)bytes.p[0] == 0xff && (uint8_t)bytes.p[1] == 0xff ? TIME_MARK : TIME_SAID;
	}
	const struct json *j = msgpack_parse(&d->arena, value, &e);
	if (j && j->type == JSON_INT && (j->i == -1 || j->i == -2))
		return TIME_MARK;
	if (j && j->type == JSON_INT && j->i > 0 && j->i < INT64_MAX / 1000000000)
		*time = j->i * 1000000000;
	else if (j && j->type == JSON_DOUBLE && j->d > 0 && j->d < 9.2e9)
		*time = (int64_t)(j->d * 1e9);
	else
		return TIME_NONE;
	return TIME_SAID;
}

/* A time, or [time, metadata] as Fluent Bit has it since version 2. */
static enum time_kind take_time(struct forward_decoder *d, struct str *entry, int64_t *time, struct str *metadata)
{
	struct str value;
	uint32_t parts;
	*metadata = STR("");
	if (!msgpack_take(entry, &value))
		return TIME_NONE;
	if (!msgpack_take_array(&value, &parts))
		return time_of_value(d, value, time);
	struct str first;
	if (parts == 0 || !msgpack_take(&value, &first))
		return TIME_NONE;
	*metadata = value;
	return time_of_value(d, first, time);
}

static void put_json(struct forward_decoder *d, struct str key, const struct json *j)
{
	struct json_out o;
	buf_clear(&d->text);
	json_out_init(&o, &d->text);
	json_out_value(&o, j);
	struct value v = { .type = VALUE_JSON, .s = arena_str(&d->fields.arena, buf_str(&d->text)) };
	if (buf_ok(&d->text) && v.s.p)
		log_fields_put(&d->fields, key, &v);
	else
		d->fields.left_out++;
}

static void put_map(struct forward_decoder *d, struct str prefix, const struct json *map, int depth);

static void put_member(struct forward_decoder *d, struct str prefix, const struct json_member *m, int depth)
{
	struct str key = prefix.len ? log_fields_join(&d->fields, prefix, m->key) : m->key;
	const struct json *j = &m->value;
	if (!key.p)
		d->fields.left_out++;
	else if (j->type == JSON_OBJECT && depth < DEPTH_MAX && !log_fields_whole(&d->fields, key))
		put_map(d, key, j, depth + 1);
	else if (j->type == JSON_OBJECT || j->type == JSON_ARRAY)
		put_json(d, key, j);
	else
		log_fields_put_json(&d->fields, key, j);
}

static void put_map(struct forward_decoder *d, struct str prefix, const struct json *map, int depth)
{
	for (uint32_t i = 0; i < map->count; i++)
		put_member(d, prefix, &map->members[i], depth);
}

/* A record that is no map is the message itself. */
static void put_record(struct forward_decoder *d, const struct json *record)
{
	if (record->type == JSON_OBJECT)
		put_map(d, STR(""), record, 0);
	else if (record->type == JSON_STRING)
		d->fields.record.body = record->s;
	else
		put_json(d, STR("message"), record);
}

static struct str or_else(struct str a, struct str b) { return a.len ? a : b; }

/* Senders that name a different service or instance in each record would fill the table of resources: beyond a limit these are attributes. */
static struct resource resource_of(struct forward_decoder *d, const struct forward_origin *origin, const struct batch_builder *b)
{
	struct log_fields *f = &d->fields;
	struct str tag = or_else(str_sub(origin->tag, 0, LOG_FIELDS_NAME), STR("unknown"));
	if (b->resource_count < FORWARD_MAX_RESOURCES)
		return (struct resource){ .service = or_else(f->service, tag), .version = f->version, .instance = or_else(f->instance, or_else(origin->host, STR(""))) };
	if (f->service.len)
		log_fields_attr(f, STR("service"), &(struct value){ .type = VALUE_STR, .s = f->service });
	if (f->instance.len)
		log_fields_attr(f, STR("instance"), &(struct value){ .type = VALUE_STR, .s = f->instance });
	return (struct resource){ .service = STR("unknown"), .version = STR(""), .instance = or_else(origin->host, STR("")) };
}

static void begin(struct forward_decoder *d, int64_t time, int64_t now)
{
	log_fields_begin(&d->fields, now);
	d->fields.record.time = time;
	d->fields.oldest = time > NEAR ? time - NEAR : 0;
	d->fields.newest = time < INT64_MAX - NEAR ? time + NEAR : INT64_MAX;
}

void forward_record(struct forward_decoder *d, const struct forward_origin *origin, struct str entry, struct batch_builder *b)
{
	struct err e = { 0 };
	struct str metadata, map;
	int64_t time = origin->window->now;
	arena_reset(&d->arena);
	enum time_kind kind = take_time(d, &entry, &time, &metadata);
	if (kind == TIME_MARK)
		return;
	const struct json *record = msgpack_take(&entry, &map) ? msgpack_parse(&d->arena, map, &e) : NULL;
	const struct json *about = metadata.len && record ? msgpack_parse(&d->arena, metadata, &e) : NULL;
	if (!record || err_is_set(&e)) {
		batch_reject(b, err_is_set(&e) ? e.message : "an entry without a record");
		return;
	}
	begin(d, time, origin->window->now);
	if (kind == TIME_NONE) {
		d->fields.oldest = INT64_MIN;
		d->fields.newest = INT64_MAX;
	}
	put_record(d, record);
	if (about && about->type == JSON_OBJECT)
		put_map(d, STR("metadata"), about, 0);
	log_fields_attr(&d->fields, STR("fluent.tag"), &(struct value){ .type = VALUE_STR, .s = origin->tag });
	log_fields_end(&d->fields);
	if (!d->fields.record.body.p)
		d->fields.record.body = STR("");
	struct resource r = resource_of(d, origin, b);
	d->retimed += retime(origin->window, &d->fields, &d->fields.record, STR("fluent.time"));
	d->fields.record.attrs = d->fields.attrs;
	d->fields.record.attr_count = d->fields.attr_count;
	b->cut += d->fields.left_out > 0;
	batch_add_log(b, batch_resource(b, &r), &d->fields.record);
}
