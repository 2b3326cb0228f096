/* A gRPC pact beside the provider's .proto files, without running the provider: the method must be there, and each field that the pact's messages have (by the descriptors that its plugin put
 * into it) must be one of the provider's: the same number, read from the same bytes. What the messages do not have is not asked for. */
#include "contract/pact/fits_impl.h"
#include "contract/proto/proto.h"
#include "contract/verify/grpc_value.h"

enum { FITS_DEPTH_MAX = 64 };
enum { WIRE_VARINT, WIRE_ZIGZAG, WIRE_32, WIRE_64, WIRE_FLOAT, WIRE_DOUBLE, WIRE_TEXT, WIRE_MESSAGE, WIRE_GROUP };
/* How the bytes of a type are read: within one, a reader of either understands both, as far as its range goes. */
static const uint8_t wires[PROTO_TYPE_COUNT] = {
	[PROTO_DOUBLE] = WIRE_DOUBLE, [PROTO_FLOAT] = WIRE_FLOAT, [PROTO_INT64] = WIRE_VARINT, [PROTO_UINT64] = WIRE_VARINT, [PROTO_INT32] = WIRE_VARINT, [PROTO_UINT32] = WIRE_VARINT,
	[PROTO_BOOL] = WIRE_VARINT, [PROTO_ENUM] = WIRE_VARINT, [PROTO_FIXED64] = WIRE_64, [PROTO_SFIXED64] = WIRE_64, [PROTO_FIXED32] = WIRE_32, [PROTO_SFIXED32] = WIRE_32,
	[PROTO_STRING] = WIRE_TEXT, [PROTO_BYTES] = WIRE_TEXT, [PROTO_MESSAGE] = WIRE_MESSAGE, [PROTO_GROUP] = WIRE_GROUP, [PROTO_SINT32] = WIRE_ZIGZAG, [PROTO_SINT64] = WIRE_ZIGZAG,
};
static const char *const type_names[PROTO_TYPE_COUNT] = { "", "double", "float", "int64", "uint64", "int32", "fixed64", "fixed32", "bool", "string", "group", "message", "bytes", "uint32", "enum",
							  "sfixed32", "sfixed64", "sint32", "sint64" };

static struct change_place nowhere(void) { return (struct change_place){ .file = STR("") }; }

static struct change_place place(struct proto_file *f, uint32_t offset)
{
	struct change_place p = { .file = f->source_path.len ? f->source_path : f->path };
	if (!f->text.len)
		return p;
	p.line = 1;
	p.column = 1;
	for (uint32_t i = 0; i < offset && i < f->text.len; i++) {
		p.column = f->text.p[i] == '\n' ? 1 : p.column + 1;
		p.line += f->text.p[i] == '\n';
	}
	return p;
}

static bool fits_message(struct fitting *f, const struct doc *value, const struct proto_message *ours, const struct proto_message *theirs, struct str path, int depth);

static bool fits_enum(struct fitting *f, const struct doc *value, const struct proto_field *ours, const struct proto_field *theirs, struct str path)
{
	const struct proto_value *named = ours->enumeration ? proto_value_by_name(ours->enumeration, doc_str(value)) : NULL;
	if (!named || theirs->type != PROTO_ENUM)
		return true;
	const struct proto_value *there = proto_value_by_number(theirs->enumeration, named->number);
	if (!there)
		return fit_tell(f, false, NULL, place(theirs->enumeration->file, theirs->enumeration->offset), path, "the contract's %.*s has no value %.*s (%d)", STR_FMT(theirs->enumeration->full),
				STR_FMT(named->name), named->number);
	if (!str_eq(there->name, named->name))
		fit_tell(f, true, NULL, place(theirs->enumeration->file, there->offset), path, "%d is %.*s in the contract, %.*s in the pact", named->number, STR_FMT(there->name), STR_FMT(named->name));
	return true;
}

static bool fits_value(struct fitting *f, const struct doc *value, const struct proto_field *ours, const struct proto_field *theirs, struct str path, int depth)
{
	bool ok = true;
	if (ours->message && wires[ours->type] == WIRE_MESSAGE && ours->message->map_entry && theirs->message->map_entry) {
		const struct proto_field *from = proto_field_by_number(ours->message, 2), *to = proto_field_by_number(theirs->message, 2);
		for (uint32_t i = 0; from && to && doc_is(value, DOC_OBJECT) && i < value->count; i++)
			if (wires[from->type] != wires[to->type])
				ok = fit_tell(f, false, NULL, nowhere(), path, "its values are %s in the contract, %s in the pact", type_names[to->type], type_names[from->type]);
			else
				ok = fits_value(f, &value->members[i].value, from, to, path, depth + 1) && ok;
		return ok;
	}
	if (doc_is(value, DOC_ARRAY)) {
		for (uint32_t i = 0; i < value->count; i++)
			ok = fits_value(f, &value->items[i], ours, theirs, path, depth + 1) && ok;
		return ok;
	}
	if (wires[ours->type] == WIRE_MESSAGE || wires[ours->type] == WIRE_GROUP)
		return fits_message(f, value, ours->message, theirs->message, path, depth + 1);
	return ours->type != PROTO_ENUM || fits_enum(f, value, ours, theirs, path);
}

