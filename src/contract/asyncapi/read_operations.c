/* Operations of AsyncAPI 3: which channel, which of its messages (all where none are named), and where the reply goes. */
#include "contract/asyncapi/asyncapi.h"

static const struct asyncapi_channel *channel_of(const struct asyncapi_reader *r, const struct doc *node)
{
	for (size_t i = 0; i < r->api->channels.count; i++)
		if (r->api->channels.items[i]->spot.node == node)
			return r->api->channels.items[i];
	return NULL;
}

static bool read_channel(struct asyncapi_reader *r, struct doc_spot at, const struct asyncapi_channel **out)
{
	struct doc_spot target = at;
	if (!at.node)
		return true;
	if (!spot_go(&target, r->model->set, r->e))
		return false;
	*out = channel_of(r, target.node);
	return *out || spot_fault(at, r->e, "the channel must be a reference to one of this description's channels, such as #/channels/orders");
}

static bool add(struct asyncapi_reader *r, struct asyncapi_messages *out, const struct asyncapi_message *m)
{
	if (!ARENA_PUSH_ROOM(r->arena, out->items, out->count, out->capacity))
		return asyncapi_full(r);
	out->items[out->count++] = m;
	return true;
}

/* The named ones are references into the channel's messages, which have been read; their key there is their name. */
static bool read_messages(struct asyncapi_reader *r, struct doc_spot list, const struct asyncapi_channel *c, struct asyncapi_messages *out)
{
	if (!list.node) {
		for (size_t i = 0; c && i < c->messages.count; i++)
			if (!add(r, out, c->messages.items[i]))
				return false;
		return true;
	}
	if (!doc_is(list.node, DOC_ARRAY))
		return spot_fault(list, r->e, "messages must be a list of references");
	for (uint32_t i = 0; i < list.node->count; i++) {
		struct doc_spot at = spot_item(list, &list.node->items[i]), target = at;
		const struct asyncapi_message *known = NULL;
		if (!spot_go(&target, r->model->set, r->e))
			return false;
		for (size_t j = 0; c && j < c->messages.count; j++)
			if (c->messages.items[j]->spot.node == target.node)
				known = c->messages.items[j];
		if (known ? !add(r, out, known) : !asyncapi_read_message(r, at, STR(""), out))
			return false;
	}
	return true;
}

static bool read_reply(struct asyncapi_reader *r, struct asyncapi_operation *op, struct doc_spot at)
{
	if (!at.node)
		return true;
	if (!spot_go(&at, r->model->set, r->e) || !asyncapi_demand_object(r, at, "a reply"))
		return false;
	op->reply = at;
	return read_channel(r, spot_member(at, STR("channel")), &op->reply_channel) && read_messages(r, spot_member(at, STR("messages")), op->reply_channel, &op->answers);
}

static bool read_operation(struct asyncapi_reader *r, struct doc_spot at, struct str id)
{
	struct doc_spot content = at;
	const struct asyncapi_channel *channel = NULL;
	if (!spot_go(&content, r->model->set, r->e) || !asyncapi_demand_object(r, content, "an operation"))
		return false;
	struct str action = doc_str(doc_get(content.node, STR("action")));
	bool send = str_eq(action, STR("send"));
	if (!send && !str_eq(action, STR("receive")))
		return spot_fault(content, r->e, "the operation %.*s must have an action: send or receive", STR_FMT(id));
	if (!read_channel(r, spot_member(content, STR("channel")), &channel))
		return false;
	if (!channel)
		return spot_fault(content, r->e, "the operation %.*s must have a channel, such as channel: { $ref: \"#/channels/orders\" }", STR_FMT(id));
	struct asyncapi_operation *op = asyncapi_new_operation(r, send ? ASYNCAPI_SEND : ASYNCAPI_RECEIVE, channel, content, id);
	if (!op)
		return false;
	if (at.file == content.file)
		op->spot.offset = at.offset;
	return read_messages(r, spot_member(content, STR("messages")), channel, &op->messages) && read_reply(r, op, spot_member(content, STR("reply")));
}

bool asyncapi_read_operations(struct asyncapi_reader *r, struct doc_spot root)
{
	struct doc_spot all = spot_member(root, STR("operations"));
	if (!all.node)
		return true;
	if (!asyncapi_demand_object(r, all, "operations"))
		return false;
	for (uint32_t i = 0; i < all.node->count; i++)
		if (!str_starts(doc_key(&all.node->members[i]), STR("x-")) && !read_operation(r, spot_of(all, &all.node->members[i]), doc_key(&all.node->members[i])))
			return false;
	return true;
}
