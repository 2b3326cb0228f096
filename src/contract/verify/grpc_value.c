/* See grpc_value.h. */
#include "contract/verify/grpc_value.h"
#include "base/base64.h"
#include <math.h>

/* --- the service --------------------------------------------------------------------------------------------------------------------------- */

/* The configuration that holds the descriptors: by its key, else the first there is (older plugins name none). */
static const struct doc *descriptors_of(const struct pact *p, struct str key)
{
	for (uint32_t i = 0; doc_is(p->plugins, DOC_ARRAY) && i < p->plugins->count; i++) {
		const struct doc *configuration = doc_get(&p->plugins->items[i], STR("configuration"));
		if (!str_eq(doc_str(doc_get(&p->plugins->items[i], STR("name"))), STR("protobuf")) || !doc_is(configuration, DOC_OBJECT))
			continue;
		for (uint32_t k = 0; k < configuration->count; k++) {
			const struct doc *found = doc_get(&configuration->members[k].value, STR("protoDescriptors"));
			if (found && (!key.len || str_eq(doc_key(&configuration->members[k]), key)))
				return found;
		}
	}
	return NULL;
}

static const struct proto_service *service_of(const struct proto_model *m, struct str name)
{
	const struct proto_service *by_name = NULL;
	for (uint32_t i = 0; i < m->file_count; i++) {
		for (uint32_t k = 0; k < m->files[i]->service_count; k++) {
			const struct proto_service *s = &m->files[i]->services[k];
			if (str_eq(s->full, name))
				return s;
			/* Older plugins left the package out. */
			if (!by_name && str_eq(s->name, name))
				by_name = s;
		}
	}
	return by_name;
}

static bool find_method(struct grpc_target *t, struct str service, struct arena *a, struct err *e)
{
	struct str method = service, name = str_split(&method, '/');
	if (str_starts(name, STR(".")))
		name = str_skip(name, 1);
	const struct proto_service *s = service_of((const struct proto_model *)t->model, name);
	if (!s)
		return err_set(e, ERR_FILE_INVALID, "the pact's descriptors have no service \"%.*s\"", STR_FMT(name));
	for (uint32_t i = 0; i < s->method_count; i++)
		if (str_eq(s->methods[i].name, method))
			t->method = &s->methods[i];
	if (!t->method)
		return err_set(e, ERR_FILE_INVALID, "the service %.*s of the pact's descriptors has no method \"%.*s\"", STR_FMT(s->full), STR_FMT(method));
	if (t->method->client_streaming || t->method->server_streaming)
		return err_set(e, ERR_MEDIA_TYPE, "%.*s/%.*s streams messages; only calls with one request and one answer are verified", STR_FMT(s->full), STR_FMT(method));
	t->path = arena_printf(a, "/%.*s/%.*s", STR_FMT(s->full), STR_FMT(method));
	return t->path.p && t->method->input && t->method->output;
}

bool grpc_target_open(struct grpc_target *t, const struct pact *p, const struct pact_interaction *i, struct arena *a, struct err *e)
{
	*t = (struct grpc_target){ 0 };
	source_init(&t->source, STR("the pact's descriptors"));
	const struct doc *configuration = doc_get(i->plugin, STR("protobuf")), *coded;
	struct str service = doc_str(doc_get(configuration, STR("service"))), bytes;
	coded = descriptors_of(p, doc_str(doc_get(configuration, STR("descriptorKey"))));
	if (!service.len)
		return err_set(e, ERR_FILE_INVALID, "the interaction has no pluginConfiguration.protobuf.service: which method it calls");
	if (!doc_str(coded).len)
		return err_set(e, ERR_FILE_INVALID, "the pact's metadata.plugins have no protoDescriptors for the key that the interaction names");
	if (doc_str(coded).len > GRPC_DESCRIPTORS_MAX || !base64_decode(a, doc_str(coded), &bytes))
		return err_set(e, ERR_FILE_INVALID, "the pact's protoDescriptors are no base64, or too large");
	if (!source_add(&t->source, STR("descriptors.binpb"), bytes, e) || !source_sort(&t->source, e))
		return false;
	t->model = proto_read(&t->source, e);
	return t->model && find_method(t, service, a, e);
}

void grpc_target_release(struct grpc_target *t)
{
	if (t->model)
		proto_free(t->model);
	source_release(&t->source);
}

/* --- values ----------------------------------------------------------------------------------------------------------------------------------- */

static void write_message(const struct dyn *d, bool defaults, struct json_out *o);

static void write_real(double v, struct json_out *o)
{
	if (isnan(v) || isinf(v))
		json_out_str(o, isnan(v) ? STR("NaN") : v > 0 ? STR("Infinity") : STR("-Infinity"));
	else
		json_out_f64(o, v);
}

static void write_bytes(struct str bytes, struct json_out *o)
{
	struct buf text;
	buf_init(&text, bytes.len * 2 + 8);
	base64_encode(&text, bytes);
	json_out_str(o, buf_str(&text));
	buf_release(&text);
}

