/* The index, from which clients find everything by name, and the broker's own counts. */
#include "contract/broker/broker_impl.h"

/* Relation, path below the base; the names are those of the Pact Broker. */
static const struct { const char *rel, *path; } links[] = {
	{ "self", "" },
	{ "pb:publish-pact", "/pacts/provider/{provider}/consumer/{consumer}/version/{consumerApplicationVersion}" },
	{ "pb:publish-contracts", "/contracts/publish" },
	{ "pb:latest-pact-versions", "/pacts/latest" },
	{ "pb:tagged-pact-versions", "/pacts/provider/{provider}/consumer/{consumer}/tag/{tag}" },
	{ "pb:branch-pact-versions", "/pacts/provider/{provider}/consumer/{consumer}/branch/{branch}" },
	{ "pb:latest-branch-pact-versions", "/pacts/provider/{provider}/consumer/{consumer}/branch/{branch}/latest" },
	{ "pb:main-branch-pact-versions", "/pacts/provider/{provider}/consumer/{consumer}/branch" },
	{ "pb:latest-main-branch-pact-versions", "/pacts/provider/{provider}/consumer/{consumer}/branch/latest" },
	{ "pb:provider-pacts-with-main-branch", "/pacts/provider/{provider}/branch" },
	{ "pb:latest-provider-pacts-with-main-branch", "/pacts/provider/{provider}/branch/latest" },
	{ "pb:provider-pacts-with-branch", "/pacts/provider/{provider}/branch/{branch}" },
	{ "pb:latest-provider-pacts-with-branch", "/pacts/provider/{provider}/branch/{branch}/latest" },
	{ "pb:pacticipants", "/pacticipants" },
	{ "pb:pacticipant", "/pacticipants/{pacticipant}" },
	{ "pb:latest-provider-pacts", "/pacts/provider/{provider}/latest" },
	{ "pb:latest-provider-pacts-with-tag", "/pacts/provider/{provider}/latest/{tag}" },
	{ "pb:provider-pacts-with-tag", "/pacts/provider/{provider}/tag/{tag}" },
	{ "pb:provider-pacts", "/pacts/provider/{provider}" },
	{ "pb:provider-states", "/pacts/provider/{provider}/provider-states" },
	{ "pb:latest-version", "/pacticipants/{pacticipant}/latest-version" },
	{ "pb:latest-tagged-version", "/pacticipants/{pacticipant}/latest-version/{tag}" },
	{ "pb:webhooks", "/webhooks" },
	{ "pb:webhook", "/webhooks/{uuid}" },
	{ "pb:integrations", "/integrations" },
	{ "pb:dashboard", "/dashboard" },
	{ "pb:matrix", "/matrix" },
	{ "pb:pacticipant-version-tag", "/pacticipants/{pacticipant}/versions/{version}/tags/{tag}" },
	{ "pb:pacticipant-branch", "/pacticipants/{pacticipant}/branches/{branch}" },
	{ "pb:pacticipant-branch-version", "/pacticipants/{pacticipant}/branches/{branch}/versions/{version}" },
	{ "pb:pacticipant-version", "/pacticipants/{pacticipant}/versions/{version}" },
	{ "pb:metrics", "/metrics" },
	{ "pb:can-i-deploy-pacticipant-version-to-tag", "/pacticipants/{pacticipant}/versions/{version}/can-i-deploy?to={tag}" },
	{ "pb:can-i-deploy-pacticipant-version-to-environment", "/pacticipants/{pacticipant}/versions/{version}/can-i-deploy/to-environment/{environment}" },
	{ "pb:provider-pacts-for-verification", "/pacts/provider/{provider}/for-verification" },
	{ "beta:provider-pacts-for-verification", "/pacts/provider/{provider}/for-verification" },
	{ "pb:environments", "/environments" },
	{ "pb:environment", "/environments/{environment}" },
};

void broker_index(struct call *c)
{
	json_out_object(&c->json);
	hal_begin(c);
	for (size_t i = 0; i < ARRAY_LEN(links); i++)
		hal_link(c, links[i].rel, STR(""), STR(""), "%s", links[i].path);
	hal_curies(c);
	hal_end(c);
	json_out_end(&c->json);
}

static void count(struct call *c, const char *name, size_t n)
{
	json_out_key(&c->json, str_z(name));
	json_out_object(&c->json);
	json_kv_u64(&c->json, "count", n);
	json_out_end(&c->json);
}

void broker_metrics(struct call *c)
{
	const struct broker *b = c->broker;
	size_t pairs = 0;
	for (size_t i = 0; i < b->participants.count; i++)
		pairs += b->participants.items[i]->consumes.count;
	json_out_object(&c->json);
	count(c, "integrations", pairs);
	count(c, "pacticipants", b->participants.count);
	count(c, "pacticipantVersions", b->versions.count);
	count(c, "pactPublications", b->pacts.count);
	count(c, "pactVersions", b->contents.count);
	count(c, "verificationResults", b->verifications.count);
	count(c, "environments", b->environments.count);
	count(c, "deployedVersions", b->deployments.count);
	count(c, "webhooks", b->webhooks.count);
	hal_begin(c);
	hal_link(c, "self", STR(""), STR(""), "/metrics");
	hal_end(c);
	json_out_end(&c->json);
}
