/* Comparison of AsyncAPI descriptions: channels by address (of AsyncAPI 3 also by name), then what the application does on each, then servers. */
#include "contract/asyncapi/asyncapi.h"
#include "contract/openapi/label.h"

enum { COMPARE_BYTES = 128 << 20 };

static enum reach_direction direction_of(enum asyncapi_action a) { return a == ASYNCAPI_SEND ? REACH_RESPONSE : a == ASYNCAPI_RECEIVE ? REACH_REQUEST : REACH_BOTH; }

struct change *asyncapi_see(struct asyncapi_comparison *c, struct cause_key key, struct str subject, struct str operation, enum asyncapi_action action)
{
	if (change_infos[key.kind].level == CHANGE_INFO && !c->options->information)
		return NULL;
	return cause_seen(&c->causes, &key, subject, arena_str(&c->out->arena, operation), direction_of(action));
}

void asyncapi_say(struct asyncapi_comparison *c, struct change *x, enum rule_id rule, const char *format, ...)
{
	va_list args;
	struct buf b;
	if (!x)
		return;
	buf_init(&b, 1 << 16);
	va_start(args, format);
	buf_vprintf(&b, format, args);
	va_end(args);
	x->sentence = arena_str(&c->out->arena, buf_str(&b));
	buf_release(&b);
	if (rule != ASYNCAPI_NO_RULE)
		change_rules(c->out, x, &rule, 1);
}

static bool add_message(struct asyncapi_comparison *c, struct asyncapi_messages *all, const struct asyncapi_message *m)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->items[i]->spot.node == m->spot.node)
			return true;
	if (!ARENA_PUSH_ROOM(&c->arena, all->items, all->count, all->capacity))
		return err_set(c->e, ERR_TOO_LARGE, "the descriptions differ in more places than can be compared at once");
	all->items[all->count++] = m;
	return true;
}

/* What the application does on the channel in this direction; operation NULL and no messages: nothing. */
static bool flow_of(struct asyncapi_comparison *c, const struct asyncapi *api, const struct asyncapi_channel *channel, enum asyncapi_action action,
	struct asyncapi_flow *f)
{
	*f = (struct asyncapi_flow){ .action = action, .spot = channel->spot };
	f->label = arena_printf(&c->out->arena, "%s %.*s", asyncapi_action_name(action), STR_FMT(channel->address));
	for (size_t i = 0; i < api->operations.count; i++) {
		const struct asyncapi_operation *op = api->operations.items[i];
		if (op->channel != channel || op->action != action)
			continue;
		if (!f->operation) {
			f->operation = op;
			f->spot = op->spot;
		}
		for (size_t j = 0; j < op->messages.count; j++)
			if (!add_message(c, &f->messages, op->messages.items[j]))
				return false;
	}
	return true;
}

static bool is_used(const struct asyncapi *api, const struct asyncapi_channel *channel)
{
	for (size_t i = 0; i < api->operations.count; i++)
		if (api->operations.items[i]->channel == channel || api->operations.items[i]->reply_channel == channel)
			return true;
	return false;
}

static const struct asyncapi_operation *operation_named(const struct asyncapi *api, struct str id)
{
	for (size_t i = 0; id.len && i < api->operations.count; i++)
		if (str_eq(api->operations.items[i]->id, id))
			return api->operations.items[i];
	return NULL;
}

