/* Features: what a file's syntax or edition gives, overridden from the outside in; and what follows for fields: presence, packing, required, delimited. */
#include "contract/proto/link.h"
#include "contract/proto/wire.h"

/* Numbers of `features` in the options messages of descriptor.proto, by owner. */
static const uint32_t feature_numbers[OWNER_COUNT] = { [OWNER_FILE] = 50, [OWNER_MESSAGE] = 12, [OWNER_FIELD] = 21, [OWNER_ONEOF] = 1, [OWNER_ENUM] = 7, [OWNER_VALUE] = 2,
	[OWNER_SERVICE] = 34, [OWNER_METHOD] = 35, [OWNER_RANGE] = 50 };
enum { FEATURES_CPP = 1000, FEATURES_JAVA = 1001 };

static struct proto_features defaults(const struct proto_file *f)
{
	if (f->syntax == PROTO_2)
		return (struct proto_features){ PRESENCE_EXPLICIT, ENUM_CLOSED, REPEATED_EXPANDED, UTF8_NONE, ENCODING_LENGTH, JSON_BEST_EFFORT, 0, 0 };
	if (f->syntax == PROTO_3)
		return (struct proto_features){ PRESENCE_IMPLICIT, ENUM_OPEN, REPEATED_PACKED, UTF8_VERIFY, ENCODING_LENGTH, JSON_ALLOW, 0, 0 };
	return (struct proto_features){ PRESENCE_EXPLICIT, ENUM_OPEN, REPEATED_PACKED, UTF8_VERIFY, ENCODING_LENGTH, JSON_ALLOW, 0, 0 };
}

static void read_features(struct str set, struct proto_features *to)
{
	struct wire_field f;
	while (wire_next(&set, &f)) {
		uint8_t v = (uint8_t)f.value;
		switch (f.number) {
		case 1: to->presence = v; break;
		case 2: to->enum_type = v; break;
		case 3: to->repeated = v; break;
		case 4: to->utf8 = v; break;
		case 5: to->encoding = v; break;
		case 6: to->json = v; break;
		case FEATURES_CPP: to->cpp_string = (uint8_t)wire_get(f.bytes, 2, to->cpp_string); break;
		case FEATURES_JAVA: to->java_utf8 = (uint8_t)wire_get(f.bytes, 2, to->java_utf8); break;
		default: break;
		}
	}
}

static struct proto_features inherit(struct proto_features outer, enum proto_owner owner, const struct proto_options *o)
{
	struct str rest = o ? o->bytes : (struct str){ NULL, 0 };
	struct wire_field f;
	while (wire_next(&rest, &f))
		if (f.number == feature_numbers[owner] && f.wire == PB_BYTES)
			read_features(f.bytes, &outer);
	return outer;
}

static bool packable(const struct proto_field *f) { return f->type != PROTO_STRING && f->type != PROTO_BYTES && !proto_is_message(f); }

enum { FIELD_OPTION_PACKED = 2 };
/* Before options are encoded (values of options are fields too, and may be packed), as it stands in the text. */
static bool packed_option(const struct proto_field *f, bool otherwise)
{
	if (!f->options)
		return otherwise;
	if (f->options->bytes.p)
		return wire_get(f->options->bytes, FIELD_OPTION_PACKED, otherwise);
	for (const struct proto_option *o = f->options->first; o; o = o->next)
		if (str_eq(o->name, STR("packed")))
			return str_eq(o->kind == PROTO_VALUE_NAME ? o->text : STR(""), STR("true"));
	return otherwise;
}

static void field(const struct proto_file *file, struct proto_field *f, struct proto_features outer, bool in_map)
{
	f->features = inherit(outer, OWNER_FIELD, f->options);
	if (file->syntax == PROTO_EDITIONS) {
		if (f->features.presence == PRESENCE_REQUIRED && f->label == PROTO_OPTIONAL && f->oneof < 0)
			f->label = PROTO_REQUIRED;
		if (f->features.encoding == ENCODING_DELIMITED && f->type == PROTO_MESSAGE && !f->message->map_entry && !in_map)
			f->type = PROTO_GROUP;
	}
	f->packed = f->label == PROTO_REPEATED && packable(f) && packed_option(f, f->features.repeated == REPEATED_PACKED);
	f->presence = f->label == PROTO_REQUIRED ||
		      (f->label == PROTO_OPTIONAL && (proto_is_message(f) || f->oneof >= 0 || (f->features.presence != PRESENCE_IMPLICIT && !in_map)));
}

static void enumeration(struct proto_enum *e, struct proto_features outer) { e->features = inherit(outer, OWNER_ENUM, e->options); }

static void message(struct proto_message *m, struct proto_features outer)
{
	m->features = inherit(outer, OWNER_MESSAGE, m->options);
	m->message_set = m->options && wire_get(m->options->bytes, 1, 0);
	for (uint32_t i = 0; m->message_set && i < m->range_count; i++)
		if (m->ranges[i].last == PROTO_NUMBER_MAX)
			m->ranges[i].last = INT32_MAX - 1;
	for (uint32_t i = 0; i < m->oneof_count; i++)
		m->oneofs[i].features = inherit(m->features, OWNER_ONEOF, m->oneofs[i].options);
	for (uint32_t i = 0; i < m->field_count; i++) {
		struct proto_field *f = &m->fields[i];
		field(m->file, f, f->oneof >= 0 ? m->oneofs[f->oneof].features : m->features, m->map_entry);
	}
	for (uint32_t i = 0; i < m->extension_count; i++)
		field(m->file, &m->extensions[i].field, m->features, false);
	for (uint32_t i = 0; i < m->message_count; i++)
		message(&m->messages[i], m->features);
	for (uint32_t i = 0; i < m->enum_count; i++)
		enumeration(&m->enums[i], m->features);
}

/* A map's entry takes the features of the map's field. */
static void map_entries(struct proto_message *m)
{
	for (uint32_t i = 0; i < m->field_count; i++)
		if (proto_is_map(&m->fields[i]))
			for (uint32_t j = 0; j < m->fields[i].message->field_count; j++)
				m->fields[i].message->fields[j].features = m->fields[i].features;
	for (uint32_t i = 0; i < m->message_count; i++)
		map_entries(&m->messages[i]);
}

bool link_features(struct linker *l)
{
	for (uint32_t i = 0; i < l->model->file_count; i++) {
		struct proto_file *f = l->model->files[i];
		f->features = inherit(defaults(f), OWNER_FILE, f->options);
		for (uint32_t j = 0; j < f->message_count; j++) {
			message(&f->messages[j], f->features);
			map_entries(&f->messages[j]);
		}
		for (uint32_t j = 0; j < f->enum_count; j++)
			enumeration(&f->enums[j], f->features);
		for (uint32_t j = 0; j < f->extension_count; j++)
			field(f, &f->extensions[j].field, f->features, false);
	}
	return true;
}
