/* Versions of pacticipants and their tags. */
#include "contract/broker/broker_impl.h"

static void put_branches(struct call *c, const struct version *v)
{
	json_out_key(&c->json, STR("branches"));
	json_out_array(&c->json);
	for (size_t i = 0; i < v->branches.count; i++) {
		const struct branch *b = v->branches.items[i];
		json_out_object(&c->json);
		json_kv_str(&c->json, "name", b->name);
		json_kv_bool(&c->json, "latest", branch_head(b) == v);
		hal_begin(c);
		hal_link(c, "self", STR(""), STR(""), "%.*s", STR_FMT(path_branch(c, b)));
		hal_end(c);
		json_out_end(&c->json);
	}
	json_out_end(&c->json);
	json_out_key(&c->json, STR("branchVersions"));
	json_out_array(&c->json);
	for (size_t i = 0; i < v->branches.count; i++) {
		const struct branch *b = v->branches.items[i];
		json_out_object(&c->json);
		json_kv_str(&c->json, "name", b->name);
		json_kv_bool(&c->json, "latest", branch_head(b) == v);
		hal_begin(c);
		hal_link(c, "self", STR(""), STR(""), "%.*s/versions/%.*s", STR_FMT(path_branch(c, b)), STR_FMT(esc(c, v->number)));
		hal_end(c);
		json_out_end(&c->json);
	}
	json_out_end(&c->json);
}

static void put_tags(struct call *c, const struct version *v)
{
	json_out_key(&c->json, STR("tags"));
	json_out_array(&c->json);
	for (size_t i = 0; i < v->tags.count; i++) {
		json_out_object(&c->json);
		json_kv_str(&c->json, "name", v->tags.items[i].name);
		hal_begin(c);
		hal_link(c, "self", STR(""), STR(""), "%.*s/tags/%.*s", STR_FMT(path_version(c, v)), STR_FMT(esc(c, v->tags.items[i].name)));
		hal_end(c);
		json_out_end(&c->json);
	}
	json_out_end(&c->json);
}

/* Each environment once, however many instances are deployed there. */
static void put_environments(struct call *c, const struct version *v)
{
	const struct broker *b = c->broker;
	json_out_key(&c->json, STR("environments"));
	json_out_array(&c->json);
	for (size_t i = 0; i < b->environments.count && v->participant->current.count; i++)
		if (version_in_environment(v, b->environments.items[i], true, true)) {
			json_out_object(&c->json);
			put_environment_members(c, b->environments.items[i]);
			json_out_end(&c->json);
		}
	json_out_end(&c->json);
}

void put_version_members(struct call *c, const struct version *v)
{
	json_kv_str(&c->json, "number", v->number);
	put_branches(c, v);
	put_tags(c, v);
	put_environments(c, v);
}

static void put_record_links(struct call *c, const struct version *v)
{
	const struct broker *b = c->broker;
	static const struct { const char *rel, *path; } kinds[] = { { "pb:record-deployment", "deployed-versions" }, { "pb:record-release", "released-versions" } };
	struct str path = path_version(c, v);
	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		hal_list(c, kinds[k].rel);
		for (size_t i = 0; i < b->environments.count; i++)
			hal_item(c, b->environments.items[i]->display, b->environments.items[i]->name, "%.*s/%s/environment/%.*s", STR_FMT(path), kinds[k].path,
				 STR_FMT(b->environments.items[i]->uuid));
		hal_list_end(c);
	}
}

static void put_links(struct call *c, const struct version *v)
{
	struct str path = path_version(c, v);
	hal_begin(c);
	hal_link(c, "self", STR("Version"), v->number, "%.*s", STR_FMT(path));
	hal_link(c, "pb:pacticipant", STR("Pacticipant"), v->participant->name, "%.*s", STR_FMT(path_participant(c, v->participant)));
	hal_link(c, "pb:tag", STR("Get, create or delete a tag for this pacticipant version"), STR(""), "%.*s/tags/{tag}", STR_FMT(path));
	hal_list(c, "pb:pact-versions");
	for (size_t i = 0; i < v->pacts.count; i++)
		hal_item(c, STR("Pact"), v->pacts.items[i]->pair->provider->name, "%.*s", STR_FMT(path_pact(c, v->pacts.items[i])));
	hal_list_end(c);
	hal_link(c, "pb:latest-verification-results-where-pacticipant-is-consumer", STR(""), STR(""), "/verification-results/consumer/%.*s/version/%.*s/latest",
		 STR_FMT(esc(c, v->participant->name)), STR_FMT(esc(c, v->number)));
	put_record_links(c, v);
	hal_curies(c);
	hal_end(c);
}