static void flow_gone(struct asyncapi_comparison *c, const struct asyncapi_flow *before, const struct asyncapi_channel *channel)
{
	const struct asyncapi_operation *turned = before->operation ? operation_named(c->after, before->operation->id) : NULL;
	bool other_way = turned && turned->action != before->action && str_eq(turned->channel->key, channel->key);
	struct cause_key key = { other_way ? CHANGE_KIND_ASYNCAPI_OPERATION_ACTION : CHANGE_KIND_ASYNCAPI_OPERATION_REMOVED, before->spot,
		other_way ? turned->spot : channel->spot, { 0 } };
	struct change *x = asyncapi_see(c, key, before->label, before->label, before->action);
	asyncapi_say(c, x, other_way ? RULE_REDOCLY_OPERATION_ACTION_CHANGED : RULE_REDOCLY_OPERATION_REMOVED,
		other_way ? "%s %.*s became %s" : "the application no longer does: %s %.*s",
		asyncapi_action_name(before->action), STR_FMT(channel->address), other_way ? asyncapi_action_name(turned->action) : "");
	if (before->messages.count)
		asyncapi_prove_message(c, x, before->label, before->messages.items[0], "described", before->action == ASYNCAPI_SEND ? "it is never sent" : "it is not taken");
}

/* A message that the channel had, under the channel or in an operation; NULL where none is described. */
static const struct asyncapi_message *message_of(const struct asyncapi *api, const struct asyncapi_channel *channel)
{
	if (channel->messages.count)
		return channel->messages.items[0];
	for (size_t i = 0; i < api->operations.count; i++)
		if (api->operations.items[i]->channel == channel && api->operations.items[i]->messages.count)
			return api->operations.items[i]->messages.items[0];
	return NULL;
}

static void prove_channel(struct asyncapi_comparison *c, struct change *x, const struct asyncapi_channel *channel)
{
	const struct asyncapi_message *m = x ? message_of(c->before, channel) : NULL;
	if (m)
		asyncapi_prove_message(c, x, channel->address, m, "the channel is described", "no channel of this address is described");
}

static void operation_ids(struct asyncapi_comparison *c, const struct asyncapi_channel *old_channel, const struct asyncapi_channel *new_channel,
	enum asyncapi_action action)
{
	for (size_t i = 0; i < c->before->operations.count; i++) {
		const struct asyncapi_operation *op = c->before->operations.items[i];
		if (op->channel != old_channel || op->action != action || str_empty(op->id))
			continue;
		const struct asyncapi_operation *other = operation_named(c->after, op->id);
		struct cause_key key = { CHANGE_KIND_ASYNCAPI_OPERATION_ID_CHANGED, op->spot, new_channel->spot, op->id };
		if (!other)
			asyncapi_say(c, asyncapi_see(c, key, op->id, op->label, action), ASYNCAPI_NO_RULE, "no operation is called %.*s any more", STR_FMT(op->id));
	}
}

static void bindings(struct asyncapi_comparison *c, const struct asyncapi_flow *flow, struct str subject, struct doc_spot before, struct doc_spot after)
{
	struct cause_key key = { CHANGE_KIND_ASYNCAPI_BINDING_CHANGED, before, after, { 0 } };
	if (before.node && after.node && !doc_equal(before.node, after.node))
		asyncapi_say(c, asyncapi_see(c, key, subject, flow->label, flow->action), ASYNCAPI_NO_RULE, "the bindings of %.*s changed", STR_FMT(subject));
}

/* The reply is a flow of its own, the other way. */
static bool compare_reply(struct asyncapi_comparison *c, const struct asyncapi_flow *before, const struct asyncapi_flow *after)
{
	const struct asyncapi_operation *p = before->operation, *q = after->operation;
	if (!p || !q || !p->reply.node)
		return true;
	struct cause_key key = { CHANGE_KIND_ASYNCAPI_REPLY_CHANGED, p->reply, q->reply.node ? q->reply : q->spot, { 0 } };
	bool elsewhere = p->reply_channel && q->reply_channel && !str_eq(p->reply_channel->key, q->reply_channel->key);
	if (!q->reply.node || elsewhere)
		asyncapi_say(c, asyncapi_see(c, key, before->label, before->label, before->action), ASYNCAPI_NO_RULE, "the reply of %.*s %s", STR_FMT(before->label),
			elsewhere ? "goes to another channel" : "is gone");
	if (!q->reply.node)
		return true;
	enum asyncapi_action way = before->action == ASYNCAPI_SEND ? ASYNCAPI_RECEIVE : ASYNCAPI_SEND;
	struct str label = arena_printf(&c->out->arena, "reply of %.*s", STR_FMT(before->label));
	const struct asyncapi_flow old_reply = { way, label, p->reply, NULL, p->answers }, new_reply = { way, label, q->reply, NULL, q->answers };
	return asyncapi_compare_messages(c, &old_reply, &new_reply);
}

