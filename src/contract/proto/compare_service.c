/* Services and their methods. */
#include "contract/proto/compare.h"
#include "contract/proto/wire.h"
#include "contract/proto/witness.h"

struct call { struct comparer *c; const struct proto_service *s, *t; const struct proto_method *a, *b; };

static void reach(const struct call *p, struct change *x, enum reach_direction direction)
{
	struct reach *r = x ? ARENA_NEW(&p->c->out->arena, struct reach) : NULL;
	if (!r)
		return;
	*r = (struct reach){ arena_printf(&p->c->out->arena, "%.*s/%.*s", STR_FMT(p->s->full), STR_FMT(p->a->name)), direction };
	x->reach = r;
	x->reach_count = 1;
}

static struct change *add(const struct call *p, enum change_kind kind, struct str detail, enum reach_direction direction)
{
	struct change *x = compare_add(p->c, kind, compare_join(p->c, p->s->full, p->a->name), detail, p->s->file, p->a->offset, p->t->file, p->b ? p->b->offset : p->t->offset);
	reach(p, x, direction);
	return x;
}

static struct str request_line(const struct call *p) { return arena_printf(&p->c->out->arena, "POST /%.*s/%.*s", STR_FMT(p->s->full), STR_FMT(p->a->name)); }

static void type_changed(const struct call *p, bool request)
{
	const struct proto_message *m = request ? p->a->input : p->a->output, *n = request ? p->b->input : p->b->output;
	struct comparer *c = p->c;
	if (str_eq(m->full, n->full))
		return;
	bool named = c->to_new[m->id] == n;
	uint32_t pair = pair_of_messages(c, m, n);
	uint8_t differs = named ? 0 : pair == PAIR_NONE ? DIFFERS_WIRE : c->pairs[pair].differs;
	struct str detail = arena_printf(&c->out->arena, "%.*s to %.*s", STR_FMT(m->full), STR_FMT(n->full));
	struct change *cause = named ? compare_cause(c, m, NULL) : NULL;
	if (cause) {
		compare_rule(c, cause, request ? RULE_BUF_RPC_SAME_REQUEST_TYPE : RULE_BUF_RPC_SAME_RESPONSE_TYPE);
		compare_rule(c, cause, RULE_PROTOLOCK_NO_CHANGING_RPC_SIGNATURE);
		return;
	}
	enum change_kind kind = !differs ? CHANGE_KIND_PROTO_METHOD_TYPE_RENAMED : request ? CHANGE_KIND_PROTO_METHOD_REQUEST_CHANGED : CHANGE_KIND_PROTO_METHOD_RESPONSE_CHANGED;
	struct change *x = add(p, kind, differs ? detail : request ? STR("request") : STR("response"), request ? REACH_REQUEST : REACH_RESPONSE);
	if (!x)
		return;
	compare_say(c, x, "the %s of %.*s/%.*s is now %.*s instead of %.*s%s", request ? "request" : "response", STR_FMT(p->s->full), STR_FMT(p->a->name), STR_FMT(n->full), STR_FMT(m->full),
		differs ? "" : ", which reads the same");
	compare_rule(c, x, request ? RULE_BUF_RPC_SAME_REQUEST_TYPE : RULE_BUF_RPC_SAME_RESPONSE_TYPE);
	compare_rule(c, x, RULE_PROTOLOCK_NO_CHANGING_RPC_SIGNATURE);
	if (differs) {
		x->categories = CHANGE_SOURCE | (differs & DIFFERS_WIRE ? CHANGE_WIRE : 0) | (differs & (DIFFERS_LOSS | DIFFERS_WIDER) ? CHANGE_WIRE | CHANGE_BEHAVIOUR : 0) |
				(differs & DIFFERS_JSON ? CHANGE_JSON : 0);
		for (uint32_t i = 0; i < m->field_count && x->witness.state != WITNESS_PROVED; i++)
			witness_message(c, x, m, n, &m->fields[i].number, 1);
		witness_message(c, x, m, n, NULL, 0);
	}
	witness_code(c, x, request_line(p), "has the old type", "has the new type");
}

static void streaming_changed(const struct call *p, bool client)
{
	bool from = client ? p->a->client_streaming : p->a->server_streaming, to = client ? p->b->client_streaming : p->b->server_streaming;
	if (from == to)
		return;
	struct change *x = add(p, client ? CHANGE_KIND_PROTO_METHOD_CLIENT_STREAMING : CHANGE_KIND_PROTO_METHOD_SERVER_STREAMING, from ? STR("stream to one") : STR("one to stream"),
		client ? REACH_REQUEST : REACH_RESPONSE);
	compare_say(p->c, x, "%.*s/%.*s %s %s and now %s", STR_FMT(p->s->full), STR_FMT(p->a->name), client ? "took" : "gave", from ? "a stream" : "one message", to ? "a stream" : "one message");
	compare_rule(p->c, x, client ? RULE_BUF_RPC_SAME_CLIENT_STREAMING : RULE_BUF_RPC_SAME_SERVER_STREAMING);
	compare_rule(p->c, x, RULE_PROTOLOCK_NO_CHANGING_RPC_SIGNATURE);
	witness_call(p->c, x, request_line(p), from ? "a stream of messages" : "one message", to ? "a stream of messages" : "one message");
}