void put_version_answer(struct call *c, const struct version *v)
{
	json_out_object(&c->json);
	json_kv_str(&c->json, "number", v->number);
	if (v->build_url.len)
		json_kv_str(&c->json, "buildUrl", v->build_url);
	put_time(c, "createdAt", v->created);
	json_out_key(&c->json, STR("_embedded"));
	json_out_object(&c->json);
	put_branches(c, v);
	put_tags(c, v);
	put_environments(c, v);
	json_out_end(&c->json);
	put_links(c, v);
	json_out_end(&c->json);
}

enum { PAGE_DEFAULT = 100, PAGE_MAX = 1000 };

static uint64_t number_parameter(struct call *c, const char *name, uint64_t otherwise, uint64_t most)
{
	uint64_t n;
	return str_to_u64(broker_parameter(c, name), &n) && n > 0 && n <= most ? n : otherwise;
}

void broker_versions(struct call *c)
{
	const struct participant *p = path_participant_at(c, 0);
	if (!p)
		return;
	size_t size = number_parameter(c, "size", PAGE_DEFAULT, PAGE_MAX), page = number_parameter(c, "page", 1, BROKER_VERSIONS_MAX), skip = (page - 1) * size;
	json_out_object(&c->json);
	hal_embedded(c, "versions");
	for (size_t i = p->versions.count, seen = 0; i-- > 0 && seen < skip + size; seen++)
		if (seen >= skip)
			put_version_answer(c, p->versions.items[i]);
	hal_embedded_end(c);
	hal_begin(c);
	hal_link(c, "self", STR(""), STR(""), "%.*s/versions", STR_FMT(path_participant(c, p)));
	if (skip + size < p->versions.count)
		hal_link(c, "next", STR(""), STR(""), "%.*s/versions?page=%zu&size=%zu", STR_FMT(path_participant(c, p)), page + 1, size);
	hal_list(c, "pb:versions");
	for (size_t i = p->versions.count, seen = 0; i-- > 0 && seen < skip + size; seen++)
		if (seen >= skip)
			hal_item(c, STR(""), p->versions.items[i]->number, "%.*s", STR_FMT(path_version(c, p->versions.items[i])));
	hal_list_end(c);
	hal_end(c);
	json_out_end(&c->json);
}

void broker_version_show(struct call *c)
{
	const struct version *v = path_version_at(c, 0, 1);
	if (v)
		put_version_answer(c, v);
}

void broker_version_latest(struct call *c)
{
	const struct participant *p = path_participant_at(c, 0);
	if (p && !p->versions.count)
		broker_fault(c, 404, "%.*s has no version", STR_FMT(p->name));
	else if (p)
		put_version_answer(c, p->versions.items[p->versions.count - 1]);
}

void broker_version_latest_main(struct call *c)
{
	const struct participant *p = path_participant_at(c, 0);
	const struct branch *b = p ? broker_branch(p, p->main_branch) : NULL;
	if (p && (!b || !branch_head(b)))
		broker_fault(c, 404, "%.*s has no main branch, or no version on it", STR_FMT(p->name));
	else if (p)
		put_version_answer(c, branch_head(b));
}

void broker_version_latest_tagged(struct call *c)
{
	const struct participant *p = path_participant_at(c, 0);
	for (size_t i = p ? p->versions.count : 0; i-- > 0;)
		if (version_has_tag(p->versions.items[i], c->parameters[1])) {
			put_version_answer(c, p->versions.items[i]);
			return;
		}
	if (p)
		broker_fault(c, 404, "No version of %.*s with tag %.*s found", STR_FMT(p->name), STR_FMT(c->parameters[1]));
}

