/* A gRPC pact beside the provider's .proto files, without running the provider: the method must be there, and each field that the pact's messages have (by the descriptors that its plugin put
 * into it) must be one of the provider's: the same number, read from the same bytes. What the messages do not have is not asked for. */
#include "contract/pact/fits_impl.h"
#include "contract/proto/proto.h"
#include "contract/verify/grpc_value.h"

enum { FITS_DEPTH_MAX = 64 };
struct grpc_fitting { struct fitting f; struct proto_model *contract; };

static struct change_place nowhere(void) { return (struct change_place){ .file = STR("") }; }

static struct change_place place(struct grpc_fitting *g, struct proto_file *f, uint32_t offset) { return proto_place(g->contract, f, offset); }

static bool fits_message(struct grpc_fitting *g, const struct doc *value, const struct proto_message *ours, const struct proto_message *theirs, struct str path, int depth);

static bool fits_enum(struct grpc_fitting *g, const struct doc *value, const struct proto_field *ours, const struct proto_field *theirs, struct str path)
{
	const struct proto_value *named = ours->enumeration ? proto_value_by_name(ours->enumeration, doc_str(value)) : NULL;
	if (!named || theirs->type != PROTO_ENUM)
		return true;
	const struct proto_value *there = proto_value_by_number(theirs->enumeration, named->number);
	if (!there)
		return fit_tell(&g->f, false, NULL, place(g, theirs->enumeration->file, theirs->enumeration->offset), path, "the contract's %.*s has no value %.*s (%d)", STR_FMT(theirs->enumeration->full),
				STR_FMT(named->name), named->number);
	if (!str_eq(there->name, named->name))
		fit_tell(&g->f, true, NULL, place(g, theirs->enumeration->file, there->offset), path, "%d is %.*s in the contract, %.*s in the pact", named->number, STR_FMT(there->name), STR_FMT(named->name));
	return true;
}

static bool fits_value(struct grpc_fitting *g, const struct doc *value, const struct proto_field *ours, const struct proto_field *theirs, struct str path, int depth)
{
	bool ok = true;
	if (ours->message && proto_wire(ours->type) == CLASS_MESSAGE && ours->message->map_entry && theirs->message->map_entry) {
		const struct proto_field *from = proto_field_by_number(ours->message, 2), *to = proto_field_by_number(theirs->message, 2);
		for (uint32_t i = 0; from && to && doc_is(value, DOC_OBJECT) && i < value->count; i++)
			if (proto_wire(from->type) != proto_wire(to->type))
				ok = fit_tell(&g->f, false, NULL, nowhere(), path, "its values are %.*s in the contract, %.*s in the pact", STR_FMT(proto_type_names[to->type]), STR_FMT(proto_type_names[from->type]));
			else
				ok = fits_value(g, &value->members[i].value, from, to, path, depth + 1) && ok;
		return ok;
	}
	if (doc_is(value, DOC_ARRAY)) {
		for (uint32_t i = 0; i < value->count; i++)
			ok = fits_value(g, &value->items[i], ours, theirs, path, depth + 1) && ok;
		return ok;
	}
	if (proto_wire(ours->type) == CLASS_MESSAGE || proto_wire(ours->type) == CLASS_GROUP)
		return fits_message(g, value, ours->message, theirs->message, path, depth + 1);
	return ours->type != PROTO_ENUM || fits_enum(g, value, ours, theirs, path);
}

static bool fits_field(struct grpc_fitting *g, const struct doc_member *m, const struct proto_message *ours, const struct proto_message *theirs, struct str path, int depth)
{
	const struct proto_field *from = proto_field_by_name(ours, doc_key(m));
	const struct proto_field *to = from ? proto_field_by_number(theirs, from->number) : NULL;
	struct str at = arena_printf(g->f.arena, "%.*s.%.*s", STR_FMT(path), STR_FMT(doc_key(m)));
	if (!from)
		return true;
	if (!to)
		return fit_tell(&g->f, false, NULL, place(g, theirs->file, theirs->offset), at, "the contract's %.*s has no field %d", STR_FMT(theirs->full), from->number);
	struct change_place there = place(g, theirs->file, to->offset);
	if (proto_wire(from->type) != proto_wire(to->type))
		return fit_tell(&g->f, false, NULL, there, at, "field %d is %.*s in the contract, %.*s in the pact", from->number, STR_FMT(proto_type_names[to->type]), STR_FMT(proto_type_names[from->type]));
	if ((from->label == PROTO_REPEATED) != (to->label == PROTO_REPEATED))
		return fit_tell(&g->f, false, NULL, there, at, "field %d is %s in the contract, %s in the pact", from->number, to->label == PROTO_REPEATED ? "repeated" : "single",
				from->label == PROTO_REPEATED ? "repeated" : "single");
	if (from->type != to->type)
		fit_tell(&g->f, true, NULL, there, at, "field %d is %.*s in the contract, %.*s in the pact: values out of its range are read wrong", from->number, STR_FMT(proto_type_names[to->type]), STR_FMT(proto_type_names[from->type]));
	if (!str_eq(from->name, to->name))
		fit_tell(&g->f, true, NULL, there, at, "field %d is called %.*s in the contract", from->number, STR_FMT(to->name));
	return fits_value(g, &m->value, from, to, at, depth);
}

