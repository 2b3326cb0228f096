/* Branches of pacticipants. Versions are put on them in the order in which that becomes known; the last is the head. */
#include "contract/broker/broker_impl.h"

static struct branch *branch_at(struct call *c)
{
	const struct participant *p = path_participant_at(c, 0);
	struct branch *b = p ? broker_branch(p, c->parameters[1]) : NULL;
	if (p && !b)
		broker_fault(c, 404, "No branch %.*s of %.*s found", STR_FMT(c->parameters[1]), STR_FMT(p->name));
	return b;
}

static void put(struct call *c, const struct branch *b)
{
	struct str path = path_branch(c, b);
	json_out_object(&c->json);
	json_kv_str(&c->json, "name", b->name);
	put_time(c, "createdAt", b->created);
	if (branch_head(b)) {
		json_out_key(&c->json, STR("_embedded"));
		json_out_object(&c->json);
		json_out_key(&c->json, STR("latestVersion"));
		json_out_object(&c->json);
		put_version_brief(c, branch_head(b));
		json_out_end(&c->json);
		json_out_end(&c->json);
	}
	hal_begin(c);
	hal_link(c, "self", STR("Branch"), b->name, "%.*s", STR_FMT(path));
	hal_link(c, "pb:versions", STR(""), STR(""), "%.*s/versions", STR_FMT(path));
	hal_link(c, "pb:latest-version", STR("Latest version for branch"), STR(""), "%.*s/latest-version", STR_FMT(path));
	hal_link(c, "pb:pacticipant", STR("Pacticipant"), b->participant->name, "%.*s", STR_FMT(path_participant(c, b->participant)));
	hal_end(c);
	json_out_end(&c->json);
}

void broker_branches(struct call *c)
{
	const struct participant *p = path_participant_at(c, 0);
	struct str part = broker_parameter(c, "q");
	if (!p)
		return;
	json_out_object(&c->json);
	hal_embedded(c, "branches");
	for (size_t i = 0; i < p->branches.count; i++)
		if (!part.len || str_find_ci(p->branches.items[i]->name, part) != SIZE_MAX)
			put(c, p->branches.items[i]);
	hal_embedded_end(c);
	hal_begin(c);
	hal_link(c, "self", STR(""), STR(""), "%.*s/branches", STR_FMT(path_participant(c, p)));
	hal_end(c);
	json_out_end(&c->json);
}

void broker_branch_show(struct call *c)
{
	const struct branch *b = branch_at(c);
	if (b)
		put(c, b);
}

void broker_branch_latest(struct call *c)
{
	const struct branch *b = branch_at(c);
	if (b && !branch_head(b))
		broker_fault(c, 404, "the branch %.*s has no version", STR_FMT(b->name));
	else if (b)
		put_version_answer(c, branch_head(b));
}

enum { VERSIONS_SHOWN = 500 };

void broker_branch_versions(struct call *c)
{
	const struct branch *b = branch_at(c);
	if (!b)
		return;
	json_out_object(&c->json);
	hal_embedded(c, "versions");
	for (size_t i = b->versions.count, n = 0; i-- > 0 && n < VERSIONS_SHOWN; n++)
		put_version_answer(c, b->versions.items[i]);
	hal_embedded_end(c);
	hal_begin(c);
	hal_link(c, "self", STR(""), STR(""), "%.*s/versions", STR_FMT(path_branch(c, b)));
	hal_end(c);
	json_out_end(&c->json);
}

void broker_branch_delete(struct call *c)
{
	const struct branch *b = branch_at(c);
	if (!b || !broker_begin(c) || !broker_do(c, "DELETE FROM branches WHERE id = ?", "i", b->id))
		return;
	c->stale = true;
	c->status = 204;
}

/* --- a version on a branch ---------------------------------------------------------------------------------------------------------------------------------- */

static void put_member(struct call *c, const struct branch *b, const struct version *v)
{
	struct str number = esc(c, v->number);
	json_out_object(&c->json);
	json_kv_str(&c->json, "name", b->name);
	json_kv_bool(&c->json, "latest", branch_head(b) == v);
	hal_begin(c);
	hal_link(c, "self", STR("Branch version"), STR(""), "%.*s/versions/%.*s", STR_FMT(path_branch(c, b)), STR_FMT(number));
	hal_link(c, "pb:branch", STR("Branch"), b->name, "%.*s", STR_FMT(path_branch(c, b)));
	hal_link(c, "pb:version", STR("Version"), v->number, "%.*s", STR_FMT(path_version(c, v)));
	hal_end(c);
	json_out_end(&c->json);
}

static struct version *member_at(struct call *c, const struct branch *b)
{
	struct version *v = b ? broker_version(b->participant, c->parameters[2]) : NULL;
	if (b && (!v || !version_on_branch(v, b)))
		broker_fault(c, 404, "No version %.*s on the branch %.*s found", STR_FMT(c->parameters[2]), STR_FMT(b->name));
	return c->failed ? NULL : v;
}

void broker_branch_version_show(struct call *c)
{
	const struct branch *b = branch_at(c);
	const struct version *v = member_at(c, b);
	if (v)
		put_member(c, b, v);
}

void broker_branch_version_set(struct call *c)
{
	struct participant *p = add_participant(c, c->parameters[0]);
	struct branch *b = p ? add_branch(c, p, c->parameters[1]) : NULL;
	struct version *v = b ? add_version(c, p, c->parameters[2]) : NULL;
	if (!v)
		return;
	bool made = !version_on_branch(v, b);
	if (!add_to_branch(c, b, v))
		return;
	if (made)
		c->status = 201;
	put_member(c, b, v);
}

void broker_branch_version_delete(struct call *c)
{
	const struct branch *b = branch_at(c);
	const struct version *v = member_at(c, b);
	if (!v || !broker_begin(c) || !broker_do(c, "DELETE FROM branch_versions WHERE branch = ? AND version = ?", "ii", b->id, v->id))
		return;
	c->stale = true;
	c->status = 204;
}