static bool fits_field(struct fitting *f, const struct doc_member *m, const struct proto_message *ours, const struct proto_message *theirs, struct str path, int depth)
{
	const struct proto_field *from = proto_field_by_name(ours, doc_key(m));
	const struct proto_field *to = from ? proto_field_by_number(theirs, from->number) : NULL;
	struct str at = arena_printf(f->arena, "%.*s.%.*s", STR_FMT(path), STR_FMT(doc_key(m)));
	if (!from)
		return true;
	if (!to)
		return fit_tell(f, false, NULL, place(theirs->file, theirs->offset), at, "the contract's %.*s has no field %d", STR_FMT(theirs->full), from->number);
	struct change_place there = place(theirs->file, to->offset);
	if (wires[from->type] != wires[to->type])
		return fit_tell(f, false, NULL, there, at, "field %d is %s in the contract, %s in the pact", from->number, type_names[to->type], type_names[from->type]);
	if ((from->label == PROTO_REPEATED) != (to->label == PROTO_REPEATED))
		return fit_tell(f, false, NULL, there, at, "field %d is %s in the contract, %s in the pact", from->number, to->label == PROTO_REPEATED ? "repeated" : "single",
				from->label == PROTO_REPEATED ? "repeated" : "single");
	if (from->type != to->type)
		fit_tell(f, true, NULL, there, at, "field %d is %s in the contract, %s in the pact: values out of its range are read wrong", from->number, type_names[to->type], type_names[from->type]);
	if (!str_eq(from->name, to->name))
		fit_tell(f, true, NULL, there, at, "field %d is called %.*s in the contract", from->number, STR_FMT(to->name));
	return fits_value(f, &m->value, from, to, at, depth);
}

static bool fits_message(struct fitting *f, const struct doc *value, const struct proto_message *ours, const struct proto_message *theirs, struct str path, int depth)
{
	bool ok = true;
	if (depth > FITS_DEPTH_MAX || !f->work)
		return fit_tell(f, true, NULL, nowhere(), path, "what is deeper is not looked at");
	for (uint32_t i = 0; doc_is(value, DOC_OBJECT) && i < value->count && f->work; i++, f->work--)
		ok = fits_field(f, &value->members[i], ours, theirs, path, depth) && ok;
	return ok;
}

static const struct proto_method *method_of(const struct proto_model *m, struct str path)
{
	for (uint32_t i = 0; i < m->file_count; i++)
		for (uint32_t k = 0; k < m->files[i]->service_count; k++) {
			const struct proto_service *s = &m->files[i]->services[k];
			struct str rest = str_skip(path, 1);
			if (!str_starts(rest, s->full) || rest.len <= s->full.len || rest.p[s->full.len] != '/')
				continue;
			for (uint32_t n = 0; n < s->method_count; n++)
				if (str_eq(s->methods[n].name, str_skip(rest, s->full.len + 1)))
					return &s->methods[n];
		}
	return NULL;
}

static bool fits_part(struct fitting *f, const struct pact_part *p, const struct proto_message *ours, const struct proto_message *theirs, struct str what)
{
	struct err e = { 0 };
	struct str text;
	if (p->body.state != PACT_BODY_PRESENT)
		return true;
	const struct doc_file *value = grpc_value_read(f->arena, ours, p->body.bytes, false, &text, &e);
	return value ? fits_message(f, value->root, ours, theirs, what, 0) : fit_tell(f, false, NULL, nowhere(), what, "the pact's message cannot be read by its own descriptors: %s", e.message);
}

static enum pact_fit_verdict judge(struct fitting *f, const struct pact_interaction *i, const struct proto_model *m)
{
	struct grpc_target t;
	struct err e = { 0 };
	enum pact_fit_verdict verdict = PACT_FIT_UNJUDGED;
	if (i->kind != PACT_CALL || !doc_get(i->plugin, STR("protobuf"))) {
		fit_tell(f, true, NULL, nowhere(), STR("interaction"), "is no gRPC call; against .proto files only these are judged");
		return verdict;
	}
	if (!grpc_target_open(&t, f->pact, i, f->arena, &e)) {
		fit_tell(f, true, NULL, nowhere(), STR("interaction"), "%s", e.message);
		grpc_target_release(&t);
		return verdict;
	}
	const struct proto_method *theirs = method_of(m, t.path);
	f->fit->operation = str_skip(t.path, 1);
	if (!theirs || !theirs->input || !theirs->output) {
		fit_tell(f, false, NULL, nowhere(), STR("method"), "the contract has no method %.*s", STR_FMT(f->fit->operation));
		verdict = PACT_FIT_NO;
	} else if (theirs->client_streaming || theirs->server_streaming) {
		fit_tell(f, false, NULL, nowhere(), STR("method"), "%.*s streams messages in the contract", STR_FMT(f->fit->operation));
		verdict = PACT_FIT_NO;
	} else {
		bool ok = fits_part(f, &i->request, t.method->input, theirs->input, STR("request"));
		for (uint32_t k = 0; k < i->responses_count; k++)
			ok = fits_part(f, &i->responses[k], t.method->output, theirs->output, STR("response")) && ok;
		verdict = ok ? PACT_FIT_YES : PACT_FIT_NO;
	}
	grpc_target_release(&t);
	return verdict;
}

bool pact_check_proto(const struct pact *p, const struct contract_model *m, struct arena *a, struct pact_fits *out, struct err *e)
{
	struct fitting f = { .pact = p, .arena = a, .work = PACT_FIT_WORK_MAX };
	struct pact_fit *items = ARENA_ARRAY(a, p->count ? p->count : 1, struct pact_fit);
	*out = (struct pact_fits){ items, p->count, 0, 0, 0 };
	for (uint32_t i = 0; items && i < p->count; i++) {
		items[i].interaction = &p->interactions[i];
		f.fit = &items[i];
		items[i].verdict = judge(&f, &p->interactions[i], (const struct proto_model *)m);
		out->failed += items[i].verdict == PACT_FIT_NO;
		out->unjudged += items[i].verdict == PACT_FIT_UNJUDGED;
		for (size_t k = 0; k < items[i].count; k++)
			out->warned += items[i].findings[k].warning;
	}
	return (items && !a->full) || err_set(e, ERR_TOO_LARGE, "no memory is left to check the pact against the contract");
}
