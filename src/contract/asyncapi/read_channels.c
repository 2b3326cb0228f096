/* Channels of both versions; those of AsyncAPI 2 hold their operations. */
#include "contract/asyncapi/asyncapi.h"

/* "orders/{id}" as "orders/{}": names of parameters are not on the wire. */
static struct str address_key(struct arena *a, struct str address)
{
	char *p = arena_bytes(a, address.len + 1);
	size_t len = 0;
	bool inside = false;
	for (size_t i = 0; p && i < address.len; i++) {
		if (inside && address.p[i] != '}')
			continue;
		p[len++] = address.p[i];
		inside = address.p[i] == '{';
	}
	return str_from(p, p ? len : 0);
}

static struct asyncapi_channel *new_channel(struct asyncapi_reader *r, struct str id, struct str address, struct doc_spot at, struct doc_spot content)
{
	struct asyncapi_channels *all = &r->api->channels;
	struct asyncapi_channel *c = ARENA_NEW(r->arena, struct asyncapi_channel);
	if (!c || !ARENA_PUSH_ROOM(r->arena, all->items, all->count, all->capacity)) {
		asyncapi_full(r);
		return NULL;
	}
	/* The node of the content is the channel's identity: AsyncAPI 3's operations refer to it. */
	*c = (struct asyncapi_channel){ .id = id, .address = address, .key = address_key(r->arena, address), .spot = { content.file, content.node, content.offset },
		.parameters = spot_member(content, STR("parameters")), .bindings = spot_member(content, STR("bindings")) };
	if (at.file == content.file)
		c->spot.offset = at.offset;
	all->items[all->count++] = c;
	return c;
}

/* One message, or several under `oneOf`. */
static bool read_messages(struct asyncapi_reader *r, struct doc_spot at, struct asyncapi_messages *out)
{
	struct doc_spot list = spot_member(at, STR("oneOf"));
	if (!at.node)
		return true;
	if (!list.node)
		return asyncapi_read_message(r, at, STR(""), out);
	if (!doc_is(list.node, DOC_ARRAY))
		return spot_fault(list, r->e, "oneOf must be a list of messages");
	for (uint32_t i = 0; i < list.node->count; i++)
		if (!asyncapi_read_message(r, spot_item(list, &list.node->items[i]), STR(""), out))
			return false;
	return true;
}

/* AsyncAPI 2 speaks of what clients do; an operation here is what the application does. */
static bool read_operations_2(struct asyncapi_reader *r, const struct asyncapi_channel *c, struct doc_spot channel)
{
	static const struct { struct str key; enum asyncapi_action action; } sides[] = { { STR_INIT("publish"), ASYNCAPI_RECEIVE }, { STR_INIT("subscribe"),
		ASYNCAPI_SEND } };
	for (size_t i = 0; i < 2; i++) {
		struct doc_spot at = spot_member(channel, sides[i].key);
		if (!at.node)
			continue;
		if (!asyncapi_demand_object(r, at, "an operation"))
			return false;
		struct asyncapi_operation *op = asyncapi_new_operation(r, sides[i].action, c, at, doc_str(doc_get(at.node, STR("operationId"))));
		if (!op || !read_messages(r, spot_member(at, STR("message")), &op->messages))
			return false;
	}
	return true;
}

static bool read_messages_3(struct asyncapi_reader *r, struct asyncapi_channel *c, struct doc_spot channel)
{
	struct doc_spot all = spot_member(channel, STR("messages"));
	if (!all.node)
		return true;
	if (!asyncapi_demand_object(r, all, "messages"))
		return false;
	for (uint32_t i = 0; i < all.node->count; i++)
		if (!asyncapi_read_message(r, spot_of(all, &all.node->members[i]), doc_key(&all.node->members[i]), &c->messages))
			return false;
	return true;
}

static bool read_channel(struct asyncapi_reader *r, struct doc_spot at, struct str key)
{
	struct doc_spot content = at;
	if (!spot_go(&content, r->model->set, r->e) || !asyncapi_demand_object(r, content, "a channel"))
		return false;
	const struct doc *address = doc_get(content.node, STR("address"));
	bool three = r->api->version == ASYNCAPI_3;
	struct asyncapi_channel *c = new_channel(r, key, three && doc_is(address, DOC_STRING) ? doc_str(address) : key, at, content);
	if (!c)
		return false;
	return three ? read_messages_3(r, c, content) : read_operations_2(r, c, content);
}

bool asyncapi_read_channels(struct asyncapi_reader *r, struct doc_spot root)
{
	struct doc_spot all = spot_member(root, STR("channels"));
	if (!all.node)
		return true;
	if (!asyncapi_demand_object(r, all, "channels"))
		return false;
	for (uint32_t i = 0; i < all.node->count; i++)
		if (!str_starts(doc_key(&all.node->members[i]), STR("x-")) && !read_channel(r, spot_of(all, &all.node->members[i]), doc_key(&all.node->members[i])))
			return false;
	return true;
}