static bool compare_flow(struct asyncapi_comparison *c, const struct asyncapi_channel *old_channel, const struct asyncapi_channel *new_channel,
	enum asyncapi_action action)
{
	struct asyncapi_flow before, after;
	if (!flow_of(c, c->before, old_channel, action, &before) || !flow_of(c, c->after, new_channel, action, &after))
		return false;
	if (before.operation && !after.operation) {
		flow_gone(c, &before, old_channel);
		return true;
	}
	if (!before.operation && after.operation) {
		struct cause_key key = { CHANGE_KIND_ASYNCAPI_OPERATION_ADDED, { 0 }, after.spot, { 0 } };
		asyncapi_say(c, asyncapi_see(c, key, after.label, after.label, action), ASYNCAPI_NO_RULE, "the application does: %.*s", STR_FMT(after.label));
	}
	if (!before.operation || !after.operation)
		return true;
	operation_ids(c, old_channel, new_channel, action);
	bindings(c, &before, before.label, before.operation->bindings, after.operation->bindings);
	return asyncapi_compare_messages(c, &before, &after) && compare_reply(c, &before, &after);
}

static bool has_value(const struct doc *list, const struct doc *value)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (doc_equal(&list->items[i], value))
			return true;
	return false;
}

/* A parameter's list of values must not become shorter, nor appear; in AsyncAPI 2 it stands in a schema. */
static void parameters(struct asyncapi_comparison *c, const struct asyncapi_channel *old_channel, const struct asyncapi_channel *new_channel)
{
	struct doc_spot before = old_channel->parameters;
	for (uint32_t i = 0; doc_is(before.node, DOC_OBJECT) && i < before.node->count; i++) {
		struct doc_spot p = spot_of(before, &before.node->members[i]), q = spot_member(new_channel->parameters, doc_key(&before.node->members[i]));
		struct err ignored = { 0 };
		if (!q.node || !spot_go(&p, c->old_model->set, &ignored) || !spot_go(&q, c->new_model->set, &ignored))
			continue;
		const struct doc *was = doc_get(p.node, STR("enum")), *is = doc_get(q.node, STR("enum"));
		was = was ? was : doc_get(doc_get(p.node, STR("schema")), STR("enum"));
		is = is ? is : doc_get(doc_get(q.node, STR("schema")), STR("enum"));
		bool narrower = doc_is(is, DOC_ARRAY) && !doc_is(was, DOC_ARRAY);
		for (uint32_t j = 0; doc_is(is, DOC_ARRAY) && doc_is(was, DOC_ARRAY) && j < was->count; j++)
			narrower |= !has_value(is, &was->items[j]);
		struct cause_key key = { CHANGE_KIND_ASYNCAPI_CHANNEL_PARAMETER, p, q, { 0 } };
		struct str name = doc_key(&before.node->members[i]), subject = arena_printf(&c->arena, "%.*s parameter %.*s", STR_FMT(old_channel->address), STR_FMT(name));
		if (narrower)
			asyncapi_say(c, asyncapi_see(c, key, subject, old_channel->address, ASYNCAPI_EITHER), ASYNCAPI_NO_RULE, "the parameter `%.*s` of %.*s has fewer values",
				STR_FMT(name), STR_FMT(old_channel->address));
	}
}

