/* Servers: an address that callers were given must stay. Where the path of the URL moved into the paths of the operations, only the host counts. */
#include "contract/openapi/compare.h"

static struct str address(struct str url, bool host_only)
{
	while (url.len && url.p[url.len - 1] == '/')
		url.len--;
	if (!host_only)
		return url;
	size_t scheme = str_find(url, STR("://"));
	size_t from = scheme == SIZE_MAX ? 0 : scheme + 3, slash = str_find_char(str_skip(url, from), '/');
	return slash == SIZE_MAX ? url : str_sub(url, 0, from + slash);
}

static bool has(const struct openapi *api, struct str url, bool host_only)
{
	for (size_t i = 0; i < api->servers.count; i++)
		if (str_eq(address(api->servers.items[i].url, host_only), address(url, host_only)))
			return true;
	/* Without servers the description's own host is meant. */
	return !api->servers.count && str_empty(address(url, host_only));
}

static struct doc_spot servers_of(const struct openapi *api)
{
	struct doc_spot root = { api->file, api->file->root, 0 };
	struct doc_spot list = spot_member(root, STR("servers"));
	return list.node ? list : root;
}

static void removed(struct openapi_comparison *c, const struct openapi_server *s, bool last)
{
	const struct openapi *api = c->before;
	for (size_t i = 0; i < api->operations.count; i++) {
		const struct openapi_pair pair = openapi_pair_of(c, api->operations.items[i], NULL);
		struct cause_key key = { CHANGE_KIND_OPENAPI_SERVER_REMOVED, s->spot, servers_of(c->after), s->url };
		struct change *x = pair.before->inbound ? openapi_see(c, &pair, key, s->url, REACH_REQUEST) : NULL;
		if (!x)
			continue;
		x->level = last ? CHANGE_BREAKING : CHANGE_WARNING;
		openapi_rules(c, x, RULE_REDOCLY_SERVER_REMOVED, OPENAPI_NO_RULE);
		openapi_say(c, x, "the server %.*s was removed%s", STR_FMT(s->url), last ? ", and no other of the old ones is left" : "");
		openapi_prove_request(c, &pair, x, &(struct openapi_wish){ 0 });
	}
}

void openapi_compare_servers(struct openapi_comparison *c, bool moved)
{
	const struct openapi *before = c->before, *after = c->after;
	bool last = true;
	for (size_t i = 0; i < before->servers.count; i++)
		last &= !has(after, before->servers.items[i].url, moved);
	for (size_t i = 0; i < before->servers.count; i++)
		if (!has(after, before->servers.items[i].url, moved))
			removed(c, &before->servers.items[i], last);
	for (size_t i = 0; c->options->information && i < after->servers.count; i++) {
		const struct openapi_server *s = &after->servers.items[i];
		struct cause_key key = { CHANGE_KIND_OPENAPI_SERVER_ADDED, servers_of(before), s->spot, s->url };
		if (!has(before, s->url, moved))
			openapi_say(c, openapi_see(c, NULL, key, s->url, REACH_REQUEST), "the server %.*s is new", STR_FMT(s->url));
	}
}

/* ---- of one operation or path ---- */

static bool list_has(const struct openapi *api, struct doc_spot list, struct str url)
{
	if (!doc_is(list.node, DOC_ARRAY))
		return has(api, url, false);
	for (uint32_t i = 0; i < list.node->count; i++)
		if (str_eq(address(doc_str(doc_get(&list.node->items[i], STR("url"))), false), address(url, false)))
			return true;
	return false;
}

static void own_removed(struct openapi_comparison *c, const struct openapi_pair *pair, struct doc_spot at, struct str url)
{
	struct doc_spot after = pair->after->servers.node ? pair->after->servers : pair->after->spot;
	struct change *x = openapi_see(c, pair, (struct cause_key){ CHANGE_KIND_OPENAPI_SERVER_REMOVED, at, after, url }, url, REACH_REQUEST);
	openapi_rules(c, x, RULE_REDOCLY_SERVER_REMOVED, OPENAPI_NO_RULE);
	openapi_say(c, x, "%.*s is no longer at the server %.*s", STR_FMT(pair->label), STR_FMT(url));
	if (x)
		openapi_prove_request(c, pair, x, &(struct openapi_wish){ 0 });
}

void openapi_compare_own_servers(struct openapi_comparison *c, const struct openapi_pair *pair)
{
	struct doc_spot before = pair->before->servers, after = pair->after->servers;
	if ((!before.node && !after.node) || !pair->before->inbound)
		return;
	for (uint32_t i = 0; doc_is(before.node, DOC_ARRAY) && i < before.node->count; i++) {
		struct str url = doc_str(doc_get(&before.node->items[i], STR("url")));
		if (!list_has(c->after, after, url))
			own_removed(c, pair, spot_item(before, &before.node->items[i]), url);
	}
	for (size_t i = 0; !before.node && i < c->before->servers.count; i++)
		if (!list_has(c->after, after, c->before->servers.items[i].url))
			own_removed(c, pair, c->before->servers.items[i].spot, c->before->servers.items[i].url);
}