static bool fits_message(struct grpc_fitting *g, const struct doc *value, const struct proto_message *ours, const struct proto_message *theirs, struct str path, int depth)
{
	bool ok = true;
	if (depth > FITS_DEPTH_MAX || !g->f.work)
		return fit_tell(&g->f, true, NULL, nowhere(), path, "what is deeper is not looked at");
	for (uint32_t i = 0; doc_is(value, DOC_OBJECT) && i < value->count && g->f.work; i++, g->f.work--)
		ok = fits_field(g, &value->members[i], ours, theirs, path, depth) && ok;
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

static bool fits_part(struct grpc_fitting *g, const struct pact_part *p, const struct proto_message *ours, const struct proto_message *theirs, struct str what)
{
	struct err e = { 0 };
	struct str text;
	if (p->body.state != PACT_BODY_PRESENT)
		return true;
	const struct doc_file *value = grpc_value_read(g->f.arena, ours, p->body.bytes, false, &text, &e);
	return value ? fits_message(g, value->root, ours, theirs, what, 0) : fit_tell(&g->f, false, NULL, nowhere(), what, "the pact's message cannot be read by its own descriptors: %s", e.message);
}

static enum pact_fit_verdict judge(struct grpc_fitting *g, const struct pact_interaction *i)
{
	struct grpc_target t;
	struct err e = { 0 };
	enum pact_fit_verdict verdict = PACT_FIT_UNJUDGED;
	if (i->kind != PACT_CALL || !doc_get(i->plugin, STR("protobuf"))) {
		fit_tell(&g->f, true, NULL, nowhere(), STR("interaction"), "is no gRPC call; against .proto files only these are judged");
		return verdict;
	}
	if (!grpc_target_open(&t, g->f.pact, i, g->f.arena, &e)) {
		fit_tell(&g->f, true, NULL, nowhere(), STR("interaction"), "%s", e.message);
		grpc_target_release(&t);
		return verdict;
	}
	const struct proto_method *theirs = method_of(g->contract, t.path);
	g->f.fit->operation = str_skip(t.path, 1);
	if (!theirs || !theirs->input || !theirs->output) {
		fit_tell(&g->f, false, NULL, nowhere(), STR("method"), "the contract has no method %.*s", STR_FMT(g->f.fit->operation));
		verdict = PACT_FIT_NO;
	} else if (theirs->client_streaming || theirs->server_streaming) {
		fit_tell(&g->f, false, NULL, nowhere(), STR("method"), "%.*s streams messages in the contract", STR_FMT(g->f.fit->operation));
		verdict = PACT_FIT_NO;
	} else {
		bool ok = fits_part(g, &i->request, t.method->input, theirs->input, STR("request"));
		for (uint32_t k = 0; k < i->responses_count; k++)
			ok = fits_part(g, &i->responses[k], t.method->output, theirs->output, STR("response")) && ok;
		verdict = ok ? PACT_FIT_YES : PACT_FIT_NO;
	}
	grpc_target_release(&t);
	return verdict;
}

bool pact_check_proto(const struct pact *p, const struct contract_model *m, struct arena *a, struct pact_fits *out, struct err *e)
{
	struct grpc_fitting g = { .f = { .pact = p, .arena = a, .work = PACT_FIT_WORK_MAX }, .contract = (struct proto_model *)m };
	struct pact_fit *items = ARENA_ARRAY(a, p->count ? p->count : 1, struct pact_fit);
	*out = (struct pact_fits){ items, p->count, 0, 0, 0 };
	for (uint32_t i = 0; items && i < p->count; i++) {
		items[i].interaction = &p->interactions[i];
		g.f.fit = &items[i];
		items[i].verdict = judge(&g, &p->interactions[i]);
		out->failed += items[i].verdict == PACT_FIT_NO;
		out->unjudged += items[i].verdict == PACT_FIT_UNJUDGED;
		for (size_t k = 0; k < items[i].count; k++)
			out->warned += items[i].findings[k].warning;
	}
	return (items && !a->full) || err_set(e, ERR_TOO_LARGE, "no memory is left to check the pact against the contract");
}