static void write_enum(const struct proto_field *f, struct dyn_value v, struct json_out *o)
{
	const struct proto_value *named = f->enumeration ? proto_value_by_number(f->enumeration, (int32_t)dyn_signed(v)) : NULL;
	if (named)
		json_out_str(o, named->name);
	else
		json_out_i64(o, dyn_signed(v));
}

static void write_value(const struct proto_field *f, struct dyn_value v, bool defaults, struct json_out *o)
{
	switch (f->type) {
	case PROTO_MESSAGE: case PROTO_GROUP:
		write_message(v.message, defaults, o);
		break;
	case PROTO_BOOL: json_out_bool(o, v.magnitude != 0); break;
	case PROTO_ENUM: write_enum(f, v, o); break;
	case PROTO_DOUBLE: case PROTO_FLOAT: write_real(v.real, o); break;
	case PROTO_STRING: json_out_str(o, v.bytes); break;
	case PROTO_BYTES: write_bytes(v.bytes, o); break;
	default:
		if (v.negative)
			json_out_i64(o, dyn_signed(v));
		else
			json_out_u64(o, v.magnitude);
	}
}

static void write_key(const struct proto_field *f, struct dyn_value key, struct json_out *o)
{
	struct buf text;
	if (f->type == PROTO_STRING) {
		json_out_key(o, key.bytes);
		return;
	}
	buf_init(&text, 64);
	if (f->type == PROTO_BOOL)
		buf_add(&text, key.magnitude ? STR("true") : STR("false"));
	else
		buf_printf(&text, "%s%llu", key.negative ? "-" : "", (unsigned long long)key.magnitude);
	json_out_key(o, buf_str(&text));
	buf_release(&text);
}

static void write_map(const struct dyn_field *s, bool defaults, struct json_out *o)
{
	const struct proto_field *key_field = &s->field->message->fields[0], *value_field = &s->field->message->fields[1];
	json_out_object(o);
	for (size_t i = 0; i < s->count; i++) {
		const struct dyn_field *k = dyn_get(s->values[i].message, 1), *v = dyn_get(s->values[i].message, 2);
		write_key(key_field, k && k->count ? k->values[0] : dyn_default(key_field), o);
		if (v && v->count) {
			write_value(value_field, v->values[0], defaults, o);
		} else if (proto_is_message(value_field)) {
			json_out_object(o);
			json_out_end(o);
		} else {
			write_value(value_field, dyn_default(value_field), defaults, o);
		}
	}
	json_out_end(o);
}

static void write_field(const struct dyn_field *s, bool defaults, struct json_out *o)
{
	json_out_key(o, s->field->name);
	if (proto_is_map(s->field)) {
		write_map(s, defaults, o);
	} else if (s->field->label == PROTO_REPEATED) {
		json_out_array(o);
		for (size_t j = 0; j < s->count; j++)
			write_value(s->field, s->values[j], defaults, o);
		json_out_end(o);
	} else {
		write_value(s->field, s->values[0], defaults, o);
	}
}

static void write_default(const struct proto_field *f, struct json_out *o)
{
	if (f->label == PROTO_REPEATED) {
		json_out_key(o, f->name);
		if (proto_is_map(f))
			json_out_object(o);
		else
			json_out_array(o);
		json_out_end(o);
	} else if (!proto_is_message(f) && !f->presence && f->oneof < 0) {
		json_out_key(o, f->name);
		write_value(f, dyn_default(f), false, o);
	}
}

static void write_message(const struct dyn *d, bool defaults, struct json_out *o)
{
	json_out_object(o);
	for (size_t i = 0; i < d->count; i++)
		if (d->fields[i].count)
			write_field(&d->fields[i], defaults, o);
	for (uint32_t i = 0; defaults && i < d->type->field_count; i++) {
		const struct dyn_field *set = dyn_get(d, d->type->fields[i].number);
		if (!set || !set->count)
			write_default(&d->type->fields[i], o);
	}
	json_out_end(o);
}

struct doc_file *grpc_value_read(struct arena *a, const struct proto_message *type, struct str bytes, bool defaults, struct str *text, struct err *e)
{
	struct dyn_fault fault = { 0 };
	struct buf b;
	struct json_out o;
	struct dyn *d = dyn_decode(a, type, bytes, &fault);
	if (!d) {
		err_set(e, ERR_UPSTREAM, "the bytes are no message of the type %.*s: %s", STR_FMT(type->full), fault.text);
		return NULL;
	}
	buf_init(&b, GRPC_VALUE_MAX);
	json_out_init(&o, &b);
	write_message(d, defaults, &o);
	*text = buf_ok(&b) ? arena_str(a, buf_str(&b)) : (struct str){ 0 };
	buf_release(&b);
	if (!text->p) {
		err_set(e, ERR_TOO_LARGE, "the message of the type %.*s has more than %d MiB as values", STR_FMT(type->full), GRPC_VALUE_MAX >> 20);
		return NULL;
	}
	return doc_parse(a, type->full, *text, e);
}