static bool compare_channel(struct asyncapi_comparison *c, const struct asyncapi_channel *before, const struct asyncapi_channel *after)
{
	if (!str_eq(before->key, after->key)) {
		struct cause_key key = { CHANGE_KIND_ASYNCAPI_CHANNEL_ADDRESS, before->spot, after->spot, after->address };
		struct change *x = asyncapi_see(c, key, before->id, before->address, ASYNCAPI_EITHER);
		asyncapi_say(c, x, RULE_REDOCLY_CHANNEL_ADDRESS_CHANGED, "the address of the channel %.*s was %.*s and is %.*s",
			STR_FMT(before->id), STR_FMT(before->address), STR_FMT(after->address));
		prove_channel(c, x, before);
	}
	parameters(c, before, after);
	struct str label = arena_str(&c->out->arena, before->address);
	const struct asyncapi_flow whole = { ASYNCAPI_EITHER, label, before->spot, NULL, before->messages };
	const struct asyncapi_flow whole_after = { ASYNCAPI_EITHER, label, after->spot, NULL, after->messages };
	bindings(c, &whole, before->address, before->bindings, after->bindings);
	if (!is_used(c->before, before) && !is_used(c->after, after))
		return asyncapi_compare_messages(c, &whole, &whole_after);
	return compare_flow(c, before, after, ASYNCAPI_SEND) && compare_flow(c, before, after, ASYNCAPI_RECEIVE);
}

static const struct asyncapi_channel *channel_like(const struct asyncapi *api, const struct asyncapi_channel *channel, bool named)
{
	for (size_t i = 0; i < api->channels.count; i++)
		if (named ? str_eq(api->channels.items[i]->id, channel->id) : str_eq(api->channels.items[i]->key, channel->key))
			return api->channels.items[i];
	return NULL;
}

/* The one of the same address; of AsyncAPI 3 else the one of the same name, unless that has an old counterpart by its address. */
static const struct asyncapi_channel *counterpart(const struct asyncapi *own, const struct asyncapi *other, const struct asyncapi_channel *channel)
{
	const struct asyncapi_channel *x = channel_like(other, channel, false);
	if (x || own->version == ASYNCAPI_2 || other->version == ASYNCAPI_2)
		return x;
	x = channel_like(other, channel, true);
	return x && !channel_like(own, x, false) ? x : NULL;
}

static bool compare_channels(struct asyncapi_comparison *c)
{
	for (size_t i = 0; i < c->before->channels.count; i++) {
		const struct asyncapi_channel *p = c->before->channels.items[i], *q = counterpart(c->before, c->after, p);
		struct cause_key key = { CHANGE_KIND_ASYNCAPI_CHANNEL_REMOVED, p->spot, { 0 }, { 0 } };
		if (q && !compare_channel(c, p, q))
			return false;
		if (q)
			continue;
		struct change *x = asyncapi_see(c, key, p->address, p->address, ASYNCAPI_EITHER);
		asyncapi_say(c, x, RULE_REDOCLY_CHANNEL_REMOVED, "the channel %.*s was removed", STR_FMT(p->address));
		prove_channel(c, x, p);
	}
	for (size_t i = 0; i < c->after->channels.count; i++) {
		const struct asyncapi_channel *q = c->after->channels.items[i];
		struct cause_key key = { CHANGE_KIND_ASYNCAPI_CHANNEL_ADDED, { 0 }, q->spot, { 0 } };
		if (!counterpart(c->after, c->before, q))
			asyncapi_say(c, asyncapi_see(c, key, q->address, q->address, ASYNCAPI_EITHER), ASYNCAPI_NO_RULE, "the channel %.*s is new", STR_FMT(q->address));
	}
	return true;
}

static bool same_server(const struct asyncapi_server *a, const struct asyncapi_server *b) { return str_eq(a->url, b->url) && str_eq_ci(a->protocol, b->protocol); }