static bool take_tags(struct call *c, struct version *v)
{
	const struct json *tags = json_get(c->body, STR("tags"));
	for (uint32_t i = 0; tags && tags->type == JSON_ARRAY && i < tags->count; i++) {
		struct str name = tags->items[i].type == JSON_STRING ? tags->items[i].s : json_get_str(&tags->items[i], STR("name"), STR(""));
		if (!add_tag(c, v, name))
			return false;
	}
	return true;
}

static void set(struct call *c)
{
	struct participant *p = add_participant(c, c->parameters[0]);
	struct version *v = p ? broker_version(p, c->parameters[1]) : NULL;
	bool made = !v;
	if (p && !v)
		v = add_version(c, p, c->parameters[1]);
	if (!v || !set_build_url(c, v, json_get_str(c->body, STR("buildUrl"), STR(""))) || !take_tags(c, v))
		return;
	if (made)
		c->status = 201;
	put_version_answer(c, v);
}

void broker_version_set(struct call *c) { set(c); }
void broker_version_change(struct call *c) { set(c); }

void broker_version_delete(struct call *c)
{
	const struct version *v = path_version_at(c, 0, 1);
	if (!v || !broker_begin(c) || !broker_do(c, "DELETE FROM versions WHERE id = ?", "i", v->id))
		return;
	c->stale = true;
	c->status = 204;
}

/* --- tags ------------------------------------------------------------------------------------------------------------------------------------------------------ */

static void put_tag(struct call *c, const struct version *v, struct str name)
{
	json_out_object(&c->json);
	json_kv_str(&c->json, "name", name);
	for (size_t i = 0; i < v->tags.count; i++)
		if (str_eq(v->tags.items[i].name, name))
			put_time(c, "createdAt", v->tags.items[i].created);
	hal_begin(c);
	hal_link(c, "self", STR("Tag"), name, "%.*s/tags/%.*s", STR_FMT(path_version(c, v)), STR_FMT(esc(c, name)));
	hal_link(c, "version", STR("Version"), v->number, "%.*s", STR_FMT(path_version(c, v)));
	hal_link(c, "pacticipant", STR("Pacticipant"), v->participant->name, "%.*s", STR_FMT(path_participant(c, v->participant)));
	hal_end(c);
	json_out_end(&c->json);
}

void broker_tags(struct call *c)
{
	const struct version *v = path_version_at(c, 0, 1);
	if (!v)
		return;
	json_out_object(&c->json);
	json_out_key(&c->json, STR("_embedded"));
	json_out_object(&c->json);
	put_tags(c, v);
	json_out_end(&c->json);
	hal_begin(c);
	hal_link(c, "self", STR(""), STR(""), "%.*s/tags", STR_FMT(path_version(c, v)));
	hal_end(c);
	json_out_end(&c->json);
}

static bool tag_there(struct call *c, const struct version *v)
{
	return version_has_tag(v, c->parameters[2]) ? true : broker_fault(c, 404, "Version %.*s has no tag %.*s", STR_FMT(v->number), STR_FMT(c->parameters[2]));
}

void broker_tag_show(struct call *c)
{
	const struct version *v = path_version_at(c, 0, 1);
	if (v && tag_there(c, v))
		put_tag(c, v, c->parameters[2]);
}

void broker_tag_set(struct call *c)
{
	struct participant *p = add_participant(c, c->parameters[0]);
	struct version *v = p ? add_version(c, p, c->parameters[1]) : NULL;
	if (!v)
		return;
	bool made = !version_has_tag(v, c->parameters[2]);
	if (!add_tag(c, v, c->parameters[2]))
		return;
	for (size_t i = 0; made && i < v->pacts.count; i++)
		broker_happened(c, EVENT_CONTENT_CHANGED, v->pacts.items[i], NULL);
	if (made)
		c->status = 201;
	put_tag(c, v, c->parameters[2]);
}

void broker_tag_delete(struct call *c)
{
	struct version *v = path_version_at(c, 0, 1);
	if (!v || !tag_there(c, v) || !broker_begin(c) || !broker_do(c, "DELETE FROM tags WHERE version = ? AND name = ?", "is", v->id, c->parameters[2]))
		return;
	for (size_t i = 0; i < v->tags.count; i++)
		if (str_eq(v->tags.items[i].name, c->parameters[2])) {
			v->tags.items[i] = v->tags.items[--v->tags.count];
			break;
		}
	c->status = 204;
}