enum { METHOD_OPTION_DEPRECATED = 33, METHOD_OPTION_IDEMPOTENCY = 34 };
static void idempotency_changed(const struct call *p)
{
	static const char *const names[] = { "IDEMPOTENCY_UNKNOWN", "NO_SIDE_EFFECTS", "IDEMPOTENT" };
	uint64_t from = wire_get(proto_options_bytes(p->a->options), METHOD_OPTION_IDEMPOTENCY, 0), to = wire_get(proto_options_bytes(p->b->options), METHOD_OPTION_IDEMPOTENCY, 0);
	if (from == to || from > 2 || to > 2)
		return;
	struct str detail = arena_printf(&p->c->out->arena, "%s to %s", names[from], names[to]);
	struct change *x = add(p, CHANGE_KIND_PROTO_METHOD_IDEMPOTENCY, detail, REACH_BOTH);
	compare_say(p->c, x, "the idempotency of %.*s/%.*s changed from %s to %s", STR_FMT(p->s->full), STR_FMT(p->a->name), names[from], names[to]);
	compare_rule(p->c, x, RULE_BUF_RPC_SAME_IDEMPOTENCY_LEVEL);
	witness_call(p->c, x, request_line(p), names[from], names[to]);
}

static void deprecated(const struct call *p)
{
	if (!wire_get(proto_options_bytes(p->a->options), METHOD_OPTION_DEPRECATED, 0) && wire_get(proto_options_bytes(p->b->options), METHOD_OPTION_DEPRECATED, 0)) {
		struct change *x = add(p, CHANGE_KIND_PROTO_DEPRECATED, STR(""), REACH_BOTH);
		compare_say(p->c, x, "%.*s/%.*s is deprecated", STR_FMT(p->s->full), STR_FMT(p->a->name));
	}
}

static void method_removed(const struct call *p)
{
	struct change *x = add(p, CHANGE_KIND_PROTO_METHOD_REMOVED, STR(""), REACH_BOTH);
	compare_say(p->c, x, "method %.*s/%.*s was removed", STR_FMT(p->s->full), STR_FMT(p->a->name));
	compare_rule(p->c, x, RULE_BUF_RPC_NO_DELETE);
	compare_rule(p->c, x, RULE_PROTOLOCK_NO_REMOVING_RPCS);
	witness_call(p->c, x, request_line(p), "answered", "UNIMPLEMENTED: there is no such method");
}

static const struct proto_method *method_named(const struct proto_service *s, struct str name)
{
	for (uint32_t i = 0; i < s->method_count; i++)
		if (str_eq(s->methods[i].name, name))
			return &s->methods[i];
	return NULL;
}

static void service(struct comparer *c, const struct proto_service *s, const struct proto_service *t)
{
	for (uint32_t i = 0; i < s->method_count; i++) {
		const struct call p = { c, s, t, &s->methods[i], method_named(t, s->methods[i].name) };
		if (!p.b) {
			method_removed(&p);
			continue;
		}
		type_changed(&p, true);
		type_changed(&p, false);
		streaming_changed(&p, true);
		streaming_changed(&p, false);
		idempotency_changed(&p);
		deprecated(&p);
		compare_http(c, s, p.a, t, p.b);
	}
	for (uint32_t i = 0; i < t->method_count && c->options->information; i++)
		if (!method_named(s, t->methods[i].name)) {
			struct change *x = compare_add(c, CHANGE_KIND_PROTO_METHOD_ADDED, compare_join(c, t->full, t->methods[i].name), STR(""), NULL, 0, t->file, t->methods[i].offset);
			compare_say(c, x, "method %.*s/%.*s is new", STR_FMT(t->full), STR_FMT(t->methods[i].name));
		}
}

void compare_services(struct comparer *c)
{
	for (uint32_t i = 0; i < c->old_model->file_count; i++)
		for (uint32_t j = 0; j < c->old_model->files[i]->service_count; j++) {
			const struct proto_service *s = &c->old_model->files[i]->services[j];
			const struct proto_symbol *t = map_get(&c->new_model->by_name, s->full);
			if (t && t->kind == PROTO_SYMBOL_SERVICE && !(s->file->imported && t->file->imported))
				service(c, s, t->service);
		}
}