static void compare_servers(struct asyncapi_comparison *c)
{
	const struct asyncapi_servers *before = &c->before->servers, *after = &c->after->servers;
	for (int turn = 0; turn < 2; turn++) {
		const struct asyncapi_servers *own = turn ? after : before, *other = turn ? before : after;
		for (size_t i = 0; i < own->count; i++) {
			const struct asyncapi_server *s = &own->items[i];
			bool there = false;
			for (size_t j = 0; j < other->count; j++)
				there |= same_server(s, &other->items[j]);
			struct cause_key key = { turn ? CHANGE_KIND_ASYNCAPI_SERVER_ADDED : CHANGE_KIND_ASYNCAPI_SERVER_REMOVED, turn ? (struct doc_spot){ 0 } : s->spot,
				turn ? s->spot : (struct doc_spot){ 0 }, { 0 } };
			if (!there)
				asyncapi_say(c, asyncapi_see(c, key, s->url, STR("all channels"), ASYNCAPI_EITHER), turn ? ASYNCAPI_NO_RULE : RULE_REDOCLY_SERVER_REMOVED,
					"the server %.*s (%.*s %.*s) %s", STR_FMT(s->name), STR_FMT(s->protocol), STR_FMT(s->url), turn ? "is new" : "was removed");
		}
	}
}

static void whole_contract(struct asyncapi_comparison *c, const struct asyncapi *api, enum change_kind kind)
{
	if (change_infos[kind].level == CHANGE_INFO && !c->options->information)
		return;
	struct change *x = changes_add(c->out, kind, arena_str(&c->out->arena, api->file->path), STR(""));
	if (!x)
		return;
	*(kind == CHANGE_KIND_CONTRACT_REMOVED ? &x->old_place : &x->new_place) = (struct change_place){ api->file->path, 1, 1 };
	asyncapi_say(c, x, ASYNCAPI_NO_RULE, "the description %.*s %s", STR_FMT(api->title.len ? api->title : api->file->path),
		kind == CHANGE_KIND_CONTRACT_REMOVED ? "was removed" : "is new");
}

static const struct asyncapi *description_like(const struct asyncapi_model *other, const struct asyncapi *api, size_t own_count)
{
	if (other && own_count == 1 && other->count == 1)
		return other->items[0];
	for (size_t i = 0; other && i < other->count; i++)
		if (str_eq(other->items[i]->file->path, api->file->path))
			return other->items[i];
	return NULL;
}

static bool compare_all(struct asyncapi_comparison *c)
{
	size_t old_count = c->old_model ? c->old_model->count : 0, new_count = c->new_model ? c->new_model->count : 0;
	for (size_t i = 0; i < old_count; i++) {
		c->before = c->old_model->items[i];
		c->after = description_like(c->new_model, c->before, old_count);
		if (!c->after) {
			whole_contract(c, c->before, CHANGE_KIND_CONTRACT_REMOVED);
			continue;
		}
		compare_servers(c);
		if (!compare_channels(c))
			return false;
	}
	for (size_t i = 0; i < new_count; i++)
		if (!description_like(c->old_model, c->new_model->items[i], new_count))
			whole_contract(c, c->new_model->items[i], CHANGE_KIND_CONTRACT_ADDED);
	return !c->schemas || schema_compare_run(c->schemas, c->e);
}

bool asyncapi_compare(const struct contract_model *old_model, const struct contract_model *new_model, const struct contract_options *options,
	struct changes *out, struct err *e)
{
	struct asyncapi_comparison c = { .old_model = (const struct asyncapi_model *)old_model, .new_model = (const struct asyncapi_model *)new_model, .options = options,
		.out = out, .e = e };
	if (old_model && new_model && !(c.schemas = schema_compare_new(c.old_model->set, c.new_model->set, options, out, asyncapi_label, &c)))
		return err_set(e, ERR_NO_MEMORY, "no memory to compare contracts");
	arena_init(&c.arena, COMPARE_BYTES);
	causes_init(&c.causes, out);
	bool ok = compare_all(&c);
	if (!ok && !err_is_set(e))
		err_set(e, ERR_TOO_LARGE, "the descriptions differ in more places than can be compared at once; compare their files one by one");
	causes_done(&c.causes);
	causes_release(&c.causes);
	if (c.schemas)
		schema_compare_free(c.schemas);
	arena_release(&c.arena);
	return ok;
}
